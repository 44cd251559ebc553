"""An editor adds sources: from a site's address, from a list, from the starter list; with scripts and without."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from articles.ingestion import lists
from articles.models import Article, Source
from tests import site as sites
from tests.site import FILLER, Site

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
LOOKED_AT = 60_000  # milliseconds, on a machine that does much else: readers of pages are started first
LINK = '<link rel="alternate" type="application/rss+xml" href="/feed.xml">'


@pytest.fixture
def harbour(site: Site) -> Site:
    """A site whose front page names its feed, and whose articles say something each."""
    site.pages["/"] = sites.Page(f"<!doctype html><html><head>{LINK}</head><body><h1>News</h1></body></html>")
    site.pages["/feed.xml"] = sites.rss(*(site.url(f"/news/{number}") for number in range(3)))
    for number in range(3):
        texts = [f"{' '.join(f'{word}{number}' for word in line.split())}." for line in FILLER]
        site.pages[f"/news/{number}"] = sites.article(f"Pier {number} is <b>measured</b>", *texts, *texts)
    return site


def look_at(page: Page, address: str) -> None:
    """Types an address, as the first thing in the admin."""
    page.goto("/admin/articles/source/add/")
    page.get_by_label("Address").fill(address)
    page.get_by_role("button", name="Look at it").click()


def test_a_site_is_added_from_its_address(harbour, editor: Page) -> None:
    look_at(editor, harbour.base)
    expect(editor.get_by_role("heading", name="Feeds found")).to_be_visible(timeout=LOOKED_AT)
    expect(editor.get_by_role("checkbox", name="The Quiet Harbour")).to_be_checked()
    for number in range(3):
        expect(editor.get_by_role("heading", name=f"Pier {number} is measured")).to_be_visible()
    editor.get_by_text("Its entries").click()
    expect(editor.get_by_text(f"About {harbour.url('/news/1')}")).to_be_visible()
    name = editor.get_by_role("textbox", name="Name")
    expect(name).to_have_value("The Quiet Harbour")
    name.fill("")
    editor.get_by_role("button", name="Start following").click()
    expect(editor.get_by_text("Type the name of the publication")).to_be_visible()
    editor.get_by_role("textbox", name="Name").fill("The Harbour")
    editor.get_by_role("button", name="Start following").click()
    expect(editor.get_by_text("The Harbour was added: 1 feed with 3 entries.")).to_be_visible()
    assert Source.objects.get().slug == "the-harbour"
    assert Article.objects.count() == 3


def test_an_address_that_leads_nowhere_is_told_and_another_typed(harbour, editor: Page) -> None:
    harbour.pages["/empty/"] = sites.Page("<p>Nothing here.</p>")
    feed = harbour.pages.pop("/feed.xml")
    look_at(editor, harbour.url("/empty/"))
    expect(editor.get_by_role("alert")).to_contain_text(
        "None of the feeds the site names can be read.", timeout=LOOKED_AT
    )
    expect(editor.get_by_role("alert")).to_have_css("font-weight", "400")
    harbour.pages["/feed.xml"] = feed
    editor.get_by_role("button", name="Try again").click()
    expect(editor.get_by_role("heading", name="Feeds found")).to_be_visible(timeout=LOOKED_AT)


def test_a_list_is_chosen_from_and_imported_paused(harbour, editor: Page) -> None:
    outline = f'<outline text="Harbour" xmlUrl="{harbour.url("/feed.xml")}"/>'
    gone = f'<outline text="Gone" xmlUrl="{harbour.url("/gone.xml")}"/>'
    harbour.pages["/list.opml"] = sites.Page(f"<opml><body>{outline}{gone}</body></opml>", kind="text/xml")
    look_at(editor, harbour.url("/list.opml"))
    editor.get_by_role("button", name="Follow what is ticked").click()
    expect(editor.get_by_text("Tick what to follow")).to_be_visible()
    editor.get_by_label("all 2").check()
    editor.get_by_role("button", name="Save it paused").click()
    expect(editor.get_by_text("1 feed followed now, 1 could not be followed.")).to_be_visible(
        timeout=LOOKED_AT
    )
    expect(editor.get_by_text("answers 404 Not Found.")).to_be_visible()
    assert Source.objects.get().is_paused


def test_an_empty_site_leads_to_the_starter_list_which_is_imported(
    harbour, editor: Page, monkeypatch
) -> None:
    near = lists.Listed(harbour.url("/feed.xml"), "The Harbour", folder=("Atlantis",), language="en")
    monkeypatch.setattr(lists, "starter", lambda: (near,))
    editor.goto("/")
    editor.get_by_role("link", name="choose well-known ones").click()
    editor.get_by_label("The Harbour").check()
    editor.get_by_role("button", name="Follow what is ticked").click()
    expect(editor.get_by_text("1 feed followed now.")).to_be_visible(timeout=LOOKED_AT)
    editor.get_by_role("link", name="the-harbour").click()
    expect(editor.get_by_role("textbox", name="Name")).to_have_value("The Harbour")


def test_without_scripts_a_button_goes_on(
    harbour, editor: Page, open_page: Callable[..., Page], live_server
) -> None:
    plain = open_page(live_server.url, scripts=False)
    plain.context.add_cookies(editor.context.cookies())
    look_at(plain, harbour.base)
    for _ in range(20):
        if plain.get_by_role("heading", name="Feeds found").count():
            break
        plain.get_by_role("button", name="Go on").click()
    expect(plain.get_by_role("heading", name="Pier 2 is measured")).to_be_visible()
    plain.get_by_role("button", name="Save paused").click()
    assert Source.objects.get().is_paused
