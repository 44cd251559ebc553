"""Which paragraph became which: the steps, in order of certainty."""

from collections.abc import Sequence

from articles.core.diffing.align import link_in_gaps, link_strong
from articles.core.diffing.anchors import link_equal, link_in_place, link_typographic_twins
from articles.core.diffing.likeness import Likeness
from articles.core.diffing.moves import link_moved, link_neighbours
from articles.core.diffing.pairing import Pairing
from articles.core.diffing.splits import attach_pieces


def pair(old: Sequence[str], new: Sequence[str]) -> Pairing:
    """Finds which paragraph became which.

    What became of A in B is what B came from in A: texts are always compared in one of the two
    directions, so that no tie is broken one way from here and another from there.
    """
    if list(old) > list(new):
        return _pair(new, old).exchanged()
    return _pair(old, new)


def _pair(old: Sequence[str], new: Sequence[str]) -> Pairing:
    pairing = Pairing(old, new)
    link_equal(pairing)
    link_in_place(pairing)
    link_typographic_twins(pairing)
    free_old, free_new = pairing.free_old(), pairing.free_new()
    if free_old and free_new:
        likeness = Likeness(old, new, free_old, free_new)
        link_strong(pairing, likeness)
        link_in_gaps(pairing, likeness)
        attach_pieces(pairing, likeness)
        link_moved(pairing, likeness)
        link_neighbours(pairing, likeness)
    return pairing
