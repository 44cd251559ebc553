"""What is due, and the counter it is served from: the database is the queue.

A claim is one transaction: it takes hosts whose turn it is, gives each at most one piece of work
that is due (its robots.txt, a feed or an article), marks that row with a lease and keeps the host
busy for as long. So all workers on all machines together send a host one request at a time, with
its delay between them.

The turn of a host is in an index, so that a claim costs the same however much is not due. What a
host has due is looked for when its turn comes: `due_at` is never later than that, but may be earlier.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import token_hex

from django.db import connection, transaction
from django.db.models import Q

from articles import rows
from articles.claiming import turns
from articles.claiming.leases import leased
from articles.claiming.work import LEASE, MODELS, Job, Work
from articles.models import Article, Feed, Host, Leased

FEED_HEAD_START = timedelta(minutes=5)  # a feed goes before articles that are not later than it by more
RECALLED = 1000  # hosts at a time


# Only the hosts whose turn it is, off the index host_turn; what another worker is claiming is passed by.
_TURNS = """
    SELECT id, robots_expires_at FROM articles_host
    WHERE turn_at <= %s ORDER BY turn_at, id LIMIT %s"""
# The two of a host that have been due longest, of those that nobody has; off the indexes feed_host_due and
# article_host_due. One whose lease has ended, and which is being stored at this moment, is passed by.
_FIRST_TWO = {
    Job.FEED: """
        SELECT f.id, f.next_check_at FROM articles_feed f JOIN articles_source s ON s.id = f.source_id
        WHERE f.host_id = {host} AND f.next_check_at IS NOT NULL AND NOT f.is_paused AND NOT s.is_paused
        AND (f.lease_until IS NULL OR f.lease_until <= %s)
        ORDER BY f.next_check_at, f.id LIMIT 2""",
    Job.ARTICLE: """
        SELECT a.id, a.next_check_at FROM articles_article a JOIN articles_source s ON s.id = a.source_id
        WHERE a.host_id = {host} AND a.next_check_at IS NOT NULL AND a.hidden_at IS NULL
        AND a.merged_into_id IS NULL AND NOT s.is_paused
        AND (a.lease_until IS NULL OR a.lease_until <= %s)
        ORDER BY a.next_check_at, a.id LIMIT 2""",
}
# NO KEY: who stores an article of the host at this moment need not wait for us, nor we for it.
_LOCKED = " FOR NO KEY UPDATE SKIP LOCKED"
_LOCKED_ROWS = {
    Job.FEED: " FOR NO KEY UPDATE OF f SKIP LOCKED",
    Job.ARTICLE: " FOR NO KEY UPDATE OF a SKIP LOCKED",
}
# All hosts in one statement, where the database can; each is still read off the index by itself.
_OF_EACH = "SELECT h.id, found.* FROM unnest(%s::bigint[]) AS h(id) CROSS JOIN LATERAL ({first_two}) AS found"


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A feed or article that nobody has, and when it is to be asked for."""

    job: Job
    pk: int
    due: datetime

    @property
    def rank(self) -> datetime:
        return self.due - FEED_HEAD_START if self.job is Job.FEED else self.due


def claim(now: datetime, limit: int) -> list[Work]:
    """Claims up to `limit` pieces of due work, at most one a host, hosts longest waiting first."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_TURNS + (_LOCKED if _can_pass_by() else ""), [rows.moment(now), limit])
        hosts = {pk: rows.read_moment(expiry) for pk, expiry in cursor.fetchall()}
        waiting = _first_two([*hosts], now)
        claimed: list[Work] = []
        leases: dict[type[Leased], dict[int, dict[str, object]]] = {model: {} for model in MODELS.values()}
        for host, expiry in hosts.items():
            work, due_next = _choose(host, waiting[host], expiry is None or expiry <= now, now)
            if work is None:
                leases[Host][host] = {"due_at": due_next}
                continue
            claimed.append(work)
            lease = {"lease_token": work.token, "lease_until": now + LEASE}
            turn = {"next_at": now + LEASE, "turn_token": work.token}
            if work.job is Job.ROBOTS:
                leases[Host][host] = turn | lease
            else:
                leases[MODELS[work.job]][work.id] = lease
                leases[Host][host] = turn | {"due_at": due_next}
        for model, values in leases.items():
            rows.update_each(model, values)
    return claimed


def _choose(
    host: int, waiting: list[_Waiting], needs_rules: bool, now: datetime
) -> tuple[Work | None, datetime | None]:
    """The host's most pressing work, its rules before all else, then what is latest; None where nothing is
    due. And when the host has something to be asked next, as far as it is seen here."""
    first = min((one for one in waiting if one.due <= now), key=lambda one: one.rank, default=None)
    due_next = min((one.due for one in waiting if one is not first), default=None)
    if first is None:
        return None, due_next
    if needs_rules:
        return Work(Job.ROBOTS, host, token_hex(8)), due_next
    return Work(first.job, first.pk, token_hex(8)), due_next


def _first_two(hosts: list[int], now: datetime) -> dict[int, list[_Waiting]]:
    """By host, the two feeds and the two articles that have been due longest."""
    found: dict[int, list[_Waiting]] = {host: [] for host in hosts}
    at = rows.moment(now)
    with connection.cursor() as cursor:
        for job, statement in _FIRST_TWO.items():
            if _can_pass_by():
                first_two = statement.format(host="h.id") + _LOCKED_ROWS[job]
                cursor.execute(_OF_EACH.format(first_two=first_two), [hosts, at])
                for host, pk, due in cursor.fetchall():
                    found[host].append(_Waiting(job, pk, rows.read_moment(due)))
                continue
            for host in hosts:
                cursor.execute(statement.format(host="%s"), [host, at])
                found[host] += [_Waiting(job, pk, rows.read_moment(due)) for pk, due in cursor.fetchall()]
    return found


def _can_pass_by() -> bool:
    """PostgreSQL: locked rows can be left out, and a query in FROM may refer to the row beside."""
    return connection.features.has_select_for_update_skip_locked


# --- what is under way, and what waits --------------------------------------------------------------
def claimed(now: datetime) -> int:
    """How many pieces of work are claimed and not done."""
    return sum(leased(model).filter(lease_until__gt=now).count() for model in MODELS.values())


def waiting(now: datetime, patience: timedelta = timedelta(0)) -> bool:
    """Is anything due on a host whose turn comes within `patience`, or claimed and not done?"""
    return bool(claimed(now)) or Host.objects.filter(due_at__lte=now, next_at__lte=now + patience).exists()


# --- what is lost and found -------------------------------------------------------------------------
def recall(now: datetime) -> int:
    """Rings for all that is due although nobody rang for it; returns for how many hosts.

    Such as what was due when its source was paused, and is no more, or when its article was hidden.
    """
    hosts: set[int] = set()
    for due in (Feed.objects.due(now), Article.objects.due(now)):
        unheard = due.filter(Q(host__due_at=None) | Q(host__due_at__gt=now))
        hosts |= set(unheard.values_list("host_id", flat=True).distinct()[:RECALLED])
    Host.ring(hosts, now)
    return len(hosts)


def take_back(now: datetime) -> int:
    """Rings for the work of workers that were not heard of until their leases ended; returns how much.

    Not for what nobody may do now: of a paused source, or with no next look (`hold`). It would be rung
    for at every tick, for ever.
    """
    count = 0
    for due in (Feed.objects.due(now), Article.objects.due(now)):
        ended = due.exclude(lease_token="").filter(lease_until__lte=now)
        hosts = list(ended.values_list("host_id", flat=True)[:RECALLED])
        Host.ring(hosts, now)
        count += len(hosts)
    return count + _take_back_robots(now)


def _take_back_robots(now: datetime) -> int:
    """Ends what is left of leases on hosts: their robots.txt is read when there is something to ask."""
    ended = leased(Host).filter(lease_until__lte=now)
    hosts = list(ended.values_list("pk", flat=True)[:RECALLED])
    if hosts:
        ended.filter(pk__in=hosts).update(lease_token="", lease_until=None)
        Host.ring(hosts, now)
    return len(hosts)


def release_all(now: datetime) -> int:
    """Ends every lease; returns how many. Only for one who knows that no worker is running."""
    released = 0
    for model in MODELS.values():
        for row in leased(model):
            turns.open_host(row, now)
            released += model.objects.filter(pk=row.pk).update(lease_token="", lease_until=None)
    for host in Host.objects.exclude(turn_token=""):  # of a row that is no more, or was given up
        open_at = now + timedelta(seconds=turns.delay_of(host))
        Host.objects.filter(pk=host.pk).update(turn_token="", next_at=open_at)
    recall(now)
    return released
