"""What a host's robots.txt lets us ask for (RFC 9309), read by Protego.

The stored form is the text of the file. A host whose file cannot be read for now is stored with the
status that says so, and nothing may be fetched from it until the file can be read.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

from protego import Protego

MOST_BYTES = 500 * 1024  # RFC 9309, 2.5: at least this much is read
LONGEST_DELAY = 60.0  # seconds; a site that asks for more gets a request a minute
UNREACHABLE = 0  # stands for the status where there was no answer at all

TOKEN = re.compile(r"[a-z_-]+", re.IGNORECASE)  # RFC 9309, 2.2.1
AGENT_LINE = re.compile(r"\s*user(?:-|\s+)?agent\s*[:\s]([^#]*)", re.IGNORECASE)
DISALLOW_LINE = re.compile(r"\s*dis-?all?ow\s*:", re.IGNORECASE)
# Stands for every agent that is neither ours nor "*"; no product token can hold this character.
SOMEONE_ELSE = "!"


@dataclass(frozen=True, slots=True)
class Robots:
    """A robots.txt as it is stored.

    text    its rules; "" where everything is allowed
    status  the HTTP status it came with, 0 where none did
    wait    the site could not say what it allows, so nothing is allowed for now
    """

    text: str
    status: int
    wait: bool


def verdict_of(status: int, body: bytes) -> Robots:
    """What an answer to the request for /robots.txt amounts to (RFC 9309, 2.3.1).

    2xx: the file's rules. Other 4xx, and a redirect that leads nowhere: there are none, so
    everything is allowed. 5xx, 429 and everything else: wait. Any bytes are read as well as they
    can be; what is no rule is no rule.
    """
    if must_wait(status):
        return Robots("", status, wait=True)
    return Robots(_text(body) if 200 <= status <= 299 else "", status, wait=False)


def unreachable() -> Robots:
    """The verdict where there was no answer (RFC 9309, 2.3.1.4)."""
    return Robots("", UNREACHABLE, wait=True)


def must_wait(status: int | None) -> bool:
    """Does this stored status mean that nothing may be fetched for now? None: never read yet."""
    return status is None or status == 429 or not 200 <= status <= 499


def allowed(text: str, url: str, user_agent: str) -> bool:
    """May the agent ask for this address, a canonical one, under these rules?"""
    token = product_token(user_agent)
    return _parsed(text, token).can_fetch(url, token)


def shut_out(text: str, url: str, user_agent: str) -> bool:
    """Do these rules forbid the address to the agent by its name, not to robots in general?"""
    token = product_token(user_agent)
    agents = (found[1] for line in text.splitlines() if (found := AGENT_LINE.match(line)))
    is_named = bool(token) and any(product_token(agent.strip()) == token for agent in agents)
    return is_named and not allowed(text, url, user_agent)


def rule_against(text: str, url: str, user_agent: str) -> str:
    """The line of these rules that keeps the agent from an address, as it stands there; "" if none does.

    Of several the longest, which is the one that counts (RFC 9309, 2.2.2).
    """
    if allowed(text, url, user_agent):
        return ""
    token = product_token(user_agent)
    groups = _disallowed(text, token)
    lines = groups.get(token) or groups.get("*", [])
    against = [line for line in lines if not Protego.parse(f"User-agent: *\n{line}").can_fetch(url, "*")]
    return max(against, key=len, default="")


def _disallowed(text: str, token: str) -> dict[str, list[str]]:
    """The lines that forbid something, by the agents they stand under."""
    groups: dict[str, list[str]] = {}
    agents: list[str] = []
    was_agent = False
    for line in text.splitlines():
        if found := AGENT_LINE.match(_ours(line, token)):
            agents = [*(agents if was_agent else []), found[1].strip()]
            was_agent = True
        elif DISALLOW_LINE.match(line):
            was_agent = False
            for agent in agents:
                groups.setdefault(agent, []).append(line.partition("#")[0].strip())
        elif line.strip():
            was_agent = False
    return groups


def sitemaps(text: str) -> list[str]:
    """The sitemaps that a robots.txt names (https://www.sitemaps.org/protocol.html#submit_robots)."""
    return list(_parsed(text, "").sitemaps)


def crawl_delay(text: str, user_agent: str) -> float | None:
    """Seconds to keep between two requests: the longer of Crawl-delay and Request-rate, at most 60.

    None where the rules ask for none. Neither is in the RFC; both are common.
    """
    token = product_token(user_agent)
    rules = _parsed(text, token)
    asked = rules.crawl_delay(token)
    rate = rules.request_rate(token)
    if rate:  # compared before divided, for either number may be beyond a float
        slow = rate.seconds >= int(LONGEST_DELAY) * rate.requests
        asked = max(asked or 0.0, LONGEST_DELAY if slow else rate.seconds / rate.requests)
    return min(asked, LONGEST_DELAY) if asked else None


def product_token(user_agent: str) -> str:
    """The name that a robots.txt calls the agent by: "newsdiff" for "newsdiff/1.0 (+https://…)".

    "" for an agent without one, for whom only the rules for everybody hold.
    """
    found = TOKEN.match(user_agent)
    return found[0].lower() if found else ""


def _text(body: bytes) -> str:
    """The file as text: UTF-8 (RFC 9309, 2.3), without a half line at the cap."""
    if len(body) > MOST_BYTES:
        body = body[:MOST_BYTES].rpartition(b"\n")[0]
    return body.decode("utf-8-sig", errors="replace").replace("\0", "")


@lru_cache(maxsize=64)
def _parsed(text: str, token: str) -> Protego:
    """The rules for `token`, kept for the hosts asked last: a large file takes half a second."""
    return Protego.parse("\n".join(_ours(line, token) for line in text.splitlines()))


def _ours(line: str, token: str) -> str:
    """A line of the file; one that names an agent names ours, all or someone else.

    Protego keeps every rule once for each agent it stands under, so 18,000 agents over 16,000 rules,
    which fit in 500 KiB, would take many gigabytes; with three agents the work is linear. An agent
    written with a version ("newsdiff/1.0") is also found this way (RFC 9309, 2.2.1 compares tokens).
    """
    found = AGENT_LINE.match(line)
    if not found:
        return line
    agent = found[1].strip()
    if agent != "*":
        agent = token if token and token == product_token(agent) else SOMEONE_ELSE
    return f"User-agent: {agent}"
