"""Who is told, for tests: a real mail server and a real web server that keep what they are sent."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from aiosmtpd.controller import Controller

from tests.processes import PATIENCE, free_port


class MailSink:
    """A mail server on the loopback interface.

    refused  address -> the reply to RCPT, such as "550 no such user"
    on_data  called with each message before it is taken; what it returns is the reply, None for 250
    """

    def __init__(self) -> None:
        self.messages: list[EmailMessage] = []
        self.recipients: list[str] = []
        self.refused: dict[str, str] = {}
        self.on_data: Callable[[EmailMessage], str | None] | None = None
        self.port = free_port()
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port, ready_timeout=PATIENCE)

    def start(self) -> None:
        self._controller.start()

    def stop(self) -> None:
        self._controller.stop()

    def to(self, address: str) -> list[EmailMessage]:
        """What was taken for an address, in order."""
        return [message for message, to in zip(self.messages, self.recipients, strict=True) if to == address]

    async def handle_RCPT(self, server, session, envelope, address, options) -> str:
        if address in self.refused:
            return self.refused[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope) -> str:
        message = message_from_bytes(envelope.content, policy=policy.default)
        reply = self.on_data(message) if self.on_data else None
        if reply is None:
            self.messages.append(message)
            self.recipients.append(envelope.rcpt_tos[0])
        return reply or "250 taken"


@contextmanager
def mail_sink(settings) -> Iterator[MailSink]:
    """A running mail server, to which this process sends."""
    sink = MailSink()
    sink.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", sink.port
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
    try:
        yield sink
    finally:
        sink.stop()


@dataclass(frozen=True)
class Posted:
    """One request as it came."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class HookSink:
    """A web server that takes posts.

    answers  the next ones: a status, or (status, header fields), or "hang"; then 204
    """

    posted: list[Posted] = field(default_factory=list)
    answers: list[object] = field(default_factory=list)

    def __post_init__(self) -> None:
        sink, self.released = self, threading.Event()

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                sink.posted.append(Posted(self.path, headers, body))
                answer = sink.answers.pop(0) if sink.answers else 204
                if answer == "hang":
                    sink.released.wait(30)
                    return
                status, fields = answer if isinstance(answer, tuple) else (answer, {})
                self.send_response(status)
                for name, value in fields.items():
                    self.send_header(name, value)
                if status != 204:
                    self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        self.base = f"http://127.0.0.1:{self._server.server_address[1]}"

    def close(self) -> None:
        self.released.set()
        self._server.shutdown()
        self._server.server_close()
