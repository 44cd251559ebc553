"""The formats of an export by name, and how the names of their files end."""

from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO, Protocol

from articles.exports import lines
from articles.exports.csv import CSV
from articles.exports.jsonl import JSONLines
from articles.exports.reading import Row
from articles.exports.tables import Table

ENDINGS = {
    "jsonl": (".jsonl", ".jsonl.gz"),
    "csv": (".csv", ".csv.gz"),
    "parquet": (".parquet",),
}


class Writer(Protocol):
    size: int  # bytes of what was written, before it was packed

    def write(self, row: Row) -> None:
        """Adds a row."""

    def close(self) -> None:
        """Writes what is still held back; the file stays open."""


class Format(Protocol):
    """A way to write tables."""

    name: str
    ending: str  # of the names of its files

    def writer(self, table: Table, out: BinaryIO, *, is_part: bool) -> Writer:
        """Begins a file, or a part of one."""

    def join(self, table: Table, parts: Iterable[Path], out: BinaryIO) -> None:
        """Writes a whole file that is made of parts."""


class Lines:
    def __init__(self, name: str, notation: lines.Notation, ending: str) -> None:
        self.name, self.ending = name, ending
        self._notation, self._is_zipped = notation, ending.endswith(".gz")

    def writer(self, table: Table, out: BinaryIO, *, is_part: bool) -> Writer:
        return lines.Writer(self._notation, table, out, self._is_zipped, is_part)

    def join(self, table: Table, parts: Iterable[Path], out: BinaryIO) -> None:
        lines.join(self._notation, table, parts, out, self._is_zipped)


class Parquet:
    name = "parquet"
    ending = ".parquet"

    def writer(self, table: Table, out: BinaryIO, *, is_part: bool) -> Writer:
        from articles.exports import parquet  # 50 MB of memory, for this format alone

        return parquet.Writer(table, out)

    def join(self, table: Table, parts: Iterable[Path], out: BinaryIO) -> None:
        from articles.exports import parquet

        parquet.join(table, parts, out)


def named(name: str, ending: str, *, for_spreadsheet: bool = False) -> Format:
    """The format of a name in ENDINGS, for files whose names end as given, one of its endings."""
    if name == Parquet.name:
        return Parquet()
    return Lines(name, CSV(for_spreadsheet) if name == "csv" else JSONLines(), ending)
