"""What differs between two texts that read the same: signs and spaces, by name and where they stand."""

import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

from articles.core.diffing import diff, diff_text
from articles.core.diffing.tokens import fold
from articles.core.excerpts import excerpt
from articles.core.fingerprint import text_digest
from articles.core.fingerprint import words as reads_as
from articles.core.types import Extract, Segment

_QUOTES = "'\"«»‹›「」『』《》〈〉"
_NAMES = dict.fromkeys(_QUOTES, "quotation marks") | {
    "\n": "paragraph breaks",
    "-": "dashes",
    " ": "spaces",
    "": "hidden characters",
}


class Typography(NamedTuple):
    """How one text differs from another that reads the same; both empty where nothing does."""

    reason: str  # "quotation marks; dashes"
    excerpt: tuple[Segment, ...]  # the first passage that differs


def named(removed: str, added: str) -> Iterator[str]:
    """What differs where no word does, by name: of such signs a quotation tells nothing."""
    before, after = (unicodedata.normalize("NFC", text) for text in (removed, added))
    if before == after:
        yield "composed characters"
        return
    old, new = Counter(before), Counter(after)
    signs = (old - new) + (new - old)
    if "\n" in signs:
        del signs[" "]  # it stood where the paragraph now ends
    for sign in signs or ["."]:
        yield _NAMES.get("\n" if sign == "\n" else fold(sign), "punctuation")


def typography(old: Extract, new: Extract) -> Typography | None:
    """How `new` differs from `old`, whose words it has; None where no difference is one of typography.

    There may be others: lines that tick on the page make no version either.
    """
    if text_digest(old) == text_digest(new):
        return Typography("", ())
    names: dict[str, None] = {}
    shown: tuple[Segment, ...] = ()
    for segments in _differing(old, new):
        for a, b, removed, added in _edits(segments):
            if reads_as(removed) != reads_as(added):
                continue
            names |= dict.fromkeys(named(removed, added))
            shown = shown or excerpt(segments, a, b)
    return Typography("; ".join(names), shown) if names else None


def _differing(old: Extract, new: Extract) -> Iterator[Sequence[Segment]]:
    lines = ((old.title, new.title), (old.standfirst, new.standfirst), (old.byline, new.byline))
    yield from (diff_text(before, after) for before, after in lines if before != after)
    yield from (row.segments for row in diff(old.texts, new.texts).rows)


def _edits(segments: Sequence[Segment]) -> Iterator[tuple[int, int, str, str]]:
    """Each place that differs: where it begins in the old and the new text, what went and what came."""
    a = b = 0
    for is_same, group in groupby(segments, lambda segment: segment[0] == "="):
        run = list(group)
        removed = "".join(text for op, text in run if op != "+")
        added = "".join(text for op, text in run if op != "-")
        if not is_same:
            yield a, b, removed, added
        a, b = a + len(removed), b + len(added)
