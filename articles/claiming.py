"""Who does what next: the database is the queue, and this is the counter it is served from.

A claim is one transaction: it takes hosts whose turn it is, gives each at most one piece of work
that is due (its robots.txt, a feed or an article), marks that row with a lease and keeps the host
busy for as long. So all workers on all machines together send a host one request at a time, with
its delay between them, and a worker that dies loses nothing: its lease ends and the work is due
again. The token fences: `finish` writes only while the lease is still its worker's own.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from secrets import token_hex
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Exists, OuterRef

from articles.models import Article, Feed, Host, Leased

LEASE = timedelta(seconds=60)  # longer than any look can take: fetching and reading have deadlines
FIRST_PAUSE = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(hours=1)


class Job(StrEnum):
    """What a piece of work is; also the name of the task that does it."""

    ROBOTS = "robots"
    FEED = "feed"
    ARTICLE = "article"


MODELS: dict[Job, type[Leased]] = {Job.ROBOTS: Host, Job.FEED: Feed, Job.ARTICLE: Article}


@dataclass(frozen=True, slots=True)
class Work:
    """One claimed piece of work: do `job` on the row `id` while `token` is the row's own."""

    job: Job
    id: int
    token: str


def claim(now: datetime, limit: int) -> list[Work]:
    """Claims up to `limit` pieces of due work, at most one a host, hosts longest waiting first."""
    with transaction.atomic():
        hosts = _hosts_with_work(now).order_by("next_at", "pk")
        if connection.features.has_select_for_update_skip_locked:
            hosts = hosts.select_for_update(skip_locked=True)
        return [work for host in hosts[:limit] if (work := _claim_for(host, now))]


def waiting(now: datetime, patience: timedelta = timedelta(0)) -> bool:
    """Is anything due on a host whose turn comes within `patience`, or claimed and not done?"""
    held = [model.objects.filter(lease_until__gt=now) for model in MODELS.values()]
    return any(rows.exists() for rows in held) or _hosts_with_work(now, patience).exists()


def still_ours(row: Leased) -> bool:
    """Locks a claimed row and says whether the lease is still ours; call it inside a transaction."""
    rows = type(row).objects.filter(pk=row.pk, lease_token=row.lease_token).exclude(lease_token="")
    if connection.features.has_select_for_update:
        rows = rows.select_for_update()
    return bool(rows.values_list("pk", flat=True))


def finish(row: Leased, **values: Any) -> bool:
    """Ends a lease and writes `values` to the row, if the lease is still ours; else writes nothing.

    Call it first in the transaction that stores a result: it locks the row, and False means that
    another worker has taken over and everything of this look must be dropped.
    """
    mine = type(row).objects.filter(pk=row.pk, lease_token=row.lease_token)
    return bool(mine.exclude(lease_token="").update(lease_token="", lease_until=None, **values))


def reserve(host: Host, now: datetime, patience: timedelta) -> datetime | None:
    """Takes the host's next turn for one request of ours, if it comes within `patience`.

    Returns the moment of the turn, or None. For a redirect that leads from one host to another in
    the middle of a look.
    """
    with transaction.atomic():
        rows = Host.objects.filter(pk=host.pk, next_at__lte=now + patience)
        if connection.features.has_select_for_update:
            rows = rows.select_for_update()
        row = rows.first()
        if row is None:
            return None
        turn = max(row.next_at, now)
        Host.objects.filter(pk=row.pk).update(next_at=turn + timedelta(seconds=delay_of(row)))
        return turn


def host_answered(host: Host, now: datetime) -> None:
    """Opens a host for its next request, a delay from now: called as soon as an answer is in."""
    due = now + timedelta(seconds=delay_of(host))
    Host.objects.filter(pk=host.pk).update(next_at=due, failures=0)


def host_refused(host: Host, now: datetime, reason: str, until: datetime | None = None) -> datetime:
    """Leaves a host alone that is overloaded (429, 503) or does not answer; returns until when.

    `until` is what it asked for itself (Retry-After). Otherwise the pause doubles with each
    refusal in a row, from half a minute to an hour.
    """
    failures = min(host.failures + 1, 1000)
    pause = min(FIRST_PAUSE * 2 ** min(failures - 1, 10), LONGEST_PAUSE)
    least = now + timedelta(seconds=delay_of(host))
    next_at = max(until or (now + pause * settings.NEWSDIFF_PACE.scale), least)
    Host.objects.filter(pk=host.pk).update(
        next_at=next_at, failures=failures, last_error=reason, last_error_at=now
    )
    return next_at


def delay_of(host: Host) -> float:
    """Seconds between two requests: the operator's, or what robots.txt asks where that is more."""
    return max(settings.NEWSDIFF_HOST_DELAY, host.crawl_delay or 0.0)


def release_all(now: datetime) -> int:
    """Ends every lease; returns how many. Only for one who knows that no worker is running."""
    released = 0
    for job, model in MODELS.items():
        for row in model.objects.exclude(lease_token=""):
            host = row if job is Job.ROBOTS else row.host
            Host.objects.filter(pk=host.pk, failures=0).update(
                next_at=now + timedelta(seconds=delay_of(host))
            )
            model.objects.filter(pk=row.pk).update(lease_token="", lease_until=None)
            released += 1
    return released


def _hosts_with_work(now: datetime, patience: timedelta = timedelta(0)) -> Any:
    mine = {"host": OuterRef("pk")}
    has_work = Exists(Feed.objects.due(now).filter(**mine)) | Exists(Article.objects.due(now).filter(**mine))
    return Host.objects.filter(has_work, next_at__lte=now + patience)


def _claim_for(host: Host, now: datetime) -> Work | None:
    """The host's most pressing work: its rules before all else, then feeds, then articles."""
    for job, row in _candidates(host, now):
        token = token_hex(8)
        until = now + LEASE
        type(row).objects.filter(pk=row.pk).update(lease_token=token, lease_until=until)
        Host.objects.filter(pk=host.pk).update(next_at=until)
        return Work(job, row.pk, token)
    return None


def _candidates(host: Host, now: datetime) -> Iterator[tuple[Job, Leased]]:
    if host.robots_expires_at is None or host.robots_expires_at <= now:
        yield Job.ROBOTS, host
    for job, due in ((Job.FEED, Feed.objects.due(now)), (Job.ARTICLE, Article.objects.due(now))):
        row = due.filter(host=host).order_by("next_check_at", "pk").only("pk").first()
        if row is not None:
            yield job, row


def overdue(now: datetime) -> tuple[int, float]:
    """How many articles and feeds are due, and by how many seconds the longest waiting one is late."""
    count, lag = 0, 0.0
    for due in (Feed.objects.due(now), Article.objects.due(now)):
        count += due.count()
        first = due.order_by("next_check_at").values_list("next_check_at", flat=True).first()
        lag = max(lag, (now - first).total_seconds()) if first else lag
    return count, lag
