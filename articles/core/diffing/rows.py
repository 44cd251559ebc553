"""All of it in reading order: a pairing -> the rows of a diff."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from articles.core.diffing.pairing import Pairing
from articles.core.diffing.tokens import split_each
from articles.core.diffing.words import Marker, joined
from articles.core.types import Row, RowState, Segment


class _Group(NamedTuple):
    """Paragraphs that became each other: a link and the pieces on either side, each side unbroken."""

    old: tuple[int, ...]
    new: tuple[int, ...]
    moved: bool


_Marked = dict[int, tuple[Segment, ...]]  # a group's first new paragraph -> its segments


def arrange(old: Sequence[str], new: Sequence[str], pairing: Pairing) -> tuple[Row, ...]:
    """The rows of a diff.

    What stayed in its place gives the order. Before each such row come the old paragraphs that
    stood before it and are gone or moved away, then the new ones that were added or moved there.
    """
    groups = _groups(pairing)
    segments = _segments(old, new, groups, pairing)
    by_old = {i: group for group in groups for i in group.old}
    by_new = {j: group for group in groups for j in group.new}
    rows: list[Row] = []
    i = j = 0
    for group in groups:
        if not group.moved:
            rows += _leaving(range(i, group.old[0]), old, by_old)
            rows += _arriving(range(j, group.new[0]), new, by_new, segments)
            rows.append(_staying(group, segments[group.new[0]]))
            i, j = group.old[-1] + 1, group.new[-1] + 1
    rows += _leaving(range(i, len(old)), old, by_old)
    rows += _arriving(range(j, len(new)), new, by_new, segments)
    return tuple(rows)


def _groups(pairing: Pairing) -> list[_Group]:
    """In the order of the old text."""
    old_parts: dict[int, list[int]] = {}
    new_parts: dict[int, list[int]] = {}
    for i, j in pairing.old_pieces.items():
        old_parts.setdefault(j, []).append(i)
    for j, i in pairing.new_pieces.items():
        new_parts.setdefault(i, []).append(j)
    in_place = set(pairing.in_order({}))
    return [
        _Group(
            tuple(sorted([i, *old_parts.get(j, ())])),
            tuple(sorted([j, *new_parts.get(i, ())])),
            moved=(i, j) not in in_place,
        )
        for i, j in sorted(pairing.to_new.items())
    ]


def _segments(old: Sequence[str], new: Sequence[str], groups: Sequence[_Group], pairing: Pairing) -> _Marked:
    segments = {g.new[0]: _whole("=", old[g.old[0]]) for g in groups}
    differing = [g for g in groups if [old[i] for i in g.old] != [new[j] for j in g.new]]
    old_tokens = _tokens(old, pairing.old_tokens, [i for g in differing for i in g.old])
    new_tokens = _tokens(new, pairing.new_tokens, [j for g in differing for j in g.new])
    marker = Marker()
    for group in differing:
        before = joined([old_tokens[i] for i in group.old])
        after = joined([new_tokens[j] for j in group.new])
        segments[group.new[0]] = marker.mark(before, after)
    return segments


def _tokens(
    texts: Sequence[str], known: Mapping[int, list[str]], wanted: Sequence[int]
) -> Mapping[int, list[str]]:
    """The words of the paragraphs wanted, of which those unknown are still to be parted."""
    missing = [k for k in wanted if k not in known]
    if not missing:
        return known
    return {**known, **dict(zip(missing, split_each([texts[k] for k in missing]), strict=True))}


def _whole(op: str, text: str) -> tuple[Segment, ...]:
    return ((op, text),) if text else ()


def _leaving(span: range, old: Sequence[str], by_old: dict[int, _Group]) -> Iterator[Row]:
    for i in span:
        group = by_old.get(i)
        if group is None:
            yield Row(RowState.REMOVED, (i,), (), _whole("-", old[i]))
        elif group.old[0] == i:
            text = "\n".join(old[k] for k in group.old)
            yield Row(RowState.MOVED_AWAY, group.old, (), _whole("=", text))


def _arriving(span: range, new: Sequence[str], by_new: dict[int, _Group], segments: _Marked) -> Iterator[Row]:
    for j in span:
        group = by_new.get(j)
        if group is None:
            yield Row(RowState.ADDED, (), (j,), _whole("+", new[j]))
        elif group.new[0] == j:
            state = _split_state(group) or RowState.MOVED
            yield Row(state, group.old, group.new, segments[group.new[0]])


def _staying(group: _Group, segments: tuple[Segment, ...]) -> Row:
    # What differs has a mark, and stands beside what stayed or is all of the row.
    state = RowState.CHANGED if len(segments) > 1 or (segments and segments[0][0] != "=") else RowState.SAME
    return Row(_split_state(group) or state, group.old, group.new, segments)


def _split_state(group: _Group) -> RowState | None:
    if len(group.new) > len(group.old):
        return RowState.SPLIT
    if len(group.old) > 1:
        return RowState.MERGED
    return None
