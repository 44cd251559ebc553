"""Which feeds there are: the page that names them, and the list that feed readers import."""

import re

import pytest
from django.conf import settings
from django.test import Client
from lxml import etree

from articles.core.feeds import opml
from articles.models import Source
from articles.syndication.directory import AT_A_TIME, SOURCES
from tests import feed_rules
from tests.cast import Cast, make_source

HOSTILE = 'A "quoted" & <b>bold</b> \x01 ]]> name'


def listed(client: Client) -> etree._Element:
    """The list, after the rules of OPML 2.0 found nothing wrong."""
    answer = client.get("/feeds.opml")
    assert answer.status_code == 200
    body = answer.getvalue()
    assert feed_rules.opml(body, answer.headers["Content-Type"]) == []
    return etree.fromstring(body)


def many(count: int) -> None:
    """So many sources more, in three languages."""
    rows = [
        Source(name=f"Paper {n}", slug=f"paper-{n:05}", language=("de", "en", "")[n % 3])
        for n in range(count)
    ]
    Source.objects.bulk_create(rows)


# --- the page ----------------------------------------------------------------------------------------
def test_the_page_names_every_feed(client: Client, cast: Cast) -> None:
    body = client.get("/feeds/").content.decode()
    for address in ("/feed", "/sources/gazette/feed"):
        for format in ("rss", "atom", "json"):
            assert f'href="{address}.{format}"' in body
    assert 'href="/feeds.opml"' in body
    assert "?kind=number" in body
    for page in ("/search/", "/quote/"):  # of which every answer has feeds
        assert f'<a href="{page}">' in body.partition("<main")[2]


def test_where_nothing_is_followed_the_page_says_what_to_do(client: Client, db) -> None:
    body = client.get("/feeds/").content.decode()
    assert 'href="/feed.atom"' in body
    assert "addsource" in body


def test_the_page_of_many_sources_goes_on_by_key(client: Client, db, django_assert_num_queries) -> None:
    many(SOURCES + 20)
    seen: list[str] = []
    address: str | None = "/feeds/"
    while address:
        with django_assert_num_queries(1):
            body = client.get(address).content.decode()
        seen += re.findall(r"/sources/(paper-\d+)/feed\.rss", body)
        more = re.search(r'rel="next" href="([^"]+)"', body)
        address = f"/feeds/{more[1]}" if more else None
    assert seen == [f"paper-{n:05}" for n in range(SOURCES + 20)]
    assert "First page" in client.get("/feeds/?after=zz").content.decode()
    assert client.get("/feeds/?after=%00").status_code == 404


# --- the list ----------------------------------------------------------------------------------------
def test_the_list_names_everything_then_the_sources_by_their_languages(client: Client, db) -> None:
    for name, slug, language in (
        ("Zeitung", "zeitung", "de"),
        ("Folha", "folha", "pt-BR"),
        ("Gazette", "gazette", "en"),
        ("Allgemeine", "allgemeine", "de"),
        ("Unsaid", "unsaid", ""),
    ):
        make_source(name, slug, language=language)
    everything, *folders = listed(client).find("body")
    assert everything.get("xmlUrl") == f"{settings.BASE_URL}/feed.rss"
    assert {folder.get("text"): [feed.get("text") for feed in folder] for folder in folders} == {
        "Language not known": ["newsdiff: Unsaid"],
        "German": ["newsdiff: Allgemeine", "newsdiff: Zeitung"],
        "English": ["newsdiff: Gazette"],
        "Portuguese (pt-BR)": ["newsdiff: Folha"],
    }


def test_the_list_is_read_by_our_own_reader_of_lists_and_leads_to_feeds(client: Client, cast: Cast) -> None:
    found = opml.parse(client.get("/feeds.opml").getvalue())
    assert [(feed.url, feed.title, feed.problem) for feed in found] == [
        (f"{settings.BASE_URL}/feed.rss", "newsdiff: latest changes", ""),
        (f"{settings.BASE_URL}/sources/gazette/feed.rss", "newsdiff: The Harbour Gazette", ""),
    ]
    for feed in found:
        answer = client.get(feed.url.removeprefix(settings.BASE_URL))
        assert f"<title>{feed.title}</title>" in answer.content.decode()


def test_without_a_source_the_list_is_valid(client: Client, db) -> None:
    assert len(listed(client).findall("body/outline")) == 1


def test_no_name_breaks_the_list(client: Client, db) -> None:
    make_source(HOSTILE, "hostile", language="english, mostly")
    feed = listed(client).find("body/outline/outline")
    assert feed.get("text") == "newsdiff: " + HOSTILE.replace("\x01", "\N{REPLACEMENT CHARACTER}")


def test_a_long_list_comes_in_pieces_by_few_queries(client: Client, db, django_assert_num_queries) -> None:
    many(4 * AT_A_TIME)
    with django_assert_num_queries(3):  # what names it, since when the first is followed, the sources
        pieces = list(client.get("/feeds.opml").streaming_content)
    assert len(pieces) >= 6
    assert max(map(len, pieces)) < 2 * sum(map(len, pieces)) / len(pieces)
    assert len(listed(client).findall(".//outline[@type='rss']")) == 4 * AT_A_TIME + 1


def test_the_list_is_not_sent_again_until_it_changes(client: Client, cast: Cast) -> None:
    etag = client.get("/feeds.opml").headers["ETag"]
    assert client.get("/feeds.opml", headers={"If-None-Match": f"W/{etag}"}).status_code == 304
    Source.objects.update(name="The Harbour Herald")
    assert client.get("/feeds.opml", headers={"If-None-Match": etag}).status_code == 200


@pytest.mark.parametrize("address", ["/feeds/", "/feeds.opml"])
def test_both_answer_head(client: Client, cast: Cast, address: str) -> None:
    assert client.head(address).status_code == 200
    assert client.post(address).status_code == 405
