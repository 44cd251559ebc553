"""Whole looks at articles, from the claim to the commit, on an embedded database of its own."""

import time

from rich.table import Table

from tests.benchmarks.embedded import own_database

ARTICLES = 60


def table() -> Table:
    """Looks a second and CPU milliseconds a look, by what the site answers."""
    own_database()
    return _measure()


def _measure() -> Table:
    from tests.crawl import follow
    from tests.site import Page, Site

    site = Site()
    site.pages["/robots.txt"] = Page("", kind="text/plain")
    paths = [f"/{n}" for n in range(ARTICLES)]
    shown = Table(
        title=f"Looks at {ARTICLES} articles of one host, one after the other", title_justify="left"
    )
    for column in ("answer", "looks a second", "CPU ms a look, without the reading child"):
        shown.add_column(column, justify="left" if column == "answer" else "right")
    _serve(site, paths, "first")
    follow(site, *paths)
    for answer in ("not modified (304)", "the same bytes", "noise around the same text", "changed words"):
        _serve(site, paths, answer)
        shown.add_row(answer, *_look())
    site.close()
    return shown


def _serve(site: object, paths: list[str], answer: str) -> None:
    from tests.benchmarks.timing import Writer
    from tests.site import article

    for n, path in enumerate(paths):
        text = Writer(n).paragraphs(600)
        if answer == "changed words":
            text[3] = "Quite another sentence stands here now, of some length."
        page = article(f"Headline number {n}", *text)
        if answer in ("first", "not modified (304)"):
            page.headers["ETag"] = f'"{n}"'
        if answer in ("noise around the same text", "changed words"):
            page.body = page.body.replace(
                "</header>", f"</header><aside class=ad>{answer} {time.time()}</aside>"
            )
        site.pages[path] = page


def _look() -> tuple[str, str]:
    from tests.crawl import look_again

    began, cpu = time.perf_counter(), time.process_time()
    look_again()
    wall, spent = time.perf_counter() - began, time.process_time() - cpu
    return f"{ARTICLES / wall:.0f}", f"{1000 * spent / ARTICLES:.1f}"
