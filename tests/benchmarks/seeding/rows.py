"""The rows of made-up articles, as the looks at their pages would have left them.

Digests, kinds, excerpts, packed texts, numbers and the next look are worked out by what works them out in
newsdiff; `tests/test_seeding.py` holds every column against an import of the same pages. What only reading a
page tells of how it is built (skeleton, places) is left empty.
"""

import hashlib
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import accumulate
from typing import Any, NamedTuple

from django.db import connection, models

from articles.core import cosmetics, fingerprint, languages, packing, scheduling, terms, urls
from articles.core.extraction import reading
from articles.core.types import Extract, Outcome, Rules
from articles.finding import indexing
from articles.ingestion.rebaselining import change_values, classify, paragraphs_of, version_values
from articles.models import (
    Article,
    ArticleTerms,
    ArticleURL,
    Blob,
    Change,
    ChangeKind,
    ChangeTerms,
    Check,
    CosmeticChange,
    Snapshot,
    Source,
    TextBase,
    Version,
)
from tests.benchmarks.seeding.reports import Look, Plan, Report, page

AT_ONCE = 500  # rows a statement
READING = reading(Rules())


class Keys(NamedTuple):
    """The keys of an article's first rows; the others follow on."""

    article: int
    version: int
    change: int
    snapshot: int
    check: int


def keys_of(plans: Iterable[Plan]) -> Iterator[Keys]:
    """The keys of each article's first rows, where the articles are written in this order."""
    takes = ((1, one.versions, one.versions - 1, one.snapshots, one.checks) for one in plans)

    def added(keys: tuple[int, ...], taken: tuple[int, ...]) -> tuple[int, ...]:
        return tuple(map(sum, zip(keys, taken, strict=True)))

    return (Keys(*keys) for keys in accumulate(takes, added, initial=(1, 1, 1, 1, 1)))


@dataclass
class Shelf:
    """Rows that are to be written together, by what they are, in the order in which they can be."""

    articles: list[Article] = field(default_factory=list)
    urls: list[ArticleURL] = field(default_factory=list)
    blobs: list[Blob] = field(default_factory=list)
    snapshots: list[Snapshot] = field(default_factory=list)
    bases: list[TextBase] = field(default_factory=list)
    versions: list[Version] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    cosmetic: list[CosmeticChange] = field(default_factory=list)
    checks: list[Check] = field(default_factory=list)
    article_terms: list[ArticleTerms] = field(default_factory=list)
    change_terms: list[ChangeTerms] = field(default_factory=list)

    def add(self, report: Report, keys: Keys, source: Source, host: int) -> None:
        """An article of a source and a host, by its key."""
        article = _article(report, keys.article, source, host)
        self.articles.append(article)
        first = article.first_seen_at
        self.urls.append(ArticleURL(article=article, url=report.url, key=urls.key(report.url), seen_at=first))
        snapshots = list(self._captures(report, article, keys.snapshot))
        self._texts(report, article, keys, snapshots)
        self._checks(report, article, keys, snapshots)

    def _captures(self, report: Report, article: Article, key: int) -> Iterator[tuple[Snapshot, int]]:
        """The page of each edition, and of the last one in other typography, with its size in bytes."""
        texts = [*report.editions, *([report.dressed] if report.dressed else [])]
        new = (look for look in report.looks if look.is_new)
        for number, (text, look) in enumerate(zip(texts, new, strict=True)):
            body = page(text).encode()
            digest = hashlib.sha256(body).hexdigest()
            article.body_digest = digest
            blob = Blob(digest=digest, size=len(body), packed=zlib.compress(body, 6))
            headers = [["Content-Type", "text/html; charset=utf-8"]]
            made_of = {"pk": key + number, "article": article, "url": report.url, "headers": headers}
            snapshot = Snapshot(**made_of, blob=blob, fetched_at=look.at, status=200)
            self.blobs.append(blob)
            self.snapshots.append(snapshot)
            yield snapshot, len(body)

    def _texts(
        self, report: Report, article: Article, keys: Keys, snapshots: list[tuple[Snapshot, int]]
    ) -> None:
        """Its versions and changes, with all that they are found by."""
        old: Version | None = None
        known, at = set[int](), article.first_seen_at
        base, whole = TextBase(article=article), b""
        for turn, text in enumerate(report.editions):
            seen = [look.at for look in report.looks if look.edition == turn]
            at, data = seen[0], packing.encoded(paragraphs_of(text))
            alone, packed = packing.pack(data), packing.pack(data, whole)
            if not whole or not packing.is_worth_it(packed, alone):
                base, whole, packed = TextBase(article=article, packed=alone), data, packing.pack(data, data)
                self.bases.append(base)
            version = Version(
                pk=keys.version + turn, article=article, number=turn + 1, base=base, packed=packed,
                language=text.language, direction=text.direction, snapshot=snapshots[turn][0],
                first_seen_at=at, last_seen_at=seen[-1], previous_seen_at=old.last_seen_at if old else None,
                **version_values(text, READING),
            )  # fmt: skip
            before = report.editions[turn - 1] if turn else None
            numbers = indexing.numbers_of(before, text, text.language)
            known |= numbers.text
            if old and before:
                self._change(keys.change + turn - 1, old, version, change_values(classify(before, text)))
                self.change_terms.append(ChangeTerms(change=self.changes[-1], at=at, terms=numbers.step))
            self.versions.append(version)
            old = version
        spoken = languages.primary(article.language)
        self.article_terms.append(
            ArticleTerms(article=article, at=at, language=spoken, made_by=terms.MADE_BY, terms=known)
        )

    def _change(self, key: int, old: Version, new: Version, values: dict[str, Any]) -> None:
        article = new.article
        change = Change(pk=key, article=article, old=old, new=new, seen_at=new.first_seen_at, **values)
        change.source_id, change.language = article.source_id, languages.primary(new.language)
        self.changes.append(change)

    def _checks(
        self, report: Report, article: Article, keys: Keys, snapshots: list[tuple[Snapshot, int]]
    ) -> None:
        captures = -1
        for turn, look in enumerate(report.looks):
            captures += look.is_new
            snapshot, size = snapshots[captures]
            check = Check(pk=keys.check + turn, article=article, at=look.at, status=200, size=size)
            check.outcome, check.snapshot = _outcome(look), snapshot
            if check.outcome == Outcome.NEW_VERSION:
                check.version_id = keys.version + look.edition
            self.checks.append(check)
        if report.dressed:
            self._cosmetic(report.editions[-1], report.dressed, article, report.looks[-1].at)

    def _cosmetic(self, plain: Extract, dressed: Extract, article: Article, at: datetime) -> None:
        found = cosmetics.typography(plain, dressed)
        if found is None:
            raise ValueError(f"{article.url} was dressed and looks the same")
        change = CosmeticChange(article=article, source_id=article.source_id, version=self.versions[-1])
        change.seen_at, change.language = at, languages.primary(article.language)
        change.reason, change.excerpt = found.reason, [list(segment) for segment in found.excerpt]
        self.cosmetic.append(change)

    def write(self) -> None:
        """Writes them all, a table at a time; in the caller's transaction."""
        # Of a hundred thousand articles two may well have been the same page to the letter.
        Blob.objects.bulk_create(self.blobs, AT_ONCE, ignore_conflicts=True)
        plain: list[list[Any]] = [self.articles, self.urls, self.snapshots, self.bases]
        plain += [self.versions, self.changes, self.cosmetic, self.checks]
        kinds = [kind for change in self.changes for kind in ChangeKind.of(change)]
        for rows in (*plain, kinds):
            if rows:
                type(rows[0])._default_manager.bulk_create(rows, AT_ONCE)
        indexing.add(self.article_terms)
        indexing.add(self.change_terms)


def _outcome(look: Look) -> Outcome:
    if look.is_dressed:
        return Outcome.COSMETIC
    return Outcome.NEW_VERSION if look.is_new else Outcome.UNCHANGED


def _article(report: Report, key: int, source: Source, host: int) -> Article:
    """What is known of it after its last look."""
    looks, newest = report.looks, report.editions[-1]
    last, changes = looks[-1], report.plan.versions - 1
    seen = report.dressed or newest
    article = Article(
        pk=key, source=source, host_id=host, url=report.url, title=newest.title, language=newest.language,
        direction=newest.direction, first_seen_at=looks[0].at, last_checked_at=last.at,
        last_changed_at=next(look.at for look in looks if look.edition == changes) if changes else None,
        version_count=report.plan.versions, check_count=len(looks), cosmetic_count=int(last.is_dressed),
        last_outcome=_outcome(last), last_status=200, text_digest=fingerprint.text_digest(seen),
        quiet_looks=len(looks) - 1 - max(at for at, look in enumerate(looks) if look.is_new),
    )  # fmt: skip
    article.next_check_at = scheduling.next_check(last.at, _outcome(last), article.life)
    if article.next_check_at is None:
        article.status, article.status_since = Article.Status.FINISHED, last.at
    return article


def follow_on(model: type[models.Model], last: int) -> None:
    """Makes PostgreSQL give out keys after this one; SQLite does so anyway."""
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        table, column = model._meta.db_table, model._meta.pk.column
        cursor.execute("SELECT setval(pg_get_serial_sequence(%s, %s), %s)", [table, column, max(last, 1)])
