"""A kept page as a curator looks at it: its words in its order, and what of it is read as the article.

Nothing of the page's own mark-up leaves here. Its elements become <div> and <span>, so that no browser
arranges them otherwise than they were read; their attributes are gone but for the direction of text; scripts,
styles, frames, forms and pictures are gone, or named in words. What is written is built from nothing, of
names that stand here and of escaped text.
"""

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from html import escape

from lxml import etree
from lxml.html import HtmlElement

from articles.core.extraction import ExtractionError, read_page
from articles.core.extraction.decoding import decode
from articles.core.extraction.leaving_out import is_ignored
from articles.core.extraction.page import BLOCKS, blocks_of, page_of, tree
from articles.core.extraction.selecting import select
from articles.core.extraction.text import UNREAD
from articles.core.types import Rules

NUMBER = "data-n"  # the attribute by which an element of the view names that of the page: see `numbered`
NAME_LENGTH = 60
ALT_LENGTH = 200
_GONE = (UNREAD - {"button", "title"}) | frozenset(
    "link meta base title frame frameset applet param source track area math noembed noframes xml".split()
)
_LOOKS = frozenset(
    "h1 h2 h3 h4 h5 h6 p li blockquote figcaption figure table tr td th pre a b strong i em".split()
)
_DIRECTIONS = frozenset(("ltr", "rtl", "auto"))


@dataclass(frozen=True, slots=True)
class PageView:
    """A page to look at.

    html    of <div>, <span>, <br> and <hr> alone; each bears the number of the page's element it stands for
    trouble  why no article is read in the page, in words; "" where one is
    """

    html: str
    trouble: str = ""


@dataclass(slots=True)
class _Marks:
    """Elements by number: whose own text is read, and which the rules leave out."""

    read: set[str] = field(default_factory=set)
    left_out: set[str] = field(default_factory=set)
    trouble: str = ""


def numbered(root: HtmlElement) -> HtmlElement:
    """The tree, each of whose elements is told its place in the page, from 0, in document order."""
    for number, element in enumerate(root.iter(etree.Element)):
        element.set(NUMBER, str(number))
    return root


def page_view(body: bytes, url: str, charset: str, rules: Rules) -> PageView:
    """A page as these rules read it; the arguments are those of `extract`.

    Raises ExtractionError where there is no page at all; one without an article is shown, and says so.
    """
    root = numbered(tree(decode(body, charset)))
    shown = deepcopy(root)  # for reading takes things out of the tree
    with_text = {block.element.get(NUMBER, "") for block in blocks_of(root)}
    marks = _marks(root, url, rules)
    return PageView("".join(_written(shown, marks, with_text)), marks.trouble)


def _marks(root: HtmlElement, url: str, rules: Rules) -> _Marks:
    """What these rules read and leave out of a numbered page, which is cut down by it."""
    marks = _Marks(left_out={element.get(NUMBER, "") for element in select(root, rules.drop)})
    try:
        page = page_of(root, url, rules)
        extract = read_page(page, rules)
    except ExtractionError as error:
        marks.trouble = str(error)
        return marks
    texts = {extract.title, extract.standfirst, *extract.texts} if extract else set()
    for block in page.blocks:
        if block.text in texts:
            marks.read.add(block.element.get(NUMBER, ""))
        elif any(is_ignored(block.text, line) for line in rules.ignore):
            marks.left_out.add(block.element.get(NUMBER, ""))
    return marks


def _written(shown: HtmlElement, marks: _Marks, with_text: set[str]) -> Iterator[str]:
    """The page's elements and words, as HTML of our own."""
    walk = etree.iterwalk(shown, events=("start", "end"))
    for event, element in walk:
        tag = str(element.tag)
        if event == "start":
            if tag in _GONE:
                walk.skip_subtree()  # its end comes all the same, and with it the text after it
                continue
            yield _opened(element, tag, marks, with_text)
            if tag == "img":
                yield escape(f"picture: {(element.get('alt') or '')[:ALT_LENGTH]}")
            yield escape(element.text or "")
            continue
        if tag not in _GONE and tag not in ("br", "hr"):
            yield "</div>" if tag in BLOCKS else "</span>"
        yield escape(element.tail or "") if element is not shown else ""


def _opened(element: HtmlElement, tag: str, marks: _Marks, with_text: set[str]) -> str:
    number = element.get(NUMBER, "")
    if tag in ("br", "hr"):
        return f"<{tag}>"
    looks = [f"t-{tag}"] if tag in _LOOKS else []
    if tag == "img":
        looks.append("picture")
    if number in marks.left_out:
        looks.append("left-out")
    elif number in marks.read:
        looks.append("read")
    elif number in with_text:
        looks.append("unread")
    direction = (element.get("dir") or "").lower()
    attributes = {
        NUMBER: number,
        "data-name": _name(element, tag),
        "class": " ".join(looks),
        "dir": direction if direction in _DIRECTIONS else "",
    }
    written = "".join(f' {name}="{escape(value)}"' for name, value in attributes.items() if value)
    return f"<{'div' if tag in BLOCKS else 'span'}{written}>"


def _name(element: HtmlElement, tag: str) -> str:
    """What an element is called, in short: "div.related"."""
    first = next(iter((element.get("class") or "").split()), "")
    return (f"{tag}.{first}" if first else tag)[:NAME_LENGTH]
