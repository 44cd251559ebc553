"""The admin with an entrance of its own."""

from django.contrib.admin.apps import AdminConfig


class OperatorConfig(AdminConfig):
    """Django's admin, whose default site is ours."""

    default_site = "newsdiff.operators.OperatorSite"
