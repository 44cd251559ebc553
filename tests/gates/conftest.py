"""Two running web servers, one browser, and a way to open a page that notes what no page may do."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, ViewportSize, sync_playwright

from tests.conftest import CHROMIUM
from tests.e2e.conftest import ARGUMENTS, PATIENCE
from tests.gates.pages import PAGES, GatedPage
from tests.processes import Installer, free_port, get, running, until

DESK = ViewportSize(width=1280, height=800)


@dataclass(frozen=True)
class Served:
    """Where the servers are, by what they serve; the numbers of the articles by name."""

    bases: dict[str, str]
    numbers: dict[str, object]

    def url(self, page: GatedPage) -> str:
        return self.bases[page.on] + page.path.format_map(self.numbers)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, installed: Installer) -> Iterator[Served]:
    bases, numbers = {}, {}
    with ExitStack() as stack:
        logs: dict[str, Path] = {}
        for content in ("full", "empty"):
            folder = tmp_path_factory.mktemp(content)
            port, logs[content] = free_port(), folder / "log"
            bases[content] = f"http://127.0.0.1:{port}"
            # One visitor a minute of all who come through a proxy; who comes from this machine is not counted.
            env = installed(folder, NEWSDIFF_PROXIES="1", NEWSDIFF_RATE_PAGES="1", BASE_URL=bases[content])
            env |= {"EMAIL_URL": "smtp+plain://127.0.0.1:9"}  # so that following by e-mail is offered
            command = ("-m", "tests.gates.serving", str(port), content)
            stack.enter_context(running(env, *command, log=logs[content]))
        for content, log in logs.items():
            until(lambda content=content: get(bases[content] + "/healthz"), why=log.read_text)
            numbers |= json.loads(log.read_text().splitlines()[0])
        yield Served(bases, numbers)


# Of the module, not of the session: while it lives, Django takes its thread for an event loop's.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield started
        started.close()


class Profile:
    """Somebody with a browser; its tabs are used again, for to open one takes longer than most pages do."""

    def __init__(self, browser: Browser, headers: dict[str, str], *, scripts: bool) -> None:
        self._context = browser.new_context(
            java_script_enabled=scripts, viewport=DESK, extra_http_headers=headers
        )
        self._context.set_default_timeout(PATIENCE)
        self._idle: list[Page] = []

    def tab(self) -> Page:
        """An empty tab."""
        return self._idle.pop() if self._idle else self._context.new_page()

    def done_with(self, tab: Page) -> None:
        """Empties a tab, for the next who wants one."""
        tab.emulate_media(media="null", color_scheme="null")
        tab.set_viewport_size(DESK)
        tab.goto("about:blank")
        self._idle.append(tab)


class Profiles:
    """A browser's profiles, with and without scripts, each made at its first visit."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._made: dict[tuple[object, ...], Profile] = {}

    def of(self, headers: dict[str, str], *, scripts: bool) -> Profile:
        """Who sends other headers is somebody else, and is shown nothing that another keeps a copy of."""
        key = (scripts, *headers.items())
        if key not in self._made:
            self._made[key] = Profile(self._browser, headers, scripts=scripts)
        return self._made[key]


@pytest.fixture(scope="module")
def profiles(browser: Browser) -> Profiles:
    return Profiles(browser)


class Visit:
    """A page opened in a tab of its own, all it has asked for, and what went wrong on it.

    No page may fail at anything, or ask for anything from elsewhere; but that it is one of 404 may be said.
    """

    def __init__(self, profiles: Profiles, served: Served, gated: GatedPage, scripts: bool) -> None:
        self.gated, self.url, self.base = gated, served.url(gated), served.bases[gated.on]
        self.asked: list[str] = []
        self.wrong: list[str] = []
        self._profile = profiles.of(gated.headers, scripts=scripts)
        self.page = self._profile.tab()
        self._listeners: dict[Any, Callable[[Any], None]] = {
            "console": self._said,
            "pageerror": lambda error: self.wrong.append(f"script: {error}"),
            "request": self._asks,
            "requestfailed": lambda request: self.wrong.append(f"failed: {request.url}"),
        }
        for event, listener in self._listeners.items():
            self.page.on(event, listener)
        if gated.status == 429:
            until(lambda: get(self.url, **gated.headers).status == 429)
        assert self.page.goto(self.url).status == gated.status

    def close(self) -> None:
        for event, listener in self._listeners.items():
            self.page.remove_listener(event, listener)
        self._profile.done_with(self.page)

    def _said(self, said: ConsoleMessage) -> None:
        of_the_page = said.location["url"] == self.url and f"status of {self.gated.status}" in said.text
        if not (of_the_page and self.gated.status >= 400):
            self.wrong.append(f"{said.type}: {said.text}")

    def _asks(self, request: Request) -> None:
        self.asked.append(request.url)
        if not request.url.startswith(f"{self.base}/"):
            self.wrong.append(f"request elsewhere: {request.url}")


@pytest.fixture(scope="module", params=PAGES, ids=str)
def visited(request: pytest.FixtureRequest, served: Served, profiles: Profiles) -> Iterator[Visit]:
    """Each page in turn, once for all gates."""
    visit = Visit(profiles, served, request.param, scripts=True)
    yield visit
    visit.close()


Visitor = Callable[..., Visit]


@pytest.fixture
def visit(served: Served, profiles: Profiles) -> Iterator[Visitor]:
    """Opens a page by its name, with or without scripts."""
    opened: list[Visit] = []

    def visiting(name: str, *, scripts: bool = True) -> Visit:
        [gated] = [page for page in PAGES if page.name == name]
        opened.append(Visit(profiles, served, gated, scripts))
        return opened[-1]

    yield visiting
    for visit in opened:
        visit.close()
    assert [wrong for visit in opened for wrong in visit.wrong] == []
