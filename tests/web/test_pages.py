"""Pages as a reader gets them: what they say, what they never say, how many queries they cost."""

import html
import re
import socket
from datetime import timedelta

import pytest
from django.conf import settings
from django.core.cache import cache
from django.test import Client
from django.utils import timezone
from protego import Protego

from articles import tallying, views
from articles.core import robots, scheduling
from articles.models import Article, Check, Feed, Heartbeat, Source, Version
from tests.cast import BRIDGE, DAY_ONE, FERRY, Cast, add_version, make_article, make_source, storable

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def text_of(response) -> str:
    """A page's text: tags gone, entities read, blanks evened out."""
    bare = re.sub(r"</?(?:time|span|a|bdi)\b[^>]*>", "", response.content.decode())
    bare = re.sub(r"<[^>]+>", " ", bare)
    return " ".join(html.unescape(bare).split())


def sides(page: str, row: str) -> list[str]:
    """The inner HTML of the cells of the row with this id."""
    found = re.search(rf'<tr[^>]* id="{row}">(.*?)</tr>', page, re.S)
    return re.findall(r"<td[^>]*>(.*?)</td>", found.group(1), re.S)


# --- home ----------------------------------------------------------------------------------------
def test_empty_home_says_how_to_add_the_first_source(client: Client, db) -> None:
    page = client.get("/")
    assert page.status_code == 200
    assert "python manage.py addsource URL" in text_of(page)
    assert "/admin/" in page.content.decode()


def test_home_without_changes_says_what_is_followed_and_when_the_next_look_is(client: Client, db) -> None:
    source = make_source()
    article = make_article(source, "Quiet", ["Nothing happened."])
    make_article(source, "Withdrawn", ["Nothing happened."], hidden_at=DAY_ONE)
    soon = timezone.now() + timedelta(minutes=20, seconds=20)
    Article.objects.filter(pk=article.pk).update(next_check_at=soon)
    Feed.objects.update(next_check_at=soon + HOUR)
    text = text_of(client.get("/"))
    assert "The Harbour Gazette 1 article" in text
    assert "in 20 minutes" in text


def test_home_lists_each_changed_article_once_newest_first(client: Client, cast: Cast) -> None:
    page = client.get("/").content.decode()
    links = re.findall(r'<h2[^>]*><a href="([^"]+)"', page)
    assert links == [
        f"/articles/{cast.corrected.pk}/diff/2/3/",
        f"/articles/{cast.rewritten.pk}/diff/1/2/",
        f"/articles/{cast.right_to_left.pk}/diff/1/2/",
    ]
    assert "Iron bridge to close for <del>two years</del><ins>three years as costs double</ins>" in page
    assert f'<h2 lang="ar" dir="rtl"><a href="/articles/{cast.right_to_left.pk}/' in page
    assert "correction notice" in page


def test_home_pages_by_key_without_losing_a_row(client: Client, db) -> None:
    source = make_source()
    for n in range(65):
        article = make_article(source, f"Article {n}", ["One dog barked."])
        # Three share each moment: the key must not skip among equal times.
        add_version(article, ["Two dogs barked."], at=DAY_ONE + HOUR * (1 + n // 3))
    seen: list[str] = []
    address = "/"
    while address:
        page = client.get(address).content.decode()
        seen += re.findall(r"<h2[^>]*><a [^>]*>(Article \d+)", page)
        following = re.search(r'rel="next" href="(\?before=[^"]+)"', page)
        address = f"/{following.group(1)}" if following else ""
    assert len(seen) == 65
    assert len(set(seen)) == 65


@pytest.mark.parametrize("key", ["x", "1", "1-", "9" * 30 + "-1", "1-" + "9" * 30, "%00-1", "1-1%0a", "²-1"])
def test_a_key_that_is_none_is_told_so(client: Client, cast: Cast, key: str) -> None:
    page = client.get(f"/?before={key}")
    assert page.status_code == 404
    assert "is not a page of this list" in text_of(page)


def test_queries_do_not_grow_with_rows(client: Client, cast: Cast, django_assert_num_queries) -> None:
    addresses = {
        "/": 3,
        "/sources/": 5,
        "/stats/": 8,
        "/stats/?sort=disclosed": 8,
        f"/sources/{cast.source.slug}/": 9,
        f"/sources/{cast.source.slug}/?list=changes": 4,
        cast.corrected.get_absolute_url(): 5,
        f"/articles/{cast.corrected.pk}/diff/1/2/": 3,
        f"/articles/{cast.corrected.pk}/diff/1/3/": 3,
        f"/articles/{cast.corrected.pk}/versions/1/": 3,
    }
    client.get("/")  # the languages that its form offers are remembered from here on
    for rounds in range(2):
        tallying.settle()
        for address, count in addresses.items():
            with django_assert_num_queries(count):
                assert client.get(address).status_code == 200
        for n in range(25 * (1 - rounds)):
            article = make_article(cast.source, f"More {n}", ["One dog barked."])
            add_version(article, ["Two dogs barked."], at=DAY_ONE + n * HOUR)
            add_version(
                cast.corrected,
                [f"Dog {n} barked."],
                at=DAY_ONE + (n + 9) * HOUR,
                title="Nineteen hurt as ferry runs aground off Brightwater",
            )


# --- history ------------------------------------------------------------------------------------
def test_history_says_what_is_known_of_the_article(client: Client, cast: Cast) -> None:
    text = text_of(client.get(cast.corrected.get_absolute_url()))
    assert (
        "This article is from the source The Harbour Gazette and was first seen on 2 Mar 2026, 09:00 UTC"
        in text
    )
    assert "The article has changed 2 times (3 versions)." in text
    assert "Next check is due now." in text  # the cast's check was due long ago
    assert "about 2 hours later" in text  # version 3, an hour and a half after version 2


def test_a_history_leads_to_its_timemap(client: Client, cast: Cast) -> None:
    body = client.get(cast.corrected.get_absolute_url()).content.decode().partition("<body")[2]
    assert re.search(rf'<a href="[^"]*/timemap/link/{re.escape(cast.corrected.url)}"', body)


def test_history_with_one_version_says_since_when_nothing_changed(client: Client, cast: Cast) -> None:
    Article.objects.filter(pk=cast.stable.pk).update(check_count=7)
    text = text_of(client.get(cast.stable.get_absolute_url()))
    assert "No change seen in 7 checks since 2 Mar 2026, 09:00 UTC" in text
    assert "Compare" not in text
    # of a text that is held back nobody can say that it is no change
    held = {"pending_since": DAY_ONE, "pending_reason": "unrelated: headline and text share no words"}
    Article.objects.filter(pk=cast.stable.pk).update(**held)
    text = text_of(client.get(cast.stable.get_absolute_url()))
    assert "No change seen" not in text
    assert "is this article's. Headline and text share no words" in text


def _at(minutes: int):
    return timezone.now() + timedelta(minutes=minutes, seconds=20)


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        (
            {"next_check_at": lambda: _at(30)},
            "(in 30 minutes): it changed twice in its first day.",
        ),
        (
            {
                "next_check_at": lambda: _at(30),
                "version_count": 2,
                "first_seen_at": lambda: timezone.now() - 3 * DAY,
                "last_changed_at": lambda: timezone.now() - DAY,
            },
            "(in 30 minutes): it changed once, about 24 hours ago.",
        ),
        (
            {
                "next_check_at": lambda: _at(30),
                "first_seen_at": lambda: timezone.now() - 9 * DAY,
                "last_changed_at": lambda: timezone.now() - 2 * DAY,
            },
            "(in 30 minutes): it changed twice, last 2 days ago.",
        ),
        (
            {"next_check_at": lambda: _at(30), "failures": 1, "last_error": "No answer."},
            "(in 30 minutes). The last look failed",  # the failure is why, not the article's record
        ),
        ({"status": "finished"}, "It will not be checked again."),
        (
            {"status": "finished", "last_checked_at": lambda: DAY_ONE + 125 * DAY},
            "It will not be checked again: no change in 124 days.",  # the last change fell on day one
        ),
        (
            {"status": "gone", "status_since": lambda: DAY_ONE, "last_status": 410},
            "Gone since 2 Mar 2026, 09:00 UTC",
        ),
        ({"status": "reused", "status_since": lambda: DAY_ONE}, "has carried another text since 2 Mar 2026"),
        ({"failures": 2, "last_error": "No answer."}, "The last look failed: No answer."),
        (
            {"pending_since": lambda: DAY_ONE, "pending_reason": "login"},
            "Behind a wall or error page since 2 Mar",
        ),
        (
            {
                "pending_since": lambda: DAY_ONE,
                "pending_reason": "cut: only the first 51 of 492 words are left",
            },
            "behind a wall, or broken. Only the first 51 of 492 words are left",
        ),
        (
            {"pending_since": lambda: DAY_ONE, "pending_reason": "shrunk: 40 words are left of 492"},
            "The page has shown another text since 2 Mar",
        ),
        (
            {
                "pending_since": lambda: DAY_ONE,
                "pending_reason": "unrelated: headline and text share no words",
            },
            "The page has shown another text since 2 Mar",
        ),
        (
            {"last_outcome": "blocked", "last_reason": "robots.txt"},
            "The site does not let us look. robots.txt",
        ),
        ({"cosmetic_count": 3}, "3 cosmetic changes, in which no word or number differed, made no version."),
        ({"published_at": lambda: DAY_ONE - HOUR}, "was first published on 2 Mar 2026, 08:00 UTC"),
    ],
)
def test_history_states_in_words(client: Client, cast: Cast, fields: dict, sentence: str) -> None:
    values = {name: value() if callable(value) else value for name, value in fields.items()}
    Article.objects.filter(pk=cast.corrected.pk).update(**values)
    assert sentence in text_of(client.get(cast.corrected.get_absolute_url()))


@pytest.mark.parametrize(
    ("seen", "published", "reason"),
    [
        (3 * HOUR, None, "it is about 3 hours old and has not changed."),
        (3 * HOUR, 3 * HOUR + timedelta(minutes=20), "it is about 3 hours old and has not changed."),
        (2 * DAY, 400 * DAY, "it has not changed in the 2 days since it was found."),
        (2 * DAY, -DAY, "it is 2 days old and has not changed."),  # a date in the future says nothing
    ],
)
def test_history_says_why_an_article_without_a_change_is_looked_at_then(
    client: Client, cast: Cast, seen: timedelta, published: timedelta | None, reason: str
) -> None:
    now = timezone.now()
    Article.objects.filter(pk=cast.stable.pk).update(
        next_check_at=_at(90), first_seen_at=now - seen, published_at=published and now - published
    )
    assert f"(in about 2 hours): {reason}" in text_of(client.get(cast.stable.get_absolute_url()))


def test_a_text_that_waits_for_its_host_s_next_turn_is_no_trouble(client: Client, cast: Cast) -> None:
    Article.objects.filter(pk=cast.corrected.pk).update(
        pending_since=DAY_ONE, pending_reason="unsteady: a new text, seen once: looked at again at once"
    )
    text = text_of(client.get(cast.corrected.get_absolute_url()))
    assert "Behind a wall" not in text
    assert "unsteady" not in text


def test_a_reused_address_is_looked_at_again_and_said_once(client: Client, cast: Cast) -> None:
    Article.objects.filter(pk=cast.corrected.pk).update(
        status="reused",
        status_since=DAY_ONE,
        next_check_at=_at(30),
        pending_since=DAY_ONE,
        pending_reason="reused: the address now carries another text, seen twice",
    )
    text = text_of(client.get(cast.corrected.get_absolute_url()))
    assert "Its address has carried another text since 2 Mar 2026" in text
    assert "(in 30 minutes)." in text
    assert "not be checked again" not in text
    assert "The page has shown another text" not in text


def test_history_of_a_paused_source_says_so(client: Client, cast: Cast) -> None:
    Source.objects.update(is_paused=True)
    assert "Source paused." in text_of(client.get(cast.corrected.get_absolute_url()))


def test_flapping_lists_the_texts_it_goes_between(client: Client, cast: Cast) -> None:
    at = DAY_ONE + 10 * HOUR
    stable = Article.objects.get(pk=cast.stable.pk)
    add_version(stable, ["Another text altogether."], at=at)
    add_version(stable, BRIDGE[6:], at=at + HOUR)
    Article.objects.filter(pk=stable.pk).update(is_flapping=True)
    page = client.get(stable.get_absolute_url())
    assert "Its variants: version 1, version 2." in text_of(page)
    assert "The same text as version 1" in text_of(page)


def test_wrong_slug_leads_to_the_right_one_for_now(client: Client, cast: Cast) -> None:
    right = cast.corrected.get_absolute_url()
    for wrong in (
        f"/articles/{cast.corrected.pk}-old-headline/?before=3",
        f"/articles/{cast.corrected.pk}/?before=3",
    ):
        answer = client.get(wrong)
        assert (answer.status_code, answer.headers["Location"]) == (302, f"{right}?before=3")
        # A headline may go back to an old wording: a browser that kept the way would go in circles.
        assert answer.headers["Cache-Control"] == "no-cache"


def test_compare_form_leads_to_the_diff_in_order(client: Client, cast: Cast) -> None:
    address = f"/articles/{cast.corrected.pk}/compare/"
    answer = client.get(address, {"old": "3", "new": "1"})
    assert (answer.status_code, answer.headers["Location"]) == (
        302,
        f"/articles/{cast.corrected.pk}/diff/1/3/",
    )
    assert client.get(address, {"old": "3"}).status_code == 404
    assert client.get(address, {"old": "²", "new": "1"}).status_code == 404


def test_a_long_history_pages_by_version(client: Client, cast: Cast) -> None:
    article = cast.stable
    for n in range(105):
        add_version(article, [f"Text {n}."], at=DAY_ONE + (n + 1) * HOUR)
    first = client.get(article.get_absolute_url()).content.decode()
    following = re.search(r'rel="next" href="(\?before=\d+)"', first).group(1)
    second = client.get(article.get_absolute_url() + following).content.decode()
    numbers = [int(n) for n in re.findall(r'type="radio" name="old" value="(\d+)"', first + second)]
    assert numbers == list(range(106, 0, -1))
    # The radios of one page reach only its own versions; the numbers reach all.
    for page in (first, second):
        assert '<input type="number" name="new" min="1" max="106"' in page
    past = client.get(f"{article.get_absolute_url()}?before=1")
    assert "There are no older versions. The newest" in text_of(past)
    assert "Compare the two chosen" not in text_of(past)


# --- diff ----------------------------------------------------------------------------------------
def test_diff_marks_words_in_a_table(client: Client, cast: Cast) -> None:
    page = client.get(f"/articles/{cast.corrected.pk}/diff/1/2/").content.decode()
    old, new = sides(page, "c1")
    assert "<del>Twelve</del> people were hurt, <del>two</del> of them badly" in old
    assert "<ins>Nineteen</ins> people were hurt, <ins>four</ins> of them badly" in new
    assert "<ins>" not in old
    assert "<del>" not in new
    assert re.search(r"<h1[^>]*><del>Twelve</del><ins>Nineteen</ins> hurt as ferry", page)
    assert "<caption>" in page
    assert '<th scope="row">' in page


def test_diff_head_tells_times_gap_interval_and_totals(client: Client, cast: Cast) -> None:
    text = text_of(client.get(f"/articles/{cast.rewritten.pk}/diff/1/2/"))
    assert text.count("Version 1 | Version 2") == 2  # in the window's title and over the table
    assert "2 Mar 2026, 09:00 UTC" in text
    assert "about 2 hours later" in text
    # version 1 was last seen half an hour before version 2 was
    assert "changed between 2 Mar 2026, 10:30 and 11:00 UTC." in text
    assert re.search(r"\d+ passages: .*1 added, 1 removed, \d moved, 1 split; \+\d+ −\d+ words", text)
    assert "Removed" in text
    assert "Split from 5" in text


def test_a_change_within_a_minute_is_told_to_the_second(client: Client, cast: Cast) -> None:
    new = cast.rewritten.versions.get(number=2)
    new.previous_seen_at = new.first_seen_at + timedelta(seconds=3)
    new.first_seen_at += timedelta(seconds=41)
    new.save()
    page = client.get(f"/articles/{cast.rewritten.pk}/diff/1/2/").content.decode()
    assert (
        'The text was changed between <time datetime="2026-03-02T11:00:03Z">2 Mar 2026, 11:00:03</time>'
        ' and <time datetime="2026-03-02T11:00:41Z">11:00:41 UTC</time>.'
    ) in page


def test_moves_and_splits_link_both_ways(client: Client, cast: Cast) -> None:
    for view in ("side", "inline"):
        page = client.get(f"/articles/{cast.rewritten.pk}/diff/1/2/?view={view}").content.decode()
        targets = re.findall(r'<a href="#([on]\d+)">(Moved from|Moved to|Split from|Merged from)', page)
        assert {words for _, words in targets} >= {"Moved from", "Moved to", "Split from"}
        anchors = re.findall(r' id="([^"]+)"', page)
        assert len(anchors) == len(set(anchors))
        assert {target for target, _ in targets} <= set(anchors)


def test_unchanged_runs_fold_around_changes(client: Client, cast: Cast) -> None:
    # Only the second of nine paragraphs changed: 1 before it, 2 after it show, 5 fold.
    address = f"/articles/{cast.corrected.pk}/diff/1/2/"
    page = client.get(address).content.decode()
    assert "<summary>5 unchanged paragraphs</summary>" in page
    assert FERRY[8] in page
    assert "<details>" not in client.get(f"{address}?context=all").content.decode()


def test_latest_and_wrong_order(client: Client, cast: Cast) -> None:
    base = f"/articles/{cast.corrected.pk}/diff"
    latest = client.get(f"{base}/2/latest/")
    assert "Correction: an earlier version" in text_of(latest)
    turned = client.get(f"{base}/3/1/?view=inline")
    assert (turned.status_code, turned.headers["Location"]) == (302, f"{base}/1/3/?view=inline")


def test_a_diff_over_several_versions_says_what_it_skips(client: Client, cast: Cast) -> None:
    text = text_of(client.get(f"/articles/{cast.corrected.pk}/diff/1/3/"))
    assert "Version 2 lies between." in text
    assert "2 passages: 1 changed, 1 added" in text
    add_version(cast.corrected, ["Quite another text."], at=DAY_ONE + 9 * HOUR)
    text = text_of(client.get(f"/articles/{cast.corrected.pk}/diff/1/4/"))
    assert "Versions 2 and 3 lie between." in text


def test_identical_texts_are_said_to_be(client: Client, cast: Cast) -> None:
    add_version(cast.stable, ["Another text."], at=DAY_ONE + HOUR)
    add_version(cast.stable, BRIDGE[6:], at=DAY_ONE + 2 * HOUR)
    assert "The two texts are identical." in text_of(client.get(f"/articles/{cast.stable.pk}/diff/1/3/"))
    assert "beside itself" in text_of(client.get(f"/articles/{cast.stable.pk}/diff/1/1/"))


def test_texts_that_differ_in_typography_alone_are_said_to(client: Client, cast: Cast) -> None:
    add_version(cast.stable, ["He said “no” then."], at=DAY_ONE + HOUR)
    add_version(cast.stable, ["Another text."], at=DAY_ONE + 2 * HOUR)
    add_version(cast.stable, ['He said "no" then.'], at=DAY_ONE + 3 * HOUR)
    page = text_of(client.get(f"/articles/{cast.stable.pk}/diff/2/4/"))
    assert "No word, number or sign of meaning differs" in page
    assert "how they are set: quotation marks." in page


@pytest.mark.parametrize("pair", ["1/9", "0/1", "9/latest", "9/10"])
def test_unknown_version_lists_those_that_exist(client: Client, cast: Cast, pair: str) -> None:
    page = client.get(f"/articles/{cast.corrected.pk}/diff/{pair}/")
    assert page.status_code == 404
    assert "has 3 versions: 1 2 3" in text_of(page)


def test_an_empty_choice_is_the_default(client: Client, cast: Cast) -> None:
    page = client.get(f"/articles/{cast.corrected.pk}/diff/1/2/?view=&context=")
    assert '<table class="diff side">' in page.content.decode()


@pytest.mark.parametrize("query", ["view=x", "context=3"])
def test_an_unknown_view_is_told_which_there_are(client: Client, cast: Cast, query: str) -> None:
    page = client.get(f"/articles/{cast.corrected.pk}/diff/1/2/?{query}")
    assert page.status_code == 404
    assert "takes one of:" in text_of(page)


def test_changes_view_says_removed_and_added(client: Client, cast: Cast) -> None:
    page = client.get(f"/articles/{cast.corrected.pk}/diff/1/2/?view=changes")
    assert "Paragraph 2: Changed Removed: Twelve people were hurt, two of them badly" in text_of(page)
    assert "Added: Nineteen people were hurt, four of them badly" in text_of(page)


def test_neighbours_are_links_in_words_and_in_the_head(client: Client, cast: Cast) -> None:
    page = client.get(f"/articles/{cast.corrected.pk}/diff/1/2/?view=inline").content.decode()
    following = f"/articles/{cast.corrected.pk}/diff/2/3/?view=inline"
    assert f'<link rel="next" href="{following}">' in page
    assert f'rel="next" href="{following}">Later change</a>' in page
    assert 'rel="prev"' not in page
    assert re.search(r'diff/1/2/\?view=inline" aria-current="page"', page)


def test_right_to_left_text_carries_its_language_and_direction(client: Client, cast: Cast) -> None:
    page = client.get(f"/articles/{cast.right_to_left.pk}/diff/1/2/").content.decode()
    assert page.count('<td lang="ar" dir="rtl"') == 6
    assert '<html lang="en">' in page


@pytest.mark.usefixtures("clock_stands_still")
def test_an_unchanged_diff_is_not_sent_again(client: Client, cast: Cast) -> None:
    address = f"/articles/{cast.corrected.pk}/diff/1/2/"
    etag = client.get(address).headers["ETag"]
    assert client.get(address, headers={"If-None-Match": etag}).status_code == 304
    add_version(cast.corrected, ["Quite another text."], at=DAY_ONE + 9 * HOUR)
    assert client.get(address, headers={"If-None-Match": etag}).status_code == 200


def test_a_diff_that_is_none_is_never_unchanged(client: Client, cast: Cast) -> None:
    answer = client.get(f"/articles/{cast.corrected.pk}/diff/1/9/", headers={"If-None-Match": "*"})
    assert answer.status_code == 404


@pytest.mark.usefixtures("clock_stands_still")
def test_not_modified_says_what_the_page_itself_would(client: Client, cast: Cast) -> None:
    address = f"/articles/{cast.corrected.pk}/diff/1/2/"
    page = client.get(address)
    answer = client.get(address, headers={"If-None-Match": page.headers["ETag"]})
    assert answer.status_code == 304
    for name in ("ETag", "Cache-Control"):
        assert answer.headers[name] == page.headers[name]
    assert "Accept-Encoding" in answer.headers["Vary"]


def test_one_page_is_kept_however_its_numbers_are_spelt(
    client: Client, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept: list[str] = []
    monkeypatch.setattr(views.cache, "set", lambda key, page, timeout: kept.append(key))
    for pair in ("2/3", "0002/3", "2/latest"):
        client.get(f"/articles/000{cast.corrected.pk}/diff/{pair}/")
    assert len(kept) == 3
    assert len(set(kept)) == 1


def test_a_large_page_is_not_kept(client: Client, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    kept: list[int] = []
    monkeypatch.setattr(views.cache, "set", lambda key, page, timeout: kept.append(len(page)))
    add_version(cast.stable, ["word " * 80_000], at=DAY_ONE + HOUR)
    client.get(f"/articles/{cast.stable.pk}/diff/1/2/")
    assert kept == []


def test_large_texts_are_compared_by_paragraphs_and_the_page_says_so(client: Client, cast: Cast) -> None:
    long = [f"{n} dogs barked. " * 17_000 for n in range(2)]  # 102,000 words
    add_version(cast.stable, [*long, "One cat slept."], at=DAY_ONE + HOUR)
    add_version(cast.stable, [*long, "Two cats slept."], at=DAY_ONE + 2 * HOUR)
    page = client.get(f"/articles/{cast.stable.pk}/diff/2/3/")
    text = text_of(page)
    assert "more than 100,000 words" in text
    assert "2 passages: 1 added, 1 removed; +2 −2 words" in text
    body = page.content.decode()
    assert "<del>One cat slept.</del>" in body
    assert "<ins>Two cats slept.</ins>" in body
    # Over several versions nothing was recorded: no kinds and no words are claimed.
    over = text_of(client.get(f"/articles/{cast.stable.pk}/diff/1/3/"))
    assert "5 passages: 3 added, 2 removed" in over
    assert "2 removed; +" not in over


def test_a_change_is_said_to_be_disclosed_or_silent(client: Client, cast: Cast) -> None:
    base = f"/articles/{cast.corrected.pk}/diff"
    assert "silent the page does not say that it was changed" in text_of(client.get(f"{base}/1/2/"))
    for pair in ("2/3", "1/3"):
        assert "disclosed the page itself says that it was changed" in text_of(client.get(f"{base}/{pair}/"))
    history = text_of(client.get(cast.corrected.get_absolute_url()))
    assert history.index("disclosed: the page itself says") < history.index("silent: the page does not")


def test_reasons_carry_the_articles_language(client: Client, cast: Cast) -> None:
    for address in (f"/articles/{cast.right_to_left.pk}/diff/1/2/", "/"):
        assert '<bdi lang="ar" dir="rtl">' in client.get(address).content.decode()


def test_in_one_text_a_heading_is_a_heading(client: Client, cast: Cast) -> None:
    page = client.get(f"/articles/{cast.rewritten.pk}/diff/1/2/?view=inline&context=all").content.decode()
    assert '<p class="heading">Detours</p>' in page


# --- what no page may do -------------------------------------------------------------------------
HOSTILE = "<script>alert(1)</script> \ud800 \x07 {{ 7 }} \"'>&"


def test_page_text_is_text_whatever_it_holds(client: Client, db) -> None:
    hostile = storable(HOSTILE)
    article = make_article(make_source(name="<b>S</b>"), "<i>T</i>", ["Before.", hostile])
    add_version(
        article, ["Now.", hostile, "<img src=x>"], at=DAY_ONE + HOUR, title="<i>U</i>", byline="<a>B</a>"
    )
    base = f"/articles/{article.pk}/diff/1/2/"
    views = [base, base + "?view=inline", base + "?view=changes", base + "?context=all"]
    others = ["/", article.get_absolute_url(), f"/articles/{article.pk}/versions/2/", "/sources/gazette/"]
    for address in (*views, *others):
        page = client.get(address)
        assert page.status_code == 200
        body = page.content.decode()
        assert not re.search(r"<(script>|img|i>|b>S)", body)
        assert "\x07" not in body


def test_hidden_articles_are_nowhere(client: Client, cast: Cast) -> None:
    hidden = cast.hidden
    for address in (
        hidden.get_absolute_url(),
        f"/articles/{hidden.pk}/diff/1/2/",
        f"/articles/{hidden.pk}/versions/1/",
        f"/articles/{hidden.pk}/versions/1/capture",
        f"/articles/{hidden.pk}/compare/?old=1&new=2",
        f"/articles/{hidden.pk}/feed.rss",
    ):
        answer = client.get(address)
        assert answer.status_code == 410
        assert "idden headline" not in text_of(answer)
        assert "must not be shown" not in text_of(answer)
    for address in (
        "/",
        "/sources/",
        "/sources/gazette/",
        "/sources/gazette/?list=changes",
        "/stats/",
        "/feed.rss",
        "/feed.atom",
    ):
        body = client.get(address).content.decode()
        assert "Hidden headline" not in body
        assert f"/articles/{hidden.pk}" not in body


PUBLIC = (
    "/",
    "/sources/",
    "/sources/gazette/",
    "/sources/none/",
    "/stats/",
    "/about/",
    "/robots.txt",
    "/?before=x",
)


def test_no_cache_shows_a_page_without_asking(client: Client, cast: Cast) -> None:
    one = f"/articles/{cast.corrected.pk}"
    pages = (f"{one}/diff/1/2/", f"{one}/diff/1/9/", f"{one}/versions/1/", f"{one}/versions/1/capture")
    others = (
        cast.corrected.get_absolute_url(),
        cast.hidden.get_absolute_url(),
        f"{one}/feed.rss",
        "/feed.atom",
    )
    for address in (*PUBLIC, *pages, *others):
        assert client.get(address).headers["Cache-Control"] == "no-cache", address


def test_an_address_that_is_none_leads_nowhere(client: Client, cast: Cast) -> None:
    Article.objects.update(url="javascript:alert(1)")
    Source.objects.update(url="javascript:alert(1)")
    one = f"/articles/{cast.corrected.pk}"
    pages = (cast.corrected.get_absolute_url(), f"{one}/diff/1/2/", f"{one}/versions/1/", "/sources/gazette/")
    for address in (*pages, "/feed.rss", "/feed.atom", f"{one}/feed.atom"):
        assert not re.search(r"""href=["'&a-z;]*javascript""", client.get(address).content.decode()), address


def test_readers_are_not_shown_a_feeds_key(client: Client, cast: Cast) -> None:
    Feed.objects.update(url="https://gazette.example/feed.xml?token=s3cret")
    assert "https://gazette.example/feed.xml?… · Last good poll" in text_of(client.get("/sources/gazette/"))
    assert "s3cret" not in client.get("/sources/").content.decode()


def test_robots_may_not_walk_every_pair(client: Client, db) -> None:
    answer = client.get("/robots.txt")
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    ours = Protego.parse(answer.content.decode())
    assert ours.can_fetch("/articles/1/diff/1/2/", "bot")
    for address in (
        "/articles/1/diff/1/2/?view=inline",
        "/articles/1/diff/1/2/?context=all",
        "/articles/1/compare/",
    ):
        assert not ours.can_fetch(address, "bot")


def test_nothing_is_inline_or_from_elsewhere(client: Client, cast: Cast) -> None:
    for address in (
        "/",
        cast.corrected.get_absolute_url(),
        f"/articles/{cast.corrected.pk}/diff/1/2/",
        "/about/",
    ):
        page = client.get(address)
        body = page.content.decode()
        assert "script-src 'self'" in page.headers["Content-Security-Policy"]
        assert not re.search(r"<style|\sstyle=|<script(?![^>]*\ssrc=)|\son\w+=", body)
        ours = ("/", f"{settings.BASE_URL}/")
        assert all(link.startswith(ours) for link in re.findall(r'(?:src|<link[^>]* href)="([^"]+)"', body))


# --- the rest ------------------------------------------------------------------------------------
def test_version_page_is_the_text_and_stays_out_of_search_engines(client: Client, cast: Cast) -> None:
    page = client.get(f"/articles/{cast.corrected.pk}/versions/1/")
    assert page.headers["X-Robots-Tag"] == "noindex"
    assert '<meta name="robots" content="noindex">' in page.content.decode()
    text = text_of(page)
    assert all(paragraph in text for paragraph in FERRY)
    assert Version.objects.get(article=cast.corrected, number=1).digest in text
    body = client.get(f"/articles/{cast.corrected.pk}/versions/2/").content.decode()
    assert f'href="{cast.corrected.url}"' in body
    assert f'rel="prev" href="/articles/{cast.corrected.pk}/versions/1/"' in body
    assert f'rel="next" href="/articles/{cast.corrected.pk}/versions/3/"' in body
    assert client.get(f"/articles/{cast.corrected.pk}/versions/4/").status_code == 404


def test_capture_is_a_file_never_a_page(client: Client, cast: Cast) -> None:
    answer = client.get(f"/articles/{cast.corrected.pk}/versions/1/capture")
    assert FERRY[0].encode() in answer.content
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.headers["Content-Disposition"].startswith("attachment;")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer.headers["Content-Security-Policy"]


def test_source_pages_lists_changed_then_unchanged_articles(client: Client, cast: Cast) -> None:
    page = client.get("/sources/gazette/").content.decode()
    listed = page.split("Articles by their last change")[1]
    order = [int(pk) for pk in re.findall(r'<li><a href="/articles/(\d+)-', listed)]
    expected = [cast.corrected, cast.rewritten, cast.right_to_left, cast.stable]
    assert order == [article.pk for article in expected]
    unknown = client.get("/sources/unknown/")
    assert unknown.status_code == 404
    assert "There is no source of this name here." in text_of(unknown)


def test_a_sources_articles_page_past_the_last_change(client: Client, cast: Cast) -> None:
    for n in range(40):
        make_article(cast.source, f"Unchanged {n}", ["One dog barked."])
    seen: list[str] = []
    address = "/sources/gazette/"
    while address:
        page = client.get(address).content.decode()
        seen += re.findall(r'<li><a href="(/articles/\d+-)', page.split("Articles by their last change")[1])
        following = re.search(r'rel="next" href="(\?before=[^"]+)"', page)
        address = f"/sources/gazette/{following.group(1)}" if following else ""
    assert len(seen) == len(set(seen)) == 44


def test_feed_health_in_one_line(client: Client, cast: Cast) -> None:
    assert "Last good poll" in text_of(client.get("/sources/gazette/"))
    Feed.objects.update(failures=4, last_error="HTTP 503", last_error_at=DAY_ONE)
    text = text_of(client.get("/sources/gazette/"))
    assert "Failing 4 times in a row" in text
    assert "HTTP 503" in text


def test_sources_page_by_key(client: Client, db) -> None:
    for n in range(51):
        Source.objects.create(name=f"Source {n:03}", slug=f"s{n:03}")
    first = client.get("/sources/").content.decode()
    assert 'href="?after=s049"' in first
    second = text_of(client.get("/sources/?after=s049"))
    assert "Source 050" in second
    assert "Source 049" not in second
    assert client.get("/sources/?after=%00").status_code == 404


def test_about_names_the_crawler_and_the_way_out(client: Client, db, settings) -> None:
    text = text_of(client.get("/about/"))
    assert settings.NEWSDIFF_USER_AGENT in text
    assert "User-agent: newsdiff Disallow: /" in text
    settings.NEWSDIFF_HOST_DELAY = 0.05
    assert "at least 0.05 seconds between two" in text_of(client.get("/about/"))


def test_what_about_says_of_the_crawler_is_what_it_does(client: Client, db, settings) -> None:
    settings.NEWSDIFF_USER_AGENT = "Harbour-Watch/2 (+https://x.example)"
    settings.NEWSDIFF_MIN_INTERVAL = 600.0
    page = client.get("/about/").content.decode()
    whole, part = (
        html.unescape(rules) for rules in re.findall(r'<code dir="ltr">(User-agent[^<]+)</code>', page)
    )
    agent, article = settings.NEWSDIFF_USER_AGENT, "https://news.example/a"
    assert not robots.allowed(whole, article, agent)
    assert robots.shut_out(whole, "https://news.example/feed.xml", agent)
    assert robots.allowed(part, article, agent)
    assert not robots.allowed(part, "https://news.example/members/a", agent)
    assert robots.crawl_delay(part, agent) == 10
    text = text_of(client.get("/about/"))
    assert "A feed is asked for every 10 minutes while it names new articles, else up to once an hour" in text
    assert timedelta(hours=1) == scheduling.POLL_LONGEST
    assert "robots.txt is read again once a day" in text


@pytest.mark.parametrize("contact", ["desk@example.org", "mailto:desk@example.org"])
def test_about_gives_the_mail_address(client: Client, db, settings, contact: str) -> None:
    settings.NEWSDIFF_CONTACT = contact
    page = client.get("/about/").content.decode()
    assert '<a href="mailto:desk@example.org">desk@example.org</a>' in page


def test_health(client: Client, db) -> None:
    assert client.get("/healthz").status_code == 200
    cache.clear()
    silent = client.get("/readyz")
    assert silent.status_code == 503
    assert silent.json()["database"] == "ok"
    Heartbeat.objects.create(name="tick", at=timezone.now() - timedelta(seconds=90))
    assert client.get("/readyz").status_code == 503
    Heartbeat.objects.update(at=timezone.now())
    ready = client.get("/readyz")
    assert (ready.status_code, ready.json()["status"]) == (200, "ok")


def test_ready_says_which_part_is_not(client: Client, db, settings, unused_port: int) -> None:
    cache.clear()  # what the broker said is told again for some seconds
    Heartbeat.objects.create(name="tick", at=timezone.now())
    settings.REDIS_URL = f"redis://127.0.0.1:{unused_port}/0"
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["broker"].startswith("failing")
    assert answer.json()["tick"] == "ok"


def test_whoever_asks_for_readiness_again_and_again_does_not_ask_the_broker(
    client: Client, db, settings
) -> None:
    """A broker that does not answer holds a thread for seconds each time."""
    cache.clear()
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.settimeout(5)
        settings.REDIS_URL = f"redis://127.0.0.1:{silent.getsockname()[1]}/0"
        answers = [client.get("/readyz").json()["broker"] for _ in range(3)]
        silent.accept()[0].close()
        silent.settimeout(0)
        with pytest.raises(BlockingIOError):
            silent.accept()
    assert answers == ["failing: TimeoutError"] * 3


@pytest.fixture
def unused_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def test_an_address_without_a_page(client: Client, db) -> None:
    page = client.get("/nothing/here/")
    assert page.status_code == 404
    assert "There is nothing here This address leads to no page." in text_of(page)


def test_pages_take_no_posts(client: Client, cast: Cast) -> None:
    assert client.post("/").status_code == 405
    assert client.post(cast.corrected.get_absolute_url()).status_code == 405


def test_readers_are_not_told_what_a_name_resolves_to_inside(client: Client, cast: Cast) -> None:
    inside = "refused: intranet.example resolves to 10.1.2.3, a private address"
    Article.objects.filter(pk=cast.stable.pk).update(failures=1, last_error=inside, last_outcome="failed")
    Check.objects.create(article=cast.stable, at=cast.stable.first_seen_at, outcome="failed", reason=inside)
    text = text_of(client.get(cast.stable.get_absolute_url()))
    assert "10.1.2.3" not in text
    assert "not one that may be fetched" in text
