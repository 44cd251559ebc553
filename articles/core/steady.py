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

from articles.core.fingerprint import words
from articles.core.types import Extract, Slot

STANDFIRST = -1  # its index among an extract's paragraphs
_START, _END = "^", "$"  # stand for what is before the first paragraph and after the last


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

    place: tuple[str, str]
    one: range
    other: range


@dataclass(frozen=True, slots=True)
class Compared:
    """What two looks in a row say about a page; see `compare`."""

    slots: tuple[Slot, ...]
    steady: Extract
    is_edited: bool


def compare(first: Extract, second: Extract, last: Extract) -> Compared:
    """Compares two looks in a row that both differ from the last version.

    Returns the places where each look had something of its own, which the last version has not (in
    `slots`, with what the second look showed there; they are to be believed when a third look differs
    there too); the second look's text without those passages (`steady`); and whether the two differ in
    the last version's text as well, so that the page was edited in between (`is_edited`).
    """
    one, other, known = _Lines.of(first), _Lines.of(second), set(_Lines.of(last).keys)
    slots, ticking, is_edited = [], set[int](), False
    for gap in _gaps(one.keys, other.keys):
        before, after = [one.keys[i] for i in gap.one], [other.keys[i] for i in gap.other]
        if known.isdisjoint(before) and known.isdisjoint(after):
            slots.append(Slot(*gap.place, seen=tuple(after)))
            ticking.update(other.indexes[i] for i in gap.other)
        else:
            is_edited = True
    return Compared(tuple(slots), without(second, ticking), is_edited)


def confirmed(suspected: Iterable[Slot], now: Iterable[Slot]) -> tuple[Slot, ...]:
    """Those slots of `now` that two looks before have shown to differ as well."""
    places = {slot.place for slot in suspected}
    return tuple(slot for slot in now if slot.place in places)


def settle(extract: Extract, last: Extract, slots: Sequence[Slot]) -> tuple[Extract, tuple[Slot, ...]]:
    """A look without what ticks in known slots; and the slots, with what stands in them now.

    A passage that was in its slot at the look before is no ticking and stays; and where there are more
    than at the look before, one of them may be the article's, and all stay for now.
    """
    now: dict[tuple[str, str], tuple[str, ...]] = {slot.place: () for slot in slots}
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
    extract: Extract, last: Extract, places: Container[tuple[str, str]]
) -> Iterator[tuple[tuple[str, str], dict[int, str]]]:
    """What a look shows between two paragraphs that are neighbours in the last version, by index."""
    mine = _Lines.of(extract)
    for gap in _gaps(_Lines.of(last).keys, mine.keys):
        if gap.place in places and not gap.one:
            yield gap.place, {mine.indexes[i]: mine.keys[i] for i in gap.other}


def cleaned(last: Extract, steady: Extract, slots: Iterable[Slot]) -> Extract:
    """The last version without what stood in slots found since: it was ticking then, too."""
    places = {slot.place for slot in slots}
    lines = _Lines.of(last)
    gaps = [gap for gap in _gaps(lines.keys, _Lines.of(steady).keys) if gap.place in places and not gap.other]
    return without(last, {lines.indexes[i] for gap in gaps for i in gap.one})


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
