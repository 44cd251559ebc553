"""What is said on the card of a change, and beside it where a link to the change is shown."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext

from articles import presentation, wording
from articles.core.types import Segment
from articles.models import Article, Change, Version

WIDTH, HEIGHT = 1200, 630  # pixels, what the Open Graph's readers ask for
KINDS = 2  # kinds of change named on a card, where there are more
SAID = 300  # characters of a description, or of one side in an alternative text


@dataclass(frozen=True, slots=True)
class Card:
    """A card's words; headline and passage are in the article's language and direction.

    passage  the weightiest changed passage, marked; empty where there is none
    note     what is said in its place
    """

    source: str
    slug: str
    step: str
    seen: str
    headline: tuple[Segment, ...]
    passage: tuple[Segment, ...]
    note: str
    foot: str
    language: str
    direction: str


@dataclass(frozen=True, slots=True)
class Share:
    """What a page says of itself to those that show links to it (Open Graph)."""

    title: str
    description: str
    url: str
    image: str
    alt: str
    width: int = WIDTH
    height: int = HEIGHT


def card(article: Article, old: Version, new: Version, step: Change | None) -> Card:
    """The card of two versions; `step` is what changed from one to the other, None where it is not known."""
    return Card(
        source=presentation.printable(article.source.name),
        slug=article.source.slug,
        step=_numbers(old, new),
        seen=gettext("Seen %(moment)s") % {"moment": wording.absolute(new.first_seen_at)},
        headline=_headline(article, old, new),
        passage=presentation.show_excerpt(step) if step else (),
        note=_note(old, new, step),
        foot=_foot(step),
        language=article.language or article.source.language,
        direction=article.direction,
    )


def share(article: Article, old: Version, new: Version, step: Change | None, url: str) -> Share:
    """What the page at the path `url` says of itself, its picture being the card of two versions."""
    headline = _headline(article, old, new)
    passage = presentation.show_excerpt(step) if step else ()
    title = _capped("".join(text for op, text in headline if op != "-"))
    changed = [_sides(marked) for marked in (headline, passage) if presentation.is_marked(marked)]
    return Share(
        title=f"{_numbers(old, new)}: {title}",
        description=" ".join([_foot(step) or _note(old, new, step), *changed[-1:]]),
        url=settings.BASE_URL + url,
        image=settings.BASE_URL + reverse("card", args=[article.pk, old.number, new.number]),
        alt=" ".join([f"{_numbers(old, new)}: {title}.", *changed]),
    )


def _numbers(old: Version, new: Version) -> str:
    return gettext("Version %(old)s → Version %(new)s") % {"old": old.number, "new": new.number}


def _headline(article: Article, old: Version, new: Version) -> tuple[Segment, ...]:
    title = new.title or article.title or article.url
    return presentation.compare(old.title or title, title)


def _note(old: Version, new: Version, step: Change | None) -> str:
    if old.number == new.number:
        return gettext("A version beside itself: the texts are identical.")
    if step is None:
        return gettext("Too long a text to show a passage of: what changed is on the page.")
    return ""


def _foot(step: Change | None) -> str:
    """The words gained and lost, and the kinds: "+2 −2 words · headline, number and 3 more"."""
    if step is None:
        return ""
    names = [kind.words for kind in presentation.show_kinds(step.kinds)]
    if len(names) > KINDS + 1:
        more = gettext("%(count)d more") % {"count": len(names) - KINDS}
        names = [*names[:KINDS], more]
    delta = wording.word_delta(step.added_words, step.removed_words)
    return f"{delta} · {wording.join_words(names)}" if names else delta


def _sides(marked: Sequence[Segment]) -> str:
    """A marked text in words: "Removed: “Twelve”. Added: “Nineteen”."."""
    removed, added = (_quoted(text for op, text in marked if op == mark) for mark in "-+")
    said = [
        gettext("Removed: %(text)s.") % {"text": removed} if removed else "",
        gettext("Added: %(text)s.") % {"text": added} if added else "",
    ]
    return " ".join(filter(None, said))


def _quoted(texts: Iterable[str]) -> str:
    joined = " … ".join(text.strip() for text in texts if text.strip())
    return f"“{presentation.ISOLATE % _capped(joined)}”" if joined else ""


def _capped(text: str) -> str:
    [(_, shown)] = presentation.cap((("=", text),), SAID)
    return shown
