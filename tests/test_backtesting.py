"""What rules would have done to pages that were kept; and that saving them never makes a change appear."""

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from articles import reading
from articles.core.extraction import reading as name_of
from articles.core.types import Rules
from articles.ingestion import backtesting
from articles.ingestion.backtesting import Effect, TooSlow, Totals, objections, sample, silent_entries, try_on
from articles.ingestion.rebaselining import reread
from articles.ingestion.rules import replace_typed, rules_of, typed_rules
from articles.models import Article, Change, Source, Version
from tests.boxed import EDITED, OFFER, PHOTO, boxed, follow_boxed
from tests.crawl import at, look_again
from tests.site import FILLER

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("laws")]
DROP = Rules(drop=("div.partner-note",))
NO = Rules()


@pytest.fixture
def source(site) -> Source:
    return follow_boxed(site)


def totals_of(source: Source, after: Rules, before: Rules = NO) -> Totals:
    totals = Totals()
    for pk in sample(source):
        totals.add(try_on(Article.objects.get(pk=pk), before, after))
    return totals


def effects(article: Article, after: Rules) -> list[Effect]:
    return [capture.effect for capture in try_on(article, NO, after).captures]


# --- what is tried ---------------------------------------------------------------------------------
def test_tried_are_the_article_looked_at_the_newest_and_those_with_most_versions(site, source, monkeypatch):
    a, b, c = (at(site, path).pk for path in ("/a", "/b", "/c"))
    assert sorted(sample(source)) == sorted([a, b, c])
    monkeypatch.setattr(backtesting, "ARTICLES", 2)
    assert sample(source) == [c, a]  # the newest, and the one with three versions
    assert sample(source, b) == [b, c]
    Article.objects.filter(pk=c).update(hidden_at="2026-11-01T12:00Z")
    assert sample(source, c) == [b, a]


def test_the_captures_of_an_article_are_its_newest_and_those_its_newest_versions_stand_on(
    site, source, monkeypatch
):
    article = at(site, "/a")
    assert len(effects(article, DROP)) == 3
    monkeypatch.setattr(backtesting, "CAPTURES", 1)
    monkeypatch.setattr(backtesting, "VERSIONS", 1)
    assert len(effects(article, DROP)) == 2  # version 3, and 2, with which it is compared
    assert try_on(article, NO, DROP).hidden == []  # version 2 is not compared with the one before


# --- what is found ---------------------------------------------------------------------------------
def test_texts_that_differ_are_told_with_what_goes_and_comes(site, source):
    effect = try_on(at(site, "/a"), NO, DROP)
    assert [capture.effect for capture in effect.captures] == [Effect.DIFFERS] * 3
    newest = effect.captures[0]
    assert (newest.lost, newest.gained, newest.old_words - newest.new_words) == (15, 0, 15)
    gone = [row for row in newest.difference.rows if row.state != "same"]
    assert [row.segments for row in gone] == [(("-", OFFER.format(sum="1,500")),)]
    assert effects(at(site, "/a"), Rules(drop=("aside",))) == [Effect.SAME] * 3
    assert effects(at(site, "/a"), Rules(keep=("div.body",))) == [Effect.EMPTY] * 3
    found = try_on(at(site, "/a"), Rules(keep=("div.body",)), NO).captures
    assert [capture.effect for capture in found] == [Effect.FOUND] * 3
    unread = try_on(at(site, "/a"), Rules(keep=("div.body",)), Rules(keep=("div.text",))).captures[0]
    assert unread.effect is Effect.UNREAD
    assert unread.trouble == "the source's rule to keep div.text matches nothing on the page"


def test_a_version_that_would_say_the_same_as_the_one_before_would_have_been_hidden(site, source):
    """In /a the sum changed, then a day; the rule leaves out the sum alone. In /b only the sum changed."""
    hidden = try_on(at(site, "/a"), NO, DROP).hidden
    assert [(one.number, one.dangers) for one in hidden] == [(2, ["number"])]
    totals = totals_of(source, DROP)
    assert (totals.articles, totals.captures, totals.hidden, totals.dangerous) == (3, 6, 2, 2)
    assert totals.dangers == {"number": 2}
    # a day is no figure, name, quotation or correction, so this one is not marked
    day = try_on(at(site, "/a"), NO, Rules(ignore=("*Tuesday*", "*Wednesday*"))).hidden
    assert [(one.number, one.dangers, one.change.kind_names) for one in day] == [(3, [], ["date"])]


def test_what_today_s_rules_hide_already_is_not_counted_again(site, source):
    both = Rules(drop=("div.partner-note",), ignore=("Photo: *",))
    assert len(try_on(at(site, "/b"), NO, both).hidden) == 1
    assert try_on(at(site, "/b"), DROP, both).hidden == []


def test_what_each_entry_matches_is_counted_over_all_captures(site, source):
    after = Rules(keep=("article",), drop=("div.partner-note", "aside"), ignore=("Photo: *", "Nobody at *"))
    totals = totals_of(source, after)
    assert totals.matches == {
        "kept_selectors": {"article": [6, 6]},
        "dropped_selectors": {"div.partner-note": [6, 6], "aside": [0, 0]},
        "ignored_texts": {"Photo: *": [6, 6], "Nobody at *": [3, 3]},
    }
    assert silent_entries(totals) == [("dropped_selectors", "aside")]


def test_pages_of_the_same_bytes_are_read_once(site, source, monkeypatch):
    asked = []
    monkeypatch.setattr(
        backtesting, "read_twice", lambda *args: asked.append(args) or reading.read_twice(*args)
    )
    article = at(site, "/c")
    newest = article.snapshots.get()
    for _ in range(4):
        newest.pk = None
        newest.save()
    assert len(effects(article, DROP)) == 5
    assert len(asked) == 1


def test_a_back_test_stores_nothing_and_says_the_same_each_time(site, source):
    with CaptureQueriesContext(
        connection,
    ) as queries:
        first = totals_of(source, DROP)
    assert [q["sql"] for q in queries if not q["sql"].startswith(("SELECT", "BEGIN", "COMMIT"))] == []
    assert totals_of(source, DROP) == first


def test_rules_that_take_too_long_end_with_words(site, source, monkeypatch):
    """The limit is the child's own, on its processor's time: nothing here waits by the clock."""
    article = at(site, "/c")
    site.pages["/c"].body = site.pages["/c"].body.replace("</article>", f"</article>{'<p>x</p>' * 3_000}")
    look_again()
    monkeypatch.setattr(reading, "SECONDS", 1.0)
    with pytest.raises(TooSlow, match="could not be tried: reading the page by these rules took more than"):
        try_on(article, NO, Rules(drop=(" ~ ".join(["*"] * 120),)))
    monkeypatch.setattr(reading, "SECONDS", 8.0)
    monkeypatch.setattr(backtesting, "STEP_SECONDS", -1.0)
    with pytest.raises(TooSlow, match="Reading the pages of one article takes more than"):
        try_on(article, NO, NO)


# --- what stands against saving --------------------------------------------------------------------
def told(source: Source, after: Rules, before: Rules = NO) -> list[tuple[str, str]]:
    return [(one.column, one.words) for one in objections(totals_of(source, after, before), before, after)]


def test_a_new_entry_that_matches_nothing_stands_against_saving_an_old_one_does_not(site, source):
    after = Rules(drop=("aside.gone", "div.partner-note"), ignore=("Foto: *",))
    [(drop, words), (ignore, more)] = told(source, after)
    assert (drop, ignore) == ("dropped_selectors", "ignored_texts")
    assert words.startswith(
        "“aside.gone” matches nothing on the 6 kept pages that were tried. Click the passage"
    )
    assert more.startswith(
        "“Foto: *” matches nothing on the 6 kept pages that were tried. Type a whole paragraph"
    )
    assert told(source, after, before=after) == []
    assert [column for column, _ in told(source, Rules(drop=("html", "body")))] == ["dropped_selectors"] * 2


def test_rules_that_leave_nothing_of_any_article_stand_against_saving(site, source):
    [(column, words)] = told(source, Rules(drop=("main",)))
    assert column == ""
    assert words.startswith(
        "These rules leave nothing of any article: every text would be empty. Name a smaller"
    )
    assert told(source, Rules(keep=("article",))) == []


def test_without_a_kept_page_no_rule_can_be_tried(db):
    source = Source.objects.create(name="New", slug="new")
    assert sample(source) == []
    [(_, words)] = told(source, DROP)
    assert words.startswith("No page of this source is kept yet, so no rule can be tried: wait for")


# --- saving ----------------------------------------------------------------------------------------
@pytest.mark.parametrize("how", ["looks", "reextract", "at once"])
@pytest.mark.parametrize(
    "typed",
    [
        {"dropped_selectors": "div.partner-note"},
        {"ignored_texts": "Photo: *\nHarbour Bank lends *"},
        {"kept_selectors": "article h1 ~ p"},
    ],
)
def test_saving_rules_makes_no_change_appear_however_versions_are_read_again(site, source, how, typed):
    changes = list(Change.objects.order_by("pk").values_list("pk", "old__number", "new__number", "seen_at"))
    numbers = list(Version.objects.order_by("pk").values_list("article", "number", "first_seen_at"))
    known = typed_rules(source)
    assert replace_typed(source, known, known | typed)
    source.refresh_from_db()
    if how == "reextract":
        call_command("reextract", "--source", source.slug)
    elif how == "at once":
        assert None not in [reread(article.pk) for article in Article.objects.order_by("pk")]
    for noise in range(3):
        for path in ("/a", "/b", "/c"):
            site.pages[path].body += f"<!-- {noise} -->"
        look_again()
    assert (
        list(Change.objects.order_by("pk").values_list("pk", "old__number", "new__number", "seen_at"))
        == changes
    )
    assert list(Version.objects.order_by("pk").values_list("article", "number", "first_seen_at")) == numbers
    assert set(Version.objects.values_list("extractor", flat=True)) == {name_of(rules_of(source))}
    # an edit after that is one change, of the text alone
    site.pages["/b"] = boxed(
        "/b", ["A storm has kept the tugs in port, and the crane waits.", *FILLER[:3]], "1,900"
    )
    look_again()
    assert Change.objects.count() == len(changes) + 1


def test_changes_are_described_anew_by_what_the_rules_leave(site, source):
    """From version 1 to 3 by way of the sum: what 3 changed is told without the box, and says the same."""
    site.pages["/a"] = boxed("/a", EDITED[:-1], "1,900")
    look_again()
    last = Change.objects.get(article=at(site, "/a"), new__number=4)
    assert last.kind_names == ["number", "removed"]
    assert replace_typed(
        source, typed_rules(source), typed_rules(source) | {"dropped_selectors": "div.partner-note"}
    )
    for article in Article.objects.all():
        reread(article.pk)
    last.refresh_from_db()
    assert last.kind_names == ["removed"]
    newest = Version.objects.get(article=at(site, "/a"), number=4)
    assert newest.texts == [PHOTO, *EDITED[:-1]]


def test_rules_that_somebody_changed_meanwhile_are_not_overwritten(source):
    known = typed_rules(source)
    Source.objects.update(ignored_texts="Photo: *")
    assert not replace_typed(source, known, known | {"dropped_selectors": "aside"})
    source.refresh_from_db()
    assert (source.dropped_selectors, source.ignored_texts) == ("", "Photo: *")
