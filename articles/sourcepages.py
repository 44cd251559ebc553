"""The pages of sources and of figures. Each view gathers rows in a fixed number of queries for a template."""

from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.core.cache import cache
from django.core.validators import slug_re
from django.db.models import Max, OuterRef, Subquery
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext

from articles import overview, paging, presentation, sourcestates
from articles.listing import Filters
from articles.models import Article, Heartbeat, Recount, Source
from articles.public import named, not_modified, one_of, public_view

PAGE = 30  # rows on a page of changes or articles
SOURCES = 50
KEPT = 60  # seconds for which a page of figures that says the same is shown again
LATEST = 5  # changes above a source's figures


@public_view
def sources(request: HttpRequest) -> HttpResponse:
    """All sources by their slug's alphabet: what is followed of each, its last days, how it is read."""
    after = request.GET.get("after", "")
    if after and not slug_re.fullmatch(after):
        raise Http404(gettext("?after= takes the short name of a source."))
    changed = (
        Article.objects.public()
        .filter(source=OuterRef("pk"))
        .exclude(last_changed_at=None)
        .order_by("-last_changed_at")
        .values("last_changed_at")[:1]
    )
    rows = sourcestates.with_health(Source.objects.annotate(changed_at=Subquery(changed)))
    found = list(rows.filter(slug__gt=after).order_by("slug")[: SOURCES + 1])
    shown = found[:SOURCES]
    now = timezone.now()
    recent = overview.recents(shown, now)
    healths = sourcestates.healths(shown, now)
    context = {
        "sources": [(one, recent[one.pk], healths[one.pk]) for one in shown],
        "is_first": not after,
        "next": urlencode({"after": shown[-1].slug}) if len(found) > SOURCES else "",
    }
    return render(request, "articles/sources.html", context)


@public_view
def source(request: HttpRequest, slug: str) -> HttpResponse:
    """One source: its latest changes, figures and, by their last change, articles; or ?list=changes."""
    shown = sourcestates.with_health(Source.objects.filter(slug=slug)).first()
    if shown is None:
        raise Http404(gettext("There is no source of this name here."))
    if shown.survivor != shown:
        return redirect(shown.survivor, permanent=True)
    before = request.GET.get("before", "")
    changes_only = one_of(request, "list", ("articles", "changes")) == "changes"
    now, filters = timezone.now(), Filters(source=shown)
    context: dict[str, Any] = {"source": shown, "health": sourcestates.healths([shown], now)[shown.pk]}
    if changes_only:
        context["page"] = page = filters.page(filters.latest(), before, PAGE)
        context["changes"] = [presentation.show_change(change) for change in page.rows]
    else:
        articles = Article.objects.public().filter(source=shown).select_related("source")
        context["page"] = page = paging.page(articles, "last_changed_at", before, PAGE)
        if page.is_first:
            context["overview"] = overview.overview(shown, now)
            newest = filters.page(filters.latest(), "", LATEST)
            context["changes"] = [presentation.show_change(change) for change in newest.rows]
    return render(request, "articles/source.html", context | {"changes_only": changes_only})


@public_view
def stats(request: HttpRequest) -> HttpResponse:
    """The figures of all sources together, and of each beside the others, in the order of ?sort=."""
    order = one_of(request, "sort", tuple(overview.ORDERS))
    after = request.GET.get("after", "")
    etag = _etag(order, after)
    if answer := not_modified(request, etag):
        return answer
    page = cache.get(f"stats:{etag}")
    if page is None:
        page = render(request, "articles/stats.html", _figures(order, after)).content
        cache.set(f"stats:{etag}", page, timeout=KEPT)
    return HttpResponse(page, headers={"ETag": etag})


def _figures(order: str, after: str) -> dict[str, Any]:
    lines = overview.compared(order)
    start = _place_after(lines, after) if after else 0
    shown = lines[start : start + SOURCES]
    is_last = start + SOURCES >= len(lines)
    return {
        "overview": overview.overview(None, timezone.now()),
        "lines": shown,
        "order": order,
        "is_first": not after,
        "next": "" if is_last else urlencode({"sort": order, "after": shown[-1].source.slug}),
    }


def _place_after(lines: list[overview.Line], slug: str) -> int:
    """Where the lines after that of a source begin. Raises Http404 where there is no such source."""
    for place, line in enumerate(lines, start=1):
        if line.source.slug == slug:
            return place
    raise Http404(gettext("?after= takes the short name of a source."))


def _etag(order: str, after: str) -> str:
    """Names what the page says: it goes by tallies, notes and what is hidden, to the minute."""
    hidden = Article.objects.exclude(hidings_at=None).aggregate(newest=Max("hidings_at"))["newest"]
    notes = Recount.objects.aggregate(newest=Max("pk"))["newest"]
    counted = Heartbeat.objects.filter(name="tallies").values_list("at", flat=True).first()
    minute = int(timezone.now().timestamp()) // 60
    return named(settings.VERSION, settings.BASE_URL, order, after, hidden, notes, counted, minute)
