from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError

from articles.management import databases
from articles.management.base import DataCommand
from articles.management.ready import ensure_migrated


class Command(DataCommand):
    help = "Copies the whole database into a file, while newsdiff runs."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", metavar="FILE", type=Path)
        parser.add_argument("--force", action="store_true", help="overwrite FILE")

    def handle(self, *, file: Path, force: bool, **options: Any) -> None:
        ensure_migrated()
        if file.exists() and not force:
            raise CommandError(f"{file} is there already: name another, or use --force.", returncode=2)
        unfinished = file.with_name(f"{file.name}.unfinished")
        try:
            unfinished.unlink(missing_ok=True)
            # its reader sees every raw page and the operators' passwords, as digests: for us alone
            unfinished.touch(mode=0o600, exist_ok=False)
        except OSError as error:
            raise CommandError(f"{file} cannot be written: {error.strerror}.") from error
        try:
            if settings.EMBEDDED:
                databases.copy_sqlite(Path(settings.DATABASES["default"]["NAME"]), unfinished)
            else:
                databases.dump_postgres(unfinished)
                databases.check_postgres(unfinished)
            unfinished.replace(file)  # what stands under this name is whole
        finally:
            unfinished.unlink(missing_ok=True)
        self.stdout.write(f"{file}: {file.stat().st_size / 1e6:.1f} MB, whole.")
