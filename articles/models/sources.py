"""What is followed: publications, their feeds, and what was learnt of their pages."""

from datetime import datetime
from typing import Any

from django.db import models, transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from articles.core import hazard, scheduling, urls
from articles.models.hosts import Host, Polled


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
    # a pause that ends by itself (claiming/tidying.py); empty in one that does not
    backs_off_until = models.DateTimeField(null=True, blank=True, editable=False)
    pause_reason = models.TextField(blank=True, default="", editable=False)
    # how often its articles are looked at: core.scheduling
    preset = models.CharField(
        "how often",
        max_length=10,
        choices=[(preset.value, preset.value) for preset in scheduling.Preset],
        default=scheduling.Preset.BALANCED.value,
    )
    asks_archive = models.BooleanField(
        "web archive",
        default=False,
        help_text="A public web archive is asked to keep each new version of its articles.",
    )
    # what ingestion/habits.py has learnt of how much it edits: changes seen, and those expected of as many
    # average articles
    habit_changes = models.PositiveIntegerField(default=0, editable=False)
    habit_expected = models.FloatField(default=0, editable=False)
    habit_learnt_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    # the source that was given all its feeds and articles: ingestion/transfers.py
    merged_into = models.ForeignKey(
        "self", null=True, blank=True, editable=False, on_delete=models.SET_NULL, related_name="merged"
    )

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("source", args=[self.slug])

    @property
    def survivor(self) -> "Source":
        """The source that has what this one had: itself, unless it was merged and has no article again."""
        source = self
        while source.merged_into is not None and not source.articles.exists():
            source = source.merged_into
        return source

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

    @transaction.atomic
    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Deletes it and its parts; its articles stay, and are of no known feed then.

        A poll that stores articles meanwhile is waited for, or finds no feed (ingestion/feeds.py). The
        articles are locked in the order of their keys, as workers do.
        """
        list(Feed.objects.select_for_update().order_by().filter(pk=self.pk).values_list("pk"))
        list(self.articles.select_for_update(no_key=True).order_by("pk").values_list("pk"))
        return super().delete(*args, **kwargs)

    @property
    def named_as(self) -> int:
        """The key of the feed that its articles are said to come from: of a part, the list's, which stays."""
        return self.part_of_id or self.pk

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
