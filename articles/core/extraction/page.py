"""A page as a tree, without what is plainly not its article, and as a list of its blocks of text."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from urllib.parse import urljoin, urlsplit

from lxml import etree
from lxml.html import HtmlElement, HTMLParser

from articles.core.extraction.errors import ExtractionError
from articles.core.extraction.selecting import select
from articles.core.extraction.text import PARTING, UNREAD, clean, key, text_of
from articles.core.types import NO_RULES, ParagraphKind, Rules
from articles.core.volatile import is_age, is_volatile

# Elements that begin and end a block of text.
BLOCKS = PARTING - {"br"} | frozenset(
    "html body main header footer nav aside address blockquote center dd dl dt fieldset details summary "
    "form hgroup hr legend menu pre table caption tbody thead tfoot search".split()
)
HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))

# Words in class and id that name furniture around an article. They count only as whole words, and
# only where what they name is a small part of the page's prose (a body can be "has-ads", each of its
# paragraphs "paywall", a whole opinion page "tone-comment").
_FURNITURE = frozenset(
    "ad ads adv advert adverts advertisement advertising adslot adunit adbox dfp sponsored sponsor "
    "promo promos promobox promotion newsletter newsletters signup subscribe subscription paywall "
    "related relateds recommended recommendations recommendation recirc recirculation outbrain taboola "
    "zergnet trending mostread mostpopular mostviewed comments disqus respond share sharing sharebar "
    "sharetools sharedaddy social socialmedia addthis addtoany cookie cookies consent gdpr breadcrumb "
    "breadcrumbs pagination pager navbar nav navigation menu submenu subnav sidebar teaser teasers "
    "ticker carousel onward readmore alsoread donate donation livefyre viafoura tags taglist topics "
    "keywords screenreader visuallyhidden offscreen toolbar tools popup modal "
    "overlay toast upsell poll commentlist counter counters".split()
)
_FURNITURE_PAIRS = frozenset(
    "most-read most-popular most-viewed most-shared read-more read-next read-also also-read see-also "
    "more-on more-stories more-news more-from you-may you-might sign-up up-next follow-us top-stories "
    "latest-news view-count page-views comment-count comments-count reading-time read-time story-list "
    "link-list author-bio editors-picks don-miss".split()
)
_UNSEEN_PAIRS = frozenset("sr-only screen-reader visually-hidden u-vh off-screen".split())
_INLINE = frozenset("a span em strong b i u small sup sub time cite q abbr mark font label".split())
_WIDGET_CLASSES = frozenset(("widget", "widget-area"))  # of WordPress and Blogger, whose text is one too
_HIDDEN_CLASSES = frozenset("hidden is-hidden u-hidden hide d-none".split())
_SURE_SIGNS = frozenset(("anchor", "role", "hidden"))
_UNSPACED = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]{8}")
_ROLES = frozenset(
    "navigation search banner contentinfo dialog alertdialog menu menubar toolbar tooltip".split()
)
_ADVERTS = frozenset("ad ads advert advertisement promo sponsored sponsor".split())
# What an article owns although its name or element would say otherwise.
_OWN = frozenset(
    "caption captions credit pullquote pull quote quotes blockquote fact facts factbox factfile "
    "explainer correction corrections corrected clarification amendment amended erratum footnote "
    "footnotes endnote keypoints highlights takeaways glance summary headline standfirst byline".split()
)
_CAPTION_NAMES = frozenset(("caption", "captions", "figcaption"))
_WORDS_IN_NAME = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_NUMBERS = re.compile(r"\d")
_NUMBERED = re.compile(r"[^\W_]*\d[^\W_]*")  # a word with a digit in it: what a machine names
_INVISIBLE_STYLE = re.compile(r"(?:display\s*:\s*none|visibility\s*:\s*hidden)", re.IGNORECASE)
_ANCHOR_SIGNS = frozenset(("#", "¶", "§", "🔗", "∞"))
_UNREAD_ATTRIBUTES = frozenset(
    "href src srcset sizes action value nonce integrity content alt width height datetime title".split()
)
_NAMING = ("-name", "-component", "-testid", "-module", "-type", "-role")  # data-gu-name, data-testid …
FURNITURE_SHARE = 0.3  # a piece of furniture holds less than this share of a page's prose
NAMED_SHARE = 0.5  # and all that bear one name together less than this
PROSE_LENGTH = 40  # unlinked characters on end that count as prose; in scripts without spaces a third


@dataclass(slots=True)
class Block:
    """A run of text between two borders of blocks, in page order."""

    element: HtmlElement
    text: str
    key: str
    linked: float  # share of the text inside links to other pages
    start: int  # where its key begins in the page's joined keys


@dataclass(frozen=True, slots=True)
class Page:
    """A parsed page. `blocks` are all its blocks of text, furniture left out."""

    root: HtmlElement
    url: str
    blocks: list[Block]
    stream: str  # the blocks' keys, joined
    kept: frozenset[HtmlElement] = frozenset()  # what the source's rules say is the article


@lru_cache(maxsize=20_000)
def _name_words(name: str) -> tuple[str, ...]:
    """The words of a name. In what a machine has numbered, such as "p-9ad41f", a short one is chance."""
    return tuple(
        word.lower()
        for part in re.split(r"[-_:.]+", name)
        for word in _WORDS_IN_NAME.findall(part)
        if len(word) > 3 or not _NUMBERS.search(part)
    )


def names(element: HtmlElement) -> list[str]:
    """The words of the names an element bears (class, id, data-component …): FactBox -> fact, box."""
    found: list[str] = []
    for attribute, value in element.items():
        if attribute in ("class", "id", "itemprop") or attribute.endswith(_NAMING):
            for name in value[:400].split():
                found.extend(_name_words(name))
    return found


def paired(words: list[str]) -> set[str]:
    """Neighbouring words of names, joined: fact, box -> fact-box."""
    return {f"{one}-{next_}" for one, next_ in pairwise(words)}


def tree(text: str) -> HtmlElement:
    """The tree of a page's text, e-mail addresses written out. Raises ExtractionError where there is none."""
    parser = HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, huge_tree=False)
    encoded = re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]", "", text).encode("utf-8")
    try:
        root = etree.fromstring(encoded, parser)
    except etree.LxmlError as error:
        raise ExtractionError(f"the page could not be parsed: {error}") from error
    if not isinstance(root, HtmlElement):
        raise ExtractionError("the answer has no HTML in it")
    _decode_addresses(root)
    return root


def parse(text: str, url: str, rules: Rules = NO_RULES) -> Page:
    """The page of a text, read by its source's rules.

    Raises ExtractionError where no tree comes of it, and where what the rules keep is not there.
    """
    return page_of(tree(text), url, rules)


def page_of(root: HtmlElement, url: str, rules: Rules = NO_RULES) -> Page:
    """The page of a tree, which is cut down to what may be its article. Raises as `parse` does."""
    for element in select(root, rules.drop):
        if element.getparent() is not None:
            element.drop_tree()
    kept = frozenset(select(root, rules.keep))
    if rules.keep and not kept:
        raise ExtractionError(
            f"the source's rule to keep {', '.join(rules.keep)} matches nothing on the page"
        )
    _drop_furniture(root, kept)
    blocks = _without_ticking(blocks_of(root))
    return Page(root, url, blocks, "".join(block.key for block in blocks), kept)


def skeleton(page: Page) -> str:
    """Everything of a page's tree that reading its article can depend on, as one text.

    That is the elements left once furniture is out, the attributes by which they are named, whether
    their links lead away, and their text. What a page claims in its head is not in it.
    """
    parts: list[str] = []
    walk = etree.iterwalk(page.root, events=("start", "end"))
    for event, element in walk:
        if event == "end":
            parts.append(f"/{element.tag!s}")
            parts.append(" ".join((element.tail or "").split()))
        elif element.tag in UNREAD or element.tag in ("meta", "link"):
            walk.skip_subtree()  # its end comes all the same, and with it the text after it
        else:
            parts.append(str(element.tag))
            parts.extend(f"{name}={value}" for name, value in element.items() if _is_telling(name))
            if element.tag == "a":
                parts.append(str(leads_away(element)))
            parts.append(" ".join((element.text or "").split()))
    return "\x00".join(parts)


def _is_telling(attribute: str) -> bool:
    """Whether any step of reading looks at an attribute; addresses, sizes and data of scripts it does not."""
    if attribute.startswith("data-"):
        return attribute.endswith(_NAMING)
    return attribute not in _UNREAD_ATTRIBUTES and not attribute.startswith("on")


def _decode_addresses(root: HtmlElement) -> None:
    """Writes out the e-mail addresses a well-known proxy hides, with another key at every look."""
    for element in root.xpath("//*[@data-cfemail]"):
        try:
            code = bytes.fromhex(element.get("data-cfemail", ""))
        except ValueError:
            continue
        if code:
            del element[:]
            element.text = clean(bytes(byte ^ code[0] for byte in code[1:]).decode("utf-8", "replace"))


# --- furniture -----------------------------------------------------------------------------------
def _drop_furniture(root: HtmlElement, kept: frozenset[HtmlElement]) -> None:
    """Takes out of the tree what is named, or hidden, as something other than the article.

    A sign counts only where little of the page's prose bears it: neither one element of that sign, nor
    all of them together, may be the article.
    """
    prose = _prose_within(blocks_of(root))
    total = max(1, prose.get(root, 0))
    bearing: dict[str, list[HtmlElement]] = {}  # outermost only
    for element in root.iter(etree.Element):
        if element.tag in ("html", "body", "head", "main") or prose.get(element, 0) > FURNITURE_SHARE * total:
            continue
        sign = "" if kept and _is_kept(element, kept) else _sign_of_furniture(element)
        if sign and element.find(".//h1") is None:
            bearing.setdefault(sign, []).append(element)
    for sign, elements in bearing.items():
        if sign not in _SURE_SIGNS and _together(elements, prose) > NAMED_SHARE * total:
            continue
        for element in elements:
            if element.getparent() is not None:
                element.drop_tree()  # keeps the text after it


def _is_kept(element: HtmlElement, kept: frozenset[HtmlElement]) -> bool:
    """Whether an element is, holds, or stands in something that the source's rules keep."""
    return any(around in kept for around in ancestors(element, 1_000)) or any(
        inner in kept for inner in element.iterdescendants()
    )


def _without_ticking(blocks: list[Block]) -> list[Block]:
    """The blocks without lines that tick, whose text is taken out of the tree as well: nothing reads it.

    Their elements stay, for a <time> among them may be the date of the article.
    """
    kept: list[Block] = []
    start = 0
    for block in blocks:
        if is_volatile(block.text) and key(text_of(block.element)) == block.key:
            for node in block.element.iter(etree.Element):
                node.text = None
                if node is not block.element:
                    node.tail = None
            continue
        block.start = start
        start += len(block.key)
        kept.append(block)
    return kept


def _prose_within(blocks: list[Block]) -> dict[HtmlElement, int]:
    """How many characters of running text each element holds, links not counted."""
    found: dict[HtmlElement, int] = {}
    for block in blocks:
        length = round(len(block.text) * (1 - block.linked))
        if length >= PROSE_LENGTH or (length >= PROSE_LENGTH // 3 and _UNSPACED.search(block.text)):
            for element in ancestors(block.element, 1_000):
                found[element] = found.get(element, 0) + length
    return found


def _together(elements: list[HtmlElement], prose: dict[HtmlElement, int]) -> int:
    """The prose of several elements, that of one inside another counted once."""
    every = set(elements)
    outermost = (
        element for element in elements if not any(around in every for around in element.iterancestors())
    )
    return sum(prose.get(element, 0) for element in outermost)


def _sign_of_furniture(element: HtmlElement) -> str:
    """By which sign an element is something other than the article's text; "" for none."""
    if element.get("hidden") is not None or _INVISIBLE_STYLE.search(element.get("style") or ""):
        return "hidden"
    if element.tag == "nav" or element.get("role") in _ROLES:
        return "role"
    if element.tag in ("form", "label"):  # old pages put all of themselves into one: then it is too much
        return "form"
    if element.tag == "a" and (element.text or "").strip() in _ANCHOR_SIGNS and not len(element):
        return "anchor"
    words = names(element)
    if element.tag == "figure" and _ADVERTS.intersection(words):
        return "advert"
    if element.tag in HEADINGS or element.tag in ("figure", "figcaption", "tr", "td", "tbody"):
        return ""
    pairs = paired(words)
    classes = (element.get("class") or "").lower().split()
    if pairs & _UNSEEN_PAIRS or "visuallyhidden" in words or not _HIDDEN_CLASSES.isdisjoint(classes):
        return "hidden"  # the class itself, not "label-hidden" or "hidden-print"
    if element.tag in _INLINE or _OWN.intersection(words):
        return ""  # a link named "related" is still a word of its sentence
    if element.get("role") == "complementary":
        return "complementary"
    if element.tag == "li" and "comment" in words:
        return "comment"
    named = _FURNITURE.intersection(words) or pairs & _FURNITURE_PAIRS
    if named:
        return min(named)
    if "blog" not in classes and not _WIDGET_CLASSES.isdisjoint(classes):
        return "widget"
    return "cards" if _holds_cards(element) else ""


def _holds_cards(element: HtmlElement) -> bool:
    """Whether an element is a row of cards: two or more children, each a linked headline and little else."""
    if element.tag not in ("div", "section", "ul", "aside") or not 2 <= len(element) <= 24:
        return False
    cards = [child for child in element if child.tag not in HEADINGS]
    return len(cards) >= 2 and all(map(_is_card, cards))


def _is_card(element: HtmlElement) -> bool:
    """A linked heading, with or without a picture, and at most a sentence or two about it."""
    heading = next((found for found in element.iter("h2", "h3", "h4", "h5", "h6")), None)
    if heading is None:
        return False
    if not any(leads_away(link) for link in (*heading.iter("a"), *heading.iterancestors("a"))):
        return False
    text = sum(len(piece.strip()) for piece in element.itertext())
    return text - len(text_of(heading)) <= 300


# --- blocks --------------------------------------------------------------------------------------
def leads_away(link: HtmlElement) -> bool:
    """Whether a link goes to another page, not to a place on this one or to a mail program."""
    href = (link.get("href") or "").strip().lower()
    return bool(href) and not href.startswith(("#", "mailto:", "tel:", "javascript:"))


def blocks_of(root: HtmlElement) -> list[Block]:
    """Cuts the page into blocks: at the borders of block elements and at line breaks."""
    reader = _Reader()
    walk = etree.iterwalk(root, events=("start", "end"))
    for event, element in walk:
        if event == "end":
            reader.leave(element)
        elif element.tag in UNREAD:
            walk.skip_subtree()
        elif element.tag == "tr" and (row := _data_row(element)):
            reader.row(element, row)
            walk.skip_subtree()
        else:
            if element.tag in _INLINE and not len(element) and is_age(element.text or ""):
                element.text = None  # "11 hours ago" beside a line's own words
            reader.enter(element)
    return reader.blocks


class _Reader:
    """Gathers the text between borders while a tree is walked."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self._owners: list[HtmlElement] = []
        self._parts: list[str] = []
        self._links = 0
        self._linked = 0
        self._length = 0

    def enter(self, element: HtmlElement) -> None:
        if element.tag in BLOCKS:
            self._flush()
            self._owners.append(element)
        elif element.tag == "br":
            self._flush()
        elif element.tag == "a" and leads_away(element):
            self._links += 1
        self._add(element.text)

    def leave(self, element: HtmlElement) -> None:
        if element.tag in BLOCKS and self._owners and self._owners[-1] is element:
            self._flush()
            self._owners.pop()
        elif element.tag == "a" and leads_away(element):
            self._links -= 1
        self._add(element.tail)

    def row(self, element: HtmlElement, text: str) -> None:
        """A row of a table is one block."""
        self._flush()
        self._owners.append(element)
        cells = [cell for cell in element if cell.tag in ("td", "th") and text_of(cell)]
        pointers = all(any(leads_away(link) for link in cell.iter("a")) for cell in cells)
        self._links += pointers
        self._add(text)
        self._links -= pointers

    def _add(self, text: str | None) -> None:
        if text:
            self._parts.append(text)
            weight = len(text.strip())
            self._length += weight
            self._linked += weight if self._links else 0

    def _flush(self) -> None:
        text = clean("".join(self._parts))
        found = key(text)
        if found and self._owners:
            start = self.blocks[-1].start + len(self.blocks[-1].key) if self.blocks else 0
            linked = self._linked / max(1, self._length)
            self.blocks.append(Block(self._owners[-1], text, found, linked, start))
        self._parts.clear()
        self._length = self._linked = 0


def _data_row(row: HtmlElement) -> str:
    """The cells of a row of figures or terms, joined; "" for a table that only lays out the page."""
    cells = [cell for cell in row if cell.tag in ("td", "th")]
    if len(cells) < 2 or row.find(".//table") is not None:
        return ""
    texts = [text_of(cell) for cell in cells]
    if any(len(text) > 300 for text in texts) or sum(map(bool, texts)) < 2:
        return ""
    if any(cell.find(".//p") is not None and len(list(cell.iter("p"))) > 1 for cell in cells):
        return ""
    return " | ".join(text for text in texts if text)


def ancestors(element: HtmlElement, most: int = 50) -> Iterator[HtmlElement]:
    """An element and those around it, innermost first."""
    for _ in range(most):
        yield element
        parent = element.getparent()
        if parent is None:
            return
        element = parent


def place_of(element: HtmlElement) -> str:
    """Where an element stands: its name and class and those of the three around it, chance names masked."""
    parts = []
    for around in ancestors(element, 4):
        classes = ".".join((around.get("class") or "").split()[:6])
        parts.append(f"{around.tag!s}.{_NUMBERED.sub('#', classes)[:80]}".rstrip("."))
    return " < ".join(parts)


def absolute(page: Page, address: str) -> str:
    """An address of the page made absolute; "" where it is no web address."""
    try:
        joined = urljoin(page.url, address.strip())
        parts = urlsplit(joined)
    except ValueError:
        return ""
    return joined if parts.scheme in ("http", "https") and parts.hostname else ""


def _inline_wrappers(block: Block) -> Iterator[HtmlElement]:
    """The inline elements that hold a block's whole text, such as a <span class="caption">."""
    if len(block.element) > 4:
        return
    for part in block.element.iterdescendants(*_INLINE):
        if part.get("class") and key(text_of(part)) == block.key:
            yield part


def kind_of(block: Block) -> ParagraphKind:
    """What part a block plays, by the elements it stands in."""
    if any(_CAPTION_NAMES.intersection(names(part)) for part in _inline_wrappers(block)):
        return ParagraphKind.CAPTION
    for element in ancestors(block.element, 6):
        tag, words = element.tag, frozenset(names(element))
        if tag in HEADINGS:
            return ParagraphKind.HEADING
        if tag in ("figcaption", "caption") or words & _CAPTION_NAMES:
            return ParagraphKind.CAPTION
        if tag == "blockquote" or words & {"pullquote", "blockquote"} or {"pull", "quote"} <= words:
            return ParagraphKind.QUOTE
        if tag == "li":
            return ParagraphKind.LIST_ITEM
        if tag in ("article", "main", "body", "section"):
            break
    return ParagraphKind.PARAGRAPH
