"""A search as it is asked for: read out of a query string, told again as a canonical one and in words. Page,
feed and API ask for the same."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock_time
from urllib.parse import urlencode

from django.http import Http404, QueryDict
from django.utils.translation import gettext, gettext_lazy

from articles.core import kinds, querying
from articles.finding.searching import SCOPES, Search
from articles.listing import Filters
from articles.models import Source

SCOPE_WORDS: dict[str, str] = {
    "current": gettext_lazy("current texts"),
    "any": gettext_lazy("any version"),
    "added": gettext_lazy("what was added"),
    "removed": gettext_lazy("what was removed"),
}
NAMES = ("q", "scope", "source", "kind", "from", "until")


class BadDay(ValueError):
    """No day of the calendar; says how to write one."""


@dataclass(frozen=True)
class Asked:
    """What is searched for, as it was typed, and in what; `search` says the same to the database."""

    text: str
    search: Search
    chosen: Mapping[str, str] = field(repr=False, compare=False)

    @property
    def query(self) -> str:
        """The query string that asks for this, without "?"."""
        return urlencode(self.chosen)

    @property
    def scope_words(self) -> str:
        return str(SCOPE_WORDS[self.search.scope])

    @property
    def words(self) -> str:
        """What is searched, for titles: "ferry in any version, in articles of The Gazette"."""
        clauses = [gettext("%(text)s in %(scope)s") % {"text": self.text, "scope": self.scope_words}]
        if self.search.source:
            clauses.append(gettext("in articles of %(source)s") % {"source": self.search.source.name})
        if self.search.kind:
            clauses.append(gettext("kind: %(kind)s") % {"kind": self.search.kind})
        if since := self.chosen.get("from"):
            clauses.append(gettext("from %(day)s") % {"day": since})
        if until := self.chosen.get("until"):
            clauses.append(gettext("until %(day)s") % {"day": until})
        return ", ".join(clauses)


def read(query: QueryDict) -> Asked | None:
    """The search of a query string; None where nothing is asked for yet.

    Raises BadQuery and BadDay for what was typed wrongly, and Http404, which names the values that are
    allowed, for what no form sends.
    """
    given = {name: query.get(name, "").strip() for name in NAMES}
    if not given["q"]:
        return None
    scope = given["scope"] or SCOPES[0]
    if scope not in SCOPES:
        allowed = ", ".join(SCOPES)
        raise Http404(gettext("?scope= takes one of: %(allowed)s.") % {"allowed": allowed})
    narrowed = QueryDict(mutable=True)
    narrowed.update({name: given[name] for name in ("source", "kind")})
    filters = Filters.read(narrowed)
    return asked(given["q"], scope, filters.source, filters.kind, given["from"], given["until"])


def asked(
    text: str,
    scope: str = SCOPES[0],
    source: Source | None = None,
    kind: str = "",
    since: str = "",
    until: str = "",
) -> Asked:
    """A search for what was typed; `since` and `until` are days, both of which count.

    Raises BadQuery and BadDay.
    """
    text = " ".join(text.split())
    first, last = day(since), day(until)
    search = Search(
        querying.parse(text),
        scope,
        source,
        kind,
        _midnight(first) if first else None,
        _midnight(last) + timedelta(days=1) if last else None,
    )
    chosen = {
        "q": text,
        "scope": "" if scope == SCOPES[0] else scope,
        "source": source.slug if source else "",
        "kind": kind,
        "from": first.isoformat() if first else "",
        "until": last.isoformat() if last else "",
    }
    return Asked(text, search, {name: value for name, value in chosen.items() if value})


def scopes() -> list[tuple[str, str]]:
    """What may be searched: (value, words)."""
    return [(name, str(SCOPE_WORDS[name])) for name in SCOPES]


def kinds_of_change() -> tuple[str, ...]:
    """Kinds that changes have; typography alone makes no change."""
    return tuple(name for name in kinds.NAMES if name != "cosmetic")


def day(text: str) -> date | None:
    """The day that was typed, None for an empty text. Raises BadDay."""
    if not text:
        return None
    try:
        found = date.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or not 1 < found.year < 9_999:
        raise BadDay(gettext("“%(text)s” is no day: write it like 2026-03-31.") % {"text": text[:40]})
    return found


def _midnight(of: date) -> datetime:
    return datetime.combine(of, clock_time(), UTC)
