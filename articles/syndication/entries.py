"""What is in a feed: an entry for each change, and one that says what is followed since when.

An entry's content is HTML that survives being cleaned: no class, no style, and nothing that is said by a
mark alone. Where `<del>` and `<ins>` are dropped, each side of a passage still stands by itself under its
word.
"""

import hashlib
from collections.abc import Iterable, Sequence
from typing import Any

from django.conf import settings
from django.core.cache import caches
from django.template.loader import render_to_string
from django.utils.translation import gettext

from articles import presentation, wording
from articles.core import diffing
from articles.core.types import Diff, RowState, Segment
from articles.models import Change
from articles.presentation import Passage, web_address
from articles.syndication.formats import Entry
from articles.syndication.streams import Stream, tag

PASSAGES = 6
CONTENT_LIMIT = 20_000  # bytes of an entry's content
ENTRY_WORDS = 20_000  # of either text; above it an entry has the stored excerpt: no diff for a feed's sake
# Of a change, its article and its versions what an entry says beside its content: half of these tables'
# columns are for crawling, and reading them for fifty entries takes longer than writing the feed.
SHOWN = ["seen_at", "kinds", "added_words", "removed_words"]
SHOWN += [f"article__{name}" for name in ("url", "title", "language", "source__name", "source__language")]
SHOWN += ["article__hidings_at"]
SHOWN += [f"{version}__{name}" for version in ("old", "new") for name in ("number", "title", "digest")]
# And what its content is made of, with all that hidden passages are looked for in.
READ = [*SHOWN, "excerpt", "article__direction"]
READ += [
    f"{version}__{name}"
    for version in ("old", "new")
    for name in (
        *("article", "standfirst", "byline", "word_count", "language", "direction"),
        *("published_claim", "modified_claim", "packed", "base__packed"),
    )
]
RENDERING = "4"  # raise it when entries are to be rendered anew


def of_changes(ids: Sequence[int]) -> list[Entry]:
    """The entries of these changes, in the order given.

    Link and content are made once and kept, since versions never change. Two queries at most, whatever
    is kept.
    """
    listed = Change.objects.public().select_related("article__source", "old", "new")
    light = listed.only(*SHOWN).in_bulk(ids)
    names = {pk: _name(change) for pk, change in light.items()}
    kept = caches["entries"].get_many(names.values())
    missing = [pk for pk, name in names.items() if name not in kept]
    if missing:
        whole = listed.select_related("old__base", "new__base").only(*READ).in_bulk(missing)
        for pk, change in whole.items():
            kept[names[pk]] = made = (settings.BASE_URL + change.get_absolute_url(), _content(change))
            caches["entries"].set(names[pk], made)  # at once: who gives up waiting has not asked in vain
    return [_entry(light[pk], *kept[names[pk]]) for pk in ids if pk in light]


def _name(change: Change) -> str:
    """What link and content are kept under: all that they are made of. The digests keep a database put back
    from a copy, where an id may come again, from being shown another change's words."""
    made_of = (RENDERING, settings.BASE_URL, change.pk, change.old.digest, change.new.digest, change.seen_at)
    made_of += (change.article.hiding_stamp,)
    return f"entry:{hashlib.sha256(repr(made_of).encode()).hexdigest()}"


def _entry(change: Change, link: str, content: str) -> Entry:
    article = change.article
    return Entry(
        id=tag(f"change/{change.pk}"),
        title=_title(change),
        link=link,
        original=web_address(article.url),
        content=content,
        author=article.source.name,
        at=change.seen_at,
        categories=[wording.kind_words(name) for name in change.kind_names],
        language=article.language or article.source.language,
    )


def _title(change: Change) -> str:
    old, new = change.old, change.new
    title = new.title or change.article.title or change.article.url
    if old.title and old.title != new.title:
        return gettext("Headline changed: %(old)s -> %(new)s") % {"old": old.title, "new": title}
    counts = {"added": change.added_words, "removed": change.removed_words}
    words = gettext("+%(added)d -%(removed)d words") % counts
    return f"v{old.number} -> v{new.number}, {words}: {title}"


def tracked(stream: Stream) -> Entry:
    """The entry every feed begins with."""
    link = settings.BASE_URL + stream.page
    context = {"subject": stream.subject, "since": wording.absolute(stream.since), "link": link}
    return Entry(
        id=tag(f"tracked/{stream.name}"),
        title=gettext("Now tracked: %(title)s") % {"title": stream.subject},
        link=link,
        original=stream.original,
        content=render_to_string("syndication/tracked.html", context).strip(),
        author=stream.author,
        at=stream.since,
        language=stream.language,
    )


# --- the diff in brief -------------------------------------------------------------------------------
def _content(change: Change) -> str:
    """Headline, totals and the weightiest passages, as HTML of at most CONTENT_LIMIT bytes.

    Where a text is long, the passage that was stored with the change: fifty diffs are not made while a
    reader waits.
    """
    words = (change.added_words, change.removed_words)
    lines = _changed_lines(change)
    if max(change.old.word_count, change.new.word_count) > ENTRY_WORDS:
        stored = [_passage(gettext("The weightiest changed passage"), change.excerpt)]
        return _fitted(change, wording.word_delta(*words), lines, stored)
    difference = diffing.diff(change.old.texts, change.new.texts)
    differing = Diff(tuple(row for row in difference.rows if row.state is not RowState.SAME))
    rows = presentation.show_rows(differing, change.old, change.new)
    found = list(presentation.passages(rows, presentation.PASSAGE))
    return _fitted(change, wording.totals(difference.counts, words), lines, found)


def _fitted(change: Change, totals: str, lines: Sequence[Passage], found: Sequence[Passage]) -> str:
    """As many passages as there is room for; where even the headline has none, the link alone."""
    context: dict[str, Any] = {
        "article": change.article,
        "totals": totals,
        "link": settings.BASE_URL + change.get_absolute_url(),
    }
    shown = presentation.weightiest(found, PASSAGES)
    while True:
        left_out = len(found) - len(shown)
        context |= {"lines": list(map(_sides, lines)), "passages": list(map(_sides, shown)), "more": left_out}
        content = render_to_string("syndication/entry.html", context).strip()
        if len(content.encode()) <= CONTENT_LIMIT or not (shown or lines):
            return content
        if shown:
            shown = presentation.weightiest(shown, len(shown) - 1)
        else:
            lines = lines[:-1]


def _sides(passage: Passage) -> tuple[str, list[tuple[str, tuple[Segment, ...]]]]:
    """A passage's title, and its sides as they are to be read, each under its word."""
    words = (
        (gettext("Before:"), passage.before),
        (gettext("Removed:"), passage.removed),
        (gettext("Added:"), passage.added),
        (gettext("Now:"), passage.now),
        (gettext("Unaltered:"), passage.kept),
    )
    return passage.title, [(word, segments) for word, segments in words if segments]


def _changed_lines(change: Change) -> list[Passage]:
    """Headline, standfirst and byline where they differ."""
    labels = {"title": gettext("Headline"), "standfirst": gettext("Standfirst"), "byline": gettext("Byline")}
    pairs = {name: (getattr(change.old, name), getattr(change.new, name)) for name in labels}
    return [
        _passage(labels[name], diffing.diff_text(*pair)) for name, pair in pairs.items() if pair[0] != pair[1]
    ]


def _passage(title: str, segments: Iterable[Sequence[str]]) -> Passage:
    """A line that differs, or a stored excerpt, as a passage: each side by itself."""
    parts = presentation.pieces(segments)
    old, new = (presentation.cap(tuple(presentation.side(parts, op))) for op in "-+")
    return Passage(
        change=0,
        title=title,
        removed=_if(presentation.is_marked(old), old),
        added=_if(presentation.is_marked(new), new),
        before=_if(not presentation.is_marked(old), old),
        now=_if(not presentation.is_marked(new), new),
        kept=(),
        size=0,
    )


def _if(fits: bool, pairs: tuple[Segment, ...]) -> tuple[Segment, ...]:
    return pairs if fits else ()
