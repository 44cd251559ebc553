"""An edit with a little of what stands around it, to be stored and shown in lists."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from articles.core.diffing.tokens import split_words
from articles.core.types import Segment

LENGTH = 240  # characters, about


def excerpt(segments: Sequence[Segment], old_start: int, new_start: int) -> tuple[Segment, ...]:
    """The segments around the edit that starts at these places, as many as fit into LENGTH.

    The places are characters into the old and the new text; ValueError if no edit starts there. It
    grows by words that stayed and by whole edits: half an edit would tell something untrue.
    """
    units = list(_units(segments))
    centre = _unit_at(units, old_start, new_start)
    kept = _shortened(units[centre])
    length = _size(kept)
    left, right = centre - 1, centre + 1
    growing = True
    while growing:
        growing = False
        if left >= 0 and length + _size(units[left]) <= LENGTH:
            length += _size(units[left])
            kept = [*units[left], *kept]
            left -= 1
            growing = True
        if right < len(units) and length + _size(units[right]) <= LENGTH:
            length += _size(units[right])
            kept = [*kept, *units[right]]
            right += 1
            growing = True
    if left >= 0:
        kept = [("=", "…"), *kept]
    if right < len(units) and not kept[-1][1].endswith("…"):
        kept = [*kept, ("=", "…")]
    return tuple(coalesced(kept))


def _units(segments: Iterable[Segment]) -> Iterator[list[Segment]]:
    """Words that stayed one by one; what was removed and what was added there together."""
    edit: list[Segment] = []
    for op, text in segments:
        if op != "=":
            edit.append((op, text))
            continue
        if edit:
            yield edit
            edit = []
        for token in split_words(text):
            yield [("=", token)]
    if edit:
        yield edit


def _unit_at(units: Sequence[list[Segment]], old_start: int, new_start: int) -> int:
    a = b = 0
    for k, unit in enumerate(units):
        if (a, b) == (old_start, new_start) and unit[0][0] != "=":
            return k
        a += sum(len(text) for op, text in unit if op != "+")
        b += sum(len(text) for op, text in unit if op != "-")
    raise ValueError(f"no edit starts at {old_start} and {new_start}")


def _shortened(edit: Sequence[Segment]) -> list[Segment]:
    """An edit too long for an excerpt, each side cut behind a word."""
    if _size(edit) <= LENGTH:
        return list(edit)
    kept: list[Segment] = []
    for op, text in edit:
        room = LENGTH // len(edit)
        shown = ""
        for token in split_words(text):
            if len(shown) + len(token) > room:
                break
            shown += token
        kept.append((op, shown))
        if len(shown) < len(text):
            kept.append(("=", "…"))
    return [segment for segment in kept if segment[1]]


def _size(unit: Iterable[Segment]) -> int:
    return sum(len(text) for _, text in unit)


def coalesced(segments: Iterable[Segment]) -> Iterator[Segment]:
    """The segments, neighbours of a kind made one."""
    for op, group in groupby(segments, lambda segment: segment[0]):
        yield op, "".join(text for _, text in group)
