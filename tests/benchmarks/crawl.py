"""Looking at pages, from the claim to the commit: newsdiff as it runs, beside changedetection.io.

All look at the same pages of the same site, with as many workers, in one run; nobody uses a browser. Each
begins warm: every page was looked at, and each kind of answer is met once before it is measured. CPU seconds
are those of all processes of the one measured, and of PostgreSQL and Redis where it uses them; the site has a
process of its own and is not counted.
"""

import statistics
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

from rich.table import Table

from tests.benchmarks.peers.changedetection import HOW, changedetection, program
from tests.benchmarks.publisher import CHANGED, KINDS, NOT_MODIFIED, Publisher, page
from tests.benchmarks.running import WORKERS, Contender, Round, embedded, has_server, server

ADDRESSES, ARTICLES, ROUNDS = 60, 120, 3
Results = dict[str, list[Round]]


def table(articles: int = ARTICLES, addresses: int = ADDRESSES, rounds: int = ROUNDS) -> Table:
    """Checks a second, checks a CPU second and CPU milliseconds a check, by what the site answers."""
    sizes = [len(page(n)) for n in range(min(articles, 20))]
    shown = Table(
        title=f"{articles} articles of {addresses} hosts, pages of {min(sizes) / 1000:.0f} to "
        f"{max(sizes) / 1000:.0f} KB with 600 to 1,000 words, {WORKERS} workers; medians of {rounds} rounds",
        title_justify="left",
        caption="\n".join(_notes()) or None,
        caption_justify="left",
    )
    for column in (
        "answer",
        "who",
        "checks a second",
        "CPU ms a check",
        "checks a CPU second",
        "times the peer",
    ):
        shown.add_column(column, justify="left" if column in ("answer", "who") else "right")
    measured: dict[str, Results] = {}
    with Publisher(addresses, articles) as site:
        for start in _contenders():
            with start() as contender:
                measured[contender.name] = _measure(contender, site, rounds)
    for kind in KINDS:
        for name, results in measured.items():
            shown.add_row(kind, name, *_figures(results[kind], articles, _peer(measured, kind)))
        shown.add_section()
    return shown


def _contenders() -> Iterator[Callable[[], AbstractContextManager[Contender]]]:
    yield embedded
    if has_server():
        yield server
    if program():
        yield changedetection


def _notes() -> Iterator[str]:
    if not has_server():
        yield "Server mode left out: set DATABASE_URL and REDIS_URL."
    if not program():
        yield f"changedetection.io left out: {HOW}"


def _measure(contender: Contender, site: Publisher, rounds: int) -> Results:
    """Rounds of each kind of answer; the first of each is not counted."""
    edition = 0
    site.answer_with(NOT_MODIFIED, edition)
    contender.follow(site)
    results: Results = {}
    for kind in KINDS:
        measured = []
        for _ in range(rounds + 1):
            edition += kind == CHANGED
            site.answer_with(kind, edition)
            measured.append(contender.look_at_all())
        results[kind] = measured[1:]
    return results


def _peer(measured: dict[str, Results], kind: str) -> list[Round]:
    return next((found[kind] for name, found in measured.items() if name.startswith("changedetection")), [])


def _figures(rounds: list[Round], articles: int, peer: list[Round]) -> tuple[str, ...]:
    seconds, cpu = _median(rounds, "seconds"), _median(rounds, "cpu")
    ratio = f"{_median(peer, 'cpu') / cpu:.2f}" if peer else ""
    return f"{articles / seconds:.1f}", f"{1000 * cpu / articles:.1f}", f"{articles / cpu:.0f}", ratio


def _median(rounds: list[Round], field: str) -> float:
    return statistics.median(getattr(one, field) for one in rounds)
