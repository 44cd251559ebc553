"""Words and phrases: in current texts, in any version, in what came with a change or went with it.

The index names candidates, the newest first; their texts are read until a page is full. What has come and
gone within one line of text is counted line against line, as the diff pairs them: a word that was dropped
from one paragraph counts as removed, also where another paragraph still has it.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain, islice
from typing import Any

from django.core.cache import cache
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import Http404
from django.utils.translation import gettext

from articles import paging, rows
from articles.core import querying, terms
from articles.core.querying import Query, Unit
from articles.core.quoting import Stretch, stretches
from articles.core.types import Segment
from articles.finding.candidates import by_index
from articles.finding.texts import differing, exchanged, language_of, lines_of, readable
from articles.models import Article, ArticleTerms, Change, ChangeKind, ChangeTerms, Source, Version

SCOPES = ("current", "any", "added", "removed")  # the first is the default
OF_CHANGES = ("added", "removed")
AT_ONCE, MOST_AT_ONCE = 20, 80  # candidates whose texts are read at once: at first, and in the end
MOST_READ = 300  # for one page; then it ends, and the next goes on from there
REMEMBERED = 60  # seconds for which articles are taken to be in the same languages
SNIPPET = 280  # characters, about

Line = list[str]  # its words


@dataclass(frozen=True, slots=True)
class Search:
    """What is searched for, and in what.

    scope   one of SCOPES
    kind    a kind of change that there was: with the scopes of changes, of the change itself
    since   with these the moment of the change, else when the newest version was first seen
    until   the same, exclusive
    """

    query: Query
    scope: str = SCOPES[0]
    source: Source | None = None
    kind: str = ""
    since: datetime | None = None
    until: datetime | None = None

    @property
    def is_of_changes(self) -> bool:
        return self.scope in OF_CHANGES


@dataclass(frozen=True, slots=True)
class Hit:
    """An article that fits.

    versions  those in which the words stand, where texts are searched
    change    with which they came or went, where changes are
    snippet   of the newest of these versions, or of the change: "" is text, "=" is what was searched for,
              "-" and "+" are what went and came
    newest    number of the article's newest version that readers may see
    """

    article: Article
    at: datetime
    snippet: tuple[Segment, ...]
    newest: int
    versions: tuple[Stretch, ...] = ()
    first: Version | None = None
    last: Version | None = None
    change: Change | None = None

    @property
    def stands(self) -> bool:
        """Whether the newest version has the words."""
        return bool(self.versions) and self.versions[-1].end == self.newest


@dataclass(frozen=True, slots=True)
class Hits:
    """A page of them; `next` is the key of the page after it, "" on the last."""

    rows: list[Hit]
    next: str


def search(asked: Search, key: str, size: int) -> Hits:
    """The articles that fit, one hit each, the newest first; `key` as `paging` has them, "" for the first.

    A page may be short of its size and yet have another: no more than MOST_READ candidates are read for
    one. Raises Http404 for a key that is none.
    """
    candidates = _candidates(asked, key)
    seen: set[int] = set()  # articles of which a hit is told already
    hits: list[Hit] = []
    reader = _changes if asked.is_of_changes else _articles
    last = ""
    for batch in _batches(candidates[:MOST_READ], size + 1):
        found = reader(asked, [pk for _, pk in batch])
        for at, pk in batch:
            hit = found.get(pk)
            if hit and hit.article.pk not in seen and not (key and _was_told(asked, hit, key)):
                if len(hits) == size:
                    return Hits(hits, last)
                hits.append(hit)
                seen.add(hit.article.pk)
                last = paging.encode(at, pk)
    if len(candidates) > MOST_READ:
        return Hits(hits, paging.encode(*candidates[MOST_READ - 1]))
    return Hits(hits, "")


def changes_of(asked: Search, key: str, size: int) -> list[int]:
    """The keys of the newest `size` changes with which what is searched for came or went, those after a key
    of `paging` where there is one. Where texts are searched, both count; of changes, what is asked for."""
    scopes = [asked.scope] if asked.is_of_changes else list(OF_CHANGES)
    found: dict[int, datetime] = {}
    for scope in scopes:
        one = Search(asked.query, scope, asked.source, asked.kind, asked.since, asked.until)
        fitting = 0
        for batch in _batches(_candidates(one, key)[:MOST_READ], size):
            hits = _changes(one, [pk for _, pk in batch])
            found |= {pk: at for at, pk in batch if pk in hits}
            fitting += len(hits)
            if fitting >= size:
                break
    return sorted(found, key=lambda pk: (found[pk], pk), reverse=True)[:size]


def come_and_gone(asked: Search, pks: Sequence[int]) -> set[int]:
    """Those of these changes, by their keys, with which what is searched for came or went, as `changes_of`
    counts them. The moments of a search mean nothing here."""
    scopes = [asked.scope] if asked.is_of_changes else list(OF_CHANGES)
    changes = Change.objects.filter(pk__in=pks)
    if asked.source:
        changes = changes.filter(source=asked.source)
    if asked.kind:
        changes = changes.filter(Exists(ChangeKind.objects.filter(change=OuterRef("pk"), name=asked.kind)))
    # What is asked here is not asked again: what the index does not know yet is read, and so is what came
    # in a language that it did not know a moment ago.
    unknown = changes.filter(Q(terms=None) | ~Q(article__terms__made_by=terms.MADE_BY))
    unread = set(unknown.values_list("pk", flat=True))
    stemmers = _stemmers_of(_languages())
    found: set[int] = set()
    for scope in scopes:
        one = replace(asked, scope=scope, since=None, until=None)
        named = _rows(one, stemmers).filter(pk__in=pks).values_list("pk", flat=True)
        found.update(_changes(one, [*unread.union(named)]))
    return found


# --- candidates ----------------------------------------------------------------------------------------
def _candidates(asked: Search, key: str) -> list[tuple[datetime, int]]:
    """(moment, key of the article or change) of what the index names, after a key, one more than are read."""
    rows = _rows(asked, _stemmers())
    if key:
        at, pk = _decoded(key)
        rows = rows.filter(Q(at__lt=at) | Q(at=at, pk__lt=pk))
    with by_index():
        return list(rows.order_by("-at", "-pk").values_list("at", "pk")[: MOST_READ + 1])


def _rows(asked: Search, stemmers: list[str]) -> QuerySet[Any]:
    narrowed = {"at__gte": asked.since, "at__lt": asked.until}
    asked_of_rows = {name: value for name, value in narrowed.items() if value}
    if not asked.is_of_changes:
        numbers = asked.query.numbers(stemmers)
        rows = ArticleTerms.objects.filter(terms__has=numbers + asked.query.runs, **asked_of_rows)
        if asked.kind:
            kinds = ChangeKind.objects.filter(change__article=OuterRef("pk"), name=asked.kind)
            rows = rows.filter(Exists(kinds))
        return rows.filter(article__source=asked.source) if asked.source else rows
    sign = 1 if asked.scope == "added" else -1
    moving = asked.query.numbers(stemmers, are_moving=True)
    groups = [[sign * number for number in group] for group in moving + asked.query.runs]
    changed = ChangeTerms.objects.filter(terms__has=groups, **asked_of_rows)
    if asked.kind:
        changed = changed.filter(Exists(ChangeKind.objects.filter(change=OuterRef("pk"), name=asked.kind)))
    return changed.filter(change__source=asked.source) if asked.source else changed


def _decoded(key: str) -> tuple[datetime, int]:
    """Moment and key of the row that a page begins behind. Raises Http404 where that is none of ours."""
    at, pk = paging.decode(key)
    if not isinstance(at, datetime):  # of a list of rows without a time
        raise Http404(gettext("?before=%(key)s is not a page of this list.") % {"key": key})
    return at, pk


def _stemmers() -> list[str]:
    """Those of the languages that articles are in, or were a moment ago."""
    return _stemmers_of(cache.get_or_set("finding:languages", _languages, REMEMBERED))


def _stemmers_of(spoken: Iterable[str]) -> list[str]:
    return sorted({terms.stemmer_of(language) for language in spoken} - {""})


def _languages() -> list[str]:
    return rows.distinct(ArticleTerms, "language")


def _batches(rows: Iterable[tuple[datetime, int]], enough: int) -> Iterator[list[tuple[datetime, int]]]:
    """First what fills a page if all of it fits, then more and more at once."""
    left, size = iter(rows), min(max(enough, AT_ONCE), MOST_AT_ONCE)
    while batch := list(islice(left, size)):
        yield batch
        size = min(2 * size, MOST_AT_ONCE)


def _was_told(asked: Search, hit: Hit, key: str) -> bool:
    """Whether a page before this one has told of the hit's article, by a newer change that fits as well."""
    if hit.change is None:
        return False
    at, pk = _decoded(key)
    newer = _rows(asked, _stemmers()).filter(Q(at__gt=at) | Q(at=at, pk__gte=pk), change__article=hit.article)
    with by_index():
        pks = list(newer.values_list("pk", flat=True))
    return bool(_changes(asked, pks))


# --- texts ---------------------------------------------------------------------------------------------
class _Reading:
    """Where the units of a query stand in lines, each line looked through once."""

    def __init__(self, lines: Iterable[str], stemmer: str) -> None:
        distinct = list(dict.fromkeys(lines))
        self._words = dict(zip(distinct, terms.words_of(distinct), strict=True))
        self._vocabulary = set(chain.from_iterable(self._words.values()))
        self._stemmer = stemmer
        self._forms: dict[Unit, set[str]] = {}
        self._counted: dict[tuple[Unit, str], int] = {}

    def count(self, unit: Unit, line: str) -> int:
        """How often a unit stands in a line."""
        known = self._counted.get((unit, line))
        if known is None:
            known = self._counted[unit, line] = self._count(unit, self._words[line])
        return known

    def _count(self, unit: Unit, words: Sequence[str]) -> int:
        forms = self._forms.get(unit)
        if forms is None:
            forms = self._forms[unit] = querying.forms(unit, self._vocabulary, self._stemmer)
        if len(unit.words) == 1 or not forms:
            return sum(map(forms.__contains__, words))
        return len(querying.find(unit, words, self._stemmer))

    def fits(self, query: Query, lines: Sequence[str]) -> bool:
        """Whether a text of these lines is one that is looked for."""
        return _fits(query, lambda unit: any(self.count(unit, line) for line in lines))


def _fits(query: Query, stands: Callable[[Unit], bool]) -> bool:
    return all(any(map(stands, group)) for group in query.wanted) and not any(map(stands, query.unwanted))


def _articles(asked: Search, pks: Sequence[int]) -> dict[int, Hit]:
    """The hits among these articles."""
    hits = {}
    for pk, versions in readable(pks).items():
        hit = _article(asked, versions)
        if hit:
            hits[pk] = hit
    return hits


def _article(asked: Search, versions: Sequence[Version]) -> Hit | None:
    lines = [lines_of(version) for version in versions]
    newest = versions[-1]
    stemmer = terms.stemmer_of(language_of(newest))
    reading = _Reading(chain.from_iterable(lines), stemmer)
    fitting = [reading.fits(asked.query, text) for text in lines]
    if not (fitting[-1] if asked.scope == "current" else any(fitting)):
        return None
    numbers = [version.number for version in versions]
    of = [at for at, fits in enumerate(fitting) if fits]
    return Hit(
        article=newest.article,
        at=newest.first_seen_at,
        snippet=_snippet(asked.query, lines[of[-1]], reading, stemmer),
        newest=newest.number,
        versions=stretches(numbers, fitting),
        first=versions[of[0]],
        last=versions[of[-1]],
    )


def _snippet(query: Query, lines: Sequence[str], reading: _Reading, stemmer: str) -> tuple[Segment, ...]:
    """The line that has most of what is searched for, around the first of it; a paragraph rather than the
    headline, which is shown anyway."""
    units = list(chain.from_iterable(query.wanted))

    def worth(at: int) -> tuple[int, bool, int]:
        return sum(reading.count(unit, lines[at]) > 0 for unit in units), at != 1, -at

    best = lines[max(range(len(lines)), key=worth)]
    placed = terms.placed(best)
    words = [word for word, _, _ in placed]
    spans = sorted(
        (placed[start][1], placed[end - 1][2])
        for unit in units
        for start, end in querying.find(unit, words, stemmer)
    )
    return tuple(_cut(best, spans))


def _cut(line: str, spans: Sequence[tuple[int, int]]) -> Iterator[Segment]:
    """A line around the first of these spans, which are marked "="."""
    first = max(0, spans[0][0] - SNIPPET // 3)
    start = line.find(" ", first, spans[0][0]) + 1 if first else 0
    end = len(line)
    if end - start > SNIPPET:
        blank = line.rfind(" ", spans[0][1], start + SNIPPET)
        end = blank if blank > 0 else max(spans[0][1], start + SNIPPET)
    at = start
    if start:
        yield "", "… "
    for begin, stop in spans:
        if begin >= at and stop <= end:
            if begin > at:
                yield "", line[at:begin]
            yield "=", line[begin:stop]
            at = stop
    if at < end:
        yield "", line[at:end]
    if end < len(line):
        yield "", " …"


# --- changes -------------------------------------------------------------------------------------------
def _changes(asked: Search, pks: Sequence[int]) -> dict[int, Hit]:
    """The hits among these changes, by the changes' keys."""
    changes = Change.objects.public().filter(pk__in=pks).select_related("old", "new")
    by_article: defaultdict[int, list[Change]] = defaultdict(list)
    for change in changes.defer("old__packed", "new__packed"):
        by_article[change.article_id].append(change)
    hits = {}
    both = [
        pk for change in chain.from_iterable(by_article.values()) for pk in (change.old_id, change.new_id)
    ]
    for pk, versions in readable(by_article, only=both).items():
        known = {version.pk: version for version in versions}
        for change in by_article[pk]:
            old, new = known.get(change.old_id), known.get(change.new_id)
            if old and new and (snippet := _came_or_went(asked, old, new)):
                article = new.article
                hits[change.pk] = Hit(
                    article, change.seen_at, snippet, article.numbers.latest or 0, change=change
                )
    return hits


def _came_or_went(asked: Search, old: Version, new: Version) -> tuple[Segment, ...]:
    """The line in which most of what is searched for came, or went, in segments; none where it did not."""
    gone, fresh = differing(lines_of(old), lines_of(new))
    reading = _Reading([*gone, *fresh], terms.stemmer_of(language_of(new)))
    side = fresh if asked.scope == "added" else gone
    if not _fits(Query(asked.query.wanted, ()), lambda unit: any(reading.count(unit, line) for line in side)):
        return ()  # before the lines are compared, which takes longer
    moved: dict[Unit, int] = {}
    best: tuple[int, tuple[Segment, ...]] = (0, ())
    units = [*chain.from_iterable(asked.query.wanted), *asked.query.unwanted]
    for exchange in exchanged(gone, fresh):
        told = 0
        for unit in units:
            lost = sum(reading.count(unit, line) for line in exchange.gone)
            gained = sum(reading.count(unit, line) for line in exchange.fresh)
            if (gained > lost) if asked.scope == "added" else (lost > gained):
                moved[unit] = moved.get(unit, 0) + 1
                told += unit not in asked.query.unwanted
        if told > best[0]:
            best = told, tuple(("" if op == "=" else op, text) for op, text in exchange.segments)
    return best[1] if _fits(asked.query, moved.__contains__) else ()
