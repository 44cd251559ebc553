"""What a source's rules leave out of a text once it is read: texts to ignore, and what was learnt."""

import re
from collections.abc import Sequence

from articles.core.fingerprint import word_count, words
from articles.core.steady import STANDFIRST, without
from articles.core.types import Extract, ParagraphKind, Rules

_UNSPACED = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")
MOST = 0.4  # learnt rules never take more than this share of a text: then they are wrong about it


def leave_out(extract: Extract, rules: Rules) -> Extract:
    """The extract without the paragraphs that the rules name.

    A correction note is only ever left out by an operator's own rule.
    """
    lines = [(STANDFIRST, extract.standfirst), *enumerate(extract.texts)]
    patterns = [_parts(line) for line in rules.ignore]
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


def is_ignored(text: str, line: str) -> bool:
    """Whether a rule's line to ignore names this paragraph."""
    return _matches(words(text), _parts(line))


def _parts(line: str) -> list[str]:
    """What stands between the stars of a line to ignore, as words."""
    return [words(part) for part in line.split("*")]


def _stands_at(extract: Extract, index: int, places: frozenset[str]) -> bool:
    return bool(places) and index != STANDFIRST and bool(extract.places) and extract.places[index] in places


def _matches(text: str, parts: Sequence[str]) -> bool:
    """Whether a text is the parts in order, with any words between them; the ends are anchored.

    Parts begin and end between words, except in scripts without spaces. Each is looked for once, from left
    to right: no pattern an operator writes can be slow. Parts without a word match nothing.
    """
    if not any(parts):
        return False
    if len(parts) == 1:
        return text == parts[0]
    shared = 0
    if not _UNSPACED.search(text):
        text, parts = f" {text} ", [f" {part} " if part else "" for part in parts]
        shared = 1  # the space between two parts is the end of one, and begins the next
    first, *middle, last = parts
    if not text.startswith(first) or not text.endswith(last):
        return False
    at, end = max(0, len(first) - shared), len(text) - len(last)
    for part in middle:
        found = text.find(part, at)
        if found < 0 or found + len(part) > end + shared:
            return False
        at = max(at, found + len(part) - shared)
    return at <= end
