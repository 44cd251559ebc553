"""Diffs shaped for reading: nothing of a text is lost, whatever is folded, cut or put in words."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from articles import paging, presentation, wording
from articles.core import diffing, packing
from articles.core.numbering import Numbers
from articles.core.types import Diff, Row, RowState
from articles.models import Change, TextBase, Version
from articles.presentation import Fold, ShownRow

MOMENTS = datetime(1970, 1, 1), datetime(5000, 1, 1)  # noqa: DTZ001  hypothesis adds the zone
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
words = st.sampled_from(["harbour", "ferry", "twelve", "hurt", "fog", "Monday", "漢字", "40", "it"])
paragraphs = st.lists(st.lists(words, min_size=1, max_size=12).map(" ".join), max_size=9)


def version(texts: list[str], kind: str = "paragraph") -> Version:
    data = packing.encoded([[kind, text] for text in texts])
    return Version(base=TextBase(packed=packing.pack(data)), packed=packing.pack(data, data))


def shown(old: list[str], new: list[str]) -> list[ShownRow]:
    return presentation.show_rows(diffing.diff(old, new), version(old), version(new))


def text(segments: tuple[tuple[str, str], ...]) -> str:
    return "".join(part for _, part in segments)


@given(paragraphs, paragraphs)
def test_both_texts_can_be_read_off_the_rows(old: list[str], new: list[str]) -> None:
    rows = shown(old, new)
    assert [text(line.segments) for row in rows for line in row.new] == new
    # A moved paragraph's old text shows twice: at its stub and beside the new.
    read = {line.number: text(line.segments) for row in rows for line in row.old}
    assert read == dict(enumerate(old, 1))


@given(paragraphs, paragraphs)
def test_changes_are_numbered_without_gap_and_links_lead_somewhere(old: list[str], new: list[str]) -> None:
    rows = shown(old, new)
    numbers = [row.change for row in rows if row.change]
    assert numbers == list(range(1, len(numbers) + 1))
    assert len(numbers) == sum(diffing.diff(old, new).counts.values())
    anchors = [line.anchor for row in rows for line in (*row.old, *row.new) if line.anchor]
    assert len(anchors) == len(set(anchors))
    assert {row.partner for row in rows if row.partner} <= set(anchors)


@given(paragraphs, paragraphs)
def test_in_one_text_each_paragraph_keeps_its_kind(old: list[str], new: list[str]) -> None:
    listed = [version(texts, "list_item") for texts in (old, new)]
    for row in presentation.show_rows(diffing.diff(old, new), *listed):
        assert [part for _, part in row.inline_lines] == list(row.inline)
        assert {kind for kind, _ in row.inline_lines} == {"list_item"}


@given(paragraphs, paragraphs)
def test_whole_paragraphs_stay_come_or_go(old: list[str], new: list[str]) -> None:
    difference = presentation.whole_paragraphs(old, new)
    for texts, op in ((old, "-"), (new, "+")):
        assert [row.segments[0][1] for row in difference.rows if row.segments[0][0] in ("=", op)] == texts
    assert set(difference.counts) <= {"added", "removed"}
    assert bool(difference.counts) == (old != new)


@pytest.mark.parametrize(
    ("name", "reason", "shown"),
    [
        ("number", "12 -> 19", "“12” → “19”"),
        ("quotation", "“We felt a blow. -> We felt nothing,", "“We felt a blow” → “We felt nothing”"),
        ("hedge", "not dropped; allegedly added", "“not” dropped; “allegedly” added"),
        ("name", "Lund -> Bergen; 3 more", "“Lund” → “Bergen” and 3 more"),
        ("wording", ". -> ;", "“.” → “;”"),
        ("removed", "2 paragraphs, 31 words", "2 paragraphs, 31 words"),
        ("correction", "note added", "note added"),
        ("wording", "", ""),
    ],
)
def test_reasons_quote_the_article(name: str, reason: str, shown: str) -> None:
    (kind,) = presentation.show_kinds([[name, reason]])
    assert "".join(text for text, _ in kind.parts).replace("\N{LEFT-TO-RIGHT MARK}", "") == shown


def test_only_what_is_quoted_is_the_articles() -> None:
    (kind,) = presentation.show_kinds([["date", "الأحد -> الاثنين"]])
    assert [text for text, is_quoted in kind.parts if is_quoted] == ["الأحد", "الاثنين"]
    assert "\N{FIRST STRONG ISOLATE}الأحد\N{POP DIRECTIONAL ISOLATE}" in kind.reason


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://gazette.example/feed.xml", "https://gazette.example/feed.xml"),
        ("https://gazette.example/feed?token=s3cret#x", "https://gazette.example/feed?…"),
        ("https://desk:s3cret@gazette.example:8443/feed", "https://gazette.example:8443/feed"),
        ("https://gazette.example", "https://gazette.example"),
    ],
)
def test_a_feeds_address_is_shown_without_its_keys(url: str, shown: str) -> None:
    assert presentation.public_address(url) == shown


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "data:text/html,x", " https://a.example/", "", "//a.example/"]
)
def test_what_leads_elsewhere_than_to_the_web_is_no_address(url: str) -> None:
    assert presentation.web_address(url) == ""
    assert presentation.web_address("HTTPS://a.example/") == "HTTPS://a.example/"


def test_typography_is_shown_as_it_is_and_bears_no_mark() -> None:
    (row,) = shown(
        ["He said “no” to 10 % of old plans – café."], ['He said "no" to 10% of new plans - cafe\u0301.']
    )
    (before,), (after,), ((_, both),) = row.old, row.new, row.inline_lines
    assert text(before.segments) == "He said “no” to 10 % of old plans – café."
    assert text(after.segments) == 'He said "no" to 10% of new plans - cafe\u0301.'
    marks = [[pair for pair in pairs if pair[0] != "="] for pairs in (before.segments, after.segments, both)]
    assert marks == [[("-", "old")], [("+", "new")], [("-", "old"), ("+", "new")]]
    assert presentation.compare("“No”, it said", '"No", it said') == (("=", '"No", it said'),)


def test_a_paragraph_that_reads_the_same_folds_away() -> None:
    same = ["One “and” more.", "Two – and more.", "Three and more."]
    rows = shown(
        [*same, "The last is old."], ['One "and" more.', "Two - and more.", same[2], "The last is new."]
    )
    assert [row.change for row in rows] == [0, 0, 0, 1]
    assert isinstance(presentation.fold(rows, 1)[0], Fold)


@given(paragraphs, paragraphs, st.sampled_from([0, 1, 2]))
def test_folding_hides_only_what_is_the_same_and_far_from_a_change(
    old: list[str], new: list[str], context: int
) -> None:
    rows = shown(old, new)
    unfolded: list[ShownRow] = []
    for block in presentation.fold(rows, context):
        if isinstance(block, Fold):
            assert len(block.rows) >= 2
            first, last = rows.index(block.rows[0]), rows.index(block.rows[-1])
            near = rows[max(0, first - context) : first] + rows[last + 1 : last + 1 + context]
            assert {row.state for row in (*block.rows, *near)} <= {RowState.SAME}
            unfolded += block.rows
        else:
            unfolded.append(block)
    assert unfolded == rows
    assert presentation.fold(rows, None) == rows


@given(st.lists(st.tuples(st.sampled_from("=-+"), st.text("ab ", min_size=1, max_size=300)), max_size=8))
def test_trimming_keeps_every_mark(pairs: list[tuple[str, str]]) -> None:
    trimmed = presentation.trim(pairs, around=20)
    assert [pair for pair in trimmed if pair[0] != "="] == [pair for pair in pairs if pair[0] != "="]
    assert all(len(part) <= 62 for op, part in trimmed if op == "=")


def test_trimming_cuts_at_words() -> None:
    pairs = [("=", "one two three four five six"), ("-", "x"), ("=", "seven eight nine ten eleven twelve")]
    assert presentation.trim(pairs, around=11) == (("=", "… five six"), ("-", "x"), ("=", "seven …"))


@given(st.text(st.characters(codec=None), max_size=50))
def test_printable_text_can_be_written_as_xml(raw: str) -> None:
    fit = presentation.printable(raw)
    assert len(fit) == len(raw)
    fit.encode()
    assert not any(ord(c) < 32 and c not in "\t\n\r" for c in fit)


def test_a_split_says_so_without_marking_the_blank_it_lost() -> None:
    old, new = ["One ferry ran aground. Two came to help."], ["One ferry ran aground.", "Two came to help."]
    joints = (("=", "One ferry ran aground."), ("-", " "), ("+", "\n"), ("=", "Two came to help."))
    rows = presentation.show_rows(
        Diff((Row(RowState.SPLIT, (0,), (0, 1), joints),)), version(old), version(new)
    )
    (row,) = rows
    assert (row.number, row.words, row.partner) == ("1 and 2", "Split from 1", "o1")
    assert row.old[0].segments == (("=", "One ferry ran aground. Two came to help."),)
    assert [text(line.segments) for line in row.new] == new
    assert [part[-1] for part in row.inline] == [("+", "¶"), ("=", "Two came to help.")]
    (passage,) = presentation.passages(rows)
    assert passage.title == "Paragraphs 1 and 2: Split from 1"
    assert (passage.removed, passage.added) == ((), ())
    # Nothing but the break tells the texts apart: it has to be seen.
    assert passage.kept == (("=", "One ferry ran aground."), ("+", "¶"), ("=", " Two came to help."))


def test_what_moved_says_which_way() -> None:
    first, second, third = (
        "The ferry ran aground.",
        "Twelve people were badly hurt.",
        "Fog is common in March here.",
    )
    rows = shown([first, second, third], [third, first, second])
    assert [(row.number, row.words) for row in rows if "Moved" in row.words] == [
        ("1", "Moved from 3, up to here"),
        ("3", "Moved to 1, up from here"),
    ]
    rows = shown([third, first, second], [first, second, third])
    assert [(row.number, row.words) for row in rows if "Moved" in row.words] == [
        ("1", "Moved to 3, down from here"),
        ("3", "Moved from 1, down to here"),
    ]


def test_the_way_is_that_on_the_page_whatever_the_numbers_are() -> None:
    first, second, third = (
        "The ferry ran aground.",
        "Twelve people were badly hurt in it.",
        "Fog is common in March.",
    )
    news = ["Wholly new words stand here.", "Others follow these at once.", "Nothing here was known."]
    rows = shown([first, second, third], [*news, third, first, second])
    assert [(row.number, row.words) for row in rows if "Moved" in row.words] == [
        ("4", "Moved from 3, up to here"),
        ("3", "Moved to 4, up from here"),
    ]


def test_a_merge_in_the_list_of_changes_shows_where_it_broke() -> None:
    old, new = ["One ferry ran aground.", "Two came to help."], ["One ferry ran aground. Two came to help."]
    (passage,) = presentation.passages(shown(old, new))
    assert (passage.title, passage.removed, passage.added) == ("Paragraph 1: Merged from 1 and 2", (), ())
    assert passage.kept == (("=", "One ferry ran aground."), ("-", "¶"), ("=", " Two came to help."))


def test_an_excerpt_bears_no_mark_for_typography() -> None:
    change = Change(excerpt=[["=", "He said "], ["-", "“no"], ["+", '"no'], ["-", " to it"]])
    assert presentation.show_excerpt(change) == (("=", 'He said "no'), ("-", " to it"))


def test_a_long_unaltered_stretch_shortens_as_one_beside_other_typography() -> None:
    long = "word " * 60
    (row,) = shown([f"{long}“and” {long}old."], [f'{long}"and" {long}new.'])
    (passage,) = presentation.passages([row])
    assert len(text(passage.added)) < 2 * presentation.AROUND


def test_a_merge_shows_the_lost_break_in_one_text() -> None:
    joints = (("=", "One."), ("-", "\n"), ("+", " "), ("=", "Two."))
    difference = Diff((Row(RowState.MERGED, (0, 1), (0,), joints),))
    (row,) = presentation.show_rows(difference, version(["One.", "Two."]), version(["One. Two."]))
    assert (row.number, row.words) == ("1", "Merged from 1 and 2")
    assert row.inline == ((("=", "One."), ("-", "¶"), ("=", " Two.")),)


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ([(1, None), (2, None), (3, 1)], [1, 2]),
        ([(1, None), (2, None), (3, None), (4, 2), (5, 3)], [2, 3]),
        ([(1, None), (2, None), (3, 1), (4, 2), (5, None)], [1, 2]),
        ([(1, None), (2, None)], []),
    ],
)
def test_variants_are_the_texts_gone_between(
    steps: list[tuple[int, int | None]], expected: list[int]
) -> None:
    assert presentation.variants(steps) == expected


@pytest.mark.parametrize(
    ("count", "old", "new", "expected"),
    [
        (3, 1, 2, [1, 2, 3]),
        (40, 20, 21, [1, 0, 18, 19, 20, 21, 22, 23, 0, 40]),
        (6, 1, 2, [1, 2, 3, 4, 5, 6]),  # a gap that hides one number shows it instead
        (40, 1, 40, [1, 2, 3, 0, 38, 39, 40]),
    ],
)
def test_strip_shows_the_ends_and_the_neighbours(count: int, old: int, new: int, expected: list[int]) -> None:
    assert [number for number, _ in presentation.strip(Numbers(count), old, new, around=2)] == expected


def test_strip_leads_past_hidden_versions() -> None:
    numbers = Numbers(9, frozenset({1, 4, 5, 9}))
    assert presentation.strip(numbers, 3, 6, around=0) == [(2, 0), (3, 2), (6, 3), (7, 6), (8, 7)]
    assert presentation.strip(Numbers(4, frozenset({2})), 1, 3) == [(1, 0), (3, 1), (4, 3)]


@pytest.mark.parametrize(
    ("length", "expected"),
    [
        (timedelta(seconds=59), "less than a minute"),
        (timedelta(minutes=1), "1 minute"),
        (timedelta(minutes=44), "44 minutes"),
        (timedelta(minutes=61), "about 1 hour"),
        (timedelta(hours=5, minutes=20), "about 5 hours"),
        (timedelta(days=2), "2 days"),
        (timedelta(days=61), "about 2 months"),
        (timedelta(days=731), "about 2 years"),
    ],
)
def test_gaps_in_words(length: timedelta, expected: str) -> None:
    assert wording.gap(length) == wording.gap(-length) == expected


def test_moments_from_here() -> None:
    assert wording.relative(NOW - timedelta(minutes=3), NOW) == "3 minutes ago"
    assert wording.relative(NOW + timedelta(hours=2), NOW) == "in about 2 hours"


@pytest.mark.parametrize(
    ("after", "before", "exact", "expected"),
    [
        ("2026-11-26T14:02:59Z", "2026-11-26T14:32:01Z", False, "26 Nov 2026, 14:02 and 14:32 UTC"),
        ("2026-11-26T14:02:07Z", "2026-11-26T14:02:41Z", False, "26 Nov 2026, 14:02:07 and 14:02:41 UTC"),
        ("2026-11-26T14:02:59Z", "2026-11-26T14:03:00Z", False, "26 Nov 2026, 14:02 and 14:03 UTC"),
        ("2026-11-26T14:02:07Z", "2026-11-26T14:32:41Z", True, "26 Nov 2026, 14:02:07 and 14:32:41 UTC"),
        (
            "2026-11-25T23:50:00Z",
            "2026-11-26T00:10:00Z",
            False,
            "25 Nov 2026, 23:50 and 26 Nov 2026, 00:10 UTC",
        ),
        # the same hour and minute of another day; one date in UTC, two where it is told by another clock
        (
            "2026-11-25T14:02:00Z",
            "2026-11-26T14:02:30Z",
            False,
            "25 Nov 2026, 14:02 and 26 Nov 2026, 14:02 UTC",
        ),
        ("2026-11-26T23:50:00+02:00", "2026-11-27T00:10:00+02:00", False, "26 Nov 2026, 21:50 and 22:10 UTC"),
    ],
)
def test_intervals_say_a_shared_date_once_and_seconds_where_they_are_needed(
    after: str, before: str, exact: bool, expected: str
) -> None:
    ends = datetime.fromisoformat(after), datetime.fromisoformat(before)
    assert wording.between(*ends, exact) == f"between {expected}"


def test_totals() -> None:
    counts = {"added": 3, "removed": 2, "moved": 1, "split": 1, "changed": 7}
    assert wording.totals(counts, (112, 98)) == (
        "14 passages: 7 changed, 3 added, 2 removed, 1 moved, 1 split; +112 −98 words"
    )
    assert wording.totals({"removed": 2}, None) == "2 passages removed"
    assert wording.totals({}, (2, 0)) == "No passage of the text changed; +2 −0 words"


@given(
    st.datetimes(MOMENTS[0], MOMENTS[1], timezones=st.just(UTC)),
    st.integers(1, 10**18 - 1),
)
def test_keys_come_back_as_they_went(moment: datetime, pk: int) -> None:
    assert paging.decode(paging.encode(moment, pk)) == (moment, pk)
    assert paging.decode(paging.encode(None, pk)) == (None, pk)


@given(st.just(0.0) | st.floats(0.0001, 1e9), st.integers(1, 10**18 - 1))
def test_keys_by_weight_come_back_as_they_went(weight: float, pk: int) -> None:
    assert paging.decode(paging.encode(weight, pk), is_timed=False) == (weight, pk)
