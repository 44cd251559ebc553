"""Counting what happens, for /metrics: in memory here, in the database in the end.

Many processes work, come and go, and any of the web's may be asked for the sum. So each adds up what
it sees in memory, which costs a microsecond, and adds that to the table of counts every few seconds
(articles/pulse.py). The sums never fall, whoever is restarted; a process that is killed takes what it
had counted since with it.
"""

import os
import threading
import time
from bisect import bisect_left
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import Error as DatabaseProblem
from django.db import connection, transaction

from articles.core.reasons import Reason, answer_class, classify
from articles.core.types import Outcome

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
COUNTERS = (CHECKS, FAILURES, POLLS, ROBOTS, DROPPED, FOUND, VERSIONS, CHANGES)
FETCH_SECONDS = Counter(
    "newsdiff_fetch_seconds",
    "How long requests to sites took, by what was asked for and how it was answered.",
    (("work", WORK), ("answer", ANSWERS)),
)

Key = tuple[str, ...]  # the metric's name, then its labels' values

_lock = threading.Lock()
_counted: defaultdict[Key, float] = defaultdict(float)
_worked_at: float | None = None  # time.monotonic()

ADD = """
    INSERT INTO articles_count (series, value) VALUES (%s, %s)
    ON CONFLICT (series) DO UPDATE SET value = articles_count.value + excluded.value
"""


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
        taken = dict(_counted)
        _counted.clear()
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            for key in sorted(taken):
                cursor.execute(ADD, ["|".join(key), taken[key]])
    except DatabaseProblem:
        with _lock:
            for key, value in taken.items():
                _counted[key] += value
        raise
    return len(taken)


def _forget() -> None:
    """In a forked child: what the parent counted is the parent's, and its lock may be held for ever."""
    global _lock, _worked_at
    _lock = threading.Lock()
    _counted.clear()
    _worked_at = None


os.register_at_fork(after_in_child=_forget)
