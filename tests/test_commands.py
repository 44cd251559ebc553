"""The command line: what it prints, where, and the status it ends with (0 done, 1 failed, 2 misuse)."""

import json
import re
import socket
import subprocess
import sys
import threading
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command, load_command_class
from django.utils import timezone

from articles.models import Article, Change, Check, Feed, Gap, Heartbeat, Host, Source, Worker
from tests.cast import make_cast
from tests.crawl import follow
from tests.processes import PATIENCE, ROOT, environment, free_port, get, manage, running, until
from tests.site import Asked, Page, article, rss

REPORT = [
    "feeds",
    "articles",
    "new_articles",
    "new_versions",
    "unchanged",
    "not_modified",
    "failed",
    "seconds",
]


def run(*arguments: str) -> tuple[str, str]:
    """What a command prints on stdout and stderr; CommandError where it fails."""
    out, err = StringIO(), StringIO()
    call_command(*arguments, stdout=out, stderr=err, no_color=True)
    return out.getvalue(), err.getvalue()


def refused(*arguments: str) -> tuple[str, int]:
    """The message and the status with which a command refuses."""
    with pytest.raises(CommandError) as caught:
        run(*arguments)
    return str(caught.value), caught.value.returncode


# --- up -------------------------------------------------------------------------------------------
def test_up_serves_pages_and_ends_cleanly_with_all_it_started(tmp_path, site):
    env = environment(tmp_path / "new folder")
    site.pages |= {"/a": article("Read by the crew"), "/feed.xml": rss("/a")}
    assert manage(env, "addsource", site.url("/feed.xml")).stdout == "the-quiet-harbour\n"
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    with running(env, "manage.py", "up", "--port", str(port), log=tmp_path / "log") as up:
        page = until(lambda: get(base + "/"), why=lambda: up.output)
        assert (page.status, "Latest changes" in page.body) == (200, True)
        until(lambda: (got := get(base + "/sources/the-quiet-harbour/")) and "Read by the crew" in got.body)
        until(lambda: get(base + "/readyz").status == 200)
        assert f"newsdiff is running on {base}/" in up.output
        data = env["NEWSDIFF_DATA_DIR"]
        assert re.search(f"NEWSDIFF_DATA_DIR={data} \\S*python manage.py createsuperuser", up.output)
        assert f"{base}/admin/" in up.output
        assert len(up.left_behind()) > 1  # the reader's processes: they, too, must end
        readers = [threading.Thread(target=lambda: [get(base + "/") for _ in range(5)]) for _ in range(3)]
        for reader in readers:
            reader.start()
        assert up.end() == 0  # in the middle of answers
        for reader in readers:
            reader.join()
        assert "Traceback" not in up.output
        assert "\nStopped.\n" in up.output
        until(lambda: up.left_behind() == [])


def test_up_ends_in_time_even_while_a_site_keeps_it_waiting(tmp_path, site, installed):
    asked, answer = threading.Event(), threading.Event()

    def hanging(_: Asked) -> Page:
        asked.set()
        answer.wait(30)
        return article()

    env = installed(tmp_path)
    site.pages |= {"/a": hanging, "/feed.xml": rss("/a")}
    manage(env, "addsource", site.url("/feed.xml"))
    with running(env, "manage.py", "up", "--port", str(free_port()), log=tmp_path / "log") as up:
        assert asked.wait(PATIENCE), up.output
        assert up.end() == 0
        until(lambda: up.left_behind() == [])
        assert "Traceback" not in up.output
    answer.set()


def test_up_says_which_port_is_taken(tmp_path, installed):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        done = manage(installed(tmp_path), "up", "--port", str(port))
    assert done.returncode == 1
    assert f"Port {port} cannot be used" in done.stderr
    assert f"--port {port + 1}" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("command", ["up", "demo"])
@pytest.mark.parametrize("port", ["0", "-1", "65536", "99999", "eighty"])
def test_up_and_demo_refuse_what_is_no_port(command, port):
    with pytest.raises(CommandError, match="is no port: give a number from 1 to 65535"):
        run(command, f"--port={port}")


@pytest.mark.django_db(transaction=True)
def test_up_refuses_a_host_that_names_no_address():
    message, status = refused("up", "--host", "no such host")
    assert (message.startswith("'no such host' names no address"), status) == (True, 2)


# --- addsource ------------------------------------------------------------------------------------
def test_addsource_prints_the_slug_alone_and_tells_the_rest_on_stderr(tmp_path, site, installed):
    """In processes of its own: what a script sees of it."""
    env = installed(tmp_path)
    site.pages["/"] = Page(
        '<html><head><link rel=alternate type="application/rss+xml" href="/feed.xml"></head></html>'
    )
    site.pages["/feed.xml"] = rss("/a", "/b")
    added = manage(env, "addsource", site.url("/"), "--slug", "harbour")
    assert (added.returncode, added.stdout) == (0, "harbour\n")
    assert f"feed with 2 entries: {site.url('/feed.xml')}" in added.stderr
    again = manage(env, "addsource", site.url("/feed.xml"))
    assert (again.returncode, again.stdout) == (1, "")
    assert "followed already, as source 'harbour'" in again.stderr
    assert again.stderr.startswith("CommandError: ")
    assert "Traceback" not in again.stderr
    misused = manage(env, "addsource", "--no-such-option")
    assert (misused.returncode, misused.stdout) == (2, "")
    assert "usage:" in misused.stderr


@pytest.mark.django_db
def test_addsource_takes_a_name_and_a_slug_and_can_wait(site):
    site.pages["/feed.xml"] = rss("/a", title="What the feed calls itself")
    out, _ = run("addsource", site.url("/feed.xml"), "--name", "The Gazette", "--slug", "gz", "--paused")
    source = Source.objects.get()
    assert (out, source.slug, source.name, source.is_paused) == ("gz\n", "gz", "The Gazette", True)


@pytest.mark.django_db
def test_addsource_finds_every_feed_of_a_page_but_not_one_twice(site):
    links = "".join(f'<link rel=alternate type="application/rss+xml" href="/{n}.xml">' for n in "abc")
    site.pages["/"] = Page(f"<html><head>{links}</head></html>")
    site.pages |= {"/a.xml": rss("/1", "/2"), "/b.xml": rss("/3"), "/c.xml": rss("/2", "/1")}
    run("addsource", site.url("/"))
    assert [feed.url for feed in Feed.objects.order_by("pk")] == [site.url("/a.xml"), site.url("/b.xml")]
    assert Article.objects.count() == 3


@pytest.mark.django_db
def test_two_sources_of_one_name_get_different_slugs(site):
    site.pages |= {"/a.xml": rss("/a"), "/b.xml": rss("/b")}
    assert run("addsource", site.url("/a.xml"))[0] == "the-quiet-harbour\n"
    assert run("addsource", site.url("/b.xml"))[0] == "the-quiet-harbour-2\n"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["/nothing-here"], "answers 404 Not Found"),
        (["/page"], "No feed found"),
        (["/broken"], "None of the feeds the site names can be read"),
        (["/feed.xml", "--slug", "taken"], "There is a source 'taken' already"),
    ],
)
def test_addsource_says_why_it_cannot_follow_an_address(site, arguments, words):
    Source.objects.create(name="Taken", slug="taken")
    site.pages["/page"] = article("A page that names no feed")
    site.pages["/broken"] = Page('<link rel=alternate type="application/rss+xml" href="/nothing-here">')
    site.pages["/feed.xml"] = rss("/a")
    message, status = refused("addsource", site.url(arguments[0]), *arguments[1:])
    assert words in message
    assert status == 1
    assert [source.slug for source in Source.objects.all()] == ["taken"]
    assert Feed.objects.count() == 0


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("ftp://example.org/feed", 2),
        ("http://", 2),
        ("", 2),
        ("http://127.0.0.1:1/feed.xml", 1),
        ("http://10.0.0.1/", 1),
    ],
)
def test_addsource_refuses_addresses_that_cannot_be_asked(site, address, expected):
    message, status = refused("addsource", address)
    assert status == expected  # what is no address is misuse
    assert message
    assert Source.objects.count() == 0


@pytest.mark.django_db
def test_addsource_takes_what_is_no_slug_for_misuse_before_it_asks_anybody(site):
    site.pages["/feed.xml"] = rss("/a")
    message, status = refused("addsource", site.url("/feed.xml"), "--slug", "No Slug!")
    assert ("is no slug" in message, status) == (True, 2)
    assert site.paths() == []


# --- check ----------------------------------------------------------------------------------------
def report(*arguments: str) -> dict[str, float]:
    out, _ = run("check", "--json", *arguments)
    assert out.count("\n") == 1
    return json.loads(out)


def counts(**expected: int) -> dict[str, int]:
    return {name: expected.get(name, 0) for name in REPORT[:-1]}


def without_seconds(found: dict[str, float]) -> dict[str, float]:
    assert list(found) == REPORT
    assert found["seconds"] >= 0
    return {name: value for name, value in found.items() if name != "seconds"}


@pytest.mark.django_db(transaction=True)
def test_check_all_looks_at_everything_and_counts_it(site):
    site.pages |= {path: article(f"Report {path[1:]} from the quay") for path in ("/a", "/b", "/c", "/d")}
    site.pages["/c"].headers = {"ETag": '"c"'}
    site.pages["/feed.xml"] = rss("/a", "/b", "/c", "/d")
    run("addsource", site.url("/feed.xml"))
    first = without_seconds(report())
    assert first == counts(articles=4, new_articles=4, new_versions=4)
    assert without_seconds(report()) == counts()  # nothing is due
    site.pages["/b"] = article("Report b from the quay, corrected")
    site.pages["/d"] = Page("no", 500)
    site.pages["/e"] = article("Report e from the quay")
    site.pages["/feed.xml"] = rss("/a", "/b", "/c", "/d", "/e")
    again = without_seconds(report("--all"))
    assert again == counts(
        feeds=1, articles=5, new_articles=1, new_versions=2, unchanged=1, not_modified=1, failed=1
    )
    assert Check.objects.count() == 9


@pytest.mark.django_db(transaction=True)
def test_check_source_and_url_look_at_nothing_else(site):
    site.pages |= {"/a": article("Of the first"), "/a2": article("Too"), "/b": article("Of the second")}
    first = follow(site, "/a", "/a2")
    site.pages["/other.xml"] = rss("/b")
    run("addsource", site.url("/other.xml"), "--slug", "second")
    report()
    asked = len(site.asked)
    assert without_seconds(report("--source", "second")) == counts(feeds=1, articles=1, unchanged=1)
    assert sorted(site.paths()[asked:]) == ["/b", "/other.xml"]
    asked = len(site.asked)
    other_spelling = site.url("/a?utm_source=mail#top")
    assert without_seconds(report("--url", other_spelling)) == counts(articles=1, unchanged=1)
    assert site.paths()[asked:] == ["/a"]
    asked = len(site.asked)
    assert without_seconds(report("--url", site.url("/feed.xml"))) == counts(feeds=1)
    assert site.paths()[asked:] == ["/feed.xml"]
    assert first.articles.count() == 2


@pytest.mark.django_db(transaction=True)
def test_check_without_json_says_it_in_words(site):
    site.pages["/a"] = article()
    follow(site, "/a")
    out, _ = run("check", "--all")
    assert re.match(r"1 feeds, 1 articles, 0 new articles, 0 new versions, 1 unchanged,", out)


@pytest.mark.django_db(transaction=True)
def test_check_counts_a_feed_that_fails_and_ends_all_the_same(site):
    site.pages["/a"] = article()
    follow(site, "/a")
    site.pages["/feed.xml"] = Page("no", 500)
    assert without_seconds(report("--all")) == counts(feeds=1, articles=1, unchanged=1, failed=1)


@pytest.mark.django_db(transaction=True)
def test_check_does_not_wait_for_a_host_that_asked_for_a_long_pause(site):
    site.pages["/a"] = article()
    follow(site, "/a")
    Host.objects.update(next_at=timezone.now() + timedelta(hours=1))
    asked = len(site.asked)
    assert without_seconds(report("--all")) == counts()
    assert len(site.asked) == asked


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("arguments", "words", "status"),
    [
        (["--source", "nobody"], "No source 'nobody'. There are: the-quiet-harbour.", 2),
        (["--url", "ftp://example.org/a"], "ftp", 2),
        (["--url", "https://example.org/unknown"], "is neither a feed nor an article that is followed", 1),
    ],
)
def test_check_says_what_it_does_not_know(site, arguments, words, status):
    site.pages["/a"] = article()
    follow(site, "/a")
    message, found = refused("check", *arguments)
    assert words in message
    assert found == status


@pytest.mark.django_db
@pytest.mark.parametrize(
    "command",
    [
        ["check"],
        ["recount"],
        ["reextract"],
        ["export", "jsonl", "-"],
        ["export", "warc", "-"],
        ["importwarc", __file__],
    ],
)
def test_an_empty_name_of_a_source_is_misuse_and_not_all_of_them(command):
    assert refused(*command, "--source", "") == ("No source ''. There are: none yet.", 2)


# --- doctor ---------------------------------------------------------------------------------------
@pytest.fixture
def sound(db: None, settings) -> None:
    """A record that keeps every law, nothing overdue, and a scheduler that runs, at a public address."""
    settings.BASE_URL, settings.SECURE = "https://diff.example.org", False
    settings.NEWSDIFF_CONTACT = "desk@diff.example.org"
    make_cast()
    Article.objects.update(next_check_at=timezone.now() + timedelta(hours=1))
    Feed.objects.update(next_check_at=timezone.now() + timedelta(hours=1))
    now = timezone.now()
    Heartbeat.objects.create(name="tick", at=now)
    Worker.objects.create(name="up@desk:7", host="desk", pid=7, started_at=now, seen_at=now)


def doctor_fails() -> tuple[str, str]:
    """What doctor prints and the message it ends with."""
    out = StringIO()
    with pytest.raises(CommandError) as caught:
        call_command("doctor", stdout=out, no_color=True)
    assert caught.value.returncode == 1
    return out.getvalue(), str(caught.value)


def test_doctor_finds_nothing_wrong_with_a_sound_record(sound):
    out, _ = run("doctor")
    levels = {line.split()[0] for line in out.splitlines() if not line.startswith(" ")}
    assert levels == {"ok"}, out
    for said in ("The database answers", "The scheduler ran", "Versions are numbered without gaps"):
        assert said in out


@pytest.mark.parametrize(
    ("law", "harm"),
    [
        (
            "Neighbouring versions differ",
            lambda row: row.versions.filter(number=2).update(digest=row.versions.get(number=1).digest),
        ),
        (
            "Versions are numbered without gaps and counted right",
            lambda row: Article.objects.filter(pk=row.pk).update(version_count=9),
        ),
        (
            "Every version after the first has its change",
            lambda row: Change.objects.filter(article=row).delete(),
        ),
        ("Every check is recorded", lambda row: row.checks.first().delete()),
    ],
)
def test_doctor_names_the_law_that_is_broken_and_the_article(sound, law, harm):
    row = Change.objects.order_by("pk").first().article
    harm(row)
    out, message = doctor_fails()
    (line,) = [line for line in out.splitlines() if line.startswith("fail")]
    assert f"Broken: {law}" in line
    assert f"[{row.pk}]" in line
    assert "-> This is a bug: please report it" in out
    assert message == "1 of the findings must be mended."


@pytest.mark.parametrize(
    ("harm", "words", "advice"),
    [
        (lambda: Heartbeat.objects.all().delete(), "The scheduler has never run here.", "Start it: "),
        (
            lambda: Heartbeat.objects.update(at=timezone.now() - timedelta(hours=1)),
            "The scheduler last ran",
            "Start it: ",
        ),
        (
            lambda: Feed.objects.update(failures=3, last_error="500"),
            "1 feeds fail repeatedly",
            "See the admin",
        ),
        (
            lambda: Host.objects.update(failures=3, next_at=timezone.now() + timedelta(hours=1)),
            "Hosts turn us away",
            "asked again by themselves",
        ),
        (
            lambda: Article.objects.update(next_check_at=timezone.now() - timedelta(hours=1)),
            "late",
            "Are workers running?",
        ),
        (
            lambda: Article.objects.update(next_check_at=timezone.now() - timedelta(hours=1)),
            "Work is due, and none has been done since",
            "Restart them: ",
        ),
        (lambda: Worker.objects.all().delete(), "Workers: 0 alive", "Start one: "),
        (
            lambda: Gap.objects.create(
                scope=Gap.Scope.EVERYTHING,
                began_at=timezone.now() - timedelta(hours=3),
                ended_at=timezone.now() - timedelta(hours=1),
                reason=Gap.Reason.NOT_RUNNING,
            ),
            "for newsdiff was not running; 1 such gaps",
            "See the admin, Gaps",
        ),
    ],
    ids=["never ran", "stopped", "feed", "host", "queue", "stuck", "no worker", "gap"],
)
def test_doctor_warns_with_advice_of_what_may_mend_itself(sound, harm, words, advice):
    harm()
    out, _ = run("doctor")  # warnings are no failure
    warned = [line for line in out.splitlines() if line.startswith("warn")]
    assert any(words in line for line in warned), out
    assert advice in out


@pytest.mark.django_db
def test_doctor_fails_on_settings_that_are_half_a_server(settings, sound):
    settings.DATABASE_URL, settings.REDIS_URL = "postgres://…", ""
    out, _ = doctor_fails()
    assert "newsdiff.E001" in out


def test_doctor_ends_with_0_or_1_and_no_traceback(tmp_path, installed):
    env = installed(tmp_path)
    sound = manage(env, "doctor")
    assert (sound.returncode, sound.stderr) == (0, "")
    (tmp_path / "newsdiff.sqlite3").write_bytes(b"This is no database. " * 200)
    for left in tmp_path.glob("newsdiff.sqlite3-*"):
        left.unlink()
    broken = manage(env, "doctor")
    assert broken.returncode == 1
    assert "The database does not answer" in broken.stdout
    assert "Traceback" not in broken.stderr


# --- all of them ----------------------------------------------------------------------------------
OF_THE_WEB = {"ninja", "pydantic", "articles.views", "articles.admin", "import_export.resources"}


def test_workers_and_commands_load_neither_pages_nor_the_admin(tmp_path, installed):
    """Which would take longer than most commands do, and memory of every worker."""
    loads = (
        "import sys, django; django.setup(); from newsdiff.celery import app; app.loader.import_default_modules(); "
        "from django.core.management import call_command; call_command('recount', stdout=sys.stderr); "
        f"print(*{OF_THE_WEB} & set(sys.modules))"
    )
    env = installed(tmp_path, DJANGO_SETTINGS_MODULE="newsdiff.settings")
    done = subprocess.run(
        [sys.executable, "-c", loads], env=env, cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout.strip()) == (0, ""), done.stderr


@pytest.mark.parametrize("command", ["up", "demo", "addsource", "check", "doctor"])
def test_every_command_explains_itself(command, capsys):
    with pytest.raises(SystemExit) as ended:
        call_command(command, "--help")
    assert ended.value.code == 0
    assert load_command_class("articles", command).help in capsys.readouterr().out.replace("\n", " ")
