"""The quote finder and the search: their pages, and their feeds."""

import html
import re
from datetime import timedelta
from itertools import pairwise
from urllib.parse import quote_plus

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone

from articles.core import permalinks
from articles.models import Host
from tests.cast import DAY_ONE, Cast, add_version, make_article, make_cast
from tests.site import FILLER, Asked, Page, article
from tests.web.test_home import text_of

HURT = "Twelve people were hurt, two of them badly, the coast guard said."


# --- quotations ----------------------------------------------------------------------------------------
def test_a_quotation_is_told_with_its_versions_and_what_became_of_it(client: Client, cast: Cast):
    response = client.get("/quote/", {"text": HURT})
    said = text_of(response)
    assert "word for word" in said
    assert "In version 1: first seen 2 Mar 2026, 09:00 UTC" in said
    assert "Removed in version 2, between 2 Mar 2026, 10:00 and 10:30 UTC" in said
    page = response.content.decode()
    assert f'href="/articles/{cast.corrected.pk}/diff/1/2/"' in page
    # against what stood there, the words that came in its place
    assert "<del>Twelve</del><ins>Nineteen</ins>" in page
    assert response["X-Robots-Tag"] == "noindex"


def test_what_the_form_posts_is_led_to_an_address_that_can_be_passed_on(cast: Cast):
    asks = Client(enforce_csrf_checks=True)  # the page may lie in a cache: there is no token in it
    short = asks.post("/quote/", {"text": f" {HURT}\n"})
    assert (short.status_code, short["Location"]) == (303, "/quote/?text=" + quote_plus(HURT))
    assert "no-store" in short["Cache-Control"]
    long = asks.post("/quote/", {"text": "十二人受伤，其中两人伤势严重。" * 60})
    assert (long.status_code, long["Location"].partition("=")[0]) == (303, "/quote/?z")
    assert asks.get(long["Location"]).status_code == 200
    refused = asks.post("/quote/", {"text": "too short"})
    assert (refused.status_code, "paste a whole sentence" in text_of(refused)) == (400, True)
    assert ">too short</textarea>" in refused.content.decode()
    assert asks.put("/quote/")["Allow"] == "GET, HEAD, POST"


def test_a_compressed_address_says_the_same_on_page_and_in_feeds(client: Client, cast: Cast):
    packed = permalinks.packed(HURT)
    assert client.get("/quote/", {"z": packed}).content == client.get("/quote/", {"text": HURT}).content
    by_link, by_text = (
        client.get("/quote/feed.json", query).json() for query in ({"z": packed}, {"text": HURT})
    )
    assert by_link["items"] == by_text["items"]
    for address, status in (("/quote/", 400), ("/quote/feed.json", 404)):
        damaged = client.get(address, {"z": packed[:-2]})
        assert (damaged.status_code, "damaged" in text_of(damaged)) == (status, True)


def test_what_stands_still_is_said_to(client: Client, cast: Cast):
    said = text_of(client.get("/quote/", {"text": "Fog is common on this coast in March."}))
    assert "In versions 1 to 3" in said
    assert "It still stands in the newest version." in said


@pytest.mark.parametrize(
    ("given", "advice"),
    [
        ({"text": "too short"}, "paste a whole sentence"),
        ({"text": "a word " * 200}, "paste the sentences that matter most"),
        ({"text": "— … — … — … — … — … — … —"}, "paste what the article says"),
        ({"url": "javascript:alert(1)"}, "Copy the address"),
        ({"url": "http://127.0.0.1:9/"}, "paste the quotation itself"),
    ],
)
def test_what_cannot_be_traced_is_answered_with_what_to_do(client: Client, cast: Cast, given, advice: str):
    response = client.get("/quote/", given)
    assert response.status_code == 400
    assert advice in text_of(response)


@pytest.mark.django_db(transaction=True)
def test_a_pages_quotations_are_traced_as_far_as_its_robots_txt_allows(client: Client, site):
    with transaction.atomic():
        make_cast()
    quoted = ["<p>The guard said: “Twelve people were hurt, two of them badly” on Monday.</p>"]
    site.pages["/blog"] = article("What the papers said of the ferry", *quoted, *FILLER)
    said = text_of(client.get("/quote/", {"url": site.url("/blog")}))
    assert "“Twelve people were hurt, two of them badly”" in said
    assert "Removed in version 2" in said
    site.pages["/robots.txt"] = Page("User-agent: *\nDisallow: /\n", kind="text/plain")
    response = client.get("/quote/", {"url": site.url("/blog")})
    assert (response.status_code, "robots.txt asks us not to" in text_of(response)) == (400, True)
    # a visitor can fill no table with names
    assert not Host.objects.filter(authority=site.url("").removeprefix("http://").rstrip("/")).exists()


@pytest.mark.django_db(transaction=True)
def test_no_redirect_leads_a_visitor_past_robots_txt(client: Client, site):
    site.pages |= {
        "/on": Page("", 302, {"Location": "/private/a"}),
        "/private/a": article("Not for robots"),
        "/robots.txt": Page("User-agent: *\nDisallow: /private\n", kind="text/plain"),
    }
    response = client.get("/quote/", {"url": site.url("/on")})
    assert (response.status_code, "robots.txt asks us not to" in text_of(response)) == (400, True)
    assert "/private/a" not in site.paths()
    site.pages["/round"] = Page("", 302, {"Location": "/and-round"})
    site.pages["/and-round"] = Page("", 302, {"Location": "/round"})
    assert "redirects without end" in text_of(client.get("/quote/", {"url": site.url("/round")}))


@pytest.mark.django_db(transaction=True)
def test_what_a_visitor_names_closes_no_host_that_is_followed(client: Client, site):
    host = Host.of(site.url("/"))
    Host.objects.filter(pk=host.pk).update(robots_status=404)
    site.pages["/busy"] = Page("", 503, {"Retry-After": "86400"})
    response = client.get("/quote/", {"url": site.url("/busy")})
    assert (response.status_code, site.paths()) == (400, ["/busy"])
    host.refresh_from_db()
    assert (host.failures, host.last_error) == (0, "")
    assert host.next_at < timezone.now() + timedelta(minutes=1)


@pytest.mark.django_db(transaction=True)
def test_visitors_ask_a_host_that_nobody_follows_one_after_the_other(client: Client, site, settings):
    settings.NEWSDIFF_HOST_DELAY = 0.3
    site.pages["/robots.txt"] = Page("", 404)
    asked_at = []

    def noting(asked: Asked) -> Page:
        asked_at.append(asked.at)
        return article()

    site.pages["/blog"] = noting
    for _ in range(2):
        client.get("/quote/", {"url": site.url("/blog")})
    times = sorted([*asked_at, *(one.at for one in site.asked if one.path == "/robots.txt")])
    assert len(times) == 4
    assert all(later - earlier >= 0.25 for earlier, later in pairwise(times))


def test_hidden_articles_are_not_found(client: Client, cast: Cast):
    for text in ("A name that must not be shown.", "Another name that must not be shown."):
        assert "Hidden headline" not in text_of(client.get("/quote/", {"text": text}))
        assert "A private matter" not in text_of(client.get("/quote/", {"text": text}))
    for scope in ("current", "any", "added", "removed"):
        found = client.get("/search/", {"q": "name shown", "scope": scope})
        assert links(found) == []


# --- the search ----------------------------------------------------------------------------------------
def links(response) -> list[str]:
    return re.findall(r'<h2[^>]*><a href="(/articles/[^"]+)"', html.unescape(response.content.decode()))


def found(client: Client, q: str, scope: str = "", **more: str) -> list[str]:
    return links(client.get("/search/", {"q": q, "scope": scope, **more}))


def test_each_scope_finds_what_is_in_it(client: Client, cast: Cast):
    ferry, bridge = cast.corrected.get_absolute_url(), cast.rewritten.get_absolute_url()
    assert found(client, "twelve hurt", "any") == [ferry]
    assert found(client, "twelve badly") == [ferry]  # in the correction, which gives the old number
    assert found(client, '"twelve people"') == []
    assert found(client, '"twelve people"', "any") == [ferry]
    assert found(client, '"twelve people"', "removed") == [f"/articles/{cast.corrected.pk}/diff/1/2/"]
    assert found(client, '"nineteen people"', "added") == [f"/articles/{cast.corrected.pk}/diff/1/2/"]
    assert found(client, "correction", "added") == [f"/articles/{cast.corrected.pk}/diff/2/3/"]
    # the paragraph about the bridge's age was moved: nothing of it came or went
    assert found(client, "monument", "removed") == found(client, "monument", "added") == []
    assert bridge in found(client, "monument")


def test_words_are_found_in_their_forms_and_phrases_as_they_stand(client: Client, cast: Cast):
    ferry = cast.corrected.get_absolute_url()
    assert found(client, "accidents ferry") == [ferry]  # an accident
    assert found(client, '"accidents"') == []
    assert found(client, "ferry -fog") == []
    assert found(client, "zeppelin OR sandbank") == [ferry]
    assert found(client, "المكتبة") == [cast.right_to_left.get_absolute_url()]


def test_a_search_is_narrowed_by_source_kind_and_day(client: Client, cast: Cast):
    ferry = f"/articles/{cast.corrected.pk}/diff/1/2/"
    assert found(client, "twelve", "removed", kind="headline", source="gazette") == [ferry]
    assert found(client, "twelve", "removed", kind="byline") == []
    assert found(client, "twelve", "removed", **{"from": "2026-03-02", "until": "2026-03-02"}) == [ferry]
    assert found(client, "twelve", "removed", **{"from": "2026-03-03"}) == []


def test_pages_go_on_where_the_one_before_ended(client: Client, cast: Cast):
    made = [
        make_article(cast.source, f"Tide {n}", [f"The tide rose, for the {n}th time."]) for n in range(25)
    ]
    response = client.get("/search/", {"q": "tides"})
    first = links(response)
    [query] = re.findall(r'rel="next" href="([^"]+)"', html.unescape(response.content.decode()))
    later = client.get(f"/search/{query}")
    second = links(later)
    assert 'href="/search/?q=tides">Newest<' in later.content.decode()
    assert first + second == [article.get_absolute_url() for article in reversed(made)]


@pytest.mark.parametrize("query", ["-fog", "…", '""', "word " * 21, "x" * 301])
def test_what_cannot_be_searched_for_is_answered_with_what_to_type(client: Client, cast: Cast, query: str):
    response = client.get("/search/", {"q": query})
    assert response.status_code == 400
    assert re.search("[Tt]ype", text_of(response))


def test_a_day_that_is_none_is_answered_with_how_to_write_one(client: Client, cast: Cast):
    response = client.get("/search/", {"q": "ferry", "from": "yesterday"})
    assert response.status_code == 400
    assert "write it like 2026-03-31" in text_of(response)


# --- feeds ---------------------------------------------------------------------------------------------
def entries(response) -> list[str]:
    return [item["url"] for item in response.json()["items"]]


def test_a_search_is_a_feed_of_what_came_and_went(client: Client, cast: Cast, settings):
    base = f"{settings.BASE_URL}/articles/{cast.corrected.pk}/diff"
    removed = client.get("/search/feed.json", {"q": '"twelve people"', "scope": "removed"})
    assert entries(removed)[:-1] == [f"{base}/1/2/"]
    either = client.get("/search/feed.json", {"q": "twelve", "scope": "any"})
    assert entries(either)[:-1] == [f"{base}/2/3/", f"{base}/1/2/"]  # went, and came in the correction


def test_a_quotation_is_a_feed(client: Client, cast: Cast, settings):
    base = f"{settings.BASE_URL}/articles/{cast.corrected.pk}/diff"
    feed = {"text": HURT}
    assert entries(client.get("/quote/feed.json", feed))[:-1] == [f"{base}/1/2/"]
    add_version(cast.corrected, [HURT], at=DAY_ONE.replace(day=5))
    assert entries(client.get("/quote/feed.json", feed))[:-1] == [f"{base}/3/4/", f"{base}/1/2/"]
    response = client.get("/quote/feed.rss", feed)
    assert client.get("/quote/feed.rss", feed, headers={"If-None-Match": response["ETag"]}).status_code == 304


# --- the API -------------------------------------------------------------------------------------------
def test_the_api_tells_the_same_of_a_quotation(client: Client, cast: Cast):
    [first] = client.get("/api/v1/quote", {"text": HURT}).json()["items"]
    assert (first["article"], first["source"], first["percent"]) == (cast.corrected.pk, "gazette", 100)
    assert first["versions"] == [{"first": 1, "last": 1}]
    assert (first["removed"]["old"], first["removed"]["new"]) == (1, 2)
    assert first["removed"]["after"] < first["removed"]["before"]
    assert ["+", "Nineteen"] in first["now"]
    assert ["=", HURT.rstrip(".")] in first["said"]


def test_the_api_searches(client: Client, cast: Cast):
    answer = client.get("/api/v1/search", {"q": "twelve", "scope": "removed", "from": "2026-03-02"}).json()
    [hit] = answer["items"]
    assert (hit["article"], hit["old"], hit["new"], answer["next"]) == (cast.corrected.pk, 1, 2, None)
    assert ["-", "Twelve"] in hit["snippet"]


def test_a_search_of_the_api_pages_as_its_lists_do(client: Client, cast: Cast):
    asked = {"q": "the", "scope": "any"}
    whole = client.get("/api/v1/search", asked | {"limit": 200}).json()
    assert whole["next"] is None
    assert len(whole["items"]) > 2
    page = client.get("/api/v1/search", asked | {"limit": 1}).json()
    found = page["items"]
    while page["next"]:
        page = client.get(page["next"]).json()
        assert len(page["items"]) == 1
        found += page["items"]
    assert found == whole["items"]


@pytest.mark.parametrize(
    ("path", "named"),
    [
        ("search?q=fog&limit=0", "limit"),
        ("search?q=fog&limit=201", "limit"),
        ("quote?text=short", "text"),
        ("quote?text=Fog+is+common+on+this+coast&near=1", "near"),
        ("search?q=-fog", "q"),
        ("search?q=fog&until=soon", "until"),
        ("search?q=fog&cursor=7", "cursor"),
        ("search?q=fog&cursor=-7", "cursor"),
        ("search?q=fog&scope=all", "scope"),
    ],
)
def test_the_api_says_what_is_wrong(client: Client, cast: Cast, path: str, named: str):
    response = client.get(f"/api/v1/{path}")
    assert response.status_code == 422
    assert named in response.content.decode()


# --- where nothing is followed yet -----------------------------------------------------------------------
@pytest.mark.parametrize(
    "address", ["/search/", "/search/?q=council", "/quote/", f"/quote/?text={quote_plus(HURT)}"]
)
def test_where_nothing_is_followed_it_says_what_to_do(client: Client, db, address: str):
    page = client.get(address)
    said = text_of(page)
    assert "Nothing is followed yet. Add the first source" in said
    assert "What they say can be found here from then on." in said
    assert not any(words in said for words in ("Use fewer words", "Check the spelling"))
    assert 'name="source"' not in page.content.decode()
