"""What a page claims about itself: headline, byline, dates, language, canonical address."""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from lxml.html import HtmlElement

from articles.core.characters import unescape
from articles.core.extraction.page import Page, absolute, ancestors, names
from articles.core.extraction.text import clean, key, text_of

_ARTICLE_TYPES = (
    "Article",
    "NewsArticle",
    "ReportageNewsArticle",
    "BlogPosting",
    "LiveBlogPosting",
    "WebPage",
    "TechArticle",
)
_BEFORE_TITLE = re.compile(r"\s+[|–—·»:-]{1,2}\s+|\s*\|\s*")
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:[-_][a-z0-9]{2,8})*", re.IGNORECASE)
_BY = re.compile(
    r"(?:(?:written|reported|posted|published|story|words)\s+)?(?:by|von|por|par|di|door|av|af|от|автор|author|auteur|autor)\s*:?\s+",
    re.IGNORECASE,
)
_BYLINE_NAMES = frozenset("byline bylines author authors writer reporter contributor".split())
_MARKUP = re.compile(r"</?[a-zA-Z][^<>]{0,300}>")
MAX_BYLINE = 200


@dataclass(frozen=True, slots=True)
class Metadata:
    """The claims; `headline` is the element the title was read from, where there is one."""

    title: str
    headline: HtmlElement | None
    byline: str
    language: str
    direction: str
    published: datetime | None
    modified: datetime | None
    canonical_url: str
    body: tuple[str, ...]  # the paragraphs of the article as JSON-LD has it; empty where it has none


def read_metadata(page: Page) -> Metadata:
    """Everything a page says about its article other than the text itself."""
    metas = _metas(page.root)
    linked_data = _article_data(page.root)
    title, headline = _title(page, metas, linked_data)
    return Metadata(
        title=title,
        headline=headline,
        byline=_byline(page, headline, metas, linked_data),
        language=_language(page.root, metas, linked_data),
        direction=_direction(page.root),
        published=_first_date(_published(page.root, metas, linked_data)),
        modified=_first_date(_modified(page.root, metas, linked_data)),
        canonical_url=_canonical(page),
        body=_body(linked_data),
    )


def _metas(root: HtmlElement) -> dict[str, str]:
    """<meta> by name, property or itemprop; the first of each counts."""
    found: dict[str, str] = {}
    for meta in root.iter("meta"):
        content = clean(meta.get("content") or "")
        for attribute in ("property", "name", "itemprop", "http-equiv"):
            name = (meta.get(attribute) or "").strip().lower()
            if name and content:
                found.setdefault(name, content)
    return found


# --- JSON-LD ---------------------------------------------------------------------------------------
def _article_data(root: HtmlElement) -> dict[str, Any]:
    """The JSON-LD object that describes the article; empty where there is none that can be read."""
    best: dict[str, Any] = {}
    rank = len(_ARTICLE_TYPES)
    for script in root.iter("script"):
        if "ld+json" not in (script.get("type") or "").lower() or not script.text:
            continue
        try:
            data = json.loads(script.text.strip().removeprefix("<!--").removesuffix("-->"), strict=False)
        except (ValueError, RecursionError):
            continue  # broken claims are no claims; the page itself is still read
        for thing in _things(data):
            types = thing.get("@type")
            for name in types if isinstance(types, list) else [types]:
                if isinstance(name, str) and name in _ARTICLE_TYPES and _ARTICLE_TYPES.index(name) < rank:
                    best, rank = thing, _ARTICLE_TYPES.index(name)
                elif isinstance(name, str) and name.endswith("Article") and rank > 1:
                    best, rank = thing, 1
    return best


def _things(data: Any, depth: int = 0) -> Iterator[dict[str, Any]]:
    if depth > 4:
        return
    if isinstance(data, list):
        for part in data[:50]:
            yield from _things(part, depth + 1)
    elif isinstance(data, dict):
        yield data
        for name in ("@graph", "mainEntity", "mainEntityOfPage"):
            yield from _things(data.get(name), depth + 1)


def _said(value: Any) -> str:
    """A JSON-LD value as one line, entities written twice undone."""
    if isinstance(value, list):
        value = value[0] if value else ""
    if isinstance(value, dict):
        value = value.get("name") or value.get("@value") or ""
    return clean(unescape(value)) if isinstance(value, str) else ""


def _body(data: dict[str, Any]) -> tuple[str, ...]:
    """The article's text where JSON-LD carries it, cut at line breaks and mark-up taken out."""
    text = data.get("articleBody")
    if not isinstance(text, str):
        return ()
    lines = re.split(r"\s*(?:\n|<br\s*/?>|</p>)\s*", text)
    return tuple(found for line in lines if (found := clean(unescape(_MARKUP.sub("", line)))))


# --- title -----------------------------------------------------------------------------------------
def _title(page: Page, metas: dict[str, str], data: dict[str, Any]) -> tuple[str, HtmlElement | None]:
    """The headline: the page's <h1>, else JSON-LD, og:title, <title>; always the first there is."""
    site = metas.get("og:site_name", "")
    window = next((clean(title.text) for title in page.root.iter("title") if title.text), "")
    hints = [_said(data.get("headline")), metas.get("og:title", ""), window]
    headline = _headline(page.root, [hint for hint in hints if hint], site)
    if headline is not None:
        return text_of(headline), headline
    if hints[0]:
        return hints[0], None
    return _without_site(hints[1] or hints[2], site, page.url), None


def _headline(root: HtmlElement, hints: list[str], site: str) -> HtmlElement | None:
    """The <h1> that is the article's: of several the one that shares most words with the other claims."""
    hinted = {word for hint in hints for word in _content_words(hint)}
    best, most = None, -1
    for element in root.iter("h1"):
        text = text_of(element)
        words = _content_words(text)
        if not words or (site and key(text) == key(site)) or _is_masthead(element):
            continue
        if len(words & hinted) > most:
            best, most = element, len(words & hinted)
    return best


def _is_masthead(element: HtmlElement) -> bool:
    """Whether an <h1> is the site's name: named a logo, or a link to the home page."""
    if any(around.tag == "nav" or "logo" in names(around) for around in ancestors(element, 3)):
        return True
    links = [*element.iter("a"), *element.iterancestors("a")]
    return any(re.fullmatch(r"(?:https?://[^/]+)?/?", link.get("href") or "#") for link in links)


def _content_words(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"\w+", text.casefold()))


def _without_site(title: str, site: str, url: str) -> str:
    """A window's title without the name of the site before or after it."""
    parts = [part for part in _BEFORE_TITLE.split(title) if part]
    host = key(url.split("/")[2]) if url.count("/") >= 2 else ""

    def is_site(part: str) -> bool:
        found = key(part)
        return bool(found) and (found == key(site) or (len(part.split()) <= 4 and found in host))

    kept = [part for part in parts if not is_site(part)]
    if len(kept) < len(parts) and kept:
        start = title.find(kept[0])
        return clean(title[start : title.rfind(kept[-1]) + len(kept[-1])])
    if len(parts) > 1 and len(parts[-1].split()) <= 4 <= len(parts[0].split()):
        return clean(title[: title.rfind(parts[-1])].rstrip(" |–—·»:-"))
    return clean(title)


# --- byline ----------------------------------------------------------------------------------------
def _byline(page: Page, headline: HtmlElement | None, metas: dict[str, str], data: dict[str, Any]) -> str:
    """Who wrote it: as JSON-LD names them, else as the page shows them, else as <meta> has it."""
    authors = data.get("author") or data.get("creator")
    named = [_said(author) for author in (authors if isinstance(authors, list) else [authors])[:20]]
    for candidate in (
        ", ".join(dict.fromkeys(name for name in named if name)),
        _shown_byline(page, headline),
        metas.get("author", ""),
        metas.get("article:author", ""),
    ):
        cleaned = _BY.sub("", clean(candidate), count=1) if _BY.match(candidate) else clean(candidate)
        if cleaned and len(cleaned) <= MAX_BYLINE and "://" not in cleaned:
            return cleaned
    return ""


def _shown_byline(page: Page, headline: HtmlElement | None) -> str:
    """The first short line marked as the author's, after the headline if that is known."""
    passed = headline is None
    prose = 0
    for element in page.root.iter():
        passed = passed or element is headline
        if passed and element.tag == "p" and len(text_of(element)) >= 80:
            prose += 1
            if prose == 3:  # what is signed further down is a box, a comment or another article
                break
        if (
            not passed
            or not isinstance(element.tag, str)
            or element.tag in ("html", "body", "main", "article", "script", "meta", "link", "form", "label")
        ):
            continue
        marked = element.get("rel") == "author" or "author" in (element.get("itemprop") or "").split()
        if marked or _BYLINE_NAMES.intersection(names(element)):
            text = text_of(element)
            if text and len(text) <= 100 and len(text.split()) <= 14 and not re.search(r"\d", text):
                return text
    return ""


# --- dates, language, address --------------------------------------------------------------------------
def _published(root: HtmlElement, metas: dict[str, str], data: dict[str, Any]) -> Iterable[str]:
    yield _said(data.get("datePublished"))
    for name in (
        "article:published_time",
        "og:published_time",
        "datepublished",
        "date",
        "dc.date.issued",
        "dcterms.created",
        "originalpublicationdate",
    ):
        yield metas.get(name, "")
    for time in root.iter("time"):
        if time.get("pubdate") is not None or "datePublished" in (time.get("itemprop") or ""):
            yield time.get("datetime") or ""
    for time in root.iter("time"):
        yield time.get("datetime") or ""


def _modified(root: HtmlElement, metas: dict[str, str], data: dict[str, Any]) -> Iterable[str]:
    yield _said(data.get("dateModified"))
    for name in ("article:modified_time", "og:updated_time", "datemodified", "lastmod", "dcterms.modified"):
        yield metas.get(name, "")
    for time in root.iter("time"):
        if "dateModified" in (time.get("itemprop") or ""):
            yield time.get("datetime") or ""


def _first_date(claims: Iterable[str]) -> datetime | None:
    return next((found for claim in claims if claim and (found := _date(claim))), None)


def _date(text: str) -> datetime | None:
    """A date of ISO 8601 or RFC 5322 in UTC; one without an offset is taken for UTC."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        try:
            found = parsedate_to_datetime(text)
        except (ValueError, IndexError):
            return None
    try:
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except OverflowError:
        return None


def _language(root: HtmlElement, metas: dict[str, str], data: dict[str, Any]) -> str:
    claims = (
        root.get("lang"),
        root.get("{http://www.w3.org/XML/1998/namespace}lang") or root.get("xml:lang"),
        _said(data.get("inLanguage")),
        metas.get("content-language"),
        metas.get("og:locale"),
    )
    for claim in claims:
        if claim and _LANGUAGE.fullmatch(claim.strip()) and len(claim) <= 35:
            return claim.strip().replace("_", "-")
    return ""


def _direction(root: HtmlElement) -> str:
    for element in (root, root.find("body")):
        claim = (element.get("dir") or "").strip().lower() if element is not None else ""
        if claim in ("ltr", "rtl"):
            return claim
    return ""


def _canonical(page: Page) -> str:
    for link in page.root.iter("link"):
        if "canonical" in (link.get("rel") or "").lower().split():
            return absolute(page, link.get("href") or "")
    return ""
