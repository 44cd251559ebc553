"""From the bytes of a feed to its entries: RSS 0.9x, 1.0 (RDF) and 2.0, Atom, JSON Feed, sitemaps.

xml        the XML formats of feeds, by feedparser
jsonfeed   JSON Feed
sitemap    sitemaps, news sitemaps and lists of sitemaps
opml       lists of feeds, as feed readers write them
discovery  the feeds that a page or a robots.txt names
hints      when a feed asks to be polled
encoding   any character set into UTF-8
hostile    what is refused or unpacked with care, before anything is parsed
fields     values as we keep them

All text that comes out is plain text that any database takes: no control characters, no halves of
characters. An entry that cannot be read is left out; it never costs the feed its others.
"""

from dataclasses import replace
from datetime import datetime

from articles.core.feeds import jsonfeed, sitemap, xml
from articles.core.feeds.discovery import discover
from articles.core.feeds.encoding import in_utf8
from articles.core.feeds.hostile import MAX_BYTES, MOST_FETCHED, FeedError, root_of, unpacked
from articles.core.types import Entry, ParsedFeed

STAMPED = 3  # entries that all say to be updated at one moment say when the feed was made

__all__ = ["MAX_BYTES", "MOST_FETCHED", "FeedError", "discover", "parse"]


def parse(body: bytes, url: str, content_type: str, now: datetime) -> ParsedFeed:
    """Reads a feed.

    body          the bytes as fetched; also a gzip file, as sitemaps often are
    url           the address they came from, for relative links
    content_type  the Content-Type header, for the character set
    now           of a sitemap, what is older than some days is left out

    Returns the feed with entries whose addresses are canonical and distinct, in the feed's order.
    Raises FeedError.
    """
    body = unpacked(body).lstrip(b" \t\r\n")  # blanks before an XML declaration are a common slip
    if not body:
        raise FeedError("The feed is empty.")
    is_json = body.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"{")
    if is_json and len(body) <= MAX_BYTES:
        return _without_stamp(jsonfeed.parse(body, url))
    body = in_utf8(body, content_type)
    root = root_of(body)
    if root in sitemap.ROOTS:
        return _without_stamp(sitemap.parse(body, url, now))
    if len(body) > MAX_BYTES:
        raise FeedError(f"The feed is larger than {MAX_BYTES // 1_000_000} MB.")
    if root == "opml":
        raise FeedError("This is a list of feeds (OPML), not a feed.")
    return _without_stamp(xml.parse(body, url))


def _without_stamp(feed: ParsedFeed) -> ParsedFeed:
    """The feed, `updated` left out where all entries have the same: each poll would look at them all."""
    moments = {entry.updated for entry in feed.entries}
    if len(feed.entries) < STAMPED or len(moments) > 1 or None in moments:
        return feed
    return replace(feed, entries=tuple(_unstamped(entry) for entry in feed.entries))


def _unstamped(entry: Entry) -> Entry:
    return replace(entry, updated=None)
