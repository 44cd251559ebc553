"""What the author of a page, and the operator's own rules for it, can do to whoever reads it."""

import json
from contextlib import suppress

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from articles import reading
from articles.core.extraction import ExtractionError, extract, leave_out
from articles.core.extraction.decoding import decode
from articles.core.extraction.selecting import BadSelector, compiled
from articles.core.types import Extract, Paragraph, ParagraphKind, Rules
from tests.site import FILLER

URL = "https://paper.example/1"
TEXT = "".join(f"<p>{text}</p>" for text in FILLER)


def page(body: str, head: str = "") -> bytes:
    return f"<html><head><title>Calm seas</title>{head}</head><body>{body}</body></html>".encode()


# --- pages that hold a parser ------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("body", "why"),
    [
        ("<div>" * 32_000, "nests more than"),
        (f"<p {' '.join(f'a{n}=1' for n in range(100_000))}>{TEXT}", "attributes"),
        ("<p>x</p>" * 40_000, "tags"),
        ("<br>" * 1_000_000, "tags"),
        ("<table>" * 5_000 + TEXT, "nests more than"),
        ("x" * 5_100_000, "MB"),
    ],
    ids=["nested", "attributes", "short paragraphs", "tags", "tables", "size"],
)
def test_what_holds_parsers_for_minutes_is_refused_by_a_scan(body, why):
    with pytest.raises(ExtractionError, match=why):
        decode(page(body))


@pytest.mark.parametrize(
    "body",
    [
        "<p>x</p>" * 14_000,
        "<table><tr><td>" * 300 + TEXT,
        "<a href='" + "x" * 4_000_000 + "'>" + TEXT,
        "<p>" + "a " * 2_000_000,
        "<!--" * 400_000,
        "<![CDATA[" * 100_000,
        "<p>" + "&" * 3_000_000,
        "<p>" + "&#x" * 1_000_000,
        "<svg><style>" + "<" * 1_000_000,
        "<p>" + "\u200b\u0301" * 1_000_000,
        "<form>" * 900 + "<p>" * 20_000,
    ],
    ids="paragraphs tables address words comments cdata amps refs svg marks forms".split(),
)
def test_what_no_scan_knows_ends_with_an_answer_or_the_child(body, monkeypatch):
    monkeypatch.setattr(reading, "SECONDS", 2.0)
    with suppress(ExtractionError):
        reading.read(page(body), URL)
    # Whatever became of it, the next page is read.
    monkeypatch.undo()
    assert "breakwater" in reading.read(page(f"<h1>Calm seas</h1>{TEXT}"), URL).texts[0]


# --- character sets and references -------------------------------------------------------------------
@pytest.mark.parametrize(
    "codec",
    "hex zlib rot13 uu base64 idna undefined punycode utf-7 unicode_escape mbcs cp037 \x00 é".split(" "),
)
def test_a_character_set_that_is_none_of_the_web_is_no_error_of_ours(codec):
    """`hex` raised LookupError and `idna` UnicodeError, through every layer."""
    body = page(f"<h1>Calm seas</h1>{TEXT}")
    assert "breakwater" in decode(body, codec)
    assert "breakwater" in decode(page(TEXT, head=f'<meta charset="{codec}">'))


def test_mark_up_that_only_a_codec_shows_stays_text():
    hidden = page("+ADw-script+AD4-alert(1)+ADw-/script+AD4-" + TEXT)
    assert "<script" not in decode(hidden, "utf-7")


def test_a_number_of_thousands_of_digits_is_no_error_of_ours():
    endless = "&#" + "9" * 5_000 + ";"
    data = {"@type": "NewsArticle", "headline": f"Calm {endless}", "articleBody": f"{endless}\n".join(FILLER)}
    script = f'<script type="application/ld+json">{json.dumps(data)}</script>'
    found = extract(page(f"<h1>Calm seas</h1>{TEXT}", head=script), URL)
    assert found is not None
    assert found.title == "Calm seas"


@given(st.binary(max_size=300), st.text(max_size=12))
def test_any_bytes_are_read_or_refused(body, charset):
    with suppress(ExtractionError):
        decode(b"<p>" + body, charset)


# --- an operator's own rules ---------------------------------------------------------------------------
def paragraphs(*texts: str) -> Extract:
    return Extract(title="t", paragraphs=tuple(Paragraph(ParagraphKind.PARAGRAPH, text) for text in texts))


def test_a_pattern_with_many_stars_takes_each_part_once():
    """a*a*a*…b on aaaa…: a regular expression would be at it for longer than the universe has been."""
    pattern = "*".join(["ab ab"] * 500) + "*end"
    text = paragraphs(" ".join(["ab"] * 200_000))
    assert leave_out(text, Rules(ignore=(pattern,))) == text


@given(
    st.lists(st.sampled_from(["a", "b", "c"]), max_size=12),
    st.lists(st.sampled_from(["a", "b", "c", "*"]), min_size=1, max_size=8),
)
@example(["a", "a", "a", "a"], ["*", "a", "a", "a", "*", "a"])  # nothing stands where the second star does
@example(["a", "a"], ["a", "*", "a"])
@example(["a"], ["a", "*", "a"])
def test_a_pattern_means_what_the_expression_it_stands_for_means(text, pattern):
    """Against a second opinion: * is any number of whole words."""
    if all(part == "*" for part in pattern) or not text:
        return

    def matches(words: list[str], parts: list[str]) -> bool:
        if not parts:
            return not words
        if parts[0] == "*":
            return any(matches(words[n:], parts[1:]) for n in range(len(words) + 1))
        return bool(words) and words[0] == parts[0] and matches(words[1:], parts[1:])

    left = leave_out(paragraphs(" ".join(text), "x"), Rules(ignore=(" ".join(pattern),)))
    assert (left.texts == ["x"] or left.texts == ("x",)) == matches(text, pattern)


@pytest.mark.parametrize(
    "selector",
    [
        "document('file:///etc/passwd')",
        "a[href=\"') or document('/etc/passwd') or ('\"]",
        'a[href="x\\27 ] | document(\\27 /etc/passwd\\27 )"]',
        "unparsed-text('/etc/passwd')",
        "p/..",
        "//p",
        "p | //script",
        "e|p",
        "p::before",
        ":nth-child(" + "9" * 400 + "n)",
        ":not(" * 90 + "p" + ")" * 90,
        "*" + " *" * 249,
        "\x00p",
        "p" * 600,
    ],
)
def test_a_selector_reads_no_file_and_is_used_or_refused_in_words(selector):
    """changedetection.io, CVE-2026-29039: XPath functions that read files."""
    try:
        path = compiled(selector)
    except BadSelector as error:
        assert str(error)
        return
    # Whatever XPath it became, the text that looked like a function is a string in it.
    unquoted = "".join(path.path.split("'")[::2]) if '"' not in path.path else ""
    assert "document(" not in unquoted
    assert "unparsed" not in unquoted


def test_a_selector_that_is_slow_ends_with_the_child(monkeypatch):
    monkeypatch.setattr(reading, "SECONDS", 1.0)
    monkeypatch.setattr(reading, "BY_THE_CLOCK", 60)
    rules = Rules(drop=(" ~ ".join(["*"] * 120),))
    with pytest.raises(ExtractionError, match="took more than 1 seconds of a processor"):
        reading.read(page("<p>x</p>" * 9_000), URL, rules=rules)
