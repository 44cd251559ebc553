"""A WebSub hub for the tests, over TLS on the loopback interface, as hub of news.example."""

import hashlib
import hmac
import ssl
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

from django.test import Client

CERTIFICATE = Path(__file__).parent / "data" / "tls" / "news.example.pem"


class Hub:
    """Takes subscriptions; a test makes it confirm, deny and tell of news.

    asked     the forms it got, newest last
    status    what it answers them with
    location  where it sends them instead, with `status`
    at_once   whether it confirms before it answers
    """

    def __init__(self) -> None:
        self.asked: list[dict[str, str]] = []
        self.headers: list[dict[str, str]] = []
        self.status, self.location, self.at_once = 202, "", False
        hub = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                hub._take(self)

            def log_message(self, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(CERTIFICATE)
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        self.url = f"https://news.example:{self._server.server_address[1]}/hub"
        self.client = Client(headers={"host": "diff.example.org"})

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _take(self, handler: BaseHTTPRequestHandler) -> None:
        body = handler.rfile.read(int(handler.headers["Content-Length"])).decode()
        self.asked.append({name: values[0] for name, values in parse_qs(body, strict_parsing=True).items()})
        self.headers.append({name.lower(): value for name, value in handler.headers.items()})
        handler.send_response(self.status)
        if self.location and handler.path == "/hub":
            handler.send_header("Location", self.location)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    # --- what it sends ---------------------------------------------------------------------------
    @property
    def callback(self) -> str:
        """The path of the address that the last subscriber gave."""
        return urlsplit(self.asked[-1]["hub.callback"]).path

    def question(self, mode: str = "subscribe", callback: str = "", **other: str):
        """Asks (or tells) the subscriber; `other` are further parameters, without hub."""
        named = {
            "mode": mode,
            "topic": self.asked[-1]["hub.topic"],
            "challenge": "c-1/<b>",
            "lease_seconds": "864000",
        }
        query = urlencode(
            {f"hub.{name}": value for name, value in (named | other).items() if value is not None}
        )
        return self.client.get(f"{callback or self.callback}?{query}", secure=True)

    def news(
        self, body: bytes = b"<feed/>", signature: str | None = "", method: str = "sha256", callback: str = ""
    ):
        """Sends a message, rightly signed unless `signature` is given; None sends none."""
        secret = next(form["hub.secret"] for form in reversed(self.asked) if "hub.secret" in form)
        if signature == "":
            signature = f"{method}={hmac.new(secret.encode(), body, getattr(hashlib, method)).hexdigest()}"
        headers = {"X-Hub-Signature": signature} if signature is not None else {}
        address = callback or self.callback
        return self.client.post(
            address, body, content_type="application/atom+xml", secure=True, headers=headers
        )
