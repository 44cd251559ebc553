"""Server mode as it is run: Celery workers, beats and gunicorn in processes of their own.

DATABASE_URL and REDIS_URL say where PostgreSQL and Redis are. Nothing in them is touched: a new
database is made on that server, and of Redis a database is taken that was empty.
"""

import os
import re
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from itertools import pairwise
from pathlib import Path
from secrets import token_hex
from signal import SIGKILL, SIGTERM
from urllib.parse import urlsplit

import dj_database_url
import psycopg2
import pytest
import redis

from articles.claiming import LEASE
from newsdiff.celery import GRACE
from tests.processes import PATIENCE, Running, environment, free_port, get, manage, running, until
from tests.site import Asked, Page, Site, article, rss

pytestmark = pytest.mark.server
DELAY = 0.2
PATHS = ["/a", "/b", "/c"]
PUBLIC = "https://diff.example.org"


class Server:
    """A database, a broker, a site to crawl, and whatever processes a test starts on them."""

    def __init__(self, folder: Path, database: str, broker: str) -> None:
        self.folder, self.database = folder, database
        self.broker = redis.Redis.from_url(broker)
        self.env = environment(
            folder,
            DATABASE_URL=database,
            REDIS_URL=broker,
            SECRET_KEY=token_hex(30),
            BASE_URL=PUBLIC,
            NEWSDIFF_HOST_DELAY=str(DELAY),
        )
        self.site = Site()
        self.slow = 0.0  # seconds an article takes to answer
        self.asked = threading.Event()  # an article was asked for
        self.answers: list[tuple[float, float]] = []
        self.shown: dict[str, str] = {}
        self._processes = ExitStack()
        self.publish("The first text")
        pages = {path: self._page(path) for path in PATHS}
        self.site.pages = pages | {"/feed.xml": rss(*PATHS), "/robots.txt": Page("", kind="text/plain")}

    def stop(self) -> None:
        """Ends every process."""
        self._processes.close()

    def close(self) -> None:
        self.stop()
        self.site.close()
        self.broker.flushdb()
        self.broker.close()

    def publish(self, text: str) -> None:
        """Gives every article a new headline."""
        self.shown = {path: f"{text} at {path[1:]}" for path in PATHS}

    def start(self, name: str, *command: str, **variables: str) -> Running:
        log = self.folder / f"{name}-{token_hex(3)}.log"
        return self._processes.enter_context(running(self.env | variables, *command, log=log))

    def worker(self) -> Running:
        options = (
            "--pool",
            "threads",
            "--concurrency",
            "4",
            "--loglevel",
            "INFO",
            "--hostname",
            token_hex(4),
        )
        return self.start("worker", "-m", "celery", "-A", "newsdiff", "worker", *options)

    def beat(self) -> Running:
        return self.start("beat", "-m", "celery", "-A", "newsdiff", "beat", "--loglevel", "INFO")

    def rows(self, query: str) -> list[tuple]:
        with closing(psycopg2.connect(self.database)) as base, base, base.cursor() as cursor:
            cursor.execute(query)
            return cursor.fetchall() if cursor.description else []

    def stored(self) -> bool:
        """Is what the site shows the newest version of every article?"""
        newest = self.rows(
            "SELECT v.title FROM articles_version v JOIN articles_article a "
            "ON a.id = v.article_id AND v.number = a.version_count"
        )
        return sorted(title for (title,) in newest) == sorted(self.shown.values())

    def numbers(self) -> list[list[int]]:
        """The numbers of every article's versions."""
        found = self.rows(
            "SELECT array_agg(number ORDER BY number) FROM articles_version GROUP BY article_id"
        )
        return [numbers for (numbers,) in found]

    def a_lease_passes(self) -> None:
        """What claims hold, they hold until a lease's length earlier: the wait for it, without the wait."""
        for table, column in (
            ("article", "lease_until"),
            ("feed", "lease_until"),
            ("host", "lease_until"),
            ("host", "next_at"),
        ):
            seconds = LEASE.total_seconds()
            self.rows(f"UPDATE articles_{table} SET {column} = {column} - interval '{seconds} seconds'")

    def _page(self, path: str):
        def answer(asked: Asked) -> Page:
            self.asked.set()
            time.sleep(self.slow)
            self.answers.append((asked.at, time.monotonic()))
            return article(self.shown[path])

        return answer


@pytest.fixture(scope="module")
def empty_database() -> Iterator[str]:
    """The address of a new database on DATABASE_URL's server; dropped in the end."""
    given = os.environ["DATABASE_URL"]
    name = f"newsdiff_server_{token_hex(4)}"
    known = dj_database_url.parse(given)
    access = {
        "user": known["USER"],
        "password": known["PASSWORD"],
        "host": known["HOST"],
        "port": known["PORT"],
    }
    access = {word: value for word, value in access.items() if value}
    with closing(psycopg2.connect(dbname="postgres", **access)) as base:
        base.autocommit = True
        base.cursor().execute(f"CREATE DATABASE {name}")
        yield urlsplit(given)._replace(path=f"/{name}").geturl()
        base.cursor().execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="module")
def empty_broker() -> str:
    """The address of a Redis database that nobody uses, on REDIS_URL's server."""
    given = urlsplit(os.environ["REDIS_URL"])
    for number in range(15, 0, -1):
        address = given._replace(path=f"/{number}").geturl()
        with redis.Redis.from_url(address) as broker:
            if broker.dbsize() == 0 and broker.set("newsdiff-tests", 1, nx=True):
                return address
    pytest.fail("None of the Redis databases 1 to 15 is empty.")


@pytest.fixture(scope="module")
def server(tmp_path_factory, empty_database, empty_broker) -> Iterator[Server]:
    """A migrated server that follows the site, with no process running yet."""
    made = Server(tmp_path_factory.mktemp("server"), empty_database, empty_broker)
    try:
        behind = manage(made.env, "addsource", made.site.url("/feed.xml"))
        assert (behind.returncode, "manage.py migrate" in behind.stderr) == (1, True)
        assert manage(made.env, "migrate", "--verbosity", "0").returncode == 0
        added = manage(made.env, "addsource", made.site.url("/feed.xml"))
        assert added.stdout == "the-quiet-harbour\n", added.stderr
        yield made
    finally:
        made.close()


@pytest.fixture
def laws(server: Server) -> Iterator[None]:
    """After each test: every version once, no law broken, and the site was asked politely."""
    yield
    server.stop()
    for numbers in server.numbers():
        assert numbers == list(range(1, len(numbers) + 1))
    titles = server.rows("SELECT article_id, title FROM articles_version")
    assert len(titles) == len(set(titles))  # the site never shows a headline again
    examined = manage(server.env, "doctor")
    assert examined.returncode == 0, examined.stdout
    starts = sorted(asked.at for asked in server.site.asked)
    assert all(later - earlier >= DELAY - 0.05 for earlier, later in pairwise(starts))
    for (_, answered), (asked, _) in pairwise(sorted(server.answers)):
        assert asked >= answered  # never two at once


def test_workers_and_two_beats_follow_a_site_and_see_it_change(server, laws):
    worker, beat = server.worker(), server.beat()
    until(server.stored, why=lambda: worker.output + beat.output)
    second_worker, second_beat = server.worker(), server.beat()
    until(lambda: " ready." in second_worker.output, why=lambda: second_worker.output)
    for number in (2, 3):
        server.publish(f"Text number {number}")
        until(server.stored, why=lambda: worker.output + second_worker.output)
    until(lambda: "check article" in second_worker.output, why=lambda: second_worker.output)
    assert beat.process.poll() is second_beat.process.poll() is None
    assert [len(numbers) for numbers in server.numbers()] == [3, 3, 3]
    beat.end()
    second_beat.end()
    for each in (worker, second_worker):
        each.process.send_signal(SIGTERM)
    assert [each.process.wait(PATIENCE) for each in (worker, second_worker)] == [0, 0]
    assert server.rows("SELECT id FROM articles_article WHERE lease_token <> ''") == []


@pytest.mark.parametrize("slow", [0.5, 0.0], ids=["as it fetches", "as it reads"])
def test_a_killed_worker_loses_and_doubles_nothing(server, laws, slow):
    worker, beat = server.worker(), server.beat()
    until(server.stored, why=lambda: worker.output)
    server.slow = slow
    server.publish(f"Seen after a death at {slow}")
    server.asked.clear()
    assert server.asked.wait(PATIENCE)
    worker.end(SIGKILL)
    time.sleep(slow)  # the site answers the dead
    server.a_lease_passes()
    second_worker = server.worker()
    until(server.stored, why=lambda: second_worker.output + beat.output)
    assert second_worker.end() == 0
    until(lambda: worker.left_behind() == second_worker.left_behind() == [])


def test_a_worker_that_is_to_end_does_not_wait_for_a_slow_site(server, laws):
    worker, beat = server.worker(), server.beat()
    until(server.stored, why=lambda: worker.output)
    server.publish("Answered too late")
    server.slow = 2 * GRACE
    server.asked.clear()
    assert server.asked.wait(PATIENCE)
    assert worker.end() == 0
    assert "worker_cut_off" in worker.output
    beat.end()
    server.slow = 0.0
    time.sleep(GRACE)  # the site answers the dead
    server.a_lease_passes()
    second_worker, _ = server.worker(), server.beat()
    until(server.stored, why=lambda: second_worker.output)


def test_a_worker_helps_itself_while_no_bell_rings(server, laws):
    worker = server.worker()
    server.publish("Seen without a bell")
    until(server.stored, why=lambda: worker.output)
    assert worker.end() == 0
    assert server.rows("SELECT id FROM articles_article WHERE lease_token <> ''") == []


def test_a_broker_that_forgets_everything_does_no_harm(server, laws):
    worker, beat = server.worker(), server.beat()
    for number in range(1, 4):
        server.publish(f"After forgetting {number}")
        server.asked.clear()
        assert server.asked.wait(PATIENCE)
        server.broker.flushdb()
        # What was claimed and then forgotten is due again when its lease ends.
        until(server.stored, LEASE.total_seconds() + PATIENCE, why=lambda: worker.output + beat.output)


def test_gunicorn_serves_pages_and_static_files_behind_a_proxy(server, laws):
    gathered = {"DJANGO_SETTINGS_MODULE": "tests.settings_gathered"}
    assert manage(server.env | gathered, "collectstatic", "--no-input", "--verbosity", "0").returncode == 0
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    web = server.start(
        "web",
        *("-m", "gunicorn", "--config", "newsdiff/gunicorn.py", "newsdiff.wsgi"),
        **gathered,
        NEWSDIFF_BIND=f"127.0.0.1:{port}",
        WEB_CONCURRENCY="2",
    )
    worker = server.worker()
    server.beat()
    until(server.stored, why=lambda: worker.output)
    server.publish("Shown in a comparison")
    until(lambda: server.stored() and min(map(len, server.numbers())) > 1, why=lambda: worker.output)

    assert until(lambda: get(base + "/healthz"), why=lambda: web.output).status == 200
    ready = until(lambda: (got := get(base + "/readyz")).status == 200 and got)
    assert '"broker": "ok"' in ready.body
    as_proxied = {"Host": "diff.example.org", "X-Forwarded-Proto": "https"}
    (pk,) = server.rows("SELECT min(id) FROM articles_article")[0]
    page = get(f"{base}/articles/{pk}/diff/1/latest/", **as_proxied)
    assert page.status == 200
    assert "<ins>" in page.body
    (sheet,) = re.findall(
        r'<link rel="stylesheet" href="(/static/css/newsdiff\.[0-9a-f]{12}\.css)">', page.body
    )
    styles = get(base + sheet, **as_proxied)
    assert styles.status == 200
    assert "immutable" in styles.headers["cache-control"]
    assert get(base + "/static/css/no-such.css", **as_proxied).status == 404
    assert get(f"{base}/", Host="elsewhere.example", **{"X-Forwarded-Proto": "https"}).status == 400
    feed = get(f"{base}/feed.atom", **as_proxied).body
    assert f"{PUBLIC}/articles/{pk}/diff/" in feed
    assert base not in feed

    assert web.end() == 0
    until(lambda: web.left_behind() == [])


def test_what_workers_count_is_summed_and_any_web_process_tells_it(server, laws):
    token = "a-token-that-nobody-guesses"
    port = free_port()
    web = server.start(
        "web",
        *("-m", "gunicorn", "--config", "newsdiff/gunicorn.py", "newsdiff.wsgi"),
        NEWSDIFF_BIND=f"127.0.0.1:{port}",
        NEWSDIFF_METRICS_TOKEN=token,
        WEB_CONCURRENCY="2",
    )

    def told(name: str) -> float:
        answer = get(f"http://127.0.0.1:{port}/metrics", Authorization=f"Bearer {token}")
        found = re.findall(rf"^{re.escape(name)} (\S+)$", answer.body if answer else "", re.MULTILINE)
        return float(found[0]) if found else -1.0

    until(lambda: told("newsdiff_versions_total") >= 0, why=lambda: web.output)
    assert get(f"http://127.0.0.1:{port}/metrics").status == 401
    server.rows("DELETE FROM articles_worker")  # those that other tests have killed
    before, stored = told("newsdiff_versions_total"), sum(map(len, server.numbers()))
    worker, second_worker = server.worker(), server.worker()
    server.beat()
    until(lambda: told('newsdiff_workers{state="alive"}') == 2, why=lambda: worker.output)
    server.publish("Counted by two workers")
    until(server.stored, why=lambda: worker.output)
    made = sum(map(len, server.numbers())) - stored
    assert made >= len(PATHS)
    until(
        lambda: told("newsdiff_versions_total") == before + made,
        why=lambda: f"{before} and {made} are not {told('newsdiff_versions_total')}; {worker.output}",
    )
    assert told('newsdiff_heartbeat_age_seconds{name="work"}') < 60
    assert second_worker.end() == 0
    until(lambda: told('newsdiff_workers{state="alive"}') == 1)
    assert told('newsdiff_workers{state="silent"}') == 0
