"""A quotation in an address: as it is where that is short, else compressed.

In a query string each byte of a letter beyond ASCII is three: 1,000 characters of Chinese are 9,000 bytes,
while web servers and proxies take some 8,000 for a whole first line. Compressed (zlib, RFC 1950) and in
letters that stand for themselves (base64url, RFC 4648, section 5), none is longer than LONGEST. What is
compressed carries a checksum, so that a link which was cut or mistyped is known for one.
"""

import binascii
import re
import zlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from urllib.parse import urlencode

from articles.core import quoting

PLAIN = 1_500  # bytes of a query string up to which it says the text itself, for people to read
MOST_BYTES = 4 * quoting.LONGEST  # of UTF-8 in a quotation
LONGEST = 5_400  # characters of what `packed` gives: MOST_BYTES that zlib cannot make fewer, in base64
_PACKED = re.compile(rf"[-_A-Za-z0-9]{{1,{LONGEST}}}", re.ASCII)


class BadLink(ValueError):
    """Nothing that `packed` has made; says what to do instead."""


def query(text: str) -> str:
    """The query string, without "?", that asks for a quotation: text=… or, where that is long, z=…

    text  no longer than a quotation may be, and as UTF-8 can carry it
    """
    text = " ".join(text.split())
    plain = urlencode({"text": text})
    return plain if len(plain) <= PLAIN else urlencode({"z": packed(text)})


def packed(text: str) -> str:
    """A text in letters, digits, - and _."""
    return urlsafe_b64encode(zlib.compress(text.encode(), 9)).decode().rstrip("=")


def unpacked(link: str) -> str:
    """The text that was packed. Raises BadLink; never unpacks more than a byte above MOST_BYTES."""
    if not _PACKED.fullmatch(link):
        raise BadLink(_DAMAGED)
    reading = zlib.decompressobj()
    try:
        found = reading.decompress(urlsafe_b64decode(link + "=" * (-len(link) % 4)), MOST_BYTES + 1)
        if not reading.eof or reading.unused_data:
            raise BadLink(_DAMAGED)
        return found.decode()
    except (binascii.Error, zlib.error, UnicodeDecodeError) as error:
        raise BadLink(_DAMAGED) from error


_DAMAGED = "This link to a quotation is damaged, or is none: copy all of it, or paste the quotation itself."
