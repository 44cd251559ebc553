"""What every answer says about what may be done with it, and the largest request that is taken.

The policy is our own few lines, because django-csp 4 stops at Django 5.2 and Django 6 brings its own: this
works on both. Nothing is loaded from elsewhere, and no script or style stands inline.
"""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "font-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    )
)
# None of these is used here, so that no script that slipped in could use it either.
UNUSED = ("camera", "geolocation", "microphone", "payment", "usb", "serial", "midi", "display-capture")
HEADERS = {
    "Content-Security-Policy": POLICY,
    "Permissions-Policy": ", ".join(f"{feature}=()" for feature in UNUSED),
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Permitted-Cross-Domain-Policies": "none",
}

Handler = Callable[[HttpRequest], HttpResponse]


def security_headers(get_response: Handler) -> Handler:
    """Django middleware that adds HEADERS to each response, except those it has of its own."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        return response

    return middleware


def cookies_for_operators_only(get_response: Handler) -> Handler:
    """Django middleware that lets no public answer set a cookie.

    Whoever sends a bad CSRF cookie is given a fresh one, on any page. A cache between us and readers could
    keep that answer, and hand a token that somebody knows to everybody.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if not request.path.startswith(settings.SESSION_COOKIE_PATH):
            response.cookies.clear()
        return response

    return middleware


def small_requests(get_response: Handler) -> Handler:
    """Django middleware that refuses what is larger than any form here, before a byte of it is read.

    Django's own limit spares files: whoever posts one, to whatever address, would have it written to disk.
    A hub's message may be larger, for its view has a bound of its own, parses no form and keeps nothing.
    """
    of_hubs = reverse("websub", args=["-"]).removesuffix("-/")

    def middleware(request: HttpRequest) -> HttpResponse:
        length = request.META.get("CONTENT_LENGTH") or "0"
        if not length.isascii() or not length.isdigit() or len(length) > 18:
            return HttpResponse("Bad request\n", status=400, content_type="text/plain")
        is_of_form = not request.path_info.startswith(of_hubs)
        if is_of_form and int(length) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            return HttpResponse("Too large a request\n", status=413, content_type="text/plain")
        return get_response(request)

    return middleware
