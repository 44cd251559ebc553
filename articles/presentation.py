"""A diff shaped for reading: unchanged runs folded, changes numbered, states in words, passages cut out.

Takes the core's values and gives plain values for templates, the same for pages and feeds. All text
that leaves here is fit for XML and UTF-8, whatever a page had in it.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import NamedTuple

from django.utils.translation import gettext, ngettext

from articles.core.diffing import diff_text, lit
from articles.core.diffing.sequences import common_runs
from articles.core.excerpts import coalesced
from articles.core.numbering import Numbers
from articles.core.types import Diff, Row, RowState, Segment
from articles.models import Change, Version
from articles.wording import join_words, kind_words

CONTEXT = 2  # unchanged paragraphs shown on each side of a change
AROUND = 90  # characters of unchanged text kept on each side of a marked run in a passage
PASSAGE = 700  # characters of one side of a passage in a feed
LARGE = 100_000  # words of a text, compared in a second or so; above it paragraphs are compared as wholes
PILCROW = "\N{PILCROW SIGN}"
# Between left-to-right marks, so that between two words in Arabic it still points from old to new.
ARROW = " \N{LEFT-TO-RIGHT MARK}→\N{LEFT-TO-RIGHT MARK} "

# First strong isolate, pop directional isolate: bdi for text that can hold no element.
ISOLATE = "\N{FIRST STRONG ISOLATE}%s\N{POP DIRECTIONAL ISOLATE}"

# What XML 1.0 (2.2 Char) does not allow, lone surrogates among it: these also have no UTF-8.
UNPRINTABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def printable(text: str) -> str:
    """`text` with each character that XML or UTF-8 cannot carry shown as U+FFFD."""
    return UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", text)


class Piece(NamedTuple):
    """A segment fit to be shown, and whether a reader would see that it differs."""

    op: str
    text: str
    is_lit: bool


def pieces(segments: Sequence[Sequence[str]]) -> tuple[Piece, ...]:
    """The pieces of the core's segments, or of such as were stored as JSON; empty ones dropped."""
    pairs = [(op, text) for op, text in segments]
    return tuple(
        Piece(op, printable(text), is_lit)
        for (op, text), is_lit in zip(pairs, lit(pairs), strict=True)
        if text
    )


def in_one_text(shown: Iterable[Piece]) -> tuple[Segment, ...]:
    """Both sides in one: where nothing but typography differs, the new text bears no mark."""
    return tuple(
        coalesced((op if is_lit else "=", text) for op, text, is_lit in shown if is_lit or op != "-")
    )


def side(shown: Iterable[Piece], op: str) -> Iterator[Segment]:
    """One side of a comparison: what both have, and what only it has (`op` is "-" or "+").

    Typography is shown as it is, without a mark, and so is the break of a split or merged paragraph:
    the row says that it is split, and the other side where.
    """
    return coalesced((op if is_lit else "=", text) for mark, text, is_lit in shown if mark in ("=", op))


def is_marked(pairs: Iterable[Segment]) -> bool:
    """Whether anything differs."""
    return any(op != "=" for op, _ in pairs)


def web_address(url: str) -> str:
    """`url` where it leads to the web, else nothing: a page's or feed's word for an address is no address
    until it is seen that it is not of another scheme, such as javascript."""
    return url if url.lower().startswith(("http://", "https://")) else ""


def public_address(url: str) -> str:
    """A feed's address for readers: without its query and the name in it, which may be an operator's key."""
    bare, parted, _ = url.partition("?")
    scheme, slashes, rest = bare.partition("#")[0].partition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme}{slashes}{host.rpartition('@')[2]}{slash}{path}" + ("?…" if parted else "")


def compare(old: str, new: str) -> tuple[Segment, ...]:
    """One line against another (headline, standfirst, byline), fit to be shown."""
    return in_one_text(pieces(diff_text(old, new)))


# --- the rows of a diff --------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Line:
    """A paragraph on one side of a row: its number in its version (from 1), its kind, its marks."""

    number: int
    kind: str
    segments: tuple[Segment, ...]
    anchor: str = ""


@dataclass(frozen=True, slots=True)
class ShownRow:
    """A row as a reader sees it.

    change   which of the diff's changes it is, from 1; 0 for what is the same and for stubs
    number   its paragraphs' numbers, "4" or "6 and 7": in the new text where it stands there
    words    its state in words, "Moved from 4, up to here"; `partner` is the anchor these words lead to
    """

    state: RowState
    change: int
    number: str
    words: str
    partner: str
    old: tuple[Line, ...]
    new: tuple[Line, ...]
    inline: tuple[tuple[Segment, ...], ...]
    is_edited: bool

    @property
    def inline_lines(self) -> list[tuple[str, tuple[Segment, ...]]]:
        """Both sides in one text, each paragraph with its kind: the new one where there is a new one."""
        if not self.new:
            return [(self.old[0].kind, part) for part in self.inline]
        return [(line.kind, part) for line, part in zip(self.new, self.inline, strict=True)]


@dataclass(frozen=True, slots=True)
class Fold:
    """A run of unchanged paragraphs, shown on request."""

    rows: tuple[ShownRow, ...]

    @property
    def words(self) -> str:
        count = len(self.rows)
        return ngettext("%(count)d unchanged paragraph", "%(count)d unchanged paragraphs", count) % {
            "count": count
        }


def _numbers(indexes: Iterable[int]) -> str:
    return join_words(index + 1 for index in indexes)


@dataclass(frozen=True, slots=True)
class _Move:
    """Where what moved away now stands: its new indexes, and whether that is further up the page."""

    new: tuple[int, ...]
    is_up: bool


def _moves(rows: Sequence[Row]) -> dict[int, _Move]:
    """What moved away, by its first old index."""
    away = {row.old[0]: place for place, row in enumerate(rows) if row.state is RowState.MOVED_AWAY}
    arrived = ((place, row) for place, row in enumerate(rows) if row.new and row.old)
    return {
        row.old[0]: _Move(row.new, place < away[row.old[0]]) for place, row in arrived if row.old[0] in away
    }


def _words(row: Row, moves: Mapping[int, _Move]) -> tuple[str, str]:
    """A row's state in words, and the anchor of the paragraphs these words speak of."""
    was = _numbers(row.old) if row.old else ""
    match row.state:
        case RowState.MOVED if moves[row.old[0]].is_up:
            return gettext("Moved from %(was)s, up to here") % {"was": was}, f"o{row.old[0] + 1}"
        case RowState.MOVED:
            return gettext("Moved from %(was)s, down to here") % {"was": was}, f"o{row.old[0] + 1}"
        case RowState.MOVED_AWAY:
            move = moves[row.old[0]]
            up, down = gettext("Moved to %(now)s, up from here"), gettext("Moved to %(now)s, down from here")
            return (up if move.is_up else down) % {"now": _numbers(move.new)}, f"n{move.new[0] + 1}"
        case RowState.SPLIT:
            return gettext("Split from %(was)s") % {"was": was}, f"o{row.old[0] + 1}"
        case RowState.MERGED:
            return gettext("Merged from %(was)s") % {"was": was}, f"o{row.old[0] + 1}"
        case RowState.CHANGED:
            return gettext("Changed"), ""
        case RowState.ADDED:
            return gettext("Added"), ""
        case RowState.REMOVED:
            return gettext("Removed"), ""
    return gettext("Same"), ""


def _paragraphs(pairs: Iterable[Segment]) -> list[tuple[Segment, ...]]:
    """Segments of paragraphs joined by newlines, parted at the newlines."""
    parts: list[list[Segment]] = [[]]
    for op, text in pairs:
        first, *rest = text.split("\n")
        if first:
            parts[-1].append((op, first))
        for piece in rest:
            parts.append([(op, piece)] if piece else [])
    return [tuple(part) for part in parts]


def _inline(row: Iterable[Piece]) -> tuple[tuple[Segment, ...], ...]:
    """Both sides in one text. A break that only one side has shows as a marked pilcrow, so that a split
    or merged paragraph without another edit is seen to differ; one that is new also breaks the line."""
    visible = {"=": "\n", "-": PILCROW, "+": PILCROW + "\n"}
    shown: list[Segment] = []
    for op, text, is_lit in row:
        if is_lit or "\n" in text:
            shown.append((op, text.replace("\n", visible[op])))
        elif op != "-":
            shown.append(("=", text))
    return tuple(_paragraphs(coalesced(shown)))


def _lines(
    indexes: Sequence[int], segments: Iterable[Segment], kinds: Sequence[str], anchor: str
) -> tuple[Line, ...]:
    """One side of a row; `anchor` is the letter its paragraphs' anchors begin with, or empty for none."""
    if not indexes:
        return ()
    return tuple(
        Line(index + 1, kinds[index], part, f"{anchor}{index + 1}" if anchor else "")
        for index, part in zip(indexes, _paragraphs(segments), strict=True)
    )


def show_rows(difference: Diff, old: Version, new: Version) -> list[ShownRow]:
    """Every row of the difference of two versions, numbered and in words."""
    moves = _moves(difference.rows)
    old_kinds, new_kinds = ([kind for kind, _ in version.paragraphs] for version in (old, new))
    shown: list[ShownRow] = []
    changes = 0
    for row in difference.rows:
        is_change = row.state not in (RowState.SAME, RowState.MOVED_AWAY)
        changes += is_change
        parts = pieces(row.segments)
        words, partner = _words(row, moves)
        # The old text of what moved keeps its anchor at the stub, where it stood.
        is_stub = row.state is RowState.MOVED_AWAY
        old_anchor = "o" if partner and (is_stub or row.old[0] not in moves) else ""
        shown.append(
            ShownRow(
                state=row.state,
                change=changes if is_change else 0,
                number=_numbers(row.new or row.old),
                words=words,
                partner=partner,
                old=_lines(row.old, side(parts, "-"), old_kinds, old_anchor),
                new=_lines(row.new, side(parts, "+"), new_kinds, "n" if partner else ""),
                inline=_inline(parts),
                is_edited=any(piece.is_lit for piece in parts),
            )
        )
    return shown


def whole_paragraphs(old: Sequence[str], new: Sequence[str]) -> Diff:
    """The difference of two texts too large to be compared by words: paragraphs stay, come or go."""
    codes: dict[str, str] = {}
    spelt = [
        # a character for each paragraph, from behind the surrogates on: there is room for a million
        "".join(codes.setdefault(text, chr(0xE000 + len(codes))) for text in texts)
        for texts in (old, new)
    ]
    rows: list[Row] = []
    i = j = 0
    for start, new_start, length in [*common_runs(*spelt), (len(old), len(new), 0)]:
        rows += [Row(RowState.REMOVED, (at,), (), (("-", old[at]),)) for at in range(i, start)]
        rows += [Row(RowState.ADDED, (), (at,), (("+", new[at]),)) for at in range(j, new_start)]
        same = zip(range(start, start + length), range(new_start, new_start + length), strict=True)
        rows += [Row(RowState.SAME, (at,), (to,), (("=", old[at]),)) for at, to in same]
        i, j = start + length, new_start + length
    return Diff(tuple(rows))


def fold(rows: Sequence[ShownRow], context: int | None = CONTEXT) -> list[ShownRow | Fold]:
    """The rows with unchanged runs folded but for `context` paragraphs beside a change; None folds nothing.

    A single paragraph is never folded: the line that says so would be as long.
    """
    if context is None:
        return list(rows)
    blocks: list[ShownRow | Fold] = []
    for is_same, group in groupby(rows, lambda row: row.state is RowState.SAME):
        run = tuple(group)
        if not is_same:
            blocks += run
            continue
        head = context if blocks else 0
        tail = 0 if run[-1] is rows[-1] else context
        hidden = run[head : len(run) - tail]
        if len(hidden) < 2:
            blocks += run
        else:
            blocks += [*run[:head], Fold(hidden), *run[len(run) - tail :]]
    return blocks


# --- passages: what was removed, what was added ------------------------------------------------
@dataclass(frozen=True, slots=True)
class Passage:
    """One change for reading in a line: what went, what came, with a little of what stayed around it.

    before, now  the old or new side of an edit that left no mark on it, for where marks cannot be seen
    """

    change: int
    title: str
    removed: tuple[Segment, ...]
    added: tuple[Segment, ...]
    kept: tuple[Segment, ...]
    size: int
    before: tuple[Segment, ...] = ()
    now: tuple[Segment, ...] = ()


def _cut(text: str, length: int, *, end: bool) -> str:
    """About `length` characters of the text's beginning or end; whole words where blanks part them."""
    if len(text) <= length:
        return text
    piece = text[-length:] if end else text[:length]
    head, blank, tail = piece.partition(" ") if end else piece.rpartition(" ")
    if not blank:
        return f"…{piece}" if end else f"{piece}…"
    return f"… {tail}" if end else f"{head} …"


def trim(pairs: Sequence[Segment], around: int = AROUND) -> tuple[Segment, ...]:
    """The segments with long unchanged stretches cut down to `around` characters beside each mark."""
    trimmed: list[Segment] = []
    for place, (op, text) in enumerate(pairs):
        is_first, is_last = place == 0, place == len(pairs) - 1
        if op != "=":
            trimmed.append((op, text))
        elif is_first and not is_last:
            trimmed.append((op, _cut(text, around, end=True)))
        elif is_last and not is_first:
            trimmed.append((op, _cut(text, around, end=False)))
        elif len(text) > 2 * around + 20:
            tail = "" if is_first else _cut(text, around, end=True).removeprefix("…").lstrip()
            trimmed.append((op, f"{_cut(text, around, end=False)} {tail}"))
        else:
            trimmed.append((op, text))
    return tuple(trimmed)


def cap(pairs: Sequence[Segment], length: int = PASSAGE) -> tuple[Segment, ...]:
    """The segments up to `length` characters, the last cut with an ellipsis."""
    capped: list[Segment] = []
    left = length
    for op, text in pairs:
        if left <= 0:
            break
        capped.append((op, _cut(text, left, end=False)))
        left -= len(text)
    return tuple(capped)


def passages(rows: Iterable[ShownRow], length: int | None = None) -> Iterator[Passage]:
    """The changes among the rows, in reading order, as passages; `length` caps each side, in characters."""

    def cut(lines: Sequence[Segment]) -> tuple[Segment, ...]:
        if not is_marked(lines):
            return ()
        trimmed = trim(lines)
        return trimmed if length is None else cap(trimmed, length)

    def without(op: str, row: ShownRow) -> tuple[Segment, ...]:
        """The side of an edited row that only lacks what the other has, cut where the other is."""
        trimmed = trim(list(_flat(row.inline)))
        return cap(tuple(coalesced(pair for pair in trimmed if pair[0] != op)), length or PASSAGE)

    for row in rows:
        if not row.change:
            continue
        old, new = _in_a_line(row.old, "-", row.new), _in_a_line(row.new, "+", row.old)
        marks = [text for line in (*row.old, *row.new) for op, text in line.segments if op != "="]
        yield Passage(
            change=row.change,
            title=_title(row),
            removed=cut(old) if row.is_edited else (),
            added=cut(new) if row.is_edited else (),
            kept=() if row.is_edited else _kept(old if len(row.old) > len(row.new) else new),
            size=sum(map(len, marks)) + 40 * any(map(_has_digit, marks)),
            before=without("+", row) if row.old and row.is_edited and not is_marked(old) else (),
            now=without("-", row) if row.new and row.is_edited and not is_marked(new) else (),
        )


def _flat(lines: Iterable[tuple[Segment, ...]]) -> Iterator[Segment]:
    """Paragraphs as one line."""
    for place, line in enumerate(lines):
        if place:
            yield "=", " "
        yield from line


def _title(row: ShownRow) -> str:
    title = ngettext(
        "Paragraph %(number)s: %(words)s", "Paragraphs %(number)s: %(words)s", len(row.new or row.old)
    )
    return title % {"number": row.number, "words": row.words}


def _in_a_line(lines: Sequence[Line], op: str, others: Sequence[Line]) -> list[Segment]:
    """One side of a row, with a marked pilcrow where it breaks and the other side does not."""
    pairs: list[Segment] = []
    for line in lines:
        if pairs:
            pairs += [(op, PILCROW), ("=", " ")] if len(others) == 1 else [("=", " ")]
        pairs += line.segments
    return list(coalesced(pairs))


def _kept(pairs: Sequence[Segment]) -> tuple[Segment, ...]:
    """Words that only moved, or broke anew: their beginning, or what stands around the breaks."""
    return cap(trim(pairs)) if is_marked(pairs) else cap(pairs, 2 * AROUND)


def _has_digit(text: str) -> bool:
    return any(map(str.isdigit, text))


def weightiest(found: Iterable[Passage], count: int) -> list[Passage]:
    """The `count` passages where most was marked (a changed number counts for more), in reading order."""
    chosen = sorted(found, key=lambda passage: -passage.size)[:count]
    return sorted(chosen, key=lambda passage: passage.change)


# --- lists of changes, histories ----------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class ShownKind:
    """A kind of change in words, and the reason it was given.

    parts  the reason's (text, is_quoted) in order: what is quoted is the article's, in its language
    """

    words: str
    parts: tuple[tuple[str, bool], ...]

    @property
    def reason(self) -> str:
        """The reason where no element can mark what is quoted, such as in an attribute."""
        return "".join(ISOLATE % text if is_quoted else text for text, is_quoted in self.parts)


# The kinds whose reasons count or name what we found, and quote nothing.
UNQUOTED = frozenset(("added", "removed", "moved", "correction", "cosmetic"))
LONE = re.compile(r"(.+) (added|removed|dropped)", re.S)
MORE = re.compile(r"[0-9]+ more")
ENDS = " .,;:!?…\"'“”„«»‘’"


def show_kinds(stored: Iterable[Sequence[str]]) -> tuple[ShownKind, ...]:
    """Kinds as a Change stores them, in words."""
    return tuple(ShownKind(kind_words(name), _reason(name, printable(reason))) for name, reason in stored)


def _reason(name: str, reason: str) -> tuple[tuple[str, bool], ...]:
    """A reason as the core gives it ("12 -> 19; not dropped; 3 more"), with what it quotes in quotes."""
    if name in UNQUOTED or not reason:
        return ((reason, False),) if reason else ()
    parts: list[tuple[str, bool]] = []
    for place, piece in enumerate(reason.split("; ")):
        before, arrow, after = piece.partition(" -> ")
        if MORE.fullmatch(piece):
            parts.append((gettext(" and %(more)s") % {"more": piece}, False))
            continue
        parts += [("; ", False)] if place else []
        if arrow:
            parts += [*_quoted(before), (ARROW, False), *_quoted(after)]
        elif lone := LONE.fullmatch(piece):
            parts += [*_quoted(lone[1]), (f" {lone[2]}", False)]
        else:
            parts.append((piece, True))
    return tuple(parts)


def _quoted(text: str) -> list[tuple[str, bool]]:
    """Words of the article in quotes, without the punctuation they were cut out with."""
    return [("“", False), (text.strip(ENDS) or text, True), ("”", False)]


@dataclass(frozen=True, slots=True)
class ShownChange:
    """A change as lists show it: the headline old against new, the weightiest passage with its marks."""

    change: Change
    headline: tuple[Segment, ...]
    excerpt: tuple[Segment, ...]
    kinds: tuple[ShownKind, ...]

    @property
    def headline_changed(self) -> bool:
        return is_marked(self.headline)


def show_excerpt(change: Change, length: int = PASSAGE) -> tuple[Segment, ...]:
    """The weightiest passage of a change, about `length` characters of it."""
    return cap(trim(in_one_text(pieces(change.excerpt))), length)


def show_change(change: Change) -> ShownChange:
    """A change, its versions and article at hand, for a list."""
    title = change.new.title or change.article.title or change.article.url
    return ShownChange(
        change=change,
        headline=compare(change.old.title or title, title),
        excerpt=show_excerpt(change, 420),
        kinds=show_kinds(change.kinds),
    )


def variants(steps: Iterable[tuple[int, int | None]]) -> list[int]:
    """The numbers of the texts a flapping article goes to and fro between, each by its first version.

    steps  (number, same_as) of its versions, oldest first
    """
    first: dict[int, int] = {}
    found: set[int] = set()
    before: int | None = None
    for number, same_as in steps:
        first[number] = first.get(same_as, same_as) if same_as is not None else number
        if same_as is not None:
            found.add(first[number])
            if before is not None:
                found.add(first[before])
        before = number
    return sorted(found)


# --- strip of versions ------------------------------------------------------------------------
def strip(numbers: Numbers, old: int, new: int, around: int = 4) -> list[tuple[int, int]]:
    """The versions a strip shows: the ends, and those near the two compared.

    Each with the number of the one shown before it, 0 for the first; (0, 0) stands for a gap.
    """
    shown = list(numbers)
    poles = [place for place, number in enumerate(shown) if number in (old, new)]
    near = {place for pole in poles for place in range(pole - around, pole + around + 1)}
    wanted = sorted(place for place in near | {0, len(shown) - 1} if 0 <= place < len(shown))
    stops: list[tuple[int, int]] = []
    before = -1
    for place in wanted:
        if place - before > 2:
            stops.append((0, 0))
        elif place - before == 2:  # a gap of one is no shorter than the number itself
            stops.append(_stop(shown, place - 1))
        stops.append(_stop(shown, place))
        before = place
    return stops


def _stop(shown: Sequence[int], place: int) -> tuple[int, int]:
    return shown[place], shown[place - 1] if place else 0
