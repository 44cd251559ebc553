"""RSS and Atom by feedparser, which is lenient."""

import re
import sys
from io import BytesIO
from typing import Any

import feedparser

from articles.core.feeds.fields import distinct, link, moment, one_line, plain
from articles.core.feeds.head import Head
from articles.core.feeds.hostile import FeedError, refuse_hostile
from articles.core.types import Entry, ParsedFeed

MAX_ENTRIES = 2_000
FORMATS = {"rss10": "rdf", "rss090": "rdf", "rss": "rss", "atom": "atom", "cdf": "rss"}
# What feedparser lets out on bytes it did not expect, such as a KeyError for a place without a point.
PARSER_FAULTS = (ArithmeticError, AssertionError, AttributeError, LookupError, TypeError, ValueError)
CHARACTER_REFERENCE = re.compile(rb"&#(?:[xX]0*([0-9a-fA-F]+)|0*([0-9]+));?")
SURROGATES = range(0xD800, 0xE000)


def parse(body: bytes, url: str) -> ParsedFeed:
    """Reads RSS or Atom, in UTF-8. Raises FeedError."""
    head = Head()
    refuse_hostile(body, head)
    found = _found(body, {"content-location": url, "content-type": "application/xml; charset=utf-8"})
    if not found.version and not found.entries:
        raise FeedError(_why_no_feed(body, found))
    return ParsedFeed(
        kind=next((kind for name, kind in FORMATS.items() if found.version.startswith(name)), "rss"),
        title=plain(found.feed.get("title", "")),
        home_url=link(found.feed.get("link", ""), url),
        language=plain(found.feed.get("language"))[:20],
        entries=distinct(_entry(entry, url) for entry in found.entries[:MAX_ENTRIES]),
        least_interval=head.least_interval,
        skip_hours=head.skip_hours,
        skip_days=head.skip_days,
        hub_url=link(head.hub, url),
        self_url=link(head.self, url),
    )


def _found(body: bytes, headers: dict[str, str]) -> Any:
    """What feedparser makes of the bytes. Raises FeedError where it breaks off."""
    # A stream, for feedparser would open a str or bytes argument as the name of a local file.
    readable = BytesIO(CHARACTER_REFERENCE.sub(_if_character, body))
    try:
        return feedparser.parse(
            readable, response_headers=headers, sanitize_html=False, resolve_relative_uris=False
        )
    except PARSER_FAULTS as error:
        raise FeedError(
            f"The feed cannot be read ({type(error).__name__}: {one_line(str(error))})."
        ) from error


def _if_character(reference: re.Match[bytes]) -> bytes:
    """A numeric character reference as it stands, or nothing where no character has that number.

    feedparser breaks off at such a one, and the whole feed with it.
    """
    hexadecimal, decimal = reference.groups()
    digits = hexadecimal or decimal
    number = int(digits, 16 if hexadecimal else 10) if len(digits) <= 7 else sys.maxunicode + 1
    return reference.group() if 0 < number <= sys.maxunicode and number not in SURROGATES else b""


def _why_no_feed(body: bytes, found: Any) -> str:
    if re.search(rb"<html[\s>]", body[:5000], re.IGNORECASE):
        return "This is a web page, not a feed."
    cause = found.get("bozo_exception")
    return f"This is not a feed ({one_line(str(cause))})." if cause else "This is not a feed."


def _entry(entry: Any, base: str) -> Entry | None:
    given = entry.get("feedburner_origlink") or entry.get("link") or ""
    if not given and entry.get("guidislink", True):
        given = entry.get("id", "")
    address = link(given, base)
    if not address:
        return None
    return Entry(
        url=address,
        title=plain(entry.get("title", "")),
        published=moment(entry.get("published_parsed")),
        # asked of keys(), for feedparser answers with the publication's date where there is none
        updated=moment(entry["updated_parsed"]) if "updated_parsed" in entry.keys() else None,  # noqa: SIM118
    )
