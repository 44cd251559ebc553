"""The texts are packed: the column that held them as JSON goes."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("articles", "0007_text_bases")]

    operations = [
        migrations.RemoveField(model_name="version", name="paragraphs"),
        migrations.AlterField(
            model_name="version",
            name="base",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.RESTRICT,
                related_name="versions",
                to="articles.textbase",
            ),
        ),
        migrations.AlterField(model_name="version", name="packed", field=models.BinaryField()),
    ]
