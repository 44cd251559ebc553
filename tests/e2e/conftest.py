"""A real Chromium, and a page that notes whatever a page must not do."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, Response, sync_playwright

from tests.conftest import CHROMIUM

# No request of the browser's own, and none of the sandbox that containers do without.
ARGUMENTS = ["--no-sandbox", "--disable-background-networking", "--disable-component-update"]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield started
        started.close()


class Watch:
    """What went wrong on a page: errors of scripts and of policy, failed answers, requests elsewhere."""

    def __init__(self, page: Page, base: str) -> None:
        self.page, self.base = page, base
        self.wrong: list[str] = []
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.wrong.append(f"script: {error}"))
        page.on("request", self._request)
        page.on("response", self._response)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.wrong.append(f"console: {message.text}")

    def _request(self, request: Request) -> None:
        if not request.url.startswith(f"{self.base}/"):
            self.wrong.append(f"request elsewhere: {request.url}")

    def _response(self, response: Response) -> None:
        if response.status >= 400:
            self.wrong.append(f"{response.status}: {response.url}")


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Opens pages of a site, each in a profile of its own; at the end nothing may have gone wrong on any."""
    watched: list[Watch] = []

    def opened(base: str, scripts: bool = True) -> Page:
        context = browser.new_context(base_url=base, java_script_enabled=scripts)
        context.set_default_timeout(10_000)
        page = context.new_page()
        watched.append(Watch(page, base))
        return page

    yield opened
    for watch in watched:
        watch.page.context.close()
    assert [wrong for watch in watched for wrong in watch.wrong] == []
