"""How the API meets HTTP: methods, CORS, problems for whatever goes wrong."""

import json
from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Any
from urllib.parse import unquote

from django.core.exceptions import BadRequest, SuspiciousOperation
from django.core.signals import got_request_exception
from django.http import Http404, HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.shortcuts import render
from django.urls import URLPattern, URLResolver, register_converter, reverse
from django.urls.converters import StringConverter
from django.utils.cache import (
    get_conditional_response,
    patch_cache_control,
    patch_vary_headers,
    set_response_etag,
)
from django.utils.encoding import escape_uri_path
from django.utils.log import log_response
from django.views.decorators.csrf import csrf_exempt
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError
from ninja.openapi.docs import Swagger
from ninja.openapi.schema import OpenAPISchema
from ninja.operation import Operation

from articles import limits
from articles.api import describing
from articles.api.problems import Problem, respond, respond_invalid

COSTLY = ("/search", "/quote", "/lookup", "/blame")  # endpoints that cost more than a list
METHODS = "GET, HEAD, OPTIONS"
View = Callable[..., HttpResponse]


class Documentation(Swagger):
    """The page that shows the API's description, with the library's scripts as they lie here.

    The library would do so itself as an installed app, but then every command and worker would load it.
    """

    def render_page(self, request: HttpRequest, api: NinjaAPI, **kwargs: Any) -> HttpResponse:
        shown = self.settings | {"url": self.get_openapi_url(api, kwargs)}
        return render(request, self.template, {"swagger_settings": json.dumps(shown), "api": api})


class API(NinjaAPI):
    """A NinjaAPI whose every answer may be read by a page of any origin, and whose errors are problems."""

    def __init__(self, **options: Any) -> None:
        super().__init__(docs=Documentation(), **options)
        self.add_exception_handler(Problem, respond)
        self.add_exception_handler(ValidationError, respond_invalid)
        self.add_exception_handler(Http404, self._not_found)
        self.add_exception_handler(HttpError, self._http_error)
        self.add_exception_handler(BadRequest, self._bad_request)
        self.add_exception_handler(SuspiciousOperation, self._bad_request)
        self.add_exception_handler(Exception, self._failed)

    @property
    def urls(self) -> tuple[list[URLResolver | URLPattern], str, str]:
        """The URL patterns, each of its views opened to all origins."""
        patterns, app_name, namespace = super().urls
        for pattern in patterns:
            media_type = "text/html" if pattern.name == "openapi-view" else "application/json"
            pattern.callback = _open_to_all(pattern.callback, media_type)
        return patterns, app_name, namespace

    def get_openapi_schema(self, **where: Any) -> OpenAPISchema:
        """The description of all endpoints, with what they have in common."""
        described = super().get_openapi_schema(**where)
        describing.complete(described)
        return described

    def get_openapi_operation_id(self, operation: Operation) -> str:
        return operation.view_func.__name__

    @staticmethod
    def _not_found(request: HttpRequest, error: Http404) -> HttpResponse:
        return respond(request, Problem(HTTPStatus.NOT_FOUND, str(error) or "There is nothing here."))

    @staticmethod
    def _http_error(request: HttpRequest, error: HttpError) -> HttpResponse:
        return respond(request, Problem(HTTPStatus(error.status_code), error.message))

    @staticmethod
    def _bad_request(request: HttpRequest, error: Exception) -> HttpResponse:
        return respond(request, Problem(HTTPStatus.BAD_REQUEST, str(error) or "This cannot be understood."))

    @staticmethod
    def _failed(request: HttpRequest, error: Exception) -> HttpResponse:
        """A fault of ours: told to the log, and to whoever listens, as Django tells its own."""
        words = "This site failed to answer. Its operator finds the reason in the log."
        response = respond(request, Problem(HTTPStatus.INTERNAL_SERVER_ERROR, words))
        got_request_exception.send(sender=None, request=request)
        line = "Internal Server Error: %s"
        log_response(line, request.get_full_path(), response=response, request=request, exception=error)
        return response


class Anything(StringConverter):
    """What is left of a path; line feeds too, at which Django's own `path` ends."""

    regex = r"(?s:.+)"


register_converter(Anything, "anything")


def no_such_endpoint(request: HttpRequest, rest: str) -> HttpResponse:
    """Whatever else is asked for: without its trailing slash if it has one, else not found."""
    if rest.endswith("/"):
        query = request.META["QUERY_STRING"]
        path = escape_uri_path(request.path.rstrip("/"))
        return HttpResponsePermanentRedirect(f"{path}?{query}" if query else path)
    raise Http404(f"There is no such endpoint; {reverse('api:openapi-view')} lists those there are.")


def _open_to_all(view: View, media_type: str) -> View:
    """Answers OPTIONS, serves HEAD like GET (the server drops the body), refuses the rest; adds CORS."""

    @csrf_exempt  # what is refused here is refused as a problem, at the addresses of the documentation too
    @wraps(view)
    def opened(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.method == "OPTIONS":
            response = HttpResponse(status=HTTPStatus.NO_CONTENT, headers={"Allow": METHODS})
            response["Access-Control-Allow-Methods"] = METHODS
            response["Access-Control-Allow-Headers"] = "Accept, If-None-Match"
            response["Access-Control-Max-Age"] = "86400"
        elif request.method not in ("GET", "HEAD"):
            refusal = Problem(HTTPStatus.METHOD_NOT_ALLOWED, "The API is read-only: ask with GET.")
            response = respond(request, refusal)
            response["Allow"] = METHODS
        elif not _is_accepted(request, media_type):
            words = f"This answers in {media_type} alone: accept that."
            response = respond(request, Problem(HTTPStatus.NOT_ACCEPTABLE, words))
        else:
            response = _within_limits(view, request, *args, **kwargs)
        response["Cross-Origin-Resource-Policy"] = "cross-origin"
        # An answer may be kept, but is asked about (If-None-Match) before it is used again: an article
        # may have been hidden, or be shown again. Vary is said here for 304s too, as RFC 9110 wants.
        if response.status_code in (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.NOT_ACCEPTABLE):
            response["Cache-Control"] = "no-store"
        else:
            patch_cache_control(response, public=True, no_cache=True)
        patch_vary_headers(response, ["Accept-Encoding"])
        response["Access-Control-Allow-Origin"] = "*"
        response["Access-Control-Expose-Headers"] = "ETag, Retry-After"
        return response

    return opened


def _is_accepted(request: HttpRequest, media_type: str) -> bool:
    """Whether whoever asks takes what we answer with (RFC 9110, section 12.5.1); without Accept, anything."""
    return not request.headers.get("Accept", "").strip() or any(
        request.accepts(spelt) for spelt in (media_type, f"{media_type}; charset=utf-8")
    )


def _within_limits(view: View, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
    """The view's answer, or 429 to a visitor who asks too often; a 304 is not counted, unless the answer was
    looked for all the same, which a condition that every answer meets would make free."""
    looks_up = "url=" in unquote(request.META["QUERY_STRING"])
    kind = "search" if looks_up or request.path.endswith(COSTLY) else "api"
    if seconds := limits.wait(request, kind):
        words = f"Too many requests from your address: ask again in {seconds} s."
        refusal = respond(request, Problem(HTTPStatus.TOO_MANY_REQUESTS, words))
        refusal["Retry-After"] = str(seconds)
        return refusal
    worked_out = _as_get(view, request, *args, **kwargs)
    response = _if_changed(request, worked_out)
    if response.status_code == HTTPStatus.NOT_MODIFIED and (kind == "api" or worked_out is response):
        limits.give_back(request, kind)
    return response


def _if_changed(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """The answer, or 304 to whoever has it (RFC 9110, section 13.1.2).

    Done here, not left to ConditionalGetMiddleware: its 304 would come without the CORS headers.
    """
    if response.status_code != HTTPStatus.OK:
        return response
    if not response.has_header("ETag"):
        set_response_etag(response)
    answer = get_conditional_response(request, etag=response["ETag"], response=response)
    return _as_problem(request, answer)


def unchanged(request: HttpRequest, etag: str) -> HttpResponse | None:
    """What an answer's ETag alone decides, before the answer is worked out: 304, 412, or None."""
    known = HttpResponse(headers={"ETag": etag})
    answer = get_conditional_response(request, etag=etag, response=known)
    return None if answer is known else _as_problem(request, answer)


def _as_problem(request: HttpRequest, answer: HttpResponse) -> HttpResponse:
    """An answer to conditions; where they are not met, for a GET that is no use, with a word about it."""
    if answer.status_code != HTTPStatus.PRECONDITION_FAILED:
        return answer
    words = "What is there now is not what If-Match names: ask without it."
    return respond(request, Problem(HTTPStatus.PRECONDITION_FAILED, words))


def _as_get(view: View, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
    method, request.method = request.method, "GET"
    try:
        return view(request, *args, **kwargs)
    finally:
        request.method = method
