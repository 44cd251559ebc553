"""WARC files for tests, written by warcio: an author other than the reader under test."""

import gzip
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

from warcio.archiveiterator import ArchiveIterator
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from tests.site import Page

START = datetime(2024, 3, 1, 8, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
BASE = "https://harbour.example"


def moment(hours: float) -> datetime:
    """A moment so many hours after START."""
    return START + hours * HOUR


@dataclass
class Capture:
    """What a crawler kept of one answer; `fields` are further named fields of its record."""

    path: str
    at: datetime
    page: Page
    kind: str = "response"
    fields: dict[str, str] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return self.path if "://" in self.path else BASE + self.path


def write(path: Path, *captures: Capture, gzipped: bool = True) -> list[int]:
    """Writes captures to a file in the order given; returns the offset of each."""
    offsets = []
    with path.open("wb") as file:
        writer = WARCWriter(file, gzip=gzipped, warc_version="WARC/1.1")
        writer.write_record(writer.create_warcinfo_record(path.name, {"software": "a test"}))
        for capture in captures:
            offsets.append(file.tell())
            writer.write_record(_record(writer, capture))
    return offsets


def _record(writer: WARCWriter, capture: Capture):  # type: ignore[no-untyped-def]
    page = capture.page
    body = page.body.encode() if isinstance(page.body, str) else page.body
    fields = {"WARC-Date": capture.at.strftime("%Y-%m-%dT%H:%M:%SZ")} | capture.fields
    headers = [("Content-Type", page.kind), *page.headers.items()]
    message = StatusAndHeaders(str(page.status), headers, protocol="HTTP/1.1")
    if capture.kind == "revisit":
        return writer.create_warc_record(
            capture.url, "revisit", warc_headers_dict=fields, http_headers=message
        )
    return writer.create_warc_record(
        capture.url,
        capture.kind,
        payload=BytesIO(body),
        length=len(body),
        warc_headers_dict=fields,
        http_headers=message,
    )


def read(path: Path) -> list[tuple[str, dict[str, str], bytes]]:
    """Type, named fields and payload of each record of a file, as warcio reads them."""
    with path.open("rb") as file:
        return [
            (record.rec_type, dict(record.rec_headers.headers), record.content_stream().read())
            for record in ArchiveIterator(file, check_digests="raise")
        ]


def zipped(page: Page) -> Page:
    """The page as a server sends it that compresses."""
    body = page.body.encode() if isinstance(page.body, str) else page.body
    return Page(gzip.compress(body), page.status, page.headers | {"Content-Encoding": "gzip"}, page.kind)
