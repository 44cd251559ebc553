import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice
from typing import Any

import redis
from django.conf import settings
from django.core.checks import Tags, run_checks
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, connection
from django.db.models import Count, F, Max, OuterRef, Q, Subquery
from django.utils import timezone
from django.utils.text import capfirst

from articles import claiming, tallying, watching
from articles.checks import SETTINGS
from articles.core.types import OWN_FAULT
from articles.feedstates import FeedState, in_state
from articles.management.ready import ensure_migrated
from articles.models import Article, Change, Feed, Gap, Heartbeat, Host, Version, Worker
from articles.webarchive.faring import ADVICE, faring

LEAST_DISK = 500_000_000  # bytes
OVERDUE = timedelta(minutes=5)
TOLD = timedelta(days=7)
CLOCK_SKEW = timedelta(seconds=5)
# What can be set wrongly here; the others are about our code, and would load all pages.
OF_SETTINGS = (
    SETTINGS,
    Tags.security,
    Tags.caches,
    Tags.compatibility,
    Tags.async_support,
    Tags.files,
    Tags.staticfiles,
    Tags.templates,
)


@dataclass(frozen=True, slots=True)
class Finding:
    """What was looked at, how it is (ok, warn or fail), and what to do about it."""

    level: str
    what: str
    advice: str = ""


class Command(BaseCommand):
    help = "Examines settings, database, broker, disk, clock, scheduler and counters; says what to do."
    requires_system_checks = []  # reports them itself, rather than stop at the first

    def handle(self, **options: Any) -> None:
        failed = 0
        for finding in _examine():
            failed += finding.level == "fail"
            style = {"ok": self.style.SUCCESS, "warn": self.style.WARNING, "fail": self.style.ERROR}
            self.stdout.write(f"{style[finding.level](finding.level.ljust(4))}  {finding.what}")
            if finding.advice:
                self.stdout.write(f"      -> {finding.advice}")
        if failed:
            raise CommandError(f"{failed} of the findings must be mended.")


def _examine() -> Iterator[Finding]:
    yield from _settings()
    yield _disk()
    try:
        yield from _database()
    except DatabaseError as error:
        advice = (
            "Is PostgreSQL running and DATABASE_URL right?" if settings.DATABASE_URL else "Is the disk full?"
        )
        yield Finding("fail", f"The database does not answer: {error}", advice)
        return
    yield _broker()
    for look in (_tick, _workers, _queue, _gaps, _feeds, _quiet_feeds, _hosts, _web_archive, *COUNTERS):
        yield look()


def _settings() -> Iterator[Finding]:
    found = run_checks(tags=OF_SETTINGS, include_deployment_checks=not settings.DEBUG and settings.SECURE)
    messages = [message for message in found if not message.is_silenced()]
    for message in messages:
        level = "fail" if message.is_serious() else "warn"
        yield Finding(level, f"{message.id}: {message.msg}", message.hint or "")
    if not messages:
        mode = "embedded (SQLite, no broker)" if settings.EMBEDDED else "server (PostgreSQL, Redis)"
        yield Finding("ok", f"Settings are sound; mode: {mode}.")


def _disk() -> Finding:
    free = shutil.disk_usage(settings.DATA_DIR).free
    said = f"{free / 1e9:.1f} GB free in {settings.DATA_DIR}."
    return Finding("ok", said) if free > LEAST_DISK else Finding("fail", said, "Make room, or move the data.")


def _database() -> Iterator[Finding]:
    ensure_migrated()
    yield Finding("ok", f"The database answers ({connection.vendor}) and is migrated.")
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT now()")
            skew = abs(cursor.fetchone()[0] - timezone.now())
        if skew > CLOCK_SKEW:
            yield Finding(
                "fail", f"This clock and the database's differ by {skew}.", "Run NTP on both machines."
            )
        else:
            yield Finding("ok", "This clock and the database's agree.")


def _broker() -> Finding:
    if not settings.REDIS_URL:
        return Finding("ok", "No broker is needed in this mode.")
    try:
        redis.from_url(settings.REDIS_URL, socket_timeout=2, socket_connect_timeout=2).ping()
    except redis.RedisError as error:
        return Finding("fail", f"Redis does not answer: {error}", "Is it running, and is REDIS_URL right?")
    return Finding("ok", "Redis answers.")


def _tick() -> Finding:
    tick = Heartbeat.objects.filter(name="tick").first()
    start = f"{settings.MANAGE} up" if settings.EMBEDDED else "celery -A newsdiff beat"
    if tick is None:
        return Finding("warn", "The scheduler has never run here.", f"Start it: {start}")
    ago = claiming.now() - tick.at
    if ago > watching.TICK_LIMIT:
        return Finding(
            "warn", f"The scheduler last ran {tick.at:%Y-%m-%d %H:%M:%S} UTC.", f"Start it: {start}"
        )
    return Finding("ok", f"The scheduler ran {ago.total_seconds():.0f} s ago.")


def _queue() -> Finding:
    queued = watching.queue(claiming.now())
    said = f"{queued.due} feeds and articles are due; the longest waiting one is {queued.lag:.0f} s late."
    if queued.lag > OVERDUE.total_seconds():
        return Finding("warn", said, "Are workers running? Is a host below refusing? More workers may help.")
    return Finding("ok", said)


def _workers() -> Finding:
    """Live workers, and whether work that is due gets done at all."""
    now = timezone.now()
    alive = Worker.objects.filter(seen_at__gt=now - watching.SILENT)
    silent = Worker.objects.exclude(pk__in=alive.values("pk")).count()
    start = f"{settings.MANAGE} up" if settings.EMBEDDED else "celery -A newsdiff worker --pool threads"
    said = f"Workers: {alive.count()} alive, {silent} that ended without a word within a day."
    work = watching.work(watching.queue(now), now)
    if work != watching.OK:
        return Finding("warn", f"{said} {capfirst(work.partition(': ')[2])}.", f"Restart them: {start}")
    if not alive.exists():
        return Finding("warn", said, f"Start one: {start}")
    return Finding("ok", said)


def _gaps() -> Finding:
    """The last time for which nothing at all was looked at."""
    since = timezone.now() - TOLD
    found = Gap.objects.filter(scope=Gap.Scope.EVERYTHING)
    recent = found.filter(Q(ended_at=None) | Q(ended_at__gt=since)).order_by("-began_at")
    if not (last := recent.first()):
        return Finding("ok", "Nothing was left unlooked at in the last week.")
    until = f"to {last.ended_at:%Y-%m-%d %H:%M}" if last.ended_at else "until now"
    return Finding(
        "warn",
        f"Nothing was looked at from {last.began_at:%Y-%m-%d %H:%M} {until} UTC, for "
        f"{last.get_reason_display()}; {recent.count()} such gaps in the last week.",
        "See the admin, Gaps; histories tell readers of it.",
    )


def _feeds() -> Finding:
    failing = Feed.objects.filter(failures__gte=3, is_paused=False, source__is_paused=False)
    if not (names := [f"{feed.url} ({feed.last_error})" for feed in failing[:5]]):
        return Finding("ok", f"None of {Feed.objects.count()} feeds fails repeatedly.")
    return Finding(
        "warn", f"{failing.count()} feeds fail repeatedly: {'; '.join(names)}", "See the admin, Feeds."
    )


def _quiet_feeds() -> Finding:
    """Feeds that fail nothing and yet bring nothing: ended by their site, or dead."""
    followed = Feed.objects.filter(source__is_paused=False)
    now = timezone.now()
    found = [(state, in_state(followed, state, now)) for state in (FeedState.ENDED, FeedState.DEAD)]
    said = [f"{feed.url} ({state.label})" for state, feeds in found for feed in feeds.order_by("pk")[:5]]
    if not said:
        return Finding("ok", "Every feed has named something new lately.")
    count = sum(feeds.count() for _, feeds in found)
    advice = "See whether the site has another feed by now; in the admin, Feeds, filter by state."
    return Finding("warn", f"Feeds that bring nothing any more, {count} in all: {'; '.join(said)}", advice)


def _hosts() -> Finding:
    refusing = Host.objects.filter(next_at__gt=claiming.now(), failures__gte=3)
    if not (names := [f"{host} ({host.last_error})" for host in refusing[:5]]):
        return Finding("ok", "No host is turning us away.")
    return Finding("warn", f"Hosts turn us away: {'; '.join(names)}", "They are asked again by themselves.")


def _web_archive() -> Finding:
    """Whether the web archive that is asked for copies has made any within a day."""
    if not settings.NEWSDIFF_ARCHIVE_URL:
        return Finding("ok", "No web archive is asked for copies.")
    how = faring(claiming.now())
    if how.is_refused:
        return Finding("warn", f"The web archive kept nothing for a day, and said last: {how.error}", ADVICE)
    return Finding("ok", f"Copies in the web archive: {how.words}.")


def _numbering() -> Finding:
    """Versions are numbered from 1 without gaps, and the article knows how many there are."""
    counted = Article.objects.annotate(n=Count("versions"), last=Max("versions__number"))
    wrong = counted.exclude(n=0, version_count=0).exclude(n=F("version_count"), last=F("version_count"))
    return _law(
        "Versions are numbered without gaps and counted right", wrong.values_list("pk", flat=True)[:10]
    )


def _changes() -> Finding:
    """Each version but an article's first has its change."""
    wrong = Version.objects.filter(number__gt=1, change=None).values_list("article_id", flat=True)[:10]
    return _law("Every version after the first has its change", wrong)


def _neighbours() -> Finding:
    """Two versions in a row never have the same words, and a change leads from one to the next."""
    before = Version.objects.filter(article=OuterRef("article"), number=OuterRef("number") - 1)
    wrong = Version.objects.filter(digest=Subquery(before.values("digest")[:1]))
    skipping = Change.objects.exclude(old__number=F("new__number") - 1)
    found = [
        *wrong.values_list("article_id", flat=True)[:5],
        *skipping.values_list("article_id", flat=True)[:5],
    ]
    return _law("Neighbouring versions differ, and each change leads from one to the next", found)


def _own_failures() -> Finding:
    """Articles that our own code failed on at the last look."""
    failing = Article.objects.filter(failures__gt=0, last_error__startswith=OWN_FAULT)
    found = list(failing.values_list("pk", "last_error")[:5])
    if not found:
        return Finding("ok", "No article makes newsdiff itself fail.")
    said = "; ".join(f"article {pk}: {error}" for pk, error in found)
    return Finding("warn", f"newsdiff itself failed on articles: {said}", "This is a bug: please report it.")


def _checks() -> Finding:
    wrong = Article.objects.annotate(n=Count("checks")).exclude(n=F("check_count"))
    return _law("Every check is recorded", wrong.values_list("pk", flat=True)[:10])


def _tallies() -> Finding:
    """What pages of figures are made of is what there is to count, but for what is noted to be counted."""
    noted = tallying.waiting_since()
    if noted and timezone.now() - noted > tallying.LATE:
        said = f"What was changed since {noted:%Y-%m-%d %H:%M:%S} UTC is not in the figures yet."
        return Finding("warn", said, f"Workers count it. Or: {settings.MANAGE} recount")
    found = [
        f"{source or 'all sources'}/{day or 'all days'}" for source, day in islice(tallying.astray(), 10)
    ]
    if not found:
        return Finding("ok", "The figures are what there is to count.")
    advice = f"Count them anew: {settings.MANAGE} recount. This is a bug: please report it."
    return Finding("fail", f"Wrong figures, by key of the source and day: {', '.join(found)}.", advice)


def _law(law: str, broken: Any) -> Finding:
    found = list(broken)
    if not found:
        return Finding("ok", f"{law}.")
    return Finding(
        "fail", f"Broken: {law}; articles {found}.", "This is a bug: please report it with these ids."
    )


COUNTERS: tuple[Callable[[], Finding], ...] = (
    *(_numbering, _neighbours, _changes, _checks, _tallies),
    _own_failures,
)
