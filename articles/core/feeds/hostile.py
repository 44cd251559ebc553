"""What is refused of the bytes of a feed, and gzip files unpacked with care.

What is known to keep a parser busy for seconds, to fill the memory or to make it read files is found
first, by expat, which is fast and follows no external entity.
"""

import re
import zlib
from typing import Any
from xml.parsers import expat

MAX_BYTES = 5_000_000  # of a feed
MOST_FETCHED = 10_000_000  # of a sitemap: 50,000 addresses, the most it may name, of 200 bytes each
MAX_ELEMENTS = 20_000  # feedparser takes about 2 s for as many
MAX_DEPTH = 100
MAX_ATTRIBUTES = 64
MAX_ENTITIES = 32  # real feeds declare a few short ones, such as &nbsp;
MAX_ENTITY_LENGTH = 256
MAX_REFERENCES = 10_000  # to anything, where entities are declared: 256 characters for three make 1.3 GB
# feedparser's search for an e-mail address in these takes time quadratic in their length.
LONG_AUTHOR = re.compile(
    rb"<(?:[\w.-]+:)?(?:author|managingEditor|webMaster|creator|contributor|name|email|publisher|owner)"
    rb"\b[^<>]{0,500}>[^<]{2000}",
    re.IGNORECASE,
)
LONG_TAG = re.compile(rb"<[A-Za-z][^<>]{4000,}")  # a picture as a data: address is long, but few words
MAX_TAG_WORDS = 1_000
GZIP_MAGIC = b"\x1f\x8b"
GZIP_WINDOW = zlib.MAX_WBITS | 16


class FeedError(ValueError):
    """Bytes that are no feed, or one that is not safe to read; the message is for the operator."""


class _Found(Exception):
    """The name that was looked for."""


def unpacked(body: bytes) -> bytes:
    """The content of a gzip file (RFC 1952), whatever else as it is. Raises FeedError.

    No more than MOST_FETCHED bytes are unpacked. What follows the first member is left out: a sitemap
    is one.
    """
    if not body.startswith(GZIP_MAGIC):
        return body
    unpacking = zlib.decompressobj(GZIP_WINDOW)
    try:
        content = unpacking.decompress(body, MOST_FETCHED + 1)
    except zlib.error as error:
        raise FeedError("The feed is a gzip file that is damaged.") from error
    if len(content) > MOST_FETCHED:
        raise FeedError(f"The feed is larger than {MOST_FETCHED // 1_000_000} MB once it is unpacked.")
    if not unpacking.eof:
        raise FeedError("The feed is a gzip file that is cut short.")
    return content


def local(name: str) -> str:
    """The name of an element without its prefix: "loc" for "s:loc"."""
    return name.rpartition(":")[2]


def refuse_hostile(body: bytes, walk: "Walk") -> None:
    """Raises FeedError for XML whose depth, size or entities no honest feed has.

    Well-formed input is walked by expat; input that is not is bounded by counting its tags, since
    feedparser reads on where expat stops.
    """
    if body.count(b"<") > 2 * MAX_ELEMENTS:
        raise FeedError(f"The feed has more than {MAX_ELEMENTS} elements.")
    if LONG_AUTHOR.search(body):
        raise FeedError("The feed has an author of more than 2,000 characters.")
    for tag in LONG_TAG.finditer(body):
        if len(tag.group().split()) > MAX_TAG_WORDS:
            raise FeedError(f"The feed has a tag of more than {MAX_TAG_WORDS} words.")
    walk.over(body)


class Walk:
    """Goes through a document, and breaks off at what no honest one has.

    Keeps count of elements, depth, attributes and entities; classes made of it read on the way.
    """

    most_elements = MAX_ELEMENTS

    def __init__(self, encoding: str | None = None) -> None:
        """`encoding` is that of the bytes where it is known, whatever the document says."""
        self.path: list[str] = []  # the elements that are open, without prefixes
        self.elements = self.entities = 0
        self.parser = expat.ParserCreate(encoding)
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.EntityDeclHandler = self._entity
        self.parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)

    def over(self, body: bytes) -> str:
        """Walks over a whole document; returns why it broke off, "" where it did not. Raises FeedError."""
        if b"<!ENTITY" in body and body.count(b"&") > MAX_REFERENCES:
            raise FeedError(f"The feed declares entities, and refers to more than {MAX_REFERENCES}.")
        try:
            self.parser.Parse(body, True)
        except FeedError:
            raise
        except expat.ExpatError as error:
            return str(error)
        except (ValueError, LookupError):
            return "an unknown character set"  # to expat: feedparser knows more
        return ""

    def entered(self, attributes: dict[str, str]) -> None:
        """Called in each element's beginning, the last of `path`."""

    def left(self) -> None:
        """Called at each element's end, still the last of `path`."""

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self.path.append(local(name))
        self.elements += 1
        if len(self.path) > MAX_DEPTH:
            raise FeedError(f"The feed nests deeper than {MAX_DEPTH} elements.")
        if self.elements > self.most_elements:
            raise FeedError(f"The feed has more than {self.most_elements} elements.")
        if len(attributes) > MAX_ATTRIBUTES:
            raise FeedError(f"The feed has a tag with more than {MAX_ATTRIBUTES} attributes.")
        self.entered(attributes)

    def _end(self, name: str) -> None:
        self.left()
        self.path.pop()

    def _entity(self, name: str, parameter: bool, value: str | None, *rest: Any) -> None:
        self.entities += 1
        if parameter or value is None:
            raise FeedError("The feed declares an external entity.")
        if self.entities > MAX_ENTITIES or len(value) > MAX_ENTITY_LENGTH or re.search(r"&(?!#)", value):
            raise FeedError("The feed declares entities that expand without end.")


class _Root(Walk):
    def entered(self, attributes: dict[str, str]) -> None:
        raise _Found(self.path[0])


def root_of(body: bytes) -> str:
    """The name of a document's first element, without its prefix; "" where it has none. Raises FeedError."""
    try:
        _Root().over(body)
    except _Found as found:
        return str(found)
    return ""
