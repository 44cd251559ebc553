"""Paragraphs that were edited and moved, and what stands beside them or in the only hole between links."""

from articles.core.diffing.align import STRONG
from articles.core.diffing.likeness import ALIKE, Likeness
from articles.core.diffing.pairing import FREE, Pairing

MOVED = 0.42  # alike enough to have moved
MOVED_IF_CONTAINED = 0.85  # what being contained counts for against being alike
LEAST_MOVED_WORDS = 4  # of shorter lines only those clearly alike are followed...
LEAST_SHORT_WORDS = 2
HOLE = 0.10  # alike enough in the only hole between two links, where one may also just have been extended
# A short line replaced in such a hole is the same line anew: a heading, a byline, a label.
SHORT_LINE_WORDS = 11
SHORT_LINE_RATIO = 2.5


def link_moved(pairing: Pairing, likeness: Likeness) -> None:
    """Links what is free and alike anywhere, the most alike first."""
    rated = [(dice, i, j) for (i, j), dice in likeness.similar.items()]
    rated += [(MOVED_IF_CONTAINED * share, i, j) for (i, j), share in likeness.contained.items()]
    wanted = [(-rate, i, j) for rate, i, j in rated if rate >= MOVED and pairing.are_free(i, j)]
    for rate, i, j in sorted(wanted):
        if pairing.are_free(i, j):
            words = likeness.least_words(i, j)
            if words >= LEAST_MOVED_WORDS or (words >= LEAST_SHORT_WORDS and -rate >= STRONG):
                pairing.link(i, j)


def link_neighbours(pairing: Pairing, likeness: Likeness) -> None:
    """Links free paragraphs beside linked ones if they are alike at all: whole sections move, with
    headings too short to be told by."""
    free = pairing.free_old()
    for step, order in ((1, free), (-1, free[::-1])):
        for i in order:
            beside = i - step
            if 0 <= beside < len(pairing.old) and pairing.to_new[beside] != FREE:
                j = pairing.to_new[beside] + step
                if pairing.are_free(i, j) and _belong_together(pairing, likeness, i, j, step):
                    pairing.link(i, j)


def _belong_together(pairing: Pairing, likeness: Likeness, a: int, b: int, step: int) -> bool:
    """Whether two free paragraphs, both next to a link, are one: `step` leads away from the link."""
    alike = likeness.of(a, b)
    if alike >= ALIKE:
        return True
    beyond_a, beyond_b = a + step, b + step
    inside_old, inside_new = 0 <= beyond_a < len(pairing.old), 0 <= beyond_b < len(pairing.new)
    if inside_old != inside_new or (inside_old and pairing.to_new[beyond_a] != beyond_b):
        return False
    old, new = pairing.old[a], pairing.new[b]
    if new.startswith(old) or old.startswith(new) or new.endswith(old) or old.endswith(new):
        return True
    shorter, longer = sorted((likeness.old.size(a), likeness.new.size(b)))
    return alike >= HOLE or (longer <= SHORT_LINE_WORDS and longer + 1 <= SHORT_LINE_RATIO * (shorter + 1))
