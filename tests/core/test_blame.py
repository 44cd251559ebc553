"""Sentences, and which version first said each."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from articles.core import sentences, tracing
from articles.core.blame import Said, Unsaid, blame, since_when

A = "The harbour board met on Monday in the old town hall."
B = "Twelve people spoke against the new wall."
C = "A decision is expected in March, the chairman said."
D = "Nobody was hurt."


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("He left. She stayed.", ["He left. ", "She stayed."]),
        ("Mr. Smith met J. K. Rowling. Both smiled.", ["Mr. Smith met J. K. Rowling. ", "Both smiled."]),
        (
            "Paid posts (e.g. Promote) count. Others don't.",
            ["Paid posts (e.g. Promote) count. ", "Others don't."],
        ),
        ("The U.S. Senate met J.K. Rowling. It rose.", ["The U.S. Senate met J.K. Rowling. ", "It rose."]),
        ("He flew to the U.S. He came back.", ["He flew to the U.S. ", "He came back."]),
        ("He left the U.S. “Never,” he said.", ["He left the U.S. ", "“Never,” he said."]),
        ("It rose by 3.5 per cent. Why?", ["It rose by 3.5 per cent. ", "Why?"]),
        ("“No,” she said. “Never!”", ["“No,” she said. ", "“Never!”"]),
        ("市長は辞任した。後任は未定だ。", ["市長は辞任した。", "後任は未定だ。"]),
        ("وصل الوزير. ثم غادر؟ نعم.", ["وصل الوزير. ", "ثم غادر؟ ", "نعم."]),
        ("", []),
    ],
)
def test_a_text_is_parted_into_its_sentences(text: str, expected: list[str]) -> None:
    assert [text[start:end] for start, end in sentences.spans(text)] == expected


@given(st.text(st.characters(codec=None)))
def test_sentences_make_up_their_text(text: str) -> None:
    assert "".join(text[start:end] for start, end in sentences.spans(text)) == text


def origins(*texts: list[str]) -> dict[str, tuple[int, int]]:
    found = blame(texts)
    return {
        said.text.strip(): (said.since, said.first) for paragraph in found.paragraphs for said in paragraph
    }


def test_a_sentence_is_as_old_as_the_first_version_that_has_it() -> None:
    assert origins([f"{A} {B}"], [f"{A} {B} {C}"], [f"{A} {B} {C} {D}"]) == {
        A: (1, 1),
        B: (1, 1),
        C: (2, 2),
        D: (3, 3),
    }


def test_a_sentence_that_moved_to_another_paragraph_is_as_old_as_before() -> None:
    assert origins([A, B, C], [C, A, f"{D} {B}"]) == {A: (1, 1), B: (1, 1), C: (1, 1), D: (2, 2)}


def test_an_edited_sentence_is_new_and_descends_from_the_one_it_was() -> None:
    edited = B.replace("Twelve", "Twenty-one")
    again = edited.replace("spoke against", "spoke in favour of")
    assert origins([A, B], [A, edited], [A, again]) == {A: (1, 1), again: (3, 1)}


def test_a_word_taken_out_makes_its_sentence_new_and_no_other() -> None:
    shorter = C.replace(", the chairman said", "")
    assert origins([f"{A} {C} {D}"], [f"{A} {shorter} {D}"]) == {A: (1, 1), shorter: (2, 1), D: (1, 1)}


def test_a_sentence_edited_on_its_way_to_another_paragraph_descends_from_the_one_it_was() -> None:
    edited = B.replace("Twelve", "Twenty")
    assert origins([f"{A} {B}", C], [A, f"{C} {edited}"]) == {A: (1, 1), C: (1, 1), edited: (2, 1)}
    assert blame([[f"{A} {B}", C], [A, f"{C} {edited}"]]).removed == ()


def test_typography_alone_makes_nothing_new() -> None:
    assert origins(["“No,” she said."], ['"No," she said .']) == {'"No," she said .': (1, 1)}


def test_a_line_without_words_is_as_old_as_before_and_never_listed_as_removed() -> None:
    found = blame([[A, "* * *", B], [A, "* * *", B, C], [A, B, C]])
    assert found.removed == ()
    assert origins([A, "* * *", B], [C, A, "***", B])["***"] == (1, 1)


def test_what_was_removed_is_listed_with_its_life_the_latest_first_unless_it_came_back() -> None:
    found = blame([[A, B, C], [A, C, D], [A, D], [A, C, D], [A, D]])
    assert found.removed == (Unsaid(C, 4, 4), Unsaid(B, 1, 1))
    assert blame([[A, B], [A], [A, B]]).removed == ()


def test_an_edited_sentence_is_not_listed_as_removed() -> None:
    assert blame([[A, B], [A, B.replace("Twelve", "Thirteen")]]).removed == ()


def test_numbers_begin_where_they_are_said_to() -> None:
    assert blame([[A], [A, B]], first_number=41).paragraphs == ((Said(A, 41, 41),), (Said(B, 42, 42),))


def test_since_when_a_headline_stands() -> None:
    assert since_when(["Old", "New", "“New”", "New"]) == 2
    assert since_when(["A", "B", "A"], first_number=5) == 7
    assert since_when(["A"]) == 1


texts = st.lists(st.lists(st.sampled_from([A, B, C, D]), max_size=3).map(" ".join), max_size=4)


def test_a_hostile_paragraph_is_read_within_bounds() -> None:
    """Initials without end, which make no sentence; thousands of edited sentences in one paragraph."""
    assert sentences.spans("A. " * 50_000) == [(0, 150_000)]
    numbers = range(5_000)
    old = "".join(f"This is sentence number {n} of the text. " for n in numbers)
    new = "".join(f"This {'was' if n % 2 else 'is'} sentence number {n} of the text. " for n in numbers)
    (paragraph,) = blame([[old], [new]]).paragraphs
    assert [(said.since, said.first) for said in paragraph] == [(2, 1) if n % 2 else (1, 1) for n in numbers]


@given(st.lists(texts, min_size=1, max_size=5))
def test_the_blame_is_the_newest_text_and_no_sentence_is_older_than_its_article(
    history: list[list[str]],
) -> None:
    found = blame(history)
    assert ["".join(said.text for said in paragraph) for paragraph in found.paragraphs] == history[-1]
    for paragraph in found.paragraphs:
        for said in paragraph:
            assert 1 <= said.first <= said.since <= len(history)
            # its very words stand in the version that it is said to stand in since
            assert any(said.text.strip() in one for one in history[said.since - 1])
    standing = " ".join(history[-1])
    for gone in found.removed:
        assert gone.text not in standing
        assert any(gone.text in one for one in history[gone.last - 1])
        assert not any(gone.text in one for one in history[gone.last])


def test_of_a_long_paragraph_no_edit_is_held_against_every_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every other one of 400 sentences is edited, so that some 400 runs of letters stay: each lies in two."""
    met = 0
    within = tracing._within

    def counted(*arguments: Any) -> Iterator[Any]:
        nonlocal met
        for one in within(*arguments):
            met += 1
            yield one

    monkeypatch.setattr(tracing, "_within", counted)
    old = [f"Speaker number {n} spoke in favour of it." for n in range(400)]
    new = [said.replace("favour", "doubt") if n % 2 else said for n, said in enumerate(old)]
    found = blame([[" ".join(old)], [" ".join(new)]])
    assert [(said.since, said.first) for said in found.paragraphs[0]] == [(1, 1), (2, 1)] * 200
    assert met <= 4 * 800
