"""Whose a row is, and until when: the token fences, and the lease ends by itself.

A worker that dies loses nothing: its lease ends and the work is due again. One that was thought
dead and comes back finds its token gone, and `finish` writes nothing.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from secrets import token_hex
from typing import Any

from django.db import connection, transaction
from django.db.models import Q

from articles import rows
from articles.claiming.work import LEASE, MODELS, Job
from articles.models import Article, Host, Leased, Source


def begin(job: Job, pk: int, token: str, now: datetime) -> Any:
    """The claimed row, with its host and source; None if the claim has ended or passed to another.

    A lease that is nearly over, since its message came late, is counted anew before anything is asked:
    else it would end under the request, and the host would be asked by another at the same time.
    """
    row: Any = rows.select(MODELS[job], pk=pk, lease_token=token) if token else None
    if row is None or row.lease_until is None or row.lease_until <= now:
        return None
    if row.lease_until - now < LEASE / 2 and not renew(MODELS[job], pk, token, now):
        return None
    if job is not Job.ROBOTS:
        row.host = rows.select(Host, pk=row.host_id)
        row.source = rows.select(Source, pk=row.source_id)
    return row


def leased(model: type[Leased]) -> Any:
    """The rows that somebody has, or had when the lease ended."""
    return model.objects.exclude(lease_token="")


def renew(model: type[Leased], pk: int, token: str, now: datetime) -> bool:
    """Counts a lease anew from `now`, and the turn of its host while that is the lease's; False if lost."""
    until = now + LEASE
    if not leased(model).filter(pk=pk, lease_token=token).update(lease_until=until):
        return False
    host = pk if model is Host else model.objects.filter(pk=pk).values("host_id")
    Host.objects.filter(pk__in=[host] if model is Host else host, turn_token=token).update(next_at=until)
    return True


def hold(pk: int, now: datetime) -> Article | None:
    """An article under a lease of ours outside its host's turns, for work that asks no site.

    None where another worker has it, or it is no more. The lease lasts while it is kept (keeping.py).
    """
    free = Article.objects.filter(Q(lease_until=None) | Q(lease_until__lte=now), pk=pk)
    if not free.update(lease_token=token_hex(8), lease_until=now + LEASE):
        return None
    return Article.objects.select_related("host", "source").get(pk=pk)


def still_ours(row: Leased) -> bool:
    """Locks a claimed row and says whether the lease is still ours; call it inside a transaction."""
    mine = leased(type(row)).filter(pk=row.pk, lease_token=row.lease_token)
    if connection.features.has_select_for_update:
        mine = mine.select_for_update()
    return bool(mine.values_list("pk", flat=True))


@contextmanager
def ending(row: Leased, **values: Any) -> Iterator[bool]:
    """The transaction that ends a lease, writes `values` to the row and whatever else the block writes.

    Gives False, and has written nothing, if the lease is not ours any more: then another worker has
    taken over, and everything of this look must be dropped. The row is locked first and its host last,
    here as everywhere, so that two who end never wait for each other.
    """
    with transaction.atomic():
        ended = {"lease_token": "", "lease_until": None, **values}
        token = row.lease_token
        ours = bool(token) and bool(rows.update(type(row), ended, pk=row.pk, lease_token=token))
        yield ours
        if ours and not isinstance(row, Host):
            host = values.get("host") or row.host
            Host.ring([host.pk], values.get("next_check_at", row.next_check_at))


def finish(row: Leased, **values: Any) -> bool:
    """Ends a lease and writes `values` to the row, if the lease is still ours; else writes nothing."""
    with ending(row, **values) as ours:
        return ours
