"""Gaps: how they are found, and where they are told."""

import re
import threading
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.contrib.auth import get_user_model
from django.core.cache import cache
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.utils import timezone

from articles import gaps, pulse, watching
from articles.embedded import Crew
from articles.management.commands import doctor
from articles.models import Article, Feed, Gap, Heartbeat, Host, Source, Worker
from articles.tasks import dispatch
from tests.cast import DAY_ONE, Cast, make_cast

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def told() -> list[tuple]:
    """All gaps, the oldest first: scope, beginning, end and reason."""
    return list(Gap.objects.order_by("pk").values_list("scope", "began_at", "ended_at", "reason"))


# --- newsdiff was not running ------------------------------------------------------------------------
def test_the_first_tick_ever_is_no_gap():
    gaps.tick(NOON)
    assert told() == []
    assert Heartbeat.objects.get(name="tick").at == NOON


def test_a_silence_of_five_minutes_is_none_and_a_longer_one_is():
    gaps.tick(NOON)
    gaps.tick(NOON + 5 * MINUTE)
    assert told() == []
    gaps.tick(NOON + 10 * MINUTE + timedelta(seconds=1))
    end = NOON + 10 * MINUTE + timedelta(seconds=1)
    assert told() == [("everything", NOON + 5 * MINUTE, end, "not_running")]
    gaps.tick(end + timedelta(seconds=1))
    assert len(told()) == 1


def test_a_clock_that_goes_back_makes_none():
    gaps.tick(NOON)
    gaps.tick(NOON - HOUR)
    gaps.tick(NOON - HOUR + MINUTE)
    assert told() == []


def test_a_clock_that_is_put_forward_makes_none():
    gaps.tick(NOON)
    gaps.tick(NOON + HOUR, timedelta(seconds=5))
    assert told() == []
    gaps.tick(NOON + 2 * HOUR, HOUR)  # the machine slept
    assert told() == [("everything", NOON + HOUR, NOON + 2 * HOUR, "not_running")]


def test_the_crew_and_the_dispatcher_find_it():
    with time_machine.travel(NOON, tick=False):
        dispatch()
    with time_machine.travel(NOON + HOUR, tick=False):
        Crew(1)._claim_and_start()
    assert told() == [("everything", NOON, NOON + HOUR, "not_running")]


@pytest.mark.django_db(transaction=True)
def test_of_several_that_find_a_silence_one_records_it():
    gaps.tick(NOON)
    together = threading.Barrier(4)

    def find() -> None:
        together.wait()
        gaps.tick(NOON + HOUR)
        connection.close()

    threads = [threading.Thread(target=find) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert told() == [("everything", NOON, NOON + HOUR, "not_running")]


# --- nobody did anything ---------------------------------------------------------------------------
def test_workers_that_do_nothing_though_work_is_due_leave_a_gap_until_they_do(cast: Cast):
    now = NOON
    Article.objects.update(next_check_at=now + HOUR)
    Feed.objects.update(next_check_at=now + HOUR)
    Article.objects.filter(pk=cast.stable.pk).update(next_check_at=now - 6 * MINUTE)
    seen = {"host": "desk", "pid": 7, "started_at": now, "seen_at": now}
    worker = Worker.objects.create(name="up@desk:7", worked_at=now - 8 * MINUTE, **seen)
    queued = watching.queue(now)
    assert (queued.waiting, queued.lag, queued.due) == (360, 360, 1)
    assert "1 worker is alive but stuck" in watching.work(queued, now)
    pulse.survey(now)
    pulse.survey(now + MINUTE)
    assert told() == [("everything", now - 6 * MINUTE, None, "stuck")]
    worker.worked_at = now + MINUTE
    worker.save()
    pulse.survey(now + 2 * MINUTE)
    assert told() == [("everything", now - 6 * MINUTE, now + 2 * MINUTE, "stuck")]
    assert watching.work(watching.queue(now + 2 * MINUTE), now + 2 * MINUTE) == "ok"


def test_work_that_stuck_workers_claim_again_and_again_is_still_seen(cast: Cast):
    Article.objects.update(next_check_at=NOON - 6 * MINUTE, lease_token="x", lease_until=NOON + MINUTE)
    Host.objects.update(next_at=NOON + MINUTE)
    assert "no worker gives a sign of life" in watching.work(watching.queue(NOON), NOON)


def test_what_a_host_refuses_and_what_nobody_wants_is_not_waited_for(cast: Cast):
    Article.objects.update(next_check_at=NOON - 6 * MINUTE)
    Feed.objects.update(next_check_at=NOON + HOUR)
    host = Host.objects.get(articles=cast.stable)
    Host.objects.filter(pk=host.pk).update(failures=3, next_at=NOON + MINUTE)
    assert watching.queue(NOON).waiting == 0
    assert watching.queue(NOON).lag == 360
    Host.objects.filter(pk=host.pk).update(failures=0)
    assert watching.queue(NOON).waiting == 360
    Source.objects.update(is_paused=True)
    assert watching.queue(NOON) == watching.Queue(0, 0, 0.0, 0.0)
    Source.objects.update(is_paused=False)
    Article.objects.update(hidden_at=NOON)
    assert watching.queue(NOON).due == 0


def test_ready_says_that_workers_are_stuck(client: Client, cast: Cast):
    now = timezone.now()
    Heartbeat.objects.create(name="tick", at=now)
    Article.objects.update(next_check_at=now - HOUR)
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["work"].startswith("failing: work is due, and none has been done since")
    assert client.get("/healthz").status_code == 200
    seen = {"host": "desk", "pid": 7, "started_at": now, "seen_at": now}
    Worker.objects.create(name="up@desk:7", worked_at=now - MINUTE, **seen)
    assert client.get("/readyz").status_code == 503  # the same is told for some seconds, whoever asks
    cache.clear()
    assert client.get("/readyz").json()["work"] == "ok"


def test_doctor_says_since_when_workers_are_stuck(cast: Cast):
    """The moment in it is written as everywhere."""
    Article.objects.update(next_check_at=timezone.now() - HOUR)
    said = doctor._workers().what
    assert re.search(
        r" Work is due, and none has been done since \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ; no worker", said
    )


# --- sources ---------------------------------------------------------------------------------------
def test_a_paused_source_is_a_gap_until_it_is_resumed(cast: Cast):
    gaps.survey(NOON)
    Source.objects.update(is_paused=True)
    gaps.survey(NOON + MINUTE)
    gaps.survey(NOON + 2 * MINUTE)
    assert told() == [("source", NOON + MINUTE, None, "paused")]
    Source.objects.update(is_paused=False)
    gaps.survey(NOON + HOUR)
    assert told() == [("source", NOON + MINUTE, NOON + HOUR, "paused")]
    Source.objects.update(is_paused=True)
    gaps.survey(NOON + 2 * HOUR)
    assert len(told()) == 2
    with pytest.raises(IntegrityError), transaction.atomic():
        Gap.objects.create(scope="source", source=cast.source, began_at=NOON, reason="paused")


# --- hosts -----------------------------------------------------------------------------------------
def refuse(host: Host, at: datetime) -> None:
    Host.objects.filter(pk=host.pk).update(failures=1, last_error="503", last_error_at=at)


def answer(host: Host) -> None:
    Host.objects.filter(pk=host.pk).update(failures=0)


def test_a_host_that_answers_within_the_hour_leaves_nothing(cast: Cast):
    host = cast.stable.host
    refuse(host, NOON)
    gaps.survey(NOON + MINUTE)
    assert not gaps.recorded(NOON + 59 * MINUTE).exists()
    answer(host)
    gaps.survey(NOON + 59 * MINUTE)
    assert told() == []


def test_a_host_that_refuses_for_an_hour_does_from_its_first_refusal_on(cast: Cast):
    host = cast.stable.host
    refuse(host, NOON)
    gaps.survey(NOON + MINUTE)
    refuse(host, NOON + 40 * MINUTE)
    gaps.survey(NOON + HOUR)
    (gap,) = gaps.recorded(NOON + HOUR)
    assert (gap.began_at, gap.ended_at, gap.reason, gap.detail) == (NOON, None, "unreachable", "503")
    answer(host)
    gaps.survey(NOON + 2 * HOUR)
    assert told() == [("host", NOON, NOON + 2 * HOUR, "unreachable")]


def test_a_host_whose_robots_txt_cannot_be_read_is_one_too(cast: Cast):
    Host.objects.update(robots_status=0, last_error="robots.txt: timeout", last_error_at=NOON)
    gaps.survey(NOON)
    assert [gap.reason for gap in gaps.recorded(NOON + HOUR)] == ["robots"]
    Host.objects.update(robots_status=404)
    gaps.survey(NOON + 3 * HOUR)
    assert told() == [("host", NOON, NOON + 3 * HOUR, "robots")]


def test_a_host_never_asked_is_none(cast: Cast):
    Host.objects.update(robots_status=None)
    gaps.survey(NOON)
    assert told() == []


# --- once a minute, by one -------------------------------------------------------------------------
def test_one_of_all_processes_surveys_a_minute():
    assert not pulse._is_my_turn("survey", MINUTE, NOON)  # the row is made
    taken = [
        pulse._is_my_turn("survey", MINUTE, NOON + timedelta(seconds=s)) for s in (1, 2, 30, 61, 62, 121)
    ]
    assert taken == [True, False, False, True, False, True]
    assert pulse._is_my_turn("survey", MINUTE, NOON - HOUR)  # a clock that went back does not stop it


def test_a_worker_signs_and_the_dead_are_forgotten_after_a_day():
    old = {"host": "desk", "pid": 1, "started_at": NOON}
    Worker.objects.create(name="dead", seen_at=NOON - timedelta(hours=25), **old)
    Worker.objects.create(name="silent", seen_at=NOON - timedelta(hours=23), **old)
    mine = pulse.Pulse("up")
    mine.beat(NOON)
    assert Worker.objects.get(name=mine.name).seen_at == NOON
    pulse.survey(NOON)
    assert set(Worker.objects.values_list("name", flat=True)) == {"silent", mine.name}


def test_a_heartbeat_is_sent_while_all_is_well_only(site, settings, cast: Cast):
    settings.NEWSDIFF_HEARTBEAT_URL = site.url("/ping/secret")
    Article.objects.update(next_check_at=NOON + HOUR)
    Feed.objects.update(next_check_at=NOON + HOUR)
    pulse.survey(NOON)
    assert site.paths() == []  # no tick yet
    gaps.tick(NOON)
    pulse.survey(NOON)
    assert site.paths() == ["/ping/secret"]
    Article.objects.update(next_check_at=NOON - HOUR)
    pulse.survey(NOON)
    pulse.survey(NOON + 2 * MINUTE)
    assert site.paths() == ["/ping/secret"]


def test_a_heartbeat_in_vain_is_told_without_its_address(site, settings, caplog):
    assert not pulse.ping(site.url("/no-such-ping"))
    settings.NEWSDIFF_ALLOW_PRIVATE = []
    assert not pulse.ping(site.url("/no-such-ping"))
    first, second = (record for record in caplog.records if record.name == "articles.pulse")
    assert (first.msg, first.values) == ("heartbeat_failed", {"status": 404, "reason": ""})
    assert second.values["reason"].startswith("refused: ")
    assert "no-such-ping" not in str(second.values)


# --- where they are told ---------------------------------------------------------------------------
@pytest.fixture
def cast(db):
    cache.clear()
    return make_cast()


def gap(scope: str, began: datetime, ended: datetime | None, reason: str = "not_running", **whose) -> Gap:
    return Gap.objects.create(scope=scope, began_at=began, ended_at=ended, reason=reason, **whose)


def test_the_gaps_of_an_article_are_those_that_concern_it_while_it_was_followed(cast: Cast):
    article = cast.corrected
    other_source = Source.objects.create(name="Other", slug="other")
    other_host = Host.objects.create(authority="other.example")
    start, now = article.first_seen_at, article.first_seen_at + timedelta(days=10)
    mine = [
        gap("everything", start - HOUR, start + MINUTE),
        gap("everything", start + HOUR, start + 2 * HOUR),
        gap("source", start + 3 * HOUR, None, "paused", source=cast.source),
        gap("host", start + 4 * HOUR, start + 6 * HOUR, "unreachable", host=article.host),
    ]
    gap("everything", start - HOUR, start)
    gap("source", start, None, "paused", source=other_source)
    gap("host", start, start + 5 * HOUR, "unreachable", host=other_host)
    young = gap("host", now - 30 * MINUTE, None, "unreachable", host=article.host)
    assert list(gaps.of_article(article, now)) == mine[::-1]
    assert young in gaps.of_article(article, now + 30 * MINUTE)
    article.next_check_at, article.last_checked_at = None, start + 90 * MINUTE  # not looked at any more
    assert list(gaps.of_article(article, now)) == [mine[1], mine[0]]


def test_a_history_tells_when_nobody_looked(client: Client, cast: Cast):
    gap("everything", DAY_ONE + HOUR, DAY_ONE + 2 * HOUR)
    gap("source", DAY_ONE + 4 * HOUR, None, "paused", source=cast.source)
    host = cast.corrected.host
    inside = {"detail": "refused: intranet.example resolves to 10.1.2.3"}
    gap("host", DAY_ONE + 5 * HOUR, DAY_ONE + 7 * HOUR, "unreachable", host=host, **inside)
    page = client.get(cast.corrected.get_absolute_url()).content.decode()
    text = " ".join(re.sub(r"<[^>]+>", "", page).split())
    assert "Not looked at between 2 Mar 2026, 10:00 and 11:00 UTC: newsdiff was not running." in text
    assert "Not looked at since 2 Mar 2026, 13:00 UTC: the source was paused." in text
    assert "16:00 UTC: the site did not answer, or turned us away." in text
    assert "10.1.2.3" not in page


def test_a_history_names_the_latest_and_says_that_there_are_more(client: Client, cast: Cast):
    for hour in range(12):
        gap("everything", DAY_ONE + hour * HOUR, DAY_ONE + hour * HOUR + 6 * MINUTE)
    page = client.get(cast.corrected.get_absolute_url()).content.decode()
    assert page.count("Not looked at between") == 10
    assert "Earlier times without a look" in page
    assert "20:06 UTC" in page
    assert "10:06 UTC" not in page


def test_a_diff_tells_of_a_gap_within_the_interval_of_the_change(client: Client, cast: Cast):
    new = cast.corrected.versions.get(number=2)
    gap("everything", new.previous_seen_at + MINUTE, new.first_seen_at - MINUTE)
    gap("everything", new.first_seen_at, new.first_seen_at + HOUR)
    page = client.get(f"/articles/{cast.corrected.pk}/diff/1/2/").content.decode()
    assert page.count("Not looked at between") == 1
    plain = client.get(f"/articles/{cast.corrected.pk}/diff/2/2/").content.decode()
    assert "Not looked at" not in plain


def test_the_api_gives_them_in_pages(client: Client, cast: Cast):
    path = f"/api/v1/articles/{cast.corrected.pk}/gaps"
    assert client.get(path).json() == {"items": [], "next": None}
    gap("everything", DAY_ONE + HOUR, DAY_ONE + 2 * HOUR)
    gap("source", DAY_ONE + 4 * HOUR, None, "paused", source=cast.source)
    first = client.get(f"{path}?limit=1").json()
    assert first["items"] == [
        {"began_at": "2026-03-02T13:00:00Z", "ended_at": None, "scope": "source", "reason": "paused"}
    ]
    (second,) = client.get("/api" + first["next"].partition("/api")[2]).json()["items"]
    assert (second["scope"], second["reason"]) == ("everything", "not_running")
    assert client.get(f"/api/v1/articles/{cast.hidden.pk}/gaps").status_code == 410


def test_the_admin_lists_them_and_changes_none(client: Client, cast: Cast):
    client.force_login(get_user_model().objects.create_superuser("op", "", "x"))
    gap("everything", DAY_ONE, DAY_ONE + 2 * HOUR)
    mine = gap("source", DAY_ONE + 4 * HOUR, None, "paused", source=cast.source)
    gap("host", timezone.now(), None, "unreachable", host=cast.stable.host)  # may be over in a minute
    answer = client.get("/admin/articles/gap/")
    page = answer.content.decode()
    assert "about 2 hours" in page
    assert "The Harbour Gazette" in page
    assert len(answer.context["cl"].result_list) == 2
    assert client.post(f"/admin/articles/gap/{mine.pk}/delete/").status_code == 403
    Worker.objects.create(name="up@desk:7", host="desk", pid=7, started_at=DAY_ONE, seen_at=DAY_ONE)
    assert "up@desk:7" in client.get("/admin/articles/worker/").content.decode()
