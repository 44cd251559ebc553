"""What a feed is of: everything, what fits a filter, a source, an article."""

import ipaddress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cache
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.db.models import F, Max, Q, QuerySet
from django.urls import reverse
from django.utils.text import Truncator
from django.utils.translation import gettext

from articles.core import permalinks
from articles.core.quoting import Quotation
from articles.finding import quotes, searching
from articles.listing import SORTS, Filters
from articles.models import Article, Change, Source
from articles.presentation import web_address
from articles.searches import Asked

# The year in our tag URIs, and so the earliest moment anything can have been followed.
BORN = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Stream:
    """A feed before it is written: what it is of, which changes it holds, and since when it is followed.

    name     as its tag URI has it, "source/3"
    subject  what is followed; an article by its first headline, so that the first entry never alters either
    page     the address of the page it belongs to, which no new headline alters
    query    the query string of its own address, "" for none
    articles those of which something may be hidden or merged out of it
    """

    name: str
    title: str
    subject: str
    description: str
    page: str
    author: str
    since: datetime
    # The repr of all but these names a feed's ETag.
    changes: QuerySet[Change] = field(repr=False)
    articles: QuerySet[Article] = field(repr=False)
    original: str = ""
    language: str = ""
    query: str = ""

    def hidings_at(self) -> datetime | None:
        """When something of it was last hidden or shown again, or an article merged or parted, or None."""
        found: datetime | None = self.articles.exclude(hidings_at=None).aggregate(at=Max("hidings_at"))["at"]
        return found


def tag(name: str) -> str:
    """A tag URI (RFC 4151) under this installation's host."""
    return f"tag:{_authority(settings.BASE_URL)},2026:{name}"


@cache
def _authority(base: str) -> str:
    """The host of an address as a tag can name it."""
    host = urlsplit(base).hostname or ""
    if ":" in host:  # an IPv6 address, which no authority of a tag can be spelt like
        return ipaddress.ip_address(host).exploded.replace(":", "-")
    return host.encode("idna").decode()


def of_filters(filters: Filters) -> Stream:
    """The changes of all sources that fit: all of them, the newest first whatever the page's order is."""
    query = filters.feed_query
    page = reverse("home")
    everything = Stream(
        name="everything",
        title=gettext("newsdiff: latest changes"),
        subject=gettext("all sources"),
        description=gettext("What changed in the articles followed here, as it is seen."),
        page=page,
        author="newsdiff",
        since=filters.source.created_at if filters.source else _began(),
        changes=replace(filters, sort=SORTS[0]).changes(),
        articles=Article.objects.all(),
    )
    if not query:
        return everything
    return replace(
        everything,
        # In its canonical spelling, so that the first entry is one and the same however it is asked for.
        name=f"everything?{query}",
        title=gettext("newsdiff: %(changes)s") % {"changes": filters.words},
        subject=filters.words,
        description=gettext("%(changes)s, as they are seen.") % {"changes": filters.words},
        page=f"{page}?{query}",
        author=filters.source.name if filters.source else everything.author,
        language=filters.language or (filters.source.language if filters.source else ""),
        query=query,
    )


def of_source(source: Source) -> Stream:
    """The changes of one source's articles."""
    return Stream(
        name=f"source/{source.pk}",
        title=gettext("newsdiff: %(source)s") % {"source": source.name},
        subject=source.name,
        description=gettext("What changed in the articles of %(source)s.") % {"source": source.name},
        page=source.get_absolute_url(),
        author=source.name,
        since=source.created_at,
        changes=Filters(source=source).changes(),
        articles=source.articles.all(),
        original=web_address(source.url),
        language=source.language,
    )


def of_search(asked: Asked, key: str, size: int) -> Stream:
    """The newest changes with which what is searched for came or went; `size` of those after a key."""
    found = searching.changes_of(asked.search, key, size)
    page = f"{reverse('search')}?{asked.query}"
    return Stream(
        name=f"search?{asked.query}",
        title=gettext("newsdiff: %(search)s") % {"search": asked.words},
        subject=asked.words,
        description=gettext("Changes with which this came or went: %(search)s.") % {"search": asked.words},
        page=page,
        author="newsdiff",
        since=_began(),
        changes=_of(Change.objects.filter(pk__in=found)),
        articles=Article.objects.all(),
        query=asked.query,
    )


def of_quotation(text: str, quotation: Quotation) -> Stream:
    """The changes with which a quotation came into one of the articles that say or said it, or went."""
    text = " ".join(text.split())
    query = permalinks.query(text)
    came_or_went = quotes.changes_of(quotes.trace(quotation))
    fitting = Q(pk__in=[])
    for article, number in came_or_went:
        fitting |= Q(article=article, new__number=number)
    said = Truncator(text).chars(80)
    return Stream(
        # Never compressed, for what names an entry must not alter with the library that compresses.
        name=f"quote?{urlencode({'text': text})}",
        title=gettext("newsdiff: “%(quotation)s”") % {"quotation": said},
        subject=gettext("“%(quotation)s”") % {"quotation": said},
        description=gettext("Changes with which this quotation came or went."),
        page=f"{reverse('quote')}?{query}",
        author="newsdiff",
        since=_began(),
        changes=_of(Change.objects.filter(fitting)),
        articles=Article.objects.all(),
        query=query,
    )


def _of(changes: QuerySet[Change]) -> QuerySet[Change]:
    """Some changes as a feed pages them."""
    return changes.annotate(by=F("seen_at"), number=F("pk"))


def _began() -> datetime:
    """Since when anything is followed."""
    return Source.objects.order_by("created_at").values_list("created_at", flat=True).first() or BORN


def of_article(article: Article) -> Stream:
    """The changes of one article."""
    first = article.versions.public().without_text().get(number=article.numbers.first)
    return Stream(
        name=f"article/{article.pk}",
        title=gettext("newsdiff: %(title)s") % {"title": article.title or article.url},
        subject=first.title or article.url,
        description=gettext("Every change of this article of %(source)s.") % {"source": article.source.name},
        page=reverse("article-short", args=[article.pk]),
        author=article.source.name,
        since=article.first_seen_at,
        changes=Filters().changes().filter(article=article),
        articles=Article.objects.filter(pk=article.pk),
        original=web_address(article.url),
        language=article.language or article.source.language,
    )
