"""Giving articles and feeds to another source: what hangs on an article bears its source too, and goes along.

Many articles are given in batches, each a transaction of its own, so that no worker and no reader waits long;
what is stopped half-way goes on when it is done again. A look at an article that is under way meanwhile is
dropped, and done again: it would write what it found under the source it began with.
"""

import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Q, QuerySet

from articles import tallying
from articles.models import Article, Change, ChangeKind, CosmeticChange, Feed, Follow, Host, Polled, Source

BATCH = 200  # articles in one transaction
PATIENCE = 20.0  # seconds for which a person waits for a page


@dataclass(frozen=True, slots=True)
class Burden:
    """What would be given along: counts."""

    articles: int
    changes: int
    cosmetic_changes: int


def burden(articles: QuerySet[Article], to: Source) -> Burden:
    """What giving these articles to a source would alter; those that it has already are not counted."""
    moving = _unordered(articles).exclude(source=to)
    keys = moving.values("pk")
    return Burden(
        moving.count(),
        Change.objects.filter(article__in=keys).count(),
        CosmeticChange.objects.filter(article__in=keys).count(),
    )


class Along:
    """Which articles go along with feeds to another source.

    Those that the feeds named first, of the sources that have the feeds now: what was given away by hand
    stays where it is. Which feed it was is not known of an article that was imported, that is from before
    this was kept, or whose feed was deleted: of these a person says by how their addresses begin.

    The sources are those of the feeds as they were read, so that articles which a poll stores until the feeds
    have moved are among them.

    with_named  whether those that the feeds named go along
    beginning   of the addresses of those others that do, "" for none
    """

    def __init__(self, feeds: Iterable[Feed], with_named: bool = True, beginning: str = "") -> None:
        of_source: defaultdict[int, set[int]] = defaultdict(set)
        for feed in feeds:
            of_source[feed.source_id].add(feed.named_as)
        self._named = Q(pk__in=())
        for source, keys in of_source.items() if with_named else ():
            self._named |= Q(feed__in=keys, source=source)
        self._unknown = Q(feed=None, source__in=set(of_source))
        self._begin = Q(url__startswith=beginning) if beginning else Q(pk__in=())

    @property
    def articles(self) -> QuerySet[Article]:
        """All that go along."""
        return Article.objects.filter(self._named | (self._unknown & self._begin))

    @property
    def by_address(self) -> QuerySet[Article]:
        """Those of them that go by their addresses alone."""
        return Article.objects.filter(self._unknown & self._begin)

    @property
    def in_doubt(self) -> QuerySet[Article]:
        """Those that stay, and may have been named by the feeds: nobody knows."""
        return Article.objects.filter(self._unknown & ~self._begin)


def give_articles(articles: QuerySet[Article], to: Source, seconds: float = PATIENCE) -> int:
    """Gives articles to a source, for about so many seconds; returns how many it gave.

    Whether any are left, `burden` says.
    """
    return sum(len(batch) for batch in giving(articles, to, seconds))


def giving(articles: QuerySet[Article], to: Source, seconds: float = PATIENCE) -> Iterator[list[Article]]:
    """The same, batch by batch: the articles as they were before, each with its source."""
    until = time.monotonic() + seconds
    waiting = _unordered(articles).exclude(source=to).order_by("pk").values_list("pk", flat=True)
    last = 0
    while batch := list(waiting.filter(pk__gt=last)[:BATCH]):
        yield _give(batch, to)
        last = batch[-1]
        if time.monotonic() >= until:
            break


def _give(keys: list[int], to: Source) -> list[Article]:
    """Gives articles, by their keys, in one transaction; returns them as they were."""
    with transaction.atomic():
        rows = Article.objects.select_for_update(no_key=True, of=("self",)).filter(pk__in=keys)
        rows = rows.exclude(source=to).select_related("source")
        moving = {row.pk: row for row in rows.order_by("pk")}
        tallying.note_articles(moving)  # days of the sources that lose them
        here = {"article__in": list(moving)}
        Article.objects.filter(pk__in=moving).update(source=to, lease_token="", lease_until=None)
        Change.objects.filter(**here).update(source=to)
        ChangeKind.objects.filter(change__article__in=list(moving)).update(source=to)
        CosmeticChange.objects.filter(**here).update(source=to)
        tallying.note_articles(moving)  # and of the one that has them now
        _ring(row for row in moving.values() if row.lease_token)
    return [*moving.values()]


def give_feeds(feeds: Iterable[Feed], to: Source) -> list[Feed]:
    """Gives feeds to a source, each with its parts; returns those that it did not have."""
    moving = [feed for feed in feeds if feed.source_id != to.pk]
    keys = [feed.pk for feed in moving]
    with transaction.atomic():
        for rows in (Feed.objects.filter(pk__in=keys), Feed.objects.filter(part_of__in=keys)):
            for pk in rows.order_by("pk").values_list("pk", flat=True):
                # A poll that is under way would store its entries under the source it began with.
                Feed.objects.filter(pk=pk).update(source=to, lease_token="", lease_until=None)
        _ring(moving)
    return moving


def close(emptied: Iterable[Source], to: Source) -> None:
    """Pauses sources that have been given away, and lets their addresses, and who follows them, lead to the
    one that has all now."""
    keys = [source.pk for source in emptied if source.pk != to.pk]
    with transaction.atomic():
        # so that none ever leads back to itself
        Source.objects.filter(pk=to.pk, merged_into__isnull=False).update(merged_into=None, pause_reason="")
        Source.objects.filter(pk__in=keys).update(
            is_paused=True, backs_off_until=None, pause_reason=f"Merged into {to}.", merged_into=to
        )
        # who follows one of them is told of what goes on for it
        Follow.objects.filter(source__in=keys).lead_to(source=to)


def _ring(rows: Iterable[Polled]) -> None:
    """Says to the hosts of rows whose work was dropped that it is due; in the order of the hosts' keys."""
    for row in sorted(rows, key=lambda row: row.host_id):
        Host.ring([row.host_id], row.next_check_at)


def _unordered(articles: QuerySet[Article]) -> QuerySet[Article]:
    return Article.objects.filter(pk__in=articles.order_by().values("pk"))
