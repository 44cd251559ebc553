"""The shapes of the API's answers. Their field names are a contract: none is renamed or dropped."""

import re
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Generic, TypeVar

from ninja import Field, Schema
from pydantic import BeforeValidator

from articles import models
from articles.api.paging import PageQuery
from articles.core import kinds, languages, urls
from articles.core.types import ParagraphKind, RowState, Segment

T = TypeVar("T")


def moment(text: str) -> datetime:
    """An ISO 8601 time, or a day as its midnight; without a zone it is UTC. Raises ValueError."""
    try:
        given = datetime.fromisoformat(text)
        return given.replace(tzinfo=UTC) if given.tzinfo is None else given.astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError("not a time; write it like 2026-11-02T14:00:00Z") from None


def page_key(text: str) -> str:
    """What all spellings of a page's address share. Raises BadURL, a ValueError."""
    return urls.key(text)


def slug(text: str) -> str:
    """A source's slug. Raises ValueError."""
    if not SLUG.fullmatch(text):
        raise ValueError("not a slug; it has letters, digits, - and _ only")
    return text


def kind_name(text: str) -> str:
    """The name of a kind of change. Raises ValueError."""
    if text not in kinds.NAMES:
        raise ValueError(f"no kind of change; they are {', '.join(kinds.NAMES)}")
    return text


def language_code(text: str) -> str:
    """A language's code without its region. Raises ValueError."""
    if not text or languages.primary(text) != text:
        raise ValueError("not a language's code; write it like en, without a region")
    return text


SLUG = re.compile(r"[-\w]{1,80}", re.ASCII)
Moment = Annotated[datetime, BeforeValidator(moment)]
PageKey = Annotated[str, BeforeValidator(page_key)]
Slug = Annotated[str, BeforeValidator(slug)]
KindName = Annotated[str, BeforeValidator(kind_name)]
LanguageCode = Annotated[str, BeforeValidator(language_code)]


class Page(Schema, Generic[T]):
    """A page of a list; `next` is the address of the page after it, null on the last."""

    items: list[T]
    next: str | None


# --- what is asked for -------------------------------------------------------------------------
class State(StrEnum):
    """What is being done with an article."""

    TRACKED = "tracked"
    FINISHED = "finished"
    GONE = "gone"
    HIDDEN = "hidden"
    PAUSED = "paused"


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
    UNREACHABLE = "unreachable"
    ROBOTS = "robots"


class ArticleQuery(PageQuery):
    """Which articles are listed."""

    url: PageKey | None = Field(None, description="An article's address, however it is spelt.")
    source: Slug | None = Field(None, description="A source's slug.")
    state: State | None = Field(None, description="Hidden articles are in no list: `hidden` finds none.")
    changed_since: Moment | None = Field(None, description="Articles whose text changed then or later.")


class ChangeQuery(PageQuery):
    """Which changes are listed."""

    since: Moment | None = Field(None, description="Changes seen then or later.")
    source: Slug | None = Field(None, description="A source's slug.")
    kind: KindName | None = Field(None, description=f"One of {', '.join(kinds.NAMES)}.")
    language: LanguageCode | None = Field(None, description="Of the new text: en, de, ar …")
    disclosed: bool | None = Field(None, description="Whether the page itself owns up to the change.")


# --- what is answered --------------------------------------------------------------------------
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
    article_count: int = Field(description="Articles that could be read.")
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
