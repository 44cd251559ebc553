"""Splits and merges: free paragraphs that are made of words which a neighbour lost."""

from collections.abc import Sequence
from dataclasses import dataclass

from articles.core.diffing.likeness import CONTAINED, LEAST_CONTAINED_WORDS, Bag, Likeness, Side
from articles.core.diffing.pairing import FREE, Pairing

LEAST_PIECE = 4  # characters of a short piece that has to be found word for word
# A piece may have been edited so much that it is no longer contained, if it is as alike as this to what the
# whole has left: more so if it has fewer than so many words.
EDITED_PIECE = 0.5
EDITED_LINE = 0.72
LEAST_EDITED_PIECE = 6


def attach_pieces(pairing: Pairing, likeness: Likeness) -> None:
    """Gives each piece of a split or merge to the paragraph it is a piece of."""
    splits = _Search(likeness, likeness.new, likeness.old, pairing.to_old)
    merges = _Search(likeness, likeness.old, likeness.new, pairing.to_new)
    pairing.new_pieces = splits.run(pairing.free_new())
    pairing.old_pieces = merges.run(pairing.free_old())


@dataclass(slots=True)
class _Rest:
    """The words of a whole that none of its parts has yet, and what they tell together."""

    words: Bag
    weight: float


class _Search:
    """Looks for pieces on one side whose wholes stand on the other.

    whole_of   for each paragraph of the pieces' side the whole it is linked to, or FREE
    """

    def __init__(self, likeness: Likeness, pieces: Side, wholes: Side, whole_of: Sequence[int]) -> None:
        self._likeness, self._pieces, self._wholes = likeness, pieces, wholes
        # What is linked as equal has lost no words.
        self._whole_of = {
            part: whole
            for part, whole in enumerate(whole_of)
            if whole != FREE and pieces.texts[part] != wholes.texts[whole]
        }
        self._rests: dict[int, _Rest] = {}
        self._spelt: dict[int, str] = {}  # the words of a whole in a line

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
            if whole == FREE:
                continue
            rest = self._rest(whole, neighbour)
            if self._is_piece(piece, whole, rest):
                self._take(rest, self._pieces.bag(piece))
                return whole
        return FREE

    def _is_piece(self, piece: int, whole: int, rest: _Rest) -> bool:
        """Whether a piece is made of words that the whole has left, or, much edited, is like these."""
        bag = self._pieces.bag(piece)
        shared, weight = self._likeness.shared(bag, rest.words), self._likeness.weight(bag)
        if weight and shared >= CONTAINED * weight:
            return self._may_hold(whole, piece)
        if self._pieces.size(piece) >= LEAST_EDITED_PIECE:
            return 2 * shared >= EDITED_PIECE * (weight + rest.weight)
        # A sub-heading is known by its words, not by its number.
        has_word = any(word.isalpha() and rest.words[word] > 0 for word in bag)
        return has_word and 2 * shared >= EDITED_LINE * (weight + rest.weight)

    def _may_hold(self, whole: int, piece: int) -> bool:
        """Whether words that are contained are enough to tell, or are found in one stretch."""
        if min(self._pieces.size(piece), self._wholes.size(whole)) >= LEAST_CONTAINED_WORDS:
            return True
        if whole not in self._spelt:
            self._spelt[whole] = f" {' '.join(self._wholes.words_of(whole))} "
        words = " ".join(self._pieces.words_of(piece))
        return len(words) >= LEAST_PIECE and f" {words} " in self._spelt[whole]

    def _rest(self, whole: int, part: int) -> _Rest:
        if whole not in self._rests:  # so far `part` is its only one
            words = self._wholes.bag(whole) - self._pieces.bag(part)
            self._rests[whole] = _Rest(words, self._likeness.weight(words))
        return self._rests[whole]

    def _take(self, rest: _Rest, bag: Bag) -> None:
        """Takes the words of a piece from the rest: in place, for a whole may fall into thousands."""
        rest.weight -= self._likeness.shared(bag, rest.words)
        for word, count in bag.items():
            if word in rest.words:
                rest.words[word] -= min(count, rest.words[word])
