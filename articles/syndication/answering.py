"""A feed asked for: its page by key (RFC 5005, 3), written out, or told to be what the reader has already."""

from datetime import datetime, timedelta
from urllib.parse import urlencode

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.http import http_date
from django.utils.translation import gettext

from articles import paging, searches
from articles.core import permalinks, quoting
from articles.core.querying import BadQuery
from articles.listing import COLUMNS, Filters
from articles.models import Article, Source
from articles.public import article_view, named, not_modified, public_view
from articles.syndication import entries, streams
from articles.syndication.formats import FORMATS, Feed
from articles.syndication.streams import Stream

ENTRIES = 50
SETTLING = timedelta(seconds=60)  # how long after its moment a change may still be committed


@public_view
def everything(request: HttpRequest, format: str) -> HttpResponse:
    """The changes of all sources; of those that fit where the address has the first page's filters."""
    filters = Filters.read(request.GET)
    if filters.kind == "cosmetic":
        raise Http404(gettext("Changes of typography alone have no feed: ?kind= takes any other kind here."))
    return _answer(request, streams.of_filters(filters), format)


@public_view
def source(request: HttpRequest, slug: str, format: str) -> HttpResponse:
    """The changes of one source's articles."""
    found = Source.objects.filter(slug=slug).first()
    if found is None:
        raise Http404(gettext("There is no source of this name here."))
    if found.survivor != found:
        return redirect("source-feed", found.survivor.slug, format, permanent=True)
    return _answer(request, streams.of_source(found), format)


@article_view
def article(request: HttpRequest, article: Article, format: str) -> HttpResponse:
    """The changes of one article; of one that was merged into another, that one's."""
    if article.merged_into_id:
        return redirect("article-feed", article.survivor.pk, format, permanent=True)
    return _answer(request, streams.of_article(article), format)


@public_view
def search(request: HttpRequest, format: str) -> HttpResponse:
    """The changes with which what is searched for came or went, as ?scope= has it."""
    try:
        asked = searches.read(request.GET)
    except (BadQuery, searches.BadDay) as error:
        raise Http404(str(error)) from error
    if asked is None:
        raise Http404(gettext("?q= takes the words that the feed is to tell of."))
    key = request.GET.get("before", "")
    return _answer(request, streams.of_search(asked, key, ENTRIES + 1), format)


@public_view
def quote(request: HttpRequest, format: str) -> HttpResponse:
    """The changes with which a quotation, ?text= or ?z=, came into an article, or went."""
    text, packed = (request.GET.get(name, "").strip() for name in ("text", "z"))
    try:
        text = text or (permalinks.unpacked(packed) if packed else "")
        quotation = quoting.read(text)
    except (quoting.BadQuotation, permalinks.BadLink) as error:
        raise Http404(str(error)) from error
    return _answer(request, streams.of_quotation(text, quotation), format)


def _answer(request: HttpRequest, stream: Stream, format: str) -> HttpResponse:
    # What names the page, and no more: most are asked for by readers that have them already.
    keys = stream.changes.values_list("pk", "seen_at", "source__name", named=True)
    page = paging.page(keys, "seen_at", request.GET.get("before", ""), ENTRIES, columns=COLUMNS)
    hidings_at = stream.hidings_at()
    about = (settings.VERSION, entries.RENDERING, settings.BASE_URL, request.get_full_path(), stream)
    made_of = [(key.pk, key.source__name) for key in page.rows]
    etag = named(*about, hidings_at, made_of, page.next)
    newest = page.rows[0].seen_at if page.rows else stream.since
    modified = int(_modified(newest, hidings_at, timezone.now()).timestamp())
    if answer := not_modified(request, etag, modified):
        return answer
    written = FORMATS[format]
    body = written.write(_feed(request, stream, page, newest))
    headers = {"ETag": etag, "Last-Modified": http_date(modified)}
    return HttpResponse(body, content_type=written.content_type, headers=headers)


def _modified(newest: datetime, hidings_at: datetime | None, now: datetime) -> datetime:
    """When a feed was last altered, and never earlier: some readers send nothing but If-Modified-Since.

    It alters with a new change, and when something is hidden or shown again, or an article merged into
    another. A change is committed a little after the moment it bears, and others of the same second may
    follow it: until that has settled, the feed counts as altered just now.
    """
    return min(now, max(newest, hidings_at or newest) + SETTLING)


def _feed(request: HttpRequest, stream: Stream, page: paging.Page, newest: datetime) -> Feed:
    base = settings.BASE_URL
    shown = entries.of_changes([key.pk for key in page.rows])
    if not page.next:
        shown.append(entries.tracked(stream))
    following = "&".join(filter(None, [stream.query, urlencode({"before": page.next})]))
    return Feed(
        id=streams.tag(stream.name),
        title=stream.title,
        description=stream.description,
        page=base + stream.page,
        address=base + request.get_full_path(),
        next=f"{base}{request.path}?{following}" if page.next else "",
        author=stream.author,
        language=stream.language,
        updated=newest,
        entries=shown,
    )
