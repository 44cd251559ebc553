"""Languages by their tags (BCP 47), as pages claim them."""

import re
from typing import Any

from resiliparse.parse.lang import detect_fast, supported_langs

LEAST_WORDS = 60  # of a text, to tell its language by: of fewer it is a guess
LIKELIEST = 3  # languages that are too near each other to tell apart, such as Norwegian and Danish
FARTHEST = 900  # by the detector's measure: what is farther from every language it knows is none of them

_PRIMARY = re.compile(r"[a-z]{2,8}", re.ASCII)


def primary(tag: str) -> str:
    """The language alone of a tag: "en" of "en-GB" or "en_US"; "" where there is none."""
    found = re.split("[-_]", tag.strip().lower(), maxsplit=1)[0]
    return found if _PRIMARY.fullmatch(found) else ""


def spoken(text: str) -> tuple[str, ...]:
    """The likeliest languages of a text, the first first; () where it cannot be told, as of a short text.

    By the frequencies of its letters (resiliparse); scripts without spaces cannot be told by it.
    """
    if len(text.split()) < LEAST_WORDS:
        return ()
    found: Any = detect_fast(text[:20_000], cutoff=FARTHEST, n_results=LIKELIEST)
    return tuple(language for language, _ in found)


def can_be_told(language: str) -> bool:
    """Whether `spoken` would know a text in this language (a primary tag)."""
    return language in supported_langs()
