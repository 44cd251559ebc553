from django.db import migrations, models


class Migration(migrations.Migration):
    """A search in a script of its own takes nine characters for each in the query string that says it."""

    dependencies = [("articles", "0020_article_feed_index")]

    operations = [
        migrations.AlterField(
            model_name="follow", name="query", field=models.TextField(blank=True, editable=False)
        ),
    ]
