"""The ways in which a site fails, one function each: an answer to be given, and given wrongly."""

import gzip
import random
import socket
import struct
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from email.utils import formatdate
from functools import lru_cache
from http.server import BaseHTTPRequestHandler

PATIENCE = 30.0  # seconds for which a silent site waits that the other side hangs up
DRIP = 0.2  # seconds between two bytes of a slow site

WALL = """<!doctype html><html lang=en><head><title>Just a moment...</title></head><body><main>
<h1>Checking your browser</h1><p>Please wait while we check that you are not a robot. This takes a few
seconds. Please enable JavaScript and cookies to continue.</p><p>Access is protected.</p></main></body></html>"""
SOFT_404 = """<!doctype html><html lang=en><head><title>Page not found</title></head><body><main>
<h1>Page not found</h1><p>We are sorry: the page you are looking for cannot be found. It may have been moved
or removed.</p><p>Go to the front page, or try a search.</p></main></body></html>"""


@dataclass
class Answering:
    """A request under way, and the page that a sound site would give.

    pause   tells the site that it does not want to be asked again for so many seconds
    """

    handler: BaseHTTPRequestHandler
    page: bytes
    random: random.Random
    pause: Callable[[float], None]

    def send(self, status: int, body: bytes = b"", *, length: int | None = None, **fields: str) -> None:
        """A head and a body; `length` is what Content-Length says, below 0: nothing."""
        self.handler.send_response(status)
        self.handler.send_header("Content-Type", "text/html; charset=utf-8")
        for name, value in fields.items():
            self.handler.send_header(name.replace("_", "-"), value)
        if length is None or length >= 0:
            self.handler.send_header("Content-Length", str(len(body) if length is None else length))
        self.handler.end_headers()
        self.handler.wfile.write(body)

    def reset(self) -> None:
        """Ends the connection so that the other side gets an RST."""
        self.handler.wfile.flush()
        linger = struct.pack("ii", 1, 0)
        self.handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.handler.connection.close()

    def some(self) -> bytes:
        """The page broken off, half the time just where a paragraph ends."""
        ends = [at for at in range(len(self.page)) if self.page.startswith(b"</p>", at)]
        if len(ends) > 3 and self.random.random() < 0.5:
            return self.page[: self.random.choice(ends[1:-1]) + 4]
        return self.page[: self.random.randrange(1, max(2, len(self.page) * 9 // 10))]

    def wait_for_hang_up(self) -> None:
        """Says nothing until the other side goes, or for `PATIENCE`."""
        self.handler.connection.settimeout(PATIENCE)
        with suppress(OSError):  # it waits longer than we do, or goes with a reset
            self.handler.connection.recv(1)


def status_500(answering: Answering) -> None:
    answering.send(500, b"<h1>Internal Server Error</h1>")


def status_503(answering: Answering) -> None:
    seconds = answering.random.randint(1, 3)
    answering.pause(seconds)
    as_date = answering.random.random() < 0.5
    after = formatdate(time.time() + seconds, usegmt=True) if as_date else str(seconds)
    answering.send(503, b"<h1>Down for maintenance</h1>", Retry_After=after)


def status_429(answering: Answering) -> None:
    seconds = answering.random.randint(0, 2)
    if not seconds:
        answering.send(429, b"<h1>Too many requests</h1>")
        return
    answering.pause(seconds)
    answering.send(429, b"<h1>Too many requests</h1>", Retry_After=str(seconds))


def status_404(answering: Answering) -> None:
    answering.send(404, SOFT_404.encode())


def status_403(answering: Answering) -> None:
    answering.send(403, WALL.encode())


def no_answer(answering: Answering) -> None:
    answering.wait_for_hang_up()


def reset_before(answering: Answering) -> None:
    answering.reset()


def reset_within(answering: Answering) -> None:
    answering.send(200, answering.some(), length=len(answering.page))
    answering.reset()


def ends_early(answering: Answering) -> None:
    answering.send(200, answering.some(), length=len(answering.page))


def chunks_end_early(answering: Answering) -> None:
    some = answering.some()
    chunk = b"%x\r\n%s\r\n" % (len(some), some)
    answering.send(200, chunk, length=-1, Transfer_Encoding="chunked")


def gzip_ends_early(answering: Answering) -> None:
    packed = gzip.compress(answering.page)
    answering.send(200, packed[: len(packed) // 2], length=-1, Content_Encoding="gzip")


def ends_early_unnoticed(answering: Answering) -> None:
    """Without a Content-Length the end of the connection is the end of the page (RFC 9112, 6.3)."""
    answering.send(200, answering.some(), length=-1)


def length_too_small(answering: Answering) -> None:
    answering.send(200, answering.page, length=len(answering.some()))


def length_too_large(answering: Answering) -> None:
    answering.send(200, answering.page, length=len(answering.page) + answering.random.randint(1, 5000))


def slow_bytes(answering: Answering) -> None:
    answering.send(200, length=len(answering.page))
    for at in range(int(PATIENCE / DRIP)):
        answering.handler.wfile.write(answering.page[at : at + 1])
        time.sleep(DRIP)


def empty(answering: Answering) -> None:
    answering.send(200)


def soft_404(answering: Answering) -> None:
    answering.send(200, SOFT_404.encode())


def robot_wall(answering: Answering) -> None:
    answering.send(200, WALL.encode())


@lru_cache(maxsize=1)
def _bomb() -> bytes:
    return gzip.compress(bytes(100_000_000), 9)


def bomb(answering: Answering) -> None:
    answering.send(200, _bomb(), Content_Encoding="gzip")


def redirect_loop(answering: Answering) -> None:
    answering.send(answering.random.choice((301, 302, 307, 308)), Location="/loop/0")


QUICK: tuple[Callable[[Answering], None], ...] = (
    status_500,
    status_503,
    status_429,
    status_404,
    status_403,
    reset_before,
    reset_within,
    ends_early,
    chunks_end_early,
    gzip_ends_early,
    ends_early_unnoticed,
    length_too_small,
    length_too_large,
    empty,
    soft_404,
    robot_wall,
    bomb,
    redirect_loop,
)
SLOW: tuple[Callable[[Answering], None], ...] = (
    no_answer,
    slow_bytes,
)  # they hold a host for a fetch's deadline
