"""Events of health: since when a source does badly in some way, and when that was over.

A survey every few minutes compares how each source does with the events that are open. What has lasted is
told, what has been over for a while is settled, and what came and went in between was none: a site that
flaps makes one event, however often it does. Each way of doing badly has its own, so that a source which
goes to and fro between two of them does not tell of each turn either.
"""

from datetime import datetime, timedelta
from secrets import compare_digest, token_hex
from typing import Any

from django.contrib.auth import get_user_model
from django.core.signing import BadSignature, Signer
from django.db.models import QuerySet
from django.utils import timezone

from articles import health
from articles.core.health import Condition
from articles.models import HealthEvent, HealthFeedKey

EVERY = timedelta(minutes=2)  # between two surveys
PATIENCE = timedelta(minutes=15)  # for which it lasts before it is told: by then a feed was tried three times
CALM = timedelta(minutes=30)  # for which it must be over before it is settled


def survey(now: datetime) -> None:
    """Opens, tells and settles events by how all sources do; of two surveys at once one opens an event."""
    rows = health.board(now)
    open_now = {(event.source_id, event.condition): event for event in opened()}
    for row in rows:
        if row.condition.is_trouble:
            _goes_on(row, open_now.pop((row.source.pk, row.condition.value), None), now)
    for event in open_now.values():
        _is_over(event, now)
    health.forget(now)


def opened() -> QuerySet[HealthEvent]:
    """The events that are not settled, told or not."""
    return HealthEvent.objects.filter(settled_at=None)


def told_since(moment: datetime) -> QuerySet[HealthEvent]:
    """The events that have been told since then, the newest first."""
    return HealthEvent.objects.filter(told_at__gt=moment).select_related("source").order_by("-told_at", "-pk")


def settled_since(moment: datetime) -> QuerySet[HealthEvent]:
    """The told events that have been settled since then, the newest first."""
    events = HealthEvent.objects.filter(settled_at__gt=moment)
    return events.select_related("source").order_by("-settled_at", "-pk")


def _goes_on(row: health.Row, event: HealthEvent | None, now: datetime) -> None:
    """A source does badly: an event begins, goes on after all, or has lasted long enough to be told."""
    worst = row.findings[0]
    said = {"words": worst.words, "remedy": worst.remedy.words, "feed_id": worst.feed}
    if event is None:
        fresh = HealthEvent(source=row.source, condition=row.condition.value, began_at=now, **said)
        HealthEvent.objects.bulk_create([fresh], ignore_conflicts=True)
    elif event.told_at is None and now - event.began_at >= PATIENCE:
        _mine(event).update(told_at=now, ended_at=None, **said)
    elif event.ended_at is not None:
        _mine(event).update(ended_at=None)


def _is_over(event: HealthEvent, now: datetime) -> None:
    """A source does not do badly in this way any more: the event is settled once that has lasted."""
    if event.told_at is None:
        _mine(event).delete()
    elif event.ended_at is None:
        _mine(event).update(ended_at=now)
    elif now - event.ended_at >= CALM:
        _mine(event).update(settled_at=now)


def _mine(event: HealthEvent) -> QuerySet[HealthEvent]:
    return HealthEvent.objects.filter(pk=event.pk, settled_at=None)


def in_words(event: HealthEvent) -> str:
    """What a told event says: "down: its feed cannot be read: 404 Not Found"."""
    return f"{Condition(event.condition).label}: {event.words}"


# --- who may read them without logging in --------------------------------------------------------------
def feed_token(user: int) -> str:
    """The token that opens the feed of these events for a user, by their key; "" where none was made.

    It is signed, so that it cannot be made from a copy of the database, and void once the key is another.
    """
    key = HealthFeedKey.objects.filter(user=user).values_list("key", flat=True).first()
    return _signer().sign(f"{user}-{key}") if key else ""


def renew_feed(user: int) -> bool:
    """Makes a user's token anew, so that the one before opens nothing; says whether it is the first."""
    fresh = {"key": token_hex(16), "made_at": timezone.now()}
    _, is_first = HealthFeedKey.objects.update_or_create(user_id=user, defaults=fresh)
    return is_first


def reader_of(token: str) -> Any:
    """The user whose valid token this is, if they may still see sources in the admin; else None."""
    try:
        pk, _, key = _signer().unsign(token).partition("-")
    except BadSignature:
        return None
    known = HealthFeedKey.objects.filter(user=int(pk)).values_list("key", flat=True).first()
    if known is None or not compare_digest(known, key):
        return None
    user = get_user_model().objects.filter(pk=pk, is_active=True, is_staff=True).first()
    return user if user and user.has_perm("articles.view_source") else None


def _signer() -> Signer:
    return Signer(salt="articles.health.feed")
