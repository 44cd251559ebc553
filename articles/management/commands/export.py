import os
import sys
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

from django.core.management.base import BaseCommand, CommandError
from django.db.models import QuerySet
from rich.console import Console
from rich.progress import Progress

from articles.archives import writing
from articles.management.ready import ensure_migrated, named_source
from articles.models import Article

FORMATS = {"warc": ".gz"}  # and how the name of a file of the format ends
STDOUT = "-"


class Command(BaseCommand):
    help = "Writes what is kept to a file, in a format for bulk use."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("format", choices=FORMATS, help="warc: all captures and all that is recorded")
        parser.add_argument("out", metavar="OUT", help="the file to write, or - for standard output")
        parser.add_argument("--since", metavar="DATE", type=_date, help="captures since then (ISO 8601, UTC)")
        parser.add_argument("--source", metavar="SLUG", help="articles of this source")

    def handle(self, *, format: str, out: str, since: datetime | None, source: str, **options: Any) -> None:
        ensure_migrated()
        if out != STDOUT and not out.endswith(FORMATS[format]):
            raise CommandError(f"The name of the file must end in {FORMATS[format]}: {out}", returncode=2)
        articles = _articles(since, source)
        try:
            with _opened(out) as file:
                written = _with_progress(writing.export(articles, since, file), articles.count())
        except OSError as error:
            raise CommandError(f"{out} cannot be written: {error.strerror}.") from error
        self.stderr.write(f"{written} articles written.")


def _articles(since: datetime | None, source: str) -> QuerySet[Article]:
    """What is exported: nothing hidden, and with a moment only what was looked at since."""
    articles = Article.objects.filter(hidden_at=None)
    if source:
        articles = articles.filter(source=named_source(source))
    return articles.filter(last_checked_at__gte=since) if since else articles


def _with_progress(written: Iterator[Article], total: int) -> int:
    with Progress(console=Console(stderr=True), disable=not sys.stderr.isatty()) as bar:
        return sum(1 for _ in bar.track(written, total=total, description="Writing articles"))


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
    except ValueError as error:
        raise ArgumentTypeError(f"{text!r} is no date such as 2026-05-04 or 2026-05-04T12:00Z") from error
    return at if at.tzinfo else at.replace(tzinfo=UTC)
