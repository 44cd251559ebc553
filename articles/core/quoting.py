"""A quotation traced in texts: word by word, whatever its quotation marks, dashes, spaces and case are.

A quotation has parts where something is left out of it on purpose ("…", "[the mayor]"). Each part is looked
for by itself, one after the other. A part that stands nowhere as it is may stand there nearly: with a wrong
word, or without a clause. Where its runs of three words are found, close together, a longest common
subsequence of the words says how near it is.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import accumulate, chain

from rapidfuzz.distance import LCSseq

from articles.core import terms

SHORTEST, LONGEST = 20, 1_000  # characters; those of double width count twice for the former
NEAR = 60  # per cent: what is less like a quotation is only the nearest there is
PROBES = 48  # runs of words by which candidates are looked for
FEW = 8  # of fewer runs single words are looked for as well
MOST_SEEDS = 100  # places of one run of words in a text: of one that stands at more, the first
ROOM = 12  # words that may stand between those of a part, beside as many as it has itself
BESIDE = 3  # words at either end among which the wrong ones at the ends of a part are looked for

# Where a quotation leaves out or puts in on purpose: an ellipsis, alone or in brackets, or words in brackets.
_LEFT_OUT = re.compile(r"\[[^\[\]]{0,80}\]|\(\s{0,3}(?:…|\.\s?\.\s?\.)\s{0,3}\)|…|\.\s?\.\s?\.(?:\s?\.)?")


class BadQuotation(ValueError):
    """Nothing that could be traced; says what to give instead."""


@dataclass(frozen=True)
class Quotation:
    """What is looked for: the words of each of its parts, and these parts as they were given."""

    parts: tuple[tuple[str, ...], ...]
    said: tuple[str, ...]

    @property
    def length(self) -> int:
        """In words."""
        return sum(map(len, self.parts))

    def probes(self) -> list[int]:
        """Numbers of `core.terms` that its text has, or most of them."""
        found = list(chain.from_iterable(terms.runs(part) for part in self.parts))
        step = max(1, len(found) / PROBES)
        probes = [found[int(at * step)] for at in range(min(len(found), PROBES))]
        if len(found) < FEW:
            probes += map(terms.of_word, chain.from_iterable(self.parts))
        return list(dict.fromkeys(probes))


@dataclass(frozen=True, slots=True)
class Place:
    """Where a part was found: words `start` to before `end` of a text; `agree` of them are the part's own."""

    start: int
    end: int
    agree: int


@dataclass(frozen=True, slots=True)
class Found:
    """A quotation in a text: the place of each part that was found, in order, and how near it is.

    percent  100 if and only if every part stands there word by word
    """

    places: tuple[Place, ...]
    percent: int

    @property
    def is_exact(self) -> bool:
        return self.percent == 100


def read(text: str) -> Quotation:
    """The quotation that somebody gives. Raises BadQuotation."""
    text = " ".join(text.split())
    if sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text) < SHORTEST:
        raise BadQuotation(
            f"That is shorter than {SHORTEST} characters, which many articles say: paste a whole sentence."
        )
    if len(text) > LONGEST:
        raise BadQuotation(
            f"That is longer than {LONGEST:,} characters: paste the sentences that matter most."
        )
    said = [part.strip() for part in _LEFT_OUT.split(text)]
    parts = [(tuple(words), part) for part, words in zip(said, terms.words_of(said), strict=True) if words]
    if not parts:
        raise BadQuotation("There are no words in that: paste what the article says, or said.")
    return Quotation(tuple(words for words, _ in parts), tuple(part for _, part in parts))


class Codes(dict[str, str]):
    """Gives each word a character, so that texts can be searched as strings of these. Words that a quotation
    has not share one: they differ from all of its words, and that is all that matters."""

    _OTHER = "\x01"

    def __init__(self, quotation: Quotation) -> None:
        super().__init__()
        for word in dict.fromkeys(chain.from_iterable(quotation.parts)):
            self[word] = chr(0x100 + len(self))
        self.parts = tuple(map(self.encode, quotation.parts))

    def __missing__(self, word: str) -> str:
        return self._OTHER

    def encode(self, words: Sequence[str]) -> str:
        return "".join([self[word] for word in words])


def trace(parts: Sequence[str], text: str) -> Found | None:
    """Looks for a quotation in a text, both as `Codes` have them; None where none of its words is there."""
    exact = _exact(parts, text)
    if exact:
        return Found(exact, 100)
    places: list[Place] = []
    at = 0
    for part in parts:
        place = _part(part, text, at)
        if place:
            places.append(place)
            at = place.end
    agree = sum(place.agree for place in places)
    if not agree:
        return None
    extent = sum(map(len, parts)) + sum(place.end - place.start for place in places)
    return Found(tuple(places), min(99, round(200 * agree / extent)))


def _exact(parts: Sequence[str], text: str) -> tuple[Place, ...]:
    """Where all parts stand, word by word and in order; the newspaper's first words that fit."""
    places, at = [], 0
    for part in parts:
        start = text.find(part, at)
        if start < 0:
            return ()
        at = start + len(part)
        places.append(Place(start, at, len(part)))
    return tuple(places)


def _part(part: str, text: str, after: int) -> Place | None:
    """The best place for a part: behind `after` if it is there word by word, or else anywhere in the text."""
    start = text.find(part, after)
    if start < 0:
        start = text.find(part)
    if start >= 0:
        return Place(start, start + len(part), len(part))
    for run in range(min(terms.RUN, len(part) - 1), 0, -1):
        seeds = _seeds(part, text, run)
        if seeds:
            return _aligned(part, text, *_closest(seeds, 2 * len(part) + ROOM))
    return None


def _seeds(part: str, text: str, run: int) -> list[tuple[int, int]]:
    """Where each `run` words in a row of a part stand in the text: (in the text, in the part), in order."""
    seeds = []
    for at in range(len(part) - run + 1):
        piece = part[at : at + run]
        start = text.find(piece)
        for _ in range(MOST_SEEDS):
            if start < 0:
                break
            seeds.append((start, at))
            start = text.find(piece, start + 1)
    return sorted(seeds)


def _closest(seeds: Sequence[tuple[int, int]], room: int) -> tuple[tuple[int, int], tuple[int, int]]:
    """First and last of those seeds within `room` words that are the most different ones; of as many, the
    closest together."""
    best, chosen = (0, 0), (seeds[0], seeds[0])
    counted: dict[int, int] = {}
    first = 0
    for last, (there, here) in enumerate(seeds):
        counted[here] = counted.get(here, 0) + 1
        while there - seeds[first][0] > room or counted[seeds[first][1]] > 1:
            counted[seeds[first][1]] -= 1
            if not counted[seeds[first][1]]:
                del counted[seeds[first][1]]
            first += 1
        rank = (len(counted), seeds[first][0] - there)
        if rank > best:
            best, chosen = rank, (seeds[first], seeds[last])
    return chosen


def _aligned(part: str, text: str, first: tuple[int, int], last: tuple[int, int]) -> Place:
    """The words of the text from the first to the last that agree with the part's, around two seeds."""
    begin = max(0, first[0] - first[1] - BESIDE)
    stop = min(len(text), last[0] + len(part) - last[1] + BESIDE)
    blocks = [block for block in LCSseq.opcodes(part, text[begin:stop]) if block.tag == "equal"]
    start, end = begin + blocks[0].dest_start, begin + blocks[-1].dest_end
    return Place(start, end, sum(block.src_end - block.src_start for block in blocks))


# --- a text and its versions -------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Stretch:
    """Versions in a row, by their numbers, of which each says the same; `end` is the last of them."""

    start: int
    end: int


def stretches(numbers: Sequence[int], fitting: Sequence[bool]) -> tuple[Stretch, ...]:
    """The versions that fit, as stretches; `numbers` are rising."""
    found: list[Stretch] = []
    was = False
    for number, fits in zip(numbers, fitting, strict=True):
        if fits:
            found = (
                [*found[:-1], Stretch(found[-1].start, number)] if was else [*found, Stretch(number, number)]
            )
        was = fits
    return tuple(found)


def lines_of(place: Place, lengths: Sequence[int]) -> range:
    """The lines in which a place lies, by their index; `lengths` are those of all lines, in words."""
    ends = list(accumulate(lengths))
    first = next(at for at, end in enumerate(ends) if end > place.start)
    last = next(at for at, end in enumerate(ends) if end >= place.end)
    return range(first, last + 1)


# --- the quotations of a page -----------------------------------------------------------------------
# By their opening marks; a single closing mark between two letters is an apostrophe.
_MARKS = ("“([^“”]%)”", "„([^„“”]%)[“”]", "«([^«»]%)»", "»([^«»]%)«", "「([^「」]%)」", "『([^『』]%)』")
_QUOTED = re.compile(
    "|".join((*_MARKS, '"([^"]%)"', r"‘((?:[^‘’]|’(?=\w))%)’")).replace("%", f"{{{SHORTEST // 2},{LONGEST}}}")
)


def quotations(paragraphs: Iterable[tuple[str, bool]], most: int) -> list[str]:
    """The first `most` of what is quoted in these paragraphs, each once, as far as it can be traced.

    Of each paragraph its text, and whether all of it is a quotation.
    """
    found: dict[str, None] = {}
    for text, is_quotation in paragraphs:
        quoted = [text] if is_quotation else [match[match.lastindex or 0] for match in _QUOTED.finditer(text)]
        for one in quoted:
            if len(found) == most:
                return list(found)
            with suppress(BadQuotation):  # too short, too long or without a word: not to be traced
                read(one)
                found[one.strip()] = None
    return list(found)
