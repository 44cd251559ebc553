"""Articles: what is known of each, looking again at once, hiding and unhiding."""

from datetime import datetime
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html

from articles import presentation, tallying
from articles.admin.base import (
    NewestInline,
    OperatorAdmin,
    ReadOnly,
    check_at_once,
    counted,
    in_lines,
    list_link,
    trouble,
    web_link,
)
from articles.core import urls
from articles.core.types import Outcome
from articles.forms import HideForm
from articles.ingestion import slots
from articles.models import Article, ArticleURL, Change, Check, Snapshot, Version

BATCH = 500  # rows named in one statement, for databases limit their parameters


class OutcomeFilter(admin.SimpleListFilter):
    """Articles by how the last look at them ended."""

    title = "last outcome"
    parameter_name = "outcome"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(outcome.value, outcome.value.replace("_", " ")) for outcome in Outcome]

    def queryset(self, request: HttpRequest, rows: QuerySet[Article]) -> QuerySet[Article]:
        return rows.filter(last_outcome=self.value()) if self.value() else rows


class HiddenFilter(admin.SimpleListFilter):
    """Articles that readers see, or do not."""

    title = "hidden"
    parameter_name = "hidden"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("no", "shown"), ("yes", "hidden")]

    def queryset(self, request: HttpRequest, rows: QuerySet[Article]) -> QuerySet[Article]:
        if self.value() not in ("yes", "no"):
            return rows
        return rows.filter(hidden_at__isnull=self.value() == "no")


class VersionInline(NewestInline):
    model = Version
    verbose_name_plural = "newest versions"
    fields = ["number", "title", "word_count", "same_as", "first_seen_at", "last_seen_at"]
    ordering = ["-number"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Version]:
        return super().get_queryset(request).defer("packed")


class CheckInline(NewestInline):
    model = Check
    verbose_name_plural = "newest checks"
    fields = ["at", "outcome", "reason", "status", "duration", "size"]
    readonly_fields = ["duration"]
    ordering = ["-at", "-pk"]

    @admin.display(description="seconds")
    def duration(self, check: Check) -> str:
        return f"{check.seconds:.2f}"


@admin.register(Article)
class ArticleAdmin(ReadOnly, OperatorAdmin):
    """Articles come from feeds and are never deleted: an operator looks, checks now, hides, unhides."""

    actions = ["check_now", "hide", "unhide"]
    inlines = [VersionInline, CheckInline]
    list_display = [
        "__str__",
        "source",
        "state_in_words",
        "version_count",
        "last_look",
        "last_changed_at",
        "next_check_at",
        "trouble",
    ]
    list_filter = ["status", OutcomeFilter, HiddenFilter, "source"]
    list_select_related = ["source"]
    ordering = ["-pk"]
    search_fields = ["title", "urls__url"]
    search_help_text = "Words of the headline, part of an address, or a whole address in any spelling."
    fieldsets = [
        (
            None,
            {"fields": ["title", "source", "address", "spellings", "state_in_words", "hidden_reason"]},
        ),
        ("Looks", {"fields": ["last_look", "trouble", "last_checked_at", "next_check_at", "last_status"]}),
        (
            "History",
            {
                "fields": [
                    "published_at",
                    "first_seen_at",
                    "last_changed_at",
                    "records",
                    "cosmetic_count",
                    "swings",
                    "pending",
                    "ticks",
                    "language",
                ]
            },
        ),
    ]
    readonly_fields = [
        "address",
        "state_in_words",
        "spellings",
        "last_look",
        "trouble",
        "records",
        "swings",
        "pending",
        "ticks",
    ]

    def has_operate_permission(self, request: HttpRequest) -> bool:
        """May the user check, hide and unhide? Their fields are changed by these actions alone."""
        return request.user.has_perm("articles.change_article")

    def page_actions(self, article: Article) -> list[str]:
        return ["unhide"] if article.hidden_at else ["check_now", "hide"]

    def get_search_results(
        self, request: HttpRequest, rows: QuerySet[Article], search_term: str
    ) -> tuple[QuerySet[Article], bool]:
        """A whole address finds its article by any spelling, through an index."""
        if search_term.startswith(("http://", "https://")):
            try:
                found = rows.filter(urls__key=urls.key(search_term))
            except urls.BadURL as error:
                self.message_user(request, str(error), messages.WARNING)
                return rows.none(), False
            if found.exists():
                return found, False
        return super().get_search_results(request, rows, search_term)

    # --- what is shown ---------------------------------------------------------------------------
    @admin.display(description="state", ordering="status")
    def state_in_words(self, article: Article) -> str:
        if article.status == Article.Status.REUSED and not article.hidden_at:
            return "reused: its address now carries another text"
        return article.state

    @admin.display(description="last look", ordering="last_outcome")
    def last_look(self, article: Article) -> str:
        if not article.last_outcome:
            return "not looked at yet"
        outcome = article.last_outcome.replace("_", " ")
        return f"{outcome}: {article.last_reason}" if article.last_reason else outcome

    @admin.display(description="trouble")
    def trouble(self, article: Article) -> str:
        return trouble(article)

    @admin.display(description="address")
    def address(self, article: Article) -> str:
        return web_link(article.url)

    @admin.display(description="other spellings")
    def spellings(self, article: Article) -> str:
        spellings = ArticleURL.objects.filter(article=article).exclude(url=article.url)
        return in_lines(spellings.order_by("seen_at").values_list("url", flat=True)[:50]) or "none"

    @admin.display(description="left out of its text")
    def ticks(self, article: Article) -> str:
        """Where its page shows something else at every look, by the newest version's paragraphs."""
        if not article.slots:
            return "nothing of its own"
        newest = article.versions.get(number=article.version_count)
        return in_lines(
            f"another text at every look: {words}" for words in slots.in_words(article.slots, newest.extract)
        )

    @admin.display(description="swings to and fro between texts")
    def swings(self, article: Article) -> str:
        if not article.is_flapping:
            return "no"
        numbers = presentation.variants(article.versions.order_by("number").values_list("number", "same_as"))
        variants = Version.objects.filter(article=article, number__in=numbers).order_by("number")
        links = [
            format_html(
                '<a href="{}">version {}</a>', reverse("admin:articles_version_change", args=[pk]), number
            )
            for pk, number in variants.values_list("pk", "number")
        ]
        return in_lines([f"yes, {counted(len(links), 'variant')}:", *links])

    @admin.display(description="held back")
    def pending(self, article: Article) -> str:
        if not article.pending_digest:
            return "nothing"
        return f"{counted(article.pending_looks, 'look')} saw a suspect page: {article.pending_reason}"

    @admin.display(description="all that is kept")
    def records(self, article: Article) -> str:
        here = {"article__id__exact": article.pk}
        links = [
            list_link(Version, counted(article.version_count, "version"), **here),
            list_link(Check, counted(article.check_count, "check"), **here),
            list_link(Change, "changes", **here),
            list_link(Snapshot, "snapshots", **here),
        ]
        return in_lines(links)

    # --- what is done ----------------------------------------------------------------------------
    @admin.action(description="Check now", permissions=["operate"])
    def check_now(self, request: HttpRequest, articles: QuerySet[Article]) -> HttpResponse | None:
        """Looks without waiting for an article's time, finished and gone ones too."""
        due = check_at_once(articles.filter(hidden_at=None, source__is_paused=False))
        words = f"{counted(due, 'article')} will be checked as soon as its host's turn comes."
        if left := articles.count() - due:
            words += f" {counted(left, 'article')} left alone: hidden, or of a paused source."
        return self.done(request, words, messages.SUCCESS if due else messages.WARNING)

    @admin.action(description="Hide…", permissions=["operate"])
    def hide(self, request: HttpRequest, articles: QuerySet[Article]) -> HttpResponse | None:
        """Asks for a reason, then takes articles off pages, feeds and API (410) and stops looking."""
        visible = articles.filter(hidden_at=None).select_related(None)
        count = visible.count()
        across = request.POST.get("select_across") == "1"
        form = HideForm(request.POST if "reason" in request.POST else None, count=count if across else None)
        if form.is_valid():
            reason = form.cleaned_data["reason"]
            hidden = self._set_hidden(request, visible, timezone.now(), reason)
            return self.done(request, f"Hidden: {counted(hidden, 'article')}.", messages.SUCCESS)
        context = {
            **self.admin_site.each_context(request),
            "title": "Hide articles",
            "opts": self.opts,
            "media": self.media,
            "form": form,
            "articles": visible.select_related("source")[:100],
            "count": count,
            "across": across,
            # Of all that a list finds only one is sent along: Django wants some row to be selected.
            "selected": request.POST.getlist(ACTION_CHECKBOX_NAME)[: 1 if across else None],
            "checkbox": ACTION_CHECKBOX_NAME,
            "back_to": request.POST.get("back_to", ""),
        }
        return TemplateResponse(request, "admin/articles/article/hide.html", context)

    @admin.action(description="Unhide", permissions=["operate"])
    def unhide(self, request: HttpRequest, articles: QuerySet[Article]) -> HttpResponse | None:
        """Brings articles back, and looks at them again when their time has come."""
        shown = self._set_hidden(request, articles.exclude(hidden_at=None).select_related(None), None, "")
        return self.done(request, f"Shown again: {counted(shown, 'article')}.", messages.SUCCESS)

    def _set_hidden(
        self, request: HttpRequest, articles: QuerySet[Article], at: datetime | None, reason: str
    ) -> int:
        """Hides (or shows again, `at` None) in one transaction, by UPDATEs of these two columns alone:
        workers write to the others. How many."""
        with transaction.atomic():
            rows = list(articles.only("title", "url"))
            for start in range(0, len(rows), BATCH):
                batch = rows[start : start + BATCH]
                ids = [article.pk for article in batch]
                Article.objects.filter(pk__in=ids).update(hidden_at=at, hidden_reason=reason)
                tallying.note_articles(ids)
                self.log_all(request, batch, f"Hidden: {reason}" if at else "Unhidden.")
        return len(rows)
