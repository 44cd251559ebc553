"""The rules by which trackers look again: those of others, written anew from what they do, and ours.

A rule is asked after each look for the hours to wait; None ends the article's life.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from articles.core import scheduling
from articles.core.types import Outcome

EPOCH = datetime(2026, 1, 1, tzinfo=UTC)  # when each article of the simulation was published
DAY = 24.0


@dataclass(slots=True)
class State:
    """What a tracker knows after a look: hours since publication, and what it has seen."""

    found: float
    now: float
    changed: float | None = None
    changes: int = 0
    looks: int = 0
    habit: float = 1.0
    last_wait: float = 0.0


Rule = Callable[[State], float | None]


def ours(preset: scheduling.Preset) -> Rule:
    """What newsdiff itself runs: `core.scheduling.next_check`, with nothing of it written anew."""

    def rule(state: State) -> float | None:
        now = EPOCH + timedelta(hours=state.now)
        life = scheduling.Life(
            first_seen=EPOCH + timedelta(hours=state.found),
            published=EPOCH + timedelta(seconds=1),  # to the second: no bare date
            changed=None if state.changed is None else EPOCH + timedelta(hours=state.changed),
            changes=state.changes,
            habit=state.habit,
        )
        due = scheduling.next_check(now, Outcome.UNCHANGED, life, preset=preset)
        return None if due is None else (due - now) / scheduling.HOUR

    return rule


def news_sniffer(state: State) -> float | None:
    """NewsSniffer: half an hour, a fifth longer each time, anew after a change; given up at 40 days."""
    wait = 0.5 if state.looks == 1 or state.changed == state.now else state.last_wait * 1.2
    return wait if wait < 40 * DAY else None


def newsdiffs(state: State) -> float | None:
    """newsdiffs.org: by the time since the last change, in five steps; given up after 360 days."""
    quiet = state.now - (state.changed or 0.0)
    steps = ((3.0, 0.25), (DAY, 1.0), (7 * DAY, 3.0), (30 * DAY, 3 * DAY), (360 * DAY, 30 * DAY))
    return next((wait for limit, wait in steps if quiet < limit), None)


def diffengine(state: State) -> float | None:
    """diffengine: when a fifth of the article's age has passed, while it is in the feed (two days)."""
    return None if state.now > 2 * DAY else max(1 / 12, state.now * 0.25)


def every(hours: float, days: float) -> Rule:
    """The same wait for so many days; rmdes/newsdiff does so while an article is in the feed."""
    return lambda state: None if state.now > days * DAY else hours
