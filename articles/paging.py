"""Lists paged by key: page 1,000 costs what page 1 does, and no row is skipped while new ones arrive.

A key names the last row of a page by what the list is ordered by, and by its number: "MICROSECONDS-ID"
(its time since 1970), "WEIGHT-ID", or "-ID" for a row without a time; the next page holds what comes
after it, the latest or weightiest first.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import DateTimeField, Q, QuerySet
from django.http import Http404
from django.utils.translation import gettext

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# Ids fit 63 bits; a time of 17 digits reaches the year 5138.
TIMED = re.compile(r"([0-9]{0,17})-([0-9]{1,18})", re.ASCII)
WEIGHED = re.compile(r"([0-9]{1,12}\.[0-9]{1,20})-([0-9]{1,18})", re.ASCII)

Value = datetime | float | None  # what a list is ordered by


@dataclass(frozen=True)
class Page:
    """Some rows of a list; `next` is the key of the page after it, empty on the last."""

    rows: list[Any]
    next: str
    is_first: bool


def encode(value: Value, pk: int) -> str:
    """The key of a row."""
    if value is None:
        return f"-{pk}"
    if isinstance(value, datetime):
        return f"{(value - EPOCH) // timedelta(microseconds=1)}-{pk}"
    return f"{value!r}-{pk}"


def decode(key: str, *, is_timed: bool = True) -> tuple[Value, int]:
    """A row's time or weight, and its id, from its key. Raises Http404, naming the key, where it is none."""
    found = (TIMED if is_timed else WEIGHED).fullmatch(key)
    if not found:
        raise Http404(gettext("?before=%(key)s is not a page of this list.") % {"key": key[:80]})
    value, pk = found.groups()
    if not is_timed:
        return float(value), int(pk)
    return (EPOCH + timedelta(microseconds=int(value)) if value else None), int(pk)


def page(
    rows: QuerySet[Any], field: str, key: str, size: int, columns: tuple[str, str] | None = None
) -> Page:
    """The page of `rows` after `key` (the first where it is empty), falling by `field`, a time or a number.

    `columns` are annotations that equal the field and the row's number, where an index has these rather.
    One query, or two where a list's rows with a time end and those without begin.
    """
    of_model = rows.model._meta.get_field(field)
    by, number = columns or (field, "pk")
    value, pk = decode(key, is_timed=isinstance(of_model, DateTimeField)) if key else (None, 0)
    found: list[Any] = []
    if value is not None or not key:
        timed = rows.exclude(**{field: None}) if of_model.null else rows
        if value is not None:
            # The first condition alone bounds the index scan; the second settles equal times.
            timed = timed.filter(**{f"{by}__lte": value})
            timed = timed.filter(Q(**{f"{by}__lt": value}) | Q(**{f"{number}__lt": pk}))
        found = list(timed.order_by(f"-{by}", f"-{number}")[: size + 1])
    if of_model.null and len(found) <= size:
        timeless = rows.filter(**{field: None})
        if key and value is None:
            timeless = timeless.filter(pk__lt=pk)
        found += timeless.order_by("-pk")[: size + 1 - len(found)]
    shown = found[:size]
    following = encode(getattr(shown[-1], field), shown[-1].pk) if len(found) > size else ""
    return Page(shown, following, not key)
