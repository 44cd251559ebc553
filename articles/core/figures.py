"""What a source's edits amount to: sums over days that add up, and the figures that are read from them.

Every figure is taken from whole numbers that can be summed over any days and sources, so that a year of
all sources is read as fast as a day of one. What does not add up by itself, as a median, is read from a
count by steps of a geometric scale.
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from heapq import nlargest
from typing import Any

HOURS = 24
MOST = 10  # articles that are named as the most edited
STEPS = 24  # of the scale of delays, for each doubling
SHORTEST = timedelta(minutes=1)  # where that scale begins

Counts = Mapping[str, int]  # by name; JSON has no other keys


@dataclass(frozen=True, slots=True)
class Edit:
    """A change, as far as it is counted."""

    seen_at: datetime
    kinds: Sequence[str]
    disclosed: bool
    added_words: int
    removed_words: int


@dataclass(frozen=True, slots=True)
class Followed:
    """An article that was read, by its key: how often it changed, and how long the first change took.

    `delay` is the time from the look that first read it to the one that found the change, or None.
    """

    pk: int
    changes: int
    delay: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Sums:
    """What was counted of some days.

    articles  of those days: whose first sight fell on them; changed: how many of these have changed since
    delays    of these articles, by `step` of the time until the first change
    most      the most edited of these articles: [changes, key of the article], the most first
    changes   seen on those days; disclosed, added_words, removed_words, kinds and hours are of these
    silent    of `kinds`, those of changes that were not disclosed
    hours     by hour of the week in UTC: "0" is Monday from 00:00 to 00:59
    """

    articles: int = 0
    changed: int = 0
    changes: int = 0
    disclosed: int = 0
    added_words: int = 0
    removed_words: int = 0
    delays: Counts = field(default_factory=dict)
    kinds: Counts = field(default_factory=dict)
    silent: Counts = field(default_factory=dict)
    hours: Counts = field(default_factory=dict)
    most: Sequence[Sequence[int]] = field(default_factory=list)

    def __bool__(self) -> bool:
        """Whether anything was counted."""
        return bool(self.articles or self.changes)

    @property
    def per_changed(self) -> float | None:
        """Changes for each article that changed."""
        return self.changes / self.changed if self.changed else None

    @property
    def per_article(self) -> float | None:
        """Changes for each article, whether it changed or not."""
        return self.changes / self.articles if self.articles else None

    @property
    def silently(self) -> int:
        """Changes that were not disclosed."""
        return self.changes - self.disclosed

    @property
    def headlines(self) -> int:
        """Changes of the headline, among other things."""
        return self.kinds.get("headline", 0)

    @property
    def share_changed(self) -> float | None:
        return self.changed / self.articles if self.articles else None

    @property
    def share_disclosed(self) -> float | None:
        return self.disclosed / self.changes if self.changes else None

    @property
    def share_headlines(self) -> float | None:
        return self.headlines / self.changes if self.changes else None

    def delay(self, share: float) -> timedelta | None:
        """Within what time this share of the first changes had come, rounded up by at most 3 in 100.

        By nearest rank; None where nothing has changed.
        """
        rank = math.ceil(share * sum(self.delays.values()))
        for number in sorted(map(int, self.delays)):
            rank -= self.delays[str(number)]
            if rank <= 0:
                return SHORTEST * math.pow(2, (number + 1) / STEPS)
        return None


# what adds up in `Sums`: as numbers, and name by name
NUMBERS = ("articles", "changed", "changes", "disclosed", "added_words", "removed_words")
COUNTS = ("delays", "kinds", "silent", "hours")


def of_changes(edits: Iterable[Edit]) -> Sums:
    """The sums of changes, without the articles they are of."""
    changes = disclosed = added = removed = 0
    kinds: Counter[str] = Counter()
    silent: Counter[str] = Counter()
    hours: Counter[str] = Counter()
    for edit in edits:
        changes += 1
        disclosed += edit.disclosed
        added += edit.added_words
        removed += edit.removed_words
        kinds.update(edit.kinds)
        if not edit.disclosed:
            silent.update(edit.kinds)
        hours[str(hour_of_week(edit.seen_at))] += 1
    return Sums(
        changes=changes,
        disclosed=disclosed,
        added_words=added,
        removed_words=removed,
        kinds=dict(kinds),
        silent=dict(silent),
        hours=dict(hours),
    )


def of_articles(articles: Iterable[Followed]) -> Sums:
    """The sums of articles, without the changes seen of them."""
    listed = list(articles)
    delays = Counter(str(step(one.delay)) for one in listed if one.delay is not None)
    most = nlargest(MOST, ([one.changes, one.pk] for one in listed if one.changes))
    return Sums(
        articles=len(listed),
        changed=sum(one.changes > 0 for one in listed),
        delays=dict(delays),
        most=most,
    )


def total(parts: Iterable[Sums]) -> Sums:
    """The sums of all parts together. No article or change may be in two of them."""
    listed = list(parts)
    numbers: dict[str, Any] = {name: sum(getattr(part, name) for part in listed) for name in NUMBERS}
    counts: dict[str, Any] = {name: _together(getattr(part, name) for part in listed) for name in COUNTS}
    most = nlargest(MOST, (list(one) for part in listed for one in part.most))
    return Sums(**numbers, **counts, most=most)


def _together(counts: Iterable[Counts]) -> dict[str, int]:
    found: Counter[str] = Counter()
    for one in counts:
        found.update(one)
    return dict(found)


def hour_of_week(moment: datetime) -> int:
    """The hour of the week in UTC, from 0, Monday 00:00, to 167."""
    moment = moment.astimezone(UTC)
    return moment.weekday() * HOURS + moment.hour


def step(delay: timedelta) -> int:
    """Where on the scale a delay is: 0 up to SHORTEST, then STEPS for each doubling."""
    return math.floor(STEPS * math.log2(max(delay / SHORTEST, 1.0)))
