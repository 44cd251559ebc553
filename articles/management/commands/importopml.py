from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from articles.core.feeds import FeedError, opml
from articles.ingestion.lists import How, foreseen, import_list
from articles.ingestion.sources import AddSourceError, NoAddress, address_of, ask_for
from articles.management.base import DataCommand
from articles.management.listing import told
from articles.management.ready import ensure_migrated


class Command(DataCommand):
    help = "Follows the feeds of a list that a feed reader wrote (OPML); prints the slugs of their sources."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("list", metavar="FILE|URL", help="the list, a file or an address")
        parser.add_argument("--paused", action="store_true", help="follow new sources later, not now")
        parser.add_argument("--dry-run", action="store_true", help="only say what would be done")

    def handle(self, *, list: str, paused: bool, dry_run: bool, **options: Any) -> None:
        ensure_migrated()
        try:
            listed = opml.parse(_read(list))
        except NoAddress as error:
            raise CommandError(str(error), returncode=2) from error
        except (FeedError, AddSourceError) as error:
            raise CommandError(str(error)) from error
        results = foreseen(listed) if dry_run else import_list(listed, paused)
        try:
            count = told(results, listed, self.stdout, self.stderr)
        except KeyboardInterrupt:
            raise CommandError("Stopped. Run it again, and it goes on from here.") from None
        said = ", ".join(f"{count[how]} {how}" for how in How)
        self.stderr.write(f"{said}.{' Nothing was done.' if dry_run else ''}")
        if count[How.FAILED]:
            raise CommandError(f"{count[How.FAILED]} of {len(listed)} feeds cannot be followed: see above.")


def _read(place: str) -> bytes:
    """The bytes of a file or of what an address answers."""
    if "://" in place:
        return ask_for(address_of(place)).body
    path = Path(place)
    if not path.is_file():
        raise CommandError(f"{path} is not a file; an address begins with https://.", returncode=2)
    try:
        return path.read_bytes()
    except OSError as error:
        raise CommandError(f"{path} cannot be read: {error.strerror}.") from error
