"""The shapes of the API's answers. Their field names are a contract: none is renamed or dropped."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any, Generic, TypeVar

from ninja import Field, Schema

from articles import models
from articles.api.queries import State
from articles.blaming import Blamed, Unsaid
from articles.core.types import ParagraphKind, RowState, Segment
from articles.finding.quotes import Change, Traced
from articles.finding.searching import Hit
from articles.lookup import Finding

T = TypeVar("T")
HOURS_OF_WEEK = 7 * 24


class Page(Schema, Generic[T]):
    """A page of a list; `next` is the address of the page after it, null on the last."""

    items: list[T]
    next: str | None


# --- sources and articles ----------------------------------------------------------------------
class FeedOut(Schema):
    url: str = Field(description="The feed's address without its query, which may hold a key.")
    title: str
    paused: bool = Field(alias="is_paused")
    last_checked_at: datetime | None
    last_ok_at: datetime | None
    failures: int

    @staticmethod
    def resolve_url(feed: models.Feed) -> str:
        return feed.url.partition("?")[0]


class SourceOut(Schema):
    slug: str
    name: str
    url: str
    language: str
    paused: bool = Field(alias="is_paused")
    article_count: int = Field(description="Articles that could be read, as last counted: within seconds.")
    change_count: int
    last_change_at: datetime | None
    feeds: list[FeedOut]

    @staticmethod
    def resolve_feeds(source: models.Source) -> list[models.Feed]:
        return list(source.feeds.all())


class ArticleOut(Schema):
    id: int
    url: str
    source: str = Field(alias="source.slug")
    title: str
    state: State
    version_count: int
    check_count: int
    first_seen_at: datetime
    last_checked_at: datetime | None
    last_changed_at: datetime | None
    next_check_at: datetime | None


class GapScope(StrEnum):
    """What was not looked at, and the article with it."""

    EVERYTHING = "everything"
    SOURCE = "source"
    HOST = "host"


class GapReason(StrEnum):
    """Why nobody looked."""

    NOT_RUNNING = "not_running"
    STUCK = "stuck"
    PAUSED = "paused"
    BACKED_OFF = "backed_off"
    UNREACHABLE = "unreachable"
    ROBOTS = "robots"


class GapOut(Schema):
    began_at: datetime
    ended_at: datetime | None
    scope: GapScope
    reason: GapReason


class ParagraphOut(Schema):
    kind: ParagraphKind
    text: str


class VersionOut(Schema):
    number: int
    title: str
    standfirst: str
    byline: str
    paragraphs: list[ParagraphOut]
    digest: str
    same_as: int | None
    word_count: int
    first_seen_at: datetime
    last_seen_at: datetime
    previous_seen_at: datetime | None
    archive_url: str | None = Field(description="A copy of the page in a public web archive.")
    archived_at: datetime | None = Field(
        description="When that was made: surely of this text if not before first_seen_at nor after "
        "last_seen_at."
    )

    @staticmethod
    def resolve_archive_url(version: models.Version) -> str | None:
        return version.kept_copy.url if version.kept_copy else None

    @staticmethod
    def resolve_archived_at(version: models.Version) -> datetime | None:
        return version.kept_copy.kept_at if version.kept_copy else None

    @staticmethod
    def resolve_paragraphs(version: models.Version) -> list[dict[str, str]]:
        return [{"kind": kind, "text": text} for kind, text in version.paragraphs]


class KindOut(Schema):
    name: str
    reason: str


class RowOut(Schema):
    state: RowState
    old: list[int]
    new: list[int]
    segments: list[Segment]


class DiffOut(Schema):
    """`old` and `new` are version numbers; in `rows` they are indexes of paragraphs."""

    old: int
    new: int
    kinds: list[KindOut]
    weight: float
    added_words: int
    removed_words: int
    headline: list[Segment]
    rows: list[RowOut]
    evidence: str | None = Field(description="The address of the change's evidence pack, where there is one.")


class ChangeOut(Schema):
    id: int
    article: int = Field(alias="article_id")
    url: str = Field(alias="article.url")
    source: str = Field(alias="article.source.slug")
    title: str = Field(alias="new.title")
    old: int = Field(alias="old.number")
    new: int = Field(alias="new.number")
    seen_at: datetime
    previous_seen_at: datetime | None = Field(alias="new.previous_seen_at")
    kinds: list[KindOut]
    weight: float
    added_words: int
    removed_words: int
    disclosed: bool
    excerpt: list[Segment]

    @staticmethod
    def resolve_kinds(change: models.Change) -> list[dict[str, str]]:
        return [{"name": name, "reason": reason} for name, reason in change.kinds]


# --- since when --------------------------------------------------------------------------------------
class OriginOut(Schema):
    """A version, and when it was first seen."""

    number: int
    at: datetime = Field(alias="first_seen_at")


class RemovedOut(Schema):
    """The change with which something went: from version `old` to `new`, between `after` and `before`."""

    old: int = Field(alias="old.number")
    new: int = Field(alias="new.number")
    after: datetime = Field(alias="old.last_seen_at")
    before: datetime = Field(alias="new.first_seen_at")


class SentenceOut(Schema):
    """`since` is the version from which on its wording stands without a break, `first` that in which the
    sentence it was edited from first stood: the same one where it was never edited."""

    text: str
    since: OriginOut
    first: OriginOut


class TracedParagraphOut(Schema):
    """`sentences` put together are the paragraph's text."""

    kind: ParagraphKind
    sentences: list[SentenceOut]


class UnsaidOut(Schema):
    """A sentence that was removed, and not merely edited."""

    text: str
    since: OriginOut
    removed: RemovedOut

    @staticmethod
    def resolve_removed(unsaid: Unsaid) -> Change:
        return Change(unsaid.last, unsaid.gone)


class BlameOut(Schema):
    """`number` is the newest version, whose text this is. Of a long history only the latest versions are
    compared: `begins` is the number of the first of them, else null."""

    number: int = Field(alias="version.number")
    title: SentenceOut = Field(alias="headline")
    standfirst: SentenceOut | None
    paragraphs: list[TracedParagraphOut]
    removed: list[UnsaidOut] = Field(description="What is said no more, the latest removed first.")
    begins: int | None

    @staticmethod
    def resolve_paragraphs(blamed: Blamed) -> list[dict[str, Any]]:
        return [{"kind": kind, "sentences": sentences} for kind, sentences in blamed.paragraphs]


# --- what is found ---------------------------------------------------------------------------------
class StretchOut(Schema):
    """Versions in a row, by their numbers."""

    first: int = Field(alias="start")
    last: int = Field(alias="end")


class HitOut(Schema):
    """`versions` where texts are searched, `old` and `new` where changes are. In `snippet` "=" is what was
    searched for, "-" and "+" what went and came, "" the text around it."""

    article: int = Field(alias="article.pk")
    url: str = Field(alias="article.url")
    source: str = Field(alias="article.source.slug")
    title: str = Field(alias="article.title")
    at: datetime
    versions: list[StretchOut]
    newest: int
    old: int | None
    new: int | None
    snippet: list[tuple[str, str]]

    @staticmethod
    def resolve_old(hit: Hit) -> int | None:
        return hit.change.old.number if hit.change else None

    @staticmethod
    def resolve_new(hit: Hit) -> int | None:
        return hit.change.new.number if hit.change else None


class TracedOut(Schema):
    """`percent` is 100 where it stands word by word. In `said` "=" is what agrees, "-" the quotation's
    alone, "+" the article's, "" the text around it. `now` is what stands in the newest version, "-" what
    stood in its place, where the quotation went; empty where nothing does."""

    article: int = Field(alias="article.pk")
    url: str = Field(alias="article.url")
    source: str = Field(alias="article.source.slug")
    title: str = Field(alias="article.title")
    percent: int
    said: list[tuple[str, str]] = Field(alias="segments")
    versions: list[StretchOut] = Field(alias="stretches")
    first_seen_at: datetime = Field(alias="first.first_seen_at")
    last_seen_at: datetime = Field(alias="last.last_seen_at")
    removed: RemovedOut | None
    now: list[tuple[str, str]] | None

    @staticmethod
    def resolve_now(traced: Traced) -> list[tuple[str, str]] | None:
        return list(traced.now.segments or ()) if traced.now else None


class QuoteOut(Schema):
    """Who says it, or said it, the nearest first; `nearest` where nobody did."""

    items: list[TracedOut] = Field(alias="found")
    nearest: list[TracedOut]


class SiteSourceOut(Schema):
    slug: str
    name: str
    url: str


class LookupOut(Schema):
    """What an address turned out to be.

    `article`: it is one's, however it is spelt. `unread`: its article is known, but could not be read yet.
    `site`: no article is known there, but `sources` of the same site are followed. `unknown`: none is.
    """

    url: str = Field(description="The address as it was understood.")
    finding: Finding
    article: ArticleOut | None = Field(description="Of one that was merged into another, that one.")
    sources: list[SiteSourceOut] = Field(description="With `site`: those followed of it, ten at most.")


# --- figures -----------------------------------------------------------------------------------------
class FiguresOut(Schema):
    """What a source's edits amount to, or those of all; what is hidden is not counted."""

    articles: int = Field(description="Articles that could be read.")
    changed_articles: int = Field(description="Those of them that have changed at least once.")
    share_changed: float | None = Field(description="changed_articles / articles; null without any.")
    changes: int = Field(description="Changes from one version to the next, typography alone left out.")
    changes_per_article: float | None = Field(description="changes / articles.")
    changes_per_changed_article: float | None = Field(description="changes / changed_articles.")
    first_change_median_seconds: int | None = Field(
        description="Of half the articles that changed, the first change was found within so many seconds "
        "after they were first read, rounded up by at most 3 in 100; null where nothing has changed."
    )
    first_change_p90_seconds: int | None = Field(description="The same of nine in ten.")
    headline_changes: int = Field(description="Changes of the headline, among other things.")
    share_headlines: float | None = Field(description="headline_changes / changes.")
    disclosed: int = Field(description="Changes that the page itself owned up to.")
    silent: int = Field(description="changes - disclosed.")
    share_disclosed: float | None = Field(description="disclosed / changes.")
    added_words: int = Field(description="Words that the changes added.")
    removed_words: int = Field(description="Words that the changes removed.")


class SourceFiguresOut(FiguresOut):
    """One of the sources side by side."""

    source: str = Field(description="Its slug.")


class KindFiguresOut(Schema):
    name: str
    changes: int = Field(description="Changes that are of this kind, among others perhaps.")
    silent: int = Field(description="Those of them that were not disclosed.")


class DayOut(Schema):
    day: date = Field(description="In UTC.")
    changes: int = Field(description="Changes seen on it.")
    articles: int = Field(description="Articles first seen on it.")


class EditedOut(Schema):
    article: int
    url: str
    source: str
    title: str
    changes: int


class StatisticsOut(FiguresOut):
    source: str | None = Field(description="The source's slug; null for all sources together.")
    waiting_since: datetime | None = Field(
        description="Null: all that is stored is counted. Else what happened since then is being counted."
    )
    kinds: list[KindFiguresOut] = Field(
        description="The kinds of change there were, the most frequent first."
    )
    hours: list[int] = Field(
        description="Changes by the hour of the week, in UTC, in which they were seen: 168 numbers, the "
        "first of Monday from 00:00 to 00:59.",
        min_length=HOURS_OF_WEEK,
        max_length=HOURS_OF_WEEK,
    )
    days: list[DayOut] = Field(description="The last 90 days, today included, the oldest first.")
    most_edited: list[EditedOut] = Field(
        description="The articles with most changes, ten at most; none that is hidden."
    )
