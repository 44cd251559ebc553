"""Which paragraph became which.

Links are made in order of certainty, and what is sure narrows what is left:

    1  equal paragraphs (typography apart) that occur once on each side, and their equal neighbours
    2  repeated equal paragraphs, in order, between those
    3  pairs that are each other's best and clearly alike
    4  in each gap between links that hold their order, the best weaker pairs in order
    5  pieces: a paragraph beside a linked one, made of words its neighbour lost (a split or merge)
    6  edited and moved: the best of what is left anywhere
    7  neighbours of linked paragraphs that are alike at all, or fill the only hole between two links

The thresholds were set on hand-aligned revisions of real pages (docs/diff.md); moved one at a time
within reason they change little.
"""

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from articles.core.diffing.likeness import CONTAINED, Bag, Likeness, bag_of, compare
from articles.core.diffing.sequences import Link, common_runs, heaviest_chain, is_chain
from articles.core.diffing.tokens import Alphabet, Terms, is_word, paragraph_key, split_each

STRONG = 0.55  # alike enough to be a link of its own, wherever it stands
WEAK = 0.22  # alike enough between two links that hold their order, or beside one
MOVED = 0.42  # alike enough to have moved
MOVED_IF_CONTAINED = 0.85  # what being contained counts for against being alike, for a move
HOLE = 0.10  # alike enough in the only hole between two links
LEAST_STRONG_WORDS = 2  # a single word is no paragraph to be told by
LEAST_MOVED_WORDS = 4  # of shorter lines only those clearly alike are followed
# A short line replaced in such a hole is the same line anew: a heading, a byline, a label.
SHORT_LINE = 12
SHORT_LINE_RATIO = 2.5
LEAST_PIECE = 4  # characters of a short piece that has to be found word for word
SAME_WEIGHT = 8  # what a link weighs beside its length when deciding which of two crossing links moved


@dataclass(slots=True)
class Pairing:
    """Which old paragraph became which new one.

    `to_new` and `to_old` hold the links, one to one. `new_pieces` and `old_pieces` hold paragraphs
    without a link of their own: a new one that was split off an old one, an old one that was
    merged into a new one. `old_tokens` and `new_tokens` keep the words of paragraphs that were parted.
    """

    old: Sequence[str]
    new: Sequence[str]
    to_new: dict[int, int] = field(default_factory=dict)
    to_old: dict[int, int] = field(default_factory=dict)
    new_pieces: dict[int, int] = field(default_factory=dict)
    old_pieces: dict[int, int] = field(default_factory=dict)
    old_tokens: dict[int, list[str]] = field(default_factory=dict)
    new_tokens: dict[int, list[str]] = field(default_factory=dict)

    def link(self, i: int, j: int) -> None:
        self.to_new[i] = j
        self.to_old[j] = i

    def are_free(self, i: int, j: int) -> bool:
        """Whether both are paragraphs that belong to nothing yet."""
        return (
            0 <= i < len(self.old)
            and 0 <= j < len(self.new)
            and i not in self.to_new
            and j not in self.to_old
            and i not in self.old_pieces
            and j not in self.new_pieces
        )

    def free_old(self, start: int = 0, stop: int | None = None) -> list[int]:
        stop = len(self.old) if stop is None else stop
        return [i for i in range(start, stop) if i not in self.to_new and i not in self.old_pieces]

    def free_new(self, start: int = 0, stop: int | None = None) -> list[int]:
        stop = len(self.new) if stop is None else stop
        return [j for j in range(start, stop) if j not in self.to_old and j not in self.new_pieces]

    def in_order(self, likeness: Mapping[Link, float]) -> list[Link]:
        """The links that hold their order on both sides; the others have moved.

        Of links that cross, the longer text stands still.
        """
        links = sorted(self.to_new.items())
        if is_chain(links):
            return links
        weights = [
            (len(self.old[i]) + len(self.new[j])) / 2 * likeness.get((i, j), 1.0) + SAME_WEIGHT
            for i, j in links
        ]
        return [links[k] for k in heaviest_chain(links, weights)]

    def gaps(self, chain: Iterable[Link]) -> Iterator[tuple[list[int], list[int]]]:
        """The free paragraphs between two neighbouring links of a chain, where both sides have some."""
        before_i = before_j = -1
        for i, j in [*chain, (len(self.old), len(self.new))]:
            if i - before_i > 1 and j - before_j > 1:
                old, new = self.free_old(before_i + 1, i), self.free_new(before_j + 1, j)
                if old and new:
                    yield old, new
            before_i, before_j = i, j


def pair(old: Sequence[str], new: Sequence[str]) -> Pairing:
    """Finds which paragraph became which."""
    pairing = Pairing(old, new)
    old_keys, new_keys = _keys(old, new)
    _link_equal(pairing, old_keys, new_keys)
    _link_repeated(pairing, old_keys, new_keys)
    old_tokens, new_tokens = pairing.old_tokens, pairing.new_tokens = _tokens_of_free(pairing)
    if old_tokens and new_tokens:
        terms = Terms()
        likeness = compare(
            {i: bag_of(old[i], tokens, terms) for i, tokens in old_tokens.items()},
            {j: bag_of(new[j], tokens, terms) for j, tokens in new_tokens.items()},
        )
        _link_strong(pairing, likeness)
        _link_in_gaps(pairing, likeness)
        _attach_pieces(pairing, likeness, old_tokens, new_tokens)
        _link_moved(pairing, likeness)
        _link_neighbours(pairing, likeness)
    return pairing


def _keys(old: Sequence[str], new: Sequence[str]) -> tuple[list[str], list[str]]:
    """What paragraphs are equal by: their text, or typography apart where that finds no equal."""
    in_old, in_new = set(old), set(new)
    return (
        [text if text in in_new else paragraph_key(text) for text in old],
        [text if text in in_old else paragraph_key(text) for text in new],
    )


# --- 1, 2: equal paragraphs ----------------------------------------------------------------------
def _link_equal(pairing: Pairing, old_keys: list[str], new_keys: list[str]) -> None:
    in_old, in_new = Counter(old_keys), Counter(new_keys)
    places = {key: j for j, key in enumerate(new_keys) if in_new[key] == 1}
    single = [(i, places[key]) for i, key in enumerate(old_keys) if key in places and in_old[key] == 1]
    for i, j in single:
        pairing.link(i, j)
    if len(single) == len(old_keys) == len(new_keys):
        return
    for i, j in [*single, (-1, -1), (len(old_keys), len(new_keys))]:
        for step in (1, -1):
            a, b = i + step, j + step
            while pairing.are_free(a, b) and old_keys[a] == new_keys[b]:
                pairing.link(a, b)
                a, b = a + step, b + step


def _link_repeated(pairing: Pairing, old_keys: list[str], new_keys: list[str]) -> None:
    in_old, in_new = set(old_keys), set(new_keys)
    alphabet = Alphabet()
    for free_old, free_new in list(pairing.gaps(pairing.in_order({}))):
        old = [i for i in free_old if old_keys[i] in in_new]
        new = [j for j in free_new if new_keys[j] in in_old]
        if old and new:
            runs = common_runs(
                alphabet.encode(old_keys[i] for i in old), alphabet.encode(new_keys[j] for j in new)
            )
            for run in runs:
                for k in range(run.length):
                    pairing.link(old[run.old + k], new[run.new + k])


def _tokens_of_free(pairing: Pairing) -> tuple[dict[int, list[str]], dict[int, list[str]]]:
    old, new = pairing.free_old(), pairing.free_new()
    if not old or not new:
        return {}, {}
    tokens = split_each([pairing.old[i] for i in old] + [pairing.new[j] for j in new])
    return dict(zip(old, tokens, strict=False)), dict(zip(new, tokens[len(old) :], strict=True))


# --- 3, 4: edited paragraphs ---------------------------------------------------------------------
def _link_strong(pairing: Pairing, likeness: Likeness) -> None:
    """Links paragraphs that are each other's best; of rivals equally alike the nearer in order is best."""
    best_of_old: dict[int, tuple[tuple[float, float], int]] = {}
    best_of_new: dict[int, tuple[tuple[float, float], int]] = {}
    for (i, j), dice in likeness.similar.items():
        if dice >= STRONG:
            rank = (round(dice, 3), -abs(i / len(pairing.old) - j / len(pairing.new)))
            if i not in best_of_old or rank > best_of_old[i][0]:
                best_of_old[i] = (rank, j)
            if j not in best_of_new or rank > best_of_new[j][0]:
                best_of_new[j] = (rank, i)
    for i, (_, j) in best_of_old.items():
        if best_of_new[j][1] == i and _least_words(likeness, i, j) >= LEAST_STRONG_WORDS:
            pairing.link(i, j)


def _least_words(likeness: Likeness, i: int, j: int) -> int:
    return min(likeness.old[i].total(), likeness.new[j].total())


def _link_in_gaps(pairing: Pairing, likeness: Likeness) -> None:
    """Links, within each gap, the pairs in order that together are most alike, longer ones counting more."""
    by_old: dict[int, list[int]] = {}
    for (i, j), dice in likeness.similar.items():
        if dice >= WEAK:
            by_old.setdefault(i, []).append(j)
    for free_old, free_new in list(pairing.gaps(pairing.in_order(likeness.similar))):
        within = set(free_new)
        links = [(i, j) for i in free_old for j in by_old.get(i, ()) if j in within]
        weights = [
            (likeness.similar[i, j] - WEAK + 0.05) * math.sqrt(_least_words(likeness, i, j) + 1)
            for i, j in links
        ]
        for k in heaviest_chain(links, weights):
            pairing.link(*links[k])


# --- 5: splits and merges ------------------------------------------------------------------------
@dataclass(slots=True)
class _Side:
    """The side on which pieces are looked for, and the other, on which the wholes stand."""

    pieces: Mapping[int, Bag]
    wholes: Mapping[int, Bag]
    piece_tokens: Mapping[int, list[str]]
    whole_tokens: Mapping[int, list[str]]
    contained: set[Link]  # (whole, piece)


def _attach_pieces(
    pairing: Pairing,
    likeness: Likeness,
    old_tokens: Mapping[int, list[str]],
    new_tokens: Mapping[int, list[str]],
) -> None:
    splits = _Side(likeness.new, likeness.old, new_tokens, old_tokens, set(likeness.contained))
    merges = _Side(
        likeness.old, likeness.new, old_tokens, new_tokens, {(j, i) for i, j in likeness.contained}
    )
    pairing.new_pieces = _pieces(pairing.free_new(), pairing.to_old, splits, likeness)
    pairing.old_pieces = _pieces(pairing.free_old(), pairing.to_new, merges, likeness)


def _pieces(free: list[int], links: Mapping[int, int], side: _Side, likeness: Likeness) -> dict[int, int]:
    """Free paragraphs beside a part of a whole that are made of words of it which no other part has.

    Each piece found may be the neighbour of the next, so that a paragraph can fall into many.
    """
    whole_of = dict(links)
    left: dict[int, Bag] = {}  # the words of a whole that none of its parts has yet
    found: dict[int, int] = {}
    waiting, free_now = free[::-1], set(free)
    while waiting:
        piece = waiting.pop()
        if piece not in free_now:
            continue
        for neighbour in (piece - 1, piece + 1):
            whole = whole_of.get(neighbour)
            if whole is None or whole not in side.wholes or not _may_hold(side, whole, piece):
                continue
            if whole not in left:
                parts = [part for part, owner in links.items() if owner == whole]
                left[whole] = side.wholes[whole] - sum((side.pieces.get(p, Bag()) for p in parts), Bag())
            weight = likeness.weight(side.pieces[piece])
            if weight and likeness.shared(side.pieces[piece], left[whole]) >= CONTAINED * weight:
                left[whole] = left[whole] - side.pieces[piece]
                found[piece] = whole_of[piece] = whole
                free_now.discard(piece)
                waiting += [k for k in (piece + 1, piece - 1) if k in free_now]
                break
    return found


def _may_hold(side: _Side, whole: int, piece: int) -> bool:
    """Whether the words are contained, or, where they are too few to tell, found in one stretch."""
    if (whole, piece) in side.contained:
        return True
    words = " ".join(filter(is_word, side.piece_tokens[piece]))
    return (
        len(words) >= LEAST_PIECE
        and f" {words} " in f" {' '.join(filter(is_word, side.whole_tokens[whole]))} "
    )


# --- 6, 7: moves and neighbours ------------------------------------------------------------------
def _link_moved(pairing: Pairing, likeness: Likeness) -> None:
    rated = [(dice, i, j) for (i, j), dice in likeness.similar.items()]
    rated += [(MOVED_IF_CONTAINED * share, i, j) for (i, j), share in likeness.contained.items()]
    wanted = [(rate, i, j) for rate, i, j in rated if rate >= MOVED and pairing.are_free(i, j)]
    for rate, i, j in sorted(wanted, key=lambda w: (-w[0], w[1], w[2])):
        if pairing.are_free(i, j):
            words = _least_words(likeness, i, j)
            if words >= LEAST_MOVED_WORDS or (words >= LEAST_STRONG_WORDS and rate >= STRONG):
                pairing.link(i, j)


def _link_neighbours(pairing: Pairing, likeness: Likeness) -> None:
    free_old, free_new = set(pairing.free_old()), set(pairing.free_new())
    waiting = [
        (i, j)
        for i, j in sorted(pairing.to_new.items(), reverse=True)
        if (i - 1 in free_old and j - 1 in free_new) or (i + 1 in free_old and j + 1 in free_new)
    ]
    while waiting:
        i, j = waiting.pop()
        for step in (1, -1):
            a, b = i + step, j + step
            if pairing.are_free(a, b) and _belong_together(pairing, likeness, a, b, step):
                pairing.link(a, b)
                waiting.append((a, b))


def _belong_together(pairing: Pairing, likeness: Likeness, a: int, b: int, step: int) -> bool:
    """Whether two free paragraphs, both next to a link, are one: `step` leads away from the link."""
    dice = likeness.similar.get((a, b), 0.0)
    if dice >= WEAK:
        return True
    beyond = (a + step, b + step)
    at_end = not 0 <= beyond[0] < len(pairing.old) and not 0 <= beyond[1] < len(pairing.new)
    if not at_end and pairing.to_new.get(beyond[0], -1) != beyond[1]:
        return False
    shorter, longer = sorted((likeness.old[a].total() + 1, likeness.new[b].total() + 1))
    return dice >= HOLE or (longer <= SHORT_LINE and longer <= SHORT_LINE_RATIO * shorter)
