"""Copies in a web archive on pages, in the API and in the admin; and where they must not be."""

from datetime import timedelta

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from articles import hiding, trail
from articles.hiding import Statement
from articles.models import Article, Source, Version, WebCopy
from tests.cast import Cast
from tests.web.test_pages import text_of

WHY = Statement("privacy", "Asked for.")
MINUTE = timedelta(minutes=1)
KEPT = "https://web.archive.example/web/20260302090500/https://gazette.example/news/4"


def keep(article: Article, number: int, after: timedelta = MINUTE, **fields: object) -> WebCopy:
    """A copy of a version, made so long after it was first seen."""
    version = article.versions.get(number=number)
    at = version.first_seen_at
    values = {"state": "kept", "url": f"{KEPT}?v={number}", "kept_at": at + after, "ended_at": at + after}
    return WebCopy.objects.create(version=version, created_at=at, next_attempt_at=at, **values | fields)


def pages_of(article: Article, *numbers: int) -> list[str]:
    """The pages and answers that tell of copies of an article's versions."""
    api = f"/api/v1/articles/{article.pk}/versions"
    own = [f"/articles/{article.pk}/versions/{n}/" for n in numbers]
    return [*own, f"/articles/{article.pk}/diff/{numbers[0]}/{numbers[-1]}/", api, f"{api}/{numbers[0]}"]


# --- for readers -----------------------------------------------------------------------------------
def test_a_version_and_a_comparison_lead_to_the_copy(client: Client, cast: Cast) -> None:
    keep(cast.corrected, 1)
    for address in (f"/articles/{cast.corrected.pk}/versions/1/", f"/articles/{cast.corrected.pk}/diff/1/2/"):
        page = client.get(address)
        assert f'href="{KEPT}?v=1" rel="noopener external nofollow"' in page.content.decode()
        told = text_of(page)
        assert "Also kept by web.archive.example, 2 Mar 2026, 09:01 UTC" in told
        assert "this text was" not in told
    assert "Also kept by" not in text_of(client.get(f"/articles/{cast.corrected.pk}/versions/2/"))


@pytest.mark.parametrize(
    ("after", "words"),
    [
        (timedelta(hours=1, minutes=3), "3 minutes after this text was last seen here"),
        (-5 * MINUTE, "5 minutes before this text was first seen here"),
        (timedelta(hours=1), ""),
    ],
)
def test_a_copy_that_may_be_of_another_text_says_so(client: Client, cast: Cast, after, words) -> None:
    """The first version was first seen at nine, and last at ten."""
    keep(cast.corrected, 1, after)
    for address in (f"/articles/{cast.corrected.pk}/versions/1/", f"/articles/{cast.corrected.pk}/diff/1/2/"):
        told = text_of(client.get(address))
        assert "Also kept by" in told
        assert (words in told) if words else ("this text was" not in told)


def test_what_the_archive_has_not_kept_is_not_told(client: Client, cast: Cast) -> None:
    keep(cast.corrected, 1, state="failed", url="", kept_at=None, last_error="Their words.")
    for address in pages_of(cast.corrected, 1, 2):
        body = client.get(address).content.decode()
        assert "Also kept" not in body
        assert "Their words" not in body


def test_a_comparison_that_is_kept_tells_of_a_copy_as_soon_as_there_is_one(
    client: Client, cast: Cast
) -> None:
    address = f"/articles/{cast.corrected.pk}/diff/1/2/"
    with time_machine.travel(timezone.now(), tick=False):
        before = client.get(address)
        keep(cast.corrected, 2)
        after = client.get(address, headers={"If-None-Match": before["ETag"]})
    assert after.status_code == 200
    assert "Also kept by" in text_of(after)


def test_a_copy_costs_no_query(client: Client, cast: Cast, django_assert_num_queries) -> None:
    keep(cast.corrected, 1)
    keep(cast.corrected, 2, timedelta(days=1))
    for address in pages_of(cast.corrected, 1, 2)[:3]:
        with django_assert_num_queries(3):
            assert client.get(address).status_code == 200


def test_the_api_has_where_and_when(client: Client, cast: Cast) -> None:
    keep(cast.corrected, 1)
    api = f"/api/v1/articles/{cast.corrected.pk}/versions"
    first, second, _ = client.get(api).json()["items"]
    assert (first["archive_url"], first["archived_at"]) == (f"{KEPT}?v=1", "2026-03-02T09:01:00Z")
    assert (second["archive_url"], second["archived_at"]) == (None, None)
    assert client.get(f"{api}/1").json() == first


def test_an_address_that_is_none_of_the_web_is_no_link(client: Client, cast: Cast) -> None:
    keep(cast.corrected, 1, url="javascript:alert(1)")
    for address in pages_of(cast.corrected, 1, 2)[:3]:
        assert 'href="javascript:' not in client.get(address).content.decode()


# --- what is hidden --------------------------------------------------------------------------------
def told_anywhere(client: Client, article: Article) -> set[int]:
    """Of which versions a copy is told on any page of the article."""
    cache.clear()
    bodies = [client.get(address).content.decode() for address in pages_of(article, 1, 2, 3)]
    bodies += [client.get(f"/api/v1/articles/{article.pk}/versions/{n}").content.decode() for n in (2, 3)]
    bodies += [client.get(f"/articles/{article.pk}/diff/{pair}/").content.decode() for pair in ("1/2", "2/3")]
    return {n for n in (1, 2, 3) if any(f"{KEPT}?v={n}" in body for body in bodies)}


def test_no_link_leads_to_a_copy_of_what_is_hidden(client: Client, cast: Cast) -> None:
    for number in (1, 2, 3):
        keep(cast.corrected, number, timedelta(0))
    assert told_anywhere(client, cast.corrected) == {1, 2, 3}
    [lifted] = hiding.hide_versions([cast.corrected.versions.get(number=2)], WHY, None)
    assert told_anywhere(client, cast.corrected) == {1, 3}
    hiding.lift([lifted], None)
    hiding.hide_passage(cast.corrected, "Monday morning", WHY, None)
    assert told_anywhere(client, cast.corrected) == set()


def test_beside_a_hidden_version_only_copies_are_told_that_are_surely_of_another(
    client: Client, cast: Cast
) -> None:
    """One made after the first version was last seen may be of the second."""
    keep(cast.corrected, 1, timedelta(hours=1, minutes=3))
    keep(cast.corrected, 3, timedelta(0))
    assert told_anywhere(client, cast.corrected) == {1, 3}
    hiding.hide_versions([cast.corrected.versions.get(number=2)], WHY, None)
    assert told_anywhere(client, cast.corrected) == {3}


def test_a_version_read_without_its_copy_tells_of_none(cast: Cast) -> None:
    keep(cast.corrected, 1)
    assert Version.objects.public().filter(article=cast.corrected).first().kept_copy is None
    assert Version.objects.public().with_copy().filter(article=cast.corrected).first().kept_copy


# --- for operators ---------------------------------------------------------------------------------
def test_a_source_is_ticked_in_the_admin_and_that_is_noted(
    admin_client: Client, cast: Cast, settings
) -> None:
    settings.NEWSDIFF_ARCHIVE_URL = "https://web.archive.example/save/"
    address = f"/admin/articles/source/{cast.source.pk}/change/"
    page = admin_client.get(address)
    assert "0 copies at web.archive.example" in page.content.decode()
    feed = cast.source.feeds.get()
    typed = {"name": cast.source.name, "slug": cast.source.slug, "url": cast.source.url, "language": "en"}
    typed |= {"preset": "balanced", "asks_archive": "on", "feeds-TOTAL_FORMS": 1, "feeds-INITIAL_FORMS": 1}
    typed |= {"feeds-0-id": feed.pk, "feeds-0-source": cast.source.pk, "feeds-0-url": feed.url}
    assert admin_client.post(address, typed).status_code == 302
    assert Source.objects.get().asks_archive
    told = [line for entry in trail.of_row(cast.source) for line in trail.lines(entry)]
    assert told == ["asks archive: no → yes"]


def test_a_source_says_where_no_archive_is_set(admin_client: Client, cast: Cast, settings) -> None:
    settings.NEWSDIFF_ARCHIVE_URL = ""
    page = admin_client.get(f"/admin/articles/source/{cast.source.pk}/change/").content.decode()
    assert "No archive is set: see NEWSDIFF_ARCHIVE_URL." in page


def test_copies_are_listed_with_the_archive_s_words_and_asked_for_again(
    admin_client: Client, cast: Cast
) -> None:
    refused = keep(
        cast.corrected, 3, state="failed", url="", kept_at=None, last_error="Excluded <b>here</b>."
    )
    kept = keep(cast.corrected, 2)
    listed = f"/admin/articles/webcopy/?version__article__source__id__exact={cast.source.pk}"
    page = admin_client.get(listed).content.decode()
    assert "Excluded &lt;b&gt;here&lt;/b&gt;." in page
    assert f"{KEPT}?v=2" in page
    assert "Ask again" in admin_client.get(f"/admin/articles/webcopy/{refused.pk}/change/").content.decode()
    action = {"action": "ask_again", "_selected_action": [refused.pk, kept.pk]}
    said = admin_client.post("/admin/articles/webcopy/", action, follow=True).content.decode()
    assert "1 copy will be asked for again, if the version still stands. 1 copy left alone" in said
    states = dict(WebCopy.objects.values_list("pk", "state"))
    assert states == {refused.pk: "waiting", kept.pk: "kept"}
