"""What is seen to at every tick, beside claiming: work of the dead, rings unheard, a clock turned back.

Once a minute also pauses that end by themselves, and drafts of sources that nobody has gone on with.
"""

from datetime import datetime, timedelta
from secrets import token_hex
from typing import Any

from django.db import connection, transaction
from django.db.models import F, Q, QuerySet

from articles import logs
from articles.claiming import queue
from articles.claiming.leases import leased
from articles.claiming.work import LEASE
from articles.models import Article, Feed, Heartbeat, Host, Source, SourceDraft

log = logs.Log(__name__)
RECALL_EVERY = timedelta(minutes=1)
TURNED_BACK = timedelta(seconds=30)  # less may be two machines that do not quite agree
SOON = timedelta(days=1)  # what is due later than that may as well be later by an hour


def tidy(now: datetime) -> None:
    """Does all of it; call it every second or few, before the tick is noted (Heartbeat "tick")."""
    mend_the_clock(now)
    queue.take_back(now)
    if is_time("recall", RECALL_EVERY, now):
        end_back_offs(now)
        queue.recall(now)
        SourceDraft.sweep(now)


def end_back_offs(now: datetime) -> int:
    """Resumes the sources that were to be left alone until now; returns how many.

    Claims know of pauses alone, so that a turn asks for no second moment. What the source has due is rung for
    by the recall that follows. A moment left over from a pause that was ended by hand is cleared away, or it
    would end a later pause.
    """
    timed = Source.objects.exclude(backs_off_until=None)
    timed.filter(is_paused=False).update(backs_off_until=None, pause_reason="")
    over = timed.filter(backs_off_until__lte=now)
    return over.update(is_paused=False, backs_off_until=None, pause_reason="")


def is_time(name: str, every: timedelta, now: datetime) -> bool:
    """Whether so much time has passed since this was last true, for all processes together."""
    marks = Heartbeat.objects.filter(name=name)
    ahead = Q(at__gt=now + TURNED_BACK)  # it was true before the clock was turned back
    if marks.filter(Q(at__lte=now - every) | ahead).update(at=now):
        return True
    if marks.exists():
        return False
    Heartbeat.objects.bulk_create([Heartbeat(name=name, at=now)], ignore_conflicts=True)
    return True


def mend_the_clock(now: datetime, ahead: timedelta = timedelta(0)) -> None:
    """Where the clock has been turned back since the last tick, moves what is due soon back with it.

    ahead  how far ahead of `now` the clock that all share is known to have stood since the last tick. What
           was done by it leaves no trace in the ticks where none could be noted, on a full disk.

    Otherwise nothing would be looked at for as long as it was turned back. A clock turned ahead does no
    such harm: more is due, and the hosts' delays hold. All of it or nothing, for the next tick to do.
    """
    tick = Heartbeat.objects.filter(name="tick", at__gt=now + TURNED_BACK).first()
    by = max(ahead, tick.at - now) if tick else ahead
    if by <= TURNED_BACK:
        return
    with transaction.atomic():
        if tick and not Heartbeat.objects.filter(name="tick", at=tick.at).update(at=now):
            return  # another worker has seen it too, and does it
        log.warning("clock_turned_back", seconds=round(by.total_seconds()))
        _move_back(now, by)


def _move_back(now: datetime, by: timedelta) -> None:
    """Moves what was scheduled by a clock that was ahead.

    Feeds and articles are locked first and their hosts last, as by whoever ends a lease, and each in the
    order of their keys.
    """
    until = now + by + SOON
    for model in (Feed, Article):
        _lock(model.objects.filter(Q(next_check_at__gt=now, next_check_at__lt=until) | ~Q(lease_token="")))
        soon = model.objects.filter(next_check_at__gt=now, next_check_at__lt=until)
        # by the clock as it was these looked older than they are, and may wait for too long
        soon.filter(last_checked_at__gt=now).update(next_check_at=now)
        soon.update(next_check_at=F("next_check_at") - by)
        # What is under way would be scheduled by the clock as it was: it is dropped, and done anew.
        leased(model).update(lease_token="", lease_until=None)
    _lock(Host.objects.all())
    Host.objects.filter(due_at__gt=now, due_at__lt=until).update(due_at=F("due_at") - by)
    idle = Host.objects.filter(turn_token="")
    idle.filter(next_at__gt=now, next_at__lt=until).update(next_at=F("next_at") - by)
    # A turn under way stays one, or its host would be asked by two, and lasts as long as any lease does. But
    # it is nobody's: whoever has it may be about to give it back at a moment of the clock as it was.
    busy = Host.objects.exclude(turn_token="")
    busy.filter(next_at__gt=now + LEASE).update(next_at=now + LEASE)
    busy.update(turn_token=token_hex(8))
    leased(Host).update(lease_token="", lease_until=None)
    Heartbeat.objects.filter(name="recall").update(at=now - RECALL_EVERY)


def _lock(rows: QuerySet[Any]) -> None:
    if connection.features.has_select_for_update:
        list(rows.select_for_update(no_key=True).order_by("pk").values_list("pk", flat=True))
