"""Everybody can use every page: without scripts, without colours, without a mouse, on a narrow screen, on paper."""

import gzip
import io
import json
import os
import re
import subprocess
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import Resolver404, resolve
from playwright.sync_api import Page, expect
from pypdf import PdfReader

from articles.urls import urlpatterns
from tests.gates.conftest import Served, Visit, Visitor
from tests.gates.pages import NO_PAGES, PAGES
from tests.processes import get

pytestmark = pytest.mark.browser
NUMBER = re.compile(r"{\w+}")
TOKEN = re.compile(r"{(reader|stop)}")
SECONDS = re.compile(r"\d+ seconds")  # to wait, of which one may pass between two visits
AXE = Axe()
RUN = "options => axe.run(document, options)"
# All rules, those of best practice and the least size of targets (WCAG 2.2, 2.5.8) among them.
RULES = {"rules": {"target-size": {"enabled": True}}}
RULES_OF_COLOUR = {"runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}}


def test_every_page_is_gated():
    """Whoever adds a page adds it to PAGES; what is no page to NO_PAGES."""
    names = {"article"}  # the history, to which its short address leads
    for page in PAGES:
        with suppress(Resolver404):
            names.add(resolve(urlsplit(NUMBER.sub("1", TOKEN.sub("t" * 32, page.path))).path).url_name)
    assert names | NO_PAGES == {route.name for route in urlpatterns}


# --- for everybody: each of these stands before every page, in this order ----------------------------------
def test_nothing_needs_scripts(visited: Visit, visit: Visitor):
    """The same words with and without them, but for the help on keys, which only scripts can give."""
    plain = visit(visited.gated.name, scripts=False).page
    shown = [line for line in lines(visited.page) if "Keys" not in line]
    assert shown == lines(plain)


def lines(page: Page) -> list[str]:
    said = page.locator("body").inner_text().split("\n")
    return [SECONDS.sub("some seconds", line) for line in said if line.strip()]


def test_axe_finds_nothing(visited: Visit):
    assert violations(visited.page, RULES) == []


def test_axe_finds_nothing_in_the_dark(visited: Visit):
    visited.page.emulate_media(color_scheme="dark")
    assert violations(visited.page, RULES_OF_COLOUR) == []


def violations(page: Page, rules: dict[str, object]) -> list[tuple[str, list[str]]]:
    if not page.evaluate("'axe' in window"):  # it is half a megabyte
        page.evaluate(AXE.axe_script)
    found = page.evaluate(RUN, {"resultTypes": ["violations"]} | rules)["violations"]
    return [(rule["id"], [node["html"][:160] for node in rule["nodes"]]) for rule in found]


def test_whoever_uses_the_keyboard_sees_where_they_are(visited: Visit):
    """Whatever can have the focus shows it; what has it first is the way past the head, and comes into view."""
    page = visited.page
    page.keyboard.press("Tab")
    active = "document.activeElement"
    assert page.evaluate(f"{active}.getAttribute('href')") == "#main"
    assert page.evaluate(f"{active}.getBoundingClientRect().top") >= 0
    assert page.evaluate(UNSEEN_FOCUS) == []


UNSEEN_FOCUS = """() => {
    const unseen = [];
    for (const element of document.querySelectorAll("a[href], button, input, select, summary, [tabindex='0']")) {
        if (!element.checkVisibility()) continue;
        element.focus();
        const style = getComputedStyle(element);
        const isSeen = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
        if (document.activeElement !== element || !isSeen) unseen.push(element.outerHTML.slice(0, 160));
    }
    return unseen;
}"""


def test_the_language_of_each_text_is_said(visited: Visit):
    assert visited.page.locator("html").get_attribute("lang") == "en"
    if "right to left" in visited.gated.name:
        said = visited.page.evaluate(ARABIC)
        assert len(said) > 1
        assert {tuple(pair) for pair in said} == {("ar", "rtl")}


# Of each element with Arabic letters of its own: its language, and the direction it is set in.
ARABIC = """() => [...document.querySelectorAll("main *")]
    .filter(e => [...e.childNodes].some(n => n.nodeType === 3 && /[\u0600-\u06ff]{3}/.test(n.data)))
    .map(e => [e.closest("[lang]").lang, getComputedStyle(e).direction])"""


def test_marks_are_seen_without_colour_and_on_paper(visited: Visit):
    """What was removed is struck and what was added underlined; printers leave out grounds."""
    for media in ("print", "screen"):
        visited.page.emulate_media(media=media)
        for element, line in (("ins", "underline"), ("del", "line-through")):
            drawn = visited.page.locator(f"main {element}").evaluate_all(
                "found => found.map(e => getComputedStyle(e).textDecorationLine)"
            )
            assert set(drawn) <= {line}, (media, element)


def test_no_page_scrolls_sideways_on_a_phone(visited: Visit):
    visited.page.set_viewport_size({"width": 320, "height": 800})
    wide = visited.page.evaluate("document.scrollingElement.scrollWidth")
    furthest = visited.page.evaluate(FURTHEST)
    visited.page.set_viewport_size({"width": 1280, "height": 800})
    assert wide <= 320, furthest


FURTHEST = """[...document.querySelectorAll("body *")].map(e => [e.getBoundingClientRect().right, e])
    .filter(([right]) => right > 320).sort((a, b) => b[0] - a[0]).slice(0, 5)
    .map(([right, e]) => `${right}: ${e.outerHTML.slice(0, 120)}`)"""


def test_nothing_goes_wrong_and_nothing_is_asked_elsewhere(visited: Visit):
    """On the console, with the policy, or with a request, in all that was done here before."""
    assert visited.wrong == []


# --- states ----------------------------------------------------------------------------------------------
def test_each_row_of_a_diff_says_in_words_what_became_of_it(visit: Visitor):
    words = "Same Changed Added Removed Moved Split".split()
    heads = visit("diff of everything").page.get_by_role("rowheader").all_inner_texts()
    assert [head for head in heads if not any(word in head for word in words)] == []
    assert [word for word in words if not any(word in head for head in heads)] == []


def test_a_long_name_of_a_source_swells_nothing_beside_it(visit: Visitor):
    """It is cut after four lines, and the kinds of change keep the height of a line."""
    page = visit("home").page
    heights = "found => found.map(e => e.clientHeight / parseFloat(getComputedStyle(e).lineHeight))"
    assert max(page.locator(".change .source").evaluate_all(heights)) == 4
    assert max(page.locator(".change .kinds li").evaluate_all(heights)) < 1.5


# --- forms -----------------------------------------------------------------------------------------------
@pytest.mark.parametrize("width", [360, 1280])
def test_what_compares_is_at_hand_wherever_the_list_is_and_covers_no_focus(visit: Visitor, width: int):
    page = visit("history of many versions").page
    page.set_viewport_size({"width": width, "height": 640})
    button = page.get_by_role("button", name="Compare the two chosen")
    page.locator(".versions tbody tr").nth(2).scroll_into_view_if_needed()
    expect(button).to_be_in_viewport(ratio=1)
    assert page.evaluate(COVERED) == []
    page.emulate_media(media="print")
    expect(button).to_be_hidden()


# Of all that is chosen from or led to in the list, what has no point of its own on top when it has the focus.
COVERED = """() => {
    const focused = [...document.querySelectorAll(".versions :is(input, a)")].map(element => {
        element.focus();
        const {x, y, width, height} = element.getClientRects()[0];
        return [element, document.elementFromPoint(x + width / 2, y + height / 2)];
    });
    return focused.filter(([element, top]) => !element.contains(top)).map(([element]) => element.outerHTML);
}"""


def test_two_versions_are_compared_without_scripts(visit: Visitor):
    page = visit("history of many versions", scripts=False).page
    page.get_by_label("Version 3 as the old one").check()
    page.get_by_label("Version 7 as the new one").check()
    page.get_by_role("button", name="Compare the two chosen").click()
    page.wait_for_url("**/diff/3/7/")  # until it has come whole


def test_an_article_is_looked_up_without_scripts(visit: Visitor):
    page = visit("about", scripts=False).page
    page.get_by_label("Address of an article").first.fill("HTTPS://www.gazette.example/news/1?utm_source=x")
    page.get_by_role("button", name="Look up").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("School library gets a reading garden")


# --- markup ----------------------------------------------------------------------------------------------
@pytest.mark.nu
def test_the_markup_is_valid(served: Served, tmp_path: Path):
    """By the Nu Html Checker, warnings too."""
    names = {}
    for number, gated in enumerate(PAGES):
        answer = get(served.url(gated), **gated.headers)
        file = tmp_path / f"{number}.html"
        file.write_text(answer.body)
        names[file.as_uri()] = gated.name
    command = ["java", "-jar", os.environ["VNU_JAR"], "--exit-zero-always", "--format", "json"]
    checked = subprocess.run(
        [*command, *tmp_path.glob("*.html")], capture_output=True, text=True, timeout=120
    )
    messages = json.loads(checked.stderr)["messages"]
    said = [
        f"{names[found['url']]}: {found['message']} {found.get('extract', '')[:120]!r}" for found in messages
    ]
    assert said == []


# --- weight ----------------------------------------------------------------------------------------------
def test_a_diff_is_light(visit: Visitor):
    """What one of 1,500 words may weigh."""
    visited = visit("diff of a long text")
    scripts = visited.page.evaluate("[...document.scripts].map(script => [script.src, script.defer])")
    assert all(src and deferred for src, deferred in scripts)
    assert len(visited.asked) <= 4
    html = get(visited.url).body.encode()
    assert len(html) <= 60_000
    assert packed(html) <= 12_000
    weights = dict.fromkeys((".css", ".js"), 0)
    for address in visited.asked:
        kind = Path(urlsplit(address).path).suffix
        if kind in weights:
            weights[kind] += packed(get(address).body.encode())
    assert 0 < weights[".css"] <= 8_000
    assert 0 < weights[".js"] <= 6_000


def packed(content: bytes) -> int:
    return len(gzip.compress(content, 6))


# --- paper -----------------------------------------------------------------------------------------------
def test_a_diff_is_printed_whole_and_alone(visit: Visitor):
    """Both texts, and none of what only a screen can do."""
    page = visit("diff of everything").page
    pdf = PdfReader(io.BytesIO(page.pdf(format="A4")))
    printed = " ".join(" ".join(sheet.extract_text() for sheet in pdf.pages).split())
    for kept in ("Iron bridge", "eleven", "nineteen", "a lost decade of upkeep", "Version 1", "Version 2"):
        assert kept in printed, kept
    for control in ("Skip to", "Sources", "About", "Look up", "Later change", "In one text", "RSS", "Keys"):
        assert control not in printed, control
