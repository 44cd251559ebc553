"""The bytes of a feed in UTF-8, whatever they came in.

In another character set nothing looks like what it is, so the bytes that are judged (hostile.py) are
the bytes that are parsed.
"""

import re

from w3lib.encoding import read_bom

from articles.core.characters import charset

CHARSET = re.compile(r""";\s*charset\s*=\s*["']?([^\s"';,]{1,40})""", re.IGNORECASE)
ASCII = ("us-ascii", "US-ASCII", "ascii", "ASCII")
# XML 1.0, appendix F: "<?xm" in UTF-16 without a mark.
SNIFFED = {b"<\0?\0": "utf-16-le", b"\0<\0?": "utf-16-be"}
XML_ENCODING = re.compile(rb"""\s*<\?xml\s[^<>]{0,200}?\bencoding\s*=\s*["']([\w.:-]{1,40})["']""")
XML_DECLARATION = re.compile(r"\s*<\?xml\s[^<>]{0,500}?\?>\s*")


def in_utf8(body: bytes, content_type: str) -> bytes:
    """The document in UTF-8, and saying so.

    The first character set of these that its bytes fit: byte order mark, Content-Type, XML declaration
    (RFC 7303, 3), UTF-8; where none does, windows-1252, as browsers take it. ASCII is what is declared by
    those who never thought of it, and is all of these.
    """
    marked, mark = read_bom(body)
    body = body[len(mark or b"") :]
    header = CHARSET.search(content_type)
    sniffed = SNIFFED.get(body[:4])
    beginning = body[:1000].decode(sniffed, "replace").encode() if sniffed else body[:1000]
    declaration = XML_ENCODING.match(beginning)
    named = [header and header[1], sniffed, declaration and declaration[1].decode("latin-1"), "utf-8"]
    for encoding in (marked, *(charset(label) for label in named if label not in ASCII)):
        try:
            text = body.decode(encoding) if encoding else None
        except UnicodeDecodeError:
            continue
        if text is not None:
            break
    else:
        text = body.decode("cp1252", "replace")
    if found := XML_DECLARATION.match(text):
        text = text[found.end() :]
    return b'<?xml version="1.0" encoding="utf-8"?>' + text.encode("utf-8", "replace")
