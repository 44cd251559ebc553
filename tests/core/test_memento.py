"""The words of RFC 7089."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from articles.core import memento

NOON = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)


def test_a_moment_is_read_as_the_rfc_writes_it():
    assert memento.moment("Thu, 31 May 2007 20:35:00 GMT") == datetime(2007, 5, 31, 20, 35, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "yesterday",
        "2007-05-31T20:35:00Z",
        "Thu, 31 May 2007 20:35:00",
        "Thu, 31 May 2007 20:35:00 CET",
        "Thu, 31 May 07 20:35:00 GMT",
        "Thu, 32 May 2007 20:35:00 GMT",
        "Thu, 31 Mai 2007 20:35:00 GMT",
        "Thu, 31 May 2007 20:35 GMT",
        "Thu, 31 May 2007 25:35:00 GMT",
        "Thu, 31 May 2007 -1:35:00 GMT",
        "Thu, 31 May 0000 20:35:00 GMT",
        f"Thu, {'9' * 20} May 2007 20:35:00 GMT",  # more than a C int holds
        f"Thu, 31 May 2007 {'9' * 20}:35:00 GMT",
        "Thu, 3_1 May 2007 20:35:00 GMT",
        "Thu, 31 May ٢٠٠٧ 20:35:00 GMT",
    ],
)
def test_anything_else_is_refused_with_an_example(text):
    with pytest.raises(memento.BadMoment, match="Thu, 31 May 2007 20:35:00 GMT"):
        memento.moment(text)


@given(st.integers(-30_000_000_000, 250_000_000_000))
def test_a_moment_that_we_tell_is_one_that_we_read(seconds):
    at = NOON + timedelta(seconds=seconds, microseconds=7)  # the years 1076 to 9948
    assert memento.moment(memento.in_http(at)) == at.replace(microsecond=0)


def test_the_version_that_stood_is_chosen():
    begun = [NOON, NOON + timedelta(hours=1, microseconds=700_000), NOON + timedelta(hours=5)]
    hours = {-3: 0, 0: 0, 0.5: 0, 1: 1, 4.9: 1, 5: 2, 900: 2}
    assert {h: memento.standing(begun, NOON + timedelta(hours=h)) for h in hours} == hours


def test_links_tell_all_their_relations():
    three = [(f"https://n.example/{n}", NOON + timedelta(hours=n)) for n in (1, 2, 3)]
    assert [(link.url[-1], link.rel) for link in memento.named(three)] == [
        ("1", "first memento"),
        ("2", "memento"),
        ("3", "last memento"),
    ]
    assert [(link.url[-1], link.rel) for link in memento.named(three, 1)] == [
        ("1", "first prev memento"),
        ("2", "memento"),
        ("3", "last next memento"),
    ]
    assert [link.rel for link in memento.named(three[:1], 0)] == ["first last memento"]
    many = three + [(f"https://n.example/{n}", NOON + timedelta(hours=n)) for n in (4, 5, 6, 7)]
    assert [link.url[-1] for link in memento.named(many, 3)] == ["1", "3", "4", "5", "7"]


def test_a_list_of_links_is_written_as_the_rfc_shows_it():
    links = [
        memento.Link("http://a.example/", "original"),
        memento.Link("http://n.example/m", "self", NOON, NOON + timedelta(hours=1), is_list=True),
        memento.Link("http://n.example/1", "first memento", NOON),
    ]
    assert memento.document(links) == (
        '<http://a.example/>; rel="original",\n'
        '<http://n.example/m>; rel="self"; type="application/link-format"; '
        'from="Mon, 02 Nov 2026 12:00:00 GMT"; until="Mon, 02 Nov 2026 13:00:00 GMT",\n'
        '<http://n.example/1>; rel="first memento"; datetime="Mon, 02 Nov 2026 12:00:00 GMT"\n'
    )
