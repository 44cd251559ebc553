"""What the diff is measured on: made-up texts, the demonstration's articles, and pairs somebody gives.

Made-up texts show how the work grows and where it could explode; the newsroom's articles show what
edits of news are like, in four languages.
"""

import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

from newsroom.edition import Edition, Opening, change_steps, on_show
from newsroom.manuscripts import Article, load_all
from tests.benchmarks.timing import Writer

OPENING = Opening(datetime(2025, 5, 14, 9, tzinfo=UTC), pace=1.0)  # with this pace a step is a second
ROUNDS = 3  # of those that articles in the newsroom go on for without an end


class Pair(NamedTuple):
    """Two lists of paragraphs."""

    old: list[str]
    new: list[str]

    @property
    def words(self) -> int:
        """How many words the longer side has."""
        return max(_count(" ".join(side)) for side in self)

    @property
    def at_once(self) -> int:
        """How many items the largest comparison in it has: words of a paragraph, or paragraphs."""
        return max(max(len(side), *map(_count, side)) for side in self)


def _count(text: str) -> int:
    return len(re.findall(r"\w+", text))


@dataclass(frozen=True, slots=True)
class Case:
    """Pairs that make one row of the table; `news` if their like is what newsdiff is for."""

    name: str
    pairs: list[Pair]
    news: bool = False


@dataclass(frozen=True, slots=True)
class Given:
    """A pair from a file, with what the file says of its links, if it does (see `quality.Truth`)."""

    name: str
    pair: Pair
    labels: dict[str, Any] | None


# --- made up --------------------------------------------------------------------------------------
def made_up() -> list[Case]:
    """Texts of one seeded writer, from an article to what is hardest at 20,000 words."""
    writer = Writer(1)
    return [*_articles(writer), *_growth(writer), *_hard(writer)]


def _articles(writer: Writer) -> Iterator[Case]:
    text = writer.paragraphs(1_000)
    for name, new in (
        ("a typical edit", writer.edited(text, 0.05)),
        ("every paragraph edited", writer.edited(text, 1.0)),
        ("rewritten", writer.paragraphs(1_000)),
    ):
        yield Case(f"1,000 words, {name}", [Pair(text, new)], news=True)


def _growth(writer: Writer) -> Iterator[Case]:
    middling, long = writer.paragraphs(5_000), writer.paragraphs(20_000)
    words = " ".join(long).split()
    writer.random.shuffle(words)
    shuffled = [" ".join(words[at : at + 45]) for at in range(0, len(words), 45)]
    yield Case("5,000 words, a typical edit", [Pair(middling, writer.edited(middling, 0.05))])
    for name, new in (
        ("a typical edit", writer.edited(long, 0.05)),
        ("every paragraph edited", writer.edited(long, 1.0)),
        ("wholly different", writer.paragraphs(20_000)),
        ("words shuffled", shuffled),
    ):
        yield Case(f"20,000 words, {name}", [Pair(long, new)])


def _hard(writer: Writer) -> Iterator[Case]:
    one = writer.paragraph(20_000)
    words = one.split()
    writer.random.shuffle(words)
    yield Case("one 20,000-word paragraph, 10 % replaced", [Pair([one], [writer.reworded(one)])])
    yield Case("one 20,000-word paragraph, shuffled", [Pair([one], [" ".join(words)])])
    line = "The same."
    yield Case("one line 4,000 times, one dropped", [Pair([line] * 4_000, [line] * 3_999)])
    lines = [f"old{n}" for n in range(20_000)]
    yield Case("20,000 one-word paragraphs, reversed", [Pair(lines, lines[::-1])])
    yield Case("20,000 one-word paragraphs, all new", [Pair(lines, [f"new{n}" for n in range(20_000)])])


# --- the newsroom ---------------------------------------------------------------------------------
def newsroom() -> list[Case]:
    """The demonstration's articles: every step from one version to the next, a case a language."""
    steps: dict[str, list[Pair]] = {}
    for article in load_all():
        texts = versions(article)
        pairs = [Pair(old, new) for old, new in pairwise(texts) if old != new]
        steps.setdefault(article.language, []).extend(pairs)
    return [
        Case(f"newsroom, {language} ({len(pairs)} steps)", pairs, news=True)
        for language, pairs in sorted(steps.items(), key=lambda entry: -len(entry[1]))
    ]


def versions(article: Article) -> list[list[str]]:
    """The article's texts as paragraphs, one after the other."""
    last = article.versions[-1].step
    until = last + ROUNDS * article.goes_on.every if article.goes_on else last
    moments = [article.versions[0].step, *change_steps(article, until)]
    shown = [on_show(article, OPENING, moment) for moment in moments]
    return [edition.paragraphs for edition in shown if isinstance(edition, Edition)]


# --- given ----------------------------------------------------------------------------------------
def given() -> list[Given]:
    """The pairs of the folder that PAIRS names: *.json, {"old": [...], "new": [...]}, labelled or not.

    Labels are "links", [[old, new, kind]], and with them maybe "groups" and "optional", both of
    [old, new]. Raises SystemExit where the folder holds none.
    """
    folder = os.environ.get("PAIRS")
    if not folder:
        return []
    found = []
    for path in sorted(Path(folder).glob("*.json")):
        case = json.loads(path.read_text(encoding="utf-8"))
        labels = case if "links" in case else None
        found.append(Given(path.stem, Pair(case["old"], case["new"]), labels))
    if not found:
        raise SystemExit(f"PAIRS: {folder} holds no .json files")
    return found
