"""From any spelling of an address to an article's history, or to what is known where there is none."""

import re

import pytest
from django.test import Client

from articles import lookup
from articles.core import urls
from articles.lookup import Finding
from articles.models import Article, ArticleURL, Host
from tests.cast import DAY_ONE, make_article, make_source

pytestmark = pytest.mark.django_db


def known(url: str, **fields: object) -> Article:
    article = make_article(make_source(), "Board meets", ["It does."], **fields)
    Article.objects.filter(pk=article.pk).update(url=url, host=Host.of(url))
    ArticleURL.objects.create(article=article, url=url, key=urls.key(url), seen_at=DAY_ONE)
    article.refresh_from_db()
    return article


@pytest.mark.parametrize(
    "spelling",
    [
        "https://www.gazette.example/news/board?id=7",
        "http://gazette.example/news/board/?id=7",
        "gazette.example/news/board?id=7&utm_source=feed#comments",
        "  https://m.gazette.example/news/board?id=7  ",
        "https://amp.gazette.example/news/board?id=7&fbclid=1",
    ],
)
def test_any_spelling_leads_to_the_history(client: Client, spelling: str) -> None:
    article = known("https://www.gazette.example/news/board?id=7")
    answer = client.get("/lookup/", {"url": spelling})
    assert (answer.status_code, answer["Location"]) == (302, article.get_absolute_url())


def test_another_article_of_a_site_that_is_followed_is_said_not_to_be_tracked_yet(client: Client) -> None:
    known("https://www.gazette.example/news/board?id=7")
    answer = client.get("/lookup/", {"url": "https://gazette.example/news/board?id=8"})
    assert answer.status_code == 404
    page = answer.content.decode()
    assert "The source is tracked, this article is not yet" in page
    assert 'href="/sources/gazette/"' in page


def test_a_site_that_nobody_follows_is_said_not_to_be_tracked(client: Client) -> None:
    known("https://www.gazette.example/news/board?id=7")
    answer = client.get("/lookup/", {"url": "https://notgazette.example/news/board"})
    assert answer.status_code == 404
    assert "This site is not tracked" in answer.content.decode()


def test_an_article_that_was_never_read_is_known_but_has_no_history(client: Client) -> None:
    article = known("https://gazette.example/a")
    Article.objects.filter(pk=article.pk).update(version_count=0)
    answer = client.get("/lookup/", {"url": "https://gazette.example/a"})
    assert answer.status_code == 404
    assert "has not been read yet" in answer.content.decode()


def test_a_hidden_article_is_gone_here_as_everywhere(client: Client) -> None:
    known("https://gazette.example/a", hidden_at=DAY_ONE)
    answer = client.get("/lookup/", {"url": "https://gazette.example/a"})
    assert answer.status_code == 410
    assert "Board meets" not in answer.content.decode()


@pytest.mark.parametrize(
    "given", ["ftp://gazette.example/a", "javascript:alert(1)", "http://", "no host here", "x" * 11_000]
)
def test_what_is_no_address_is_answered_with_what_to_do(client: Client, given: str) -> None:
    answer = client.get("/lookup/", {"url": given})
    assert answer.status_code == 400
    page = answer.content.decode()
    assert "Copy the address from the browser" in page
    assert not re.search(r"href=\S*(alert|ftp:)", page)


def test_without_an_address_there_is_the_form(client: Client) -> None:
    answer = client.get("/lookup/", {"url": "  "})
    assert answer.status_code == 200
    assert 'name="url"' in answer.content.decode()


def test_it_costs_few_queries_however_many_articles_the_site_has(django_assert_max_num_queries) -> None:
    known("https://www.gazette.example/news/board?id=7")
    with django_assert_max_num_queries(6):
        found = lookup.find("gazette.example/other")
    assert (found.finding, [source.slug for source in found.sources]) == (Finding.SITE, ["gazette"])
