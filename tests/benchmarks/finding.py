"""Whether quotations are found as people give them, and how long that and a search take."""

import os
from collections.abc import Iterator

from rich.table import Table

from tests.benchmarks.running import seeded, vendors

# By database: with three versions each, 300,000 and 30,000.
ARTICLES = {"postgresql": 100_000, "sqlite": 10_000}


def tables() -> Iterator[Table]:
    """Two tables for each database; ARTICLES in the environment sets how many there are."""
    for vendor in vendors():
        with seeded(vendor, int(os.environ.get("ARTICLES", ARTICLES[vendor]))) as inside:
            rows, told = inside.ask("rows"), inside.ask("quoted")
        size = f"{vendor}: {rows['articles']:,} articles, {rows['versions']:,} versions"
        quotations = _table(size, "quotation", "right first", "median ms", "95th percentile", "our CPU")
        for name, found in told["quotations"].items():
            quotations.add_row(name, f"{found['right']:.1%}", *_times(found))
        yield quotations
        searches = _table(size, "search", "hits on a page", "median ms", "95th percentile", "our CPU")
        for name, found in told["searches"].items():
            searches.add_row(name, f"{found['hits']:.1f}", *_times(found))
        yield searches


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left")
    for at, column in enumerate(columns):
        table.add_column(column, justify="right" if at else "left")
    return table


def _times(found: dict[str, float]) -> Iterator[str]:
    return (f"{found[name]:.1f}" for name in ("median", "p95", "cpu"))
