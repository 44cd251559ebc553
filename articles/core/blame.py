"""Which version first said each sentence, and what became of the sentences that are said no more.

From version to version a sentence is the same if its words are, wherever it stands now; what is left is
followed by the links of the diff, so that an edited sentence is known to descend from another.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from articles.core.diffing import diff
from articles.core.fingerprint import words
from articles.core.tracing import Parted, Sentence, Traced, part, trace


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence of a text.

    since  the version from which on its wording stands without a break
    first  the version in which the sentence it was edited from first stood; `since` where it was never edited
    """

    text: str
    since: int
    first: int


@dataclass(frozen=True, slots=True)
class Unsaid:
    """A sentence that was removed, and not merely edited: it stood from version `since` to `last`."""

    text: str
    since: int
    last: int


@dataclass(frozen=True, slots=True)
class Blame:
    """The newest text by paragraphs of sentences, and what it says no more, the latest removed first."""

    paragraphs: tuple[tuple[Said, ...], ...]
    removed: tuple[Unsaid, ...]


@dataclass(slots=True)
class _Origin:
    """Where a sentence comes from, while this is found out."""

    since: int
    first: int


def blame(texts: Sequence[Sequence[str]], first_number: int = 1, language: str = "") -> Blame:
    """The origin of each sentence of the last of these texts.

    `texts` are the paragraphs of each version, the oldest first, its number being `first_number`; at least
    one. Takes a diff of each with the next.
    """
    said = part(texts[0], language)
    origins = [_Origin(first_number, first_number) for _ in said.sentences]
    removed: list[tuple[Sentence, int, int]] = []
    for number, (old, new) in enumerate(pairwise(texts), first_number + 1):
        parted = part(new, language)
        traced = trace(said, parted, diff(old, new).rows)
        stayed = {i for i, _ in (*traced.same, *traced.edited)}
        removed += [
            (sentence, origins[sentence.index].since, number - 1)
            for sentence in said.sentences
            if sentence.key and sentence.index not in stayed
        ]
        origins = _handed_on(origins, parted, traced, number)
        said = parted
    stands = {sentence.key for sentence in said.sentences}
    told: dict[str, Unsaid] = {}  # by wording: one that came and went twice is listed where it went last
    for sentence, since, last in removed:
        if sentence.key not in stands:
            told.pop(sentence.key, None)
            told[sentence.key] = Unsaid(sentence.bare, since, last)
    return Blame(
        tuple(
            tuple(Said(one.text, origins[one.index].since, origins[one.index].first) for one in paragraph)
            for paragraph in said.paragraphs
        ),
        tuple(sorted(told.values(), key=lambda one: -one.last)),
    )


def since_when(lines: Sequence[str], first_number: int = 1) -> int:
    """Of a line that each version has one of, such as its headline: from which version on the last stands."""
    newest = words(lines[-1])
    same = 0
    for line in reversed(lines):
        if words(line) != newest:
            break
        same += 1
    return first_number + len(lines) - same


def _handed_on(old: Sequence[_Origin], new: Parted, traced: Traced, number: int) -> list[_Origin]:
    """The origin of each sentence of the new text, given those of the old; `number` is the new version's."""
    origins = [_Origin(number, number) for _ in new.sentences]
    for (i, j), _ in sorted(traced.edited.items(), key=lambda one: one[1]):  # the most shared last
        origins[j].first = old[i].first
    for i, j in traced.same:
        origins[j] = old[i]
    return origins
