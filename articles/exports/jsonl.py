"""Rows as JSON Lines: an object a line, in UTF-8."""

from datetime import datetime

import orjson

from articles.exports.lines import moment
from articles.exports.reading import Row
from articles.exports.tables import Table

OPTIONS = orjson.OPT_APPEND_NEWLINE | orjson.OPT_PASSTHROUGH_DATETIME


class JSONLines:
    """A row with its columns in the order of the table; all of them, also those that are null."""

    def head(self, table: Table) -> bytes:
        return b""

    def line(self, table: Table, row: Row) -> bytes:
        return orjson.dumps(row, default=_plain, option=OPTIONS)


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return moment(value)
    raise TypeError
