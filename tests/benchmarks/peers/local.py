"""Differs in Python: ours, difflib and diff-match-patch."""

import difflib
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from diff_match_patch import diff_match_patch

from articles.core.diffing import diff
from articles.core.types import Diff, RowState
from tests.benchmarks.cases import Pair
from tests.benchmarks.quality import Shown
from tests.benchmarks.timing import runs_ms


@dataclass(frozen=True, slots=True)
class Local:
    """A differ in this process. `work` is what is timed; `rows` reads what it gives, None if it pairs nothing.

    `words` and `at_once` bound the pairs it takes, in words of the whole and of one comparison.
    """

    name: str
    work: Callable[[list[str], list[str]], object]
    rows: Callable[[Pair], list[Shown]] | None
    words: int | None = None
    at_once: int | None = None

    def runs(self, pair: Pair, seconds: float) -> list[float]:
        """Milliseconds of as many runs as fit in the time, one at least."""
        return runs_ms(lambda: self.work(pair.old, pair.new), seconds)


def _our_rows(pair: Pair) -> list[Shown]:
    found: Diff = diff(pair.old, pair.new)
    return [
        Shown(row.old, row.new, list(row.segments)) for row in found.rows if row.state != RowState.MOVED_AWAY
    ]


def _with_difflib(old: list[str], new: list[str]) -> list[Shown]:
    rows = []
    for op, old_from, old_to, new_from, new_to in _opcodes(old, new):
        olds, news = range(old_from, old_to), range(new_from, new_to)
        together = 0 if op in ("delete", "insert") else min(len(olds), len(news))
        for was, now in zip(olds[:together], news[:together], strict=True):
            segments = [("=", old[was])] if op == "equal" else _words(old[was], new[now])
            rows.append(Shown((was,), (now,), segments))
        rows += [Shown((was,), (), [("-", old[was])]) for was in olds[together:]]
        rows += [Shown((), (now,), [("+", new[now])]) for now in news[together:]]
    return rows


def _words(old: str, new: str) -> list[tuple[str, str]]:
    olds, news = re.split(r"(\s+)", old), re.split(r"(\s+)", new)
    segments = []
    for op, old_from, old_to, new_from, new_to in _opcodes(olds, news):
        was, now = "".join(olds[old_from:old_to]), "".join(news[new_from:new_to])
        segments += [("=", was)] if op == "equal" else [("-", was), ("+", now)]
    return [(op, text) for op, text in segments if text]


def _opcodes(old: list[str], new: list[str]) -> Iterable[tuple[str, int, int, int, int]]:
    return difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes()


def _with_dmp(old: list[str], new: list[str]) -> object:
    differ = diff_match_patch()
    differ.Diff_Timeout = 0.0  # by the clock it would give another diff each time
    found = differ.diff_main("\n".join(old), "\n".join(new))
    differ.diff_cleanupSemantic(found)
    return found


OURS = Local("ours", diff, _our_rows)
DIFFLIB = Local("difflib", _with_difflib, lambda pair: _with_difflib(pair.old, pair.new), at_once=2_000)
DMP = Local("diff-match-patch", _with_dmp, None, words=1_500)
