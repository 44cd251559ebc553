"""Copies of versions in a public web archive: what became of each, and why."""

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.paginator import InfinitePaginator

from articles import claiming, wording
from articles.admin.base import OperatorAdmin, ReadOnly, counted, web_link
from articles.models import WebCopy
from articles.webarchive import asking


@admin.register(WebCopy)
class WebCopyAdmin(ReadOnly, OperatorAdmin):
    """To look at, and to ask again for what was not had."""

    filled_by = "Copies of new versions are asked for where the page of their source says so."
    actions = ["ask_again"]
    list_display = ["created_at", "version", "state_in_words", "copy_address", "trouble"]
    list_filter = [("state", ChoicesDropdownFilter)]
    list_filter_submit = True
    list_select_related = ["version"]
    ordering = ["-pk"]
    paginator = InfinitePaginator
    fields = [
        *("version", "state", "created_at", "ended_at", "attempts", "asked_at", "next_attempt_at", "job"),
        *("last_error", "copy_address", "kept_at"),
    ]
    readonly_fields = ["copy_address"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[WebCopy]:
        return super().get_queryset(request).defer("version__packed")

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        """By source, as its page links to here."""
        return lookup == "version__article__source__id__exact" or super().lookup_allowed(
            lookup, value, request
        )

    def has_operate_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("articles.change_source")

    def page_actions(self, copy: WebCopy) -> list[str]:
        return [] if copy.state in (WebCopy.State.WAITING, WebCopy.State.KEPT) else ["ask_again"]

    @admin.display(description="state", ordering="state")
    def state_in_words(self, copy: WebCopy) -> str:
        """The state, and of what waits how often it was tried and when it is next."""
        said = copy.get_state_display()
        if copy.state != WebCopy.State.WAITING or not copy.attempts:
            return said
        now = timezone.now()
        again = "now" if copy.next_attempt_at <= now else wording.relative(copy.next_attempt_at, now)
        return f"{said}: asked {wording.how_often(copy.attempts)}, next {again}"

    @admin.display(description="copy", ordering="kept_at")
    def copy_address(self, copy: WebCopy) -> str:
        return web_link(copy.url) if copy.url else "none"

    @admin.display(description="trouble")
    def trouble(self, copy: WebCopy) -> str:
        return copy.last_error or "none"

    @admin.action(description="Ask again", permissions=["operate"])
    def ask_again(self, request: HttpRequest, copies: QuerySet[WebCopy]) -> HttpResponse | None:
        """Asks once more for copies that were not had, if their versions still stand."""
        count = asking.ask_again(copies.select_related(None), claiming.now())
        words = f"{counted(count, 'copy', 'copies')} will be asked for again, if the version still stands."
        if left := copies.count() - count:
            words += f" {counted(left, 'copy', 'copies')} left alone: only what was not had is asked for."
        return self.done(request, words, messages.SUCCESS if count else messages.WARNING)
