"""Our versions for those who ask by address and moment: the Memento protocol (RFC 7089).

`/timegate/ADDRESS` sends to the version that stood at the moment in Accept-Datetime (pattern 2.1, with a
redirect), `/timemap/link/ADDRESS` lists them all; pages of versions say what they are of, and since when.
"""

import re
from collections.abc import Callable
from datetime import datetime
from functools import wraps

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext

from articles import lookup
from articles.core import memento, urls
from articles.models import Article
from articles.public import hidden_with, named, not_modified, public_view, withdrawn

# Proxies and servers make one slash of two in a path.
ONE_SLASH = re.compile(r"^(https?):/+", re.IGNORECASE)
Mementos = list[tuple[str, datetime]]  # address of a version's page, when it was first seen; in order
View = Callable[[HttpRequest, Article], HttpResponse]


def of_address(view: View) -> Callable[..., HttpResponse]:
    """A view of (request, article) as one of an address at the end of the path, its query with it.

    404 in words for an address that is not followed, 410 for a hidden article.
    """

    @public_view
    @wraps(view)
    def answered(request: HttpRequest, url: str) -> HttpResponse:
        prefix = reverse(request.resolver_match.url_name, args=["-"]).removesuffix("-")
        asked = ONE_SLASH.sub(r"\1://", request.get_full_path().removeprefix(prefix))
        try:
            found = lookup.find(asked)
        except urls.BadURL as error:
            raise Http404(
                gettext("%(error)s Put a page's whole address there.") % {"error": error}
            ) from error
        article = found.article
        if article is None:
            raise Http404(gettext("Nothing is kept of this address."))
        if hidden := hidden_with(article):
            return withdrawn(request, hidden)
        if not article.version_count:
            raise Http404(gettext("This article is known, but has not been read yet."))
        return view(request, article)

    return answered


@of_address
def timegate(request: HttpRequest, article: Article) -> HttpResponse:
    """302 to the version that stood at the moment asked for; to the newest where none was asked for."""
    mementos = mementos_of(article)
    chosen = len(mementos) - 1
    if asked := request.headers.get("Accept-Datetime"):
        try:
            chosen = memento.standing([at for _, at in mementos], memento.moment(asked))
        except memento.BadMoment as error:
            response = HttpResponse(f"{error}\n", status=400, content_type="text/plain; charset=utf-8")
            patch_vary_headers(response, ["Accept-Datetime"])
            return response
    response = HttpResponse(status=302, headers={"Location": mementos[chosen][0]})
    response["Link"] = link_field(article, mementos, chosen)
    patch_vary_headers(response, ["Accept-Datetime"])
    return response


@of_address
def timemap(request: HttpRequest, article: Article) -> HttpResponse:
    """All versions of an address, each with the moment it was first seen (RFC 7089, section 5)."""
    mementos = mementos_of(article)
    etag = named("timemap", article.url, mementos)
    if unchanged := not_modified(request, etag):
        return unchanged
    links = [
        memento.Link(article.url, "original"),
        memento.Link(timegate_url(article), "timegate"),
        memento.Link(timemap_url(article), "self", mementos[0][1], mementos[-1][1], is_list=True),
        *memento.named(mementos),
    ]
    response = HttpResponse(memento.document(links), content_type=memento.FORMAT)
    response["ETag"] = etag
    return response


def mementos_of(article: Article) -> Mementos:
    """The versions that readers may see, with their pages' addresses."""
    rows = article.versions.public().order_by("number").values_list("number", "first_seen_at")
    return [(settings.BASE_URL + reverse("version", args=[article.pk, n]), at) for n, at in rows]


def timegate_url(article: Article) -> str:
    return f"{settings.BASE_URL}{reverse('timegate', args=['-']).removesuffix('-')}{article.url}"


def timemap_url(article: Article) -> str:
    return f"{settings.BASE_URL}{reverse('timemap', args=['-']).removesuffix('-')}{article.url}"


def link_field(article: Article, mementos: Mementos, chosen: int) -> str:
    """The Link field of an answer that is, or leads to, one of an article's versions."""
    first, last = mementos[0][1], mementos[-1][1]
    return memento.header(
        [
            memento.Link(article.url, "original"),
            memento.Link(timegate_url(article), "timegate"),
            memento.Link(timemap_url(article), "timemap", first, last, is_list=True),
            *memento.named(mementos, chosen),
        ]
    )


def mark(response: HttpResponse, article: Article, number: int, first_seen_at: datetime) -> HttpResponse:
    """The page of a version as the memento it is: of which address, since when, and which are beside it."""
    mementos = mementos_of(article)
    here = settings.BASE_URL + reverse("version", args=[article.pk, number])
    response["Memento-Datetime"] = memento.in_http(first_seen_at)
    response["Link"] = link_field(article, mementos, [url for url, _ in mementos].index(here))
    return response
