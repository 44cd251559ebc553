"""Every list and form of the admin in a real Chromium: nothing breaks our policy, and the theme works."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib import admin
from django.urls import reverse
from playwright.sync_api import Page, expect

from articles.models import Article, Source
from tests import cast

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def history():
    return cast.make_cast()


def test_no_list_or_form_breaks_our_policy(history, editor: Page) -> None:
    """What a page must not do (scripts that fail, styles inline, requests elsewhere) fails the test by `open_page`."""
    assert editor.goto("/admin/").status == 200
    for model in admin.site._registry:
        names = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        assert editor.goto(reverse(f"{names}_changelist")).status == 200, model
        if row := model.objects.first():
            assert editor.goto(reverse(f"{names}_change", args=[row.pk])).status == 200, model
            assert editor.goto(reverse(f"{names}_history", args=[row.pk])).status == 200, model
        if model is Source:
            assert editor.goto(reverse(f"{names}_add")).status == 200


def test_nothing_bars_anyone_from_the_admin(history, editor: Page) -> None:
    """axe-core finds nothing on lists, forms and histories, in either theme."""
    addresses = ["/admin/", "/admin/articles/version/", "/admin/articles/source/add/"]
    for row in (Source.objects.get(), Article.objects.first()):
        names = f"admin:articles_{row._meta.model_name}"
        addresses += [reverse(f"{names}_changelist"), reverse(f"{names}_change", args=[row.pk])]
        addresses.append(reverse(f"{names}_history", args=[row.pk]))
    for scheme in ("light", "dark"):
        editor.emulate_media(color_scheme=scheme)
        for address in addresses:
            editor.goto(address)
            found = Axe().run(editor).response["violations"]
            assert [(scheme, address, one["id"], one["nodes"][0]["html"]) for one in found] == []


def test_the_list_of_articles_fits_a_screen(history, editor: Page) -> None:
    Article.objects.filter(pk=history.stable.pk).update(failures=3, last_error="403 Forbidden by the site")
    editor.set_viewport_size({"width": 1280, "height": 800})
    editor.goto("/admin/articles/article/")
    table = editor.locator("#result_list")
    expect(table.get_by_text("Failed 3 times in a row")).to_be_in_viewport(ratio=1)
    edges = table.evaluate("one => [one.getBoundingClientRect().right, innerWidth]")
    assert edges[0] <= edges[1]


def test_the_theme_keeps_what_it_is_told(history, editor: Page) -> None:
    """Under the CSP build of Alpine: the side bar stays shut, a section opens, the dark theme stays."""
    editor.goto("/admin/")
    sources = editor.locator("#nav-sidebar").get_by_role("link", name="Sources")
    expect(sources).to_be_visible()
    shut = editor.locator("span.material-symbols-outlined", has_text="dock_to_right").first
    shut.click()
    expect(sources).to_be_hidden()
    editor.reload()
    expect(sources).to_be_hidden()
    shut.click()
    expect(sources).to_be_visible()
    editor.keyboard.press("Control+e")
    editor.reload()
    expect(editor.locator("html")).to_have_attribute("class", "light")


def test_an_action_s_bar_comes_with_the_first_chosen_row_and_works(history, editor: Page) -> None:
    editor.goto("/admin/articles/article/")
    choice = editor.locator("select[name=action]")
    expect(choice).to_be_hidden()
    editor.get_by_role("row", name="School library").get_by_role("checkbox").check()
    expect(choice).to_be_visible()
    choice.select_option("check_now")
    editor.get_by_role("button", name="Run").click()
    expect(editor.get_by_text("1 article will be checked")).to_be_visible()
