"""RSS 2.0 and Atom feeds of changes: every change an entry of its own that never alters.

An entry's link is the diff, its content the diff in brief, its id a tag URI (RFC 4151). Feeds page by
RFC 5005, and end in an entry that says what is followed since when, so that none is ever empty.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.core.cache import cache
from django.db.models import Max, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.feedgenerator import Atom1Feed, Rss201rev2Feed, SyndicationFeed
from django.utils.http import http_date
from django.utils.translation import gettext
from django.utils.xmlutils import SimplerXMLGenerator

from articles import paging, presentation, wording
from articles.core import diffing
from articles.core.types import Segment
from articles.models import Article, Change, Source
from articles.presentation import printable, web_address
from articles.public import article_view, not_modified, public_view

ENTRIES = 50
PASSAGES = 6
CONTENT_LIMIT = 20_000  # bytes of an entry's content
ENTRY_WORDS = 20_000  # of either text; above it an entry has the stored excerpt: no diff for a feed's sake
SETTLING = timedelta(seconds=60)  # how long after its moment a change may still be committed
RENDERING = "3"  # raise it when entries are to be rendered anew
# The year in our tag URIs, and so the earliest moment anything can have been followed.
BORN = datetime(2026, 1, 1, tzinfo=UTC)


# --- writing -------------------------------------------------------------------------------------
def _fit(value: Any) -> Any:
    """A value for XML: no character in it that XML 1.0 forbids."""
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, (list, tuple)):
        return [_fit(part) for part in value]
    return value


class _Fitting(SyndicationFeed):
    """What both formats share: whatever a page's text holds, the XML is well formed; entries have a `via`
    (the original) and the feed a `next` page."""

    def __init__(self, **about: Any) -> None:
        super().__init__(**{name: _fit(value) for name, value in about.items()})

    def add_item(self, **about: Any) -> None:
        super().add_item(**{name: _fit(value) for name, value in about.items()})

    def links(self) -> list[dict[str, str]]:
        return [{"rel": "next", "href": url} for url in [self.feed["next_url"]] if url]


class Rss(_Fitting, Rss201rev2Feed):
    """RSS 2.0, with Atom's links for what RSS has no element for."""

    def add_root_elements(self, handler: SimplerXMLGenerator) -> None:
        super().add_root_elements(handler)
        for link in self.links():
            handler.addQuickElement("atom:link", None, link)

    def add_item_elements(self, handler: SimplerXMLGenerator, item: dict[str, Any]) -> None:
        super().add_item_elements(handler, item)
        if item["via"]:
            handler.addQuickElement("atom:link", None, {"rel": "via", "href": item["via"]})


class Atom(_Fitting, Atom1Feed):
    """Atom (RFC 4287), the entry's body as content, not as its summary."""

    def add_root_elements(self, handler: SimplerXMLGenerator) -> None:
        super().add_root_elements(handler)
        for link in self.links():
            handler.addQuickElement("link", None, link)

    def add_item_elements(self, handler: SimplerXMLGenerator, item: dict[str, Any]) -> None:
        super().add_item_elements(handler, {**item, "description": None})
        handler.addQuickElement("content", item["description"], {"type": "html"})
        if item["via"]:
            handler.addQuickElement("link", None, {"rel": "via", "href": item["via"]})


FORMATS: dict[str, type[_Fitting]] = {"rss": Rss, "atom": Atom}


# --- what a feed is of ---------------------------------------------------------------------------
@dataclass(frozen=True)
class Stream:
    """A feed before it is written: what it is of, which changes it holds, and since when it is followed.

    name    as its tag URI has it, "source/3"
    subject what is followed; an article by its first headline, so that the first entry never alters either
    page    the address of the page it belongs to, which no new headline alters
    hidden_at  when an article of it was hidden last, or None
    """

    name: str
    title: str
    subject: str
    description: str
    page: str
    author: str
    since: datetime
    changes: QuerySet[Change] = field(repr=False)  # the repr names a feed's ETag
    via: str = ""
    hidden_at: datetime | None = None
    language: str | None = None


@public_view
def everything(request: HttpRequest, format: str) -> HttpResponse:
    """All changes of all sources."""
    first = Source.objects.order_by("created_at").first()
    stream = Stream(
        name="everything",
        title=gettext("newsdiff: latest changes"),
        subject=gettext("all sources"),
        description=gettext("What changed in the articles followed here, as it is seen."),
        page=reverse("home"),
        author="newsdiff",
        since=first.created_at if first else BORN,
        changes=Change.objects.public(),
        hidden_at=_hidden_at(Article.objects.all()),
    )
    return _respond(request, stream, format)


@public_view
def source(request: HttpRequest, slug: str, format: str) -> HttpResponse:
    """The changes of one source's articles."""
    found = Source.objects.filter(slug=slug).first()
    if found is None:
        raise Http404(gettext("There is no source of this name here."))
    stream = Stream(
        name=f"source/{found.pk}",
        title=gettext("newsdiff: %(source)s") % {"source": found.name},
        subject=found.name,
        description=gettext("What changed in the articles of %(source)s.") % {"source": found.name},
        page=found.get_absolute_url(),
        author=found.name,
        since=found.created_at,
        changes=Change.objects.public().filter(source=found),
        via=web_address(found.url),
        hidden_at=_hidden_at(found.articles.all()),
        language=found.language or None,
    )
    return _respond(request, stream, format)


@article_view
def article(request: HttpRequest, article: Article, format: str) -> HttpResponse:
    """The changes of one article."""
    first_title = article.versions.values_list("title", flat=True).get(number=1)
    stream = Stream(
        name=f"article/{article.pk}",
        title=gettext("newsdiff: %(title)s") % {"title": article.title or article.url},
        subject=first_title or article.url,
        description=gettext("Every change of this article of %(source)s.") % {"source": article.source.name},
        page=reverse("article-short", args=[article.pk]),
        author=article.source.name,
        since=article.first_seen_at,
        changes=Change.objects.public().filter(article=article),
        via=web_address(article.url),
        language=article.language or article.source.language or None,
    )
    return _respond(request, stream, format)


# --- answering -----------------------------------------------------------------------------------
def _tag(name: str) -> str:
    """A tag URI (RFC 4151) under this installation's host."""
    return f"tag:{urlsplit(settings.BASE_URL).hostname},2026:{name}"


def _hidden_at(articles: QuerySet[Article]) -> datetime | None:
    """When one of the articles was hidden last, or None."""
    found: datetime | None = articles.aggregate(at=Max("hidden_at"))["at"]
    return found


def _modified(stream: Stream, newest: datetime, now: datetime) -> datetime:
    """When a feed was last altered, and never earlier: some readers send nothing but If-Modified-Since.

    It alters with a new change and when an article is hidden. A change is committed a little after the
    moment it bears, and others of the same second may follow it: until that has settled, the feed
    counts as altered just now. That an article is shown again such readers learn with the next change.
    """
    moment = max(newest, stream.hidden_at) if stream.hidden_at else newest
    return min(now, moment + SETTLING)


def _respond(request: HttpRequest, stream: Stream, format: str) -> HttpResponse:
    keys = stream.changes.select_related("source").only("pk", "seen_at", "source__name")
    page = paging.page(keys, "seen_at", request.GET.get("before", ""), ENTRIES)
    newest = page.rows[0].seen_at if page.rows else stream.since
    named = (settings.VERSION, RENDERING, settings.BASE_URL, request.get_full_path(), stream)
    made_of = [(change.pk, change.source.name) for change in page.rows]
    etag = f'"{hashlib.sha256(repr((*named, made_of)).encode(errors="replace")).hexdigest()[:32]}"'
    modified = int(_modified(stream, newest, timezone.now()).timestamp())
    if answer := not_modified(request, etag, modified):
        return answer
    feed = _feed(request, stream, format, page.next)
    for change, content in _contents([change.pk for change in page.rows]):
        feed.add_item(**_entry(change, content))
    if not page.next:
        feed.add_item(**_tracked(stream))
    response = HttpResponse(feed.writeString("utf-8"), content_type=feed.content_type)
    response["ETag"] = etag
    response["Last-Modified"] = http_date(modified)
    return response


def _feed(request: HttpRequest, stream: Stream, format: str, next_key: str) -> _Fitting:
    base = settings.BASE_URL
    return FORMATS[format](
        title=stream.title,
        link=base + stream.page,
        description=stream.description,
        subtitle=stream.description,
        language=stream.language,
        author_name=stream.author,
        feed_url=base + request.get_full_path(),
        feed_guid=_tag(stream.name),
        next_url=f"{base}{request.path}?{urlencode({'before': next_key})}" if next_key else "",
    )


def _contents(ids: list[int]) -> Iterable[tuple[Change, str]]:
    """The changes in the order given, each with its entry's content.

    Rendered once and kept: versions never change. Two queries at most, whatever is kept.
    """
    listed = Change.objects.select_related("article__source", "old", "new")
    light = listed.defer("old__packed", "new__packed", "excerpt").in_bulk(ids)
    names = {pk: _name(change) for pk, change in light.items()}
    kept = cache.get_many(names.values())
    missing = [pk for pk, name in names.items() if name not in kept]
    if missing:
        for pk, change in listed.select_related("old__base", "new__base").in_bulk(missing).items():
            kept[names[pk]] = content = _content(change)
            cache.set(names[pk], content, timeout=None)  # at once: who gives up waiting has not asked in vain
    return [(light[pk], kept[names[pk]]) for pk in ids if pk in light]


def _name(change: Change) -> str:
    """What an entry's content is kept under: all that it is made of. The digests keep a database put back
    from a copy, where an id may come again, from being shown another change's words."""
    made_of = (RENDERING, settings.BASE_URL, change.pk, change.old.digest, change.new.digest, change.seen_at)
    return f"entry:{hashlib.sha256(repr(made_of).encode()).hexdigest()}"


def _content(change: Change) -> str:
    """The diff in brief, as HTML: headline, totals, the weightiest passages; at most CONTENT_LIMIT bytes.

    Where a text is long, the passage that was stored with the change: fifty diffs are not made while a
    reader waits.
    """
    words = (change.added_words, change.removed_words)
    context = {
        "change": change,
        "link": settings.BASE_URL + change.get_absolute_url(),
        "lines": _changed_lines(change),
    }
    if max(change.old.word_count, change.new.word_count) > ENTRY_WORDS:
        excerpt = presentation.show_excerpt(change)
        brief = {"totals": wording.word_delta(*words), "excerpt": excerpt}
        return render_to_string("syndication/entry.html", context | brief)
    difference = diffing.diff(change.old.texts, change.new.texts)
    context["totals"] = wording.totals(difference.counts, words)
    rows = presentation.show_rows(difference, change.old, change.new)
    found = list(presentation.passages(rows, presentation.PASSAGE))
    shown = presentation.weightiest(found, PASSAGES)
    while True:
        content = render_to_string(
            "syndication/entry.html", {**context, "passages": shown, "more": len(found) - len(shown)}
        )
        if len(content.encode()) <= CONTENT_LIMIT or not shown:
            return content
        shown = presentation.weightiest(shown, len(shown) - 1)


def _changed_lines(change: Change) -> list[tuple[str, tuple[Segment, ...]]]:
    """Headline, standfirst and byline where they differ: what each is called, old against new."""
    labels = {"title": gettext("Headline"), "standfirst": gettext("Standfirst"), "byline": gettext("Byline")}
    pairs = {name: (getattr(change.old, name), getattr(change.new, name)) for name in labels}
    return [
        (labels[name], presentation.cap(presentation.compare(*pair)))
        for name, pair in pairs.items()
        if pair[0] != pair[1]
    ]


def _entry(change: Change, content: str) -> dict[str, Any]:
    old, new = change.old, change.new
    title = new.title or change.article.title or change.article.url
    if old.title and old.title != new.title:
        headline = gettext("Headline changed: %(old)s -> %(new)s") % {"old": old.title, "new": title}
    else:
        words = f"+{change.added_words} -{change.removed_words} words"
        headline = f"v{old.number} -> v{new.number}, {words}: {title}"
    return {
        "title": headline,
        "link": settings.BASE_URL + change.get_absolute_url(),
        "description": content,
        "author_name": change.article.source.name,
        "pubdate": change.seen_at,
        "updateddate": change.seen_at,
        "unique_id": _tag(f"change/{change.pk}"),
        "unique_id_is_permalink": False,
        "categories": [wording.kind_words(name) for name in change.kind_names],
        "via": web_address(change.article.url),
    }


def _tracked(stream: Stream) -> dict[str, Any]:
    """The entry every feed begins with."""
    context = {"stream": stream, "link": settings.BASE_URL + stream.page}
    return {
        "title": gettext("Now tracked: %(title)s") % {"title": stream.subject},
        "link": settings.BASE_URL + stream.page,
        "description": render_to_string("syndication/tracked.html", context),
        "author_name": stream.author,
        "pubdate": stream.since,
        "updateddate": stream.since,
        "unique_id": _tag(f"tracked/{stream.name}"),
        "unique_id_is_permalink": False,
        "categories": [],
        "via": stream.via,
    }
