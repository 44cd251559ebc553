"""The endpoints of sources, articles and changes: each finds its rows and hands them to a schema."""

import json
import re
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.urls import reverse
from django.utils import timezone
from ninja import Query, Router

from articles import blaming
from articles import gaps as gaps_of
from articles.api.describing import (
    BAD,
    LATEST_OR_NUMBER,
    PAIR,
    PART,
    UNKNOWN_OR_HIDDEN,
    UNKNOWN_OR_MERGED,
)
from articles.api.mount import unchanged
from articles.api.paging import PageQuery, absolute, paginate
from articles.api.problems import Problem, bad_parameters, hidden
from articles.api.queries import ArticleQuery, ChangeQuery, State
from articles.api.rows import article_at, source_asked_for, source_at
from articles.api.schemas import (
    ArticleOut,
    BlameOut,
    ChangeOut,
    DiffOut,
    GapOut,
    Page,
    SourceOut,
    VersionOut,
)
from articles.core.diffing import diff, diff_text
from articles.core.kinds import classify
from articles.listing import COLUMNS, Filters
from articles.models import Article, Change, Source, Tally, Version
from articles.public import named

router = Router(tags=["sources and articles"])
BLAME_KEPT = 600  # seconds for which the origins of an article's sentences are kept at hand,
BLAME_LARGEST = 500_000  # bytes of them that are

MERGED = Q(merged_into__isnull=False)
IN_STATE = {
    State.TRACKED: Q(status=Article.Status.TRACKED, source__is_paused=False) & ~MERGED,
    State.PAUSED: Q(status=Article.Status.TRACKED, source__is_paused=True) & ~MERGED,
    State.FINISHED: Q(status__in=[Article.Status.FINISHED, Article.Status.REUSED]) | MERGED,
    State.GONE: Q(status=Article.Status.GONE) & ~MERGED,
    State.HIDDEN: Q(pk__in=[]),
}


@router.get("/", include_in_schema=False)
def index(request: HttpRequest) -> dict[str, str]:
    """Where things are, for whoever opens the API's own address."""
    names = {name: name for name in ("sources", "articles", "changes", "statistics")}
    names |= {"docs": "openapi-view", "openapi": "openapi-json"}
    return {key: absolute(reverse(f"api:{name}")) for key, name in names.items()}


# --- sources -----------------------------------------------------------------------------------
@router.get("/sources", response=Page[SourceOut], openapi_extra=BAD)
def sources(request: HttpRequest, query: Query[PageQuery]) -> dict[str, Any]:
    """The sources that are followed, by slug."""
    return paginate(request, _sources(), ["slug"], query)


@router.get("/sources/{slug:slug}", response=SourceOut, openapi_extra=UNKNOWN_OR_MERGED)
def source(request: HttpRequest, slug: str) -> Source | HttpResponse:
    """One source, its feeds, and how much of it is kept."""
    found = source_at(slug)
    if found.survivor != found:
        return HttpResponsePermanentRedirect(reverse("api:source", args=[found.survivor.slug]))
    return _sources().get(pk=found.pk)


def _sources() -> QuerySet[Source]:
    """Sources with what is counted of each: off the tallies, for counting reads all of a source's rows."""
    changes = Change.objects.public().filter(source=OuterRef("pk"))
    return Source.objects.prefetch_related("feeds").annotate(
        article_count=_tallied("articles"),
        change_count=_tallied("changes"),
        last_change_at=Subquery(changes.newest().values("seen_at")[:1]),
    )


def _tallied(column: str) -> Coalesce:
    """A figure of all days of the outer query's source, by the name of its column."""
    tally = Tally.objects.filter(source=OuterRef("pk"), day=None)
    return Coalesce(Subquery(tally.values(column)[:1]), 0)


# --- articles ----------------------------------------------------------------------------------
@router.get("/articles", response=Page[ArticleOut], openapi_extra=BAD)
def articles(request: HttpRequest, query: Query[ArticleQuery]) -> dict[str, Any]:
    """The articles that are followed, the last discovered first.

    One that could not be read yet has `version_count` 0.
    """
    found = Article.objects.not_withdrawn().as_shown().select_related("source")
    if query.url is not None:
        found = found.filter(urls__key=query.url)
    if query.source is not None:
        found = found.filter(source=source_asked_for(query.source))
    if query.state is not None:
        found = found.filter(IN_STATE[query.state])
    if query.changed_since is not None:
        found = found.filter(last_changed_at__gte=query.changed_since)
    # By id, which never changes: an article that changes while a reader pages is not missed.
    return paginate(request, found, ["-id"], query)


@router.get("/articles/{int:article_id}", response=ArticleOut, openapi_extra=UNKNOWN_OR_HIDDEN)
def article(request: HttpRequest, article_id: int) -> Article:
    """One article."""
    return article_at(article_id)


@router.get("/articles/{int:article_id}/gaps", response=Page[GapOut], openapi_extra=PART)
def gaps(request: HttpRequest, article_id: int, query: Query[PageQuery]) -> dict[str, Any]:
    """When the article was not looked at, whatever was due, the newest first."""
    found = gaps_of.of_article(article_at(article_id), timezone.now())
    return paginate(request, found, ["-began_at", "-id"], query)


# --- versions and diffs ------------------------------------------------------------------------
@router.get("/articles/{int:article_id}/versions", response=Page[VersionOut], openapi_extra=PART)
def versions(request: HttpRequest, article_id: int, query: Query[PageQuery]) -> dict[str, Any]:
    """An article's versions with their text, the oldest first."""
    return paginate(request, _versions_of(article_at(article_id)), ["number"], query)


@router.get(
    "/articles/{int:article_id}/versions/{int:number}",
    response=VersionOut,
    openapi_extra=UNKNOWN_OR_HIDDEN,
)
def version(request: HttpRequest, article_id: int, number: int) -> Version:
    """One version and its text."""
    return _versions(article_at(article_id), number)[number]


@router.get("/articles/{int:article_id}/diff/{int:a}/{b}", response=DiffOut, openapi_extra=PAIR)
def diff_of(
    request: HttpRequest, response: HttpResponse, article_id: int, a: int, b: str
) -> dict[str, Any] | HttpResponse:
    """What changed from version `a` to version `b`; `b` may be `latest`. The older comes first: the other way
    round leads there.

    In `segments`, "=" is in both versions, "-" only in the old, "+" only in the new: "=" and "-" give the
    text of the row's old paragraphs joined by newlines, "=" and "+" that of the new. A row `moved_away`
    marks where a moved paragraph stood; leave it out when you put the new text together. A row `same` reads
    the same; its segments say where typography differs.
    """
    article = article_at(article_id)
    if not re.fullmatch(LATEST_OR_NUMBER, b, re.ASCII):
        raise bad_parameters({"b": "neither a version's number nor latest"})
    last = (article.numbers.latest or 0) if b == "latest" else int(b)
    found = _versions(article, a, last)
    if a > last:
        return HttpResponsePermanentRedirect(reverse("api:diff_of", args=[article_id, last, a]))
    etag = _diff_etag(article, found[a], found[last])
    if answer := unchanged(request, etag):
        return answer
    response["ETag"] = etag
    return _diff(article, found[a], found[last])


def _versions_of(article: Article) -> QuerySet[Version]:
    return article.versions.public().with_text().with_copy()


def _versions(article: Article, *numbers: int) -> dict[int, Version]:
    """The versions with these numbers, or Problem: 410 where one is hidden, 404 that says which there are."""
    possible = [number for number in numbers if number in article.numbers]
    rows = _versions_of(article).filter(number__in=possible)
    found = {version.number: version for version in rows}
    for number in numbers:
        if number in article.hidden_versions:
            raise hidden(f"Version {number} of article {article.pk}", article.hidden_versions[number])
        if number not in found:
            there = f"versions 1 to {article.version_count}" if article.version_count else "no version yet"
            missing = f"Article {article.pk} has no version {number}; it has {there}."
            raise Problem(HTTPStatus.NOT_FOUND, missing)
    return found


def _diff_etag(article: Article, old: Version, new: Version) -> str:
    """Names a diff by all that it is made of, so that whoever has it costs no diffing."""
    evidence = _evidence(article, old, new)
    return named(settings.VERSION, old.number, old.extract, new.number, new.extract, evidence)


def _evidence(article: Article, old: Version, new: Version) -> str | None:
    """Where the evidence pack is; there is none of a version beside itself, or where a passage is hidden."""
    if old.number == new.number or article.hidden_passages:
        return None
    return absolute(reverse("evidence", args=[article.pk, old.number, new.number]))


def _diff(article: Article, old: Version, new: Version) -> dict[str, Any]:
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
        "evidence": _evidence(article, old, new),
    }


@router.get("/articles/{int:article_id}/blame", response=BlameOut, openapi_extra=UNKNOWN_OR_HIDDEN)
def blame(request: HttpRequest, article_id: int) -> HttpResponse:
    """Since when each sentence of the newest version stands, and what is said no more."""
    article = article_at(article_id)
    if not article.version_count:
        raise Problem(HTTPStatus.NOT_FOUND, f"Article {article_id} has no version yet.")
    about = (settings.VERSION, article.pk, article.language, article.hiding_stamp)
    etag = named(*about, blaming.made_of(article))
    if answer := unchanged(request, etag):
        return answer
    body = cache.get(f"api-blame:{etag}")
    if body is None:
        found = blaming.trace(article, blaming.latest_versions(article))
        body = json.dumps(BlameOut.from_orm(found).model_dump(), cls=DjangoJSONEncoder).encode()
        if len(body) <= BLAME_LARGEST:
            cache.set(f"api-blame:{etag}", body, timeout=BLAME_KEPT)
    return HttpResponse(body, content_type="application/json; charset=utf-8", headers={"ETag": etag})


# --- changes -----------------------------------------------------------------------------------
@router.get("/changes", response=Page[ChangeOut], openapi_extra=BAD)
def changes(request: HttpRequest, query: Query[ChangeQuery]) -> dict[str, Any]:
    """The changes of all articles, the newest first."""
    filters = Filters(
        source=source_asked_for(query.source) if query.source is not None else None,
        kind=query.kind or "",
        after=query.since,
        language=query.language or "",
        disclosed="" if query.disclosed is None else "yes" if query.disclosed else "no",
    )
    order = [f"-{column}" for column in COLUMNS]
    return paginate(request, filters.changes(), ["-seen_at", "-id"], query, order)
