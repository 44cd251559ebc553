"""Content codings undone in small steps, so that a bomb is noticed before it has gone off.

A decoder's `feed` gives pieces of about STEP bytes and decodes no further than its caller reads;
`finish` raises where the data lacks the end mark of its coding, as after a cut connection.
"""

import zlib
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Protocol

import brotli

from articles.core.zstandard import zstd
from articles.fetching.errors import FetchError, too_large

STEP = 64 * 1024
# RFC 9659: a frame for the web must do with a window of 8 MB (2^23); more would be memory on demand.
ZSTD_OPTIONS: dict[int, int] = {zstd.DecompressionParameter.window_log_max: 23}
GZIP_MAGIC = b"\x1f\x8b"
# A body is one frame, or a few put together; a million empty ones cost seconds and hold not a byte.
MOST_PARTS = 1_000


class Decoder(Protocol):
    """Undoes one content coding."""

    def feed(self, data: bytes) -> Iterator[bytes]:
        """The pieces that can be decoded now that `data` has come as well. Raises FetchError."""

    def finish(self) -> None:
        """Raises FetchError if the data is not complete."""


class Identity:
    """No coding at all: what is complete is known by the framing of the message."""

    def feed(self, data: bytes) -> Iterator[bytes]:
        yield data

    def finish(self) -> None:
        return


class Parts:
    """Counts the members or frames of one body."""

    def __init__(self) -> None:
        self._begun = 0

    def begin(self) -> None:
        """One more. Raises FetchError where there are too many."""
        self._begun += 1
        if self._begun > MOST_PARTS:
            raise FetchError(f"compressed in more than {MOST_PARTS:,} parts")


class Zlib:
    """gzip, several members in a row being one body (RFC 1952, 2.2), and deflate.

    Deflate means the zlib format (RFC 9110, 8.4.1.2), but some servers leave out zlib's wrapper;
    the first two bytes tell. What follows the end and is no further member is ignored, as browsers do.
    """

    def __init__(self, coding: str) -> None:
        self._coding = coding
        self._undecided = b""  # a first byte that waits for the second
        self._decoder: Any = None  # zlib's type has no public name
        self._ended = False
        self._parts = Parts()

    def feed(self, data: bytes) -> Iterator[bytes]:
        more = False
        while data or more:
            if self._decoder is None:
                data = self._begin(data)
                if self._decoder is None:
                    return
            try:
                piece = self._decoder.decompress(data, STEP)
            except zlib.error as error:
                raise FetchError(f"broken {self._coding} data") from error
            yield piece
            data, more = self._decoder.unconsumed_tail, len(piece) == STEP
            if self._decoder.eof:
                data, more = self._decoder.unused_data, False
                self._decoder, self._ended = None, True

    def finish(self) -> None:
        if self._decoder is not None or (self._undecided and not self._ended):
            raise FetchError(f"answer cut short: {self._coding} data ends too early")

    def _begin(self, data: bytes) -> bytes:
        """Opens the next member if there is one; returns the data to feed it."""
        data, self._undecided = self._undecided + data, b""
        if len(data) < 2:
            self._undecided = data
            return b""
        if self._ended and not (self._coding == "gzip" and data.startswith(GZIP_MAGIC)):
            return b""
        if self._coding == "gzip":
            window = zlib.MAX_WBITS | 16
        else:
            wrapped = data[0] & 0x0F == 8 and int.from_bytes(data[:2], "big") % 31 == 0  # RFC 1950, 2.2
            window = zlib.MAX_WBITS if wrapped else -zlib.MAX_WBITS
        self._parts.begin()
        self._decoder = zlib.decompressobj(window)
        return data


class Brotli:
    """br (RFC 7932)."""

    def __init__(self) -> None:
        self._decoder = brotli.Decompressor()
        self._begun = False

    def feed(self, data: bytes) -> Iterator[bytes]:
        self._begun = self._begun or bool(data)
        while not self._decoder.is_finished():
            try:
                piece = self._decoder.process(data, output_buffer_limit=STEP)
            except brotli.error as error:
                raise FetchError("broken br data") from error
            if not piece:
                return
            yield piece
            data = b""

    def finish(self) -> None:
        if self._begun and not self._decoder.is_finished():
            raise FetchError("answer cut short: br data ends too early")


class Zstandard:
    """zstd: frames in a row (RFC 8878, 3), each with a window of at most 8 MB (RFC 9659)."""

    def __init__(self) -> None:
        self._decoder: zstd.ZstdDecompressor | None = None
        self._parts = Parts()

    def feed(self, data: bytes) -> Iterator[bytes]:
        more = False
        while data or more:
            if self._decoder is None:
                self._parts.begin()
                self._decoder = zstd.ZstdDecompressor(options=ZSTD_OPTIONS)
            try:
                piece = self._decoder.decompress(data, STEP)
            except zstd.ZstdError as error:
                raise FetchError("broken zstd data") from error
            yield piece
            data, more = b"", not self._decoder.needs_input
            if self._decoder.eof:
                data, more = self._decoder.unused_data, False
                self._decoder = None

    def finish(self) -> None:
        if self._decoder is not None:
            raise FetchError("answer cut short: zstd data ends too early")


DECODERS: dict[str, Callable[[], Decoder]] = {
    "gzip": lambda: Zlib("gzip"),
    "x-gzip": lambda: Zlib("gzip"),
    "deflate": lambda: Zlib("deflate"),
    "br": Brotli,
    "zstd": Zstandard,
}
ACCEPT_ENCODING = "gzip, deflate, br, zstd"


def decoder_for(content_encoding: str) -> Decoder:
    """The decoder for a Content-Encoding field, all its values joined by commas.

    Raises FetchError for a coding that we did not offer, and for more than one: nobody needs two,
    and the first could hide any amount of work for the second.
    """
    codings = [coding.strip().lower() for coding in content_encoding.split(",")]
    codings = [coding for coding in codings if coding not in ("", "identity")]
    if not codings:
        return Identity()
    if len(codings) > 1:
        raise FetchError(f"encoded more than once: {', '.join(codings)[:100]}")
    if codings[0] not in DECODERS:
        raise FetchError(f"unknown content coding: {codings[0][:100]}")
    return DECODERS[codings[0]]()


def decoded(chunks: Iterable[bytes], content_encoding: str, max_bytes: int) -> bytes:
    """A body whose coding is undone, given up as soon as it is known to be larger than `max_bytes`.

    Raises FetchError, also where the data is broken or lacks its end.
    """
    decoder = decoder_for(content_encoding)
    pieces, size = [], 0
    for chunk in chunks:
        for piece in decoder.feed(chunk):
            size += len(piece)
            if size > max_bytes:
                raise too_large(max_bytes)
            pieces.append(piece)
    decoder.finish()
    return b"".join(pieces)
