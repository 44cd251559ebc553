"""Runs what is due in the test's own thread: the claims, tasks and storing are the real ones."""

from datetime import datetime, timedelta

from django.utils import timezone

from articles.claiming import claim
from articles.core import urls
from articles.ingestion.sources import add_source
from articles.models import Article, Feed, Host, Source
from articles.tasks import TASKS
from tests.site import Site, rss


def work_off(now: datetime | None = None) -> int:
    """Claims and does everything that is due; returns how many pieces of work that was."""
    done = 0
    while claimed := claim(now or timezone.now(), 50):
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


def make_all_due() -> None:
    """Makes every article due now, and every host ready to be asked."""
    Host.objects.update(next_at=timezone.now() - timedelta(seconds=1))
    for article in Article.objects.order_by("pk"):
        Article.objects.filter(pk=article.pk).update(next_check_at=timezone.now())


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
