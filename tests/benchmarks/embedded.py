"""An embedded database for the benches, in a folder that goes when they end."""

import atexit
import ipaddress
import os
import shutil
import tempfile
from functools import cache
from pathlib import Path


def own_database() -> Path:
    """Django on an empty SQLite database, free to crawl this machine's own sites; returns its data folder."""
    folder = _set_up()
    from django.core.management import call_command

    call_command("flush", interactive=False, verbosity=0)
    return folder


@cache
def _set_up() -> Path:
    """Once in a process: Django keeps the database that it was given first."""
    folder = Path(tempfile.mkdtemp(prefix="newsdiff-bench-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    os.environ |= {
        "NEWSDIFF_DATA_DIR": str(folder),
        "LOG_LEVEL": "ERROR",
        "DJANGO_SETTINGS_MODULE": "newsdiff.settings",
    }
    for name in ("DATABASE_URL", "REDIS_URL"):
        os.environ.pop(name, None)
    import django

    django.setup()
    from django.conf import settings
    from django.core.management import call_command

    settings.NEWSDIFF_ALLOW_PRIVATE = [ipaddress.ip_network("127.0.0.0/8")]
    settings.NEWSDIFF_HOST_DELAY = 0.0
    call_command("migrate", verbosity=0)
    return folder
