import sys
from argparse import ArgumentParser
from typing import Any

from rich.console import Console
from rich.progress import track

from articles.finding import indexing
from articles.management.base import DataCommand
from articles.management.ready import ensure_migrated
from articles.models import Article


class Command(DataCommand):
    help = (
        "Indexes the texts that the search and the quote finder do not know yet, which workers do by and by. "
        "May be stopped and run again at any time, also while newsdiff works."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--all", action="store_true", help="all texts anew, known or not")

    def handle(self, **options: Any) -> None:
        ensure_migrated()
        articles = Article.objects.filter(version_count__gt=0) if options["all"] else indexing.waiting()
        pks = list(articles.order_by("-pk").values_list("pk", flat=True))
        console = Console(stderr=True)
        for pk in track(pks, "Indexing …", console=console, disable=not sys.stderr.isatty()):
            indexing.index(pk)
        self.stdout.write(f"{len(pks)} articles indexed.")
