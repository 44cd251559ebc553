"""The tick: what it takes to say who does what next, as articles grow from thousands to millions."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rich.table import Table

from tests.benchmarks.running import a_database, has_postgres

SIZES = tuple(int(size) for size in os.environ.get("ARTICLES", "1000 100000 3000000").split())
ON_SQLITE = 100_000  # articles at most
SHOWN = 70  # characters of a statement


def tables(sizes: tuple[int, ...] = SIZES, ticks: int = 200) -> Iterator[Table]:
    """Each statement's way through the tables, by the number of articles; at last what a tick takes of each."""
    times = Table(
        title=f"{ticks} ticks, one in a hundred articles due; what a tick claimed is due again before the next",
        title_justify="left",
        caption=None if has_postgres() else "PostgreSQL left out: set DATABASE_URL.",
        caption_justify="left",
    )
    for column in (
        *("articles", "hosts", "due", "claimed by a tick", "statements", "pages read", "tick ms (p95)"),
        *("nothing due", "claiming.claimed", "watching.queue", "health.board"),
    ):
        times.add_column(column, justify="right")
    runs = [("postgresql", size) for size in sizes if has_postgres()]
    runs += [("sqlite", size) for size in sizes if size <= ON_SQLITE][-1:]
    for vendor, size in runs:
        with a_database(vendor) as inside:
            told = inside.ask("tick", size, ticks)
        times.add_row(f"{size:,} {vendor}", *_times(told))
        yield _plans(vendor, size, told)
    yield times


def _times(told: dict[str, Any]) -> tuple[str, ...]:
    count = sum(one["times"] for one in told["statements"])
    pages = sum(one.get("pages", 0) * one["times"] for one in told["statements"])
    return (
        f"{told['hosts']:,}",
        f"{told['due']:,}",
        f"{told['claimed']:.0f}",
        str(count),
        f"{pages:,.0f}" if pages else "",
        *("{:.1f} ({:.1f})".format(*told["ms"][name]) for name in told["ms"]),
    )


def _plans(vendor: str, size: int, told: dict[str, Any]) -> Table:
    """Each form of statement; whole statements go into the file that PLANS names."""
    shown = Table(title=f"{vendor}, {size:,} articles", title_justify="left")
    for column in ("of", "statement", "times", "ms", "pages", "rows looked at", "read by"):
        shown.add_column(column, justify="right" if column in ("times", "ms", "pages") else "left")
    for name, statements in {"tick": told["statements"], **told["others"]}.items():
        for one in statements:
            figures = (
                (f"{one['ms']:.2f}", f"{one['pages']:.0f}", f"{one['rows']:.0f}")
                if "ms" in one
                else ("",) * 3
            )
            shown.add_row(name, _short(one["sql"]), str(one["times"]), *figures, "\n".join(one["scans"]))
            if plans := os.environ.get("PLANS"):
                with Path(plans).open("a") as out:
                    print(f"-- {vendor}, {size:,} articles, {name}: {one['scans']}\n{one['sql']}\n", file=out)
    return shown


def _short(sql: str) -> str:
    """The verb, the table and what is asked of it."""
    verb, _, rest = sql.replace('"', "").replace("articles_", "").partition(" ")
    if verb == "SELECT":
        rest = rest.partition(" FROM ")[2]
    return f"{verb} {rest}"[:SHOWN]
