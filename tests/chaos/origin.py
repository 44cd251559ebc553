"""The site: several hosts whose articles change at known moments, and which answer wrongly now and then.

It runs in threads of the process that sets up the storm, so it survives everything, and it knows the
truth: what stood when, when each text went out whole, and when a host was not to be had.
"""

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from hashlib import sha256
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from tests.chaos import misbehaving
from tests.chaos.misbehaving import Answering
from tests.chaos.truth import Span, Stand, Story, Text

MOST_FAULTS_IN_A_ROW = 3  # of one article: a site that never answers well is down, and knows no truth
QUICK_SHARE = 4  # of each quick fault so many are dealt for one that holds the host
now = time.monotonic


class Host:
    """One authority of the site, with a feed and some articles."""

    def __init__(self, origin: "Origin", address: str) -> None:
        self.origin = origin
        self.stories: dict[str, Story] = {}
        self.silences: list[Span] = []  # an answer was held back, or it had asked to be left alone
        self.asked: list[float] = []
        self.open = 0  # requests that wait for an answer
        host = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                self.close_connection = True
                with suppress(OSError):  # who asked may have gone: killed, or it had enough
                    host.answer(self)

            def log_message(self, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer((address, 0), Handler)
        self._server.daemon_threads = True
        self.base = f"http://{address}:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        path = urlsplit(handler.path).path
        with self.origin.lock:
            self.asked.append(now())
            self.open += 1
        try:
            if path == "/robots.txt":
                Answering(handler, b"", self.origin.random, self._pause).send(
                    200, b"User-agent: *\nAllow: /\n"
                )
            elif path.startswith("/loop/"):
                onward = f"/loop/{(int(path.rpartition('/')[2]) + 1) % 3}"
                Answering(handler, b"", self.origin.random, self._pause).send(302, Location=onward)
            elif path == "/feed.xml":
                self._feed(handler)
            else:
                self._article(handler, self.stories[path])
        finally:
            with self.origin.lock:
                self.open -= 1

    def _feed(self, handler: BaseHTTPRequestHandler) -> None:
        with self.origin.lock:
            named = list(self.stories.values())
        body = _feed(named).encode()
        answering = Answering(handler, body, self.origin.random, self._pause)
        if not self._misbehaves(answering, None):
            answering.send(200, body)
            with self.origin.lock:
                for story in named:
                    self._is_known(story)

    def _is_known(self, story: Story) -> None:
        """A feed that names it has gone out: its first text stands from now on. Ask with the lock held."""
        if not story.stands:
            story.publish(now())
            self.origin.plan(story)

    def _article(self, handler: BaseHTTPRequestHandler, story: Story) -> None:
        with self.origin.lock:
            self._is_known(story)  # it may be asked for before the feed's answer has ended here
            story.asked.append(now())
            stand = story.current
        body = _page(stand.text, story).encode()
        answering = Answering(handler, body, self.origin.random, self._pause)
        if self._misbehaves(answering, story):
            return
        time.sleep(self.origin.latency)
        etag = "" if story.is_noisy else f'"{sha256(body).hexdigest()[:16]}"'
        if etag and handler.headers.get("If-None-Match") == etag:
            handler.send_response(304)
            handler.send_header("ETag", etag)
            handler.end_headers()
            return
        answering.send(200, body, **({"ETag": etag} if etag else {}))
        with self.origin.lock:
            stand.served.append(now())

    def _misbehaves(self, answering: Answering, story: Story | None) -> bool:
        """Deals a fault, if one is to be dealt, and gives it for an answer."""
        fault = self.origin.deal(self, story)
        if fault is None:
            return False
        started = now()
        try:
            fault(answering)
        finally:
            if fault in misbehaving.SLOW:
                self.silences.append(Span(started, now()))
                self.origin.slow.release()
        return True

    def _pause(self, seconds: float) -> None:
        self.silences.append(Span(now(), now() + seconds))


class Origin:
    """All hosts, the plan of their edits, and the deck that faults are dealt from."""

    def __init__(self, seed: int, hosts: int, articles: int, hold: float) -> None:
        """`articles` are a host's at the beginning; `hold` is how long a text that counts stands, in seconds."""
        self.random = random.Random(seed)
        self.hold = hold
        self.lock = threading.RLock()
        self.rate = 0.0  # the share of answers that are faults
        self.latency = 0.02
        self.is_editing = False
        self.faults: Counter[str] = Counter()
        self.slow = threading.Semaphore(1)  # no more than one host is held at a time
        self._deck: list[Callable[[Answering], None]] = []
        self._seeds = iter(range(seed * 1_000_000, (seed + 1) * 1_000_000))
        self.hosts = [Host(self, f"127.0.0.{2 + n}") for n in range(hosts)]
        for host in self.hosts:
            for _ in range(articles):
                self.add(host)

    def close(self) -> None:
        for host in self.hosts:
            host.close()

    @property
    def stories(self) -> Iterator[tuple[Host, Story]]:
        """All articles that a feed has named."""
        return ((host, story) for host in self.hosts for story in list(host.stories.values()) if story.stands)

    def add(self, host: Host) -> None:
        """Puts one more article into a host's feed; it stands from when the feed is read."""
        with self.lock:
            seed = next(self._seeds)
            path = f"/news/{seed}"
            host.stories[path] = Story(host.base + path, path, seed, is_noisy=seed % 2 == 1)

    # --- edits ---------------------------------------------------------------------------------------
    def plan(self, story: Story, share: tuple[float, float] = (0.3, 1.5)) -> None:
        """Says when the text that stands now is edited: a share of `hold` at first, so that not all go at once."""
        story.next_edit = now() + self.hold * self.random.uniform(*share)

    def put_off(self, seconds: float) -> None:
        """Every edit that is planned comes so much later."""
        with self.lock:
            for _, story in self.stories:
                story.next_edit += seconds

    def edit_what_is_due(self) -> None:
        """Gives the articles whose moment has come another text."""
        with self.lock:
            for _, story in self.stories:
                if self.is_editing and story.next_edit <= now():
                    self._edit(story)

    def edit_all(self) -> None:
        """Gives every article another text now, and no further one."""
        with self.lock:
            for _, story in self.stories:
                story.show(story.author.edit(), now())

    def _edit(self, story: Story) -> None:
        """One text in four stands shortly, and may be missed; never one that is taken back."""
        before = story.current
        reverted = None
        if now() - before.began > self.hold and self.random.random() < 0.3:
            reverted = story.author.revert()
        story.show(reverted or story.author.edit(), now())
        is_short = reverted is None and self.random.random() < 0.25
        self.plan(story, (0.1, 0.8) if is_short else (1.15, 2.0))

    # --- faults --------------------------------------------------------------------------------------
    def deal(self, host: Host, story: Story | None) -> Callable[[Answering], None] | None:
        """The fault that an answer is to have, if any."""
        with self.lock:
            if story and story.faults_in_a_row >= MOST_FAULTS_IN_A_ROW:
                story.faults_in_a_row = 0
                return None
            if self.random.random() >= self.rate:
                if story:
                    story.faults_in_a_row = 0
                return None
            if not self._deck:
                self._deck = [*misbehaving.QUICK * QUICK_SHARE, *misbehaving.SLOW]
                self.random.shuffle(self._deck)
            fault = self._deck.pop()
            if fault in misbehaving.SLOW and not self.slow.acquire(blocking=False):
                return None
            if story:
                story.faults_in_a_row += 1
            self.faults[fault.__name__] += 1
            return fault


def _feed(stories: list[Story]) -> str:
    entries = "".join(
        f"<item><title>{escape(story.author.had[0].title)}</title><link>{story.url}</link></item>"
        for story in reversed(stories)
    )
    title = "The Stormy Quay"
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>{title}</title>{entries}</channel></rss>'


def _page(text: Text, story: Story) -> str:
    """The page; a noisy one says something else around the article in every answer."""
    noise = _noise() if story.is_noisy else ("", "", "")
    body = "".join(f"<p>{escape(paragraph)}</p>" for paragraph in text.paragraphs)
    title = escape(text.title)
    return (
        f"<!doctype html><html lang=en><head><title>{title} | The Stormy Quay</title>{noise[0]}</head><body>"
        f"<header><nav><a href=/>Home</a> <a href=/sea>Sea</a></nav></header>{noise[1]}"
        f"<main><article><h1>{title}</h1>{body}</article></main>{noise[2]}"
        f"<footer><p>Printed on the quay.</p></footer></body></html>"
    )


def _noise() -> tuple[str, str, str]:
    """What a page has in its head, above and below the article that is another at every look."""
    n = random.randrange(10**9)  # not seeded: how often it is asked for is up to the other side
    return (
        f'<meta name=csrf-token content="{n:x}"><script>window.ad = {n};</script>',
        f"<aside class=advert><p>Offer number {n}: a boat for {n % 977} crowns, today only.</p></aside>",
        f"<aside class=most-read><h2>Most read</h2><ol><li><a href=/m/{n}>Story {n} of the day</a>"
        f"<li><a href=/m/{n + 1}>Another, read {n % 5000} times</a></ol></aside>"
        f"<div class=comments><h2>{n % 300} comments</h2></div>",
    )


def served_whole(stand: Stand) -> bool:
    """Whether a text ever went out whole."""
    return bool(stand.served)
