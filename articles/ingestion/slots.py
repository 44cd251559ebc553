"""The slots of `core.steady` as an article's columns hold them."""

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from articles.core import steady
from articles.core.types import Extract, Slot

SHOWN = 60  # characters of a paragraph, to tell which one is meant


def slots_of(rows: Iterable[dict[str, Any]]) -> tuple[Slot, ...]:
    """Slots out of a column."""
    return tuple(Slot(row["before"], row["after"], tuple(row["seen"]), tuple(row["stayed"])) for row in rows)


def rows_of(slots: Iterable[Slot]) -> list[dict[str, Any]]:
    """Slots for a column, one for each place."""
    return [asdict(slot) for slot in {slot.place: slot for slot in slots}.values()]


def in_words(rows: Iterable[dict[str, Any]], last: Extract) -> list[str]:
    """Where the slots of a column are in the last version, for the operator."""
    words = []
    for before, after in steady.between(slots_of(rows), last):
        start, end = (text if len(text) <= SHOWN else f"{text[:SHOWN]}…" for text in (before, after))
        if before and after:
            words.append(f"between “{start}” and “{end}”")
        else:
            words.append(
                f"after “{start}”" if before else f"before “{end}”" if after else "at an end of the text"
            )
    return words
