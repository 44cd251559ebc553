"""The endpoints of figures: what the edits of a source, or of all, amount to, by the tallies."""

from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.urls import reverse
from django.utils import timezone
from ninja import Query, Router

from articles import overview
from articles.api.describing import BAD, UNKNOWN_OR_MERGED
from articles.api.paging import PageQuery, paginate
from articles.api.rows import source_at
from articles.api.schemas import HOURS_OF_WEEK, Page, SourceFiguresOut, StatisticsOut
from articles.core.figures import Sums
from articles.models import Source, Tally

router = Router(tags=["figures"])


@router.get("/statistics", response=StatisticsOut)
def statistics(request: HttpRequest) -> dict[str, Any]:
    """The figures of all sources together."""
    return _statistics(None)


@router.get("/statistics/sources", response=Page[SourceFiguresOut], openapi_extra=BAD)
def statistics_of_each(request: HttpRequest, query: Query[PageQuery]) -> dict[str, Any]:
    """The sources side by side, by slug."""
    page = paginate(request, Source.objects.all(), ["slug"], query)
    keys = [source.pk for source in page["items"]]
    sums = {one.source_id: one.sums for one in Tally.objects.filter(source__in=keys, day=None)}
    page["items"] = [
        {"source": source.slug, **_figures(sums.get(source.pk, Sums()))} for source in page["items"]
    ]
    return page


@router.get("/sources/{slug:slug}/statistics", response=StatisticsOut, openapi_extra=UNKNOWN_OR_MERGED)
def statistics_of(request: HttpRequest, slug: str) -> dict[str, Any] | HttpResponse:
    """The figures of one source."""
    source = source_at(slug)
    if source.survivor != source:
        return HttpResponsePermanentRedirect(reverse("api:statistics_of", args=[source.survivor.slug]))
    return _statistics(source)


def _statistics(source: Source | None) -> dict[str, Any]:
    shown = overview.overview(source, timezone.now())
    return {
        "source": source.slug if source else None,
        "waiting_since": shown.waiting_since,
        **_figures(shown.sums),
        "kinds": shown.kinds,
        "hours": [shown.sums.hours.get(str(hour), 0) for hour in range(HOURS_OF_WEEK)],
        "days": list(shown.bars.days),
        "most_edited": [
            {
                "article": article.pk,
                "url": article.url,
                "source": article.source.slug,
                "title": article.title,
                "changes": changes,
            }
            for article, changes in shown.most
        ],
    }


def _figures(sums: Sums) -> dict[str, Any]:
    return {
        "articles": sums.articles,
        "changed_articles": sums.changed,
        "share_changed": sums.share_changed,
        "changes": sums.changes,
        "changes_per_article": sums.per_article,
        "changes_per_changed_article": sums.per_changed,
        "first_change_median_seconds": _seconds(sums.delay(0.5)),
        "first_change_p90_seconds": _seconds(sums.delay(0.9)),
        "headline_changes": sums.headlines,
        "share_headlines": sums.share_headlines,
        "disclosed": sums.disclosed,
        "silent": sums.silently,
        "share_disclosed": sums.share_disclosed,
        "added_words": sums.added_words,
        "removed_words": sums.removed_words,
    }


def _seconds(length: timedelta | None) -> int | None:
    return None if length is None else round(length.total_seconds())
