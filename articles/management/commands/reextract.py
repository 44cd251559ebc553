import sys
from argparse import ArgumentParser
from collections import Counter
from typing import Any

from django.core.management.base import CommandError
from rich.console import Console
from rich.progress import track

from articles import tallying
from articles.ingestion.rebaselining import reread
from articles.management.base import DataCommand
from articles.management.ready import ensure_migrated, named_source
from articles.models import Article


class Command(DataCommand):
    help = (
        "Reads kept captures again with today's extractor and rules. No change is ever made by it: "
        "versions take on what today's reading finds in them. May be stopped and run again at any time."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--source", metavar="SLUG", help="only articles of this source")

    def handle(self, **options: Any) -> None:
        ensure_migrated()
        articles = Article.objects.filter(version_count__gt=0).order_by("source", "pk")
        if options["source"] is not None:
            articles = articles.filter(source=named_source(options["source"]))
        pks = list(articles.values_list("pk", flat=True))
        console = Console(stderr=True)
        done: Counter[str] = Counter()
        for pk in track(pks, "Reading again …", console=console, disable=not sys.stderr.isatty()):
            done.update(_reread(pk))
        tallying.settle()
        words = f"{done['articles']} articles read again, {done['altered']} versions read differently now"
        if done["busy"]:
            raise CommandError(
                f"{words}; {done['busy']} were being looked at: they are read again at their next look, "
                "or when this is run once more."
            )
        self.stdout.write(f"{words}.")


def _reread(pk: int) -> Counter[str]:
    altered = reread(pk)
    return Counter(busy=1) if altered is None else Counter(articles=1, altered=altered)
