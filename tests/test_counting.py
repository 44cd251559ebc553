"""What is counted: in memory, in the table of counts, and by which words a failure is told."""

import ast
import threading
from pathlib import Path

import pytest
from django.db import connection
from django.db.utils import OperationalError
from hypothesis import given
from hypothesis import strategies as st

from articles import counting
from articles.core.reasons import Reason, answer_class, classify
from articles.core.types import OWN_FAULT, Outcome
from articles.fetching import FetchError, fetch
from articles.models import Count
from tests.processes import free_port

ROOT = Path(__file__).resolve().parent.parent


def kept() -> dict[str, float]:
    return dict(Count.objects.values_list("series", "value"))


# --- classes of reasons ----------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("reason", "status", "expected"),
    [
        ("no answer within 20 s", None, Reason.TIMEOUT),
        ("no complete answer within 20 s", None, Reason.TIMEOUT),
        ("there is no host named gone.example", None, Reason.DNS),
        ("the name service could not look up a.example for now", None, Reason.DNS),
        ("connection refused", None, Reason.REFUSED),
        ("connection reset", None, Reason.CONNECTION),
        ("connection closed without an answer", None, Reason.CONNECTION),
        ("no route to the host", None, Reason.CONNECTION),
        ("certificate not valid: certificate has expired", None, Reason.TLS),
        ("TLS failed: WRONG_VERSION_NUMBER", None, Reason.TLS),
        ("more than 5 MB", None, Reason.TOO_LARGE),
        ("too many bytes of header fields", None, Reason.TOO_LARGE),
        ("the page has 6.1 MB; the limit is 5 MB", 200, Reason.TOO_LARGE),
        ("answer cut short: 5 of 10 bytes came", None, Reason.BAD_ANSWER),
        ("broken gzip data", None, Reason.BAD_ANSWER),
        ("empty answer", 200, Reason.BAD_ANSWER),
        ("refused: intranet.example resolves to 10.1.2.3, a private address", None, Reason.UNSAFE),
        ("redirects without end", 302, Reason.REDIRECT),
        ("302 Found, but does not say where to", 302, Reason.REDIRECT),
        ("429 Too Many Requests", 429, Reason.BUSY),
        ("503 Service Unavailable", 503, Reason.BUSY),
        ("403 Forbidden", 403, Reason.HTTP_4XX),
        ("500 Internal Server Error", 500, Reason.HTTP_5XX),
        ("999 (not a standard status)", 999, Reason.HTTP_OTHER),
        ("robots.txt forbids this address", None, Reason.ROBOTS),
        ("nothing may be fetched until robots.txt can be read (timeout)", None, Reason.ROBOTS),
        ("not a web page but image/png", 200, Reason.NOT_A_PAGE),
        ("the answer is binary data, not a web page", 200, Reason.NOT_A_PAGE),
        ("reading the page took more than 8 seconds", 200, Reason.UNREADABLE),
        ("This is JSON, but not a JSON Feed: its version is missing.", 200, Reason.UNREADABLE),
        (f"{OWN_FAULT}: KeyError: 'connection refused'", None, Reason.OWN_FAULT),
        ("", None, Reason.OTHER),
    ],
)
def test_a_reason_has_its_class(reason, status, expected):
    assert classify(reason, status) is expected


@given(st.text(), st.none() | st.integers(-1, 2000))
def test_any_words_have_a_class_and_any_status_one_of_six(reason, status):
    assert classify(reason, status) in Reason
    assert answer_class(status) in counting.ANSWERS


def sentences() -> list[str]:
    """How the reasons begin that the client gives: the words before the first thing filled in."""
    found = []
    for path in (ROOT / "articles/fetching").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            match node:
                case ast.Call(ast.Name("FetchError"), [ast.Constant(str(words)), *_]):
                    found.append(words)
                case ast.Call(ast.Name("FetchError"), [ast.JoinedStr(parts), *_]):
                    filled = [p.value if isinstance(p, ast.Constant) else "7" for p in parts]
                    found.append("".join(map(str, filled)))
    return found


def test_no_reason_that_the_client_gives_is_of_no_class():
    assert len(sentences()) > 15
    assert [
        words for words in sentences() if classify(words.replace("no 7", "no answer")) is Reason.OTHER
    ] == []


def test_a_real_refusal_of_a_connection_is_one(settings):
    settings.NEWSDIFF_ALLOW_PRIVATE = [__import__("ipaddress").ip_network("127.0.0.0/8")]
    with pytest.raises(FetchError) as caught:
        fetch(f"http://127.0.0.1:{free_port()}/")
    assert classify(caught.value.reason) is Reason.REFUSED


# --- counts ----------------------------------------------------------------------------------------
def test_what_happened_is_added_to_what_is_kept(db):
    counting.checked(Outcome.NEW_VERSION, "", 200, 1)
    counting.checked(Outcome.NEW_VERSION, "", 200, 2)
    counting.checked(Outcome.FAILED, "connection refused", None, None)
    counting.checked(None, "", None, None)
    assert kept() == {}
    counting.flush()
    counting.checked(Outcome.BLOCKED, "403 Forbidden", 403, None)
    counting.polled(3, "", 200)
    counting.polled(0, "", 304)
    counting.polled(0, "The feed is empty.", 200)
    counting.robots_read("", 200)
    counting.robots_read("no answer within 5 s", None)
    counting.failed_ourselves("article")
    counting.failed_ourselves("feed")
    counting.flush()
    counting.flush()
    assert kept() == {
        "newsdiff_checks|new_version": 2,
        "newsdiff_checks|failed": 2,
        "newsdiff_checks|blocked": 1,
        "newsdiff_versions": 2,
        "newsdiff_changes": 1,
        "newsdiff_dropped|article": 1,
        "newsdiff_failures|article|refused": 1,
        "newsdiff_failures|article|http_4xx": 1,
        "newsdiff_failures|article|own_fault": 1,
        "newsdiff_failures|feed|own_fault": 1,
        "newsdiff_failures|feed|unreadable": 1,
        "newsdiff_failures|robots|timeout": 1,
        "newsdiff_feed_polls|new": 1,
        "newsdiff_feed_polls|nothing_new": 1,
        "newsdiff_feed_polls|failed": 1,
        "newsdiff_articles_found": 3,
        "newsdiff_robots_reads|read": 1,
        "newsdiff_robots_reads|failed": 1,
    }


def test_a_second_at_the_end_of_a_bucket_is_in_it(db):
    for seconds in (0.0, 0.05, 0.051, 20.0, 20.1):
        counting.fetched("article", 200, seconds)
    counting.fetched("feed", None, 1.0)
    counting.flush()
    assert kept() == {
        "newsdiff_fetch_seconds|article|2xx|0.05": 2,
        "newsdiff_fetch_seconds|article|2xx|0.1": 1,
        "newsdiff_fetch_seconds|article|2xx|20": 1,
        "newsdiff_fetch_seconds|article|2xx|+Inf": 1,
        "newsdiff_fetch_seconds|article|2xx|sum": pytest.approx(40.201),
        "newsdiff_fetch_seconds|feed|none|1": 1,
        "newsdiff_fetch_seconds|feed|none|sum": 1,
    }


def test_a_database_that_fails_costs_no_count(db, monkeypatch):
    counting.checked(Outcome.UNCHANGED, "", 200, None)
    with monkeypatch.context() as patch:
        patch.setattr(counting, "ADD", "INSERT INTO no_such_table VALUES (%s, %s)")
        with pytest.raises(Exception, match="no_such_table") as caught:
            counting.flush()
    assert isinstance(caught.value, OperationalError) or connection.vendor == "postgresql"
    counting.checked(Outcome.UNCHANGED, "", 200, None)
    counting.flush()
    assert kept() == {"newsdiff_checks|unchanged": 2}


@pytest.mark.django_db(transaction=True)
def test_threads_that_count_and_keep_at_once_lose_nothing():
    def work() -> None:
        for _ in range(20):
            for _ in range(10):
                counting.checked(Outcome.UNCHANGED, "", 200, None)
                counting.fetched("article", 200, 0.5)
            counting.flush()
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    counting.flush()
    assert kept()["newsdiff_checks|unchanged"] == 800
    assert kept()["newsdiff_fetch_seconds|article|2xx|sum"] == pytest.approx(400)
