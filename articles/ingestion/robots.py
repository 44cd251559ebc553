"""Reading a host's robots.txt, before anything else is asked of it (RFC 9309)."""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction

from articles import claiming, counting, rows
from articles.claiming import Job
from articles.core import http, robots, urls
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
    rules, error, until = _read(host, f"{_scheme(host)}://{host.authority}", host)
    now = claiming.now()
    values = _values(host, rules, error, now)
    if not rules.wait:
        host.crawl_delay = values["crawl_delay"]
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


def read_now(url: str) -> Host:
    """The host of an address, with its robots.txt as of today: asked for if it is not known, or out of date.

    For what somebody waits for; it takes the host's turn like any request. Where a worker is at the host's
    row, what was read is not written, for the worker's will be.
    """
    host = Host.of(url)
    now = claiming.now()
    if host.robots_expires_at and host.robots_expires_at > now and not robots.must_wait(host.robots_status):
        return host
    rules, error, _ = _read(host, urls.origin(url))
    values = _values(host, rules, error, claiming.now())
    rows.update(Host, values, pk=host.pk, lease_token="")
    opens = claiming.now() + timedelta(seconds=values.get("crawl_delay") or 0)
    Host.objects.filter(pk=host.pk, turn_token="", next_at__lt=opens).update(next_at=opens)
    for name, value in values.items():
        setattr(host, name, value)
    return host


def _values(host: Host, rules: robots.Robots, error: str, now: datetime) -> dict[str, Any]:
    """What to write on a host's row of an answer to the request for its robots.txt."""
    if not rules.wait:
        delay = robots.crawl_delay(rules.text, settings.NEWSDIFF_USER_AGENT)
        known = {"robots": rules.text, "robots_status": rules.status, "crawl_delay": delay}
        return known | {"robots_expires_at": now + KEEP}
    values: dict[str, Any] = {"last_error": f"robots.txt: {error}", "last_error_at": now}
    values["robots_expires_at"] = now + RETRY * settings.NEWSDIFF_PACE.scale
    if robots.must_wait(host.robots_status):
        values["robots_status"] = rules.status
    return values


def _read(host: Host, origin: str, claimed: Host | None = None) -> tuple[robots.Robots, str, datetime | None]:
    """The host's rules; where they could not be read also why, and when it lets us come back."""
    try:
        response = ask(f"{origin}/robots.txt", "text/plain,*/*;q=0.1", claimed=claimed, deadline=DEADLINE)
    except (FetchError, BadURL) as failure:
        return robots.unreachable(), str(failure), None
    answer = http.judge(response, claiming.now())
    return robots.verdict_of(response.status, response.body), answer.reason, answer.retry_after


def _scheme(host: Host) -> str:
    """The scheme of what is to be asked of the host next: rules are a scheme's own (RFC 9309, 2.3)."""
    for asked in (Feed.objects.filter(host=host), Article.objects.filter(host=host)):
        row = asked.exclude(next_check_at=None).order_by("next_check_at", "pk").first()
        if row is not None:
            return row.fetch_url.partition(":")[0]
    return host.scheme
