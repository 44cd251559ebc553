"""The lines of a version, and which versions readers may see."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import accumulate
from typing import NamedTuple, Protocol

from django.db.models import F

from articles.core.diffing import diff
from articles.core.types import Segment
from articles.models import Article, Version

MOST = 300  # versions of one article that are read; of a longer history the latest
# of all that are read of an article, which takes a second or so; of larger texts fewer versions
WORDS = 300_000
HEAD = 3  # lines before the first paragraph


class Text(Protocol):
    """What versions and extracts have in common."""

    title: str
    standfirst: str
    byline: str

    @property
    def texts(self) -> list[str]: ...


class Exchange(NamedTuple):
    """Lines that went and those that came in their place; in segments, joined by newlines, both."""

    gone: list[str]
    fresh: list[str]
    segments: tuple[Segment, ...]


def lines_of(text: Text) -> list[str]:
    """All that a version says, line by line: byline, headline, standfirst, then the paragraphs.

    The byline stands first, for a quotation may run from the standfirst into the text.
    """
    return [text.byline, text.title, text.standfirst, *text.texts]


def differing(old: Sequence[str], new: Sequence[str]) -> tuple[list[str], list[str]]:
    """The lines of either text that the other has not; one that only moved is not among them."""
    before, after = Counter(old), Counter(new)
    return list((before - after).elements()), list((after - before).elements())


def exchanged(gone: Sequence[str], fresh: Sequence[str]) -> Iterator[Exchange]:
    """What came in the place of which lines, of those that differ, as the diff pairs them."""
    for row in diff(gone, fresh).rows:
        yield Exchange([gone[at] for at in row.old], [fresh[at] for at in row.new], row.segments)


def readable(articles: Iterable[int], only: Collection[int] | None = None) -> dict[int, list[Version]]:
    """Of those of these articles that readers may see, the versions they may see, with their texts.

    By the articles' keys; the oldest version first, each with its article and source; where only some
    versions are wanted, of those with these keys. Whatever is found is found in these: hidden versions are
    not among them, and hidden passages are blacked out.
    """
    public = Article.objects.public().prefetch_related("source").in_bulk(list(articles))
    versions = Version.objects.public().filter(
        article__in=public, number__gt=F("article__version_count") - MOST
    )
    if only is not None:
        versions = versions.filter(pk__in=only)
    found: defaultdict[int, list[Version]] = defaultdict(list)
    # One object for a base that several versions stand on, so that it is unpacked once; and for an article.
    for version in versions.prefetch_related("base").order_by("article", "number"):
        version.article = public[version.article_id]
        found[version.article_id].append(version)
    return {article: _latest(versions) for article, versions in found.items()}


def _latest(versions: list[Version]) -> list[Version]:
    """As many of the latest as have WORDS words together; the newest whatever its size."""
    words = accumulate(version.word_count for version in reversed(versions))
    fitting = sum(total <= WORDS for total in words)
    return versions[-max(fitting, 1) :]


def language_of(version: Version) -> str:
    """The language that a version is read in: its own, or what is known of its article."""
    return version.language or version.article.language or version.article.source.language
