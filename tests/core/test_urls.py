"""Which spellings of an address are one article's."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from articles.core import urls


@pytest.mark.parametrize(
    ("given_url", "asked"),
    [
        ("HTTPS://News.Example.ORG:443/a", "https://news.example.org/a"),
        ("http://example.org:8080/a", "http://example.org:8080/a"),
        ("http://example.org", "http://example.org/"),
        ("http://example.org./a", "http://example.org/a"),
        ("http://example.org/a#top", "http://example.org/a"),
        (" http://example.org/a\n", "http://example.org/a"),
        ("http://example.org/a?utm_source=rss&id=3&fbclid=x", "http://example.org/a?id=3"),
        ("http://example.org/a?at_medium=RSS&at_campaign=KARANGA", "http://example.org/a"),
        ("http://example.org/a?b=2&a=1", "http://example.org/a?b=2&a=1"),  # some sites read the order
        ("http://example.org/a?q=x%26y&q=", "http://example.org/a?q=x%26y&q="),
        ("http://münchen.example/straße", "http://xn--mnchen-3ya.example/stra%C3%9Fe"),
        ("http://[2001:DB8::1]/a", "http://[2001:db8::1]/a"),
    ],
)
def test_canonical_form(given_url, asked):
    assert urls.canonical(given_url) == asked


def test_relative_addresses_are_resolved():
    assert urls.canonical("../b?x=1", "https://example.org/news/a") == "https://example.org/b?x=1"


@pytest.mark.parametrize(
    "bad",
    [
        "",
        "   ",
        "example.org/a",
        "ftp://example.org/a",
        "javascript:alert(1)",
        "file:///etc/passwd",
        "http://",
        "http:///a",
        "http://user:secret@example.org/",
        "http://example.org:99999/",
        "http://127.0.0.1:80\\@example.org/",
        "http://exa mple.org/",
    ],
)
def test_what_is_no_web_address_says_why(bad):
    with pytest.raises(urls.BadURL) as error:
        urls.canonical(bad)
    assert len(str(error.value)) > 15


@pytest.mark.parametrize(
    "other",
    [
        "http://www.example.org/news/a?id=3",
        "https://m.example.org/news/a?id=3",
        "https://amp.example.org/news/a?id=3",
        "https://example.org/news/a/?id=3",
        "https://example.org/amp/news/a?id=3",
        "https://example.org/news/a/amp/?id=3",
        "https://example.org/news/a?amp=1&id=3",
        "https://example.org/news/a?outputType=amp&id=3",
        "https://example.org/news/a?utm_medium=feed&id=3#comments",
        "https://example.org/news/%61?id=3",
    ],
)
def test_spellings_of_one_address_share_a_key(other):
    assert urls.key(other) == urls.key("https://example.org/news/a?id=3")


@pytest.mark.parametrize(
    "other",
    [
        "https://example.org/news/a?id=4",
        "https://example.org/news/a",
        "https://example.org/news/A?id=3",
        "https://example.org/news/amped?id=3",
        "https://sport.example.org/news/a?id=3",
        "https://example.net/news/a?id=3",
        "https://example.org:8443/news/a?id=3",
    ],
)
def test_other_addresses_have_other_keys(other):
    assert urls.key(other) != urls.key("https://example.org/news/a?id=3")


def test_a_short_host_is_not_taken_for_a_prefix():
    assert urls.key("http://m.org/a") != urls.key("http://org/a")


@given(st.text(max_size=40), st.text(max_size=40))
def test_canonical_form_is_stable(path, query):
    """Whatever canonical makes of an address, it makes nothing else of that."""
    try:
        once = urls.canonical(f"http://example.org/{path}?{query}")
    except urls.BadURL:
        return
    assert urls.canonical(once) == once
    assert urls.key(once) == urls.key(f"http://example.org/{path}?{query}")


@pytest.mark.parametrize(
    ("a", "b", "same"),
    [
        ("https://www.example.co.uk/a", "http://news.example.co.uk/b", True),
        ("https://one.co.uk/", "https://two.co.uk/", False),
        ("https://alice.github.io/", "https://bob.github.io/", False),
        ("http://127.0.0.1:80/", "http://127.0.0.1/x", True),
        ("http://127.0.0.1:8080/", "http://127.0.0.1/x", False),
        ("http://localhost/", "http://127.0.0.1/", False),
    ],
)
def test_same_site(a, b, same):
    assert urls.same_site(a, b) is same


@pytest.mark.parametrize(
    ("url", "front"), [("http://a.org/", True), ("http://a.org/x", False), ("http://a.org/?p=1", False)]
)
def test_front_page(url, front):
    assert urls.is_front_page(url) is front


@pytest.mark.parametrize(
    ("url", "authority"),
    [
        ("https://Example.org/a", "example.org"),
        ("http://example.org:80/", "example.org"),
        ("http://example.org:81/", "example.org:81"),
        ("http://[::1]:8000/", "[::1]:8000"),
        ("http://[::1]/", "[::1]"),
    ],
)
def test_authority(url, authority):
    assert urls.authority(url) == authority


@pytest.mark.parametrize(
    ("claim", "believed"),
    [
        ("https://example.org/news/a", "https://example.org/news/a"),
        ("/news/a?utm_source=x", "https://www.example.org/news/a"),
        ("http://m.example.org/a", "http://m.example.org/a"),
        ("https://example.net/news/a", ""),
        ("https://www.example.org/", ""),
        ("http://[broken", ""),
        ("", ""),
    ],
)
def test_a_canonical_link_is_believed_within_the_site_only(claim, believed):
    assert urls.believed(claim, "https://www.example.org/news/a-copy") == believed
