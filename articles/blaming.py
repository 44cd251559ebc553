"""An article's newest text by the versions that first said its sentences, shaped for its page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate, groupby

from articles.core import blame
from articles.models import Article, Version
from articles.presentation import printable

MOST = 200  # versions that are compared; of a longer history the latest
MOST_WORDS = (
    1_000_000  # in all of these together, some seconds' work; two versions are compared at any length
)
SHADES = 5  # of how new a sentence is; 0 stands from the first version on


@dataclass(frozen=True, slots=True)
class Origin:
    """A version as what came with it says it: its number, and when it was first seen."""

    number: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Run:
    """Sentences in a row that are of one origin.

    first  what they were edited from stood there; None where they were not edited
    shade  0 to SHADES - 1, the newest version's the deepest
    """

    text: str
    since: Origin
    first: Origin | None
    shade: int


@dataclass(frozen=True, slots=True)
class Removed:
    """A sentence that is said no more; `gone` is the version that came without it."""

    text: str
    since: Origin
    last: Origin
    gone: Origin


@dataclass(frozen=True, slots=True)
class ShownBlame:
    """The page's content; `begins` is the version before which nothing was compared, where that is not 1."""

    headline: Run
    standfirst: Run | None
    paragraphs: tuple[tuple[str, tuple[Run, ...]], ...]  # (kind, runs)
    removed: tuple[Removed, ...]
    begins: int | None


def latest_versions(article: Article) -> list[Version]:
    """The versions that are compared, the oldest first, with their texts."""
    latest = list(article.versions.with_text().order_by("-number")[:MOST])
    words = accumulate(version.word_count for version in latest)
    within = sum(so_far <= MOST_WORDS for so_far in words)
    return latest[: max(within, 2)][::-1]


def show(article: Article, versions: Sequence[Version]) -> ShownBlame:
    """What the last of these versions says, and since when; `versions` in a row, one at least."""
    begins = versions[0].number
    found = blame.blame([version.texts for version in versions], begins, article.language)
    origins = {version.number: Origin(version.number, version.first_seen_at) for version in versions}
    newest = versions[-1]

    def shade(since: int) -> int:
        if since == begins:
            return 0
        return 1 + (SHADES - 2) * (since - begins) // max(newest.number - begins, 1)

    def run(text: str, since: int, first: int) -> Run:
        return Run(printable(text), origins[since], origins[first] if first != since else None, shade(since))

    def line(name: str) -> Run:
        since = blame.since_when([getattr(version, name) for version in versions], begins)
        return run(getattr(newest, name), since, since)

    paragraphs = []
    for (kind, _), sentences in zip(newest.paragraphs, found.paragraphs, strict=True):
        runs = groupby(sentences, key=lambda said: (said.since, said.first))
        parted = (run("".join(said.text for said in group), *numbers) for numbers, group in runs)
        paragraphs.append((kind, tuple(parted)))
    return ShownBlame(
        headline=line("title"),
        standfirst=line("standfirst") if newest.standfirst else None,
        paragraphs=tuple(paragraphs),
        removed=tuple(
            Removed(printable(one.text), origins[one.since], origins[one.last], origins[one.last + 1])
            for one in found.removed
        ),
        begins=begins if begins > 1 else None,
    )
