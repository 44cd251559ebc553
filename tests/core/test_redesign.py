"""A site built anew: what its template does is no edit, and what an editor does is."""

from dataclasses import replace

import pytest

from articles.core.fingerprint import digest
from articles.core.redesign import carry_over, is_redesigned, places_of
from articles.core.types import Extract, Paragraph, ParagraphKind

TEXTS = [
    "A fire at a warehouse in the harbour district forced about 200 residents from their homes on Tuesday night.",
    "Firefighters were called to Canal Street shortly after ten, when neighbours reported a loud explosion.",
    "Fire chief Miriam Osei said that nobody had been hurt, but warned that the building might yet collapse.",
    "Families were taken to a sports hall, where volunteers from the town handed out blankets and hot drinks.",
    "The cause is unknown, and investigators from the regional office are expected on Wednesday morning.",
]
STANDFIRST = "Two hundred people spent the night in a sports hall of the town after an explosion at ten."
CAPTION = Paragraph(ParagraphKind.CAPTION, "Smoke over the docks on Tuesday, seen from Canal Street")


def page(*texts: str, place: str = "p < div.old", **fields: object) -> Extract:
    paragraphs = tuple(Paragraph(ParagraphKind.PARAGRAPH, text) for text in texts or TEXTS)
    return Extract(
        "Fire in the harbour", paragraphs, byline="Ada Lund", places=(place,) * len(paragraphs), **fields
    )


def with_lines(extract: Extract, above: list[Paragraph], below: list[Paragraph]) -> Extract:
    paragraphs = (*above, *extract.paragraphs, *below)
    return replace(extract, paragraphs=paragraphs, places=("li < ul.meta",) * len(paragraphs))


OLD = page()
LIST = [Paragraph(ParagraphKind.LIST_ITEM, "Example Courier, Tuesday 3 March 2026 22.58 GMT")]
AGE = [Paragraph(ParagraphKind.PARAGRAPH, "This article is more than three years old")]
TEMPLATES = {
    "lines come at both ends": with_lines(OLD, AGE, LIST),
    "a caption comes": replace(OLD, paragraphs=(OLD.paragraphs[0], CAPTION, *OLD.paragraphs[1:])),
    "the byline says more": replace(OLD, byline="By Ada Lund, Harbour correspondent"),
    "the headline bears the paper's name": replace(OLD, title="Fire in the harbour – Example Courier"),
    "a standfirst is shown": replace(OLD, standfirst=STANDFIRST),
}


@pytest.mark.parametrize("name", TEMPLATES)
def test_what_a_template_shows_or_hides_is_carried_over_either_way(name):
    """Both ways, but for a standfirst that goes: its words were the editor's, and are missed by readers."""
    new = TEMPLATES[name]
    assert digest(carry_over(OLD, new)) == digest(new)
    if "standfirst" not in name:
        assert digest(carry_over(new, OLD)) == digest(OLD)


def test_a_standfirst_that_moves_into_the_text_or_out_of_it_says_the_same():
    apart, within = page(standfirst=STANDFIRST), page(STANDFIRST, *TEXTS)
    assert digest(carry_over(apart, within)) == digest(within)
    assert carry_over(within, apart).standfirst == STANDFIRST


EDITS = {
    "a number": [TEXTS[0].replace("200", "300"), *TEXTS[1:]],
    "a word at the end": [*TEXTS[:-1], TEXTS[-1].replace("Wednesday", "Thursday")],
    "a paragraph gone": [*TEXTS[:2], *TEXTS[3:]],
    "a paragraph come": [*TEXTS[:2], "The mayor came to the scene at midnight and thanked the crews.", *TEXTS[2:]],
    "a short one come within": [*TEXTS[:2], "Nobody was hurt.", *TEXTS[2:]],
    "a long one come at the end": [*TEXTS, "The owner, who lives abroad, could not be reached for comment on Wednesday morning."],
    "the first gone": TEXTS[1:],
}  # fmt: skip


@pytest.mark.parametrize("edit", EDITS)
@pytest.mark.parametrize("name", TEMPLATES)
def test_an_edit_made_with_a_redesign_is_all_that_differs(name, edit):
    """The old text is carried over as if the new template had shown it: as OLD in that template."""
    texts = EDITS[edit]
    edited = page(*texts)
    template = TEMPLATES[name]
    new = replace(
        edited,
        title=template.title,
        byline=template.byline,
        standfirst=template.standfirst,
        paragraphs=_in_template(template, edited),
    )
    carried = carry_over(OLD, new)
    assert digest(carried) != digest(new)
    if name != "a caption comes" or edit != "the first gone":  # where a caption belongs then, who knows
        assert digest(carried) == digest(template)


def _in_template(template: Extract, edited: Extract) -> tuple[Paragraph, ...]:
    own = [p for p in template.paragraphs if p not in OLD.paragraphs]
    if not own:
        return edited.paragraphs
    if own == [CAPTION]:
        return (edited.paragraphs[0], CAPTION, *edited.paragraphs[1:])
    return (*AGE, *edited.paragraphs, *LIST)


def test_another_text_is_not_carried_over():
    assert carry_over(OLD, page(*(text[::-1] for text in TEXTS))) is None


def test_a_redesign_is_told_by_where_the_text_stands():
    known = places_of(OLD)
    assert known == ["p < div.old"]
    assert is_redesigned(known, page(place="p < div.new"))
    assert not is_redesigned(known, OLD)
    assert not is_redesigned([], OLD)  # nothing is known yet
    half = replace(OLD, places=("p < div.old",) * 2 + ("p < div.new",) * 3)
    assert not is_redesigned(known, half)


@pytest.mark.parametrize(
    "new",
    [
        replace(OLD, title="Fire in the harbour kills two"),
        with_lines(OLD, [], [Paragraph(ParagraphKind.CORRECTION, "Correction: the fire began at nine.")]),
        with_lines(OLD, [Paragraph(ParagraphKind.PARAGRAPH, "Two people died.")], []),
        with_lines(OLD, [], [Paragraph(ParagraphKind.QUOTE, "We have lost all that we had")]),
    ],
)
def test_what_only_an_editor_writes_is_an_edit_whatever_the_template(new):
    assert digest(carry_over(OLD, new)) == digest(OLD) != digest(new)


def test_very_long_texts_are_left_alone():
    assert carry_over(page(*(f"Line {i} of the list" for i in range(2_000))), OLD) is None


def test_what_comes_between_a_standfirst_and_the_text_is_at_the_rim():
    old, aged = page(standfirst=STANDFIRST), page(AGE[0].text, *TEXTS, standfirst=STANDFIRST)
    assert digest(carry_over(old, aged)) == digest(aged)
    assert digest(carry_over(aged, old)) == digest(old)
