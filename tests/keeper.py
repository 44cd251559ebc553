"""A web archive for tests: a real server that keeps pages as Save Page Now does, or fails as it is told to."""

import json
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

from django.utils import timezone


@dataclass
class Reply:
    """What is answered: a body of JSON where there is one."""

    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    told: dict[str, Any] | None = None


@dataclass(frozen=True)
class Request:
    """One request as it came; `form` is empty but for a POST."""

    method: str
    path: str
    headers: dict[str, str]
    form: dict[str, str]


class Keeper:
    """Keeps what it is asked to.

    asked    every request, in order
    kept     the addresses of pages that were kept, in order
    replies  the next answers, in place of its own: a reply, what makes one of a request, or "hang"
    clock    when what is kept now is dated
    pending  how often it says of a job that it goes on
    """

    KEY = "access:secret"

    def __init__(self, clock: Callable[[], datetime] = timezone.now) -> None:
        self.asked: list[Request] = []
        self.kept: list[str] = []
        self.replies: list[Reply | Callable[[Request], Reply] | str] = []
        self.clock, self.pending = clock, 1
        self.released = threading.Event()
        self._jobs: dict[str, list[Any]] = {}
        keeper = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                keeper._answer(self)

            def do_POST(self) -> None:
                keeper._answer(self)

            def log_message(self, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        self.base = f"http://127.0.0.1:{self._server.server_address[1]}"
        self.url = f"{self.base}/save/"

    def close(self) -> None:
        self.released.set()
        self._server.shutdown()
        self._server.server_close()

    def copy_of(self, page: str, at: datetime) -> str:
        """Where a copy of a page of a moment would be."""
        return f"{self.base}/web/{at:%Y%m%d%H%M%S}/{page}"

    # --- what it answers ---------------------------------------------------------------------------
    def _answer(self, handler: BaseHTTPRequestHandler) -> None:
        body = handler.rfile.read(int(handler.headers.get("Content-Length") or 0)).decode()
        headers = {name.lower(): value for name, value in handler.headers.items()}
        form = {name: values[0] for name, values in parse_qs(body).items()}
        request = Request(handler.command, handler.path, headers, form)
        self.asked.append(request)
        reply = self.replies.pop(0) if self.replies else self._own
        if reply == "hang":
            self.released.wait(60)
            handler.close_connection = True
            return
        sent = reply(request) if callable(reply) else reply
        content = json.dumps(sent.told).encode() if sent.told is not None else b"<p>A page.</p>"
        handler.send_response(sent.status)
        for name, value in (*sent.headers, ("Content-Length", str(len(content)))):
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(content)

    def _own(self, request: Request) -> Reply:
        if found := re.fullmatch(r"/save/status/(.+)", request.path):
            return self._status(found[1])
        if request.method == "GET" and request.path.startswith("/save/"):
            page = request.path.removeprefix("/save/")
            self.kept.append(page)
            return Reply(302, (("Location", self.copy_of(page, self.clock())),))
        if request.method == "POST" and request.path == "/save/":
            if request.headers.get("authorization") != f"LOW {self.KEY}":
                return Reply(401, told={"message": "You need to be logged in."})
            page = request.form["url"]
            job = f"spn2-{len(self._jobs):040x}"
            self._jobs[job] = [page, self.clock(), self.pending]
            self.kept.append(page)
            return Reply(told={"url": page, "job_id": job})
        return Reply(404)

    def _status(self, job: str) -> Reply:
        if job not in self._jobs:
            return Reply(
                told={"status": "error", "status_ext": "error:job-not-found", "message": "No such job."}
            )
        page, at, pending = self._jobs[job]
        if pending > 0:
            self._jobs[job][2] -= 1
            return Reply(told={"status": "pending", "job_id": job, "resources": []})
        told = {"status": "success", "job_id": job, "original_url": page, "timestamp": f"{at:%Y%m%d%H%M%S}"}
        return Reply(told=told)
