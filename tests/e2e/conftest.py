"""A real Chromium, and a page that notes whatever a page must not do."""

from collections.abc import Callable, Iterator

import pytest
from django.conf import settings as django_settings
from django.test import Client
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, Response, expect, sync_playwright

from tests.conftest import CHROMIUM

# No request of the browser's own, and none of the sandbox that containers do without.
ARGUMENTS = ["--no-sandbox", "--disable-background-networking", "--disable-component-update"]
PATIENCE = 30_000  # milliseconds; beside other tests a page may take a while to be read and drawn
expect.set_options(timeout=PATIENCE)


@pytest.fixture(scope="package", autouse=True)
def database_beside_the_browser() -> Iterator[None]:
    """Playwright keeps an event loop running, beside which Django refuses the database unless told so."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        yield


# Of the package, not of the session: while it lives, Django takes its thread for an event loop's.
@pytest.fixture(scope="package")
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
        context.set_default_timeout(PATIENCE)
        page = context.new_page()
        watched.append(Watch(page, base))
        return page

    yield opened
    for watch in watched:
        watch.page.context.close()
    assert [wrong for watch in watched for wrong in watch.wrong] == []


@pytest.fixture
def editor(django_user_model, live_server, open_page: Callable[..., Page]) -> Page:
    """A page of someone who is logged in and may do everything; the test needs a transactional database."""
    client = Client()
    client.force_login(django_user_model.objects.create_superuser("editor", password=None))
    page = open_page(live_server.url)
    cookie = client.cookies[django_settings.SESSION_COOKIE_NAME].value
    page.context.add_cookies(
        [
            {
                "name": django_settings.SESSION_COOKIE_NAME,
                "value": cookie,
                "url": f"{live_server.url}/admin/",
            }
        ]
    )
    return page
