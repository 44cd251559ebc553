"""Keeps the numbers by which texts are found.

A new version's are worked out before its transaction and stored in it, beside the version: nothing that is
stored is ever not found, and a look that brings no version costs nothing. Where versions are read anew,
or were stored before there was an index, their article's numbers are made anew from them.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, models, transaction
from django.db.models import Q, QuerySet

from articles.core import terms
from articles.core.languages import primary
from articles.finding.texts import Text, differing, exchanged, lines_of
from articles.models import Article, ArticleTerms, ChangeTerms, Version
from articles.models.finding import full_text_table, token

BATCH = 200  # articles that are chosen at once


@dataclass(frozen=True, slots=True)
class Numbers:
    """What a version is found by: the numbers of its text, and of what came and went with it."""

    language: str  # without its region
    text: frozenset[int]
    step: frozenset[int] = frozenset()


def numbers_of(old: Text | None, new: Text, language: str) -> Numbers:
    """Of a version that came after `old` (None: the first); `language` is a tag of BCP 47."""
    return Numbers(
        primary(language),
        text=frozenset(terms.of_text(lines_of(new), language)),
        step=_step(lines_of(old), lines_of(new), language) if old else frozenset(),
    )


def store(article: int, at: datetime, numbers: Numbers, change: int | None = None) -> None:
    """Adds a version's numbers to its article's, and keeps those of its change; both by their keys.

    Call it in the transaction that stores the version, which has locked the article.
    """
    known = ArticleTerms.objects.filter(pk=article).first()
    if known and known.made_by != terms.MADE_BY:
        return  # it is waiting, and all of it will be indexed
    if known is None and _has_earlier(article):
        _put(ArticleTerms, article, None, frozenset(), at=at, language=numbers.language, made_by=0)
        return
    text = numbers.text | known.terms if known else numbers.text
    _put(ArticleTerms, article, known, text, at=at, language=numbers.language, made_by=terms.MADE_BY)
    if change is not None:
        _put(ChangeTerms, change, None, numbers.step, at=at)


def add(rows: Sequence[ArticleTerms] | Sequence[ChangeTerms]) -> None:
    """Writes many new rows of one kind, and what they are found by."""
    if not rows:
        return
    model = type(rows[0])
    model._default_manager.bulk_create(rows, BATCH)
    if connection.vendor == "sqlite":
        for row in rows:
            _put_full_text(full_text_table(model), row.pk, None, row.terms)


def refresh(article: int) -> None:
    """Makes an article's numbers anew from its versions, and those of its changes.

    Call it in the transaction that alters them, which has locked the article.
    """
    found = Article.objects.select_related("source").get(pk=article)
    versions = found.versions.select_related(None).prefetch_related("base").order_by("number")
    texts: set[int] = set()
    newest: Version | None = None
    spoken = ""
    steps: dict[int, frozenset[int]] = {}
    for version in versions:
        language = version.language or found.language or found.source.language
        numbers = numbers_of(newest, version, language)
        texts |= numbers.text
        spoken = numbers.language
        steps[version.pk] = numbers.step
        newest = version
    if newest is None:
        return
    known = ArticleTerms.objects.filter(pk=article).first()
    columns = {"at": newest.first_seen_at, "language": spoken, "made_by": terms.MADE_BY}
    _put(ArticleTerms, article, known, texts, **columns)
    changes = found.changes.select_related("terms")
    for change in changes:
        _put(ChangeTerms, change.pk, getattr(change, "terms", None), steps[change.new_id], at=change.seen_at)


def waiting() -> QuerySet[Article]:
    """Articles that are not indexed, or by other rules than today's; in no order.

    An article has its row of numbers from its first version on, so that these are found by an index.
    """
    others = Q(terms__made_by__lt=terms.MADE_BY) | Q(terms__made_by__gt=terms.MADE_BY)
    return Article.objects.filter(others)


def catch_up(seconds: float | None = None) -> int:
    """Indexes what is waiting, for about so many seconds or until nothing is; returns how many articles."""
    until = None if seconds is None else time.monotonic() + seconds
    done = 0
    rows = waiting().order_by("-pk").values_list("pk", flat=True)
    pks = list(rows[:BATCH])
    while pks:
        for pk in pks:
            if until is not None and time.monotonic() > until:
                return done
            index(pk)
            done += 1
        pks = list(rows.filter(pk__lt=pks[-1])[:BATCH])
    return done


def index(article: int) -> None:
    """Indexes an article in a transaction of its own, in which no worker adds a version to it."""
    with transaction.atomic():
        locked = Article.objects.filter(pk=article)
        if connection.features.has_select_for_update:
            locked = locked.select_for_update()
        if locked.exists():
            refresh(article)


def _has_earlier(article: int) -> bool:
    return Version.objects.filter(article=article, number__gt=1).exists()


def _step(old: Sequence[str], new: Sequence[str], language: str) -> frozenset[int]:
    """The numbers of what came; those of what went, below zero.

    Of the texts as they are stored. Where a passage is hidden the lines that readers see may be paired
    otherwise, and what only moves by that is not found.
    """
    pairs = ((exchange.gone, exchange.fresh) for exchange in exchanged(*differing(old, new)))
    came, went = terms.of_change(pairs, language)
    return frozenset(came | {-number for number in went})


def _put(
    model: type[models.Model], pk: int, known: Any, numbers: set[int] | frozenset[int], **columns: Any
) -> None:
    """Writes a row and what it is found by. `known` is the row as it is, or None where there is none."""
    if known is None:
        model(pk=pk, terms=numbers, **columns).save(force_insert=True)
    elif known.terms == numbers:
        model.objects.filter(pk=pk).update(**columns)  # its index need not be written
    else:
        model.objects.filter(pk=pk).update(terms=numbers, **columns)
    if connection.vendor == "sqlite" and (known is None or known.terms != numbers):
        _put_full_text(full_text_table(model), pk, known.terms if known and known.terms else None, numbers)


def _put_full_text(table: str, pk: int, old: frozenset[int] | None, new: set[int] | frozenset[int]) -> None:
    """SQLite's full-text table keeps no texts of its own: what is taken back must be said again."""
    with connection.cursor() as cursor:
        if old is not None:
            delete = f"INSERT INTO {table} ({table}, rowid, terms) VALUES ('delete', %s, %s)"  # noqa: S608
            cursor.execute(delete, [pk, _tokens(old)])
        cursor.execute(f"INSERT INTO {table} (rowid, terms) VALUES (%s, %s)", [pk, _tokens(new)])  # noqa: S608


def _tokens(numbers: set[int] | frozenset[int]) -> str:
    return " ".join(map(token, sorted(numbers)))
