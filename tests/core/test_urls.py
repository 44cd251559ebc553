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
        ("http://paper。example。/a", "http://paper.example/a"),  # full stops of other scripts
        ("http://example.org/a?b&\x00", "http://example.org/a?b"),
        (f"http://{'a' * 63}.example/", f"http://{'a' * 63}.example/"),
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
        "http://./x",
        "http://a..org/",
        "http://.org/",
        "http://ex%41mple.org/",
        "http://[fe80::1%eth0]/",
        "http://[v1.a:b]/",
        f"http://{'a' * 64}.org/",
        f"http://{'ü' * 60}.org/",  # 63 letters hold fewer of these
        f"http://{'a.' * 126}org/",  # 255 characters
        f"http://example.org/{'a' * 2000}",
        f"http://example.org/{'é' * 400}",  # six characters each, once escaped
        "http://\ud800.org/",
        "http://example.org/\ud800",
        "http://example.org/?q=\udfff",
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
        "https://example.org/news/a?amp=1&id=3",
        "https://example.org/news/a?outputType=amp&id=3",
        "https://example.org/news/a?utm_medium=feed&id=3#comments",
        "https://example.org/news/%61?id=3",
        "https://example.org/news/a?%69d=%33",
        "https://example.org/news/a?at_medium=RSS&at_link_id=3&ns_mchannel=rss&pk_campaign=x&id=3&mtm_kwd=y",
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
        # may be a page about amplifiers: only its canonical link can tell
        "https://example.org/news/a/amp?id=3",
        "https://example.org/amp/news/a?id=3",
    ],
)
def test_other_addresses_have_other_keys(other):
    assert urls.key(other) != urls.key("https://example.org/news/a?id=3")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("?t=%D6%D0", "?t=%B9%FA"),  # two words in GBK, neither of them UTF-8
        ("?q=%E9", "?q=%E8"),
        ("a%E9", "a%E8"),
        ("?pk_id=1", "?pk_id=2"),
        ("?at_id=1", "?at_id=2"),
        ("?ns_id=1", "?ns_id=2"),
        ("?wt_id=1", "?wt_id=2"),
        ("?q=a%26b", "?q=a&b"),
        ("?q=a%2Bb", "?q=a+b"),
        ("?q=%2561", "?q=%61"),
        ("a%2Fb", "a/b"),
    ],
)
def test_different_articles_are_kept_apart(one, other):
    assert urls.key(f"http://example.org/{one}") != urls.key(f"http://example.org/{other}")


@pytest.mark.parametrize(
    ("one", "other"), [("?q=%e9", "?q=%E9"), ("?q=%7Ea", "?q=~a"), ("?b=%E9&a=%D6", "?a=%D6&b=%E9")]
)
def test_escapes_of_any_character_set_are_folded(one, other):
    assert urls.key(f"http://example.org/{one}") == urls.key(f"http://example.org/{other}")


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


rough = st.lists(
    st.sampled_from(
        [*"a.:/?#[]@!&=%;-_é。ß\ud800\x00\x85 \u200d½℀１", "www.", "amp", "%E9", "..", "[::1]", "xn--"]
    ),
    max_size=14,
)


@given(rough.map("".join))
def test_whatever_canonical_returns_has_a_key_and_an_authority(rest):
    try:
        address = urls.canonical(f"http://{rest}")
    except urls.BadURL as error:
        assert str(error).isprintable()
        return
    assert address.isascii()
    assert address.isprintable()
    assert urls.canonical(address) == address
    assert urls.key(address) == urls.key(f"http://{rest}")
    assert urls.authority(address)


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
