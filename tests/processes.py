"""Real processes of newsdiff: started on a data folder of their own, looked at, ended."""

import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from typing import TypeVar
from urllib.error import HTTPError
from urllib.request import Request, urlopen

ROOT = Path(__file__).resolve().parent.parent
# Everything newsdiff reads (newsdiff/env.py): what the person who runs the tests has set must not matter.
OURS = ("NEWSDIFF_", "DATABASE_URL", "REDIS_URL", "SECRET_KEY", "BASE_URL", "ALLOWED_HOSTS", "DEBUG")
OURS += ("LOG_LEVEL", "DJANGO_", "GUNICORN_", "WEB_CONCURRENCY", "FORWARDED_ALLOW_IPS")
T = TypeVar("T")
# Seconds that anything may take which is waited for: much longer than it takes, for beside this test others run.
PATIENCE = 60.0


def environment(folder: Path, **variables: str) -> dict[str, str]:
    """The environment of a process whose data is in `folder` and that may crawl the loopback interface."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    mine = {
        "NEWSDIFF_DATA_DIR": str(folder),
        "NEWSDIFF_ALLOW_PRIVATE": "127.0.0.0/8",
        "NEWSDIFF_HOST_DELAY": "0.05",
        "NEWSDIFF_MIN_INTERVAL": "1",
        "PYTHONUNBUFFERED": "1",
    }
    return kept | mine | variables


Installer = Callable[..., dict[str, str]]


def installer(migrated: Path) -> Installer:
    """`environment` for folders that hold a newsdiff already: what lies in `migrated` is copied there.

    To migrate takes a new one four seconds of a processor. Those who ask what a first start does begin with
    `environment` and an empty folder.
    """

    def installed(folder: Path, **variables: str) -> dict[str, str]:
        shutil.copytree(migrated, folder, dirs_exist_ok=True)
        return environment(folder, **variables)

    return installed


def manage(env: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    """Runs a management command to its end; returns its status and what it printed."""
    command = [sys.executable, "manage.py", *arguments]
    return subprocess.run(command, env=env, cwd=ROOT, capture_output=True, text=True, timeout=2 * PATIENCE)


@dataclass
class Running:
    """A process in a session of its own, so that it and whatever it starts can be found and ended."""

    process: "subprocess.Popen[bytes]"
    log: Path

    @property
    def output(self) -> str:
        """What it has printed so far, on both streams."""
        return self.log.read_text(errors="replace")

    def end(self, number: int = signal.SIGTERM, seconds: float = PATIENCE) -> int:
        """Sends a signal to the process alone and returns its exit status (negative: a signal's)."""
        self.process.send_signal(number)
        return self.process.wait(seconds)

    def left_behind(self) -> list[str]:
        """The command lines of processes of the session that still run."""
        return [command for session, command in _processes() if session == self.process.pid]


@contextmanager
def running(
    env: dict[str, str], *command: str, log: Path, program: str = sys.executable
) -> Iterator[Running]:
    """Starts `python COMMAND…`, or another program, and ends it, and all it has started, at the block's end."""
    with log.open("ab") as out:
        process = subprocess.Popen(
            [program, *command], env=env, cwd=ROOT, stdout=out, stderr=out, start_new_session=True
        )
    started = Running(process, log)
    try:
        yield started
    finally:
        with suppress(ProcessLookupError):  # it has ended, and so have its children
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(PATIENCE)


def _processes() -> Iterator[tuple[int, str]]:
    """Session and command line of every process that has not ended."""
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
            command = (entry / "cmdline").read_text().replace("\0", " ").strip()
        except (FileNotFoundError, ProcessLookupError):
            continue  # it ended as we looked
        if fields[0] != "Z":
            yield int(fields[3]), command


def free_port() -> int:
    """A port nobody listens at just now.

    Below those that the system gives out by itself: one of these might be given to a test that runs beside
    this one before whoever it is meant for has started.
    """
    while True:
        port = 20_000 + secrets.randbelow(12_000)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def until(found: Callable[[], T], seconds: float = PATIENCE, why: Callable[[], str] = lambda: "") -> T:
    """Asks again and again until the answer is true, and returns it; fails after `seconds`.

    `why` is asked for what to say then, such as a process's output.
    """
    deadline = time.monotonic() + seconds
    while True:
        answer = found()
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds:g} s; the last answer was {answer!r}. {why()}")
        time.sleep(0.05)


@dataclass(frozen=True)
class Answered:
    """An answer of a web server."""

    status: int
    headers: dict[str, str]
    body: str


def get(url: str, **headers: str) -> Answered | None:
    """Asks for an address; None where nobody listens (yet), or the answer breaks off."""
    try:
        with urlopen(Request(url, headers=headers), timeout=PATIENCE / 2) as answer:
            return _answered(answer)
    except HTTPError as error:
        return _answered(error)
    except (OSError, HTTPException):
        return None


def _answered(answer) -> Answered:  # type: ignore[no-untyped-def]
    headers = {name.lower(): value for name, value in answer.headers.items()}
    return Answered(answer.status, headers, answer.read().decode(errors="replace"))
