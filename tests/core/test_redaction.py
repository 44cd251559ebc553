"""Passages blacked out: found however they are set, as whole words, and nothing else is touched."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from articles.core import redaction
from articles.core.redaction import MARK, Counting, Cover, is_enough, reading
from articles.core.types import Extract, Paragraph, ParagraphKind


@pytest.mark.parametrize(
    ("passage", "text", "shown"),
    [
        ("Ines Almqvist", "Then Ines Almqvist left.", f"Then {MARK} left."),
        ("Ines Almqvist", "INES\u00a0ALMQVIST left", f"{MARK} left"),
        ("Ines Almqvist", "Ines Almqvist’s dog", f"{MARK}’s dog"),
        ("Ines Almqvist", "d’Ines Almqvist-Berg", f"d’{MARK}-Berg"),
        ("Ines Almqvist", "Ines Alm\u00adqvist", MARK),
        ("Ines Almqvist", "Ines Almqvistson and Bines Almqvist", "Ines Almqvistson and Bines Almqvist"),
        ("“no”, he said", "“We say 'No' – he said – and left.”", f"“We say '{MARK} – and left.”"),
        ("Müller Straße", "an der Mu\u0308ller-STRASSE 4", f"an der {MARK} 4"),
        ("the rapist", "Her therapist spoke.", "Her therapist spoke."),
        ("35 people", "3 people, 135 people, 35 people", f"3 people, 135 people, {MARK}"),
        ("Almqvist Almqvist", "Almqvist Almqvist Almqvist", MARK),
        ("张三", "警方说张三说过", f"警方说{MARK}说过"),
        ("محمد", "قال ومُحَمَّد وغيره", f"قال و{MARK} وغيره"),
        ("김철수", "김철수는 말했다", f"{MARK}는 말했다"),
        ("รถไฟ", "นั่งรถไฟฟ้า", f"นั่ง{MARK}ฟ้า"),
        ("Jose Perez", "José Pérez", "José Pérez"),
    ],
)
def test_a_passage_is_found_however_it_is_set_and_only_as_whole_words(passage, text, shown) -> None:
    assert Cover.of([passage]).line(text) == shown


def test_a_passage_is_found_across_paragraphs_and_leaves_its_mark_in_each() -> None:
    cover = Cover.of(["the end. A new start"])
    assert cover.paragraphs(["This is the end.", "A new start it is.", "No."]) == [
        f"This is {MARK}",
        f"{MARK} it is.",
        "No.",
    ]


def test_several_passages_that_overlap_leave_one_mark() -> None:
    assert (
        Cover.of(["one two three", "three four"]).line("zero one two three four five") == f"zero {MARK} five"
    )


def test_it_is_counted_in_every_line_of_a_version() -> None:
    text = "Ines Almqvist, and again Ines Almqvist."
    extract = Extract("Ines Almqvist", (Paragraph(ParagraphKind.PARAGRAPH, text),), byline="Ines Almqvist")
    assert Cover.of(["ines almqvist"]).count(extract) == 4
    assert Cover().count(extract) == 0


WORDS = st.sampled_from(
    ["ann", "Berg", "a", "–", "’s", "“", "张", "三", "ﬁ", "e\u0301", "김", "و", "", "\u00ad", "9"]
)
LINES = st.lists(
    st.lists(WORDS, max_size=6).map(" ".join) | st.lists(WORDS, max_size=6).map("".join), max_size=6
)


@given(LINES, LINES, st.lists(LINES.map(" ".join), max_size=3))
def test_counting_in_many_texts_counts_as_in_each_by_itself(first, second, passages) -> None:
    counting = Counting(Cover.of(passages))
    for texts in (first, second, first[::-1], first + second):
        paragraphs = tuple(Paragraph(ParagraphKind.PARAGRAPH, text) for text in texts)
        extract = Extract(" ".join(texts[:1]), paragraphs)
        assert counting.count((extract.title,), texts) == Cover.of(passages).count(extract)


def test_what_is_remembered_of_texts_has_an_end(monkeypatch) -> None:
    monkeypatch.setattr(redaction, "MOST_REMEMBERED", 20)
    counting = Counting(Cover.of(["ann berg"]))
    for number in range(9):
        assert counting.count((), ["Ann Berg said so.", f"Paragraph {number}"]) == 1
        assert sum(map(len, counting._known)) <= 20 + len("Ann Berg said so.")


@pytest.mark.parametrize(
    ("passage", "enough"),
    [
        ("", False),
        ("… – !", False),
        ("Ann", False),
        ("Anna", True),
        ("a b", True),
        ("张三", True),
        ("张", False),
    ],
)
def test_a_passage_must_say_something(passage: str, enough: bool) -> None:
    assert is_enough(passage) is enough


WORDS = st.lists(st.sampled_from("ash birch cedar elm fir oak pine rowan willow yew".split()), max_size=30)
GAPS = st.sampled_from([" ", ", ", " – ", "\u00a0", "’s ", "\u00ad "])


@given(WORDS, WORDS.filter(lambda words: 0 < len(words) < 4), st.data())
def test_all_other_words_stay_as_they_are(words: list[str], passage: list[str], data: st.DataObject) -> None:
    text = "".join(word + data.draw(GAPS) for word in words)
    shown = Cover.of([" ".join(passage)]).line(text)
    parts = shown.split(MARK)
    # what is left of the text stands in it, in order, and the passage is nowhere in what is left
    at = 0
    for part in parts:
        at = text.index(part, at) + len(part)
    assert all(f" {reading(' '.join(passage))} " not in f" {reading(part)} " for part in parts)
    if len(parts) == 1:
        assert shown == text


@given(
    st.lists(st.text(st.characters(exclude_characters="\n"), max_size=30), max_size=5),
    st.text(min_size=1, max_size=6),
)
def test_any_text_keeps_its_paragraphs(texts: list[str], passage: str) -> None:
    cover = Cover.of([passage])
    shown = cover.paragraphs(texts)
    assert len(shown) == len(texts)
    if not cover:
        assert shown == texts


def test_nothing_hidden_alters_nothing() -> None:
    assert not Cover()
    assert Cover().paragraphs(["a", "b"]) == ["a", "b"]
