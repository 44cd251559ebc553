"""Which feeds there are: a page for people, and a list that feed readers import (OPML)."""

import hashlib
from collections.abc import Iterable, Iterator
from io import StringIO
from itertools import groupby

from django.conf import settings
from django.core.validators import slug_re
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext

from articles import wording
from articles.core import languages
from articles.listing import Filters
from articles.models import Source
from articles.public import not_modified, public_view
from articles.syndication import streams
from articles.syndication.formats import Xml, language_tag
from articles.syndication.streams import Stream

SOURCES = 100  # on a page
AT_A_TIME = 500  # sources in memory, and outlines in a piece of the list
SPECIFICATION = "http://opml.org/spec2.opml"


@public_view
def feeds(request: HttpRequest) -> HttpResponse:
    """Every feed there is, the sources' by the alphabet of their slugs, and what is in them."""
    after = request.GET.get("after", "")
    if after and not slug_re.fullmatch(after):
        raise Http404(gettext("?after= takes the short name of a source."))
    found = list(Source.objects.order_by("slug").filter(slug__gt=after)[: SOURCES + 1])
    shown = found[:SOURCES]
    context = {
        "sources": shown,
        "is_first": not after,
        "next": shown[-1].slug if len(found) > SOURCES else "",
        "home_url": reverse("home"),
        "opml_url": reverse("opml"),
    }
    return render(request, "articles/feeds.html", context)


@public_view
def opml(request: HttpRequest) -> HttpResponse:
    """All sources' feeds for import, in OPML 2.0, written as they are read, however many there are."""
    sources = Source.objects.only("pk", "slug", "name", "language", "url", "created_at")
    sources = sources.order_by("language", "slug")
    etag = _etag(sources)
    if answer := not_modified(request, etag):
        return answer
    response = StreamingHttpResponse(_outlines(sources), content_type="text/x-opml; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="newsdiff.opml"'
    response["ETag"] = etag
    return response


def _etag(sources: QuerySet[Source]) -> str:
    """Names the list: all that stands in it."""
    digest = hashlib.sha256(repr((settings.VERSION, settings.BASE_URL)).encode())
    for row in sources.values_list("pk", "slug", "name", "language").iterator(AT_A_TIME):
        digest.update(repr(row).encode(errors="replace"))
    return f'"{digest.hexdigest()[:32]}"'


def _outlines(sources: QuerySet[Source]) -> Iterator[str]:
    """The list in pieces: everything first, then the sources, those of a language together."""
    xml = Xml(out := StringIO())
    with xml.within("opml", {"version": "2.0"}):
        with xml.within("head"):
            xml.put("title", gettext("Feeds of newsdiff"))
            xml.put("docs", SPECIFICATION)
        with xml.within("body"):
            _outline(xml, streams.of_filters(Filters()), reverse("feed", args=["rss"]))
            for language, group in groupby(sources.iterator(AT_A_TIME), lambda source: source.language):
                with xml.within("outline", {"text": _called(language)}):
                    for piece in _in_pieces(group):
                        for source in piece:
                            address = reverse("source-feed", args=[source.slug, "rss"])
                            _outline(xml, streams.of_source(source), address)
                        yield _taken(out)
    yield _taken(out)


def _outline(xml: Xml, stream: Stream, address: str) -> None:
    """A feed's line. RSS is what OPML has words for; whoever prefers another finds it by its page."""
    language = language_tag(stream.language)
    xml.put(
        "outline",
        type="rss",
        version="RSS",
        text=stream.title,
        title=stream.title,
        description=stream.description,
        xmlUrl=settings.BASE_URL + address,
        htmlUrl=settings.BASE_URL + stream.page,
        **({"language": language} if language else {}),
    )


def _called(language: str) -> str:
    """A group's name: the language in words, with its tag where that says more."""
    primary = languages.primary(language)
    if not primary:
        return gettext("Language not known")
    name = wording.language(primary)
    return name if language == primary else f"{name} ({language})"


def _in_pieces(sources: Iterable[Source]) -> Iterator[list[Source]]:
    piece: list[Source] = []
    for source in sources:
        piece.append(source)
        if len(piece) == AT_A_TIME:
            yield piece
            piece = []
    if piece:
        yield piece


def _taken(out: StringIO) -> str:
    """What was written since this was last asked."""
    text = out.getvalue()
    out.seek(0)
    out.truncate()
    return text
