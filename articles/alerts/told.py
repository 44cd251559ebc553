"""What a message tells at the moment it is sent: its changes that readers may see just then."""

from dataclasses import dataclass

from django.conf import settings

from articles import presentation, wording
from articles.core.types import Segment
from articles.following import subject_of
from articles.models import Change, Delivery, Follow
from articles.presentation import ShownChange, printable

LISTED = 20  # changes of a digest that are shown; of the rest it is said how many they are
LONGEST_SUBJECT = 150


@dataclass(frozen=True)
class Told:
    """The content of a message.

    shown  its changes: one, or a digest's weightiest first
    more   how many there are beyond these
    words  what is followed
    page   the address of the page that lists the same
    """

    delivery: Delivery
    shown: list[ShownChange]
    more: int
    words: str
    page: str

    @property
    def count(self) -> int:
        return len(self.shown) + self.more

    @property
    def subject(self) -> str:
        """A title in one line, for subjects and chat."""
        if self.delivery.kind == Delivery.Kind.CHANGE:
            return one_line(change_title(self.shown[0].change))
        number = f"{self.count} change{'' if self.count == 1 else 's'}"
        return one_line(f"{number}: {self.words}")


def told(delivery: Delivery) -> Told | None:
    """What a delivery of changes tells now; None where there is nothing to tell any more.

    Asked for at each attempt, and of what is public alone: what was hidden since it was gathered is not sent.
    """
    if delivery.follow is None:
        return None
    notices = delivery.notices.values("change")
    rows = Change.objects.public().listed().filter(pk__in=notices).order_by("-weight", "-pk")
    count = rows.count()
    if not count:
        return None
    words, page = _subject(delivery.follow)
    shown = [presentation.show_change(change) for change in rows[:LISTED]]
    return Told(delivery, shown, count - len(shown), words, page)


def _subject(follow: Follow) -> tuple[str, str]:
    """What is followed, and where it is listed: the front page, where it cannot be told any more."""
    subject = subject_of(follow)
    if subject is None:
        return "changes", f"{settings.BASE_URL}/"
    return subject.words, settings.BASE_URL + subject.page


def change_title(change: Change) -> str:
    """A change in a line: its headline, the old beside it where that was changed, and its kinds."""
    old, new = change.old.title, change.new.title or change.article.title or change.article.url
    if old and old != new:
        return f"Headline changed: {old} → {new}"
    kinds = wording.join_words(wording.kind_words(name).lower() for name in change.kind_names)
    return f"{kinds.capitalize() or 'Changed'}: {new}"


def link(change: Change) -> str:
    """The address of a change's comparison."""
    return settings.BASE_URL + change.get_absolute_url()


def marked_text(segments: tuple[Segment, ...]) -> str:
    """Segments in plain text: what was removed as [-so-], what was added as {+so+}."""
    ends = {"-": ("[-", "-]"), "+": ("{+", "+}"), "=": ("", "")}
    return "".join(text.join(ends[op]) for op, text in segments)


def one_line(text: str, longest: int = LONGEST_SUBJECT) -> str:
    """Text without line breaks and controls, cut to a length: no header can be put into another by it."""
    line = " ".join(printable(text).split())
    return line if len(line) <= longest else f"{line[: longest - 1]}…"
