"""Sentences followed from one text to the next: those that stayed, wherever they stand now, and edited ones.

A sentence is the same if its words are (`fingerprint.words`). Of the others the diff tells which became
which: two belong together if enough of the characters of the shorter are kept in the other. First asked are
the diff's own rows, then a diff of the sentences that no row could place, such as one that was edited
and moved to another paragraph. One may be linked to several: it was split, or they were merged.
"""

from bisect import bisect_right
from collections import defaultdict, deque
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from articles.core import sentences
from articles.core.diffing import diff
from articles.core.diffing.sequences import Link, common_runs
from articles.core.diffing.tokens import Alphabet
from articles.core.fingerprint import words
from articles.core.types import Row

# How much of the shorter of two sentences must be kept in the other for the one to be an edit of the other...
KEPT = 1 / 3
# ...and how much if either shares more with a third, as part of one that was split does; or if no row of
# the diff has them both.
KEPT_PART = 1 / 2

_Placed = tuple[int, int, int]  # where a sentence begins and ends, and its index


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of a text.

    index      counted through the whole text, from 0
    paragraph  index of its paragraph
    start      where in the paragraph it begins
    text       with the blanks around it: the sentences of a paragraph together are the paragraph
    bare       without them
    key        its words, by which it is known; "" where it has none, as "* * *"
    """

    index: int
    paragraph: int
    start: int
    text: str
    bare: str
    key: str

    @property
    def end(self) -> int:
        """Where it ends in its paragraph, its blanks included."""
        return self.start + len(self.text)


@dataclass(frozen=True, slots=True)
class Parted:
    """A text as its sentences, all in a row and by paragraphs."""

    sentences: Sequence[Sentence]
    paragraphs: Sequence[Sequence[Sentence]]


@dataclass(frozen=True, slots=True)
class Traced:
    """What became of the sentences of a text, by their indexes in the old and the new one.

    same    those whose words are the same; one has several links where only the border of sentences moved
    edited  the others that belong together, and how many characters they share; none without words

    What is in neither was removed or added.
    """

    same: Sequence[Link]
    edited: Mapping[Link, int]


def part(text: Sequence[str], language: str = "") -> Parted:
    """The sentences of a list of paragraphs; `language` is a tag of BCP 47."""
    found: list[Sentence] = []
    paragraphs: list[list[Sentence]] = []
    for number, paragraph in enumerate(text):
        own: list[Sentence] = []
        for start, end in sentences.spans(paragraph, language):
            said = paragraph[start:end]
            own.append(Sentence(len(found) + len(own), number, start, said, said.strip(), words(said)))
        found += own
        paragraphs.append(own)
    return Parted(found, paragraphs)


def trace(old: Parted, new: Parted, rows: Iterable[Row]) -> Traced:
    """Which sentence became which; `rows` are those of the diff of the two texts."""
    same = _same(old.sentences, new.sentences)
    left = _but(old.sentences, {i for i, _ in same})
    fresh = _but(new.sentences, {j for _, j in same})
    edited: dict[Link, int] = {}
    if left and fresh:
        edited = _kin(_shared(old.paragraphs, new.paragraphs, rows), left, fresh)
        edited |= _afar(
            _but(left.values(), {i for i, _ in edited}), _but(fresh.values(), {j for _, j in edited})
        )
    borders = _moved_borders(edited, left, fresh)
    return Traced(
        sorted([*same, *borders]), {link: shared for link, shared in edited.items() if link not in borders}
    )


def _but(some: Iterable[Sentence], known: Container[int]) -> dict[int, Sentence]:
    """By their indexes the sentences that have words, but for the known ones."""
    return {one.index: one for one in some if one.key and one.index not in known}


# --- the same --------------------------------------------------------------------------------------
def _same(old: Sequence[Sentence], new: Sequence[Sentence]) -> list[Link]:
    """The sentences with the same words, as many as there are: first those that kept their order, so that of
    repeated ones none seems to have moved that did not; then the others in theirs."""
    alphabet = Alphabet()
    codes = [alphabet.encode([one.key for one in text]) for text in (old, new)]
    found = [
        (run.old + k, run.new + k)
        for run in common_runs(*codes)
        for k in range(run.length)
        if old[run.old + k].key == new[run.new + k].key  # an alphabet takes more for alike
    ]
    stayed, stays = {i for i, _ in found}, {j for _, j in found}
    waiting: defaultdict[str, deque[int]] = defaultdict(deque)
    for one in old:
        if one.index not in stayed:
            waiting[one.key].append(one.index)
    for one in new:
        if one.index not in stays and waiting[one.key]:
            found.append((waiting[one.key].popleft(), one.index))
    return found


# --- edited ----------------------------------------------------------------------------------------
def _kin(
    shared: Mapping[Link, int], left: Mapping[int, Sentence], fresh: Mapping[int, Sentence]
) -> dict[Link, int]:
    """Of the pairs that share characters, and how many, those of which one is an edit of the other."""
    among = {(i, j): count for (i, j), count in shared.items() if i in left and j in fresh}
    most_old: defaultdict[int, int] = defaultdict(int)
    most_new: defaultdict[int, int] = defaultdict(int)
    for (i, j), count in among.items():
        most_old[i], most_new[j] = max(most_old[i], count), max(most_new[j], count)
    return {
        (i, j): count
        for (i, j), count in among.items()
        if _share(count, left[i], fresh[j]) >= (KEPT if most_old[i] == count == most_new[j] else KEPT_PART)
    }


def _share(count: int, old: Sentence, new: Sentence) -> float:
    return count / min(len(old.bare), len(new.bare))


def _afar(left: Mapping[int, Sentence], fresh: Mapping[int, Sentence]) -> dict[Link, int]:
    """Pairs among sentences that the diff of the texts could not place."""
    if not left or not fresh:
        return {}
    old, new = ([[one] for one in side.values()] for side in (left, fresh))
    rows = diff([one.text for (one,) in old], [one.text for (one,) in new]).rows
    kin = _kin(_shared(old, new, rows), left, fresh)
    return {(i, j): count for (i, j), count in kin.items() if _share(count, left[i], fresh[j]) >= KEPT_PART}


def _shared(
    old: Sequence[Sequence[Sentence]], new: Sequence[Sequence[Sentence]], rows: Iterable[Row]
) -> dict[Link, int]:
    """How many characters an old and a new sentence share where the rows link their paragraphs."""
    shared: dict[Link, int] = defaultdict(int)
    for row in rows:
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


def _in_a_line(text: Sequence[Sequence[Sentence]], indexes: Sequence[int]) -> list[_Placed]:
    """The sentences of some paragraphs, each with its beginning and end in these joined by newlines."""
    placed: list[_Placed] = []
    offset = 0
    for index in indexes:
        for one in text[index]:
            begin = offset + one.start - text[index][0].start + len(one.text) - len(one.text.lstrip())
            placed.append((begin, begin + len(one.bare), one.index))
        offset += (text[index][-1].end - text[index][0].start if text[index] else 0) + 1
    return placed


def _count_shared(
    befores: list[_Placed],
    nows: list[_Placed],
    at_old: int,
    at_new: int,
    length: int,
    shared: dict[Link, int],
) -> None:
    """Counts a run of equal characters for each pair of sentences that it lies in."""
    moved = at_new - at_old
    for begin, end, before in _within(befores, at_old, at_old + length):
        for start, stop, now in _within(nows, begin + moved, end + moved):
            shared[before, now] += stop - start


def _within(placed: list[_Placed], begin: int, end: int) -> Iterator[_Placed]:
    """The sentences of a line that have a part between `begin` and `end`, each with that part of it alone.

    A paragraph may have thousands of sentences, and as many runs: they are not all gone through for each.
    """
    for start, stop, index in islice(placed, bisect_right(placed, begin, key=_end), None):
        if start >= end:
            break
        yield max(start, begin), min(stop, end), index


def _end(placed: _Placed) -> int:
    return placed[1]


# --- borders ---------------------------------------------------------------------------------------
def _moved_borders(
    edited: Iterable[Link], left: Mapping[int, Sentence], fresh: Mapping[int, Sentence]
) -> set[Link]:
    """Those links whose sentences, all that belong together, say the same on both sides: "He left; she
    stayed." may be one sentence or two, and is no edit."""
    found: set[Link] = set()
    for links in _families(edited):
        befores, nows = {i for i, _ in links}, {j for _, j in links}
        if len(links) > 1 and _is_unbroken(befores) and _is_unbroken(nows):
            said, says = (
                " ".join([side[k].bare for k in sorted(some)])
                for side, some in ((left, befores), (fresh, nows))
            )
            if words(said) == words(says):
                found |= set(links)
    return found


def _families(links: Iterable[Link]) -> Iterator[list[Link]]:
    """Links that hang together by the sentences they have in common."""
    waiting = set(links)
    of_old: defaultdict[int, list[Link]] = defaultdict(list)
    of_new: defaultdict[int, list[Link]] = defaultdict(list)
    for link in waiting:
        of_old[link[0]].append(link)
        of_new[link[1]].append(link)
    for first in sorted(waiting):
        if first not in waiting:
            continue
        waiting.remove(first)
        family = [first]
        for i, j in family:  # which grows meanwhile
            beside = waiting.intersection([*of_old.pop(i, ()), *of_new.pop(j, ())])
            waiting -= beside
            family += beside
        yield family


def _is_unbroken(indexes: set[int]) -> bool:
    return max(indexes) - min(indexes) + 1 == len(indexes)
