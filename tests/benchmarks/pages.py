"""Reading a page, beside the extractor it is built on used alone."""

import trafilatura
from rich.table import Table

from articles.core.extraction import extract
from tests.benchmarks.timing import Writer, median_ms
from tests.site import article


def table() -> Table:
    """Milliseconds a page of ours and of trafilatura alone, by length."""
    shown = Table(title="Reading a page", title_justify="left")
    for column in ("page", "ours, ms", "trafilatura alone, ms", "ratio"):
        shown.add_column(column, justify="left" if column == "page" else "right")
    for words in (300, 1_500, 10_000):
        page = article("A headline of the day", *Writer(2).paragraphs(words)).body
        body = page.encode() if isinstance(page, str) else page
        ours = median_ms(lambda body=body: extract(body, "http://paper.example/a"))
        alone = median_ms(
            lambda body=body: trafilatura.extract(body, output_format="xml", include_formatting=True)
        )
        shown.add_row(f"{words:,} words", f"{ours:.1f}", f"{alone:.1f}", f"{ours / alone:.2f}")
    return shown
