"""Timing a function, and making texts to time it on."""

import random
import statistics
import time
from collections.abc import Callable

SYLLABLES = "ba re mi to lu ka ne so vi da or el un pa ri gen mar tol ves quin dra sel fo".split()


def median_ms(work: Callable[[], object], seconds: float = 1.0, least: int = 3) -> float:
    """The median of runs in milliseconds, for about `seconds` but at least `least` runs."""
    runs: list[float] = []
    end = time.perf_counter() + seconds
    while len(runs) < least or (time.perf_counter() < end and len(runs) < 200):
        began = time.perf_counter()
        work()
        runs.append((time.perf_counter() - began) * 1000)
    return statistics.median(runs)


class Writer:
    """Writes text of made-up words, the same for the same seed."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.lexicon = [
            "".join(self.random.choices(SYLLABLES, k=self.random.randint(1, 4))) for _ in range(6000)
        ]

    def words(self, count: int) -> list[str]:
        """Words by a falling frequency, as in a natural language."""
        return [self.lexicon[min(int(self.random.paretovariate(0.6)), 5999)] for _ in range(count)]

    def paragraphs(self, words: int, each: int = 45) -> list[str]:
        """A text of so many words in paragraphs of about `each`."""
        return [" ".join(self.words(each)).capitalize() + "." for _ in range(words // each)]

    def edited(self, text: list[str], share: float) -> list[str]:
        """The text with a share of its paragraphs edited: words replaced, one moved, one dropped, one new."""
        out = list(text)
        for n in self.random.sample(range(len(out)), max(1, int(share * len(out)))):
            words = out[n].split()
            for at in self.random.sample(range(len(words)), max(1, len(words) // 10)):
                words[at] = self.words(1)[0]
            out[n] = " ".join(words)
        out.insert(self.random.randrange(len(out)), out.pop(self.random.randrange(len(out))))
        out.pop(self.random.randrange(len(out)))
        out.insert(self.random.randrange(len(out)), self.paragraphs(45)[0])
        return out
