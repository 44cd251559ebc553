"""What is read out of feeds of every format, and what is refused."""

import json
import unicodedata
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from articles.core import feeds, urls
from articles.core.feeds import FeedError, discover, discovery
from articles.core.types import ParsedFeed

BASE = "https://paper.example/feed.xml"
NOW = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)


def parse(body: bytes, url: str, content_type: str = "") -> ParsedFeed:
    return feeds.parse(body, url, content_type, NOW)


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


# --- entries that are broken or hostile ----------------------------------------------------------
def _is_storable(text: str) -> bool:
    """Whether PostgreSQL takes it and a page can show it: no control characters, no half characters."""
    return not any(unicodedata.category(sign) in ("Cc", "Cs") for sign in text)


def _texts(feed: ParsedFeed) -> list[str]:
    return [feed.title, feed.language, feed.home_url, *(s for e in feed.entries for s in (e.url, e.title))]


GOOD = "<item><title>Good</title><link>/good</link></item>"


@pytest.mark.parametrize(
    "reference", ["&#0;", "&#x0;", "&#xD800;", "&#57343;", "&#x110000;", f"&#{'9' * 5000};"]
)
@pytest.mark.parametrize(
    "place", ["<title>a{}b</title><link>/x</link>", "<link>/x{}</link>", "<category>{}</category>"]
)
def test_a_reference_to_no_character_costs_nothing_else(reference, place):
    body = _rss(f"<language>e{reference}n</language><item>{place.format(reference)}</item>{GOOD}")
    feed = parse(body, BASE)
    assert feed.language == "en"
    assert feed.entries[-1].url == "https://paper.example/good"
    assert all(_is_storable(text) for text in _texts(feed))
    if "<title>" in place:
        assert feed.entries[0].title == "ab"


def test_references_to_characters_are_read():
    body = _rss("<item><title>&#65;&#x1F600;&#233;&amp;#66;</title><link>/x</link></item>")
    assert parse(body, BASE).entries[0].title == "A\U0001f600éB"


@pytest.mark.parametrize(
    "link",
    [
        "http://./x",
        f"http://{'a.' * 130}example/",
        f"http://{'a' * 64}.example/",
        "http://[::1",
        "http://a:b/",
        f"http://a.example/{'é' * 400}",
        "http://a..example/",
    ],
)
def test_an_entry_whose_address_cannot_be_asked_for_is_left_out_alone(link):
    body = _rss(f"<item><title>Bad</title><link>{link}</link></item>{GOOD}")
    assert [entry.title for entry in parse(body, BASE).entries] == ["Good"]


def test_control_characters_part_no_words():
    body = json.dumps(
        _json_feed({"url": "/1", "title": "one\x00 \x07two\x85\x9fthree\x7f\ud800 four\n"})
    ).encode()
    assert parse(body, BASE).entries[0].title == "one two three four"


@pytest.mark.parametrize(
    "date",
    [
        "0001-01-01T00:00:00+05:00",
        "9999-12-31T23:59:59-05:00",
        "1969-12-31T23:59:59Z",
        "2101-01-01T00:00:00Z",
    ],
)
def test_a_date_that_cannot_be_is_none(date):
    feed = parse(json.dumps(_json_feed({"url": "/1", "date_published": date})).encode(), BASE)
    assert feed.entries[0].published is None
    feed = parse(_rss(f"<item><link>/1</link><pubDate>{date}</pubDate></item>"), BASE)
    assert feed.entries[0].published is None


def test_what_the_parser_breaks_off_at_is_an_error_of_the_feed():
    point = '<g:pos xmlns:g="http://www.opengis.net/gml">1 2</g:pos>'
    with pytest.raises(FeedError, match="cannot be read"):
        parse(_rss(f"<item>{point}</item>"), BASE)


def _json_feed(*entries, **more):
    return {"version": "https://jsonfeed.org/version/1.1", "items": list(entries), **more}


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=4,
)
wild_text = st.text(st.characters(exclude_categories=()), max_size=40)  # surrogates, too
wild_host = st.text(st.sampled_from("a.:[]%@\\é。\ud800\x00 -_"), max_size=300)
wild_url = (
    wild_text | st.builds("http://{}/{}".format, wild_host, wild_text) | st.builds("/{}".format, wild_text)
)
wild_date = wild_text | st.builds(
    "{}T00:00:00{}".format, st.dates(), st.sampled_from(["", "Z", "+05:00", "-23:59", "+99:99"])
)
wild_entry = anything | st.fixed_dictionaries(
    {"url": wild_url | anything},
    optional={
        "id": wild_url | anything,
        "title": wild_text | anything,
        "date_published": wild_date | anything,
        "date_modified": wild_date | anything,
    },
)


@given(
    st.lists(wild_entry, max_size=4),
    st.fixed_dictionaries(
        {}, optional=dict.fromkeys(("title", "home_page_url", "language"), wild_url | anything)
    ),
)
def test_no_entry_of_a_json_feed_stops_the_others(entries, more):
    feed = parse(json.dumps(_json_feed(*entries, {"url": "http://good.example/x"}, **more)).encode(), BASE)
    assert "http://good.example/x" in [entry.url for entry in feed.entries]
    for text in _texts(feed):
        assert text.encode().decode() == text
        assert _is_storable(text)


@given(
    st.lists(
        st.sampled_from(
            ["&#xD800;", "&#0;", "&#x110000;", "&#", "<", "]]>", "<![CDATA[", "http://./", "\x85", "a"]
        )
        | st.text(max_size=5),
        max_size=8,
    ).map("".join),
    st.sampled_from(["utf-8", "utf-16"]),
)
def test_no_text_of_an_rss_feed_comes_out_unfit(text, charset):
    body = _rss(f"<title>{text}</title><item><title>{text}</title><link>/{text}</link></item>{GOOD}").decode()
    try:
        feed = parse(body.encode(charset), BASE)
    except FeedError as error:
        assert _is_storable(str(error))
    else:
        assert all(_is_storable(found) for found in _texts(feed))


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


@pytest.mark.parametrize(
    ("page", "found"),
    [
        ('<base href="/news/"><link rel=alternate type=application/rss+xml href=rss>', ["/news/rss"]),
        ('<base href="http://["><link rel=alternate type=application/rss+xml href=rss>', ["/en/rss"]),
        ('<a rel="alternate nofollow" type="application/atom+xml" href="../atom">', ["/atom"]),
        ('<a href="/feed/">a</a><a href="rss.xml?x=1">b</a><a href="/x.rdf">c</a>', ["/feed/", "/en/rss.xml?x=1", "/x.rdf"]),
        ('<a href="/feedback">a</a><a href="/rss-is-dead">b</a><a href="https://other.example/feed">c</a>', []),
        ('<a href="/feed">a</a><link rel=alternate type=application/rss+xml href=/declared>', ["/declared"]),
        ('<link rel=alternate type=application/json href="/wp-json/x">', []),
    ],
)  # fmt: skip
def test_where_a_page_names_its_feeds(page, found):
    assert discover(page.encode(), "https://paper.example/en/") == [
        f"https://paper.example{path}" for path in found
    ]


@pytest.mark.parametrize(
    ("content", "leads"),
    [
        ("0; url=/en/", "https://paper.example/en/"),
        ("5;URL='https://paper.example/x'", "https://paper.example/x"),
        ("300", ""),
        ("0; url=https://other.example/", ""),
        ("0; url=https://paper.example/", ""),  # to itself
        ("0; url=javascript:alert(1)", ""),
    ],
)
def test_where_a_page_sends_its_readers_on(content, leads):
    page = f'<meta http-equiv=Refresh content="{content}">'.encode()
    assert discovery.onward(page, "https://paper.example/") == leads


def test_the_sitemaps_of_a_robots_txt_news_first():
    named = ["/all.xml", "javascript:x", "https://paper.example/News/map.xml", "/all.xml"]
    assert discovery.sitemaps(named, "https://paper.example/") == [
        "https://paper.example/News/map.xml",
        "https://paper.example/all.xml",
    ]


@given(
    st.lists(
        st.sampled_from(
            ["<base href=", "<link rel=alternate type=application/rss+xml href=", "<a href=", "/feed", ">"]
        )
        | st.sampled_from(["<meta http-equiv=refresh content='0;url=", "'", "http://[", "//", "\x00"])
        | st.text(max_size=5),
        max_size=10,
    ).map("".join)
)
def test_any_page_names_addresses_that_can_be_asked_for(page):
    body = page.encode(errors="surrogatepass")
    for address in [*discover(body, BASE), *filter(None, [discovery.onward(body, BASE)])]:
        assert address == urls.canonical(address)
