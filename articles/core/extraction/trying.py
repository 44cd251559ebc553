"""What other rules would read in a page that was kept, beside what is read in it today."""

from dataclasses import dataclass, replace

from articles.core.extraction import ExtractionError, extract, left_by
from articles.core.extraction.decoding import decode
from articles.core.extraction.leaving_out import is_ignored
from articles.core.extraction.page import tree
from articles.core.extraction.selecting import count, select
from articles.core.types import Extract, Rules

Counts = dict[str, int]  # of each entry of the rules: elements it selects, paragraphs it names


@dataclass(frozen=True, slots=True)
class Reading:
    """What rules read in a page: the extract, or None and why there is none, in words."""

    extract: Extract | None
    error: str = ""


@dataclass(frozen=True, slots=True)
class Trial:
    """A page read by today's rules and by proposed ones, and what each of the proposed entries matches."""

    before: Reading
    after: Reading
    kept: Counts
    dropped: Counts
    ignored: Counts


def try_rules(body: bytes, url: str, charset: str, before: Rules, after: Rules) -> Trial:
    """Reads a page by two sets of rules; the arguments are those of `extract`.

    A page that cannot be read is no error: the readings say why.
    """
    try:
        text = decode(body, charset)
        kept, dropped = _selected(text, after)
    except ExtractionError as error:
        nothing = Reading(None, str(error))
        return Trial(nothing, nothing, {}, {}, {})
    whole = _read(body, url, charset, replace(after, ignore=(), repeats=frozenset(), places=frozenset()))
    lines = [whole.extract.standfirst, *whole.extract.texts] if whole.extract else []
    return Trial(
        before=_read(body, url, charset, before),
        after=_left(whole, after),
        kept=kept,
        dropped=dropped,
        ignored={entry: sum(is_ignored(line, entry) for line in lines) for entry in after.ignore},
    )


def _read(body: bytes, url: str, charset: str, rules: Rules) -> Reading:
    try:
        return Reading(extract(body, url, charset, rules))
    except ExtractionError as error:
        return Reading(None, str(error))


def _left(whole: Reading, rules: Rules) -> Reading:
    """A page read without regard to texts, less what the rules and what was learnt leave out."""
    if whole.extract is None:
        return whole
    try:
        return Reading(left_by(whole.extract, rules))
    except ExtractionError as error:
        return Reading(None, str(error))


def _selected(text: str, rules: Rules) -> tuple[Counts, Counts]:
    """How many elements each selector names; those to keep are looked for in what those to drop leave."""
    root = tree(text)
    dropped = {selector: count(root, selector) for selector in rules.drop}
    for element in select(root, rules.drop):
        if element.getparent() is not None:
            element.drop_tree()
    return {selector: count(root, selector) for selector in rules.keep}, dropped
