"""Reading pages and feeds in child processes that can be killed.

Either can make a parser run for minutes or eat gigabytes, and no thread can be stopped from outside.
So `extract` and `feeds.parse` run in at most two children; one that takes too long, too much memory, or
dies costs its own page or feed an error and is replaced. The children import the pure core only: no
Django, no database connection, none of the parent's threads or sockets.
"""

import atexit
import multiprocessing
import os
import resource
import signal
import sys
import threading
from collections.abc import Callable
from concurrent.futures import CancelledError
from concurrent.futures import TimeoutError as FutureTimeoutError
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from datetime import datetime
from multiprocessing.context import SpawnContext
from multiprocessing.synchronize import RLock
from typing import Any

from pebble import ProcessExpired, ProcessPool

from articles.core import feeds
from articles.core.extraction import ExtractionError, extract
from articles.core.extraction.proposing import Proposal, counted, proposals
from articles.core.extraction.showing import PageView, page_view
from articles.core.extraction.trying import Trial, try_rules
from articles.core.types import NO_RULES, Extract, ParsedFeed, Rules

Job = Callable[[bytes, str, str, Rules, str], Extract | None]

WORKERS = 2
SECONDS = 8.0  # of a processor, for one page; real pages take 0.04, the slowest seen 0.4
BY_THE_CLOCK = 3  # times as long may pass where a crowded machine gives a child little of a processor
MEMORY = 1_500 * 1024 * 1024  # bytes of address space of a child
PAGES = 1_000  # after so many a child is replaced, so that no leak of a parser's adds up
# The longest a caller waits for its turn and its page together.
QUEUE_SECONDS = 60.0


class _Spawned(SpawnContext):
    """Starts children anew, and keeps the locks they share for as long as the pool that was given it.

    A lock's name goes with the last that holds the lock. A pool that stops lets go of its locks first and
    then ends its children one after the other, and one that was still starting would look for the name.
    """

    def __init__(self) -> None:
        super().__init__()
        self._kept: list[RLock] = []

    def RLock(self) -> RLock:
        made = super().RLock()
        self._kept.append(made)
        return made


_lock = threading.Lock()
_pool: ProcessPool | None = None
_owner = 0  # the process the pool belongs to: a fork must make its own


def read(
    body: bytes, url: str, charset: str = "", rules: Rules = NO_RULES, known: str = ""
) -> Extract | None:
    """`core.extraction.extract` in a child: same arguments, same result.

    May be called from many threads at once. Raises ExtractionError where the page has no article,
    and where reading it took more than SECONDS or MEMORY or ended the child.
    """
    return run(body, url, charset, rules, known, seconds=SECONDS)


def read_feed(body: bytes, url: str, content_type: str, now: datetime) -> ParsedFeed:
    """`core.feeds.parse` in a child: same arguments, same result, within the same limits as a page.

    A feed of 2 kB can keep feedparser busy for hours (its issue 562), and no scan before it knows every way.
    Raises feeds.FeedError.
    """
    try:
        return _in_child(feeds.parse, body, url, content_type, now, seconds=SECONDS, what="the feed")
    except ExtractionError as error:
        raise feeds.FeedError(f"The feed cannot be read: {error}.") from error


def feeds_named_by(page: bytes, url: str) -> list[str]:
    """`core.feeds.discover` in a child. Raises feeds.FeedError where the page ran into a limit."""
    found: list[str] = _searched(feeds.discover, page, url)
    return found


def sent_on_by(page: bytes, url: str) -> str:
    """`core.feeds.discovery.onward` in a child. Raises feeds.FeedError where the page ran into a limit."""
    return str(_searched(feeds.discovery.onward, page, url))


def read_twice(body: bytes, url: str, charset: str, before: Rules, after: Rules) -> Trial:
    """`core.extraction.trying.try_rules` in a child, both readings within the limits of one page.

    Raises ExtractionError where they run into a limit: nothing else about a page is an error here.
    """
    trial: Trial = _in_child(
        try_rules, body, url, charset, before, after, seconds=SECONDS, what="the page by these rules"
    )
    return trial


def view_of(body: bytes, url: str, charset: str, rules: Rules) -> PageView:
    """`core.extraction.showing.page_view` in a child: same arguments, result and errors."""
    view: PageView = _in_child(page_view, body, url, charset, rules, seconds=SECONDS, what="the page")
    return view


def selectors_for(body: bytes, charset: str, number: int) -> list[Proposal]:
    """`core.extraction.proposing.proposals` in a child: same arguments, result and errors."""
    found: list[Proposal] = _in_child(proposals, body, charset, number, seconds=SECONDS, what="the page")
    return found


def count_selected(body: bytes, charset: str, selectors: tuple[str, ...]) -> tuple[int, ...]:
    """`core.extraction.proposing.counted` in a child: same arguments, result and errors."""
    found: tuple[int, ...] = _in_child(counted, body, charset, selectors, seconds=SECONDS, what="the page")
    return found


def _searched(job: Callable[[bytes, str], Any], page: bytes, url: str) -> Any:
    try:
        return _in_child(job, page, url, seconds=SECONDS, what="the page")
    except ExtractionError as error:
        raise feeds.FeedError(f"The page cannot be read: {error}.") from error


def run(
    body: bytes,
    url: str,
    charset: str,
    rules: Rules = NO_RULES,
    known: str = "",
    *,
    seconds: float,
    job: Job = extract,
) -> Extract | None:
    """`read` with a limit of `seconds` and another `job` in place of `extract`, for tests."""
    return _in_child(job, body, url, charset, rules, known, seconds=seconds, what="the page")


def _in_child(job: Callable[..., Any], *args: Any, seconds: float, what: str) -> Any:
    """What `job` returns or raises; ExtractionError where it ran into a limit. `what` is read, in words."""
    try:
        return _tried_in_child(job, *args, seconds=seconds, what=what)
    except BrokenProcessPool:
        # A child died that had nothing to read: the system was short of memory, or somebody killed it. Its
        # pool is given up with all that waits in it, and what waits is not to blame: it goes to a new one.
        try:
            return _tried_in_child(job, *args, seconds=seconds, what=what)
        except BrokenProcessPool as error:
            raise ExtractionError(f"the readers died before they came to {what}: {error}") from error


def _tried_in_child(job: Callable[..., Any], *args: Any, seconds: float, what: str) -> Any:
    """The same; BrokenProcessPool where all was given up that waited for a child."""
    try:
        future = _children().schedule(_limited, args=(seconds, job, *args), timeout=seconds * BY_THE_CLOCK)
    except RuntimeError as error:  # the pool broke or was closed between two calls
        close()
        raise ExtractionError(f"{what} could not be given to a reader: {error}") from error
    try:
        return future.result(timeout=QUEUE_SECONDS)
    except FutureTimeoutError as error:
        if future.cancel():
            raise ExtractionError(f"no reader was free for {QUEUE_SECONDS:.0f} seconds") from error
        raise ExtractionError(f"reading {what} took more than {seconds * BY_THE_CLOCK:g} seconds") from error
    except ProcessExpired as error:
        if error.exitcode == -signal.SIGPROF:
            raise ExtractionError(
                f"reading {what} took more than {seconds:g} seconds of a processor"
            ) from error
        raise ExtractionError(f"the reader died of {what} (exit code {error.exitcode})") from error
    except MemoryError as error:
        raise ExtractionError(f"reading {what} took more than {MEMORY // 1024**2} MB of memory") from error
    except RecursionError as error:
        raise ExtractionError(f"{what} is nested too deeply to be read") from error
    except CancelledError as error:
        raise ExtractionError("reading was stopped, for newsdiff is ending") from error


def _limited(seconds: float, job: Callable[..., Any], *args: Any) -> Any:
    """In a child: runs `job`; the kernel ends the child after so many seconds of its processor's time."""
    signal.setitimer(signal.ITIMER_PROF, seconds)  # whose signal, SIGPROF, ends a process by default
    try:
        return job(*args)
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def warm_up() -> None:
    """Starts the children now, which takes them a second or two, rather than at the first page."""
    with suppress(RuntimeError):  # closed by another thread meanwhile: newsdiff is ending
        for _ in range(WORKERS):
            _children().schedule(_idle, timeout=SECONDS * BY_THE_CLOCK)


def _idle() -> None:
    """A first task: to have come so far, a child has imported what it needs."""


def close() -> None:
    """Ends the children. The next `read` starts new ones."""
    global _pool
    with _lock:
        pool, _pool = _pool, None
    if pool is not None and _owner == os.getpid():
        pool.stop()
        pool.join()


def _children() -> ProcessPool:
    """This process's pool, made at the first call."""
    global _pool, _owner
    with _lock:
        if _pool is None or _owner != os.getpid() or not _pool.active:
            _pool = ProcessPool(WORKERS, max_tasks=PAGES, initializer=_prepare, context=_Spawned())
            _owner = os.getpid()
            # At exit before multiprocessing waits for the children, which would be for ever. Not once at
            # the import: Celery's log setup makes multiprocessing register its wait again, to go first.
            atexit.unregister(close)
            atexit.register(close)
        return _pool


def _prepare() -> None:
    """In a new child: limits its memory, and lets it end with its parent however that ends."""
    if sys.platform == "linux":  # elsewhere the system refuses this limit, and SECONDS must do
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
    signal.signal(signal.SIGTERM, signal.SIG_DFL)  # ends at once even inside a parser
    threading.Thread(target=_end_with_parent, name="end-with-parent", daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
