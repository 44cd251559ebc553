"""Addresses: one form to ask for, and one key for all the spellings of an article's address."""

import re
from hashlib import sha256
from urllib.parse import SplitResult, parse_qsl, urlencode, urljoin, urlsplit, urlunsplit

import tldextract
from w3lib.url import canonicalize_url, safe_url_string

# Parameters that say where a reader came from, never which page is meant. By prefix, then by name.
TRACKING_PREFIXES = ("utm_", "at_", "ns_", "mtm_", "pk_", "hsa_", "_hs", "wt.", "wt_", "ito_", "stm_")
TRACKING_NAMES = frozenset(
    "fbclid gclid dclid gbraid wbraid msclkid twclid yclid igshid mc_cid mc_eid cmp cmpid cmp_id "
    "cid_source icid ico ito ocid smid smtyp ncid wpisrc wpmm xtor s_cid s_kwcid sref srnd rss_feed "
    "feature_share guccounter guce_referrer guce_referrer_sig __twitter_impression traffic_source".split()
)
AMP_FLAGS = frozenset({("amp", "1"), ("amp", ""), ("amp", "true"), ("outputtype", "amp"), ("output", "amp")})
SPELLING_PREFIX = re.compile(r"^(?:www\d?|m|mobile|amp)\.(?=[^.]+\.)")
UNSAFE = re.compile(r"[\x00-\x20\x7f\\]")

# The bundled list of public suffixes: nothing is fetched.
_suffixes = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None, include_psl_private_domains=True)


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
    try:
        parts = urlsplit(urljoin(base, url))
        port = parts.port
    except ValueError as error:
        raise BadURL(f"{url[:200]!r} is not a web address: {error}.") from error
    scheme = parts.scheme.lower()
    if scheme not in ("http", "https"):
        raise BadURL(f"{url[:200]!r} is not a web address: it must begin with http:// or https://.")
    if UNSAFE.search(parts.netloc) or not parts.hostname:
        raise BadURL(f"{url[:200]!r} is not a web address: it names no host.")
    if parts.username is not None or parts.password is not None:
        raise BadURL("An address with a user name or password in it is not followed.")
    host = _ascii_host(parts.hostname, url)
    if port is not None and port != _default_port(scheme):
        host = f"{host}:{port}"
    query = _without_tracking(parts.query)
    return str(safe_url_string(urlunsplit(SplitResult(scheme, host, parts.path or "/", query, ""))))


def typed(text: str) -> str:
    """The address that a person means who may have left out the scheme: https, then. Raises BadURL."""
    text = text.strip()
    return canonical(text if "://" in text else f"https://{text}")


def key(url: str) -> str:
    """What all spellings of an article's address share, as SHA-256 in hex.

    Folded are: the scheme; a leading www., m., mobile. or amp. of the host; a trailing slash; an
    /amp at either end of the path and AMP flags in the query; the order of parameters; escapes.
    """
    parts = urlsplit(canonical(url))
    host = SPELLING_PREFIX.sub("", parts.netloc)
    path = re.sub(r"^/amp(?=/)|/amp/?$|\.amp(?=(?:\.html?)?$)", "", parts.path).rstrip("/")
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    query = urlencode([(n, v) for n, v in pairs if (n.lower(), v.lower()) not in AMP_FLAGS])
    folded = canonicalize_url(urlunsplit(SplitResult("http", host, path or "/", query, "")))
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


def same_site(a: str, b: str) -> bool:
    """Do two addresses belong to one registrable domain (by the public suffix list)?

    Addresses without one (an IP address, localhost) are of one site when host and port are equal.
    """
    domains = [_suffixes(urlsplit(url).hostname or "").top_domain_under_public_suffix for url in (a, b)]
    return domains[0] == domains[1] if all(domains) else authority(a) == authority(b)


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


def _ascii_host(host: str, url: str) -> str:
    if ":" in host:
        return _bracketed(host.lower())
    host = host.rstrip(".").lower()
    if host.isascii():
        return host
    try:
        return host.encode("idna").decode("ascii")
    except UnicodeError as error:
        raise BadURL(f"{url[:200]!r} is not a web address: its host name cannot be encoded.") from error


def _without_tracking(query: str) -> str:
    """The query without its tracking parameters; the others stay byte for byte as they were."""
    kept = []
    for part in query.split("&"):
        name = part.partition("=")[0].lower()
        if part and not name.startswith(TRACKING_PREFIXES) and name not in TRACKING_NAMES:
            kept.append(part)
    return "&".join(kept)
