"""The operator's entrance: a password, and a code where an operator has set one up.

Who guesses is held off three ways: after five wrong passwords for a name from an address that name is
locked for that address (django-axes); an address has a few tries a minute for all names together
(articles/limits.py); a code is refused for longer and longer after wrong ones (django-otp).
"""

from typing import Any

from axes.helpers import get_cool_off
from django import forms
from django.apps import apps
from django.contrib import admin
from django.contrib.admin.sites import AdminSite
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django_otp import user_has_device
from django_otp.models import Device
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice
from unfold.forms import AuthenticationForm
from unfold.sites import UnfoldAdminSite
from unfold.widgets import UnfoldAdminTextInputWidget

from articles import limits

# What libraries offer in the admin and is of no use, or harm. A second factor made there has a key that
# nobody was shown, and locks its owner out: `addtotp` makes and ends them. The logs of axes are not kept.
NOT_OFFERED = ("otp_totp.TOTPDevice", "otp_static.StaticDevice", "axes.AccessLog", "axes.AccessFailureLog")


class OperatorForm(AuthenticationForm):
    """Name and password; and the code of those who have a device that makes codes."""

    code = forms.CharField(
        required=False,
        max_length=20,
        label="Code",
        help_text="Only if you have set up a second factor: from your device, or a recovery code.",
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "one-time-code", "spellcheck": "false"}),
    )

    def clean(self) -> dict[str, Any]:
        super().clean()
        user = self.get_user()
        if user is not None and user_has_device(user):
            code = "".join(self.cleaned_data.get("code", "").split())
            if not code:
                raise forms.ValidationError("This account has a second factor: type its code too.")
            device = verified(user, code)
            if device is None:
                raise forms.ValidationError(
                    "This code is wrong, was used before, or comes too soon after wrong ones. Wait for the "
                    "next one your device shows, and type that."
                )
            user.otp_device = device  # which django-otp takes over into the session
        return self.cleaned_data


def verified(user: AbstractBaseUser, code: str) -> Device | None:
    """The user's device that this code is of, used up by it; None where there is none.

    Digits are of a device that makes codes, all else is a recovery code, so that a wrong one of one kind does
    not count against the other. Under a lock, for a code must not be used twice at the same moment.
    """
    model = TOTPDevice if code.isdigit() else StaticDevice
    with transaction.atomic():
        for device in model.objects.devices_for_user(user, confirmed=True).select_for_update():
            allowed, _ = device.verify_is_allowed()
            if allowed and device.verify_token(code.lower()):
                return device
    return None


class OperatorSite(UnfoldAdminSite):
    """Django's admin site in its theme, behind this entrance."""

    login_form = OperatorForm
    login_template = "admin/operator_login.html"

    def extra_urls(self) -> list[URLPattern]:
        """Pages that are of no one model, before those of the models (a hook of the theme's)."""
        from articles.admin import health
        from articles.syndication.health import events

        return [*health.urlpatterns(self), path("health/feed.atom", events, name="health_feed")]

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """How the sources do, for those who may see them: that is what one comes to look at first."""
        from articles.admin import health

        if request.user.has_perm("articles.view_source"):
            return health.page(request)
        return super().index(request, extra_context)

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        """Without the theme's colours, which it would write into the page (newsdiff/theme.py)."""
        return super().each_context(request) | {"colors": {}}

    def has_permission(self, request: HttpRequest) -> bool:
        """Staff; with a second factor only if this very session gave its code."""
        if not super().has_permission(request):
            return False
        return request.user.is_verified() or not user_has_device(request.user)

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        if request.method == "POST" and (seconds := limits.wait(request, "login")):
            return refused(request, seconds)
        return super().login(request, extra_context)


def opened_admin() -> AdminSite:
    """The admin, with all that stands in it."""
    admin.autodiscover()
    for label in NOT_OFFERED:
        if admin.site.is_registered(model := apps.get_model(label)):  # not so where this is tried again
            admin.site.unregister(model)
    return admin.site


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """403 in words (handler403). In the admin they say whose role would do, for whoever is logged in."""
    if not (request.path.startswith(reverse("admin:index")) and admin.site.has_permission(request)):
        return render(request, "403.html", status=403)
    from articles import roles

    context = {
        **admin.site.each_context(request),
        "title": "This cannot be done here" if request.user.is_superuser else "This needs another role",
        "roles": [roles.in_words(group) for group in request.user.groups.order_by("name")],
    }
    answer = render(request, "admin/forbidden.html", context, status=403)
    answer["Cache-Control"] = "no-store"
    return answer


def locked(request: HttpRequest, response: HttpResponse | None, credentials: Any) -> HttpResponse:
    """What django-axes answers in place of the login's own response (AXES_LOCKOUT_CALLABLE)."""
    return refused(request, int(get_cool_off(request).total_seconds()))


def refused(request: HttpRequest, seconds: int) -> HttpResponse:
    """429 in words. The same whether the name exists or not."""
    minutes = max(1, round(seconds / 60))
    answer = render(request, "admin/locked.html", {"minutes": minutes}, status=429)
    answer["Retry-After"] = str(seconds)
    answer["Cache-Control"] = "no-store"
    return answer
