"""The values of a feed as we keep them: addresses, lines of text, moments."""

import re
from calendar import timegm
from collections.abc import Iterable
from datetime import UTC, datetime
from time import struct_time
from typing import Any

from articles.core import urls
from articles.core.characters import unescape
from articles.core.types import Entry

ISO_DATE = re.compile(r"^\d{4}-\d\d-\d\dT")
DAY = re.compile(r"\d{4}-\d\d-\d\d")
YEARS = range(1970, 2101)  # a date outside them is a slip
# Controls (C0, DEL, C1) that are no white space to str.split, and lone surrogates.
NO_TEXT = re.compile("[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\ud800-\udfff]")


def link(value: Any, base: str) -> str:
    """A canonical address, or "" where the feed gives none that can be asked for."""
    if not isinstance(value, str) or not value.strip():
        return ""
    try:
        return urls.canonical(value, base)
    except urls.BadURL:
        return ""


def plain(value: Any) -> str:
    """Plain text, in one line, of what feeds give with or without markup and entities."""
    if not isinstance(value, str):
        return ""
    if "<" in value:
        value = re.sub(r"<[^<>]{0,500}>", " ", value)
    return one_line(unescape(value))[:1000]


def one_line(text: str) -> str:
    """Text without controls and halves of characters, blanks folded."""
    return " ".join(NO_TEXT.sub("", text).split())


def moment(value: struct_time | None) -> datetime | None:
    """A moment as feedparser gives it, in UTC."""
    if value is None:
        return None
    try:
        return _credible(datetime.fromtimestamp(timegm(value), UTC))
    except (ValueError, OverflowError, OSError):
        return None


def iso(value: Any) -> datetime | None:
    """A moment in ISO 8601, date and time; where it names no zone, in UTC."""
    if not isinstance(value, str) or not ISO_DATE.match(value):
        return None
    try:
        found = datetime.fromisoformat(value)
        return _credible(found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC))
    except (ValueError, OverflowError):  # the latter: in UTC it would be before year 1 or after 9999
        return None


def w3c(value: str) -> datetime | None:
    """A W3C date (https://www.w3.org/TR/NOTE-datetime), as sitemaps have it: a day alone is its beginning."""
    value = value.strip()
    return iso(f"{value}T00:00:00+00:00" if DAY.fullmatch(value) else value)


def distinct(entries: Iterable[Entry | None]) -> tuple[Entry, ...]:
    """The entries that name a page, each page once: the first mention stands."""
    seen: dict[str, Entry] = {}
    for entry in entries:
        if entry is not None:
            seen.setdefault(urls.key(entry.url), entry)
    return tuple(seen.values())


def _credible(found: datetime) -> datetime | None:
    return found if found.year in YEARS else None
