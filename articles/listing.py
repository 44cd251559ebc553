"""Which changes a list shows: the filters of the first page, its feeds and the API, and their order.

A filter is read out of a query string, and told again as a canonical one and in words. All lists of
changes are made here, so that page, feed and API never disagree about what fits.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.core.cache import cache
from django.db.models import BooleanField, Case, Exists, F, OuterRef, QuerySet, Subquery, Value, When
from django.db.models.functions import Concat
from django.http import Http404, QueryDict
from django.utils import timezone
from django.utils.translation import gettext

from articles import paging, rows, wording
from articles.core import kinds, languages
from articles.models import Change, ChangeKind, CosmeticChange, Source

PERIODS = {"day": timedelta(days=1), "week": timedelta(days=7), "month": timedelta(days=30)}
SORTS = ("newest", "weightiest")  # the first is the default
DISCLOSED = ("yes", "no")
SOURCES = 300  # listed in the form; where there are more, it takes a source's short name
REMEMBERED = 600  # seconds for which it offers the same languages
COLUMNS = ("by", "number")  # annotations of the rows of a list: what they are ordered by, and their id


@dataclass(frozen=True)
class Filters:
    """What a list of changes is narrowed to; "" or None where it is not.

    kind       a name of core.kinds
    since      a name of PERIODS; `after` is the moment at which it began
    language   the primary subtag of BCP 47, "en"
    disclosed  "yes" or "no": whether the page itself owned up to the change
    sort       one of SORTS
    """

    source: Source | None = None
    kind: str = ""
    since: str = ""
    language: str = ""
    disclosed: str = ""
    sort: str = SORTS[0]
    after: datetime | None = field(default=None, repr=False, compare=False)

    @classmethod
    def read(cls, query: QueryDict) -> "Filters":
        """The filters of a query string. Raises Http404, which names the values that are allowed."""
        since = _one_of(query, "since", PERIODS)
        return cls(
            source=_source(query.get("source", "")),
            kind=_one_of(query, "kind", kinds.NAMES),
            since=since,
            language=_language(query.get("language", "")),
            disclosed=_one_of(query, "disclosed", DISCLOSED),
            sort=_one_of(query, "sort", SORTS) or SORTS[0],
            after=timezone.now() - PERIODS[since] if since else None,
        )

    # --- rows ------------------------------------------------------------------------------------
    def changes(self) -> QuerySet[Change]:
        """The public changes that fit, in no order, each with its article, source and versions."""
        return self._fitting(Change.objects.public().listed())

    def latest(self) -> QuerySet[Change]:
        """The same, one for each article: its newest; where the weightiest come first, its weightiest."""
        is_first = When(pk=Subquery(self._of_article().values("pk")[:1]), then=True)
        # A case, for of that PostgreSQL expects half of the rows to fit: of one id it would expect next to
        # none, and so begin by going through all changes.
        return self.changes().filter(Case(is_first, default=False, output_field=BooleanField()))

    def page(self, rows: QuerySet[Change], key: str, size: int) -> paging.Page:
        """The page after `key` of these `changes` or `latest`, in the order chosen."""
        return paging.page(rows, self._field, key, size, columns=COLUMNS)

    def cosmetic(self) -> QuerySet[CosmeticChange]:
        """The public changes of typography alone that fit. No page discloses such, and they weigh nothing."""
        rows = CosmeticChange.objects.public().listed()
        asked = {"source": self.source, "seen_at__gte": self.after, "language": self.language}
        fitting = rows.filter(**{name: value for name, value in asked.items() if value})
        return fitting.none() if self.disclosed == "yes" else fitting

    @property
    def _field(self) -> str:
        return "weight" if self.sort == "weightiest" else "seen_at"

    def _fitting(self, rows: QuerySet[Change]) -> QuerySet[Change]:
        """Those of the rows that fit; where a kind is asked for, all is asked of the rows of that kind."""
        row, number = ("kind_rows__", "kind_rows__change_id") if self.kind else ("", "pk")
        asked = self._asked | ({"source": self.source} if self.source else {})
        asked |= {"language": self.language} if self.language else {}
        asked |= {"name": self.kind} if self.kind else {}
        fitting = rows.filter(**{row + name: value for name, value in asked.items()})
        return fitting.annotate(by=F(row + self._field), number=F(number))

    def _of_article(self) -> QuerySet[Change]:
        """Of the outer query's article the changes that fit, in the order chosen.

        An article has few changes, but SQLite would rather go through all of a language, of a kind, or by
        weight: these are put so that no index answers them.
        """
        rows = Change.objects.of_shown_versions().filter(article=OuterRef("article"), **self._asked)
        if self.language:
            rows = rows.alias(tongue=Concat("language", Value(""))).filter(tongue=self.language)
        if self.kind:
            rows = rows.filter(Exists(ChangeKind.objects.filter(change=OuterRef("pk"), name=self.kind)))
        if self.sort == "weightiest":
            return rows.order_by((F("weight") + 0.0).desc(), "-pk")
        return rows.order_by("-seen_at", "-pk")

    @property
    def _asked(self) -> dict[str, Any]:
        """What may be so of one change of an article and not of another."""
        asked: dict[str, Any] = {"seen_at__gte": self.after} if self.after else {}
        return asked | ({"disclosed": self.disclosed == "yes"} if self.disclosed else {})

    # --- as text ---------------------------------------------------------------------------------
    @property
    def query(self) -> str:
        """The query string that says this, without "?"; "" where nothing is chosen."""
        return urlencode(self._chosen)

    @property
    def feed_query(self) -> str:
        """The same for a feed, which is always the newest first."""
        return urlencode({name: value for name, value in self._chosen.items() if name != "sort"})

    @property
    def _chosen(self) -> dict[str, str]:
        sort = "" if self.sort == SORTS[0] else self.sort
        values = {"source": self.source.slug if self.source else "", "kind": self.kind, "since": self.since}
        values |= {"language": self.language, "disclosed": self.disclosed, "sort": sort}
        return {name: value for name, value in values.items() if value}

    @property
    def less(self) -> list[tuple[str, str]]:
        """Each way to ask for less: what would be left in words, and its query string."""
        chosen = [name for name in self._chosen if name != "sort"]
        if len(chosen) < 2:
            return []
        unset: dict[str, Any] = {name: None if name == "source" else "" for name in chosen}
        wider = [
            replace(self, **{name: value}, **({"after": None} if name == "since" else {}))
            for name, value in unset.items()
        ]
        return [(filters.words, filters.query) for filters in wider]

    @property
    def words(self) -> str:
        """What is listed, for titles: "Changed numbers in articles of The Gazette, of the last 7 days"."""
        said = wording.changes_of(self.kind)
        if self.source:
            said = gettext("%(changes)s in articles of %(source)s") % {
                "changes": said,
                "source": self.source.name,
            }
        clauses = [said]
        if self.language:
            clauses.append(gettext("in %(language)s") % {"language": wording.language(self.language)})
        if self.since:
            clauses.append(wording.of_the_last(PERIODS[self.since]))
        if self.disclosed:
            clauses.append(wording.disclosure(self.disclosed == "yes")[0])
        return ", ".join(clauses)


@dataclass(frozen=True)
class Choices:
    """What the form offers: (value, words) for each choice; None for sources that are too many to list."""

    sources: list[tuple[str, str]] | None
    kinds: list[tuple[str, str]]
    periods: list[tuple[str, str]]
    languages: list[tuple[str, str]]

    @property
    def nothing_is_followed(self) -> bool:
        return self.sources == []


def choices() -> Choices:
    """What lists may be narrowed to now: two queries, or one for some minutes."""
    sources = list(Source.objects.order_by("name").values_list("slug", "name")[: SOURCES + 1])
    spoken = cache.get_or_set("listing:languages", _languages, REMEMBERED)
    return Choices(
        sources=sources if len(sources) <= SOURCES else None,
        kinds=[(name, wording.kind_words(name)) for name in kinds.NAMES],
        periods=[(name, wording.the_last(length)) for name, length in PERIODS.items()],
        languages=sorted(
            ((code, wording.own_name(code)) for code in spoken), key=lambda choice: choice[1].casefold()
        ),
    )


def _languages() -> list[str]:
    """The languages of all changes."""
    return rows.distinct(Change, "language")


def _one_of(query: QueryDict, name: str, allowed: Mapping[str, Any] | tuple[str, ...]) -> str:
    value = query.get(name, "")
    if value and value not in allowed:
        raise Http404(
            gettext("?%(name)s= takes one of: %(allowed)s.") % {"name": name, "allowed": ", ".join(allowed)}
        )
    return value


def _source(slug: str) -> Source | None:
    """The source of a slug, or the one that has all its articles now. Raises Http404."""
    if not slug:
        return None
    found = Source.objects.filter(slug=slug).first() if "\0" not in slug else None
    if found is None:
        raise Http404(gettext("?source= takes the short name of a source, as on the page of sources."))
    return found.survivor


def _language(tag: str) -> str:
    if tag and languages.primary(tag) != tag:
        raise Http404(gettext("?language= takes a language’s code: en, de, ar …"))
    return tag
