"""What the site has shown, and when: the texts of its articles in order, and when it was not to be had."""

import random
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from math import inf

from tests.benchmarks.timing import Writer

WORDS = re.compile(r"\w+")
FEWEST, MOST = 6, 12  # paragraphs of an article


@dataclass(frozen=True)
class Text:
    """A headline and paragraphs, as they must come out of the database again."""

    title: str
    paragraphs: tuple[str, ...]

    @property
    def words(self) -> tuple[str, ...]:
        """What tells two texts apart; commas and full stops make no version."""
        return tuple(WORDS.findall(" ".join((self.title, "|", *self.paragraphs)).lower()))


@dataclass
class Stand:
    """One text while it stood: from when to when, and when it went out whole (seconds, monotonic)."""

    text: Text
    began: float
    ended: float = inf
    served: list[float] = field(default_factory=list)


class Author:
    """Writes one article and edits it, the same for the same seed.

    So that the truth is never in question, each edit gives a text the article never had, of the same
    matter: a word of the headline, a tenth of a paragraph's words, a paragraph put in or taken out in the
    middle. Or it takes the last edit back, but never twice within three edits: an article that goes to and
    fro flaps, and is then damped by design (core/versioning.py).
    """

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.writer = Writer(seed)
        self.had: list[Text] = []
        self._since_revert = 0
        self._new(Text(self._headline(), tuple(self.writer.paragraphs(260, each=35))))

    @property
    def text(self) -> Text:
        """What stands now."""
        return self.had[-1]

    def edit(self) -> Text:
        """The next text, never one that stood before."""
        known = {text.words for text in self.had}
        while (edited := self._edited(self.text)).words in known:
            pass
        self._since_revert += 1
        return self._new(edited)

    def revert(self) -> Text | None:
        """The text before the last one; None where it is too soon for that."""
        if len(self.had) < 2 or self._since_revert < 3:
            return None
        self._since_revert = 0
        return self._new(self.had[-2])

    def _new(self, text: Text) -> Text:
        self.had.append(text)
        return text

    def _headline(self) -> str:
        return " ".join(self.writer.words(8)).capitalize()

    def _edited(self, text: Text) -> Text:
        paragraphs = list(text.paragraphs)
        inner = self.random.randrange(1, len(paragraphs) - 1)
        kind = self.random.choice(("headline", "reword", "reword", "insert", "drop"))
        if kind == "headline":
            words = text.title.split()
            words[self.random.randrange(1, len(words))] = self.writer.words(1)[0]
            return Text(" ".join(words), text.paragraphs)
        if kind == "insert" and len(paragraphs) < MOST:
            paragraphs.insert(inner, self.writer.paragraph(35))
        elif kind == "drop" and len(paragraphs) > FEWEST:
            del paragraphs[inner]
        else:
            paragraphs[inner] = self.writer.reworded(paragraphs[inner])
        return Text(text.title, tuple(paragraphs))


class Story:
    """An article of the site: its texts as they stood, and when it was asked for."""

    def __init__(self, url: str, path: str, seed: int, is_noisy: bool) -> None:
        self.url, self.path, self.is_noisy = url, path, is_noisy
        self.author = Author(seed)
        self.stands: list[Stand] = []
        self.asked: list[float] = []
        self.faults_in_a_row = 0
        self.next_edit = inf

    @property
    def current(self) -> Stand:
        """What stands now."""
        return self.stands[-1]

    def publish(self, now: float) -> None:
        """The first text stands from now on."""
        self.stands.append(Stand(self.author.text, now))

    def show(self, text: Text, now: float) -> None:
        """Another text stands from now on."""
        self.current.ended = now
        self.stands.append(Stand(text, now))


@dataclass
class Span:
    """A time; `end` is infinite while it lasts."""

    start: float
    end: float = inf


def overlap(start: float, end: float, spans: Iterable[Span]) -> float:
    """How many seconds between two moments lie in any of the spans."""
    covered, reached = 0.0, start
    for span in sorted(spans, key=lambda span: span.start):
        begin, stop = max(span.start, reached), min(span.end, end)
        if stop > begin:
            covered += stop - begin
            reached = stop
    return covered
