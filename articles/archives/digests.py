"""WARC-Payload-Digest and WARC-Block-Digest as most writers give them: SHA-1 in Base32 (RFC 4648)."""

from base64 import b32encode
from hashlib import sha1


def labelled(data: bytes) -> str:
    """A labelled digest (WARC 1.1, 5.8) of these bytes."""
    return f"sha1:{b32encode(sha1(data, usedforsecurity=False).digest()).decode('ascii')}"
