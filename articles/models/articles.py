"""What is found: articles, the spellings of their addresses, and the looks at them."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from functools import cached_property

from django.db import models
from django.db.models import Exists, OuterRef, Q, Subquery
from django.urls import reverse
from django.utils.text import slugify

from articles.core import scheduling, versioning
from articles.core.numbering import Numbers
from articles.core.redaction import Cover
from articles.core.types import Outcome
from articles.models.evidence import Snapshot
from articles.models.hidings import (
    Hiding,
    ShownQuerySet,
    blacken,
    cover_of,
    families,
    hidden_versions,
    standing,
)
from articles.models.hosts import Polled
from articles.models.sources import Feed, Source


class ArticleQuerySet(ShownQuerySet):
    def due(self, now: datetime) -> "ArticleQuerySet":
        """Articles to be looked at at `now` that nobody has claimed."""
        return self.filter(
            Q(lease_until=None) | Q(lease_until__lte=now),
            next_check_at__lte=now,
            hidden_at=None,
            merged_into=None,
            source__is_paused=False,
        )

    def public(self) -> "ArticleQuerySet":
        """Articles that lists show, as readers may see them: not hidden, none that was merged into another,
        and read at least once."""
        return self.filter(hidden_at=None, merged_into=None, version_count__gt=0).as_shown()

    def with_kept_pages(self) -> "ArticleQuerySet":
        """Articles that lists show, and those not looked at yet of which a page is kept (of a preview)."""
        kept = Exists(Snapshot.objects.filter(article=OuterRef("pk")))
        readable = self.filter(hidden_at=None, merged_into=None)
        return readable.filter(Q(version_count__gt=0) | kept).as_shown()

    def not_withdrawn(self) -> "ArticleQuerySet":
        """Those that are neither hidden nor merged, by however many steps, into one that is."""
        merged = Article.objects.filter(merged_into__isnull=False, merged_into__hidden_at__isnull=False)
        gone = list(merged.values_list("pk", flat=True))
        return self.filter(hidden_at=None).exclude(pk__in=[*gone, *merged_below(gone)])

    def show(self, rows: Sequence["Article"]) -> None:
        show_articles(rows)

    def unread(self) -> "ArticleQuerySet":
        """Articles that the last look did not get: it failed, was not let in, or met something else."""
        return self.filter(Q(failures__gt=0) | Q(suspect_looks__gt=0), hidden_at=None, merged_into=None)


class Article(Polled):
    """A page that is followed, under its canonical URL."""

    class Status(models.TextChoices):
        TRACKED = "tracked"
        FINISHED = "finished"  # quiet for so long that it is not looked at any more
        GONE = "gone"  # 404 or 410, confirmed
        REUSED = "reused"  # its URL now carries another text

    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="articles")
    # the first that named it, of a list of sitemaps the list; None where that is not known: it was imported,
    # is from before this was kept, or the feed was deleted
    feed = models.ForeignKey(
        Feed,
        null=True,
        blank=True,
        editable=False,
        on_delete=models.SET_NULL,
        related_name="articles",
        db_index=False,
    )
    title = models.TextField(blank=True, help_text="The newest headline.")
    status = models.CharField(max_length=10, choices=Status, default=Status.TRACKED)
    status_since = models.DateTimeField(null=True, blank=True, editable=False)
    language = models.CharField(max_length=35, blank=True)
    direction = models.CharField(max_length=3, blank=True)
    published_at = models.DateTimeField(null=True, blank=True)
    first_seen_at = models.DateTimeField()
    last_changed_at = models.DateTimeField(null=True, blank=True)
    version_count = models.PositiveIntegerField(default=0, editable=False)
    check_count = models.PositiveIntegerField(default=0, editable=False)
    cosmetic_count = models.PositiveIntegerField(default=0, editable=False)
    snapshots_pruned = models.PositiveIntegerField(default=0, editable=False)
    last_outcome = models.CharField(max_length=12, blank=True, editable=False)
    last_reason = models.TextField(blank=True, editable=False)
    # what versioning.History is made of
    text_digest = models.CharField(max_length=80, blank=True, editable=False)
    pending_digest = models.CharField(max_length=80, blank=True, editable=False)
    pending_reason = models.TextField(blank=True, editable=False)
    pending_looks = models.PositiveIntegerField(default=0, editable=False)
    pending_since = models.DateTimeField(null=True, blank=True, editable=False)
    suspect_looks = models.PositiveIntegerField(default=0, editable=False, help_text="In a row, of any text.")
    # what core.steady remembers of the page: where something else stands at every look, and where it may;
    # at how many looks a text has been in doubt, and at how many the page came byte for byte the same
    slots = models.JSONField(default=list, editable=False)
    suspected_slots = models.JSONField(default=list, editable=False)
    doubts = models.PositiveIntegerField(default=0, editable=False)
    quiet_looks = models.PositiveIntegerField(default=0, editable=False)
    skeleton = models.CharField(max_length=64, blank=True, editable=False)  # of the page last read
    # in which elements the text stood (core.redesign), and at how many looks in a row
    places = models.JSONField(default=list, editable=False)
    places_looks = models.PositiveIntegerField(default=0, editable=False)
    is_flapping = models.BooleanField(default=False, editable=False)
    variant_digest = models.CharField(max_length=80, blank=True, editable=False)
    variant_looks = models.PositiveIntegerField(default=0, editable=False)
    missing_looks = models.PositiveIntegerField(default=0, editable=False, help_text="404s in a row.")
    missing_since = models.DateTimeField(null=True, blank=True, editable=False)
    hidden_at = models.DateTimeField(null=True, blank=True)  # by whom and why: its hidings
    # when it, a version or a passage of it was last hidden or shown again, or it was merged or parted again,
    # or that was done to what it is one piece with; no two such moments are the same
    hidings_at = models.DateTimeField(null=True, blank=True, editable=False)
    # what readers are not shown of it now, where it was read to be shown
    hidings_now: tuple[Hiding, ...] = ()
    # the article that goes on for both, where this one is the same piece: ingestion/duplicates.py
    merged_into = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        editable=False,
        on_delete=models.PROTECT,
        related_name="merged",
        db_index=False,
    )
    merged_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = ArticleQuerySet.as_manager()

    class Meta:
        indexes = [
            # claiming: the due articles of one host; what is claimed
            models.Index(fields=["host", "next_check_at"], name="article_host_due"),
            models.Index(fields=["lease_until"], name="article_leased", condition=~Q(lease_token="")),
            # the source page lists articles by their last change
            models.Index(fields=["source", "-last_changed_at"], name="article_source_changed"),
            # ingestion: is this very text on other pages of the source too? (a wall)
            models.Index(fields=["source", "pending_digest"], name="article_source_pending"),
            # claiming, watching.py: what is due anywhere, and since when
            models.Index(
                fields=["next_check_at"],
                name="article_due",
                condition=Q(hidden_at=None, next_check_at__isnull=False),
            ),
            # /metrics counts these, and they are few
            models.Index(fields=["id"], name="article_flapping", condition=Q(is_flapping=True)),
            models.Index(fields=["id"], name="article_suspect", condition=Q(suspect_looks__gt=0)),
            models.Index(fields=["id"], name="article_reused", condition=Q(status="reused")),
            # lists of those that are gone, in the API and the admin
            models.Index(fields=["id"], name="article_gone", condition=Q(status="gone")),
            # tallying: the articles of a source's day
            models.Index(fields=["source", "first_seen_at"], name="article_source_first"),
            # sourcestates: when anything of a source was looked at last; which looks brought no article
            models.Index(fields=["source", "-last_checked_at"], name="article_source_looked"),
            models.Index(
                fields=["source"],
                name="article_source_unread",
                condition=Q(failures__gt=0) | Q(suspect_looks__gt=0),
            ),
            # feeds: when was something of this source, or of any, last hidden or shown again?
            models.Index(
                fields=["source", "hidings_at"],
                name="article_hidings",
                condition=Q(hidings_at__isnull=False),
            ),
            # the admin: the articles that a feed named, newest first; moving them; deleting the feed
            models.Index(fields=["feed", "id"], name="article_feed", condition=Q(feed__isnull=False)),
            # an article's page: what was merged into it
            models.Index(
                fields=["merged_into"], name="article_merged_into", condition=Q(merged_into__isnull=False)
            ),
        ]
        permissions = [("hide_article", "Can hide articles, versions and passages")]

    def __str__(self) -> str:
        return self.title or self.url

    @property
    def life(self) -> scheduling.Life:
        """What is known of it that tells when to look again."""
        return scheduling.Life(
            first_seen=self.first_seen_at,
            published=self.published_at,
            changed=self.last_changed_at,
            changes=max(self.version_count - 1, 0),
            habit=self.source.habit,
        )

    @property
    def slug(self) -> str:
        return slugify(self.title)[:60].strip("-") or "article"

    def get_absolute_url(self) -> str:
        return reverse("article", args=[self.pk, self.slug])

    # --- what readers see of it ----------------------------------------------------------------------
    @property
    def knows_hidings(self) -> bool:
        """Whether it can tell what is hidden of it: nothing ever was, or it was read to be shown."""
        return "hidings_now" in self.__dict__ or self.__dict__.get("hidings_at", self) is None

    @property
    def tombstone(self) -> Hiding | None:
        """What readers are told of why it is hidden as a whole."""
        return next((row for row in self.hidings_now if row.kind == "article"), None)

    @property
    def hidden_versions(self) -> dict[int, Hiding]:
        """Its versions that are hidden by themselves, by number."""
        return {row.number: row for row in self.hidings_now if row.version_id}

    @property
    def hidden_passages(self) -> list[Hiding]:
        """Its passages that are hidden."""
        return [row for row in self.hidings_now if row.passage]

    @cached_property
    def numbers(self) -> Numbers:
        """The numbers of its versions that readers see."""
        return Numbers(self.version_count, frozenset(self.hidden_versions))

    @cached_property
    def cover(self) -> Cover:
        """What is blacked out of its texts."""
        return cover_of(self.hidings_now)

    @property
    def hiding_stamp(self) -> tuple[int, ...]:
        """Names what is hidden of it now, for whatever is kept of its pages."""
        return tuple(row.pk for row in self.hidings_now)

    @property
    def survivor(self) -> "Article":
        """The article that goes on for this one: itself, unless it was merged into another. That is read as
        it is stored: its key is for readers, its headline is not."""
        article = self
        while article.merged_into is not None:
            article = article.merged_into
        return article

    @property
    def family(self) -> set[int]:
        """The keys of all articles that are one piece: the one that goes on, and those merged into it."""
        return families([self.pk])[self.pk]

    @property
    def is_shown_whole(self) -> bool:
        """Whether readers are shown all of it: nothing is hidden of it, nor of what it is one piece with."""
        family = self.family
        if Article.objects.filter(pk__in=family).exclude(hidden_at=None).exists():
            return False
        return not Hiding.objects.standing().filter(article__in=family).exists()

    @property
    def held_back(self) -> str:
        """What the page shows instead of the newest version: "beginning", "text", "wall" or nothing, ""."""
        word = self.pending_reason.partition(" ")[0]
        if not self.pending_since or word == versioning.UNSTEADY:
            return ""
        if word == versioning.CUT:
            return "beginning"
        return "text" if word in (versioning.SHRUNK, versioning.UNRELATED, versioning.REUSED) else "wall"

    @property
    def state(self) -> str:
        """tracked, finished, gone, hidden or paused: the API's one word for it."""
        if self.hidden_at:
            return "hidden"
        if self.merged_into_id:
            return "finished"
        if self.status == self.Status.TRACKED and self.source.is_paused:
            return "paused"
        return "finished" if self.status == self.Status.REUSED else self.status


def merged_below(keys: Iterable[int]) -> list[int]:
    """The keys of all that was merged into these articles, or into what was merged into them."""
    found: list[int] = []
    layer = list(keys)
    while layer:
        layer = list(Article.objects.filter(merged_into__in=layer).values_list("pk", flat=True))
        found += layer
    return found


def note_hidings(keys: Iterable[int], now: datetime) -> datetime:
    """Notes that something is hidden or shown, merged or parted, of these articles, by their keys, and so of
    all that are one piece with them. Takes them for the transaction.

    Returns the moment of it: now, or a little later, for it is later than any before, whatever the clock
    says, since what is kept goes by it.
    """
    asked, taken, at = list(keys), set[int](), now
    rows = Article.objects.select_for_update(no_key=True).order_by("pk")
    # while these are waited for, others may be merged into them
    while more := set().union(*families(asked).values()) - taken:
        moments = filter(None, rows.filter(pk__in=more).values_list("hidings_at", flat=True))
        at = max([at, *(moment + timedelta(microseconds=1) for moment in moments)])
        taken |= more
    Article.objects.filter(pk__in=taken).update(hidings_at=at)
    return at


def show_articles(rows: Sequence[Article]) -> None:
    """Makes articles fit to be shown: each with what is hidden of it, and a headline that readers may see."""
    found = standing({row.pk: row for row in rows})
    for row in rows:
        row.hidings_now = found[row.pk]
    headlines = _shown_headlines([row.pk for row in rows if row.hidden_versions])
    for row in rows:
        if row.pk in headlines:
            row.title = headlines[row.pk]
        if row.hidings_now:
            blacken(row, ["title"], row.cover)


def _shown_headlines(keys: Sequence[int]) -> dict[int, str]:
    """Of articles, by their keys, the headline of the newest version that has one and is not hidden, or "".

    The one on the article's own row will not do where any version is hidden: it stays when a later version
    has none.
    """
    if not keys:
        return {}
    versions = Article._meta.get_field("versions").related_model.objects.filter(article=OuterRef("pk"))
    shown = versions.exclude(title="").exclude(pk__in=hidden_versions()).order_by("-number").values("title")
    rows = Article.objects.filter(pk__in=keys).annotate(headline=Subquery(shown[:1]))
    return {pk: headline or "" for pk, headline in rows.values_list("pk", "headline")}


class ArticleURL(models.Model):
    """A spelling of an article's address that has been met; `key` is what spellings share."""

    article = models.ForeignKey(Article, on_delete=models.CASCADE, related_name="urls")
    url = models.TextField()
    key = models.CharField(max_length=64, unique=True)
    seen_at = models.DateTimeField()
    # the article that had it before it was merged into this one
    came_from = models.ForeignKey(
        Article, null=True, editable=False, on_delete=models.SET_NULL, related_name="+", db_index=False
    )

    class Meta:
        # ingestion/duplicates.py: the addresses that go back
        indexes = [
            models.Index(
                fields=["came_from"], name="articleurl_came_from", condition=Q(came_from__isnull=False)
            )
        ]

    def __str__(self) -> str:
        return self.url


class Check(models.Model):
    """One look at an article and how it ended."""

    OUTCOMES = [(outcome.value, outcome.value.replace("_", " ")) for outcome in Outcome]

    article = models.ForeignKey(Article, on_delete=models.CASCADE, related_name="checks")
    at = models.DateTimeField()
    outcome = models.CharField(max_length=12, choices=OUTCOMES)
    reason = models.TextField(blank=True)
    status = models.PositiveSmallIntegerField(null=True)
    seconds = models.FloatField(default=0)
    size = models.PositiveIntegerField(default=0, help_text="Bytes of the body.")
    snapshot = models.ForeignKey("Snapshot", null=True, on_delete=models.SET_NULL, related_name="checks")
    version = models.ForeignKey("Version", null=True, on_delete=models.SET_NULL, related_name="checks")

    class Meta:
        # the check log of an article, newest first
        indexes = [models.Index(fields=["article", "-at"], name="check_article_time")]

    def __str__(self) -> str:
        return f"{self.get_outcome_display()} at {self.at:%Y-%m-%d %H:%M:%S}"
