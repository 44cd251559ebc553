"""A big newsdiff's rows: articles with histories, made of a few hundred texts and written in bulk.

Runs in the process of `tests.benchmarks.inside`, on PostgreSQL or SQLite. Versions are packed, steps
classified and excerpts cut by newsdiff itself, once for each of SETS histories; articles take them in turn,
under headlines of their own.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from django.db import connection
from django.utils import timezone

from articles import tallying
from articles.core import packing, urls
from articles.core.types import Extract, Paragraph, ParagraphKind
from articles.ingestion.rebaselining import change_values, classify, paragraphs_of, version_values
from articles.models import (
    Article,
    ArticleURL,
    Blob,
    Change,
    ChangeKind,
    Host,
    Snapshot,
    Source,
    TextBase,
    Version,
)
from tests.benchmarks.histories import VERSIONS, edited
from tests.benchmarks.timing import Writer

SETS = 200
SOURCES = 100
LANGUAGES = ("en", "en", "en", "de", "fr", "es", "ar", "ja")
SPAN = timedelta(days=180)
AT_ONCE = 2_000  # articles


@dataclass(frozen=True, slots=True)
class History:
    """What the rows of one article are made of: columns of its versions and changes, and the base's bytes."""

    base: bytes
    versions: list[dict[str, Any]]
    changes: list[dict[str, Any]]


def fill(articles: int) -> dict[str, int]:
    """Fills an empty database; returns how many `articles`, `versions` and `changes` there are."""
    sources = [
        Source(
            name=f"Gazette {n}", slug=f"gazette-{n}", url=f"https://gazette-{n}.example/", language=language
        )
        for n, language in ((n, LANGUAGES[n % len(LANGUAGES)]) for n in range(SOURCES))
    ]
    Source.objects.bulk_create(sources)
    hosts = [Host(authority=f"gazette-{n}.example", scheme="https") for n in range(SOURCES)]
    Host.objects.bulk_create(hosts)
    blob = Blob.objects.create(digest="0" * 64, size=2, packed=b"")
    histories = [_history(n) for n in range(min(SETS, articles))]
    chance, now = random.Random(9), timezone.now()
    for first in range(0, articles, AT_ONCE):
        numbers = range(first, min(first + AT_ONCE, articles))
        _shelve(numbers, sources, hosts, blob, histories, chance, now)
    for source in sources:
        tallying.note_everything(source.pk)
    tallying.settle()
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")
    counted = {"articles": Article, "versions": Version, "changes": Change}
    return {name: model.objects.count() for name, model in counted.items()}


def _history(number: int) -> History:
    """A report of 300 to 1,500 words and its editions."""
    writer = Writer(number)
    text, texts = writer.paragraphs(300 + 80 * (number % 16)), []
    title = writer.sentence(9)[:-1]
    for turn in range(VERSIONS[number % len(VERSIONS)]):
        if turn:
            text = edited(writer, text)
            title = writer.reworded(title) if turn % 3 == 1 else title
        paragraphs = tuple(Paragraph(ParagraphKind.PARAGRAPH, one) for one in text)
        texts.append(Extract(title=title, standfirst=writer.sentence(18), paragraphs=paragraphs))
    base = packing.encoded(paragraphs_of(texts[0]))
    return History(
        base=packing.pack(base),
        versions=[
            version_values(one, "bench") | {"packed": packing.pack(packing.encoded(paragraphs_of(one)), base)}
            for one in texts
        ],
        changes=[change_values(classify(old, new)) for old, new in pairwise(texts)],
    )


def _shelve(
    numbers: range,
    sources: list[Source],
    hosts: list[Host],
    blob: Blob,
    histories: list[History],
    chance: random.Random,
    now: datetime,
) -> None:
    """Writes the articles of these numbers, with all that hangs on them, a table at a time."""
    made = []
    for n in numbers:
        history = histories[n % len(histories)]
        made.append((n, history, _moments(len(history.versions), chance, now)))
    articles = [_article(n, history, moments, sources, hosts) for n, history, moments in made]
    Article.objects.bulk_create(articles, batch_size=500)
    spellings = (
        ArticleURL(article=one, url=one.url, key=urls.key(one.url), seen_at=one.first_seen_at)
        for one in articles
    )
    ArticleURL.objects.bulk_create(spellings, batch_size=500)
    bases = [TextBase(article=one, packed=made[at][1].base) for at, one in enumerate(articles)]
    TextBase.objects.bulk_create(bases, batch_size=500)
    snapshots = [
        Snapshot(article=one, blob=blob, fetched_at=one.first_seen_at, url=one.url, status=200)
        for one in articles
    ]
    Snapshot.objects.bulk_create(snapshots, batch_size=500)
    versions: list[Version] = []
    changes: list[Change] = []
    for article, (_, history, moments), base, snapshot in zip(articles, made, bases, snapshots, strict=True):
        own = list(_versions(article, history, moments, base, snapshot))
        versions += own
        for at, columns in enumerate(history.changes):
            ends = {"old": own[at], "new": own[at + 1], "seen_at": moments[at + 1]}
            language = article.source.language
            changes.append(
                Change(article=article, source=article.source, language=language, **ends, **columns)
            )
    Version.objects.bulk_create(versions, batch_size=500)
    Change.objects.bulk_create(changes, batch_size=500)
    ChangeKind.objects.bulk_create((kind for one in changes for kind in ChangeKind.of(one)), batch_size=1_000)


def _moments(count: int, chance: random.Random, now: datetime) -> list[datetime]:
    """When an article's versions were first seen: it began some time in SPAN, and changed within days."""
    at = now - SPAN * chance.random() - timedelta(days=8)
    moments = [at]
    for _ in range(count - 1):
        at += timedelta(seconds=chance.expovariate(1 / 20_000))
        moments.append(at)
    return moments


def _article(
    n: int, history: History, moments: list[datetime], sources: list[Source], hosts: list[Host]
) -> Article:
    at = n % SOURCES
    count = len(moments)
    return Article(
        source=sources[at],
        host=hosts[at],
        url=f"https://gazette-{at}.example/news/{n}",
        title=f"{history.versions[-1]['title']} {n}",
        language=sources[at].language,
        first_seen_at=moments[0],
        last_checked_at=moments[-1] + timedelta(hours=1),
        last_changed_at=moments[-1] if count > 1 else None,
        next_check_at=moments[-1] + SPAN,
        version_count=count,
        check_count=count + 20,
        last_outcome="not_modified",
        last_status=304,
    )


def _versions(
    article: Article, history: History, moments: list[datetime], base: TextBase, snapshot: Snapshot
) -> Iterator[Version]:
    for number, (columns, at) in enumerate(zip(history.versions, moments, strict=True), 1):
        yield Version(
            article=article,
            number=number,
            language=article.language,
            base=base,
            snapshot=snapshot,
            first_seen_at=at,
            last_seen_at=at + timedelta(hours=1),
            previous_seen_at=at - timedelta(minutes=20) if number > 1 else None,
            **columns | {"title": f"{columns['title']} {article.url.rpartition('/')[2]}"},
        )
