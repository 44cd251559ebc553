"""What is seen to at every tick, beside claiming: work of the dead, rings unheard, a clock turned back.

Once a minute also pauses that end by themselves, and drafts of sources that nobody has gone on with.
"""

from datetime import datetime, timedelta
from secrets import token_hex

from django.db import transaction
from django.db.models import F, Q

from articles import logs
from articles.claiming import queue
from articles.claiming.leases import leased
from articles.claiming.work import LEASE
from articles.models import Article, Feed, Heartbeat, Host, Source, SourceDraft

log = logs.Log(__name__)
RECALL_EVERY = timedelta(minutes=1)
TURNED_BACK = timedelta(seconds=30)  # less may be two machines that do not quite agree
SOON = timedelta(days=1)  # what is due later than that may as well be later by an hour


def tidy(now: datetime, turned_back: timedelta = timedelta(0)) -> None:
    """Does all of it; call it every second or few, before the tick is noted (Heartbeat "tick").

    turned_back  how far ahead of `now` the caller's clock stood at times since its last tick. What was done
                 by it then leaves no trace in the ticks where none could be noted, on a full disk.
    """
    _mend_the_clock(now, turned_back)
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


def _mend_the_clock(now: datetime, turned_back: timedelta) -> None:
    """Where the clock has been turned back since the last tick, moves what is due soon back with it.

    Otherwise nothing would be looked at for as long as it was turned back. A clock turned ahead does no
    such harm: more is due, and the hosts' delays hold. All of it or nothing, for the next tick to do.
    """
    tick = Heartbeat.objects.filter(name="tick", at__gt=now + TURNED_BACK).first()
    by = max(turned_back, tick.at - now) if tick else turned_back
    if by <= TURNED_BACK:
        return
    with transaction.atomic():
        if tick and not Heartbeat.objects.filter(name="tick", at=tick.at).update(at=now):
            return  # another worker has seen it too, and does it
        log.warning("clock_turned_back", seconds=round(by.total_seconds()))
        _move_back(now, by)


def _move_back(now: datetime, by: timedelta) -> None:
    """Moves what was scheduled by a clock that was ahead; feeds and articles first and their hosts last, as
    whoever ends a lease locks them."""
    until = now + by + SOON
    for model in (Feed, Article):
        soon = model.objects.filter(next_check_at__gt=now, next_check_at__lt=until)
        # by the clock as it was these looked older than they are, and may wait for too long
        soon.filter(last_checked_at__gt=now).update(next_check_at=now)
        soon.update(next_check_at=F("next_check_at") - by)
        # What is under way would be scheduled by the clock as it was: it is dropped, and done anew.
        leased(model).update(lease_token="", lease_until=None)
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
