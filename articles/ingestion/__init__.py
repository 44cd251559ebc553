"""The way in: poll a feed, look at an article, read a host's robots.txt.

Each takes the id and token of claimed work, fetches and reads outside any transaction, asks the
core what it means, and stores the result in one transaction that the lease fences
(articles/claiming). The same functions serve Celery's workers, the embedded crew and the command
line.
"""

from articles.ingestion.articles import check_article
from articles.ingestion.feeds import poll_feed
from articles.ingestion.giving_up import give_up
from articles.ingestion.robots import fetch_robots

__all__ = ["check_article", "fetch_robots", "give_up", "poll_feed"]
