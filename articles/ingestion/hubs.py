"""Asking a feed's hub to tell us of news (WebSub). What it then sends is taken by articles/websub.py."""

from datetime import datetime, timedelta
from secrets import token_hex, token_urlsafe

from django.conf import settings

from articles import bell, claiming, logs
from articles.core import http, urls, websub
from articles.core.types import ParsedFeed
from articles.fetching import FetchError, post
from articles.ingestion.asking import Busy, in_turn
from articles.models import Feed, Host, Subscription

log = logs.Log(__name__)
REDIRECTS = 3
FORM_REDIRECTS = (307, 308)  # those that lead a form on (RFC 9110, 15.4; WebSub, 5.1)
DEADLINE = 10.0  # seconds
BUSY = timedelta(minutes=5)  # until it is asked again after its turn did not come
UNCONFIRMED = timedelta(hours=6)  # until it is asked again after it did not confirm
RETRY = timedelta(days=1)  # after it refused or did not answer
ANOTHER_HUB = timedelta(hours=1)  # until a new one is asked: a feed may not send us to a host with each poll
PROVEN = timedelta(days=7)  # a hub that told of news within this is relied upon
RELIEF = timedelta(hours=1)  # the wait between two polls of a feed whose hub is


def offered(response: http.Response, found: ParsedFeed) -> tuple[str, str]:
    """The hub that a feed names and the name it knows the feed by; both "" where there is none.

    In its header fields, else in the feed itself (WebSub, 4). A hub is asked over https alone, since
    the secret goes with the request. The feed's own word for its address counts within its site only.
    """
    links = http.links(response)
    hub = _absolute(links.get("hub", ""), response.url) or found.hub_url
    if not hub.startswith("https://"):
        return "", ""
    topic = _absolute(links.get("self", ""), response.url) or found.self_url
    return hub, topic if topic and urls.same_site(topic, response.url) else response.url


def _absolute(address: str, base: str) -> str:
    try:
        return urls.canonical(address, base) if address else ""
    except urls.BadURL:
        return ""


def relief(feed: Feed, at: datetime) -> float:
    """Seconds that a feed may be left alone because its hub tells of news, and has shown that it does."""
    if not feed.hub_url:
        return 0.0
    live = Subscription.objects.filter(feed=feed, state=Subscription.State.LIVE, expires_at__gt=at)
    return RELIEF.total_seconds() if live.filter(rung_at__gte=at - PROVEN).exists() else 0.0


def keep_subscribed(feed_id: int, began: datetime) -> None:
    """After a good poll that began then: subscribes, renews, or ends what is not offered any more.

    Also polls again where the hub has told of news since, which the poll may have come too early for.
    """
    if not websub.can_be_called(settings.BASE_URL):
        return
    now = claiming.now()
    feed = Feed.objects.select_related("source", "subscription").filter(pk=feed_id).first()
    if feed is None:
        return
    known = getattr(feed, "subscription", None)
    if known and known.rung_at and known.rung_at >= began:
        bell.bring_forward(feed.pk, now)
    first_at = now
    if known and (known.hub, known.topic) != (feed.hub_url, feed.topic_url):
        first_at = now + ANOTHER_HUB
        _leave(known)
        known = None
    if not feed.hub_url or feed.is_paused or feed.source.is_paused:
        return
    known = known or _begin(feed, first_at)
    due = Subscription.objects.filter(pk=known.pk, next_request_at__lte=now)
    if due.update(next_request_at=now + UNCONFIRMED, is_asked=True):  # by one worker only
        _subscribe(known)


def _leave(subscription: Subscription) -> None:
    """Forgets a subscription; a hub that had confirmed it is told."""
    subscription.delete()  # first: our address must not know it when the hub asks whether we mean it
    if subscription.state == Subscription.State.LIVE:
        _send(subscription, "unsubscribe")


def _begin(feed: Feed, first_at: datetime) -> Subscription:
    fresh = {"token": token_urlsafe(32), "secret": token_hex(32), "next_request_at": first_at}
    named = {"hub": feed.hub_url, "topic": feed.topic_url}
    return Subscription.objects.get_or_create(feed=feed, defaults=named | fresh)[0]


def _subscribe(subscription: Subscription) -> None:
    """Asks the hub; that it has agreed shows when it calls our address (`bell.confirmed`)."""
    failure, wait = _send(subscription, "subscribe")
    log.info("hub_asked", feed=subscription.feed_id, hub=subscription.hub, failure=failure)
    now = claiming.now()
    # A hub may call before it answers: then nothing is asked any more, and what it said stands.
    waiting = Subscription.objects.filter(pk=subscription.pk, is_asked=True)
    state = Subscription.State.FAILED if failure else Subscription.State.ASKED
    waiting.exclude(state=Subscription.State.LIVE, expires_at__gt=now).update(state=state)
    waiting.update(reason=failure, next_request_at=now + wait, is_asked=not failure)


def _send(subscription: Subscription, mode: str) -> tuple[str, timedelta]:
    """Sends the hub a request (WebSub, 5.1), in the turn of its host; a redirect is sent on.

    Returns why it failed, or "", and how long to wait before the next.
    """
    form = {
        "hub.callback": f"{settings.BASE_URL}{bell.path_of(subscription)}",
        "hub.mode": mode,
        "hub.topic": subscription.topic,
    }
    if mode == "subscribe":
        seconds = int(websub.LEASE_ASKED.total_seconds())
        form |= {"hub.secret": subscription.secret, "hub.lease_seconds": str(seconds)}
    address = subscription.hub
    for _ in range(REDIRECTS + 1):
        host = Host.of(address)
        try:
            with in_turn(host, DEADLINE):
                response = post(address, form, deadline=DEADLINE)
        except Busy as error:
            return f"The hub was not asked: {error}.", BUSY
        except FetchError as error:
            return f"The hub cannot be asked: {error}.", RETRY
        answer = http.judge(response, claiming.now())
        if answer.kind is http.Kind.BUSY:
            claiming.host_refused(host, claiming.now(), answer.reason, answer.retry_after)
        elif host.failures:
            Host.objects.filter(pk=host.pk).update(failures=0)
        if response.status not in FORM_REDIRECTS or answer.kind is not http.Kind.REDIRECT:
            break
        try:
            address = urls.canonical(answer.location)
        except urls.BadURL as error:
            return f"The hub leads to an address that cannot be asked: {error}", RETRY
        if not address.startswith("https://"):
            return "The hub leads to an address that is not https.", RETRY
    if 200 <= response.status <= 299:
        return "", UNCONFIRMED
    return f"The hub answers {http.in_words(response.status)}.", RETRY
