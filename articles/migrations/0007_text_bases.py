"""Room for texts packed on a whole one of their article, and every text packed so.

The column that held them as JSON goes with the next migration: PostgreSQL does not alter a table in
the transaction that has written to it.
"""

import django.db.models.deletion
from django.db import migrations, models

from articles.core import packing

AT_ONCE = 500  # versions written in one statement


def pack(apps, schema_editor):
    """Each article's texts, oldest first, as `articles.models.packed_text` packs them."""
    Version, TextBase = apps.get_model("articles", "Version"), apps.get_model("articles", "TextBase")
    rows = Version.objects.order_by("article_id", "number").only("article_id", "paragraphs")
    article, base, data, packed = None, None, b"", []
    for version in rows.iterator(chunk_size=AT_ONCE):
        if version.article_id != article:
            article, base = version.article_id, None
        text = packing.encoded(version.paragraphs)
        alone = packing.pack(text)
        leaning = packing.pack(text, data) if base else alone
        if base is None or not packing.is_worth_it(leaning, alone):
            base, data = TextBase.objects.create(article_id=article, packed=alone), text
            leaning = packing.pack(text, text)
        version.base, version.packed = base, leaning
        packed.append(version)
        if len(packed) == AT_ONCE:
            Version.objects.bulk_update(packed, ["base", "packed"])
            packed = []
    Version.objects.bulk_update(packed, ["base", "packed"])


def unpack(apps, schema_editor):
    """The texts as JSON again."""
    Version = apps.get_model("articles", "Version")
    read = []
    for version in Version.objects.select_related("base").iterator(chunk_size=AT_ONCE):
        base = packing.unpack(bytes(version.base.packed))
        version.paragraphs = packing.decoded(packing.unpack(bytes(version.packed), base))
        read.append(version)
        if len(read) == AT_ONCE:
            Version.objects.bulk_update(read, ["paragraphs"])
            read = []
    Version.objects.bulk_update(read, ["paragraphs"])


class Migration(migrations.Migration):
    dependencies = [("articles", "0006_feeds")]

    operations = [
        migrations.CreateModel(
            name="TextBase",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("packed", models.BinaryField()),
                (
                    "article",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="text_bases",
                        to="articles.article",
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="version",
            name="base",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.RESTRICT,
                related_name="versions",
                to="articles.textbase",
            ),
        ),
        migrations.AddField(model_name="version", name="packed", field=models.BinaryField(null=True)),
        # on the way back it is there before its values are
        migrations.AlterField(model_name="version", name="paragraphs", field=models.JSONField(null=True)),
        migrations.RunPython(pack, unpack),
    ]
