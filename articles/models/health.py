"""What is kept of how sources do: looks by the hour, what went wrong and when, and who is told of it."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from articles.core.health import Condition
from articles.models.sources import Feed, Source


class LookTally(models.Model):
    """How the looks at a source's articles ended within an hour (articles/counting.py)."""

    source = models.ForeignKey(Source, on_delete=models.CASCADE, db_index=False, related_name="look_tallies")
    hour = models.DateTimeField()  # when it began
    # by `core.health.Ended`
    read = models.PositiveIntegerField(default=0)
    suspect = models.PositiveIntegerField(default=0)
    gone = models.PositiveIntegerField(default=0)
    blocked = models.PositiveIntegerField(default=0)
    empty = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0)
    # of the last look that did not bring its article
    reason = models.TextField(blank=True)
    status = models.PositiveSmallIntegerField(null=True)

    class Meta:
        verbose_name_plural = "look tallies"
        constraints = [models.UniqueConstraint(fields=["source", "hour"], name="look_tally_once")]
        # the last day's, of all sources; those that are forgotten
        indexes = [models.Index(fields=["hour"], name="look_tally_hour")]

    def __str__(self) -> str:
        return f"{self.source}, {self.hour:%Y-%m-%d %H:00}"


class HealthEvent(models.Model):
    """A time in which a source did badly in one way (articles/healthevents.py).

    It is told once it has lasted (`told_at`), and over (`settled_at`) once what ended it (`ended_at`) has
    lasted too: a site that comes and goes makes one event.
    """

    CONDITIONS = [(condition.value, condition.label) for condition in Condition]

    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="health_events")
    feed = models.ForeignKey(Feed, null=True, on_delete=models.SET_NULL, related_name="+")
    condition = models.CharField(max_length=8, choices=CONDITIONS)
    words = models.TextField()
    remedy = models.TextField()
    began_at = models.DateTimeField()
    told_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    settled_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["source", "condition"], condition=Q(settled_at=None), name="health_event_open"
            )
        ]
        # the feed and the digest: what was told lately, and what was settled
        indexes = [
            models.Index(fields=["-told_at"], name="health_event_told"),
            models.Index(fields=["-settled_at"], name="health_event_settled"),
        ]

    def __str__(self) -> str:
        return f"{self.source}: {self.get_condition_display()}"


class HealthFeedKey(models.Model):
    """What makes the address of a user's feed of health events valid; with a new key the old one is void."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=32)
    made_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"Feed of health events for {self.user}"


class Digest(models.Model):
    """The daily mail of one day: whether it was sent, and what came in between (articles/digest.py)."""

    day = models.DateField(unique=True)  # in UTC
    until = models.DateTimeField(null=True, help_text="Up to when it tells what happened.")
    tries = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    is_silent = models.BooleanField(default=False, help_text="There was nothing to say, so none was sent.")
    error = models.TextField(blank=True)

    def __str__(self) -> str:
        return f"Digest of {self.day}"
