"""Fills an empty database, in as many processes as are given.

What each process writes is settled beforehand, keys included, so that any number of them makes the same rows.
"""

import math
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from datetime import datetime
from functools import lru_cache
from itertools import pairwise
from multiprocessing import get_context

from django.apps import apps
from django.db import connection, transaction

from articles import tallying
from articles.models import (
    Article,
    ArticleTerms,
    Change,
    ChangeTerms,
    Check,
    Host,
    Snapshot,
    Source,
    Version,
)
from tests.benchmarks.seeding import reports, set_up
from tests.benchmarks.seeding.rows import Keys, Shelf, follow_on, keys_of

AT_ONCE = 250  # articles a transaction, at most
FOUND_BY = (ArticleTerms, ChangeTerms)


class NotEmpty(Exception):
    """The database holds something; says what."""


def fill(
    articles: int, seed: int, until: datetime, processes: int, told: Callable[[int], None]
) -> dict[str, int]:
    """Fills the database that Django is set up for, which must be migrated and empty.

    Nothing in it happens after `until`; `told` is given how many articles are written, now and then.
    Returns how many rows there are, by table. Raises NotEmpty.
    """
    _refuse_what_is_there()
    plans = [reports.plan(seed, number) for number in range(articles)]
    keys = list(keys_of(plans))
    plant_sources()
    at_once = min(AT_ONCE, math.ceil(articles / processes))
    ends = [*range(0, articles, at_once), articles]
    parts = [(plans[a:b], keys[a:b], seed, articles, until) for a, b in pairwise(ends)]
    written = 0
    with _indexed_in_the_end():
        for count in _each(parts, processes):
            written += count
            told(written)
    models = (Article, Version, Change, Snapshot, Check)
    for model, following in zip(models, keys[-1], strict=True):
        follow_on(model, following - 1)
    for source in Source.objects.order_by("pk"):
        tallying.note_everything(source.pk)
    tallying.settle()
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")
    return {
        model._meta.verbose_name_plural: model._default_manager.count()
        for model in apps.get_app_config("articles").get_models()
        if model._default_manager.exists()
    }


def _refuse_what_is_there() -> None:
    for model in apps.get_app_config("articles").get_models():
        if model._default_manager.exists():
            name = connection.settings_dict["NAME"]
            raise NotEmpty(f"The database {name} holds {model._meta.verbose_name_plural}: give an empty one.")


def plant_sources() -> None:
    """Writes the sources, none of which has a feed."""
    outlets = reports.outlets()
    Host.objects.bulk_create(Host(pk=one.rank, authority=one.authority, scheme="https") for one in outlets)
    Source.objects.bulk_create(
        Source(pk=one.rank, name=one.name, slug=f"gazette-{one.rank}", url=f"https://{one.authority}/",
               language=one.tongue.code)
        for one in outlets
    )  # fmt: skip
    for model in (Host, Source):
        follow_on(model, len(outlets))


@contextmanager
def _indexed_in_the_end() -> Iterator[None]:
    """PostgreSQL sorts a whole table's numbers at once in a fraction of the time it takes row by row."""
    if connection.vendor != "postgresql":
        yield
        return
    names = [f"{model._meta.db_table}_found" for model in FOUND_BY]
    with connection.cursor() as cursor:
        cursor.execute("SELECT indexname, indexdef FROM pg_indexes WHERE indexname = ANY(%s)", [names])
        found = dict(cursor.fetchall())
        for name in names:
            cursor.execute(f"DROP INDEX {name}")
    yield
    with connection.cursor() as cursor:
        cursor.execute("SET maintenance_work_mem = '1GB'")
        for name in names:
            cursor.execute(found[name])
        cursor.execute("RESET maintenance_work_mem")


Part = tuple[Sequence[reports.Plan], Sequence[Keys], int, int, datetime]


def _each(parts: list[Part], processes: int) -> Iterator[int]:
    """Writes the parts, and yields how many articles each was."""
    if processes == 1:
        yield from map(_plant, parts)
        return
    connection.close()  # no process takes over another's
    with ProcessPoolExecutor(processes, get_context("spawn"), initializer=set_up) as pool:
        for done in as_completed([pool.submit(_plant, part) for part in parts]):
            yield done.result()


def _plant(part: Part) -> int:
    plans, keys, seed, articles, until = part
    sources, outlets = _sources(os.getpid())
    shelf = Shelf()
    for planned, first in zip(plans, keys, strict=True):
        report = reports.report(seed, planned, articles, outlets, until)
        shelf.add(report, first, sources[report.outlet.rank], report.outlet.rank)
    with transaction.atomic():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL synchronous_commit = off")  # what a crash takes is made again
        shelf.write()
    return len(plans)


@lru_cache(maxsize=1)
def _sources(process: int) -> tuple[dict[int, Source], list[reports.Outlet]]:
    return Source.objects.in_bulk(), reports.outlets()
