"""How well a source is read, told from its rows, in words for its page and for lists.

Nothing is stored for it. Each state is a condition; the first in the order of SourceState that holds is
the source's.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.db.models import Count, OuterRef, Prefetch, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from articles import gaps
from articles.feedstates import FeedState, state_of
from articles.models import Article, Feed, Gap, Source, Tally

PATCHY = 0.1  # the share of its articles from which on, unread, they are told in its state
# The states of a feed in which it cannot be read; and those in which nobody tries.
BROKEN = (FeedState.MISSING, FeedState.UNREADABLE, FeedState.FAILING)
IDLE = (FeedState.PAUSED, FeedState.ENDED)


class SourceState(StrEnum):
    """The states, each with what it is called."""

    label: str | Promise

    def __new__(cls, value: str, label: str | Promise) -> "SourceState":
        state = str.__new__(cls, value)
        state._value_, state.label = value, label
        return state

    PAUSED = "paused", gettext_lazy("paused")
    FEEDLESS = "feedless", gettext_lazy("without a feed")
    UNWATCHED = "unwatched", gettext_lazy("not looked at for now")
    CUT_OFF = "cut_off", gettext_lazy("its feeds cannot be read")
    PATCHY = "patchy", gettext_lazy("read in part")
    WAITING = "waiting", gettext_lazy("not read yet")
    WELL = "well", gettext_lazy("read well")


@dataclass(frozen=True, slots=True)
class Health:
    """How well a source is read.

    looked_at     when an article of it was looked at last; feed_read_at: when a feed of it was last read
    failing       how many of its feeds cannot be read
    unread        how many of its articles the last look did not get
    gap           what keeps us from looking now, or None
    """

    state: SourceState
    feeds: int
    failing: int
    feed_read_at: datetime | None
    looked_at: datetime | None
    unread: int
    gap: Gap | None

    @property
    def is_trouble(self) -> bool:
        return self.state not in (SourceState.WELL, SourceState.WAITING)


def with_health(sources: QuerySet[Source]) -> QuerySet[Source]:
    """The sources with what `healths` reads of them: feeds, the last look, articles, and those unread."""
    articles = Article.objects.filter(source=OuterRef("pk"))
    looked = articles.exclude(last_checked_at=None).order_by("-last_checked_at").values("last_checked_at")
    unread = Article.objects.unread().filter(source=OuterRef("pk")).order_by().values("source")
    articles_read = Tally.objects.filter(source=OuterRef("pk"), day=None).values("articles")
    return sources.annotate(
        articles_read=Coalesce(Subquery(articles_read[:1]), 0),
        looked_at=Subquery(looked[:1]),
        unread=Coalesce(Subquery(unread.annotate(count=Count("pk")).values("count")), 0),
    ).prefetch_related(Prefetch("feeds", Feed.objects.order_by("pk")))


def healths(sources: Iterable[Source], now: datetime) -> dict[int, Health]:
    """The health of sources that came by `with_health`, by their keys."""
    listed = list(sources)
    open_gaps = _open_gaps(listed, now)
    return {one.pk: _health(one, open_gaps, now) for one in listed}


def _open_gaps(sources: list[Source], now: datetime) -> list[Gap]:
    hosts = {feed.host_id for source in sources for feed in source.feeds.all()}
    concerned = Q(scope=Gap.Scope.EVERYTHING) | Q(source__in=sources) | Q(host__in=hosts)
    return list(gaps.recorded(now).filter(concerned, ended_at=None).order_by("began_at"))


def _health(source: Source, open_gaps: list[Gap], now: datetime) -> Health:
    feeds = list(source.feeds.all())
    states = [state_of(feed, now) for feed in feeds]
    hosts = {feed.host_id for feed in feeds}
    gap = next(
        (
            gap
            for gap in open_gaps
            if gap.scope == Gap.Scope.EVERYTHING or gap.source_id == source.pk or gap.host_id in hosts
        ),
        None,
    )
    failing = sum(state in BROKEN for state in states)
    tried = sum(state not in IDLE for state in states)
    if source.is_paused:
        state = SourceState.PAUSED
    elif not tried:
        state = SourceState.FEEDLESS
    elif gap:
        state = SourceState.UNWATCHED
    elif failing == tried:
        state = SourceState.CUT_OFF
    elif failing or source.unread > PATCHY * source.articles_read:
        state = SourceState.PATCHY
    else:
        state = SourceState.WELL if source.looked_at else SourceState.WAITING
    return Health(
        state=state,
        feeds=len(feeds),
        failing=failing,
        feed_read_at=max((feed.last_ok_at for feed in feeds if feed.last_ok_at), default=None),
        looked_at=source.looked_at,
        unread=source.unread,
        gap=gap,
    )
