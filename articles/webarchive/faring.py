"""How it goes with the web archive: for the page of health and `manage.py doctor`."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from articles.models import WebCopy

DAY = timedelta(days=1)
State = WebCopy.State
ADVICE = (
    "Are NEWSDIFF_ARCHIVE_URL and NEWSDIFF_ARCHIVE_KEY right? In the admin, Web archive, see what it said; "
    "what was given up can be asked for again."
)


@dataclass(frozen=True, slots=True)
class Faring:
    """Copies that wait, and those that ended within a day, by how.

    oldest  since when the one waits that has waited longest
    error   what the archive said last of one that waits or was given up
    """

    waiting: int
    kept: int
    late: int
    declined: int
    failed: int
    oldest: datetime | None
    error: str

    @property
    def is_refused(self) -> bool:
        """Has the archive taken none for a day, though it was asked?"""
        return bool(self.failed and not self.kept)

    @property
    def words(self) -> str:
        """In a sentence, for the operator."""
        parts = [(self.kept, "kept"), (self.late, "too late"), (self.declined, "not asked for")]
        counts = [f"{count} {word}" for count, word in [*parts, (self.failed, "given up")] if count]
        return f"{self.waiting} waiting; within a day {', '.join(counts) or 'none was asked for'}"


def faring(now: datetime) -> Faring:
    """How it goes at a moment."""
    waiting = WebCopy.objects.filter(state=State.WAITING)
    ended = WebCopy.objects.filter(ended_at__gt=now - DAY)
    counts = {state: ended.filter(state=state).count() for state in State if state is not State.WAITING}
    given_up = ended.filter(state=State.FAILED).order_by("-ended_at").values_list("last_error", flat=True)
    put_off = waiting.exclude(last_error="").order_by("-pk").values_list("last_error", flat=True)
    return Faring(
        waiting=waiting.count(),
        oldest=waiting.order_by("created_at").values_list("created_at", flat=True).first(),
        error=given_up.first() or put_off.first() or "",
        **{state.value: count for state, count in counts.items()},
    )
