"""Which article a captured address is of, and which source a new one belongs to."""

from datetime import datetime
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from django.db import transaction
from django.db.models import Q

from articles.core import urls
from articles.ingestion.sources import free_slug
from articles.models import Article, ArticleURL, Boilerplate, Host, Source


class Sources:
    """The source of each address: the one given, else that of the site, else a new one, paused.

    An import must not begin to crawl by itself; whether a new source is to be followed is the
    operator's to say.
    """

    def __init__(self, given: Source | None) -> None:
        self._given = given
        self._known: dict[str, Source] = {}

    def of(self, url: str) -> Source:
        """The source for a new article at this address, made if there is none."""
        if self._given:
            return self._given
        authority = urls.authority(url)
        if authority not in self._known:
            self._known[authority] = _of_site(url) or _new(url)
        return self._known[authority]

    def named(self, values: dict[str, str], boilerplate: list[dict[str, Any]]) -> Source:
        """The source that an export names by home page and slug, or name; made, paused, if there is none.

        A new one has its pages read as they were where the export was made.
        """
        if self._given:
            return self._given
        same = Q(slug=values["slug"]) | Q(name=values["name"])
        if found := Source.objects.filter(same, url=values["url"]).order_by("pk").first():
            return found
        with transaction.atomic():
            slug = free_slug("", values["slug"], values["name"])
            source = Source.objects.create(**values | {"slug": slug}, is_paused=True)
            Boilerplate.objects.bulk_create(Boilerplate(source=source, **row) for row in boilerplate)
        return source


def _of_site(url: str) -> Source | None:
    for source in Source.objects.exclude(url="").order_by("pk"):
        if urls.same_site(source.url, url):
            return source
    there = Article.objects.filter(host__authority=urls.authority(url)).select_related("source")
    article = there.order_by("pk").first()
    return article.source if article else None


def _new(url: str) -> Source:
    host = (urlsplit(url).hostname or "source").removeprefix("www.")
    slug = free_slug("", host.replace(".", "-"), host)
    return Source.objects.create(name=host[:200], slug=slug, url=urls.origin(url) + "/", is_paused=True)


class Known(NamedTuple):
    """A known address: what an import must know of its article before it takes hold of it.

    seen_at          when the address was first met
    last_checked_at  of the article, as `body_digest` is: of the bytes accepted last
    """

    article_id: int
    url: str
    seen_at: datetime
    last_checked_at: datetime | None
    body_digest: str


def known(key: str) -> Known | None:
    """What is known of the address that these spellings share; None where nothing is."""
    of_article = ("article__last_checked_at", "article__body_digest")
    rows = ArticleURL.objects.filter(key=key).values_list(
        "article_id", "article__url", "seen_at", *of_article
    )
    row = rows.first()
    return Known(*row) if row else None


def new_article(url: str, key: str, source: Source, at: datetime) -> Article:
    """A new article at an address first met at a moment. Raises IntegrityError if it is known by now."""
    article = Article.objects.create(
        source=source, url=url, host=Host.of(url), first_seen_at=at, next_check_at=at
    )
    ArticleURL.objects.create(article=article, url=url, key=key, seen_at=at)
    return article
