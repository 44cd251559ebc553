"""Which version first said each sentence, and what became of the sentences that are said no more.

From version to version a sentence is the same if its words are, wherever it stands now; what is left is
followed by the links of the diff, so that an edited sentence is known to descend from another.
"""

from bisect import bisect_right
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from articles.core import sentences
from articles.core.diffing import diff
from articles.core.fingerprint import words
from articles.core.types import Diff

# How much of a sentence must be another's words for the one to count as an edit of the other.
KEPT = 1 / 3


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence of a text.

    since  the version from which on its wording stands without a break
    first  the version in which the sentence it was edited from first stood; `since` where it was never edited
    """

    text: str
    since: int
    first: int


@dataclass(frozen=True, slots=True)
class Unsaid:
    """A sentence that was removed, and not merely edited: it stood from version `since` to `last`."""

    text: str
    since: int
    last: int


@dataclass(frozen=True, slots=True)
class Blame:
    """The newest text by paragraphs of sentences, and what it says no more, the latest removed first."""

    paragraphs: tuple[tuple[Said, ...], ...]
    removed: tuple[Unsaid, ...]


@dataclass(slots=True)
class _Sentence:
    """A sentence and its place in its paragraph, while its origin is found."""

    start: int
    end: int
    text: str
    key: str
    since: int = 0
    first: int = 0


_Text = list[list[_Sentence]]
_Placed = tuple[int, int, _Sentence]  # its beginning and end in a line, and the sentence


def blame(texts: Sequence[Sequence[str]], first_number: int = 1, language: str = "") -> Blame:
    """The origin of each sentence of the last of these texts.

    `texts` are the paragraphs of each version, the oldest first, its number being `first_number`; at least
    one. Takes a diff of each with the next.
    """
    said = _parted(texts[0], language)
    for sentence in _each(said):
        sentence.since = sentence.first = first_number
    removed: list[tuple[_Sentence, int]] = []
    for number, (old, new) in enumerate(pairwise(texts), first_number + 1):
        parted = _parted(new, language)
        gone = _follow(said, parted, diff(old, new), number)
        removed += [(sentence, number - 1) for sentence in gone]
        said = parted
    stands = {sentence.key for sentence in _each(said)}
    told: dict[str, Unsaid] = {}  # by wording: one that came and went twice is listed where it went last
    for sentence, last in removed:
        if sentence.key not in stands:
            told.pop(sentence.key, None)
            told[sentence.key] = Unsaid(sentence.text.strip(), sentence.since, last)
    return Blame(
        tuple(tuple(Said(one.text, one.since, one.first) for one in paragraph) for paragraph in said),
        tuple(sorted(told.values(), key=lambda one: -one.last)),
    )


def since_when(lines: Sequence[str], first_number: int = 1) -> int:
    """Of a line that each version has one of, such as its headline: from which version on the last stands."""
    newest = words(lines[-1])
    same = 0
    for line in reversed(lines):
        if words(line) != newest:
            break
        same += 1
    return first_number + len(lines) - same


def _parted(text: Sequence[str], language: str) -> _Text:
    return [
        [
            _Sentence(start, end, paragraph[start:end], words(paragraph[start:end]))
            for start, end in sentences.spans(paragraph, language)
        ]
        for paragraph in text
    ]


def _each(text: _Text) -> Iterable[_Sentence]:
    return (sentence for paragraph in text for sentence in paragraph)


def _follow(old: _Text, new: _Text, difference: Diff, number: int) -> list[_Sentence]:
    """Gives each sentence of the new text its origin; returns those of the old that have no part in it."""
    unmatched: defaultdict[str, deque[_Sentence]] = defaultdict(deque)
    for sentence in _each(old):
        unmatched[sentence.key].append(sentence)
    fresh: dict[int, _Sentence] = {}
    for sentence in _each(new):
        if waiting := unmatched[sentence.key]:
            known = waiting.popleft()
            sentence.since, sentence.first = known.since, known.first
        else:
            sentence.since = sentence.first = number
            fresh[id(sentence)] = sentence
    left = {id(sentence): sentence for waiting in unmatched.values() for sentence in waiting if sentence.key}
    edited: set[int] = set()
    shared = _shared(old, new, difference) if fresh and left else {}
    for (before, now), letters in sorted(shared.items(), key=lambda one: one[1]):  # the most shared last
        if before in left and now in fresh:
            ancestor, heir = left[before], fresh[now]
            if letters >= KEPT * min(len(ancestor.text.strip()), len(heir.text.strip())):
                heir.first = ancestor.first
                edited.add(before)
    return [sentence for key, sentence in left.items() if key not in edited]


def _shared(old: _Text, new: _Text, difference: Diff) -> dict[tuple[int, int], int]:
    """How many characters an old and a new sentence, by their ids, share where the diff links them."""
    shared: dict[tuple[int, int], int] = defaultdict(int)
    for row in difference.rows:
        if not row.old or not row.new:
            continue
        befores, nows = _in_a_line(old, row.old), _in_a_line(new, row.new)
        at_old = at_new = 0
        for op, text in row.segments:
            if op == "=":
                _count_shared(befores, nows, at_old, at_new, len(text), shared)
            at_old += len(text) if op != "+" else 0
            at_new += len(text) if op != "-" else 0
    return shared


def _in_a_line(text: _Text, indexes: Sequence[int]) -> list[_Placed]:
    """The sentences of some paragraphs, each with its beginning and end in these joined by newlines."""
    placed: list[_Placed] = []
    offset = 0
    for index in indexes:
        placed += [(offset + one.start, offset + one.end, one) for one in text[index]]
        offset += (text[index][-1].end if text[index] else 0) + 1
    return placed


def _count_shared(
    befores: list[_Placed],
    nows: list[_Placed],
    at_old: int,
    at_new: int,
    length: int,
    shared: dict[tuple[int, int], int],
) -> None:
    """Counts a run of equal characters for each pair of sentences that it lies in."""
    moved = at_new - at_old
    for start, end, before in _reached(befores, at_old, at_old + length):
        begins, ends = max(start, at_old) + moved, min(end, at_old + length) + moved
        for other_start, other_end, now in _reached(nows, begins, ends):
            shared[id(before), id(now)] += min(ends, other_end) - max(begins, other_start)


def _reached(placed: list[_Placed], start: int, end: int) -> Iterator[_Placed]:
    """The sentences in which a run of characters lies; they are in order and do not overlap."""
    for k in range(bisect_right(placed, start, key=lambda one: one[1]), len(placed)):
        if placed[k][0] >= end:
            break
        yield placed[k]
