"""Keeps the tallies true: what is counted of each source's days, so that no page has to count.

Whoever changes what is counted leaves a note of the source and day in the same transaction, an INSERT
that waits for nobody. Seconds later the tallies of these days are made anew from the articles and changes
themselves, off the way of readers and workers, and from those the sums that contain them. Nothing is added
to or taken from a tally: hiding, reading again and importing need no arithmetic of their own, and counting
once more mends whatever was wrong. What is noted and not counted yet is known, so that pages can say as of
when they speak.

Two may count the same at once. Each reads the notes, counts, and takes back exactly those notes in the
transaction that stores the tally. Where one of them is gone, the other has counted since, and may have seen
more: ours is dropped, and the notes that are left are counted the next time.
"""

import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock_time
from typing import NamedTuple, TypeVar

from django.db import transaction
from django.db.models import Count, Min, OuterRef, QuerySet, Subquery
from django.db.models.functions import TruncDate
from django.utils import timezone

from articles.core import figures
from articles.core.figures import Edit, Followed, Sums
from articles.models import Article, Change, Heartbeat, Hiding, Recount, Source, Tally, Version

ONE_DAY = timedelta(days=1)
RUN = 31  # days that are counted together, at most
BRIDGED = timedelta(days=4)  # from one of these to the next, at most
LATE = timedelta(minutes=10)  # a note that is older has been left lying
BATCH = 500  # rows named in one statement, for databases limit their parameters


Row = TypeVar("Row", Recount, Tally)


class Key(NamedTuple):
    """Which tally: of a source (None: of all), and of a day (None: of all)."""

    source: int | None
    day: date | None


# --- notes -----------------------------------------------------------------------------------------
def note(source: int, moments: Iterable[datetime]) -> None:
    """What is counted of a source, by its key, has changed on the days of these moments."""
    _note(Key(source, day) for day in sorted({day_of(moment) for moment in moments}))


def note_articles(pks: Iterable[int]) -> None:
    """Some articles, by their keys, and their changes count from now on, or not, or otherwise."""
    listed = list(pks)
    articles = Article.objects.filter(pk__in=listed).values_list("source", "first_seen_at")
    changes = Change.objects.filter(article__in=listed).values_list("source", "seen_at")
    _note(sorted({Key(source, day_of(at)) for rows in (articles, changes) for source, at in rows}))


def note_everything(source: int) -> None:
    """All days of a source, by its key, are to be counted anew, and all that they add up to."""
    _note([*(Key(source, day) for day in _days(source)), Key(source, None), Key(None, None)])


def note_sums() -> None:
    """All sums over sources that are stored are to be made anew, whatever there is of their parts."""
    _note(Key(None, day) for day in Tally.objects.filter(source=None).values_list("day", flat=True))


def waiting_since(source: int | None = None) -> datetime | None:
    """Since when something is stored that tallies do not tell yet, of a source, by its key, or of all.

    None: they tell all.
    """
    notes = Recount.objects.all() if source is None else Recount.objects.filter(source=source)
    return notes.order_by("pk").values_list("noted_at", flat=True).first()


def is_settled() -> bool:
    """Whether all that was noted is counted."""
    return not Recount.objects.exists()


def day_of(moment: datetime) -> date:
    """The day in UTC."""
    return moment.astimezone(UTC).date()


def _note(keys: Iterable[Key]) -> None:
    at = timezone.now()
    Recount.objects.bulk_create((Recount(source_id=s, day=day, noted_at=at) for s, day in keys), BATCH)


# --- making tallies ----------------------------------------------------------------------------------
def settle(seconds: float | None = None) -> int:
    """Counts what is noted, for about so many seconds or until nothing is; returns how many tallies it made.

    Ends early where somebody else counts the same.
    """
    until = None if seconds is None else time.monotonic() + seconds
    made = 0
    while until is None or time.monotonic() < until:
        keys = _next()
        if not keys or not _make(keys):
            break
        made += len(keys)
    return made


def _next() -> list[Key]:
    """What is to be made now: days before the sums over them, and with a day those soon after it."""
    for all_sources, all_days in ((False, False), (False, True), (True, False), (True, True)):
        notes = Recount.objects.filter(source__isnull=all_sources, day__isnull=all_days).order_by("pk")
        oldest = notes.values_list("source", "day").first()
        if oldest is None:
            continue
        key = Key(*oldest)
        if key.source is None or key.day is None:
            return [key]
        near = notes.filter(source=key.source, day__range=(key.day, key.day + (RUN - 1) * ONE_DAY))
        days = [key.day]
        for day in sorted(set(near.values_list("day", flat=True))):
            if day - days[-1] > BRIDGED:
                break
            days += [day] if day > days[-1] else []
        return [Key(key.source, day) for day in days]
    return []


def _make(keys: list[Key]) -> bool:
    """Makes these tallies anew: one, or a source's of some days. False, with nothing stored, where somebody
    else has."""
    notes = list(_of(Recount, keys).values_list("pk", flat=True))  # later ones are for the next time
    found = _counted(keys)
    with transaction.atomic():
        _one_at_a_time()
        if not notes or _take_back(notes) < len(notes):
            transaction.set_rollback(True)
            return False
        _of(Tally, keys).delete()
        Tally.objects.bulk_create(  # where there was nothing to count there is no row
            Tally(source_id=key.source, day=key.day, **Tally.columns(found[key]))
            for key in keys
            if found.get(key)
        )
        _note(dict.fromkeys(sum_key for key in keys for sum_key in _containing(key)))
    return True


def _of(model: type[Row], keys: list[Key]) -> QuerySet[Row]:
    """The rows, notes or tallies, of one key, or of a source's of some days."""
    rows = model._default_manager.filter(source=keys[0].source)
    days = [key.day for key in keys]
    return rows.filter(day=None) if days == [None] else rows.filter(day__in=days)


def _one_at_a_time() -> None:
    """Until the transaction ends nobody else takes notes back or stores tallies."""
    row = Heartbeat.objects.filter(name="tallies")
    now = timezone.now()
    if not row.update(at=now):
        Heartbeat.objects.get_or_create(name="tallies", defaults={"at": now})
        row.update(at=now)


def _take_back(notes: list[int]) -> int:
    """How many of the notes, by their keys, were there still."""
    batches = (notes[start : start + BATCH] for start in range(0, len(notes), BATCH))
    return sum(Recount.objects.filter(pk__in=batch).delete()[0] for batch in batches)


def _containing(key: Key) -> list[Key]:
    """The sums that a tally goes into at once."""
    if key.source is None:
        return []
    return [Key(None, None)] if key.day is None else [Key(key.source, None), Key(None, key.day)]


# --- counting ------------------------------------------------------------------------------------------
def _counted(keys: list[Key]) -> dict[Key, Sums]:
    """What there is to count for tallies; one where there is nothing may be left out."""
    first, last = keys[0], keys[-1]
    if first.source is None or first.day is None or last.day is None:
        return {first: summed(first)}
    return {Key(first.source, day): sums for day, sums in counted(first.source, first.day, last.day).items()}


def counted(source: int, first: date, last: date) -> dict[date, Sums]:
    """What the articles and changes of a source amount to, day by day; days without any are left out."""
    begin = datetime.combine(first, clock_time(), UTC)
    end = datetime.combine(last + ONE_DAY, clock_time(), UTC)
    edits: defaultdict[date, list[Edit]] = defaultdict(list)
    for edit in _edits(source, begin, end):
        edits[day_of(edit.seen_at)].append(edit)
    articles: defaultdict[date, list[Followed]] = defaultdict(list)
    for seen_at, article in _articles(source, begin, end):
        articles[day_of(seen_at)].append(article)
    return {
        day: figures.total((figures.of_changes(edits[day]), figures.of_articles(articles[day])))
        for day in {*edits, *articles}
    }


def summed(key: Key) -> Sums:
    """What the tallies that a sum contains add up to."""
    parts = Tally.objects.filter(source__isnull=False)
    if key.source is not None:
        parts = parts.filter(source=key.source, day__isnull=False)
    else:
        parts = parts.filter(day=key.day)
    return figures.total(tally.sums for tally in parts)


def _edits(source: int, begin: datetime, end: datetime) -> Iterator[Edit]:
    changes = Change.objects.public().filter(source=source, seen_at__gte=begin, seen_at__lt=end)
    columns = changes.values_list("seen_at", "kinds", "disclosed", "added_words", "removed_words")
    for seen_at, kinds, disclosed, added, removed in columns:
        yield Edit(seen_at, [name for name, _ in kinds], disclosed, added, removed)


def _articles(source: int, begin: datetime, end: datetime) -> Iterator[tuple[datetime, Followed]]:
    """Articles with the moment they were first seen; the first change came with their second version."""
    versions = Version.objects.filter(article=OuterRef("pk"))
    first, second = (versions.filter(number=number).values("first_seen_at") for number in (1, 2))
    articles = Article.objects.public().filter(source=source, first_seen_at__gte=begin, first_seen_at__lt=end)
    columns = articles.values_list("pk", "first_seen_at", "version_count", Subquery(first), Subquery(second))
    partly = set(Hiding.objects.standing().of_kind("version").values_list("article", flat=True))
    for pk, seen_at, versions_known, read_at, changed_at in columns:
        if pk in partly:
            yield seen_at, _partly_hidden(pk)
            continue
        delay = changed_at - read_at if changed_at and read_at else None
        yield seen_at, Followed(pk, versions_known - 1, delay)


def _partly_hidden(pk: int) -> Followed:
    """An article, by its key, of which versions are hidden: what counts are the changes that are shown, and
    the time from the first version that is to the first of them."""
    changes = Change.objects.of_shown_versions().filter(article=pk)
    counted = changes.aggregate(count=Count("pk"), first=Min("seen_at"))
    read_at = Version.objects.public().filter(article=pk).aggregate(first=Min("first_seen_at"))["first"]
    delay = counted["first"] - read_at if counted["first"] and read_at else None
    return Followed(pk, counted["count"], delay)


# --- whether they are true ---------------------------------------------------------------------------
def astray() -> Iterator[Key]:
    """The tallies that say something else than what there is to count, though no note says that they may."""
    for source in Source.objects.order_by("pk").values_list("pk", flat=True):
        stored = {tally.day: tally.sums for tally in Tally.objects.filter(source=source)}
        for days in _stretches(_days(source)):
            found = counted(source, days[0], days[-1])
            wrong = (day for day in days if stored.get(day, Sums()) != found.get(day, Sums()))
            yield from (key for day in wrong if _is_astray(key := Key(source, day)))
        if _is_astray(key := Key(source, None)):
            yield key
    days = Tally.objects.order_by("day").values_list("day", flat=True).distinct()
    yield from (key for day in list(days) if _is_astray(key := Key(None, day)))


def _is_astray(key: Key) -> bool:
    """Whether a tally is wrong; asked of one after the other, for work goes on meanwhile."""
    stored = Tally.objects.filter(source=key.source, day=key.day).first()
    is_wrong = (stored.sums if stored else Sums()) != _counted([key]).get(key, Sums())
    return is_wrong and not _of(Recount, [key]).exists()


def _days(source: int) -> list[date]:
    """The days of a source on which there is, or was, something to count."""
    articles = Article.objects.filter(source=source).annotate(at=TruncDate("first_seen_at", tzinfo=UTC))
    changes = Change.objects.filter(source=source).annotate(at=TruncDate("seen_at", tzinfo=UTC))
    days = {day for rows in (articles, changes) for day in rows.values_list("at", flat=True).distinct()}
    days.update(Tally.objects.filter(source=source).exclude(day=None).values_list("day", flat=True))
    return sorted(days)


def _stretches(days: list[date]) -> Iterator[list[date]]:
    """The days in lists, none of which reaches over more than RUN days."""
    while days:
        within = [day for day in days if day < days[0] + RUN * ONE_DAY]
        yield within
        days = days[len(within) :]
