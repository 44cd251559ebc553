"""The embedded crew: claims and works in threads of one process, without a broker.

It runs the very same Celery task objects as the workers of the server mode, by `.apply()`. There is
nothing to lose when the process is killed: what was claimed is in the database.
"""

import fcntl
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.db import Error as DatabaseProblem  # InterfaceError, too: a server that went away
from django.db import close_old_connections

from articles import claiming, gaps, logs
from articles.claiming import Job, Work
from articles.tasks import TASKS

log = logs.Log(__name__)
IDLE = 0.2  # seconds
HEARTBEAT = 5.0  # seconds


def _awake() -> float:
    """Seconds by a clock that nobody sets and that runs on while the machine sleeps, where there is one."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.time()


def _standing() -> float:
    """How the machine's clock stands to that one, in seconds."""
    return time.time() - _awake()


class AlreadyRunning(RuntimeError):
    """Another process holds the data folder's lock."""


@contextmanager
def folder_lock(folder: Path) -> Iterator[None]:
    """Holds the lock of a data folder; raises AlreadyRunning where another process holds it.

    The kernel lets go of the lock when its holder dies, however it dies.
    """
    with (folder / "crew.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AlreadyRunning(f"newsdiff is already running on {folder}.") from None
        yield


@contextmanager
def sole_crew(folder: Path) -> Iterator[None]:
    """The lock, and an end to all leases before and after: nobody else can hold any.

    Before, of a run that was cut short; after, of work that was claimed and not begun when the crew was
    stopped, or was not done in the time it had to end: what that still finds, it may not write.
    """
    with folder_lock(folder):
        _release()
        yield
        try:
            _release()
        except DatabaseProblem as error:  # the next start does it
            log.warning("crew_not_released", error=repr(error))


def _release() -> None:
    if released := claiming.release_all(claiming.now()):
        log.info("crew_released", leases=released)


class Crew:
    """A pool of threads that works on what is due."""

    def __init__(self, size: int, pause: float = IDLE) -> None:
        """`pause`: seconds between two looks for work when there was none."""
        self.size, self.pause = size, pause
        self._stopping = threading.Event()
        self._pool = ThreadPoolExecutor(size, thread_name_prefix="crew")
        self._running: dict[Future[Any], Work] = {}
        self._beaten = 0.0
        self._standing = self._highest = _standing()  # at the last tick, and at most since

    def run(self, is_wanted: Callable[[], bool] = lambda: True) -> None:
        """Works until `stop` is called, and begins new work while it is wanted."""
        while not self._stopping.is_set():
            try:
                started = self._claim_and_start() if is_wanted() else 0
                self._collect(0 if started else self.pause)
            except DatabaseProblem as error:  # a full disk, a lock held too long: tell, and go on trying
                log.error("crew_database", error=repr(error))
                close_old_connections()  # one that broke is opened anew
                self._stopping.wait(1)
        self._pool.shutdown(wait=True, cancel_futures=True)

    def stop(self) -> None:
        """Asks `run` to return once the work under way is done."""
        self._stopping.set()

    def run_until_done(self, patience: timedelta) -> Counter[str]:
        """Works until nothing is due, waiting for a host's turn at most `patience`.

        Returns how many pieces of work ended how ("article:unchanged", "feed:ok", "feed:failed",
        "robots", and "…:error" where our own code failed) and, as "first", the articles read for the
        first time.
        """
        done: Counter[str] = Counter()
        while not self._stopping.is_set():
            started = self._claim_and_start()
            done += self._collect(IDLE if not started else 0)
            if not started and not self._running and not claiming.waiting(claiming.now(), patience):
                break
        self._pool.shutdown(wait=True)
        return done

    def _claim_and_start(self) -> int:
        """Claims as much as there are free threads; returns how much that was."""
        if _awake() - self._beaten > HEARTBEAT or self._clock_was_set():
            self._tick()
        free = self.size - len(self._running)
        claimed = claiming.claim(claiming.now(), free) if free > 0 else []
        for work in claimed:
            self._running[self._pool.submit(_work, work)] = work
        return len(claimed)

    def _clock_was_set(self) -> bool:
        """Whether the machine's clock stands otherwise than at the last tick, or has stood ahead since.

        Then a tick is due at once, and again until it can be written. A clock that is put forward between two
        ticks, and back before the second, would else leave no trace but looks that are due by it, in an hour.
        """
        stood = (self._standing, self._highest, _standing())
        self._highest = max(self._highest, stood[-1])
        return max(stood) - min(stood) > claiming.TURNED_BACK.total_seconds()

    def _tick(self) -> None:
        standing, now, since_last = _standing(), claiming.now(), _awake() - self._beaten
        if self._highest > standing and claiming.is_ours():  # another's clock would be nobody's concern
            claiming.mend_the_clock(now, ahead=timedelta(seconds=self._highest - standing))
        self._highest = standing  # once, whatever becomes of the rest
        claiming.tidy(now)
        gaps.tick(now, timedelta(seconds=since_last) if self._beaten else None)
        self._beaten, self._standing = _awake(), standing

    def _collect(self, seconds: float) -> Counter[str]:
        """Waits up to `seconds` for a piece of work to end; counts those that have."""
        if not self._running:
            self._stopping.wait(seconds)
            return Counter()
        ended, _ = wait(self._running, timeout=seconds, return_when=FIRST_COMPLETED)
        counted: Counter[str] = Counter()
        for future in ended:
            work = self._running.pop(future)
            counted += _tally(work, future)
        return counted


def _work(work: Work) -> Any:
    """Runs one task in this thread; what it raises is on its row and in the log already."""
    close_old_connections()
    try:
        return TASKS[work.job].apply((work.id, work.token))
    finally:
        close_old_connections()


def _tally(work: Work, future: Future[Any]) -> Counter[str]:
    """One ended piece of work as counts."""
    result = future.result()
    if result.failed():
        return Counter({f"{work.job}:error": 1})
    value = result.result
    if work.job is Job.ROBOTS:
        return Counter({"robots": 1})
    if value is None:  # a redirect to be followed, or the claim had passed to another
        return Counter()
    if work.job is Job.FEED:
        return Counter({"feed:failed" if value["error"] else "feed:ok": 1})
    return Counter({f"article:{value['outcome']}": 1, "first": value["version"] == 1})
