"""The moment that all workers agree on.

Leases, turns and schedules are moments in the database, compared by workers on many machines. With
PostgreSQL its clock is everybody's: a machine whose own clock is wrong would take the work of others,
or leave its own. The embedded mode has one machine and one clock.
"""

import threading
import time
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection
from django.utils import timezone

FRESH = 10.0  # seconds that a comparison with the database's clock is good for
STEP = 1.0  # seconds by which a clock that runs by itself does not move against the monotonic one


@dataclass(frozen=True, slots=True)
class _Compared:
    """By how much the database's clock was ahead of ours, when, and how ours stood to the monotonic clock."""

    offset: timedelta
    at: float
    standing: float


_compared: _Compared | None = None
_lock = threading.Lock()


def is_ours() -> bool:
    """Whether the clock that all workers share is this machine's own."""
    return connection.vendor != "postgresql"


def now() -> datetime:
    """The current moment, in UTC, by the clock that all workers share."""
    while True:
        standing = _standing()
        moment = _offset() + timezone.now()
        if _stands_as(standing):  # else ours jumped between the two
            return moment


def _offset() -> timedelta:
    """What to add to this machine's clock. Asked of the database now and then, and when ours has jumped."""
    global _compared
    if is_ours():
        return timedelta(0)
    known = _compared
    if known and time.monotonic() - known.at < FRESH and _stands_as(known.standing):
        return known.offset
    standing, offset = _standing(), _ask()
    with _lock:  # if ours jumped meanwhile, the next who asks sees that
        _compared = _Compared(offset, time.monotonic(), standing)
    return offset


def _standing() -> float:
    """How our clock stands to one that nobody sets, in seconds."""
    return time.time() - time.monotonic()


def _stands_as(before: float) -> bool:
    return abs(_standing() - before) < STEP


def _ask() -> timedelta:
    """By how much the database's clock is ahead of ours."""
    with connection.cursor() as cursor:
        asked = timezone.now()
        cursor.execute("SELECT clock_timestamp()")
        told: datetime = cursor.fetchone()[0]
        answered = timezone.now()
    # It was read at some moment between the two readings of ours: within that span they may agree.
    return timedelta(0) if asked <= told <= answered else told - answered
