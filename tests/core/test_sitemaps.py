"""Sitemaps as feeds: what is taken of them, and what is refused."""

import gzip
import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from articles.core import feeds
from articles.core.feeds import FeedError, hostile, sitemap
from articles.core.types import ParsedFeed

BASE = "https://paper.example/sitemap-news.xml"
NOW = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
XMLNS = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
NEWS = f'{XMLNS} xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"'


def parse(body: str | bytes) -> ParsedFeed:
    return feeds.parse(body.encode() if isinstance(body, str) else body, BASE, "", NOW)


def paths(feed: ParsedFeed) -> list[str]:
    return [entry.url.removeprefix("https://paper.example") for entry in feed.entries]


def urlset(*urls: str, names: str = XMLNS) -> str:
    return f'<?xml version="1.0" encoding="UTF-8"?><urlset {names}>{"".join(urls)}</urlset>'


def url(loc: str, lastmod: str = "", more: str = "") -> str:
    return f"<url><loc>{loc}</loc>{f'<lastmod>{lastmod}</lastmod>' if lastmod else ''}{more}</url>"


def news(date: str = "2026-05-04T08:30:00+02:00", title: str = "A headline") -> str:
    return (
        "<news:news><news:publication><news:name>The Paper</news:name><news:language>en</news:language>"
        f"</news:publication><news:publication_date>{date}</news:publication_date>"
        f"<news:title>{title}</news:title></news:news>"
    )


# --- what is taken ---------------------------------------------------------------------------------
def test_a_news_sitemap():
    picture = (
        '<image:image xmlns:image="http://www.google.com/schemas/sitemap-image/1.1">'
        "<image:loc>https://paper.example/pier.jpg</image:loc><image:title>The pier</image:title></image:image>"
    )
    body = urlset(
        url("https://paper.example/news/ferry?utm_source=sitemap", "2026-05-04T09:00:00Z", picture + news()),
        url("/news/tram", more=news("2026-05-03", "Tram &amp; bus <![CDATA[<b>late</b>]]>")),
        names=NEWS,
    )
    feed = parse(body)
    assert (feed.kind, feed.title, feed.language) == ("sitemap", "The Paper", "en")
    assert feed.home_url == "https://paper.example/"
    ferry, tram = feed.entries
    assert (ferry.url, ferry.title) == ("https://paper.example/news/ferry", "A headline")
    assert ferry.published == datetime(2026, 5, 4, 6, 30, tzinfo=UTC)
    assert ferry.updated == datetime(2026, 5, 4, 9, 0, tzinfo=UTC)
    assert (tram.url, tram.title) == ("https://paper.example/news/tram", "Tram & bus late")
    assert (tram.published, tram.updated) == (datetime(2026, 5, 3, tzinfo=UTC), None)
    assert feed.note == ""


def test_the_old_news_that_a_site_left_in_is_left_out_and_counted():
    body = urlset(
        url("/old", more=news("2026-04-30T12:00:00Z")),
        url("/new", more=news("2026-05-01T12:00:01Z")),
        url("/undated", more=news("yesterday")),
        url("/tomorrow", more=news("2026-05-06T00:00:00Z")),
        names=NEWS,
    )
    feed = parse(body)
    assert paths(feed) == ["/new", "/undated"]
    assert feed.note.startswith("Of 4 addresses 2 were left out")


def test_an_old_article_that_was_updated_is_there_again():
    (entry,) = parse(urlset(url("/old", "2026-05-04T11:00:00Z", news("2026-01-01")), names=NEWS)).entries
    assert entry.updated == datetime(2026, 5, 4, 11, 0, tzinfo=UTC)


def test_of_a_plain_sitemap_only_the_last_days_are_taken():
    body = urlset(
        url("/section/"),
        url("/today", "2026-05-04"),
        url("/last-week", "2026-04-27"),
        url("/2019", "2019-01-01T00:00:00+00:00"),
    )
    feed = parse(body)
    assert paths(feed) == ["/today"]
    assert feed.note == "Of 4 addresses 3 were left out: older than 3 days, or without a date."


def test_fifty_thousand_addresses_are_no_fifty_thousand_articles():
    old = [url(f"/archive/{n}", "2021-05-04") for n in range(49_990)]
    feed = parse(urlset(*old, *(url(f"/news/{n}", f"2026-05-04T0{n}:00:00Z") for n in range(10))))
    assert paths(feed) == [f"/news/{n}" for n in range(10)]
    with pytest.raises(FeedError, match="addresses 1,001 are dated within 3 days"):
        parse(urlset(*(url(f"/archive/{n}", "2026-05-04") for n in range(1_001))))
    with pytest.raises(FeedError, match="None of the sitemap's 9 addresses has a date"):
        parse(urlset(*(url(f"/archive/{n}") for n in range(9))))
    with pytest.raises(FeedError, match="more than 50,000 addresses"):
        parse(urlset(*(url(f"/{n}", "2026-05-04") for n in range(50_001))))


def test_a_date_that_all_share_says_when_the_map_was_made_and_nothing_of_the_articles():
    entries = parse(urlset(*(url(f"/{n}", "2026-05-04T11:59:00Z") for n in range(3)))).entries
    assert [entry.updated for entry in entries] == [None] * 3
    two = parse(urlset(*(url(f"/{n}", "2026-05-04T11:59:00Z") for n in range(2)))).entries
    assert None not in [entry.updated for entry in two]


def test_an_empty_one_is_no_error():
    assert parse(urlset()).entries == ()


@pytest.mark.parametrize(
    "body",
    [
        '<urlset><url><loc>https://paper.example/a</loc><lastmod>2026-05-04</lastmod></url></urlset>',
        '\n\n<?xml version="1.0"?><s:urlset xmlns:s="http://www.sitemaps.org/schemas/sitemap/0.9"><s:url>'
        "<s:loc>\n https://paper.example/a </s:loc><s:lastmod> 2026-05-04 </s:lastmod></s:url></s:urlset>",
        urlset(url("https://paper.example/a", "2026-05-04")).replace("UTF-8", "utf-16").encode("utf-16"),
        b"\xef\xbb\xbf" + urlset(url("https://paper.example/a", "2026-05-04")).encode(),
        gzip.compress(urlset(url("https://paper.example/a", "2026-05-04")).encode()),
        '<?xml-stylesheet href="s.xsl"?><!-- by a plug-in -->'
        '<urlset xmlns="http://www.google.com/schemas/sitemap/0.84"><url><loc>/a</loc>'
        "<lastmod>2026-05-04T10:00+00:00</lastmod><changefreq>daily</changefreq></url></urlset>",
    ],
)  # fmt: skip
def test_flavours(body):
    assert paths(parse(body)) == ["/a"]


def test_one_that_breaks_off_is_read_as_far_as_it_goes():
    feed = parse(urlset(url("/a", "2026-05-04"), "<url><loc>/b?x&y</loc>"))
    assert paths(feed) == ["/a"]
    assert "cannot be read to its end: not well-formed" in feed.note


# --- lists of sitemaps -----------------------------------------------------------------------------
def index(*parts: tuple[str, str]) -> str:
    inside = "".join(
        f"<sitemap><loc>{loc}</loc>{f'<lastmod>{at}</lastmod>' if at else ''}</sitemap>" for loc, at in parts
    )
    return f"<sitemapindex {XMLNS}>{inside}</sitemapindex>"


def test_of_a_list_the_news_without_a_date_come_before_the_newest_of_the_others():
    parts = "".join(
        f"<sitemap><loc>https://paper.example/{name}.xml</loc>{moment}</sitemap>"
        for name, moment in (
            ("may", "<lastmod>2026-05-04</lastmod>"),
            ("news", ""),
            ("pages", ""),
            ("april", "<lastmod>2026-04-01</lastmod>"),
        )
    )
    found = parse(f"<sitemapindex>{parts}</sitemapindex>".encode())
    assert found.parts == ("https://paper.example/news.xml", "https://paper.example/may.xml")


def test_of_a_list_the_newest_parts_of_the_site_are_named():
    days = [(f"https://paper.example/2026-05-{day:02}.xml.gz", f"2026-05-{day:02}") for day in range(1, 5)]
    feed = parse(index(*days, ("https://other.example/x.xml", "2026-05-04"), ("/2019.xml", "2019-01-01")))
    assert feed.kind == "sitemaps"
    assert feed.entries == ()
    assert [part[-9:-7] for part in feed.parts] == ["04", "03", "02"]
    assert feed.note == "It lists 6 sitemaps, of which the newest 3 are polled beside it."


def test_of_a_list_without_dates_those_called_news_are_named():
    feed = parse(index(("/posts-1.xml", ""), ("/news-1.xml", "")))
    assert feed.parts == ("https://paper.example/news-1.xml",)
    with pytest.raises(FeedError, match="None of the 1 sitemaps that this list names has a date"):
        parse(index(("/posts-1.xml", "")))


def test_no_more_than_five_parts():
    feed = parse(index(*((f"/{n}.xml", "2026-05-04") for n in range(9))))
    assert len(feed.parts) == 5


# --- what is refused ---------------------------------------------------------------------------------
TEN = [f"&a{n};" * 10 for n in range(9)]
LAUGHS = "".join(f"<!ENTITY a{n} '{ten}'>" for n, ten in enumerate(TEN, 1))
SYSTEM = '<!DOCTYPE urlset [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
MANY = " ".join(f"a{n}='1'" for n in range(1_000))
HOSTILE = {
    "expand without end": f'<!DOCTYPE urlset [<!ENTITY a0 "ha">{LAUGHS}]><urlset>{url("&a9;")}</urlset>',
    "external": f"{SYSTEM}<urlset>{url('/&x;', '2026-05-04')}</urlset>",
    "deeper": urlset("<a>" * 5_000),
    "more than 400000 elements": urlset("<a/>" * 400_001),
    "attributes": urlset(f"<url {MANY}/>"),
    "10 MB once it is unpacked": gzip.compress(b"<urlset>" + b" " * 60_000_000, compresslevel=1),
    "cut short": gzip.compress(urlset(url("/a", "2026-05-04")).encode())[:-20],
    "damaged": b"\x1f\x8bnothing of the kind",
    "cannot be read": "<urlset><url></urlset>",
}


@pytest.mark.parametrize("why", HOSTILE)
def test_what_no_honest_sitemap_is(why):
    with pytest.raises(FeedError, match=why):
        parse(HOSTILE[why])


def test_a_gzip_file_may_hold_any_feed():
    body = gzip.compress(b'<rss version="2.0"><channel><item><link>/a</link></item></channel></rss>')
    assert paths(parse(body)) == ["/a"]


parts_of_a_map = st.text(max_size=4) | st.sampled_from(
    "<url> </url> <loc> </loc> /a http://[ <lastmod> 2026-05-04 </lastmod> <news:news> </news:news> &#0; &x; ]]> "
    "<![CDATA[ \x00 <sitemap> </sitemap>".split(" ")
)


@given(st.lists(parts_of_a_map, max_size=12).map("".join), st.sampled_from(sorted(sitemap.ROOTS)))
def test_any_sitemap_ends_in_a_feed_or_an_error(inside, root):
    try:
        feed = parse(f"<{root}>{inside}</{root}>".encode(errors="replace"))
    except FeedError as error:
        assert str(error).endswith(".")
    else:
        assert json.dumps([feed.note, *(entry.url for entry in feed.entries)]).encode()


@given(st.datetimes(NOW.replace(tzinfo=None) - timedelta(9), NOW.replace(tzinfo=None) + timedelta(9)))
def test_what_is_taken_is_from_the_last_days(moment):
    moment = moment.replace(tzinfo=UTC)
    taken = parse(urlset(url("/a", moment.isoformat()))).entries
    assert bool(taken) == (NOW - timedelta(days=3) <= moment <= NOW + timedelta(days=1))


@given(st.binary(max_size=200))
def test_any_gzip_file_ends_in_bytes_or_an_error(body):
    assert hostile.unpacked(gzip.compress(body)) == body
    try:
        hostile.unpacked(b"\x1f\x8b" + body)
    except FeedError as error:
        assert str(error)
