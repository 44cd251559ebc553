"""What is asked of the web archive, by the one client that judges each address.

No redirect is followed: one that leads to the copy is itself the answer, and the key goes to nobody else.
"""

from collections.abc import Container
from urllib.parse import urlencode

from django.conf import settings

from articles import claiming
from articles.core import webarchive
from articles.core.webarchive import Answer, Said
from articles.fetching import FetchError, fetch, send

# The plain way of asking is answered when the page has been kept: the archive gives itself two minutes.
DEADLINE = 150.0  # seconds
SHORT_DEADLINE = 30.0  # seconds; of what is answered at once
JSON = "application/json"
FORM = "application/x-www-form-urlencoded"


def ask(page: str, pages: Container[str]) -> Answer:
    """Asks the archive to keep a page; `pages` is what spellings of its address share (`urls.key`)."""
    archive = settings.NEWSDIFF_ARCHIVE_URL
    try:
        if not settings.NEWSDIFF_ARCHIVE_KEY:
            response = fetch(webarchive.plain_url(archive, page), deadline=DEADLINE)
            return webarchive.of_plain(response, archive, pages, claiming.now())
        # in seconds: otherwise one from before this version might do
        form = urlencode({"url": page, "if_not_archived_within": "1", "skip_first_archive": "1"}).encode()
        response = send(archive, form, FORM, _key(), accept=JSON, deadline=SHORT_DEADLINE)
        return webarchive.of_request(response, claiming.now())
    except FetchError as failure:
        return Answer(Said.LATER, failure.reason, is_down=True)


def ask_after(job: str, pages: Container[str]) -> Answer:
    """Asks how a job goes that the archive has begun."""
    archive = settings.NEWSDIFF_ARCHIVE_URL
    address = webarchive.status_url(archive, job)
    try:
        response = fetch(address, accept=JSON, fields=_key(), max_bytes=1_000_000, deadline=SHORT_DEADLINE)
    except FetchError as failure:
        return Answer(Said.LATER, failure.reason, is_down=True)
    return webarchive.of_status(response, archive, pages, claiming.now())


def _key() -> dict[str, str]:
    return {"Authorization": f"LOW {settings.NEWSDIFF_ARCHIVE_KEY}"}
