"""Passages blacked out of a text wherever their words stand, however they are set there.

Two texts read alike here if their letters, digits and vowel signs are the same, whatever their case, and the
same borders part them into words: quotation marks, dashes, kinds of space and line breaks make no difference,
nor do soft hyphens and joiners. A passage is found as whole words, so that "Ann" is not in "Annual". In
scripts whose words are written without spaces, or lean on others, it is found inside longer ones too: there
hiding too much is less harm than too little.
"""

import re
import unicodedata
from array import array
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import accumulate

from articles.core.diffing.tokens import UNSPACED
from articles.core.types import Extract

MARK = "[hidden]"  # stands where a passage stood, in every format; as many words whatever was there
LEAST_LETTERS = 4  # of a passage that is one word; fewer would stand in every other text
LONGEST = 2_000  # characters of a passage
MOST_REMEMBERED = 4_000_000  # characters of paragraphs that are kept as they were read, some 50 MB

# Arabic, Hebrew, Hangul: "and", "in" or a particle are written on the word itself.
_LEANING = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\u1100-\u11ff\u3130-\u318f\uac00-\ud7a3]")
# Vowel points and the stretching of letters, which most texts leave out, and selectors of a sign's shape.
_OPTIONAL = re.compile("[\u0591-\u05bd\u05bf\u05c1\u05c2\u0640\u064b-\u0652\u0670\ufe00-\ufe0f]")


@dataclass(frozen=True, slots=True)
class _Reading:
    """A text as it is compared: words parted by single spaces; where each character of that came from."""

    text: str
    places: Sequence[int]


class _JoinedPlaces:
    """Where the characters came from of several readings that were put together.

    starts  where each begins among the characters, and `parts` where it does in the text, with the reading
    """

    def __init__(self, starts: list[int], parts: list[tuple[int, _Reading]]) -> None:
        self._starts = starts
        self._parts = parts

    def __getitem__(self, at: int) -> int:
        number = bisect_right(self._starts, at) - 1
        place, read = self._parts[number]
        return place + read.places[at - self._starts[number]]


@dataclass(frozen=True, slots=True)
class _Joined:
    """The reading of paragraphs, put together of theirs. No place is known of a space between two."""

    text: str
    places: _JoinedPlaces


def reading(text: str) -> str:
    """What all spellings of a passage share; "" where there is no letter and no digit in it."""
    return _reading(text).text


def is_enough(passage: str) -> bool:
    """Whether a passage says enough to be looked for: two words, or one with LEAST_LETTERS letters (two, in
    scripts without spaces)."""
    words = reading(passage).split()
    if len(words) > 1:
        return True
    return bool(words) and len(words[0]) >= (2 if UNSPACED.match(words[0]) else LEAST_LETTERS)


@dataclass(frozen=True, slots=True)
class Cover:
    """What is to be blacked out of an article's texts: passages, as `reading` gives them."""

    passages: tuple[str, ...] = ()

    @classmethod
    def of(cls, passages: Sequence[str]) -> "Cover":
        """The cover of passages as they were typed."""
        return cls(tuple(sorted({read for passage in passages if (read := reading(passage))})))

    def __bool__(self) -> bool:
        return bool(self.passages)

    def line(self, text: str) -> str:
        """A headline, standfirst or byline as it may be shown."""
        return _blacked_out(text, self._spans(text))

    def paragraphs(self, texts: Sequence[str]) -> list[str]:
        """The paragraphs of a text as they may be shown, as many as before.

        A passage is found across their borders, and leaves its mark in each that it reaches into.
        """
        whole = "\n".join(texts)
        ends = [end - 1 for end in accumulate(len(text) + 1 for text in texts)]
        spans = list(self._spans(whole))
        if not spans:
            return list(texts)
        shown: list[str] = []
        start = 0
        for text, end in zip(texts, ends, strict=True):
            cut = [(max(begin, start) - start, min(stop, end) - start) for begin, stop in spans]
            shown.append(_blacked_out(text, [(begin, stop) for begin, stop in cut if begin < stop]))
            start = end + 1
        return shown

    def extract(self, extract: Extract) -> Extract:
        """A version as it may be shown."""
        texts = self.paragraphs(extract.texts)
        return replace(
            extract,
            title=self.line(extract.title),
            standfirst=self.line(extract.standfirst),
            byline=self.line(extract.byline),
            paragraphs=tuple(
                replace(paragraph, text=text)
                for paragraph, text in zip(extract.paragraphs, texts, strict=True)
            ),
        )

    def count(self, extract: Extract) -> int:
        """How often the passages stand in a version: in its lines, and in its text."""
        lines = (extract.title, extract.standfirst, extract.byline, "\n".join(extract.texts))
        return sum(1 for line in lines for _ in self._spans(line))

    def _spans(self, text: str) -> Iterator[tuple[int, int]]:
        """Where passages stand in a text, in order, those that overlap as one."""
        if self.passages:
            yield from self.spans_of(_reading(text), text)

    def spans_of(self, read: "_Reading | _Joined", text: str) -> Iterator[tuple[int, int]]:
        """The same, of a text that has been read already."""
        found = sorted(span for passage in self.passages for span in _found(passage, read, text))
        begin, stop = -1, -1
        for start, end in found:
            if start < stop:
                stop = max(stop, end)
                continue
            if stop > 0:
                yield begin, stop
            begin, stop = start, end
        if stop > 0:
            yield begin, stop


class Counting:
    """How often passages stand in texts that have most of their paragraphs in common, as versions have.

    Counts as `Cover.count` does, but reads each paragraph once.
    """

    def __init__(self, cover: Cover) -> None:
        self._cover = cover
        self._known: dict[str, _Reading] = {}
        self._size = 0

    def count(self, lines: Sequence[str], texts: Sequence[str]) -> int:
        """How often in a version's headline, standfirst and byline, each by itself, and in its paragraphs."""
        found = sum(len(list(self._cover.spans_of(self._read(line), line))) for line in lines)
        return found + len(list(self._cover.spans_of(self._joined(texts), "\n".join(texts))))

    def _read(self, text: str) -> _Reading:
        if text not in self._known:
            if self._size > MOST_REMEMBERED:
                self._known.clear()
                self._size = 0
            self._known[text] = _reading(text)
            self._size += len(text)
        return self._known[text]

    def _joined(self, texts: Sequence[str]) -> _Joined:
        """What `_reading` gives of paragraphs in lines of their own."""
        pieces: list[str] = []
        starts: list[int] = []
        parts: list[tuple[int, _Reading]] = []
        length = place = 0
        for text in texts:
            read = self._read(text)
            if read.text:
                if pieces and not (UNSPACED.match(pieces[-1][-1]) or UNSPACED.match(read.text[0])):
                    pieces.append(" ")
                    length += 1
                starts.append(length)
                parts.append((place, read))
                pieces.append(read.text)
                length += len(read.text)
            place += len(text) + 1
        return _Joined("".join(pieces), _JoinedPlaces(starts, parts))


def _found(passage: str, read: _Reading | _Joined, text: str) -> Iterator[tuple[int, int]]:
    """Where a passage begins and ends in a text, each time that it stands there as whole words."""
    at = read.text.find(passage)
    while at >= 0:
        end = at + len(passage)
        if _is_border(read.text, at) and _is_border(read.text, end):
            stop = read.places[end - 1] + 1
            while stop < len(text) and unicodedata.category(text[stop])[0] == "M":
                stop += 1  # no sign is left that stood over the last letter
            yield read.places[at], stop
        at = read.text.find(passage, at + 1)


def _is_border(text: str, at: int) -> bool:
    """Whether a passage may begin or end at this place of a text as it is compared."""
    if at in (0, len(text)) or " " in text[at - 1 : at + 1]:
        return True
    return any(UNSPACED.match(char) or _LEANING.match(char) for char in text[at - 1 : at + 1])


def _blacked_out(text: str, spans: Iterator[tuple[int, int]] | Sequence[tuple[int, int]]) -> str:
    parts: list[str] = []
    kept = 0
    for begin, stop in spans:
        parts += [text[kept:begin], MARK]
        kept = stop
    return "".join([*parts, text[kept:]])


def _reading(text: str) -> _Reading:
    chars: list[str] = []
    places: list[int] = []
    is_parted = False
    for place, char in enumerate(text):
        plain = _plain(char)
        if plain is None:
            is_parted = True
            continue
        for letter in plain:
            if is_parted and chars and not (UNSPACED.match(chars[-1]) or UNSPACED.match(letter)):
                chars.append(" ")
                places.append(place)
            is_parted = False
            chars.append(letter)
            places.append(place)
    return _Reading("".join(chars), array("L", places))


@lru_cache(maxsize=8_192)
def _plain(char: str) -> str | None:
    """A character as it is compared: "" for what is no sign at all, None for what parts words."""
    if unicodedata.category(char) in ("Cf", "Cc") and not char.isspace():
        return ""
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", char).casefold())
    kept = "".join(c for c in folded if c.isalnum() or unicodedata.category(c)[0] == "M")
    return _OPTIONAL.sub("", kept) if kept else None
