"""Texts, packed each on a whole one that most of it repeats.

A version says nearly what the one before said. zstd takes the base's bytes as what came before the
text's own ("prefix", as `zstd --patch-from`), so that a passage of both costs a few bytes however far
back it stands; zlib's dictionary would reach 32 KB. Beside a chain from version to version this costs a
sixth more and reads any text in two steps (docs/scaling.md, "Bytes a version").
"""

import json
from typing import Any

from articles.core.zstandard import zstd

LEVEL = 9  # of 22: of what 19 saves above 3, half for a sixth of the time
# Less than this is not worth a base of its own, whatever share of the text it is.
LITTLE = 256
_OPTIONS: dict[int, int] = {
    zstd.CompressionParameter.compression_level: LEVEL,
    zstd.CompressionParameter.content_size_flag: 0,
}


def encoded(value: Any) -> bytes:
    """A value as compact JSON, in UTF-8; a text's half of a surrogate pair stays what it is."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")


def decoded(data: bytes) -> Any:
    """The value that `encoded` was given."""
    return json.loads(data.decode("utf-8", "surrogatepass"))


def pack(data: bytes, base: bytes = b"") -> bytes:
    """`data` as one zstd frame (RFC 8878), on `base` if there is one."""
    return zstd.compress(data, options=_OPTIONS, zstd_dict=_prefix(base))


def unpack(packed: bytes, base: bytes = b"") -> bytes:
    """What `pack` was given, by the same base. Raises zstd.ZstdError where it is not of it."""
    return zstd.decompress(packed, zstd_dict=_prefix(base))


def is_worth_it(leaning: bytes, alone: bytes) -> bool:
    """Whether a text packed on a base takes so much less than packed alone that it should lean on it."""
    return len(leaning) <= max(LITTLE, len(alone) // 2)


def _prefix(base: bytes) -> Any:
    # The library wants at least eight bytes of a dictionary.
    return zstd.ZstdDict(base, is_raw=True).as_prefix if len(base) >= 8 else None
