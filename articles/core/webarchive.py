"""What a public web archive says when it is asked to keep a page: answers in, one of a few verdicts out.

Two ways to ask are understood, both those of the Internet Archive's Save Page Now: the plain one, where the
page's address follows the archive's and header fields of the answer name the copy (a memento, RFC 7089), and
the one with a key, where a job is begun and asked after in JSON. No socket, no clock.
"""

import json
import re
from collections.abc import Container, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum
from html import unescape
from typing import Any
from urllib.parse import quote, urljoin, urlsplit

from articles.core import http, urls
from articles.core.http import Response

FIRST_RETRY, LONGEST_RETRY = timedelta(minutes=5), timedelta(hours=4)
CLOCKS = timedelta(minutes=5)  # by which the archive's clock may be ahead of ours
LONGEST_REASON = 300  # characters
JOB = re.compile(r"[\w.-]{1,100}", re.ASCII)
# A copy's address as the Wayback Machine and pywb write it: moment, a modifier such as id_, the page's own.
COPY = re.compile(r"/(\d{14})(?:[a-z]{2}_)?/(.+)", re.ASCII | re.DOTALL)
ONE_SLASH = re.compile(r"^(https?):/+", re.IGNORECASE)
# What Save Page Now says of pages that it will not keep however often it is asked (`status_ext`).
FOR_GOOD = frozenset({"error:blocked-url", "error:blocked", "error:invalid-url-syntax"})
BUSY = "error:user-session-limit"  # and that we have asked for as much as it does at a time

# Who is meant where a page forbids copies: every robot, and the archive's own.
ARCHIVES = frozenset({"", "robots", "ia_archiver", "archive.org_bot"})
META = re.compile(r"<meta\b([^<>]{1,2000})>", re.IGNORECASE)
ATTRIBUTE = re.compile(
    r"""(?<![\w-])(name|content)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""", re.IGNORECASE
)
HEAD = 200_000  # bytes of a page that are looked through
NAMED = re.compile(r"\s*([\w.-]+)\s*:\s*(.*)", re.ASCII | re.DOTALL)
# Directives that have a colon of their own.
VALUED = frozenset({"max-snippet", "max-image-preview", "max-video-preview", "unavailable_after"})


class Said(StrEnum):
    """What an answer comes to."""

    KEPT = "kept"
    PENDING = "pending"  # a job was begun, or goes on
    LATER = "later"  # not now
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class Memento:
    """A copy of a page: where it is, and when it was made."""

    url: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Answer:
    """A judged answer.

    reason       why there is no copy, for the operator: the archive's own words where it has any
    job          of a job that goes on
    retry_after  when the archive lets us come back, if it said so
    is_down      not this page is at fault but the archive or our leave to ask it
    """

    said: Said
    reason: str = ""
    memento: Memento | None = None
    job: str = ""
    retry_after: datetime | None = None
    is_down: bool = False


def retry_after(attempts: int) -> timedelta:
    """How long to wait after so many attempts in vain: 5 minutes, doubled up to 4 hours."""
    return min(FIRST_RETRY * (1 << min(max(attempts, 1) - 1, 10)), LONGEST_RETRY)


def distance(at: datetime, first: datetime, last: datetime) -> timedelta:
    """How far a copy's moment is from the time in which a text was seen to stand: 0 within, below 0 before.

    Copies are dated to the second, so the time begins with the second of `first`.
    """
    if at < first.replace(microsecond=0):
        return at - first
    return max(at - last, timedelta(0))


# --- asking ----------------------------------------------------------------------------------------
def plain_url(archive: str, page: str) -> str:
    """What is asked for to have a page kept without a key: in a query the page's address is escaped."""
    return archive + (quote(page, safe="") if archive.endswith("=") else page)


def status_url(archive: str, job: str) -> str:
    """Where a job is asked after."""
    return f"{archive.rstrip('/')}/status/{job}"


# --- answers ---------------------------------------------------------------------------------------
def of_plain(response: Response, archive: str, pages: Container[str], now: datetime) -> Answer:
    """What the answer to the plain way of asking means.

    archive  the address that was set for it
    pages    what spellings of the page's address share (`urls.key`)
    """
    if refusal := _refusal(response, now):
        return refusal
    reason = f"It answers {http.in_words(response.status)}, but names no copy"
    for claim in _claims(response):
        try:
            return Answer(Said.KEPT, memento=_judged(claim, archive, pages, now))
        except _Unbelieved as error:
            reason = str(error)
    return Answer(Said.LATER, reason)


def of_request(response: Response, now: datetime) -> Answer:
    """What the answer to a request with a key means: the job that was begun, or why none was."""
    if refusal := _refusal(response, now):
        return refusal
    told = _told(response)
    job = told.get("job_id")
    if isinstance(job, str) and JOB.fullmatch(job):
        return Answer(Said.PENDING, job=job)
    return _error(told, response)


def of_status(response: Response, archive: str, pages: Container[str], now: datetime) -> Answer:
    """What is said of a job; `archive` and `pages` as for `of_plain`."""
    if refusal := _refusal(response, now):
        return refusal
    told = _told(response)
    if told.get("status") == "pending":
        return Answer(Said.PENDING)
    if told.get("status") != "success":
        return _error(told, response)
    moment, page = str(told.get("timestamp")), str(told.get("original_url"))
    claim = _Claim(f"{urls.origin(archive)}/web/{moment}/{page}")
    try:
        return Answer(Said.KEPT, memento=_judged(claim, archive, pages, now))
    except _Unbelieved as error:
        return Answer(Said.LATER, str(error))


def _refusal(response: Response, now: datetime) -> Answer | None:
    """An answer that is none to the question: the archive is busy, fails, or does not let us ask."""
    status = response.status
    if status < 400:
        return None
    said = f"It answers {http.in_words(status)}"
    if status == 451:
        return Answer(Said.NEVER, said)
    until = http.parse_retry_after(response.header("retry-after"), now)
    return Answer(
        Said.LATER, said, retry_after=until, is_down=status in (401, 402, 407, 429) or status >= 500
    )


def _told(response: Response) -> dict[str, Any]:
    """The JSON object that an answer is; an empty one for anything else."""
    try:
        found = json.loads(response.body)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _error(told: dict[str, Any], response: Response) -> Answer:
    """What an answer in JSON gives as the reason why there is no copy."""
    code, words = (told.get(name) for name in ("status_ext", "message"))
    said = " ".join(str(part) for part in (code, words) if isinstance(part, str) and part)
    if not said:
        said = f"It answers {http.in_words(response.status)}, but not as Save Page Now does"
    is_final = isinstance(code, str) and code in FOR_GOOD
    return Answer(Said.NEVER if is_final else Said.LATER, _one_line(said), is_down=code == BUSY)


def _one_line(text: str) -> str:
    line = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    return line if len(line) <= LONGEST_REASON else f"{line[: LONGEST_REASON - 1]}…"


# --- which copy, and whether it is one ---------------------------------------------------------------
class _Unbelieved(ValueError):
    """What an answer names is no copy of the page; the message says why."""


@dataclass(frozen=True, slots=True)
class _Claim:
    """An address that an answer names as the copy's; page and moment as it says besides, "" and None else."""

    url: str
    page: str = ""
    at: datetime | None = None


def _claims(response: Response) -> Iterator[_Claim]:
    """What an answer names as the copy, the plainest first (RFC 9110, 8.7 and 10.2.2; RFC 7089, 2.2)."""
    linked = list(_links(response))
    page = next((url for url, relations, _ in linked if "original" in relations), "")
    at = _moment(response.header("memento-datetime"))
    name = "location" if 300 <= response.status <= 399 else "content-location"
    if url := response.header(name).strip():
        yield _Claim(_absolute(response.url, url), page, at)
    mementos = [(told, url) for url, relations, told in linked if told and "memento" in relations]
    if mementos:  # among them may be the oldest that the archive has
        told, url = max(mementos)
        yield _Claim(_absolute(response.url, url), page, told)


def _absolute(base: str, url: str) -> str:
    """The absolute address, or "" for one that cannot be taken apart."""
    try:
        return urljoin(base, url)
    except ValueError:
        return ""


def _links(response: Response) -> Iterator[tuple[str, list[str], datetime | None]]:
    """The links of an answer's Link field (RFC 8288), with relations and the moment that each names."""
    for target, parameters in http.LINK.findall(response.combined("link")[: http.LONGEST_LINKS]):
        named = {name.lower(): value.strip('"') for name, value in http.LINK_PARAMETER.findall(parameters)}
        yield target, named.get("rel", "").lower().split(), _moment(named.get("datetime", ""))


def _moment(text: str) -> datetime | None:
    try:
        named = parsedate_to_datetime(text)
    except (ValueError, IndexError, OverflowError):
        return None
    return named if named.tzinfo else named.replace(tzinfo=UTC)


def _judged(claim: _Claim, archive: str, pages: Container[str], now: datetime) -> Memento:
    """The copy that is named, if it is the archive's own, of this page, and of a moment. Raises _Unbelieved.

    Readers are sent there: an archive, or who answers in its name, must not choose any address it likes.
    """
    shown = _one_line(claim.url)[:120]
    try:
        urls.canonical(claim.url)
        is_its_own = urls.same_site(claim.url, archive)
    except urls.BadURL as error:
        raise _Unbelieved(f"It names a copy at what is no address: {shown}") from error
    if not is_its_own:
        raise _Unbelieved(f"It names a copy at another site: {shown}")
    if not (claim.url.isascii() and claim.url.isprintable()) or " " in claim.url:
        raise _Unbelieved(f"It names a copy at what is no address: {shown}")
    parts = urlsplit(claim.url)
    written = COPY.search(parts.path)
    query = f"?{parts.query}" if parts.query else ""
    page = written[2] + query if written else claim.page
    if not page:
        raise _Unbelieved(f"It does not say of which page this is a copy: {shown}")
    if not _is_of(page, pages):
        raise _Unbelieved(f"It names a copy of another page: {shown}")
    at = _written_moment(written[1]) if written else claim.at
    if at is None or at > now + CLOCKS:
        raise _Unbelieved(f"It does not say when this copy was made: {shown}")
    return Memento(claim.url, at)


def _is_of(page: str, pages: Container[str]) -> bool:
    whole = ONE_SLASH.sub(r"\1://", page)
    try:
        return urls.key(whole if "://" in whole else f"http://{whole}") in pages
    except urls.BadURL:
        return False


def _written_moment(digits: str) -> datetime | None:
    try:
        return datetime.strptime(digits, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        return None


# --- pages that want no copies -----------------------------------------------------------------------
def forbids(response: Response, robot: str) -> str:
    """Where a page says that it is not to be archived (`noarchive`), or "".

    robot  the name that sites call our crawler by

    What is said to other robots, such as a search engine's, is not said to archives.
    """
    ours = ARCHIVES | {robot.lower()}
    for value in (value for name, value in response.headers if name.lower() == "x-robots-tag"):
        if _has_noarchive(value, ours):
            return "X-Robots-Tag says noarchive"
    page = response.body[:HEAD].replace(b"\0", b"").decode("latin-1")
    for attributes in META.findall(page):
        told: dict[str, str] = {}
        for attribute, *values in ATTRIBUTE.findall(attributes):
            told.setdefault(attribute.lower(), unescape("".join(values)))  # of two the first holds (HTML)
        name = told.get("name", "").strip().lower()
        if name in ours - {""} and _has_noarchive(told.get("content", ""), ours):
            return "its robots meta tag says noarchive"
    return ""


def _has_noarchive(value: str, robots: Container[str]) -> bool:
    """Do these directives say noarchive to us? A robot's name before one holds up to the next name."""
    robot = ""
    for part in value.lower().split(","):
        directive = part.strip()
        named = NAMED.fullmatch(directive)
        if named and named[1] not in VALUED:
            robot, directive = named[1], named[2].strip()
        if directive == "noarchive" and robot in robots:
            return True
    return False
