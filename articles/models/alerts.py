"""Who is told of changes, of which, and each message to them.

A change waits as Untold from the very transaction that stored it. One follower's part of it is a Notice,
unique by follower and change, and a Notice is in one Delivery: so each is told once (articles/alerts/).
"""

from datetime import datetime
from secrets import token_hex, token_urlsafe
from typing import Any

from django.db import models
from django.db.models import F, Q

from articles.core.following import Cadence, masked
from articles.models.articles import Article
from articles.models.sources import Source
from articles.models.versions import Change

_ONE_OWNER = Q(follower=None, channel__isnull=False) | Q(follower__isnull=False, channel=None)


def new_token() -> str:
    """What an address is reached by that nobody else can guess."""
    return token_urlsafe(24)


def new_secret() -> str:
    """What a channel's messages are signed with."""
    return f"ndsec_{token_hex(24)}"


def new_key() -> str:
    """What a message is known by to its receivers, however often it comes."""
    return token_hex(16)


class Follower(models.Model):
    """A reader's e-mail address. Deleted, with all about it, once it follows nothing.

    key       the address as it is compared
    token     of the pages where the reader says what to follow: who has it reads that mailbox
    asked_at  when the last message was made that asks to confirm
    refusals  of the mail server that say the address is no good, in a row
    """

    address = models.EmailField(max_length=254)
    key = models.CharField(max_length=254, unique=True, editable=False)
    token = models.CharField(max_length=40, unique=True, default=new_token, editable=False)
    created_at = models.DateTimeField(editable=False)
    asked_at = models.DateTimeField(null=True, editable=False)
    confirmed_at = models.DateTimeField(null=True, editable=False)
    refusals = models.PositiveSmallIntegerField(default=0, editable=False)
    last_error = models.TextField(blank=True, editable=False)

    class Meta:
        verbose_name = "reader"
        permissions = [("see_addresses", "Can see the e-mail addresses of readers")]

    def __str__(self) -> str:
        return masked(self.address)


class Channel(models.Model):
    """Where a curator has changes told: a webhook, or a room of a chat service."""

    class Kind(models.TextChoices):
        WEBHOOK = "webhook", "Webhook"
        CHAT = "chat", "Chat service"

    name = models.CharField(max_length=100, unique=True)
    kind = models.CharField(max_length=8, choices=Kind, default=Kind.WEBHOOK)
    address = models.TextField()
    secret = models.CharField(max_length=80, default=new_secret, editable=False)
    is_paused = models.BooleanField("paused", default=False)
    pause_reason = models.TextField(blank=True, editable=False)
    created_at = models.DateTimeField(editable=False)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class FollowQuerySet(models.QuerySet["Follow"]):
    def active(self) -> "FollowQuerySet":
        """Those whose followers want to be told now."""
        return self.filter(is_paused=False).exclude(begins_at=None).exclude(channel__is_paused=True)

    def lead_to(self, **subject: Article | Source) -> None:
        """Has these follow this article, or source, in place of theirs; call it within a transaction.

        Where somebody would follow the same twice then, and so would have to stop it twice, what began first
        goes on, and what waits to be told through the other is told through it.
        """
        self.update(**subject)
        kept: dict[tuple[Any, ...], int] = {}
        rows = Follow.objects.filter(**subject).order_by(F("begins_at").asc(nulls_last=True), "pk")
        for pk, *what in rows.values_list("pk", "follower", "channel", "article", "source", "query"):
            goes_on = kept.setdefault((*what,), pk)
            if goes_on != pk:
                Notice.objects.filter(follow=pk).update(follow=goes_on)
                Delivery.objects.filter(follow=pk).update(follow=goes_on)
                Follow.objects.filter(pk=pk).delete()


class Follow(models.Model):
    """What a follower or a channel is told of, and how often.

    query      a canonical query string beside article and source: a filter's (listing.Filters) or a search's
               (searches.Asked); "" for none
    begins_at  from when on; None until the reader has confirmed it
    """

    CADENCES = [
        (Cadence.INSTANT.value, "at once"),
        (Cadence.DAILY.value, "once a day"),
        (Cadence.WEEKLY.value, "once a week"),
    ]

    follower = models.ForeignKey(Follower, null=True, on_delete=models.CASCADE, related_name="follows")
    channel = models.ForeignKey(Channel, null=True, on_delete=models.CASCADE, related_name="follows")
    article = models.ForeignKey(Article, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    source = models.ForeignKey(Source, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    query = models.TextField(blank=True, editable=False)
    cadence = models.CharField("how often", max_length=8, choices=CADENCES, default=Cadence.INSTANT.value)
    least_weight = models.FloatField(default=0.0)
    token = models.CharField(max_length=40, unique=True, default=new_token, editable=False)
    created_at = models.DateTimeField(editable=False)
    begins_at = models.DateTimeField(null=True, editable=False)
    next_digest_at = models.DateTimeField(null=True, editable=False)
    is_paused = models.BooleanField("paused", default=False, editable=False)
    pause_reason = models.TextField(blank=True, editable=False)

    objects = FollowQuerySet.as_manager()

    class Meta:
        constraints = [models.CheckConstraint(condition=_ONE_OWNER, name="follow_has_one_owner")]
        indexes = [
            # bundling: whose digest is due
            models.Index(
                fields=["next_digest_at"], name="follow_digest", condition=Q(next_digest_at__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"Follow {self.pk} of {self.follower or self.channel}"


class Delivery(models.Model):
    """A message to a follower or a channel: made once, sent until it is taken or given up.

    key  is in the Message-ID and the Idempotency-Key of every attempt
    """

    class Kind(models.TextChoices):
        CHANGE = "change", "a change"
        DIGEST = "digest", "a digest"
        CONFIRM = "confirm", "asks to confirm"
        TEST = "test", "a test"

    class State(models.TextChoices):
        WAITING = "waiting", "waiting"
        SENT = "sent", "sent"
        FAILED = "failed", "given up"
        DROPPED = "dropped", "not sent: nothing to tell any more"

    key = models.CharField(max_length=32, unique=True, default=new_key, editable=False)
    kind = models.CharField(max_length=8, choices=Kind)
    follower = models.ForeignKey(Follower, null=True, on_delete=models.CASCADE, related_name="deliveries")
    channel = models.ForeignKey(Channel, null=True, on_delete=models.CASCADE, related_name="deliveries")
    follow = models.ForeignKey(Follow, null=True, on_delete=models.SET_NULL, related_name="deliveries")
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    created_at = models.DateTimeField()
    next_attempt_at = models.DateTimeField()
    lease_until = models.DateTimeField(null=True, editable=False)
    lease_token = models.CharField(max_length=32, blank=True, editable=False)
    attempts = models.PositiveIntegerField(default=0)
    status = models.PositiveSmallIntegerField(null=True, help_text="Of the last answer: HTTP's or SMTP's.")
    last_error = models.TextField(blank=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name_plural = "deliveries"
        constraints = [models.CheckConstraint(condition=_ONE_OWNER, name="delivery_has_one_owner")]
        indexes = [
            # sending: what is due
            models.Index(fields=["next_attempt_at", "id"], name="delivery_due", condition=Q(state="waiting")),
            # bundling: what a follow was sent of late; sweeping
            models.Index(fields=["follow", "-created_at"], name="delivery_of_follow"),
            models.Index(fields=["created_at"], name="delivery_created"),
        ]

    def __str__(self) -> str:
        return f"Delivery {self.pk}: {self.get_kind_display()}"

    @classmethod
    def to(cls, owner: Follower | Channel, kind: str, now: datetime, **fields: Any) -> "Delivery":
        """A new one, stored, due at once."""
        whom = {"follower": owner} if isinstance(owner, Follower) else {"channel": owner}
        return cls.objects.create(kind=kind, created_at=now, next_attempt_at=now, **whom, **fields)


class Notice(models.Model):
    """That one follower, or channel, is to be told of one change: through which follow, in which message.

    Where several things that somebody follows have the change, the one that tells the soonest does.
    """

    change = models.ForeignKey(Change, on_delete=models.CASCADE, related_name="+")
    follow = models.ForeignKey(Follow, on_delete=models.CASCADE, related_name="notices")
    follower = models.ForeignKey(Follower, null=True, on_delete=models.CASCADE, related_name="+")
    channel = models.ForeignKey(Channel, null=True, on_delete=models.CASCADE, related_name="+")
    delivery = models.ForeignKey(Delivery, null=True, on_delete=models.CASCADE, related_name="notices")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["follower", "change"], name="notice_once", condition=Q(channel=None)
            ),
            models.UniqueConstraint(
                fields=["channel", "change"], name="notice_once_channel", condition=Q(follower=None)
            ),
        ]
        indexes = [
            # bundling: what waits to be put into a message
            models.Index(fields=["follow"], name="notice_waiting", condition=Q(delivery=None)),
        ]

    def __str__(self) -> str:
        return f"Notice of change {self.change_id}"
