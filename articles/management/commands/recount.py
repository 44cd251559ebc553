from argparse import ArgumentParser
from typing import Any

from articles import tallying
from articles.management.base import DataCommand
from articles.management.ready import ensure_migrated, named_source
from articles.models import Source


class Command(DataCommand):
    help = (
        "Counts anew what the figures of sources are made of, which workers keep right by themselves. "
        "May be stopped and run again at any time, also while newsdiff works."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--source", metavar="SLUG", help="only this source's")

    def handle(self, *, source: str | None, **options: Any) -> None:
        ensure_migrated()
        sources = [named_source(source)] if source is not None else list(Source.objects.order_by("pk"))
        for one in sources:
            tallying.note_everything(one.pk)
        if source is None:
            tallying.note_sums()
        made = tallying.settle()
        left = "" if tallying.is_settled() else "; the rest is being counted by a worker"
        self.stdout.write(f"{made} tallies made anew{left}.")
