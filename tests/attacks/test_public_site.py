"""What a reader, a cache or a link can try on the public pages, the feeds and the API."""

import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO
from typing import Any
from urllib.parse import urlencode
from wsgiref.util import setup_testing_defaults

import pytest
from django.conf import settings
from django.contrib.auth import get_user_model
from django.test import Client
from django.test.client import encode_multipart
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils.encoding import iri_to_uri
from django.utils.html import escape
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from articles import presentation
from articles.syndication import formats
from newsdiff.middleware import HEADERS
from newsdiff.wsgi import application
from tests import feed_rules
from tests.cast import Cast, make_cast
from tests.processes import ROOT, environment
from tests.test_settings import PUBLIC, SERVER

pytestmark = pytest.mark.django_db
PAGES = [
    "/",
    "/sources/",
    "/sources/gazette/",
    "/stats/",
    "/about/",
    "/robots.txt",
    "/feed.rss",
    "/feed.atom",
    "/feed.json",
    "/feed.json?kind=number&source=gazette",
    "/feeds/",
    "/feeds.opml",
    "/sources/gazette/feed.rss",
    "/articles/{id}-{slug}/",
    "/articles/{id}/diff/1/2/",
    "/articles/{id}/diff/1/latest/?view=inline",
    "/articles/{id}/versions/1/",
    "/articles/{id}/versions/1/capture",
    "/articles/{id}/feed.atom",
    "/api/v1/",
    "/api/v1/sources",
    "/api/v1/articles",
    "/api/v1/articles/{id}/diff/1/2",
    "/api/v1/changes",
    "/api/v1/docs",
    "/healthz",
    "/static/css/newsdiff.css",
    "/no-such-page",
]


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def addresses(cast: Cast) -> list[str]:
    return [page.format(id=cast.corrected.pk, slug=cast.corrected.slug) for page in PAGES]


# --- the settings of a public server -----------------------------------------------------------------
def test_djangos_own_check_for_deployment_has_nothing_to_say(tmp_path):
    env = {name: value for name, value in environment(tmp_path).items() if not name.startswith("NEWSDIFF_")}
    env |= {
        "NEWSDIFF_DATA_DIR": str(tmp_path),
        "DJANGO_SETTINGS_MODULE": "newsdiff.settings",
        "PYTHONPATH": ".",
    }
    # manage.py's own `check` looks at feeds and articles; this is Django's.
    begin = "import django; django.setup(); from django.core.management.commands.check import Command as C; "
    run = "C().run_from_argv(['manage.py', 'check', '--deploy', '--fail-level', 'WARNING'])"
    command = [sys.executable, "-c", begin + run]
    done = subprocess.run(
        command, env=env | SERVER | PUBLIC, cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    assert "no issues" in done.stdout


# --- headers -----------------------------------------------------------------------------------------
def test_every_answer_carries_what_keeps_it_from_being_misused(client, cast):
    for address in addresses(cast):
        answer = client.get(address)
        assert answer["X-Content-Type-Options"] == "nosniff", address
        assert answer["Referrer-Policy"] == "same-origin", address
        assert answer["Cross-Origin-Opener-Policy"] == "same-origin", address
        assert answer["Permissions-Policy"] == HEADERS["Permissions-Policy"], address
        assert "unsafe" not in answer["Content-Security-Policy"], address
        shared = address.startswith("/api/")
        assert answer["Cross-Origin-Resource-Policy"] == ("cross-origin" if shared else "same-origin"), (
            address
        )


def test_a_capture_is_a_download_that_nothing_can_run_in(client, cast):
    answer = client.get(f"/articles/{cast.corrected.pk}/versions/1/capture")
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["Content-Disposition"].startswith("attachment; ")
    assert answer["Content-Security-Policy"].startswith("sandbox; ")
    assert answer["X-Content-Type-Options"] == "nosniff"


# --- hosts, caches, redirects --------------------------------------------------------------------------
EVIL = {
    "HTTP_X_FORWARDED_HOST": "evil.example",
    "HTTP_X_FORWARDED_SERVER": "evil.example",
    "HTTP_X_HOST": "evil.example",
    "HTTP_FORWARDED": "host=evil.example;proto=https",
    "HTTP_X_ORIGINAL_URL": "/admin/",
    "HTTP_X_REWRITE_URL": "/admin/",
    "HTTP_X_FORWARDED_PREFIX": "/evil",
    "HTTP_X_FORWARDED_SCHEME": "ftp",
    "HTTP_X_FORWARDED_PORT": "1",
    "HTTP_X_HTTP_METHOD_OVERRIDE": "DELETE",
    "HTTP_X_FORWARDED_FOR": "<script>alert(1)</script>",
    "HTTP_ACCEPT_LANGUAGE": "de",
    "HTTP_USER_AGENT": "<script>alert(1)</script>",
    "HTTP_REFERER": "https://evil.example/",
    "HTTP_ORIGIN": "https://evil.example",
    "HTTP_COOKIE": "sessionid=<script>; csrftoken=evil",
}


@pytest.mark.usefixtures("clock_stands_still")
def test_no_header_that_a_cache_does_not_look_at_alters_what_it_keeps(cast):
    for address in addresses(cast):
        plain, poisoned = Client().get(address), Client().get(address, **EVIL)
        assert plain.status_code == poisoned.status_code, address
        assert plain.getvalue() == poisoned.getvalue(), address
        # A cookie that comes is a reason to vary by it, and no harm; none is ever set.
        del plain.headers["Vary"], poisoned.headers["Vary"]
        assert dict(plain.items()) == dict(poisoned.items()), address
        assert not poisoned.cookies, address
        assert "evil" not in poisoned.getvalue().decode(errors="replace"), address


@pytest.mark.usefixtures("clock_stands_still")
def test_who_is_logged_in_sees_the_same_pages_so_that_none_of_theirs_is_kept_for_others(admin_client, cast):
    for address in addresses(cast):
        mine, anybodys = admin_client.get(address), Client().get(address)
        assert mine.getvalue() == anybodys.getvalue(), address
        assert not mine.cookies, address
        assert "Cookie" not in mine.get("Vary", ""), address


def test_the_admin_is_kept_by_no_cache(admin_client):
    for address in ("/admin/", "/admin/login/", "/admin/articles/article/"):
        assert {"private", "no-store"} <= set(admin_client.get(address)["Cache-Control"].split(", ")), address


@pytest.mark.parametrize(
    "host", ["evil.example", "testserver.evil.example", "evil.example:80", "a@testserver", "", "x\ty", "[::1"]
)
def test_a_host_that_is_not_ours_is_refused(cast, host):
    assert Client().get("/", HTTP_HOST=host, secure=False).status_code in (400, 200 if not host else 400)
    assert "evil" not in Client().get("/feed.rss", HTTP_HOST=host).getvalue().decode()


@pytest.mark.parametrize(
    "path",
    [
        "//evil.example",
        "//evil.example/",
        "///evil.example/sources",
        "/\\evil.example/sources",
        "/%5cevil.example",
        "/%2f%2fevil.example/",
        "//evil.example/admin",
        "/api/v1//evil.example/",
        "/api/v1/https://evil.example/",
        "/api/v1///evil.example//",
        "/articles/1//evil.example/",
        "/sources//evil.example",
        "/api/v1/%0d%0aLocation:%20https://evil.example/",
        "/%0d%0aSet-Cookie:x=y/",
        "/sources/gazette?//evil.example",
        "/about?next=//evil.example",
    ],
)
def test_no_address_leads_a_visitor_elsewhere(client, cast, path):
    answer = client.get(path)
    for _ in range(3):
        location = answer.get("Location")
        if location is None:
            return
        assert re.match(r"/(?![/\\])|http://testserver/", location), location
        assert not set("\r\n") & set(location)
        answer = client.get(location)


@pytest.mark.parametrize(
    "following",
    ["//evil.example", "https://evil.example/", "javascript:alert(1)", "\\\\evil", "http:evil.example"],
)
def test_the_login_leads_nowhere_else(client, following):
    get_user_model().objects.create_superuser("operator", password="long enough a word")
    sent = {"username": "operator", "password": "long enough a word", "next": following}
    answer = client.post(f"/admin/login/?next={following}", sent)
    assert answer.status_code == 302
    assert answer["Location"] == "/accounts/profile/" or answer["Location"].startswith("/admin/")


# --- the table of routes -------------------------------------------------------------------------------
def routes(resolver: URLResolver | None = None, prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    """Every address pattern of the site, with an example of it."""
    for pattern in (resolver or get_resolver()).url_patterns:
        route = prefix + str(pattern.pattern).removeprefix("^")
        if isinstance(pattern, URLResolver):
            yield from routes(pattern, route)
        else:
            yield "/" + example(route), pattern


def example(route: str) -> str:
    kinds = {"feed_format": "rss", "slug": "gazette", "latest_or_number": "2", "path": "1", "token": "k" * 24}
    route = re.sub(r"<(?:(\w+):)?(\w+)>", lambda found: kinds.get(found[1] or "", "1"), route)
    route = re.sub(r"\(\?P<\w+>[^()]*\)", "1", route)
    return route.replace("\\Z", "").rstrip("$").replace("\\", "")


def test_the_table_of_routes_is_seen_whole():
    found = [address for address, _ in routes()]
    assert {"/", "/articles/1/diff/1/2/", "/api/v1/changes", "/admin/login/", "/feed.rss"} <= set(found)
    assert len(found) > 60


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete", "trace", "propfind"])
def test_nobody_writes_anything_without_a_token(cast, method):
    """CSRF: with enforcement on, whoever is logged in is as little heard as anybody."""
    get_user_model().objects.create_superuser("operator", password=None)
    client = Client(enforce_csrf_checks=True)
    client.force_login(get_user_model().objects.get())
    for address, _ in routes():
        answer = client.generic(
            method.upper(), address, b"x=y", content_type="application/x-www-form-urlencoded"
        )
        if address.startswith("/follow/stop/"):  # what nobody follows any more may be stopped again
            continue
        # GET-like handling of odd methods by the admin is reading: it must not be a success of a write.
        # 410: to a hub, there is no such subscription; 400: no quotation, and one would but be led to its page
        assert answer.status_code in (301, 302, 400, 403, 404, 405, 410, 413) or (
            method not in ("post", "put", "patch", "delete") and answer.status_code == 200
        ), (address, answer.status_code)
    assert get_user_model().objects.count() == 1


def test_only_what_needs_no_token_of_ours_goes_without_one():
    """The API and the quote finder write nothing, hubs sign, and what is followed goes by a token in the
    address, or by mail."""
    exempt = [address for address, pattern in routes() if getattr(pattern.callback, "csrf_exempt", False)]
    exempt.remove("/quote/")
    assert all(address.startswith(("/api/v1/", "/websub/", "/follow/")) for address in exempt)


def test_anonymous_visitors_read_only_and_see_nothing_of_the_operators(cast):
    client = Client()
    for address, _ in routes():
        answer = client.get(address)
        if address.startswith("/admin/") and not address.startswith(("/admin/login/", "/admin/jsi18n/")):
            assert answer.status_code in (301, 302, 403, 404), address  # 403: a feed that a token opens
            if answer.status_code == 302:
                to = "/admin/" if address == "/admin/logout/" else "/admin/login/"
                assert answer["Location"].startswith(to), address
        if address.startswith("/admin/"):
            assert b"Hidden headline" not in answer.content
            continue
        body = answer.getvalue()
        for secret in (
            b"A court order",
            b"Hidden headline",
            b"name that must not be shown",
            b"csrfmiddlewaretoken",
        ):
            assert secret not in body, address
        if address != "/quote/":  # which takes what is to be looked for
            assert client.post(address, {"a": "b"}).status_code == refused(address), address


def refused(address: str) -> int:
    """What a post is answered that has nothing to say, at a public address: a hub's word counts where it is
    known, a reader's where the token is; and what nobody follows any more may be stopped again (RFC 8058)."""
    answers = {"/websub/": 410, "/follow/asked/": 405, "/follow/stop/": 200, "/follow/": 404}
    return next((status for start, status in answers.items() if address.startswith(start)), 405)


# --- parameters --------------------------------------------------------------------------------------
HUGE = "9" * 30
ODD = [
    HUGE,
    "9223372036854775808",
    "-1",
    "0",
    "%00",
    "a%00b",
    "%",
    "%25",
    "_%25",
    "'",
    "' OR 1=1--",
    "%F0%9F%98%80",
]
ODD += [
    "%ED%A0%80",
    "%C0%AF",
    "..%2f..%2fetc%2fpasswd",
    "٣",
    "²",
    "1e5",
    "1_0",
    "%0d%0aX: y",
    "{{7*7}}",
    "${7*7}",
]
ODD += ["x" * 5_000, "9" * 5_000, "[]", "{}", "null", "-" + "9" * 18, "9" * 17 + "-" + "9" * 18]
TAKES = [
    "/?before=",
    "/sources/?after=",
    "/sources/gazette/?before=",
    "/sources/gazette/?list=",
    "/stats/?sort=",
    "/stats/?after=",
    "/feed.rss?before=",
    "/articles/1/?before=",
    "/articles/1/compare/?new=1&old=",
    "/articles/1/diff/1/2/?view=",
    "/articles/1/diff/1/2/?context=",
    "/api/v1/articles?url=",
    "/api/v1/articles?source=",
    "/api/v1/articles?state=",
    "/api/v1/articles?changed_since=",
    "/api/v1/articles?limit=",
    "/api/v1/articles?cursor=",
    "/api/v1/changes?kind=",
    "/api/v1/changes?source=",
    "/api/v1/changes?since=",
    "/api/v1/sources?cursor=",
    "/api/v1/sources/",
    "/api/v1/articles/",
    "/api/v1/articles/1/versions/",
    "/api/v1/articles/1/diff/1/",
    "/articles/",
    "/sources/",
    "/articles/1/versions/",
    "/static/",
    "/",
]


@pytest.mark.parametrize("takes", TAKES)
def test_no_parameter_is_an_error_of_ours(cast, takes):
    client = Client(raise_request_exception=False)
    for odd in ODD:
        for address in {takes + odd, takes + odd + ("" if "?" in takes else "/")}:
            answer = client.get(address, follow=False)
            assert answer.status_code < 500, address
            if not address.startswith("/static/"):
                assert b"root:" not in answer.getvalue()


@pytest.mark.parametrize(
    "charset", ["unicode_escape", "raw_unicode_escape", "base64", "rot13", "undefined", "idna", "utf-16"]
)
def test_addresses_and_forms_are_read_as_utf_8_whatever_charset_is_claimed(cast, one_connection, charset):
    claimed = f"text/plain; charset={charset}"
    for path in ("/search/?q=", "/quote/?text=", "/?kind=", "/api/v1/quote?text=", "/api/v1/search?q="):
        status, _, _ = answered(f"{path}%5Cud800{'%5Cud801' * 4}", claimed)
        assert int(status[:3]) < 500, path
    assert 'value="été"' in answered("/search/?q=%C3%A9t%C3%A9", claimed)[2].decode()
    said = {"text": "\\ud800\\ud801 is what a ferry would never say"}
    form = f"multipart/form-data; boundary=xyz; charset={charset}"
    status, headers, _ = answered("/quote/", form, encode_multipart("xyz", said))
    assert (status, headers["Location"]) == ("303 See Other", f"/quote/?{urlencode(said)}")


def answered(address: str, content_type: str, body: bytes = b"") -> tuple[str, dict[str, str], bytes]:
    """Status, headers and body of what is served, which Django's client for tests passes by."""
    path, _, query = address.partition("?")
    environ = {
        "REQUEST_METHOD": "POST" if body else "GET",
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "CONTENT_TYPE": content_type,
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": BytesIO(body),
        "HTTP_HOST": "127.0.0.1",
    }
    setup_testing_defaults(environ)
    started: list[Any] = []
    parts = application(environ, lambda *given: started.extend(given))
    status, headers = started
    return status, dict(headers), b"".join(parts)


def test_wildcards_of_like_are_letters(client, cast):
    for wildcard in ("%25", "_", "%25%25%25", "number%25", "num_er"):
        answer = client.get(f"/api/v1/changes?kind={wildcard}")
        assert answer.status_code == 422 or answer.json()["items"] == []
        assert client.get(f"/api/v1/articles?source={wildcard}").status_code == 422


def test_a_query_of_thousands_of_parts_is_the_askers_fault(client, cast):
    many = "&".join(f"a{n}=1" for n in range(20_000))
    for address in ("/", "/api/v1/articles", "/feed.rss", "/admin/login/"):
        assert client.get(f"{address}?{many}").status_code in (200, 400, 422)


# --- bodies --------------------------------------------------------------------------------------------
@pytest.mark.parametrize("address", ["/", "/admin/login/", "/api/v1/articles", "/healthz", "/no-such-page"])
@pytest.mark.parametrize("length", [3_000_000, 10**12, "9" * 40, "-1", "1e3", "٣"])
def test_a_large_body_is_refused_before_it_is_read(address, length):
    """Django's own limit spares files: they would be written to disk, whoever sends them."""

    class Unreadable:
        def read(self, *args: object) -> bytes:
            raise AssertionError("the body was read")

        readline = read

    answer = Client().generic(
        "POST",
        address,
        b"",
        content_type="multipart/form-data; boundary=x",
        CONTENT_LENGTH=str(length),
        **{"wsgi.input": Unreadable()},
    )
    assert answer.status_code in (400, 413)


# --- feeds ---------------------------------------------------------------------------------------------
ANY = st.text(st.characters(codec=None, exclude_categories=()), max_size=30)


@given(ANY, ANY, ANY, ANY, st.sampled_from(sorted(feed_rules.RULES)))
def test_no_text_of_a_page_source_or_address_breaks_a_feed(title, name, content, address, format):
    moment = datetime(2026, 3, 2, 9, tzinfo=UTC)
    entry = formats.Entry(
        id="tag:a.example,2026:change/1",
        title=title,
        link="http://a.example/" + address,
        original="http://b.example/" + address,
        content="C" + escape(content),
        author="A" + name,
        at=moment,
        categories=["c" + name, "c" + title],
        language=name,
    )
    feed = formats.Feed(
        id="tag:a.example,2026:everything",
        title="T" + title,
        description="D" + content,
        page="http://a.example/" + address,
        address=f"http://a.example/feed?{address}",
        next=f"http://a.example/feed?{address}&before=1",
        author="A" + name,
        language=name,
        updated=moment,
        entries=[entry],
    )
    written = formats.FORMATS[format]
    url = iri_to_uri(presentation.printable(feed.address))
    assert feed_rules.RULES[format](written.write(feed), written.content_type, url) == []


@hypothesis_settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(query=ANY)
def test_no_query_breaks_the_xml(client, query):
    from urllib.parse import quote

    for format, rule in feed_rules.RULES.items():
        address = f"/feed.{format}?x={quote(query, errors='replace')}]]>&<script>"
        answer = client.get(address)
        assert (
            rule(answer.content, answer.headers["Content-Type"], settings.BASE_URL + iri_to_uri(address))
            == []
        )
