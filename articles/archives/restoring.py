"""Articles that newsdiff itself exported, taken over as they were recorded: nothing is judged anew.

An article that is not known gets all of its rows; one that is known gets those after its last look,
where they continue what is known of it. Each article is one transaction.
"""

from collections.abc import Callable
from hashlib import sha256
from typing import Any

from django.db import DataError, IntegrityError, transaction

from articles import claiming, tallying
from articles.archives import ledger as ledgers
from articles.archives.files import Damage, DamagedRecord, Record
from articles.archives.index import Index
from articles.archives.ledger import BadLedger, Ledger
from articles.archives.placing import Sources
from articles.archives.replaying import Busy, Report, patiently
from articles.archives.shelf import STEP, Shelf, answer
from articles.core import urls
from articles.fetching import FetchError
from articles.finding import indexing
from articles.models import (
    Article,
    ArticleURL,
    Blob,
    Change,
    Check,
    CosmeticChange,
    Feed,
    Host,
    Snapshot,
    Version,
    packed_text,
)

# Bytes of one article's record: read as JSON, it may take thirty times as many of memory.
MOST_LEDGER = 32 * 1024 * 1024


# What values that no column takes raise: numbers too large, lone surrogates, JSON nested too deeply.
NOT_STORED = (DataError, IntegrityError, OverflowError, UnicodeEncodeError, RecursionError)


class _Apart(Exception):
    """A ledger cannot be taken over; its captures are replayed instead."""


class Restoring:
    """Takes over the articles of an index that carry a ledger."""

    def __init__(self, index: Index, shelf: Shelf, sources: Sources, report: Report) -> None:
        self._index = index
        self._shelf = shelf
        self._sources = sources
        self._report = report

    def run(self, wanted: Callable[[str], bool], progress: Callable[[], None]) -> None:
        """Takes over each article whose address is `wanted`; tells `progress` of each ledger.

        Damaged ledgers are noted on the index. Raises Busy.
        """
        for file, offset in self._index.ledgers():
            progress()
            try:
                ledger = ledgers.read(_whole(self._shelf.record(file, offset)))
                if wanted(ledger.url):
                    patiently(lambda ledger=ledger: self._take_over(ledger))
            except (BadLedger, DamagedRecord, *NOT_STORED) as error:
                path = self._shelf.path(file)
                why = f"newsdiff's record of an article cannot be read: {error}"
                self._index.damages.append(Damage(path, offset, why))

    def _take_over(self, ledger: Ledger) -> None:
        known = set(ArticleURL.objects.filter(key__in=ledger.keys).values_list("article_id", flat=True))
        source = None if known else self._sources.named(ledger.source, ledger.boilerplate)
        try:
            if len(known) > 1:
                raise _Apart
            with transaction.atomic():
                article = self._continued(ledger, known.pop()) if known else self._begun(ledger, source)
        except _Apart:
            self._report.apart += 1
            return
        self._report.restored += article
        for url, at in ledger.captures():
            self._index.settle(url, at)

    # --- the two ways ----------------------------------------------------------------------------------
    def _begun(self, ledger: Ledger, source: Any) -> bool:
        """An article that was not known, with all of its rows."""
        values = ledger.article | {"check_count": len(ledger.checks), "feed": _feed_of(ledger)}
        article = Article.objects.create(source=source, host=Host.of(ledger.url), **values)
        self._add_rows(article, ledger, ledger.checks, after_version=0)
        tallying.note_articles([article.pk])
        return True

    def _continued(self, ledger: Ledger, pk: int) -> bool:
        """An article that is known, with the rows after its last look; False where there are none."""
        article = claiming.hold(pk, claiming.now())
        if article is None:
            raise Busy
        last = article.last_checked_at
        newer = [check for check in ledger.checks if last is None or check["at"] > last]
        stored = set(article.checks.values_list("at", flat=True))
        lost = sum(check["at"] not in stored for check in ledger.checks) - len(newer)
        if newer:
            self._check_continues(article, ledger)
            self._stood_until(article, ledger)
            self._add_rows(article, ledger, newer, after_version=article.version_count)
            values = ledger.article | {"host": Host.of(ledger.url), "check_count": article.checks.count()}
            values["first_seen_at"] = min(article.first_seen_at, ledger.article["first_seen_at"])
            values["feed"] = article.feed or _feed_of(ledger)
            tallying.note(article.source_id, [article.first_seen_at])  # the day that it may leave
            claiming.finish(article, **values)
            tallying.note_articles([article.pk])
        else:
            claiming.finish(article)
        self._report.add_older(article.pk, article.url, lost)
        return bool(newer)

    def _check_continues(self, article: Article, ledger: Ledger) -> None:
        """Raises _Apart unless the versions known are the ledger's first ones."""
        known = list(article.versions.order_by("number").values_list("number", "digest"))
        if known != [(row["number"], row["digest"]) for row in ledger.versions[: len(known)]]:
            raise _Apart

    def _stood_until(self, article: Article, ledger: Ledger) -> None:
        """The newest version known here was seen again by looks that are taken over."""
        if article.version_count:
            until = ledger.versions[article.version_count - 1]["last_seen_at"]
            newest = Version.objects.filter(article=article, number=article.version_count)
            newest.filter(last_seen_at__lt=until).update(last_seen_at=until)

    # --- rows ------------------------------------------------------------------------------------------
    def _add_rows(
        self, article: Article, ledger: Ledger, checks: list[dict[str, Any]], after_version: int
    ) -> None:
        ArticleURL.objects.bulk_create(
            (
                ArticleURL(article=article, url=url, key=urls.key(url), seen_at=at)
                for url, at in sorted(ledger.addresses, key=lambda one: urls.key(one[0]))
            ),
            ignore_conflicts=True,
        )
        versions = ledger.versions[after_version:]
        wanted = {row["snapshot"] for row in (*versions, *checks)} - {None}
        snapshots = {at: self._snapshot(article, ledger.snapshots[at]) for at in sorted(wanted)}
        numbered = {version.number: version for version in article.versions.without_text()}
        for row in versions:
            snapshot = snapshots[row["snapshot"]]
            if snapshot is None:
                raise _Apart
            columns = {name: value for name, value in row.items() if name != "paragraphs"}
            columns |= packed_text(article.pk, row["paragraphs"])
            made = Version.objects.create(article=article, **columns | {"snapshot": snapshot})
            numbered[made.number] = made
        for row in ledger.changes:
            if row["new"] > max(after_version, 1):
                ends = {"old": numbered[row["new"] - 1], "new": numbered[row["new"]]}
                rest = {name: value for name, value in row.items() if name != "new"}
                Change.objects.create(article=article, source=article.source, **ends, **rest)
        if versions:
            indexing.refresh(article.pk)
        moments = {check["at"] for check in checks}
        for row in ledger.cosmetic_changes:
            if row["seen_at"] in moments:
                columns = row | {"version": numbered[row["version"]]}
                CosmeticChange.objects.create(article=article, source=article.source, **columns)
        for row in checks:
            refers = {"snapshot": snapshots.get(row["snapshot"]), "version": numbered.get(row["version"])}
            rest = {name: value for name, value in row.items() if name not in ("snapshot", "version")}
            Check.objects.create(article=article, **refers, **rest)

    def _snapshot(self, article: Article, row: dict[str, Any]) -> Snapshot | None:
        """The snapshot, stored already or made of its capture; None where that is missing."""
        columns = {name: value for name, value in row.items() if name != "digest"}
        kept = article.snapshots.filter(blob=row["digest"], fetched_at=row["fetched_at"]).first()
        if kept:
            return kept
        capture = self._index.response(row["url"], row["fetched_at"])
        if capture is None:
            return None
        try:
            body = answer(self._shelf.record(capture.file, capture.offset), row["url"]).body
        except (DamagedRecord, FetchError):
            return None
        if sha256(body).hexdigest() != row["digest"]:
            return None
        return Snapshot.objects.create(article=article, blob=Blob.keep(row["digest"], body), **columns)


def _feed_of(ledger: Ledger) -> Feed | None:
    """The feed that named an article first, if one of this address is followed here."""
    if not ledger.feed:
        return None
    return Feed.objects.filter(key=ledger.feed).first()


def _whole(record: Record) -> bytes:
    pieces, size = [], 0
    while piece := record.read(STEP):
        size += len(piece)
        if size > MOST_LEDGER:
            raise BadLedger(f"it is longer than {MOST_LEDGER // 1024**2} MB")
        pieces.append(piece)
    return b"".join(pieces)
