"""Where an export of tables goes, and what can be wrong with that."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError

from articles.exports import formats, parts
from articles.exports.formats import ENDINGS, Format
from articles.exports.reading import Asked
from articles.exports.tables import TABLES, VERSIONS, Table

STDOUT = "-"


@dataclass(frozen=True, slots=True)
class Place:
    """Where an export goes.

    out     as it was given
    folder  the folder that gets all tables; None for one table
    files   where each table goes; nowhere in particular where that is standard output
    parts   the folder of what is finished until all is
    """

    out: str
    format: Format
    for_spreadsheet: bool
    folder: Path | None
    files: dict[Table, Path]
    parts: Path


def place(format: str, out: str, options: dict[str, Any]) -> Place:
    """Where the tables go; a misuse of the command where that makes no sense."""
    for_spreadsheet, table = options["spreadsheet"], options["table"]
    if for_spreadsheet and format != "csv":
        raise misuse("--spreadsheet is for csv.")
    if out == STDOUT and options["restart"]:
        raise misuse("An export to standard output is not gone on with: --restart is for files.")
    endings = ENDINGS[format]
    chosen = TABLES[table or VERSIONS.name]
    if out == STDOUT:
        written = formats.named(format, endings[0], for_spreadsheet=for_spreadsheet)
        return Place(out, written, for_spreadsheet, None, {chosen: Path()}, Path())
    if out.endswith("/") or Path(out).is_dir():
        if table:
            raise misuse(f"--table is for one file: a folder gets all tables. Name a file in it: {out}")
        written, folder = formats.named(format, endings[0], for_spreadsheet=for_spreadsheet), Path(out)
        files = {one: folder / f"{one.name}{written.ending}" for one in TABLES.values()}
        # inside of it: the folder may be all that we may write to, or a disk of its own
        return Place(out, written, for_spreadsheet, folder, files, folder / "unfinished.parts")
    ending = next((one for one in reversed(endings) if out.endswith(one)), None)
    if ending is None:
        wanted = f"must end in {' or '.join(endings)}, that of a folder in /"
        raise misuse(f"The name of the file {wanted}: {out}")
    written = formats.named(format, ending, for_spreadsheet=for_spreadsheet)
    return Place(out, written, for_spreadsheet, None, {chosen: Path(out)}, Path(f"{out}.parts"))


def identity(place: Place, asked: Asked) -> dict[str, Any]:
    """What makes an export another than others to the same place: only the same is gone on with."""
    database = settings.DATABASES["default"]
    columns = [[table.name, *table.names] for table in place.files]
    return {
        "format": place.format.name,
        "table": None if place.folder else ", ".join(table.name for table in place.files),
        "since": asked.since.isoformat() if asked.since else None,
        "source": asked.source,
        "spreadsheet": place.for_spreadsheet,
        "software": settings.VERSION,
        "columns": hashlib.sha256(repr(columns).encode()).hexdigest(),
        "database": f"{database.get('HOST', '')}:{database.get('PORT', '')}/{database['NAME']}",
    }


@contextmanager
def explained(folder: Path) -> Iterator[None]:
    """Misuse in words, where what was begun in a folder of parts is not what is asked for."""
    try:
        yield
    except parts.BegunOtherwise as error:
        begun = f"An export to the same place was begun for something else ({error}); it is in {folder}."
        what_to_do = "Ask for the same to go on with it, or give --restart to begin anew."
        raise misuse(f"{begun} {what_to_do}") from error
    except parts.NotOurs as error:
        raise misuse(f"{folder} is where unfinished work goes, and holds {error}: move it away.") from error
    except parts.Busy as error:
        raise CommandError(f"Another export to the same place is under way, in {folder}.") from error


def misuse(what: str) -> CommandError:
    return CommandError(what, returncode=2)
