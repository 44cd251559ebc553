"""A worker that helps itself while no bell rings: beat has died, or Redis has.

Beat may also live and hang on a connection that has gone without a word, and a worker that waits for its
ring would wait with it. So each worker has a crew of the embedded mode beside it (articles/embedded.py),
which claims and works out of the database while the bell is silent. It needs no broker, and several of
them do no more harm than several beats.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from django.conf import settings

from articles import claiming
from articles.embedded import Crew
from articles.models import Heartbeat
from articles.tasks import RUNG

SILENCE = timedelta(seconds=3)  # beat rings every second
DRAIN = 8.0  # seconds that the work under way is given to end


def bell_is_silent() -> bool:
    """Has no ring been answered for a while, by any worker?"""
    return not Heartbeat.objects.filter(name=RUNG, at__gt=claiming.now() - SILENCE).exists()


@contextmanager
def standing_in() -> Iterator[None]:
    """Works while the block runs and the bell is silent."""
    crew = Crew(settings.NEWSDIFF_WORKERS, pause=1.0)
    thread = threading.Thread(target=crew.run, args=(bell_is_silent,), name="stand-in", daemon=True)
    thread.start()
    try:
        yield
    finally:
        crew.stop()
        thread.join(DRAIN)
