"""Polling a feed: its entries become articles."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from articles import claiming, counting, logs
from articles.claiming import Job
from articles.core import feeds, http, robots, scheduling, urls
from articles.core.feeds import hints
from articles.core.types import Entry, ParsedFeed
from articles.fetching import FetchError
from articles.ingestion import hubs, moves
from articles.ingestion.habits import learn_habits
from articles.ingestion.parts import keep_parts
from articles.ingestion.timed import fetch_timed
from articles.models import Article, ArticleURL, Feed, Host
from articles.reading import read_feed

log = logs.Log(__name__)
ACCEPT = (
    "application/atom+xml,application/rss+xml,application/feed+json,application/rdf+xml,"
    "application/xml;q=0.9,text/xml;q=0.8,*/*;q=0.1"
)
MAX_HOPS = 5
GONE = 410  # the site says that there will be no feed here any more
DATED = ("sitemap", "sitemaps")  # what is taken of these depends on the day
SLICE = 100  # articles made in one transaction


@dataclass(frozen=True, slots=True)
class Poll:
    """What one poll found: a feed, or why there is none (`error`), or neither (nothing new).

    began  when it was asked for; the answer was in `at`
    """

    at: datetime
    status: int | None = None
    found: ParsedFeed | None = None
    error: str = ""
    retry_after: datetime | None = None
    least_interval: float = 0.0
    values: dict[str, Any] | None = None  # what to write on the feed's row besides
    hop: http.Answer | None = None
    began: datetime | None = None


@dataclass(frozen=True, slots=True)
class PollEnd:
    """How a stored poll ended: how many articles it brought, or why it failed."""

    new: int = 0
    error: str = ""


def poll_feed(feed_id: int, token: str) -> PollEnd | None:
    """Polls the claimed feed; None if it is not ours any more, or redirects (the next claim follows)."""
    feed = claiming.begin(Job.FEED, feed_id, token, claiming.now())
    if feed is None:
        return None
    poll = _poll(feed)
    if poll.hop:
        _hop(feed, poll.hop, poll.at)
        return None
    end = store(feed, poll)
    if end and not end.error:
        hubs.keep_subscribed(feed.pk, poll.began or poll.at)
    return end


def store(feed: Feed, poll: Poll) -> PollEnd | None:
    """Writes what a poll found; None, with the feed's row as it was, if its lease is not ours any more.

    The articles, and a list's parts, come first and in small transactions: to make one twice is impossible
    (its address is unique), while a poll that ended before they were kept would have lost them: the next
    may be answered with 304.
    """
    new = _keep_entries(feed, poll.found.entries, poll.at) if poll.found else 0
    if poll.found and poll.found.kind == "sitemaps":
        keep_parts(feed, poll.found.parts)
    if not claiming.finish(feed, **_row_values(feed, poll, new)):
        counting.dropped(Job.FEED)
        return None
    learn_habits(feed.source, poll.at)
    counting.polled(new, poll.error, poll.status)
    log.info("feed", id=feed.pk, status=poll.status, new=new, error=poll.error, url=feed.url)
    return PollEnd(new, poll.error)


def _poll(feed: Feed) -> Poll:
    """Fetches and reads; writes nothing but when the host may be asked again."""
    began = claiming.now()
    if robots.shut_out(feed.host.robots, feed.fetch_url, settings.NEWSDIFF_USER_AGENT):
        claiming.open_host(feed, began)
        return Poll(began, error="robots.txt forbids this address to this crawler by its name")
    try:
        response = fetch_timed(
            Job.FEED,
            feed.fetch_url,
            etag=feed.etag,
            last_modified=feed.last_modified,
            accept=ACCEPT,
            max_bytes=feeds.MOST_FETCHED,
        )
    except FetchError as failure:
        now = claiming.now()
        if failure.host_at_fault:
            claiming.host_refused(feed, now, failure.reason)
        else:
            claiming.host_answered(feed, now)
        return Poll(now, error=failure.reason)
    now = claiming.now()
    answer = http.judge(response, now)
    if answer.kind is http.Kind.BUSY:
        until = claiming.host_refused(feed, now, answer.reason, answer.retry_after)
        return Poll(now, response.status, error=answer.reason, retry_after=until)
    claiming.host_answered(feed, now)
    if answer.kind is http.Kind.REDIRECT:
        return _judge_hop(feed, Poll(now, response.status, hop=answer), answer.location)
    if answer.kind is http.Kind.NOT_MODIFIED:
        poll = _unchanged(feed, response, now, moves.address(feed, now))
    elif answer.kind is not http.Kind.OK:
        return Poll(now, response.status, error=answer.reason)
    else:
        poll = read_poll(feed, response, now)
    return replace(poll, began=began)


def _unchanged(feed: Feed, response: http.Response, now: datetime, values: dict[str, Any]) -> Poll:
    """A poll that brought what the last one did: what the feed asked for then still holds."""
    least = max(http.cache_seconds(response), feed.asked_interval)
    return Poll(now, response.status, least_interval=least, values=values)


def read_poll(feed: Feed, response: http.Response, now: datetime) -> Poll:
    """What a feed's answer with a body holds; unchanged bytes are not read again."""
    etag, last_modified = http.validators(response)
    digest = sha256(response.body).hexdigest()
    values: dict[str, Any] = {"etag": etag, "last_modified": last_modified, "body_digest": digest}
    values |= moves.address(feed, now)
    if digest == feed.body_digest and feed.kind not in DATED:
        return _unchanged(feed, response, now, values)
    try:
        found = read_feed(response.body, response.url, response.header("content-type"), now)
        if found.kind == "sitemaps" and feed.part_of_id:
            raise feeds.FeedError("This is a list of sitemaps within another list, which is not followed.")
    except feeds.FeedError as error:
        # Without validators the next poll gets the body again, not a 304 for what could not be read.
        return Poll(now, response.status, error=str(error))
    hub, topic = hubs.offered(response, found)
    values |= {
        "title": found.title[:300],
        "kind": found.kind,
        "entry_count": len(found.entries),
        "note": values.get("note") or found.note,
        "asked_interval": found.least_interval,
        "skip_hours": list(found.skip_hours),
        "skip_days": list(found.skip_days),
        "hub_url": hub,
        "topic_url": topic,
        "entries_digest": _digest_of(found),
    }
    least = max(http.cache_seconds(response), found.least_interval)
    return Poll(now, response.status, found, least_interval=least, values=values)


def _digest_of(found: ParsedFeed) -> str:
    """Names the entries of a feed, or the parts of a list, whatever their order."""
    named = sorted((*(entry.url for entry in found.entries), *found.parts))
    return sha256("\n".join(named).encode()).hexdigest()


# --- redirects -----------------------------------------------------------------------------------
def _judge_hop(feed: Feed, poll: Poll, location: str) -> Poll:
    if feed.hops >= MAX_HOPS:
        return Poll(poll.at, poll.status, error="redirects without end")
    try:
        urls.canonical(location)
    except urls.BadURL as error:
        return Poll(poll.at, poll.status, error=f"redirects to an address that cannot be followed: {error}")
    return poll


def _hop(feed: Feed, hop: http.Answer, at: datetime) -> None:
    """Notes where the feed's redirect leads; the next claim goes there, in that host's turn."""
    target = urls.canonical(hop.location)
    with transaction.atomic():
        claiming.finish(
            feed,
            hop_url=target,
            hops=feed.hops + 1,
            hop_permanent=feed.hop_permanent and hop.permanent,
            host=Host.of(target),
            next_check_at=at,
        )


# --- what is written ---------------------------------------------------------------------------
def _row_values(feed: Feed, poll: Poll, new: int) -> dict[str, Any]:
    values: dict[str, Any] = {
        "last_checked_at": poll.at,
        "last_status": poll.status,
        "hop_url": "",
        "hops": 0,
        "hop_permanent": True,
        **(poll.values or {}),
        **_schedule(feed, poll, new),
    }
    values["host"] = Host.of(values.get("url", feed.url))
    if poll.error:
        values |= {"failures": feed.failures + 1, "last_error": poll.error, "last_error_at": poll.at}
        if poll.status == GONE and feed.hop_permanent:
            values["next_check_at"] = None
        return values
    values |= {"failures": 0, "last_ok_at": poll.at}
    has_others = poll.found and values["entries_digest"] != feed.entries_digest
    if feed.last_new_at is None or (has_others and (poll.found.entries or poll.found.parts)):
        values["last_new_at"] = poll.at
    return values


def _schedule(feed: Feed, poll: Poll, new: int) -> dict[str, Any]:
    due, interval = scheduling.next_poll(
        poll.at,
        interval=timedelta(seconds=feed.interval),
        new=new,
        since=poll.at - feed.last_ok_at if feed.last_ok_at else None,
        failures=feed.failures + 1 if poll.error else 0,
        least_interval=timedelta(seconds=max(poll.least_interval, hubs.relief(feed, poll.at))),
        retry_after=poll.retry_after,
        pace=settings.NEWSDIFF_PACE,
    )
    due = hints.outside(due, *_to_skip(feed, poll))
    return {"next_check_at": due, "interval": interval.total_seconds()}


def _to_skip(feed: Feed, poll: Poll) -> tuple[Sequence[int], Sequence[int]]:
    """The hours and days on which the feed asks not to be polled."""
    said = poll.found or feed
    return said.skip_hours, said.skip_days


def _keep_entries(feed: Feed, entries: tuple[Entry, ...], at: datetime) -> int:
    """Makes articles of the entries that are new, in the feed's order; returns how many."""
    by_key = {urls.key(e.url): e for e in entries if not urls.is_front_page(e.url)}
    known = dict(ArticleURL.objects.filter(key__in=by_key).values_list("key", "article_id"))
    fresh = [(key, entry) for key, entry in by_key.items() if key not in known]
    hosts = _hosts([entry.url for _, entry in fresh])
    made = 0
    for start in range(0, len(fresh), SLICE):
        made += _make_articles(feed, fresh[start : start + SLICE], hosts, at)
    Host.ring((host.pk for host in hosts.values()), at if made else None)
    _look_sooner({known[k]: e for k, e in by_key.items() if k in known}, at)
    return made


def _hosts(addresses: list[str]) -> dict[str, Host]:
    """The hosts of these addresses by authority, made known in order where they are new."""
    one_each = {urls.authority(address): address for address in addresses}
    return {authority: Host.of(address) for authority, address in sorted(one_each.items())}


def _make_articles(feed: Feed, fresh: list[tuple[str, Entry]], hosts: dict[str, Host], at: datetime) -> int:
    """Stores a slice of new articles with their addresses; one that another feed was first with goes.

    The addresses in the order of their keys, so that two feeds never wait for each other. The feed that named
    them is locked, so that it is not deleted meanwhile: one that was is not known any more.
    """
    with transaction.atomic():
        still = Feed.objects.select_for_update(no_key=True).order_by().filter(pk=feed.named_as)
        named_by = next(iter(still.values_list("pk", flat=True)), None)
        rows = Article.objects.bulk_create(
            Article(
                source=feed.source,
                feed_id=named_by,
                url=entry.url,
                host=hosts[urls.authority(entry.url)],
                title=entry.title,
                published_at=entry.published,
                first_seen_at=at,
                next_check_at=at,
            )
            for _, entry in fresh
        )
        ArticleURL.objects.bulk_create(
            (
                ArticleURL(article=row, url=entry.url, key=key, seen_at=at)
                for key, row, entry in sorted(
                    ((key, row, entry) for row, (key, entry) in zip(rows, fresh, strict=True)),
                    key=lambda one: one[0],
                )
            ),
            ignore_conflicts=True,
        )
        made = [row.pk for row in rows]
        without = Article.objects.filter(pk__in=made, urls=None)
        lost, _ = without.delete()
    return len(made) - lost


def _look_sooner(known: dict[int, Entry], at: datetime) -> None:
    """Brings forward the look at articles that the feed says were updated since the last one.

    Also at one that was not looked at any more: the feed says that there is something to see.
    """
    updated = {pk: entry.updated for pk, entry in known.items() if entry.updated}
    rows = Article.objects.filter(pk__in=updated, failures=0, hidden_at=None)
    quiet = rows.filter(Q(next_check_at__gt=at) | Q(next_check_at=None))
    hosts = []
    for pk, host, checked in quiet.order_by("pk").values_list("pk", "host_id", "last_checked_at"):
        if checked and checked < updated[pk] <= at:
            quiet.filter(pk=pk).update(next_check_at=at)
            hosts.append(host)
    Host.ring(hosts, at)
