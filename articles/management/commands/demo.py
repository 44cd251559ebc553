import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from argparse import ArgumentParser
from pathlib import Path
from types import FrameType
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from articles.embedded import AlreadyRunning, folder_lock

# Seconds the newsroom gives the tracker to read every article once before the first changes.
HEAD_START = 8.0
# One local site whose articles change every few seconds: asked far oftener than a real one may be.
PACE = {"NEWSDIFF_HOST_DELAY": "0.05", "NEWSDIFF_MIN_INTERVAL": "1", "NEWSDIFF_ALLOW_PRIVATE": "127.0.0.0/8"}


class Command(BaseCommand):
    help = "Runs newsdiff on a built-in newsroom whose articles change every few seconds."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument("--newsroom-port", type=int, default=0, help="default: any free port")
        parser.add_argument("--pace", type=float, default=None, help="seconds between the newsroom's steps")

    def handle(self, *, port: int, newsroom_port: int, pace: float | None, **options: Any) -> None:
        folder = settings.DATA_DIR / "demo"
        _empty(folder)
        environment = _environment(folder, port)
        newsroom_port = newsroom_port or _free_port()
        address = f"http://127.0.0.1:{newsroom_port}/"
        self.stdout.write(f"The newsroom of the demonstration opens on {address}")
        step = ["--quiet", str(HEAD_START), *(["--pace", str(pace)] if pace else [])]
        signal.signal(signal.SIGTERM, _interrupt)
        newsroom = tracker = None
        try:
            newsroom = _start(["-m", "newsroom", "--port", str(newsroom_port), *step], environment)
            _await_site(newsroom, newsroom_port)
            self._manage(environment, "migrate", "--verbosity", "0")
            self._manage(environment, "addsource", address)
            tracker = _start(["manage.py", "up", "--port", str(port)], environment)
            _wait(tracker, newsroom)
        except KeyboardInterrupt:
            self.stdout.write("The demonstration ends.")
        finally:
            for number in (signal.SIGINT, signal.SIGTERM):
                signal.signal(number, signal.SIG_IGN)  # a second one must not leave a process behind
            for process in (tracker, newsroom):
                _end(process)

    def _manage(self, environment: dict[str, str], *arguments: str) -> None:
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments], env=environment, cwd=settings.BASE_DIR
        )
        if done.returncode:
            raise CommandError(f"manage.py {arguments[0]} failed; its message is above.")


def _interrupt(number: int, frame: FrameType | None) -> None:
    """What Ctrl-C does, for SIGTERM: whatever has been started so far is ended."""
    raise KeyboardInterrupt


def _wait(*processes: "subprocess.Popen[bytes]") -> None:
    while all(process.poll() is None for process in processes):
        time.sleep(0.2)
    raise CommandError("The demonstration has stopped; the messages above say why.")


def _environment(folder: Path, port: int) -> dict[str, str]:
    """The environment of the demonstration's processes: embedded, on a database of its own."""
    kept = {k: v for k, v in os.environ.items() if k not in ("DATABASE_URL", "REDIS_URL", "BASE_URL")}
    mine = {"NEWSDIFF_DATA_DIR": str(folder), "BASE_URL": f"http://127.0.0.1:{port}", "LOG_LEVEL": "WARNING"}
    return kept | mine | PACE


def _empty(folder: Path) -> None:
    """Clears what an earlier demonstration left: its newsroom begins anew, and so must the record."""
    folder.mkdir(parents=True, exist_ok=True)
    lock = folder / "crew.lock"
    try:
        with folder_lock(folder):
            for path in folder.iterdir():
                if path != lock:
                    shutil.rmtree(path) if path.is_dir() else path.unlink()
    except AlreadyRunning as error:
        raise CommandError(f"{error} Stop that demonstration first.") from error


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _start(arguments: list[str], environment: dict[str, str]) -> "subprocess.Popen[bytes]":
    return subprocess.Popen([sys.executable, *arguments], env=environment, cwd=settings.BASE_DIR)


def _await_site(newsroom: "subprocess.Popen[bytes]", port: int, seconds: float = 15.0) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if newsroom.poll() is not None:
            raise CommandError("The newsroom did not open; its message is above.")
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise CommandError(f"The newsroom did not open within {seconds:g} s.")


def _end(process: "subprocess.Popen[bytes] | None") -> None:
    if process is None or process.poll() is not None:
        return
    process.terminate()
    try:
        process.wait(12)
    except subprocess.TimeoutExpired:
        process.kill()
