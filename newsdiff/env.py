"""Reads settings from the environment, and says what is wrong with a bad one.

A value that cannot be used stops the start with one sentence naming the variable, what was found
and what is expected; the table of all variables is docs/settings.md.
"""

import ipaddress
import os
from collections.abc import Callable, Sequence
from typing import Any, TypeVar
from urllib.parse import unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.core.validators import validate_email

T = TypeVar("T")


def text(name: str, default: str = "") -> str:
    """The variable's text, or `default` where it is unset or empty."""
    return os.environ.get(name, "").strip() or default


def _parsed(name: str, default: T, parse: Callable[[str], T], expected: str) -> T:
    raw = text(name)
    if not raw:
        return default
    try:
        return parse(raw)
    except ValueError:
        raise ImproperlyConfigured(f"{name}={raw!r}: expected {expected}.") from None


def flag(name: str, default: bool) -> bool:
    """A yes/no variable: 1, true, yes, on or 0, false, no, off."""
    known = {"1": True, "true": True, "yes": True, "on": True}
    known |= {"0": False, "false": False, "no": False, "off": False}

    def parse(raw: str) -> bool:
        try:
            return known[raw.lower()]
        except KeyError:
            raise ValueError from None

    return _parsed(name, default, parse, "1, true, yes, on, 0, false, no or off")


def number(name: str, default: float, least: float = 0.0) -> float:
    """A number of at least `least`."""

    def parse(raw: str) -> float:
        value = float(raw)
        if not least <= value < float("inf"):
            raise ValueError
        return value

    return _parsed(name, default, parse, f"a number of at least {least:g}")


def whole(name: str, default: int, least: int = 0, most: int | None = None) -> int:
    """A whole number of at least `least`, and of at most `most` where that is given."""

    def parse(raw: str) -> int:
        value = int(raw)
        if value < least or (most is not None and value > most):
            raise ValueError
        return value

    expected = f"of at least {least}" if most is None else f"from {least} to {most}"
    return _parsed(name, default, parse, f"a whole number {expected}")


def words(name: str, default: list[str]) -> list[str]:
    """A list parted by commas or blanks."""
    raw = text(name)
    return raw.replace(",", " ").split() if raw else default


def addresses(name: str) -> list[str]:
    """A list of e-mail addresses."""

    def parse(raw: str) -> list[str]:
        listed = raw.replace(",", " ").split()
        try:
            for address in listed:
                validate_email(address)
        except ValidationError:
            raise ValueError from None
        return listed

    return _parsed(name, [], parse, "e-mail addresses such as editor@example.org, desk@example.org")


def choice(name: str, default: str, known: Sequence[str]) -> str:
    """One of the words in `known`, in any case."""

    def parse(raw: str) -> str:
        if raw.upper() not in known:
            raise ValueError
        return raw.upper()

    return _parsed(name, default, parse, f"{', '.join(known[:-1])} or {known[-1]}")


def service(name: str, schemes: Sequence[str], example: str) -> str:
    """The address of a database or broker, or "". A bad one is not repeated: it may hold a password."""
    raw = text(name)
    if not raw:
        return ""
    try:
        parts = urlsplit(raw)
        usable = parts.scheme in schemes and raw.startswith(f"{parts.scheme}://") and parts.port != 0
    except ValueError:  # a port that is no number, a bracket that is not closed
        usable = False
    if not usable:
        raise ImproperlyConfigured(f"{name} cannot be used: expected an address such as {example}.")
    return raw


def mail_server(name: str) -> dict[str, Any]:
    """Django's EMAIL_* settings from an address smtp://USER:PASSWORD@HOST:PORT. TLS is begun by STARTTLS,
    with smtps:// from the first byte on, with smtp+plain:// not at all.

    Without the variable nothing is sent, and whoever tries is told so (`EMAIL_HOST` is "").
    """
    ports = {"smtp": 587, "smtps": 465, "smtp+plain": 25}
    raw = service(name, tuple(ports), "smtp://user:password@mail.example.org:587")
    if not raw:
        return {"EMAIL_HOST": ""}
    parts = urlsplit(raw)
    return {
        "EMAIL_HOST": parts.hostname or "localhost",
        "EMAIL_PORT": parts.port or ports[parts.scheme],
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_TLS": parts.scheme == "smtp",
        "EMAIL_USE_SSL": parts.scheme == "smtps",
    }


Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def networks(name: str) -> list[Network]:
    """A list of networks in CIDR notation; a bare address means that address alone."""
    return _parsed(
        name,
        [],
        lambda raw: [ipaddress.ip_network(part) for part in raw.replace(",", " ").split()],
        "networks such as 127.0.0.0/8 10.0.0.0/8",
    )
