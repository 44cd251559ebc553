"""Versions by address and moment, asked for by hand and by the protocol's own client."""

import threading
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone
from memento_client import MementoClient

from articles.core import urls
from articles.models import Article, ArticleURL
from tests import cast

NOON = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)
ADDRESS = "https://gazette.example/news/ferry?id=7&page=2"


@pytest.fixture
@transaction.atomic
def article(db) -> Article:
    """Three versions, first seen at noon, one and two o'clock."""
    article = cast.make_article(cast.make_source("Gazette", "gazette"), "Ferry", ["It sails."], NOON)
    for hours in (1, 2):
        cast.add_version(article, [f"It sails at {hours}."], title="Ferry", at=NOON + timedelta(hours=hours))
    Article.objects.filter(pk=article.pk).update(url=ADDRESS)
    ArticleURL.objects.create(article=article, url=ADDRESS, key=urls.key(ADDRESS), seen_at=NOON)
    article.refresh_from_db()
    return article


def naive(hours: float) -> datetime:
    """So many hours after noon, in UTC, as the client has its moments."""
    return (NOON + timedelta(hours=hours)).replace(tzinfo=None)


def version_url(settings, article: Article, number: int) -> str:
    return f"{settings.BASE_URL}/articles/{article.pk}/versions/{number}/"


def asked(client: Client, at: str = "", url: str = ADDRESS):
    return client.get(f"/timegate/{url}", headers={"Accept-Datetime": at} if at else {})


@pytest.mark.parametrize(
    ("at", "number"),
    [
        ("Mon, 02 Nov 2026 11:00:00 GMT", 1),
        ("Mon, 02 Nov 2026 12:59:59 GMT", 1),
        ("Mon, 02 Nov 2026 13:00:00 GMT", 2),
        ("Mon, 02 Nov 2026 20:00:00 GMT", 3),
        ("", 3),
    ],
)
def test_the_timegate_leads_to_the_version_that_stood(client, settings, article, at, number):
    answer = asked(client, at)
    assert (answer.status_code, answer["Location"]) == (302, version_url(settings, article, number))
    assert "accept-datetime" in answer["Vary"].lower()
    assert f'<{ADDRESS}>; rel="original"' in answer["Link"]
    assert 'rel="timemap"; type="application/link-format"' in answer["Link"]
    assert "Memento-Datetime" not in answer


@pytest.mark.parametrize(
    "spelling",
    [
        "http://www.gazette.example/news/ferry?page=2&id=7&utm_source=x",
        "https:/gazette.example/news/ferry?id=7&page=2",
        "gazette.example/news/ferry?id=7&page=2",
    ],
)
def test_an_address_is_found_in_any_spelling(client, settings, article, spelling):
    assert asked(client, url=spelling)["Location"] == version_url(settings, article, 3)


def test_a_moment_that_cannot_be_read_is_refused_with_an_example(client, article):
    answer = asked(client, "yesterday")
    assert answer.status_code == 400
    assert b"Thu, 31 May 2007 20:35:00 GMT" in answer.content


def test_what_is_not_kept_hidden_or_no_address_is_said_so(client, article):
    assert asked(client, url="https://gazette.example/other").status_code == 404
    assert asked(client, url="mailto:someone").status_code == 404
    Article.objects.update(hidden_at=timezone.now())
    assert asked(client).status_code == 410
    assert client.get(f"/timemap/link/{ADDRESS}").status_code == 410


def test_the_timemap_lists_every_version(client, settings, article):
    answer = client.get(f"/timemap/link/{ADDRESS}")
    assert answer["Content-Type"] == "application/link-format"
    lines = answer.content.decode().rstrip().split(",\n")
    assert lines[0] == f'<{ADDRESS}>; rel="original"'
    assert lines[1] == f'<{settings.BASE_URL}/timegate/{ADDRESS}>; rel="timegate"'
    assert lines[3:] == [
        f'<{version_url(settings, article, 1)}>; rel="first memento"; datetime="Mon, 02 Nov 2026 12:00:00 GMT"',
        f'<{version_url(settings, article, 2)}>; rel="memento"; datetime="Mon, 02 Nov 2026 13:00:00 GMT"',
        f'<{version_url(settings, article, 3)}>; rel="last memento"; datetime="Mon, 02 Nov 2026 14:00:00 GMT"',
    ]
    again = client.get(f"/timemap/link/{ADDRESS}", headers={"If-None-Match": answer["ETag"]})
    assert again.status_code == 304


def test_a_version_s_page_says_what_it_is_of_and_since_when(client, settings, article):
    answer = client.get(f"/articles/{article.pk}/versions/2/")
    assert answer["Memento-Datetime"] == "Mon, 02 Nov 2026 13:00:00 GMT"
    assert f'<{ADDRESS}>; rel="original"' in answer["Link"]
    assert f'<{version_url(settings, article, 1)}>; rel="first prev memento"' in answer["Link"]
    assert f'<{version_url(settings, article, 3)}>; rel="last next memento"' in answer["Link"]


@pytest.mark.django_db(transaction=True)
def test_the_protocol_s_own_client_agrees(live_server, settings, article):
    settings.BASE_URL = live_server.url
    original = _site()
    address = f"http://127.0.0.1:{original.server_address[1]}/ferry"
    Article.objects.update(url=address)
    ArticleURL.objects.update(url=address, key=urls.key(address))
    try:
        client = MementoClient(timegate_uri=f"{live_server.url}/timegate/", check_native_timegate=False)
        found = client.get_memento_info(address, naive(1.5))
        told = {rel: (one["uri"], one["datetime"]) for rel, one in found["mementos"].items()}
    finally:
        original.shutdown()
        original.server_close()
    pages = {n: [f"{live_server.url}/articles/{article.pk}/versions/{n}/"] for n in (1, 2, 3)}
    assert found["original_uri"] == address
    assert told["closest"] == (pages[2], naive(1))
    assert told["first"] == (pages[1], naive(0))
    assert told["last"] == (pages[3], naive(2))
    assert told["prev"][0] == pages[1]
    assert told["next"][0] == pages[3]


def _site() -> ThreadingHTTPServer:
    """The original, of which the client asks whether it knows its own past."""

    class Handler(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            self.send_response(200)
            self.end_headers()

        do_GET = do_HEAD

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    return server
