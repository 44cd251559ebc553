from argparse import ArgumentParser
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError
from django.utils import timezone

from articles import watching
from articles.embedded import AlreadyRunning, folder_lock
from articles.management import databases
from articles.management.commands.doctor import COUNTERS
from articles.models import Source, Worker


class Command(BaseCommand):
    help = "Puts a backup in the place of the database. Newsdiff must not be running."
    requires_system_checks = []  # the database may be what is to be mended

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", metavar="FILE", type=Path)
        parser.add_argument("--force", action="store_true", help="also where the database holds sources")

    def handle(self, *, file: Path, force: bool, **options: Any) -> None:
        if not file.is_file():
            raise CommandError(f"There is no file {file}.", returncode=2)
        with ExitStack() as stack:
            if settings.EMBEDDED:
                try:
                    stack.enter_context(folder_lock(settings.DATA_DIR))
                except AlreadyRunning as error:
                    raise CommandError(f"{error} Stop it first.") from error
            else:
                _refuse_while_running()
            if not force and _holds_sources():
                raise CommandError(
                    "This database holds sources: all of it would be replaced. To do so: --force."
                )
            if settings.EMBEDDED:
                databases.check_sqlite(file)
                databases.replace_sqlite(file)
            else:
                databases.check_postgres(file)
                databases.restore_postgres(file)
            call_command("migrate", interactive=False, verbosity=0)
            Worker.objects.all().delete()  # those of the time of the backup
        broken = [finding.what for law in COUNTERS if (finding := law()).level == "fail"]
        if broken:
            raise CommandError("Restored, but: " + " ".join(broken))
        self.stdout.write(f"Restored: {Source.objects.count()} sources. Every law of the data is kept.")


def _refuse_while_running() -> None:
    """Refuses where a scheduler or worker gave a sign of life within the last minute."""
    now = timezone.now()
    try:
        alive = Worker.objects.filter(seen_at__gt=now - watching.SILENT).values_list("name", flat=True)
        names = list(alive[:5])
        ticks = watching.tick(now) == watching.OK
    except DatabaseError:  # no tables yet: nobody can be working
        return
    if names or ticks:
        who = ", ".join(names) or "the scheduler"
        raise CommandError(
            f"newsdiff is running ({who}): stop web, workers and beat first. What was killed is believed "
            "to run for another minute."
        )


def _holds_sources() -> bool:
    try:
        return Source.objects.exists()
    except DatabaseError:  # no tables yet, or a damaged file, which is why it is restored
        return False
