from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError
from django.db import DatabaseError

from articles.evidence import rereading
from articles.evidence.verify import NotAPack, Report, examine, told
from articles.management.base import DataCommand
from articles.management.ready import database_behind
from articles.models import Article


class Command(DataCommand):
    help = (
        "Checks evidence packs: their digests, whether their captures, read again, give their texts, and "
        "whether they agree with what is recorded here."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "packs", nargs="+", metavar="PACK", type=Path, help="a pack (.zip), or the folder of one"
        )

    def handle(self, *, packs: list[Path], **options: Any) -> None:
        for path in packs:
            if not path.exists():
                raise CommandError(f"{path} is not there.", returncode=2)
        wrong = [path for path in packs if not self._is_right(path)]
        if wrong:
            named = ", ".join(map(str, wrong))
            raise CommandError(f"{len(wrong)} of {len(packs)} not as made: {named}")

    def _is_right(self, path: Path) -> bool:
        """Whether nothing was found to be wrong with a pack; tells all that was found."""
        self.stdout.write(f"{path}\n")
        try:
            report = examine(str(path))
        except OSError as error:
            raise CommandError(f"{path} cannot be read: {error.strerror}.", returncode=2) from error
        except NotAPack as error:
            self.stdout.write(f"WRONG This is no evidence pack: {error}.\n\n")
            return False
        rereading.examine(report, _followed(report))
        self.stdout.write("\n".join([*told(report), ""]))
        return not report.wrong


def _followed(report: Report) -> Article | None:
    """The pack's article, if it is followed here; without a database the rest is examined all the same."""
    try:
        if database_behind():
            report.notes.append("This installation's database is not up to date: it was not asked.")
            return None
        found = rereading.followed(report)
    except DatabaseError as error:
        report.notes.append(f"This installation's database could not be asked: {type(error).__name__}.")
        return None
    if found is None:
        report.notes.append("This installation does not follow the article.")
    return found
