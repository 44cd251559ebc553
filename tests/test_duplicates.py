"""Articles that are one piece: found, merged into one, and parted again, with nothing lost."""

from datetime import timedelta

import pytest
import time_machine
from django.db.models import F
from django.test import Client
from django.utils import timezone

from articles import claiming, hiding, lookup, tallying
from articles.core import urls
from articles.ingestion import duplicates
from articles.ingestion.duplicates import NotMerged, compared, merge, suggested, unmerge
from articles.models import (
    Article,
    ArticleURL,
    Change,
    Channel,
    CosmeticChange,
    Follow,
    Host,
    Source,
    Version,
)
from tests import cast
from tests.cast import BRIDGE, DAY_ONE, FERRY, FERRY_CORRECTED
from tests.crawl import at, follow, look_again, poll_again, work_off
from tests.site import FILLER, article, rss

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
WHY = hiding.Statement("privacy", "A letter of 3 March.")


@pytest.fixture
def source() -> Source:
    return cast.make_source()


def make(source: Source, title: str = "Ferry aground", body=FERRY, at=DAY_ONE) -> Article:
    """An article with the row of its address, as ingestion leaves it."""
    made = cast.make_article(source, title, body, at)
    ArticleURL.objects.create(article=made, url=made.url, key=urls.key(made.url), seen_at=at)
    return made


def led_to(article: Article) -> int:
    """The key of the article that an article's own address leads to."""
    return lookup.find(article.url).article.pk


# --- merging -----------------------------------------------------------------------------------------
def test_addresses_and_looks_pass_to_the_one_that_stays(source):
    stays, other = make(source), make(source)
    assert [row.pk for row in merge(stays.pk, [other.pk], timezone.now())] == [other.pk]
    other.refresh_from_db()
    assert (other.merged_into, other.next_check_at, other.state) == (stays, None, "finished")
    assert led_to(other) == stays.pk
    assert list(Article.objects.due(DAY_ONE + 9 * HOUR)) == [stays]


def test_who_follows_a_merged_article_follows_the_one_that_stays(source):
    stays, other = make(source), make(source)
    follow = Follow.objects.create(
        channel=Channel.objects.create(name="Desk", created_at=DAY_ONE), article=other, created_at=DAY_ONE
    )
    merge(stays.pk, [other.pk], timezone.now())
    follow.refresh_from_db()
    assert follow.article == stays


def test_who_follows_both_follows_one_thing_then_and_stops_it_once(source):
    stays, other = make(source), make(source)
    desk = Channel.objects.create(name="Desk", created_at=DAY_ONE)
    _, of_other, later = (
        Follow.objects.create(
            channel=desk, article=one, query=query, created_at=DAY_ONE, begins_at=DAY_ONE + hours * HOUR
        )
        for one, query, hours in ((stays, "", 2), (other, "", 1), (other, "kind=number", 3))
    )
    merge(stays.pk, [other.pk], timezone.now())
    assert set(Follow.objects.all()) == {of_other, later}
    assert {follow.article for follow in Follow.objects.all()} == {stays}


def test_a_change_that_both_saw_is_listed_and_counted_once(source):
    stays, other = make(source), make(source)
    for one in (stays, other):
        cast.add_version(one, FERRY_CORRECTED, at=DAY_ONE + HOUR)
    merge(stays.pk, [other.pk], timezone.now())
    assert [change.article for change in Change.objects.public()] == [stays]
    tallying.settle()
    assert list(tallying.astray()) == []
    counted = tallying.summed(tallying.Key(source.pk, None))
    assert (counted.articles, counted.changes) == (1, 1)


def test_old_addresses_go_on_leading_somewhere(source, client: Client):
    stays, other = make(source), make(source)
    cast.add_version(other, FERRY_CORRECTED, at=DAY_ONE + HOUR)
    merge(stays.pk, [other.pk], timezone.now())
    page = client.get(f"/articles/{other.pk}/")
    assert (page.status_code, page["Location"]) == (301, f"/articles/{stays.pk}/")
    feed = client.get(f"/articles/{other.pk}/feed.rss")
    assert (feed.status_code, feed["Location"]) == (301, f"/articles/{stays.pk}/feed.rss")
    for kept in ("versions/1/", "versions/2/capture", "diff/1/2/", "blame/", "diff/1/2/card.png"):
        assert client.get(f"/articles/{other.pk}/{kept}").status_code == 200, kept
    told = client.get(f"/api/v1/articles/{other.pk}").json()
    assert (told["state"], told["version_count"]) == ("finished", 2)
    listed = {
        state: client.get(f"/api/v1/articles?state={state}").json()["items"]
        for state in ("tracked", "finished")
    }
    assert {state: [item["id"] for item in items] for state, items in listed.items()} == {
        "tracked": [stays.pk],
        "finished": [other.pk],
    }
    history = client.get(stays.get_absolute_url()).content.decode()
    assert "Also followed as" in history
    assert f"/articles/{other.pk}/diff/1/latest/" in history
    assert f"/articles/{other.pk}/" not in client.get("/").content.decode()


def test_what_was_merged_into_an_article_is_hidden_with_it(source, client: Client):
    stays, other = make(source), make(source)
    merge(stays.pk, [other.pk], timezone.now())
    Article.objects.filter(pk=stays.pk).update(hidden_at=timezone.now())
    assert client.get(f"/articles/{other.pk}/versions/1/").status_code == 410
    assert client.get(f"/api/v1/articles/{other.pk}").status_code == 410


def test_what_is_one_piece_with_a_hidden_article_is_in_no_list_of_the_api(source, client: Client):
    first, second, third, other = (make(source) for _ in range(4))
    merge(second.pk, [first.pk], timezone.now())
    merge(third.pk, [second.pk], timezone.now())
    hiding.hide_articles([third.pk], WHY, None)
    assert [row["id"] for row in client.get("/api/v1/articles").json()["items"]] == [other.pk]


def test_a_passage_is_hidden_in_all_that_was_merged_into_its_article(source, client: Client):
    """Of however many steps; and in no article that was parted again."""
    first, second, third = (make(source) for _ in range(3))
    hiding.hide_passage(third, "ran aground", WHY, None)
    merge(second.pk, [first.pk], timezone.now())
    merge(third.pk, [second.pk], timezone.now())
    for one in (first, second):
        assert "ran aground" not in client.get(f"/articles/{one.pk}/versions/1/").content.decode()
        assert "ran aground" not in client.get(f"/api/v1/articles/{one.pk}/versions").content.decode()
        assert client.get(f"/articles/{one.pk}/versions/1/capture").status_code == 410
    unmerge(second.pk, timezone.now())
    for one in (first, second):
        assert "ran aground" in client.get(f"/articles/{one.pk}/versions/1/").content.decode()


def test_a_passage_of_a_merged_article_stays_hidden_in_what_goes_on_for_it(source, client: Client):
    """What its address says next stands in another article: in that one, and in what else was merged."""
    other, stays, third = make(source), make(source, body=FERRY[2:]), make(source)
    hiding.hide_passage(other, "ran aground", WHY, None)
    feed = client.get(f"/articles/{stays.pk}/feed.rss")
    merge(stays.pk, [other.pk], timezone.now())
    merge(stays.pk, [third.pk], timezone.now())
    stays.refresh_from_db()
    cast.add_version(stays, FERRY_CORRECTED, title="It ran aground", at=DAY_ONE + HOUR)
    typography = CosmeticChange.objects.create(
        article=stays,
        source=source,
        version=stays.versions.get(number=2),
        seen_at=DAY_ONE + 2 * HOUR,
        excerpt=[["=", "ran"], ["-", " "], ["+", "\u00a0"], ["=", "aground"]],
    )
    paths = [f"/articles/{one.pk}/versions/1/" for one in (other, third)]
    paths += [
        f"/articles/{stays.pk}/{path}" for path in ("", "versions/2/", "diff/1/2/", "feed.rss", "blame/")
    ]
    paths += [f"/api/v1/articles/{stays.pk}{path}" for path in ("", "/versions", "/diff/1/2")]
    paths += [f"/api/v1/articles/{third.pk}/versions", "/", "/?kind=cosmetic", "/feed.json"]
    paths += ["/api/v1/articles", "/api/v1/changes", "/search/?q=coast", "/sources/gazette/"]
    # by words beside it, for what is asked for is repeated in the answer
    paths += [f"{finder}?text=A ferry with 212 people on board" for finder in ("/quote/", "/api/v1/quote")]

    def telling() -> list[str]:
        found = {path: client.get(path, follow=True) for path in paths}
        assert {answer.status_code for answer in found.values()} == {200}
        return [path for path, answer in found.items() if "ran aground" in answer.content.decode().lower()]

    assert telling() == []
    assert typography not in CosmeticChange.objects.public()
    assert client.get(f"/articles/{stays.pk}/versions/2/capture").status_code == 410
    again = client.get(f"/articles/{stays.pk}/feed.rss", headers={"If-None-Match": feed["ETag"]})
    assert again.status_code == 200
    standings = hiding.standings(third, "ran aground")
    assert [one.article for one in standings] == [other.pk, stays.pk, third.pk]

    unmerge(other.pk, timezone.now())
    assert f"/articles/{other.pk}/versions/1/" not in telling()
    assert {f"/articles/{third.pk}/versions/1/", f"/articles/{stays.pk}/versions/2/"} <= set(telling())
    assert typography in CosmeticChange.objects.public()


def test_what_merged_articles_have_hidden_is_asked_for_at_once(source, django_assert_num_queries):
    """One question for the articles, three for what is one piece with them, by as many steps, one for what is
    hidden: of however many."""
    hiding.hide_passage(make(source), "ran aground", WHY, None)
    for _ in range(2):
        first, second, third = (make(source, title="It ran aground") for _ in range(3))
        hiding.hide_passage(first, "ran aground", WHY, None)
        merge(second.pk, [first.pk], timezone.now())
        merge(third.pk, [second.pk], timezone.now())
    with django_assert_num_queries(5):
        shown = list(Article.objects.public())
    assert {one.title for one in shown} == {"Ferry aground", "It [hidden]"}


def test_no_two_acts_in_a_piece_have_one_moment(source):
    """Whatever is kept goes by it, and the clock may stand still."""
    stays, other = make(source), make(source)
    moments = []
    with time_machine.travel(DAY_ONE + HOUR, tick=False):
        hidden = hiding.hide_passage(other, "ran aground", WHY, None)
        for act in (
            lambda: merge(stays.pk, [other.pk], timezone.now()),
            lambda: hiding.lift([hidden], None),
            lambda: unmerge(other.pk, timezone.now()),
        ):
            act()
            moments.append(Article.objects.get(pk=stays.pk).hidings_at)
    assert moments == sorted(set(moments))


def test_the_text_of_a_version_is_hidden_where_it_stands_in_merged_articles_too(source, client: Client):
    stays, other = make(source), make(source)
    for one in (stays, other):
        cast.add_version(one, FERRY_CORRECTED, at=DAY_ONE + HOUR)
    merge(stays.pk, [other.pk], timezone.now())
    version = stays.versions.get(number=1)
    same = hiding.alike(version)
    assert [(one.article_id, one.number) for one in same] == [(other.pk, 1)]
    hiding.hide_versions([version, *same], WHY, None)
    for one in (stays, other):
        assert client.get(f"/articles/{one.pk}/versions/1/").status_code == 410
        assert client.get(f"/articles/{one.pk}/versions/2/").status_code == 200


def test_a_feed_counts_as_altered_when_an_article_is_merged_out_of_it(source, client: Client):
    stays, other = make(source), make(source)
    cast.add_version(other, FERRY_CORRECTED, at=DAY_ONE + HOUR)
    before = client.get("/sources/gazette/feed.rss")["Last-Modified"]
    merge(stays.pk, [other.pk], timezone.now())
    assert client.get("/sources/gazette/feed.rss", headers={"If-Modified-Since": before}).status_code == 200


def test_what_cannot_be_merged_is_refused_with_a_remedy_and_nothing_is_written(source):
    stays, other, third = make(source), make(source), make(source)
    Article.objects.filter(pk=other.pk).update(hidden_at=DAY_ONE)
    with pytest.raises(NotMerged, match="unhide it first"):
        merge(stays.pk, [third.pk, other.pk], timezone.now())
    with pytest.raises(NotMerged, match="two or more"):
        merge(stays.pk, [stays.pk], timezone.now())
    with pytest.raises(NotMerged, match="not there any more"):
        merge(stays.pk, [third.pk + 1], timezone.now())
    Article.objects.filter(pk=other.pk).update(hidden_at=None)
    merge(stays.pk, [other.pk], timezone.now())
    for one, two in ((other, third), (third, other)):
        with pytest.raises(NotMerged, match="merged already"):
            merge(one.pk, [two.pk], timezone.now())
    Article.objects.filter(pk=third.pk).update(version_count=0)
    with pytest.raises(NotMerged, match="let another one stay"):
        merge(third.pk, [stays.pk], timezone.now())
    assert list(Article.objects.exclude(merged_into=None)) == [other]


# --- parting ------------------------------------------------------------------------------------------
def test_parted_it_has_its_addresses_again_and_is_looked_at(source):
    stays, other = make(source), make(source)
    merge(stays.pk, [other.pk], timezone.now())
    unmerge(other.pk, DAY_ONE)
    other.refresh_from_db()
    assert (other.merged_into, other.merged_at, other.next_check_at, other.state) == (
        None,
        None,
        DAY_ONE,
        "tracked",
    )
    assert (led_to(other), led_to(stays)) == (other.pk, stays.pk)
    assert not ArticleURL.objects.exclude(came_from=None).exists()
    assert unmerge(other.pk, DAY_ONE) is None


def test_of_a_chain_each_gets_back_what_was_its_own(source):
    first, second, third = make(source), make(source), make(source)
    merge(second.pk, [first.pk], timezone.now())
    merge(third.pk, [second.pk], timezone.now())
    assert led_to(first) == led_to(second) == third.pk
    assert Article.objects.get(pk=first.pk).survivor == third
    unmerge(second.pk, DAY_ONE)
    assert (led_to(first), led_to(second), led_to(third)) == (second.pk, second.pk, third.pk)
    unmerge(first.pk, DAY_ONE)
    assert (led_to(first), led_to(second)) == (first.pk, second.pk)


# --- beside workers -----------------------------------------------------------------------------------
def test_a_look_under_way_at_a_merged_article_is_dropped(source):
    stays, other, now = make(source), make(source), timezone.now()
    Article.objects.filter(pk=other.pk).update(lease_token="t", lease_until=now + HOUR)
    held = claiming.begin(claiming.Job.ARTICLE, other.pk, "t", now)
    merge(stays.pk, [other.pk], now)
    assert not claiming.finish(held, next_check_at=now)
    Article.objects.filter(pk=other.pk).update(next_check_at=now)  # by whatever else makes articles due
    assert other not in Article.objects.due(now)
    Host.objects.update(next_at=now - HOUR, due_at=now - HOUR, robots_expires_at=now + HOUR)
    assert [work.id for work in claiming.claim(now, 5) if work.job is claiming.Job.ARTICLE] == [stays.pk]


def test_a_text_that_the_merged_one_showed_first_is_no_wall_to_the_one_that_stays(site):
    early = article("Boats wait", *FILLER[:-1], FILLER[-1].replace("spring", "autumn"))
    site.pages |= {"/a": article("Boats wait"), "/b": early}
    follow(site, "/a", "/b")
    stays, other = at(site, "/a"), at(site, "/b")
    merge(stays.pk, [other.pk], timezone.now())
    site.pages["/a"] = early
    look_again()
    assert stays.versions.count() == 2


def test_a_feed_that_names_a_merged_address_leads_to_the_one_that_stays(site):
    site.pages |= {"/a": article("Boats wait"), "/b": article("Boats wait on"), "/c": article("Lighthouse")}
    follow(site, "/a", "/b")
    stays, other = at(site, "/a"), at(site, "/b")
    merge(stays.pk, [other.pk], timezone.now())
    site.pages["/feed.xml"] = rss("/a", "/b", "/c")
    poll_again()
    work_off()
    assert Article.objects.count() == 3
    assert ArticleURL.objects.get(key=urls.key(site.url("/b"))).article == stays


# --- finding ------------------------------------------------------------------------------------------
def test_the_same_words_are_suggested_and_the_one_to_stay_comes_first(source):
    one, other = make(source, at=DAY_ONE), make(source, at=DAY_ONE + 60 * 24 * HOUR)
    cast.add_version(other, FERRY_CORRECTED, at=DAY_ONE + 61 * 24 * HOUR)
    cast.add_version(other, FERRY, at=DAY_ONE + 62 * 24 * HOUR)
    make(source, "Iron bridge", BRIDGE)
    make(cast.make_source("The Herald", "herald"))  # another source's: copies of an agency's text
    assert suggested(source) == [[other, one]]


def test_the_same_headline_is_suggested_only_with_nearly_the_same_text_and_within_days(source):
    longer = [*FERRY, "The company said nothing."]
    one, other = make(source), make(source, body=longer, at=DAY_ONE + HOUR)
    make(source, body=longer[1:], at=DAY_ONE + 30 * 24 * HOUR)  # a month later
    make(source, body=BRIDGE, at=DAY_ONE + 2 * HOUR)  # quite another text
    assert suggested(source) == [[one, other]]


def test_a_wall_on_many_articles_is_no_duplicate_and_merged_or_hidden_ones_are_not_named(source):
    for _ in range(duplicates.MOST_COPIES + 1):
        make(source, body=["Please log in to read on."])
    assert suggested(source) == []
    one, other, third = (make(source, "Iron bridge", BRIDGE) for _ in range(3))
    merge(one.pk, [other.pk], timezone.now())
    Article.objects.filter(pk=third.pk).update(hidden_at=DAY_ONE)
    assert suggested(source) == []


def test_how_like_two_are_is_told(source):
    one, same, unlike = make(source), make(source), make(source, "Iron bridge", BRIDGE)
    assert (compared(one, same).percent, compared(one, same).is_alike) == (100, True)
    assert not compared(one, unlike).is_alike
    assert compared(one, unlike).share < duplicates.UNLIKE
    unread = Article.objects.create(
        source=source, url="https://gazette.example/x", host=one.host, first_seen_at=DAY_ONE
    )
    assert compared(one, unread) is None


def test_no_more_texts_are_compared_than_a_person_waits_for(source, monkeypatch):
    """However many articles have the headlines of others; the newest are compared first."""
    old, new = ([make(source, title, body, DAY_ONE) for body in (FERRY, BRIDGE)] for title in ("Old", "New"))
    for pair in (old, new):
        cast.add_version(pair[1], FERRY_CORRECTED, at=DAY_ONE + HOUR)
        pair[1].refresh_from_db()
    Version.objects.filter(article__in=[*old, *new]).update(
        digest=F("id")
    )  # no text is another's by its digest
    monkeypatch.setattr(duplicates, "MOST_COMPARED", 1)
    assert [{one.pk for one in group} for group in suggested(source)] == [{one.pk for one in new}]
