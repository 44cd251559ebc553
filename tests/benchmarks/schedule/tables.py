"""Runs the rules over the populations, on both cores, and shows what came of it."""

from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

from rich.table import Table

from articles.core.scheduling import Preset, forecast
from tests.benchmarks.schedule.learning import SEED as LEARNT_FROM
from tests.benchmarks.schedule.outlets import POPULATIONS, outlets
from tests.benchmarks.schedule.policies import Rule, diffengine, every, news_sniffer, newsdiffs, ours
from tests.benchmarks.schedule.simulation import NEVER, Hints, Score, follow, oracle

SEED = 2  # another one than the baseline was learnt from
OUTLETS, ARTICLES, PAST = 40, 120, 60


@dataclass(frozen=True, slots=True)
class Entrant:
    """A rule in the race; `preset` where it is ours, `hints` where feeds tell of edits."""

    name: str
    rule: Rule | None = None
    preset: Preset | None = None
    hints: Hints | None = None

    def run(self, population: str, seed: int = SEED, count: int = OUTLETS) -> Score:
        """Its score on a population."""
        made = outlets(POPULATIONS[population], seed, count, ARTICLES, PAST)
        if self.preset:
            return follow(made, ours(self.preset), learns=True, hints=self.hints)
        return follow(made, self.rule, hints=self.hints) if self.rule else oracle(made)


ENTRANTS = [
    Entrant("clairvoyant"),
    Entrant("every 6 h, for 40 days", every(6, 40)),
    Entrant("every 30 min, for 7 days", every(0.5, 7)),
    Entrant("rmdes/newsdiff: every 5 min, 2 days", every(1 / 12, 2)),
    Entrant("diffengine, in the feed 2 days", diffengine),
    Entrant("NewsSniffer", news_sniffer),
    Entrant("newsdiffs.org", newsdiffs),
    *(Entrant(f"newsdiff, {preset}", preset=preset) for preset in Preset),
    *(
        Entrant(f"newsdiff, {preset}, hints of 50 %", preset=preset, hints=Hints(0.5))
        for preset in list(Preset)[:2]
    ),
]
BY_NAME = {entrant.name: entrant for entrant in ENTRANTS}
JUDGED = ("mixed", "heavy", "light", "late")


def results(populations: tuple[str, ...] = JUDGED) -> dict[tuple[str, str], Score]:
    """Every rule's score, by population and name."""
    # the longest work first, so that both cores end at about the same time
    wanted = [(population, entrant.name) for entrant in reversed(ENTRANTS) for population in populations]
    with ProcessPoolExecutor(2) as pool:
        return dict(zip(wanted, pool.map(_run, wanted), strict=True))


def _run(wanted: tuple[str, str]) -> Score:
    population, name = wanted
    return BY_NAME[name].run(population)


def tables(scores: dict[tuple[str, str], Score]) -> list[Table]:
    """One table a population."""
    return [_table(population, scores) for population in JUDGED]


def _table(population: str, scores: dict[tuple[str, str], Score]) -> Table:
    edits = len(scores[population, "clairvoyant"].delays)
    judged = (
        f"{OUTLETS * ARTICLES:,} articles of {OUTLETS} {population} outlets, {edits:,} edits; seed {SEED}"
    )
    shown = Table(title=f"{judged}, baseline learnt from seed {LEARNT_FROM}", title_justify="left")
    shown.add_column("rule")
    for column in ("requests an article", "forecast", "captured", "after a day", "median delay", "p95"):
        shown.add_column(column, justify="right")
    for entrant in ENTRANTS:
        score = scores[population, entrant.name]
        told = f"{forecast(entrant.preset):.1f}" if entrant.preset and population == "mixed" else ""
        shown.add_row(
            entrant.name,
            f"{score.per_article:.1f}",
            told,
            f"{score.share:.1%}",
            f"{score.late_share:.1%}",
            in_words(score.delay(0.5)),
            in_words(score.delay(0.95)),
        )
    return shown


def in_words(hours: float) -> str:
    """A delay: "9.4 min", "4.7 h", "never"."""
    if hours == NEVER:
        return "never"
    return f"{hours * 60:.1f} min" if hours < 1 else f"{hours:.1f} h"
