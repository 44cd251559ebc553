"""How the API meets HTTP: methods, CORS, problems for whatever goes wrong."""

from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Any
from urllib.parse import unquote

from django.core.exceptions import BadRequest, SuspiciousOperation
from django.core.signals import got_request_exception
from django.http import Http404, HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.urls import URLPattern, URLResolver, reverse
from django.utils.cache import (
    get_conditional_response,
    patch_cache_control,
    patch_vary_headers,
    set_response_etag,
)
from django.utils.log import log_response
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError

from articles import limits
from articles.api.problems import Problem, respond, respond_invalid

METHODS = "GET, HEAD, OPTIONS"
View = Callable[..., HttpResponse]


class API(NinjaAPI):
    """A NinjaAPI whose every answer may be read by a page of any origin, and whose errors are problems."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
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
            pattern.callback = _open_to_all(pattern.callback)
        return patterns, app_name, namespace

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


def no_such_endpoint(request: HttpRequest, rest: str) -> HttpResponse:
    """Whatever else is asked for: without its trailing slash if it has one, else not found."""
    if rest.endswith("/"):
        query = request.META["QUERY_STRING"]
        path = request.path.rstrip("/")
        return HttpResponsePermanentRedirect(f"{path}?{query}" if query else path)
    raise Http404(f"There is no such endpoint; {reverse('api:openapi-view')} lists those there are.")


def _open_to_all(view: View) -> View:
    """Answers OPTIONS, serves HEAD like GET (the server drops the body), refuses the rest; adds CORS."""

    @wraps(view)
    def opened(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.method == "OPTIONS":
            response = HttpResponse(status=HTTPStatus.NO_CONTENT, headers={"Allow": METHODS})
            response["Access-Control-Allow-Methods"] = METHODS
            response["Access-Control-Allow-Headers"] = "Accept, If-None-Match"
            response["Access-Control-Max-Age"] = "86400"
        elif request.method in ("GET", "HEAD"):
            response = _within_limits(view, request, *args, **kwargs)
        else:
            refusal = Problem(HTTPStatus.METHOD_NOT_ALLOWED, "The API is read-only: ask with GET.")
            response = respond(request, refusal)
            response["Allow"] = METHODS
        response["Cross-Origin-Resource-Policy"] = "cross-origin"
        # An answer may be kept, but is asked about (If-None-Match) before it is used again: an article
        # may have been hidden, or be shown again. Vary is said here for 304s too, as RFC 9110 wants.
        if response.status_code == HTTPStatus.TOO_MANY_REQUESTS:
            response["Cache-Control"] = "no-store"
        else:
            patch_cache_control(response, public=True, no_cache=True)
        patch_vary_headers(response, ["Accept-Encoding"])
        response["Access-Control-Allow-Origin"] = "*"
        response["Access-Control-Expose-Headers"] = "ETag, Retry-After"
        return response

    return opened


def _within_limits(view: View, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
    """The view's answer, or 429 to a visitor who asks too often; a 304 is not counted."""
    kind = "search" if "url=" in unquote(request.META["QUERY_STRING"]) else "api"
    if seconds := limits.wait(request, kind):
        words = f"Too many requests from your address: ask again in {seconds} s."
        refusal = respond(request, Problem(HTTPStatus.TOO_MANY_REQUESTS, words))
        refusal["Retry-After"] = str(seconds)
        return refusal
    response = _if_changed(request, _as_get(view, request, *args, **kwargs))
    if response.status_code == HTTPStatus.NOT_MODIFIED:
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
    return get_conditional_response(request, etag=response["ETag"], response=response)


def unchanged(request: HttpRequest, etag: str) -> HttpResponse | None:
    """What an answer's ETag alone decides, before the answer is worked out: 304, 412, or None."""
    known = HttpResponse(headers={"ETag": etag})
    answer = get_conditional_response(request, etag=etag, response=known)
    return None if answer is known else answer


def _as_get(view: View, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
    method, request.method = request.method, "GET"
    try:
        return view(request, *args, **kwargs)
    finally:
        request.method = method
