import os
import sys
from argparse import ArgumentParser, ArgumentTypeError
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

from django.core.management.base import CommandError
from django.db.models import QuerySet
from rich.console import Console
from rich.progress import Progress

from articles import claiming
from articles.archives import writing
from articles.exports import formats, making, reading
from articles.exports.parts import Parts
from articles.exports.reading import Asked
from articles.exports.tables import TABLES, VERSIONS
from articles.management import places
from articles.management.base import DataCommand
from articles.management.places import STDOUT, Place, misuse
from articles.management.ready import ensure_migrated, named_source
from articles.models import Article

WARC = "warc"
# and how the name of a file of the format may end
FORMATS: dict[str, tuple[str, ...]] = {**formats.ENDINGS, WARC: (".gz",)}


class Command(DataCommand):
    help = "Writes what is kept for bulk use: tables of what readers may see, or all captures as WARC."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "format",
            choices=FORMATS,
            help="jsonl, csv, parquet: tables; warc: all captures and all that is recorded",
        )
        parser.add_argument(
            "out",
            metavar="OUT",
            help="a folder for all tables (it ends in /, or is there), or a file, or - for standard output",
        )
        parser.add_argument(
            "--since", metavar="DATE", type=_date, help="what was first seen since then (ISO 8601, UTC)"
        )
        parser.add_argument("--source", metavar="SLUG", help="articles of this source")
        parser.add_argument(
            "--table",
            choices=TABLES,
            help=f"which table goes into a file or to standard output ({VERSIONS.name} if not given)",
        )
        parser.add_argument(
            "--spreadsheet",
            action="store_true",
            help="CSV for a spreadsheet: what it would take for a formula gets an apostrophe before it",
        )
        parser.add_argument(
            "--restart", action="store_true", help="begin anew where an export to OUT was begun before"
        )

    def handle(
        self, *, format: str, out: str, since: datetime | None, source: str | None, **options: Any
    ) -> None:
        if format == WARC:
            self._check_warc(out, options)
            ensure_migrated()
            self._export_warc(out, since, source)
            return
        place = places.place(format, out, options)
        ensure_migrated()
        asked = Asked(claiming.now(), since, named_source(source).slug if source is not None else None)
        self._export_tables(place, asked, options["restart"])

    # --- tables ----------------------------------------------------------------------------------------
    def _export_tables(self, place: Place, asked: Asked, restart: bool) -> None:
        try:
            rows = _to_stdout(place, asked) if place.out == STDOUT else _to_files(place, asked, restart)
        except OSError as error:
            kept = f" What is finished is in {place.parts}: the same command goes on from there."
            where = kept if place.out != STDOUT and place.parts.is_dir() else ""
            raise CommandError(f"{place.out} cannot be written: {error.strerror}.{where}") from error
        for name, count in rows.items():
            self.stderr.write(f"{count:,} {name} written.")
        hidden = Article.objects.exclude(hidden_at=None)
        if left_out := (hidden.filter(source__slug=asked.source) if asked.source else hidden).count():
            self.stderr.write(f"{left_out:,} articles left out, for they are hidden.")

    # --- WARC ------------------------------------------------------------------------------------------
    def _check_warc(self, out: str, options: dict[str, Any]) -> None:
        if out != STDOUT and not out.endswith(FORMATS[WARC]):
            raise misuse(f"The name of the file must end in {FORMATS[WARC][0]}: {out}")
        if given := [f"--{name}" for name in ("table", "spreadsheet", "restart") if options[name]]:
            raise misuse(f"{', '.join(given)}: not for {WARC}.")

    def _export_warc(self, out: str, since: datetime | None, source: str | None) -> None:
        articles = _asked_for(since, source)
        try:
            with _opened(out) as file:
                done = _with_progress(writing.export(articles, since, file), articles.count())
        except OSError as error:
            raise CommandError(f"{out} cannot be written: {error.strerror}.") from error
        self.stderr.write(f"{done[True]} articles written.")
        if left_out := done[False]:
            self.stderr.write(f"{left_out} left out, for they or something of them are hidden.")


def _to_stdout(place: Place, asked: Asked) -> dict[str, int]:
    """How many rows of each table were written."""
    (table,) = place.files
    export = making.ToStream(place.format, asked, table, sys.stdout.buffer)
    _with_bar(export.steps(), reading.articles(asked).count())
    return export.rows


def _to_files(place: Place, asked: Asked, restart: bool) -> dict[str, int]:
    """The same, for files, or what was left to do of them."""
    if place.folder:
        place.folder.mkdir(exist_ok=True)
    manifest = place.folder / making.MANIFEST if place.folder else None
    kept = Parts(place.parts, place.format.ending)
    begun = kept.opened(places.identity(place, asked), asked.until, anew=restart)
    with places.explained(place.parts), begun as until:
        asked = replace(asked, until=until)
        export = making.ToFiles(place.format, asked, place.files, kept, manifest)
        _with_bar(export.steps(), reading.articles(asked).count())
        kept.clear()
    return export.rows


def _with_bar(steps: Iterator[int], total: int) -> None:
    with Progress(console=Console(stderr=True), disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task("Writing articles", total=total)
        for done in steps:
            bar.advance(task, done)


def _asked_for(since: datetime | None, source: str | None) -> QuerySet[Article]:
    """All articles, or a source's; with a moment those that were looked at since."""
    articles = Article.objects.all()
    if source is not None:
        articles = articles.filter(source=named_source(source))
    return articles.filter(last_checked_at__gte=since) if since else articles


def _with_progress(done: Iterator[bool], total: int) -> Counter[bool]:
    """How many articles were written, and how many not."""
    with Progress(console=Console(stderr=True), disable=not sys.stderr.isatty()) as bar:
        return Counter(bar.track(done, total=total, description="Writing articles"))


@contextmanager
def _opened(out: str) -> Iterator[BinaryIO]:
    """The file to write, which bears its name only when it is whole; or standard output."""
    if out == STDOUT:
        yield sys.stdout.buffer
        return
    unfinished = Path(f"{out}.part")
    try:
        with unfinished.open("wb") as file:
            yield file
        os.replace(unfinished, out)
    finally:
        unfinished.unlink(missing_ok=True)


def _date(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
        return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
    except (ValueError, OverflowError) as error:  # the first and the last day may have no UTC
        raise ArgumentTypeError(f"{text!r} is no date such as 2026-05-04 or 2026-05-04T12:00Z") from error
