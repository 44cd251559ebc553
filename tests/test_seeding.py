"""That the big database of the benches is one as newsdiff itself would have made it."""

import random
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import models

from articles import models as rows
from tests.benchmarks.seeding import planting, reports
from tests.benchmarks.seeding.tongues import TONGUES, Author, Tongue
from tests.processes import ROOT, Installer, manage
from tests.site import Page
from tests.warcs import Capture, write

UNTIL = datetime(2026, 3, 1, tzinfo=UTC)
SEED, ARTICLES = 8, 12

# What reading a page tells of how it is built, which no page was read for.
UNREAD = {"article": {"skeleton", "places", "places_looks"}}
COMPARED = (
    rows.Article, rows.ArticleURL, rows.Blob, rows.Snapshot, rows.TextBase, rows.Version, rows.Change,
    rows.ChangeKind, rows.CosmeticChange, rows.Check, rows.ArticleTerms, rows.ChangeTerms, rows.Tally,
)  # fmt: skip


def _reports() -> Iterator[reports.Report]:
    for number in range(ARTICLES):
        planned = reports.plan(SEED, number)
        yield reports.report(SEED, planned, ARTICLES, reports.outlets(), UNTIL)


def _fill(articles: int = ARTICLES, processes: int = 1) -> dict[str, int]:
    return planting.fill(articles, SEED, UNTIL, processes, lambda written: None)


def _import(folder: Path) -> None:
    """What newsdiff makes of the same pages, looked at when the made-up looks were."""
    captures = []
    for report in _reports():
        shown = [*report.editions, *([report.dressed] if report.dressed else [])]
        for look in report.looks:
            text = shown[-1] if look.is_dressed else report.editions[look.edition]
            captures.append(Capture(report.url, look.at, Page(reports.page(text))))
    path = folder / "looks.warc.gz"
    write(path, *sorted(captures, key=lambda capture: capture.at))
    call_command("importwarc", str(path), stdout=StringIO())
    call_command("recount", stdout=StringIO())


def _all(model: type[models.Model]) -> Counter[str]:
    """Every row of a table, told without keys: of what it hangs on, what tells that apart."""
    columns = [field for field in model._meta.concrete_fields if not field.primary_key or model is rows.Blob]
    left_out = UNREAD.get(model._meta.model_name or "", set())
    names = [field.name for field in columns if field.name not in left_out]
    if model is rows.ArticleTerms or model is rows.ChangeTerms:
        names.append(model._meta.pk.name)
    return Counter(
        "; ".join(f"{name}={_told(getattr(row, name))}" for name in names)
        for row in model._default_manager.all()
    )


def _told(value: Any) -> str:
    match value:
        case rows.Article():
            return value.url
        case rows.Version():
            return f"{value.article.url} {value.number}"
        case rows.Change():
            return f"change to {_told(value.new)}"
        case rows.Snapshot():
            return f"{value.article.url} {value.fetched_at}"
        case rows.TextBase():
            return f"{value.article.url} {value.data!r}"
        case rows.Source():
            return value.slug
        case rows.Host():
            return value.authority
        case memoryview() | bytes():
            return bytes(value).hex()
        case frozenset():
            return str(sorted(value))
        case _:
            return repr(value)


@pytest.mark.django_db(transaction=True)
def test_it_holds_what_an_import_of_the_same_pages_makes(tmp_path: Path):
    _fill()
    made = {model: _all(model) for model in COMPARED}
    assert made[rows.Version].total() > ARTICLES
    assert rows.CosmeticChange.objects.exists()
    call_command("flush", interactive=False, verbosity=0)
    planting.plant_sources()
    _import(tmp_path)
    for model, expected in made.items():
        found = _all(model)
        assert sorted((found - expected).elements()) == [], model
        assert sorted((expected - found).elements()) == [], model


@pytest.mark.django_db(transaction=True)
def test_articles_may_have_been_the_same_page_to_the_letter(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("tests.benchmarks.seeding.rows.page", lambda edition: "<p>One page for all.</p>")
    _fill(3)
    assert rows.Blob.objects.count() == 1
    assert set(rows.Snapshot.objects.values_list("blob", flat=True)) == {rows.Blob.objects.get().pk}


@pytest.mark.django_db(transaction=True)
def test_two_processes_make_what_one_does_and_doctor_finds_nothing_wrong(
    tmp_path: Path, installed: Installer
):
    env = installed(tmp_path)
    size = ("--articles", "6", "--seed", str(SEED), "--until", f"{UNTIL:%Y-%m-%d}")
    command = [sys.executable, "-m", "tests.benchmarks.seed", *size, "--processes", "2"]
    made = subprocess.run(command, env=env, cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert made.returncode == 0, made.stderr
    _fill(6)
    columns = ("id", "article_id", "number", "digest")
    with closing(sqlite3.connect(tmp_path / "newsdiff.sqlite3")) as base:
        found = base.execute(f"SELECT {', '.join(columns)} FROM articles_version ORDER BY id")
        assert found.fetchall() == list(rows.Version.objects.order_by("pk").values_list(*columns))
    looked_over = manage(env, "doctor")
    assert looked_over.returncode == 0, looked_over.stdout
    assert "Broken" not in looked_over.stdout
    again = subprocess.run(command, env=env, cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert again.returncode == 1
    assert "give an empty one" in again.stderr


@pytest.mark.django_db(transaction=True)
def test_what_comes_after_it_gets_keys_of_its_own():
    _fill(3)
    article = rows.Article.objects.order_by("-pk")[0]
    article.pk, article.url = None, f"{article.url}/more"
    article.save(force_insert=True)
    assert article.pk > 3
    source = rows.Source.objects.create(name="Another", slug="another")
    assert source.pk > reports.SOURCES


@pytest.mark.parametrize("tongue", TONGUES, ids=lambda tongue: tongue.code)
def test_words_are_as_frequent_as_their_rank_says(tongue: Tongue):
    author = Author(tongue, random.Random(1))
    counted = Counter(author.words(60_000))
    tenth, hundredth = (counted[author.lexicon[rank - 1]] for rank in (10, 100))
    assert 6 < tenth / hundredth < 11  # (100 + 2.7) / (10 + 2.7) = 8.1, by Zipf and Mandelbrot
    assert author.lexicon[: len(tongue.words.split())] == tongue.words.split()


def test_articles_have_three_versions_on_average_and_most_have_one_or_two():
    counts = [reports.plan(SEED, number).versions for number in range(20_000)]
    assert 2.9 < sum(counts) / len(counts) < 3.2
    assert 0.6 < sum(count <= 2 for count in counts) / len(counts) < 0.68
    assert max(counts) == 40
