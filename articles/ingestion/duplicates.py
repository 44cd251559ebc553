"""Two articles that are one piece, though nothing on their pages says so: merged by hand, and parted.

The one that stays takes over the addresses, so that whoever names one of them is led to it, and is looked at
for both. The other keeps its versions, and their addresses, and is not looked at any more. Nothing is deleted
or renumbered, so a merge can be undone.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import combinations

from django.db import transaction
from django.db.models import F

from articles import tallying
from articles.core import fingerprint
from articles.core.resemblance import likeness, of_one_matter
from articles.models import Article, ArticleURL, Follow, Host, Source, Version
from articles.models.articles import merged_below, note_hidings
from articles.models.hidings import families

SEARCHED = 2_000  # of a source's newest articles: for these duplicates are looked for
BATCH = 500  # rows named in one statement, for databases limit their parameters
MOST_COMPARED = 300  # pairs of texts
MOST_COPIES = 6  # of one text: what stands on more articles is rather a wall or an error page
SAME_DAYS = timedelta(days=4)  # within which one headline may be of one piece
ALIKE = 0.8  # of the words are on both, where the headline is the same
UNLIKE = 0.5  # of the words or fewer are on both: hardly one piece


class NotMerged(Exception):
    """Articles that cannot be merged; the message says why, and what to do."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """How an article's newest text compares with that of the one that would stay.

    share     of the words that both have, 0 to 1
    is_alike  whether they can be one piece
    """

    share: float
    is_alike: bool

    @property
    def percent(self) -> int:
        return round(100 * self.share)


def by_merit(articles: Iterable[Article]) -> list[Article]:
    """The articles, first the one that should stay: with the most versions; of several the oldest."""
    return sorted(articles, key=lambda one: (-one.version_count, one.first_seen_at, one.pk))


def compared(stays: Article, other: Article) -> Comparison | None:
    """How the newest texts of two articles compare; None where one of them was never read."""
    texts = [
        article.versions.with_text().filter(number=article.version_count).first()
        for article in (stays, other)
    ]
    if texts[0] is None or texts[1] is None:
        return None
    one, two = texts[0].extract, texts[1].extract
    share = likeness(one, two)
    return Comparison(share, share > UNLIKE and of_one_matter(one, two))


def merge(stays: int, others: Iterable[int], at: datetime) -> list[Article]:
    """Merges articles, by their keys, into the one that stays; returns those merged, by key.

    A look at one of them that is under way is dropped. Raises NotMerged, with nothing written.
    """
    wanted = {stays, *others}
    with transaction.atomic():
        rows = {row.pk: row for row in _locked(wanted) if row.pk in wanted}
        if len(rows) < len(wanted):
            raise NotMerged("One of these articles is not there any more: choose again.")
        if len(wanted) < 2:
            raise NotMerged("Choose two or more articles: those that are the same piece.")
        for row in rows.values():
            if row.hidden_at:
                raise NotMerged(f"“{row}” is hidden: unhide it first, or leave it out.")
            if row.merged_into_id:
                raise NotMerged(f"“{row}” was merged already: leave it out, or unmerge it first.")
        if not rows[stays].version_count:
            raise NotMerged(f"“{rows[stays]}” has not been read yet: let another one stay.")
        merged = [row for row in rows.values() if row.pk != stays]
        for row in merged:
            row.urls.filter(came_from=None).update(came_from=row.pk)
            row.urls.update(article=stays)
            Article.objects.filter(pk=row.pk).update(
                merged_into=stays,
                merged_at=at,
                next_check_at=None,
                lease_token="",
                lease_until=None,
            )
        note_hidings(wanted, at)  # of what is one piece now each has what is hidden of the others
        # who follows one of them is told of what goes on for it
        Follow.objects.filter(article__in=merged).lead_to(article=rows[stays])
        tallying.note_articles(row.pk for row in merged)
    return merged


def unmerge(pk: int, at: datetime) -> Article | None:
    """Makes a merged article one of its own again, with the addresses it had, and due at `at`.

    The article as it was; None where it is not merged.
    """
    with transaction.atomic():
        row = next((row for row in _locked({pk}) if row.pk == pk), None)
        if row is None or row.merged_into_id is None:
            return None
        note_hidings([pk], at)
        ArticleURL.objects.filter(came_from__in=[pk, *merged_below([pk])]).update(article=pk)
        ArticleURL.objects.filter(came_from=pk).update(came_from=None)
        Article.objects.filter(pk=pk).update(merged_into=None, merged_at=None, next_check_at=at)
        tallying.note_articles([pk])
        Host.ring([row.host_id], at)
    return row


def _locked(keys: Iterable[int]) -> list[Article]:
    """The articles and all that are one piece with them, locked in the order of their keys until the
    transaction ends."""
    wanted = set().union(*families(keys).values())
    rows = Article.objects.select_for_update(no_key=True).filter(pk__in=wanted)
    return list(rows.order_by("pk"))


# --- finding them ------------------------------------------------------------------------------------
def suggested(source: Source, most: int = 25) -> list[list[Article]]:
    """Groups of a source's articles that may be one piece, for a person to judge; the newest first.

    Such are those whose newest text is the same, word for word, and those with the same headline and nearly
    the same text within a few days. Looked for are duplicates of the source's newest SEARCHED articles, and
    no more than MOST_COMPARED pairs of texts are compared, for somebody waits for the page.
    """
    newest = _newest(source)
    groups = [(group, True) for group in _with_one_text(source, newest)]
    groups += [(pair, False) for pair in _with_one_headline(newest)]
    found: list[list[Article]] = []
    seen: set[int] = set()
    left = MOST_COMPARED
    for group, is_one_text in sorted(groups, key=lambda one: max(row.pk for row in one[0]), reverse=True):
        if len(found) == most or not left:
            break
        if not seen.isdisjoint(one.pk for one in group):
            continue
        if not is_one_text:
            left -= 1
            comparison = compared(*group)
            if comparison is None or comparison.share < ALIKE:
                continue
        seen.update(one.pk for one in group)
        found.append(by_merit(group))
    return found


def _newest(source: Source) -> list[Article]:
    rows = Article.objects.public().filter(source=source).order_by("-first_seen_at", "-pk")
    return list(rows.select_related("source")[:SEARCHED])


def _with_one_text(source: Source, newest: list[Article]) -> Iterator[list[Article]]:
    """Articles whose newest versions have the same words, among them at least one of the newest."""
    keys = [article.pk for article in newest]
    current = Version.objects.filter(number=F("article__version_count"))
    digests: set[str] = set()
    for start in range(0, len(keys), BATCH):
        found = current.filter(article__in=keys[start : start + BATCH])
        digests.update(found.values_list("digest", flat=True))
    of_digest: defaultdict[str, list[int]] = defaultdict(list)
    wanted = sorted(digests)
    public = current.filter(article__source=source, article__hidden_at=None, article__merged_into=None)
    for start in range(0, len(wanted), BATCH):
        found = public.filter(digest__in=wanted[start : start + BATCH])
        for digest, pk in found.values_list("digest", "article"):
            of_digest[digest].append(pk)
    copies = [keys for keys in of_digest.values() if 1 < len(keys) <= MOST_COPIES]
    articles = Article.objects.select_related("source").in_bulk([pk for keys in copies for pk in keys])
    for keys in copies:
        yield [articles[pk] for pk in keys]


def _with_one_headline(newest: list[Article]) -> Iterator[list[Article]]:
    """Pairs of articles with the same headline, first seen within SAME_DAYS, whatever their texts are."""
    of_headline: defaultdict[str, list[Article]] = defaultdict(list)
    for article in newest:
        if said := fingerprint.words(article.title):
            of_headline[said].append(article)
    for group in of_headline.values():
        if not 1 < len(group) <= MOST_COPIES:  # "Morning briefing", each day anew
            continue
        for one, other in combinations(group, 2):
            if abs(one.first_seen_at - other.first_seen_at) <= SAME_DAYS:
                yield [one, other]
