"""Reading ahead: while one capture is stored, the pages of the next are being read.

The children that read (articles/reading.py) are kept busy across articles, and the captures still
come out in the order they went in. A page is not read where its bytes are, as far as can be told
beforehand, those that its address showed before: then the look will not ask for it.
"""

from collections import OrderedDict, deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from hashlib import sha256

from articles.archives.digests import labelled
from articles.archives.files import DamagedRecord
from articles.archives.index import Capture, Index
from articles.archives.shelf import Shelf, answer
from articles.core import http, urls
from articles.core.types import NO_RULES, Extract, Rules
from articles.fetching import FetchError
from articles.ingestion.articles import MAX_HOPS
from articles.models import Snapshot
from articles.reading import WORKERS, read

WINDOW = 24  # captures whose bodies are in memory
REMEMBERED = 20_000  # addresses whose last bytes are

Answer = http.Response | FetchError


class Unread(Exception):
    """A page is asked for that nobody has read yet."""


class NoPayload(Exception):
    """A revisit's payload is in none of the files."""


@dataclass(slots=True)
class Loaded:
    """A capture with what it holds.

    answers  the answer, and where it redirects those at the end of each hop, as far as the files
             have them; in place of an answer that a live look would not have got, the error. None
             where the payload of a revisit is missing
    page     the reading of the last answer, once it has begun, by the rules `read_by`
    """

    capture: Capture
    answers: list[Answer] | None
    page: "Future[Extract | None] | None" = None
    read_by: Rules = NO_RULES

    @property
    def last(self) -> http.Response | None:
        """The answer at the end of all hops, if it is one."""
        end = self.answers[-1] if self.answers else None
        return end if isinstance(end, http.Response) else None

    @property
    def is_endless(self) -> bool:
        """Do redirects lead on and on?"""
        return len(self.answers or ()) > MAX_HOPS

    def extract(self, rules: Rules) -> Extract:
        """What was read out of the last answer by these rules. Raises Unread, ExtractionError."""
        if self.read_by != rules:  # something was learnt of the source since the page was read ahead
            self.page, self.read_by = None, rules
        if self.page is None or not self.page.done():
            raise Unread
        found = self.page.result()
        if found is None:
            raise Unread
        return found


class Ahead:
    """Loads captures some way ahead of whoever takes them, and has their pages read."""

    def __init__(self, index: Index, shelf: Shelf) -> None:
        self._index = index
        self._shelf = shelf
        self._threads = ThreadPoolExecutor(WORKERS + 1, thread_name_prefix="ahead")
        self._shown: OrderedDict[str, str] = OrderedDict()  # key -> digest of the bytes it showed last
        self.rules: dict[str, Rules] = {}  # host -> those by which its pages were judged last

    def close(self) -> None:
        """Ends the threads; what has not begun to be read is not."""
        self._threads.shutdown(cancel_futures=True)

    def through(self, captures: Iterable[Capture], wanted: Callable[[Capture], bool]) -> Iterator[Loaded]:
        """The captures in their order, loaded; those that are not `wanted` are left out."""
        window: deque[Loaded] = deque()
        for capture in captures:
            if not wanted(capture):
                continue
            window.append(self._begin(capture))
            if len(window) > WINDOW:
                yield _awaited(window.popleft())
        while window:
            yield _awaited(window.popleft())

    def finish(self, loaded: Loaded) -> None:
        """Waits until the page of a capture has been read, beginning with it if need be."""
        if loaded.page is None and loaded.last is not None:
            loaded.page = self._read(loaded.last, loaded.read_by)
        _awaited(loaded)

    def _begin(self, capture: Capture) -> Loaded:
        try:
            loaded = Loaded(capture, self._answers(capture))
        except NoPayload:
            return Loaded(capture, None)
        page = loaded.last
        if page and page.body and http.judge(page, capture.at).kind is http.Kind.OK and http.is_html(page):
            digest = sha256(page.body).hexdigest()
            if self._shown.get(capture.key) != digest:
                loaded.read_by = self.rules.get(urls.authority(capture.url), NO_RULES)
                loaded.page = self._read(page, loaded.read_by)
            self._shown[capture.key] = digest
            self._shown.move_to_end(capture.key)
            if len(self._shown) > REMEMBERED:
                self._shown.popitem(last=False)
        return loaded

    def expect(self, key: str, digest: str) -> None:
        """Tells with which bytes, by their SHA-256, an address is known before its first capture here."""
        if digest:
            self._shown.setdefault(key, digest)

    def _read(self, page: http.Response, rules: Rules) -> "Future[Extract | None]":
        return self._threads.submit(read, page.body, page.url, page.charset, rules)

    # --- what a capture holds ----------------------------------------------------------------------
    def _answers(self, capture: Capture) -> list[Answer]:
        """The answer of a capture and of those that its redirects lead to."""
        answers: list[Answer] = []
        here: Capture | None = capture
        while here is not None and len(answers) <= MAX_HOPS:
            found = self._answer(here)
            answers.append(found)
            here = self._target(found, capture) if isinstance(found, http.Response) else None
        return answers

    def _target(self, response: http.Response, capture: Capture) -> Capture | None:
        """The capture of a redirect's target that is nearest to the redirect in time."""
        judged = http.judge(response, capture.at)
        if judged.kind is not http.Kind.REDIRECT:
            return None
        try:
            return self._index.nearest(urls.canonical(judged.location), capture.at)
        except urls.BadURL:
            return None

    def _answer(self, capture: Capture) -> Answer:
        if capture.unmodified:
            return http.Response(capture.url, 304, (), b"")
        if capture.revisit:
            return self.payload(capture)
        return self._own_answer(capture, capture.url)

    def payload(self, revisit: Capture) -> Answer:
        """The answer that a revisit says came again. Raises NoPayload."""
        original = self._index.payload_of(revisit)
        if original is not None:
            return self._own_answer(original, revisit.url)
        kept = _kept_of(revisit)
        if kept is None:
            raise NoPayload
        headers = tuple((name, value) for name, value in kept.headers)
        return http.Response(revisit.url, kept.status, headers, kept.blob.body)

    def _own_answer(self, capture: Capture, url: str) -> Answer:
        try:
            return answer(self._shelf.record(capture.file, capture.offset), url)
        except DamagedRecord as error:
            return FetchError(f"the capture cannot be read: {error}")
        except FetchError as error:
            return error


def _awaited(loaded: Loaded) -> Loaded:
    """The capture, its page read if that has begun."""
    if loaded.page:
        wait([loaded.page])
    return loaded


def _kept_of(revisit: Capture) -> Snapshot | None:
    """The article's latest kept page before a revisit, if that is what it is a revisit of."""
    before = Snapshot.objects.filter(article__urls__key=revisit.key, fetched_at__lte=revisit.at)
    kept = before.select_related("blob").order_by("-fetched_at", "-pk").first()
    if kept is None:
        return None
    named = revisit.unmodified or labelled(kept.blob.body) == revisit.digest
    return kept if named else None
