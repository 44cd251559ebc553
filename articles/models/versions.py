"""What is kept of texts: each distinct one, and the step from one to the next."""

from collections.abc import Sequence
from functools import cached_property
from typing import Any

from django.db import models, transaction
from django.urls import reverse

from articles.core import languages, packing
from articles.core.types import Extract, Paragraph, ParagraphKind
from articles.models.evidence import Snapshot
from articles.models.sources import Source


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


class VersionQuerySet(models.QuerySet["Version"]):
    def without_text(self) -> "VersionQuerySet":
        """For lists: everything but the paragraphs."""
        return self.defer("packed")

    def with_text(self) -> "VersionQuerySet":
        """With all that the paragraphs are read from."""
        return self.select_related("base")


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
        return found

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


class ChangeQuerySet(models.QuerySet["Change"]):
    def public(self) -> "ChangeQuerySet":
        """Changes readers may see."""
        return self.filter(article__hidden_at=None)

    def listed(self) -> "ChangeQuerySet":
        """With what a row of a list shows, and no text."""
        rows = self.select_related("article__source", "old", "new")
        return rows.defer("old__packed", "new__packed")

    def newest(self) -> "ChangeQuerySet":
        return self.order_by("-seen_at", "-pk")


class Change(models.Model):
    """The stored step from one version to the next: what lists and feeds show without a diff.

    Written by `save`, one at a time: that keeps its language and the rows of its kinds.
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
        if not is_new:
            self.kind_rows.all().delete()
        ChangeKind.objects.bulk_create(ChangeKind.of(self))

    @property
    def kind_names(self) -> list[str]:
        return [name for name, _ in self.kinds]


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


class CosmeticChangeQuerySet(models.QuerySet["CosmeticChange"]):
    def public(self) -> "CosmeticChangeQuerySet":
        """Those readers may see."""
        return self.filter(article__hidden_at=None)

    def listed(self) -> "CosmeticChangeQuerySet":
        """With what a row of a list shows, and no text."""
        return self.select_related("article__source", "version").defer("version__packed")


class CosmeticChange(models.Model):
    """A look at which the newest version's words stood in other typography than before.

    It makes no version: what differs from the version's own typography is told here. Without an excerpt it
    is that again.
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
