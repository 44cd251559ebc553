"""The kinds of changes as rows that are asked by index; the languages of changes; room for cosmetic changes."""

import django.db.models.deletion
from django.db import migrations, models

from articles.core import languages

AT_ONCE = 1_000  # changes read, and written in a few statements


def fill(apps, schema_editor):
    """The language and the rows of every change there is, as `Change.save` keeps them."""
    Change = apps.get_model("articles", "Change")
    shown = Change.objects.select_related("article", "new", "source").only(
        *("kinds", "seen_at", "weight", "disclosed"),
        *("article__language", "new__language", "source__language"),
    )
    batch = []
    for change in shown.order_by("pk").iterator(chunk_size=AT_ONCE):
        change.language = languages.primary(
            change.new.language or change.article.language or change.source.language
        )
        batch.append(change)
        if len(batch) == AT_ONCE:
            _store(apps, batch)
            batch = []
    _store(apps, batch)


def _store(apps, changes):
    Change, ChangeKind = apps.get_model("articles", "Change"), apps.get_model("articles", "ChangeKind")
    by_language = {}
    for change in changes:
        by_language.setdefault(change.language, []).append(change.pk)
    for language, ids in by_language.items():
        if language:
            Change.objects.filter(pk__in=ids).update(language=language)
    ChangeKind.objects.bulk_create(
        (
            ChangeKind(
                change=change,
                name=name,
                source_id=change.source_id,
                language=change.language,
                disclosed=change.disclosed,
                seen_at=change.seen_at,
                weight=change.weight,
            )
            for change in changes
            for name in dict.fromkeys(name for name, _ in change.kinds)
        ),
        batch_size=AT_ONCE,
    )


class Migration(migrations.Migration):
    dependencies = [("articles", "0008_packed_texts")]

    operations = [
        migrations.AddField(
            model_name="change", name="language", field=models.CharField(blank=True, max_length=8, default=""),
            preserve_default=False,
        ),
        migrations.AddIndex(
            model_name="change",
            index=models.Index(fields=["language", "-seen_at", "-id"], name="change_language_newest"),
        ),
        migrations.AddIndex(
            model_name="change",
            index=models.Index(fields=["-weight", "-id"], name="change_weightiest"),
        ),
        migrations.AddIndex(
            model_name="change",
            index=models.Index(fields=["source", "-weight", "-id"], name="change_source_weightiest"),
        ),
        migrations.AddIndex(
            model_name="change",
            index=models.Index(fields=["language", "-weight", "-id"], name="change_language_weightiest"),
        ),
        migrations.CreateModel(
            name="ChangeKind",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "change",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="kind_rows",
                        to="articles.change",
                    ),
                ),
                ("name", models.CharField(max_length=12)),
                (
                    "source",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="articles.source",
                    ),
                ),
                ("language", models.CharField(blank=True, max_length=8)),
                ("disclosed", models.BooleanField()),
                ("seen_at", models.DateTimeField()),
                ("weight", models.FloatField()),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=["change", "name"], name="change_kind")],
                "indexes": [
                    models.Index(fields=["name", "-seen_at", "-change"], name="kind_newest"),
                    models.Index(fields=["name", "source", "-seen_at", "-change"], name="kind_source_newest"),
                    models.Index(fields=["name", "-weight", "-change"], name="kind_weightiest"),
                    models.Index(fields=["name", "source", "-weight", "-change"], name="kind_source_weightiest"),
                ],
            },
        ),
        migrations.CreateModel(
            name="CosmeticChange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "article",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="cosmetic_changes",
                        to="articles.article",
                    ),
                ),
                (
                    "source",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="articles.source",
                    ),
                ),
                (
                    "version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="cosmetic_changes",
                        to="articles.version",
                    ),
                ),
                ("seen_at", models.DateTimeField()),
                ("language", models.CharField(blank=True, max_length=8)),
                ("reason", models.CharField(blank=True, max_length=200)),
                ("excerpt", models.JSONField(default=list)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["-seen_at", "-id"], name="cosmetic_newest"),
                    models.Index(fields=["source", "-seen_at", "-id"], name="cosmetic_source_newest"),
                    models.Index(fields=["article", "-seen_at", "-id"], name="cosmetic_article_newest"),
                ],
            },
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
