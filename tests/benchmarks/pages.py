"""What pages and feeds cost the server with many articles: times and queries of requests made in turn."""

import os
from collections.abc import Iterator

from rich.table import Table

from tests.benchmarks.running import a_database, has_postgres

ARTICLES = int(os.environ.get("ARTICLES", "100000").split()[-1])


def tables(articles: int = ARTICLES) -> Iterator[Table]:
    """A table for each database: milliseconds of the server for each kind of request, and its queries."""
    for vendor in ["postgresql"] if has_postgres() else ["sqlite"]:
        with a_database(vendor) as inside:
            told = inside.ask("pages", articles)
        rows = told["rows"]
        shown = Table(
            title=f"{vendor}: {rows['articles']:,} articles, {rows['versions']:,} versions, {rows['changes']:,} changes",
            title_justify="left",
        )
        for column in ("request", "median ms", "95th percentile", "most", "queries", "KB"):
            shown.add_column(column, justify="left" if column == "request" else "right")
        for name, found in told["requests"].items():
            times = (f"{found[key]:.1f}" for key in ("median", "p95", "most"))
            queries = " to ".join(dict.fromkeys(str(count) for count in found["queries"]))
            shown.add_row(name, *times, queries, f"{found['bytes'] / 1024:.0f}")
        yield shown
