"""What newsdiff can find out about an evidence pack beyond its digests: whether the captures, read again
today, give its texts, and whether the records of this installation agree with it.

That a text comes out otherwise is no proof of anything: extractors are mended, and a source's rules and what
was learnt of its pages leave things out. So what differs is told with every reason that there may be; it is
wrong only where there is none.
"""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

from articles.core import fingerprint, steady, urls
from articles.core.extraction import ExtractionError, reading
from articles.core.http import Response
from articles.core.types import NO_RULES, Extract, Paragraph, ParagraphKind, Rules
from articles.evidence.verify import SIDES, Broken, Report, part, plain
from articles.ingestion.rules import rules_of
from articles.ingestion.slots import slots_of
from articles.models import Article, ArticleURL, Snapshot
from articles.reading import read

NAMED = 3  # passages quoted of those that are not found
MOST_LOOKED_THROUGH = 10_000_000_000  # characters, for all passages together: some seconds
LOCAL = ("127.0.0.1", "localhost", "::1")  # what many installations call themselves


def examine(report: Report, article: Article | None) -> None:
    """Adds to a report what reading the captures again gives.

    article  what this installation keeps under the address, as `followed` finds it
    """
    rules = rules_of(article.source) if article else NO_RULES
    for side in SIDES:
        if side not in report.captures or side not in report.texts:
            continue
        try:
            _read_again(report, side, article, rules)
            if article:
                _compare_records(report, side, article)
        except Broken as error:
            report.wrong.append(f"{error}.")


def followed(report: Report) -> Article | None:
    """The article of a pack, if it is followed here."""
    address = report.stated.get("article")
    url = address.get("url") if isinstance(address, dict) else None
    if not isinstance(url, str):
        return None
    try:
        key = urls.key(url)
    except urls.BadURL:
        return None
    found = ArticleURL.objects.filter(key=key).select_related("article__source").first()
    return found.article if found else None


# --- the texts -------------------------------------------------------------------------------------------
def _read_again(report: Report, side: str, article: Article | None, rules: Rules) -> None:
    version = part(report.stated, side, kind=dict)
    called = f"version {part(version, 'number', kind=int)}"
    text = _text(version, report.texts[side])
    _compare_digest(report, called, version, text)
    try:
        found = _capture_read(version, report.captures[side], rules)
    except ExtractionError as error:
        report.notes.append(f"Today's extractor reads no article in the capture of {called}: {error}.")
        return
    if article:
        found = steady.stripped(found, text, slots_of(article.slots))
    if fingerprint.text_digest(found) == fingerprint.text_digest(text):
        report.right.append(f"The capture of {called}, read again, gives its text to the letter.")
    elif fingerprint.digest(found) == fingerprint.digest(text):
        report.right.append(f"The capture of {called}, read again, gives the words of its text.")
    else:
        reasons, said = list(_reasons(version, rules)), _said(found)
        if len(_lines(text)) * len(said) > MOST_LOOKED_THROUGH:
            because = f" That may be, for {'; '.join(reasons)}." if reasons else ""
            report.notes.append(
                f"The capture of {called}, read again, gives another text. It was not looked for its "
                f"passages: that would take too long.{because}"
            )
            return
        _tell_difference(report, called, reasons, list(_not_in(said, text)))


def _text(version: dict[str, Any], paragraphs: list[str]) -> Extract:
    """A version's text as the core's value; of what kind its paragraphs are makes no difference here."""
    title, standfirst, byline = (part(version, name, kind=str) for name in ("title", "standfirst", "byline"))
    kind = ParagraphKind.PARAGRAPH
    return Extract(title, tuple(Paragraph(kind, one) for one in paragraphs), standfirst, byline)


def _compare_digest(report: Report, called: str, version: dict[str, Any], text: Extract) -> None:
    stated, found = part(version, "digest", kind=str), fingerprint.digest(text)
    if stated == found:
        report.right.append(f"The text of {called} has the digest that is stated: {found}.")
    elif stated.partition(":")[0] != found.partition(":")[0]:
        report.notes.append(f"The digest of the text of {called} was made by other rules than today's.")
    else:
        report.wrong.append(f"The text of {called} has not the digest that is stated of it.")


def _capture_read(version: dict[str, Any], body: bytes, rules: Rules) -> Extract:
    url, status = (
        part(version, "capture", *one, kind=kind) for one, kind in ((("url",), str), (("status",), int))
    )
    headers = tuple((name, value) for name, value in part(version, "capture", "headers", kind=list))
    kept = Response(url, status, headers, body)
    found = read(kept.body, kept.url, kept.charset, rules)
    if found is None:
        raise ExtractionError("the page was not read")  # read without a known skeleton, it always is
    return found


def _reasons(version: dict[str, Any], rules: Rules) -> Iterator[str]:
    """Why a capture may rightly give another text now than is stated of it."""
    by = part(version, "extractor", kind=str)
    if by != reading(rules):
        yield f"it was read by {plain(by)}, and now by {reading(rules)}"
    if version.get("is_carried_over"):
        yield "it is as a later template of the site shows it"
    if version.get("is_kept_as_read"):
        yield "it was kept as an earlier program had read it"


def _lines(text: Extract) -> tuple[str, ...]:
    return text.title, text.standfirst, text.byline, *text.texts


def _said(text: Extract) -> str:
    """All words of a text, with a blank on either side of each."""
    return f" {' '.join(map(fingerprint.words, _lines(text)))} "


def _not_in(said: str, text: Extract) -> Iterator[str]:
    """The lines of a text that a reading of its capture does not have, however it is parted into lines.

    said  the words of that reading
    """
    for line in _lines(text):
        words = fingerprint.words(line)
        if words and f" {words} " not in said:
            yield line


def _tell_difference(report: Report, called: str, reasons: list[str], missing: list[str]) -> None:
    because = "; ".join(reasons)
    if not missing:
        why = because or "what a page writes anew at every look is left out of texts"
        all_there = "all of its text, and more or in another order"
        report.notes.append(
            f"The capture of {called}, read again, gives {all_there}. That may be, for {why}."
        )
        return
    quoted = ", ".join(f"“{plain(line)}”" for line in missing[:NAMED])
    count = f"{len(missing):,} of its passages: {quoted}{' …' if len(missing) > NAMED else ''}"
    lacks = f"The capture of {called}, read again, does not give {count}"
    if reasons:
        report.notes.append(f"{lacks}. That may be, for {because}. Look for them in the capture.")
    else:
        report.wrong.append(f"{lacks}, although it is read by what is stated to have read it.")


# --- what is recorded here -------------------------------------------------------------------------------
def _compare_records(report: Report, side: str, article: Article) -> None:
    version = part(report.stated, side, kind=dict)
    called = f"version {part(version, 'number', kind=int)}"
    digest, at = (part(version, "capture", name, kind=str) for name in ("sha256", "fetched_at"))
    kept = Snapshot.objects.filter(article__in=article.family, blob=digest).prefetch_related("versions")
    same = [one for one in kept if f"{one.fetched_at:%Y-%m-%dT%H:%M:%S.%fZ}" == at]
    if not same:
        words = f"This installation keeps no capture of that moment with the digest of {called}"
        if _is_named(part(report.stated, "installation", kind=str)):
            report.wrong.append(f"{words}, though the pack is said to be of it.")
        else:
            report.notes.append(f"{words}: it may have looked at other moments.")
        return
    report.right.append(f"This installation keeps the very capture of {called}.")
    for stored in (one for snapshot in same for one in snapshot.versions.all()):
        if stored.digest == version.get("digest"):
            report.right.append(f"It keeps {called} with the same digest, as version {stored.number}.")
        elif stored.extractor != version.get("extractor"):
            report.notes.append(f"It has read {called} again since the pack was made, by {stored.extractor}.")
        else:
            report.wrong.append(f"It keeps another text of {called} than the pack, read by the same program.")


def _is_named(installation: str) -> bool:
    """Whether a pack is said to be of this very installation: many know themselves by the same local name."""
    return installation == settings.BASE_URL and urlsplit(settings.BASE_URL).hostname not in LOCAL
