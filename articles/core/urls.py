"""Addresses: one form to ask for, and one key for all the spellings of an article's address."""

import re
from functools import cache
from hashlib import sha256
from ipaddress import AddressValueError, IPv6Address
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, urljoin, urlsplit, urlunsplit

from w3lib.url import canonicalize_url, safe_url_string

if TYPE_CHECKING:
    from tldextract import TLDExtract

MAX_LENGTH = 2_000
# Of an address as it is given: tracking parameters may make it longer, but nothing looks at megabytes.
MAX_GIVEN = 10_000
MAX_HOST = 253  # RFC 1035, 2.3.4: 255 bytes, of which two are no characters of the written form
MAX_LABEL = 63
# Parameters that say where a reader came from, never which page is meant. A prefix is here only if no
# site could use it for anything else; the other campaign parameters are listed by their full names:
# at_medium counts readers, at_id may be the article.
TRACKING_PREFIXES = ("utm_", "mtm_", "wt.", "at_link_", "at_ptr_")
TRACKING_NAMES = frozenset(
    # advertisers and mail
    "fbclid gclid dclid gbraid wbraid msclkid twclid yclid igshid mc_cid mc_eid s_kwcid "
    "_hsenc _hsmi __hstc __hssc __hsfp hsctatracking "
    "hsa_acc hsa_cam hsa_grp hsa_ad hsa_src hsa_tgt hsa_kw hsa_mt hsa_net hsa_ver "
    # analytics: Matomo, Piano (as the BBC uses it), comScore, Mapp
    "pk_campaign pk_kwd pk_keyword pk_source pk_medium pk_content pk_cid "
    "at_medium at_campaign at_campaign_type at_custom1 at_custom2 at_custom3 at_custom4 at_format "
    "at_bbc_team at_creation at_variant "
    "ns_mchannel ns_source ns_campaign ns_linkname ns_fee wt_mc wt_zmc "
    # publishers' own
    "cmp cmpid cmp_id cid_source icid ico ito ocid smid smtyp ncid wpisrc wpmm xtor s_cid sref srnd "
    "stm_source stm_medium stm_campaign rss_feed feature_share guccounter guce_referrer "
    "guce_referrer_sig __twitter_impression traffic_source".split()
)
AMP_FLAGS = frozenset({("amp", "1"), ("amp", ""), ("amp", "true"), ("outputtype", "amp"), ("output", "amp")})
SPELLING_PREFIX = re.compile(r"^(?:www\d?|m|mobile|amp)\.(?=[^.]+\.)")
UNSAFE = re.compile(r"[\x00-\x20\x7f\\]")
# https://url.spec.whatwg.org/#forbidden-domain-code-point
FORBIDDEN_IN_HOST = re.compile(r"[\x00-\x20\x7f#/:<>?@\[\\\]^|%]")


class BadURL(ValueError):
    """An address that cannot be that of a page; the message says why, for the person who gave it."""


def canonical(url: str, base: str = "") -> str:
    """The address to ask for: absolute http(s), normalised, without fragment or tracking parameters.

    `base` is the address of the document `url` was found in, for relative ones. The order of the
    other query parameters is kept, for some sites read it. Raises BadURL.
    """
    url = url.strip(" \t\r\n\f")
    if not url:
        raise BadURL("The address is empty.")
    if len(url) > MAX_GIVEN:
        raise BadURL(f"The address is longer than {MAX_LENGTH:,} characters.")
    parts = _parts(url, base)
    scheme = parts.scheme.lower()
    if scheme not in ("http", "https"):
        raise BadURL(f"{url[:200]!r} is not a web address: it must begin with http:// or https://.")
    if UNSAFE.search(parts.netloc) or not parts.hostname:
        raise BadURL(f"{url[:200]!r} is not a web address: it names no host.")
    if parts.username is not None or parts.password is not None:
        raise BadURL("An address with a user name or password in it is not followed.")
    host = _ascii_host(parts.hostname, url)
    try:
        port = parts.port
    except ValueError as error:
        raise BadURL(f"{url[:200]!r} is not a web address: its port is no number up to 65535.") from error
    if port is not None and port != _default_port(scheme):
        host = f"{host}:{port}"
    try:
        whole = safe_url_string(urlunsplit(SplitResult(scheme, host, parts.path or "/", parts.query, "")))
    except ValueError as error:  # a UnicodeError is one too: half a character cannot be sent
        raise BadURL(f"{url[:200]!r} is not a web address: it cannot be encoded.") from error
    parts = urlsplit(whole)
    address = parts._replace(query=_without_tracking(parts.query)).geturl()
    if len(address) > MAX_LENGTH:
        raise BadURL(f"The address is longer than {MAX_LENGTH:,} characters.")
    return address


def typed(text: str) -> str:
    """The address that a person means who may have left out the scheme: https, then. Raises BadURL."""
    text = text.strip()
    return canonical(text if "://" in text else f"https://{text}")


def key(url: str) -> str:
    """What all spellings of an article's address share, as SHA-256 in hex.

    Folded are: the scheme; a leading www., m., mobile. or amp. of the host; a trailing slash; AMP flags
    in the query; the order of parameters; escapes, byte by byte, whatever character set they are in.
    An /amp in the path is not: /guitar/amp may be a page of its own. Where it is a copy of /guitar, the
    page says so by its canonical link (`believed`).

    Raises BadURL, but not for what `canonical` returned.
    """
    parts = urlsplit(canonical(url))
    host = SPELLING_PREFIX.sub("", parts.netloc)
    query = "&".join(part for part in parts.query.split("&") if not _is_amp_flag(part))
    folded = canonicalize_url(urlunsplit(SplitResult("http", host, parts.path.rstrip("/") or "/", query, "")))
    return sha256(folded.encode()).hexdigest()


def authority(url: str) -> str:
    """The host of an address, with the port where it is not the scheme's own."""
    parts = urlsplit(canonical(url))
    port = parts.port
    return parts.netloc if port else _bracketed(parts.hostname or "")


def origin(url: str) -> str:
    """Scheme and authority, as in https://example.org."""
    parts = urlsplit(canonical(url))
    return f"{parts.scheme}://{parts.netloc}"


@cache
def _suffixes() -> "TLDExtract":
    """By the bundled list of public suffixes: nothing is fetched.

    Loaded when it is asked for, since its library brings one for HTTP along.
    """
    from tldextract import TLDExtract

    return TLDExtract(suffix_list_urls=(), cache_dir=None, include_psl_private_domains=True)


def site(url: str) -> str:
    """What the addresses of one site share: the registrable domain (by the public suffix list).

    Of an address without one (an IP address, localhost) the host and port.
    """
    return _suffixes()(urlsplit(url).hostname or "").top_domain_under_public_suffix or authority(url)


def same_site(a: str, b: str) -> bool:
    """Are two addresses of one site?"""
    return site(a) == site(b)


def believed(claim: str, page: str) -> str:
    """What a page at `page` says its own address is (<link rel=canonical>), if that can be believed.

    Only within the site, and never its front page, which careless templates name on every page.
    Returns the canonical form, or "".
    """
    try:
        address = canonical(claim, page)
    except BadURL:
        return ""
    return address if same_site(address, page) and not is_front_page(address) else ""


def is_front_page(url: str) -> bool:
    """Is this a site's own root, which is never an article?"""
    parts = urlsplit(url)
    return parts.path in ("", "/") and not parts.query


def _default_port(scheme: str) -> int:
    return 443 if scheme == "https" else 80


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _parts(url: str, base: str) -> SplitResult:
    try:
        return urlsplit(urljoin(base, url))
    except ValueError as error:
        raise BadURL(f"{url[:200]!r} is not a web address: it cannot be taken apart.") from error


def _ascii_host(host: str, url: str) -> str:
    """The host as the network asks for it, by RFC 3490, or the IPv6 address in brackets."""
    try:
        if ":" in host:
            address = IPv6Address(host)
            if address.scope_id:  # the name of this machine's own network card
                raise BadURL(f"{url[:200]!r} is not a web address: it names a network of this machine.")
            return _bracketed(address.compressed)
        if not host.isascii():
            host = host.encode("idna").decode("ascii")
    except (AddressValueError, UnicodeError) as error:
        raise BadURL(f"{url[:200]!r} is not a web address: its host name cannot be encoded.") from error
    host = host.lower().rstrip(".")
    if not host:
        raise BadURL(f"{url[:200]!r} is not a web address: it names no host.")
    if FORBIDDEN_IN_HOST.search(host):
        raise BadURL(f"{url[:200]!r} is not a web address: its host name has a sign that none may have.")
    if len(host) > MAX_HOST or any(not 1 <= len(label) <= MAX_LABEL for label in host.split(".")):
        raise BadURL(
            f"{url[:200]!r} is not a web address: its host name, or a part of it, is too long or empty."
        )
    return host


def _is_amp_flag(part: str) -> bool:
    name, _, value = part.lower().partition("=")
    return (name, value) in AMP_FLAGS


def _without_tracking(query: str) -> str:
    """The query without its tracking parameters; the others stay byte for byte as they were."""
    kept = []
    for part in query.split("&"):
        name = part.partition("=")[0].lower()
        if part and not name.startswith(TRACKING_PREFIXES) and name not in TRACKING_NAMES:
            kept.append(part)
    return "&".join(kept)
