"""URLs taken apart and IP addresses judged: tables, without a socket."""

import re
from contextlib import suppress
from ipaddress import ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from articles.fetching import FetchError, addresses
from articles.fetching.network import alternating

PUBLIC = (
    "93.184.215.14 1.1.1.1 172.15.0.1 172.32.0.1 100.63.255.255 100.128.0.1 198.17.0.1 198.20.0.1 223.255.255.255 \
    2606:4700::1111 2a00:1450:4001::1 2001:4860:4860::8888 ::ffff:1.1.1.1 64:ff9b::101:101"
)
NOT_PUBLIC = (
    "0.0.0.0 0.1.2.3 10.255.255.255 100.64.0.0 100.127.255.255 127.0.0.1 127.255.255.255 168.63.129.16 \
    169.254.0.1 172.16.0.0 172.31.255.255 192.0.0.192 192.0.2.1 192.88.99.1 192.168.255.255 198.18.0.1 \
    198.19.255.255 198.51.100.1 203.0.113.1 224.0.0.1 239.255.255.255 240.0.0.1 255.255.255.255 \
    :: ::1 ::7f00:1 ::ffff:10.0.0.1 ::ffff:0:127.0.0.1 64:ff9b::7f00:1 64:ff9b::a00:1 64:ff9b:1::1 100::1 \
    2001::1 2001:2::1 2001:10::1 2001:20::1 2001:db8::1 2002:7f00:1:: 2002:101:101:: 3fff::1 3fff:fff::1 \
    4000::1 5f00::1 fc00::1 fd00:ec2::254 fe80::1 fec0::1 ff02::1 ff0e::1"
)


@pytest.mark.parametrize("address", PUBLIC.split())
def test_ordinary_public_addresses(address):
    assert addresses.refusal(ip_address(address), 443, []) == ""


@pytest.mark.parametrize("address", NOT_PUBLIC.split())
def test_special_addresses(address):
    assert addresses.refusal(ip_address(address), 443, [])


def test_an_allowed_network_opens_itself_only():
    allowed = [ip_network("10.1.0.0/16"), ip_network("fd00::/64")]
    assert addresses.refusal(ip_address("10.1.2.3"), 12345, allowed) == ""
    assert addresses.refusal(ip_address("::ffff:10.1.2.3"), 12345, allowed) == ""
    assert addresses.refusal(ip_address("fd00::1"), 80, allowed) == ""
    assert addresses.refusal(ip_address("10.2.0.0"), 80, allowed)
    assert addresses.refusal(ip_address("64:ff9b::a01:203"), 80, allowed)
    assert addresses.refusal(ip_address("fd00:0:0:1::1"), 80, allowed)


def test_rfc8305_families_take_turns():
    found = [ip_address(a) for a in ("2a00::1", "2a00::2", "2a00::3", "1.1.1.1", "1.1.1.2")]
    assert [str(a) for a in alternating(found)] == ["2a00::1", "1.1.1.1", "2a00::2", "1.1.1.2", "2a00::3"]


@pytest.mark.parametrize(
    ("url", "authority", "target"),
    [
        ("http://News.Example", "news.example", "/"),
        ("HTTPS://news.example:443/a", "news.example", "/a"),
        ("https://news.example:80/a", "news.example:80", "/a"),
        (
            "http://bücher.example/grün?q=ü&r=%20%zz#x",
            "xn--bcher-kva.example",
            "/gr%C3%BCn?q=%C3%BC&r=%20%zz",
        ),
        ("http://[2606:4700::1111]:8080?x", "[2606:4700::1111]:8080", "/?x"),
        ("http://a_b.news.example/[x]'\"", "a_b.news.example", "/[x]'\""),
    ],
)
def test_what_is_asked_of_whom(url, authority, target):
    parsed = addresses.parse(url)
    assert (parsed.authority, parsed.target) == (authority, target)


@given(
    st.sampled_from(["", "http://", "https://news.example", "http://[", "http://127."]), st.text(max_size=40)
)
def test_any_address_is_taken_apart_or_refused(beginning, rest):
    with suppress(FetchError):
        parsed = addresses.parse(beginning + rest)
        assert f"{parsed.authority}{parsed.target}".isascii()
        assert not re.search(r"[\s@\\]", parsed.authority)
        assert parsed.target.startswith("/")
