"""A news site on many loopback addresses, in a process of its own, so that its work is not counted as ours.

    python -m tests.benchmarks.publisher PORT ADDRESSES ARTICLES

Every address, 127.0.1.1 and the following, is a host of its own to a crawler. Articles are dealt out among
them; feeds are on the first. What articles answer with is said over HTTP: see `Publisher.answer_with`.
"""

import asyncio
import gzip
import json
import subprocess
import sys
import time
from dataclasses import dataclass, field
from functools import lru_cache
from types import TracebackType
from urllib.parse import parse_qsl, urlencode, urlsplit
from urllib.request import urlopen

from tests.benchmarks.timing import Writer
from tests.processes import ROOT, free_port, get, until

KINDS = ("not modified (304)", "the same bytes", "noise around the same text", "changed words")
NOT_MODIFIED, SAME, NOISE, CHANGED = KINDS
IN_A_FEED = 1_500  # entries; newsdiff reads 2,000 of a feed
TEMPLATES = 8  # pages of different articles share what stands around them


def address(number: int) -> str:
    """The numbered loopback address, from 127.0.1.1 on, 250 in each block."""
    return f"127.0.{1 + number // 250}.{1 + number % 250}"


# --- pages ----------------------------------------------------------------------------------------
@lru_cache
def furniture(seed: int = 7, teasers: int = 900) -> str:
    """What stands around an article: a menu, teasers of others, a script with data; some 50 to 90 KB."""
    menu = "".join(f"<li><a href=/section/{n}>Section {n}</a></li>" for n in range(150))
    lines = Writer(seed).paragraphs(teasers)
    others = "".join(
        f"<div class=teaser><a href=/t/{n}><h3>Another report, number {n}</h3></a><p>{line}</p></div>"
        for n, line in enumerate(lines)
    )
    data = ",".join(f'{{"id":{n},"kind":"tracker","url":"/pixel/{n}.gif"}}' for n in range(1_000))
    return f"<nav><ul>{menu}</ul></nav><aside class=related>{others}</aside><script>var d=[{data}]</script>"


@lru_cache
def _writer() -> Writer:
    return Writer(1)


@lru_cache(maxsize=1_024)
def text_of(number: int) -> tuple[str, ...]:
    """The paragraphs of an article of 600 to 1,000 words."""
    _writer().random.seed(number)
    return tuple(_writer().paragraphs(600 + 50 * (number % 9)))


def page(number: int, edition: int = 0, noise: int = 0) -> bytes:
    """The article's page; each `edition` has another sentence, each `noise` other advert, counter and stamps."""
    paragraphs = list(text_of(number))
    if edition:
        at = 1 + edition % (len(paragraphs) - 1)
        paragraphs[at] = f"{paragraphs[at]} By the count of edition {edition} it was quite another matter."
    title = f"Report number {number} from the harbour"
    body = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
    around = furniture(number % TEMPLATES, 600 + 150 * (number % TEMPLATES))
    return (
        f"<!doctype html><html lang=en><head><title>{title} | The Quiet Harbour</title>"
        f"<meta name=csrf-token content='t{noise:x}'></head><body><header><a href=/>Home</a></header>"
        f"<aside class=ad><a href=/buy/{noise}>Offer {noise}: oars at half the price</a></aside>"
        f"<main><article><h1>{title}</h1><p class=byline>By Ada Quay</p>{body}</article></main>"
        f"<div class=counter>{noise % 9973} readers</div>{around}"
        f"<footer><p>Printed on the quay at {noise % 86400} seconds.</p></footer>"
        f"<script>var token='{noise * 7919:x}'</script></body></html>"
    ).encode()


# --- the process that serves them -------------------------------------------------------------------
@dataclass
class Served:
    """What the site is told and what it was asked."""

    port: int
    addresses: int
    articles: int
    kind: str = NOT_MODIFIED
    edition: int = 0
    slow: dict[str, float] = field(default_factory=dict)  # seconds an answer takes, by address
    refusing: set[str] = field(default_factory=set)
    noise: int = 0
    answers: int = 0
    log: list[tuple[float, float, int]] = field(default_factory=list)
    packed: dict[tuple[int, int], bytes] = field(default_factory=dict)

    def url(self, number: int) -> str:
        return f"http://{address(number % self.addresses)}:{self.port}/{number}"

    def feed(self, number: int) -> bytes:
        first = number * IN_A_FEED
        items = "".join(
            f"<item><title>Report number {n}</title><link>{self.url(n)}</link></item>"
            for n in range(first, min(first + IN_A_FEED, self.articles))
        )
        name = f"<title>The Quiet Harbour {number}</title><link>/</link>"
        return f'<?xml version="1.0"?><rss version="2.0"><channel>{name}{items}</channel></rss>'.encode()

    def article(self, number: int, etag: str) -> tuple[str, dict[str, str], bytes]:
        """Status, headers and the gzipped body."""
        headers = {"Content-Type": "text/html; charset=utf-8"}
        if self.kind == NOT_MODIFIED:
            mine = f'"{number}-{self.edition}"'
            headers["ETag"] = mine
            if etag == mine:
                return "304 Not Modified", headers, b""
        if self.kind in (NOISE, CHANGED):
            self.noise += 1
            return "200 OK", headers, gzip.compress(page(number, self.edition, self.noise), 1)
        key = number, self.edition
        if key not in self.packed:
            self.packed[key] = gzip.compress(page(number, self.edition), 6)
        return "200 OK", headers, self.packed[key]

    def told(self, query: str) -> bytes:
        """Takes what `Publisher` says; returns what was asked since the last time."""
        said = dict(parse_qsl(query))
        self.kind = said.get("kind", self.kind)
        self.edition = int(said.get("edition", self.edition))
        if "slow" in said:
            self.slow = json.loads(said["slow"])
        if "refusing" in said:
            self.refusing = set(json.loads(said["refusing"]))
        if "log" not in said:
            return json.dumps(self.answers).encode()
        log, self.log = self.log, []
        return json.dumps(log).encode()


async def _answer(site: Served, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()
        return
    began, own = time.time(), writer.get_extra_info("sockname")[0]
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:])}
    parts = urlsplit(head[0].split(" ")[1])
    status, sent, body = _page_for(site, parts.path, parts.query, own, headers)
    is_article = parts.path[1:].isdigit()
    if is_article and own in site.slow:
        await asyncio.sleep(site.slow[own])
    lines = [f"HTTP/1.1 {status}", *(f"{name}: {value}" for name, value in sent.items())]
    lines += [f"Content-Length: {len(body)}", "Connection: close", "", ""]
    writer.write("\r\n".join(lines).encode() + body)
    if is_article:
        site.answers += 1
        site.log.append((began, time.time(), int(parts.path[1:])))
    try:
        await writer.drain()
        writer.close()
        await writer.wait_closed()
    except ConnectionError:  # who asked has gone
        return


def _page_for(
    site: Served, path: str, query: str, own: str, headers: dict[str, str]
) -> tuple[str, dict[str, str], bytes]:
    if path == "/told":
        return "200 OK", {"Content-Type": "application/json"}, site.told(query)
    if path.startswith("/feed/"):
        return "200 OK", {"Content-Type": "application/rss+xml"}, site.feed(int(path[6:]))
    if not path[1:].isdigit():
        return "404 Not Found", {"Content-Type": "text/plain"}, b"nothing here"
    if own in site.refusing:
        return "503 Service Unavailable", {"Content-Type": "text/plain"}, b"too much"
    status, sent, body = site.article(int(path[1:]), headers.get("if-none-match", ""))
    if body and "gzip" not in headers.get("accept-encoding", ""):
        return status, sent, gzip.decompress(body)
    return status, sent | ({"Content-Encoding": "gzip"} if body else {}), body


async def _serve(port: int, addresses: int, articles: int) -> None:
    site = Served(port, addresses, articles)
    for number in range(min(articles, 512)):  # made before anybody asks
        text_of(number)

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await _answer(site, reader, writer)

    server = await asyncio.start_server(
        answer, [address(n) for n in range(addresses)], port, limit=2**20, backlog=1024
    )
    async with server:
        await server.serve_forever()


# --- the handle of the benches ----------------------------------------------------------------------
class Publisher:
    """Starts the site's process and speaks to it; ends it with the block."""

    def __init__(self, addresses: int, articles: int) -> None:
        self.port, self.addresses, self.articles = free_port(), addresses, articles
        self.base = f"http://{address(0)}:{self.port}"

    def __enter__(self) -> "Publisher":
        given = (str(self.port), str(self.addresses), str(self.articles))
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.benchmarks.publisher", *given], cwd=ROOT
        )
        try:
            until(lambda: get(f"{self.base}/told"), 120)
        except AssertionError:
            self._process.kill()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.kill()
        self._process.wait()

    @property
    def feeds(self) -> list[str]:
        """The addresses of the feeds that name all articles."""
        return [f"{self.base}/feed/{n}" for n in range(-(-self.articles // IN_A_FEED))]

    def url(self, number: int) -> str:
        """The address of the numbered article."""
        return f"http://{address(number % self.addresses)}:{self.port}/{number}"

    def answer_with(self, kind: str, edition: int) -> None:
        """From now on articles answer in one of KINDS, with the text of this edition."""
        self._say(kind=kind, edition=edition)

    def trouble(self, slow: dict[str, float], refusing: list[str]) -> None:
        """From now on these addresses take so many seconds an answer, and those answer 503."""
        self._say(slow=json.dumps(slow), refusing=json.dumps(refusing))

    def answers(self) -> int:
        """How many times an article was answered."""
        return int(self._say())

    def log(self) -> list[tuple[float, float, int]]:
        """When articles were asked for and answered, and which, since the last time."""
        return [tuple(row) for row in json.loads(self._say(log="1"))]

    def _say(self, **words: object) -> bytes:
        with urlopen(f"{self.base}/told?{urlencode(words)}", timeout=30) as answer:
            return bytes(answer.read())


if __name__ == "__main__":
    asyncio.run(_serve(*map(int, sys.argv[1:4])))
