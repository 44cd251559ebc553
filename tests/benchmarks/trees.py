"""CPU seconds and memory of processes and all that they have started, as Linux counts them."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Seen:
    """A process at one moment: CPU seconds with those of its ended children, and bytes of memory."""

    pid: int
    parent: int
    session: int
    cpu: float
    resident: int
    shared: int


def session(leader: int) -> list[Seen]:
    """The processes of a session that run now, its leader first."""
    found = [seen for seen in _all() if seen.session == leader]
    return sorted(found, key=lambda seen: seen.pid != leader)


def cpu(*leaders: int) -> float:
    """CPU seconds that these sessions have used, ended children included once their parent knows of it."""
    return sum(seen.cpu for leader in leaders for seen in session(leader))


def cpu_of(pid: int) -> float | None:
    """CPU seconds of one process; None where it has ended."""
    seen = _seen(pid)
    return seen.cpu if seen else None


def _all() -> Iterator[Seen]:
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and (seen := _seen(int(entry.name))):
            yield seen


def _seen(pid: int) -> Seen | None:
    """proc(5): the fields of stat after the name; utime, stime, cutime and cstime are 14 to 17."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        _, resident, shared, *_ = map(int, Path(f"/proc/{pid}/statm").read_text().split())
    except (FileNotFoundError, ProcessLookupError):
        return None  # it ended as we looked
    page = os.sysconf("SC_PAGE_SIZE")
    return Seen(
        pid,
        parent=int(stat[1]),
        session=int(stat[3]),
        cpu=sum(map(int, stat[11:15])) / TICKS,
        resident=resident * page,
        shared=shared * page,
    )
