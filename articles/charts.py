"""Drawings as numbers: what the templates of bars and heat map put where. Pure but for translated names."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.dates import WEEKDAYS, WEEKDAYS_ABBR

from articles.core import kinds
from articles.core.figures import HOURS, Counts, Sums
from articles.wording import kind_words

ONE_DAY = timedelta(days=1)
PITCH = 6  # from a day's bar to the next, in units of the drawing
TALLEST = 60  # of a bar
SQUARE = 20  # the place of an hour in the heat map, and
SMALLEST, LARGEST = 5, 18  # the square in it


@dataclass(frozen=True, slots=True)
class Bar:
    """A day: how much there was of it, and where its bar begins and how high it is."""

    day: date
    changes: int
    articles: int
    x: int
    height: int

    @property
    def y(self) -> int:
        return TALLEST - self.height


@dataclass(frozen=True, slots=True)
class Bars:
    """Days from the oldest on; `most` is the one with most changes, None where there was no change."""

    days: tuple[Bar, ...]
    most: Bar | None
    changes: int

    @property
    def width(self) -> int:
        return PITCH * len(self.days)

    @property
    def newest_first(self) -> Sequence[Bar]:
        return self.days[::-1]


def bars(counts: Mapping[date, tuple[int, int]], today: date, length: int) -> Bars:
    """The changes of each of the `length` days up to `today`.

    counts  (changes, articles found) by day; a day that is missing had none
    """
    days = [today - ONE_DAY * ago for ago in range(length - 1, -1, -1)]
    found = [counts.get(day, (0, 0)) for day in days]
    most = max(changes for changes, _ in found)
    drawn = tuple(
        Bar(day, changes, articles, PITCH * place, math.ceil(TALLEST * changes / most) if changes else 0)
        for place, (day, (changes, articles)) in enumerate(zip(days, found, strict=True))
    )
    highest = max(drawn, key=lambda bar: bar.changes) if most else None
    return Bars(drawn, highest, sum(bar.changes for bar in drawn))


@dataclass(frozen=True, slots=True)
class Cell:
    """An hour of the week: how many changes, and the square that stands for them."""

    weekday: str
    hour: int
    changes: int
    x: int
    y: int
    side: int
    opacity: float


@dataclass(frozen=True, slots=True)
class Weekday:
    """A row of the heat map; `y` is the middle of it."""

    name: str
    short: str
    y: int
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Heat:
    """The hours of the week; `most` is the one with most changes, None where there are none."""

    weekdays: tuple[Weekday, ...]
    most: Cell | None

    @property
    def hours(self) -> list[tuple[int, list[int]]]:
        """The same as a table: each hour with the changes in it, from Monday to Sunday."""
        return [(hour, [row.cells[hour].changes for row in self.weekdays]) for hour in range(HOURS)]

    @property
    def marks(self) -> list[tuple[int, int]]:
        """The hours that are named above the map, and where."""
        return [(hour, hour * SQUARE + SQUARE // 2) for hour in range(0, HOURS, 6)]


def heat(hours: Counts) -> Heat:
    """The changes by hour of the week: the more, the larger the square (by its area), and the darker."""
    most = max(hours.values(), default=0) or 1
    rows = []
    for number in range(7):
        counts = [hours.get(str(number * HOURS + hour), 0) for hour in range(HOURS)]
        cells = tuple(_cell(str(WEEKDAYS[number]), number, hour, n, most) for hour, n in enumerate(counts))
        short = str(WEEKDAYS_ABBR[number])
        rows.append(Weekday(str(WEEKDAYS[number]), short, number * SQUARE + SQUARE // 2, cells))
    fullest = max((cell for row in rows for cell in row.cells), key=lambda cell: cell.changes)
    return Heat(tuple(rows), fullest if fullest.changes else None)


def _cell(weekday: str, number: int, hour: int, changes: int, most: int) -> Cell:
    part = math.sqrt(changes / most)
    side = round(SMALLEST + (LARGEST - SMALLEST) * part) if changes else 0
    inset = (SQUARE - side) / 2
    x, y = math.floor(hour * SQUARE + inset), math.floor(number * SQUARE + inset)
    return Cell(weekday, hour, changes, x, y, side, round(0.4 + 0.6 * part, 2))


@dataclass(frozen=True, slots=True)
class KindLine:
    """A kind of change: in how many changes it was, and in how many of these silently."""

    name: str
    words: str
    changes: int
    silent: int


def kind_lines(sums: Sums) -> list[KindLine]:
    """The kinds that there were, the most frequent first."""
    order = [*kinds.NAMES, *sorted(sums.kinds.keys() - set(kinds.NAMES))]
    lines = (
        KindLine(name, kind_words(name), sums.kinds[name], sums.silent.get(name, 0))
        for name in order
        if sums.kinds.get(name)
    )
    return sorted(lines, key=lambda line: -line.changes)


def by_day(rows: Iterable[tuple[date, int, int]]) -> dict[date, tuple[int, int]]:
    """(day, changes, articles) as `bars` takes them."""
    return {day: (changes, articles) for day, changes, articles in rows}
