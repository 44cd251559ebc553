"""Sources by the dozen: spreadsheets (CSV) and lists of feeds (OPML), in and out; other lists out as CSV.

What comes in is tried first, and shown; what is confirmed is done row by row, by the same forms as typing.
"""

import csv
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from io import StringIO
from typing import Any
from xml.sax.saxutils import quoteattr

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from import_export import resources
from import_export.fields import Field
from import_export.results import RowResult
from unfold.decorators import action

from articles.admin.base import OperatorAdmin
from articles.core import urls
from articles.core.scheduling import Preset
from articles.forms.exchange import COLUMNS, BadFile, Upload, UploadForm, escaped
from articles.forms.rules import RulesFields
from articles.forms.sources import FeedForm, SourceForm
from articles.health import NO_END
from articles.ingestion import lists
from articles.ingestion.lists import How
from articles.ingestion.rules import TYPED
from articles.models import Feed, Source
from articles.presentation import printable

MOST_EXPORTED = 100_000  # rows of a list
AT_A_TIME = 1_000
TEXTS = tuple(name for name in COLUMNS if name not in ("feeds", "is_paused"))
_YES_OR_NO = {"yes": True, "no": False, "true": True, "false": False, "1": True, "0": False, "": False}


# --- sources as rows of a spreadsheet ---------------------------------------------------------------
@dataclass(slots=True)
class Above:
    """What the rows before one name, each by the number of the first row that does.

    numbers  those that the rows have in the spreadsheet
    feeds    by their keys; those that a source has already are judged by that
    """

    numbers: list[int]
    slugs: dict[str, int] = field(default_factory=dict)
    feeds: dict[str, int] = field(default_factory=dict)


class SourceResource(resources.ModelResource):
    """Sources by their slugs.

    Columns that are not there stay as they are; feeds are added, never taken away.
    """

    feeds = Field(column_name="feeds", readonly=True)

    class Meta:
        model = Source
        fields = COLUMNS
        export_order = COLUMNS
        import_id_fields = ["slug"]
        skip_diff = True
        store_instance = True
        use_transactions = True

    def dehydrate_is_paused(self, source: Source) -> str:
        return "yes" if source.is_paused else "no"

    def dehydrate_feeds(self, source: Source) -> str:
        return " ".join(feed.url for feed in source.feeds.all() if not feed.part_of_id)

    def import_instance(
        self, source: Source, row: dict[str, str], above: Above, row_number: int, **kwargs: Any
    ) -> None:
        """Takes a row over, by the form that sources are typed into. Raises ValidationError, by column."""
        number = above.numbers[row_number - 1]
        if row["slug"] and (first := above.slugs.setdefault(row["slug"], number)) != number:
            words = f"Row {first} has this slug already: type another, or make one row of the two."
            raise ValidationError({"slug": [words]})
        source.before = {name: getattr(source, name) for name in (*TEXTS, "is_paused")}
        given = source.before | {name: value for name, value in row.items() if name in TEXTS}
        wrong: dict[str, list[str]] = {}
        if "is_paused" in row:
            paused = _YES_OR_NO.get(row["is_paused"].strip().lower())
            if paused is None:
                wrong["is_paused"] = [f"{row['is_paused']!r} is neither yes nor no: type one of these."]
            given["is_paused"] = bool(paused)
        form = SourceForm(given, instance=source)
        if not form.is_valid():
            wrong |= _errors(form, given)
        wrong |= _take_rules(source, {name: given[name] for name in TYPED})
        source.new_feeds, problems = _feeds(source, row.get("feeds", ""), above.feeds, number)
        if problems:
            wrong["feeds"] = problems
        if wrong:
            raise ValidationError(wrong)

    def skip_row(self, source: Source, original: Any, row: Any, import_validation_errors: Any = None) -> bool:
        return not import_validation_errors and not source._state.adding and not _altered(source)

    def do_instance_save(self, source: Source, is_create: bool) -> None:
        """Only what was typed: a worker may be writing what it has learnt to the other columns."""
        if is_create:
            source.save(force_insert=True)
        elif names := {name for name in source.before if getattr(source, name) != source.before[name]}:
            if "is_paused" in names:  # for good, or until it is resumed by hand
                source.backs_off_until, source.pause_reason = None, ""
                names |= NO_END.keys()
            source.save(update_fields=names)

    def after_save_instance(self, source: Source, row: Any, **kwargs: Any) -> None:
        for url in source.new_feeds:
            Feed(source=source, url=url).save()


def _take_rules(source: Source, given: dict[str, str]) -> dict[str, list[str]]:
    """Gives a new source its rules; what is wrong with them, by column.

    Those of a source that is here already are changed on their own page alone, which shows what they would do
    to the versions that are kept.
    """
    form = RulesFields(given)
    if not form.is_valid():
        return _errors(form, given)
    if source._state.adding:
        for name, value in form.typed.items():
            setattr(source, name, value)
        return {}
    words = (
        f"{source.name} is read by other rules: change them on its page Rules, where their effect is shown."
    )
    return {name: [words] for name, value in form.typed.items() if value != getattr(source, name)}


def _errors(form: forms.BaseForm, given: dict[str, Any]) -> dict[str, list[str]]:
    """The form's errors by column, in words that say what to type."""
    told: dict[str, list[str]] = {}
    for name, errors in form.errors.as_data().items():
        for error in errors:
            words = " ".join(map(str, error.messages))
            if error.code == "required":
                words = f"It is empty: type the source’s {name}."
            elif error.code == "invalid_choice":
                words = f"{given[name]!r} is none: type {', '.join(Preset)}."
            told.setdefault(name, []).append(words)
    return told


def _feeds(source: Source, cell: str, above: dict[str, int], number: int) -> tuple[list[str], list[str]]:
    """The addresses in a cell that the source does not have yet; and what is wrong with others.

    `above` learns which row names them; `number` is this one's.
    """
    new: list[str] = []
    problems: list[str] = []
    known = set(source.feeds.values_list("key", flat=True)) if source.pk else set()
    for given in cell.split():
        try:
            if (key := urls.key(given)) in known:
                continue
        except urls.BadURL as error:
            problems.append(f"{error} Type whole addresses with a blank between two.")
            continue
        known.add(key)
        if (first := above.setdefault(key, number)) != number:
            problems.append(f"Row {first} names this feed already: take {given} out of one of the two.")
            continue
        form = FeedForm({"url": given, "is_paused": False, "source": source.pk})
        form.fields.pop("source")
        if form.is_valid():
            new.append(form.cleaned_data["url"])
        else:
            problems += [message for errors in form.errors.values() for message in errors]
    return new, problems


def _altered(source: Source) -> list[str]:
    """What a row alters of a source, each in words."""
    told = [
        f"{name.replace('_', ' ')}: {_short(before)} → {_short(getattr(source, name))}"
        for name, before in source.before.items()
        if getattr(source, name) != before
    ]
    if source.new_feeds:
        told.append(f"new feeds: {', '.join(source.new_feeds)}")
    return told


def _short(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if not value:
        return "nothing"
    return f"“{value}”" if len(str(value)) <= 80 else f"“{str(value)[:79]}…”"


# --- what a file would do ---------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Line:
    """What a row of a file does, or did: its name, "new", "changed", "same" or "wrong", and more of it."""

    name: str
    verdict: str
    details: list[str]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a whole file does, or did."""

    lines: list[Line]

    def count(self, verdict: str) -> int:
        return sum(line.verdict == verdict for line in self.lines)

    @property
    def in_words(self) -> str:
        said = (f"{self.count(verdict)} {verdict}" for verdict in ("new", "changed", "same", "wrong"))
        return ", ".join(said)

    @property
    def does_something(self) -> bool:
        return bool(self.count("new") + self.count("changed"))


def outcome(upload: Upload, dry_run: bool) -> Outcome:
    """Does what an upload says, or only tells what it would do. Raises BadFile.

    Of a spreadsheet all is done or nothing: a row that is wrong stops it. Of a list what can be is followed.
    """
    if upload.kind == "opml":
        listed = upload.listed()
        results = lists.foreseen(listed) if dry_run else lists.enter(listed, upload.paused)
        return Outcome([_line_of_list(result) for result in results])
    numbers = upload.row_numbers()
    result = SourceResource().import_data(
        upload.table(),
        dry_run=dry_run,
        use_transactions=True,
        rollback_on_validation_errors=True,
        raise_errors=False,
        above=Above(numbers),
    )
    for base in result.base_errors:
        raise base.error
    for errors in (row.errors for row in result.rows if row.errors):
        raise errors[0].error  # of our own making: what may be wrong in a file is a validation error
    numbered = zip(numbers, result.rows, strict=True)
    return Outcome([_line_of_table(number, row) for number, row in numbered])


def _line_of_table(number: int, row: RowResult) -> Line:
    if row.validation_error is not None:
        by_column = row.validation_error.message_dict.items()
        details = [f"{column}: {' '.join(messages)}" for column, messages in by_column]
        return Line(f"Row {number}", "wrong", details)
    name = f"Row {number}: {row.instance.name}"
    if row.import_type == RowResult.IMPORT_TYPE_NEW:
        return Line(name, "new", _altered(row.instance))
    details = _altered(row.instance)
    return Line(name, "changed" if details else "same", details)


_OF_LIST = {How.ADDED: "new", How.KNOWN: "same", How.FAILED: "wrong"}


def _line_of_list(result: lists.Result) -> Line:
    name = result.listed.title or result.listed.url
    details = [result.listed.url]
    if result.reason:
        details.append(result.reason)
    elif result.how is How.KNOWN:
        details.append(f"followed already, by the source {result.source}")
    else:
        details.append(f"{'a new source' if result.is_new else 'to the source'}: {result.source}")
    return Line(name, _OF_LIST[result.how], details)


# --- in the admin -----------------------------------------------------------------------------------
class ExchangingSources(OperatorAdmin):
    """Import and export, for sources."""

    actions_list = ["import_file"]

    @action(description="Import…", url_path="import", icon="upload", permissions=["add", "change"])
    def import_file(self, request: HttpRequest) -> HttpResponse:
        """Takes a file, shows what it would do, and does it once that is confirmed."""
        shown = upload = None
        form = UploadForm(request.POST or None, request.FILES or None)
        if carried := request.POST.get("carried"):
            try:
                return self._import(request, Upload.unsealed(carried))
            except BadFile as error:
                form = UploadForm()
                self.message_user(request, str(error), messages.ERROR)
        elif form.is_valid():
            upload = form.cleaned_data["upload"]
            shown = outcome(upload, dry_run=True)
        context = {
            **self.admin_site.each_context(request),
            "title": "Import sources",
            "opts": self.opts,
            "media": self.media,
            "form": form,
            "submit_words": "Show what it would do",
            "shown": shown,
            "carried": upload.sealed() if upload else "",
            "may_confirm": bool(upload and shown and shown.does_something)
            and not (upload.kind == "csv" and shown.count("wrong")),
            "columns": COLUMNS,
        }
        return TemplateResponse(request, "admin/articles/source/import.html", context)

    def _import(self, request: HttpRequest, upload: Upload) -> HttpResponse:
        done = outcome(upload, dry_run=False)
        if upload.kind == "csv" and done.count("wrong"):
            words = (
                "Nothing was imported: since you saw it, something else was changed. Choose the file again."
            )
            self.message_user(request, words, messages.ERROR)
        else:
            self.message_user(request, f"Imported: {done.in_words}.", messages.SUCCESS)
        return HttpResponseRedirect(reverse("admin:articles_source_changelist"))

    @admin.action(description="Export as CSV", permissions=["view"])
    def export_csv(self, request: HttpRequest, sources: QuerySet[Source]) -> HttpResponse:
        """Chosen sources as a spreadsheet, which can be edited and imported again."""
        rows = Source.objects.filter(pk__in=sources.values("pk")).prefetch_related("feeds").order_by("slug")
        table = SourceResource().export(rows)
        return as_csv("sources", table.headers, table)

    @admin.action(description="Export as OPML", permissions=["view"])
    def export_opml(self, request: HttpRequest, sources: QuerySet[Source]) -> HttpResponse:
        """Chosen sources with their own feeds, as feed readers take them."""
        rows = Source.objects.filter(pk__in=sources.values("pk")).prefetch_related("feeds").order_by("name")
        response = StreamingHttpResponse(_outlines(rows), content_type="text/x-opml; charset=utf-8")
        response["Content-Disposition"] = 'attachment; filename="sources.opml"'
        return response


def _outlines(sources: Iterable[Source]) -> Iterator[str]:
    """OPML 2.0 (http://opml.org/spec2.opml): a group for each source, in it its feeds."""
    yield '<?xml version="1.0" encoding="utf-8"?>\n<opml version="2.0">\n'
    yield "<head><title>Sources</title></head>\n<body>\n"
    for source in sources:
        name = quoteattr(printable(source.name))
        yield f"<outline text={name}>\n"
        for feed in source.feeds.all():
            if feed.part_of_id is None:
                home = f" htmlUrl={quoteattr(source.url)}" if source.url else ""
                yield (
                    f'  <outline type="rss" text={name} title={name} xmlUrl={quoteattr(feed.url)}{home}/>\n'
                )
        yield "</outline>\n"
    yield "</body>\n</opml>\n"


def as_csv(name: str, head: Iterable[str], rows: Iterable[Iterable[Any]]) -> StreamingHttpResponse:
    """Rows as a spreadsheet to download, written while they are read; no cell is a formula.

    In UTF-8 with a byte order mark, without which Excel takes it for another encoding.
    """

    def pieces() -> Iterator[str]:
        out = StringIO()
        writer = csv.writer(out)
        yield "\ufeff"
        writer.writerow(head)
        for row in rows:
            writer.writerow([escaped("" if cell is None else str(cell)) for cell in row])
            if out.tell() > 64_000:
                yield out.getvalue()
                out.seek(0)
                out.truncate()
        yield out.getvalue()

    response = StreamingHttpResponse(pieces(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response


def exporting(name: str, columns: dict[str, Callable[[Any], Any]]) -> Callable[..., HttpResponse]:
    """An action that writes the chosen rows of a list as a spreadsheet, the newest MOST_EXPORTED of them.

    columns  by its heading what a column holds of a row
    """

    @admin.action(description="Export as CSV", permissions=["view"])
    def export_csv(model_admin: Any, request: HttpRequest, rows: QuerySet[Any]) -> HttpResponse:
        found = rows.order_by("-pk")[:MOST_EXPORTED].iterator(AT_A_TIME)
        return as_csv(name, columns, ([read(row) for read in columns.values()] for row in found))

    return export_csv
