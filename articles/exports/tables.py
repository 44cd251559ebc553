"""The tables of an export and their columns: from these come the Parquet schema, the CSV header and
docs/data-dictionary.md. Names are a contract: none is renamed or dropped."""

from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property


class Type(StrEnum):
    """What a column holds, by its name in the data dictionary."""

    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    TEXT = "text"
    TIME = "time"
    TEXTS = "list of text"
    PARAGRAPHS = "list of (kind, text)"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table.

    is_optional  whether it may be empty: null, in CSV an empty field. A text is never null.
    is_repeated  whether few values stand in many rows, so that each is best written once (Parquet)
    """

    name: str
    type: Type
    description: str
    unit: str = ""
    is_optional: bool = False
    is_repeated: bool = False


@dataclass(frozen=True)
class Table:
    """A table: what one row of it is, by what rows are told apart and in which order they stand."""

    name: str
    row: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]

    @cached_property
    def names(self) -> list[str]:
        """The names of its columns, in their order."""
        return [column.name for column in self.columns]


def _integer(name: str, description: str, unit: str = "", *, is_optional: bool = False) -> Column:
    return Column(name, Type.INTEGER, description, unit, is_optional)


def _text(name: str, description: str, *, is_repeated: bool = False) -> Column:
    return Column(name, Type.TEXT, description, is_repeated=is_repeated)


def _time(name: str, description: str, *, is_optional: bool = False) -> Column:
    return Column(name, Type.TIME, description, "UTC, microseconds", is_optional)


ARTICLE = _integer("article_id", "The article: `articles.id`.")
SOURCE = _text("source", "The source: `sources.slug`.", is_repeated=True)
URL = _text("url", "The article's canonical address.", is_repeated=True)
OLD = _integer("old_number", "The version before: `versions.number`.")
NEW = _integer("new_number", "The version after: `old_number` + 1.")
LANGUAGE_OF_CHANGE = _text(
    "language",
    "The language of the new version, without a region, such as `en`; empty where nobody says.",
    is_repeated=True,
)

SOURCES = Table(
    "sources",
    "A publication that is followed.",
    ("slug",),
    (
        _text("slug", "Its short name, which stays the same."),
        _text("name", "Its name."),
        _text("url", "Its home page."),
        _text("language", "Its language as the operator stated it (BCP 47); empty where none was."),
        Column("paused", Type.BOOLEAN, "Whether nothing of it is looked at, as of when the row was read."),
        _integer("article_count", "Its articles up to `until`, whatever `--since` says.", "articles"),
        _integer("change_count", "Their changes up to `until`, whatever `--since` says.", "changes"),
        _time("first_seen_at", "Since when it has been followed."),
    ),
)

ARTICLES = Table(
    "articles",
    "A page that is followed, under one address, however many lead to it.",
    ("id",),
    (
        _integer("id", "Its number, which stays the same; also in the addresses of its pages."),
        SOURCE,
        _text("url", "Its canonical address."),
        _text("title", "Its newest headline, as of when the row was read."),
        _text("language", "Its language (BCP 47), its own claim or the source's; empty where nobody says."),
        _text(
            "state",
            "What is done with it: `tracked`, `paused` with its source, `finished` (not looked at any more) "
            "or `gone`; as of when the row was read.",
            is_repeated=True,
        ),
        _integer("version_count", "Its versions up to `until`, whatever `--since` says.", "versions"),
        _integer("change_count", "Its changes up to `until`, whatever `--since` says.", "changes"),
        _integer("check_count", "How often it was looked at, as of when the row was read.", "looks"),
        _time("first_seen_at", "When it was met first."),
        _time(
            "last_checked_at",
            "When it was last looked at, as of when the row was read.",
            is_optional=True,
        ),
        _time("last_changed_at", "`seen_at` of its newest change up to `until`.", is_optional=True),
    ),
)

VERSIONS = Table(
    "versions",
    "A distinct text of an article.",
    ("article_id", "number"),
    (
        ARTICLE,
        _integer("number", "Counted from 1; a number is missing where a version is hidden."),
        URL,
        SOURCE,
        _text("title", "The headline."),
        _text("standfirst", "The standfirst; empty where there is none."),
        _text("byline", "Who is named as the author; empty where nobody is."),
        _text(
            "language",
            "BCP 47: what the page claims, else the article's or the source's; empty where nobody says.",
            is_repeated=True,
        ),
        Column(
            "paragraphs",
            Type.PARAGRAPHS,
            "The body. A kind is `paragraph`, `heading`, `list_item`, `quote`, `caption` or `correction`. "
            "In CSV: JSON.",
        ),
        _text("text", "The body's texts alone, joined by a newline each."),
        _integer("word_count", "Words of the body, however the language parts them.", "words"),
        _text(
            "digest",
            "The same for versions whose words are the same, whatever their typography; its beginning says "
            "by which rules. Empty where a passage is blacked out.",
        ),
        _integer(
            "same_as",
            "The number of the earlier version that this one goes back to, word by word.",
            is_optional=True,
        ),
        _time("first_seen_at", "The first look that found it."),
        _time("last_seen_at", "The last look that found it, as of when the row was read."),
        _time(
            "previous_seen_at",
            "The last look that found the version before: the change fell after it, and not after "
            "`first_seen_at`. Empty for version 1.",
            is_optional=True,
        ),
        _time("published_claim", "When the page says that it was published; as it says.", is_optional=True),
        _time("modified_claim", "When the page says that it was modified; as it says.", is_optional=True),
        _text("extractor", "By what the text was read out of the page.", is_repeated=True),
    ),
)

CHANGES = Table(
    "changes",
    "The step from one version to the next.",
    ("article_id", "new_number"),
    (
        _integer("id", "Its number, which stays the same; also in feeds and the API."),
        ARTICLE,
        SOURCE,
        URL,
        OLD,
        NEW,
        _time("seen_at", "`first_seen_at` of the new version."),
        _time("previous_seen_at", "`previous_seen_at` of the new version.", is_optional=True),
        Column("kinds", Type.TEXTS, "What kinds of change it is of (docs/diff.md). In CSV: JSON."),
        Column(
            "reasons",
            Type.TEXTS,
            "Why, a text for each of `kinds`, empty where there is nothing to say. In CSV: JSON.",
        ),
        Column("weight", Type.NUMBER, "How much meaning moved (docs/diff.md)."),
        _integer("added_words", "Words of the new version, headline and all, that the old has not.", "words"),
        _integer("removed_words", "Words of the old version that the new has not.", "words"),
        Column("disclosed", Type.BOOLEAN, "Whether the page itself says that it was changed."),
        LANGUAGE_OF_CHANGE,
    ),
)

EDITS = Table(
    "edits",
    "What became of one sentence in a change (after NewsEdits, Spangher and others, 2022). A sentence that "
    "stayed as it was has no row; one that was moved and edited has two.",
    ("article_id", "new_number"),
    (
        ARTICLE,
        SOURCE,
        OLD,
        NEW,
        _time("seen_at", "`seen_at` of the change."),
        _text("action", "`addition`, `deletion`, `edit` or `refactor` (moved).", is_repeated=True),
        _text("old_text", "The sentence in the old version; empty where there is none."),
        _text("new_text", "The sentence in the new version; empty where there is none."),
        _integer("old_paragraph", "Its paragraph in the old version, from 0.", is_optional=True),
        _integer("new_paragraph", "Its paragraph in the new version, from 0.", is_optional=True),
        _integer("old_sentence", "Which sentence of the old version it is, from 0.", is_optional=True),
        _integer("new_sentence", "Which sentence of the new version it is, from 0.", is_optional=True),
        Column("likeness", Type.NUMBER, "How much of it was kept.", "share, 0 to 1"),
        LANGUAGE_OF_CHANGE,
    ),
)

TABLES = {table.name: table for table in (SOURCES, ARTICLES, VERSIONS, CHANGES, EDITS)}
