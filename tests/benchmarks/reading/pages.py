"""Pages to read, each with the blocks of it that are known to be the article's text.

A page of a folder takes its truth from the text file beside it (one paragraph a line); where there is
none, the blocks on which all the well-kept extractors at hand agree stand for it.
"""

import gzip
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import trafilatura
from lxml import etree, html
from resiliparse.extract.html2text import extract_plain_text

from articles.core.extraction import ExtractionError
from articles.core.extraction.decoding import decode

HOLDERS = frozenset("p li h2 h3 h4 h5 blockquote td div figcaption dd dt".split())
NESTING = HOLDERS | {"ul", "ol", "table", "section", "article", "h1"}
LEAST_KEY = 12  # letters: shorter lines say too little of where they came from
LINKED = 0.5
_UNWRITABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True, slots=True)
class Case:
    """A page as text, and the keys of its article's paragraphs."""

    name: str
    text: str
    truth: frozenset[str]

    def tree(self) -> html.HtmlElement:
        """The page parsed anew: whoever asks may change it."""
        parser = html.HTMLParser(encoding="utf-8", huge_tree=True)
        return html.fromstring(_UNWRITABLE.sub("", self.text).encode("utf-8", "replace"), parser=parser)

    def paragraphs(self, tree: html.HtmlElement) -> list[html.HtmlElement]:
        """The elements of `tree` that hold one paragraph of the article each, in order.

        A text that stands on the page twice is left out: which of the two is the article's is not known.
        """
        found = [(element, text) for element, text in holders(tree) if text in self.truth]
        times = Counter(text for _, text in found)
        return [element for element, text in found if times[text] == 1]


def key(text: str) -> str:
    """Letters and digits only."""
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", text)).casefold()


def holders(tree: html.HtmlElement) -> Iterator[tuple[html.HtmlElement, str]]:
    """Each element that holds text and no block, with its key; menus and long runs of links left out."""
    for element in tree.iter(*HOLDERS):
        if any(inner.tag in NESTING for inner in element.iterdescendants(etree.Element)):
            continue
        if any(around.tag in ("nav", "noscript", "template", "form") for around in element.iterancestors()):
            continue
        text = "".join(element.itertext())
        found = key(text)
        linked = sum(len("".join(link.itertext())) for link in element.iter("a"))
        if len(found) >= LEAST_KEY and linked <= LINKED * len(text):
            yield element, found


def render(tree: html.HtmlElement) -> bytes:
    """The bytes of a page, in UTF-8."""
    return etree.tostring(tree, encoding="utf-8", method="html", doctype="<!DOCTYPE html>")


def from_folder(folder: Path) -> Iterator[Case]:
    """The pages of a folder (*.html, *.html.gz) that have three paragraphs or more of known text."""
    for path in sorted((*folder.glob("*.html"), *folder.glob("*.html.gz"))):
        raw = path.read_bytes()
        try:
            text = decode(gzip.decompress(raw) if path.suffix == ".gz" else raw)
        except ExtractionError:
            continue
        beside = path.with_name(path.name.partition(".html")[0] + ".txt")
        found = Case(path.name, text, frozenset())
        if beside.exists():
            truth = frozenset(map(key, beside.read_text("utf-8").splitlines()))
        else:
            truth = _agreed(text, found)
        case = Case(path.name, text, truth)
        if len(case.paragraphs(case.tree())) >= 3:
            yield case


def _agreed(text: str, case: Case) -> frozenset[str]:
    """Keys of the blocks that every extractor holds to be the article."""
    read = [key(peer(text)) for peer in peers().values()]
    return frozenset(found for _, found in holders(case.tree()) if all(found in said for said in read))


def peers() -> dict[str, Callable[[str], str]]:
    """Well-kept extractors used alone, by name: page in, text out."""
    found: dict[str, Callable[[str], str]] = {
        "trafilatura": lambda text: trafilatura.extract(text, include_comments=False, fast=False) or "",
        "resiliparse": lambda text: extract_plain_text(text, main_content=True, alt_texts=False),
    }
    try:
        from readability import Document
    except ImportError:  # no dependency of ours: pip install readability-lxml adds a third opinion
        return found
    found["readability-lxml"] = lambda text: "".join(html.fromstring(Document(text).summary()).itertext())
    return found
