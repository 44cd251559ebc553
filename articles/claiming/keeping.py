"""Keeps the leases of work under way: a thread of each worker renews them every few seconds.

So a lease can be short, and the work of a killed worker soon another's, while a slow site or a long
reading takes the time it takes. Work that is never done is let go after `LONGEST`.
"""

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import Error as DatabaseProblem
from django.db import connection

from articles import logs
from articles.claiming import clock, leases
from articles.claiming.work import LEASE
from articles.models import Leased

log = logs.Log(__name__)
EVERY = LEASE.total_seconds() / 4
# A look asks at most a few times and reads at most a few pages, each within its deadline (20 s, 30 s).
LONGEST = 400.0  # seconds; a robots.txt that redirects within a slow host takes some 330


@dataclass(frozen=True, slots=True)
class _Kept:
    model: type[Leased]
    pk: int
    token: str
    since: float  # time.monotonic()


@contextmanager
def kept(model: type[Leased], pk: int, token: str) -> Iterator[None]:
    """Keeps a lease while the block runs. One that is lost meanwhile stays lost: its end is fenced."""
    row = _Kept(model, pk, token, time.monotonic())
    _KEEPER.add(row)
    try:
        yield
    finally:
        _KEEPER.drop(row)


class _Keeper:
    """The rows that are kept, and the thread that renews them; it ends when there is none."""

    def __init__(self) -> None:
        self._rows: set[_Kept] = set()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def add(self, row: _Kept) -> None:
        with self._lock:
            self._rows.add(row)
            if self._thread is None or not self._thread.is_alive():  # never started, or it failed
                self._thread = threading.Thread(target=self._run, name="leases", daemon=True)
                self._thread.start()

    def drop(self, row: _Kept) -> None:
        with self._lock:
            self._rows.discard(row)

    def _run(self) -> None:
        while self._renew_all():
            time.sleep(EVERY)

    def _renew_all(self) -> bool:
        """Renews what has been kept for a while; False, and the thread ends, where nothing is kept."""
        with self._lock:
            rows = list(self._rows)
            if not rows:
                self._thread = None
                return False
        due = [row for row in rows if EVERY / 2 < time.monotonic() - row.since < LONGEST]
        try:
            for row in sorted(due, key=lambda one: (one.model.__name__, one.pk)):
                if not leases.renew(row.model, row.pk, row.token, clock.now()):
                    self.drop(row)
        except DatabaseProblem as error:  # the lease ends if this goes on: then the work is another's
            log.warning("leases_not_renewed", leases=len(due), error=repr(error))
        except Exception:  # a fault of ours must not end the thread that others' work relies on
            log.exception("leases_failed")
        finally:
            connection.close()
        return True


_KEEPER = _Keeper()


def _forget() -> None:
    """In a forked child: what the parent keeps is the parent's, and its lock may be held for ever."""
    global _KEEPER
    _KEEPER = _Keeper()


os.register_at_fork(after_in_child=_forget)
