"""Lists in pages by key: stable while rows are added, and as quick on the last page as on the first.

A cursor holds the key of the last row shown. It is signed, so that it can only be one we made, and
salted with the table's name, so that one of another list is refused.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core import signing
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest
from ninja import Field, Schema

from articles.api.problems import bad_parameters

DEFAULT_LIMIT = 50
MAX_LIMIT = 200


class PageQuery(Schema):
    """The parameters every list takes."""

    limit: int = Field(DEFAULT_LIMIT, ge=1, le=MAX_LIMIT, description="The most items in a page.")
    cursor: str = Field("", description="Where the page begins; take it from `next`, never make one.")


def paginate(
    request: HttpRequest,
    rows: QuerySet[Any],
    key: Sequence[str],
    query: PageQuery,
    order: Sequence[str] = (),
) -> dict[str, Any]:
    """One page of `rows` as {"items": […], "next": absolute URL or None}.

    `key` names the fields to order by, "-" in front for falling; together they are unique and none is
    null. `order` names annotations that equal them, where an index has these rather. Raises Problem (422)
    for parameters the list doesn't know and for a cursor that isn't its own.
    """
    if unknown := set(request.GET) - set(type(query).model_fields):
        known = ", ".join(type(query).model_fields)
        raise bad_parameters(dict.fromkeys(sorted(unknown), f"unknown; this list takes {known}"))
    order = order or key
    rows = rows.order_by(*order)
    if query.cursor:
        rows = rows.filter(_after(order, _read_cursor(rows.model, key, query.cursor)))
    found = list(rows[: query.limit + 1])
    items = found[: query.limit]
    following = None
    if len(found) > query.limit:
        parameters = request.GET.copy()
        parameters["cursor"] = _cursor(items[-1], key)
        following = absolute(f"{request.path}?{parameters.urlencode()}")
    return {"items": items, "next": following}


def absolute(path: str) -> str:
    """The whole address of a path here. Never made of the Host a request claims: answers are cached."""
    return settings.BASE_URL + path


def _after(key: Sequence[str], values: Sequence[Any]) -> Q:
    """What lies beyond `values` in the order of `key`."""
    condition = Q()
    for name, value in reversed(list(zip(key, values, strict=True))):
        field, beyond = name.removeprefix("-"), "lt" if name.startswith("-") else "gt"
        strictly = Q(**{f"{field}__{beyond}": value})
        # The outer bound says nothing new, but lets the database enter the index at the right place.
        condition = Q(**{f"{field}__{beyond}e": value}) & (strictly | condition) if condition else strictly
    return condition


def _salt(model: type[Model]) -> str:
    return f"articles.api.cursor.{model._meta.label_lower}"


def _cursor(row: Model, key: Sequence[str]) -> str:
    values = [getattr(row, name.removeprefix("-")) for name in key]
    plain = [value.isoformat() if isinstance(value, datetime) else value for value in values]
    # Without a timestamp, unlike signing.dumps: the same page must have the same bytes and ETag.
    return signing.Signer(salt=_salt(type(row))).sign_object(plain)


def _read_cursor(model: type[Model], key: Sequence[str], cursor: str) -> list[Any]:
    try:
        plain = signing.Signer(salt=_salt(model)).unsign_object(cursor)
    except signing.BadSignature:
        raise bad_parameters({"cursor": "not one of this list; begin without it and follow next"}) from None
    fields = [model._meta.get_field(name.removeprefix("-")) for name in key]
    return [field.to_python(value) for field, value in zip(fields, plain, strict=True)]
