"""What a web archive's answers mean, and which copies are believed."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from articles.core import urls, webarchive
from articles.core.http import Response
from articles.core.webarchive import Said

ARCHIVE = "https://web.archive.example/save/"
PAGE = "https://gazette.example/news/1?id=7"
KEYS = {urls.key(PAGE)}
NOW = datetime(2026, 5, 5, 14, 2, 30, tzinfo=UTC)
AT = datetime(2026, 5, 5, 14, 2, tzinfo=UTC)
COPY = f"https://web.archive.example/web/20260505140200/{PAGE}"


def answer(status: int = 200, body: object = b"", **fields: str) -> Response:
    headers = tuple((name.replace("_", "-"), value) for name, value in fields.items())
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Response(ARCHIVE + PAGE, status, headers, content)


def plain(response: Response) -> webarchive.Answer:
    return webarchive.of_plain(response, ARCHIVE, KEYS, NOW)


# --- asking ----------------------------------------------------------------------------------------
def test_the_page_s_address_is_put_behind_the_archive_s():
    assert webarchive.plain_url(ARCHIVE, PAGE) == f"{ARCHIVE}{PAGE}"
    in_a_query = "https://archive.example/submit?url="
    assert (
        webarchive.plain_url(in_a_query, PAGE)
        == f"{in_a_query}https%3A%2F%2Fgazette.example%2Fnews%2F1%3Fid%3D7"
    )


# --- the plain way ---------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "response",
    [
        answer(302, Location=COPY),
        answer(302, Location=f"/web/20260505140200/{PAGE}"),
        answer(200, Content_Location=f"/web/20260505140200id_/{PAGE}"),
        answer(200, Content_Location="/web/20260505140200/http:/www.gazette.example/news/1?id=7"),
        answer(302, Location="/web/20260505140200/gazette.example/news/1?utm_source=x&id=7"),
        answer(
            200,
            Link=f'<{PAGE}>; rel="original", <https://web.archive.example/x/old>; rel="first memento"; '
            'datetime="Tue, 30 Jun 2015 19:16:44 GMT", <https://web.archive.example/x/AbCd>; '
            'rel="last memento"; datetime="Tue, 05 May 2026 14:02:00 GMT"',
        ),
        answer(
            302,
            Location="https://web.archive.example/x/AbCd",
            Link=f'<{PAGE}>; rel="original"',
            Memento_Datetime="Tue, 05 May 2026 14:02:00 GMT",
        ),
    ],
)
def test_a_copy_is_found_where_archives_name_it(response):
    found = plain(response)
    assert found.said is Said.KEPT
    assert found.memento.at == AT
    assert urls.same_site(found.memento.url, ARCHIVE)


def test_a_copy_may_be_on_another_host_of_the_archive_s_domain():
    response = answer(302, Location=f"http://wayback.archive.org/web/20260505140200/{PAGE}")
    found = webarchive.of_plain(response, "https://web.archive.org/save/", KEYS, NOW)
    assert found.said is Said.KEPT


@pytest.mark.parametrize(
    ("location", "why"),
    [
        ("https://evil.example/web/20260505140200/" + PAGE, "another site"),
        ("http://10.0.0.1/web/20260505140200/" + PAGE, "another site"),
        ("https://web.archive.example.evil.example/web/20260505140200/" + PAGE, "another site"),
        ("https://web.archive.example/web/20260505140200/https://gazette.example/news/2", "another page"),
        ("https://web.archive.example/web/20260505140200/https://gazette.example/news/1", "another page"),
        ("https://web.archive.example/web/20261305140200/" + PAGE, "when this copy was made"),
        ("https://web.archive.example/web/20270505140200/" + PAGE, "when this copy was made"),
        ("https://web.archive.example/save/" + PAGE, "of which page"),
        ("https://web.archive.example/", "of which page"),
        ("javascript:alert(1)", "no address"),
        ("https://user@web.archive.example/web/20260505140200/" + PAGE, "no address"),
        ("https://web.archive.example/web/20260505140200/" + PAGE + " x", "no address"),
        ("http://[", "no address"),
    ],
)
def test_what_is_no_copy_of_the_page_is_not_believed(location, why):
    found = plain(answer(302, Location=location))
    assert (found.said, found.memento, found.is_down) == (Said.LATER, None, False)
    assert why in found.reason


def test_a_page_without_any_copy_named_is_none():
    assert plain(answer(200)).reason == "It answers 200 OK, but names no copy"


@pytest.mark.parametrize(
    ("status", "said", "is_down"),
    [
        *((429, Said.LATER, True), (401, Said.LATER, True), (503, Said.LATER, True), (523, Said.LATER, True)),
        *((403, Said.LATER, False), (404, Said.LATER, False), (451, Said.NEVER, False)),
    ],
)
def test_a_refusal_says_whether_the_archive_or_the_page_is_at_fault(status, said, is_down):
    found = plain(answer(status, Retry_After="90", Location=COPY))
    assert (found.said, found.is_down, found.memento) == (said, is_down, None)
    assert found.reason.startswith(f"It answers {status} ")
    if said is Said.LATER:
        assert found.retry_after == NOW + timedelta(seconds=90)


# --- with a key ------------------------------------------------------------------------------------
def test_a_job_is_begun_goes_on_and_ends_with_a_copy():
    begun = webarchive.of_request(answer(body={"url": PAGE, "job_id": "spn2-0a", "message": "again"}), NOW)
    assert (begun.said, begun.job) == (Said.PENDING, "spn2-0a")
    assert webarchive.status_url(ARCHIVE, begun.job) == "https://web.archive.example/save/status/spn2-0a"

    def status(told: object) -> webarchive.Answer:
        return webarchive.of_status(answer(body=told), ARCHIVE, KEYS, NOW)

    assert status({"status": "pending", "resources": []}).said is Said.PENDING
    done = {"status": "success", "timestamp": "20260505140200", "original_url": PAGE}
    assert status(done).memento == webarchive.Memento(COPY, AT)
    other = status(done | {"original_url": "https://gazette.example/consent"})
    assert (other.said, other.memento) == (Said.LATER, None)
    assert "another page" in other.reason
    assert status(done | {"timestamp": None}).memento is None


@pytest.mark.parametrize(
    ("told", "said", "is_down", "reason"),
    [
        (
            {"status": "error", "status_ext": "error:blocked-url", "message": "This URL is\nexcluded."},
            *(Said.NEVER, False, "error:blocked-url This URL is excluded."),
        ),
        (
            {"status": "error", "status_ext": "error:user-session-limit", "message": "Wait."},
            *(Said.LATER, True, "error:user-session-limit Wait."),
        ),
        ({"message": "Your key has ended."}, Said.LATER, False, "Your key has ended."),
        ({"job_id": "../../admin"}, Said.LATER, False, "not as Save Page Now does"),
        ({"job_id": 7}, Said.LATER, False, "not as Save Page Now does"),
        ([1], Said.LATER, False, "not as Save Page Now does"),
        (b"<html>", Said.LATER, False, "not as Save Page Now does"),
        (b"[" * 50_000, Said.LATER, False, "not as Save Page Now does"),
    ],
)
def test_an_error_is_told_in_the_archive_s_words(told, said, is_down, reason):
    for found in (
        webarchive.of_request(answer(body=told), NOW),
        webarchive.of_status(answer(body=told), ARCHIVE, KEYS, NOW),
    ):
        assert (found.said, found.is_down, found.memento) == (said, is_down, None)
        assert reason in found.reason
        assert len(found.reason) <= webarchive.LONGEST_REASON


@given(st.text(), st.text(), st.sampled_from([200, 302]), st.binary())
def test_no_answer_trips_us_and_every_copy_is_the_archive_s_and_of_the_page(location, link, status, body):
    fields = {"Location": location, "Content_Location": location, "Link": f"<{location}>{link}"}
    found = plain(answer(status, body, **fields))
    if found.memento:
        assert urls.same_site(found.memento.url, ARCHIVE)
    webarchive.of_request(answer(status, body), NOW)
    webarchive.of_status(answer(status, body), ARCHIVE, KEYS, NOW)


# --- when ------------------------------------------------------------------------------------------
def test_how_far_a_copy_is_from_the_time_in_which_its_text_stood():
    first, last = AT + timedelta(seconds=0.7), AT + timedelta(minutes=5)
    assert webarchive.distance(AT, first, last) == timedelta(0)  # of the same second
    assert webarchive.distance(last, first, last) == timedelta(0)
    assert webarchive.distance(last + timedelta(seconds=9), first, last) == timedelta(seconds=9)
    assert webarchive.distance(AT - timedelta(seconds=1), first, last) == timedelta(seconds=-1.7)


def test_waits_grow_from_five_minutes_to_four_hours():
    minutes = [webarchive.retry_after(n).total_seconds() / 60 for n in (0, 1, 2, 3, 6, 7, 5000)]
    assert minutes == [5, 5, 10, 20, 160, 240, 240]


# --- pages that want no copies -----------------------------------------------------------------------
@pytest.mark.parametrize(
    ("header", "page", "is_forbidden"),
    [
        ("noarchive", "", True),
        ("noindex, NoArchive", "", True),
        ("max-snippet: 50, noarchive", "", True),
        ("unavailable_after: 25 Jun 2010 15:00:00 PST, noarchive", "", True),
        ("ia_archiver: noarchive", "", True),
        ("googlebot: noindex, newsdiff: noarchive", "", True),
        ("googlebot: nofollow, noarchive", "", False),
        ("noindex", "", False),
        ("", '<META content="noindex,noarchive" NAME=robots>', True),
        ("", "<meta name='archive.org_bot' content='no&#97;rchive'>", True),
        ("", "<meta name=newsdiff content=noarchive />", True),
        ("", '<meta name=robots content=noarchive data-content="all" data-name="x">', True),
        ("", "<meta name=robots content=noarchive content=all>", True),
        ("", "<meta name=robots data-content=noarchive content=all>", False),
        ("", '<meta name="googlebot" content="noarchive">', False),
        ("", '<meta name="robots" content="index, follow"><p>noarchive</p>', False),
        ("", '<meta name="description" content="noarchive">', False),
    ],
)
def test_a_page_says_that_it_is_not_to_be_archived(header, page, is_forbidden):
    fields = {"X_Robots_Tag": header} if header else {}
    for body in (page.encode(), page.encode("utf-16")):
        assert bool(webarchive.forbids(answer(200, body, **fields), "Newsdiff")) is is_forbidden
