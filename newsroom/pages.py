"""The paper's HTML: home, sections, articles and the short page of an error."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from itertools import groupby

from newsroom.blocks import Block, BlockKind
from newsroom.edition import Edition
from newsroom.languages import LANGUAGES
from newsroom.manuscripts import SECTIONS

NAME = "The Pellmouth Lantern"
MOTTO = "A light on the harbour since 1872"

_WEATHER = (
    ("Rain, heavy at times", 9),
    ("Rain easing", 10),
    ("Showers", 11),
    ("Sunny spells", 12),
    ("Breezy and dry", 11),
    ("Cloud thickening", 10),
    ("Drizzle", 9),
)


@dataclass(frozen=True, slots=True)
class Look:
    """One request for a page: its number, and what is on show, for the boxes that change every time."""

    number: int
    editions: Sequence[Edition]


def home(look: Look) -> str:
    """The front page: a teaser of every article on show."""
    return _page(look, NAME, f'<main><h1 class="section">Today</h1>{_teasers(look.editions)}</main>')


def section(look: Look, slug: str) -> str:
    """The page of one section."""
    chosen = [edition for edition in look.editions if edition.article.section == slug]
    name = escape(SECTIONS[slug])
    return _page(look, f"{SECTIONS[slug]} | {NAME}", f"<main><h1>{name}</h1>{_teasers(chosen)}</main>")


def article(look: Look, edition: Edition, url: str) -> str:
    """The page of one article; `url` is its absolute address."""
    body = f"<main>{_article(edition)}{_related(look, edition)}</main>"
    return _page(look, f"{edition.headline} | {NAME}", body, _head(edition, url), edition.article.language)


def error(look: Look, title: str, message: str) -> str:
    """A page that says why there is nothing to read here."""
    return _page(look, f"{title} | {NAME}", f"<main><h1>{escape(title)}</h1><p>{escape(message)}</p></main>")


def picture(slug: str) -> str:
    """An SVG seascape, the same for the same `slug`: stands where a paper would have a photograph."""
    seed = sum(slug.encode())
    hue, sun, hill = seed * 7 % 360, 80 + seed % 480, 150 + seed % 60
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 640 320" width="640" height="320">'
        f'<rect width="640" height="320" fill="hsl({hue} 35% 86%)"/>'
        f'<circle cx="{sun}" cy="95" r="38" fill="hsl({hue} 60% 96%)"/>'
        f'<path d="M0 230 Q160 {hill} 330 225 T640 {hill + 40} V320 H0Z" fill="hsl({hue} 25% 52%)"/>'
        f'<path d="M0 245 Q80 235 160 245 T320 245 T480 245 T640 245 V320 H0Z" fill="hsl({hue} 40% 32%)"/>'
        "</svg>"
    )


# --- parts of the frame ---------------------------------------------------------------------------
def _page(look: Look, title: str, main: str, head: str = "", language: str = "en") -> str:
    sections = "".join(f'<li><a href="/{slug}/">{name}</a></li>' for slug, name in SECTIONS.items())
    return f"""<!DOCTYPE html>
<html lang="{language}" dir="{LANGUAGES[language].direction}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(title)}</title>
<link rel="stylesheet" href="/style.css">
<link rel="alternate" type="application/rss+xml" title="{NAME}" href="/feed.xml">
<link rel="alternate" type="application/atom+xml" title="{NAME}" href="/atom.xml">
{head}</head>
<body>
<header class="masthead" lang="en" dir="ltr">
<a class="name" href="/">{NAME}</a>
<p>{MOTTO}</p>
<nav aria-label="Sections"><ul>{sections}</ul></nav>
</header>
<div class="page">
{main}
{_beside(look)}
</div>
<footer class="colophon" lang="en" dir="ltr">
<p>{NAME} is an invented newspaper. Its town, its people and all that happens to them are fiction.</p>
<p><a href="/feed.xml">RSS</a> <a href="/atom.xml">Atom</a></p>
</footer>
</body>
</html>
"""


def _beside(look: Look) -> str:
    """The boxes beside every page, different at each look and no part of any article."""
    weather, degrees = _WEATHER[look.number % len(_WEATHER)]
    start = look.number % max(1, len(look.editions))
    most_read = [*look.editions[start:], *look.editions[:start]][:5]
    return f"""<aside class="beside" lang="en" dir="ltr" aria-label="Weather and most read">
<section><h2>Weather</h2><p>{weather}, {degrees}°C. {1000 + look.number:,} readers with us now.</p></section>
<section><h2>Most read</h2><ol>{_links(most_read)}</ol></section>
</aside>"""


def _links(editions: Iterable[Edition]) -> str:
    return "".join(
        f'<li><a href="{edition.article.path}"{_lang(edition)}>{escape(edition.headline)}</a></li>'
        for edition in editions
    )


def _lang(edition: Edition) -> str:
    language = edition.article.language
    return "" if language == "en" else f' lang="{language}" dir="{LANGUAGES[language].direction}"'


def _teasers(editions: Iterable[Edition]) -> str:
    return "".join(
        f'<div class="teaser"{_lang(edition)}>'
        f'<h2><a href="{edition.article.path}">{escape(edition.headline)}</a></h2>'
        f"<p>{escape(edition.standfirst)}</p></div>\n"
        for edition in editions
    )


# --- parts of an article --------------------------------------------------------------------------
def _head(edition: Edition, url: str) -> str:
    facts = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "headline": edition.headline,
        "description": edition.standfirst,
        "datePublished": _iso(edition.published),
        "dateModified": _iso(edition.modified),
        "author": {"@type": "Person", "name": edition.author},
        "publisher": {"@type": "Organization", "name": NAME},
        "inLanguage": edition.article.language,
        "url": url,
    }
    # A "<" could close the script element; its JSON escape cannot.
    structured = json.dumps(facts, ensure_ascii=False).replace("<", "\\u003c")
    return f"""<link rel="canonical" href="{escape(url)}">
<meta name="description" content="{escape(edition.standfirst)}">
<meta name="author" content="{escape(edition.author)}">
<meta property="og:type" content="article">
<meta property="og:site_name" content="{NAME}">
<meta property="og:title" content="{escape(edition.headline)}">
<meta property="og:description" content="{escape(edition.standfirst)}">
<meta property="og:url" content="{escape(url)}">
<meta property="article:published_time" content="{_iso(edition.published)}">
<meta property="article:modified_time" content="{_iso(edition.modified)}">
<script type="application/ld+json">{structured}</script>
"""


def _article(edition: Edition) -> str:
    article, language = edition.article, LANGUAGES[edition.article.language]
    dates = f"{language.published} {_time(edition.published)}"
    if edition.modified > edition.published:
        dates += f" · {language.updated} {_time(edition.modified)}"
    return f"""<article>
<header>
<a class="section" href="/{article.section}/" lang="en" dir="ltr">{escape(SECTIONS[article.section])}</a>
<h1>{escape(edition.headline)}</h1>
<p class="standfirst">{escape(edition.standfirst)}</p>
<p class="byline">{escape(edition.byline)}</p>
<p class="dates">{dates}</p>
</header>
<div class="body">
{_body(edition)}</div>
</article>
"""


def _related(look: Look, edition: Edition) -> str:
    by_slug = {other.article.slug: other for other in look.editions}
    chosen = [by_slug[slug] for slug in edition.article.related if slug in by_slug]
    if not chosen:
        return ""
    return f'<aside class="related" lang="en" dir="ltr"><h2>Related</h2><ul>{_links(chosen)}</ul></aside>'


def _body(edition: Edition) -> str:
    return "".join(
        _group(group, list(blocks), edition.article.slug)
        for group, blocks in groupby(edition.blocks, key=_group_of)
    )


def _group_of(block: Block) -> str:
    """Blocks that share an element of the page, if they stand next to each other."""
    if block.kind in (BlockKind.BOX_HEADING, BlockKind.BOX_ITEM):
        return "box"
    return "list" if block.kind is BlockKind.LIST_ITEM else "single"


def _group(group: str, blocks: list[Block], slug: str) -> str:
    if group == "single":
        return "".join(_single(block, slug) for block in blocks)
    headings = "".join(f"<h2>{escape(b.text)}</h2>" for b in blocks if b.kind is BlockKind.BOX_HEADING)
    entries = "".join(f"<li>{escape(b.text)}</li>\n" for b in blocks if b.kind is not BlockKind.BOX_HEADING)
    content = f"{headings}<ul>\n{entries}</ul>\n"
    return f'<div class="fact-box">{content}</div>\n' if group == "box" else content


def _single(block: Block, slug: str) -> str:
    text = escape(block.text, quote=False)
    match block.kind:
        case BlockKind.HEADING:
            return f"<h2>{text}</h2>\n"
        case BlockKind.QUOTE:
            return f"<blockquote><p>{text}</p></blockquote>\n"
        case BlockKind.CORRECTION:
            return f'<p class="correction">{text}</p>\n'
        case BlockKind.CAPTION:
            image = f'<img src="/pictures/{slug}.svg" alt="" width="640" height="320">'
            return f"<figure>{image}<figcaption>{text}</figcaption></figure>\n"
        case _:
            return f"<p>{text}</p>\n"


def _iso(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")


def _time(moment: datetime) -> str:
    return f'<time dir="ltr" datetime="{_iso(moment)}">{moment:%Y-%m-%d %H:%M} UTC</time>'
