import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """Which feed named an article. A column without values is added at once, however many articles there are;
    of those, nobody knows."""

    dependencies = [("articles", "0018_passages")]

    operations = [
        migrations.AddField(
            model_name="article",
            name="feed",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="articles",
                to="articles.feed",
            ),
        ),
    ]
