"""What OpenAPI says of all endpoints alike: the parameters in their paths, and how they refuse."""

from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

from articles.api.problems import MEDIA_TYPE, title
from articles.models import Hiding

Described = dict[Any, Any]

PROBLEM = {"$ref": "#/components/schemas/Problem"}
TEXT, WHOLE = {"type": "string"}, {"type": "integer"}
SCHEMA = {
    "title": "Problem",
    "type": "object",
    "description": "Why there is no answer (RFC 9457).",
    "required": ["type", "title", "status", "detail", "instance"],
    "properties": {
        "type": TEXT | {"description": "about:blank: the status says what kind of problem it is."},
        "title": TEXT | {"description": "The status in words."},
        "status": WHOLE | {"description": "The HTTP status."},
        "detail": TEXT | {"description": "What is wrong, and what to do instead."},
        "instance": TEXT | {"description": "What was asked for."},
        "errors": {
            "type": "array",
            "description": "With 422: each parameter that cannot be used.",
            "items": {
                "type": "object",
                "required": ["parameter", "detail"],
                "properties": {"parameter": TEXT, "detail": TEXT},
            },
        },
        "hidden_at": TEXT | {"format": "date-time", "description": "With 410: when it was hidden."},
        "category": TEXT | {"enum": Hiding.Category.values, "description": "With 410: why, in a word."},
        "note": TEXT | {"description": "With 410: why, in a sentence of the operator's; or empty."},
    },
}
# What each problem is of, and an example of its detail and of its further members.
EXAMPLES: dict[HTTPStatus, tuple[str, Described]] = {
    HTTPStatus.BAD_REQUEST: ("The number of GET/POST parameters exceeded the limit.", {}),
    HTTPStatus.NOT_FOUND: ("There is no article 17.", {}),
    HTTPStatus.METHOD_NOT_ALLOWED: ("The API is read-only: ask with GET.", {}),
    HTTPStatus.NOT_ACCEPTABLE: ("This answers in application/json alone: accept that.", {}),
    HTTPStatus.GONE: (
        "Article 17 has been hidden by the operator of this site: privacy.",
        {"hidden_at": "2026-11-02T12:00:00Z", "category": "privacy", "note": ""},
    ),
    HTTPStatus.PRECONDITION_FAILED: ("What is there now is not what If-Match names.", {}),
    HTTPStatus.UNPROCESSABLE_ENTITY: (
        "limit: Input should be a valid integer",
        {"errors": [{"parameter": "limit", "detail": "Input should be a valid integer"}]},
    ),
    HTTPStatus.TOO_MANY_REQUESTS: ("Too many requests from your address: ask again in 12 s.", {}),
    HTTPStatus.INTERNAL_SERVER_ERROR: ("This site failed to answer.", {}),
}
ANYWHERE = [
    HTTPStatus.BAD_REQUEST,
    HTTPStatus.METHOD_NOT_ALLOWED,
    HTTPStatus.NOT_ACCEPTABLE,
    HTTPStatus.PRECONDITION_FAILED,
    HTTPStatus.TOO_MANY_REQUESTS,
    HTTPStatus.INTERNAL_SERVER_ERROR,
]
IN_PATHS = {
    "slug": {"description": "A source's slug, as `sources` has it.", "example": "herald"},
    "article_id": {"description": "An article's `id`, as `articles` has it.", "example": 17},
    "number": {"description": "A version's number, from 1.", "example": 2},
    "a": {"description": "The older version's number.", "example": 1},
    "b": {"description": "The newer version's number, or `latest`.", "example": "latest"},
}
LATEST_OR_NUMBER = r"^(latest|[0-9]{1,18})$"


def _problem(status: HTTPStatus) -> Described:
    detail, more = EXAMPLES[status]
    example = {"type": "about:blank", "title": title(status), "status": int(status), "detail": detail}
    example |= {"instance": "/api/v1/…", **more}
    described: Described = {
        "description": title(status),
        "content": {MEDIA_TYPE: {"schema": PROBLEM, "example": example}},
    }
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        wait = {"schema": WHOLE, "required": True, "description": "The seconds to wait."}
        described["headers"] = {"Retry-After": wait}
    return described


def problems(*statuses: HTTPStatus, merged: bool = False) -> Described:
    """An operation's problems, for the `openapi_extra` of its decorator.

    merged  whether it may also lead to where what it is of has gone
    """
    responses: Described = {int(status): _problem(status) for status in statuses}
    if merged:
        responses[int(HTTPStatus.MOVED_PERMANENTLY)] = {
            "description": "Is elsewhere, for good.",
            "headers": {"Location": {"schema": TEXT, "required": True}},
        }
    return {"responses": responses}


BAD = problems(HTTPStatus.UNPROCESSABLE_ENTITY)
BAD_OR_HIDDEN = problems(HTTPStatus.GONE, HTTPStatus.UNPROCESSABLE_ENTITY)
UNKNOWN_OR_MERGED = problems(HTTPStatus.NOT_FOUND, merged=True)
UNKNOWN_OR_HIDDEN = problems(HTTPStatus.NOT_FOUND, HTTPStatus.GONE)
PART = problems(HTTPStatus.NOT_FOUND, HTTPStatus.GONE, HTTPStatus.UNPROCESSABLE_ENTITY)
PAIR = problems(HTTPStatus.NOT_FOUND, HTTPStatus.GONE, HTTPStatus.UNPROCESSABLE_ENTITY, merged=True)


def complete(openapi: Described) -> None:
    """Adds to a description of the API what holds of every endpoint."""
    openapi["components"]["schemas"]["Problem"] = SCHEMA
    for path in openapi["paths"].values():
        for operation in path.values():
            for parameter in operation["parameters"]:
                _mend(parameter)
            responses = operation["responses"]
            for status, response in responses.items():
                if status == HTTPStatus.OK:
                    tag = {"schema": TEXT, "required": True, "description": "Send it as If-None-Match."}
                    response["headers"] = {"ETag": tag}
            responses[int(HTTPStatus.NOT_MODIFIED)] = {"description": "You have it: If-None-Match names it."}
            responses |= {int(status): _problem(status) for status in ANYWHERE}
            operation["responses"] = {str(status): responses[status] for status in sorted(responses)}


def _mend(parameter: Described) -> None:
    """Makes a parameter's description what OpenAPI means by it: one that is left out is not null, `examples`
    are no list, and what numbers in paths are."""
    schema = parameter["schema"]
    choices = [one for one in schema.pop("anyOf", []) if one != {"type": "null"}]
    if len(choices) == 1:
        schema |= choices[0]
    elif choices:
        schema["anyOf"] = choices
    if schema.get("default", "") in (None, ""):
        schema.pop("default", None)
    schema.pop("description", None)
    examples: Iterable[Any] = schema.pop("examples", [])
    parameter.pop("examples", None)
    for example in examples:
        parameter["example"] = example
    if parameter["in"] == "path":
        parameter |= IN_PATHS[parameter["name"]]
        if parameter["name"] == "b":
            schema["pattern"] = LATEST_OR_NUMBER
        elif schema["type"] == "integer":
            schema["minimum"] = 0
