from django.db import migrations, models


def let_wait(apps, schema_editor):
    """What was never indexed gets a row that says so: it is found by that, not by looking for what is missing."""
    none = "'{}'::integer[]" if schema_editor.connection.vendor == "postgresql" else "X''"
    schema_editor.execute(
        "INSERT INTO articles_articleterms (article_id, at, language, made_by, terms) "
        f"SELECT id, COALESCE(last_changed_at, first_seen_at), '', 0, {none} FROM articles_article "
        "WHERE version_count > 0 AND NOT EXISTS"
        " (SELECT 1 FROM articles_articleterms WHERE article_id = articles_article.id)"
    )


class Migration(migrations.Migration):
    dependencies = [("articles", "0021_follow_query")]

    operations = [
        migrations.AddIndex(
            "Article",
            models.Index(condition=models.Q(("status", "gone")), fields=["id"], name="article_gone"),
        ),
        migrations.AddIndex("ArticleTerms", models.Index(fields=["made_by"], name="terms_made_by")),
        migrations.RunPython(let_wait, migrations.RunPython.noop),
    ]
