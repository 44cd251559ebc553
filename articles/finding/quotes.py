"""A quotation: in which versions of which articles it stands, and what stands there now.

The articles that share the rarest of its runs of words are read, all of their versions; each distinct line
is parted into words once.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, chain, pairwise

from articles.core import quoting, terms
from articles.core.diffing import diff, diff_text
from articles.core.quoting import Codes, Found, Place, Quotation, Stretch
from articles.core.types import RowState, Segment
from articles.finding import candidates
from articles.finding.texts import HEAD, lines_of, readable
from articles.models import Article, Version

READ = 12  # candidates that are read, the likeliest
SHOWN = 10  # answers
NEAREST = 3  # where there is no answer
LIKELY = 0.2  # of what the likeliest shares with the quotation: less is not read
AROUND = 160  # characters of a paragraph that are shown on each side of what was found


@dataclass(frozen=True, slots=True)
class Change:
    """Where a quotation came or went: the versions on both sides of it, the later being that without it, or
    with it again."""

    old: Version
    new: Version


@dataclass(frozen=True, slots=True)
class Now:
    """What stands in the newest version where the quotation stood: against that, in segments ("" is in
    both); None where the passage is gone."""

    version: Version
    segments: tuple[Segment, ...] | None


@dataclass(frozen=True, slots=True)
class Traced:
    """An article that says, or said, the quotation.

    percent    100 if it is said word by word
    segments   what is said there: "=" is the quotation's too, "+" the article's alone, "-" the quotation's
               alone, "" the text around it
    versions   with it, the first and the last
    """

    article: Article
    percent: int
    segments: tuple[Segment, ...]
    stretches: tuple[Stretch, ...]
    first: Version
    last: Version
    removed: Change | None
    restored: Change | None
    now: Now | None

    @property
    def is_exact(self) -> bool:
        return self.percent == 100

    @property
    def stands(self) -> bool:
        """Whether the newest version says it."""
        return self.removed is None


@dataclass(frozen=True, slots=True)
class Answer:
    """What is known of a quotation: who says it, the nearest first; `nearest` where nobody does."""

    found: tuple[Traced, ...]
    nearest: tuple[Traced, ...] = ()


def trace(quotation: Quotation) -> Answer:
    """Looks for a quotation in all versions of all articles that readers may see."""
    codes = Codes(quotation)
    likely = _likely(quotation)
    texts = readable(likely)
    traced = [one for pk in likely if pk in texts and (one := _traced(quotation, codes, texts[pk]))]
    # Where several say it, who said it first is whom the others have it from.
    traced.sort(key=lambda one: (-one.percent, one.first.first_seen_at, one.article.pk))
    found = tuple(one for one in traced if one.percent >= quoting.NEAR)
    return Answer(found[:SHOWN]) if found else Answer((), tuple(traced[:NEAREST]))


def changes_of(answer: Answer) -> list[tuple[int, int]]:
    """(article, number of the later version) of each change with which the quotation came or went."""
    return [
        (one.article.pk, number)
        for one in answer.found
        for stretch in one.stretches
        for number in (stretch.start, stretch.end + 1)
        if number > 1
    ]


def _likely(quotation: Quotation) -> list[int]:
    """The articles that share most with the quotation, the likeliest first; a number that many articles
    have counts little."""
    shared: defaultdict[int, list[int]] = defaultdict(list)
    for number, article in candidates.sharing(quotation.probes()):
        shared[number].append(article)
    weights: Counter[int] = Counter()
    for articles in shared.values():
        rarity = 1 / math.log2(1 + len(articles))
        for article in articles:
            weights[article] += rarity
    ranked = sorted(weights, key=lambda article: (-weights[article], article))[:READ]
    return [article for article in ranked if weights[article] >= LIKELY * weights[ranked[0]]]


# --- one article ---------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class _Read:
    """A version as it is searched: its lines, the words of each, and all of these as `Codes`."""

    version: Version
    lines: tuple[str, ...]
    words: tuple[list[str], ...]
    coded: str

    @property
    def all_words(self) -> list[str]:
        return list(chain.from_iterable(self.words))

    @property
    def lengths(self) -> list[int]:
        return list(map(len, self.words))


def _traced(quotation: Quotation, codes: Codes, versions: Sequence[Version]) -> Traced | None:
    read = _read(codes, versions)
    best: tuple[Found, _Read] | None = None
    seen: dict[str, Found | None] = {}
    for one in reversed(read):
        if one.coded not in seen:
            seen[one.coded] = quoting.trace(codes.parts, one.coded)
        found = seen[one.coded]
        if found and (best is None or found.percent > best[0].percent):
            best = found, one
    if best is None:
        return None
    return _told(quotation, *best, read)


def _read(codes: Codes, versions: Sequence[Version]) -> list[_Read]:
    each = [tuple(lines_of(version)) for version in versions]
    distinct = list(dict.fromkeys(chain.from_iterable(each)))
    words = dict(zip(distinct, terms.words_of(distinct), strict=True))
    coded = {line: codes.encode(words[line]) for line in distinct}
    return [
        _Read(version, lines, tuple(words[line] for line in lines), "".join([coded[line] for line in lines]))
        for version, lines in zip(versions, each, strict=True)
    ]


def _told(quotation: Quotation, found: Found, where: _Read, read: Sequence[_Read]) -> Traced:
    """What is to be told of a place: which versions say the same there, and what came after."""
    said = _wording(where, found)
    fitting = [_says(one, said) for one in read]
    numbers = [one.version.number for one in read]
    stretches = quoting.stretches(numbers, fitting)
    with_it = [one for one, fits in zip(read, fitting, strict=True) if fits]
    removed, restored = _turns(read, fitting)
    newest = read[-1]
    return Traced(
        article=where.version.article,
        percent=found.percent,
        segments=_segments(quotation, found, where),
        stretches=stretches,
        first=with_it[0].version,
        last=with_it[-1].version,
        removed=removed,
        restored=restored,
        now=_now(found, where, with_it[-1], newest) if removed else None,
    )


def _wording(where: _Read, found: Found) -> list[list[str]]:
    """The words of the text itself where it was found, in their order there."""
    words, said, at = where.all_words, [], 0
    for place in sorted(found.places, key=lambda place: place.start):
        if place.end > at:  # parts that are only nearly there may overlap
            said.append(words[max(place.start, at) : place.end])
            at = place.end
    return said


def _says(one: _Read, said: Sequence[Sequence[str]]) -> bool:
    """Whether a version has these words, in this order of their parts."""
    text = "\n".join(chain(("",), one.all_words, ("",)))
    at = 0
    for words in said:
        piece = "\n".join(("", *words, ""))
        at = text.find(piece, at)
        if at < 0:
            return False
        at += len(piece) - 1
    return True


def _turns(read: Sequence[_Read], fitting: Sequence[bool]) -> tuple[Change | None, Change | None]:
    """The change with which a quotation went for good, as far as is known, and the last with which it came
    back."""
    removed = restored = None
    came = False
    for (old, was), (new, fits) in pairwise(zip(read, fitting, strict=True)):
        came = came or was
        if was and not fits:
            removed = Change(old.version, new.version)
        elif fits and not was and came:
            restored = Change(old.version, new.version)
    return (None if fitting[-1] else removed), restored


def _segments(quotation: Quotation, found: Found, where: _Read) -> tuple[Segment, ...]:
    """What stands at the places, with a little of what stands around and between them."""
    text = "\n".join(where.lines)
    parts = quotation.said if len(found.places) == len(quotation.said) else (None,) * len(found.places)
    told: list[Segment] = []
    at: int | None = None
    for place, part in sorted(zip(found.places, parts, strict=True), key=lambda pair: pair[0].start):
        begin, end = _characters(where, place)
        told += _before(text[:begin]) if at is None else _between(text[at:begin])
        told += _compared(part, text[begin:end], found)
        at = end
    told += _after(text[at:])
    return tuple(segment for segment in told if segment[1])


def _characters(where: _Read, place: Place) -> tuple[int, int]:
    """Beginning and end of a place in the lines of its text, joined by newlines."""
    covered = quoting.lines_of(place, where.lengths)
    first, last = covered[0], covered[-1]
    starts = [0, *accumulate(len(line) + 1 for line in where.lines)]
    words = [0, *accumulate(where.lengths)]
    begin = terms.placed(where.lines[first])[place.start - words[first]][1]
    end = terms.placed(where.lines[last])[place.end - 1 - words[last]][2]
    return starts[first] + begin, starts[last] + end


def _compared(part: str | None, said: str, found: Found) -> list[Segment]:
    """A place against what the quotation says there, where that is not the same."""
    if found.is_exact or part is None:
        return [("=", said)]
    placed = terms.placed(part)
    given = part[placed[0][1] : placed[-1][2]]  # without the signs around it
    return list(diff_text(_spelt_as(said, given), said))


def _spelt_as(said: str, given: str) -> str:
    """What was given, each word as it is spelt there where it differs in case alone.

    Case is no difference to the finder, and so none to be marked.
    """
    there = {said[begin:end]: word for word, begin, end in terms.placed(said)}
    spelling = {word: spelt for spelt, word in reversed(there.items())}  # the first, where there are several
    pieces, at = [], 0
    for word, begin, end in terms.placed(given):
        own = given[begin:end]
        pieces += [given[at:begin], own if own in there else spelling.get(word, own)]
        at = end
    return "".join([*pieces, given[at:]])


def _before(text: str) -> list[Segment]:
    """The end of what stands before a place, of its own line alone."""
    line = text.rpartition("\n")[2]
    return [("", line if len(line) <= AROUND else "… " + line[-AROUND:].partition(" ")[2])]


def _after(text: str) -> list[Segment]:
    """The beginning of what stands behind a place, of its own line alone."""
    line = text.partition("\n")[0]
    return [("", line if len(line) <= AROUND else line[:AROUND].rpartition(" ")[0] + " …")]


def _between(text: str) -> list[Segment]:
    """What stands between two places; of much only the ends."""
    if len(text) <= 2 * AROUND:
        return [("", text)]
    return [*_after(text), ("", "\n"), *_before(text)]


def _now(found: Found, where: _Read, last: _Read, newest: _Read) -> Now:
    """What became of the passage between the last version with it and the newest."""
    words = _wording(where, found)
    covered = _lines_with(last, words)
    segments: list[Segment] = []
    for at in [line for line in covered if line < HEAD]:
        if newest.lines[at]:
            segments += [*diff_text(last.lines[at], newest.lines[at]), ("=", "\n")]
    paragraphs = {at - HEAD for at in covered if at >= HEAD}
    if paragraphs:
        rows = diff(last.lines[HEAD:], newest.lines[HEAD:]).rows
        for row in rows:
            if row.new and row.state is not RowState.MOVED_AWAY and paragraphs.intersection(row.old):
                segments += [*row.segments, ("=", "\n")]
    unmarked = tuple(("" if op == "=" else op, text) for op, text in segments[:-1])
    return Now(newest.version, unmarked or None)


def _lines_with(one: _Read, said: Sequence[Sequence[str]]) -> list[int]:
    """The lines of a version in which these words stand, part by part."""
    words = one.all_words
    covered: list[int] = []
    at = 0
    for part in said:
        length = len(part)
        at = next(start for start in range(at, len(words)) if words[start : start + length] == list(part))
        covered += quoting.lines_of(Place(at, at + length, length), one.lengths)
        at += length
    return list(dict.fromkeys(covered))
