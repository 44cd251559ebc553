"""The diff beside the two that come with Python and with diff-match-patch."""

import difflib

from diff_match_patch import diff_match_patch
from rich.table import Table

from articles.core.diffing import diff
from tests.benchmarks.timing import Writer, median_ms


def _with_difflib(old: list[str], new: list[str]) -> object:
    return difflib.SequenceMatcher(
        None, " ".join(old).split(), " ".join(new).split(), autojunk=False
    ).get_opcodes()


def _with_whole_text_dmp(old: list[str], new: list[str]) -> object:
    differ = diff_match_patch()
    differ.Diff_Timeout = 0.0
    return differ.diff_main("\n".join(old), "\n".join(new))


def _cases() -> dict[str, tuple[list[str], list[str]]]:
    writer = Writer(1)
    short, long = writer.paragraphs(1_000), writer.paragraphs(20_000)
    return {
        "1,000 words, a typical edit": (short, writer.edited(short, 0.1)),
        "1,000 words, every paragraph edited": (short, writer.edited(short, 1.0)),
        "1,000 words, wholly different": (short, writer.paragraphs(1_000)),
        "20,000 words, a typical edit": (long, writer.edited(long, 0.02)),
        "20,000 words, wholly different": (long, writer.paragraphs(20_000)),
        "one line 4,000 times, 1 dropped": (["The same."] * 4_000, ["The same."] * 3_999),
    }


def table() -> Table:
    """Milliseconds of ours, and the others' as multiples of it; empty where quadratic peers take minutes."""
    shown = Table(title="Diff", title_justify="left")
    for column in ("case", "ours, ms", "difflib on words", "diff-match-patch on characters"):
        shown.add_column(column, justify="left" if column == "case" else "right")
    for name, (old, new) in _cases().items():
        ours = median_ms(lambda old=old, new=new: diff(old, new))
        peers = []
        if name.startswith("1,000") or "typical" in name:
            for peer in (_with_difflib, _with_whole_text_dmp):
                took = median_ms(lambda old=old, new=new, peer=peer: peer(old, new), 0.5, least=1)
                peers.append(f"{took / ours:.1f}x")
        shown.add_row(name, f"{ours:.1f}", *peers)
    return shown
