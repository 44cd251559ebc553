"""Drafts of sources: who may go on with one, and what is kept of it meanwhile.

A draft is gone on with step by step, each in a request of its own, so that a page can show how far it is. A
step is claimed for a while: a second tab finds it claimed, and what a step writes whose time was over is
dropped.
"""

import zlib
from datetime import timedelta
from secrets import token_hex
from typing import Any

from django.db.models import Q

from articles import claiming, rows
from articles.core.http import Response
from articles.ingestion.sources import Found, found_at
from articles.models import DraftAnswer, SourceDraft

LEASE = timedelta(seconds=100)  # more than a step may take, with the wait for a reader of pages


def begin(address: str, user_id: int | None, state: dict[str, Any]) -> SourceDraft:
    """A new draft of somebody's."""
    now = claiming.now()
    return SourceDraft.objects.create(
        address=address, user_id=user_id, state=state, created_at=now, touched_at=now
    )


def claim(pk: int) -> SourceDraft | None:
    """The draft, ours until it is written or let go; None if it is gone, or somebody else's now."""
    now, token = claiming.now(), token_hex(8)
    free = SourceDraft.objects.filter(Q(lease_token="") | Q(lease_until__lte=now), pk=pk)
    if not free.update(lease_token=token, lease_until=now + LEASE, touched_at=now):
        return None
    return SourceDraft.objects.filter(pk=pk, lease_token=token).first()


def write(draft: SourceDraft, state: dict[str, Any]) -> bool:
    """Writes what a step made of the draft's state and lets it go; False if it was not ours any more."""
    values = {"state": state, "lease_token": "", "lease_until": None, "touched_at": claiming.now()}
    return bool(rows.update(SourceDraft, values, pk=draft.pk, lease_token=draft.lease_token))


def let_go(draft: SourceDraft) -> None:
    """Lets the draft go as it is, if it is ours still."""
    values = {"lease_token": "", "lease_until": None}
    rows.update(SourceDraft, values, pk=draft.pk, lease_token=draft.lease_token)


def keep(draft: SourceDraft, response: Response) -> None:
    """Keeps a feed's or an article's answer with the draft, in the place of one that came before."""
    draft.answers.filter(url=response.url).delete()
    DraftAnswer.objects.create(
        draft=draft,
        url=response.url,
        status=response.status,
        headers=[list(header) for header in response.headers],
        packed=zlib.compress(response.body, 6),
        fetched_at=claiming.now(),
    )


def kept(draft: SourceDraft, urls: list[str]) -> list[Found]:
    """The feeds at these addresses as they came for the draft, in this order. Raises FeedError."""
    answers = {answer.url: answer for answer in draft.answers.filter(url__in=urls)}
    return [_found(answers[url]) for url in urls if url in answers]


def response_of(answer: DraftAnswer) -> Response:
    """The answer as it came."""
    headers = tuple((name, value) for name, value in answer.headers)
    return Response(answer.url, answer.status, headers, answer.body)


def _found(answer: DraftAnswer) -> Found:
    found = found_at(response_of(answer))
    return Found(found.url, found.parsed, found.response, answer.fetched_at)
