"""What is read out of feeds of every format, and what is refused."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from articles.core.feeds import FeedError, discover, parse

BASE = "https://paper.example/feed.xml"

RSS_2 = b"""<?xml version="1.0" encoding="utf-8"?>
<rss version="2.0"><channel><title>The Paper</title><link>https://paper.example/</link>
<language>en-gb</language><ttl>30</ttl>
<item><title>Ferry &amp;amp; tram &lt;i&gt;late&lt;/i&gt;</title><link>/news/ferry?utm_source=rss</link>
<pubDate>Mon, 04 May 2026 08:30:00 +0200</pubDate></item>
<item><title>By its guid</title><guid>https://paper.example/news/guid</guid></item>
<item><title>A guid that is no address</title><guid isPermaLink="false">tag:1</guid></item>
<item><title>The ferry again</title><link>http://www.paper.example/news/ferry/</link></item>
</channel></rss>"""
RSS_091 = b"""<rss version="0.91"><channel><title>Old</title><link>http://old.example/</link>
<item><title>One</title><link>http://old.example/1</link></item></channel></rss>"""
RDF = b"""<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
 xmlns:dc="http://purl.org/dc/elements/1.1/"><channel rdf:about="http://old.example/"><title>Old</title></channel>
<item rdf:about="http://old.example/1"><title>One</title><link>http://old.example/1</link>
<dc:date>2026-05-04T08:30:00Z</dc:date></item></rdf:RDF>"""
ATOM = b"""<feed xmlns="http://www.w3.org/2005/Atom" xml:base="https://paper.example/news/"><title>The Paper</title>
<entry><title type="html">A &lt;b&gt;bold&lt;/b&gt; step</title><id>urn:1</id><link href="step"/>
<published>2026-05-04T08:30:00Z</published><updated>2026-05-04T09:00:00+01:00</updated></entry></feed>"""


def test_rss_2():
    feed = parse(RSS_2, BASE)
    assert (feed.kind, feed.title, feed.home_url) == ("rss", "The Paper", "https://paper.example/")
    assert (feed.language, feed.least_interval) == ("en-gb", 1800)
    ferry, guid = feed.entries  # the second spelling of the ferry's address is the same article
    assert ferry.url == "https://paper.example/news/ferry"
    assert ferry.title == "Ferry & tram late"
    assert ferry.published == datetime(2026, 5, 4, 6, 30, tzinfo=UTC)
    assert guid.url == "https://paper.example/news/guid"


@pytest.mark.parametrize(("body", "kind"), [(RSS_091, "rss"), (RDF, "rdf")])
def test_old_rss(body, kind):
    feed = parse(body, "http://old.example/rss")
    assert feed.kind == kind
    assert [(e.url, e.title) for e in feed.entries] == [("http://old.example/1", "One")]


def test_atom_resolves_against_xml_base_and_keeps_both_dates():
    (entry,) = parse(ATOM, BASE).entries
    assert entry.url == "https://paper.example/news/step"
    assert entry.title == "A bold step"
    assert entry.published == datetime(2026, 5, 4, 8, 30, tzinfo=UTC)
    assert entry.updated == datetime(2026, 5, 4, 8, 0, tzinfo=UTC)


def test_json_feed():
    body = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "The Paper",
        "items": [
            {"id": "1", "url": "/news/1", "title": "One", "date_published": "2026-05-04T08:30:00+02:00"},
            {"id": "https://paper.example/news/2"},
            {"id": "nothing"},
            "nonsense",
        ],
    }
    feed = parse(b"\xef\xbb\xbf" + json.dumps(body).encode(), BASE)
    assert feed.kind == "json"
    assert [e.url for e in feed.entries] == ["https://paper.example/news/1", "https://paper.example/news/2"]
    assert feed.entries[0].published == datetime(2026, 5, 4, 6, 30, tzinfo=UTC)


def test_charset_of_the_content_type():
    body = '<rss version="2.0"><channel><item><title>Zürich</title><link>http://a.example/1</link></item></channel></rss>'
    feed = parse(body.encode("latin-1"), BASE, "text/xml; charset=iso-8859-1")
    assert feed.entries[0].title == "Zürich"


def test_a_feed_that_is_not_well_formed_is_read_as_far_as_it_goes():
    body = RSS_2.replace(b"</channel></rss>", b"<item><title>Fish & chips</title><link>/fish</link></item>")
    assert parse(body, BASE).entries[-1].url == "https://paper.example/fish"


def test_short_entities_are_allowed():
    body = b'<!DOCTYPE rss [<!ENTITY nbsp "&#160;">]>' + RSS_2.partition(b"?>")[2].replace(
        b"By its", b"By&nbsp;its"
    )
    assert parse(body, BASE).entries[1].title == "By its guid"


def _rss(inside: str, before: str = "") -> bytes:
    return f'<?xml version="1.0"?>{before}<rss version="2.0"><channel>{inside}</channel></rss>'.encode()


LAUGHS = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
HOSTILE = {
    "entities that expand without end": _rss(
        "<title>&a9;</title>", f'<!DOCTYPE r [<!ENTITY a0 "ha">{LAUGHS}]>'
    ),
    "external": _rss("<title>&x;</title>", '<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]>'),
    "deeper": _rss("<a>" * 5_000),
    "elements": _rss("<item><title>t</title></item>" * 30_000),
    "a tag of more": _rss(f"<item {' '.join(f'a{n}=1' for n in range(20_000))}></item>"),
    "author": _rss(f"<item><author>a@{'a.' * 8_000}!</author></item>"),
    "larger than": b"<rss>" + b" " * 5_000_001,
}


@pytest.mark.parametrize("why", HOSTILE)
def test_what_would_keep_the_parser_busy_is_refused(why):
    with pytest.raises(FeedError, match=why):
        parse(HOSTILE[why], BASE)


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "empty"),
        (b"  \n", "empty"),
        (b"<!doctype html><html><body>Hello</body></html>", "web page"),
        (b'{"version": "1"}', "not a JSON Feed"),
        (b'{"version": "https://jsonfeed.org/version/1.1"}', "no list"),
        (b"{" * 100_000, "not a JSON Feed"),
        (b"\x00\xff\xfe binary", "not a feed"),
    ],
)
def test_what_is_no_feed_says_so(body, why):
    with pytest.raises(FeedError, match=why):
        parse(body, BASE)


def test_text_is_never_opened_as_a_file(tmp_path, monkeypatch):
    """feedparser takes a short str or bytes argument for a file's name."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "feed").write_bytes(RSS_091)
    with pytest.raises(FeedError):
        parse(b"feed", BASE)


@given(st.binary(max_size=400))
def test_any_bytes_end_in_a_feed_or_an_error(body):
    try:
        parse(body, BASE)
    except FeedError as error:
        assert str(error)


def test_discovery_finds_the_feeds_a_page_names():
    page = b"""<head><link rel="alternate stylesheet" type="text/css" href="/x.css">
    <link rel=alternate type="application/rss+xml" href="/feed.xml">
    <link rel="ALTERNATE" type="application/atom+xml; charset=utf-8" href="//paper.example/atom.xml">
    <link rel=alternate hreflang=de href="/de/"><link rel=alternate type="application/rss+xml" href="/feed.xml">
    <link rel=alternate type="application/feed+json" href="javascript:alert(1)"></head>"""
    assert discover(page, "https://paper.example/") == [
        "https://paper.example/feed.xml",
        "https://paper.example/atom.xml",
    ]


def test_discovery_in_nothing_finds_nothing():
    assert discover(b"", BASE) == []
