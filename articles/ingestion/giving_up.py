"""When our own code fails on a row: the row says so and waits, instead of coming up at once again."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db.models import F
from django.utils import timezone

from articles import claiming
from articles.claiming import MODELS, Job
from articles.core import scheduling

ROBOTS_RETRY = timedelta(minutes=10)


def give_up(job: Job, pk: int, token: str, reason: str) -> bool:
    """Records an unexpected error on the claimed row and puts its next turn off.

    Returns False if the claim is not ours any more, with nothing written.
    """
    row = MODELS[job].objects.filter(pk=pk, lease_token=token).exclude(lease_token="").first()
    if row is None:
        return False
    now = timezone.now()
    wait = min(scheduling.RETRY_FIRST * 2 ** min(row.failures, 10), scheduling.RETRY_LONGEST)
    values: dict[str, Any] = {"last_error": reason, "last_error_at": now, "failures": F("failures") + 1}
    if job is Job.ROBOTS:
        values["robots_expires_at"] = now + ROBOTS_RETRY
        values["next_at"] = now + wait
    else:
        values["next_check_at"] = now + wait * settings.NEWSDIFF_PACE.scale
        claiming.host_answered(row.host, now)
    return claiming.finish(row, **values)
