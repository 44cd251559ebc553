"""What is on show at a moment: pure functions of the articles, the opening and the time since.

Time runs in steps of `pace` seconds. An article's versions each begin at a step of their own; an
article that goes on adds a round every so many steps after its last version, for ever.
"""

import hashlib
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum
from functools import partial

from newsroom.blocks import Block, BlockKind, Blocks, find_block
from newsroom.languages import LANGUAGES
from newsroom.manuscripts import Article, GoesOn, Version


class Absence(Enum):
    """Why an article has nothing on show."""

    NOT_YET = "not yet published"
    GONE = "taken down"


@dataclass(frozen=True, slots=True)
class Opening:
    """When the newsroom opened, an aware moment, and how many seconds lie between two steps."""

    at: datetime
    pace: float = 4.0

    def step(self, elapsed: float) -> float:
        """The step reached `elapsed` seconds after the opening; 0 before it."""
        return max(0.0, elapsed) / self.pace

    def moment(self, step: float) -> datetime:
        """When `step` falls."""
        return self.at + timedelta(seconds=step * self.pace)


@dataclass(frozen=True, slots=True)
class Edition:
    """An article as it stands at a moment.

    `modified` is what the page tells its readers, which a silent change leaves alone; `changed` is
    when the text last differed in fact, and what HTTP's Last-Modified says.
    """

    article: Article
    headline: str
    standfirst: str
    byline: str
    author: str
    blocks: Blocks
    published: datetime
    modified: datetime
    changed: datetime

    @property
    def paragraphs(self) -> list[str]:
        """The text of the body, block by block."""
        return [block.text for block in self.blocks]

    @property
    def tag(self) -> str:
        """A digest of all the page says about the article."""
        said = [self.headline, self.standfirst, self.byline, self.modified.isoformat()]
        said += [f"{block.kind} {block.text}" for block in self.blocks]
        return hashlib.sha256("\n".join(said).encode()).hexdigest()[:24]


def on_show(article: Article, opening: Opening, elapsed: float) -> Edition | Absence:
    """The edition of `article` that is on show `elapsed` seconds after the opening."""
    now = opening.step(elapsed)
    if now < article.versions[0].step:
        return Absence.NOT_YET
    if article.gone_at is not None and now >= article.gone_at:
        return Absence.GONE
    shown = [version for version in article.versions if version.step <= now]
    version = shown[-1]
    rounds = 0
    if article.goes_on and len(shown) == len(article.versions):
        rounds = _rounds(article.goes_on, version, now)
    published = opening.moment(article.versions[0].step) - timedelta(minutes=article.age)
    return _compose(article, opening, shown, rounds, published)


def editions(articles: Iterable[Article], opening: Opening, elapsed: float) -> list[Edition]:
    """Every edition on show, the latest published first; what the feeds and the home page list."""
    shown = [on_show(article, opening, elapsed) for article in articles]
    present = [edition for edition in shown if isinstance(edition, Edition)]
    return sorted(present, key=lambda edition: (edition.published, edition.article.slug), reverse=True)


def change_steps(article: Article, until: float) -> list[float]:
    """The steps up to `until` at which the article's text changes or is taken down."""
    steps = [version.step for version in article.versions[1:]]
    if article.goes_on:
        last = article.versions[-1]
        rounds = _rounds(article.goes_on, last, until)
        steps += [last.step + number * article.goes_on.every for number in range(1, rounds + 1)]
    if article.gone_at is not None:
        steps.append(article.gone_at)
    return [step for step in steps if step <= until]


def last_change(articles: Iterable[Article], opening: Opening, elapsed: float) -> datetime:
    """When any article was last published, changed or taken down; the opening, if none has been since."""
    now = opening.step(elapsed)
    steps = [0.0]
    for article in articles:
        steps += [step for step in (article.versions[0].step, *change_steps(article, now)) if step <= now]
    return opening.moment(max(steps))


def _compose(
    article: Article, opening: Opening, shown: list[Version], rounds: int, published: datetime
) -> Edition:
    version = shown[-1]
    goes_on = article.goes_on
    stamped = [entry for entry in shown[1:] if not (entry.silent or entry.typographic)]
    modified = opening.moment(stamped[-1].step) if stamped else published
    changed = opening.moment(version.step) if len(shown) > 1 else published
    step, blocks = version.step, version.blocks
    if goes_on and rounds:
        step += rounds * goes_on.every
        modified = changed = opening.moment(step)
        blocks = _with_entries(article, opening, goes_on, version, rounds)
    fill = _filler(article, opening, step, rounds)
    return Edition(
        article=article,
        headline=fill(version.headline),
        standfirst=fill(version.standfirst),
        byline=fill(version.byline),
        author=version.author,
        blocks=tuple(replace(block, text=fill(block.text)) for block in blocks),
        published=published,
        modified=modified,
        changed=changed,
    )


# --- articles that go on --------------------------------------------------------------------------
def _rounds(goes_on: GoesOn, last: Version, now: float) -> int:
    return int(max(0.0, now - last.step) / goes_on.every)


def _count(goes_on: GoesOn, rounds: int) -> str:
    """{count} after so many rounds, its thousands set off by commas."""
    cycles, left = divmod(rounds, len(goes_on.count_by))
    return f"{goes_on.count_from + cycles * sum(goes_on.count_by) + sum(goes_on.count_by[:left]):,}"


def _with_entries(
    article: Article, opening: Opening, goes_on: GoesOn, version: Version, rounds: int
) -> Blocks:
    """The version's blocks and the entries added since, newest first, each as it was written then."""
    if not goes_on.entries:
        return version.blocks
    added = []
    for number in range(rounds, max(0, rounds - goes_on.keep), -1):
        fill = _filler(article, opening, version.step + number * goes_on.every, number)
        text = goes_on.entries[(number - 1) % len(goes_on.entries)]
        added.append(Block(BlockKind.PARAGRAPH, fill(text)))
    at = find_block(version.blocks, {"after": goes_on.after}, "after") + 1
    return (*version.blocks[:at], *added, *version.blocks[at:])


# --- placeholders ---------------------------------------------------------------------------------
def _filler(article: Article, opening: Opening, step: float, rounds: int) -> Callable[[str], str]:
    """A function that fills in the placeholders of a text written at `step`, in that round.

    The days are those of the opening, so that an open demo does not change all its texts at midnight;
    {opening-40} is the time 40 minutes before the opening.
    """
    language = LANGUAGES[article.language]
    today = opening.at.date()
    day = timedelta(days=1)
    values = {
        "yesterday": language.day_name(today - day),
        "today": language.day_name(today),
        "tomorrow": language.day_name(today + day),
        "date": language.day_and_month(today),
        "clock": _clock(opening.moment(step)),
    }
    if article.goes_on:
        values["count"] = _count(article.goes_on, rounds)

    def value(match: re.Match[str]) -> str:
        if match["minutes"]:
            return _clock(opening.at + timedelta(minutes=int(match["minutes"])))
        return values[match["name"]]

    return partial(re.sub, r"\{(?P<name>\w+)(?P<minutes>[+-]\d+)?\}", value)


def _clock(moment: datetime) -> str:
    return moment.strftime("%H:%M")
