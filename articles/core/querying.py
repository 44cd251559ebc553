"""What is typed into the search, read, and looked for in texts.

    ferry aground            both words, anywhere in the text, in any of their forms
    "ran aground"            these very words in a row
    ferry OR boat            either; it binds its two neighbours
    -harbour -"port of"      not these

A hyphen inside a word and scripts without spaces make several words of one; these stand in a row then.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from articles.core import terms

LONGEST = 300  # characters
MOST = 20  # words and phrases
_PART = re.compile(r'(?P<not>-?)"(?P<phrase>[^"]*)"?|(?P<word>\S+)')
_QUOTES = str.maketrans(dict.fromkeys("“”„‟″«»＂", '"'))
_OR = ("OR", "|")

Span = tuple[int, int]  # of words: the first, and the one after the last


class BadQuery(ValueError):
    """Nothing can be looked for; says what to type instead."""


@dataclass(frozen=True, slots=True)
class Unit:
    """A word in any of its forms, or words that stand in a row just as they are."""

    words: tuple[str, ...]
    is_exact: bool

    def __str__(self) -> str:
        said = " ".join(self.words)
        return f'"{said}"' if self.is_exact else said


@dataclass(frozen=True)
class Query:
    """`wanted` are groups of units: of each group one must be there; of `unwanted` none may."""

    wanted: tuple[tuple[Unit, ...], ...]
    unwanted: tuple[Unit, ...]

    def numbers(self, stemmers: Collection[str], *, are_moving: bool = False) -> tuple[tuple[int, ...], ...]:
        """Groups of numbers of `core.terms`: whatever text fits has of each group one at least; `are_moving`:
        whatever side of a change on which all of it came or went.

        `stemmers` are those of the languages that texts are in. Of phrases that are alternatives to each
        other a word of each is asked for alone.
        """
        groups: list[tuple[int, ...]] = []
        for group in self.wanted:
            each = [_numbers(unit, stemmers, are_moving) for unit in group]
            if len(group) == 1:
                groups += each[0]
            else:
                groups.append(tuple({number for numbers in each for number in numbers[0]}))
        return tuple(dict.fromkeys(groups))

    @property
    def runs(self) -> tuple[tuple[int, ...], ...]:
        """The same for what stands in a row in what must be there."""
        phrases = (group[0].words for group in self.wanted if len(group) == 1)
        return tuple((number,) for words in phrases for number in terms.runs(words))


def parse(text: str) -> Query:
    """Reads what was typed. Raises BadQuery."""
    if len(text) > LONGEST:
        raise BadQuery(f"That is longer than {LONGEST} characters: type the words that matter most.")
    wanted: list[tuple[Unit, ...]] = []
    unwanted: list[Unit] = []
    is_alternative = False
    for part in _PART.finditer(text.translate(_QUOTES)):
        said = part["word"]
        if said in _OR:
            is_alternative = bool(wanted)
            continue
        is_unwanted = bool(part["not"]) if said is None else said.startswith("-")
        words = tuple(terms.words(part["phrase"] if said is None else said))
        if not words:
            continue
        unit = Unit(words, is_exact=said is None or len(words) > 1)
        if is_unwanted:
            unwanted.append(unit)
        elif is_alternative:
            wanted[-1] = (*wanted[-1], unit)
        else:
            wanted.append((unit,))
        is_alternative = False
    if not wanted:
        raise BadQuery("Type at least one word that is to be found, without a minus sign before it.")
    if len(unwanted) + sum(map(len, wanted)) > MOST:
        raise BadQuery(f"Type {MOST} words at most; put words that stand together into quotation marks.")
    return Query(tuple(wanted), tuple(unwanted))


def find(unit: Unit, words: Sequence[str], stemmer: str) -> list[Span]:
    """Where a unit stands in the words of a line; `stemmer` is that of its language (`core.terms`)."""
    first, length = forms(unit, set(words), stemmer), len(unit.words)
    starts = [at for at, word in enumerate(words) if word in first]
    if length == 1:
        return [(at, at + 1) for at in starts]
    return [(at, at + length) for at in starts if tuple(words[at : at + length]) == unit.words]


def forms(unit: Unit, vocabulary: Collection[str], stemmer: str) -> set[str]:
    """Those of these words with which a unit begins: the very word, or the forms of it where any will do."""
    first = unit.words[0]
    if unit.is_exact:
        return {first} if first in vocabulary else set()
    root = terms.stem(first, stemmer)
    return {word for word in vocabulary if word == first or terms.stem(word, stemmer) == root}


def _numbers(unit: Unit, stemmers: Collection[str], is_moving: bool) -> list[tuple[int, ...]]:
    """Words in a row may come where each of them stood before: they are asked for as what a text has."""
    if unit.is_exact:
        return [(terms.of_word(word),) for word in unit.words]
    return [tuple(terms.alternatives(unit.words[0], stemmers, is_moving=is_moving))]
