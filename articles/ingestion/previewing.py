"""What a site is like to follow, before it is followed: its feeds and three articles as newsdiff reads them.

A preview is a row of steps, each of one request and none longer than some seconds: look at the address, at
each feed it leads to, at three of their articles. Each request waits for its host's turn and obeys robots.txt
as a look does, but is none: no article, version or check comes of it.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from django.conf import settings
from django.utils.dateparse import parse_datetime

from articles import claiming
from articles.core import feeds, http, languages, legibility, robots, urls, walls
from articles.core.extraction import ExtractionError
from articles.core.extraction.decoding import charset_trouble
from articles.core.feeds import opml
from articles.core.fingerprint import word_count
from articles.core.legibility import FeedSeen, PageSeen
from articles.core.types import Entry, Extract, History, Paragraph, ParagraphKind
from articles.fetching import FetchError
from articles.ingestion import drafts, lists, storing
from articles.ingestion.articles import ACCEPT
from articles.ingestion.asking import Busy, ask_once
from articles.ingestion.feeds import ACCEPT as ACCEPT_FEED
from articles.ingestion.robots import read_now
from articles.ingestion.sources import (
    MOST_FEEDS,
    AddSourceError,
    address_of,
    follow,
    found_at,
    sitemaps_of,
)
from articles.models import Article, ArticleURL, Feed, Host, Source, SourceDraft
from articles.reading import feeds_named_by, read, sent_on_by

ACCEPT_ANY = f"{ACCEPT_FEED},text/html;q=0.9"  # of an address that may be a feed or a page
PAGES = 3  # articles that are read
SHOWN = 20  # entries of a feed that are shown, and of which articles are chosen
WITHIN = 15.0  # seconds for one request
SOON = timedelta(seconds=4)  # a host's turn that comes by then is waited for within a step
LONGEST_WAIT = timedelta(minutes=2)  # a host that is closed for longer is not waited for
AGAIN = timedelta(seconds=2)  # when to try again where somebody else is asking the host
MOST_TRIES = 15  # of a step whose host is never free
MOST_HOPS = 6  # of redirects, as of a look
MOST_PARAGRAPHS, MOST_CHARACTERS = 200, 3_000  # of an article that are kept to be shown
LEAST_GIVEN = 100  # words of a page that counts as an article somebody gave

KIND_WORDS = {
    "rss": "RSS",
    "rdf": "RSS 1.0",
    "atom": "Atom",
    "json": "JSON Feed",
    "sitemap": "sitemap",
    "sitemaps": "list of sitemaps",
}


class Do(StrEnum):
    """What a step does with its address."""

    ADDRESS = "address"  # find out what it is
    ONWARD = "onward"  # the same of the page that a page sends its readers on to
    HOME = "home"  # look for feeds on the front page of the site
    SITEMAPS = "sitemaps"  # see which sitemaps robots.txt names
    FEED = "feed"  # read a feed
    PART = "part"  # read a sitemap that a list of them names
    CHOOSE = "choose"  # choose the articles
    ROBOTS = "robots"  # see what robots.txt allows
    PAGE = "page"  # read an article


@dataclass(frozen=True, slots=True)
class Step:
    """One step.

    title  what a feed calls an article; of a list's part, the list's address
    given  of an article, the address the feed names, where that led to this one
    hops   how many redirects have led to the address
    tries  how often its host was not free
    """

    do: Do
    url: str = ""
    title: str = ""
    given: str = ""
    hops: int = 0
    tries: int = 0


@dataclass(frozen=True, slots=True)
class Done:
    """What a step has found, in words; whether that is as it should be."""

    words: str
    is_good: bool = True


@dataclass(slots=True)
class Preview:
    """How far a preview is.

    error       why the address leads nowhere: nothing is done before it is tried again
    wait_until  before which the next step's host is not to be asked
    reason      why the address is no feed itself
    """

    todo: list[Step]
    done: list[Done] = field(default_factory=list)
    feeds: list[FeedSeen] = field(default_factory=list)
    pages: list[PageSeen] = field(default_factory=list)
    error: str = ""
    reason: str = ""
    wait_until: datetime | None = None

    @property
    def is_over(self) -> bool:
        """Is there nothing more to do, or nothing that can be done without another try?"""
        return not self.todo or bool(self.error)

    def as_state(self) -> dict[str, Any]:
        """The preview as a draft's state."""
        return {"of": "site", **asdict(self)}

    @classmethod
    def of(cls, state: dict[str, Any]) -> "Preview":
        """The preview in a draft's state."""
        return cls(
            todo=[Step(**{**row, "do": Do(row["do"])}) for row in state["todo"]],
            done=[Done(**row) for row in state["done"]],
            feeds=[_feed_of(row) for row in state["feeds"]],
            pages=[_page_of(row) for row in state["pages"]],
            error=state["error"],
            reason=state["reason"],
            wait_until=_moment(state["wait_until"]),
        )


def begin(typed: str, user_id: int | None) -> SourceDraft:
    """A draft of the source that somebody typed an address of. Raises AddSourceError."""
    url = address_of(typed)
    return drafts.begin(url, user_id, Preview([Step(Do.ADDRESS, url)]).as_state())


def begin_list(numbers: set[int], paused: bool, user_id: int | None) -> SourceDraft:
    """A draft that imports these feeds of the starter list, by their numbers in it."""
    listed = [one for number, one in enumerate(lists.starter()) if number in numbers]
    state = lists.state_of(listed, "")
    return drafts.begin("", user_id, lists.chosen(state, range(len(listed)), paused))


def choose(pk: int, numbers: set[int], paused: bool) -> None:
    """Has a list's items with these numbers imported."""
    draft = drafts.claim(pk)
    if draft is not None:
        drafts.write(draft, lists.chosen(draft.state, numbers, paused))


def go_on(pk: int) -> None:
    """Runs the draft's next step, if there is one, its host may be asked soon, and nobody else runs it."""
    draft = drafts.claim(pk)
    if draft is None:
        return
    try:
        drafts.write(draft, _next(draft))
    finally:
        drafts.let_go(draft)  # where the step broke off by a fault of ours: it can be tried again


def _next(draft: SourceDraft) -> dict[str, Any]:
    """The draft's state after its next step."""
    if draft.state["of"] == "list":
        return lists.go_on(draft.state)
    preview = Preview.of(draft.state)
    if preview.is_over or _must_wait(preview):
        return preview.as_state()
    step = preview.todo.pop(0)
    try:
        state = _STEPS[step.do](draft, preview, step)
    except (AddSourceError, FetchError, feeds.FeedError, urls.BadURL) as error:
        _failed(preview, step, error)
        state = None
    return state or preview.as_state()


def try_again(pk: int) -> None:
    """Has a preview whose address led nowhere begin anew: the site may answer otherwise by now."""
    draft = drafts.claim(pk)
    if draft is not None:
        drafts.write(draft, Preview([Step(Do.ADDRESS, draft.address)]).as_state())


def read_others(pk: int, chosen: list[str]) -> None:
    """Has the preview read articles of the feeds at these addresses, in place of those it has read."""
    draft = drafts.claim(pk)
    if draft is None:
        return
    preview = Preview.of(draft.state)
    preview.pages, preview.done = [], []
    _add_pages(preview, [feed for feed in preview.feeds if feed.url in chosen])
    drafts.write(draft, preview.as_state())


def save(
    draft: SourceDraft, chosen: list[str], *, name: str, slug: str, paused: bool, **fields: str
) -> tuple[Source, list[Feed]]:
    """Follows the chosen feeds as a source, each first poll being what came of it for the draft.

    Where it is paused, the articles that were read are kept too, for rules to be tried on. The draft is gone
    then. Returns the source and its feeds. Raises AddSourceError.
    """
    ours = drafts.claim(draft.pk)
    if ours is None:
        raise AddSourceError(
            "This is being saved, or looked at, in another window: wait a moment, and reload."
        )
    try:
        found = drafts.kept(ours, chosen)
        if not found:
            raise AddSourceError("Tick at least one feed that could be read.")
        source, rows = follow(found, name, slug, paused, **fields)
        if paused:
            _keep_pages(ours, source)
    except feeds.FeedError as error:
        raise AddSourceError(
            f"A feed cannot be read any more: {error} Begin again with the address."
        ) from error
    finally:
        drafts.let_go(ours)
    ours.delete()
    return source, rows


def _keep_pages(draft: SourceDraft, source: Source) -> None:
    """Keeps the pages that were read for the draft with the source's articles, which nobody looks at yet."""
    answers = {answer.url: answer for answer in draft.answers.all()}
    for page in Preview.of(draft.state).pages:
        named = {urls.key(address) for address in (page.url, page.given) if address}
        unread = Article.objects.filter(source=source, version_count=0, urls__key__in=named)
        if page.url in answers and (article := unread.first()):
            storing.keep_page(article, drafts.response_of(answers[page.url]), answers[page.url].fetched_at)


def warnings(preview: Preview, now: datetime) -> list[legibility.Warning]:
    """What to know of the feeds that are proposed, and of those that are followed already."""
    told = [feed for feed in preview.feeds if not (feed.repeats or feed.problem)]
    return legibility.warnings_of(told, preview.pages, now)


# --- steps: each changes the preview; a state it returns takes the preview's place ------------------------
def _look_at_address(draft: SourceDraft, preview: Preview, step: Step) -> dict[str, Any] | None:
    response = _asked(preview, step)
    if response is None:
        return None
    if opml.is_opml(response.body):
        return lists.state_of(opml.parse(response.body), response.url)
    try:
        _add_feed(draft, preview, response)
        preview.done.append(Done(f"{response.url} is a feed: {_in_words(preview.feeds[-1])}."))
        preview.todo.append(Step(Do.CHOOSE))
    except feeds.FeedError as error:
        preview.reason = preview.reason or str(error)
        _look_for_feeds(draft, preview, step, response)
    return None


def _look_for_feeds(draft: SourceDraft, preview: Preview, step: Step, page: http.Response) -> None:
    """Sees to an address that is a page: its feeds come next, or where else the site may name some."""
    _keep_given(draft, preview, page)
    named = feeds_named_by(page.body, page.url)[:MOST_FEEDS]
    many = f"{len(named)} feeds" if len(named) > 1 else "a feed"
    preview.done.append(Done(f"{page.url} is a page that names {many if named else 'no feed'}."))
    preview.todo = [Step(Do.FEED, url) for url in named]
    if not named and step.do is not Do.ONWARD and (onward := sent_on_by(page.body, page.url)):
        preview.todo.append(Step(Do.ONWARD, onward))
        return
    if not named and step.do is not Do.HOME and not urls.is_front_page(page.url):
        preview.todo.append(Step(Do.HOME, f"{urls.origin(page.url)}/"))
        return
    preview.todo.append(Step(Do.SITEMAPS, page.url))


def _see_sitemaps(draft: SourceDraft, preview: Preview, step: Step) -> None:
    """News sitemaps are seen beside feeds, other sitemaps only where the site names no feed."""
    waiting = [other for other in preview.todo if other.do is Do.FEED]
    named = sitemaps_of(step.url)
    if preview.feeds or waiting:
        named = [url for url in named if "news" in url.lower()]
    known = {urls.key(url) for url in [*(f.url for f in preview.feeds), *(s.url for s in waiting)]}
    fresh = [Step(Do.FEED, url) for url in named if urls.key(url) not in known]
    preview.todo = [*preview.todo, *fresh, Step(Do.CHOOSE)]
    count = f"{len(fresh)} sitemaps" if len(fresh) != 1 else "a sitemap"
    preview.done.append(Done(f"robots.txt names {count if fresh else 'no other sitemap to follow'}."))


def _see_feed(draft: SourceDraft, preview: Preview, step: Step) -> None:
    response = _asked(preview, step)
    if response is None:
        return
    _add_feed(draft, preview, response)
    preview.done.append(Done(f"{preview.feeds[-1].url}: {_in_words(preview.feeds[-1])}."))


def _see_part(draft: SourceDraft, preview: Preview, step: Step) -> None:
    """Shows the entries of a list's first part as the list's."""
    response = _asked(preview, step)
    if response is None:
        return
    part = legibility.seen(step.url, found_at(response).parsed, SHOWN)
    told = {name: getattr(part, name) for name in ("count", "entries", "newest", "dated", "elsewhere")}
    preview.feeds = [replace(feed, **told) if feed.url == step.title else feed for feed in preview.feeds]
    preview.done.append(Done(f"{step.url}: {_in_words(part)}."))


def _choose(draft: SourceDraft, preview: Preview, step: Step) -> None:
    """Chooses the articles to be read, of the feeds that would be followed."""
    good = [feed for feed in preview.feeds if not feed.problem]
    if not good:
        preview.error = _why_none(draft, preview)
        preview.todo = [Step(Do.ADDRESS, draft.address)]
        return
    worth = [feed for feed in good if feed.is_worth_following]
    with_entries = [feed for feed in worth or good if feed.count]
    _add_pages(preview, with_entries[:PAGES])


def _why_none(draft: SourceDraft, preview: Preview) -> str:
    if preview.feeds:
        problems = " ".join(f"{feed.url}: {feed.problem}" for feed in preview.feeds)
        return f"None of the feeds the site names can be read. {problems}"
    return (
        f"No feed found at {draft.address}: {preview.reason} The page and the site's robots.txt name none "
        "either; "
        "give the feed's own address."
    )


def _add_pages(preview: Preview, chosen: list[FeedSeen]) -> None:
    """Adds the steps that read articles: robots.txt of each host first."""
    entries = legibility.spread(chosen, PAGES - len(preview.pages))
    given = {urls.key(page.url) for page in preview.pages}
    hosts = dict.fromkeys(urls.origin(entry.url) for entry in entries)
    preview.todo += [Step(Do.ROBOTS, f"{origin}/robots.txt") for origin in hosts]
    preview.todo += [
        Step(Do.PAGE, entry.url, entry.title) for entry in entries if urls.key(entry.url) not in given
    ]


def _see_robots(draft: SourceDraft, preview: Preview, step: Step) -> None:
    host = read_now(step.url)
    if robots.must_wait(host.robots_status):
        words = (
            f"{host.authority}: robots.txt cannot be read ({host.last_error}), so nothing may be fetched yet."
        )
        preview.done.append(Done(words, is_good=False))
        return
    asks = f", and asks for {host.crawl_delay:g} seconds between two requests" if host.crawl_delay else ""
    preview.done.append(Done(f"{host.authority}: robots.txt was read{asks}."))


def _see_page(draft: SourceDraft, preview: Preview, step: Step) -> None:
    """Reads an article as a look would: by robots.txt, each redirect a step of its own."""
    host = read_now(step.url)
    if robots.must_wait(host.robots_status):
        why = f"nothing may be fetched until robots.txt can be read ({host.last_error})"
        _add_page(preview, PageSeen(step.url, step.title, problem=why))
        return
    agent = settings.NEWSDIFF_USER_AGENT
    if not robots.allowed(host.robots, step.url, agent):
        rule = robots.rule_against(host.robots, step.url, agent) or "its rules"
        _add_page(preview, PageSeen(step.url, step.title, problem="robots.txt forbids it", forbidden_by=rule))
        return
    response = ask_once(step.url, ACCEPT, deadline=WITHIN)
    answer = http.judge(response, claiming.now())
    if answer.kind is not http.Kind.REDIRECT:
        _add_page(preview, _read(step, response, answer))
        if answer.kind is http.Kind.OK:
            drafts.keep(draft, response)
    elif urls.is_front_page(urls.canonical(answer.location)):
        _add_page(preview, PageSeen(step.url, step.title, problem="redirects to the site's front page"))
    else:
        _follow_redirect(preview, step, answer)


def _asked(preview: Preview, step: Step) -> http.Response | None:
    """The good answer of an address that somebody typed or a page names; None where a redirect comes first.

    It is asked for as a browser would, whatever robots.txt says of it. Raises AddSourceError and Busy.
    """
    try:
        response = ask_once(step.url, ACCEPT_ANY, deadline=WITHIN, max_bytes=feeds.MOST_FETCHED)
    except Busy:
        raise
    except FetchError as error:
        raise AddSourceError(f"{step.url} cannot be fetched: {error}.") from error
    answer = http.judge(response, claiming.now())
    if answer.kind is http.Kind.REDIRECT:
        _follow_redirect(preview, step, answer)
        return None
    if answer.kind is not http.Kind.OK:
        raise AddSourceError(f"{step.url} answers {answer.reason}.")
    return response


def _follow_redirect(preview: Preview, step: Step, answer: http.Answer) -> None:
    """Has a redirect followed as the next step, in the turn of its host. Raises AddSourceError."""
    target = urls.canonical(answer.location)
    if step.hops >= MOST_HOPS:
        raise AddSourceError(f"{step.url} redirects without end.")
    onward = replace(step, url=target, given=step.given or step.url, hops=step.hops + 1, tries=0)
    preview.todo.insert(0, onward)
    preview.done.append(Done(f"{step.url} leads on to {target}."))


_STEPS: dict[Do, Callable[[SourceDraft, Preview, Step], dict[str, Any] | None]] = {
    Do.ADDRESS: _look_at_address,
    Do.ONWARD: _look_at_address,
    Do.HOME: _look_at_address,
    Do.SITEMAPS: _see_sitemaps,
    Do.FEED: _see_feed,
    Do.PART: _see_part,
    Do.CHOOSE: _choose,
    Do.ROBOTS: _see_robots,
    Do.PAGE: _see_page,
}


def _must_wait(preview: Preview) -> bool:
    """Whether the next step's host is not to be asked yet; one closed for long fails the step at once."""
    preview.wait_until = None
    step = preview.todo[0]
    if not step.url:
        return False
    now = claiming.now()
    opens = Host.of(step.url).next_at
    if opens - now > LONGEST_WAIT:
        preview.todo.pop(0)
        _failed(preview, step, Busy(f"{urls.authority(step.url)} asked for a pause until {opens:%H:%M} UTC"))
    elif opens - now > SOON:
        preview.wait_until = opens
    return opens - now > SOON


def _failed(preview: Preview, step: Step, error: Exception) -> None:
    """Notes that a step failed: the address has to be tried again, whatever else is left out."""
    if isinstance(error, Busy) and step.tries < MOST_TRIES:
        preview.todo.insert(0, replace(step, tries=step.tries + 1))
        preview.wait_until = claiming.now() + AGAIN
        return
    why = str(error)
    if step.do is Do.ADDRESS:
        preview.error = why
        preview.todo.insert(0, replace(step, tries=0))
        return
    if step.do is Do.FEED:
        preview.feeds.append(FeedSeen(step.url, problem=why))
    elif step.do is Do.PAGE:
        preview.pages.append(PageSeen(step.url, step.title, problem=why.rstrip(".")))
    elif step.do in (Do.ONWARD, Do.HOME):
        preview.todo.append(Step(Do.SITEMAPS, step.url))
    preview.done.append(Done(why if step.url in why else f"{step.url}: {why}", is_good=False))


# --- feeds -------------------------------------------------------------------------------------------
def _add_feed(draft: SourceDraft, preview: Preview, response: http.Response) -> None:
    """Adds a feed to the preview and keeps it for the first poll. Raises FeedError."""
    found = found_at(response)
    keys = {urls.key(entry.url) for entry in found.parsed.entries}
    if any(urls.key(feed.url) == urls.key(found.url) for feed in preview.feeds):
        return
    feed = replace(
        legibility.seen(found.url, found.parsed, SHOWN),
        repeats=_repeated(draft, preview, keys),
        **_known(found.url, keys),
    )
    drafts.keep(draft, response)
    preview.feeds.append(feed)
    if found.parsed.parts:
        preview.todo.insert(0, Step(Do.PART, found.parsed.parts[0], feed.url))


def _repeated(draft: SourceDraft, preview: Preview, keys: set[str]) -> str:
    """The first feed of the preview that has all of these entries, or ""."""
    if not keys:
        return ""
    for feed in preview.feeds:
        if feed.count >= len(keys):
            for found in drafts.kept(draft, [feed.url]):
                if keys <= {urls.key(entry.url) for entry in found.parsed.entries}:
                    return feed.url
    return ""


def _known(url: str, keys: set[str]) -> dict[str, Any]:
    """What is followed already: the feed itself, or its articles."""
    if feed := Feed.objects.select_related("source").filter(key=urls.key(url)).first():
        return {"known_to": feed.source.name}
    tracked = ArticleURL.objects.filter(key__in=keys).values_list("article__source__name", flat=True)
    by_name = Counter(tracked)
    name, count = by_name.most_common(1)[0] if by_name else ("", 0)
    neighbour = lists.sources_by_site().get(urls.site(url))
    return {"tracked": count, "tracked_by": name, "neighbour": neighbour.name if neighbour else ""}


def _in_words(feed: FeedSeen) -> str:
    kind = KIND_WORDS.get(feed.kind, feed.kind)
    if feed.kind == "sitemaps":
        return kind
    return f"{kind} with {'one entry' if feed.count == 1 else f'{feed.count} entries'}"


# --- pages -------------------------------------------------------------------------------------------
def _read(step: Step, response: http.Response, answer: http.Answer) -> PageSeen:
    page = PageSeen(response.url, step.title, given=step.given)
    if answer.kind is not http.Kind.OK:
        return replace(page, problem=f"it answers {answer.reason}")
    if not http.is_html(response):
        return replace(page, problem=f"not a web page but {response.header('content-type') or 'unknown'}")
    try:
        extract = read(response.body, response.url, response.charset)
    except ExtractionError as error:
        return replace(page, problem=str(error), is_shell=legibility.is_shell(response.body))
    if extract is None:
        return replace(page, problem="no article text was found on the page")
    wall = walls.recognise(History(expected_title=step.title or extract.title), extract)
    return replace(
        page,
        extract=_shortened(extract),
        wall=wall,
        charset=charset_trouble(response.body, response.charset),
        # a page may hold its text for machines only (JSON-LD): then it was read from there
        is_shell=word_count(extract.texts) < legibility.SHORT and legibility.is_shell(response.body),
        spoken=languages.spoken(" ".join(extract.texts)),
    )


def _shortened(extract: Extract) -> Extract:
    """As much of an article as is kept to be shown."""
    return replace(
        extract,
        paragraphs=tuple(
            replace(paragraph, text=paragraph.text[:MOST_CHARACTERS])
            for paragraph in extract.paragraphs[:MOST_PARAGRAPHS]
        ),
        standfirst=extract.standfirst[:MOST_CHARACTERS],
        places=(),
        skeleton="",
    )


def _add_page(preview: Preview, page: PageSeen) -> None:
    preview.pages.append(page)
    if page.extract:
        preview.done.append(Done(f"{page.url}: {page.word_count} words were read."))
    else:
        preview.done.append(Done(f"{page.url}: {page.problem}.", is_good=False))


def _keep_given(draft: SourceDraft, preview: Preview, response: http.Response) -> None:
    """Where somebody gave the address of an article, it is the first of those that are shown."""
    if preview.pages or urls.is_front_page(response.url) or not http.is_html(response):
        return
    page = _read(Step(Do.PAGE, response.url), response, http.judge(response, claiming.now()))
    why = _why_no_article(page)
    if why:
        preview.done.append(Done(f"{page.url} was not taken for an article: {why}."))
        return
    drafts.keep(draft, response)
    preview.pages.append(page)


def _why_no_article(page: PageSeen) -> str:
    """Why a page that somebody gave is none of the articles that are shown, or ""."""
    if page.extract is None:
        return page.problem
    if page.wall:
        return page.wall
    if page.word_count < LEAST_GIVEN:
        return f"{page.word_count} words were read on it, fewer than {LEAST_GIVEN}"
    return "" if page.extract.published else "it does not say when it was published"


# --- out of a draft's state ------------------------------------------------------------------------------
def _moment(text: Any) -> datetime | None:
    return parse_datetime(text) if isinstance(text, str) else text


def _entry_of(row: dict[str, Any]) -> Entry:
    return Entry(row["url"], row["title"], _moment(row["published"]), _moment(row["updated"]))


def _feed_of(row: dict[str, Any]) -> FeedSeen:
    entries = tuple(map(_entry_of, row["entries"]))
    return FeedSeen(**{**row, "entries": entries, "newest": _moment(row["newest"])})


def _page_of(row: dict[str, Any]) -> PageSeen:
    extract = _extract_of(row["extract"]) if row["extract"] else None
    return PageSeen(**{**row, "extract": extract, "spoken": tuple(row["spoken"])})


def _extract_of(row: dict[str, Any]) -> Extract:
    return Extract(
        **{
            **row,
            "paragraphs": tuple(Paragraph(ParagraphKind(p["kind"]), p["text"]) for p in row["paragraphs"]),
            "published": _moment(row["published"]),
            "modified": _moment(row["modified"]),
            "places": (),
        }
    )
