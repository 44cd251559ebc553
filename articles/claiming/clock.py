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


def now() -> datetime:
    """The current moment, in UTC, by the clock that all workers share."""
    return timezone.now() + _offset()


def _offset() -> timedelta:
    """What to add to this machine's clock. Asked of the database now and then, and when ours has jumped."""
    global _compared
    if connection.vendor != "postgresql":
        return timedelta(0)
    known, monotonic = _compared, time.monotonic()
    standing = time.time() - monotonic
    if known and monotonic - known.at < FRESH and abs(standing - known.standing) < STEP:
        return known.offset
    with connection.cursor() as cursor:
        asked = timezone.now()
        cursor.execute("SELECT clock_timestamp()")
        told = cursor.fetchone()[0]
    # It was read at some moment between the two readings of ours: within that span they may agree.
    offset = timedelta(0) if asked <= told <= timezone.now() else told - timezone.now()
    with _lock:
        _compared = _Compared(offset, monotonic, standing)
    return offset
