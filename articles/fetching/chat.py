"""Messages to chat services, through Apprise (https://github.com/caronc/apprise).

Apprise opens connections of its own, past our judgement of addresses. So only those of its services are
used that have one fixed public address, whatever else is typed; for all others there are webhooks.
"""

import logging
import re
import threading
from functools import cache
from typing import Any
from urllib.parse import parse_qsl, urlsplit

# Scheme -> service. None of these takes a host from the address (tests/attacks/test_alerts.py).
SERVICES = {
    "discord": "Discord",
    "gchat": "Google Chat",
    "pover": "Pushover",
    "slack": "Slack",
    "tgram": "Telegram",
    "wxteams": "Webex",
}
# Of what may follow the "?" only where in a room a message goes: others switch off TLS, or name addresses.
PARAMETERS = ("thread", "topic")
LONGEST = 2_000
# What a service reads out of a text although it is sent as text: a mention ("@everyone", "<!channel>",
# "<users/all>"), a link under other words ("<address|words>", "[words](address)"), a tag, an entity.
READ = re.compile(r"@(?=\w)|<(?=\S)|\](?=\()|&(?=#?\w+;)")
ZERO_WIDTH_SPACE = "\u200b"
ANSWERED = re.compile(r"\berror=([1-5][0-9]{2})\b")


class ChatError(Exception):
    """A chat service cannot be told, and why; `status` is what it answered, or None."""

    def __init__(self, reason: str, status: int | None = None) -> None:
        super().__init__(reason)
        self.status = status


def service_of(address: str) -> str:
    """The name of the service that an address is of. Raises ChatError, which says what to type."""
    scheme = address.partition("://")[0].lower()
    if scheme not in SERVICES or "://" not in address:
        known = ", ".join(f"{scheme}:// ({name})" for scheme, name in SERVICES.items())
        raise ChatError(
            f"Type an address that begins with one of {known}; for any other service add a webhook."
        )
    return SERVICES[scheme]


def judged(address: str) -> str:
    """The name of the service, if the address can be used. Raises ChatError, which says what to type."""
    service = service_of(address)
    if len(address) > LONGEST or re.search(r"[\x00-\x20\x7f]", address):
        raise ChatError("Type the address in one piece, without blanks.")
    try:
        query = urlsplit(address).query
    except ValueError as error:
        raise ChatError(f"Type the address as Apprise writes one for {service} ({error}).") from error
    for name, _ in parse_qsl(query, keep_blank_values=True):
        if name not in PARAMETERS:
            allowed = " and ".join(PARAMETERS)
            raise ChatError(f"Leave out “{name}”: after the “?” only {allowed} may stand.")
    if _plugin(address) is None:
        raise ChatError(
            f"This is no address of {service} as Apprise writes it: see "
            f"https://appriseit.com/services/ for its parts."
        )
    return service


def tell(address: str, title: str, body: str) -> None:
    """Sends a message as text: whoever wrote the words in it mentions nobody, and disguises no link.

    Raises ChatError where the service does not take it, or the address is not allowed.
    """
    judged(address)
    plugin = _plugin(address)
    formats = _apprise().NotifyFormat
    if plugin.notify_format == formats.MARKDOWN:
        # Of a text Apprise would make Markdown here, and put a backslash before each full stop of our link.
        plugin.notify_format = formats.TEXT
    with _Overheard() as overheard:
        is_taken = plugin.notify(body=_literal(body), title=_literal(title), body_format=formats.TEXT)
    if not is_taken:
        said = overheard.words or "the service did not take the message"
        found = ANSWERED.search(said)
        raise ChatError(said, int(found[1]) if found else None)


def _literal(text: str) -> str:
    """The same to look at, of which no service reads anything but the words and addresses that one sees."""
    return READ.sub(rf"\g<0>{ZERO_WIDTH_SPACE}", text)


def _plugin(address: str) -> Any:
    """Apprise's part for an address, or None; made anew, for it keeps what it was told last."""
    return _apprise().Apprise.instantiate(address, suppress_exceptions=True)


@cache
def _apprise() -> Any:
    """Loaded when it is first needed: it takes a fifth of a second, and most processes never do."""
    import apprise

    return apprise


class _Overheard(logging.Handler):
    """What Apprise says in its log while this thread sends: its calls answer yes or no alone."""

    def __enter__(self) -> "_Overheard":
        self._thread = threading.get_ident()
        self._said: list[str] = []
        logging.getLogger("apprise").addHandler(self)
        return self

    def __exit__(self, *raised: object) -> None:
        logging.getLogger("apprise").removeHandler(self)

    def emit(self, record: logging.LogRecord) -> None:
        if record.thread == self._thread and record.levelno >= logging.WARNING:
            self._said.append(record.getMessage())

    @property
    def words(self) -> str:
        return " ".join(self._said)[:500]
