"""What validators demand of feeds, as rules: the W3C's for RSS 2.0 and Atom, and the documents it goes by.

Each function takes a document as it was answered and gives what is wrong with it, in sentences; none where
it is valid. RSS 2.0: https://www.rssboard.org/rss-specification and its profile. Atom: RFC 4287, 5005. JSON
Feed: https://www.jsonfeed.org/version/1.1/. OPML: http://opml.org/spec2.opml. Language tags: RFC 5646. Ids:
RFC 4151.
"""

import json
import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from email.utils import parsedate_to_datetime
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlsplit

from lxml import etree

ATOM = "{http://www.w3.org/2005/Atom}"
DC = "{http://purl.org/dc/elements/1.1/}"
LANG = "{http://www.w3.org/XML/1998/namespace}lang"

# --- small grammars ----------------------------------------------------------------------------------
# langtag of RFC 5646, 2.1; the two it calls grandfathered and irregular and that do occur
LANGUAGE = re.compile(
    r"(?:[a-z]{2,3}(?:-[a-z]{3}){0,3}|[a-z]{4}|[a-z]{5,8})(?:-[a-z]{4})?(?:-(?:[a-z]{2}|\d{3}))?"
    r"(?:-(?:[a-z0-9]{5,8}|\d[a-z0-9]{3}))*(?:-[a-wyz0-9](?:-[a-z0-9]{2,8})+)*(?:-x(?:-[a-z0-9]{1,8})+)?",
    re.IGNORECASE | re.ASCII,
)
# RFC 822, 5.1, with the year of four digits that RSS asks for
RFC822 = re.compile(
    r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun), (\d\d) (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) (\d{4}) "
    r"\d\d:\d\d(:\d\d)? ([+-]\d{4}|GMT|UT|[ECMP][SD]T)",
    re.ASCII,
)
RFC3339 = re.compile(
    r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", re.ASCII
)  # upper case, as RFC 4287, 3.3 wants it
# tagURI of RFC 4151, 2.1, with a DNS name or a mail address for an authority
_DNS = r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*"
_PCHAR = r"(?:[A-Za-z0-9._~!$&'()*+,;=:@/?-]|%[0-9A-Fa-f]{2})"
TAG = re.compile(
    rf"tag:(?:[A-Za-z0-9._-]+@)?{_DNS},\d{{4}}(?:-\d\d(?:-\d\d)?)?:{_PCHAR}*(?:#{_PCHAR}*)?", re.ASCII
)
IRI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`\x00-\x20]+")

# What the W3C's validator lets pass in content; anything else it calls a risk.
ELEMENTS = set(
    "a abbr acronym address b big blockquote br caption center cite code col colgroup dd del dfn dir div dl "
    "dt em h1 h2 h3 h4 h5 h6 hr i img ins kbd li ol p pre q s samp small span strike strong sub sup table "
    "tbody td tfoot th thead tr tt u ul var".split()
)
ATTRIBUTES = set("abbr alt cite datetime dir height href hreflang lang rel src title type width".split())
VOID = {"br", "hr", "img", "col"}
ADDRESSES = {"href", "src", "cite"}


def is_web_address(text: str) -> bool:
    """Is this a whole address of the web, with nothing in it that a URI may not have?"""
    parts = urlsplit(text)
    return parts.scheme in ("http", "https") and bool(parts.hostname) and bool(IRI.fullmatch(text))


def _rfc822(text: str, what: str) -> Iterator[str]:
    found = RFC822.fullmatch(text)
    if not found:
        yield f"{what} {text!r} is no RFC 822 date with a year of four digits"
        return
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        yield f"{what} {text!r} is no date of the calendar"
        return
    if moment.strftime("%a") != found[1]:
        yield f"{what} {text!r}: the weekday is wrong"


def _rfc3339(text: Any, what: str) -> Iterator[str]:
    if not isinstance(text, str) or not RFC3339.fullmatch(text):
        yield f"{what} {text!r} is no RFC 3339 date"
        return
    try:
        datetime.fromisoformat(text)
    except ValueError:
        yield f"{what} {text!r} is no date of the calendar"


def _tag(text: str, what: str) -> Iterator[str]:
    if text.startswith("tag:") and not TAG.fullmatch(text):
        yield f"{what} {text!r} is no tag URI"


def _language(text: Any, what: str) -> Iterator[str]:
    if not isinstance(text, str) or not LANGUAGE.fullmatch(text):
        yield f"{what} {text!r} is no language tag"


def _address(text: Any, what: str) -> Iterator[str]:
    if not isinstance(text, str) or not is_web_address(text):
        yield f"{what} {text!r} is no whole web address"


def _distinct(found: Iterable[str], what: str) -> Iterator[str]:
    seen: set[str] = set()
    for text in found:
        if text in seen:
            yield f"{what} {text!r} stands twice"
        seen.add(text)


# --- content -----------------------------------------------------------------------------------------
class _Content(HTMLParser):
    """Gathers what is wrong with an entry's HTML."""

    def __init__(self) -> None:
        super().__init__()
        self.wrong: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in ELEMENTS:
            self.wrong.append(f"content has <{tag}>")
        for name, value in attrs:
            if name not in ATTRIBUTES:
                self.wrong.append(f"content has the attribute {name}")
            elif name in ADDRESSES:
                self.wrong += _address(value or "", f"content: {name}")
            elif name == "lang" and value:
                self.wrong += _language(value, "content: lang")
            elif name == "dir" and value not in ("ltr", "rtl", "auto"):
                self.wrong.append(f"content: dir {value!r}")
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.wrong.append(f"content: </{tag}> closes nothing")

    def handle_comment(self, data: str) -> None:
        self.wrong.append("content has a comment")

    def handle_decl(self, decl: str) -> None:
        self.wrong.append("content has a declaration")


def content(html: str) -> list[str]:
    """What is wrong with an entry's HTML."""
    parser = _Content()
    parser.feed(html)
    parser.close()
    return parser.wrong + [f"content: <{tag}> is not closed" for tag in parser.open]


# --- XML ---------------------------------------------------------------------------------------------
def _parsed(body: bytes) -> etree._Element:
    return etree.fromstring(body, etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False))


def _text(element: etree._Element, name: str) -> str:
    return element.findtext(name) or ""


def _counts(element: etree._Element, what: str, **bounds: tuple[int, int | None]) -> Iterator[str]:
    """How often each child may stand; names with `dc_` or `atom_` before them are of these namespaces."""
    for given, (least, most) in bounds.items():
        name = given.replace("dc_", DC).replace("atom_", ATOM)
        count = len(element.findall(name))
        if count < least or (most is not None and count > most):
            yield f"{what} has {count} of {given.replace('_', ':')}"


def _unknown(element: etree._Element, what: str, known: Iterable[str]) -> Iterator[str]:
    names = set(known)
    for child in element:
        if isinstance(child.tag, str) and child.tag not in names:
            yield f"{what} has an element <{child.tag}>"


def _served(given: str, wanted: str) -> Iterator[str]:
    if given.replace('"', "").lower() != wanted:
        yield f"it is served as {given!r}, not as {wanted!r}"


def _links(found: list[etree._Element], url: str, media_type: str) -> Iterator[str]:
    """The links of a feed itself: one to where it is, at most one to where it goes on."""
    own = [link for link in found if link.get("rel") == "self"]
    following = [link for link in found if link.get("rel") == "next"]
    if [link.get("href") for link in own] != [url]:
        yield f"self is {[link.get('href') for link in own]}, not {url!r}"
    if len(following) > 1:
        yield "there are several next"
    for link in (*own, *following):
        if link.get("type") not in (None, media_type):
            yield f"the type of {link.get('rel')} is {link.get('type')!r}"
    for link in found:
        yield from _address(link.get("href"), f"link {link.get('rel')}")
    if any(link.get("href") == url for link in following):
        yield "next leads to itself"


# --- RSS 2.0 -----------------------------------------------------------------------------------------
CHANNEL = set(
    "title link description language copyright managingEditor webMaster pubDate lastBuildDate category "
    "generator docs cloud ttl image rating textInput skipHours skipDays item".split()
) | {f"{ATOM}link"}
ITEM = set("title link description author category comments enclosure guid pubDate source".split())
ITEM |= {f"{ATOM}link", f"{DC}creator"}


def rss(body: bytes, content_type: str, url: str) -> list[str]:
    """What is wrong with an RSS 2.0 feed."""
    wrong = list(_served(content_type, "application/rss+xml; charset=utf-8"))
    try:
        root = _parsed(body)
    except etree.XMLSyntaxError as error:
        return [*wrong, f"not well formed: {error}"]
    if root.tag != "rss" or root.get("version") != "2.0" or len(root.findall("channel")) != 1:
        return [*wrong, "not one channel of RSS 2.0"]
    channel = root.find("channel")
    wrong += _unknown(channel, "the channel", CHANNEL)
    wrong += _counts(
        channel,
        "the channel",
        title=(1, 1),
        link=(1, 1),
        description=(1, 1),
        language=(0, 1),
        pubDate=(0, 1),
        lastBuildDate=(0, 1),
        ttl=(0, 1),
        image=(0, 0),
    )
    for name in ("title", "description"):
        if not _text(channel, name).strip():
            wrong.append(f"the channel's {name} is empty")
    wrong += _address(_text(channel, "link"), "the channel's link")
    wrong += _links(channel.findall(f"{ATOM}link"), url, "application/rss+xml")
    for element in channel.findall("language"):
        wrong += _language(element.text or "", "language")
    for name in ("pubDate", "lastBuildDate"):
        for element in channel.findall(name):
            wrong += _rfc822(element.text or "", name)
    for element in channel.findall("ttl"):
        if not re.fullmatch("[1-9][0-9]*", element.text or "", re.ASCII):
            wrong.append(f"ttl {element.text!r} is no number of minutes")
    items = channel.findall("item")
    for item in items:
        wrong += _item(item)
    wrong += _distinct([_text(item, "guid") for item in items], "guid")
    return wrong


def _item(item: etree._Element) -> Iterator[str]:
    yield from _unknown(item, "an item", ITEM)
    once = dict.fromkeys(("title", "link", "guid", "pubDate", "description"), (1, 1))
    yield from _counts(item, "an item", **once)
    names = len(item.findall("author")) + len(item.findall(f"{DC}creator"))
    if names != 1:
        yield f"an item names its author {names} times"
    for author in item.findall("author"):
        if "@" not in (author.text or ""):
            yield "an item's author is no mail address"
    yield from _address(_text(item, "link"), "an item's link")
    guid = item.find("guid")
    if guid is not None:
        is_permalink = guid.get("isPermaLink", "true") == "true"
        if is_permalink and not is_web_address(guid.text or ""):
            yield f"guid {guid.text!r} is called a permalink"
        yield from _tag(guid.text or "", "guid")
    yield from _rfc822(_text(item, "pubDate"), "pubDate")
    for link in item.findall(f"{ATOM}link"):
        yield from _address(link.get("href"), f"link {link.get('rel')}")
    if not all((category.text or "").strip() for category in item.findall("category")):
        yield "a category is empty"
    yield from content(_text(item, "description"))


# --- Atom --------------------------------------------------------------------------------------------
FEED = [
    f"{ATOM}{name}"
    for name in "id title subtitle updated author link category generator rights entry".split()
]
ENTRY = [
    f"{ATOM}{name}"
    for name in "id title updated published author link category content summary rights source".split()
]


def atom(body: bytes, content_type: str, url: str) -> list[str]:
    """What is wrong with an Atom feed."""
    wrong = list(_served(content_type, "application/atom+xml; charset=utf-8"))
    try:
        root = _parsed(body)
    except etree.XMLSyntaxError as error:
        return [*wrong, f"not well formed: {error}"]
    if root.tag != f"{ATOM}feed":
        return [*wrong, "not a feed of Atom"]
    entries = root.findall(f"{ATOM}entry")
    wrong += _unknown(root, "the feed", FEED)
    once = dict.fromkeys(("atom_id", "atom_title", "atom_updated"), (1, 1))
    wrong += _counts(root, "the feed", **once, atom_subtitle=(0, 1))
    own = [link for link in root.findall(f"{ATOM}link") if link.get("rel") in ("self", "next")]
    wrong += _links(own, url, "application/atom+xml")
    wrong += _atom_common(root, "the feed")
    for entry in entries:
        wrong += _entry(entry)
        if not root.findall(f"{ATOM}author") and not entry.findall(f"{ATOM}author"):
            wrong.append("nobody is the author of an entry")
    ids = [_text(root, f"{ATOM}id"), *(_text(entry, f"{ATOM}id") for entry in entries)]
    wrong += _distinct(ids, "id")
    updated = [_text(entry, f"{ATOM}updated") for entry in entries]
    wrong += _newest(_text(root, f"{ATOM}updated"), updated)
    for element in root.iter():
        if said := element.get(LANG):
            wrong += _language(said, "xml:lang")
    return wrong


def _newest(said: str, updated: list[str]) -> Iterator[str]:
    if any(any(_rfc3339(text, "")) for text in (said, *updated)):
        return  # which is told of each
    if updated and datetime.fromisoformat(said) != max(map(datetime.fromisoformat, updated)):
        yield f"the feed's updated {said!r} is not that of its newest entry"


def _atom_common(element: etree._Element, what: str) -> Iterator[str]:
    """What holds for feed and entry alike."""
    identity = _text(element, f"{ATOM}id")
    if not IRI.fullmatch(identity):
        yield f"{what}: id {identity!r} is no absolute IRI"
    yield from _tag(identity, f"{what}: id")
    yield from _rfc3339(_text(element, f"{ATOM}updated"), f"{what}: updated")
    for name in ("title", "subtitle"):
        for text in element.findall(f"{ATOM}{name}"):
            if text.get("type", "text") not in ("text", "html", "xhtml") or len(text):
                yield f"{what}: {name} is of no type of text"
    for author in element.findall(f"{ATOM}author"):
        if len(author.findall(f"{ATOM}name")) != 1 or not _text(author, f"{ATOM}name").strip():
            yield f"{what}: an author has no name"
    links = element.findall(f"{ATOM}link")
    for link in links:
        yield from _address(link.get("href"), f"{what}: link {link.get('rel')}")
    alternates = [link for link in links if link.get("rel", "alternate") == "alternate"]
    yield from _distinct(
        (f"{link.get('type')} {link.get('hreflang')}" for link in alternates), f"{what}: alternate"
    )
    for category in element.findall(f"{ATOM}category"):
        if not category.get("term", "").strip():
            yield f"{what}: a category has no term"


def _entry(entry: etree._Element) -> Iterator[str]:
    yield from _unknown(entry, "an entry", ENTRY)
    once = dict.fromkeys(("atom_id", "atom_title", "atom_updated"), (1, 1))
    yield from _counts(entry, "an entry", **once, atom_published=(0, 1), atom_content=(0, 1))
    yield from _atom_common(entry, "an entry")
    for published in entry.findall(f"{ATOM}published"):
        yield from _rfc3339(published.text or "", "an entry: published")
    links = {link.get("rel", "alternate") for link in entry.findall(f"{ATOM}link")}
    found = entry.find(f"{ATOM}content")
    if found is None and "alternate" not in links:
        yield "an entry has neither content nor an alternate"
    if found is not None and found.get("type") == "html":
        if len(found):
            yield "an entry: content of type html has elements in it"
        yield from content(found.text or "")
    elif found is not None:
        yield f"an entry: content is of type {found.get('type')!r}"


# --- JSON Feed 1.1 -----------------------------------------------------------------------------------
TOP = {"title": str, "home_page_url": str, "feed_url": str, "description": str, "user_comment": str}
TOP |= {"next_url": str, "icon": str, "favicon": str, "authors": list, "language": str, "expired": bool}
TOP |= {"hubs": list, "items": list, "version": str}
OF_ITEM = dict.fromkeys(
    "id url external_url title content_html content_text summary image banner_image date_published "
    "date_modified language".split(),
    str,
)
OF_ITEM |= {"authors": list, "tags": list, "attachments": list}


def json_feed(body: bytes, content_type: str, url: str) -> list[str]:
    """What is wrong with a JSON Feed."""
    wrong = list(_served(content_type, "application/feed+json"))
    try:
        feed = json.loads(body.decode("utf-8"))
    except ValueError as error:
        return [*wrong, f"not JSON in UTF-8: {error}"]
    if not isinstance(feed, dict) or feed.get("version") != "https://jsonfeed.org/version/1.1":
        return [*wrong, "not a JSON Feed 1.1"]
    wrong += _members(feed, TOP, "the feed", ("version", "title", "items"))
    wrong += _json_common(feed, "the feed")
    if feed.get("feed_url") != url:
        wrong.append(f"feed_url is {feed.get('feed_url')!r}, not {url!r}")
    for name in ("home_page_url", "feed_url", "next_url"):
        if name in feed:
            wrong += _address(feed[name], name)
    if feed.get("next_url") == feed.get("feed_url"):
        wrong.append("next_url leads to itself")
    items = [item for item in feed.get("items", []) if isinstance(item, dict)]
    if len(items) != len(feed.get("items", [])):
        wrong.append("an item is no object")
    for item in items:
        wrong += _json_item(item)
    wrong += _distinct([str(item.get("id")) for item in items], "id")
    return wrong


def _members(
    found: dict[str, Any], types: dict[str, type], what: str, needed: Iterable[str]
) -> Iterator[str]:
    for name in needed:
        if name not in found:
            yield f"{what} has no {name}"
    for name, value in found.items():
        if name.startswith("_"):
            continue
        if name not in types:
            yield f"{what} has a member {name}"
        elif not isinstance(value, types[name]):
            yield f"{what}: {name} is of another type"


def _json_common(found: dict[str, Any], what: str) -> Iterator[str]:
    for author in found.get("authors", ()):
        if not isinstance(author, dict) or not set(author) & {"name", "url", "avatar"}:
            yield f"{what}: an author says nothing"
    if "language" in found:
        yield from _language(found["language"], f"{what}: language")


def _json_item(item: dict[str, Any]) -> Iterator[str]:
    yield from _members(item, OF_ITEM, "an item", ("id",))
    yield from _json_common(item, "an item")
    if not {"content_html", "content_text"} & set(item):
        yield "an item has no content"
    for name in ("url", "external_url"):
        if name in item:
            yield from _address(item[name], f"an item: {name}")
    for name in ("date_published", "date_modified"):
        if name in item:
            yield from _rfc3339(item[name], f"an item: {name}")
    if not all(isinstance(tag, str) and tag for tag in item.get("tags", ())):
        yield "an item: a tag is no text"
    if isinstance(item.get("id"), str):
        yield from _tag(item["id"], "an item: id")
    yield from content(str(item.get("content_html", "")))


RULES = {"rss": rss, "atom": atom, "json": json_feed}

# --- OPML 2.0 ----------------------------------------------------------------------------------------
HEAD = set(
    "title dateCreated dateModified ownerName ownerEmail ownerId docs expansionState vertScrollState "
    "windowTop windowLeft windowBottom windowRight".split()
)


def opml(body: bytes, content_type: str) -> list[str]:
    """What is wrong with a list of feeds."""
    wrong = list(_served(content_type, "text/x-opml; charset=utf-8"))
    try:
        root = _parsed(body)
    except etree.XMLSyntaxError as error:
        return [*wrong, f"not well formed: {error}"]
    if root.tag != "opml" or root.get("version") != "2.0" or [part.tag for part in root] != ["head", "body"]:
        return [*wrong, "not an OPML 2.0 of head and body"]
    head, outlines = root[0], list(root[1].iter("outline"))
    wrong += _unknown(head, "the head", HEAD)
    wrong += _unknown(root[1], "the body", {"outline"})
    for name in ("dateCreated", "dateModified"):
        for element in head.findall(name):
            wrong += _rfc822(element.text or "", name)
    if not outlines:
        wrong.append("the body has no outline")
    for outline in outlines:
        wrong += _outline(outline)
    wrong += _distinct([outline.get("xmlUrl") for outline in outlines if outline.get("xmlUrl")], "xmlUrl")
    return wrong


def _outline(outline: etree._Element) -> Iterator[str]:
    if not outline.get("text", "").strip():
        yield "an outline has no text"
    if outline.get("type") == "rss":
        yield from _address(outline.get("xmlUrl"), "xmlUrl")
        if outline.get("version") not in (None, "RSS", "RSS1", "scriptingNews"):
            yield f"an outline's version is {outline.get('version')!r}"
    elif outline.get("type") is not None or outline.get("xmlUrl"):
        yield f"an outline is of type {outline.get('type')!r}"
    if outline.get("htmlUrl") is not None:
        yield from _address(outline.get("htmlUrl"), "htmlUrl")
    if outline.get("language") is not None:
        yield from _language(outline.get("language"), "language")
    if outline.get("type") is None and not len(outline):
        yield "a folder is empty"
