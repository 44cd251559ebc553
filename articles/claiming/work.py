"""What a worker can be given to do."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from articles.models import Article, Feed, Host, Leased

# How long a claim holds when nothing is heard of its worker. A worker that is at it says so every few
# seconds (keeping.py), so this is how long the work of one that was killed waits for another.
LEASE = timedelta(seconds=15)


class Job(StrEnum):
    """What a piece of work is; also the name of the task that does it."""

    ROBOTS = "robots"
    FEED = "feed"
    ARTICLE = "article"


MODELS: dict[Job, type[Leased]] = {Job.ROBOTS: Host, Job.FEED: Feed, Job.ARTICLE: Article}


@dataclass(frozen=True, slots=True)
class Work:
    """One claimed piece of work: do `job` on the row `id` while `token` is the row's own."""

    job: Job
    id: int
    token: str
