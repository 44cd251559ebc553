"""The newspaper as a WSGI application. Its clock is an argument, and starts at the opening."""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from http import HTTPStatus
from itertools import count
from pathlib import Path
from typing import Any
from wsgiref.util import application_uri

from newsroom import feeds, pages
from newsroom.edition import Absence, Edition, Opening, editions, last_change, on_show
from newsroom.manuscripts import SECTIONS, Article, load_all

_HTML = "text/html; charset=utf-8"
_STYLE = Path(__file__).with_name("style.css").read_bytes()
_ROBOTS = b"# An invented newspaper. Read all of it, as often as you like.\nUser-agent: *\nAllow: /\n"

StartResponse = Callable[..., Any]


def utc_now() -> datetime:
    """The moment, aware and in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Answer:
    """A response before HTTP's conditions are put to it.

    `validator` is what two bodies that say the same share; `changed` when it last became another.
    """

    status: HTTPStatus
    content_type: str
    body: bytes
    validator: str = ""
    changed: datetime | None = None

    @property
    def etag(self) -> str:
        """A weak one (RFC 9110, 8.8.1): the boxes beside an article differ at each look, it does not."""
        return f'W/"{self.validator}"' if self.validator else ""


class Site:
    """The application.

    articles  what it publishes; all of newsroom/articles unless given. Raises ManuscriptError then.
    pace      seconds between two steps of the articles' histories
    clock     tells the moment, aware
    opened    when the histories begin; the moment of construction unless given. Until then every
              article stands as it first was, so a moment ahead gives a reader time to begin
    """

    def __init__(
        self,
        articles: Sequence[Article] | None = None,
        *,
        pace: float = 4.0,
        clock: Callable[[], datetime] = utc_now,
        opened: datetime | None = None,
    ) -> None:
        self._articles = load_all() if articles is None else articles
        self._by_path = {article.path: article for article in self._articles}
        self._clock = clock
        self._looks = count()
        self.opening = Opening(opened or clock(), pace)

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
            body = b"Only GET and HEAD are answered here.\n"
            headers = [
                ("Allow", "GET, HEAD"),
                ("Content-Type", "text/plain"),
                ("Content-Length", str(len(body))),
            ]
            start_response(_status_line(HTTPStatus.METHOD_NOT_ALLOWED), headers)
            return [body]
        answer = self.answer(environ.get("PATH_INFO") or "/", application_uri(environ).rstrip("/"))
        # no-cache lets a client keep the page but makes it ask each time (RFC 9111, 5.2.2.4).
        headers = [("Cache-Control", "no-cache")]
        if answer.etag:
            headers.append(("ETag", answer.etag))
        if answer.changed:
            headers.append(("Last-Modified", format_datetime(answer.changed.astimezone(UTC), usegmt=True)))
        if answer.status is HTTPStatus.OK and _is_known(environ, answer):
            start_response(_status_line(HTTPStatus.NOT_MODIFIED), headers)
            return []
        headers += [("Content-Type", answer.content_type), ("Content-Length", str(len(answer.body)))]
        start_response(_status_line(answer.status), headers)
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [answer.body]

    def answer(self, path: str, base: str) -> Answer:
        """What stands at `path` now; `base` is the site's address without a closing slash."""
        elapsed = (self._clock() - self.opening.at).total_seconds()
        shown = editions(self._articles, self.opening, elapsed)
        changed = last_change(self._articles, self.opening, elapsed)
        look = pages.Look(next(self._looks), shown)
        if path in self._by_path:
            return self._article(look, self._by_path[path], elapsed, base)
        match path:
            case "/":
                return _listing(pages.home(look), shown)
            case "/feed.xml":
                return _document("application/rss+xml; charset=utf-8", feeds.rss(shown, base), changed)
            case "/atom.xml":
                return _document("application/atom+xml; charset=utf-8", feeds.atom(shown, base), changed)
            case "/style.css":
                return _document("text/css; charset=utf-8", _STYLE)
            case "/robots.txt":
                return _document("text/plain; charset=utf-8", _ROBOTS)
        folder, _, name = path.strip("/").rpartition("/")
        if name in SECTIONS and path == f"/{name}/":
            return _listing(pages.section(look, name), [e for e in shown if e.article.section == name])
        if folder == "pictures" and name.endswith(".svg"):
            return _document("image/svg+xml", pages.picture(name.removesuffix(".svg")).encode())
        return _missing(look)

    def _article(self, look: pages.Look, article: Article, elapsed: float, base: str) -> Answer:
        edition = on_show(article, self.opening, elapsed)
        if edition is Absence.NOT_YET:
            return _missing(look)
        if edition is Absence.GONE:
            page = pages.error(look, "This article has been taken down", "It is no longer published.")
            return Answer(HTTPStatus.GONE, _HTML, page.encode())
        page = pages.article(look, edition, base + article.path)
        return Answer(HTTPStatus.OK, _HTML, page.encode(), edition.tag, edition.changed)


def _listing(page: str, shown: Sequence[Edition]) -> Answer:
    tags = "".join(edition.tag for edition in shown)
    validator = hashlib.sha256(tags.encode()).hexdigest()[:24]
    return Answer(HTTPStatus.OK, _HTML, page.encode(), validator)


def _document(content_type: str, body: bytes, changed: datetime | None = None) -> Answer:
    validator = hashlib.sha256(body).hexdigest()[:24]
    return Answer(HTTPStatus.OK, content_type, body, validator, changed)


def _missing(look: pages.Look) -> Answer:
    page = pages.error(look, "Page not found", "There is nothing at this address.")
    return Answer(HTTPStatus.NOT_FOUND, _HTML, page.encode())


def _is_known(environ: dict[str, Any], answer: Answer) -> bool:
    """Whether the client's copy is good: If-None-Match goes before If-Modified-Since (RFC 9110, 13.2.2)."""
    if "HTTP_IF_NONE_MATCH" in environ:
        offered = [tag.strip() for tag in environ["HTTP_IF_NONE_MATCH"].split(",")]
        return "*" in offered or answer.etag.removeprefix("W/") in [tag.removeprefix("W/") for tag in offered]
    if answer.changed is None or "HTTP_IF_MODIFIED_SINCE" not in environ:
        return False
    try:
        since = parsedate_to_datetime(environ["HTTP_IF_MODIFIED_SINCE"])
    except ValueError:
        return False  # a date that cannot be read is to be ignored (RFC 9110, 13.1.3)
    return since.tzinfo is not None and answer.changed.replace(microsecond=0) <= since


def _status_line(status: HTTPStatus) -> str:
    return f"{status.value} {status.phrase}"
