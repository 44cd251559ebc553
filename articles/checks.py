"""Checks of the settings at start, each with an id and a hint (docs/settings.md)."""

import re
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register

from articles.core import urls

LEAST_TOKEN = 16  # characters of the token for /metrics
SETTINGS = "settings"  # the tag of the checks below
KEY = re.compile(r"[!-9;-~]+:[!-9;-~]+")  # of a web archive; ":" parts it


@register(SETTINGS)
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


@register(SETTINGS)
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


@register(SETTINGS)
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


@register(SETTINGS)
def digest(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Whoever waits for the digest should not have to find out that none can be sent."""
    if not settings.NEWSDIFF_DIGEST_TO or settings.EMAIL_HOST:
        return []
    return [
        Warning(
            "NEWSDIFF_DIGEST_TO names who gets the daily digest, but there is no mail server to send it.",
            hint="Set EMAIL_URL=smtp://user:password@mail.example.org:587, or unset NEWSDIFF_DIGEST_TO.",
            id="newsdiff.W003",
        )
    ]


@register(SETTINGS)
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


@register(SETTINGS)
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


@register(SETTINGS)
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


@register(SETTINGS)
def web_archive(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """An archive that cannot be asked, or a key that would be seen by others on the way or is none."""
    archive, key = settings.NEWSDIFF_ARCHIVE_URL, settings.NEWSDIFF_ARCHIVE_KEY
    found: list[CheckMessage] = []
    if archive and (why := _no_archive(archive)):
        hint = "Give the address that a page's own is put behind, such as https://web.archive.org/save/."
        found.append(Error(f"NEWSDIFF_ARCHIVE_URL cannot be used: {why}", hint=hint, id="newsdiff.E006"))
    if key and (why := _no_key(key, archive)):
        hint = "Set it as ACCESS:SECRET, with an https NEWSDIFF_ARCHIVE_URL; or unset it, to ask without."
        found.append(Error(f"NEWSDIFF_ARCHIVE_KEY {why}.", hint=hint, id="newsdiff.E007"))
    return found


def _no_archive(archive: str) -> str:
    """Why a web archive's address cannot be used, or ""."""
    try:
        urls.canonical(archive)
    except urls.BadURL as error:
        return str(error)
    return "" if archive.endswith(("/", "=")) else "It ends in neither / nor =."


def _no_key(key: str, archive: str) -> str:
    """Why the archive's key cannot be used, or ""; the key is not repeated."""
    if not KEY.fullmatch(key):
        return "is not two parts of letters and signs with a colon between them"
    if not archive:
        return "is set, NEWSDIFF_ARCHIVE_URL is not"
    is_local = urlsplit(archive).hostname in ("127.0.0.1", "localhost", "::1")
    return "" if archive.startswith("https://") or is_local else "would go over the wire in the clear"
