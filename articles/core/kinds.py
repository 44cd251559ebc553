"""What kind of change a difference is, and how weighty: rules that each give their reason.

A difference falls into *edits*: something removed, something added in its place, or one of the two.
Each edit is asked what facts it touches (a number, a name, a date, the words of a quotation, a
hedge); what touches none is wording. Rules that need a dictionary have a thin one and say nothing
where it ends, so that what they do say is true. Nothing is suppressed: a change in which a word
differs has a kind and a weight above nought.

Weight is how much meaning moved, a number to sort and to alert by. One word replaced in the body
weighs 1; an edit of n words the square root of n, so that a long addition does not drown a short
correction; a fact adds its bonus (FACT_WEIGHTS); the headline counts threefold, the standfirst twice.
Many paragraphs that moved, and many edits of signs alone, grow by the square root too: no word came or
went with them.
Roughly: below 1 letters' case or a moved paragraph, 1 to 5 wording, 5 to 20 a fact or a headline,
above 20 a rewritten article. What is cosmetic weighs 0, and is named where there is nothing else to name.
"""

import math
import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from articles.core import amounts, cosmetics, languages
from articles.core.diffing import diff_text, lit
from articles.core.diffing.tokens import fold, is_word, split_words
from articles.core.diffing.typography import CONTEXT
from articles.core.excerpts import excerpt
from articles.core.fingerprint import word_count
from articles.core.fingerprint import words as reads_as
from articles.core.lexicon import (
    CALENDAR,
    CORRECTION_NOTE,
    DATE,
    DOUBTFUL_MONTHS,
    GRAVE,
    GRAVE_WITHIN,
    HEDGES,
    HEDGES_WITHIN,
    QUOTATION,
    UPDATED,
    date_value,
    months,
    number_pattern,
    number_unit,
    number_value,
    plain,
)
from articles.core.types import Classification, Diff, Extract, Kind, ParagraphKind, Row, RowState, Segment
from articles.core.volatile import is_volatile

# The order in which kinds are listed: what a reader would tell first.
NAMES = (
    "correction",
    "headline",
    "standfirst",
    "byline",
    "number",
    "quotation",
    "name",
    "date",
    "hedge",
    "added",
    "removed",
    "moved",
    "wording",
    "cosmetic",
)
PLACE_WEIGHTS = {"headline": 3.0, "standfirst": 2.0, "byline": 1.0, "body": 1.0}
FACT_WEIGHTS = {"number": 5.0, "hedge": 5.0, "quotation": 4.0, "name": 4.0, "date": 3.0, "grave": 4.0}
CORRECTION_WEIGHT = 8.0
MOVED_WEIGHT = 0.5
CASE_WEIGHT = 0.25  # an edit in which nothing but the case of letters differs

PASSAGE_WORDS = 8  # from so many words on, what is only added or only removed is a passage
FIGURE_WORDS = 2  # an edit of so many that has a number is of that number: "a dozen", "dozens of"
HEDGED_WORDS = 12  # in an edit longer than this a "not" is just a word among others
REASONS = 3  # named for one kind; the rest are counted
REASON_LENGTH = 60  # characters of either side quoted in a reason

Span = tuple[int, int]
Fact = tuple[Span, str]  # where in a text, and what it amounts to however it is written


def classify(old: Extract, new: Extract, difference: Diff) -> Classification:
    """The kinds of change from one extract to the next, given the difference of their bodies.

    Words are counted where they differ, in the headline, standfirst, byline and body. A change is
    disclosed if a correction note came or was rewritten, or the page's own "modified" or "updated" moved on.
    """
    language = languages.primary(new.language or old.language)
    names = _known_names(old, new) if _capitals_mean_names(language) else frozenset()
    all_edits = list(_all_edits(old, new, difference, names, language))
    edits = [edit for edit in all_edits if edit.differs]

    found: dict[str, list[str]] = {}
    for edit in edits:
        for name, reason in edit.kinds:
            found.setdefault(name, []).append(reason)
    if "number" in found:  # what a number became tells more than that one came
        found["number"].sort(key=lambda reason: " -> " not in reason)
    found.update(_row_kinds(difference, edits))
    corrections = _corrections(old, new, difference)
    if corrections:
        found["correction"] = corrections
    if all_edits and not edits and not found:
        found["cosmetic"] = [name for edit in all_edits for name in cosmetics.named(edit.removed, edit.added)]
    moved = sum(_has_moved(row) for row in difference.rows)
    weight = (
        sum(edit.extent for edit in edits if edit.size)
        + math.hypot(*(edit.extent for edit in edits if not edit.size))
        + sum(edit.bonus for edit in edits)
        + MOVED_WEIGHT * math.sqrt(moved)
        + CORRECTION_WEIGHT * len(corrections)
    )
    return Classification(
        kinds=tuple(Kind(name, _listed(found[name])) for name in NAMES if name in found),
        weight=round(weight, 2),
        added_words=word_count(word for edit in edits for word in edit.added_words.elements()),
        removed_words=word_count(word for edit in edits for word in edit.removed_words.elements()),
        disclosed=any(reason != NOTE_REMOVED for reason in corrections)
        or _stamp_moved(old, new)
        or _stamp_line_moved(old, new, difference),
        excerpt=_excerpt(old, new, difference, edits),
    )


# --- edits ---------------------------------------------------------------------------------------
@dataclass(frozen=True)
class _Text:
    """One side of a headline, a row …, and the facts in it: found once, however many edits touch it."""

    text: str
    names: frozenset[str]
    language: str

    @cached_property
    def dates(self) -> list[Fact]:
        return [(match.span(), date_value(fold(match[0]))) for match in DATE.finditer(self.text)]

    @cached_property
    def months(self) -> list[Fact]:
        """Those that stand without a day or a year, and are nobody's name: "April Jones"."""
        return [
            ((start, stop), value)
            for (start, stop), value in months(self.text, self.language)
            if not any(_touched(self.dates, (start, stop)))
            and not any(_touched(self.named, (start - 2, stop + 2)))
        ]

    @cached_property
    def numbers(self) -> list[Fact]:
        matches = number_pattern(self.language).finditer(self.text)
        found = [(match.span(), number_value(fold(match[0]), self.language)) for match in matches]
        calendar = (self.dates, self.months)
        return [(s, value) for s, value in found if not any(any(_touched(each, s)) for each in calendar)]

    @cached_property
    def quotations(self) -> list[Fact]:
        found = ((match.span(), " ".join(_word_list(match[0]))) for match in QUOTATION.finditer(self.text))
        return [(span, words) for span, words in found if words]

    @cached_property
    def named(self) -> list[Fact]:
        """Names in a row make one: "John" and "Smith"."""
        found: list[Span] = []
        for start, stop in _capitalised(self.text):
            word = self.text[start:stop]
            if word not in self.names or CALENDAR.fullmatch(word):
                continue
            if found and self.text[found[-1][1] : start] == " ":
                start = found.pop()[0]
            found.append((start, stop))
        return [(span, fold(self.text[slice(*span)])) for span in found]


@dataclass(frozen=True)
class _Edit:
    """One place where the texts differ: a span of the old text, now a span of the new one.

    `row` is the number of the row it is in, or -1 outside the body; `alone` is true where the other
    side has no paragraph at all.
    """

    place: str
    row: int
    alone: bool
    before: _Text = field(repr=False)
    old_span: Span
    after: _Text = field(repr=False)
    new_span: Span
    is_lit: bool  # whether a reader sees a mark

    @property
    def removed(self) -> str:
        return self.before.text[slice(*self.old_span)]

    @property
    def added(self) -> str:
        return self.after.text[slice(*self.new_span)]

    @cached_property
    def removed_words(self) -> Counter[str]:
        """Words removed and not at once put back: marks may span a word that stayed."""
        return _words(self.removed) - _words(self.added)

    @cached_property
    def added_words(self) -> Counter[str]:
        return _words(self.added) - _words(self.removed)

    @cached_property
    def has_words(self) -> bool:
        """Whether any word differs, by itself or by its place, and not only signs and typography."""
        return _word_list(self.removed) != _word_list(self.added)

    @cached_property
    def differs(self) -> bool:
        """Whether a reader reads another word or number: a sign may turn "5" into "-5"."""
        if not self.is_lit:
            return False
        if self.has_words:
            return True
        (a, a1), (b, b1) = self.old_span, self.new_span
        old = self.before.text[max(0, a - CONTEXT) : a1 + CONTEXT]
        new = self.after.text[max(0, b - CONTEXT) : b1 + CONTEXT]
        return reads_as(old) != reads_as(new)

    @property
    def reach(self) -> tuple[Span, Span]:
        """Where facts are touched, old and new: signs are part of the number they stand beside."""
        by = 0 if self.has_words else 1
        return (self.old_span[0] - by, self.old_span[1] + by), (self.new_span[0] - by, self.new_span[1] + by)

    @cached_property
    def is_case_only(self) -> bool:
        return _lower(self.removed_words) == _lower(self.added_words)

    @cached_property
    def size(self) -> int:
        """Words, of the longer side."""
        return max(self.removed_words.total(), self.added_words.total())

    @property
    def is_short(self) -> bool:
        return self.size < PASSAGE_WORDS

    @property
    def is_passage(self) -> bool:
        """Whether it only came or only went, and is a paragraph or long."""
        return self.alone or (
            min(self.removed_words.total(), self.added_words.total()) == 0 and not self.is_short
        )

    @cached_property
    def facts(self) -> tuple[tuple[str, str], ...]:
        """(kind, reason) for each kind of fact this edit touches."""
        if self.is_passage:
            return ()
        return tuple((name, reason) for name, rule in _RULES for reason in rule(self))

    @property
    def kinds(self) -> Iterator[tuple[str, str]]:
        """(kind, reason) of all that can be said of it: where it is, its facts, or else wording."""
        if self.place != "body":
            yield self.place, _arrow(self.removed, self.added)
        yield from self.facts
        if self.place == "body" and not self.facts and not self.is_passage:
            yield "wording", _arrow(self.removed, self.added)

    @property
    def weight(self) -> float:
        return self.extent + self.bonus

    @cached_property
    def extent(self) -> float:
        """What its words weigh; where none came or went, it is little."""
        return PLACE_WEIGHTS[self.place] * (CASE_WEIGHT if self.is_case_only else math.sqrt(self.size))

    @cached_property
    def bonus(self) -> float:
        """What the facts it touches add."""
        bonus = sum(FACT_WEIGHTS[name] for name in {name for name, _ in self.facts})
        if not self.is_passage and (
            _grave(self.removed_words, self.removed) != _grave(self.added_words, self.added)
        ):
            bonus += FACT_WEIGHTS["grave"]
        return PLACE_WEIGHTS[self.place] * bonus


def _word_list(text: str) -> list[str]:
    return [fold(token) for token in split_words(text) if is_word(token)]


def _words(text: str) -> Counter[str]:
    return Counter(_word_list(text))


def _lower(words: Counter[str]) -> Counter[str]:
    return Counter(map(plain, words.elements()))


def _grave(words: Counter[str], text: str) -> Counter[str]:
    return Counter(word for word in _lower(words).elements() if word in GRAVE) + Counter(
        GRAVE_WITHIN.findall(text)
    )


def _all_edits(
    old: Extract, new: Extract, difference: Diff, names: frozenset[str], language: str
) -> Iterator[_Edit]:
    for place, before, after in _lines(old, new):
        yield from _edits(diff_text(before, after), place, -1, names, language)
    for number, row in enumerate(difference.rows):
        if any(op != "=" for op, _ in row.segments) and not _ticks(row, old, new):
            yield from _edits(row.segments, "body", number, names, language)


def _ticks(row: Row, old: Extract, new: Extract) -> bool:
    """Whether a row holds but lines that the page writes anew by itself: they are no part of the article."""
    lines = (*(old.paragraphs[i].text for i in row.old), *(new.paragraphs[j].text for j in row.new))
    return all(map(is_volatile, lines))


def _lines(old: Extract, new: Extract) -> tuple[tuple[str, str, str], ...]:
    return (
        ("headline", old.title, new.title),
        ("standfirst", old.standfirst, new.standfirst),
        ("byline", old.byline, new.byline),
    )


def _edits(
    segments: Sequence[Segment], place: str, row: int, names: frozenset[str], language: str
) -> Iterator[_Edit]:
    before = _Text("".join(text for op, text in segments if op != "+"), names, language)
    after = _Text("".join(text for op, text in segments if op != "-"), names, language)
    alone = place == "body" and not (before.text and after.text)
    a = b = a1 = b1 = 0
    is_lit = False
    for (op, text), seen in zip((*segments, ("=", "")), (*lit(segments), False), strict=True):
        if op != "=":
            a1, b1 = a1 + len(text) * (op == "-"), b1 + len(text) * (op == "+")
            is_lit |= seen
            continue
        if a1 > a or b1 > b:
            yield _Edit(place, row, alone, before, (a, a1), after, (b, b1), is_lit)
        is_lit = False
        a = a1 = a1 + len(text)
        b = b1 = b1 + len(text)


# --- what rows say -------------------------------------------------------------------------------
def _has_moved(row: Row) -> bool:
    # A paragraph that moved leaves a stub, also if it was split on the way.
    return row.state is RowState.MOVED_AWAY


def _row_kinds(difference: Diff, edits: Iterable[_Edit]) -> dict[str, list[str]]:
    """Passages that came, went or moved: whole paragraphs, and long stretches within one."""
    found: dict[str, list[str]] = {}
    passages = [edit for edit in edits if edit.is_passage and edit.place == "body"]
    for name in ("added", "removed"):
        words = sum(
            (edit.added_words if name == "added" else edit.removed_words).total() for edit in passages
        )
        paragraphs = len({e.row for e in passages if e.alone and (e.added if name == "added" else e.removed)})
        counted = [(paragraphs, "paragraph"), (words, "word")]
        if words or paragraphs:
            found[name] = [", ".join(_counted(count, noun) for count, noun in counted if count)]
    moved = sum(_has_moved(row) for row in difference.rows)
    if moved:
        found["moved"] = [_counted(moved, "paragraph")]
    return found


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


NOTE_ADDED, NOTE_CHANGED, NOTE_REMOVED = "note added", "note changed", "note removed"


def _corrections(old: Extract, new: Extract, difference: Diff) -> list[str]:
    """What became of correction notes."""
    found = []
    for row in difference.rows:
        if all(op == "=" for op, _ in row.segments):
            continue
        before = any(_is_correction(old, i) for i in row.old)
        after = any(_is_correction(new, j) for j in row.new)
        if (before or after) and _reads_otherwise(row):
            found.append(NOTE_CHANGED if before and after else NOTE_ADDED if after else NOTE_REMOVED)
    return found


def _reads_otherwise(row: Row) -> bool:
    before, after = ("".join(text for op, text in row.segments if op != other) for other in "+-")
    return reads_as(before) != reads_as(after)


def _is_correction(extract: Extract, index: int) -> bool:
    paragraph = extract.paragraphs[index]
    return paragraph.kind is ParagraphKind.CORRECTION or bool(CORRECTION_NOTE.search(paragraph.text))


def _stamp_moved(old: Extract, new: Extract) -> bool:
    if new.modified is None:
        return False
    before = old.modified or new.published
    return before is not None and new.modified > before


def _stamp_line_moved(old: Extract, new: Extract, difference: Diff) -> bool:
    """Whether a line that says when the article was updated came, or names another date or time.

    One that tells how long ago that was grows by itself.
    """
    return any(
        _stamped(new, row.new) - _stamped(old, row.old)
        for row in difference.rows
        if row.new and any(op != "=" for op, _ in row.segments)
    )


def _stamped(extract: Extract, indexes: Iterable[int]) -> set[str]:
    texts = [extract.paragraphs[index].text for index in indexes]
    return {
        match[0]
        for text in texts
        if UPDATED.match(text) and is_volatile(text)
        for match in DATE.finditer(text)
    }


# --- rules on edits ------------------------------------------------------------------------------
def _facts_changed(find: Callable[[_Text], list[Fact]]) -> Callable[[_Edit], Iterator[str]]:
    """A rule: facts of a sort, found in either text, that the edit touches and that differ.

    A fact that only came or only went is told of a short edit.
    """

    def rule(edit: _Edit) -> Iterator[str]:
        old_reach, new_reach = edit.reach
        before = list(_touched(find(edit.before), old_reach))
        after = list(_touched(find(edit.after), new_reach))
        same = {value for _, value in before} & {value for _, value in after}
        gone = [edit.before.text[slice(*span)] for span, value in before if value not in same]
        come = [edit.after.text[slice(*span)] for span, value in after if value not in same]
        if (gone and come) or (edit.is_short and (gone or come)):
            yield _arrow(", ".join(gone[:REASONS]), ", ".join(come[:REASONS]))

    return rule


def _touched(facts: Sequence[Fact], edited: Span) -> Iterator[Fact]:
    """The facts that share a character with the edited span, or have it inside them if it is empty.

    Facts are in order and do not overlap, so that those touched stand together.
    """
    start, stop = edited
    for k in range(bisect_right(facts, start, key=lambda fact: fact[0][1]), len(facts)):
        fact = facts[k]
        if fact[0][0] >= stop:
            break
        yield fact


_dates_changed = _facts_changed(lambda text: text.dates)


def _dates(edit: _Edit) -> Iterator[str]:
    yield from _dates_changed(edit)
    yield from (_arrow(one.said, other.said) for one, other in _months_changed(edit))


def _months_changed(edit: _Edit) -> list[tuple[amounts.Amount, amounts.Amount]]:
    """The months that became others. Where other words differ too, "March" may be the verb."""
    if not (edit.before.months and edit.after.months):
        return []
    became, is_alike = _step(edit, lambda text: text.months, lambda text, stop: "")
    return [
        pair
        for pair in became.pairs
        if is_alike or not any(plain(month.said) in DOUBTFUL_MONTHS for month in pair)
    ]


def _numbers(edit: _Edit) -> Iterator[str]:
    """What became of the numbers that an edit touches.

    Those that only went or came are told if both did, or if the edit is short and has figures.
    """
    became, _ = _step(edit, lambda text: text.numbers, number_unit)
    for one, other in became.pairs:
        yield _arrow(one.said, other.said)
    gone, come = (", ".join(amount.said for amount in side[:REASONS]) for side in became[1:])
    if (gone and come) or (edit.is_short and re.search(r"\d", gone + come)):
        yield from (f"{said} {how}" for said, how in ((gone, "removed"), (come, "added")) if said)


def _step(
    edit: _Edit, find: Callable[[_Text], list[Fact]], unit: Callable[[str, int], str]
) -> tuple[amounts.Step, bool]:
    """What became of the amounts that an edit touches, and whether nothing else differs."""
    old_reach, new_reach = edit.reach
    old, new = list(_touched(find(edit.before), old_reach)), list(_touched(find(edit.after), new_reach))
    if not (old or new):
        return amounts.Step([], [], []), False
    before, ours = _parts(edit.before.text, edit.old_span, old, unit)
    after, theirs = _parts(edit.after.text, edit.new_span, new, unit)
    ends_agree = any(one == other == [] for one, other in zip(before, after, strict=False))
    became = amounts.step(
        ours,
        theirs,
        is_alike=before == after,
        is_at_one_place=edit.size <= FIGURE_WORDS or (edit.is_short and ends_agree),
    )
    return became, before == after


def _parts(
    text: str, edited: Span, facts: Sequence[Fact], unit: Callable[[str, int], str]
) -> tuple[list[list[str]], list[amounts.Amount]]:
    """The words of an edit before, between and behind the facts in it, and the facts as amounts."""
    borders = [edited[0], *(border for span, _ in facts for border in span), edited[1]]
    words = [_word_list(text[start:stop]) for start, stop in zip(borders[::2], borders[1::2], strict=True)]
    found = [amounts.Amount(text[start:stop], value, unit(text, stop)) for (start, stop), value in facts]
    return words, found


def _quotations(edit: _Edit) -> Iterator[str]:
    """A quotation whose words differ; one that came or went whole is a passage or wording."""
    before = {words for _, words in _touched(edit.before.quotations, edit.old_span)}
    after = {words for _, words in _touched(edit.after.quotations, edit.new_span)}
    if before - after and after - before:
        yield _arrow(edit.removed, edit.added)


_names_changed = _facts_changed(lambda text: text.named)


def _names(edit: _Edit) -> Iterator[str]:
    if not edit.is_case_only:  # "president" that becomes "President" is nobody new
        yield from _names_changed(edit)


def _hedges(edit: _Edit) -> Iterator[str]:
    if edit.size > HEDGED_WORDS:
        return
    gone = _hedge_words(edit.removed_words - _of_dates(edit, edit.before, edit.old_span), edit.removed)
    come = _hedge_words(edit.added_words - _of_dates(edit, edit.after, edit.new_span), edit.added)
    for word in gone - come:
        yield f"{word} dropped"
    for word in come - gone:
        yield f"{word} added"


def _of_dates(edit: _Edit, text: _Text, edited: Span) -> Counter[str]:
    """The words of one side that belong to dates: "May" keeps no distance from what is said."""
    found = [text.text[slice(*span)] for span, _ in _touched(text.dates, edited)]
    return _words(" ".join((*found, *(month.said for pair in _months_changed(edit) for month in pair))))


def _hedge_words(words: Counter[str], text: str) -> Counter[str]:
    said = [word.lower() for word in words.elements()]
    denied = [word for word in said if word.endswith("n't") or word == "cannot"]
    said += ["not"] * len(denied)
    said += [word.removesuffix("n't") for word in denied]  # "couldn't" says "could" too
    found = Counter(word for word in said if plain(word) in HEDGES)
    return +found + Counter(HEDGES_WITHIN.findall(text))


_RULES: tuple[tuple[str, Callable[[_Edit], Iterator[str]]], ...] = (
    ("date", _dates),
    ("number", _numbers),
    ("quotation", _quotations),
    ("name", _names),
    ("hedge", _hedges),
)


# --- names ---------------------------------------------------------------------------------------
def _capitals_mean_names(language: str) -> bool:
    """German and Luxembourgish write every noun with a capital."""
    return language.partition("-")[0].lower() not in ("de", "lb")


def _known_names(old: Extract, new: Extract) -> frozenset[str]:
    """Words that stand with a capital where no sentence begins: most often names.

    A headline may have capitals throughout, so it teaches none.
    """
    return frozenset(
        text[start:stop]
        for text in {*old.texts, *new.texts, old.standfirst, new.standfirst}
        for start, stop in _capitalised(text)
        if not _begins_sentence(text, start)
    )


_LETTERS = re.compile(r"[^\W\d_]{2,}(?:['’-][^\W\d_]+)*")


def _capitalised(text: str) -> Iterator[Span]:
    for match in _LETTERS.finditer(text):
        if match[0][0].isupper():
            yield match.span()


def _begins_sentence(text: str, at: int) -> bool:
    before = text[max(0, at - 6) : at]
    bare = before.rstrip(" \u00a0\n\"'“”‘’„«»([–—-")
    return "\n" in before[len(bare) :] or not bare or bare[-1] in ".!?:…•"


# --- reasons -------------------------------------------------------------------------------------
def _arrow(removed: str, added: str) -> str:
    """ "12 -> 19", or what was added or removed."""
    before, after = _clipped(removed), _clipped(added)
    if before and after:
        return f"{before} -> {after}"
    return f"{after} added" if after else f"{before} removed"


def _clipped(text: str) -> str:
    """The text on one line, cut behind a word."""
    line = " ".join(text.split())
    if len(line) <= REASON_LENGTH:
        return line
    kept = ""
    for token in split_words(line):
        if len(kept) + len(token) >= REASON_LENGTH:
            break
        kept += token
    return (kept.rstrip() or line[: REASON_LENGTH - 1]) + "…"


def _listed(reasons: Iterable[str]) -> str:
    distinct = list(dict.fromkeys(reasons))
    more = len(distinct) - REASONS
    return "; ".join(distinct[:REASONS]) + (f"; {more} more" if more > 0 else "")


# --- the excerpt ---------------------------------------------------------------------------------
def _excerpt(old: Extract, new: Extract, difference: Diff, edits: Sequence[_Edit]) -> tuple[Segment, ...]:
    """The weightiest edit with what stands around it: of the body if that changed, else of a line."""
    candidates = [edit for edit in edits if edit.place == "body"] or list(edits)
    if not candidates:
        return ()
    chosen = max(candidates, key=lambda edit: edit.weight)
    if chosen.row >= 0:
        segments = difference.rows[chosen.row].segments
    else:
        segments = next(
            diff_text(before, after) for place, before, after in _lines(old, new) if place == chosen.place
        )
    return excerpt(segments, chosen.old_span[0], chosen.new_span[0])
