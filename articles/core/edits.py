"""What became of each sentence from one version to the next: added, deleted, edited, or moved.

The four actions of NewsEdits (Spangher, Ren, May, Peng: "NewsEdits: A News Article Revision Dataset and a
Novel Document-Level Reasoning Challenge", NAACL 2022), on the sentences of `tracing`:

addition  a sentence of the new text that none of the old became
deletion  a sentence of the old text that became none of the new
edit      a pair of which the new one is the old one in other words. One that was split is paired with each of
          its parts, as are merged ones with what they became
refactor  a pair that changed its order among the others. The most pairs that are in order on both sides
          stand still; the others are the fewest moves that explain the new order, and among choices of
          as many those that move the least text. So a passage put in above moves nothing, nor does a
          paragraph that was broken in two

A sentence that was moved and edited has a row for each. One that stands as it was has none, and where only
typography differs, or nothing but the border of sentences or paragraphs, it stands as it was; so what
`fingerprint.words` takes for the same text has no rows at all, nor has a line without words ("* * *").
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from articles.core.diffing import diff
from articles.core.diffing.sequences import Link, heaviest_chain
from articles.core.fingerprint import words
from articles.core.tracing import Parted, Sentence, Traced, part, trace
from articles.core.types import Diff, Row


class Action(StrEnum):
    """What was done to a sentence."""

    ADDITION = "addition"
    DELETION = "deletion"
    EDIT = "edit"
    REFACTOR = "refactor"


@dataclass(frozen=True, slots=True)
class SentenceEdit:
    """One action upon a sentence, or upon a pair of which one became the other.

    old, new                      the sentence without the blanks around it; "" where there is none
    old_paragraph, new_paragraph  index of its paragraph, from 0; None where there is none
    old_sentence, new_sentence    its index in the whole version, from 0, every sentence counted
    likeness                      which share of the characters of both the diff shows as kept, from 0 to 1:
                                  0 for an addition or deletion, 1 for one moved without a change
    """

    action: Action
    old: str
    new: str
    old_paragraph: int | None
    new_paragraph: int | None
    old_sentence: int | None
    new_sentence: int | None
    likeness: float


def sentence_edits(
    old: Sequence[str], new: Sequence[str], difference: Diff | None = None, language: str = ""
) -> list[SentenceEdit]:
    """What was done to the sentences of a text, given as a list of paragraphs, to make the new one of it.

    `difference` is that of the two, if it is at hand; `language` a tag of BCP 47. First come the sentences
    of the old text in their order, an edit before a refactor, then the additions in theirs.

    Asked from the new text to the old, it gives the same with the sides exchanged: texts are always compared
    in one of the two directions, as by the diff. Of a `difference` made in the other direction the
    likeness may differ a little, where there was a choice of what to show as kept.
    """
    before, now = part(old, language), part(new, language)
    if _reads_the_same(before, now):
        return []
    if list(old) > list(new):
        rows = tuple(map(_turned, difference.rows)) if difference else diff(new, old).rows
        found = [_exchanged(edit) for edit in _edits(now, before, rows)]
    else:
        rows = difference.rows if difference else diff(old, new).rows
        found = list(_edits(before, now, rows))
    return sorted(found, key=_place)


def _reads_the_same(old: Parted, new: Parted) -> bool:
    letters = ["".join([one.key for one in text.sentences]).replace(" ", "") for text in (old, new)]
    if letters[0] != letters[1]:  # which is seen at once; the words of a whole text take a while
        return False
    texts = [" ".join(["".join([one.text for one in own]) for own in text.paragraphs]) for text in (old, new)]
    return texts[0] == texts[1] or words(texts[0]) == words(texts[1])


def _edits(old: Parted, new: Parted, rows: Sequence[Row]) -> Iterator[SentenceEdit]:
    traced = trace(old, new, rows)
    befores, nows = old.sentences, new.sentences
    for (i, j), shared in traced.edited.items():
        yield _edit(Action.EDIT, befores[i], nows[j], _likeness(befores[i], nows[j], shared))
    for i, j in _moved(old, new, traced):
        kept = traced.edited.get((i, j))
        likeness = 1.0 if kept is None else _likeness(befores[i], nows[j], kept)
        yield _edit(Action.REFACTOR, befores[i], nows[j], likeness)
    links = [*traced.same, *traced.edited]
    stayed, stays = {i for i, _ in links}, {j for _, j in links}
    for one in befores:
        if one.key and one.index not in stayed:
            yield _edit(Action.DELETION, one, None, 0.0)
    for one in nows:
        if one.key and one.index not in stays:
            yield _edit(Action.ADDITION, None, one, 0.0)


def _edit(action: Action, old: Sentence | None, new: Sentence | None, likeness: float) -> SentenceEdit:
    return SentenceEdit(
        action,
        old.bare if old else "",
        new.bare if new else "",
        old.paragraph if old else None,
        new.paragraph if new else None,
        old.index if old else None,
        new.index if new else None,
        likeness,
    )


def _likeness(old: Sentence, new: Sentence, shared: int) -> float:
    return 2 * shared / (len(old.bare) + len(new.bare))


def _moved(old: Parted, new: Parted, traced: Traced) -> list[Link]:
    """The links that are to leave their order so that the others keep theirs: the fewest, and of as few the
    shortest.

    Links that share a sentence do not cross, so each is told by its place among all links in either order.
    """
    links = [link for link in sorted([*traced.same, *traced.edited]) if old.sentences[link[0]].key]
    by_new = sorted(range(len(links)), key=lambda k: (links[k][1], links[k][0]))
    places = [(k, place) for place, k in enumerate(by_new)]
    lengths = [len(old.sentences[i].bare) + len(new.sentences[j].bare) for i, j in links]
    one = sum(lengths) + 1  # a link outweighs all letters together, which only break ties
    order = heaviest_chain(sorted(places), [one + length for length in lengths])
    stays = set(order)
    return [link for k, link in enumerate(links) if k not in stays]


# --- both directions -----------------------------------------------------------------------------
_OPPOSITE = {Action.ADDITION: Action.DELETION, Action.DELETION: Action.ADDITION}
_TURNED = {"-": "+", "+": "-", "=": "="}


def _turned(row: Row) -> Row:
    """A row from the other side; its state, of which nothing is asked here, stays."""
    return row._replace(
        old=row.new, new=row.old, segments=tuple((_TURNED[op], text) for op, text in row.segments)
    )


def _exchanged(edit: SentenceEdit) -> SentenceEdit:
    return SentenceEdit(
        _OPPOSITE.get(edit.action, edit.action),
        edit.new,
        edit.old,
        edit.new_paragraph,
        edit.old_paragraph,
        edit.new_sentence,
        edit.old_sentence,
        edit.likeness,
    )


def _place(edit: SentenceEdit) -> tuple[bool, int, bool, int]:
    """Where among the rows it stands."""
    new = -1 if edit.new_sentence is None else edit.new_sentence
    if edit.old_sentence is None:
        return True, new, False, new
    return False, edit.old_sentence, edit.action is Action.REFACTOR, new
