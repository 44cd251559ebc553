"""Articles written as WARC 1.1 (ISO 28500:2017), gzipped record by record; docs/archives.md has the mapping.

response   each kept snapshot: status, header fields and body as stored, decoded
revisit    each look that saw the bytes of a kept snapshot again, or was answered 304
metadata   for each article all that is recorded of it (articles/archives/ledger.py)
"""

from collections.abc import Iterator
from datetime import datetime
from http import HTTPStatus
from io import BytesIO
from typing import BinaryIO

from django.conf import settings
from django.db.models import Max, QuerySet
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from articles.archives import ledger as ledgers
from articles.archives.digests import labelled
from articles.archives.index import LEDGER, UNMODIFIED
from articles.core.types import Outcome
from articles.ingestion.storing import ACCEPTED
from articles.models import Article, Check, Snapshot
from articles.moments import at_one_moment

VERSION = "WARC/1.1"
PROFILES = "http://netpreserve.org/warc/1.1/revisit"
# Of the message as it came over the wire, not of the body as it is kept; the ledger has them all.
STALE = ("content-encoding", "content-length", "transfer-encoding")
AT_A_TIME = 20  # rows, which may hold bodies


class _Head(StatusAndHeaders):
    """An HTTP head whose values go out in the very bytes that they came in."""

    def compute_headers_buffer(self, header_filter: object = None) -> None:
        self.headers_buff = self.to_bytes(encoding="latin-1")


def export(articles: QuerySet[Article], since: datetime | None, out: BinaryIO) -> Iterator[bool]:
    """Writes these articles, and of their captures those since a moment; those that there are when it begins.

    None of which anything is hidden, for it is written whole or not at all. That is asked for each at the
    moment at which all of it is read: nothing that was hidden before its first record is written.

    Gives for each whether it was written. Memory holds one article's record and one body at a time.
    """
    writer = WARCWriter(out, gzip=True, warc_version=VERSION)
    writer.write_record(_warcinfo(writer))
    last = articles.aggregate(last=Max("pk"))["last"] or 0
    left = articles.filter(pk__lte=last).select_related("source", "feed").order_by("pk")
    done = 0
    while done < last:
        with at_one_moment():
            article = left.filter(pk__gt=done).first()
            if article is None:
                return
            is_written = article.is_shown_whole
            if is_written:
                _write_captures(writer, article, since)
                _write_ledger(writer, article)
        done = article.pk
        yield is_written


def _warcinfo(writer: WARCWriter) -> object:
    fields = {
        "software": f"newsdiff/{settings.VERSION}",
        "format": "WARC File Format 1.1",
        "conformsTo": "http://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/",
        "http-header-user-agent": settings.NEWSDIFF_USER_AGENT,
        "robots": "classic",
    }
    return writer.create_warcinfo_record("", fields)


def _write_captures(writer: WARCWriter, article: Article, since: datetime | None) -> None:
    """The snapshots, then the looks that came back to one."""
    if article.last_checked_at is None:
        return
    digests: dict[int, str] = {}
    for snapshot in _rows(article.snapshots.select_related("blob"), "fetched_at", article.last_checked_at):
        body = snapshot.blob.body
        digests[snapshot.pk] = labelled(body)
        if since is None or snapshot.fetched_at >= since:
            writer.write_record(response(writer, snapshot, body, digests[snapshot.pk]))
    standing: Snapshot | None = None  # what a 304 says is still there
    for check in _rows(article.checks.select_related("snapshot"), "at", article.last_checked_at):
        again = standing if check.outcome == Outcome.NOT_MODIFIED else check.snapshot
        if check.outcome in ACCEPTED and check.snapshot:
            standing = check.snapshot
        if again is None or again.fetched_at == check.at or (since and check.at < since):
            continue
        writer.write_record(_revisit(writer, article, check, again, digests.get(again.pk, "")))


def _rows(rows: QuerySet, column: str, until: datetime) -> Iterator:
    bounded = rows.filter(**{f"{column}__lte": until})
    return bounded.order_by(column, "pk").iterator(chunk_size=AT_A_TIME)


def response(writer: WARCWriter, snapshot: Snapshot, body: bytes, digest: str, record_id: str = "") -> object:
    """The record of a kept snapshot.

    digest     of its body, with the label of its algorithm
    record_id  how the record is named, an address in angle brackets; by chance, unless given
    """
    kept = [(name, _one_line(value)) for name, value in snapshot.headers if name.lower() not in STALE]
    fields = {"WARC-Date": warc_date(snapshot.fetched_at), "WARC-Payload-Digest": digest}
    if record_id:
        fields["WARC-Record-ID"] = record_id
    return writer.create_warc_record(
        snapshot.url,
        "response",
        payload=BytesIO(body),
        length=len(body),
        warc_headers_dict=fields,
        http_headers=_head(snapshot.status, [*kept, ("Content-Length", str(len(body)))]),
    )


def _revisit(writer: WARCWriter, article: Article, check: Check, again: Snapshot, digest: str) -> object:
    """A look that brought nothing new (WARC 1.1, 6.7); of its own head only the status is known."""
    unmodified = check.outcome == Outcome.NOT_MODIFIED
    fields = {
        "WARC-Date": warc_date(check.at),
        "WARC-Profile": f"{PROFILES}/{UNMODIFIED if unmodified else 'identical-payload-digest'}",
        "WARC-Refers-To-Target-URI": again.url,
        "WARC-Refers-To-Date": warc_date(again.fetched_at),
    }
    if digest:
        fields["WARC-Payload-Digest"] = digest
    return writer.create_warc_record(
        article.url if unmodified else again.url,
        "revisit",
        warc_headers_dict=fields,
        http_headers=_head(304, []) if unmodified else None,
    )


def _write_ledger(writer: WARCWriter, article: Article) -> None:
    data = ledgers.written(ledgers.of(article))
    at = article.last_checked_at or article.first_seen_at
    record = writer.create_warc_record(
        article.url,
        "metadata",
        payload=BytesIO(data),
        length=len(data),
        warc_content_type=LEDGER,
        warc_headers_dict={"WARC-Date": warc_date(at)},
    )
    writer.write_record(record)


def _head(status: int, fields: list[tuple[str, str]]) -> _Head:
    try:
        phrase = HTTPStatus(status).phrase
    except ValueError:
        phrase = ""
    return _Head(f"{status} {phrase}".strip(), fields, protocol="HTTP/1.1")


def _one_line(value: str) -> str:
    return " ".join(value.splitlines())


def warc_date(at: datetime) -> str:
    """A moment as WARC-Date: UTC, to the microsecond (WARC 1.1, 5.4)."""
    return at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
