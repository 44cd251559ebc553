"""Where sentences end."""

import re

from icu4py.breakers import SentenceBreaker

LOCALE = "en"  # the rules are the same for all but Greek, whose question mark is a semicolon
# After these a point ends no sentence: titles before a name, initials of one, "for example", and the like.
_SHORT = re.compile(
    r"(?:^|[\s(“‘\"'])(?:[^\W\d_]|Mrs?|Ms|Mx|Drs?|Prof|St|Sr|Jr|Rev|Hon|Gov|Sen|Rep|Gen|Col|Capt|Lt|Sgt|Maj|No|vs|Hr|Fr|bzw|Mme|Mlle|Nr|ca"
    r"|[eE]\.g|[iI]\.e|[zZ]\.B|[dD]\.h)"
    r"\.$"
)
# Nor does the point of an initialism, as in "the U.S. Senate", but before a word or sign that begins
# sentences and hardly ever goes on with one.
_INITIALS = re.compile(r"[^\W\d_]\.[^\W\d_]\.$")
_OPENING = re.compile(
    r"[“‘\"'«(\[—–-]|(?:The|An?|This|That|These|Those|There|Here|He|She|It|They|We|I|You|His|Her|Its|Their|Our|My|Your"
    r"|And|But|Or|So|Yet|In|On|At|By|To|From|For|With|As|If|When|While|After|Before|Since|Until|Although|Because"
    r"|However|Meanwhile|Now|Then|Not|No|What|Who|Why|How|Where|Some|Many|Most|All|Both|One)\b"
)
_REACH = 8  # characters: more than the longest of these takes with its point and what stands before it
_HALF = re.compile("[\ud800-\udfff]")  # of a pair: ICU reads UTF-8, which has none


def spans(text: str, language: str = "") -> list[tuple[int, int]]:
    """Beginning and end of each sentence, the blanks after it included; together they are the text.

    By Unicode Standard Annex 29 as ICU has it, but for short words with a point ("Mr.", "J. K.", "U.S.").
    `language` is a tag of BCP 47.
    """
    locale = "el" if language.lower().startswith("el") else LOCALE
    found: list[tuple[int, int]] = []
    start = said = end = 0  # of the sentence at hand; what it says ends at `said`, before its blanks
    for piece in SentenceBreaker(_HALF.sub("\N{REPLACEMENT CHARACTER}", text), locale):
        if said > start and not _goes_on(text[max(start, said - _REACH) : said], piece):
            found.append((start, end))
            start = end
        bare = len(piece.rstrip())
        said = end + bare if bare else max(said, start)
        end += len(piece)
    return [*found, (start, end)] if end else []


def _goes_on(said: str, next_piece: str) -> bool:
    """Whether a sentence, of which these are the last letters, goes on where ICU would begin the next."""
    if _SHORT.search(said):
        return True
    return bool(_INITIALS.search(said)) and said[-2].isupper() and not _OPENING.match(next_piece)
