"""An upgrade of our extractor must not look like an edit of the publisher's.

Before a page is compared with a version that an earlier extractor read, that version's snapshot is
read again with today's, and the version takes on what it says now. So both sides of a comparison
are always one extractor's, and what our own change altered never becomes a Change.
"""

import logging

from django.db import transaction
from django.utils import timezone

from articles import claiming
from articles.core import fingerprint
from articles.core.extraction import EXTRACTOR, ExtractionError
from articles.core.http import Response
from articles.core.types import Extract
from articles.models import Article, Snapshot, Version
from articles.reading import read

log = logging.getLogger(__name__)


def reread_newest(article: Article) -> None:
    """Brings the newest version of a claimed article to today's extractor, if it is not there yet.

    Where the snapshot cannot be read any more the version stays as it is, and says so in the log.
    """
    version = article.versions.select_related("snapshot").order_by("-number").first()
    if version is None or version.extractor == EXTRACTOR:
        return
    try:
        claiming.renew(article, timezone.now())
        extract = _read(version.snapshot)
    except ExtractionError as error:
        log.warning("rebaseline article=%s version=%s error=%s", article.pk, version.number, error)
        return
    if _store(article, version, extract):
        log.info("rebaseline article=%s version=%s extractor=%s", article.pk, version.number, EXTRACTOR)


def _read(snapshot: Snapshot) -> Extract:
    headers = tuple((name, value) for name, value in snapshot.headers)
    kept = Response(snapshot.url, snapshot.status, headers, snapshot.blob.body)
    return read(kept.body, kept.url, kept.charset)


def _store(article: Article, version: Version, extract: Extract) -> bool:
    """Writes the version's new reading while the article is still ours to write."""
    with transaction.atomic():
        if not claiming.still_ours(article):
            return False
        values = version_values(extract)
        Version.objects.filter(pk=version.pk).update(**values)
        # A text held back was held back by the old reading: its second look begins anew.
        article.text_digest, article.pending_digest = fingerprint.text_digest(extract), ""
        article.title = extract.title or article.title
        Article.objects.filter(pk=article.pk).update(
            text_digest=article.text_digest, title=article.title, pending_digest="", pending_looks=0
        )
    return True


def version_values(extract: Extract) -> dict[str, object]:
    """A version's columns as today's extractor reads them."""
    return {
        "digest": fingerprint.digest(extract),
        "title": extract.title,
        "standfirst": extract.standfirst,
        "byline": extract.byline,
        "published_claim": extract.published,
        "modified_claim": extract.modified,
        "paragraphs": [[p.kind.value, p.text] for p in extract.paragraphs],
        "word_count": fingerprint.word_count([extract.title, extract.standfirst, *extract.texts]),
        "extractor": EXTRACTOR,
    }
