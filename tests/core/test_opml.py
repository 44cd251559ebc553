"""Lists of feeds: what is read of them, and what is refused."""

import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st

from articles.core.feeds import FeedError, opml

LIST = """<?xml version="1.0" encoding="UTF-8"?>
<opml version="2.0"><head><title>Feeds</title></head><body>
<outline text="Papers"><outline text="Sea">
  <outline type="rss" text="The Paper &amp; Post" title="The Paper" xmlUrl="https://paper.example/rss?a=1&amp;b=2"
   htmlUrl="https://paper.example/"/></outline>
  <outline TYPE="rss" text="Sport" xmlurl="http://paper.example/sport.xml"/></outline>
<outline text="feed:// as some readers have it" xmlUrl="feed://old.example/feed"/>
<outline text="no scheme" xmlUrl="bare.example/feed"/>
<outline text="again" xmlUrl="http://www.paper.example/sport.xml"/>
<outline text="out" isComment="true"><outline xmlUrl="https://out.example/feed"/></outline>
<outline type="include" text="another list" url="https://lists.example/a.opml"/>
<outline text="broken" xmlUrl="javascript:alert(1)"/>
<outline text="empty" xmlUrl=" "/>
</body></opml>"""


def test_a_list():
    found = opml.parse(LIST.encode())
    assert [listed.url for listed in found] == [
        "https://paper.example/rss?a=1&b=2",
        "http://paper.example/sport.xml",
        "http://old.example/feed",
        "https://bare.example/feed",
        "javascript:alert(1)",
    ]
    assert (found[0].title, found[0].home_url) == ("The Paper", "https://paper.example/")
    assert (found[1].title, found[1].home_url) == ("Sport", "")
    assert [bool(listed.problem) for listed in found] == [False] * 4 + [True]


def test_it_may_be_packed_and_is_told_from_a_feed():
    assert opml.parse(gzip.compress(LIST.encode())) == opml.parse(LIST.encode())
    assert opml.is_opml(LIST.encode())
    assert not opml.is_opml(b"<rss/>")
    assert not opml.is_opml(b"\x1f\x8b")
    assert not opml.is_opml(b"<html><opml/></html>")


TEN = [f"&a{n};" * 10 for n in range(9)]
LAUGHS = "".join(f"<!ENTITY a{n} '{ten}'>" for n, ten in enumerate(TEN, 1))
OUTLINE = '<outline xmlUrl="https://a.example/"/>'
MANY = " ".join(f"a{n}='1'" for n in range(100))
FEEDS = "".join(f"<outline xmlUrl='http://a{n}.example/'/>" for n in range(5_001))
HOSTILE = {
    "expand without end": f'<!DOCTYPE opml [<!ENTITY a0 "ha">{LAUGHS}]><opml><outline text="&a9;"/></opml>',
    "external": f'<!DOCTYPE opml [<!ENTITY x SYSTEM "file:///etc/passwd">]><opml>{OUTLINE}</opml>',
    "deeper": "<opml>" + "<outline>" * 1_000,
    "elements": f"<opml>{'<outline/>' * 20_001}</opml>",
    "larger than": f"<opml>{' ' * 5_000_001}</opml>",
    "more than 5,000 feeds": f"<opml>{FEEDS}</opml>",
    "attributes": f"<opml><outline {MANY}/></opml>",
    "not a list of feeds": "<rss/>",
    "cannot be read": "<opml><outline",
}


@pytest.mark.parametrize("why", HOSTILE)
def test_what_no_honest_list_is(why):
    with pytest.raises(FeedError, match=why):
        opml.parse(HOSTILE[why].encode())


def test_an_empty_answer_is_no_list():
    with pytest.raises(FeedError):
        opml.parse(b"")


@given(st.binary(max_size=300))
def test_any_bytes_end_in_a_list_or_an_error(body):
    for tried in (
        body,
        b"<opml>" + body,
        b'<opml><outline xmlUrl="' + body.replace(b'"', b"") + b'"/></opml>',
    ):
        try:
            opml.parse(tried)
        except FeedError as error:
            assert str(error)
