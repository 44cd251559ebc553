"""The cast: one source with a stable, a corrected, a rewritten, a right-to-left and a hidden article.

The factories write rows as ingestion does, through the core: digests, diffs and kinds are real.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from django.db import connection

from articles import tallying
from articles.core import diffing, fingerprint, kinds
from articles.core.types import Extract, Outcome, Paragraph, ParagraphKind
from articles.finding import indexing
from articles.models import (
    Article,
    Blob,
    Change,
    Check,
    Feed,
    Hiding,
    Host,
    Snapshot,
    Source,
    Version,
    packed_text,
)

DAY_ONE = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
EXTRACTOR = "1/by-hand"

Body = Sequence[str | tuple[str, str]]  # paragraphs, or (kind, text)


def make_source(name: str = "The Harbour Gazette", slug: str = "gazette", **fields: object) -> Source:
    """A source with one feed that was polled well."""
    fields.setdefault("url", f"https://{slug}.example/")
    fields.setdefault("language", "en")
    source = Source.objects.create(name=name, slug=slug, **fields)
    Source.objects.filter(pk=source.pk).update(created_at=DAY_ONE - timedelta(days=1))
    source.refresh_from_db()
    Feed.objects.create(source=source, url=f"https://{slug}.example/feed.xml", last_ok_at=DAY_ONE)
    return source


def make_article(source: Source, title: str, body: Body, at: datetime = DAY_ONE, **fields: object) -> Article:
    """An article with its first version, seen at `at`; `fields` are the article's or the version's own."""
    number = Article.objects.filter(source=source).count() + 1
    own = {name: fields.pop(name) for name in ("standfirst", "byline") if name in fields}
    url = f"https://{source.slug}.example/news/{number}"
    article = Article.objects.create(
        source=source, url=url, host=Host.of(url), first_seen_at=at, title=title, **fields
    )
    add_version(article, body, title=title, at=at, **own)
    return article


def add_version(
    article: Article,
    body: Body,
    *,
    at: datetime,
    title: str | None = None,
    standfirst: str = "",
    byline: str = "",
    seen_before: timedelta = timedelta(minutes=30),
) -> Version:
    """The article's next version, first seen at `at`; the one before was last seen `seen_before` that."""
    old = article.versions.order_by("-number").first()
    pairs = [(p if isinstance(p, tuple) else (ParagraphKind.PARAGRAPH.value, p)) for p in body]
    extract = Extract(
        title=article.title if title is None else title,
        paragraphs=tuple(Paragraph(ParagraphKind(kind), text) for kind, text in pairs),
        standfirst=standfirst,
        byline=byline,
    )
    digest = fingerprint.digest(extract)
    if old:
        Version.objects.filter(pk=old.pk).update(last_seen_at=at - seen_before)
    new = Version.objects.create(
        article=article,
        number=article.version_count + 1,
        digest=digest,
        same_as=article.versions.filter(digest=digest).values_list("number", flat=True).first(),
        title=extract.title,
        standfirst=standfirst,
        byline=byline,
        **packed_text(article.pk, pairs),
        word_count=fingerprint.word_count(extract.texts),
        extractor=EXTRACTOR,
        snapshot=_snapshot(article, extract, at),
        first_seen_at=at,
        last_seen_at=at,
        previous_seen_at=at - seen_before if old else None,
    )
    change = _record_change(article, old, new, extract) if old else None
    if old:
        article.last_changed_at = at
    language = article.language or article.source.language
    indexing.store(article.pk, at, indexing.numbers_of(old, extract, language), change and change.pk)
    article.title = extract.title
    article.version_count, article.check_count = new.number, article.check_count + 1
    article.last_checked_at, article.last_status, article.last_outcome = at, 200, Outcome.NEW_VERSION
    article.next_check_at = at + timedelta(hours=1)
    article.save()
    Check.objects.create(article=article, at=at, outcome=Outcome.NEW_VERSION, status=200, version=new)
    tallying.note_articles([article.pk])
    return new


def hide(article: Article, at: datetime) -> None:
    """Hides an article as if that had been done then: `hiding.hide_articles` goes by the clock."""
    Hiding.objects.create(article=article, category=Hiding.Category.COURT, reason="Order 7.", hidden_at=at)
    Article.objects.filter(pk=article.pk).update(hidden_at=at, hidings_at=at)
    article.refresh_from_db()
    tallying.note_articles([article.pk])


def storable(text: str) -> str:
    """The text as this database can hold it: PostgreSQL takes no NUL and no lone surrogate.

    No such text is ever stored, for reading drops both; SQLite lets us test what pages would make of one.
    """
    if connection.vendor != "postgresql":
        return text
    return "".join(char for char in text if char != "\0" and not "\ud800" <= char <= "\udfff")


def _snapshot(article: Article, extract: Extract, at: datetime) -> Snapshot:
    page = "\n".join(["<!doctype html>", extract.title, *extract.texts]).encode(errors="replace")
    blob = Blob.keep(hashlib.sha256(page).hexdigest(), page)
    return Snapshot.objects.create(article=article, blob=blob, fetched_at=at, url=article.url, status=200)


@lru_cache(maxsize=1000)
def _compared(old: Extract, new: Extract) -> kinds.Classification:
    """Once in a process: most tests have the same cast."""
    return kinds.classify(old, new, diffing.diff(old.texts, new.texts))


def _record_change(article: Article, old: Version, new: Version, extract: Extract) -> Change:
    found = _compared(old.extract, extract)
    return Change.objects.create(
        article=article,
        source=article.source,
        old=old,
        new=new,
        seen_at=new.first_seen_at,
        kinds=[[kind.name, kind.reason] for kind in found.kinds],
        weight=found.weight,
        added_words=found.added_words,
        removed_words=found.removed_words,
        disclosed=found.disclosed,
        excerpt=[list(segment) for segment in found.excerpt],
    )


# --- the five articles ---------------------------------------------------------------------------
FERRY = [
    "A ferry with 212 people on board ran aground outside the harbour of Brightwater on Monday morning.",
    "Twelve people were hurt, two of them badly, the coast guard said. All were brought ashore by noon.",
    "The ship, the Northern Star, was on its way from the islands when it hit a sandbank in thick fog.",
    "“We felt a blow and then everything stood still,” said Ines Almqvist, a passenger from Lund.",
    "The harbour was closed for six hours. Two other ferries were sent to the port of Eastmouth instead.",
    "The Northern Star was built in 1994 and overhauled three years ago, according to its owners.",
    "It carries up to 400 passengers and 60 cars, and makes the crossing four times a day in summer.",
    "Fog is common on this coast in March. A similar accident in 2009 led to new rules for pilots.",
    "The accident board will send two investigators to Brightwater on Tuesday.",
]
FERRY_CORRECTED = [
    FERRY[0],
    "Nineteen people were hurt, four of them badly, the coast guard said. All were brought ashore by noon.",
    *FERRY[2:],
    (
        "correction",
        "Correction: an earlier version of this article gave the number of people hurt as twelve.",
    ),
]

BRIDGE = [
    "The city will close the old iron bridge for two years from April, the council decided on Tuesday.",
    "Inspectors found rust in eleven of its forty girders last autumn, and a crack in the eastern pier.",
    "Repairs will cost 48 million crowns. The council had set aside 30 million for them in its budget.",
    ("heading", "Detours"),
    "Buses will take the ring road, which adds about ten minutes. Cyclists can use the railway bridge, where "
    "the path is to be widened and lit before the work begins.",
    "Shopkeepers on the south bank say they were not asked. “Nobody crosses a river to buy bread,” said Omar "
    "Haddad, who has run a bakery at the foot of the bridge since 1988.",
    "The bridge was opened in 1891 and is listed as a monument.",
    "Its lamps were restored in 2012.",
]
BRIDGE_REWRITTEN = [
    "The city will close the old iron bridge for at least three years from April, the council decided on "
    "Tuesday after a six-hour debate.",
    "Repairs will cost 61 million crowns. The council had set aside 30 million for them in its budget, and "
    "will now borrow the rest.",
    "The bridge was opened in 1891 and is listed as a monument.",
    ("heading", "Detours"),
    "Buses will take the ring road, which adds about ten minutes.",
    "Cyclists can use the railway bridge, where the path is to be widened and lit before the work begins.",
    "Inspectors found rust in nineteen of its forty girders last autumn, and a crack in the eastern pier.",
    "The mayor, Lena Brandt, apologised for what she called a lost decade of upkeep.",
    "Its lamps were restored in 2012.",
]

ARABIC = [
    "قال مسؤولون إن المكتبة العامة ستفتح أبوابها من جديد يوم الأحد بعد إغلاق دام 8 أشهر.",
    "وتضم المكتبة أكثر من 40 ألف كتاب، بينها مخطوطات نادرة.",
    "وكانت البلدية قد خصصت 3 ملايين دينار لأعمال الترميم.",
]
ARABIC_CHANGED = [
    "قال مسؤولون إن المكتبة العامة ستفتح أبوابها من جديد يوم الاثنين بعد إغلاق دام 9 أشهر.",
    *ARABIC[1:],
]


@dataclass(frozen=True)
class Cast:
    source: Source
    stable: Article
    corrected: Article
    rewritten: Article
    right_to_left: Article
    hidden: Article


def make_cast(start: datetime = DAY_ONE) -> Cast:
    """All five; the newest change is the hidden article's, the next that of the corrected one."""
    source = make_source()
    hour = timedelta(hours=1)
    stable = make_article(source, "School library gets a reading garden", BRIDGE[6:], start)

    arabic = make_article(
        source, "المكتبة العامة تعود إلى الحياة", ARABIC, start, language="ar", direction="rtl"
    )
    add_version(arabic, ARABIC_CHANGED, at=start + hour)

    rewritten = make_article(
        source, "Iron bridge to close for two years", BRIDGE, start, standfirst="Council votes for repairs."
    )
    add_version(
        rewritten,
        BRIDGE_REWRITTEN,
        title="Iron bridge to close for three years as costs double",
        standfirst="Council votes for repairs, and for debt.",
        byline="Vera Lindqvist",
        at=start + 2 * hour,
    )

    corrected = make_article(source, "Twelve hurt as ferry runs aground off Brightwater", FERRY, start)
    title = "Nineteen hurt as ferry runs aground off Brightwater"
    add_version(corrected, FERRY_CORRECTED[:-1], title=title, at=start + 1.5 * hour)
    add_version(corrected, FERRY_CORRECTED, title=title, at=start + 3 * hour)

    hidden = make_article(source, "A private matter", ["A name that must not be shown."], start)
    add_version(
        hidden, ["Another name that must not be shown."], title="Hidden headline", at=start + 4 * hour
    )
    hide(hidden, at=start + 5 * hour)
    return Cast(source, stable, corrected, rewritten, arabic, hidden)
