"""Following the feeds of a list (OPML), one after the other, each with its own result.

At once for a command, or as a draft (ingestion/drafts.py): shown first, chosen from, and imported in steps.
"""

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction

from articles.core import urls
from articles.core.feeds import FeedError, opml
from articles.core.feeds.opml import Listed
from articles.fetching import Refused, addresses
from articles.ingestion.sources import (
    AddSourceError,
    Found,
    ask_for,
    first_poll,
    found_at,
    free_slug,
    new_feed,
    new_source,
)
from articles.models import Feed, Source

STARTER = Path(__file__).parent.parent / "starter.opml"
WITHIN = 20.0  # seconds for a feed, its redirects included
STEP = 6.0  # seconds after which a step takes no further feed
AT_A_TIME = 500  # addresses looked up in one query


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
    by_site = sources_by_site()
    for one in listed:
        yield _result(one, by_site, paused)


def enter(listed: Iterable[Listed], paused: bool = False) -> Iterator[Result]:
    """The same without asking a site: feeds are stored as the list has them, and polled in their turns.

    For whoever waits for a page: that one is no feed is seen in its state, not here.
    """
    by_site = sources_by_site()
    for one in listed:
        if one.problem:
            yield Result(one, How.FAILED, reason=one.problem)
        elif known := _known(one.url):
            yield Result(one, How.KNOWN, known.source.slug)
        elif why := _never_asked(one.url):
            yield Result(one, How.FAILED, reason=why)
        else:
            yield _entered(one, by_site, paused)


def _entered(one: Listed, by_site: dict[str, Source], paused: bool) -> Result:
    """Stores one feed; `by_site` learns of a source that is new."""
    site = _site(one)
    known = by_site.get(site)
    name = one.title or site
    with transaction.atomic():
        source = known or Source.objects.create(
            name=name,
            slug=free_slug("", name, site),
            url=one.home_url or f"{urls.origin(one.url)}/",
            language=one.language,
            is_paused=paused,
        )
        Feed(source=source, url=one.url).save()
    by_site[site] = source
    return Result(one, How.ADDED, source.slug, known is None)


def foreseen(listed: Iterable[Listed]) -> Iterator[Result]:
    """What an import would do, as far as can be told without asking a site."""
    sites = {site: source.slug for site, source in sources_by_site().items()}
    listed = list(listed)
    slugs = _slugs_of(listed)
    for one in listed:
        if one.problem:
            yield Result(one, How.FAILED, reason=one.problem)
        elif known := slugs.get(urls.key(one.url)):
            yield Result(one, How.KNOWN, known)
        elif why := _never_asked(one.url):
            yield Result(one, How.FAILED, reason=why)
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
        found = found_at(ask_for(one.url, WITHIN))
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
        language = found.parsed.language or one.language
        source = known or new_source(found, one.title, paused=paused, language=language)
        row = new_feed(source, found)
    first_poll(row, found)
    by_site[site] = source
    return source, known is None


def _site(one: Listed) -> str:
    """The site a feed is of, by the operator's list: what a feed says of itself may join it to any source."""
    return urls.site(one.home_url or one.url)


def _never_asked(url: str) -> str:
    """Why an address can never be asked, and what to type instead; "" where it can."""
    try:
        addresses.judge(url, settings.NEWSDIFF_ALLOW_PRIVATE)
    except Refused as error:
        return error.in_words
    return ""


def _slugs_of(listed: Sequence[Listed]) -> dict[str, str]:
    """The sources that follow feeds of the list, by the feeds' keys."""
    keys = [urls.key(one.url) for one in listed if not one.problem]
    found: dict[str, str] = {}
    for start in range(0, len(keys), AT_A_TIME):
        feeds = Feed.objects.filter(key__in=keys[start : start + AT_A_TIME])
        found |= dict(feeds.values_list("key", "source__slug"))
    return found


def _known(url: str) -> Feed | None:
    return Feed.objects.select_related("source").filter(key=urls.key(url)).first()


def sources_by_site() -> dict[str, Source]:
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


# --- as a draft --------------------------------------------------------------------------------------
@cache
def starter() -> tuple[Listed, ...]:
    """Well-known public news feeds that come with newsdiff; the folder of each is its country."""
    return tuple(opml.parse(STARTER.read_bytes()))


def state_of(listed: Sequence[Listed], url: str) -> dict[str, Any]:
    """The state of a draft that is a list, found at `url`, and nothing of it chosen yet.

    Each item has what would become of it (`how`, `source`, `reason`) until that has come.
    """
    items = [_item(result) for result in foreseen(listed)]
    return {"of": "list", "url": url, "items": items, "chosen": [], "todo": [], "is_paused": False}


def chosen(state: dict[str, Any], numbers: Iterable[int], paused: bool) -> dict[str, Any]:
    """The state of a list of which the items with these numbers are to be imported."""
    wanted = sorted({number for number in numbers if state["items"][number]["how"] != How.KNOWN})
    return state | {"chosen": wanted, "todo": wanted, "is_paused": paused}


def go_on(state: dict[str, Any]) -> dict[str, Any]:
    """The state after as many feeds were followed as some seconds allow, one at least."""
    items, todo = list(state["items"]), list(state["todo"])
    until = time.monotonic() + STEP
    results = import_list([_listed(items[number]) for number in todo], state["is_paused"])
    for result in results:
        items[todo.pop(0)] = _item(result)
        if time.monotonic() > until:
            break
    return state | {"items": items, "todo": todo}


def _item(result: Result) -> dict[str, Any]:
    told = {"how": result.how, "source": result.source, "reason": result.reason}
    return asdict(result.listed) | told


def _listed(item: dict[str, Any]) -> Listed:
    names = ("url", "title", "home_url", "problem", "language")
    return Listed(**{name: item[name] for name in names}, folder=tuple(item["folder"]))
