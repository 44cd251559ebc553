"""What changed between two texts, paragraph by paragraph and word by word.

The steps, each in a module of its own:

    anchors     equal paragraphs, and those edited where they stand: what is certain narrows the rest
    likeness    how much two paragraphs say the same, measured by the weight of the words they share
    align       edited paragraphs: clearly alike anywhere, or the best in order between two links
    splits      paragraphs that fell into pieces or were put together
    moves       paragraphs that were edited and moved, and their neighbours
    pairs       runs these in turn; what they find is a Pairing (`pairing`)
    words       two texts that belong together -> segments, marked so that they read well
    typography  which of these marks a reader would see
    rows        all of it in reading order

and what several of them stand on:

    tokens      text -> words, as Unicode and its dictionaries part them; words that read alike share a code
    sequences   what two sequences have in common, in order; the heaviest chain of links that do not cross

Everything is a function of its two arguments. Work is bounded by counting it, never by a clock, so
the same two texts give the same diff on a slow machine and on a fast one.
"""

from collections.abc import Sequence

from articles.core.diffing.pairs import pair
from articles.core.diffing.rows import arrange
from articles.core.diffing.typography import lit
from articles.core.diffing.words import Marker
from articles.core.types import Diff, Segment

__all__ = ["diff", "diff_text", "lit"]


def diff(old: Sequence[str], new: Sequence[str]) -> Diff:
    """The difference of two lists of paragraphs, in rows (see `Row` for what they promise)."""
    return Diff(arrange(pair(old, new)))


def diff_text(old: str, new: str) -> tuple[Segment, ...]:
    """The difference of two lines: a headline, standfirst or byline against the next."""
    return Marker().mark([(old, new)])[0]
