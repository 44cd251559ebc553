"""Beginning to follow a source: from any address of it to its feeds, polled once."""

from dataclasses import dataclass
from secrets import token_hex
from urllib.parse import urlsplit

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.text import slugify

from articles.claiming import LEASE
from articles.core import feeds, http, urls
from articles.core.types import ParsedFeed
from articles.fetching import FetchError
from articles.ingestion.asking import ask
from articles.ingestion.feeds import ACCEPT, read_poll, store
from articles.models import Feed, Host, Source
from articles.reading import feeds_named_by, read_feed

MOST_FEEDS = 8  # of those a page names


class AddSourceError(Exception):
    """The address cannot be followed; the message says why, for the person who gave it."""


@dataclass(frozen=True, slots=True)
class Found:
    """A feed that was fetched and read."""

    url: str
    parsed: ParsedFeed
    response: http.Response


def add_source(url: str, name: str = "", slug: str = "", paused: bool = False) -> tuple[Source, list[Feed]]:
    """Discovers the feeds of a site (or takes `url` as a feed), and begins to follow them.

    The answer that was read in discovery counts as the first poll, so that each feed is asked
    without validators once only. Returns the source and its feeds. Raises AddSourceError.
    """
    found = _discover(_address(url))
    known = Feed.objects.select_related("source").filter(key__in=[urls.key(f.url) for f in found])
    taken = {feed.key: feed.source for feed in known}
    fresh = [f for f in found if urls.key(f.url) not in taken]
    if not fresh:
        source = next(iter(taken.values()))
        raise AddSourceError(f"This is followed already, as source {source.slug!r} ({source.name}).")
    with transaction.atomic():
        source = _new_source(fresh[0], name, slug, paused)
        rows = [_new_feed(source, feed) for feed in fresh]
        for row, feed in zip(rows, fresh, strict=True):
            store(row, read_poll(row, feed.response, timezone.now()))
    return source, rows


def _address(url: str) -> str:
    try:
        return urls.typed(url)
    except urls.BadURL as error:
        raise AddSourceError(str(error)) from error


def _discover(url: str) -> list[Found]:
    """The feeds an address leads to, none of them only repeating another."""
    response = _ask(url)
    try:
        return [Found(response.url, _parse(response), response)]
    except feeds.FeedError as error:
        named = _named_by(response)
        if not named:
            raise AddSourceError(
                f"No feed found at {url}: {error} The page names none either; give the feed's own address."
            ) from error
    found: list[Found] = []
    problems = []
    for address in named:
        try:
            answer = _ask(address)
            found.append(Found(answer.url, _parse(answer), answer))
        except (AddSourceError, feeds.FeedError) as error:
            problems.append(f"{address}: {error}")
    if not found:
        raise AddSourceError("None of the feeds the page names can be read. " + " ".join(problems))
    return _without_repeats(found)


def _named_by(response: http.Response) -> list[str]:
    try:
        return feeds_named_by(response.body, response.url)[:MOST_FEEDS]
    except feeds.FeedError as error:
        raise AddSourceError(str(error)) from error


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


def _parse(response: http.Response) -> ParsedFeed:
    return read_feed(response.body, response.url, response.header("content-type"))


def _ask(url: str) -> http.Response:
    try:
        response = ask(url, accept=f"{ACCEPT},text/html;q=0.9")
    except (FetchError, urls.BadURL) as error:
        raise AddSourceError(f"{url} cannot be fetched: {error}.") from error
    answer = http.judge(response, timezone.now())
    if answer.kind is not http.Kind.OK:
        raise AddSourceError(f"{url} answers {answer.reason}.")
    return response


def _new_source(feed: Found, name: str, slug: str, paused: bool) -> Source:
    host = urlsplit(feed.url).hostname or "source"
    name = name or feed.parsed.title or host
    source = Source(
        name=name[:200],
        slug=free_slug(slug, name, host),
        url=feed.parsed.home_url or urls.origin(feed.url) + "/",
        language=feed.parsed.language,
        is_paused=paused,
    )
    try:
        with transaction.atomic():
            source.save()
    except IntegrityError as error:
        raise AddSourceError(f"There is a source {source.slug!r} already: give another slug.") from error
    return source


def free_slug(given: str, name: str, host: str) -> str:
    """The slug asked for, else one made of the name that no source has."""
    if given:
        if slugify(given) != given or len(given) > 80:
            raise AddSourceError(f"{given!r} is no slug: use up to 80 small letters, digits and hyphens.")
        return given
    stem = slugify(name)[:70] or slugify(host.replace(".", "-"))[:70] or "source"
    taken = set(Source.objects.filter(slug__startswith=stem).values_list("slug", flat=True))
    return next(s for s in (stem, *(f"{stem}-{n}" for n in range(2, len(taken) + 3))) if s not in taken)


def _new_feed(source: Source, found: Found) -> Feed:
    """The feed's row, leased to us until its first poll is stored."""
    feed = Feed(source=source, url=found.url, host=Host.of(found.url), lease_token=token_hex(8))
    feed.lease_until = timezone.now() + LEASE
    feed.save()
    return feed
