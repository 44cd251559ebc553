"""A reader follows an article in Chromium, is told of a change, and stops; a curator adds a webhook."""

import json
from collections.abc import Callable, Iterator

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Page, expect

from articles.alerts.postman import Postman
from articles.models import Channel, Delivery, Follower
from tests import cast
from tests.conftest import LOOPBACK
from tests.sinks import HookSink, MailSink, mail_sink

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def history() -> cast.Cast:
    return cast.make_cast()


@pytest.fixture
def mailbox(settings) -> Iterator[MailSink]:
    with mail_sink(settings) as sink:
        yield sink


@pytest.fixture
def hook(settings) -> Iterator[HookSink]:
    settings.NEWSDIFF_ALLOW_PRIVATE = LOOPBACK
    sink = HookSink()
    yield sink
    sink.close()


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_a_reader_follows_an_article_is_told_and_stops(
    history, mailbox, settings, live_server, open_page: Callable[..., Page], scripts: bool
) -> None:
    settings.BASE_URL = live_server.url
    page = open_page(live_server.url, scripts=scripts)
    page.goto(history.stable.get_absolute_url())
    page.get_by_role("link", name="Follow by e-mail").click()
    expect(page.get_by_text("All changes of “School library gets a reading garden”")).to_be_visible()
    page.get_by_label("Your e-mail address").fill("vera@example.org")
    page.get_by_label("How often").select_option("At once")
    page.get_by_role("button", name="Send me a message").click()
    expect(page.get_by_role("heading", name="Look into your mailbox")).to_be_visible()

    Postman().round()
    [asks] = mailbox.messages
    page.goto(_link(asks, "/follow/confirm/"))
    page.get_by_role("button", name="Confirm").click()
    expect(page.get_by_role("heading", name="What you follow")).to_be_visible()
    expect(page.get_by_role("status")).to_have_text(
        "Confirmed. You will be told by e-mail of what stands here."
    )
    expect(page.get_by_role("link", name="All changes of “School library")).to_be_visible()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status")).to_have_text("Saved.")

    cast.add_version(history.stable, ["The garden opens in May with 40 trees."], at=timezone.now())
    Postman().round()
    told = mailbox.messages[1]
    page.goto(_link(told, f"/articles/{history.stable.pk}/diff/"))
    expect(page.get_by_text("The garden opens in May with 40 trees.").first).to_be_visible()

    page.goto(told["List-Unsubscribe"].strip(" <>"))  # a scanner of mail does as much
    assert Follower.objects.exists()
    stop = told["List-Unsubscribe"].strip(" <>").removeprefix(live_server.url)
    answer = Client(enforce_csrf_checks=True).post(
        stop, "List-Unsubscribe=One-Click", "application/x-www-form-urlencoded"
    )
    assert answer.status_code == 200
    assert not Follower.objects.exists()


def _link(message, path: str) -> str:
    """The first address in a message that has the path."""
    words = message.get_body(("plain",)).get_content().split()
    return next(word for word in words if path in word)


def test_a_curator_adds_a_webhook_tests_it_and_reads_why_it_failed(history, hook, editor: Page) -> None:
    editor.goto("/admin/")
    editor.locator("#nav-sidebar").get_by_role("link", name="Channels").click()
    editor.get_by_role("link", name="Add channel").first.click()
    editor.get_by_label("Name").fill("Standards desk")
    editor.get_by_label("Address", exact=False).first.fill("http://10.0.0.1/hook")
    editor.get_by_role("button", name="Save and continue").click()
    expect(editor.get_by_text("Type the address of a server on the internet.")).to_be_visible()
    editor.get_by_label("Address", exact=False).first.fill(f"{hook.base}/hook")
    editor.get_by_role("button", name="Save and continue").click()
    expect(editor.get_by_role("button", name="Send a test")).to_be_visible()
    desk = Channel.objects.get()
    assert [follow.query for follow in desk.follows.all()] == [""]

    hook.answers = [404]
    editor.get_by_role("button", name="Send a test").click()
    expect(editor.get_by_text("A test goes to 1 channel within seconds.")).to_be_visible()
    Postman().round()
    editor.locator("#nav-sidebar").get_by_role("link", name="Deliveries").click()
    expect(editor.get_by_text("It answers 404 Not Found.")).to_be_visible()

    Delivery.objects.update(state=Delivery.State.FAILED)
    editor.goto(f"/admin/articles/delivery/{Delivery.objects.get().pk}/change/")
    editor.get_by_role("button", name="Send again").click()
    expect(editor.get_by_text("1 message will be sent again within seconds.")).to_be_visible()
    Postman().round()
    assert [json.loads(posted.body)["type"] for posted in hook.posted] == ["test", "test"]
    assert Delivery.objects.get().state == Delivery.State.SENT
