"""Counting what happens, for /metrics and the page of health: in memory here, in the database in the end.

Many processes work, come and go, and any of the web's may be asked for the sum. So each adds up what
it sees in memory, which costs a microsecond, and adds that to the table of counts every few seconds
(articles/pulse.py). The sums never fall, whoever is restarted; a process that is killed takes what it
had counted since with it. Looks are counted once more the same way, by source and hour, for the page of
health: no page counts checks.
"""

import os
import threading
import time
from bisect import bisect_left
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import Error as DatabaseProblem
from django.db import connection, transaction

from articles.core import health
from articles.core.health import Ended
from articles.core.reasons import Reason, answer_class, classify
from articles.core.types import Outcome
from articles.rows import moment

# Upper ends in seconds; a whole exchange may take 20.
BUCKETS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0)
WORK = ("article", "feed", "robots", "other")
ANSWERS = ("2xx", "304", "3xx", "4xx", "5xx", "none")


@dataclass(frozen=True, slots=True)
class Counter:
    """A metric: its name without _total, what it counts, and its labels with the values each may have."""

    name: str
    help: str
    labels: tuple[tuple[str, tuple[str, ...]], ...] = ()

    @property
    def label_names(self) -> tuple[str, ...]:
        return tuple(name for name, _ in self.labels)


CHECKS = Counter(
    "newsdiff_checks",
    "Looks at articles that were stored, by outcome.",
    (("outcome", tuple(outcome.value for outcome in Outcome)),),
)
FAILURES = Counter(
    "newsdiff_failures",
    "Work that failed or was forbidden, by class of reason; unexpected errors of newsdiff are own_fault.",
    (("work", WORK[:3]), ("reason", tuple(reason.value for reason in Reason))),
)
POLLS = Counter(
    "newsdiff_feed_polls",
    "Polls of feeds: with new articles, without, or failed.",
    (("result", ("new", "nothing_new", "failed")),),
)
DROPPED = Counter(
    "newsdiff_dropped",
    "Work whose lease had ended when it was to be stored, so that it is done again.",
    (("work", WORK[:3]),),
)
ROBOTS = Counter("newsdiff_robots_reads", "Readings of a robots.txt.", (("result", ("read", "failed")),))
FOUND = Counter("newsdiff_articles_found", "Articles that feeds brought.")
VERSIONS = Counter("newsdiff_versions", "Versions stored, first ones included.")
CHANGES = Counter("newsdiff_changes", "Changes stored.")
DELIVERIES = Counter(
    "newsdiff_deliveries",
    "Attempts to send messages to followers and channels, by way and by what became of them.",
    (("way", ("mail", "webhook", "chat")), ("outcome", ("sent", "put_off", "failed", "dropped"))),
)
ARCHIVED = Counter(
    "newsdiff_web_copies",
    "Attempts to have a web archive keep a version, by what became of them.",
    (("outcome", ("kept", "begun", "put_off", "late", "declined", "failed")),),
)
COUNTERS = (CHECKS, FAILURES, POLLS, ROBOTS, DROPPED, FOUND, VERSIONS, CHANGES, DELIVERIES, ARCHIVED)
FETCH_SECONDS = Counter(
    "newsdiff_fetch_seconds",
    "How long requests to sites took, by what was asked for and how it was answered.",
    (("work", WORK), ("answer", ANSWERS)),
)

Key = tuple[str, ...]  # the metric's name, then its labels' values

_lock = threading.Lock()
_counted: defaultdict[Key, float] = defaultdict(float)
_worked_at: float | None = None  # time.monotonic()


@dataclass(slots=True)
class _Looks:
    """How the looks at a source's articles ended within an hour, and the last that brought none."""

    ended: dict[Ended, int]
    reason: str = ""
    status: int | None = None


_looks: dict[tuple[int, datetime], _Looks] = {}  # by source and the hour's beginning

ADD = """
    INSERT INTO articles_count (series, value) VALUES (%s, %s)
    ON CONFLICT (series) DO UPDATE SET value = articles_count.value + excluded.value
"""
# Nothing of a source that was deleted since.
ADD_LOOKS = """
    INSERT INTO articles_looktally (source_id, hour, {names}, reason, status)
    SELECT id, %s, {marks}, %s, %s FROM articles_source WHERE id = %s
    ON CONFLICT (source_id, hour) DO UPDATE SET {sums},
        reason = CASE excluded.reason WHEN '' THEN articles_looktally.reason ELSE excluded.reason END,
        status = CASE excluded.reason WHEN '' THEN articles_looktally.status ELSE excluded.status END
""".format(  # noqa: S608 (the names are Ended's)
    names=", ".join(Ended),
    marks=", ".join("%s" for _ in Ended),
    sums=", ".join(f"{name} = articles_looktally.{name} + excluded.{name}" for name in Ended),
)


# --- what happened -------------------------------------------------------------------------------
def checked(outcome: Outcome | None, reason: str, status: int | None, version: int | None) -> None:
    """A look at an article ended: how, and the number of the version it made; outcome None: dropped."""
    if outcome is None:
        _add((DROPPED.name, "article"))
        return
    keys: list[Key] = [(CHECKS.name, outcome.value)]
    if outcome in (Outcome.FAILED, Outcome.BLOCKED):
        keys.append((FAILURES.name, "article", classify(reason, status)))
    if version is not None:
        keys.append((VERSIONS.name,))
        if version > 1:
            keys.append((CHANGES.name,))
    _add(*keys)


def looked(source: int, at: datetime, outcome: Outcome, reason: str, status: int | None) -> None:
    """A look at an article of a source, by its key, ended: how, when, and why."""
    hour = at.replace(minute=0, second=0, microsecond=0)
    how = health.ended(outcome, reason, status)
    with _lock:
        looks = _looks.setdefault((source, hour), _Looks(dict.fromkeys(Ended, 0)))
        looks.ended[how] += 1
        if how is not Ended.READ:
            looks.reason, looks.status = reason[:500], status


def polled(new: int, error: str, status: int | None) -> None:
    """A poll of a feed was stored: how many articles it brought, or why it failed."""
    if error:
        _add((POLLS.name, "failed"), (FAILURES.name, "feed", classify(error, status)))
        return
    _add((POLLS.name, "new" if new else "nothing_new"), found=new)


def robots_read(error: str, status: int | None) -> None:
    """A reading of robots.txt was stored; `error` says why there was nothing to read, or is empty."""
    if error:
        _add((ROBOTS.name, "failed"), (FAILURES.name, "robots", classify(error, status)))
    else:
        _add((ROBOTS.name, "read"))


def dropped(work: str) -> None:
    """A poll or a reading of robots.txt ended, and was another worker's by then."""
    _add((DROPPED.name, work))


def failed_ourselves(work: str) -> None:
    """Our own code failed on a piece of work, and that was recorded."""
    keys: list[Key] = [(FAILURES.name, work, Reason.OWN_FAULT)]
    if work == "article":
        keys.append((CHECKS.name, Outcome.FAILED.value))
    _add(*keys)


def delivered(way: str, outcome: str) -> None:
    """An attempt to send a message ended; labels as in DELIVERIES."""
    _add((DELIVERIES.name, way, outcome))


def archived(outcome: str) -> None:
    """A copy in a web archive was seen to; label as in ARCHIVED."""
    _add((ARCHIVED.name, outcome))


def fetched(work: str, status: int | None, seconds: float) -> None:
    """A request to a site ended; `status` is None where no answer came."""
    place = bisect_left(BUCKETS, seconds)
    end = f"{BUCKETS[place]:g}" if place < len(BUCKETS) else "+Inf"
    series = (FETCH_SECONDS.name, work, answer_class(status))
    with _lock:
        _counted[(*series, end)] += 1
        _counted[(*series, "sum")] += seconds


def _add(*keys: Key, found: int = 0) -> None:
    global _worked_at
    with _lock:
        _worked_at = time.monotonic()
        for key in keys:
            _counted[key] += 1
        if found:
            _counted[(FOUND.name,)] += found


def worked_at(now: datetime) -> datetime | None:
    """When this process last ended a piece of work, by the clock that says `now`; None if it never has."""
    return None if _worked_at is None else now - timedelta(seconds=time.monotonic() - _worked_at)


# --- what is kept --------------------------------------------------------------------------------
def flush() -> int:
    """Adds what was counted to the database; returns to how many series that was.

    A row a statement, in the order of their names, so that two processes never wait for each other.
    Where the database fails the counts are kept for the next time, and its error is raised.
    """
    with _lock:
        taken, looks = dict(_counted), dict(_looks)
        _counted.clear()
        _looks.clear()
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            for key in sorted(taken):
                cursor.execute(ADD, ["|".join(key), taken[key]])
            for source, hour in sorted(looks):
                cursor.execute(ADD_LOOKS, _columns(source, hour, looks[source, hour]))
    except DatabaseProblem:
        with _lock:
            for key, value in taken.items():
                _counted[key] += value
            _put_back(looks)
        raise
    return len(taken)


def _columns(source: int, hour: datetime, looks: _Looks) -> list[Any]:
    return [moment(hour), *(looks.ended[how] for how in Ended), looks.reason, looks.status, source]


def _put_back(looks: dict[tuple[int, datetime], _Looks]) -> None:
    """Keeps these looks for the next time, beside those that ended meanwhile, whose reasons are newer."""
    for key, older in looks.items():
        newer = _looks.setdefault(key, older)
        if newer is older:
            continue
        for how, count in older.ended.items():
            newer.ended[how] += count
        if not newer.reason:
            newer.reason, newer.status = older.reason, older.status


def _forget() -> None:
    """In a forked child: what the parent counted is the parent's, and its lock may be held for ever."""
    global _lock, _worked_at
    _lock = threading.Lock()
    _counted.clear()
    _looks.clear()
    _worked_at = None


os.register_at_fork(after_in_child=_forget)
