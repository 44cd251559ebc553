"""Character sets and references as pages and feeds name them, of which some are traps.

Python knows more codecs than the web: `hex` decodes no text, `idna` raises what nobody expects,
`punycode` takes time quadratic in the length, `utf-7` and `unicode_escape` write a "<" without one. So
only the character sets of the web are taken by their names.
"""

import codecs
import html
import re

from w3lib.encoding import resolve_encoding

# By Python's names: the encodings of https://encoding.spec.whatwg.org/#names-and-labels, and UTF-32.
OF_THE_WEB = frozenset(
    "ascii utf-8 utf-16 utf-16-le utf-16-be utf-32 utf-32-le utf-32-be "
    "iso8859-1 iso8859-2 iso8859-3 iso8859-4 iso8859-5 iso8859-6 iso8859-7 iso8859-8 iso8859-9 iso8859-10 "
    "iso8859-11 iso8859-13 iso8859-14 iso8859-15 iso8859-16 cp874 cp1250 cp1251 cp1252 cp1253 cp1254 cp1255 "
    "cp1256 cp1257 cp1258 cp866 koi8-r koi8-u mac-roman mac-cyrillic tis-620 "
    "gb2312 gbk gb18030 hz big5 big5hkscs euc_jp iso2022_jp shift_jis cp932 euc_kr cp949 johab".split()
)
LONGEST_REFERENCE = 7  # digits: &#1114111; is the last character there is
# A number in a reference that is longer than any character's, which int() may even refuse to read.
ENDLESS = re.compile(
    rf"&#(?:[0-9]{{{LONGEST_REFERENCE + 1},}}|[xX][0-9a-fA-F]{{{LONGEST_REFERENCE + 1},}});?"
)


def charset(label: str | None) -> str | None:
    """Python's name for a character set of the web; None for every other label."""
    name = resolve_encoding(label) if label and label.isascii() and "\0" not in label else None
    return name if name and codecs.lookup(name).name in OF_THE_WEB else None


def unescape(text: str) -> str:
    """`html.unescape`, where a reference to no character stands for U+FFFD, however long it is.

    Python refuses to make a number of thousands of digits, with an exception that no reader of a page
    would think of.
    """
    return html.unescape(ENDLESS.sub(_reference, text))


def _reference(found: re.Match[str]) -> str:
    digits = found[0].strip("&#xX;").lstrip("0")
    if len(digits) > LONGEST_REFERENCE:
        return "\ufffd"
    return f"&#{'x' if found[0][2] in 'xX' else ''}{digits or '0'};"
