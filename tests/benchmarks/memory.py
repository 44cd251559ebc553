"""Resident memory of a worker over thousands of checks: embedded, and a Celery worker with threads."""

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from statistics import linear_regression

from rich.table import Table

from tests.benchmarks import trees
from tests.benchmarks.publisher import CHANGED, NOISE, NOT_MODIFIED, SAME, Publisher
from tests.benchmarks.running import Newsdiff, embedded, has_server, server

ADDRESSES, ARTICLES = 100, 250
CHECKS = int(os.environ.get("CHECKS", 10_000))
# of ten rounds: most pages are as they were, some tick, one in ten has been edited
TURNS = (NOT_MODIFIED, SAME, NOISE, NOT_MODIFIED, NOISE, NOT_MODIFIED, SAME, NOISE, NOT_MODIFIED, CHANGED)
MB = 1_000_000


@dataclass(frozen=True, slots=True)
class Size:
    """Megabytes of a worker's own process and of its reading children, after so many checks."""

    checks: int
    worker: float
    readers: tuple[float, ...]


def tables(checks: int = CHECKS, articles: int = ARTICLES, addresses: int = ADDRESSES) -> Iterator[Table]:
    """Megabytes after each tenth of the checks, and how many a thousand more add to the worker: one table a mode."""
    for start in [embedded, server] if has_server() else [embedded]:
        name, sizes = _measure(start(), checks, articles, addresses)
        shown = Table(
            title=f"{name}: resident memory over {checks:,} checks of {articles} articles; of ten looks four brought "
            "a 304, two the same bytes, three noise, one changed words",
            title_justify="left",
            caption=None if has_server() else "Server mode left out: set DATABASE_URL and REDIS_URL.",
            caption_justify="left",
        )
        for column in ("checks", "MB of the worker", "MB of its reading children"):
            shown.add_column(column, justify="right")
        for size in sizes:
            readers = " + ".join(f"{reader:.0f}" for reader in size.readers)
            shown.add_row(f"{size.checks:,}", f"{size.worker:.0f}", readers)
        shown.add_section()
        shown.add_row("a thousand more, over the last half", f"{_growth(sizes):+.1f}", "")
        yield shown


def _measure(
    starting: AbstractContextManager[Newsdiff], checks: int, articles: int, addresses: int
) -> tuple[str, list[Size]]:
    with Publisher(addresses, articles) as site, starting as newsdiff:
        site.answer_with(NOT_MODIFIED, 0)
        newsdiff.follow(site)
        return newsdiff.name, list(_sizes(newsdiff, site, checks, articles))


def _sizes(newsdiff: Newsdiff, site: Publisher, checks: int, articles: int) -> Iterator[Size]:
    edition, done, due = 0, articles, checks / 10
    yield _size(newsdiff, done)
    for turn in range(-(-(checks - done) // articles)):
        kind = TURNS[turn % len(TURNS)]
        edition += kind == CHANGED
        site.answer_with(kind, edition)
        newsdiff.look_at_all()
        done += articles
        if done >= due:
            due += checks / 10
            yield _size(newsdiff, done)


def _size(newsdiff: Newsdiff, checks: int) -> Size:
    worker, *others = trees.session(newsdiff.sessions[0])
    readers = tuple(
        sorted(other.resident / MB for other in others if other.resident > 30 * MB)  # not their bookkeeper
    )
    return Size(checks, worker.resident / MB, readers)


def _growth(sizes: list[Size]) -> float:
    """Megabytes that a thousand checks add, by the line through the second half of the sizes."""
    half = sizes[len(sizes) // 2 :]
    line = linear_regression([size.checks / 1000 for size in half], [size.worker for size in half])
    return line.slope
