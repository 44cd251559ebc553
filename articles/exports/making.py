"""An export from beginning to end: part by part, then put together; or straight to a stream."""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import Any, BinaryIO

from django.conf import settings

from articles.exports import parts, reading
from articles.exports.formats import Format, Writer
from articles.exports.lines import moment
from articles.exports.parts import File, Part, Parts
from articles.exports.reading import Asked
from articles.exports.tables import SOURCES, Column, Table
from articles.models import Article
from articles.moments import at_one_moment

PART_ARTICLES = 1_000  # a part ends after so many articles,
PART_SIZE = 32_000_000  # or so many bytes of rows, before they were packed: what a kill costs
LICENCE = (
    "The texts belong to their publishers. They were copied from public pages to be compared; whoever has "
    "this export has no right from it to publish them."
)
MANIFEST = "manifest.json"


class ToFiles:
    """Tables written to files, each of which bears its name when all of them are whole.

    files     where each table goes
    kept      what is finished of it, opened
    manifest  if given, where to tell what the files are: it is there when all of them are, and not before
    rows      how many rows each table got, by its name; filled when the steps are done
    """

    def __init__(
        self, format: Format, asked: Asked, files: Mapping[Table, Path], kept: Parts, manifest: Path | None
    ) -> None:
        self.rows: dict[str, int] = {}
        self._format, self._asked, self._files, self._kept = format, asked, files, kept
        self._manifest = manifest
        self._by_article = [table for table in files if table is not SOURCES]

    def steps(self) -> Iterator[int]:
        """Does the work, or what is left of it; gives after each step how many articles it did.

        What was hidden, or shown again, after it had been read is read again: a file that was put together
        holds nothing that was hidden when that began. Raises OSError.
        """
        last = number = 0
        for part in self._kept:
            last, number = part.last, part.number
            yield part.articles
        while self._by_article and (part := self._write(number + 1, after=last)):
            last, number = part.last, part.number
            yield part.articles
        self._mend([part for part in self._kept if not self._kept.is_intact(part)])
        self._mend(self._outdated())
        self._join()
        while outdated := self._outdated():
            self._mend(outdated)
            self._join()
        if self._manifest:
            self._manifest.unlink(missing_ok=True)
        for table, path in self._files.items():
            self._kept.whole(table.name).replace(path)
        if self._manifest:
            parts.write_json(self._manifest, manifest(self._format, self._asked, self._files, self.rows))

    def _write(self, number: int, after: int, last: int | None = None) -> Part | None:
        """Writes a part: of the articles up to `last`, or as many as make one; None where there is none."""
        paths = {table.name: self._kept.path(number, table.name) for table in self._by_article}
        rows = dict.fromkeys(paths, 0)
        articles, reached = 0, last
        with at_one_moment():
            with ExitStack() as opened:
                files = {name: opened.enter_context(path.open("wb")) for name, path in paths.items()}
                writers = {
                    table: self._format.writer(table, files[table.name], is_part=True)
                    for table in self._by_article
                }
                for batch in reading.batches(self._asked, after, last):
                    for table, writer in writers.items():
                        rows[table.name] += _write_rows(writer, reading.rows(table, batch, self._asked))
                    articles += len(batch)
                    size = sum(writer.size for writer in writers.values())
                    if last is None:
                        reached = batch[-1].pk
                        if articles >= PART_ARTICLES or size >= PART_SIZE:
                            break
                for table, writer in writers.items():
                    writer.close()
                    files[table.name].flush()
                    os.fsync(files[table.name].fileno())
            if reached is None:
                return None
            hidings = reading.hidings(after, reached)
        written = {name: File.of(path, rows[name]) for name, path in paths.items()}
        part = Part(number, after, reached, articles, hidings, written)
        self._kept.finish(part)
        return part

    def _outdated(self) -> list[Part]:
        """Parts of whose articles something else is hidden now than when they were read."""
        return [part for part in self._kept if reading.hidings(part.after, part.last) != part.hidings]

    def _mend(self, parts_to_mend: Sequence[Part]) -> None:
        for part in parts_to_mend:
            self._write(part.number, part.after, part.last)

    def _join(self) -> None:
        """Puts the parts together, not yet under the names of the files."""
        finished = list(self._kept)
        for table in self._files:
            with self._kept.whole(table.name).open("wb") as out:
                if table is SOURCES:
                    writer = self._format.writer(table, out, is_part=False)
                    self.rows[table.name] = _write_rows(writer, reading.sources(self._asked))
                    writer.close()
                else:
                    paths = [self._kept.path(part.number, table.name) for part in finished]
                    self._format.join(table, paths, out)
                    self.rows[table.name] = sum(part.files[table.name].rows for part in finished)
                out.flush()
                os.fsync(out.fileno())


class ToStream:
    """One table written to a stream as it is read; `rows` as of files."""

    def __init__(self, format: Format, asked: Asked, table: Table, out: BinaryIO) -> None:
        self.rows = {table.name: 0}
        self._asked, self._table = asked, table
        self._writer = format.writer(table, out, is_part=False)

    def steps(self) -> Iterator[int]:
        """Does the work; gives after each step how many articles it did. Raises OSError."""
        if self._table is SOURCES:
            self._add(reading.sources(self._asked))
        else:
            after = 0
            while batch := self._write_batch(after):
                after = batch[-1].pk
                yield len(batch)
        self._writer.close()

    def _write_batch(self, after: int) -> Sequence[Article]:
        """Writes the rows of the next articles, which were met at the same moment as their rows; gives these
        articles. Nothing can be hidden in between."""
        with at_one_moment():
            batch = next(reading.batches(self._asked, after), [])
            self._add(reading.rows(self._table, batch, self._asked))
        return batch

    def _add(self, rows: Iterator[reading.Row]) -> None:
        self.rows[self._table.name] += _write_rows(self._writer, rows)


def manifest(
    format: Format, asked: Asked, files: Mapping[Table, Path], rows: Mapping[str, int]
) -> dict[str, Any]:
    """What is in a folder of files, as JSON: from when to when, by what, and how to tell that each is whole.

    rows  how many are in each, by the names of the tables
    """
    return {
        "software": f"newsdiff/{settings.VERSION}",
        "site": settings.BASE_URL,
        "licence": LICENCE,
        "format": format.name,
        "since": moment(asked.since) if asked.since else None,
        "until": moment(asked.until),
        "source": asked.source,
        "tables": {
            table.name: {"file": path.name}
            | asdict(File.of(path, rows[table.name]))
            | {
                "row": table.row,
                "key": table.key,
                "columns": [_told(column) for column in table.columns],
            }
            for table, path in files.items()
        },
    }


def _told(column: Column) -> dict[str, Any]:
    return {
        "name": column.name,
        "type": str(column.type),
        "unit": column.unit,
        "optional": column.is_optional,
        "description": column.description,
    }


def _write_rows(writer: Writer, rows: Iterator[reading.Row]) -> int:
    count = 0
    for row in rows:
        writer.write(row)
        count += 1
    return count
