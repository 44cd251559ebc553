"""The WSGI application that gunicorn (server mode) and waitress (embedded mode) serve."""

import os
from typing import Any

from django.core.handlers.wsgi import WSGIRequest
from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "newsdiff.settings")


class UTF8Request(WSGIRequest):
    """A request whose address and forms are read as UTF-8, which they are, whatever its Content-Type claims.

    Django would decode both by the charset that is claimed there, before it could refuse anything; and Python
    knows some that are no encodings of texts, fail at anything, or give halves of surrogate pairs, which
    nothing could say again.
    """

    encoding: Any = property(lambda self: None, lambda self, claimed: None)


application = get_wsgi_application()
application.request_class = UTF8Request
get_resolver().url_patterns  # noqa: B018  loads all pages now, rather than for who asks first
