"""Edits of a page: each changes the article's words in one place, as an editor would."""

import random
import re
from collections.abc import Callable, Iterator
from copy import deepcopy

from lxml import etree
from lxml.html import HtmlElement

from tests.benchmarks.reading.pages import key

Edit = Callable[[HtmlElement, random.Random], bool]

SENTENCES = (
    "Officials said the figures would be reviewed again before the end of the year.",
    "A spokesperson declined to comment on the details of the arrangement.",
    "Residents near the river were told to move their belongings upstairs.",
    "The minister had earlier promised that no decision was taken in private.",
    "Two of the witnesses will be heard again in the second week of March.",
)
_WORD = re.compile(r"[^\W\d_]{3,}")
_NUMBER = re.compile(r"\d+")


def texts(element: HtmlElement) -> Iterator[tuple[HtmlElement, str]]:
    """(node, "text" or "tail") of every piece of visible text in an element."""
    for node in element.iter(etree.Element):
        if node.tag in ("script", "style"):
            continue
        if node.text and node.text.strip():
            yield node, "text"
        if node is not element and node.tail and node.tail.strip():
            yield node, "tail"


def _replace(
    element: HtmlElement, pattern: re.Pattern[str], by: Callable[[str], str], rng: random.Random
) -> bool:
    found = [
        (node, slot, match)
        for node, slot in texts(element)
        for match in pattern.finditer(getattr(node, slot))
    ]
    if not found:
        return False
    node, slot, match = rng.choice(found)
    text = getattr(node, slot)
    setattr(node, slot, text[: match.start()] + by(match[0]) + text[match.end() :])
    return True


def word(element: HtmlElement, rng: random.Random) -> bool:
    """Another word in place of one."""
    return _replace(element, _WORD, lambda old: "reportedly" if old != "reportedly" else "allegedly", rng)


def number(element: HtmlElement, rng: random.Random) -> bool:
    """Another number in place of one."""
    return _replace(element, _NUMBER, lambda old: str(int(old) + rng.randint(1, 9)), rng)


def sentence(element: HtmlElement, rng: random.Random) -> bool:
    """A sentence more at the end of a paragraph."""
    last = list(element)[-1] if len(element) else None
    said = " " + rng.choice(SENTENCES)
    if last is None:
        element.text = (element.text or "") + said
    else:
        last.tail = (last.tail or "") + said
    return True


def insert(element: HtmlElement, rng: random.Random) -> bool:
    """A new paragraph after this one, of the same make."""
    new = deepcopy(element)
    for child in list(new):
        new.remove(child)
    new.attrib.pop("id", None)
    new.text, new.tail = " ".join(rng.sample(SENTENCES, 2)), element.tail
    element.tail = "\n"
    element.addnext(new)
    return True


def remove(element: HtmlElement, rng: random.Random) -> bool:
    """The paragraph taken out."""
    if element.getparent() is None:
        return False
    element.drop_tree()
    return True


PARAGRAPH: dict[str, Edit] = {
    "word": word,
    "number": number,
    "sentence": sentence,
    "insert": insert,
    "remove": remove,
}


def headline(tree: HtmlElement, title: str, rng: random.Random) -> bool:
    """Another word in every place of the page that says its headline: <h1>, <title>, <meta>."""
    wanted, done = key(title), False
    for element in tree.iter("h1", "title"):
        if wanted and wanted in key("".join(element.itertext())):
            done = _replace(element, _WORD, lambda old: "inquiry", random.Random(1)) or done
    for meta in tree.iter("meta"):
        if wanted and wanted in key(meta.get("content") or ""):
            meta.set("content", _WORD.sub("inquiry", meta.get("content") or "", count=1))
            done = True
    return done


# --- structures a page may have, put in ------------------------------------------------------------------
def _block(markup: str, text: str) -> HtmlElement:
    return etree.fromstring(markup.replace("TEXT", text), parser=etree.HTMLParser(encoding="utf-8")).find(
        "body"
    )[0]


STRUCTURES: dict[str, str] = {
    "caption": "<figure><img src='/a.jpg' alt=''><figcaption>TEXT</figcaption></figure>",
    "caption, old": "<div class='image'><img src='/a.jpg'><p class='caption'>TEXT</p></div>",
    "pull-quote": "<aside class='pullquote'><p>TEXT</p></aside>",
    "block quote": "<blockquote><p>TEXT</p></blockquote>",
    "fact box": "<aside class='fact-box'><h3>At a glance</h3><p>TEXT</p></aside>",
    "correction": "<p><em>Correction: TEXT</em></p>",
    "correction, footer": "<footer class='correction'><p>This article was amended on 3 May. TEXT</p></footer>",
    "editor's note": "<div class='editors-note'>Editor’s note: TEXT</div>",
    "bullets": "<ul><li>The first of the points stands here</li><li>TEXT</li></ul>",
    "numbered": "<ol><li>TEXT</li><li>The second of the points stands here</li></ol>",
    "sub-heading": "<h2>TEXT</h2>",
    "bold heading": "<p><strong>TEXT</strong></p>",
    "table": "<table><tr><th>Party</th><th>Seats</th></tr><tr><td>TEXT</td><td>31</td></tr></table>",
    "definition": "<dl><dt>A term</dt><dd>TEXT</dd></dl>",
    "lines": "<div>TEXT<br>The second line of the address<br>And a third one</div>",
    "details": "<details><summary>The details</summary><p>TEXT</p></details>",
}


def put_in(name: str, after: HtmlElement, text: str) -> None:
    """Puts the structure `name` with `text` in it after a paragraph."""
    block = _block(STRUCTURES[name], text)
    block.tail, after.tail = after.tail, "\n"
    after.addnext(block)
