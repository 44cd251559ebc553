"""An editor points at a box on a kept page, sees what dropping it does, and saves; a hostile page runs nothing."""

import pytest
from playwright.sync_api import Dialog, FrameLocator, Page, expect

from articles.admin import reading_rules
from articles.core.extraction.showing import PageView
from articles.models import Change, Source, Version
from tests.boxed import OFFER, SHORT, boxed, follow_boxed
from tests.core.test_rules import HOSTILE
from tests.crawl import at, look_again
from tests.site import FILLER

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def source(site) -> Source:
    return follow_boxed(site)


def open_rules(editor: Page, source: Source, article: int) -> FrameLocator:
    editor.goto(f"/admin/articles/source/{source.pk}/rules/?article={article}")
    frame = editor.frame_locator("#page-view")
    expect(frame.locator(".read").first).to_be_visible()
    return frame


def test_a_box_is_pointed_at_dropped_tried_and_saved(site, source, editor: Page) -> None:
    changes = Change.objects.count()
    editor.goto(f"/admin/articles/source/{source.pk}/change/")
    editor.get_by_role("link", name="Rules…").click()
    editor.get_by_label("Page to look at").select_option(str(at(site, "/a").pk))
    frame = editor.frame_locator("#page-view")
    offer = frame.get_by_text(OFFER.format(sum="1,500"))
    expect(offer).to_have_class("t-p read")
    offer.click()
    box = editor.locator(".rules-proposal").nth(1)
    expect(box).to_contain_text("div.partner-note 1 here, on 2 of 2 other articles")
    box.get_by_role("button", name="Drop it").click()
    expect(editor.get_by_label("Drop", exact=True)).to_have_value("div.partner-note")
    expect(frame.locator(".left-out")).to_contain_text("Harbour Bank")
    editor.get_by_role("button", name="Show the effect").click()
    expect(editor.locator(".rules-summary")).to_have_text(
        "Tried on 6 kept pages of 3 articles: 6 texts differ, 0 are empty. These rules would have hidden "
        "2 versions, 2 with numbers."
    )
    expect(editor.locator(".rules-danger")).to_have_count(2)
    expect(editor.get_by_text("div.partner-note 6 elements on 6 of 6 pages")).to_be_visible()
    editor.get_by_role("button", name="Save these rules").click()
    expect(
        editor.get_by_text("The rules of The Quiet Harbour are saved; no change comes of it.")
    ).to_be_visible()
    expect(editor.locator("#again")).to_contain_text("3 articles read again by the rules there are")
    expect(editor.get_by_text("Last changed less than a minute ago by editor.")).to_be_visible()
    assert Source.objects.get().dropped_selectors == "div.partner-note"
    assert (Change.objects.count(), Version.objects.count()) == (changes, 6)
    assert Version.objects.get(article=at(site, "/c")).texts[-1].startswith("The council has put")


def test_a_selector_that_matches_nothing_is_refused_with_words(site, source, editor: Page) -> None:
    open_rules(editor, source, at(site, "/a").pk)
    editor.get_by_label("Drop", exact=True).fill("aside.gone")
    editor.get_by_role("button", name="Show the effect").click()
    expect(editor.get_by_role("alert")).to_contain_text(
        "“aside.gone” matches nothing on the 6 kept pages that were tried. Click the passage in the page view"
    )
    expect(editor.get_by_role("button", name="Save these rules")).to_have_count(0)
    editor.get_by_label("Drop", exact=True).fill("div[")
    editor.get_by_role("button", name="Show the effect").click()
    expect(editor.get_by_role("alert")).to_contain_text("Type one selector a line, such as div.related.")


def test_the_page_opens_where_the_article_begins(site, source, editor: Page) -> None:
    links = "".join(f"<li><a href='/{number}'>Section {number}</a></li>" for number in range(60))
    site.pages["/b"] = boxed("/b", [*SHORT, "Here ends the page."], "1,500")
    site.pages["/b"].body = site.pages["/b"].body.replace(
        "<article>", f"<nav><ul>{links}</ul></nav><article>"
    )
    look_again()
    frame = open_rules(editor, source, at(site, "/b").pk)
    expect(frame.get_by_text("Section 1", exact=True)).not_to_be_in_viewport()
    expect(frame.locator(".read").first).to_be_in_viewport()
    assert editor.evaluate("scrollY") == 0


def test_with_the_keyboard_a_passage_is_chosen_and_its_text_ignored(site, source, editor: Page) -> None:
    frame = open_rules(editor, source, at(site, "/c").pk)
    frame.locator("body").focus()
    for _ in range(3):  # the headline, the photographer's line: what stands first is the way home
        editor.keyboard.press("ArrowDown")
    expect(frame.locator(".pointed-at")).to_have_text("Photo: Ada Lund / Harbour Press")
    editor.keyboard.press("Enter")
    editor.get_by_role("button", name="Ignore this text").first.click()
    expect(editor.get_by_label("Ignore", exact=True)).to_have_value("Photo: Ada Lund / Harbour Press")
    expect(frame.locator(".left-out")).to_have_text("Photo: Ada Lund / Harbour Press")


def test_without_scripts_the_page_is_marked_the_effect_shown_and_the_rules_saved(
    site, source, editor: Page, open_page, live_server
) -> None:
    page = open_page(live_server.url, scripts=False)
    page.context.add_cookies(editor.context.cookies())
    page.goto(f"/admin/articles/source/{source.pk}/rules/?article={at(site, '/a').pk}")
    page.get_by_label("Drop", exact=True).fill("div.partner-note")
    page.get_by_role("button", name="Show on the page").click()
    expect(page.frame_locator("#page-view").locator(".left-out")).to_contain_text("Harbour Bank")
    page.get_by_role("button", name="Show the effect").click()
    expect(page.locator(".rules-summary")).to_contain_text("6 texts differ, 0 are empty.")
    page.get_by_role("button", name="Save these rules").click()
    page.get_by_role("button", name="Read on").click()
    expect(page.locator("#again")).to_contain_text("3 articles read again by the rules there are")
    assert Source.objects.get().dropped_selectors == "div.partner-note"


def test_a_hostile_page_runs_nothing_loads_nothing_and_leads_nowhere(site, source, editor: Page) -> None:
    """Whatever asks for another site, or fails by our policy, fails the test by `open_page`."""
    markup = sorted(HOSTILE, key=lambda one: "here" not in one)  # for some of it swallows what comes after
    dialogs: list[Dialog] = []
    editor.on("dialog", lambda dialog: (dialogs.append(dialog), dialog.dismiss()))
    site.pages["/b"] = boxed("/b", [*FILLER, "Here ends the page."], "1,500")
    site.pages["/b"].body = site.pages["/b"].body.replace("</article>", f"{''.join(markup)}</article>")
    look_again()
    frame = open_rules(editor, source, at(site, "/b").pk)
    expect(frame.get_by_text("Here ends the page.")).to_be_visible()
    expect(frame.get_by_text("here", exact=True)).to_have_count(3)
    for passage in frame.get_by_text("here", exact=True).all():
        passage.click()
    expect(editor.locator(".rules-proposal").first).to_be_visible()
    assert editor.url.endswith(f"/rules/?article={at(site, '/b').pk}")
    assert frame.locator("script").count() == 1  # ours
    assert frame.locator("form, iframe, img, svg, a, input, button, link, meta[http-equiv]").count() == 0
    assert dialogs == []


def test_the_frame_would_hold_even_a_script_that_slipped_in(site, source, editor: Page, monkeypatch) -> None:
    """With the first wall taken down, the policy stands: nothing runs, loads, opens or leaves the frame."""
    slipped = (
        "<script>parent.document.title = 'out'; top.location = 'https://evil.example/'</script>"
        "<img src='x' onerror=\"document.body.dataset.ran = 'yes'\"><p id='seen'>seen</p>"
        "<form action='https://evil.example/' target='_top'><button id='send'>send</button></form>"
    )
    monkeypatch.setattr(reading_rules, "view_of", lambda *args: PageView(slipped))
    page = editor.context.new_page()  # one that no fixture watches: our policy is to complain here
    page.goto(f"/admin/articles/source/{source.pk}/rules/?article={at(site, '/b').pk}")
    frame = page.frame_locator("#page-view")
    expect(frame.locator("#seen")).to_be_visible()
    frame.locator("#send").click()
    expect(frame.locator("body")).not_to_have_attribute("data-ran", "yes")
    assert page.title().startswith("How pages of")
    assert "/rules/?article=" in page.url
    page.close()
