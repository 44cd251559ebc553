"""Filters of lists of changes: what fits, how a choice is written down, and what is refused."""

import pytest
from django.http import Http404, QueryDict

from articles.listing import Filters
from tests.cast import Cast, make_cast


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
