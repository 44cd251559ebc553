"""The door to an article: who asks for a hidden one is told it is gone, on pages and feeds alike."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from articles.models import Article

View = Callable[..., HttpResponse]


def article_view(view: View) -> View:
    """A view of (request, article, …) as one of (request, id, …), for GET and HEAD.

    404 for an article that is unknown or was never read, 410 for one that is hidden.
    """

    @require_safe
    @wraps(view)
    def opened(request: HttpRequest, id: int, **kwargs: Any) -> HttpResponse:
        article = Article.objects.select_related("source").filter(pk=id).first()
        if article is None:
            raise Http404(gettext("There is no article %(id)s here.") % {"id": id})
        if article.hidden_at:
            return render(request, "410.html", status=410)
        if not article.version_count:
            raise Http404(gettext("This article is known, but has not been read yet."))
        return view(request, article, **kwargs)

    return opened
