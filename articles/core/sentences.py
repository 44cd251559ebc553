"""Where sentences end."""

import re

from icu4py.breakers import SentenceBreaker

LOCALE = "en"  # the rules are the same for all but Greek, whose question mark is a semicolon
# After these a point ends no sentence: titles before a name, initials of one, and the like.
_SHORT = re.compile(
    r"(?:^|[\s(“‘\"'])(?:[^\W\d_]|Mrs?|Ms|Mx|Drs?|Prof|St|Sr|Jr|Rev|Hon|Gov|Sen|Rep|Gen|Col|Capt|Lt|Sgt|Maj|No|vs|Hr|Fr|bzw|Mme|Mlle|Nr|ca)"
    r"\.$"
)
_REACH = 8  # characters: more than the longest of these takes with its point and what stands before it
_HALF = re.compile("[\ud800-\udfff]")  # of a pair: ICU reads UTF-8, which has none


def spans(text: str, language: str = "") -> list[tuple[int, int]]:
    """Beginning and end of each sentence, the blanks after it included; together they are the text.

    By Unicode Standard Annex 29 as ICU has it, but for short words with a point ("Mr.", "J. K.").
    `language` is a tag of BCP 47.
    """
    locale = "el" if language.lower().startswith("el") else LOCALE
    found: list[tuple[int, int]] = []
    start = said = end = 0  # of the sentence at hand; what it says ends at `said`, before its blanks
    for piece in SentenceBreaker(_HALF.sub("\N{REPLACEMENT CHARACTER}", text), locale):
        if said > start and not _SHORT.search(text[max(start, said - _REACH) : said]):
            found.append((start, end))
            start = end
        bare = len(piece.rstrip())
        said = end + bare if bare else max(said, start)
        end += len(piece)
    return [*found, (start, end)] if end else []
