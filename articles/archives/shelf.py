"""A capture as the answer that a live look would have got: codings undone, under the same caps."""

from collections import OrderedDict
from pathlib import Path
from typing import BinaryIO

from articles.archives.files import DamagedRecord, Record
from articles.core.http import Response
from articles.fetching import MAX_BYTES, FetchError
from articles.fetching.decoding import decoded
from articles.fetching.errors import too_large

MOST_OPEN = 32  # files at a time
MOST_RAW = 2 * MAX_BYTES  # bytes of a body before its coding is undone, as the live client takes them
STEP = 64 * 1024


class Shelf:
    """The files of an import, open for reading at any record."""

    def __init__(self, paths: list[Path]) -> None:
        self._paths = paths
        self._open: OrderedDict[int, BinaryIO] = OrderedDict()

    def record(self, file: int, offset: int) -> Record:
        """The record at an offset of the file of this number. Raises DamagedRecord, OSError."""
        if file not in self._open:
            if len(self._open) >= MOST_OPEN:
                self._open.popitem(last=False)[1].close()
            self._open[file] = self._paths[file].open("rb")
        self._open.move_to_end(file)
        return Record(self._open[file], offset)

    def path(self, file: int) -> Path:
        """Where the file of this number is."""
        return self._paths[file]

    def close(self) -> None:
        """Closes what is open."""
        while self._open:
            self._open.popitem()[1].close()


def answer(record: Record, url: str) -> Response:
    """The HTTP answer in a record, its body decoded; like the live client's, only a 2xx has one.

    Raises FetchError with the words that a live look would have for it: too large, broken, cut short.
    """
    head = record.head
    if head.status is None:
        raise FetchError("not a valid HTTP answer: no status line")
    without_body = Response(url, head.status, head.http, b"")
    if not 200 <= head.status <= 299:
        return without_body
    return Response(url, head.status, head.http, _body(record, without_body))


def _body(record: Record, head: Response) -> bytes:
    raw = _raw(record)
    if "chunked" in head.combined("transfer-encoding").lower():
        raw = unchunked(raw)
    else:
        said = head.header("content-length").strip()
        if said.isascii() and said.isdigit() and len(said) < 16 and len(raw) < int(said):
            raise FetchError(f"answer cut short: {len(raw):,} of {int(said):,} bytes came")
    try:
        return decoded([raw], head.combined("content-encoding"), MAX_BYTES)
    except FetchError:
        # Some archives keep a body decoded, beside the header field that says it is not.
        if len(raw) <= MAX_BYTES and raw[:100].lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
            return raw
        raise


def _raw(record: Record) -> bytes:
    pieces, size = [], 0
    try:
        while piece := record.read(STEP):
            size += len(piece)
            if size > MOST_RAW:
                raise too_large(MAX_BYTES)
            pieces.append(piece)
    except DamagedRecord as error:
        raise FetchError(f"the capture cannot be read: {error}") from error
    return b"".join(pieces)


def unchunked(raw: bytes) -> bytes:
    """A body without its chunks (RFC 9112, 7.1); as it is, if whoever archived it has undone them.

    Raises FetchError where the last chunk is missing.
    """
    pieces: list[bytes] = []
    at = 0
    while True:
        line_end = raw.find(b"\r\n", at, at + 200)
        size = _chunk_size(raw[at:line_end]) if line_end >= 0 else None
        if size is None:
            if at == 0:
                return raw
            raise FetchError("answer cut short: a chunk is missing or broken")
        if size == 0:
            return b"".join(pieces)
        begin = line_end + 2
        if len(raw) < begin + size:
            raise FetchError("answer cut short: a chunk is missing or broken")
        pieces.append(raw[begin : begin + size])
        at = begin + size + 2


def _chunk_size(line: bytes) -> int | None:
    """The size that a chunk's first line states, in hexadecimal digits; None where it is none."""
    digits = line.partition(b";")[0].strip()
    if not digits or len(digits) > 8 or digits.strip(b"0123456789abcdefABCDEF"):
        return None
    return int(digits, 16)
