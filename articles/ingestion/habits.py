"""How much a source edits: learnt from its articles' record, now and then, when a feed of it is polled."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Q

from articles.core import hazard, scheduling
from articles.models import Article, Source

EVERY = timedelta(days=1)  # habits change slowly, and learning them reads as many rows as
RECENT = timedelta(days=14)
SETTLED = timedelta(hours=12)  # what a new source's feeds bring after that is new
ARTICLES = 1000  # the newest: what was edited years ago tells little of today


def learn_habits(source: Source, now: datetime) -> bool:
    """Learns a source's habits anew if that is due; says whether it was."""
    due = now - EVERY * settings.NEWSDIFF_PACE.scale
    waiting = Source.objects.filter(Q(habit_learnt_at=None) | Q(habit_learnt_at__lte=due), pk=source.pk)
    if source.habit_learnt_at and source.habit_learnt_at > due:
        return False
    changes, expected = record_of(source)
    learnt = waiting.update(habit_changes=changes, habit_expected=expected, habit_learnt_at=now)
    return bool(learnt)


def record_of(source: Source) -> tuple[int, float]:
    """Changes seen of a source's newest articles, and those expected of as many average ones.

    As far as they count: of each article a few (`hazard.countable`), from its first look to its last.
    """
    read = Article.objects.filter(source=source, version_count__gt=0, last_checked_at__isnull=False)
    columns = ("first_seen_at", "published_at", "last_checked_at", "version_count")
    changes, expected = 0, 0.0
    for first_seen, published, checked, versions in read.order_by("-first_seen_at").values_list(*columns)[
        :ARTICLES
    ]:
        record = scheduling.Life(first_seen, published).at(checked)
        changes += hazard.countable(versions - 1)
        expected += hazard.expected_countable(record.age, record.watched)
    return changes, expected


def articles_a_day(source: Source, now: datetime) -> float | None:
    """New articles of a source in a day, of the last `RECENT`; None while it is not followed for long enough.

    What its feeds held when it was added is left out: that was published over days or weeks.
    """
    since = max(now - RECENT, source.created_at + SETTLED)
    if now - since < SETTLED:
        return None
    found = Article.objects.filter(source=source, first_seen_at__gt=since, first_seen_at__lte=now).count()
    return found / ((now - since) / timedelta(days=1))
