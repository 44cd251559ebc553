"""An editor merges, moves and imports in a real Chromium; a viewer only looks."""

from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.contrib.auth.models import Group
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Page, expect

from articles import roles
from articles.core import urls
from articles.models import Article, ArticleURL, Source
from tests import cast
from tests.cast import DAY_ONE, FERRY

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def twins() -> tuple[Article, Article]:
    """The same piece under two addresses."""
    source = cast.make_source()
    made = [cast.make_article(source, "Ferry runs aground", FERRY, DAY_ONE) for _ in range(2)]
    for article in made:
        key = urls.key(article.url)
        ArticleURL.objects.create(article=article, url=article.url, key=key, seen_at=timezone.now())
    return made[0], made[1]


def run(editor: Page, action: str) -> None:
    """Chooses an action for the rows that are checked."""
    editor.locator("select[name=action]").select_option(action)
    editor.get_by_role("button", name="Run").click()


def test_an_editor_finds_duplicates_merges_them_and_parts_them_again(twins, editor: Page) -> None:
    stays, other = twins
    editor.goto(f"/admin/articles/source/{stays.source_id}/change/")
    editor.get_by_role("button", name="Possible duplicates").click()
    editor.get_by_role("button", name="Compare and merge").click()
    expect(editor.get_by_text("shares 100 % of its words with the first")).to_be_visible()
    editor.get_by_role("radio").nth(1).check()
    editor.get_by_role("button", name="Merge").click()
    expect(editor.get_by_text("on the page of what was merged, undoes it")).to_be_visible()
    editor.goto(f"/articles/{stays.pk}/")
    assert f"/articles/{other.pk}-" in editor.url
    expect(editor.get_by_text("Also followed as")).to_be_visible()
    editor.goto(f"/admin/articles/article/{stays.pk}/change/")
    editor.get_by_role("button", name="Unmerge").click()
    expect(editor.get_by_text("Unmerged 1 article.")).to_be_visible()
    editor.goto(f"/admin/articles/article/{stays.pk}/history/")
    expect(editor.get_by_text("Unmerged: an article of its own again.")).to_be_visible()


def test_an_editor_moves_articles_after_seeing_what_would_move(twins, editor: Page) -> None:
    herald = cast.make_source("The Herald", "herald")
    editor.goto("/admin/articles/article/")
    editor.locator("#action-toggle").check()
    run(editor, "give")
    editor.get_by_label("To the source").select_option(label="The Herald")
    editor.get_by_role("button", name="Count what would move").click()
    expect(editor.get_by_role("status")).to_contain_text("2 articles")
    editor.get_by_role("button", name="Move", exact=True).click()
    expect(editor.get_by_text("Moved 2 articles to The Herald.")).to_be_visible()
    assert herald.articles.count() == 2


def test_an_editor_mends_a_bad_row_and_imports(editor: Page, tmp_path: Path) -> None:
    file = tmp_path / "sources.csv"
    file.write_text("slug,name,feeds\necho,,https://echo.example/feed\n")
    editor.goto("/admin/articles/source/")
    editor.get_by_role("link", name="Import…").click()
    editor.locator("input[type=file]").set_input_files(file)
    editor.get_by_role("button", name="Show what it would do").click()
    expect(editor.get_by_text("It is empty: type the source’s name.")).to_be_visible()
    expect(editor.get_by_role("button", name="Import this")).to_have_count(0)
    file.write_text("slug,name,feeds\necho,The Echo,https://echo.example/feed\n")
    editor.locator("input[type=file]").set_input_files(file)
    editor.get_by_role("button", name="Show what it would do").click()
    editor.get_by_role("button", name="Import this").click()
    expect(editor.get_by_text("Imported: 1 new, 0 changed, 0 same, 0 wrong.")).to_be_visible()
    assert Source.objects.get().feeds.count() == 1


def test_an_editor_imports_a_list_of_feeds(editor: Page, tmp_path: Path) -> None:
    file = tmp_path / "feeds.opml"
    line = '<outline type="rss" text="The Echo" xmlUrl="https://echo.example/feed"/>'
    file.write_text(f'<opml version="2.0"><body>{line}</body></opml>')
    editor.goto("/admin/articles/source/import/")
    editor.locator("input[type=file]").set_input_files(file)
    editor.get_by_role("button", name="Show what it would do").click()
    expect(editor.get_by_text("1 new, 0 changed, 0 same, 0 wrong.")).to_be_visible()
    editor.get_by_role("button", name="Import this").click()
    expect(editor.get_by_role("link", name="The Echo")).to_be_visible()


def test_a_viewer_walks_through_lists_and_is_offered_nothing_that_changes_them(
    twins, django_user_model, live_server, open_page
) -> None:
    viewer = django_user_model.objects.create_user("viewer")
    roles.give(viewer, Group.objects.get(name="viewer"))
    client = Client()
    client.force_login(viewer)
    page = open_page(live_server.url)
    cookie = {"name": django_settings.SESSION_COOKIE_NAME, "url": f"{live_server.url}/admin/"}
    page.context.add_cookies([cookie | {"value": client.cookies[django_settings.SESSION_COOKIE_NAME].value}])
    page.goto("/admin/")
    sidebar = page.locator("#nav-sidebar")
    expect(sidebar.get_by_role("link", name="Who did what")).to_be_visible()
    expect(sidebar.get_by_role("link", name="Failed logins")).to_have_count(0)
    sidebar.get_by_role("link", name="Sources").click()
    expect(page.get_by_role("link", name="Import…")).to_have_count(0)
    expect(page.get_by_role("link", name="Add")).to_have_count(0)
    page.get_by_role("link", name="The Harbour Gazette").click()
    for name in ("Save", "Pause", "Check now"):
        expect(page.get_by_role("button", name=name)).to_have_count(0)
    sidebar.get_by_role("link", name="Articles").click()
    page.get_by_role("link", name="Ferry runs aground").first.click()
    for name in ("Hide", "Check now", "Move"):
        expect(page.locator("#content").get_by_role("button", name=name)).to_have_count(0)
