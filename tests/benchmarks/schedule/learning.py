"""Learns the table in `articles.core.hazard` from a sample that no policy is judged by; prints it."""

from bisect import bisect_left

from articles.core.hazard import MOST_COUNTED
from tests.benchmarks.schedule.outlets import POPULATIONS, outlets

SEED = 1  # the benchmark judges by others
OUTLETS, ARTICLES = 150, 200
AGES = (1, 2, 3, 4, 6, 8, 12, 18, 24, 36, 48, 72, 120, 168, 336, 720, 1440, 2880, 8760)
APART = 1 / 12  # hours: an edit sooner after the one before counts with it, for no look comes sooner


def learnt() -> tuple[list[tuple[float, float]], float]:
    """(until this age, changes an hour), never more than before; and the share of changes that count."""
    counts, total, counted, articles = [0] * len(AGES), 0, 0, 0
    for outlet in outlets(POPULATIONS["mixed"], SEED, OUTLETS, ARTICLES):
        for article in outlet.articles:
            seen = _apart(article.edits)
            for edit in seen:
                counts[bisect_left(AGES, edit)] += 1
            total, counted = total + len(seen), counted + min(len(seen), MOST_COUNTED)
            articles += 1
    begins = (0, *AGES[:-1])
    rates = [count / (end - begin) / articles for count, begin, end in zip(counts, begins, AGES, strict=True)]
    falling = [max(rates[at:]) for at in range(len(rates))]
    return list(zip(map(float, AGES), falling, strict=True)), counted / total


def _apart(edits: tuple[float, ...]) -> list[float]:
    kept: list[float] = []
    for edit in edits:
        if not kept or edit - kept[-1] >= APART:
            kept.append(edit)
    return kept


if __name__ == "__main__":
    table, share = learnt()
    for age, changes in table:
        print(f"    ({age}, {changes:.2g}),")
    print(f"COUNTED = {share:.2f}")
