"""What an evidence pack states: two versions of an article, their captures, and what changed between them.

All of it is read from what is stored, and nothing from the clock: as long as that stays the same, so does
every byte that is made of it. So when the newer version was last seen is left out, which each look moves on.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from django.conf import settings
from django.urls import reverse

from articles import presentation
from articles.archives.writing import warc_date
from articles.core import diffing, kinds
from articles.core.types import Classification, Diff, Kind
from articles.evidence.verify import FORMAT
from articles.models import Article, Snapshot, Version

CLAIMED = ("title", "standfirst", "byline", "language")  # of a version: what the page says, in its words
# How the digests in evidence.json are made, for who has nothing but the pack.
HOW_DIGESTS_ARE_MADE = {
    "capture.sha256": "SHA-256 of the body of the answer as it came, its content coding undone. It is also "
    "the WARC-Payload-Digest of the record, there in Base32.",
    "digest": "What newsdiff tells versions apart by: the number of the rules by which it is made, a colon, "
    "and the SHA-256 of the words of headline, text with standfirst, and byline, without what is only "
    "typography and without short lines that a page writes anew at every look.",
    "files": "SHA-256 and size in bytes of each other file of this pack, but for SHA256SUMS, which has the "
    "digest of this file too.",
}


@dataclass(frozen=True)
class Pair:
    """Two versions of an article, the older first, as readers may see them, with their captures and texts."""

    article: Article
    old: Version
    new: Version

    @property
    def is_one_step(self) -> bool:
        """Whether the one follows the other."""
        return self.new.number == self.old.number + 1

    @property
    def is_large(self) -> bool:
        """Whether the texts are too large to be compared word by word."""
        return max(self.old.word_count, self.new.word_count) > presentation.LARGE

    @property
    def permalink(self) -> str:
        """The page of this comparison."""
        path = reverse("diff", args=[self.article.pk, self.old.number, self.new.number])
        return f"{settings.BASE_URL}{path}"

    @property
    def fell_after(self) -> datetime | None:
        """When the older text was seen last before the change."""
        return self.new.previous_seen_at if self.is_one_step else self.old.last_seen_at

    @cached_property
    def difference(self) -> Diff:
        """What differs, as the page of the comparison has it."""
        compared = presentation.whole_paragraphs if self.is_large else diffing.diff
        return compared(self.old.texts, self.new.texts)

    @cached_property
    def step(self) -> Classification | None:
        """What it amounts to; None where that is not known: of large texts only what was recorded is."""
        if not self.is_large:
            return kinds.classify(self.old.extract, self.new.extract, self.difference)
        change = getattr(self.new, "change", None) if self.is_one_step else None
        return change and Classification(
            kinds=tuple(Kind(name, reason) for name, reason in change.kinds),
            weight=change.weight,
            added_words=change.added_words,
            removed_words=change.removed_words,
            disclosed=change.disclosed,
        )


def evidence(pair: Pair, files: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """What evidence.json holds; `files` are the digests and sizes of the others."""
    article, source = pair.article, pair.article.source
    return {
        "format": FORMAT,
        "software": f"newsdiff/{settings.VERSION}",
        "installation": settings.BASE_URL,
        "permalink": pair.permalink,
        "source": _printable({"name": source.name, "slug": source.slug, "url": source.url}),
        "article": _printable(
            {
                "id": article.pk,
                "url": article.url,
                "language": article.language or source.language,
                "direction": article.direction,
            }
        ),
        "old": stated_version(pair, pair.old) | {"last_seen_at": warc_date(pair.old.last_seen_at)},
        "new": stated_version(pair, pair.new),
        "change": _change(pair),
        "how_digests_are_made": HOW_DIGESTS_ARE_MADE,
        "files": files,
    }


def stated_version(pair: Pair, version: Version) -> dict[str, Any]:
    """What is recorded of one of the versions, its text left out."""
    path = reverse("version", args=[pair.article.pk, version.number])
    return {
        "number": version.number,
        "permalink": f"{settings.BASE_URL}{path}",
        **_printable({name: getattr(version, name) for name in CLAIMED}),
        "word_count": version.word_count,
        "published_claim": _moment(version.published_claim),
        "modified_claim": _moment(version.modified_claim),
        "first_seen_at": warc_date(version.first_seen_at),
        "previous_seen_at": _moment(version.previous_seen_at),
        "same_as": version.same_as,
        "digest": version.digest,
        "extractor": version.extractor,
        "is_carried_over": version.is_carried_over,
        "is_kept_as_read": version.is_kept_as_read,
        "capture": _capture(version.snapshot),
    }


def _capture(snapshot: Snapshot) -> dict[str, Any]:
    return {
        "record_id": record_id(snapshot),
        "fetched_at": warc_date(snapshot.fetched_at),
        "url": snapshot.url,
        "status": snapshot.status,
        "headers": snapshot.headers,
        "sha256": snapshot.blob_id,
        "size": snapshot.blob.size,
    }


def record_id(snapshot: Snapshot) -> str:
    """The WARC-Record-ID of a capture: always the same, made of when, where and what (RFC 9562, 5.5)."""
    made_of = f"{snapshot.url} {warc_date(snapshot.fetched_at)} {snapshot.blob_id}"
    return f"<urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, made_of)}>"


def _change(pair: Pair) -> dict[str, Any]:
    step = pair.step
    numbers = range(pair.old.number + 1, pair.new.number)
    return {
        "after": _moment(pair.fell_after),
        "before": warc_date(pair.new.first_seen_at),
        "versions_between": [number for number in numbers if number in pair.article.numbers],
        "kinds": _kinds(step),
        "weight": step and step.weight,
        "added_words": step and step.added_words,
        "removed_words": step and step.removed_words,
        "is_disclosed": step and step.disclosed,
        "passages": pair.difference.counts,
        "is_compared_by_whole_paragraphs": pair.is_large,
    }


def comparison(pair: Pair) -> dict[str, Any]:
    """What diff.json holds: the comparison as the API gives it (docs/api.md)."""
    step = pair.step
    return {
        "old": pair.old.number,
        "new": pair.new.number,
        "kinds": _kinds(step),
        "weight": step and step.weight,
        "added_words": step and step.added_words,
        "removed_words": step and step.removed_words,
        "headline": _segments(diffing.diff_text(pair.old.title, pair.new.title)),
        "rows": [
            {"state": row.state, "old": row.old, "new": row.new, "segments": _segments(row.segments)}
            for row in pair.difference.rows
        ],
    }


def _kinds(step: Classification | None) -> list[dict[str, str]]:
    return [_printable({"name": kind.name, "reason": kind.reason}) for kind in step.kinds] if step else []


def _segments(segments: Sequence[tuple[str, str]]) -> list[list[str]]:
    return [[op, presentation.printable(text)] for op, text in segments]


def _printable(values: dict[str, Any]) -> dict[str, Any]:
    """The values, texts among them fit for UTF-8."""
    return {
        name: presentation.printable(value) if isinstance(value, str) else value
        for name, value in values.items()
    }


def _moment(at: datetime | None) -> str | None:
    return None if at is None else warc_date(at)
