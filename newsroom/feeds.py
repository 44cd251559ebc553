"""The paper's own feeds, RSS 2.0 and Atom (RFC 4287), of what is on show."""

import xml.etree.ElementTree as ET
from collections.abc import Sequence
from datetime import UTC, datetime
from email.utils import format_datetime

from newsroom.edition import Edition
from newsroom.manuscripts import SECTIONS
from newsroom.pages import MOTTO, NAME

_ATOM = "http://www.w3.org/2005/Atom"
_DC = "http://purl.org/dc/elements/1.1/"
ET.register_namespace("dc", _DC)


def rss(editions: Sequence[Edition], base: str) -> bytes:
    """An RSS 2.0 document; `base` is the site's address without a closing slash."""
    root = ET.Element("rss", version="2.0")
    channel = ET.SubElement(root, "channel")
    _add(channel, "title", NAME)
    _add(channel, "link", f"{base}/")
    _add(channel, "description", MOTTO)
    _add(channel, "language", "en")
    for edition in editions:
        entry = ET.SubElement(channel, "item")
        url = base + edition.article.path
        _add(entry, "title", edition.headline)
        _add(entry, "link", url)
        _add(entry, "guid", url, isPermaLink="true")
        _add(entry, "description", edition.standfirst)
        _add(entry, f"{{{_DC}}}creator", edition.author)
        _add(entry, "category", SECTIONS[edition.article.section])
        _add(entry, "pubDate", format_datetime(edition.published))
    return _document(root)


def atom(editions: Sequence[Edition], base: str) -> bytes:
    """An Atom document; `base` is the site's address without a closing slash."""
    root = ET.Element("feed", xmlns=_ATOM)
    _add(root, "title", NAME)
    _add(root, "subtitle", MOTTO)
    _add(root, "id", f"{base}/")
    ET.SubElement(root, "link", rel="self", href=f"{base}/atom.xml")
    ET.SubElement(root, "link", rel="alternate", href=f"{base}/")
    newest = max((edition.modified for edition in editions), default=datetime.fromtimestamp(0, UTC))
    _add(root, "updated", newest.isoformat(timespec="seconds"))
    for edition in editions:
        entry = ET.SubElement(root, "entry")
        entry.set("xml:lang", edition.article.language)
        url = base + edition.article.path
        _add(entry, "title", edition.headline)
        _add(entry, "id", url)
        ET.SubElement(entry, "link", rel="alternate", href=url)
        _add(entry, "summary", edition.standfirst)
        _add(ET.SubElement(entry, "author"), "name", edition.author)
        ET.SubElement(entry, "category", term=SECTIONS[edition.article.section])
        _add(entry, "published", edition.published.isoformat(timespec="seconds"))
        _add(entry, "updated", edition.modified.isoformat(timespec="seconds"))
    return _document(root)


def _add(parent: ET.Element, name: str, text: str, **attributes: str) -> None:
    ET.SubElement(parent, name, attributes).text = text


def _document(root: ET.Element) -> bytes:
    ET.indent(root)
    document: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return document
