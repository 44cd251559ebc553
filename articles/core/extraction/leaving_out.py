"""What a source's rules leave out of a text once it is read: texts to ignore, and what was learnt."""

from collections.abc import Sequence

from articles.core.fingerprint import word_count, words
from articles.core.steady import STANDFIRST, without
from articles.core.types import Extract, ParagraphKind, Rules

MOST = 0.4  # learnt rules never take more than this share of a text: then they are wrong about it


def leave_out(extract: Extract, rules: Rules) -> Extract:
    """The extract without the paragraphs that the rules name.

    A correction note is only ever left out by an operator's own rule.
    """
    lines = [(STANDFIRST, extract.standfirst), *enumerate(extract.texts)]
    patterns = [[words(part) for part in line.split("*")] for line in rules.ignore]
    folded = {index: words(text) for index, text in lines if text}
    ignored = {index for index, text in folded.items() if any(_matches(text, parts) for parts in patterns)}
    learnt = {
        index
        for index, text in folded.items()
        if index not in ignored
        and (text in rules.repeats or _stands_at(extract, index, rules.places))
        and (index == STANDFIRST or extract.paragraphs[index].kind is not ParagraphKind.CORRECTION)
    }
    texts = dict(lines)
    if word_count(texts[index] for index in learnt) > MOST * word_count(texts.values()):
        learnt = set()
    return without(extract, ignored | learnt)


def _stands_at(extract: Extract, index: int, places: frozenset[str]) -> bool:
    return bool(places) and index != STANDFIRST and bool(extract.places) and extract.places[index] in places


def _matches(text: str, parts: Sequence[str]) -> bool:
    """Whether a text is the parts in order, with anything between them; the ends are anchored.

    Looks for each part once, from left to right: no pattern an operator writes can be slow.
    """
    if len(parts) == 1:
        return text == parts[0]
    first, *middle, last = parts
    if not text.startswith(first) or not text.endswith(last) or len(text) < len(first) + len(last):
        return False
    at, end = len(first), len(text) - len(last)
    for part in middle:
        found = text.find(part, at, end)
        if found < 0:
            return False
        at = found + len(part)
    return True
