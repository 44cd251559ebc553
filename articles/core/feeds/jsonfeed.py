"""JSON Feed (https://www.jsonfeed.org/version/1.1/)."""

import json
from typing import Any

from articles.core.feeds.fields import distinct, iso, link, plain
from articles.core.feeds.hostile import FeedError
from articles.core.types import Entry, ParsedFeed

MAX_ENTRIES = 2_000


def parse(body: bytes, url: str) -> ParsedFeed:
    """Reads a JSON Feed. Raises FeedError."""
    try:
        data = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise FeedError(f"This is not a JSON Feed ({error}).") from error
    if not str(data.get("version", "")).startswith("https://jsonfeed.org/version/"):
        raise FeedError("This is JSON, but not a JSON Feed: its version is missing.")
    listed = data.get("items")
    if not isinstance(listed, list):
        raise FeedError("This JSON Feed has no list of items.")
    return ParsedFeed(
        kind="json",
        title=plain(data.get("title")),
        home_url=link(data.get("home_page_url"), url),
        language=plain(data.get("language"))[:20],
        entries=distinct(_entry(entry, url) for entry in listed[:MAX_ENTRIES]),
        hub_url=_hub(data.get("hubs"), url),
        self_url=link(data.get("feed_url"), url),
    )


def _entry(entry: Any, base: str) -> Entry | None:
    if not isinstance(entry, dict):
        return None
    named = entry.get("id")  # often the address, but only if it is a whole one
    address = link(entry.get("url"), base) or (link(named, "") if isinstance(named, str) else "")
    if not address:
        return None
    return Entry(
        url=address,
        title=plain(entry.get("title")),
        published=iso(entry.get("date_published")),
        updated=iso(entry.get("date_modified")),
    )


def _hub(hubs: Any, base: str) -> str:
    """The first hub that speaks WebSub; there are other kinds, such as rssCloud."""
    for hub in hubs if isinstance(hubs, list) else []:
        if isinstance(hub, dict) and str(hub.get("type", "")).lower() in ("websub", "pubsubhubbub"):
            return link(hub.get("url"), base)
    return ""
