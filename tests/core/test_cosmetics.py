"""What differs where no word does."""

import pytest

from articles.core.cosmetics import typography
from articles.core.types import Extract, Paragraph, ParagraphKind

STANDING = "The fire broke out in a hotel in Rome while Anna Smith was away."


def extract(*texts: str, title: str = "Hotel fire") -> Extract:
    return Extract(title, tuple(Paragraph(ParagraphKind.PARAGRAPH, text) for text in texts))


@pytest.mark.parametrize(
    ("old", "new", "reason", "marked"),
    [
        ("He said “no” to it.", 'He said "no” to it.', "quotation marks", ["“", '"']),
        ("Er sagte „nein“.", "Er sagte »nein«.", "quotation marks", ["„", "»", "“", "«"]),
        ("Some 10 % more.", "Some 10% more.", "spaces", [" "]),
        ("It is – they say – over.", "It is — they say — over.", "dashes", ["–", "—", "–", "—"]),
        ("It is over", "It is over.", "punctuation", ["."]),
        ("قال «لا» أمس.", 'قال "لا" أمس.', "quotation marks", ["«", '"', "»", '"']),
        ("他说「不」。", "他说“不”。", "quotation marks", ["「", "“", "」", "”"]),
    ],
)
def test_the_signs_are_named_and_shown_in_their_passage(
    old: str, new: str, reason: str, marked: list[str]
) -> None:
    found = typography(extract(STANDING, old), extract(STANDING, new))
    assert found is not None
    assert found.reason == reason
    assert [text for op, text in found.excerpt if op != "="] == marked
    assert "".join(text for op, text in found.excerpt if op != "-") == new
    assert "".join(text for op, text in found.excerpt if op != "+") == old


def test_a_headline_has_typography_too() -> None:
    found = typography(
        extract(STANDING, title="The board's plan"), extract(STANDING, title="The board’s plan")
    )
    assert found == ("quotation marks", (("=", "The "), ("-", "board's"), ("+", "board’s"), ("=", " plan")))


def test_the_same_typography_again_has_nothing_to_show() -> None:
    assert typography(extract(STANDING), extract(STANDING)) == ("", ())


def test_a_line_that_ticks_is_no_typography() -> None:
    assert typography(extract(STANDING, "12 comments"), extract(STANDING, "13 comments")) is None
