"""The page of health in a real Chromium: a site breaks, is seen, told what to do about, and comes back."""

from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone
from playwright.sync_api import Page as Tab
from playwright.sync_api import expect

from articles import claiming, counting, health, healthevents
from articles.embedded import Crew
from articles.ingestion.sources import add_source
from articles.models import Feed, LookTally, Source
from tests.cast import make_source
from tests.site import Site, article, rss

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def herald(site: Site) -> Source:
    """A source that is followed, its feed and article read."""
    site.pages |= {"/feed.xml": rss("/a"), "/a": article("A bridge is closed")}
    source, _ = add_source(site.url("/feed.xml"), "The Herald", "herald", False)
    work()
    return source


def work() -> None:
    """Does all that is due."""
    Crew(2).run_until_done(timedelta(seconds=5))
    counting.flush()


def row(tab: Tab, name: str):
    return tab.get_by_role("row").filter(has=tab.get_by_role("link", name=name, exact=True))


def test_a_broken_feed_is_on_top_with_its_remedy_and_comes_back_by_retry(
    site: Site, herald: Source, editor: Tab
) -> None:
    working = site.pages.pop("/feed.xml")
    add_source_by_hand("A fine paper", site)
    Feed.objects.filter(source=herald).update(next_check_at=claiming.now())
    claiming.recall(claiming.now())
    work()

    editor.goto("/admin/")
    editor.locator("#nav-sidebar").get_by_role("link", name="Health").click()
    first = editor.get_by_role("row").nth(1)
    expect(first).to_contain_text("The Herald")
    expect(first).to_contain_text("down")
    expect(first).to_contain_text("404")
    expect(first).to_contain_text("Look on the site for its new address and add that")
    first.get_by_text("1 feed", exact=True).click()
    expect(first).to_contain_text("1 failure in a row")

    site.pages["/feed.xml"] = working
    editor.get_by_role("button", name="Retry The Herald now").click()
    expect(editor.get_by_text("1 feed and 0 failing articles will be asked for")).to_be_visible()
    work()
    editor.reload()
    expect(row(editor, "The Herald")).to_contain_text("fine")


def test_on_a_narrow_screen_what_is_wrong_and_what_to_do_is_not_cut_off(editor: Tab) -> None:
    Feed.objects.filter(source=make_source("The Herald", "herald")).update(
        failures=3, last_status=404, last_error="404 Not Found"
    )
    editor.set_viewport_size({"width": 360, "height": 740})
    editor.goto("/admin/health/")
    board = editor.locator(".board")
    assert board.evaluate("one => one.scrollWidth <= one.parentElement.clientWidth")
    name = board.get_by_role("link", name="The Herald", exact=True).bounding_box()
    remedy = board.locator(".remedy").first.bounding_box()
    polls = board.locator(".polls").first.bounding_box()
    assert name["y"] < remedy["y"] < polls["y"]
    assert remedy["x"] + remedy["width"] <= 360


def add_source_by_hand(name: str, site: Site) -> None:
    site.pages["/fine.xml"] = rss("/a")
    add_source(site.url("/fine.xml"), name, "fine", False)


def test_a_source_is_left_alone_until_a_day_and_followed_again_when_cancelled(
    site: Site, herald: Source, editor: Tab
) -> None:
    editor.goto("/admin/health/")
    editor.get_by_role("checkbox", name="Choose The Herald").check()
    editor.get_by_role("button", name="Back off until…", exact=True).click()
    editor.get_by_role("button", name="Leave alone until then").click()
    expect(editor.get_by_text("Type why, such as")).to_be_visible()
    until = timezone.now() + timedelta(days=2)
    editor.get_by_label("Until (UTC)").fill(f"{until:%Y-%m-%dT%H:%M}")
    editor.get_by_label("Reason").fill("They asked us to wait for their relaunch.")
    editor.get_by_role("button", name="Leave alone until then").click()
    expect(editor.get_by_text("1 source will be left alone until")).to_be_visible()
    expect(row(editor, "The Herald")).to_contain_text("They asked us to wait for their relaunch.")

    asked = len(site.paths())
    Feed.objects.update(next_check_at=claiming.now())
    work()
    assert len(site.paths()) == asked
    editor.get_by_role("button", name="Resume The Herald").click()
    expect(editor.get_by_text("Resumed 1 source.")).to_be_visible()
    work()
    assert len(site.paths()) > asked


def test_the_check_log_of_an_article_is_found_by_its_address(site: Site, herald: Source, editor: Tab) -> None:
    editor.goto("/admin/health/")
    editor.get_by_role("link", name="Check log of an article").click()
    editor.get_by_label("Address or number").fill(site.url("/a?utm_source=mail"))
    editor.get_by_role("button", name="Show its checks").click()
    expect(editor.get_by_role("heading", name="A bridge is closed").first).to_be_visible()
    expect(editor.get_by_role("row").nth(1)).to_contain_text("new version")
    editor.get_by_role("link", name="version 1").click()
    expect(editor.locator("#content")).to_contain_text("A bridge is closed")


def in_every_condition(herald: Source) -> None:
    """Sources that do badly in several ways, one that is left alone, and an event."""
    now = timezone.now()
    hour = now.replace(minute=0, second=0, microsecond=0)
    looks = {"empty": {"read": 8, "empty": 4}, "blocked": {"read": 8, "blocked": 8}}
    for name, counts in looks.items():
        source = make_source(name, name)
        Feed.objects.filter(source=source).update(last_ok_at=now)
        LookTally.objects.create(source=source, hour=hour, reason="403 Forbidden", status=403, **counts)
    health.pause([make_source("Paused", "paused").pk], now + timedelta(days=1), "They asked.")
    Feed.objects.filter(source=herald).update(failures=1, last_error="404 Not Found", last_status=404)
    healthevents.survey(now - timedelta(hours=1))
    healthevents.survey(now)


PAGES = ("/admin/health/", "/admin/health/back-off/?source={}", "/admin/health/checks/?q={}")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_bars_anyone_from_the_page(site: Site, herald: Source, editor: Tab, scheme: str) -> None:
    in_every_condition(herald)
    editor.emulate_media(color_scheme=scheme)
    for page in PAGES:
        editor.goto(page.format(herald.pk if "source" in page else herald.articles.get().pk))
        found = Axe().run(editor).response["violations"]
        assert [(page, one["id"], one["nodes"][0]["html"]) for one in found] == []


@pytest.mark.parametrize("width", [1300, 400])
def test_the_page_is_no_wider_than_its_window(site: Site, herald: Source, editor: Tab, width: int) -> None:
    in_every_condition(herald)
    editor.set_viewport_size({"width": width, "height": 800})
    for page in PAGES:
        address = page.format(herald.pk if "source" in page else herald.articles.get().pk)
        assert editor.goto(address).status == 200
        assert editor.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), address
