"""Backup and restore: while it is written to, whole, and never over what is there by mistake."""

import os
import sqlite3
from contextlib import closing
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from articles.models import Source, Worker
from tests.processes import environment, free_port, get, manage, running, until
from tests.site import article, rss


def rows(database: Path, query: str) -> list[tuple]:
    with closing(sqlite3.connect(database, timeout=20)) as base, base:
        return base.execute(query).fetchall()


def test_a_backup_made_while_versions_are_stored_is_whole_and_comes_back(tmp_path, site, installed):
    env = installed(tmp_path / "data")
    paths = [f"/{n}" for n in range(8)]
    site.pages |= {path: article(f"First text at {path}") for path in paths} | {"/feed.xml": rss(*paths)}
    assert manage(env, "addsource", site.url("/feed.xml")).returncode == 0
    port = free_port()
    copies = [tmp_path / f"copy-{n}.sqlite3" for n in range(2)]
    database = tmp_path / "data" / "newsdiff.sqlite3"
    with running(env, "manage.py", "up", "--port", str(port), log=tmp_path / "log") as up:
        until(lambda: get(f"http://127.0.0.1:{port}/healthz"), why=lambda: up.output)
        for turn, copy in enumerate(copies):
            site.pages |= {path: article(f"Text {turn} at {path}") for path in paths}
            done = manage(env, "backup", str(copy))
            assert done.returncode == 0, done.stderr
            assert "whole" in done.stdout
        refused = manage(env, "restore", str(copies[0]), "--force")
        assert (refused.returncode, "already running" in refused.stderr) == (1, True)
        assert up.end() == 0
    assert copies[0].stat().st_mode & 0o077 == 0
    assert not list(tmp_path.glob("*.unfinished"))

    (held,) = rows(copies[-1], "SELECT count(*) FROM articles_version")
    refused = manage(env, "restore", str(copies[-1]))
    assert (refused.returncode, "holds sources" in refused.stderr) == (1, True)
    done = manage(env, "restore", str(copies[-1]), "--force")
    assert (done.returncode, done.stdout) == (0, "Restored: 1 sources. Every law of the data is kept.\n"), (
        done.stderr
    )
    assert rows(database, "SELECT count(*) FROM articles_version") == [held]
    assert rows(database, "SELECT count(*) FROM articles_worker") == [(0,)]
    assert database.stat().st_mode & 0o077 == 0

    elsewhere = environment(tmp_path / "elsewhere")
    assert manage(elsewhere, "restore", str(copies[-1])).returncode == 0
    assert rows(tmp_path / "elsewhere" / "newsdiff.sqlite3", "SELECT count(*) FROM articles_version") == [
        held
    ]
    assert manage(elsewhere, "doctor").returncode == 0


def test_a_name_may_hold_any_sign(tmp_path, installed):
    env = installed(tmp_path / "50%25 of #1?mode=rwc")
    copy = tmp_path / "copy%20?#.backup"
    for command in ("backup", "restore"):
        done = manage(env, command, str(copy))
        assert done.returncode == 0, done.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["50%25 of #1?mode=rwc", copy.name]


@pytest.fixture(scope="module")
def whole(tmp_path_factory, installed) -> bytes:
    """A backup of a newsdiff without sources."""
    folder = tmp_path_factory.mktemp("whole")
    assert manage(installed(folder / "data"), "backup", str(folder / "copy")).returncode == 0
    return (folder / "copy").read_bytes()


@pytest.mark.parametrize("harm", ["cut", "garbled", "empty", "other", "text"])
def test_what_is_no_whole_backup_changes_nothing(tmp_path, installed, whole, harm):
    env = installed(tmp_path / "data")
    copy = tmp_path / "copy.sqlite3"
    before = (tmp_path / "data" / "newsdiff.sqlite3").read_bytes()
    if harm == "cut":
        copy.write_bytes(whole[: len(whole) // 2])
    elif harm == "garbled":
        copy.write_bytes(whole[:4096] + os.urandom(len(whole) - 4096))
    elif harm == "empty":
        copy.write_bytes(b"")
    elif harm == "text":
        copy.write_text("no database at all")
    else:
        rows(copy, "CREATE TABLE other (id)")
    done = manage(env, "restore", str(copy), "--force")
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert any(words in done.stderr for words in ("damaged", "no SQLite", "not newsdiff's")), done.stderr
    assert (tmp_path / "data" / "newsdiff.sqlite3").read_bytes() == before


def test_a_backup_overwrites_nothing_unasked(tmp_path, installed):
    env = installed(tmp_path / "data")
    copy = tmp_path / "copy.sqlite3"
    copy.write_text("mine")
    refused = manage(env, "backup", str(copy))
    assert (refused.returncode, copy.read_text()) == (2, "mine")
    assert manage(env, "backup", str(copy), "--force").returncode == 0
    assert manage(env, "backup", str(tmp_path / "no folder" / "copy")).returncode == 1
    assert manage(env, "restore", str(tmp_path / "no such file")).returncode == 2


# --- PostgreSQL -------------------------------------------------------------------------------------
@pytest.mark.server
@pytest.mark.django_db(transaction=True)
def test_an_archive_of_postgresql_comes_back(tmp_path):
    copy = tmp_path / "copy.dump"
    Source.objects.create(name="Kept", slug="kept")
    call_command("backup", str(copy), stdout=StringIO())
    Source.objects.create(name="Later", slug="later")
    with pytest.raises(CommandError, match="holds sources"):
        call_command("restore", str(copy))
    worker = Worker.objects.create(
        name="worker@a:1", host="a", pid=1, started_at=timezone.now(), seen_at=timezone.now()
    )
    with pytest.raises(CommandError, match=r"running \(worker@a:1\)"):
        call_command("restore", str(copy), "--force")
    worker.delete()
    with connection.cursor() as cursor:  # what a later version of the program has made
        cursor.execute("CREATE TABLE later (source bigint REFERENCES articles_source)")
    out = StringIO()
    call_command("restore", str(copy), "--force", stdout=out)
    assert "later" not in connection.introspection.table_names()
    assert "Restored: 1 sources" in out.getvalue()
    assert list(Source.objects.values_list("slug", flat=True)) == ["kept"]
    copy.write_bytes(copy.read_bytes()[:100])
    with pytest.raises(CommandError, match="pg_restore failed"):
        call_command("restore", str(copy), "--force")
    assert Source.objects.count() == 1


@pytest.mark.server
@pytest.mark.django_db
def test_without_postgresqls_programs_it_says_which_is_missing(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(CommandError, match="pg_dump is not installed here"):
        call_command("backup", str(tmp_path / "copy.dump"))
    assert not list(tmp_path.iterdir())
