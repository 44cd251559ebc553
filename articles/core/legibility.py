"""How well a source can be read: what a preview saw goes in; warnings, each with a remedy, come out."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum
from statistics import median

from articles.core import languages, urls
from articles.core.fingerprint import word_count, words
from articles.core.types import Entry, Extract, ParsedFeed

SHORT = 100  # words; half of the articles read have fewer: a teaser, most likely
OLD = timedelta(days=28)  # without a new entry; as long as it takes a feed to count as dead (feedstates.py)
ALIKE = 0.7  # of the words of two articles: with more in common they are one text
MOST_TRACKED = 0.5  # of a feed's entries that another source has already
SHELL_WORDS = 40  # a page that says less, scripts and styles left out, is filled in by its scripts
TOLD_BY = 60  # words of a text, by which its language is told
LEAST_SHARED = 5  # words of a paragraph that counts where several pages have it
SHOWN = 60  # characters of a title or paragraph in a warning
RULES = "choose Rules… on the source's page and name there"  # in a remedy, before what is to be named


class Severity(IntEnum):
    """How much a warning matters; the weightiest come first."""

    PROBLEM = 1  # as it is, the source is not worth following
    WARNING = 2  # some of it will be missed or wrong
    NOTE = 3  # good to know


@dataclass(frozen=True, slots=True)
class Warning:
    """Something about a source that whoever adds it should know, and what to do about it.

    name  by which tests and style sheets know it, such as "too-short"
    """

    name: str
    severity: Severity
    words: str
    remedy: str


@dataclass(frozen=True, slots=True)
class FeedSeen:
    """A feed as a preview found it; `problem` says why it could not be read, and then the rest is empty.

    entries     the first of them, to be shown; `count` is how many there are
    newest      when the newest entry was published, by the feed
    dated       how many entries have a date
    elsewhere   how many lead to another site than the feed's or its home page's
    repeats     the address of a feed before it that has all its entries
    known_to    the source that follows this very feed
    tracked     how many of its entries are articles of `tracked_by`, the source that has most of them
    neighbour   a source that is followed of the same site
    """

    url: str
    kind: str = ""
    title: str = ""
    language: str = ""
    home_url: str = ""
    note: str = ""
    count: int = 0
    entries: tuple[Entry, ...] = ()
    newest: datetime | None = None
    dated: int = 0
    elsewhere: int = 0
    repeats: str = ""
    known_to: str = ""
    tracked: int = 0
    tracked_by: str = ""
    neighbour: str = ""
    problem: str = ""

    @property
    def is_worth_following(self) -> bool:
        """Whether it brings something that no other feed here, or source of ours, does."""
        return not (self.problem or self.repeats or self.known_to)


@dataclass(frozen=True, slots=True)
class PageSeen:
    """An article as newsdiff reads it; where it could not be, `problem` says why.

    title         the headline the feed announced
    given         the address the feed names, where that led to this one
    forbidden_by  the line of robots.txt that keeps us from it
    wall          why the page is probably not the article (`core.walls`)
    charset       "" where it was declared rightly, else "guessed" or "wrong"
    is_shell      its text is put in by scripts, which newsdiff does not run
    spoken        the likeliest languages of its text, where that can be told
    """

    url: str
    title: str = ""
    extract: Extract | None = None
    problem: str = ""
    forbidden_by: str = ""
    wall: str = ""
    charset: str = ""
    is_shell: bool = False
    spoken: tuple[str, ...] = ()
    given: str = ""

    @property
    def word_count(self) -> int:
        """Words of the body."""
        return word_count(self.extract.texts) if self.extract else 0


def seen(url: str, feed: ParsedFeed, shown: int) -> FeedSeen:
    """What a preview shows of a feed that was read, with the first `shown` entries."""
    moments = [moment for entry in feed.entries if (moment := entry.published or entry.updated)]
    homes = {urls.site(url), *([urls.site(feed.home_url)] if feed.home_url else [])}
    return FeedSeen(
        url=url,
        kind=feed.kind,
        title=feed.title,
        language=feed.language,
        home_url=feed.home_url,
        note=feed.note,
        count=len(feed.entries),
        entries=feed.entries[:shown],
        newest=max(moments, default=None),
        dated=len(moments),
        elsewhere=sum(1 for entry in feed.entries if urls.site(entry.url) not in homes),
    )


def spread(feeds: Sequence[FeedSeen], count: int) -> list[Entry]:
    """Up to `count` entries to be read, no page twice: of each feed some, from the newest to the oldest."""
    lists = [
        [entry for entry in feed.entries if not urls.is_front_page(entry.url)]
        for feed in feeds
        if feed.entries
    ]
    shares = Counter(number % len(lists) for number in range(count)) if lists else Counter()
    chosen: dict[str, Entry] = {}
    for number, entries in enumerate(lists):
        share = min(shares[number], len(entries))
        for at in range(share):
            entry = entries[at * (len(entries) - 1) // max(1, share - 1)]
            chosen.setdefault(urls.key(entry.url), entry)
    return list(chosen.values())[:count]


def is_shell(page: bytes) -> bool:
    """Does an HTML page say next to nothing but by its scripts? One pass, whatever stands in it."""
    said, at, scripts = [], 0, 0
    low = page.lower()
    while (start := low.find(b"<", at)) >= 0:
        said.append(page[at:start])
        name = next(
            (n for n in (b"script", b"style", b"noscript", b"title") if low.startswith(n, start + 1)), b""
        )
        scripts += name == b"script"
        end = low.find(b"</" + name, start + 1) if name else low.find(b">", start)
        if end < 0:
            break
        at = end if name else end + 1
        if name:
            at = max(low.find(b">", end), end) + 1
    return bool(scripts) and word_count([b" ".join(said).decode("utf-8", "replace")]) < SHELL_WORDS


# --- warnings --------------------------------------------------------------------------------------
def warnings_of(feeds: Sequence[FeedSeen], pages: Sequence[PageSeen], now: datetime) -> list[Warning]:
    """What to know before these feeds, whose articles `pages` are, are followed; the weightiest first.

    `feeds` are those to be followed, and those that are followed already; one that could not be read says
    so itself.
    """
    found = [*_of_feeds(feeds, now), *_of_pages(pages)]
    return sorted(found, key=lambda warning: warning.severity)


def _of_feeds(feeds: Sequence[FeedSeen], now: datetime) -> Iterator[Warning]:
    for feed in feeds:
        if feed.known_to:
            yield Warning(
                "known-feed",
                Severity.WARNING,
                f"{_called(feed)} is followed already, by {feed.known_to}.",
                f"Leave it to {feed.known_to}: nothing is fetched twice. To have it here instead, delete "
                "it there first.",
            )
        elif feed.tracked > MOST_TRACKED * feed.count:
            yield Warning(
                "known-articles",
                Severity.WARNING,
                f"{feed.tracked} of the {feed.count} entries of {_called(feed)} are articles of "
                f"{feed.tracked_by} already.",
                f"An article belongs to one source only: add this feed to {feed.tracked_by} rather than as "
                "a source.",
            )
        elif feed.neighbour:
            yield Warning(
                "same-site",
                Severity.NOTE,
                f"{feed.neighbour} is followed already, of the same site as {_called(feed)}.",
                f"If both are one publication, add this feed to {feed.neighbour} rather than as a source.",
            )
        if not feed.problem:
            yield from _of_entries(feed, now)


def _of_entries(feed: FeedSeen, now: datetime) -> Iterator[Warning]:
    if not feed.count:
        if feed.kind != "sitemaps":
            yield Warning(
                "no-entries",
                Severity.WARNING,
                f"{_called(feed)} names no article now.",
                "If the site is merely quiet, follow it all the same: it is asked again and again. Else "
                "take another feed.",
            )
        return
    if feed.newest and now - feed.newest > OLD:
        yield Warning(
            "old-feed",
            Severity.PROBLEM,
            f"{_called(feed)} has had nothing new since {feed.newest:%-d %B %Y}.",
            "The site has probably left it behind. Look on the site for a newer feed, and type its address.",
        )
    if not feed.dated:
        yield Warning(
            "no-dates",
            Severity.NOTE,
            f"No entry of {_called(feed)} has a date.",
            "Nothing is lost: an article then counts from when newsdiff first saw it. If the site has a "
            "feed with dates, prefer it.",
        )
    if feed.elsewhere * 2 > feed.count:
        sites = Counter(urls.site(entry.url) for entry in feed.entries)
        most = sites.most_common(1)[0][0]
        yield Warning(
            "elsewhere",
            Severity.WARNING,
            f"{feed.elsewhere} of the {feed.count} entries of {_called(feed)} lead to another site, most "
            f"to {most}.",
            f"If this feed gathers what others publish, follow those themselves: type {most}.",
        )


def _of_pages(pages: Sequence[PageSeen]) -> Iterator[Warning]:
    yield from _of_unread(pages)
    read = [page for page in pages if page.extract]
    same = _is_same_text(read)
    if same:
        yield Warning(
            "same-text",
            Severity.PROBLEM,
            "The articles show one and the same text.",
            "It is a wall, a notice, or a part of every page. Open an article in a private window; if it "
            f"shows there, save paused, {RULES} what holds the article (keep) or that part (drop).",
        )
    walls = [page for page in read if page.wall]
    if walls:
        yield Warning(
            "wall",
            Severity.PROBLEM if len(walls) == len(read) else Severity.WARNING,
            f"{_of(walls, read)} {_verb(walls, 'is', 'are')} probably a wall or a notice, not the text; "
            f"why, of the first: {walls[0].wall}.",
            "What is behind a paywall, a login or a consent page is not seen. If the site lets a feed, a "
            "section or "
            "another address be read freely, follow that.",
        )
    if read and not walls and not same and median(page.word_count for page in read) < SHORT:
        yield Warning(
            "too-short",
            Severity.WARNING,
            f"The articles are short as newsdiff reads them: {_counts(read)} words.",
            f"Compare with the site. If text is missing, save paused, {RULES} what holds the article (keep); "
            "if the site shows no more, it is short news or a teaser, and all is well.",
        )
    if not same and not walls:
        yield from _of_shared(read)
    yield from _of_languages(read)
    yield from _of_charsets(read)


def _of_unread(pages: Sequence[PageSeen]) -> Iterator[Warning]:
    if forbidden := [page for page in pages if page.forbidden_by]:
        yield Warning(
            "robots",
            Severity.PROBLEM if len(forbidden) == len(pages) else Severity.WARNING,
            f"{_of(forbidden, pages)} {_verb(forbidden, 'is', 'are')} forbidden to newsdiff by robots.txt: "
            f"“{forbidden[0].forbidden_by}”.",
            "newsdiff keeps to that. Ask the site to let this crawler in, or take a feed whose articles "
            "are open to it.",
        )
    if shells := [page for page in pages if page.is_shell]:
        yield Warning(
            "scripts",
            Severity.PROBLEM if len(shells) == len(pages) else Severity.WARNING,
            f"{_of(shells, pages)} {_verb(shells, 'has', 'have')} no text of "
            f"{_verb(shells, 'its', 'their')} own: "
            "scripts put it in.",
            "newsdiff runs no scripts. Look for a feed or a version of the site (amp, text, print) whose "
            "pages have their text.",
        )
    others = [page for page in pages if page.problem and not page.forbidden_by and not page.is_shell]
    if others:
        yield Warning(
            "unread",
            Severity.PROBLEM if len(others) == len(pages) else Severity.WARNING,
            f"{_of(others, pages)} could not be read: {others[0].problem}.",
            "Open it in a browser. If it is there, read other articles here; if they fail too, save paused "
            "and see "
            "the checks of its articles after a day.",
        )


def _of_shared(read: Sequence[PageSeen]) -> Iterator[Warning]:
    """Paragraphs that all the articles have: no part of any of them."""
    texts = [{words(text): text for text in page.extract.texts} for page in read if page.extract]
    common = set.intersection(*map(set, texts)) if len(texts) > 1 else set()
    shared = sorted(key for key in common if len(key.split()) >= LEAST_SHARED)
    if shared:
        yield Warning(
            "shared",
            Severity.NOTE,
            f"All have “{_short(texts[0][shared[0]])}”"
            + (f" and {len(shared) - 1} more of the same." if len(shared) > 1 else "."),
            "Nothing needs doing: what repeats at the ends of a source's articles is learnt after four of "
            f"them and left out. To leave it out at once, save, {RULES} it (ignore).",
        )


def _of_languages(read: Sequence[PageSeen]) -> Iterator[Warning]:
    if read and not any(page.extract.language for page in read if page.extract):
        yield Warning(
            "no-language",
            Severity.NOTE,
            "The pages do not say what language they are in.",
            "Choose it below: the words that make a change weighty are looked up by it.",
        )
    for page in read:
        said = languages.primary(page.extract.language) if page.extract else ""
        if languages.can_be_told(said) and page.spoken and said not in page.spoken:
            yield Warning(
                "language",
                Severity.WARNING,
                f"A page says it is in “{said}”, but its text reads like “{page.spoken[0]}”.",
                f"Type {page.spoken[0]} as the language below if that is right.",
            )
            return


def _of_charsets(read: Sequence[PageSeen]) -> Iterator[Warning]:
    if wrong := [page for page in read if page.charset == "wrong"]:
        yield Warning(
            "charset",
            Severity.WARNING,
            f"{_of(wrong, read)} {_verb(wrong, 'declares', 'declare')} a character set that its bytes "
            "are not in.",
            "See whether letters with accents are right in the texts here. If they are, nothing needs doing.",
        )
    elif guessed := [page for page in read if page.charset == "guessed"]:
        yield Warning(
            "charset",
            Severity.NOTE,
            f"{_of(guessed, read)} {_verb(guessed, 'names', 'name')} no character set: it was guessed.",
            "See whether letters with accents are right in the texts here. If they are, nothing needs doing.",
        )


def _is_same_text(read: Sequence[PageSeen]) -> bool:
    """Do all these pages, two or more, say mostly the same?"""
    bags = [Counter(words(" ".join(page.extract.texts)).split()) for page in read if page.extract]
    return len(bags) > 1 and all(
        (one & bags[0]).total() > ALIKE * max(one.total(), bags[0].total()) for one in bags[1:]
    )


def _of(some: Sequence[PageSeen], pages: Sequence[PageSeen]) -> str:
    """How many of the articles, as a sentence begins: "Both articles", "1 of the 3 articles"."""
    if len(pages) == 1:
        return "The article"
    if len(some) < len(pages):
        return f"{len(some)} of the {len(pages)} articles"
    return "Both articles" if len(pages) == 2 else f"All {len(pages)} articles"


def _verb(pages: Sequence[PageSeen], one: str, many: str) -> str:
    return one if len(pages) == 1 else many


def _counts(read: Iterable[PageSeen]) -> str:
    return ", ".join(str(count) for count in sorted(page.word_count for page in read))


def _called(feed: FeedSeen) -> str:
    return f"“{_short(feed.title)}”" if feed.title else feed.url


def _short(text: str) -> str:
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 1]}…"
