"""How sources do, from the database: counted looks, the board, events of health, pauses that end by themselves."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from articles import claiming, counting, gaps, health, healthevents, pulse, tallying, wording
from articles.api.schemas import GapReason
from articles.core.health import Condition, Looks
from articles.core.types import OWN_FAULT, Outcome
from articles.ingestion import give_up
from articles.models import Article, Feed, Gap, HealthEvent, Host, LookTally, Source, Tally
from tests.cast import make_article, make_source

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 5, 6, 12, 0, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def herald() -> Source:
    return followed("The Herald", "herald")


def followed(name: str, slug: str) -> Source:
    """A source whose feed was read a minute ago and is not due for hours."""
    source = make_source(name, slug)
    ok = {"last_ok_at": NOON - MINUTE, "last_checked_at": NOON - MINUTE, "last_status": 200}
    Feed.objects.filter(source=source).update(next_check_at=NOON + 9 * HOUR, **ok)
    return source


def fail(source: Source, reason: str = "404 Not Found", status: int | None = 404) -> None:
    told = {"last_error": reason, "last_status": status, "last_error_at": NOON}
    Feed.objects.filter(source=source).update(failures=1, **told)


def mend(source: Source) -> None:
    Feed.objects.filter(source=source).update(failures=0)


# --- looks are counted as they end ---------------------------------------------------------------------
def looked(source: Source, outcome: Outcome, reason: str = "", status: int | None = 200, at=NOON) -> None:
    counting.looked(source.pk, at, outcome, reason, status)


def told(source: Source) -> list[tuple]:
    rows = LookTally.objects.filter(source=source).order_by("hour")
    return list(
        rows.values_list("hour", "read", "suspect", "gone", "blocked", "empty", "failed", "reason", "status")
    )


def test_looks_add_up_by_the_hour_and_the_last_reason_stays(herald):
    looked(herald, Outcome.UNCHANGED)
    looked(herald, Outcome.BLOCKED, "403 Forbidden", 403, NOON + 59 * MINUTE)
    looked(herald, Outcome.NEW_VERSION, at=NOON + HOUR)
    counting.flush()
    looked(herald, Outcome.UNCHANGED)
    looked(herald, Outcome.FAILED, "no article was found", 200, NOON + HOUR)
    counting.flush()
    assert told(herald) == [
        (NOON, 2, 0, 0, 1, 0, 0, "403 Forbidden", 403),
        (NOON + HOUR, 1, 0, 0, 0, 1, 0, "no article was found", 200),
    ]


def test_looks_of_a_source_that_was_deleted_meanwhile_are_dropped(herald):
    other = make_source("Other", "other")
    looked(other, Outcome.UNCHANGED)
    looked(herald, Outcome.UNCHANGED)
    other.delete()
    counting.flush()
    assert [row.source for row in LookTally.objects.all()] == [herald]


def test_looks_that_could_not_be_stored_are_kept_beside_later_ones(herald, monkeypatch):
    looked(herald, Outcome.FAILED, "the older reason", None)
    monkeypatch.setattr(counting, "ADD_LOOKS", "no SQL")
    with pytest.raises(counting.DatabaseProblem):
        counting.flush()
    monkeypatch.undo()
    looked(herald, Outcome.FAILED, "the newer reason", None)
    counting.flush()
    ((_, *counts, reason, _),) = told(herald)
    assert (counts, reason) == ([0, 0, 0, 0, 0, 2], "the newer reason")


def test_a_look_in_which_our_own_code_failed_is_counted(herald):
    article = make_article(herald, "A", ["Text."], NOON)
    Article.objects.filter(pk=article.pk).update(lease_token="mine", lease_until=claiming.now() + MINUTE)
    assert give_up(claiming.Job.ARTICLE, article.pk, "mine", "KeyError: 'x'")
    counting.flush()
    (row,) = LookTally.objects.filter(source=herald)
    assert (row.failed, row.reason) == (1, f"{OWN_FAULT}: KeyError: 'x'")


def test_old_tallies_are_forgotten(herald):
    LookTally.objects.create(source=herald, hour=NOON - 9 * DAY, read=1)
    LookTally.objects.create(source=herald, hour=NOON - 7 * DAY, read=1)
    assert health.forget(NOON) == 1
    assert LookTally.objects.get().hour == NOON - 7 * DAY


# --- the board -----------------------------------------------------------------------------------------
def test_the_worst_comes_first_then_by_name(herald):
    followed("a fine one", "fine")
    fail(followed("Zeitung", "zeitung"))
    health.pause([followed("Paused", "paused").pk])
    make_source("New", "new").feeds.update(last_ok_at=None)
    Source.objects.filter(slug="new").update(created_at=NOON - HOUR)
    rows = health.board(NOON)
    assert [(row.source.name, row.condition.value) for row in rows] == [
        ("Zeitung", "down"),
        ("Paused", "paused"),
        ("New", "waiting"),
        ("a fine one", "fine"),
        ("The Herald", "fine"),
    ]
    assert rows[0].status == 404
    assert rows[0].feeds[0].finding is rows[0].findings[0]


def test_what_is_told_of_a_source(herald):
    one, two, three = (make_article(herald, name, [f"Text {name}."], NOON - HOUR) for name in "abc")
    Article.objects.filter(pk=three.pk).update(is_flapping=True, merged_into=one)
    Article.objects.update(next_check_at=NOON + HOUR)
    due = {"next_check_at": NOON - 20 * MINUTE, "last_checked_at": NOON - HOUR}
    Article.objects.filter(pk=one.pk).update(**due)
    Article.objects.filter(pk=two.pk).update(is_flapping=True, next_check_at=NOON - DAY, hidden_at=NOON)
    Tally.objects.all().delete()
    for back in range(1, 29):
        Tally.objects.create(source=herald, day=tallying.day_of(NOON - back * DAY), articles=10)
    Source.objects.update(created_at=NOON - 60 * DAY)
    LookTally.objects.create(source=herald, hour=NOON - DAY, read=5)
    LookTally.objects.create(source=herald, hour=NOON - DAY - HOUR, failed=50)  # before
    (row,) = health.board(NOON)
    assert row.looks == Looks(read=5)
    assert (row.items.last_day, row.items.usual, row.items.week) == (10, 10.0, 10.0)
    assert (row.late, row.next_due) == (20 * MINUTE, NOON - 20 * MINUTE)  # the hidden one is not waited for
    assert row.flapping == 0
    assert (row.last_ok_at, row.host_until, row.since) == (NOON - MINUTE, None, None)


def test_articles_on_another_host_than_the_feed_are_late_too(herald):
    article = make_article(herald, "A", ["Text."], NOON - HOUR)
    www = Host.of("https://www.elsewhere.example/")
    Article.objects.filter(pk=article.pk).update(
        host=www, last_checked_at=NOON - 2 * HOUR, next_check_at=NOON - HOUR
    )
    Host.objects.filter(pk=www.pk).update(
        failures=3, next_at=NOON + HOUR, last_error="503 Service Unavailable"
    )
    (row,) = health.board(NOON)
    assert (row.condition, row.late, row.host_until) == (Condition.SLOW, HOUR, NOON + HOUR)
    assert "503 Service Unavailable" in row.findings[0].words


def test_a_host_whose_robots_txt_was_never_asked_for_is_not_told_as_closed(herald):
    assert health.board(NOON)[0].host_until is None
    Host.objects.update(robots_status=0, robots_expires_at=NOON + 10 * MINUTE, last_error="robots.txt: none")
    assert health.board(NOON)[0].host_until == NOON + 10 * MINUTE


def test_the_board_takes_as_many_statements_with_many_sources(herald):
    with CaptureQueriesContext(
        connection,
    ) as few:
        health.board(NOON)
    for number in range(20):
        followed(f"Source {number}", f"source-{number}")
    with CaptureQueriesContext(connection) as many:
        health.board(NOON)
    assert len(many) == len(few) <= 10


def plans(asked: CaptureQueriesContext) -> dict[str, str]:
    """Each statement's plan, as the database tells it, with whole tables read only where nothing else serves."""
    explain = "EXPLAIN" if connection.vendor == "postgresql" else "EXPLAIN QUERY PLAN"
    found = {}
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan = off")
        for query in asked:
            cursor.execute(f"{explain} {query['sql'].replace('%', '%%')}")
            found[query["sql"]] = "\n".join(str(line[-1]) for line in cursor.fetchall())
    return found


def test_articles_of_paused_sources_are_not_passed_by_one_after_the_other(herald):
    """Ten thousand of them would be read at each survey, to find out that none is waited for."""
    other = followed("The Echo", "echo")
    for source in (herald, other):
        article = make_article(source, "A", ["Text."], NOON)
        Article.objects.filter(pk=article.pk).update(next_check_at=NOON - HOUR, last_checked_at=NOON - DAY)
    health.pause([herald.pk])
    rows = {row.source: row for row in health.board(NOON)}
    assert (rows[herald].late, rows[herald].next_due) == (0 * HOUR, None)
    assert rows[other].late == HOUR
    hosts = {source: source.articles.get().host for source in (herald, other)}
    (found,) = health._hosts({hosts[herald].pk}, set()).values()
    assert found.first_due is None
    Article.objects.filter(source=other).update(host=hosts[herald])
    assert health.board(NOON, Source.objects.filter(pk=other.pk))[0].late == HOUR


def test_of_the_reasons_the_last_one_is_told(herald):
    for back, reason, status in (
        (3, "503", 503),
        (1, "404 Not Found", 404),
        (0, "", None),
        (40, "older", 500),
    ):
        hour = NOON - back * HOUR
        LookTally.objects.create(source=herald, hour=hour, read=9, failed=1, reason=reason, status=status)
    (row,) = health.board(NOON)
    assert (row.looks.failed, row.looks.reason, row.looks.status) == (3, "404 Not Found", 404)


def test_no_statement_reads_more_articles_than_there_are_sources_and_hosts(herald):
    make_article(herald, "A", ["Text."], NOON)
    with CaptureQueriesContext(connection) as asked:
        health.board(NOON)
    told = plans(asked)
    assert not any("articles_check" in statement or "articles_version" in statement for statement in told)
    of_articles = [plan for statement, plan in told.items() if "articles_article" in statement]
    assert len(of_articles) == 3
    assert not any("Seq Scan on articles_article" in plan for plan in of_articles)
    if connection.vendor == "sqlite":  # PostgreSQL chooses among indexes by how many rows there are
        names = ("article_source_looked", "article_flapping", "article_host_due")
        assert [[name for name in names if name in plan] for plan in of_articles] == [[n] for n in names]


# --- newsdiff itself -----------------------------------------------------------------------------------
def test_what_is_told_of_newsdiff_itself_says_what_to_do(herald, settings):
    settings.NEWSDIFF_DIGEST_TO = ["desk@example.org"]
    readings = {reading.name: reading for reading in health.itself(NOON)}
    assert list(readings) == ["Scheduler", "Workers", "Queue", "Last gap", "Disk", "Daily mail"]
    assert readings["Scheduler"].words == "no tick yet; is the scheduler running?"
    assert readings["Workers"].advice
    assert readings["Daily mail"].advice.startswith("Set EMAIL_URL")
    gaps.tick(NOON)
    Gap.objects.create(
        scope="everything", reason="not_running", began_at=NOON - 3 * HOUR, ended_at=NOON - HOUR
    )
    readings = {reading.name: reading for reading in health.itself(NOON)}
    assert (readings["Scheduler"].words, readings["Scheduler"].advice) == ("ticks", "")
    assert readings["Last gap"].words == (
        "6 May 2026, 09:00 UTC, for about 2 hours: newsdiff was not running"
    )


# --- retry, pause, back off ----------------------------------------------------------------------------
def test_retry_asks_for_feeds_and_for_articles_that_failed(herald):
    well, failed, gone = (make_article(herald, name, [f"Text {name}."], NOON) for name in "abc")
    Article.objects.update(next_check_at=NOON + DAY)
    Article.objects.filter(pk=failed.pk).update(failures=2)
    Article.objects.filter(pk=gone.pk).update(failures=1, next_check_at=None)
    paused = followed("Paused", "paused")
    health.pause([paused.pk])
    assert health.retry([herald.pk, paused.pk], NOON) == (1, 1)
    assert list(Article.objects.filter(next_check_at=NOON)) == [failed]
    assert Article.objects.get(pk=well.pk).next_check_at == NOON + DAY
    assert [feed.source for feed in Feed.objects.filter(next_check_at=NOON)] == [herald]
    assert Host.objects.get(articles=failed).due_at == NOON


def due_now(source: Source) -> None:
    Feed.objects.filter(source=source).update(next_check_at=NOON)
    Host.objects.update(robots_status=404, robots_expires_at=NOON + 30 * DAY, due_at=NOON, next_at=NOON)


def test_nothing_is_claimed_of_a_source_that_is_left_alone_until_its_time(herald):
    health.pause([herald.pk], NOON + HOUR, "They asked.")
    due_now(herald)
    claiming.tidy(NOON)
    assert claiming.claim(NOON, 8) == []
    claiming.tidy(NOON + HOUR - MINUTE)
    assert claiming.claim(NOON + HOUR - MINUTE, 8) == []
    claiming.tidy(NOON + HOUR + MINUTE)
    assert [work.job for work in claiming.claim(NOON + HOUR + MINUTE, 8)] == [claiming.Job.FEED]
    herald.refresh_from_db()
    assert (herald.is_paused, herald.backs_off_until, herald.pause_reason) == (False, None, "")


def test_a_pause_without_an_end_has_none(herald):
    health.pause([herald.pk], NOON + HOUR, "They asked.")
    health.pause([herald.pk])
    claiming.end_back_offs(NOON + 9 * DAY)
    herald.refresh_from_db()
    assert (herald.is_paused, herald.backs_off_until, herald.pause_reason) == (True, None, "")


def test_what_is_left_of_a_pause_ended_by_other_means_ends_no_later_one(herald):
    health.pause([herald.pk], NOON + HOUR, "They asked.")
    Source.objects.update(is_paused=False)
    assert claiming.end_back_offs(NOON) == 0
    Source.objects.update(is_paused=True)
    assert claiming.end_back_offs(NOON + 2 * HOUR) == 0
    assert Source.objects.get().is_paused


def test_resuming_rings_for_what_is_due(herald):
    health.pause([herald.pk], NOON + DAY, "They asked.")
    due_now(herald)
    assert claiming.claim(NOON, 8) == []
    assert health.resume([herald.pk], NOON) == 1
    assert len(claiming.claim(NOON, 8)) == 1


def test_leaving_alone_is_a_gap_of_its_own_kind(herald):
    health.pause([herald.pk])
    gaps.survey(NOON)
    health.pause([herald.pk], NOON + DAY, "They asked.")
    gaps.survey(NOON + MINUTE)
    gaps.survey(NOON + 2 * MINUTE)
    health.resume([herald.pk], NOON)
    gaps.survey(NOON + HOUR)
    told = list(Gap.objects.order_by("pk").values_list("reason", "began_at", "ended_at"))
    assert told == [("paused", NOON, NOON + MINUTE), ("backed_off", NOON + MINUTE, NOON + HOUR)]


def test_every_reason_of_a_gap_is_known_to_readers_and_to_the_api():
    assert {*wording.GAP_REASONS} == {*Gap.Reason.values} == {reason.value for reason in GapReason}


# --- events ----------------------------------------------------------------------------------------------
def events() -> list[tuple]:
    rows = HealthEvent.objects.order_by("pk")
    return list(rows.values_list("condition", "began_at", "told_at", "ended_at", "settled_at"))


def test_what_lasts_is_told_and_what_is_over_for_long_is_settled(herald):
    fail(herald)
    healthevents.survey(NOON)
    healthevents.survey(NOON + 14 * MINUTE)
    assert events() == [("down", NOON, None, None, None)]
    healthevents.survey(NOON + 15 * MINUTE)
    assert events() == [("down", NOON, NOON + 15 * MINUTE, None, None)]
    mend(herald)
    healthevents.survey(NOON + HOUR)
    healthevents.survey(NOON + HOUR + 29 * MINUTE)
    assert events()[0][3:] == (NOON + HOUR, None)
    healthevents.survey(NOON + HOUR + 30 * MINUTE)
    assert events()[0][3:] == (NOON + HOUR, NOON + HOUR + 30 * MINUTE)
    event = HealthEvent.objects.get()
    assert event.words == "its feed cannot be read: 404 Not Found"
    assert event.feed == herald.feeds.get()
    fail(herald)
    healthevents.survey(NOON + 2 * HOUR)
    assert len(events()) == 2


def test_what_is_over_within_minutes_was_none(herald):
    fail(herald)
    healthevents.survey(NOON)
    mend(herald)
    healthevents.survey(NOON + 10 * MINUTE)
    assert events() == []


def test_a_site_that_flaps_makes_one_event(herald):
    for turn in range(12):
        (fail if turn % 2 == 0 else mend)(herald)
        for minute in range(0, 20, 2):
            healthevents.survey(NOON + (20 * turn + minute) * MINUTE)
    assert [(told is not None, settled) for _, _, told, _, settled in events()] == [(True, None)]


def test_a_source_that_goes_to_and_fro_between_two_ways_of_failing_makes_two(herald):
    second = Feed.objects.create(source=herald, url="https://herald.example/sport.xml")
    ok = {"last_ok_at": NOON, "next_check_at": NOON + 9 * HOUR}
    Feed.objects.update(**ok)
    fail(herald)
    for turn in range(8):
        Feed.objects.filter(pk=second.pk).update(failures=turn % 2)
        for minute in range(0, 20, 2):
            healthevents.survey(NOON + (20 * turn + minute) * MINUTE)
    assert sorted(event[0] for event in events()) == ["down", "failing"]


def test_pausing_ends_an_event(herald):
    fail(herald)
    healthevents.survey(NOON)
    healthevents.survey(NOON + HOUR)
    health.pause([herald.pk])
    healthevents.survey(NOON + 2 * HOUR)
    healthevents.survey(NOON + 3 * HOUR)
    assert events()[0][3] == NOON + 2 * HOUR


@pytest.mark.django_db(transaction=True)
def test_two_surveys_at_once_open_one_event(herald):
    fail(herald)
    together = threading.Barrier(4)

    def survey() -> None:
        together.wait()
        healthevents.survey(NOON)
        connection.close()

    threads = [threading.Thread(target=survey) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert events() == [("down", NOON, None, None, None)]


def test_the_board_says_since_when(herald):
    fail(herald)
    healthevents.survey(NOON)
    assert health.board(NOON + MINUTE)[0].since == NOON


def test_one_of_all_processes_surveys_every_two_minutes(herald):
    fail(herald)
    desk, server = pulse.Pulse("up"), pulse.Pulse("worker")
    for minute in range(20):
        desk.beat(NOON + minute * MINUTE)
        server.beat(NOON + minute * MINUTE)
    (event,) = events()
    assert event[0] == "down"
    assert event[1] <= NOON + 2 * MINUTE  # the first turn only leaves its mark
    assert event[2] is not None
