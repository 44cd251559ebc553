"""From the bytes of a page to its Extract.

`decoding` makes text of bytes and refuses what is no page, `page` cuts the tree into blocks, `body`
chooses the article's, `metadata` reads what the page claims about itself. Nothing is remembered from
one page to the next.
"""

import hashlib
from dataclasses import replace

from articles.core.extraction.body import Body, read_body
from articles.core.extraction.decoding import decode
from articles.core.extraction.errors import ExtractionError
from articles.core.extraction.leaving_out import leave_out
from articles.core.extraction.metadata import Metadata, read_metadata
from articles.core.extraction.page import Page, parse, skeleton
from articles.core.fingerprint import DIGEST_VERSION, word_count
from articles.core.types import NO_RULES, Extract, Paragraph, ParagraphKind, Rules

__all__ = ["EXTRACTOR", "ExtractionError", "extract", "leave_out", "left_by", "read_page", "reading"]

# Stored with each version. Raise the first number when our own rules change what is read.
EXTRACTOR = "2/trafilatura-2.3.1/resiliparse-2.0.1"
SHELL_SHARE = 0.3  # of JSON-LD's article: a page with less text of its own is filled in by a script


def extract(
    body: bytes, url: str, charset: str = "", rules: Rules = NO_RULES, known: str = ""
) -> Extract | None:
    """Reads a page's article.

    body     the page's bytes, decoded from any content encoding
    url      its address, after redirects: links are relative to it
    charset  the character set of the Content-Type header, or ""
    rules    those of its source
    known    `Extract.skeleton` of an earlier look

    Returns None where the page, adverts and other furniture left out, is to the letter the one that
    gave `known`: its article is the same, and the long part of reading it is left out.

    Raises ExtractionError, with words for the operator, where there is no article to read.
    """
    return read_page(parse(decode(body, charset), url, rules), rules, known)


def read_page(page: Page, rules: Rules, known: str = "") -> Extract | None:
    """Reads the article of a page that was cut down by these rules. Returns and raises as `extract` does."""
    claims = read_metadata(page)
    found = _skeleton(page, claims, rules)
    if found == known:
        return None
    text = read_body(page, claims.title, claims.byline, claims.headline)
    if word_count(claims.body) * SHELL_SHARE > word_count(text.texts):
        text = Body("", tuple(Paragraph(ParagraphKind.PARAGRAPH, line) for line in claims.body), ())
    if not text.paragraphs:
        raise ExtractionError("no article text was found on the page")
    extracted = Extract(
        title=claims.title,
        paragraphs=text.paragraphs,
        standfirst=text.standfirst,
        byline=claims.byline,
        language=claims.language,
        direction=claims.direction,
        published=claims.published,
        modified=claims.modified,
        canonical_url=claims.canonical_url,
        places=text.places,
        skeleton=found,
    )
    return left_by(extracted, rules)


def left_by(extracted: Extract, rules: Rules) -> Extract:
    """`leave_out`. Raises ExtractionError where that leaves nothing of the text."""
    left = leave_out(extracted, rules)
    if not left.paragraphs:
        raise ExtractionError("the source's rules leave nothing of the article's text")
    return left


def _skeleton(page: Page, claims: Metadata, rules: Rules) -> str:
    said = repr(replace(claims, headline=None))
    return hashlib.sha256(
        f"{reading(rules)}\0{said}\0{skeleton(page)}".encode("utf-8", "replace")
    ).hexdigest()


def reading(rules: Rules) -> str:
    """Names what a text was read by: our extractor, how texts are told apart, the source's rules."""
    return "/".join(filter(None, (EXTRACTOR, f"words-{DIGEST_VERSION}", rules.digest)))
