"""Stores what a look found: one transaction, fenced by the lease, nothing twice and nothing lost.

Order of writing, the same in every transaction so that two never wait for each other: the article's
row first (which also fences), then what hangs on it.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F

from articles import claiming, logs, rows, tallying
from articles.core import (
    cosmetics,
    fingerprint,
    http,
    languages,
    redesign,
    scheduling,
    steady,
    urls,
    versioning,
)
from articles.core.extraction import ExtractionError
from articles.core.http import Response
from articles.core.types import Classification, Extract, Outcome, Verdict
from articles.finding import indexing
from articles.ingestion.doubts import in_doubt
from articles.ingestion.look import Look
from articles.ingestion.rebaselining import (
    change_values,
    classify,
    paragraphs_of,
    read_snapshot,
    refresh_changes,
    version_values,
)
from articles.ingestion.rules import rules_of
from articles.ingestion.slots import rows_of, slots_of
from articles.models import (
    Article,
    ArticleURL,
    Blob,
    Change,
    Check,
    CosmeticChange,
    Host,
    Snapshot,
    Version,
    WebCopy,
    packed_text,
)

log = logs.Log(__name__)
KEEP_SNAPSHOTS = 20  # besides those of versions
MISSING_LOOKS = 3  # 404s in a row before an article counts as gone
ACCEPTED = (Outcome.NEW_VERSION, Outcome.UNCHANGED, Outcome.COSMETIC, Outcome.NOT_MODIFIED)
LASTING = (Article.Status.GONE, Article.Status.REUSED)
_AT_ITS_ADDRESS: dict[str, Any] = {"hop_url": "", "hops": 0, "hop_permanent": True}  # no redirect under way


@dataclass(frozen=True, slots=True)
class Step:
    """From the last version to the new one; computed before the transaction, for it takes a while."""

    last: Version
    classified: Classification


@dataclass(frozen=True, slots=True)
class Checked:
    """How a stored look ended; `version` is the number of the version it made, if it made one."""

    outcome: Outcome
    version: int | None = None


def record(article: Article, look: Look, *, is_live: bool = False) -> Checked | None:
    """Stores the look; None, with nothing written, if the article was another worker's by now.

    is_live  the site was asked just now: of a new version a web archive may be asked to keep a copy

    The outcome differs from the look's own where the page turns out to be another article's.
    """
    step = _step(article, look)
    cosmetic = _cosmetic(article, look)
    numbers = _numbers(article, look, step)
    values = _row_values(article, look)
    with claiming.ending(article, **values) as ours:
        if not ours:
            return None
        if look.outcome is Outcome.NEW_VERSION and not article.version_count:
            twin = _settle_address(article, look, values["next_check_at"])
            if twin:
                _merge_into(twin, article, look.at)
                return Checked(Outcome.MOVED)
        if look.last:
            _replace_last(article, look.last, look)
        kept = _keep_snapshot(article, look)
        version = _keep_version(article, look, kept, step, numbers)
        if version and is_live and settings.NEWSDIFF_ARCHIVE_URL and article.source.asks_archive:
            WebCopy.ask_for(version, look.at)
        if look.outcome in ACCEPTED and version is None:
            _seen_again(article, look)
        if _is_reused(look):
            WebCopy.doubt(article.pk, article.version_count, look.at)
        if cosmetic:
            cosmetic.save()
        led_to = article.hop_url if look.outcome in ACCEPTED and article.version_count else ""
        if led_to and not _add_address(article, led_to, look.at):
            _move(article, led_to, values["next_check_at"])
        _keep_check(article, look, kept, version)
        pruned = _prune(article) if kept.is_new else []
        if article.doubts and look.outcome in ACCEPTED:
            pruned += _drop_doubted(article)
        if pruned:
            Blob.sweep(pruned)
    return Checked(look.outcome, version.number if version else None)


def follow(article: Article, look: Look) -> bool:
    """Notes where a redirect leads; the next claim goes there, in the turn of that host."""
    return claiming.finish(
        article,
        hop_url=look.hop,
        hops=article.hops + 1,
        hop_permanent=article.hop_permanent and look.hop_permanent,
        host=Host.of(look.hop),
        next_check_at=look.at,
    )


def wait(article: Article, look: Look) -> bool:
    """Keeps a text in doubt until the next claim, in the host's next turn, shows whether it stays."""
    values = {**_AT_ITS_ADDRESS, **_pending_values(article, look), **_steady_values(article, look)}
    values |= {"doubts": article.doubts + 1 if in_doubt(article) else 1}
    values |= {"failures": 0, "missing_looks": 0, "missing_since": None}
    # due as long as it was: what else is due on the host is not looked at before it
    values |= {"next_check_at": min(article.next_check_at or look.at, look.at)}
    with claiming.ending(article, host=_own_host(article), **values) as ours:
        if not ours:
            return False
        _keep_snapshot(article, look)
    log.info("doubt", article=article.pk, looks=values["doubts"], reason=look.reason)
    return True


def _own_host(article: Article) -> Host:
    """The host of the article's own address, where a redirect may have led away from it."""
    return Host.of(article.url) if article.hop_url else article.host


# --- the article's row ---------------------------------------------------------------------------
def _row_values(article: Article, look: Look) -> dict[str, Any]:
    """Every column that this look sets on the article."""
    values: dict[str, Any] = {
        "last_checked_at": look.at,
        "check_count": article.check_count + 1,
        "last_outcome": look.outcome,
        "last_reason": look.reason,
        "last_status": look.status,
        **_AT_ITS_ADDRESS,
        "host": _own_host(article),
        **_error_values(article, look),
        **_pending_values(article, look),
        **_missing_values(article, look),
        **_text_values(article, look),
        **_flapping_values(article, look),
        **_steady_values(article, look),
    }
    values["next_check_at"] = _next_check(article, look, values)
    return values | _status_values(article, look, values)


def _error_values(article: Article, look: Look) -> dict[str, Any]:
    if look.outcome in (Outcome.FAILED, Outcome.BLOCKED):
        return {"failures": article.failures + 1, "last_error": look.reason, "last_error_at": look.at}
    return {"failures": 0}


def _pending_values(article: Article, look: Look) -> dict[str, Any]:
    """The text held back as suspect, and for how many looks in a row it was the same."""
    if look.outcome is Outcome.SUSPECT and look.extract:
        digest = fingerprint.digest(look.extract)
        again = digest == article.pending_digest
        return {
            "pending_digest": digest,
            "pending_reason": look.reason,
            "pending_looks": article.pending_looks + 1 if again else 1,
            "pending_since": (article.pending_since if article.pending_digest else None) or look.at,
            "suspect_looks": article.suspect_looks + 1,
        }
    if look.outcome in ACCEPTED:
        settled = {"pending_digest": "", "pending_reason": "", "pending_looks": 0, "pending_since": None}
        return settled | {"suspect_looks": 0, "doubts": 0}
    return {}


def _missing_values(article: Article, look: Look) -> dict[str, Any]:
    if look.outcome is Outcome.GONE:
        return {
            "missing_looks": article.missing_looks + 1,
            "missing_since": article.missing_since or look.at,
        }
    if look.outcome in ACCEPTED:
        return {"missing_looks": 0, "missing_since": None}
    return {}


def _text_values(article: Article, look: Look) -> dict[str, Any]:
    """What is remembered of an accepted text: its digests and the validators to ask with next time."""
    if look.extract is None or look.decision is None or look.outcome not in ACCEPTED:
        if look.outcome is Outcome.UNCHANGED and look.response:  # the same page, perhaps new validators
            return _validators(look)
        return {}
    extract, decision = look.extract, look.decision
    values = _validators(look)
    if decision.verdict is not Verdict.FLAPPING:  # what is shown stays that of the newest version
        values |= {
            "title": extract.title or article.title,
            "language": extract.language or article.source.language,
            "direction": extract.direction,
            "text_digest": fingerprint.text_digest(extract),
            "skeleton": "" if _left_out(look) else extract.skeleton,
        }
    if not article.published_at and extract.published:
        values["published_at"] = extract.published
    if look.outcome is Outcome.NEW_VERSION:
        values["version_count"] = article.version_count + 1
        if article.version_count:
            values["last_changed_at"] = look.at
    if look.outcome is Outcome.COSMETIC:
        values["cosmetic_count"] = article.cosmetic_count + 1
    return values


def _flapping_values(article: Article, look: Look) -> dict[str, Any]:
    """Which known text an alternating article shows, and for how many looks in a row.

    It has settled when that was the newest version often enough; settling on another is a version
    (`versioning.decide`).
    """
    if look.decision and look.decision.verdict is Verdict.FLAPPING and look.extract:
        digest = fingerprint.digest(look.extract)
        looks = article.variant_looks + 1 if digest == article.variant_digest else 1
        return {"is_flapping": True, "variant_digest": digest, "variant_looks": looks}
    if look.outcome not in ACCEPTED or not article.is_flapping:
        return {}
    looks = 0 if article.variant_digest else article.variant_looks + 1
    settled = look.outcome is Outcome.NEW_VERSION or looks >= versioning.SETTLE_LOOKS
    return {"is_flapping": not settled, "variant_digest": "", "variant_looks": 0 if settled else looks}


def _steady_values(article: Article, look: Look) -> dict[str, Any]:
    """Where the page ticks, where it may, and whether it has come the same twice, byte for byte."""
    values: dict[str, Any] = {"suspected_slots": rows_of(look.suspected)}
    if look.slots is not None:
        values["slots"] = rows_of(look.slots)
    if look.extract and look.outcome in ACCEPTED:
        values |= _place_values(article, look.extract)
    if look.outcome is Outcome.NOT_MODIFIED or look.is_identical:
        values["quiet_looks"] = article.quiet_looks + 1
    elif look.response:
        values["quiet_looks"] = 0
    return values


def _validators(look: Look) -> dict[str, Any]:
    """What lets the next look be short."""
    if look.response is None:
        return {}
    if _left_out(look):
        return {"etag": "", "last_modified": "", "body_digest": ""}
    etag, last_modified = http.validators(look.response)
    return {"etag": etag, "last_modified": last_modified, "body_digest": look.body_digest}


def _place_values(article: Article, extract: Extract) -> dict[str, Any]:
    """In which elements the text stands, and for how many looks: names that change each time tell nothing."""
    looks = article.places_looks + 1
    if redesign.is_redesigned(article.places, extract):
        looks = 0 if article.places_looks <= 1 else 1
    return {"places": redesign.places_of(extract) or article.places, "places_looks": looks}


def _left_out(look: Look) -> bool:
    """Whether something was left out where the page ticks: the next look must see that it has not stayed."""
    return any(slot.seen for slot in look.slots or ())


def _next_check(article: Article, look: Look, values: dict[str, Any]) -> datetime | None:
    if look.final:
        return None
    life = replace(
        article.life,
        published=values.get("published_at") or article.published_at,
        changed=values.get("last_changed_at") or article.last_changed_at,
        changes=max(values.get("version_count", article.version_count) - 1, 0),
    )
    due = scheduling.next_check(
        look.at,
        look.outcome,
        life,
        preset=scheduling.Preset(article.source.preset),
        failures=values["failures"],
        pending_looks=max(values.get("suspect_looks", 0), values.get("missing_looks", 0)),
        retry_after=look.retry_after,
        cached_for=timedelta(seconds=http.cache_seconds(look.response) if look.response else 0),
        pace=settings.NEWSDIFF_PACE,
    )
    was_due = (article.last_checked_at or look.at) < life.quiet_since + scheduling.QUIET_LIMIT
    if due is None and _left_out(look) and was_due:
        return look.at + scheduling.RETRY_LONGEST  # once more: what was left out may turn out to stay
    return due


def _status_values(article: Article, look: Look, values: dict[str, Any]) -> dict[str, Any]:
    """Tracked, finished, gone or reused, and since when."""
    status = Article.Status.TRACKED
    if _is_reused(look):
        status = Article.Status.REUSED
    elif look.final or values.get("missing_looks", 0) >= MISSING_LOOKS:
        status = Article.Status.GONE
    elif article.status in LASTING and look.outcome not in ACCEPTED:
        status = Article.Status(article.status)  # an error or a wall says nothing new of it
    elif values["next_check_at"] is None:
        status = Article.Status.FINISHED
    if status == article.status:
        return {}
    since = values.get("missing_since") if status == Article.Status.GONE else look.at
    return {"status": status, "status_since": since or look.at}


def _is_reused(look: Look) -> bool:
    return look.outcome is Outcome.SUSPECT and look.reason.startswith("reused:")


# --- what hangs on it ----------------------------------------------------------------------------
def _step(article: Article, look: Look) -> Step | None:
    if look.outcome is not Outcome.NEW_VERSION or not article.version_count or not look.extract:
        return None
    last = article.versions.with_text().get(number=article.version_count)
    return Step(last, classify(look.last or last.extract, look.extract))


def _numbers(article: Article, look: Look, step: Step | None) -> indexing.Numbers | None:
    """What a new version will be found by."""
    if look.outcome is not Outcome.NEW_VERSION or not look.extract:
        return None
    language = look.extract.language or article.source.language
    return indexing.numbers_of((look.last or step.last) if step else None, look.extract, language)


def _cosmetic(article: Article, look: Look) -> CosmeticChange | None:
    """What is told of a look that found other typography; compared before the transaction, as a step is."""
    if look.outcome is not Outcome.COSMETIC or not look.extract:
        return None
    last = article.versions.with_text().get(number=article.version_count)
    own = look.last or last.extract
    is_own_again = fingerprint.text_digest(own) == fingerprint.text_digest(look.extract)
    before = own if is_own_again else _seen_before(article, last, own)
    found = cosmetics.typography(before, look.extract)
    if found is None or not (found.excerpt or is_own_again):  # as it was, but for what reads it
        return None
    return CosmeticChange(
        article=article,
        source=article.source,
        version=last,
        seen_at=look.at,
        language=languages.primary(last.language or article.language),
        reason=found.reason,
        excerpt=[list(segment) for segment in found.excerpt],
    )


def _seen_before(article: Article, version: Version, own: Extract) -> Extract:
    """The text of the look before: the newest version's own, or that with other typography.

    That is kept as a page alone, which is read again. Where it is kept no more, or does not give the
    version's words, it is the version's own text.
    """
    if fingerprint.text_digest(own) == article.text_digest:
        return own
    looks = article.checks.filter(outcome=Outcome.COSMETIC, at__gte=version.first_seen_at)
    check = looks.exclude(snapshot=None).select_related("snapshot__blob").order_by("-at", "-pk").first()
    if check is None:
        return own
    try:
        seen = read_snapshot(check.snapshot, rules_of(article.source))
    except ExtractionError:
        return own
    seen = steady.stripped(seen, own, slots_of(article.slots))
    return seen if fingerprint.digest(seen) == fingerprint.digest(own) else own


def _replace_last(article: Article, text: Extract, look: Look) -> None:
    """Gives the newest version the text it has by what is known now of its page."""
    newest = article.versions.filter(number=article.version_count)
    values = version_values(text, look.reading) | packed_text(article.pk, paragraphs_of(text))
    newest.update(**values | ({"is_carried_over": True} if look.is_redesigned else {}))
    article.text_bases.filter(versions=None).delete()
    refresh_changes(article, {article.version_count})
    indexing.refresh(article.pk)


@dataclass(frozen=True, slots=True)
class Kept:
    """The snapshot that holds a look's page, by its key; `is_new`: it was stored now."""

    pk: int | None = None
    is_new: bool = False


def _keep_snapshot(article: Article, look: Look) -> Kept:
    """Keeps the page raw, unless it is byte for byte the one kept last."""
    if look.response is None:
        return Kept()
    makes_version = look.outcome is Outcome.NEW_VERSION
    pk, digest = _latest_snapshot(article)
    if digest == look.body_digest and not (makes_version and Version.objects.filter(snapshot=pk).exists()):
        return Kept(pk)
    if not makes_version and look.body_digest == article.body_digest:
        return Kept()
    return Kept(_new_snapshot(article, look.response, look.body_digest, look.at).pk, is_new=True)


def keep_page(article: Article, response: Response, at: datetime) -> None:
    """Keeps a page that was not fetched for a look, at an article that nobody has looked at yet."""
    with transaction.atomic():
        _new_snapshot(article, response, sha256(response.body).hexdigest(), at)


def _new_snapshot(article: Article, response: Response, digest: str, at: datetime) -> Snapshot:
    return Snapshot.objects.create(
        article=article,
        blob=Blob.keep(digest, response.body),
        fetched_at=at,
        url=response.url,
        status=response.status,
        headers=[list(pair) for pair in response.headers],
    )


def _latest_snapshot(article: Article) -> tuple[int | None, str]:
    """Key and digest of the page kept last; by plain SQL, as articles/rows.py says why."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, blob_id FROM articles_snapshot WHERE article_id = %s ORDER BY id DESC LIMIT 1",
            [article.pk],
        )
        return cursor.fetchone() or (None, "")


def _keep_version(
    article: Article, look: Look, kept: Kept, step: Step | None, numbers: indexing.Numbers | None
) -> Version | None:
    if look.outcome is not Outcome.NEW_VERSION or not look.extract or not look.decision or not numbers:
        return None
    version = Version.objects.create(
        article=article,
        number=article.version_count + 1,
        same_as=look.decision.same_as,
        language=look.extract.language or article.source.language,
        direction=look.extract.direction,
        snapshot_id=kept.pk,
        first_seen_at=look.at,
        last_seen_at=look.at,
        previous_seen_at=step.last.last_seen_at if step else None,
        **version_values(look.extract, look.reading),
        **packed_text(article.pk, paragraphs_of(look.extract)),
    )
    change = _keep_change(article, version, step) if step else None
    indexing.store(article.pk, look.at, numbers, change and change.pk)
    tallying.note(article.source_id, [article.first_seen_at, *([version.first_seen_at] if step else [])])
    return version


def _keep_change(article: Article, version: Version, step: Step) -> Change:
    return Change.objects.create(
        article=article,
        source=article.source,
        old=step.last,
        new=version,
        seen_at=version.first_seen_at,
        **change_values(step.classified),
    )


def _seen_again(article: Article, look: Look) -> None:
    """The newest version still stands: moves the moment until which it is known to have stood."""
    if look.decision and look.decision.verdict is Verdict.FLAPPING:
        WebCopy.doubt(article.pk, article.version_count, look.at)
        return
    rows.update(Version, {"last_seen_at": look.at}, article=article, number=article.version_count)


def _keep_check(article: Article, look: Look, kept: Kept, version: Version | None) -> None:
    rows.insert(
        Check,
        {
            "article": article,
            "at": look.at,
            "outcome": look.outcome,
            "reason": look.reason,
            "status": look.status,
            "seconds": look.seconds,
            "size": len(look.response.body) if look.response else 0,
            "snapshot": kept.pk,
            "version": version,
        },
    )


def _drop_doubted(article: Article) -> list[str]:
    """Drops the pages of looks in doubt, which no check stands for; returns the digests of their blobs."""
    doubted = list(article.snapshots.filter(versions=None, checks=None).values_list("pk", "blob_id"))
    Snapshot.objects.filter(pk__in=[pk for pk, _ in doubted]).delete()
    return [digest for _, digest in doubted]


def _prune(article: Article) -> list[str]:
    """Drops the oldest snapshots that no version or cosmetic change stands on, counting them.

    Returns the digests of their blobs, which may be wanted by none any more.
    """
    spare = article.snapshots.filter(versions=None).exclude(checks__outcome=Outcome.COSMETIC)
    old = list(spare.order_by("-pk").values_list("pk", "blob_id")[KEEP_SNAPSHOTS:])
    if not old:
        return []
    Snapshot.objects.filter(pk__in=[pk for pk, _ in old]).delete()
    Article.objects.filter(pk=article.pk).update(snapshots_pruned=F("snapshots_pruned") + len(old))
    return [digest for _, digest in old]


# --- one row per page ------------------------------------------------------------------------------
def _settle_address(article: Article, look: Look, due: datetime | None) -> Article | None:
    """At the first text: the addresses that lead here, and whether the page is known by another.

    Returns the article that this one is only another spelling of, or None. Where redirects end is
    the page itself; <link rel=canonical> is a claim, believed within the site and, if it names an
    article we know, only when that has this very text.
    """
    if look.response is None or look.extract is None:
        return None
    twin = _add_address(article, look.response.url, look.at)
    if twin:  # a temporary redirect to another's page has been held back before, unless announced
        return twin
    canonical = urls.believed(look.extract.canonical_url, look.response.url)
    if canonical:
        twin = _add_address(article, canonical, look.at)
        if twin and twin.versions.filter(digest=fingerprint.digest(look.extract)).exists():
            return twin
    _move(article, look.response.url, due)
    return None


def _move(article: Article, final_url: str, due: datetime | None) -> None:
    """Asks at the redirect's end from now on, if it was permanent or led away from a mere link.

    A feed's links often lead through another site that counts clicks (302); within a site a
    temporary redirect may end elsewhere next time, so there the address stays.
    """
    if article.hop_url and (article.hop_permanent or not urls.same_site(article.url, final_url)):
        host = Host.of(final_url)
        Article.objects.filter(pk=article.pk).update(url=final_url, host=host)
        # The end of the lease rings its host before. Two hosts are never locked in one transaction.
        transaction.on_commit(lambda: Host.ring([host.pk], due))


def _add_address(article: Article, address: str, at: datetime) -> Article | None:
    """Notes a spelling of the article's address; returns the other article if it is taken."""
    row, _ = ArticleURL.objects.get_or_create(
        key=urls.key(address), defaults={"article": article, "url": urls.canonical(address), "seen_at": at}
    )
    return row.article if row.article_id != article.pk else None


def _merge_into(twin: Article, article: Article, at: datetime) -> None:
    """Gives the addresses of a duplicate, which has no version yet, to the article it duplicates."""
    for address in article.urls.order_by("pk"):
        ArticleURL.objects.filter(pk=address.pk).update(article=twin)
    Check.objects.filter(article=article).update(article=twin, snapshot=None)
    Article.objects.filter(pk=twin.pk).update(check_count=F("check_count") + article.check_count)
    # Whoever names the page anew says that it is there: one we had given up is looked at again.
    asleep = Article.objects.filter(pk=twin.pk, next_check_at=None, hidden_at=None)
    asleep.update(next_check_at=at)
    article.delete()
