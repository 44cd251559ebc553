"""The Celery application: a doorbell, not a queue.

The database holds what is due and who has claimed it (articles/claiming). Beat rings `dispatch`
every second; a message that is lost, doubled or late does no harm, so results are not kept, nothing
is scheduled in the broker, and Redis may be emptied at any moment.
"""

import os
import threading
from contextlib import ExitStack
from logging.config import dictConfig
from typing import Any

from celery import Celery, signals
from django.conf import settings
from kombu.transport import redis

from articles import logs

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "newsdiff.settings")
# Celery would load all pages to check them, and tell nobody what it found.
os.environ.setdefault("CELERY_SKIP_CHECKS", "1")

app = Celery("newsdiff")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


class Forgetful(redis.QoS):
    """Lets go of a message whose connection is gone.

    kombu would ask the closed connection for a client to acknowledge it with, and the AttributeError of that
    would end the worker.
    """

    def ack(self, delivery_tag: str) -> None:
        if self.channel.connection is not None:
            super().ack(delivery_tag)


# Nothing is delivered twice: a message is gone once a worker has it, and one that was not begun is not put
# back, for the lease on its row ends and the row is handed out anew.
redis.Channel.QoS = Forgetful
redis.Channel.do_restore = False
log = logs.Log(__name__)
GRACE = 9.0  # seconds that a worker that is to end gives the work under way
_alive = ExitStack()  # what a process of the workers does beside its work (articles/pulse.py)


@signals.setup_logging.connect
def log_as_everywhere(**kwargs: Any) -> None:
    """Keeps Celery from setting up logging its own way: LOG_LEVEL governs workers and beat too."""
    dictConfig(settings.LOGGING)


@signals.worker_ready.connect
@signals.worker_process_init.connect
def begin_to_beat(**kwargs: Any) -> None:
    """Gives signs of life: the worker's process, and in a pool of processes each of them."""
    from articles.pulse import beating

    _alive.enter_context(beating("worker"))


@signals.worker_ready.connect
def tell_followers(**kwargs: Any) -> None:
    """The worker's process sends what followers are to be told, in a thread beside its work."""
    from articles.alerts.postman import telling

    _alive.enter_context(telling())


@signals.worker_ready.connect
def ask_the_web_archive(**kwargs: Any) -> None:
    """The worker's process has a web archive keep versions, in a thread beside its work."""
    from articles.webarchive.clerk import asking

    _alive.enter_context(asking())


@signals.worker_ready.connect
def stand_in(**kwargs: Any) -> None:
    """The worker helps itself while neither beat nor Redis does."""
    from articles.standin import standing_in

    _alive.enter_context(standing_in())


@signals.worker_shutting_down.connect
def end_in_time(**kwargs: Any) -> None:
    """Ends the worker at last, though a site answers a byte at a time, or the database nothing at all.

    What was under way then is due again when its lease ends.
    """
    last = threading.Timer(GRACE, _cut_off)
    last.daemon = True
    last.start()


def _cut_off() -> None:
    log.warning("worker_cut_off", seconds=GRACE)
    os._exit(0)


@signals.worker_shutdown.connect
@signals.worker_process_shutdown.connect
def stop_beating(**kwargs: Any) -> None:
    """The last counts are kept, and the worker is not missed."""
    _alive.close()
