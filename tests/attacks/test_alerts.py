"""Apprise opens its own connections: whatever a curator types, only to the services that we name."""

import socket
from urllib.parse import urlsplit

import pytest

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
