"""Where sentences end."""

import re
from itertools import accumulate

from icu4py.breakers import SentenceBreaker

LOCALE = "en"  # the rules are the same for all but Greek, whose question mark is a semicolon
# After these a point ends no sentence: titles before a name, initials of one, and the like.
_SHORT = re.compile(
    r"(?:^|[\s(“‘\"'])(?:[^\W\d_]|Mrs?|Ms|Mx|Drs?|Prof|St|Sr|Jr|Rev|Hon|Gov|Sen|Rep|Gen|Col|Capt|Lt|Sgt|Maj|No|vs|Hr|Fr|bzw|Mme|Mlle|Nr|ca)"
    r"\.\s*$"
)

_HALF = re.compile("[\ud800-\udfff]")  # of a pair: ICU reads UTF-8, which has none


def spans(text: str, language: str = "") -> list[tuple[int, int]]:
    """Beginning and end of each sentence, the blanks after it included; together they are the text.

    By Unicode Standard Annex 29 as ICU has it, but for short words with a point ("Mr.", "J. K.").
    `language` is a tag of BCP 47.
    """
    locale = "el" if language.lower().startswith("el") else LOCALE
    lengths = [len(piece) for piece in _pieces(text, locale)]
    ends = list(accumulate(lengths))
    return list(zip([0, *ends], ends, strict=False))


def _pieces(text: str, locale: str) -> list[str]:
    pieces: list[str] = []
    for piece in SentenceBreaker(_HALF.sub("\N{REPLACEMENT CHARACTER}", text), locale):
        if pieces and (_SHORT.search(pieces[-1]) or not pieces[-1].strip()):
            pieces[-1] += piece
        else:
            pieces.append(piece)
    return pieces
