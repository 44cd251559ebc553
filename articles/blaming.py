"""An article's newest text by the versions that first said its sentences, and shaped for its page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate, groupby

from articles.core import blame
from articles.models import Article, Version
from articles.presentation import printable

MOST = 200  # versions that are compared; of a longer history the latest
WORDS = 300_000  # of all that are compared together, which takes some seconds; of larger texts fewer versions
SHADES = 5  # of how new a sentence is; 0 stands from the first version on


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence, the version from which on it stands as it is, and that with which what it was edited from
    came: the same one where it was never edited."""

    text: str
    since: Version
    first: Version


@dataclass(frozen=True, slots=True)
class Unsaid:
    """A sentence that is said no more: it stood from `since` to `last`; `gone` came without it."""

    text: str
    since: Version
    last: Version
    gone: Version


@dataclass(frozen=True, slots=True)
class Blamed:
    """What a version says, and what it says no more; `begins` is the number of the version before which
    nothing was compared, where there are earlier ones."""

    version: Version
    headline: Sentence
    standfirst: Sentence | None
    paragraphs: tuple[tuple[str, tuple[Sentence, ...]], ...]  # (kind, sentences)
    removed: tuple[Unsaid, ...]
    begins: int | None


def latest_versions(article: Article) -> list[Version]:
    """The versions that are compared, the oldest first, with their texts; the newest whatever its size."""
    found = list(article.versions.public().with_text().order_by("-number")[:MOST])
    words = accumulate(version.word_count for version in found)
    fitting = sum(total <= WORDS for total in words)
    return found[: max(fitting, 1)][::-1]


def made_of(article: Article) -> list[tuple[int, str, str]]:
    """What names the texts of `latest_versions` without reading them."""
    rows = article.versions.public().order_by("-number").values_list("number", "digest", "extractor")
    return list(rows[:MOST])


def trace(article: Article, versions: Sequence[Version]) -> Blamed:
    """What the last of these versions says, and since when; `versions` are shown ones in a row, one at least.

    What only a hidden version said first counts as said first by the next that is shown.
    """
    found = blame.blame([version.texts for version in versions], 0, article.language)  # by their places here
    newest = versions[-1]

    def line(name: str) -> Sentence:
        since = blame.since_when([getattr(version, name) for version in versions], 0)
        return Sentence(getattr(newest, name), versions[since], versions[since])

    return Blamed(
        version=newest,
        headline=line("title"),
        standfirst=line("standfirst") if newest.standfirst else None,
        paragraphs=tuple(
            (
                kind,
                tuple(Sentence(said.text, versions[said.since], versions[said.first]) for said in sentences),
            )
            for (kind, _), sentences in zip(newest.paragraphs, found.paragraphs, strict=True)
        ),
        removed=tuple(
            Unsaid(one.text, versions[one.since], versions[one.last], versions[one.last + 1])
            for one in found.removed
        ),
        begins=versions[0].number if versions[0].number != article.numbers.first else None,
    )


# --- as its page shows it ------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Origin:
    """A version as what came with it says it: its number, and when it was first seen."""

    number: int
    at: datetime

    @classmethod
    def of(cls, version: Version) -> "Origin":
        return cls(version.number, version.first_seen_at)


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
    """The page's content; `begins` is the version before which nothing was compared, where there are earlier
    ones."""

    number: int
    headline: Run
    standfirst: Run | None
    paragraphs: tuple[tuple[str, tuple[Run, ...]], ...]  # (kind, runs)
    removed: tuple[Removed, ...]
    begins: int | None


def show(article: Article, versions: Sequence[Version]) -> ShownBlame:
    """What `trace` finds, fit for the page."""
    traced = trace(article, versions)
    places = {version.number: place for place, version in enumerate(versions)}

    def run(sentences: Sequence[Sentence]) -> Run:
        since, first = sentences[0].since, sentences[0].first
        place = places[since.number]
        shade = 1 + (SHADES - 2) * place // max(len(versions) - 1, 1) if place else 0
        edited_from = Origin.of(first) if first != since else None
        return Run(printable("".join(one.text for one in sentences)), Origin.of(since), edited_from, shade)

    def runs(sentences: Sequence[Sentence]) -> tuple[Run, ...]:
        parted = groupby(sentences, key=lambda one: (one.since.number, one.first.number))
        return tuple(run(tuple(group)) for _, group in parted)

    return ShownBlame(
        headline=run([traced.headline]),
        standfirst=run([traced.standfirst]) if traced.standfirst else None,
        paragraphs=tuple((kind, runs(sentences)) for kind, sentences in traced.paragraphs),
        removed=tuple(
            Removed(printable(one.text), Origin.of(one.since), Origin.of(one.last), Origin.of(one.gone))
            for one in traced.removed
        ),
        number=traced.version.number,
        begins=traced.begins,
    )
