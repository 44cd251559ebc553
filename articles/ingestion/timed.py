"""Fetching, with how long it took counted by what was asked for."""

import time
from typing import Any

from articles import counting
from articles.core.http import Response
from articles.fetching import fetch


def fetch_timed(work: str, url: str, **how: Any) -> Response:
    """What `fetching.fetch` does; `work` is one of `counting.WORK`."""
    started, status = time.monotonic(), None
    try:
        response = fetch(url, **how)
        status = response.status
        return response
    finally:
        counting.fetched(work, status, time.monotonic() - started)
