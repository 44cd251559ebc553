"""What is uploaded to add or edit many sources at once: a spreadsheet (CSV) or a list of feeds (OPML).

The file is read once, and what was read travels with the page that shows what it would do, signed, so that
what is confirmed is what was shown, whichever machine answers.
"""

import csv
from dataclasses import dataclass
from io import StringIO
from typing import Any

import tablib
from django import forms
from django.core import signing
from unfold.widgets import UnfoldAdminFileFieldWidget, UnfoldBooleanSwitchWidget

from articles.core.feeds import FeedError, opml
from articles.core.feeds.opml import Listed
from articles.exports.csv import FORMULA

LARGEST = 1_000_000  # bytes of a file
MOST_ROWS = 1_000  # of a spreadsheet
NEEDED = "slug"
COLUMNS = (
    *(NEEDED, "name", "url", "language", "preset", "is_paused"),
    *("kept_selectors", "dropped_selectors", "ignored_texts", "feeds"),
)
SALT = "articles.forms.exchange"
VALID = 24 * 3600  # seconds for which what was shown can be confirmed
_BOMS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}


class BadFile(Exception):
    """A file that cannot be taken; the message says what to do instead."""


@dataclass(frozen=True, slots=True)
class Upload:
    """What was read from a file: a spreadsheet's text, or a list's.

    paused  whether sources that are new are followed later
    """

    kind: str  # "csv" or "opml"
    text: str
    paused: bool = False

    def sealed(self) -> str:
        """As a form carries it."""
        return signing.dumps([self.kind, self.text, self.paused], salt=SALT, compress=True)

    @classmethod
    def unsealed(cls, carried: str) -> "Upload":
        """What `sealed` made. Raises BadFile."""
        try:
            return cls(*signing.loads(carried, salt=SALT, max_age=VALID))
        except signing.BadSignature as error:
            raise BadFile("What was shown is a day old or was altered: choose the file again.") from error

    def table(self) -> tablib.Dataset:
        """The rows of a spreadsheet. Raises BadFile."""
        return _table(self.text)

    def row_numbers(self) -> list[int]:
        """The numbers that the table's rows have in the spreadsheet, in which others may be empty."""
        return [number for number, _ in _numbered(self.text)[1:]]

    def listed(self) -> list[Listed]:
        """The feeds of a list. Raises BadFile."""
        try:
            return opml.parse(self.text.encode(), "utf-8")
        except FeedError as error:
            raise BadFile(f"{error} Choose a list that a feed reader has exported.") from error


class UploadForm(forms.Form):
    """A file with sources."""

    file = forms.FileField(
        widget=UnfoldAdminFileFieldWidget(attrs={"accept": ".csv,.opml,.xml,text/csv,text/x-opml"}),
        help_text="A spreadsheet as the list’s export writes it (CSV), or a feed reader’s list (OPML); up to "
        "1 MB. You see what it would do before anything is done.",
        error_messages={
            "required": "Choose a file: CSV or OPML.",
            "empty": "The file is empty: choose another.",
        },
    )
    paused = forms.BooleanField(
        label="New sources paused",
        required=False,
        widget=UnfoldBooleanSwitchWidget(),
        help_text="For lists (OPML). A spreadsheet has a column for it, is_paused.",
    )

    def clean(self) -> dict[str, Any]:
        """Adds `upload`."""
        super().clean()
        file = self.cleaned_data.get("file")
        if file is None:
            return self.cleaned_data
        if file.size > LARGEST:
            self.add_error("file", "The file is larger than 1 MB: part it in two.")
            return self.cleaned_data
        try:
            upload = _read(file.read(), self.cleaned_data["paused"])
            upload.listed() if upload.kind == "opml" else upload.table()
        except BadFile as error:
            self.add_error("file", str(error))
        else:
            self.cleaned_data["upload"] = upload
        return self.cleaned_data


def _read(body: bytes, paused: bool) -> Upload:
    """A file's text and what kind it is of, by its first bytes: names and types of files say little."""
    encoding = next((name for bom, name in _BOMS.items() if body.startswith(bom)), "utf-8")
    is_list = body.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<")
    if is_list and encoding != "utf-16":
        return Upload(
            "opml", _text(body, "utf-8-sig", "Save the list in UTF-8, and choose it again."), paused
        )
    remedy = "In Excel choose “Save as: CSV UTF-8 (comma delimited)”, in LibreOffice the character set UTF-8."
    text = _text(body, encoding, remedy)
    if text.lstrip().startswith("<"):
        return Upload("opml", text, paused)
    return Upload("csv", text, paused)


def _text(body: bytes, encoding: str, remedy: str) -> str:
    try:
        text = body.decode(encoding)
    except UnicodeDecodeError as error:
        raise BadFile(f"The file’s characters cannot be read. {remedy}") from error
    if "\0" in text:
        raise BadFile(f"This is not a text file. {remedy}")
    return text


def _table(text: str) -> tablib.Dataset:
    rows = _numbered(text)
    names = [name.strip().lower() for name in rows[0][1]] if rows else []
    _check_head(names)
    if len(rows) - 1 > MOST_ROWS:
        raise BadFile(f"The spreadsheet has more than {MOST_ROWS:,} rows: part it.")
    table = tablib.Dataset(headers=names)
    for number, row in rows[1:]:
        if len(row) > len(names):
            raise BadFile(f"Row {number} has {len(row)} cells, and the first row names {len(names)} columns.")
        table.append([unescaped(cell) for cell in row] + [""] * (len(names) - len(row)))
    return table


def _numbered(text: str) -> list[tuple[int, list[str]]]:
    """The rows that are not empty, each with its number in the spreadsheet. Raises BadFile."""
    head = text.lstrip("\ufeff").partition("\n")[0]
    delimiter = max(",;\t", key=head.count)
    rows = csv.reader(StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        return [(number, row) for number, row in enumerate(rows, start=1) if any(row)]
    except csv.Error as error:
        raise BadFile(f"The spreadsheet cannot be read ({error}). Export one here, and compare.") from error


def _check_head(names: list[str]) -> None:
    """Refuses a first row that does not name our columns. Raises BadFile."""
    known = ", ".join(COLUMNS)
    if NEEDED not in names:
        raise BadFile(f"The first row must name the columns, {NEEDED} among them. They are: {known}.")
    for name in names:
        if name not in COLUMNS:
            raise BadFile(f"There is no column {name!r}. Name these, or some of them: {known}.")
        if names.count(name) > 1:
            raise BadFile(f"The column {name!r} is there twice: remove one of the two.")


def escaped(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell.startswith(FORMULA) else cell


def unescaped(cell: str) -> str:
    """The cell as it was before `escaped`, without blanks around."""
    cell = cell.strip(" \t\r\n")
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(FORMULA) else cell
