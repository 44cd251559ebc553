"""Splits and merges: free paragraphs that are made of words which a neighbour lost."""

from collections.abc import Callable, Sequence

from articles.core.diffing.likeness import CONTAINED, Bag, Likeness, Side
from articles.core.diffing.pairing import FREE, Pairing

LEAST_PIECE = 4  # characters of a short piece that has to be found word for word
# A piece may have been edited so much that it is no longer contained, if it is as alike as this to what the
# whole has left: more so if it has fewer than so many words.
EDITED_PIECE = 0.5
EDITED_LINE = 0.72
LEAST_EDITED_PIECE = 6


def attach_pieces(pairing: Pairing, likeness: Likeness) -> None:
    """Gives each piece of a split or merge to the paragraph it is a piece of."""
    old, new = likeness.old, likeness.new
    splits = _Search(likeness, new, old, pairing.to_old, likeness.contains)
    merges = _Search(likeness, old, new, pairing.to_new, lambda j, i: likeness.contains(i, j))
    pairing.new_pieces = splits.run(pairing.free_new())
    pairing.old_pieces = merges.run(pairing.free_old())


class _Search:
    """Looks for pieces on one side whose wholes stand on the other.

    whole_of   for each paragraph of the pieces' side the whole it is linked to, or FREE
    contains   whether a whole has the words of a piece
    """

    def __init__(
        self,
        likeness: Likeness,
        pieces: Side,
        wholes: Side,
        whole_of: Sequence[int],
        contains: Callable[[int, int], bool],
    ) -> None:
        self._likeness, self._pieces, self._wholes, self._contains = likeness, pieces, wholes, contains
        # What is linked as equal has lost no words.
        self._whole_of = {
            part: whole
            for part, whole in enumerate(whole_of)
            if whole != FREE and pieces.texts[part] != wholes.texts[whole]
        }
        self._left: dict[int, Bag] = {}  # the words of a whole that none of its parts has yet

    def run(self, free: Sequence[int]) -> dict[int, int]:
        """Which of the free paragraphs are pieces, and of what.

        Each piece found may be the neighbour of the next, so that a paragraph can fall into many.
        """
        found: dict[int, int] = {}
        waiting, still_free = list(free)[::-1], set(free)
        while waiting:
            piece = waiting.pop()
            whole = self._find_whole(piece) if piece in still_free else FREE
            if whole != FREE:
                found[piece] = self._whole_of[piece] = whole
                still_free.discard(piece)
                waiting += [k for k in (piece + 1, piece - 1) if k in still_free]
        return found

    def _find_whole(self, piece: int) -> int:
        for neighbour in (piece - 1, piece + 1):
            whole = self._whole_of.get(neighbour, FREE)
            if whole != FREE and self._is_piece(piece, whole, neighbour):
                self._left[whole] = self._words_left(whole, neighbour) - self._pieces.bag(piece)
                return whole
        return FREE

    def _is_piece(self, piece: int, whole: int, part: int) -> bool:
        """Whether a piece is made of words that the whole has left, or, much edited, is like these."""
        bag, left = self._pieces.bag(piece), self._words_left(whole, part)
        shared, weight = self._likeness.shared(bag, left), self._likeness.weight(bag)
        if weight and shared >= CONTAINED * weight:
            return self._may_hold(whole, piece)
        if bag.total() < LEAST_EDITED_PIECE:
            least = EDITED_LINE
            # A sub-heading is known by its words, not by its number.
            if not any(map(str.isalpha, bag.keys() & left.keys())):
                return False
        else:
            least = EDITED_PIECE
        return 2 * shared >= least * (weight + self._likeness.weight(left))

    def _may_hold(self, whole: int, piece: int) -> bool:
        """Whether the words are contained, or, where they are too few to tell, found in one stretch."""
        if self._contains(whole, piece):
            return True
        words = " ".join(self._pieces.words_of(piece))
        return len(words) >= LEAST_PIECE and f" {words} " in f" {' '.join(self._wholes.words_of(whole))} "

    def _words_left(self, whole: int, part: int) -> Bag:
        if whole not in self._left:  # so far `part` is its only one
            self._left[whole] = self._wholes.bag(whole) - self._pieces.bag(part)
        return self._left[whole]
