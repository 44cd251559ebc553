"""What is kept of texts: each distinct one, and the step from one to the next."""

import hashlib
from collections.abc import Sequence
from functools import cached_property
from typing import Any

from django.core.cache import cache
from django.db import models, transaction
from django.db.models import Q
from django.urls import reverse

from articles import rows
from articles.core import diffing, kinds, languages, packing
from articles.core.redaction import Cover
from articles.core.types import Extract, Paragraph, ParagraphKind
from articles.models.articles import show_articles
from articles.models.evidence import Snapshot
from articles.models.hidings import (
    Hiding,
    ShownQuerySet,
    at_hand,
    blacken,
    cover_of,
    hidden_versions,
    standing,
    with_hidden_passages,
)
from articles.models.sources import Source

TOLD_ANEW = 20_000  # words of either text; above it a change is told without its passage and reasons
KEPT = 86_400  # seconds for which what was told anew is remembered


class TextBase(models.Model):
    """A whole text of an article, on which those of its versions are packed. Never changed."""

    article = models.ForeignKey("Article", on_delete=models.CASCADE, related_name="text_bases")
    packed = models.BinaryField()  # core.packing, alone

    def __str__(self) -> str:
        return f"Base {self.pk} of article {self.article_id}"

    @cached_property
    def data(self) -> bytes:
        return packing.unpack(bytes(self.packed))


def packed_text(article_id: int, paragraphs: Sequence[Sequence[str]]) -> dict[str, Any]:
    """The columns of a version of this article that hold its paragraphs, [[kind, text], …].

    They lean on the article's newest base, or on a new one, stored here, where that would save little.
    """
    data = packing.encoded(paragraphs)
    alone = packing.pack(data)
    base = TextBase.objects.filter(article=article_id).order_by("-pk").first()
    if base:
        leaning = packing.pack(data, base.data)
        if packing.is_worth_it(leaning, alone):
            return {"base": base, "packed": leaning}
    base = TextBase.objects.create(article_id=article_id, packed=alone)
    return {"base": base, "packed": packing.pack(data, data)}


class VersionQuerySet(ShownQuerySet):
    def public(self) -> "VersionQuerySet":
        """Versions readers may see, as they may see them."""
        return self.filter(article__hidden_at=None).exclude(pk__in=hidden_versions()).as_shown()

    def show(self, rows: Sequence["Version"]) -> None:
        show_versions(rows)

    def without_text(self) -> "VersionQuerySet":
        """For lists: everything but the paragraphs."""
        return self.defer("packed")

    def with_text(self) -> "VersionQuerySet":
        """With all that the paragraphs are read from."""
        return self.select_related("base")

    def with_copy(self) -> "VersionQuerySet":
        """With the copy that a web archive keeps of each."""
        return self.select_related("web_copy")


class Version(models.Model):
    """A distinct text of an article. Never deleted, and changed by us alone in two respects.

    `last_seen_at` moves on, and the text is what today's extractor and rules read in the snapshot
    (ingestion/rebaselining.py), without what was learnt to tick on the page (ingestion/doubts.py).
    """

    article = models.ForeignKey("Article", on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    digest = models.CharField(max_length=80)  # fingerprint.digest: words only
    same_as = models.PositiveIntegerField(null=True, blank=True, help_text="The version it reverts to.")
    title = models.TextField(blank=True)
    standfirst = models.TextField(blank=True)
    byline = models.TextField(blank=True)
    language = models.CharField(max_length=35, blank=True)
    direction = models.CharField(max_length=3, blank=True)
    published_claim = models.DateTimeField(null=True, blank=True)
    modified_claim = models.DateTimeField(null=True, blank=True)
    # the paragraphs, which are read as `paragraphs` and written by `packed_text`
    base = models.ForeignKey(TextBase, on_delete=models.RESTRICT, related_name="versions")
    packed = models.BinaryField()
    word_count = models.PositiveIntegerField()
    extractor = models.CharField(max_length=80)  # extraction.reading: what it was read by
    # its text is as a later template of the site shows it (core.redesign), not as its snapshot does
    is_carried_over = models.BooleanField(default=False)
    # today's reading could not tell it from a neighbour, so it has kept an earlier one
    is_kept_as_read = models.BooleanField(default=False)
    snapshot = models.ForeignKey(Snapshot, on_delete=models.PROTECT, related_name="versions")
    first_seen_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()
    # When the version before was last seen: the change fell between that and first_seen_at.
    previous_seen_at = models.DateTimeField(null=True, blank=True)

    # what is blacked out of it, where it was read to be shown
    cover = Cover()

    objects = VersionQuerySet.as_manager()

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["article", "number"], name="version_number")]
        # ingestion: which of the source's articles show this very text?
        indexes = [models.Index(fields=["digest"], name="version_digest")]

    def __str__(self) -> str:
        return f"Article {self.article_id}, version {self.number}"

    def get_absolute_url(self) -> str:
        return reverse("version", args=[self.article_id, self.number])

    @cached_property
    def paragraphs(self) -> list[list[str]]:
        """Kind and text of each: [[kind, text], …]."""
        found: list[list[str]] = packing.decoded(packing.unpack(bytes(self.packed), self.base.data))
        if not self.cover:
            return found
        shown = self.cover.paragraphs([text for _, text in found])
        return [[kind, text] for (kind, _), text in zip(found, shown, strict=True)]

    @property
    def texts(self) -> list[str]:
        """The body, paragraph by paragraph, as `core.diffing.diff` takes it."""
        return [text for _, text in self.paragraphs]

    @property
    def extract(self) -> Extract:
        """The version as the core's value."""
        return Extract(
            title=self.title,
            standfirst=self.standfirst,
            byline=self.byline,
            language=self.language,
            direction=self.direction,
            published=self.published_claim,
            modified=self.modified_claim,
            paragraphs=tuple(Paragraph(ParagraphKind(kind), text) for kind, text in self.paragraphs),
        )

    @property
    def kept_copy(self) -> Any:
        """Its copy in a web archive (WebCopy), where it was read along and there is one; else None."""
        copy = at_hand(self, "web_copy")
        return copy if copy and copy.state == copy.State.KEPT else None

    def fit(self, hidings: Sequence[Hiding]) -> None:
        """Makes it fit to be shown, where these are of its article.

        The digest of a text that is blacked out would tell whoever guesses it that they are right. A copy in
        a web archive shows what is blacked out here, and one that may be of a hidden version shows that.
        """
        hidden = {row.number: row.version_id for row in hidings if row.version_id}
        if self.__dict__.get("same_as") in hidden:
            self.same_as = None
        cover = cover_of(hidings)
        change = at_hand(self, "change")
        if change and change.old_id in hidden.values():
            self._state.fields_cache["change"] = None
        elif change and cover:
            change.say_no_words()
        if (copy := self.kept_copy) and (cover or (hidden and copy.distance)):
            self._state.fields_cache["web_copy"] = None
        if cover:
            if "packed" not in self.__dict__ or cover.count(self.extract):
                self.digest = ""
            self.cover = cover
            self.__dict__.pop("paragraphs", None)
            blacken(self, ["title", "standfirst", "byline"], cover)


def show_versions(rows: Sequence[Version]) -> None:
    """Makes versions fit to be shown, and the changes that were read along."""
    found = standing({row.article_id: at_hand(row, "article") for row in rows})
    for row in rows:
        if found[row.article_id]:
            row.fit(found[row.article_id])


class ChangeQuerySet(ShownQuerySet):
    def public(self) -> "ChangeQuerySet":
        """Changes that lists show, as readers may see them: none from or to a version that is hidden, and
        none of an article that was merged into another, whose page changed as well."""
        found = self.filter(article__hidden_at=None, article__merged_into=None)
        return found.of_shown_versions().as_shown()

    def of_shown_versions(self) -> "ChangeQuerySet":
        """Those from and to versions that are not hidden by themselves."""
        return self.exclude(Q(old__in=hidden_versions()) | Q(new__in=hidden_versions()))

    def show(self, rows: Sequence["Change"]) -> None:
        show_changes(rows)

    def listed(self) -> "ChangeQuerySet":
        """With what a row of a list shows, and no text."""
        rows = self.select_related("article__source", "old", "new")
        return rows.defer("old__packed", "new__packed")

    def newest(self) -> "ChangeQuerySet":
        return self.order_by("-seen_at", "-pk")


class Change(models.Model):
    """The stored step from one version to the next: what lists and feeds show without a diff.

    Written by `save`, one at a time: that keeps its language and the rows of its kinds, and notes that
    followers have not been told of it.
    """

    article = models.ForeignKey("Article", on_delete=models.CASCADE, related_name="changes")
    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="changes")
    old = models.ForeignKey(Version, on_delete=models.CASCADE, related_name="+")
    new = models.OneToOneField(Version, on_delete=models.CASCADE, related_name="change")
    seen_at = models.DateTimeField()
    kinds = models.JSONField(default=list)  # [[name, reason], …]
    weight = models.FloatField()
    added_words = models.PositiveIntegerField()
    removed_words = models.PositiveIntegerField()
    disclosed = models.BooleanField(default=False)
    excerpt = models.JSONField(default=list)  # segments of the weightiest changed passage
    language = models.CharField(max_length=8, blank=True)  # of the new text, without its region

    objects = ChangeQuerySet.as_manager()

    class Meta:
        indexes = [
            # home, a source's page, an article's feed: newest first, paged by key
            models.Index(fields=["-seen_at", "-id"], name="change_newest"),
            models.Index(fields=["source", "-seen_at", "-id"], name="change_source_newest"),
            models.Index(fields=["article", "-seen_at", "-id"], name="change_article_newest"),
            # home, narrowed to a language; the weightiest first (articles/listing.py)
            models.Index(fields=["language", "-seen_at", "-id"], name="change_language_newest"),
            models.Index(fields=["-weight", "-id"], name="change_weightiest"),
            models.Index(fields=["source", "-weight", "-id"], name="change_source_weightiest"),
            models.Index(fields=["language", "-weight", "-id"], name="change_language_weightiest"),
        ]

    def __str__(self) -> str:
        return f"Change {self.pk} of {self.article_id}"

    def get_absolute_url(self) -> str:
        return reverse("diff", args=[self.article_id, self.old.number, self.new.number])

    @transaction.atomic
    def save(self, *args: Any, **kwargs: Any) -> None:
        """Keeps the rows of its kinds true to it, in the same transaction."""
        is_new = self._state.adding
        self.language = languages.primary(self.new.language or self.article.language or self.source.language)
        super().save(*args, **kwargs)
        if is_new:
            rows.insert(Untold, {"change": self})
        else:
            self.kind_rows.all().delete()
        ChangeKind.objects.bulk_create(ChangeKind.of(self))

    @property
    def kind_names(self) -> list[str]:
        return [name for name, _ in self.kinds]

    @property
    def is_whole(self) -> bool:
        """Whether all of it was read that quotes the article."""
        return {"kinds", "excerpt"} <= self.__dict__.keys()

    def say_no_words(self) -> None:
        """Leaves out whatever quotes the article, in memory alone."""
        if "kinds" in self.__dict__:
            self.kinds = [[name, ""] for name, _ in self.kinds]
        if "excerpt" in self.__dict__:
            self.excerpt = []

    def tell_anew(self, old: Version, new: Version, cover: Cover) -> None:
        """Tells what changed by its two versions as they are shown, in memory alone; nothing else if no
        passage that is hidden stands in either. `old` and `new` are as they are stored, with their texts."""
        texts = (old.extract, new.extract)
        if not any(map(cover.count, texts)):
            return
        if max(old.word_count, new.word_count) > TOLD_ANEW:
            self.say_no_words()
            return
        made_of = (self.pk, old.digest, old.extractor, new.digest, new.extractor, cover.passages)
        name = f"told:{hashlib.sha256(repr(made_of).encode()).hexdigest()}"
        told = cache.get_or_set(name, lambda: _told(*map(cover.extract, texts)), timeout=KEPT)
        reasons, self.excerpt = told
        self.kinds = [[kind, reasons.get(kind, "")] for kind, _ in self.kinds]


def _told(old: Extract, new: Extract) -> tuple[dict[str, str], list[list[str]]]:
    """The reasons of a change by its kinds, and its excerpt."""
    found = kinds.classify(old, new, diffing.diff(old.texts, new.texts))
    return {kind.name: kind.reason for kind in found.kinds}, [list(segment) for segment in found.excerpt]


def show_changes(rows: Sequence[Change]) -> None:
    """Makes changes fit to be shown, with the articles and versions that were read along."""
    found = standing({row.article_id: at_hand(row, "article") for row in rows})
    show_articles([article for row in rows if (article := at_hand(row, "article"))])
    quoting: list[tuple[Change, Cover]] = []
    for row in rows:
        hidings = found[row.article_id]
        for version in filter(None, (at_hand(row, "old"), at_hand(row, "new"))):
            version.fit(hidings)
        if cover := cover_of(hidings):
            quoting.append((row, cover))
    whole = [row for row, _ in quoting if row.is_whole]
    texts = Version.objects.with_text().in_bulk({pk for row in whole for pk in (row.old_id, row.new_id)})
    for row, cover in quoting:
        if row.is_whole:
            row.tell_anew(texts[row.old_id], texts[row.new_id], cover)
        else:
            row.say_no_words()


class Untold(models.Model):
    """A change of which nobody has been told yet. Gone once it has been gathered (alerts/gathering.py)."""

    change = models.OneToOneField(Change, primary_key=True, on_delete=models.CASCADE, related_name="+")

    def __str__(self) -> str:
        return f"Untold change {self.change_id}"


class ChangeKind(models.Model):
    """One kind of a change, beside what lists of a kind are narrowed and ordered by: all in one index,
    however rare the kind is among the changes."""

    change = models.ForeignKey(Change, on_delete=models.CASCADE, related_name="kind_rows", db_index=False)
    name = models.CharField(max_length=12)
    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="+", db_index=False)
    language = models.CharField(max_length=8, blank=True)
    disclosed = models.BooleanField()
    seen_at = models.DateTimeField()
    weight = models.FloatField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["change", "name"], name="change_kind")]
        indexes = [
            # lists of a kind, and of one source (articles/listing.py): newest first, weightiest first
            models.Index(fields=["name", "-seen_at", "-change"], name="kind_newest"),
            models.Index(fields=["name", "source", "-seen_at", "-change"], name="kind_source_newest"),
            models.Index(fields=["name", "-weight", "-change"], name="kind_weightiest"),
            models.Index(fields=["name", "source", "-weight", "-change"], name="kind_source_weightiest"),
        ]

    def __str__(self) -> str:
        return f"{self.name} in change {self.change_id}"

    @classmethod
    def of(cls, change: Change) -> "list[ChangeKind]":
        """The rows that a change should have."""
        shared = {
            "source_id": change.source_id,
            "language": change.language,
            "disclosed": change.disclosed,
            "seen_at": change.seen_at,
            "weight": change.weight,
        }
        return [cls(change=change, name=name, **shared) for name in dict.fromkeys(change.kind_names)]


class CosmeticChangeQuerySet(ShownQuerySet):
    def public(self) -> "CosmeticChangeQuerySet":
        """Those that lists show, as of changes: none of an article with a hidden passage, of which an excerpt
        of typography might show a part."""
        found = self.filter(article__hidden_at=None, article__merged_into=None)
        of_shown = found.exclude(version__in=hidden_versions())
        return of_shown.exclude(article__in=with_hidden_passages()).as_shown()

    def show(self, rows: Sequence["CosmeticChange"]) -> None:
        show_articles([article for row in rows if (article := at_hand(row, "article"))])
        show_versions([version for row in rows if (version := at_hand(row, "version"))])

    def listed(self) -> "CosmeticChangeQuerySet":
        """With what a row of a list shows, and no text."""
        return self.select_related("article__source", "version").defer("version__packed")


class CosmeticChange(models.Model):
    """A look at which the newest version's words stood in other typography than before.

    It makes no version: what differs from the typography seen just before is told here. Without an excerpt
    it is the version's own again.
    """

    article = models.ForeignKey(
        "Article", on_delete=models.CASCADE, related_name="cosmetic_changes", db_index=False
    )
    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="+", db_index=False)
    version = models.ForeignKey(Version, on_delete=models.CASCADE, related_name="cosmetic_changes")
    seen_at = models.DateTimeField()
    language = models.CharField(max_length=8, blank=True)
    reason = models.CharField(max_length=200, blank=True)  # "quotation marks; dashes"
    excerpt = models.JSONField(default=list)  # segments of the first passage that differs

    objects = CosmeticChangeQuerySet.as_manager()

    class Meta:
        indexes = [
            # home, all, a source's or a language's; an article's history: newest first, paged by key
            models.Index(fields=["-seen_at", "-id"], name="cosmetic_newest"),
            models.Index(fields=["source", "-seen_at", "-id"], name="cosmetic_source_newest"),
            models.Index(fields=["language", "-seen_at", "-id"], name="cosmetic_language_newest"),
            models.Index(fields=["article", "-seen_at", "-id"], name="cosmetic_article_newest"),
        ]

    def __str__(self) -> str:
        return f"Cosmetic change {self.pk} of {self.article_id}"
