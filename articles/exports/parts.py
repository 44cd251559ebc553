"""What an export has finished, kept beside what it makes until all is there, so that it can go on later.

A part is the rows of some articles that follow each other, a file for each table. Its own JSON is written
last, and says that the files are whole, how to tell that, and what was hidden of these articles as they were
read. A process may be killed at any moment: what is then half written is written again.
"""

import errno
import fcntl
import hashlib
import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Any

ASKED, LOCK = "asked.json", "lock"
RECORD = re.compile(r"\d{6}\.json")
OURS = re.compile(r"lock|asked\.json|(\d{6}|whole)\.[\w.]+|.+\.unfinished")


class BegunOtherwise(Exception):
    """The parts are of an export that was asked for something else; says what, as {name: value}."""

    def __init__(self, differing: dict[str, Any]) -> None:
        super().__init__(", ".join(f"{name} {value}" for name, value in differing.items()))
        self.differing = differing


class NotOurs(Exception):
    """There is a folder of the name of ours, with something else in it."""


class Busy(Exception):
    """Another process is at work on these parts."""


@dataclass(frozen=True, slots=True)
class File:
    """A whole file: how many rows are in it, its size, and the SHA-256 of its bytes in hexadecimal."""

    rows: int
    bytes: int
    sha256: str

    @classmethod
    def of(cls, path: Path, rows: int) -> "File":
        """The file as it is on the disk."""
        with path.open("rb") as file:
            return cls(rows, path.stat().st_size, hashlib.file_digest(file, "sha256").hexdigest())


@dataclass(frozen=True, slots=True)
class Part:
    """The rows of the articles with keys above `after` and up to `last`.

    articles  how many of these there are
    hidings   `reading.hidings` of them, as they were read
    files     by the names of their tables
    """

    number: int
    after: int
    last: int
    articles: int
    hidings: str
    files: dict[str, File]


class Parts:
    """The folder of an export under way; it is not there before `opened`, nor after `clear`."""

    def __init__(self, folder: Path, ending: str) -> None:
        self.folder, self._ending = folder, ending

    @contextmanager
    def opened(self, asked: dict[str, Any], until: datetime, *, anew: bool = False) -> Iterator[datetime]:
        """Goes on with what was begun, or begins; gives until when rows are wanted: as begun, or `until`.

        asked  what makes this export another than others, as JSON has it
        anew   throws away what was begun

        Raises BegunOtherwise, NotOurs, Busy, OSError.
        """
        self.folder.mkdir(exist_ok=True)
        if not (self.folder / ASKED).exists() and (other := self._others()):
            raise NotOurs(other)
        with (self.folder / LOCK).open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise Busy from None
            if not self._is_in_place(lock):  # who had it has just ended, and removed it
                raise Busy
            if anew:
                self._empty()
            yield self._begun(asked, until)

    def _begun(self, asked: dict[str, Any], until: datetime) -> datetime:
        path = self.folder / ASKED
        if not path.exists():
            write_json(path, {"asked": asked, "until": until.isoformat()})
        begun = json.loads(path.read_text())
        was = begun["asked"]
        if differing := {name: was.get(name) for name in {*was, *asked} if was.get(name) != asked.get(name)}:
            raise BegunOtherwise(dict(sorted(differing.items())))
        return datetime.fromisoformat(begun["until"])

    def __iter__(self) -> Iterator[Part]:
        """The parts that are finished, in the order of their articles."""
        number = 1
        while (path := self._record(number)).exists():
            told = json.loads(path.read_text())
            files = {table: File(**file) for table, file in told.pop("files").items()}
            yield Part(**told, files=files)
            number += 1

    def path(self, number: int, table: str) -> Path:
        """Where the rows of a table are that belong to a part."""
        return self.folder / f"{number:06}.{table}{self._ending}"

    def whole(self, table: str) -> Path:
        """Where a table is put together."""
        return self.folder / f"whole.{table}{self._ending}"

    def finish(self, part: Part) -> None:
        """Notes that the files of a part are whole. They must be on the disk."""
        write_json(self._record(part.number), asdict(part))

    def is_intact(self, part: Part) -> bool:
        """Whether the files of a part are there, byte for byte as they were written."""
        try:
            files = part.files.items()
            return all(File.of(self.path(part.number, name), file.rows) == file for name, file in files)
        except FileNotFoundError:
            return False

    def clear(self) -> None:
        """Removes the folder and what was written into it."""
        self._empty()
        (self.folder / LOCK).unlink()
        try:
            self.folder.rmdir()
        except OSError as error:
            if error.errno != errno.ENOTEMPTY:  # as it is where another export has begun since
                raise

    def _is_in_place(self, lock: IO[str]) -> bool:
        """Whether an open lock is the one that others will meet."""
        try:
            return os.path.samestat(os.fstat(lock.fileno()), (self.folder / LOCK).stat())
        except FileNotFoundError:
            return False

    def _record(self, number: int) -> Path:
        return self.folder / f"{number:06}.json"

    def _empty(self) -> None:
        """Removes all but the lock: the records from the last on, so that at any moment those that are left
        are the first ones of what was asked."""
        ours = {path.name for path in self.folder.iterdir() if OURS.fullmatch(path.name)} - {LOCK}
        records = {name for name in ours if RECORD.fullmatch(name)}
        for name in [*sorted(records, reverse=True), *sorted(ours - records)]:
            (self.folder / name).unlink()

    def _others(self) -> str:
        """The name of something in the folder that no export has put there, or nothing."""
        return next((path.name for path in self.folder.iterdir() if not OURS.fullmatch(path.name)), "")


def write_json(path: Path, value: Any) -> None:
    """Writes a file that bears its name only when it is whole."""
    unfinished = path.with_name(f"{path.name}.unfinished")
    with unfinished.open("w") as file:
        json.dump(value, file, indent=1)
        os.fsync(file.fileno())
    unfinished.replace(path)
