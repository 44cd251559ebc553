import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError
from django.utils import timezone
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from articles import tallying
from articles.archives.importing import Import
from articles.archives.index import Skipped
from articles.archives.replaying import NAMED, Busy, Report
from articles.management.base import DataCommand
from articles.management.ready import ensure_migrated, named_source


class Command(DataCommand):
    help = "Replays the captures of WARC files as if each page had been looked at when it was captured."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "files", nargs="+", metavar="FILE", type=Path, help="a WARC file, gzipped or plain"
        )
        parser.add_argument("--source", metavar="SLUG", help="new articles are of this source")
        parser.add_argument(
            "--only", metavar="GLOB", default="", help="of these addresses, such as '*/news/*'"
        )
        parser.add_argument(
            "--anew", action="store_true", help="judge newsdiff's own exports anew, by today's rules"
        )

    def handle(self, *, files: list[Path], source: str | None, only: str, anew: bool, **options: Any) -> None:
        ensure_migrated()
        for path in files:
            if not path.is_file():
                raise CommandError(f"{path} is not a file.", returncode=2)
        given = named_source(source) if source is not None else None
        run = Import(files, timezone.now(), given, only)
        try:
            report = self._run(run, sum(path.stat().st_size for path in files), anew)
        except OSError as error:
            raise CommandError(f"{error.filename} cannot be read: {error.strerror}.") from error
        except KeyboardInterrupt:
            raise CommandError("Stopped. Run it again, and it goes on from here.") from None
        except Busy as error:
            raise CommandError("A worker keeps an article for itself; run the import again.") from error
        tallying.settle()
        for line in _told(report):
            self.stdout.write(line)
        if run.damages:
            said = "\n".join(f"  {damage}" for damage in run.damages)
            raise CommandError(f"Not all could be read; the rest was imported:\n{said}")
        if failed := report.skipped[Skipped.OWN_FAULT]:
            raise CommandError(f"newsdiff itself failed on {_count(failed, 'capture')}; the log says how.")

    def _run(self, run: Import, size: int, anew: bool) -> Report:
        with _progress() as bar:
            task = bar.add_task("Indexing (bytes)", total=size)
            run.index(lambda reached: bar.update(task, completed=reached))
            if run.recorded and not anew:
                task = bar.add_task("Taking over articles", total=run.recorded)
                run.take_over(lambda: bar.advance(task))
            task = bar.add_task("Replaying captures", total=run.waiting)
            return run.replay(lambda: bar.advance(task))


@contextmanager
def _progress() -> Iterator[Progress]:
    """A bar on standard error, where that is a terminal."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), disable=not sys.stderr.isatty()) as bar:
        yield bar


def _told(report: Report) -> Iterator[str]:
    """The report, a line for each thing that there is to tell."""
    looks = sorted(report.looks.items())
    said = ", ".join(f"{count} {outcome.value.replace('_', ' ')}" for outcome, count in looks)
    yield f"{_count(report.looks.total(), 'capture')} stored as looks{': ' if said else ''}{said}."
    if report.restored:
        yield f"{_count(report.restored, 'article')} taken over as newsdiff recorded them."
    if report.apart:
        yield (
            f"{_count(report.apart, 'article')} of an export not taken over: they do not continue what is "
            "known of them here, or captures are missing. What captures there are were replayed."
        )
    for why, count in sorted(report.skipped.items()):
        if count and why is not Skipped.OWN_FAULT:
            yield f"{_count(count, 'capture')} passed over: {why}."
    if report.older:
        named = ", ".join(report.older_of.values()) + (" …" if len(report.older_of) == NAMED else "")
        yield (
            f"{_count(report.older, 'capture')} too late: older than the last look at their article, so that "
            f"no version can be made of them. Articles: {named}"
        )


def _count(count: int, noun: str) -> str:
    """A number of things: "1 capture", "2,000 captures"."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
