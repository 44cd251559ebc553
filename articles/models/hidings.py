"""What readers are not shown, and rows as readers may see them.

A hiding is of an article, of a version, or of a passage of an article wherever that stands. Nothing stored is
altered by it: rows that leave a query set by `public` or `as_shown` are made fit to be shown on their way, in
memory alone. So whoever shows anything to readers asks for it by one of these, and needs to know no more.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.expressions import RawSQL
from django.db.models.query import ModelIterable
from django.utils.translation import gettext_lazy

from articles.core.redaction import Cover

_WITH_HIDDEN_PASSAGES = """
WITH RECURSIVE piece (id) AS (
    SELECT article_id FROM articles_hiding WHERE lifted_at IS NULL AND version_id IS NULL AND passage <> ''
    UNION
    SELECT merged_into_id FROM articles_article JOIN piece ON articles_article.id = piece.id
    WHERE merged_into_id IS NOT NULL
)
SELECT id FROM piece
"""


class HidingQuerySet(models.QuerySet["Hiding"]):
    def standing(self) -> "HidingQuerySet":
        """Those that have not been lifted."""
        return self.filter(lifted_at=None)

    def of_kind(self, kind: str) -> "HidingQuerySet":
        """Those of an "article", a "version" or a "passage"."""
        if kind == "version":
            return self.filter(version__isnull=False)
        of_articles = self.filter(version=None)
        return of_articles.filter(passage="") if kind == "article" else of_articles.exclude(passage="")


class Hiding(models.Model):
    """That something was hidden: what readers are told of it, and what not. Lifted, never deleted."""

    class Category(models.TextChoices):
        COURT = "court", gettext_lazy("court order")
        PRIVACY = "privacy", gettext_lazy("privacy")
        RIGHTS = "rights", gettext_lazy("rights of others")
        ERROR = "error", gettext_lazy("an error of this site")
        OTHER = "other", gettext_lazy("another reason")

    article = models.ForeignKey("Article", on_delete=models.CASCADE, related_name="hidings")
    version = models.ForeignKey(
        "Version", null=True, blank=True, on_delete=models.CASCADE, related_name="hidings", db_index=False
    )
    passage = models.TextField(blank=True, help_text="The words, wherever they stand in the article.")
    category = models.CharField(max_length=8, choices=Category, help_text="Readers see it.")
    note = models.CharField(max_length=300, blank=True, help_text="Readers see it.")
    reason = models.TextField(help_text="Readers do not see it.")
    hidden_at = models.DateTimeField()
    hidden_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    lifted_at = models.DateTimeField(null=True, blank=True)
    lifted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    objects = HidingQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["article"],
                condition=Q(lifted_at=None, version=None, passage=""),
                name="article_hidden_once",
            ),
            models.UniqueConstraint(
                fields=["version"],
                condition=Q(lifted_at=None, version__isnull=False),
                name="version_hidden_once",
            ),
        ]

    def __str__(self) -> str:
        if self.kind == "version":
            return f"Version {self.version.number} of {self.article}"
        return f"Passage of {self.article}" if self.passage else str(self.article)

    @property
    def kind(self) -> str:
        """What is hidden: an "article", a "version" or a "passage"."""
        return "version" if self.version_id else "passage" if self.passage else "article"


def hidden_versions() -> models.QuerySet[Any]:
    """The keys of all versions that are hidden by themselves: few, off an index of these alone."""
    return Hiding.objects.standing().of_kind("version").values("version")


def with_hidden_passages() -> RawSQL:
    """The keys of the articles of which a passage is hidden, and of those that go on for these: to be asked
    within another question, where `families` would be one more."""
    return RawSQL(_WITH_HIDDEN_PASSAGES, ())  # noqa: S611 - nothing is put into it


def standing(articles: Mapping[int, Any]) -> dict[int, tuple[Hiding, ...]]:
    """What is hidden now of articles, by their keys, the oldest first, each version's with its `number`.

    Articles that were merged have each other's hidden passages too: they are the same piece.

    articles  their rows by their keys, None where there is none at hand: one that says that nothing of it was
              ever hidden, or that has its hidings already, is not asked for
    """
    known = {pk: row.hidings_now for pk, row in articles.items() if row is not None and row.knows_hidings}
    asked = [pk for pk in articles if pk not in known]
    if not asked:
        return known
    pieces = families(asked)
    of: defaultdict[int, list[Hiding]] = defaultdict(list)
    wanted = set(chain.from_iterable(pieces.values()))
    rows = Hiding.objects.standing().filter(article__in=wanted).annotate(number=F("version__number"))
    for row in rows.order_by("pk"):
        of[row.article_id].append(row)
    for pk in asked:
        shared = [row for other in pieces[pk] - {pk} for row in of[other] if row.passage]
        known[pk] = tuple(sorted([*of[pk], *shared], key=lambda row: row.pk))
    return known


def families(articles: Iterable[int]) -> dict[int, set[int]]:
    """Of each of these articles, by their keys, the keys of all that are one piece: itself, what it was
    merged into, and all that was merged into that, by however many steps."""
    asked = set(articles)
    merged = Hiding._meta.get_field("article").related_model.objects.filter(merged_into__isnull=False)
    into: dict[int, int] = {}
    seen, layer = set(asked), set(asked)
    while layer:
        beside = merged.filter(Q(pk__in=layer) | Q(merged_into__in=layer))
        found = dict(beside.values_list("pk", "merged_into"))
        into |= found
        layer = {*found, *found.values()} - seen
        seen |= layer
    pieces: defaultdict[int, set[int]] = defaultdict(set)
    for pk in seen:
        pieces[_end_of(into, pk)].add(pk)
    return {pk: pieces[_end_of(into, pk)] for pk in asked}


def _end_of(into: Mapping[int, int], pk: int) -> int:
    """Where the way ends that begins at a key."""
    while pk in into:
        pk = into[pk]
    return pk


def cover_of(hidings: Iterable[Hiding]) -> Cover:
    """The passages among these, to be blacked out."""
    return Cover.of([row.passage for row in hidings if row.passage])


class ShownQuerySet(models.QuerySet[Any]):
    """Rows that are made fit for readers where `as_shown` was asked for; values and counts are not."""

    _is_shown = False

    def as_shown(self) -> Self:
        """Each row as readers may see it, in memory alone: such a row is never saved."""
        shown = self._chain()
        shown._is_shown = True
        return shown

    def show(self, rows: Sequence[Any]) -> None:
        """Makes rows of this model, as they were read, fit to be shown."""
        raise NotImplementedError

    def iterator(self, *args: Any, **kwargs: Any) -> Any:
        if self._is_shown:
            raise TypeError("rows as readers see them are read at once, not one after the other")
        return super().iterator(*args, **kwargs)

    def _clone(self) -> Self:
        clone = super()._clone()
        clone._is_shown = self._is_shown
        return clone

    def _fetch_all(self) -> None:
        is_fresh = self._result_cache is None
        super()._fetch_all()
        if is_fresh and self._is_shown and self._result_cache and self._iterable_class is ModelIterable:
            self.show(self._result_cache)


def at_hand(row: models.Model, name: str) -> Any:
    """A related row that was read along, or None."""
    return row._state.fields_cache.get(name)


def blacken(row: models.Model, names: Iterable[str], cover: Cover) -> None:
    """Blacks out columns of text of a row, those of them that were read."""
    for name in names:
        if name in row.__dict__:
            setattr(row, name, cover.line(getattr(row, name)))
