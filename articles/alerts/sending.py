"""Messages are claimed, sent and marked: by whoever comes first, each by one process at a time.

A claim is a token with a lease, as all work is; what is written at the end is fenced by it. A process that
dies between the other side's yes and our commit leaves a message that is sent a second time, under the same
Message-ID or Idempotency-Key: nothing that goes over SMTP or HTTP can do better.
"""

from datetime import datetime, timedelta
from secrets import token_hex

from django.db import transaction
from django.db.models import F, Q, QuerySet

from articles import counting, logs
from articles.alerts import chats, hooks, mail
from articles.alerts.ways import Attempt, Outcome
from articles.core.following import retry_after
from articles.models import Channel, Delivery, Follow, Follower

log = logs.Log(__name__)
# A mail server may take up to some 260 s by its timeouts, for an exchange has a dozen steps.
LEASE = timedelta(minutes=5)
GIVEN_UP = {"mail": timedelta(days=3), "webhook": timedelta(days=1), "chat": timedelta(days=1)}
REFUSALS = 3  # of a reader's address, in a row; then nothing is sent to it until the reader says so


def claim(now: datetime, most: int) -> list[Delivery]:
    """Up to `most` messages that are due, each ours for LEASE; the oldest first."""
    free = Q(lease_until=None) | Q(lease_until__lte=now)
    due = Delivery.objects.filter(free, state=Delivery.State.WAITING, next_attempt_at__lte=now)
    wanted = due.exclude(channel__is_paused=True).exclude(follow__is_paused=True)
    claimed = []
    for pk in wanted.order_by("next_attempt_at", "pk").values_list("pk", flat=True)[:most]:
        token = token_hex(8)
        ours = {"lease_token": token, "lease_until": now + LEASE, "attempts": F("attempts") + 1}
        if due.filter(pk=pk).update(**ours):  # another may have been faster
            claimed += _with_all().filter(pk=pk)  # none, if its follower has been forgotten meanwhile
    return claimed


def _with_all() -> QuerySet[Delivery]:
    return Delivery.objects.select_related("follower", "channel", "follow__article", "follow__source")


def way_of(delivery: Delivery) -> str:
    """By what a message goes: "mail", "webhook" or "chat"."""
    return delivery.channel.kind if delivery.channel else "mail"


def send(delivery: Delivery, now: datetime) -> Outcome:
    """Sends a claimed message and writes what became of it."""
    way = way_of(delivery)
    try:
        attempt = _attempt(delivery, way, now)
    except (
        Exception
    ) as error:  # a fault of ours: on its row and in the log, and no other message waits for it
        log.exception("delivery_failed", delivery=delivery.pk)
        attempt = Attempt(Outcome.PUT_OFF, error=f"newsdiff failed: {type(error).__name__}: {error}"[:500])
    if attempt.outcome is Outcome.PUT_OFF and now - delivery.created_at >= GIVEN_UP[way]:
        attempt = Attempt(Outcome.FAILED, attempt.status, attempt.error)
    if _mark(delivery, attempt, now):
        counting.delivered(way, attempt.outcome.value)
        log.info(
            "delivery", way=way, delivery=delivery.pk, outcome=attempt.outcome.value, error=attempt.error
        )
    return attempt.outcome


def _attempt(delivery: Delivery, way: str, now: datetime) -> Attempt:
    match way:
        case "mail":
            return mail.send(delivery)
        case "webhook":
            return hooks.send(delivery, now)
        case _:
            return chats.send(delivery)


@transaction.atomic
def _mark(delivery: Delivery, attempt: Attempt, now: datetime) -> bool:
    """Writes an attempt's end; False, and nothing is written, where the claim has passed to another."""
    ours = Delivery.objects.filter(pk=delivery.pk, lease_token=delivery.lease_token)
    values = {"lease_token": "", "lease_until": None, "status": attempt.status, "last_error": attempt.error}
    if attempt.outcome is Outcome.PUT_OFF:
        later = now + retry_after(delivery.attempts)
        if not ours.update(next_attempt_at=later, **values):
            return False
        if attempt.is_down:
            _same_way(delivery).filter(next_attempt_at__lt=later).update(next_attempt_at=later)
        return True
    if not ours.update(state=attempt.outcome.value, ended_at=now, **values):
        return False
    _tell_receiver(delivery, attempt)
    return True


def _same_way(delivery: Delivery) -> QuerySet[Delivery]:
    """What else waits to go to the same channel, or through the mail server."""
    waiting = Delivery.objects.filter(state=Delivery.State.WAITING, lease_token="")
    return waiting.filter(channel=delivery.channel)  # for mail that is None


def _tell_receiver(delivery: Delivery, attempt: Attempt) -> None:
    """What a message's end says of its receiver: an address that is refused, a channel that is gone."""
    if delivery.channel and attempt.is_gone:
        why = f"{attempt.error} It wants nothing more; resume it to try again."
        Channel.objects.filter(pk=delivery.channel_id).update(is_paused=True, pause_reason=why)
    if delivery.follower is None:
        return
    follower = Follower.objects.filter(pk=delivery.follower_id)
    if attempt.outcome is Outcome.SENT:
        follower.exclude(refusals=0).update(refusals=0, last_error="")
    elif attempt.is_gone:
        follower.update(refusals=F("refusals") + 1, last_error=attempt.error)
        if follower.filter(refusals__gte=REFUSALS).exists():
            why = f"The mail server refused the address {REFUSALS} times: {attempt.error}"
            Follow.objects.filter(follower=delivery.follower_id).update(is_paused=True, pause_reason=why)
