"""Who did what, of everything: for looking, never for editing."""

from typing import Any

import auditlog.admin  # noqa: F401  whose own page of the entries is replaced
from auditlog.models import LogEntry
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from unfold.admin import ModelAdmin
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RangeDateTimeFilter, RelatedDropdownFilter
from unfold.paginator import InfinitePaginator

from articles import trail, wording
from articles.admin.base import ReadOnly, in_lines

admin.site.unregister(LogEntry)


@admin.register(LogEntry)
class TrailAdmin(ReadOnly, ModelAdmin):
    """The newest first. Entries are of people alone, and no address of theirs is kept."""

    filled_by = "What people do in the admin comes here."
    list_display = ["at", "who", "kind", "row", "what"]
    list_display_links = ["at"]
    list_filter = [
        ("actor", RelatedDropdownFilter),
        ("action", ChoicesDropdownFilter),
        ("content_type", RelatedDropdownFilter),
        ("timestamp", RangeDateTimeFilter),
    ]
    list_filter_submit = True
    list_select_related = ["actor", "content_type"]
    list_per_page = 50
    paginator = InfinitePaginator
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    ordering = ["-timestamp", "-pk"]
    search_fields = ["object_repr"]
    search_help_text = "Part of the name of what it was done to."
    fields = ["at", "who", "kind", "row", "what"]
    readonly_fields = fields
    actions = None

    def get_queryset(self, request: HttpRequest) -> QuerySet[LogEntry]:
        return super().get_queryset(request).select_related("actor", "content_type")

    @admin.display(description="when", ordering="timestamp")
    def at(self, entry: LogEntry) -> str:
        return wording.absolute(entry.timestamp)

    @admin.display(description="who", ordering="actor")
    def who(self, entry: LogEntry) -> str:
        return trail.who(entry)

    @admin.display(description="kind")
    def kind(self, entry: LogEntry) -> str:
        return str(entry.content_type.name)

    @admin.display(description="to what")
    def row(self, entry: LogEntry) -> Any:
        """A link to its page; its name alone where it has none."""
        model = f"{entry.content_type.app_label}_{entry.content_type.model}"
        try:
            address = reverse(f"admin:{model}_change", args=[entry.object_pk])
        except NoReverseMatch:
            return entry.object_repr
        return format_html('<a href="{}">{}</a>', address, entry.object_repr)

    @admin.display(description="what")
    def what(self, entry: LogEntry) -> Any:
        return in_lines(trail.lines(entry))
