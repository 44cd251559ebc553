"""From the bytes of a feed to its entries: RSS 0.9x, 1.0 (RDF) and 2.0, Atom, JSON Feed.

feedparser reads the XML formats, leniently; what is known to keep it busy for seconds or to make it
read files is refused or avoided first (`_refuse_hostile`). The bytes judged are the bytes it reads: always
UTF-8, for in another character set nothing looks like what it is. All text that comes out is plain text that
any database takes: no control characters, no halves of characters. An entry that cannot be read is
left out; it never costs the feed its others.
"""

import json
import re
import sys
from calendar import timegm
from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO
from time import struct_time
from typing import Any
from xml.parsers import expat

import feedparser
import lxml.etree
import lxml.html
from w3lib.encoding import read_bom

from articles.core import urls
from articles.core.characters import charset, unescape
from articles.core.types import Entry, ParsedFeed

MAX_BYTES = 5_000_000
MAX_ELEMENTS = 20_000  # feedparser takes about 2 s for as many
MAX_DEPTH = 100
MAX_ATTRIBUTES = 64
MAX_ENTITIES = 32  # real feeds declare a few short ones, such as &nbsp;
MAX_ENTITY_LENGTH = 256
MAX_REFERENCES = 10_000  # to anything, where entities are declared: 256 characters for three make 1.3 GB
MAX_ENTRIES = 2_000
FEED_TYPES = frozenset({"application/rss+xml", "application/atom+xml", "application/rdf+xml"})
JSON_TYPES = frozenset({"application/feed+json", "application/json"})
FORMATS = {"rss10": "rdf", "rss090": "rdf", "rss": "rss", "atom": "atom", "cdf": "rss"}
# feedparser's search for an e-mail address in these takes time quadratic in their length.
LONG_AUTHOR = re.compile(
    rb"<(?:[\w.-]+:)?(?:author|managingEditor|webMaster|creator|contributor|name|email|publisher|owner)"
    rb"\b[^<>]{0,500}>[^<]{2000}",
    re.IGNORECASE,
)
LONG_TAG = re.compile(rb"<[A-Za-z][^<>]{4000,}")  # a picture as a data: address is long, but few words
MAX_TAG_WORDS = 1_000
# What feedparser lets out on bytes it did not expect, such as a KeyError for a place without a point.
PARSER_FAULTS = (ArithmeticError, AssertionError, AttributeError, LookupError, TypeError, ValueError)
CHARSET = re.compile(r""";\s*charset\s*=\s*["']?([^\s"';,]{1,40})""", re.IGNORECASE)
ASCII = ("us-ascii", "US-ASCII", "ascii", "ASCII")
# XML 1.0, appendix F: "<?xm" in UTF-16 without a mark.
SNIFFED = {b"<\0?\0": "utf-16-le", b"\0<\0?": "utf-16-be"}
XML_ENCODING = re.compile(rb"""\s*<\?xml\s[^<>]{0,200}?\bencoding\s*=\s*["']([\w.:-]{1,40})["']""")
XML_DECLARATION = re.compile(r"\s*<\?xml\s[^<>]{0,500}?\?>\s*")
CHARACTER_REFERENCE = re.compile(rb"&#(?:[xX]0*([0-9a-fA-F]+)|0*([0-9]+));?")
ISO_DATE = re.compile(r"^\d{4}-\d\d-\d\dT")
SURROGATES = range(0xD800, 0xE000)
YEARS = range(1970, 2101)  # a date outside them is a slip
# Controls (C0, DEL, C1) that are no white space to str.split, and lone surrogates.
NO_TEXT = re.compile("[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\ud800-\udfff]")


class FeedError(ValueError):
    """Bytes that are no feed, or one that is not safe to read; the message is for the operator."""


def parse(body: bytes, url: str, content_type: str = "") -> ParsedFeed:
    """Reads a feed.

    body          the bytes as fetched
    url           the address they came from, for relative links
    content_type  the Content-Type header, for the character set

    Returns the feed with entries whose addresses are canonical and distinct, in the feed's order.
    Raises FeedError.
    """
    if len(body) > MAX_BYTES:
        raise FeedError(f"The feed is larger than {MAX_BYTES // 1_000_000} MB.")
    if not body.strip():
        raise FeedError("The feed is empty.")
    if body.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        return _parse_json(body, url)
    body = _in_utf8(body, content_type)
    _refuse_hostile(body)
    found = _found(body, {"content-location": url, "content-type": "application/xml; charset=utf-8"})
    if not found.version and not found.entries:
        raise FeedError(_why_no_feed(body, found))
    return ParsedFeed(
        kind=next((kind for name, kind in FORMATS.items() if found.version.startswith(name)), "rss"),
        title=_plain(found.feed.get("title", "")),
        home_url=_link(found.feed.get("link", ""), url),
        language=_plain(found.feed.get("language"))[:20],
        least_interval=_ttl_seconds(found.feed.get("ttl", "")),
        entries=_distinct(_xml_entry(entry, url) for entry in found.entries[:MAX_ENTRIES]),
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
            f"The feed cannot be read ({type(error).__name__}: {_one_line(str(error))})."
        ) from error


def _in_utf8(body: bytes, content_type: str) -> bytes:
    """The document in UTF-8, and saying so.

    The first character set of these that its bytes fit: byte order mark, Content-Type, XML declaration
    (RFC 7303, 3), UTF-8; where none does, windows-1252, as browsers take it. ASCII is what is declared by
    those who never thought of it, and is all of these.
    """
    marked, mark = read_bom(body)
    body = body[len(mark or b"") :]
    header = CHARSET.search(content_type)
    sniffed = SNIFFED.get(body[:4])
    beginning = body[:1000].decode(sniffed, "replace").encode() if sniffed else body[:1000]
    declaration = XML_ENCODING.match(beginning)
    named = [header and header[1], sniffed, declaration and declaration[1].decode("latin-1"), "utf-8"]
    for encoding in (marked, *(charset(label) for label in named if label not in ASCII)):
        try:
            text = body.decode(encoding) if encoding else None
        except UnicodeDecodeError:
            continue
        if text is not None:
            break
    else:
        text = body.decode("cp1252", "replace")
    if found := XML_DECLARATION.match(text):
        text = text[found.end() :]
    return b'<?xml version="1.0" encoding="utf-8"?>' + text.encode("utf-8", "replace")


def discover(page: bytes, url: str) -> list[str]:
    """The feeds an HTML page names in its head, in its order (<link rel=alternate type=…>)."""
    try:
        tree = lxml.html.document_fromstring(page)
    except (lxml.etree.ParserError, ValueError):
        return []
    found = []
    for link in tree.iter("link"):
        rel = (link.get("rel") or "").lower().split()
        kind = (link.get("type") or "").lower().partition(";")[0].strip()
        if "alternate" in rel and kind in FEED_TYPES | {"application/feed+json"}:
            address = _link(link.get("href") or "", url)
            if address and address not in found:
                found.append(address)
    return found


# --- what is refused ---------------------------------------------------------------------------
def _refuse_hostile(body: bytes) -> None:
    """Raises FeedError for XML whose depth, size or entities no honest feed has.

    Well-formed input is walked by expat, which is fast; input that is not is bounded by counting
    its tags, since feedparser reads on where expat stops.
    """
    if body.count(b"<") > 2 * MAX_ELEMENTS:
        raise FeedError(f"The feed has more than {MAX_ELEMENTS} elements.")
    if LONG_AUTHOR.search(body):
        raise FeedError("The feed has an author of more than 2,000 characters.")
    for tag in LONG_TAG.finditer(body):
        if len(tag.group().split()) > MAX_TAG_WORDS:
            raise FeedError(f"The feed has a tag of more than {MAX_TAG_WORDS} words.")
    if b"<!ENTITY" in body and body.count(b"&") > MAX_REFERENCES:
        raise FeedError(f"The feed declares entities, and refers to more than {MAX_REFERENCES}.")
    try:
        _Walk().parser.Parse(body, True)
    except FeedError:
        raise
    except (expat.ExpatError, ValueError, LookupError):
        return  # not well-formed: feedparser is more lenient


class _Walk:
    """Counts elements, depth, attributes and entities as expat goes through a document."""

    def __init__(self) -> None:
        self.depth = self.elements = self.entities = 0
        self.parser = expat.ParserCreate()
        self.parser.StartElementHandler = self.start
        self.parser.EndElementHandler = self.end
        self.parser.EntityDeclHandler = self.entity
        self.parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self.depth += 1
        self.elements += 1
        if self.depth > MAX_DEPTH:
            raise FeedError(f"The feed nests deeper than {MAX_DEPTH} elements.")
        if self.elements > MAX_ELEMENTS:
            raise FeedError(f"The feed has more than {MAX_ELEMENTS} elements.")
        if len(attributes) > MAX_ATTRIBUTES:
            raise FeedError(f"The feed has a tag with more than {MAX_ATTRIBUTES} attributes.")

    def end(self, name: str) -> None:
        self.depth -= 1

    def entity(self, name: str, parameter: bool, value: str | None, *rest: Any) -> None:
        self.entities += 1
        if parameter or value is None:
            raise FeedError("The feed declares an external entity.")
        if self.entities > MAX_ENTITIES or len(value) > MAX_ENTITY_LENGTH or re.search(r"&(?!#)", value):
            raise FeedError("The feed declares entities that expand without end.")


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
    return f"This is not a feed ({_one_line(str(cause))})." if cause else "This is not a feed."


# --- entries -----------------------------------------------------------------------------------
def _xml_entry(entry: Any, base: str) -> Entry | None:
    link = entry.get("feedburner_origlink") or entry.get("link") or ""
    if not link and entry.get("guidislink", True):
        link = entry.get("id", "")
    address = _link(link, base)
    if not address:
        return None
    return Entry(
        url=address,
        title=_plain(entry.get("title", "")),
        published=_moment(entry.get("published_parsed")),
        # asked of keys(), for feedparser answers with the publication's date where there is none
        updated=_moment(entry["updated_parsed"]) if "updated_parsed" in entry.keys() else None,  # noqa: SIM118
    )


def _parse_json(body: bytes, url: str) -> ParsedFeed:
    """Reads a JSON Feed (https://www.jsonfeed.org/version/1.1/)."""
    try:
        data = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise FeedError(f"This is not a JSON Feed ({error}).") from error
    if not str(data.get("version", "")).startswith("https://jsonfeed.org/version/"):
        raise FeedError("This is JSON, but not a JSON Feed: its version is missing.")
    listed = data.get("items")
    if not isinstance(listed, list):
        raise FeedError("This JSON Feed has no list of items.")
    return ParsedFeed(
        kind="json",
        title=_plain(data.get("title")),
        home_url=_link(data.get("home_page_url"), url),
        language=_plain(data.get("language"))[:20],
        entries=_distinct(_json_entry(entry, url) for entry in listed[:MAX_ENTRIES]),
    )


def _json_entry(entry: Any, base: str) -> Entry | None:
    if not isinstance(entry, dict):
        return None
    named = entry.get("id")  # often the address, but only if it is a whole one
    address = _link(entry.get("url"), base) or (_link(named, "") if isinstance(named, str) else "")
    if not address:
        return None
    return Entry(
        url=address,
        title=_plain(entry.get("title")),
        published=_iso(entry.get("date_published")),
        updated=_iso(entry.get("date_modified")),
    )


def _distinct(entries: Iterator[Entry | None]) -> tuple[Entry, ...]:
    """The entries that name a page, each page once: the first mention stands."""
    seen: dict[str, Entry] = {}
    for entry in entries:
        if entry is not None:
            seen.setdefault(urls.key(entry.url), entry)
    return tuple(seen.values())


# --- fields --------------------------------------------------------------------------------------
def _link(value: Any, base: str) -> str:
    """A canonical address, or "" where the feed gives none that can be asked for."""
    if not isinstance(value, str) or not value.strip():
        return ""
    try:
        return urls.canonical(value, base)
    except urls.BadURL:
        return ""


def _plain(value: Any) -> str:
    """Plain text, in one line, of what feeds give with or without markup and entities."""
    if not isinstance(value, str):
        return ""
    if "<" in value:
        value = re.sub(r"<[^<>]{0,500}>", " ", value)
    return _one_line(unescape(value))[:1000]


def _one_line(text: str) -> str:
    return " ".join(NO_TEXT.sub("", text).split())


def _ttl_seconds(value: Any) -> float:
    """RSS 2.0's ttl, minutes, as seconds; at most a day, for a slip should not stop a feed."""
    minutes = str(value).strip()
    return min(float(minutes) * 60, 86_400.0) if re.fullmatch(r"\d{1,6}", minutes) else 0.0


def _moment(value: struct_time | None) -> datetime | None:
    if value is None:
        return None
    try:
        return _credible(datetime.fromtimestamp(timegm(value), UTC))
    except (ValueError, OverflowError, OSError):
        return None


def _iso(value: Any) -> datetime | None:
    if not isinstance(value, str) or not ISO_DATE.match(value):
        return None
    try:
        moment = datetime.fromisoformat(value)
        return _credible(moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC))
    except (ValueError, OverflowError):  # the latter: in UTC it would be before year 1 or after 9999
        return None


def _credible(moment: datetime) -> datetime | None:
    return moment if moment.year in YEARS else None
