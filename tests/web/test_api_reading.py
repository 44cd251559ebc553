"""Whoever reads everything: pages miss nothing that was there when the reading began and tell nothing twice,
whatever is stored meanwhile; and what came meanwhile is found by asking again since then."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from threading import Event, Thread

import pytest
from django.db import connection, transaction
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from articles.models import Article, Change, Source
from tests.cast import DAY_ONE, add_version, make_article, make_source

HOUR = timedelta(hours=1)
SHIFTS = st.integers(-3, 3)  # hours from the middle of what there is
LATER = st.lists(
    st.lists(st.tuples(st.sampled_from(["change", "article", "look"]), SHIFTS), max_size=2), max_size=5
)


def pages(client: Client, address: str) -> Iterator[list[dict]]:
    """The pages of a list, each asked for when it is its turn."""
    following = f"/api/v1/{address}"
    while following:
        page = client.get(following).json()
        yield page["items"]
        following = page["next"]


def stock(source: Source) -> list[Article]:
    """Articles and changes, several of them of one moment."""
    made = [make_article(source, f"Tide {n}", ["It rose."]) for n in range(3)]
    for hours in (1, 2, 2, 3):
        for article in made[: 1 + hours % 2]:
            change(article, DAY_ONE + hours * HOUR)
    return made


def change(article: Article, at: datetime) -> None:
    add_version(article, [f"It rose {article.version_count} times."], at=at)


def alter(source: Source, articles: list[Article], what: str, shift: int) -> None:
    """Stores something, with a moment before, amid or after those there are."""
    at = DAY_ONE + 2 * HOUR + shift * HOUR
    if what == "article":
        make_article(source, "A tide that came later", ["It fell."], at)
    elif what == "change":
        change(articles[shift % len(articles)], at)
    else:
        Article.objects.filter(pk=articles[0].pk).update(last_changed_at=at, check_count=9)


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["changes", "articles"])
@given(later=LATER, limit=st.integers(1, 3))
@settings(
    max_examples=8,
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_what_was_there_is_told_once_whatever_comes_between_two_pages(
    client: Client, name: str, later: list[list[tuple[str, int]]], limit: int
):
    model = {"changes": Change, "articles": Article}[name]
    with transaction.atomic():  # an example for itself
        source = make_source()
        articles = stock(source)
        there = set(model.objects.values_list("pk", flat=True))
        told: list[int] = []
        for number, items in enumerate(pages(client, f"{name}?limit={limit}")):
            told += [item["id"] for item in items]
            for what, shift in later[number] if number < len(later) else []:
                alter(source, articles, what, shift)
        transaction.set_rollback(True)
    assert len(told) == len(set(told))
    assert there <= set(told)


@pytest.mark.django_db(transaction=True)
def test_a_mirror_has_all_in_the_end_while_somebody_writes(client: Client):
    with transaction.atomic():
        articles = stock(make_source())
    there = set(Change.objects.values_list("pk", flat=True))
    began, enough = DAY_ONE + 4 * HOUR, Event()

    def write() -> None:
        try:
            for minutes in range(40):
                with transaction.atomic():
                    change(articles[minutes % 3], began + minutes * timedelta(minutes=1))
                if enough.is_set():
                    break
        finally:
            connection.close()

    writer = Thread(target=write)
    writer.start()
    try:
        told = [item["id"] for items in pages(client, "changes?limit=2") for item in items]
    finally:
        enough.set()
        writer.join()
    assert len(told) == len(set(told))
    assert there <= set(told)
    # asked again since the first reading began, it has everything
    again = [
        item["id"]
        for items in pages(client, f"changes?limit=2&since={began:%Y-%m-%dT%H:%M:%SZ}")
        for item in items
    ]
    assert set(told) | set(again) == set(Change.objects.values_list("pk", flat=True))
    assert set(again) - set(told)
