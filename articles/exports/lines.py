"""What JSON Lines and CSV share: rows as bytes one after the other, so that files put together are a file.

So are gzip files put together (RFC 1952, 2.2: members).
"""

import gzip
import shutil
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, Protocol

from articles.exports.reading import Row
from articles.exports.tables import Table

LEVEL = 6  # of gzip: higher ones take twice the time for a hundredth of the size


class Notation(Protocol):
    """How a format of lines says things."""

    def head(self, table: Table) -> bytes:
        """What a file begins with; the same again in no part of it."""

    def line(self, table: Table, row: Row) -> bytes:
        """A row."""


class Writer:
    """Writes rows of a table to a file; `size` is how many bytes these were before they were packed."""

    def __init__(
        self, notation: Notation, table: Table, out: BinaryIO, is_zipped: bool, is_part: bool
    ) -> None:
        self.size = 0
        self._notation, self._table = notation, table
        self._out = _zipped(out) if is_zipped else out
        self._is_zipped = is_zipped
        if not is_part:
            self._out.write(notation.head(table))

    def write(self, row: Row) -> None:
        line = self._notation.line(self._table, row)
        self.size += len(line)
        self._out.write(line)

    def close(self) -> None:
        """Writes what is still held back; the file stays open."""
        if self._is_zipped:
            self._out.close()


def join(notation: Notation, table: Table, parts: Iterable[Path], out: BinaryIO, is_zipped: bool) -> None:
    """Writes a whole file that is made of parts."""
    if head := notation.head(table):
        out.write(gzip.compress(head, LEVEL, mtime=0) if is_zipped else head)
    for path in parts:
        with path.open("rb") as part:
            shutil.copyfileobj(part, out, 1 << 20)


def moment(at: datetime) -> str:
    """A moment as text: UTC, always to the microsecond, so that it sorts as text does."""
    return f"{at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='microseconds')}Z"


def _zipped(out: BinaryIO) -> BinaryIO:
    """The file, gzipped; the same bytes whenever and under whatever name it is written."""
    return gzip.GzipFile(filename="", mode="wb", compresslevel=LEVEL, fileobj=out, mtime=0)
