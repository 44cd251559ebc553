"""Telling an article's text from what the page writes anew at every look.

A rule can name the furniture it knows; an advert in plain paragraphs, or a quotation of the day, reads
like the article. Only looks tell: text that stands there twice in a row is the article's, text that is
another each time is not. The place of such text is remembered as a `Slot`, by the paragraphs around it,
so that one look is enough from then on.

Nothing of the article is lost that way: what stays in a slot from one look to the next counts as text
again, and a slot is believed only when three looks in a row found something else in it.
"""

import hashlib
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from itertools import pairwise

from rapidfuzz import fuzz

from articles.core.fingerprint import word_count, words
from articles.core.types import Extract, Slot

STANDFIRST = -1  # its index among an extract's paragraphs
TELLING = 3  # words: a shorter line, a label or a percentage, stays where a page ticks by chance alone
ALIKE = 60  # per cent: a line this like another is the same one, edited
_START, _END = "^", "$"  # stand for what is before the first paragraph and after the last

Place = tuple[str, str]


@dataclass(frozen=True, slots=True)
class _Lines:
    """An extract line by line: the index of each paragraph, and a short digest of its words."""

    indexes: list[int]
    keys: list[str]

    @classmethod
    def of(cls, extract: Extract) -> "_Lines":
        lines = [(STANDFIRST, extract.standfirst)] if extract.standfirst else []
        lines.extend(enumerate(extract.texts))
        return cls([index for index, _ in lines], [_short(words(text)) for _, text in lines])


@dataclass(frozen=True, slots=True)
class _Gap:
    """What stands between two neighbouring lines that two texts share, as ranges of their lines."""

    place: Place
    one: range
    other: range


@dataclass(frozen=True, slots=True)
class Compared:
    """What two looks in a row say about a page; see `compare`."""

    slots: tuple[Slot, ...]
    steady: Extract
    is_edited: bool
    is_certain: bool


def compare(first: Extract, second: Extract, last: Extract, suspected: Iterable[Slot] = ()) -> Compared:
    """Compares two looks in a row that both differ from the last version.

    `suspected` are the places where the look before these two differed from the first of them. Returns
    the places where the looks differ, each with the lines that have stood in it at every look so far
    (`slots`); the second look's text without the other lines there (`steady`); whether one of the two
    looks still showed what the last version has and the other did not, so that the page was edited in
    between (`is_edited`); and whether three looks in a row have differed in each of the places, so that
    the rest can be relied on (`is_certain`).

    Places are told by lines of the last version that both looks still have: a label in a box that ticks
    is now and then the same by chance.
    """
    old, one, other = _Lines.of(last), _Lines.of(first), _Lines.of(second)
    before = {slot.place: frozenset(slot.stayed) for slot in suspected}
    slots, ticking, is_edited = [], set[int](), False
    for place, gone, then, now in _between_anchors(old.keys, one.keys, other.keys):
        run_then, run_now = [one.keys[i] for i in then], [other.keys[i] for i in now]
        if run_then == run_now and place not in before:
            continue
        if set(run_then) != set(run_now) and not {old.keys[i] for i in gone}.isdisjoint(
            (*run_then, *run_now)
        ):
            is_edited = True
            continue
        telling = {other.keys[i] for i in now if word_count([_line(second, other.indexes[i])]) >= TELLING}
        stayed = telling.intersection(run_then) & before.get(place, telling)
        slots.append(Slot(*place, seen=tuple(run_now), stayed=tuple(sorted(stayed))))
        ticking.update(other.indexes[i] for i in now if other.keys[i] not in stayed)
    is_certain = bool(slots) and not is_edited and all(slot.place in before for slot in slots)
    return Compared(tuple(slots), without(second, ticking), is_edited, is_certain)


def _between_anchors(
    last: list[str], first: list[str], second: list[str]
) -> Iterator[tuple[Place, range, range, range]]:
    """Between each two neighbours of the lines that all three texts share: the place, and the three runs."""
    in_first, in_second = _matches(last, first), _matches(last, second)
    anchors = [i for i in range(len(last)) if i in in_first and i in in_second]
    ends = (len(last), len(first), len(second))
    at = (-1, -1, -1)
    for anchor in [*((i, in_first[i], in_second[i]) for i in anchors), ends]:
        before = last[at[0]] if at[0] >= 0 else _START
        after = last[anchor[0]] if anchor[0] < len(last) else _END
        gone, then, now = (range(left + 1, right) for left, right in zip(at, anchor, strict=True))
        if then or now:
            yield (before, after), gone, then, now
        at = anchor


def _matches(one: list[str], other: list[str]) -> dict[int, int]:
    """Which line of one text is which of the other, in order; difflib's longest runs first."""
    blocks = SequenceMatcher(None, one, other, autojunk=False).get_matching_blocks()
    return {block.a + i: block.b + i for block in blocks for i in range(block.size)}


def settle(extract: Extract, last: Extract, slots: Sequence[Slot]) -> tuple[Extract, tuple[Slot, ...]]:
    """A look without what ticks in known slots; and the slots, with what stands in them now.

    A passage that was in its slot at the look before is no ticking and stays; and where there are more
    than at the look before, one of them may be the article's, and all stay for now.
    """
    now: dict[Place, tuple[str, ...]] = {slot.place: () for slot in slots}
    before = {slot.place: slot.seen for slot in slots}
    ticking = set[int]()
    for place, run in _in_slots(extract, last, now):
        now[place] = tuple(run.values())
        if len(run) <= len(before[place]):
            ticking.update(index for index, key in run.items() if key not in before[place])
    return without(extract, ticking), tuple(Slot(*place, seen=keys) for place, keys in now.items())


def stripped(extract: Extract, last: Extract, slots: Iterable[Slot]) -> Extract:
    """An old look, read again, without anything that stands in the slots known by now."""
    places = {slot.place for slot in slots}
    return without(extract, {index for _, run in _in_slots(extract, last, places) for index in run})


def _in_slots(
    extract: Extract, last: Extract, places: Container[Place]
) -> Iterator[tuple[Place, dict[int, str]]]:
    """What a look shows between two paragraphs that are neighbours in the last version, by index."""
    mine = _Lines.of(extract)
    for gap in _gaps(_Lines.of(last).keys, mine.keys):
        if gap.place in places and not gap.one:
            yield gap.place, {mine.indexes[i]: mine.keys[i] for i in gap.other}


def cleaned(last: Extract, steady: Extract, slots: Iterable[Slot]) -> Extract:
    """The last version without what stood in slots found since: it was ticking then, too.

    What is much like a line that the steady text has in its place was edited, and stays.
    """
    places = {slot.place for slot in slots}
    lines, others = _Lines.of(last), _Lines.of(steady)
    ticking = set[int]()
    for gap in _gaps(lines.keys, others.keys):
        if gap.place in places:
            instead = [_line(steady, others.indexes[i]) for i in gap.other]
            ticking.update(
                index
                for index in (lines.indexes[i] for i in gap.one)
                if not any(fuzz.ratio(_line(last, index), text) >= ALIKE for text in instead)
            )
    return without(last, ticking)


def _line(extract: Extract, index: int) -> str:
    return extract.standfirst if index == STANDFIRST else extract.paragraphs[index].text


def between(slots: Iterable[Slot], last: Extract) -> Iterator[tuple[str, str]]:
    """The texts before and after each slot in a version; "" for an end of it, or one it has no more."""
    lines = _Lines.of(last)
    texts = {key: _line(last, index) for index, key in zip(lines.indexes, lines.keys, strict=True)}
    for slot in slots:
        yield texts.get(slot.before, ""), texts.get(slot.after, "")


def without(extract: Extract, dropped: set[int]) -> Extract:
    """An extract less the paragraphs of these indexes, `STANDFIRST` among them."""
    if not dropped:
        return extract
    kept = [index for index in range(len(extract.paragraphs)) if index not in dropped]
    return replace(
        extract,
        standfirst="" if STANDFIRST in dropped else extract.standfirst,
        paragraphs=tuple(extract.paragraphs[index] for index in kept),
        places=tuple(extract.places[index] for index in kept) if extract.places else (),
    )


def _gaps(one: list[str], other: list[str]) -> Iterator[_Gap]:
    """Where two texts differ: the longest runs of lines they share are found as difflib does."""
    blocks = SequenceMatcher(None, one, other, autojunk=False).get_matching_blocks()
    start = (0, 0, 0)
    for left, right in pairwise([start, *blocks]):
        gap_one, gap_other = range(left[0] + left[2], right[0]), range(left[1] + left[2], right[1])
        if gap_one or gap_other:
            before = one[gap_one.start - 1] if gap_one.start else _START
            after = one[gap_one.stop] if gap_one.stop < len(one) else _END
            yield _Gap((before, after), gap_one, gap_other)


def _short(text: str) -> str:
    """Enough of a digest to tell the lines of one page apart."""
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:12]
