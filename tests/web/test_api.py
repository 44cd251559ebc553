"""The JSON API: its field names are a contract, its pages are exact, its errors name what is wrong."""

from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

import pytest
import time_machine
from django.core.signals import got_request_exception
from django.test import Client
from django.utils import timezone

from articles import tallying
from articles.api import endpoints
from articles.core import urls
from articles.models import Article, ArticleURL, Change, Feed, Host, Source, packed_text
from tests import cast

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)
FIRST = ["The bridge closed on Monday.", "Police said 12 people were hurt.", "A witness praised the crews."]
SECOND = ["The bridge closed on Monday.", "Police said 19 people were hurt.", "A witness praised the crews."]


def make_source(slug: str = "herald", **fields: object) -> Source:
    return cast.make_source(slug.title(), slug, **fields)


def make_article(source: Source, page: str, *bodies: list[str], **fields: object) -> Article:
    """An article with one version per body, an hour apart from noon, each with a headline of its own."""
    article = cast.make_article(source, f"Headline {page} v1", bodies[0], NOON, **fields)
    for hours, body in enumerate(bodies[1:], start=1):
        title = f"Headline {page} v{hours + 1}"
        cast.add_version(article, body, title=title, at=NOON + timedelta(hours=hours))
    add_spelling(article, article.url)
    return article


def add_spelling(article: Article, url: str) -> None:
    ArticleURL.objects.create(article=article, url=url, key=urls.key(url), seen_at=NOON)


def get(client: Client, path: str, status: int = 200, **query: object) -> dict:
    response = client.get(f"/api/v1/{path}" + (f"?{urlencode(query)}" if query else ""))
    assert response.status_code == status, response.content
    expected = "application/json" if status == 200 else "application/problem+json"
    assert response["Content-Type"].partition(";")[0] == expected
    return response.json()


def walk(client: Client, path: str, **query: object) -> list[dict]:
    """All items of a list, through `next`."""
    page = get(client, path, **query)
    items = page["items"]
    while page["next"]:
        page = client.get(page["next"]).json()
        items += page["items"]
    return items


# --- the contract --------------------------------------------------------------------------------
ARTICLE_FIELDS = set(
    "id url source title state version_count check_count first_seen_at last_checked_at last_changed_at "
    "next_check_at".split()
)
VERSION_FIELDS = set(
    "number title standfirst byline paragraphs digest same_as word_count first_seen_at last_seen_at "
    "previous_seen_at archive_url archived_at".split()
)
DIFF_FIELDS = set("old new kinds weight added_words removed_words headline rows evidence".split())


def test_an_article_has_exactly_the_promised_fields(client):
    article = make_article(make_source(), "a", FIRST, SECOND)
    [listed] = get(client, "articles")["items"]
    single = get(client, f"articles/{article.pk}")
    assert single == listed
    assert set(single) == ARTICLE_FIELDS
    assert single["source"] == "herald"
    assert single["url"] == "https://herald.example/news/1"
    assert single["first_seen_at"] == "2026-11-02T12:00:00Z"
    assert single["last_changed_at"] == "2026-11-02T13:00:00Z"
    assert single["next_check_at"] == "2026-11-02T14:00:00Z"
    assert get(client, f"articles/{unread(article.source).pk}")["last_checked_at"] is None


def unread(source: Source) -> Article:
    """An article that a feed has named and nobody has looked at yet."""
    url = "https://herald.example/unread"
    return Article.objects.create(source=source, url=url, host=Host.of(url), first_seen_at=NOON)


def test_versions_carry_their_text_and_the_times_between_which_they_came(client):
    article = make_article(make_source(), "a", FIRST, SECOND)
    listed = get(client, f"articles/{article.pk}/versions")["items"]
    assert [version["number"] for version in listed] == [1, 2]
    second = get(client, f"articles/{article.pk}/versions/2")
    assert second == listed[1]
    assert set(second) == VERSION_FIELDS
    assert second["paragraphs"] == [{"kind": "paragraph", "text": text} for text in SECOND]
    assert second["previous_seen_at"] == "2026-11-02T12:30:00Z"
    assert second["first_seen_at"] == "2026-11-02T13:00:00Z"
    assert listed[0]["previous_seen_at"] is None


def rebuilt(segments: list[list[str]], side: str) -> str:
    return "".join(text for op, text in segments if op in ("=", side))


def test_a_diff_rebuilds_both_texts_and_both_headlines(client):
    article = make_article(make_source(), "a", FIRST, SECOND)
    found = get(client, f"articles/{article.pk}/diff/1/2")
    assert set(found) == DIFF_FIELDS
    assert (found["old"], found["new"]) == (1, 2)
    assert all(set(row) == {"state", "old", "new", "segments"} for row in found["rows"])
    assert [row["state"] for row in found["rows"]] == ["same", "changed", "same"]
    changed = found["rows"][1]
    assert (changed["old"], changed["new"]) == ([1], [1])
    assert ["-", "12"] in changed["segments"]
    assert ["+", "19"] in changed["segments"]
    for side, text in (("-", FIRST), ("+", SECOND)):
        assert [rebuilt(row["segments"], side) for row in found["rows"]] == text
    assert rebuilt(found["headline"], "-") == "Headline a v1"
    assert rebuilt(found["headline"], "+") == "Headline a v2"
    assert (found["added_words"], found["removed_words"]) == (2, 2)  # in the headline v1, in the body 12
    assert "number" in [kind["name"] for kind in found["kinds"]]
    assert all(set(kind) == {"name", "reason"} for kind in found["kinds"])


def test_a_diff_with_latest_spans_the_versions_between(client):
    article = make_article(make_source(), "a", FIRST, SECOND, [*SECOND, "It has reopened."])
    assert get(client, f"articles/{article.pk}/diff/1/latest") == get(
        client, f"articles/{article.pk}/diff/1/3"
    )
    assert get(client, f"articles/{article.pk}/diff/1/latest")["new"] == 3


def test_a_diff_backwards_leads_to_the_one_forwards(client):
    article = make_article(make_source(), "a", FIRST, SECOND)
    response = client.get(f"/api/v1/articles/{article.pk}/diff/2/1")
    assert response.status_code == 301
    assert response["Location"] == f"/api/v1/articles/{article.pk}/diff/1/2"


def test_a_diff_of_a_version_with_itself_has_no_changes(client):
    article = make_article(make_source(), "a", FIRST)
    found = get(client, f"articles/{article.pk}/diff/1/latest")
    assert {row["state"] for row in found["rows"]} == {"same"}
    assert (found["added_words"], found["removed_words"], found["kinds"]) == (0, 0, [])


def test_sources_say_how_much_of_them_is_kept(client):
    source = make_source()
    Feed.objects.create(source=source, url="https://herald.example/sport.xml", title="Sport", failures=2)
    make_article(source, "a", FIRST, SECOND, FIRST)
    make_article(source, "b", FIRST)
    make_article(source, "c", FIRST, SECOND, hidden_at=NOON)
    unread(source)
    make_source("gazette", is_paused=True)
    tallying.note_everything(source.pk)  # as each of these rows' own transaction would have
    tallying.settle()
    gazette, herald = get(client, "sources")["items"]
    assert herald == get(client, "sources/herald")
    # Two feeds, two visible articles and two visible changes must not multiply each other.
    assert (herald["article_count"], herald["change_count"], len(herald["feeds"])) == (2, 2, 2)
    assert herald["last_change_at"] == "2026-11-02T14:00:00Z"
    assert (gazette["slug"], gazette["paused"], gazette["article_count"]) == ("gazette", True, 0)
    assert gazette["last_change_at"] is None


def test_a_change_names_its_article_and_both_versions(client):
    article = make_article(make_source(), "a", FIRST, SECOND)
    [change] = get(client, "changes")["items"]
    assert (change["article"], change["source"], change["url"]) == (article.pk, "herald", article.url)
    assert (change["old"], change["new"], change["title"]) == (1, 2, "Headline a v2")
    [number] = [kind for kind in change["kinds"] if kind["name"] == "number"]
    assert "12" in number["reason"]
    assert "19" in number["reason"]
    assert rebuilt(change["excerpt"], "-") != rebuilt(change["excerpt"], "+")
    assert (change["previous_seen_at"], change["seen_at"]) == ("2026-11-02T12:30:00Z", "2026-11-02T13:00:00Z")


# --- states and filters --------------------------------------------------------------------------
@pytest.fixture
def in_every_state() -> dict[str, Article]:
    source, paused = make_source(), make_source("resting", is_paused=True)
    return {
        "tracked": make_article(source, "tracked", FIRST),
        "paused": make_article(paused, "paused", FIRST),
        "finished": make_article(source, "finished", FIRST, status=Article.Status.FINISHED),
        "reused": make_article(source, "reused", FIRST, status=Article.Status.REUSED),
        "gone": make_article(paused, "gone", FIRST, status=Article.Status.GONE),
        "hidden": make_article(source, "hidden", FIRST, hidden_at=NOON),
    }


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ("tracked", {"tracked"}),
        ("paused", {"paused"}),
        ("finished", {"finished", "reused"}),
        ("gone", {"gone"}),
        ("hidden", set()),
    ],
)
def test_filtering_by_state_finds_those_that_say_they_are_in_it(client, in_every_state, state, expected):
    items = get(client, "articles", state=state)["items"]
    assert {item["id"] for item in items} == {in_every_state[name].pk for name in expected}
    assert {item["state"] for item in items} <= {state}


@pytest.mark.parametrize(
    "spelling",
    [
        "https://herald.example/news/1",
        "http://www.herald.example/news/1/?utm_source=x#top",
        "https://m.herald.example/news/1",
    ],
)
def test_an_article_is_found_by_any_spelling_of_its_address(client, spelling):
    source = make_source()
    article, _ = make_article(source, "a", FIRST), make_article(source, "b", FIRST)
    assert [item["id"] for item in get(client, "articles", url=spelling)["items"]] == [article.pk]


def test_an_article_is_found_by_the_address_it_redirected_from(client):
    article = make_article(make_source(), "a", FIRST)
    other = "https://short.example/x1"
    add_spelling(article, other)
    assert [item["id"] for item in get(client, "articles", url=other)["items"]] == [article.pk]


def test_changed_since_and_since_include_the_moment_itself(client):
    source = make_source()
    make_article(source, "still", FIRST)
    early = make_article(source, "early", FIRST, SECOND)  # changed at 13:00
    late = make_article(source, "late", FIRST, SECOND, FIRST)  # changed at 13:00 and 14:00

    def changed(since: str) -> list[int]:
        return [item["id"] for item in get(client, "articles", changed_since=since)["items"]]

    assert changed("2026-11-02T13:00:00Z") == [late.pk, early.pk]
    assert changed("2026-11-02T14:00:01+01:00") == [late.pk]  # 13:00:01 UTC
    assert changed("2026-11-03") == []
    assert len(get(client, "changes", since="2026-11-02T13:00:00")["items"]) == 3
    assert len(get(client, "changes", since="2026-11-02T13:30:00Z")["items"]) == 1


def test_changes_are_filtered_by_source_and_kind(client):
    herald = make_article(make_source(), "a", FIRST, SECOND)
    gazette = make_article(make_source("gazette"), "b", FIRST, SECOND)
    for article, kinds in (
        (herald, [["wording", "x"], ["number", "12 -> 19"]]),
        (gazette, [["headline", 'now "number", he said: ["number", 3]']]),
    ):
        change = Change.objects.get(article=article)
        change.kinds = kinds
        change.save()
    assert [c["article"] for c in get(client, "changes", source="gazette")["items"]] == [gazette.pk]
    assert [c["article"] for c in get(client, "changes", kind="headline")["items"]] == [gazette.pk]
    # A reason that quotes the word is not the kind.
    assert [c["article"] for c in get(client, "changes", kind="number")["items"]] == [herald.pk]
    assert get(client, "changes", kind="quotation")["items"] == []


def test_changes_are_filtered_by_language_and_disclosure(client):
    english = make_article(make_source(), "a", FIRST, SECOND)
    arabic = make_article(make_source("sahafa", language="ar-EG"), "b", FIRST, SECOND)
    change = Change.objects.get(article=english)
    change.disclosed = True
    change.save()
    assert [c["article"] for c in get(client, "changes", language="ar")["items"]] == [arabic.pk]
    assert [c["article"] for c in get(client, "changes", disclosed="true")["items"]] == [english.pk]
    assert [c["article"] for c in get(client, "changes", disclosed="false")["items"]] == [arabic.pk]
    for language in ("ar-EG", "", "a", "AR"):
        problem = get(client, "changes", status=422, language=language)
        assert [wrong["parameter"] for wrong in problem["errors"]] == ["language"]


# --- hidden, unknown, bad ------------------------------------------------------------------------
@pytest.mark.parametrize("below", ["", "/versions", "/versions/1", "/diff/1/2", "/diff/1/latest", "/blame"])
def test_a_hidden_article_is_gone_and_so_is_all_below_it(client, below):
    article = make_article(make_source(), "a", FIRST, SECOND)
    cast.hide(article, at=NOON)
    problem = get(client, f"articles/{article.pk}{below}", status=410)
    assert (problem["status"], problem["title"]) == (410, "Gone")
    assert (problem["hidden_at"], problem["category"]) == ("2026-11-02T12:00:00Z", "court")
    assert "court order" in problem["detail"]
    assert "Order 7" not in str(problem)


def test_a_hidden_article_is_in_no_list(client):
    article = make_article(make_source(), "a", FIRST, SECOND, hidden_at=NOON)
    assert get(client, "articles")["items"] == []
    assert get(client, "articles", url=article.url)["items"] == []
    assert get(client, "changes")["items"] == []


@pytest.mark.parametrize(
    "path",
    [
        "sources/nobody",
        "articles/999",
        f"articles/{10**30}",
        "articles/first",
        "articles/999/diff/1/2",
        "articles/999/blame",
        "sources/nobody/statistics",
        "nothing",
    ],
)
def test_what_is_unknown_is_a_404_problem(client, path):
    problem = get(client, path, status=404)
    assert set(problem) == {"type", "title", "status", "detail", "instance"}
    assert problem["instance"] == f"/api/v1/{path}"


@pytest.mark.parametrize(
    "below", ["versions/4", "diff/1/4", "diff/4/latest", "diff/0/2", f"versions/{10**30}"]
)
def test_an_unknown_version_is_a_404_that_says_which_there_are(client, below):
    article = make_article(make_source(), "a", FIRST, SECOND)
    assert "versions 1 to 2" in get(client, f"articles/{article.pk}/{below}", status=404)["detail"]


@pytest.mark.parametrize(
    ("path", "parameter", "value"),
    [
        ("articles", "limit", "0"),
        ("articles", "limit", "201"),
        ("articles", "limit", "many"),
        ("articles", "state", "asleep"),
        ("articles", "url", "herald.example/news/1"),
        ("articles", "url", ""),
        ("articles", "changed_since", "yesterday"),
        ("articles", "changed_since", "0001-01-01T00:00:00+14:00"),
        ("articles", "source", "nobody"),
        ("articles", "source", "a\0b"),
        ("articles", "cursor", "made-up"),
        ("articles", "since", "2026-11-02"),
        ("changes", "since", "1"),
        ("changes", "kind", "numbers"),
        ("changes", "kind", '"'),
        ("sources", "state", "tracked"),
    ],
)
def test_a_bad_parameter_is_named(client, path, parameter, value):
    make_source()
    problem = get(client, path, status=422, **{parameter: value})
    assert [error["parameter"] for error in problem["errors"]] == [parameter]
    assert parameter in problem["detail"]


def test_a_diff_with_neither_number_nor_latest_says_so(client):
    article = make_article(make_source(), "a", FIRST)
    problem = get(client, f"articles/{article.pk}/diff/1/newest", status=422)
    assert problem["errors"] == [{"parameter": "b", "detail": "neither a version's number nor latest"}]


def test_a_cursor_of_another_list_is_refused(client):
    source = make_source()
    for page in "abc":
        make_article(source, page, FIRST, SECOND)
    other = get(client, "articles", limit=1)["next"].partition("cursor=")[2]
    assert client.get(f"/api/v1/changes?limit=1&cursor={other}").status_code == 422


# --- pages ---------------------------------------------------------------------------------------
def test_pages_neither_skip_nor_repeat_while_articles_are_added_and_change(client):
    source = make_source()
    made = [make_article(source, f"p{n}", FIRST).pk for n in range(5)]
    first = get(client, "articles", limit=2, source="herald")
    assert [item["id"] for item in first["items"]] == made[:2:-1]
    assert first["next"].startswith("http://127.0.0.1:8000/api/v1/articles?")
    make_article(source, "new", FIRST)
    Article.objects.filter(pk=made[2]).update(last_changed_at=timezone.now())
    second = client.get(first["next"]).json()
    third = client.get(second["next"]).json()
    assert [item["id"] for item in second["items"] + third["items"]] == [made[2], made[1], made[0]]
    assert third["next"] is None


def test_changes_of_the_same_moment_are_paged_exactly(client):
    source = make_source()
    for n in range(3):
        make_article(source, f"p{n}", FIRST, SECOND, FIRST)  # three changes at 13:00, three at 14:00
    Change.objects.filter(new__number=3).update(seen_at=NOON + timedelta(hours=2, microseconds=1))
    whole = [change["id"] for change in get(client, "changes")["items"]]
    assert whole == list(Change.objects.order_by("-seen_at", "-pk").values_list("pk", flat=True))
    assert [change["id"] for change in walk(client, "changes", limit=1)] == whole


def test_sources_and_versions_are_paged_too(client):
    for slug in ("c", "a", "b"):
        make_source(slug)
    assert [source["slug"] for source in walk(client, "sources", limit=1)] == ["a", "b", "c"]
    article = make_article(Source.objects.get(slug="a"), "x", FIRST, SECOND, FIRST)
    assert [v["number"] for v in walk(client, f"articles/{article.pk}/versions", limit=2)] == [1, 2, 3]


@pytest.mark.parametrize("path", ["sources", "articles?source=herald", "changes?kind=number"])
def test_a_list_takes_as_many_queries_for_many_rows_as_for_few(client, path, django_assert_max_num_queries):
    source = make_source()
    make_article(source, "first", FIRST, SECOND)
    for n in range(6):
        make_source(f"s{n}")
        make_article(source, f"p{n}", FIRST, SECOND)
    with django_assert_max_num_queries(3):
        assert len(client.get(f"/api/v1/{path}").json()["items"]) == 7


# --- HTTP ----------------------------------------------------------------------------------------
def test_an_answer_that_has_not_changed_is_not_sent_again(client):
    source = make_source()
    make_article(source, "a", FIRST)
    make_article(source, "b", FIRST)
    address = "/api/v1/articles?limit=1"  # an answer with a cursor in it
    with time_machine.travel(NOON, tick=False):
        first = client.get(address)
    with time_machine.travel(NOON + timedelta(hours=1), tick=False):
        again = client.get(address, headers={"if-none-match": first["ETag"]})
        assert (again.status_code, again.content, again["ETag"]) == (304, b"", first["ETag"])
        assert again["Access-Control-Allow-Origin"] == "*"
        Article.objects.update(check_count=7)
        changed = client.get(address, headers={"if-none-match": first["ETag"]})
    assert changed.status_code == 200
    assert changed["ETag"] != first["ETag"]


def test_a_diff_that_is_known_is_not_computed_again(client, monkeypatch):
    article = make_article(make_source(), "a", FIRST, SECOND)
    address = f"/api/v1/articles/{article.pk}/diff/1/latest"
    first = client.get(address)
    with monkeypatch.context() as patch:
        patch.setattr(endpoints, "diff", lambda old, new: pytest.fail("computed"))
        again = client.get(address, headers={"if-none-match": first["ETag"]})
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", first["ETag"])
    assert "no-cache" in again["Cache-Control"]
    assert again["Vary"] == first["Vary"]
    # A new extractor reads a version again: the same words, but another kind of paragraph.
    article.versions.filter(number=2).update(**packed_text(article.pk, [["quote", text] for text in SECOND]))
    assert client.get(address, headers={"if-none-match": first["ETag"]}).status_code == 200
    # What there is not cannot be unchanged.
    missing = f"/api/v1/articles/{article.pk}/diff/1/3"
    assert client.get(missing, headers={"if-none-match": "*"}).status_code == 404


def test_no_address_is_made_of_the_host_that_was_asked(client, settings):
    settings.BASE_URL = "https://diff.example.org"
    for page in "ab":
        make_article(make_source(page), page, FIRST)
    for path in ("", "sources?limit=1", "articles?limit=1"):
        answer = client.get(f"/api/v1/{path}", headers={"host": "localhost:666"})
        assert "localhost" not in answer.content.decode()
    assert answer.json()["next"].startswith("https://diff.example.org/api/v1/articles?limit=1&cursor=")


def test_a_key_in_a_feed_s_address_stays_ours(client):
    source = make_source()
    Feed.objects.filter(source=source).delete()
    Feed.objects.create(source=source, url="https://herald.example/feed.xml?token=s3cret&section=1")
    assert b"s3cret" not in client.get("/api/v1/sources").content
    assert get(client, "sources/herald")["feeds"][0]["url"] == "https://herald.example/feed.xml"


def test_what_is_gone_is_asked_about_before_it_is_used_again(client):
    article = make_article(make_source(), "a", FIRST, hidden_at=NOON)
    assert "no-cache" in client.get(f"/api/v1/articles/{article.pk}")["Cache-Control"]


@pytest.mark.parametrize("debug", [True, False])
def test_a_fault_of_ours_is_a_problem_and_its_reason_stays_in_the_log(
    client, settings, monkeypatch, caplog, debug
):
    settings.DEBUG = debug
    article = make_article(make_source(), "a", FIRST, SECOND)
    heard = []

    def broken(old: object, new: object) -> None:
        raise ZeroDivisionError("one over nought")

    def listen(**about: object) -> None:
        heard.append(about)

    monkeypatch.setattr(endpoints, "diff", broken)
    client.raise_request_exception = False
    got_request_exception.connect(listen)
    try:
        problem = get(client, f"articles/{article.pk}/diff/1/2", status=500)
    finally:
        got_request_exception.disconnect(listen)
    assert (problem["status"], problem["title"]) == (500, "Internal Server Error")
    assert "nought" not in str(problem)
    assert "ZeroDivisionError: one over nought" in caplog.text
    assert len(heard) == 1


def test_a_request_that_asks_too_much_is_the_asker_s_fault(client):
    many = "&".join(f"p{n}=1" for n in range(1001))
    answer = client.get(f"/api/v1/articles?{many}")
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")


@pytest.mark.parametrize(
    "path", ["articles", "articles/999", "articles?limit=x", "openapi.json", "nothing", ""]
)
def test_pages_of_every_origin_may_read_answers_and_errors(client, path):
    assert client.get(f"/api/v1/{path}")["Access-Control-Allow-Origin"] == "*"


def test_preflight_and_head_are_answered_and_writing_is_refused(client):
    preflight = client.options("/api/v1/articles")
    assert preflight.status_code == 204
    assert "If-None-Match" in preflight["Access-Control-Allow-Headers"]
    head = client.head("/api/v1/articles")
    assert (head.status_code, head["Content-Type"]) == (200, "application/json; charset=utf-8")
    for write in (client.post, client.put, client.patch, client.delete):
        refused = write("/api/v1/articles")
        assert refused.status_code == 405
        assert refused["Allow"] == "GET, HEAD, OPTIONS"
        assert refused["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("path", ["", "articles", "docs", "openapi.json", "nothing"])
def test_writing_is_refused_as_a_problem_whoever_asks(path):
    refused = Client(enforce_csrf_checks=True).post(f"/api/v1/{path}")
    assert (refused.status_code, refused["Content-Type"]) == (405, "application/problem+json")
    assert refused["Access-Control-Allow-Origin"] == "*"


def test_a_trailing_slash_leads_to_the_address_without(client):
    response = client.get("/api/v1/articles/?state=gone")
    assert (response.status_code, response["Location"]) == (301, "/api/v1/articles?state=gone")
    odd = client.get("/api/v1/who%3Fx%0A/?y=%2F")
    assert (odd.status_code, odd["Location"]) == (301, "/api/v1/who%3Fx%0A?y=%2F")


@pytest.mark.parametrize("path", ["nothing%0Ahere", "articles/1%0A", "sources/gazette%0D%0AX-Y:z", "%0A"])
def test_an_address_with_a_line_feed_is_unknown_like_any_other(client, path):
    answer = client.get(f"/api/v1/{path}")
    assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")


def test_openapi_describes_every_endpoint_and_its_problems(client):
    described = client.get("/api/v1/openapi.json").json()["paths"]
    promised = [
        "sources",
        "sources/{slug}",
        "articles",
        "articles/{article_id}",
        "articles/{article_id}/gaps",
        "articles/{article_id}/versions",
        "articles/{article_id}/versions/{number}",
        "articles/{article_id}/diff/{a}/{b}",
        "articles/{article_id}/blame",
        "changes",
        "search",
        "quote",
        "lookup",
        "statistics",
        "statistics/sources",
        "sources/{slug}/statistics",
    ]
    assert set(described) == {f"/api/v1/{path}" for path in promised}
    listed = described["/api/v1/articles"]["get"]
    names = {parameter["name"] for parameter in listed["parameters"]}
    assert names == {"url", "source", "state", "changed_since", "limit", "cursor"}
    assert "application/problem+json" in listed["responses"]["422"]["content"]
    for path in described.values():
        operation = path["get"]
        assert {"200", "304", "400", "405", "406", "429", "500"} <= set(operation["responses"])
        for parameter in operation["parameters"]:
            assert parameter["description"], (operation["operationId"], parameter["name"])
            assert {"type": "null"} not in parameter["schema"].get("anyOf", [])


def test_the_api_s_own_address_says_where_things_are(client):
    index = get(client, "")
    assert index["articles"] == "http://127.0.0.1:8000/api/v1/articles"
    for address in index.values():
        assert client.get(address).status_code == 200


def test_the_docs_page_loads_nothing_from_elsewhere_and_runs_no_inline_script(client):
    page = client.get("/api/v1/docs")
    text = page.content.decode()
    assert page.status_code == 200
    assert "//" not in "".join(part.partition(">")[0] for part in text.split("src=")[1:])
    assert "script-src 'self'" in page["Content-Security-Policy"]
