"""How much two paragraphs say the same.

A paragraph is a bag of words. Two are alike by the Dice coefficient of their bags, 2 x shared / all,
each word weighing what it tells: its inverse document frequency among the changed paragraphs
(Spärck Jones 1972), and less if it is short. Whether one *contains* the other is measured likewise,
shared / the smaller, for paragraphs that were split or merged.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from articles.core.diffing.sequences import Link
from articles.core.diffing.tokens import UNSPACED, Terms

Bag = Counter[str]

# Below this two paragraphs share no more than chance gives; not worth remembering.
LEAST_LIKENESS = 0.08
# From this share of its words on a paragraph counts as contained in another, if both have this many.
CONTAINED = 0.72
LEAST_CONTAINED_WORDS = 5
# Words of one to four letters are mostly grammar in every alphabet; numbers and unspaced scripts are not.
SHORT_WORDS = (0.15, 0.3, 0.45, 0.75)
LAST_ALPHABET = "\u0e00"  # the scripts from here on are syllabic or logographic, or Georgian and the like
# Comparing every pair is quadratic. Beyond this many words met, only rare words propose partners...
AFFORDABLE_MEETINGS = 300_000
# ...and the best few proposed, and those standing where the paragraph would be expected, are compared whole.
PROPOSED = 10
EXPECTED_WITHIN = 3


def bag_of(text: str, tokens: Iterable[str], terms: Terms) -> Bag:
    """The words of a paragraph, without regard to case and typography.

    Where a script has no spaces, pairs of neighbouring characters stand for words: they do not
    depend on where a dictionary happens to part a sentence that was edited.
    """
    words = filter(None, map(terms.__getitem__, tokens))
    if text.isascii() or not (unspaced := UNSPACED.findall(text)):
        return Bag(words)
    bag = Bag([word for word in words if not UNSPACED.match(word)])
    for run in unspaced:
        bag.update([run[k : k + 2] for k in range(max(1, len(run) - 1))])
    return bag


@dataclass(slots=True)
class Likeness:
    """Every comparison that came to something, of old and new paragraphs by their indexes."""

    old: Mapping[int, Bag]
    new: Mapping[int, Bag]
    weights: Mapping[str, float]
    similar: dict[Link, float] = field(default_factory=dict)
    contained: dict[Link, float] = field(default_factory=dict)

    def weight(self, bag: Mapping[str, int]) -> float:
        """What the words of a bag tell, all together."""
        weights = self.weights
        return sum([count * weights[word] for word, count in bag.items()])

    def shared(self, one: Mapping[str, int], other: Mapping[str, int]) -> float:
        """What the words in both bags tell."""
        weights = self.weights
        return sum([min(count, other[word]) * weights[word] for word, count in one.items() if word in other])


def compare(old: Mapping[int, Bag], new: Mapping[int, Bag]) -> Likeness:
    """The likeness of the paragraphs of two versions that are not yet known to be the same."""
    likeness = Likeness(old, new, _weigh_words([*old.values(), *new.values()]))
    old_weights = {i: likeness.weight(bag) for i, bag in old.items()}
    new_weights = {j: likeness.weight(bag) for j, bag in new.items()}
    old_sizes = {i: bag.total() for i, bag in old.items()}
    new_sizes = {j: bag.total() for j, bag in new.items()}
    for i, found in _shared_weights(likeness):
        for j, shared in found.items():
            dice = 2 * shared / (old_weights[i] + new_weights[j])
            if dice <= LEAST_LIKENESS:
                continue
            likeness.similar[i, j] = dice
            smaller = min(old_weights[i], new_weights[j])
            if shared >= CONTAINED * smaller and min(old_sizes[i], new_sizes[j]) >= LEAST_CONTAINED_WORDS:
                likeness.contained[i, j] = shared / smaller
    return likeness


def _weigh_words(bags: Sequence[Bag]) -> dict[str, float]:
    frequency: Counter[str] = Counter()
    for bag in bags:
        frequency.update(bag.keys())
    weights = {}
    for word, count in frequency.items():
        # Among three paragraphs or fewer a frequency says nothing yet.
        weight = math.log(1 + len(bags) / count) if len(bags) > 3 else 1.0
        if len(word) <= len(SHORT_WORDS) and word[0] < LAST_ALPHABET and word.isalpha():
            weight *= SHORT_WORDS[len(word) - 1]
        weights[word] = weight
    return weights


def _shared_weights(likeness: Likeness) -> Iterator[tuple[int, Mapping[int, float]]]:
    """For each old paragraph the new ones it shares words with, and what these tell."""
    having: dict[str, list[Link]] = {}  # word -> [(new paragraph, count)]
    for j, bag in likeness.new.items():
        for word, count in bag.items():
            having.setdefault(word, []).append((j, count))
    meetings = sum([len(having[word]) for bag in likeness.old.values() for word in bag if word in having])
    if meetings <= AFFORDABLE_MEETINGS:
        for i, bag in likeness.old.items():
            yield i, _meet(bag, having, likeness.weights)
        return
    commonest = max(4, 8 * AFFORDABLE_MEETINGS // meetings)
    rare = {word: places for word, places in having.items() if len(places) <= commonest}
    order = list(likeness.new)
    for rank, (i, bag) in enumerate(likeness.old.items()):
        met = _meet(bag, rare, likeness.weights)
        proposed = sorted(met, key=lambda j: (-met[j], j))[:PROPOSED]
        expected = rank * len(order) // len(likeness.old)
        nearby = order[max(0, expected - EXPECTED_WITHIN) : expected + EXPECTED_WITHIN + 1]
        yield i, {j: likeness.shared(bag, likeness.new[j]) for j in (*proposed, *nearby)}


def _meet(bag: Bag, having: Mapping[str, list[Link]], weights: Mapping[str, float]) -> dict[int, float]:
    """What the words tell that a bag shares with each paragraph."""
    met: defaultdict[int, float] = defaultdict(float)
    for word, count in bag.items():
        if word in having:
            weight = weights[word]
            for j, other in having[word]:
                met[j] += weight * (count if count < other else other)
    return met
