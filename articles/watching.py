"""How newsdiff goes: whether it ticks, whether work is done that could be, and how late it is.

For /readyz, /metrics, `doctor` and the heartbeat it sends: all say the same.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery

from articles import wording
from articles.claiming import claimed
from articles.models import Article, Feed, Heartbeat, Host, Worker

TICK_LIMIT = timedelta(seconds=60)  # how old the scheduler's last sign of life may be; beat rings each second
SILENT = timedelta(seconds=60)  # a worker gives a sign of life every five seconds
STUCK = timedelta(minutes=5)
OK = "ok"


@dataclass(frozen=True, slots=True)
class Queue:
    """What is to be done.

    due      feeds and articles that are due and not claimed
    claimed  pieces of work that are claimed and not done
    lag      seconds by which the latest one is late, claimed or not
    waiting  the same, without hosts that refuse for now: what workers could have done
    """

    due: int
    claimed: int
    lag: float
    waiting: float


def queue(now: datetime) -> Queue:
    """The queue as it is, found host by host: an entry of an index each, however many articles there are.

    One host with very many articles is late by its own delay, whatever the workers.
    """
    lag = waiting = timedelta(0)
    hosts = []
    found = Host.objects.annotate(
        first_article=_first(Article.objects.filter(hidden_at=None), now),
        first_feed=_first(Feed.objects.filter(is_paused=False), now),
    )
    moments = found.values_list("pk", "failures", "next_at", "first_article", "first_feed")
    for pk, failures, next_at, *firsts in moments.iterator(chunk_size=10_000):
        since = min((moment for moment in firsts if moment), default=None)
        if since is None:
            continue
        hosts.append(pk)
        lag = max(lag, now - since)
        waiting = max(waiting, now - (max(since, next_at) if failures else since))
    due = (
        sum(rows.objects.due(now).filter(host__in=hosts).count() for rows in (Article, Feed)) if hosts else 0
    )
    return Queue(due, claimed(now), lag.total_seconds(), waiting.total_seconds())


def _first(rows: QuerySet[Any], now: datetime) -> Subquery:
    """Of a host, since when the first of `rows` has been due.

    Claimed ones too: what stuck workers have claimed again and again has never been done.
    """
    due = rows.filter(host=OuterRef("pk"), next_check_at__lte=now, source__is_paused=False)
    return Subquery(due.order_by("next_check_at").values("next_check_at")[:1])


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
