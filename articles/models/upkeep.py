"""What newsdiff keeps about itself: what it has counted, who works, and when nobody looked."""

from django.db import models
from django.db.models import Q


class Count(models.Model):
    """A number that only grows, summed over all processes and restarts (articles/counting.py)."""

    series = models.CharField(max_length=120, primary_key=True)  # the metric and its labels' values
    value = models.FloatField(default=0)

    def __str__(self) -> str:
        return f"{self.series} {self.value:g}"


class Worker(models.Model):
    """A process that works on what is due: rows of those that ended orderly are gone.

    `worked_at` is when it last ended a piece of work: a worker may be alive and stuck.
    """

    name = models.CharField(max_length=120, primary_key=True)
    host = models.CharField(max_length=255)
    pid = models.PositiveIntegerField()
    started_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    worked_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.name


class Gap(models.Model):
    """A time in which something was not looked at, whatever was due: open while `ended_at` is None."""

    class Scope(models.TextChoices):
        EVERYTHING = "everything"
        SOURCE = "source"
        HOST = "host"

    class Reason(models.TextChoices):
        NOT_RUNNING = "not_running", "newsdiff was not running"
        STUCK = "stuck", "no worker did anything"
        PAUSED = "paused", "the source was paused"
        BACKED_OFF = "backed_off", "the source was left alone until a set time"
        UNREACHABLE = "unreachable", "the host did not answer, or turned us away"
        ROBOTS = "robots", "the host's robots.txt could not be read"

    scope = models.CharField(max_length=10, choices=Scope)
    source = models.ForeignKey("Source", null=True, on_delete=models.CASCADE, related_name="gaps")
    host = models.ForeignKey("Host", null=True, on_delete=models.CASCADE, related_name="gaps")
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=12, choices=Reason)
    detail = models.TextField(blank=True, help_text="What the host said or did last, for the operator.")

    class Meta:
        ordering = ["-began_at"]
        indexes = [models.Index(fields=["scope", "-began_at"], name="gap_scope_began")]
        constraints = [
            models.UniqueConstraint(
                fields=["scope", "reason"],
                condition=Q(ended_at=None, scope="everything"),
                name="gap_open_everything",
            ),
            models.UniqueConstraint(fields=["source"], condition=Q(ended_at=None), name="gap_open_source"),
            models.UniqueConstraint(fields=["host"], condition=Q(ended_at=None), name="gap_open_host"),
        ]

    def __str__(self) -> str:
        return f"{self.subject}: {self.get_reason_display()}"

    @property
    def subject(self) -> str:
        """What was not looked at: a source's name, a host, or everything."""
        return str(self.source or self.host or self.Scope.EVERYTHING.value)


class Heartbeat(models.Model):
    """When a part of newsdiff was last alive, so that a silent stop is noticed."""

    name = models.CharField(max_length=40, primary_key=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name
