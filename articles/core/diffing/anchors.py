"""Links that are certain or next to it: equal paragraphs, and edited ones that stand where they stood.

What is linked here narrows everything behind it, and most of a text is: an editor changes little.
The idea of matching first what occurs once on each side is that of patience diff (Bram Cohen).
"""

from collections import Counter
from collections.abc import Sequence

from rapidfuzz.distance import Indel

from articles.core.diffing.pairing import FREE, Pairing
from articles.core.diffing.sequences import EXACT_CELLS, common_runs
from articles.core.diffing.tokens import Alphabet, paragraph_key

# Between the same two neighbours, paragraphs are one that was edited if they have this share of their
# characters in common, in order; unlike paragraphs of one language come to .5 or .6. Of lines shorter
# than so many characters too much is common to all: "Part 1" is not "Part 2".
IN_PLACE = 0.78
LEAST_IN_PLACE = 24


def link_equal(pairing: Pairing) -> None:
    """Links equal paragraphs: at both ends, those that occur once, their neighbours, and the repeated
    ones between those in order."""
    if _link_ends(pairing):
        free_old, free_new = pairing.free_old(), pairing.free_new()
        _link_by_key(
            pairing,
            {i: pairing.old[i] for i in free_old},
            {j: pairing.new[j] for j in free_new},
        )


def link_typographic_twins(pairing: Pairing) -> None:
    """Links likewise what is equal but for typography, of the paragraphs that are still free."""
    free_old, free_new = pairing.free_old(), pairing.free_new()
    if free_old and free_new:
        _link_by_key(
            pairing,
            {i: paragraph_key(pairing.old[i]) for i in free_old},
            {j: paragraph_key(pairing.new[j]) for j in free_new},
        )


def _link_ends(pairing: Pairing) -> bool:
    """Links what both texts begin and end with; whether anything is left on both sides."""
    old, new = pairing.old, pairing.new
    shorter = min(len(old), len(new))
    start = 0
    while start < shorter and old[start] == new[start]:
        pairing.link(start, start)
        start += 1
    i, j = len(old), len(new)
    while min(i, j) > start and old[i - 1] == new[j - 1]:
        i, j = i - 1, j - 1
        pairing.link(i, j)
    return start < min(i, j)


_Keys = dict[int, str]  # what a free paragraph is equal by, by its index


def _link_by_key(pairing: Pairing, old_keys: _Keys, new_keys: _Keys) -> None:
    in_old, in_new = Counter(old_keys.values()), Counter(new_keys.values())
    shared = in_old.keys() & in_new.keys()
    if not shared:
        return
    places = {key: j for j, key in new_keys.items() if key in shared}
    repeated = False
    for i, key in old_keys.items():
        if key in shared:
            if in_old[key] == in_new[key] == 1:
                pairing.link(i, places[key])
            else:
                repeated = True
    if repeated:
        _link_equal_neighbours(pairing, old_keys, new_keys)
        _link_repeated(pairing, old_keys, new_keys, shared)


def _link_equal_neighbours(pairing: Pairing, old_keys: _Keys, new_keys: _Keys) -> None:
    """Links equal paragraphs beside linked ones: forwards, then backwards, as far as it goes."""
    to_new, to_old = pairing.to_new, pairing.to_old
    for step, order in ((1, list(old_keys)), (-1, list(old_keys)[::-1])):
        for i in order:
            beside = i - step
            inside = 0 <= beside < len(to_new)
            if to_new[i] == FREE and inside and to_new[beside] != FREE:
                j = to_new[beside] + step
                if j in new_keys and to_old[j] == FREE and old_keys[i] == new_keys[j]:
                    pairing.link(i, j)


def _link_repeated(pairing: Pairing, old_keys: _Keys, new_keys: _Keys, shared: set[str]) -> None:
    alphabet = Alphabet()
    for free_old, free_new in list(pairing.gaps(pairing.in_order())):
        old = [i for i in free_old if old_keys[i] in shared]
        new = [j for j in free_new if new_keys[j] in shared]
        if old and new:
            runs = common_runs(
                alphabet.encode(old_keys[i] for i in old), alphabet.encode(new_keys[j] for j in new)
            )
            for run in runs:
                for k in range(run.length):
                    pairing.link(old[run.old + k], new[run.new + k])


def link_in_place(pairing: Pairing) -> None:
    """Links paragraphs that were edited where they stand, in gaps with as many on either side.

    That costs next to nothing and is what most edits are; a gap in which the counts differ had
    something put in, taken out or split, and is looked into by the words of all.
    """
    for places_old, places_new in list(pairing.gaps(pairing.in_order())):
        if len(places_old) == len(places_new):
            old = [pairing.old[i] for i in places_old]
            new = [pairing.new[j] for j in places_new]
            for k in range(len(old)):
                if _is_nearest(old, new, k):
                    pairing.link(places_old[k], places_new[k])


def _is_nearest(old: Sequence[str], new: Sequence[str], k: int) -> bool:
    """Whether the k-th paragraphs are alike, and more so than either is like the ones beside the other."""
    alike = _characters_in_common(old[k], new[k], IN_PLACE)
    if not alike:
        return False
    beside = [m for m in (k - 1, k + 1) if 0 <= m < len(old)]
    return not any(
        _characters_in_common(old[k], new[m], alike) or _characters_in_common(old[m], new[k], alike)
        for m in beside
    )


def _characters_in_common(old: str, new: str, least: float) -> float:
    """The share of characters in common, in order; 0 if it is below `least`, or too dear to find out."""
    shorter, longer = sorted((len(old), len(new)))
    if shorter < LEAST_IN_PLACE or shorter * longer > EXACT_CELLS:
        return 0.0
    return float(Indel.normalized_similarity(old, new, score_cutoff=least))
