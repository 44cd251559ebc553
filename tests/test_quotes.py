"""Quotations traced in any version, and what became of them."""

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor

from articles.core import quoting
from articles.finding import indexing, quotes
from articles.models import ArticleTerms, ChangeTerms
from tests.cast import BRIDGE, DAY_ONE, FERRY, Cast, add_version, make_article, make_cast, make_source
from tests.crawl import follow, look_again
from tests.site import FILLER, article

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def trace(text: str) -> quotes.Answer:
    return quotes.trace(quoting.read(text))


@pytest.mark.parametrize(
    ("given", "percent"),
    [
        ("Twelve people were hurt, two of them badly, the coast guard said.", 100),
        ("twelve PEOPLE were hurt – two of them “badly” the coast guard said", 100),
        ("Twelve people were hurt … All were brought ashore by noon.", 100),
        ("Twelve people were hurt [...] the coast guard said", 100),
        # across the border of two paragraphs
        ("the harbour of Brightwater on Monday morning. Twelve people were hurt, two of them badly", 100),
        # one word of twelve is another: eleven agree
        ("Twelve people were hurt, three of them badly, the coast guard said.", round(100 * 11 / 12)),
        # a clause of four words is left out: twelve agree, of twelve and of sixteen
        (
            "Twelve people were hurt the coast guard said. All were brought ashore",
            round(200 * 12 / (12 + 16)),
        ),
    ],
)
def test_a_quotation_leads_to_the_version_that_said_it(cast: Cast, given: str, percent: int):
    first = trace(given).found[0]
    assert first.article == cast.corrected
    assert first.percent == percent
    assert first.stretches == (quoting.Stretch(1, 1),)
    assert (first.removed.old.number, first.removed.new.number) == (1, 2)
    assert "Nineteen" in "".join(text for op, text in first.now.segments if op != "-")


def test_of_a_near_quotation_only_other_words_are_marked_not_their_case(cast: Cast):
    first = trace("twelve people were HURT, three of them badly, the Coast Guard said.").found[0]
    marked = [(op, text) for op, text in first.segments if op in ("-", "+")]
    assert marked == [("-", "three"), ("+", "two")]
    # what stands there is told as it stands there
    shown = "".join(text for op, text in first.segments if op != "-")
    assert "Twelve people were hurt, two of them badly, the coast guard said" in shown


def test_a_clause_that_was_dropped_is_found_with_the_version_that_had_it(cast: Cast):
    """Which of two versions it is nearer to decides; of both alike the newer."""
    first = trace("The city will close the old iron bridge for two years from April, it decided.").found[0]
    assert (first.article, first.stretches) == (cast.rewritten, (quoting.Stretch(1, 1),))


def test_what_nobody_says_brings_the_nearest(cast: Cast):
    answer = trace("The mayor of the moon will close the old wooden door for two hours.")
    assert answer.found == ()
    assert answer.nearest[0].article == cast.rewritten
    assert answer.nearest[0].percent < quoting.NEAR
    assert trace("Zyxwvut qponmlk jihgfed cbazyx").nearest == ()


def test_it_may_go_and_come_back(cast: Cast):
    source = make_source("Other", "other")
    said = "Nobody crosses a river to buy bread these days."
    bread = make_article(source, "Bread", [said, BRIDGE[0]])
    for day, body in enumerate([[BRIDGE[0]], [said, BRIDGE[0]], [BRIDGE[0]]], 1):
        add_version(bread, body, at=DAY_ONE + timedelta(days=day))
    [found] = [one for one in trace(said).found if one.is_exact]
    assert found.stretches == (quoting.Stretch(1, 1), quoting.Stretch(3, 3))
    assert (found.restored.new.number, found.removed.new.number) == (3, 4)
    assert found.now.segments is None


def test_of_several_the_first_to_say_it_comes_first(cast: Cast):
    later = make_article(make_source("Other", "other"), "Fog", FERRY[-3:], DAY_ONE + timedelta(days=1))
    found = trace("Fog is common on this coast in March.").found
    assert [one.article for one in found] == [cast.corrected, later]


def test_a_quotation_of_a_headline_or_standfirst_is_found(cast: Cast):
    assert trace("Iron bridge to close for two years").found[0].removed.new.number == 2
    assert trace("Council votes for repairs, and for debt.").found[0].stands


def test_scripts_without_spaces_and_from_right_to_left_have_words_too(cast: Cast):
    said = "وكانت البلدية قد خصصت 4 ملايين دينار لأعمال الترميم"  # it says 3
    assert (trace(said).found[0].article, trace(said).found[0].percent) == (cast.right_to_left, 89)
    source = make_source("報", "hou", language="zh")
    bridge = make_article(
        source, "铁桥", ["市议会周二决定，这座旧铁桥将从四月起关闭两年。检查人员去年秋天发现了锈迹。"]
    )
    for quotation in ("这座旧铁桥将从四月起关闭两年", "這座舊鐵橋；旧铁桥将从五月起关闭两年。检查人员"):
        assert trace(quotation).found[0].article == bridge


# --- the index -----------------------------------------------------------------------------------------
def indexed() -> dict[int, frozenset[int]]:
    return dict(ArticleTerms.objects.values_list("pk", "terms"))


def test_what_is_written_with_each_version_is_what_is_made_anew(cast: Cast):
    articles, changes = indexed(), dict(ChangeTerms.objects.values_list("pk", "terms"))
    assert len(articles) == 5
    ArticleTerms.objects.update(made_by=0, terms=frozenset())
    ChangeTerms.objects.all().delete()
    assert indexing.catch_up() == 5
    assert indexed() == articles
    assert dict(ChangeTerms.objects.values_list("pk", "terms")) == changes
    assert trace("Fog is common on this coast in March.").found[0].article == cast.corrected


def test_an_article_that_waits_is_indexed_whole_and_not_by_its_next_version(cast: Cast):
    ArticleTerms.objects.filter(pk=cast.corrected.pk).update(made_by=0)
    add_version(cast.corrected, [*FERRY, "A tug was sent for."], at=DAY_ONE + timedelta(days=3))
    assert list(indexing.waiting()) == [cast.corrected]
    call_command("reindex")
    assert not indexing.waiting().exists()
    assert trace("A ferry with 212 people on board … A tug was sent for.").found[0].is_exact


def test_what_was_stored_before_there_was_an_index_is_indexed_whole_too(cast: Cast):
    ArticleTerms.objects.filter(pk=cast.corrected.pk).delete()
    add_version(cast.corrected, [*FERRY, "A tug was sent for."], at=DAY_ONE + timedelta(days=3))
    assert list(indexing.waiting()) == [cast.corrected]
    assert indexing.catch_up() == 1
    assert trace("A ferry with 212 people on board … A tug was sent for.").found[0].is_exact


@pytest.mark.django_db(transaction=True)
def test_the_migration_lets_wait_what_was_never_indexed():
    with transaction.atomic():
        source = make_source()
        known, unknown = (make_article(source, title, FERRY) for title in ("Ferry aground", "Ferry afloat"))
    latest = MigrationExecutor(connection).loader.graph.leaf_nodes("articles")
    try:
        MigrationExecutor(connection).migrate([("articles", "0018_passages")])
        ArticleTerms.objects.filter(pk=unknown.pk).delete()
    finally:
        MigrationExecutor(connection).migrate(latest)
    assert list(indexing.waiting()) == [unknown]
    assert ArticleTerms.objects.get(pk=known.pk).made_by


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("laws")
def test_a_look_indexes_in_its_own_transaction_and_a_rule_anew(site):
    site.pages["/a"] = article("Harbour board meets", *FILLER)
    source = follow(site, "/a")
    assert trace(FILLER[0]).found[0].is_exact
    site.pages["/a"] = article("Harbour board meets", "The tide table was misprinted again.", *FILLER[1:])
    look_again()
    found = trace(FILLER[0]).found[0]
    assert (found.stretches, found.removed.new.number) == ((quoting.Stretch(1, 1),), 2)
    before = indexed()
    look_again()  # nothing new
    assert indexed() == before
    source.ignored_texts = "The tide table *"
    source.save()
    call_command("reextract")
    assert trace("The tide table was misprinted again.").found == ()
