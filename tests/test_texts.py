"""How versions hold their texts: packed on a base of their article, however they came to be."""

from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor

from articles.models import TextBase, Version
from tests.benchmarks.timing import Writer
from tests.cast import DAY_ONE, add_version, make_article, make_source

pytestmark = pytest.mark.django_db


@pytest.fixture
def history():
    """Three versions of one text, each a word apart, then another text altogether, and that edited."""
    first, other = Writer(1).paragraphs(400), Writer(2).paragraphs(400)
    bodies = [first, [*first[:-1], "A new end."], [*first[:-1], "Another end."], other, [*other, "One more."]]
    with transaction.atomic():
        article = make_article(make_source(), "Board meets", bodies[0])
        for n, body in enumerate(bodies[1:], 1):
            add_version(article, body, at=DAY_ONE + timedelta(days=n))
    return article, bodies


def test_edits_lean_on_one_base_and_a_text_of_its_own_gets_another(history):
    article, bodies = history
    versions = list(article.versions.with_text().order_by("number"))
    assert [version.texts for version in versions] == bodies
    bases = [version.base_id for version in versions]
    assert bases[0] == bases[1] == bases[2] != bases[3] == bases[4]
    assert TextBase.objects.count() == 2
    assert all(len(version.packed) < 100 for version in versions)  # of some 2,400 bytes


def test_texts_are_read_in_one_query(history, django_assert_num_queries):
    article, bodies = history
    with django_assert_num_queries(1):
        assert [version.texts for version in article.versions.with_text().order_by("number")] == bodies


def test_another_article_has_bases_of_its_own(history):
    article, bodies = history
    other = make_article(article.source, "Board meets again", ["It does."])
    add_version(other, bodies[0], at=DAY_ONE)
    assert not {v.base_id for v in other.versions.all()} & {v.base_id for v in article.versions.all()}


@pytest.mark.django_db(transaction=True)
def test_texts_stored_as_json_are_packed_by_the_migration_and_unpacked_on_the_way_back(history):
    _, bodies = history
    before, after = [("articles", "0006_feeds")], [("articles", "0008_packed_texts")]
    latest = MigrationExecutor(connection).loader.graph.leaf_nodes("articles")
    try:
        executor = MigrationExecutor(connection)
        executor.migrate(before)
        old = executor.loader.project_state(before).apps.get_model("articles", "Version")
        stored = old.objects.order_by("number").values_list("paragraphs", flat=True)
        assert [[text for _, text in paragraphs] for paragraphs in stored] == bodies
        executor = MigrationExecutor(connection)
        executor.migrate(after)
        assert [version.texts for version in Version.objects.with_text().order_by("number")] == bodies
        assert TextBase.objects.count() == 2
    finally:
        MigrationExecutor(connection).migrate(latest)
