"""The thread that tells followers, in each process that works: beside its work, and never in its way.

Several do no harm: changes, follows and messages are each locked or claimed by one at a time.
"""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta

from django.db import Error as DatabaseProblem
from django.db import close_old_connections, connection

from articles import claiming, following, logs
from articles.alerts import gathering, sending
from articles.alerts.ways import Outcome
from articles.models import Delivery

log = logs.Log(__name__)
EVERY = 3.0  # seconds between two rounds
AT_ONCE = 4  # messages
DRAIN = 10.0  # seconds that a message under way is given to end
SWEEP_EVERY = timedelta(hours=1)


class Postman:
    """Goes its rounds until it is stopped."""

    def __init__(self) -> None:
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="postman", daemon=True)

    def start(self) -> None:
        """Begins with a round."""
        self._thread.start()

    def stop(self) -> None:
        """Begins no other message, and waits for those under way, but not for ever."""
        self._stopping.set()
        self._thread.join(DRAIN)

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self.round()
            except DatabaseProblem as error:  # it is told, and tried again
                log.warning("postman_database", error=repr(error))
                close_old_connections()
            except Exception:  # a fault of ours must not end the telling
                log.exception("postman_failed")
            self._stopping.wait(EVERY)
            close_old_connections()
        connection.close()

    def round(self) -> list[Outcome]:
        """Gathers, makes messages and sends all that are due; what became of these."""
        now = claiming.now()
        gathering.gather()
        gathering.bundle(now)
        if claiming.is_time("following-sweep", SWEEP_EVERY, now):
            following.sweep(now)
        ended: list[Outcome] = []
        while not self._stopping.is_set() and (due := sending.claim(claiming.now(), AT_ONCE)):
            ended += _send_all(due)
        return ended


def _send_all(due: list[Delivery]) -> list[Outcome]:
    if len(due) == 1:
        return [sending.send(due[0], claiming.now())]
    with ThreadPoolExecutor(len(due), thread_name_prefix="postman") as pool:
        return list(pool.map(_send_in_thread, due))


def _send_in_thread(delivery: Delivery) -> Outcome:
    try:
        return sending.send(delivery, claiming.now())
    finally:
        connection.close()


@contextmanager
def telling() -> Iterator[None]:
    """Tells followers while the block runs."""
    postman = Postman()
    postman.start()
    try:
        yield
    finally:
        postman.stop()
