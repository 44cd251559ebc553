"""Exports that are killed, run out of room or meet a hiding, and go on later; and what memory they take."""

import io
import json
import os
import resource
import signal
import subprocess
import sys
import threading
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, connections, transaction

from articles import hiding
from articles.exports import formats, making, parts, reading
from articles.exports.parts import Parts
from articles.exports.tables import ARTICLES
from articles.management import places
from articles.models import Article
from articles.moments import at_one_moment
from tests.cast import BRIDGE, DAY_ONE, FERRY, add_version, make_article, make_source
from tests.processes import ROOT, Installer
from tests.test_commands import refused, run
from tests.test_exports import WHY, exported, read

HOUR = timedelta(hours=1)


class Killed(BaseException):
    """Stands for the end of the process: nothing catches it."""


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """A part for each two articles."""
    monkeypatch.setattr(reading, "ARTICLES_AT_A_TIME", 2)
    monkeypatch.setattr(making, "PART_ARTICLES", 2)


@pytest.fixture
def articles(db: None) -> list[Article]:
    """Seven, with two versions each."""
    source = make_source()
    made = [make_article(source, f"Report {n}", [f"It is number {n}.", *BRIDGE[:2]]) for n in range(7)]
    for n, article in enumerate(made):
        add_version(article, [f"It is number {n}.", *BRIDGE[:3]], at=DAY_ONE + HOUR)
    return made


def killed_after(count: int, monkeypatch: pytest.MonkeyPatch, *command: str) -> None:
    """Runs an export that ends as if it were killed when it begins to note its part number `count` + 1."""
    finish = Parts.finish

    def noting(self: Parts, part: parts.Part) -> None:
        if part.number > count:
            raise Killed
        finish(self, part)

    with monkeypatch.context() as patched:
        patched.setattr(Parts, "finish", noting)
        with pytest.raises(Killed):
            run("export", *command)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.name != "manifest.json"}


@pytest.mark.parametrize("format", ["jsonl", "csv", "parquet"])
@pytest.mark.usefixtures("small_parts")
def test_what_was_killed_goes_on_and_is_what_it_would_have_been(tmp_path, monkeypatch, articles, format):
    out = tmp_path / "out"
    killed_after(2, monkeypatch, format, f"{out}/")
    assert [path.name for path in out.iterdir()] == ["unfinished.parts"]
    read_again: list[int] = []
    batches = reading.batches
    monkeypatch.setattr(
        reading, "batches", lambda asked, after, last: read_again.append(after) or batches(asked, after, last)
    )
    run("export", format, f"{out}/")
    # the parts that were there were not read again; the last look finds no article more
    assert read_again == [articles[3].pk, articles[5].pk, articles[6].pk]
    monkeypatch.setattr(reading, "batches", batches)
    run("export", format, f"{tmp_path}/whole/")
    assert contents(out) == contents(tmp_path / "whole")
    assert len(read(out / f"versions.{format}")) == 14


@pytest.mark.usefixtures("small_parts")
def test_it_ends_where_it_would_have_ended(tmp_path, monkeypatch, articles):
    """What came meanwhile is not in a part of it: also not in the parts that were yet to be written."""
    out = tmp_path / "v.jsonl"
    killed_after(1, monkeypatch, "jsonl", str(out))
    until = json.loads((tmp_path / "v.jsonl.parts" / "asked.json").read_text())["until"]
    later = reading.datetime.fromisoformat(until) + timedelta(microseconds=1)
    add_version(articles[6], ["Another text."], at=later)
    make_article(articles[0].source, "Another article", ["Text."], at=later)
    run("export", "jsonl", str(out))
    rows = [json.loads(line) for line in out.read_text().splitlines()]
    assert len(rows) == 14
    assert max(row["number"] for row in rows) == 2
    assert [path.name for path in tmp_path.iterdir()] == ["v.jsonl"]


@pytest.mark.usefixtures("small_parts")
def test_what_is_hidden_meanwhile_is_in_no_finished_file(tmp_path, monkeypatch, articles):
    out = tmp_path / "out"
    killed_after(3, monkeypatch, "jsonl", f"{out}/")
    hiding.hide_passage(articles[0], "It is number 0", WHY, None)
    hiding.hide_articles([articles[3].pk], WHY, None)
    run("export", "jsonl", f"{out}/")
    told = b"".join(contents(out).values()).decode()
    assert "number 0" not in told
    assert "number 3" not in told
    assert {row["id"] for row in read(out / "articles.jsonl")} == {
        article.pk for article in articles if article != articles[3]
    }
    assert read(out / "versions.jsonl") == exported(tmp_path)["versions"]


@pytest.mark.usefixtures("small_parts")
def test_what_is_hidden_while_files_are_put_together_is_not_in_them(tmp_path, monkeypatch, articles):
    join, hidden = making.ToFiles._join, []

    def joining(self: making.ToFiles) -> None:
        join(self)
        if not hidden:
            hidden.extend(hiding.hide_articles([articles[1].pk], WHY, None) or [True])

    monkeypatch.setattr(making.ToFiles, "_join", joining)
    found = exported(tmp_path)
    assert articles[1].pk not in {row["article_id"] for row in found["versions"]}
    assert len(found["articles"]) == 6
    assert [row["article_count"] for row in found["sources"]] == [6]


@pytest.mark.usefixtures("small_parts")
def test_what_is_shown_again_meanwhile_is_there(tmp_path, monkeypatch, articles):
    hiding.hide_articles([articles[1].pk], WHY, None)
    killed_after(2, monkeypatch, "jsonl", f"{tmp_path}/out/")
    hiding.lift(hiding.of_articles([articles[1].pk]), None)
    run("export", "jsonl", f"{tmp_path}/out/")
    assert len(read(tmp_path / "out" / "articles.jsonl")) == 7


@pytest.mark.usefixtures("small_parts")
def test_a_part_that_is_damaged_or_gone_is_written_again(tmp_path, monkeypatch, articles):
    out = tmp_path / "v.csv"
    killed_after(3, monkeypatch, "csv", str(out))
    kept = Parts(tmp_path / "v.csv.parts", ".csv")
    first = kept.path(1, "versions")
    first.write_bytes(first.read_bytes()[:-1] + b"?")
    kept.path(2, "versions").unlink()
    run("export", "csv", str(out))
    run("export", "csv", str(tmp_path / "again.csv"))
    assert out.read_bytes() == (tmp_path / "again.csv").read_bytes()


@pytest.mark.usefixtures("small_parts")
def test_something_else_is_not_gone_on_with(tmp_path, monkeypatch, articles):
    out = str(tmp_path / "v.jsonl")
    killed_after(1, monkeypatch, "jsonl", out, "--since", "2026-03-02")
    message, status = refused("export", "jsonl", out)
    assert status == 2
    assert "(since 2026-03-02T00:00:00+00:00)" in message
    assert "--restart" in message
    assert refused("export", "jsonl", out, "--since", "2026-03-02", "--table", "edits")[1] == 2
    run("export", "jsonl", out, "--restart", "--table", "articles")
    assert len(Path(out).read_text().splitlines()) == 7
    assert [path.name for path in tmp_path.iterdir()] == ["v.jsonl"]


@pytest.mark.usefixtures("small_parts")
def test_a_database_of_the_same_name_behind_another_port_is_another(tmp_path, monkeypatch, articles):
    out = str(tmp_path / "v.jsonl")
    killed_after(1, monkeypatch, "jsonl", out)
    with monkeypatch.context() as patched:
        patched.setitem(places.settings.DATABASES["default"], "PORT", "65000")
        message, status = refused("export", "jsonl", out)
    assert (status, "begun for something else (database " in message) == (2, True)
    run("export", "jsonl", out)


@pytest.mark.usefixtures("small_parts")
def test_beginning_anew_may_be_killed_as_well(tmp_path, monkeypatch, articles):
    """Parts go from the last on: never is one left that is taken for another export's."""
    out = str(tmp_path / "v.jsonl")
    killed_after(3, monkeypatch, "jsonl", out)
    unlink, removed = Path.unlink, []

    def removing(self: Path, **options: bool) -> None:
        if len(removed) == 2:
            raise Killed
        removed.append(self.name)
        unlink(self, **options)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "unlink", removing)
        with pytest.raises(Killed):
            run("export", "jsonl", out, "--restart", "--source", "gazette")
    assert removed == ["000003.json", "000002.json"]
    run("export", "jsonl", out)  # as it was begun at first
    assert len(Path(out).read_text().splitlines()) == 14


@pytest.mark.django_db
def test_a_folder_that_is_somebody_else_s_is_left_alone(tmp_path):
    folder = tmp_path / "v.jsonl.parts"
    folder.mkdir()
    (folder / "thesis.odt").write_text("Chapter 1")
    for options in ([], ["--restart"]):
        message, status = refused("export", "jsonl", str(tmp_path / "v.jsonl"), *options)
        assert (status, "thesis.odt" in message) == (2, True)
    assert (folder / "thesis.odt").read_text() == "Chapter 1"


@pytest.mark.django_db
def test_two_do_not_write_the_same(tmp_path):
    out = tmp_path / "v.jsonl"
    with Parts(Path(f"{out}.parts"), ".jsonl").opened({}, DAY_ONE):
        message, status = refused("export", "jsonl", str(out))
    assert (status, "under way" in message) == (1, True)


def test_one_that_waits_at_the_lock_of_one_that_ends_does_not_work_in_a_folder_that_is_gone(
    tmp_path, monkeypatch
):
    folder, locked = tmp_path / "v.jsonl.parts", parts.fcntl.flock
    with ExitStack() as at_work:
        first = Parts(folder, ".jsonl")
        at_work.enter_context(first.opened({}, DAY_ONE))

        def locked_as_the_first_ends(*arguments: Any) -> None:
            first.clear()
            at_work.close()
            locked(*arguments)

        monkeypatch.setattr(parts.fcntl, "flock", locked_as_the_first_ends)
        with pytest.raises(parts.Busy), Parts(folder, ".jsonl").opened({}, DAY_ONE):
            pass
    monkeypatch.setattr(parts.fcntl, "flock", locked)
    with Parts(folder, ".jsonl").opened({}, DAY_ONE) as until:
        assert until == DAY_ONE


def test_one_that_ends_leaves_the_folder_to_one_that_has_just_begun(tmp_path, monkeypatch):
    folder, remove = tmp_path / "v.jsonl.parts", Path.rmdir
    first = Parts(folder, ".jsonl")

    def removed_as_another_begins(path: Path) -> None:
        (path / parts.LOCK).touch()
        remove(path)

    with first.opened({}, DAY_ONE):
        monkeypatch.setattr(Path, "rmdir", removed_as_another_begins)
        first.clear()
    assert [path.name for path in folder.iterdir()] == [parts.LOCK]


# --- at one moment -----------------------------------------------------------------------------------------
@pytest.mark.django_db(transaction=True)
def test_what_is_read_together_is_of_one_moment_and_keeps_nobody_from_writing():
    with transaction.atomic():
        article = make_article(make_source(), "A bridge", BRIDGE)

    def written_by_another() -> None:
        with transaction.atomic():
            add_version(Article.objects.get(pk=article.pk), FERRY, at=DAY_ONE + HOUR)
        connections.close_all()

    with at_one_moment():
        before = Article.objects.get(pk=article.pk).version_count
        other = threading.Thread(target=written_by_another)
        other.start()
        other.join(30)
        assert not other.is_alive()
        assert Article.objects.get(pk=article.pk).versions.count() == before == 1
    assert article.versions.count() == 2
    assert not connection.in_atomic_block


@pytest.mark.django_db(transaction=True)
def test_what_is_hidden_while_a_stream_is_read_neither_stops_it_nor_is_half_there(monkeypatch):
    """Hidden right after the articles were met, and before their rows were read."""
    with transaction.atomic():
        make_article(make_source(), "A bridge", BRIDGE)
        secret = make_article(make_source("The Pier", "pier"), "A ferry", FERRY)
    rows = reading.rows

    def hidden_by_another() -> None:
        with transaction.atomic():
            hiding.hide_articles([secret.pk], WHY, None)
        connections.close_all()

    def rows_read_later(*asked: Any) -> Any:
        if not Article.objects.get(pk=secret.pk).hidden_at:
            other = threading.Thread(target=hidden_by_another)
            other.start()
            other.join(30)
        return rows(*asked)

    monkeypatch.setattr(reading, "rows", rows_read_later)
    written = []
    for _ in range(2):
        out = io.BytesIO()
        asked = reading.Asked(DAY_ONE + HOUR)
        written.append(out)
        list(making.ToStream(formats.named("jsonl", ".jsonl"), asked, ARTICLES, out).steps())
    titles = [[json.loads(line)["title"] for line in out.getvalue().splitlines()] for out in written]
    assert titles == [["A bridge", "A ferry"], ["A bridge"]]  # as of the moment at which it began, or later


# --- real processes ----------------------------------------------------------------------------------------
FILL = """
import sys, django
django.setup()
from datetime import UTC, datetime
from tests.benchmarks.seeding import planting
planting.fill(int(sys.argv[1]), 1, datetime(2026, 11, 1, tzinfo=UTC), 1, lambda written: None)
"""
# A newsdiff whose parts are small, and which kills itself, as nobody can answer, while it writes its third.
EXPORT = """
import os, signal, sys, django
django.setup()
from django.core.management import execute_from_command_line
from articles.exports import making, parquet, reading
reading.ARTICLES_AT_A_TIME = making.PART_ARTICLES = 10
parquet.ROW_GROUP = 500_000
if "KILLED" in os.environ:
    writer, parts = making._write_rows, []
    def write_rows(out, rows):
        parts.append(writer(out, rows))
        if len(parts) == 10:
            os.kill(os.getpid(), signal.SIGKILL)
        return parts[-1]
    making._write_rows = write_rows
execute_from_command_line(["manage.py", "export", *sys.argv[1:]])
"""


def own_newsdiff(installed: Installer, folder: Path, articles: int) -> dict[str, str]:
    """The environment of a newsdiff with so many articles in a database of its own."""
    env = installed(folder, DJANGO_SETTINGS_MODULE="newsdiff.settings")
    subprocess.run([sys.executable, "-c", FILL, str(articles)], env=env, cwd=ROOT, check=True, timeout=300)
    return env


def export(env: dict[str, str], *arguments: str, most: int = 0) -> tuple[int, str, float]:
    """Runs an export to its end: its status, what it said, and the most memory it took, in MB.

    most  bytes that a file may have, if any; writing on fails as on a disk that is full
    """

    def bounded() -> None:
        if most:
            resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))

    said = Path(env["NEWSDIFF_DATA_DIR"]) / "said"
    with said.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-c", EXPORT, *arguments], env=env, cwd=ROOT, stderr=out, preexec_fn=bounded
        )
        _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return process.returncode, said.read_text(), used.ru_maxrss / 1024


def test_a_process_that_is_killed_or_finds_the_disk_full_leaves_what_the_next_goes_on_with(
    tmp_path, installed
):
    env = own_newsdiff(installed, tmp_path / "data", 60)
    out = tmp_path / "out"
    status, _, _ = export(env | {"KILLED": "1"}, "jsonl", f"{out}/")
    assert status == -signal.SIGKILL
    assert [path.name for path in out.iterdir()] == ["unfinished.parts"]
    finished = list(Parts(out / "unfinished.parts", ".jsonl"))
    assert [part.articles for part in finished] == [10, 10]
    # the whole table of versions is larger than any part of it
    most = 2 * max(file.bytes for part in finished for file in part.files.values())
    status, said, _ = export(env, "jsonl", f"{out}/", most=most)
    assert status == 1
    assert f"{out}/ cannot be written: File too large. What is finished is in {out}/unfinished.parts" in said
    assert [path.name for path in out.iterdir()] == ["unfinished.parts"]
    assert len(list(Parts(out / "unfinished.parts", ".jsonl"))) == 6
    assert export(env, "jsonl", f"{out}/")[0] == 0
    assert export(env, "jsonl", f"{tmp_path}/whole/")[0] == 0
    assert contents(out) == contents(tmp_path / "whole")
    assert len(read(out / "articles.jsonl")) == 60


def test_ten_times_as_much_takes_no_more_memory(tmp_path, installed):
    # the allocator that pyarrow brings keeps what was freed, another thirty megabytes of it at each run
    plain = {"ARROW_DEFAULT_MEMORY_POOL": "system"}
    small, large = (own_newsdiff(installed, tmp_path / str(count), count) | plain for count in (15, 150))
    for format in ("jsonl", "parquet"):
        taken = []
        for env in (small, large):
            out = f"{env['NEWSDIFF_DATA_DIR']}/versions.{format}"
            status, said, peak = export(env, format, out)
            assert status == 0, said
            taken.append((Path(out).stat().st_size, peak))
        (little, low), (much, high) = taken
        assert much > 6 * little  # histories are of many lengths
        assert high < 1.1 * low, f"{format}: {low:.0f} MB, then {high:.0f} MB"
