"""What was seen: versions, changes, checks and snapshots. For looking, never for editing."""

from django.conf import settings
from django.contrib import admin
from django.db.models import F, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from unfold.admin import ModelAdmin
from unfold.contrib.filters.admin import (
    AutocompleteSelectFilter,
    BooleanRadioFilter,
    ChoicesDropdownFilter,
    RangeDateTimeFilter,
)
from unfold.paginator import InfinitePaginator

from articles import gaps, wording
from articles.admin.base import ReadOnly, in_lines
from articles.admin.exchange import exporting
from articles.admin.hiding import HidesVersions
from articles.models import Change, Check, Gap, Heartbeat, Snapshot, Version, Worker


class RecordAdmin(ReadOnly, ModelAdmin):
    """Newest first, by id: these tables grow for ever, and an id is an index that is always there."""

    ordering = ["-pk"]
    list_per_page = 50
    list_select_related = ["article"]
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    paginator = InfinitePaginator
    actions = None


@admin.register(Version)
class VersionAdmin(HidesVersions, RecordAdmin):
    filled_by = "A version is kept when an article is first read, and whenever it reads differently."
    actions = ["hide", "unhide"]
    list_display = ["__str__", "title", "word_count", "same_as", "first_seen_at", "last_seen_at"]
    fields = [
        "article",
        "number",
        "title",
        "standfirst",
        "byline",
        "text",
        "word_count",
        "digest",
        "same_as",
        "language",
        "direction",
        "published_claim",
        "modified_claim",
        "first_seen_at",
        "last_seen_at",
        "previous_seen_at",
        "extractor",
        "snapshot",
    ]
    readonly_fields = ["text"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Version]:
        return super().get_queryset(request).without_text()

    @admin.display(description="text")
    def text(self, version: Version) -> str:
        return format_html_join("", '<p dir="auto">{}</p>', ((text,) for text in version.texts))


@admin.register(Change)
class ChangeAdmin(RecordAdmin):
    filled_by = "A change is seen when an article is looked at again and reads differently."
    # Off an index, those of one source too; by id all would be gone through until enough are its own.
    ordering = ["-seen_at", "-pk"]
    list_display = ["step", "source", "seen_at", "kinds_in_words", "weight", "disclosed"]
    list_filter = [
        ("source", AutocompleteSelectFilter),
        ("disclosed", BooleanRadioFilter),
        ("seen_at", RangeDateTimeFilter),
    ]
    list_filter_submit = True
    actions = ["export_csv"]
    export_csv = exporting(
        "changes",
        {
            "article": lambda change: change.article_id,
            "source": lambda change: change.source.slug,
            "seen_at": lambda change: wording.iso(change.seen_at),
            "old_version": lambda change: change.old.number,
            "new_version": lambda change: change.new.number,
            "old_headline": lambda change: change.old.title,
            "new_headline": lambda change: change.new.title,
            "kinds": lambda change: " ".join(change.kind_names),
            "weight": lambda change: round(change.weight, 2),
            "added_words": lambda change: change.added_words,
            "removed_words": lambda change: change.removed_words,
            "disclosed": lambda change: "yes" if change.disclosed else "no",
            "page": lambda change: settings.BASE_URL + change.get_absolute_url(),
        },
    )
    fields = [
        "article",
        "source",
        "step",
        "seen_at",
        "reasons",
        "weight",
        "added_words",
        "removed_words",
        "disclosed",
        "passage",
    ]
    readonly_fields = ["step", "reasons", "passage"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Change]:
        rows = super().get_queryset(request).select_related("article", "source", "old", "new")
        return rows.defer("old__packed", "new__packed")

    @admin.display(description="change")
    def step(self, change: Change) -> str:
        return f"{change.new.title or change.article}: version {change.old.number} to {change.new.number}"

    @admin.display(description="kinds")
    def kinds_in_words(self, change: Change) -> str:
        return ", ".join(wording.kind_words(name) for name in change.kind_names)

    @admin.display(description="kinds")
    def reasons(self, change: Change) -> str:
        lines = (f"{wording.kind_words(name)}: {reason}" for name, reason in change.kinds)
        return in_lines(lines)

    @admin.display(description="weightiest passage")
    def passage(self, change: Change) -> str:
        tags = {"-": "<del>{}</del>", "+": "<ins>{}</ins>", "=": "{}"}
        marked = (format_html(tags[op], text) for op, text in change.excerpt)
        return format_html_join("", "{}", ((part,) for part in marked))


@admin.register(Check)
class CheckAdmin(RecordAdmin):
    filled_by = "Each look at an article comes here."
    list_display = ["at", "article", "outcome", "reason", "status", "duration", "size"]
    list_filter = [
        ("outcome", ChoicesDropdownFilter),
        ("at", RangeDateTimeFilter),
    ]
    list_filter_submit = True
    fields = ["at", "article", "outcome", "reason", "status", "duration", "size", "snapshot", "version"]
    readonly_fields = ["duration"]

    @admin.display(description="seconds", ordering="seconds")
    def duration(self, check: Check) -> str:
        return f"{check.seconds:.2f}"


@admin.register(Snapshot)
class SnapshotAdmin(RecordAdmin):
    filled_by = "Pages are kept as they came when articles are looked at."
    list_display = ["fetched_at", "article", "status", "size", "digest"]
    fields = ["article", "fetched_at", "url", "status", "size", "digest", "received_headers"]
    readonly_fields = ["size", "digest", "received_headers"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Snapshot]:
        return super().get_queryset(request).annotate(bytes_kept=F("blob__size"))

    @admin.display(description="bytes")
    def size(self, snapshot: Snapshot) -> int:
        return snapshot.bytes_kept

    @admin.display(description="SHA-256")
    def digest(self, snapshot: Snapshot) -> str:
        return snapshot.blob_id

    @admin.display(description="headers")
    def received_headers(self, snapshot: Snapshot) -> str:
        return in_lines(f"{name}: {value}" for name, value in snapshot.headers)


@admin.register(Heartbeat)
class HeartbeatAdmin(ReadOnly, ModelAdmin):
    """When each part of newsdiff was last alive."""

    filled_by = "A part of newsdiff comes here when it first runs."
    list_display = ["name", "at"]
    ordering = ["name"]
    actions = None


@admin.register(Worker)
class WorkerAdmin(ReadOnly, ModelAdmin):
    """The processes that work, and those that died within a day."""

    filled_by = "A process comes here when it begins to work."
    list_display = ["name", "started_at", "seen_at", "worked_at"]
    ordering = ["-seen_at"]
    actions = None


@admin.register(Gap)
class GapAdmin(ReadOnly, ModelAdmin):
    """When something was not looked at; a host's only once it has lasted for an hour."""

    filled_by = "A time comes here when newsdiff stood still, a source was paused or a host did not answer."
    list_display = ["subject", "scope", "began_at", "ended_at", "lasted", "reason", "detail"]
    list_filter = ["scope", "reason"]
    list_per_page = 50
    list_select_related = ["source", "host"]
    show_full_result_count = False
    ordering = ["-began_at", "-pk"]
    actions = None

    def get_queryset(self, request: HttpRequest) -> QuerySet[Gap]:
        return super().get_queryset(request).filter(pk__in=gaps.recorded(timezone.now()).values("pk"))

    @admin.display(description="lasted")
    def lasted(self, gap: Gap) -> str:
        return wording.gap((gap.ended_at or timezone.now()) - gap.began_at)
