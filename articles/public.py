"""What all answers to readers share, pages and feeds alike: how long they may be kept, and the door to an
article, where who asks for a hidden one is told that it is gone."""

import hashlib
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import get_conditional_response, patch_vary_headers
from django.utils.http import http_date
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from articles import limits
from articles.models import Article

View = Callable[..., HttpResponse]


def public_view(view: View) -> View:
    """A view as readers are answered: GET and HEAD alone, asked again before it is shown from any cache.

    Without that a cache may go on showing an article that has been hidden since. Where the view raises
    Http404 its own words are on the page; those of the framework, for addresses without a view, are not.
    What is costly is limited by visitor; who has it already, and is told so, is not counted, unless it had to
    be searched for all the same.
    """

    @require_safe
    @wraps(view)
    def answered(request: HttpRequest, **kwargs: Any) -> HttpResponse:
        kind = limits.COSTLY.get(request.resolver_match.url_name or "") if request.resolver_match else None
        if kind and (seconds := limits.wait(request, kind)):
            return too_many(request, seconds)
        try:
            response = view(request, **kwargs)
        except Http404 as error:
            response = render(request, "404.html", {"reason": str(error)}, status=404)
        if kind and kind != "search" and response.status_code == 304:
            limits.give_back(request, kind)
        response.headers.setdefault("Cache-Control", "no-cache")
        # A 304 is too short to be compressed, but stands for an answer that may have been.
        patch_vary_headers(response, ["Accept-Encoding"])
        return response

    return answered


def withdrawn(request: HttpRequest, article: Article, version: int | None = None) -> HttpResponse:
    """410 for a hidden article, or for one of its versions, with what readers are told of it.

    article  as it is shown
    """
    tombstone = article.tombstone if version is None else article.hidden_versions[version]
    shown = {"article": article, "tombstone": tombstone, "version": version}
    return render(request, "410.html", shown, status=410)


def no_version(request: HttpRequest, article: Article, *asked: int) -> HttpResponse:
    """410 where one of the versions asked for is hidden; else 404 that lists those there are."""
    hidden = [number for number in asked if number in article.hidden_versions]
    if hidden:
        return withdrawn(request, article, hidden[0])
    return render(request, "articles/unknown_version.html", {"article": article}, status=404)


def no_capture(request: HttpRequest, article: Article) -> HttpResponse:
    """410 for what holds a capture of an article with a hidden passage, which that may say anywhere."""
    context = {"article": article, "tombstone": article.hidden_passages[0], "is_capture": True}
    return render(request, "410.html", context, status=410)


def too_many(request: HttpRequest, seconds: int) -> HttpResponse:
    """429 (RFC 6585, 4), with the seconds after which to come back."""
    response = render(request, "429.html", {"seconds": seconds}, status=429)
    response["Retry-After"] = str(seconds)
    response["Cache-Control"] = "no-store"
    return response


def article_view(view: View) -> View:
    """A view of (request, article, …) as a public one of (request, id, …).

    The article is as readers may see it, and so is what is asked for by its own rows' `public`. 404 for one
    that is unknown or was never read, 410 for one that is hidden, or that was merged into one that is.
    """

    @public_view
    @wraps(view)
    def opened(request: HttpRequest, id: int, **kwargs: Any) -> HttpResponse:
        article = Article.objects.as_shown().select_related("source").filter(pk=id).first()
        if article is None:
            raise Http404(gettext("There is no article %(id)s here.") % {"id": id})
        if hidden := hidden_with(article):
            return withdrawn(request, hidden)
        if not article.version_count:
            raise Http404(gettext("This article is known, but has not been read yet."))
        return view(request, article, **kwargs)

    return opened


def hidden_with(article: Article) -> Article | None:
    """What is hidden as a whole: this article, or the one it was merged into; None where neither is."""
    if article.hidden_at:
        return article
    survivor = article.survivor
    return Article.objects.as_shown().get(pk=survivor.pk) if survivor.hidden_at else None


def one_of(request: HttpRequest, name: str, allowed: tuple[str, ...]) -> str:
    """A parameter with few values, the first being its default; 404 names them where it is another."""
    value = request.GET.get(name) or allowed[0]
    if value not in allowed:
        raise Http404(
            gettext("?%(name)s= takes one of: %(allowed)s.") % {"name": name, "allowed": ", ".join(allowed)}
        )
    return value


def named(*made_of: object) -> str:
    """An ETag, in quotes as the header has it, for what is made of these values, as their reprs tell them."""
    return f'"{hashlib.sha256(repr(made_of).encode(errors="replace")).hexdigest()[:32]}"'


def not_modified(request: HttpRequest, etag: str, modified: int | None = None) -> HttpResponse | None:
    """304 (or 412) where what the client has is what it would get; else None.

    etag      in quotes, as the header has it
    modified  seconds since 1970
    """
    answer = get_conditional_response(request, etag=etag, last_modified=modified)
    if answer is not None:
        answer["ETag"] = etag
        if modified is not None:
            answer["Last-Modified"] = http_date(modified)
    return answer
