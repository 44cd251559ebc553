"""Copies that are wanted are claimed, asked for and marked, one request at a time, by all processes together.

A claim is a token with a lease, and the archive's host has turns, as sites have (articles/claiming). A
process that dies between the archive's answer and our commit leaves a copy that is asked for again: the
archive may then have two, and none is lost.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import token_hex

from django.conf import settings
from django.db.models import Q, QuerySet

from articles import claiming, counting, logs
from articles.core import robots, urls, webarchive
from articles.core.http import Response
from articles.core.webarchive import Answer, Said
from articles.models import Article, Host, Version, WebCopy
from articles.webarchive import wire

log = logs.Log(__name__)
State = WebCopy.State
LEASE = timedelta(minutes=5)  # longer than any request may take
# Between two copies: three a minute is what the Internet Archive takes from who has no key.
APART = timedelta(seconds=20)
JOB_EVERY, JOB_LASTS = timedelta(seconds=10), timedelta(minutes=10)
UNSETTLED = timedelta(minutes=1)  # to wait while it is not sure what the page shows
GIVEN_UP = timedelta(days=1)
BATCH = 100
OVERDUE = "No copy within a day"
UNSURE = "It waits until it is sure that the page shows this text."


@dataclass(frozen=True, slots=True)
class Wanted:
    """A copy that is to be asked for: of which version, and what spellings of its page's address share."""

    copy: WebCopy
    version: Version
    keys: frozenset[str]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a copy: a state, or that it waits on until a moment; and why."""

    state: State
    reason: str = ""
    until: datetime | None = None

    @property
    def outcome(self) -> str:
        """In a word, for the log and the metrics."""
        if self.state == State.WAITING:
            return "put_off" if self.reason else "begun"
        return self.state.value


def round_once() -> Verdict | None:
    """Sees to one copy; what became of it. None where none is due, or it is not the archive's turn."""
    if not settings.NEWSDIFF_ARCHIVE_URL:
        return None
    now = claiming.now()
    _give_up(now)
    host = Host.of(settings.NEWSDIFF_ARCHIVE_URL)
    if host.next_at > now:
        return None
    copy = claim(now)
    if copy is None:
        return None
    try:
        verdict = see_to(copy, host, now)
    except Exception as error:  # a fault of ours: on its row and in the log, and no other copy waits for it
        log.exception("web_copy_failed", copy=copy.pk)
        said = f"newsdiff failed: {type(error).__name__}: {error}"[: webarchive.LONGEST_REASON]
        verdict = Verdict(State.WAITING, said, now + webarchive.retry_after(copy.attempts))
    if verdict and verdict.state == State.LATE and copy.url:  # none nearer will be had
        verdict = Verdict(State.KEPT, verdict.reason)
    return verdict if verdict and _mark(copy, verdict) else None


def claim(now: datetime) -> WebCopy | None:
    """A copy that is due, ours for LEASE; None where there is none.

    Jobs that go on come first, then the newest version: a copy is worth most while its text surely stands,
    and where more are wanted than the archive takes, it is better to have half of them at once than all late.
    """
    free = Q(lease_until=None) | Q(lease_until__lte=now)
    due = WebCopy.objects.filter(free, state=State.WAITING, next_attempt_at__lte=now)
    for pk in due.order_by("-job", "-pk").values_list("pk", flat=True)[:BATCH]:
        token = token_hex(8)
        if due.filter(pk=pk).update(lease_token=token, lease_until=now + LEASE):  # another may be faster
            return WebCopy.objects.filter(pk=pk).first()  # None, if its article was deleted meanwhile
    return None


def see_to(copy: WebCopy, host: Host, now: datetime) -> Verdict | None:
    """Asks for a claimed copy, or how it goes, unless it is not to be asked for; None: it is not our turn."""
    found = _obstacle(copy, now)
    if isinstance(found, Verdict):
        return found
    turn = claiming.reserve(host, now, timedelta(0), LEASE)
    if turn is None:
        _ours(copy).update(lease_token="", lease_until=None)
        return None
    if not copy.job and not _note_asking(copy, now):
        claiming.give_back(turn, now)
        return None
    try:
        answer = _asked(found)
    except Exception:
        claiming.give_back_answered(turn, claiming.now(), APART)
        raise
    ended = claiming.now()
    until = None
    pause = timedelta(0) if copy.job else APART
    if answer.is_down:
        until = claiming.give_back_refused(turn, ended, answer.reason, answer.retry_after)
    else:
        claiming.give_back_answered(turn, ended, pause)
    return _verdict(found, answer, ended, until)


# --- whether to ask --------------------------------------------------------------------------------
def _obstacle(copy: WebCopy, now: datetime) -> Verdict | Wanted:
    """Why a copy is not to be asked for, or not now; what is to be asked for where nothing is in the way."""
    rows = Version.objects.public().without_text().select_related("article__source", "snapshot__blob")
    version = rows.filter(pk=copy.version_id).first()
    if version is None or version.cover:
        return Verdict(State.DECLINED, "It is hidden, or a passage of its article is.")
    article = version.article
    if article.merged_into_id:
        return Verdict(State.DECLINED, "Its article was merged into another.")
    if not article.source.asks_archive:
        return Verdict(State.DECLINED, "Its source does not have copies made any more.")
    if not copy.job:  # else the archive has been to the page already
        if gone := _stands_no_more(version, article):
            return Verdict(State.LATE, gone)
        if article.pending_digest or article.is_flapping or article.doubts or article.failures:
            return Verdict(State.WAITING, UNSURE, now + UNSETTLED)
    snapshot = version.snapshot
    page = Response(snapshot.url, snapshot.status, tuple(map(tuple, snapshot.headers)), snapshot.blob.body)
    if why := webarchive.forbids(page, robots.product_token(settings.NEWSDIFF_USER_AGENT)):
        return Verdict(State.DECLINED, f"The page does not want to be archived: {why}.")
    known = {*article.urls.values_list("key", flat=True), urls.key(article.url), urls.key(snapshot.url)}
    return Wanted(copy, version, frozenset(known))


def _stands_no_more(version: Version, article: Article) -> str:
    """Why the page does not show this text any more, as far as is known; "" where it does."""
    if version.number < article.version_count:
        return "A newer version was seen before the archive could be asked."
    if article.status in (Article.Status.GONE, Article.Status.REUSED):
        return f"The page is {article.status} by now."
    return ""


# --- asking ----------------------------------------------------------------------------------------
def _note_asking(copy: WebCopy, now: datetime) -> bool:
    """Counts an attempt before it is made; False where the claim has passed to another."""
    copy.attempts, copy.asked_at = copy.attempts + 1, now
    return bool(_ours(copy).update(attempts=copy.attempts, asked_at=now))


def _asked(wanted: Wanted) -> Answer:
    if wanted.copy.job:
        return wire.ask_after(wanted.copy.job, wanted.keys)
    return wire.ask(wanted.version.article.url, wanted.keys)


def _verdict(wanted: Wanted, answer: Answer, now: datetime, until: datetime | None) -> Verdict:
    """What an answer makes of a copy.

    until  till when the archive is left alone, which refused
    """
    copy = wanted.copy
    later = until or now + webarchive.retry_after(copy.attempts)
    if answer.said is Said.PENDING:
        copy.job = answer.job or copy.job
        if now - (copy.asked_at or now) < JOB_LASTS:
            return Verdict(State.WAITING, "", now + JOB_EVERY)
        copy.job = ""
        return Verdict(State.WAITING, "The archive has not ended what it began.", later)
    if not answer.is_down:
        copy.job = ""
    if answer.said is Said.NEVER:
        return Verdict(State.FAILED, answer.reason)
    if answer.memento is None:
        return Verdict(State.WAITING, answer.reason, later)
    version, memento = wanted.version, answer.memento
    newer = version.article.versions.filter(number__gt=version.number, first_seen_at__lte=memento.at)
    if newer.exists():
        return Verdict(State.LATE, "A newer version was seen before the archive came to the page.")
    if Article.objects.filter(pk=version.article_id, is_flapping=True).exists():  # since we have asked
        return Verdict(State.WAITING, UNSURE, now + UNSETTLED)
    earliest = (version.previous_seen_at or version.first_seen_at).replace(microsecond=0)
    if memento.at >= earliest:
        copy.url, copy.kept_at = memento.url, memento.at
    if memento.at >= version.first_seen_at.replace(microsecond=0):
        return Verdict(State.KEPT)
    said = f"Its newest copy is of {memento.at:%Y-%m-%d %H:%M:%S} UTC, before this version was seen."
    return Verdict(State.WAITING, said, later)


# --- marking ---------------------------------------------------------------------------------------
def _mark(copy: WebCopy, verdict: Verdict) -> bool:
    """Writes what became of a copy; False, and nothing is written, where the claim has passed to another."""
    values = {"lease_token": "", "lease_until": None, "last_error": verdict.reason}
    values |= {"job": copy.job, "url": copy.url, "kept_at": copy.kept_at, "state": verdict.state}
    values |= {"next_attempt_at": verdict.until} if verdict.until else {"ended_at": claiming.now()}
    if not _ours(copy).update(**values):
        return False
    counting.archived(verdict.outcome)
    log.info("web_copy", copy=copy.pk, version=copy.version_id, outcome=verdict.outcome, error=verdict.reason)
    return True


def _ours(copy: WebCopy) -> QuerySet[WebCopy]:
    """The copy's row, while the claim is ours."""
    return WebCopy.objects.filter(pk=copy.pk, lease_token=copy.lease_token)


def _give_up(now: datetime) -> None:
    """Ends what has waited for a day: as kept, where the archive had a copy from just before the version."""
    free = Q(lease_until=None) | Q(lease_until__lte=now)
    overdue = WebCopy.objects.filter(free, state=State.WAITING, created_at__lte=now - GIVEN_UP)
    columns = ("pk", "version", "url", "last_error")
    for pk, version, url, said in list(overdue.order_by("pk").values_list(*columns)[:BATCH]):
        state = State.KEPT if url else State.FAILED
        ended = {"state": state, "ended_at": now, "last_error": said or OVERDUE, "lease_token": ""}
        if overdue.filter(pk=pk).update(**ended):
            counting.archived(state.value)
            log.info("web_copy", copy=pk, version=version, outcome=state.value, error=said or OVERDUE)


def ask_again(copies: QuerySet[WebCopy], now: datetime) -> int:
    """Has those of the copies asked for once more that ended without one; how many.

    Whether their versions still stand is seen then.
    """
    ended = copies.filter(state__in=(State.FAILED, State.LATE, State.DECLINED))
    fresh = {"state": State.WAITING, "created_at": now, "next_attempt_at": now, "ended_at": None}
    return sum(
        WebCopy.objects.filter(pk=pk).update(**fresh, attempts=0, job="")
        for pk in ended.order_by("pk").values_list("pk", flat=True)
    )
