"""What was done to each sentence of a text."""

import sys
from collections import Counter
from itertools import combinations, permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from articles.core import fingerprint
from articles.core.diffing import diff
from articles.core.edits import Action, SentenceEdit, sentence_edits
from articles.core.fingerprint import words
from articles.core.tracing import part

A = "The harbour board met on Monday in the old town hall."
B = "Twelve people spoke against the new wall."
C = "A decision is expected in March, the chairman said."
D = "Nobody was hurt."
E = "Fish prices have doubled since the storm in January."

ADDITION, DELETION, EDIT, REFACTOR = Action


def told(old: list[str], new: list[str], language: str = "") -> list[tuple[Action, str, str]]:
    return [(edit.action, edit.old, edit.new) for edit in sentence_edits(old, new, language=language)]


# --- the four actions ------------------------------------------------------------------------------
def test_a_sentence_that_came_and_one_that_went_know_their_places() -> None:
    assert sentence_edits([f"{A} {B}", C], [A, f"{D} {C}"]) == [
        SentenceEdit(DELETION, B, "", 0, None, 1, None, 0.0),
        SentenceEdit(ADDITION, "", D, None, 1, None, 1, 0.0),
    ]


def test_an_edited_sentence_is_a_pair_and_as_like_as_the_characters_that_stay() -> None:
    edited = B.replace("Twelve", "Thirty")
    kept = len(B) - len("Twelve")
    assert sentence_edits([f"{A} {B}"], [f"{A} {edited}"]) == [
        SentenceEdit(EDIT, B, edited, 0, 0, 1, 1, kept / len(B))
    ]


def test_a_moved_sentence_is_one_move_and_not_that_of_all_it_passed() -> None:
    assert sentence_edits([A, B, C, D, E], [B, C, D, E, A]) == [SentenceEdit(REFACTOR, A, A, 0, 4, 0, 4, 1.0)]


def test_a_sentence_moved_and_edited_has_a_row_for_each() -> None:
    edited = A.replace("Monday", "Tuesday")
    (edit, move) = sentence_edits([A, B, C, E], [B, C, E, edited])
    assert (edit.action, move.action) == (EDIT, REFACTOR)
    assert {(one.old, one.new, one.old_sentence, one.new_sentence) for one in (edit, move)} == {
        (A, edited, 0, 3)
    }
    assert edit.likeness == move.likeness < 1


def test_a_sentence_edited_on_its_way_into_another_paragraph_is_no_deletion() -> None:
    edited = B.replace("Twelve", "Twenty")
    assert told([f"{A} {B}", C, E], [A, C, f"{E} {edited}"]) == [(EDIT, B, edited), (REFACTOR, B, edited)]


def test_of_two_that_changed_places_the_shorter_moved() -> None:
    assert told([D, A], [A, D]) == told([A, D], [D, A]) == [(REFACTOR, D, D)]


def test_what_was_replaced_by_something_else_went_and_came() -> None:
    assert told([A, D], [A, "Two boats sank off Pellmouth."]) == [
        (DELETION, D, ""),
        (ADDITION, "", "Two boats sank off Pellmouth."),
    ]


# --- parts of sentences ----------------------------------------------------------------------------
ONE = "The council approved the budget on Tuesday, and the mayor resigned an hour later."
TWO = ["The council approved the budget on Tuesday.", "The mayor resigned an hour later."]


def test_a_sentence_that_was_split_is_paired_with_each_part() -> None:
    assert told([f"{A} {ONE} {D}"], [f"{A} {' '.join(TWO)} {D}"]) == [
        (EDIT, ONE, TWO[0]),
        (EDIT, ONE, TWO[1]),
    ]


def test_sentences_that_were_merged_are_each_paired_with_the_whole() -> None:
    assert told([f"{A} {' '.join(TWO)} {D}"], [f"{A} {ONE} {D}"]) == [
        (EDIT, TWO[0], ONE),
        (EDIT, TWO[1], ONE),
    ]


def test_a_few_common_words_make_no_part() -> None:
    """Both new ones share words with the old, but only the second is it."""
    old, new = "Attn: API Terms of Use Issues", ["Attn: Legal Dept.", "(API Terms of Use Issues)"]
    assert [edit.new for edit in sentence_edits([A, old, B], [A, *new, B]) if edit.action is EDIT] == [new[1]]


# --- no edit -----------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("old", "new"),
    [
        ([A, B], [A, B]),
        ([], []),
        ([], [""]),
        ([f"{A} {B}", C], [A, f"{B} {C}"]),  # paragraphs broken elsewhere
        (["“No,” she said. — It’s over…"], ['"No," she said - It\'s over.']),
        (["He left. Peter stayed."], ["He left; Peter stayed"]),  # one sentence or two
        (["市長は辞任した。後任は未定だ。"], ["市長は辞任した、後任は未定だ。"]),
        ([A, "* * *", B], [A, B]),  # a line without words
    ],
)
def test_what_reads_the_same_has_no_rows(old: list[str], new: list[str]) -> None:
    assert sentence_edits(old, new) == sentence_edits(new, old) == []


def test_where_one_sentence_was_edited_another_that_only_broke_elsewhere_is_not() -> None:
    edited = B.replace("Twelve", "Twenty")
    assert told([f"He left. Peter stayed. {B}"], [f"He left; Peter stayed. {edited}"]) == [(EDIT, B, edited)]


def test_a_passage_put_in_above_moves_nothing() -> None:
    assert told([A, B, C], [D, E, A, B, C]) == [(ADDITION, "", D), (ADDITION, "", E)]


def test_of_a_sentence_said_twice_one_goes_and_the_other_stays_where_it_is() -> None:
    assert told([D, A, B, D], [A, B, D]) == [(DELETION, D, "")]
    assert told([A, B, D], [D, A, B, D]) == [(ADDITION, "", D)]


def test_sentences_end_as_the_language_ends_them() -> None:
    old, new = "Ποιος ήρθε; Ο δήμαρχος.", "Ποιος ήρθε; Ο γραμματέας."
    assert told([old], [new], "el") == [(DELETION, "Ο δήμαρχος.", ""), (ADDITION, "", "Ο γραμματέας.")]
    assert told([old], [new], "en") == [(EDIT, old, new)]


def test_the_order_of_the_rows_is_that_of_the_old_text_then_of_what_came() -> None:
    edited = B.replace("Twelve", "Twenty")
    assert told([E, A, B, D], [C, A, edited, E]) == [
        (REFACTOR, E, E),
        (EDIT, B, edited),
        (DELETION, D, ""),
        (ADDITION, "", C),
    ]


# --- bounds -------------------------------------------------------------------------------------------
def test_a_sentence_said_thousands_of_times() -> None:
    (gone,) = sentence_edits([f"{D} " * 4_001], [f"{D} " * 4_000])
    assert gone.action is DELETION
    (came,) = sentence_edits([D] * 4_000, [D] * 4_001)
    assert came.action is ADDITION
    edited = sentence_edits([f"{D} " * 4_000], [f"{D.replace('Nobody', 'Somebody')} " * 4_000])
    assert [(edit.action, edit.old_sentence, edit.new_sentence) for edit in edited] == [
        (EDIT, n, n) for n in range(4_000)
    ]


def calls(old: list[str], new: list[str]) -> int:
    """How many functions are called to compare two texts, those of C among them."""
    fingerprint._remembered.cache_clear()
    counted = 0

    def count(_frame: Any, event: str, _argument: Any) -> None:
        nonlocal counted
        counted += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        sentence_edits(old, new)
    finally:
        sys.setprofile(before)
    return counted


@pytest.mark.parametrize("joined", ["\n", " "], ids=["paragraphs", "one paragraph"])
@pytest.mark.parametrize(
    "how",
    [
        lambda said: said.replace("spoke", "wept"),
        lambda said: said.replace(". ", " and "),
        lambda said: "Gone is what was said. " * said.count("."),
    ],
    ids=["edited", "merged", "replaced"],
)
def test_work_grows_as_the_text_does(joined: str, how: Any) -> None:
    def compared(size: int) -> int:
        old = joined.join(f"Speaker number {n} spoke of it. " for n in range(size))
        return calls(old.split("\n"), how(old).split("\n"))

    assert compared(800) <= 5 * compared(200)


# --- laws ---------------------------------------------------------------------------------------------
sentence = st.one_of(
    st.sampled_from([A, B, C, D, E]),
    st.builds(
        "The {} {} the {} of {}.".format, *[st.sampled_from(["wall", "mayor", "saw", "boat", "left"])] * 4
    ),
    st.lists(st.sampled_from(["wall", "mayor", "saw", "the", "of", "boat"]), min_size=1, max_size=8).map(
        lambda some: " ".join(some).capitalize() + "."
    ),
)
text = st.lists(st.lists(sentence, max_size=4).map(" ".join), max_size=5)


@given(text)
def test_of_a_text_and_itself_there_is_nothing_to_tell(paragraphs: list[str]) -> None:
    assert sentence_edits(paragraphs, paragraphs) == []
    assert sentence_edits(paragraphs, [" ".join(paragraphs)]) == []


def leads_to(edits: list[SentenceEdit], old: list[str], new: list[str]) -> bool:
    """Whether the sentences of the old text that have no row, and the new ones of the rows, are the new text's."""
    touched = {edit.old_sentence for edit in edits}
    standing = Counter(one.key for one in part(old).sentences if one.index not in touched)
    told_of = {edit.new_sentence: words(edit.new) for edit in edits if edit.new_sentence is not None}
    return standing + Counter(told_of.values()) == Counter(one.key for one in part(new).sentences)


@given(text, text)
def test_the_new_sentences_follow_from_the_old_and_the_rows(old: list[str], new: list[str]) -> None:
    assert leads_to(sentence_edits(old, new), old, new)


@given(text, text)
def test_each_sentence_went_or_became_another_and_says_where_it_stands(
    old: list[str], new: list[str]
) -> None:
    sides = {"old": part(old), "new": part(new)}
    edits = sentence_edits(old, new)
    for edit in edits:
        for side, parted in sides.items():
            index, paragraph = getattr(edit, f"{side}_sentence"), getattr(edit, f"{side}_paragraph")
            said = getattr(edit, side)
            if index is None:
                assert (paragraph, said) == (None, "")
                assert edit.action is (ADDITION if side == "old" else DELETION)
            else:
                one = parted.sentences[index]
                assert (paragraph, said) == (one.paragraph, one.bare)
    gone = {edit.old_sentence for edit in edits if edit.action is DELETION}
    came = {edit.new_sentence for edit in edits if edit.action is ADDITION}
    pairs = [edit for edit in edits if edit.action in (EDIT, REFACTOR)]
    assert not gone & {edit.old_sentence for edit in pairs}
    assert not came & {edit.new_sentence for edit in pairs}
    edited = {(edit.old_sentence, edit.new_sentence) for edit in pairs if edit.action is EDIT}
    for edit in pairs:
        pair = edit.old_sentence, edit.new_sentence
        assert (words(edit.old) != words(edit.new)) == (pair in edited) == (edit.likeness < 1)
    assert len(set(edits)) == len(edits)


@given(text, text)
def test_from_the_new_text_to_the_old_all_is_the_other_way_round(old: list[str], new: list[str]) -> None:
    opposite = {ADDITION: DELETION, DELETION: ADDITION}
    back = {
        SentenceEdit(
            opposite.get(edit.action, edit.action),
            edit.new,
            edit.old,
            edit.new_paragraph,
            edit.old_paragraph,
            edit.new_sentence,
            edit.old_sentence,
            edit.likeness,
        )
        for edit in sentence_edits(new, old)
    }
    assert set(sentence_edits(old, new)) == back


@given(text, text)
def test_a_difference_at_hand_serves_as_well(old: list[str], new: list[str]) -> None:
    edits = sentence_edits(old, new, diff(old, new))
    assert leads_to(edits, old, new)
    if old <= new:  # the direction in which they are compared anyway
        assert edits == sentence_edits(old, new)


@pytest.mark.parametrize("order", list(permutations(range(5)))[::7])
def test_no_fewer_moves_explain_an_order(order: tuple[int, ...]) -> None:
    """By trying all sets of sentences that may have stood still."""
    said = [A, B, C, D, E]
    standing = max(
        size for size in range(1, 6) for some in combinations(order, size) if list(some) == sorted(some)
    )
    edits = sentence_edits(said, [said[k] for k in order])
    assert all(edit.action is REFACTOR for edit in edits)
    assert len(edits) == 5 - standing
