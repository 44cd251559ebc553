"""Copies of versions that a public web archive keeps, or is asked to."""

from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.db import models
from django.db.models import Q

from articles.core import webarchive
from articles.models.hosts import Leased


class WebCopy(Leased):
    """That a web archive is asked to keep a version, and what became of it (articles/webarchive/).

    Written in the transaction that stores the version, so that none is missed.

    job       the archive's own name of what it is doing
    asked_at  when it was last asked to keep the page; `attempts`: how often
    url       where the copy is, "" while there is none; readers are told of it once the state is KEPT, for
              until then the archive may make one that is nearer
    kept_at   when the archive made it
    """

    class State(models.TextChoices):
        WAITING = "waiting", "waiting"
        KEPT = "kept", "kept"
        LATE = "late", "too late: the page shows another text"
        DECLINED = "declined", "not asked for"
        FAILED = "failed", "given up"

    version = models.OneToOneField("Version", on_delete=models.CASCADE, related_name="web_copy")
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    created_at = models.DateTimeField()
    next_attempt_at = models.DateTimeField()
    attempts = models.PositiveIntegerField(default=0)
    asked_at = models.DateTimeField(null=True)
    job = models.CharField(max_length=100, blank=True)
    last_error = models.TextField(blank=True, help_text="Why there is no copy, in the archive's words.")
    ended_at = models.DateTimeField(null=True)
    url = models.TextField(blank=True)
    kept_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "copy in a web archive"
        verbose_name_plural = "copies in a web archive"
        indexes = [
            # asking: what is due
            models.Index(fields=["next_attempt_at"], name="webcopy_due", condition=Q(state="waiting")),
            # every two seconds: what has waited for a day; how it goes: since when
            models.Index(fields=["created_at"], name="webcopy_waiting", condition=Q(state="waiting")),
            # how it goes: what ended within a day
            models.Index(
                fields=["state", "ended_at"], name="webcopy_ended", condition=Q(ended_at__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"Copy of version {self.version_id}"

    @classmethod
    def ask_for(cls, version: models.Model, at: datetime) -> None:
        """Notes that a copy of a version is wanted; call it in the transaction that stores the version."""
        cls.objects.create(version=version, created_at=at, next_attempt_at=at)

    @classmethod
    def doubt(cls, article: int, number: int, at: datetime) -> None:
        """The page showed another known text, or another article, at this moment: what was kept since a
        version, by its article's key and its number, was last seen may be of that, however often it is seen
        again. Another copy is asked for, if the version still stands."""
        since = cls.objects.filter(version__article=article, version__number=number, state=cls.State.KEPT)
        since.filter(kept_at__gt=models.F("version__last_seen_at")).update(
            state=cls.State.WAITING,
            next_attempt_at=at,
            ended_at=None,
            url="",
            kept_at=None,
            last_error="Its copy may be of another text that the page has shown.",
        )

    @property
    def keeper(self) -> str:
        """Who has the copy, by the name of its host."""
        return urlsplit(self.url).netloc

    @property
    def distance(self) -> timedelta:
        """How long before (below 0) or after the time in which its version was seen to stand it was made.

        0 where it is surely of that text: made within that time.
        """
        if self.kept_at is None:
            return timedelta(0)
        return webarchive.distance(self.kept_at, self.version.first_seen_at, self.version.last_seen_at)

    @property
    def is_earlier(self) -> bool:
        return self.distance < timedelta(0)
