"""Telling an article's text from what the page writes anew at every look.

A rule can name the furniture it knows; an advert in plain paragraphs, or a quotation of the day, reads
like the article. Only looks tell: text that stands there twice in a row is the article's, text that is
another each time is not. The place of such text is remembered as a `Slot`, by the paragraphs around it,
so that one look is enough from then on.

A slot is believed only when three looks in a row found something else in it, and what stays in one from
one look to the next counts as text again. So an edit in such a place is seen a look later than elsewhere;
one that is edited again before each look is not seen.
"""

import hashlib
import re
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from difflib import Match, SequenceMatcher
from itertools import pairwise

from rapidfuzz import fuzz

from articles.core.fingerprint import word_count, words
from articles.core.types import Extract, Slot

STANDFIRST = -1  # its index among an extract's paragraphs
TELLING = 3  # words: a shorter line with a number in it stays where a page ticks by chance alone
ALIKE = 60  # per cent: a line this like another is the same one, edited
MOST = 0.5  # of a text's words may tick: else what is left is not the article,
MOST_BESIDE_ENOUGH = 0.75  # unless as many words
ENOUGH = 60  # as this are left
MOST_LINES = 1_500  # longer texts are not compared line by line: a page could make that take minutes
_NUMBER = re.compile(r"\d+")
_HEAD = "@"  # in a slot's place: the headline or byline ticks, which `before` names
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
    slots, ticking, counting, is_edited = [], set[int](), dict[int, str](), False
    for place, gone, then, now in _between_anchors(old.keys, one.keys, other.keys):
        run_then, run_now = [one.keys[i] for i in then], [other.keys[i] for i in now]
        if run_then == run_now and place not in before:
            continue
        run_gone = [old.keys[i] for i in gone]
        if set(run_then) != set(run_now) and not set(run_gone).isdisjoint((*run_then, *run_now)):
            is_edited = True
            continue
        counted = _counters(
            [_line(last, old.indexes[i]) for i in gone],
            [_line(first, one.indexes[i]) for i in then],
            {other.indexes[i]: _line(second, other.indexes[i]) for i in now},
        )
        for index, (where, text) in counted.items():
            counting[index] = text
            slots.append(Slot(*where, seen=(_short(words(_line(second, index))),)))
        left = {other.indexes[i]: other.keys[i] for i in now if other.indexes[i] not in counted}
        if not left and len(run_then) == len(counted):
            continue
        telling = {key for index, key in left.items() if _is_telling(_line(second, index))}
        stayed = telling.intersection(run_then) & before.get(place, telling)
        slots.append(Slot(*place, seen=tuple(run_now), stayed=tuple(sorted(stayed))))
        ticking.update(index for index, key in left.items() if key not in stayed)
    heads = _ticking_heads(first, second, last)
    slots.extend(Slot(name, _HEAD, seen=(_short(words(getattr(second, name))),)) for name in heads)
    steady = replace(_with_lines(second, counting), **{name: getattr(last, name) for name in heads})
    is_certain = (
        bool(slots)
        and not is_edited
        and all(slot.place in before for slot in slots)
        and _is_little(ticking, second)
    )
    return Compared(tuple(slots), without(steady, ticking), is_edited, is_certain)


def _counters(gone: Sequence[str], then: Sequence[str], now: dict[int, str]) -> dict[int, tuple[Place, str]]:
    """Lines that are the same in three texts but for some numbers, another one in each: a price, a counter.

    For each such line of `now` its place, told by the words and by which of its numbers differ, and the
    line as the last version has it.
    """
    found: dict[int, tuple[Place, str]] = {}
    before = {_masked(text): text for text in then}
    for index, text in now.items():
        masked = _masked(text)
        old = next((line for line in gone if _masked(line) == masked), None)
        if old is None or masked not in before or not _NUMBER.search(text):
            continue
        values = zip(*(_NUMBER.findall(words(line)) for line in (old, before[masked], text)), strict=True)
        differ = {i: len(set(three)) for i, three in enumerate(values) if len(set(three)) > 1}
        if differ and set(differ.values()) == {3}:  # else it was edited
            found[index] = (_short(masked), f"#{','.join(map(str, differ))}"), old
    return found


def _uncounted(
    extract: Extract, last: Extract, slots: dict[Place, tuple[str, ...]]
) -> tuple[dict[int, str], dict[Place, tuple[str, ...]]]:
    """Lines of a look whose known counters alone differ from the last version's; and what they show now."""
    wanted = {before: after[1:] for before, after in slots if after.startswith("#")}
    old = {_short(_masked(text)): text for text in (last.standfirst, *last.texts)} if wanted else {}
    lines: dict[int, str] = {}
    seen: dict[Place, tuple[str, ...]] = {}
    for index, text in [(STANDFIRST, extract.standfirst), *enumerate(extract.texts)] if wanted else []:
        key = _short(_masked(text))
        if key not in wanted or key not in old:
            continue
        pairs = zip(_NUMBER.findall(words(old[key])), _NUMBER.findall(words(text)), strict=False)
        differ = {str(i) for i, (one, other) in enumerate(pairs) if one != other}
        place = (key, f"#{wanted[key]}")
        seen[place] = (_short(words(text)),)
        if differ and differ <= set(wanted[key].split(",")) and seen[place] != slots[place]:
            lines[index] = old[key]
    return lines, seen


def _masked(text: str) -> str:
    return _NUMBER.sub("0", words(text))


def _ticking_heads(first: Extract, second: Extract, last: Extract) -> list[str]:
    """Which of headline and byline are another in each of three texts."""
    return [
        name
        for name in ("title", "byline")
        if len({words(getattr(extract, name)) for extract in (first, second, last)}) == 3
    ]


def _with_lines(extract: Extract, lines: dict[int, str]) -> Extract:
    """An extract with other texts in place of those of these indexes."""
    if not lines:
        return extract
    return replace(
        extract,
        standfirst=lines.get(STANDFIRST, extract.standfirst),
        paragraphs=tuple(
            replace(paragraph, text=lines.get(index, paragraph.text))
            for index, paragraph in enumerate(extract.paragraphs)
        ),
    )


def _is_telling(text: str) -> bool:
    """Whether a line that stays where a page ticks is text: a label with a number stays by chance alone."""
    return word_count([text]) >= TELLING or not _NUMBER.search(text)


def _is_little(dropped: set[int], extract: Extract) -> bool:
    """Whether these lines are so little of a text that the rest is still the article."""
    taken = word_count(_line(extract, index) for index in dropped)
    every = word_count((extract.standfirst, *extract.texts))
    return taken <= (MOST if every - taken < ENOUGH else MOST_BESIDE_ENOUGH) * every


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
    blocks = _blocks(one, other)
    return {block.a + i: block.b + i for block in blocks for i in range(block.size)}


def settle(extract: Extract, last: Extract, slots: Sequence[Slot]) -> tuple[Extract, tuple[Slot, ...]]:
    """A look without what ticks in known slots; and the slots, with what stands in them now.

    A passage that was in its slot at the look before is no ticking and stays; and where there are more
    than at the look before, one of them may be the article's, and all stay for now.
    """
    before = {slot.place: slot.seen for slot in slots}
    now: dict[Place, tuple[str, ...]] = dict.fromkeys(before, ())
    lines, counted = _uncounted(extract, last, before)
    settled = _with_lines(extract, lines)
    now |= counted
    for name in ("title", "byline"):
        key = _short(words(getattr(extract, name)))
        if (name, _HEAD) in before and key != _short(words(getattr(last, name))):
            now[name, _HEAD] = (key,)
            if before[name, _HEAD] != (key,):
                settled = replace(settled, **{name: getattr(last, name)})
    ticking = set[int]()
    for place, run in _in_slots(settled, last, now):
        now[place] = tuple(run.values())
        if len(run) <= len(before[place]):
            ticking.update(index for index, key in run.items() if key not in before[place])
    if not _is_little(ticking, settled):
        ticking = set()
    known = set(_Lines.of(last).keys) | {_START, _END}
    kept = (
        Slot(*place, seen=seen)
        for place, seen in now.items()
        if place[1] == _HEAD or place in counted or (place[0] in known and place[1] in known)
    )
    return without(settled, ticking), tuple(kept)


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

    What is much like a line that the steady text has in its place was edited, and stays; and where more
    is missing than ticks at a look, some of it was taken out by an editor, and all stays.
    """
    ticked = {slot.place: len(set(slot.seen) - set(slot.stayed)) for slot in slots}
    lines, others = _Lines.of(last), _Lines.of(steady)
    ticking = set[int]()
    for gap in _gaps(lines.keys, others.keys):
        instead = [_line(steady, others.indexes[i]) for i in gap.other][:MOST_LINES]
        gone = [lines.indexes[i] for i in gap.one if not _is_like_any(_line(last, lines.indexes[i]), instead)]
        if len(gone) <= ticked.get(gap.place, 0):
            ticking.update(gone)
    return without(last, ticking) if _is_little(ticking, last) else last


def _is_like_any(text: str, others: list[str]) -> bool:
    return any(fuzz.ratio(text, other, score_cutoff=ALIKE) for other in others)


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
    blocks = _blocks(one, other)
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


def _blocks(one: list[str], other: list[str]) -> list[Match]:
    """The runs of lines that two texts share; of very long texts only those at both ends."""
    start = _in_common(one, other)
    end = _in_common(one[start:][::-1], other[start:][::-1])
    inner = (one[start : len(one) - end], other[start : len(other) - end])
    found = [Match(0, 0, start)] if start else []
    if max(map(len, inner)) <= MOST_LINES:
        matcher = SequenceMatcher(None, *inner, autojunk=False)
        found.extend(Match(a + start, b + start, size) for a, b, size in matcher.get_matching_blocks()[:-1])
    if end:
        found.append(Match(len(one) - end, len(other) - end, end))
    return [*found, Match(len(one), len(other), 0)]


def _in_common(one: list[str], other: list[str]) -> int:
    """How many lines two texts begin with alike."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((i for i, (a, b) in pairs if a != b), min(len(one), len(other)))
