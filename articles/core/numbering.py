"""Which versions of an article readers see: all but those that are hidden, each under its own number."""

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Numbers:
    """The numbers that are shown, of `count` versions numbered from 1."""

    count: int
    hidden: frozenset[int] = frozenset()

    def __iter__(self) -> Iterator[int]:
        return (number for number in range(1, self.count + 1) if number not in self.hidden)

    def __contains__(self, number: int) -> bool:
        return 1 <= number <= self.count and number not in self.hidden

    @property
    def first(self) -> int | None:
        """The oldest that is shown; None where none is."""
        return self.after(0)

    @property
    def latest(self) -> int | None:
        """The newest that is shown; None where none is."""
        return self.before(self.count + 1)

    def before(self, number: int) -> int | None:
        """The one shown before this, or None."""
        return next((n for n in range(min(number, self.count + 1) - 1, 0, -1) if n not in self.hidden), None)

    def after(self, number: int) -> int | None:
        """The one shown after this, or None."""
        return next((n for n in range(max(number, 0) + 1, self.count + 1) if n not in self.hidden), None)
