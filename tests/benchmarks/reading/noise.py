"""What a page writes anew into every answer: none of it is the article.

Each kind takes the page's tree, the elements of the article's paragraphs and a source of chance, and puts
in (or alters) something else each time. Another module of the same shape can be measured in its place
(NOISE=path/to/noise.py): rules are soon made to fit noise that one wrote oneself.
"""

import random
from collections.abc import Callable

from lxml import etree
from lxml.html import HtmlElement

from tests.benchmarks.timing import Writer

Noise = Callable[[HtmlElement, list[HtmlElement], random.Random], None]
_WRITER = Writer(7)


def _sentence(rng: random.Random, least: int = 9, most: int = 22) -> str:
    words = rng.choices(_WRITER.lexicon, k=rng.randint(least, most))
    return f"{words[0].capitalize()} {' '.join(words[1:])}."


def _headline(rng: random.Random) -> str:
    return _sentence(rng, 5, 9).rstrip(".")


def _put(after: HtmlElement, markup: str) -> None:
    block = etree.fromstring(markup, parser=etree.HTMLParser(encoding="utf-8")).find("body")[0]
    block.tail, after.tail = after.tail, "\n"
    after.addnext(block)


def _inside(make: Callable[[random.Random], str], where: float = 0.5) -> Noise:
    """Between two paragraphs, as far down as `where` says."""

    def noise(tree: HtmlElement, paragraphs: list[HtmlElement], rng: random.Random) -> None:
        _put(paragraphs[min(len(paragraphs) - 1, int(where * len(paragraphs)))], make(rng))

    return noise


def _around(make: Callable[[random.Random], str], at_top: bool) -> Noise:
    """First or last in the page's body."""

    def noise(tree: HtmlElement, paragraphs: list[HtmlElement], rng: random.Random) -> None:
        body = tree.find("body")
        block = etree.fromstring(make(rng), parser=etree.HTMLParser(encoding="utf-8")).find("body")[0]
        if at_top:
            body.insert(0, block)
        else:
            body.append(block)

    return noise


def _links(rng: random.Random, most: int = 5) -> str:
    return "".join(
        f"<li><a href='/r/{rng.getrandbits(20)}'>{_headline(rng)}</a></li>"
        for _ in range(rng.randint(3, most))
    )


def _zero_width(tree: HtmlElement, paragraphs: list[HtmlElement], rng: random.Random) -> None:
    for element in paragraphs:
        if element.text:
            at = rng.randrange(len(element.text))
            element.text = element.text[:at] + rng.choice("\u200b\u00ad\u2060") + element.text[at:]


def _spaces(tree: HtmlElement, paragraphs: list[HtmlElement], rng: random.Random) -> None:
    for element in paragraphs:
        if element.text:
            element.text = "".join(
                rng.choice((" ", "\u00a0", "  ", "\n")) if c == " " else c for c in element.text
            )


def _quotes(tree: HtmlElement, paragraphs: list[HtmlElement], rng: random.Random) -> None:
    for element in paragraphs:
        if element.text:
            element.text = element.text.replace("'", rng.choice("'’")).replace("—", rng.choice("—–"))


def _names(tree: HtmlElement, paragraphs: list[HtmlElement], rng: random.Random) -> None:
    for element in paragraphs:
        element.set("id", f"p-{rng.getrandbits(32):x}")
        element.set("data-key", f"{rng.getrandbits(64):x}")


def _wrapped(tree: HtmlElement, paragraphs: list[HtmlElement], rng: random.Random) -> None:
    for element in paragraphs:
        if element.text and rng.random() < 0.5:
            span = etree.SubElement(element, "span")
            span.text, element.text = element.text, None
            element.insert(0, span)


def _ticking_stamp(rng: random.Random) -> str:
    return f"<div><time>Updated {rng.randint(2, 59)} minutes ago</time></div>"


IN_BODY: dict[str, Noise] = {
    "advert, labelled": _inside(lambda r: f"<div class=ad>Advertisement: {_headline(r)}</div>"),
    "advert, a plain paragraph": _inside(lambda r: f"<p>{_sentence(r)}</p>"),
    "advert, hashed names": _inside(lambda r: f"<div class='css-8f2k1'><p>{_sentence(r)} {_sentence(r)}</p></div>"),
    "advert, at the top": _inside(lambda r: f"<div class='mt-2'>{_sentence(r)}</div>", 0.0),
    "related, a list": _inside(lambda r: f"<div class=related><h3>Related</h3><ul>{_links(r)}</ul></div>"),
    "related, one line": _inside(lambda r: f"<p>Read more: <a href='/{r.getrandbits(20)}'>{_headline(r)}</a></p>"),
    "related, no links": _inside(lambda r: f"<div><h4>{_headline(r)}</h4><span>{_sentence(r)}</span></div>", 0.7),
    "quotation of the day": _inside(lambda r: f"<blockquote>{_sentence(r)}</blockquote>", 0.3),
    "newsletter": _inside(lambda r: f"<div class='nl-box'><h3>{_headline(r)}</h3><p>{_sentence(r)}</p></div>"),
    "donation": _inside(lambda r: f"<div><p>{r.randint(100, 9999)} readers gave this week. {_sentence(r)}</p></div>", 1.0),
    "paywall meter": _inside(lambda r: f"<p>You have {r.randint(1, 4)} free articles left, until {r.randint(1, 28)} May.</p>"),
    "poll": _inside(lambda r: f"<div><p>{_headline(r)}?</p><ul><li>Yes {r.randint(1, 99)}%</li><li>No</li></ul></div>"),
    "reader's comment": _inside(lambda r: f"<figure><blockquote>{_sentence(r)}</blockquote></figure>", 0.8),
    "price box": _inside(lambda r: f"<table><tr><td>{_headline(r)}</td><td>{r.randint(9, 99)}.99</td></tr></table>"),
    "player": _inside(lambda r: f"<div class='player'>{_headline(r)} {r.randint(1, 59)}:{r.randint(10, 59)}</div>", 0.2),
    "author's note": _inside(lambda r: f"<p><em>Ada Lund writes about the sea. {_sentence(r)}</em></p>", 1.0),
    "comments": _inside(lambda r: "".join(("<section>", *(f"<p>{_sentence(r)}</p>" for _ in range(4)), "</section>")), 1.0),
    "hidden text": _inside(lambda r: f"<div style='display:none'><p>{_sentence(r)}</p></div>"),
}  # fmt: skip
AROUND: dict[str, Noise] = {
    "banner": _around(lambda r: f"<div class=banner><a href=/b>{_sentence(r)}</a></div>", True),
    "ticker": _around(lambda r: f"<div><b>Breaking</b> {_headline(r)}</div>", True),
    "stamp": _around(_ticking_stamp, True),
    "counter": _around(lambda r: f"<div class=tools>{r.randint(100, 9999)} views {r.randint(2, 99)} comments</div>", True),
    "weather": _around(lambda r: f"<div>{r.randint(-9, 35)} °C, {_headline(r)}</div>", True),
    "most read": _around(lambda r: f"<aside><h2>Most read</h2><ol>{_links(r)}</ol></aside>", False),
    "related stories": _around(lambda r: f"<aside class=related><h2>Related stories</h2><ul>{_links(r)}</ul></aside>", False),
    "teasers with prose": _around(
        lambda r: "<div>" + "".join(f"<h3><a href=/x>{_headline(r)}</a></h3><p>{_sentence(r)}</p>" for _ in range(4)) + "</div>", False
    ),
    "comment thread": _around(
        lambda r: "<div class=comments>" + "".join(f"<p>{_sentence(r)} {_sentence(r)}</p>" for _ in range(5)) + "</div>", False
    ),
    "cookie notice": _around(lambda r: f"<div class=cookie-bar>We and our {r.randint(100, 900)} partners use cookies.</div>", False),
    "token": _around(lambda r: f"<form><input type=hidden name=csrf value='{r.getrandbits(64):x}'></form>", False),
    "script": _around(lambda r: f"<div><script>var state = {r.getrandbits(64)}</script></div>", False),
}  # fmt: skip
CHARACTERS: dict[str, Noise] = {
    "zero-width characters": _zero_width,
    "spaces": _spaces,
    "quotation marks": _quotes,
    "names of a machine": _names,
    "spans": _wrapped,
}
KINDS: dict[str, Noise] = {**IN_BODY, **AROUND, **CHARACTERS}
