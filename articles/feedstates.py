"""How a feed is doing: one of a few states, told from its row alone, in words for pages and the admin.

Nothing is stored for it. Each state is a condition on the row; the first in the order of FeedState that
holds is the feed's. Only what is paused, or ended by the site, is not polled.
"""

from datetime import datetime, timedelta
from enum import StrEnum

from django.db.models import Q, QuerySet

from articles.models import Feed

DEAD_AFTER = timedelta(days=28)  # without another entry than before
MOVED_LATELY = timedelta(days=30)


class FeedState(StrEnum):
    """The states, each with what it is called in lists."""

    label: str

    def __new__(cls, value: str, label: str) -> "FeedState":
        state = str.__new__(cls, value)
        state._value_, state.label = value, label
        return state

    PAUSED = "paused", "paused"
    ENDED = "ended", "ended by the site (410)"
    MISSING = "missing", "not found (404)"
    UNREADABLE = "unreadable", "something else there than a feed"
    FAILING = "failing", "failing"
    WAITING = "waiting", "not polled yet"
    DEAD = "dead", f"nothing new for {DEAD_AFTER.days} days"
    REDIRECTED = "redirected", "redirected for good, not moved yet"
    MOVED = "moved", f"moved within {MOVED_LATELY.days} days"
    FINE = "fine", "fine"


def state_of(feed: Feed, now: datetime) -> FeedState:
    """The state of a feed at `now`."""
    if feed.is_paused:
        return FeedState.PAUSED
    if feed.failures:
        return _failing(feed)
    if feed.last_ok_at is None:
        return FeedState.WAITING
    if feed.last_new_at and feed.last_new_at < now - DEAD_AFTER:
        return FeedState.DEAD
    if feed.redirect_url:
        return FeedState.REDIRECTED
    return FeedState.MOVED if feed.moved_at and feed.moved_at > now - MOVED_LATELY else FeedState.FINE


def _failing(feed: Feed) -> FeedState:
    status = feed.last_status or 0
    if status == 410 and feed.next_check_at is None:
        return FeedState.ENDED
    if status == 404:
        return FeedState.MISSING
    return FeedState.UNREADABLE if 200 <= status <= 299 else FeedState.FAILING


def in_state(feeds: QuerySet[Feed], state: FeedState, now: datetime) -> QuerySet[Feed]:
    """Those of the feeds that `state_of` says are in this state: the same conditions for the database."""
    conditions = {
        FeedState.PAUSED: Q(is_paused=True),
        FeedState.ENDED: Q(failures__gt=0, last_status=410, next_check_at=None),
        FeedState.MISSING: Q(failures__gt=0, last_status=404),
        FeedState.UNREADABLE: Q(failures__gt=0, last_status__range=(200, 299)),
        FeedState.FAILING: Q(failures__gt=0),
        FeedState.WAITING: Q(last_ok_at=None),
        FeedState.DEAD: Q(last_new_at__lt=now - DEAD_AFTER),
        FeedState.REDIRECTED: ~Q(redirect_url=""),
        FeedState.MOVED: Q(moved_at__gt=now - MOVED_LATELY),
    }
    for before, condition in conditions.items():
        if before is state:
            return feeds.filter(condition)
        # not exclude(): where a column is empty, the database knows neither a condition nor its opposite
        feeds = feeds.exclude(pk__in=Feed.objects.filter(condition).values("pk"))
    return feeds
