"""Which passages of a page tick, told by looks alone."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from articles.core.steady import cleaned, compare, settle, stripped, without
from articles.core.types import Extract, Paragraph, ParagraphKind, Slot

LETTERS = str.maketrans("0123456789", "qwertyuiop")
NAMES = "alpha bravo charlie delta echo foxtrot golf hotel india juliett".split()


def line(name: str) -> str:
    return f"The {name} boats were painted in the harbour by people of the town who had asked for it"


def extract(*lines: str, standfirst: str = "") -> Extract:
    paragraphs = tuple(Paragraph(ParagraphKind.PARAGRAPH, text) for text in lines)
    return Extract("Title", paragraphs, standfirst=standfirst, places=("p",) * len(lines))


def noise(seed: int, count: int = 1) -> list[str]:
    return [f"Offer {str(seed * 10 + i).translate(LETTERS)} of lamps and of chairs" for i in range(count)]


texts = st.lists(st.sampled_from(NAMES), min_size=5, max_size=8, unique=True).map(
    lambda names: [*map(line, names)]
)


@st.composite
def ticking_pages(draw):
    """A text, and where noise stands in it (before the paragraph of each index), how many lines each time."""
    text = draw(texts)
    places = draw(st.lists(st.integers(0, len(text)), min_size=1, max_size=2, unique=True))
    return text, {place: draw(st.integers(1, 2)) for place in places}


def shown(text: list[str], places: dict[int, int], look: int) -> Extract:
    lines: list[str] = []
    for index in range(len(text) + 1):
        lines.extend(noise(look * 1_000 + index * 10, places.get(index, 0)))
        lines.extend(text[index : index + 1])
    return extract(*lines)


@given(ticking_pages())
def test_three_looks_tell_the_text_from_what_ticks(page):
    """The first look was taken for the text: noise and all; two more show what of it stays."""
    text, places = page
    last, first, second, third = (shown(text, places, look) for look in range(4))
    doubted = compare(first, second, last)
    assert not doubted.is_certain
    sure = compare(second, third, last, doubted.slots)
    assert sure.is_certain
    assert sure.steady.texts == text
    assert cleaned(last, sure.steady, sure.slots).texts == text


@given(ticking_pages(), st.integers(4, 9))
def test_once_known_a_single_look_is_enough(page, look):
    text, places = page
    known = _learnt(text, places)
    settled, slots = settle(shown(text, places, look), extract(*text), known)
    assert settled.texts == text
    assert {slot.place for slot in slots} == {slot.place for slot in known}
    assert sum(len(slot.seen) for slot in slots) == sum(places.values())


@given(ticking_pages(), st.data())
def test_nothing_of_the_article_goes_with_what_ticks(page, data):
    """Whatever is edited: each line that stands there twice is in the text of one look or the next."""
    text, places = page
    edited = list(text)
    at = data.draw(st.integers(0, len(text)))
    edited.insert(at, "A passage was put in here by the desk at noon")
    if data.draw(st.booleans()) and len(text) > 2:
        edited.remove(data.draw(st.sampled_from(text)))
    slots = _learnt(text, places)
    last = extract(*text)
    seen: set[str] = set()
    for look in (20, 21):
        settled, slots = settle(shown(edited, places, look), last, slots)
        seen.update(settled.texts)
    assert set(edited) <= seen


def test_what_comes_besides_what_ticks_is_kept_at_once():
    text = [line(name) for name in NAMES[:3]]
    known = _learnt(text, {1: 1})
    new = "A passage was put in here by the desk at noon"
    settled, _ = settle(extract(text[0], *noise(7), new, *text[1:]), extract(*text), known)
    assert new in settled.texts  # and one more look will tell which of the two stays


def test_a_short_heading_that_stays_beside_what_ticks_is_text():
    text = [line(name) for name in NAMES[:5]]
    looks = [extract(text[0], *noise(look), "Deal done", *text[1:]) for look in (1, 2, 3)]
    sure = compare(looks[1], looks[2], extract(*text), compare(looks[0], looks[1], extract(*text)).slots)
    assert sure.steady.texts == [text[0], "Deal done", *text[1:]]


def counted(price: float, dead: int, title: str = "T") -> Extract:
    one = (
        f"The company, whose shares stood at {price} on Monday, said that {dead} workers had died in the fire"
    )
    return replace(extract(one, line("alpha")), title=title)


def test_a_figure_that_ticks_in_a_paragraph_costs_neither_the_paragraph_nor_its_edits():
    last = counted(14.1, 12)
    first, second, third = (counted(price, 12) for price in (14.2, 14.3, 14.4))
    doubted = compare(first, second, last)
    sure = compare(second, third, last, doubted.slots)
    assert (doubted.is_certain, sure.is_certain) == (False, True)
    assert sure.steady == last
    settled, slots = settle(counted(14.9, 12), last, sure.slots)
    assert settled == last
    edited, slots = settle(counted(15.2, 19), last, slots)  # the other number
    assert edited.texts == counted(15.2, 19).texts
    reworded = replace(last, paragraphs=(Paragraph(ParagraphKind.PARAGRAPH, "Shares stood at 14.9"),))
    assert settle(reworded, last, slots)[0] == reworded
    stays = counted(15.7, 12)
    _, slots = settle(stays, last, slots)
    assert settle(stays, last, slots)[0] == stays  # the figure that stood there at the last look, too


def test_a_headline_that_is_another_at_every_look_is_left_as_it_was():
    last, *looks = (counted(14.1, 12, f"Live: {word}") for word in ("alpha", "bravo", "charlie", "delta"))
    sure = compare(looks[1], looks[2], last, compare(looks[0], looks[1], last).slots)
    assert sure.is_certain
    assert sure.steady == last
    settled, slots = settle(counted(14.1, 12, "Live: echo"), last, sure.slots)
    assert settled == last
    assert settle(counted(14.1, 12, "Live: echo"), last, slots)[0].title == "Live: echo"


def test_what_ticks_is_never_most_of_a_text():
    """Every paragraph is another at each look: nothing tells which of them is the article's."""
    looks = [extract(*noise(look, 6)) for look in range(4)]
    assert not compare(looks[2], looks[3], looks[0], compare(looks[1], looks[2], looks[0]).slots).is_certain


def test_a_paragraph_taken_out_beside_what_ticked_is_not_cleaned_away():
    text = [line(name) for name in NAMES[:5]]
    gone = "The mayor came to the scene at midnight and thanked the crews for what they had done"
    last = extract(text[0], gone, *noise(0), *text[1:])
    first, second, third = (extract(text[0], *noise(look), *text[1:]) for look in (1, 2, 3))
    sure = compare(second, third, last, compare(first, second, last).slots)
    assert gone in cleaned(last, sure.steady, sure.slots).texts


def test_very_long_texts_of_equal_lines_are_compared_at_their_ends_only():
    """Work is bounded, and what the two share at both ends is still found."""
    one = extract(line("alpha"), *["again and again"] * 20_000, line("bravo"))
    other = extract(line("alpha"), *["again and again", "and again"] * 10_000, line("bravo"))
    assert compare(one, other, one).is_edited
    assert settle(other, one, [Slot("a", "b")])[0] == other


def test_an_edit_between_two_looks_is_not_taken_for_ticking():
    text = [line(name) for name in NAMES[:4]]
    last, edited = extract(*text), [text[0], "A passage in doubt", *text[1:]]
    compared = compare(extract(*edited), extract(*text[:2], *noise(1), *text[2:]), last)
    assert not compared.is_certain


def test_labels_that_are_the_same_by_chance_are_no_text():
    text = [line(name) for name in NAMES[:5]]
    last = extract(*text)

    def poll(look: int, share: str) -> Extract:
        return extract(text[0], *noise(look), "30%", share, *text[1:])

    doubted = compare(poll(1, "41%"), poll(2, "12%"), last)
    sure = compare(poll(2, "12%"), poll(3, "12%"), last, doubted.slots)
    assert sure.is_certain
    assert sure.steady.texts == text


def test_an_edited_paragraph_beside_what_ticks_is_not_cleaned_away():
    """Baseline: a paragraph and an advert; now the paragraph is edited and the advert is another."""
    before, after = (
        "The fire forced 200 people from their homes",
        "The fire forced 300 people from their homes",
    )
    text = [line(name) for name in NAMES[:2]]
    last = extract(text[0], before, *noise(0), text[1])
    first, second, third = (extract(text[0], after, *noise(look), text[1]) for look in (1, 2, 3))
    sure = compare(second, third, last, compare(first, second, last).slots)
    assert sure.steady.texts == [text[0], after, text[1]]
    assert cleaned(last, sure.steady, sure.slots).texts == [text[0], before, text[1]]


def test_a_standfirst_may_tick_as_well():
    text = [line(name) for name in NAMES[:3]]
    looks = [extract(*text, standfirst=noise(look)[0]) for look in range(4)]
    sure = compare(looks[2], looks[3], looks[0], compare(looks[1], looks[2], looks[0]).slots)
    assert (sure.steady.standfirst, sure.steady.texts) == ("", text)


def test_an_old_look_is_stripped_of_all_that_stands_in_slots():
    text = [line(name) for name in NAMES[:3]]
    known = [replace(slot, seen=()) for slot in _learnt(text, {1: 2})]
    assert stripped(shown(text, {1: 2}, 50), extract(*text), known).texts == text


def test_without_keeps_places_beside_their_paragraphs():
    article = replace(extract(*NAMES[:3], standfirst="S"), places=("a", "b", "c"))
    assert without(article, {-1, 1}).places == ("a", "c")
    assert without(article, {-1, 1}).standfirst == ""


def _learnt(text: list[str], places: dict[int, int]) -> tuple[Slot, ...]:
    last = extract(*text)
    first, second, third = (shown(text, places, look) for look in (1, 2, 3))
    return compare(second, third, last, compare(first, second, last).slots).slots
