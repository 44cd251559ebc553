"""WebSub (https://www.w3.org/TR/websub/): what a hub's messages are worth. No socket, no clock."""

import hmac
import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from ipaddress import ip_address
from urllib.parse import urlsplit

ALGORITHMS = ("sha1", "sha256", "sha384", "sha512")  # section 7.1
LEASE_ASKED = timedelta(days=10)
LEASE_LEAST, LEASE_MOST = timedelta(minutes=5), timedelta(days=365)
RENEWED_BEFORE = timedelta(days=1)  # the end of a lease, or at two thirds of one that is shorter than three
LOCAL_NAMES = ("localhost", "local", "internal", "lan", "home.arpa", "test", "example", "invalid")
SIGNATURE = re.compile(r"\s*([A-Za-z0-9]+)=([0-9A-Fa-f]+)\s*")


class Signature:
    """The X-Hub-Signature header, and the body it is held against as that comes in."""

    def __init__(self, header: str, secret: str) -> None:
        found = SIGNATURE.fullmatch(header)
        method = found[1].lower() if found else ""
        self._claimed = found[2].lower() if found else ""
        self._made = hmac.new(secret.encode(), b"", method) if method in ALGORITHMS else None

    def is_of(self, chunks: Iterable[bytes]) -> bool:
        """Is this the signature of the body? False for one that is missing or of an unknown method."""
        if self._made is None:
            return False
        for chunk in chunks:
            self._made.update(chunk)
        return hmac.compare_digest(self._made.hexdigest(), self._claimed)


def granted(text: str, now: datetime) -> datetime | None:
    """When the lease ends that a hub grants by hub.lease_seconds; None where it does not say."""
    if not re.fullmatch(r"[0-9]{1,12}", text):
        return None
    return now + min(max(timedelta(seconds=int(text)), LEASE_LEAST), LEASE_MOST)


def renewal(expires: datetime, now: datetime) -> datetime:
    """When to ask anew for a lease that was granted `now`."""
    return max(expires - RENEWED_BEFORE, now + (expires - now) * 2 / 3)


def can_be_called(base_url: str) -> bool:
    """Can a hub on the internet call this site, and nobody read along? https, and a public name."""
    parts = urlsplit(base_url)
    host = (parts.hostname or "").rstrip(".")
    if parts.scheme != "https" or not host:
        return False
    try:
        return ip_address(host).is_global
    except ValueError:
        return "." in host and not any(host == name or host.endswith(f".{name}") for name in LOCAL_NAMES)
