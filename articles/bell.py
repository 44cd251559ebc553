"""What a hub's messages do to our rows (WebSub): its questions whether we asked, and word of news.

Word of news is a bell and nothing more. The feed it is about is polled soon, conditionally, at its own
address and by its own rules; the bytes that a hub sends are held against their signature and dropped.
So a hub, or who has stolen its secret, can make us look once a minute at a feed that we follow, and
cannot make us believe anything.
"""

from datetime import datetime, timedelta

from django.db.models import F
from django.urls import reverse

from articles.core import websub
from articles.models import Feed, Host, Subscription

LEAST_APART = timedelta(minutes=1)  # between two polls of a feed, however often the bell rings
LONGEST_REASON = 500  # characters
DENIED_FOR = timedelta(days=7)  # until a hub that denied us is asked again


def path_of(subscription: Subscription) -> str:
    """The path of the address that the hub calls, which nobody else knows."""
    return reverse("websub", args=[subscription.token])


def confirmed(subscription: Subscription, lease_seconds: str, now: datetime) -> bool:
    """Makes a subscription live that was asked for; False if it was not, or no lease is given."""
    expires = websub.granted(lease_seconds, now)
    if expires is None:
        return False
    asked = Subscription.objects.filter(pk=subscription.pk, is_asked=True)
    values = {"state": Subscription.State.LIVE, "reason": "", "is_asked": False}
    return bool(
        asked.update(**values, expires_at=expires, next_request_at=websub.renewal(expires, now)),
    )


def denied(subscription: Subscription, reason: str, now: datetime) -> None:
    """Notes that the hub will tell us nothing, and why, if it says so."""
    Subscription.objects.filter(pk=subscription.pk).update(
        state=Subscription.State.DENIED,
        reason=reason[:LONGEST_REASON].replace("\0", ""),
        is_asked=False,
        next_request_at=now + DENIED_FOR,
    )


def rung(subscription: Subscription, now: datetime) -> None:
    """A signed message came: the feed is due."""
    if subscription.state == Subscription.State.LIVE:
        Subscription.objects.filter(pk=subscription.pk).update(rings=F("rings") + 1, rung_at=now)
        bring_forward(subscription.feed_id, now)


def ignored(subscription: Subscription) -> None:
    """A message came without a valid signature: counted, and nothing else."""
    Subscription.objects.filter(pk=subscription.pk).update(ignored=F("ignored") + 1)


def bring_forward(feed_id: int, now: datetime) -> None:
    """Makes a feed due at once, or a minute after its last poll.

    Not one that fails or has ended: how long it is left alone then is not for a hub to say. Nor does it
    hurry a host: its turns, delay and pauses are what they are.
    """
    rows = Feed.objects.filter(pk=feed_id, failures=0)
    for last, host in rows.values_list("last_checked_at", "host_id"):
        due = max(now, last + LEAST_APART) if last else now
        if rows.filter(next_check_at__gt=due).update(next_check_at=due):
            Host.ring([host], due)
