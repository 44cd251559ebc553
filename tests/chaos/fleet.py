"""The processes under fire: newsdiff embedded, or as a server on a PostgreSQL and a Redis of its own."""

import os
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections import Counter
from contextlib import ExitStack, closing, suppress
from pathlib import Path
from secrets import token_hex
from typing import Any

import psycopg2

from tests.chaos.proxy import Proxy
from tests.processes import Running, environment, free_port, manage, running, until

DISK = 320  # megabytes of the data's disk
FAKETIME = sorted(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))
ORPHANS_END = 5.0  # seconds within which children must have followed their parent


class Member:
    """One process, started again whenever it ends, as systemd or Docker would."""

    def __init__(
        self, name: str, folder: Path, env: dict[str, str], *command: str, program: str = sys.executable
    ) -> None:
        self.name, self.command, self.program = name, command, program
        self.lock = threading.RLock()
        self.log = folder / f"{name}.log"
        self.clock = folder / f"{name}.clock"
        self.env = env
        if program == sys.executable:
            self.env = env | _fake_time(self.clock)
            self.turn_clock(0)
        self.running: Running | None = None
        self.ended_by_itself: list[int] = []
        self.orphans = 0
        self._stack = ExitStack()

    def start(self) -> None:
        with self.lock:
            self.running = self._stack.enter_context(
                running(self.env, *self.command, log=self.log, program=self.program)
            )

    def watch(self) -> None:
        """Starts it again if it has ended by itself."""
        with self.lock:
            if self.running and (status := self.running.process.poll()) is not None:
                self.ended_by_itself.append(status)
                self._ended()
                self.start()

    def kill(self) -> None:
        """kill -9 of the process alone; its children must end by themselves."""
        with self.lock:
            if self.running:
                self.running.end(signal.SIGKILL)
                self._ended()

    def terminate(self, seconds: float = 30.0) -> float:
        """SIGTERM; returns the seconds that it took to end. After `seconds` it is killed."""
        with self.lock:
            if not self.running:
                return 0.0
            began = time.monotonic()
            try:
                self.running.end(signal.SIGTERM, seconds)
            except subprocess.TimeoutExpired:
                self.running.end(signal.SIGKILL)
            took = time.monotonic() - began
            self._ended()
            return took

    def send(self, number: int) -> None:
        """A signal to the process and its children, such as SIGSTOP."""
        with self.lock, suppress(ProcessLookupError):
            if self.running:
                os.killpg(self.running.process.pid, number)

    def turn_clock(self, hours: float) -> None:
        """Sets its clock so much beside the true time."""
        fresh = self.clock.with_suffix(".new")
        fresh.write_text(f"{hours * 3600:+.0f}\n")
        fresh.replace(self.clock)

    def pids(self) -> list[int]:
        """The process and its children."""
        if not self.running:
            return []
        found = []
        for entry in Path("/proc").iterdir():
            with suppress(OSError, IndexError, ValueError):
                session = (entry / "stat").read_text().rpartition(")")[2].split()[3]
                if entry.name.isdigit() and int(session) == self.running.process.pid:
                    found.append(int(entry.name))
        return found

    def _ended(self) -> None:
        assert self.running
        try:
            until(lambda: not self.running.left_behind(), ORPHANS_END)
        except AssertionError:
            self.orphans += 1
        self._stack.close()
        self._stack, self.running = ExitStack(), None


def _fake_time(clock: Path) -> dict[str, str]:
    """What makes a process take its clock's lead or lag from a file, within a second of its writing."""
    if not FAKETIME:
        raise RuntimeError("libfaketime is missing: apt-get install faketime")
    return {
        "LD_PRELOAD": str(FAKETIME[0]),
        "FAKETIME_TIMESTAMP_FILE": str(clock),
        "FAKETIME_CACHE_DURATION": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "FAKETIME_DISABLE_SHM": "1",
        "PYTHONPATH": str(Path(__file__).parent / "clock"),
    }


class Disk:
    """A small file system that can be filled to the last byte.

    Where mounting one is not allowed, "full" is a limit on the size of the processes' files instead: their
    writes fail the same way, with EFBIG in place of ENOSPC.
    """

    def __init__(self, folder: Path, may_mount: bool = True) -> None:
        self.folder = folder
        folder.mkdir()
        command = ["mount", "-t", "tmpfs", "-o", f"size={DISK}m,mode=755", "tmpfs", str(folder)]
        self.is_mounted = (
            may_mount and subprocess.run(command, capture_output=True, check=False).returncode == 0
        )

    @property
    def kind(self) -> str:
        return "a file system of its own" if self.is_mounted else "a limit on the size of files"

    def fill(self, pids: list[int]) -> None:
        """Leaves not a byte free."""
        if not self.is_mounted:
            for pid in pids:
                _limit_files(pid, 4096)
            return
        with (self.folder / "filler").open("ab", buffering=0) as filler:
            for size in (1 << 20, 1 << 12, 1):
                with suppress(OSError):
                    while True:
                        filler.write(bytes(size))

    def free(self, pids: list[int]) -> None:
        """Makes room again."""
        if not self.is_mounted:
            for pid in pids:
                _limit_files(pid, resource.RLIM_INFINITY)
        (self.folder / "filler").unlink(missing_ok=True)

    def close(self) -> None:
        if self.is_mounted:
            subprocess.run(["umount", "--lazy", str(self.folder)], check=False)


def _limit_files(pid: int, size: int) -> None:
    with suppress(ProcessLookupError):
        _, hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (hard if size == resource.RLIM_INFINITY else size, hard))


class Fleet:
    """What both modes have in common: members that are kept running, a disk, a database to look into."""

    mode = ""
    recovers_in = 0.0  # seconds from kill -9 to the next look: the promise

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.disk = Disk(folder / "disk")
        self.crawlers: list[Member] = []
        self.members: list[Member] = []
        self.locks: dict[str, threading.RLock] = {}
        self.drained: list[float] = []  # seconds of each SIGTERM of a crawler
        self._is_ending = threading.Event()
        self._watcher = threading.Thread(target=self._watch, daemon=True)
        self.env: dict[str, str] = {}
        self.web = 0  # port

    def start(self) -> None:
        """Starts all members, and keeps them running."""
        for member in self.members:
            member.start()
        self._watcher.start()

    def stop(self) -> list[float]:
        """Ends all members by SIGTERM, crawlers first; returns the seconds that each crawler took."""
        self._is_ending.set()
        self._watcher.join()
        took = [member.terminate() for member in self.crawlers]
        for member in self.members:
            if member not in self.crawlers and member.name != "redis":
                member.terminate()
        return took

    def close(self) -> None:
        self._is_ending.set()
        for member in self.members:
            member.kill()
        self.disk.close()

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        raise NotImplementedError

    def doctor(self) -> str:
        """What `manage.py doctor` prints of the data, run with the true clock."""
        raise NotImplementedError

    def is_sound(self) -> str:
        """What the database says of its own files; "" if they are sound."""
        raise NotImplementedError

    def ended_by_themselves(self) -> Counter[str]:
        """How often a member ended that nobody had ended."""
        return Counter({m.name: len(m.ended_by_itself) for m in self.members if m.ended_by_itself})

    def _watch(self) -> None:
        while not self._is_ending.wait(0.2):
            for member in self.members:
                member.watch()


class Embedded(Fleet):
    """`manage.py up` on SQLite, alone."""

    mode = "embedded"
    recovers_in = 10.0

    def __init__(self, folder: Path, **settings: str) -> None:
        super().__init__(folder)
        self.data = self.disk.folder
        self.web = free_port()
        self.env = environment(self.data, BASE_URL=f"http://127.0.0.1:{self.web}", **settings)
        up = Member("up", folder, self.env, "manage.py", "up", "--port", str(self.web))
        self.crawlers = self.members = [up]
        self.locks = {"up": up.lock, "disk": threading.RLock()}

    def follow(self, feeds: list[str]) -> None:
        for feed in feeds:
            added = manage(self.env, "addsource", feed)
            assert added.returncode == 0, added.stderr

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        name = f"file:{self.data / 'newsdiff.sqlite3'}?mode=ro"
        with closing(sqlite3.connect(name, uri=True, timeout=20)) as base:
            return base.execute(query).fetchall()

    def doctor(self) -> str:
        # a copy: the disk is smaller than doctor wants one to be
        copied = self.folder / "copy"
        shutil.copytree(self.data, copied)
        return manage(self.env | {"NEWSDIFF_DATA_DIR": str(copied)}, "doctor").stdout

    def is_sound(self) -> str:
        ((found,), *_) = self.rows("PRAGMA integrity_check")
        return "" if found == "ok" else found


class PostgreSQL:
    """A cluster of our own, on the small disk."""

    def __init__(self, folder: Path) -> None:
        binaries = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
        if not binaries:
            raise RuntimeError("PostgreSQL is missing: apt-get install postgresql")
        self.binaries, self.folder, self.port = binaries[-1].parent, folder / "postgres", free_port()
        self.folder.mkdir(mode=0o700)
        if os.geteuid() == 0:  # PostgreSQL refuses to run as root
            shutil.chown(self.folder, "postgres")
        self._run("initdb", "--username", "postgres", "--auth", "trust", "--wal-segsize", "1")
        self.start()

    def start(self) -> None:
        """Starts it, again and again while it cannot (a full disk), for at most a minute."""
        options = f"-c port={self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories="
        options += " -c max_wal_size=16MB -c min_wal_size=2MB -c shared_buffers=32MB"
        command = ("pg_ctl", "--silent", "--wait", "--log", str(self.folder / "log"), "--options", options)
        until(lambda: self.is_running() or self._run(*command, "start", check=False) == 0, 60, why=self.said)

    def stop(self, how: str) -> None:
        self._run("pg_ctl", "--silent", "--mode", how, "stop", check=False)

    def is_running(self) -> bool:
        return self._run("pg_ctl", "--silent", "status", check=False) == 0

    def pids(self) -> list[int]:
        """The postmaster, whose limits new backends have from it."""
        with suppress(OSError, ValueError, IndexError):
            return [int((self.folder / "postmaster.pid").read_text().split()[0])]
        return []

    def said(self) -> str:
        with suppress(OSError):
            return (self.folder / "log").read_text(errors="replace")[-2000:]
        return ""

    def _run(self, program: str, *arguments: str, check: bool = True) -> int:
        unprivileged = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
        command = [*unprivileged, str(self.binaries / program), "--pgdata", str(self.folder), *arguments]
        done = subprocess.run(command, capture_output=True, text=True, cwd="/", check=False, timeout=90)
        assert not check or done.returncode == 0, done.stderr
        return done.returncode


class Server(Fleet):
    """Celery workers, two beats and gunicorn, on a PostgreSQL and a Redis behind proxies."""

    mode = "server"
    recovers_in = 20.0

    def __init__(self, folder: Path, workers: int = 2, **settings: str) -> None:
        super().__init__(folder)
        folder.chmod(0o755)
        self.postgres = PostgreSQL(self.disk.folder)
        redis_port = free_port()
        self.database_proxy, self.broker_proxy = Proxy(self.postgres.port), Proxy(redis_port)
        self.web = free_port()
        data = folder / "data"
        data.mkdir()
        self.env = environment(
            data,
            DATABASE_URL=f"postgres://postgres@127.0.0.1:{self.database_proxy.port}/postgres",
            REDIS_URL=f"redis://127.0.0.1:{self.broker_proxy.port}/0",
            SECRET_KEY=token_hex(30),
            NEWSDIFF_CONTACT="chaos@example.org",
            BASE_URL=f"http://127.0.0.1:{self.web}",
            DJANGO_SETTINGS_MODULE="tests.settings_gathered",
            NEWSDIFF_BIND=f"127.0.0.1:{self.web}",
            WEB_CONCURRENCY="1",
            **settings,
        )
        options = ("--port", str(redis_port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder))
        self.redis = Member("redis", folder, os.environ.copy(), *options, program="redis-server")
        self.crawlers = [self._celery(f"worker{n}", "worker", *_pool()) for n in range(workers)]
        self.beats = [self._celery(f"beat{n}", "beat", "-s", str(folder / f"beat{n}")) for n in range(2)]
        gunicorn = ("-m", "gunicorn", "--config", "newsdiff/gunicorn.py", "newsdiff.wsgi")
        self.gunicorn = Member("web", folder, self.env, *gunicorn)
        self.members = [self.redis, *self.crawlers, *self.beats, self.gunicorn]
        self.locks = {member.name: member.lock for member in self.members}
        self.locks |= {"database": threading.RLock(), "broker": threading.RLock()}

    def follow(self, feeds: list[str]) -> None:
        for command in (("migrate", "--verbosity", "0"), ("collectstatic", "--no-input", "--verbosity", "0")):
            done = manage(self.env, *command)
            assert done.returncode == 0, done.stderr
        for feed in feeds:
            added = manage(self.env, "addsource", feed)
            assert added.returncode == 0, added.stderr

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with (
            closing(
                psycopg2.connect(
                    host="127.0.0.1", port=self.postgres.port, user="postgres", dbname="postgres"
                )
            ) as base,
            base,
            base.cursor() as cursor,
        ):
            cursor.execute(query)
            return cursor.fetchall() if cursor.description else []

    def doctor(self) -> str:
        return manage(self.env, "doctor").stdout

    def is_sound(self) -> str:
        self.rows("CREATE EXTENSION IF NOT EXISTS amcheck")
        checked = "SELECT bt_index_check(c.oid, true) FROM pg_class c JOIN pg_am a ON a.oid = c.relam "
        try:
            self.rows(
                f"{checked} WHERE a.amname = 'btree' AND c.relkind = 'i' AND c.relname LIKE 'articles%'"
            )
        except psycopg2.Error as error:
            return str(error)
        return ""

    def close(self) -> None:
        self.postgres.stop("immediate")
        super().close()
        self.database_proxy.close()
        self.broker_proxy.close()

    def _celery(self, name: str, *command: str) -> Member:
        return Member(name, self.folder, self.env, "-m", "celery", "-A", "newsdiff", *command)


def _pool() -> tuple[str, ...]:
    return ("--pool", "threads", "--concurrency", "4", "--loglevel", "INFO", "--hostname", token_hex(4))
