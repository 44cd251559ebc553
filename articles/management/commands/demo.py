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
from articles.management.ports import port

# Seconds the newsroom gives the tracker to read every article once before the first changes.
HEAD_START = 8.0
# One local site whose articles change every few seconds: asked far oftener than a real one may be.
PACE = {"NEWSDIFF_HOST_DELAY": "0.05", "NEWSDIFF_MIN_INTERVAL": "1", "NEWSDIFF_ALLOW_PRIVATE": "127.0.0.0/8"}


class Command(BaseCommand):
    help = "Runs newsdiff on a built-in newsroom whose articles change every few seconds."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=port, default=8000)
        parser.add_argument("--newsroom-port", type=port, default=0, help="default: any free port")
        parser.add_argument("--pace", type=float, default=None, help="seconds between the newsroom's steps")

    def handle(self, *, port: int, newsroom_port: int, pace: float | None, **options: Any) -> None:
        folder = settings.DATA_DIR / "demo"
        _empty(folder)
        environment = _environment(folder, port)
        newsroom_port = newsroom_port or _free_port()
        address = f"http://127.0.0.1:{newsroom_port}/"
        step = ["--quiet", str(HEAD_START), *(["--pace", str(pace)] if pace else [])]
        processes = Processes(environment)
        try:
            newsroom = processes.start("-m", "newsroom", "--port", str(newsroom_port), *step)
            processes.await_port(newsroom, newsroom_port)
            processes.start("manage.py", "up", "--port", str(port), "--follow", address)
            processes.watch()
        except Stopped:
            self.stdout.write("The demonstration ends.")
        finally:
            processes.end()


class Stopped(Exception):
    """Ctrl-C or SIGTERM came."""


class Processes:
    """What a demonstration consists of: started one after another, and ended together however it ends.

    A signal only sets a flag: an exception could fall between the start of a process and the note of it.
    """

    def __init__(self, environment: dict[str, str]) -> None:
        self._environment = environment
        self._started: list[subprocess.Popen[bytes]] = []
        self._stopping = False
        signal.signal(signal.SIGINT, self._stop)
        signal.signal(signal.SIGTERM, self._stop)

    def start(self, *arguments: str) -> "subprocess.Popen[bytes]":
        """Starts a Python process that is to run as long as the demonstration does."""
        process = subprocess.Popen([sys.executable, *arguments], env=self._environment, cwd=settings.BASE_DIR)
        self._started.append(process)
        return process

    def await_port(self, process: "subprocess.Popen[bytes]", port: int, seconds: float = 15.0) -> None:
        """Waits until the process listens at the port."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if process.poll() is not None:
                raise CommandError("The newsroom did not open; its message is above.")
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    return
            self._pause()
        raise CommandError(f"The newsroom did not open within {seconds:g} s.")

    def watch(self) -> None:
        """Waits until a process ends, which none should, or the demonstration is to."""
        while all(process.poll() is None for process in self._started):
            self._pause()
        raise CommandError("The demonstration has stopped; the messages above say why.")

    def end(self) -> None:
        """Ends all that still runs, the newest first."""
        for process in reversed(self._started):
            process.terminate()
            try:
                process.wait(12)
            except subprocess.TimeoutExpired:
                process.kill()

    def _pause(self) -> None:
        time.sleep(0.1)
        if self._stopping:
            raise Stopped

    def _stop(self, number: int, frame: FrameType | None) -> None:
        self._stopping = True


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
