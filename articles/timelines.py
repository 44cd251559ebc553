"""An article's versions on a line of time, drawn as numbers: what the template puts where."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from articles.models import Change, Version

TIMELINE = 1_000  # its drawing's width, in units of its own
TALLEST = 100  # of a bar, up or down
LEAST_APART = 26  # of two versions; less where there are more than fit


@dataclass(frozen=True, slots=True)
class Bar:
    """A version on the timeline: where it stands, how far the words added reach up, those removed down."""

    version: Version
    change: Change | None
    x: int
    up: int
    down: int


@dataclass(frozen=True, slots=True)
class Timeline:
    """Bars from the oldest on, and how far the highest and the deepest of them reach."""

    bars: tuple[Bar, ...]
    up: int
    down: int


def timeline(versions: Sequence[Version]) -> Timeline:
    """Versions, the newest first, from left to right by time, none hiding another; heights by the root of
    the words, so that a word beside a thousand is still seen."""
    rows = [(version, getattr(version, "change", None)) for version in reversed(versions)]
    counts = [(change.added_words, change.removed_words) if change else (0, 0) for _, change in rows]
    most = max((max(pair) for pair in counts), default=0) or 1
    places = _places([version.first_seen_at for version, _ in rows])
    bars = tuple(
        Bar(version, change, x, *(math.ceil(TALLEST * math.sqrt(count / most)) for count in pair))
        for (version, change), x, pair in zip(rows, places, counts, strict=True)
    )
    return Timeline(
        bars, max((bar.up for bar in bars), default=0), max((bar.down for bar in bars), default=0)
    )


def _places(moments: Sequence[datetime]) -> list[int]:
    """Where moments in order stand on the timeline: by time, each at least a little after the one before."""
    if len(moments) < 2:
        return [0] * len(moments)
    apart = min(LEAST_APART, TIMELINE / (len(moments) - 1))
    whole = (moments[-1] - moments[0]) or timedelta(seconds=1)
    places = [TIMELINE * ((moment - moments[0]) / whole) for moment in moments]
    for at in range(1, len(places)):
        places[at] = max(places[at], places[at - 1] + apart)
    places[-1] = min(places[-1], TIMELINE)
    for at in range(len(places) - 2, -1, -1):  # pushed past the end, they close up from there
        places[at] = min(places[at], places[at + 1] - apart)
    return [round(place) for place in places]
