"""From stored changes to messages that wait: who follows a change, and what goes into one message.

All of it is rows. A change is noted as untold in the transaction that stored it, so none is missed whatever
the order in which transactions end; gathering turns that note into notices, one for each follower, and
drops it in one transaction; bundling puts notices into deliveries, again in one. Wherever a process dies,
what was not committed is done again, and what was is not.
"""

import time
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import Http404, QueryDict

from articles import logs
from articles.core.following import FLOOD_SPAN, Cadence, bundled, next_digest
from articles.following import Subject
from articles.models import Change, Delivery, Follow, Notice, Untold

log = logs.Log(__name__)
BATCH = 100  # changes, or follows, at a time
SECONDS = 5.0  # for which gathering goes on at a time
SOONEST = [cadence.value for cadence in Cadence]  # who is told at once is told at once
UNKNOWN = "What it follows is not to be found here any more"


def gather() -> int:
    """Makes notices of the changes that nobody has been told of; how many changes that were."""
    ends, gathered = time.monotonic() + SECONDS, 0
    while Untold.objects.exists() and time.monotonic() < ends:
        found = _gather_some()
        gathered += found
        if found < BATCH:  # the rest, if any, is another's just now
            break
    return gathered


@transaction.atomic
def _gather_some() -> int:
    untold = Untold.objects.select_for_update(skip_locked=True).order_by("pk")
    ids = list(untold.values_list("pk", flat=True)[:BATCH])
    # Of what is hidden nobody is told, nor when it is shown again: by then it is no news.
    changes = list(Change.objects.public().filter(pk__in=ids).only("article", "source", "seen_at", "weight"))
    notices: dict[tuple[int | None, int | None, int], Notice] = {}
    for follow, change in _matches(changes):
        whom = {"follower_id": follow.follower_id, "channel_id": follow.channel_id, "change_id": change.pk}
        notices.setdefault((*whom.values(),), Notice(follow=follow, **whom))
    Notice.objects.bulk_create(notices.values(), BATCH, ignore_conflicts=True)
    Untold.objects.filter(pk__in=ids).delete()
    return len(ids)


def _matches(changes: list[Change]) -> Iterable[tuple[Follow, Change]]:
    """Each follow with each change that it has, those that are to be told at once first."""
    of_article = Q(article=None) | Q(article__in={change.article_id for change in changes})
    of_source = Q(source=None) | Q(source__in={change.source_id for change in changes})
    by_query: defaultdict[str, list[Follow]] = defaultdict(list)
    for follow in Follow.objects.active().filter(of_article, of_source).order_by("pk"):
        by_query[follow.query].append(follow)
    found = []
    for query, follows in by_query.items():
        fitting = _fitting(query, changes, follows)
        found += [(follow, change) for follow in follows for change in fitting if _has(follow, change)]
    return sorted(found, key=lambda match: SOONEST.index(match[0].cadence))


def _fitting(query: str, changes: list[Change], follows: list[Follow]) -> list[Change]:
    """The changes that a query string asks for: one question for all who ask for the same."""
    if not query:
        return changes
    try:
        subject = Subject.read(QueryDict(query))
    except Http404 as error:  # a kind, say, that a later newsdiff does not know
        paused = {"is_paused": True, "pause_reason": f"{UNKNOWN}: {error}"}
        Follow.objects.filter(pk__in=[follow.pk for follow in follows]).update(**paused)
        return []
    fitting = subject.among([change.pk for change in changes])
    return [change for change in changes if change.pk in fitting]


def _has(follow: Follow, change: Change) -> bool:
    return (
        follow.article_id in (None, change.article_id)
        and follow.source_id in (None, change.source_id)
        and change.weight >= follow.least_weight
        and follow.begins_at is not None
        and change.seen_at >= follow.begins_at  # a history that is imported is no news
    )


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
    follow = _locked(pk)
    if follow is None or follow.cadence != Cadence.INSTANT.value:
        return 0
    late = Delivery.objects.filter(follow=follow, created_at__gt=now - FLOOD_SPAN)
    digest = late.filter(kind=Delivery.Kind.DIGEST).order_by("-created_at").first()
    singles = late.filter(kind=Delivery.Kind.CHANGE).count()
    waiting = _notices(follow).order_by("change__seen_at", "change").values_list("pk", flat=True)
    each, together = bundled(list(waiting), singles, now - digest.created_at if digest else None)
    for one in each:
        _make(follow, Delivery.Kind.CHANGE, _notices(follow).filter(pk=one), now)
    if together:
        _make(follow, Delivery.Kind.DIGEST, _notices(follow).filter(pk__in=together), now)
    return len(each) + bool(together)


@transaction.atomic
def _bundle_digest(pk: int, now: datetime) -> int:
    """The digest of a day or a week; none where nothing was seen."""
    follow = _locked(pk)
    if follow is None or follow.next_digest_at is None or follow.next_digest_at > now:
        return 0
    upcoming = next_digest(Cadence(follow.cadence), now, settings.NEWSDIFF_DIGEST_HOUR)
    Follow.objects.filter(pk=pk).update(next_digest_at=upcoming)
    if not _notices(follow).exists():
        return 0
    _make(follow, Delivery.Kind.DIGEST, _notices(follow), now)
    return 1


def _locked(pk: int) -> Follow | None:
    """A follow that no other process bundles meanwhile."""
    active = Follow.objects.filter(pk__in=Follow.objects.active().values("pk"))
    return active.select_for_update().select_related(None).filter(pk=pk).first()


def _notices(follow: Follow) -> QuerySet[Notice]:
    return Notice.objects.filter(follow=follow, delivery=None)


def _make(follow: Follow, kind: str, notices: QuerySet[Notice], now: datetime) -> None:
    whom = {"follower_id": follow.follower_id, "channel_id": follow.channel_id}
    made = Delivery.objects.create(kind=kind, follow=follow, created_at=now, next_attempt_at=now, **whom)
    notices.update(delivery=made)
