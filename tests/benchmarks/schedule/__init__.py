"""When to look again: newsdiff's schedule beside the rules of other trackers, on invented outlets.

CURVE=file.svg also draws requests against captured changes. docs/schedule.md explains all of it.
"""

import os
from pathlib import Path

from rich.console import Group, RenderableType


def table() -> RenderableType:
    """A table for each population; the same figures at every run."""
    from tests.benchmarks.schedule.curve import svg
    from tests.benchmarks.schedule.tables import results, tables

    scores = results()
    if path := os.environ.get("CURVE"):
        Path(path).write_text(svg("mixed", scores), encoding="utf-8")
    return Group(*tables(scores))
