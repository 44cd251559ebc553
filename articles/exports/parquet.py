"""Rows as Parquet: columns with types, lists as lists, packed with zstd, and what each column means.

pyarrow is loaded when this module is, and nothing else of newsdiff needs it.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from articles.exports.reading import Row
from articles.exports.tables import Column, Table, Type

ROW_GROUP = 16_000_000  # bytes of values, about: what is held while one is written, and read at once later
ROWS_AT_MOST = 100_000  # of a row group, for rows of a few numbers
PLAIN = 8  # bytes of a value that is no text

SCALARS = (Type.INTEGER, Type.NUMBER, Type.BOOLEAN, Type.TIME)
TYPES = {
    Type.INTEGER: pa.int64(),
    Type.NUMBER: pa.float64(),
    Type.BOOLEAN: pa.bool_(),
    Type.TEXT: pa.string(),
    Type.TIME: pa.timestamp("us", tz="UTC"),
    Type.TEXTS: pa.list_(pa.field("element", pa.string(), nullable=False)),
    Type.PARAGRAPHS: pa.list_(
        pa.field(
            "element",
            pa.struct(
                [pa.field("kind", pa.string(), nullable=False), pa.field("text", pa.string(), nullable=False)]
            ),
            nullable=False,
        )
    ),
}


def schema(table: Table) -> pa.Schema:
    """The table's schema, with what its columns mean as metadata of each."""
    return pa.schema(
        [
            pa.field(column.name, TYPES[column.type], nullable=column.is_optional, metadata=_told(column))
            for column in table.columns
        ],
        metadata={"description": table.row},
    )


class Writer:
    """Writes rows of a table as a Parquet file; `size` is about how many bytes their values take."""

    def __init__(self, table: Table, out: BinaryIO) -> None:
        self.size = 0
        self._schema = schema(table)
        self._writer = _writer(table, out)
        self._waiting: list[Row] = []
        self._waiting_size = 0

    def write(self, row: Row) -> None:
        self._waiting.append(row)
        size = _size(row)
        self.size += size
        self._waiting_size += size
        if self._waiting_size >= ROW_GROUP or len(self._waiting) >= ROWS_AT_MOST:
            self._flush()

    def close(self) -> None:
        """Writes what is still held back, and the footer; the file stays open."""
        if self._waiting:
            self._flush()
        self._writer.close()

    def _flush(self) -> None:
        self._writer.write_table(pa.Table.from_pylist(self._waiting, schema=self._schema))
        self._waiting, self._waiting_size = [], 0


def join(table: Table, parts: Iterable[Path], out: BinaryIO) -> None:
    """Writes a whole file that is made of parts; their small row groups become large ones."""
    writer = _writer(table, out)
    waiting = schema(table).empty_table()
    for group in _row_groups(parts):
        waiting = pa.concat_tables([waiting, group])
        if waiting.nbytes >= ROW_GROUP or len(waiting) >= ROWS_AT_MOST:
            writer.write_table(waiting)
            waiting = schema(table).empty_table()
    if len(waiting):
        writer.write_table(waiting)
    writer.close()


def _row_groups(parts: Iterable[Path]) -> Iterator[pa.Table]:
    for path in parts:
        with pq.ParquetFile(path) as part:
            for at in range(part.num_row_groups):
                yield part.read_row_group(at)


def _writer(table: Table, out: BinaryIO) -> pq.ParquetWriter:
    repeated = [column.name for column in table.columns if column.is_repeated]
    # by what readers skip row groups; of long texts the least and the greatest would only swell the footer
    compared = [column.name for column in table.columns if column.is_repeated or column.type in SCALARS]
    if any(column.type is Type.PARAGRAPHS for column in table.columns):
        repeated.append("paragraphs.list.element.kind")
    return pq.ParquetWriter(
        out, schema(table), compression="zstd", use_dictionary=repeated, write_statistics=compared
    )


def _told(column: Column) -> dict[str, str]:
    told = {"description": column.description}
    return told | {"unit": column.unit} if column.unit else told


def _size(value: Any) -> int:
    """About how many bytes a value takes."""
    match value:
        case str():
            return len(value)
        case list():
            return sum(map(_size, value))
        case dict():
            return sum(map(_size, value.values()))
    return PLAIN
