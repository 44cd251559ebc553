"""Errors as RFC 9457 problem documents."""

from collections.abc import Mapping
from datetime import UTC
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, JsonResponse
from ninja.errors import ValidationError

from articles.models import Hiding

MEDIA_TYPE = "application/problem+json"
# What RFC 9110 says where Python before 3.13 still says what the RFC before it did.
RENAMED = {HTTPStatus.UNPROCESSABLE_ENTITY: "Unprocessable Content"}


class Problem(Exception):
    """Ends a request with a problem document.

    `status` is the HTTP status; `detail` tells whoever asked what is wrong and what to do instead;
    `errors` maps each parameter at fault to what is wrong with it; `more` are further members.
    """

    def __init__(
        self,
        status: HTTPStatus,
        detail: str,
        errors: Mapping[str, str] | None = None,
        more: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.errors = dict(errors or {})
        self.more = dict(more or {})


def bad_parameters(errors: Mapping[str, str]) -> Problem:
    """422, naming each parameter that cannot be used and saying why."""
    detail = "; ".join(f"{name}: {wrong}" for name, wrong in errors.items())
    return Problem(HTTPStatus.UNPROCESSABLE_ENTITY, detail, errors)


def hidden(what: str, tombstone: Hiding | None) -> Problem:
    """410, with what readers are told of why: `category` and `note`, as further members (RFC 9457, 3.2)."""
    words = f"{what} has been hidden by the operator of this site"
    if tombstone is None:
        return Problem(HTTPStatus.GONE, f"{words}.")
    at = tombstone.hidden_at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    said = {"hidden_at": at, "category": tombstone.category, "note": tombstone.note}
    return Problem(HTTPStatus.GONE, f"{words}: {tombstone.get_category_display()}.", more=said)


def title(status: HTTPStatus) -> str:
    """A status in words, the same whatever Python it runs on."""
    return RENAMED.get(status, status.phrase)


def respond(request: HttpRequest, problem: Problem) -> JsonResponse:
    """The answer that a problem becomes (RFC 9457, section 3)."""
    document: dict[str, Any] = {
        "type": "about:blank",  # the status says it all, so the title is the status's own phrase
        "title": title(problem.status),
        "status": int(problem.status),
        "detail": problem.detail,
        "instance": request.get_full_path(),
        **problem.more,
    }
    if problem.errors:
        document["errors"] = [{"parameter": n, "detail": wrong} for n, wrong in problem.errors.items()]
    return JsonResponse(document, status=problem.status, content_type=MEDIA_TYPE)


def respond_invalid(request: HttpRequest, error: ValidationError) -> JsonResponse:
    """The answer to parameters that do not fit their types."""
    wrong: dict[str, str] = {}
    for found in error.errors:
        name = str(found["loc"][-1])
        # pydantic puts "Value error, " before what our own validators say.
        wrong[name] = str(found["msg"]).removeprefix("Value error, ")
    return respond(request, bad_parameters(wrong))
