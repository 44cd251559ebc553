"""All of it in reading order: a pairing -> the rows of a diff."""

from collections.abc import Iterator

from articles.core.diffing.pairing import FREE, Pairing
from articles.core.diffing.typography import lit
from articles.core.diffing.words import Marker
from articles.core.types import Row, RowState, Segment

_Indexes = tuple[int, ...]


def arrange(pairing: Pairing) -> tuple[Row, ...]:
    """The rows of a diff.

    What stayed in its place gives the order. Before each such row come the old paragraphs that
    stood before it and are gone or moved away, then the new ones that were added or moved there.
    """
    return tuple(_Rows(pairing).in_reading_order())


class _Rows:
    """Builds rows: each link makes one, together with the pieces on either side."""

    def __init__(self, pairing: Pairing) -> None:
        self._pairing = pairing
        self._old_parts, self._new_parts = _parts(pairing.old_pieces), _parts(pairing.new_pieces)
        self._marked = self._mark()

    def in_reading_order(self) -> Iterator[Row]:
        at_old = at_new = 0
        for i, j in self._pairing.in_order():
            row = self._row(i, j, RowState.SAME)
            if at_old < i and at_old < row.old[0]:
                yield from self._leaving(at_old, row.old[0])
            if at_new < j and at_new < row.new[0]:
                yield from self._arriving(at_new, row.new[0])
            yield row
            at_old, at_new = row.old[-1] + 1, row.new[-1] + 1
        yield from self._leaving(at_old, len(self._pairing.old))
        yield from self._arriving(at_new, len(self._pairing.new))

    def _mark(self) -> dict[int, tuple[Segment, ...]]:
        """The segments of each link whose sides differ, by its old paragraph: all marked in one pass."""
        old, new = self._pairing.old, self._pairing.new
        differing: list[int] = []
        texts: list[tuple[str, str]] = []
        for i, j in self._pairing.links():
            if old[i] != new[j] or i in self._new_parts or j in self._old_parts:
                olds, news = self._members(i, j)
                differing.append(i)
                texts.append(("\n".join([old[k] for k in olds]), "\n".join([new[k] for k in news])))
        return dict(zip(differing, Marker().mark(texts), strict=True)) if texts else {}

    def _members(self, i: int, j: int) -> tuple[_Indexes, _Indexes]:
        """The paragraphs that became each other: a link and the pieces on either side, each side unbroken."""
        olds = tuple(sorted([i, *self._old_parts[j]])) if j in self._old_parts else (i,)
        news = tuple(sorted([j, *self._new_parts[i]])) if i in self._new_parts else (j,)
        return olds, news

    def _row(self, i: int, j: int, state: RowState) -> Row:
        """The row of a link: `state` says where it stands, for one that was not split or merged."""
        segments = self._marked.get(i)
        if segments is None:
            text = self._pairing.old[i]
            return Row(state, (i,), (j,), (("=", text),) if text else ())
        olds, news = self._members(i, j)
        if len(news) > len(olds):
            state = RowState.SPLIT
        elif len(olds) > 1:
            state = RowState.MERGED
        elif state is RowState.SAME and any(lit(segments)):
            state = RowState.CHANGED
        return Row(state, olds, news, segments)

    def _leaving(self, start: int, stop: int) -> Iterator[Row]:
        old = self._pairing.old
        for i in range(start, stop):
            j = self._pairing.to_new[i]
            j = j if j != FREE else self._pairing.old_pieces.get(i, FREE)
            if j == FREE:
                yield Row(RowState.REMOVED, (i,), (), _whole("-", old[i]))
                continue
            olds, _ = self._members(self._pairing.to_old[j], j)
            if olds[0] == i:
                yield Row(RowState.MOVED_AWAY, olds, (), _whole("=", "\n".join([old[k] for k in olds])))

    def _arriving(self, start: int, stop: int) -> Iterator[Row]:
        for j in range(start, stop):
            i = self._pairing.to_old[j]
            i = i if i != FREE else self._pairing.new_pieces.get(j, FREE)
            if i == FREE:
                yield Row(RowState.ADDED, (), (j,), _whole("+", self._pairing.new[j]))
                continue
            link = (i, self._pairing.to_new[i])
            if self._members(*link)[1][0] == j:
                yield self._row(*link, RowState.MOVED)


def _parts(pieces: dict[int, int]) -> dict[int, list[int]]:
    """The pieces of each whole."""
    parts: dict[int, list[int]] = {}
    for piece, whole in pieces.items():
        parts.setdefault(whole, []).append(piece)
    return parts


def _whole(op: str, text: str) -> tuple[Segment, ...]:
    return ((op, text),) if text else ()
