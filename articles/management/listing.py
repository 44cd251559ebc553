"""Importing a list of feeds on the command line: a bar while it runs, a line for each feed that matters."""

import sys
from collections import Counter
from collections.abc import Iterable, Iterator

from django.core.management.base import OutputWrapper
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from articles.core.feeds.opml import Listed
from articles.ingestion.lists import How, Result


def told(
    results: Iterable[Result], listed: list[Listed], out: OutputWrapper, err: OutputWrapper
) -> Counter[How]:
    """Takes the results as they come; returns how many there were of each kind.

    The slug of each source that got a feed goes to `out`, once; what became of each feed to `err`.
    """
    count: Counter[How] = Counter()
    slugs: dict[str, None] = {}
    for result in _with_bar(results, len(listed)):
        count[result.how] += 1
        err.write(_line(result))
        if result.how is How.ADDED and result.source not in slugs:
            slugs[result.source] = None
            out.write(result.source)
    return count


def _line(result: Result) -> str:
    if result.how is How.FAILED:
        return f"{result.how}: {result.listed.url}: {result.reason}"
    where = f"{'a new source' if result.is_new else 'source'} {result.source}"
    return f"{result.how}, {where}: {result.listed.url}"


def _with_bar(results: Iterable[Result], total: int) -> Iterator[Result]:
    """The results, with a bar on standard error where that is a terminal."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=Console(stderr=True), disable=not sys.stderr.isatty()) as bar:
        yield from bar.track(results, total=total, description="Reading feeds")
