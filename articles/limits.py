"""How often one visitor may ask for what costs us much: a token bucket for each address and kind.

A bucket holds as many tokens as are allowed a minute, and fills again at that rate; each request takes one.
It is kept as one number, the moment at which it will be full again (the generic cell rate algorithm), in
Redis in server mode, so that all processes count together, else in memory. Where Redis does not answer
each process counts for itself: a limit must not be what takes a site down.
"""

import math
import time
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from threading import Lock

import redis
from django.conf import settings
from django.http import HttpRequest

from articles import logs, visitors

log = logs.Log(__name__)

MINUTE = 60.0  # seconds in which an empty bucket is full again
ROUNDING = 1e-4  # seconds by which sums of tokens may be off
MOST_BUCKETS = 50_000  # in memory; beyond it the oldest go, so that nobody's addresses fill it
REST = 5.0  # seconds for which a Redis that failed is not asked again
ANSWER_WITHIN = 0.25  # seconds for Redis

# Kind of request -> the setting with the requests a minute.
SETTINGS = {
    "pages": "NEWSDIFF_RATE_PAGES",
    "api": "NEWSDIFF_RATE_API",
    "search": "NEWSDIFF_RATE_SEARCH",
    "follow": "NEWSDIFF_RATE_FOLLOW",
    "login": "NEWSDIFF_RATE_LOGIN",
}
# Public addresses, by name, that cost more than a list: a diff, what is made of one, a page unpacked, fifty
# entries, a line for each source.
COSTLY = dict.fromkeys(
    (
        *("diff", "card", "evidence", "version", "blame", "capture"),
        *("feed", "source-feed", "article-feed", "opml"),
    ),
    "pages",
) | dict.fromkeys(("timegate", "timemap", "quote-feed", "search-feed"), "search")


def wait(request: HttpRequest, kind: str) -> int:
    """Takes a token for the request; 0, or the whole seconds to wait where there is none.

    Visitors on this machine are not counted, except at the login: behind a proxy that does not say whom
    it speaks for they would be everybody.
    """
    rate, visitor = getattr(settings, SETTINGS[kind]), visitors.counted_as(request)
    if not rate or (kind != "login" and visitors.is_this_machine(visitor)):
        return 0
    return math.ceil(_take(f"{kind}:{visitor}", MINUTE / rate))


def give_back(request: HttpRequest, kind: str) -> None:
    """Puts back the token of a request that turned out to cost nothing, such as one answered with 304."""
    rate, visitor = getattr(settings, SETTINGS[kind]), visitors.counted_as(request)
    if rate and not visitors.is_this_machine(visitor):
        _take(f"{kind}:{visitor}", -MINUTE / rate)


def _take(name: str, cost: float) -> float:
    if settings.REDIS_URL:
        with suppress(redis.RedisError):  # said in the log by `take`
            return _shared(settings.REDIS_URL).take(name, cost)
    return _own.take(name, cost)


class InMemory:
    """Buckets of one process. `take` is safe from any thread."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._full_at: dict[str, float] = {}
        self._lock = Lock()

    def take(self, name: str, cost: float) -> float:
        """Takes `cost` seconds of filling out of a bucket (puts them in, below 0).

        Returns 0, or the seconds after which there will be enough; nothing is taken then.
        """
        with self._lock:
            now = self._clock()
            full_at = max(self._full_at.pop(name, now), now) + cost
            if cost > 0 and full_at - now > MINUTE + ROUNDING:
                self._full_at[name] = full_at - cost
                return full_at - now - MINUTE
            if full_at > now:
                self._full_at[name] = full_at  # at the end: the order is that of their last use
            if len(self._full_at) > MOST_BUCKETS:
                del self._full_at[next(iter(self._full_at))]
            return 0.0

    def clear(self) -> None:
        """Fills all buckets."""
        with self._lock:
            self._full_at.clear()


class InRedis:
    """Buckets that all processes share; each ends by itself when it is full. By the clock of Redis."""

    SCRIPT = """
        local t = redis.call('TIME')
        local now, cost = t[1] + t[2] / 1000000, tonumber(ARGV[1])
        local full_at = math.max(tonumber(redis.call('GET', KEYS[1]) or 0), now) + cost
        if cost > 0 and full_at - now > tonumber(ARGV[2]) then
            return tostring(full_at - now - ARGV[2])
        end
        if full_at > now then
            local left = math.ceil((full_at - now) * 1000)
            redis.call('SET', KEYS[1], string.format('%.6f', full_at), 'PX', left)
        else
            redis.call('DEL', KEYS[1])
        end
        return '0'
    """

    def __init__(self, url: str, clock: Callable[[], float] = time.monotonic) -> None:
        client = redis.Redis.from_url(
            url, socket_timeout=ANSWER_WITHIN, socket_connect_timeout=ANSWER_WITHIN, retry=None
        )
        self._take = client.register_script(self.SCRIPT)
        self._clock = clock
        self._rests_until = 0.0

    def take(self, name: str, cost: float) -> float:
        """As InMemory.take. Raises RedisError; for REST seconds after that without asking Redis."""
        if self._clock() < self._rests_until:
            raise redis.ConnectionError("resting")
        try:
            return float(self._take(keys=[f"newsdiff:limit:{name}"], args=[cost, MINUTE + ROUNDING]))
        except redis.RedisError as error:
            self._rests_until = self._clock() + REST
            log.warning("limits_not_shared", error=type(error).__name__)
            raise


_own = InMemory()


@cache
def _shared(url: str) -> InRedis:
    return InRedis(url)
