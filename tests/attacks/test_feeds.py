"""What the author of a feed can write to hold, fill or break whoever reads it."""

import multiprocessing
import threading
import time
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from articles import reading
from articles.core import feeds
from articles.core.characters import charset, unescape
from tests.crawl import follow, poll_again
from tests.processes import PATIENCE
from tests.site import Page, article, rss

NOW = datetime(2026, 5, 4, 8, 0, tzinfo=UTC)
URL = "https://paper.example/feed.xml"
LINK = "<link>https://paper.example/1</link>"
DOCUMENT = (
    '<?xml version="1.0"{}?><rss version="2.0"><channel><title>x</title><item>{}</item></channel></rss>'
)
ENTITIES = (
    '<?xml version="1.0"?><!DOCTYPE rss [{}]><rss version="2.0"><channel><item>{}</item></channel></rss>'
)


def feed(item: str, declaration: str = "") -> str:
    return DOCUMENT.format(declaration, LINK + item)


def refused(body: bytes, content_type: str = "") -> str:
    with pytest.raises(feeds.FeedError) as raised:
        feeds.parse(body, URL, content_type, NOW)
    return str(raised.value)


# --- entities ----------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "declared",
    [
        '<!ENTITY x SYSTEM "file:///etc/passwd">',
        '<!ENTITY x SYSTEM "http://169.254.169.254/">',
        '<!ENTITY x PUBLIC "-//X//Y" "http://127.0.0.1/x.dtd">',
        '<!ENTITY % x SYSTEM "http://127.0.0.1/x.dtd"> %x;',
        '<!ENTITY % a "b"> %a;',
        '<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;">',
        f'<!ENTITY a "{"a" * 300}">',
        "".join(f'<!ENTITY e{n} "x">' for n in range(40)),
    ],
    ids=["file", "metadata", "public", "parameter", "inner", "laughs", "long", "many"],
)
def test_declared_entities_bring_nothing_in(declared):
    assert "entit" in refused(ENTITIES.format(declared, LINK + "<title>&x;</title>").encode())


@pytest.mark.parametrize("ending", ["", "<b>"], ids=["well formed", "not well formed"])
def test_short_flat_entities_do_not_make_a_gigabyte(ending):
    """256 characters for the three of &e; made 1.3 GB of 4.8 MB."""
    body = ENTITIES.format(f'<!ENTITY e "{"x" * 256}">', f"{LINK}<title>{'&e;' * 1_000_000}</title>{ending}")
    assert "refers to more than" in refused(body.encode())


# --- character sets ----------------------------------------------------------------------------------
LONG_AUTHOR = f"<author>{'a' * 50_000}@</author>"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le", "utf-16-be", "latin-1"])
def test_what_is_refused_is_refused_in_every_character_set(encoding):
    """In UTF-16 the scan saw no <author>, and feedparser was at it for hours."""
    body = feed(LONG_AUTHOR, f' encoding="{encoding}"').encode(encoding)
    assert "author" in refused(body)
    assert "author" in refused(body, f"application/rss+xml; charset={encoding}")


@pytest.mark.parametrize(
    "codec", "cp037 utf-7 unicode_escape raw_unicode_escape punycode idna hex zlib".split()
)
def test_character_sets_that_are_none_of_the_web_are_not_used(codec):
    assert charset(codec) is None
    plain = feed("<title>Calm seas</title>", f' encoding="{codec}"').encode()
    assert feeds.parse(plain, URL, f"text/xml; charset={codec}", NOW).entries[0].title == "Calm seas"
    # Hidden by the codec from the scan; read as what it is, it is no feed.
    hidden = b'<?xml version="1.0"?>' + feed(LONG_AUTHOR).replace("<", "+ADw-").encode()
    refused(hidden, f"text/xml; charset={codec}")


@pytest.mark.parametrize(
    ("encoding", "declared", "content_type"),
    [
        ("utf-8-sig", "", ""),
        ("utf-16", "", ""),
        ("utf-16-le", ' encoding="utf-16"', ""),
        ("iso-8859-1", ' encoding="iso-8859-1"', "application/xml"),
        ("iso-8859-1", "", "text/xml; charset=ISO-8859-1"),
        ("utf-8", ' encoding="us-ascii"', "text/xml"),
        ("cp1252", "", "text/plain"),
    ],
)
def test_honest_character_sets_are_still_read(encoding, declared, content_type):
    body = feed("<title>Grüße</title>", declared).encode(encoding)
    assert feeds.parse(body, URL, content_type, NOW).entries[0].title == "Grüße"


# --- numbers -----------------------------------------------------------------------------------------
ENDLESS = "&#" + "9" * 5_000 + ";"


@pytest.mark.parametrize("form", ["xml", "json"])
def test_a_number_of_thousands_of_digits_costs_an_entry_its_character_only(form):
    """Python refuses to read it, with an exception that took the whole feed along."""
    if form == "xml":
        body = feed(f"<title>Calm {ENDLESS.replace('&', '&amp;')} seas</title>")
    else:
        body = (
            '{"version": "https://jsonfeed.org/version/1.1", "items": '
            f'[{{"url": "https://paper.example/1", "title": "Calm {ENDLESS} seas"}}]}}'
        )
    assert feeds.parse(body.encode(), URL, "", NOW).entries[0].title == "Calm \ufffd seas"


@given(st.text(alphabet="&#xX0123456789abcdef;", max_size=60))
def test_references_are_undone_as_browsers_do_or_stand_for_no_character(text):
    from html import unescape as by_python

    assert unescape(text) == by_python(text)


def test_leading_zeros_are_no_trap():
    assert unescape("&#" + "0" * 9_000 + "65; &#x" + "0" * 9_000 + "41;") == "A A"


# --- size and time -----------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("item", "why"),
    [
        ("<b>" * 1_000_000, "elements"),
        ("<title/>" * 100_000, "elements"),
        ("<b>" * 200 + "</b>" * 200, "deeper"),
        (f"<b {' '.join(f'a{n}={chr(34)}{chr(34)}' for n in range(100))}/>", "attributes"),
        (f"<b {' '.join(f'a{n}={chr(34)}{chr(34)}' for n in range(100_000))}>", "words"),
        ("x" * 5_000_000, "5 MB"),
    ],
    ids=["tags", "entries", "depth", "attributes", "attributes of a broken tag", "size"],
)
def test_size_depth_and_number_are_capped(item, why):
    assert why in refused(feed(item).encode())


@pytest.mark.parametrize(
    "item",
    [
        f'<é:author xmlns:é="http://www.w3.org/2005/Atom">{"a" * 400_000}</é:author>',
        f"<author><![CDATA[<{'a' * 400_000}]]></author>",
        f"<author>{('a' * 1_900 + '<!-- -->') * 200}</author>",
        f"<title>{'&#65;' * 900_000}</title><b>",
    ],
    ids=["unknown name", "cdata", "comments", "references"],
)
def test_what_no_scan_knows_ends_with_the_child_that_reads(item, monkeypatch):
    """feedparser's search for an address in an author is quadratic (its issue 562): hours, for these."""
    monkeypatch.setattr(reading, "SECONDS", 1.0)
    monkeypatch.setattr(reading, "BY_THE_CLOCK", 60)
    with pytest.raises(feeds.FeedError, match="reading the feed took more than 1 seconds of a processor"):
        reading.read_feed(feed(item).encode(), URL, "", NOW)


def test_a_web_page_that_is_asked_for_its_feeds_is_read_in_a_child_too(monkeypatch):
    monkeypatch.setattr(reading, "SECONDS", 0.001)
    page = b"<html><head>" + b"<link rel=alternate>" * 100_000
    with pytest.raises(feeds.FeedError, match="reading the page took more than"):
        reading.feeds_named_by(page, URL)


@pytest.mark.parametrize("where", ["/etc/passwd", "file:///etc/passwd", "http://127.0.0.1/"])
def test_the_name_of_a_file_is_never_opened(where):
    assert "not a feed" in refused(where.encode())


@pytest.mark.django_db(transaction=True)
def test_a_hostile_feed_is_a_failed_poll_and_its_source_goes_on(site, monkeypatch):
    monkeypatch.setattr(reading, "SECONDS", 1.0)
    monkeypatch.setattr(reading, "BY_THE_CLOCK", 60)
    site.pages["/one"] = article()
    source = follow(site, "/one")
    site.pages["/feed.xml"] = Page(feed(f"<author><![CDATA[<{'a' * 400_000}]]></author>"), kind="text/xml")
    poll_again()
    feed_row = source.feeds.get()
    assert feed_row.failures == 1
    assert (
        feed_row.last_error
        == "The feed cannot be read: reading the feed took more than 1 seconds of a processor."
    )
    monkeypatch.undo()
    site.pages["/two"] = article("Second crane arrives")
    site.pages["/feed.xml"] = rss("/one", "/two")
    poll_again()
    assert source.articles.count() == 2
    assert source.feeds.get().failures == 0


def test_json_nested_without_end_is_refused():
    deep = '{"version": "https://jsonfeed.org/version/1", "items": ' + "[" * 400_000
    assert "not a JSON Feed" in refused(deep.encode())
    assert "not a JSON Feed" in refused(b'{"version": ' + b"9" * 10_000 + b"}")


# --- what comes out ----------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "file:///etc/passwd",
        "//user@127.0.0.1/",
        "http://127.0.0.1\\@paper.example/",
        "vbscript:x",
        "http://" + "ü" * 2_000_000 + ".example/",
    ],
)
def test_an_entry_whose_address_is_a_trap_is_left_out(address):
    body = f"<title>t</title></item><item><title>u</title><link>{address}</link>"
    assert [entry.url for entry in feeds.parse(feed(body).encode(), URL, "", NOW).entries] == [
        "https://paper.example/1"
    ]


def test_markup_in_a_title_is_left_as_text():
    body = feed("<title>&lt;script&gt;alert(1)&lt;/script&gt;Calm &amp;lt;b&amp;gt;</title>")
    title = feeds.parse(body.encode(), URL, "", NOW).entries[0].title
    assert "script" not in title
    assert title.endswith("Calm <b>")


def test_readers_are_not_held_up_by_one_hostile_feed(monkeypatch):
    """Two children read: while one is at a hostile feed the other serves."""
    monkeypatch.setattr(reading, "SECONDS", 600.0)
    reading.read_feed(feed("<title>warm</title>").encode(), URL, "", NOW)
    hostile = feed(f"<author><![CDATA[<{'a' * 400_000}]]></author>").encode()
    outcome: list[str] = []

    def read_hostile() -> None:
        try:
            reading.read_feed(hostile, URL, "", NOW)
        except feeds.FeedError as error:
            outcome.append(str(error))

    thread = threading.Thread(target=read_hostile)
    thread.start()
    time.sleep(0.2)
    assert reading.read_feed(feed("<title>Calm</title>").encode(), URL, "", NOW).entries[0].title == "Calm"
    assert outcome == []  # it is still being read
    for child in multiprocessing.active_children():
        child.kill()
    thread.join(PATIENCE)
    assert len(outcome) == 1
