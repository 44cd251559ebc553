"""When to look again: the sooner, the likelier it is that something has changed.

The clock comes in as `now`; every function is pure. How likely an article is to change is estimated in
`core.hazard`; here that becomes a moment. An article is not looked at any more after `QUIET_LIMIT`
without a change; a doubtful look, or one that failed, is repeated before it is given up.
docs/schedule.md has the reasons and what it costs.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import cache
from itertools import pairwise

from articles.core import hazard
from articles.core.types import Outcome

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LONGEST = 30 * DAY  # between two looks at an article
QUIET_LIMIT = 120 * DAY  # no more looks after so long without a change,
REPEATS = 12  # though not before so many doubtful or failed looks in a row, some days' worth,
HARD_LIMIT = 2 * QUIET_LIMIT  # unless they come in turns, each beginning the other's count anew
SECOND_LOOK = timedelta(minutes=2)  # at a page that is probably not the article
RETRY_FIRST = timedelta(minutes=5)  # after an error, …
RETRIES = 3  # … so often in a row, for a site may fail now and then; then doubled with each further one …
RETRY_LONGEST = DAY  # … up to this
GUARD_LEAST = timedelta(minutes=30)  # what the guard allows at any age
CACHED_LEAST = timedelta(minutes=10)  # waiting for a cache may take so long, …
CACHED_SHARE = 1.25  # … or this much longer than without
FOUND_LATE = 3 * DAY  # an article counts as no older than this when it is first seen
QUIET_SHARE = 0.15  # where the pace is fast: look after this share of the quiet time
ERRORS = (Outcome.FAILED, Outcome.BLOCKED)
DOUBTS = (Outcome.SUSPECT, Outcome.GONE)


# --- how often ---------------------------------------------------------------------------------------
class Preset(StrEnum):
    """How much is asked of a source's site for how little delay."""

    GENTLE = "gentle"
    BALANCED = "balanced"
    FAST = "fast"


@dataclass(frozen=True, slots=True)
class Policy:
    """What a preset makes of an estimated rate: wait `hours` x rate^-`power` hours.

    The guard bounds the delay of what the estimate does not expect: while an article is younger than
    `guarded`, never wait longer than this share of its age, or `GUARD_LEAST`.
    """

    hours: float
    power: float
    guard: float
    guarded: timedelta


# Chosen in the simulation (docs/schedule.md), for its tables' aims: the fewest requests at which gentle
# still does what NewsSniffer's rule does, balanced what newsdiffs.org's does; fast for a short delay.
POLICIES = {
    Preset.GENTLE: Policy(hours=0.14, power=0.95, guard=1.0, guarded=3 * DAY),
    Preset.BALANCED: Policy(hours=0.088, power=0.75, guard=0.4, guarded=7 * DAY),
    Preset.FAST: Policy(hours=0.065, power=0.75, guard=0.17, guarded=7 * DAY),
}


@dataclass(frozen=True, slots=True)
class Pace:
    """The least time between two looks at one address; retries and second looks scale from it.

    The default is meant for real sites. A demonstration whose articles change every few seconds sets it
    lower; then an article is also looked at after a share of the time it has been quiet.
    """

    least: timedelta = RETRY_FIRST

    @property
    def scale(self) -> float:
        return min(1.0, self.least / RETRY_FIRST)

    def longest(self, quiet: timedelta) -> timedelta:
        """The longest wait for an article that has been quiet for so long."""
        return LONGEST if self.scale == 1 else min(quiet * QUIET_SHARE / (1 - self.scale), LONGEST)


@dataclass(frozen=True, slots=True)
class Life:
    """What is known of an article's life.

    published  when its page or its feed says so, else None; believed as far as `born` says
    changed    when it was last seen to change
    changes    how often
    habit      how much its source edits beside the average (`hazard.habit`)
    """

    first_seen: datetime
    published: datetime | None = None
    changed: datetime | None = None
    changes: int = 0
    habit: float = 1.0

    @property
    def born(self) -> datetime:
        """From when its age counts.

        Not from a time after it was first seen. A time of day that a bare date would have (midnight
        somewhere: quarters of an hour) says no more than the day. And a page found years after its
        date, true or not, is no older than `FOUND_LATE`: it may be in the news again.
        """
        if self.published is None or self.published >= self.first_seen:
            return self.first_seen
        moment = self.published
        if moment.minute % 15 == 0 and moment.second == 0 and moment.microsecond == 0:
            moment = min(moment + DAY, self.first_seen)
        return max(moment, self.first_seen - FOUND_LATE)

    @property
    def quiet_since(self) -> datetime:
        """When it was last seen to change, else when it was first seen."""
        return self.changed or self.first_seen

    def at(self, now: datetime) -> hazard.Record:
        """What it comes to by `now`."""
        age = _hours(now - self.born)
        return hazard.Record(
            age=age,
            watched=_hours(now - self.first_seen),
            quiet=_hours(now - self.changed) if self.changed else age,
            changes=self.changes,
            habit=self.habit,
        )


def wait(now: datetime, life: Life, preset: Preset = Preset.BALANCED, pace: Pace | None = None) -> timedelta:
    """How long to wait after a look at `now` that showed the article."""
    pace = pace or Pace()
    policy = POLICIES[preset]
    record = life.at(now)
    due = timedelta(hours=min(policy.hours * hazard.rate(record) ** -policy.power, LONGEST / HOUR))
    if record.age < policy.guarded / HOUR:
        due = min(due, max(GUARD_LEAST, timedelta(hours=policy.guard * record.age)))
    return max(min(due, pace.longest(max(now - life.quiet_since, timedelta(0)))), pace.least)


def next_check(
    now: datetime,
    outcome: Outcome,
    life: Life,
    *,
    preset: Preset = Preset.BALANCED,
    failures: int = 0,
    pending_looks: int = 0,
    retry_after: datetime | None = None,
    cached_for: timedelta = timedelta(0),
    pace: Pace | None = None,
) -> datetime | None:
    """When to look at an article again, or None: it will not be checked again.

    An article quiet for longer than `QUIET_LIMIT` is given up at once after a look that showed it; after
    a suspect, missing, blocked or failed one only when `REPEATS` of the kind have come in a row, so that
    a text held back gets its second look, or when it has been quiet for longer than `HARD_LIMIT`.

    outcome        how the look that just ended came out
    life           what is known of the article, this look included
    failures       looks in a row, this one included, that ended in an error
    pending_looks  looks in a row, this one included, at a suspect or missing page
    retry_after    what the site asked for (RFC 9110, 10.2.3); never undercut
    cached_for     how long the site says that its answer stays fresh (RFC 9111, 4.2): a hint that the
                   page will not change before, followed as far as `CACHED_LEAST` and `CACHED_SHARE` let
    """
    pace = pace or Pace()
    quiet = max(now - life.quiet_since, timedelta(0))
    if quiet > QUIET_LIMIT and _is_enough(outcome, quiet, failures, pending_looks):
        return None
    if outcome in ERRORS:
        after = max(_after_errors(failures, pace, RETRY_LONGEST), pace.least)
    elif outcome in DOUBTS:
        after = _doubled(SECOND_LOOK * pace.scale, pending_looks, RETRY_LONGEST)
    else:
        after = wait(now, life, preset, pace)
        most = max(CACHED_LEAST * pace.scale, after * CACHED_SHARE)
        after = min(max(after, min(cached_for, most)), LONGEST)
    due = now + after
    return max(due, retry_after) if retry_after else due


def _is_enough(outcome: Outcome, quiet: timedelta, failures: int, pending_looks: int) -> bool:
    """Whether nothing is to be learned from one more look at an article that has long been quiet."""
    repeats = failures if outcome in ERRORS else pending_looks if outcome in DOUBTS else REPEATS
    return repeats >= REPEATS or quiet > HARD_LIMIT


def _after_errors(times: int, pace: Pace, longest: timedelta) -> timedelta:
    """How long to wait after so many errors in a row."""
    return _doubled(RETRY_FIRST * pace.scale, times - RETRIES + 1, longest)


def _doubled(first: timedelta, times: int, longest: timedelta) -> timedelta:
    """`first` after one time, doubled with each further one, at most `longest`."""
    return min(first * (1 << min(max(times - 1, 0), 20)), longest)


def _hours(length: timedelta) -> float:
    return max(length / HOUR, 0.0)


# --- what it comes to ----------------------------------------------------------------------------------
LIVES = (0, 1, 2, 3, 5, 9, 18, 36)  # changes of an article; each stands for those up to the next


@cache
def forecast(preset: Preset, habit: float = 1.0) -> float:
    """Requests to be expected of an article from its publication until it is given up.

    The policy itself is run over a handful of lives, of an article that never changes and of others that
    do, each as frequent as the model behind `hazard` makes it (a negative binomial distribution), with
    the changes where the baseline puts them.
    """
    total = hazard.expected(QUIET_LIMIT / HOUR)
    odds = habit * total / (hazard.PRIOR + habit * total)
    shares = [float((1 - odds) ** hazard.PRIOR)]  # of articles with no change, one, two …
    for changes in range(LIVES[-1] - 1):
        shares.append(shares[-1] * odds * (hazard.PRIOR + changes) / (changes + 1))
    weights = [sum(shares[low:high]) for low, high in pairwise(LIVES)]
    weights.append(1 - sum(weights))
    asked = (
        _requests(preset, habit, [(n + 0.5) / changes * total for n in range(changes)]) for changes in LIVES
    )
    return sum(weight * requests for weight, requests in zip(weights, asked, strict=True))


def _requests(preset: Preset, habit: float, changes: list[float]) -> int:
    """Looks at an article that changes whenever so many changes of an average one were expected."""
    begin = now = datetime(2000, 1, 1, tzinfo=UTC)
    life, looks = Life(begin, habit=habit), 1
    while due := next_check(now, Outcome.UNCHANGED, life, preset=preset):
        now, looks = due, looks + 1
        so_far = hazard.expected((now - begin) / HOUR)
        over = sum(so_far >= one for one in changes)
        if over:
            changes = changes[over:]
            life = replace(life, changed=now, changes=life.changes + 1)
    return looks


# --- feeds -------------------------------------------------------------------------------------------
POLL_FIRST = timedelta(minutes=15)  # a feed of which nothing is known yet
POLL_LONGEST = timedelta(hours=1)  # what changes before its first look is lost, so never longer
POLL_LONGEST_FAILING = DAY
POLL_MEMORY = timedelta(hours=4)  # how far back a feed's rate of new entries reaches, about
POLLS_PER_ENTRY = 2.0  # polls between two new entries: half of an entry's delay is known, half is not
MOST_AT_ONCE = 4  # new entries of one poll that count: a batch says little more than a few do


def next_poll(
    now: datetime,
    *,
    interval: timedelta,
    new: int,
    since: timedelta | None = None,
    failures: int = 0,
    least_interval: timedelta = timedelta(0),
    retry_after: datetime | None = None,
    not_before: datetime | None = None,
    pace: Pace | None = None,
) -> tuple[datetime, timedelta]:
    """When to poll a feed again, and the interval to remember for the time after.

    The interval follows the feed's own rate of new entries: it stands for the rate so far, and what
    this poll brought in the time since the last one is averaged in.

    interval        the one remembered from the last poll; zero for a feed that is new
    new             how many entries this poll brought that were not known before
    since           how long ago the last good poll was; None for a feed that is new
    failures        polls in a row, this one included, that failed: it backs off in the open and
                    never stops by itself
    least_interval  what the feed asks for (RSS ttl, Cache-Control); at most `POLL_LONGEST` counts
    retry_after     what the site asked for (RFC 9110, 10.2.3)
    not_before      the end of a time in which the feed does not want to be polled
    """
    pace = pace or Pace()
    if failures:
        wait = _after_errors(failures, pace, POLL_LONGEST_FAILING)
        remembered = interval
    else:
        fresh = not interval or since is None
        averaged = POLL_FIRST * pace.scale if fresh else _averaged(interval, new, since or interval, pace)
        remembered = wait = max(min(averaged, POLL_LONGEST * pace.scale), pace.least)
    due = now + max(wait, min(least_interval, POLL_LONGEST), pace.least)
    return max(filter(None, (due, retry_after, not_before))), remembered


def _averaged(interval: timedelta, new: int, since: timedelta, pace: Pace) -> timedelta:
    """The interval by the rate of new entries in `POLL_MEMORY` and in the time since the last poll."""
    memory = POLL_MEMORY * pace.scale
    seen = memory / interval / POLLS_PER_ENTRY + min(new, MOST_AT_ONCE)
    return (memory + since) / seen / POLLS_PER_ENTRY
