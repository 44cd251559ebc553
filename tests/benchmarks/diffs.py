"""The diff beside its peers: what it costs, and how well it sees what became of what."""

import os
import platform
import statistics
from collections import Counter
from collections.abc import Iterable, Iterator

from rich.console import Group
from rich.table import Table

from newsroom.manuscripts import load_all
from tests.benchmarks import cases, editing, quality
from tests.benchmarks.cases import Case, Given, Pair
from tests.benchmarks.peers import OURS, WIKIDIFF2, Differ, installed, takes
from tests.benchmarks.quality import Truth
from tests.benchmarks.timing import Writer

ROUNDS = 3
SECONDS = 0.1  # a round, for each differ on a case
SECONDS_OF_MANY = 0.02  # the same, where a case is many small pairs
PATIENCE = 1_000  # milliseconds; a differ that has taken so long on a case isn't run on it again

Times = dict[str, float]  # milliseconds by the name of the differ
Labelled = list[tuple[Pair, Truth]]


def table() -> Group:
    """The tables of speed and quality, and with PAIRS one of the pairs given."""
    before = _load()
    with installed() as (peers, notes):
        given = cases.given()
        times = {entry.name: race([OURS, *_wikidiff2(peers)], entry.pair) for entry in given}
        tables = [_speed(peers, list(times.values())), _quality(peers, given)]
        if given:
            tables.append(_given(given, times))
    notes.append(
        "Medians, of ours too; a peer at 2.00x takes twice as long. -: beyond the bound of the peer."
    )
    notes.append(f"Python {platform.python_version()}, {os.cpu_count()} cores, load {before}, then {_load()}")
    return Group(*tables, *notes)


def _wikidiff2(peers: list[Differ]) -> list[Differ]:
    return [peer for peer in peers if peer.name == WIKIDIFF2]


def _load() -> str:
    return f"{os.getloadavg()[0]:.1f}"


# --- speed ----------------------------------------------------------------------------------------
def race(differs: list[Differ], pair: Pair, seconds: float = SECONDS) -> Times:
    """Medians on one pair. The differs take turns, so that a busy moment of the machine meets them all."""
    runs: dict[str, list[float]] = {differ.name: [] for differ in differs if takes(differ, pair)}
    for _ in range(ROUNDS):
        for differ in differs:
            if differ.name in runs and sum(runs[differ.name]) < PATIENCE:
                runs[differ.name] += differ.runs(pair, seconds)
    return {name: statistics.median(taken) for name, taken in runs.items()}


def _speed(peers: list[Differ], given: list[Times]) -> Table:
    """Ours in milliseconds and the peers as multiples of it.

    The last rows are the figure of merit, the median of ours / wikidiff2: over everything that is like
    news, each step of the newsroom for itself, and over the pairs given.
    """
    shown = _table("Diff: time; peers as multiples of ours", "case", "ours, ms", "ours / wikidiff2")
    for peer in peers:
        shown.add_column(peer.name, justify="right")
    news: list[Times] = []
    for case in [*cases.made_up(), *cases.newsroom()]:
        times = _times([OURS, *peers], case)
        news += times if case.news else []
        multiples = [_median(_ratios(times, peer.name, OURS.name)) for peer in peers]
        merit = _median(_ratios(times, OURS.name, WIKIDIFF2))
        ours = statistics.median(each[OURS.name] for each in times)
        shown.add_row(case.name, _milliseconds(ours), merit, *multiples)
    shown.add_section()
    for name, times in (("articles and newsroom", news), ("pairs given", given)):
        if times:
            merit = _median(_ratios(times, OURS.name, WIKIDIFF2))
            shown.add_row(f"median of {len(times)} {name}", "", merit)
    return shown


def _times(differs: list[Differ], case: Case) -> list[Times]:
    seconds = SECONDS if len(case.pairs) == 1 else SECONDS_OF_MANY
    return [race(differs, pair, seconds) for pair in case.pairs]


def _ratios(times: Iterable[Times], one: str, other: str) -> list[float]:
    return [each[one] / each[other] for each in times if one in each and other in each]


def _given(given: list[Given], times: dict[str, Times]) -> Table:
    """Each pair of the folder, ours beside wikidiff2."""
    columns = ("pair", "paragraphs", "words", "ours, ms", "wikidiff2, ms", "ours / wikidiff2")
    shown = _table(f"Diff: the {len(given)} pairs given", *columns)
    for entry in given:
        took = times[entry.name]
        theirs = _milliseconds(took[WIKIDIFF2]) if WIKIDIFF2 in took else "-"
        ratio = _median(_ratios([took], OURS.name, WIKIDIFF2))
        size = (f"{len(entry.pair.new):,}", f"{entry.pair.words:,}")
        shown.add_row(entry.name, *size, _milliseconds(took[OURS.name]), theirs, ratio)
    ratios = _ratios(times.values(), OURS.name, WIKIDIFF2)
    shown.add_section()
    shown.add_row("median", *[""] * 4, _median(ratios))
    shown.add_row(
        "geometric mean", *[""] * 4, _multiple(statistics.geometric_mean(ratios)) if ratios else "-"
    )
    return shown


# --- quality --------------------------------------------------------------------------------------
def _quality(peers: list[Differ], given: list[Given]) -> Table:
    """How each differ links paragraphs, beside what the editor did."""
    columns = "texts|differ|precision|recall|F1|false links|moved|pieces|words lit|runs".split("|")
    shown = _table("Diff: quality", *columns, left=2)
    for name, texts in _materials(given):
        total = Counter[str]()
        title = name
        for differ in (differ for differ in [OURS, *peers] if differ.rows):
            total = _total(differ, texts)
            shown.add_row(title, differ.name, *_figures(total))
            title = ""
        known = f"{total['words_edited']:,}" if total["words_edited"] else ""
        truth = (total["moved"], total["pieces"], known)
        shown.add_row(
            f"  {total['true']:,} links, {len(texts)} texts",
            "truth",
            *[""] * 4,
            *(str(figure) for figure in truth),
        )
        shown.add_section()
    return shown


def _total(differ: Differ, texts: Labelled) -> Counter[str]:
    total = Counter[str]()
    for pair, truth in texts:
        assert differ.rows
        total.update(quality.tally(truth, differ.rows(pair)))
    return total


def _figures(total: Counter[str]) -> Iterator[str]:
    yield from (f"{figure:.3f}" for figure in quality.measures(total))
    for name in ("false", "moved_found", "pieces_found", "words", "runs"):
        yield f"{total[name]:,}"


def _materials(given: list[Given]) -> Iterator[tuple[str, Labelled]]:
    """Texts by where they are from and how heavily they are edited, and the pairs that are labelled."""
    written = _newsroom_texts()
    english = written.pop("en")
    others = [text for texts in written.values() for text in texts] * 6  # there are few: edited six ways
    invented = [Writer(seed).paragraphs(3_000) for seed in range(4)]
    for rate, rates in (("light", editing.LIGHT), ("heavy", editing.HEAVY)):
        for name, texts in (
            ("newsroom, English", [*english, [line for text in english for line in text]]),
            (f"newsroom, {', '.join(written)}", others),
            ("made up", invented),
        ):
            edited = (editing.Editor(rates, seed).edit(text) for seed, text in enumerate(texts))
            yield f"{name}, {rate}", list(edited)
    marked = [(entry.pair, quality.labelled(entry.labels)) for entry in given if entry.labels]
    if marked:
        yield "pairs given, labelled", marked


def _newsroom_texts() -> dict[str, list[list[str]]]:
    """The articles' last versions by language."""
    texts: dict[str, list[list[str]]] = {}
    for article in load_all():
        texts.setdefault(article.language, []).append(cases.versions(article)[-1])
    return texts


# --- how it looks ---------------------------------------------------------------------------------
def _table(title: str, *columns: str, left: int = 1) -> Table:
    shown = Table(title=title, title_justify="left")
    for at, column in enumerate(columns):
        shown.add_column(column, justify="left" if at < left else "right")
    return shown


def _median(ratios: list[float]) -> str:
    return _multiple(statistics.median(ratios)) if ratios else "-"


def _multiple(ratio: float) -> str:
    return f"{ratio:.2f}x" if ratio < 10 else f"{ratio:,.0f}x"


def _milliseconds(took: float) -> str:
    return f"{took:.2f}" if took < 10 else f"{took:,.0f}"
