#!/usr/bin/env python3
"""Runs newsdiff's commands: python manage.py help."""

import gc
import os
import sys


def main() -> None:
    gc.disable()  # until all is loaded, none of which is garbage (articles/apps.py)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "newsdiff.settings")
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line

    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:  # a setting that cannot be used: one sentence, no traceback
        sys.exit(f"newsdiff cannot start: {error}")


if __name__ == "__main__":
    main()
