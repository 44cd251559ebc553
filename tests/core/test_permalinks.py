"""A quotation in an address: whatever fits in is got out again, and nothing else is."""

import re
import zlib
from base64 import urlsafe_b64encode
from urllib.parse import parse_qs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from articles.core import permalinks, quoting
from articles.core.permalinks import BadLink

# Whatever UTF-8 can carry: no lone surrogates.
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=quoting.LONGEST)
# What compresses least: characters of four bytes, no two alike.
HARDEST = "".join(chr(0x20000 + at * 37 % 40_000) for at in range(quoting.LONGEST))


@given(TEXTS)
def test_what_is_packed_is_got_out_again(text: str) -> None:
    link = permalinks.packed(text)
    assert permalinks.unpacked(link) == text
    assert len(link) <= permalinks.LONGEST
    assert re.fullmatch("[-_A-Za-z0-9]+", link)


def test_any_thousand_characters_fit_into_a_first_line() -> None:
    assert permalinks.unpacked(permalinks.packed(HARDEST)) == HARDEST
    query = permalinks.query(HARDEST)
    assert len(f"GET https://newsdiff.example.org/quote/feed.atom?{query}&before=1 HTTP/1.1\r\n") < 8_000


@given(TEXTS)
def test_an_address_says_the_text_up_to_its_spaces(text: str) -> None:
    [(name, [said])] = parse_qs(permalinks.query(text), keep_blank_values=True).items()
    given_back = permalinks.unpacked(said) if name == "z" else said
    assert given_back == " ".join(text.split())


def test_a_short_text_stands_in_its_address_for_people_to_read() -> None:
    assert permalinks.query("Twelve  people\nwere hurt") == "text=Twelve+people+were+hurt"
    assert permalinks.query("十" * 1_000).startswith("z=")


def link_to(data: bytes) -> str:
    return urlsafe_b64encode(data).decode().rstrip("=")


WHOLE = zlib.compress(b"Twelve people were hurt, two of them badly.")


@pytest.mark.parametrize(
    "link",
    [
        "",
        "a",
        "ä",
        "a b",
        link_to(b""),
        link_to(b"Twelve people were hurt"),
        link_to(WHOLE[:-1]),
        link_to(WHOLE[:12]),
        link_to(WHOLE + b"!"),
        link_to(WHOLE[:-1] + b"!"),  # the checksum
        link_to(zlib.compress(b"\xff\xfe")),
        link_to(zlib.compress(b" " * 100_000_000, 9))[: permalinks.LONGEST],
        link_to(zlib.compress(b" " * 1_000_000, 9)),
        "A" * (permalinks.LONGEST + 1),
    ],
)
def test_what_was_not_packed_is_refused(link: str) -> None:
    with pytest.raises(BadLink, match="damaged"):
        permalinks.unpacked(link)


@given(st.binary(max_size=200))
def test_no_bytes_are_too_odd_to_be_refused(data: bytes) -> None:
    try:
        permalinks.unpacked(link_to(data))
    except BadLink as error:
        assert "copy all of it" in str(error)
