"""Follows invented articles by a rule, and counts what is asked, caught and missed."""

import math
import random
from collections.abc import Iterable
from dataclasses import dataclass, field

from articles.core import hazard
from tests.benchmarks.schedule.outlets import DAY, Article, Outlet
from tests.benchmarks.schedule.policies import Rule, State

NEVER = math.inf


@dataclass(frozen=True, slots=True)
class Hints:
    """Whether feeds and sitemaps tell of edits: of those in an article's first day, so large a share,

    found at the next poll of the feed, within ten minutes; then the article is looked at at once.
    """

    share: float
    hours: float = DAY
    poll: float = 1 / 6


@dataclass(slots=True)
class Score:
    """What a rule did.

    delays   hours from each edit to the look that noticed that something had changed, or NEVER
    caught   edits whose text was stored: no other edit came before that look
    late     of the edits a day or more after publication: how many, how many caught
    """

    articles: int = 0
    requests: int = 0
    caught: int = 0
    late: int = 0
    late_caught: int = 0
    delays: list[float] = field(default_factory=list)

    @property
    def per_article(self) -> float:
        """Requests an article."""
        return self.requests / self.articles

    @property
    def share(self) -> float:
        """Share of edits caught."""
        return self.caught / len(self.delays)

    @property
    def late_share(self) -> float:
        """Share caught of those that came a day after publication or later."""
        return self.late_caught / self.late

    def delay(self, share: float) -> float:
        """Hours within which this share of the edits was noticed (0.5: the median)."""
        return sorted(self.delays)[min(int(share * len(self.delays)), len(self.delays) - 1)]


def follow(
    outlets: Iterable[Outlet], rule: Rule, *, learns: bool = False, hints: Hints | None = None
) -> Score:
    """Follows all articles to their end; where `learns`, each outlet's habits first, on its past ones."""
    score = Score()
    for number, outlet in enumerate(outlets):
        habit = _habit(outlet, rule) if learns else 1.0
        dice = random.Random(f"hints {number}")
        for article in outlet.articles:
            _follow(
                article, rule, State(article.found, article.found, looks=1, habit=habit), score, hints, dice
            )
    return score


def oracle(outlets: Iterable[Outlet]) -> Score:
    """One look when an article is found, and one at the very moment of each edit."""
    score = Score()
    for outlet in outlets:
        for article in outlet.articles:
            edits = [edit for edit in article.edits if edit > article.found]
            late = sum(edit >= DAY for edit in edits)
            score.articles += 1
            score.requests += 1 + len(edits)
            score.caught += len(edits)
            score.late += late
            score.late_caught += late
            score.delays += [0.0] * len(edits)
    return score


def _habit(outlet: Outlet, rule: Rule) -> float:
    """What is learnt of an outlet by following its past articles, as `ingestion.habits` does."""
    changes = expected = 0.0
    for article in outlet.past:
        state = State(article.found, article.found, looks=1)
        _follow(article, rule, state, Score(), None, random.Random(0))
        changes += hazard.countable(state.changes)
        expected += hazard.expected_countable(state.now, state.now - article.found)
    return hazard.habit(changes, expected)


def _follow(
    article: Article, rule: Rule, state: State, score: Score, hints: Hints | None, dice: random.Random
) -> None:
    edits = [edit for edit in article.edits if edit > article.found]  # what was before is the first version
    told = _told(edits, hints, dice) if hints else ()
    at = 0  # the first edit that has not been noticed
    while (wait := rule(state)) is not None:
        due = min([state.now + wait, *(moment for moment in told if moment > state.now)])
        state.last_wait, state.now = wait, due
        state.looks += 1
        first = at
        while at < len(edits) and edits[at] <= due:
            score.delays.append(due - edits[at])
            at += 1
        if at > first:
            state.changed, state.changes = due, state.changes + 1
            score.caught += 1
            score.late_caught += edits[at - 1] >= DAY
    score.delays += [NEVER] * (len(edits) - at)
    score.late += sum(edit >= DAY for edit in edits)
    score.articles += 1
    score.requests += state.looks


def _told(edits: list[float], hints: Hints, dice: random.Random) -> tuple[float, ...]:
    """The moments at which the feed tells of an edit."""
    heard = (edit for edit in edits if dice.random() < hints.share and edit < hints.hours)
    return tuple(edit + dice.uniform(0, hints.poll) for edit in heard)
