"""What is found: articles, the spellings of their addresses, and the looks at them."""

from datetime import datetime

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.text import slugify

from articles.core import scheduling, versioning
from articles.core.types import Outcome
from articles.models.hosts import Polled
from articles.models.sources import Source


class ArticleQuerySet(models.QuerySet["Article"]):
    def due(self, now: datetime) -> "ArticleQuerySet":
        """Articles to be looked at at `now` that nobody has claimed."""
        return self.filter(
            Q(lease_until=None) | Q(lease_until__lte=now),
            next_check_at__lte=now,
            hidden_at=None,
            source__is_paused=False,
        )

    def public(self) -> "ArticleQuerySet":
        """Articles readers may see: not hidden, and read at least once."""
        return self.filter(hidden_at=None, version_count__gt=0)

    def unread(self) -> "ArticleQuerySet":
        """Articles that the last look did not get: it failed, was not let in, or met something else."""
        return self.filter(Q(failures__gt=0) | Q(suspect_looks__gt=0), hidden_at=None)


class Article(Polled):
    """A page that is followed, under its canonical URL."""

    class Status(models.TextChoices):
        TRACKED = "tracked"
        FINISHED = "finished"  # quiet for so long that it is not looked at any more
        GONE = "gone"  # 404 or 410, confirmed
        REUSED = "reused"  # its URL now carries another text

    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="articles")
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
    hidden_at = models.DateTimeField(null=True, blank=True)
    hidden_reason = models.TextField(blank=True)

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
            # tallying: the articles of a source's day
            models.Index(fields=["source", "first_seen_at"], name="article_source_first"),
            # sourcestates: when anything of a source was looked at last; which looks brought no article
            models.Index(fields=["source", "-last_checked_at"], name="article_source_looked"),
            models.Index(
                fields=["source"],
                name="article_source_unread",
                condition=Q(failures__gt=0) | Q(suspect_looks__gt=0),
            ),
        ]

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
        if self.status == self.Status.TRACKED and self.source.is_paused:
            return "paused"
        return "finished" if self.status == self.Status.REUSED else self.status


class ArticleURL(models.Model):
    """A spelling of an article's address that has been met; `key` is what spellings share."""

    article = models.ForeignKey(Article, on_delete=models.CASCADE, related_name="urls")
    url = models.TextField()
    key = models.CharField(max_length=64, unique=True)
    seen_at = models.DateTimeField()

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
