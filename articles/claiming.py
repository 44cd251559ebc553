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
from django.db.models import Exists, OuterRef, Q

from articles.models import Article, Feed, Host, Leased

# Longer than a fetch and a reading can take together (20 s and 30 s); a look that reads twice, or waits
# between redirects, renews it.
LEASE = timedelta(seconds=60)
FEED_HEAD_START = timedelta(minutes=5)  # a feed goes before articles that are not later than it by more
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
        hosts = _hosts_with_work(now).order_by("next_at", "pk").defer("robots")
        if connection.features.has_select_for_update_skip_locked:
            # NO KEY: who stores an article of the host at this moment need not wait for us, nor we for it
            hosts = hosts.select_for_update(skip_locked=True, no_key=True)
        return [work for host in hosts[:limit] if (work := _claim_for(host, now))]


def claimed(now: datetime) -> int:
    """How many pieces of work are claimed and not done."""
    return sum(_leased(model).filter(lease_until__gt=now).count() for model in MODELS.values())


def _leased(model: type[Leased]) -> Any:
    return model.objects.exclude(lease_token="")


def begin(job: Job, pk: int, token: str, now: datetime) -> Any:
    """The claimed row, its lease counted from now; None if the claim has ended or passed to another."""
    rows = _leased(MODELS[job]).filter(pk=pk, lease_token=token, lease_until__gt=now)
    row = rows.first() if job is Job.ROBOTS else rows.select_related("host", "source").first()
    return row if row and renew(row, now) else None


def hold(pk: int, now: datetime) -> Article | None:
    """An article under a lease of ours outside its host's turns, for work that asks no site.

    None where another worker has it, or it is no more.
    """
    free = Article.objects.filter(Q(lease_until=None) | Q(lease_until__lte=now), pk=pk)
    if not free.update(lease_token=token_hex(8), lease_until=now + LEASE):
        return None
    return Article.objects.select_related("host", "source").get(pk=pk)


def renew(row: Leased, now: datetime, more: timedelta = timedelta(0)) -> bool:
    """Counts a lease, and its host's turn while that is ours, from now (and `more`); False if lost."""
    until = now + LEASE + more
    mine = type(row).objects.filter(pk=row.pk, lease_token=row.lease_token)
    if not mine.exclude(lease_token="").update(lease_until=until):
        return False
    Host.objects.filter(pk=_host_of(row).pk, next_at=row.lease_until).update(next_at=until)
    row.lease_until = until
    return True


def _host_of(row: Any) -> Host:
    """The host of a claimed row; a host is its own."""
    return row if isinstance(row, Host) else row.host


def waiting(now: datetime, patience: timedelta = timedelta(0)) -> bool:
    """Is anything due on a host whose turn comes within `patience`, or claimed and not done?"""
    return bool(claimed(now)) or _hosts_with_work(now, patience).exists()


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


def open_host(row: Leased, now: datetime) -> None:
    """Opens the host of claimed work for its next request, a delay from now.

    Only while the turn is this work's own: one whose lease has ended must not cut short the turn of
    another, nor a pause that the host asked for meanwhile.
    """
    host = _host_of(row)
    due = now + timedelta(seconds=delay_of(host))
    Host.objects.filter(pk=host.pk, next_at=row.lease_until).update(next_at=due)


def host_answered(row: Leased, now: datetime) -> None:
    """Opens the host, which has answered: the pauses it may get later begin small again."""
    Host.objects.filter(pk=_host_of(row).pk, next_at=row.lease_until).update(failures=0)
    open_host(row, now)


def host_refused(row: Leased, now: datetime, reason: str, until: datetime | None = None) -> datetime:
    """Leaves a host alone that is overloaded (429, 503) or does not answer; returns until when.

    `until` is what it asked for itself (Retry-After). Otherwise the pause doubles with each
    refusal in a row, from half a minute to an hour.
    """
    host = _host_of(row)
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
    for model in MODELS.values():
        for row in _leased(model):
            open_host(row, now)
            released += model.objects.filter(pk=row.pk).update(lease_token="", lease_until=None)
    return released


def _hosts_with_work(now: datetime, patience: timedelta = timedelta(0)) -> Any:
    mine = {"host": OuterRef("pk")}
    has_work = Exists(Feed.objects.due(now).filter(**mine)) | Exists(Article.objects.due(now).filter(**mine))
    return Host.objects.filter(has_work, next_at__lte=now + patience)


def _claim_for(host: Host, now: datetime) -> Work | None:
    """The host's most pressing work: its rules before all else, then what is latest."""
    until = now + LEASE
    for job, rows in _candidates(host, now):
        token = token_hex(8)
        # asked again while it is written: a worker whose lease had ended may just have finished it
        if rows.update(lease_token=token, lease_until=until):
            Host.objects.filter(pk=host.pk).update(next_at=until)
            return Work(job, rows.pk, token)
    return None


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A due row, and the query that finds it only while it is due."""

    pk: int
    rows: Any

    def update(self, **values: Any) -> int:
        return int(self.rows.filter(pk=self.pk).update(**values))


def _candidates(host: Host, now: datetime) -> Iterator[tuple[Job, _Candidate]]:
    if host.robots_expires_at is None or host.robots_expires_at <= now:
        yield Job.ROBOTS, _Candidate(host.pk, Host.objects.all())
    found = []
    for job, due, start in (
        (Job.FEED, Feed.objects.due(now), FEED_HEAD_START),
        (Job.ARTICLE, Article.objects.due(now), timedelta(0)),
    ):
        rows = due.filter(host=host)
        first = rows.order_by("next_check_at", "pk").values_list("pk", "next_check_at").first()
        if first:
            found.append((first[1] - start, job, _Candidate(first[0], rows)))
    for _, job, candidate in sorted(found, key=lambda one: one[0]):
        yield job, candidate


def overdue(now: datetime) -> tuple[int, float]:
    """How many articles and feeds are due, and by how many seconds the longest waiting one is late."""
    count, lag = 0, 0.0
    for due in (Feed.objects.due(now), Article.objects.due(now)):
        count += due.count()
        first = due.order_by("next_check_at").values_list("next_check_at", flat=True).first()
        lag = max(lag, (now - first).total_seconds()) if first else lag
    return count, lag
