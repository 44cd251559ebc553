"""Edited paragraphs: those clearly alike wherever they stand, then, between links, the best in order."""

import math
from collections import defaultdict
from heapq import nlargest

from articles.core.diffing.likeness import ALIKE, Likeness
from articles.core.diffing.pairing import Pairing
from articles.core.diffing.sequences import Link, heaviest_chain

# These and the thresholds of the other steps were found on labelled pairs of real revisions; none of them is
# sharp (docs/diff.md, "What was measured").
STRONG = 0.55  # alike enough to be a link of its own, wherever it stands...
MARGIN = 0.05  # ...if no other paragraph is about as like to either: then their order decides
LEAST_STRONG_WORDS = 2  # a single word is no paragraph to be told by
# What the least alike pair weighs in a gap, so that two such pairs outweigh one a little better.
LEAST_WEIGHT = 0.05
# In a gap, lines of so few characters are compared each with each, if these are so few comparisons: such
# lines may be alike without sharing a word.
SHORT_LINE_CHARACTERS = 80
FEW_COMPARISONS = 36


def link_strong(pairing: Pairing, likeness: Likeness) -> None:
    """Links paragraphs that are each other's best by far."""
    of_old: defaultdict[int, list[tuple[float, int]]] = defaultdict(list)
    of_new: defaultdict[int, list[tuple[float, int]]] = defaultdict(list)
    for (i, j), alike in likeness.similar.items():
        of_old[i].append((alike, j))
        of_new[j].append((alike, i))
    best_of_new = {j: nlargest(2, rated) for j, rated in of_new.items()}
    for i, rated in of_old.items():
        (alike, j), *rival = nlargest(2, rated)
        rivals = [rate for rate, _ in rival] + [rate for rate, k in best_of_new[j] if k != i]
        if (
            alike >= STRONG
            and alike - max(rivals, default=0.0) >= MARGIN
            and likeness.least_words(i, j) >= LEAST_STRONG_WORDS
        ):
            pairing.link(i, j)


def link_in_gaps(pairing: Pairing, likeness: Likeness) -> None:
    """Links, within each gap, the pairs in order that together are most alike, longer ones counting more.

    The best monotone alignment of a gap (Needleman and Wunsch 1970), over the pairs that are alike at
    all: so few that the heaviest chain among them is found in n log n instead of old x new steps.
    """
    of_old: defaultdict[int, list[int]] = defaultdict(list)
    for i, j in likeness.similar:
        of_old[i].append(j)
    for free_old, free_new in list(pairing.gaps(pairing.in_order(likeness.similar))):
        within = set(free_new)
        alike = {(i, j): likeness.similar[i, j] for i in free_old for j in of_old.get(i, ()) if j in within}
        alike |= _short_lines(pairing, likeness, free_old, free_new)
        links = sorted(alike)
        weights = [
            (alike[i, j] - ALIKE + LEAST_WEIGHT) * math.sqrt(likeness.least_words(i, j) + 1) for i, j in links
        ]
        for k in heaviest_chain(links, weights):
            pairing.link(*links[k])


def _short_lines(
    pairing: Pairing, likeness: Likeness, free_old: list[int], free_new: list[int]
) -> dict[Link, float]:
    """The short lines of a gap that are alike, by words or by characters; none if there are too many."""
    old = [i for i in free_old if len(pairing.old[i]) <= SHORT_LINE_CHARACTERS]
    new = [j for j in free_new if len(pairing.new[j]) <= SHORT_LINE_CHARACTERS]
    if len(old) * len(new) > FEW_COMPARISONS:
        return {}
    rated = {(i, j): likeness.of(i, j) for i in old for j in new}
    return {link: alike for link, alike in rated.items() if alike >= ALIKE}
