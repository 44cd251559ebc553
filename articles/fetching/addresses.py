"""Which addresses may be asked: a URL taken apart strictly, and IP addresses judged.

Whoever can put an address into a feed can have this client ask for it from inside our network. So
every IP address is judged after its name is resolved, by the registries of special-purpose
addresses (RFC 6890 and IANA's tables), and the address judged is the address dialled.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import quote, urlsplit

from articles.fetching.errors import Refused

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

WEB_PORTS = frozenset({80, 443, 8080, 8443})
DEFAULT_PORTS = {"http": 80, "https": 443}
LONGEST_URL = 8000  # octets; RFC 9110, 4.1 asks that at least so long a one be supported

UNSAFE = re.compile(r"[\x00-\x20\x7f\\]")
HOST_NAME = re.compile(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)*")
NUMBER_AT_END = re.compile(r"(?:^|\.)(?:[0-9]+|0x[0-9a-f]*)$")


# --- the URL -------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Target:
    """What a URL asks for, of whom.

    host    a name in ASCII, or an IP address without brackets
    target  path and query as they go into the request line
    """

    scheme: str
    host: str
    port: int
    target: str

    @property
    def authority(self) -> str:
        """The value of the Host field (RFC 9110, 7.2): the port only where it is not the scheme's own."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"


def parse(url: str) -> Target:
    """Takes a URL apart, and refuses what two parsers might understand differently.

    Raises Refused for a scheme other than http(s), a user name or password, blanks, control
    characters, backslashes, and numbers in place of a host that are no plain IP address.
    """
    if len(url) > LONGEST_URL:
        raise Refused(f"an address of more than {LONGEST_URL} characters", "Type a shorter one.")
    if UNSAFE.search(url):
        raise Refused(
            "the address holds a blank, a control character or a backslash",
            "Type it in one piece, and %20 for a blank.",
        )
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise Refused(f"not a web address ({error})", "Type it as a browser shows it.") from error
    if parts.scheme not in DEFAULT_PORTS:
        raise Refused(
            f"{parts.scheme or 'no scheme'} is not http or https",
            "Type a web address that begins with https://.",
        )
    if "@" in parts.netloc:
        raise Refused("the address holds a user name", "Type it without what stands before the @.")
    if port == 0:  # which the HTTP client would take for the scheme's own
        raise Refused("there is no port 0", "Type it without “:0”.")
    name = parts.hostname or ""
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(
        scheme=parts.scheme,
        host=str(_literal(name)) if "[" in parts.netloc else _host(name),
        port=DEFAULT_PORTS[parts.scheme] if port is None else port,
        target=quote(target, safe="".join(map(chr, range(0x21, 0x7F)))),
    )


def _host(name: str) -> str:
    """The host in the one spelling that is resolved, named to the server and checked by TLS."""
    try:
        host = name.encode("idna").decode("ascii").lower().removesuffix(".")
    except UnicodeError as error:
        raise _no_host(name) from error
    if NUMBER_AT_END.search(host):
        return str(_literal(host))
    if not HOST_NAME.fullmatch(host):
        raise _no_host(name)
    return host


def _no_host(name: str) -> Refused:
    return Refused(f"{name[:100]!r} is not a host name", "Type a host’s name, such as example.org.")


def _literal(text: str) -> Address:
    """An IP address in its usual spelling; 2130706433, 0x7f.1, 127.1 and scoped ones are refused."""
    try:
        address = ip_address(text)
    except ValueError as error:
        raise Refused(
            f"{text[:100]} is not an IP address as it is usually written",
            "Type a host’s name, such as example.org.",
        ) from error
    if "%" in text:
        raise Refused(f"{text[:100]} names a network interface", "Type it without what follows the %.")
    return plain(address)


# --- the IP address ------------------------------------------------------------------------------
def _table(rows: str) -> tuple[tuple[Network, str], ...]:
    pairs = (row.strip().split(maxsplit=1) for row in rows.strip().splitlines())
    return tuple((ip_network(network), what) for network, what in pairs)


SPECIAL = _table("""
    0.0.0.0/8           a private address (this host)
    10.0.0.0/8          a private address
    100.64.0.0/10       a private address (carrier-grade NAT)
    127.0.0.0/8         a private address (loopback)
    168.63.129.16/32    a private address (Azure's own services)
    169.254.0.0/16      a private address (link-local)
    172.16.0.0/12       a private address
    192.0.0.0/24        a reserved address (protocol assignments)
    192.0.2.0/24        a reserved address (documentation)
    192.88.99.0/24      a reserved address (6to4 relays)
    192.168.0.0/16      a private address
    198.18.0.0/15       a private address (benchmarks)
    198.51.100.0/24     a reserved address (documentation)
    203.0.113.0/24      a reserved address (documentation)
    224.0.0.0/4         a multicast address
    240.0.0.0/4         a reserved address
    ::/128              a private address (this host)
    ::1/128             a private address (loopback)
    64:ff9b:1::/48      a private address (local NAT64)
    2001::/23           a reserved address (Teredo and protocol assignments)
    2001:db8::/32       a reserved address (documentation)
    2002::/16           a reserved address (6to4)
    3fff::/20           a reserved address (documentation)
    fc00::/7            a private address
    fe80::/10           a private address (link-local)
    fec0::/10           a private address (site-local)
    ff00::/8            a multicast address
""")
GLOBAL_UNICAST = IPv6Network("2000::/3")  # all that IANA has given out of IPv6 so far (RFC 4291, 2.4)
NAT64 = IPv6Network("64:ff9b::/96")  # carries an IPv4 address in its last 32 bits (RFC 6052)


def refusal(address: Address, port: int, allowed: Sequence[Network]) -> str:
    """Why this address and port may not be dialled; "" where they may.

    `allowed` are the networks that the operator has opened, private ones too, with all their ports.
    """
    address = plain(address)
    if any(address in network for network in allowed):
        return ""
    what = special(address)
    if what:
        return f"{what}, and not in NEWSDIFF_ALLOW_PRIVATE"
    return "" if port in WEB_PORTS else f"a public address, where port {port} is not asked"


def judge(url: str, allowed: Sequence[Network]) -> None:
    """Raises Refused for a URL that can never be asked. A name is judged when it is resolved."""
    target = parse(url)
    try:
        address = ip_address(target.host)
    except ValueError:
        return
    if why := refusal(address, target.port, allowed):
        ports = ", ".join(map(str, sorted(WEB_PORTS)))
        remedy = (
            "the address of a server on the internet"
            if special(plain(address))
            else f"one of the ports {ports}"
        )
        raise Refused(f"{target.host} is {why}", f"Type {remedy}.")


def plain(address: Address) -> Address:
    """An IPv4 address mapped into IPv6 (RFC 4291, 2.5.5.2) as the IPv4 address that it is."""
    return getattr(address, "ipv4_mapped", None) or address


def special(address: Address) -> str:
    """What a plain address is, if it is not an ordinary public one; "" if it is."""
    if address in NAT64:  # the way to every IPv4 host from a network without IPv4
        return special(IPv4Address(int(address) & 0xFFFFFFFF))
    for network, what in SPECIAL:
        if address in network:
            return what
    if isinstance(address, IPv6Address) and address not in GLOBAL_UNICAST:
        return "a reserved address"
    # The tables of the standard library may know of a later assignment than ours.
    return "" if address.is_global else "a reserved address"
