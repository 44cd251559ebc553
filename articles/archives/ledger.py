"""All that is recorded of an article, as JSON: what an export adds to the captures, and an import takes over.

The captures alone would not give it back. Bytes are pruned, looks may have had none, and texts were
read and changes judged by the rules of their day. The columns are those of the models, so that a new
one is carried along by itself.
"""

import json
import math
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db.models import DateTimeField, Field, Model

from articles.archives.index import YEARS
from articles.core import urls
from articles.core.types import ParagraphKind
from articles.models import Article, Boilerplate, Change, ChangeKind, Check, CosmeticChange, Snapshot, Version

FORMAT = 1
# Of a source: what it is, and how its pages are read.
SOURCE = ("name", "slug", "url", "language", "kept_selectors", "dropped_selectors", "ignored_texts")
# What is not carried: keys of this database, work under way, and what an operator did to the article.
NOT_OF_AN_ARTICLE = frozenset(
    [
        *("id", "source", "feed", "host", "lease_until", "lease_token"),
        *("hidden_at", "hidings_at", "merged_into", "merged_at"),
    ]
)
CLAIMS = ("published_at", "published_claim", "modified_claim")  # moments that a page gave: any at all
LARGEST = 2**31 - 1  # whole number in any column, though SQLite's hold more
PARAGRAPH_KINDS = frozenset(ParagraphKind)
NOT_OF_ITS_ROWS = frozenset(
    ["id", "article", "source", "blob", "snapshot", "version", "old", "new", "seen_on", "base", "packed"]
)


class BadLedger(Exception):
    """A record that is not one of ours, or of a newsdiff to come; the message says why."""


@dataclass(frozen=True, slots=True)
class Ledger:
    """The rows of an article, as values of their columns.

    source     its columns by SOURCE; `boilerplate` is what was learnt of its pages
    addresses  each spelling with the moment it was met
    snapshots  oldest first; `digest` is that of the body (SHA-256 in hex)
    versions   by number; `snapshot` is a position among the snapshots
    changes    `new` is the number of the version that a change leads to
    checks     oldest first; `snapshot` is a position, `version` a number, or None
    cosmetic_changes  oldest first; `version` is a number; an older newsdiff kept none
    feed       what the spellings of the address share of the feed that named the article first (`urls.key`),
               "" where that is not known; not the address, which may hold a key of the operator's
    """

    source: dict[str, Any]
    boilerplate: list[dict[str, Any]]
    article: dict[str, Any]
    addresses: list[tuple[str, datetime]]
    snapshots: list[dict[str, Any]]
    versions: list[dict[str, Any]]
    changes: list[dict[str, Any]]
    checks: list[dict[str, Any]]
    cosmetic_changes: list[dict[str, Any]]
    feed: str

    @property
    def url(self) -> str:
        """The article's address."""
        return str(self.article["url"])

    @property
    def keys(self) -> list[str]:
        """What the spellings of its addresses share."""
        return [urls.key(url) for url, _ in self.addresses]

    def captures(self) -> Iterable[tuple[str, datetime]]:
        """Address and moment of each record that an export may have written for these looks."""
        for check in self.checks:
            yield self.url, check["at"]
            if check["snapshot"] is not None:
                yield self.snapshots[check["snapshot"]]["url"], check["at"]


def written(ledger: Ledger) -> bytes:
    """The ledger as JSON in UTF-8, times as ISO 8601."""
    whole = {"format": FORMAT, "software": f"newsdiff/{settings.VERSION}"}
    whole |= {name: getattr(ledger, name) for name in Ledger.__slots__}
    return json.dumps(whole, ensure_ascii=False, default=_as_text).encode("utf-8", "surrogatepass")


def read(data: bytes) -> Ledger:
    """The ledger that `written` gave. Raises BadLedger."""
    try:
        whole = json.loads(data, parse_constant=_no_number)
        if whole["format"] != FORMAT:
            raise BadLedger(f"format {whole['format']!r} is not known to this newsdiff")
        ledger = Ledger(
            source={name: str(whole["source"][name]) for name in SOURCE},
            boilerplate=[_row(Boilerplate, row) for row in whole["boilerplate"]],
            article=_values(Article, NOT_OF_AN_ARTICLE, whole["article"]),
            addresses=[(urls.canonical(url), _moment(at)) for url, at in whole["addresses"]],
            snapshots=[_row(Snapshot, row, digest=str) for row in whole["snapshots"]],
            versions=[_row(Version, row, snapshot=int, paragraphs=_paragraphs) for row in whole["versions"]],
            changes=[_row(Change, row, new=int) for row in whole["changes"]],
            checks=[_row(Check, row, snapshot=_number, version=_number) for row in whole["checks"]],
            cosmetic_changes=[
                _row(CosmeticChange, row, version=int) for row in whole.get("cosmetic_changes", [])
            ],
            feed=_key(whole.get("feed", "")),
        )
        _examine(ledger)
    except RecursionError as error:
        raise BadLedger("its JSON is nested too deeply") from error
    except (KeyError, TypeError, ValueError, OverflowError, AttributeError, ValidationError) as error:
        raise BadLedger(f"{type(error).__name__}: {' '.join(str(error).split())[:200]}") from error
    return ledger


def of(article: Article) -> Ledger:
    """The ledger of an article as its row was read.

    Looks that were stored meanwhile are left out: rows are only ever added.
    """
    until = article.last_checked_at or article.first_seen_at
    snapshots = list(article.snapshots.filter(fetched_at__lte=until).order_by("fetched_at", "pk"))
    positions = {row.pk: position for position, row in enumerate(snapshots)}
    versions = list(article.versions.with_text().filter(number__lte=article.version_count).order_by("number"))
    numbers = {row.pk: row.number for row in versions}
    checks = article.checks.filter(at__lte=until).order_by("at", "pk")
    return Ledger(
        source={name: getattr(article.source, name) for name in SOURCE},
        boilerplate=[
            _columns(row, NOT_OF_ITS_ROWS) for row in article.source.boilerplate.left_out().order_by("pk")
        ],
        article=_columns(article, NOT_OF_AN_ARTICLE),
        addresses=list(article.urls.order_by("pk").values_list("url", "seen_at")),
        snapshots=[_columns(row, NOT_OF_ITS_ROWS) | {"digest": row.blob_id} for row in snapshots],
        versions=[
            _columns(row, NOT_OF_ITS_ROWS)
            | {"paragraphs": row.paragraphs, "snapshot": positions[row.snapshot_id]}
            for row in versions
        ],
        changes=[
            _columns(row, NOT_OF_ITS_ROWS) | {"new": numbers[row.new_id]}
            for row in article.changes.filter(new__number__lte=article.version_count).order_by("new__number")
        ],
        checks=[
            _columns(row, NOT_OF_ITS_ROWS)
            | {"snapshot": positions.get(row.snapshot_id), "version": numbers.get(row.version_id)}
            for row in checks
        ],
        cosmetic_changes=[
            _columns(row, NOT_OF_ITS_ROWS) | {"version": numbers[row.version_id]}
            for row in article.cosmetic_changes.filter(seen_at__lte=until).order_by("seen_at", "pk")
        ],
        feed=article.feed.key if article.feed else "",
    )


def _examine(ledger: Ledger) -> None:
    """Raises BadLedger where rows refer to others that are not there, or the laws of the data are broken."""
    numbers = [row["number"] for row in ledger.versions]
    if numbers != list(range(1, len(numbers) + 1)) or ledger.article["version_count"] != len(numbers):
        raise BadLedger("its versions are not numbered from 1 without gaps")
    if [row["new"] for row in ledger.changes] != numbers[1:]:
        raise BadLedger("its changes do not lead from each version to the next")
    positions = [row["snapshot"] for row in (*ledger.versions, *ledger.checks)]
    if any(position is not None and not 0 <= position < len(ledger.snapshots) for position in positions):
        raise BadLedger("it refers to a snapshot that it does not list")
    told = [row["version"] for row in (*ledger.checks, *ledger.cosmetic_changes)]
    if any(number is not None and number not in numbers for number in told):
        raise BadLedger("it refers to a version that it does not list")
    urls.canonical(ledger.url)
    if not ledger.addresses:
        raise BadLedger("an article without an address")


# --- columns -----------------------------------------------------------------------------------------
def _fields(model: type[Model], without: frozenset[str]) -> list["Field[Any, Any]"]:
    return [field for field in model._meta.concrete_fields if field.name not in without]


def _columns(row: Model, without: frozenset[str]) -> dict[str, Any]:
    return {field.name: getattr(row, field.attname) for field in _fields(type(row), without)}


def _values(model: type[Model], without: frozenset[str], given: dict[str, Any]) -> dict[str, Any]:
    """The given values of a model's columns; one that the writer did not know yet keeps its default."""
    fields = _fields(model, without)
    values = {field.name: _value(field, given[field.name]) for field in fields if field.name in given}
    for field in fields:
        if not field.null and values.get(field.name, field.get_default()) is None:
            raise BadLedger(f"{model.__name__}.{field.name} is missing")
    return values


def _row(model: type[Model], given: dict[str, Any], **references: Any) -> dict[str, Any]:
    return _values(model, NOT_OF_ITS_ROWS, given) | {name: of(given[name]) for name, of in references.items()}


def _value(field: "Field[Any, Any]", given: Any) -> Any:
    if isinstance(field, DateTimeField) and given is not None:
        return _moment(given, is_claim=field.name in CLAIMS)
    fits = SHAPES.get((field.model, field.name))
    if fits and given is not None and not fits(given):
        raise BadLedger(f"{field.model.__name__}.{field.name} is not what that column holds")
    value = field.to_python(given)
    if isinstance(value, float) and not math.isfinite(value):
        _no_number(str(value))
    if isinstance(value, int) and abs(value) > LARGEST:
        raise BadLedger(f"{field.model.__name__}.{field.name} is larger than that column holds")
    return value


def _moment(given: str, *, is_claim: bool = False) -> datetime:
    """A moment in ISO 8601, aware. By those that are no claims of a page lists are paged and days counted."""
    moment = datetime.fromisoformat(given)
    if moment.tzinfo is None:
        raise BadLedger(f"{given} has no time zone")
    if not is_claim and moment.year not in YEARS:
        raise BadLedger(f"nothing was looked at in {moment.year}")
    return moment


def _no_number(name: str) -> None:
    raise BadLedger(f"{name} is no number")


def _number(given: Any) -> int | None:
    return None if given is None else int(given)


def _key(given: Any) -> str:
    """A key of `core.urls`, or "" for none."""
    if not isinstance(given, str) or not re.fullmatch("([0-9a-f]{64})?", given):
        raise BadLedger("it names a feed by no SHA-256 of an address")
    return given


def _as_text(value: Any) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} in a ledger")


# --- what the columns of JSON hold ----------------------------------------------------------------------
def _is_text(given: Any) -> bool:
    return isinstance(given, str)


def _are(fits: Callable[[Any], bool], given: Any) -> bool:
    return isinstance(given, list) and all(map(fits, given))


def _are_texts(given: Any) -> bool:
    return _are(_is_text, given)


def _is_pair(given: Any) -> bool:
    return _are(_is_text, given) and len(given) == 2


def _are_pairs(given: Any) -> bool:
    return _are(_is_pair, given)


def _paragraphs(given: Any) -> list[list[str]]:
    if not _are(lambda one: _is_pair(one) and one[0] in PARAGRAPH_KINDS, given):
        raise BadLedger("Version.paragraphs is not what that column holds")
    return list(given)


def _are_kinds(given: Any) -> bool:
    longest = ChangeKind._meta.get_field("name").max_length
    return _are(lambda one: _is_pair(one) and len(one[0]) <= longest, given)


def _is_weight(given: Any) -> bool:
    """Lists are paged by weights, as numbers that are written out."""
    return isinstance(given, float | int) and (given == 0 or 0.0001 <= given <= LARGEST)


def _is_slot(given: Any) -> bool:
    if not isinstance(given, dict):
        return False
    ends, within = (given.get("before"), given.get("after")), (given.get("seen"), given.get("stayed"))
    return all(map(_is_text, ends)) and all(_are(_is_text, texts) for texts in within)


def _are_slots(given: Any) -> bool:
    return _are(_is_slot, given)


SHAPES: dict[tuple[type[Model], str], Callable[[Any], bool]] = {
    (Article, "slots"): _are_slots,
    (Article, "suspected_slots"): _are_slots,
    (Article, "places"): _are_texts,
    (Snapshot, "headers"): _are_pairs,
    (Change, "kinds"): _are_kinds,
    (Change, "weight"): _is_weight,
    (Change, "excerpt"): _are_pairs,
    (CosmeticChange, "excerpt"): _are_pairs,
}
