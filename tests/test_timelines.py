"""An article's versions on a line of time."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from articles import timelines
from articles.models import Change, Version

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def history_of(minutes: list[int], words: list[tuple[int, int]]) -> list[Version]:
    """Versions, the newest first, seen at these minutes; all but the first with a change of so many words."""
    versions = []
    for n, (at, (added, removed)) in enumerate(zip(minutes, words, strict=True)):
        made = Version(number=n + 1, first_seen_at=NOW + timedelta(minutes=at))
        if n:
            made.change = Change(added_words=added, removed_words=removed)
        versions.append(made)
    return versions[::-1]


def test_the_timeline_stands_by_time_and_measures_by_the_root_of_the_words() -> None:
    drawn = timelines.timeline(history_of([0, 50, 100], [(0, 0), (100, 1), (25, 0)]))
    assert [bar.x for bar in drawn.bars] == [0, 500, 1_000]
    # 1 word of 100 is a tenth as high, 25 are half as high
    assert [(bar.up, bar.down) for bar in drawn.bars] == [(0, 0), (100, 10), (50, 0)]
    assert (drawn.up, drawn.down) == (100, 10)


@given(st.lists(st.integers(0, 10**6), min_size=2, max_size=100))
def test_no_version_hides_another_or_leaves_the_timeline(minutes: list[int]) -> None:
    drawn = timelines.timeline(history_of(sorted(minutes), [(1, 1)] * len(minutes)))
    places = [bar.x for bar in drawn.bars]
    assert 0 <= places[0] <= places[-1] <= timelines.TIMELINE
    apart = min(timelines.LEAST_APART, timelines.TIMELINE / (len(minutes) - 1))
    assert all(later - earlier >= apart - 1 for earlier, later in pairwise(places))  # rounding
