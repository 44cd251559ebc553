"""Polling feeds: what they ask for, where they move, how they end; against a real site."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from io import StringIO
from itertools import product

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.utils import timezone

from articles import claiming
from articles.core import urls
from articles.core.feeds import hints
from articles.core.http import Response
from articles.feedstates import DEAD_AFTER, FeedState, in_state, state_of
from articles.ingestion.feeds import read_poll, store
from articles.ingestion.sources import add_source
from articles.models import Article, Feed, Host, Source
from tests.cast import make_source
from tests.crawl import at, follow, poll_again, work_off
from tests.site import Page, article, rss

pytestmark = pytest.mark.django_db


def later(**span: float) -> time_machine.travel:
    """The clock put forward."""
    return time_machine.travel(timezone.now() + timedelta(**span))


def moved_to(path: str, status: int = 301) -> Page:
    return Page(status=status, headers={"Location": path})


# --- moves -----------------------------------------------------------------------------------------
@pytest.mark.parametrize("status", [301, 308])
def test_a_feed_moves_at_the_second_sight_of_its_redirect_a_day_later(site, status):
    site.pages["/a"] = article()
    follow(site, "/a")
    old, new = site.url("/feed.xml"), site.url("/new.xml")
    site.pages |= {"/feed.xml": moved_to("/new.xml", status), "/new.xml": rss("/a", "/b"), "/b": article()}
    poll_again()
    feed = Feed.objects.get()
    assert (feed.url, feed.redirect_url, feed.failures) == (old, new, 0)
    assert Article.objects.count() == 2  # it is followed meanwhile
    assert state_of(feed, timezone.now()) is FeedState.REDIRECTED
    with later(hours=23):
        poll_again()
        assert Feed.objects.get().url == old
    with later(hours=25):
        poll_again()
        feed.refresh_from_db()
        assert (feed.url, feed.key, feed.previous_url, feed.redirect_url) == (new, urls.key(new), old, "")
        assert state_of(feed, timezone.now()) is FeedState.MOVED
        asked = len(site.asked)
        poll_again()
        assert site.paths()[asked:] == ["/new.xml"]


def test_a_move_is_seen_in_an_answer_without_a_body_too(site):
    follow(site)
    feed = Feed.objects.get()
    new = rss()
    new.headers = {"ETag": '"1"'}
    site.pages |= {"/feed.xml": moved_to("/new.xml"), "/new.xml": new}
    poll_again()
    with later(hours=25):
        poll_again()  # 304
    feed.refresh_from_db()
    assert (feed.last_status, feed.url) == (304, site.url("/new.xml"))


def test_a_redirect_that_goes_away_moves_nothing(site):
    follow(site, "/a")
    site.pages |= {"/feed.xml": moved_to("/new.xml"), "/new.xml": rss("/a")}
    poll_again()
    site.pages["/feed.xml"] = rss("/a")
    poll_again()
    assert Feed.objects.get().redirect_since is None
    site.pages["/feed.xml"] = moved_to("/new.xml")
    with later(hours=25):
        poll_again()  # the first sight again
        assert Feed.objects.get().url == site.url("/feed.xml")


@pytest.mark.parametrize(
    "page",
    [moved_to("/new.xml", 302), moved_to("/portal")],
    ids=["for now only", "to a network's own page"],
)
def test_what_moves_no_feed(site, page):
    follow(site, "/a")
    portal = Page("<!doctype html><html><h1>Welcome to our network</h1></html>")
    site.pages |= {"/feed.xml": page, "/new.xml": rss("/a"), "/portal": portal}
    poll_again()
    with later(hours=25):
        poll_again()
    feed = Feed.objects.get()
    assert (feed.url, feed.redirect_url, feed.moved_at) == (site.url("/feed.xml"), "", None)
    if page.status == 301:
        assert feed.last_error == "This is a web page, not a feed."
        assert state_of(feed, timezone.now()) is FeedState.UNREADABLE


def test_a_move_to_a_feed_that_is_followed_is_told(site):
    follow(site, "/a")
    site.pages["/new.xml"] = rss("/b", title="Another")
    add_source(site.url("/new.xml"))
    site.pages["/feed.xml"] = moved_to("/new.xml")
    poll_again()
    with later(hours=25):
        poll_again()
    feed = Feed.objects.get(key=urls.key(site.url("/feed.xml")))
    assert feed.note == "It leads for good to another feed that is followed, of Another."


def test_the_operator_moves_a_feed_back(site, admin_client):
    follow(site, "/a")
    feed = Feed.objects.get()
    site.pages |= {"/feed.xml": moved_to("/new.xml"), "/new.xml": rss("/a")}
    poll_again()
    with later(hours=25):
        poll_again()
        page = admin_client.get(f"/admin/articles/feed/{feed.pk}/change/").content.decode()
        assert f"moved less than a minute ago from {feed.url}" in page
        assert "Move back to the address before" in page
    site.pages["/feed.xml"] = rss("/a")
    chosen = {"action": "move_back", "_selected_action": feed.pk}
    answer = admin_client.post("/admin/articles/feed/", chosen, follow=True)
    assert "Moved back 1 feed." in answer.content.decode()
    feed.refresh_from_db()
    assert (feed.url, feed.previous_url, feed.moved_at) == (site.url("/feed.xml"), "", None)
    work_off()
    feed.refresh_from_db()
    assert feed.failures == 0


# --- ends --------------------------------------------------------------------------------------------
def test_410_ends_polling_in_the_open_until_the_operator_begins_anew(site, admin_client, client):
    source = follow(site, "/a")
    site.pages["/feed.xml"] = Page(status=410)
    poll_again()
    feed = Feed.objects.get()
    assert (feed.next_check_at, feed.last_error) == (None, "410 Gone")
    assert state_of(feed, timezone.now()) is FeedState.ENDED
    assert (
        "The site has ended this feed (410 Gone)" in client.get(f"/sources/{source.slug}/").content.decode()
    )
    listed = admin_client.get("/admin/articles/feed/?state=ended").context["cl"]
    assert list(listed.result_list) == [feed]
    assert admin_client.get("/admin/articles/feed/?state=none").status_code == 200
    site.pages["/feed.xml"] = rss("/a", "/b")
    admin_client.post("/admin/articles/feed/", {"action": "check_now", "_selected_action": feed.pk})
    Host.objects.update(next_at=timezone.now())
    work_off()
    feed.refresh_from_db()
    assert (feed.failures, feed.next_check_at is None, Article.objects.count()) == (0, False, 2)


def test_410_behind_a_redirect_for_now_ends_nothing(site):
    follow(site, "/a")
    site.pages |= {"/feed.xml": moved_to("/elsewhere", 302), "/elsewhere": Page(status=410)}
    poll_again()
    assert Feed.objects.get().next_check_at is not None


def test_404_is_tried_again_less_and_less_often_and_said(site):
    follow(site, "/a")
    site.pages["/feed.xml"] = Page(status=404)
    waits = []
    for _ in range(5):
        poll_again()
        feed = Feed.objects.get()
        waits.append((feed.next_check_at - feed.last_checked_at).total_seconds() / 60)
    assert waits == pytest.approx([5, 5, 5, 10, 20])
    assert state_of(feed, timezone.now()) is FeedState.MISSING


def test_a_feed_that_names_nothing_new_for_weeks_is_said_to_be_dead_and_polled_on(site, client):
    source = follow(site, "/a")
    with later(days=27):
        poll_again()
        assert state_of(Feed.objects.get(), timezone.now()) is FeedState.FINE
    with later(days=29):
        poll_again()
        feed = Feed.objects.get()
        assert state_of(feed, timezone.now()) is FeedState.DEAD
        assert feed.next_check_at > timezone.now()
        text = client.get(f"/sources/{source.slug}/").content.decode()
        assert "has named nothing new for 29 days: it may be dead" in text
        site.pages["/feed.xml"] = rss()  # emptied: that is nothing new
        poll_again()
        assert state_of(Feed.objects.get(), timezone.now()) is FeedState.DEAD
        site.pages["/feed.xml"] = rss("/b")
        poll_again()
        assert state_of(Feed.objects.get(), timezone.now()) is FeedState.FINE


def test_a_feed_of_what_other_feeds_named_first_is_not_dead(site):
    follow(site, "/a", "/b")
    site.pages["/sport.xml"] = rss("/a", title="Sport")
    add_source(site.url("/sport.xml"))
    with later(days=29):
        site.pages["/sport.xml"] = rss("/b", title="Sport")
        poll_again()
        feed = Feed.objects.get(key=urls.key(site.url("/sport.xml")))
        assert state_of(feed, timezone.now()) is FeedState.FINE


def test_a_site_that_names_us_in_its_robots_txt_keeps_us_from_its_feed(site):
    follow(site, "/a")
    asked = len(site.asked)
    site.pages["/robots.txt"] = Page("User-agent: newsdiff\nDisallow: /", kind="text/plain")
    Host.objects.update(robots_expires_at=timezone.now())
    poll_again()
    assert site.paths()[asked:] == ["/robots.txt"]
    assert Feed.objects.get().last_error == "robots.txt forbids this address to this crawler by its name"
    site.pages["/robots.txt"] = Page("User-agent: *\nDisallow: /feed.xml", kind="text/plain")
    Host.objects.update(robots_expires_at=timezone.now())
    poll_again()
    assert Feed.objects.get().failures == 0


def test_doctor_names_the_feeds_that_bring_nothing_any_more(site):
    follow(site, "/a")
    assert "Every feed has named something new lately." in doctor()
    site.pages["/feed.xml"] = Page(status=410)
    poll_again()
    assert (
        f"Feeds that bring nothing any more, 1 in all: {site.url('/feed.xml')} (ended by the site (410))"
        in doctor()
    )


def doctor() -> str:
    out = StringIO()
    with suppress(CommandError):  # other findings are none of ours
        call_command("doctor", stdout=out, no_color=True)
    return out.getvalue()


# --- the states ------------------------------------------------------------------------------------
def test_the_database_tells_states_as_the_page_does(db):
    now = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)
    source = make_source("The Herald", "herald")
    Feed.objects.all().delete()
    rows = product(
        *[(False, True), (0, 2), (200, 404, 410, 500, None), (None, now)],
        *[(None, now), (None, now, now - DEAD_AFTER * 2), ("", "http://x.example/"), (None, now)],
    )
    names = (
        "is_paused failures last_status next_check_at last_ok_at last_new_at redirect_url moved_at".split()
    )
    host = Host.of("https://herald.example/")
    Feed.objects.bulk_create(
        Feed(
            source=source,
            host=host,
            url=f"https://herald.example/{n}",
            key=str(n),
            **dict(zip(names, row, strict=True)),
        )
        for n, row in enumerate(rows)
    )
    told = {feed.pk: state_of(feed, now) for feed in Feed.objects.all()}
    assert set(told.values()) == set(FeedState)
    for state in FeedState:
        found = set(in_state(Feed.objects.all(), state, now).values_list("pk", flat=True))
        assert found == {pk for pk, is_in in told.items() if is_in is state}, state


# --- what feeds ask for ----------------------------------------------------------------------------
def test_hours_and_days_to_be_skipped_hold_also_after_polls_that_bring_nothing(site):
    page = rss("/a")
    hours = "".join(f"<hour>{hour}</hour>" for hour in range(23))
    page.body = page.body.replace("<link>/</link>", f"<link>/</link><skipHours>{hours}</skipHours>", 1)
    page.headers = {"ETag": '"1"'}
    site.pages |= {"/feed.xml": page, "/a": article()}
    add_source(site.url("/feed.xml"))
    for status in (200, 304):
        feed = Feed.objects.get()
        assert feed.last_status == status or status == 200
        assert feed.next_check_at.astimezone(UTC).hour == 23
        assert hints.outside(feed.next_check_at, range(23), ()) == feed.next_check_at
        poll_again()


def test_a_wait_that_was_asked_for_holds_after_polls_that_bring_nothing(site):
    page = rss("/a")
    page.body = page.body.replace("<link>/</link>", "<link>/</link><ttl>45</ttl>", 1)
    page.headers = {"ETag": '"1"'}
    site.pages |= {"/feed.xml": page, "/a": article()}
    add_source(site.url("/feed.xml"))
    poll_again()
    feed = Feed.objects.get()
    assert feed.last_status == 304
    assert feed.next_check_at - feed.last_checked_at == timedelta(minutes=45)


# --- sitemaps ----------------------------------------------------------------------------------------
def sitemap(*lines: str) -> Page:
    return Page(f"<urlset>{''.join(lines)}</urlset>", kind="application/xml")


def line(path: str, at: datetime) -> str:
    return f"<url><loc>{path}</loc><lastmod>{at.isoformat()}</lastmod></url>"


def test_a_sitemap_is_followed_and_its_lastmod_brings_looks_forward(site):
    now = timezone.now()
    site.pages |= {"/a": article("One"), "/b": article("Two"), "/feed.xml": sitemap(
        line("/a", now - timedelta(hours=2)), line("/b", now - timedelta(hours=3)), line("/old", now - timedelta(days=9))
    )}  # fmt: skip
    add_source(site.url("/feed.xml"))
    work_off()
    feed = Feed.objects.get()
    assert (feed.kind, feed.entry_count) == ("sitemap", 2)
    assert feed.note == "Of 3 addresses 1 were left out: older than 3 days, or without a date."
    looks = list(Article.objects.order_by("pk").values_list("check_count", flat=True))
    Article.objects.update(last_checked_at=now - timedelta(hours=1))
    site.pages["/feed.xml"] = sitemap(
        line("/a", now - timedelta(minutes=5)), line("/b", now - timedelta(hours=3))
    )
    poll_again()
    assert list(Article.objects.order_by("pk").values_list("check_count", flat=True)) == [
        looks[0] + 1,
        looks[1],
    ]


def test_the_same_sitemap_ages(site):
    now = timezone.now()
    site.pages |= {"/a": article(), "/feed.xml": sitemap(line("/a", now))}
    add_source(site.url("/feed.xml"))
    with later(days=4):
        poll_again()
        assert Feed.objects.get().entry_count == 0


def test_the_parts_of_a_list_of_sitemaps_come_and_go(site):
    now = timezone.now()

    def listed(*parts: tuple[str, datetime]) -> Page:
        inside = "".join(
            f"<sitemap><loc>{p}</loc><lastmod>{t.isoformat()}</lastmod></sitemap>" for p, t in parts
        )
        return Page(f"<sitemapindex>{inside}</sitemapindex>", kind="application/xml")

    site.pages |= {
        "/map.xml": listed(("/1.xml", now), ("/2.xml", now - timedelta(days=9)), ("/map2.xml", now)),
        "/1.xml": sitemap(line("/a", now)),
        "/map2.xml": listed(("/3.xml", now)),
        "/a": article("In the first part"),
    }
    source, _ = add_source(site.url("/map.xml"))
    work_off()
    assert {(f.url, f.kind, f.failures) for f in source.feeds.all()} == {
        (site.url("/map.xml"), "sitemaps", 0),
        (site.url("/1.xml"), "sitemap", 0),
        (site.url("/map2.xml"), "", 1),
    }
    assert source.feeds.get(failures=1).last_error.startswith(
        "This is a list of sitemaps within another list"
    )
    assert Article.objects.get().title == "In the first part"
    site.pages |= {"/map.xml": listed(("/2.xml", now), ("/1.xml", now - timedelta(days=9)))}
    site.pages["/2.xml"] = sitemap(line("/b", now))
    poll_again()
    assert {feed.url for feed in source.feeds.all()} == {site.url("/map.xml"), site.url("/2.xml")}
    assert Article.objects.count() == 2  # what a part named stays, and is known to come from the list
    assert {article.feed.url for article in Article.objects.all()} == {site.url("/map.xml")}


# --- which feed it was -----------------------------------------------------------------------------------
def test_an_article_is_of_the_feed_that_named_it_first(site):
    site.pages |= {path: article() for path in ("/a", "/b")}
    first = follow(site, "/a").feeds.get()
    site.pages["/other.xml"] = rss("/b", "/a")
    _, (second,) = add_source(site.url("/other.xml"), name="Other")
    work_off()
    assert (at(site, "/a").feed, at(site, "/b").feed) == (first, second)
    site.pages["/feed.xml"] = rss("/b", "/a")
    poll_again()
    assert at(site, "/b").feed == second


def test_articles_outlive_their_feed_and_a_poll_of_one_that_was_deleted_still_stores_what_it_found(site):
    site.pages |= {path: article() for path in ("/a", "/b")}
    feed = follow(site, "/a").feeds.get()
    under_way = Feed.objects.get(pk=feed.pk)
    feed.delete()
    assert at(site, "/a").feed is None
    page = rss("/a", "/b")
    answer = Response(under_way.url, 200, (("content-type", page.kind),), page.body.encode())
    # without an end, for its row is not there to be written to
    assert store(under_way, read_poll(under_way, answer, timezone.now())) is None
    assert at(site, "/b").feed is None


def test_the_parts_of_a_list_are_kept_though_the_worker_dies_when_they_are_stored(site, monkeypatch):
    inside = f"<sitemap><loc>/1.xml</loc><lastmod>{timezone.now().isoformat()}</lastmod></sitemap>"
    page = f"<sitemapindex>{inside}</sitemapindex>"
    site.pages["/map.xml"] = Page(page, kind="application/xml", headers={"ETag": '"1"'})
    source, _ = add_source(site.url("/map.xml"))
    work_off()
    source.feeds.exclude(part_of=None).delete()

    finish = claiming.finish

    def dies_then(*arguments: object, **values: object) -> None:
        finish(*arguments, **values)  # with the validators, for which the site will answer 304
        raise RuntimeError

    monkeypatch.setattr(claiming, "finish", dies_then)
    Feed.objects.update(etag="", next_check_at=timezone.now())
    Host.objects.update(next_at=timezone.now())
    with pytest.raises(RuntimeError):
        work_off()
    assert Feed.objects.get(part_of=None).etag == '"1"'
    assert [feed.url for feed in source.feeds.exclude(part_of=None)] == [site.url("/1.xml")]


def test_pausing_a_list_pauses_its_parts(site, admin_client):
    source = make_source("The Herald", "herald")
    whole = source.feeds.get()
    part = Feed(source=source, url="https://herald.example/1.xml", part_of=whole)
    part.save()
    admin_client.post("/admin/articles/feed/", {"action": "pause", "_selected_action": whole.pk})
    part.refresh_from_db()
    assert part.is_paused
    assert Source.objects.get() == source
