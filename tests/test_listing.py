"""Filters of lists of changes: what fits, how a choice is written down, and what is refused."""

from datetime import timedelta
from importlib import import_module

import pytest
from django.apps import apps
from django.db import connection
from django.http import Http404, QueryDict
from django.utils import timezone

from articles.listing import Filters
from articles.models import Change, ChangeKind
from tests.cast import DAY_ONE, Cast, add_version, make_article, make_cast, make_source


@pytest.fixture
def cast(db: None) -> Cast:
    return make_cast()


def read(query: str) -> Filters:
    return Filters.read(QueryDict(query))


def numbers(rows) -> set[tuple[int, int]]:
    """Article and number of the version that each change led to."""
    return set(rows.values_list("article", "new__number"))


def test_without_a_filter_all_public_changes_and_the_newest_of_each_article(cast: Cast) -> None:
    everything = {
        (cast.corrected.pk, 2),
        (cast.corrected.pk, 3),
        (cast.rewritten.pk, 2),
        (cast.right_to_left.pk, 2),
    }
    assert numbers(read("").changes()) == everything
    assert numbers(read("").latest()) == everything - {(cast.corrected.pk, 2)}


def test_the_newest_that_fits_is_shown_where_a_newer_one_does_not(cast: Cast) -> None:
    """The correction note of version 3 is no changed number; that of version 2 is."""
    assert numbers(read("kind=correction").latest()) == {(cast.corrected.pk, 3)}
    assert (cast.corrected.pk, 2) in numbers(read("kind=number").latest())


@pytest.mark.parametrize(
    ("query", "fitting"),
    [
        ("language=ar", {"right_to_left"}),
        ("language=en", {"corrected", "rewritten"}),
        ("language=de", set()),
        ("disclosed=yes", {"corrected"}),  # its correction note
        ("disclosed=no", {"corrected", "rewritten", "right_to_left"}),
        ("kind=number&language=ar", {"right_to_left"}),
        ("kind=correction&disclosed=no", set()),
        ("kind=moved", {"rewritten"}),
        ("source=gazette&kind=headline", {"corrected", "rewritten"}),
        ("source=herald", set()),
    ],
)
def test_what_fits(cast: Cast, query: str, fitting: set[str]) -> None:
    make_source("The Herald", "herald")
    found = {article for article, _ in numbers(read(query).latest())}
    assert found == {getattr(cast, name).pk for name in fitting}


def test_since_begins_so_long_ago(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """The cast's changes fell 1, 1.5, 2 and 3 hours after day one."""
    monkeypatch.setattr(timezone, "now", lambda: DAY_ONE + timedelta(days=1, hours=2))
    assert numbers(read("since=day").changes()) == {(cast.rewritten.pk, 2), (cast.corrected.pk, 3)}
    assert len(numbers(read("since=week").changes())) == 4


def test_the_weightiest_change_of_each_article_first(cast: Cast) -> None:
    """Of the corrected article that is the step in which numbers and headline changed, not the later note."""
    filters = read("sort=weightiest")
    rows = filters.page(filters.latest(), "", 10).rows
    assert [change.weight for change in rows] == sorted((c.weight for c in rows), reverse=True)
    assert {(change.article_id, change.new.number) for change in rows} >= {(cast.corrected.pk, 2)}
    assert len({change.article_id for change in rows}) == len(rows)


@pytest.mark.parametrize("query", ["", "kind=number", "sort=weightiest", "kind=number&sort=weightiest"])
def test_pages_neither_skip_nor_repeat_among_equals(db: None, query: str) -> None:
    source = make_source()
    for n in range(13):
        article = make_article(source, "Dogs", ["At least 12 dogs barked."])
        add_version(article, ["At least 19 dogs barked."], at=DAY_ONE + timedelta(hours=1 + n // 5))
    filters, seen, key = read(query), [], ""
    while True:
        page = filters.page(filters.latest(), key, 3)
        seen += [change.pk for change in page.rows]
        key = page.next
        if not key:
            break
    assert len(seen) == len(set(seen)) == 13


@pytest.mark.parametrize("key", ["1-1", "nan-1", "inf-1", "-1", "1.5-", "1e5-1"])
def test_a_key_of_another_list_is_refused(cast: Cast, key: str) -> None:
    filters = read("sort=weightiest")
    with pytest.raises(Http404, match="not a page of this list"):
        filters.page(filters.latest(), key, 3)


def test_the_rows_of_its_kinds_follow_a_change(cast: Cast) -> None:
    change = Change.objects.get(article=cast.corrected, new__number=2)
    change.kinds, change.weight = [["date", "x"], ["date", "y"], ["name", "z"]], 99.5
    change.save()
    assert set(change.kind_rows.values_list("name", "weight")) == {("date", 99.5), ("name", 99.5)}


def test_a_kind_costs_a_list_no_query_more(cast: Cast, django_assert_num_queries) -> None:
    filters = read("kind=number&language=en&disclosed=no&sort=weightiest")
    with django_assert_num_queries(1):
        for change in filters.page(filters.latest(), "", 10).rows:
            assert all((change.article.source.name, change.old.title, change.new.title))


@pytest.mark.parametrize(
    ("query", "canonical", "feed", "words"),
    [
        ("", "", "", "Changes"),
        ("sort=newest&kind=&before=1-1&utm_source=x", "", "", "Changes"),
        (
            "sort=weightiest&language=en&since=week&kind=number&source=gazette",
            "source=gazette&kind=number&since=week&language=en&sort=weightiest",
            "source=gazette&kind=number&since=week&language=en",
            "Changed numbers in articles of The Harbour Gazette, in English, of the last 7 days",
        ),
        (
            "since=day&disclosed=no",
            "since=day&disclosed=no",
            "since=day&disclosed=no",
            "Changes, of the last 24 hours, silent",
        ),
        ("language=zh", "language=zh", "language=zh", "Changes, in Chinese"),
        ("language=qq", "language=qq", "language=qq", "Changes, in qq"),
    ],
)
def test_a_choice_is_written_down_in_one_way(
    cast: Cast, query: str, canonical: str, feed: str, words: str
) -> None:
    found = read(query)
    assert (found.query, found.feed_query, found.words) == (canonical, feed, words)
    assert read(found.query) == found


@pytest.mark.parametrize(
    ("query", "allowed"),
    [
        ("kind=numbers", "headline"),
        ("since=yesterday", "day, week, month"),
        ("sort=oldest", "newest, weightiest"),
        ("disclosed=maybe", "yes, no"),
        ("source=nobody", "?source="),
        ("source=%00", "?source="),
        ("language=en-GB", "en, de, ar"),
        ("language=%00", "en, de, ar"),
    ],
)
def test_another_value_is_refused_with_those_allowed(cast: Cast, query: str, allowed: str) -> None:
    with pytest.raises(Http404, match="takes") as refused:
        read(query)
    assert allowed in str(refused.value)


@pytest.mark.parametrize(
    ("query", "index"),
    [
        ("", "cosmetic_newest"),
        ("source=gazette", "cosmetic_source_newest"),
        ("language=en", "cosmetic_language_newest"),
    ],
)
def test_changes_of_typography_are_found_by_an_index(cast: Cast, query: str, index: str) -> None:
    """However rare they are: the first page counts them each time it is asked for."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute("SET LOCAL enable_sort = off")
    assert index in read(query).cosmetic().order_by("-seen_at", "-pk")[:30].explain()


def test_the_migration_fills_in_what_is_written_since(cast: Cast) -> None:
    columns = ("change", "name", "source", "language", "disclosed", "seen_at", "weight")
    before = set(ChangeKind.objects.values_list(*columns)), set(Change.objects.values_list("pk", "language"))
    ChangeKind.objects.all().delete()
    Change.objects.update(language="")
    import_module("articles.migrations.0009_kinds_as_rows").fill(apps, None)
    after = set(ChangeKind.objects.values_list(*columns)), set(Change.objects.values_list("pk", "language"))
    assert after == before
