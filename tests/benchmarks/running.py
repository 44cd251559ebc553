"""newsdiff as people run it, in processes of its own, for the benches: embedded, and in server mode."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex
from tempfile import TemporaryDirectory
from typing import Any, Protocol
from urllib.parse import urlsplit

from tests.benchmarks import trees
from tests.benchmarks.publisher import Publisher
from tests.processes import ROOT, Running, environment, free_port, get, manage, running, until

WORKERS = 8  # at once, for whoever is measured
DAY = "86400"
PATIENCE = 900.0  # seconds for one round


@dataclass(frozen=True, slots=True)
class Round:
    """One look at every article: seconds it took, CPU seconds it cost, and how looks ended."""

    seconds: float
    cpu: float
    outcomes: dict[str, int]


class Contender(Protocol):
    """Somebody who watches pages."""

    name: str
    sessions: list[int]  # of the processes whose work is counted

    def follow(self, site: Publisher) -> None:
        """Begins to watch every article of the site and looks at each once."""

    def look_at_all(self) -> Round:
        """Looks at every article once."""


class Inside:
    """The process of ours inside a database (`tests.benchmarks.inside`)."""

    def __init__(self, env: dict[str, str]) -> None:
        command = [sys.executable, "-m", "tests.benchmarks.inside"]
        settings = env | {"DJANGO_SETTINGS_MODULE": "newsdiff.settings"}
        self._process = subprocess.Popen(
            command, env=settings, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def ask(self, *command: Any) -> Any:
        """Gives it a command's name and arguments; returns its answer."""
        assert self._process.stdin
        assert self._process.stdout
        print(json.dumps(command), file=self._process.stdin, flush=True)
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError("the process inside the database has ended; see above")
        return json.loads(line)

    def close(self) -> None:
        """Ends it."""
        self._process.communicate(timeout=30)


class Newsdiff:
    """A newsdiff that runs, and a process of ours inside its database."""

    def __init__(self, name: str, inside: Inside, *started: Running) -> None:
        self.name, self.inside = name, inside
        self.sessions = [one.process.pid for one in started]

    def follow(self, site: Publisher) -> None:
        read = self.inside.ask("follow", site.feeds, PATIENCE)
        if read != site.articles:
            raise RuntimeError(f"{self.name} has read {read} of {site.articles} articles")

    def look_at_all(self) -> Round:
        before = trees.cpu(*self.sessions)
        told = self.inside.ask("look_at_all", PATIENCE)
        spent = trees.cpu(*self.sessions) - before
        return Round(told["seconds"], spent + told["cpu"], told["outcomes"])


def _environment(folder: Path, **variables: str) -> dict[str, str]:
    """Pages are looked at when the bench says so, and no host is given a pause: the work is measured."""
    ours = {"NEWSDIFF_HOST_DELAY": "0", "NEWSDIFF_MIN_INTERVAL": DAY, "NEWSDIFF_WORKERS": str(WORKERS)}
    return environment(folder, **ours | {"LOG_LEVEL": "WARNING"} | variables)


@contextmanager
def embedded(**variables: str) -> Iterator[Newsdiff]:
    """`manage.py up` on a data folder of its own: the web, the crew and the reading children.

    `variables` are further settings.
    """
    with TemporaryDirectory(prefix="newsdiff-bench-") as name, ExitStack() as stack:
        folder, port = Path(name), free_port()
        env = _environment(folder, **variables)
        started = stack.enter_context(
            running(env, "manage.py", "up", "--port", str(port), log=folder / "up.log")
        )
        until(lambda: get(f"http://127.0.0.1:{port}/healthz"), 120, lambda: started.output)
        inside = stack.enter_context(closing(Inside(env)))
        yield Newsdiff("newsdiff embedded", inside, started)


def has_postgres() -> bool:
    """Whether DATABASE_URL says where PostgreSQL is."""
    return bool(os.environ.get("DATABASE_URL"))


def vendors() -> list[str]:
    """The databases that there are to measure: where one is SEEDED, that alone."""
    if os.environ.get("SEEDED"):
        return ["postgresql"]
    return ["sqlite", *(["postgresql"] if has_postgres() else [])]


def has_server() -> bool:
    """Whether DATABASE_URL and REDIS_URL say where PostgreSQL and Redis are."""
    return has_postgres() and bool(os.environ.get("REDIS_URL"))


@contextmanager
def own_database() -> Iterator[str]:
    """The address of a new, empty database on DATABASE_URL's server; dropped in the end."""
    import dj_database_url
    import psycopg2

    given, name = os.environ["DATABASE_URL"], f"newsdiff_bench_{token_hex(4)}"
    known = dj_database_url.parse(given)
    access = {word.lower(): known[word] for word in ("USER", "PASSWORD", "HOST", "PORT") if known[word]}
    with closing(psycopg2.connect(dbname="postgres", **access)) as base:
        base.autocommit = True
        base.cursor().execute(f"CREATE DATABASE {name}")
        try:
            yield urlsplit(given)._replace(path=f"/{name}").geturl()
        finally:
            base.cursor().execute(f"DROP DATABASE {name} WITH (FORCE)")


def _on_postgres(stack: ExitStack) -> dict[str, str]:
    """What the environment says of a new database, which is dropped with the stack, and of the broker."""
    return _of_server(stack.enter_context(own_database()))


def _of_server(database: str) -> dict[str, str]:
    """What the environment says of a database by its address, and of the broker."""
    return {
        "DATABASE_URL": database,
        "REDIS_URL": os.environ.get("REDIS_URL", "redis://127.0.0.1:6379/0"),
        "SECRET_KEY": token_hex(30),
        "BASE_URL": "http://127.0.0.1",
    }


@contextmanager
def _broker() -> Iterator[None]:
    """Leaves Redis as empty as it was; one that holds something is not ours to empty."""
    import redis

    with redis.Redis.from_url(os.environ["REDIS_URL"]) as broker:
        was_empty = broker.dbsize() == 0
        yield
        if was_empty:
            broker.flushdb()


def _migrate(env: dict[str, str]) -> None:
    migrated = manage(env, "migrate", "--verbosity", "0")
    if migrated.returncode:
        raise RuntimeError(migrated.stderr)


@contextmanager
def a_database(vendor: str) -> Iterator[Inside]:
    """A process inside an empty database, "postgresql" or "sqlite", that no newsdiff works on."""
    with TemporaryDirectory(prefix="newsdiff-bench-") as name, ExitStack() as stack:
        env = _environment(Path(name), **(_on_postgres(stack) if vendor == "postgresql" else {}))
        _migrate(env)
        yield stack.enter_context(closing(Inside(env)))


@contextmanager
def seeded(vendor: str, articles: int) -> Iterator[Inside]:
    """A process inside a database with so many made-up articles, "postgresql" or "sqlite".

    Where SEEDED is the address of a database on PostgreSQL that was filled before (`tests.benchmarks.seed`),
    in that one, whatever its size; else in one of its own, which takes its time.
    """
    given = os.environ.get("SEEDED", "") if vendor == "postgresql" else ""
    if not given:
        with a_database(vendor) as inside:
            inside.ask("seed", articles)
            yield inside
        return
    with TemporaryDirectory(prefix="newsdiff-bench-") as name, ExitStack() as stack:
        env = _environment(Path(name), **_of_server(given))
        yield stack.enter_context(closing(Inside(env)))


@contextmanager
def server(**variables: str) -> Iterator[Newsdiff]:
    """A Celery worker with a pool of threads and beat, on a PostgreSQL database of its own and on Redis.

    `variables` are further settings.
    """
    with TemporaryDirectory(prefix="newsdiff-bench-") as name, ExitStack() as stack:
        folder = Path(name)
        stack.enter_context(_broker())
        env = _environment(folder, **_on_postgres(stack), **variables)
        _migrate(env)
        celery = ("-m", "celery", "-A", "newsdiff")
        pool = ("worker", "--pool", "threads", "--concurrency", str(WORKERS), "--loglevel", "WARNING")
        started = [
            stack.enter_context(running(env, *celery, *pool, log=folder / "worker.log")),
            stack.enter_context(
                running(env, *celery, "beat", "--loglevel", "WARNING", log=folder / "beat.log")
            ),
        ]
        inside = stack.enter_context(closing(Inside(env)))
        yield Newsdiff("newsdiff server mode", inside, *started)
