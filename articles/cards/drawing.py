"""A card as a PNG: set by Pango, which knows every script and direction, drawn and packed by libvips.

Loaded only where a card is drawn: the processes that fetch and read do without it.
"""

import os
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from html import escape
from tempfile import TemporaryDirectory
from threading import Lock

import pyvips
from django.utils.translation import gettext

from articles.cards import lettering
from articles.cards.content import HEIGHT, WIDTH, Card
from articles.core.types import Segment
from articles.presentation import ISOLATE

INK, SOFT = "#1d1c19", "#5d5950"
PAPER, BLACK, GREY = (251, 250, 246), (29, 28, 25), (220, 215, 203)
DEL_INK, DEL_WASH = "#8a2413", "#fbe0d8"
INS_INK, INS_WASH = "#0f3f73", "#d6e9fb"
MARGIN, RIGHT = 60, WIDTH - 60
TOP, BOTTOM = 160, 530  # between them stand headline and passage
RULES = (  # left, top, width, height, colour
    (0, 0, WIDTH, 10, BLACK),
    (MARGIN, 136, RIGHT - MARGIN, 3, BLACK),
    (MARGIN, 550, RIGHT - MARGIN, 2, GREY),
)
SANS, SERIF, BOLD = "Noto Sans", "Noto Serif", "Noto Serif Bold"
HEADLINE, HEADLINE_ALONE, PASSAGE = (54, 48, 44), (84, 76, 68, 60, 54, 48), (56, 50, 44, 40, 36, 32)
THIN_BLANK = "\N{THIN SPACE}"
# A mark is read as one thing, wherever in a line of whichever direction it stands.
MARKUP = {
    "-": f'<span color="{DEL_INK}" background="{DEL_WASH}" strikethrough="true">{ISOLATE}</span>',
    "+": f'<span color="{INS_INK}" background="{INS_WASH}" underline="single">{ISOLATE}</span>',
    "=": "%s",
}
BASE = {"rtl": "\N{RIGHT-TO-LEFT MARK}", "ltr": "\N{LEFT-TO-RIGHT MARK}"}
# Characters kept around a mark, and of a mark, from what is liked best to what always fits.
CUTS = ((200, 400), (90, 160), (60, 120), (40, 90), (24, 60), (12, 36))

Placed = tuple[pyvips.Image, int, int]

_starting = Lock()


def png(card: Card) -> bytes:
    """The card, 1200 by 630 pixels in a palette of colours, some 20 to 60 KB."""
    with _starting:
        _start()
    image = _block(WIDTH, HEIGHT, PAPER)
    for left, top, width, height, colour in RULES:
        image = image.insert(_block(width, height, colour), left, top)
    for text, left, top in _placed(card):
        image = image.composite2(text, "over", x=left, y=top)
    drawn: bytes = image.flatten(background=PAPER).pngsave_buffer(palette=True, Q=90, effort=4, keep="none")
    return drawn


@cache
def _start() -> None:
    """Has fontconfig, which asks only once, read our fonts and none of the machine's."""
    pyvips.cache_set_max(0)  # no card is drawn twice: what libvips would keep is of no use
    own = {"FONTCONFIG_FILE": str(lettering.FONTS / "fonts.conf")}
    with TemporaryDirectory() as folder:
        own["XDG_CACHE_HOME"] = folder  # it wants to keep a cache somewhere
        before = {name: os.environ.get(name) for name in own}
        os.environ.update(own)
        try:
            _set("·", SERIF, WIDTH)
        finally:
            for name, value in before.items():
                os.environ.pop(name) if value is None else os.environ.update({name: value})


# --- the page ------------------------------------------------------------------------------------------
def _placed(card: Card) -> Iterator[Placed]:
    """Each text of the card, with its left and top edge."""
    step, brand = _line(card.step, SANS, (30,), 480), _line("newsdiff", BOLD, (34,), 190)
    yield _at(step, RIGHT - _extent(step), 44)
    yield _at(brand, RIGHT - _extent(brand), 560)
    name = lettering.lettered([("=", card.source)]) or (("=", card.slug),)
    source = _line("".join(text for _, text in name), BOLD, (34, 30), RIGHT - MARGIN - _extent(step) - 40)
    yield _at(source, MARGIN, 40)
    yield _at(_line(card.seen, SANS, (24,), RIGHT - MARGIN), MARGIN, 90)
    if card.foot:
        yield _at(_line(card.foot, SANS, (28, 26, 24), RIGHT - MARGIN - _extent(brand) - 40), MARGIN, 567)
    yield from _body(card)


def _body(card: Card) -> Iterator[Placed]:
    """Headline and passage, or what is said in their place, the passage with what room is left."""
    headline, passage = lettering.lettered(card.headline), lettering.lettered(card.passage)
    note = card.note
    if headline is None or passage is None:
        note = gettext("This picture has no letters for the script of the article: its text is on the page.")
    top = TOP
    if headline:
        alone = not passage and not note
        sizes, room = (HEADLINE_ALONE, BOTTOM - top) if alone else (HEADLINE, 200)
        title = _fitted(headline, card, BOLD, sizes, room)
        yield _at(title, MARGIN, top)
        top += title.get("yoffset") + title.height + 24
    if passage:
        yield _at(_fitted(passage, card, SERIF, PASSAGE, BOTTOM - top), MARGIN, top)
    elif note:
        yield _at(_set(escape(note), f"{SANS} 34", RIGHT - MARGIN, SOFT), MARGIN, top)


def _at(text: pyvips.Image, left: int, top: int) -> Placed:
    """The text with where its ink begins, for libvips cuts off what is blank around it."""
    return text, left + text.get("xoffset"), top + text.get("yoffset")


def _block(width: int, height: int, colour: tuple[int, int, int]) -> pyvips.Image:
    block = pyvips.Image.black(width, height, bands=3).linear(0, colour).cast("uchar")
    return block.copy(interpretation="srgb")


# --- texts ---------------------------------------------------------------------------------------------
def _line(text: str, font: str, sizes: Iterable[int], width: int) -> pyvips.Image:
    """A text in one line, as large as fits; one that is too long is cut."""
    for longest in (100, 48, 36, 24, 12):
        [(_, shown)] = lettering.shortened([("=", text)], 0, longest)
        for size in sizes:
            image = _set(escape(shown), f"{font} {size}", None, SOFT if font == SANS else INK)
            if _extent(image) <= width:
                return image
    return image.crop(0, 0, width, image.height)


def _fitted(
    segments: Sequence[Segment], card: Card, font: str, sizes: Sequence[int], room: int
) -> pyvips.Image:
    """A text of the article, as much of it as fits, as large as that may be."""
    for around, longest in CUTS:
        markup = _marked_up(lettering.shortened(segments, around, longest), card)
        for size in sizes:
            image = _set(markup, f"{font} {size}", RIGHT - MARGIN)
            if image.get("yoffset") + image.height <= room:
                return image
    return image.crop(0, 0, image.width, min(room, image.height))


def _marked_up(segments: Iterable[Segment], card: Card) -> str:
    """The segments in Pango's markup, a thin blank between two marks that touch."""
    parts: list[str] = []
    before = "="
    for op, text in segments:
        if "=" not in (op, before):
            parts.append(THIN_BLANK)
        parts.append(MARKUP[op] % escape(lettering.breakable(text)))
        before = op
    lang = f' lang="{escape(card.language)}"' if card.language else ""
    return f"<span{lang} insert_hyphens='false'>{BASE.get(card.direction, '')}{''.join(parts)}</span>"


def _set(markup: str, font: str, width: int | None, colour: str = INK) -> pyvips.Image:
    """Text set to a width, in lines that end between words, or inside one that is longer than a line;
    or in one line."""
    wrapped = {"width": width, "wrap": "word-char"} if width else {}
    coloured = f'<span color="{colour}">{markup}</span>'
    return pyvips.Image.text(coloured, font=font, dpi=72, rgba=True, **wrapped)


def _extent(text: pyvips.Image) -> int:
    """The width of a text, with the blank before its ink."""
    return int(text.get("xoffset") + text.width)
