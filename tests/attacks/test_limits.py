"""Visitors who ask for too much, and those who would have others blamed for it."""

import os
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
import redis
from django.test import Client, RequestFactory

from articles import limits, visitors
from tests.cast import make_cast

A, B = "198.51.100.7", "203.0.113.9"
PROXY = "10.0.0.1"


@pytest.fixture(autouse=True)
def in_memory(settings):
    """Counted in this process, from full buckets."""
    settings.REDIS_URL = ""
    limits._own.clear()
    yield
    limits._own.clear()


@pytest.fixture
def pages(db) -> list[str]:
    article = make_cast().corrected
    below = f"/articles/{article.pk}"
    own = [
        f"{below}/{name}"
        for name in ("diff/1/2/", "diff/1/2/evidence.zip", "versions/1/", "versions/1/capture", "blame/")
    ]
    return [*own, "/feed.rss", "/feeds.opml"]


def visitor(peer: str, forwarded: str | None = None) -> str:
    field = {} if forwarded is None else {"HTTP_X_FORWARDED_FOR": forwarded}
    return visitors.counted_as(RequestFactory().get("/", REMOTE_ADDR=peer, **field))


# --- whom a request is counted by ------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("proxies", "forwarded", "counted"),
    [
        (0, A, PROXY),  # nobody stands before us: whatever the field says was said by the visitor
        (1, A, A),
        (1, f"{B}, {A}", A),  # B was claimed by the visitor, A written by the proxy
        (1, f"{B}, 127.0.0.1, ::1, {A}", A),
        (2, f"{B}, {A}, 10.0.0.2", A),
        (2, A, PROXY),  # the outer proxy is missing: then A is what a visitor claims
        (1, None, PROXY),
        (1, "", PROXY),
        (1, "unknown", PROXY),
        (1, f"{A}, <script>", PROXY),
        (1, f"{A}:51234", A),
        (1, "[2001:db8:1:2:3::4]:443", "2001:db8:1:2::"),
        (1, "2001:db8:1:2:ffff:ffff:ffff:ffff", "2001:db8:1:2::"),
        (1, "::ffff:198.51.100.7", A),
        (1, "fe80::1%eth0", "fe80::"),
        (1, "9" * 10_000, PROXY),
        (1, "," * 10_000, PROXY),
    ],
)
def test_a_forged_field_neither_frees_nor_blames(settings, proxies, forwarded, counted):
    settings.NEWSDIFF_PROXIES = proxies
    assert visitor(PROXY, forwarded) == counted


@pytest.mark.parametrize("peer", ["", "unix:", "x"])
def test_a_peer_without_an_address_is_nobody(settings, peer):
    settings.NEWSDIFF_PROXIES = 0
    assert visitor(peer) == visitors.NOBODY


# --- the bucket --------------------------------------------------------------------------------------
class Clock:
    now = 1_000.0

    def __call__(self) -> float:
        return self.now


def test_a_bucket_gives_a_minutes_worth_at_once_and_then_as_it_fills():
    clock = Clock()
    buckets = limits.InMemory(clock)
    cost = limits.MINUTE / 4
    assert [buckets.take("x", cost) for _ in range(6)] == [0, 0, 0, 0, 15, 15]
    assert buckets.take("y", cost) == 0  # another's bucket is another's
    clock.now += 14
    assert buckets.take("x", cost) == pytest.approx(1)
    clock.now += 1
    assert [buckets.take("x", cost) for _ in range(2)] == [0, 15]
    buckets.take("x", -cost)
    assert buckets.take("x", cost) == 0
    clock.now += 3_600  # no more than full
    assert [buckets.take("x", cost) for _ in range(5)] == [0, 0, 0, 0, 15]


def test_nobody_fills_the_memory_with_addresses(monkeypatch):
    monkeypatch.setattr(limits, "MOST_BUCKETS", 100)
    buckets = limits.InMemory(Clock())
    for number in range(1_000):
        buckets.take(f"2001:db8:{number:x}::", 1)
    assert len(buckets._full_at) == 100


def test_threads_together_get_no_more_than_one():
    buckets = limits.InMemory(Clock())
    barrier = threading.Barrier(8)

    def take(_: int) -> int:
        barrier.wait()
        return sum(buckets.take("x", limits.MINUTE / 50) == 0 for _ in range(50))

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(take, range(8))) == 50


@pytest.mark.server
def test_processes_together_get_no_more_than_one():
    """Two clients of one Redis, as two processes are; the numbers are those of one bucket in memory."""
    url = os.environ["REDIS_URL"]
    client = redis.Redis.from_url(url)
    client.delete("newsdiff:limit:test")
    one, other = limits.InRedis(url), limits.InRedis(url)
    cost = limits.MINUTE / 4
    given = [bucket.take("test", cost) for bucket in (one, other, one, other, one)]
    assert given[:4] == [0, 0, 0, 0]
    assert 14 < given[4] <= 15
    other.take("test", -cost)
    assert one.take("test", cost) == 0
    assert 59_000 < client.pttl("newsdiff:limit:test") <= 60_000  # which ends by itself
    client.delete("newsdiff:limit:test")


def test_a_redis_that_is_away_takes_no_page_away_and_still_limits(settings, pages, unused_port, caplog):
    settings.REDIS_URL = f"redis://127.0.0.1:{unused_port}/0"
    settings.NEWSDIFF_RATE_PAGES = 2
    client = Client(REMOTE_ADDR=A)
    assert [client.get(pages[0]).status_code for _ in range(4)] == [200, 200, 429, 429]
    assert len([r for r in caplog.records if r.message == "limits_not_shared"]) == 1
    limits._shared.cache_clear()


@pytest.fixture
def unused_port() -> int:
    from tests.processes import free_port

    return free_port()


# --- what visitors are answered ------------------------------------------------------------------------
def test_too_much_is_answered_in_words_with_the_time_to_come_back(settings, pages):
    settings.NEWSDIFF_RATE_PAGES = 2
    for page in pages:
        limits._own.clear()
        client = Client(REMOTE_ADDR=A)
        assert [client.get(page).status_code for _ in range(2)] == [200, 200]
        refused = client.get(page)
        assert refused.status_code == 429, page
        assert refused["Retry-After"] == "30"
        assert refused["Cache-Control"] == "no-store"
        assert b"come back in 30 seconds" in refused.content
        assert Client(REMOTE_ADDR=B).get(page).status_code == 200


def test_the_api_answers_with_a_problem_that_pages_elsewhere_can_read(settings, pages):
    settings.NEWSDIFF_RATE_API, settings.NEWSDIFF_RATE_SEARCH = 1, 0
    client = Client(REMOTE_ADDR=A)
    assert client.get("/api/v1/changes").status_code == 200
    refused = client.get("/api/v1/sources")
    assert (refused.status_code, refused["Content-Type"]) == (429, "application/problem+json")
    assert refused.json()["title"] == "Too Many Requests"
    assert refused["Retry-After"] == "60"
    assert refused["Access-Control-Allow-Origin"] == "*"
    assert "Retry-After" in refused["Access-Control-Expose-Headers"]
    assert refused["Cache-Control"] == "no-store"


def test_looking_articles_up_has_a_limit_of_its_own(settings, db):
    settings.NEWSDIFF_RATE_SEARCH = 1
    client = Client(REMOTE_ADDR=A)
    address = "/api/v1/articles?url=https://a.example/1"
    assert [client.get(address).status_code for _ in range(2)] == [200, 429]
    assert client.get("/api/v1/articles").status_code == 200


def test_the_page_on_which_articles_are_looked_up_has_the_same_limit(settings, db):
    settings.NEWSDIFF_RATE_SEARCH = 1
    client = Client(REMOTE_ADDR=A)
    address = "/lookup/?url=https://a.example/1"
    assert [client.get(address).status_code for _ in range(2)] == [404, 429]
    assert client.get("/api/v1/articles?url=https://a.example/1").status_code == 429
    assert client.get("/lookup/").status_code == 200  # the form alone


@pytest.mark.parametrize("name", ["quote/{}?text=", "search/{}?q="])
def test_what_is_found_has_the_same_limit_on_pages_in_feeds_and_through_the_api(settings, db, name):
    settings.NEWSDIFF_RATE_SEARCH = 3
    client = Client(REMOTE_ADDR=A)
    said = "a+ferry+that+nobody+has+seen"
    asked = [f"/{name.format('')}{said}", f"/{name.format('feed.rss')}{said}"]
    asked.append(f"/api/v1/{name.replace('/{}', '')}{said}")
    assert [client.get(address).status_code for address in asked] == [200] * 3
    assert [client.get(address).status_code for address in asked] == [429] * 3
    assert client.get(f"/{name.partition('/')[0]}/").status_code == 200  # the form alone


@pytest.mark.parametrize("spelt", ["url", "u%72l", "%75%72%6c"])
def test_a_search_is_one_however_its_parameter_is_spelt(settings, db, spelt):
    settings.NEWSDIFF_RATE_SEARCH = 1
    client = Client(REMOTE_ADDR=A)
    found = [client.get(f"/api/v1/articles?{spelt}=https://gazette.example/").status_code for _ in range(2)]
    assert found == [200, 429]


@pytest.mark.usefixtures("clock_stands_still")
def test_who_asks_conditionally_and_has_it_already_is_not_counted(settings, pages):
    settings.NEWSDIFF_RATE_PAGES = settings.NEWSDIFF_RATE_API = 2
    client = Client(REMOTE_ADDR=A)
    for address in ("/feed.rss", pages[0], "/api/v1/changes"):
        limits._own.clear()
        etag = client.get(address)["ETag"]
        answers = [client.get(address, HTTP_IF_NONE_MATCH=etag).status_code for _ in range(20)]
        assert answers == [304] * 20, address


@pytest.mark.parametrize(
    "address",
    [
        "/api/v1/search?q=ferry",
        "/api/v1/quote?text=a+ferry+that+nobody+has+seen",
        "/api/v1/lookup?url=gazette.example",
        "/search/feed.rss?q=ferry",
        "/quote/feed.rss?text=a+ferry+that+nobody+has+seen",
    ],
)
def test_what_is_searched_for_all_the_same_is_counted_whatever_condition_is_set(settings, pages, address):
    settings.NEWSDIFF_RATE_SEARCH = 3
    client = Client(REMOTE_ADDR=A)
    assert [client.get(address, HTTP_IF_NONE_MATCH="*").status_code for _ in range(4)] == [304] * 3 + [429]


def test_sentences_are_not_traced_again_for_whoever_has_them_and_are_not_counted_then(settings, pages):
    settings.NEWSDIFF_RATE_SEARCH = 2
    client = Client(REMOTE_ADDR=A)
    address = f"/api/v1/{pages[0].removeprefix('/').partition('/diff')[0]}/blame"
    etag = client.get(address)["ETag"]
    assert [client.get(address, HTTP_IF_NONE_MATCH=etag).status_code for _ in range(5)] == [304] * 5


def test_turning_addresses_within_a_home_or_claiming_others_frees_nobody(settings, pages):
    settings.NEWSDIFF_RATE_PAGES, settings.NEWSDIFF_PROXIES = 3, 1
    of_a_home = [f"2001:db8:1:2::{number:x}" for number in range(6)]
    asked = [Client(REMOTE_ADDR=PROXY, HTTP_X_FORWARDED_FOR=a).get(pages[0]).status_code for a in of_a_home]
    assert asked == [200, 200, 200, 429, 429, 429]
    claims = [f"198.51.100.{number}, {A}" for number in range(6)]
    asked = [Client(REMOTE_ADDR=PROXY, HTTP_X_FORWARDED_FOR=c).get(pages[0]).status_code for c in claims]
    assert asked == [200, 200, 200, 429, 429, 429]
    innocent = Client(REMOTE_ADDR=PROXY, HTTP_X_FORWARDED_FOR="198.51.100.3")
    assert innocent.get(pages[0]).status_code == 200


def test_health_lists_and_this_machine_are_never_limited(settings, pages):
    settings.NEWSDIFF_RATE_PAGES = settings.NEWSDIFF_RATE_API = 1
    client = Client(REMOTE_ADDR=A)
    for address in ("/healthz", "/readyz", "/", "/sources/", "/about/", "/robots.txt"):
        assert 429 not in [client.get(address).status_code for _ in range(4)], address
    here = Client(REMOTE_ADDR="127.0.0.1")
    assert [here.get(pages[0]).status_code for _ in range(4)] == [200] * 4
    assert [Client(REMOTE_ADDR="::1").get(pages[0]).status_code for _ in range(4)] == [200] * 4


def test_a_limit_of_0_is_none(settings, pages):
    settings.NEWSDIFF_RATE_PAGES = 0
    client = Client(REMOTE_ADDR=A)
    assert [client.get(pages[0]).status_code for _ in range(5)] == [200] * 5
