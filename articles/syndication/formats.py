"""Feeds written out: RSS 2.0, Atom (RFC 4287) and JSON Feed 1.1. Values in, bytes out.

All three say the same of an entry, its moment to the second, since RSS knows no parts of one. Whatever a
page's text holds, what is written is well formed.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from io import StringIO
from typing import Any

from django.utils.encoding import iri_to_uri
from django.utils.xmlutils import SimplerXMLGenerator

from articles import wording
from articles.presentation import printable

ATOM = "http://www.w3.org/2005/Atom"
DUBLIN_CORE = "http://purl.org/dc/elements/1.1/"
JSON_FEED = "https://jsonfeed.org/version/1.1"

# A language tag by its grammar (RFC 5646, 2.1), without those registered as exceptions to it.
LANGUAGE = re.compile(
    "[a-z]{2,3}(-[a-z]{3}){0,3}(-[a-z]{4})?(-([a-z]{2}|[0-9]{3}))?(-([a-z0-9]{5,8}|[0-9][a-z0-9]{3}))*"
    "(-[a-wyz0-9](-[a-z0-9]{2,8})+)*(-x(-[a-z0-9]{1,8})+)?",
    re.IGNORECASE | re.ASCII,
)


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry, which never alters.

    id        a tag URI
    link      the address of what it tells of; `original` that of the article itself, "" for none
    content   HTML
    at        when it was seen, which is both published and updated
    language  of the article, "" where it is not known
    """

    id: str
    title: str
    link: str
    original: str
    content: str
    author: str
    at: datetime
    categories: Sequence[str] = ()
    language: str = ""


@dataclass(frozen=True, slots=True)
class Feed:
    """A page of a feed.

    page     the address of the web page it belongs to
    address  its own, exactly as it was asked for; `next` the next page's (RFC 5005, 3), "" on the last
    updated  the moment of its newest entry
    """

    id: str
    title: str
    description: str
    page: str
    address: str
    next: str
    author: str
    language: str
    updated: datetime
    entries: Sequence[Entry]


def language_tag(said: str) -> str:
    """A language as feeds may name it (BCP 47), or "" where what a page or an operator said is no tag."""
    return said if LANGUAGE.fullmatch(said) else ""


# --- XML ---------------------------------------------------------------------------------------------
class Xml(SimplerXMLGenerator):
    """XML with no character in it that XML 1.0 forbids."""

    def __init__(self, out: StringIO) -> None:
        super().__init__(out, "utf-8", short_empty_elements=True)
        self.startDocument()

    def characters(self, content: str) -> None:
        super().characters(printable(content))

    def startElement(self, name: str, attrs: Mapping[str, str]) -> None:
        super().startElement(name, {key: printable(value) for key, value in attrs.items()})

    def put(self, name: str, content: str = "", /, **attributes: str) -> None:
        """An element without others in it."""
        self.addQuickElement(name, content, attributes)

    @contextmanager
    def within(self, name: str, attributes: Mapping[str, str] | None = None) -> Iterator[None]:
        """An element that holds what is put meanwhile."""
        self.startElement(name, attributes or {})
        yield
        self.endElement(name)


def _uri(address: str) -> str:
    return iri_to_uri(printable(address)) or ""


def _rfc822(moment: datetime) -> str:
    return format_datetime(moment.astimezone(UTC).replace(microsecond=0))


def rss(feed: Feed) -> bytes:
    """RSS 2.0 (https://www.rssboard.org/rss-specification), with Atom's links for what it cannot say."""
    xml = Xml(out := StringIO())
    namespaces = {"xmlns:atom": ATOM, "xmlns:dc": DUBLIN_CORE}
    with xml.within("rss", {"version": "2.0", **namespaces}), xml.within("channel"):
        xml.put("title", feed.title)
        xml.put("link", _uri(feed.page))
        xml.put("description", feed.description)
        _links(xml, "atom:link", feed, "application/rss+xml")
        if language := language_tag(feed.language):
            xml.put("language", language)
        xml.put("lastBuildDate", _rfc822(feed.updated))
        for entry in feed.entries:
            with xml.within("item"):
                xml.put("title", entry.title)
                xml.put("link", _uri(entry.link))
                xml.put("description", entry.content)
                xml.put("dc:creator", entry.author)
                for category in entry.categories:
                    xml.put("category", category)
                xml.put("guid", entry.id, isPermaLink="false")
                xml.put("pubDate", _rfc822(entry.at))
                if entry.original:
                    xml.put("atom:link", rel="via", href=_uri(entry.original))
    return out.getvalue().encode()


def atom(feed: Feed) -> bytes:
    """Atom (RFC 4287), the entry's body as its content."""
    xml = Xml(out := StringIO())
    with xml.within("feed", {"xmlns": ATOM, **_lang(feed.language)}):
        xml.put("title", feed.title)
        xml.put("subtitle", feed.description)
        xml.put("link", rel="alternate", type="text/html", href=_uri(feed.page))
        _links(xml, "link", feed, "application/atom+xml")
        xml.put("id", feed.id)
        xml.put("updated", wording.iso(feed.updated))
        with xml.within("author"):
            xml.put("name", feed.author)
        for entry in feed.entries:
            with xml.within("entry", _lang(entry.language)):
                xml.put("title", entry.title)
                xml.put("link", rel="alternate", type="text/html", href=_uri(entry.link))
                if entry.original:
                    xml.put("link", rel="via", href=_uri(entry.original))
                xml.put("id", entry.id)
                xml.put("published", wording.iso(entry.at))
                xml.put("updated", wording.iso(entry.at))
                with xml.within("author"):
                    xml.put("name", entry.author)
                for category in entry.categories:
                    xml.put("category", term=category)
                xml.put("content", entry.content, type="html")
    return out.getvalue().encode()


def _links(xml: Xml, name: str, feed: Feed, media_type: str) -> None:
    """Where the feed is, and where it goes on."""
    xml.put(name, rel="self", type=media_type, href=_uri(feed.address))
    if feed.next:
        xml.put(name, rel="next", type=media_type, href=_uri(feed.next))


def _lang(said: str) -> dict[str, str]:
    tag = language_tag(said)
    return {"xml:lang": tag} if tag else {}


# --- JSON --------------------------------------------------------------------------------------------
def json_feed(feed: Feed) -> bytes:
    """JSON Feed 1.1 (https://www.jsonfeed.org/version/1.1/); what there is nothing to say of is left out."""
    document = {
        "version": JSON_FEED,
        "title": printable(feed.title),
        "home_page_url": _uri(feed.page),
        "feed_url": _uri(feed.address),
        "description": printable(feed.description),
        "next_url": _uri(feed.next),
        "authors": [{"name": printable(feed.author)}],
        "language": language_tag(feed.language),
        "items": [_item(entry) for entry in feed.entries],
    }
    return json.dumps(_said(document), ensure_ascii=False, separators=(",", ":")).encode()


def _item(entry: Entry) -> dict[str, Any]:
    moment = wording.iso(entry.at)
    item = {
        "id": printable(entry.id),
        "url": _uri(entry.link),
        "external_url": _uri(entry.original),
        "title": printable(entry.title),
        "content_html": printable(entry.content),
        "date_published": moment,
        "date_modified": moment,
        "authors": [{"name": printable(entry.author)}],
        "tags": [printable(category) for category in entry.categories],
        "language": language_tag(entry.language),
    }
    return _said(item)


def _said(members: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value}


# --- all three ---------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Format:
    """What a feed can be written in."""

    name: str
    media_type: str
    content_type: str
    write: Callable[[Feed], bytes]


FORMATS: dict[str, Format] = {
    "rss": Format("RSS", "application/rss+xml", "application/rss+xml; charset=utf-8", rss),
    "atom": Format("Atom", "application/atom+xml", "application/atom+xml; charset=utf-8", atom),
    # JSON is UTF-8 and its media types have no charset (RFC 8259, 11)
    "json": Format("JSON Feed", "application/feed+json", "application/feed+json", json_feed),
}
