"""What pages, feeds and lists cost the server with many articles: times and queries of requests made in turn."""

import os
from collections.abc import Iterator

from rich.table import Table

from tests.benchmarks.running import seeded, vendors

ARTICLES = int(os.environ.get("ARTICLES", "100000").split()[-1])
ROUNDS = 100  # requests of a kind, where there are so many that differ


def tables(articles: int = ARTICLES, rounds: int = ROUNDS) -> Iterator[Table]:
    """A table of milliseconds of the server for each kind of request, and of its queries; on PostgreSQL, if
    there is one."""
    vendor = vendors()[-1]
    with seeded(vendor, articles) as inside:
        rows, requests = inside.ask("rows"), inside.ask("pages", rounds)
    shown = Table(
        title=f"{vendor}: {rows['articles']:,} articles, {rows['versions']:,} versions, {rows['changes']:,} changes",
        title_justify="left",
    )
    words = ("request", "the slowest", "gone through")
    for column in (
        "request",
        "median ms",
        "95th",
        "most",
        "our CPU",
        "queries",
        "blocks",
        "its ms",
        "KB",
        *words[1:],
    ):
        shown.add_column(column, justify="left" if column in words else "right")
    for name, found in requests.items():
        times = (f"{found[key]:.1f}" for key in ("median", "p95", "most"))
        queries = " to ".join(dict.fromkeys(str(count) for count in found["queries"]))
        cpu = f"{found.get('cpu', 0):.1f}"
        database = (f"{found.get('blocks', 0):,}", f"{found.get('database', 0):.0f}")
        size = f"{found['bytes'] / 1024:.0f}"
        slowest, whole = found.get("slowest", "")[:40], ", ".join(found.get("whole", ()))
        shown.add_row(name, *times, cpu, queries, *database, size, slowest, whole)
    yield shown
