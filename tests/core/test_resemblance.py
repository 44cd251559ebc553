"""How like two texts are, beside what can be counted by hand."""

from itertools import groupby

import pytest
from hypothesis import given
from hypothesis import strategies as st

from articles.core.fingerprint import words
from articles.core.resemblance import likeness, tokens
from articles.core.types import Extract, Paragraph, ParagraphKind

# Thai and Lao, kana, Han and its first extension.
UNSPACED = ((0x0E00, 0x0EFF), (0x3040, 0x30FF), (0x3400, 0x9FFF))


def is_unspaced(sign: str) -> bool:
    return any(first <= ord(sign) <= last for first, last in UNSPACED)


@given(st.text(st.sampled_from("ab 日本ไทかナ1.,\u00e9"), max_size=30))
def test_words_are_parted_at_spaces_and_unspaced_scripts_at_each_character(text: str) -> None:
    expected = []
    for word in words(text).split():
        for unspaced, signs in groupby(word, is_unspaced):
            run = "".join(signs)
            expected += [*run] if unspaced else [run]
    assert tokens([text]) == expected


def text_of(*paragraphs: str) -> Extract:
    return Extract(
        title="", paragraphs=tuple(Paragraph(ParagraphKind.PARAGRAPH, text) for text in paragraphs)
    )


@pytest.mark.parametrize(
    ("one", "other", "share"),
    [
        ("a b c d", "a b c d", 1.0),
        ("a b c d", "e f g h", 0.0),
        ("a a b", "a b b", 2 * 2 / 6),  # one a and one b are shared
        ("日本語", "日本人", 2 * 2 / 6),
        ("", "", 1.0),
    ],
)
def test_likeness_is_dices_coefficient(one: str, other: str, share: float) -> None:
    assert likeness(text_of(one), text_of(other)) == pytest.approx(share)
