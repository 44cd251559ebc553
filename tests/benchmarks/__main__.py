"""`make bench`: what the parts cost, beside peers, in one run.

Times on shared machines are noisy: each figure is the median of several, and the ratios are what to
quote. The texts are made by a seeded generator, so that two runs measure the same work.
"""

from rich.console import Console

from tests.benchmarks import checks, diffs, pages

console = Console()
for bench in (diffs, pages, checks):
    console.print(bench.table())
