"""Our feeds in the readers people use, subscribed to a running newsdiff: the same entries in each of them.

A change that is seen is one new entry in each; a poll in which nothing changed none; a hidden article's
entries are gone.
"""

import calendar
import json
import mailbox
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import feedparser
import pytest
from reader import make_reader

from tests.processes import ROOT, Installer, free_port, get, manage, running, until

pytestmark = pytest.mark.readers

# What each reader has of a feed: id -> (moment, title).
Held = dict[str, tuple[datetime, str]]

CAST = "from tests.cast import *; from django.utils import timezone; "
GEESE = "{} geese flew over the harbour this morning, said the warden."
MAKE = CAST + f"source = make_cast().source; make_article(source, 'Geese', ['{GEESE.format('Twelve')}']); "
MAKE += "Source.objects.update(is_paused=True)"
CHANGE = CAST + "geese = Article.objects.get(title='Geese'); "
CHANGE += f"add_version(geese, ['{GEESE.format('Nineteen')}'], at=DAY_ONE + timedelta(days=1))"
HIDE = CAST + "hide(Article.objects.get(title='Geese'), at=timezone.now())"
READERS = ("feedparser", "reader", "newsboat", "rss2email")


@dataclass
class Server:
    """A newsdiff that runs, with the cast in its database."""

    base: str
    env: dict[str, str]

    def does(self, what: str) -> None:
        """Something that happens in its database."""
        done = manage(self.env, "shell", "--no-imports", "-c", what)
        assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, installed: Installer) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("readers")
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    env = installed(folder, BASE_URL=base, PYTHONPATH=str(ROOT))
    started = Server(base, env)
    started.does(MAKE)
    with running(env, "manage.py", "up", "--port", str(port), log=folder / "up.log") as process:
        until(lambda: get(f"{base}/healthz"), why=lambda: process.output)
        yield started


# --- the readers -------------------------------------------------------------------------------------
@dataclass
class Subscriber:
    """A reader program with a place of its own, subscribed to some feeds."""

    folder: Path
    urls: list[str]

    def run(self, *command: str) -> str:
        done = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def poll(self) -> None:
        """Asks for all its feeds, as it would by itself."""
        raise NotImplementedError

    def held(self, url: str) -> Held:
        """What it has of a feed."""
        raise NotImplementedError


class FeedParser(Subscriber):
    """feedparser, which by itself keeps nothing: the last answer that was one."""

    def poll(self) -> None:
        self.answers: dict[str, feedparser.FeedParserDict] = getattr(self, "answers", {})
        for url in self.urls:
            before = self.answers.get(url, {})
            found = feedparser.parse(url, etag=before.get("etag"), modified=before.get("modified"))
            assert found.status in ((200, 304) if before else (200,))
            if found.status == 200:
                assert not found.bozo
                self.answers[url] = found

    def held(self, url: str) -> Held:
        return {
            entry.id: (datetime.fromtimestamp(calendar.timegm(entry.published_parsed), UTC), entry.title)
            for entry in self.answers[url].entries
        }


class Reader(Subscriber):
    """The library of this name, which reads JSON Feed too."""

    def poll(self) -> None:
        with closing(make_reader(str(self.folder / "reader.sqlite"))) as reader:
            for url in self.urls:
                reader.add_feed(url, exist_ok=True, allow_invalid_url=False)
            for result in reader.update_feeds_iter(scheduled=False):
                assert not isinstance(result.value, Exception), result

    def held(self, url: str) -> Held:
        with closing(make_reader(str(self.folder / "reader.sqlite"))) as reader:
            return {
                entry.id: (entry.published.astimezone(UTC), entry.title)
                for entry in reader.get_entries(feed=url)
            }


class Newsboat(Subscriber):
    """newsboat, asked for what is in its own database. It keeps an entry once, in whichever of its feeds
    named it last, so each feed has a database of its own here."""

    def newsboat(self, place: Path, *arguments: str) -> str:
        place.mkdir(exist_ok=True)
        (place / "config").touch()
        files = {"-u": "urls", "-c": "cache.db", "-C": "config"}
        options = [part for flag, name in files.items() for part in (flag, str(place / name))]
        return self.run("newsboat", *options, *arguments)

    def place(self, url: str) -> Path:
        return self.folder / str(self.urls.index(url))

    def poll(self) -> None:
        for url in self.urls:
            place = self.place(url)
            place.mkdir(exist_ok=True)
            (place / "urls").write_text(f"{url}\n")
            self.newsboat(place, "-x", "reload")

    def held(self, url: str) -> Held:
        rows = "SELECT guid, pubDate, title FROM rss_item WHERE deleted = 0"
        with closing(sqlite3.connect(self.place(url) / "cache.db")) as kept:
            return {id: (datetime.fromtimestamp(at, UTC), title) for id, at, title in kept.execute(rows)}


class Rss2Email(Subscriber):
    """rss2email, which puts its mails, of text alone, into a folder."""

    CONFIG = """[DEFAULT]
to = me@a.example
email-protocol = maildir
maildir-path = {folder}
maildir-mailbox = mails
date-header = True
html-mail = False
"""

    def r2e(self, *arguments: str) -> str:
        return self.run(
            "r2e", "-c", str(self.folder / "config"), "-d", str(self.folder / "data.json"), *arguments
        )

    def poll(self) -> None:
        if not (self.folder / "config").exists():
            mailbox.Maildir(self.folder / "mails")
            (self.folder / "config").write_text(self.CONFIG.format(folder=self.folder))
            for number, url in enumerate(self.urls):
                self.r2e("add", f"feed{number}", url)
        self.r2e("run")

    def mails(self, url: str) -> list[EmailMessage]:
        files = (self.folder / "mails" / "new").iterdir()
        found = [message_from_bytes(file.read_bytes(), policy=policy.default) for file in files]
        return [mail for mail in found if mail["X-RSS-Feed"] == url]

    def held(self, url: str) -> Held:
        found = self.mails(url)
        held = {
            str(mail["X-RSS-ID"]): (mail["Date"].datetime.astimezone(UTC), str(mail["Subject"]))
            for mail in found
        }
        assert len(held) == len(found)  # nothing was sent twice
        return held


KINDS: dict[str, type[Subscriber]] = {
    "feedparser": FeedParser,
    "reader": Reader,
    "newsboat": Newsboat,
    "rss2email": Rss2Email,
}
# reader alone of these knows JSON Feed
FORMATS = {name: ("rss", "atom", "json") if name == "reader" else ("rss", "atom") for name in READERS}


@pytest.fixture
def subscribed(server: Server, tmp_path: Path) -> dict[str, Subscriber]:
    """Each reader, subscribed to everything and to a filtered feed, and polled once."""
    found: dict[str, Subscriber] = {}
    for name, kind in KINDS.items():
        folder = tmp_path / name
        folder.mkdir()
        urls = [
            f"{server.base}/feed.{format}{query}"
            for format in FORMATS[name]
            for query in ("", "?kind=number")
        ]
        found[name] = kind(folder, urls)
        found[name].poll()
    return found


def ids(server: Server, query: str = "") -> set[str]:
    """The ids of a feed as it is now."""
    return {item["id"] for item in json.loads(get(f"{server.base}/feed.json{query}").body)["items"]}


def test_every_reader_has_the_same_entries_and_a_change_is_one_more_in_each(
    server: Server, subscribed: dict[str, Subscriber], tmp_path: Path
) -> None:
    def same_in_all() -> dict[str, Held]:
        """What they hold, by query."""
        by_query: dict[str, Held] = {}
        for name, subscriber in subscribed.items():
            for url in subscriber.urls:
                held = subscriber.held(url)
                assert held == by_query.setdefault(url.partition("?")[2], held), (name, url)
        return by_query

    before = same_in_all()
    assert before[""].keys() == ids(server)
    assert before["kind=number"].keys() == ids(server, "?kind=number")
    assert len(before[""]) == 5

    for subscriber in subscribed.values():
        subscriber.poll()
    assert same_in_all() == before  # nothing changed: nothing is new

    server.does(CHANGE)
    for subscriber in subscribed.values():
        subscriber.poll()
    after = same_in_all()
    for query, held in after.items():
        (new,) = held.keys() - before[query].keys()
        assert held[new][0] == datetime(2026, 3, 3, 9, tzinfo=UTC)
        assert {id: entry for id, entry in held.items() if id != new} == before[query]
    # A hidden article's entries are in no feed any more, for whoever asks again or anew.
    server.does(HIDE)
    assert ids(server) == before[""].keys()
    subscribed["feedparser"].poll()
    for name, subscriber in subscribed.items():
        anew = subscriber if name == "feedparser" else KINDS[name](tmp_path / f"{name}-anew", subscriber.urls)
        if anew is not subscriber:
            anew.folder.mkdir()
            anew.poll()
        for url in anew.urls:
            assert anew.held(url) == before[url.partition("?")[2]], (name, url)


def test_a_mail_of_text_alone_can_be_understood(server: Server, tmp_path: Path) -> None:
    url = f"{server.base}/feed.atom"
    subscriber = Rss2Email(tmp_path, [url])
    subscriber.poll()
    mail = next(
        mail
        for mail in subscriber.mails(url)
        if "Nineteen" in mail["Subject"] and "->" in mail["Subject"] and "Headline" in mail["Subject"]
    )
    text = " ".join(mail.get_content().replace("~~", "").replace("*", "").split())
    assert "Headline Removed: Twelve hurt as ferry runs aground off Brightwater" in text
    assert "Added: Nineteen hurt as ferry runs aground off Brightwater" in text
    assert mail["From"].addresses[0].display_name.endswith("The Harbour Gazette")


def test_the_list_of_feeds_is_imported(server: Server, tmp_path: Path) -> None:
    (tmp_path / "newsdiff.opml").write_text(get(f"{server.base}/feeds.opml").body)
    wanted = {f"{server.base}/feed.rss", f"{server.base}/sources/gazette/feed.rss"}
    newsboat = Newsboat(tmp_path, [])
    newsboat.newsboat(tmp_path / "newsboat", "-i", str(tmp_path / "newsdiff.opml"))
    imported = (tmp_path / "newsboat" / "urls").read_text().splitlines()
    assert {line.split()[0] for line in imported} == wanted
    mails = Rss2Email(tmp_path, [])
    mails.r2e("opmlimport", str(tmp_path / "newsdiff.opml"))
    assert {line.split("(")[1].split()[0] for line in mails.r2e("list").splitlines()} == wanted
