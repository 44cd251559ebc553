"""Makes a big newsdiff in an empty database, for the benches and for trying pages out.

    DATABASE_URL=postgres://… python -m tests.benchmarks.seed --articles 100000

The database is that of the environment, as for `manage.py`; it is migrated first. What it is filled with is
made up (tests/benchmarks/seeding), three versions an article on average, and the same for the same `--seed`.
"""

import argparse
import os
import sys
import time
from datetime import UTC, datetime

from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from tests.benchmarks.seeding import set_up


def main() -> None:
    asked = _asked()
    set_up()
    from django.core.management import call_command

    from tests.benchmarks.seeding import planting

    call_command("migrate", verbosity=0)
    began = time.monotonic()
    try:
        with Progress(console=Console(stderr=True)) as progress:
            task = progress.add_task("articles", total=asked.articles)
            rows = planting.fill(
                asked.articles,
                asked.seed,
                asked.until,
                asked.processes,
                lambda written: progress.update(task, completed=written),
            )
    except planting.NotEmpty as error:
        sys.exit(str(error))
    table = Table("rows", title=f"made in {time.monotonic() - began:,.0f} s", title_justify="left")
    table.add_column("", justify="right")
    for name, count in rows.items():
        table.add_row(str(name), f"{count:,}")
    Console().print(table)


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks.seed", description="Fills an empty database with made-up articles."
    )
    parser.add_argument("--articles", type=_whole, default=100_000, help="default 100000")
    parser.add_argument("--seed", type=int, default=1, help="another number makes other texts; default 1")
    parser.add_argument(
        "--until", type=_day, default=_today(), help="the day on which it ends; default today"
    )
    parser.add_argument("--processes", type=_whole, default=os.cpu_count() or 1, help="default: one a core")
    return parser.parse_args()


def _whole(text: str) -> int:
    if not text.isascii() or not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1 on")
    return int(text)


def _day(text: str) -> datetime:
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a day such as 2026-03-31") from None


def _today() -> datetime:
    return datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


if __name__ == "__main__":
    main()
