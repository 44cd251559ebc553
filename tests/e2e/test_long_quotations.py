"""A quotation as long as any, in a script that a query string makes nine times as long, through gunicorn with its
limits: pasted into the form, found, and its address passed on."""

from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest
from playwright.sync_api import Page as Opened

from tests.processes import environment, free_port, get, manage, running, until
from tests.site import Page, Site, article, rss

pytestmark = pytest.mark.browser
WHO = ["市长", "港务局长", "图书馆馆长", "消防队发言人", "一位目击者", "两名渔民"]
WHEN = ["星期一早上", "上个月底", "洪水退去之后", "会议结束以前", "昨天夜里"]
WHAT = ["表示大桥将于春天重新开放", "否认曾经收到任何警告", "承认修缮费用超出了预算", "宣布旧码头不再使用"]
SENTENCES = [
    f"{who}{when}{what}。" for (who, what), when in zip(product(WHO, WHAT), WHEN * 5, strict=False)
] * 3
PARAGRAPHS = [
    "".join(f"第{at + n}点，{one}" for n, one in enumerate(SENTENCES[at : at + 12]))
    for at in range(0, 60, 12)
]


def longest(text: str) -> str:
    """As many of its sentences as a quotation may have."""
    return text[:1_000].rpartition("。")[0] + "。"


SAID = longest("".join(PARAGRAPHS))


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a newsdiff that gunicorn serves, with one article that says all of that."""
    folder: Path = tmp_path_factory.mktemp("gunicorn")
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    env = environment(folder, BASE_URL=base, NEWSDIFF_BIND=f"127.0.0.1:{port}", WEB_CONCURRENCY="1")
    site = Site()
    site.pages = {
        "/feed.xml": rss("/a"),
        "/robots.txt": Page("", kind="text/plain"),
        "/a": article("大桥何时开放", *PARAGRAPHS),
    }
    try:
        for command in (
            ["migrate", "--verbosity", "0"],
            ["addsource", site.url("/feed.xml")],
            ["check", "--all"],
        ):
            done = manage(env, *command)
            assert done.returncode == 0, done.stderr
        gunicorn = ("-m", "gunicorn", "--config", "newsdiff/gunicorn.py", "newsdiff.wsgi")
        with running(env, *gunicorn, log=folder / "web.log") as web:
            until(lambda: get(f"{base}/healthz"), why=lambda: web.output)
            yield base
    finally:
        site.close()


@pytest.mark.parametrize("scripts", [True, False])
def test_a_thousand_characters_are_found_and_have_an_address(
    served: str, open_page: Callable[..., Opened], scripts: bool
):
    assert 980 < len(SAID) <= 1_000
    assert len(quote(SAID)) > 8_190  # what gunicorn takes at most
    page = open_page(served, scripts=scripts)
    page.goto("/quote/")
    page.get_by_label("Quotation, 20 to 1000 characters").fill(SAID)
    page.get_by_role("button", name="Find").first.click()
    page.get_by_role("link", name="大桥何时开放").first.wait_for()
    address = urlsplit(page.url)
    assert address.path == "/quote/"
    assert address.query.startswith("z=")
    assert len(address.query) < 4_000
    assert page.get_by_label("Quotation, 20 to 1000 characters").input_value() == SAID
    passed_on = open_page(served, scripts=scripts)
    passed_on.goto(page.url)
    passed_on.get_by_role("link", name="大桥何时开放").first.wait_for()
    feed = passed_on.get_by_role("link", name="JSON Feed").first.get_attribute("href")
    assert feed
    assert '"version": "https://jsonfeed.org' in (told := get(served + feed)).body or told.status == 200
    found = get(f"{served}/api/v1/quote?{address.query}")
    assert (found.status, '"percent": 100' in found.body) == (200, True)
