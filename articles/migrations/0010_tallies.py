"""Tallies of what was edited, and a note for each that there is something to count for: they are made from
these as soon as a process works (articles/tallying.py)."""

from datetime import UTC, date

import django.db.models.deletion
from django.db import migrations, models
from django.db.models.functions import Coalesce, TruncDate
from django.utils import timezone


def note_everything(apps, schema_editor):
    """Each source's days on which an article was found or a change seen; what they add up to follows."""
    now = timezone.now()
    Recount = apps.get_model("articles", "Recount")
    noted = set()
    for name, moment in (("Article", "first_seen_at"), ("Change", "seen_at")):
        rows = apps.get_model("articles", name).objects.annotate(on=TruncDate(moment, tzinfo=UTC))
        noted.update(rows.values_list("source", "on").distinct())
    notes = (Recount(source_id=source, day=day, noted_at=now) for source, day in sorted(noted))
    Recount.objects.bulk_create(notes, 500)


class Migration(migrations.Migration):
    dependencies = [("articles", "0009_kinds_as_rows")]

    operations = [
        migrations.CreateModel(
            name="Tally",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("day", models.DateField(null=True)),
                ("articles", models.PositiveIntegerField(default=0)),
                ("changed", models.PositiveIntegerField(default=0)),
                ("changes", models.PositiveIntegerField(default=0)),
                ("disclosed", models.PositiveIntegerField(default=0)),
                ("added_words", models.PositiveBigIntegerField(default=0)),
                ("removed_words", models.PositiveBigIntegerField(default=0)),
                ("delays", models.JSONField(default=dict)),
                ("kinds", models.JSONField(default=dict)),
                ("silent", models.JSONField(default=dict)),
                ("hours", models.JSONField(default=dict)),
                ("most", models.JSONField(default=list)),
                (
                    "source",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="tallies",
                        to="articles.source",
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "tallies",
                "indexes": [
                    models.Index(fields=["source", "day"], name="tally_source_day"),
                    models.Index(fields=["day"], name="tally_day"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        Coalesce(models.F("source"), models.Value(0)),
                        Coalesce(models.F("day"), models.Value(date(1, 1, 1))),
                        name="tally_once",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Recount",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("day", models.DateField(null=True)),
                ("noted_at", models.DateTimeField()),
                (
                    "source",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="articles.source",
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="article",
            index=models.Index(fields=["source", "first_seen_at"], name="article_source_first"),
        ),
        migrations.AddIndex(
            model_name="article",
            index=models.Index(fields=["source", "-last_checked_at"], name="article_source_looked"),
        ),
        migrations.AddIndex(
            model_name="article",
            index=models.Index(
                fields=["source"],
                name="article_source_unread",
                condition=models.Q(failures__gt=0) | models.Q(suspect_looks__gt=0),
            ),
        ),
        migrations.RunPython(note_everything, migrations.RunPython.noop),
    ]
