"""The pages of figures in a real browser: on a phone, without scripts, from right to left."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from articles import tallying
from tests.cast import make_cast

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def counted(transactional_db: None) -> None:
    """The cast, with everything counted."""
    make_cast()
    tallying.settle()


@pytest.mark.parametrize("address", ["/stats/", "/sources/", "/sources/gazette/"])
@pytest.mark.parametrize("direction", ["ltr", "rtl"])
def test_a_phone_shows_all_without_scrolling_sideways(
    counted, live_server, open_page: Callable[..., Page], address: str, direction: str
):
    page = open_page(live_server.url)
    page.set_viewport_size({"width": 320, "height": 640})
    page.goto(address)
    page.evaluate(f"document.documentElement.dir = '{direction}'")
    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
    assert page.evaluate("document.documentElement.scrollWidth") == 320


@pytest.mark.parametrize("address", ["/stats/", "/sources/gazette/"])
def test_a_phone_shows_every_hour_and_where_a_table_goes_on(
    counted, live_server, open_page: Callable[..., Page], address: str
):
    page = open_page(live_server.url)
    page.set_viewport_size({"width": 360, "height": 640})
    page.goto(address)
    drawn = page.locator(".heat").evaluate(
        "map => [map.getBoundingClientRect().right, map.parentElement.getBoundingClientRect().right]"
    )
    assert drawn[0] <= drawn[1] <= 360
    # Of each box that is wider inside: its cover goes along, its shade stays at the edge.
    shaded = page.locator(".scroll").evaluate_all(
        "boxes => boxes.filter(e => e.scrollWidth > e.clientWidth)"
        ".map(e => getComputedStyle(e).backgroundAttachment)"
    )
    assert shaded == ["local, local, scroll, scroll"] * (address == "/stats/")


def test_tables_open_without_scripts_and_drawings_are_named(
    counted, live_server, open_page: Callable[..., Page]
):
    page = open_page(live_server.url, scripts=False)
    page.goto("/sources/gazette/")
    hours = page.get_by_text("These hours as a table")
    assert not page.get_by_role("columnheader", name="Hour", exact=True).is_visible()
    hours.click()
    assert page.get_by_role("columnheader", name="Hour", exact=True).is_visible()
    assert page.get_by_role("img", name="Changes by hour of the week").is_visible()
    assert page.get_by_role("img", name="Changes by day").is_visible()
