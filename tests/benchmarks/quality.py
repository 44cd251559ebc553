"""What a differ says of two texts, held against what is known to be true.

Two paragraphs are linked where a differ shows one as what became of the other. Truth is the links an
editor made (`editing`) or somebody labelled. Of a paragraph split or merged any piece counts as the
link, as it is found or not; how many pieces are found is counted apart.

A word is lit if any of it is marked as removed or added, on either side; in Chinese, Japanese and
Thai script every character is a word. A run is a mark on one side without a word in between: where
as many words are lit, fewer runs read better.
"""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

Link = tuple[int, int]

WIDE = "\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff"
WORD = re.compile(rf"[{WIDE}]|[^\W{WIDE}]+(?:[.,'’-][^\W{WIDE}]+)*")


class Shown(NamedTuple):
    """Paragraphs a differ shows together, by their indexes, and (op, text) over them as in `Row`."""

    old: tuple[int, ...]
    new: tuple[int, ...]
    segments: list[tuple[str, str]]


@dataclass(slots=True)
class Truth:
    """The links there are.

    `links` are those of whole paragraphs, `moved` the ones of them that moved. Each of `groups` holds
    the links of a paragraph's pieces. `optional` are neither right nor wrong. `words` is how many
    words were edited, where that is known.
    """

    links: set[Link] = field(default_factory=set)
    moved: set[Link] = field(default_factory=set)
    groups: list[set[Link]] = field(default_factory=list)
    optional: set[Link] = field(default_factory=set)
    words: int = 0


def labelled(labels: dict[str, Any]) -> Truth:
    """The truth as a file of pairs has it: "links" of [old, new, kind], "groups" and "optional"."""
    return Truth(
        links={(old, new) for old, new, _kind in labels["links"]},
        moved={(old, new) for old, new, kind in labels["links"] if kind.startswith("moved")},
        groups=[{(old, new) for old, new in group} for group in labels.get("groups", ())],
        optional={(old, new) for old, new in labels.get("optional", ())},
    )


def count_words(text: str) -> int:
    """How many words the text has."""
    return len(WORD.findall(text))


def tally(truth: Truth, rows: Iterable[Shown]) -> Counter[str]:
    """Counts of one pair of texts; they add up over pairs."""
    rows = list(rows)
    links = {(old, new) for row in rows for old in row.old for new in row.new}
    pieces: set[Link] = set().union(*truth.groups)
    found = sum(bool(links & group) for group in truth.groups)
    count = Counter(
        right=len(links & truth.links) + found,
        true=len(truth.links) + len(truth.groups),
        false=len(links - truth.links - pieces - truth.optional),
        moved=len(truth.moved),
        moved_found=len(links & truth.moved),
        pieces=len(pieces),
        pieces_found=len(links & pieces),
        words_edited=truth.words,
    )
    for row in rows:
        for side in "-+":
            words, runs = lit(row.segments, side)
            count.update(words=words, runs=runs)
    return count


def lit(segments: Iterable[tuple[str, str]], side: str) -> tuple[int, int]:
    """(words, runs) marked on one side of a row: "-" for the old, "+" for the new."""
    shown = [(op, text) for op, text in segments if op in ("=", side)]
    text = "".join(part for _op, part in shown)
    ops = "".join(op * len(part) for op, part in shown)
    words = sum(side in ops[word.start() : word.end()] for word in WORD.finditer(text))
    runs, end = 0, -1
    for mark in re.finditer(re.escape(side) + "+", ops):
        if text[mark.start() : mark.end()].strip():
            runs += end < 0 or bool(text[end : mark.start()].strip())
            end = mark.end()
    return words, runs


def measures(count: Counter[str]) -> tuple[float, float, float]:
    """(precision, recall, F1) of the links."""
    precision = count["right"] / max(1, count["right"] + count["false"])
    recall = count["right"] / max(1, count["true"])
    return precision, recall, 2 * precision * recall / max(1e-9, precision + recall)
