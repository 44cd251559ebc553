"""The first page's filters: what it lists, what it says it lists, what it leaves out and how that is found."""

import html
import re
from datetime import timedelta

import pytest
from django.test import Client

from articles import listing, views
from articles.models import Article, CosmeticChange
from tests.cast import DAY_ONE, Cast, add_version, make_article, make_source

HOUR = timedelta(hours=1)


def text_of(response) -> str:
    bare = re.sub(r"<(?:select|head).*?</(?:select|head)>", " ", response.content.decode(), flags=re.S)
    bare = re.sub(r"</?(?:time|span|a|bdi|strong)\b[^>]*>", "", bare)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", bare)).split())


def listed(response) -> list[str]:
    """The links of the headlines."""
    return re.findall(r'<h2[^>]*><a href="(/articles/[^"]+)"', response.content.decode())


def options(response, name: str) -> dict[str, str]:
    [select] = re.findall(rf'<select name="{name}">(.*?)</select>', response.content.decode(), re.S)
    return dict(re.findall(r'<option value="([^"]*)"[^>]*>([^<]*)', select))


def make_cosmetic(article: Article, at=DAY_ONE + HOUR, **fields) -> CosmeticChange:
    fields.setdefault("excerpt", [["=", "He said "], ["-", "“"], ["+", '"'], ["=", "no"]])
    fields.setdefault("reason", "quotation marks")
    version = article.versions.get(number=article.version_count)
    Article.objects.filter(pk=article.pk).update(cosmetic_count=article.cosmetic_count + 1)
    return CosmeticChange.objects.create(
        article=article, source=article.source, version=version, seen_at=at, language="en", **fields
    )


def test_the_form_offers_what_there_is_in_words(client: Client, cast: Cast) -> None:
    page = client.get("/")
    assert options(page, "source") == {"": "all sources", "gazette": "The Harbour Gazette"}
    assert options(page, "kind")["hedge"] == "hedge or negation"
    assert options(page, "since") == {
        "": "any time",
        "day": "the last 24 hours",
        "week": "the last 7 days",
        "month": "the last 30 days",
    }
    assert options(page, "language") == {"": "all languages", "en": "English", "ar": "العربيّة"}
    assert '<option value="ar" lang="ar">' in page.content.decode()


def test_a_filter_narrows_the_list_and_is_told(client: Client, cast: Cast) -> None:
    page = client.get("/?kind=correction&source=gazette")
    assert listed(page) == [f"/articles/{cast.corrected.pk}/diff/2/3/"]
    text = text_of(page)
    assert "Shown: Correction notices in articles of The Harbour Gazette. Clear" in text
    assert "<title>Correction notices in articles of The Harbour Gazette" in page.content.decode()
    assert '<option value="correction" selected>' in page.content.decode()
    # a change of an article that is older than its newest, where that does not fit
    numbers = listed(client.get("/?kind=number"))
    assert f"/articles/{cast.corrected.pk}/diff/1/2/" in numbers


def test_a_row_says_whether_the_page_disclosed_it(client: Client, cast: Cast) -> None:
    assert "disclosed: the page itself says" in text_of(client.get("/?kind=correction"))
    silent = client.get("/?disclosed=no&language=ar")
    assert listed(silent) == [f"/articles/{cast.right_to_left.pk}/diff/1/2/"]
    assert "silent: the page does not say" in text_of(silent)


def test_what_the_form_leaves_open_is_not_kept_in_the_address(client: Client, cast: Cast) -> None:
    answer = client.get("/?source=&kind=number&since=&language=&disclosed=&sort=")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/?kind=number")
    assert client.get("/?kind=").headers["Location"] == "/"


def test_the_weightiest_come_first_and_page_by_weight(client: Client, db, monkeypatch) -> None:
    monkeypatch.setattr(views, "PAGE", 2)
    source = make_source()
    for n, words in enumerate(["fell", "12 fell", "12 fell not", "12 fell, 13 rose", "19 and 20 and 21"]):
        article = make_article(source, f"Article {n}", ["A number is missing."])
        add_version(article, [f"A number, {words}, is missing."], at=DAY_ONE + HOUR * (n + 1))
    seen, address = [], "/?kind=number&sort=weightiest"
    while address:
        page = client.get(address).content.decode()
        assert "the weightiest first" in page
        seen += re.findall(r"<h2[^>]*><a [^>]*>(Article \d)", page)
        following = re.search(r'rel="next" href="([^"]+)"', page)
        address = f"/{html.unescape(following.group(1))}" if following else ""
    weights = {c.article.title: c.weight for c in listing.Filters(kind="number").changes()}
    assert len(seen) == len(weights) > 2
    assert [weights[title] for title in seen] == sorted(weights.values(), reverse=True)


def test_an_unknown_value_is_answered_with_those_there_are(client: Client, cast: Cast) -> None:
    page = client.get("/?since=fortnight")
    assert page.status_code == 404
    assert "?since= takes one of: day, week, month." in text_of(page)


def test_a_filter_that_fits_nothing_says_what_to_do_next(client: Client, cast: Cast) -> None:
    page = client.get("/?kind=moved&language=ar")
    assert listed(page) == []
    assert "No change that was seen fits all of this." in text_of(page)
    ways = re.findall(r'<li><a href="([^"]+)">([^<]+)', page.content.decode())
    assert [(html.unescape(query), words) for query, words in ways][:3] == [
        ("?language=ar", "Changes, in Arabic"),
        ("?kind=moved", "Passages moved"),
        ("/", "All changes"),
    ]


def test_a_filter_where_nothing_is_followed_says_what_to_do_first(client: Client, db) -> None:
    page = client.get("/?kind=number")
    assert "Nothing is followed yet." in text_of(page)
    assert 'name="source"' not in page.content.decode()


def test_many_sources_are_named_not_chosen(client: Client, cast: Cast, monkeypatch) -> None:
    monkeypatch.setattr(listing, "SOURCES", 1)
    make_source("The Herald", "herald")
    page = client.get("/?source=gazette").content.decode()
    assert '<select name="source">' not in page
    assert '<input name="source" value="gazette"' in page


def test_typography_alone_is_counted_and_listed_on_request(client: Client, cast: Cast) -> None:
    make_cosmetic(cast.corrected)
    make_cosmetic(cast.stable, excerpt=[["=", "10"], ["-", " "], ["=", "%"]], reason="spaces")
    make_cosmetic(cast.hidden)
    page = client.get("/")
    assert "2 changes of typography alone in this list’s time are not shown. Show them" in text_of(page)
    assert "typography alone in" not in text_of(client.get("/?kind=number"))
    assert "typography alone in" not in text_of(client.get("/?source=gazette&since=day"))
    shown = client.get("/?kind=cosmetic")
    assert len(listed(shown)) == 2
    text = text_of(shown)
    assert '“ (left double quotation mark) became " (quotation mark).' in text
    assert "space removed." in text
    assert "10<del>\N{OPEN BOX}</del>%" in shown.content.decode()
    assert "A name that must not be shown" not in text
    assert listed(client.get("/?kind=cosmetic&disclosed=yes")) == []


def test_more_typography_than_is_counted_is_said_to_be_more(client: Client, cast: Cast, monkeypatch) -> None:
    monkeypatch.setattr(views, "COUNTED", 2)
    for _ in range(3):
        make_cosmetic(cast.corrected)
    assert "More than 2 changes of typography alone" in text_of(client.get("/"))


def test_an_article_lists_its_own_and_when_the_old_typography_came_back(client: Client, cast: Cast) -> None:
    make_cosmetic(cast.stable)
    cast.stable.refresh_from_db()
    make_cosmetic(cast.stable, at=DAY_ONE + 2 * HOUR, excerpt=[], reason="")
    text = text_of(client.get(cast.stable.get_absolute_url()))
    assert "2 changes of typography alone; the last of them 2 Mar 2026, 11:00 UTC, version 1" in text
    assert "The typography is again that of version 1." in text
    assert 'He said “ " no' in text


@pytest.mark.parametrize(
    ("query", "count"), [("", 3), ("?kind=number&language=en", 2), ("?sort=weightiest&source=gazette", 4)]
)
def test_queries_do_not_grow_with_rows(
    client: Client, cast: Cast, django_assert_num_queries, query: str, count: int
) -> None:
    client.get("/")  # the languages are remembered from here on
    for rounds in range(2):
        with django_assert_num_queries(count):
            assert client.get(f"/{query}").status_code == 200
        for n in range(25 * (1 - rounds)):
            article = make_article(cast.source, f"More {n}", ["One dog barked."])
            add_version(article, ["Two dogs barked."], at=DAY_ONE + n * HOUR)
            make_cosmetic(article)
