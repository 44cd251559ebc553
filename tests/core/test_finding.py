"""What texts are found by, searches as they are typed, quotations in texts."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from articles.core import querying, quoting, terms
from articles.core.querying import BadQuery, Query, Unit
from articles.core.quoting import BadQuotation, Codes, Found, Stretch

TEXT = (
    "The council will close the iron bridge, which was built in 1891, for two years from April. "
    "Inspectors found rust in eleven of its forty girders last autumn, the mayor said on Tuesday."
)
WORDS = st.lists(
    st.sampled_from("rust bridge mayor die der élan Straße 大 桥 ฟ ١٢ 1,500".split()), max_size=40
)


def trace(quotation: str, text: str = TEXT) -> Found | None:
    codes = Codes(quoting.read(quotation))
    return quoting.trace(codes.parts, codes.encode(terms.words(text)))


# --- numbers -------------------------------------------------------------------------------------------
def test_signs_and_case_make_no_difference():
    said = terms.words("“Don't,” he said – in A\u00a0HURRY: 1,500")
    assert said == ["don't", "he", "said", "in", "a", "hurry", "1,500"]
    assert said == terms.words("„Don’t” HE SAID — in a hurry 1,500")


def test_half_of_a_surrogate_pair_is_a_word_like_another():
    """Texts that were stored with one are given back with it (`core.packing`)."""
    broken = "b\ud800\u0e33"
    assert terms.stem(broken, "english") == broken
    assert terms.of_text([f"A ferry {broken} ran."], "en") >= {terms.of_word("ferry")}


def test_forms_of_a_word_are_those_of_its_language():
    assert not terms.of_text(["bridges"], "en").isdisjoint(terms.alternatives("bridge", ["english"]))
    alternatives = terms.alternatives("hauses", ["english", "german"])
    assert not terms.of_text(["Häuser"], "de-AT").isdisjoint(alternatives)
    assert terms.of_text(["Häuser"], "en").isdisjoint(alternatives)


@given(WORDS, WORDS, WORDS)
def test_a_text_has_all_numbers_of_what_is_in_it(before: list[str], said: list[str], after: list[str]):
    numbers = terms.of_text([" ".join(before), " ".join(said), " ".join(after)], "en")
    assert set(terms.runs(terms.words(" ".join([*before, *said])))) <= numbers
    assert {terms.of_word(word) for word in terms.words(" ".join(said))} <= numbers


LINES = st.lists(
    st.lists(st.sampled_from("rust rusted rusting bridge bridges die 桥".split()), max_size=6), max_size=3
)


@given(st.lists(st.tuples(LINES, LINES), max_size=3))
def test_a_change_has_the_numbers_of_whatever_came_or_went_with_it(pairs: list[tuple[list[list[str]], ...]]):
    told = [tuple([" ".join(line) for line in lines] for lines in pair) for pair in pairs]
    came, went = terms.of_change(told, "en")
    units = [word("rust"), word("bridges"), word("die"), phrase("rust bridge"), phrase("die rusted bridge")]
    for unit in units:
        query = Query(((unit,),), ())
        asked = query.numbers(["english", "german"], are_moving=True) + query.runs
        for old, new in told:
            before, after = (
                sum(len(querying.find(unit, terms.words(line), "english")) for line in lines)
                for lines in (old, new)
            )
            if after > before:
                assert all(not came.isdisjoint(group) for group in asked)
            if before > after:
                assert all(not went.isdisjoint(group) for group in asked)


def test_a_word_that_a_line_keeps_has_not_come_with_it():
    came, went = terms.of_change([(["The bridge is closed."], ["The bridge was closed in April."])], "en")
    the, was = (terms.alternatives(one, ["english"], is_moving=True) for one in ("the", "was"))
    assert came.isdisjoint(the)
    assert went.isdisjoint(the)
    assert not came.isdisjoint(was)
    assert terms.of_word("the") in came  # for a phrase that begins with it


# --- searches ------------------------------------------------------------------------------------------
def word(text: str) -> Unit:
    return Unit((text,), is_exact=False)


def phrase(text: str) -> Unit:
    return Unit(tuple(text.split()), is_exact=True)


@pytest.mark.parametrize(
    ("typed", "wanted", "unwanted"),
    [
        ("Ferry aground", ((word("ferry"),), (word("aground"),)), ()),
        ('ferry "ran aground"', ((word("ferry"),), (phrase("ran aground"),)), ()),
        ("ferry OR boat fog", ((word("ferry"), word("boat")), (word("fog"),)), ()),
        ("ferry -fog -“thick fog”", ((word("ferry"),),), (word("fog"), phrase("thick fog"))),
        ("OR ferry", ((word("ferry"),),), ()),
        ("re-election", ((phrase("re election"),),), ()),
        ('"unclosed phrase', ((phrase("unclosed phrase"),),), ()),
    ],
)
def test_what_is_typed_is_read(typed: str, wanted: tuple, unwanted: tuple):
    assert querying.parse(typed) == Query(wanted, unwanted)


def test_words_are_found_in_any_form_and_phrases_as_they_stand():
    words = terms.words(TEXT)
    assert querying.find(word("girder"), words, "english") == [
        (words.index("girders"), words.index("girders") + 1)
    ]
    assert querying.find(word("girder"), words, "") == []
    assert querying.find(phrase("the iron"), words, "english") == [(4, 6)]
    assert querying.find(phrase("iron bridges"), words, "english") == []


# --- quotations ----------------------------------------------------------------------------------------
@given(st.integers(0, 20), st.integers(6, 12))
def test_whatever_a_text_says_is_found_in_it(start: int, length: int):
    words = terms.words(TEXT)
    [place] = trace(" ".join(words[start : start + length]) + " ").places
    assert words[place.start : place.end] == words[start : start + length]


@pytest.mark.parametrize(
    ("quotation", "percent"),
    [
        ("close the iron bridge … for two years from April", 100),
        ("close the iron bridge [and the road] found rust in eleven", 100),
        ("for two years from April ... close the iron bridge", 99),  # not in this order
        # one of seven words is another
        ("close the old bridge which was built in", round(100 * 7 / 8)),
        # five words left out of fifteen
        ("The council will close the iron bridge for two years from April", round(200 * 12 / (12 + 17))),
    ],
)
def test_how_near_a_quotation_is(quotation: str, percent: int):
    assert trace(quotation).percent == percent


def test_a_text_that_shares_no_word_says_nothing_of_it():
    assert trace("completely different utterance altogether") is None


@pytest.mark.parametrize("quotation", ["too short", "x" * 1_001, "“…” — “…” — “…” — “…”"])
def test_what_cannot_be_traced_is_refused_with_what_to_paste(quotation: str):
    with pytest.raises(BadQuotation, match="paste"):
        quoting.read(quotation)


def test_characters_of_double_width_count_twice():
    assert quoting.read("大桥将关闭两年检查人员").length > 3


@given(st.lists(st.booleans(), max_size=12))
def test_stretches_are_what_fits_in_a_row(fitting: list[bool]):
    numbers = range(1, len(fitting) + 1)
    found = quoting.stretches(numbers, fitting)
    covered = [number for one in found for number in range(one.start, one.end + 1)]
    assert covered == [number for number, fits in zip(numbers, fitting, strict=True) if fits]
    assert quoting.stretches([4, 5, 6, 7], [True, True, False, True]) == (Stretch(4, 5), Stretch(7, 7))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("He said: “We felt a blow and stood still,” and left.", ["We felt a blow and stood still,"]),
        ("Sie sagte: „Wir spürten einen Schlag.“ Dann", ["Wir spürten einen Schlag."]),
        ("Elle dit : « Nous avons senti un choc » hier", ["Nous avons senti un choc"]),
        ("彼は「私たちは衝撃を感じて立ち止まった」と言った", ["私たちは衝撃を感じて立ち止まった"]),
        ("He said ‘we didn’t feel a blow at all’ then", ["we didn’t feel a blow at all"]),
        ("The “so-called” blow", []),
    ],
)
def test_quotations_of_a_page_are_what_stands_in_marks(text: str, found: list[str]):
    assert quoting.quotations([(text, False)], 20) == found


def test_a_block_quotation_is_one_as_a_whole_and_each_counts_once():
    paragraphs = [("We felt a blow and stood still.", True), ("“We felt a blow and stood still.”", False)]
    assert quoting.quotations(paragraphs, 20) == ["We felt a blow and stood still."]
    assert (
        quoting.quotations([(f"The {n}th passenger felt a blow.", True) for n in range(30)], 20)[-1][4:8]
        == "19th"
    )


# --- whatever is typed -----------------------------------------------------------------------------------
@given(st.text(max_size=300))
def test_nothing_that_is_typed_breaks_or_takes_long(text: str):
    with suppress(BadQuery):
        query = querying.parse(text)
        assert query.numbers(["english"])
    with suppress(BadQuotation):
        found = quoting.read(text * (1 + 20 // max(len(text), 1)))
        assert found.probes() is not None


def test_the_same_word_again_and_again_is_bounded():
    part, text = "a" * 250 + "b" + "a" * 249, "a" * 100_000
    assert len(quoting._seeds(part, text, 3)) <= len(part) * quoting.MOST_SEEDS
    assert quoting.trace([part], text) is not None
