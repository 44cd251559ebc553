"""How much two paragraphs say the same.

A paragraph is a bag of words. Two are alike by the Dice coefficient of their bags, 2 x shared / all,
each word weighing what it tells: its inverse document frequency among the paragraphs in question
(Spärck Jones 1972), and less if it is short. Whether one *contains* the other is measured likewise,
shared / the smaller, for paragraphs that were split or merged.

Comparing every old paragraph with every new one is quadratic. Pairs that can be alike enough are
found through an index of words instead. A paragraph is not looked up by its commonest words as long
as all these together could not make a pair: a partner found by none of the others is none (the
prefix filter of similarity joins: Chaudhuri, Ganti, Kaushik 2006; Bayardo, Ma, Srikant 2007).
"""

import math
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from rapidfuzz.distance import Indel

from articles.core.diffing.sequences import Link
from articles.core.diffing.tokens import UNSPACED

Bag = Counter[str]

# Alike enough to be worth remembering: the least that any step asks of a pair it has not at hand.
ALIKE = 0.24
# From this share of its words on a paragraph counts as contained in another, if both have this many.
CONTAINED = 0.72
LEAST_CONTAINED_WORDS = 3
# So few words are in many a paragraph that is far longer. They are no piece of it unless they stand beside.
SHORT_PIECE = 8
FOURFOLD = 4
# Words of one to four letters are mostly grammar in every alphabet; numbers and unspaced scripts are not.
SHORT_WORDS = (0.15, 0.3, 0.45, 0.75)
LAST_ALPHABET = "\u0e00"  # the scripts from here on are syllabic or logographic, or Georgian and the like
# Of so few words one is soon shared by chance. There the characters in common, in order, count as much as
# the words, and more where these are but one or two; half of them are common to any lines of one language.
FEW_WORDS = 6
AFFORDABLE_CELLS = 250_000  # characters of one line times those of the other
# Beyond this many words met in the index, only rare words propose partners...
AFFORDABLE_MEETINGS = 300_000
# ...and the best few proposed, and those standing where the paragraph would be expected, are compared.
PROPOSED = 10
EXPECTED_WITHIN = 3

# A word as far as likeness goes: whatever stands between space and punctuation of any script. It need
# not be parted as finely as for marking, and this is several times cheaper.
_WORD = re.compile(
    r"[^\s!-/:-@\[-`{-~\u00a0-\u00a9\u00ab-\u00b1\u00b4\u00b6-\u00b8\u00bb\u00bf"
    r"\u037e\u0387\u055a-\u055f\u0589\u058a\u05be\u05c0\u05c3\u05f3\u05f4\u060c\u061b-\u061f\u066a-\u066d\u06d4"
    r"\u0964\u0965\u0e4f\u0e5a\u0e5b\u104a-\u104f\u10fb\u1361-\u1368\u17d4-\u17da"
    r"\u2000-\u206f\u20a0-\u20cf\u2190-\u2bff\u2e00-\u2e7f\u3000-\u3004\u3008-\u303f\u30fb"
    r"\ufe10-\ufe6f\uff01-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65]+"
)


def words_of(text: str) -> list[str]:
    """The words of a paragraph in order, without regard to case and to how characters are composed.

    Where a script has no spaces, pairs of neighbouring characters stand for words: they do not
    depend on where a dictionary happens to part a sentence that was edited.
    """
    if text.isascii():
        return _WORD.findall(text.lower())
    text = unicodedata.normalize("NFC", text).casefold()
    words: list[str] = _WORD.findall(text)
    if not UNSPACED.search(text):
        return words
    parted: list[str] = []
    for word in words:
        parted += _in_pairs(word) if UNSPACED.search(word) else [word]
    return parted


def _in_pairs(word: str) -> list[str]:
    pairs: list[str] = []
    at = 0
    for run in UNSPACED.finditer(word):
        pairs += [word[at : run.start()]] if at < run.start() else []
        start, at = run.span()
        pairs += [word[k : k + 2] for k in range(start, max(start + 1, at - 1))]
    return [*pairs, word[at:]] if at < len(word) else pairs


class _Weights(dict[str, float]):
    """What each word tells, among so many paragraphs; one that is in none of them is as rare as can be."""

    def __init__(self, bags: Sequence[Bag]) -> None:
        super().__init__()
        frequency: Counter[str] = Counter()
        for bag in bags:
            frequency.update(bag.keys())
        # Among three paragraphs or fewer a frequency says nothing yet.
        self._rarity = {
            count: math.log(1 + len(bags) / count) if len(bags) > 3 else 1.0
            for count in {1, *frequency.values()}
        }
        for word, count in frequency.items():
            self[word] = self._weight(word, count)

    def __missing__(self, word: str) -> float:
        self[word] = weight = self._weight(word, 1)
        return weight

    def _weight(self, word: str, count: int) -> float:
        if len(word) <= len(SHORT_WORDS) and word[0] < LAST_ALPHABET and word.isalpha():
            return self._rarity[count] * SHORT_WORDS[len(word) - 1]
        return self._rarity[count]


@dataclass(slots=True)
class Side:
    """The paragraphs of one text, and what was learnt of those that were looked at."""

    texts: Sequence[str]
    words: dict[int, list[str]] = field(default_factory=dict)
    bags: dict[int, Bag] = field(default_factory=dict)
    sizes: dict[int, int] = field(default_factory=dict)
    weights: dict[int, float] = field(default_factory=dict)

    def words_of(self, k: int) -> list[str]:
        if k not in self.words:
            self.words[k] = words_of(self.texts[k])
        return self.words[k]

    def bag(self, k: int) -> Bag:
        if k not in self.bags:
            words = self.words_of(k)
            self.bags[k], self.sizes[k] = Counter(words), len(words)
        return self.bags[k]

    def size(self, k: int) -> int:
        """How many words the paragraph has."""
        self.bag(k)
        return self.sizes[k]


class Likeness:
    """How alike old and new paragraphs are, asked for by their indexes.

    `similar` and `contained` hold the pairs among the free paragraphs that are worth remembering (ALIKE,
    CONTAINED); of all others the likeness can be asked for.
    """

    def __init__(
        self, old: Sequence[str], new: Sequence[str], free_old: list[int], free_new: list[int]
    ) -> None:
        self.old, self.new = Side(old), Side(new)
        self._word_weights = _Weights(
            [*[self.old.bag(i) for i in free_old], *[self.new.bag(j) for j in free_new]]
        )
        self.similar: dict[Link, float] = {}
        self.contained: dict[Link, float] = {}
        self._find(free_old, free_new)

    def weight(self, bag: Mapping[str, int]) -> float:
        """What the words of a bag tell, all together."""
        weights = self._word_weights
        return sum([count * weights[word] for word, count in bag.items()])

    def shared(self, one: Mapping[str, int], other: Mapping[str, int]) -> float:
        """What the words in both bags tell."""
        if len(one) > len(other):
            one, other = other, one
        weights = self._word_weights
        return sum([min(count, other[word]) * weights[word] for word, count in one.items() if word in other])

    def of(self, i: int, j: int) -> float:
        """How alike two paragraphs are, from 0 to 1."""
        if (i, j) not in self.similar:
            return self._likeness(i, j, self.shared(self.old.bag(i), self.new.bag(j)))
        return self.similar[i, j]

    def _likeness(self, i: int, j: int, shared: float) -> float:
        both = self._weight_of(self.old, i) + self._weight_of(self.new, j)
        dice = 2 * shared / both if both else 0.0
        old, new, words = self.old.texts[i], self.new.texts[j], self.least_words(i, j)
        if words > FEW_WORDS or len(old) * len(new) > AFFORDABLE_CELLS:
            return dice
        characters = max(0.0, 2 * Indel.normalized_similarity(old, new) - 1)
        share = max(0.5, 1 - words / FEW_WORDS)
        return share * characters + (1 - share) * dice

    def least_words(self, i: int, j: int) -> int:
        """How many words the shorter of the two has."""
        return min(self.old.size(i), self.new.size(j))

    def _weight_of(self, side: Side, k: int) -> float:
        if k not in side.weights:
            side.weights[k] = self.weight(side.bag(k))
        return side.weights[k]

    # --- finding pairs ---------------------------------------------------------------------------
    def _find(self, free_old: list[int], free_new: list[int]) -> None:
        index: dict[str, list[Link]] = {}  # word -> [(new paragraph, how often it has the word)]
        for j in free_new:
            for word, count in self.new.bag(j).items():
                index.setdefault(word, []).append((j, count))
        pieces = [self._weight_of(self.new, j) for j in free_new if self.new.size(j) > SHORT_PIECE]
        room = CONTAINED * min(pieces, default=math.inf)
        probes = [self._probe(i, index, room) for i in free_old]
        meetings = sum([len(index[word]) for words, _ in probes for word in words])
        if meetings <= AFFORDABLE_MEETINGS:
            for i, (words, passed_over) in zip(free_old, probes, strict=True):
                self._judge(i, self._meet(self.old.bag(i), words, index), passed_over)
            return
        commonest = max(4, 8 * AFFORDABLE_MEETINGS // meetings)
        for rank, (i, (words, _)) in enumerate(zip(free_old, probes, strict=True)):
            rare = [word for word in words if len(index[word]) <= commonest]
            met = self._meet(self.old.bag(i), rare, index)
            expected = rank * len(free_new) // len(free_old)
            nearby = free_new[max(0, expected - EXPECTED_WITHIN) : expected + EXPECTED_WITHIN + 1]
            for j in {*sorted(met, key=lambda j: (-met[j], j))[:PROPOSED], *nearby}:
                self._compare(i, j)

    def _probe(self, i: int, index: Mapping[str, list[Link]], room: float) -> tuple[list[str], float]:
        """The words by which to look up an old paragraph, and what those passed over tell together.

        Two paragraphs are ALIKE only if they share ALIKE / (2 - ALIKE) of either's weight. A paragraph
        contained in the old one may share less, if it is far smaller: but no less than `room`.
        """
        bag, weights = self.old.bag(i), self._word_weights
        words = [word for word in bag if word in index]
        room = min(room, ALIKE / (2 - ALIKE) * self._weight_of(self.old, i))
        passed_over = 0.0
        words.sort(key=lambda word: len(index[word]))
        while words and passed_over + bag[words[-1]] * weights[words[-1]] < room:
            word = words.pop()
            passed_over += bag[word] * weights[word]
        return words, passed_over

    def _meet(self, bag: Bag, words: Sequence[str], index: Mapping[str, list[Link]]) -> dict[int, float]:
        """What these words of a bag tell that it shares with each new paragraph."""
        met: defaultdict[int, float] = defaultdict(float)
        for word in words:
            weight, count = self._word_weights[word], bag[word]
            for j, other in index[word]:
                met[j] += weight * (count if count < other else other)
        return met

    def _judge(self, i: int, met: Mapping[int, float], passed_over: float) -> None:
        """Compares a paragraph with those it met that may turn out alike or contained."""
        weight = self._weight_of(self.old, i)
        for j, known in met.items():
            other, most = self._weight_of(self.new, j), known + passed_over
            if 2 * most >= ALIKE * (weight + other) or most >= CONTAINED * min(weight, other):
                self._compare(i, j)

    def _compare(self, i: int, j: int) -> None:
        """Remembers two paragraphs that are alike, or of which one is a piece of the other."""
        shared = self.shared(self.old.bag(i), self.new.bag(j))
        likeness = self._likeness(i, j, shared)
        if likeness >= ALIKE:
            self.similar[i, j] = likeness
        smaller, larger = sorted((self._weight_of(self.old, i), self._weight_of(self.new, j)))
        words = self.least_words(i, j)
        if shared < CONTAINED * smaller or words < LEAST_CONTAINED_WORDS:
            return
        if words > SHORT_PIECE or smaller >= larger / FOURFOLD:
            self.contained[i, j] = shared / smaller
