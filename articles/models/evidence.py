"""Pages as they came."""

import zlib

from django.db import connection, models


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
        """Deletes those of the blobs that no snapshot stands on; one that is being kept stays.

        In the transaction that takes their snapshots away, as the last thing: whoever is killed, or cannot
        write, leaves none behind. It waits for nobody's lock.
        """
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

    article = models.ForeignKey("Article", on_delete=models.CASCADE, related_name="snapshots")
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
