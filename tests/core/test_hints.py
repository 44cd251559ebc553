"""When feeds ask to be polled, and which hub they name."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from articles.core import feeds
from articles.core.feeds import hints
from articles.core.types import ParsedFeed

BASE = "https://paper.example/feed.xml"
NOW = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)  # a Monday
SY = 'xmlns:sy="http://purl.org/rss/1.0/modules/syndication/"'


def rss(head: str) -> ParsedFeed:
    body = f'<rss version="2.0" {SY} xmlns:atom="http://www.w3.org/2005/Atom"><channel><title>t</title>{head}'
    return feeds.parse(f"{body}<item><link>/a</link></item></channel></rss>".encode(), BASE, "", NOW)


# --- skipHours, skipDays ---------------------------------------------------------------------------
def test_hours_and_days_are_read():
    feed = rss(
        "<skipHours><hour>0</hour><hour> 23 </hour><hour>24</hour><hour>25</hour><hour>x</hour></skipHours>"
        "<skipDays><day>Sunday</day><day>saturday</day><day>Someday</day></skipDays>"
    )
    assert feed.skip_hours == (0, 23)  # 24 is midnight in RSS 0.91
    assert feed.skip_days == (5, 6)
    elsewhere = rss("<image><skipHours><hour>1</hour></skipHours><ttl>60</ttl></image>")
    assert (elsewhere.skip_hours, elsewhere.least_interval) == ((), 0)


@pytest.mark.parametrize(
    ("hours", "days", "expected"),
    [
        ((), (), "2026-05-04T12:34"),
        ((13,), (), "2026-05-04T12:34"),
        ((12,), (), "2026-05-04T13:00"),
        ((12, 13, 14), (), "2026-05-04T15:00"),
        (range(12, 24), (), "2026-05-05T00:00"),
        ((), (0,), "2026-05-05T00:00"),
        ((0, 1), (0, 1), "2026-05-06T02:00"),
        (range(24), (), "2026-05-04T12:34"),
        ((), range(7), "2026-05-04T12:34"),
        ([h for h in range(24) if h != 11], [d for d in range(7) if d != 0], "2026-05-11T11:00"),
    ],
)
def test_the_earliest_moment_outside(hours, days, expected):
    moment = NOW.replace(minute=34)
    assert hints.outside(moment, hours, days).isoformat() == f"{expected}:00+00:00"


some_hours, some_days = st.sets(st.integers(0, 23)), st.sets(st.integers(0, 6))


@given(st.datetimes(timezones=st.just(UTC)).filter(lambda at: at.year < 9000), some_hours, some_days)
def test_nothing_is_put_off_for_ever_nor_in_vain(moment, hours, days):
    found = hints.outside(moment, hours, days)
    assert moment <= found <= moment + timedelta(days=7)
    if len(hours) < 24 and len(days) < 7:
        assert found.hour not in hours
        assert found.weekday() not in days
    if moment.hour not in hours and moment.weekday() not in days:
        assert found == moment


# --- how often -------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("head", "seconds"),
    [
        ("<ttl>30</ttl>", 1_800),
        ("<ttl>-1</ttl>", 0),
        ("<ttl>99999</ttl>", 86_400),
        ("<sy:updatePeriod>daily</sy:updatePeriod>", 86_400),
        (
            "<sy:updatePeriod>\n\tHourly\t</sy:updatePeriod><sy:updateFrequency> 2 </sy:updateFrequency>",
            1_800,
        ),
        ("<sy:updatePeriod>hourly</sy:updatePeriod><sy:updateFrequency>1</sy:updateFrequency>", 0),
        ("<sy:updatePeriod>daily</sy:updatePeriod><sy:updateFrequency>0</sy:updateFrequency>", 0),
        ("<sy:updatePeriod>yearly</sy:updatePeriod>", 86_400),
        ("<sy:updatePeriod>sometimes</sy:updatePeriod>", 0),
        ("<ttl>30</ttl><sy:updatePeriod>daily</sy:updatePeriod>", 86_400),
    ],
)
def test_how_long_a_feed_asks_to_wait(head, seconds):
    assert rss(head).least_interval == seconds


def test_rdf_has_the_syndication_module_too():
    body = f"""<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" {SY}
    xmlns="http://purl.org/rss/1.0/"><channel rdf:about="/"><title>Old</title>
    <sy:updatePeriod>hourly</sy:updatePeriod><sy:updateFrequency>4</sy:updateFrequency></channel>
    <item rdf:about="/1"><link>/1</link></item></rdf:RDF>"""
    assert feeds.parse(body.encode(), BASE, "", NOW).least_interval == 900


@given(st.text(max_size=12), st.text(max_size=12))
def test_any_words_are_a_wait_of_a_day_at_most(period, frequency):
    assert 0 <= hints.Period(period, frequency).seconds <= 86_400
    assert 0 <= hints.ttl_seconds(period) <= 86_400


# --- hubs ------------------------------------------------------------------------------------------
def test_the_hub_of_rss():
    feed = rss(
        '<atom:link rel="hub" href="https://hub.example/"/><atom:link rel="hub" href="https://two.example/"/>'
        '<atom:link rel="self" href="/feed.xml" type="application/rss+xml"/>'
    )
    assert (feed.hub_url, feed.self_url) == ("https://hub.example/", BASE)


def test_the_hub_of_atom_and_none_of_its_entries():
    body = b"""<feed xmlns="http://www.w3.org/2005/Atom"><title>t</title><link rel="self" href="/atom"/>
    <link rel="hub" href="/hub"/><entry><id>1</id><link href="/a"/><link rel="self" href="/a.atom"/></entry></feed>"""
    feed = feeds.parse(body, BASE, "", NOW)
    assert (feed.hub_url, feed.self_url) == ("https://paper.example/hub", "https://paper.example/atom")


def test_the_hub_of_json_feed():
    body = b"""{"version": "https://jsonfeed.org/version/1.1", "feed_url": "/feed.json", "items": [],
    "hubs": [7, {"type": "rssCloud", "url": "/cloud"}, {"type": "WebSub", "url": "https://hub.example/"}]}"""
    feed = feeds.parse(body, BASE, "", NOW)
    assert (feed.hub_url, feed.self_url) == ("https://hub.example/", "https://paper.example/feed.json")


def test_a_hub_that_is_no_web_address_is_none():
    assert rss('<atom:link rel="hub" href="javascript:alert(1)"/>').hub_url == ""
