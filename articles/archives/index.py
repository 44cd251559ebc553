"""Which captures the files hold, in order of time: a temporary database on disk, so that memory stays flat.

A row for each capture, no bodies. SQLite removes the file when the import ends, however it ends.
"""

import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from fnmatch import fnmatchcase
from pathlib import Path
from urllib.parse import urlsplit

from articles.archives.files import Damage, Head, heads
from articles.core import urls
from articles.core.http import MEDIA_TYPES_OF_HTML, PERMANENT, TEMPORARY, Response

YEARS = range(1990, 3000)  # in which a look may have been
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
NEAR = timedelta(days=1)  # how far a redirect's target may be from it in time
UNMODIFIED = "server-not-modified"  # ends the URI of that WARC-Profile, in WARC 1.0 and 1.1
LEDGER = "application/vnd.newsdiff.article+json"

TABLES = """
    CREATE TABLE captures (
        id INTEGER PRIMARY KEY, file INTEGER, offset INTEGER, at INTEGER, url TEXT, key TEXT,
        revisit INTEGER, unmodified INTEGER, status INTEGER, page INTEGER, digest TEXT,
        refers_url TEXT, refers_at INTEGER, record TEXT, concurrent TEXT, done INTEGER DEFAULT 0);
    CREATE TABLE ledgers (id INTEGER PRIMARY KEY, file INTEGER, offset INTEGER);
    CREATE TABLE other_requests (record TEXT, concurrent TEXT);
"""
INDEXES = """
    CREATE INDEX by_time ON captures (at, id);
    CREATE INDEX by_key ON captures (key, at);
    CREATE INDEX by_url ON captures (url, at);
    CREATE INDEX by_digest ON captures (digest) WHERE digest <> '';
"""
COLUMNS = "id, file, offset, at, url, key, revisit, unmodified, status, page, digest, refers_url, refers_at"


class Skipped(StrEnum):
    """Why a capture is not replayed, in words that follow its count."""

    RECORDED = "recorded already, or of a moment of which their article has a look"
    OTHER_RECORD = "resource, conversion or continuation records"
    NO_ADDRESS = "without the address of a web page"
    NO_DATE = "without a usable WARC-Date"
    FUTURE = "dated in the future"
    NOT_GET = "of requests other than GET"
    NOT_WANTED = "of addresses that --only leaves out"
    FRONT_PAGE = "of a site's front page"
    FOR_ROBOTS = "of robots.txt or a feed"
    TRUNCATED = "kept in part only (WARC-Truncated)"
    NOT_A_PAGE = "of something other than a web page"
    NEVER_A_PAGE = "of an address that is no article and never had a page"
    SPELLING = "redirects to another spelling of the same address"
    NO_TARGET = "redirects to an address that is not in the files"
    NO_PAYLOAD = "revisits of a payload that is not in the files"
    OWN_FAULT = "that newsdiff itself failed on; the log says how"


@dataclass(frozen=True, slots=True)
class Capture:
    """A row of the index.

    file, offset  where the record is
    key           what all spellings of its address share (core.urls.key)
    revisit       a record without payload of its own; `unmodified`: the server answered 304
    page          a web page answered with 2xx, as far as the head says
    digest        WARC-Payload-Digest
    refers_url    of a revisit: the address, and the moment, of the capture that has the payload
    """

    id: int
    file: int
    offset: int
    at: datetime
    url: str
    key: str
    revisit: bool
    unmodified: bool
    status: int | None
    page: bool
    digest: str
    refers_url: str
    refers_at: int | None

    @property
    def is_redirect(self) -> bool:
        """Does the answer lead elsewhere?"""
        return self.status in PERMANENT or self.status in TEMPORARY


class Index:
    """The captures of an import's files, and what was passed over in them."""

    def __init__(self, now: datetime, only: str = "", feeds: frozenset[str] = frozenset()) -> None:
        """`now` bounds dates; `only` is a pattern of addresses; `feeds` are the keys of feeds."""
        self._now = now
        self._only = only
        self._feeds = feeds
        self._database = sqlite3.connect("", isolation_level=None)  # "": a file that nobody else sees
        self._database.executescript(f"PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; {TABLES}")
        self.skipped: Counter[Skipped] = Counter()
        self.damages: list[Damage] = []

    def add(self, number: int, path: Path, progress: Callable[[int], None]) -> None:
        """Takes in a file; `progress` is told the offset that has been reached. Raises OSError."""
        self._database.execute("BEGIN")
        for head in heads(path):
            progress(head.offset)
            if isinstance(head, Damage):
                self.damages.append(head)
            elif head.kind in ("response", "revisit"):
                self._add_capture(number, head)
            else:
                self._add_other(number, head)
        self._database.execute("COMMIT")

    def seal(self) -> None:
        """Call it when all files are in."""
        self._database.executescript(INDEXES)
        answers = "record IN (SELECT concurrent FROM other_requests WHERE concurrent <> '')"
        answers += " OR concurrent IN (SELECT record FROM other_requests WHERE record <> '')"
        dropped = self._database.execute(f"DELETE FROM captures WHERE {answers}").rowcount  # noqa: S608
        self.skipped[Skipped.NOT_GET] += dropped

    # --- taking in -------------------------------------------------------------------------------
    def _add_capture(self, number: int, head: Head) -> None:
        try:
            url, at = self._judged(head)
        except _PassOver as passed:
            self.skipped[passed.why] += 1
            return
        refers_at = moment(head.fields.get("warc-refers-to-date", ""))
        row = (
            *(number, head.offset, micros(at), url, urls.key(url), head.kind == "revisit"),
            head.fields.get("warc-profile", "").endswith(UNMODIFIED),
            *(head.status, _is_page(head), head.fields.get("warc-payload-digest", "")),
            _canonical(head.fields.get("warc-refers-to-target-uri", "")),
            micros(refers_at) if refers_at else None,
            head.fields.get("warc-record-id", ""),
            head.fields.get("warc-concurrent-to", ""),
        )
        self._database.execute(
            "INSERT INTO captures (file, offset, at, url, key, revisit, unmodified, status, page, digest,"
            " refers_url, refers_at, record, concurrent) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
            row,
        )

    def _judged(self, head: Head) -> tuple[str, datetime]:
        """Address and moment of a capture. Raises _PassOver."""
        url = _canonical(head.fields.get("warc-target-uri", ""))
        if not url:
            raise _PassOver(Skipped.NO_ADDRESS)
        at = moment(head.fields.get("warc-date", ""))
        if at is None:
            raise _PassOver(Skipped.NO_DATE)
        if at > self._now:
            raise _PassOver(Skipped.FUTURE)
        if self._only and not fnmatchcase(url, self._only):
            raise _PassOver(Skipped.NOT_WANTED)
        if urls.is_front_page(url):
            raise _PassOver(Skipped.FRONT_PAGE)
        if urlsplit(url).path == "/robots.txt" or (self._feeds and urls.key(url) in self._feeds):
            raise _PassOver(Skipped.FOR_ROBOTS)
        if "warc-truncated" in head.fields and head.status and 200 <= head.status <= 299:
            raise _PassOver(Skipped.TRUNCATED)
        return url, at

    def _add_other(self, number: int, head: Head) -> None:
        if head.kind == "request" and head.method not in ("GET", ""):
            ids = (head.fields.get("warc-record-id", ""), head.fields.get("warc-concurrent-to", ""))
            self._database.execute("INSERT INTO other_requests VALUES (?, ?)", ids)
        elif head.kind == "metadata" and head.fields.get("content-type", "") == LEDGER:
            self._database.execute("INSERT INTO ledgers (file, offset) VALUES (?, ?)", (number, head.offset))
        elif head.kind in ("resource", "conversion", "continuation"):
            self.skipped[Skipped.OTHER_RECORD] += 1

    # --- giving out ------------------------------------------------------------------------------
    def waiting(self) -> int:
        """How many captures are to be replayed."""
        return int(self._database.execute("SELECT count(*) FROM captures WHERE NOT done").fetchone()[0])

    def in_order(self) -> Iterator[Capture]:
        """The captures to be replayed, in order of time; those of one moment as the files have them."""
        return self._captures("WHERE NOT done ORDER BY at, id")

    def ledgers(self) -> list[tuple[int, int]]:
        """File and offset of each article that newsdiff exported, in the order of the files."""
        return self._database.execute("SELECT file, offset FROM ledgers ORDER BY id").fetchall()

    def has_page(self, key: str) -> bool:
        """Do the files hold a web page of this address, at any time?"""
        return bool(self._database.execute("SELECT 1 FROM captures WHERE key = ? AND page", [key]).fetchone())

    def nearest(self, url: str, at: datetime) -> Capture | None:
        """The capture of a redirect's target that is nearest to a moment, within NEAR.

        Of the very address, or, where there is none, of another spelling that does not redirect itself;
        never a 304, which says something of the capture before it only.
        """
        span = (micros(at - NEAR), micros(at + NEAR))
        where = (
            "WHERE key = ? AND at BETWEEN ? AND ? AND NOT unmodified"
            " AND (url = ? OR status NOT IN (301, 302, 303, 307, 308))"
            " ORDER BY url <> ?, abs(at - ?), id"
        )
        return self._first(where, urls.key(url), *span, url, url, micros(at))

    def response(self, url: str, at: datetime) -> Capture | None:
        """The capture, with a payload of its own, of this very address and moment."""
        return self._first("WHERE url = ? AND at = ? AND NOT revisit", url, micros(at))

    def payload_of(self, revisit: Capture) -> Capture | None:
        """The capture whose payload a revisit is of (ISO 28500, 6.7), as far as the files hold it.

        The one it names; else one of the same digest; else, for a 304, the page of that address before.
        """
        if revisit.refers_url and revisit.refers_at is not None:
            named = (revisit.refers_url, revisit.refers_at)
            if found := self._first("WHERE url = ? AND at = ? AND NOT revisit AND page", *named):
                return found
        if revisit.digest:
            same = "WHERE digest = ? AND NOT revisit AND page ORDER BY abs(at - ?)"
            if found := self._first(same, revisit.digest, micros(revisit.at)):
                return found
        if not revisit.unmodified:
            return None
        before = "WHERE key = ? AND at < ? AND page ORDER BY at DESC"
        found = self._first(before, revisit.key, micros(revisit.at))
        return self.payload_of(found) if found and found.revisit else found

    def settle(self, url: str, at: datetime) -> None:
        """Takes out the captures of an address at a moment: they need not be replayed."""
        self._database.execute("UPDATE captures SET done = 1 WHERE url = ? AND at = ?", (url, micros(at)))

    def _first(self, where: str, *values: object) -> Capture | None:
        return next(self._captures(f"{where} LIMIT 1", *values), None)

    def _captures(self, where: str, *values: object) -> Iterator[Capture]:
        for row in self._database.execute(f"SELECT {COLUMNS} FROM captures {where}", values):  # noqa: S608
            pk, file, offset, at, url, key, revisit, unmodified, status, page, *rest = row
            when = EPOCH + at * MICROSECOND
            yield Capture(
                pk, file, offset, when, url, key, bool(revisit), bool(unmodified), status, bool(page), *rest
            )


class _PassOver(Exception):
    """A capture is not replayed."""

    def __init__(self, why: Skipped) -> None:
        super().__init__(why)
        self.why = why


def micros(at: datetime) -> int:
    """A moment in microseconds since 1970."""
    return (at - EPOCH) // MICROSECOND


def moment(text: str) -> datetime | None:
    """The moment that a WARC-Date names (WARC 1.1, 5.4: to the second or finer); None where it is none, or no
    look was then."""
    try:
        at = datetime.fromisoformat(text.strip())
        at = (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return at if at.year in YEARS else None


def _canonical(url: str) -> str:
    try:
        return urls.canonical(url)
    except urls.BadURL:
        return ""


def _is_page(head: Head) -> bool:
    """Does a head promise a web page? A revisit without an HTTP head is believed to be one."""
    if head.kind == "revisit" and not head.http:
        return not head.fields.get("warc-profile", "").endswith(UNMODIFIED)
    if head.status is None or not 200 <= head.status <= 299:
        return False
    media_type = Response("", head.status, head.http, b"").media_type
    return media_type in MEDIA_TYPES_OF_HTML or not media_type
