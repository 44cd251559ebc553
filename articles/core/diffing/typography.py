"""Which marks are to be lit: those a reader would see, and not a quotation mark of another shape.

Segments give both texts exactly as they are, so they also tell where only typography differs. That is
where both sides fold to the same text (`tokens.fold`), and `fingerprint.words`, by which versions are
told apart, agrees that nothing else changed: what made a version is lit. A comma that came is lit as well.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from articles.core.diffing.tokens import paragraph_key
from articles.core.fingerprint import words
from articles.core.types import Segment

CONTEXT = 4  # characters beside a sign that decide whether it means something: "-5" is not "- 5"


class _Mark(NamedTuple):
    """What went and what came in its place, and where the latter stands in the new text."""

    segments: range
    removed: str
    added: str
    start: int


def lit(segments: Sequence[Segment]) -> list[bool]:
    """For each segment, whether it is to be lit.

    Not so what stays, what reads like that in whose place it came, and spaces that came or went alone.
    """
    seen = [op != "=" for op, _ in segments]
    new = ""
    for mark in _marks(segments):
        if paragraph_key(mark.removed) == paragraph_key(mark.added):
            # Put together only now: most edits have no such mark.
            new = new or "".join([text for op, text in segments if op != "-"])
            if _reads_the_same(mark, new):
                for k in mark.segments:
                    seen[k] = False
    if new and not any(seen):
        old = "".join([text for op, text in segments if op != "+"])
        if words(old) != words(new):  # signs that mean nothing one by one, but do together
            return [op != "=" for op, _ in segments]
    return seen


def _marks(segments: Sequence[Segment]) -> Iterator[_Mark]:
    at = k = 0
    while k < len(segments):
        op, text = segments[k]
        if op == "=":
            at += len(text)
            k += 1
            continue
        added = text if op == "+" else ""
        stop = k + 1
        if op == "-" and stop < len(segments) and segments[stop][0] == "+":
            added = segments[stop][1]
            stop += 1
        yield _Mark(range(k, stop), text if op == "-" else "", added, at)
        at += len(added)
        k = stop


def _reads_the_same(mark: _Mark, new: str) -> bool:
    """Whether the words around a mark are the same with and without it."""
    stop = mark.start + len(mark.added)
    before, after = new[max(0, mark.start - CONTEXT) : mark.start], new[stop : stop + CONTEXT]
    return words(before + mark.removed + after) == words(before + mark.added + after)
