"""Sitemaps, news sitemaps, and lists of sitemaps.

https://www.sitemaps.org/protocol.html
https://developers.google.com/search/docs/crawling-indexing/sitemaps/news-sitemap

A sitemap names every page of a site, so it is no feed by itself: what counts are the addresses that
it says are from the last few days. A news sitemap holds nothing else, by its rules.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from articles.core import urls
from articles.core.feeds.fields import distinct, link, plain, w3c
from articles.core.feeds.hostile import FeedError, Walk
from articles.core.types import Entry, ParsedFeed

ROOTS = frozenset({"urlset", "sitemapindex"})
RECENT = timedelta(days=3)  # a news sitemap covers two; a site may be behind
AHEAD = timedelta(days=1)  # a clock or a time zone may be wrong by so much
MOST_URLS = 50_000
MOST_ELEMENTS = MOST_URLS * 8  # an address has up to five, each picture of it two
MOST_ENTRIES = 1_000  # what a news sitemap may hold
MOST_PARTS = 5  # of a list of sitemaps, those polled beside it: the newest
LONGEST = 2_500  # characters of one value
# what is read of each address, by the elements it stands in
WANTED = {
    ("urlset", "url", "loc"): "loc",
    ("urlset", "url", "lastmod"): "lastmod",
    ("urlset", "url", "news", "title"): "title",
    ("urlset", "url", "news", "publication_date"): "published",
    ("urlset", "url", "news", "publication", "name"): "name",
    ("urlset", "url", "news", "publication", "language"): "language",
    ("sitemapindex", "sitemap", "loc"): "loc",
    ("sitemapindex", "sitemap", "lastmod"): "lastmod",
}
NEWS = ("urlset", "url", "news")
ITEMS = frozenset({("urlset", "url"), ("sitemapindex", "sitemap")})


@dataclass(slots=True)
class _Item:
    """What is said of one address; the two moments are read once, when it is complete."""

    values: dict[str, str] = field(default_factory=dict)
    is_news: bool = False
    published: datetime | None = None
    modified: datetime | None = None

    def complete(self) -> None:
        self.published = w3c(self.values.get("published", ""))
        self.modified = w3c(self.values.get("lastmod", ""))

    @property
    def newest(self) -> datetime | None:
        return max(filter(None, (self.published, self.modified)), default=None)


def parse(body: bytes, url: str, now: datetime) -> ParsedFeed:
    """Reads a sitemap or a list of them, of which only what is new at `now` is taken.

    One that is not well-formed is read as far as it goes. Raises FeedError, also where what is new
    cannot be told: no address has a date, or too many have a recent one.
    """
    walk = _Sitemap()
    broken = walk.over(body)
    if broken and not walk.items:
        raise FeedError(f"The sitemap cannot be read ({broken}).")
    read = _list(walk.items, url, now) if walk.is_list else _urls(walk.items, url, now)
    note = f"{read.note} It cannot be read to its end: {broken}.".strip()
    return replace(read, note=note) if broken else read


# --- addresses -----------------------------------------------------------------------------------
def _urls(items: list[_Item], url: str, now: datetime) -> ParsedFeed:
    is_news = any(item.is_news for item in items)
    recent = [item for item in items if _is_recent(item, now)]
    if len(recent) > MOST_ENTRIES:
        raise FeedError(
            f"Of the sitemap's {len(items):,} addresses {len(recent):,} are dated within {RECENT.days} days. "
            "Such dates do not tell what is new: follow the site's news sitemap or one of its feeds instead."
        )
    if items and not is_news and not any(item.newest for item in items):
        raise FeedError(
            f"None of the sitemap's {len(items):,} addresses has a date (lastmod), so what is new cannot be "
            "told: follow the site's news sitemap or one of its feeds instead."
        )
    first = next((item for item in items if item.is_news), _Item())
    return ParsedFeed(
        kind="sitemap",
        title=plain(first.values.get("name", "")),
        language=plain(first.values.get("language", ""))[:20],
        home_url=f"{urls.origin(url)}/",
        entries=distinct(_entry(item, url) for item in recent),
        note=_left_out(len(items) - len(recent), len(items)),
    )


def _is_recent(item: _Item, now: datetime) -> bool:
    """Is an address from the last days? One with news data and no date is taken to be."""
    newest = item.newest
    return item.is_news if newest is None else now - RECENT <= newest <= now + AHEAD


def _entry(item: _Item, base: str) -> Entry | None:
    address = link(item.values.get("loc"), base)
    if not address:
        return None
    return Entry(
        url=address,
        title=plain(item.values.get("title", "")),
        published=item.published,
        updated=item.modified,
    )


def _left_out(count: int, of: int) -> str:
    if not count:
        return ""
    return f"Of {of:,} addresses {count:,} were left out: older than {RECENT.days} days, or without a date."


# --- lists of sitemaps -----------------------------------------------------------------------------
def _list(items: list[_Item], url: str, now: datetime) -> ParsedFeed:
    """Parts without a date that call themselves news, then the newest of the others."""
    dated = [item for item in items if item.modified]
    recent = (item for item in dated if _is_recent(item, now))
    news = (item for item in items if not item.modified and "news" in item.values.get("loc", "").lower())
    chosen = [*news, *sorted(recent, key=lambda item: item.modified or now, reverse=True)]
    if items and not dated and not chosen:
        raise FeedError(
            f"None of the {len(items):,} sitemaps that this list names has a date (lastmod), so what is new "
            "cannot be told: follow one of them, or a feed, instead."
        )
    found = dict.fromkeys(link(item.values.get("loc"), url) for item in chosen)
    parts = [part for part in found if part and urls.same_site(part, url)][:MOST_PARTS]
    return ParsedFeed(
        kind="sitemaps",
        title="",
        home_url=f"{urls.origin(url)}/",
        entries=(),
        parts=tuple(parts),
        note=f"It lists {len(items):,} sitemaps, of which the newest {len(parts)} are polled beside it.",
    )


# --- reading -------------------------------------------------------------------------------------
class _Sitemap(Walk):
    """Reads what is said of each address."""

    most_elements = MOST_ELEMENTS

    def __init__(self) -> None:
        super().__init__()
        self.items: list[_Item] = []
        self.is_list = False
        self._item = _Item()
        self._name = ""
        self._text: list[str] = []
        self.parser.buffer_text = True

    def entered(self, attributes: dict[str, str]) -> None:
        depth = len(self.path)
        if depth == 1:
            self.is_list = self.path[0] == "sitemapindex"
            return
        where = tuple(self.path)
        if where in ITEMS:
            self._item = _Item()
        elif where == NEWS:
            self._item.is_news = True
        elif where in WANTED:
            self._name, self._text = WANTED[where], []
            self.parser.CharacterDataHandler = self._text.append

    def left(self) -> None:
        if self._name:
            self._item.values.setdefault(self._name, "".join(self._text)[:LONGEST].strip())
            self._name = ""
            self.parser.CharacterDataHandler = None
        elif tuple(self.path) in ITEMS:
            if len(self.items) >= MOST_URLS:
                raise FeedError(f"The sitemap names more than {MOST_URLS:,} addresses, the most it may.")
            self._item.complete()
            self.items.append(self._item)
