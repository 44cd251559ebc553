"""The quote finder and the search in a real browser, as a blogger uses them: without scripts, and by links."""

from collections.abc import Callable

import pytest
from django.db import transaction
from playwright.sync_api import Page, expect

from tests.cast import make_cast

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_quotation_leads_to_the_change_that_removed_it(live_server, open_page: Callable[..., Page]):
    with transaction.atomic():
        cast = make_cast()
    page = open_page(live_server.url, scripts=False)
    page.goto("/")
    page.get_by_role("link", name="Quote").click()
    page.get_by_label("Quotation").fill("Twelve people were hurt, three of them badly, the coast guard said.")
    page.get_by_role("button", name="Find").first.click()
    expect(page.get_by_text("92 % alike")).to_be_visible()
    expect(page.locator("del").first).to_have_text("three")
    page.get_by_role("link", name="see that change").click()
    expect(page).to_have_url(f"{live_server.url}/articles/{cast.corrected.pk}/diff/1/2/")


def test_a_search_is_narrowed_without_typing_it_again(live_server, open_page: Callable[..., Page]):
    with transaction.atomic():
        make_cast()
    page = open_page(live_server.url, scripts=False)
    page.goto("/search/")
    page.get_by_label("Words").fill('"twelve people"')
    page.get_by_role("main").get_by_role("button", name="Search").click()
    expect(page.get_by_text("Nothing that fits was found in current texts.")).to_be_visible()
    page.get_by_role("link", name="what was removed").click()
    expect(page.get_by_label("Words")).to_have_value('"twelve people"')
    expect(page.locator(".changes del").first).to_contain_text("Twelve")
