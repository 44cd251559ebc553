"""The rows that a path or a parameter names, or the problem with it."""

from http import HTTPStatus

from django.http import HttpRequest
from ninja import Schema

from articles.api.problems import Problem, bad_parameters, hidden
from articles.models import Article, Source
from articles.public import hidden_with


def article_at(article_id: int) -> Article:
    """The article as it is shown, or Problem: 404 where there is none, 410 where it is hidden."""
    try:
        found = Article.objects.as_shown().select_related("source").get(pk=article_id)
    except Article.DoesNotExist:
        raise Problem(HTTPStatus.NOT_FOUND, f"There is no article {article_id}.") from None
    if gone := hidden_with(found):
        raise hidden(f"Article {article_id}", gone.tombstone)
    return found


def source_at(slug: str) -> Source:
    """The source that a path names, or Problem: 404."""
    try:
        return Source.objects.get(slug=slug)
    except Source.DoesNotExist:
        raise Problem(HTTPStatus.NOT_FOUND, f"No source has the slug {slug!r}.") from None


def source_asked_for(slug: str) -> Source:
    """The source that a parameter names, or what it was merged into; or Problem: 422."""
    try:
        return Source.objects.get(slug=slug).survivor
    except Source.DoesNotExist:
        raise bad_parameters({"source": "no source has this slug; see sources"}) from None


def only_known(request: HttpRequest, schema: type[Schema]) -> None:
    """Raises Problem (422) for parameters that are none of the schema's."""
    known = [field.alias or name for name, field in schema.model_fields.items()]
    if unknown := set(request.GET) - set(known):
        raise bad_parameters(dict.fromkeys(sorted(unknown), f"unknown; this takes {', '.join(known)}"))
