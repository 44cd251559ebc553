"""When a host may be asked, by any worker: one request at a time, a delay apart, and pauses it asks for.

A host's turn is the later of two moments: `next_at`, from when on it may be asked, and `due_at`, from
when on there is something to ask it. Whoever makes work due earlier than that rings (`Host.ring`); a ring
that is lost is made up for within a minute (`queue.recall`).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import token_hex
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q
from django.db.models.functions import Greatest

from articles import rows
from articles.claiming import clock
from articles.models import Host, Leased

FIRST_PAUSE = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(hours=1)


def delay_of(host: Host) -> float:
    """Seconds between two requests: the operator's, or what robots.txt asks where that is more."""
    return max(settings.NEWSDIFF_HOST_DELAY, host.crawl_delay or 0.0)


@dataclass(frozen=True, slots=True)
class Turn:
    """A host's turn that is ours from `at` on, for one request, until it is given back."""

    host: Host
    token: str
    at: datetime


def reserve(host: Host, now: datetime, patience: timedelta, longest: timedelta) -> Turn | None:
    """Takes the host's next turn for one request of ours, if it comes within `patience`; else None.

    It lasts until it is given back, for `longest` at most. For what is no claimed work, and for a redirect
    that leads from one host to another in the middle of reading a robots.txt.
    """
    with transaction.atomic():
        free = Host.objects.filter(Q(turn_token="") | Q(next_at__lte=now), pk=host.pk)
        free = free.filter(next_at__lte=now + patience)
        if connection.features.has_select_for_update:
            free = free.select_for_update(no_key=True)
        row = free.first()
        if row is None:
            return None
        turn = Turn(row, token_hex(8), max(row.next_at, now))
        Host.objects.filter(pk=row.pk).update(next_at=turn.at + longest, turn_token=turn.token)
        return turn


def give_back(turn: Turn, now: datetime) -> None:
    """Opens the host for its next request, a delay from now, if the turn is still ours."""
    due = now + timedelta(seconds=delay_of(turn.host))
    rows.update(Host, {"next_at": due, "turn_token": ""}, pk=turn.host.pk, turn_token=turn.token)


def give_back_answered(turn: Turn, now: datetime, pause: timedelta) -> None:
    """The same of a host that has answered (`host_answered`): open after `pause`, or its delay if longer."""
    due = now + max(pause, timedelta(seconds=delay_of(turn.host)))
    told = {"next_at": due, "turn_token": "", "failures": 0}
    rows.update(Host, told, pk=turn.host.pk, turn_token=turn.token)


def give_back_refused(turn: Turn, now: datetime, reason: str, until: datetime | None = None) -> datetime:
    """The same of a host that refuses (`host_refused`); returns until when it is left alone."""
    told = _refusal(turn.host, now, reason, until)
    rows.update(Host, {**told, "turn_token": ""}, pk=turn.host.pk, turn_token=turn.token)
    return told["next_at"]


def is_taken(host: Host) -> bool:
    """Is somebody asking the host, or about to?"""
    return Host.objects.filter(pk=host.pk).exclude(turn_token="").exists()


def open_host(row: Leased, now: datetime, **values: object) -> None:
    """Opens the host of claimed work for its next request, a delay from now, and writes `values` to it.

    Only while the turn is this work's own: one whose lease has ended must not cut short the turn of
    another, nor a pause that the host asked for meanwhile.
    """
    host = host_of(row)
    due = now + timedelta(seconds=delay_of(host))
    _if_its_turn(row, {"next_at": due, "turn_token": "", **values})


def host_answered(row: Leased, now: datetime) -> None:
    """Opens the host, which has answered: the pauses it may get later begin small again."""
    open_host(row, now, failures=0)


def host_refused(row: Leased, now: datetime, reason: str, until: datetime | None = None) -> datetime:
    """Leaves a host alone that is overloaded (429, 503) or does not answer; returns until when.

    `until` is what it asked for itself (Retry-After). Otherwise the pause doubles with each
    refusal in a row, from half a minute to an hour.
    """
    host = host_of(row)
    told = _refusal(host, now, reason, until)
    if not _if_its_turn(row, {**told, "turn_token": ""}):
        _refuse_in_anothers_turn(host, told, now)
    return told["next_at"]


def _refusal(host: Host, now: datetime, reason: str, until: datetime | None) -> dict[str, Any]:
    """What a refusal sets on its host."""
    failures = min(host.failures + 1, 1000)
    pause = min(FIRST_PAUSE * 2 ** min(failures - 1, 10), LONGEST_PAUSE)
    least = now + timedelta(seconds=delay_of(host))
    next_at = max(until or (now + pause * settings.NEWSDIFF_PACE.scale), least)
    return {"next_at": next_at, "failures": failures, "last_error": reason, "last_error_at": now}


def _refuse_in_anothers_turn(host: Host, told: dict[str, Any], now: datetime) -> None:
    """The same, where the turn has passed to another: the host is not opened earlier for that.

    One may have lost it because the clock was turned back since `now`: a pause is not to last until then.
    """
    pause = told["next_at"] - now
    later = Greatest("next_at", min(told["next_at"], clock.now() + pause))
    Host.objects.filter(pk=host.pk).update(**told | {"next_at": later})


def host_of(row: object) -> Host:
    """The host of a claimed row; a host is its own."""
    return row if isinstance(row, Host) else row.host  # type: ignore[attr-defined]


def _if_its_turn(row: Leased, values: dict[str, Any]) -> bool:
    """Writes values to the row's host while its turn is this row's."""
    token = row.lease_token
    return bool(token) and bool(rows.update(Host, values, pk=host_of(row).pk, turn_token=token))
