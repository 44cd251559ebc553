"""What can be asked for: the parameters of each list, how they are read, and how OpenAPI describes them."""

import re
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated

from ninja import Field, Schema
from pydantic import BeforeValidator, WithJsonSchema

from articles import searches
from articles.api.paging import PageQuery
from articles.core import kinds, languages, permalinks, quoting, urls


def moment(text: str) -> datetime:
    """An ISO 8601 time, or a day as its midnight; without a zone it is UTC. Raises ValueError."""
    try:
        given = datetime.fromisoformat(text.upper())
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


def day(text: str) -> str:
    """A day of the calendar, or "". Raises BadDay, a ValueError."""
    searches.day(text)
    return text


def canonical_address(text: str) -> str:
    """A page's address as a person gives it, with or without its scheme. Raises BadURL, a ValueError."""
    return urls.canonical(urls.typed(text))


def _string(**described: object) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", **described})


SLUG = re.compile(r"[-\w]{1,80}", re.ASCII)
Moment = Annotated[
    datetime,
    BeforeValidator(moment),
    WithJsonSchema(
        {"anyOf": [{"type": "string", "format": "date-time"}, {"type": "string", "format": "date"}]}
    ),
]
Day = Annotated[str, BeforeValidator(day), _string(format="date")]
PageKey = Annotated[str, BeforeValidator(page_key), _string(pattern="^[Hh][Tt][Tt][Pp][Ss]?://")]
Address = Annotated[str, BeforeValidator(canonical_address), _string(minLength=1)]
Slug = Annotated[str, BeforeValidator(slug), _string(pattern="^[-_A-Za-z0-9]{1,80}$")]
KindName = Annotated[str, BeforeValidator(kind_name), _string(enum=list(kinds.NAMES))]
LanguageCode = Annotated[str, BeforeValidator(language_code), _string(pattern="^[a-z]{2,8}$")]


# --- which -----------------------------------------------------------------------------------------
class State(StrEnum):
    """What is being done with an article."""

    TRACKED = "tracked"
    FINISHED = "finished"
    GONE = "gone"
    HIDDEN = "hidden"
    PAUSED = "paused"


class Scope(StrEnum):
    """In what is searched."""

    CURRENT = "current"
    ANY = "any"
    ADDED = "added"
    REMOVED = "removed"


class ArticleQuery(PageQuery):
    """Which articles are listed."""

    url: PageKey | None = Field(
        None,
        description="An article's address, however it is spelt.",
        examples=["https://herald.example/news/17?utm_source=x"],
    )
    source: Slug | None = Field(None, description="A source's slug.", examples=["herald"])
    state: State | None = Field(None, description="Hidden articles are in no list: `hidden` finds none.")
    changed_since: Moment | None = Field(
        None,
        description="Those whose text changed then or later. Without a zone it is UTC, a day its midnight.",
        examples=["2026-11-02T00:00:00Z"],
    )


class ChangeQuery(PageQuery):
    """Which changes are listed."""

    since: Moment | None = Field(
        None,
        description="Changes seen then or later. Without a zone it is UTC, a day its midnight.",
        examples=["2026-11-02T00:00:00Z"],
    )
    source: Slug | None = Field(None, description="A source's slug.", examples=["herald"])
    kind: KindName | None = Field(None, description="A kind of change.", examples=["number"])
    language: LanguageCode | None = Field(
        None, description="Of the new text, without its region.", examples=["en"]
    )
    disclosed: bool | None = Field(None, description="Whether the page itself owns up to the change.")


class SearchQuery(PageQuery):
    """What is searched for, and in what; see the page of the search."""

    q: str = Field(
        description='Words, "phrases", -not, OR.',
        json_schema_extra={"minLength": 1},
        examples=['"alleged"'],
    )
    scope: Scope = Field(Scope.CURRENT, description="Which texts: current, any version, or what changed.")
    source: Slug | None = Field(None, description="A source's slug.", examples=["herald"])
    kind: KindName | None = Field(None, description="A kind of change.", examples=["number"])
    since: Day = Field("", alias="from", description="A day: then or later.", examples=["2026-03-31"])
    until: Day = Field("", description="A day: then or earlier.", examples=["2026-03-31"])


class QuoteQuery(Schema):
    """What is traced: one of the two."""

    text: str | None = Field(
        None,
        description=f"{quoting.SHORTEST} to {quoting.LONGEST:,} characters that an article says, or said.",
        json_schema_extra={"minLength": 1},
        examples=["Twelve people were hurt, three of them badly"],
    )
    z: str | None = Field(
        None,
        description="The same, as addresses of the quote finder's page have a long one: zlib, in base64url.",
        json_schema_extra={"pattern": f"^[-_A-Za-z0-9]{{1,{permalinks.LONGEST}}}$"},
    )


class LookupQuery(Schema):
    """What is looked up."""

    url: Address = Field(
        description="An article's address in any spelling, with or without its scheme.",
        examples=["herald.example/news/17?utm_source=x"],
    )
