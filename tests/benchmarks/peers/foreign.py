"""Differs in other languages, each a process that answers a line for a line."""

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.benchmarks.cases import Pair
from tests.benchmarks.quality import Shown

HERE = Path(__file__).parent


class Absent(Exception):
    """The interpreter, or the library its script needs, is not installed."""


class Foreign:
    """A script beside this file; entered, its process runs, and says first which version it is.

    Then it answers each case it is given, {"old", "new", "seconds"}. With seconds it answers the
    milliseconds of as many runs as fit in them, one at least, by a clock of its own; without, what
    it found, which `read` makes rows of. Entering raises Absent if the script can't run.
    """

    words: int | None = None

    def __init__(
        self,
        name: str,
        command: tuple[str, str],
        read: Callable[[Any], list[Shown]],
        at_once: int | None = None,
    ) -> None:
        self.name, self.command, self.read, self.at_once = name, command, read, at_once

    def __enter__(self) -> "Foreign":
        interpreter, script = self.command
        if not shutil.which(interpreter):
            raise Absent(interpreter)
        self.process = subprocess.Popen(
            [interpreter, str(HERE / script)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        )
        assert self.process.stdout
        line = self.process.stdout.readline()
        if not line:
            raise Absent(self.process.communicate()[1])
        self.version: str = json.loads(line)
        return self

    def __exit__(self, *_raised: object) -> None:
        self.process.communicate()

    def runs(self, pair: Pair, seconds: float) -> list[float]:
        """Milliseconds of as many runs as fit in the time, one at least."""
        runs: list[float] = self._answer(pair, seconds)
        return runs

    def rows(self, pair: Pair) -> list[Shown]:
        """What it shows of the pair."""
        return self.read(self._answer(pair, None))

    def _answer(self, pair: Pair, seconds: float | None) -> Any:
        assert self.process.stdin
        assert self.process.stdout
        case = {"old": pair.old, "new": pair.new, "seconds": seconds}
        self.process.stdin.write(json.dumps(case) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self.name} ended: {self.process.communicate()[1]}")
        return json.loads(line)


def plain_rows(answer: Any) -> list[Shown]:
    """Rows of a script that answers them as they are: [old, new, segments]."""
    return [Shown(tuple(old), tuple(new), [(op, text) for op, text in said]) for old, new, said in answer]
