"""Copies of the whole database: made while newsdiff runs, checked, and put back."""

import os
import shutil
import sqlite3
import subprocess
import tempfile
from contextlib import closing
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError
from django.db import connection

MAGIC = b"SQLite format 3\0"


# --- SQLite --------------------------------------------------------------------------------------
def copy_sqlite(source: Path, target: Path) -> None:
    """Copies a database that may be in use (SQLite's online backup), and checks the copy."""
    try:
        with (
            closing(sqlite3.connect(_to_read(source), uri=True, timeout=20)) as old,
            closing(sqlite3.connect(target)) as new,
        ):
            # In one step, which is one reading transaction and, with the log beside the file, keeps no writer
            # waiting. In many, each write in between would make it begin anew, on a busy database for ever.
            old.backup(new)
            # It took over that changes stand in a log; so whoever opened it, to read too, would leave files.
            new.execute("PRAGMA journal_mode=DELETE")
        check_sqlite(target)
    except sqlite3.Error as error:
        raise CommandError(f"{source} cannot be copied: {error}.") from error


def check_sqlite(path: Path) -> None:
    """Raises CommandError where a file is no whole database of newsdiff's."""
    try:
        with path.open("rb") as file:
            if file.read(len(MAGIC)) != MAGIC:
                raise CommandError(f"{path} is no SQLite database.")
        with closing(sqlite3.connect(_to_read(path), uri=True)) as base:
            found = [words for (words,) in base.execute("PRAGMA integrity_check(10)")]
            tables = {name for (name,) in base.execute("SELECT name FROM sqlite_master")}
    except OSError as error:
        raise CommandError(f"{path} cannot be read: {error.strerror}.") from error
    except sqlite3.DatabaseError as error:
        raise CommandError(f"{path} is damaged: {error}.") from error
    if found != ["ok"]:
        raise CommandError(f"{path} is damaged: {'; '.join(found)}.")
    if not {"django_migrations", "articles_article"} <= tables:
        raise CommandError(f"{path} is a database, but not newsdiff's.")


def replace_sqlite(path: Path) -> None:
    """Puts a checked copy in the place of the database, which nobody has open."""
    database = Path(settings.DATABASES["default"]["NAME"])
    fresh = database.with_name(f"{database.name}.restoring")
    fresh.unlink(missing_ok=True)
    fresh.touch(mode=0o600, exist_ok=False)
    copy_sqlite(path, fresh)
    connection.close()
    for beside in ("-wal", "-shm"):  # of the old one: with the new they would damage it
        database.with_name(database.name + beside).unlink(missing_ok=True)
    fresh.replace(database)


def _to_read(path: Path) -> str:
    """A file's address, as SQLite takes it for reading only: a name may hold a %, ? or #."""
    return f"{path.resolve().as_uri()}?mode=ro"


# --- PostgreSQL ----------------------------------------------------------------------------------
def dump_postgres(target: Path) -> None:
    """Writes a custom-format archive by pg_dump."""
    _run("pg_dump", "--format", "custom", "--no-owner", "--file", str(target))


def check_postgres(path: Path) -> None:
    """Raises CommandError where a file is no archive of newsdiff's that pg_restore can read."""
    listed = _run("pg_restore", "--list", str(path), connected=False)
    if "TABLE DATA public articles_article" not in listed:
        raise CommandError(f"{path} is an archive, but not of newsdiff's tables.")


def restore_postgres(path: Path) -> None:
    """Puts an archive in the place of all that is there, in one transaction: all of it or nothing.

    The schema is emptied first: pg_restore's own --clean leaves, and stumbles over, tables that the
    archive does not know, as when it is older than the program.
    """
    connection.close()
    emptied = "DROP SCHEMA public CASCADE; CREATE SCHEMA public"
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "restore.sql"
        _run("pg_restore", "--no-owner", "--file", str(script), str(path), connected=False)
        options = ("--quiet", "--no-psqlrc", "--single-transaction", "--set", "ON_ERROR_STOP=1")
        _run("psql", *options, "--command", emptied, "--file", str(script))


def _names() -> dict[str, str]:
    """Where the database is, as the programs of PostgreSQL take it: no password on a command line."""
    known: dict[str, Any] = settings.DATABASES["default"]
    named = (("PGHOST", "HOST"), ("PGPORT", "PORT"), ("PGUSER", "USER"), ("PGPASSWORD", "PASSWORD"))
    given = {name: str(known[key]) for name, key in named if known.get(key)}
    mode = known.get("OPTIONS", {}).get("sslmode")
    return given | {"PGDATABASE": connection.settings_dict["NAME"]} | ({"PGSSLMODE": mode} if mode else {})


def _run(program: str, *arguments: str, connected: bool = True) -> str:
    path = shutil.which(program)
    if path is None:
        raise CommandError(
            f"{program} is not installed here. It comes with PostgreSQL's client (on Debian: apt install "
            "postgresql-client), in the version of the server or a newer one."
        )
    environment = os.environ | (_names() if connected else {})
    done = subprocess.run([path, *arguments], env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise CommandError(f"{program} failed: {done.stderr.strip()[-1000:]}")
    return done.stdout
