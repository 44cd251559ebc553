"""How a source is doing, judged from what is known of it: what is wrong, in words, and what to do about it.

All that is wrong is found, the worst first. A remedy says what a person can do; where nobody can do
anything it says that newsdiff goes on trying.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from statistics import median

from articles.core.reasons import Reason, classify
from articles.core.types import Outcome

ONE_DAY = timedelta(days=1)
SILENT = timedelta(hours=26)  # without a good poll; a feed is polled every hour at least, or when it allows
LATE = timedelta(minutes=30)  # by which the latest look is overdue; a host's own delay rarely makes as much
ENOUGH_LOOKS = 8  # below that a share says little
ENOUGH_ITEMS = 4  # a day; below that an empty day is nothing unusual
THIN = 0.3  # of what is usual
MANY = 0.2  # of the looks
ALL_BUT = 0.95
WEEKS = 4


class Condition(StrEnum):
    """How a source is doing, the worst first, each with what it is called."""

    label: str

    def __new__(cls, value: str, label: str) -> "Condition":
        condition = str.__new__(cls, value)
        condition._value_, condition.label = value, label
        return condition

    DOWN = "down", "down"
    FAILING = "failing", "failing in part"
    STALE = "stale", "stale"
    THIN = "thin", "thin"
    DOUBTFUL = "doubtful", "read doubtfully"
    SLOW = "slow", "late"
    PAUSED = "paused", "paused"
    WAITING = "waiting", "not read yet"
    FINE = "fine", "fine"

    @property
    def rank(self) -> int:
        """0 is the worst."""
        return list(Condition).index(self)

    @property
    def is_trouble(self) -> bool:
        return self.rank <= Condition.SLOW.rank


class Ended(StrEnum):
    """How a look at an article ended, as far as it tells of the source's health."""

    READ = "read"
    SUSPECT = "suspect"
    GONE = "gone"
    BLOCKED = "blocked"
    EMPTY = "empty"  # a page came, and no article was found on it
    FAILED = "failed"


class Place(StrEnum):
    """Where in the admin a remedy is applied; NONE where it is not."""

    NONE = ""
    SOURCE = "source"
    RULES = "rules"
    ARTICLES = "articles"


_OUTCOMES = {
    Outcome.SUSPECT: Ended.SUSPECT,
    Outcome.GONE: Ended.GONE,
    Outcome.BLOCKED: Ended.BLOCKED,
    Outcome.FAILED: Ended.FAILED,
}
_NOTHING_FOUND = (Reason.NOT_A_PAGE, Reason.UNREADABLE)


def ended(outcome: Outcome, reason: str, status: int | None) -> Ended:
    """How a look ended, by its outcome, the reason recorded and the answer's status."""
    if outcome is Outcome.FAILED and classify(reason, status) in _NOTHING_FOUND:
        return Ended.EMPTY
    return _OUTCOMES.get(outcome, Ended.READ)


# --- what is known ---------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class PolledFeed:
    """A feed as its row tells of it.

    is_tried   it is polled: neither paused nor ended by the site
    is_broken  it cannot be read; `error` and `status` say why
    is_dead    it has named nothing new for weeks
    """

    pk: int
    name: str
    is_tried: bool
    is_broken: bool
    is_dead: bool
    status: int | None
    error: str
    last_ok_at: datetime | None


@dataclass(frozen=True, slots=True)
class Looks:
    """How the looks of the last 24 hours ended, and why the last that brought no article did not."""

    read: int = 0
    suspect: int = 0
    gone: int = 0
    blocked: int = 0
    empty: int = 0
    failed: int = 0
    reason: str = ""
    status: int | None = None

    @property
    def total(self) -> int:
        return self.read + self.suspect + self.gone + self.blocked + self.empty + self.failed

    @property
    def refused(self) -> int:
        """Those that brought no page."""
        return self.blocked + self.failed


@dataclass(frozen=True, slots=True)
class Items:
    """New articles by days in UTC.

    last_day  of the last full day; `today` of the day under way; `week`: a day, of the last seven full ones
    usual     of such a day; None while too little is known
    """

    last_day: int = 0
    today: int = 0
    week: float = 0.0
    usual: float | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """All that a source is judged by.

    since    when it was added
    late     by how much its most overdue look or poll is late
    refusal  why its host is left alone, until `refused_until`; "" where it is not
    """

    since: datetime
    feeds: tuple[PolledFeed, ...] = ()
    looks: Looks = Looks()
    items: Items = Items()
    late: timedelta = timedelta(0)
    refusal: str = ""
    is_paused: bool = False
    was_looked_at: bool = False


def items(counted: Mapping[date, int], today: date, since: date) -> Items:
    """New articles a day against what is usual, from the counts of days; days without any may be left out.

    Usual is the median of the same weekday in the four weeks before, or of all full days known where there
    are fewer than three such. The day on which the source was added counts for nothing: its feeds held the
    articles of days.
    """
    last = today - ONE_DAY
    full = [last - back * ONE_DAY for back in range(7 * WEEKS + 1) if last - back * ONE_DAY > since]
    before = full[1:]
    same = [day for day in before if day.weekday() == last.weekday()]
    known = same if len(same) >= WEEKS - 1 else before
    usual = float(median(counted.get(day, 0) for day in known)) if len(known) >= WEEKS - 1 else None
    week = full[:7]
    return Items(
        last_day=counted.get(last, 0),
        today=counted.get(today, 0),
        week=sum(counted.get(day, 0) for day in week) / len(week) if week else 0.0,
        usual=usual,
    )


# --- what follows from it ----------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Remedy:
    """What a person can do, in words, and where."""

    words: str
    place: Place = Place.NONE


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is wrong with a source; `feed` is the key of the one it is about, if it is one."""

    condition: Condition
    words: str
    remedy: Remedy
    feed: int | None = None


def findings(facts: Facts, now: datetime) -> list[Finding]:
    """All that is wrong with a source, the worst first; nothing of one that is paused."""
    if facts.is_paused:
        return []
    found = [*_feeds(facts), *_quiet(facts, now), *_looks(facts.looks), *_few(facts), *_late(facts)]
    return sorted(found, key=lambda finding: finding.condition.rank)


def condition(facts: Facts, found: list[Finding]) -> Condition:
    """How a source is doing, by what was found of it (`findings`)."""
    if facts.is_paused:
        return Condition.PAUSED
    if found:
        return found[0].condition
    is_read = facts.was_looked_at or any(feed.last_ok_at for feed in facts.feeds)
    return Condition.FINE if is_read else Condition.WAITING


def _feeds(facts: Facts) -> list[Finding]:
    tried = [feed for feed in facts.feeds if feed.is_tried]
    if not tried:
        if facts.feeds:
            remedy = "Resume one of its feeds, or add another."
            return [
                Finding(
                    Condition.DOWN,
                    "every feed of it is paused or ended by the site",
                    Remedy(remedy, Place.SOURCE),
                )
            ]
        remedy = "Add the address of a feed: without one no article is found."
        return [Finding(Condition.DOWN, "it has no feed", Remedy(remedy, Place.SOURCE))]
    broken = [feed for feed in tried if feed.is_broken]
    grade = Condition.DOWN if len(broken) == len(tried) else Condition.FAILING
    return [
        Finding(
            grade,
            f"{'its feed' if len(facts.feeds) == 1 else feed.name} cannot be read: "
            f"{feed.error.rstrip('.') or 'no reason was recorded'}",
            of_poll(feed.error, feed.status),
            feed.pk,
        )
        for feed in broken
    ]


def _quiet(facts: Facts, now: datetime) -> list[Finding]:
    """Feeds that do not fail, and bring nothing."""
    well = [feed for feed in facts.feeds if feed.is_tried and not feed.is_broken]
    polls = [feed.last_ok_at or facts.since for feed in well]
    if polls and max(polls) < now - SILENT and not facts.refusal:
        words = "no feed of it was read for more than a day"
        remedy = "See whether newsdiff itself runs. If it does, press Retry now."
        return [Finding(Condition.STALE, words, Remedy(remedy))]
    dead = [feed for feed in well if feed.is_dead]
    if dead and len(dead) == len(well):
        words = "its feeds have named nothing new for four weeks"
        remedy = "Open the site: if it publishes, its feed was left behind. Add the feed that it names today."
        return [Finding(Condition.STALE, words, Remedy(remedy, Place.SOURCE), dead[0].pk)]
    return []


def _looks(looks: Looks) -> list[Finding]:
    if looks.total < ENOUGH_LOOKS:
        return []
    found = []
    said = f", last: {looks.reason.rstrip('.')}" if looks.reason else ""
    of_all = f"of {looks.total} looks at its articles in 24 hours"
    if looks.refused >= MANY * looks.total:
        grade = Condition.DOWN if looks.refused >= ALL_BUT * looks.total else Condition.FAILING
        words = f"{looks.refused} {of_all} were turned away or failed{said}"
        found.append(Finding(grade, words, of_look(looks.reason, looks.status)))
    if looks.empty >= MANY * looks.total:
        words = f"{looks.empty} {of_all} found no article on the page{said}"
        remedy = (
            "Open its rules and name, under Keep, the part of the page that is the article. If the pages are "
            "videos or lists, choose a feed without them."
        )
        found.append(Finding(Condition.DOUBTFUL, words, Remedy(remedy, Place.RULES)))
    if looks.suspect >= MANY * looks.total:
        words = f"{looks.suspect} {of_all} met something else than the article{said}"
        remedy = (
            "Open one of these articles on the site. If a paywall or consent page stands before it, nothing "
            "but the site can help; if the article is there, open the rules and name it under Keep."
        )
        found.append(Finding(Condition.DOUBTFUL, words, Remedy(remedy, Place.ARTICLES)))
    return found


def _few(facts: Facts) -> list[Finding]:
    counts = facts.items
    if counts.usual is None or counts.usual < ENOUGH_ITEMS:
        return []
    if max(counts.last_day, counts.today) >= THIN * counts.usual:
        return []
    words = f"{counts.last_day} new articles yesterday, where some {counts.usual:g} are usual"
    remedy = (
        "Compare the site's front page with its feeds: a section may have moved to a feed of its own. On a "
        "holiday nothing is wrong."
    )
    return [Finding(Condition.THIN, words, Remedy(remedy, Place.SOURCE))]


def _late(facts: Facts) -> list[Finding]:
    if facts.late < LATE:
        return []
    minutes = round(facts.late.total_seconds() / 60)
    by = f"{minutes} minutes" if minutes < 120 else f"{minutes // 60} hours"
    if facts.refusal:
        words = f"looks are late by {by}, for its host is left alone: {facts.refusal.rstrip('.')}"
        return [Finding(Condition.SLOW, words, of_look(facts.refusal, None))]
    words = f"looks are late by {by}"
    remedy = (
        "If all sources are late, start more workers. If it is this one alone, its host lets itself be asked "
        "only so often: choose “gentle” under How often."
    )
    return [Finding(Condition.SLOW, words, Remedy(remedy, Place.SOURCE))]


# --- remedies ----------------------------------------------------------------------------------------
_ASK = (
    "The site turns this crawler away. Ask its webmaster to let it in by the name and contact that your page "
    "“About” gives; newsdiff does not work around it."
)
_TRIED_ON = "It is tried again by itself, less and less often; once the site is back, press Retry now."
_REMEDIES: dict[Reason, Remedy] = {
    Reason.TIMEOUT: Remedy(f"The site is slow or down. {_TRIED_ON}"),
    Reason.DNS: Remedy(
        "Its name is not known any more, or for now. Look for typing errors in the address; if the site has "
        "moved, add the feed's new address.",
        Place.SOURCE,
    ),
    Reason.REFUSED: Remedy(f"The site's server is down. {_TRIED_ON}"),
    Reason.CONNECTION: Remedy(f"The site's server breaks off. {_TRIED_ON}"),
    Reason.TLS: Remedy(
        "The site's certificate is not valid, which only the site can mend: tell them, if it lasts for more "
        "than a day."
    ),
    Reason.TOO_LARGE: Remedy(
        "What it sends is larger than newsdiff reads. Choose a smaller feed, such as that of a section.",
        Place.SOURCE,
    ),
    Reason.BAD_ANSWER: Remedy(f"The site sends something broken. {_TRIED_ON}"),
    Reason.REDIRECT: Remedy(
        "Open the address in a browser and see where it ends. If it is a feed, add that address instead.",
        Place.SOURCE,
    ),
    Reason.BUSY: Remedy(
        "The site asks to be left alone for a while, and newsdiff does so. If this goes on, choose “gentle” "
        "under How often, or let it back off until a day that you name.",
        Place.SOURCE,
    ),
    Reason.HTTP_4XX: Remedy(
        "The site does not accept the request. Open the address in a browser; if it works there, ask the "
        "site why."
    ),
    Reason.HTTP_5XX: Remedy(f"The site has a fault of its own. {_TRIED_ON}"),
    Reason.HTTP_OTHER: Remedy(f"The site gives an answer nobody understands. {_TRIED_ON}"),
    Reason.ROBOTS: Remedy(
        "The site's robots.txt keeps this crawler out, or cannot be read for now. newsdiff keeps to it: ask "
        "the site to allow it, or choose a part of the site that is allowed.",
        Place.SOURCE,
    ),
    Reason.UNSAFE: Remedy(
        "The address leads into a private network, where newsdiff never goes. Correct the address, or name "
        "the network in NEWSDIFF_ALLOW_PRIVATE.",
        Place.SOURCE,
    ),
    Reason.OWN_FAULT: Remedy(
        "This is a fault of newsdiff's own: its log has the details. Please report it with them."
    ),
    Reason.OTHER: Remedy(_TRIED_ON),
}
_NO_FEED = Remedy(
    "Something else than a feed is there. Open the address in a browser: if it is a web page, look on the "
    "site for its feed and add that.",
    Place.SOURCE,
)
_NO_ARTICLE = Remedy(
    "Open the rules and name, under Keep, the part of the page that is the article.", Place.RULES
)


def of_poll(reason: str, status: int | None) -> Remedy:
    """What to do about a feed that could not be read, by the reason recorded and the answer's status."""
    if status == 404:
        return Remedy(
            "The feed is not there any more. Look on the site for its new address and add that; the old one "
            "is still tried, less and less often.",
            Place.SOURCE,
        )
    if status == 410:
        return Remedy(
            "The site has ended this feed for good, so it is not asked again: add another.", Place.SOURCE
        )
    return _NO_FEED if classify(reason, status) in _NOTHING_FOUND else _remedy(reason, status)


def of_look(reason: str, status: int | None) -> Remedy:
    """What to do about looks at articles that failed, by the reason recorded and the answer's status."""
    return _NO_ARTICLE if classify(reason, status) in _NOTHING_FOUND else _remedy(reason, status)


def _remedy(reason: str, status: int | None) -> Remedy:
    if status in (401, 402, 403, 451):
        return Remedy(_ASK)
    return _REMEDIES[classify(reason, status)]
