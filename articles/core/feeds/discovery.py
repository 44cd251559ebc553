"""The feeds that a page names, in its head or in its text."""

from collections.abc import Iterable
from urllib.parse import urljoin, urlsplit

import lxml.etree
import lxml.html

from articles.core import urls
from articles.core.feeds.fields import link

FEED_TYPES = frozenset(
    {"application/rss+xml", "application/atom+xml", "application/rdf+xml", "application/feed+json"}
)
# How the last part of a feed's path looks; a link of a page that looks so is tried where its head names none.
FEED_NAMES = frozenset(
    "feed feeds rss atom rss.xml rss2.xml atom.xml feed.xml feed.json index.xml index.rss index.rdf "
    "feed.rss feed.atom rss.php".split()
)
FEED_ENDINGS = (".rss", ".atom", ".rdf")


def discover(page: bytes, url: str) -> list[str]:
    """The feeds an HTML page at `url` names, in its order.

    Those it declares (<link rel=alternate type=…>, and the same of <a>); where there are none, the
    links of its own site whose addresses look like a feed's. Relative ones are resolved against
    <base href>.
    """
    try:
        tree = lxml.html.document_fromstring(page)
    except (lxml.etree.ParserError, ValueError):
        return []
    base = _base(tree, url)
    declared = [
        link(element.get("href") or "", base) for element in tree.iter("link", "a") if _is_feed(element)
    ]
    if found := list(dict.fromkeys(filter(None, declared))):
        return found
    linked = (link(element.get("href") or "", base) for element in tree.iter("a"))
    return list(dict.fromkeys(address for address in linked if address and _looks_like_a_feed(address, url)))


def onward(page: bytes, url: str) -> str:
    """Where an HTML page sends its readers on (meta refresh), within its site; "" where it does not."""
    try:
        tree = lxml.html.document_fromstring(page)
    except (lxml.etree.ParserError, ValueError):
        return ""
    for element in tree.iter("meta"):
        if (element.get("http-equiv") or "").strip().lower() == "refresh":
            _, _, target = (element.get("content") or "").partition("=")
            address = link(target.strip().strip("'\""), _base(tree, url))
            if address and address != url and urls.same_site(address, url):
                return address
    return ""


def sitemaps(named: Iterable[str], url: str) -> list[str]:
    """The sitemaps that the robots.txt of `url`'s host names, those that call themselves news first."""
    found = dict.fromkeys(filter(None, (link(address, url) for address in named)))
    return sorted(found, key=lambda address: "news" not in urlsplit(address).path.lower())


def _base(tree: lxml.html.HtmlElement, url: str) -> str:
    """The address that relative links of a page are resolved against."""
    for element in tree.iter("base"):
        if href := (element.get("href") or "").strip():
            try:
                return urljoin(url, href)
            except ValueError:
                return url
    return url


def _is_feed(element: lxml.html.HtmlElement) -> bool:
    rel = (element.get("rel") or "").lower().split()
    kind = (element.get("type") or "").lower().partition(";")[0].strip()
    return "alternate" in rel and kind in FEED_TYPES


def _looks_like_a_feed(address: str, page: str) -> bool:
    if not urls.same_site(address, page):
        return False
    name = urlsplit(address).path.rstrip("/").rpartition("/")[2].lower()
    return name in FEED_NAMES or name.endswith(FEED_ENDINGS)
