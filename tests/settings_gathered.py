"""The settings of server mode, with our own static files gathered in the data folder.

Not in the checkout, which may be in use; and not those of the admin and the API's docs as well, which
take half a minute to compress.
"""

from newsdiff.settings import *  # noqa: F403
from newsdiff.settings import DATA_DIR

STATIC_ROOT = DATA_DIR / "static"
STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder"]
