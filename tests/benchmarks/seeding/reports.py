"""Articles as they are followed: what each said, edition after edition, and when it was looked at.

How many versions an article has falls off steeply, as it does in archives of news: four in ten are never
changed, one in three hundred is a live page of forty editions; three on average. An edit is a small one, mostly.
"""

import html
import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from articles.core.scheduling import QUIET_LIMIT
from articles.core.types import Extract, Paragraph, ParagraphKind
from tests.benchmarks.seeding.tongues import TONGUES, Author, Tongue

SPAN = timedelta(days=180)  # in which articles appear
SETTLED = timedelta(days=20)  # the last one has appeared so long before the end
VERSIONS = {1: 0.421, 2: 0.22, 3: 0.12, 4: 0.08, 5: 0.05, 6: 0.03, 8: 0.03, 12: 0.03, 20: 0.015, 40: 0.004}
DRESSED = 0.05  # share of articles of which the last look finds other typography
LENGTH = (330, 0.6)  # words of an article: median, and spread (of the logarithm)
LEAST, MOST = 80, 2_400
_SIGNS = str.maketrans(dict.fromkeys(",.،，。、“”„«»「」"))
SOURCES = 120
SPOKEN = (0.45, 0.12, 0.1, 0.1, 0.06, 0.06, 0.06, 0.05)  # shares of TONGUES among sources


@dataclass(frozen=True, slots=True)
class Outlet:
    """A source: how many articles are its own is settled by its rank, the first having most."""

    rank: int
    tongue: Tongue

    @property
    def authority(self) -> str:
        return f"gazette-{self.rank}.example"

    @property
    def name(self) -> str:
        return f"Gazette {self.rank}"


@dataclass(frozen=True, slots=True)
class Plan:
    """What is known of an article before it is written.

    looks      at each of its editions in turn; the last of them is the latest of all
    dressed    whether that finds the edition in other typography
    """

    number: int
    looks: tuple[int, ...]
    dressed: bool

    @property
    def versions(self) -> int:
        return len(self.looks)

    @property
    def snapshots(self) -> int:
        return self.versions + self.dressed

    @property
    def checks(self) -> int:
        return sum(self.looks) + 1


@dataclass(frozen=True, slots=True)
class Look:
    """One look: at which edition, and whether the page was another than at the look before."""

    at: datetime
    edition: int
    is_new: bool
    is_dressed: bool = False


@dataclass(frozen=True, slots=True)
class Report:
    """An article: `dressed` is its last edition in other typography, where it was seen so."""

    plan: Plan
    outlet: Outlet
    url: str
    editions: tuple[Extract, ...]
    looks: tuple[Look, ...]
    dressed: Extract | None


def outlets() -> list[Outlet]:
    """All sources; languages are dealt out evenly over the ranks."""
    chance = random.Random("outlets")
    return [Outlet(rank, chance.choices(TONGUES, SPOKEN)[0]) for rank in range(1, SOURCES + 1)]


def plan(seed: int, number: int) -> Plan:
    """What an article will have."""
    chance = random.Random(f"{seed}/{number}/plan")
    versions = chance.choices(list(VERSIONS), list(VERSIONS.values()))[0]
    looks = tuple(1 + int(chance.expovariate(1 / 1.5)) for _ in range(versions))
    return Plan(number, looks, dressed=chance.random() < DRESSED)


def report(seed: int, planned: Plan, articles: int, known: list[Outlet], until: datetime) -> Report:
    """Writes an article, one of so many of these sources; nothing of it happens after `until`."""
    number = planned.number
    chance = random.Random(f"{seed}/{number}")
    outlet = chance.choices(known, [1 / (one.rank + 3) for one in known])[0]
    author = Author(outlet.tongue, chance)
    editions = list(_editions(author, planned))
    began = until - SPAN - SETTLED + SPAN * number / articles + timedelta(seconds=chance.randrange(3_600))
    return Report(
        plan=planned,
        outlet=outlet,
        url=f"https://{outlet.authority}/news/{number}",
        editions=tuple(editions),
        looks=tuple(_looks(chance, planned, began, until)),
        dressed=_dressed(editions[-1], outlet.tongue) if planned.dressed else None,
    )


def page(text: Extract) -> str:
    """The page that says so."""
    title = html.escape(text.title)
    body = "".join(
        f"<p{' class=correction' if one.kind is ParagraphKind.CORRECTION else ''}>{html.escape(one.text)}</p>"
        for one in text.paragraphs
    )
    direction = f' dir="{text.direction}"' if text.direction else ""
    return (
        f'<!doctype html><html lang="{text.language}"{direction}><head><meta charset="utf-8"><title>{title}</title>'
        f"</head><body><header><nav><a href=/>Home</a> <a href=/news>News</a></nav></header><main><article>"
        f'<h1>{title}</h1><p class="standfirst">{html.escape(text.standfirst)}</p>'
        f'<p class="byline">{html.escape(text.byline)}</p>{body}</article></main>'
        f"<footer><p>Printed on the quay.</p></footer></body></html>"
    )


def _looks(chance: random.Random, planned: Plan, began: datetime, until: datetime) -> Iterator[Look]:
    """A change comes within days, the sooner the more there are; looks are spread over the time between. The
    last is in the days before `until`, or when the article has been quiet for so long that it is given up."""
    at = began.replace(microsecond=0)
    gap = SETTLED.total_seconds() / 4 / planned.versions
    for edition, count in enumerate(planned.looks):
        came = at
        lasts = 600 + min(chance.expovariate(1 / gap), 2 * gap)
        for look in range(count):
            yield Look(at + timedelta(seconds=int(lasts * look / count)), edition, is_new=look == 0)
        at += timedelta(seconds=int(lasts))
    given_up = came + QUIET_LIMIT + timedelta(seconds=chance.randrange(100_000))
    last = min(given_up, until - timedelta(seconds=chance.randrange(100_000)))
    yield Look(last, planned.versions - 1, is_new=planned.dressed, is_dressed=planned.dressed)


# --- texts ---------------------------------------------------------------------------------------------
def _editions(author: Author, planned: Plan) -> Iterator[Extract]:
    """Each says other words than all before it."""
    text = _first(author, is_quoting=planned.dressed)
    said = {_told(text)}
    yield text
    for _ in range(planned.versions - 1):
        edited = text
        while (told := _told(edited)) in said:
            for _ in range(1 + (author.chance.random() < 0.3)):
                edited = author.chance.choices(list(EDITS), list(EDITS.values()))[0](author, edited)
        text = edited
        said.add(told)
        yield text


def _told(text: Extract) -> int:
    """What two texts share that read the same."""
    lines = (text.title, text.standfirst, *text.texts)
    return hash(" ".join("\n".join(lines).casefold().translate(_SIGNS).split()))


def _first(author: Author, *, is_quoting: bool) -> Extract:
    median, spread = LENGTH
    left = min(max(int(median * author.chance.lognormvariate(0, spread)), LEAST), MOST)
    paragraphs = []
    while left > 0:
        words = author.chance.randint(20, 70)
        paragraphs.append(author.paragraph(words))
        left -= words
    if is_quoting:
        paragraphs[-1] += author.tongue.blank + author.quotation()
    return Extract(
        title=author.title(),
        standfirst=author.sentence(author.chance.randint(12, 24)),
        byline=f"{author.name()} {author.name()}",
        language=author.tongue.code,
        direction=author.tongue.direction,
        paragraphs=_as_paragraphs(paragraphs, author.tongue),
    )


def _as_paragraphs(texts: list[str], tongue: Tongue) -> tuple[Paragraph, ...]:
    return tuple(
        Paragraph(
            ParagraphKind.CORRECTION if text.startswith(f"{tongue.note}: ") else ParagraphKind.PARAGRAPH, text
        )
        for text in texts
    )


def _dressed(text: Extract, tongue: Tongue) -> Extract:
    """The same words, with other quotation marks."""
    straight = str.maketrans(dict.fromkeys(tongue.marks, '"'))
    return replace(text, paragraphs=_as_paragraphs([one.translate(straight) for one in text.texts], tongue))


# --- edits ---------------------------------------------------------------------------------------------
Edit = Callable[[Author, Extract], Extract]


def _reworded(author: Author, line: str, words: int) -> str:
    """A line of which some words in a row are others."""
    blank = author.tongue.blank
    parts = line.split(blank) if blank else list(line)
    at = author.chance.randrange(max(1, len(parts) - words))
    return blank.join([*parts[:at], *author.words(words), *parts[at + words :]])


def _in_a_paragraph(edit: Callable[[Author, str], str]) -> Edit:
    def edited(author: Author, text: Extract) -> Extract:
        texts = text.texts
        at = author.chance.randrange(len(texts))
        texts[at] = edit(author, texts[at])
        return replace(text, paragraphs=_as_paragraphs(texts, author.tongue))

    return edited


def _words(author: Author, line: str) -> str:
    return _reworded(author, line, author.chance.randint(1, 4))


def _number(author: Author, line: str) -> str:
    return re.sub(r"\d+", lambda _: author.number(), line, count=1)


def _name(author: Author, line: str) -> str:
    return re.sub(r"(?<=[^\W\d_][ ,])[^\W\d_]{6,}", lambda _: author.name(), line, count=1)


def _longer(author: Author, line: str) -> str:
    return line + author.tongue.blank + author.sentence(author.chance.randint(8, 20))


def _quoting(author: Author, line: str) -> str:
    return line + author.tongue.blank + author.quotation()


def _headline(author: Author, text: Extract) -> Extract:
    return replace(text, title=_reworded(author, text.title, author.chance.randint(1, 3)))


def _standfirst(author: Author, text: Extract) -> Extract:
    return replace(text, standfirst=_reworded(author, text.standfirst, author.chance.randint(1, 4)))


def _added(author: Author, text: Extract) -> Extract:
    texts = text.texts
    texts.insert(author.chance.randint(1, len(texts)), author.paragraph(author.chance.randint(20, 60)))
    return replace(text, paragraphs=_as_paragraphs(texts, author.tongue))


def _removed(author: Author, text: Extract) -> Extract:
    """Short texts lose none: half a text gone would be taken for a page that broke off."""
    texts = text.texts
    if len(texts) > 6:
        texts.pop(author.chance.randrange(1, len(texts)))
    return replace(text, paragraphs=_as_paragraphs(texts, author.tongue))


def _moved(author: Author, text: Extract) -> Extract:
    texts = text.texts
    texts.insert(author.chance.randrange(len(texts)), texts.pop(author.chance.randrange(len(texts))))
    return replace(text, paragraphs=_as_paragraphs(texts, author.tongue))


def _corrected(author: Author, text: Extract) -> Extract:
    """A note that owns up to an error, which is mended."""
    mended = _in_a_paragraph(_number)(author, text)
    if any(line.startswith(author.tongue.note) for line in text.texts):
        return mended
    note = f"{author.tongue.note}: {author.sentence(author.chance.randint(10, 20))}"
    return replace(mended, paragraphs=_as_paragraphs([*mended.texts, note], author.tongue))


EDITS: dict[Edit, float] = {
    _in_a_paragraph(_words): 0.26,
    _in_a_paragraph(_number): 0.13,
    _in_a_paragraph(_name): 0.07,
    _in_a_paragraph(_longer): 0.1,
    _in_a_paragraph(_quoting): 0.05,
    _headline: 0.1,
    _standfirst: 0.05,
    _added: 0.13,
    _removed: 0.04,
    _moved: 0.03,
    _corrected: 0.04,
}
