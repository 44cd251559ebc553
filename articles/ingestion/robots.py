"""Reading a host's robots.txt, before anything else is asked of it (RFC 9309)."""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction

from articles import claiming, counting
from articles.claiming import Job
from articles.core import http, robots
from articles.core.urls import BadURL
from articles.fetching import FetchError
from articles.ingestion.asking import ask
from articles.models import Article, Feed, Host

KEEP = timedelta(hours=24)  # RFC 9309, 2.4
DEADLINE = 5.0  # seconds a request
RETRY = timedelta(minutes=10)  # when it could not be read


def fetch_robots(host_id: int, token: str) -> bool:
    """Reads and keeps the robots.txt of the claimed host; False if the claim is not ours any more.

    Rules that were read before stay in force while a site cannot give new ones (RFC 9309, 2.4).
    """
    host = claiming.begin(Job.ROBOTS, host_id, token, claiming.now())
    if host is None:
        return False
    rules, error, until = _read(host)
    now = claiming.now()
    if not rules.wait:
        delay = robots.crawl_delay(rules.text, settings.NEWSDIFF_USER_AGENT)
        values: dict[str, Any] = {"robots": rules.text, "robots_status": rules.status, "crawl_delay": delay}
        values["robots_expires_at"] = now + KEEP
        host.crawl_delay = delay
    else:
        values = {"last_error": f"robots.txt: {error}", "last_error_at": now}
        values["robots_expires_at"] = now + RETRY * settings.NEWSDIFF_PACE.scale
        if robots.must_wait(host.robots_status):
            values["robots_status"] = rules.status
    with transaction.atomic():
        if rules.status in http.BUSY:
            claiming.host_refused(host, now, f"robots.txt: {error}", until)
        elif rules.wait:
            claiming.open_host(host, now)
        else:
            claiming.host_answered(host, now)
        is_ours = claiming.finish(host, **values)
    if is_ours:
        counting.robots_read(error if rules.wait else "", rules.status or None)
    else:
        counting.dropped(Job.ROBOTS)
    return is_ours


def _read(host: Host) -> tuple[robots.Robots, str, datetime | None]:
    """The host's rules; where they could not be read also why, and when it lets us come back."""
    try:
        address = f"{_scheme(host)}://{host.authority}/robots.txt"
        response = ask(address, "text/plain,*/*;q=0.1", claimed=host, deadline=DEADLINE)
    except (FetchError, BadURL) as failure:
        return robots.unreachable(), str(failure), None
    answer = http.judge(response, claiming.now())
    return robots.verdict_of(response.status, response.body), answer.reason, answer.retry_after


def _scheme(host: Host) -> str:
    """The scheme of what is to be asked of the host next: rules are a scheme's own (RFC 9309, 2.3)."""
    for rows in (Feed.objects.filter(host=host), Article.objects.filter(host=host)):
        row = rows.exclude(next_check_at=None).order_by("next_check_at", "pk").first()
        if row is not None:
            return row.fetch_url.partition(":")[0]
    return host.scheme
