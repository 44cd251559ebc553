"""By what texts are found: the numbers of core.terms, for each article and for each change.

Made of the versions, and made anew from them where they are read anew (articles/finding/indexing.py). On
PostgreSQL the numbers are an array of integers under a GIN index; on SQLite they lie packed in their row, for
taking them back, and in a full-text index (FTS5) beside it, which the migration makes and whose rows have the
keys of these.
"""

from array import array
from collections.abc import Collection
from typing import Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

from articles.models.articles import Article
from articles.models.versions import Change

Groups = Collection[Collection[int]]  # of each one number at least


class TermsField(models.Field):
    """A set of integers of 32 bits with a sign."""

    def db_type(self, connection: BaseDatabaseWrapper) -> str:
        return "integer[]" if connection.vendor == "postgresql" else "blob"

    def get_db_prep_value(self, value: Any, connection: BaseDatabaseWrapper, prepared: bool = False) -> Any:
        if value is None:
            return None
        return sorted(value) if connection.vendor == "postgresql" else array("i", sorted(value)).tobytes()

    def from_db_value(self, value: Any, expression: Any, connection: BaseDatabaseWrapper) -> Any:
        if value is None:
            return None
        return frozenset(value if connection.vendor == "postgresql" else array("i", bytes(value)))


@TermsField.register_lookup
class Has(models.Lookup):
    """`terms__has=groups`: rows that have, of each group, one number at least. Read off the index alone."""

    lookup_name = "has"
    prepare_rhs = False

    def get_db_prep_lookup(self, value: Groups, connection: BaseDatabaseWrapper) -> tuple[str, list[Any]]:
        return "%s", [value]

    def as_postgresql(self, compiler: Any, connection: BaseDatabaseWrapper) -> tuple[str, list[Any]]:
        column, _ = self.process_lhs(compiler, connection)
        single = [number for group in self.rhs if len(group) == 1 for number in group]
        clauses, params = ([f"{column} @> %s::integer[]"], [single]) if single else ([], [])
        for group in self.rhs:
            if len(group) > 1:
                clauses.append(f"{column} && %s::integer[]")
                params.append(list(group))
        return f"({' AND '.join(clauses)})", params

    def as_sqlite(self, compiler: Any, connection: BaseDatabaseWrapper) -> tuple[str, list[Any]]:
        model = self.lhs.field.model
        key = f'"{self.lhs.alias}"."{model._meta.pk.column}"'
        table = connection.ops.quote_name(full_text_table(model))
        return f"{key} IN (SELECT rowid FROM {table} WHERE {table} MATCH %s)", [match(self.rhs)]  # noqa: S608


def full_text_table(model: type[models.Model]) -> str:
    """The full-text table that stands beside a model's on SQLite."""
    return f"{model._meta.db_table}_found"


def token(number: int) -> str:
    """A number as a word of that table."""
    return f"{number:x}".replace("-", "n")


def match(groups: Groups) -> str:
    """A full-text query for rows with one number at least of each group."""
    alternatives = (" OR ".join(f'"{token(number)}"' for number in group) for group in groups)
    return " AND ".join(f"({group})" for group in alternatives)


class ArticleTerms(models.Model):
    """All numbers of all versions of an article."""

    article = models.OneToOneField(Article, on_delete=models.CASCADE, primary_key=True, related_name="terms")
    at = models.DateTimeField()  # when its newest version was first seen: lists are ordered by it
    language = models.CharField(max_length=8, blank=True)  # without its region, as of the newest version
    made_by = models.PositiveSmallIntegerField()  # terms.MADE_BY; 0 where they have never been made
    terms = TermsField()

    class Meta:
        verbose_name_plural = "article terms"
        indexes = [
            # the search: which languages are there?
            models.Index(fields=["language"], name="terms_language"),
            # indexing: what is not made by today's rules?
            models.Index(fields=["made_by"], name="terms_made_by"),
        ]

    def __str__(self) -> str:
        return f"Terms of article {self.article_id}"


class ChangeTerms(models.Model):
    """The numbers of what came with a change (`core.terms.of_change`); of what went, below zero."""

    change = models.OneToOneField(Change, on_delete=models.CASCADE, primary_key=True, related_name="terms")
    at = models.DateTimeField()  # Change.seen_at
    terms = TermsField()

    class Meta:
        verbose_name_plural = "change terms"

    def __str__(self) -> str:
        return f"Terms of change {self.change_id}"
