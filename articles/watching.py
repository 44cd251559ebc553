"""How newsdiff goes: whether it ticks, whether work is done that could be, and how late it is.

For /readyz, /metrics, `doctor` and the heartbeat it sends: all say the same.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet

from articles import wording
from articles.claiming import claimed
from articles.models import Article, Feed, Heartbeat, Worker

TICK_LIMIT = timedelta(seconds=60)  # how old the scheduler's last sign of life may be; beat rings each second
SILENT = timedelta(seconds=60)  # a worker gives a sign of life every five seconds
STUCK = timedelta(minutes=5)
MOST = 10_000
OK = "ok"


@dataclass(frozen=True, slots=True)
class Queue:
    """What is to be done.

    due      feeds and articles that are due and not claimed; of each, `MOST` are counted at most
    claimed  pieces of work that are claimed and not done
    lag      seconds by which the latest one is late, claimed or not
    waiting  the same, without hosts that refuse for now: what workers could have done
    """

    due: int
    claimed: int
    lag: float
    waiting: float


def queue(now: datetime) -> Queue:
    """The queue as it is: the beginning of an index for each question, however many articles there are.

    Claimed work counts as late too: what stuck workers have claimed again and again was never done. One
    host with very many articles is late by its own delay, whatever the workers.
    """
    rows: tuple[QuerySet[Any], ...] = (
        Article.objects.filter(hidden_at=None),
        Feed.objects.filter(is_paused=False),
    )
    late = [kind.filter(next_check_at__lte=now, source__is_paused=False) for kind in rows]
    due = sum(kind.due(now).order_by()[:MOST].count() for kind in rows)
    lag = max(_oldest(kind, now) for kind in late)
    waiting = max(_oldest(kind.filter(host__failures=0), now) for kind in late)
    return Queue(due, claimed(now), lag, waiting)


def _oldest(rows: QuerySet[Any], now: datetime) -> float:
    """For how many seconds the first of `rows` has been due; 0 where there is none."""
    first = rows.order_by("next_check_at").values_list("next_check_at", flat=True)[:1]
    return max(((now - moment).total_seconds() for moment in first), default=0.0)


def tick(now: datetime) -> str:
    """OK, or why the scheduler is taken for dead."""
    at = Heartbeat.objects.filter(name="tick").values_list("at", flat=True).first()
    if at is None:
        return "failing: no tick yet; is the scheduler running?"
    if now - at > TICK_LIMIT:
        return f"failing: last tick at {wording.iso(at)}"
    return OK


def stuck_since(queued: Queue, now: datetime) -> datetime | None:
    """Since when there has been work that could be done and nobody has done any; None where all is well.

    Live workers that do nothing are the failure that neither their own pings nor the tick show. A long
    queue that is worked on is no such failure, and neither are hosts that are late by their own delay.
    """
    if queued.waiting < STUCK.total_seconds():
        return None
    worked = Worker.objects.exclude(worked_at=None).order_by("-worked_at")
    last = worked.values_list("worked_at", flat=True).first()
    if last and now - last < STUCK:
        return None
    waiting_since = now - timedelta(seconds=queued.waiting)
    return max(last, waiting_since) if last else waiting_since


def work(queued: Queue, now: datetime) -> str:
    """OK, or why the workers are taken for stuck or absent."""
    since = stuck_since(queued, now)
    if since is None:
        return OK
    alive = Worker.objects.filter(seen_at__gt=now - SILENT).count()
    said = f"failing: work is due, and none has been done since {wording.iso(since)}; "
    if not alive:
        return said + "no worker gives a sign of life"
    return said + f"{alive} {'worker is' if alive == 1 else 'workers are'} alive but stuck"
