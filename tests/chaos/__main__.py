"""`python -m tests.chaos`: runs the storm and prints figures; ends with 1 if anything was lost or stuck."""

import argparse
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.chaos.storm import DRAIN, MODES, Figures, Plan, Storm, median

HOLD = 40.0  # seconds; above every recovery that was measured (docs/reliability.md)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--mode", choices=[*MODES, "both"], default="both")
    parser.add_argument("--seconds", type=float, default=80.0, help="of storm in each mode (default: 80)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--hold", type=float, default=HOLD, help="seconds a text stands that must be stored")
    parser.add_argument("--rate", type=float, default=Plan.rate, help="share of the site's answers that fail")
    parser.add_argument("--keep", type=Path, help="leave logs and the copied data in this folder")
    given = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))  # leaving nothing behind
    console = Console(width=120)
    failed = 0
    for mode in MODES if given.mode == "both" else [given.mode]:
        plan = Plan(mode, given.seed, given.seconds, given.hold, rate=given.rate)
        folder = Path(tempfile.mkdtemp(prefix=f"newsdiff-chaos-{mode}-"))
        began = time.monotonic()
        try:
            figures = Storm(plan, folder).run()
        finally:
            if given.keep:
                shutil.copytree(folder, given.keep / mode, dirs_exist_ok=True)
            shutil.rmtree(folder, ignore_errors=True)
        console.print()
        console.print(table(figures, time.monotonic() - began))
        for words in figures.failures:
            console.print(f"FAILED  {words}", markup=False, highlight=False, soft_wrap=True)
        failed += len(figures.failures)
    return 1 if failed else 0


def table(figures: Figures, seconds: float) -> Table:
    """The figures of a run."""
    plan, verdict = figures.plan, figures.verdict
    shown = Table(
        title=f"{plan.mode}: {plan.seconds:.0f} s of storm (seed {plan.seed}), {seconds:.0f} s in all",
        title_justify="left",
    )
    shown.add_column("what")
    shown.add_column("figure", justify="right")
    site, processes = figures.site_faults.total(), figures.faults.total()
    shown.add_row("faults", str(site + processes))
    for name, count in sorted(figures.faults.items()):
        shown.add_row(f"  {name}", str(count))
    shown.add_row("  of the site's answers", str(site))
    for name, count in sorted(figures.site_faults.items()):
        shown.add_row(f"    {name.replace('_', ' ')}", str(count))
    firsts, hosts = [first for first, _ in figures.recovered], [last for _, last in figures.recovered]
    rows = {
        "texts the site showed": verdict.shown,
        f"  that stood {plan.hold:g} s while it was to be had and newsdiff ran": verdict.expected,
        "  as long by the clock, but newsdiff was stopped meanwhile (of these not stored)": (
            f"{verdict.away} ({verdict.away_lost})"
        ),
        "versions stored": verdict.stored,
        "lost": len(verdict.lost),
        "doubled": len(verdict.doubled),
        "invented": len(verdict.invented),
        "out of order": len(verdict.out_of_order),
        "rows stuck": len(figures.stuck),
        "looks": figures.looks,
        "longest gap between two looks at an article (median of articles)": (
            f"{max(figures.gaps, default=0):.1f} s ({median(figures.gaps):.1f} s)"
        ),
        "all stored, after the storm": f"{figures.settled:.1f} s",
        "kill -9 of all crawlers: first look (longest)": f"{max(firsts, default=0):.1f} s",
        "  every host asked again (longest)": f"{max(hosts, default=0):.1f} s",
        f"SIGTERM of a crawler (longest of {len(figures.drained)}; {DRAIN:g} s allowed)": (
            f"{max(figures.drained, default=0):.1f} s"
        ),
        "ended by themselves": ", ".join(f"{k} {n}" for k, n in figures.ended_by_themselves.items())
        or "none",
        "the front page, asked every second": ", ".join(f"{k}: {n}" for k, n in sorted(figures.web.items())),
        "doctor": f"{sum(line.startswith('ok') for line in figures.doctor.splitlines())} findings ok",
        "the database's files": figures.unsound or "sound",
        "full disk by": figures.disk,
        "load of each processor": f"{figures.load:.1f}",
    }
    for what, figure in rows.items():
        shown.add_row(what, str(figure))
    return shown


if __name__ == "__main__":
    sys.exit(main())
