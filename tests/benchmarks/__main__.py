"""`make bench`: what the parts cost, beside peers, in one run; or the parts named as arguments.

Times on shared machines are noisy: each figure is the median of several, and the ratios are what to
quote. The texts are made by a seeded generator, so that two runs measure the same work.
"""

import sys

from rich.console import Console

from tests.benchmarks import (
    archives,
    crawl,
    diffs,
    fair,
    finding,
    memory,
    pages,
    reading,
    schedule,
    stored,
    tick,
)

BENCHES = {
    "diffs": diffs,
    "reading": reading,
    "schedule": schedule,
    "archives": archives,
    "crawl": crawl,
    "memory": memory,
    "stored": stored,
    "tick": tick,
    "fair": fair,
    "pages": pages,
    "finding": finding,
}

chosen = sys.argv[1:] or list(BENCHES)
unknown = set(chosen) - set(BENCHES)
if unknown:
    sys.exit(f"no such bench: {', '.join(sorted(unknown))}; there are {', '.join(BENCHES)}")
# Into a file or a pipe a table gets the width it needs, not that of a terminal there is none of.
console, progress = Console(width=None if sys.stdout.isatty() else 130), Console(stderr=True)
for name in chosen:
    bench = BENCHES[name]
    with progress.status(f"measuring {name} …"):
        # one that takes long shows each table as soon as it has it
        for shown in bench.tables() if hasattr(bench, "tables") else [bench.table()]:
            console.print(shown)
