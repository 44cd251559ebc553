"""The nouns of the core: frozen values that go in and come out of its functions.

Nothing here knows of a database, a socket or a clock. Times are aware datetimes in UTC.
"""

import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple


class ParagraphKind(StrEnum):
    """What part a paragraph plays in an article."""

    PARAGRAPH = "paragraph"
    HEADING = "heading"
    LIST_ITEM = "list_item"
    QUOTE = "quote"
    CAPTION = "caption"
    CORRECTION = "correction"


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One block of an article's text; `text` holds no newline."""

    kind: ParagraphKind
    text: str


@dataclass(frozen=True, slots=True)
class Entry:
    """An item of a feed: a claim that there is an article at `url`."""

    url: str
    title: str = ""
    published: datetime | None = None
    updated: datetime | None = None


@dataclass(frozen=True, slots=True)
class ParsedFeed:
    """What was read out of one fetch of a feed."""

    kind: str  # rss, atom, rdf, json, sitemap, sitemaps (a list of them)
    title: str
    entries: tuple[Entry, ...]
    home_url: str = ""
    language: str = ""
    least_interval: float = 0.0  # seconds the feed asks readers to wait (RSS ttl, updatePeriod)
    skip_hours: tuple[int, ...] = ()  # of the day in GMT, in which it asks not to be polled
    skip_days: tuple[int, ...] = ()  # of the week, from 0, Monday
    hub_url: str = ""  # which tells of news (WebSub), and
    self_url: str = ""  # by which name it knows the feed
    parts: tuple[str, ...] = ()  # of a list of sitemaps, those in which there is something new
    note: str = ""  # what was left out and why, for the operator


@dataclass(frozen=True, slots=True)
class Extract:
    """What was read out of one page."""

    title: str
    paragraphs: tuple[Paragraph, ...]
    standfirst: str = ""
    byline: str = ""
    language: str = ""  # BCP 47, as the page claims it; empty where it does not
    direction: str = ""  # ltr, rtl or empty: let the browser judge
    published: datetime | None = None
    modified: datetime | None = None
    canonical_url: str = ""  # <link rel=canonical>, absolute, not yet believed
    # where on the page each paragraph stood, by the names of the elements around it; nothing of the text
    places: tuple[str, ...] = field(default=(), compare=False)
    skeleton: str = field(default="", compare=False)  # digest of all of the page that the reading used

    @property
    def texts(self) -> list[str]:
        """The body, paragraph by paragraph."""
        return [p.text for p in self.paragraphs]


@dataclass(frozen=True, slots=True)
class Rules:
    """How the pages of one source are read, beside what holds for every page.

    keep     CSS selectors: what they select is the article, and nothing else
    drop     CSS selectors: what they select is no part of it
    ignore   texts to leave out, each a whole paragraph; * stands for anything
    repeats  paragraphs, as `fingerprint.words` gives them, that were found on many articles
    places   where on the page text stands that is another at every look (`Extract.places`)

    The first three are an operator's and override the others, which were learnt.
    """

    keep: tuple[str, ...] = ()
    drop: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    repeats: frozenset[str] = frozenset()
    places: frozenset[str] = frozenset()

    @property
    def digest(self) -> str:
        """Names the rules in a few letters; "" where there are none."""
        parts = (self.keep, self.drop, self.ignore, sorted(self.repeats), sorted(self.places))
        return hashlib.sha256(repr(parts).encode()).hexdigest()[:10] if any(parts) else ""


NO_RULES = Rules()


@dataclass(frozen=True, slots=True)
class Slot:
    """A place in one article's text where every look finds something else; see `core.steady`.

    `before` and `after` are short digests of the paragraphs around it, `seen` of those in it at the
    last look, `stayed` of those that were in it at every look while it was suspected.
    """

    before: str
    after: str
    seen: tuple[str, ...] = ()
    stayed: tuple[str, ...] = ()

    @property
    def place(self) -> tuple[str, str]:
        return self.before, self.after


# --- versioning --------------------------------------------------------------------------------
class Verdict(StrEnum):
    """What a fresh extract is, beside what is already known of its article."""

    NEW = "new"
    SAME = "same"
    COSMETIC = "cosmetic"
    REVERT = "revert"
    FLAPPING = "flapping"
    SUSPECT = "suspect"


@dataclass(frozen=True, slots=True)
class Decision:
    """A verdict and why; `same_as` is the version's number a revert or flapping text equals."""

    verdict: Verdict
    reason: str = ""
    same_as: int | None = None


@dataclass(frozen=True, slots=True)
class KnownVersion:
    """A stored version as `versioning.decide` needs it: its digest, not its text."""

    number: int
    digest: str
    same_as: int | None = None


@dataclass(frozen=True, slots=True)
class History:
    """What is known of an article before a look at it.

    versions        oldest first; empty at the first look
    last            the newest version's text, or None
    seen_text       exact digest of the text the last accepted look saw (typography included)
    pending         digest of the text held back as suspect, or "" ; `pending_looks` how often in a row
    pending_reason  why it was held back
    variant         digest of the known variant a flapping article last showed; `variant_looks` in a row
    siblings        how many other articles of the source carry exactly this text now
    expected_title  the headline that the feed, or the newest version, gave it
    headlines       those of other articles of the source, the newest some hundred
    """

    versions: tuple[KnownVersion, ...] = ()
    last: Extract | None = None
    seen_text: str = ""
    pending: str = ""
    pending_looks: int = 0
    pending_reason: str = ""
    variant: str = ""
    variant_looks: int = 0
    siblings: int = 0
    expected_title: str = ""
    headlines: frozenset[str] = frozenset()


OWN_FAULT = "newsdiff itself failed"  # begins the reason of a look that our own code ended


class Outcome(StrEnum):
    """How one check ended; every check ends in exactly one of these."""

    NEW_VERSION = "new_version"
    UNCHANGED = "unchanged"
    NOT_MODIFIED = "not_modified"
    COSMETIC = "cosmetic"
    SUSPECT = "suspect"
    GONE = "gone"
    MOVED = "moved"
    BLOCKED = "blocked"
    FAILED = "failed"


# --- diff ----------------------------------------------------------------------------------------
class RowState(StrEnum):
    """What became of the paragraphs of one row."""

    SAME = "same"
    CHANGED = "changed"
    ADDED = "added"
    REMOVED = "removed"
    MOVED = "moved"
    MOVED_AWAY = "moved_away"
    SPLIT = "split"  # into more paragraphs than there were
    MERGED = "merged"  # into fewer, or as many that broke elsewhere


Segment = tuple[str, str]  # (op, text): "=" in both, "-" only in the old, "+" only in the new


class Row(NamedTuple):  # made by the ten thousand, in half the time of a frozen data class
    """One row of a diff, in reading order.

    `old` and `new` are indexes into the two lists of paragraphs. `segments` run over the row's
    paragraphs joined by newlines: "=" and "-" rebuild the old text exactly, "=" and "+" the new. Between
    two "=" there may be several "-" and "+", where an edit stands beside other typography.
    A `same` paragraph reads the same; where its typography differs, segments say so (see `diffing.lit`).
    A `moved` paragraph shows at its new place; its `moved_away` stub, where it stood, repeats the
    old index, shows the old text unmarked and takes no part in rebuilding the new side.
    """

    state: RowState
    old: tuple[int, ...]
    new: tuple[int, ...]
    segments: tuple[Segment, ...]


@dataclass(frozen=True, slots=True)
class Diff:
    """The difference of two lists of paragraphs."""

    rows: tuple[Row, ...]

    @property
    def counts(self) -> dict[str, int]:
        """How many rows are in each state other than same and moved_away."""
        counted: dict[str, int] = {}
        for row in self.rows:
            if row.state not in (RowState.SAME, RowState.MOVED_AWAY):
                counted[row.state] = counted.get(row.state, 0) + 1
        return counted


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of change and the reason it was given: ("number", "12 -> 19")."""

    name: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Classification:
    """What a step from one version to the next amounts to; stored as a Change."""

    kinds: tuple[Kind, ...]
    weight: float
    added_words: int
    removed_words: int
    disclosed: bool
    excerpt: tuple[Segment, ...] = field(default=())  # the weightiest changed passage
