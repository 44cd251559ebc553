from django.db import migrations, models

INDEX = models.Index(fields=["feed", "id"], name="article_feed", condition=models.Q(feed__isnull=False))


def add_index(apps, schema_editor):
    """On PostgreSQL without a lock that workers would wait for, while millions of rows are read through.

    One that was broken off leaves an index that is not valid: it is dropped first.
    """
    article = apps.get_model("articles", "Article")
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP INDEX CONCURRENTLY IF EXISTS article_feed")
        schema_editor.add_index(article, INDEX, concurrently=True)
    else:
        schema_editor.add_index(article, INDEX)


def drop_index(apps, schema_editor):
    article = apps.get_model("articles", "Article")
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.remove_index(article, INDEX, concurrently=True)
    else:
        schema_editor.remove_index(article, INDEX)


class Migration(migrations.Migration):
    atomic = False  # PostgreSQL makes no such index within a transaction

    dependencies = [("articles", "0019_article_feed")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunPython(add_index, drop_index)],
            state_operations=[migrations.AddIndex(model_name="article", index=INDEX)],
        ),
    ]
