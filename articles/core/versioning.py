"""Whether a fresh look at an article shows a new version.

Pure: what is known and what was seen in, a `Decision` out. Two dangers are kept apart. A page that is
not the article (an error, a wall, a stub) must never become a version; a real edit, however large,
must never be held back for good.
"""

import re

from articles.core import walls
from articles.core.fingerprint import digest, text_digest, word_count
from articles.core.types import Decision, Extract, History, KnownVersion, Verdict

SETTLE_LOOKS = 6  # looks in a row after which a flapping article is believed to have settled
SHRUNK_SHARE = 0.3  # of the last version's words: below it, look again
SHORT_WORDS = 120  # a text that other articles show too is a wall when it is shorter
# Two unrelated articles of a few hundred words share 3 to 12 % of the longer words of the smaller one,
# rewritten ones several times that. Where the headlines share a word too, less is asked for.
LIKE_SHARE = 0.15
LIKE_SHARE_WITH_TITLE = 0.05
REUSED_WORDS = 80  # a shorter unrelated text is no other article but an error page of unknown wording

# Reasons the caller and the next look tell apart by their first word.
SHRUNK = "shrunk:"
REUSED = "reused:"
UNRELATED = "unrelated:"

_LONG_WORD = re.compile(r"[^\W\d_]{6,}|\d{2,}")
_TITLE_WORD = re.compile(r"[^\W\d_]{4,}|\d{2,}")
# Scripts written without spaces, and Korean with its endings: pairs of characters stand for words.
_UNSPACED = re.compile(
    r"(?=([\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]{2}))"
)


def decide(history: History, extract: Extract) -> Decision:
    """What a look amounts to, beside what is known of its article; see `History` and `Verdict`.

    A suspect that is only shrunk is accepted at the second look in a row with the same text. One of
    wholly other words is not: its second look gives a reason that begins with "reused:", by which the
    caller marks the article. Walls, errors and texts shared with other articles are never accepted.
    """
    seen = digest(extract)
    if not history.versions:
        reason = _wall(history, extract)
        return Decision(Verdict.SUSPECT, reason) if reason else Decision(Verdict.NEW)
    if seen == history.versions[-1].digest:
        cosmetic = history.seen_text and history.seen_text != text_digest(extract)
        return Decision(Verdict.COSMETIC if cosmetic else Verdict.SAME)
    known = next((version for version in history.versions if version.digest == seen), None)
    if known is not None:
        return _returning(history, known)
    if reason := _wall(history, extract) or _unlike(history, extract, seen):
        return Decision(Verdict.SUSPECT, reason)
    return Decision(Verdict.NEW)


def _returning(history: History, known: KnownVersion) -> Decision:
    """A text the article had before: a revert, or one more turn of an article that flaps."""
    flapping = len(history.versions) > 1 and all(
        version.same_as is not None for version in history.versions[-2:]
    )
    if not flapping:
        return Decision(Verdict.REVERT, f"the text of version {known.number} again", known.number)
    looks = history.variant_looks + 1 if history.variant == known.digest else 1
    if looks >= SETTLE_LOOKS:
        return Decision(Verdict.REVERT, f"settled on the text of version {known.number}", known.number)
    return Decision(
        Verdict.FLAPPING, f"alternates between known texts, now version {known.number}'s", known.number
    )


def _wall(history: History, extract: Extract) -> str:
    """Why a page is not its article whatever was known before; "" if it may be."""
    if reason := walls.recognise(extract, history.last):
        return reason
    if history.siblings and not _is_expected(history, extract):
        others = "another article" if history.siblings == 1 else f"{history.siblings} other articles"
        return f"the same text as {others} of the source: probably a wall or an error page"
    return ""


def _is_expected(history: History, extract: Extract) -> bool:
    """Whether a text that other articles of the source show too is this article's all the same.

    A paper may print one text at several addresses, each under the headline that its feed gave; a
    wall has a headline of its own, or is too short for a text.
    """
    expected = history.last.title if history.last else history.expected_title
    if word_count(extract.texts) < SHORT_WORDS:
        return False
    if not expected:
        return history.siblings == 1
    return same_headline(expected, extract.title)


def same_headline(one: str, other: str) -> bool:
    """Whether two headlines can be one article's: the shorter has half of its words in the other."""
    return _share(_vocabulary(_TITLE_WORD, one), _vocabulary(_TITLE_WORD, other)) >= 0.5


def _unlike(history: History, extract: Extract, seen: str) -> str:
    """Why a text is probably not a later version of the last one; "" if it may be."""
    last = history.last
    if last is None:
        return ""
    again = history.pending == seen and history.pending_looks >= 1
    words, before = word_count(extract.texts), word_count(last.texts)
    if not _related(last, extract):
        if words < REUSED_WORDS:
            return f"{UNRELATED} {words} words unlike the last version's: probably an error page"
        if again:
            return f"{REUSED} the address now carries another text, seen twice"
        return f"{UNRELATED} headline and text share almost no words with the last version"
    if words < SHRUNK_SHARE * before and not again:
        return f"{SHRUNK} {words} words are left of {before}"
    return ""


def _related(old: Extract, new: Extract) -> bool:
    """Whether two texts can be versions of one article: their headlines or their bodies share words."""
    titles = _share(_vocabulary(_TITLE_WORD, old.title), _vocabulary(_TITLE_WORD, new.title))
    if same_headline(old.title, new.title) or walls.is_withdrawal(new):
        return True
    whole = _share(_vocabulary(_LONG_WORD, _all_of(old)), _vocabulary(_LONG_WORD, _all_of(new)))
    return whole >= (LIKE_SHARE_WITH_TITLE if titles > 0 else LIKE_SHARE)


def _all_of(extract: Extract) -> str:
    return " ".join((extract.title, extract.standfirst, *extract.texts))


def _vocabulary(word: re.Pattern[str], text: str) -> frozenset[str]:
    """The distinct words of a text as `word` finds them, with the pairs of scripts without spaces."""
    folded = text.casefold()
    pairs = _UNSPACED.findall(folded)
    spaced = _UNSPACED.sub(" ", folded) if pairs else folded
    return frozenset(word.findall(spaced)).union(pairs)


def _share(one: frozenset[str], other: frozenset[str]) -> float:
    """The share of the smaller set that is in the larger."""
    smaller = min(len(one), len(other))
    return len(one & other) / smaller if smaller else 0.0
