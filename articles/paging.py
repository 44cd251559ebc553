"""Lists paged by key: page 1,000 costs what page 1 does, and no row is skipped while new ones arrive.

A key names the last row of a page as "MICROSECONDS-ID" (its time since 1970, and its number), or "-ID"
for a row without a time; the next page holds what comes after it in (time, id) order, newest first.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.http import Http404
from django.utils.translation import gettext

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# Ids fit 63 bits; a time of 17 digits reaches the year 5138.
KEY = re.compile(r"([0-9]{0,17})-([0-9]{1,18})", re.ASCII)


@dataclass(frozen=True)
class Page:
    """Some rows of a list; `next` is the key of the page after it, empty on the last."""

    rows: list[Any]
    next: str
    is_first: bool


def encode(moment: datetime | None, pk: int) -> str:
    """The key of a row."""
    if moment is None:
        return f"-{pk}"
    return f"{(moment - EPOCH) // timedelta(microseconds=1)}-{pk}"


def decode(key: str) -> tuple[datetime | None, int]:
    """A row's time and id from its key. Raises Http404, naming the key, where it is none."""
    found = KEY.fullmatch(key)
    if not found:
        raise Http404(gettext("?before=%(key)s is not a page of this list.") % {"key": key[:80]})
    micros, pk = found.groups()
    return (EPOCH + timedelta(microseconds=int(micros)) if micros else None), int(pk)


def page(rows: QuerySet[Any], field: str, key: str, size: int) -> Page:
    """The page of `rows` after `key` (the first where it is empty), newest first by `field`.

    One query, or two where a list's rows with a time end and those without begin.
    """
    moment, pk = decode(key) if key else (None, 0)
    nullable = rows.model._meta.get_field(field).null
    found: list[Any] = []
    if moment is not None or not key:
        timed = rows.exclude(**{field: None}) if nullable else rows
        if moment is not None:
            # The first condition alone bounds the index scan; the second settles equal times.
            timed = timed.filter(**{f"{field}__lte": moment})
            timed = timed.filter(Q(**{f"{field}__lt": moment}) | Q(pk__lt=pk))
        found = list(timed.order_by(f"-{field}", "-pk")[: size + 1])
    if nullable and len(found) <= size:
        timeless = rows.filter(**{field: None})
        if key and moment is None:
            timeless = timeless.filter(pk__lt=pk)
        found += timeless.order_by("-pk")[: size + 1 - len(found)]
    shown = found[:size]
    following = encode(getattr(shown[-1], field), shown[-1].pk) if len(found) > size else ""
    return Page(shown, following, not key)
