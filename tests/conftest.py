"""What all tests share: a site to crawl, settings that let us crawl it, hosts that need no pause."""

import fcntl
import gc
import ipaddress
import os
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import hypothesis
import pytest
import time_machine
from django.conf import settings as django_settings
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, connection
from django.utils import timezone
from pytest_django import DjangoDbBlocker
from whitenoise.middleware import WhiteNoiseMiddleware
from whitenoise.responders import Redirect, StaticFile

from articles import counting
from articles.claiming import clock
from articles.management.commands.doctor import COUNTERS
from articles.models import ArticleTerms, Change, ChangeTerms
from articles.models.finding import full_text_table
from tests.chaos.fleet import FAKETIME
from tests.emptying import quick_emptying
from tests.processes import Installer, environment, installer, manage
from tests.site import Page, Site

# An example that takes long on a busy machine is no failure, nor is it to be slow in making one. Continuous
# integration tries the same ones each time: what new ones would find, who works on the code is to find.
hypothesis.settings.register_profile(
    "untimed",
    hypothesis.settings(),
    deadline=None,
    derandomize=bool(os.environ.get("CI")),
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("untimed")

HERE = Path(__file__).resolve().parent
LOOPBACK = [ipaddress.ip_network("127.0.0.0/8")]


@pytest.fixture(scope="session")
def data_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder of this run's own: two runs in one checkout, or one beside `make run`, don't meet."""
    return tmp_path_factory.mktemp("data")


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    data_folder: Path, django_db_modify_db_settings_parallel_suffix: None
) -> None:
    """The embedded mode's test database is a file in that folder (pytest-django asks for this fixture)."""
    database = django_settings.DATABASES["default"]
    if django_settings.EMBEDDED:
        database["TEST"]["NAME"] = str(data_folder / "test.sqlite3")
    else:  # nobody misses what a power cut takes from a test
        database["OPTIONS"]["options"] += " -c synchronous_commit=off"


@pytest.fixture(scope="session", autouse=True)
def emptied_quickly() -> Iterator[None]:
    with quick_emptying():
        yield


@pytest.fixture(autouse=True)
def own_data_folder(settings, data_folder: Path) -> None:
    """What commands leave in the data folder, such as their lock, is in this run's own too."""
    settings.DATA_DIR = data_folder


@pytest.fixture(autouse=True)
def the_clock_is_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests set the clock of this machine; the database's, which server mode goes by, would not follow."""
    monkeypatch.setattr(clock, "_offset", lambda: timedelta(0))


@pytest.fixture
def clock_stands_still() -> Iterator[None]:
    """Pages with "3 minutes ago" are others every few minutes, and so are their tags: not within this test."""
    with time_machine.travel(timezone.now(), tick=False):
        yield


@pytest.fixture(autouse=True)
def plain_static_files(settings) -> None:
    """Nobody gathers static files for the tests, so their names carry no digest in server mode either."""
    storage = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = settings.STORAGES | {"staticfiles": storage}
    settings.STATIC_ROOT = None


@pytest.fixture(scope="session", autouse=True)
def static_files_listed_once() -> Iterator[None]:
    """WhiteNoise lists all static files for every test client anew, which takes it a tenth of a second."""
    listed: dict[str, StaticFile | Redirect] = {}
    find = WhiteNoiseMiddleware.add_files_from_finders

    def found_before(self: WhiteNoiseMiddleware) -> None:
        if not listed:
            find(self)
            listed.update(self.files)
        self.files.update(listed)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(WhiteNoiseMiddleware, "add_files_from_finders", found_before)
        yield


@pytest.fixture(autouse=True)
def nothing_counted_before() -> None:
    """What a test before has counted and not stored is none of this one's."""
    counting._counted.clear()
    counting._looks.clear()


@pytest.fixture(autouse=True)
def quick_passwords(settings) -> None:
    """Passwords are hashed by what takes no time; what is used otherwise is slow on purpose."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(autouse=True)
def no_connection_outlives_its_test(request: pytest.FixtureRequest) -> Iterator[None]:
    """Where threads had connections, lets go of those: PostgreSQL drops no database that is in use.

    A thread's connection refers to itself, so that it ends with the thread only when the collector comes.
    """
    yield
    mark = request.node.get_closest_marker("django_db")
    if mark and mark.kwargs.get("transaction"):
        gc.collect()


@pytest.fixture
def one_connection() -> Iterator[None]:
    """Requests to the whole application leave the connection open in which the test's transaction is."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture(autouse=True)
def no_full_text_outlives_its_rows(
    request: pytest.FixtureRequest, django_db_blocker: DjangoDbBlocker
) -> Iterator[None]:
    """Empties SQLite's full-text tables, which stand beside those that Django empties after a test."""
    yield
    mark = request.node.get_closest_marker("django_db")
    if mark and mark.kwargs.get("transaction") and connection.vendor == "sqlite":
        with django_db_blocker.unblock(), connection.cursor() as cursor:
            for table in map(full_text_table, (ArticleTerms, ChangeTerms)):
                cursor.execute(f"INSERT INTO {table}({table}) VALUES ('delete-all')")


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installer:
    """Copies an installation that has been migrated, once for all processes that run these tests together."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    migrated = shared / "migrated"
    with (shared / "migrated.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not migrated.exists():
            done = manage(environment(shared / "migrating"), "migrate", "--verbosity", "0")
            assert done.returncode == 0, done.stderr
            (shared / "migrating").rename(migrated)
    return installer(migrated)


@pytest.fixture
def site(settings) -> Iterator[Site]:
    """A running site whose robots.txt allows everything; the crawler may visit it without a delay."""
    settings.NEWSDIFF_ALLOW_PRIVATE = LOOPBACK
    settings.NEWSDIFF_HOST_DELAY = 0.0
    running = Site()
    running.pages["/robots.txt"] = Page("User-agent: *\nAllow: /\n", kind="text/plain")
    yield running
    running.close()


BROWSING = ("e2e", "gates")  # the folders of tests with browsers and feed readers, which .ci/run names
# Files that take longest, by browsers and whole installations: begun last, each would be waited for in the end.
LONG = (
    "gates/",
    "test_server_mode.py",
    "test_chaos.py",
    "test_pulse.py",
    "test_backup.py",
    "test_benchmarks.py",
)
LONG += ("test_commands.py", "test_embedded.py", "test_archives.py", "e2e/", "attacks/")


def _by_length(item: pytest.Item) -> int:
    """The place of a test's file among LONG; behind them all for others."""
    file = item.path.relative_to(HERE).as_posix()
    return next((place for place, name in enumerate(LONG) if file.startswith(name)), len(LONG))


def pytest_collection_finish() -> None:
    """What is there before the first test stays: the collector, which some tests ask to come, passes it over."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(wrapper=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> Iterator[None]:
    """Puts long files first where several processes share them, each file in its own order.

    Leaves out what this machine cannot run, saying so; CI sets NEWSDIFF_TEST_ALL and leaves out nothing.
    """
    for item in items:  # before what is marked is chosen
        if (
            any(map(item.get_closest_marker, ("browser", "readers")))
            and item.path.parent.name not in BROWSING
        ):
            raise pytest.UsageError(
                f"{item.nodeid} drives a browser or a reader: CI looks for those in {BROWSING}"
            )
        if "installed" in getattr(item, "fixturenames", ()):
            item.add_marker("own")
    yield
    if "PYTEST_XDIST_WORKER" in os.environ:  # after pytest-django, which puts what has no database last
        items.sort(key=_by_length)
    if os.environ.get("NEWSDIFF_TEST_ALL"):
        return
    lacking = {
        "browser": None if os.path.exists(CHROMIUM) else f"no {CHROMIUM} (on Debian: apt install chromium)",
        "nu": None if os.environ.get("VNU_JAR") and shutil.which("java") else "needs Java, and VNU_JAR",
        "chaos": None if FAKETIME else "no libfaketime (on Debian: apt install faketime)",
        "readers": None
        if all(map(shutil.which, READERS))
        else f"no {' or '.join(READERS)} (on Debian: apt install newsboat rss2email)",
        "server": None if os.environ.get("REDIS_URL") else "needs DATABASE_URL and REDIS_URL",
    }
    for item in items:
        for mark, why in lacking.items():
            if why and item.get_closest_marker(mark):
                item.add_marker(pytest.mark.skip(reason=why))


READERS = ("newsboat", "r2e")
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")


@pytest.fixture
def laws(transactional_db):
    """After the test, what is counted is true, and no two versions in a row say the same (doctor's laws);
    and each change has the rows of its kinds."""
    yield
    for change in Change.objects.prefetch_related("kind_rows"):
        shared = (change.source_id, change.language, change.disclosed, change.seen_at, change.weight)
        expected = {(name, *shared) for name, _ in change.kinds}
        rows = change.kind_rows.values_list("name", "source", "language", "disclosed", "seen_at", "weight")
        assert set(rows) == expected
    assert [found.what for law in COUNTERS if (found := law()).level != "ok"] == []
