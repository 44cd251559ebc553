"""What is learnt of a source's habits, and what becomes of it in the schedule."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.utils import timezone

from articles.core import hazard
from articles.core.scheduling import wait
from articles.ingestion.habits import ARTICLES, EVERY, articles_a_day, learn_habits, record_of
from articles.models import Article, Host, Source
from tests import cast

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def source():
    return cast.make_source()


def follow(source, count: int, versions: int, age: timedelta = 10 * DAY, watched: timedelta | None = None):
    """Articles looked at until now."""
    now, start = timezone.now(), Article.objects.count()
    host = Host.of("https://gazette.example/")
    return Article.objects.bulk_create(
        Article(
            source=source,
            url=f"https://gazette.example/{number}",
            host=host,
            first_seen_at=now - (watched or age),
            published_at=now - age,
            last_checked_at=now,
            version_count=versions,
        )
        for number in range(start, start + count)
    )


def test_changes_seen_are_set_against_those_of_as_many_average_articles(source):
    follow(source, 30, versions=3)
    follow(source, 10, versions=50)  # live pages, of which a few changes count
    follow(source, 5, versions=0)  # never read
    changes, expected = record_of(source)
    assert changes == 30 * 2 + 10 * hazard.MOST_COUNTED
    assert expected == pytest.approx(40 * hazard.expected_countable(240, 240), rel=1e-3)


def test_what_was_before_an_article_was_found_counts_for_nothing(source):
    follow(source, 40, versions=1, age=3 * DAY, watched=HOUR)
    assert record_of(source)[1] < 0.1


def test_only_the_newest_articles_count(source):
    follow(source, ARTICLES, versions=1, age=HOUR)
    follow(source, 50, versions=4, age=100 * DAY)
    assert record_of(source)[0] == 0


def test_habits_are_learnt_once_a_day(source):
    follow(source, 60, versions=3)
    now = timezone.now()
    assert learn_habits(source, now)
    source.refresh_from_db()
    assert source.habit > 1.2
    assert not learn_habits(source, now + EVERY / 2)
    assert learn_habits(source, now + EVERY)


def test_a_source_that_edits_much_has_its_articles_looked_at_sooner(source):
    (article,) = follow(source, 1, versions=1, age=6 * HOUR)
    assert article.life.habit == 1
    source.habit_changes, source.habit_expected = 300, 100.0
    assert article.life.habit == pytest.approx(hazard.habit(300, 100.0))
    assert wait(timezone.now(), article.life) < wait(timezone.now(), replace(article.life, habit=1.0))


def test_what_a_new_source_s_feed_held_is_no_day_s_work(source):
    now = timezone.now()
    Source.objects.update(created_at=now - 4.5 * DAY)
    source.refresh_from_db()
    follow(source, 40, versions=1, age=4.4 * DAY)
    follow(source, 12, versions=1, age=DAY)
    assert articles_a_day(source, timezone.now()) == pytest.approx(3, abs=0.01)
    assert articles_a_day(source, source.created_at + HOUR) is None
