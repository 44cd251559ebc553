"""How a source is judged: each finding by what must be known for it, and the worst first."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from articles.core.health import (
    _REMEDIES,
    Condition,
    Ended,
    Facts,
    Items,
    Looks,
    Place,
    PolledFeed,
    condition,
    ended,
    findings,
    items,
    of_look,
    of_poll,
)
from articles.core.reasons import Reason
from articles.core.types import Outcome

NOON = datetime(2026, 5, 6, 12, 0, tzinfo=UTC)  # a Wednesday
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
WELL = PolledFeed(1, "News", True, False, False, 200, "", NOON - HOUR)
BROKEN = replace(WELL, pk=2, name="Sport", is_broken=True, status=404, error="404 Not Found")
FINE = Facts(since=NOON - 90 * DAY, feeds=(WELL,), was_looked_at=True)


def judged(facts: Facts) -> tuple[Condition, list[str]]:
    found = findings(facts, NOON)
    return condition(facts, found), [finding.words for finding in found]


# --- conditions --------------------------------------------------------------------------------------
def test_a_source_that_is_read_is_fine_and_a_new_one_waits():
    assert judged(FINE) == (Condition.FINE, [])
    unread = replace(WELL, last_ok_at=None)
    new = Facts(since=NOON - HOUR, feeds=(unread,))
    assert judged(new) == (Condition.WAITING, [])


def test_one_of_two_feeds_is_failing_in_part_and_both_are_down():
    assert judged(replace(FINE, feeds=(WELL, BROKEN))) == (
        Condition.FAILING,
        ["Sport cannot be read: 404 Not Found"],
    )
    alone, _ = judged(replace(FINE, feeds=(BROKEN,)))
    assert alone is Condition.DOWN
    both = findings(replace(FINE, feeds=(BROKEN, replace(BROKEN, pk=3))), NOON)
    assert [(finding.condition, finding.feed) for finding in both] == [
        (Condition.DOWN, 2),
        (Condition.DOWN, 3),
    ]


def test_a_paused_feed_neither_saves_a_source_nor_fails_it():
    idle = replace(BROKEN, is_tried=False)
    assert judged(replace(FINE, feeds=(WELL, idle)))[0] is Condition.FINE
    assert judged(replace(FINE, feeds=(idle,)))[1] == ["every feed of it is paused or ended by the site"]
    assert judged(replace(FINE, feeds=()))[1] == ["it has no feed"]


def test_a_paused_source_is_paused_whatever_else():
    assert judged(replace(FINE, feeds=(BROKEN,), is_paused=True)) == (Condition.PAUSED, [])


def test_stale_is_a_day_without_a_good_poll_or_weeks_without_news():
    silent = replace(WELL, last_ok_at=NOON - 27 * HOUR)
    assert judged(replace(FINE, feeds=(silent,)))[0] is Condition.STALE
    assert judged(replace(FINE, feeds=(silent, WELL)))[0] is Condition.FINE
    assert judged(replace(FINE, feeds=(replace(WELL, last_ok_at=NOON - 25 * HOUR),)))[0] is Condition.FINE
    dead = replace(WELL, is_dead=True)
    assert judged(replace(FINE, feeds=(dead,)))[0] is Condition.STALE
    assert judged(replace(FINE, feeds=(dead, WELL)))[0] is Condition.FINE


@pytest.mark.parametrize(
    ("looks", "expected"),
    [
        (Looks(read=7), Condition.FINE),
        (Looks(failed=7), Condition.FINE),  # too few to say
        (Looks(blocked=8), Condition.DOWN),
        (Looks(read=1, blocked=19), Condition.DOWN),
        (Looks(read=2, blocked=18), Condition.FAILING),
        (Looks(read=8, blocked=1, failed=1), Condition.FAILING),
        (Looks(read=9, failed=1), Condition.FINE),
        (Looks(read=8, empty=2), Condition.DOUBTFUL),
        (Looks(read=8, suspect=2), Condition.DOUBTFUL),
        (Looks(read=10, gone=90), Condition.FINE),  # articles come and go
    ],
)
def test_looks_tell_by_their_shares(looks, expected):
    assert judged(replace(FINE, looks=looks))[0] is expected


def test_thin_is_much_less_than_usual_yesterday_and_today():
    assert judged(replace(FINE, items=Items(last_day=2, usual=10)))[0] is Condition.THIN
    assert judged(replace(FINE, items=Items(last_day=3, usual=10)))[0] is Condition.FINE
    assert judged(replace(FINE, items=Items(last_day=0, today=4, usual=10)))[0] is Condition.FINE
    assert judged(replace(FINE, items=Items(last_day=0, usual=3)))[0] is Condition.FINE
    assert judged(replace(FINE, items=Items(last_day=0, usual=None)))[0] is Condition.FINE


def test_late_says_whether_the_host_is_why():
    assert judged(replace(FINE, late=timedelta(minutes=29)))[0] is Condition.FINE
    assert judged(replace(FINE, late=timedelta(minutes=45))) == (
        Condition.SLOW,
        ["looks are late by 45 minutes"],
    )
    refused = replace(FINE, late=3 * HOUR, refusal="503 Service Unavailable")
    (finding,) = findings(refused, NOON)
    assert finding.words.endswith("by 3 hours, for its host is left alone: 503 Service Unavailable")
    assert "asks to be left alone" not in finding.remedy.words  # no status is known of it


def test_the_worst_comes_first():
    facts = replace(FINE, feeds=(WELL, BROKEN), late=2 * HOUR, looks=Looks(read=8, empty=2))
    assert [finding.condition for finding in findings(facts, NOON)] == [
        Condition.FAILING,
        Condition.DOUBTFUL,
        Condition.SLOW,
    ]
    assert [c for c in Condition if c.is_trouble][-1] is Condition.SLOW


# --- how many articles are usual -----------------------------------------------------------------------
TODAY = date(2026, 5, 6)
LONG_AGO = date(2026, 1, 1)


def test_usual_is_the_median_of_the_same_weekday():
    tuesdays = {TODAY - timedelta(days=1 + 7 * week): count for week, count in enumerate((3, 40, 50, 60, 41))}
    others = {TODAY - timedelta(days=back): 5 for back in range(1, 30) if back % 7 != 1}
    found = items(tuesdays | others | {TODAY: 7}, TODAY, LONG_AGO)
    assert (found.last_day, found.today, found.usual) == (3, 7, 45.5)  # the middle of 40, 41, 50, 60
    assert found.week == (3 + 6 * 5) / 7


def test_a_young_source_goes_by_all_its_days_and_not_by_its_first():
    added = TODAY - timedelta(days=6)
    counts = {added: 200, added + DAY: 10, added + 2 * DAY: 12, added + 3 * DAY: 11, added + 4 * DAY: 13}
    found = items(counts, TODAY, added)
    assert (found.last_day, found.usual) == (0, 11.5)  # of 10, 12, 11 and 13
    assert found.week == 46 / 5


def test_of_a_source_of_three_days_nothing_is_usual_yet():
    assert items({}, TODAY, TODAY - timedelta(days=3)).usual is None
    assert items({}, TODAY, TODAY) == Items()


def test_a_day_without_a_count_is_one_without_articles():
    assert items({TODAY - 8 * DAY: 9}, TODAY, LONG_AGO).usual == 0


# --- how looks ended, and remedies ---------------------------------------------------------------------
@pytest.mark.parametrize(
    ("outcome", "reason", "status", "expected"),
    [
        (Outcome.NEW_VERSION, "", 200, Ended.READ),
        (Outcome.NOT_MODIFIED, "", 304, Ended.READ),
        (Outcome.MOVED, "moved", 200, Ended.READ),
        (Outcome.SUSPECT, "subscribe to read", 200, Ended.SUSPECT),
        (Outcome.GONE, "404", 404, Ended.GONE),
        (Outcome.BLOCKED, "403 Forbidden", 403, Ended.BLOCKED),
        (Outcome.FAILED, "500", 500, Ended.FAILED),
        (Outcome.FAILED, "connection refused", None, Ended.FAILED),
        (Outcome.FAILED, "no article was found", 200, Ended.EMPTY),
        (Outcome.FAILED, "not a web page but image/png", 200, Ended.EMPTY),
    ],
)
def test_how_a_look_ended(outcome, reason, status, expected):
    assert ended(outcome, reason, status) is expected


@pytest.mark.parametrize(
    ("reason", "status", "said", "place"),
    [
        ("404 Not Found", 404, "its new address", Place.SOURCE),
        ("410 Gone", 410, "ended this feed for good", Place.SOURCE),
        ("403 Forbidden", 403, "Ask its webmaster", Place.NONE),
        ("robots.txt forbids this address", None, "robots.txt", Place.SOURCE),
        ("certificate not valid: expired", None, "certificate", Place.NONE),
        ("there is no host named x.example", None, "typing errors", Place.SOURCE),
        ("no answer within 20 s", None, "slow or down", Place.NONE),
        ("It is a web page, not a feed.", 200, "look on the site for its feed", Place.SOURCE),
        ("The feed is larger than 5 MB.", 200, "smaller feed", Place.SOURCE),
        ("503 Service Unavailable", 503, "left alone", Place.SOURCE),
        ("", None, "tried again", Place.NONE),
    ],
)
def test_what_to_do_about_a_feed(reason, status, said, place):
    remedy = of_poll(reason, status)
    assert said in remedy.words
    assert remedy.place is place


def test_every_class_of_reason_has_a_remedy_for_looks_too():
    assert of_look("no article was found", 200).place is Place.RULES
    assert "Ask its webmaster" in of_look("403 Forbidden", 403).words
    samples = ["connection refused", "redirects without end", "refused: 10.0.0.1", "newsdiff failed: x", "?"]
    assert all(of_look(sample, None).words for sample in samples)
    assert {*Reason} == {*_REMEDIES, Reason.NOT_A_PAGE, Reason.UNREADABLE}
