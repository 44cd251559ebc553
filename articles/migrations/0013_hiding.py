import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


def tell_of_hidden_articles(apps, schema_editor):
    """What was hidden before keeps its reason; that is not for readers, so they are told of none."""
    Article, Hiding = apps.get_model("articles", "Article"), apps.get_model("articles", "Hiding")
    for article in Article.objects.exclude(hidden_at=None).only("hidden_at", "hidden_reason"):
        Hiding.objects.create(
            article=article, category="other", reason=article.hidden_reason, hidden_at=article.hidden_at
        )
        Article.objects.filter(pk=article.pk).update(hidings_at=article.hidden_at)


def put_reasons_back(apps, schema_editor):
    Article, Hiding = apps.get_model("articles", "Article"), apps.get_model("articles", "Hiding")
    for hiding in Hiding.objects.filter(lifted_at=None, version=None, passage=""):
        Article.objects.filter(pk=hiding.article_id).update(hidden_reason=hiding.reason)


class Migration(migrations.Migration):

    dependencies = [
        ('articles', '0012_cosmetic_languages'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Hiding',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('passage', models.TextField(blank=True, help_text='The words, wherever they stand in the article.')),
                ('category', models.CharField(choices=[('court', 'court order'), ('privacy', 'privacy'), ('rights', 'rights of others'), ('error', 'an error of this site'), ('other', 'another reason')], help_text='Readers see it.', max_length=8)),
                ('note', models.CharField(blank=True, help_text='Readers see it.', max_length=300)),
                ('reason', models.TextField(help_text='Readers do not see it.')),
                ('hidden_at', models.DateTimeField()),
                ('lifted_at', models.DateTimeField(blank=True, null=True)),
                ('article', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='hidings', to='articles.article')),
                ('hidden_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('lifted_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('version', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='hidings', to='articles.version')),
            ],
            options={
                'constraints': [
                    models.UniqueConstraint(condition=models.Q(('lifted_at', None), ('passage', ''), ('version', None)), fields=('article',), name='article_hidden_once'),
                    models.UniqueConstraint(condition=models.Q(('lifted_at', None), ('version__isnull', False)), fields=('version',), name='version_hidden_once'),
                ],
            },
        ),
        migrations.AlterModelOptions(
            name='article',
            options={'permissions': [('hide_article', 'Can hide articles, versions and passages')]},
        ),
        migrations.AddField(
            model_name='article',
            name='hidings_at',
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.RunPython(tell_of_hidden_articles, put_reasons_back),
        migrations.RemoveField(
            model_name='article',
            name='hidden_reason',
        ),
        migrations.RemoveIndex(
            model_name='article',
            name='article_hidden',
        ),
        migrations.AddIndex(
            model_name='article',
            index=models.Index(condition=models.Q(('hidings_at__isnull', False)), fields=['source', 'hidings_at'], name='article_hidings'),
        ),
    ]
