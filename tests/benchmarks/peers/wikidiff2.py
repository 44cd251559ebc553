"""Reads what wikidiff2 found from its JSON, which pairs paragraphs as its table of HTML does."""

import json
from typing import Any

from tests.benchmarks.quality import Shown

CONTEXT, ADDED, DELETED, CHANGED, MOVED_FROM, MOVED_TO = range(6)


def read_rows(answer: str) -> list[Shown]:
    """The rows of `wikidiff2_inline_json_diff`, told to give every line as context.

    Its lines carry no number of the old text, but those of each text come in order. What moved comes
    twice, where it stood and where it stands, in either order.
    """
    rows: list[Shown] = []
    stood: dict[str, int] = {}
    moved: list[tuple[str, int, dict[str, Any]]] = []
    old = new = 0
    for line in json.loads(answer)["diff"]:
        kind = line["type"]
        if kind == MOVED_FROM:
            stood[line["moveInfo"]["id"]] = old
        elif kind == MOVED_TO:
            moved.append((line["moveInfo"]["linkId"], new, line))
        else:
            olds = () if kind == ADDED else (old,)
            news = () if kind == DELETED else (new,)
            rows.append(Shown(olds, news, _segments(line)))
        old += kind not in (ADDED, MOVED_TO)
        new += kind not in (DELETED, MOVED_FROM)
    return rows + [Shown((stood[name],), (to,), _segments(line)) for name, to, line in moved]


def _segments(line: dict[str, Any]) -> list[tuple[str, str]]:
    """The line's text by what is marked in it; ranges count bytes."""
    if line["type"] in (ADDED, DELETED):
        return [("+" if line["type"] == ADDED else "-", line["text"])]
    text, at = line["text"].encode(), 0
    segments = []
    for marked in line.get("highlightRanges", ()):
        start, end = marked["start"], marked["start"] + marked["length"]
        segments += [("=", text[at:start]), ("-" if marked["type"] else "+", text[start:end])]
        at = end
    segments.append(("=", text[at:]))
    return [(op, part.decode()) for op, part in segments if part]
