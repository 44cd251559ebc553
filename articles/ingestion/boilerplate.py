"""Learns what on a source's pages is no part of its articles, from evidence of several of them.

Nothing is left out that was seen on one article alone: a paragraph must repeat at the beginning or the
end of several, a place on the page must show something else at every look on more than one. What was
learnt is listed in the admin, where an operator may say that it is text.
"""

import hashlib
import logging
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime

from articles.core.fingerprint import words
from articles.core.types import Extract, ParagraphKind
from articles.models import Article, Boilerplate, Source, Version

log = logging.getLogger(__name__)

COMPARED = 40  # newest articles of the source that a new one is compared with
REPEATS = 4  # articles that must have a paragraph, this one among them
DIFFERS = 2  # articles on which a place must have shown something else at every look
FIRST, LAST = 2, 6  # paragraphs at the beginning and the end among which boilerplate stands
LEAST_LETTERS = 12  # shorter paragraphs repeat by chance
KEPT_IDS = 10


def learn_repeats(article: Article, extract: Extract, at: datetime) -> bool:
    """Compares a new article's text with the source's newest; whether something was learnt.

    A paragraph in the middle of a text may be the background that a paper repeats in each report on a
    matter, and a correction note is never boilerplate.
    """
    mine = _edges([(kind.kind, kind.text) for kind in extract.paragraphs])
    if not mine:
        return False
    seen: Counter[str] = Counter()
    articles: dict[str, list[int]] = {}
    for pk, paragraphs in _newest_texts(article):
        for key in _edges([(ParagraphKind(kind), text) for kind, text in paragraphs]).keys() & mine.keys():
            seen[key] += 1
            articles.setdefault(key, []).append(pk)
    found = [key for key, count in seen.items() if count + 1 >= REPEATS]
    for key in found:
        _note(
            article.source,
            Boilerplate.Evidence.REPEATS,
            key,
            mine[key],
            [*articles[key], article.pk],
            at,
            REPEATS,
        )
    return bool(found)


def learn_places(article: Article, seen: Extract, steady: Extract, at: datetime) -> None:
    """Notes where the passages stood that a look showed (`seen`) and that are not of the article (`steady`).

    A place where text of the article stands too tells nothing.
    """
    taken = set(steady.places)
    kept = Counter(map(words, (steady.standfirst, *steady.texts)))
    for paragraph, place in zip(seen.paragraphs, seen.places, strict=False):
        key = words(paragraph.text)
        if kept[key]:
            kept[key] -= 1
        elif place not in taken:
            _note(
                article.source, Boilerplate.Evidence.DIFFERS, place, paragraph.text, [article.pk], at, DIFFERS
            )


def _edges(paragraphs: Sequence[tuple[ParagraphKind, str]]) -> dict[str, str]:
    """The paragraphs at both ends of a text that could be boilerplate, by their words."""
    middle = range(FIRST, max(FIRST, len(paragraphs) - LAST))
    return {
        key: text
        for index, (kind, text) in enumerate(paragraphs)
        if index not in middle
        and kind is not ParagraphKind.CORRECTION
        and len(key := words(text)) >= LEAST_LETTERS
    }


def _newest_texts(article: Article) -> Iterable[tuple[int, list[list[str]]]]:
    """(article, paragraphs) of the newest texts of the source's newest other articles."""
    others = Article.objects.filter(source_id=article.source_id, version_count__gt=0).exclude(pk=article.pk)
    newest = dict(others.order_by("-pk").values_list("pk", "version_count")[:COMPARED])
    versions = Version.objects.filter(article__in=newest).order_by("-article")
    for pk, number, paragraphs in versions.values_list("article", "number", "paragraphs").iterator(COMPARED):
        if newest[pk] == number:
            yield pk, paragraphs


def _note(
    source: Source, evidence: str, rule: str, sample: str, pks: list[int], at: datetime, enough: int
) -> None:
    """Adds to the evidence for a rule; with enough of it the rule is in force."""
    row, _ = Boilerplate.objects.get_or_create(
        source=source,
        evidence=evidence,
        key=hashlib.sha256(rule.encode("utf-8", "replace")).hexdigest(),
        defaults={"rule": rule, "sample": sample[:500], "first_seen_at": at},
    )
    seen_on = [*dict.fromkeys([*row.seen_on, *pks])][:KEPT_IDS]
    since = row.left_out_since or (at if len(seen_on) >= enough else None)
    if seen_on != row.seen_on or since != row.left_out_since:
        Boilerplate.objects.filter(pk=row.pk).update(seen_on=seen_on, left_out_since=since)
    if since and not row.left_out_since:
        log.info("boilerplate source=%s evidence=%s sample=%r", source.slug, evidence, sample[:80])
