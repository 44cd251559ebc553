"""How soon an article is likely to change again: changes an hour, estimated from what is known of it.

A gamma-Poisson model. All articles are edited along one curve, `BASELINE`, much while they are fresh
and hardly at all later; each in its own measure, of which its changes so far tell. An article of a
source that edits much begins with more, and one that has just changed is likely to change again soon.
Every function is pure. Ages are hours since publication. docs/schedule.md tells how well it does.
"""

from bisect import bisect_left
from dataclasses import dataclass
from itertools import accumulate
from math import exp

# (until this age, changes an hour of an average article). Learnt from one sample of invented articles
# whose edits are spread as published studies found (tests/benchmarks/schedule), never from those the
# policy is judged by: `python -m tests.benchmarks.schedule.learning` prints these numbers again.
BASELINE = (
    (1.0, 0.12),
    (2.0, 0.12),
    (3.0, 0.087),
    (4.0, 0.072),
    (6.0, 0.051),
    (8.0, 0.035),
    (12.0, 0.021),
    (18.0, 0.0091),
    (24.0, 0.0056),
    (36.0, 0.0024),
    (48.0, 0.00082),
    (72.0, 0.00034),
    (120.0, 0.00015),
    (168.0, 4.8e-05),
    (336.0, 2.8e-05),
    (720.0, 5.3e-06),
    (1440.0, 1.9e-06),
    (2880.0, 3.7e-07),
    (8760.0, 9.1e-08),
)
COUNTED = 0.67  # share of all changes that are left if no more than MOST_COUNTED of one article count
PRIOR = 0.15  # how much the average says of an article, in changes: little, for articles differ widely
MOST_COUNTED = 4  # of one article's changes: a live page says little of its source's other articles
EVIDENCE = 5.0  # changes that a source must show before its own habits weigh as much as the average's
LEAST_HABIT, MOST_HABIT = 0.9, 2.5  # to wait much longer would delay a light source's few changes
AFTERSHOCK = 0.08  # of a change: this many more are due, at once …
AFTERSHOCK_DELAY = 1 / 3  # … or within this many hours, …
AFTERSHOCK_FADES = 6.0  # … and the fewer, the more of these hours it has been quiet

_ENDS = tuple(end for end, _ in BASELINE)
_RATES = tuple(rate for _, rate in BASELINE)
_BEGINS = (0.0, *_ENDS[:-1])
_UNTIL = tuple(accumulate((e - b) * r for b, e, r in zip(_BEGINS, _ENDS, _RATES, strict=True)))


@dataclass(frozen=True, slots=True)
class Record:
    """What is known of an article.

    age      hours since it was published
    watched  hours of these since it was first seen: of changes before that nothing is known
    quiet    hours since it was last seen to change; for one that never did, its age
    changes  how often it was seen to change
    habit    how much its source edits, beside the average (`habit`)
    """

    age: float
    watched: float
    quiet: float
    changes: int = 0
    habit: float = 1.0


def baseline(age: float) -> float:
    """Changes an hour of an average article of this age."""
    return _RATES[min(bisect_left(_ENDS, age), len(_RATES) - 1)]


def expected(age: float) -> float:
    """Changes of an average article from publication to this age."""
    if age >= _ENDS[-1]:
        return _UNTIL[-1]
    at = bisect_left(_ENDS, age)
    return _UNTIL[at] - (_ENDS[at] - age) * _RATES[at]


def rate(record: Record) -> float:
    """Changes an hour to be expected of an article now: the mean of what its record leaves possible."""
    exposure = record.habit * (expected(record.age) - expected(record.age - record.watched))
    own = record.habit * baseline(record.age) * (PRIOR + record.changes) / (PRIOR + exposure)
    if not record.changes:
        return own
    return own + AFTERSHOCK / (record.quiet + AFTERSHOCK_DELAY) * exp(-record.quiet / AFTERSHOCK_FADES)


# --- a source's habits -------------------------------------------------------------------------------
def countable(changes: int) -> int:
    """Of an article's changes, those that count as a habit of its source."""
    return min(changes, MOST_COUNTED)


def expected_countable(age: float, watched: float) -> float:
    """How many countable changes an average article shows while it is watched, to this age."""
    return COUNTED * (expected(age) - expected(age - watched))


def habit(changes: float, expected_changes: float) -> float:
    """How much a source edits beside the average, from the countable changes of all its articles.

    Shrunk towards 1 while there is little evidence, and by half (a square root) for good: an article's
    own record tells most of it, and a light source's few changes are to be seen in time too.
    """
    ratio = (changes + EVIDENCE) / (expected_changes + EVIDENCE)
    return float(min(max(ratio**0.5, LEAST_HABIT), MOST_HABIT))
