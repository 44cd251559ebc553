"""The client against servers that answer well, badly, endlessly or not at all."""

import gzip
import socket
import ssl
import struct
import threading
import time
import tracemalloc
import zlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from ipaddress import ip_network
from pathlib import Path

import brotli
import pytest
from backports import zstd

from articles.fetching import FetchError, addresses, client, decoding, fetch

LOOPBACK = [ip_network("127.0.0.0/8")]
CERTIFICATE = Path(__file__).parent / "data" / "tls" / "news.example.pem"  # made for these tests
PAGE = "<p>Grüße</p>".encode()

Handler = Callable[[socket.socket], None]


class Server:
    """Listens at `host`; gives each connection to `handle`, its request read unless `unasked`."""

    def __init__(
        self,
        handle: Handler,
        context: ssl.SSLContext | None = None,
        unasked: bool = False,
        host: str = "127.0.0.1",
    ) -> None:
        self.handle, self.context, self.unasked = handle, context, unasked
        self.requests: list[bytes] = []
        self.connections = 0
        self.closing = threading.Event()
        self.socket = socket.create_server((host, 0))
        self.port = self.socket.getsockname()[1]
        self.url = f"http://{host}:{self.port}/"
        self.thread = threading.Thread(target=self._accept, daemon=True)
        self.thread.start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with suppress(OSError), connection:
            if self.context:
                connection = self.context.wrap_socket(connection, server_side=True)
            if not self.unasked:
                self.requests.append(connection.recv(65536))
            self.handle(connection)

    def close(self) -> None:
        self.closing.set()
        with suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()
        self.thread.join(5)

    def fields(self, number: int = -1) -> list[tuple[str, str]]:
        """The header fields of a request, as they came."""
        lines = self.requests[number].decode("latin-1").split("\r\n\r\n")[0].split("\r\n")[1:]
        return [tuple(line.split(": ", 1)) for line in lines]


def sends(raw: bytes) -> Handler:
    return lambda connection: connection.sendall(raw)


def answer(body: bytes = PAGE, status: str = "200 OK", *fields: str) -> bytes:
    head = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *fields]
    return "\r\n".join(head).encode("latin-1") + b"\r\n\r\n" + body


@pytest.fixture
def serve(settings):
    """Starts servers that the client may reach."""
    settings.NEWSDIFF_ALLOW_PRIVATE = LOOPBACK
    servers = []

    def start(handle: Handler | bytes, **options) -> Server:
        servers.append(Server(sends(handle) if isinstance(handle, bytes) else handle, **options))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


def names(**hosts: str):
    """A resolver for these names alone; it notes what it was asked."""

    def resolve(host, port, **options):
        resolve.asked.append(host)
        found = hosts.get(host.replace(".example", ""), "")
        if not found:
            raise socket.gaierror(socket.EAI_NONAME, "unknown")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (a, port)) for a in found.split()]

    resolve.asked = []
    return resolve


def reason_of(url: str, **options) -> str:
    with pytest.raises(FetchError) as raised:
        fetch(url, **options)
    assert str(raised.value) == raised.value.reason
    return raised.value.reason


# --- a plain exchange ------------------------------------------------------------------------------
def test_an_answer_is_given_as_it_came(serve):
    server = serve(answer(PAGE, "200 OK", "Content-Type: text/html; charset=UTF-8", 'ETag: "x"', "ETag: y"))
    response = fetch(server.url + "a?b=c#part")
    assert (response.status, response.body, response.charset) == (200, PAGE, "utf-8")
    assert response.url == server.url + "a?b=c#part"
    assert [value for name, value in response.headers if name == "ETag"] == ['"x"', "y"]
    assert 0 < response.seconds < 20
    assert server.requests[0].startswith(b"GET /a?b=c HTTP/1.1\r\n")


def test_who_we_are_is_said_and_nothing_else(serve, settings):
    settings.NEWSDIFF_USER_AGENT = "newsdiff/9 (+https://diff.example/about/)"
    settings.NEWSDIFF_CONTACT = "https://diff.example/about/"
    server = serve(answer())
    fetch(server.url, accept="text/html")
    assert server.fields() == [
        ("Host", f"127.0.0.1:{server.port}"),
        ("User-Agent", "newsdiff/9 (+https://diff.example/about/)"),
        ("Accept", "text/html"),
        ("Accept-Encoding", "gzip, deflate, br, zstd"),
        ("Connection", "close"),
    ]


@pytest.mark.parametrize(
    ("contact", "sender"),
    [("desk@diff.example", "desk@diff.example"), ("https://a@diff.example/", None), ("us @x", None)],
)
def test_rfc9110_10_1_2_from_is_for_an_e_mail_address(serve, settings, contact, sender):
    settings.NEWSDIFF_CONTACT = contact
    server = serve(answer())
    fetch(server.url)
    assert dict(server.fields()).get("From") == sender


def test_rfc9110_13_1_validators_are_sent_back_byte_for_byte(serve):
    server = serve(b'HTTP/1.1 200 OK\r\nETag: W/"caf\xe9"\r\nLast-Modified: yesterday  \r\n\r\nx')
    first = fetch(server.url)
    fetch(server.url, etag=first.header("etag"), last_modified=first.header("last-modified"))
    assert b'\r\nIf-None-Match: W/"caf\xe9"\r\n' in server.requests[1]
    assert b"\r\nIf-Modified-Since: yesterday\r\n" in server.requests[1]
    assert b"If-" not in server.requests[0]


def test_not_modified_is_an_answer_whatever_length_it_names(serve):
    server = serve(b'HTTP/1.1 304 Not Modified\r\nContent-Length: 99999999\r\nETag: "x"\r\n\r\n')
    response = fetch(server.url, etag='"x"')
    assert (response.status, response.body, response.header("etag")) == (304, b"", '"x"')


def test_no_cookie_is_kept_and_no_referer_sent(serve):
    server = serve(answer(PAGE, "200 OK", "Set-Cookie: a=b; Path=/"))
    for _ in range(2):
        fetch(server.url)
    sent = b"".join(server.requests).lower()
    assert b"cookie" not in sent
    assert b"referer" not in sent


@pytest.mark.parametrize("status", ["301 Moved Permanently", "302 Found", "303 See Other", "307 T", "308 P"])
def test_a_redirect_is_given_back_and_not_followed(serve, status):
    server = serve(answer(b"moved", status, "Location: /elsewhere"))
    response = fetch(server.url)
    assert (str(response.status), response.header("location")) == (status[:3], "/elsewhere")
    assert len(server.requests) == 1


def test_a_status_is_judged_even_if_its_body_is_endless(serve):
    def busy(connection):
        connection.sendall(b"HTTP/1.1 503 S\r\nRetry-After: 30\r\nContent-Encoding: gzip\r\n\r\n")
        while True:
            connection.sendall(b"x" * 65536)

    response = fetch(serve(busy).url)
    assert (response.status, response.header("retry-after"), response.body) == (503, "30", b"")


def test_proxies_of_the_environment_are_not_used(serve, monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9/")
    assert fetch(serve(answer()).url).body == PAGE


def test_the_name_is_sent_and_its_address_dialled(serve):
    server = serve(answer())
    resolve = names(news="127.0.0.1")
    assert fetch(f"http://NEWS.example.:{server.port}/", resolve=resolve).body == PAGE
    assert server.fields()[0] == ("Host", f"news.example:{server.port}")
    assert resolve.asked == ["news.example"]


def test_the_next_address_is_tried_where_one_does_not_answer(serve):
    server = serve(answer())
    closed = names(news="127.0.0.2 127.0.0.1")
    assert fetch(f"http://news.example:{server.port}/", resolve=closed).body == PAGE


def test_many_threads_get_each_their_own_answer(serve):
    def echo(connection):
        connection.sendall(answer(connection.recv(65536).split()[1]))

    server = serve(echo, unasked=True)
    with ThreadPoolExecutor(8) as pool:
        bodies = [r.body for r in pool.map(fetch, (f"{server.url}{number}" for number in range(40)))]
    assert bodies == [f"/{number}".encode() for number in range(40)]


# --- where it does not go --------------------------------------------------------------------------
INSIDE = [
    "http://127.0.0.1:PORT/",
    "http://localhost:PORT/",
    "http://LOCALHOST.:PORT/",
    "http://2130706433:PORT/",
    "http://0x7f000001:PORT/",
    "http://0x7f.0.0.1:PORT/",
    "http://0177.0.0.1:PORT/",
    "http://127.1:PORT/",
    "http://0:PORT/",
    "http://0.0.0.0:PORT/",
    "http://127.0.0.1.:PORT/",
    "http://127.3.2.1:PORT/",
    "http://１２７.０.０.１:PORT/",
    "http://127。0。0。1:PORT/",
    "http://①②⑦.0.0.1:PORT/",
    "http://%31%32%37.0.0.1:PORT/",
    "http://[::1]:PORT/",
    "http://[::]:PORT/",
    "http://[::ffff:127.0.0.1]:PORT/",
    "http://[::ffff:7f00:1]:PORT/",
    "http://[::127.0.0.1]:PORT/",
    "http://[64:ff9b::7f00:1]:PORT/",
    "http://[2002:7f00:1::]:PORT/",
    "http://[fe80::1%25lo]:PORT/",
    "http://[::1%25lo]:PORT/",
    "http://127.0.0.1:0/",
    "http://169.254.169.254/latest/meta-data/",
    "http://[fd00:ec2::254]/latest/meta-data/",
    "http://100.100.100.200/latest/meta-data/",
    "http://168.63.129.16/machine",
    "http://10.0.0.1/",
    "http://192.168.0.1/",
    "http://user@127.0.0.1:PORT/",
    "http://news.example@127.0.0.1:PORT/",
    "http://127.0.0.1:PORT\\@news.example/",
    "http://news.example\\@127.0.0.1:PORT/",
    "http://127.0.0.1:PORT#@news.example/",
    "http:127.0.0.1:PORT/",
    "http:///127.0.0.1:PORT/",
    "//127.0.0.1:PORT/",
    "http://127.0.0.1\t:PORT/",
    "http://127.0.0.1:PORT\r\nX: y/",
    " http://127.0.0.1:PORT/",
    "ws://127.0.0.1:PORT/",
    "ftp://127.0.0.1:PORT/",
    "gopher://127.0.0.1:PORT/_GET",
    "file:///etc/passwd",
    "unix:///run/docker.sock",
    "data:text/html,x",
    "",
]


@pytest.mark.parametrize("url", INSIDE)
def test_nothing_inside_is_reached(serve, settings, monkeypatch, url):
    server = serve(answer(b"SECRET"))
    settings.NEWSDIFF_ALLOW_PRIVATE = []
    # So that nothing but the judgement of the address stands between the client and the server.
    monkeypatch.setattr(addresses, "WEB_PORTS", {server.port, 80})
    assert reason_of(url.replace("PORT", str(server.port))).startswith("refused: ")
    assert server.connections == 0


def test_the_same_server_is_reached_where_the_operator_allows_it(serve):
    assert fetch(serve(answer(b"SECRET")).url).body == b"SECRET"


@pytest.mark.parametrize("port", [22, 25, 6379, 5432, 8081])
def test_a_public_host_is_asked_at_web_ports_only(settings, port):
    settings.NEWSDIFF_ALLOW_PRIVATE = []
    reason = reason_of(f"http://news.example:{port}/", resolve=names(news="93.184.215.14"))
    assert reason == (
        f"refused: news.example is at 93.184.215.14, which is a public address, where port {port} is not asked"
    )


def test_the_reason_says_what_was_refused(settings):
    settings.NEWSDIFF_ALLOW_PRIVATE = []
    assert reason_of("http://169.254.169.254/") == (
        "refused: 169.254.169.254 is a private address (link-local), and not in NEWSDIFF_ALLOW_PRIVATE"
    )
    assert reason_of("http://intranet.example/", resolve=names(intranet="10.1.2.3")) == (
        "refused: intranet.example is at 10.1.2.3, which is a private address, and not in NEWSDIFF_ALLOW_PRIVATE"
    )


def test_a_name_with_a_public_and_a_private_address_is_refused_whole(serve, settings):
    server = serve(answer())
    settings.NEWSDIFF_ALLOW_PRIVATE = [ip_network("127.0.0.1/32")]
    for found in ("127.0.0.1 10.0.0.1", "10.0.0.1 127.0.0.1"):
        reason = reason_of(f"http://mixed.example:{server.port}/", resolve=names(mixed=found))
        assert reason.startswith("refused: mixed.example is at 10.0.0.1, ")
    assert server.connections == 0


def test_a_name_that_changes_its_address_gains_nothing(serve, settings):
    """Rebinding: each exchange asks once and dials what it was told; the next is judged anew."""
    settings.NEWSDIFF_ALLOW_PRIVATE = [ip_network("127.0.0.1/32")]
    server = serve(answer())
    told = ["127.0.0.1", "127.0.0.9"]

    def rebinding(host, port, **options):
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (told.pop(0), port))]

    url = f"http://rebind.example:{server.port}/"
    assert fetch(url, resolve=rebinding).body == PAGE
    assert told == ["127.0.0.9"]
    assert reason_of(url, resolve=rebinding).startswith("refused: rebind.example is at 127.0.0.9, ")
    assert server.connections == 1


def test_allowed_networks_are_read_at_each_call(serve, settings):
    server = serve(answer())
    assert fetch(server.url).status == 200
    settings.NEWSDIFF_ALLOW_PRIVATE = []
    assert reason_of(server.url).startswith("refused: ")


# --- deadlines -------------------------------------------------------------------------------------
def drips(head: bytes, drip: bytes) -> Handler:
    def handle(connection):
        connection.sendall(head)
        while True:
            connection.sendall(drip)
            time.sleep(0.05)

    return handle


@pytest.mark.parametrize(
    ("handler", "reason"),
    [
        (
            drips(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", b"x"),
            "no complete answer within 1.5 s",
        ),
        (drips(b"HTTP/1.1 200 OK\r\n\r\n", b"x"), "no complete answer within 1.5 s"),
        (
            drips(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
            "no complete answer within 1.5 s",
        ),
        (drips(b"HTTP/1.1 200 OK\r\n", b"X-A: b\r\n"), "no answer within 1.5 s"),
        (drips(b"", b"H"), "no answer within 1.5 s"),
        (drips(b"", b"HTTP/1.1 100 Continue\r\n\r\n"), "no answer within 1.5 s"),
    ],
    ids=["body", "body to the end", "chunks", "header fields", "status line", "interim answers"],
)
def test_a_byte_now_and_then_ends_at_the_deadline(serve, handler, reason):
    assert reason_of(serve(handler).url, deadline=1.5) == reason


def test_a_silent_server_ends_at_the_deadline(serve):
    server = serve(lambda connection: server.closing.wait(5))
    assert reason_of(server.url, deadline=1) == "no answer within 1 s"


def test_a_silent_name_service_ends_at_the_deadline():
    awake = threading.Event()

    def asleep(*args, **options):
        awake.wait(5)
        return []

    try:
        reason = reason_of("http://slow.example/", deadline=1, resolve=asleep)
    finally:
        awake.set()
    assert reason == "no answer from the name service within 1 s"


def test_a_tls_handshake_that_drips_ends_at_the_deadline(serve):
    record = b"\x16\x03\x03\x40\x00"  # announces 16 KB of handshake, which then come one by one
    server = serve(drips(record, b"\x02"), unasked=True)
    assert reason_of(server.url.replace("http:", "https:"), deadline=1.5) == "no answer within 1.5 s"


# --- caps ------------------------------------------------------------------------------------------
ZEROS = bytes(40_000_000)
CAP = 1_000_000
BOMBS = {
    "gzip": gzip.compress(ZEROS, 9),
    "deflate": zlib.compress(ZEROS, 9),
    "br": brotli.compress(ZEROS, quality=3),
    "zstd": zstd.compress(ZEROS),
}


@pytest.mark.parametrize("coding", BOMBS)
def test_a_bomb_is_stopped_near_the_cap(serve, coding):
    server = serve(answer(BOMBS[coding], "200 OK", f"Content-Encoding: {coding}"))
    reason_of(server.url, max_bytes=CAP)  # loads what a process loads once
    tracemalloc.start()
    try:
        assert reason_of(server.url, max_bytes=CAP) == "more than 1 MB"
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < CAP + 1_000_000


@pytest.mark.parametrize("coding", BOMBS)
def test_no_piece_of_a_bomb_is_large(coding):
    pieces = decoding.decoder_for(coding).feed(BOMBS[coding])
    sizes = [len(piece) for piece in pieces]
    assert sum(sizes) == len(ZEROS)
    assert max(sizes) <= 2 * decoding.STEP


def test_a_zstd_window_beyond_8_mb_is_refused(serve):
    options = {zstd.CompressionParameter.window_log: 27}
    body = zstd.compress(ZEROS, options=options)
    server = serve(answer(body, "200 OK", "Content-Encoding: zstd"))
    assert reason_of(server.url, max_bytes=10**9) == "broken zstd data"


def test_the_cap_is_exact(serve):
    server = serve(b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 1000)
    assert len(fetch(server.url, max_bytes=1000).body) == 1000
    assert reason_of(server.url, max_bytes=999) == "more than 0.000999 MB"


def test_a_body_announced_too_large_is_not_read(serve):
    def announce(connection):
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2000000\r\n\r\n")
        server.closing.wait(5)

    server = serve(announce)
    assert reason_of(server.url, max_bytes=CAP) == "more than 1 MB"


@pytest.mark.parametrize(
    ("head", "reason"),
    [
        (b"X-A: b\r\n" * 300, "more than 250 header fields"),
        (b"X-A: " + b"b" * 70_000 + b"\r\n", "too many bytes of header fields"),
        (b"X-A: " + b"b" * 500_000 + b"\r\n", "too many bytes of header fields"),
    ],
    ids=["count", "bytes", "bytes beyond the parser's own cap"],
)
def test_header_fields_are_capped(serve, head, reason):
    server = serve(b"HTTP/1.1 200 OK\r\n" + head + b"Content-Length: 1\r\n\r\nx")
    assert reason_of(server.url) == reason


def floods(head: bytes, flood: bytes) -> Handler:
    def handle(connection):
        connection.sendall(head)
        while True:
            connection.sendall(flood * 1000)

    return handle


@pytest.mark.parametrize(
    ("head", "flood"),
    [
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
            b"1;" + b"e" * 500 + b"\r\nx\r\n",
        ),
        (
            b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n\x1f\x8b\x08\0\0\0\0\0\0\x03",
            b"\0\0\0\xff\xff",
        ),
    ],
    ids=["interim answers", "chunk extensions", "empty blocks of gzip"],
)
def test_bytes_that_never_become_body_are_capped_too(serve, head, flood):
    assert (
        reason_of(serve(floods(head, flood)).url, max_bytes=100_000) == "too many bytes sent for one answer"
    )


# --- content codings -------------------------------------------------------------------------------
RAW_DEFLATE = zlib.compressobj(wbits=-zlib.MAX_WBITS)
TEXT = b"The quick brown fox. " * 5000
CODED = {
    "gzip": gzip.compress(TEXT),
    "x-gzip": gzip.compress(TEXT),
    "GZip": gzip.compress(TEXT[:999]) + gzip.compress(TEXT[999:]),
    "deflate": zlib.compress(TEXT),
    "Deflate": RAW_DEFLATE.compress(TEXT) + RAW_DEFLATE.flush(),
    "br": brotli.compress(TEXT),
    "zstd": zstd.compress(TEXT),
    "identity, zstd": zstd.compress(TEXT[:999]) + zstd.compress(TEXT[999:]),
    "identity": TEXT,
}


@pytest.mark.parametrize("coding", CODED)
def test_codings_are_undone(serve, coding):
    server = serve(answer(CODED[coding], "200 OK", f"Content-Encoding: {coding}"))
    assert fetch(server.url).body == TEXT


@pytest.mark.parametrize("coding", CODED)
@pytest.mark.parametrize("size", [1, 7, 1000])
def test_codings_are_undone_from_pieces_of_any_size(coding, size):
    decoder, data = decoding.decoder_for(coding), CODED[coding]
    pieces = [p for start in range(0, len(data), size) for p in decoder.feed(data[start : start + size])]
    decoder.finish()
    assert b"".join(pieces) == TEXT


@pytest.mark.parametrize("length", [decoding.STEP - 1, decoding.STEP, decoding.STEP + 1, 3 * decoding.STEP])
@pytest.mark.parametrize("coding", BOMBS)
def test_nothing_is_left_in_a_decoder_at_the_border_of_a_step(coding, length):
    encode = {"gzip": gzip.compress, "deflate": zlib.compress, "br": brotli.compress, "zstd": zstd.compress}
    decoder = decoding.decoder_for(coding)
    assert b"".join(decoder.feed(encode[coding](bytes(length)))) == bytes(length)
    decoder.finish()


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd"])
def test_an_empty_body_needs_no_end_mark(serve, coding):
    assert fetch(serve(answer(b"", "200 OK", f"Content-Encoding: {coding}")).url).body == b""


def test_zeros_after_a_gzip_body_are_padding(serve):
    server = serve(answer(gzip.compress(TEXT) + bytes(100), "200 OK", "Content-Encoding: gzip"))
    assert fetch(server.url).body == TEXT


@pytest.mark.parametrize(
    ("coding", "reason"),
    [("gzip, br", "encoded more than once: gzip, br"), ("compress", "unknown content coding: compress")],
)
def test_codings_that_were_not_offered(serve, coding, reason):
    assert reason_of(serve(answer(PAGE, "200 OK", f"Content-Encoding: {coding}")).url) == reason


# --- answers that are cut short or broken ------------------------------------------------------------
@pytest.mark.parametrize("coding", ["gzip", "deflate", "Deflate", "br", "zstd"])
@pytest.mark.parametrize("keep", [0.01, 0.5, 0.999])
def test_a_cut_coding_is_never_taken_for_whole(serve, coding, keep):
    whole = CODED[coding]
    body = whole[: max(1, int(len(whole) * keep))]
    server = serve(answer(body, "200 OK", f"Content-Encoding: {coding}"))
    assert reason_of(server.url) == f"answer cut short: {coding.lower()} data ends too early"


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd"])
def test_data_that_is_not_in_its_coding(serve, coding):
    server = serve(
        answer(b"<p>plain text, whatever the field says</p>", "200 OK", f"Content-Encoding: {coding}")
    )
    assert reason_of(server.url) == f"broken {coding} data"


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello", "answer cut short: "),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", "answer cut short: "),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel", "answer cut short: "),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n",
            "not a valid HTTP answer: ",
        ),
        (
            b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 3\r\n\r\nhello",
            "not a valid HTTP answer: ",
        ),
        (b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nhello", "not a valid HTTP answer: "),
        (b"HTTP/1.1 200 OK\r\nContent-Le", "connection closed without an answer"),
        (b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n", "not a valid HTTP answer: "),
        (b"SSH-2.0-OpenSSH_9.2\r\n\r\n", "not a valid HTTP answer: "),
        (b"<p>HTTP/0.9</p>\r\n\r\n", "not a valid HTTP answer: "),
        (b"", "connection closed without an answer"),
    ],
)
def test_a_broken_answer_is_a_failure(serve, raw, reason):
    assert reason_of(serve(raw).url).startswith(reason)


def test_a_reset_connection_is_a_failure(serve):
    def reset(connection):
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.close()

    assert reason_of(serve(reset).url) == "connection reset"


def test_a_closed_port_is_a_failure(serve):
    server = serve(answer())
    server.close()
    assert reason_of(server.url) == "connection refused"


def test_an_unknown_host_is_a_failure():
    assert reason_of("http://nowhere.example/", resolve=names()) == "there is no host named nowhere.example"


def test_a_name_service_in_trouble_is_told_from_an_unknown_host():
    def in_trouble(*args, **options):
        raise socket.gaierror(socket.EAI_AGAIN, "try again")

    reason = reason_of("http://news.example/", resolve=in_trouble)
    assert reason == "the name service could not look up news.example for now"


@pytest.mark.parametrize("etag", ['"a\r\nX-Evil: b"', '"€"'])
def test_a_validator_that_cannot_be_sent_is_a_failure(serve, etag):
    server = serve(answer())
    assert reason_of(server.url, etag=etag).startswith("the request cannot be sent: ")
    assert b"".join(server.requests) == b""  # a connection may have been opened, and closed unused


def test_the_cause_is_kept(serve):
    server = serve(answer())
    server.close()
    with pytest.raises(FetchError) as raised:
        fetch(server.url)
    causes, error = [], raised.value
    while error.__cause__ is not None:
        error = error.__cause__
        causes.append(type(error))
    assert ConnectionRefusedError in causes


# --- TLS -------------------------------------------------------------------------------------------
@pytest.fixture
def secure(serve):
    """A TLS server for news.example; `names_asked` collects what clients call it (SNI)."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE)
    asked = []
    context.sni_callback = lambda sock, name, ctx: asked.append(name)
    server = serve(answer(), context=context)
    server.names_asked = asked
    server.url = f"https://news.example:{server.port}/"
    return server


@pytest.fixture
def trusting(monkeypatch):
    """The client trusts the certificate of the tests."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(CERTIFICATE)
    monkeypatch.setattr(client, "certificates", lambda: context)


def test_a_certificate_that_nobody_vouches_for_is_refused(secure):
    reason = reason_of(secure.url, resolve=names(news="127.0.0.1"))
    assert reason.startswith("certificate not valid: ")
    assert secure.requests == []


@pytest.mark.usefixtures("trusting")
def test_the_name_goes_into_sni_and_is_checked_against_the_certificate(secure):
    assert fetch(secure.url, resolve=names(news="127.0.0.1")).body == PAGE
    assert secure.names_asked == ["news.example"]
    assert secure.fields()[0] == ("Host", f"news.example:{secure.port}")


@pytest.mark.usefixtures("trusting")
@pytest.mark.parametrize("host", ["other.example", "127.0.0.1"])
def test_the_certificate_of_another_host_is_refused(secure, host):
    url = secure.url.replace("news.example", host)
    reason = reason_of(url, resolve=names(other="127.0.0.1"))
    assert reason.startswith("certificate not valid: ")
    assert secure.requests == []


def test_a_server_without_tls_is_a_failure(serve):
    server = serve(b"HTTP/1.1 400 Bad Request\r\n\r\n")
    assert reason_of(server.url.replace("http:", "https:")).startswith("TLS failed: ")
