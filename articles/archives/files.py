"""Reading WARC files record by record (ISO 28500; WARC 1.0 and 1.1), gzipped by record or plain.

A reader of our own, for archives come broken: every place that cannot be read is told with its
offset, nothing cut short passes for whole, and no head or body is held in memory beyond its cap.
After a damaged place reading goes on at the next record that can be found. Whatever a file holds, it
costs time in proportion to its length: what is looked at for a beginning is small, and what is read in
vain is not read again and again.
"""

import mmap
import os
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

STEP = 64 * 1024
LONGEST_LINE = 64 * 1024
MOST_BLANK = 16  # lines before a record; two are due
LEAST_LINE = 64  # bytes: a shorter line of a head counts as so many, for it takes as much time
MOST_IN_VAIN = 64 * 1024 * 1024  # bytes of damaged records, unzipped, that may be read at leisure …
IN_VAIN_A_BYTE = 16  # … and so many more for each byte of the file before them
GZIP = b"\x1f\x8b"
VERSION = re.compile(rb"WARC/\d+\.\d+$")
# Where a record may begin: a gzip member (RFC 1952, 2.3.1: no reserved flag), or a plain record's first line.
BEGINNING = re.compile(rb"\x1f\x8b\x08(?=[\x00-\x1f])|WARC/\d\.\d+\r?\n")
STATUS_LINE = re.compile(rb"HTTP/\S+ +(\d{3})(?: |$)")
HTTP_KINDS = ("response", "revisit", "request")


@dataclass(frozen=True, slots=True)
class _Limits:
    """How much is read of a record's head before it counts as damaged.

    head  bytes of the record's own head, and again of the HTTP head after it
    step  bytes of the file at a time; `is_trial`: each step of a gzip member must give something
    raw   bytes of the file altogether; None: as many as it takes
    """

    head: int
    step: int
    raw: int | None = None
    is_trial: bool = False


READING = _Limits(head=1024 * 1024, step=STEP)
# What may be no record at all is not worth as much: there may be a beginning every few bytes.
TRYING = _Limits(head=16 * 1024, step=1024, raw=32 * 1024, is_trial=True)


class DamagedRecord(Exception):
    """A place in a file where no whole record can be read; the message says why."""


@dataclass(frozen=True, slots=True)
class Damage:
    """What could not be read: why, and from which byte of which file on."""

    path: Path
    offset: int
    why: str

    def __str__(self) -> str:
        return f"{self.path}, byte {self.offset:,}: {self.why}"


@dataclass(frozen=True, slots=True)
class Head:
    """What stands before a record's payload, and where the record lies.

    offset   of the record's first byte in its file
    kind     WARC-Type: response, revisit, metadata …
    fields   the named fields of the record by their names in lower case; the first of a name counts
    http     the HTTP header fields, where the record holds an HTTP message
    status   of the HTTP response; `method` is that of the request
    """

    offset: int
    kind: str
    fields: dict[str, str]
    http: tuple[tuple[str, str], ...] = ()
    status: int | None = None
    method: str = ""


def heads(path: Path) -> Iterator[Head | Damage]:
    """The heads of a file's records in its order, each record read to its end and found whole.

    Raises OSError where the file cannot be opened.
    """
    with path.open("rb") as file:
        offset: int | None = 0
        in_vain = 0
        while offset is not None:
            record = None
            try:
                record = Record(file, offset)
                after = record.end()
            except _NoRecord:
                return
            except DamagedRecord as error:
                yield Damage(path, offset, str(error))
                in_vain += record.given if record else 0
                is_dear = in_vain > MOST_IN_VAIN + IN_VAIN_A_BYTE * offset
                offset = _next_beginning(file, file.tell() if is_dear else offset + 1)
            else:
                yield record.head
                offset = after


def _next_beginning(file: BinaryIO, start: int) -> int | None:
    """Where, from `start` on, the next record begins whose head can be read; None where there is none."""
    with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        for found in BEGINNING.finditer(data, start):
            try:
                Record(file, found.start(), TRYING)
            except DamagedRecord:
                continue
            return found.start()
    return None


class _NoRecord(DamagedRecord):
    """The file ends where a record might begin."""


class Record:
    """One record: its head is read at once, its payload step by step by `read`."""

    def __init__(self, file: BinaryIO, offset: int, limits: _Limits = READING) -> None:
        """Reads the head of the record at `offset`. Raises DamagedRecord."""
        self._bytes = _Bytes(file, offset, limits)
        fields = self._own_fields()
        length = fields.get("content-length", "")
        if not (length.isascii() and length.isdigit() and len(length) < 16):
            raise DamagedRecord("a record without a Content-Length")
        self._left = int(length)
        kind = fields.get("warc-type", "").lower()
        self.head = Head(offset, kind, fields)
        if kind in HTTP_KINDS and self._left and fields.get("warc-target-uri", "").lower().startswith("http"):
            self.head = self._with_http(self.head)

    @property
    def given(self) -> int:
        """How many bytes of the record have been read."""
        return self._bytes.given

    def read(self, most: int) -> bytes:
        """The next bytes of the payload, `most` at most; none at its end. Raises DamagedRecord."""
        data = self._bytes.read(min(most, self._left))
        self._left -= len(data)
        if not data and self._left and most:
            raise _cut_short(self._left)
        return data

    def end(self) -> int:
        """Passes over what is left of the record; returns where what follows begins. Raises DamagedRecord."""
        if not self._bytes.is_gzipped:
            return self._bytes.passed(self._left)
        while self.read(STEP):
            pass
        return self._bytes.end()

    def _own_fields(self) -> dict[str, str]:
        for _ in range(MOST_BLANK + 1):
            line = self._bytes.line()
            if line.strip():
                break
            if not line:
                raise _NoRecord("the file ends")
        else:
            raise DamagedRecord("blank lines instead of a record")
        if not VERSION.match(line.rstrip()):
            raise DamagedRecord("not a WARC record")
        fields: dict[str, str] = {}
        for name, value in _fields(self._bytes.head(), "utf-8"):
            fields.setdefault(name.lower(), value)
        uri = fields.get("warc-target-uri", "")
        if uri.startswith("<"):  # an error of the examples in WARC 1.0, which Wget copied
            fields["warc-target-uri"] = uri.strip("<>")
        return fields

    def _with_http(self, head: Head) -> Head:
        before = self._bytes.given
        first = self._bytes.line().strip()
        http = tuple(_fields(self._bytes.head(), "latin-1"))  # the bytes of RFC 9110, 5.5, kept apart
        taken = self._bytes.given - before
        if taken > self._left:
            raise DamagedRecord("the HTTP head is longer than its record")
        self._left -= taken
        status = STATUS_LINE.match(first)
        method = first.split(b" ")[0].decode("latin-1") if head.kind == "request" else ""
        return Head(head.offset, head.kind, head.fields, http, int(status[1]) if status else None, method)


def _fields(lines: list[bytes], encoding: str) -> Iterator[tuple[str, str]]:
    """Names and values of header lines; a folded line (RFC 9112, 5.2) belongs to the one before it."""
    unfolded: list[bytes] = []
    for line in lines:
        if line[:1] in (b" ", b"\t") and unfolded:
            unfolded[-1] += b" " + line.strip()
        else:
            unfolded.append(line)
    for line in unfolded:
        name, colon, value = line.replace(b"\0", b"").decode(encoding, "replace").partition(":")
        if colon and name.strip():
            yield name.strip(), value.strip()


class _Bytes:
    """The bytes of a record from its offset on, unzipped by the step where they are a gzip member."""

    def __init__(self, file: BinaryIO, offset: int, limits: _Limits) -> None:
        file.seek(offset)
        self._file = file
        self._limits = limits
        self._offset = offset
        self._raw = file.read(limits.step)  # read, not yet unzipped
        self._unzip = zlib.decompressobj(zlib.MAX_WBITS | 16) if self._raw.startswith(GZIP) else None
        self._ready = b""
        self._at = 0  # how much of `_ready` has been given out
        self.given = 0

    @property
    def is_gzipped(self) -> bool:
        """Whether the record is a gzip member."""
        return self._unzip is not None

    def read(self, most: int) -> bytes:
        """The next bytes, `most` at most; none where the record's bytes end."""
        self._refill()
        data = self._ready[self._at : self._at + most]
        self._at += len(data)
        self.given += len(data)
        return data

    def line(self) -> bytes:
        """The next line with its end; b"" where there is none."""
        pieces: list[bytes] = []
        size = 0
        while True:
            self._refill()
            found = self._ready.find(b"\n", self._at)
            piece = self.read(found + 1 - self._at if found >= 0 else STEP)
            pieces.append(piece)
            size += len(piece)
            if not piece or piece.endswith(b"\n"):
                return b"".join(pieces)
            if size > min(LONGEST_LINE, self._limits.head):
                raise DamagedRecord("a line without end in a head")

    def head(self) -> list[bytes]:
        """The lines up to the next empty one, which is taken too."""
        lines: list[bytes] = []
        size = 0
        while line := self.line():
            size += max(len(line), LEAST_LINE)
            if not (line := line.rstrip(b"\r\n")):
                return lines
            if VERSION.match(line):
                raise DamagedRecord("another record begins within a head")
            lines.append(line)
            if size > self._limits.head:
                raise DamagedRecord("a head without end")
        raise DamagedRecord("the record is cut short within its head")

    def passed(self, size: int) -> int:
        """Where in a plain file the next `size` bytes end. Raises DamagedRecord if it does not hold them."""
        end = self._offset + self.given + size
        missing = end - self._file.seek(0, os.SEEK_END)
        if missing > 0:
            raise _cut_short(missing)
        return end

    def end(self) -> int:
        """Where in the file what follows the gzip member begins."""
        while data := self.read(STEP):
            if data.strip(b"\r\n"):
                raise DamagedRecord(
                    "the file is not gzipped record by record: `warcio recompress` makes one that is"
                )
        return self._file.tell() - (len(self._unzip.unused_data) if self._unzip else 0)

    def _refill(self) -> None:
        if self._at == len(self._ready):
            self._ready, self._at = self._more(), 0

    def _more(self) -> bytes:
        if self._unzip is None:
            data, self._raw = self._raw or self._step(), b""
            return data
        while not self._unzip.eof:
            self._raw = self._raw or self._step()
            if not self._raw:
                raise DamagedRecord("the gzip data end too early")
            try:
                data = self._unzip.decompress(self._raw, self._limits.step)
            except zlib.error as error:
                raise DamagedRecord("broken gzip data") from error
            self._raw = self._unzip.unconsumed_tail
            if data:
                return data
            if self._limits.is_trial and not self._unzip.eof:
                raise DamagedRecord("gzip data that give nothing")
        return b""

    def _step(self) -> bytes:
        if self._limits.raw is not None and self._file.tell() - self._offset >= self._limits.raw:
            raise DamagedRecord("a head without end")
        return self._file.read(self._limits.step)


def _cut_short(missing: int) -> DamagedRecord:
    return DamagedRecord(f"the record is cut short: {missing:,} bytes of it are missing")
