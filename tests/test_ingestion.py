"""From a feed to stored versions, against a real site on the loopback interface."""

from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from articles import claiming, ingestion
from articles.core.types import Outcome
from articles.models import Article, Blob, Change, Check, Feed, Host, Snapshot, Source, Version, packed_text
from tests.crawl import at, follow, look_again, poll_again, work_off
from tests.site import FILLER, Page, Site, article, rss

pytestmark = pytest.mark.django_db


def outcomes(row: Article) -> list[str]:
    return list(Check.objects.filter(article=row).order_by("pk").values_list("outcome", flat=True))


def numbers(row: Article) -> list[tuple[int, int | None]]:
    return list(row.versions.order_by("number").values_list("number", "same_as"))


# --- the main job -------------------------------------------------------------------------------
def test_a_feed_becomes_articles_and_their_first_versions(site):
    site.pages |= {"/a": article("Boats wait for a crane"), "/b": article("Lighthouse to be painted")}
    source = follow(site, "/a", "/b")
    assert source.slug == "the-quiet-harbour"
    assert [a.title for a in Article.objects.order_by("pk")] == [
        "Boats wait for a crane",
        "Lighthouse to be painted",
    ]
    version = at(site, "/a").versions.get()
    assert version.number == 1
    assert version.texts == FILLER
    assert version.snapshot.blob.body.startswith(b"<!doctype html>")
    assert Change.objects.count() == 0


def test_changed_words_make_a_version_and_a_change(site):
    site.pages["/a"] = article("Harbour board meets", *FILLER)
    follow(site, "/a")
    site.pages["/a"] = article("Harbour board meets", *FILLER[:-1], FILLER[-1].replace("spring", "autumn"))
    look_again()
    row = at(site, "/a")
    assert numbers(row) == [(1, None), (2, None)]
    change = Change.objects.get()
    assert (change.old.number, change.new.number) == (1, 2)
    assert (change.added_words, change.removed_words) == (1, 1)
    assert row.last_changed_at == change.seen_at == row.versions.get(number=2).first_seen_at
    assert change.new.previous_seen_at == change.old.last_seen_at <= change.new.first_seen_at


def test_a_changed_headline_alone_is_a_change(site):
    site.pages["/a"] = article("Man charged with murder")
    follow(site, "/a")
    site.pages["/a"] = article("Man charged with manslaughter")
    look_again()
    assert at(site, "/a").title == "Man charged with manslaughter"
    assert Change.objects.get().kind_names == ["headline"]


def test_nothing_new_makes_nothing_and_moves_the_last_sight(site):
    site.pages["/a"] = article()
    follow(site, "/a")
    before = at(site, "/a").versions.get().last_seen_at
    look_again()
    row = at(site, "/a")
    assert outcomes(row) == ["new_version", "unchanged"]
    assert row.versions.get().last_seen_at > before
    assert Snapshot.objects.count() == 1
    assert row.next_check_at > timezone.now()


def test_noise_around_the_article_makes_no_version(site):
    def with_advert(asked):
        page = article()
        page.body = page.body.replace("</header>", f"</header><aside class=ad>Buy {asked.at}</aside>")
        return page

    site.pages["/a"] = with_advert
    follow(site, "/a")
    look_again()
    look_again()
    row = at(site, "/a")
    assert outcomes(row) == ["new_version", "unchanged", "unchanged"]
    assert row.snapshots.count() == 3  # the bytes differed


def test_the_same_text_on_a_page_that_claims_otherwise_is_told_without_reading_any_version(site):
    def dated(day: int) -> Page:
        claim = f'<meta property="article:modified_time" content="2026-05-0{day}T08:00:00Z">'
        return article(head=claim)

    site.pages["/a"] = dated(1)
    follow(site, "/a")
    known = at(site, "/a").skeleton
    site.pages["/a"] = dated(2)
    with CaptureQueriesContext(connection) as asked:
        look_again()
    row = at(site, "/a")
    assert outcomes(row) == ["new_version", "unchanged"]
    assert row.skeleton not in ("", known)  # it was read, and the next look may be shorter
    assert not [
        query["sql"] for query in asked.captured_queries if '"articles_version"."packed"' in query["sql"]
    ]


def test_typography_is_cosmetic_once_and_never_a_version(site):
    site.pages["/a"] = article("The board's plan", *FILLER)
    follow(site, "/a")
    site.pages["/a"] = article("The board’s plan", *FILLER)
    look_again()
    look_again()
    row = at(site, "/a")
    assert outcomes(row) == ["new_version", "cosmetic", "unchanged"]
    assert (row.version_count, row.cosmetic_count) == (1, 1)
    kept = row.cosmetic_changes.get()
    assert (kept.version.number, kept.source, kept.reason) == (1, row.source, "quotation marks")
    assert kept.seen_at == row.checks.get(outcome="cosmetic").at
    assert kept.excerpt == [["=", "The "], ["-", "board's"], ["+", "board’s"], ["=", " plan"]]


def test_a_second_change_of_typography_tells_only_what_it_changed_itself(site):
    """And one that takes it back says so; the page in between stays the same to the letter."""
    straight, curly, dashed = (
        "The board's plan - at last",
        "The board’s plan - at last",
        "The board’s plan – at last",
    )
    for title in (straight, curly, curly, dashed, curly, straight):
        site.pages["/a"] = article(title, *FILLER)
        follow(site, "/a") if not Article.objects.exists() else look_again()
    row = at(site, "/a")
    assert (row.version_count, row.cosmetic_count) == (1, 4)
    told = [(one.reason, one.excerpt) for one in row.cosmetic_changes.order_by("seen_at")]
    begin, end = ["=", "The board’s plan "], ["=", " at last"]
    assert told[1:] == [
        ("dashes", [begin, ["-", "-"], ["+", "–"], end]),
        ("dashes", [begin, ["-", "–"], ["+", "-"], end]),
        ("", []),
    ]
    assert (told[0][0], ["+", "board’s"] in told[0][1]) == ("quotation marks", True)


def test_a_change_of_typography_whose_forerunner_is_not_kept_is_told_beside_the_version(site):
    for title in ("The board's plan", "The board’s plan", "The board‘s plan"):
        site.pages["/a"] = article(title, *FILLER)
        if Article.objects.exists():
            look_again()
        else:
            follow(site, "/a")
        Check.objects.filter(outcome="cosmetic").update(snapshot=None)
    told = at(site, "/a").cosmetic_changes.order_by("seen_at").last()
    assert told.excerpt == [["=", "The "], ["-", "board's"], ["+", "board‘s"], ["=", " plan"]]


def test_going_back_to_the_typography_of_the_version_is_told_too(site):
    for title in ("The board's plan", "The board’s plan", "The board's plan"):
        site.pages["/a"] = article(title, *FILLER)
        follow(site, "/a") if not Article.objects.exists() else look_again()
    row = at(site, "/a")
    assert row.cosmetic_count == 2
    assert [(kept.reason, len(kept.excerpt)) for kept in row.cosmetic_changes.order_by("seen_at")] == [
        ("quotation marks", 4),
        ("", 0),
    ]


# --- pages that break off --------------------------------------------------------------------------
def broken_off(title: str = "Harbour board hears of a calm winter", share: float = 0.7) -> Page:
    """The first part of an article's page, in an answer that does not say how long it is."""
    whole = article(title).body
    return Page(whole[: int(len(whole) * share)], is_unmeasured=True)


def miscounted(title: str) -> Page:
    """The same, in an answer of the length it names."""
    return replace(broken_off(title), is_unmeasured=False, headers={"Content-Encoding": "identity"})


def test_a_page_that_broke_off_without_a_sign_is_no_first_version(site):
    site.pages["/a"] = broken_off()
    follow(site, "/a")
    row = at(site, "/a")
    assert (row.version_count, row.last_outcome) == (0, "failed")
    assert row.last_reason.startswith("answer may be cut short")
    site.pages["/a"] = article()
    look_again()
    assert at(site, "/a").versions.get().texts == FILLER


def test_a_page_that_broke_off_under_a_new_headline_is_no_version(site):
    site.pages["/a"] = article()
    follow(site, "/a")
    for share in (0.5, 0.6):
        site.pages["/a"] = broken_off("Harbour board hears of a stormy winter", share)
        look_again()
    site.pages["/a"] = miscounted("Harbour board hears of a stormy winter")
    look_again()
    assert numbers(at(site, "/a")) == [(1, None)]
    site.pages["/a"] = article("Harbour board hears of a stormy winter")
    look_again()
    assert at(site, "/a").versions.get(number=2).texts == FILLER


def test_a_page_written_without_an_end_is_believed_at_the_second_look_and_then_at_once(site):
    def without_end(*paragraphs: str) -> Page:
        return Page(article("Boats wait", *paragraphs).body.partition("</body>")[0], is_unmeasured=True)

    site.pages["/a"] = without_end(*FILLER)
    follow(site, "/a")
    look_again()
    assert outcomes(at(site, "/a")) == ["failed", "new_version"]
    site.pages["/a"] = without_end(*FILLER[:-1], FILLER[-1].replace("spring", "autumn"))
    look_again()
    assert outcomes(at(site, "/a")) == ["failed", "new_version", "new_version"]


def test_a_page_without_an_end_that_never_has_the_same_length_is_believed_in_the_end(site):
    def growing(asked):
        body = article().body.partition("</body>")[0]
        return Page(f"{body}<script>{'x' * len(site.asked)}</script>", is_unmeasured=True)

    site.pages["/a"] = growing
    follow(site, "/a")
    for _ in range(3):
        look_again()
    assert outcomes(at(site, "/a")) == ["failed", "failed", "failed", "new_version"]


# --- going back and forth -------------------------------------------------------------------------
def test_a_revert_names_the_version_it_equals(site):
    first, second = article("The plan is dropped"), article("The plan is delayed")
    for page in (first, second, first):
        site.pages["/a"] = page
        follow(site, "/a") if not Article.objects.exists() else look_again()
    assert numbers(at(site, "/a")) == [(1, None), (2, None), (3, 1)]


def test_alternation_is_damped_after_the_second_return(site):
    pages = [article("The plan is dropped"), article("The plan is delayed")]
    site.pages["/a"] = pages[0]
    follow(site, "/a")
    for turn in range(1, 8):
        site.pages["/a"] = pages[turn % 2]
        look_again()
    row = at(site, "/a")
    assert numbers(row) == [(1, None), (2, None), (3, 1), (4, 2)]
    assert row.is_flapping
    site.pages["/a"] = article("The plan goes ahead")
    look_again()
    row.refresh_from_db()
    assert (row.version_count, row.is_flapping) == (5, False)


def test_a_flapping_article_that_settles_gets_its_version(site):
    pages = [article("The plan is dropped"), article("The plan is delayed")]
    site.pages["/a"] = pages[0]
    follow(site, "/a")
    for turn in range(1, 5):
        site.pages["/a"] = pages[turn % 2]
        look_again()
    for _ in range(8):
        look_again()
    row = at(site, "/a")
    assert numbers(row)[-1] == (5, 1)
    assert row.title == "The plan is dropped"


# --- what is not the article -----------------------------------------------------------------------
WALL = Page(
    "<html><title>Are you a robot?</title><h1>Please verify you are a human</h1><p>Enable cookies.</p></html>"
)


def test_a_wall_is_never_a_version_and_is_told(site):
    site.pages["/a"] = article()
    follow(site, "/a")
    site.pages["/a"] = WALL
    for _ in range(3):
        look_again()
    row = at(site, "/a")
    assert row.version_count == 1
    assert row.pending_reason or row.last_error
    assert set(outcomes(row)[1:]) <= {"suspect", "failed"}
    site.pages["/a"] = article()
    look_again()
    row.refresh_from_db()
    assert (row.version_count, row.pending_digest, row.failures) == (1, "", 0)


def test_a_text_cut_to_a_stub_needs_a_second_look(site):
    long = [f"{text} That was on day {n} of the month." for n in range(8) for text in FILLER]
    site.pages["/a"] = article("A long report", *long)
    follow(site, "/a")
    site.pages["/a"] = article("A long report", *long[:6])
    look_again()
    row = at(site, "/a")
    assert (outcomes(row)[-1], row.version_count) == ("suspect", 1)
    look_again()
    row.refresh_from_db()
    assert (outcomes(row)[-1], row.version_count) == ("new_version", 2)


def test_a_list_of_the_source_s_articles_is_not_one_of_them(site):
    titles = {
        "/b": "Boats wait for a crane",
        "/c": "Lighthouse to be painted",
        "/d": "Choir sings for every boat",
    }
    site.pages |= {path: article(title, *FILLER[n:]) for n, (path, title) in enumerate(titles.items())}
    site.pages["/a"] = article()
    follow(site, "/a", *titles)
    row = at(site, "/a")
    site.pages["/a"] = article(
        "Today", *(f"{title}, and what comes next for the quay" for title in titles.values())
    )
    for _ in range(3):
        look_again()
    row.refresh_from_db()
    assert (row.last_outcome, row.version_count, row.status) == ("suspect", 1, Article.Status.TRACKED)
    assert row.last_reason == "a list of articles: it has the headlines of 3 others of the source"


def test_a_missing_page_is_gone_only_after_it_was_looked_at_again(site):
    site.pages["/a"] = article()
    follow(site, "/a")
    del site.pages["/a"]
    look_again()
    assert at(site, "/a").status == Article.Status.TRACKED
    look_again()
    look_again()
    row = at(site, "/a")
    assert (row.status, row.last_reason) == (Article.Status.GONE, "404 Not Found")
    assert row.next_check_at is not None  # pages come back
    site.pages["/a"] = article("It is back")
    look_again()
    row.refresh_from_db()
    assert (row.status, row.version_count) == (Article.Status.TRACKED, 2)


def test_410_ends_it_at_once(site):
    site.pages["/a"] = article()
    follow(site, "/a")
    site.pages["/a"] = Page(status=410)
    look_again()
    row = at(site, "/a")
    assert (row.status, row.next_check_at, row.version_count) == (Article.Status.GONE, None, 1)
    assert outcomes(row)[-1] == Outcome.GONE


@pytest.mark.parametrize(
    ("page", "outcome", "reason"),
    [
        (Page("no", 500), "failed", "500 Internal Server Error"),
        (Page("no", 403), "blocked", "403 Forbidden"),
        (Page("no", 451), "blocked", "451 Unavailable For Legal Reasons"),
        (Page("", 200), "failed", "empty answer"),
        (Page(b"%PDF-1.7", 200, kind="application/pdf"), "failed", "not a web page"),
    ],
)
def test_errors_are_recorded_and_lose_nothing(site, page, outcome, reason):
    site.pages["/a"] = article()
    follow(site, "/a")
    site.pages["/a"] = page
    look_again()
    row = at(site, "/a")
    assert (row.last_outcome, row.failures, row.version_count) == (outcome, 1, 1)
    assert reason in row.last_error
    assert row.last_error_at is not None
    site.pages["/a"] = article("Mended")
    look_again()
    row.refresh_from_db()
    assert (row.failures, row.version_count) == (0, 2)


# --- asking politely ---------------------------------------------------------------------------------
def test_robots_txt_comes_first_and_is_obeyed(site):
    site.pages["/robots.txt"] = Page("User-agent: newsdiff\nDisallow: /private/\n", kind="text/plain")
    site.pages |= {"/a": article(), "/private/b": article("Secret")}
    follow(site, "/a", "/private/b")
    asked = site.paths()
    assert asked.index("/robots.txt") < asked.index("/a")
    assert "/private/b" not in asked
    row = at(site, "/private/b")
    assert (row.last_outcome, row.last_error) == ("blocked", "robots.txt forbids this address")


def test_no_article_is_asked_for_while_robots_txt_cannot_be_read(site):
    site.pages |= {"/robots.txt": Page("", 503), "/a": article()}
    follow(site, "/a")
    look_again()
    assert "/a" not in site.paths()
    assert "503" in at(site, "/a").last_error
    assert outcomes(at(site, "/a")) == ["blocked"]


def test_robots_txt_that_asks_for_a_pause_gets_it(site):
    site.pages |= {"/robots.txt": Page("", 429, {"Retry-After": "3600"}), "/a": article()}
    follow(site, "/a")
    assert Host.objects.get().next_at - timezone.now() > timedelta(minutes=59)


def test_rules_once_read_stay_in_force_while_they_cannot_be_read(site):
    site.pages["/robots.txt"] = Page("User-agent: *\nDisallow: /private/\n", kind="text/plain")
    site.pages |= {"/a": article(), "/private/b": article("Secret")}
    follow(site, "/a")
    site.pages["/robots.txt"] = Page("", 500)
    Host.objects.update(robots_expires_at=timezone.now(), next_at=timezone.now())
    site.pages["/feed.xml"] = rss("/a", "/private/b")
    poll_again()
    look_again()
    assert "/private/b" not in site.paths()
    assert outcomes(at(site, "/a")) == ["new_version", "unchanged"]
    assert "500" in Host.objects.get().last_error


def test_validators_are_sent_back_byte_for_byte(site):
    etag, date = '"a-b;c"', "Mon, 04 May 2026 08:00:00 GMT"
    site.pages["/a"] = article()
    site.pages["/a"].headers = {"ETag": etag, "Last-Modified": date}
    follow(site, "/a")
    look_again()
    last = site.asked[-1].headers
    assert (last["if-none-match"], last["if-modified-since"]) == (etag, date)
    assert outcomes(at(site, "/a"))[-1] == "not_modified"


def test_a_busy_host_is_left_alone_as_long_as_it_asks(site):
    site.pages |= {"/a": article(), "/b": article("Another")}
    follow(site, "/a", "/b")
    site.pages["/a"] = site.pages["/b"] = Page("busy", 503, {"Retry-After": "120"})
    asked_before = len(site.asked)
    look_again()
    assert len(site.asked) == asked_before + 1  # the second was not even tried
    host = Host.objects.get()
    wait = host.next_at - timezone.now()
    assert timedelta(seconds=60) < wait <= timedelta(seconds=120)
    assert "503" in host.last_error


def test_a_feed_is_asked_without_validators_once_only(site):
    site.pages["/feed.xml"] = rss("/a")
    site.pages["/feed.xml"].headers = {"ETag": '"1"'}
    site.pages["/a"] = article()
    from articles.ingestion.sources import add_source

    add_source(site.url("/feed.xml"))
    work_off()
    poll_again()
    polls = [asked.headers.get("if-none-match") for asked in site.asked if asked.path == "/feed.xml"]
    assert polls[0] is None
    assert polls[1:] == ['"1"']


# --- one row per page ----------------------------------------------------------------------------------
def test_one_article_however_many_feeds_and_spellings(site):
    site.pages["/a"] = article()
    follow(site, "/a?utm_source=rss", "/a/", "/a#top")
    site.pages["/other.xml"] = rss(site.url("/a?fbclid=1"))
    Feed.objects.create(source=Article.objects.get().source, url=site.url("/other.xml"))
    work_off()
    assert Article.objects.count() == 1


def test_permanent_redirect_moves_the_address_and_merges_spellings(site):
    site.pages |= {"/old": Page(status=301, headers={"Location": "/a"}), "/a": article()}
    follow(site, "/old", "/a")
    assert Article.objects.count() == 1
    row = at(site, "/old")
    assert row == at(site, "/a")
    assert row.url == site.url("/a")
    assert row.version_count == 1


@pytest.mark.parametrize("status", [301, 308])
def test_an_article_that_moved_for_good_is_asked_at_its_new_address(site, status):
    site.pages["/a"] = article()
    follow(site, "/a")
    row = at(site, "/a")
    site.pages |= {
        "/a": Page(status=status, headers={"Location": "/new"}),
        "/new": article("Changed on the way"),
    }
    look_again()
    row.refresh_from_db()
    assert (row.url, row.version_count) == (site.url("/new"), 2)
    assert at(site, "/a") == at(site, "/new") == row  # the old address is kept: it still leads there
    asked = len(site.asked)
    look_again()
    assert set(site.paths()[asked:]) == {"/new"}
    poll_again()  # the feed still names the old one
    assert Article.objects.count() == 1


def test_temporary_redirect_is_followed_each_time(site):
    site.pages |= {"/now": Page(status=302, headers={"Location": "/a"}), "/a": article()}
    follow(site, "/now")
    row = at(site, "/now")
    assert (row.url, row.version_count) == (site.url("/now"), 1)
    site.pages["/a"] = article("Changed behind the redirect")
    look_again()
    row.refresh_from_db()
    assert row.version_count == 2
    assert outcomes(row) == ["new_version", "new_version"]  # a redirect is no look of its own


def test_articles_sent_for_now_to_one_page_are_not_taken_for_one(site):
    repair = Page(status=302, headers={"Location": "/repair"})
    site.pages |= {
        "/a": repair,
        "/b": repair,
        "/c": repair,
        "/repair": article("Wartungsarbeiten am Server", *FILLER[:3]),
    }
    follow(site, "/a", "/b", "/c")
    assert Article.objects.count() == 3
    site.pages |= {"/a": article("First"), "/b": article("Second"), "/c": article("Third")}
    look_again()
    look_again()
    assert {at(site, path).title for path in ("/b", "/c")} == {"Second", "Third"}


def test_a_temporary_redirect_to_another_article_is_no_version(site):
    site.pages |= {"/a": article("Harbour board meets"), "/b": article("Harbour board meets again")}
    follow(site, "/a", "/b")
    site.pages["/a"] = Page(status=302, headers={"Location": "/b"})
    look_again()
    look_again()
    row = Article.objects.get(url=site.url("/a"))
    assert (row.last_outcome, row.version_count) == ("suspect", 1)


@pytest.mark.parametrize("target", ["/a", "/b"])
def test_redirects_without_end_are_an_error(site, target):
    site.pages |= {
        "/a": Page(status=302, headers={"Location": target}),
        "/b": Page(status=302, headers={"Location": "/a"}),
    }
    follow(site, "/a")
    row = at(site, "/a")
    assert row.last_outcome == "failed"
    assert "redirect" in row.last_error.lower() or "302" in row.last_error
    assert len(site.asked) < 12


def test_a_redirect_to_a_private_address_is_not_followed(site):
    site.pages["/a"] = Page(status=302, headers={"Location": "http://169.254.169.254/latest/"})
    follow(site, "/a")
    row = at(site, "/a")
    Host.objects.update(next_at=timezone.now())
    work_off()
    row.refresh_from_db()
    assert (row.last_outcome, row.version_count) == ("blocked", 0)
    assert "private" in row.last_error or "not a public" in row.last_error


def test_a_redirect_to_the_front_page_means_the_article_is_missing(site):
    site.pages |= {"/a": article(), "/": article("Front page of the day")}
    follow(site, "/a")
    site.pages["/a"] = Page(status=302, headers={"Location": "/"})
    for _ in range(3):
        look_again()
    row = at(site, "/a")
    assert (row.status, row.version_count) == (Article.Status.GONE, 1)


def test_a_page_that_moves_onto_another_article_gets_no_version_of_it(site):
    site.pages |= {"/a": article("First"), "/b": article("Second")}
    follow(site, "/a", "/b")
    site.pages["/a"] = Page(status=301, headers={"Location": "/b"})
    look_again()
    row = Article.objects.get(url=site.url("/a"))
    assert (row.last_outcome, row.version_count) == ("moved", 1)
    assert row.next_check_at is not None  # a redirect may be a slip of theirs
    site.pages["/a"] = article("First, corrected")
    look_again()
    row.refresh_from_db()
    assert (row.last_outcome, row.version_count) == ("new_version", 2)


def test_a_304_from_another_articles_address_moves_nothing_there(site):
    site.pages |= {"/a": article("First"), "/b": article("Second")}
    site.pages["/a"].headers = site.pages["/b"].headers = {"ETag": '"1"'}
    follow(site, "/a", "/b")
    site.pages["/a"] = Page(status=301, headers={"Location": "/b"})
    look_again()
    row = at(site, "/a")
    assert (row.last_outcome, row.url) == ("not_modified", site.url("/a"))


def test_canonical_link_is_believed_only_for_the_same_text(site):
    canonical = f'<link rel=canonical href="{site.url("/a")}">'
    site.pages |= {
        "/a": article("First"),
        "/copy": article("First", head=canonical),
        "/liar": article("Quite another text", *FILLER[::-1], head=canonical),
    }
    follow(site, "/a", "/copy", "/liar")
    assert at(site, "/copy") == at(site, "/a")
    assert at(site, "/liar") != at(site, "/a")
    assert Article.objects.count() == 2


# --- feeds ------------------------------------------------------------------------------------------
def test_a_feed_that_fails_says_so_and_is_tried_again(site):
    site.pages["/a"] = article()
    follow(site, "/a")
    for page, words in ((Page("x", 500), "500"), (Page("<html><body>Hello</body></html>"), "web page")):
        site.pages["/feed.xml"] = page
        poll_again()
        feed = Feed.objects.get()
        assert words in feed.last_error
        assert feed.next_check_at > timezone.now()
    assert feed.failures == 2
    site.pages["/feed.xml"] = rss("/a", "/b")
    site.pages["/b"] = article("New")
    poll_again()
    feed.refresh_from_db()
    assert (feed.failures, Article.objects.count()) == (0, 2)


def test_an_entry_said_to_be_updated_is_looked_at_at_once(site):
    site.pages["/a"] = article()
    follow(site, "/a")
    looks = at(site, "/a").check_count
    now = timezone.now().strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    site.pages["/feed.xml"] = Page(
        f'<feed xmlns="http://www.w3.org/2005/Atom"><title>t</title><entry><title>A</title><id>1</id>'
        f'<link href="/a"/><updated>{now}</updated></entry></feed>',
        kind="application/atom+xml",
    )
    Article.objects.update(last_checked_at=timezone.now() - timedelta(hours=1))
    poll_again()
    assert at(site, "/a").check_count == looks + 1


# --- fencing ----------------------------------------------------------------------------------------
def test_a_worker_that_lost_its_lease_writes_nothing(site):
    site.pages["/a"] = article()
    follow(site, "/a")
    row = at(site, "/a")
    site.pages["/a"] = article("Changed")
    Host.objects.update(next_at=timezone.now())
    Article.objects.update(next_check_at=timezone.now(), quiet_looks=9)
    claiming.recall(timezone.now())
    (late,) = claiming.claim(timezone.now(), 1)
    Article.objects.filter(pk=row.pk).update(lease_until=timezone.now())  # it took too long …
    Host.objects.update(next_at=timezone.now())
    claiming.recall(timezone.now())
    (other,) = claiming.claim(timezone.now(), 1)  # … and another took over
    assert ingestion.check_article(late.id, late.token) is None
    assert row.versions.count() == 1
    assert ingestion.check_article(other.id, other.token).version == 2
    assert ingestion.check_article(other.id, other.token) is None  # a doubled message
    assert row.versions.count() == 2
    assert Article.objects.get().check_count == Check.objects.count() == 2


def test_a_bug_is_recorded_on_the_row_and_raised(site, monkeypatch):
    site.pages["/a"] = article()
    follow(site, "/a")
    monkeypatch.setattr("articles.ingestion.articles.read", lambda *a: 1 / 0)
    site.pages["/a"] = article("Changed")
    with pytest.raises(ZeroDivisionError):
        look_again()
    row = at(site, "/a")
    assert row.last_error == "newsdiff itself failed: ZeroDivisionError: division by zero"
    assert outcomes(row) == ["new_version", "failed"]
    assert row.check_count == 2
    assert row.lease_token == ""
    assert row.next_check_at > timezone.now()


# --- what is kept -------------------------------------------------------------------------------------
def test_old_snapshots_are_pruned_and_counted_but_never_a_versions(site, monkeypatch):
    looks = 0

    def noisy(asked):
        nonlocal looks
        looks += 1
        page = article()
        page.body += f"<!-- {looks} -->"
        return page

    site.pages["/a"] = noisy
    follow(site, "/a")
    for _ in range(24):
        look_again()
    row = at(site, "/a")
    assert row.snapshots.count() == 21  # that of the version, and the newest 20
    assert row.snapshots_pruned == 4
    assert row.versions.get().snapshot_id == row.snapshots.order_by("pk").first().pk
    assert Blob.objects.count() == 21

    def locked(digests: list[str]) -> None:
        raise OperationalError("database is locked")

    with monkeypatch.context() as patched:
        patched.setattr(Blob, "sweep", locked)
        with pytest.raises(OperationalError):
            look_again()  # is not stored, and its page neither
    assert outcomes(at(site, "/a"))[-1] == "failed"
    look_again()
    assert set(Blob.objects.values_list("pk", flat=True)) == set(row.snapshots.values_list("blob", flat=True))


def test_nothing_is_fetched_of_a_paused_source_or_a_hidden_article(site):
    site.pages |= {"/a": article(), "/b": article("Other")}
    source = follow(site, "/a", "/b")
    Article.objects.filter(pk=at(site, "/b").pk).update(hidden_at=timezone.now())
    asked = len(site.asked)
    source.is_paused = True
    source.save()
    look_again()
    assert len(site.asked) == asked
    source.is_paused = False
    source.save()
    look_again()
    assert site.paths()[asked:] == ["/a"]


def test_an_upgrade_of_the_extractor_makes_no_change(site):
    site.pages["/a"] = article("Harbour board meets", *FILLER)
    follow(site, "/a")
    # as if an older extractor had taken a line of the navigation for text, and missed the last paragraph
    older = Version.objects.get()
    text = packed_text(older.article_id, [["paragraph", "Home Sea"], *older.paragraphs[:-1]])
    Version.objects.update(extractor="0/older", digest="1:older", **text)
    Article.objects.update(skeleton="")  # which depends on the extractor
    site.pages["/a"].body += "<!-- other bytes -->"
    look_again()
    version = Version.objects.get()
    assert version.texts == FILLER
    assert version.extractor != "0/older"
    assert Change.objects.count() == 0
    site.pages["/a"] = article(
        "Harbour board meets", *FILLER[:-1], "A last paragraph of another kind stands here."
    )
    look_again()
    assert Change.objects.get().old.texts == FILLER  # both sides are today's reading


def test_one_page_at_fault_does_not_pause_its_host(site):
    site.pages |= {"/a": article(), "/b": article("Other")}
    follow(site, "/a", "/b")
    site.pages["/a"] = Page("<p>" + "x" * 5_100_000)
    look_again()
    assert "more than 5 MB" in at(site, "/a").last_error
    assert outcomes(at(site, "/b"))[-1] == "unchanged"
    assert Host.objects.get().failures == 0


def test_a_wall_whose_words_vary_is_looked_at_less_and_less(site):
    site.pages["/a"] = article()
    follow(site, "/a")
    waits = []
    for ray in range(4):
        page = f"<title>Just a moment</title><h1>Just a moment</h1><p>Checking your browser. Ray ID {ray}</p>"
        site.pages["/a"] = Page(page * 1)
        look_again()
        row = at(site, "/a")
        if row.last_outcome == "suspect":
            waits.append(row.next_check_at - row.last_checked_at)
    assert waits == sorted(waits)
    assert len(set(waits)) == len(waits)


def test_a_hostile_entry_costs_only_itself(site):
    page = rss("/a", "/b").body.replace("About /a", "About &#0;\x01 a")
    site.pages |= {"/feed.xml": Page(page, kind="application/rss+xml"), "/b": article()}
    from articles.ingestion.sources import add_source

    add_source(site.url("/feed.xml"))
    work_off()
    assert at(site, "/b").version_count == 1


def test_a_finished_article_is_woken_by_its_feed(site):
    site.pages["/a"] = article()
    follow(site, "/a")
    long_ago = timezone.now() - timedelta(days=1)
    Article.objects.update(status="finished", next_check_at=None, last_checked_at=long_ago)
    now = timezone.now().strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    site.pages["/feed.xml"] = Page(
        f'<feed xmlns="http://www.w3.org/2005/Atom"><title>t</title><entry><title>A</title><id>1</id>'
        f'<link href="/a"/><updated>{now}</updated></entry></feed>',
        kind="application/atom+xml",
    )
    site.pages["/a"] = article("A late correction")
    poll_again()
    assert (at(site, "/a").status, at(site, "/a").version_count) == ("tracked", 2)


def test_a_feed_moved_while_it_is_polled_is_polled_anew(site):
    site.pages |= {"/a": article(), "/new.xml": rss("/a")}
    follow(site, "/a")
    feed = Feed.objects.get()
    Host.objects.update(next_at=timezone.now())
    Feed.objects.update(next_check_at=timezone.now())
    claiming.recall(timezone.now())
    (late,) = claiming.claim(timezone.now(), 1)
    feed.refresh_from_db()
    feed.url = site.url("/new.xml")
    feed.save()
    assert ingestion.poll_feed(late.id, late.token) is None
    feed.refresh_from_db()
    assert feed.url == site.url("/new.xml")


def test_version_numbers_have_no_gaps_and_neighbours_differ(site):
    site.pages["/a"] = article("Number 0")
    follow(site, "/a")
    for n in (1, 1, 2, 2, 3, 1, 4):
        site.pages["/a"] = article(f"Number {n}")
        look_again()
    digests = list(Version.objects.order_by("number").values_list("number", "digest"))
    assert [number for number, _ in digests] == list(range(1, len(digests) + 1))
    assert all(a != b for (_, a), (_, b) in pairwise(digests))
    assert len(digests) == 6


def test_what_a_source_s_preset_and_a_page_s_cache_say_moves_the_next_look(site):
    def waited() -> float:
        look_again()
        row = at(site, "/a")
        return (row.next_check_at - row.last_checked_at).total_seconds()

    published = timezone.now() - timedelta(hours=10)
    site.pages["/a"] = article()
    follow(site, "/a")
    Article.objects.update(published_at=published, first_seen_at=timezone.now() - timedelta(hours=9.9))
    balanced = waited()
    assert balanced > 3600
    Source.objects.update(preset="fast")
    fast = waited()
    assert 300 < fast < 0.8 * balanced
    site.pages["/a"].headers["Cache-Control"] = "max-age=86400"
    assert waited() == pytest.approx(1.25 * fast, rel=0.01)
    Article.objects.update(version_count=9)
    assert waited() < fast


def test_the_host_that_an_article_has_moved_to_is_rung(site, django_capture_on_commit_callbacks):
    with closing(Site()) as other:
        other.pages |= {"/robots.txt": site.pages["/robots.txt"], "/a": article()}
        site.pages["/a"] = Page(status=301, headers={"Location": other.url("/a")})
        with django_capture_on_commit_callbacks(execute=True):
            follow(site, "/a")
        row = at(site, "/a")
        assert row.url == other.url("/a")
        assert row.host.due_at == row.next_check_at
        assert claiming.recall(row.next_check_at) == 0
