"""Emptying the database after a test that needs real transactions, in a tenth of the time Django takes for it.

Django cuts off every table, which makes PostgreSQL write a new file for each, and then makes the content types,
permissions and roles anew one by one, as after a migration. Here rows are deleted, there being few, and those that
a migration leaves are kept from the first time on and written back.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest
from django.core.management.commands import flush
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.postgresql.operations import DatabaseOperations
from django.db.transaction import atomic

Rows = dict[str, tuple[list[str], list[tuple[Any, ...]]]]  # by table: its columns, and what stands in them


@contextmanager
def quick_emptying() -> Iterator[None]:
    """While it lasts, Django's flush deletes and writes back."""
    kept: Rows = {}
    as_after_a_migration = flush.emit_post_migrate_signal
    cut_off = DatabaseOperations.sql_flush

    def delete(
        self: DatabaseOperations,
        style: object,
        tables: Sequence[str],
        *,
        reset_sequences: bool = False,
        **given: Any,
    ) -> list[str]:
        if reset_sequences:  # after which keys begin at 1 again
            kept.clear()  # those of what a migration leaves, too
            statements: list[str] = cut_off(self, style, tables, reset_sequences=reset_sequences, **given)
            return statements
        return [f"DELETE FROM {self.quote_name(table)}" for table in tables]

    def put_back(verbosity: int, interactive: bool, db: str, **given: Any) -> None:
        if not kept:
            as_after_a_migration(verbosity, interactive, db, **given)
            kept.update(_rows_of(connections[db]))
        else:
            _write(connections[db], kept)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(flush, "emit_post_migrate_signal", put_back)
        patch.setattr(DatabaseOperations, "sql_flush", delete)
        yield


def _rows_of(connection: BaseDatabaseWrapper) -> Rows:
    """All tables of models that are not empty, with what is in them."""
    rows: Rows = {}
    with connection.cursor() as cursor:
        for table in connection.introspection.django_table_names(only_existing=True, include_views=False):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            if found := cursor.fetchall():
                rows[table] = ([column[0] for column in cursor.description], found)
    return rows


def _write(connection: BaseDatabaseWrapper, rows: Rows) -> None:
    """Whatever the order of tables: foreign keys are looked at when the transaction ends."""
    quote = connection.ops.quote_name
    with atomic(using=connection.alias), connection.cursor() as cursor:
        for table, (columns, found) in rows.items():
            row = f"({', '.join(['%s'] * len(columns))})"
            for some in _by(100, found):
                cursor.execute(
                    f"INSERT INTO {quote(table)} ({', '.join(map(quote, columns))})"
                    f" VALUES {', '.join([row] * len(some))}",
                    [value for values in some for value in values],
                )


def _by(number: int, rows: Sequence[tuple[Any, ...]]) -> Iterator[Sequence[tuple[Any, ...]]]:
    for start in range(0, len(rows), number):
        yield rows[start : start + number]
