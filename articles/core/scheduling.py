"""When to look again: the later, the longer an article or feed has been quiet.

The clock comes in as `now`; every function is pure. An article is looked at after a fixed share of
the time it has been quiet, so that a fresh or just edited one is looked at often and an old one
seldom, and not at all after `QUIET_LIMIT`; a doubtful look, or one that failed, is repeated before
the article is given up.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from articles.core.types import Outcome

QUIET_SHARE = 0.15  # wait this share of the time since publication or the last change …
LONGEST = timedelta(days=30)  # … but never longer than this,
QUIET_LIMIT = timedelta(days=120)  # and no more after so long without a change,
REPEATS = 12  # though not before so many doubtful or failed looks in a row, some days' worth,
HARD_LIMIT = 2 * QUIET_LIMIT  # unless they come in turns, each beginning the other's count anew
SECOND_LOOK = timedelta(minutes=2)  # at a page that is probably not the article
RETRY_FIRST = timedelta(minutes=5)  # after an error, doubled with each further one …
RETRY_LONGEST = timedelta(days=1)  # … up to this
POLL_LONGEST = timedelta(hours=1)  # a feed that names new articles all the time must not be missed
POLL_LONGEST_FAILING = timedelta(days=1)
POLL_GROWTH = 1.5
ERRORS = (Outcome.FAILED, Outcome.BLOCKED)
DOUBTS = (Outcome.SUSPECT, Outcome.GONE)


@dataclass(frozen=True, slots=True)
class Pace:
    """The least time between two looks at one address; everything scales from it.

    The default is meant for real sites. A demonstration whose articles change every few seconds
    sets it lower, and retries and second looks shrink in proportion.
    """

    least: timedelta = timedelta(minutes=5)

    @property
    def scale(self) -> float:
        return min(1.0, self.least / RETRY_FIRST)


def next_check(
    now: datetime,
    outcome: Outcome,
    *,
    quiet_since: datetime,
    failures: int = 0,
    pending_looks: int = 0,
    retry_after: datetime | None = None,
    pace: Pace | None = None,
) -> datetime | None:
    """When to look at an article again, or None: it will not be checked again.

    An article quiet for longer than `QUIET_LIMIT` is given up at once after a look that showed it; after
    a suspect, missing, blocked or failed one only when `REPEATS` of the kind have come in a row, so that
    a text held back gets its second look, or when it has been quiet for longer than `HARD_LIMIT`.

    outcome        how the look that just ended came out
    quiet_since    when the article was last seen to change, else when it was first seen
    failures       looks in a row, this one included, that ended in an error
    pending_looks  looks in a row, this one included, at a suspect or missing page
    retry_after    what the site asked for (RFC 9110, 10.2.3); never undercut
    """
    pace = pace or Pace()
    quiet = max(now - quiet_since, timedelta(0))
    if quiet > QUIET_LIMIT and _is_enough(outcome, quiet, failures, pending_looks):
        return None
    if outcome in ERRORS:
        wait = max(_doubled(RETRY_FIRST * pace.scale, failures, RETRY_LONGEST), pace.least)
    elif outcome in DOUBTS:
        wait = _doubled(SECOND_LOOK * pace.scale, pending_looks, RETRY_LONGEST)
    else:
        wait = min(max(quiet * QUIET_SHARE, pace.least), LONGEST)
    due = now + wait
    return max(due, retry_after) if retry_after else due


def _is_enough(outcome: Outcome, quiet: timedelta, failures: int, pending_looks: int) -> bool:
    """Whether nothing is to be learned from one more look at an article that has long been quiet."""
    repeats = failures if outcome in ERRORS else pending_looks if outcome in DOUBTS else REPEATS
    return repeats >= REPEATS or quiet > HARD_LIMIT


def _doubled(first: timedelta, times: int, longest: timedelta) -> timedelta:
    """`first` after one time, doubled with each further one, at most `longest`."""
    return min(first * (1 << min(max(times - 1, 0), 20)), longest)


def next_poll(
    now: datetime,
    *,
    interval: timedelta,
    found_new: bool,
    failures: int = 0,
    least_interval: timedelta = timedelta(0),
    retry_after: datetime | None = None,
    pace: Pace | None = None,
) -> tuple[datetime, timedelta]:
    """When to poll a feed again, and the interval to remember for the time after.

    interval        the one remembered from the last poll; zero for a feed that is new
    found_new       did this poll bring entries not known before?
    failures        polls in a row, this one included, that failed: it backs off in the open and
                    never stops by itself
    least_interval  what the feed asks for (RSS ttl, Cache-Control); at most `POLL_LONGEST` counts
    """
    pace = pace or Pace()
    if failures:
        wait = _doubled(RETRY_FIRST * pace.scale, failures, POLL_LONGEST_FAILING)
        remembered = interval
    else:
        grown = pace.least if found_new or not interval else interval * POLL_GROWTH
        remembered = wait = min(max(grown, pace.least), max(POLL_LONGEST, pace.least))
    due = now + max(wait, min(least_interval, POLL_LONGEST), pace.least)
    return (max(due, retry_after) if retry_after else due), remembered
