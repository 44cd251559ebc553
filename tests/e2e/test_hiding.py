"""The editor hides a version and a passage in a real Chromium; a reader sees the tombstones, and no more."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from articles.models import Article, Hiding
from tests import cast as casting

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def ferry() -> Article:
    """Three versions; a passenger is named in each."""
    return casting.make_cast().corrected


def told_why(editor: Page, category: str, note: str, reason: str) -> None:
    editor.get_by_label("What readers are told").select_option(category)
    editor.get_by_label("A sentence for readers").fill(note)
    editor.get_by_label("Reason, for the record").fill(reason)


def test_a_version_is_hidden_with_its_tombstone_and_shown_again(
    editor: Page, open_page: Callable[..., Page], live_server, ferry: Article
) -> None:
    version = ferry.versions.get(number=2)
    editor.goto(f"/admin/articles/version/{version.pk}/change/")
    editor.get_by_role("button", name="Hide…").click()
    editor.get_by_role("button", name="Hide", exact=True).click()
    expect(editor.get_by_text("Choose what readers are told")).to_be_visible()
    expect(editor.get_by_text("Type why, such as")).to_be_visible()
    told_why(editor, "error", "It was another page's text.", "Read from the wrong page, seen by Ada.")
    editor.get_by_role("button", name="Hide", exact=True).click()
    expect(editor.get_by_text("Hidden: 1 version.")).to_be_visible()

    reader = open_page(live_server.url)
    reader.goto(f"/articles/{ferry.pk}/")
    row = reader.get_by_role("row", name="an error of this site")
    expect(row).to_contain_text("It was another page's text.")
    expect(reader.get_by_text("Ada")).to_have_count(0)
    reader.get_by_role("link", name="Compare versions 1 and 3").click()
    expect(reader.get_by_role("heading", name="Version 1 | Version 3")).to_be_visible()

    editor.goto(f"/admin/articles/article/{ferry.pk}/history/")
    expect(editor.get_by_text("Version 2 hidden: Read from the wrong page")).to_be_visible()
    editor.goto("/admin/articles/hiding/?state=hidden&what=version")
    editor.locator("#result_list").get_by_role("link", name="Version 2 of").click()
    editor.get_by_role("button", name="Show again").click()
    expect(editor.get_by_text("Shown again: 1 entry.")).to_be_visible()
    reader.goto(f"/articles/{ferry.pk}/diff/1/2/")
    expect(reader.get_by_role("heading", name="Version 1 | Version 2")).to_be_visible()


def test_a_passage_is_looked_for_first_and_then_hidden(
    editor: Page, open_page: Callable[..., Page], live_server, ferry: Article
) -> None:
    editor.goto(f"/admin/articles/article/{ferry.pk}/change/")
    editor.get_by_role("button", name="Hide a passage…").click()
    told_why(editor, "privacy", "", "A letter of 3 March.")
    passage = editor.get_by_label("The words to hide")
    passage.fill("Ina")
    editor.get_by_role("button", name="See where it stands").click()
    expect(editor.get_by_text("take more of the text")).to_be_visible()
    passage.fill("Ina Almqvist")
    editor.get_by_role("button", name="See where it stands").click()
    expect(editor.get_by_text("No version of this article has these words")).to_be_visible()

    passage.fill("ines  ALMQVIST")
    editor.get_by_role("button", name="See where it stands").click()
    expect(editor.get_by_role("heading", name="Found in 3 versions")).to_be_visible()
    expect(editor.get_by_text("said [hidden], a passenger from Lund")).to_be_visible()
    assert not Hiding.objects.filter(article=ferry).exists()
    editor.get_by_role("button", name="Hide these words").click()
    expect(editor.get_by_text("Hidden in 3 versions, and in those to come.")).to_be_visible()

    reader = open_page(live_server.url)
    reader.goto(f"/articles/{ferry.pk}/versions/1/")
    expect(reader.get_by_text("said [hidden], a passenger from Lund")).to_be_visible()
    expect(reader.get_by_text("A passage of this article was hidden on")).to_be_visible()
    expect(reader.get_by_text("Almqvist")).to_have_count(0)


def test_the_last_version_that_is_shown_is_hidden_as_the_article(
    editor: Page, live_server, ferry: Article
) -> None:
    only = Article.objects.get(title="School library gets a reading garden").versions.get()
    editor.goto(f"/admin/articles/version/{only.pk}/hide/")
    expect(editor.get_by_text("the article itself will be hidden")).to_be_visible()
    told_why(editor, "court", "", "Order 7.")
    editor.get_by_role("button", name="Hide", exact=True).click()
    expect(editor.get_by_text("Hidden: the article")).to_be_visible()
    only.article.refresh_from_db()
    assert only.article.hidden_at is not None
