"""Runs what is due in the test's own thread: the claims, tasks and storing are the real ones."""

import random
from datetime import datetime, timedelta

from django.utils import timezone

from articles import claiming
from articles.claiming import claim
from articles.core import urls
from articles.ingestion.sources import add_source
from articles.models import Article, Feed, Host, Source
from articles.tasks import TASKS
from tests.site import Site, rss


def work_off(now: datetime | None = None) -> int:
    """Claims and does everything that is due; returns how many pieces of work that was."""
    done = 0
    claiming.recall(now or claiming.now())
    while claimed := claim(now or claiming.now(), 50):
        for work in claimed:
            TASKS[work.job].apply((work.id, work.token), throw=True)
            done += 1
    return done


def follow(site: Site, *paths: str) -> Source:
    """A source whose feed names these paths of the site, with every article looked at once."""
    site.pages["/feed.xml"] = rss(*paths)
    source, _ = add_source(site.url("/feed.xml"))
    work_off()
    return source


def make_all_due(within: timedelta = timedelta(0)) -> dict[str, datetime]:
    """Makes every article due now, and every host ready to be asked; returns the moments by address.

    With `within` the moments are strewn over so long a time from now.
    """
    now, chance = timezone.now(), random.Random(3)
    Host.objects.update(next_at=now - timedelta(seconds=1))
    moments = {}
    for pk, url, host in Article.objects.order_by("pk").values_list("pk", "url", "host_id"):
        moments[url] = now + chance.random() * within
        Article.objects.filter(pk=pk).update(next_check_at=moments[url])
        Host.ring([host], moments[url])
    return moments


def look_again() -> None:
    """Makes every article due and looks at it."""
    make_all_due()
    work_off()


def poll_again() -> None:
    """Makes every feed due and polls it, then looks at what is due."""
    Host.objects.update(next_at=timezone.now() - timedelta(seconds=1))
    Feed.objects.update(next_check_at=timezone.now())
    work_off()


def at(site: Site, path: str) -> Article:
    """The article that a path of the site leads to."""
    return Article.objects.get(urls__key=urls.key(site.url(path)))
