"""A text seen for the first time is looked at again at once: does the page say that, or is it ticking?

The text waits as a suspect one does (`Article.pending_digest`), first in the queue of its host. If it
stands there at the next look, it is a version. If the page shows yet another text, the two are compared;
a third look may tell which passages are another at every look (core/steady.py), and the rest is decided
on. A page that has come byte for byte the same a few times is not doubted, unless it may have been cut short
on its way, nor is a text that has been held back for another reason and is there again.
"""

from dataclasses import replace

from articles import logs
from articles.core import steady, versioning
from articles.core.extraction import ExtractionError
from articles.core.fingerprint import digest
from articles.core.types import Decision, Extract, History, Outcome, Rules, Slot, Verdict
from articles.ingestion.boilerplate import learn_places
from articles.ingestion.look import OUTCOMES, Look
from articles.ingestion.rebaselining import read_snapshot
from articles.ingestion.slots import slots_of
from articles.models import Article

log = logs.Log(__name__)

DOUBT = versioning.UNSTEADY  # begins the reason for which such a text waits
MOST_DOUBTS = 4  # looks in a row after which what stands there is believed
QUIET_LOOKS = 3  # in a row at which the page came byte for byte the same: such a page does not tick


def in_doubt(article: Article) -> bool:
    """Whether a text waits for the look that tells whether it stays."""
    return bool(article.pending_digest) and article.pending_reason.startswith(DOUBT)


def doubt(article: Article, look: Look, history: History, rules: Rules) -> Look:
    """The look at a text that would be a new version, with a decision that takes doubts into account."""
    if look.extract is None or history.last is None:
        return look
    if article.quiet_looks >= QUIET_LOOKS and not versioning.is_a_beginning(look.extract, history.last):
        return look
    if article.pending_digest == digest(look.extract):
        return look
    if not in_doubt(article):
        return _wait(look, "a new text, seen once: looked at again at once")
    try:
        before, _ = steady.settle(_waiting(article, rules), history.last, slots_of(article.slots))
    except ExtractionError as error:
        if article.doubts < MOST_DOUBTS:
            return _wait(look, f"a new text; the one before cannot be read any more ({error})")
        return _believed(article, look)
    compared = steady.compare(before, look.extract, history.last, slots_of(article.suspected_slots))
    if not compared.is_certain:
        if article.doubts < MOST_DOUBTS:
            return _wait(look, "another text at every look", compared.slots)
        return _believed(article, look)
    learn_places(article, look.extract, compared.steady, look.at)
    last = history.last if article.slots else steady.cleaned(history.last, compared.steady, compared.slots)
    return _resolved(look, history, last, compared)


def _believed(article: Article, look: Look) -> Look:
    """The look as it is: its text has been in doubt for long enough."""
    log.warning("doubt_believed", article=article.pk, looks=article.doubts + 1)
    return look


def _wait(look: Look, words: str, suspected: tuple[Slot, ...] = ()) -> Look:
    reason = f"{DOUBT} {words}"
    return replace(
        look,
        outcome=Outcome.SUSPECT,
        reason=reason,
        decision=Decision(Verdict.SUSPECT, reason),
        suspected=suspected,
        is_doubted=True,
    )


def _waiting(article: Article, rules: Rules) -> Extract:
    """The text that waits, out of the snapshot kept of it."""
    snapshot = article.snapshots.select_related("blob").order_by("-pk").first()
    if snapshot is None:
        raise ExtractionError("no snapshot of it was kept")
    return read_snapshot(snapshot, rules)


def with_last(history: History, last: Extract) -> History:
    """The history as it is once the last version has taken on another reading of its text."""
    known = replace(history.versions[-1], digest=digest(last))
    return replace(history, last=last, versions=(*history.versions[:-1], known))


def differs_from_the_one_before(history: History, last: Extract) -> bool:
    """Whether the last version would still be another than the one before it, were this its text."""
    return len(history.versions) < 2 or digest(last) != history.versions[-2].digest


def _resolved(look: Look, history: History, last: Extract, compared: steady.Compared) -> Look:
    """The look decided on without what three looks in a row have shown to tick.

    `last` is the last version without it, which is stored in its place; unless what ticks is all that
    tells that version from the one before it.
    """
    is_cleaned = last != history.last and differs_from_the_one_before(history, last)
    if is_cleaned:
        history = with_last(history, last)
    decision = versioning.decide(replace(history, seen_text=""), compared.steady)
    return replace(
        look,
        outcome=OUTCOMES[decision.verdict],
        reason=decision.reason,
        extract=compared.steady,
        decision=decision,
        last=last if is_cleaned else look.last,
        slots=(*(look.slots or ()), *compared.slots),
    )
