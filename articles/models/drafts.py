"""What an editor is about to follow: kept while it is looked at, for a day at most."""

import zlib
from datetime import datetime, timedelta

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models

from articles.models.hosts import Leased

KEPT = timedelta(days=1)


class SourceDraft(Leased):
    """An address somebody typed, and what was found there so far (articles/ingestion/previewing.py).

    One step of it is run at a time: whoever runs one holds the lease.
    """

    address = models.TextField(editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, editable=False, on_delete=models.CASCADE, related_name="+"
    )
    state = models.JSONField(default=dict, encoder=DjangoJSONEncoder, editable=False)
    created_at = models.DateTimeField(editable=False)
    touched_at = models.DateTimeField(editable=False)

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return self.address

    @classmethod
    def sweep(cls, now: datetime) -> None:
        """Deletes the drafts that nobody has gone on with for a day, and what was fetched for them."""
        cls.objects.filter(touched_at__lt=now - KEPT).delete()


class DraftAnswer(models.Model):
    """A feed or an article as it came for a draft, so that it is not asked for twice.

    Saving makes the feed's the first poll; the article's is kept for rules where the source is paused.
    """

    draft = models.ForeignKey(SourceDraft, on_delete=models.CASCADE, related_name="answers")
    url = models.TextField(help_text="The address that answered, after redirects.")
    status = models.PositiveSmallIntegerField()
    headers = models.JSONField(default=list)  # [[name, value], …] as received
    packed = models.BinaryField()
    fetched_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.url

    @property
    def body(self) -> bytes:
        """The bytes as they came."""
        return zlib.decompress(bytes(self.packed))
