"""When an article or feed is looked at again."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from articles.core.scheduling import (
    HARD_LIMIT,
    LONGEST,
    POLL_LONGEST,
    QUIET_LIMIT,
    REPEATS,
    RETRY_LONGEST,
    Pace,
    next_check,
    next_poll,
)
from articles.core.types import Outcome

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
minute, hour, day = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def after(quiet: timedelta, outcome: Outcome = Outcome.UNCHANGED, **more) -> timedelta | None:
    due = next_check(NOW, outcome, quiet_since=NOW - quiet, **more)
    return due - NOW if due else None


def test_a_quiet_article_is_looked_at_less_and_less():
    waits = [after(quiet) for quiet in (minute, hour, 6 * hour, day, 10 * day, 100 * day)]
    assert waits == sorted(waits)
    assert waits[0] == 5 * minute
    assert after(day) == timedelta(hours=3, minutes=36)  # 15 % of a day


def test_a_change_brings_it_back_to_the_front():
    assert after(timedelta(0), Outcome.NEW_VERSION) == 5 * minute


def test_after_long_silence_it_is_not_checked_again():
    assert after(QUIET_LIMIT) is not None
    assert after(QUIET_LIMIT + minute) is None


def test_the_whole_life_of_an_article_nobody_edits_takes_few_requests():
    """NewsSniffer's rule needs 43 over seven months; ours stops after four."""
    now, looks = NOW, 0
    while due := next_check(now, Outcome.NOT_MODIFIED, quiet_since=NOW):
        now, looks = due, looks + 1
    assert 30 <= looks <= 80
    assert now - NOW <= QUIET_LIMIT + LONGEST


@pytest.mark.parametrize("outcome", [Outcome.FAILED, Outcome.BLOCKED])
def test_errors_back_off_but_go_on(outcome):
    waits = [after(hour, outcome, failures=n) for n in (1, 2, 3, 50)]
    assert waits == [5 * minute, 10 * minute, 20 * minute, RETRY_LONGEST]


@pytest.mark.parametrize("outcome", [Outcome.SUSPECT, Outcome.GONE])
def test_a_doubtful_page_is_looked_at_again_soon(outcome):
    assert [after(10 * day, outcome, pending_looks=n) for n in (1, 2, 3)] == [
        2 * minute,
        4 * minute,
        8 * minute,
    ]


def test_what_a_site_asks_for_is_never_undercut():
    asked = NOW + 2 * hour
    assert next_check(NOW, Outcome.FAILED, quiet_since=NOW, failures=1, retry_after=asked) == asked


ACCEPTED = [
    *(Outcome.NEW_VERSION, Outcome.UNCHANGED, Outcome.NOT_MODIFIED),
    *(Outcome.COSMETIC, Outcome.MOVED),
]


@pytest.mark.parametrize("outcome", ACCEPTED)
def test_a_look_that_showed_a_long_quiet_article_is_the_last(outcome):
    assert after(QUIET_LIMIT + minute, outcome, failures=0, pending_looks=0) is None


@pytest.mark.parametrize("outcome", [Outcome.SUSPECT, Outcome.GONE])
def test_a_doubtful_look_at_a_long_quiet_article_is_repeated_a_dozen_times(outcome):
    assert after(QUIET_LIMIT + minute, outcome, pending_looks=1) == 2 * minute
    assert after(QUIET_LIMIT + day, outcome, pending_looks=REPEATS - 1) == day
    assert after(QUIET_LIMIT + day, outcome, pending_looks=REPEATS) is None


@pytest.mark.parametrize("outcome", [Outcome.FAILED, Outcome.BLOCKED])
def test_errors_on_a_long_quiet_article_are_repeated_a_dozen_times(outcome):
    # The looks at a suspect page that went before say nothing of the errors now.
    assert after(QUIET_LIMIT + minute, outcome, failures=1, pending_looks=99) == 5 * minute
    assert after(QUIET_LIMIT + minute, outcome, failures=REPEATS) is None


@given(st.sampled_from(Outcome), st.integers(0, 99), st.integers(0, 99))
def test_nothing_goes_on_for_ever(outcome, failures, looks):
    """Not even where errors and doubts take turns, so that neither is ever repeated enough."""
    assert after(HARD_LIMIT + minute, outcome, failures=failures, pending_looks=looks) is None


@given(
    outcome=st.sampled_from(Outcome),
    quiet=st.timedeltas(min_value=-day, max_value=1000 * day),
    failures=st.integers(0, 10_000),
    looks=st.integers(0, 10_000),
)
def test_the_next_look_is_always_ahead_and_never_absurdly_far(outcome, quiet, failures, looks):
    wait = after(quiet, outcome, failures=failures, pending_looks=looks)
    assert wait is None or timedelta(0) < wait <= LONGEST


def test_a_faster_pace_shortens_retries_too():
    fast = Pace(timedelta(seconds=1))
    assert after(minute, pace=fast) == timedelta(seconds=9)
    assert after(minute, Outcome.FAILED, failures=1, pace=fast) == timedelta(seconds=1)
    assert after(minute, Outcome.SUSPECT, pending_looks=1, pace=fast) < timedelta(seconds=1)


def poll(**more) -> timedelta:
    due, _ = next_poll(NOW, **({"interval": 10 * minute, "found_new": False} | more))
    return due - NOW


def test_a_feed_that_brings_nothing_is_polled_less_up_to_an_hour():
    assert poll(interval=timedelta(0)) == 5 * minute
    assert poll(interval=10 * minute) == 15 * minute
    assert poll(interval=50 * minute) == POLL_LONGEST


def test_a_feed_that_brings_something_is_polled_often():
    assert poll(interval=50 * minute, found_new=True) == 5 * minute


def test_a_failing_feed_backs_off_to_a_day_and_remembers_its_pace():
    due, remembered = next_poll(NOW, interval=10 * minute, found_new=False, failures=30)
    assert (due - NOW, remembered) == (day, 10 * minute)


def test_what_the_feed_asks_for_counts_up_to_an_hour():
    assert poll(least_interval=40 * minute) == 40 * minute
    assert poll(least_interval=7 * day) == POLL_LONGEST
    assert poll(retry_after=NOW + 5 * hour) == 5 * hour
