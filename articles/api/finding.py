"""The endpoints that find: words, quotations, and the article under an address."""

from typing import Any

from django.http import Http404, HttpRequest
from ninja import Query, Router

from articles import lookup as addresses
from articles import searches
from articles.api.describing import BAD, BAD_OR_HIDDEN
from articles.api.paging import absolute
from articles.api.problems import bad_parameters
from articles.api.queries import LookupQuery, QuoteQuery, SearchQuery
from articles.api.rows import article_at, only_known, source_asked_for
from articles.api.schemas import HitOut, LookupOut, Page, QuoteOut
from articles.core import permalinks, quoting
from articles.core.querying import BadQuery
from articles.finding import quotes, searching

router = Router(tags=["finding"])


@router.get("/search", response=Page[HitOut], openapi_extra=BAD)
def search(request: HttpRequest, query: Query[SearchQuery]) -> dict[str, Any]:
    """Articles that have what is searched for, one hit each, the newest first. A page may be short of its
    size and yet have another."""
    only_known(request, SearchQuery)
    source = source_asked_for(query.source) if query.source is not None else None
    try:
        asked = searches.asked(query.q, query.scope, source, query.kind or "", query.since, query.until)
    except BadQuery as error:
        raise bad_parameters({"q": str(error)}) from None
    try:
        hits = searching.search(asked.search, query.cursor, query.limit)
    except Http404:
        raise bad_parameters({"cursor": "not one of this list; begin without it and follow next"}) from None
    following = None
    if hits.next:
        parameters = request.GET.copy()
        parameters["cursor"] = hits.next
        following = absolute(f"{request.path}?{parameters.urlencode()}")
    return {"items": hits.rows, "next": following}


@router.get("/quote", response=QuoteOut, openapi_extra=BAD)
def quote(request: HttpRequest, query: Query[QuoteQuery]) -> quotes.Answer:
    """In which versions of which articles a quotation stands, word by word or nearly."""
    only_known(request, QuoteQuery)
    if (query.text is None) == (query.z is None):
        raise bad_parameters(dict.fromkeys(("text", "z"), "give one of the two"))
    try:
        text = permalinks.unpacked(query.z) if query.z is not None else query.text or ""
        return quotes.trace(quoting.read(text))
    except permalinks.BadLink as error:
        raise bad_parameters({"z": str(error)}) from None
    except quoting.BadQuotation as error:
        raise bad_parameters({"text" if query.z is None else "z": str(error)}) from None


@router.get("/lookup", response=LookupOut, openapi_extra=BAD_OR_HIDDEN)
def lookup(request: HttpRequest, query: Query[LookupQuery]) -> dict[str, Any]:
    """What there is under an address: its article, or whether its site is followed."""
    only_known(request, LookupQuery)
    found = addresses.find(query.url)
    # As it is shown; or 410, also where it was merged into one that is hidden.
    article = article_at(found.article.pk) if found.article else None
    if article and article.merged_into_id:
        article = article_at(article.survivor.pk)
    return {"url": found.url, "finding": found.finding, "article": article, "sources": list(found.sources)}
