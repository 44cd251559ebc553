"""Kinds of change: each rule on an edit one would make by hand."""

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from articles.core import excerpts
from articles.core.diffing import diff
from articles.core.kinds import NAMES, classify
from articles.core.types import Classification, Extract, Paragraph, ParagraphKind

STANDING = "The fire broke out in a hotel in Rome while Anna Smith was away."


def extract(
    *texts: str,
    title: str = "Hotel fire",
    kind: ParagraphKind = ParagraphKind.PARAGRAPH,
    standfirst: str = "",
    byline: str = "",
    language: str = "en",
    published: datetime | None = None,
    modified: datetime | None = None,
) -> Extract:
    return Extract(
        title,
        tuple(Paragraph(kind, text) for text in texts),
        standfirst,
        byline,
        language,
        published=published,
        modified=modified,
    )


def classified(old: Extract, new: Extract) -> Classification:
    return classify(old, new, diff(old.texts, new.texts))


def kinds(old: str, new: str, language: str = "en") -> dict[str, str]:
    """Kinds and reasons of one paragraph that became another, beside one that stays."""
    result = classified(extract(STANDING, old, language=language), extract(STANDING, new, language=language))
    return {kind.name: kind.reason for kind in result.kinds}


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("At least 12 people died.", "At least 19 people died.", {"number": "12 -> 19"}),
        ("Some 12 million saw it.", "Some 12 billion saw it.", {"number": "12 million -> 12 billion"}),
        ("Two people died there.", "Three people died there.", {"number": "Two -> Three"}),
        ("It fell by 1.7% today.", "It fell by -1.7% today.", {"number": "1.7% -> -1.7%"}),
        ("It cost £12 then.", "It cost €12 then.", {"number": "£12 -> €12"}),
        ("قتل ١٢ شخصا", "قتل ١٩ شخصا", {"number": "١٢ -> ١٩"}),
        ("火灾造成12人死亡", "火灾造成19人死亡", {"number": "12 -> 19"}),
        ("It began on 3 May 2015.", "It began on 4 May 2015.", {"date": "3 May 2015 -> 4 May 2015"}),
        ("It began on Monday night.", "It began on Tuesday night.", {"date": "Monday -> Tuesday"}),
        (
            "It has stood there since 1914.",
            "It has stood there since 1915.",
            {"date": "since 1914 -> since 1915"},
        ),
        ("It began in March 2014.", "It began in March 2015.", {"date": "March 2014 -> March 2015"}),
        ("A guest, Anna Smith, left.", "A guest, Anna Smyth, left.", {"name": "Anna Smith -> Anna Smyth"}),
        ("The man allegedly shot him.", "The man shot him.", {"hedge": "allegedly dropped"}),
        ("They did warn residents.", "They did not warn residents.", {"hedge": "not added"}),
        ("They did warn residents.", "They didn't warn residents.", {"hedge": "not added"}),
        (
            "He was charged with murder.",
            "He was charged with manslaughter.",
            {"wording": "murder -> manslaughter"},
        ),
        (
            "He said “we knew nothing about it” then.",
            "He said “we knew something about it” then.",
            {"quotation": "nothing -> something"},
        ),
        # written otherwise, the number is the same: wording, but never nothing
        ("Some 1,900 people came.", "Some 1900 people came.", {"wording": "1,900 -> 1900"}),
        ("At least twelve died.", "At least 12 died.", {"wording": "twelve -> 12"}),
        # a capital makes no name of a word
        ("The president spoke.", "The President spoke.", {"wording": "president -> President"}),
        # a long stretch put in is a passage, whatever numbers and names are in it
        (
            "The fire is out now.",
            "The fire is out now. Some 40 engines had come from as far as Anna Smith lives.",
            {"added": "12 words"},
        ),
    ],
)
def test_one_edit(old: str, new: str, expected: dict[str, str]) -> None:
    assert kinds(old, new) == expected


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("He said “no”.", 'He said "no".', "quotation marks"),
        ("It isn’t over", "It isn't over", "quotation marks"),
        ("It is over", "It is over.", "punctuation"),
        ("It's (all) over.", "It's (all over).", "punctuation"),
        ("one\u00a0two – three", "one two — three", "spaces; dashes"),
        ("10 % more", "10% more", "spaces"),
        ("re\u00adport", "report", "hidden characters"),
        ("cafe\u0301", "café", "composed characters"),
    ],
)
def test_typography_is_cosmetic_and_weighs_nothing(old: str, new: str, reason: str) -> None:
    result = classified(extract(STANDING, old), extract(STANDING, new))
    assert (result.weight, result.added_words, result.removed_words, result.excerpt) == (0.0, 0, 0, ())
    assert [(kind.name, kind.reason) for kind in result.kinds] == [("cosmetic", reason)]


def test_a_paragraph_that_was_split_without_another_edit_is_cosmetic() -> None:
    more = "Nobody knows yet how it all began there, in the dark."
    result = classified(extract(f"{STANDING} {more}"), extract(STANDING, more))
    assert [(kind.name, kind.reason) for kind in result.kinds] == [("cosmetic", "paragraph breaks")]


def test_what_is_no_word_but_read_is_not_cosmetic() -> None:
    result = classified(extract(STANDING), extract(STANDING, "?"))
    assert [(kind.name, kind.reason) for kind in result.kinds] == [("added", "1 paragraph")]
    assert result.weight > 0


def test_quotation_marks_of_a_correction_note_are_no_correction() -> None:
    note = "Correction: an earlier version said “twelve” where it was nineteen."
    old = extract(STANDING, note)
    assert [kind.name for kind in classified(old, extract(STANDING, note.replace("“", '"'))).kinds] == [
        "cosmetic"
    ]


def test_a_paragraph_that_moved_beside_other_typography_only_moved() -> None:
    first, second = "Guests ran down the “dark” stairs.", "Roads around the station stay closed all day long."
    result = classified(extract(first, second), extract(second, first.replace("“", '"').replace("”", '"')))
    assert [kind.name for kind in result.kinds] == ["moved"]


def test_nothing_is_called_cosmetic_beside_a_word_that_changed() -> None:
    assert kinds("He said “no” to old plans.", 'He said "no" to new plans.') == {"wording": "old -> new"}


def test_german_nouns_are_no_names() -> None:
    assert "name" not in kinds("Er sah den Hund im Garten.", "Er sah die Katze im Garten.", "de")


def test_the_headline_standfirst_and_byline() -> None:
    old = extract(STANDING, title="Twelve die in fire", standfirst="It is big.", byline="Jo Hill")
    new = extract(STANDING, title="Nineteen die in fire", standfirst="It is huge.", byline="Jo Hall")
    result = classified(old, new)
    reasons = {kind.name: kind.reason for kind in result.kinds}
    assert reasons["headline"] == "Twelve -> Nineteen"
    assert reasons["standfirst"] == "big -> huge"
    assert reasons["byline"] == "Hill -> Hall"
    assert reasons["number"] == "Twelve -> Nineteen"
    assert (result.added_words, result.removed_words) == (3, 3)


def test_whole_paragraphs() -> None:
    first, second, third = (
        "Guests ran down the stairs in the dark.",
        "Roads around the station stay closed all day.",
        "Nobody knows yet how it all began there.",
    )
    new_one = "Schools will open again on the following morning."
    result = classified(extract(STANDING, first, second, third), extract(STANDING, second, first, new_one))
    assert {kind.name: kind.reason for kind in result.kinds} == {
        "added": "1 paragraph, 8 words",
        "removed": "1 paragraph, 8 words",
        "moved": "1 paragraph",
    }
    assert (result.added_words, result.removed_words) == (8, 8)


# --- disclosure ------------------------------------------------------------------------------------
NOTES = [
    "Correction: the age of the victim was 34.",
    "An earlier version of this article misspelt a name.",
    "This story has been updated to give the right figure.",
    "Editor’s note: a quotation was removed.",
    "Korrektur: Der Name war falsch geschrieben.",
]


@pytest.mark.parametrize("note", NOTES)
def test_a_correction_note_discloses(note: str) -> None:
    result = classified(extract(STANDING), extract(STANDING, note))
    assert result.kinds[0].name == "correction"
    assert result.kinds[0].reason == "note added"
    assert result.disclosed


def test_a_paragraph_the_page_marks_as_a_correction_discloses() -> None:
    old, note = extract(STANDING), Paragraph(ParagraphKind.CORRECTION, "The victim was 34, not 43.")
    new = Extract(old.title, (*old.paragraphs, note))
    assert classified(old, new).disclosed


def test_a_note_that_went_discloses_nothing() -> None:
    result = classified(extract(STANDING, NOTES[0]), extract(STANDING))
    assert {kind.name: kind.reason for kind in result.kinds}["correction"] == "note removed"
    assert not result.disclosed


@pytest.mark.parametrize(
    ("published", "before", "after", "disclosed"),
    [
        (1, 1, 1, False),
        (1, 1, 2, True),
        (1, None, 2, True),  # shown since the update
        (1, None, 1, False),  # the day of publication says nothing of an update
        (None, None, 2, False),  # cannot be known
        (1, 2, None, False),
        (1, 2, 1, False),
    ],
)
def test_the_pages_own_stamp(
    published: int | None, before: int | None, after: int | None, disclosed: bool
) -> None:
    def day(number: int | None) -> datetime | None:
        return datetime(2026, 1, number, tzinfo=UTC) if number else None

    old = extract("It was big.", published=day(published), modified=day(before))
    new = extract("It was huge.", published=day(published), modified=day(after))
    assert classified(old, new).disclosed is disclosed


# --- weight ----------------------------------------------------------------------------------------
def weight(old: str, new: str) -> float:
    return classified(extract(STANDING, old), extract(STANDING, new)).weight


def test_weight_orders_changes_by_meaning() -> None:
    case = weight("The president spoke.", "The President spoke.")
    word = weight("He told them so.", "He informed them so.")
    number = weight("At least 12 died.", "At least 19 died.")
    accusation = weight("He is charged with murder.", "He is charged with manslaughter.")
    assert 0 < case < word < accusation
    assert word < number
    headline = classified(extract(STANDING, title="12 die"), extract(STANDING, title="19 die")).weight
    assert headline > number


def test_a_long_addition_does_not_drown_a_number() -> None:
    assert weight("At least 12 died.", "At least 19 died.") > weight("Short.", "Short. " + "and so on " * 8)


# --- counting and the excerpt ----------------------------------------------------------------------
def test_words_are_counted_where_they_differ() -> None:
    # one mark spans "minister of defence"; the "of" inside it stayed
    result = classified(
        extract("Yesterday the minister of defence said this."),
        extract("Yesterday the secretary of state said this."),
    )
    assert (result.added_words, result.removed_words) == (2, 2)


def test_the_excerpt_shows_the_weightiest_edit_and_what_is_around() -> None:
    words = [f"word{k}" for k in range(200)]
    before = [*words[:100], "12", *words[100:]]
    after = [*words[:100], "19", *words[100:]]
    after[3] = "other"
    result = classified(extract(STANDING, " ".join(before)), extract(STANDING, " ".join(after)))
    ops = [op for op, _ in result.excerpt]
    assert ops == ["=", "-", "+", "="]
    assert result.excerpt[1:3] == (("-", "12"), ("+", "19"))
    left, right = result.excerpt[0][1], result.excerpt[3][1]
    assert left.startswith("…")
    assert right.endswith("…")
    assert left.endswith("word99 ")
    assert right.startswith(" word100")
    # cut between words: what is left of the text is whole words of it
    assert set(left.strip("…").split()) | set(right.strip("…").split()) <= set(words)
    assert 200 <= sum(len(text) for _, text in result.excerpt) <= excerpts.LENGTH + 2


def test_a_long_passage_is_cut_in_the_excerpt() -> None:
    result = classified(extract(STANDING), extract(STANDING, "Many words were put in here. " * 20))
    assert [op for op, _ in result.excerpt] == ["+", "="]
    assert result.excerpt[1] == ("=", "…")
    assert result.excerpt[0][1].startswith("Many words")
    assert len(result.excerpt[0][1]) <= excerpts.LENGTH


def test_without_a_change_in_the_body_the_excerpt_is_of_the_headline() -> None:
    result = classified(extract(STANDING, title="Fire kills 12"), extract(STANDING, title="Fire kills 19"))
    assert result.excerpt == (("=", "Fire kills "), ("-", "12"), ("+", "19"))


# --- laws ------------------------------------------------------------------------------------------
lines = st.one_of(
    st.lists(
        st.sampled_from(
            [
                "The",
                "dog",
                "Anna",
                "12",
                "may",
                "“we",
                "saw”",
                "3 May",
                "not",
                "murder.",
                "...",
                "中国",
                "-5",
                "'a",
                "b'",
            ]
        ),
        max_size=14,
    ).map(" ".join),
    st.text(st.characters(exclude_characters="\n"), max_size=25),
)
extracts = st.builds(
    Extract,
    lines,
    st.lists(st.builds(Paragraph, st.sampled_from(ParagraphKind), lines), max_size=5).map(tuple),
    standfirst=lines,
    byline=lines,
    language=st.sampled_from(["", "en", "de"]),
)


@given(extracts, extracts)
@settings(max_examples=200, deadline=None)
def test_any_change_is_classified(old: Extract, new: Extract) -> None:
    difference = diff(old.texts, new.texts)
    result = classify(old, new, difference)
    names = [kind.name for kind in result.kinds]
    assert names == sorted(set(names), key=NAMES.index)
    assert result.weight >= 0
    if result.added_words or result.removed_words:
        assert names
        assert result.weight > 0
        assert any(op != "=" for op, _ in result.excerpt)
    assert all(text for _, text in result.excerpt)
    assert sum(len(text) for op, text in result.excerpt if text != "…") <= excerpts.LENGTH + 2
    assert all(kind.reason or kind.name == "correction" for kind in result.kinds)


@given(extracts)
@settings(max_examples=50, deadline=None)
def test_no_change_has_no_kind(same: Extract) -> None:
    result = classify(same, same, diff(same.texts, same.texts))
    assert result == Classification((), 0.0, 0, 0, disclosed=False, excerpt=())


def test_a_hostile_paragraph_is_classified_within_bounds() -> None:
    """Thousands of edits, numbers and quotation marks that never close in one paragraph."""
    words = [f"“Name{k} {k} '" for k in range(4000)]
    old = " ".join(words)
    new = " ".join(word if k % 3 else f"x{k}" for k, word in enumerate(words))
    assert classified(extract(old), extract(new)).weight > 0
