"""The slots of `core.steady` as an article's columns hold them."""

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from articles.core.types import Slot


def slots_of(rows: Iterable[dict[str, Any]]) -> tuple[Slot, ...]:
    """Slots out of a column."""
    return tuple(Slot(row["before"], row["after"], tuple(row["seen"]), tuple(row["stayed"])) for row in rows)


def rows_of(slots: Iterable[Slot]) -> list[dict[str, Any]]:
    """Slots for a column, one for each place."""
    return [asdict(slot) for slot in {slot.place: slot for slot in slots}.values()]
