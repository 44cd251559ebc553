"""What a feed says of itself besides its title: when to be polled, and which hub tells of news."""

from articles.core.feeds.hints import Period, hours, ttl_seconds, weekdays
from articles.core.feeds.hostile import Walk

LONGEST = 200  # characters of a hint
HINTS = frozenset({"ttl", "hour", "day", "updatePeriod", "updateFrequency"})
HEADS = frozenset({"channel", "feed"})  # of RSS and Atom


class Head(Walk):
    """Reads the hints in the head of a feed on the way through it.

    hub, self  the addresses of WebSub (https://www.w3.org/TR/websub/#discovery), as they stand there
    """

    def __init__(self) -> None:
        super().__init__()
        self.hub = self.self = ""
        self._texts: dict[str, list[str]] = {}
        self._text: list[str] | None = None

    @property
    def least_interval(self) -> float:
        """Seconds that the feed asks to wait between two polls; 0 where it does not."""
        frequency = self._first("updateFrequency") or "1"
        return max(ttl_seconds(self._first("ttl")), Period(self._first("updatePeriod"), frequency).seconds)

    @property
    def skip_hours(self) -> tuple[int, ...]:
        return hours(self._texts.get("hour", []))

    @property
    def skip_days(self) -> tuple[int, ...]:
        return weekdays(self._texts.get("day", []))

    def entered(self, attributes: dict[str, str]) -> None:
        name = self.path[-1]
        if name == "link" and self._is_in_head():
            relations = attributes.get("rel", "").lower().split()
            address = attributes.get("href", "")
            if "hub" in relations:
                self.hub = self.hub or address
            if "self" in relations:
                self.self = self.self or address
        elif name in HINTS and self._is_hint(name):
            self._text = []
            self.parser.CharacterDataHandler = self._heard

    def left(self) -> None:
        if self._text is not None:
            self._texts.setdefault(self.path[-1], []).append("".join(self._text)[:LONGEST].strip())
            self._text = None
            self.parser.CharacterDataHandler = None

    def _heard(self, text: str) -> None:
        if self._text is not None:
            self._text.append(text)

    def _is_in_head(self) -> bool:
        return len(self.path) > 1 and self.path[-2] in HEADS

    def _is_hint(self, name: str) -> bool:
        if name in ("hour", "day"):
            return self.path[-3:-1] == ["channel", "skipHours" if name == "hour" else "skipDays"]
        return self._is_in_head()

    def _first(self, name: str) -> str:
        return next(iter(self._texts.get(name, [])), "")
