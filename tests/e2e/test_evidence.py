"""An evidence pack in a real browser: downloaded from the diff, its page read without a network, narrow and on paper."""

from collections.abc import Callable
from pathlib import Path
from zipfile import ZipFile

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.db import transaction
from playwright.sync_api import Browser, Page, expect

from articles.evidence import verify
from tests.cast import make_cast
from tests.packs import download

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_reader_downloads_a_pack_from_the_diff(
    live_server, open_page: Callable[..., Page], tmp_path: Path
) -> None:
    with transaction.atomic():
        article = make_cast().rewritten
    page = open_page(live_server.url, scripts=False)
    page.goto(f"/articles/{article.pk}/diff/1/2/")
    with page.expect_download() as waiting:
        page.get_by_role("link", name="Evidence pack").click()
    assert waiting.value.suggested_filename == f"evidence-article-{article.pk}-versions-1-2.zip"
    waiting.value.save_as(tmp_path / "pack.zip")
    assert verify.examine(str(tmp_path / "pack.zip")).wrong == []


@pytest.mark.parametrize("name", ["rewritten", "right_to_left"])
def test_its_page_is_read_without_a_network(browser: Browser, client, tmp_path: Path, name: str) -> None:
    with transaction.atomic():
        article = getattr(make_cast(), name)
    (tmp_path / "pack.zip").write_bytes(download(client, article))
    with ZipFile(tmp_path / "pack.zip") as archive:
        page_address = Path(archive.extract("diff.html", tmp_path)).as_uri()
    context = browser.new_context(offline=True, viewport={"width": 1200, "height": 900})
    page = context.new_page()
    asked, said = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    page.goto(page_address)
    expect(page.locator("table.diff del").first).to_be_visible()
    expect(page.get_by_text("SHA-256").first).to_be_visible()
    found = Axe().run(page)
    assert found.response["violations"] == []
    for width in (1200, 320):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        caption = page.locator("caption").bounding_box()
        assert caption
        assert caption["width"] > width / 2
    page.emulate_media(media="print", color_scheme="dark")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    struck = "getComputedStyle(document.querySelector('table del')).textDecorationLine"
    assert page.evaluate(struck) == "line-through"
    assert asked == [page_address]
    assert said == []
    context.close()
