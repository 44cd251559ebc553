"""What other rules would have made of kept pages, before a source is read by them. Nothing is stored.

A back-test goes article by article, so that each step is short. Of an article it reads the newest captures
and those that its newest versions stand on, by today's rules and by the proposed ones, and says which texts
would differ or be empty, and which versions would never have been: those that would say the same as the one
before.
"""

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from itertools import pairwise

from articles.core import fingerprint
from articles.core.diffing import diff
from articles.core.extraction import ExtractionError
from articles.core.extraction.trying import Trial
from articles.core.http import Response
from articles.core.types import Diff, Extract, Rules
from articles.ingestion.rebaselining import as_version, classify
from articles.models import Article, Change, Snapshot, Source, Version
from articles.reading import read_twice

ARTICLES = 6
CAPTURES = 20  # the newest of each
VERSIONS = 20  # the newest of each that might not have been
CANDIDATES = 200  # articles changed last, among which those with most versions are looked for
STEP_SECONDS = 20.0  # for one article; real ones take 3
DANGEROUS = ("number", "quotation", "name", "correction")  # kinds of change that no rule should hide


class TooSlow(Exception):
    """Rules that take too long to be read by, in words for whoever wrote them."""


class Effect(StrEnum):
    """What the proposed rules do to the text of a capture."""

    SAME = "same"
    DIFFERS = "differs"
    EMPTY = "empty"  # read today, and not by the proposed rules
    FOUND = "found"  # the other way about
    UNREAD = "unread"  # by neither


@dataclass(frozen=True, slots=True)
class CaptureEffect:
    """A capture under both rules. `trouble` is why the proposed ones read nothing in it, in words."""

    at: datetime
    effect: Effect
    old_words: int
    new_words: int
    lost: int
    gained: int
    trouble: str = ""
    difference: Diff | None = None  # of `lines` of both, where they differ
    lines: tuple[list[str], list[str]] = ([], [])


@dataclass(frozen=True, slots=True)
class HiddenVersion:
    """A version that would say the same as the one before, and the change that nobody would have seen."""

    number: int
    change: Change

    @property
    def dangers(self) -> list[str]:
        """The kinds of the change that no rule should hide."""
        return [name for name in DANGEROUS if name in self.change.kind_names]


Matches = dict[str, list[int]]  # of each entry: what it matched in all, and on how many captures


@dataclass(slots=True)
class ArticleEffect:
    """One article under both rules; `matches` by the columns of a source's rules."""

    article: Article
    captures: list[CaptureEffect] = field(default_factory=list)
    hidden: list[HiddenVersion] = field(default_factory=list)
    matches: dict[str, Matches] = field(default_factory=dict)


@dataclass(slots=True)
class Totals:
    """What was counted of several articles; plain values, so that it can be sent along and signed.

    effects    captures by Effect
    hidden     versions that would not have been, `dangerous` of them with a kind of DANGEROUS
    dangers    those by kind
    matches    as of an article
    """

    articles: int = 0
    captures: int = 0
    effects: dict[str, int] = field(default_factory=dict)
    hidden: int = 0
    dangerous: int = 0
    dangers: dict[str, int] = field(default_factory=dict)
    matches: dict[str, Matches] = field(default_factory=dict)

    def add(self, one: ArticleEffect) -> None:
        """Counts an article."""
        self.articles += 1
        self.captures += len(one.captures)
        self.effects = dict(Counter(self.effects) + Counter(capture.effect.value for capture in one.captures))
        self.hidden += len(one.hidden)
        self.dangerous += sum(bool(version.dangers) for version in one.hidden)
        self.dangers = dict(
            Counter(self.dangers) + Counter(name for version in one.hidden for name in version.dangers)
        )
        _add_matches(self.matches, one.matches)

    def count(self, effect: Effect) -> int:
        """How many captures show this effect."""
        return self.effects.get(effect.value, 0)


def sample(source: Source, first: int | None = None) -> list[int]:
    """The articles that rules are tried on, by key: `first`, the newest, and of those changed last the ones
    with most versions. None that are hidden, none of which no page is kept."""
    readable = Article.objects.with_kept_pages().filter(source=source)
    newest = list(readable.order_by("-first_seen_at", "-pk").values_list("pk", flat=True)[: ARTICLES // 2])
    changed = readable.exclude(last_changed_at=None).order_by("-last_changed_at", "-pk")
    lively = changed.values_list("version_count", "last_changed_at", "pk")[:CANDIDATES]
    most = [pk for _, _, pk in sorted(lively, reverse=True)]
    wanted = [first] if first and readable.filter(pk=first).exists() else []
    return list(dict.fromkeys([*wanted, *newest, *most]))[:ARTICLES]


def try_on(article: Article, before: Rules, after: Rules) -> ArticleEffect:
    """The effect of rules on one article. Raises TooSlow."""
    captures = list(article.snapshots.defer("headers").order_by("-fetched_at", "-pk")[:CAPTURES])
    versions = list(
        article.versions.with_text().select_related("snapshot").order_by("-number")[: VERSIONS + 1]
    )[::-1]
    by_key = {capture.pk: capture for capture in (*captures, *(version.snapshot for version in versions))}
    ordered = sorted(by_key.values(), key=lambda capture: (capture.fetched_at, capture.pk), reverse=True)
    trials = _trials(ordered, before, after)
    found = ArticleEffect(article)
    for capture in ordered:
        found.captures.append(_effect(capture, trials[capture.pk]))
        _add_matches(found.matches, _matches_of(trials[capture.pk]))
    found.hidden = list(_hidden(article, versions, trials, before, after))
    return found


def _trials(captures: Sequence[Snapshot], before: Rules, after: Rules) -> dict[int, Trial]:
    """Each capture read both ways, by its key; those of the same bytes once."""
    ends = time.monotonic() + STEP_SECONDS
    known: dict[tuple[str, str], Trial] = {}
    trials = {}
    for capture in captures:
        same = capture.blob_id, capture.url
        if same not in known:
            known[same] = _trial(capture, before, after)
            if time.monotonic() > ends:
                raise TooSlow(f"Reading the pages of one article takes more than {STEP_SECONDS:.0f} seconds")
        trials[capture.pk] = known[same]
    return trials


def _trial(capture: Snapshot, before: Rules, after: Rules) -> Trial:
    headers = tuple((name, value) for name, value in capture.headers)
    kept = Response(capture.url, capture.status, headers, capture.blob.body)
    try:
        return read_twice(kept.body, kept.url, kept.charset, before, after)
    except ExtractionError as error:  # a limit: what cannot be read is told by the trial
        raise TooSlow(
            f"The page kept on {capture.fetched_at:%-d %B %Y} could not be tried: {error}"
        ) from error


def _effect(capture: Snapshot, trial: Trial) -> CaptureEffect:
    old, new = trial.before.extract, trial.after.extract
    words = _words(old), _words(new)
    if old is None or new is None:
        effect = Effect.EMPTY if old else Effect.FOUND if new else Effect.UNREAD
        return CaptureEffect(capture.fetched_at, effect, *words, words[0], words[1], trial.after.error)
    if fingerprint.text_digest(old) == fingerprint.text_digest(new):
        return CaptureEffect(capture.fetched_at, Effect.SAME, *words, 0, 0)
    step = classify(old, new)
    lines = lines_of(old), lines_of(new)
    return CaptureEffect(
        capture.fetched_at,
        Effect.DIFFERS,
        *words,
        step.removed_words,
        step.added_words,
        difference=diff(*lines),
        lines=lines,
    )


def lines_of(extract: Extract) -> list[str]:
    """All that was read, headline first, as lines that can be compared."""
    return [line for line in (extract.title, extract.standfirst, extract.byline, *extract.texts) if line]


def _words(extract: Extract | None) -> int:
    return fingerprint.word_count([extract.title, extract.standfirst, *extract.texts]) if extract else 0


def _hidden(
    article: Article, versions: Sequence[Version], trials: dict[int, Trial], before: Rules, after: Rules
) -> Iterator[HiddenVersion]:
    """The versions, newest first, that the proposed rules alone could not tell from the one before."""
    old, new = {}, {}
    for version in versions:
        trial = trials[version.snapshot_id]
        for digests, rules, reading in ((old, before, trial.before), (new, after, trial.after)):
            if reading.extract:
                text = as_version(article, version, rules, reading.extract)
                digests[version.pk] = fingerprint.digest(text)
    merged = [
        two.pk for one, two in pairwise(versions) if _alike(new, one, two) and not _alike(old, one, two)
    ]
    changes = Change.objects.filter(new__in=merged).select_related("old", "new")
    for change in changes.defer("old__packed", "new__packed").order_by("-new__number"):
        yield HiddenVersion(change.new.number, change)


def _alike(digests: dict[int, str], one: Version, two: Version) -> bool:
    return one.pk in digests and digests[one.pk] == digests.get(two.pk)


def _matches_of(trial: Trial) -> dict[str, Matches]:
    told = {
        "kept_selectors": trial.kept,
        "dropped_selectors": trial.dropped,
        "ignored_texts": trial.ignored,
    }
    return {
        column: {entry: [count, int(count > 0)] for entry, count in counts.items()}
        for column, counts in told.items()
    }


def _add_matches(total: dict[str, Matches], more: dict[str, Matches]) -> None:
    for column, matches in more.items():
        known = total.setdefault(column, {})
        for entry, (count, captures) in matches.items():
            seen = known.get(entry, [0, 0])
            known[entry] = [seen[0] + count, seen[1] + captures]


# --- what stands against saving --------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Objection:
    """Why rules are not saved, in words that say what to do instead; `column` is which of them, if one is."""

    words: str
    column: str = ""


def objections(totals: Totals, before: Rules, after: Rules) -> list[Objection]:
    """What stands against saving rules: new entries that match nothing, texts that are all empty."""
    if not totals.captures:
        return [
            Objection(
                "No page of this source is kept yet, so no rule can be tried: wait for its first "
                "articles, or choose Check now on the source's page. While it is paused no page is "
                "fetched: resume it first."
            )
        ]
    new = {
        "kept_selectors": set(after.keep) - set(before.keep),
        "dropped_selectors": set(after.drop) - set(before.drop),
        "ignored_texts": set(after.ignore) - set(before.ignore),
    }
    found = [
        Objection(_matches_nothing(entry, column, totals.captures), column)
        for column, entries in new.items()
        for entry in sorted(entries)
        if not totals.matches.get(column, {}).get(entry, [0])[0]
    ]
    read_today = totals.captures - totals.count(Effect.FOUND) - totals.count(Effect.UNREAD)
    if not found and read_today and totals.count(Effect.EMPTY) == read_today:
        found.append(
            Objection(
                "These rules leave nothing of any article: every text would be empty. Name a smaller part of "
                "the page: click the passage itself in the page view."
            )
        )
    return found


def silent_entries(totals: Totals) -> list[tuple[str, str]]:
    """Entries, each with its column, that match nothing in what was tried."""
    return [
        (column, entry)
        for column, matches in totals.matches.items()
        for entry, (count, _) in matches.items()
        if not count
    ]


def _matches_nothing(entry: str, column: str, captures: int) -> str:
    tried = f"“{entry}” matches nothing on the {captures} kept pages that were tried"
    if column == "ignored_texts":
        return (
            f"{tried}. Type a whole paragraph as it stands there, with * for what differs, choose an article "
            "that has it, or delete the line."
        )
    return (
        f"{tried}. Click the passage in the page view to be given a selector that does, choose an article "
        "that has it, or delete the line."
    )
