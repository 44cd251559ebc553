"""Lists of feeds as feed readers write them (OPML 2.0, http://opml.org/spec2.opml)."""

from dataclasses import dataclass
from itertools import starmap

from articles.core import urls
from articles.core.feeds.fields import one_line
from articles.core.feeds.hostile import MAX_BYTES, FeedError, Walk, root_of, unpacked

MOST_FEEDS = 5_000


@dataclass(frozen=True, slots=True)
class Listed:
    """A feed of a list.

    home_url  "" where the list does not say
    folder    the folders it stands in, outermost first, by their names
    language  of the feed, as the list claims it
    problem   why the address cannot be followed; then `url` is as it stands in the list
    """

    url: str
    title: str = ""
    home_url: str = ""
    problem: str = ""
    folder: tuple[str, ...] = ()
    language: str = ""


def is_opml(body: bytes) -> bool:
    """Is this a list of feeds, rather than a feed or a page?"""
    try:
        return root_of(unpacked(body).lstrip(b" \t\r\n")) == "opml"
    except FeedError:
        return False


def parse(body: bytes, encoding: str | None = None) -> list[Listed]:
    """The feeds of a list, each once, in its order, from folders of any depth.

    encoding  that of the bytes where it is known, whatever the list says

    Folders are told but make no source: readers sort by subject with them, and a source is a publication.
    What is commented out is left out, and what names another list. Raises FeedError.
    """
    body = unpacked(body).lstrip(b" \t\r\n")
    if len(body) > MAX_BYTES:
        raise FeedError(f"The list is larger than {MAX_BYTES // 1_000_000} MB.")
    walk = _Outlines(encoding)
    if broken := walk.over(body):
        raise FeedError(f"The list cannot be read ({broken}).")
    if not walk.is_opml:
        raise FeedError("This is not a list of feeds: its first element is not <opml>.")
    found: dict[str, Listed] = {}
    for listed in starmap(_listed, walk.outlines):
        found.setdefault(listed.url if listed.problem else urls.key(listed.url), listed)
    return list(found.values())


def _listed(outline: dict[str, str], folder: tuple[str, ...]) -> Listed:
    given = one_line(outline["xmlurl"])
    title = one_line(outline.get("title") or outline.get("text", ""))[:200]
    try:
        address = urls.typed(given.replace("feed://", "http://", 1))
    except urls.BadURL as error:
        return Listed(given[:200], title, problem=str(error), folder=folder)
    try:
        home = urls.canonical(outline.get("htmlurl", ""))
    except urls.BadURL:
        home = ""
    language = one_line(outline.get("language", ""))[:20]
    return Listed(address, title, home, folder=folder, language=language)


class _Outlines(Walk):
    """Gathers the outlines that name a feed; attributes by their names in small letters."""

    def __init__(self, encoding: str | None) -> None:
        super().__init__(encoding)
        self.outlines: list[tuple[dict[str, str], tuple[str, ...]]] = []
        self.is_opml = False
        self._commented = 0  # how deep in an outline that is commented out
        self._open: list[str] = []  # the names of the outlines around, of this one last

    def entered(self, attributes: dict[str, str]) -> None:
        if len(self.path) == 1:
            self.is_opml = self.path[0] == "opml"
        if self.path[-1] != "outline":
            return
        read = {name.lower(): value for name, value in attributes.items()}
        self._open.append(one_line(read.get("text") or read.get("title", ""))[:100])
        if self._commented or read.get("iscomment", "").lower() == "true":
            self._commented += 1
        elif read.get("xmlurl", "").strip():
            if len(self.outlines) >= MOST_FEEDS:
                raise FeedError(f"The list names more than {MOST_FEEDS:,} feeds: part it.")
            self.outlines.append((read, tuple(filter(None, self._open[:-1]))))

    def left(self) -> None:
        if self.path[-1] == "outline":
            self._open.pop()
            self._commented -= self._commented > 0
