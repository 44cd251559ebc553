"""The thread that asks the web archive, in each process that works: beside its work, and never in its way.

Several do no harm: copies are claimed, and the archive's turns reserved, by one at a time.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.db import Error as DatabaseProblem
from django.db import close_old_connections, connection

from articles import logs
from articles.webarchive.asking import round_once

log = logs.Log(__name__)
EVERY = 2.0  # seconds between two rounds when there was nothing to do


class Clerk:
    """Goes on until it is stopped. A request under way at the end is not waited for: it is made again."""

    def __init__(self) -> None:
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="clerk", daemon=True)

    def start(self) -> None:
        """Begins, where an archive is set."""
        if settings.NEWSDIFF_ARCHIVE_URL:
            self._thread.start()

    def stop(self) -> None:
        """Begins no other request."""
        self._stopping.set()

    def _run(self) -> None:
        while not self._stopping.is_set():
            done = None
            try:
                done = round_once()
            except DatabaseProblem as error:  # it is told, and tried again
                log.warning("clerk_database", error=repr(error))
                close_old_connections()
            except Exception:  # a fault of ours must not end the asking
                log.exception("clerk_failed")
            if done is None:
                self._stopping.wait(EVERY)
            close_old_connections()
        connection.close()


@contextmanager
def asking() -> Iterator[None]:
    """Asks the web archive while the block runs."""
    clerk = Clerk()
    clerk.start()
    try:
        yield
    finally:
        clerk.stop()
