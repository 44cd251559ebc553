"""The page of health: all sources, the worst first, what is wrong, what to do, and doing it; and the check
log of any article."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import require_GET, require_http_methods

from articles import claiming, health, healthevents, paging, wording
from articles.admin.base import counted, note
from articles.core.health import Condition, Place, of_look
from articles.core.types import Outcome
from articles.forms.health import BackOffForm, CheckLogForm
from articles.models import Article, Check, HealthEvent, Source

ROWS = 50
CHECKS = 100
EVENTS = 20
ACTIONS = ("retry", "pause", "resume", "back_off")


def urlpatterns(site: Any) -> list[URLPattern]:
    """The addresses of these pages in an admin site."""
    return [
        path("health/", site.admin_view(page), name="health"),
        path("health/back-off/", site.admin_view(back_off), name="health_back_off"),
        path("health/checks/", site.admin_view(check_log), name="health_checks"),
    ]


def _required(request: HttpRequest, permission: str) -> None:
    if not request.user.has_perm(f"articles.{permission}"):
        raise PermissionDenied


def _context(request: HttpRequest, title: str, **values: Any) -> dict[str, Any]:
    return {**admin.site.each_context(request), "title": title, **values}


# --- the page ------------------------------------------------------------------------------------------
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest) -> HttpResponse:
    """All sources and how they do, the worst first; POST does something about some of them."""
    _required(request, "view_source")
    if request.method == "POST":
        return _act(request)
    now = claiming.now()
    board = health.board(now)
    counts = Counter(row.condition for row in board)
    wanted = request.GET.get("condition", "")
    chosen = [row for row in board if not wanted or row.condition.value == wanted]
    first = _first_row(request.GET.get("from", ""), len(chosen))
    following = first + ROWS if first + ROWS < len(chosen) else None
    context = _context(
        request,
        "Health",
        readings=health.itself(now),
        conditions=[(condition, counts[condition]) for condition in Condition if counts[condition]],
        wanted=wanted,
        count=len(board),
        rows=[(row, _remedies(row)) for row in chosen[first : first + ROWS]],
        first=first,
        following=following,
        events=HealthEvent.objects.exclude(told_at=None)
        .select_related("source")
        .order_by("-told_at", "-pk")[:EVENTS],
        patience=wording.gap(healthevents.PATIENCE),
        may_operate=request.user.has_perm("articles.change_source"),
        may_add=request.user.has_perm("articles.add_source"),
        feed_address=_feed_address(request.user.pk),
        now=now,
    )
    return TemplateResponse(request, "admin/articles/health/page.html", context)


def _first_row(given: str, count: int) -> int:
    """The number of the first row that is shown; 0 for whatever is no such number."""
    is_number = given.isascii() and given.isdigit() and len(given) < 9
    return int(given) if is_number and int(given) < count else 0


def _remedies(row: health.Row) -> list[tuple[Any, str, str]]:
    """What was found of a source, each with the address of the page where it is mended, and what that is."""
    return [(finding, *_place(finding.remedy.place, row.source.pk)) for finding in row.findings]


def _place(place: Place, source: int) -> tuple[str, str]:
    if place is Place.SOURCE:
        return reverse("admin:articles_source_change", args=[source]), "Open the source"
    if place is Place.RULES:
        return reverse("admin:articles_source_rules", args=[source]), "Open its rules"
    if place is Place.ARTICLES:
        listed = reverse("admin:articles_article_changelist")
        return f"{listed}?source__id__exact={source}&outcome=suspect", "See these articles"
    return "", ""


# --- what is done --------------------------------------------------------------------------------------
def _act(request: HttpRequest) -> HttpResponse:
    """Does what a button says to the source beside it, or to those that are chosen."""
    if "renew_feed" in request.POST:
        return _renew_feed(request)
    _required(request, "change_source")
    action, pks = _asked(request)
    sources = list(Source.objects.filter(pk__in=pks))
    if not action or not sources:
        messages.warning(request, "Nothing was done: choose a source, then press a button.")
        return HttpResponseRedirect(_back(request))
    if action == "back_off":
        query = "&".join(f"source={source.pk}" for source in sources)
        return HttpResponseRedirect(f"{reverse('admin:health_back_off')}?{query}")
    words, level = _DOING[action](request, sources)
    messages.add_message(request, level, words)
    return HttpResponseRedirect(_back(request))


def _asked(request: HttpRequest) -> tuple[str, list[int]]:
    """Which action, and for which sources by their keys; "" for none that there is."""
    for name in ACTIONS:
        if name in request.POST:
            return name, _keys(request.POST.getlist(name))
    action = request.POST.get("action", "")
    return (action if action in ACTIONS else ""), _keys(request.POST.getlist("source"))


def _keys(given: Sequence[str]) -> list[int]:
    """Those of the given texts that are keys of rows; `ROWS` at most."""
    return [int(pk) for pk in given if pk.isascii() and pk.isdigit() and len(pk) <= 18][:ROWS]


def _back(request: HttpRequest) -> str:
    """The page as it was looked at: its own address, with the condition it was narrowed to."""
    wanted = request.POST.get("condition", "")
    known = wanted in [condition.value for condition in Condition]
    return reverse("admin:health") + (f"?condition={wanted}" if known else "")


def _retry(request: HttpRequest, sources: list[Source]) -> tuple[str, int]:
    feeds, articles = health.retry([source.pk for source in sources], claiming.now())
    note(request, sources, "Asked for again at once.")
    if not feeds + articles:
        return "Nothing was asked for: what is paused must be resumed first.", messages.WARNING
    words = f"{counted(feeds, 'feed')} and {counted(articles, 'failing article')} will be asked for"
    return f"{words} as soon as their host's turn comes.", messages.SUCCESS


def _pause(request: HttpRequest, sources: list[Source]) -> tuple[str, int]:
    health.pause(source.pk for source in sources)
    note(request, sources, "Paused.")
    return f"Paused {counted(len(sources), 'source')}, until you resume.", messages.SUCCESS


def _resume(request: HttpRequest, sources: list[Source]) -> tuple[str, int]:
    resumed = health.resume([source.pk for source in sources], claiming.now())
    note(request, [source for source in sources if source.is_paused], "Resumed.")
    return f"Resumed {counted(resumed, 'source')}.", messages.SUCCESS


_DOING = {"retry": _retry, "pause": _pause, "resume": _resume}


@require_http_methods(["GET", "HEAD", "POST"])
def back_off(request: HttpRequest) -> HttpResponse:
    """Asks until when sources are left alone, and leaves them alone."""
    _required(request, "change_source")
    sources = list(Source.objects.filter(pk__in=_keys(request.GET.getlist("source"))))
    if not sources:
        messages.warning(request, "Nothing was done: choose a source, then press Back off until.")
        return HttpResponseRedirect(reverse("admin:health"))
    form = BackOffForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        until, reason = form.cleaned_data["until"], form.cleaned_data["reason"]
        health.pause([source.pk for source in sources], until, reason)
        note(request, sources, f"Left alone until {wording.absolute(until)}: {reason}")
        words = f"{counted(len(sources), 'source')} will be left alone until {wording.absolute(until)}."
        messages.success(request, words)
        return HttpResponseRedirect(reverse("admin:health"))
    context = _context(
        request, "Back off until", form=form, sources=sources, submit_words="Leave alone until then"
    )
    return TemplateResponse(request, "admin/articles/health/back_off.html", context)


# --- the feed's address ------------------------------------------------------------------------------------
def _feed_address(user: int) -> str:
    """The whole address of a user's feed of health events; "" where none was made."""
    token = healthevents.feed_token(user)
    return f"{settings.BASE_URL}{reverse('admin:health_feed')}?token={token}" if token else ""


def _renew_feed(request: HttpRequest) -> HttpResponse:
    is_first = healthevents.renew_feed(request.user.pk)
    words = "Your feed has its address." if is_first else "Your feed has a new address; the old one is void."
    messages.success(request, words)
    return HttpResponseRedirect(f"{reverse('admin:health')}#feed")


# --- the check log -----------------------------------------------------------------------------------------
@require_GET
def check_log(request: HttpRequest) -> HttpResponse:
    """The checks of one article, the newest first, found by its address in any spelling or its number."""
    _required(request, "view_check")
    form = CheckLogForm(request.GET if "q" in request.GET else None)
    article, found = None, None
    if form.is_valid():
        how, value = form.cleaned_data["q"]
        wanted = {"pk": value} if how == "pk" else {"urls__key": value}
        article = Article.objects.select_related("source", "host").filter(**wanted).first()
        if article is None:
            form.add_error(
                "q", "No article has this address or number. Paste the address of one that is followed."
            )
    outcome = form.cleaned_data.get("outcome", "") if form.is_bound else ""
    if article:
        rows = Check.objects.filter(article=article).select_related("version")
        rows = rows.filter(outcome=outcome) if outcome else rows
        found = paging.page(rows, "at", request.GET.get("before", ""), CHECKS)
    query = request.GET.copy()
    query["before"] = found.next if found else ""
    context = _context(
        request,
        f"Checks of {article}" if article else "Check log",
        form=form,
        article=article,
        checks=[(check, _what_to_do(check)) for check in found.rows] if found else [],
        following=query.urlencode() if found and found.next else "",
        outcome=outcome,
    )
    return TemplateResponse(request, "admin/articles/health/checks.html", context)


def _what_to_do(check: Check) -> str:
    """A remedy in words, for a look that was turned away or failed; "" for any other."""
    is_refused = check.outcome in (Outcome.FAILED, Outcome.BLOCKED)
    return of_look(check.reason, check.status).words if is_refused else ""
