"""The Celery application: a doorbell, not a queue.

The database holds what is due and who has claimed it (articles/claiming). Beat rings `dispatch`
every second; a message that is lost, doubled or late does no harm, so results are not kept, nothing
is scheduled in the broker, and Redis may be emptied at any moment.
"""

import os
from logging.config import dictConfig
from typing import Any

from celery import Celery, signals
from django.conf import settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "newsdiff.settings")

app = Celery("newsdiff")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@signals.setup_logging.connect
def log_as_everywhere(**kwargs: Any) -> None:
    """Keeps Celery from setting up logging its own way: LOG_LEVEL governs workers and beat too."""
    dictConfig(settings.LOGGING)
