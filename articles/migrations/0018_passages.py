import django.db.models.deletion
from django.db import migrations, models

import articles.models.finding

TABLES = ("articles_articleterms", "articles_changeterms")


def add_indexes(apps, schema_editor):
    """The indexes that texts are found by: GIN on PostgreSQL, full text on SQLite."""
    for table in TABLES:
        if schema_editor.connection.vendor == "postgresql":
            # Numbers do not compress. Nobody needs to know how they are spread: they are only ever asked
            # for through the index, and to count those of a sample of rows takes ANALYZE minutes.
            schema_editor.execute(
                f"ALTER TABLE {table} ALTER terms SET STORAGE EXTERNAL, ALTER terms SET STATISTICS 0"
            )
            # Without a list of what is not sorted in yet, which each search would go through.
            schema_editor.execute(f"CREATE INDEX {table}_found ON {table} USING gin (terms) WITH (fastupdate = off)")
        else:
            schema_editor.execute(
                f"CREATE VIRTUAL TABLE {table}_found USING fts5"
                "(terms, content='', detail='none', columnsize=0, tokenize='ascii')"
            )


def drop_indexes(apps, schema_editor):
    for table in TABLES:
        if schema_editor.connection.vendor == "sqlite":
            schema_editor.execute(f"DROP TABLE {table}_found")


class Migration(migrations.Migration):
    dependencies = [("articles", "0017_drafts")]

    operations = [
        migrations.CreateModel(
            name="ArticleTerms",
            fields=[
                (
                    "article",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="terms",
                        serialize=False,
                        to="articles.article",
                    ),
                ),
                ("at", models.DateTimeField()),
                ("language", models.CharField(blank=True, max_length=8)),
                ("made_by", models.PositiveSmallIntegerField()),
                ("terms", articles.models.finding.TermsField()),
            ],
            options={
                "verbose_name_plural": "article terms",
                "indexes": [models.Index(fields=["language"], name="terms_language")],
            },
        ),
        migrations.CreateModel(
            name="ChangeTerms",
            fields=[
                (
                    "change",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="terms",
                        serialize=False,
                        to="articles.change",
                    ),
                ),
                ("at", models.DateTimeField()),
                ("terms", articles.models.finding.TermsField()),
            ],
            options={"verbose_name_plural": "change terms"},
        ),
        migrations.RunPython(add_indexes, drop_indexes),
    ]
