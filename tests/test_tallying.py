"""Tallies: right after whatever changes what is counted, and right when several count and write at once."""

import threading
from datetime import UTC, date, datetime, timedelta

import pytest
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone

from articles import pulse, tallying
from articles.core import figures
from articles.core.figures import Sums
from articles.management.commands import doctor
from articles.models import Article, Change, Recount, Source, Tally
from articles.tallying import Key
from tests.cast import (
    DAY_ONE,
    FERRY,
    FERRY_CORRECTED,
    Cast,
    add_version,
    make_article,
    make_cast,
    make_source,
)
from tests.crawl import follow, look_again
from tests.site import FILLER, article

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
pytestmark = pytest.mark.django_db


def sums(source: Source | None = None, day: date | None = None) -> Sums:
    """The stored tally; empty where there is none."""
    found = Tally.objects.filter(source=source, day=day).first()
    return found.sums if found else Sums()


def settled(source: Source | None = None) -> Sums:
    """What is counted once all that was noted is."""
    tallying.settle()
    assert tallying.is_settled()
    assert list(tallying.astray()) == []
    return sums(source)


@pytest.fixture
def cast() -> Cast:
    return make_cast()


# --- what is counted -------------------------------------------------------------------------------
def test_a_source_and_its_days_are_counted(cast: Cast):
    found = settled(cast.source)
    # the hidden article and its change are in no figure
    assert (found.articles, found.changed, found.changes) == (4, 3, 4)
    assert found.disclosed == 1  # the correction note under the ferry's article
    assert found.kinds["headline"] == 2
    assert found.kinds["correction"] == 1
    assert "correction" not in found.silent
    assert found.most[0] == [2, cast.corrected.pk]
    assert cast.hidden.pk not in [key for _, key in found.most]
    # 2 March 2026 is a Monday: 10:00, 10:30, 11:00 and 12:00
    assert found.hours == {"10": 2, "11": 1, "12": 1}
    assert found.delay(0.5) / HOUR == pytest.approx(1.5, rel=0.03)
    assert sums(cast.source, DAY_ONE.date()) == sums(None, DAY_ONE.date()) == sums() == found


def test_a_change_counts_on_its_own_day_and_its_article_on_that_it_was_found_on():
    source = make_source()
    found = make_article(source, "Ferry aground", FERRY)
    add_version(found, FERRY_CORRECTED, at=DAY_ONE + 2 * DAY)
    settled()
    first, third = sums(source, DAY_ONE.date()), sums(source, (DAY_ONE + 2 * DAY).date())
    assert (first.articles, first.changed, first.changes, first.hours) == (1, 1, 0, {})
    assert (third.articles, third.changed, third.changes) == (0, 0, 1)
    assert sums(source, (DAY_ONE + DAY).date()) == Sums()
    assert sums(source).per_changed == 1


def test_a_day_is_utcs():
    source = make_source()
    late = datetime(2026, 3, 2, 23, 59, 59, 999_999, tzinfo=UTC)
    make_article(source, "Late", FERRY, late)
    make_article(source, "Early", FERRY[1:], late + timedelta(microseconds=1))
    settled()
    assert [sums(source, date(2026, 3, day)).articles for day in (1, 2, 3)] == [0, 1, 1]


def test_all_sources_are_the_sum_of_each():
    for slug in ("gazette", "herald"):
        source = make_source(slug=slug)
        for n in range(3):
            found = make_article(source, f"Ferry {n}", FERRY, DAY_ONE + n * DAY)
            add_version(found, FERRY_CORRECTED, at=DAY_ONE + 3 * DAY)
    whole = settled()
    assert whole == figures.total(sums(source) for source in Source.objects.all())
    assert (whole.articles, whole.changes, sums(None, (DAY_ONE + 3 * DAY).date()).changes) == (6, 6, 6)
    assert len(whole.most) == 6


# --- what changes what is counted ------------------------------------------------------------------
@pytest.mark.django_db(transaction=True)
def test_looks_that_find_a_version_are_counted(site):
    site.pages["/a"] = article("Harbour board meets", *FILLER)
    source = follow(site, "/a")
    assert (settled(source).articles, sums(source).changes) == (1, 0)
    site.pages["/a"] = article("Harbour board meets again", *FILLER)
    look_again()
    before = sums(source)
    assert tallying.waiting_since(source.pk) is not None
    assert (before.articles, before.changes) == (1, 0)  # noted, not counted yet
    after = settled(source)
    assert (after.articles, after.changed, after.changes, after.kinds["headline"]) == (1, 1, 1, 1)
    look_again()
    assert tallying.is_settled()  # nothing new was seen, nothing is to be counted
    assert tallying.waiting_since(source.pk) is tallying.waiting_since() is None


@pytest.mark.django_db(transaction=True)
def test_versions_that_are_read_again_are_counted_as_they_are_described_now(site):
    photo = "Photo: Ada Lund / Harbour Press"
    site.pages["/a"] = article("Harbour board meets", *FILLER)
    source = follow(site, "/a")
    edited = [FILLER[0].replace("Tuesday", "Wednesday"), *FILLER[1:]]
    site.pages["/a"] = article("Harbour board meets", *edited, photo)
    look_again()
    assert settled(source).added_words == 1 + 5
    Source.objects.update(ignored_texts="Photo: *")
    call_command("reextract")
    assert settled(source).added_words == 1
    assert source.changes.get().added_words == 1


def test_hiding_takes_an_article_out_of_all_figures_and_unhiding_brings_it_back(cast: Cast):
    before = settled(cast.source)
    operator = get_user_model().objects.create_superuser("ada", password="lighthouse keeper")
    client = Client()
    client.force_login(operator)
    chosen = {"_selected_action": [cast.corrected.pk]}
    client.post(
        "/admin/articles/article/", {"action": "hide", "category": "court", "reason": "Order 7.", **chosen}
    )
    hidden = settled(cast.source)
    assert (hidden.articles, hidden.changed, hidden.changes) == (3, 2, 2)
    assert cast.corrected.pk not in [key for _, key in sums().most]
    client.post("/admin/articles/article/", {"action": "unhide", **chosen})
    assert settled(cast.source) == before
    client.post("/admin/articles/article/", {"action": "unhide", "_selected_action": [cast.hidden.pk]})
    assert settled(cast.source).articles == 5


def test_the_last_article_that_is_hidden_leaves_no_tally(cast: Cast):
    settled()
    Article.objects.update(hidden_at=timezone.now())
    tallying.note_articles(Article.objects.values_list("pk", flat=True))
    assert settled(cast.source) == Sums()
    assert not Tally.objects.exists()


def test_a_recount_mends_what_is_wrong_and_doctor_finds_it(cast: Cast, capsys):
    right = settled(cast.source)
    assert doctor._tallies().level == "ok"
    Tally.objects.filter(source=cast.source, day=None).update(changes=99)
    Tally.objects.filter(source=None, day=DAY_ONE.date()).delete()
    Change.objects.filter(article=cast.rewritten).update(disclosed=True)  # behind everybody's back
    wrong = set(tallying.astray())
    source, day = cast.source.pk, DAY_ONE.date()
    assert wrong == {Key(source, day), Key(source, None), Key(None, day), Key(None, None)}
    found = doctor._tallies()
    assert (found.level, "recount" in found.advice) == ("fail", True)
    call_command("recount")
    assert "tallies made anew." in capsys.readouterr().out
    assert settled(cast.source).disclosed == right.disclosed + 1
    assert sums(None, day) == sums(cast.source)


def test_what_was_noted_long_ago_and_nobody_counts_is_a_warning(cast: Cast):
    assert doctor._tallies().level == "ok"
    Recount.objects.update(noted_at=timezone.now() - tallying.LATE - DAY)
    assert doctor._tallies().level == "warn"


def test_a_sign_of_life_counts(cast: Cast):
    now = timezone.now()
    beating = pulse.Pulse("up")
    beating.beat(now)  # makes the rows by which processes take turns
    beating.beat(now)
    assert tallying.is_settled()
    assert sums(cast.source).changes == 4


# --- several at once -------------------------------------------------------------------------------
def test_what_is_noted_while_it_is_counted_is_counted_once_more(cast: Cast, monkeypatch):
    tallying.settle()
    tallying.note(cast.source.pk, [DAY_ONE])
    counted = tallying.counted

    def and_then_one_comes(*args):
        found = counted(*args)
        monkeypatch.setattr(tallying, "counted", counted)
        add_version(cast.stable, FERRY, at=DAY_ONE + 5 * HOUR)
        return found

    monkeypatch.setattr(tallying, "counted", and_then_one_comes)
    assert settled(cast.source).changes == 5


def test_of_two_that_count_the_same_the_one_that_saw_less_stores_nothing(cast: Cast, monkeypatch):
    tallying.settle()
    tallying.note(cast.source.pk, [DAY_ONE])
    counted = tallying.counted

    def while_another_counts_more(*args):
        found = counted(*args)
        monkeypatch.setattr(tallying, "counted", counted)
        add_version(cast.stable, FERRY, at=DAY_ONE + 5 * HOUR)
        tallying.settle()
        return found

    monkeypatch.setattr(tallying, "counted", while_another_counts_more)
    tallying.settle()
    assert sums(cast.source).changes == 5
    assert list(tallying.astray()) == []


@pytest.mark.django_db(transaction=True)
def test_threads_that_write_and_count_at_once_end_with_the_truth():
    """Writers of one source and one day, and two that count meanwhile: none waits for ever, none is lost."""
    source = make_source()
    with transaction.atomic():
        articles = [make_article(source, f"Ferry {n}", FERRY) for n in range(4)]
    writing = threading.Event()
    ended: list[str] = []

    def run(what, *args) -> None:
        try:
            what(*args)
            ended.append(what.__name__)
        finally:
            connection.close()

    def write(one: Article) -> None:
        for n in range(8):
            with transaction.atomic():
                add_version(one, [f"Dog {n} barked."], at=DAY_ONE + (n + 1) * HOUR)

    def count() -> None:
        while not writing.is_set():
            tallying.settle()

    writers = [threading.Thread(target=run, args=(write, one)) for one in articles]
    counters = [threading.Thread(target=run, args=(count,)) for _ in range(2)]
    for thread in (*writers, *counters):
        thread.start()
    for thread in writers:
        thread.join()
    writing.set()
    for thread in counters:
        thread.join()
    assert sorted(ended) == [*["count"] * 2, *["write"] * 4]
    found = settled(source)
    assert (found.articles, found.changed, found.changes) == (4, 4, 32)
