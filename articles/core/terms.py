"""What texts are found by: their words, the stems of these, and each three words in a row, as numbers.

A text is known to the index by a set of numbers alone, the same in every database: one for each of its
words, one for each stem that is not the word itself, and one for each run of RUN words, which says where
words stand together. What the index names is a candidate; whether it is what was asked for is read in the
text itself. So two words that share a number cost a moment and never a wrong answer.

Words are parted as for the diff (`diffing.tokens`): by Unicode's rules and dictionaries, so that scripts
without spaces have words too. Quotation marks, dashes, spaces and case make no difference.
"""

import threading
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import chain

import Stemmer

from articles.core.diffing.tokens import fold, is_word, split_each
from articles.core.languages import primary

MADE_BY = 2  # raise it where the same text gets other numbers: what is indexed is then indexed anew
RUN = 3  # words in a row; fewer are too common to tell texts apart, more are broken by one wrong word
# Runs share 4 million numbers: in 100,000 articles each stands in some 25, and a quotation has many of them.
# More numbers would make the index larger, not the answers better.
RUNS = 1 << 22
_WORDS = (1 << 31) - RUNS  # words and stems have all others that fit 32 bits with a sign
LONGEST = 64  # letters of a word that count; a page may hold words without end

# By primary subtag. Where there is none for a language its words stand for themselves.
_NAMED = (
    "ar:arabic ca:catalan cs:czech da:danish de:german el:greek en:english es:spanish et:estonian eu:basque "
    "fa:persian fi:finnish fr:french ga:irish hi:hindi hu:hungarian hy:armenian id:indonesian it:italian "
    "lt:lithuanian nb:norwegian ne:nepali nl:dutch nn:norwegian no:norwegian pl:polish pt:portuguese "
    "ro:romanian ru:russian sr:serbian sv:swedish ta:tamil tr:turkish yi:yiddish"
)
STEMMERS: dict[str, str] = dict(pair.split(":") for pair in _NAMED.split())
_own = threading.local()  # a stemmer keeps what it works on in itself


def words(text: str) -> list[str]:
    """The words of a text in their order, as they are compared."""
    return words_of([text])[0]


def words_of(texts: Sequence[str]) -> list[list[str]]:
    """`words` of each text, in one pass."""
    return [list(filter(None, map(_word, tokens))) for tokens in split_each(texts)]


@lru_cache(maxsize=100_000)
def _word(token: str) -> str:
    """A word as it is compared: typography evened out, without case; "" for what is no word."""
    return fold(token).casefold()[:LONGEST] if is_word(token) else ""


def placed(text: str) -> list[tuple[str, int, int]]:
    """The words of a text as they are compared, each with its beginning and end in the text."""
    found, at = [], 0
    for token in split_each([text])[0]:
        if word := _word(token):
            found.append((word, at, at + len(token)))
        at += len(token)
    return found


def stemmer_of(language: str) -> str:
    """The name of the Snowball stemmer of a language (a tag of BCP 47); "" where it has none."""
    return STEMMERS.get(primary(language), "")


@lru_cache(maxsize=200_000)
def stem(word: str, name: str) -> str:
    """A word's stem by the stemmer of this name; the word itself where that is ""."""
    if not name:
        return word
    stemmer = getattr(_own, name, None)
    if stemmer is None:
        stemmer = Stemmer.Stemmer(name)
        stemmer.maxCacheSize = 0  # this function's is enough
        setattr(_own, name, stemmer)
    try:
        return str(stemmer.stemWord(word))
    except UnicodeEncodeError:  # half of a surrogate pair, in a text that was stored or restored with it
        return word


# --- numbers -------------------------------------------------------------------------------------------
def of_text(lines: Sequence[str], language: str) -> set[int]:
    """All numbers of a text, given line by line; runs go on from one line to the next.

    `language` is a tag of BCP 47.
    """
    each = words_of(lines)
    sequence = list(chain.from_iterable(each))
    found = set(runs(sequence))
    name = stemmer_of(language)
    for word in set(sequence):
        found.add(of_word(word))
        root = stem(word, name)
        if root != word:
            found.add(_of_stem(root, name))
    return found


Lines = Sequence[str]


def of_change(pairs: Iterable[tuple[Lines, Lines]], language: str) -> tuple[set[int], set[int]]:
    """The numbers of what came with a change, and of what went.

    `pairs` are lines that went and those that came in their place. Words and runs are those of all of these
    lines; beside them, with other numbers, stand the words and stems of which one side of a pair has more.
    """
    came, went = set[int](), set[int]()
    name = stemmer_of(language)
    for old, new in pairs:
        before, after = words_of(old), words_of(new)
        for lines, found in ((before, went), (after, came)):
            for words_in_line in lines:
                found.update(map(of_word, words_in_line))
                found.update(runs(words_in_line))
        less, more = _counted(before, name), _counted(after, name)
        came.update(more - less)
        went.update(less - more)
    return came, went


def _counted(lines: Iterable[Iterable[str]], name: str) -> Counter[int]:
    """How often each word stands in lines, and each stem in forms that are other words, by their numbers as
    what moves."""
    found: Counter[int] = Counter()
    for word, count in Counter(chain.from_iterable(lines)).items():
        found[_of_moving(word)] += count
        root = stem(word, name)
        if root != word:
            found[_of_moving(f"{name}:{root}")] += count
    return found


def of_word(word: str) -> int:
    """The number of a word."""
    return _number(word, RUNS, _WORDS)


def _of_stem(root: str, name: str) -> int:
    """The number of a stem, which is its stemmer's own."""
    return of_word(f"{name}:{root}")


def _of_moving(word: str) -> int:
    """The number of a word, or of a stem behind its stemmer's name, as what came or went."""
    return of_word(f"±{word}")


def alternatives(word: str, stemmers: Iterable[str], *, is_moving: bool = False) -> list[int]:
    """The numbers of which a text has at least one where it has the word, or another form of it by the
    stemmer of its language, if that is one of these; `is_moving`: a change, where it came or went.

    A stem that is a word of the text itself is known by the number of that word.
    """
    number = _of_moving if is_moving else of_word
    found = {number(word): None}
    for name in stemmers:
        root = stem(word, name)
        found |= {number(f"{name}:{root}"): None, number(root): None}
    return list(found)


def runs(sequence: Sequence[str]) -> Iterator[int]:
    """The numbers of each RUN words in a row."""
    for at in range(len(sequence) - RUN + 1):
        yield _number("\n".join(sequence[at : at + RUN]), 1, RUNS - 1)


def _number(text: str, first: int, count: int) -> int:
    return first + zlib.crc32(text.encode(errors="replace")) % count
