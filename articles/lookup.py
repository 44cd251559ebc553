"""From any spelling of an address to the article, or to what can be said where there is none."""

from dataclasses import dataclass
from enum import StrEnum

from articles.core import urls
from articles.models import Article, ArticleURL, Feed, Host, Source

MOST_SOURCES = 10  # named where an address is of a site that is followed


class Finding(StrEnum):
    """What an address turned out to be."""

    ARTICLE = "article"
    UNREAD = "unread"  # its article is known, but no text of it yet
    SITE = "site"  # no article, but others of the same site are followed
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Found:
    """`article` where the address is one's, as it is shown and hidden ones among them; `sources` of the same
    site where not."""

    finding: Finding
    url: str
    article: Article | None = None
    sources: tuple[Source, ...] = ()


def find(text: str) -> Found:
    """What there is under an address as a person gives it, with or without its scheme. Raises BadURL."""
    url = urls.canonical(urls.typed(text))
    spelling = ArticleURL.objects.filter(key=urls.key(url)).first()
    if spelling:
        article = Article.objects.as_shown().select_related("source").get(pk=spelling.article_id)
        is_known = article.version_count or article.hidden_at
        return Found(Finding.ARTICLE if is_known else Finding.UNREAD, url, article)
    sources = _of_the_site(url)
    return Found(Finding.SITE if sources else Finding.UNKNOWN, url, sources=sources)


def _of_the_site(url: str) -> tuple[Source, ...]:
    """The sources that have articles or feeds on the address's host, with or without its "www."."""
    authority = urls.authority(url)
    spellings = {authority, authority.removeprefix("www."), f"www.{authority}"}
    hosts = list(Host.objects.filter(authority__in=spellings).values_list("pk", flat=True))
    if not hosts:
        return ()
    of_feeds = set(Feed.objects.filter(host__in=hosts).values_list("source", flat=True)[:MOST_SOURCES])
    of_articles: set[int] = set()
    for host in hosts:  # one by one, each off the index article_host_due
        articles = Article.objects.filter(host=host).order_by("-next_check_at")
        of_articles.update(articles.values_list("source", flat=True)[:MOST_SOURCES])
    found = Source.objects.filter(pk__in=of_feeds | of_articles)
    return tuple(found.order_by("name", "pk")[:MOST_SOURCES])
