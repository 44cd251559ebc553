"""The endpoints: each finds its rows and hands them to a schema."""

import hashlib
import re
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.urls import reverse
from django.utils import timezone
from ninja import Query, Router

from articles import gaps as gaps_of
from articles.api import problems
from articles.api.mount import no_such_endpoint, unchanged
from articles.api.paging import PageQuery, absolute, paginate
from articles.api.problems import Problem, bad_parameters
from articles.api.schemas import (
    ArticleOut,
    ArticleQuery,
    ChangeOut,
    ChangeQuery,
    DiffOut,
    GapOut,
    Page,
    SourceOut,
    State,
    VersionOut,
)
from articles.core.diffing import diff, diff_text
from articles.core.kinds import classify
from articles.listing import COLUMNS, Filters
from articles.models import Article, Change, Source, Version

router = Router(tags=["endpoints"])
LATEST_OR_NUMBER = re.compile(r"latest|[0-9]{1,18}", re.ASCII)
BAD = problems.document([HTTPStatus.UNPROCESSABLE_ENTITY])
UNKNOWN = problems.document([HTTPStatus.NOT_FOUND])
UNKNOWN_OR_HIDDEN = problems.document([HTTPStatus.NOT_FOUND, HTTPStatus.GONE])
PART = problems.document([HTTPStatus.NOT_FOUND, HTTPStatus.GONE, HTTPStatus.UNPROCESSABLE_ENTITY])

IN_STATE = {
    State.TRACKED: Q(status=Article.Status.TRACKED, source__is_paused=False),
    State.PAUSED: Q(status=Article.Status.TRACKED, source__is_paused=True),
    State.FINISHED: Q(status__in=[Article.Status.FINISHED, Article.Status.REUSED]),
    State.GONE: Q(status=Article.Status.GONE),
    State.HIDDEN: Q(pk__in=[]),
}


@router.get("/", include_in_schema=False)
def index(request: HttpRequest) -> dict[str, str]:
    """Where things are, for whoever opens the API's own address."""
    names = {"sources": "sources", "articles": "articles", "changes": "changes"}
    names |= {"docs": "openapi-view", "openapi": "openapi-json"}
    return {key: absolute(reverse(f"api:{name}")) for key, name in names.items()}


# --- sources -----------------------------------------------------------------------------------
@router.get("/sources", response=Page[SourceOut], openapi_extra=BAD)
def sources(request: HttpRequest, query: Query[PageQuery]) -> dict[str, Any]:
    """The sources that are followed, by slug."""
    return paginate(request, _sources(), ["slug"], query)


@router.get("/sources/{slug:slug}", response=SourceOut, openapi_extra=UNKNOWN)
def source(request: HttpRequest, slug: str) -> Source:
    """One source, its feeds, and how much of it is kept."""
    try:
        return _sources().get(slug=slug)
    except Source.DoesNotExist:
        raise Problem(HTTPStatus.NOT_FOUND, f"No source has the slug {slug!r}.") from None


def _sources() -> QuerySet[Source]:
    """Sources with what is counted of each: in subqueries, for joins would multiply the rows."""
    articles = Article.objects.public().filter(source=OuterRef("pk"))
    changes = Change.objects.public().filter(source=OuterRef("pk"))
    return Source.objects.prefetch_related("feeds").annotate(
        article_count=_count(articles),
        change_count=_count(changes),
        last_change_at=Subquery(changes.newest().values("seen_at")[:1]),
    )


def _count(rows: QuerySet[Any]) -> Coalesce:
    """How many of `rows` the outer query's source has."""
    counted = rows.order_by().values("source").annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(counted), 0)


# --- articles ----------------------------------------------------------------------------------
@router.get("/articles", response=Page[ArticleOut], openapi_extra=BAD)
def articles(request: HttpRequest, query: Query[ArticleQuery]) -> dict[str, Any]:
    """The articles that are followed, the last discovered first.

    One that could not be read yet has `version_count` 0.
    """
    found = Article.objects.filter(hidden_at=None).select_related("source")
    if query.url is not None:
        found = found.filter(urls__key=query.url)
    if query.source is not None:
        found = found.filter(source=_source_asked_for(query.source))
    if query.state is not None:
        found = found.filter(IN_STATE[query.state])
    if query.changed_since is not None:
        found = found.filter(last_changed_at__gte=query.changed_since)
    # By id, which never changes: an article that changes while a reader pages is not missed.
    return paginate(request, found, ["-id"], query)


@router.get("/articles/{int:article_id}", response=ArticleOut, openapi_extra=UNKNOWN_OR_HIDDEN)
def article(request: HttpRequest, article_id: int) -> Article:
    """One article."""
    return _article(article_id)


@router.get("/articles/{int:article_id}/gaps", response=Page[GapOut], openapi_extra=PART)
def gaps(request: HttpRequest, article_id: int, query: Query[PageQuery]) -> dict[str, Any]:
    """When the article was not looked at, whatever was due, the newest first."""
    found = gaps_of.of_article(_article(article_id), timezone.now())
    return paginate(request, found, ["-began_at", "-id"], query)


def _article(article_id: int) -> Article:
    """The article, or Problem: 404 where there is none, 410 where the operator has hidden it."""
    try:
        found = Article.objects.select_related("source").get(pk=article_id)
    except Article.DoesNotExist:
        raise Problem(HTTPStatus.NOT_FOUND, f"There is no article {article_id}.") from None
    if found.hidden_at:
        raise Problem(HTTPStatus.GONE, f"Article {article_id} has been hidden by the operator of this site.")
    return found


def _source_asked_for(slug: str) -> Source:
    try:
        return Source.objects.get(slug=slug)
    except Source.DoesNotExist:
        raise bad_parameters({"source": "no source has this slug; see sources"}) from None


# --- versions and diffs ------------------------------------------------------------------------
@router.get("/articles/{int:article_id}/versions", response=Page[VersionOut], openapi_extra=PART)
def versions(request: HttpRequest, article_id: int, query: Query[PageQuery]) -> dict[str, Any]:
    """An article's versions with their text, the oldest first."""
    return paginate(request, _article(article_id).versions.with_text(), ["number"], query)


@router.get(
    "/articles/{int:article_id}/versions/{int:number}",
    response=VersionOut,
    openapi_extra=UNKNOWN_OR_HIDDEN,
)
def version(request: HttpRequest, article_id: int, number: int) -> Version:
    """One version and its text."""
    return _versions(_article(article_id), number)[number]


@router.get("/articles/{int:article_id}/diff/{int:a}/{b}", response=DiffOut, openapi_extra=PART)
def diff_of(
    request: HttpRequest, response: HttpResponse, article_id: int, a: int, b: str
) -> dict[str, Any] | HttpResponse:
    """What changed from version `a` to version `b`; `b` may be `latest`.

    In `segments`, "=" is in both versions, "-" only in the old, "+" only in the new: "=" and "-" give the
    text of the row's old paragraphs joined by newlines, "=" and "+" that of the new. A row `moved_away`
    marks where a moved paragraph stood; leave it out when you put the new text together. A row `same` reads
    the same; its segments say where typography differs.
    """
    article = _article(article_id)
    if not LATEST_OR_NUMBER.fullmatch(b):
        raise bad_parameters({"b": "neither a version's number nor latest"})
    last = article.version_count if b == "latest" else int(b)
    found = _versions(article, a, last)
    if a > last:
        return HttpResponsePermanentRedirect(reverse("api:diff_of", args=[article_id, last, a]))
    etag = _diff_etag(found[a], found[last])
    if answer := unchanged(request, etag):
        return answer
    response["ETag"] = etag
    return _diff(found[a], found[last])


def _versions(article: Article, *numbers: int) -> dict[int, Version]:
    """The versions with these numbers, or Problem (404) that says which there are."""
    possible = [number for number in numbers if 1 <= number <= article.version_count]
    found = {version.number: version for version in article.versions.with_text().filter(number__in=possible)}
    for number in numbers:
        if number not in found:
            there = f"versions 1 to {article.version_count}" if article.version_count else "no version yet"
            missing = f"Article {article.pk} has no version {number}; it has {there}."
            raise Problem(HTTPStatus.NOT_FOUND, missing)
    return found


def _diff_etag(old: Version, new: Version) -> str:
    """Names a diff by all that it is made of, so that whoever has it costs no diffing."""
    made_of = repr((settings.VERSION, old.number, old.extract, new.number, new.extract))
    return f'"{hashlib.sha256(made_of.encode(errors="replace")).hexdigest()[:32]}"'


def _diff(old: Version, new: Version) -> dict[str, Any]:
    difference = diff(old.texts, new.texts)
    step = classify(old.extract, new.extract, difference)
    return {
        "old": old.number,
        "new": new.number,
        "kinds": step.kinds,
        "weight": step.weight,
        "added_words": step.added_words,
        "removed_words": step.removed_words,
        "headline": diff_text(old.title, new.title),
        "rows": difference.rows,
    }


# --- changes -----------------------------------------------------------------------------------
@router.get("/changes", response=Page[ChangeOut], openapi_extra=BAD)
def changes(request: HttpRequest, query: Query[ChangeQuery]) -> dict[str, Any]:
    """The changes of all articles, the newest first."""
    filters = Filters(
        source=_source_asked_for(query.source) if query.source is not None else None,
        kind=query.kind or "",
        after=query.since,
        language=query.language or "",
        disclosed="" if query.disclosed is None else "yes" if query.disclosed else "no",
    )
    order = [f"-{column}" for column in COLUMNS]
    return paginate(request, filters.changes(), ["-seen_at", "-id"], query, order)


# Last, for it fits every address.
router.get("/{path:rest}", include_in_schema=False)(no_such_endpoint)
