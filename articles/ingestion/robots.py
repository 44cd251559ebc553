"""Reading a host's robots.txt, before anything else is asked of it (RFC 9309)."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from articles import claiming
from articles.core import robots
from articles.core.urls import BadURL
from articles.fetching import FetchError
from articles.ingestion.asking import ask
from articles.models import Host

KEEP = timedelta(hours=24)  # RFC 9309, 2.4
DEADLINE = 5.0  # seconds a request, so that six with the turns between them end within the lease
RETRY = timedelta(minutes=10)  # when it could not be read


def fetch_robots(host_id: int, token: str) -> bool:
    """Reads and keeps the robots.txt of the claimed host; False if the claim is not ours any more."""
    host = Host.objects.filter(pk=host_id, lease_token=token).exclude(lease_token="").first()
    if host is None:
        return False
    rules, error = _read(host)
    now = timezone.now()
    delay = robots.crawl_delay(rules.text, settings.NEWSDIFF_USER_AGENT)
    values: dict[str, Any] = {
        "robots": rules.text,
        "robots_status": rules.status,
        "robots_expires_at": now + (RETRY * settings.NEWSDIFF_PACE.scale if rules.wait else KEEP),
        "crawl_delay": delay,
    }
    if rules.wait:
        values |= {"last_error": f"robots.txt: {error}", "last_error_at": now}
    with transaction.atomic():
        if not claiming.finish(host, **values):
            return False
        host.crawl_delay = delay
        claiming.host_answered(host, now)
    return True


def _read(host: Host) -> tuple[robots.Robots, str]:
    """The host's rules, and why they could not be read where they could not."""
    try:
        address = f"{host.scheme}://{host.authority}/robots.txt"
        response = ask(address, "text/plain,*/*;q=0.1", claimed=host, deadline=DEADLINE)
    except (FetchError, BadURL) as failure:
        return robots.unreachable(), str(failure)
    return robots.verdict_of(response.status, response.body), f"status {response.status}"
