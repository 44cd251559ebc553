"""One request, one answer: what is asked, and how much of the answer is taken."""

import re
import socket
import ssl
import time
from collections.abc import Mapping
from functools import lru_cache
from urllib.parse import urlencode

import httpcore2
from django.conf import settings

from articles.core import http
from articles.core.http import Response
from articles.fetching import addresses, errors
from articles.fetching.addresses import Target
from articles.fetching.decoding import ACCEPT_ENCODING, decoded
from articles.fetching.errors import FetchError, too_large
from articles.fetching.network import Deadline, GuardedBackend, Resolver

ACCEPT = "text/html,application/xhtml+xml;q=0.9,*/*;q=0.1"
MAX_BYTES = 5_000_000
DEADLINE = 20.0
MOST_REPLY = 100_000  # bytes of an answer to a form

MOST_HEADER_FIELDS = 250
MOST_HEADER_BYTES = 64 * 1024
# What may come over the wire for MAX_BYTES of body: framing and incompressible data cost a little.
WIRE_FACTOR, WIRE_EXTRA = 2, 4 * MOST_HEADER_BYTES

E_MAIL = re.compile(r"[^\s@/:<>()]+@[^\s@/:<>()]+")

Fields = tuple[tuple[str, str], ...]


def fetch(
    url: str,
    *,
    etag: str = "",
    last_modified: str = "",
    accept: str = ACCEPT,
    fields: Mapping[str, str] | None = None,
    max_bytes: int = MAX_BYTES,
    deadline: float = DEADLINE,
    resolve: Resolver = socket.getaddrinfo,
) -> Response:
    """Asks for a URL once and returns the answer, whatever its status; the body only of a 2xx.

    Redirects are answers like others: where they lead is for the caller to judge and to ask anew.
    No cookie is sent or kept, no Referer sent, and no proxy of the environment used.

    etag, last_modified   validators of an earlier answer, sent back byte for byte
    fields                header fields of the caller's own
    max_bytes             cap on the decoded body
    deadline              seconds for everything, from the name lookup to the body's last byte
    resolve               what socket.getaddrinfo does

    Raises FetchError when there is no complete answer within the caps, or the address may not be
    asked. Safe from any thread: nothing is shared but the certificates. A connection is used once,
    for at a request a second or less to a host most would have been closed in between anyway, and a
    kept one would be a second way past the judgement of addresses and the deadline.
    """
    target = addresses.parse(url)
    all_fields = [*_fields(target, accept, etag, last_modified), *(fields or {}).items()]
    request = _request("GET", target, all_fields)
    return _exchange(url, request, target, max_bytes, deadline, resolve)


def post(
    url: str,
    form: Mapping[str, str],
    *,
    deadline: float = DEADLINE,
    resolve: Resolver = socket.getaddrinfo,
) -> Response:
    """Sends a form to a URL, as `fetch` asks for one: the same addresses, caps, deadline and errors.

    The answer's body is of no use, but one of more than MOST_REPLY bytes is an error. A
    redirect is an answer.
    """
    content = urlencode(form).encode("ascii")
    return send(url, content, "application/x-www-form-urlencoded", deadline=deadline, resolve=resolve)


def send(
    url: str,
    content: bytes,
    content_type: str,
    fields: Mapping[str, str] | None = None,
    *,
    accept: str = "*/*",
    deadline: float = DEADLINE,
    resolve: Resolver = socket.getaddrinfo,
) -> Response:
    """Posts a body to a URL, as `post` does a form; `fields` are header fields of the caller's own."""
    target = addresses.parse(url)
    all_fields = [
        *_fields(target, accept, "", ""),
        ("Content-Type", content_type),
        ("Content-Length", str(len(content))),
        *(fields or {}).items(),
    ]
    request = _request("POST", target, all_fields, content)
    return _exchange(url, request, target, MOST_REPLY, deadline, resolve)


def _exchange(
    url: str, request: httpcore2.Request, target: Target, max_bytes: int, deadline: float, resolve: Resolver
) -> Response:
    """One request over a connection of its own; everything within `deadline` seconds."""
    started = time.monotonic()
    limit = Deadline(deadline, started + deadline)
    wire_bytes = max_bytes * WIRE_FACTOR + WIRE_EXTRA
    backend = GuardedBackend(limit, wire_bytes, settings.NEWSDIFF_ALLOW_PRIVATE, resolve)
    context = certificates() if target.scheme == "https" else None
    connection = httpcore2.HTTPConnection(
        request.url.origin, ssl_context=context, network_backend=backend, socket_options=[]
    )
    try:
        answer = connection.handle_request(request)
        limit.phase = "complete answer"
        fields = _read_fields(answer)
        body = _read_body(answer, fields, max_bytes)
    except httpcore2.TimeoutException as error:
        raise limit.passed() from error
    except (httpcore2.NetworkError, httpcore2.ProtocolError) as error:
        raise errors.of_client(error) from error
    finally:
        connection.close()
    return Response(url, answer.status, fields, body, time.monotonic() - started)


@lru_cache(maxsize=1)
def certificates() -> ssl.SSLContext:
    """The certificate authorities of the system (SSL_CERT_FILE names others), read once."""
    return httpcore2.default_ssl_context()


# --- asking --------------------------------------------------------------------------------------
def _fields(target: Target, accept: str, etag: str, last_modified: str) -> list[tuple[str, str]]:
    fields = [
        ("Host", target.authority),
        ("User-Agent", settings.NEWSDIFF_USER_AGENT),
        ("Accept", accept),
        ("Accept-Encoding", ACCEPT_ENCODING),
        ("Connection", "close"),
    ]
    if E_MAIL.fullmatch(settings.NEWSDIFF_CONTACT):
        fields.append(("From", settings.NEWSDIFF_CONTACT))  # RFC 9110, 10.1.2: an address for mail
    return fields + http.conditional_fields(etag, last_modified)


def _request(
    method: str, target: Target, fields: list[tuple[str, str]], content: bytes | None = None
) -> httpcore2.Request:
    try:
        # Latin-1 gives back the very bytes that a field came in, for validators.
        encoded = [(name.encode("ascii"), value.encode("latin-1")) for name, value in fields]
    except UnicodeEncodeError as error:
        raise FetchError(f"the request cannot be sent: {error.object[:100]!r} in a header field") from error
    url = httpcore2.URL(scheme=target.scheme, host=target.host, port=target.port, target=target.target)
    return httpcore2.Request(method, url, headers=encoded, content=content)


# --- reading -------------------------------------------------------------------------------------
def _read_fields(answer: httpcore2.Response) -> Fields:
    if len(answer.headers) > MOST_HEADER_FIELDS:
        raise FetchError(f"more than {MOST_HEADER_FIELDS} header fields")
    if sum(len(name) + len(value) for name, value in answer.headers) > MOST_HEADER_BYTES:
        raise FetchError(errors.OVERLONG_HEAD)
    return tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in answer.headers)


def _read_body(answer: httpcore2.Response, fields: Fields, max_bytes: int) -> bytes:
    """The decoded body, given up as soon as it is known to be larger than `max_bytes`.

    Of an answer other than 2xx the status says all, and it is to be judged even if its body is
    broken, endless or large: that body is not read.
    """
    if not 200 <= answer.status <= 299:
        return b""
    head = Response("", answer.status, fields, b"")
    length = head.header("content-length").strip()
    if length.isdigit() and len(length.lstrip("0")) <= 18 and int(length) > max_bytes:
        raise too_large(max_bytes)
    return decoded(answer.iter_stream(), head.combined("content-encoding"), max_bytes)
