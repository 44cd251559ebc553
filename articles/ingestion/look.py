"""What one look at an article found, before it is stored."""

from dataclasses import dataclass
from datetime import datetime

from articles.core.http import Response
from articles.core.types import Decision, Extract, Outcome, Slot, Verdict

OUTCOMES: dict[Verdict, Outcome] = {
    Verdict.NEW: Outcome.NEW_VERSION,
    Verdict.REVERT: Outcome.NEW_VERSION,
    Verdict.SAME: Outcome.UNCHANGED,
    Verdict.FLAPPING: Outcome.UNCHANGED,
    Verdict.COSMETIC: Outcome.COSMETIC,
    Verdict.SUSPECT: Outcome.SUSPECT,
}


@dataclass(frozen=True, slots=True)
class Look:
    """The result of a look; `outcome` says which of the other fields mean something.

    at             when the answer was in
    reason         why, in words for the operator; empty where the outcome says it all
    retry_after    when the site lets us come back, for a look that was turned away
    final          the site itself says that the article is gone for good (410)
    hop            where a redirect leads
    body_digest    SHA-256 of the page, where one came
    is_identical   the page is byte for byte the one seen last
    reading        what the extract was read by (`core.extraction.reading`)
    last           the last version's text, where it was found now that something in it is not the article's
    is_redesigned  the page came in a new template
    slots          where the page is known to tick, with what stands there now; None leaves them as they are
    suspected      where this look and the one before show something else each
    is_doubted     the look is not over: a new text was seen, and is looked at again in the host's next turn
    """

    at: datetime
    outcome: Outcome
    reason: str = ""
    status: int | None = None
    seconds: float = 0.0
    retry_after: datetime | None = None
    final: bool = False
    hop: str = ""
    hop_permanent: bool = False
    response: Response | None = None
    body_digest: str = ""
    is_identical: bool = False
    extract: Extract | None = None
    decision: Decision | None = None
    reading: str = ""
    last: Extract | None = None
    is_redesigned: bool = False
    slots: tuple[Slot, ...] | None = None
    suspected: tuple[Slot, ...] = ()
    is_doubted: bool = False
