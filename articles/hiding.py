"""Hides articles, versions and passages from readers, and shows them again.

Every act is a row of `Hiding` that says what, since when, by whom and why, with what readers are told of it.
Whatever readers see is made of rows that were read as shown (models/hidings.py), and whatever is kept of
pages goes by an article's hidings: so an act holds everywhere once it is committed. Workers write to the same
articles: here only the two columns are updated that they leave alone.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.utils import timezone

from articles import tallying
from articles.core.redaction import Counting, Cover
from articles.models import Article, Hiding, Version
from articles.models.articles import note_hidings
from articles.models.hidings import hidden_versions

BATCH = 500  # rows named in one statement, for databases limit their parameters
AT_A_TIME = 50  # versions whose texts are in memory at once


@dataclass(frozen=True, slots=True)
class Statement:
    """Why something is hidden: `category` (Hiding.Category) and `note` are for readers, `reason` is not."""

    category: str
    reason: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """A version, by its article's key and its number, in which a passage stands, and how often."""

    article: int
    number: int
    times: int


# --- acts ------------------------------------------------------------------------------------------------
@transaction.atomic
def hide_articles(pks: Iterable[int], why: Statement, by: AbstractBaseUser | None) -> list[Article]:
    """Hides articles, by their keys, which ends the looks at them; those it hid, with title and address."""
    hidden: list[Article] = []
    for batch in _batches(sorted(pks)):
        at = note_hidings(batch, timezone.now())
        shown = list(Article.objects.filter(pk__in=batch, hidden_at=None).only("title", "url").order_by("pk"))
        Article.objects.filter(pk__in=[row.pk for row in shown]).update(hidden_at=at)
        Hiding.objects.bulk_create([Hiding(**_columns(why, by, at), article=row) for row in shown])
        hidden += shown
    tallying.note_articles([article.pk for article in hidden])
    return hidden


@transaction.atomic
def hide_versions(versions: Sequence[Version], why: Statement, by: AbstractBaseUser | None) -> list[Hiding]:
    """Hides versions, with their articles; an article itself where they are all that readers see of it."""
    articles = {version.article_id: version.article for version in versions}
    at = note_hidings(articles, timezone.now())
    made: list[Hiding] = []
    for pk, article in sorted(articles.items()):
        shown = set(shown_numbers(article))
        hidden = [one for one in versions if one.article_id == pk and one.number in shown]
        if hidden and shown <= {version.number for version in hidden}:
            hide_articles([pk], why, by)
            made += Hiding.objects.standing().of_kind("article").filter(article=article)
            continue
        columns = _columns(why, by, at)
        made += [Hiding.objects.create(**columns, article=article, version=one) for one in hidden]
    tallying.note_articles(articles)
    return made


@transaction.atomic
def hide_passage(article: Article, passage: str, why: Statement, by: AbstractBaseUser | None) -> Hiding:
    """Blacks a passage out of all versions of an article, and of those it was merged with; out of those to
    come too."""
    at = note_hidings([article.pk], timezone.now())
    made = Hiding.objects.create(**_columns(why, by, at), article=article, passage=passage)
    tallying.note_articles([article.pk])
    return made


@transaction.atomic
def lift(hidings: Iterable[Hiding], by: AbstractBaseUser | None) -> list[Hiding]:
    """Shows again what is hidden by these; those that it lifted. A lifted one stays lifted."""
    wanted = {hiding.pk: hiding.article_id for hiding in hidings}
    lifted: list[Hiding] = []
    for batch in _batches(sorted(set(wanted.values()))):
        at = note_hidings(batch, timezone.now())
        rows = Hiding.objects.standing().filter(article__in=batch).select_related("article", "version")
        rows = rows.defer("version__packed").order_by("pk")
        standing = [row for row in rows if row.pk in wanted]
        Hiding.objects.filter(pk__in=[row.pk for row in standing]).update(lifted_at=at, lifted_by=by)
        whole = [row.article_id for row in standing if row.kind == "article"]
        Article.objects.filter(pk__in=whole).update(hidden_at=None)
        lifted += standing
    tallying.note_articles({hiding.article_id for hiding in lifted})
    return lifted


def of_articles(pks: Iterable[int]) -> list[Hiding]:
    """The hidings by which articles, by their keys, are hidden as a whole."""
    return [
        hiding
        for batch in _batches(sorted(pks))
        for hiding in Hiding.objects.standing().of_kind("article").filter(article__in=batch)
    ]


# --- what an act would mean ------------------------------------------------------------------------------
def shown_numbers(article: Article) -> list[int]:
    """The numbers of an article's versions that are not hidden by themselves."""
    hidden = Hiding.objects.standing().of_kind("version").filter(article=article)
    rows = article.versions.exclude(pk__in=hidden.values("version")).order_by("number")
    return list(rows.values_list("number", flat=True))


def alike(version: Version) -> list[Version]:
    """The other versions of its piece with its words that readers can see, each with its article: of its own
    article and of those it was merged with, oldest first."""
    there = Version.objects.without_text().filter(article__in=version.article.family, digest=version.digest)
    shown = there.filter(article__hidden_at=None).exclude(pk__in=hidden_versions())
    return list(shown.exclude(pk=version.pk).select_related("article").order_by("article", "number"))


def standings(article: Article, passage: str) -> list[Standing]:
    """The versions in which a passage stands, hidden ones among them: of the articles that this one was
    merged with, then its own, the oldest first."""
    counting = Counting(Cover.of([passage]))
    found: list[Standing] = []
    for pk in [*sorted(article.family - {article.pk}), article.pk]:
        versions = Version.objects.with_text().filter(article=pk).order_by("number")
        for version in versions.iterator(chunk_size=AT_A_TIME):
            lines = (version.title, version.standfirst, version.byline)
            if times := counting.count(lines, version.texts):
                found.append(Standing(pk, version.number, times))
    return found


# --- steps -----------------------------------------------------------------------------------------------
def _columns(why: Statement, by: AbstractBaseUser | None, at: datetime) -> dict[str, object]:
    return {
        "category": why.category,
        "note": why.note,
        "reason": why.reason,
        "hidden_at": at,
        "hidden_by": by,
    }


def _batches(keys: Sequence[int]) -> Iterable[Sequence[int]]:
    return (keys[start : start + BATCH] for start in range(0, len(keys), BATCH))
