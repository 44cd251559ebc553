"""Checks of the settings at start, each with an id and a hint (docs/settings.md)."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register


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
