"""What the index knows: which articles share words with a text, the same of PostgreSQL and of SQLite."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from django.db import connection, transaction

from articles.models import ArticleTerms
from articles.models.finding import full_text_table, match

MOST = 300  # articles that are named for one number: of one that so many share, more tell nothing


@contextmanager
def by_index() -> Iterator[None]:
    """For what is asked of numbers within: PostgreSQL goes by their index.

    It does not know how many rows have a number, nor what it costs to read the numbers of a row, and would
    go through all of them where it takes the index for no cheaper.
    """
    if connection.vendor != "postgresql":
        yield
        return
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        try:
            yield
        finally:
            if not connection.needs_rollback:
                cursor.execute("SET LOCAL enable_seqscan = on")


def sharing(numbers: Sequence[int]) -> list[tuple[int, int]]:
    """(number, article) for each of these numbers of `core.terms` and up to MOST articles that have it."""
    if not numbers:
        return []
    found = _from_arrays if connection.vendor == "postgresql" else _from_full_text
    with by_index():
        return found(numbers)


def _from_arrays(numbers: Sequence[int]) -> list[tuple[int, int]]:
    named = f"SELECT article_id FROM {ArticleTerms._meta.db_table} WHERE terms @> ARRAY[number] LIMIT {MOST}"  # noqa: S608
    sql = f"SELECT number, article_id FROM unnest(%s::integer[]) AS number, LATERAL ({named}) AS named"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(sql, [list(numbers)])
        return list(cursor.fetchall())


def _from_full_text(numbers: Sequence[int]) -> list[tuple[int, int]]:
    table = full_text_table(ArticleTerms)
    sql = f"SELECT rowid FROM {table} WHERE {table} MATCH %s LIMIT {MOST}"  # noqa: S608
    found = []
    with connection.cursor() as cursor:
        for number in numbers:
            cursor.execute(sql, [match([[number]])])
            found += [(number, article) for (article,) in cursor.fetchall()]
    return found
