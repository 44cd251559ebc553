"""Made-up pages in the layouts that news has been printed in: nothing but their text is known to be theirs.

Each layout is a different way to mark up the same article, amid navigation, teasers and a footer: tables,
blocks with and without telling names, blogs, long documents.
"""

import random

from tests.benchmarks.reading.pages import Case, key
from tests.benchmarks.timing import Writer

TEASERS = 8


def generated(seed: int = 1, of_each: int = 4) -> list[Case]:
    """Pages of every layout; the same for the same seed."""
    cases = []
    for name, layout in LAYOUTS.items():
        for number in range(of_each):
            writer = Writer(hash_of(f"{seed}{name}{number}"))
            paragraphs = writer.paragraphs(writer.random.choice((250, 500, 900, 1_500)))
            title = " ".join(writer.words(8)).capitalize()
            text = _around(layout(title, paragraphs), title, writer)
            cases.append(Case(f"{name} {number + 1}", text, frozenset(map(key, paragraphs))))
    return cases


def hash_of(text: str) -> int:
    """A seed out of a text, the same in every run."""
    return random.Random(text).getrandbits(32)


def _around(article: str, title: str, writer: Writer) -> str:
    menu = "".join(f"<li><a href='/{word}'>{word.title()}</a></li>" for word in writer.words(9))
    teasers = "".join(
        f"<div class='card'><h3><a href='/t{i}'>{' '.join(writer.words(7)).capitalize()}</a></h3>"
        f"<p>{writer.sentence(12)}</p></div>"
        for i in range(TEASERS)
    )
    return (
        f"<!doctype html><html lang=en><head><meta charset=utf-8><title>{title} | The Paper</title></head><body>"
        f"<header><a href=/>The Paper</a><nav><ul>{menu}</ul></nav></header>{article}"
        f"<div class=more><h2>More stories</h2>{teasers}</div>"
        f"<footer><p>© 2026 The Paper. All rights reserved.</p></footer></body></html>"
    )


def _semantic(title: str, texts: list[str]) -> str:
    body = "".join(f"<p>{text}</p>" for text in texts)
    return f"<main><article><h1>{title}</h1><p class=byline>By Ada Lund</p>{body}</article></main>"


def _hashed(title: str, texts: list[str]) -> str:
    body = "".join(
        f"<div class='css-1x{i % 3}z'><p class='css-9q'>{text}</p></div>" for i, text in enumerate(texts)
    )
    return f"<div class='css-a1'><div class='css-b2'><h1 class='css-c3'>{title}</h1>{body}</div></div>"


def _utility(title: str, texts: list[str]) -> str:
    body = "".join(f"<div class='mt-4 text-lg leading-7'>{text}</div>" for text in texts)
    return f"<div class='mx-auto max-w-prose'><h1 class='text-3xl font-bold'>{title}</h1>{body}</div>"


def _table(title: str, texts: list[str]) -> str:
    body = "".join(f"<p><font size=2>{text}</font></p>" for text in texts)
    return (
        "<table width=780><tr><td width=150><font size=1><a href=/>Front page</a></font></td>"
        f"<td valign=top><h1><font size=5>{title}</font></h1>{body}</td></tr></table>"
    )


def _paywalled(title: str, texts: list[str]) -> str:
    body = "".join(f"<p class='paywall'>{text}</p>" for text in texts)
    return f"<section class='story'><header><h1>{title}</h1></header><div class='body'>{body}</div></section>"


def _sections(title: str, texts: list[str]) -> str:
    parts = [texts[i : i + 3] for i in range(0, len(texts), 3)]
    body = "".join(
        f"<section><h2>{i}. Section</h2><ul>{''.join(f'<li>{text}</li>' for text in part)}</ul></section>"
        for i, part in enumerate(parts, 1)
    )
    return f"<div class='page-content'><h1>{title}</h1>{body}</div>"


def _blog(title: str, texts: list[str]) -> str:
    body = "".join(f"<p>{text}</p>" for text in texts)
    return (
        f"<div class='hentry post'><h1 class='entry-title'>{title}</h1><div class='entry-content'>{body}</div></div>"
        "<div class='widget'><h3>About</h3><p>A blog about the sea, and now and then about other things.</p></div>"
    )


LAYOUTS = {
    "semantic": _semantic,
    "hashed names": _hashed,
    "utility names": _utility,
    "tables": _table,
    "paywall names": _paywalled,
    "long document": _sections,
    "blog": _blog,
}
