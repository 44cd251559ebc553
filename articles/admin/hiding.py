"""What is hidden from readers: the list of it, and the pages on which versions and passages are hidden.

Each act is a function of articles/hiding.py, and one line in the history of the article it was done to.
"""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html

from articles import hiding
from articles.admin.base import OperatorAdmin, ReadOnly, change_url, counted
from articles.core.redaction import MARK, Cover, reading
from articles.forms.hiding import HidePassageForm, HideVersionForm
from articles.models import Article, Hiding, Version

PERMISSION = "articles.hide_article"
KINDS = [("article", "articles"), ("version", "versions"), ("passage", "passages")]


class KindFilter(admin.SimpleListFilter):
    """Hidden articles, versions or passages."""

    title = "what"
    parameter_name = "what"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return KINDS

    def queryset(self, request: HttpRequest, rows: QuerySet[Hiding]) -> QuerySet[Hiding]:
        return rows.of_kind(self.value()) if self.value() in dict(KINDS) else rows


class StateFilter(admin.SimpleListFilter):
    """What is hidden now, or was."""

    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("hidden", "hidden now"), ("shown", "shown again")]

    def queryset(self, request: HttpRequest, rows: QuerySet[Hiding]) -> QuerySet[Hiding]:
        if self.value() not in ("hidden", "shown"):
            return rows
        return rows.filter(lifted_at__isnull=self.value() == "hidden")


@admin.register(Hiding)
class HidingAdmin(ReadOnly, OperatorAdmin):
    """What was hidden, by whom and why, and whether it still is."""

    filled_by = "Articles, versions and passages are hidden from their own pages."
    actions = ["show_again"]
    list_display = ["__str__", "what", "category", "hidden_at", "hidden_by", "state", "reason_in_short"]
    list_filter = [StateFilter, KindFilter, "category", "article__source"]
    list_select_related = ["article", "version", "hidden_by"]
    ordering = ["-pk"]
    search_fields = ["article__title", "passage", "note", "reason"]
    search_help_text = "Words of a headline, of a hidden passage, of what readers are told, or of a reason."
    fields = [
        *("about", "number", "passage", "category", "note", "reason"),
        *("hidden_at", "hidden_by", "lifted_at", "lifted_by"),
    ]
    readonly_fields = ["about", "number"]

    def has_hide_permission(self, request: HttpRequest) -> bool:
        """May the user hide, and show again?"""
        return request.user.has_perm(PERMISSION)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Hiding]:
        return super().get_queryset(request).defer("version__packed")

    def page_actions(self, row: Hiding) -> list[str]:
        return [] if row.lifted_at else ["show_again"]

    @admin.display(description="what")
    def what(self, row: Hiding) -> str:
        return row.kind

    @admin.display(description="version")
    def number(self, row: Hiding) -> str:
        return str(row.version.number) if row.version else "all"

    @admin.display(description="article")
    def about(self, row: Hiding) -> str:
        return format_html('<a href="{}">{}</a>', change_url(Article, row.article_id), row.article)

    @admin.display(description="state", ordering="lifted_at")
    def state(self, row: Hiding) -> str:
        return f"shown again {row.lifted_at:%Y-%m-%d %H:%M}" if row.lifted_at else "hidden"

    @admin.display(description="reason")
    def reason_in_short(self, row: Hiding) -> str:
        return row.reason if len(row.reason) <= 80 else f"{row.reason[:80]}…"

    @admin.action(description="Show again", permissions=["hide"])
    def show_again(self, request: HttpRequest, rows: QuerySet[Hiding]) -> HttpResponse | None:
        """Lifts what is hidden by these rows, everywhere at once."""
        lifted = counted(len(lift(self, request, list(rows))), "entry", "entries")
        return self.done(request, f"Shown again: {lifted}.", messages.SUCCESS)


def lift(model_admin: OperatorAdmin, request: HttpRequest, hidings: list[Hiding]) -> list[Hiding]:
    """Shows again what is hidden by these, and writes it into the history of each article; those lifted."""
    lifted = hiding.lift(hidings, request.user)
    for row in lifted:
        model_admin.log_all(request, [row.article], _unhidden(row))
    return lifted


def _unhidden(row: Hiding) -> str:
    if row.version:
        return f"Version {row.version.number} unhidden."
    return f"Passage unhidden: {row.passage}" if row.passage else "Unhidden."


# --- pages -----------------------------------------------------------------------------------------------
class HidesPassages(OperatorAdmin):
    """Mixed into the admin of articles: a page on which words of one are chosen, looked for, and hidden."""

    def get_urls(self) -> list[URLPattern]:
        page = self.admin_site.admin_view(self.passage_page)
        own = path("<path:object_id>/hide-passage/", page, name="articles_article_hide_passage")
        return [own, *super().get_urls()]

    def has_hide_permission(self, request: HttpRequest) -> bool:
        """May the user hide, and show again?"""
        return request.user.has_perm(PERMISSION)

    @admin.action(description="Hide a passage…", permissions=["hide"])
    def hide_passage(self, request: HttpRequest, articles: QuerySet[Article]) -> HttpResponse | None:
        """Leads to the page on which the words are chosen."""
        if len(chosen := articles.values_list("pk", flat=True)[:2]) > 1:
            return self.done(request, "Choose one article: a passage is hidden in one.", messages.WARNING)
        return HttpResponseRedirect(reverse("admin:articles_article_hide_passage", args=chosen[:1]))

    def passage_page(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Takes the words, shows where they stand, and hides them once that is confirmed."""
        article = self.get_object(request, object_id)
        if not self.has_hide_permission(request):
            raise PermissionDenied
        if article is None or not article.version_count:
            raise Http404("There is no such article, or no text of it yet: choose another from the list.")
        form = HidePassageForm(request.POST or None, article=article)
        is_valid = form.is_valid()
        if is_valid and reading(request.POST.get("confirmed", "")) == reading(form.cleaned_data["passage"]):
            return self._hide_passage(request, article, form)
        newest = article.versions.with_text().get(number=article.version_count)
        context = {
            **self.admin_site.each_context(request),
            "title": "Hide a passage",
            "opts": self.opts,
            "original": article,
            "article": article,
            "form": form,
            "submit_words": "Look again" if is_valid else "See where it stands",
            "submit_variant": "default" if is_valid else "primary",
            "newest": newest,
            "standings": form.standings if is_valid else [],
            "samples": _samples(form) if is_valid else [],
            "mark": MARK,
        }
        return TemplateResponse(request, "admin/articles/article/hide_passage.html", context)

    def _hide_passage(self, request: HttpRequest, article: Article, form: HidePassageForm) -> HttpResponse:
        made = hiding.hide_passage(article, form.cleaned_data["passage"], form.statement, request.user)
        self.log_all(request, [article], f"Passage hidden: {made.passage} ({made.reason})")
        words = f"Hidden in {counted(len(form.standings), 'version')}, and in those to come."
        self.message_user(request, words, messages.SUCCESS)
        return HttpResponseRedirect(change_url(Article, article.pk))


def _samples(form: HidePassageForm) -> list[str]:
    """Lines and paragraphs of the newest version that has the words, as readers will see them."""
    newest = form.standings[-1]
    version = Version.objects.with_text().get(article=newest.article, number=newest.number)
    stored = version.extract
    shown = Cover.of([form.cleaned_data["passage"]]).extract(stored)
    pairs = zip(
        (stored.title, stored.standfirst, stored.byline, *stored.texts),
        (shown.title, shown.standfirst, shown.byline, *shown.texts),
        strict=True,
    )
    return [after for before, after in pairs if before != after]


class HidesVersions(OperatorAdmin):
    """Mixed into the admin of versions: a page on which one is hidden, and a button that shows it again."""

    def get_urls(self) -> list[URLPattern]:
        page = self.admin_site.admin_view(self.hide_page)
        return [path("<path:object_id>/hide/", page, name="articles_version_hide"), *super().get_urls()]

    def has_hide_permission(self, request: HttpRequest) -> bool:
        """May the user hide, and show again?"""
        return request.user.has_perm(PERMISSION)

    def page_actions(self, version: Version) -> list[str]:
        return ["unhide"] if version.hidings.filter(lifted_at=None).exists() else ["hide"]

    @admin.action(description="Hide…", permissions=["hide"])
    def hide(self, request: HttpRequest, versions: QuerySet[Version]) -> HttpResponse | None:
        """Leads to the page on which it is said why."""
        if len(chosen := versions.values_list("pk", flat=True)[:2]) > 1:
            words = "Choose one version: on its page those with the same text can be hidden with it."
            return self.done(request, words, messages.WARNING)
        return HttpResponseRedirect(reverse("admin:articles_version_hide", args=chosen[:1]))

    @admin.action(description="Unhide", permissions=["hide"])
    def unhide(self, request: HttpRequest, versions: QuerySet[Version]) -> HttpResponse | None:
        """Shows versions again."""
        rows = Hiding.objects.standing().filter(version__in=versions.values("pk"))
        lifted = lift(self, request, list(rows))
        return self.done(request, f"Shown again: {counted(len(lifted), 'version')}.", messages.SUCCESS)

    def hide_page(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Asks why, then hides a version: the article where readers see no other of it."""
        version = self.get_object(request, object_id)
        if not self.has_hide_permission(request):
            raise PermissionDenied
        if version is None:
            raise Http404("There is no such version: choose another from the list.")
        shown = hiding.shown_numbers(version.article)
        same = hiding.alike(version)
        own = {one.number for one in (version, *same) if one.article_id == version.article_id}
        form = HideVersionForm(request.POST or None, article=version.article_id, alike=same)
        if version.number not in shown:
            self.message_user(request, "This version is hidden already.", messages.WARNING)
            return HttpResponseRedirect(change_url(Version, version.pk))
        if form.is_valid():
            return self._hide(request, version, same if form.cleaned_data.get("with_alike") else [], form)
        context = {
            **self.admin_site.each_context(request),
            "title": "Hide a version",
            "opts": self.opts,
            "original": version,
            "version": version,
            "form": form,
            "submit_words": "Hide",
            "is_last": set(shown) == {version.number},
            "are_all": len(own) > 1 and set(shown) == own,
        }
        return TemplateResponse(request, "admin/articles/version/hide.html", context)

    def _hide(
        self, request: HttpRequest, version: Version, same: list[Version], form: HideVersionForm
    ) -> HttpResponse:
        made = hiding.hide_versions([version, *same], form.statement, request.user)
        for row in made:
            what = f"Version {row.version.number} hidden" if row.version else "Hidden"
            self.log_all(request, [row.article], f"{what}: {row.reason}")
        if any(row.kind == "article" and row.article_id == version.article_id for row in made):
            said = "Hidden: the article, for readers see no other version of it."
        else:
            said = f"Hidden: {counted(len(made), 'version')}."
        self.message_user(request, said, messages.SUCCESS)
        return HttpResponseRedirect(change_url(Version, version.pk))
