"""The daily mail, through a real mail server: what it says, when it is sent, and that it is sent once."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default
from io import StringIO

import pytest
from aiosmtpd.controller import Controller
from django.core.checks import run_checks
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.db import connection

from articles import digest, health, healthevents, pulse
from articles.models import Digest, Feed, Gap, HealthEvent, Heartbeat, Source, Worker
from newsdiff import env
from tests.cast import make_source
from tests.processes import PATIENCE, free_port

pytestmark = pytest.mark.django_db
SIX = datetime(2026, 5, 6, 6, 0, tzinfo=UTC)  # a Wednesday
MONDAY = SIX + timedelta(days=5)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


class Server:
    """A mail server on the loopback interface; `refusal` is what it answers in place of taking a mail."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.refusal = ""
        self.port = free_port()
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port, ready_timeout=PATIENCE)
        self._controller.start()

    async def handle_DATA(self, server, session, envelope) -> str:
        if self.refusal:
            return self.refusal
        mail = BytesParser(policy=default).parsebytes(envelope.content)
        assert isinstance(mail, EmailMessage)
        self.mails.append(mail)
        return "250 taken"

    def close(self) -> None:
        self._controller.stop()


@pytest.fixture
def mail(settings) -> Iterator[Server]:
    server = Server()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
    settings.NEWSDIFF_DIGEST_TO = ["desk@example.org", "editor@example.org"]
    settings.NEWSDIFF_DIGEST_HOUR = 6
    yield server
    server.close()


@pytest.fixture
def herald() -> Source:
    """A source that is read; newsdiff itself runs, at any moment a test may ask about."""
    source = make_source("The <b>Herald", "herald")
    read = {"last_ok_at": MONDAY, "last_checked_at": SIX, "last_status": 200}
    Feed.objects.update(next_check_at=MONDAY + 9 * HOUR, **read)
    later = MONDAY + DAY
    Heartbeat.objects.create(name="tick", at=later)
    Worker.objects.create(name="up", host="h", pid=1, started_at=SIX, seen_at=later, worked_at=later)
    return source


def fail(source: Source) -> None:
    Feed.objects.filter(source=source).update(failures=1, last_status=404, last_error="404 Not Found")


def text(mail: EmailMessage, kind: str = "plain") -> str:
    """The mail's text without its line breaks."""
    return " ".join(mail.get_body((kind,)).get_content().split())


# --- what it says ----------------------------------------------------------------------------------------
def test_it_tells_the_worst_with_what_to_do_in_text_and_html(mail: Server, herald: Source, settings):
    fail(herald)
    health.pause([make_source("Post", "post").pk], MONDAY, "They asked us\nto wait.")
    healthevents.survey(SIX - HOUR)
    healthevents.survey(SIX - 30 * MINUTE)
    assert digest.send_due(SIX + 10 * MINUTE)
    (sent,) = mail.mails
    assert sent["Subject"] == "newsdiff: 1 down"
    assert sent["To"] == "desk@example.org, editor@example.org"
    assert sent["From"] == settings.NEWSDIFF_MAIL_FROM
    assert sent["Auto-Submitted"] == "auto-generated"
    said = text(sent)
    assert (
        "* The <b>Herald: down, since 6 May 2026, 05:00 UTC - its feed cannot be read: 404 Not Found" in said
    )
    assert "What to do: The feed is not there any more." in said
    assert "Began since 5 May 2026, 06:10 UTC * The <b>Herald, 6 May 2026, 05:00 UTC: down" in said
    assert "* Post, until 11 May 2026, 06:00 UTC: They asked us to wait." in said
    assert f"{settings.BASE_URL}/admin/health/" in said
    page = text(sent, "html")
    assert "<b>The &lt;b&gt;Herald</b>: down, since 6 May 2026, 05:00 UTC" in page
    assert "What to do: The feed is not there any more." in page


def test_it_tells_what_ended_since_the_last_one(mail: Server, herald: Source):
    times = {"began_at": SIX - 2 * DAY, "told_at": SIX - 2 * DAY + HOUR, "ended_at": SIX - 3 * HOUR}
    HealthEvent.objects.create(
        source=herald, condition="down", words="404", remedy="-", settled_at=SIX - 2 * HOUR, **times
    )
    assert digest.send_due(SIX)
    assert mail.mails[0]["Subject"] == "newsdiff: all is well again"
    assert "* The <b>Herald, 6 May 2026, 03:00 UTC: no more down" in text(mail.mails[0])
    assert digest.send_due(SIX + DAY)
    assert len(mail.mails) == 1  # told once


def test_it_tells_when_nothing_was_looked_at_and_what_newsdiff_lacks(mail: Server, herald: Source):
    Gap.objects.create(scope="everything", reason="stuck", began_at=SIX - 5 * HOUR, ended_at=SIX - HOUR)
    Worker.objects.all().delete()
    assert digest.send_due(SIX)
    said = text(mail.mails[0])
    assert mail.mails[0]["Subject"] == "newsdiff: newsdiff itself needs you"
    assert "* Workers: none alive What to do: Start one" in said
    assert "* between 6 May 2026, 01:00 and 05:00 UTC: no worker did anything" in said


def test_of_very_many_sources_in_trouble_fifty_are_told(mail: Server, herald: Source):
    for number in range(53):
        fail(make_source(f"Source {number:02}", f"source-{number}"))
    assert digest.send_due(SIX)
    said = text(mail.mails[0])
    assert "Source 49: down" in said
    assert "Source 50" not in said
    assert "and 3 more, on the page of health." in said


# --- when it is sent -------------------------------------------------------------------------------------
def test_a_day_without_anything_to_say_is_silent_but_for_mondays(mail: Server, herald: Source):
    assert digest.send_due(SIX)
    assert mail.mails == []
    assert Digest.objects.get().is_silent
    assert digest.send_due(MONDAY)
    assert mail.mails[0]["Subject"] == "newsdiff: all is well"
    assert "All is well: 1 source followed, none in trouble" in text(mail.mails[0])


def test_it_is_sent_from_its_hour_on_and_once_a_day(mail: Server, herald: Source):
    fail(herald)
    assert not digest.send_due(SIX - MINUTE)
    assert digest.send_due(SIX + 3 * HOUR)
    assert not digest.send_due(SIX + 4 * HOUR)
    assert not digest.send_due(SIX + DAY - MINUTE)
    assert digest.send_due(SIX + DAY)
    assert len(mail.mails) == 2
    assert len({sent["Message-ID"] for sent in mail.mails}) == 2


def test_nobody_is_named_or_no_server_is_and_nothing_is_sent(mail: Server, herald: Source, settings):
    fail(herald)
    settings.EMAIL_HOST = ""
    assert not digest.send_due(SIX)
    settings.EMAIL_HOST, settings.NEWSDIFF_DIGEST_TO = "127.0.0.1", []
    assert not digest.send_due(SIX)
    assert not Digest.objects.exists()


def test_a_mail_that_the_server_refuses_is_tried_again_and_told(mail: Server, herald: Source):
    fail(herald)
    mail.refusal = "451 4.3.0 No room\r\n"
    assert not digest.send_due(SIX)
    row = Digest.objects.get()
    assert (row.sent_at, row.tries, row.next_try_at) == (None, 1, SIX + 5 * MINUTE)
    assert "No room" in row.error
    (told,) = (reading for reading in health.itself(SIX) if reading.name == "Daily mail")
    assert told.words.startswith("tried once in vain: ")
    assert told.advice
    assert not digest.send_due(SIX + 4 * MINUTE)
    assert not digest.send_due(SIX + 5 * MINUTE)
    assert Digest.objects.get().next_try_at == SIX + 15 * MINUTE
    mail.refusal = ""
    assert digest.send_due(SIX + 15 * MINUTE)
    row = Digest.objects.get()
    assert (row.sent_at, row.tries, row.error) == (SIX + 15 * MINUTE, 3, "")
    assert len(mail.mails) == 1


def test_a_server_that_is_down_is_tried_again(mail: Server, herald: Source, settings):
    fail(herald)
    settings.EMAIL_PORT = free_port()
    assert not digest.send_due(SIX)
    assert Digest.objects.get().error


def test_what_a_day_could_not_tell_the_next_one_does(mail: Server, herald: Source):
    fail(herald)
    assert digest.send_due(SIX)
    mail.refusal = "451 No room"
    assert not digest.send_due(SIX + DAY)
    mail.refusal = ""
    told = {"began_at": SIX + HOUR, "told_at": SIX + 2 * HOUR}
    HealthEvent.objects.create(source=herald, condition="down", words="its feed is gone", remedy="-", **told)
    assert digest.send_due(SIX + 2 * DAY)
    assert "Began since 6 May 2026, 06:00 UTC * The <b>Herald, 6 May 2026, 07:00 UTC" in text(mail.mails[1])


@pytest.mark.django_db(transaction=True)
def test_of_several_processes_one_sends_it(mail: Server, herald: Source):
    fail(herald)
    together = threading.Barrier(4)

    def send() -> None:
        together.wait()
        digest.send_due(SIX)
        connection.close()

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(mail.mails) == 1


@pytest.mark.django_db(transaction=True)
def test_a_process_that_works_sends_it_beside_its_work(mail: Server, herald: Source):
    fail(herald)
    worker = pulse.Pulse("up")
    for minute in range(3):  # the first turn only leaves its mark
        worker.beat(SIX + minute * MINUTE)
        for thread in threading.enumerate():
            if thread.name == "digest":
                thread.join()
    assert [sent["Subject"] for sent in mail.mails] == ["newsdiff: 1 down"]
    Worker.objects.all().delete()


# --- the command and the settings ------------------------------------------------------------------------
def test_the_command_prints_and_sends(mail: Server, herald: Source):
    out = StringIO()
    fail(herald)
    call_command("digest", "--print", stdout=out)
    assert out.getvalue().startswith("Subject: newsdiff: 1 down")
    assert mail.mails == []
    call_command("digest", stdout=StringIO())
    assert mail.mails[0]["Subject"].startswith("newsdiff: 1 down")
    assert not Digest.objects.exists()  # the day's own still comes


def test_the_command_says_what_is_missing(mail: Server, herald: Source, settings):
    mail.refusal = "550 Who are you?"
    with pytest.raises(CommandError, match=r"did not take it: .*Who are you"):
        call_command("digest")
    settings.EMAIL_HOST = ""
    with pytest.raises(CommandError, match="set EMAIL_URL"):
        call_command("digest")
    assert "newsdiff.W003" in [found.id for found in run_checks()]
    settings.NEWSDIFF_DIGEST_TO = []
    with pytest.raises(CommandError, match="set NEWSDIFF_DIGEST_TO"):
        call_command("digest")
    assert "newsdiff.W003" not in [found.id for found in run_checks()]


def test_settings_say_what_is_expected(monkeypatch):
    monkeypatch.setenv("NEWSDIFF_DIGEST_TO", "a@example.org, b@example.org")
    assert env.addresses("NEWSDIFF_DIGEST_TO") == ["a@example.org", "b@example.org"]
    monkeypatch.setenv("NEWSDIFF_DIGEST_TO", "a@example.org\nBcc: x")
    with pytest.raises(ImproperlyConfigured, match="expected e-mail addresses such as"):
        env.addresses("NEWSDIFF_DIGEST_TO")
    monkeypatch.setenv("NEWSDIFF_DIGEST_HOUR", "24")
    with pytest.raises(ImproperlyConfigured, match="expected a whole number from 0 to 23"):
        env.whole("NEWSDIFF_DIGEST_HOUR", 6, most=23)
