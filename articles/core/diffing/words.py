"""Two texts that belong together -> segments, marked so that they read well.

What both texts begin and end with is set aside. In the core that is left each word becomes one
character and the two strings are compared: a longest common subsequence, tidied by diff-match-patch.
Nothing that is done to such strings can part a word. Then, still on words: a mark slides to where a
reader would put it, and marks parted by next to nothing become one. Last, words that were matched
although their typography differs are shown as what they are.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

from diff_match_patch import diff_match_patch
from rapidfuzz.distance import Postfix, Prefix

from articles.core.diffing.sequences import Run, common_runs
from articles.core.diffing.tokens import STRAY, Alphabet, split_each
from articles.core.types import Segment

# How much words between two marks weigh against making one mark of both. A number weighs less than a
# word, so that two numbers that changed do not take a word that stayed between them along.
SPACE, SIGN, SMALL_WORD, NUMBER, WORD = 0.0, 0.5, 1.0, 1.5, 2.0
SMALL_WORD_LETTERS = 3
# Marks parted by so little, and themselves as heavy, become one...
LITTLE = WORD
# ...or parted by so much, if both are twice as heavy.
SOME = 3 * WORD
# So many tokens weigh more than that, be they but small words and spaces.
MANY = 13

# A script of so few steps is one edit between two stretches that stay: tidy as it is.
FEW_STEPS = 3
# Where a text may be cut so that no word is: before a space, and before signs of scripts without spaces.
CUTS = " \n。"


class Core(NamedTuple):
    """The part of two texts in which they differ, and what both have before and behind it."""

    head: str
    old: str
    new: str
    tail: str


class Block(NamedTuple):
    """A stretch of tokens of either side: the same in both, or one in place of the other."""

    same: bool
    old: slice
    new: slice


class Weights(dict[str, float]):
    """How much each token weighs when it stands between two marks."""

    def __missing__(self, token: str) -> float:
        if not token[0].isalnum():
            weight = SPACE if token.isspace() else SIGN
        elif token[0].isdigit():
            weight = NUMBER
        else:
            weight = SMALL_WORD if len(token) <= SMALL_WORD_LETTERS and token.isalpha() else WORD
        self[token] = weight
        return weight

    def of(self, tokens: Iterable[str]) -> float:
        return sum(map(self.__getitem__, tokens))


class Marker:
    """Marks the words that changed; keeps what it learns of a word for the next paragraph."""

    def __init__(self) -> None:
        self._alphabet = Alphabet()
        self._weights = Weights()

    def mark(self, pairs: Sequence[tuple[str, str]]) -> list[tuple[Segment, ...]]:
        """Segments for each pair of texts: old and new, paragraphs parted by newlines."""
        cores = [core_of(old, new) for old, new in pairs]
        tokens = split_each([text for core in cores for text in (core.old, core.new)])
        return [
            tuple(_segments(self._compare(core, old, new), old, new, core.head, core.tail))
            for core, old, new in zip(cores, tokens[::2], tokens[1::2], strict=True)
        ]

    def _compare(self, core: Core, old: list[str], new: list[str]) -> list[Block]:
        old_code, new_code = self._alphabet.encode(old), self._alphabet.encode(new)
        blocks = _blocks(edit_script(old_code, new_code))
        if len(blocks) > 1:
            blocks = _slid(blocks, core, old, new, old_code, new_code)
            blocks = _closed_up(blocks, old, new, self._weights)
        return blocks


# --- what both texts begin and end with --------------------------------------------------------------
def core_of(old: str, new: str) -> Core:
    """Sets aside what two texts begin and end with, cut between words.

    As much as differs is left on either side of it, for a mark slides by no more than its length.
    """
    head = Prefix.similarity(old, new)
    tail = min(Postfix.similarity(old, new), min(len(old), len(new)) - head)
    differing = max(len(old), len(new)) - head - tail
    start = _last_cut(old, head - differing)
    kept_behind = len(old) - _first_cut(old, len(old) - tail + differing)
    stop, new_stop = len(old) - kept_behind, len(new) - kept_behind
    return Core(old[:start], old[start:stop], new[start:new_stop], old[stop:])


def _last_cut(text: str, limit: int) -> int:
    """The last place up to `limit` where the text may be cut; 0 if there is none."""
    at = min(limit, len(text) - 1)
    while at > 0 and not _may_cut(text, at):
        at -= 1
    return max(0, at)


def _first_cut(text: str, limit: int) -> int:
    """The first place from `limit` on where the text may be cut; its end if there is none."""
    at = max(limit, 1)
    while at < len(text) and not _may_cut(text, at):
        at += 1
    return min(at, len(text))


def _may_cut(text: str, at: int) -> bool:
    """Whether a word ends before this place, whatever stands around: at the first space behind it, say."""
    return text[at] in CUTS and not (text[at - 1].isspace() or STRAY.match(text, at - 1))


# --- comparing --------------------------------------------------------------------------------------
_TIDY = diff_match_patch()


def edit_script(old: str, new: str) -> list[tuple[int, str]]:
    """What to delete (-1), insert (1) and keep (0) to make `new` of `old`, as diff-match-patch has it.

    The search is an exact longest common subsequence, for that of the library is quadratic in the
    number of edits and stops by the clock. The library tidies what was found: edits that can slide
    together become one, and what both sides of an edit share becomes part of what stays.
    """
    script: list[tuple[int, str]] = []
    a = b = 0
    for run in (*common_runs(old, new), Run(len(old), len(new), 0)):
        if a < run.old:
            script.append((_TIDY.DIFF_DELETE, old[a : run.old]))
        if b < run.new:
            script.append((_TIDY.DIFF_INSERT, new[b : run.new]))
        a, b = run.old + run.length, run.new + run.length
        if run.length:
            script.append((_TIDY.DIFF_EQUAL, old[run.old : a]))
    if len(script) > FEW_STEPS:
        _TIDY.diff_cleanupMerge(script)
    return script


def _blocks(diffs: Iterable[tuple[int, str]]) -> list[Block]:
    """diff-match-patch's list, with each deletion and insertion that stand together made one block."""
    blocks: list[Block] = []
    a = b = 0
    for op, text in diffs:
        a1 = a + len(text) if op <= 0 else a
        b1 = b + len(text) if op >= 0 else b
        if blocks and blocks[-1].same == (op == 0):
            blocks[-1] = Block(op == 0, slice(blocks[-1].old.start, a1), slice(blocks[-1].new.start, b1))
        else:
            blocks.append(Block(op == 0, slice(a, a1), slice(b, b1)))
        a, b = a1, b1
    return blocks


# --- sliding -------------------------------------------------------------------------------------
def _slid(
    blocks: list[Block], core: Core, old: list[str], new: list[str], old_code: str, new_code: str
) -> list[Block]:
    """Moves pure insertions and deletions to the best of the places that mean the same.

    In "a b a c" from "a c" either "a b" or "b a" was added. A reader expects whole sentences, then
    whole phrases, then words with the space before or behind them.
    """
    blocks = list(blocks)
    for k in range(1, len(blocks) - 1):
        left, block, right = blocks[k - 1 : k + 2]
        if block.same or (block.old.start < block.old.stop and block.new.start < block.new.stop):
            continue
        if block.old.start < block.old.stop:
            tokens, code, span = old, old_code, block.old
        else:
            tokens, code, span = new, new_code, block.new
        # The text between two marks must not vanish; at the ends of the whole text it may.
        room_left = _length(left.old) - (k > 1 or bool(core.head))
        room_right = _length(right.old) - (k < len(blocks) - 2 or bool(core.tail))
        by = _best_slide(tokens, code, span, room_left, room_right)
        if by:
            blocks[k - 1] = Block(True, _moved(left.old, 0, by), _moved(left.new, 0, by))
            blocks[k] = Block(False, _moved(block.old, by, by), _moved(block.new, by, by))
            blocks[k + 1] = Block(True, _moved(right.old, by, 0), _moved(right.new, by, 0))
    return [block for block in blocks if _length(block.old) or _length(block.new)]


def _length(span: slice) -> int:
    return int(span.stop - span.start)


def _moved(span: slice, start: int, stop: int) -> slice:
    return slice(span.start + start, span.stop + stop)


def _best_slide(tokens: list[str], code: str, span: slice, room_left: int, room_right: int) -> int:
    """How far to slide the span, less than 0 to the left: the best border wins, the nearest of equals."""
    start, stop = span.start, span.stop
    best, by = _border(tokens, start) + _border(tokens, stop), 0
    for step, room in ((-1, room_left), (1, room_right)):
        for d in range(1, room + 1):
            lost, won = (stop - d, start - d) if step < 0 else (start + d - 1, stop + d - 1)
            if code[lost] != code[won]:
                break
            value = _border(tokens, start + step * d) + _border(tokens, stop + step * d)
            if value > best:
                best, by = value, step * d
    return by


def _border(tokens: list[str], k: int) -> int:
    """How good a place for the end of a mark lies before token k."""
    if k == 0 or k == len(tokens):
        return 5
    left, right = tokens[k - 1], tokens[k]
    if left in ".!?。！？":
        return 4
    if right.isspace() and left in ",;:":
        return 3
    if left.isspace() or right.isspace():
        return 2
    return 1 if not left[0].isalnum() or not right[0].isalnum() else 0


# --- closing up ----------------------------------------------------------------------------------
class _Weighed(NamedTuple):
    """A block and what its words weigh on either side."""

    block: Block
    old: float
    new: float

    @property
    def weight(self) -> float:
        return max(self.old, self.new)


def _closed_up(blocks: list[Block], old: list[str], new: list[str], weights: Weights) -> list[Block]:
    """Makes one mark of two that are parted by next to nothing: an "of" left standing helps nobody.

    A mark that grew may now outweigh what parts it from one before it, hence the passes. There are
    few: a gap that can close at all closes beside any two marks of twice `SOME`.
    """
    weighed = [_weigh(block, old, new, weights) for block in blocks]
    before = 0
    while len(weighed) not in (before, 1, 2):
        before = len(weighed)
        kept: list[_Weighed] = []
        behind = iter(weighed)
        for one in behind:
            if one.block.same and kept and (after := next(behind, None)):
                if _too_little(one.weight, kept[-1].weight, after.weight):
                    kept[-1] = _as_one(kept[-1], one, after)
                else:
                    kept += (one, after)
            else:
                kept.append(one)
        weighed = kept
    return [one.block for one in weighed]


def _weigh(block: Block, old: list[str], new: list[str], weights: Weights) -> _Weighed:
    if block.same and _length(block.old) > MANY:
        return _Weighed(block, math.inf, math.inf)
    return _Weighed(block, weights.of(old[block.old]), weights.of(new[block.new]))


def _as_one(first: _Weighed, between: _Weighed, last: _Weighed) -> _Weighed:
    block = Block(
        False,
        slice(first.block.old.start, last.block.old.stop),
        slice(first.block.new.start, last.block.new.stop),
    )
    return _Weighed(block, first.old + between.old + last.old, first.new + between.new + last.new)


def _too_little(between: float, left: float, right: float) -> bool:
    lighter = min(left, right)
    return between <= min(LITTLE, lighter) or between <= min(SOME, lighter / 2)


# --- segments ------------------------------------------------------------------------------------
def _segments(
    blocks: Iterable[Block], old: list[str], new: list[str], head: str, tail: str
) -> Iterator[Segment]:
    kept = head
    for block in blocks:
        before, after = old[block.old], new[block.new]
        if not block.same:
            yield from _marked(kept, "".join(before), "".join(after))
            kept = ""
        elif before == after:
            kept += "".join(before)
        else:
            # Matched because they read alike, but both sides must be given exactly as they are.
            for is_equal, pairs in groupby(zip(before, after, strict=True), lambda pair: pair[0] == pair[1]):
                removed, added = map("".join, zip(*pairs, strict=True))
                if is_equal:
                    kept += removed
                else:
                    yield from _marked(kept, removed, added)
                    kept = ""
    yield from _marked(kept + tail, "", "")


def _marked(kept: str, removed: str, added: str) -> Iterator[Segment]:
    """What stays, and behind it what went and what came in its place."""
    if kept:
        yield "=", kept
    if removed:
        yield "-", removed
    if added:
        yield "+", added
