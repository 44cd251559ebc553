"""A process of the benches inside the database of a newsdiff that runs: makes rows due, waits, counts.

    python -m tests.benchmarks.inside

It has the environment of the newsdiff that is measured, takes one JSON list a line, a name in COMMANDS and
its arguments, and answers each with one line of JSON. Its own work is not counted as newsdiff's.
"""

import json
import os
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import django


def follow(feeds: list[str], seconds: float) -> int:
    """Follows the feeds as one source each; returns how many articles were read within `seconds`."""
    from articles.ingestion.sources import add_source
    from articles.models import Article

    for feed in feeds:
        add_source(feed)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        read = Article.objects.filter(version_count__gt=0).count()
        if read and not Article.objects.filter(check_count=0).exists() and not _under_way():
            return read
        time.sleep(0.2)
    return Article.objects.filter(version_count__gt=0).count()


def look_at_all(seconds: float) -> dict[str, Any]:
    """Makes every article due and waits until each was looked at.

    Returns `seconds` that took, `outcomes` with how many looks ended so, and `cpu`, the seconds that the
    database's and the broker's server spent, where they are servers.
    """
    from django.db import transaction
    from django.db.models import Count, Max, Sum

    from articles.models import Article, Check
    from tests.crawl import make_all_due

    last = Check.objects.aggregate(last=Max("pk"))["last"] or 0
    counted = Article.objects.aggregate(all=Sum("check_count"), articles=Count("pk"))
    wanted = counted["all"] + counted["articles"]
    servers = Servers()
    began = time.monotonic()
    with transaction.atomic():
        make_all_due()
    while Article.objects.aggregate(all=Sum("check_count"))["all"] < wanted:
        servers.note()
        if time.monotonic() - began > seconds:
            raise TimeoutError(f"not all articles were looked at within {seconds:g} s")
        time.sleep(0.05)
    took = time.monotonic() - began
    ended = Check.objects.filter(pk__gt=last).values_list("outcome").annotate(Count("pk"))
    return {"seconds": took, "outcomes": dict(ended), "cpu": servers.spent()}


def plant(urls: list[str]) -> int:
    """Writes an article for each address as if it had been read, with the ETag of the site's first edition.

    They are not due. Returns how many hosts they have.
    """
    from django.utils import timezone

    from articles.core.urls import key
    from articles.models import Article, ArticleURL, Host, Source

    now, source = timezone.now(), Source.objects.create(name="The Quiet Harbour", slug="harbour")
    hosts: dict[str, Host] = {}
    articles = []
    for n, url in enumerate(urls):
        host = hosts.setdefault(url.rpartition("/")[0], Host.of(url))
        known = Article(source=source, host=host, url=url, first_seen_at=now, version_count=1, check_count=1)
        known.title, known.etag, known.body_digest = f"Report number {n}", f'"{n}-0"', f"{n:064x}"
        articles.append(known)
    Article.objects.bulk_create(articles, batch_size=500)
    rows = (ArticleURL(article=one, url=one.url, key=key(one.url), seen_at=now) for one in articles)
    ArticleURL.objects.bulk_create(rows, batch_size=500)
    return len(hosts)


def make_due(within: float) -> dict[str, float]:
    """Makes every article due, within so many seconds from now; returns the moments by address."""
    from django.db import transaction

    from tests.crawl import make_all_due

    with transaction.atomic():
        moments = make_all_due(timedelta(seconds=within))
    return {url: moment.timestamp() for url, moment in moments.items()}


def _under_way() -> bool:
    from django.utils import timezone

    from articles import claiming

    return claiming.claimed(timezone.now()) > 0


class Servers:
    """CPU seconds of PostgreSQL for our database, and of Redis, since this was made."""

    def __init__(self) -> None:
        self._cpu: dict[int, float] = {}
        self._start: dict[int, float] = {}
        self._redis = self._of_redis()
        self.note(first=True)

    def note(self, *, first: bool = False) -> None:
        """Looks at the backends there are now: one that ends takes its figures with it."""
        from django.db import connection

        from tests.benchmarks import trees

        if connection.vendor != "postgresql":
            return
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            pids = [pid for (pid,) in cursor.fetchall()]
        for pid in pids:
            cpu = trees.cpu_of(pid)
            if cpu is not None:
                self._cpu[pid] = cpu
                self._start.setdefault(pid, cpu if first else 0.0)

    def spent(self) -> float:
        self.note()
        backends = sum(cpu - self._start[pid] for pid, cpu in self._cpu.items())
        return backends + self._of_redis() - self._redis

    def _of_redis(self) -> float:
        if not os.environ.get("REDIS_URL"):
            return 0.0
        import redis

        with redis.Redis.from_url(os.environ["REDIS_URL"]) as broker:
            told = broker.info("cpu")
        return float(told["used_cpu_user"]) + float(told["used_cpu_sys"])


def tick(articles: int, ticks: int) -> dict[str, Any]:
    """What a tick takes with so many articles: see `ticking.measure`."""
    from tests.benchmarks import ticking

    return ticking.measure(articles, ticks)


def weigh(articles: int) -> dict[str, Any]:
    """What histories of so many articles weigh: see `histories.weigh`."""
    from tests.benchmarks import histories

    return histories.weigh(articles)


def seed(articles: int) -> int:
    """Fills an empty database with so many made-up articles: see `seeding`. Returns how many were written."""
    from tests.benchmarks.seeding import planting

    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return planting.fill(articles, 1, today, os.cpu_count() or 1, lambda written: None)["articles"]


def rows() -> dict[str, int]:
    """How much there is: see `visiting.rows`."""
    from tests.benchmarks import visiting

    return visiting.rows()


def pages(rounds: int) -> dict[str, Any]:
    """What pages, feeds and lists cost: see `visiting.measure`."""
    from tests.benchmarks import visiting

    return visiting.measure(rounds)


def quoted() -> dict[str, Any]:
    """How quotations and words are found: see `quoted.measure`."""
    from tests.benchmarks import quoted as quotations

    return quotations.measure()


COMMANDS: dict[str, Callable[..., Any]] = {
    "follow": follow,
    "look_at_all": look_at_all,
    "make_due": make_due,
    "pages": pages,
    "plant": plant,
    "quoted": quoted,
    "rows": rows,
    "seed": seed,
    "tick": tick,
    "weigh": weigh,
}


def main() -> None:
    """Answers commands until its input ends."""
    django.setup()
    for line in sys.stdin:
        name, *arguments = json.loads(line)
        print(json.dumps(COMMANDS[name](*arguments)), flush=True)


if __name__ == "__main__":
    main()
