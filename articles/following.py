"""What can be followed, and the few things a follower does: ask, confirm, alter, stop.

What is followed is what a list shows (listing.py), of an article or of all, or what a search's feed tells
(searches.py), from a least weight on. A list, its feed and a follower's messages so never disagree about
what fits.
"""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import Http404, QueryDict
from django.urls import reverse
from django.utils.translation import gettext

from articles import searches
from articles.core.following import Cadence, next_digest
from articles.core.querying import BadQuery
from articles.finding import searching
from articles.finding.searching import Search
from articles.listing import SORTS, Filters
from articles.models import (
    Article,
    Change,
    Channel,
    Delivery,
    Follow,
    Follower,
    FollowQuerySet,
    Notice,
    Source,
)
from articles.models.articles import show_articles
from articles.public import hidden_with
from articles.searches import Asked, BadDay

# From what weight on (core.kinds): the least, and how it is put to readers.
WEIGHTS = (
    (0.0, "every change of words"),
    (5.0, "weightier ones: a number, a headline, a quotation …"),
    (20.0, "the weightiest only: articles rewritten"),
)
UNCONFIRMED = timedelta(days=2)  # for which a wish waits to be confirmed; then it is forgotten
ASK_AGAIN = timedelta(hours=1)  # between two messages that ask a reader we know already to confirm
KEPT = timedelta(days=90)  # for which messages that have ended stay in the log
MOST_FOLLOWS = 200  # of one address
SOONEST = [cadence.value for cadence in Cadence]  # who is told at once is told at once
UNKNOWN = "What it follows is not to be found here any more"
BATCH = 100  # changes whose texts are read at a time


@dataclass(frozen=True)
class Subject:
    """What is followed: the changes that a filter finds, those of one article or of all; or those with which
    what is searched for comes or goes."""

    filters: Filters
    article: Article | None = None
    search: Asked | None = None

    @classmethod
    def read(cls, query: QueryDict) -> "Subject":
        """The subject of a query string such as "article=7&kind=number" or a list's own.

        Raises Http404, in words, for values that do not exist. Order and period of a list mean nothing here.
        """
        if asked := _search(query):
            return cls(Filters(), search=asked)
        found = Filters.read(query)
        if found.kind == "cosmetic":
            raise Http404(
                gettext("Changes of typography alone are told to nobody: ?kind= takes any other kind here.")
            )
        article = _article(query.get("article", ""))
        source = None if article else found.source
        return cls(replace(found, source=source, since="", after=None, sort=SORTS[0]), article)

    @classmethod
    def of(cls, follow: Follow) -> "Subject":
        """What is followed, an article as it is shown. Raises Http404 where it cannot be told: a kind that is
        no more, an article that is hidden."""
        if article := follow.article:
            show_articles([article])
            if hidden_with(article):
                raise Http404(gettext("This article has been withdrawn."))
        if asked := _search(QueryDict(follow.query), follow.source):
            return cls(Filters(), search=asked)
        return cls(replace(Filters.read(QueryDict(follow.query)), source=follow.source), article)

    def among(self, keys: Collection[int]) -> set[int]:
        """Those of these changes, by their keys, that are followed, whatever their article."""
        if self.search:
            return searching.come_and_gone(self.search.search, list(keys))
        return set(self.filters.changes().filter(pk__in=list(keys)).values_list("pk", flat=True))

    @property
    def columns(self) -> dict[str, Any]:
        """It as a Follow holds it: the source by its key, for its short name may be changed."""
        if self.search:
            of_all = _asked_again(self.search.search, self.search.text, None)
            return {"article": None, "source": self.search.search.source, "query": of_all.query}
        query = replace(self.filters, source=None).feed_query
        return {"article": self.article, "source": self.filters.source, "query": query}

    @property
    def query(self) -> str:
        """The query string that says this."""
        if self.search:
            return self.search.query
        named = urlencode({"article": self.article.pk}) if self.article else ""
        return "&".join(filter(None, [named, self.filters.feed_query]))

    @property
    def words(self) -> str:
        """It in words: "Changed numbers in articles of The Gazette"."""
        if self.search:
            return gettext("Changes with which this comes or goes: %(search)s") % {
                "search": self.search.words
            }
        if not self.query:
            return gettext("All changes of all sources")
        if self.article is None:
            return self.filters.words
        title = self.article.title or self.article.url
        if not self.filters.feed_query:
            return gettext("All changes of “%(title)s”") % {"title": title}
        return gettext("%(changes)s of “%(title)s”") % {"changes": self.filters.words, "title": title}

    @property
    def words_of_ours(self) -> str:
        """The same for who has not confirmed it: without what a visitor typed, which may be anything."""
        if self.search:
            return gettext(
                "A search that was typed on this site; its words stand on the page behind the link"
            )
        return self.words

    @property
    def page(self) -> str:
        """The path of the page that lists the same."""
        if self.search:
            return f"{reverse('search')}?{self.search.query}"
        if self.article:
            return str(self.article.get_absolute_url())
        query = self.filters.feed_query
        return reverse("home") + (f"?{query}" if query else "")


def _search(query: QueryDict, source: Source | None = None) -> Asked | None:
    """The search of a query string without its period, or None; `source` where the row beside it has one.

    Raises Http404, in words, for one that cannot be read.
    """
    try:
        asked = searches.read(query)
    except (BadQuery, BadDay) as error:
        raise Http404(str(error)) from error
    return _asked_again(asked.search, asked.text, source or asked.search.source) if asked else None


def _asked_again(search: Search, text: str, source: Source | None) -> Asked:
    return searches.asked(text, search.scope, source, search.kind)


def subject_of(follow: Follow) -> Subject | None:
    """What is followed; None where it cannot be told any more."""
    try:
        return Subject.of(follow)
    except Http404:
        return None


def _article(text: str) -> Article | None:
    if not text:
        return None
    is_number = text.isascii() and text.isdigit() and len(text) <= 18
    found = Article.objects.public().filter(pk=text).select_related("source").first() if is_number else None
    if found is None:
        raise Http404(gettext("?article= takes the number of an article, as in its address here."))
    return found


def is_offered() -> bool:
    """Can mail be sent from here?"""
    return bool(settings.EMAIL_HOST)


# --- who follows a change ----------------------------------------------------------------------------
def matches(follows: QuerySet[Follow], changes: list[Change]) -> list[tuple[Follow, Change]]:
    """Each of these follows with each of the changes that it has, those that are to be told at once first.

    It may read and compare texts: call it outside of a transaction, in which all others would wait.
    """
    of_article = Q(article=None) | Q(article__in={change.article_id for change in changes})
    of_source = Q(source=None) | Q(source__in={change.source_id for change in changes})
    by_query: defaultdict[str, list[Follow]] = defaultdict(list)
    for follow in follows.filter(of_article, of_source).order_by("pk"):
        by_query[follow.query].append(follow)
    found = []
    for query, asking in by_query.items():
        fitting = _fitting(query, changes, asking)
        found += [(follow, change) for follow in asking for change in fitting if _has(follow, change)]
    return sorted(found, key=lambda match: SOONEST.index(match[0].cadence))


def _fitting(query: str, changes: list[Change], follows: list[Follow]) -> list[Change]:
    """The changes that a query string asks for: one question for all who ask for the same."""
    if not query:
        return changes
    try:
        subject = Subject.read(QueryDict(query))
    except Http404 as error:  # a kind, say, that a later newsdiff does not know
        paused = {"is_paused": True, "pause_reason": f"{UNKNOWN}: {error}"}
        Follow.objects.filter(pk__in=[follow.pk for follow in follows]).update(**paused)
        return []
    fitting = subject.among([change.pk for change in changes])
    return [change for change in changes if change.pk in fitting]


def _has(follow: Follow, change: Change) -> bool:
    return (
        follow.article_id in (None, change.article_id)
        and follow.source_id in (None, change.source_id)
        and change.weight >= follow.least_weight
        and follow.begins_at is not None
        and change.seen_at >= follow.begins_at  # a history that is imported is no news
    )


def changes_to_match(keys: Collection[int]) -> list[Change]:
    """Those of these changes, by their keys, that `matches` may be asked of: the public ones.

    Of what is hidden nobody is told, nor when it is shown again: by then it is no news.
    """
    public = Change.objects.public().filter(pk__in=list(keys))
    return list(public.only("article", "source", "seen_at", "weight"))


# --- readers ---------------------------------------------------------------------------------------
@transaction.atomic
def ask(address: str, subject: Subject, cadence: Cadence, least_weight: float, now: datetime) -> None:
    """Notes what a visitor says the reader of this address wants, and asks that reader to confirm it.

    An address that has not confirmed is sent one message, and none again until the wish is forgotten
    (UNCONFIRMED). One that has is asked once within ASK_AGAIN; a wish in between stands on its page.
    """
    known = {"address": address, "created_at": now}
    locked = Follower.objects.select_for_update()
    follower, _ = locked.get_or_create(key=address.casefold(), defaults=known)
    wanted = follower.follows.filter(**subject.columns)
    if wanted.exists():
        wanted.filter(begins_at=None).update(cadence=cadence, least_weight=least_weight)
        if wanted.exclude(begins_at=None).exists():
            return
    elif follower.follows.count() >= MOST_FOLLOWS:
        return
    else:
        asked = {"cadence": cadence, "least_weight": least_weight, "created_at": now}
        Follow.objects.create(follower=follower, **subject.columns, **asked)
    rest = ASK_AGAIN if follower.confirmed_at else UNCONFIRMED
    if follower.asked_at is None or follower.asked_at <= now - rest:
        Follower.objects.filter(pk=follower.pk).update(asked_at=now)
        Delivery.to(follower, Delivery.Kind.CONFIRM, now)


@transaction.atomic
def confirm(follower: Follower, chosen: Collection[int], now: datetime) -> int:
    """Begins what the reader confirms of what waits, and forgets the rest; how much began."""
    waiting = Follow.objects.select_for_update().filter(follower=follower, begins_at=None)
    begun = 0
    for follow in waiting:
        if follow.pk in chosen:
            begin(follow, now)
            begun += 1
        else:
            follow.delete()
    if begun:
        Follower.objects.filter(pk=follower.pk).update(confirmed_at=follower.confirmed_at or now, refusals=0)
    forget_if_idle(follower)
    return begun


def begin(follow: Follow, now: datetime) -> None:
    """From now on the follow's changes are told."""
    digest = next_digest(Cadence(follow.cadence), now, settings.NEWSDIFF_DIGEST_HOUR)
    began = {"begins_at": now, "next_digest_at": digest, "is_paused": False, "pause_reason": ""}
    Follow.objects.filter(pk=follow.pk).update(**began)


def alter(follow: Follow, cadence: Cadence, least_weight: float, now: datetime) -> None:
    """Sets how often is told, and of what weight on. What waits already is told in the new rhythm."""
    digest = next_digest(cadence, now, settings.NEWSDIFF_DIGEST_HOUR)
    values = {"cadence": cadence, "least_weight": least_weight, "next_digest_at": digest}
    Follow.objects.filter(pk=follow.pk).update(**values)


def stop(follow: Follow) -> None:
    """Ends one; an address that follows nothing any more is forgotten.

    What waits to be told through it is told through another that its owner follows and that has it too.
    """
    heirs = _heirs(follow, {})  # most texts are read before the transaction, and within what came meanwhile
    with transaction.atomic():
        locked = _of_owner(follow).select_for_update().order_by("pk")
        are_left = {None, *locked.values_list("pk", flat=True)}
        heirs = _heirs(follow, {change: heir for change, heir in heirs.items() if heir in are_left})
        moving = [notice for notice in waiting_in(follow) if heirs.get(notice.change_id)]
        for notice in moving:
            notice.follow_id = heirs[notice.change_id]
        Notice.objects.bulk_update(moving, ["follow"], BATCH)
        follower = follow.follower
        follow.delete()
        if follower:
            forget_if_idle(follower)


def _heirs(follow: Follow, known: dict[int, int | None]) -> dict[int, int | None]:
    """Through which other follow of its owner each change is told that waits in this one, by their keys; None
    for none. The soonest to tell it; what is known already is not looked for again."""
    heirs = dict(known)
    unknown = [notice.change_id for notice in waiting_in(follow) if notice.change_id not in known]
    others = _of_owner(follow).active().exclude(pk=follow.pk)
    for at in range(0, len(unknown), BATCH):
        batch = unknown[at : at + BATCH]
        heirs |= dict.fromkeys(batch)
        for other, change in matches(others, changes_to_match(batch)):
            heirs[change.pk] = heirs[change.pk] or other.pk
    return heirs


def _of_owner(follow: Follow) -> FollowQuerySet:
    return Follow.objects.filter(follower=follow.follower_id, channel=follow.channel_id)


def waiting_in(follow: Follow) -> QuerySet[Notice]:
    """What is to be told through a follow, and is in no message yet."""
    return Notice.objects.filter(follow=follow, delivery=None)


def forget_if_idle(follower: Follower) -> None:
    """Deletes an address, with all about it, that follows nothing."""
    Follower.objects.filter(pk=follower.pk).exclude(
        Exists(Follow.objects.filter(follower=OuterRef("pk")))
    ).delete()


@transaction.atomic
def resume(follower: Follower, now: datetime) -> None:
    """Tells again what was paused since the mail server refused the address."""
    Follower.objects.filter(pk=follower.pk).update(refusals=0, last_error="")
    for follow in follower.follows.filter(is_paused=True):
        begin(follow, now)


# --- curators --------------------------------------------------------------------------------------
def send_test(channel: Channel, now: datetime) -> Delivery:
    """A message to a channel that tells of nothing; it goes the way of all others."""
    return Delivery.to(channel, Delivery.Kind.TEST, now)


def send_again(deliveries: QuerySet[Delivery], now: datetime) -> int:
    """Sends once more what was given up, at once, and counts its attempts anew; how many.

    What was sent is not: that would tell its receiver twice.
    """
    failed = deliveries.filter(state=Delivery.State.FAILED)
    values = {"state": Delivery.State.WAITING, "next_attempt_at": now, "attempts": 0, "ended_at": None}
    return failed.update(**values, created_at=now)


# --- what is over ----------------------------------------------------------------------------------
def sweep(now: datetime) -> None:
    """Forgets wishes that nobody confirmed, addresses that follow nothing, and old lines of the log."""
    Follow.objects.filter(begins_at=None, created_at__lte=now - UNCONFIRMED).exclude(follower=None).delete()
    idle = Follower.objects.exclude(Exists(Follow.objects.filter(follower=OuterRef("pk"))))
    idle.filter(created_at__lte=now - UNCONFIRMED).delete()
    ended = Delivery.objects.exclude(state=Delivery.State.WAITING)
    ended.filter(created_at__lte=now - KEPT).delete()
