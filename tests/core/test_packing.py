"""Texts packed on a whole one come back as they were, and cost what they say anew."""

import json
import random
from contextlib import suppress

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from articles.core import packing
from articles.core.zstandard import zstd

texts = st.lists(st.lists(st.text(st.characters(codec=None)), min_size=2, max_size=2))


@given(texts, texts)
@example([], [])
@example([["p", "\ud83c half of a pair, \x00, \x85 and 漢字"]], [["p", ""]])
def test_a_text_comes_back_from_any_base(text: list[list[str]], other: list[list[str]]) -> None:
    data, base = packing.encoded(text), packing.encoded(other)
    assert packing.decoded(packing.unpack(packing.pack(data, base), base)) == json.loads(json.dumps(text))
    assert packing.unpack(packing.pack(data)) == data


def test_what_the_base_says_costs_next_to_nothing_however_far_back_it_stands() -> None:
    """A dictionary of zlib's would reach 32 KB back: the text begins half a megabyte before its base's end."""
    draw = random.Random(1)
    base = bytes(draw.randrange(256) for _ in range(500_000))
    text = base[:40_000] + b"one sentence more" + base[40_000:80_000]
    assert len(packing.pack(text)) > 80_000
    assert len(packing.pack(text, base)) < 200


def test_another_base_is_refused_or_gives_another_text_never_a_crash() -> None:
    text, base = b"The board meets on Monday. " * 40, b"The board meets on Monday. " * 39
    packed = packing.pack(text, base)
    with suppress(zstd.ZstdError):
        assert packing.unpack(packed, base[::-1]) != text
    with pytest.raises(zstd.ZstdError):
        packing.unpack(packed[:-1], base)


@pytest.mark.parametrize(
    ("leaning", "alone", "expected"),
    [(500, 1_000, True), (501, 1_000, False), (256, 300, True), (257, 300, False)],
)
def test_it_leans_where_that_saves_half_or_what_is_left_is_little(
    leaning: int, alone: int, expected: bool
) -> None:
    assert packing.is_worth_it(b"x" * leaning, b"x" * alone) is expected
