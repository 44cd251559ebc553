"""Rows as CSV (RFC 4180): UTF-8, lines that end in CR LF, a first line with the names of the columns."""

import csv
from collections.abc import Iterable
from datetime import datetime
from io import StringIO
from typing import Any

import orjson

from articles.exports.lines import moment
from articles.exports.reading import Row
from articles.exports.tables import Table

# How a field begins that spreadsheets take for a formula (OWASP, CSV injection), full-width forms too.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
BOM = "\ufeff"


class CSV:
    """Each text as it is; or, for a spreadsheet, so that none is taken for a formula.

    A text of a page may begin like a formula, and Excel and LibreOffice would work it out. For them such a
    text gets an apostrophe before it, and the file the mark by which they know UTF-8. Programs that read CSV
    want neither.
    """

    def __init__(self, for_spreadsheet: bool = False) -> None:
        self._for_spreadsheet = for_spreadsheet

    def head(self, table: Table) -> bytes:
        names = _written(table.names)
        return f"{BOM}{names}".encode() if self._for_spreadsheet else names.encode()

    def line(self, table: Table, row: Row) -> bytes:
        return _written(self._field(row[name]) for name in table.names).encode()

    def _field(self, value: Any) -> Any:
        match value:
            case datetime():
                return moment(value)
            case bool():
                return "true" if value else "false"
            case list():
                return orjson.dumps(value).decode()
            case str() if self._for_spreadsheet and value.startswith(FORMULA):
                return f"'{value}"
        return value


def _written(fields: Iterable[Any]) -> str:
    line = StringIO()
    csv.writer(line).writerow(fields)
    return line.getvalue()
