"""When followers are told of changes, and how a message is proven to be ours. No database, no clock."""

import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from hashlib import sha256

SINGLE_MOST = 10  # messages an hour that tell of one change each, to one follower of one thing
FLOOD_SPAN = timedelta(hours=1)  # for which these are counted, and the least between two digests of a flood
FIRST_RETRY, LONGEST_RETRY = timedelta(seconds=30), timedelta(hours=4)
TOLERANCE = timedelta(minutes=5)  # by which a receiver's clock and ours may differ
SIGNATURE = re.compile(r"t=([0-9]{1,12}),v1=([0-9a-f]{64})", re.ASCII)


class Cadence(StrEnum):
    """How often a follower is told."""

    INSTANT = "instant"
    DAILY = "daily"
    WEEKLY = "weekly"


def next_digest(cadence: Cadence, after: datetime, hour: int) -> datetime | None:
    """When the digest after this moment is due: at `hour` (UTC) each day, or on Mondays; None for instant."""
    if cadence is Cadence.INSTANT:
        return None
    at = datetime.combine(after.date(), time(hour), after.tzinfo)
    while at <= after or (cadence is Cadence.WEEKLY and at.weekday()):
        at += timedelta(days=1)
    return at


def bundled(
    waiting: Sequence[int], singles: int, since_digest: timedelta | None
) -> tuple[list[int], list[int]]:
    """Of changes that wait to be told at once: those told in a message each, and those in one digest.

    singles       messages of one change that were made within the last FLOOD_SPAN
    since_digest  how long ago the last digest was made for a flood, None for never

    Where these and the new ones would be more than SINGLE_MOST, what waits becomes one digest, and what comes
    within FLOOD_SPAN after it waits: so of a flood, however it comes, an hour brings SINGLE_MOST and one.
    """
    if since_digest is not None and since_digest < FLOOD_SPAN:
        return [], []
    if singles + len(waiting) <= SINGLE_MOST:
        return list(waiting), []
    return [], list(waiting)


def retry_after(attempts: int) -> timedelta:
    """How long to wait after so many attempts in vain: 30 seconds, doubled up to 4 hours."""
    doublings = min(max(attempts, 1) - 1, 20)
    return min(FIRST_RETRY * (1 << doublings), LONGEST_RETRY)


@dataclass(frozen=True, slots=True)
class Signature:
    """The proof that a body is ours: HMAC-SHA256 (RFC 2104) over the moment, a full stop and the body."""

    secret: str

    def of(self, body: bytes, at: datetime) -> str:
        """The header's value, "t=SECONDS,v1=HEX", for a body sent at this moment."""
        seconds = int(at.timestamp())
        return f"t={seconds},v1={self._made(seconds, body)}"

    def is_of(self, header: str, body: bytes, now: datetime) -> bool:
        """Is this the header of this body, and fresh? A receiver's part: docs/following.md does the same."""
        found = SIGNATURE.fullmatch(header)
        if not found or abs(int(found[1]) - now.timestamp()) > TOLERANCE.total_seconds():
            return False
        return hmac.compare_digest(self._made(int(found[1]), body), found[2])

    def _made(self, seconds: int, body: bytes) -> str:
        return hmac.new(self.secret.encode(), b"%d." % seconds + body, sha256).hexdigest()


def masked(address: str) -> str:
    """An e-mail address for who need not know it: "v•••@example.org"."""
    name, _, host = address.rpartition("@")
    return f"{name[:1]}•••@{host}"
