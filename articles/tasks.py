"""The Celery tasks, the same in both modes: ids in, work out of the database, nothing else.

Beat rings `dispatch` every second, which claims what is due and sends each claim as a message. The
embedded crew (articles/embedded.py) claims and runs the same tasks without a broker. A message lost,
doubled or late does no harm: the token decides.
"""

from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any

from celery import Task, shared_task
from django.conf import settings

from articles import claiming, gaps, ingestion
from articles.claiming import Job

# Least between two: several at once would each hand out as much as there is room for.
APART = timedelta(seconds=0.5)
RUNG = "dispatch"  # the Heartbeat that says when it last was


@shared_task(name="articles.dispatch")
def dispatch() -> int:
    """Claims what is due and hands it to the workers; returns how much that was."""
    now = claiming.now()
    if not claiming.is_time(RUNG, APART, now):  # the ring of a second beat, or one that lay about
        return 0
    claiming.tidy(now)
    gaps.tick(now)
    # No more than the workers can begin soon: what waits in the broker is a lease running out.
    room = settings.NEWSDIFF_CLAIMS - claiming.claimed(now)
    claimed = claiming.claim(now, room) if room > 0 else []
    for work in claimed:
        # No expiry: workers would judge it by their own clocks. Late or not, the token decides.
        TASKS[work.job].apply_async((work.id, work.token))
    return len(claimed)


def _recording(job: Job) -> Callable[[Callable[[int, str], Any]], Callable[[int, str], Any]]:
    """Lets a bug's exception out, but first writes it on the row and moves the row back.

    So one article that trips us is seen by the operator and does not come up again every minute.
    """

    def decorate(run: Callable[[int, str], Any]) -> Callable[[int, str], Any]:
        @wraps(run)
        def recorded(pk: int, token: str) -> Any:
            try:
                with claiming.kept(claiming.MODELS[job], pk, token):
                    return run(pk, token)
            except Exception as error:
                ingestion.give_up(job, pk, token, f"{type(error).__name__}: {error}")
                raise

        return recorded

    return decorate


@shared_task(name="articles.robots")
@_recording(Job.ROBOTS)
def fetch_robots(host_id: int, token: str) -> None:
    """Reads a host's robots.txt."""
    ingestion.fetch_robots(host_id, token)


@shared_task(name="articles.feed")
@_recording(Job.FEED)
def poll_feed(feed_id: int, token: str) -> dict[str, Any] | None:
    """Polls a feed; returns {"new": articles, "error": words}, or None if the poll is not over."""
    polled = ingestion.poll_feed(feed_id, token)
    return {"new": polled.new, "error": polled.error} if polled else None


@shared_task(name="articles.article")
@_recording(Job.ARTICLE)
def check_article(article_id: int, token: str) -> dict[str, Any] | None:
    """Looks at an article; returns {"outcome": …, "version": number made}, or None if it is not over."""
    checked = ingestion.check_article(article_id, token)
    return {"outcome": checked.outcome.value, "version": checked.version} if checked else None


TASKS: dict[Job, Task] = {Job.ROBOTS: fetch_robots, Job.FEED: poll_feed, Job.ARTICLE: check_article}
