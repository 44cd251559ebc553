"""The health of all sources, the worst first, and of newsdiff itself: what its page and the digest show.

A few statements for a batch of sources, each answered by an index or by a table of counts, however many
articles and checks there are: how looks ended is counted as they end (articles/counting.py), new articles by
the tallies, and how late a source is stands at the beginning of its hosts' indexes. What follows from it is
judged by `core.health`.
"""

import shutil
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Any

from django.conf import settings
from django.db.models import Case, DateTimeField, OuterRef, QuerySet, Subquery, Sum, When

from articles import claiming, tallying, watching, wording
from articles.core import health as judging
from articles.core.health import Condition, Ended, Facts, Finding, Items, Looks, PolledFeed
from articles.core.robots import must_wait
from articles.feedstates import FeedState, state_of
from articles.models import (
    EPOCH,
    Article,
    Digest,
    Feed,
    Gap,
    HealthEvent,
    Host,
    LookTally,
    Source,
    Tally,
    Worker,
)
from articles.sourcestates import BROKEN, IDLE
from articles.webarchive.faring import ADVICE, faring

BATCH = 1000  # sources at a time
DAY = timedelta(days=1)
KEPT = timedelta(days=8)  # of tallies of looks
LEAST_DISK = 500_000_000  # bytes
LONG = timedelta(minutes=30)  # by which the queue may be late before it is told as trouble
# what a pause that does not end by itself has in these columns of a source
NO_END: dict[str, Any] = {"backs_off_until": None, "pause_reason": ""}


@dataclass(frozen=True, slots=True)
class FeedLine:
    """A feed of a source, with its state in words and what was found of it."""

    feed: Feed
    state: FeedState
    finding: Finding | None


@dataclass(frozen=True, slots=True)
class Row:
    """A source and all that is known of how it does.

    last_ok_at   when a feed of it was last read
    status       of the answer to the poll that went worst, or to the last one
    late         by how much its most overdue look or poll is late; `next_due` when the next one is due
    host_until   until when its host is left alone, which refuses or does not answer; None where it does
    flapping     how many of its articles go to and fro
    since        since when it does as badly as this, or has been paused; None where that is not known yet
    """

    source: Source
    condition: Condition
    findings: list[Finding]
    feeds: list[FeedLine]
    looks: Looks
    items: Items
    last_ok_at: datetime | None
    status: int | None
    late: timedelta
    next_due: datetime | None
    host_until: datetime | None
    flapping: int
    since: datetime | None

    @property
    def shares(self) -> list[tuple[str, int]]:
        """What is worth telling of its looks: how they ended, and how many did."""
        looks = self.looks
        told = [
            ("failed", looks.failed),
            ("blocked", looks.blocked),
            ("empty", looks.empty),
            ("suspect", looks.suspect),
        ]
        return [(name, count) for name, count in told if count]


def board(now: datetime, sources: QuerySet[Source] | None = None) -> list[Row]:
    """All sources, or these, with how they do: the worst first, then by name."""
    rows = [row for batch in _batches(sources) for row in _rows(batch, now)]
    return sorted(rows, key=lambda row: (row.condition.rank, row.source.name.casefold()))


def _batches(sources: QuerySet[Source] | None) -> Iterator[list[Source]]:
    looked = Article.objects.filter(source=OuterRef("pk")).exclude(last_checked_at=None)
    newest = looked.order_by("-last_checked_at")
    chosen = (Source.objects.all() if sources is None else sources).order_by("pk")
    # where its articles are, which may be on another host than its feeds
    listed = iter(chosen.annotate(article_host=Subquery(newest.values("host")[:1])))
    while batch := list(islice(listed, BATCH)):
        yield batch


# --- what is known ---------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class _Known:
    """What was read for a batch of sources, by the sources' keys; hosts by their own."""

    feeds: dict[int, list[Feed]]
    looks: dict[int, Looks]
    days: dict[int, dict[date, int]]
    flapping: Counter[int]
    since: dict[tuple[int, str], datetime]
    hosts: dict[int, Host]


def _rows(sources: list[Source], now: datetime) -> Iterator[Row]:
    pks = [source.pk for source in sources]
    feeds: defaultdict[int, list[Feed]] = defaultdict(list)
    for feed in Feed.objects.filter(source__in=pks).order_by("pk"):
        feeds[feed.source_id].append(feed)
    asked: dict[bool, set[int]] = {True: set(), False: set()}  # by whether the source is paused
    for source in sources:
        asked[source.is_paused] |= {feed.host_id for feed in feeds[source.pk]}
        asked[source.is_paused] |= {source.article_host} - {None}
    known = _Known(
        feeds,
        _looks(pks, now),
        _days(pks, now),
        _flapping(),
        _since(pks),
        _hosts(asked[True] | asked[False], asked[False]),
    )
    for source in sources:
        yield _row(source, known, now)


def _looks(pks: list[int], now: datetime) -> dict[int, Looks]:
    """How the looks of the last 24 hours ended: of whole hours, so of up to an hour more."""
    since = now.replace(minute=0, second=0, microsecond=0) - DAY
    tallies = LookTally.objects.filter(hour__gte=since, source__in=pks)
    sums = tallies.values("source").annotate(**{f"{how}_sum": Sum(how.value) for how in Ended})
    mine = LookTally.objects.filter(source=OuterRef("pk"), hour__gte=since).exclude(reason="")
    # one row off the index for each source: to read a day's of all would take as long as all else here
    newest = Source.objects.annotate(last=Subquery(mine.order_by("-hour").values("pk")[:1])).order_by()
    named = [pk for pk in newest.filter(pk__in=pks).values_list("last", flat=True) if pk]
    bad = LookTally.objects.filter(pk__in=named).values_list("source", "reason", "status")
    last = {source: (reason, status) for source, reason, status in bad}
    return {
        row["source"]: Looks(
            *(row[f"{how}_sum"] for how in Ended),
            *last.get(row["source"], ("", None)),
        )
        for row in sums
    }


def _days(pks: list[int], now: datetime) -> dict[int, dict[date, int]]:
    today = tallying.day_of(now)
    since = today - (7 * judging.WEEKS + 2) * DAY
    found: defaultdict[int, dict[date, int]] = defaultdict(dict)
    tallies = Tally.objects.filter(source__in=pks, day__gte=since, day__lte=today)
    for source, day, articles in tallies.values_list("source", "day", "articles"):
        found[source][day] = articles
    return found


def _flapping() -> Counter[int]:
    """How many articles of each source go to and fro. They are few, and counted here: asked for by source, or
    grouped by it, SQLite would read the index of all articles instead of theirs."""
    articles = Article.objects.filter(is_flapping=True, hidden_at=None, merged_into=None).order_by()
    return Counter(articles.values_list("source", flat=True))


def _since(pks: list[int]) -> dict[tuple[int, str], datetime]:
    """Since when each source does as its open events say, and since when it has been paused."""
    events = HealthEvent.objects.filter(source__in=pks, settled_at=None)
    paused = Gap.objects.filter(scope=Gap.Scope.SOURCE, source__in=pks, ended_at=None)
    told = {(source, kind): at for source, kind, at in events.values_list("source", "condition", "began_at")}
    pauses = paused.values_list("source", "began_at")
    return told | {(source, Condition.PAUSED.value): at for source, at in pauses}


def _hosts(pks: set[int], awaited: set[int]) -> dict[int, Host]:
    """The hosts, those that are `awaited` with when the first of their articles is due.

    Not the others, all of whose sources here are paused: each of their articles would be passed by.
    """
    waiting = Article.objects.filter(
        host=OuterRef("pk"), hidden_at=None, source__is_paused=False, next_check_at__isnull=False
    )
    first = waiting.order_by("next_check_at").values("next_check_at")[:1]
    due = Case(When(pk__in=awaited, then=Subquery(first)), output_field=DateTimeField(null=True))
    return Host.objects.filter(pk__in=pks).defer("robots").annotate(first_due=due).in_bulk()


# --- what follows from it ----------------------------------------------------------------------------
def _row(source: Source, known: _Known, now: datetime) -> Row:
    feeds = known.feeds.get(source.pk, [])
    states = {feed.pk: state_of(feed, now) for feed in feeds}
    asked = dict.fromkeys([*(feed.host_id for feed in feeds), source.article_host])
    hosts = [known.hosts[pk] for pk in asked if pk]
    tried = [feed for feed in feeds if states[feed.pk] not in IDLE]
    due = [feed.next_check_at for feed in tried if feed.next_check_at]
    due += [host.first_due for host in hosts if host.first_due]
    refusing = max((host for host in hosts if _refuses(host, now)), key=_closed_until, default=None)
    is_paused = source.is_paused
    late = timedelta(0) if is_paused else max([timedelta(0), *(now - moment for moment in due)])
    since = source.created_at
    facts = Facts(
        since=since,
        feeds=tuple(_polled(feed, states[feed.pk]) for feed in feeds),
        looks=known.looks.get(source.pk, Looks()),
        items=judging.items(known.days.get(source.pk, {}), tallying.day_of(now), tallying.day_of(since)),
        late=late,
        refusal=refusing.last_error if refusing else "",
        is_paused=is_paused,
        was_looked_at=source.article_host is not None,
    )
    found = judging.findings(facts, now)
    condition = judging.condition(facts, found)
    by_feed = {finding.feed: finding for finding in found if finding.feed}
    return Row(
        source=source,
        condition=condition,
        findings=found,
        feeds=[FeedLine(feed, states[feed.pk], by_feed.get(feed.pk)) for feed in feeds],
        looks=facts.looks,
        items=facts.items,
        last_ok_at=max((feed.last_ok_at for feed in feeds if feed.last_ok_at), default=None),
        status=_status(feeds, states),
        late=late,
        next_due=None if is_paused else min(due, default=None),
        host_until=_closed_until(refusing) if refusing else None,
        flapping=known.flapping[source.pk],
        since=known.since.get((source.pk, condition.value)),
    )


def _polled(feed: Feed, state: FeedState) -> PolledFeed:
    return PolledFeed(
        pk=feed.pk,
        name=feed.title or feed.url,
        is_tried=state not in IDLE,
        is_broken=state in BROKEN,
        is_dead=state is FeedState.DEAD,
        status=feed.last_status,
        error=feed.last_error,
        last_ok_at=feed.last_ok_at,
    )


def _refuses(host: Host, now: datetime) -> bool:
    """Whether a host is left alone: it refused, or its robots.txt was asked for and could not be read."""
    return (bool(host.failures) and host.next_at > now) or _is_without_rules(host)


def _is_without_rules(host: Host) -> bool:
    return host.robots_status is not None and must_wait(host.robots_status)


def _closed_until(host: Host) -> datetime:
    """Until when a host that refuses is left alone."""
    return max(host.next_at, host.robots_expires_at or EPOCH) if _is_without_rules(host) else host.next_at


def _status(feeds: list[Feed], states: dict[int, FeedState]) -> int | None:
    """The status of a feed that cannot be read, or else of the one that was polled last."""
    polled = sorted(
        (feed for feed in feeds if feed.last_checked_at),
        key=lambda feed: (states[feed.pk] in BROKEN, feed.last_checked_at),
    )
    return polled[-1].last_status if polled else None


# --- newsdiff itself -----------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Reading:
    """Something about newsdiff itself: what it is, how it is, and what to do where that is trouble."""

    name: str
    words: str
    advice: str = ""


def itself(now: datetime) -> list[Reading]:
    """How newsdiff itself goes: scheduler, workers, queue, gaps, disk and mail."""
    queued = watching.queue(now)
    return [
        _scheduler(now),
        _workers(queued, now),
        _queue(queued),
        _last_gap(now),
        _disk(),
        *_mail(),
        *_web_archive(now),
    ]


def _scheduler(now: datetime) -> Reading:
    said = watching.tick(now)
    if said == watching.OK:
        return Reading("Scheduler", "ticks")
    return Reading("Scheduler", said.partition(": ")[2], f"Start it: {settings.MANAGE} doctor says how.")


def _workers(queued: watching.Queue, now: datetime) -> Reading:
    alive = Worker.objects.filter(seen_at__gt=now - watching.SILENT).count()
    said = f"{alive} alive" if alive else "none alive"
    work = watching.work(queued, now)
    if work != watching.OK:
        return Reading("Workers", work.partition(": ")[2], "Restart them; their log says what they wait for.")
    return Reading("Workers", said, "" if alive else f"Start one: {settings.MANAGE} doctor says how.")


def _queue(queued: watching.Queue) -> Reading:
    lag = timedelta(seconds=queued.lag)
    due = f"{queued.due:,}" + (" or more" if queued.due >= watching.MOST else "")
    said = f"{due} due, the longest waiting late by {wording.gap(lag)}" if queued.due else "nothing is due"
    waiting = timedelta(seconds=queued.waiting)
    return Reading("Queue", said, "More workers would help." if waiting > LONG else "")


def _last_gap(now: datetime) -> Reading:
    gap = Gap.objects.filter(scope=Gap.Scope.EVERYTHING).order_by("-began_at").first()
    if gap is None:
        return Reading("Last gap", "none yet")
    lasted = wording.gap((gap.ended_at or now) - gap.began_at)
    said = f"{wording.absolute(gap.began_at)}, for {lasted}: {gap.get_reason_display()}"
    return Reading("Last gap", said, "" if gap.ended_at else "It goes on: see Workers.")


def _disk() -> Reading:
    free = shutil.disk_usage(settings.DATA_DIR).free
    return Reading("Disk", f"{free / 1e9:.1f} GB free", "" if free > LEAST_DISK else "Make room.")


def _mail() -> Iterator[Reading]:
    """The digest, where one is wanted."""
    if not settings.NEWSDIFF_DIGEST_TO:
        return
    last = Digest.objects.order_by("-day").first()
    if not settings.EMAIL_HOST:
        yield Reading("Daily mail", "not sent", "Set EMAIL_URL to your mail server's address.")
    elif last is None:
        yield Reading("Daily mail", f"first at {settings.NEWSDIFF_DIGEST_HOUR}:00 UTC")
    elif last.sent_at is None and last.error:
        said = f"tried {wording.how_often(last.tries)} in vain: {last.error}"
        yield Reading("Daily mail", said, "It is tried again. Is EMAIL_URL right, and the mail server up?")
    elif last.sent_at is None:
        yield Reading("Daily mail", "is being sent")
    else:
        words = "nothing to say" if last.is_silent else "sent"
        yield Reading("Daily mail", f"{words} {wording.absolute(last.sent_at)}")


def _web_archive(now: datetime) -> Iterator[Reading]:
    """Copies of versions elsewhere, where an archive is asked for them."""
    if not settings.NEWSDIFF_ARCHIVE_URL:
        return
    how = faring(now)
    said = how.words + (f"; it said last: {how.error}" if how.error else "")
    yield Reading("Web archive", said, ADVICE if how.is_refused else "")


# --- what is done ------------------------------------------------------------------------------------------
def retry(sources: Iterable[int], now: datetime) -> tuple[int, int]:
    """Makes the feeds of sources, by their keys, due now, and those of their articles that the last look did
    not get; returns how many feeds and articles. What is paused is left alone, and hosts' turns stay.
    """
    chosen = list(sources)
    feeds = Feed.objects.filter(source__in=chosen, is_paused=False, source__is_paused=False)
    articles = Article.objects.unread().filter(source__in=chosen, source__is_paused=False)
    polled = feeds.update(next_check_at=now)
    looked_at = articles.exclude(next_check_at=None).update(next_check_at=now)
    claiming.recall(now)
    return polled, looked_at


def pause(sources: Iterable[int], until: datetime | None = None, reason: str = "") -> int:
    """Pauses sources, by their keys, for good or until a moment, at which they are resumed by the scheduler
    (claiming/tidying.py); returns how many. What is under way is stored still.
    """
    rows = Source.objects.filter(pk__in=list(sources))
    return rows.update(is_paused=True, backs_off_until=until, pause_reason=reason)


def resume(sources: Iterable[int], now: datetime) -> int:
    """Resumes sources, by their keys, whether or not their pause would have ended by itself; how many."""
    resumed = Source.objects.filter(pk__in=list(sources), is_paused=True).update(is_paused=False, **NO_END)
    claiming.recall(now)
    return resumed


def forget(now: datetime) -> int:
    """Drops the tallies of looks that are too old to be shown; returns how many."""
    return LookTally.objects.filter(hour__lt=now - KEPT).delete()[0]
