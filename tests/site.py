"""A scriptable web site on the loopback interface, and what was asked of it."""

import gzip
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Page:
    """What a path answers with."""

    body: str | bytes = ""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    kind: str = "text/html; charset=utf-8"
    is_unmeasured: bool = False  # without a length: its end is that of the connection


@dataclass(frozen=True)
class Asked:
    """One request as it came."""

    at: float
    path: str
    headers: dict[str, str]


Answer = Page | Callable[["Asked"], Page]


class Site:
    """Serves `pages`; a test changes them between two looks."""

    def __init__(self) -> None:
        self.pages: dict[str, Answer] = {}
        self.asked: list[Asked] = []
        site = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                site._answer(self)

            def log_message(self, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        self.base = f"http://127.0.0.1:{self._server.server_address[1]}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def url(self, path: str) -> str:
        return self.base + path

    def paths(self) -> list[str]:
        """The paths asked for, in order."""
        return [asked.path for asked in self.asked]

    def _answer(self, handler: BaseHTTPRequestHandler) -> None:
        asked = Asked(time.monotonic(), handler.path, {k.lower(): v for k, v in handler.headers.items()})
        self.asked.append(asked)
        found = self.pages.get(handler.path, Page("<h1>Not found</h1>", 404))
        page = found(asked) if callable(found) else found
        body = page.body.encode() if isinstance(page.body, str) else page.body
        headers = dict(page.headers)
        if "etag" in {k.lower() for k in headers} and asked.headers.get("if-none-match") == headers["ETag"]:
            page = Page(status=304)
            body = b""
        is_as_it_is = page.is_unmeasured or "Content-Encoding" in headers
        if not is_as_it_is and len(body) > 500 and "gzip" in asked.headers.get("accept-encoding", ""):
            body = gzip.compress(body)
            headers["Content-Encoding"] = "gzip"
        handler.send_response(page.status)
        handler.send_header("Content-Type", page.kind)
        if page.is_unmeasured:
            handler.send_header("Connection", "close")
        else:
            handler.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(body)


def rss(*links: str, title: str = "The Quiet Harbour") -> Page:
    """A small RSS 2.0 feed that names these addresses."""
    entries = "".join(f"<item><title>About {link}</title><link>{link}</link></item>" for link in links)
    text = f'<?xml version="1.0"?><rss version="2.0"><channel><title>{title}</title><link>/</link>{entries}'
    return Page(f"{text}</channel></rss>", kind="application/rss+xml")


# Sentences enough for a body that no rule takes for a stub.
FILLER = [
    "The harbour board met on Tuesday evening to hear how the new breakwater had stood the winter.",
    "Engineers told members that the sea wall had moved less than the width of a hand in five months.",
    "Fishing crews had asked for a second crane since the autumn, when three boats waited for hours.",
    "Nobody at the meeting spoke against the plan, though several residents wondered about the noise.",
    "The treasurer said the reserve would cover the first year, and grants were expected to follow.",
    "A report on the lighthouse, which has needed paint since the storms, was put off until spring.",
]


def article(title: str = "Harbour board hears of a calm winter", *paragraphs: str, head: str = "") -> Page:
    """A news page with a headline, some navigation and these paragraphs (default: FILLER)."""
    body = "".join(f"<p>{text}</p>" for text in paragraphs or FILLER)
    return Page(
        f"<!doctype html><html lang=en><head><title>{title} | The Quiet Harbour</title>{head}</head><body>"
        f"<header><nav><a href=/>Home</a> <a href=/sea>Sea</a></nav></header>"
        f"<main><article><h1>{title}</h1>{body}</article></main>"
        f"<footer><p>Printed on the quay.</p></footer></body></html>"
    )
