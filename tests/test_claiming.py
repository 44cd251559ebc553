"""Who does what next: the laws of articles/claiming.py, with one worker and with many at once."""

import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import OperationalError, connection, connections, transaction
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from articles import claiming
from articles.claiming import LEASE, Job, Work, claim, clock, keeping, tidying, turns
from articles.claiming.leases import leased
from articles.claiming.queue import FEED_HEAD_START
from articles.models import Article, Feed, Heartbeat, Host, Leased, Source
from tests.processes import until

NOW = datetime(2026, 5, 4, 8, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)
ASK = clock._ask
ASK_THE_DATABASE = clock._offset  # which other tests do not, for they set the clock themselves


@pytest.fixture(autouse=True)
def delay_of_two_seconds(settings) -> None:
    settings.NEWSDIFF_HOST_DELAY = 2.0


def make_host(name: str = "a.example", **values: object) -> Host:
    """A host whose robots.txt has been read and whose turn it is."""
    known = {"robots_status": 200, "robots_expires_at": NOW + 365 * DAY} | values
    return Host.objects.create(authority=name, **known)


def make_article(
    host: Host, due: datetime | None = NOW, source: Source | None = None, **values: object
) -> Article:
    source = source or Source.objects.get_or_create(slug="a", defaults={"name": "A"})[0]
    number = Article.objects.count()
    url = f"http://{host.authority}/{number}"
    article = Article.objects.create(
        source=source, host=host, url=url, first_seen_at=NOW, next_check_at=due, **values
    )
    Host.ring([host.pk], due)
    return article


def make_feed(host: Host, due: datetime | None = NOW, **values: object) -> Feed:
    source, _ = Source.objects.get_or_create(slug="a", defaults={"name": "A"})
    feed = Feed.objects.create(
        source=source, url=f"http://{host.authority}/feed/{Feed.objects.count()}", **values
    )
    Feed.objects.filter(pk=feed.pk).update(next_check_at=due)  # saving a new one makes it due at once
    feed.refresh_from_db()
    Host.ring([host.pk], due)
    return feed


def row_of(work: Work) -> Leased:
    return claiming.MODELS[work.job].objects.get(pk=work.id)


def names(claimed: list[Work]) -> list[str]:
    """The hosts that claimed work belongs to."""
    rows = [row_of(work) for work in claimed]
    return [row.authority if isinstance(row, Host) else row.host.authority for row in rows]


def end(work: Work, now: datetime, **values: object) -> bool:
    """Ends a piece of work as ingestion does: the host has answered, then the row is done with."""
    row = row_of(work)
    row.lease_token = work.token
    if isinstance(row, Host):  # in one step, for an open host without rules is asked for them at once
        with transaction.atomic():
            ended = claiming.finish(row, **({"robots_expires_at": now + DAY} | values))
            claiming.host_answered(row, now)
        return ended
    claiming.host_answered(row, now)
    return claiming.finish(row, **({"next_check_at": None} | values))


# --- who is served, and in what order ---------------------------------------------------------------
@pytest.mark.django_db
def test_a_host_gets_one_piece_of_work_however_much_is_due():
    host = make_host()
    for _ in range(3):
        make_article(host)
        make_feed(host)
    assert len(claim(NOW, 10)) == 1
    assert claim(NOW, 10) == []


@pytest.mark.django_db
def test_hosts_are_served_longest_waiting_first_and_as_many_as_asked_for():
    for name, waited in (("b.example", 1), ("c.example", 3), ("a.example", 2)):
        make_article(make_host(name), NOW - waited * SECOND)
    make_article(make_host("d.example", next_at=NOW), NOW - DAY)  # due for long, but its turn has just come
    assert names(claim(NOW, 2)) == ["c.example", "a.example"]
    assert names(claim(NOW, 2)) == ["b.example", "d.example"]


@pytest.mark.django_db
def test_robots_come_before_feeds_and_feeds_before_articles_the_most_overdue_first():
    host = make_host(robots_status=None, robots_expires_at=None)
    late, later = make_article(host, NOW - SECOND), make_article(host, NOW - 2 * SECOND)
    feed = make_feed(host, NOW)
    expected = [
        (Job.ROBOTS, host.pk),
        (Job.FEED, feed.pk),
        (Job.ARTICLE, later.pk),
        (Job.ARTICLE, late.pk),
    ]
    now, served = NOW, []
    for _ in expected:
        (work,) = claim(now, 10)
        served.append((work.job, work.id))
        assert end(work, now)
        now += 2 * SECOND
    assert served == expected
    assert claim(now, 10) == []


@pytest.mark.django_db
def test_robots_are_read_again_when_they_expire_but_only_if_there_is_work():
    host = make_host(robots_expires_at=NOW)
    assert claim(NOW, 10) == []
    make_article(host)
    assert [work.job for work in claim(NOW, 10)] == [Job.ROBOTS]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "kept_back",
    ["not due", "never again", "hidden", "source paused", "feed paused", "host not yet open"],
)
def test_nothing_is_claimed_that_is_kept_back(kept_back):
    host = make_host(next_at=NOW + SECOND if kept_back == "host not yet open" else NOW)
    due = {"not due": NOW + SECOND, "never again": None}.get(kept_back, NOW)
    article = make_article(host, due)
    feed = make_feed(host, due, is_paused=kept_back == "feed paused")
    if kept_back == "hidden":
        Feed.objects.all().delete()
        Article.objects.update(hidden_at=NOW)
    if kept_back == "feed paused":
        Article.objects.all().delete()
    Source.objects.update(is_paused=kept_back == "source paused")
    assert claim(NOW, 10) == []
    assert not claiming.waiting(NOW)
    assert claiming.recall(NOW) == 0
    Source.objects.update(is_paused=False)  # and nothing else is amiss with these rows
    Article.objects.filter(pk=article.pk).update(hidden_at=None, next_check_at=NOW)
    Feed.objects.filter(pk=feed.pk).update(is_paused=False, next_check_at=NOW)
    claiming.recall(NOW)
    assert len(claim(NOW + SECOND, 10)) == 1


# --- one request at a time, a delay apart -----------------------------------------------------------
@pytest.mark.django_db
def test_a_host_is_busy_until_it_has_answered_and_its_delay_is_over():
    host = make_host()
    make_article(host)
    make_article(host)
    (work,) = claim(NOW, 10)
    answered = NOW + 7 * SECOND
    assert claim(answered, 10) == []
    end(work, answered)
    assert claim(answered + 1.99 * SECOND, 10) == []
    assert len(claim(answered + 2 * SECOND, 10)) == 1


@pytest.mark.parametrize(("asked", "delay"), [(None, 2.0), (0.5, 2.0), (10.0, 10.0)])
def test_a_crawl_delay_can_only_lengthen_the_operators_delay(asked, delay):
    assert claiming.delay_of(Host(crawl_delay=asked)) == delay


@pytest.mark.django_db
def test_a_turn_that_was_reserved_is_the_hosts_only_one_until_it_is_given_back():
    host = make_host(next_at=NOW - DAY)
    make_article(host)
    turn = claiming.reserve(host, NOW, 3 * SECOND, 20 * SECOND)
    assert turn
    assert turn.at == NOW
    assert claim(NOW + 19 * SECOND, 10) == []  # a slow answer is waited for, however short the delay
    assert claiming.reserve(host, NOW + 19 * SECOND, 3 * SECOND, 20 * SECOND) is None
    claiming.give_back(turn, NOW + 19 * SECOND)
    assert claim(NOW + 20 * SECOND, 10) == []  # the delay
    assert len(claim(NOW + 21 * SECOND, 10)) == 1


@pytest.mark.django_db
def test_a_turn_is_reserved_in_line_or_not_at_all_and_ends_with_a_process_that_died():
    host = make_host(next_at=NOW + 3 * SECOND)
    make_article(host)
    assert claiming.reserve(host, NOW, 2 * SECOND, 20 * SECOND) is None
    turn = claiming.reserve(host, NOW, 3 * SECOND, 20 * SECOND)
    assert turn
    assert turn.at == NOW + 3 * SECOND
    assert len(claim(NOW + 23 * SECOND, 10)) == 1
    claiming.give_back(turn, NOW + 24 * SECOND)  # it was not dead after all: the turn is another's now
    host.refresh_from_db()
    assert host.next_at == NOW + 23 * SECOND + LEASE


@pytest.mark.django_db
def test_a_turn_given_back_leaves_the_host_alone_for_as_long_as_was_said():
    host = make_host(next_at=NOW, failures=3)
    claiming.give_back_answered(claiming.reserve(host, NOW, SECOND, 20 * SECOND), NOW, 9 * SECOND)
    host.refresh_from_db()
    assert (host.next_at, host.failures, host.turn_token) == (NOW + 9 * SECOND, 0, "")
    turn = claiming.reserve(host, host.next_at, SECOND, 20 * SECOND)
    claiming.give_back_answered(turn, host.next_at, SECOND)
    host.refresh_from_db()
    assert host.next_at == NOW + 11 * SECOND  # its delay is longer


@pytest.mark.django_db
def test_a_turn_given_back_by_who_was_refused_doubles_the_pause_or_keeps_to_what_was_asked():
    host = make_host(next_at=NOW)
    at, pauses = NOW, []
    for asked in (None, None, 90 * SECOND):
        turn = claiming.reserve(host, at, SECOND, 20 * SECOND)
        again = claiming.give_back_refused(turn, at, "busy", asked and at + asked)
        host.refresh_from_db()
        assert (host.next_at, host.turn_token, host.last_error) == (again, "", "busy")
        pauses.append(again - at)
        at = again
    assert pauses == [30 * SECOND, 60 * SECOND, 90 * SECOND]
    late = claiming.reserve(host, at, SECOND, 20 * SECOND)
    other = claiming.reserve(host, at + 20 * SECOND, SECOND, 20 * SECOND)
    claiming.give_back_refused(late, at + 21 * SECOND, "busy")  # the turn is another's by now
    host.refresh_from_db()
    assert (host.turn_token, host.failures) == (other.token, 3)


@pytest.mark.django_db
def test_no_turn_is_reserved_at_a_host_that_is_being_asked():
    host = make_host()
    make_article(host)
    claim(NOW, 10)
    assert claiming.reserve(host, NOW, 10 * SECOND, 20 * SECOND) is None


@pytest.mark.django_db
@pytest.mark.parametrize("job", Job)
def test_work_that_begins_late_has_its_host_to_itself_all_the_same(job):
    host = make_host(robots_expires_at=NOW if job is Job.ROBOTS else NOW + DAY)
    (make_feed if job is Job.FEED else make_article)(host)
    make_article(host, NOW + SECOND)  # the host has more to be asked for
    (work,) = claim(NOW, 1)
    late = NOW + LEASE - SECOND  # it waited in the broker
    assert claiming.begin(work.job, work.id, work.token, late)
    assert claiming.take_back(late + 2 * SECOND) == 0
    assert claim(late + LEASE - SECOND, 10) == []
    assert len(claim(late + LEASE, 10)) == 1  # its worker was killed


@pytest.mark.django_db
def test_what_nobody_may_do_is_not_rung_for_again_and_again():
    host = make_host(robots_expires_at=NOW)
    article = make_article(host)
    claim(NOW, 1)  # robots.txt, by a worker that dies
    held = make_article(make_host("b.example"), None)
    claiming.hold(held.pk, NOW)
    Source.objects.filter(pk=article.source_id).update(is_paused=True)
    late = NOW + LEASE
    assert claiming.take_back(late) == 1  # the reading of robots.txt is over
    assert claim(late, 10) == []
    assert claiming.take_back(late + SECOND) == 0
    assert not Host.objects.exclude(due_at=None).exists()


@pytest.mark.django_db
def test_work_whose_turn_is_over_cannot_cut_short_a_pause():
    host = make_host()
    make_article(host)
    (work,) = claim(NOW, 10)
    late = row_of(work)
    claiming.host_refused(late, NOW, "429", NOW + DAY)
    claiming.host_answered(late, NOW + SECOND)
    host.refresh_from_db()
    assert (host.next_at, host.failures) == (NOW + DAY, 1)


@pytest.mark.django_db
def test_work_is_begun_by_whom_it_was_claimed_for_and_before_its_lease_ends():
    make_article(make_host())
    (work,) = claim(NOW, 10)
    late = NOW + LEASE - SECOND  # the message lay about for long
    row = claiming.begin(work.job, work.id, work.token, late)
    assert (row.pk, row.host.authority, row.source.slug) == (work.id, "a.example", "a")
    assert claiming.begin(work.job, work.id, "another", late) is None
    assert claiming.begin(work.job, work.id, "", late) is None
    assert claiming.begin(work.job, work.id, work.token, late + LEASE) is None


@pytest.mark.django_db
def test_feeds_do_not_keep_articles_waiting_for_ever():
    host = make_host()
    make_feed(host, NOW - SECOND)
    article = make_article(host, NOW - 2 * SECOND - FEED_HEAD_START)
    (work,) = claim(NOW, 10)
    assert (work.job, work.id) == (Job.ARTICLE, article.pk)


# --- hosts that turn us away ------------------------------------------------------------------------
@pytest.mark.django_db
def test_pauses_double_from_half_a_minute_to_an_hour_and_end_with_an_answer():
    host = make_host()
    pauses = []
    for _ in range(9):
        pauses.append(claiming.host_refused(host, NOW, "503 Service Unavailable") - NOW)
        host.refresh_from_db()
    assert [pause.total_seconds() for pause in pauses] == [30, 60, 120, 240, 480, 960, 1920, 3600, 3600]
    assert (host.failures, host.last_error, host.last_error_at) == (9, "503 Service Unavailable", NOW)
    host.lease_token = "t"  # as if claimed again when the pause was over
    Host.objects.update(turn_token="t")
    claiming.host_answered(host, NOW)
    host.refresh_from_db()
    assert (host.failures, host.next_at) == (0, NOW + 2 * SECOND)
    assert claiming.host_refused(host, NOW, "503") - NOW == 30 * SECOND


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("until", "pause"), [(5 * SECOND, 5), (DAY, 86_400), (-DAY, 2), (SECOND, 2)], ids=str
)
def test_what_the_host_asks_for_itself_is_obeyed_but_never_below_its_delay(until, pause):
    host = make_host(failures=5)
    make_article(host)
    assert claiming.host_refused(host, NOW, "429", NOW + until) == NOW + pause * SECOND
    assert claim(NOW + (pause - 0.01) * SECOND, 10) == []
    assert len(claim(NOW + pause * SECOND, 10)) == 1


@pytest.mark.django_db
@given(failures=st.integers(0, 10**6))
def test_no_number_of_refusals_is_too_many(failures):
    host, _ = Host.objects.get_or_create(authority="h.example")
    host.failures = failures
    assert 30 * SECOND <= claiming.host_refused(host, NOW, "503") - NOW <= timedelta(hours=1)


# --- leases and the fence ---------------------------------------------------------------------------
@pytest.mark.django_db
def test_work_whose_worker_died_is_claimed_anew_when_its_lease_ends():
    make_article(make_host())
    (dead,) = claim(NOW, 10)
    assert claiming.take_back(NOW + LEASE - SECOND) == 0
    assert claim(NOW + LEASE - SECOND, 10) == []
    assert claiming.take_back(NOW + LEASE) == 1
    (taken_over,) = claim(NOW + LEASE, 10)
    assert (taken_over.job, taken_over.id) == (dead.job, dead.id)
    assert taken_over.token != dead.token
    assert not end(dead, NOW + LEASE, title="written by the dead")
    assert Article.objects.get().title == ""
    assert end(taken_over, NOW + LEASE, title="written by the living")
    row = Article.objects.get()
    assert (row.title, row.lease_token, row.lease_until) == ("written by the living", "", None)


@pytest.mark.django_db
@pytest.mark.parametrize("job", [Job.ROBOTS, Job.FEED])
def test_robots_and_feeds_are_taken_over_too(job):
    host = make_host(robots_expires_at=NOW if job is Job.ROBOTS else NOW + DAY)
    make_feed(host)
    (dead,) = claim(NOW, 10)
    claiming.take_back(NOW + LEASE)
    (taken_over,) = claim(NOW + LEASE, 10)
    assert dead.job is taken_over.job is job
    assert not end(dead, NOW + LEASE)
    assert end(taken_over, NOW + LEASE)


@pytest.mark.django_db
def test_a_lease_ends_once_and_a_row_without_one_is_nobodys_to_write():
    article = make_article(make_host())
    assert not claiming.finish(article, title="never claimed")
    (work,) = claim(NOW, 10)
    assert end(work, NOW)
    assert not end(work, NOW, title="a doubled message")
    assert Article.objects.get().title == ""


@pytest.mark.django_db
def test_all_leases_end_when_a_lone_process_starts_again():
    hosts = [make_host("a.example"), make_host("b.example", robots_expires_at=NOW), make_host("c.example")]
    for host in hosts:
        make_article(host)
    refusing = make_host("d.example", failures=2, next_at=NOW + DAY)
    dead = claim(NOW, 10)
    later = NOW + SECOND
    assert claiming.release_all(later) == 3
    assert claim(later + 1.99 * SECOND, 10) == []  # the delay holds: who knows how far the dead had got
    assert sorted(names(claim(later + 2 * SECOND, 10))) == ["a.example", "b.example", "c.example"]
    assert not any(end(work, later) for work in dead)
    refusing.refresh_from_db()
    assert refusing.next_at == NOW + DAY


# --- what waits -------------------------------------------------------------------------------------
@pytest.mark.django_db
def test_waiting_tells_of_work_under_way_and_of_hosts_that_open_soon():
    assert not claiming.waiting(NOW)
    host = make_host(next_at=NOW + 5 * SECOND)
    make_article(host)
    assert not claiming.waiting(NOW, 4 * SECOND)
    assert claiming.waiting(NOW, 5 * SECOND)
    (work,) = claim(NOW + 5 * SECOND, 10)
    assert claiming.waiting(NOW + 6 * SECOND)
    end(work, NOW + 6 * SECOND)
    assert not claiming.waiting(NOW + 6 * SECOND, DAY)


# --- what a host has to be asked, and when -------------------------------------------------------
@pytest.mark.django_db
def test_a_host_is_left_alone_until_the_next_of_its_rows_is_due():
    host = make_host()
    make_article(host, NOW)
    later = make_article(host, NOW + 60 * SECOND)
    (work,) = claim(NOW, 10)
    host.refresh_from_db()
    assert host.due_at == later.next_check_at
    end(work, NOW + SECOND, next_check_at=NOW + 30 * SECOND)
    host.refresh_from_db()
    assert (host.due_at, host.turn_at) == (NOW + 30 * SECOND, NOW + 30 * SECOND)


@pytest.mark.django_db
def test_a_turn_without_work_puts_right_when_the_host_is_due():
    host = make_host()
    article = make_article(host, NOW)
    Article.objects.update(next_check_at=NOW + DAY)  # and nobody rang
    assert claim(NOW, 10) == []
    host.refresh_from_db()
    assert host.due_at == NOW + DAY
    Article.objects.filter(pk=article.pk).update(hidden_at=NOW)
    assert claim(NOW + DAY, 10) == []
    host.refresh_from_db()
    assert (host.due_at, host.turn_at) == (None, None)


@pytest.mark.django_db
def test_what_is_due_though_nobody_rang_is_recalled():
    hosts = [make_host(f"{name}.example") for name in "abc"]
    for host in hosts:
        make_article(host, NOW)
    make_feed(hosts[2], NOW)
    Host.objects.update(due_at=None)
    Host.objects.filter(pk=hosts[1].pk).update(due_at=NOW + DAY)
    assert claim(NOW, 10) == []
    assert claiming.recall(NOW) == 3
    assert claiming.recall(NOW) == 0
    assert len(claim(NOW, 10)) == 3


# --- ticks --------------------------------------------------------------------------------------
def tick(now: datetime) -> None:
    claiming.tidy(now)
    Heartbeat.objects.update_or_create(name="tick", defaults={"at": now})


@pytest.mark.django_db
def test_a_tick_takes_back_what_the_dead_had_and_now_and_then_recalls():
    host = make_host()
    make_article(host)
    tick(NOW)
    (dead,) = claim(NOW, 10)
    tick(NOW + LEASE)
    (taken_over,) = claim(NOW + LEASE, 10)
    assert (taken_over.id, taken_over.token != dead.token) == (dead.id, True)
    end(taken_over, NOW + LEASE, next_check_at=NOW + DAY)
    Article.objects.update(next_check_at=NOW + LEASE)
    tick(NOW + LEASE + SECOND)
    assert claim(NOW + LEASE + 10 * SECOND, 10) == []
    tick(NOW + 61 * SECOND)
    assert len(claim(NOW + 61 * SECOND, 10)) == 1


@pytest.mark.django_db
def test_a_clock_turned_back_delays_nothing():
    host, busy = make_host(), make_host("b.example")
    soon, next_week = make_article(host, NOW + 60 * SECOND), make_article(host, NOW + 7 * DAY)
    past = make_article(host, NOW - 3 * DAY)
    ahead = make_article(host, NOW + 600 * SECOND, last_checked_at=NOW - SECOND)
    make_article(busy)
    tick(NOW)
    work = next(work for work in claim(NOW, 10) if work.id != past.pk)
    hour = timedelta(hours=1)
    now = NOW + SECOND - hour
    tick(now)
    due = dict(Article.objects.values_list("pk", "next_check_at"))
    assert due[soon.pk] == now + 60 * SECOND  # as far off as it was at the last tick
    assert due[next_week.pk] == NOW + 7 * DAY  # an hour more or less is nothing there
    assert due[ahead.pk] == now  # looked at by the clock as it was, and scheduled by it
    assert Host.objects.get(pk=busy.pk).next_at == now + LEASE  # for it is being asked
    tick(now + SECOND)  # once
    assert Article.objects.get(pk=soon.pk).next_check_at == due[soon.pk]
    assert not end(work, now, title="by the clock as it was")  # which would be its next look's too


@pytest.mark.django_db
def test_a_clock_that_was_ahead_for_a_moment_opens_no_host_that_is_being_asked():
    host = make_host()
    make_article(host)
    make_article(host)
    tick(NOW)
    claim(NOW, 1)  # by a worker that is at it when the clock jumps, and after
    tick(NOW + timedelta(hours=1))
    tick(NOW + SECOND)
    assert claim(NOW + SECOND, 10) == []
    assert Host.objects.get(pk=host.pk).next_at == NOW + LEASE


@pytest.mark.django_db
def test_nobody_who_was_at_it_opens_a_host_by_the_clock_as_it_was():
    make_article(make_host())
    tick(NOW)
    (work,) = claim(NOW, 1)
    row = claiming.begin(work.job, work.id, work.token, NOW)
    now = NOW + SECOND - timedelta(hours=1)
    tick(now)
    claiming.host_answered(row, NOW)  # read off the clock a moment before it was turned back
    assert Host.objects.get().next_at == now + LEASE
    with time_machine.travel(now, tick=False):
        claiming.host_refused(row, NOW, "503 Service Unavailable")
    assert Host.objects.get().next_at == now + turns.FIRST_PAUSE


@pytest.mark.django_db
def test_a_clock_turned_back_is_made_good_though_no_tick_could_be_noted_while_it_was_ahead():
    article = make_article(make_host(), NOW + 60 * SECOND)
    now = NOW - timedelta(hours=1)
    tick(now)
    claiming.mend_the_clock(now + SECOND, ahead=timedelta(hours=1))
    assert Article.objects.get().next_check_at == article.next_check_at - timedelta(hours=1)
    claiming.mend_the_clock(now + SECOND, ahead=20 * SECOND)  # less than machines may differ by
    assert Article.objects.get().next_check_at == article.next_check_at - timedelta(hours=1)


@pytest.mark.django_db
def test_a_clock_turned_back_is_made_good_whole_or_at_the_next_tick(monkeypatch):
    def full(model):
        if model is Host:
            raise OperationalError("database or disk is full")
        return leased(model)

    article = make_article(make_host(next_at=NOW + 30 * SECOND), NOW + 60 * SECOND)
    tick(NOW)
    now = NOW - timedelta(hours=1)
    with monkeypatch.context() as patch:
        patch.setattr(tidying, "leased", full)
        with pytest.raises(OperationalError):
            tick(now)
    assert Article.objects.get().next_check_at == article.next_check_at
    tick(now)
    assert Article.objects.get().next_check_at == article.next_check_at - timedelta(hours=1)
    assert Host.objects.get().next_at == NOW + 30 * SECOND - timedelta(hours=1)


@pytest.mark.django_db
def test_a_mark_is_given_once_in_its_time_by_whatever_clock():
    second = timedelta(seconds=1)
    assert claiming.is_time("dispatch", second, NOW)
    assert not claiming.is_time("dispatch", second, NOW + second / 2)
    assert claiming.is_time("dispatch", second, NOW + second)
    assert claiming.is_time("dispatch", second, NOW - timedelta(hours=1))  # the clock was turned back


@pytest.mark.django_db
def test_two_machines_that_do_not_quite_agree_are_no_clock_turned_back():
    article = make_article(make_host(), NOW + 60 * SECOND)
    tick(NOW)
    tick(NOW - 20 * SECOND)
    assert Article.objects.get().next_check_at == article.next_check_at


# --- leases that are kept -------------------------------------------------------------------------
@pytest.mark.django_db(transaction=True)
def test_a_lease_is_kept_while_its_worker_works_and_so_is_the_turn_of_the_host(monkeypatch):
    monkeypatch.setattr(keeping, "EVERY", 0.02)
    host = make_host()
    make_article(host)
    (work,) = claim(NOW, 10)

    def renewed() -> bool:
        row = Article.objects.get()
        return row.lease_until > NOW + LEASE and Host.objects.get().next_at == row.lease_until

    with claiming.kept(Article, work.id, work.token):
        until(renewed)
        Article.objects.update(lease_token="another's", lease_until=NOW)
        time.sleep(0.1)
        assert Article.objects.get().lease_until == NOW
    assert not end(work, NOW)


# --- the clock that all share ------------------------------------------------------------------------
@pytest.mark.django_db
def test_moments_are_the_databases_own_where_it_is_a_server(monkeypatch):
    monkeypatch.setattr(clock, "_compared", None)
    monkeypatch.setattr(clock, "_offset", ASK_THE_DATABASE)
    hour = timedelta(hours=1)
    with time_machine.travel(timezone.now() + hour, tick=False):  # this machine's clock is wrong
        ahead = claiming.now() - timezone.now()
    if connection.vendor == "postgresql":
        assert -hour - SECOND < ahead < -hour + SECOND
    else:
        assert ahead == timedelta(0)


@pytest.mark.django_db
def test_a_clock_that_is_turned_while_it_is_compared_makes_no_moment_an_hour_off(monkeypatch):
    """A moment an hour ahead would put a look off for an hour."""
    monkeypatch.setattr(clock, "_compared", None)
    monkeypatch.setattr(clock, "_offset", ASK_THE_DATABASE)
    true, asked = timezone.now, []
    turned = {"by": timedelta(0)}
    monkeypatch.setattr(clock.timezone, "now", lambda: true() + turned["by"])
    monkeypatch.setattr(clock.time, "time", lambda: (true() + turned["by"]).timestamp())

    def ask():
        asked.append(None)
        if len(asked) == 1:  # put back in the middle of the question
            before = ASK()
            turned["by"] = timedelta(hours=-1)
            return before
        return ASK()

    if connection.vendor == "postgresql":
        monkeypatch.setattr(clock, "_ask", ask)
    assert abs(claiming.now() - true()) < SECOND
    assert len(asked) in (0, 2)


# --- many workers at once ---------------------------------------------------------------------------
class Workers:
    """Threads that claim and finish until nothing is left, and note when two meet on one host or row."""

    def __init__(self) -> None:
        self.done: Counter[tuple[Job, int]] = Counter()
        self.met: list[Work] = []
        self._hosts: set[str] = set()
        self._lock = threading.Lock()

    def run(self, threads: int, limit: int) -> None:
        with ThreadPoolExecutor(threads) as pool:
            for future in [pool.submit(self._work, limit) for _ in range(threads)]:
                future.result()

    def _work(self, limit: int) -> None:
        try:
            while claiming.waiting(timezone.now()):
                for work in claim(timezone.now(), limit):
                    self._do(work)
                time.sleep(0.005)
        finally:
            connections.close_all()

    def _do(self, work: Work) -> None:
        (name,) = names([work])
        with self._lock:
            if name in self._hosts:
                self.met.append(work)
            self._hosts.add(name)
            self.done[work.job, work.id] += 1
        time.sleep(0.005)  # the request
        with self._lock:
            self._hosts.discard(name)
        assert end(work, timezone.now())


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("limit", [1, 5])
def test_many_workers_never_meet_on_a_host_or_do_a_row_twice(settings, limit):
    settings.NEWSDIFF_HOST_DELAY = 0.0
    rows = []
    for number in range(6):
        host = make_host(f"host-{number}.example", robots_expires_at=NOW - DAY)
        rows.append((Job.ROBOTS, host.pk))
        rows.append((Job.FEED, make_feed(host, NOW - 365 * DAY).pk))
        rows += [(Job.ARTICLE, make_article(host, NOW - 365 * DAY).pk) for _ in range(4)]
    workers = Workers()
    workers.run(threads=8, limit=limit)
    assert workers.met == []
    assert workers.done == Counter(rows)


@pytest.mark.django_db(transaction=True)
def test_of_many_who_finish_one_lease_one_succeeds():
    make_article(make_host())
    (work,) = claim(NOW, 1)
    together = threading.Barrier(6)

    def finish() -> bool:
        try:
            together.wait(10)
            return end(work, NOW)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(6) as pool:
        ended = [future.result() for future in [pool.submit(finish) for _ in range(6)]]
    assert sorted(ended) == [False] * 5 + [True]


@pytest.mark.django_db(transaction=True)
def test_a_claim_under_way_elsewhere_is_passed_by_on_postgresql_and_waited_for_on_sqlite():
    make_article(make_host("a.example", next_at=NOW - 2 * SECOND))
    make_article(make_host("b.example", next_at=NOW - SECOND))

    def claim_one() -> list[str]:
        try:
            return names(claim(NOW, 1))
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            assert names(claim(NOW, 1)) == ["a.example"]
            other = pool.submit(claim_one)
            if connection.features.has_select_for_update_skip_locked:
                assert other.result(10) == ["b.example"]
        assert other.result(10) == ["b.example"]


# --- holding, for work that asks no site ----------------------------------------------------------
@pytest.mark.django_db
def test_an_article_is_held_by_one_and_its_host_goes_on_serving_others():
    row = make_article(make_host())
    turn = Host.objects.values("next_at", "turn_token").get()
    held = claiming.hold(row.pk, NOW)
    assert held is not None
    assert claiming.hold(row.pk, NOW) is None
    assert claiming.claim(NOW, 10) == []  # its article is not due while we have it …
    assert Host.objects.values("next_at", "turn_token").get() == turn  # … and the host's turn is nobody's
    assert claiming.finish(held)
    assert [work.id for work in claim(NOW, 10)] == [row.pk]  # due again at once
    Article.objects.update(lease_token="", lease_until=None)
    assert claiming.hold(row.pk, NOW) is not None


@pytest.mark.django_db
def test_an_article_that_is_claimed_cannot_be_held_until_its_lease_ends():
    row = make_article(make_host())
    assert claiming.claim(NOW, 10)
    assert claiming.hold(row.pk, NOW) is None
    assert claiming.hold(row.pk, NOW + claiming.LEASE) is not None
