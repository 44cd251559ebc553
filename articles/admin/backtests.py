"""A back-test on its way through several requests, and what it found, in words and marks.

Each request tries the rules on one article. What was counted so far goes along, signed, so that nothing is
stored and rules can be saved only by what they were seen to do.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import datetime

from django.core import signing

from articles import presentation, wording
from articles.admin.base import counted
from articles.core.types import RowState, Segment
from articles.ingestion.backtesting import (
    ArticleEffect,
    CaptureEffect,
    Effect,
    Objection,
    Totals,
    objections,
    sample,
    silent_entries,
    try_on,
)
from articles.ingestion.rules import TYPED, entries, rules_of, typed_rules, with_typed
from articles.models import Article, Source

SALT = "articles.rules"
GOOD_FOR = 3600  # seconds from when an effect was shown to when it may be saved
PASSAGES = 12  # shown of one capture
LABELS = {"kept_selectors": "Keep", "dropped_selectors": "Drop", "ignored_texts": "Ignore"}
MARKED = {"number": "numbers", "name": "names", "quotation": "quotations", "correction": "corrections"}
EFFECTS = {
    Effect.SAME: "the same text",
    Effect.EMPTY: "empty",
    Effect.FOUND: "read only by these rules",
    Effect.UNREAD: "not read by either",
}


class NotShown(Exception):
    """What was sent along is no back-test of these rules, in words."""


@dataclass
class BackTest:
    """Rules that are being tried.

    known  what the source's rules were when it began, by column; `typed` what they would be
    todo   keys of the articles still to be tried, `of` how many there were
    """

    source: int
    known: dict[str, str]
    typed: dict[str, str]
    todo: list[int]
    of: int
    totals: Totals = field(default_factory=Totals)

    @classmethod
    def begun(cls, source: Source, typed: dict[str, str], first: int | None) -> "BackTest":
        """One that has tried nothing yet; `first` is the article that is looked at."""
        todo = sample(source, first)
        return cls(source.pk, typed_rules(source), typed, todo, len(todo))

    @classmethod
    def sent_along(cls, signed: str, source: Source) -> "BackTest":
        """The one that an earlier answer signed. Raises NotShown."""
        try:
            sent = signing.loads(signed, salt=SALT, max_age=GOOD_FOR)
        except signing.SignatureExpired as error:
            raise NotShown(
                "The effect was shown more than an hour ago: choose Show the effect again."
            ) from error
        except signing.BadSignature as error:
            raise NotShown("Choose Show the effect first: rules are saved by what they do.") from error
        if sent["source"] != source.pk:
            raise NotShown("This effect was shown for another source: choose Show the effect.")
        return cls(**sent | {"totals": Totals(**sent["totals"])})

    @property
    def signed(self) -> str:
        return signing.dumps(asdict(self), salt=SALT, compress=True)

    @property
    def is_done(self) -> bool:
        return not self.todo

    @property
    def done(self) -> int:
        return self.of - len(self.todo)

    def step(self, source: Source) -> ArticleEffect | None:
        """Tries the rules on the next article; None where it has been hidden meanwhile. Raises TooSlow."""
        pk = self.todo.pop(0)
        tried_on = Article.objects.with_kept_pages().filter(source=source, pk=pk)
        article = tried_on.select_related("source").first()
        if article is None:
            return None
        today = rules_of(source)
        effect = try_on(article, with_typed(today, self.known), with_typed(today, self.typed))
        self.totals.add(effect)
        return effect

    def objections(self, source: Source) -> list[Objection]:
        """What stands against saving, once all is done."""
        today = rules_of(source)
        return objections(self.totals, with_typed(today, self.known), with_typed(today, self.typed))


# --- in words --------------------------------------------------------------------------------------
def summary(totals: Totals) -> str:
    """What a back-test found, in a sentence or two."""
    pages = f"{counted(totals.captures, 'kept page')} of {counted(totals.articles, 'article')}"
    differ, empty = totals.count(Effect.DIFFERS), totals.count(Effect.EMPTY)
    texts = "1 text differs" if differ == 1 else f"{differ} texts differ"
    told = f"Tried on {pages}: {texts}, {empty} {'is' if empty == 1 else 'are'} empty"
    if found := totals.count(Effect.FOUND):
        told += (
            f", {found} {'is' if found == 1 else 'are'} read that {'is' if found == 1 else 'are'} not today"
        )
    told += f". These rules would have hidden {counted(totals.hidden, 'version')}"
    if totals.dangerous:
        told += ", " + wording.join_words(
            f"{totals.dangers[name]} with {words}" for name, words in MARKED.items() if name in totals.dangers
        )
    return f"{told}."


def warnings(test: BackTest) -> list[str]:
    """What to think about before saving, in sentences."""
    found = []
    if empty := test.totals.count(Effect.EMPTY):
        found.append(
            f"{counted(empty, 'text')} would be empty: such pages count as failed looks, and no change of "
            "them is seen."
        )
    if test.totals.dangerous:
        found.append(
            "Look at the marked versions below: a number, a name, a quotation or a correction changed in "
            "what these rules leave out. Name a smaller part of the page if it belongs to the article."
        )
    new = {(column, entry) for column in TYPED for entry in entries(test.typed[column])}
    old = {(column, entry) for column in TYPED for entry in entries(test.known[column])}
    found += [
        f"{LABELS[column]}: “{entry}” matches nothing any more. Delete the line if the site was rebuilt."
        for column, entry in silent_entries(test.totals)
        if (column, entry) in new & old
    ]
    return found


@dataclass(frozen=True, slots=True)
class Matched:
    """What one entry matched, in words."""

    entry: str
    words: str


def matched(test: BackTest) -> list[tuple[str, list[Matched]]]:
    """What each entry matched, by column, in the order typed."""
    told = []
    for column in TYPED:
        counts = test.totals.matches.get(column, {})
        noun = "paragraph" if column == "ignored_texts" else "element"
        told_of = []
        for entry in entries(test.typed[column]):
            count, captures = counts.get(entry, [0, 0])
            where = f"{counted(count, noun)} on {captures} of {counted(test.totals.captures, 'page')}"
            told_of.append(Matched(entry, where if count else "nothing"))
        told.append((column, told_of))
    return told


@dataclass(frozen=True, slots=True)
class ShownCapture:
    """A line of the table of captures. `like` is when that capture was kept whose passages are the same."""

    at: datetime
    old_words: int
    new_words: int
    words: str
    is_trouble: bool
    passages: tuple[tuple[str, tuple[Segment, ...]], ...] = ()
    like: datetime | None = None


def shown_captures(effect: ArticleEffect) -> Iterator[ShownCapture]:
    """The captures of an article, newest first; passages are shown where they differ from those above."""
    known: dict[tuple[tuple[str, tuple[Segment, ...]], ...], datetime] = {}
    for capture in effect.captures:
        passages = tuple(_passages(capture))
        yield ShownCapture(
            at=capture.at,
            old_words=capture.old_words,
            new_words=capture.new_words,
            words=_in_words(capture),
            is_trouble=capture.effect is Effect.EMPTY,
            passages=() if passages in known else passages,
            like=known.get(passages) if passages else None,
        )
        known.setdefault(passages, capture.at)


def _in_words(capture: CaptureEffect) -> str:
    if capture.effect is Effect.DIFFERS:
        return f"differs: {wording.word_delta(capture.gained, capture.lost)}"
    told = EFFECTS[capture.effect]
    return f"{told}: {capture.trouble}" if capture.trouble else told


def _passages(capture: CaptureEffect) -> Iterator[tuple[str, tuple[Segment, ...]]]:
    """What goes and comes, each with its row's state in a word."""
    if capture.difference is None:
        return
    states = {RowState.ADDED: "comes", RowState.REMOVED: "goes"}
    rows = [row for row in capture.difference.rows if row.state not in (RowState.SAME, RowState.MOVED_AWAY)]
    for row in rows[:PASSAGES]:
        told = presentation.in_one_text(presentation.pieces(row.segments))
        yield states.get(row.state, "differs"), presentation.cap(presentation.trim(told))
    if len(rows) > PASSAGES:
        yield "", (("=", f"and {counted(len(rows) - PASSAGES, 'more passage')}"),)
