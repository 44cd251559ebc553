"""Sends or prints what the daily mail says, now."""

from typing import Any

from django.core.management.base import CommandError, CommandParser

from articles import claiming, digest
from articles.management.base import DataCommand
from articles.management.ready import ensure_migrated


class Command(DataCommand):
    help = "Sends the digest of the last 24 hours to NEWSDIFF_DIGEST_TO now, or prints it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--print", action="store_true", dest="is_printed", help="print its text, and send nothing"
        )

    def handle(self, *, is_printed: bool, **options: Any) -> None:
        ensure_migrated()
        if is_printed:
            now = claiming.now()
            mail = digest.message(digest.tell(now - digest.DAY, now))
            self.stdout.write(f"Subject: {mail.subject}\n\n{mail.body}")
            return
        try:
            told = digest.send_now()
        except digest.NotSent as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"Sent: {told.subject}")
