"""Who asks: the address a visitor is counted by, behind proxies too."""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest

NOBODY = "0.0.0.0"  # noqa: S104  a visitor whose address cannot be told, as through a local socket


def counted_as(request: HttpRequest) -> str:
    """The address that a visitor's requests and failed logins are counted by.

    Each proxy adds the address it was asked from to the right of X-Forwarded-For. So of NEWSDIFF_PROXIES
    proxies the outermost wrote the entry so many from the right, and whatever a visitor claims stands
    left of it. Where the field lacks that entry, or it is no address, the proxy itself is counted.

    An IPv6 visitor is counted by the first address of its /64: so many addresses are one home's (RFC 6177).
    """
    peer = _address(request.META.get("REMOTE_ADDR", ""))
    claimed = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
    depth = settings.NEWSDIFF_PROXIES
    found = _address(claimed[-depth]) if 0 < depth <= len(claimed) else None
    address = found or peer
    if address is None:
        return NOBODY
    if isinstance(address, IPv6Address):
        return str(ip_network((int(address), 64), strict=False).network_address)
    return str(address)


def is_this_machine(address: str) -> bool:
    """Is it a program, or the operator's browser, on the machine that serves?"""
    return ip_address(address).is_loopback or address == "::"


def _address(text: str) -> IPv4Address | IPv6Address | None:
    """The address a field or socket names, with or without a port; None where it names none."""
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address
