"""What the ways of sending have in common: how an attempt ended."""

from dataclasses import dataclass
from enum import StrEnum


class Outcome(StrEnum):
    """What became of an attempt. Its values are labels of the metrics."""

    SENT = "sent"
    PUT_OFF = "put_off"  # it may be taken later
    FAILED = "failed"  # it never will be
    DROPPED = "dropped"  # there was nothing to tell any more


@dataclass(frozen=True)
class Attempt:
    """An attempt's end.

    status   what the other side answered, HTTP's or SMTP's code; None where it did not
    error    why it was not taken, for the curator; "" where it was
    is_gone  the receiver says for good that it is not there: nothing more is to be sent to it
    is_down  not this message failed but the way: what else would go it waits as well
    """

    outcome: Outcome
    status: int | None = None
    error: str = ""
    is_gone: bool = False
    is_down: bool = False


SENT = Attempt(Outcome.SENT)
DROPPED = Attempt(Outcome.DROPPED, error="Nothing of it is to be told any more: hidden, or not followed.")
