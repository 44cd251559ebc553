"""What a newcomer meets: `manage.py demo`, in a browser, from the first change to a feed of one's own."""

import json
import re
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass

import feedparser
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.processes import Running, environment, free_port, get, manage, running, until

pytestmark = pytest.mark.browser
Opener = Callable[..., Page]
MOST_SECONDS = 180.0  # from the start to the first change on a crowded machine; the product promises 30
DIFF = re.compile(r"/articles/(\d+)/diff/(\d+)/(\d+)/")


@dataclass
class Demo:
    base: str
    process: Running
    started: float

    def ask(self, path: str) -> dict:
        """An answer of the API."""
        return json.loads(get(f"{self.base}/api/v1/{path}").body)

    def comparison(self, versions: int = 2, changes: int = 1) -> str:
        """The address of the first step of an article that has so many versions, and so many changes in it."""

        def found() -> str | None:
            for item in self.ask("articles")["items"]:
                path = f"/articles/{item['id']}/diff/1/2/"
                if item["version_count"] < versions:
                    continue
                if len(re.findall(r'<tr [^>]*id="c[0-9]', get(self.base + path).body)) >= changes:
                    return path
            return None

        return until(found, MOST_SECONDS, why=lambda: self.process.output)


@pytest.fixture(scope="module")
def demo(tmp_path_factory) -> Iterator[Demo]:
    """The demonstration as it starts; in the end it ends cleanly, with all it has started."""
    folder = tmp_path_factory.mktemp("demo")
    port = free_port()
    env = environment(folder)
    with ExitStack() as stack:
        begun = time.monotonic()
        process = stack.enter_context(
            running(env, "manage.py", "demo", "--port", str(port), log=folder / "demo.log")
        )
        yield Demo(f"http://127.0.0.1:{port}", process, begun)
        assert process.end() == 0, process.output
        until(lambda: process.left_behind() == [])
        assert "Traceback" not in process.output


def reloaded(page: Page, locator: Locator, seconds: float = MOST_SECONDS) -> Locator:
    """Loads the page again and again until it shows what `locator` finds."""

    def shows() -> bool:
        page.reload()
        return locator.count() > 0

    until(shows, seconds)
    return locator.first


def decoration(locator: Locator) -> str:
    """How an element's text is decorated, in the browser's own words."""
    return locator.evaluate("element => getComputedStyle(element).textDecorationLine")


def test_a_change_is_listed_within_a_minute_of_the_start(demo: Demo, open_page: Opener, record_property):
    until(lambda: get(demo.base + "/"), why=lambda: demo.process.output)
    page = open_page(demo.base)
    page.goto("/")
    reloaded(page, page.locator("li.change"))
    seconds = time.monotonic() - demo.started
    record_property("seconds_to_first_change", round(seconds, 1))
    print(f"The first change was listed {seconds:.1f} s after the start.")
    assert seconds < MOST_SECONDS


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_from_the_first_page_to_a_comparison_the_history_and_a_feed(demo, open_page: Opener, scripts: bool):
    until(lambda: get(demo.base + "/"), why=lambda: demo.process.output)
    page = open_page(demo.base, scripts)
    page.goto("/")
    both = page.locator("li.change:has(blockquote del):has(blockquote ins)")
    reloaded(page, both).locator("h2 a").click()
    pk, old, _ = DIFF.search(page.url).groups()

    # side by side: what was removed is struck, what was added underlined, each on its side
    table = page.locator("table.diff.side")
    expect(table).to_be_visible()
    expect(page.locator("thead")).to_contain_text(f"Version {old}")
    assert decoration(table.locator("td:nth-of-type(1) del").first) == "line-through"
    assert decoration(table.locator("td:nth-of-type(2) ins").first) == "underline"
    assert table.locator("td:nth-of-type(1) ins, td:nth-of-type(2) del").count() == 0
    struck = table.locator("del").all_inner_texts()

    # in one text: the same words, in one column
    page.get_by_role("link", name="In one text").click()
    inline = page.locator("table.diff.inline")
    expect(inline).to_be_visible()
    assert decoration(inline.locator("del").first) == "line-through"
    assert decoration(inline.locator("ins").first) == "underline"
    assert inline.locator("del").all_inner_texts() == struck
    page.get_by_role("link", name="Side by side").click()
    expect(table).to_be_visible()

    # the history: any two versions can be compared
    page.get_by_role("link", name=re.compile("^History")).click()
    count = page.locator("input[name=old]").count()
    page.locator("input[name=old][value='1']").check()
    page.locator(f"input[name=new][value='{count}']").check()
    page.get_by_role("button", name="Compare").click()
    assert DIFF.search(page.url).groups() == (pk, "1", str(count))

    # a feed of this article: every entry leads to a page that is there
    page.get_by_role("link", name="All versions").click()
    address = page.get_by_role("link", name="Atom", exact=True).get_attribute("href")
    feed = feedparser.parse(get(demo.base + address).body.encode())
    assert not feed.bozo
    changes = [entry for entry in feed.entries if DIFF.search(entry.link)]
    assert len(changes) >= count - 1
    for entry in changes:
        assert entry.link.startswith(f"{demo.base}/articles/{pk}/diff/")
        assert get(entry.link).status == 200
    assert "<del>" in changes[-1].content[0].value or "<ins>" in changes[-1].content[0].value


def test_keys_move_between_changes_versions_and_views(demo: Demo, open_page: Opener):
    path = demo.comparison(versions=3)
    page = open_page(demo.base)
    page.goto(path)
    page.keyboard.press("j")
    page.wait_for_url("**/diff/1/2/#c1")
    expect(page.locator("#c1")).to_be_focused()
    page.keyboard.press("l")
    page.wait_for_url("**/diff/2/3/")
    page.keyboard.press("h")
    page.wait_for_url("**/diff/1/2/")
    page.keyboard.press("v")
    page.wait_for_url("**/diff/1/2/?view=inline")
    expect(page.locator("table.diff.inline")).to_be_visible()


def test_j_and_k_go_from_change_to_change_and_stop_at_the_ends(demo: Demo, open_page: Opener):
    path = demo.comparison(changes=2)
    page = open_page(demo.base)
    page.goto(path)
    last = page.locator("tr[id^=c]").count()
    for _ in range(last + 1):
        page.keyboard.press("j")
    assert page.url.endswith(f"#c{last}")
    for _ in range(last + 1):
        page.keyboard.press("k")
    assert page.url.endswith("#c1")


def test_keys_are_explained_and_can_be_switched_off_for_good(demo: Demo, open_page: Opener):
    path = demo.comparison()
    page = open_page(demo.base)
    page.goto(path)
    page.keyboard.press("?")
    help_box = page.locator("#keys-help")
    expect(help_box).to_be_visible()
    page.get_by_label("Single-letter keys are on").uncheck()
    page.get_by_role("button", name="Close").click()
    expect(help_box).to_be_hidden()
    for visit in ("now", "after a reload"):
        page.keyboard.press("j")
        page.keyboard.press("?")
        assert "#" not in page.url, visit
        expect(help_box).to_be_hidden()
        page.reload()
    page.get_by_role("button", name="Keys").click()
    page.get_by_label("Single-letter keys are on").check()
    page.get_by_role("button", name="Close").click()
    page.keyboard.press("j")
    assert page.url.endswith("#c1")


def test_without_scripts_no_keys_are_promised(demo: Demo, open_page: Opener):
    path = demo.comparison()
    page = open_page(demo.base, scripts=False)
    page.goto(path)
    expect(page.locator("#keys")).to_be_hidden()


def test_the_record_keeps_its_laws_while_everything_changes(demo: Demo, tmp_path_factory):
    demo.comparison(versions=3)
    folder = next(tmp_path_factory.getbasetemp().glob("demo*/demo"))
    examined = manage(environment(folder), "doctor")
    assert examined.returncode == 0, examined.stdout


def test_a_demo_stopped_as_it_starts_leaves_nothing_behind(tmp_path):
    env = environment(tmp_path)
    with running(env, "manage.py", "demo", "--port", str(free_port()), log=tmp_path / "log") as process:
        until(lambda: "The Pellmouth Lantern is at" in process.output, why=lambda: process.output)
        assert process.end() == 0, process.output
        until(lambda: process.left_behind() == [])
    assert "Traceback" not in process.output
