"""What the log's lines look like: an event with fixed keys (docs/operations.md has the table of them).

A line is `key=value` pairs (logfmt), or a JSON object with the same keys where LOG_FORMAT is json. Values
hold what sites said. They are quoted and escaped here, in one place, so that none can begin a line, end
its quotes or pass for a key.
"""

import json
import logging
import re
import traceback
from datetime import UTC, datetime
from types import TracebackType
from typing import Any

LONGEST = 1000  # characters of a value: a longer one is cut, and ends in …
FOLLOWS = "  | "  # begins the lines of a traceback, as no event's line begins
_BARE = re.compile(r"[\w./:@+,%~?&;#*!$()\[\]-]+", re.ASCII)
_WORDS = ("null", "true", "false")  # a text that reads so is quoted, to be told from the value


class Log:
    """A logger whose lines are events: `Log(__name__).info("check", article=5, outcome="failed")`."""

    def __init__(self, name: str) -> None:
        self._logger = logging.getLogger(name)

    def info(self, event: str, **values: Any) -> None:
        """Logs an event that is part of normal work."""
        self._logger.info(event, extra={"values": values})

    def warning(self, event: str, **values: Any) -> None:
        """Logs an event that somebody may want to look into."""
        self._logger.warning(event, extra={"values": values})

    def error(self, event: str, **values: Any) -> None:
        """Logs an event that somebody should look into."""
        self._logger.error(event, extra={"values": values})

    def exception(self, event: str, **values: Any) -> None:
        """Logs an event with the exception that is being handled."""
        self._logger.exception(event, extra={"values": values})


class Line(logging.Formatter):
    """Formats a record as a line of key=value pairs; a traceback follows on lines of its own."""

    def format(self, record: logging.LogRecord) -> str:
        line = " ".join(f"{key}={_put(value)}" for key, value in _pairs(record))
        return "\n".join([line, *(FOLLOWS + _escaped(one) for one in _traceback(record))])


class Json(logging.Formatter):
    """Formats a record as a JSON object on one line, a traceback as its key `traceback`."""

    def format(self, record: logging.LogRecord) -> str:
        values = {key: _plain(value) for key, value in _pairs(record)}
        if lines := _traceback(record):
            values["traceback"] = "\n".join(lines)
        return json.dumps(values)


def _pairs(record: logging.LogRecord) -> list[tuple[str, Any]]:
    """What every line has, then the event's own; a library's line is the event "log" with a message."""
    at = datetime.fromtimestamp(record.created, UTC)
    head = [("time", at.isoformat(timespec="milliseconds").replace("+00:00", "Z"))]
    head += [("level", record.levelname.lower()), ("logger", record.name)]
    values = getattr(record, "values", None)
    if values is None:
        return [*head, ("event", "log"), ("message", record.getMessage())]
    return [*head, ("event", record.msg), *values.items()]


def _plain(value: Any) -> Any:
    """A value as JSON takes it: numbers, truth and None as they are, all else as text, cut if long."""
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return round(value, 3)
    text = str(value)
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def _put(value: Any) -> str:
    plain = _plain(value)
    if not isinstance(plain, str):
        return json.dumps(plain)
    if _BARE.fullmatch(plain) and plain not in _WORDS:
        return plain
    return '"' + _escaped(plain.replace("\\", "\\\\").replace('"', '\\"')) + '"'


def _escaped(text: str) -> str:
    """The text with what is not seen as a sign, line ends before all, written as JSON escapes it."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else json.dumps(char)[1:-1] for char in text)


def _traceback(record: logging.LogRecord) -> list[str]:
    """The lines of a record's traceback; the message of an exception may hold more than one."""
    found: tuple[type[BaseException], BaseException, TracebackType | None] | Any = record.exc_info
    lines: list[str] = []
    if found and found[1] is not None:
        lines = "".join(traceback.format_exception(*found)).splitlines()
    if record.stack_info:
        lines += record.stack_info.splitlines()
    return lines
