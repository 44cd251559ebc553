"""The tables as a document: `python -m articles.exports.dictionary > docs/data-dictionary.md`."""

import sys
from collections.abc import Iterator

from articles.exports.tables import TABLES, Column, Table

HEAD = """\
# Data dictionary

The tables that `manage.py export` writes as JSON Lines, CSV and Parquet ([exports.md](exports.md)), column by
column. This page is made from `articles/exports/tables.py`.

- `until` is the moment at which the export began, in `manifest.json` of a folder. Which rows there are is
  decided by it; values marked *as of when the row was read* may be some time younger.
- Names of columns are a contract: none is renamed or dropped. New ones come at the end of a table.
- **integer** and **number** are 64 bits wide; **text** is UTF-8 and never null; **time** is UTC, in JSON and
  CSV written as `2026-03-02T09:00:00.000000Z`; **list of (kind, text)** is in JSON a list of objects.
- *Optional* columns may be null; in CSV that is an empty field.
"""


def markdown() -> str:
    """The document."""
    return "\n".join([HEAD, *(line for table in TABLES.values() for line in _section(table))])


def _section(table: Table) -> Iterator[str]:
    key = ", ".join(f"`{name}`" for name in table.key)
    yield f"## {table.name}\n"
    yield f"{table.row} Rows stand in the order of {key}.\n"
    yield "| column | type | unit | means |"
    yield "| --- | --- | --- | --- |"
    for column in table.columns:
        yield f"| `{column.name}` | {_type(column)} | {column.unit} | {column.description} |"
    yield ""


def _type(column: Column) -> str:
    return f"{column.type}, optional" if column.is_optional else str(column.type)


if __name__ == "__main__":
    sys.stdout.write(markdown())
