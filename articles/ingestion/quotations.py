"""What a page elsewhere quotes: its address in, the quotations on it out."""

from collections.abc import Callable

from django.conf import settings

from articles import claiming
from articles.core import http, quoting, robots, urls
from articles.core.extraction import ExtractionError
from articles.core.types import NO_RULES, ParagraphKind
from articles.fetching import FetchError
from articles.ingestion.asking import REDIRECTS, ask_for_visitor
from articles.models import Host
from articles.reading import read

ACCEPT = "text/html,application/xhtml+xml;q=0.9"
SECONDS = 8.0  # a request: a visitor waits for it
MOST = 20  # quotations of a page


class NoPage(ValueError):
    """The page could not be read; says why, and what to do instead."""


def of_page(address: str) -> list[str]:
    """The first MOST quotations of a page, each once: its block quotations, and what stands in quotation
    marks on it, of a length that can be traced.

    The page is asked for in its host's turn, as far as its robots.txt allows. Raises NoPage, and BadURL for
    what is no address.
    """
    url = urls.canonical(urls.typed(address))
    try:
        response = _asked(url, ACCEPT, _must_be_allowed)
    except FetchError as error:
        raise NoPage(f"The page cannot be fetched ({error.reason}): paste the quotation itself.") from error
    answer = http.judge(response, claiming.now())
    if answer.kind is not http.Kind.OK:
        raise NoPage(f"The page cannot be read ({answer.reason}): paste the quotation itself.")
    try:
        extract = read(response.body, response.url, response.charset, NO_RULES)
    except ExtractionError as error:
        raise NoPage(f"No text was found on the page ({error}): paste the quotation itself.") from error
    if extract is None:
        raise NoPage("No text was found on the page: paste the quotation itself.")
    quoted = ((one.text, one.kind is ParagraphKind.QUOTE) for one in extract.paragraphs)
    return quoting.quotations(quoted, MOST)


def _asked(url: str, accept: str, judge: Callable[[str], None] = lambda url: None) -> http.Response:
    """What an address answers at last; `judge` sees it and each it redirects to before that is asked."""
    for _ in range(REDIRECTS + 1):
        judge(url)
        response = ask_for_visitor(url, accept, SECONDS)
        answer = http.judge(response, claiming.now())
        if answer.kind is not http.Kind.REDIRECT:
            return response
        url = urls.canonical(answer.location)
    raise FetchError("redirects without end")


def _must_be_allowed(url: str) -> None:
    """Raises NoPage where robots.txt keeps us from the page; it is asked for where it is not known."""
    host = Host.objects.filter(authority=urls.authority(url)).first()
    if host and not robots.must_wait(host.robots_status):
        is_allowed = robots.allowed(host.robots, url, settings.NEWSDIFF_USER_AGENT)
    else:
        answer = _asked(f"{urls.origin(url)}/robots.txt", "text/plain,*/*;q=0.1")
        rules = robots.verdict_of(answer.status, answer.body)
        is_allowed = not rules.wait and robots.allowed(rules.text, url, settings.NEWSDIFF_USER_AGENT)
    if not is_allowed:
        raise NoPage("The site's robots.txt asks us not to read this page: paste the quotation itself.")
