"""Whom we ask, and what is asked again and again."""

from collections.abc import Iterable
from datetime import UTC, datetime

from django.db import connection, models
from django.db.models import Case, Q, When
from django.db.models.functions import Greatest

from articles import rows
from articles.core import urls

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
