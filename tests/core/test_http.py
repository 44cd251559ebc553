"""What HTTP answers mean, by RFC 9110 (semantics) and RFC 9111 (caching)."""

from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from articles.core import http
from articles.core.http import Kind, Response, judge, parse_retry_after

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
PAGE = b"<!doctype html><p>Text"


def response(status=200, body=PAGE, url="https://news.example/a/1", **headers):
    fields = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    return Response(url, status, fields, body)


@pytest.mark.parametrize(
    ("status", "kind", "reason"),
    [
        (200, Kind.OK, ""),
        (203, Kind.OK, ""),
        (304, Kind.NOT_MODIFIED, ""),
        (404, Kind.MISSING, "404 Not Found"),
        (410, Kind.GONE, "410 Gone"),
        (401, Kind.REFUSED, "401 Unauthorized"),
        (402, Kind.REFUSED, "402 Payment Required"),
        (403, Kind.REFUSED, "403 Forbidden"),
        (451, Kind.REFUSED, "451 Unavailable For Legal Reasons"),
        (429, Kind.BUSY, "429 Too Many Requests"),
        (503, Kind.BUSY, "503 Service Unavailable"),
        (400, Kind.FAILED, "400 Bad Request"),
        (418, Kind.FAILED, "418 I'm a Teapot"),
        (500, Kind.FAILED, "500 Internal Server Error"),
        (520, Kind.FAILED, "520 (not a standard status)"),
        (300, Kind.FAILED, "300 Multiple Choices"),
        (305, Kind.FAILED, "305 Use Proxy"),
        (101, Kind.FAILED, "101 Switching Protocols"),
        (202, Kind.FAILED, "202 Accepted"),  # not the page yet; a robot wall's favourite
        (206, Kind.FAILED, "206 Partial Content"),  # we never ask for a part
    ],
)
def test_rfc9110_15_status(status, kind, reason):
    answer = judge(response(status), NOW)
    assert (answer.kind, answer.reason) == (kind, reason)


@pytest.mark.parametrize(("status", "body"), [(200, b""), (200, b" \r\n"), (204, b""), (205, b"x")])
def test_an_answer_without_content_is_no_page(status, body):
    assert judge(response(status, body), NOW) == http.Answer(Kind.FAILED, "empty answer")


def test_no_status_is_left_without_a_judgement():
    for status in range(100, 1000):
        assert judge(response(status, Location="/x"), NOW).kind in Kind


# --- redirects -------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("status", "permanent"), [(301, True), (308, True), (302, False), (303, False), (307, False)]
)
def test_rfc9110_15_4_which_redirects_are_permanent(status, permanent):
    answer = judge(response(status, Location="https://news.example/b"), NOW)
    assert (answer.kind, answer.location) == (Kind.REDIRECT, "https://news.example/b")
    assert answer.permanent is permanent


@pytest.mark.parametrize(
    ("location", "absolute"),
    [
        ("/b", "https://news.example/b"),
        ("b", "https://news.example/a/b"),
        ("../b?x=1", "https://news.example/b?x=1"),
        ("?page=2", "https://news.example/a/1?page=2"),
        ("//other.example/b", "https://other.example/b"),
        ("http://other.example", "http://other.example"),
        (" /padded ", "https://news.example/padded"),
        ("/b#part", "https://news.example/b"),
        ("/gr%C3%BCn", "https://news.example/gr%C3%BCn"),
        ("/grün".encode().decode("latin-1"), "https://news.example/gr%C3%BCn"),  # raw UTF-8 in the field
        ("/gr\xfcn", "https://news.example/gr%C3%BCn"),  # real Latin-1
        ("/with blank", "https://news.example/with%20blank"),
    ],
)
def test_rfc9110_10_2_2_location_is_resolved_against_the_address_asked(location, absolute):
    assert judge(response(302, Location=location), NOW).location == absolute


@pytest.mark.parametrize(
    ("location", "why"),
    [
        ("", "does not say where to"),
        ("javascript:alert(1)", "http:// or https://"),
        ("file:///etc/passwd", "http:// or https://"),
        ("http://", "names no host"),
        ("http://[::1", "not usable"),
        ("http://a:b@news.example/", "user name"),
        ("http://news.example:99999/", "not usable"),
        ("https://news.example/a/1", "to itself"),
        ("https://news.example/a/1#top", "to itself"),
        ("https://news.example/a/1?utm_source=x", "to itself"),  # we should ask the same again
    ],
)
def test_a_redirect_to_nowhere_is_a_failure(location, why):
    answer = judge(response(301, Location=location), NOW)
    assert answer.kind is Kind.FAILED
    assert answer.reason.startswith("301 Moved Permanently")
    assert why in answer.reason


def test_a_redirect_without_location_is_a_failure():
    assert judge(response(307), NOW).kind is Kind.FAILED


@given(st.text(max_size=60))
def test_any_location_is_judged(location):
    answer = judge(response(302, Location=location), NOW)
    if answer.kind is Kind.REDIRECT:
        assert answer.location.lower().startswith(("http://", "https://"))
        assert answer.location.isascii()


# --- Retry-After -----------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120),
        (" 7 ", 7),
        ("0", 0),
        ("86400", 86_400),
        ("86401", 86_400),  # capped at a day
        ("9" * 5000, 86_400),
        ("Sun, 01 Mar 2026 12:10:00 GMT", 600),  # IMF-fixdate
        ("Sunday, 01-Mar-26 12:10:00 GMT", 600),  # RFC 850
        ("Sun Mar  1 12:10:00 2026", 600),  # asctime
        ("Sun, 01 Mar 2026 14:10:00 +0200", 600),
        ("Sun, 01 Mar 2026 11:00:00 GMT", 0),  # passed: never in the past
        ("Sun, 01 Mar 2027 12:00:00 GMT", 86_400),
    ],
)
def test_rfc9110_10_2_3_retry_after(value, seconds):
    assert parse_retry_after(value, NOW) == NOW + timedelta(seconds=seconds)


@pytest.mark.parametrize("value", ["", "soon", "-5", "1.5", "٣", "Sun, 99 Mar 2026 12:00:00 GMT", "1 hour"])
def test_a_retry_after_that_says_nothing_usable(value):
    assert parse_retry_after(value, NOW) is None


@given(
    st.text(max_size=40) | st.datetimes(timezones=st.just(timezone(timedelta(hours=-5)))).map(format_datetime)
)
def test_retry_after_is_never_past_nor_beyond_a_day(value):
    until = parse_retry_after(value, NOW)
    assert until is None or NOW <= until <= NOW + timedelta(hours=24)


@pytest.mark.parametrize("status", [429, 503])
def test_a_busy_answer_carries_its_retry_after(status):
    assert judge(response(status, Retry_After="30"), NOW).retry_after == NOW + timedelta(seconds=30)
    assert judge(response(status), NOW).retry_after is None


# --- header fields -----------------------------------------------------------------------------------
def test_rfc9110_5_1_field_names_know_no_case():
    found = response(ETag='"a"', etag='"b"')
    assert found.header("etag") == found.header("ETAG") == '"a"'
    assert found.header("last-modified") == ""


@pytest.mark.parametrize(
    ("content_type", "charset"),
    [
        ("text/html; charset=UTF-8", "utf-8"),
        ('text/html;charset="ISO-8859-1"', "iso-8859-1"),
        ("text/html; Charset = windows-1252 ; x=y", "windows-1252"),
        ("text/html; boundary=charset", ""),
        ("text/html; charset=", ""),
        ("text/html", ""),
        ("", ""),
    ],
)
def test_rfc9110_8_3_2_charset(content_type, charset):
    assert response(Content_Type=content_type).charset == charset


@pytest.mark.parametrize(
    ("content_type", "body", "html"),
    [
        ("text/html; charset=utf-8", b"", True),
        ("Application/XHTML+XML", b"", True),
        ("application/pdf", b"<html>", False),
        ("text/plain", b"<!doctype html>", False),
        ("", b"\xef\xbb\xbf\n <!DOCTYPE HTML>", True),
        ("", b"<HTML lang=en>", True),
        ("", b"%PDF-1.7", False),
    ],
)
def test_what_is_a_web_page(content_type, body, html):
    assert http.is_html(response(200, body, Content_Type=content_type)) is html


@pytest.mark.parametrize(
    ("cache_control", "age", "seconds"),
    [
        ("max-age=300", "", 300),
        ("public, Max-Age=300, must-revalidate", "", 300),
        ('max-age="300"', "", 300),
        ("max-age = 300", "", 300),
        ("max-age=300", "100", 200),  # RFC 9111, 4.2.3: it was 100 s in a cache on its way
        ("max-age=300", "400", 0),
        ("max-age=300, max-age=60", "", 300),  # RFC 9111, 4.2.1: of two, the first
        ("no-store, max-age=300", "", 0),
        ("no-cache, max-age=300", "", 0),
        ('private="x, max-age=9", max-age=300', "", 300),  # within quotes it is no directive
        ("s-maxage=300", "", 0),
        ("max-age=-1", "", 0),
        ("max-age=1e3", "", 0),
        ("max-age=" + "9" * 5000, "", 2**31),
        ("", "", 0),
    ],
)
def test_rfc9111_freshness(cache_control, age, seconds):
    assert http.cache_seconds(response(Cache_Control=cache_control, Age=age)) == seconds


MONDAY, AN_HOUR_LATER = "Mon, 04 May 2026 12:00:00 GMT", "Mon, 04 May 2026 13:00:00 GMT"


@pytest.mark.parametrize(
    ("fields", "seconds"),
    [
        ({"Expires": AN_HOUR_LATER, "Date": MONDAY}, 3_600),
        ({"Expires": AN_HOUR_LATER, "Date": MONDAY, "Age": "600"}, 3_000),
        ({"Expires": AN_HOUR_LATER, "Date": MONDAY, "Cache_Control": "max-age=60"}, 60),
        ({"Expires": AN_HOUR_LATER, "Date": MONDAY, "Cache_Control": "max-age=0"}, 0),
        ({"Expires": AN_HOUR_LATER, "Date": MONDAY, "Cache_Control": "public"}, 3_600),
        ({"Expires": AN_HOUR_LATER, "Date": MONDAY, "Cache_Control": "no-cache"}, 0),
        ({"Expires": MONDAY, "Date": AN_HOUR_LATER}, 0),
        ({"Expires": AN_HOUR_LATER}, 0),
        ({"Expires": "0", "Date": MONDAY}, 0),
        ({"Expires": "-1", "Date": MONDAY}, 0),
    ],
)
def test_rfc9111_4_2_1_expires_counts_where_there_is_no_max_age(fields, seconds):
    assert http.cache_seconds(response(**fields)) == seconds


@given(st.text(st.characters(max_codepoint=255), max_size=40), st.sampled_from([MONDAY, "", "x"]))
def test_any_expires_is_read(expires, date):
    assert 0 <= http.cache_seconds(response(Expires=expires, Date=date)) <= 2**31


def test_rfc8288_links_by_their_relations():
    links = http.links(
        http.Response(
            "",
            200,
            (
                ("Link", '<https://hub.example/>; rel="hub", </feed?a=1,2>; title="a, b"; REL=self'),
                ("link", '</other>; rel="hub next"'),
                ("link", '</about-other>; rel=prev; anchor="#x", </nothing>, <broken; rel=up'),
            ),
            b"",
        )
    )
    assert links == {"hub": "https://hub.example/", "self": "/feed?a=1,2", "next": "/other"}


@given(st.text(st.characters(max_codepoint=255), max_size=200))
def test_any_link_header_is_read(value):
    for relation, target in http.links(response(Link=f"<a>; rel=x, {value}")).items():
        assert relation
        assert "<" not in target


def test_rfc9110_5_3_a_field_sent_twice_is_one_list():
    twice = Response("", 200, (("Cache-Control", "public"), ("cache-control", "max-age=60")), PAGE)
    assert http.cache_seconds(twice) == 60


@given(st.text(max_size=80), st.text(max_size=10))
def test_any_cache_control_is_read(value, age):
    assert 0 <= http.cache_seconds(response(Cache_Control=value, Age=age)) <= 2**31


def test_validators_are_kept_byte_for_byte():
    sent = {"ETag": 'W/"caf\xe9-gzip"', "Last_Modified": "sunday, 1 march"}
    assert http.validators(response(**sent)) == ('W/"caf\xe9-gzip"', "sunday, 1 march")
    assert http.conditional_fields(*http.validators(response(**sent))) == [
        ("If-None-Match", 'W/"caf\xe9-gzip"'),
        ("If-Modified-Since", "sunday, 1 march"),
    ]


def test_no_validators_no_condition():
    assert http.validators(response()) == ("", "")
    assert http.conditional_fields("", "") == []


def test_an_absurdly_long_validator_is_dropped_rather_than_shortened():
    assert http.validators(response(ETag='"' + "x" * 2000 + '"', Last_Modified="y" * 200)) == ("", "")
