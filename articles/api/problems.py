"""Errors as RFC 9457 problem documents."""

from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, JsonResponse
from ninja.errors import ValidationError

MEDIA_TYPE = "application/problem+json"


class Problem(Exception):
    """Ends a request with a problem document.

    `status` is the HTTP status; `detail` tells whoever asked what is wrong and what to do instead;
    `errors` maps each parameter at fault to what is wrong with it.
    """

    def __init__(self, status: HTTPStatus, detail: str, errors: Mapping[str, str] | None = None) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.errors = dict(errors or {})


def bad_parameters(errors: Mapping[str, str]) -> Problem:
    """422, naming each parameter that cannot be used and saying why."""
    detail = "; ".join(f"{name}: {wrong}" for name, wrong in errors.items())
    return Problem(HTTPStatus.UNPROCESSABLE_ENTITY, detail, errors)


def respond(request: HttpRequest, problem: Problem) -> JsonResponse:
    """The answer that a problem becomes (RFC 9457, section 3)."""
    document: dict[str, Any] = {
        "type": "about:blank",  # the status says it all, so the title is the status's own phrase
        "title": problem.status.phrase,
        "status": int(problem.status),
        "detail": problem.detail,
        "instance": request.get_full_path(),
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


def document(statuses: Iterable[HTTPStatus]) -> dict[str, Any]:
    """The OpenAPI of an operation's problems, for the `openapi_extra` of its decorator."""
    text, whole = {"type": "string"}, {"type": "integer"}
    parameter = {"type": "object", "properties": {"parameter": text, "detail": text}}
    schema = {
        "title": "Problem",
        "type": "object",
        "required": ["type", "title", "status", "detail", "instance"],
        "properties": {
            "type": text,
            "title": text,
            "status": whole,
            "detail": text,
            "instance": text,
            "errors": {"type": "array", "items": parameter},
        },
    }
    return {
        "responses": {
            int(status): {"description": status.phrase, "content": {MEDIA_TYPE: {"schema": schema}}}
            for status in statuses
        }
    }
