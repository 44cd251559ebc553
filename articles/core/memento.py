"""The Memento protocol's own words (RFC 7089): moments asked for, links, lists of links.

A version is a memento: what an address said from the moment it was first seen to say so. Moments are
seconds here, as HTTP has them.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime

FORMAT = "application/link-format"  # RFC 6690
_MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
_MOMENT = re.compile(
    rf"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), (\d\d?) ({'|'.join(_MONTHS)}) (\d{{4}}) (\d\d):(\d\d):(\d\d) GMT",
    re.ASCII,
)


class BadMoment(ValueError):
    """The moment that was asked for cannot be read; the message says how it is to be written."""


def moment(text: str) -> datetime:
    """A moment as Accept-Datetime has it (RFC 7089, 2.1.1: the one form of RFC 1123, in GMT).

    Raises BadMoment.
    """
    written = _MOMENT.fullmatch(" ".join(text.split()))
    try:
        if written is None:
            raise ValueError(text)
        day, name, *numbers = written.groups()
        year, hours, minutes, seconds = map(int, numbers)
        return datetime(year, _MONTHS.index(name) + 1, int(day), hours, minutes, seconds, tzinfo=UTC)
    except ValueError as error:
        raise BadMoment(f"{text[:80]!r} is no moment: write one as Thu, 31 May 2007 20:35:00 GMT.") from error


def in_http(at: datetime) -> str:
    """A moment as HTTP's header fields have it (RFC 9110, 5.6.7)."""
    return format_datetime(at.astimezone(UTC).replace(microsecond=0), usegmt=True)


def standing(begun: Sequence[datetime], at: datetime) -> int:
    """Which of several mementos stood at a moment: its place in `begun`, when each was first seen, ascending.

    The first where the moment is before them all (RFC 7089, 4.5.3).
    """
    return max(bisect_right([one.replace(microsecond=0) for one in begun], at) - 1, 0)


@dataclass(frozen=True, slots=True)
class Link:
    """A link with its relations (RFC 8288); `at` is when a memento was first seen."""

    url: str
    rel: str
    at: datetime | None = None
    until: datetime | None = None  # of a TimeMap: the last memento in it; then `at` is the first
    is_list: bool = False  # a TimeMap

    def __str__(self) -> str:
        told = [f"<{self.url}>", f'rel="{self.rel}"']
        if self.is_list:
            told.append(f'type="{FORMAT}"')
            if self.at and self.until:
                told += [f'from="{in_http(self.at)}"', f'until="{in_http(self.until)}"']
        elif self.at:
            told.append(f'datetime="{in_http(self.at)}"')
        return "; ".join(told)


def header(links: Iterable[Link]) -> str:
    """A Link field's value."""
    return ", ".join(map(str, links))


def document(links: Iterable[Link]) -> str:
    """A list of links as a document of its own (RFC 6690), a link a line."""
    return ",\n".join(map(str, links)) + "\n"


def named(mementos: Sequence[tuple[str, datetime]], chosen: int | None = None) -> list[Link]:
    """Mementos as links, each with all its relations: first, last, and next and previous to the chosen one.

    `mementos` are addresses and moments in order. Where one is chosen, it and those that have a relation to
    it are told; else all.
    """
    found = []
    for place, (url, at) in enumerate(mementos):
        relations = ["first"] * (place == 0) + ["last"] * (place == len(mementos) - 1)
        if chosen is not None:
            relations += ["prev"] * (place == chosen - 1) + ["next"] * (place == chosen + 1)
        if relations or chosen in (None, place):
            found.append(Link(url, " ".join([*relations, "memento"]), at))
    return found
