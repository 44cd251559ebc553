"""The evidence pack of a change: a file that shows years later, and without us, what two versions said."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext

from articles.evidence import packing
from articles.evidence.stating import Pair
from articles.models import Article
from articles.public import article_view, no_capture, no_version, not_modified


@article_view
def evidence(request: HttpRequest, article: Article, a: int, b: int) -> HttpResponse:
    """What versions `a` and `b` said, with their captures, to be kept and checked elsewhere.

    None of an article of which a passage is hidden, whose captures may say it anywhere.
    """
    if article.version_count >= a > b >= 1:
        return redirect("evidence", article.pk, b, a)
    if a == b:
        raise Http404(gettext("An evidence pack is of two versions; this address names one twice."))
    rows = article.versions.public().with_text().select_related("change", "snapshot__blob")
    found = {v.number: v for v in rows.defer("snapshot__blob__packed").filter(number__in={a, b})}
    if a not in found or b not in found:
        return no_version(request, article, a, b)
    if article.hidden_passages:
        return no_capture(request, article)
    pair = Pair(article, found[a], found[b])
    etag = packing.etag(pair)
    if answer := not_modified(request, etag):
        return answer
    response = HttpResponse(packing.pack(pair), content_type="application/zip", headers={"ETag": etag})
    response["Content-Disposition"] = f'attachment; filename="{packing.name(pair)}"'
    response["X-Robots-Tag"] = "noindex"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response
