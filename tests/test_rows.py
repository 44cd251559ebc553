"""Plain statements mean what Django's own queries mean, whatever the values, in both databases."""

from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from articles import rows
from articles.models import Article, Check, Feed, Host, Source

AT = datetime(2026, 5, 4, 8, 0, 0, 120_000, tzinfo=UTC)
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
MOMENTS = st.datetimes(timezones=st.just(UTC)).filter(lambda moment: 1990 < moment.year < 2100)


@pytest.fixture
def article(db) -> Article:
    source = Source.objects.create(name="A", slug="a", is_paused=True)
    host = Host.objects.create(authority="a.example", crawl_delay=1.5, due_at=AT)
    slots = [["p", "The minister said", ["#"]]]
    return Article.objects.create(
        source=source, host=host, url="http://a.example/1", first_seen_at=AT, slots=slots, is_flapping=True
    )


def test_a_row_is_read_as_django_reads_it(article):
    for model in (Article, Host, Source):
        theirs = model.objects.get()
        ours = rows.select(model, pk=theirs.pk)
        for field in model._meta.concrete_fields:
            assert getattr(ours, field.attname) == getattr(theirs, field.attname), field
        assert type(ours) is model
        ours.save()  # it is a row of the table, not a new one
    assert Article.objects.count() == Host.objects.count() == Source.objects.count() == 1


def test_each_value_is_told_once(article):
    for slug, language in (("b", "fr"), ("c", ""), ("d", "de"), ("e", "fr")):
        Source.objects.create(name=slug, slug=slug, language=language)
    assert rows.distinct(Source, "language") == ["de", "fr"]
    assert rows.distinct(Feed, "title") == []


def test_no_row_is_none(article):
    assert rows.select(Article, pk=article.pk, lease_token="another's") is None
    assert rows.select(Feed, pk=1) is None


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])  # each example writes all anew
@given(title=TEXT, at=MOMENTS, numbers=st.lists(st.integers(-(2**31), 2**31)), flag=st.booleans())
def test_what_is_written_is_read_back(article, title, at, numbers, flag):
    host = Host.objects.get()
    values = {"title": title, "last_checked_at": at, "slots": numbers, "is_flapping": flag, "host": host}
    assert rows.update(Article, values, pk=article.pk) == 1
    row = Article.objects.get()
    assert {name: getattr(row, name) for name in values} == values


def test_only_rows_that_equal_are_written(article):
    assert rows.update(Host, {"next_at": AT}, pk=article.host_id, turn_token="mine") == 0
    assert rows.update(Host, {"next_at": AT, "due_at": None}, pk=article.host_id, turn_token="") == 1
    host = Host.objects.get()
    assert (host.next_at, host.due_at, host.turn_at) == (AT, None, None)


def test_each_row_gets_values_of_its_own(article):
    others = [Host.objects.create(authority=f"{name}.example", due_at=AT) for name in "bcd"]
    values = {host.pk: {"crawl_delay": n + 0.5, "due_at": None} for n, host in enumerate(others[:2])}
    values[others[2].pk] = {"failures": 7}
    rows.update_each(Host, values)
    rows.update_each(Host, {})
    told = Host.objects.order_by("authority").values_list("crawl_delay", "due_at", "failures")
    assert list(told) == [(1.5, AT, 0), (0.5, None, 0), (1.5, None, 0), (None, AT, 7)]


def test_a_row_is_added(article):
    values = {"article": article, "at": AT, "outcome": "failed", "reason": 'it\'s 5 % "off"', "status": None}
    rows.insert(Check, values | {"seconds": 0.5, "size": 7, "snapshot": None, "version": None})
    check = Check.objects.get()
    assert (check.article, check.at, check.reason, check.status) == (article, AT, 'it\'s 5 % "off"', None)


def test_a_moment_goes_in_and_comes_out_of_statements_written_by_hand(article):
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT due_at FROM articles_host WHERE due_at = %s", [rows.moment(AT)])
        assert rows.read_moment(cursor.fetchone()[0]) == AT
    assert rows.read_moment(None) is None
