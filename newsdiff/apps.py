"""The admin with an entrance of its own."""

from django.apps import apps
from django.contrib import admin
from django.contrib.admin.apps import AdminConfig

# What libraries offer there and is of no use, or harm. A second factor made in the admin has a key that
# nobody was shown, and locks its owner out: `addtotp` makes and ends them. The logs of axes are not kept.
NOT_OFFERED = ("otp_totp.TOTPDevice", "otp_static.StaticDevice", "axes.AccessLog", "axes.AccessFailureLog")


class OperatorConfig(AdminConfig):
    """Django's admin, whose default site is ours."""

    default_site = "newsdiff.operators.OperatorSite"

    def ready(self) -> None:
        super().ready()
        for label in NOT_OFFERED:
            admin.site.unregister(apps.get_model(label))
