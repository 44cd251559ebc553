"""The rows of an export out of the database: as readers may see them, article by article.

Whatever leaves here has come out of `public`, and so what is hidden has not. Such rows are read at once, not
one after the other, so they are read a few at a time, by key: memory holds one batch of articles and one of
texts, however much there is.

Articles that were merged into others are left out, as they are of lists and figures: their pages changed
alongside, and would count twice.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from operator import attrgetter
from typing import Any

from django.db.models import Count, Exists, Max, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from articles.core.edits import sentence_edits
from articles.exports.tables import Table
from articles.models import Article, Change, Source, Version

ARTICLES_AT_A_TIME = 100
TEXTS_AT_A_TIME = 50

Row = dict[str, Any]
ById = Mapping[int, Article]


@dataclass(frozen=True, slots=True)
class Asked:
    """Which rows are asked for.

    until   only what was first seen by then
    since   if given, only versions and changes first seen then or later, and articles that have one
    source  if given, the slug of the one whose rows these are
    """

    until: datetime
    since: datetime | None = None
    source: str | None = None

    def within(self, rows: QuerySet[Any], column: str) -> QuerySet[Any]:
        """Of these rows those whose moment, by the name of its column, is asked for."""
        found = rows.filter(**{f"{column}__lte": self.until})
        return found.filter(**{f"{column}__gte": self.since}) if self.since else found


def articles(asked: Asked) -> QuerySet[Article]:
    """The articles that are asked for, in the order of an export."""
    seen = asked.within(Version.objects.public().filter(article=OuterRef("pk")), "first_seen_at")
    found = Article.objects.public().filter(Exists(seen)).select_related("source").order_by("pk")
    return found.filter(source__slug=asked.source) if asked.source else found


def batches(asked: Asked, after: int = 0, last: int | None = None) -> Iterator[list[Article]]:
    """The articles that are asked for, a batch at a time: those with keys above `after`, and up to `last`."""
    found = articles(asked)
    if last is not None:
        found = found.filter(pk__lte=last)
    while batch := list(found.filter(pk__gt=after)[:ARTICLES_AT_A_TIME]):
        yield batch
        after = batch[-1].pk


def hidings(after: int, last: int) -> str:
    """Names what is hidden of the articles with keys above `after` and up to `last`: it is another after
    anything of them was hidden, shown again, merged or parted."""
    touched = Article.objects.filter(pk__gt=after, pk__lte=last, hidings_at__isnull=False)
    moments = list(touched.order_by("pk").values_list("pk", "hidings_at"))
    return hashlib.sha256(repr(moments).encode()).hexdigest() if moments else ""


def rows(table: Table, batch: Sequence[Article], asked: Asked) -> Iterator[Row]:
    """The rows of a table that hang on these articles, in order of its key; not of `sources`."""
    for row in _READERS[table.name]({article.pk: article for article in batch}, asked):
        yield _writable(row)


def sources(asked: Asked) -> Iterator[Row]:
    """The rows of `sources`: all of them, or the one that is asked for."""
    rows = Source.objects.order_by("slug")
    if asked.source:
        rows = rows.filter(slug=asked.source)
    whole = Asked(asked.until)
    changes = whole.within(Change.objects.public().filter(source=OuterRef("pk")), "seen_at")
    counted = rows.annotate(
        article_count=_count(articles(whole).filter(source=OuterRef("pk"))), change_count=_count(changes)
    )
    for source in counted:
        yield _writable(
            {
                "slug": source.slug,
                "name": source.name,
                "url": source.url,
                "language": source.language,
                "paused": source.is_paused,
                "article_count": source.article_count,
                "change_count": source.change_count,
                "first_seen_at": source.created_at,
            }
        )


def _count(rows: QuerySet[Any]) -> Coalesce:
    """How many of `rows` the outer query's source has."""
    counted = rows.order_by().values("source").annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(counted), 0)


# --- what hangs on articles ------------------------------------------------------------------------------
def _articles(batch: ById, asked: Asked) -> Iterator[Row]:
    versions = _counted(Version.objects.public(), "first_seen_at", batch, asked)
    changes = _counted(Change.objects.public(), "seen_at", batch, asked)
    for pk, article in batch.items():
        change_count, last_changed_at = changes.get(pk, (0, None))
        yield {
            "id": pk,
            "source": article.source.slug,
            "url": article.url,
            "title": article.title,
            "language": article.language or article.source.language,
            "state": article.state,
            "version_count": versions[pk][0],
            "change_count": change_count,
            "check_count": article.check_count,
            "first_seen_at": article.first_seen_at,
            "last_checked_at": article.last_checked_at,
            "last_changed_at": last_changed_at,
        }


def _counted(
    rows: QuerySet[Any], column: str, batch: ById, asked: Asked
) -> dict[int, tuple[int, datetime | None]]:
    """How many rows articles have up to `until`, and the newest one's moment, by the articles' keys."""
    found = rows.filter(article__in=list(batch), **{f"{column}__lte": asked.until}).order_by()
    counted = found.values_list("article").annotate(Count("pk"), Max(column))
    return {pk: (count, newest) for pk, count, newest in counted}


def _versions(batch: ById, asked: Asked) -> Iterator[Row]:
    shown = Version.objects.public().with_text().filter(article__in=list(batch))
    for version in chain.from_iterable(_chunks(asked.within(shown, "first_seen_at"), "number")):
        article = batch[version.article_id]
        yield {
            "article_id": article.pk,
            "number": version.number,
            "url": article.url,
            "source": article.source.slug,
            "title": version.title,
            "standfirst": version.standfirst,
            "byline": version.byline,
            "language": version.language or article.language or article.source.language,
            "paragraphs": [{"kind": kind, "text": text} for kind, text in version.paragraphs],
            "text": "\n".join(version.texts),
            "word_count": version.word_count,
            "digest": version.digest,
            "same_as": version.same_as,
            "first_seen_at": version.first_seen_at,
            "last_seen_at": version.last_seen_at,
            "previous_seen_at": version.previous_seen_at,
            "published_claim": version.published_claim,
            "modified_claim": version.modified_claim,
            "extractor": version.extractor,
        }


def _changes(batch: ById, asked: Asked) -> Iterator[Row]:
    shown = Change.objects.public().filter(article__in=list(batch)).select_related("old", "new")
    light = shown.defer("old__packed", "new__packed")
    for change in chain.from_iterable(_chunks(asked.within(light, "seen_at"), "new__number")):
        article = batch[change.article_id]
        yield {
            "id": change.pk,
            "article_id": article.pk,
            "source": article.source.slug,
            "url": article.url,
            "old_number": change.old.number,
            "new_number": change.new.number,
            "seen_at": change.seen_at,
            "previous_seen_at": change.new.previous_seen_at,
            "kinds": [name for name, _ in change.kinds],
            "reasons": [reason for _, reason in change.kinds],
            "weight": change.weight,
            "added_words": change.added_words,
            "removed_words": change.removed_words,
            "disclosed": change.disclosed,
            "language": change.language,
        }


def _edits(batch: ById, asked: Asked) -> Iterator[Row]:
    shown = Change.objects.public().filter(article__in=list(batch)).select_related("new")
    light = shown.only("article", "old", "seen_at", "language", "new__article", "new__number")
    for changes in _chunks(asked.within(light, "seen_at"), "new__number"):
        ends = [pk for change in changes for pk in (change.old_id, change.new_id)]
        texts = Version.objects.public().with_text().in_bulk(ends)
        for change in changes:
            old, new = texts[change.old_id], texts[change.new_id]
            yield from _edits_of(change, old, new, batch[change.article_id].source.slug)


def _edits_of(change: Change, old: Version, new: Version, source: str) -> Iterator[Row]:
    for edit in sentence_edits(old.texts, new.texts, language=change.language):
        yield {
            "article_id": change.article_id,
            "source": source,
            "old_number": old.number,
            "new_number": new.number,
            "seen_at": change.seen_at,
            "action": str(edit.action),
            "old_text": edit.old,
            "new_text": edit.new,
            "old_paragraph": edit.old_paragraph,
            "new_paragraph": edit.new_paragraph,
            "old_sentence": edit.old_sentence,
            "new_sentence": edit.new_sentence,
            "likeness": edit.likeness,
            "language": change.language,
        }


_READERS: dict[str, Callable[[ById, Asked], Iterator[Row]]] = {
    "articles": _articles,
    "versions": _versions,
    "changes": _changes,
    "edits": _edits,
}


def _chunks(rows: QuerySet[Any], column: str) -> Iterator[list[Any]]:
    """Rows by article and, within it, by a column that no two of its rows share; so many at a time."""
    place = attrgetter(column.replace("__", "."))
    ordered = rows.order_by("article_id", column)
    after = Q()
    while found := list(ordered.filter(after)[:TEXTS_AT_A_TIME]):
        yield found
        article, last = found[-1].article_id, place(found[-1])
        after = Q(article__gt=article) | Q(article=article, **{f"{column}__gt": last})


def _writable(row: Row) -> Row:
    """The row with texts that can be written as UTF-8: what stands for no character becomes U+FFFD."""
    return {name: _encodable(value) for name, value in row.items()}


def _encodable(value: Any) -> Any:
    if isinstance(value, str):
        try:
            value.encode()
        except UnicodeEncodeError:
            return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    elif isinstance(value, list):
        return [_encodable(one) for one in value]
    elif isinstance(value, dict):
        return _writable(value)
    return value
