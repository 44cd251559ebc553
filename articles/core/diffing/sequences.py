"""What two sequences share, in order.

Sequences are strings in which each character stands for a token or a paragraph (tokens.Alphabet).
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from rapidfuzz.distance import LCSseq

Link = tuple[int, int]  # an index into the old sequence and one into the new

# An exact longest common subsequence costs a bit of memory and a 64th of a step for each cell of
# old x new: 16 million cells are 2 MB and some milliseconds. Above that, anchors come first.
EXACT_CELLS = 16_000_000

# Lengths of the anchors tried, longest first: a longer run shared once is surer to be the same place.
ANCHOR_LENGTHS = (7, 4, 1)


class Run(NamedTuple):
    """A stretch that both sequences share."""

    old: int
    new: int
    length: int


def is_chain(links: Sequence[Link]) -> bool:
    """Whether the links rise on both sides."""
    return all(a[0] < b[0] and a[1] < b[1] for a, b in pairwise(links))


def heaviest_chain(links: Sequence[Link], weights: Sequence[float]) -> list[int]:
    """Positions of the links that rise on both sides and together weigh most.

    `links` must be sorted by their old index. This is the longest increasing subsequence with
    weights, by a Fenwick tree of prefix maxima: n log n steps.
    """
    if is_chain(links):
        return list(range(len(links)))
    ranks = {new: rank for rank, new in enumerate(sorted({new for _, new in links}), start=1)}
    best: list[tuple[float, int]] = [(0.0, -1)] * (len(ranks) + 1)  # (weight, last link) up to a rank
    before = [-1] * len(links)
    heaviest = (0.0, -1)
    # Of links that share their old index the highest new one goes first: it can't follow the others.
    for k in sorted(range(len(links)), key=lambda k: (links[k][0], -links[k][1])):
        rank = ranks[links[k][1]]
        weight, before[k] = _prefix_maximum(best, rank - 1)
        chain = (weight + weights[k], k)
        heaviest = max(heaviest, chain, key=lambda c: c[0])
        while rank < len(best):
            if chain[0] > best[rank][0]:
                best[rank] = chain
            rank += rank & -rank
    kept = []
    k = heaviest[1]
    while k >= 0:
        kept.append(k)
        k = before[k]
    return kept[::-1]


def _prefix_maximum(tree: list[tuple[float, int]], rank: int) -> tuple[float, int]:
    found = (0.0, -1)
    while rank > 0:
        if tree[rank][0] > found[0]:
            found = tree[rank]
        rank &= rank - 1
    return found


def common_runs(old: str, new: str) -> list[Run]:
    """Stretches shared by both, in order: a longest common subsequence where that is affordable.

    Where old x new is too large, runs that occur once on each side are matched first (the idea of
    patience diff) and only the gaps between them are searched. A gap that is too large and has no
    anchor at all shares nothing, by decree: work is bounded whatever the input.
    """
    if len(old) * len(new) <= EXACT_CELLS:
        return _exact(old, new, 0, 0)
    runs: list[Run] = []
    gaps = [(0, len(old), 0, len(new), 0)]
    while gaps:
        a0, a1, b0, b1, level = gaps.pop()
        if (a1 - a0) * (b1 - b0) <= EXACT_CELLS:
            runs += _exact(old[a0:a1], new[b0:b1], a0, b0)
        elif level < len(ANCHOR_LENGTHS):
            anchors = _anchors(old[a0:a1], new[b0:b1], a0, b0, ANCHOR_LENGTHS[level])
            runs += anchors
            fences = [Run(a0, b0, 0), *anchors, Run(a1, b1, 0)]
            for left, right in pairwise(fences):
                gaps.append((left.old + left.length, right.old, left.new + left.length, right.new, level + 1))
    return _joined(sorted(runs))


def _exact(old: str, new: str, a0: int, b0: int) -> list[Run]:
    if not old or not new:
        return []
    opcodes = LCSseq.opcodes(old, new)
    return [
        Run(a0 + op.src_start, b0 + op.dest_start, op.src_end - op.src_start)
        for op in opcodes
        if op.tag == "equal"
    ]


def _anchors(old: str, new: str, a0: int, b0: int, length: int) -> list[Run]:
    """Runs of `length` that occur once on each side, in the longest order that does not cross."""
    places = _single_places(new, length)
    links = [(i, places[gram]) for gram, i in _single_places(old, length).items() if gram in places]
    links.sort()
    kept = [links[k] for k in heaviest_chain(links, [1.0] * len(links))]
    runs: list[Run] = []
    a = b = 0
    for i, j in kept:
        # Overlapping runs on one diagonal share their ends; on two diagonals only one can be true.
        overlap = max(a - i, b - j, 0)
        if overlap < length and (overlap == 0 or i - a == j - b):
            runs.append(Run(a0 + i + overlap, b0 + j + overlap, length - overlap))
            a, b = i + length, j + length
    return _joined(runs)


def _single_places(sequence: str, length: int) -> dict[str, int]:
    places: dict[str, int] = {}
    for i in range(len(sequence) - length + 1):
        gram = sequence[i : i + length]
        places[gram] = -1 if gram in places else i
    return {gram: i for gram, i in places.items() if i >= 0}


def _joined(runs: list[Run]) -> list[Run]:
    joined: list[Run] = []
    for run in runs:
        if (
            joined
            and run.old == joined[-1].old + joined[-1].length
            and run.new == joined[-1].new + joined[-1].length
        ):
            joined[-1] = joined[-1]._replace(length=joined[-1].length + run.length)
        elif run.length:
            joined.append(run)
    return joined
