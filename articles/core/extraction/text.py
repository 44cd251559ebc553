"""Words out of elements: white space, invisible characters, and the key by which texts are matched."""

import re
import unicodedata

from lxml.etree import iterwalk
from lxml.html import HtmlElement

# Elements that hold no text for readers, and those that part words although no space is written.
UNREAD = frozenset(
    "script style title noscript template svg iframe object embed audio video canvas map button select "
    "option datalist textarea input progress meter head dialog".split()
)
PARTING = frozenset("br p div li ul ol td th tr h1 h2 h3 h4 h5 h6 section article figure figcaption".split())

# Invisible and without meaning: zero-width space, word joiner, byte order mark, soft hyphen, Mongolian
# vowel separator, object and interlinear marks. Joiners (U+200C, U+200D) and direction marks shape how
# Persian, Hindi, emoji or mixed text is shown, and stay.
_INVISIBLE = re.compile("[\u00ad\u180e\u200b\u2060-\u2064\ufeff\ufff9-\ufffc]")
_CONTROL = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff]")
_NOT_KEY = re.compile(r"[\W_]+")


def clean(text: str) -> str:
    """A text as shown on one line: white space evened out, invisible characters removed."""
    return " ".join(_CONTROL.sub("", _INVISIBLE.sub("", text)).split())


def key(text: str) -> str:
    """Letters and digits only: by it one text is found in another, whatever the mark-up between."""
    return _NOT_KEY.sub("", unicodedata.normalize("NFKC", text)).casefold()


def text_of(element: HtmlElement) -> str:
    """The cleaned text of an element and all in it; a line break is a space."""
    parts: list[str] = []
    walk = iterwalk(element, events=("start", "end"))
    for event, node in walk:
        if event == "start":
            if node.tag in UNREAD:
                walk.skip_subtree()
            elif node.tag in PARTING:
                parts.append(" ")
            if node.tag not in UNREAD:
                parts.append(node.text or "")
        else:
            if node.tag in PARTING:
                parts.append(" ")
            if node is not element:
                parts.append(node.tail or "")
    return clean("".join(parts))
