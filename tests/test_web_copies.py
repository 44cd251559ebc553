"""A web archive is asked to keep versions: a real server that keeps, refuses, hangs and lies."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from signal import SIGKILL

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import close_old_connections, connection, transaction

from articles import claiming, health, hiding
from articles.hiding import Statement
from articles.models import Article, Host, Snapshot, Source, Version, WebCopy
from articles.webarchive import asking, wire
from articles.webarchive.asking import APART, GIVEN_UP, JOB_EVERY, LEASE, round_once
from articles.webarchive.clerk import asking as clerk_at_work
from tests import cast as casting
from tests.conftest import LOOPBACK
from tests.crawl import at as article_at
from tests.crawl import follow, look_again
from tests.keeper import Keeper, Reply
from tests.processes import free_port, manage, running, until
from tests.site import FILLER, rss
from tests.site import article as page

pytestmark = pytest.mark.django_db
in_threads = pytest.mark.django_db(transaction=True)

NOW = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
WHY = Statement("privacy", "asked for")
State = WebCopy.State


@pytest.fixture
def keeper(settings) -> Iterator[Keeper]:
    settings.NEWSDIFF_ALLOW_PRIVATE = LOOPBACK
    settings.NEWSDIFF_HOST_DELAY = 0.0
    running = Keeper(claiming.now)
    settings.NEWSDIFF_ARCHIVE_URL = running.url
    yield running
    running.close()


@pytest.fixture
def source(db) -> Source:
    return casting.make_source(asks_archive=True)


@transaction.atomic
def wanted(source: Source, at: datetime = NOW, title: str = "Boats") -> WebCopy:
    """The copy that is wanted of an article's first version, seen at this moment."""
    article = casting.make_article(source, title, casting.BRIDGE[6:], at)
    WebCopy.ask_for(article.versions.get(), at)
    return WebCopy.objects.latest("pk")


def go_round(at: datetime) -> str | None:
    """One round; in a word what came of it."""
    with time_machine.travel(at, tick=False):
        verdict = round_once()
    return verdict.outcome if verdict else None


def seen_again(copy: WebCopy, at: datetime) -> None:
    Version.objects.filter(pk=copy.version_id).update(last_seen_at=at)


def newer_version(article: Article, at: datetime) -> Version:
    with transaction.atomic():
        article.refresh_from_db()
        return casting.add_version(article, [*casting.BRIDGE[6:], "It rained."], at=at)


# --- what is wanted --------------------------------------------------------------------------------
def test_each_new_version_of_a_source_that_asks_for_it_is_wanted_in_its_own_transaction(site, keeper):
    site.pages["/a"] = page("Harbour board meets", *FILLER)
    follow(site, "/a")
    assert not WebCopy.objects.exists()  # nobody has asked for it yet
    Source.objects.update(asks_archive=True)
    site.pages["/a"] = page("Harbour board meets again", *FILLER)
    look_again()
    look_again()
    copy = WebCopy.objects.get()
    assert (copy.version.number, copy.state, copy.created_at) == (2, "waiting", copy.version.first_seen_at)
    assert round_once().outcome == "kept"
    assert keeper.kept == [site.url("/a")]
    kept = WebCopy.objects.get()
    assert kept.url.endswith(site.url("/a"))
    assert article_at(site, "/a").version_count == 2


def test_nothing_is_wanted_where_no_archive_is_set(site, settings):
    settings.NEWSDIFF_ARCHIVE_URL = ""
    site.pages["/a"] = page("Harbour board meets", *FILLER)
    follow(site, "/a")
    Source.objects.update(asks_archive=True)
    site.pages["/a"] = page("Harbour board meets again", *FILLER)
    look_again()
    assert not WebCopy.objects.exists()
    assert round_once() is None


# --- asked and kept --------------------------------------------------------------------------------
def test_the_plain_way_of_asking(keeper, source):
    copy = wanted(source)
    assert go_round(NOW + 5 * SECOND) == "kept"
    copy.refresh_from_db()
    address = copy.version.article.url
    assert keeper.asked[0].path == f"/save/{address}"
    assert "authorization" not in keeper.asked[0].headers
    assert (copy.url, copy.kept_at) == (keeper.copy_of(address, NOW + 5 * SECOND), NOW + 5 * SECOND)
    assert (copy.state, copy.attempts, copy.lease_token, copy.last_error) == ("kept", 1, "", "")
    assert go_round(NOW + timedelta(hours=5)) is None
    assert len(keeper.asked) == 1


def test_asking_with_a_key(keeper, source, settings):
    settings.NEWSDIFF_ARCHIVE_KEY = Keeper.KEY
    copy = wanted(source)
    assert go_round(NOW) == "begun"
    assert go_round(NOW + SECOND) is None  # a job is not asked after at once
    assert go_round(NOW + APART) == "begun"
    assert go_round(NOW + APART + JOB_EVERY) == "kept"
    copy.refresh_from_db()
    assert (copy.kept_at, copy.attempts, copy.job) == (NOW, 1, "")
    assert copy.url == keeper.copy_of(copy.version.article.url, NOW)
    posted, *asked_after = keeper.asked
    assert posted.form["url"] == copy.version.article.url
    assert [(one.method, one.headers["accept"]) for one in keeper.asked] == [
        ("POST", "application/json"),
        ("GET", "application/json"),
        ("GET", "application/json"),
    ]
    assert {one.headers["authorization"] for one in [posted, *asked_after]} == {f"LOW {Keeper.KEY}"}


def test_a_copy_is_of_its_version_once_the_text_was_seen_to_stand_then(keeper, source):
    copy = wanted(source)
    go_round(NOW + 5 * SECOND)
    copy.refresh_from_db()
    assert copy.distance == 5 * SECOND  # the page was not looked at since
    seen_again(copy, NOW + 6 * MINUTE)
    assert WebCopy.objects.get().distance == timedelta(0)


# --- politeness ------------------------------------------------------------------------------------
def test_one_is_asked_for_at_a_time_a_pause_apart_the_newest_first(keeper, source):
    copies = [wanted(source, NOW - minutes * MINUTE, f"Boats {minutes}") for minutes in (3, 2, 1)]
    moments = [NOW, NOW + SECOND, NOW + APART - SECOND, NOW + APART, NOW + 2 * APART]
    assert [go_round(at) for at in moments] == ["kept", None, None, "kept", "kept"]
    addresses = [copy.version.article.url for copy in copies]
    assert keeper.kept == addresses[::-1]


@in_threads
def test_many_who_go_round_at_once_ask_once(keeper, source):
    for number in range(4):
        wanted(source, NOW, f"Boats {number}")
    barrier = threading.Barrier(4)

    def walk() -> None:
        close_old_connections()
        barrier.wait()
        try:
            round_once()
        finally:
            connection.close()

    with time_machine.travel(NOW, tick=False):
        walkers = [threading.Thread(target=walk) for _ in range(4)]
        for walker in walkers:
            walker.start()
        for walker in walkers:
            walker.join()
    assert len(keeper.asked) == 1
    for step in range(1, 9):  # what a walker had claimed and put back is asked for too
        go_round(NOW + step * APART)
    assert len(set(keeper.kept)) == len(keeper.kept) == 4


def test_a_busy_archive_is_left_alone_for_as_long_as_it_says(keeper, source):
    wanted(source)
    other = wanted(source, NOW, "More boats")
    keeper.replies = [Reply(429, (("Retry-After", "600"),))]
    assert go_round(NOW) == "put_off"
    assert go_round(NOW + 599 * SECOND) is None
    other.refresh_from_db()
    assert (other.state, other.last_error) == ("waiting", "It answers 429 Too Many Requests")
    assert go_round(NOW + 600 * SECOND) == "kept"


def test_an_archive_that_fails_is_asked_more_and_more_seldom(keeper, source):
    copy = wanted(source)
    keeper.replies = [Reply(503)] * 4
    moments = []
    for seconds in range(0, 1200, 5):
        if go_round(NOW + seconds * SECOND):
            moments.append(seconds)
    assert moments == [0, 30, 90, 210, 450]
    copy.refresh_from_db()
    assert copy.state == "kept"
    assert Host.of(keeper.url).failures == 0


def test_an_archive_that_hangs_delays_nobody_for_ever_and_is_asked_again(keeper, source, monkeypatch):
    monkeypatch.setattr(wire, "DEADLINE", 0.5)
    copy = wanted(source)
    keeper.replies = ["hang"]
    assert go_round(NOW) == "put_off"
    copy.refresh_from_db()
    assert "0.5" in copy.last_error
    assert go_round(NOW + MINUTE) == "kept"


def test_an_archive_inside_the_network_is_not_asked(keeper, source, settings):
    settings.NEWSDIFF_ALLOW_PRIVATE = []
    copy = wanted(source)
    assert go_round(NOW) == "put_off"
    copy.refresh_from_db()
    assert "not in NEWSDIFF_ALLOW_PRIVATE" in copy.last_error
    assert keeper.asked == []


# --- lies ------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("location", "why"),
    [
        ("http://127.0.0.1:1/web/20260304120001/{page}", "another site"),
        ("http://169.254.169.254/web/20260304120001/{page}", "another site"),
        ("{base}/web/20260304120001/https://gazette.example/another", "another page"),
        ("{base}/elsewhere", "of which page"),
        ("{base}/web/20270304120001/{page}", "when this copy was made"),
    ],
)
def test_an_address_that_is_no_copy_is_neither_kept_nor_followed(keeper, source, location, why):
    copy = wanted(source)
    where = location.format(base=keeper.base, page=copy.version.article.url)
    keeper.replies = [Reply(302, (("Location", where),))]
    assert go_round(NOW + SECOND) == "put_off"
    copy.refresh_from_db()
    assert (copy.url, copy.kept_at) == ("", None)
    assert why in copy.last_error
    assert len(keeper.asked) == 1


def test_a_copy_from_before_the_version_is_no_copy_of_it_and_another_is_asked_for(keeper, source):
    copy = wanted(source)

    def from_before(request):
        old = keeper.copy_of(copy.version.article.url, NOW - timedelta(hours=1))
        return Reply(302, (("Location", old),))

    keeper.replies = [from_before]
    assert go_round(NOW + SECOND) == "put_off"
    copy.refresh_from_db()
    assert (copy.url, copy.state) == ("", "waiting")
    assert go_round(NOW + SECOND + 5 * MINUTE) == "kept"


@pytest.mark.parametrize("stands", [True, False])
def test_the_nearest_copy_is_shown_where_the_archive_makes_no_newer_one(keeper, source, stands):
    """It fell between the two looks between which the text changed: so it may be of either."""
    first = wanted(source)
    first.delete()
    article = Article.objects.get()
    new = newer_version(article, NOW + timedelta(hours=1))  # the old one was seen half an hour before
    WebCopy.ask_for(new, new.first_seen_at)
    between = NOW + timedelta(minutes=50)
    keeper.replies = [Reply(302, (("Location", keeper.copy_of(article.url, between)),))]
    assert go_round(new.first_seen_at) == "put_off"
    assert Version.objects.with_copy().get(pk=new.pk).kept_copy is None  # a nearer one may be had yet
    if stands:
        keeper.replies = [Reply(500)] * 50
        go_round(new.first_seen_at + GIVEN_UP)
    else:
        newer_version(article, new.first_seen_at + 3 * MINUTE)
        assert go_round(new.first_seen_at + 5 * MINUTE) == "kept"
    copy = Version.objects.with_copy().get(pk=new.pk).kept_copy
    assert (copy.state, copy.kept_at, copy.is_earlier) == ("kept", between, True)


# --- what is not asked for -------------------------------------------------------------------------
def test_a_version_that_stands_no_more_is_not_asked_for_under_its_name(keeper, source):
    copy = wanted(source)
    newer_version(copy.version.article, NOW + MINUTE)
    assert go_round(NOW + 2 * MINUTE) == "late"
    copy.refresh_from_db()
    assert "newer version" in copy.last_error
    assert keeper.asked == []


def test_a_job_that_was_begun_in_time_is_seen_to_its_end(keeper, source, settings):
    settings.NEWSDIFF_ARCHIVE_KEY = Keeper.KEY
    keeper.pending = 0
    copy = wanted(source)
    assert go_round(NOW) == "begun"
    newer_version(copy.version.article, NOW + 5 * SECOND)
    assert go_round(NOW + APART) == "kept"


def test_a_copy_made_after_a_newer_version_was_seen_is_not_kept_under_this_one_s_name(
    keeper, source, monkeypatch
):
    copy = wanted(source)
    ask = wire.ask

    def slowly(*args):
        newer_version(copy.version.article, NOW + 40 * SECOND)
        return ask(*args)

    monkeypatch.setattr(wire, "ask", slowly)
    made = keeper.copy_of(copy.version.article.url, NOW + 50 * SECOND)
    keeper.replies = [Reply(302, (("Location", made),))]
    assert go_round(NOW) == "late"
    copy.refresh_from_db()
    assert (copy.url, copy.kept_at) == ("", None)


def test_nothing_is_asked_while_the_page_may_show_another_text(keeper, source):
    copy = wanted(source)
    article = Article.objects.filter(pk=copy.version.article_id)
    # an article may alternate on though the last look has shown this text
    for values in ({"pending_digest": "1:abc"}, {"is_flapping": True}):
        article.update(**values)
        assert go_round(NOW) == "put_off"
        article.update(pending_digest="", is_flapping=False)
        WebCopy.objects.update(next_attempt_at=NOW)
    article.update(doubts=1)
    assert go_round(NOW) == "put_off"
    article.update(doubts=0, status="gone")
    assert keeper.asked == []
    assert go_round(NOW + MINUTE) == "late"


def test_a_copy_made_while_the_page_began_to_alternate_is_not_kept(keeper, source, monkeypatch):
    copy = wanted(source)
    ask = wire.ask

    def slowly(*args):
        Article.objects.update(is_flapping=True)
        return ask(*args)

    monkeypatch.setattr(wire, "ask", slowly)
    assert go_round(NOW) == "put_off"
    copy.refresh_from_db()
    assert (copy.url, copy.kept_at, copy.state) == ("", None, "waiting")


def test_a_copy_made_before_an_alternating_page_showed_another_text_is_none_of_this_one(site, keeper):
    """Seen again later, the text would seem to have stood all the while."""
    pages = [page("The plan is dropped", *FILLER), page("The plan is delayed", *FILLER)]
    site.pages["/a"] = pages[0]
    follow(site, "/a")
    Source.objects.update(asks_archive=True)
    for turn in (1, 2, 3):
        site.pages["/a"] = pages[turn % 2]
        look_again()
    version = article_at(site, "/a").versions.with_copy().get(number=4)
    later, within = version.last_seen_at + SECOND, version.last_seen_at
    other = version.article.versions.get(number=3)  # one made while that stood stays as it is
    for copy_of, at in ((version, later), (other, within)):
        WebCopy.objects.filter(version=copy_of).update(state=State.KEPT, url=keeper.url, kept_at=at)
    look_again()  # the text again, so that the copy would be one of it ...
    WebCopy.objects.filter(version=version).update(kept_at=article_at(site, "/a").last_checked_at + SECOND)
    site.pages["/a"] = pages[0]
    look_again()  # ... and the other
    assert article_at(site, "/a").is_flapping
    copies = WebCopy.objects.filter(version__in=[version, other]).order_by("version__number")
    assert [(copy.state, copy.url) for copy in copies] == [("kept", keeper.url), ("waiting", "")]


def test_a_copy_made_before_another_article_was_seen_at_the_address_is_none_of_this_one(site, keeper):
    site.pages["/a"] = page("Harbour board meets", *FILLER)
    follow(site, "/a")
    version = article_at(site, "/a").versions.get()
    kept_at = version.last_seen_at + SECOND
    WebCopy.objects.update_or_create(
        version=version,
        defaults={"state": State.KEPT, "url": keeper.url, "kept_at": kept_at, "ended_at": kept_at}
        | {"created_at": version.first_seen_at, "next_attempt_at": version.first_seen_at},
    )
    Source.objects.update(asks_archive=True)
    steps = [
        f"Step {n}: stir {n} spoons of sugar, flour and butter into the plums slowly." for n in range(12)
    ]
    site.pages["/a"] = page("A recipe for plum cake", *steps)
    for _ in range(3):
        look_again()
    assert article_at(site, "/a").status == Article.Status.REUSED
    copy = WebCopy.objects.get()
    assert (copy.state, copy.url) == ("waiting", "")
    assert round_once().outcome == "late"
    assert keeper.asked == []


@pytest.mark.parametrize("what", ["article", "version", "passage"])
def test_what_is_hidden_is_not_asked_for(keeper, source, what):
    copy = wanted(source)
    article = copy.version.article
    if what == "article":
        hiding.hide_articles([article.pk], WHY, None)
    elif what == "version":
        hiding.hide_versions([copy.version], WHY, None)
    else:
        hiding.hide_passage(article, "restored in 2012", WHY, None)
    assert go_round(NOW) == "declined"
    assert keeper.asked == []


@pytest.mark.parametrize("way", ["header", "meta"])
def test_a_page_that_wants_no_copies_is_not_asked_for(keeper, source, way):
    copy = wanted(source)
    snapshot = Snapshot.objects.filter(versions=copy.version_id)
    if way == "header":
        snapshot.update(headers=[["X-Robots-Tag", "noarchive"]])
    else:
        body = b"<meta name=robots content=noarchive>"
        snapshot.update(blob=snapshot.get().blob.keep("a" * 64, body))
    assert go_round(NOW) == "declined"
    copy.refresh_from_db()
    assert "noarchive" in copy.last_error
    assert keeper.asked == []


def test_a_source_that_asks_no_more_is_heard(keeper, source):
    wanted(source)
    Source.objects.update(asks_archive=False)
    assert go_round(NOW) == "declined"
    assert keeper.asked == []


# --- deaths ----------------------------------------------------------------------------------------
def test_a_process_that_dies_between_the_answer_and_our_commit_asks_again_and_loses_nothing(
    keeper, source, monkeypatch
):
    copy = wanted(source)

    class Killed(BaseException):
        pass

    def die(*args: object) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(asking, "_mark", die)
        with pytest.raises(Killed):
            go_round(NOW)
    assert keeper.kept == [copy.version.article.url]
    assert go_round(NOW + APART) is None  # for it may still be at it
    assert go_round(NOW + LEASE) == "kept"
    copy.refresh_from_db()
    assert (len(keeper.kept), copy.attempts, copy.kept_at) == (2, 2, NOW + LEASE)


def test_a_process_that_comes_back_after_its_lease_writes_nothing(keeper, source):
    copy = wanted(source)
    with time_machine.travel(NOW, tick=False):
        late = asking.claim(NOW)
    assert go_round(NOW + LEASE) == "kept"
    assert not asking._mark(late, asking.Verdict(State.FAILED, "too slow"))
    copy.refresh_from_db()
    assert copy.state == "kept"


def test_a_fault_of_ours_is_on_its_row_and_stops_no_other(keeper, source, monkeypatch):
    copy = wanted(source)

    def fail(*args: object) -> None:
        raise ZeroDivisionError("by us")

    with monkeypatch.context() as patched:
        patched.setattr(wire, "ask", fail)
        assert go_round(NOW) == "put_off"
    copy.refresh_from_db()
    assert copy.last_error == "newsdiff failed: ZeroDivisionError: by us"
    wanted(source, NOW + MINUTE, "More boats")
    assert go_round(NOW + MINUTE) == "kept"


def test_what_was_refused_for_a_day_is_given_up_and_told(keeper, source, capsys):
    copy = wanted(source)
    keeper.replies = [Reply(401)] * 200
    hours = 0
    while go_round(NOW + timedelta(hours=hours)) and hours < 48:
        hours += 1
    copy.refresh_from_db()
    assert (copy.state, copy.last_error) == ("failed", "It answers 401 Unauthorized")
    assert copy.ended_at == NOW + GIVEN_UP
    with time_machine.travel(NOW + GIVEN_UP + MINUTE, tick=False):
        reading = {one.name: one for one in health.itself(claiming.now())}["Web archive"]
        with suppress(CommandError):  # PostgreSQL's clock is not set to then, which it tells too
            call_command("doctor")
        assert asking.ask_again(WebCopy.objects.all(), claiming.now()) == 1
    assert "1 given up" in reading.words
    assert "401 Unauthorized" in reading.words
    assert "NEWSDIFF_ARCHIVE_KEY" in reading.advice
    told = capsys.readouterr().out
    assert "The web archive kept nothing for a day, and said last: It answers 401 Unauthorized" in told
    keeper.replies = []
    assert go_round(NOW + GIVEN_UP + timedelta(hours=1)) == "kept"


@in_threads
def test_the_thread_asks_by_itself_and_ends(keeper, source):
    with transaction.atomic():
        article = casting.make_article(source, "Boats", casting.BRIDGE[6:], claiming.now())
        WebCopy.ask_for(article.versions.get(), claiming.now())
    with clerk_at_work():
        until(lambda: WebCopy.objects.filter(state="kept").exists())


def test_a_hanging_archive_is_in_nobody_s_way_and_a_killed_process_goes_on(tmp_path, site, keeper, installed):
    """As `up` runs it: pages are looked at while the archive hangs, and asked for by the next process."""
    env = installed(tmp_path, NEWSDIFF_ARCHIVE_URL=keeper.url)
    site.pages |= {"/a": page("Boats"), "/b": page("Lighthouse"), "/feed.xml": rss("/a", "/b")}
    assert manage(env, "addsource", site.url("/feed.xml")).returncode == 0
    rows(tmp_path, "UPDATE articles_source SET asks_archive = 1")
    keeper.replies = ["hang"]
    up = ("manage.py", "up", "--port", str(free_port()))

    def count(condition: str) -> int:
        return rows(tmp_path, f"SELECT count(*) FROM articles_webcopy WHERE {condition}")[0][0]

    with running(env, *up, log=tmp_path / "log") as first:
        until(lambda: keeper.asked and count("state = 'waiting'") == 2, why=lambda: first.output)
        site.pages["/a"] = page("Boats and cranes")
        until(lambda: count("state = 'waiting'") == 3, why=lambda: first.output)
        assert len(keeper.asked) == 1
        first.end(SIGKILL)
    with running(env, *up, log=tmp_path / "log") as second:
        until(lambda: count("state = 'kept'") == 1, why=lambda: second.output)
        assert second.end() == 0
    assert count("state = 'waiting' OR state = 'late'") == 2  # none is lost


def rows(folder: Path, query: str) -> list[tuple]:
    with closing(sqlite3.connect(folder / "newsdiff.sqlite3", timeout=20)) as base, base:
        return base.execute(query).fetchall()
