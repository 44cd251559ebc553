"""What is counted of edits, so that no page has to count: see articles/tallying.py."""

from datetime import date
from typing import Any

from django.db import models
from django.db.models import F, Value
from django.db.models.functions import Coalesce

from articles.core.figures import COUNTS, NUMBERS, Sums
from articles.models.sources import Source

COLUMNS = (*NUMBERS, *COUNTS, "most")
NO_DAY = date(1, 1, 1)  # in the index that keeps tallies apart, what stands for no day


class Tally(models.Model):
    """What was counted (`core.figures.Sums`) of a source's day; without a day, of all its days; without a
    source, of all sources. Always made anew, from what it counts, never added to."""

    source = models.ForeignKey(
        Source, null=True, on_delete=models.CASCADE, db_index=False, related_name="tallies"
    )
    day = models.DateField(null=True)  # in UTC
    articles = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    changes = models.PositiveIntegerField(default=0)
    disclosed = models.PositiveIntegerField(default=0)
    added_words = models.PositiveBigIntegerField(default=0)
    removed_words = models.PositiveBigIntegerField(default=0)
    delays = models.JSONField(default=dict)
    kinds = models.JSONField(default=dict)
    silent = models.JSONField(default=dict)
    hours = models.JSONField(default=dict)
    most = models.JSONField(default=list)

    class Meta:
        verbose_name_plural = "tallies"
        # pages, and sums over a source's days; sums of a day over the sources
        indexes = [
            models.Index(fields=["source", "day"], name="tally_source_day"),
            models.Index(fields=["day"], name="tally_day"),
        ]
        constraints = [
            models.UniqueConstraint(
                Coalesce(F("source"), Value(0)), Coalesce(F("day"), Value(NO_DAY)), name="tally_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.source or 'all sources'}, {self.day or 'all days'}"

    @property
    def sums(self) -> Sums:
        """What was counted, as the core's value."""
        return Sums(**{name: getattr(self, name) for name in COLUMNS})

    @staticmethod
    def columns(sums: Sums) -> dict[str, Any]:
        """The columns that hold these sums."""
        return {name: getattr(sums, name) for name in COLUMNS}


class Recount(models.Model):
    """A note that the tally of this source and day is to be made anew; there may be many of one.

    Written in the transaction that changes what is counted, and taken back with the tally.
    """

    source = models.ForeignKey(Source, null=True, on_delete=models.CASCADE, related_name="+")
    day = models.DateField(null=True)
    noted_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.source or 'all sources'}, {self.day or 'all days'}"
