"""Captures replayed: each is judged and stored as a look at its article would have been at its WARC-Date.

All captures in order of time, those of different articles among each other too, for what a page is may
depend on what other articles showed before. Each look is one transaction, so an import that is killed
has stored whole looks only, and the next one passes over those.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from time import monotonic, sleep
from typing import TypeVar

from django.db import IntegrityError, InterfaceError, OperationalError, transaction

from articles import claiming, logs
from articles.archives.ahead import Ahead, Loaded, NoPayload, Unread
from articles.archives.index import Capture, Index, Skipped
from articles.archives.placing import Known, Sources, known, new_article
from articles.core import http, urls
from articles.core.extraction import reading
from articles.core.types import Extract, Outcome, Rules
from articles.fetching import FetchError
from articles.ingestion import storing
from articles.ingestion.articles import Reader, judged
from articles.ingestion.look import Look
from articles.ingestion.rebaselining import bring_up_to_date
from articles.ingestion.rules import rules_of
from articles.models import Article, Check, Source

log = logs.Log(__name__)
PATIENCE = 3 * claiming.LEASE  # how long another worker's lease on an article is waited for
PAUSE = 0.1  # seconds between two tries to get one
NAMED = 10  # articles that the report names
T = TypeVar("T")


class Busy(Exception):
    """Another worker has the article, and keeps it."""


class _Outdated(Exception):
    """An article's versions must be read as today before a page is compared with them."""


@dataclass(slots=True)
class Report:
    """What became of the captures.

    looks     by their outcome; `skipped` by the reason
    older     captures that came too late: their article had been looked at after them; `older_of`
              names some of these articles
    restored  articles taken over as newsdiff had recorded them; `apart` are those that could not be,
              for they do not continue what is known of them here, or their captures are missing
    """

    looks: Counter[Outcome] = field(default_factory=Counter)
    skipped: Counter[Skipped] = field(default_factory=Counter)
    older: int = 0
    older_of: dict[int, str] = field(default_factory=dict)
    restored: int = 0
    apart: int = 0

    def add_older(self, article_id: int, url: str, count: int = 1) -> None:
        """Counts captures of an article, now at this address, from before its last look."""
        self.older += count
        if count and len(self.older_of) < NAMED:
            self.older_of[article_id] = url


class _Skip(Exception):
    """The capture is no look."""

    def __init__(self, why: Skipped) -> None:
        super().__init__(why)
        self.why = why


def patiently(attempt: Callable[[], T]) -> T:
    """Tries again while another is at work on an article, or has met an address at the same moment.

    Raises what the last attempt raised when PATIENCE has passed.
    """
    deadline = monotonic() + PATIENCE.total_seconds()
    while True:
        try:
            return attempt()
        except (Busy, IntegrityError):
            if monotonic() > deadline:
                raise
            sleep(PAUSE)


class Replay:
    """Stores the captures of an index, one after another."""

    def __init__(self, index: Index, ahead: Ahead, sources: Sources, report: Report) -> None:
        self._index = index
        self._ahead = ahead
        self._sources = sources
        self._report = report
        self._current: dict[int, str] = {}  # article -> the reading that its versions are known to be of

    def run(self, progress: Callable[[], None]) -> None:
        """Replays every capture and tells `progress` of each. Raises Busy."""

        def wanted(capture: Capture) -> bool:
            progress()
            return self._is_wanted(capture)

        for loaded in self._ahead.through(self._index.in_order(), wanted):
            self._replay(loaded)

    def _is_wanted(self, capture: Capture) -> bool:
        """Whether a capture is to be loaded at all, as far as it can be said before its turn."""
        address = known(capture.key)
        if address is None:
            return True
        if _is_recorded(address, capture.at):
            self._report.skipped[Skipped.RECORDED] += 1
            return False
        if _is_older(address, capture.at):
            self._report.add_older(address.article_id, address.url)
            return False
        self._ahead.expect(capture.key, address.body_digest)
        return True

    def _replay(self, loaded: Loaded) -> None:
        """Stores one capture, or counts why not. A fault of our own costs this capture only."""
        try:
            outcome = patiently(lambda: self._stored(loaded))
        except _Skip as skip:
            self._report.skipped[skip.why] += 1
        except (OperationalError, InterfaceError, Busy):
            raise
        except Exception:
            log.exception("replay_failed", url=loaded.capture.url, at=loaded.capture.at)
            self._report.skipped[Skipped.OWN_FAULT] += 1
        else:
            if outcome:
                self._report.looks[outcome] += 1

    def _stored(self, loaded: Loaded) -> Outcome | None:
        """Stores one capture; None where it is older than the last look. Raises _Skip, Busy."""
        while True:
            address = known(loaded.capture.key)
            if why := self._passed_over(loaded, address):
                raise _Skip(why)
            place = address.article_id if address else self._sources.of(loaded.capture.url)
            try:
                with transaction.atomic():
                    return self._store(loaded, place)
            except Unread:  # nothing is read while a transaction is open
                self._ahead.finish(loaded)
            except _Outdated as outdated:
                _renew(*outdated.args)

    def _passed_over(self, loaded: Loaded, address: Known | None) -> Skipped | None:
        """Why a capture is no look at an article, or None.

        An address of which nothing is known is taken for an article's only if a page of it is there.
        """
        capture = loaded.capture
        if address and _is_recorded(address, capture.at):
            return Skipped.RECORDED
        if not loaded.answers:
            return Skipped.NO_PAYLOAD
        first, last = loaded.answers[0], loaded.answers[-1]
        if (target := _target(first, capture.at)) and urls.key(target) == capture.key:
            return Skipped.SPELLING
        if (target := _target(last, capture.at)) and not urls.is_front_page(target) and not loaded.is_endless:
            return Skipped.NO_TARGET
        if address or self._index.has_page(capture.key):
            return None
        if isinstance(last, FetchError) or not 200 <= last.status <= 299:
            return Skipped.NEVER_A_PAGE
        return None if http.is_html(last) else Skipped.NOT_A_PAGE

    # --- one look, in a transaction ------------------------------------------------------------------
    def _store(self, loaded: Loaded, place: int | Source) -> Outcome | None:
        """Judges and records; `place` is the article's id, or the source of one that is new by this."""
        capture = loaded.capture
        if isinstance(place, Source):
            place = new_article(capture.url, capture.key, place, capture.at).pk
        article = claiming.hold(place, claiming.now())
        if article is None:  # another has it, or found it to be a double and gave its addresses away
            raise Busy
        if _is_older(article, capture.at):
            claiming.finish(article)
            self._report.add_older(article.pk, article.url)
            return None
        checked = storing.record(article, self._look(article, loaded))
        if checked is None:
            raise Busy
        return checked.outcome

    def _look(self, article: Article, loaded: Loaded) -> Look:
        """What the answer shows, and where it redirects what those at the end of the hops show."""
        at = loaded.capture.at
        self._see_what_a_304_means(article, loaded)
        for answer in loaded.answers or ():
            if isinstance(answer, FetchError):
                return Look(at, Outcome.FAILED, answer.reason)
            look = judged(article, answer, at, self._reader(loaded), can_ask_again=False)
            if not look.hop:
                return look
            article.hop_url = look.hop
            article.hops += 1
            article.hop_permanent = article.hop_permanent and look.hop_permanent
        raise _Skip(Skipped.NO_TARGET)

    def _see_what_a_304_means(self, article: Article, loaded: Loaded) -> None:
        """Puts the page that a 304 vouches for in its place, where that need not be the last accepted one.

        A live look asks without validators then, and so gets no 304.
        """
        settled = article.version_count and not (article.pending_digest or article.variant_digest)
        if settled or not (loaded.capture.unmodified and loaded.last and loaded.last.status == 304):
            return
        try:
            loaded.answers = [self._ahead.payload(loaded.capture)]
        except NoPayload:
            raise _Skip(Skipped.NO_PAYLOAD) from None

    # --- reading ---------------------------------------------------------------------------------------
    def _reader(self, loaded: Loaded) -> Reader:
        """Gives out what has been read ahead, once the article's versions are of the same reading."""

        def read(article: Article, response: http.Response, rules: Rules, known: str) -> Extract | None:
            self._ahead.rules[urls.authority(loaded.capture.url)] = rules
            self._check_is_current(article, reading(rules))
            found = loaded.extract(rules)
            return None if found.skeleton == known else found

        return read

    def _check_is_current(self, article: Article, name: str) -> None:
        """Raises _Outdated if some version was read by something other than the reading of this name."""
        if self._current.get(article.pk) == name:
            return
        if article.versions.exclude(extractor=name).exists():
            raise _Outdated(article.pk)
        self._current[article.pk] = name


def _renew(pk: int) -> None:
    """Reads an article's versions again: it takes a while, so under a lease and outside a transaction."""
    article = claiming.hold(pk, claiming.now())
    if article is None:
        raise Busy
    with claiming.kept(Article, article.pk, article.lease_token):
        bring_up_to_date(article, rules_of(article.source))
    claiming.finish(article)


def _is_recorded(address: Known, at: datetime) -> bool:
    """Has a look of this moment been stored?

    That of the capture which made the address known may have left no check: where it led to an
    article that was known, the address passed to that (storing.record).
    """
    if address.seen_at == at:
        return True
    return _is_older(address, at) and Check.objects.filter(article=address.article_id, at=at).exists()


def _is_older(article: Article | Known, at: datetime) -> bool:
    """Is a moment not after the last look at an article?"""
    return article.last_checked_at is not None and at <= article.last_checked_at


def _target(answer: http.Response | FetchError, at: datetime) -> str:
    """Where an answer redirects; "" where it does not."""
    if isinstance(answer, FetchError):
        return ""
    judged_so = http.judge(answer, at)
    return urls.canonical(judged_so.location) if judged_so.kind is http.Kind.REDIRECT else ""
