"""Messages to webhooks: JSON, signed, sent through the one client that judges each address."""

import json
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder

from articles.alerts.told import link, told
from articles.alerts.ways import DROPPED, Attempt, Outcome
from articles.api.schemas import ChangeOut
from articles.core import http
from articles.core.following import Signature
from articles.fetching import FetchError
from articles.fetching import send as post
from articles.models import Delivery

DEADLINE = 10.0  # seconds
GONE = 410


def send(delivery: Delivery, now: datetime) -> Attempt:
    """Posts one message to a curator's address, once. Redirects are not followed: where to is for the
    curator to say."""
    channel = delivery.channel
    body = payload(delivery)
    if channel is None or body is None:
        return DROPPED
    fields = {
        "Idempotency-Key": delivery.key,
        "X-Newsdiff-Signature": Signature(channel.secret).of(body, now),
    }
    try:
        answer = post(channel.address, body, "application/json", fields, deadline=DEADLINE)
    except FetchError as failure:
        return Attempt(Outcome.PUT_OFF, error=failure.reason, is_down=True)
    if 200 <= answer.status <= 299:
        return Attempt(Outcome.SENT, answer.status)
    said = f"It answers {http.in_words(answer.status)}."
    if 300 <= answer.status <= 399:
        said += " Redirects are not followed: give the address that it leads to."
    if answer.status == GONE:
        return Attempt(Outcome.FAILED, answer.status, said, is_gone=True)
    return Attempt(Outcome.PUT_OFF, answer.status, said, is_down=True)


def payload(delivery: Delivery) -> bytes | None:
    """The body of a message as it is now; None where there is nothing to tell."""
    head = {"id": delivery.key, "type": delivery.kind, "created_at": delivery.created_at}
    if delivery.kind == Delivery.Kind.TEST:
        return _written(head | {"from": settings.BASE_URL})
    content = told(delivery)
    if content is None:
        return None
    changes = [_said(shown.change) for shown in content.shown]
    followed = {"words": content.words, "page": content.page}
    return _written(head | {"followed": followed, "changes": changes, "more": content.more})


def _said(change: Any) -> dict[str, Any]:
    """A change as the API has it, with the address of its comparison."""
    return ChangeOut.from_orm(change).model_dump(mode="json") | {"link": link(change)}


def _written(message: dict[str, Any]) -> bytes:
    return json.dumps(message, cls=DjangoJSONEncoder, ensure_ascii=False).encode(errors="replace")
