"""The admin with an entrance of its own."""

from django.contrib.admin.apps import SimpleAdminConfig


class OperatorConfig(SimpleAdminConfig):
    """Django's admin, whose default site is ours.

    What stands in it is loaded with the pages (newsdiff/urls.py): workers and commands need none of that.
    """

    default_site = "newsdiff.operators.OperatorSite"
