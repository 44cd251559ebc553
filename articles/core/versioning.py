"""Whether a fresh look at an article shows a new version.

Pure: what is known and what was seen in, a `Decision` out. Two dangers are kept apart. A page that is
not the article (an error, a wall, a stub) must never become a version; a real edit, however large,
must never be held back for good.
"""

from itertools import accumulate

from articles.core import walls
from articles.core.fingerprint import digest, text_digest, word_count, words
from articles.core.resemblance import (
    is_foreign_to,
    is_of_its_headline,
    of_one_matter,
    same_headline,
    share_of_matter,
    tokens,
)
from articles.core.types import Decision, Extract, History, KnownVersion, ParagraphKind, Verdict

SETTLE_LOOKS = 6  # looks in a row after which a flapping article is believed to have settled
SHRUNK_SHARE = 0.3  # of the last version's words: below it, look again
SHORT_WORDS = 120  # a text that other articles show too is a wall when it is shorter
CUT_EDITED_SHARE = (
    0.55  # of the last version's words: whoever keeps so many, up to the end of a paragraph, edits
)
CUT_WORDS = 10  # at its beginning, in common
CUT_TAIL = 120  # words, at most, that a wall says below the beginning it lets through
FOREIGN_SHARE = 0.25  # of their longer words are the article's: fewer, and they are the wall's
FOLLOWING_SHARE = 0.6  # more, and they are the article's
STUB_PARAGRAPHS = 3  # that walls let through, at most,
STUB_SHARE = 0.4  # with less than this of the last version's words
REUSED_WORDS = 80  # a shorter unrelated text is no other article but an error page of unknown wording

# Reasons the caller and the next look tell apart by their first word.
SHRUNK = "shrunk:"
CUT = "cut:"
REUSED = "reused:"
UNRELATED = "unrelated:"
UNSTEADY = "unsteady:"  # given by articles/ingestion/doubts.py: a new text, waiting for its host's next turn
SORTS = (SHRUNK, CUT, REUSED, UNRELATED, UNSTEADY)

_ENDINGS = (".", "!", "?", ":", "。", "！", "？", "।", "؟", "۔")


def decide(history: History, extract: Extract) -> Decision:
    """What a look amounts to, beside what is known of its article; see `History` and `Verdict`.

    A suspect that is only shrunk, or cut where a paragraph ended, is accepted at the second look in a row
    with the same text; one that shrank to words the article never had when it has stood for some looks.
    One of wholly other words is not: its second look gives a reason that begins with "reused:", by which
    the caller marks the article. Walls, errors, stubs, texts broken off in a sentence and texts shared
    with other articles are never accepted.
    """
    seen = digest(extract)
    if not history.versions:
        reason = _wall(history, extract) or _unannounced(history, extract, seen)
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
    if reason := walls.recognise(history, extract):
        return reason
    if history.siblings and not _is_expected(history, extract):
        others = "another article" if history.siblings == 1 else f"{history.siblings} other articles"
        return f"the same text as {others} of the source: probably a wall or an error page"
    return ""


def _unannounced(history: History, extract: Extract, seen: str) -> str:
    """Whether a first text has not one word of the headline its feed gave: a door, or another page."""
    if not is_foreign_to(history.expected_title, extract):
        return ""
    looks = history.pending_looks + 1 if history.pending == seen else 1
    length = word_count(extract.texts)
    if length >= REUSED_WORDS and looks >= SETTLE_LOOKS:
        return ""
    return f"{UNRELATED} {length} words, none of them of the headline that the feed gave"


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


def _unlike(history: History, extract: Extract, seen: str) -> str:
    """Why a text is probably not a later version of the last one; "" if it may be."""
    last = history.last
    if last is None:
        return ""
    looks = history.pending_looks + 1 if history.pending == seen else 1
    length, before = word_count(extract.texts), word_count(last.texts)
    if reason := _cut(last, extract, looks):
        return reason
    if not _related(last, extract, history.headlines):
        if length < REUSED_WORDS:
            return f"{UNRELATED} {length} words unlike the last version's: probably an error page"
        if looks > 1:
            return f"{REUSED} the address now carries another text, seen twice"
        return f"{UNRELATED} headline and text share almost no words with the last version"
    if length >= SHRUNK_SHARE * before:
        return ""
    if walls.is_withdrawal(extract, last):
        needed = 2
    elif length < walls.LEAST_WORDS:
        return f"{SHRUNK} almost no text is left: {length} words of {before}"
    elif not same_headline(last.title, extract.title) or is_of_its_headline(extract):
        needed = 2
    else:  # under the old headline, words that the article never had: its editors' or a machine's
        matter = share_of_matter(" ".join(last.texts), " ".join(extract.texts))
        needed = 2 if matter >= FOREIGN_SHARE else SETTLE_LOOKS
    return f"{SHRUNK} {length} words are left of {before}" if looks < needed else ""


def _cut(last: Extract, extract: Extract, looks: int) -> str:
    """Whether only the beginning of the last version is left, as a wall or a broken page leaves it.

    Broken off in a sentence, or after so few paragraphs as walls let through, it is never taken for an
    edit, however often it is seen; else at the second look. What may follow it is judged by `_tailed`.
    """
    length, before = word_count(extract.texts), word_count(last.texts)
    if length > before or words(last.title) != words(extract.title):
        return ""
    old, new = tokens(last.texts), tokens(extract.texts)
    kept = next((at for at, (one, other) in enumerate(zip(old, new, strict=False)) if one != other), None)
    kept = min(len(old), len(new)) if kept is None else kept
    added, share = len(new) - kept, kept / len(old) if old else 1.0
    if kept < CUT_WORDS or walls.keeps(last, extract):
        return ""
    reason = f"{CUT} only the first {kept} of {len(old)} words are left"
    if added == 1 and kept < len(old) and old[kept].startswith(new[kept]):
        return f"{reason}, broken off in a word"
    if added:
        return _tailed(last, extract, kept, looks, reason)
    borders = set(accumulate(len(tokens([text])) for text in last.texts))
    if kept not in borders and not extract.texts[-1].rstrip("\"'”’»)]").endswith(_ENDINGS):
        return f"{reason}, broken off in a sentence"
    is_stub = len(extract.texts) <= STUB_PARAGRAPHS and share < STUB_SHARE
    return reason if is_stub or (looks < 2 and share < CUT_EDITED_SHARE) else ""


def is_a_beginning(extract: Extract, last: Extract) -> bool:
    """Whether a text is only the first words of another: shortened at its end, or cut off on its way."""
    new = tokens(extract.texts)
    return len(new) < len(tokens(last.texts)) and tokens(last.texts)[: len(new)] == new


def _tailed(last: Extract, extract: Extract, kept: int, looks: int, reason: str) -> str:
    """Whether what follows the beginning that is left is a wall's, or may be."""
    old, new = tokens(last.texts), tokens(extract.texts)
    added = new[kept:]
    fresh = [p for p in extract.paragraphs if p.text not in last.texts]
    if len(added) > CUT_TAIL or any(p.kind is ParagraphKind.CORRECTION for p in fresh):
        return ""
    matter = share_of_matter(" ".join((last.title, *last.texts)), words(" ".join(added)))
    few = len(extract.paragraphs) - len(fresh) <= STUB_PARAGRAPHS
    is_walls = walls.share_said(p.text for p in fresh) >= 0.5 or (few and matter < FOREIGN_SHARE)
    is_rest_told = len(added) * 4 > len(old) - kept or matter >= FOLLOWING_SHARE or looks >= SETTLE_LOOKS
    return f"{reason}, with {len(added)} others after them" if is_walls or not is_rest_told else ""


def _related(old: Extract, new: Extract, headlines: frozenset[str]) -> bool:
    """Whether two texts can be versions of one article: their headlines or their bodies share words."""
    if same_headline(old.title, new.title) or walls.is_withdrawal(new, old):
        return True
    return of_one_matter(old, new, headlines)
