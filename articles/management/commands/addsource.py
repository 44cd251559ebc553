from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError

from articles.core.feeds import FeedError, opml
from articles.ingestion.lists import How, import_list
from articles.ingestion.sources import AddSourceError, ListFound, Misuse, add_source
from articles.management.base import DataCommand
from articles.management.listing import told
from articles.management.ready import ensure_migrated


class Command(DataCommand):
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
        except ListFound as found:
            self._import(found, name or slug, paused)
            return
        except Misuse as error:
            raise CommandError(str(error), returncode=2) from error
        except AddSourceError as error:
            raise CommandError(str(error)) from error
        for feed in feeds:
            feed.refresh_from_db()
            self.stderr.write(f"{feed.kind} feed with {feed.entry_count} entries: {feed.url}")
        self.stdout.write(source.slug)

    def _import(self, found: ListFound, named: str, paused: bool) -> None:
        """The address was that of a list of feeds: all of them are followed."""
        if named:
            words = "This is a list of feeds (OPML): --name and --slug are for one source."
            raise CommandError(words, returncode=2)
        try:
            listed = opml.parse(found.body)
        except FeedError as error:
            raise CommandError(str(error)) from error
        count = told(import_list(listed, paused), listed, self.stdout, self.stderr)
        if count[How.FAILED]:
            raise CommandError(f"{count[How.FAILED]} of {len(listed)} feeds cannot be followed: see above.")
