"""Articles: what is known of each, looking again at once, hiding and unhiding."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.html import format_html
from unfold.contrib.filters.admin import (
    AutocompleteSelectFilter,
    ChoicesDropdownFilter,
    DropdownFilter,
    RangeDateTimeFilter,
)
from unfold.paginator import InfinitePaginator

from articles import hiding, presentation, wording
from articles.admin.base import (
    NewestInline,
    ReadOnly,
    article_link,
    change_url,
    check_at_once,
    counted,
    in_lines,
    list_link,
    trouble,
    web_link,
)
from articles.admin.bulk import GivingArticles, MergingArticles
from articles.admin.exchange import exporting
from articles.admin.hiding import HidesPassages, lift
from articles.core import urls
from articles.core.types import Outcome
from articles.forms.articles import HideForm
from articles.ingestion import slots
from articles.models import Article, ArticleURL, Change, Check, Feed, Hiding, Snapshot, Version


class OutcomeFilter(DropdownFilter):
    """Articles by how the last look at them ended."""

    title = "last outcome"
    parameter_name = "outcome"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(outcome.value, outcome.value.replace("_", " ")) for outcome in Outcome]

    def queryset(self, request: HttpRequest, rows: QuerySet[Article]) -> QuerySet[Article]:
        return rows.filter(last_outcome=self.value()) if self.value() else rows


class HiddenFilter(DropdownFilter):
    """Articles that readers see, or do not."""

    title = "hidden"
    parameter_name = "hidden"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("no", "shown"), ("yes", "hidden")]

    def queryset(self, request: HttpRequest, rows: QuerySet[Article]) -> QuerySet[Article]:
        if self.value() not in ("yes", "no"):
            return rows
        return rows.filter(hidden_at__isnull=self.value() == "no")


class MergedFilter(DropdownFilter):
    """Articles that go on, or were merged into another."""

    title = "merged"
    parameter_name = "merged"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("no", "articles of their own"), ("yes", "merged into another")]

    def queryset(self, request: HttpRequest, rows: QuerySet[Article]) -> QuerySet[Article]:
        if self.value() not in ("yes", "no"):
            return rows
        return rows.filter(merged_into__isnull=self.value() == "no")


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
class ArticleAdmin(ReadOnly, HidesPassages, MergingArticles, GivingArticles):
    """Articles come from feeds and are never deleted: an operator looks, checks now, hides, unhides."""

    filled_by = "An article comes here when a feed names it, and is looked at in its turn."
    actions = ["check_now", "hide", "hide_passage", "unhide", "merge", "unmerge", "give", "export_csv"]
    export_csv = exporting(
        "articles",
        {
            "id": lambda article: article.pk,
            "source": lambda article: article.source.slug,
            "feed": lambda article: article.feed.url if article.feed else "",
            "title": lambda article: article.title,
            "url": lambda article: article.url,
            "state": lambda article: article.state,
            "versions": lambda article: article.version_count,
            "checks": lambda article: article.check_count,
            "first_seen_at": lambda article: wording.iso(article.first_seen_at),
            "last_changed_at": lambda article: (
                article.last_changed_at and wording.iso(article.last_changed_at)
            ),
            "page": lambda article: settings.BASE_URL + article.get_absolute_url(),
        },
    )
    inlines = [VersionInline, CheckInline]
    list_display = [
        "__str__",
        "source",
        "state_in_words",
        "versions",
        "look_and_trouble",
        "last_changed",
        "next_check",
    ]
    list_filter = [
        ("source", AutocompleteSelectFilter),
        ("feed", AutocompleteSelectFilter),
        ("status", ChoicesDropdownFilter),
        OutcomeFilter,
        HiddenFilter,
        MergedFilter,
        ("first_seen_at", RangeDateTimeFilter),
        ("last_changed_at", RangeDateTimeFilter),
    ]
    list_filter_submit = True
    paginator = InfinitePaginator
    list_select_related = ["source", "feed"]
    ordering = ["-pk"]
    search_fields = ["title", "urls__url"]
    search_help_text = "Words of the headline, part of an address, or a whole address in any spelling."
    fieldsets = [
        (
            None,
            {
                "fields": [
                    *("title", "source", "came_from", "address", "spellings"),
                    *("state_in_words", "merged_here", "hidden"),
                ]
            },
        ),
        ("Looks", {"fields": ["last_look", "trouble", "last_checked_at", "next_check", "last_status"]}),
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
        "came_from",
        "address",
        "state_in_words",
        "hidden",
        "spellings",
        "merged_here",
        "last_look",
        "next_check",
        "trouble",
        "records",
        "swings",
        "pending",
        "ticks",
    ]

    def has_operate_permission(self, request: HttpRequest) -> bool:
        """May the user have articles looked at?"""
        return request.user.has_perm("articles.change_article")

    def page_actions(self, article: Article) -> list[str]:
        if article.hidden_at:
            return ["unhide"]
        if article.merged_into_id:  # whose versions readers see still
            return ["unmerge", "hide", "hide_passage"]
        return ["check_now", "hide", "hide_passage", "give"]

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
        if article.merged_into_id and not article.hidden_at:
            return format_html("merged into {}", article_link(article.merged_into_id))
        if article.status == Article.Status.REUSED and not article.hidden_at:
            return "reused: its address now carries another text"
        return article.state

    @admin.display(description="hidden")
    def hidden(self, article: Article) -> str:
        """What readers are not shown of it, each with a link to what is recorded of that."""
        of_merged = ~Q(passage="") & Q(article__in=article.family)
        rows = Hiding.objects.standing().filter(Q(article=article) | of_merged)
        words = {"article": "the article", "passage": "a passage"}
        lines = [
            format_html(
                '<a href="{}">{}</a>: {}',
                change_url(Hiding, row.pk),
                words.get(row.kind) or f"version {row.version.number}",
                row.reason,
            )
            for row in rows.select_related("article", "version").defer("version__packed").order_by("pk")
        ]
        return in_lines(lines) or "nothing"

    @admin.display(description="last look", ordering="last_outcome")
    def last_look(self, article: Article) -> str:
        if not article.last_outcome:
            return "not looked at yet"
        outcome = article.last_outcome.replace("_", " ")
        return f"{outcome}: {article.last_reason}" if article.last_reason else outcome

    @admin.display(description="versions", ordering="version_count")
    def versions(self, article: Article) -> int:
        return article.version_count

    @admin.display(description="last changed", ordering="last_changed_at")
    def last_changed(self, article: Article) -> datetime | None:
        return article.last_changed_at

    @admin.display(description="last look", ordering="last_outcome")
    def look_and_trouble(self, article: Article) -> str:
        """In one column of the list, which has no room for two."""
        if not article.failures:
            return self.last_look(article)
        is_same = article.last_reason == article.last_error  # which is said once
        look = article.last_outcome.replace("_", " ") if is_same else self.last_look(article)
        return in_lines([look, trouble(article)])

    @admin.display(description="next check", ordering="next_check_at")
    def next_check(self, article: Article) -> str:
        """When; or why there is none, although a time is kept for when there will be one again."""
        if article.hidden_at:
            return "none while it is hidden"
        if article.state == "paused":
            return "paused"
        return date_format(article.next_check_at, "DATETIME_FORMAT") if article.next_check_at else "none"

    @admin.display(description="trouble")
    def trouble(self, article: Article) -> str:
        return trouble(article)

    @admin.display(description="feed that named it first")
    def came_from(self, article: Article) -> str:
        if article.feed is None:
            return "not known"
        return format_html('<a href="{}">{}</a>', change_url(Feed, article.feed.pk), article.feed)

    @admin.display(description="address")
    def address(self, article: Article) -> str:
        return web_link(article.url)

    @admin.display(description="other spellings")
    def spellings(self, article: Article) -> str:
        spellings = ArticleURL.objects.filter(article=article).exclude(url=article.url)
        return in_lines(spellings.order_by("seen_at").values_list("url", flat=True)[:50]) or "none"

    @admin.display(description="merged into it")
    def merged_here(self, article: Article) -> str:
        """Each on a line; on its own page it can be made an article of its own again."""
        rows = article.merged.order_by("pk").values_list("pk", "title")[:50]
        lines = [format_html("{}: {}", article_link(pk), title) for pk, title in rows]
        return in_lines(
            [*lines, "To undo it, choose Unmerge on the page of the one merged."] if lines else ["none"]
        )

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
            format_html(
                '<a href="{}?q={}">{}</a>',
                reverse("admin:health_checks"),
                article.pk,
                counted(article.check_count, "check"),
            ),
            list_link(Change, "changes", **here),
            list_link(Snapshot, "snapshots", **here),
        ]
        return in_lines(links)

    # --- what is done ----------------------------------------------------------------------------
    @admin.action(description="Check now", permissions=["operate"])
    def check_now(self, request: HttpRequest, articles: QuerySet[Article]) -> HttpResponse | None:
        """Looks without waiting for an article's time, finished and gone ones too."""
        due = check_at_once(articles.filter(hidden_at=None, merged_into=None, source__is_paused=False))
        words = f"{counted(due, 'article')} will be checked as soon as its host's turn comes."
        if left := articles.count() - due:
            words += f" {counted(left, 'article')} left alone: hidden, merged, or of a paused source."
        return self.done(request, words, messages.SUCCESS if due else messages.WARNING)

    @admin.action(description="Hide…", permissions=["hide"])
    def hide(self, request: HttpRequest, articles: QuerySet[Article]) -> HttpResponse | None:
        """Asks for a reason, then takes articles off pages, feeds and API (410) and stops looking."""
        visible = articles.filter(hidden_at=None).select_related(None)
        count = visible.count()
        across = request.POST.get("select_across") == "1"
        form = HideForm(request.POST if "reason" in request.POST else None, count=count if across else None)
        if form.is_valid():
            keys = visible.values_list("pk", flat=True)
            hidden = hiding.hide_articles(list(keys), form.statement, request.user)
            self.log_all(request, hidden, f"Hidden: {form.statement.reason}")
            return self.done(request, f"Hidden: {counted(len(hidden), 'article')}.", messages.SUCCESS)
        context = {
            **self.admin_site.each_context(request),
            "title": "Hide articles",
            "opts": self.opts,
            "media": self.media,
            "form": form if count else None,
            "submit_words": "Hide",
            "articles": visible.select_related("source")[:100],
            "count": count,
            "across": across,
            # Of all that a list finds only one is sent along: Django wants some row to be selected.
            "selected": request.POST.getlist(ACTION_CHECKBOX_NAME)[: 1 if across else None],
            "checkbox": ACTION_CHECKBOX_NAME,
            "back_to": request.POST.get("back_to", ""),
        }
        return TemplateResponse(request, "admin/articles/article/hide.html", context)

    @admin.action(description="Unhide", permissions=["hide"])
    def unhide(self, request: HttpRequest, articles: QuerySet[Article]) -> HttpResponse | None:
        """Brings articles back, and looks at them again when their time has come."""
        keys = articles.exclude(hidden_at=None).values_list("pk", flat=True)
        lifted = lift(self, request, hiding.of_articles(list(keys)))
        return self.done(request, f"Shown again: {counted(len(lifted), 'article')}.", messages.SUCCESS)
