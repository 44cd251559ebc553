import json
import sys
import time
from argparse import ArgumentParser
from collections import Counter
from contextlib import ExitStack, suppress
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError
from django.db.models import QuerySet
from rich.console import Console

from articles import claiming, tallying
from articles.core import urls
from articles.core.types import Outcome
from articles.embedded import AlreadyRunning, Crew, sole_crew
from articles.management.base import DataCommand
from articles.management.ready import ensure_migrated, named_source
from articles.models import Article, Feed, Host
from articles.pulse import beating

# How long a host's turn is waited for; one that asked for a longer pause is left for another time.
PATIENCE = timedelta(seconds=30)


class Command(DataCommand):
    help = "Polls feeds and looks at articles that are due, in the foreground, until nothing is."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--source", metavar="SLUG", help="of this source, everything now")
        parser.add_argument("--url", help="this article or feed, now")
        parser.add_argument("--all", action="store_true", help="every feed and article, now")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, **options: Any) -> None:
        ensure_migrated()
        self._make_due(options)
        started = time.monotonic()
        counted = self._work(quiet=options["json"] or not sys.stderr.isatty())
        tallying.settle()
        report = _report(counted) | {"seconds": round(time.monotonic() - started, 2)}
        if options["json"]:
            self.stdout.write(json.dumps(report))
        else:
            self.stdout.write(
                ", ".join(f"{value} {name.replace('_', ' ')}" for name, value in report.items())
            )

    def _make_due(self, options: dict[str, Any]) -> None:
        """Brings forward what the options name; without any, only what is due anyway is done."""
        feeds, articles = Feed.objects.none(), Article.objects.none()
        if options["all"]:
            feeds, articles = Feed.objects.all(), Article.objects.all()
        if options["source"] is not None:
            source = named_source(options["source"])
            feeds, articles = source.feeds.all(), source.articles.all()
        if options["url"] is not None:
            feeds, articles = _at(options["url"])
        now = claiming.now()
        # One row a statement, in order: workers may be finishing others at the same moment.
        articles = articles.filter(merged_into=None)
        for rows in (feeds, articles.exclude(status__in=(Article.Status.GONE, Article.Status.REUSED))):
            for pk in rows.order_by("pk").values_list("pk", flat=True):
                rows.model.objects.filter(pk=pk).update(next_check_at=now)
        claiming.recall(now)

    def _work(self, quiet: bool) -> Counter[str]:
        longest = max(
            (claiming.delay_of(host) for host in Host.objects.exclude(crawl_delay=None)), default=0.0
        )
        patience = max(PATIENCE, timedelta(seconds=longest))
        crew = Crew(settings.NEWSDIFF_WORKERS)
        with ExitStack() as stack:
            if settings.EMBEDDED:
                with suppress(AlreadyRunning):  # then leases keep us apart
                    stack.enter_context(sole_crew(settings.DATA_DIR))
            stack.enter_context(beating("check"))
            if not quiet:
                console = Console(stderr=True)
                stack.enter_context(console.status("Looking at what is due …"))
            return crew.run_until_done(patience)


def _at(url: str) -> tuple[QuerySet[Feed], QuerySet[Article]]:
    """The feed or article at an address, in any spelling."""
    try:
        key = urls.key(urls.typed(url))
    except urls.BadURL as error:
        raise CommandError(str(error), returncode=2) from error
    feeds, articles = Feed.objects.filter(key=key), Article.objects.filter(urls__key=key)
    if not feeds.exists() and not articles.exists():
        raise CommandError(f"{url} is neither a feed nor an article that is followed.")
    if (article := articles.first()) and article.state in ("hidden", "paused", "gone"):
        raise CommandError(f"{url} is not looked at: it is {article.state}.")
    return feeds, articles


def _report(counted: Counter[str]) -> dict[str, int]:
    """The counts as the contract names them (docs/commands.md)."""
    looks = {name: n for name, n in counted.items() if name.startswith("article:")}
    failures = ("article:error", f"article:{Outcome.FAILED}", f"article:{Outcome.BLOCKED}")
    failed_polls = counted["feed:failed"] + counted["feed:error"]
    return {
        "feeds": counted["feed:ok"] + failed_polls,
        "articles": sum(looks.values()),
        "new_articles": counted["first"],
        "new_versions": counted[f"article:{Outcome.NEW_VERSION}"],
        "unchanged": counted[f"article:{Outcome.UNCHANGED}"] + counted[f"article:{Outcome.COSMETIC}"],
        "not_modified": counted[f"article:{Outcome.NOT_MODIFIED}"],
        "failed": sum(counted[name] for name in failures) + failed_polls + counted["robots:error"],
    }
