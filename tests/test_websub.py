"""WebSub (https://www.w3.org/TR/websub/) with a hub of our own: asking, its questions, its messages."""

import hashlib
import hmac
import ssl
from datetime import UTC, datetime, timedelta
from functools import partial
from http.client import HTTPConnection
from ipaddress import ip_network

import pytest
import time_machine
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from articles.core import urls, websub
from articles.fetching import FetchError, fetch, post
from articles.fetching import client as fetching_client
from articles.ingestion import hubs, timed
from articles.ingestion.sources import add_source
from articles.models import Article, Feed, Host, Subscription
from tests.cast import make_source
from tests.crawl import poll_again, work_off
from tests.hub import CERTIFICATE, Hub
from tests.site import Page, article, rss

State = Subscription.State
NOW = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)


def at_loopback(host: str, port: int, **_: object) -> list[tuple]:
    return [(None, None, None, "", ("127.0.0.1", port))]


@pytest.fixture
def hub(settings, monkeypatch, db):
    """A hub that our client reaches as news.example and whose certificate it trusts; we are public."""
    settings.BASE_URL = "https://diff.example.org"
    settings.ALLOWED_HOSTS = ["diff.example.org"]
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(CERTIFICATE)
    monkeypatch.setattr(fetching_client, "certificates", lambda: context)
    monkeypatch.setattr(hubs, "post", partial(post, resolve=at_loopback))
    running = Hub()
    yield running
    running.close()


def offering(hub: Hub, *paths: str) -> Page:
    """A feed that names the hub in its header fields."""
    page = rss(*paths)
    page.headers = {"Link": f'<{hub.url}>; rel="hub", </feed.xml>; rel="self"'}
    return page


@pytest.fixture
def feed(site, hub) -> Feed:
    """A feed that was followed, and polled once more: the hub has been asked."""
    site.pages |= {"/feed.xml": offering(hub, "/a"), "/a": article()}
    add_source(site.url("/feed.xml"))
    poll_again()
    return Feed.objects.get()


@pytest.fixture
def live(feed, hub) -> Subscription:
    """The same, confirmed."""
    assert hub.question().status_code == 200
    return Subscription.objects.get()


def travel(**span: float) -> time_machine.travel:
    return time_machine.travel(timezone.now() + timedelta(**span))


# --- asking ------------------------------------------------------------------------------------------
def test_what_the_hub_is_asked(site, feed, hub, settings):
    (form,) = hub.asked
    token = Subscription.objects.get().token
    assert form == {
        "hub.callback": f"https://diff.example.org/websub/{token}/",
        "hub.mode": "subscribe",
        "hub.topic": site.url("/feed.xml"),
        "hub.secret": Subscription.objects.get().secret,
        "hub.lease_seconds": "864000",
    }
    assert len(token) >= 40
    assert len(form["hub.secret"]) == 64  # less than 200 bytes (WebSub, 5.1)
    (headers,) = hub.headers
    assert headers["user-agent"] == settings.NEWSDIFF_USER_AGENT
    assert headers["content-type"] == "application/x-www-form-urlencoded"
    assert "cookie" not in headers
    assert Subscription.objects.get().state == State.ASKED
    poll_again()
    assert len(hub.asked) == 1  # it is given time


@pytest.mark.parametrize("base", ["http://127.0.0.1:8000", "http://diff.example.org", "https://desk.local"])
def test_no_hub_is_asked_to_call_where_it_cannot(site, hub, settings, base):
    settings.BASE_URL = base
    site.pages["/feed.xml"] = offering(hub)
    add_source(site.url("/feed.xml"))
    poll_again()
    assert hub.asked == []


def test_a_hub_without_tls_is_not_asked(site, hub):
    site.pages["/feed.xml"] = rss()
    site.pages["/feed.xml"].headers = {"Link": f"<{site.url('/hub')}>; rel=hub"}
    add_source(site.url("/feed.xml"))
    poll_again()
    assert "/hub" not in site.paths()
    assert not Subscription.objects.exists()


def test_a_hub_named_in_the_feed_itself_and_a_topic_of_another_site(site, hub):
    page = rss()
    links = f'<link rel="hub" href="{hub.url}"/><link rel="self" href="https://victim.example/feed"/>'
    page.body = page.body.replace("<channel>", f"<channel>{links}")
    site.pages["/feed.xml"] = page
    add_source(site.url("/feed.xml"))
    poll_again()
    assert hub.asked[0]["hub.topic"] == site.url("/feed.xml")


def test_a_hub_inside_our_network_is_not_asked(site, hub, settings):
    site.pages["/feed.xml"] = offering(hub)
    add_source(site.url("/feed.xml"))
    settings.NEWSDIFF_ALLOW_PRIVATE = [ip_network("10.0.0.0/8")]
    hubs.keep_subscribed(Feed.objects.get().pk, timezone.now())
    row = Subscription.objects.get()
    assert (row.state, hub.asked) == (State.FAILED, [])
    assert "private address" in row.reason


def test_a_refusal_is_told_and_tried_again_a_day_later(site, hub):
    hub.status = 404
    site.pages["/feed.xml"] = offering(hub)
    add_source(site.url("/feed.xml"))
    poll_again()
    row = Subscription.objects.get()
    assert (row.state, row.reason) == (State.FAILED, "The hub answers 404 Not Found.")
    assert hub.question().status_code == 404  # nothing waits for it any more
    with travel(hours=23):
        poll_again()
        assert len(hub.asked) == 1
    hub.status = 202
    with travel(hours=25):
        poll_again()
        assert len(hub.asked) == 2
        assert hub.question().status_code == 200


def test_a_hub_that_asks_for_a_pause_gets_it_from_all_feeds(site, hub):
    hub.status = 503
    site.pages["/feed.xml"] = offering(hub)
    add_source(site.url("/feed.xml"))
    work_off()
    poll_again()
    asked = Host.objects.get(authority=urls.authority(hub.url))
    assert asked.failures == 1
    assert asked.next_at > timezone.now() + timedelta(seconds=25)  # as any host that refuses
    hub.status = 202
    with travel(days=2):
        poll_again()
        asked.refresh_from_db()
        assert (asked.failures, asked.turn_token) == (0, "")


@pytest.mark.parametrize(("status", "asked"), [(307, 2), (308, 2), (301, 1)])
def test_a_redirect_that_keeps_the_form_is_sent_on(site, hub, status, asked):
    hub.status, hub.location = status, hub.url + "/two"
    site.pages["/feed.xml"] = offering(hub)
    add_source(site.url("/feed.xml"))
    poll_again()
    assert len(hub.asked) == asked
    assert hub.asked[0] == hub.asked[-1]


def test_a_secret_is_never_sent_on_to_a_hub_without_tls(site, hub):
    hub.status, hub.location = 307, site.url("/plain")
    site.pages["/feed.xml"] = offering(hub)
    add_source(site.url("/feed.xml"))
    poll_again()
    assert Subscription.objects.get().reason == "The hub leads to an address that is not https."


# --- its questions -----------------------------------------------------------------------------------
def test_the_hub_s_question_is_answered_with_its_challenge(feed, hub):
    answer = hub.question()
    assert (answer.status_code, answer.content, answer["Content-Type"]) == (
        200,
        b"c-1/<b>",
        "text/plain; charset=utf-8",
    )
    assert answer["X-Content-Type-Options"] == "nosniff"
    row = Subscription.objects.get()
    assert row.state == State.LIVE
    assert row.expires_at - timezone.now() > timedelta(days=9.9)
    assert hub.question().status_code == 404  # asked once, confirmed once


@pytest.mark.parametrize(
    "other",
    [
        {"topic": "https://other.example/feed"},
        {"mode": "unsubscribe"},
        {"mode": "nonsense"},
        {"challenge": None},
        {"lease_seconds": None},
        {"lease_seconds": "for ever"},
    ],
)
def test_what_was_not_asked_for_is_not_confirmed(feed, hub, other):
    answer = hub.question(**other)
    assert (answer.status_code, b"c-1" in answer.content) == (404, False)
    assert Subscription.objects.get().state == State.ASKED


def test_a_hub_that_confirms_before_it_answers(site, feed, hub):
    row = Subscription.objects.get()
    hub.question()
    hubs._subscribe(row)  # its answer comes only now
    row.refresh_from_db()
    assert (row.state, row.is_asked) == (State.LIVE, False)
    assert row.next_request_at > timezone.now() + timedelta(days=8)


def test_a_denial_is_told_with_its_reason(feed, hub, admin_client):
    assert hub.question("denied", reason="Not for robots", challenge=None).status_code == 200
    row = Subscription.objects.get()
    assert (row.state, row.reason) == (State.DENIED, "Not for robots")
    host = {"headers": {"host": "diff.example.org"}, "secure": True}
    page = admin_client.get(f"/admin/articles/feed/{feed.pk}/change/", **host).content.decode()
    assert "denied by the hub; Not for robots" in page
    with travel(days=6):
        poll_again()
        assert len(hub.asked) == 1
    with travel(days=8):
        poll_again()
        assert len(hub.asked) == 2


def test_a_lease_is_renewed_before_it_ends(live, hub):
    with travel(days=8):
        poll_again()
        assert len(hub.asked) == 1
    with travel(days=9, hours=1):
        poll_again()
        assert [form["hub.mode"] for form in hub.asked] == ["subscribe"] * 2
        assert hub.asked[0] == hub.asked[1]
        assert Subscription.objects.get().state == State.LIVE  # still
        hub.question()
        assert Subscription.objects.get().expires_at > timezone.now() + timedelta(days=9)


def test_a_lease_that_could_not_be_renewed_is_live_until_it_ends(live, feed, hub, admin_client):
    hub.status = 500
    with travel(days=9, hours=1):
        poll_again()
        row = Subscription.objects.get()
        assert (row.state, row.reason) == (State.LIVE, "The hub answers 500 Internal Server Error.")
    with travel(days=11):
        poll_again()
        assert Subscription.objects.get().state == State.FAILED


def test_a_hub_that_is_offered_no_more_is_left(site, live, hub):
    callback = hub.callback
    site.pages["/feed.xml"] = rss("/a", "/b")
    poll_again()
    assert [form["hub.mode"] for form in hub.asked] == ["subscribe", "unsubscribe"]
    assert "hub.secret" not in hub.asked[-1]
    assert not Subscription.objects.exists()
    answer = hub.question("unsubscribe", callback=callback)
    assert (answer.status_code, answer.content) == (200, b"c-1/<b>")
    assert hub.question("subscribe", callback=callback).status_code == 404
    assert hub.news(callback=callback).status_code == 410


def test_a_feed_that_names_another_hub_each_time_sends_us_nowhere(site, feed, hub):
    for turn in range(3):
        page = offering(hub, "/a", f"/{turn}")
        page.headers["Link"] = page.headers["Link"].replace("/hub", f"/victim/{turn}")
        site.pages["/feed.xml"] = page
        poll_again()
    assert len(hub.asked) == 1
    with travel(minutes=61):
        poll_again()
        assert len(hub.asked) == 2


# --- its messages ----------------------------------------------------------------------------------
def due_in(feed: Feed) -> timedelta:
    feed.refresh_from_db()
    return feed.next_check_at - timezone.now()


@pytest.mark.parametrize("method", ["sha1", "sha256", "sha384", "sha512"])
def test_a_signed_message_rings_the_bell_and_is_not_believed(site, live, feed, hub, method):
    assert due_in(feed) > timedelta(minutes=4)
    Feed.objects.update(last_checked_at=timezone.now() - timedelta(minutes=2))
    site.pages["/feed.xml"] = offering(hub, "/a", "/b")
    forged = rss("/forged").body.encode()
    assert hub.news(forged, method=method).status_code == 202
    assert due_in(feed) <= timedelta(0)
    live.refresh_from_db()
    assert (live.rings, live.ignored) == (1, 0)
    assert Article.objects.count() == 1
    Host.objects.update(next_at=timezone.now())
    work_off()
    assert sorted(a.url.removeprefix(site.base) for a in Article.objects.all()) == ["/a", "/b"]


@pytest.mark.parametrize(
    "signature",
    [
        None,
        "x",
        "sha256=",
        "sha256=00",
        "md5=d41d8cd98f00b204e9800998ecf8427e",
        f"sha256={'0' * 64}",
        "sha256=é",
    ],
)
def test_a_message_without_a_right_signature_is_counted_and_ignored(live, feed, hub, signature):
    Feed.objects.update(last_checked_at=timezone.now() - timedelta(minutes=2))
    signed = signature.encode().decode("latin-1") if signature else signature
    assert hub.news(signature=signed).status_code == 202
    assert due_in(feed) > timedelta(minutes=4)
    live.refresh_from_db()
    assert (live.rings, live.ignored, live.rung_at) == (0, 1, None)


def test_a_signature_of_another_body_is_not_one_of_this(live, feed, hub):
    signature = hmac.new(live.secret.encode(), b"one", hashlib.sha256).hexdigest()
    hub.news(b"two", signature=f"sha256={signature}")
    live.refresh_from_db()
    assert (live.rings, live.ignored) == (0, 1)


def test_the_operator_sees_what_was_agreed_and_how_it_is_kept(live, feed, hub, admin_client):
    hub.news()
    hub.news(signature=None)
    Feed.objects.update(asked_interval=2700, skip_hours=[0, 1], skip_days=[5, 6])
    host = {"headers": {"host": "diff.example.org"}, "secure": True}
    page = admin_client.get(f"/admin/articles/feed/{feed.pk}/change/", **host).content.decode()
    assert (
        f"{hub.url}: live; ends in 10 days if it is not renewed; told of news 1 time; last less than" in page
    )
    assert "1 message without a valid signature ignored" in page
    assert "within about 1 hour of a poll; in the hours 0 and 1 (GMT); on Saturday and Sunday" in page
    assert live.secret not in page
    assert live.token not in page


def test_a_message_may_be_as_large_as_a_feed(live, hub):
    assert hub.news(b"x" * 5_000_000).status_code == 202
    live.refresh_from_db()
    assert (live.rings, live.ignored) == (1, 0)


def test_a_message_that_is_too_long_or_does_not_say_how_long_is_ignored(live, hub):
    hub.news(b"x" * 5_000_001)
    hub.client.post(hub.callback, b"", content_type="text/plain", secure=True, headers={"Content-Length": ""})
    live.refresh_from_db()
    assert (live.rings, live.ignored) == (0, 2)


def test_however_often_the_bell_rings_a_feed_is_polled_once_a_minute(site, live, feed, hub):
    Feed.objects.update(last_checked_at=timezone.now() - timedelta(minutes=2))
    asked = site.paths().count("/feed.xml")
    for _ in range(5):
        hub.news()
        Host.objects.update(next_at=timezone.now())
        work_off()
    assert site.paths().count("/feed.xml") == asked + 1
    assert timedelta(seconds=30) < due_in(feed) <= timedelta(minutes=1)
    assert Subscription.objects.get().rings == 5


def test_the_bell_does_not_hurry_a_feed_that_fails_or_has_ended(live, feed, hub):
    rests = timezone.now() + timedelta(hours=5)
    Feed.objects.update(failures=3, next_check_at=rests, last_checked_at=timezone.now() - timedelta(hours=1))
    hub.news()
    feed.refresh_from_db()
    assert feed.next_check_at == rests
    Feed.objects.update(failures=1, next_check_at=None)
    hub.news()
    feed.refresh_from_db()
    assert feed.next_check_at is None


def test_a_bell_during_a_poll_is_not_forgotten(site, live, feed, hub, monkeypatch):
    def rung_meanwhile(*arguments, **named):
        answer = fetch(*arguments, **named)
        assert hub.news().status_code == 202
        return answer

    monkeypatch.setattr(timed, "fetch", rung_meanwhile)
    poll_again()
    assert timedelta(seconds=30) < due_in(feed) <= timedelta(minutes=1)


def test_a_feed_whose_hub_is_seen_to_work_is_polled_seldom(site, live, feed, hub):
    poll_again()
    feed.refresh_from_db()
    assert feed.next_check_at - feed.last_checked_at < timedelta(minutes=30)  # it has not rung yet
    with travel(minutes=30):
        hub.news()
    with travel(hours=1):
        poll_again()
        feed.refresh_from_db()
        assert feed.next_check_at - feed.last_checked_at == timedelta(hours=1)
        assert hubs.relief(feed, timezone.now()) == 3600
    with travel(days=8):  # no word for a week
        assert hubs.relief(feed, timezone.now()) == 0


def test_only_the_hub_s_address_takes_posts_without_a_form_s_token(live, hub):
    browser = Client(enforce_csrf_checks=True, headers={"host": "diff.example.org"})
    assert browser.post(hub.callback, b"", content_type="text/plain", secure=True).status_code == 202
    assert browser.post("/admin/login/", {"username": "x"}, secure=True).status_code == 403
    assert browser.put(hub.callback, secure=True).status_code == 405
    assert browser.get("/websub/unknown/", secure=True).status_code == 404


@pytest.mark.django_db(transaction=True)
def test_a_message_over_a_real_connection(live_server):
    source = make_source("The Herald", "herald")
    row = Subscription.objects.create(
        feed=source.feeds.get(),
        hub="https://hub.example/",
        topic="t",
        token="t" * 40,
        secret="s",
        state=State.LIVE,
    )
    body = b"x" * 300_000
    signature = hmac.new(b"s", body, hashlib.sha256).hexdigest()
    path, rings = f"/websub/{row.token}/", []
    for sent in (body, body[:-1], iter([body])):  # signed; cut short; in chunks, of no stated length
        connection = HTTPConnection(live_server.thread.host, live_server.thread.port, timeout=20)
        connection.request("POST", path, sent, {"X-Hub-Signature": f"sha256={signature}"})
        assert connection.getresponse().status == 202
        connection.close()
        row.refresh_from_db()
        rings.append((row.rings, row.ignored))
    assert rings == [(1, 0), (1, 1), (1, 2)]


# --- the pure part -----------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("base", "can"),
    [
        ("https://diff.example.org", True),
        ("https://diff.example.org:8443", True),
        ("https://8.8.8.8", True),
        ("http://diff.example.org", False),
        ("https://127.0.0.1", False),
        ("https://10.0.0.1", False),
        ("https://[::1]", False),
        ("https://localhost", False),
        ("https://desk", False),
        ("https://desk.local.", False),
        ("https://desk.internal", False),
        ("https://mylocal.org", True),
    ],
)
def test_where_a_hub_can_call(base, can):
    assert websub.can_be_called(base) == can


def test_leases():
    assert websub.granted("864000", NOW) == NOW + timedelta(days=10)
    assert websub.granted("1", NOW) == NOW + timedelta(minutes=5)
    assert websub.granted("999999999999", NOW) == NOW + timedelta(days=365)
    assert [websub.granted(text, NOW) for text in ("", "-1", "x", "1.5", "٣", "9" * 13)] == [None] * 6
    assert websub.renewal(NOW + timedelta(days=10), NOW) == NOW + timedelta(days=9)
    assert websub.renewal(NOW + timedelta(hours=3), NOW) == NOW + timedelta(hours=2)


def test_the_hmac_of_rfc_4231():
    """Test case 2: key "Jefe", data "what do ya want for nothing?"."""
    digest = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    for spelling in (f"sha256={digest}", f" SHA256={digest.upper()} "):
        assert websub.Signature(spelling, "Jefe").is_of([b"what do ya want ", b"for nothing?"])
    assert not websub.Signature(f"sha1={digest}", "Jefe").is_of([b"what do ya want for nothing?"])


@given(st.text(max_size=60), st.binary(max_size=20))
def test_no_other_words_are_a_signature(header, body):
    assert not websub.Signature(header, "secret").is_of([body])


# --- the form ----------------------------------------------------------------------------------------
def test_a_form_arrives_as_it_was_meant(hub, site):
    form = {"a": "ü & = + %20", "b": "https://x.example/?c=d"}
    answer = post(hub.url, form, resolve=at_loopback)
    assert answer.status == 202
    assert hub.asked == [form]


def test_a_form_goes_nowhere_that_a_request_must_not(settings):
    settings.NEWSDIFF_ALLOW_PRIVATE = []
    for url in (
        "http://127.0.0.1/",
        "https://news.example/",
        "ftp://news.example/",
        "http://a@news.example/",
    ):
        with pytest.raises(FetchError, match="refused"):
            post(url, {"a": "b"}, resolve=at_loopback)
