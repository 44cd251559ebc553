"""When a feed asks to be polled: ttl, skipHours and skipDays of RSS 2.0, the syndication module of RSS 1.0.

https://www.rssboard.org/rss-specification, https://web.resource.org/rss/1.0/modules/syndication/
"""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

DAY_NAMES = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
LONGEST = 86_400.0  # seconds; a slip should not stop a feed
HOUR = timedelta(hours=1)
HOURS_OF_A_WEEK = 7 * 24
PERIODS = {
    "hourly": 3_600.0,
    "daily": 86_400.0,
    "weekly": 7 * 86_400.0,
    "monthly": 30 * 86_400.0,
    "yearly": 365 * 86_400.0,
}


def ttl_seconds(text: str) -> float:
    """RSS 2.0's ttl, minutes, as seconds; at most a day."""
    text = text.strip()
    return min(float(text) * 60, LONGEST) if re.fullmatch(r"[0-9]{1,6}", text) else 0.0


@dataclass(frozen=True, slots=True)
class Period:
    """The syndication module's updatePeriod, and its updateFrequency: so many times in it."""

    period: str
    frequency: str = "1"

    @property
    def seconds(self) -> float:
        """Seconds between two changes of the feed, at most a day; 0 where it does not say.

        "Hourly, once" counts as nothing said: it is what WordPress writes into every feed.
        """
        length = PERIODS.get(self.period.strip().lower(), 0.0)
        times = self.frequency.strip()
        if not length or not re.fullmatch(r"[0-9]{1,6}", times) or not int(times):
            return 0.0
        seconds = length / int(times)
        return 0.0 if seconds == PERIODS["hourly"] else min(seconds, LONGEST)


def hours(texts: Iterable[str]) -> tuple[int, ...]:
    """RSS's skipHours: hours of the day in GMT, 0 to 23; RSS 0.91 calls midnight 24. Others are left out."""
    found = {int(text) % 24 for text in texts if re.fullmatch(r"[0-9]{1,2}", text) and int(text) <= 24}
    return tuple(sorted(found))


def weekdays(texts: Iterable[str]) -> tuple[int, ...]:
    """RSS's skipDays, by their English names, as numbers from 0, Monday. Others are left out."""
    names = (text.strip().lower() for text in texts)
    return tuple(sorted({DAY_NAMES.index(name) for name in names if name in DAY_NAMES}))


def outside(moment: datetime, skip_hours: Collection[int], skip_days: Collection[int]) -> datetime:
    """The earliest moment from `moment` on that is in no hour and on no day (of GMT) to be skipped.

    `moment` itself where all are to be skipped: such a list is a slip and must not stop a feed.
    """
    tried = moment.astimezone(UTC)
    for _ in range(HOURS_OF_A_WEEK + 1):
        if tried.hour not in skip_hours and tried.weekday() not in skip_days:
            return tried
        tried = tried.replace(minute=0, second=0, microsecond=0) + HOUR
    return moment
