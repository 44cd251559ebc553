"""Which blocks of a page are the article's text, in page order.

trafilatura and resiliparse find the article; what they return is looked up in the page's own blocks, so
that text, order and kind come from one place. Then what both leave out is added where it stands:
captions, pull-quotes, fact boxes, correction notes, items of a list that was begun, paragraphs between
two that were taken, the standfirst. Nothing trafilatura took is removed, furniture aside.

Where the rules of a source say what the article is, that is taken instead.
"""

import re
from dataclasses import dataclass

from lxml import etree
from lxml.etree import _Element
from lxml.html import HtmlElement
from resiliparse.extract.html2text import extract_plain_text
from trafilatura import bare_extraction

from articles.core.extraction.page import (
    HEADINGS,
    Block,
    Page,
    ancestors,
    kind_of,
    names,
    paired,
    place_of,
)
from articles.core.extraction.text import key
from articles.core.fingerprint import word_count
from articles.core.types import Paragraph, ParagraphKind
from articles.core.volatile import is_stamp, is_volatile

CONTAINER_SHARE = 0.8  # the article's element holds at least this share of the text found
COVERED_SHARE = 0.6  # of a block's letters, for it to count as found
LISTS = ("ul", "ol", "dl")
MAX_HEAD = 40  # blocks between the headline and the first paragraph; what is further up is no headline
HEAD_WORDS = 7  # a line between them with less is a label
ALL_LINKED = 0.95
THIN_SHARE = 0.5  # of resiliparse's text: with less, trafilatura has lost most of the article
LINKED = 0.6  # a block with more of its text in links is a pointer to other pages
_CORRECTION = re.compile(
    r"\W*(?:correction|corrected|clarification|editor['’]?s['’]? note|erratum"
    r"|this (?:article|story|piece|report|page|headline) (?:was|has been) "
    r"(?:amended|corrected|updated|edited|changed)"
    r"|an earlier version of this|a previous version of this|(?:this )?updated?:\s"
    r"|korrektur|berichtigung|anmerkung der redaktion|rectificati(?:f|on)|précision|correcci[oó]n"
    r"|fe de errata"
    r"|aclaraci[oó]n|correzione|rettifica|errata|corre[cç][aã]o|rättelse|rettelse|rectificatie|correctie"
    r"|исправление|уточнение|订正|更正|訂正)(?![^\W\d_])",
    re.IGNORECASE,
)
_SUMMING_UP = (ParagraphKind.LIST_ITEM, ParagraphKind.CAPTION)
_CORRECTION_NAMES = frozenset(
    "correction corrections corrected clarification amendment amended erratum errata editorsnote "
    "rectification korrektur footnote footnotes".split()
)
_BOX_NAMES = frozenset(
    "factbox factfile fact facts explainer keypoints keyfacts takeaways highlights glance infobox "
    "summary bullets".split()
)
_BOX_PAIRS = frozenset(
    "key-points key-facts key-takeaways info-box summary-box summary-list at-glance".split()
)
_STANDFIRST_NAMES = frozenset(
    "standfirst dek deck subtitle subheading subheadline subhead strapline lede vorspann chapo "
    "entradilla".split()
)
_STANDFIRST_PAIRS = frozenset(
    "stand-first sub-title sub-head sub-heading sub-headline strap-line article-summary article-lead "
    "article-intro article-lede article-description article-excerpt article-dek story-summary "
    "story-intro story-lead lead-text intro-text post-excerpt entry-summary secondary-title".split()
)


@dataclass(frozen=True, slots=True)
class Body:
    """The article's text: its standfirst, if it has one, and its paragraphs."""

    standfirst: str
    paragraphs: tuple[Paragraph, ...]
    places: tuple[str, ...]  # where each paragraph stands (`Extract.places`)

    @property
    def texts(self) -> list[str]:
        """Everything, standfirst first."""
        return [self.standfirst, *(paragraph.text for paragraph in self.paragraphs)]


def read_body(page: Page, title: str, byline: str, headline: HtmlElement | None) -> Body:
    """The text of the page's article.

    `title` and `byline` are not repeated in it; `headline` is the element the title was read from, if any.
    """
    blocks = page.blocks
    above = _index_of(blocks, headline)
    taken = _kept(page) if page.kept else _chosen(page, above, byline)
    standfirst = _standfirst(blocks, taken, above)
    taken = {
        index
        for index in taken
        if index != standfirst
        and not _repeats_title(blocks, index, above, title)
        and not (byline and blocks[index].key in (key(byline), key("by" + byline)))
    }
    lines = sorted(taken) if page.kept else _without_pointers(blocks, sorted(taken))
    chosen = [blocks[index] for index in lines if not is_volatile(blocks[index].text)]
    return Body(
        blocks[standfirst].text if standfirst is not None else "",
        tuple(Paragraph(_kind(block), block.text) for block in chosen),
        tuple(place_of(block.element) for block in chosen),
    )


def _kept(page: Page) -> set[int]:
    """Indexes of the blocks that the source's rules say are the article."""
    return {
        index
        for index, block in enumerate(page.blocks)
        if any(around in page.kept for around in ancestors(block.element, 1_000))
    }


def _chosen(page: Page, above: int | None, byline: str) -> set[int]:
    """Indexes of the blocks that are the article; `above` is the headline's, if it is among them."""
    blocks = page.blocks
    taken, seconded = _found_by_trafilatura(page), _found_by_resiliparse(page)
    if _weight(blocks, taken) < THIN_SHARE * _weight(blocks, seconded):
        taken |= seconded
    taken = taken or _densest(blocks)
    if not taken:
        return set()
    container = _container(blocks, taken)
    inside = [_within(block.element, container) for block in blocks]
    taken |= {index for index in seconded if inside[index] and blocks[index].linked <= LINKED}
    taken |= _gaps(blocks, taken, inside)
    taken |= _extras(blocks, taken, inside)
    return taken | _head(blocks, taken, seconded, above, byline)


# --- what the extractors find --------------------------------------------------------------------
def _found_by_trafilatura(page: Page) -> set[int]:
    """Indexes of the page's blocks that trafilatura holds to be the article."""
    document = bare_extraction(
        page.root,
        url=page.url,
        output_format="xml",
        include_comments=False,
        include_tables=True,
        include_formatting=True,
    )
    if document is None or isinstance(document, dict):  # a dict only where its deprecated option asks for one
        return set()
    return _at_places_of(_pieces(document.body), page)


def _found_by_resiliparse(page: Page) -> set[int]:
    """Indexes of the page's blocks that resiliparse holds to be the article."""
    html = etree.tostring(page.root, encoding="unicode", method="html")
    text = extract_plain_text(html, main_content=True, list_bullets=False, alt_texts=False)
    return _at_places_of([found for line in text.splitlines() if (found := key(line))], page)


def _weight(blocks: list[Block], taken: set[int]) -> int:
    return sum(len(blocks[index].key) for index in taken)


def _at_places_of(pieces: list[str], page: Page) -> set[int]:
    """Indexes of the blocks that hold the pieces, given as keys in the order of the page."""
    covered = [0] * len(page.blocks)
    cursor = 0
    for piece in pieces:
        at = _nearest(page.stream, piece, cursor)
        if at >= 0:
            _cover(page.blocks, covered, at, at + len(piece))
            cursor = at + len(piece)
    return {
        index
        for index, (block, count) in enumerate(zip(page.blocks, covered, strict=True))
        if count >= COVERED_SHARE * len(block.key)
    }


def _pieces(body: _Element) -> list[str]:
    """Keys of the texts trafilatura returns, one for each of its elements with text of its own."""
    found: list[str] = []
    for element in body:
        text = "".join(element.itertext())
        inner = [
            line
            for node in element.iter("item", "cell", "p", "quote", "head")
            for line in ["".join(node.itertext())]
        ]
        found.extend(key(line) for line in (inner or [text]))
    return [piece for piece in found if piece]


def _nearest(stream: str, piece: str, cursor: int) -> int:
    """Where a piece stands at or after the cursor, else the last place before it; -1 for nowhere."""
    at = stream.find(piece, max(0, cursor - len(piece)))
    return at if at >= 0 else stream.rfind(piece)


def _cover(blocks: list[Block], covered: list[int], start: int, end: int) -> None:
    """Counts the letters from start to end of the stream for the blocks they belong to."""
    low, high = 0, len(blocks)
    while low < high:
        middle = (low + high) // 2
        if blocks[middle].start + len(blocks[middle].key) <= start:
            low = middle + 1
        else:
            high = middle
    while low < len(blocks) and blocks[low].start < end:
        block = blocks[low]
        covered[low] += min(end, block.start + len(block.key)) - max(start, block.start)
        low += 1


def _densest(blocks: list[Block]) -> set[int]:
    """The paragraphs under the element that holds most running text: for pages trafilatura gives up."""
    weights: dict[HtmlElement, int] = {}
    for block in blocks:
        if block.linked < LINKED and len(block.text) >= 40:
            for distance, element in enumerate(list(ancestors(block.element, 4))[1:]):
                weights[element] = weights.get(element, 0) + len(block.text) // (distance + 1)
    if not weights:
        return set()
    best = max(weights, key=lambda element: weights[element])
    return {
        index for index, block in enumerate(blocks) if block.linked < LINKED and _within(block.element, best)
    }


# --- the article's element, and what else stands in it ---------------------------------------------
def _container(blocks: list[Block], taken: set[int]) -> HtmlElement:
    """The innermost element that holds nearly all of the text found."""
    weights: dict[HtmlElement, int] = {}
    for index in taken:
        for element in ancestors(blocks[index].element, 1_000):
            weights[element] = weights.get(element, 0) + len(blocks[index].key)
    total = sum(len(blocks[index].key) for index in taken)
    enough = [element for element, weight in weights.items() if weight >= CONTAINER_SHARE * total]
    return max(enough, key=lambda element: sum(1 for _ in ancestors(element, 1_000)))


def _within(element: HtmlElement, container: HtmlElement) -> bool:
    return any(around is container for around in ancestors(element, 1_000))


def _gaps(blocks: list[Block], taken: set[int], inside: list[bool]) -> set[int]:
    """Blocks left out although they stand among blocks that were taken.

    They are lines of an element that <br> cuts, items of a list that was begun, and blocks with taken
    ones before and after them in an element around them. What bears a name of its own in between may
    be a box apart. A list may also come last, right after a block that was taken.
    """
    spans: dict[HtmlElement, tuple[int, int]] = {}
    for index in sorted(taken):
        for element in ancestors(blocks[index].element, 1_000):
            first, _ = spans.get(element, (index, index))
            spans[element] = (first, index)
    cut = {blocks[index].element for index in taken}
    added: set[int] = set()
    for index, block in enumerate(blocks):
        if index in taken or block.linked > LINKED:
            continue
        follows = index - 1 in taken or index - 1 in added
        begun = block.element in cut or _in_begun_list(block, spans)
        among = _stands_among(block, index, spans) or (follows and _in_bare_list(block, spans))
        if begun or (inside[index] and among):
            added.add(index)
    return added


def _in_begun_list(block: Block, spans: dict[HtmlElement, tuple[int, int]]) -> bool:
    parent = block.element.getparent()
    return parent is not None and parent.tag in LISTS and parent in spans


def _in_bare_list(block: Block, spans: dict[HtmlElement, tuple[int, int]]) -> bool:
    """Whether a block is an item of a list without a name, beside text that was taken."""
    parent = block.element.getparent()
    if parent is None or parent.tag not in LISTS or parent.get("class") or parent.get("id"):
        return False
    return parent.getparent() in spans


def _stands_among(block: Block, index: int, spans: dict[HtmlElement, tuple[int, int]]) -> bool:
    for element in ancestors(block.element, 8):
        first, last = spans.get(element, (index, index))
        if first < index < last:
            return True
        if _is_named_box(element):
            return False
    return False


def _is_named_box(element: HtmlElement) -> bool:
    """Whether an element may be a box apart from the text around it: it has a name and is no line of text."""
    if element.tag in ("aside", "form", "header", "footer", "figure"):
        return True
    return element.tag in ("div", "section", "article", "table") and bool(
        element.get("class") or element.get("id")
    )


def _extras(blocks: list[Block], taken: set[int], inside: list[bool]) -> set[int]:
    """Captions, quotes and boxes inside the article, and correction notes in it or right after it."""
    last = max(taken)
    added = set()
    for index, block in enumerate(blocks):
        if index in taken or block.linked > LINKED:
            continue
        kind = _kind(block)
        if kind is ParagraphKind.CORRECTION:
            if inside[index] or last < index <= last + 12:
                added.add(index)
        elif inside[index] and (kind in (ParagraphKind.CAPTION, ParagraphKind.QUOTE) or _in_box(block)):
            added.add(index)
    return added


def _in_box(block: Block) -> bool:
    """Whether a block stands in a fact box: named so, or an <aside> that leads nowhere."""
    for element in ancestors(block.element, 4):
        words = names(element)
        if _BOX_NAMES.intersection(words) or paired(words) & _BOX_PAIRS:
            return True
        if element.tag == "aside":
            return not any(link.get("href") for link in element.iter("a"))
        if element.tag in ("article", "main", "body"):
            return False
    return False


def _kind(block: Block) -> ParagraphKind:
    kind = kind_of(block)
    if kind in (ParagraphKind.PARAGRAPH, ParagraphKind.LIST_ITEM):
        named = any(_CORRECTION_NAMES.intersection(names(element)) for element in ancestors(block.element, 3))
        if named or _CORRECTION.match(block.text):
            return ParagraphKind.CORRECTION
    return kind


def _without_pointers(blocks: list[Block], taken: list[int]) -> list[int]:
    """The blocks taken, less those that only point to other pages, and the headings over such blocks."""
    around: dict[HtmlElement | None, list[bool]] = {}
    for index in taken:
        if blocks[index].element.tag == "li":
            around.setdefault(blocks[index].element.getparent(), []).append(
                blocks[index].linked >= ALL_LINKED
            )
    kept: list[int] = []
    after_pointer = False
    for index in reversed(taken):
        block = blocks[index]
        items = around.get(block.element.getparent(), []) if block.element.tag == "li" else [True]
        pointer = block.linked >= ALL_LINKED and sum(items) > 0.7 * len(items)
        heads = after_pointer and (_kind(block) is ParagraphKind.HEADING or len(block.text.split()) <= 4)
        if pointer or heads:
            after_pointer = pointer
            continue
        after_pointer = False
        kept.append(index)
    return kept[::-1]


# --- headline and standfirst -------------------------------------------------------------------------
def _index_of(blocks: list[Block], headline: HtmlElement | None) -> int | None:
    """The first block of the headline's element."""
    if headline is None:
        return None
    return next((index for index, block in enumerate(blocks) if _within(block.element, headline)), None)


def _head(
    blocks: list[Block], taken: set[int], seconded: set[int], above: int | None, byline: str
) -> set[int]:
    """What stands between the headline and the first paragraph and says something of the story.

    A standfirst, bullets that sum it up, the caption of the picture above it: sentences, or lines
    that bear such a name. Who wrote it, when, and what may be clicked are none.
    """
    start = above + 1 if above is not None else 0
    first = next((index for index in sorted(taken) if index >= start), start)
    if above is None or first - above > MAX_HEAD:
        return {index for index in range(start, first) if _is_named_standfirst(blocks[index])}
    author = key(byline)
    return {
        index
        for index in range(start, first)
        if _is_named_standfirst(blocks[index])
        or (
            (index in seconded or kind_of(blocks[index]) in _SUMMING_UP)
            and blocks[index].linked <= LINKED
            and word_count([blocks[index].text]) >= HEAD_WORDS
            and not (author and author in blocks[index].key)
            and not is_stamp(blocks[index].text)
        )
    }


def _standfirst(blocks: list[Block], taken: set[int], above: int | None) -> int | None:
    """The standfirst: what bears that name at the top of the article, else a sentence under the headline."""
    start = above + 1 if above is not None else 0
    top = [index for index in sorted(taken) if index >= start][:3]
    named = (index for index in top if _is_named_standfirst(blocks[index]))
    under = (
        index
        for index in top[:1]
        if above is not None and index <= above + 3 and _kind(blocks[index]) is ParagraphKind.HEADING
    )
    return next(named, next(under, None))


def _is_named_standfirst(block: Block) -> bool:
    if block.linked > LINKED or word_count([block.text]) < 4 or block.text.endswith(":"):
        return False
    for element in ancestors(block.element, 3):
        words = names(element)
        if _STANDFIRST_NAMES.intersection(words) or paired(words) & _STANDFIRST_PAIRS:
            return True
    return False


def _repeats_title(blocks: list[Block], index: int, above: int | None, title: str) -> bool:
    """Whether a block at the top of the article is the headline once more."""
    block = blocks[index]
    if above is not None and block.element is blocks[above].element:
        return True
    return block.key == key(title) and (above is None or index <= above + 6 or block.element.tag in HEADINGS)
