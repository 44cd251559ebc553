import os
import signal
import sys
import threading
from argparse import ArgumentParser
from contextlib import nullcontext
from types import FrameType
from typing import Any

import waitress
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from articles import websub
from articles.alerts.postman import Postman
from articles.embedded import AlreadyRunning, Crew, sole_crew
from articles.management.ports import port
from articles.pulse import Pulse
from articles.reading import warm_up
from articles.webarchive.clerk import Clerk

# Seconds that work under way is given to end: of the web, then of the crew. Ten in all are promised.
DRAIN_WEB, DRAIN_CREW = 3.0, 6.0
# What a client may send and how long it may be silent. waitress gives a request to a thread only when it
# has come whole, so a slow one holds a connection and nothing else; its own bounds are 1 GB and 2 minutes.
BOUNDS = {
    "max_request_header_size": 32 * 1024,
    "max_request_body_size": websub.MOST_BYTES + 1,  # the largest that any address takes
    "channel_timeout": 30,
    "cleanup_interval": 10,
    "connection_limit": 500,
}


class Command(BaseCommand):
    help = "Runs everything in one process: the web, the workers and the scheduler. Ctrl-C stops it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=port, default=8000)
        parser.add_argument("--host", default="127.0.0.1", help="the address to listen on")
        parser.add_argument("--follow", metavar="URL", default="", help="add this source first, if it is new")

    def handle(self, *, port: int, host: str, follow: str, **options: Any) -> None:
        if port != 8000 and "BASE_URL" not in os.environ:
            # Feeds and the crawler's contact name this address, and settings are read at the start only.
            os.environ["BASE_URL"] = f"http://{host}:{port}"
            os.execv(sys.executable, [sys.executable, *sys.argv])  # noqa: S606  ourselves
        lock = sole_crew(settings.DATA_DIR) if settings.EMBEDDED else nullcontext()
        try:
            call_command("migrate", interactive=False, verbosity=0)
            with lock:
                if follow:
                    self._follow(follow)
                has_ended = self._serve(host, port)
        except AlreadyRunning as error:
            raise CommandError(f"{error} Stop it first, or set NEWSDIFF_DATA_DIR.") from error
        except DatabaseError as error:
            raise CommandError(
                f"The database cannot be used: {error}. Is the disk full, or the database not running?"
            ) from error
        self.stdout.write("Stopped.")
        self.stdout.flush()
        if not has_ended:  # threads of the crew that wait for a site must not hold the process up
            os._exit(0)

    def _follow(self, url: str) -> None:
        from articles.ingestion.sources import AddSourceError, add_source

        try:
            source, _ = add_source(url)
        except AddSourceError as error:  # followed already, or not to be had now: the rest can run
            self.stderr.write(str(error))
        else:
            self.stdout.write(f"Following {source.name}.")

    def _serve(self, host: str, port: int) -> bool:
        """Serves until it is told to stop; whether the crew has ended what it had begun by then."""
        from newsdiff.wsgi import application

        try:
            server = waitress.create_server(
                application, host=host, port=port, threads=8, ident=None, **BOUNDS, **_behind_proxy()
            )
        except ValueError as error:  # so waitress says that no address belongs to the name
            words = f"{host!r} names no address of this machine: give one, such as 127.0.0.1."
            raise CommandError(words, returncode=2) from error
        except OSError as error:
            raise CommandError(
                f"Port {port} cannot be used: {error}. Try --port {port + 1}, or make run PORT={port + 1}."
            ) from error
        crew = Crew(settings.NEWSDIFF_WORKERS)
        threads = [
            threading.Thread(target=server.run, name="web", daemon=True),
            threading.Thread(target=crew.run, name="crew", daemon=True),
        ]
        stopping = threading.Event()
        for name in (signal.SIGINT, signal.SIGTERM):
            signal.signal(name, _setter(stopping))
        for thread in threads:
            thread.start()
        threading.Thread(target=warm_up, name="warm-up", daemon=True).start()
        pulse = Pulse("up")
        pulse.start()
        postman = Postman()
        postman.start()
        clerk = Clerk()
        clerk.start()
        self._greet(host, port)
        while not stopping.wait(1.0):
            if not all(thread.is_alive() for thread in threads):
                raise CommandError("A part of newsdiff has stopped; the log above says why.")
        self.stdout.write("Stopping …")
        crew.stop()
        clerk.stop()
        # Not server.close(): it closes what the threads that still answer write to.
        server.task_dispatcher.shutdown(timeout=DRAIN_WEB)
        threads[1].join(DRAIN_CREW)
        postman.stop()
        pulse.stop()
        return not threads[1].is_alive()

    def _greet(self, host: str, port: int) -> None:
        self.stdout.write(f"newsdiff is running on http://{host}:{port}/   (Ctrl-C stops it)")
        self.stdout.write(f"Its data is in {settings.DATA_DIR}")
        if not get_user_model().objects.filter(is_superuser=True).exists():
            # in the database that this process has, which is not that of a shell without the variable
            here = f"NEWSDIFF_DATA_DIR={settings.DATA_DIR} " if "NEWSDIFF_DATA_DIR" in os.environ else ""
            self.stdout.write(
                f"There is no admin yet: make one with  {here}{settings.MANAGE} createsuperuser  "
                f"and log in at http://{host}:{port}/admin/"
            )
        self.stdout.flush()


def _behind_proxy() -> dict[str, Any]:
    """With an https BASE_URL a proxy on this machine ends TLS; its word for that is believed, no other's."""
    if not settings.SECURE:
        # waitress drops these fields unless told otherwise; /metrics must see that a proxy has passed it on
        return {"clear_untrusted_proxy_headers": False}
    return {
        "trusted_proxy": "127.0.0.1",
        "trusted_proxy_count": max(1, settings.NEWSDIFF_PROXIES),
        "trusted_proxy_headers": {"x-forwarded-proto", "x-forwarded-for"},
        "clear_untrusted_proxy_headers": True,
    }


def _setter(event: threading.Event) -> Any:
    def handler(number: int, frame: FrameType | None) -> None:
        event.set()

    return handler
