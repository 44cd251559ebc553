"""Gathers what pages of figures show, from the tallies alone: a few rows by index, whatever there is."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Q

from articles import charts, tallying
from articles.core.figures import Sums
from articles.models import Article, Source, Tally

DAYS = 90  # drawn day by day
LATELY = 30  # of these, in lists of sources
WEEK = 7


@dataclass(frozen=True, slots=True)
class Overview:
    """The figures of a source, or of all, and their drawings.

    median, most_delays  the time to the first change: of half, and of nine tenths of those that changed
    waiting_since        since when something has happened that is not in the figures yet, or None
    """

    sums: Sums
    bars: charts.Bars
    heat: charts.Heat
    kinds: list[charts.KindLine]
    most: list[tuple[Article, int]]
    waiting_since: datetime | None

    @property
    def median(self) -> timedelta | None:
        return self.sums.delay(0.5)

    @property
    def most_delays(self) -> timedelta | None:
        return self.sums.delay(0.9)


def overview(source: Source | None, now: datetime) -> Overview:
    """What a page of a source, or of all, shows: three queries."""
    today = tallying.day_of(now)
    recent = Q(day=None) | Q(day__gt=today - timedelta(days=DAYS), day__lte=today)
    rows = list(Tally.objects.filter(recent, source=source))
    sums = next((tally.sums for tally in rows if tally.day is None), Sums())
    days = charts.by_day((tally.day, tally.changes, tally.articles) for tally in rows if tally.day)
    return Overview(
        sums=sums,
        bars=charts.bars(days, today, DAYS),
        heat=charts.heat(sums.hours),
        kinds=charts.kind_lines(sums),
        most=_most_edited(sums.most),
        waiting_since=tallying.waiting_since(source.pk if source else None),
    )


def _most_edited(most: Sequence[Sequence[int]]) -> list[tuple[Article, int]]:
    """Articles that readers may see now, with the times they changed; what was hidden since is left out."""
    shown = Article.objects.public().select_related("source").in_bulk([pk for _, pk in most])
    return [(shown[pk], changes) for changes, pk in most if pk in shown]


@dataclass(frozen=True, slots=True)
class Recent:
    """A source in a list: what it amounts to, and its last days."""

    sums: Sums
    bars: charts.Bars
    week: int  # changes of the last seven days, today included


def recents(sources: Iterable[Source], now: datetime) -> dict[int, Recent]:
    """What a list shows of each source, by its key: two queries."""
    keys = [source.pk for source in sources]
    today = tallying.day_of(now)
    since = today - timedelta(days=LATELY)
    totals = {tally.source_id: tally.sums for tally in Tally.objects.filter(source__in=keys, day=None)}
    days: defaultdict[int, list[tuple[date, int, int]]] = defaultdict(list)
    recent = Tally.objects.filter(source__in=keys, day__gt=since, day__lte=today)
    for source, *day in recent.values_list("source", "day", "changes", "articles"):
        days[source].append(tuple(day))
    return {key: _recent(totals.get(key, Sums()), charts.by_day(days[key]), today) for key in keys}


def _recent(sums: Sums, days: dict[date, tuple[int, int]], today: date) -> Recent:
    drawn = charts.bars(days, today, LATELY)
    return Recent(sums, drawn, sum(bar.changes for bar in drawn.days[-WEEK:]))


# --- sources side by side ----------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Line:
    """A source in the comparison of all."""

    source: Source
    sums: Sums

    @property
    def median(self) -> timedelta | None:
        return self.sums.delay(0.5)


# By what the comparison may be ordered: how a line is valued, None being last, and whether from the least.
ORDERS = {
    "changes": (lambda line: line.sums.changes, False),
    "articles": (lambda line: line.sums.articles, False),
    "changed": (lambda line: line.sums.share_changed, False),
    "edits": (lambda line: line.sums.per_changed, False),
    "first": (lambda line: line.median, True),
    "headlines": (lambda line: line.sums.share_headlines, False),
    "disclosed": (lambda line: line.sums.share_disclosed, False),
    "name": (lambda line: line.source.name.casefold(), True),
}


def compared(order: str) -> list[Line]:
    """All sources side by side, ordered by one of ORDERS: two queries."""
    columns = Tally.objects.filter(source__isnull=False, day=None).defer("hours", "silent", "most")
    sums = {tally.source_id: Sums(**{name: getattr(tally, name) for name in COMPARED}) for tally in columns}
    lines = [Line(source, sums.get(source.pk, Sums())) for source in Source.objects.order_by("slug")]
    value, is_rising = ORDERS[order]
    known = [line for line in lines if value(line) is not None]
    known.sort(key=value, reverse=not is_rising)
    return known + [line for line in lines if value(line) is None]


COMPARED = (
    *("articles", "changed", "changes", "disclosed", "added_words", "removed_words"),
    *("delays", "kinds"),
)
