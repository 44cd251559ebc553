"""What a page elsewhere quotes: its address in, the quotations on it out."""

from django.conf import settings

from articles import claiming
from articles.core import http, quoting, robots, urls
from articles.core.extraction import ExtractionError
from articles.core.types import NO_RULES, ParagraphKind
from articles.fetching import FetchError
from articles.ingestion.asking import ask
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
        if not _is_allowed(url):
            raise NoPage("The site's robots.txt asks us not to read this page: paste the quotation itself.")
        response = ask(url, ACCEPT, deadline=SECONDS)
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


def _is_allowed(url: str) -> bool:
    """Whether the site's robots.txt allows the page; it is asked for where it is not known."""
    host = Host.of(url)
    if not robots.must_wait(host.robots_status):
        return robots.allowed(host.robots, url, settings.NEWSDIFF_USER_AGENT)
    answer = ask(f"{urls.origin(url)}/robots.txt", "text/plain,*/*;q=0.1", deadline=SECONDS)
    rules = robots.verdict_of(answer.status, answer.body)
    return not rules.wait and robots.allowed(rules.text, url, settings.NEWSDIFF_USER_AGENT)
