"""Articles and feeds given to another source: all that bears the source goes along, and figures stay true."""

from datetime import timedelta

import pytest
from django.db.models import F
from django.test import Client
from django.utils import timezone

from articles import claiming, tallying
from articles.ingestion import transfers
from articles.ingestion.transfers import Burden, burden, give_articles, give_feeds
from articles.models import Article, Change, ChangeKind, Channel, CosmeticChange, Feed, Follow, Host, Notice
from tests import cast
from tests.cast import DAY_ONE
from tests.crawl import at, follow, poll_again
from tests.site import article, rss

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def gazette() -> cast.Cast:
    made = cast.make_cast()
    CosmeticChange.objects.create(
        article=made.corrected,
        source=made.source,
        version=made.corrected.versions.first(),
        seen_at=DAY_ONE + HOUR,
    )
    tallying.settle()
    return made


@pytest.fixture
def herald():
    return cast.make_source("The Herald", "herald")


def test_what_hangs_on_articles_goes_along_and_what_does_not_stays(gazette, herald, client: Client):
    moving = Article.objects.filter(pk__in=[gazette.corrected.pk, gazette.stable.pk])
    assert burden(moving, herald) == Burden(articles=2, changes=2, cosmetic_changes=1)
    assert give_articles(moving, herald) == 2
    assert burden(moving, herald) == Burden(0, 0, 0)
    assert set(herald.articles.all()) == {gazette.corrected, gazette.stable}
    for rows in (Change.objects.all(), CosmeticChange.objects.all()):
        assert {row.article for row in rows if row.source == herald} <= {gazette.corrected}
    assert Change.objects.filter(source=herald).count() == 2
    assert not ChangeKind.objects.exclude(source=F("change__source")).exists()
    tallying.settle()
    assert "runs aground" in client.get("/sources/herald/").content.decode()
    assert "runs aground" not in client.get("/sources/gazette/").content.decode()
    assert client.get(gazette.corrected.get_absolute_url()).status_code == 200


def test_who_follows_a_source_that_is_given_away_follows_the_one_that_has_all_now(gazette, herald):
    desk = Channel.objects.create(name="Desk", created_at=DAY_ONE)
    followed = Follow.objects.create(channel=desk, source=gazette.source, created_at=DAY_ONE)
    transfers.close([gazette.source, herald], herald)
    followed.refresh_from_db()
    assert followed.source == herald


def test_the_figures_of_both_sources_are_made_anew(gazette, herald):
    give_articles(Article.objects.filter(pk=gazette.corrected.pk), herald)
    tallying.settle()
    assert list(tallying.astray()) == []
    sums = [tallying.summed(tallying.Key(source.pk, None)) for source in (gazette.source, herald)]
    assert [(one.articles, one.changes) for one in sums] == [(3, 2), (1, 2)]


def test_many_are_given_in_batches_and_a_stop_between_two_is_gone_on_with(gazette, herald, monkeypatch):
    monkeypatch.setattr(transfers, "BATCH", 2)
    everything = Article.objects.filter(source=gazette.source)
    assert give_articles(everything, herald, seconds=0) == 2
    assert give_articles(everything, herald) == 3
    assert not everything.exists()


def test_a_look_under_way_is_dropped_and_due_again(gazette, herald):
    row, now = gazette.corrected, timezone.now()
    Host.objects.update(due_at=None)
    Article.objects.filter(pk=row.pk).update(lease_token="t", lease_until=now + HOUR, next_check_at=now)
    held = claiming.begin(claiming.Job.ARTICLE, row.pk, "t", now)
    give_articles(Article.objects.filter(pk=row.pk), herald)
    assert not claiming.finish(held, title="Written by a worker of before")
    assert row in Article.objects.due(now)
    assert Host.objects.get(pk=row.host_id).due_at == now


def test_a_feed_s_new_articles_are_the_new_source_s(site, herald):
    site.pages |= {"/a": article("Boats wait"), "/b": article("Lighthouse")}
    source = follow(site, "/a")
    feed = source.feeds.get()
    part = Feed.objects.create(source=source, url=site.url("/part.xml"), part_of=feed, is_paused=True)
    assert give_feeds([feed, *herald.feeds.all()], herald) == [feed]
    assert set(herald.feeds.all()) >= {feed, part}
    herald.feeds.exclude(pk=feed.pk).update(is_paused=True)
    site.pages["/feed.xml"] = rss("/a", "/b")
    poll_again()
    assert (at(site, "/a").source, at(site, "/b").source) == (source, herald)


def test_who_follows_a_source_that_is_merged_follows_the_one_that_has_all_now(gazette, herald):
    """And what waits to be told is told, once: whoever follows both already has one thing to stop."""
    desk = Channel.objects.create(name="Desk", created_at=DAY_ONE)
    begun = {"channel": desk, "created_at": DAY_ONE, "begins_at": DAY_ONE}
    first, second = (Follow.objects.create(source=source, **begun) for source in (herald, gazette.source))
    notice = Notice.objects.create(channel=desk, follow=second, change=Change.objects.first())
    transfers.close([gazette.source], herald)
    assert [follow.source for follow in Follow.objects.all()] == [herald]
    notice.refresh_from_db()
    assert notice.follow == first
