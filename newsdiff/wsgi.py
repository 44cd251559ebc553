"""The WSGI application that gunicorn (server mode) and waitress (embedded mode) serve."""

import os
from importlib import import_module
from typing import Any

from django.conf import settings
from django.core.handlers.wsgi import WSGIRequest
from django.core.wsgi import get_wsgi_application

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
import_module(settings.ROOT_URLCONF)  # loads all pages now, rather than for who asks first
