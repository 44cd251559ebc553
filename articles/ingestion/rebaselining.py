"""A change of our own reading must not look like an edit of the publisher's.

Each version is stored with what it was read by: the extractor, the way texts are told apart, the rules
of its source (`core.extraction.reading`). Before a page is compared with versions that something else
read, their snapshots are read again by today's, and the versions take on what they say now; so do the
changes between them. Both sides of a comparison are always one reading's, and what we altered ourselves
never becomes a Change.
"""

from functools import cache
from itertools import pairwise

from django.db import transaction

from articles import claiming, logs, tallying
from articles.core import diffing, fingerprint, kinds, steady
from articles.core.extraction import ExtractionError, leave_out, reading
from articles.core.http import Response
from articles.core.types import Classification, Extract, Rules
from articles.finding import indexing
from articles.ingestion.rules import rules_of
from articles.ingestion.slots import slots_of
from articles.models import Article, Snapshot, Version, packed_text
from articles.reading import read

log = logs.Log(__name__)
_NAMES = frozenset(("extractor", "is_kept_as_read"))  # columns that say how, not what


def bring_up_to_date(article: Article, rules: Rules) -> int:
    """Reads a claimed article's versions again where something other than today's reading made them.

    Returns how many took on another text or digest. A version whose snapshot cannot be read any more
    stays as it is, and so does one that today's reading could not tell from a neighbour: versions keep their
    numbers. That is said on the version (`is_kept_as_read`); looks are compared with what today's reading
    finds in it (`newest_as_read`).
    """
    name = reading(rules)
    if not article.versions.exclude(extractor=name).exists():
        return 0
    versions = list(article.versions.with_text().select_related("snapshot__blob").order_by("number"))
    texts: dict[int, Extract] = {}
    for version in versions:
        if version.extractor == name and not version.is_kept_as_read:
            continue
        try:
            texts[version.number] = _again(article, version, rules)
        except ExtractionError as error:
            log.warning("rebaseline_failed", article=article.pk, version=version.number, error=error)
    return _store(article, versions, texts, name)


def reread(pk: int) -> int | None:
    """Reads one article's captures again under a lease of its own: how many versions took on another text.

    None where it is being looked at: then that look, or the next, does the same.
    """
    article = claiming.hold(pk, claiming.now())
    if article is None:
        return None
    try:
        with claiming.kept(Article, article.pk, article.lease_token):
            return bring_up_to_date(article, rules_of(article.source))
    finally:
        claiming.finish(article)


def newest_as_read(article: Article, rules: Rules) -> Extract | None:
    """The newest version's text by today's reading, which the version itself may not have taken on."""
    newest = article.versions.with_text().order_by("-number").first() if article.version_count else None
    if newest is None:
        return None
    return _again(article, newest, rules) if newest.is_kept_as_read else newest.extract


def read_snapshot(snapshot: Snapshot, rules: Rules) -> Extract:
    """What today's reading finds in a page that was kept. Raises ExtractionError."""
    headers = tuple((name, value) for name, value in snapshot.headers)
    kept = Response(snapshot.url, snapshot.status, headers, snapshot.blob.body)
    found = read(kept.body, kept.url, kept.charset, rules)
    if found is None:
        raise ExtractionError("the page was not read")  # read without a known skeleton, it always is
    return found


def classify(old: Extract, new: Extract) -> Classification:
    """What the step from one text to another amounts to."""
    return kinds.classify(old, new, diffing.diff(old.texts, new.texts))


def version_values(extract: Extract, name: str) -> dict[str, object]:
    """A version's columns for a text, but for its paragraphs; `name` says what it was read by."""
    return {
        "digest": fingerprint.digest(extract),
        "title": extract.title,
        "standfirst": extract.standfirst,
        "byline": extract.byline,
        "published_claim": extract.published,
        "modified_claim": extract.modified,
        "word_count": fingerprint.word_count([extract.title, extract.standfirst, *extract.texts]),
        "extractor": name,
    }


def paragraphs_of(extract: Extract) -> list[list[str]]:
    """Kind and text of each paragraph, as a version keeps them."""
    return [[paragraph.kind.value, paragraph.text] for paragraph in extract.paragraphs]


def change_values(classified: Classification) -> dict[str, object]:
    """A change's columns for the step it stands for."""
    return {
        "kinds": [[kind.name, kind.reason] for kind in classified.kinds],
        "weight": classified.weight,
        "added_words": classified.added_words,
        "removed_words": classified.removed_words,
        "disclosed": classified.disclosed,
        "excerpt": [list(segment) for segment in classified.excerpt],
    }


def refresh_changes(article: Article, numbers: set[int]) -> None:
    """Describes anew the steps to and from the versions of these numbers, whose texts were replaced."""
    around = {number for one in numbers for number in (one - 1, one, one + 1)}
    texts = {v.number: v.extract for v in article.versions.with_text().filter(number__in=around)}
    described = []
    for change in article.changes.filter(new__number__in=around).select_related("old", "new"):
        if {change.old.number, change.new.number} & numbers:
            step = classify(texts[change.old.number], texts[change.new.number])
            for column, value in change_values(step).items():
                setattr(change, column, value)
            change.save()
            described.append(change.seen_at)
    tallying.note(article.source_id, described)


def as_version(article: Article, version: Version, rules: Rules, extract: Extract) -> Extract:
    """What the version takes on of its snapshot's extract: without what its page writes anew at every look.

    A text carried over to a later template is not what its snapshot shows: there the rules are applied to
    the text itself.
    """
    if version.is_carried_over:
        return leave_out(version.extract, rules)
    return steady.stripped(extract, version.extract, slots_of(article.slots))


def _again(article: Article, version: Version, rules: Rules) -> Extract:
    """A version's snapshot read again, if its text is what that shows."""
    extract = version.extract if version.is_carried_over else read_snapshot(version.snapshot, rules)
    return as_version(article, version, rules, extract)


def _store(article: Article, versions: list[Version], texts: dict[int, Extract], name: str) -> int:
    """Writes the new readings while the article is still ours to write."""
    with transaction.atomic():
        if not claiming.still_ours(article):
            return 0
        told_apart = _told_apart(versions, texts)
        altered: set[int] = set()
        digest_before = ""
        for version in versions:
            kept = version.number not in told_apart
            text = version.extract if kept else texts[version.number]
            values = version_values(text, name) | {"is_kept_as_read": kept and version.number in texts}
            if values["digest"] == digest_before:
                values["digest"] = version.digest  # by other rules: only these told the two apart
            digest_before = values["digest"]
            if any(getattr(version, column) != values[column] for column in values.keys() - _NAMES):
                altered.add(version.number)
            if paragraphs_of(text) != version.paragraphs:
                altered.add(version.number)
                values |= packed_text(article.pk, paragraphs_of(text))
            Version.objects.filter(pk=version.pk).update(**values)
        article.text_bases.filter(versions=None).delete()
        refresh_changes(article, altered)
        if altered:
            indexing.refresh(article.pk)
        newest = article.versions.with_text().order_by("-number").first()
        if newest and newest.number in altered:
            # A text held back was held back by the old reading: its second look begins anew.
            article.text_digest, article.pending_digest = fingerprint.text_digest(newest.extract), ""
            article.title = newest.title or article.title
            Article.objects.filter(pk=article.pk).update(
                text_digest=article.text_digest, title=article.title, pending_digest="", pending_looks=0
            )
    log.info("rebaseline", article=article.pk, versions=len(versions), altered=len(altered))
    return len(altered)


def _told_apart(versions: list[Version], texts: dict[int, Extract]) -> set[int]:
    """The numbers of those versions that can take on their new texts with no two in a row saying the same.

    Where two neighbours would, the later stays as it was read; where it says so even then, the earlier does.
    """
    taken = set(texts)

    @cache  # the rows of the article are locked meanwhile
    def digest(version: Version, is_read_again: bool) -> str:
        return fingerprint.digest(texts[version.number] if is_read_again else version.extract)

    def says(version: Version) -> str:
        return digest(version, version.number in taken)

    for _ in versions:
        for one, other in pairwise(versions):
            if says(one) == says(other):
                if not taken & {one.number, other.number}:
                    continue  # they said the same before we came
                taken.discard(other.number if other.number in taken else one.number)
                break
        else:
            break
    return taken
