"""What a feed is of: everything, what fits a filter, a source, an article."""

import ipaddress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cache
from urllib.parse import urlsplit

from django.conf import settings
from django.db.models import Max, QuerySet
from django.urls import reverse
from django.utils.translation import gettext

from articles.listing import SORTS, Filters
from articles.models import Article, Change, Source
from articles.presentation import web_address

# The year in our tag URIs, and so the earliest moment anything can have been followed.
BORN = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Stream:
    """A feed before it is written: what it is of, which changes it holds, and since when it is followed.

    name     as its tag URI has it, "source/3"
    subject  what is followed; an article by its first headline, so that the first entry never alters either
    page     the address of the page it belongs to, which no new headline alters
    query    the query string of its own address, "" for none
    articles those that may be hidden out of it
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

    def hidden_at(self) -> datetime | None:
        """When an article of it was hidden last, or None."""
        found: datetime | None = self.articles.exclude(hidden_at=None).aggregate(at=Max("hidden_at"))["at"]
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
    moments = Source.objects.order_by("created_at").values_list("created_at", flat=True)
    page = reverse("home")
    everything = Stream(
        name="everything",
        title=gettext("newsdiff: latest changes"),
        subject=gettext("all sources"),
        description=gettext("What changed in the articles followed here, as it is seen."),
        page=page,
        author="newsdiff",
        since=filters.source.created_at if filters.source else moments.first() or BORN,
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


def of_article(article: Article) -> Stream:
    """The changes of one article."""
    first_title = article.versions.values_list("title", flat=True).get(number=1)
    return Stream(
        name=f"article/{article.pk}",
        title=gettext("newsdiff: %(title)s") % {"title": article.title or article.url},
        subject=first_title or article.url,
        description=gettext("Every change of this article of %(source)s.") % {"source": article.source.name},
        page=reverse("article-short", args=[article.pk]),
        author=article.source.name,
        since=article.first_seen_at,
        changes=Filters().changes().filter(article=article),
        articles=Article.objects.none(),  # where it is hidden itself, this feed is 410
        original=web_address(article.url),
        language=article.language or article.source.language,
    )
