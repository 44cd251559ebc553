"""Why a look, a poll or a reading of robots.txt failed, as one of a few words.

The reasons recorded are sentences for the operator and hold what sites said. Counters need words of
a fixed set: each would otherwise begin a series of its own, and a site could make as many as it likes.
"""

import re
from enum import StrEnum

from articles.core.types import OWN_FAULT


class Reason(StrEnum):
    """The classes of failures."""

    TIMEOUT = "timeout"
    DNS = "dns"
    REFUSED = "refused"  # the connection was
    CONNECTION = "connection"  # reset, closed without an answer, no route
    TLS = "tls"
    TOO_LARGE = "too_large"
    BAD_ANSWER = "bad_answer"  # not HTTP, cut short, broken coding, empty
    REDIRECT = "redirect"  # without end, or to nowhere
    BUSY = "busy"  # 429, 503
    HTTP_4XX = "http_4xx"
    HTTP_5XX = "http_5xx"
    HTTP_OTHER = "http_other"
    ROBOTS = "robots"  # robots.txt forbids, or cannot be read
    UNSAFE = "unsafe"  # an address that may not be asked
    NOT_A_PAGE = "not_a_page"  # another kind of file than was asked for
    UNREADABLE = "unreadable"  # it came, and could not be read
    OWN_FAULT = "own_fault"
    OTHER = "other"


# The first that is found in the words holds; what they are found in is written by our own code, and begins
# with these words where a name or a message of somebody else follows.
_BEGINNINGS: tuple[tuple[Reason, str], ...] = (
    (Reason.OWN_FAULT, re.escape(OWN_FAULT)),
    (Reason.ROBOTS, r"robots\.txt|nothing may be fetched until robots\.txt"),
    (Reason.UNSAFE, r"refused:|the request cannot be sent"),
    (Reason.DNS, r"there is no host named|the name service"),
    (Reason.TIMEOUT, r"no [\w ]+ within [\d.]+ s"),
    (Reason.REFUSED, r"connection refused"),
    (Reason.TLS, r"certificate not valid|TLS failed"),
    (Reason.CONNECTION, r"connection |no route to the host"),
    (Reason.TOO_LARGE, r"(compressed in )?more than [\d.]+|too many bytes"),
    (Reason.TOO_LARGE, r"The feed is larger|the page has [\d.]+ MB"),
    (Reason.BAD_ANSWER, r"answer (may be )?cut short|broken |not a valid HTTP answer|encoded more than once"),
    (Reason.BAD_ANSWER, r"unknown content coding|empty answer"),
    (Reason.REDIRECT, r"redirects "),
    (Reason.NOT_A_PAGE, r"not a web page|the answer is "),
)
_KNOWN = tuple((reason, re.compile(pattern)) for reason, pattern in _BEGINNINGS)


def classify(reason: str, status: int | None = None) -> Reason:
    """The class of a recorded reason; `status` is that of the answer, None where none came.

    Never fails, and gives nothing but members of `Reason`, whatever the words.
    """
    words = next((known for known, pattern in _KNOWN if pattern.match(reason)), None)
    if words in (Reason.OWN_FAULT, Reason.ROBOTS, Reason.REDIRECT):
        return words
    if status is not None and not 200 <= status <= 299:
        return _of_status(status)
    if words is not None:
        return words
    return Reason.OTHER if status is None else Reason.UNREADABLE


def _of_status(status: int) -> Reason:
    if status in (429, 503):
        return Reason.BUSY
    if 300 <= status <= 399:
        return Reason.REDIRECT
    if 400 <= status <= 499:
        return Reason.HTTP_4XX
    return Reason.HTTP_5XX if 500 <= status <= 599 else Reason.HTTP_OTHER


def answer_class(status: int | None) -> str:
    """An answer's status as one of six words: 2xx, 304, 3xx, 4xx, 5xx, or none for any other or no answer."""
    if status == 304:
        return "304"
    return f"{status // 100}xx" if status is not None and 200 <= status <= 599 else "none"
