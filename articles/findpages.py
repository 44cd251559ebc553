"""The pages on which texts are found: a quotation in the version that said it, words in any version."""

from typing import Any

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from articles import limits, listing, searches, wording
from articles.core import permalinks, quoting
from articles.core.querying import BadQuery
from articles.core.urls import BadURL
from articles.finding import indexing, quotes, searching
from articles.ingestion import quotations
from articles.models import Source
from articles.public import public_view, too_many

PAGE = 20  # rows on a page of hits
REMEMBERED = 60  # seconds for which it is taken for so that something is not indexed yet, or that all is


@csrf_exempt  # it alters nothing: whoever makes a browser post to it makes it read a page
@require_http_methods(["GET", "HEAD", "POST"])
def quote(request: HttpRequest) -> HttpResponse:
    """What the form posts is led to the address of its answer, which GET gives; 400 where none can be.

    The form does not ask for that address itself: a browser would write a long text of many scripts into a
    first line longer than web servers take.
    """
    if request.method != "POST":
        return _quoted(request)
    if seconds := limits.wait(request, "pages"):
        return too_many(request, seconds)
    text = request.POST.get("text", "").strip()
    try:
        quoting.read(text)
    except quoting.BadQuotation as error:
        context = _form(text) | {"problem": str(error)}
        response = render(request, "articles/quote.html", context, status=400)
    else:
        address = f"{reverse('quote')}?{permalinks.query(text)}"
        response = HttpResponse(status=303, headers={"Location": address})
    response["Cache-Control"] = "no-store"
    return response


@public_view
def _quoted(request: HttpRequest) -> HttpResponse:
    """?text= (or ?z=, a long one compressed) is traced in all versions; of a page at ?url= what it quotes is.
    Without any of these the form.

    400 for what cannot be traced, 429 for who asks more often than they may.
    """
    text, packed, url = (request.GET.get(name, "").strip() for name in ("text", "z", "url"))
    context = _form(text, url)
    if not text and not packed and not url:
        return render(request, "articles/quote.html", context)
    if seconds := limits.wait(request, "search"):
        return too_many(request, seconds)
    try:
        if packed and not text:
            context["text"] = text = permalinks.unpacked(packed)
        if text:
            context |= {"answer": quotes.trace(quoting.read(text)), "query": permalinks.query(text)}
        else:
            context["quoted"] = [(one, quotes.trace(quoting.read(one))) for one in quotations.of_page(url)]
    except (quoting.BadQuotation, permalinks.BadLink) as error:
        return render(request, "articles/quote.html", context | {"problem": str(error)}, status=400)
    except quotations.NoPage as error:
        return render(request, "articles/quote.html", context | {"url_problem": str(error)}, status=400)
    except BadURL as error:
        advice = gettext("Copy the address from the browser's address bar while the page is open.")
        context["url_problem"] = f"{error} {advice}"
        return render(request, "articles/quote.html", context, status=400)
    return _noindex(render(request, "articles/quote.html", context | {"is_indexing": _is_indexing()}))


def _form(text: str, url: str = "") -> dict[str, Any]:
    lengths = {"shortest": quoting.SHORTEST, "longest": quoting.LONGEST}
    is_empty = not Source.objects.exists()
    return {"text": text, "url": url, "is_indexing": False, "nothing_is_followed": is_empty, **lengths}


@public_view
def search(request: HttpRequest) -> HttpResponse:
    """?q= in current texts, in any version, or in what changes added or removed; without it the form.

    400 for what cannot be searched for, 429 for who asks more often than they may.
    """
    context: dict[str, Any] = {name: request.GET.get(name, "").strip() for name in searches.NAMES}
    context |= {"scopes": searches.scopes(), "choices": listing.choices()}
    context["kinds"] = [(name, wording.kind_words(name)) for name in searches.kinds_of_change()]
    try:
        asked = searches.read(request.GET)
    except (BadQuery, searches.BadDay) as error:
        return render(request, "articles/search.html", context | {"problem": str(error)}, status=400)
    if asked is None:
        return render(request, "articles/search.html", context)
    if seconds := limits.wait(request, "search"):
        return too_many(request, seconds)
    key = request.GET.get("before", "")
    hits = searching.search(asked.search, key, PAGE)
    context |= {"asked": asked, "hits": hits, "is_first": not key, "is_indexing": _is_indexing()}
    context["first"] = f"{reverse('search')}?{asked.query}"
    context["elsewhere"] = [
        (words, f"{reverse('search')}?{urlencode({**asked.chosen, 'scope': scope})}")
        for scope, words in searches.scopes()
        if scope != asked.search.scope
    ]
    return _noindex(render(request, "articles/search.html", context))


def _is_indexing() -> bool:
    """Whether there are texts that are not indexed yet, and so not found."""
    found: bool = cache.get_or_set("finding:waiting", lambda: indexing.waiting().exists(), REMEMBERED)
    return found


def _noindex(response: HttpResponse) -> HttpResponse:
    response["X-Robots-Tag"] = "noindex"
    return response
