"""Where a feed has moved: noted at the first sight of a permanent redirect, believed at one a day later.

A café's network or a slip of the site may answer 301 for an hour; the redirect is followed meanwhile,
and the address stays. The old one is kept when the feed does move.
"""

from datetime import datetime, timedelta
from typing import Any

from articles.core import urls
from articles.models import Feed

BELIEVED_AFTER = timedelta(days=1)


def address(feed: Feed, at: datetime) -> dict[str, Any]:
    """What to write of the address of a feed whose poll went well, by the redirects that led to it."""
    here: dict[str, Any] = {"redirect_url": "", "redirect_since": None}
    if not feed.hop_url or not feed.hop_permanent:
        return here
    if feed.redirect_url != feed.hop_url or feed.redirect_since is None:
        return {"redirect_url": feed.hop_url, "redirect_since": at}
    key = urls.key(feed.hop_url)
    if other := Feed.objects.filter(key=key).exclude(pk=feed.pk).select_related("source").first():
        return {"note": f"It leads for good to another feed that is followed, of {other.source.name}."}
    if at - feed.redirect_since < BELIEVED_AFTER:
        return {}
    return {"url": feed.hop_url, "key": key, "previous_url": feed.url, "moved_at": at} | here
