"""The daily mail: which sources do badly, the worst first, what began and ended since the last, what to do.

It is sent once a day by whichever process comes first after the hour: the day's row is claimed with an UPDATE
before the mail server is asked, and marked when that has taken the mail. Where it does not, the mail is tried
again, at first after five minutes. A process that dies between the two makes a second mail possible, which
carries the same Message-ID; a mail that is lost is not.

A day without anything to say is passed over, but for Mondays: then a line says that all is well, so that
silence is never mistaken for it.
"""

import smtplib
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db.models import F
from django.template.loader import render_to_string

from articles import health, healthevents, logs
from articles.claiming import now as current_moment
from articles.core.health import Condition
from articles.models import Digest, Gap, HealthEvent
from articles.tallying import day_of

log = logs.Log(__name__)
MONDAY = 0
DAY = timedelta(days=1)
FIRST_RETRY, LONGEST_RETRY = timedelta(minutes=5), timedelta(hours=1)
SENDING = timedelta(minutes=5)  # for which a claim holds when nothing is heard of its sender
MOST = 50  # sources and events of a kind that are told


class NotSent(Exception):
    """The digest could not be sent; its words say why, and what to do."""


@dataclass(frozen=True, slots=True)
class Told:
    """What a digest says. Each list holds `MOST` at most; `more` is how many sources are left out."""

    since: datetime
    until: datetime
    began: list[HealthEvent]
    ended: list[HealthEvent]
    rows: list[health.Row]
    more: int
    paused: list[health.Row]
    gaps: list[Gap]
    readings: list[health.Reading]
    sources: int

    @property
    def is_empty(self) -> bool:
        return not (self.began or self.ended or self.rows or self.gaps or self.readings)

    @property
    def subject(self) -> str:
        """Counts alone, no word that came from outside."""
        counts = [(c, sum(row.condition is c for row in self.rows)) for c in Condition if c.is_trouble]
        said = [f"{count} {condition.label}" for condition, count in counts if count]
        if not said and not self.readings:
            return "newsdiff: all is well" if self.is_empty else "newsdiff: all is well again"
        return f"newsdiff: {', '.join([*said, *(['newsdiff itself needs you'] if self.readings else [])])}"


def tell(since: datetime, now: datetime) -> Told:
    """What there is to say at `now` of the time since the last digest."""
    rows = health.board(now)
    trouble = [row for row in rows if row.condition.is_trouble]
    gaps = Gap.objects.filter(scope=Gap.Scope.EVERYTHING, began_at__gt=since).order_by("-began_at")
    return Told(
        since=since,
        until=now,
        began=list(healthevents.told_since(since)[:MOST]),
        ended=list(healthevents.settled_since(since)[:MOST]),
        rows=trouble[:MOST],
        more=max(len(trouble) - MOST, 0),
        paused=[row for row in rows if row.condition is Condition.PAUSED][:MOST],
        gaps=list(gaps[:MOST]),
        readings=[reading for reading in health.itself(now) if reading.advice],
        sources=len(rows),
    )


def message(told: Told) -> EmailMultiAlternatives:
    """The mail that says so, as text and as HTML, to all of NEWSDIFF_DIGEST_TO."""
    context = {"told": told, "base": settings.BASE_URL}
    host = urlsplit(settings.BASE_URL).hostname
    mail = EmailMultiAlternatives(
        subject=told.subject,
        body=render_to_string("mail/digest.txt", context),
        to=settings.NEWSDIFF_DIGEST_TO,
        headers={
            "Message-ID": f"<digest-{told.until:%Y-%m-%d}@{host}>",
            "Auto-Submitted": "auto-generated",  # RFC 3834: no out-of-office answers, please
        },
    )
    mail.attach_alternative(render_to_string("mail/digest.html", context), "text/html")
    return mail


def send_due(now: datetime) -> bool:
    """Sends today's digest if it is wanted, due and nobody has; says whether it was sent, or passed over."""
    if not settings.NEWSDIFF_DIGEST_TO or not settings.EMAIL_HOST:
        return False
    if now.hour < settings.NEWSDIFF_DIGEST_HOUR:
        return False
    day = day_of(now)
    Digest.objects.get_or_create(day=day, defaults={"next_try_at": now})
    mine = Digest.objects.filter(day=day, sent_at=None, next_try_at__lte=now)
    if not mine.update(next_try_at=now + SENDING, tries=F("tries") + 1):
        return False
    told = tell(last_told(now, day), now)
    if told.is_empty and day.weekday() != MONDAY:
        Digest.objects.filter(day=day).update(sent_at=now, until=now, is_silent=True, error="")
        return True
    return _send(told, day, now)


def last_told(now: datetime, day: date) -> datetime:
    """Up to when the digests before this day have told; a day ago where there was none lately."""
    before = Digest.objects.filter(day__lt=day).exclude(until=None).order_by("-day")
    until = before.values_list("until", flat=True).first()
    return max(until, now - 7 * DAY) if until else now - DAY


def _send(told: Told, day: date, now: datetime) -> bool:
    row = Digest.objects.filter(day=day)
    try:
        message(told).send()
    except (OSError, smtplib.SMTPException) as error:
        tries = row.values_list("tries", flat=True).get()
        wait = min(FIRST_RETRY * 2 ** min(tries - 1, 10), LONGEST_RETRY)
        row.update(next_try_at=now + wait, error=_why(error))
        log.warning("digest_failed", day=str(day), tries=tries, error=_why(error))
        return False
    row.update(sent_at=now, until=told.until, error="")
    log.info("digest", day=str(day), sources=len(told.rows), began=len(told.began), ended=len(told.ended))
    return True


def send_now() -> Told:
    """Sends a digest of the last day at once, whatever was sent today. Raises NotSent."""
    if not settings.NEWSDIFF_DIGEST_TO:
        raise NotSent("Nobody is named who gets it: set NEWSDIFF_DIGEST_TO to an e-mail address.")
    if not settings.EMAIL_HOST:
        raise NotSent("No mail server is named: set EMAIL_URL to its address.")
    now = current_moment()
    told = tell(now - DAY, now)
    mail = message(told)
    del mail.extra_headers["Message-ID"]  # it is none of the day's own
    try:
        mail.send()
    except (OSError, smtplib.SMTPException) as error:
        raise NotSent(f"The mail server did not take it: {_why(error)}. Is EMAIL_URL right?") from error
    return told


def _why(error: Exception) -> str:
    """What a mail server said, or why there was none, on one line."""
    return " ".join(str(error).split())[:300] or type(error).__name__
