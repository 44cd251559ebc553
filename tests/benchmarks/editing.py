"""An editor that knows what it did: edits of a text, and the true links between before and after."""

import random
import re
from dataclasses import dataclass
from typing import NamedTuple

from tests.benchmarks.cases import Pair
from tests.benchmarks.quality import Truth, count_words

# Words with their punctuation, and the space between them; in Japanese runs of one script, which is
# near enough to words to edit by.
PIECE = re.compile(r"[\u3400-\u9fff]+|[\u30a0-\u30ff]+|[\u3040-\u309f]+|[^\s\u3040-\u30ff\u3400-\u9fff]+|\s+")
SENTENCE_END = re.compile(r"(?<=[.!?؟])[”»“]?\s+(?=\S)|(?<=[。！？])(?=[^」』])")
HELD_BACK = 6  # of so many paragraphs one isn't in the old text; what is new in the new one comes from these
FAR = 3  # paragraphs: one put down nearer than this has hardly moved


@dataclass(frozen=True, slots=True)
class Rates:
    """How much is edited: shares of the paragraphs, and of the words in those whose words are edited."""

    reworded: float
    words: float
    dropped: float
    added: float
    moved: float
    split: float
    merged: float


LIGHT = Rates(reworded=0.2, words=0.08, dropped=0.04, added=0.04, moved=0.05, split=0.04, merged=0.04)
HEAVY = Rates(reworded=0.7, words=0.3, dropped=0.12, added=0.12, moved=0.12, split=0.08, merged=0.08)


class Edited(NamedTuple):
    """A text before and after, and what became of what."""

    pair: Pair
    truth: Truth


@dataclass(slots=True)
class Item:
    """A paragraph of the new text and the old ones that are in it, none if it was added."""

    text: str
    origins: tuple[int, ...] = ()
    moved: bool = False


class Editor:
    """Edits texts, the same way for the same seed."""

    def __init__(self, rates: Rates, seed: int) -> None:
        self.rates = rates
        self.random = random.Random(seed)
        self.words = 0  # edited so far in this text, on both sides
        self.spare: list[str] = []

    def edit(self, text: list[str]) -> Edited:
        """The text before and after; some paragraphs are held back, to be added whole or lend words."""
        text = list(dict.fromkeys(text))  # of two alike nobody could say which became which
        self.spare = text[HELD_BACK - 1 :: HELD_BACK]
        old = [paragraph for n, paragraph in enumerate(text, 1) if n % HELD_BACK]
        self.words = 0
        items = self._scattered(self._kept(old))
        items = [self._reworded(item) for item in items]
        self._add(items)
        return Edited(Pair(old, [item.text for item in items]), self._truth(items, len(old)))

    # --- paragraphs -------------------------------------------------------------------------------
    def _kept(self, old: list[str]) -> list[Item]:
        """What stays of the old paragraphs, some of them split, merged or picked to be moved."""
        out: list[Item] = []
        at = 0
        while at < len(old):
            item = Item(old[at], (at,))
            fate = self._fate()
            if fate == "merged" and at + 1 < len(old):
                space = " " if " " in old[at] else ""
                item = Item(old[at] + space + old[at + 1], (at, at + 1))
                at += 1
            item.moved = fate == "moved"
            if fate == "dropped":
                self.words += count_words(item.text)
            else:
                out += self._split(item) if fate == "split" else [item]
            at += 1
        return out

    def _fate(self) -> str:
        rates, chance = self.rates, self.random.random()
        for name in ("dropped", "moved", "split", "merged"):
            chance -= getattr(rates, name)
            if chance < 0:
                return name
        return "kept"

    def _split(self, item: Item) -> list[Item]:
        """The paragraph parted at the end of a sentence; whole if it has but one."""
        ends = list(SENTENCE_END.finditer(item.text))
        if not ends:
            return [item]
        end = self.random.choice(ends)
        closing = end.group().rstrip()
        parts = (item.text[: end.start()] + closing, item.text[end.end() :])
        return [Item(part, item.origins) for part in parts]

    def _scattered(self, items: list[Item]) -> list[Item]:
        """The items with those that move put down far from where they stood."""
        out = [item for item in items if not item.moved]
        for stood, item in enumerate(items):
            if item.moved:
                places = [at for at in range(len(out) + 1) if abs(at - stood) >= FAR]
                item.moved = bool(places)
                out.insert(self.random.choice(places) if places else min(stood, len(out)), item)
        return out

    def _add(self, items: list[Item]) -> None:
        adding = [text for text in self.spare if self.random.random() < HELD_BACK * self.rates.added]
        for text in adding:
            self.words += count_words(text)
            items.insert(self.random.randint(0, len(items)), Item(text))

    # --- words ------------------------------------------------------------------------------------
    def _reworded(self, item: Item) -> Item:
        """The item with phrases of one to three words replaced, dropped or put in."""
        if not self.spare or self.random.random() >= self.rates.reworded:
            return item
        pieces, out, at = PIECE.findall(item.text), [], 0
        space = " " if " " in item.text else ""
        while at < len(pieces):
            if pieces[at].isspace() or self.random.random() >= self.rates.words / 2:
                out.append(pieces[at])
                at += 1
                continue
            length = self._length()
            taken, put = "".join(pieces[at : at + length]), self._phrase()
            way = self.random.choices(("replace", "drop", "put in"), (6, 2, 2))[0]
            self.words += count_words(taken) * (way != "put in") + count_words(put) * (way != "drop")
            out.append({"replace": put, "drop": "", "put in": put + space + taken}[way])
            at += length
        item.text = re.sub(r"  +", " ", "".join(out)).strip() or item.text
        return item

    def _length(self) -> int:
        """Pieces of a phrase: words and the spaces between."""
        return self.random.choice((1, 3, 5))

    def _phrase(self) -> str:
        pieces = PIECE.findall(self.random.choice(self.spare))
        start = self.random.randrange(len(pieces))
        start -= pieces[start].isspace()
        return "".join(pieces[start : start + self._length()])

    # --- truth ------------------------------------------------------------------------------------
    def _truth(self, items: list[Item], old: int) -> Truth:
        """Whole paragraphs' links, and those of pieces in groups."""
        truth = Truth(words=self.words)
        became: list[list[int]] = [[] for _ in range(old)]
        for new, item in enumerate(items):
            for origin in item.origins:
                became[origin].append(new)
            if len(item.origins) > 1:
                truth.groups.append({(origin, new) for origin in item.origins})
        for origin, places in enumerate(became):
            if len(places) > 1:
                truth.groups.append({(origin, new) for new in places})
            elif places and len(items[places[0]].origins) == 1:
                truth.links.add((origin, places[0]))
                if items[places[0]].moved:
                    truth.moved.add((origin, places[0]))
        return truth
