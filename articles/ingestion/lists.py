"""Following the feeds of a list (OPML), one after the other, each with its own result."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from django.db import transaction

from articles.core import urls
from articles.core.feeds import FeedError
from articles.core.feeds.opml import Listed
from articles.ingestion.sources import (
    AddSourceError,
    Found,
    ask_for,
    first_poll,
    found_at,
    new_feed,
    new_source,
)
from articles.models import Feed, Source


class How(StrEnum):
    """What became of a feed of a list."""

    ADDED = "added"
    KNOWN = "followed already"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one feed: of which source it is now (slug), or why it is of none."""

    listed: Listed
    how: How
    source: str = ""
    is_new: bool = False  # the source
    reason: str = ""


def import_list(listed: Iterable[Listed], paused: bool = False) -> Iterator[Result]:
    """Follows the feeds of a list; yields each one's result as soon as it is stored.

    Feeds of one site become one source, and join the one we have of that site: readers' folders are
    subjects, a source is a publication. Done again it adds nothing that is there. `paused` is for
    sources that are new.
    """
    by_site = _sources_by_site()
    for one in listed:
        yield _result(one, by_site, paused)


def foreseen(listed: Iterable[Listed]) -> Iterator[Result]:
    """What an import would do, as far as can be told without asking a site."""
    sites = {site: source.slug for site, source in _sources_by_site().items()}
    for one in listed:
        if one.problem:
            yield Result(one, How.FAILED, reason=one.problem)
        elif known := _known(one.url):
            yield Result(one, How.KNOWN, known.source.slug)
        else:
            site = _site(one)
            is_new = site not in sites
            yield Result(one, How.ADDED, sites.setdefault(site, site), is_new)


def _result(one: Listed, by_site: dict[str, Source], paused: bool) -> Result:
    """Follows one feed; `by_site` learns of a source that is new."""
    if one.problem:
        return Result(one, How.FAILED, reason=one.problem)
    if known := _known(one.url):
        return Result(one, How.KNOWN, known.source.slug)
    try:
        found = found_at(ask_for(one.url))
        if known := _known(found.url):
            return Result(one, How.KNOWN, known.source.slug)
        source, is_new = _begin(one, found, by_site, paused)
    except (AddSourceError, FeedError) as error:
        return Result(one, How.FAILED, reason=str(error))
    return Result(one, How.ADDED, source.slug, is_new)


def _begin(one: Listed, found: Found, by_site: dict[str, Source], paused: bool) -> tuple[Source, bool]:
    site = _site(one)
    known = by_site.get(site)
    with transaction.atomic():
        source = known or new_source(found, one.title, paused=paused)
        row = new_feed(source, found)
    first_poll(row, found)
    by_site[site] = source
    return source, known is None


def _site(one: Listed) -> str:
    """The site a feed is of, by the operator's list: what a feed says of itself may join it to any source."""
    return urls.site(one.home_url or one.url)


def _known(url: str) -> Feed | None:
    return Feed.objects.select_related("source").filter(key=urls.key(url)).first()


def _sources_by_site() -> dict[str, Source]:
    """Our sources by the sites of their home pages and feeds; of several of one site the oldest."""
    found: dict[str, Source] = {}
    sources = Source.objects.order_by("pk").prefetch_related("feeds")
    for source in sources:
        if source.url:
            found.setdefault(urls.site(source.url), source)
    for source in sources:
        for feed in source.feeds.all():
            found.setdefault(urls.site(feed.url), source)
    return found
