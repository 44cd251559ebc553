import sys
from argparse import ArgumentParser
from collections import Counter
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.progress import track

from articles import claiming, tallying
from articles.ingestion.rebaselining import bring_up_to_date
from articles.ingestion.rules import rules_of
from articles.management.ready import ensure_migrated, named_source
from articles.models import Article


class Command(BaseCommand):
    help = (
        "Reads kept captures again with today's extractor and rules. No change is ever made by it: "
        "versions take on what today's reading finds in them. May be stopped and run again at any time."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--source", metavar="SLUG", help="only articles of this source")

    def handle(self, **options: Any) -> None:
        ensure_migrated()
        articles = Article.objects.filter(version_count__gt=0).order_by("source", "pk")
        if options["source"]:
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
    """Reads one article's captures again, under a lease of its own."""
    article = claiming.hold(pk, claiming.now())
    if article is None:
        return Counter(busy=1)
    try:
        with claiming.kept(Article, article.pk, article.lease_token):
            altered = bring_up_to_date(article, rules_of(article.source))
    finally:
        claiming.finish(article)
    return Counter(articles=1, altered=altered)
