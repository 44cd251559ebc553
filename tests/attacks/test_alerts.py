"""Apprise opens its own connections: whatever a curator types, only to the services that we name; and
whatever a page says, it is text there."""

import html
import json
import re
import socket
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from articles.fetching import chat

# An address of each service, as Apprise writes it, and the host that it must lead to.
REAL = {
    "discord://4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js": "discord.com",
    "gchat://workspace/key/token": "chat.googleapis.com",
    "pover://uabcdefghijklmnopqrstuvwxyz123@abcdefghijklmnopqrstuvwxyz1234": "api.pushover.net",
    "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/#general": "hooks.slack.com",
    "tgram://123456789:abcdefg_hijklmnop/12315544/": "api.telegram.org",
    "wxteams://" + "a" * 80: "api.ciscospark.com",
}
BOTS = {"slack.com", "webexapis.com"}  # where two of them have what is sent by a bot's token
# The same services, with an address inside wherever one can be typed.
INSIDE = [
    "discord://127.0.0.1/JHMHI8qBe7bk2ZwO5U711o3dV_js",
    "discord://id@127.0.0.1:8000/token",
    "gchat://127.0.0.1/key/token",
    "gchat://workspace:80@127.0.0.1/key/token",
    "pover://u@127.0.0.1:8000/",
    "slack://127.0.0.1/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/#general",
    "slack://bot@127.0.0.1:8000/T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/",
    "tgram://123456789:abcdefg_hijklmnop@127.0.0.1/1/",
    "wxteams://127.0.0.1/" + "a" * 80,
]


# What the words of a page may try: mentions of all or of one, links under other words, tags, entities.
TRIED = (
    *("@everyone", "@here", "mail@channel", "@vera", "<!channel>", "<!here|x>", "<@U012AB3CD>", "<@&7>"),
    *("<users/all>", "<@all>", "<https://evil.example|https://bank.example>", "<https://evil.example>"),
    *("[bank](https://evil.example)", "[-bank-](https://evil.example)", "<a href='//evil.example'>bank</a>"),
    *("<b>loud", "</b>", "<!-- gone -->", "<p>", "5 < 7 & 8 > 6", "5<7", "&lt;b&gt;", "&amp;", "R&D; 3*4*5"),
)
READ = ("@everyone", "@here", "@channel", "@vera", "<!", "<@", "<users/", "<https:", "](", "<a", "<p")
LINK = "https://diff.example.org/articles/1/diff/1/2/"
PAGE = "https://diff.example.org/search?q=sea_side&scope=any&source=my-paper"
AS_HTML = {"slack", "tgram"}  # what is text to these is written with the entities of HTML


@pytest.fixture
def sent(monkeypatch) -> list[requests.PreparedRequest]:
    """What is sent; each service says yes."""
    kept: list[requests.PreparedRequest] = []

    def send(self, request, **kwargs):
        kept.append(request)
        answer = requests.Response()
        answer.status_code, answer._content, answer.request = 200, b"ok", request
        return answer

    monkeypatch.setattr(requests.adapters.HTTPAdapter, "send", send)
    return kept


def strings(value: Any) -> list[str]:
    """All text within what was sent, whatever it is in."""
    if isinstance(value, dict):
        return [text for one in value.values() for text in strings(one)]
    if isinstance(value, list):
        return [text for one in value for text in strings(one)]
    return [value] if isinstance(value, str) else []


@pytest.fixture
def asked(monkeypatch) -> list[str]:
    """The hosts whose names are looked up; none is found."""
    hosts: list[str] = []

    def look_up(host, *args, **kwargs):
        hosts.append(host)
        raise socket.gaierror(socket.EAI_NONAME, "none")

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    return hosts


def test_each_service_named_is_tried_here():
    assert {urlsplit(address).scheme for address in REAL} == set(chat.SERVICES)


@pytest.mark.parametrize("address", REAL)
def test_each_service_is_asked_at_its_own_host_and_at_no_other(asked, address):
    chat.judged(address)
    with pytest.raises(chat.ChatError):
        chat.tell(address, "title", "body")
    assert set(asked) == {REAL[address]}


@pytest.mark.parametrize("address", INSIDE)
def test_no_host_that_is_typed_is_asked(asked, address):
    with pytest.raises(chat.ChatError):
        chat.tell(address, "title", "body")
    assert set(asked) <= {*REAL.values(), *BOTS}


@pytest.mark.parametrize(
    "address",
    [
        *("json://127.0.0.1", "jsons://desk.example.org", "xml://127.0.0.1", "form://127.0.0.1"),
        *("mailto://user:pass@example.org", "ntfy://127.0.0.1/topic", "matrix://u:p@127.0.0.1/#a"),
        *("mmost://127.0.0.1/key", "rocket://u:p@127.0.0.1/#a", "syslog://", "dbus://", "file:///etc/passwd"),
        *("https://discord.com/api/webhooks/1/2", "https://hooks.slack.com/services/A/B/C"),
        "DISCORD://1/2?verify=no",
        "discord://1/2?avatar_url=http://127.0.0.1/",
        "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/?rto=900",
        "discord://1/2\nX-Header: x",
        "discord://1/2#" + "x" * 3000,
        "discord",
        "",
    ],
)
def test_all_else_is_refused_before_anything_is_sent(asked, address):
    with pytest.raises(chat.ChatError, match=r"Type|Leave out"):
        chat.tell(address, "title", "body")
    assert asked == []


@pytest.mark.parametrize("address", REAL)
def test_what_a_page_says_is_text_to_each_service_and_our_links_stay_whole(sent, address):
    title, body = " ".join(TRIED), "\n".join(["The Gazette", " ".join(TRIED), LINK, PAGE])
    chat.tell(address, title, body)
    [request] = sent
    text = request.body.decode() if isinstance(request.body, bytes) else request.body
    payload = json.loads(text) if text.startswith("{") else parse_qs(text)
    said = "\n".join(strings(payload))
    assert not [read for read in READ if read in said]
    assert not {"markdown", "html"} & set(payload)
    assert not payload.get("mrkdwn")
    if urlsplit(address).scheme in AS_HTML:
        assert set(re.findall(r"<[^>]*>", said)) <= {"<b>", "</b>"}  # which Telegram's title is put in
        said = html.unescape(said)
    seen = said.replace(chat.ZERO_WIDTH_SPACE, "").replace("\r\n", "\n")
    assert title in seen
    assert body in seen
    assert {LINK, PAGE} <= set(html.unescape("\n".join(strings(payload))).splitlines())
