"""What the tests of pages, feeds, API and admin share: the cast, in a database, long after its last change."""

import pytest
from django.core.cache import cache, caches

from tests import cast as casting


@pytest.fixture
def cast(db: None) -> casting.Cast:
    """One source with a stable, a corrected, a rewritten, a right-to-left and a hidden article."""
    cache.clear()
    caches["entries"].clear()
    return casting.make_cast()
