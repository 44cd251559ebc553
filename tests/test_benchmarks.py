"""That the benches measure what they say, with sizes that take seconds."""

import subprocess
import sys
from pathlib import Path

import pytest

from articles.core.types import Outcome
from tests.benchmarks import fair, pages, stored, tick, trees
from tests.benchmarks.publisher import CHANGED, KINDS, NOISE, NOT_MODIFIED, SAME, Publisher, page, text_of
from tests.benchmarks.running import embedded
from tests.processes import Installer, get, running, until

BURNS = "import time\nend = time.process_time() + 0.3\nwhile time.process_time() < end: pass\n"


@pytest.fixture(autouse=True)
def nobody_else(monkeypatch: pytest.MonkeyPatch, installed: Installer) -> None:
    """Neither servers nor peers: what is tried here is the harness. Databases are migrated once for all."""
    monkeypatch.setattr("tests.benchmarks.running.environment", installed)
    for name in ("DATABASE_URL", "REDIS_URL", "SEEDED"):
        monkeypatch.delenv(name, raising=False)


def test_pages_differ_in_what_their_kind_says():
    assert page(3) == page(3)
    assert page(3, noise=1) != page(3, noise=2)
    words = b"By the count of edition 2"
    assert words in page(3, edition=2)
    assert words not in page(3, noise=2)
    assert 600 <= len(" ".join(text_of(3)).split()) <= 1_000
    assert all(60_000 < len(page(number)) < 100_000 for number in range(16))


def test_the_site_answers_304_only_to_who_has_the_page():
    with Publisher(addresses=2, articles=4) as site:
        site.answer_with(NOT_MODIFIED, 0)
        first = get(site.url(1))
        again = get(site.url(1), **{"If-None-Match": first.headers["etag"]})
        site.answer_with(SAME, 0)
        other = get(site.url(1), **{"If-None-Match": first.headers["etag"]})
        assert (first.status, again.status, other.status) == (200, 304, 200)
        assert [number for _, _, number in site.log()] == [1, 1, 1]
        site.trouble({}, ["127.0.1.2"])
        assert (get(site.url(0)).status, get(site.url(1)).status) == (200, 503)


def test_cpu_of_ended_children_is_counted(tmp_path: Path):
    code = f"import subprocess, sys, time\nsubprocess.run([sys.executable, '-c', {BURNS!r}])\n"
    code += "print('ended', flush=True)\ntime.sleep(60)"
    with running({}, "-c", code, log=tmp_path / "log") as started:
        until(lambda: "ended" in started.output)
        assert trees.cpu(started.process.pid) >= 0.3
        assert [seen.pid for seen in trees.session(started.process.pid)] == [started.process.pid]


def test_cpu_of_others_is_not_counted(tmp_path: Path):
    with running(
        {}, "-c", "print('up', flush=True)\nimport time\ntime.sleep(60)", log=tmp_path / "log"
    ) as started:
        until(lambda: "up" in started.output)
        before = trees.cpu(started.process.pid)
        subprocess.run([sys.executable, "-c", BURNS], check=True)
        assert trees.cpu(started.process.pid) - before < 0.2


def test_a_round_looks_at_every_article_once_and_finds_what_the_site_says():
    expected = {
        NOT_MODIFIED: Outcome.NOT_MODIFIED,
        SAME: Outcome.UNCHANGED,
        NOISE: Outcome.UNCHANGED,
        CHANGED: Outcome.NEW_VERSION,
    }
    with Publisher(addresses=2, articles=4) as site, embedded() as newsdiff:
        site.answer_with(NOT_MODIFIED, 0)
        newsdiff.follow(site)
        spent = 0.0
        for edition, kind in enumerate(KINDS):
            site.answer_with(kind, edition if kind == CHANGED else 0)
            found = newsdiff.look_at_all()
            assert found.outcomes == {expected[kind]: 4}
            spent += found.cpu
        assert spent > 0  # the kernel counts in hundredths of a second: a single short round may show none


def test_a_rush_counts_hosts_in_trouble_apart():
    # two hosts of three, a request each second; the third is slow
    asked = [(10.0 + n, 10.5 + n, n) for n in range(6)]
    rush = fair.Rush(9.0, asked, 3, frozenset({2}))
    assert rush.waits == {0: [1.0, 4.0], 1: [2.0, 5.0]}
    figures = fair._figures(rush)
    assert figures["checks a second"] == "0.8"  # four requests in the five seconds from 9 to 14
    assert figures["longest pause between two requests, s"] == "2.0"
    assert figures["a host's requests at half time: least, median, most"] == "1, 1, 1"
    assert figures["a host's mean wait, s"] == "2, 3, 4"  # the means are 2.5 and 3.5; halves go to even
    assert figures["a host's last request, s"] == "4, 4, 5"


def test_tables_of_what_needs_a_database_alone():
    assert len(list(tick.tables(sizes=(60,), ticks=2))) == 2
    rows = stored.table(articles=2).rows
    (shown,) = pages.tables(articles=12, rounds=2)
    assert len(shown.rows) > 20
    assert len(rows) == 1 + 4 + 4  # git, SQLite's four, four ways of packing
