"""How a source's pages are read: rules typed or pointed at, and tried on kept pages before they are saved."""

import time
from typing import Any

from django.contrib import messages
from django.contrib.admin.models import LogEntry
from django.core import signing
from django.core.exceptions import PermissionDenied
from django.db.models import F
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.decorators import action

from articles import presentation, wording
from articles.admin.backtests import LABELS, BackTest, NotShown, matched, shown_captures, summary, warnings
from articles.admin.base import counted, in_lines
from articles.admin.framing import framed
from articles.core.extraction import ExtractionError
from articles.core.http import Response
from articles.forms.rules import RulesForm
from articles.ingestion.backtesting import ArticleEffect, Effect, TooSlow, sample
from articles.ingestion.rebaselining import reread
from articles.ingestion.rules import TYPED, entries, replace_typed, rules_of, typed_rules, with_typed
from articles.models import Article, Snapshot, Source
from articles.reading import count_selected, selectors_for, view_of
from newsdiff.middleware import POLICY

CHOICES = 25  # articles whose pages can be looked at
SAID = "Rules for reading: "  # begins the entries of a source's history that tell of its rules
AGAIN_SALT = "articles.rules.again"
AT_ONCE = 5  # articles whose kept pages one request reads again
SECONDS = 10.0  # after which a request begins with no other article: one may have hundreds of versions


class RulesPages:
    """For the admin of sources: the page of a source's rules, and what it asks for."""

    actions_detail = ["rules"]

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        own = [
            path(f"<int:object_id>/rules/{part}/", wrap(view), name=f"articles_source_rules_{part}")
            for part, view in (
                ("page", self.rules_page),
                ("pick", self.rules_pick),
                ("again", self.rules_again),
            )
        ]
        return own + super().get_urls()

    # --- the page ------------------------------------------------------------------------------------
    @action(description="Rules…", url_path="rules", permissions=["view"])
    def rules(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Shows the rules; tries what was typed; saves what was tried."""
        source = self._source(request, object_id)
        if request.method != "POST":
            form = RulesForm(
                initial=typed_rules(source) | {"article": request.GET.get("article")},
                articles=choices(source, request.GET.get("article")),
            )
            return self._rules_answer(request, source, form)
        self._may_change(request, source)
        if request.POST.get("action") == "step":
            return self._step(request, source)
        form = RulesForm(request.POST, articles=choices(source, request.POST.get("article")))
        if not form.is_valid():
            return self._rules_answer(request, source, form)
        if request.POST.get("action") == "save":
            return self._save(request, source, form)
        if request.POST.get("action") == "go_on":
            return self._go_on(request, source, form)
        return self._show_effect(request, source, form)

    def _show_effect(
        self, request: HttpRequest, source: Source, form: RulesForm, said: str = ""
    ) -> HttpResponse:
        """Begins a back-test. `said` stands above what it shows."""
        test = BackTest.begun(source, form.typed, form.cleaned_data["article"])
        return self._tried(request, source, form, test, said)

    def _go_on(self, request: HttpRequest, source: Source, form: RulesForm) -> HttpResponse:
        """Goes on with a back-test that one request had no time to end, for those without scripts."""
        try:
            test = BackTest.sent_along(request.POST.get("state", ""), source)
        except NotShown as error:
            return self._show_effect(request, source, form, str(error))
        if test.typed != form.typed:
            words = "These are other rules than those that were being tried: this begins with theirs."
            return self._show_effect(request, source, form, words)
        return self._tried(request, source, form, test)

    def _tried(
        self, request: HttpRequest, source: Source, form: RulesForm, test: BackTest, said: str = ""
    ) -> HttpResponse:
        """Tries the rules on as many articles as some seconds allow, one at least; htmx asks for each."""
        effects: list[ArticleEffect] = []
        trouble = ""
        ends = time.monotonic() + SECONDS
        if not request.headers.get("HX-Request"):
            try:
                while not test.is_done:
                    effects += filter(None, [test.step(source)])
                    if time.monotonic() >= ends:
                        break
            except TooSlow as error:
                trouble = _too_slow(error)
        return self._rules_answer(request, source, form, test, effects, said, trouble)

    def _step(self, request: HttpRequest, source: Source) -> HttpResponse:
        """Tries the rules on one article more, for htmx: its section, and how far it has come."""
        try:
            test = BackTest.sent_along(request.POST.get("state", ""), source)
            effect = None if test.is_done else test.step(source)
        except (NotShown, TooSlow) as error:
            words = _too_slow(error) if isinstance(error, TooSlow) else str(error)
            return render(request, "admin/articles/source/rules/progress.html", {"trouble": words})
        context = self._effect(source, test, [effect] if effect else [])
        return render(request, "admin/articles/source/rules/step.html", context)

    def _save(self, request: HttpRequest, source: Source, form: RulesForm) -> HttpResponse:
        """Saves rules whose effect was shown; else shows it."""
        try:
            test = BackTest.sent_along(request.POST.get("state", ""), source)
        except NotShown as error:
            return self._show_effect(request, source, form, str(error))
        if test.typed != form.typed or not test.is_done:
            words = "Not saved yet: these are other rules than those whose effect was shown. This is theirs."
            return self._show_effect(request, source, form, words)
        if test.typed == test.known:
            self.message_user(request, "Nothing was saved: these are the rules there were.", messages.WARNING)
        elif test.objections(source):
            return self._rules_answer(request, source, form, test)
        elif not replace_typed(source, test.known, test.typed):
            words = "Not saved: somebody has changed the rules meanwhile. This is the effect beside theirs."
            return self._show_effect(request, source, form, words)
        else:
            self.log_all(request, [source], SAID + changed_in_words(test.known, test.typed))
            self.message_user(
                request, f"The rules of {source.name} are saved; no change comes of it.", messages.SUCCESS
            )
            article = form.cleaned_data["article"]
            return HttpResponseRedirect(
                f"{rules_url(source)}?saved" + (f"&article={article}" if article else "")
            )
        return HttpResponseRedirect(rules_url(source))

    def _rules_answer(
        self,
        request: HttpRequest,
        source: Source,
        form: RulesForm,
        test: BackTest | None = None,
        effects: list[ArticleEffect] | None = None,
        said: str = "",
        trouble: str = "",
    ) -> HttpResponse:
        """The page, or for htmx the part of it that tells the effect."""
        context = {"form": form, "source": source, "said": said, "trouble": trouble}
        if test:
            context |= self._effect(source, test, effects or [])
        if request.headers.get("HX-Request"):
            return render(request, "admin/articles/source/rules/effect.html", context)
        article = form["article"].value() or next((pk for pk, _ in form.fields["article"].choices), None)
        context |= {
            **self.admin_site.each_context(request),
            "title": f"How pages of {source.name} are read",
            "opts": self.opts,
            "original": source,
            "media": self.media,
            "told": rules_in_words(source),
            "is_whole_page": True,
            "shown_article": article,
            "again": _again_from(source) if "saved" in request.GET else None,
            "may_change": self.has_change_permission(request, source),
        }
        answer = TemplateResponse(request, "admin/articles/source/rules/page.html", context)
        answer["Content-Security-Policy"] = f"{POLICY}; frame-src 'self'"
        return answer

    def _effect(self, source: Source, test: BackTest, effects: list[ArticleEffect]) -> dict[str, Any]:
        """What templates need of a back-test and of the articles it has just come from."""
        context: dict[str, Any] = {
            "test": test,
            "source": source,
            "sections": [_section(effect) for effect in effects],
            "matched": matched(test),
        }
        if test.is_done:
            context |= {
                "summary": summary(test.totals),
                "warnings": warnings(test),
                "objections": [(LABELS.get(one.column, ""), one.words) for one in test.objections(source)],
                "is_new": test.typed != test.known,
            }
        return context

    # --- the page that is looked at ------------------------------------------------------------------
    def rules_page(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """A kept page for the frame, marked by the source's rules or, posted, by those that were typed."""
        source = self._source(request, object_id)
        sent = request.POST if request.method == "POST" else request.GET
        article = article_of(source, sent.get("article"))
        if article is None:
            words = "No page of this source is kept yet: wait for its first articles, or resume it."
            return framed("", 0, words)
        rules, note = rules_of(source), ""
        if request.method == "POST":
            form = RulesForm(request.POST, articles=choices(source, sent.get("article")))
            if form.is_valid():
                rules = with_typed(rules, form.typed)
            else:
                note = " ".join(error for errors in form.errors.values() for error in errors)
        try:
            view = view_of(*page_of(article), rules)
        except ExtractionError as error:
            return framed("", article.pk, f"This page cannot be shown: {error}. Choose another.")
        if view.trouble:
            note = f"{note} By these rules no article is read here: {view.trouble}.".strip()
        return framed(view.html, article.pk, note)

    def rules_pick(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Selectors for an element that was pointed at, with what they select here and elsewhere."""
        source = self._source(request, object_id)
        self._may_change(request, source)
        article = article_of(source, request.POST.get("article"))
        number = request.POST.get("element", "")
        context: dict[str, Any] = {"proposals": [], "trouble": ""}
        try:
            if article and number.isdecimal() and len(number) < 8:
                body, _, charset = page_of(article)
                found = selectors_for(body, charset, int(number))
                others = self._elsewhere(source, article, tuple(one.selector for one in found))
                context["proposals"] = list(zip(found, others, strict=True))
        except ExtractionError as error:
            context["trouble"] = f"This page cannot be searched: {error}. Choose another."
        return render(request, "admin/articles/source/rules/proposals.html", context)

    def _elsewhere(self, source: Source, article: Article, selectors: tuple[str, ...]) -> list[str]:
        """On how many pages of other articles each selector names something, in words."""
        keys = [pk for pk in sample(source, article.pk) if pk != article.pk]
        counts = []
        for other in Article.objects.filter(pk__in=keys):
            body, _, charset = page_of(other)
            counts.append(count_selected(body, charset, selectors))
        pages = counted(len(counts), "other article")
        return [
            f"on {sum(count > 0 for count in column)} of {pages}"
            for column in (zip(*counts, strict=True) if counts else [()] * len(selectors))
        ]

    # --- reading again -------------------------------------------------------------------------------
    def rules_again(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Reads the kept pages of a few articles again by the rules there are; says how far it has come."""
        source = self._source(request, object_id)
        self._may_change(request, source)
        try:
            state = signing.loads(request.POST.get("state", ""), salt=AGAIN_SALT)
        except signing.BadSignature:
            state = _again_from(source)["state"]
        rows = _versioned(source).filter(pk__gt=state["after"])
        ends = time.monotonic() + SECONDS
        for pk in rows.order_by("pk").values_list("pk", flat=True)[:AT_ONCE]:
            altered = reread(pk)
            state["after"] = pk
            state["done"] += 1
            state["busy"] += altered is None
            state["altered"] += altered or 0
            if time.monotonic() >= ends:
                break
        context = {"again": _again(source, state), "source": source}
        if request.headers.get("HX-Request"):
            return render(request, "admin/articles/source/rules/again.html", context)
        form = RulesForm(initial=typed_rules(source), articles=choices(source, None))
        answer = self._rules_answer(request, source, form)
        answer.context_data["again"] = context["again"]
        return answer

    # --- who may -------------------------------------------------------------------------------------
    def _source(self, request: HttpRequest, object_id: Any) -> Source:
        """The source, for those who may look at it."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        source = Source.objects.filter(pk=object_id).first() if str(object_id).isdecimal() else None
        if source is None:
            raise Http404("There is no such source.")
        return source

    def _may_change(self, request: HttpRequest, source: Source) -> None:
        if request.method != "POST" or not self.has_change_permission(request, source):
            raise PermissionDenied


# --- what is looked at -----------------------------------------------------------------------------
def rules_url(source: Source) -> str:
    """The address of the page of a source's rules."""
    return reverse("admin:articles_source_rules", args=[source.pk])


def article_of(source: Source, key: str | None) -> Article | None:
    """The article of this source with this key; without one, the newest that was read."""
    rows = Article.objects.with_kept_pages().filter(source=source)
    if key and key.isdecimal() and len(key) < 19:
        return rows.filter(pk=key).first()
    return rows.order_by("-first_seen_at", "-pk").first()


def choices(source: Source, key: str | None) -> list[tuple[int, str]]:
    """The articles whose pages can be looked at: the one with this key, if there is one, and the newest."""
    rows = Article.objects.with_kept_pages().filter(source=source)
    wanted = [article_of(source, key)] if key else []
    newest = rows.order_by("-first_seen_at", "-pk")[:CHOICES]
    found = {article.pk: article for article in (*wanted, *newest) if article}
    return [(pk, f"{article} ({_how_known(article)})") for pk, article in found.items()]


def _how_known(article: Article) -> str:
    return counted(article.version_count, "version") if article.version_count else "not looked at yet"


def page_of(article: Article) -> tuple[bytes, str, str]:
    """The page that an article's newest version was read from, or without any, the one kept last: its bytes,
    address and character set."""
    capture = Snapshot.objects.select_related("blob").filter(article=article)
    newest = capture.order_by(F("versions__number").desc(nulls_last=True), "-pk")[0]
    headers = tuple((name, value) for name, value in newest.headers)
    kept = Response(newest.url, newest.status, headers, newest.blob.body)
    return kept.body, kept.url, kept.charset


# --- in words --------------------------------------------------------------------------------------
def _too_slow(error: TooSlow) -> str:
    return f"{error}. Type simpler selectors, such as div.related, or fewer of them."


def _section(effect: ArticleEffect) -> dict[str, Any]:
    """One article's part of a back-test, as templates show it."""
    captures = list(shown_captures(effect))
    return {
        "article": effect.article,
        "captures": captures,
        "differing": sum(one.effect is Effect.DIFFERS for one in effect.captures),
        "empty": sum(one.effect is Effect.EMPTY for one in effect.captures),
        "hidden": [
            {
                "version": hidden,
                "kinds": presentation.show_kinds(hidden.change.kinds),
                "excerpt": presentation.show_excerpt(hidden.change),
                "dangers": ", ".join(wording.kind_words(name).lower() for name in hidden.dangers),
            }
            for hidden in effect.hidden
        ],
    }


def changed_in_words(known: dict[str, str], new: dict[str, str]) -> str:
    """What was added to rules and taken out of them, for the history: "drop “aside.box” added"."""
    told = []
    for column in TYPED:
        old, now = entries(known[column]), entries(new[column])
        label = LABELS[column].lower()
        told += [f"{label} “{entry}” added" for entry in now if entry not in old]
        told += [f"{label} “{entry}” taken out" for entry in old if entry not in now]
    return "; ".join(told) or "put in another order"


def rules_in_words(source: Source) -> SafeString:
    """The rules that stand, and since when and by whom they were last changed."""
    lines = [
        f"{LABELS[column]}: {wording.join_words(said)}"
        for column in TYPED
        if (said := entries(getattr(source, column)))
    ]
    written = LogEntry.objects.filter(
        content_type__app_label="articles",
        content_type__model="source",
        object_id=str(source.pk),
        change_message__startswith=SAID,
    )
    if last := written.select_related("user").order_by("-action_time").first():
        when = wording.relative(last.action_time, timezone.now())
        lines.append(f"Last changed {when} by {last.user.get_username()}.")
    return in_lines(lines) if lines else format_html("{}", "None: its pages are read as all pages are.")


# --- reading again ---------------------------------------------------------------------------------
def _versioned(source: Source) -> Any:
    return Article.objects.filter(source=source, version_count__gt=0)


def _again_from(source: Source) -> dict[str, Any]:
    """Reading a source's kept pages again, from the beginning."""
    return _again(source, {"after": 0, "done": 0, "busy": 0, "altered": 0, "of": _versioned(source).count()})


def _again(source: Source, state: dict[str, int]) -> dict[str, Any]:
    """How far reading again has come, for templates."""
    return {
        "state": state,
        "signed": signing.dumps(state, salt=AGAIN_SALT),
        "is_done": not _versioned(source).filter(pk__gt=state["after"]).exists(),
    }
