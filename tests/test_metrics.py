"""/metrics: who may see it, what it says (read by prometheus_client's own parser), and the rules made of it."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.cache import cache
from django.core.checks import run_checks
from django.db import connection
from django.test import Client
from django.utils import timezone
from prometheus_client.openmetrics.parser import text_string_to_metric_families as read_openmetrics
from prometheus_client.parser import text_string_to_metric_families

from articles import counting, metrics
from articles.core.reasons import Reason
from articles.core.types import Outcome
from articles.models import Article, Feed, Gap, Heartbeat, Host, Worker
from tests.cast import make_cast
from tests.crawl import follow, look_again, poll_again
from tests.site import FILLER, Page, article

ROOT = Path(__file__).resolve().parent.parent
TOKEN = "a-token-that-nobody-guesses"
AT_HOME = {"HTTP_HOST": "127.0.0.1:8000", "REMOTE_ADDR": "127.0.0.1"}


@pytest.fixture(autouse=True)
def at_home(settings):
    settings.BASE_URL = "http://127.0.0.1:8000"
    cache.clear()


def scraped(client: Client) -> dict[tuple[str, ...], float]:
    """Every sample of a scrape: its name and the values of its labels, in the order of their names."""
    counting.flush()
    text = client.get("/metrics", **AT_HOME).content.decode()
    samples = {}
    for family in text_string_to_metric_families(text):
        assert family.documentation
        for sample in family.samples:
            key = (sample.name, *(value for _, value in sorted(sample.labels.items())))
            assert key not in samples
            samples[key] = sample.value
    return samples


# --- who may see it --------------------------------------------------------------------------------
def test_who_has_the_token_is_answered_and_nothing_is_kept(client, db, settings):
    settings.NEWSDIFF_METRICS_TOKEN, settings.BASE_URL = TOKEN, "https://diff.example.org"
    answer = client.get("/metrics", HTTP_AUTHORIZATION=f"Bearer {TOKEN}", REMOTE_ADDR="203.0.113.9")
    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("text/plain; version=0.0.4")
    assert "no-store" in answer["Cache-Control"]
    assert not answer.cookies
    assert "ETag" not in answer


@pytest.mark.parametrize(
    "shown",
    ["", f"Bearer {TOKEN}x", "Bearer ", f"Basic {TOKEN}", TOKEN, "Bearer tök", f"Bearer {TOKEN[:-1]}"],
)
def test_who_has_not_is_not_even_from_this_machine(client, db, settings, shown):
    settings.NEWSDIFF_METRICS_TOKEN = TOKEN
    answer = client.get("/metrics", **AT_HOME, **({"HTTP_AUTHORIZATION": shown} if shown else {}))
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"].startswith("Bearer")
    assert b"newsdiff_checks" not in answer.content


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost:8000", "[::1]:8000"])
@pytest.mark.parametrize("peer", ["127.0.0.1", "::1"])
def test_a_machines_own_installation_answers_that_machine(client, db, host, peer):
    assert client.get("/metrics", HTTP_HOST=host, REMOTE_ADDR=peer).status_code == 200


@pytest.mark.parametrize(
    "other",
    [
        {"REMOTE_ADDR": "192.168.1.7"},  # somebody in the same network
        {"HTTP_HOST": "desk.example"},  # another name, as a page in a browser might use (DNS rebinding)
        {"HTTP_X_FORWARDED_FOR": "127.0.0.1"},  # a proxy here, and a client that claims to be here
        {"HTTP_X_FORWARDED_PROTO": "https"},
        {"HTTP_FORWARDED": "for=127.0.0.1"},
        {"HTTP_VIA": "1.1 proxy"},
        {"REMOTE_ADDR": ""},  # a local socket: a proxy's
    ],
    ids=lambda other: next(iter(other)),
)
def test_it_answers_no_other_without_a_token(client, db, settings, other):
    settings.ALLOWED_HOSTS = ["*"]
    answer = client.get("/metrics", **AT_HOME | other)
    assert answer.status_code == 403
    assert b"NEWSDIFF_METRICS_TOKEN" in answer.content


def test_a_public_installation_answers_nobody_without_a_token(client, db, settings):
    settings.BASE_URL = "https://diff.example.org"
    assert client.get("/metrics", **AT_HOME).status_code == 403


def test_a_token_that_can_be_guessed_is_an_error_of_the_settings(settings):
    settings.NEWSDIFF_METRICS_TOKEN = "secret"
    assert "newsdiff.E004" in {message.id for message in run_checks()}
    settings.NEWSDIFF_METRICS_TOKEN = TOKEN
    assert "newsdiff.E004" not in {message.id for message in run_checks()}


def test_it_takes_no_posts_and_speaks_openmetrics_too(client, db):
    assert client.post("/metrics", **AT_HOME).status_code == 405
    answer = client.get("/metrics", **AT_HOME, HTTP_ACCEPT="application/openmetrics-text; version=1.0.0")
    assert answer["Content-Type"].startswith("application/openmetrics-text")
    assert any(family.name == "newsdiff_checks" for family in read_openmetrics(answer.content.decode()))


# --- what it says ----------------------------------------------------------------------------------
def test_all_counters_are_there_at_0_before_anything_has_happened(client, db):
    samples = scraped(client)
    for outcome in Outcome:
        assert samples[("newsdiff_checks_total", outcome.value)] == 0
    for reason in Reason:
        assert samples[("newsdiff_failures_total", reason.value, "article")] == 0
    assert samples[("newsdiff_stuck",)] == 0
    assert samples[("newsdiff_lag_seconds",)] == 0
    assert not any(name == "newsdiff_heartbeat_age_seconds" for name, *_ in samples)


@pytest.mark.django_db(transaction=True)
def test_a_crawl_is_counted_as_it_went(client, site):
    site.pages |= {"/a": article("First"), "/b": Page("no", 500), "/c": Page("no", 403)}
    source = follow(site, "/a", "/b", "/c")
    site.pages["/a"] = article(
        "Second", *FILLER[:-1], "The lighthouse, which has needed paint since the storms, is closed."
    )
    look_again()
    site.pages["/feed.xml"] = Page("gone", 503)
    poll_again()
    samples = scraped(client)

    def count(name: str, *labels: str) -> float:
        return samples[(name, *labels)]

    assert count("newsdiff_versions_total") == 2
    assert count("newsdiff_changes_total") == 1
    assert count("newsdiff_checks_total", "new_version") == 2
    assert count("newsdiff_checks_total", "failed") == 2
    assert count("newsdiff_checks_total", "blocked") == 2
    assert count("newsdiff_failures_total", "http_5xx", "article") == 2
    assert count("newsdiff_failures_total", "http_4xx", "article") == 2
    assert count("newsdiff_failures_total", "busy", "feed") == 1
    assert count("newsdiff_feed_polls_total", "new") == 1
    assert count("newsdiff_feed_polls_total", "failed") == 1
    assert count("newsdiff_articles_found_total") == 3
    assert count("newsdiff_robots_reads_total", "read") == 1
    assert count("newsdiff_articles", "tracked") == Article.objects.filter(source=source).count() == 3
    asked = len([path for path in site.paths() if path == "/a"])
    assert count("newsdiff_fetch_seconds_count", "2xx", "article") == asked
    assert count("newsdiff_fetch_seconds_bucket", "2xx", "+Inf", "article") == asked
    assert count("newsdiff_fetch_seconds_count", "5xx", "article") == 2
    assert 0 < count("newsdiff_fetch_seconds_sum", "2xx", "article") < 20 * asked
    assert count("newsdiff_fetch_seconds_count", "2xx", "robots") == 1


def test_the_buckets_of_a_histogram_only_rise(client, db):
    for seconds in (0.01, 0.2, 0.2, 3, 30):
        counting.fetched("article", 200, seconds)
    samples = scraped(client)
    ends = [f"{end:g}" for end in counting.BUCKETS] + ["+Inf"]
    # the parser gives an end as Prometheus writes it: 1.0 for 1
    found = {key[2]: value for key, value in samples.items() if key[0] == "newsdiff_fetch_seconds_bucket"}
    assert [found[end] for end in ends] == [1, 1, 3, 3, 3, 3, 4, 4, 4, 5]


def test_how_it_goes_is_told(client, db):
    now = timezone.now()
    cast = make_cast()
    ago = timedelta(seconds=1) * 90
    Article.objects.update(next_check_at=now + timedelta(hours=1))
    Feed.objects.update(next_check_at=now + timedelta(hours=1), failures=3)
    Article.objects.filter(pk=cast.stable.pk).update(next_check_at=now - ago, is_flapping=True)
    Article.objects.filter(pk=cast.corrected.pk).update(
        status="finished", suspect_looks=2, next_check_at=None
    )
    Heartbeat.objects.create(name="tick", at=now - timedelta(seconds=30))
    seen = {"host": "desk", "pid": 7, "started_at": now}
    Worker.objects.create(name="a", seen_at=now, worked_at=now - timedelta(seconds=10), **seen)
    Worker.objects.create(name="b", seen_at=now - timedelta(hours=1), **seen)
    Gap.objects.create(scope="everything", began_at=now - ago, ended_at=now, reason="not_running")
    Host.objects.create(authority="slow.example", failures=2, next_at=now + ago)
    samples = scraped(client)
    assert samples[("newsdiff_lag_seconds",)] == pytest.approx(90, abs=20)
    assert samples[("newsdiff_queue", "due")] == 1
    assert samples[("newsdiff_feeds",)] == samples[("newsdiff_feeds_failing",)] == 1
    assert samples[("newsdiff_hosts_refusing",)] == 1
    assert samples[("newsdiff_gaps", "everything", "ended")] == 1
    assert samples[("newsdiff_gaps", "host", "open")] == 0
    assert samples[("newsdiff_articles", "finished")] == 1
    assert samples[("newsdiff_articles", "tracked")] == Article.objects.count() - 1
    assert samples[("newsdiff_articles_flapping",)] == samples[("newsdiff_articles_suspect",)] == 1
    assert samples[("newsdiff_workers", "alive")] == samples[("newsdiff_workers", "silent")] == 1
    assert samples[("newsdiff_heartbeat_age_seconds", "tick")] == pytest.approx(30, abs=20)
    assert samples[("newsdiff_heartbeat_age_seconds", "work")] == pytest.approx(10, abs=20)
    assert samples[("newsdiff_database_bytes",)] > 100_000
    assert samples[("newsdiff_disk_free_bytes",)] <= samples[("newsdiff_disk_bytes",)]


def test_no_name_of_a_site_is_told(client, db):
    make_cast()
    counting.fetched("article", 200, 0.1)
    counting.flush()
    page = client.get("/metrics", **AT_HOME).content.decode()
    assert "gazette" not in page
    assert "example" not in page


def test_many_articles_are_estimated_and_not_counted(client, db, monkeypatch):
    monkeypatch.setattr(metrics, "COUNTED_UP_TO", 2)
    cast = make_cast()
    Article.objects.filter(pk=cast.stable.pk).update(status="reused")
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE articles_article")
        monkeypatch.setattr(metrics, "_counted_by_status", lambda: pytest.fail("counted"))
    samples = scraped(client)
    assert samples[("newsdiff_articles", "reused")] == 1
    assert samples[("newsdiff_articles", "tracked")] == Article.objects.count() - 1
    monkeypatch.setattr(metrics, "_counted_by_status", lambda: pytest.fail("counted"))
    assert scraped(client)[("newsdiff_articles", "reused")] == 1


def test_a_scrape_takes_the_same_queries_whatever_there_is(client, db, django_assert_max_num_queries):
    client.get("/metrics", **AT_HOME)
    make_cast()
    with django_assert_max_num_queries(21):
        client.get("/metrics", **AT_HOME)


# --- the documents ---------------------------------------------------------------------------------
def names(client: Client) -> set[str]:
    """The names of all metrics, as rules may use them."""
    counting.fetched("article", 200, 0.1)
    Heartbeat.objects.get_or_create(name="tick", defaults={"at": timezone.now()})
    return {name for name, *_ in scraped(client)}


def test_each_metric_is_in_the_table_with_its_labels(client, db):
    counting.fetched("article", 200, 0.1)
    counting.flush()
    Heartbeat.objects.create(name="tick", at=timezone.now())
    found = {}
    for family in text_string_to_metric_families(client.get("/metrics", **AT_HOME).content.decode()):
        name = family.name + ("_total" if family.type == "counter" else "")
        found[name] = {label for sample in family.samples for label in sample.labels} - {"le"}
    section = (ROOT / "docs/operations.md").read_text().partition("\n## Metrics\n")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| `(newsdiff_\w+)` \|([^|]*)\|", section, re.MULTILINE)
    assert {name: set(re.findall(r"\w+", labels)) for name, labels in rows} == found


def test_each_class_of_reasons_is_in_the_table():
    section = (
        (ROOT / "docs/operations.md").read_text().partition("| reason | when |")[2].partition("\n## ")[0]
    )
    assert re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE) == [reason.value for reason in Reason]


RULES = (ROOT / "docs/alerts.rules.yml").read_text()


def alerts() -> list[dict[str, str]]:
    """The rules, read as strictly as the file is written: two levels of keys, in a known place each."""
    head, *rules = re.split(r"^      - alert: ", RULES, flags=re.MULTILINE)
    written = [line for line in head.splitlines() if line and not line.startswith("#")]
    assert written == ["groups:", "  - name: newsdiff", "    rules:"]
    found = []
    for rule in rules:
        name, *lines = rule.splitlines()
        values, key = {"alert": name}, ""
        for line in lines:
            if not line.strip() or line.lstrip().startswith("#"):
                continue
            if start := re.fullmatch(r"( {8}| {10})(\w+):(?: (.+))?", line):
                key, value = start[2], start[3] or ""
                assert key not in values, f"{name}: {key} twice"
                assert value == "|" or not re.search(r": |^[\[*&!%@`>]", value.strip('"')) or value[0] in '"{'
                values[key] = "" if value == "|" else value
            else:
                assert line.startswith(" " * 10), f"{name}: {line!r} stands nowhere"
                assert key == "expr", f"{name}: {line!r} belongs to {key}"
                values[key] += " " + line.strip()
        found.append(values)
    return found


def test_the_rules_are_whole():
    found = alerts()
    assert len(found) > 10
    assert len({rule["alert"] for rule in found}) == len(found)
    for rule in found:
        assert {"alert", "expr", "labels", "annotations", "summary", "action"} <= set(rule) | {"for"}, rule
        assert rule["labels"] in ("{severity: page}", "{severity: ticket}")
        assert re.fullmatch(r"\d+[mhd]", rule.get("for", "1m"))
        assert all(rule[key][0] == rule[key][-1] == '"' for key in ("summary", "action"))
        for opening, closing in ("()", "[]", "{}"):
            assert rule["expr"].count(opening) == rule["expr"].count(closing)


def test_the_rules_name_metrics_that_are_there_and_labels_they_have(client, db):
    there = names(client)
    values = {value for _, *labels in scraped(client) for value in labels}
    used = {name for rule in alerts() for name in re.findall(r"\bnewsdiff_\w+", rule["expr"])}
    used -= {"newsdiff_heartbeat_age_seconds"} & there
    assert len(used) > 8
    assert used <= there
    for rule in alerts():
        for listed in re.findall(r'\w+=~?"([^"]*)"', rule["expr"]):
            assert set(listed.split("|")) <= values, rule["alert"]
