"""Timing a function, and making texts to time it on."""

import itertools
import random
import statistics
import time
from collections.abc import Callable

SYLLABLES = "ba re mi to lu ka ne so vi da or el un pa ri gen mar tol ves quin dra sel fo".split()
LEXICON = 6_000


def runs_ms(work: Callable[[], object], seconds: float, least: int = 1) -> list[float]:
    """Milliseconds of each run, for about `seconds` but at least `least` runs and at most 200."""
    runs: list[float] = []
    end = time.perf_counter() + seconds
    while len(runs) < least or (time.perf_counter() < end and len(runs) < 200):
        began = time.perf_counter()
        work()
        runs.append((time.perf_counter() - began) * 1000)
    return runs


def median_ms(work: Callable[[], object], seconds: float = 1.0, least: int = 3) -> float:
    """The median of runs in milliseconds, for about `seconds` but at least `least` runs."""
    return statistics.median(runs_ms(work, seconds, least))


def _syllables(rank: int) -> int:
    """How long a word is: the most frequent ones are short."""
    return 2 if rank < 300 else 2 + rank % 3


class Writer:
    """Writes text of made-up words, the same for the same seed."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        ranks = range(len(SYLLABLES), LEXICON)
        longer = ("".join(self.random.choices(SYLLABLES, k=_syllables(rank))) for rank in ranks)
        self.lexicon = [*SYLLABLES, *longer]
        self.shares = list(itertools.accumulate(1 / (rank + 3.7) for rank in range(LEXICON)))

    def words(self, count: int) -> list[str]:
        """Words by a frequency that falls with the rank as in a natural language (Zipf and Mandelbrot)."""
        return self.random.choices(self.lexicon, cum_weights=self.shares, k=count)

    def sentence(self, words: int) -> str:
        """A sentence of so many words, with commas, now and then a number, and a mark at its end."""
        out = self.words(words)
        for at in range(3, words - 3):
            chance = self.random.random()
            if chance < 0.07:
                out[at] += ","
            elif chance < 0.09:
                out[at] = f"{self.random.randrange(2, 3000):,}"
        out[0] = out[0].capitalize()
        return " ".join(out) + self.random.choices(".?!", (18, 1, 1))[0]

    def paragraph(self, words: int) -> str:
        """So many words in sentences of 8 to 24."""
        sentences = []
        while words > 0:
            length = self.random.randint(8, 24)
            if words - length < 8:
                length = words
            sentences.append(self.sentence(length))
            words -= length
        return " ".join(sentences)

    def paragraphs(self, words: int, each: int = 45) -> list[str]:
        """A text of so many words in paragraphs of about `each`, some half and some twice as long."""
        out = []
        while words > 0:
            length = self.random.randint(each // 2, each * 3 // 2)
            if words - length < each // 2:
                length = words
            out.append(self.paragraph(length))
            words -= length
        return out

    def reworded(self, text: str, share: float = 0.1) -> str:
        """The text with a share of its words replaced; the punctuation around them stays."""
        words = text.split()
        for at in self.random.sample(range(len(words)), max(1, int(share * len(words)))):
            bare = words[at].strip(".,?!")
            other = self.words(1)[0]
            words[at] = words[at].replace(bare, other.capitalize() if bare.istitle() else other)
        return " ".join(words)

    def edited(self, text: list[str], share: float) -> list[str]:
        """The text with a share of its paragraphs edited, two at least, one moved, one dropped, one new."""
        out = list(text)
        for n in self.random.sample(range(len(out)), max(2, int(share * len(out)))):
            out[n] = self.reworded(out[n])
        out.insert(self.random.randrange(len(out)), out.pop(self.random.randrange(len(out))))
        out.pop(self.random.randrange(len(out)))
        out.insert(self.random.randrange(len(out)), self.paragraph(45))
        return out
