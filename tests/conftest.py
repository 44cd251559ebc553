"""What all tests share: a site to crawl, settings that let us crawl it, hosts that need no pause."""

import gc
import ipaddress
import os
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import hypothesis
import pytest
from django.conf import settings as django_settings

from articles.claiming import clock
from articles.management.commands.doctor import COUNTERS
from articles.models import Change
from tests.chaos.fleet import FAKETIME
from tests.site import Page, Site

# An example that takes long on a busy machine is no failure.
hypothesis.settings.register_profile("untimed", hypothesis.settings(), deadline=None)
hypothesis.settings.load_profile("untimed")

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
    if django_settings.EMBEDDED:
        django_settings.DATABASES["default"]["TEST"]["NAME"] = str(data_folder / "test.sqlite3")


@pytest.fixture(autouse=True)
def own_data_folder(settings, data_folder: Path) -> None:
    """What commands leave in the data folder, such as their lock, is in this run's own too."""
    settings.DATA_DIR = data_folder


@pytest.fixture(autouse=True)
def the_clock_is_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests set the clock of this machine; the database's, which server mode goes by, would not follow."""
    monkeypatch.setattr(clock, "_offset", lambda: timedelta(0))


@pytest.fixture(autouse=True)
def plain_static_files(settings) -> None:
    """Nobody gathers static files for the tests, so their names carry no digest in server mode either."""
    storage = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = settings.STORAGES | {"staticfiles": storage}
    settings.STATIC_ROOT = None


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
def site(settings) -> Iterator[Site]:
    """A running site whose robots.txt allows everything; the crawler may visit it without a delay."""
    settings.NEWSDIFF_ALLOW_PRIVATE = LOOPBACK
    settings.NEWSDIFF_HOST_DELAY = 0.0
    running = Site()
    running.pages["/robots.txt"] = Page("User-agent: *\nAllow: /\n", kind="text/plain")
    yield running
    running.close()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leaves out what this machine cannot run, saying so; CI sets NEWSDIFF_TEST_ALL and leaves out nothing."""
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
