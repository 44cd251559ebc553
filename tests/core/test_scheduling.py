"""When an article or feed is looked at again."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from articles.core import hazard
from articles.core.scheduling import (
    HARD_LIMIT,
    LONGEST,
    POLICIES,
    POLL_FIRST,
    POLL_LONGEST,
    QUIET_LIMIT,
    REPEATS,
    RETRY_LONGEST,
    Life,
    Pace,
    Preset,
    forecast,
    next_check,
    next_poll,
    wait,
)
from articles.core.types import Outcome

NOW = datetime(2026, 5, 4, 12, 0, 7, tzinfo=UTC)
minute, hour, day = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
ages = st.timedeltas(min_value=timedelta(0), max_value=QUIET_LIMIT)
presets = st.sampled_from(Preset)
habits = st.floats(hazard.LEAST_HABIT, hazard.MOST_HABIT)


def after(quiet: timedelta, outcome: Outcome = Outcome.UNCHANGED, **more) -> timedelta | None:
    """The wait for an article that was first seen `quiet` ago and has not changed since."""
    due = next_check(NOW, outcome, Life(NOW - quiet), **more)
    return due - NOW if due else None


def life(age: timedelta, quiet: timedelta | None = None, changes: int = 0, habit: float = 1.0) -> Life:
    changed = None if quiet is None else NOW - quiet
    return Life(NOW - age, changed=changed, changes=changes, habit=habit)


# --- the estimate ----------------------------------------------------------------------------------
def test_the_baseline_falls_with_age_and_adds_up():
    rates = [rate for _, rate in hazard.BASELINE]
    assert rates == sorted(rates, reverse=True)
    assert hazard.expected(0) == 0
    by_hand = 1.0 * hazard.BASELINE[0][1] + 0.5 * hazard.BASELINE[1][1]
    assert hazard.expected(1.5) == pytest.approx(by_hand)
    assert hazard.expected(1e6) == pytest.approx(
        sum((end - begin) * rate for (begin, _), (end, rate) in pairwise([(0.0, 0.0), *hazard.BASELINE]))
    )


def test_changes_before_an_article_was_first_seen_are_not_held_against_it():
    """Found at ten hours old and seen once, it has shown nothing; watched all along, that is something."""
    late, watched = (hazard.rate(hazard.Record(10, seen, 10)) for seen in (0, 10))
    assert late == pytest.approx(hazard.baseline(10))
    assert watched < late / 3


@given(st.floats(0, 3000), st.integers(0, 50), st.integers(0, 50), habits)
def test_more_changes_never_make_a_change_less_likely(age, fewer, more, habit):
    fewer, more = sorted((fewer, more))
    rates = [hazard.rate(hazard.Record(age, age, age, changes, habit)) for changes in (fewer, more)]
    assert rates[0] <= rates[1]


def test_a_source_is_judged_by_what_it_does_once_there_is_enough_of_it():
    assert hazard.habit(0, 0) == 1
    assert hazard.habit(3, 1) < 1.2  # two changes too many are no habit
    assert hazard.habit(400, 100) == pytest.approx(1.96, abs=0.01)
    assert hazard.habit(0, 1000) == hazard.LEAST_HABIT
    assert hazard.habit(100_000, 10) == hazard.MOST_HABIT


# --- its age -----------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("published", "born"),
    [
        (None, NOW),
        (NOW - 3 * hour, NOW - 3 * hour),
        (NOW + 3 * hour, NOW),  # not published yet, by their clock or ours
        (NOW - 400 * day, NOW - 3 * day),  # old when found, but it was found
        (datetime(1970, 1, 1, tzinfo=UTC), NOW - 3 * day),
        (datetime(2026, 5, 4, 0, tzinfo=UTC), NOW),  # a bare date says the day, not the hour
        (datetime(2026, 5, 3, 22, tzinfo=UTC), NOW),  # nor does one of another time zone
        (datetime(2026, 5, 2, 0, tzinfo=UTC), datetime(2026, 5, 3, 0, tzinfo=UTC)),
    ],
)
def test_a_published_time_is_believed_as_far_as_it_can_be(published, born):
    assert Life(first_seen=NOW, published=published).born == born


def test_an_old_article_found_late_is_neither_treated_as_fresh_nor_given_up():
    old = Life(NOW, published=NOW - 700 * day)
    fresh = Life(NOW, published=NOW - minute)
    assert wait(NOW, fresh) <= 30 * minute
    assert day < wait(NOW, old) < 7 * day
    assert next_check(NOW + 100 * day, Outcome.UNCHANGED, old) is not None
    assert next_check(NOW + 121 * day, Outcome.UNCHANGED, old) is None


# --- how long to wait --------------------------------------------------------------------------------
@given(ages, st.integers(0, 20), st.integers(0, 20), presets, habits)
def test_the_more_often_it_changed_the_sooner(age, fewer, more, preset, habit):
    fewer, more = sorted((fewer, more))
    waits = [wait(NOW, life(age, age / 2, changes, habit), preset) for changes in (fewer, more)]
    assert waits[0] >= waits[1]


@given(ages, ages, st.integers(0, 20), presets, habits)
def test_the_older_the_later(one, other, changes, preset, habit):
    younger, older = sorted((one, other))
    waits = [wait(NOW, life(age, age, changes, habit), preset) for age in (younger, older)]
    assert waits[0] <= waits[1]


@given(ages, ages, ages, st.integers(1, 20), presets)
def test_the_longer_it_is_quiet_the_later(age, one, other, changes, preset):
    assume(max(one, other) <= age)
    shorter, longer = sorted((one, other))
    waits = [wait(NOW, life(age, quiet, changes), preset) for quiet in (shorter, longer)]
    assert waits[0] <= waits[1]


@given(ages, st.integers(0, 20), habits)
def test_a_faster_preset_never_waits_longer(age, changes, habit):
    waits = [wait(NOW, life(age, age / 2, changes, habit), preset) for preset in Preset]
    assert waits == sorted(waits, reverse=True) or age < hour  # all three wait minutes then


@given(ages, st.integers(0, 50), presets)
def test_the_guard_bounds_the_wait_while_an_article_is_young(age, changes, preset):
    policy = POLICIES[preset]
    waited = wait(NOW, life(age, age, changes), preset)
    assert Pace().least <= waited <= LONGEST
    if age < policy.guarded:
        assert waited <= max(30 * minute, age * policy.guard) + timedelta(seconds=1)


def test_a_live_page_is_looked_at_every_few_minutes_and_a_quiet_one_is_not():
    assert wait(NOW, life(5 * hour, minute, 19)) == 5 * minute
    assert wait(NOW, life(5 * hour)) > hour


def test_after_long_silence_it_is_not_checked_again():
    assert after(QUIET_LIMIT) is not None
    assert after(QUIET_LIMIT + minute) is None


def test_an_article_nobody_edits_takes_few_requests():
    """NewsSniffer's rule needs 43 over seven months, newsdiffs.org's 102 in a year."""
    now, looks = NOW, 1
    while due := next_check(now, Outcome.NOT_MODIFIED, Life(NOW)):
        now, looks = due, looks + 1
    assert 15 <= looks <= 30
    assert now - NOW <= QUIET_LIMIT + LONGEST


@given(presets, habits)
def test_a_forecast_lies_where_the_lives_of_articles_do(preset, habit):
    """Between one that is never edited and one that always is."""
    now, least = NOW, 1
    while due := next_check(now, Outcome.UNCHANGED, Life(NOW, habit=habit), preset=preset):
        now, least = due, least + 1
    assert least < forecast(preset, habit) < 3 * least


def test_a_forecast_rises_with_the_preset_and_with_what_the_source_edits():
    assert sorted(map(forecast, Preset)) == [forecast(preset) for preset in Preset]
    assert forecast(Preset.BALANCED, 0.9) < forecast(Preset.BALANCED) < forecast(Preset.BALANCED, 2.0)


# --- what a cache says -------------------------------------------------------------------------------
def test_a_page_said_to_stay_the_same_is_left_alone_for_a_while():
    live = life(5 * hour, minute, 19)
    for said, waited in ((2 * minute, 5 * minute), (8 * minute, 8 * minute), (day, 10 * minute)):
        assert next_check(NOW, Outcome.UNCHANGED, live, cached_for=said) == NOW + waited
    quiet = after(20 * hour)
    assert after(20 * hour, cached_for=7 * day) == quiet * 1.25


# --- errors, doubts, and the end ---------------------------------------------------------------------
@pytest.mark.parametrize("outcome", [Outcome.FAILED, Outcome.BLOCKED])
def test_errors_back_off_but_go_on(outcome):
    waits = [after(hour, outcome, failures=n) for n in (1, 2, 3, 4, 5, 50)]
    assert waits == [5 * minute, 5 * minute, 5 * minute, 10 * minute, 20 * minute, RETRY_LONGEST]


@pytest.mark.parametrize("outcome", [Outcome.SUSPECT, Outcome.GONE])
def test_a_doubtful_page_is_looked_at_again_soon(outcome):
    assert [after(10 * day, outcome, pending_looks=n) for n in (1, 2, 3)] == [
        2 * minute,
        4 * minute,
        8 * minute,
    ]


def test_what_a_site_asks_for_is_never_undercut():
    asked = NOW + 2 * hour
    assert next_check(NOW, Outcome.FAILED, Life(NOW), failures=1, retry_after=asked) == asked


@given(st.sampled_from(Outcome), ages, ages, st.integers(0, 20), st.integers(0, 20), ages)
def test_nor_is_it_whatever_else_is_known(outcome, age, asked, failures, looks, cached):
    due = next_check(
        NOW,
        outcome,
        life(age),
        failures=failures,
        pending_looks=looks,
        retry_after=NOW + asked,
        cached_for=cached,
    )
    assert due is None or due >= NOW + asked


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


# --- the pace ----------------------------------------------------------------------------------------
def test_a_faster_pace_shortens_retries_too():
    fast = Pace(timedelta(seconds=1))
    assert timedelta(seconds=9) <= after(minute, pace=fast) < timedelta(seconds=10)
    assert after(minute, Outcome.FAILED, failures=1, pace=fast) == timedelta(seconds=1)
    assert after(minute, Outcome.SUSPECT, pending_looks=1, pace=fast) < timedelta(seconds=1)


@given(ages, ages, st.integers(0, 50), st.floats(1, 86_400), presets)
def test_the_least_interval_is_kept_at_every_pace(age, quiet, changes, least, preset):
    pace = Pace(timedelta(seconds=least))
    assume(quiet <= age)
    assert wait(NOW, life(age, quiet, changes), preset, pace) >= pace.least


@given(ages, ages, st.integers(0, 50))
def test_a_little_faster_pace_makes_a_little_difference(age, quiet, changes):
    assume(quiet <= age)
    known = life(age, quiet, changes)
    slow, a_little_faster = (wait(NOW, known, pace=Pace(timedelta(seconds=s))) for s in (300, 299))
    assert slow == max(a_little_faster, 5 * minute) or quiet < minute


# --- feeds -------------------------------------------------------------------------------------------
def poll(**more) -> timedelta:
    given_so = {"interval": 10 * minute, "new": 0, "since": 10 * minute} | more
    due, _ = next_poll(NOW, **given_so)
    return due - NOW


def polled_for(hours: float, per_hour: float) -> timedelta:
    """The interval of a feed that has had so many new entries an hour, evenly, for so long."""
    now, interval, since, seen = NOW, timedelta(0), None, 0
    while now < NOW + hours * hour:
        had = int((now - NOW) / hour * per_hour)
        due, interval = next_poll(now, interval=interval, new=had - seen, since=since)
        now, since, seen = due, due - now, had
    return interval


def test_the_first_poll_says_nothing_of_a_feed_s_rate():
    assert poll(interval=timedelta(0), since=None, new=50) == POLL_FIRST


@pytest.mark.parametrize(
    ("per_hour", "least", "most"),
    [(0.0, 60, 60), (0.2, 55, 60), (1.0, 24, 40), (2.0, 12, 19), (6.0, 5, 6), (60.0, 5, 5)],
)
def test_a_feed_is_polled_by_its_own_rate_of_new_entries(per_hour, least, most):
    assert least * minute <= polled_for(48, per_hour) <= most * minute


def test_a_batch_counts_as_a_few_entries():
    assert poll(new=500) == poll(new=4) < poll(new=1) < poll(new=0)


def test_a_poll_after_a_long_rest_counts_all_of_it():
    assert poll(since=24 * hour) == POLL_LONGEST


@given(
    interval=st.timedeltas(min_value=timedelta(0), max_value=day),
    new=st.integers(0, 1000),
    since=st.none() | st.timedeltas(min_value=timedelta(0), max_value=400 * day),
    seconds=st.floats(1, 3600),
)
def test_polls_stay_within_their_bounds(interval, new, since, seconds):
    pace = Pace(timedelta(seconds=seconds))
    due, remembered = next_poll(NOW, interval=interval, new=new, since=since, pace=pace)
    assert pace.least <= remembered <= max(POLL_LONGEST * pace.scale, pace.least)
    assert due == NOW + remembered


def test_a_failing_feed_backs_off_to_a_day_and_remembers_its_pace():
    waits = [next_poll(NOW, interval=hour, new=0, failures=n)[0] - NOW for n in (1, 3, 4, 5)]
    assert waits == [5 * minute, 5 * minute, 10 * minute, 20 * minute]
    due, remembered = next_poll(NOW, interval=10 * minute, new=0, failures=30)
    assert (due - NOW, remembered) == (day, 10 * minute)


def test_what_the_feed_asks_for_counts_up_to_an_hour():
    assert poll(least_interval=40 * minute) == 40 * minute
    assert poll(least_interval=7 * day) == POLL_LONGEST
    assert poll(retry_after=NOW + 5 * hour) == 5 * hour
    assert poll(not_before=NOW + 9 * hour, retry_after=NOW + 5 * hour) == 9 * hour
    assert poll(not_before=NOW - hour) == poll()
