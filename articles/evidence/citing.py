"""The two versions to be quoted: in words, for BibTeX, and as CSL-JSON, which citation managers take.

Each is the page as it was when it was captured; so the day on which it was looked at is that of the capture.
"""

import json
import re
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.urls import reverse

from articles.evidence.stating import Pair
from articles.models import Version
from articles.presentation import printable

MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()
_SIGNS = {
    "\\": r"\textbackslash{}",
    "{": r"\textbraceleft{}",
    "}": r"\textbraceright{}",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
    **{sign: f"\\{sign}" for sign in "#$%&_"},
}
_NO_ADDRESS = re.compile(r"[\s\\{}]")


def in_words(pair: Pair) -> str:
    """Both versions and the change, to be pasted into a text."""
    before, after = (_sentence(pair, version) for version in (pair.old, pair.new))
    fell = f"by {_time(pair.new.first_seen_at)}"
    if pair.fell_after:
        fell = f"between {_time(pair.fell_after)} and {_time(pair.new.first_seen_at)}"
    return f"{before}\n\n{after}\n\nThe text was changed {fell}: {pair.permalink}\n"


def _sentence(pair: Pair, version: Version) -> str:
    by = f"{_line(version.byline)}: " if version.byline else ""
    published = f", published {_time(version.published_claim)}" if version.published_claim else ""
    title = _line(version.title) or "without a headline"
    return (
        f"{by}“{title}”, {_line(pair.article.source.name)}{published}. {pair.article.url} "
        f"Version {version.number}, captured {_time(version.snapshot.fetched_at)}; kept by newsdiff at "
        f"{_permalink(pair, version)}, SHA-256 of the capture {version.snapshot.blob_id}."
    )


def bibtex(pair: Pair) -> str:
    """Both versions as entries of BibTeX, which biblatex reads too."""
    return "\n".join(_entry(pair, version) for version in (pair.old, pair.new))


def _entry(pair: Pair, version: Version) -> str:
    captured = version.snapshot.fetched_at.astimezone(UTC)
    published = version.published_claim.astimezone(UTC) if version.published_claim else captured
    note = f"Version {version.number}, captured {_time(captured)}, SHA-256 {version.snapshot.blob_id}"
    fields = {
        "author": f"{{{_tex(version.byline)}}}" if version.byline else "",
        "title": f"{{{_tex(version.title)}}}",
        "howpublished": _tex(pair.article.source.name),
        "year": f"{published.year}",
        "month": MONTHS[published.month - 1],
        "url": _address(pair.article.url),
        "urldate": f"{captured:%Y-%m-%d}",
        "note": f"{note}, \\url{{{_address(_permalink(pair, version))}}}",
    }
    lines = [
        f"  {name} = {value}" if name == "month" else f"  {name} = {{{value}}}"
        for name, value in fields.items()
        if value
    ]
    return "\n".join([f"@misc{{{_name(pair, version)},", ",\n".join(lines), "}", ""])


def _tex(text: str) -> str:
    return "".join(_SIGNS.get(sign, sign) for sign in _line(text))


def _address(url: str) -> str:
    """An address without the signs that would end a field; they are none of an address (RFC 3986, 2)."""
    return _NO_ADDRESS.sub(lambda found: f"%{ord(found[0]):02X}", printable(url))


def csl(pair: Pair) -> str:
    """Both versions as CSL-JSON (citationstyles.org)."""
    items = [_item(pair, version) for version in (pair.old, pair.new)]
    return json.dumps(items, ensure_ascii=False, indent=2) + "\n"


def _item(pair: Pair, version: Version) -> dict[str, Any]:
    item: dict[str, Any] = {
        "id": _name(pair, version),
        "type": "article-newspaper",
        "title": _line(version.title),
        "container-title": _line(pair.article.source.name),
        "URL": pair.article.url,
        "accessed": _date(version.snapshot.fetched_at),
        "version": str(version.number),
        "archive": f"newsdiff, {settings.BASE_URL}",
        "archive_location": _permalink(pair, version),
        "note": f"Captured {_time(version.snapshot.fetched_at)}, SHA-256 {version.snapshot.blob_id}",
    }
    if version.byline:
        item["author"] = [{"literal": _line(version.byline)}]
    if version.published_claim:
        item["issued"] = _date(version.published_claim)
    if language := version.language or pair.article.language or pair.article.source.language:
        item["language"] = printable(language)
    return item


def _date(at: datetime) -> dict[str, list[list[int]]]:
    at = at.astimezone(UTC)
    return {"date-parts": [[at.year, at.month, at.day]]}


def _time(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def _line(text: str) -> str:
    return " ".join(printable(text).split())


def _name(pair: Pair, version: Version) -> str:
    return f"newsdiff-{pair.article.pk}-v{version.number}"


def _permalink(pair: Pair, version: Version) -> str:
    return settings.BASE_URL + reverse("version", args=[pair.article.pk, version.number])
