"""From bytes to text: which pages are read at all, and in which character set."""

import re

from charset_normalizer import from_bytes
from w3lib.encoding import html_body_declared_encoding, read_bom, resolve_encoding

from articles.core.characters import charset as of_the_web
from articles.core.extraction.errors import ExtractionError

# Of 859 real pages the largest had 2.9 MB, 5,145 tags and depth 138. Beyond these limits lie the pages
# on which every parser tried ran for minutes: a hundred thousand attributes on one tag, tiny tags by
# the million, a hundred thousand nested elements.
MAX_BYTES = 5_000_000
MAX_TAGS = 30_000
MAX_DEPTH = 1_000
MAX_ATTRIBUTES = 2_000  # of one tag

_NOT_PAGES = (
    (b"%PDF-", "a PDF"),
    (b"\x89PNG", "a picture"),
    (b"GIF8", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"RIFF", "a picture or sound"),
    (b"PK\x03\x04", "a zip archive"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"\x7fELF", "a program"),
    (b"ID3", "a sound"),
    (b"OggS", "a sound"),
)
_LANGUAGE = re.compile(rb"<html[^>]{0,500}?\slang\s*=\s*[\"']?([a-zA-Z]{2})")
_LATIN_SETS = {
    **dict.fromkeys(("cs", "hr", "hu", "pl", "sk", "sl"), "cp1250"),
    **dict.fromkeys(("tr", "az"), "cp1254"),
    **dict.fromkeys(("et", "lt", "lv"), "cp1257"),
    "vi": "cp1258",
}
_BINARY = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")  # 0x1b shifts in ISO-2022-JP
_TAG = re.compile(rb"<(?:(!--)|(/?)([a-z][^\s/>]{0,30}))")  # on lower-cased bytes
_RAW_TEXT = frozenset((b"script", b"style", b"textarea", b"title"))
# Elements whose end tag may be left out, or that have none, say nothing about depth.
_FLAT = frozenset(
    b"area base br col embed hr img input link meta param source track wbr p li dt dd tr td th thead "
    b"tbody tfoot colgroup option optgroup rp rt html head body path rect circle use g".split()
)


def decode(body: bytes, charset: str = "") -> str:
    """The page as text. `charset` is what the Content-Type header names, or "".

    The order is that of the HTML standard ("determining the character encoding"): byte order mark,
    header, <meta>, and only then a guess from the bytes. Where that leaves bytes that are not of the
    character set, and all of them are UTF-8, it was declared wrongly (a site moved to UTF-8 and left
    its old <meta> behind). Bytes of no character set become U+FFFD.

    Raises ExtractionError for what is no web page, or one that could hang a parser.
    """
    _refuse_what_is_no_page(body, charset)
    encoding, mark = read_bom(body)
    if encoding is None or mark is None:
        encoding, mark = _declared(body, charset) or _guessed(body), b""
    text = body[len(mark) :].decode(encoding, "replace")
    if "\ufffd" in text and not mark and _is_utf8(body):
        text = body.decode("utf-8")
    _refuse_what_hangs_parsers(text.encode("utf-8", "replace").lower())
    return text


def charset_trouble(body: bytes, charset: str = "") -> str:
    """How far the character set of a page can be trusted: "" if it is declared, and right.

    "guessed" where neither the header nor the page names one, "wrong" where the bytes are not of the one
    that is named. Arguments as those of `decode`.
    """
    encoding, _ = read_bom(body)
    if encoding is None:
        encoding = _declared(body, charset)
    if encoding is None:
        return "guessed"
    return "wrong" if "\ufffd" in body.decode(encoding, "replace") else ""


def _declared(body: bytes, charset: str) -> str | None:
    """The encoding the header or the page names, if it is one of the web's."""
    named = of_the_web(charset)
    if named is None:
        named = of_the_web(html_body_declared_encoding(body))
        if named and named.startswith("utf-16"):
            named = "utf-8"  # the standard: a <meta> that could be read is not in UTF-16
    return named


def _guessed(body: bytes) -> str:
    """UTF-8 if it can be; else the likeliest by charset-normalizer on a sample of the text.

    Single-byte Latin sets differ in a few letters only and are often mistaken for each other, so
    between them the page's language decides, by the standard's table of defaults.
    """
    if not _is_utf8(body):
        text = re.sub(rb"<[^<>]{0,2000}>", b" ", body)
        sample = b" ".join(text.split())[:20_000]
        best = from_bytes(sample).best()
        if best is None or not any(char.isalpha() and char > "\u024f" for char in str(best)):
            language = _LANGUAGE.search(body[:4096])
            return _LATIN_SETS.get(language[1].decode().lower() if language else "", "cp1252")
        return resolve_encoding(best.encoding) or best.encoding
    return "utf-8"


def _is_utf8(body: bytes) -> bool:
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _refuse_what_is_no_page(body: bytes, charset: str) -> None:
    if not body.strip():
        raise ExtractionError("the answer was empty")
    if len(body) > MAX_BYTES:
        raise ExtractionError(f"the page has {len(body) / 1e6:.1f} MB; the limit is {MAX_BYTES / 1e6:.0f} MB")
    for magic, name in _NOT_PAGES:
        if body.startswith(magic):
            raise ExtractionError(f"the answer is {name}, not a web page")
    start = body.lstrip()[:1]
    if start in (b"{", b"[") and b"<" not in body[:2000]:
        raise ExtractionError("the answer is JSON or plain text, not a web page")
    sample = body[:4096]
    wide = charset.lower().startswith(("utf-16", "utf16", "utf-32")) or read_bom(body)[0] is not None
    if not wide and len(_BINARY.findall(sample)) > len(sample) // 20:
        raise ExtractionError("the answer is binary data, not a web page")


def _refuse_what_hangs_parsers(page: bytes) -> None:
    """One pass over the tags of a lower-cased page, building nothing: their number, nesting, attributes.

    It reads roughly as a browser would. What slips through is ended by `articles.reading`, which runs
    extraction in a child that can be killed; this keeps such pages from costing seconds each.
    """
    tags = depth = at = 0
    while found := _TAG.search(page, at):
        if found[1]:
            at = _after(page, b"-->", found.end())
            continue
        name = found[3]
        at = _after(page, b">", found.end())
        tags += 1
        if tags > MAX_TAGS:
            raise ExtractionError(f"the page has more than {MAX_TAGS:,} tags")
        if found[2]:
            depth -= name not in _FLAT and depth > 0
            continue
        if at - found.end() > 2 * MAX_ATTRIBUTES and _attributes(page[found.end() : at]) > MAX_ATTRIBUTES:
            raise ExtractionError(f"a tag of the page has more than {MAX_ATTRIBUTES:,} attributes")
        if name in _RAW_TEXT:
            at = _after(page, b"</" + name, at)
        elif name not in _FLAT and page[at - 2 : at] != b"/>":
            depth += 1
            if depth > MAX_DEPTH:
                raise ExtractionError(f"the page nests more than {MAX_DEPTH:,} elements")
    if not tags:
        raise ExtractionError("the answer has no HTML in it")


def _after(page: bytes, mark: bytes, start: int) -> int:
    """Where the page goes on after the next `mark`; its end, where there is none."""
    found = page.find(mark, start)
    return len(page) if found < 0 else found + len(mark)


def _attributes(inside: bytes) -> int:
    """About how many attributes a tag has, quoted values counted once."""
    return len(re.sub(rb"\"[^\"]*\"|'[^']*'", b"q", inside).split())
