"""A big newsdiff, made up: what a database holds that has followed many sources for half a year.

    tongues   texts in eight languages and five scripts
    reports   articles: what was read of each, when, and the pages that said so
    rows      the rows of these, as newsdiff itself would have written them
    planting  fills an empty database with them, in several processes

The same seed makes the same. `python -m tests.benchmarks.seed` is the command.
"""

import os

import django


def set_up() -> None:
    """Begins a process that is to write into the database of the environment."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "newsdiff.settings")
    django.setup()
