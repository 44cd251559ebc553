"""The embedded crew with real threads at a real site, and `manage.py up` cut short in the middle of its work."""

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from signal import SIGKILL

import pytest
import time_machine
from django.db import OperationalError
from django.utils import timezone

from articles import claiming, embedded, gaps
from articles.core.types import Extract, Rules
from articles.embedded import Crew, sole_crew
from articles.ingestion.sources import add_source
from articles.models import Article, Heartbeat, Host, Version
from articles.reading import read
from tests.crawl import at
from tests.processes import PATIENCE, Running, environment, free_port, manage, running, until
from tests.site import Asked, Page, article, rss

HOSTS_TURN = timedelta(seconds=5)
NEW_VERSION = "article:new_version"


class Slow:
    """A page that takes its time, and notes when it was asked for and when it had answered."""

    def __init__(self, page: Page, seconds: float, visits: list[tuple[float, float]]) -> None:
        self.page, self.seconds, self.visits = page, seconds, visits

    def __call__(self, asked: Asked) -> Page:
        time.sleep(self.seconds)
        self.visits.append((asked.at, time.monotonic()))
        return self.page


# --- the crew ---------------------------------------------------------------------------------------
@pytest.mark.django_db(transaction=True)
def test_the_crew_works_off_a_site_and_counts_how_it_went(site):
    paths = [f"/{n}" for n in range(6)]
    site.pages |= {path: article(f"Report number {path[1:]} from the quay") for path in paths}
    site.pages["/feed.xml"] = rss(*paths, "/missing")
    add_source(site.url("/feed.xml"))
    assert Crew(4).run_until_done(HOSTS_TURN) == {
        "robots": 1,
        NEW_VERSION: 6,
        "first": 6,
        "article:gone": 1,
    }
    assert Version.objects.count() == 6
    assert sorted(site.paths()) == sorted([*paths, "/feed.xml", "/missing", "/robots.txt"])
    assert Heartbeat.objects.get(name="tick").at > timezone.now() - timedelta(minutes=1)


@pytest.mark.django_db(transaction=True)
def test_two_crews_together_keep_the_delay_and_ask_one_thing_at_a_time(settings, site):
    settings.NEWSDIFF_HOST_DELAY = 0.2
    visits: list[tuple[float, float]] = []
    pages = {f"/{n}": article(f"Report number {n} from the quay") for n in range(6)}
    pages["/moved"] = Page(status=302, headers={"Location": "/5"})
    pages["/robots.txt"] = site.pages["/robots.txt"]
    pages["/feed.xml"] = rss(*[path for path in pages if path not in ("/5", "/robots.txt")])
    site.pages = {path: Slow(page, 0.1, visits) for path, page in pages.items()}
    add_source(site.url("/feed.xml"))
    crews = [threading.Thread(target=Crew(4).run_until_done, args=(HOSTS_TURN,)) for _ in range(2)]
    for crew in crews:
        crew.start()
    for crew in crews:
        crew.join(PATIENCE)
    assert sorted(site.paths()) == sorted(pages)  # each once, the end of the redirect included
    for (_, answered), (asked, _) in pairwise(sorted(visits)):
        assert asked - answered >= 0.15  # never two at once, and a delay (0.2 s) after the answer


@pytest.mark.django_db(transaction=True)
def test_a_crew_that_is_stopped_finishes_what_it_has_begun(site):
    begun = threading.Event()

    def slow(asked: Asked) -> Page:
        begun.set()
        time.sleep(0.5)
        return article()

    site.pages |= {"/a": slow, "/b": article("Not begun before the stop"), "/feed.xml": rss("/a", "/b")}
    add_source(site.url("/feed.xml"))
    crew = Crew(2)
    thread = threading.Thread(target=crew.run)
    thread.start()
    assert begun.wait(PATIENCE)
    crew.stop()
    thread.join(PATIENCE)
    assert not thread.is_alive()
    assert at(site, "/a").version_count == 1
    assert not Article.objects.exclude(lease_token="").exists()
    assert "/b" not in site.paths()


@pytest.mark.django_db(transaction=True)
def test_what_was_claimed_and_never_begun_is_let_go_when_the_crew_ends(site, tmp_path):
    site.pages |= {"/a": article(), "/feed.xml": rss("/a")}
    add_source(site.url("/feed.xml"))
    with sole_crew(tmp_path):
        (work,) = claiming.claim(claiming.now(), 4)
    assert not claiming.MODELS[work.job].objects.exclude(lease_token="").exists()
    assert not Host.objects.exclude(turn_token="").exists()
    until(lambda: claiming.claim(claiming.now(), 4))  # in the host's next turn


@pytest.mark.django_db(transaction=True)
def test_a_full_disk_at_the_end_is_told_and_the_next_start_makes_up_for_it(
    site, tmp_path, monkeypatch, caplog
):
    def full(now):
        raise OperationalError("database or disk is full")

    site.pages |= {"/a": article(), "/feed.xml": rss("/a")}
    add_source(site.url("/feed.xml"))
    with monkeypatch.context() as patch, sole_crew(tmp_path):
        (work,) = claiming.claim(claiming.now(), 4)
        patch.setattr(embedded.claiming, "release_all", full)
    assert "crew_not_released" in caplog.text
    with sole_crew(tmp_path):
        assert not claiming.MODELS[work.job].objects.exclude(lease_token="").exists()


@pytest.mark.django_db(transaction=True)
def test_a_crew_outlives_a_database_that_fails_for_a_moment(site, monkeypatch):
    site.pages |= {"/a": article(), "/feed.xml": rss("/a")}
    add_source(site.url("/feed.xml"))
    real, calls = claiming.claim, []

    def failing_at_first(now, limit):
        calls.append(now)
        if len(calls) == 1:
            raise OperationalError("database or disk is full")
        return real(now, limit)

    monkeypatch.setattr(embedded.claiming, "claim", failing_at_first)
    crew = Crew(2)
    thread = threading.Thread(target=crew.run)
    thread.start()
    try:
        until(lambda: Version.objects.count() == 1)
    finally:
        crew.stop()
        thread.join(PATIENCE)


@pytest.mark.django_db(transaction=True)
def test_a_clock_put_forward_between_two_ticks_holds_nothing_up(site, monkeypatch):
    """What was looked at by it would else be due by it: in an hour."""
    site.pages |= {"/a": article(), "/feed.xml": rss("/a")}
    add_source(site.url("/feed.xml"))
    lead = [0.0]  # of the machine's clock, in seconds
    monkeypatch.setattr(embedded, "_standing", lambda: lead[0])
    crew = Crew(2)
    thread = threading.Thread(target=crew.run)
    thread.start()

    def looks() -> int:
        return len([path for path in site.paths() if path == "/a"])

    try:
        until(lambda: looks() == 1 and Version.objects.count() == 1)
        monkeypatch.setattr(embedded, "HEARTBEAT", 3600.0)  # no tick by itself any more
        with time_machine.travel(timezone.now() + timedelta(hours=1)):
            lead[0] = 3600.0
            until(lambda: looks() == 2 and not Article.objects.exclude(lease_token="").exists())
        lead[0] = 0.0
        until(lambda: looks() == 3)
    finally:
        crew.stop()
        thread.join(PATIENCE)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("fails", ["once", "while it is ahead", "when it is back"])
def test_nor_does_one_that_is_put_forward_while_no_tick_can_be_noted(site, monkeypatch, caplog, fails):
    """The disk is full just then, while a look is under way that ends by the clock as it is."""
    shown, asked, answered = article(), threading.Event(), threading.Event()

    def waiting(_: Asked) -> Page:
        asked.set()
        assert answered.wait(PATIENCE)
        return shown

    site.pages |= {"/a": waiting, "/feed.xml": rss("/a")}
    add_source(site.url("/feed.xml"))
    lead, failed, noted = [0.0], [], []

    def note(now, since_last):
        is_due = not lead[0] and len(noted) > 1 if fails == "when it is back" else bool(lead[0])
        if is_due and (fails == "while it is ahead" or not failed):
            failed.append(now)
            raise OperationalError("database or disk is full")
        noted.append(now)
        tick(now, since_last)

    tick = gaps.tick
    monkeypatch.setattr(embedded, "_standing", lambda: lead[0])
    monkeypatch.setattr(embedded.gaps, "tick", note)
    monkeypatch.setattr(embedded, "HEARTBEAT", 3600.0)  # no tick by itself but the first
    crew = Crew(2)
    thread = threading.Thread(target=crew.run)
    thread.start()
    try:
        assert asked.wait(PATIENCE)
        with time_machine.travel(timezone.now() + timedelta(hours=1)):
            lead[0] = 3600.0
            until(lambda: failed if fails == "while it is ahead" else len(noted) > 1)
            answered.set()
            # by this clock the lease may have ended, and a second look be under way
            until(
                lambda: Version.objects.count() == 1 and not Article.objects.exclude(lease_token="").exists()
            )
            asked.clear()
        lead[0] = 0.0
        assert asked.wait(PATIENCE)
        until(lambda: noted[-1] < failed[0] if fails != "when it is back" else noted[-1] > failed[0])
        assert caplog.text.count("clock_turned_back") == 1
    finally:
        answered.set()
        crew.stop()
        thread.join(PATIENCE)


@pytest.mark.django_db
def test_a_clock_that_is_not_the_one_all_share_moves_nothing(monkeypatch):
    """Of a worker beside PostgreSQL, by whose clock all is scheduled."""
    standing = [3600.0]
    monkeypatch.setattr(embedded, "_standing", lambda: standing[0])
    monkeypatch.setattr(embedded.claiming, "is_ours", lambda: False)
    crew, soon = Crew(1), timezone.now() + timedelta(minutes=5)
    host = Host.objects.create(authority="a.example", next_at=soon)
    standing[0] = 0.0
    assert crew._claim_and_start() == 0
    assert Heartbeat.objects.filter(name="tick").exists()
    host.refresh_from_db()
    assert host.next_at == soon


@pytest.mark.django_db(transaction=True)
def test_a_bug_met_in_one_article_stops_neither_the_crew_nor_the_others(site, monkeypatch):
    def failing(body: bytes, url: str, charset: str, rules: Rules, known: str) -> Extract | None:
        if url.endswith("/b"):
            raise ZeroDivisionError("a bug")
        return read(body, url, charset, rules, known)

    monkeypatch.setattr("articles.ingestion.articles.read", failing)
    site.pages |= {"/a": article("Good"), "/b": article("Bad"), "/feed.xml": rss("/b", "/a")}
    add_source(site.url("/feed.xml"))
    assert Crew(2).run_until_done(HOSTS_TURN) == {"robots": 1, NEW_VERSION: 1, "first": 1, "article:error": 1}
    assert at(site, "/b").last_error == "newsdiff itself failed: ZeroDivisionError: a bug"


# --- one process on a data folder -------------------------------------------------------------------
def started(env: dict[str, str], folder: Path) -> AbstractContextManager[Running]:
    port = free_port()
    env = env | {"BASE_URL": f"http://127.0.0.1:{port}"}
    return running(env, "manage.py", "up", "--port", str(port), log=folder / "up.log")


@contextmanager
def rows(folder: Path) -> Iterator[sqlite3.Connection]:
    """The database of another process, as it stands."""
    with closing(
        sqlite3.connect(f"file:{folder / 'newsdiff.sqlite3'}?mode=ro", uri=True, timeout=20)
    ) as base:
        yield base


def versions(folder: Path) -> list[tuple[str, int, str]]:
    """Address, number and headline of every version, in order."""
    with rows(folder) as base:
        return base.execute(
            "SELECT a.url, v.number, v.title FROM articles_version v JOIN articles_article a "
            "ON a.id = v.article_id ORDER BY a.id, v.number"
        ).fetchall()


def test_a_data_folder_has_one_crew(tmp_path, installed):
    env = installed(tmp_path)
    with started(env, tmp_path) as first:
        until(lambda: "is running on" in first.output, why=lambda: first.output)
        second = manage(env, "up", "--port", str(free_port()))
        assert second.returncode == 1
        assert f"newsdiff is already running on {tmp_path}" in second.stderr
        # but a look by hand goes beside it, kept apart by the leases
        assert manage(env, "check", "--json").returncode == 0


def test_a_database_that_cannot_be_used_ends_the_start_with_a_sentence(tmp_path):
    (tmp_path / "newsdiff.sqlite3").write_bytes(b"no database at all " * 1000)
    ended = manage(environment(tmp_path), "up", "--port", str(free_port()))
    assert ended.returncode == 1
    assert ended.stderr.startswith("CommandError: The database cannot be used: file is not a database.")
    assert "Traceback" not in ended.stderr


def test_killed_in_the_middle_of_looks_nothing_is_stuck_lost_or_doubled(tmp_path, site, installed):
    env = installed(tmp_path)
    paths = ["/a", "/b", "/c"]
    shown: dict[str, str] = {}
    asked = threading.Event()

    def page_of(path: str):
        def answer(_: Asked) -> Page:
            asked.set()
            time.sleep(0.05)
            return article(shown[path])

        return answer

    def publish(text: str) -> None:
        shown.update({path: f"{text} at {path[1:]}" for path in paths})

    def stored(number: int) -> bool:
        return sum(n == number and title in shown.values() for _, n, title in versions(tmp_path)) == len(
            paths
        )

    publish("The first text")
    site.pages |= {path: page_of(path) for path in paths} | {"/feed.xml": rss(*paths)}
    assert manage(env, "addsource", site.url("/feed.xml")).returncode == 0
    # killed while a page is on its way, while it is read, and about when it is stored
    for number, moment in enumerate((0.0, 0.1, 0.2, None), start=1):
        asked.clear()
        with started(env, tmp_path) as crew:
            assert asked.wait(PATIENCE), crew.output
            until(lambda n=number: stored(n), why=lambda: crew.output)
            if moment is None:
                break
            publish(f"Text number {number + 1}")
            asked.clear()
            assert asked.wait(PATIENCE), crew.output
            time.sleep(moment)
            crew.end(SIGKILL)
            until(lambda: crew.left_behind() == [])  # the readers end with their parent
    by_article: dict[str, list[int]] = {}
    for url, number, _ in versions(tmp_path):
        by_article.setdefault(url, []).append(number)
    assert list(by_article.values()) == [[1, 2, 3, 4]] * len(paths)
    examined = manage(env, "doctor")
    assert examined.returncode == 0, examined.stdout
    with rows(tmp_path) as base:
        assert base.execute("PRAGMA integrity_check").fetchone() == ("ok",)
