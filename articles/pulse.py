"""What each process that works does beside its work, in a thread: it gives signs of life.

Every few seconds it adds what was counted to the database and renews its row among the workers. One of
all processes makes tallies anew that are noted (articles/tallying.py). Once a minute one indexes texts that
are not indexed yet (articles/finding/indexing.py), and one surveys what is not looked at (articles/gaps.py),
forgets workers that died yesterday, and asks for the address in NEWSDIFF_HEARTBEAT_URL if all is well:
whoever listens there gives the alarm when that stops. Every two minutes one compares how the sources do with
what is told of it (articles/healthevents.py), and every minute one sends the daily digest if it is due
(articles/digest.py): in a thread of its own, for a mail server may take longer than a worker may be silent.
"""

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta

from django.conf import settings
from django.db import Error as DatabaseProblem
from django.db import close_old_connections, connection
from django.db.models import Q
from django.utils import timezone

from articles import claiming, counting, digest, gaps, healthevents, logs, tallying, watching
from articles.fetching import FetchError, fetch
from articles.finding import indexing
from articles.models import EPOCH, Heartbeat, Worker

log = logs.Log(__name__)
EVERY = 5.0  # seconds between two signs of life
SURVEY_EVERY = timedelta(minutes=1)
TALLY_EVERY = timedelta(seconds=10)
DIGEST_EVERY = timedelta(minutes=1)
TALLY_SECONDS = 2.0  # for which one sign of life may wait for it
INDEX_EVERY = timedelta(minutes=1)
INDEX_SECONDS = 3.0
FORGOTTEN = timedelta(days=1)
PING_SECONDS = 10.0


class Pulse:
    """The signs of life of this process, called `kind`@host:pid."""

    def __init__(self, kind: str) -> None:
        self._host, self._pid = socket.gethostname(), os.getpid()
        self.name = f"{kind}@{self._host}:{self._pid}"[:120]
        self._started_at = timezone.now()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="pulse", daemon=True)

    def start(self) -> None:
        """Begins; the first sign of life is given at once."""
        self._thread.start()

    def stop(self) -> None:
        """Ends, with the last counts kept and the worker's row gone."""
        self._stopping.set()
        self._thread.join(PING_SECONDS)
        with suppress(DatabaseProblem):  # the row says then that this worker died, which is nearly true
            counting.flush()
            Worker.objects.filter(name=self.name).delete()

    def beat(self, now: datetime) -> None:
        """One sign of life, and the survey if it is time for one."""
        counting.flush()
        values = {"host": self._host, "pid": self._pid, "started_at": self._started_at}
        values |= {"seen_at": now, "worked_at": counting.worked_at(now)}
        Worker.objects.update_or_create(name=self.name, defaults=values)
        if _is_my_turn("tallying", TALLY_EVERY, now):
            tallying.settle(TALLY_SECONDS)
        if _is_my_turn("indexing", INDEX_EVERY, now):
            indexing.catch_up(INDEX_SECONDS)
        if _is_my_turn("survey", SURVEY_EVERY, now):
            survey(now)
        if _is_my_turn("health", healthevents.EVERY, now):
            healthevents.survey(now)
        if settings.NEWSDIFF_DIGEST_TO and _is_my_turn("digest", DIGEST_EVERY, now):
            threading.Thread(target=_send_digest, args=(now,), name="digest", daemon=True).start()

    def _run(self) -> None:
        while True:
            try:
                self.beat(claiming.now())
            except DatabaseProblem as error:  # it is told, and tried again
                log.warning("pulse_database", error=repr(error))
                close_old_connections()
            except Exception:  # a fault of ours is told, and no reason to look dead
                log.exception("pulse_failed")
            if self._stopping.wait(EVERY):
                break
            close_old_connections()
        connection.close()


@contextmanager
def beating(kind: str) -> Iterator[None]:
    """Gives signs of life for as long as the block runs."""
    pulse = Pulse(kind)
    pulse.start()
    try:
        yield
    finally:
        pulse.stop()


def _is_my_turn(name: str, every: timedelta, now: datetime) -> bool:
    """Whether this process is the one that does this now, of all that might."""
    mine = Heartbeat.objects.filter(name=name)
    due = Q(at__lte=now - every) | Q(at__gt=now + every)  # the latter where a clock went back
    if mine.filter(due).update(at=now):
        return True
    if not mine.exists():
        Heartbeat.objects.get_or_create(name=name, defaults={"at": EPOCH})
    return False


def _send_digest(now: datetime) -> None:
    """Sends the digest if it is due; where that fails it is told, and tried again."""
    try:
        digest.send_due(now)
    except DatabaseProblem as error:
        log.warning("digest_database", error=repr(error))
    except Exception:  # a fault of ours is told: the thread has nobody who would see it
        log.exception("digest_broken")
    finally:
        connection.close()


def survey(now: datetime) -> None:
    """Records what is not looked at, forgets the dead, and says outside that all is well if it is."""
    queued = watching.queue(now)
    stuck_since = watching.stuck_since(queued, now)
    gaps.survey(now, stuck_since)
    Worker.objects.filter(seen_at__lt=now - FORGOTTEN).delete()
    if settings.NEWSDIFF_HEARTBEAT_URL and stuck_since is None and watching.tick(now) == watching.OK:
        ping(settings.NEWSDIFF_HEARTBEAT_URL)


def ping(url: str) -> bool:
    """Asks for an address outside; False, told in the log, where that was in vain.

    The address itself is not told: whoever knows it can keep the alarm quiet.
    """
    try:
        response = fetch(url, accept="*/*", deadline=PING_SECONDS)
    except FetchError as failure:
        log.warning("heartbeat_failed", status=None, reason=failure.reason)
        return False
    if not 200 <= response.status <= 299:
        log.warning("heartbeat_failed", status=response.status, reason="")
        return False
    return True
