"""What a reader should see: small texts with the diff one would draw by hand."""

import random
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from articles.core.diffing import diff, diff_text, lit
from articles.core.diffing.sequences import common_runs, heaviest_chain
from articles.core.diffing.tokens import split_words
from articles.core.diffing.words import edit_script
from articles.core.types import Diff, RowState, Segment


def written(segments: tuple[Segment, ...]) -> str:
    """Segments as a line: [-removed-]{+added+}."""
    marks = {"=": "{}", "-": "[-{}-]", "+": "{{+{}+}}"}
    return "".join(marks[op].format(text) for op, text in segments)


def states(result: Diff) -> list[tuple[str, tuple[int, ...], tuple[int, ...]]]:
    return [(row.state.value, row.old, row.new) for row in result.rows]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        # a number and a word are replaced whole, never in part
        ("12 people died", "19 people died", "[-12-]{+19+} people died"),
        ("It cost £1,250.", "It cost £1,350.", "It cost £[-1,250-]{+1,350+}."),
        ("undertaking it", "takings it", "[-undertaking-]{+takings+} it"),
        # what was put in takes the space behind or before it along, once
        ("He fled.", "He then fled.", "He {+then +}fled."),
        ("The man who allegedly shot", "The man who shot", "The man who [-allegedly -]shot"),
        # a whole sentence is marked as a whole, from one full stop to the next
        ("It ended. It is over.", "It ended. It began. It is over.", "It ended.{+ It began.+} It is over."),
        # two marks parted by a small word are one
        (
            "the minister of defence said",
            "the secretary of state said",
            "the [-minister of defence-]{+secretary of state+} said",
        ),
        # ... but a word that carries meaning stays
        (
            "three people were arrested there",
            "four people were detained there",
            "[-three-]{+four+} people were [-arrested-]{+detained+} there",
        ),
        # a time, a score, a date or a range is one number, and a word between two that changed stays
        (
            "At 05:16 some 1,280 people",
            "At 05:17 some 1,320 people",
            "At [-05:16-]{+05:17+} some [-1,280-]{+1,320+} people",
        ),
        ("They won 2-1.", "They won 2-0.", "They won [-2-1-]{+2-0+}."),
        (
            "on 2026-05-04 or 4/5/26",
            "on 2026-05-14 or 4/6/26",
            "on [-2026-05-04 or 4/5/26-]{+2026-05-14 or 4/6/26+}",
        ),
        ("open 7am until 10pm", "open 8am until 11pm", "open [-7am-]{+8am+} until [-10pm-]{+11pm+}"),
        ("aged 10–15", "aged 10–16", "aged [-10–15-]{+10–16+}"),
        # two long marks take along a little more, and so does one that has become long by that
        (
            "red green blue white black brown but people pink of gold grey cyan teal plum lime rust",
            "one two three four five six but people seven of eight nine ten eleven twelve forty sixty",
            "[-red green blue white black brown but people pink of gold grey cyan teal plum lime rust-]"
            "{+one two three four five six but people seven of eight nine ten eleven twelve forty sixty+}",
        ),
        # a phrase is marked from comma to comma
        ("He said, on oath, no.", "He said, no.", "He said,[- on oath,-] no."),
        # ... but a colon before a space, or a full stop behind a number, is none of it
        (
            "It ended 2: 3 died in 5.",
            "It ended 2: 4 died in 5!",
            "It ended 2: [-3-]{+4+} died in 5[-.-]{+!+}",
        ),
        # typography lights only itself
        ("He said “no”.", 'He said "no".', 'He said [-“-]{+"+}no[-”-]{+"+}.'),
        ("one\u00a0two three", "one two three", "one[-\u00a0-]{+ +}two three"),
        ("cafe\u0301 open", "café open", "[-cafe\u0301-]{+café+} open"),
        ("a co\u00adop shop", "a coop shop", "a [-co\u00adop-]{+coop+} shop"),
        # words of scripts without spaces are words of a dictionary
        ("他说中国经济增长", "他说中国贸易增长", "他说中国[-经济-]{+贸易+}增长"),
        # a flag, a family and a letter with its marks are one character each
        ("🇬🇧 wins", "🇫🇷 wins", "[-🇬🇧-]{+🇫🇷+} wins"),
        ("", "Breaking", "{+Breaking+}"),
        ("Breaking", "", "[-Breaking-]"),
        ("", "", ""),
        ("same", "same", "same"),
    ],
)
def test_a_line_reads_well(old: str, new: str, expected: str) -> None:
    assert written(diff_text(old, new)) == expected


LEAD = "Firefighters were called to the hotel in the early hours of Monday morning."
SECOND = "Guests described running down smoke-filled stairs in their nightclothes."
THIRD = "The cause of the blaze has not been established, the fire service said."
FOURTH = "Roads around the station will stay closed until the evening rush hour."


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ([], [], []),
        ([LEAD], [], [("removed", (0,), ())]),
        ([], [LEAD], [("added", (), (0,))]),
        # too unlike to be the same paragraph: both are shown whole
        (
            [LEAD, THIRD],
            [LEAD, FOURTH],
            [("same", (0,), (0,)), ("removed", (1,), ()), ("added", (), (1,))],
        ),
        # a paragraph that moved down: of two that cross, the longer text stands still
        (
            ["Short but sure to have been there.", LEAD, SECOND],
            [LEAD, SECOND, "Short but sure to have been there."],
            [
                ("moved_away", (0,), ()),
                ("same", (1,), (0,)),
                ("same", (2,), (1,)),
                ("moved", (0,), (2,)),
            ],
        ),
        # a short heading replaced between two paragraphs that stay is the same heading anew
        (
            [LEAD, "What we know", SECOND],
            [LEAD, "Key facts", SECOND],
            [("same", (0,), (0,)), ("changed", (1,), (1,)), ("same", (2,), (2,))],
        ),
        # a paragraph cut in two, and two made one
        (
            [LEAD + " " + SECOND, THIRD],
            [LEAD, SECOND, THIRD],
            [("split", (0,), (0, 1)), ("same", (1,), (2,))],
        ),
        (
            [LEAD, SECOND, THIRD],
            [LEAD + " " + SECOND, THIRD],
            [("merged", (0, 1), (0,)), ("same", (2,), (1,))],
        ),
        # a line of two words is followed if it is clearly the same one
        (
            ["Forged passports", LEAD, SECOND, THIRD],
            [LEAD, SECOND, THIRD, "Forged passports and stamps"],
            [
                ("moved_away", (0,), ()),
                ("same", (1,), (0,)),
                ("same", (2,), (1,)),
                ("same", (3,), (2,)),
                ("moved", (0,), (3,)),
            ],
        ),
        # repeated lines are paired in order
        (
            ["Advertisement", LEAD, "Advertisement", SECOND, "Advertisement"],
            ["Advertisement", LEAD, "Advertisement", SECOND],
            [
                ("same", (0,), (0,)),
                ("same", (1,), (1,)),
                ("same", (2,), (2,)),
                ("same", (3,), (3,)),
                ("removed", (4,), ()),
            ],
        ),
        # typography alone: the same paragraph, even if it is one word
        (["“Never”"], ['"Never"'], [("same", (0,), (0,))]),
        (["Caf\u00e9"], ["Cafe\u0301"], [("same", (0,), (0,))]),
        (["It isn’t –\u00a0so… 10 % off"], ["It isn't --\u2009so... 10% off"], [("same", (0,), (0,))]),
    ],
)
def test_paragraphs_are_paired(
    old: list[str], new: list[str], expected: list[tuple[str, object, object]]
) -> None:
    assert states(diff(old, new)) == expected


CALM = "The minister said on Tuesday that the plan would be looked at again before the summer."
DRAFT = "Officials in the capital were told to prepare a new draft within three weeks of that date."
LONE = "Nobody was hurt when the old bridge fell into the river."
MORE = " ".join(f"word{k}" for k in range(60))


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        pytest.param(
            [f"{CALM} {DRAFT}", LONE],
            [
                CALM,
                "Officials in the northern capital have been asked to prepare a fresh draft in four weeks.",
                LONE,
            ],
            [("split", (0,), (0, 1)), ("same", (1,), (2,))],
            id="a piece that was much edited",
        ),
        pytest.param(
            [f"Delivery Policy. {CALM}"],
            ["5. Delivery Policy.", CALM],
            [("split", (0,), (0, 1))],
            id="a sub-heading that got a number",
        ),
        pytest.param(
            ["Indemnity 10 12"],
            ["Appeals 10 12", "Indemnity 11 13"],
            [("added", (), (0,)), ("changed", (0,), (1,))],
            id="numbers alone make no piece",
        ),
        pytest.param(
            [f"Not so. {CALM}"], ["Not so.", CALM], [("split", (0,), (0, 1))], id="a piece of two words"
        ),
        pytest.param(
            [f"Not so. {CALM}"],
            ["So not.", CALM],
            [("added", (), (0,)), ("changed", (0,), (1,))],
            id="two words in another order",
        ),
        pytest.param(
            [f"A word here. {CALM}"],
            ["A word here.", "A word here.", CALM],
            [("added", (), (0,)), ("split", (0,), (1, 2))],
            id="words are given to one piece only",
        ),
        pytest.param(
            [f"{CALM} {DRAFT}", LONE],
            [f"{CALM} {DRAFT}", DRAFT, LONE],
            [("same", (0,), (0,)), ("added", (), (1,)), ("same", (1,), (2,))],
            id="what stays whole has lost no piece",
        ),
        pytest.param(
            [CALM, "It was quiet.", DRAFT],
            [CALM, f"It was quiet. {MORE}", DRAFT],
            [("same", (0,), (0,)), ("changed", (1,), (1,)), ("same", (2,), (2,))],
            id="extended where it stood",
        ),
        pytest.param(
            [CALM, "Old heading words", DRAFT],
            [CALM, "Fresh title here", DRAFT],
            [("same", (0,), (0,)), ("changed", (1,), (1,)), ("same", (2,), (2,))],
            id="a heading replaced",
        ),
        pytest.param(
            [CALM, "It rained all day in the north and nobody went out at all until the evening.", DRAFT],
            [CALM, "Seven ships left harbour before dawn, bound for islands further east.", DRAFT],
            [("same", (0,), (0,)), ("removed", (1,), ()), ("added", (), (1,)), ("same", (2,), (2,))],
            id="a sentence replaced is no edit",
        ),
        pytest.param(
            [CALM, DRAFT, f"{CALM[:-1]}, and {DRAFT}", LONE],
            [f"{LONE} {MORE}", CALM, DRAFT, f"{CALM[:-1]}, and {DRAFT}"],
            [
                ("moved", (3,), (0,)),
                ("same", (0,), (1,)),
                ("same", (1,), (2,)),
                ("same", (2,), (3,)),
                ("moved_away", (3,), ()),
            ],
            id="moved and extended far",
        ),
        pytest.param(
            [
                "The first of two matches ended two to nil in Leeds on Monday, before a large crowd.",
                "The second of two matches ended two to nil in Leeds on Friday, before a small crowd.",
            ],
            [
                "The second of two matches ended two to nil in Leeds on Saturday, before a small crowd.",
                "The first of two matches ended two to nil in Leeds on Sunday, before a large crowd.",
            ],
            [("moved_away", (0,), ()), ("changed", (1,), (0,)), ("moved", (0,), (1,))],
            id="alike in place, but more so to the one beside it",
        ),
    ],
)
def test_pieces_holes_and_moves(
    old: list[str], new: list[str], expected: list[tuple[str, object, object]]
) -> None:
    assert states(diff(old, new)) == expected


def test_what_was_edited_in_place_costs_no_comparison_with_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("articles.core.diffing.pairs.Likeness", None)
    edited = [CALM.replace("summer", "winter"), DRAFT.replace("three", "four"), LONE]
    assert [row.state for row in diff([CALM, DRAFT, LONE], edited).rows] == [
        RowState.CHANGED,
        RowState.CHANGED,
        RowState.SAME,
    ]


@pytest.mark.parametrize(
    ("old", "new", "is_seen"),
    [
        ("He said “no” – twice…", 'He said "no" -- twice...', False),
        ("a---b....", "a—b…", False),
        ("10 % more", "10% more", False),
        ("ﬁve o’clock", "ﬁve o'clock", False),
        ("It fell by 5", "It fell by - 5", True),  # a sign that means something alone
        ("5 - 3", "5 -3", True),
        ("well-known", "well — known", True),
        ("well-known", "well— known", True),  # each of the two would mean nothing by itself
        ("It is over.", "It is over!", True),
        ("a part", "apart", True),
    ],
)
def test_what_is_seen_of_typography(old: str, new: str, is_seen: bool) -> None:
    assert any(lit(diff_text(old, new))) is is_seen


def test_a_moved_paragraph_leaves_its_old_text_unmarked() -> None:
    moved = SECOND.replace("their nightclothes", "pyjamas")
    result = diff([LEAD, SECOND, THIRD, FOURTH], [LEAD, THIRD, FOURTH, moved])
    rows = {row.state: row for row in result.rows}
    assert rows[RowState.MOVED_AWAY].segments == (("=", SECOND),)
    assert ("-", "their nightclothes") in rows[RowState.MOVED].segments
    assert ("+", "pyjamas") in rows[RowState.MOVED].segments


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("05:16:30", ["05:16:30"]),
        ("1\u00a0000-2\u00a0000", ["1\u00a0000-2\u00a0000"]),
        ("12: 3", ["12", ":", " ", "3"]),
        ("3pm-5pm", ["3pm", "-", "5pm"]),
        ("-5", ["-", "5"]),
        ("10--12", ["10", "--", "12"]),
        ("so -- it...", ["so", " ", "--", " ", "it", "..."]),
        (":\u0e33", [":\u0e33"]),  # a Thai vowel sign on no letter, and an Arabic sign over no number
        ("\u06dd:a", ["\u06dd:", "a"]),
        ("\ud8005:6 a", ["\ud800", "5:6", " ", "a"]),
        ("5① 5:16", ["5", "①", " ", "5:16"]),  # a time elsewhere makes no difference to it
        ("5①", ["5", "①"]),
    ],
)
def test_words_are_parted_where_a_reader_parts_them(text: str, words: list[str]) -> None:
    assert split_words(text) == words


# --- sequences -------------------------------------------------------------------------------------
@given(
    st.lists(
        st.tuples(st.integers(0, 9), st.integers(0, 9), st.integers(1, 20)),
        max_size=9,
        unique_by=lambda t: t[:2],
    )
)
@settings(max_examples=200, deadline=None)
def test_the_heaviest_chain_is_the_heaviest(weighed: list[tuple[int, int, int]]) -> None:
    weighed.sort()
    links = [(i, j) for i, j, _ in weighed]
    weights = [float(w) for *_, w in weighed]
    best = 0.0
    for chosen in range(1 << len(links)):
        picked = [k for k in range(len(links)) if chosen >> k & 1]
        if all(links[a][0] < links[b][0] and links[a][1] < links[b][1] for a, b in pairwise(picked)):
            best = max(best, sum(weights[k] for k in picked))
    chain = heaviest_chain(links, weights)
    assert all(links[a][0] < links[b][0] and links[a][1] < links[b][1] for a, b in pairwise(chain))
    assert sum(weights[k] for k in chain) == best


def test_large_sequences_are_anchored(monkeypatch: pytest.MonkeyPatch) -> None:
    """With little room for the exact method, runs are still common, in order, and nearly all found."""
    chance = random.Random(11)
    old = "".join(chr(0x100 + chance.randrange(400)) for _ in range(3000))
    new = "".join(c for c in old if chance.random() > 0.05)
    monkeypatch.setattr("articles.core.diffing.sequences.EXACT_CELLS", 2500)
    runs = common_runs(old, new)
    a = b = 0
    for run in runs:
        assert run.old >= a
        assert run.new >= b
        assert old[run.old : run.old + run.length] == new[run.new : run.new + run.length]
        a, b = run.old + run.length, run.new + run.length
    assert sum(run.length for run in runs) >= 0.98 * len(new)


def test_no_clock_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> float:
        raise AssertionError("a diff must not depend on the time it takes")

    monkeypatch.setattr("time.time", refuse)
    assert edit_script("abcdefgh", "xbcydezh")
