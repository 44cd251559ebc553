"""From stored changes to messages that wait: who follows a change, and what goes into one message.

All of it is rows. A change is noted as untold in the transaction that stored it, so none is missed whatever
the order in which transactions end; gathering finds who follows it, and then turns that note into notices,
one for each follower, and drops it in one transaction; bundling puts notices into deliveries, again in one.
Wherever a process dies, what was not committed is done again, and what was is not.
"""

import time
from collections.abc import Collection
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from articles.core.following import FLOOD_SPAN, Cadence, bundled, next_digest
from articles.following import changes_to_match, matches, waiting_in
from articles.models import Change, Delivery, Follow, Notice, Untold

BATCH = 100  # changes, or follows, at a time
SECONDS = 5.0  # for which gathering goes on at a time


def gather() -> int:
    """Makes notices of the changes that nobody has been told of; how many changes that were."""
    ends, gathered = time.monotonic() + SECONDS, 0
    while Untold.objects.exists() and time.monotonic() < ends:
        found = _gather_some()
        gathered += found
        if found < BATCH:  # the rest, if any, is another's just now
            break
    return gathered


def _gather_some() -> int:
    """Makes notices of a batch; of how many changes. Whoever else took the same meanwhile has made theirs."""
    keys = list(Untold.objects.order_by("pk").values_list("pk", flat=True)[:BATCH])
    # The texts are read and compared here, where nobody waits for it: SQLite has one writer at a time.
    return _note(keys, matches(Follow.objects.active(), changes_to_match(keys)))


@transaction.atomic
def _note(keys: list[int], matching: list[tuple[Follow, Change]]) -> int:
    """Stores the notices of those of these changes that are untold still, and drops that note; how many.

    What was found for a follow that has ended meanwhile stays untold, to be looked at anew without it.
    """
    locked = Untold.objects.select_for_update(skip_locked=True).filter(pk__in=keys)
    untold = set(locked.values_list("pk", flat=True))
    # From here on none of these ends before what is put into it can be seen.
    active = set(_locked({follow.pk for follow, _ in matching}).values_list("pk", flat=True))
    untold -= {change.pk for follow, change in matching if follow.pk not in active}
    notices: dict[tuple[int | None, int | None, int], Notice] = {}
    for follow, change in matching:
        if change.pk in untold:
            whom = {
                "follower_id": follow.follower_id,
                "channel_id": follow.channel_id,
                "change_id": change.pk,
            }
            notices.setdefault((*whom.values(),), Notice(follow=follow, **whom))
    Notice.objects.bulk_create(notices.values(), BATCH, ignore_conflicts=True)
    Untold.objects.filter(pk__in=untold).delete()
    return len(untold)


# --- messages --------------------------------------------------------------------------------------
def bundle(now: datetime) -> int:
    """Puts what waits, and may be told now, into messages; how many it makes."""
    made = 0
    for pk in _waiting(now).values_list("pk", flat=True)[:BATCH]:
        made += _bundle_at_once(pk, now)
    due = Follow.objects.active().filter(next_digest_at__lte=now)
    for pk in due.order_by("next_digest_at").values_list("pk", flat=True)[:BATCH]:
        made += _bundle_digest(pk, now)
    return made


def _waiting(now: datetime) -> QuerySet[Follow]:
    """Follows of which something waits to be told at once. Not those that a flood's digest holds back until
    its hour is over: they would stand in the way of all others."""
    found = Follow.objects.active().filter(cadence=Cadence.INSTANT.value)
    found = found.filter(pk__in=Notice.objects.filter(delivery=None).values("follow"))
    late = Delivery.objects.filter(follow=OuterRef("pk"), created_at__gt=now - FLOOD_SPAN)
    return found.exclude(Exists(late.filter(kind=Delivery.Kind.DIGEST)))


@transaction.atomic
def _bundle_at_once(pk: int, now: datetime) -> int:
    """The messages of what is to be told at once: one a change, or a digest where it is a flood."""
    follow = _locked([pk]).first()
    if follow is None or follow.cadence != Cadence.INSTANT.value:
        return 0
    late = Delivery.objects.filter(follow=follow, created_at__gt=now - FLOOD_SPAN)
    digest = late.filter(kind=Delivery.Kind.DIGEST).order_by("-created_at").first()
    singles = late.filter(kind=Delivery.Kind.CHANGE).count()
    waiting = waiting_in(follow).order_by("change__seen_at", "change").values_list("pk", flat=True)
    each, together = bundled(list(waiting), singles, now - digest.created_at if digest else None)
    for one in each:
        _make(follow, Delivery.Kind.CHANGE, waiting_in(follow).filter(pk=one), now)
    if together:
        _make(follow, Delivery.Kind.DIGEST, waiting_in(follow).filter(pk__in=together), now)
    return len(each) + bool(together)


@transaction.atomic
def _bundle_digest(pk: int, now: datetime) -> int:
    """The digest of a day or a week; none where nothing was seen."""
    follow = _locked([pk]).first()
    if follow is None or follow.next_digest_at is None or follow.next_digest_at > now:
        return 0
    upcoming = next_digest(Cadence(follow.cadence), now, settings.NEWSDIFF_DIGEST_HOUR)
    Follow.objects.filter(pk=pk).update(next_digest_at=upcoming)
    if not waiting_in(follow).exists():
        return 0
    _make(follow, Delivery.Kind.DIGEST, waiting_in(follow), now)
    return 1


def _locked(pks: Collection[int]) -> QuerySet[Follow]:
    """Those of these follows that are active; no other process bundles or ends them meanwhile."""
    active = Follow.objects.filter(pk__in=Follow.objects.active().values("pk"))
    return active.filter(pk__in=pks).select_for_update().order_by("pk")


def _make(follow: Follow, kind: str, notices: QuerySet[Notice], now: datetime) -> None:
    whom = {"follower_id": follow.follower_id, "channel_id": follow.channel_id}
    made = Delivery.objects.create(kind=kind, follow=follow, created_at=now, next_attempt_at=now, **whom)
    notices.update(delivery=made)
