"""Which number became which, where an edit touches several: told by the words beside them, or not at all."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from articles.core.lexicon import plain


class Amount(NamedTuple):
    """A number in a text."""

    said: str
    value: str  # however it is written
    unit: str  # what it counts, as far as the word behind it tells; else ""

    @property
    def is_one(self) -> bool:
        """Whether it is a "one", which by itself is no figure: "one of the longest"."""
        return plain(self.said) == "one"


class Step(NamedTuple):
    """Numbers that became others, and those that only went or came."""

    pairs: list[tuple[Amount, Amount]]
    gone: list[Amount]
    come: list[Amount]


def step(old: Sequence[Amount], new: Sequence[Amount], *, is_alike: bool, is_at_one_place: bool) -> Step:
    """What became of the numbers that an edit touches, on both sides in their order.

    is_alike         nothing but numbers differs: each became that in its place
    is_at_one_place  where either side has one number alone, both stand in the same place
    """
    if is_alike and len(old) == len(new):
        return Step([(a, b) for a, b in zip(old, new, strict=True) if a.value != b.value], [], [])
    is_one_each = len(old) == len(new) == 1
    old, new = _unshared(old, new, lambda amount: (amount.value, amount.unit))
    ours, theirs = _by_unit(old), _by_unit(new)
    agreed = {unit: None for unit in ours if unit and len(ours[unit]) == len(theirs[unit])}
    pairs = [pair for unit in agreed for pair in zip(ours[unit], theirs[unit], strict=True)]
    old, new = ([amount for amount in side if amount.unit not in agreed] for side in (old, new))
    old, new = _unshared(old, new, lambda amount: amount.value)
    if is_one_each and is_at_one_place:
        return Step([*pairs, *zip(old, new, strict=True)], [], [])
    gone, come = ([amount for amount in side if not amount.is_one] for side in (old, new))
    return Step(pairs, gone, come)


def _unshared(
    old: Iterable[Amount], new: Iterable[Amount], key: Callable[[Amount], object]
) -> tuple[list[Amount], list[Amount]]:
    """The amounts of both sides without those that the other side has as well."""
    old, new = list(old), list(new)
    shared = set(map(key, old)) & set(map(key, new))
    return [a for a in old if key(a) not in shared], [b for b in new if key(b) not in shared]


def _by_unit(amounts: Iterable[Amount]) -> defaultdict[str, list[Amount]]:
    found: defaultdict[str, list[Amount]] = defaultdict(list)
    for amount in amounts:
        found[amount.unit].append(amount)
    return found
