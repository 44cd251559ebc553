"""The schedule in the simulation that it was chosen by: what docs/schedule.md claims, on a small sample."""

import pytest

from articles.core import hazard
from articles.core.scheduling import Preset, forecast
from tests.benchmarks.schedule.curve import svg
from tests.benchmarks.schedule.learning import SEED as LEARNT_FROM
from tests.benchmarks.schedule.learning import learnt
from tests.benchmarks.schedule.outlets import POPULATIONS, Article, Outlet, outlets
from tests.benchmarks.schedule.policies import Rule, every, news_sniffer, newsdiffs, ours
from tests.benchmarks.schedule.simulation import NEVER, Hints, Score, follow, oracle
from tests.benchmarks.schedule.tables import SEED as JUDGED_BY

WAVERING = 1.2  # what the longest delays of so small a sample may be beyond those of a large one
SAMPLE = outlets(POPULATIONS["mixed"], seed=5, count=24, articles=50, past=25)


def one(*edits: float, found: float = 0.1) -> list[Outlet]:
    return [Outlet((), (Article(found, edits),))]


# --- the simulation itself --------------------------------------------------------------------------
def test_looks_and_delays_are_counted_as_by_hand():
    """Every hour for four hours from 0.1: looks at 0.1, 1.1, 2.1, 3.1, 4.1."""
    score = follow(one(0.05, 0.5, 0.6, 3.0, 9.0), every(1.0, 4 / 24))
    assert score.requests == 5
    assert score.delays == pytest.approx([0.6, 0.5, 0.1, NEVER])  # what was before it was found is the text
    assert score.caught == 2  # 0.6, which 0.5 did not live to see, and 3.0
    assert (score.late, score.articles) == (0, 1)


def test_a_clairvoyant_asks_once_for_each_edit():
    score = oracle(one(0.05, 0.5, 30.0))
    assert (score.requests, score.share, score.late_share, score.delay(0.95)) == (3, 1.0, 1.0, 0.0)


def test_a_hint_brings_the_look_forward_to_the_next_poll_of_the_feed():
    score = follow(one(5.0, 40.0), every(20.0, 5), hints=Hints(1.0))
    assert score.delays[0] <= 1 / 6
    assert score.delays[1] > 1  # a day later nobody tells


def test_newssniffer_s_rule_asks_43_times_for_an_article_without_a_change():
    assert follow(one(), news_sniffer).requests == 43


# --- what was learnt, and from what ---------------------------------------------------------------
def test_the_baseline_is_what_its_own_sample_gives_and_no_other_was_judged_by():
    table, counted = learnt()
    ages, rates = zip(*table, strict=True)
    assert ages == tuple(age for age, _ in hazard.BASELINE)
    assert [rate for _, rate in hazard.BASELINE] == pytest.approx(rates, rel=0.06)  # two digits are kept
    assert pytest.approx(counted, abs=0.006) == hazard.COUNTED
    assert JUDGED_BY != LEARNT_FROM


# --- what it is worth -------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def scores() -> dict[str, Score]:
    rules: dict[str, Rule] = {"NewsSniffer": news_sniffer, "newsdiffs": newsdiffs}
    found = {name: follow(SAMPLE, rule) for name, rule in rules.items()}
    return found | {preset: follow(SAMPLE, ours(preset), learns=True) for preset in Preset}


def test_gentle_does_what_newssniffer_does_for_two_and_a_half_times_fewer_requests(scores):
    we, they = scores[Preset.GENTLE], scores["NewsSniffer"]
    assert they.per_article / we.per_article >= 2.5
    assert we.share >= they.share
    assert we.delay(0.5) <= they.delay(0.5)


def test_the_default_does_what_newsdiffs_does_for_three_times_fewer_requests(scores):
    we, they = scores[Preset.BALANCED], scores["newsdiffs"]
    assert they.per_article / we.per_article >= 3
    assert we.share >= 0.95 * they.share
    assert we.delay(0.5) <= 1.05 * they.delay(0.5)
    assert we.delay(0.95) <= 5 * WAVERING


def test_the_default_is_better_than_newssniffer_at_everything_but_the_longest_delays(scores):
    we, they = scores[Preset.BALANCED], scores["NewsSniffer"]
    assert we.per_article < 0.75 * they.per_article
    assert we.share > they.share + 0.08
    assert we.delay(0.5) < they.delay(0.5) / 2


def test_the_fast_preset_bounds_the_delay(scores):
    assert scores[Preset.FAST].delay(0.95) <= 2.5 * WAVERING


def test_a_forecast_is_what_comes_of_it(scores):
    for preset in Preset:
        assert forecast(preset) == pytest.approx(scores[preset].per_article, rel=0.1)


def test_the_curve_names_every_rule(scores):
    named = {("mixed", f"newsdiff, {preset}"): scores[preset] for preset in Preset}
    named |= {("mixed", name): scores[name] for name in ("NewsSniffer", "newsdiffs")}
    drawn = svg("mixed", named | {("mixed", "clairvoyant"): oracle(SAMPLE)})
    assert all(f">{name}<" in drawn for name in ("NewsSniffer", "newsdiffs", *Preset))
    assert drawn.count("<circle") == 5
    assert "prefers-color-scheme: dark" in drawn
