"""The log's lines: fixed keys, values that forge nothing, and the table in docs/operations.md."""

import ast
import json
import logging
import re
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from articles import logs

ROOT = Path(__file__).resolve().parent.parent
# One pair of a line, as a reader of logfmt takes it.
PAIR = re.compile(r'(\w+)=(?:"((?:[^"\\]|\\.)*)"|([^\s"]*))(?: |$)')
HOSTILE = [
    "two\nlines",
    "a\r\ntime=2026-01-01T00:00:00Z level=error event=forged",
    '" event=forged x="',
    "ends in a backslash\\",
    '\\" event=forged',
    "\u2028event=forged",
    "\x1b[2J\x1b[31mred",
    "\u202egnisrever",
    "null",
    "",
    "event=forged",
    "a b",
    "\ud800",
]


def record(event: str, **values: object) -> logging.LogRecord:
    made = logging.LogRecord("articles.x", logging.INFO, __file__, 1, event, (), None)
    made.values = values
    made.created = 1_790_000_000.25
    return made


def pairs(line: str) -> list[tuple[str, str]]:
    """The pairs of a line; fails where something of it is in none."""
    found, end = [], 0
    for pair in PAIR.finditer(line):
        assert pair.start() == end, line[end:]
        end = pair.end()
        value = pair[3] if pair[2] is None else json.loads(f'"{pair[2]}"')
        found.append((pair[1], value))
    assert end == len(line)
    return found


def test_a_line_has_its_keys_in_order():
    line = logs.Line().format(
        record(
            "check", article=5, outcome="failed", status=None, reason="connection refused", seconds=0.12345
        )
    )
    assert line == (
        "time=2026-09-21T14:13:20.250Z level=info logger=articles.x event=check article=5 outcome=failed "
        'status=null reason="connection refused" seconds=0.123'
    )


@pytest.mark.parametrize("hostile", HOSTILE)
def test_no_value_forges_a_line_or_a_key(hostile):
    line = logs.Line().format(record("check", reason=hostile, url="http://a.example/"))
    assert len(line.splitlines()) == 1
    assert line.isprintable()
    assert pairs(line)[3:] == [("event", "check"), ("reason", hostile), ("url", "http://a.example/")]


@given(st.text(st.characters(), max_size=300))
def test_any_text_is_one_value_on_one_line(text):
    line = logs.Line().format(record("check", reason=text, last=1))
    assert line.isprintable()
    assert pairs(line)[4:] == [("reason", text), ("last", "1")]
    as_json = logs.Json().format(record("check", reason=text, last=1))
    assert len(as_json.splitlines()) == 1
    assert json.loads(as_json)["reason"] == text


def test_a_long_value_is_cut():
    (*_, (_, shown)) = pairs(logs.Line().format(record("check", reason="x" * 5000)))
    assert (len(shown), shown[-1]) == (logs.LONGEST, "…")


def test_a_line_of_a_library_is_a_message():
    made = logging.LogRecord("celery", logging.WARNING, __file__, 1, "%s said\n%s", ("it", "this"), None)
    assert pairs(logs.Line().format(made))[1:] == [
        ("level", "warning"),
        ("logger", "celery"),
        ("event", "log"),
        ("message", "it said\nthis"),
    ]


def test_no_exception_forges_a_line():
    try:
        raise ValueError("first\ntime=2026-01-01T00:00:00Z level=info event=forged\x1b[2J")
    except ValueError:
        made = record("replay_failed", url="http://a.example/")
        made.exc_info = sys.exc_info()
    first, *rest = logs.Line().format(made).split("\n")
    assert first.endswith("event=replay_failed url=http://a.example/")
    assert all(line.startswith("  | ") and line.isprintable() for line in rest)
    assert rest[0] == "  | Traceback (most recent call last):"
    parsed = json.loads(logs.Json().format(made))
    assert "event=forged" in parsed["traceback"]
    assert parsed["event"] == "replay_failed"


def test_the_logger_gives_values_not_words(caplog):
    with caplog.at_level(logging.INFO, logger="articles.tried"):
        logs.Log("articles.tried").info("check", article=5)
    (made,) = caplog.records
    assert (made.msg, made.values) == ("check", {"article": 5})


# --- the table ------------------------------------------------------------------------------------
def said_in_code() -> dict[str, tuple[str, list[str]]]:
    """Each event that is logged anywhere: its level and its keys."""
    found = {}
    for path in [*[*ROOT.glob("articles/**/*.py"), *ROOT.glob("newsdiff/*.py")], *ROOT.glob("newsdiff/*.py")]:
        for node in ast.walk(ast.parse(path.read_text())):
            match node:
                case ast.Call(ast.Attribute(ast.Name("log"), level), [ast.Constant(event)], keywords):
                    known = (level, [keyword.arg for keyword in keywords])
                    assert found.setdefault(event, known) == known, f"{event} has other keys elsewhere"
                case ast.Call(ast.Attribute(ast.Name("log"), level), arguments, _):
                    pytest.fail(f"{path.name}:{node.lineno} logs words: {ast.unparse(arguments[0])}")
    return found


def test_each_event_is_in_the_table_with_its_keys():
    text = (ROOT / "docs/operations.md").read_text()
    section = text.partition("\n## What the log says\n")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| `(\w+)` \| (\w+) \| ([^|]*) \|", section, re.MULTILINE)
    levels = {"exception": "error"}
    code = {event: (levels.get(level, level), keys) for event, (level, keys) in said_in_code().items()}
    assert code
    code["log"] = ("any", ["message"])  # what libraries say
    assert {event: (level, re.findall(r"\w+", keys)) for event, level, keys in rows} == code


def test_nothing_logs_past_it():
    """But for what overhears a library's own log: fetching/chat.py."""
    past = [
        path.name
        for path in ROOT.glob("articles/**/*.py")
        if path.name not in ("logs.py", "chat.py")
        and re.search(r"getLogger|logging\.\w+\(", path.read_text())
    ]
    assert past == []
