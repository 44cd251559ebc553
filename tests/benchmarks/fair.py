"""Thousands of articles due at once: whether hosts are served evenly, and one that is slow holds up no other.

And the lag of what is due in quiet times, at 10,000 checks an hour.
"""

import os
import statistics
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from itertools import pairwise

from rich.table import Table

from tests.benchmarks.publisher import NOISE, NOT_MODIFIED, Publisher, address
from tests.benchmarks.running import Newsdiff, embedded, has_server, server

ADDRESSES, ARTICLES = 200, int(os.environ.get("DUE", 10_000))
SLOW, REFUSING = 1, 2  # the numbers of these addresses
SECONDS_OF_SLOW = 5.0
AN_HOUR = 10_000  # checks
LASTING = 180.0  # seconds for which lag is measured
PATIENCE = 3_600.0
Start = Callable[..., AbstractContextManager[Newsdiff]]


@dataclass(frozen=True, slots=True)
class Rush:
    """What the site saw, from the moment when all was due: when it was asked, when it answered, for which."""

    began: float
    asked: list[tuple[float, float, int]]
    addresses: int
    troubled: frozenset[int]

    @property
    def others(self) -> list[tuple[float, float, int]]:
        """Without the hosts in trouble."""
        return [row for row in self.asked if row[2] % self.addresses not in self.troubled]

    @property
    def waits(self) -> dict[int, list[float]]:
        """Seconds from the beginning to each request, by host without trouble."""
        found: dict[int, list[float]] = {}
        for asked, _, number in self.others:
            found.setdefault(number % self.addresses, []).append(asked - self.began)
        return found


def tables(articles: int = ARTICLES, addresses: int = ADDRESSES, lasting: float = LASTING) -> Iterator[Table]:
    """Requests over time and by host, with and without hosts in trouble; and the lag at a steady pace."""
    modes: list[Start] = [embedded, server] if has_server() else [embedded]
    for start in modes:
        yield _rushes(start, articles, addresses)
    lag = Table(
        title=f"{AN_HOUR:,} checks an hour, noise on every page, a second between requests to a host",
        title_justify="left",
        caption=None if has_server() else "Server mode left out: set DATABASE_URL and REDIS_URL.",
        caption_justify="left",
    )
    for column in ("who", "checks", "median lag, s", "p95, s", "longest, s"):
        lag.add_column(column, justify="left" if column == "who" else "right")
    for start in modes:
        lag.add_row(*_lag(start, lasting))
    yield lag


def _rushes(start: Start, articles: int, addresses: int) -> Table:
    """Without trouble and with; a row for each thing that was seen of the hosts that are in none."""
    found = []
    for troubled in (frozenset[int](), frozenset({SLOW, REFUSING})):
        name, rush = _rush(start, articles, addresses, troubled)
        found.append(_figures(rush))
    shown = Table(
        title=f"{name}: {articles:,} articles of {addresses} hosts due at once, all 304; figures of the hosts that are "
        "in no trouble",
        title_justify="left",
    )
    shown.add_column("what")
    for column in ("none in trouble", f"one takes {SECONDS_OF_SLOW:g} s, one refuses"):
        shown.add_column(column, justify="right")
    for what in found[0]:
        shown.add_row(what, *(figures[what] for figures in found))
    return shown


# --- all at once ------------------------------------------------------------------------------------
def _rush(start: Start, articles: int, addresses: int, troubled: frozenset[int]) -> tuple[str, Rush]:
    with Publisher(addresses, articles) as site, start() as newsdiff:
        site.answer_with(NOT_MODIFIED, 0)
        if troubled:
            site.trouble({address(SLOW): SECONDS_OF_SLOW}, [address(REFUSING)])
        newsdiff.inside.ask("plant", [site.url(n) for n in range(articles)])
        newsdiff.inside.ask("make_due", 0)
        rush = Rush(time.time(), [], addresses, troubled)
        wanted = sum(n % addresses not in troubled for n in range(articles))
        while len({number for _, _, number in rush.others}) < wanted:
            time.sleep(1)
            rush.asked.extend(site.log())
            if time.time() - rush.began > PATIENCE:
                raise TimeoutError(f"{newsdiff.name} has not looked at all articles within {PATIENCE:g} s")
        return newsdiff.name, rush


def _figures(rush: Rush) -> dict[str, str]:
    starts = sorted(asked for asked, _, _ in rush.others)
    took = starts[-1] - rush.began
    tenths = Counter(min(int(10 * (at - rush.began) / took), 9) for at in starts)
    half = Counter(n % rush.addresses for at, _, n in rush.others if at - rush.began < took / 2)
    means = sorted(statistics.mean(waits) for waits in rush.waits.values())
    lasts = sorted(max(waits) for waits in rush.waits.values())
    pause = max(after - before for before, after in pairwise([rush.began, *starts]))
    return {
        "checks a second": f"{len(starts) / took:.1f}",
        "the same, by tenths of the time": " ".join(f"{tenths[n] / (took / 10):.0f}" for n in range(10)),
        "longest pause between two requests, s": f"{pause:.1f}",
        "a host's requests at half time: least, median, most": _spread([half[host] for host in rush.waits]),
        "a host's mean wait, s": _spread(means),
        "a host's last request, s": _spread(lasts),
    }


def _spread(values: list[float] | list[int]) -> str:
    """Least, median and most."""
    return f"{min(values):.0f}, {statistics.median(values):.0f}, {max(values):.0f}"


# --- at a steady pace -------------------------------------------------------------------------------
def _lag(start: Start, lasting: float) -> tuple[str, ...]:
    """How long after their moment articles are asked for, at AN_HOUR checks an hour."""
    articles = round(AN_HOUR * lasting / 3_600)
    with Publisher(max(2, articles // 5), articles) as site, start(NEWSDIFF_HOST_DELAY="1") as newsdiff:
        site.answer_with(NOISE, 0)
        newsdiff.follow(site)
        site.log()
        due = newsdiff.inside.ask("make_due", lasting)
        lags: list[float] = []
        while len(lags) < articles:
            time.sleep(0.5)
            lags += [asked - due[site.url(number)] for asked, _, number in site.log()]
            if time.time() - max(due.values()) > PATIENCE:
                raise TimeoutError(f"{newsdiff.name} has not looked at all articles within {PATIENCE:g} s")
        p95 = statistics.quantiles(lags, n=20)[-1]
        figures = statistics.median(lags), p95, max(lags)
        return newsdiff.name, f"{articles:,}", *(f"{figure:.1f}" for figure in figures)
