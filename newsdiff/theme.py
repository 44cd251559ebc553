"""How the admin looks: settings of its theme, django-unfold.

Its colours are a style sheet of ours, static/css/admin.css, for the theme would write them into each page,
and no style stands inline here (newsdiff/middleware.py).
"""

from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse_lazy


def _stylesheet(request: HttpRequest) -> str:
    return static("css/admin.css")


def _adapter(request: HttpRequest) -> str:
    return static("admin/theme.js")


def _favicon(request: HttpRequest) -> str:
    return static("favicon.svg")


def _link(title: str, icon: str, model: str, permission: str = "view") -> dict[str, Any]:
    """A line of the side bar: the list of a model, for those who may look at it. `model` is "app.model"."""
    app, name = model.split(".")
    return {
        "title": title,
        "icon": icon,
        "link": reverse_lazy(f"admin:{app}_{name}_changelist"),
        "permission": lambda request: request.user.has_perm(f"{app}.{permission}_{name}"),
    }


UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "newsdiff",
    "SITE_HEADER": "newsdiff",
    "SITE_SYMBOL": "difference",
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": _favicon}],
    "STYLES": [_stylesheet],
    "SCRIPTS": [_adapter],
    "SIDEBAR": {
        "navigation": [
            {
                "title": "Curation",
                "items": [
                    {
                        "title": "Health",
                        "icon": "ecg_heart",
                        "link": reverse_lazy("admin:health"),
                        "permission": lambda request: request.user.has_perm("articles.view_source"),
                    },
                    _link("Sources", "newspaper", "articles.source"),
                    _link("Feeds", "rss_feed", "articles.feed"),
                    _link("Articles", "article", "articles.article"),
                    _link("Hidden", "visibility_off", "articles.hiding"),
                    _link("Boilerplate", "content_cut", "articles.boilerplate"),
                    _link("Who did what", "history", "auditlog.logentry"),
                ],
            },
            {
                "title": "Alerts",
                "items": [
                    _link("Channels", "campaign", "articles.channel"),
                    _link("Readers", "mail", "articles.follower"),
                    _link("Deliveries", "outbox", "articles.delivery"),
                ],
            },
            {
                "title": "What was seen",
                "collapsible": True,
                "items": [
                    _link("Changes", "difference", "articles.change"),
                    _link("Versions", "description", "articles.version"),
                    _link("Checks", "visibility", "articles.check"),
                    _link("Snapshots", "inventory_2", "articles.snapshot"),
                    _link("Web archive", "account_balance", "articles.webcopy"),
                ],
            },
            {
                "title": "How it runs",
                "collapsible": True,
                "items": [
                    _link("Hosts", "dns", "articles.host"),
                    _link("Gaps", "event_busy", "articles.gap"),
                    _link("Workers", "memory", "articles.worker"),
                    _link("Signs of life", "monitor_heart", "articles.heartbeat"),
                ],
            },
            {
                "title": "People",
                "collapsible": True,
                "items": [
                    _link("Users", "person", "auth.user"),
                    _link("Roles", "badge", "auth.group"),
                    _link("Failed logins", "gpp_maybe", "axes.accessattempt"),
                ],
            },
        ]
    },
}
