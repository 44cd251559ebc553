"""Quotations of a big database's articles, put in as people give them, and searches in it.

Runs in the process of `tests.benchmarks.inside`, in a database that is filled already (tests/benchmarks/seeding).
What is timed is the search itself, database included, without the page around it.
"""

import random
import statistics
import time
from collections.abc import Callable
from typing import Any

from articles.core import querying, quoting, terms
from articles.finding import quotes, searching
from articles.finding.texts import lines_of
from articles.models import Article, Version
from tests.benchmarks.seeding.tongues import TONGUES, Author

QUOTED = 200  # quotations put in, each in all manners
SEARCHED = 50  # searches of a kind in each scope
LENGTHS = (8, 40)  # words of a quotation
UNSPACED = [tongue.code for tongue in TONGUES if not tongue.blank]

Text = list[str]


def measure() -> dict[str, Any]:
    """Of quotations by their manner and of searches by their kind how they were answered."""
    author = Author(TONGUES[0], random.Random(3))
    return {"quotations": _quotations(author), "searches": _searches(author)}


# --- quotations ----------------------------------------------------------------------------------------
def _exact(words: Text, author: Author) -> str:
    return " ".join(words)


def _other_marks(words: Text, author: Author) -> str:
    at = len(words) // 2
    return f"„{' '.join(words[:at]).upper()} – «{' '.join(words[at:])}»“"


def _ellipsis(words: Text, author: Author) -> str:
    third = len(words) // 3
    return " ".join([*words[: third + 1], "[…]", *words[-third:]])


def _wrong_word(words: Text, author: Author) -> str:
    at = author.chance.randrange(1, len(words) - 1)
    return " ".join([*words[:at], "another", *words[at + 1 :]])


def _dropped_clause(words: Text, author: Author) -> str:
    length = max(2, len(words) // 5)
    at = author.chance.randrange(2, len(words) - length - 1)
    return " ".join([*words[:at], *words[at + length :]])


ELLIPSIS = "with an ellipsis"
ACROSS = "across a paragraph's border"
WHOLE = "a sentence in Chinese or Japanese"
MANNERS: dict[str, Callable[[Text, Author], str]] = {
    "word for word": _exact,
    "other quotation marks and case": _other_marks,
    ACROSS: _exact,
    ELLIPSIS: _ellipsis,
    "one word wrong": _wrong_word,
    "a clause dropped": _dropped_clause,
    WHOLE: _exact,
}


def _quotations(author: Author) -> dict[str, Any]:
    chance = author.chance
    spaced = Article.objects.public().exclude(language__in=UNSPACED)
    told: dict[str, Any] = {}
    for manner, put in MANNERS.items():
        times, right = [], 0
        of_these = Article.objects.public().filter(language__in=UNSPACED) if manner == WHOLE else spaced
        chosen = _some(chance, of_these.values_list("pk", flat=True))
        for pk in chosen:
            versions = list(Version.objects.public().with_text().filter(article=pk))
            version = chance.choice(versions)
            if manner == WHOLE:
                words = [_sentence(chance, version)]
            else:
                words = _passage(chance, version, crosses=manner == ACROSS)
            said = [terms.words(" ".join(lines_of(one))) for one in versions]
            left = (
                [words[: len(words) // 3 + 1], words[-(len(words) // 3) :]] if manner == ELLIPSIS else [words]
            )
            truth = quoting.stretches([one.number for one in versions], [_has(text, left) for text in said])
            quotation = quoting.read(put(words, author))
            answer, took = _timed(lambda quotation=quotation: quotes.trace(quotation))
            times.append(took)
            first = answer.found[0] if answer.found else None
            right += bool(first and first.article.pk == pk and first.stretches == truth)
        told[manner] = {"right": right / len(chosen), **_spread(times)}
    return told


def _some(chance: random.Random, keys: Any, count: int = QUOTED) -> list[int]:
    found = sorted(keys)
    return chance.sample(found, min(count, len(found)))


def _sentence(chance: random.Random, version: Version) -> str:
    """A sentence that is long enough to be quoted."""
    sentences = [one for text in version.texts for one in text.split("。") if len(one) > 2 * LENGTHS[0]]
    return chance.choice(sentences)


def _passage(chance: random.Random, version: Version, *, crosses: bool) -> Text:
    """Some words of a version in a row, of one paragraph or from the end of one into the next."""
    paragraphs = [text.split() for text in version.texts]
    if crosses:
        at = chance.randrange(len(paragraphs) - 1)
        return [*paragraphs[at][-12:], *paragraphs[at + 1][:12]]
    words = chance.choice([text for text in paragraphs if len(text) > LENGTHS[0]])
    length = min(len(words), chance.randint(*LENGTHS))
    start = chance.randrange(len(words) - length + 1)
    return words[start : start + length]


def _has(text: Text, parts: list[Text]) -> bool:
    """Whether a text has these words, part after part."""
    rest = f" {' '.join(text)} "
    for part in parts:
        _, found, rest = rest.partition(f" {' '.join(terms.words(' '.join(part)))} ")
        if not found:
            return False
        rest = f" {rest}"
    return True


# --- searches ------------------------------------------------------------------------------------------
def _searches(author: Author) -> dict[str, Any]:
    """How long searches take: of words of all ranks, of phrases, and of words that next to all texts have."""
    chance, lexicon = author.chance, author.lexicon
    frequent, common, rare = lexicon[:20], lexicon[100:400], lexicon[2_000:]
    phrases = [_phrase(chance, version) for version in _versions(chance, UNSPACED, are=False)]
    unspaced = [_sentence(chance, version)[:4] for version in _versions(chance, UNSPACED, are=True)]
    asked = {
        "a rare word": chance.sample(rare, SEARCHED),
        "two rare words": [" ".join(chance.sample(rare, 2)) for _ in range(SEARCHED)],
        "a common word": chance.sample(common, SEARCHED),
        "two common words": [" ".join(chance.sample(common, 2)) for _ in range(SEARCHED)],
        "a word of nearly all texts": frequent,
        "a word of nearly all texts and a rare one": [
            f"{chance.choice(frequent)} {chance.choice(rare)}" for _ in range(SEARCHED)
        ],
        "a common word without another": [
            f"{one} -{other}" for one, other in (chance.sample(common, 2) for _ in range(SEARCHED))
        ],
        "a word of nearly all texts without a common one": [
            f"{chance.choice(frequent)} -{chance.choice(common)}" for _ in range(SEARCHED)
        ],
        "a phrase of four words": [f'"{phrase}"' for phrase in phrases],
        "four characters in Chinese or Japanese": unspaced,
    }
    told = {}
    for kind, queries in asked.items():
        for scope in searching.SCOPES:
            times, found = [], 0
            for query in queries:
                search = searching.Search(querying.parse(query), scope)
                hits, took = _timed(lambda search=search: searching.search(search, "", 20))
                times.append(took)
                found += len(hits.rows)
            told[f"{kind}, {scope}"] = {"hits": found / len(queries), **_spread(times)}
    return told


def _versions(chance: random.Random, languages: list[str], *, are: bool) -> list[Version]:
    """Some first versions of articles in these languages, or in others."""
    articles = Article.objects.public()
    of_these = articles.filter(language__in=languages) if are else articles.exclude(language__in=languages)
    chosen = _some(chance, of_these.values_list("pk", flat=True), SEARCHED)
    return list(Version.objects.public().with_text().filter(article__in=chosen, number=1))


def _phrase(chance: random.Random, version: Version) -> str:
    return " ".join(_passage(chance, version, crosses=False)[:4])


Took = tuple[float, float]  # milliseconds, and those of CPU of this process


def _timed(work: Callable[[], Any]) -> tuple[Any, Took]:
    began, worked = time.perf_counter(), time.process_time()
    found = work()
    ended, rested = time.perf_counter(), time.process_time()
    return found, (1_000 * (ended - began), 1_000 * (rested - worked))


def _spread(times: list[Took]) -> dict[str, float]:
    ordered = sorted(wall for wall, _ in times)
    return {
        "median": statistics.median(ordered),
        "p95": ordered[int(0.95 * (len(ordered) - 1))],
        "cpu": statistics.median(cpu for _, cpu in times),
    }
