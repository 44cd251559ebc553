"""What the admin's pages share."""

from collections.abc import Iterable
from typing import Any

from auditlog.registry import auditlog
from django.contrib.admin import ShowFacets
from django.contrib.admin.models import CHANGE, LogEntry
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.forms import BaseInlineFormSet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from unfold.admin import ModelAdmin, TabularInline

from articles import claiming, trail, wording

SHOWN_INLINE = 20
SHOWN_ENTRIES = 200  # of what was done to a row


class ReadOnly:
    """Mixed into an admin or inline whose rows nobody adds, changes or deletes."""

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class NewestFormSet(BaseInlineFormSet):
    """The newest rows of an article; the rest are a link away."""

    def get_queryset(self) -> list[Model]:
        if not hasattr(self, "_newest"):
            self._newest = list(super().get_queryset()[:SHOWN_INLINE])
        return self._newest


class NewestInline(ReadOnly, TabularInline):
    """The newest rows of an article, to look at; the first field leads to a row's own page."""

    template = "admin/articles/newest.html"
    formset = NewestFormSet
    extra = 0
    can_delete = False


def note(request: HttpRequest, rows: Iterable[Model], words: str, **changes: Any) -> None:
    """Writes what was done to rows, in a sentence, into the history of each.

    changes  where it is the same for all: values before and after, by the field's name
    """
    listed = list(rows)
    LogEntry.objects.log_actions(request.user.pk, listed, CHANGE, words)
    trail.record(request.user, listed, words, changes)


class Trailed(ModelAdmin):
    """An admin whose rows' histories are the trail (`articles.trail`), which shows values before and after.

    Django's own log goes on being written, and what forms do to rows of which the trail notes nothing by
    itself is taken over from it.
    """

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        row = self.get_object(request, object_id)
        if row is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        if not self.has_view_or_change_permission(request, row):
            raise PermissionDenied
        entries = list(trail.of_row(row)[:SHOWN_ENTRIES])
        context = {
            **self.admin_site.each_context(request),
            "title": f"What was done to {row}",
            "opts": self.opts,
            "original": row,
            "entries": [(entry.timestamp, trail.who(entry), trail.lines(entry)) for entry in entries],
            "is_cut": len(entries) == SHOWN_ENTRIES,
        }
        return TemplateResponse(request, "admin/articles/trail.html", context)

    def log_change(self, request: HttpRequest, row: Model, message: Any) -> LogEntry:
        entry = super().log_change(request, row, message)
        if not auditlog.contains(type(row)) or '"password"' in entry.change_message:
            trail.record(request.user, [row], entry.get_change_message())
        return entry

    def log_all(self, request: HttpRequest, rows: Iterable[Model], words: str, **changes: Any) -> None:
        """Writes what an action did, in a sentence, into the history of each row (`note`)."""
        note(request, rows, words, **changes)


class OperatorAdmin(Trailed):
    """An admin whose rows' own pages offer some of the list's actions as buttons.

    A button posts to the list with its one row selected, so that an action is written once. Nothing is
    deleted by the dozen.
    """

    change_form_template = "admin/articles/change_form.html"
    list_per_page = 50
    show_full_result_count = False
    show_facets = ShowFacets.NEVER  # each choice of each filter would be counted

    def page_actions(self, row: Any) -> list[str]:
        """The actions that make sense for this row, by name."""
        return []

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        action = request.POST.get("action")
        if action and hasattr(self, action) and action not in self.get_actions(request):
            raise PermissionDenied  # which Django would answer with the list, as if nothing had been chosen
        return super().changelist_view(request, extra_context)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        actions = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        row = self.get_object(request, object_id)
        known = self.get_actions(request)
        names = [name for name in self.page_actions(row) if name in known] if row else []
        buttons = [(name, known[name][2]) for name in names]
        return super().change_view(request, object_id, form_url, {"page_actions": buttons})

    def done(self, request: HttpRequest, words: str, level: int | str = "INFO") -> HttpResponse | None:
        """Says what an action did; back to the row's page if that is where its button was."""
        self.message_user(request, words, level)
        if pk := request.POST.get("back_to"):
            return HttpResponseRedirect(change_url(self.model, pk))
        return None


def change_url(model: type[Model], pk: Any) -> str:
    """The address of a row's page in the admin."""
    return reverse(f"admin:articles_{model._meta.model_name}_change", args=[pk])


def article_link(pk: int) -> SafeString:
    """A link to an article's page in the admin, by its number."""
    return format_html('<a href="{}">article {}</a>', reverse("admin:articles_article_change", args=[pk]), pk)


def list_link(model: type[Model], words: str, **filters: Any) -> SafeString:
    """A link to the filtered list of a model's rows."""
    address = reverse(f"admin:articles_{model._meta.model_name}_changelist")
    query = "&".join(f"{name}={value}" for name, value in filters.items())
    return format_html('<a href="{}?{}">{}</a>', address, query, words)


def web_link(url: str) -> SafeString:
    """A link to a page outside; text alone for whatever is not on the web, such as javascript:."""
    if not url.lower().startswith(("http://", "https://")):
        return format_html("{}", url)
    return format_html('<a href="{0}" rel="noreferrer">{0}</a>', url)


def in_lines(lines: Iterable[Any]) -> SafeString:
    """Texts or links, each on a line of its own."""
    return format_html_join("", "<div>{}</div>", ((line,) for line in lines))


def counted(count: int, one: str, many: str = "") -> str:
    """A count and its noun: "1 article", "2 articles"."""
    return f"{count} {one if count == 1 else many or one + 's'}"


def trouble(row: Any) -> str:
    """What goes wrong with a row that is asked again and again, in a sentence."""
    if not row.failures:
        return "none"
    times = "once" if row.failures == 1 else f"{row.failures} times in a row"
    when = f", {wording.relative(row.last_error_at, timezone.now())}" if row.last_error_at else ""
    return f"Failed {times}{when}: {row.last_error or 'no reason was recorded'}"


def check_at_once(rows: QuerySet[Any]) -> int:
    """Makes rows due now; how many. Their hosts' turns and delays stay as they are."""
    now = claiming.now()
    due = rows.update(next_check_at=now)
    claiming.recall(now)
    return due
