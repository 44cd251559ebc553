"""An evidence pack as a zip file: the same bytes from the same stored data, each time that it is made."""

import json
from base64 import b32encode
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation
from warcio.warcwriter import WARCWriter

from articles import presentation, wording
from articles.archives import writing
from articles.evidence import citing, stating, verify
from articles.evidence.stating import Pair
from articles.models import Version
from articles.public import named

CHECKER = Path(verify.__file__)
LEVEL = 6  # of deflate; another would give other bytes
UNIX = 3  # whose permissions a zip file's entries have
READABLE = 0o100644 << 16
ENTRY_TIME = (1980, 1, 1, 0, 0, 0)  # the earliest that a zip file can state


def etag(pair: Pair) -> str:
    """Names a pack by all that it is made of, without making it."""
    article, source = pair.article, pair.article.source
    about = (
        settings.VERSION,
        settings.BASE_URL,
        verify.FORMAT,
        article.pk,
        article.url,
        article.hiding_stamp,
    )
    called = (source.name, source.slug, source.url, source.language, article.language, article.direction)
    change = getattr(pair.new, "change", None)
    step = ("kinds", "weight", "added_words", "removed_words", "disclosed")
    recorded = change and [getattr(change, column) for column in step]
    versions = [(stating.stated_version(pair, one), one.paragraphs) for one in (pair.old, pair.new)]
    return named("evidence", about, called, pair.old.last_seen_at, recorded, versions)


def name(pair: Pair) -> str:
    """How the file is called."""
    return f"evidence-article-{pair.article.pk}-versions-{pair.old.number}-{pair.new.number}.zip"


def pack(pair: Pair) -> bytes:
    """The pack of two versions, of which nothing is hidden.

    Memory holds the texts, what is made of them, and one capture after the other.
    """
    with translation.override(settings.LANGUAGE_CODE):
        files = _files(pair)
    digests = {
        one: {"sha256": verify.sha256(files[one]), "size": len(files[one])}
        for one in verify.NAMES
        if one in files
    }
    files[verify.STATED] = _json(stating.evidence(pair, digests), indent=2)
    files[verify.SUMS] = verify.sums(files)
    out = BytesIO()
    with ZipFile(out, "w") as archive:
        for one in verify.NAMES:
            entry = ZipInfo(one, ENTRY_TIME)
            entry.create_system, entry.external_attr = UNIX, READABLE
            entry.compress_type = ZIP_STORED if one == verify.CAPTURES else ZIP_DEFLATED
            archive.writestr(entry, files[one], compresslevel=LEVEL)
    return out.getvalue()


def _files(pair: Pair) -> dict[str, bytes]:
    """All files but those that tell the digests of the others."""
    shown = _shown(pair)
    return {
        "README.txt": render_to_string("evidence/readme.txt", shown).encode(),
        verify.CAPTURES: _captures(pair),
        verify.TEXTS["old"]: _text(pair, pair.old),
        verify.TEXTS["new"]: _text(pair, pair.new),
        "diff.html": render_to_string("evidence/diff.html", shown).encode(),
        verify.DIFF: _json(stating.comparison(pair)),
        "citation.txt": citing.in_words(pair).encode(),
        "citation.bib": citing.bibtex(pair).encode(),
        "citation.json": citing.csl(pair).encode(),
        "verify.py": CHECKER.read_bytes(),
    }


def _captures(pair: Pair) -> bytes:
    """Both captures as WARC, without the file's own record: that would state when the file was made."""
    out = BytesIO()
    writer = WARCWriter(out, gzip=True, warc_version=writing.VERSION)
    snapshots = {version.snapshot_id: version.snapshot for version in (pair.old, pair.new)}
    for snapshot in snapshots.values():
        label = f"sha256:{b32encode(bytes.fromhex(snapshot.blob_id)).decode('ascii')}"
        writer.write_record(
            writing.response(writer, snapshot, snapshot.blob.body, label, stating.record_id(snapshot))
        )
    return out.getvalue()


def _text(pair: Pair, version: Version) -> bytes:
    body = [presentation.printable(text) for text in version.texts]
    return verify.text(stating.stated_version(pair, version), body).encode()


def _json(found: dict[str, Any], indent: int | None = None) -> bytes:
    separators = None if indent else (",", ":")
    written = json.dumps(found, ensure_ascii=False, indent=indent, separators=separators)
    return f"{written}\n".encode()


def _shown(pair: Pair) -> dict[str, Any]:
    """What the page of the comparison and README.txt are made of."""
    step, old, new = pair.step, pair.old, pair.new
    rows = presentation.show_rows(pair.difference, old, new)
    lines = {
        name: presentation.compare(getattr(old, name), getattr(new, name))
        for name in ("title", "standfirst", "byline")
    }
    words = step and (step.added_words, step.removed_words)
    return {
        "article": pair.article,
        "old": old,
        "new": new,
        "both": (old, new),
        "lines": lines,
        "blocks": presentation.fold(rows, None),
        "change_count": sum(row.change > 0 for row in rows),
        "choice": {"view": "side"},
        "totals": wording.totals(pair.difference.counts, words) if pair.difference.counts else "",
        "step": step,
        "kinds": presentation.show_kinds([(kind.name, kind.reason) for kind in step.kinds]) if step else (),
        "fell_after": pair.fell_after,
        "large": presentation.LARGE if pair.is_large else None,
        "permalink": pair.permalink,
        "installation": settings.BASE_URL,
        "software": f"newsdiff {settings.VERSION}",
        "file_name": name(pair),
    }
