"""When two extracts say the same: digests of their words, and what a reader would not call text.

`digest` ignores what is only typography (white space, the shape of quotation marks and dashes, a
stray full stop), and short lines that a page writes anew at every look (counters, relative times,
adverts). It never ignores a word, a number, a sign before a number, or a question mark.
"""

import hashlib
import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

from articles.core.types import Extract
from articles.core.volatile import is_volatile

REMEMBERED = 2_000  # characters; of longer texts so many at once would take too much memory
REMEMBERED_WHOLE = 200_000  # characters, of the few whole texts remembered besides
DIGEST_VERSION = "3"  # a digest made by other rules must never look equal to one of ours

_HYPHENS = "\u2010\u2011\u2012\u2013\u2212\ufe63\uff0d"  # also en dash and minus: ranges, negative numbers
_APOSTROPHES = "\u2018\u2019\u201b\u02bc\u02b9\u2032\uff07\u00b4`"
_SEPARATORS = "\u2014\u2015\u2e3a\u2e3b\u2026"  # em dashes and the ellipsis part words
_ALIKE = str.maketrans(
    {
        **dict.fromkeys(_HYPHENS, "-"),
        **dict.fromkeys(_APOSTROPHES, "'"),
        **dict.fromkeys(_SEPARATORS, " "),
        **{chr(full): chr(full - 0xFEE0) for full in range(0xFF01, 0xFF5F)},  # full-width forms
        "\uff0d": "-",
        "\uff07": "'",
        "\uff5e": " ",
        "\u061f": "?",
        "\u037e": "?",
        "\u066a": "%",
        "\u00a0": " ",
        "\u2044": "/",
        "\u2215": "/",
        "\u3000": " ",
    }
)
# Marks that carry meaning on their own, beside letters, digits and combining marks: money, arithmetic,
# per cent, degrees, "&", "@", and "#" where it is joined to a word. Everything else that is punctuation or
# ornament is dropped.
_KEPT = "%‰°&@#+=<>×÷±$'.,/:-?"
_CJK = (
    "\u2e80-\u2fdf\u3005-\u3007\u3040-\u30ff\u3100-\u312f\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
)
# What is looked for stands before what must be around it: the engine skips to a first sign that it knows.
_RULES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), by)
    for pattern, by in (
        (r"--+", " "),  # typed for an em dash
        (r"\.\.+", " "),
        (r"\?", " ? "),
        (r"#(?<!\w#)(?!\w)", " "),  # a heading's anchor; "#metoo", "C#" and "#1" are words
        (r"(?<=\d)\s+(?=[%‰])", ""),
        # a hyphen holds a word together or makes a number negative; else it is a dash
        (r"-(?<![\w%]-)(?=[$£€¥]?[.]?\d)", "\x00"),
        (r"-(?<=[\w.]-)(?=\w)", "\x00"),
        (r"-", " "),
        (r"\x00", "-"),
        (r"'(?<=\w')(?=\w)", "\x00"),
        (r"'", " "),
        (r"\x00", "'"),
        # a point, comma, colon or slash counts within numbers: 1.5, 1,500, 20:45, 3/4, also ".5"
        (r"([.,:/])(?<=\d.)(?=\d)", "\x00\\1"),
        (r"\.(?<![\w.]\.)(?=\d)", "\x00."),
        (r"\.(?<=(?<!\w)\w\.)(?=\w(?:\.|\W|$))", ""),  # U.S. is US
        (r"\.(?<=\w\.)(?=[^\W\d_]\.)", ""),
        (r"\.(?<=[a-zà-öø-ÿа-яё]\.)(?=[A-ZÀ-ÖØ-ÞА-ЯЁ])", " "),  # a missing space after a sentence
        (r"([./@:])(?<=[^\W\d_].)(?=[^\W\d_])", "\x00\\1"),  # example.com, and/or
        (r"[.,/:](?<!\x00.)", " "),
        (r"\x00", ""),
    )
)
# Scripts without spaces: one beside a number or a foreign word is typography.
_OF_CJK = re.compile(f"[{_CJK}]")
_BESIDE_CJK = re.compile(rf"(?<=[{_CJK}])\s+(?=[\w{_CJK}])|(?<=\w)\s+(?=[{_CJK}])")
_WORD = re.compile(rf"[{_CJK}]|[^\W_{_CJK}]+(?:['’.,:/-][^\W_{_CJK}]+)*")


def _kept(char: str) -> str:
    """A character as the digest sees it: itself, nothing, or the space it stands for."""
    if char in _KEPT or char.isalnum():
        return char
    category = unicodedata.category(char)
    if category in ("Mn", "Mc"):
        return "" if "\ufe00" <= char <= "\ufe0f" else char  # all but variation selectors
    if category == "Sc":
        return char
    return "" if category in ("Cf", "Cc", "Me") and not char.isspace() else " "


class _Kept(dict[int, str]):
    """A `str.translate` table that is filled as characters are met."""

    def __missing__(self, code: int) -> str:
        self[code] = kept = _kept(chr(code))
        return kept


_KEEP = _Kept()


def words(text: str) -> str:
    """The words and numbers of a text with one space between them: equal iff a reader reads the same.

    Case, numbers with their signs and points, inner hyphens and apostrophes, and "?" all count.
    """
    if len(text) <= REMEMBERED:
        return _remembered(text)
    return _remembered_whole(text) if len(text) <= REMEMBERED_WHOLE else _words(text)


def _words(text: str) -> str:
    folded = unicodedata.normalize("NFC", text).translate(_ALIKE).translate(_KEEP)
    for pattern, by in _RULES:
        folded = pattern.sub(by, folded)
    if not folded.isascii() and _OF_CJK.search(folded):
        folded = _BESIDE_CJK.sub("", folded)
    return " ".join(folded.split())


# One look asks for the same paragraphs several times, and most looks for those of the look before.
_remembered = lru_cache(maxsize=4_096)(_words)
_remembered_whole = lru_cache(maxsize=32)(_words)  # and for a text's digest up to six times


def digest(extract: Extract) -> str:
    """Digest of the words of headline, standfirst, body and byline; "3:" and 64 hexadecimal digits.

    Paragraph borders and kinds don't count, nor does a standfirst that became the first paragraph.
    Two extracts share a digest iff no word or number differs, volatile lines aside.
    """
    body = " ".join(text for text in (extract.standfirst, *extract.texts) if not is_volatile(text))
    byline = "" if is_volatile(extract.byline) else extract.byline
    return _sha256(words(extract.title), words(body), words(byline))


def text_digest(extract: Extract) -> str:
    """Digest of the exact text, line by line; differs also where `digest` sees only typography."""
    lines = (extract.title, extract.standfirst, extract.byline, *extract.texts)
    return _sha256(*(" ".join(unicodedata.normalize("NFC", line).split()) for line in lines))


def word_count(texts: Iterable[str]) -> int:
    """How many words the texts have; each Chinese or Japanese character counts as one."""
    return sum(len(_WORD.findall(text)) for text in texts)


def _sha256(*lines: str) -> str:
    return f"{DIGEST_VERSION}:{hashlib.sha256(chr(10).join(lines).encode('utf-8', 'replace')).hexdigest()}"
