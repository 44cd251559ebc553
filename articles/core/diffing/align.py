"""Edited paragraphs: those clearly alike wherever they stand, then, between links, the best in order."""

import math

from articles.core.diffing.likeness import ALIKE, Likeness
from articles.core.diffing.pairing import Pairing
from articles.core.diffing.sequences import heaviest_chain

STRONG = 0.55  # alike enough to be a link of its own, wherever it stands
LEAST_STRONG_WORDS = 2  # a single word is no paragraph to be told by


def link_strong(pairing: Pairing, likeness: Likeness) -> None:
    """Links paragraphs that are each other's best; of rivals equally alike the nearer in order is best."""
    best_of_old: dict[int, tuple[tuple[float, float], int]] = {}
    best_of_new: dict[int, tuple[tuple[float, float], int]] = {}
    for (i, j), dice in likeness.similar.items():
        if dice >= STRONG:
            rank = (round(dice, 3), -abs(i / len(pairing.old) - j / len(pairing.new)))
            if i not in best_of_old or rank > best_of_old[i][0]:
                best_of_old[i] = (rank, j)
            if j not in best_of_new or rank > best_of_new[j][0]:
                best_of_new[j] = (rank, i)
    for i, (_, j) in best_of_old.items():
        if best_of_new[j][1] == i and likeness.least_words(i, j) >= LEAST_STRONG_WORDS:
            pairing.link(i, j)


def link_in_gaps(pairing: Pairing, likeness: Likeness) -> None:
    """Links, within each gap, the pairs in order that together are most alike, longer ones counting more.

    The best monotone alignment of a gap (Needleman and Wunsch 1970), over the pairs that are alike at
    all: so few that the heaviest chain among them is found in n log n instead of old x new steps.
    """
    by_old: dict[int, list[int]] = {}
    for i, j in likeness.similar:
        by_old.setdefault(i, []).append(j)
    for free_old, free_new in list(pairing.gaps(pairing.in_order(likeness.similar))):
        within = set(free_new)
        links = [(i, j) for i in free_old for j in by_old.get(i, ()) if j in within]
        weights = [
            (likeness.similar[i, j] - ALIKE + 0.05) * math.sqrt(likeness.least_words(i, j) + 1)
            for i, j in links
        ]
        for k in heaviest_chain(links, weights):
            pairing.link(*links[k])
