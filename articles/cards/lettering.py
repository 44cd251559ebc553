"""Which text our fonts have letters for, and text made fit to be lettered.

A card must look the same on every machine, so that it is drawn with the fonts in `fonts` alone.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

from icu4py.breakers import LineBreaker

from articles.core.diffing.tokens import split_words
from articles.core.types import Segment
from articles.presentation import printable

FONTS = Path(__file__).parent / "fonts"
_ACCENT = "[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]"
ACCENTS = re.compile(f"({_ACCENT}{{3}}){_ACCENT}+")
BLANKS = re.compile(r"\s+")
CONTROLS = ("Cc", "Cf", "Co")
INKED = "LNPS"  # general categories, by their first letter, of what is seen by itself
HALF_FILLER = "\N{HALFWIDTH HANGUL FILLER}"  # the one letter our fonts have that leaves no ink
# Thai, Lao, Myanmar, Khmer: broken into lines by a dictionary.
UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]")
HANGUL = re.compile("(?<=\\w)(?=[\uac00-\ud7a3])")
LOCALE = "en"  # the dictionary is chosen by script
# Needed in Persian and the scripts of India; other controls would turn our own marks about.
JOINERS = "\u200c\u200d"


@cache
def covered() -> frozenset[int]:
    """The characters that one of our fonts has a letter for."""
    ranges = [bounds.split("-") for bounds in (FONTS / "coverage.txt").read_text().split()]
    return frozenset(code for first, last in ranges for code in range(int(first, 16), int(last, 16) + 1))


def lettered(segments: Iterable[Segment]) -> tuple[Segment, ...] | None:
    """The segments fit to be drawn; None where a letter or digit of them cannot be.

    Pictographs and symbols that no font has are left out, controls of direction too. Nothing is left where
    nothing would be seen: Pango refuses to draw that.
    """
    fit = [(op, _plain(text)) for op, text in segments]
    if any(ord(char) not in covered() and not _is_symbol(char) for _, text in fit for char in text):
        return None
    shown: list[Segment] = []
    for op, text in fit:
        kept = BLANKS.sub(" ", "".join(char for char in text if ord(char) in covered()))
        if not shown or shown[-1][1].endswith(" "):
            kept = kept.lstrip()
        if kept:
            shown.append((op, kept))
    return tuple(shown) if any(_leaves_ink(char) for _, text in shown for char in text) else ()


def _leaves_ink(char: str) -> bool:
    return unicodedata.category(char)[0] in INKED and char != HALF_FILLER


def _plain(text: str) -> str:
    """Without controls, and without more accents on a letter than any language has."""
    one_line = BLANKS.sub(" ", ACCENTS.sub(r"\1", printable(text)))
    return "".join(char for char in one_line if char in JOINERS or unicodedata.category(char) not in CONTROLS)


def _is_symbol(char: str) -> bool:
    """Whether a text can do without it: a pictograph, or what only alters one."""
    return unicodedata.category(char)[0] == "S" or "\ufe00" <= char <= "\ufe0f" or char == "\u20e3"


def breakable(text: str) -> str:
    """The text with signs of no width where a line may or may not end, in scripts of which Pango does not
    know that: Thai and its like are written without blanks, Korean with."""
    text = HANGUL.sub("\N{WORD JOINER}", text)
    if UNSPACED.search(text):
        text = "\N{ZERO WIDTH SPACE}".join(LineBreaker(text, LOCALE))
    return text


def shortened(segments: Iterable[Segment], around: int, longest: int) -> tuple[Segment, ...]:
    """The segments cut at words: about `around` characters of what stayed beside each mark, and no more
    than `longest` of a mark, or of a text that has none."""
    listed = list(segments)
    if all(op == "=" for op, _ in listed):
        return tuple((op, _head(text, longest)) for op, text in listed)
    return tuple(_around(listed, around, longest))


def _around(segments: list[Segment], around: int, longest: int) -> Iterator[Segment]:
    for place, (op, text) in enumerate(segments):
        if op != "=":
            yield op, _head(text, longest)
        elif place == 0:
            yield op, _tail(text, around)
        elif place == len(segments) - 1 or len(text) <= 2 * around:
            yield op, _head(text, around if place == len(segments) - 1 else 2 * around)
        else:
            yield op, _head(text, around) + " " + _tail(text, around).removeprefix("…")


def _head(text: str, length: int) -> str:
    """About `length` characters of the beginning, in whole words where they are not longer than that."""
    if len(text) <= length:
        return text
    shown = ""
    for token in split_words(text):
        if len(shown) + len(token) > length:
            break
        shown += token
    return f"{shown or text[:length]}…"


def _tail(text: str, length: int) -> str:
    """About `length` characters of the end, in whole words likewise."""
    if len(text) <= length:
        return text
    shown = ""
    for token in reversed(split_words(text)):
        if len(shown) + len(token) > length:
            break
        shown = token + shown
    return f"…{shown or text[-length:]}"
