"""Laws that every diff keeps, whatever the texts, and the work it may cost."""

import random
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from icu4py.breakers import CharacterBreaker

from articles.core.diffing import diff, diff_text, lit
from articles.core.diffing.tokens import fold, split_words
from articles.core.fingerprint import words
from articles.core.types import Diff, RowState
from tests.benchmarks.editing import LIGHT, Editor

ALPHABETS = (
    "abc ABC.,'\"-",
    "áé́ ñß’“”–\u00a0\u00ad",
    "ابت ثجح",
    "हिन्दी में",
    "中国经济增长他说。",
    "これはテストです",
    "ภาษาไทยง่าย",
    "ខ្មែរ ລາວ",
    "👩‍👩‍👧🇬🇧👍🏽 x",
    "1,2.5 %$£ 12:-/①½ｶﾞ",
    "\r\t\x00\u2028\ud800\udc00\udfff",
)
texts = st.one_of(
    st.text(st.sampled_from("".join(ALPHABETS)), max_size=40),
    st.lists(
        st.sampled_from(["the", "dog", "bit", "a", "man", "12", "19", "said", "“no”", "中国"]), max_size=12
    ).map(" ".join),
    st.text(st.characters(exclude_characters="\n"), max_size=30),
)
paragraph_lists = st.lists(texts, max_size=8)
# What stays around an edit is set aside before words are compared: longer than any edit here.
SURROUNDINGS = ("", "It left the station for the last time at 5:16 and never once came back. 他说。 " * 2)


def sides(result: Diff) -> tuple[list[str], list[str]]:
    """The paragraphs of either side as the rows give them back."""
    old: dict[tuple[int, ...], str] = {}
    new: dict[tuple[int, ...], str] = {}
    for row in result.rows:
        if row.state is not RowState.MOVED_AWAY:
            old[row.old] = "".join(text for op, text in row.segments if op != "+")
            new[row.new] = "".join(text for op, text in row.segments if op != "-")
    old.pop((), None)
    new.pop((), None)
    return [old[k] for k in sorted(old)], [new[k] for k in sorted(new)]


def assert_lawful(old: list[str], new: list[str]) -> Diff:
    """Both sides are rebuilt exactly, every paragraph is shown once, and states say what is true."""
    result = diff(old, new)
    shown = [row for row in result.rows if row.state is not RowState.MOVED_AWAY]
    assert sorted(i for row in shown for i in row.old) == list(range(len(old)))
    assert [j for row in shown for j in row.new] == list(range(len(new)))
    for row in result.rows:
        removed = "".join(text for op, text in row.segments if op != "+")
        added = "".join(text for op, text in row.segments if op != "-")
        assert removed == "\n".join(old[i] for i in row.old)
        assert all(text for _, text in row.segments)
        if row.state is RowState.MOVED_AWAY:
            assert row.new == ()
            continue
        assert added == "\n".join(new[j] for j in row.new)
        is_lit = any(lit(row.segments))
        assert (words(removed) != words(added)) <= is_lit <= (removed != added)
        assert (row.state is RowState.SAME) <= (not is_lit)
        assert (row.state is RowState.CHANGED) <= is_lit
        assert (row.state is RowState.ADDED) == (row.old == ())
        assert (row.state is RowState.REMOVED) == (row.new == ())
        assert (row.state is RowState.SPLIT) <= (len(row.new) > 1)
        assert (row.state is RowState.MERGED) <= (len(row.old) > 1)
    stubs = [row.old for row in result.rows if row.state is RowState.MOVED_AWAY]
    moved = [row.old for row in shown if row.state is RowState.MOVED]
    assert set(moved) <= set(stubs)
    return result


# --- laws ----------------------------------------------------------------------------------------
@given(paragraph_lists, paragraph_lists)
@settings(max_examples=300, deadline=None)
def test_any_two_texts_are_rebuilt(old: list[str], new: list[str]) -> None:
    assert_lawful(old, new)


@given(paragraph_lists, st.randoms(use_true_random=False))
@settings(max_examples=150, deadline=None)
def test_shuffled_and_edited_paragraphs_are_rebuilt(old: list[str], chance: random.Random) -> None:
    new = [text.replace("the", "a") if chance.random() < 0.3 else text for text in old]
    chance.shuffle(new)
    assert_lawful(old, new)


@given(paragraph_lists)
@settings(max_examples=100, deadline=None)
def test_a_text_is_the_same_as_itself(text: list[str]) -> None:
    rows = diff(text, list(text)).rows
    assert [row.state for row in rows] == [RowState.SAME] * len(text)
    assert [(row.old, row.new) for row in rows] == [((k,), (k,)) for k in range(len(text))]


@given(paragraph_lists, paragraph_lists)
@settings(max_examples=50, deadline=None)
def test_the_same_texts_always_give_the_same_diff(old: list[str], new: list[str]) -> None:
    assert diff(old, new) == diff(tuple(old), tuple(new))


def links(result: Diff) -> set[tuple[int, int]]:
    """Which old paragraph became which new one."""
    shown = (row for row in result.rows if row.state is not RowState.MOVED_AWAY)
    return {(i, j) for row in shown for i in row.old for j in row.new}


@given(paragraph_lists, paragraph_lists)
@settings(max_examples=200, deadline=None)
def test_seen_from_the_other_side_the_links_are_the_same(old: list[str], new: list[str]) -> None:
    forth, back = diff(old, new), diff(new, old)
    assert links(back) == {(j, i) for i, j in links(forth)}
    moved, moved_back = (
        {(row.old, row.new) for row in result.rows if row.state is RowState.MOVED} for result in (forth, back)
    )
    assert moved_back == {(there, here) for here, there in moved}


@given(st.text(st.sampled_from("".join(ALPHABETS)), max_size=30))
@settings(max_examples=200, deadline=None)
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(paragraph_lists)
@settings(max_examples=100, deadline=None)
def test_composed_and_decomposed_characters_are_the_same_and_shown_as_they_are(text: list[str]) -> None:
    old, new = ([unicodedata.normalize(form, line) for line in text] for form in ("NFC", "NFD"))
    rows = assert_lawful(old, new).rows
    assert [(row.state, row.old, row.new) for row in rows] == [
        (RowState.SAME, (k,), (k,)) for k in range(len(text))
    ]


@given(texts, texts, st.tuples(st.sampled_from(SURROUNDINGS), st.sampled_from(SURROUNDINGS)))
@settings(max_examples=400, deadline=None)
def test_marks_begin_and_end_between_words(old: str, new: str, around: tuple[str, str]) -> None:
    old, new = (text.join(around) for text in (old, new))
    segments = diff_text(old, new)
    for text, op in ((old, "-"), (new, "+")):
        assert "".join(part for o, part in segments if o in ("=", op)) == text
        borders, at = {0}, 0
        for token in split_words(text):
            at += len(token)
            borders.add(at)
        at = 0
        for o, part in segments:
            assert at in borders
            at += len(part) if o in ("=", op) else 0


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=30))
@settings(max_examples=300, deadline=None)
def test_words_never_part_a_character(text: str) -> None:
    borders, at = {0}, 0
    for character in CharacterBreaker(text, "en"):
        at += len(character)
        borders.add(at)
    at = 0
    for token in split_words(text):
        assert at in borders
        at += len(token)


odd = st.text(st.sampled_from("ab 12:-/.–—,가나ㄱ²½₂\u00a0①é中国。ภ'x"), min_size=1, max_size=10).map(
    str.strip
)


@given(odd.filter(bool), odd.filter(bool))
@settings(max_examples=400, deadline=None)
def test_words_are_parted_the_same_whatever_stands_beside_them(left: str, right: str) -> None:
    """Only the part in which two texts differ is parted into words: it must be parted as in the whole."""
    joined = split_words(f"{left} and {right}")
    assert joined == [*split_words(left), " ", "and", " ", *split_words(right)]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("It’s 1.5m, or 1,200", ["It’s", " ", "1.5m", ",", " ", "or", " ", "1,200"]),
        ("12\u00a0000 €", ["12\u00a0000", " ", "€"]),  # a space that does not break holds thousands
        ("m²-2 1-2", ["m²", "-", "2", " ", "1-2"]),  # a raised number is none of a range
        ("React를 2개", ["React를", " ", "2개"]),  # a Korean particle is part of its word
        ("5 m² or 1½", ["5", " ", "m²", " ", "or", " ", "1½"]),
        ("他说中国经济增长", ["他", "说", "中国", "经济", "增长"]),
        ("ภาษาไทยง่าย", ["ภาษา", "ไทย", "ง่าย"]),
        ("a\ud800b 👩‍👩‍👧", ["a", "\ud800", "b", " ", "👩‍👩‍👧"]),
        ("", []),
    ],
)
def test_words(text: str, words: list[str]) -> None:
    assert split_words(text) == words


# --- edits made are edits found --------------------------------------------------------------------
VOCABULARY = [
    f"{a}{b}{c}"
    for a in ("ba", "ke", "li", "mo", "ru")
    for b in ("dan", "fes", "gip")
    for c in ("to", "va", "x")
]


SYLLABLES = "ba ke li mo ru da ne fi go pu sa te vi zo lu".split()

# Seeds, not drawn values: shrinking those would end in paragraphs that are all alike.
chances = st.integers(0, 2**32).map(random.Random)


def article(chance: random.Random, paragraphs: int) -> list[str]:
    return [" ".join(chance.choices(VOCABULARY, k=chance.randint(20, 40))) + "." for _ in range(paragraphs)]


@given(chances)
@settings(max_examples=60, deadline=None)
def test_one_word_replaced_is_the_only_mark(chance: random.Random) -> None:
    old = article(chance, 6)
    at = chance.randrange(6)
    words = old[at].split()
    k = chance.randrange(1, len(words) - 1)
    before = words[k]
    words[k] = "manslaughter"
    new = [*old[:at], " ".join(words), *old[at + 1 :]]
    (row,) = [row for row in assert_lawful(old, new).rows if row.state is not RowState.SAME]
    assert (row.state, row.old, row.new) == (RowState.CHANGED, (at,), (at,))
    assert [segment for segment in row.segments if segment[0] != "="] == [
        ("-", before),
        ("+", "manslaughter"),
    ]


@given(st.integers(0, 2**32))
@settings(max_examples=60, deadline=None)
def test_edits_of_every_sort_at_once_are_found(seed: int) -> None:
    """Words, paragraphs put in, taken out, moved, split and merged, all in one step and each known."""
    chance = random.Random(seed)
    vocabulary = ["".join(chance.choices(SYLLABLES, k=chance.randint(1, 4))) for _ in range(600)]
    text = [
        " ".join(" ".join(chance.choices(vocabulary, k=12)).capitalize() + "." for _ in range(3))
        for _ in range(24)
    ]
    (old, new), truth = Editor(LIGHT, seed).edit(text)
    found = links(assert_lawful(old, new))
    assert truth.links <= found
    assert all(group & found for group in truth.groups)
    # Of two paragraphs that met by chance in one place, one in some thousand is taken for an edit.
    assert len(found - truth.links - set().union(*truth.groups)) <= 1


@given(chances)
@settings(max_examples=60, deadline=None)
def test_a_paragraph_put_in_is_the_only_row_added(chance: random.Random) -> None:
    old = article(chance, 6)
    at = chance.randrange(7)
    new = [*old[:at], "Nothing of this stood anywhere in the text before today.", *old[at:]]
    for before, after, state in ((old, new, RowState.ADDED), (new, old, RowState.REMOVED)):
        rows = [row for row in assert_lawful(before, after).rows if row.state is not RowState.SAME]
        assert [(row.state, row.old + row.new) for row in rows] == [(state, (at,))]


@given(chances)
@settings(max_examples=60, deadline=None)
def test_a_paragraph_that_moved_and_was_edited_is_followed(chance: random.Random) -> None:
    old = article(chance, 8)
    words = old[1].split()
    words[3] = "manslaughter"
    new = [old[0], *old[2:7], " ".join(words), old[7]]
    result = assert_lawful(old, new)
    states = {row.state: row for row in result.rows if row.state is not RowState.SAME}
    assert set(states) == {RowState.MOVED, RowState.MOVED_AWAY}
    assert (states[RowState.MOVED].old, states[RowState.MOVED].new) == ((1,), (6,))
    assert ("+", "manslaughter") in states[RowState.MOVED].segments
    # the stub stands between the old neighbours
    assert [row.old for row in result.rows][:3] == [(0,), (1,), (2,)]


@given(chances)
@settings(max_examples=60, deadline=None)
def test_a_split_is_one_row_with_only_the_border_marked(chance: random.Random) -> None:
    old = article(chance, 5)
    words = old[2].split()
    half = len(words) // 2
    new = [*old[:2], " ".join(words[:half]), " ".join(words[half:]), *old[3:]]
    for before, after, state in ((old, new, RowState.SPLIT), (new, old, RowState.MERGED)):
        (row,) = [row for row in assert_lawful(before, after).rows if row.state is not RowState.SAME]
        assert row.state is state
        assert {row.old, row.new} == {(2,), (2, 3)}
        assert sorted(segment for segment in row.segments if segment[0] != "=") in (
            [("+", "\n"), ("-", " ")],
            [("+", " "), ("-", "\n")],
        )


# --- the cost of hostile input ---------------------------------------------------------------------
WORDS = [f"w{k}" for k in range(20_000)]
HAN = [chr(0x4E00 + k * k % 6_007) for k in range(20_000)]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param(["the same line"] * 4000, ["the same line"] * 3999, id="one line repeated"),
        pytest.param(
            ["the same line"] * 4000,
            [f"{'the same' if k % 7 else 'another'} line" for k in range(4000)],
            id="one line repeated and edited",
        ),
        pytest.param(WORDS, [f"v{k}" for k in range(20_000)], id="one-word paragraphs, none kept"),
        pytest.param(WORDS, WORDS[::-1], id="one-word paragraphs reversed"),
        pytest.param([" ".join(WORDS)], [" ".join(WORDS).replace("7", "8")], id="one long paragraph"),
        pytest.param(
            [" ".join(WORDS)],
            [" ".join(word if k % 2 else f"x{k}" for k, word in enumerate(WORDS))],
            id="every second word",
        ),
        pytest.param([" ".join(WORDS)], [" ".join(WORDS[::-1])], id="one long paragraph reversed"),
        pytest.param(["a " * 20_000], ["a " * 19_990 + "b"], id="one word repeated"),
        pytest.param(
            ["A " + " ".join(WORDS)],
            ["B " + " ".join(WORDS[:9000]), *WORDS[9000:]],
            id="split into thousands",
        ),
        pytest.param(["Target!"] * 20_000, ["Target."], id="thousands as like to one"),
        pytest.param(["a b " + "1-" * 100_000], ["b c " + "1-" * 100_000], id="one endless number"),
        pytest.param(["a “b”" + " " * 200_000 + "c"], ["b “a”" + " " * 200_000 + "c"], id="spaces"),
        pytest.param(
            ["yes", "no"] * 10_000, ["no", "yes", "no"] * 6_000, id="two one-word paragraphs repeated"
        ),
        pytest.param(["".join(HAN)], ["".join(HAN[::2] + HAN[1::2])], id="one long paragraph without spaces"),
        pytest.param(HAN, random.Random(5).sample(HAN, len(HAN)), id="paragraphs of one character, shuffled"),
    ],
)
def test_hostile_input_ends(old: list[str], new: list[str]) -> None:
    """Work is bounded by counting: where it is not, one of these takes minutes to hours."""
    assert_lawful(old, new)
