"""How like two texts are, by the words they share: of one matter or of two.

Words count by their beginnings, for many languages bend their ends.
"""

import re
from collections import Counter
from collections.abc import Iterable
from itertools import pairwise
from typing import Any

from articles.core.fingerprint import word_count, words
from articles.core.types import Extract

# Of the longer words of the smaller one, two unrelated articles of a paper share 10 to 13 % in the middle and
# up to 26 % in nine of ten cases; of its pairs of neighbouring words 1 % and 4 %. Rewritten ones mostly share
# several times that. Where the headlines share a word too, less is asked for.
LIKE_SHARE = {False: 0.3, True: 0.15}
LIKE_PAIRS_SHARE = {False: 0.06, True: 0.03}
LIKE_WORDS = LIKE_PAIRS = 3  # fewer are chance
# A few words share more by chance with a text many times as long.
FEW_LIKE_SHARE = {False: 0.38, True: 0.2}
FEW_TIMES = 4
COMMON_HEADLINES = 3  # of the paper's other headlines: a word in so many says nothing of one article
SHORT_WORDS = 80
TELLING_WORDS = 4  # that a headline needs before it tells what a page without any of them cannot be

STEM = 6  # letters
# Words of headlines that tie nothing to nothing.
_EMPTY = frozenset(
    (
        "after with from over that this into than will what when have been more their about says against "
        "before under first nach über gegen wird nicht beim après avec dans pour contre selon sobre para "
        "tras desde entre contra dopo della nella dalla voor naar niet efter från till после против "
        "będzie için sonra"
    ).split()
)
_ANY_WORD = re.compile(r"[^\W\d_]+|\d+")
_LONG_WORD = re.compile(r"[^\W\d_]{6,}|\d{2,}")
_OF_UNSPACED = r"\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff"
_CHARACTER = re.compile(f"[{_OF_UNSPACED}]")
_CHARACTER_OR_RUN = re.compile(f"[{_OF_UNSPACED}]|[^{_OF_UNSPACED}]+")
_TITLE_WORD = re.compile(r"[^\W\d_]{4,}|\d{2,}")
# Scripts written without spaces, and Korean with its endings: pairs of characters stand for words.
_UNSPACED = re.compile(
    r"(?=([\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]{2}))"
)


def tokens(texts: Iterable[str]) -> list[str]:
    """The words of texts, in order; of scripts without spaces each character."""
    said = words(" ".join(texts))
    if not _CHARACTER.search(said):
        return said.split()
    return [part for word in said.split() for part in _CHARACTER_OR_RUN.findall(word)]


def likeness(one: Extract, other: Extract) -> float:
    """The share of the words of two texts that both have, from 0 to 1 (Dice's coefficient).

    A word counts as often as it stands. Two texts without words are alike.
    """
    ours, theirs = (Counter(tokens((text.title, *text.texts))) for text in (one, other))
    total = ours.total() + theirs.total()
    return 2 * (ours & theirs).total() / total if total else 1.0


def same_headline(one: str, other: str) -> bool:
    """Whether two headlines can be one article's: half of the shorter's words, and two, are in the other.

    One word is enough only where there is but one: it may be the name of the site or of its section.
    """
    ours, theirs = _vocabulary(_TITLE_WORD, one), _vocabulary(_TITLE_WORD, other)
    if len(ours & theirs) >= min(2, max(len(ours), len(theirs))) and _share(ours, theirs) >= 0.5:
        return True
    ours, theirs = _vocabulary(_ANY_WORD, one), _vocabulary(_ANY_WORD, other)
    return len(ours & theirs) > TELLING_WORDS and _share(ours, theirs) >= 0.6


def is_of_its_headline(extract: Extract) -> bool:
    """Whether a text has words of its headline, two of them and a third of them all."""
    title = _vocabulary(_TITLE_WORD, extract.title)
    found = title & _vocabulary(_TITLE_WORD, " ".join(extract.texts))
    return len(found) >= min(2, len(title)) and len(found) * 3 >= len(title) > 0


def is_foreign_to(headline: str, extract: Extract) -> bool:
    """Whether a page has not one word of a headline that has some; a short page not two.

    The name of a town or of the paper itself is chance.
    """
    told = _vocabulary(_TITLE_WORD, headline)
    found = told & _vocabulary(_TITLE_WORD, _all_of(extract))
    least = 2 if len(told) > TELLING_WORDS and word_count(extract.texts) < SHORT_WORDS else 1
    return len(told) >= TELLING_WORDS and len(found) < least


def of_one_matter(old: Extract, new: Extract, headlines: frozenset[str] = frozenset()) -> bool:
    """Whether two texts share more words and pairs of words than any two of one paper do.

    Less is asked for where the headlines share a word that is not in every other headline of the paper.
    """
    titles = _vocabulary(_TITLE_WORD, old.title) & _vocabulary(_TITLE_WORD, new.title) - _EMPTY
    common = Counter(word for headline in headlines for word in _vocabulary(_TITLE_WORD, headline))
    close = any(common[word] < COMMON_HEADLINES for word in titles)
    one, other = _all_of(old), _all_of(new)
    few = FEW_TIMES * min(len(one), len(other)) < max(len(one), len(other))
    needed = (FEW_LIKE_SHARE if few else LIKE_SHARE)[close]
    ours, theirs = _vocabulary(_LONG_WORD, one), _vocabulary(_LONG_WORD, other)
    if _share(ours, theirs) >= needed and (close or len(ours & theirs) >= LIKE_WORDS):
        return True
    pairs, others = _pairs(one), _pairs(other)
    return len(pairs & others) >= LIKE_PAIRS and _share(pairs, others) >= LIKE_PAIRS_SHARE[close]


def share_of_matter(text: str, added: str) -> float:
    """How much of what was added to a text is of its matter: the share of its longer words that it had.

    A single word is none, for it may be chance.
    """
    of_text, of_added = _vocabulary(_LONG_WORD, text), _vocabulary(_LONG_WORD, added)
    found = len(of_text & of_added)
    return found / len(of_added) if found > 1 else 0.0


def _pairs(text: str) -> frozenset[tuple[str, str]]:
    """The pairs of neighbouring words, both of four letters or more."""
    found = _ANY_WORD.findall(text.casefold())
    return frozenset((one, other) for one, other in pairwise(found) if min(len(one), len(other)) >= 4)


def _all_of(extract: Extract) -> str:
    return " ".join((extract.title, extract.standfirst, *extract.texts))


def _vocabulary(word: re.Pattern[str], text: str) -> frozenset[str]:
    """The distinct words of a text as `word` finds them, with the pairs of scripts without spaces."""
    folded = text.casefold()
    pairs = _UNSPACED.findall(folded)
    spaced = _UNSPACED.sub(" ", folded) if pairs else folded
    return frozenset(found[:STEM] for found in word.findall(spaced)).union(pairs)


def _share(one: frozenset[Any], other: frozenset[Any]) -> float:
    """The share of the smaller set that is in the larger."""
    smaller = min(len(one), len(other))
    return len(one & other) / smaller if smaller else 0.0
