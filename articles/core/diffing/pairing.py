"""Which old paragraph became which new one: the links found so far, and what is still free."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from operator import lt

from articles.core.diffing.sequences import Link, heaviest_chain

FREE = -1  # in place of an index: linked to nothing
SAME_WEIGHT = 8  # what a link weighs beside its length when deciding which of two crossing links moved


@dataclass(slots=True)
class Pairing:
    """Links between the paragraphs of two texts, one to one, and the pieces that belong to them.

    `to_new` holds for each old paragraph the new one it became, `to_old` the reverse, FREE for none.
    `new_pieces` and `old_pieces` hold paragraphs without a link of their own: a new one that was split
    off an old one, an old one that was merged into a new one. `is_turned` says that the links were found
    with the sides exchanged.
    """

    old: Sequence[str]
    new: Sequence[str]
    to_new: list[int] = field(default_factory=list)
    to_old: list[int] = field(default_factory=list)
    new_pieces: dict[int, int] = field(default_factory=dict)
    old_pieces: dict[int, int] = field(default_factory=dict)
    is_turned: bool = False

    def __post_init__(self) -> None:
        self.to_new = self.to_new or [FREE] * len(self.old)
        self.to_old = self.to_old or [FREE] * len(self.new)

    def exchanged(self) -> "Pairing":
        """The same links, seen from the other side."""
        return Pairing(
            self.new, self.old, self.to_old, self.to_new, self.old_pieces, self.new_pieces, not self.is_turned
        )

    def link(self, i: int, j: int) -> None:
        self.to_new[i] = j
        self.to_old[j] = i

    def links(self) -> list[Link]:
        """In the order of the old text."""
        return [(i, j) for i, j in enumerate(self.to_new) if j != FREE]

    def are_free(self, i: int, j: int) -> bool:
        """Whether there are such paragraphs, and both belong to nothing yet."""
        return (
            0 <= i < len(self.to_new)
            and 0 <= j < len(self.to_old)
            and self.to_new[i] == FREE == self.to_old[j]
            and i not in self.old_pieces
            and j not in self.new_pieces
        )

    def free_old(self, start: int = 0, stop: int | None = None) -> list[int]:
        stop = len(self.to_new) if stop is None else stop
        return [i for i in range(start, stop) if self.to_new[i] == FREE and i not in self.old_pieces]

    def free_new(self, start: int = 0, stop: int | None = None) -> list[int]:
        stop = len(self.to_old) if stop is None else stop
        return [j for j in range(start, stop) if self.to_old[j] == FREE and j not in self.new_pieces]

    def in_order(self, likeness: Mapping[Link, float] | None = None) -> list[Link]:
        """The links that hold their order on both sides; the others have moved.

        Of links that cross, the longer text stands still; less so if it was much edited.
        """
        links = self.links()
        places = [j for _, j in links]
        if all(map(lt, places, places[1:])):
            return links
        alike = likeness or {}
        weights = [
            (len(self.old[i]) + len(self.new[j])) / 2 * alike.get((i, j), 1.0) + SAME_WEIGHT for i, j in links
        ]
        if not self.is_turned:
            return [links[k] for k in heaviest_chain(links, weights)]
        # Of chains that weigh the same the one is taken that the other side would take.
        order = sorted(range(len(links)), key=places.__getitem__)
        turned = [(links[k][1], links[k][0]) for k in order]
        return [links[order[k]] for k in heaviest_chain(turned, [weights[k] for k in order])]

    def gaps(self, chain: Iterable[Link]) -> Iterator[tuple[list[int], list[int]]]:
        """The free paragraphs between two neighbouring links of a chain, where both sides have some."""
        before_i = before_j = -1
        for i, j in (*chain, (len(self.to_new), len(self.to_old))):
            if i - before_i > 1 and j - before_j > 1:
                old, new = self.free_old(before_i + 1, i), self.free_new(before_j + 1, j)
                if old and new:
                    yield old, new
            before_i, before_j = i, j
