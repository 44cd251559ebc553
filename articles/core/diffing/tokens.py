"""Words, and what makes two of them the same to a reader.

Words are parted by ICU's word breaks (Unicode Standard Annex 29, with dictionaries for scripts
written without spaces), so that no mark can ever begin inside a word, a number or a character that
is made of several code points.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from itertools import accumulate, pairwise

from icu4py.breakers import CharacterBreaker, WordBreaker

# Dictionaries are chosen by script, not by this: it only rules how colons and the like are read.
LOCALE = "en"

# Signs that are the same to a reader. Whoever sets the page chooses between them, not the author.
_ALIKE = {
    "'": "‘’‚‛′ʼ`´＇",
    '"': "“”„‟″«»＂",
    "-": "‐‑‒–—―−﹣－",
    " ": "\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000\t",
    "...": "…",
    # no sign at all: soft hyphen, zero-width spaces and joiners of lines, directional marks, byte order mark
    "": "\u00ad\u200b\u200e\u200f\u061c\u2060\ufeff\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069",
}
_FOLDED = {
    **{chr(full): chr(full - 0xFEE0) for full in range(0xFF01, 0xFF5F)},  # full-width forms
    **{sign: plain for plain, signs in _ALIKE.items() for sign in signs},
}
_FOLDABLE = re.compile(f"[\uff01-\uff5e{re.escape(''.join(_ALIKE.values()))}]")

# Scripts written without spaces between words: Thai, Lao, Myanmar, Khmer, kana, Han.
UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]+"
)

# Between texts that are parted in one go: a form feed, a word by itself whatever it stands between.
_PARTING = "\f"

# Where ICU parts what a reader takes for one: Hangul from the Latin word or number it is a particle of,
# superscripts and fractions from what they belong to, thousands parted by a space that doesn't break,
# the numbers of a time, date, score or range, 05:16, 2026-05-04, 1/2 (not 3.5 and 1,280), and the hyphens
# and points that are typed for a dash and an ellipsis.
_JOINTS = frozenset("\u00a0\u2009\u202f:/-‐‑‒–")
_HANGUL = "\u1100-\u11ff\u3130-\u318f\uac00-\ud7a3"
_RAISED = "²³¹¼-¾\u2070-\u209f\u2150-\u218f"
_GLUE = re.compile(f"[{_HANGUL}{_RAISED}]")
_JOINT = re.escape("".join(sorted(_JOINTS)))
# Each alternative looks back at the sign itself: a pattern that begins with one set of signs passes
# quickly over all else.
_LOOSE = re.compile(
    rf"[{_HANGUL}{_RAISED}{_JOINT}.]"
    rf"(?:(?<=\d[{_JOINT}])\d|(?<=([-.]))(?=\1)|(?<=[{_RAISED}])"
    rf"|(?<=[{_HANGUL}])(?:(?<=[^\W_{_HANGUL}].)|(?=[^\W_{_HANGUL}])))"
)
# Where ICU's word breaks part a character: a Thai or Lao vowel sign without a letter, and a sign that
# stands over the number or word behind it, where there is none. Hardly any text has them.
STRAY = re.compile(
    "[\u0e33\u0eb3](?<=[^\u0e01-\u0e4e\u0e81-\u0ecd].)|[\U00016ff0\U00016ff1]"
    "|[\u0600-\u0605\u06dd\u070f\u0890\u0891\u08e2\u0d4e\U000110bd\U000110cd\U000111c2\U000111c3]"
    "|[\U0001193f\U00011941\U00011a84-\U00011a89\U00011d46]",
    re.DOTALL,
)


def split_words(text: str) -> list[str]:
    """The words, runs of space and signs of a text; joined they give it back."""
    # ICU takes no lone surrogates. A stand-in of the same length leaves every break in its place.
    stand_in = _without_surrogates(text)
    tokens = _mended(list(WordBreaker(stand_in, LOCALE)), stand_in)
    if stand_in == text:
        return tokens
    ends = list(accumulate(map(len, tokens)))
    return [text[start:end] for start, end in pairwise([0, *ends])]


def split_each(texts: Sequence[str]) -> list[list[str]]:
    """`split_words` of each text, in one pass of the breaker: setting one up costs as much as 50 words."""
    joined = _PARTING.join(texts)
    if joined.count(_PARTING) != len(texts) - 1 or joined != _without_surrogates(joined):
        return [split_words(text) for text in texts]
    tokens = [*WordBreaker(joined, LOCALE), _PARTING]
    each: list[list[str]] = []
    start = 0
    for text in texts:
        stop = tokens.index(_PARTING, start)
        each.append(_mended(tokens[start:stop], text))
        start = stop + 1
    return each


def _without_surrogates(text: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError:
        return re.sub("[\ud800-\udfff]", "\ufffd", text)
    return text


def _mended(tokens: list[str], text: str) -> list[str]:
    """The tokens of a text, what ICU parted against a reader's eye put together again."""
    if not text.isascii() and STRAY.search(text):
        tokens = _of_whole_characters(tokens, text)
    return _rejoined(tokens, text)


def _of_whole_characters(tokens: list[str], text: str) -> list[str]:
    """The tokens of a text, those that begin inside a character joined to the one before."""
    borders = {0, *accumulate(map(len, CharacterBreaker(text, LOCALE)))}
    together: list[str] = []
    at = 0
    for token in tokens:
        if at in borders:
            together.append(token)
        else:
            together[-1] += token
        at += len(token)
    return together


def _rejoined(tokens: list[str], text: str) -> list[str]:
    """The tokens, those that one word or number was parted into put together again."""
    if not _LOOSE.search(text):
        return tokens
    ends = list(accumulate(map(len, tokens)))
    borders = set(ends)
    joined: set[int] = set()
    for match in _LOOSE.finditer(text):
        for at in (match.start(), match.start() + 1):
            if at in borders and 0 < at < len(text):
                starts_before = at > 1 and (at - 1 not in borders or at - 1 in joined)
                before = text[at - 2 : at] if starts_before else text[at - 1]
                after = text[at + 1 : at + 2] if at + 1 in borders else ""
                if _belong_together(before, text[at], after):
                    joined.add(at)
    if not joined:
        return tokens
    return [text[start:stop] for start, stop in pairwise([0, *(end for end in ends if end not in joined)])]


def _belong_together(before: str, right: str, after: str) -> bool:
    """Whether a word or number goes on behind a border, judged by what stands there and by nothing else.

    before  the last two characters of what stands before it, or the only one
    right   the first character of what follows
    after   the one behind that, where what follows is but one character
    """
    left = before[-1]
    if left == right and left in "-.":
        return True
    if right in _JOINTS:
        return left.isdecimal() and after.isdecimal()
    if left in _JOINTS:
        return len(before) > 1 and before[0].isdecimal() and right.isdecimal()
    glued = left.isalnum() and right.isalnum() and bool(_GLUE.match(left) or _GLUE.match(right))
    return glued and not (UNSPACED.match(left) or UNSPACED.match(right))


def fold(text: str) -> str:
    """The text with its typography evened out: quotation marks, dashes, spaces, composed characters."""
    if text.isascii():
        return _typed(text.replace("`", "'").replace("\t", " "))
    # There are few such signs in a text: replacing them is several times faster than translating all of it.
    return _typed(unicodedata.normalize("NFC", _FOLDABLE.sub(lambda sign: _FOLDED[sign[0]], text)))


def _typed(text: str) -> str:
    """The text with hyphens in a row as one, as a dash is folded, and points in a row as an ellipsis is."""
    if "--" in text:
        text = re.sub("--+", "-", text)
    return re.sub(r"\.\.+", "...", text) if ".." in text else text


def paragraph_key(text: str) -> str:
    """What two paragraphs share if they differ in nothing but typography."""
    return " ".join(fold(text).split())


def is_word(token: str) -> bool:
    """Whether a token is a word or a number, not space or a sign."""
    return token[0].isalnum() or (len(token) > 1 and any(map(str.isalnum, token)))


class Alphabet(dict[str, str]):
    """Gives each token a character of its own, so that sequence algorithms can run on plain strings.

    Tokens that differ only in typography share one, and so do all kinds of space. Surrogates are
    left out: a lone one is no text, and libraries in other languages refuse it.
    """

    _FIRST = 0x100
    _SURROGATES = range(0xD800, 0xE000)

    def __init__(self) -> None:
        super().__init__()
        self._next = self._FIRST

    def __missing__(self, token: str) -> str:
        folded = " " if token.isspace() else token if token.isalnum() and token.isascii() else fold(token)
        if folded != token:
            self[token] = code = self[folded]
            return code
        self[token] = code = chr(self._next)
        self._next += 1
        if self._next in self._SURROGATES:
            self._next = self._SURROGATES.stop
        return code

    def encode(self, tokens: Iterable[str]) -> str:
        """One character a token."""
        return "".join(map(self.__getitem__, tokens))
