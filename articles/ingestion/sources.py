"""Beginning to follow a source: from any address of it to its feeds, polled once."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from secrets import token_hex
from urllib.parse import urlsplit

from django.db import IntegrityError, transaction
from django.utils.text import slugify

from articles import claiming, counting
from articles.core import feeds, http, robots, urls
from articles.core.feeds import discovery, opml
from articles.core.types import ParsedFeed
from articles.fetching import FetchError
from articles.ingestion.asking import ask
from articles.ingestion.feeds import ACCEPT, read_poll, store
from articles.ingestion.robots import read_now
from articles.models import Feed, Host, Source
from articles.reading import feeds_named_by, read_feed, sent_on_by

MOST_FEEDS = 8  # of those a page names
MOST_SITEMAPS = 3  # of those robots.txt names, where a page names no feed


class AddSourceError(Exception):
    """The address cannot be followed; the message says why, for the person who gave it."""


class Misuse(AddSourceError):
    """What was given could be followed, or be called so, by nobody."""


class NoAddress(Misuse):
    """What was given is no address at all."""


class ListFound(AddSourceError):
    """The address is that of a list of feeds (OPML): `body` is to be imported (ingestion/lists.py)."""

    def __init__(self, url: str, body: bytes) -> None:
        super().__init__(f"{url} is a list of feeds (OPML): import it with  manage.py importopml {url}")
        self.body = body


@dataclass(frozen=True, slots=True)
class Found:
    """A feed that was fetched and read; `at` is when, if that was not just now."""

    url: str
    parsed: ParsedFeed
    response: http.Response
    at: datetime | None = None


def add_source(url: str, name: str = "", slug: str = "", paused: bool = False) -> tuple[Source, list[Feed]]:
    """Discovers the feeds of a site (or takes `url` as a feed), and begins to follow them.

    The answer that was read in discovery counts as the first poll, so that each feed is asked
    without validators once only. Returns the source and its feeds. Raises AddSourceError.
    """
    _check(slug)  # before anybody is asked for anything
    return follow(_discover(address_of(url)), name, slug, paused)


def follow(
    found: Sequence[Found], name: str = "", slug: str = "", paused: bool = False, **fields: str
) -> tuple[Source, list[Feed]]:
    """Begins to follow feeds that were read, as one source, but for those that are followed already.

    `fields` are others of the source's. Returns the source and its feeds. Raises AddSourceError.
    """
    known = Feed.objects.select_related("source").filter(key__in=[urls.key(f.url) for f in found])
    taken = {feed.key: feed.source for feed in known}
    fresh = [f for f in found if urls.key(f.url) not in taken]
    if not fresh:
        source = next(iter(taken.values()))
        raise AddSourceError(f"This is followed already, as source {source.slug!r} ({source.name}).")
    try:
        with transaction.atomic():
            source = new_source(fresh[0], name, slug, paused, **fields)
            rows = [new_feed(source, feed) for feed in fresh]
    except IntegrityError as error:
        raise AddSourceError(
            "Somebody has just begun to follow this: look at the list of sources."
        ) from error
    for row, feed in zip(rows, fresh, strict=True):
        first_poll(row, feed)
    counting.flush()  # whoever adds a source need not be a process that works
    return source, rows


def first_poll(row: Feed, found: Found) -> None:
    """Makes what was read of a feed its first poll, as of when it came; never within a transaction.

    For a poll locks hosts, then articles, and who stores a look does so the other way round: each poll's
    transactions are small for that. If this is cut short the feed is polled when its lease ends.
    """
    store(row, read_poll(row, found.response, found.at or claiming.now()))


def address_of(url: str) -> str:
    """The canonical form of an address that somebody typed. Raises NoAddress."""
    try:
        return urls.typed(url)
    except urls.BadURL as error:
        raise NoAddress(str(error)) from error


def _discover(url: str) -> list[Found]:
    """The feeds an address leads to, none of them only repeating another.

    A person has asked for this address, so its page is asked for as a browser would, whatever robots.txt
    says of it.
    """
    response = ask_for(url)
    if opml.is_opml(response.body):
        raise ListFound(url, response.body)
    try:
        return [found_at(response)]
    except feeds.FeedError as error:
        named = _named_by(response)
        if not named:
            raise AddSourceError(
                f"No feed found at {url}: {error} The page and the site's robots.txt name none either; give "
                "the feed's own address."
            ) from error
    found: list[Found] = []
    problems = []
    for address in named:
        try:
            found.append(found_at(ask_for(address)))
        except (AddSourceError, feeds.FeedError) as error:
            problems.append(f"{address}: {error}")
    if not found:
        raise AddSourceError("None of the feeds the site names can be read. " + " ".join(problems))
    return _without_repeats(found)


def _named_by(page: http.Response) -> list[str]:
    """The feeds that a page names, or the one it leads on to; else the sitemaps of its robots.txt."""
    try:
        named = feeds_named_by(page.body, page.url)
        if not named and (onward := sent_on_by(page.body, page.url)):
            page = ask_for(onward)
            named = feeds_named_by(page.body, page.url)
    except feeds.FeedError as error:
        raise AddSourceError(str(error)) from error
    return named[:MOST_FEEDS] or sitemaps_of(page.url)


def sitemaps_of(url: str) -> list[str]:
    """The sitemaps that the site's robots.txt names, if it can be read; those called news first."""
    return discovery.sitemaps(robots.sitemaps(read_now(url).robots), url)[:MOST_SITEMAPS]


def _without_repeats(found: list[Found]) -> list[Found]:
    """Drops a feed whose entries all stand in one before it: the same in another format."""
    kept: list[Found] = []
    covered: set[str] = set()
    for feed in found:
        keys = {urls.key(entry.url) for entry in feed.parsed.entries}
        if not kept or not keys <= covered:
            kept.append(feed)
            covered |= keys
    return kept


def found_at(response: http.Response) -> Found:
    """The feed that an answer holds. Raises FeedError."""
    content_type = response.header("content-type")
    return Found(response.url, read_feed(response.body, response.url, content_type, claiming.now()), response)


def ask_for(url: str, within: float = math.inf) -> http.Response:
    """A good answer of an address that somebody gave or a page names, redirects followed.

    `within` is how many seconds that may take. Raises AddSourceError.
    """
    try:
        response = ask(url, f"{ACCEPT},text/html;q=0.9", max_bytes=feeds.MOST_FETCHED, within=within)
    except (FetchError, urls.BadURL) as error:
        raise AddSourceError(f"{url} cannot be fetched: {error}.") from error
    answer = http.judge(response, claiming.now())
    if answer.kind is not http.Kind.OK:
        raise AddSourceError(f"{url} answers {answer.reason}.")
    return response


def new_source(feed: Found, name: str = "", slug: str = "", paused: bool = False, **fields: str) -> Source:
    """A source named after one of its feeds, unless it is given a name. Raises AddSourceError.

    `fields` are others of the source's, where what the feed says of itself is not to count.
    """
    host = urlsplit(feed.url).hostname or "source"
    name = name or feed.parsed.title or host
    told = {"url": feed.parsed.home_url or f"{urls.origin(feed.url)}/", "language": feed.parsed.language}
    source = Source(name=name[:200], slug=free_slug(slug, name, host), is_paused=paused, **(told | fields))
    try:
        with transaction.atomic():
            source.save()
    except IntegrityError as error:
        raise AddSourceError(f"There is a source {source.slug!r} already: give another slug.") from error
    return source


def free_slug(given: str, name: str, host: str) -> str:
    """The slug asked for, else one made of the name that no source has."""
    if given:
        _check(given)
        return given
    stem = slugify(name)[:70] or slugify(host.replace(".", "-"))[:70] or "source"
    taken = set(Source.objects.filter(slug__startswith=stem).values_list("slug", flat=True))
    return next(s for s in (stem, *(f"{stem}-{n}" for n in range(2, len(taken) + 3))) if s not in taken)


def _check(slug: str) -> None:
    if slugify(slug) != slug or len(slug) > 80:
        raise Misuse(f"{slug!r} is no slug: use up to 80 small letters, digits and hyphens.")


def new_feed(source: Source, found: Found) -> Feed:
    """The feed's row, leased to us until its first poll is stored."""
    feed = Feed(source=source, url=found.url, host=Host.of(found.url), lease_token=token_hex(8))
    feed.lease_until = claiming.now() + claiming.LEASE
    feed.save()
    return feed
