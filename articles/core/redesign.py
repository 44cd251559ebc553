"""When a site is built anew, its articles look different and say the same.

A new template moves the date into the text, drops a caption, adds "This article is more than three
years old": on every article at once, and no editor has touched one. It shows in that the paragraphs
stand in other elements than before while their words are the old ones. Then what differs at the rim of
the text is taken for the template's, and the version that stood is carried over to it; what differs
within it is an edit.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from difflib import SequenceMatcher

from rapidfuzz import fuzz

from articles.core.fingerprint import word_count, words
from articles.core.types import Extract, Paragraph, ParagraphKind

MOVED_SHARE = 0.8  # of the paragraphs that stand where none stood before, for a new template
SAME_SHARE = 0.5  # of the old text's words that must be there still
RIM_WORDS = 12  # a shorter paragraph at the rim may be the template's
ALIKE = 60  # per cent: two paragraphs this like are one that was edited
MOST_PAIRS = 2_500  # of paragraphs that are compared with each other between two that stayed
_BARS = ("|", "–", "—", "-", "·", "•", "»", "«", "/")
_ENDS = (".", "!", "?", "…", "。", "！", "？", "؟", "।")
KEPT_PLACES = 30
MOST_LINES = 1_500  # longer texts are not carried over: a page could make it take minutes


def places_of(extract: Extract) -> list[str]:
    """Where the text of a page stands, most of it first; to be remembered for `is_redesigned`."""
    return [place for place, _ in Counter(extract.places).most_common(KEPT_PLACES)]


def is_redesigned(known: Sequence[str], extract: Extract) -> bool:
    """Whether a page's running text stands in other elements than it did (`places_of`)."""
    places = [
        place
        for paragraph, place in zip(extract.paragraphs, extract.places, strict=False)
        if paragraph.kind is ParagraphKind.PARAGRAPH
    ]
    moved = sum(place not in known for place in places)
    return bool(known) and moved > MOVED_SHARE * len(places)


def carry_over(last: Extract, new: Extract) -> Extract | None:
    """The last version's text as the new template shows it; None where the two have too little in common.

    What differs between it and `new` is what was edited: paragraphs that were altered, added or removed
    among those that stayed. Short paragraphs, captions and lists at the rim are the new page's, and so are
    headline, standfirst and byline where the old ones are part of them or they of the old.
    """
    old, come_whole = _paragraphs(last), _paragraphs(new)
    if max(len(old), len(come_whole)) > MOST_LINES:
        return None
    old_keys, new_keys = ([words(one.text) for one in every] for every in (old, come_whole))
    blocks = SequenceMatcher(None, old_keys, new_keys, autojunk=False).get_matching_blocks()
    same = sum(word_count(p.text for p in old[block.a : block.a + block.size]) for block in blocks)
    if same < SAME_SHARE * word_count(p.text for p in old):
        return None
    apart = {last.standfirst, new.standfirst} if not (last.standfirst and new.standfirst) else set()
    paragraphs: list[Paragraph] = []
    at_old = at_new = 0
    running = [
        index
        for block in blocks
        for index in range(block.b, block.b + block.size)
        if _is_running(come_whole[index]) and come_whole[index].text not in (last.standfirst, new.standfirst)
    ]
    inner = range(running[0], running[-1] + 1) if running else range(0)
    for block in blocks:
        gone, come = old[at_old : block.a], come_whole[at_new : block.b]
        if at_new - 1 in inner and block.b in inner:
            paragraphs.extend(_merged(gone, come, _is_caption))
        else:
            paragraphs.extend(_merged(gone, come, lambda one: one.text in apart or _is_at_the_rim(one)))
        paragraphs.extend(come_whole[block.b : block.b + block.size])
        at_old, at_new = block.a + block.size, block.b + block.size
    standfirst = ""
    if new.standfirst and paragraphs and fuzz.ratio(paragraphs[0].text, new.standfirst) >= ALIKE:
        standfirst = paragraphs.pop(0).text
    return replace(
        last,
        title=_headline(last.title, new.title),
        standfirst=standfirst,
        byline=_either(last.byline, new.byline),
        paragraphs=tuple(paragraphs),
        places=(),
    )


def _paragraphs(extract: Extract) -> list[Paragraph]:
    """An extract's paragraphs, its standfirst first: templates set it apart or do not."""
    above = [Paragraph(ParagraphKind.PARAGRAPH, extract.standfirst)] if extract.standfirst else []
    return [*above, *extract.paragraphs]


def _is_running(paragraph: Paragraph) -> bool:
    """Whether a paragraph is of the running text: what stands before and after all such is the rim."""
    return paragraph.kind is ParagraphKind.PARAGRAPH and word_count([paragraph.text]) >= RIM_WORDS


def _is_caption(paragraph: Paragraph) -> bool:
    """Between two paragraphs that stayed, a template hides or shows captions only."""
    return paragraph.kind is ParagraphKind.CAPTION


def _is_at_the_rim(paragraph: Paragraph) -> bool:
    """Before the first paragraph that stayed, or after the last, short lines are the template's, too.

    Not a sentence, though, however short, nor a correction: an editor has put it there.
    """
    if paragraph.kind in (ParagraphKind.CORRECTION, ParagraphKind.QUOTE):
        return False
    if paragraph.kind is not ParagraphKind.PARAGRAPH:
        return True
    return not _is_running(paragraph) and not paragraph.text.rstrip("\"'”’»)").endswith(_ENDS)


def _merged(
    gone: Sequence[Paragraph], come: Sequence[Paragraph], is_template: Callable[[Paragraph], bool]
) -> list[Paragraph]:
    """The old paragraphs, with the template's among them exchanged for the new ones, in their order."""

    few = len(gone) * len(come) <= MOST_PAIRS

    def same(one: Paragraph, other: Paragraph) -> bool:
        return few and fuzz.ratio(one.text, other.text, score_cutoff=ALIKE) > 0

    kept = [one for one in gone if not is_template(one) or any(same(one, other) for other in come)]
    merged: list[Paragraph] = []
    done = trailing = 0
    for one in come:
        edited = next((i for i in range(done, len(kept)) if same(kept[i], one)), None)
        if edited is not None:
            merged.extend(kept[done : edited + 1])
            done, trailing = edited + 1, 0
        elif is_template(one) and not any(same(one, other) for other in gone):
            merged.append(one)
            trailing += bool(done)
    at = len(merged) - trailing  # what went without a trace stood right after what stayed
    return [*merged[:at], *kept[done:], *merged[at:]]


def _headline(old: str, new: str) -> str:
    """The new headline where a name was parted from it or put beside it by a bar or a dash, else the old."""
    longer, shorter = sorted((old.strip(), new.strip()), key=len, reverse=True)
    for rest in (longer.removeprefix(shorter), longer.removesuffix(shorter)):
        if rest != longer and (not rest or rest.strip()[:1] in _BARS or rest.strip()[-1:] in _BARS):
            return new
    return new if words(old) == words(new) else old


def _either(old: str, new: str) -> str:
    """The new text where one is part of the other, else the old: the two say different things."""
    one, other = words(old), words(new)
    return new if one in other or other in one else old
