from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from articles.ingestion.sources import AddSourceError, add_source
from articles.management.ready import ensure_migrated


class Command(BaseCommand):
    help = "Discovers the feeds of a site and begins to follow them; prints the new source's slug."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("url", help="a site's or a feed's address, such as https://example.org/")
        parser.add_argument("--slug", default="", help="short name in addresses (default: from the name)")
        parser.add_argument("--name", default="", help="its name (default: the feed's title)")
        parser.add_argument("--paused", action="store_true", help="follow it later, not now")

    def handle(self, *, url: str, slug: str, name: str, paused: bool, **options: Any) -> None:
        ensure_migrated()
        try:
            source, feeds = add_source(url, name=name, slug=slug, paused=paused)
        except AddSourceError as error:
            raise CommandError(str(error)) from error
        for feed in feeds:
            feed.refresh_from_db()
            self.stderr.write(f"{feed.kind} feed with {feed.entry_count} entries: {feed.url}")
        self.stdout.write(source.slug)
