"""Times in which something was not looked at: found, recorded, and told where they matter.

Three ways lead to one: newsdiff was not running, or its workers did nothing; a source was paused; a host
did not answer, or turned us away, for an hour and more. The first is found by the tick that comes after
it; the others by a survey every minute. There is one row a gap, none an article.
"""

from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet

from articles.core.robots import must_wait
from articles.models import Article, Gap, Heartbeat, Host, Source

SILENCE = timedelta(minutes=5)  # no article is regularly looked at more often than that
# What a host refuses for less is made up for by the next look: pauses after refusals grow to an hour.
HOST_SILENCE = timedelta(hours=1)


def tick(now: datetime, since_last: timedelta | None = None) -> None:
    """The scheduler's sign of life; the first after a long silence records that as a gap.

    `since_last` is how long ago the caller's own last tick was, by a clock that nobody sets: where this
    machine's clock has only been put forward, nothing was missed.
    """
    beat = Heartbeat.objects.filter(name="tick")
    last = beat.values_list("at", flat=True).first()
    if last is None:
        Heartbeat.objects.get_or_create(name="tick", defaults={"at": now})
    elif now - last <= SILENCE or (since_last is not None and since_last <= SILENCE):
        beat.update(at=now)
    else:
        with transaction.atomic():
            if beat.filter(at=last).update(at=now):  # of two that find the silence, one records it
                reason = Gap.Reason.NOT_RUNNING
                Gap.objects.create(scope=Gap.Scope.EVERYTHING, began_at=last, ended_at=now, reason=reason)


def survey(now: datetime, stuck_since: datetime | None = None) -> None:
    """Opens and ends the gaps of sources, of hosts, and of workers that do nothing (`stuck_since`)."""
    _everything(now, stuck_since)
    _sources(now)
    _hosts(now)


def _everything(now: datetime, stuck_since: datetime | None) -> None:
    is_open = Gap.objects.filter(scope=Gap.Scope.EVERYTHING, ended_at=None)
    if stuck_since is None:
        is_open.update(ended_at=now)
    elif not is_open.exists():
        _open(Gap(scope=Gap.Scope.EVERYTHING, began_at=stuck_since, reason=Gap.Reason.STUCK))


def _sources(now: datetime) -> None:
    """A pause that begins or ceases to end by itself is another gap."""
    paused = {
        pk: Gap.Reason.BACKED_OFF if until else Gap.Reason.PAUSED
        for pk, until in Source.objects.filter(is_paused=True).values_list("pk", "backs_off_until")
    }
    known = {gap.source_id: gap for gap in _opened(Gap.Scope.SOURCE)}
    kept = {pk for pk in paused.keys() & known.keys() if paused[pk] == known[pk].reason}
    for pk in sorted(known.keys() - kept):
        _opened(Gap.Scope.SOURCE).filter(pk=known[pk].pk).update(ended_at=now)
    for pk in sorted(paused.keys() - kept):
        _open(Gap(scope=Gap.Scope.SOURCE, source_id=pk, began_at=now, reason=paused[pk]))


def _hosts(now: datetime) -> None:
    """A host's gap begins with its first refusal, and is forgotten if it answers within the hour."""
    troubled = {host.pk: host for host in _troubled()}
    known = {gap.host_id: gap for gap in _opened(Gap.Scope.HOST)}
    for pk in sorted(troubled.keys() - known.keys()):
        host = troubled[pk]
        reason = Gap.Reason.UNREACHABLE if host.failures else Gap.Reason.ROBOTS
        began = min(host.last_error_at or now, now)
        _open(
            Gap(scope=Gap.Scope.HOST, host=host, began_at=began, reason=reason, detail=host.last_error[:500])
        )
    for pk in sorted(known.keys() - troubled.keys()):
        mine = Gap.objects.filter(pk=known[pk].pk, ended_at=None)
        if now - known[pk].began_at >= HOST_SILENCE:
            mine.update(ended_at=now)
        else:
            mine.delete()


def _troubled() -> list[Host]:
    """The hosts that refuse, or whose robots.txt cannot be read, though something is to be asked of them."""
    unread = Q(robots_status=0) | Q(robots_status=429) | Q(robots_status__gte=500)
    wanted = Q(due_at__isnull=False) | ~Q(turn_token="")
    found = Host.objects.filter(Q(failures__gt=0) | unread, wanted).defer("robots")
    return [host for host in found if host.failures or must_wait(host.robots_status)]


def _opened(scope: Gap.Scope) -> QuerySet[Gap]:
    return Gap.objects.filter(scope=scope, ended_at=None)


def _open(gap: Gap) -> None:
    """Stores an open gap; nothing where another survey has just opened it."""
    try:
        with transaction.atomic():
            gap.save()
    except IntegrityError:
        if not Gap.objects.filter(
            scope=gap.scope, source_id=gap.source_id, host_id=gap.host_id, ended_at=None
        ).exists():
            raise


# --- where they matter ---------------------------------------------------------------------------
def recorded(now: datetime) -> QuerySet[Gap]:
    """The gaps that count: a host's only once it has lasted."""
    is_short = Q(scope=Gap.Scope.HOST, ended_at=None, began_at__gt=now - HOST_SILENCE)
    return Gap.objects.exclude(is_short)


def of_article(article: Article, now: datetime) -> QuerySet[Gap]:
    """The gaps that fell into the time for which the article was followed, the newest first."""
    until = now if article.next_check_at else (article.last_checked_at or now)
    return between(article, article.first_seen_at, until, now)


def between(article: Article, after: datetime, before: datetime, now: datetime) -> QuerySet[Gap]:
    """The gaps that concern an article and overlap a time, the newest first."""
    concerned = Q(scope=Gap.Scope.EVERYTHING) | Q(source=article.source_id) | Q(host=article.host_id)
    overlapping = Q(ended_at=None) | Q(ended_at__gt=after)
    return recorded(now).filter(concerned, overlapping, began_at__lt=before).order_by("-began_at", "-pk")
