"""Importing an archive: captures a minute, beside looks that read each page when its turn comes."""

import os
import time
from datetime import timedelta
from pathlib import Path

from rich.table import Table

from tests.benchmarks.embedded import own_database
from tests.benchmarks.publisher import furniture

ARTICLES, CAPTURES_OF_EACH = 300, 10


def table() -> Table:
    """Captures a minute of one made archive: ahead as it is, with one page at a time, and a second time."""
    return _measure(own_database())


def _measure(folder: Path) -> Table:
    from django.core.management import call_command

    from articles import reading
    from articles.archives import ahead
    from tests.warcs import write

    write(folder / "a.warc.gz", *_captures())
    count = ARTICLES * CAPTURES_OF_EACH
    size = (folder / "a.warc.gz").stat().st_size / 1e6
    shown = Table(
        title=f"Importing {count:,} captures of {ARTICLES} articles ({size:.0f} MB gzipped), "
        "300 to 1,500 words amid menus, teasers and scripts; noise in three of four, an edit in one of four",
        title_justify="left",
    )
    for column in ("how", "captures a minute", "CPU ms a capture, without the reading children"):
        shown.add_column(column, justify="left" if column == "how" else "right")
    window = ahead.WINDOW
    for how, size_of_window, before in (
        ("one page at a time, nothing ahead", 0, True),
        ("reading ahead", window, True),
        ("the same again: all recorded", window, False),
    ):
        if before:
            call_command("flush", interactive=False, verbosity=0)
        reading.close()
        reading.warm_up()
        ahead.WINDOW = size_of_window
        began, cpu = time.perf_counter(), time.process_time()
        with open(os.devnull, "w") as nowhere:
            call_command("importwarc", str(folder / "a.warc.gz"), stdout=nowhere)
        took, spent = time.perf_counter() - began, time.process_time() - cpu
        shown.add_row(how, f"{60 * count / took:,.0f}", f"{1000 * spent / count:.1f}")
    return shown


def _captures() -> list:
    """Captures in the order of a crawler: round after round."""
    from tests.benchmarks.timing import Writer
    from tests.site import Page, article
    from tests.warcs import Capture, moment

    texts = [Writer(n).paragraphs(300 + 4 * n) for n in range(ARTICLES)]
    around = furniture()
    captures = []
    for turn in range(CAPTURES_OF_EACH):
        for n, text in enumerate(texts):
            if (turn + n) % 4 == 0:
                text[turn % len(text)] = f"In round {turn} of report {n} another sentence stands here."
            page = article(f"Headline of report number {n}", *text)
            noise = turn if (turn + n) % 4 != 3 else 0
            body = str(page.body).replace(
                "</header>", f"</header><aside class=ad>Buy {noise}</aside>{around}"
            )
            at = moment(24 * turn) + timedelta(seconds=n)
            captures.append(Capture(f"/{n}", at, Page(body)))
    return captures
