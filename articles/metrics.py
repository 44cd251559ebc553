"""What /metrics tells Prometheus: the sums of all processes, and how it goes at this moment.

A scrape reads the small table of counts (articles/counting.py) and asks a few questions that indexes
answer: it takes as long with three million articles as with three thousand. Of hosts and sources only
numbers are told, never a name: a series for each host would be as many as sites like, for ever.
"""

import hmac
import ipaddress
import platform
import shutil
from collections import Counter as Tally
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import product
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.db.models import Count as CountOf
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CollectorRegistry, Metric
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
)
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from articles import gaps, watching
from articles.counting import BUCKETS, COUNTERS, FETCH_SECONDS
from articles.models import Article, Count, Feed, Gap, Heartbeat, Host, Worker

KEPT = 600  # seconds for which a full count of articles is told again
COUNTED_UP_TO = 10_000  # articles; above that PostgreSQL's statistics say how many are in which state
REPEATEDLY = 3  # failures in a row
# What proxies add; a request that has none of these, and comes from this machine, came from no other.
FORWARDED = ("Forwarded", "Via", "X-Real-Ip", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto")


# --- who may ask ---------------------------------------------------------------------------------
@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """The metrics, in the format the client asks for; 401 or 403 in words for whoever may not see them."""
    if settings.NEWSDIFF_METRICS_TOKEN:
        if not _shows_token(request):
            said = "Send the token of NEWSDIFF_METRICS_TOKEN: Authorization: Bearer TOKEN.\n"
            answer = HttpResponse(said, content_type="text/plain; charset=utf-8", status=401)
            answer["WWW-Authenticate"] = 'Bearer realm="metrics"'
            return answer
    elif not _is_at_home(request):
        said = "Metrics are told to who sends a token. Set NEWSDIFF_METRICS_TOKEN to one.\n"
        return HttpResponse(said, content_type="text/plain; charset=utf-8", status=403)
    registry = CollectorRegistry(auto_describe=False)
    registry.register(Newsdiff(timezone.now()))
    encode, content_type = choose_encoder(request.headers.get("Accept", ""))
    return HttpResponse(encode(registry), content_type=content_type)


def _shows_token(request: HttpRequest) -> bool:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    given, known = token.strip().encode(), settings.NEWSDIFF_METRICS_TOKEN.encode()
    return scheme.lower() == "bearer" and hmac.compare_digest(given, known)


def _is_at_home(request: HttpRequest) -> bool:
    """Does somebody on this machine ask an installation that is for this machine only?

    All of it must hold: a proxy on this machine passes the world's requests on from a loopback address,
    and with whatever Host they came.
    """
    here = urlsplit(settings.BASE_URL).hostname or ""
    asked = urlsplit(f"//{request.get_host()}").hostname or ""
    peer = request.META.get("REMOTE_ADDR", "")
    is_forwarded = any(name in request.headers for name in FORWARDED)
    return _is_loopback(here) and _is_loopback(asked) and _is_loopback(peer) and not is_forwarded


def _is_loopback(name: str) -> bool:
    if name == "localhost":
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


# --- what they are told --------------------------------------------------------------------------
class Newsdiff(Collector):
    """All metrics as they are at a moment."""

    def __init__(self, now: datetime) -> None:
        self._now = now

    def collect(self) -> Iterator[Metric]:
        yield from _counters()
        yield from _queue(self._now)
        yield from _troubles(self._now)
        yield from _articles()
        yield from _life(self._now)
        yield from _store()


def _counters() -> Iterator[Metric]:
    counts: dict[str, dict[tuple[str, ...], float]] = {}
    for series, value in Count.objects.values_list("series", "value"):
        name, *labels = series.split("|")
        counts.setdefault(name, {})[tuple(labels)] = value
    for counter in COUNTERS:
        family = CounterMetricFamily(counter.name, counter.help, labels=counter.label_names)
        known = counts.get(counter.name, {})
        for labels in product(*(values for _, values in counter.labels)):
            family.add_metric(labels, known.get(labels, 0.0))
        yield family
    yield _histogram(counts.get(FETCH_SECONDS.name, {}))


def _histogram(counts: dict[tuple[str, ...], float]) -> Metric:
    """The seconds of requests; only of what has ever been asked for, or it would be hundreds of zeros."""
    family = HistogramMetricFamily(FETCH_SECONDS.name, FETCH_SECONDS.help, labels=FETCH_SECONDS.label_names)
    ends = [f"{end:g}" for end in BUCKETS] + ["+Inf"]
    for labels in sorted({series[:-1] for series in counts}):
        total = 0.0
        buckets = []
        for end in ends:
            total += counts.get((*labels, end), 0.0)
            buckets.append((end, total))
        family.add_metric(labels, buckets, sum_value=counts.get((*labels, "sum"), 0.0))
    return family


def _queue(now: datetime) -> Iterator[Metric]:
    queued = watching.queue(now)
    depth = GaugeMetricFamily(
        "newsdiff_queue",
        "Feeds and articles due, up to 10,000 of each, and work claimed.",
        labels=["state"],
    )
    depth.add_metric(["due"], queued.due)
    depth.add_metric(["claimed"], queued.claimed)
    yield depth
    yield GaugeMetricFamily(
        "newsdiff_lag_seconds", "By how much the most overdue feed or article is late.", value=queued.lag
    )
    yield GaugeMetricFamily(
        "newsdiff_waiting_seconds",
        "The same, without hosts that refuse for now: what workers could have done.",
        value=queued.waiting,
    )
    yield GaugeMetricFamily(
        "newsdiff_stuck",
        "1 where work has been due for 5 minutes and no worker has done any.",
        value=watching.stuck_since(queued, now) is not None,
    )


def _troubles(now: datetime) -> Iterator[Metric]:
    feeds = Feed.objects.filter(is_paused=False, source__is_paused=False)
    yield GaugeMetricFamily("newsdiff_feeds", "Feeds that are polled.", value=feeds.count())
    yield GaugeMetricFamily(
        "newsdiff_feeds_failing",
        f"Feeds that have failed {REPEATEDLY} times or more in a row.",
        value=feeds.filter(failures__gte=REPEATEDLY).count(),
    )
    yield GaugeMetricFamily(
        "newsdiff_hosts_refusing",
        "Hosts that are left alone for now, for they refused or did not answer.",
        value=Host.objects.filter(next_at__gt=now, failures__gt=0).count(),
    )
    found = gaps.recorded(now).order_by().values_list("scope")
    counted = {scope: counts for scope, *counts in found.annotate(n=CountOf("pk"), ended=CountOf("ended_at"))}
    family = GaugeMetricFamily(
        "newsdiff_gaps", "Times in which something was not looked at, by what.", labels=["scope", "state"]
    )
    for scope in Gap.Scope.values:
        count, ended = counted.get(scope, (0, 0))
        family.add_metric([scope, "open"], count - ended)
        family.add_metric([scope, "ended"], ended)
    yield family


# --- articles ------------------------------------------------------------------------------------
def _articles() -> Iterator[Metric]:
    family = GaugeMetricFamily(
        "newsdiff_articles",
        f"Articles by status. Above {COUNTED_UP_TO:,} an estimate of PostgreSQL's, or, on SQLite, up to "
        f"{KEPT // 60} minutes old.",
        labels=["status"],
    )
    counts = _by_status()
    for status in Article.Status.values:
        family.add_metric([status], counts.get(status, 0))
    yield family
    yield GaugeMetricFamily(
        "newsdiff_articles_flapping",
        "Articles that go to and fro between known texts.",
        value=Article.objects.filter(is_flapping=True).count(),
    )
    yield GaugeMetricFamily(
        "newsdiff_articles_suspect",
        "Articles whose page was at the last look probably not the article.",
        value=Article.objects.filter(suspect_looks__gt=0).count(),
    )


def _by_status() -> dict[str, float]:
    """Articles by status, without a walk through all of them at each scrape.

    PostgreSQL keeps statistics of each column for its planner: how many rows there are, and what share
    of them has which value. SQLite does not, and is counted now and then.
    """
    if connection.vendor == "postgresql":
        estimated = _estimated()
        return _counted_by_status() if estimated is None else estimated
    counts: dict[str, float] | None = cache.get("metrics:articles")
    if counts is None:
        counts = _counted_by_status()
        if sum(counts.values()) > COUNTED_UP_TO:
            cache.set("metrics:articles", counts, KEPT)
    return counts


def _counted_by_status() -> dict[str, float]:
    found = Article.objects.order_by().values_list("status").annotate(n=CountOf("pk"))
    return dict(found)


def _estimated() -> dict[str, float] | None:
    """What PostgreSQL's statistics say; None where there are few articles, or they were never analysed."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT reltuples FROM pg_class WHERE oid = 'articles_article'::regclass")
        (rows,) = cursor.fetchone()
        if rows <= COUNTED_UP_TO:
            return None
        cursor.execute(
            "SELECT value, share FROM pg_stats,"
            " unnest(most_common_vals::text::text[], most_common_freqs) AS common (value, share)"
            " WHERE schemaname = current_schema() AND tablename = 'articles_article' AND attname = 'status'"
        )
        shares = {status: round(rows * share) for status, share in cursor.fetchall()}
    # so rare that a sample may have none
    return shares | {"reused": Article.objects.filter(status=Article.Status.REUSED).count()}


# --- signs of life, and what it stands on ---------------------------------------------------------
def _life(now: datetime) -> Iterator[Metric]:
    ages = dict(Heartbeat.objects.filter(name="tick").values_list("name", "at"))
    workers = list(Worker.objects.values_list("seen_at", "worked_at"))
    ages |= {"worker": _newest(seen for seen, _ in workers), "work": _newest(done for _, done in workers)}
    family = GaugeMetricFamily(
        "newsdiff_heartbeat_age_seconds",
        "Since the scheduler's last tick, any worker's last sign of life, the last piece of work done.",
        labels=["name"],
    )
    for name, at in ages.items():
        if at is not None:
            family.add_metric([name], max(0.0, (now - at).total_seconds()))
    yield family
    states = Tally("alive" if now - seen < watching.SILENT else "silent" for seen, _ in workers)
    family = GaugeMetricFamily(
        "newsdiff_workers",
        "Worker processes; one that did not end orderly, and gave no sign of life for a minute, is silent.",
        labels=["state"],
    )
    for state in ("alive", "silent"):
        family.add_metric([state], states[state])
    yield family


def _newest(moments: Iterable[datetime | None]) -> datetime | None:
    return max(filter(None, moments), default=None)


def _store() -> Iterator[Metric]:
    yield GaugeMetricFamily(
        "newsdiff_database_bytes", "Size of the database.", value=cache.get_or_set("metrics:size", _size, 60)
    )
    disk = shutil.disk_usage(settings.DATA_DIR)
    free = "Of the disk with the data folder of the process that answers; PostgreSQL may be on another."
    yield GaugeMetricFamily("newsdiff_disk_free_bytes", f"Free bytes. {free}", value=disk.free)
    yield GaugeMetricFamily("newsdiff_disk_bytes", f"All bytes. {free}", value=disk.total)
    build = InfoMetricFamily("newsdiff_build", "What is running.")
    build.add_metric([], {"version": settings.VERSION, "python": platform.python_version()} | _mode())
    yield build


def _mode() -> dict[str, str]:
    return {"mode": "embedded" if settings.EMBEDDED else "server", "database": connection.vendor}


def _size() -> int:
    """Bytes of the database; SQLite's without the log beside it."""
    query: Any = "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()"
    if connection.vendor == "postgresql":
        query = "SELECT pg_database_size(current_database())"
    with connection.cursor() as cursor:
        cursor.execute(query)
        return int(cursor.fetchone()[0])
