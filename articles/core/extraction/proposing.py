"""Selectors for an element that a curator points at: short, and made of names that somebody gave by hand."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree
from lxml.html import HtmlElement

from articles.core.extraction.decoding import decode
from articles.core.extraction.page import BLOCKS, ancestors, tree
from articles.core.extraction.selecting import count
from articles.core.extraction.text import text_of
from articles.core.fingerprint import word_count

MOST = 5  # elements proposed: the one pointed at, and those around it
CLASSES = 6  # of one element that are looked at
SAMPLE = 160  # characters of an element's text
_WHOLE = ("html", "body", "head")
_NAME = re.compile(r"[A-Za-z][A-Za-z_-]{1,39}", re.ASCII)
_HUMP = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_STATE = re.compile(r"(?:is|has|js|no|ng|v)-|(?:active|open|closed|loaded|visible|first|last|odd|even)$")
_VOWEL = re.compile(r"[aeiouy]", re.IGNORECASE)
_TAG = re.compile(r"[a-z][a-z0-9-]*", re.ASCII)
_NAMING = ("data-component", "data-name", "data-testid", "data-module", "data-type", "role", "itemprop")


@dataclass(frozen=True, slots=True)
class Proposal:
    """A selector for an element.

    here    how many elements of this page it selects
    sample  the beginning of the element's text, and `words` how many it has
    text    the whole of its text where it is one paragraph, else ""
    """

    selector: str
    here: int
    words: int
    sample: str
    text: str


def proposals(body: bytes, charset: str, number: int) -> list[Proposal]:
    """Selectors for an element of a page and for those around it, innermost first.

    number  the element's place in document order (`showing.numbered`)

    Raises ExtractionError where there is no page; an element that is not there has no proposal.
    """
    root = tree(decode(body, charset))
    pointed_at = next((one for at, one in enumerate(root.iter(etree.Element)) if at == number), None)
    if pointed_at is None:
        return []
    found: dict[str, Proposal] = {}
    for element in ancestors(pointed_at, 1_000):
        if element.tag in _WHOLE or len(found) == MOST:
            break
        if (selector := selector_for(root, element)) and selector not in found:
            found[selector] = _proposal(root, element, selector)
    return list(found.values())


def counted(body: bytes, charset: str, selectors: tuple[str, ...]) -> tuple[int, ...]:
    """How many elements of a page each selector names. Raises ExtractionError where there is no page."""
    root = tree(decode(body, charset))
    return tuple(count(root, selector) for selector in selectors)


def selector_for(root: HtmlElement, element: HtmlElement) -> str:
    """The shortest of those of an element's selectors that select least of its page; "" for none.

    An element without a name of its own is told by its place in the nearest one around it that has one.
    """
    own = list(_own(element))
    candidates = own or list(_placed(root, element))
    measured = [(count(root, selector), len(selector), selector) for selector in candidates]
    return min(((many, length, one) for many, length, one in measured if many), default=(0, 0, ""))[2]


def is_by_hand(name: str) -> bool:
    """Whether a class or id looks like a name that a person gave, not a program: words, no digits."""
    if not _NAME.fullmatch(name) or _STATE.match(name):
        return False
    parts = [part for part in re.split(r"[-_]+", name) if part]
    return all(_is_word(part) for part in parts)


def _is_word(part: str) -> bool:
    humps = _HUMP.findall(part)
    if len(humps) > 1 and len(part) / len(humps) < 3:  # "bdVaJa"
        return False
    return len(part) < 5 or part.isupper() or bool(_VOWEL.search(part))


def _own(element: HtmlElement) -> Iterator[str]:
    """Selectors by an element's own names."""
    tag = _tag(element)
    if is_by_hand(element.get("id") or ""):
        yield f"#{element.get('id')}"
    if tag in ("main", "article"):
        yield tag
    classes = [name for name in (element.get("class") or "").split()[:CLASSES] if is_by_hand(name)]
    for name in classes:
        yield f"{tag}.{name}"
    if len(classes) > 1:
        yield f"{tag}.{classes[0]}.{classes[1]}"
    for attribute in _NAMING:
        if is_by_hand(value := element.get(attribute) or ""):
            yield f'{tag}[{attribute}="{value}"]'


def _placed(root: HtmlElement, element: HtmlElement) -> Iterator[str]:
    """Selectors by where an element stands, below the nearest of those around it that has a name."""
    steps = [_tag(element)]
    for around in element.iterancestors():
        anchor = min(_own(around), key=lambda one: (count(root, one), len(one)), default="")
        if not anchor and around.tag in ("aside", "body"):
            anchor = str(around.tag)
        if anchor:
            path = " > ".join([anchor, *reversed(steps)])
            yield path
            yield from (f"{path}:{place}" for place in _places(element))
            return
        steps.append(_tag(around))


def _places(element: HtmlElement) -> Iterator[str]:
    """Where an element stands among its like: first, last; else by its number."""
    parent = element.getparent()
    if parent is None:
        return
    alike = parent.findall(str(element.tag))
    if element is alike[0]:
        yield "first-of-type"
    elif element is alike[-1]:
        yield "last-of-type"
    else:
        yield f"nth-of-type({alike.index(element) + 1})"


def _tag(element: HtmlElement) -> str:
    return str(element.tag) if _TAG.fullmatch(str(element.tag)) else "*"


def _proposal(root: HtmlElement, element: HtmlElement, selector: str) -> Proposal:
    text = text_of(element)
    return Proposal(
        selector=selector,
        here=count(root, selector),
        words=word_count([text]),
        sample=text if len(text) <= SAMPLE else f"{text[:SAMPLE]}…",
        text=text if not _holds_blocks(element) else "",
    )


def _holds_blocks(element: HtmlElement) -> bool:
    return any(inner.tag in BLOCKS for inner in element.iterdescendants())
