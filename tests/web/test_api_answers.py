"""What the API tells beyond rows: since when sentences stand, what edits amount to, what an address is; and how
it meets conditions it cannot."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from articles import blaming, hiding, tallying
from articles.core import permalinks
from articles.hiding import Statement
from articles.models import Article, Source
from tests.cast import DAY_ONE, Cast, add_version, hide, make_article, make_source
from tests.web.test_api import add_spelling, get, unread, walk

HOUR = timedelta(hours=1)
WHY = Statement("privacy", "Asked for.", "")
PLAIN = ["The mill burned down on Monday. Nobody was hurt.", "It stood for ninety years."]
EDITED = ["The mill burned down on Monday. Two were hurt.", "It stood for ninety years. It will be rebuilt."]


@pytest.fixture
def mill(db: None) -> Article:
    """Three versions: a sentence is edited, one comes, and one goes."""
    article = make_article(make_source(), "Mill burns", PLAIN)
    add_version(article, EDITED, at=DAY_ONE + HOUR, standfirst="What was seen.")
    add_version(
        article, [EDITED[0], "It will be rebuilt."], at=DAY_ONE + 2 * HOUR, standfirst="What was seen."
    )
    return article


# --- since when --------------------------------------------------------------------------------------------
def test_each_sentence_says_since_when_it_stands_and_what_it_was_edited_from(client: Client, mill: Article):
    found = get(client, f"articles/{mill.pk}/blame")
    assert (found["number"], found["begins"]) == (3, None)
    first, second = [{"number": n, "at": f"2026-03-02T{8 + n:02}:00:00Z"} for n in (1, 2)]
    assert found["title"] == {"text": "Mill burns", "since": first, "first": first}
    assert found["standfirst"] == {"text": "What was seen.", "since": second, "first": second}
    assert [one["kind"] for one in found["paragraphs"]] == ["paragraph", "paragraph"]
    stands, edited = found["paragraphs"][0]["sentences"]
    assert (stands["text"].strip(), stands["since"], stands["first"]) == (
        "The mill burned down on Monday.",
        first,
        first,
    )
    assert (edited["text"], edited["since"], edited["first"]) == ("Two were hurt.", second, first)
    # put together the sentences are the text
    version = get(client, f"articles/{mill.pk}/versions/3")
    assert ["".join(s["text"] for s in one["sentences"]) for one in found["paragraphs"]] == [
        one["text"] for one in version["paragraphs"]
    ]


def test_a_sentence_that_is_said_no_more_has_its_span_of_life(client: Client, mill: Article):
    [gone] = get(client, f"articles/{mill.pk}/blame")["removed"]
    assert gone["text"] == "It stood for ninety years."
    assert gone["since"] == {"number": 1, "at": "2026-03-02T09:00:00Z"}
    assert gone["removed"] == {
        "old": 2,
        "new": 3,
        "after": "2026-03-02T10:30:00Z",
        "before": "2026-03-02T11:00:00Z",
    }


def test_sentences_that_are_known_are_not_traced_again(client: Client, mill: Article, monkeypatch):
    address = f"/api/v1/articles/{mill.pk}/blame"
    first = client.get(address)
    with monkeypatch.context() as patch:
        patch.setattr(blaming, "trace", lambda article, versions: pytest.fail("traced"))
        assert client.get(address, headers={"if-none-match": first["ETag"]}).status_code == 304
        assert client.get(address).content == first.content
    hiding.hide_passage(mill, "It will be rebuilt.", WHY, None)
    hidden = client.get(address, headers={"if-none-match": first["ETag"]})
    assert hidden.status_code == 200
    assert b"rebuilt" not in hidden.content


def test_an_article_that_was_not_read_yet_has_no_sentences(client: Client, mill: Article):
    problem = get(client, f"articles/{unread(mill.source).pk}/blame", status=404)
    assert "no version yet" in problem["detail"]


# --- figures -----------------------------------------------------------------------------------------------
def test_the_figures_of_a_source_are_counted_of_what_is_shown(client: Client, cast: Cast):
    make_article(make_source("Herald", "herald"), "Another paper", ["It says so."])
    today = timezone.now().date()
    tallying.settle()
    found = get(client, "sources/gazette/statistics")
    # four articles are shown, three of them changed, one twice; the fifth is hidden
    assert (found["source"], found["articles"], found["changed_articles"], found["changes"]) == (
        "gazette",
        4,
        3,
        4,
    )
    assert (found["share_changed"], found["changes_per_article"]) == (0.75, 1.0)
    assert found["changes_per_changed_article"] == pytest.approx(4 / 3)
    # the first changes came after 60, 90 and 120 minutes: half of three is the second of them, rounded up
    assert 90 * 60 <= found["first_change_median_seconds"] <= 90 * 60 * 1.03
    assert 120 * 60 <= found["first_change_p90_seconds"] <= 120 * 60 * 1.03
    assert found["disclosed"] + found["silent"] == 4
    assert found["disclosed"] == 1  # the correction
    assert (
        {one["name"]: one["changes"] for one in found["kinds"]}["headline"] == found["headline_changes"] == 2
    )
    assert len(found["hours"]) == 168
    # DAY_ONE is a Monday: changes at 10:00, 10:30, 11:00 and 12:00
    assert {hour: n for hour, n in enumerate(found["hours"]) if n} == {10: 2, 11: 1, 12: 1}
    assert len(found["days"]) == 90
    assert today.isoformat() <= found["days"][-1]["day"] <= timezone.now().date().isoformat()
    assert (found["most_edited"][0]["article"], found["most_edited"][0]["changes"]) == (cast.corrected.pk, 2)
    assert cast.hidden.pk not in [one["article"] for one in found["most_edited"]]
    assert found["waiting_since"] is None
    assert get(client, "statistics")["articles"] == 5


def test_figures_say_what_they_do_not_tell_yet(client: Client, cast: Cast):
    empty = get(client, "statistics")
    assert (empty["articles"], empty["share_changed"], empty["first_change_median_seconds"]) == (
        0,
        None,
        None,
    )
    assert empty["waiting_since"] is not None


def test_the_sources_stand_side_by_side_as_each_tells_of_itself(client: Client, cast: Cast):
    make_article(make_source("Herald", "herald"), "Another paper", ["It says so."])
    make_source("Quiet", "quiet")
    tallying.settle()
    lines = walk(client, "statistics/sources", limit=1)
    assert [line["source"] for line in lines] == ["gazette", "herald", "quiet"]
    for line in lines:
        assert line.items() <= get(client, f"sources/{line['source']}/statistics").items()


def test_a_source_that_was_merged_leads_to_the_one_that_has_its_articles(client: Client, cast: Cast):
    Source.objects.create(name="Old", slug="old", url="https://old.example/", merged_into=cast.source)
    for path in ("sources/old", "sources/old/statistics"):
        answer = client.get(f"/api/v1/{path}")
        assert (answer.status_code, answer["Location"]) == (301, f"/api/v1/{path}".replace("old", "gazette"))
    assert get(client, "changes", source="old") == get(client, "changes", source="gazette")


# --- addresses ---------------------------------------------------------------------------------------------
def test_an_address_is_an_article_s_or_a_known_site_s_or_nobody_s(client: Client, cast: Cast):
    add_spelling(cast.corrected, cast.corrected.url)
    waiting = unread(cast.source)
    add_spelling(waiting, waiting.url)
    article = get(client, "lookup", url="gazette.example/news/4?utm_source=x")
    assert article["finding"] == "article"
    assert article["article"] == get(client, f"articles/{cast.corrected.pk}")
    assert article["url"] == "https://gazette.example/news/4"
    unread_yet = get(client, "lookup", url=waiting.url)
    assert (unread_yet["finding"], unread_yet["article"]["id"]) == ("unread", waiting.pk)
    site = get(client, "lookup", url="https://www.gazette.example/news/99")
    gazette = {"slug": "gazette", "name": "The Harbour Gazette", "url": "https://gazette.example/"}
    assert (site["finding"], site["article"], site["sources"]) == ("site", None, [gazette])
    unknown = get(client, "lookup", url="https://elsewhere.example/")
    assert (unknown["finding"], unknown["article"], unknown["sources"]) == ("unknown", None, [])


def test_the_address_of_a_merged_article_leads_to_the_one_that_goes_on(client: Client, cast: Cast):
    add_spelling(cast.stable, cast.stable.url)
    Article.objects.filter(pk=cast.stable.pk).update(merged_into=cast.corrected)
    assert get(client, "lookup", url=cast.stable.url)["article"]["id"] == cast.corrected.pk
    hide(cast.corrected, at=DAY_ONE)
    assert get(client, "lookup", url=cast.stable.url, status=410)["category"] == "court"


@pytest.mark.parametrize(
    "query", [{}, {"url": ""}, {"url": "javascript:alert(1)"}, {"url": "a.example", "q": "1"}]
)
def test_what_is_no_address_is_named(client: Client, db: None, query: dict):
    problem = get(client, "lookup", status=422, **query)
    assert [one["parameter"] for one in problem["errors"]] == ["q" if "q" in query else "url"]


# --- quotations --------------------------------------------------------------------------------------------
def test_a_quotation_is_traced_by_the_short_link_too(client: Client, cast: Cast):
    said = "Twelve people were hurt, two of them badly, the coast guard said."
    assert get(client, "quote", z=permalinks.packed(said)) == get(client, "quote", text=said)


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ({}, ["text", "z"]),
        ({"text": "Twelve people were hurt badly", "z": permalinks.packed("Twelve")}, ["text", "z"]),
        ({"z": "eJzz"}, ["z"]),
        ({"z": permalinks.packed("short")}, ["z"]),
    ],
)
def test_what_is_wrong_with_a_quotation_is_named(client: Client, db: None, query: dict, named: list[str]):
    problem = get(client, "quote", status=422, **query)
    assert [one["parameter"] for one in problem["errors"]] == named


# --- conditions --------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("path", "accept", "status"),
    [
        ("sources", "text/html", 406),
        ("sources", "application/json;q=0", 406),
        ("nothing", "image/*", 406),
        ("docs", "application/json", 406),
        ("sources", "", 200),
        ("sources", "text/html,application/xhtml+xml,*/*;q=0.8", 200),
        ("sources", "application/*", 200),
        ("sources", "application/json; charset=utf-8", 200),
        ("docs", "text/html", 200),
    ],
)
def test_who_takes_nothing_that_we_have_is_told(
    client: Client, db: None, path: str, accept: str, status: int
):
    answer = client.get(f"/api/v1/{path}", headers={"accept": accept})
    assert answer.status_code == status
    if status == 406:
        assert answer["Content-Type"] == "application/problem+json"
        assert answer["Access-Control-Allow-Origin"] == "*"
        assert "no-store" in answer["Cache-Control"]


def test_a_condition_that_is_not_met_is_a_problem(client: Client, mill: Article):
    for path in ("articles", f"articles/{mill.pk}/diff/1/2", f"articles/{mill.pk}/blame"):
        answer = client.get(f"/api/v1/{path}", headers={"if-match": '"other"'})
        assert (answer.status_code, answer.json()["status"]) == (412, 412)


def test_every_endpoint_answers_304_to_whoever_has_its_answer(client: Client, cast: Cast):
    add_spelling(cast.corrected, cast.corrected.url)
    own = f"articles/{cast.corrected.pk}"
    paths = [
        *("", "sources", "sources/gazette", "articles", "changes", "statistics", "statistics/sources"),
        *("sources/gazette/statistics", "openapi.json", f"lookup?url={cast.corrected.url}"),
        *(own, f"{own}/gaps", f"{own}/versions", f"{own}/versions/1", f"{own}/diff/1/latest", f"{own}/blame"),
        *("search?q=ferry", f"quote?z={permalinks.packed('Fog is common on this coast in March.')}"),
    ]
    for path in paths:
        first = client.get(f"/api/v1/{path}")
        again = client.get(f"/api/v1/{path}", headers={"if-none-match": first["ETag"]})
        assert (first.status_code, again.status_code, again.content) == (200, 304, b""), path
        assert again["Access-Control-Allow-Origin"] == "*"
        head = client.head(f"/api/v1/{path}")
        assert (head.status_code, head["ETag"], head.content) == (200, first["ETag"], b""), path
