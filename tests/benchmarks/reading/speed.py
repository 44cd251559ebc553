"""What reading a page costs, beside the extractors it is built on used alone."""

import statistics
from collections.abc import Callable

from rich.table import Table

from articles.core.extraction import extract
from tests.benchmarks.reading.pages import Case, peers
from tests.benchmarks.timing import median_ms

URL = "http://paper.example/news/a"


def speed(cases: list[Case]) -> Table:
    """CPU milliseconds a page, the median and the slowest of the pages; and what a page seen before costs."""
    shown = Table(title=f"Reading {len(cases)} pages, ms a page", title_justify="left")
    for column in ("by", "median", "95 %", "slowest"):
        shown.add_column(column, justify="left" if column == "by" else "right")
    bodies = [case.text.encode("utf-8", "replace") for case in cases]
    skeletons = [found.skeleton for body in bodies if (found := extract(body, URL, "utf-8"))]
    ways: dict[str, Callable[[int], object]] = {
        "newsdiff": lambda i: extract(bodies[i], URL, "utf-8"),
        "newsdiff, the page to the letter as before but for furniture": lambda i: extract(
            bodies[i], URL, "utf-8", known=skeletons[i]
        ),
    }
    ways |= {f"{name} alone": lambda i, peer=peer: peer(cases[i].text) for name, peer in peers().items()}
    for name, way in ways.items():
        times = sorted(median_ms(lambda i=i, way=way: way(i), seconds=0.05) for i in range(len(cases)))
        slow = times[int(0.95 * (len(times) - 1))]
        shown.add_row(name, f"{statistics.median(times):.1f}", f"{slow:.1f}", f"{times[-1]:.1f}")
    return shown
