"""Figures: what adds up, and what is read from the sums."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from articles.core import figures
from articles.core.figures import Edit, Followed, Sums

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def edit(
    at: datetime = MONDAY, *kinds: str, disclosed: bool = False, words: tuple[int, int] = (0, 0)
) -> Edit:
    return Edit(at, kinds, disclosed, *words)


def test_changes_are_counted_by_kind_hour_and_disclosure():
    sums = figures.of_changes(
        [
            edit(MONDAY, "headline", "number", words=(5, 3)),
            edit(MONDAY + 59 * MINUTE, "number", disclosed=True, words=(2, 0)),
            edit(MONDAY + 7 * DAY - MINUTE, "wording"),
        ]
    )
    assert (sums.changes, sums.disclosed, sums.added_words, sums.removed_words) == (3, 1, 7, 3)
    assert sums.kinds == {"headline": 1, "number": 2, "wording": 1}
    assert sums.silent == {"headline": 1, "number": 1, "wording": 1}
    assert sums.hours == {"0": 2, "167": 1}  # the last is in the last hour of Sunday
    assert sums.share_disclosed == pytest.approx(1 / 3)


def test_the_hour_of_the_week_is_utcs():
    in_tokyo = datetime(2026, 3, 2, 8, 30, tzinfo=timezone(9 * HOUR))  # Sunday 23:30 in UTC
    assert figures.hour_of_week(in_tokyo) == 6 * 24 + 23


def test_articles_are_counted_with_those_that_changed_and_the_most_edited():
    followed = [Followed(pk, changes) for pk, changes in [(1, 0), (2, 3), (3, 1), (4, 3)]]
    sums = figures.of_articles(followed)
    assert (sums.articles, sums.changed) == (4, 3)
    assert sums.most == [[3, 4], [3, 2], [1, 3]]
    assert sums.share_changed == 0.75
    assert sums.per_changed == 0  # the changes are counted where they are seen


def test_where_nothing_was_counted_there_are_no_figures():
    nothing = figures.total([])
    assert nothing == Sums()
    assert not nothing
    assert (nothing.share_changed, nothing.per_changed, nothing.share_disclosed) == (None, None, None)
    assert nothing.delay(0.5) is None


@pytest.mark.parametrize(
    ("minutes", "share", "expected"),
    [
        ([30], 0.5, 30),
        ([10, 20, 600], 0.5, 20),  # the middle one
        ([10, 20, 600, 700], 0.5, 20),  # the lower of the two in the middle
        ([*range(10, 100, 10), 5000], 0.9, 90),  # nine of ten had come by then
        ([0, 0, 40], 0.5, 1),  # what comes within a minute counts as a minute
        ([60 * 24 * 400], 0.9, 60 * 24 * 400),
    ],
)
def test_the_time_to_the_first_change_is_at_most_3_in_100_too_long(minutes, share, expected):
    sums = figures.of_articles(Followed(n, 1, delay * MINUTE) for n, delay in enumerate(minutes))
    assert expected <= sums.delay(share) / MINUTE <= 1.03 * expected


EDITS = st.builds(
    Edit,
    st.integers(0, 10_000).map(lambda hours: MONDAY + hours * HOUR),
    st.lists(st.sampled_from(["number", "headline", "added"]), unique=True),
    st.booleans(),
    st.integers(0, 50),
    st.integers(0, 50),
)


@given(st.lists(st.lists(EDITS, max_size=6), max_size=6))
def test_sums_of_parts_are_the_sums_of_the_whole(parts: list[list[Edit]]):
    whole = figures.of_changes(one for part in parts for one in part)
    assert figures.total(map(figures.of_changes, parts)) == whole


@given(st.lists(st.integers(0, 4), max_size=60), st.integers(1, 5))
def test_the_most_edited_of_parts_are_those_of_the_whole(changes: list[int], size: int):
    followed = [Followed(pk, count, HOUR * pk if count else None) for pk, count in enumerate(changes)]
    parts = [followed[start : start + size] for start in range(0, len(followed), size)]
    assert figures.total(map(figures.of_articles, parts)) == figures.of_articles(followed)
