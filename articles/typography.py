"""Cosmetic changes shaped for reading: signs that can hardly be seen are shown, and named in words."""

import unicodedata
from collections import Counter
from dataclasses import dataclass

from django.utils.translation import gettext

from articles.core.excerpts import coalesced
from articles.core.types import Segment
from articles.models import CosmeticChange
from articles.presentation import printable
from articles.wording import join_words

NAMED = 4  # signs on either side that are named; the rest are shown in the passage
OPEN_BOX = "\N{OPEN BOX}"  # stands for a space that came or went
UNSEEN = frozenset(("Zs", "Zl", "Zp", "Cf", "Cc"))  # general categories of what leaves no ink


@dataclass(frozen=True, slots=True)
class ShownCosmetic:
    """A cosmetic change as lists show it.

    passage  the first place that differs from the typography before, all that differs marked
    words    the same in a sentence: "“ (left double quotation mark) became " (quotation mark)"
    """

    change: CosmeticChange
    passage: tuple[Segment, ...]
    words: str


def show_cosmetic(change: CosmeticChange) -> ShownCosmetic:
    """A cosmetic change, its version at hand, for a list."""
    if not change.excerpt:
        again = gettext("The typography is again that of version %(number)s.")
        return ShownCosmetic(change, (), again % {"number": change.version.number})
    passage = coalesced((op, text if op == "=" else visible(text)) for op, text in change.excerpt)
    shown = tuple((op, printable(text)) for op, text in passage)
    return ShownCosmetic(change, shown, _sentence(change.excerpt))


def visible(text: str) -> str:
    """`text` with every sign that leaves no ink named in it; a space only where it is all there is."""
    if text and not text.strip(" "):
        return OPEN_BOX * len(text)
    return "".join(f"[{_name(c)}]" if c != " " and unicodedata.category(c) in UNSEEN else c for c in text)


def _sentence(excerpt: list[list[str]]) -> str:
    old, new = (Counter("".join(text for mark, text in excerpt if mark == op)) for op in ("-", "+"))
    gone, come = _signs(old - new), _signs(new - old)
    if gone and come:
        return gettext("%(old)s became %(new)s.") % {"old": gone, "new": come}
    if gone:
        return gettext("%(signs)s removed.") % {"signs": gone}
    if come:
        return gettext("%(signs)s added.") % {"signs": come}
    return gettext("The same characters stand in another order.")


def _signs(counted: Counter[str]) -> str:
    """Each sign and its name; a word stands for letters that are only composed otherwise."""
    shown = [_sign(sign) for sign in list(counted)[:NAMED]]
    more = len(counted) - NAMED
    if more > 0:
        shown.append(gettext("%(count)s others") % {"count": more})
    return join_words(shown) if shown else ""


def _sign(sign: str) -> str:
    if unicodedata.category(sign) in UNSEEN:
        return _name(sign)
    return f"{printable(sign)} ({_name(sign)})"


def _name(sign: str) -> str:
    """A character's name in Unicode; its number where it has none."""
    return unicodedata.name(sign, "").lower() or f"U+{ord(sign):04X}"
