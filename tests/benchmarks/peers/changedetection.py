"""changedetection.io to stand beside: its own server and workers, with its plain fetcher, as it is shipped.

It is run out of a virtual environment of its own, which PEERS names (else `.venv/peers`):

    python3 -m venv .venv/peers && .venv/peers/bin/pip install changedetection.io==0.60.10

It asks without conditions, whatever validators a page has, and compares what came with what it kept. Private
addresses are allowed to it by ALLOW_IANA_RESTRICTED_ADDRESSES, and it has as many workers as we do. When it
is done is read in the files that it writes of each watch, which costs it nothing.
"""

import json
import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from signal import SIGKILL
from tempfile import TemporaryDirectory

from tests.benchmarks import trees
from tests.benchmarks.publisher import Publisher
from tests.benchmarks.running import PATIENCE, WORKERS, Round
from tests.processes import ROOT, free_port, get, until

HOW = "python3 -m venv .venv/peers && .venv/peers/bin/pip install changedetection.io==0.60.10"


def program() -> Path | None:
    """Where it is installed, if it is."""
    found = Path(os.environ.get("PEERS", ROOT / ".venv" / "peers")) / "bin" / "changedetection.io"
    return found if found.exists() else None


class ChangeDetection:
    """One that runs, or will when it is told what to follow: it is given its watches at its start."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port, self.sessions = folder, free_port(), list[int]()
        found = program()
        assert found
        self.program = found
        version = subprocess.run([found, "--version"], capture_output=True, text=True, check=True).stdout
        self.name = version.strip().splitlines()[-1]

    def follow(self, site: Publisher) -> None:
        urls = [word for n in range(site.articles) for word in ("-u", site.url(n))]
        env = os.environ | {
            "ALLOW_IANA_RESTRICTED_ADDRESSES": "true",
            "DISABLE_VERSION_CHECK": "true",
            "FETCH_WORKERS": str(WORKERS),
            "LOGGER_LEVEL": "WARNING",
            "PYTHONUNBUFFERED": "1",
        }
        options = ["-h", "127.0.0.1", "-p", str(self.port), "-d", str(self.folder / "data"), "-C"]
        with (self.folder / "log").open("ab") as out:
            self._process = subprocess.Popen(
                [self.program, *options, *urls], env=env, stdout=out, stderr=out, start_new_session=True
            )
        self.sessions = [self._process.pid]
        until(lambda: get(f"http://127.0.0.1:{self.port}/"), 90, (self.folder / "log").read_text)
        self._wait(site.articles)

    def look_at_all(self) -> Round:
        before, cpu = self._checked(), trees.cpu(*self.sessions)
        settings = json.loads((self.folder / "data" / "changedetection.json").read_text())
        key = settings["settings"]["application"]["api_access_token"]
        began = time.monotonic()
        answer = get(f"http://127.0.0.1:{self.port}/api/v1/watch?recheck_all=1", **{"x-api-key": key})
        if not answer or answer.status not in (200, 202):
            raise RuntimeError(f"{self.name} cannot be asked to look again: {answer}")
        ended = self._wait(sum(before.values()) + len(before))
        spent = trees.cpu(*self.sessions) - cpu
        return Round(ended - began, spent, self._outcomes())

    def end(self) -> None:
        """Ends its processes."""
        for leader in self.sessions:
            with suppress(ProcessLookupError):
                os.killpg(leader, SIGKILL)
            self._process.wait()

    def _wait(self, looks: int) -> float:
        """Waits for so many looks in all; returns when the last was written down."""
        until(lambda: sum(self._checked().values()) >= looks, PATIENCE, (self.folder / "log").read_text)
        return time.monotonic()

    def _watches(self) -> Iterator[dict[str, object]]:
        for path in (self.folder / "data").glob("*/watch.json"):
            with suppress(json.JSONDecodeError, FileNotFoundError):  # it is being written
                yield json.loads(path.read_text())

    def _checked(self) -> dict[str, int]:
        return {str(watch["uuid"]): int(str(watch.get("check_count", 0))) for watch in self._watches()}

    def _outcomes(self) -> dict[str, int]:
        """Watches in error; and how many texts are kept in all."""
        errors = sum(bool(watch.get("last_error")) for watch in self._watches())
        kept = sum(1 for _ in (self.folder / "data").glob("*/*.txt*"))
        return {"errors": errors, "texts kept": kept}


@contextmanager
def changedetection() -> Iterator[ChangeDetection]:
    """One with a data folder of its own."""
    with TemporaryDirectory(prefix="changedetection-bench-") as name:
        peer = ChangeDetection(Path(name))
        try:
            yield peer
        finally:
            peer.end()
