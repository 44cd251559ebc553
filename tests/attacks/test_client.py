"""What a feed, a link, a name server or a web server can try on the client that fetches.

Tables of addresses, bombs, drips and broken answers are in tests/test_fetching.py; here are the ways
around: what two parsers take apart differently, what a name resolves to, where redirects lead.
"""

import gzip
import socket
import ssl
from contextlib import suppress
from ipaddress import ip_network

import pytest
from backports import zstd
from hypothesis import given
from hypothesis import strategies as st

from articles.core import urls
from articles.fetching import FetchError, addresses, client, fetch
from articles.ingestion.sources import AddSourceError, add_source
from articles.models import Host
from tests.crawl import at, follow, look_again, poll_again, work_off
from tests.site import Page, article
from tests.test_fetching import Server, answer, drips, names, reason_of, serve

__all__ = ["serve"]
ONE_HOST = [ip_network("127.0.0.1/32")]


def resolves_to(*found: str):
    """A name service that answers any name with these addresses, as getaddrinfo puts them."""

    def resolve(host, port, **options):
        return [
            (socket.AF_INET6 if ":" in a else socket.AF_INET, socket.SOCK_STREAM, 6, "", (a, port, 0, 0))
            for a in found
        ]

    return resolve


# --- addresses that two parsers take apart differently --------------------------------------------------
@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1\\@news.example/",  # changedetection.io, GHSA-rph4-96w6-q594
        "http://news.example\\@127.0.0.1/",
        "http://127.0.0.1%5c@news.example/",
        "http://news.example%40127.0.0.1/",
        "http://news.example%2f@127.0.0.1/",
        "http://news.example:80@127.0.0.1/",
        "http://news.example:80:80/",
        "http://news.example:+80/",
        "http://news.example:٨٠/",
        "http://news.example:8_0/",
        "http://news.example:65536/",
        "http://news.example:99999999999999999999/",
        "http://news.example:-1/",
        "http://[::1",
        "http://::1]/",
        "http://[::1%25eth0]/",
        "http://[fe80::1%2525eth0]/",
        "http://[v1.x]/",
        "http://[127.0.0.1]/",
        "http://0/",
        "http://00000000177.0.0.1/",
        "http://127.0.0.1.1/",
        "http://0x7F.1/",
        "http://1e3/",
        "http://127.0.0.1。/",
        "http://127．0．0．1/",
        "http://㊀.example/" + "a" * 9_000,
        "http://.news.example/",
        "http://news..example/",
        "http://-/" + "\x00",
        "http://news.example\u2028/",
        "http://news.example/ HTTP/1.1\r\nX: y",
        "http://" + "a" * 64 + ".example/",
        "HtTp:/news.example/",
        "jar:http://news.example!/",
        "view-source:http://news.example/",
        "http+unix://%2Frun%2Fdocker.sock/",
        "dict://127.0.0.1:11211/stat",
        "ldap://127.0.0.1/",
        "http://localtest.me:22/",
    ],
)
def test_nothing_inside_is_asked_whatever_the_spelling(settings, url):
    """The name service is not even asked about most; about the others it may say where it likes."""
    settings.NEWSDIFF_ALLOW_PRIVATE = []
    assert reason_of(url, resolve=resolves_to("127.0.0.1")).startswith("refused: ")


@given(
    st.sampled_from(["http://", "https://", "http:", "//", ""]),
    st.text(alphabet="a1.:@[]\\/%#?。٠ⓐ-_ \t", max_size=25),
)
def test_the_host_that_is_judged_is_the_host_that_politeness_counts(scheme, rest):
    """The core, which asks robots.txt for leave, and the client name one host or one of them refuses."""
    with suppress(urls.BadURL, FetchError):
        address = urls.canonical(scheme + rest)
        assert addresses.parse(address).authority == urls.authority(address)


@given(st.text(max_size=40))
def test_what_goes_into_the_request_line_is_one_line(path):
    with suppress(FetchError):
        target = addresses.parse("http://news.example/" + path).target
        assert all("!" <= char <= "~" for char in target)


# --- names ---------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "found",
    [
        ["::ffff:127.0.0.1"],
        ["::127.0.0.1"],
        ["::ffff:0:127.0.0.1"],
        ["64:ff9b::7f00:1"],
        ["64:ff9b:1::7f00:1"],
        ["2002:7f00:1::"],
        ["2001:0:7f00:1::"],
        ["fe80::1%lo"],
        ["fec0::1"],
        ["0.0.0.0"],
        ["100.64.0.1"],
        ["169.254.169.254"],
        ["fd00:ec2::254"],
        ["224.0.0.1"],
        ["255.255.255.255"],
        ["93.184.215.14"] * 900 + ["10.0.0.1"],
        ["2606:4700::1111", "127.0.0.1"],
    ],
    ids=lambda found: found[-1],
)
def test_a_name_that_leads_inside_is_refused_by_its_address(settings, found):
    settings.NEWSDIFF_ALLOW_PRIVATE = []
    reason = reason_of("http://news.example/", resolve=resolves_to(*found))
    assert reason.startswith("refused: news.example is at ")


def test_an_alias_of_an_inner_host_is_judged_by_where_it_ends(settings):
    """A chain of CNAMEs: the resolver follows it, and its last address is the one that is judged."""
    settings.NEWSDIFF_ALLOW_PRIVATE = []

    def resolve(host, port, **options):
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "db.internal", ("10.0.0.5", port))]

    assert "10.0.0.5, which is a private address" in reason_of("http://news.example/", resolve=resolve)


def test_the_resolver_does_not_choose_the_port(serve):
    server = serve(answer())

    def resolve(host, port, **options):
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 1))]

    assert fetch(f"http://news.example:{server.port}/", resolve=resolve).status == 200


def test_a_host_that_never_finishes_the_handshake_of_tcp_ends_at_the_deadline(settings):
    settings.NEWSDIFF_ALLOW_PRIVATE = ONE_HOST
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        port = full.getsockname()[1]
        waiting = []
        for _ in range(4):  # the queue of connections nobody accepts is full
            waiting.append(socket.socket())
            waiting[-1].setblocking(False)
            waiting[-1].connect_ex(("127.0.0.1", port))
        try:
            assert reason_of(f"http://127.0.0.1:{port}/", deadline=0.5) == "no answer within 0.5 s"
        finally:
            for one in waiting:
                one.close()


# --- redirects, each hop -------------------------------------------------------------------------------
INSIDE = "http://127.0.0.2:{port}/latest/meta-data/"


@pytest.fixture
def inside(site, settings):
    """A secret that listens at 127.0.0.2, where the crawler may not go; the site is at 127.0.0.1."""
    settings.NEWSDIFF_ALLOW_PRIVATE = ONE_HOST
    server = Server(lambda connection: connection.sendall(answer(b"SECRET")), host="127.0.0.2")
    yield server
    server.close()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_an_article_that_leads_inside_is_refused_at_the_hop(site, inside, status):
    site.pages["/one"] = article()
    follow(site, "/one")
    site.pages["/one"] = Page(status=status, headers={"Location": INSIDE.format(port=inside.port)})
    look_again()
    found = at(site, "/one")
    # That host's robots.txt cannot be read, so that the address itself is not even tried.
    assert (found.last_outcome, found.version_count) == ("blocked", 1)
    assert "refused: 127.0.0.2 is a private address" in found.last_reason
    assert inside.connections == 0


@pytest.mark.django_db(transaction=True)
def test_a_feed_robots_txt_or_site_that_leads_inside_is_refused_at_the_hop(site, inside):
    site.pages["/one"] = article()
    source = follow(site, "/one")
    there = Page(status=302, headers={"Location": INSIDE.format(port=inside.port)})
    site.pages["/feed.xml"] = there
    poll_again()
    assert "refused: 127.0.0.2 is a private address" in source.feeds.get().last_error
    site.pages["/robots.txt"] = there
    Host.objects.update(robots_expires_at=None)
    work_off()
    look_again()
    assert "refused: 127.0.0.2" in Host.objects.get(authority__startswith="127.0.0.1").last_error
    site.pages["/elsewhere"] = there
    with pytest.raises(AddSourceError, match="refused: 127\\.0\\.0\\.2 is a private address"):
        add_source(site.url("/elsewhere"))
    assert inside.connections == 0


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "location",
    [
        "file:///etc/passwd",
        "gopher://127.0.0.1:6379/_FLUSHALL",
        "//user@127.0.0.2/",
        "javascript:1",
        "data:,x",
    ],
)
def test_a_redirect_to_what_is_no_web_address_is_a_failure(site, location):
    site.pages["/one"] = article()
    follow(site, "/one")
    site.pages["/one"] = Page(status=302, headers={"Location": location})
    look_again()
    found = at(site, "/one")
    assert (found.last_outcome, found.version_count) == ("failed", 1)


@pytest.mark.django_db(transaction=True)
def test_a_circle_of_redirects_ends(site):
    site.pages["/one"] = article()
    follow(site, "/one")
    site.pages["/one"] = Page(status=302, headers={"Location": "/two"})
    site.pages["/two"] = Page(status=302, headers={"Location": "/one?again"})
    site.pages["/one?again"] = Page(status=302, headers={"Location": "/two"})
    before = len(site.asked)
    look_again()
    assert at(site, "/one").last_reason == "redirects without end"
    assert len(site.asked) - before <= 8


# --- answers made to be read in two ways -----------------------------------------------------------------
@pytest.mark.parametrize(
    ("raw", "status", "body"),
    [
        # RFC 9112, 6.3: chunks win over a length; what follows the answer is another's.
        (
            b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
            200,
            b"hello",
        ),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhelloHTTP/1.1 200 OK\r\n\r\nSMUGGLED", 200, b"hello"),
        (b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 404 N\r\n\r\n", 404, b""),
    ],
    ids=["both lengths", "two answers", "early hints"],
)
def test_an_answer_ends_where_its_framing_says(serve, raw, status, body):
    response = fetch(serve(raw).url)
    assert (response.status, response.body) == (status, body)


@pytest.mark.parametrize(
    "raw",
    [
        b"HTTP/1.1 302 F\r\nLocation: /a\rSet-Cookie: x\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX: a\x00b\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX : a\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1, 2\r\n\r\nx",
        b"HTTP/1.1 200 OK\r\nContent-Length: \xb2\r\n\r\nxx",
        b"HTTP/1.1 200 OK\r\nContent-Length: 0x5\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\nx\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"f" * 30 + b"\r\nx\r\n",
        b"HTTP/1.1 099 X\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\nPRI * HTTP/2.0",
        b"ICY 200 OK\r\n\r\n",
    ],
)
def test_an_answer_that_could_be_read_in_two_ways_is_not_read(serve, raw):
    assert reason_of(serve(raw).url).startswith(("not a valid HTTP answer: ", "answer cut short: "))


def test_trailers_without_end_are_cut_off(serve):
    def handle(connection):
        connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n")
        while True:
            connection.sendall(b"X-Trailer: y\r\n" * 1_000)

    assert reason_of(serve(handle).url) == "too many bytes of header fields"


def test_a_coding_within_a_coding_is_undone_once(serve):
    twice = gzip.compress(gzip.compress(bytes(50_000_000)))
    body = fetch(serve(answer(twice, "200 OK", "Content-Encoding: gzip")).url).body
    assert body.startswith(b"\x1f\x8b")  # which no page begins with, as its reader says
    server = serve(answer(twice, "200 OK", "Content-Encoding: gzip", "Content-Encoding: gzip"))
    assert reason_of(server.url) == "encoded more than once: gzip, gzip"


@pytest.mark.parametrize(
    ("coding", "part"),
    [("gzip", gzip.compress(b"")), ("zstd", zstd.compress(b"")), ("zstd", b"\x50\x2a\x4d\x18\0\0\0\0")],
    ids=["gzip members", "zstd frames", "zstd frames to be skipped"],
)
def test_a_million_empty_parts_are_not_undone_one_by_one(serve, coding, part):
    """Within the cap on bytes they took 20 seconds of a processor, and held not a byte."""
    server = serve(answer(part * (4_000_000 // len(part)), "200 OK", f"Content-Encoding: {coding}"))
    assert reason_of(server.url) == "compressed in more than 1,000 parts"


@pytest.mark.parametrize("record", [b"\x15\x03\x03\x00\x02\x01\x5a", b"\x16\x03\x03\x00\x00"])
def test_tls_records_that_say_nothing_end_at_the_deadline(serve, record):
    server = serve(drips(record, record), unasked=True)
    reason = reason_of(server.url.replace("http:", "https:"), deadline=0.5)
    assert reason == "no answer within 0.5 s" or reason.startswith(("TLS failed: ", "connection "))


def test_certificates_and_names_are_checked_and_old_tls_is_not_spoken():
    context = client.certificates()
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
    assert context.minimum_version >= ssl.TLSVersion.TLSv1_2


def test_a_cookie_of_one_site_or_hop_is_sent_to_none(site, db):
    site.pages["/one"] = Page(status=302, headers={"Location": "/two", "Set-Cookie": "a=b; Domain=.example"})
    page = article()
    page.headers = {"Set-Cookie": "c=d"}
    site.pages["/two"] = page
    follow(site, "/one")
    assert "/two" in site.paths()
    assert all("cookie" not in asked.headers and "referer" not in asked.headers for asked in site.asked)


# --- robots.txt ------------------------------------------------------------------------------------------
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "rules",
    [
        "User-agent: *\nDisallow: /" + "*a" * 5_000 + "b\n",
        "".join(f"User-agent: a{n}\n" for n in range(18_000)) + "Disallow: /x\n" * 16_000,
        "Disallow: /x\n" * 300_000,
        "User-agent: *\nCrawl-delay: " + "9" * 5_000 + "\nRequest-rate: " + "9" * 5_000 + "/" + "9" * 5_000,
        "\x00\xff" * 400_000,
    ],
    ids=["wildcards", "agents and rules", "endless", "numbers", "garbage"],
)
def test_a_robots_txt_made_to_be_slow_is_read_as_well_as_it_can_be(site, rules):
    site.pages["/robots.txt"] = Page(rules, kind="text/plain")
    site.pages["/one"] = article()
    follow(site, "/one")
    host = Host.objects.get()
    assert host.robots_status == 200
    assert (host.crawl_delay or 0) <= 60
    assert len(host.robots.encode()) <= 2 * 500 * 1024


def test_names_are_looked_up_by_one_function_alone(serve):
    """What the client does not look up itself nobody looks up for it: with a deaf resolver nothing is dialled."""
    server = serve(answer())
    assert (
        reason_of(f"http://localhost:{server.port}/", resolve=names()) == "there is no host named localhost"
    )
    assert server.connections == 0
