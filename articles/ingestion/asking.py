"""Asking for an address at once, redirects followed, each request in the turn of its host.

For what is no claimed work of its own: robots.txt, the addresses an operator gives, and those that any
visitor may.
"""

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from datetime import timedelta

from django.conf import settings
from django.core.cache import cache

from articles import claiming
from articles.core import http, urls
from articles.fetching import MAX_BYTES, FetchError
from articles.ingestion.timed import fetch_timed
from articles.models import Host

REDIRECTS = 5  # RFC 9309, 2.3.1.2, asks for at least five
PATIENCE = timedelta(seconds=4)  # to wait for a host's turn, beyond its own delay
STEP = timedelta(seconds=0.25)  # between two tries while somebody else is asking the host


class Busy(FetchError):
    """The host's turn did not come in time; nothing was asked."""


def ask(
    url: str,
    accept: str,
    claimed: Host | None = None,
    deadline: float = 20.0,
    max_bytes: int = MAX_BYTES,
    within: float = math.inf,
) -> http.Response:
    """Fetches an address and follows redirects; returns the answer they end in.

    `claimed` is a host whose turn is ours already; `deadline`, in seconds, and `max_bytes` are for each
    request, `within` is for all of them together.
    Raises FetchError, and Busy where a host's turn does not come.
    """
    until = time.monotonic() + within
    for _ in range(REDIRECTS + 1):
        left = min(deadline, until - time.monotonic())
        if left <= 0:
            raise FetchError(f"no answer within {within:g} seconds, redirects included")
        response = ask_once(url, accept, claimed, left, max_bytes)
        answer = http.judge(response, claiming.now())
        if answer.kind is not http.Kind.REDIRECT:
            return response
        if claimed is not None and Host.of(answer.location).pk == claimed.pk:
            time.sleep(claiming.delay_of(claimed))
        url = urls.canonical(answer.location)
    raise FetchError("redirects without end")


def ask_once(
    url: str,
    accept: str,
    claimed: Host | None = None,
    deadline: float = 20.0,
    max_bytes: int = MAX_BYTES,
) -> http.Response:
    """Fetches an address; a redirect is an answer. Arguments and errors as those of `ask`."""
    host = Host.of(url)
    work = "robots" if claimed else "other"
    with nullcontext() if claimed and host.pk == claimed.pk else in_turn(host, deadline):
        response = fetch_timed(work, url, accept=accept, deadline=deadline, max_bytes=max_bytes)
    answer = http.judge(response, claiming.now())
    if answer.kind is http.Kind.BUSY and claimed is None:
        claiming.host_refused(host, claiming.now(), answer.reason, answer.retry_after)
    return response


def ask_for_visitor(url: str, accept: str, deadline: float) -> http.Response:
    """Fetches an address that anybody may have typed; a redirect is an answer.

    It leaves nothing behind. A host that nobody follows is not noted, and of one that is followed a 429 or
    503 is not believed: an address that always answers so would stop all looks at its host. Raises
    FetchError, and Busy where the host's turn does not come.
    """
    host = Host.objects.filter(authority=urls.authority(url)).first()
    with in_turn(host, deadline) if host else _apart(urls.authority(url), deadline):
        return fetch_timed("other", url, accept=accept, deadline=deadline)


@contextmanager
def in_turn(host: Host, seconds: float) -> Iterator[None]:
    """Waits for the host's next turn and keeps it for a request of so many seconds at most. Raises Busy."""
    turn = _awaited(host, timedelta(seconds=seconds))
    try:
        time.sleep(max(0.0, (turn.at - claiming.now()).total_seconds()))
        yield
    finally:
        claiming.give_back(turn, claiming.now())


@contextmanager
def _apart(authority: str, seconds: float) -> Iterator[None]:
    """Keeps requests of this process to a host that is not noted apart, as hosts' turns do. Raises Busy."""
    key, delay = f"asked:{authority}", settings.NEWSDIFF_HOST_DELAY
    until = time.monotonic() + PATIENCE.total_seconds() + delay
    while not cache.add(key, True, seconds + delay):
        if time.monotonic() > until:
            raise Busy(f"{authority} is busy: others are waiting")
        time.sleep(STEP.total_seconds())
    try:
        yield
    finally:
        cache.set(key, True, delay)


def _awaited(host: Host, longest: timedelta) -> claiming.Turn:
    patience = PATIENCE + timedelta(seconds=claiming.delay_of(host))
    for _ in range(PATIENCE // STEP):
        turn = claiming.reserve(host, claiming.now(), patience, longest)
        if turn:
            return turn
        if not claiming.is_taken(host):
            break
        time.sleep(STEP.total_seconds())
    raise Busy(f"{host.authority} is busy: it asked for a pause, or others are waiting")
