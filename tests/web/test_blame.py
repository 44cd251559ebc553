"""The page that says since when each sentence stands."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.test import Client

from articles import blaming
from tests.cast import DAY_ONE, add_version, make_article, make_source
from tests.web.test_pages import text_of

pytestmark = pytest.mark.django_db

A, B, C = "The board met on Monday.", "Twelve people spoke.", "A decision is due in March."


@pytest.fixture
def article():
    made = make_article(make_source(), "Board meets", [f"{A} {C}"], standfirst="In the old town hall.")
    add_version(made, [f"{A} {B} {C}"], at=DAY_ONE + timedelta(hours=1), standfirst="In the old town hall.")
    title = "Board meets again"
    add_version(
        made, [f"{A} {B}"], at=DAY_ONE + timedelta(hours=2), title=title, standfirst="In the old hall."
    )
    return made


def test_each_sentence_is_told_with_the_version_it_came_with(client: Client, article) -> None:
    text = text_of(client.get(f"/articles/{article.pk}/blame/"))
    assert "since v3 2 Mar 2026, 11:00 UTC Board meets again" in text
    assert f"since v1 2 Mar 2026, 09:00 UTC {A}" in text
    assert f"since v2 2 Mar 2026, 10:00 UTC {B}" in text
    assert C not in text
    assert "Show the 1 sentence that stands no more" in text


def test_removed_sentences_show_with_their_life_on_request(client: Client, article) -> None:
    page = client.get(f"/articles/{article.pk}/blame/", {"removed": "1"})
    text = text_of(page)
    assert "Stood in versions 1 to 2, from 2 Mar 2026, 09:00 UTC until before 2 Mar 2026, 11:00 UTC" in text
    assert f"<del>{C}</del>" in page.content.decode()
    assert f'href="/articles/{article.pk}/diff/2/3/"' in page.content.decode()


def test_a_sentence_of_one_version_is_told_so(client: Client, article) -> None:
    add_version(article, [A, C], at=DAY_ONE + timedelta(hours=3))
    add_version(article, [A], at=DAY_ONE + timedelta(hours=4))
    text = text_of(client.get(f"/articles/{article.pk}/blame/", {"removed": "1"}))
    assert "Stood in version 4 only, from 2 Mar 2026, 12:00 UTC until before 2 Mar 2026, 13:00 UTC" in text


def test_it_is_made_once_and_not_sent_to_who_has_it(client: Client, article, monkeypatch) -> None:
    first = client.get(f"/articles/{article.pk}/blame/")
    monkeypatch.setattr(blaming, "show", lambda *_: pytest.fail("made again"))
    assert client.get(f"/articles/{article.pk}/blame/").content == first.content
    again = client.get(f"/articles/{article.pk}/blame/", headers={"if-none-match": first["ETag"]})
    assert again.status_code == 304
    monkeypatch.undo()
    add_version(article, [A], at=DAY_ONE + timedelta(hours=3))
    changed = client.get(f"/articles/{article.pk}/blame/", headers={"if-none-match": first["ETag"]})
    assert changed.status_code == 200


def test_of_a_long_history_the_latest_versions_are_compared_and_that_is_said(
    client: Client, article, monkeypatch
) -> None:
    monkeypatch.setattr(blaming, "MOST", 2)
    text = text_of(client.get(f"/articles/{article.pk}/blame/"))
    assert "what stands since version 2 may be older" in text
    assert "since v2 2 Mar 2026, 10:00 UTC" in text


def test_of_large_texts_fewer_versions_are_compared(client: Client, article, monkeypatch) -> None:
    """The newest, and as many before it as there is room for."""
    counts = [version.word_count for version in article.versions.order_by("-number")]
    for room, compared in ((sum(counts), [1, 2, 3]), (sum(counts) - 1, [2, 3]), (1, [3])):
        monkeypatch.setattr(blaming, "WORDS", room)
        assert [version.number for version in blaming.latest_versions(article)] == compared
    cache.clear()
    assert "what stands since version 3 may be older" in text_of(client.get(f"/articles/{article.pk}/blame/"))


def test_it_costs_the_same_queries_however_many_versions_there_are(
    client: Client, article, django_assert_max_num_queries
) -> None:
    with django_assert_max_num_queries(4):
        client.get(f"/articles/{article.pk}/blame/")


def test_page_text_is_not_trusted(client: Client, article) -> None:
    add_version(article, ["<script>alert(1)</script> said. \ud83c Yes."], at=DAY_ONE + timedelta(hours=3))
    page = client.get(f"/articles/{article.pk}/blame/").content.decode()
    assert "<script>alert" not in page
    assert "\ufffd Yes." in page


def test_hidden_articles_and_wrong_parameters(client: Client, article) -> None:
    assert client.get(f"/articles/{article.pk}/blame/", {"removed": "yes"}).status_code == 404
    article.hidden_at = DAY_ONE
    article.save()
    assert client.get(f"/articles/{article.pk}/blame/").status_code == 410
