"""Bytes that a version's text takes, beside a packed git history of the same texts."""

from rich.table import Table

from tests.benchmarks.running import a_database, has_postgres

ARTICLES = 300


def table(articles: int = ARTICLES) -> Table:
    """Bytes a version as stored on SQLite and PostgreSQL, in git, and by other ways of packing."""
    told = {}
    for vendor in ["sqlite", "postgresql"] if has_postgres() else ["sqlite"]:
        with a_database(vendor) as inside:
            told[vendor] = inside.ask("weigh", articles)
    one = told["sqlite"]
    shown = Table(
        title=f"{one['versions']:,} versions of {one['editions']:,} editions of {articles} articles, one to eight each, "
        f"{one['words']:.0f} words on average",
        title_justify="left",
        caption=None if has_postgres() else "PostgreSQL left out: set DATABASE_URL.",
        caption_justify="left",
    )
    for column in ("what", "bytes a version", "times git", "µs to read one", "µs to write one"):
        shown.add_column(column, justify="left" if column == "what" else "right")
    shown.add_row("git, packed (gc --aggressive)", f"{one['git']:,.0f}", "1.00", "", "")
    shown.add_section()
    for vendor, found in told.items():
        for what, size in found["stored"].items():
            shown.add_row(f"{vendor}: {what}", f"{size:,.0f}", f"{size / one['git']:.2f}", "", "")
        shown.add_row(f"{vendor}: the raw pages, packed", f"{found['pages']:,.0f}", "", "", "")
        shown.add_row(f"{vendor}: a check, indexes included", f"{found['check']:,.0f}", "", "", "")
        shown.add_section()
    for name, way in one["ways"].items():
        figures = (f"{way['read']:.0f}", f"{way['write']:.0f}") if way["write"] else ("", "")
        shown.add_row(
            f"the texts, {name}", f"{way['bytes']:,.0f}", f"{way['bytes'] / one['git']:.2f}", *figures
        )
    return shown
