"""What is kept: sources, feeds, articles, snapshots, versions, changes and checks.

The laws these tables keep (docs/architecture.md): one article per page however many spellings lead
to it; versions append-only, numbered without gaps; every check recorded with exactly one outcome.
"""

import zlib
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from django.db import connection, models, transaction
from django.db.models import Case, Q, When
from django.db.models.functions import Greatest
from django.urls import reverse
from django.utils import timezone
from django.utils.text import slugify

from articles import rows
from articles.core import hazard, scheduling, urls, versioning
from articles.core.types import Extract, Outcome, Paragraph, ParagraphKind
from articles.upkeep import Count, Gap, Worker  # noqa: F401  Django looks for models here

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Leased(models.Model):
    """A row that a worker claims for a while: see articles/claiming/.

    The token fences: a worker whose lease ended and was given to another finds its token gone and
    writes nothing.
    """

    lease_until = models.DateTimeField(null=True, editable=False)
    lease_token = models.CharField(max_length=32, blank=True, editable=False)

    class Meta:
        abstract = True


class Host(Leased):
    """An authority (host, and port where unusual) that we ask politely: one request at a time.

    `next_at` is the earliest moment of the next request to it, for all workers together, and `due_at`
    that from which on there is something to ask: never later than its feeds and articles that nobody
    has say, though it may be earlier. Its turn comes when both have come (articles/claiming).
    """

    authority = models.CharField(max_length=300, unique=True)
    scheme = models.CharField(max_length=5, default="http")
    next_at = models.DateTimeField(default=EPOCH)
    due_at = models.DateTimeField(null=True, blank=True, editable=False)
    turn_at = models.GeneratedField(
        expression=Case(When(due_at=None, then=None), default=Greatest("next_at", "due_at")),
        output_field=models.DateTimeField(null=True),
        db_persist=True,
    )
    # of the work whose turn it is; "" when nobody is asking
    turn_token = models.CharField(max_length=32, blank=True, editable=False)
    crawl_delay = models.FloatField(null=True, blank=True, help_text="Seconds, as robots.txt asks.")
    robots = models.TextField(blank=True, help_text="robots.txt as last read.")
    robots_status = models.PositiveSmallIntegerField(null=True, blank=True)
    robots_expires_at = models.DateTimeField(null=True, blank=True)
    failures = models.PositiveIntegerField(default=0, help_text="Refusals (429, 503) in a row.")
    last_error = models.TextField(blank=True)
    last_error_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            # claiming: the hosts whose turn it is; whose robots.txt is being read
            models.Index(fields=["turn_at"], name="host_turn", condition=Q(turn_at__isnull=False)),
            models.Index(fields=["lease_until"], name="host_leased", condition=~Q(lease_token="")),
        ]

    def __str__(self) -> str:
        return self.authority

    @classmethod
    def ring(cls, hosts: Iterable[int], due: datetime | None) -> None:
        """Says that at `due` there is something to ask these hosts, given by key; None: there is nothing.

        One statement a host, in the order of their keys: rows locked in any order could wait for each other.
        """
        if due is None:
            return
        at = rows.moment(due)
        with connection.cursor() as cursor:
            for pk in sorted(set(hosts)):
                cursor.execute(
                    "UPDATE articles_host SET due_at = %s WHERE id = %s AND (due_at IS NULL OR due_at > %s)",
                    [at, pk, at],
                )

    @classmethod
    def of(cls, url: str) -> "Host":
        """The host that answers for an address, made known if it is new."""
        scheme = url.partition(":")[0]
        host, _ = cls.objects.get_or_create(authority=urls.authority(url), defaults={"scheme": scheme})
        return host


class Polled(Leased):
    """What feeds and articles share: an address that is asked again and again."""

    url = models.TextField()
    host = models.ForeignKey(Host, on_delete=models.PROTECT, related_name="%(class)ss")
    next_check_at = models.DateTimeField(null=True, blank=True)
    last_checked_at = models.DateTimeField(null=True, blank=True, editable=False)
    etag = models.TextField(blank=True, editable=False)
    last_modified = models.CharField(max_length=100, blank=True, editable=False)
    body_digest = models.CharField(max_length=64, blank=True, editable=False)
    last_status = models.PositiveSmallIntegerField(null=True, blank=True, editable=False)
    failures = models.PositiveIntegerField(default=0, editable=False, help_text="In a row.")
    last_error = models.TextField(blank=True, editable=False)
    last_error_at = models.DateTimeField(null=True, blank=True, editable=False)
    # A redirect is followed as a claim of its own, so that the next host's turn and robots.txt are
    # respected; until it ends these say where the look has got to.
    hop_url = models.TextField(blank=True, editable=False)
    hops = models.PositiveSmallIntegerField(default=0, editable=False)
    hop_permanent = models.BooleanField(default=True, editable=False)

    class Meta:
        abstract = True

    @property
    def fetch_url(self) -> str:
        """The address the next request goes to: where a redirect has led, else the row's own."""
        return self.hop_url or self.url


class Source(models.Model):
    """A publication, curated by an operator."""

    name = models.CharField(max_length=200)
    slug = models.SlugField(max_length=80, unique=True)
    url = models.URLField("home page", max_length=2000, blank=True)
    language = models.CharField(max_length=20, blank=True, help_text="BCP 47, such as en or pt-BR.")
    # how its pages are read, beside what holds for every page; one entry a line
    kept_selectors = models.TextField(
        "keep",
        blank=True,
        help_text="CSS selectors, one a line: what they select is the article, and nothing else. "
        "Only where newsdiff reads the wrong part of the pages.",
    )
    dropped_selectors = models.TextField(
        "drop", blank=True, help_text="CSS selectors, one a line: what they select is no part of an article."
    )
    ignored_texts = models.TextField(
        "ignore",
        blank=True,
        help_text="Whole paragraphs to leave out, one a line; * stands for anything: Photo: * / Agency",
    )
    is_paused = models.BooleanField("paused", default=False, help_text="No feed or article of it is fetched.")
    # how often its articles are looked at: core.scheduling
    preset = models.CharField(
        "how often",
        max_length=10,
        choices=[(preset.value, preset.value) for preset in scheduling.Preset],
        default=scheduling.Preset.BALANCED.value,
    )
    # what ingestion/habits.py has learnt of how much it edits: changes seen, and those expected of as many
    # average articles
    habit_changes = models.PositiveIntegerField(default=0, editable=False)
    habit_expected = models.FloatField(default=0, editable=False)
    habit_learnt_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("source", args=[self.slug])

    @property
    def habit(self) -> float:
        """How much it edits beside the average source."""
        return hazard.habit(self.habit_changes, self.habit_expected)


class BoilerplateQuerySet(models.QuerySet["Boilerplate"]):
    def left_out(self) -> "BoilerplateQuerySet":
        """What is left out of texts: there was enough evidence, and nobody has said that it is text."""
        return self.filter(is_text=False).exclude(left_out_since=None)


class Boilerplate(models.Model):
    """Something on a source's pages that was learnt to be no part of its articles."""

    class Evidence(models.TextChoices):
        REPEATS = "repeats", "the same on many articles"
        DIFFERS = "differs", "another at every look"

    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="boilerplate")
    evidence = models.CharField(max_length=8, choices=Evidence)
    # the words that repeat, or the place on the page (`core.types.Rules`); and their digest, as a key
    rule = models.TextField()
    key = models.CharField(max_length=64)
    sample = models.TextField(help_text="A paragraph it was learnt from.")
    seen_on = models.JSONField(default=list, help_text="The first articles it was seen on.")
    first_seen_at = models.DateTimeField()
    left_out_since = models.DateTimeField(null=True, blank=True)
    is_text = models.BooleanField(
        "is text", default=False, help_text="It belongs to the articles: never leave it out."
    )

    objects = BoilerplateQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "boilerplate"
        ordering = ["-left_out_since", "-first_seen_at"]
        constraints = [models.UniqueConstraint(fields=["source", "evidence", "key"], name="boilerplate_once")]

    def __str__(self) -> str:
        return self.sample[:80]


class FeedQuerySet(models.QuerySet["Feed"]):
    def due(self, now: datetime) -> "FeedQuerySet":
        """Feeds to be polled at `now` that nobody has claimed."""
        return self.filter(
            Q(lease_until=None) | Q(lease_until__lte=now),
            next_check_at__lte=now,
            is_paused=False,
            source__is_paused=False,
        )


class Feed(Polled):
    """An address whose entries name a source's articles."""

    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="feeds")
    key = models.CharField(max_length=64, unique=True, editable=False)
    title = models.CharField(max_length=300, blank=True, editable=False)
    kind = models.CharField(max_length=10, blank=True, editable=False)
    is_paused = models.BooleanField("paused", default=False)
    interval = models.FloatField(default=0, editable=False, help_text="Seconds to the next poll.")
    entry_count = models.PositiveIntegerField(default=0, editable=False)
    last_ok_at = models.DateTimeField(null=True, blank=True, editable=False)
    # when it last named other entries than before, and which: how a dead feed is known
    last_new_at = models.DateTimeField(null=True, blank=True, editable=False)
    entries_digest = models.CharField(max_length=64, blank=True, editable=False)
    note = models.TextField(blank=True, editable=False)  # what was left out of it, and why
    # what it said when it was last read, for the polls that bring nothing (core.feeds.hints)
    asked_interval = models.FloatField(default=0, editable=False, help_text="Seconds.")
    skip_hours = models.JSONField(default=list, editable=False)
    skip_days = models.JSONField(default=list, editable=False)
    hub_url = models.TextField(blank=True, editable=False)
    topic_url = models.TextField(blank=True, editable=False)
    # a permanent redirect that was seen once; seen again a day later, the feed moves there
    redirect_url = models.TextField(blank=True, editable=False)
    redirect_since = models.DateTimeField(null=True, blank=True, editable=False)
    previous_url = models.TextField(blank=True, editable=False)
    moved_at = models.DateTimeField(null=True, blank=True, editable=False)
    part_of = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        editable=False,
        on_delete=models.CASCADE,
        related_name="parts",
        help_text="The list of sitemaps that names it: it comes and goes with what is new there.",
    )

    objects = FeedQuerySet.as_manager()

    class Meta:
        ordering = ["source__name", "url"]
        indexes = [
            # claiming: the due feeds of one host; what is claimed
            models.Index(fields=["host", "next_check_at"], name="feed_host_due"),
            models.Index(fields=["lease_until"], name="feed_leased", condition=~Q(lease_token="")),
        ]

    def __str__(self) -> str:
        return self.title or self.url

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Keeps key and host true to the address; a new or moved feed starts afresh, and at once."""
        starts = self._state.adding or self.url != Feed.objects.values_list("url", flat=True).get(pk=self.pk)
        if starts:
            self.key, self.host = urls.key(self.url), Host.of(self.url)
            self.next_check_at = timezone.now()
            self.etag = self.last_modified = self.body_digest = self.hop_url = self.last_error = ""
            self.hub_url = self.topic_url = self.redirect_url = ""
            self.hops = self.failures = 0
            self.last_status = self.redirect_since = self.last_new_at = None
            if not self._state.adding:  # a poll of the old address that is under way is fenced out
                self.lease_token, self.lease_until = "", None
            if (fields := kwargs.get("update_fields")) is not None:
                kwargs["update_fields"] = {*fields, *self.STARTING}
        super().save(*args, **kwargs)
        if starts:
            Host.ring([self.host_id], self.next_check_at)

    # what `save` sets of a feed whose address is new
    STARTING = (
        *("key", "host", "next_check_at", "etag", "last_modified", "body_digest"),
        *("hop_url", "hops", "failures", "last_error", "last_status", "lease_token", "lease_until"),
        *("hub_url", "topic_url", "redirect_url", "redirect_since", "last_new_at"),
    )


class Subscription(models.Model):
    """What a hub was asked to tell us of a feed (WebSub, https://www.w3.org/TR/websub/).

    `token` makes the address that the hub calls; `secret` signs what it sends there.
    """

    class State(models.TextChoices):
        ASKED = "asked", "asked for"  # the hub has yet to confirm it at our address
        LIVE = "live", "live"
        DENIED = "denied", "denied by the hub"
        FAILED = "failed", "could not be asked for"

    feed = models.OneToOneField(Feed, on_delete=models.CASCADE, related_name="subscription")
    hub = models.TextField()
    topic = models.TextField()
    token = models.CharField(max_length=64, unique=True, editable=False)
    secret = models.CharField(max_length=64, editable=False)
    state = models.CharField(max_length=6, choices=State, default=State.ASKED)
    reason = models.TextField(blank=True)
    is_asked = models.BooleanField(default=False, help_text="A request waits for the hub's confirmation.")
    next_request_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    rung_at = models.DateTimeField(null=True, blank=True, help_text="When the hub last told of news.")
    rings = models.PositiveIntegerField(default=0)
    ignored = models.PositiveIntegerField(default=0, help_text="Messages without a valid signature.")

    def __str__(self) -> str:
        return f"{self.feed} by {self.hub}"


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


class Blob(models.Model):
    """Bytes as they came, compressed, once however many snapshots share them."""

    digest = models.CharField(max_length=64, primary_key=True)  # SHA-256 of the bytes, hex
    size = models.PositiveIntegerField()
    packed = models.BinaryField()

    @classmethod
    def keep(cls, digest: str, body: bytes) -> "Blob":
        """The blob of `body`, stored if it is new, and locked. `digest` is its SHA-256 in hex."""
        rows = cls.objects.all()
        if connection.features.has_select_for_update:
            rows = rows.select_for_update()
        blob, _ = rows.get_or_create(
            digest=digest, defaults={"size": len(body), "packed": zlib.compress(body, 6)}
        )
        return blob

    @classmethod
    def sweep(cls, digests: list[str]) -> None:
        """Deletes those of the blobs that no snapshot stands on; one that is being kept stays."""
        with transaction.atomic():
            rows = cls.objects.filter(digest__in=digests).order_by("digest")
            if connection.features.has_select_for_update_skip_locked:
                rows = rows.select_for_update(skip_locked=True)
            locked = list(rows.values_list("digest", flat=True))
            # asked anew now that the rows are ours: what was committed in between is seen
            cls.objects.filter(digest__in=locked, snapshots=None).delete()

    def __str__(self) -> str:
        return self.digest

    @property
    def body(self) -> bytes:
        return zlib.decompress(bytes(self.packed))


class Snapshot(models.Model):
    """One fetch of an article, kept raw (a memento, RFC 7089)."""

    article = models.ForeignKey(Article, on_delete=models.CASCADE, related_name="snapshots")
    blob = models.ForeignKey(Blob, on_delete=models.PROTECT, related_name="snapshots")
    fetched_at = models.DateTimeField()
    url = models.TextField(help_text="The address that answered, after redirects.")
    status = models.PositiveSmallIntegerField()
    headers = models.JSONField(default=list)  # [[name, value], …] as received

    class Meta:
        # ingestion prunes an article's oldest snapshots
        indexes = [models.Index(fields=["article", "fetched_at"], name="snapshot_article_time")]

    def __str__(self) -> str:
        return f"{self.url} at {self.fetched_at:%Y-%m-%d %H:%M:%S}"


class VersionQuerySet(models.QuerySet["Version"]):
    def without_text(self) -> "VersionQuerySet":
        """For lists: everything but the paragraphs."""
        return self.defer("paragraphs")


class Version(models.Model):
    """A distinct text of an article. Never deleted, and changed by us alone in two respects.

    `last_seen_at` moves on, and the text is what today's extractor and rules read in the snapshot
    (ingestion/rebaselining.py), without what was learnt to tick on the page (ingestion/doubts.py).
    """

    article = models.ForeignKey(Article, on_delete=models.CASCADE, related_name="versions")
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
    paragraphs = models.JSONField()  # [[kind, text], …]
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

    def newest(self) -> "ChangeQuerySet":
        return self.order_by("-seen_at", "-pk")


class Change(models.Model):
    """The stored step from one version to the next: what lists and feeds show without a diff."""

    article = models.ForeignKey(Article, on_delete=models.CASCADE, related_name="changes")
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

    objects = ChangeQuerySet.as_manager()

    class Meta:
        indexes = [
            # home, a source's page, an article's feed: newest first, paged by key
            models.Index(fields=["-seen_at", "-id"], name="change_newest"),
            models.Index(fields=["source", "-seen_at", "-id"], name="change_source_newest"),
            models.Index(fields=["article", "-seen_at", "-id"], name="change_article_newest"),
        ]

    def __str__(self) -> str:
        return f"Change {self.pk} of {self.article_id}"

    def get_absolute_url(self) -> str:
        return reverse("diff", args=[self.article_id, self.old.number, self.new.number])

    @property
    def kind_names(self) -> list[str]:
        return [name for name, _ in self.kinds]


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
    snapshot = models.ForeignKey(Snapshot, null=True, on_delete=models.SET_NULL, related_name="checks")
    version = models.ForeignKey(Version, null=True, on_delete=models.SET_NULL, related_name="checks")

    class Meta:
        # the check log of an article, newest first
        indexes = [models.Index(fields=["article", "-at"], name="check_article_time")]

    def __str__(self) -> str:
        return f"{self.get_outcome_display()} at {self.at:%Y-%m-%d %H:%M:%S}"


class Heartbeat(models.Model):
    """When a part of newsdiff was last alive, so that a silent stop is noticed."""

    name = models.CharField(max_length=40, primary_key=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name
