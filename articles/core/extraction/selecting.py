"""CSS selectors of a source's rules: checked when an operator writes them, applied when a page is read."""

from functools import lru_cache

from cssselect import SelectorError
from lxml.cssselect import CSSSelector
from lxml.etree import XPathError
from lxml.html import HtmlElement

MAX_LENGTH = 500
_WHOLE = ("html", "body", "head")


class BadSelector(ValueError):
    """A selector that cannot be used, with words for the operator."""


@lru_cache(maxsize=2_000)
def compiled(selector: str) -> CSSSelector:
    """A selector (CSS Selectors Level 3 and what cssselect knows of 4). Raises BadSelector."""
    if len(selector) > MAX_LENGTH:
        raise BadSelector(f"longer than {MAX_LENGTH} characters")
    try:
        return CSSSelector(selector, translator="html")
    except (SelectorError, XPathError) as error:
        raise BadSelector(f"{selector!r} is no CSS selector: {error}") from error


def select(root: HtmlElement, selectors: tuple[str, ...]) -> list[HtmlElement]:
    """The elements that any of the selectors names, the page as a whole never."""
    found = dict.fromkeys(element for selector in selectors for element in compiled(selector)(root))
    return [element for element in found if element.tag not in _WHOLE]


def count(root: HtmlElement, selector: str) -> int:
    """How many elements of a page a selector names, the page as a whole not counted."""
    return len(select(root, (selector,)))
