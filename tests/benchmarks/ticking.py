"""One tick inside a database that is filled: its statements, their plans, and what a tick takes.

Runs in the process of `tests.benchmarks.inside`, on PostgreSQL or SQLite.
"""

import json
import os
import random
import re
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import OuterRef, Subquery
from django.utils import timezone

from articles import claiming, health, rows, watching
from articles.models import Article, Feed, Host, LookTally, Source, Tally

TICKS = 200
HOSTS, ARTICLES_OF_A_HOST = int(os.environ.get("HOSTS", "30000")), 30  # hosts at most
DUE, FINISHED = 0.01, 0.3  # shares of the articles
BOARD = 1_000  # sources whose health is told
DAY = 86_400
Statement = tuple[str, Any]


# --- rows -------------------------------------------------------------------------------------------
def fill(articles: int) -> int:
    """Fills an empty database with so many articles; returns of how many hosts.

    One in a hundred articles and feeds is due, for up to ten minutes; three in ten are finished; the others
    are due within 30 days. A host in twenty is busy.
    """
    hosts = max(20, min(HOSTS, articles // ARTICLES_OF_A_HOST))
    chance, now = random.Random(5), timezone.now()
    Source.objects.bulk_create(
        [Source(name=f"Source {n}", slug=f"source-{n}") for n in range(hosts)], batch_size=2_000
    )
    sources = list(Source.objects.order_by("pk").values_list("pk", flat=True))
    Host.objects.bulk_create([_host(n, chance, now) for n in range(hosts)], batch_size=2_000)
    ids = list(Host.objects.order_by("pk").values_list("pk", flat=True))
    Feed.objects.bulk_create(
        [_feed(n, sources[n], ids[n], chance, now) for n in range(hosts)], batch_size=2_000
    )
    by_hand = articles if connection.vendor == "sqlite" else min(articles, 1_000)
    rows = (_article(n, sources[n % hosts], ids[n % hosts], chance, now) for n in range(by_hand))
    Article.objects.bulk_create(rows, batch_size=500)
    if articles > by_hand:
        _multiply(articles - by_hand, ids[0], sources[0], hosts)
    settle_hosts()
    count_health(sources[:BOARD], now)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")
    return hosts


def count_health(sources: list[int], now: datetime) -> None:
    """Keeps what is counted of looks and new articles for these sources, by their keys."""
    hour = now.replace(minute=0, second=0, microsecond=0)
    looks = (
        LookTally(source_id=source, hour=hour - timedelta(hours=back), read=20, failed=1, reason="500")
        for source in sources
        for back in range(48)
    )
    LookTally.objects.bulk_create(looks, batch_size=500)
    days = (
        Tally(source_id=source, day=(now - timedelta(days=back)).date(), articles=20)
        for source in sources
        for back in range(30)
    )
    Tally.objects.bulk_create(days, batch_size=500)


def settle_hosts() -> None:
    """Tells each host when the earliest of its articles is due, and of its feeds where that is earlier."""
    mine = Article.objects.filter(host=OuterRef("pk"), next_check_at__isnull=False).order_by("next_check_at")
    Host.objects.update(due_at=Subquery(mine.values("next_check_at")[:1]))
    for host, due in Feed.objects.values_list("host_id", "next_check_at"):
        Host.ring([host], due)


def _when(chance: random.Random, now: datetime) -> datetime | None:
    draw = chance.random()
    if draw < DUE:
        return now - timedelta(seconds=chance.uniform(0, 600))
    return None if draw < DUE + FINISHED else now + timedelta(seconds=chance.uniform(0, 30 * DAY))


def _host(n: int, chance: random.Random, now: datetime) -> Host:
    busy = chance.random() < 0.05
    return Host(
        authority=f"www.paper-{n}.example",
        scheme="https",
        next_at=now + timedelta(seconds=30) if busy else now - timedelta(seconds=chance.uniform(1, DAY)),
        robots="User-agent: *\nDisallow: /search\nDisallow: /account\n" * 8,
        robots_status=200,
        robots_expires_at=now + timedelta(days=1),
    )


def _feed(n: int, source: int, host: int, chance: random.Random, now: datetime) -> Feed:
    due = chance.random() < DUE
    return Feed(
        source_id=source,
        host_id=host,
        url=f"https://www.paper-{n}.example/feed.xml",
        key=f"{n:064x}",
        next_check_at=now + timedelta(seconds=-chance.uniform(0, 600) if due else chance.uniform(1, 3600)),
    )


def _article(n: int, source: int, host: int, chance: random.Random, now: datetime) -> Article:
    moment = _when(chance, now)
    return Article(
        source_id=source,
        host_id=host,
        url=f"https://www.paper-{n}.example/2026/03/02/politics/a-headline-of-some-words-{n}.html",
        title=f"A headline of some words, as newspapers write them, number {n}",
        status=Article.Status.TRACKED if moment else Article.Status.FINISHED,
        next_check_at=moment,
        first_seen_at=now - timedelta(days=20),
        last_checked_at=now - timedelta(hours=5),
        etag=f'"{n:032x}"',
        last_modified="Mon, 02 Mar 2026 09:00:00 GMT",
        body_digest=f"{n:064x}",
        text_digest=f"{n:064x}",
        skeleton=f"{n:064x}",
        places=[["html body main article div p", 22], ["html body main article h1", 1]],
        places_looks=9,
        version_count=1,
        check_count=40,
        last_outcome="not_modified",
        last_status=200,
    )


def _multiply(more: int, first_host: int, first_source: int, hosts: int) -> None:
    """Adds articles that are like those there are, but for address, host, source and when they are due."""
    columns = [field.column for field in Article._meta.concrete_fields if not field.primary_key]
    when = (
        f"CASE WHEN draw < {DUE} THEN now() - random() * interval '600 seconds' "
        f"WHEN draw < {DUE + FINISHED} THEN NULL ELSE now() + random() * interval '30 days' END"
    )
    made = {
        "url": "'https://www.paper.example/2026/03/02/politics/a-headline-of-some-words-' || n || '.html'",
        "host_id": f"{first_host} + n % {hosts}",
        "source_id": f"{first_source} + n % {hosts}",
        "next_check_at": when,
    }
    chosen = ", ".join(made.get(column, f"a.{connection.ops.quote_name(column)}") for column in columns)
    names = ", ".join(map(connection.ops.quote_name, columns))
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit = off")
        cursor.execute("SELECT setseed(0.5)")
        cursor.execute(
            f"INSERT INTO articles_article ({names}) SELECT {chosen} "
            f"FROM (SELECT n, random() AS draw FROM generate_series(1, {more}) AS n) AS made "
            "JOIN (SELECT row_number() OVER () - 1 AS at, * FROM articles_article) AS a ON a.at = made.n %% 1000".replace(
                "%%", "%"
            )
        )


# --- measuring --------------------------------------------------------------------------------------
def measure(articles: int, ticks: int = TICKS) -> dict[str, Any]:
    """Fills the database and measures.

    Returns `hosts`, `due`, `claimed` (the median of a tick), `statements` (one entry for each of a tick's,
    see `_plans`) and `ms`: for each of `tick`, `tick, nothing due`, `claimed`, `queue` and `board` median and
    95th percentile.
    """
    settings.NEWSDIFF_HOST_DELAY = 0.0
    hosts, limit = fill(articles), settings.NEWSDIFF_CLAIMS
    now = timezone.now()
    due = watching.queue(now).due
    told = Source.objects.filter(
        pk__in=list(Source.objects.order_by("pk").values_list("pk", flat=True)[:BOARD])
    )
    statements = _plans(lambda: claiming.claim(now, limit))
    counts: list[int] = []
    times = {
        "tick": _timed(
            ticks, lambda: claiming.claim(timezone.now(), limit), lambda work: _again(work, counts)
        ),
        "tick, nothing due": _timed(ticks, lambda: claiming.claim(now - timedelta(minutes=15), limit)),
        "claimed": _timed(max(2, ticks // 4), lambda: claiming.claimed(timezone.now())),
        "queue": _timed(max(2, ticks // 10), lambda: watching.queue(timezone.now())),
        "board": _timed(max(2, ticks // 10), lambda: health.board(timezone.now(), told)),
    }
    return {
        "hosts": hosts,
        "due": due,
        "claimed": statistics.median(counts),
        "statements": statements,
        "ms": times,
        "others": {
            "claimed": _plans(lambda: claiming.claimed(now)),
            "queue": _plans(lambda: watching.queue(now)),
            "board": _plans(lambda: health.board(now, told)),
        },
    }


def _again(work: list[claiming.Work], counts: list[int]) -> None:
    """Ends the claimed work and makes it due again, so that the next tick finds as much."""
    counts.append(len(work))
    now = timezone.now()
    with transaction.atomic():  # one for all: it is not measured, and nobody else waits
        for one in work:
            row = claiming.MODELS[one.job].objects.get(pk=one.id)
            claiming.host_answered(row, now)
            claiming.finish(row, next_check_at=now)


def _timed(
    runs: int, run: Callable[[], Any], after: Callable[[Any], None] = lambda found: None
) -> tuple[float, float]:
    """Median and 95th percentile in milliseconds; `after` is not counted."""
    took = []
    for _ in range(runs):
        began = time.perf_counter()
        found = run()
        took.append(1000 * (time.perf_counter() - began))
        after(found)
    return statistics.median(took), statistics.quantiles(took, n=20)[-1]


@contextmanager
def _captured() -> Iterator[list[Statement]]:
    """The statements of a block, without those that begin and end transactions."""
    seen: list[Statement] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        seen.extend(_one_by_one(sql, params, many))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        yield seen


def _one_by_one(sql: str, params: Any, many: bool) -> Iterator[Statement]:
    """The statements of one round to the server: there may be several, alike."""
    if many:
        yield from ((sql.strip(), own) for own in params)
        return
    parts = sql.strip().split(rows.SEPARATOR)
    each = len(params or ()) // len(parts)
    for n, part in enumerate(parts):
        yield part, params[n * each : (n + 1) * each] if len(parts) > 1 else params


@contextmanager
def _undone() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def _plans(run: Callable[[], Any]) -> list[dict[str, Any]]:
    """What a call's statements do, one entry for each form: `sql`, `times`, `ms` and `pages` of each time.

    `scans` are the ways in which tables are read, and `rows` how many rows these looked at. The call is undone,
    and its statements are carried out once more under EXPLAIN, in their order. SQLite tells `scans` alone.
    """
    with _captured() as statements, _undone():
        run()
    forms: dict[str, list[Any]] = {}
    with _undone(), connection.cursor() as cursor:
        for sql, params in statements:
            if not sql.startswith(("SELECT", "UPDATE", "INSERT", "DELETE", "WITH")):
                continue
            forms.setdefault(re.sub(r"(%s, )+%s", "…", sql), []).append(_explained(cursor, sql, params))
    return [_summed(sql, plans) for sql, plans in forms.items()]


def _explained(cursor: Any, sql: str, params: Any) -> Any:
    if connection.vendor == "sqlite":
        cursor.execute(f"EXPLAIN QUERY PLAN {sql}", params)
        return [row[3] for row in cursor.fetchall()]
    cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {sql}", params)
    (found,) = cursor.fetchone()
    return json.loads(found)[0] if isinstance(found, str) else found[0]


def _summed(sql: str, plans: list[Any]) -> dict[str, Any]:
    if connection.vendor == "sqlite":
        scans = sorted({line for plan in plans for line in plan if line.startswith(("SCAN", "SEARCH"))})
        return {"sql": sql, "times": len(plans), "scans": scans}
    nodes = [list(_nodes(plan["Plan"])) for plan in plans]
    return {
        "sql": sql,
        "times": len(plans),
        "ms": statistics.median(plan["Execution Time"] + plan["Planning Time"] for plan in plans),
        "pages": statistics.median(_pages(plan["Plan"]) for plan in plans),
        "scans": sorted({_scan(node) for found in nodes for node in found if "Scan" in node["Node Type"]}),
        "rows": statistics.median(sum(map(_looked_at, found)) for found in nodes),
    }


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for inner in plan.get("Plans", ()):
        yield from _nodes(inner)


def _pages(plan: dict[str, Any]) -> int:
    return int(plan["Shared Hit Blocks"] + plan["Shared Read Blocks"])


def _scan(node: dict[str, Any]) -> str:
    where = node.get("Index Name") or node.get("Relation Name") or ""
    return f"{node['Node Type']} {where}".replace("articles_", "").strip()


def _looked_at(node: dict[str, Any]) -> float:
    if "Scan" not in node["Node Type"]:
        return 0
    left_out = node.get("Rows Removed by Filter", 0) + node.get("Rows Removed by Index Recheck", 0)
    return float((node["Actual Rows"] + left_out) * node["Actual Loops"])
