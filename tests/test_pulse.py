"""Signs of life and counts of real processes: summed, kept over kill -9, and silent when they end."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from signal import SIGKILL

from prometheus_client.parser import text_string_to_metric_families

from tests.processes import free_port, get, manage, running, until
from tests.site import Page, article, rss


def scraped(base: str) -> dict[tuple[str, ...], float]:
    """Every sample of /metrics by its name and labels' values; nothing where nobody answers yet."""
    answer = get(base + "/metrics")
    if answer is None:
        return {}
    assert answer.status == 200, answer.body
    return {
        (sample.name, *(value for _, value in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(answer.body)
        for sample in family.samples
    }


def counters(samples: dict[tuple[str, ...], float]) -> dict[tuple[str, ...], float]:
    return {
        key: value
        for key, value in samples.items()
        if key[0].endswith(("_total", "_count", "_sum", "_bucket"))
    }


def rows(folder: Path, query: str) -> list[tuple]:
    with closing(sqlite3.connect(folder / "newsdiff.sqlite3", timeout=20)) as base, base:
        return base.execute(query).fetchall()


def test_counts_never_fall_and_a_silence_is_told(tmp_path, site, installed):
    env = installed(tmp_path, NEWSDIFF_HEARTBEAT_URL=site.url("/ping"), LOG_FORMAT="json")
    site.pages |= {"/a": article("Counted once"), "/feed.xml": rss("/a"), "/ping": Page("ok")}
    assert manage(env, "addsource", site.url("/feed.xml")).returncode == 0
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    up = ("manage.py", "up", "--port", str(port))
    log = tmp_path / "log"

    with running(env, *up, log=log) as first:
        until(lambda: scraped(base).get(("newsdiff_versions_total",)) == 1, why=lambda: first.output)
        until(lambda: scraped(base)[("newsdiff_workers", "alive")] == 1)
        until(lambda: "/ping" in site.paths(), 80, why=lambda: first.output)
        before = scraped(base)
        first.end(SIGKILL)
    assert before[("newsdiff_feed_polls_total", "new")] == 1  # addsource's own, another process
    assert rows(tmp_path, "SELECT count(*) FROM articles_worker") == [(1,)]

    long_ago = (datetime.now(UTC) - timedelta(hours=1)).strftime("%Y-%m-%d %H:%M:%S.%f")
    rows(tmp_path, f"UPDATE articles_heartbeat SET at = '{long_ago}' WHERE name = 'tick'")
    with running(env, *up, log=log) as second:
        after = until(
            lambda: (got := scraped(base)).get(("newsdiff_gaps", "everything", "ended")) and got,
            30,
            why=lambda: second.output,
        )
        fallen = {key: value for key, value in counters(before).items() if after[key] < value}
        assert fallen == {}
        (pk,) = rows(tmp_path, "SELECT id FROM articles_article")[0]
        gaps = get(f"{base}/api/v1/articles/{pk}/gaps").body
        rows(tmp_path, f"UPDATE articles_article SET first_seen_at = '{long_ago}'")
        page = get(f"{base}/articles/{pk}-counted-once/").body
        assert "newsdiff was not running" in page, gaps
        assert get(base + "/readyz").status == 200
        assert second.end() == 0
    assert '"event": "check"' in log.read_text()
    # one that ends orderly is not missed; the one that was killed is, for a day
    assert rows(tmp_path, "SELECT count(*) FROM articles_worker") == [(1,)]


def test_a_proxy_on_this_machine_does_not_publish_it(tmp_path, installed):
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    with running(installed(tmp_path), "manage.py", "up", "--port", str(port), log=tmp_path / "log") as up:
        until(lambda: get(base + "/metrics"), why=lambda: up.output)
        assert get(base + "/metrics").status == 200
        for field in ("X-Forwarded-For", "X-Forwarded-Proto", "X-Real-IP", "Forwarded"):
            assert get(base + "/metrics", **{field: "127.0.0.1"}).status == 403, field
