"""What an HTTP answer means: status and header fields in, one of a few kinds out.

Rules and section numbers are those of RFC 9110 (semantics) and RFC 9111 (caching).
"""

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum
from http import HTTPStatus
from urllib.parse import quote, urldefrag, urljoin

from articles.core import urls

LONGEST_RETRY_AFTER = timedelta(hours=24)
MOST_SECONDS = 2**31  # seconds; RFC 9111, 1.2.2: stands for any larger number
LONGEST_ETAG, LONGEST_DATE = 1000, 100  # longer validators are no validators but somebody's mistake

PERMANENT = (301, 308)
TEMPORARY = (302, 303, 307)
REFUSALS = (401, 402, 403, 451)
BUSY = (429, 503)

MEDIA_TYPES_OF_HTML = ("text/html", "application/xhtml+xml")
CHARSET = re.compile(r""";\s*charset\s*=\s*["']?([^\s"';,]+)""", re.IGNORECASE)
DIRECTIVE = re.compile(r"""([\w!#$%&'*+.^`|~-]+)(?:\s*=\s*("(?:[^"\\]|\\.)*"|[^\s,]*))?""", re.ASCII)
LINK = re.compile(
    r"""<([^<>]*)>((?:\s*;\s*[\w!#$%&'*+.^`|~-]+\s*(?:=\s*(?:"[^"]*"|[^\s",;]+))?)*)""", re.ASCII
)
LINK_PARAMETER = re.compile(r"""([\w-]+)\*?\s*=\s*("[^"]*"|[^\s",;]+)""", re.ASCII)
LONGEST_LINKS = 8_000
END_OF_PAGE = b"</html"
AFTER_THE_END = 20_000  # bytes in which servers and their add-ons write comments and scripts of their own
NOT_IN_A_URL = re.compile(r"[^\x21-\x7e]")


@dataclass(frozen=True, slots=True)
class Response:
    """One answer to one request; redirects are answers too.

    url      the address asked
    headers  name and value pairs in the order they came, names as the server spelt them
    body     decoded from its content coding, complete; only answers of 2xx need have it
    seconds  from the beginning of the exchange to the body's last byte
    """

    url: str
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    seconds: float = 0.0

    def header(self, name: str) -> str:
        """The first value of a header field, whatever the case of its name; "" where it is absent."""
        return next(self._values(name), "")

    @property
    def media_type(self) -> str:
        """The Content-Type without its parameters, in lower case; "" where there is none."""
        return self.header("content-type").partition(";")[0].strip().lower()

    @property
    def charset(self) -> str:
        """The charset named by the Content-Type (RFC 9110, 8.3.2), in lower case; "" where none is."""
        found = CHARSET.search(self.header("content-type"))
        return found[1].lower() if found else ""

    def _values(self, name: str) -> Iterator[str]:
        return (value for key, value in self.headers if key.lower() == name.lower())

    def combined(self, name: str) -> str:
        """All values of a list-valued header field as one list (RFC 9110, 5.3)."""
        return ", ".join(self._values(name))


class Kind(StrEnum):
    """What an answer is to us."""

    OK = "ok"
    NOT_MODIFIED = "not_modified"
    REDIRECT = "redirect"
    MISSING = "missing"
    GONE = "gone"
    REFUSED = "refused"
    BUSY = "busy"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Answer:
    """A judged response.

    reason       why it is not OK, in words for the operator
    location     absolute, for a redirect; `permanent` says that the old address should be forgotten
    retry_after  when a busy server lets us come back, if it said so
    """

    kind: Kind
    reason: str = ""
    location: str = ""
    permanent: bool = False
    retry_after: datetime | None = None


def judge(response: Response, now: datetime) -> Answer:
    """What a response means (RFC 9110, section 15); `now` is when it came.

    202 (Accepted: not done yet, and the status that a common robot wall hides behind) and 206 (a
    part, which we never ask for) carry a body that is not the page, so they are failures.
    """
    status = response.status
    if status == 304:
        return Answer(Kind.NOT_MODIFIED)
    if status in PERMANENT or status in TEMPORARY:
        return _redirect(response)
    if status == 404:
        return Answer(Kind.MISSING, in_words(status))
    if status == 410:
        return Answer(Kind.GONE, in_words(status))
    if status in REFUSALS:
        return Answer(Kind.REFUSED, in_words(status))
    if status in BUSY:
        until = parse_retry_after(response.header("retry-after"), now)
        return Answer(Kind.BUSY, in_words(status), retry_after=until)
    if not 200 <= status <= 299 or status in (202, 206):
        return Answer(Kind.FAILED, in_words(status))
    if status in (204, 205) or not response.body.strip():
        return Answer(Kind.FAILED, "empty answer")
    return Answer(Kind.OK)


def in_words(status: int) -> str:
    """The status with its standard phrase: "404 Not Found"."""
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return f"{status} (not a standard status)"


def _redirect(response: Response) -> Answer:
    """A redirect's target, resolved against the address asked (RFC 9110, 10.2.2)."""
    said = in_words(response.status)
    given = _readable(response.header("location"))
    if not given:
        return Answer(Kind.FAILED, f"{said}, but does not say where to")
    try:
        location = urldefrag(urljoin(response.url, given)).url
        next_asked = urls.canonical(location)
    except ValueError as error:  # a BadURL is one too
        return Answer(Kind.FAILED, f"{said}, but its target is not usable: {error}")
    if response.url in (location, next_asked):
        return Answer(Kind.FAILED, f"{said} to itself")
    return Answer(Kind.REDIRECT, said, location, permanent=response.status in PERMANENT)


def _readable(location: str) -> str:
    """A Location as a URL: servers also send raw UTF-8 there, which header fields carry as Latin-1."""
    with suppress(UnicodeError):  # then it is the Latin-1 that it looks like
        location = location.encode("latin-1").decode("utf-8")
    return NOT_IN_A_URL.sub(lambda found: quote(found[0]), location.strip())


def parse_retry_after(value: str, now: datetime) -> datetime | None:
    """The moment a Retry-After field names, in seconds or as a date (RFC 9110, 10.2.3).

    Never before `now` nor more than 24 hours after it; None where the field says nothing usable.
    """
    value = value.strip()
    if value.isascii() and value.isdigit():
        return now + min(timedelta(seconds=_delta_seconds(value)), LONGEST_RETRY_AFTER)
    named = _http_date(value)
    return max(now, min(named, now + LONGEST_RETRY_AFTER)).astimezone(UTC) if named else None


def cache_seconds(response: Response) -> float:
    """How much longer the response counts as fresh (RFC 9111, 4.2).

    That is max-age, or where there is none Expires less Date (4.2.1), less Age. 0 where it does not
    say, says it badly, or says no-store or no-cache. A feed that gives an hour asks not to be polled
    within it.
    """
    directives: dict[str, str] = {}
    for name, value in DIRECTIVE.findall(response.combined("cache-control")):
        directives.setdefault(name.lower(), value.strip('"'))
    if "no-store" in directives or "no-cache" in directives:
        return 0.0
    fresh = _delta_seconds(directives["max-age"]) if "max-age" in directives else _expires_in(response)
    return max(0.0, fresh - _delta_seconds(response.header("age")))


def _expires_in(response: Response) -> float:
    """Seconds from Date to Expires; 0 without either, or where one is no date, as in `Expires: 0`."""
    expires, date = (_http_date(response.header(name)) for name in ("expires", "date"))
    return min((expires - date).total_seconds(), MOST_SECONDS) if expires and date else 0.0


def _http_date(value: str) -> datetime | None:
    """The moment of an HTTP-date, which is always in UTC (RFC 9110, 5.6.7); None for anything else."""
    try:
        named = parsedate_to_datetime(value)
    except (ValueError, IndexError, OverflowError):
        return None
    return named if named.tzinfo else named.replace(tzinfo=UTC)


def _delta_seconds(text: str) -> float:
    """A number of seconds (RFC 9111, 1.2.2); 0 where it is none, and never more than 2^31."""
    text = text.strip()
    if not (text.isascii() and text.isdigit()):
        return 0.0
    digits = text.lstrip("0") or "0"  # counted first, for int() refuses thousands of them
    return float(min(int(digits), MOST_SECONDS) if len(digits) <= 10 else MOST_SECONDS)


def links(response: Response) -> dict[str, str]:
    """The address of the first link of each relation in the Link header (RFC 8288, 3), as it stands there.

    Only links of the answer itself: one with an `anchor` is about something else.
    """
    found: dict[str, str] = {}
    for target, parameters in LINK.findall(response.combined("link")[:LONGEST_LINKS]):
        named = {name.lower(): value.strip('"') for name, value in LINK_PARAMETER.findall(parameters)}
        if "anchor" not in named:
            for relation in named.get("rel", "").lower().split():
                found.setdefault(relation, target)
    return found


def is_html(response: Response) -> bool:
    """Does the response say it is a web page, or look like one where it says nothing?"""
    if response.media_type:
        return response.media_type in MEDIA_TYPES_OF_HTML
    beginning = response.body[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return beginning.startswith((b"<!doctype html", b"<html"))


def may_be_cut(response: Response) -> bool:
    """Could the body have broken off on its way, with nothing in the protocol to tell?

    Chunks and content codings have an end of their own. An answer without any ends where the connection does,
    for whatever reason (RFC 9112, section 8), or at a length that some servers count wrongly: in characters,
    or before something is put into the page. Of such a page its last tag is the only sign that it is
    whole. HTML does without that tag, so its absence proves nothing.
    """
    if response.header("transfer-encoding"):
        return False
    if response.combined("content-encoding").strip().lower() not in ("", "identity"):
        return False
    return END_OF_PAGE not in response.body[-AFTER_THE_END:].lower()


def validators(response: Response) -> tuple[str, str]:
    """ETag and Last-Modified, byte for byte as they came, to be sent back with the next request.

    One that is absurdly long counts as absent: shortened, it would never match.
    """
    etag, last_modified = response.header("etag"), response.header("last-modified")
    return (
        etag if len(etag) <= LONGEST_ETAG else "",
        last_modified if len(last_modified) <= LONGEST_DATE else "",
    )


def conditional_fields(etag: str, last_modified: str) -> list[tuple[str, str]]:
    """The header fields that ask for the body only if it changed (RFC 9110, 13.1.2 and 13.1.3)."""
    fields = (("If-None-Match", etag), ("If-Modified-Since", last_modified))
    return [(name, value) for name, value in fields if value]
