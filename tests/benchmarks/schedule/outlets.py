"""Invented outlets whose articles are edited as published studies say that news is edited.

Times are hours since publication. docs/schedule.md names the studies, how well the numbers below fit
them, and where they do not.
"""

import math
import random
from dataclasses import dataclass

YEAR = 24 * 365.0
DAY = 24.0


@dataclass(frozen=True, slots=True)
class Population:
    """Kinds of articles among those of its outlets, as shares; the rest is never edited.

    live        edited every 20 minutes or so while something goes on
    developing  rewritten some five times, mostly within a working day
    ordinary    a slip put right, a paragraph added, a correction: 1.35 edits
    late        how many of an ordinary article's edits come a day after it or later still
    spread      how unlike its outlets are: the standard deviation of the logarithm of how much they edit
    """

    live: float
    developing: float
    ordinary: float
    late: float = 0.13
    spread: float = 0.5


# The first is the one that fits the studies. The others are there to see what becomes of a policy
# tuned on it where news is edited otherwise.
POPULATIONS = {
    "mixed": Population(live=0.010, developing=0.055, ordinary=0.215),
    "heavy": Population(live=0.050, developing=0.200, ordinary=0.350, spread=0.3),
    "light": Population(live=0.002, developing=0.020, ordinary=0.120, spread=0.3),
    "late": Population(live=0.004, developing=0.040, ordinary=0.230, late=0.30),
}


@dataclass(frozen=True, slots=True)
class Article:
    """An article's life: the hour it was found at, and those at which its text was changed."""

    found: float
    edits: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Outlet:
    """A source: articles of its past, from which its habits are learnt, and those to judge by."""

    past: tuple[Article, ...]
    articles: tuple[Article, ...]


def outlets(population: Population, seed: int, count: int, articles: int, past: int = 0) -> list[Outlet]:
    """`count` outlets of `articles` each, and `past` earlier ones; the same for the same seed."""
    made = []
    for number in range(count):
        dice = random.Random(f"{seed} {number}")
        eager = math.exp(dice.gauss(-(population.spread**2) / 2, population.spread))
        older = tuple(_article(dice, population, eager) for _ in range(past))
        made.append(Outlet(older, tuple(_article(dice, population, eager) for _ in range(articles))))
    return made


def _article(dice: random.Random, population: Population, eager: float) -> Article:
    """An article that is found within ten minutes, as by a feed that is polled so often."""
    shares = [min(eager, 3.0) * s for s in (population.live, population.developing, population.ordinary)]
    excess = max(1.0, sum(shares) / 0.95)
    (kind,) = dice.choices(
        (_live, _developing, _ordinary, None), [*(s / excess for s in shares), max(0.05, 1 - sum(shares))]
    )
    edits = kind(dice, population.late) if kind else []
    return Article(dice.uniform(0, 1 / 6), tuple(sorted(e for e in edits if 0 < e < YEAR)))


def _live(dice: random.Random, late: float) -> list[float]:
    end, at, edits = dice.gammavariate(4.0, 2.5), 0.0, list[float]()
    while (at := at + _lognormal(dice, 0.33, 0.8)) <= end:
        edits.append(at)
    return edits + _afterwards(dice, 0.3)


def _developing(dice: random.Random, late: float) -> list[float]:
    at = _lognormal(dice, 1.0, 0.8)
    edits = [at]
    for _ in range(1 + _geometric(dice, 3.0)):
        edits.append(at := at + _lognormal(dice, 1.2, 1.1))
    return edits + _afterwards(dice, 0.15)


def _ordinary(dice: random.Random, late: float) -> list[float]:
    edits = []
    for _ in range(_geometric(dice, 1.35)):
        where = dice.random()
        if where < late:
            edits.append(_long_after(dice))
        elif where < late + 0.10:
            edits.append(min(max(dice.gauss(20, 7), 4), 47))
        else:
            edits.append(_lognormal(dice, 1.9, 1.0))
    return edits


def _afterwards(dice: random.Random, chance: float) -> list[float]:
    return [_long_after(dice)] if dice.random() < chance else []


def _long_after(dice: random.Random) -> float:
    """A day later, or weeks: a Pareto tail."""
    return 20 * (1 - dice.random()) ** (-1 / 0.8)


def _lognormal(dice: random.Random, median: float, sigma: float) -> float:
    return median * math.exp(sigma * dice.gauss(0, 1))


def _geometric(dice: random.Random, mean: float) -> int:
    """1, 2, 3 … with this mean."""
    return 1 + int(math.log(1 - dice.random()) / math.log(1 - 1 / mean))
