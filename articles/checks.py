"""Checks of the settings at start, each with an id and a hint (docs/settings.md)."""

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register

LEAST_TOKEN = 16  # characters of the token for /metrics


@register()
def server_mode(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """PostgreSQL without a broker, or a broker without PostgreSQL, is half a server."""
    found: list[CheckMessage] = []
    if settings.DATABASE_URL and not settings.REDIS_URL:
        found.append(
            Error(
                "DATABASE_URL is set, REDIS_URL is not: workers on other machines hear no bell.",
                hint="Set REDIS_URL=redis://host:6379/0, or unset DATABASE_URL for the embedded mode.",
                id="newsdiff.E001",
            )
        )
    if settings.REDIS_URL and not settings.DATABASE_URL:
        found.append(
            Error(
                "REDIS_URL is set, DATABASE_URL is not: SQLite serves one machine, without a broker.",
                hint="Set DATABASE_URL=postgres://…, or unset REDIS_URL for the embedded mode.",
                id="newsdiff.E002",
            )
        )
    return found


@register()
def private_networks(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """A crawler allowed into every network is a way in for whoever can add a feed."""
    open_to_all = [str(n) for n in settings.NEWSDIFF_ALLOW_PRIVATE if n.prefixlen == 0]
    if not open_to_all:
        return []
    return [
        Error(
            f"NEWSDIFF_ALLOW_PRIVATE contains {', '.join(open_to_all)}: every internal address.",
            hint="Name the networks the crawler may enter, such as 10.1.2.0/24.",
            id="newsdiff.E003",
        )
    ]


@register()
def contact(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Sites must be able to reach whoever runs the crawler."""
    if not settings.EMBEDDED and settings.NEWSDIFF_CONTACT.startswith(
        ("http://127.0.0.1", "http://localhost")
    ):
        return [
            Warning(
                f"The crawler gives {settings.NEWSDIFF_CONTACT} as its contact, which no site can open.",
                hint="Set BASE_URL to this installation's public address, or NEWSDIFF_CONTACT.",
                id="newsdiff.W001",
            )
        ]
    return []


@register()
def proxies(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Behind a proxy that is not reckoned with, all visitors are one: each can lock out the others."""
    address = urlsplit(settings.BASE_URL)
    is_local = address.hostname in ("127.0.0.1", "localhost", "::1")
    if settings.NEWSDIFF_PROXIES or address.scheme == "https" or is_local:
        return []
    return [
        Warning(
            f"BASE_URL={settings.BASE_URL} is public and without TLS, and NEWSDIFF_PROXIES is 0.",
            hint="Behind a proxy set NEWSDIFF_PROXIES=1; better, give BASE_URL its https address.",
            id="newsdiff.W002",
        )
    ]


@register()
def metrics_token(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """A token that can be guessed keeps nobody out."""
    if not settings.NEWSDIFF_METRICS_TOKEN or len(settings.NEWSDIFF_METRICS_TOKEN) >= LEAST_TOKEN:
        return []
    return [
        Error(
            f"NEWSDIFF_METRICS_TOKEN has fewer than {LEAST_TOKEN} characters: it can be guessed.",
            hint='Make one: python -c "import secrets; print(secrets.token_urlsafe(30))"',
            id="newsdiff.E004",
        )
    ]


@register()
def heartbeat_url(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """An address that cannot be asked would raise an alarm for ever, or never."""
    url = settings.NEWSDIFF_HEARTBEAT_URL
    if not url or url.startswith(("http://", "https://")):
        return []
    return [
        Error(
            "NEWSDIFF_HEARTBEAT_URL is no web address.",
            hint="Give the address that a watching service gave you, with its https://.",
            id="newsdiff.E005",
        )
    ]
