"""Learns what on a source's pages is no part of its articles, from evidence of several of them.

Nothing is left out that was seen on one article alone: a paragraph must repeat at the beginning or the
end of several, a place on the page must show something else at every look on more than one. What was
learnt is listed in the admin, where an operator may say that it is text.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import connection, transaction
from django.db.models import F

from articles import logs
from articles.core.fingerprint import word_count, words
from articles.core.types import Extract, ParagraphKind
from articles.models import Article, Boilerplate, Source, Version

log = logs.Log(__name__)

COMPARED = 40  # newest articles of the source that a new one is compared with
REPEATS = 6  # articles that must have a paragraph, this one among them
DIFFERS = 2  # articles on which a place must have shown something else at every look
FIRST, LAST = 1, 3  # paragraphs at the beginning and the end among which boilerplate stands
LEAST_LETTERS = 12  # shorter paragraphs repeat by chance
MOST_WORDS = 40  # longer ones are text that a paper prints again: the background of a report
MOST_SHARED = 0.3  # of two articles' paragraphs: with more in common they are one text printed twice
KEPT_IDS = 10
SETTLED = 3  # looks after which it is known whether an article's page ticks
MOST_AT_ONCE = 20  # places noted at one look
MOST_SUSPECTED = 500  # places of a source there is not enough evidence for yet


def learn_repeats(article: Article, extract: Extract, at: datetime) -> bool:
    """Compares a new article's text with the source's newest; whether something was learnt.

    A paragraph in the middle of a text may be the background that a paper repeats in each report on a
    matter, and a correction note is never boilerplate.
    """
    mine = _edges([(paragraph.kind, paragraph.text) for paragraph in extract.paragraphs])
    if not mine:
        return False
    every = {words(text) for text in extract.texts}
    articles: dict[str, list[int]] = {}
    for pk, paragraphs in _newest_texts(article):
        theirs = {words(text) for _, text in paragraphs}
        if len(every & theirs) > MOST_SHARED * min(len(every), len(theirs)):
            continue
        for key in _edges([(ParagraphKind(kind), text) for kind, text in paragraphs]).keys() & mine.keys():
            articles.setdefault(key, []).append(pk)
    found = [key for key, pks in articles.items() if len(pks) + 1 >= REPEATS]
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

    A place where text of this article stands too, or of another of the source, tells nothing; nor does one
    of elements without a name, in which any page may have text.
    """
    others = Article.objects.filter(source_id=article.source_id).exclude(pk=article.pk)
    known = others.exclude(slots=[], check_count__lt=SETTLED)  # of the others this may be what ticks on them
    newest = known.order_by("-pk").values_list("places", flat=True)[:COMPARED]
    taken = set(steady.places).union(*newest)
    suspected = Boilerplate.objects.filter(source_id=article.source_id, left_out_since=None)
    room = min(MOST_AT_ONCE, MOST_SUSPECTED - suspected.count())
    found: dict[str, str] = {}
    kept = Counter(map(words, (steady.standfirst, *steady.texts)))
    for paragraph, place in zip(seen.paragraphs, seen.places, strict=False):
        key = words(paragraph.text)
        if kept[key]:
            kept[key] -= 1
        elif place not in taken and "." in "".join(place.split(" < ")[:2]):
            found.setdefault(place, paragraph.text)
    for place in [*found][: max(0, room)]:
        _note(article.source, Boilerplate.Evidence.DIFFERS, place, found[place], [article.pk], at, DIFFERS)


def _edges(paragraphs: Sequence[tuple[ParagraphKind, str]]) -> dict[str, str]:
    """The paragraphs at both ends of a text that could be boilerplate, by their words."""
    middle = range(FIRST, max(FIRST, len(paragraphs) - LAST))
    return {
        key: text
        for index, (kind, text) in enumerate(paragraphs)
        if index not in middle
        and kind is not ParagraphKind.CORRECTION
        and word_count([text]) <= MOST_WORDS
        and len(key := words(text)) >= LEAST_LETTERS
    }


def _newest_texts(article: Article) -> Iterable[tuple[int, list[list[str]]]]:
    """(article, paragraphs) of the newest texts of the source's newest other articles."""
    others = Article.objects.filter(source_id=article.source_id, version_count__gt=0).exclude(pk=article.pk)
    newest = list(others.order_by("-pk").values_list("pk", flat=True)[:COMPARED])
    versions = Version.objects.with_text().filter(article__in=newest, number=F("article__version_count"))
    return [(version.article_id, version.paragraphs) for version in versions.order_by("-article")]


def _note(
    source: Source, evidence: str, rule: str, sample: str, pks: list[int], at: datetime, enough: int
) -> None:
    """Adds to the evidence for a rule; with enough of it the rule is in force."""
    key = hashlib.sha256(rule.encode("utf-8", "replace")).hexdigest()
    with transaction.atomic():
        rows = Boilerplate.objects.all()
        if connection.features.has_select_for_update:  # two workers may have evidence at the same moment
            rows = rows.select_for_update()
        row, _ = rows.get_or_create(
            source=source,
            evidence=evidence,
            key=key,
            defaults={"rule": rule, "sample": sample[:500], "first_seen_at": at},
        )
        seen_on = [*dict.fromkeys([*row.seen_on, *pks])][:KEPT_IDS]
        since = row.left_out_since or (at if len(seen_on) >= enough else None)
        if seen_on != row.seen_on or since != row.left_out_since:
            Boilerplate.objects.filter(pk=row.pk).update(seen_on=seen_on, left_out_since=since)
    if since and not row.left_out_since:
        log.info("boilerplate", source=source.slug, evidence=evidence, sample=sample[:80])
