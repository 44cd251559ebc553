"""Reading many rows as they are at one moment."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction


@contextmanager
def at_one_moment() -> Iterator[None]:
    """What is read within is the database as it is at one moment, whatever others write meanwhile.

    Nobody is kept from writing. Inside of a transaction nothing is added to what that gives.
    """
    if connection.in_atomic_block:
        yield
    elif connection.vendor == "postgresql":
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
                # a long history is worked on for longer than other transactions may wait
                cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
            yield
    else:
        # our transactions on SQLite begin by taking the lock for writing: this one never takes it
        with connection.cursor() as cursor:
            cursor.execute("BEGIN DEFERRED")
            try:
                yield
            finally:
                cursor.execute("ROLLBACK")
