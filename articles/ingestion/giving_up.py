"""When our own code fails on a row: the row says so and waits, instead of coming up at once again."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction

from articles import claiming, counting
from articles.claiming import Job
from articles.core import scheduling
from articles.core.types import OWN_FAULT, Outcome
from articles.models import Check, Host

ROBOTS_RETRY = timedelta(minutes=10)


def give_up(job: Job, pk: int, token: str, reason: str) -> bool:
    """Records an unexpected error on the claimed row and puts its next turn off.

    Returns False if the claim is not ours any more, with nothing written.
    """
    is_ours = _recorded(job, pk, token, reason)
    if is_ours:
        counting.failed_ourselves(job)
    return is_ours


def _recorded(job: Job, pk: int, token: str, reason: str) -> bool:
    now = claiming.now()
    row = claiming.begin(job, pk, token, now)
    if row is None:
        return False
    reason = f"{OWN_FAULT}: {reason}"
    wait = min(scheduling.RETRY_FIRST * 2 ** min(row.failures, 10), scheduling.RETRY_LONGEST)
    values: dict[str, Any] = {"last_error": reason, "last_error_at": now, "failures": row.failures + 1}
    claiming.open_host(row, now)
    if job is Job.ROBOTS:
        return claiming.finish(row, **values, robots_expires_at=now + ROBOTS_RETRY, next_at=now + wait)
    values |= {"hop_url": "", "hops": 0, "hop_permanent": True, "host": Host.of(row.url)}
    values["next_check_at"] = now + wait * settings.NEWSDIFF_PACE.scale
    if job is Job.FEED:
        return claiming.finish(row, **values)
    values |= {"last_outcome": Outcome.FAILED, "last_reason": reason, "last_checked_at": now}
    with transaction.atomic():
        if not claiming.finish(row, **values, check_count=row.check_count + 1):
            return False
        Check.objects.create(article=row, at=now, outcome=Outcome.FAILED, reason=reason)
    counting.looked(row.source_id, now, Outcome.FAILED, reason, None)
    return True
