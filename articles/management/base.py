from django.core.management.base import BaseCommand

from articles.checks import SETTINGS


class DataCommand(BaseCommand):
    """A command that works on the data: it has the settings checked when it starts, and nothing else.

    To check the pages and the admin they would have to be loaded, for longer than most commands take.
    """

    requires_system_checks = [SETTINGS]
