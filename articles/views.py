"""The pages readers see. Each view gathers rows in a fixed number of queries for a template."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import redis
from django.conf import settings
from django.core.cache import cache
from django.db import DatabaseError
from django.db.models import Count, Min, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from articles import (
    blaming,
    gaps,
    limits,
    listing,
    lookup,
    mementos,
    paging,
    presentation,
    timelines,
    typography,
    watching,
    wording,
)
from articles.cards import content
from articles.core import diffing, kinds, urls
from articles.core.robots import product_token
from articles.core.types import Diff
from articles.listing import Filters
from articles.models import Article, Change, Feed, Hiding, Source, Version
from articles.public import (
    article_view,
    named,
    no_capture,
    no_version,
    not_modified,
    one_of,
    public_view,
    too_many,
    withdrawn,
)

PAGE = 20  # rows on a page of changes
VERSIONS = 100  # rows of a history
CHECKS = 10  # of the check log
COSMETIC = 10  # of an article's cosmetic changes
COUNTED = 1_000  # changes of typography alone; of more it is only said that they are more
MERGED = 20  # of the articles that were merged into one
GAPS = 10  # of the times in which an article was not looked at
ASKED = 5  # seconds for which anybody who asks /readyz is told the same of queue and broker
VIEWS = ("side", "inline", "changes")  # the first is the default, as of CONTEXTS
CONTEXTS = ("2", "all")
STALE = 300  # seconds that "3 minutes ago" on a diff may be behind
KEPT = 150_000  # bytes: no longer page is kept, so that many of them cannot fill the memory
DAY = 86_400  # seconds for which a card is kept here


# --- lists ---------------------------------------------------------------------------------------
@public_view
def home(request: HttpRequest) -> HttpResponse:
    """The latest changes that fit, one row per article; before there are any, what to do or to wait for."""
    filters = Filters.read(request.GET)
    if "" in request.GET.values():  # as the form sends what was left open
        return redirect(_home(filters.query))
    key = request.GET.get("before", "")
    context: dict[str, Any] = {"filters": filters, "choices": listing.choices()}
    context |= {"feed_query": filters.feed_query, "first": _home(filters.query)}
    if filters.kind == "cosmetic":
        page = paging.page(filters.cosmetic(), "seen_at", key, PAGE)
        context["cosmetic"] = [typography.show_cosmetic(change) for change in page.rows]
    else:
        page = filters.page(filters.latest(), key, PAGE)
        context["changes"] = [presentation.show_change(change) for change in page.rows]
        context |= _hidden_typography(filters)
    if not page.rows and page.is_first and not filters.query:
        context |= _expected()
    return render(request, "articles/home.html", context | {"page": page})


def _home(query: str) -> str:
    return reverse("home") + (f"?{query}" if query else "")


def _hidden_typography(filters: Filters) -> dict[str, Any]:
    """How many changes of typography alone a list leaves out, up to COUNTED, and where these are listed."""
    if filters.kind or filters.disclosed:
        return {}
    # in the order of an index: PostgreSQL would else join all of these with all articles, to count a part
    count = filters.cosmetic().order_by("-seen_at", "-pk")[: COUNTED + 1].count()
    shown = replace(filters, kind="cosmetic", sort=listing.SORTS[0])
    return {
        "cosmetic_count": min(count, COUNTED),
        "cosmetic_is_more": count > COUNTED,
        "cosmetic_list": _home(shown.query),
    }


def _expected() -> dict[str, Any]:
    """What is followed, and when the next look at anything of it is, where no change was seen yet."""
    followed = Source.objects.order_by("name").annotate(article_count=_article_count())
    article = Article.objects.filter(hidden_at=None, source__is_paused=False)
    feed = Feed.objects.filter(is_paused=False, source__is_paused=False)
    moments = [rows.aggregate(at=Min("next_check_at"))["at"] for rows in (article, feed)]
    return {"followed": list(followed[:PAGE]), "next_look": min(filter(None, moments), default=None)}


def _article_count() -> Coalesce:
    """Of a source, how many articles readers may see."""
    public = Article.objects.public().filter(source=OuterRef("pk")).order_by().values("source")
    return Coalesce(Subquery(public.annotate(count=Count("pk")).values("count")), 0)


@public_view
def look_up(request: HttpRequest) -> HttpResponse:
    """?url= in any spelling leads to its article's history; else what is known of it, or the form.

    404 where there is no history to lead to, 400 for what is no address, 410 for a hidden article; 429 for
    who looks up more than the API would let them.
    """
    given = request.GET.get("url", "").strip()
    context: dict[str, Any] = {"given": given, "base_url": settings.BASE_URL}
    if not given:
        return render(request, "articles/lookup.html", context)
    if seconds := limits.wait(request, "search"):
        return too_many(request, seconds)
    try:
        found = lookup.find(given)
    except urls.BadURL as error:
        return render(request, "articles/lookup.html", context | {"problem": str(error)}, status=400)
    if found.finding is lookup.Finding.ARTICLE and found.article:
        if found.article.hidden_at:
            return withdrawn(request, found.article)
        return redirect(found.article)
    return render(request, "articles/lookup.html", context | {"found": found}, status=404)


# --- one article ---------------------------------------------------------------------------------
@article_view
def article(request: HttpRequest, article: Article, slug: str = "") -> HttpResponse:
    """An article's history: its state in sentences, its versions, two of them to be compared.

    One that was merged into another leads there, for good; its versions and diffs keep their addresses.
    """
    if article.merged_into_id:
        # By its key alone: whatever keeps this answer would keep a headline that may be hidden.
        return redirect("article-short", article.survivor.pk, permanent=True)
    if slug != article.slug:
        target = article.get_absolute_url()
        if query := request.META.get("QUERY_STRING"):
            target += f"?{query}"
        # Not for good: the slug follows the newest headline, which may go back to an old one.
        return redirect(target)
    rows = article.versions.public().without_text().select_related("change").order_by("-number")
    if before := request.GET.get("before"):
        if not before.isdecimal() or len(before) > 9:
            raise Http404(gettext("?before= takes the number of a version."))
        rows = rows.filter(number__lt=int(before))
    found = list(rows[: VERSIONS + 1])
    shown = found[:VERSIONS]
    context = {
        "article": article,
        "versions": shown,
        "rows": _rows(article, found, int(before) if before else None),
        "older": shown[-1].number if len(found) > VERSIONS else None,
        "timeline": timelines.timeline(shown) if len(shown) > 1 else None,
        "is_first": not before,
        "is_paged": article.version_count > VERSIONS,
        "checks": list(article.checks.order_by("-at", "-pk")[:CHECKS]),
        "variants": _variants(article),
        "share": _newest(article, found) if not before else None,
        "cosmetic": _cosmetic(article),
        "timemap": mementos.timemap_url(article),
        "merged": list(article.merged.filter(hidden_at=None, version_count__gt=0).order_by("pk")[:MERGED]),
        **_gaps(article),
    }
    return render(request, "articles/history.html", context)


@dataclass(frozen=True)
class HistoryRow:
    """A version in a history, `place` among those that are shown, from 1; or that it is hidden.

    earlier  the version shown before it, for the gap in time
    """

    version: Version | None
    earlier: Version | None = None
    place: int = 0
    tombstone: Hiding | None = None


def _rows(article: Article, found: list[Version], before: int | None) -> list[HistoryRow]:
    """The rows of a page of a history, the newest first.

    found   the page's versions, and the first of the next page where there is one
    before  the number that the page begins before, None for the first page
    """
    before_each = [*found[1:], None][: len(found)]
    rows = {
        version.number: HistoryRow(version, earlier, place)
        for place, (version, earlier) in enumerate(zip(found, before_each, strict=True), start=1)
        if place <= VERSIONS
    }
    least = found[-1].number if len(found) > VERSIONS else 0
    for number, hiding in article.hidden_versions.items():
        if least < number < (before or number + 1):
            rows[number] = HistoryRow(None, tombstone=hiding)
    return [rows[number] for number in sorted(rows, reverse=True)]


def _newest(article: Article, versions: list[Version]) -> content.Share | None:
    """An article's newest change, for those who show links to its history; the newest version comes first.
    None where a hidden version lies between, of which no change is told."""
    if len(versions) < 2 or not hasattr(versions[0], "change"):
        return None
    new, old = versions[:2]
    return content.share(article, old, new, new.change, article.get_absolute_url())


def _cosmetic(article: Article) -> list[typography.ShownCosmetic]:
    """The latest changes of an article in which only typography differed."""
    if not article.cosmetic_count:
        return []
    rows = article.cosmetic_changes.public().select_related("version").defer("version__packed")
    return [typography.show_cosmetic(change) for change in rows.order_by("-seen_at", "-pk")[:COSMETIC]]


def _gaps(article: Article) -> dict[str, Any]:
    """When the article was not looked at, the latest times first."""
    found = list(gaps.of_article(article, timezone.now())[: GAPS + 1])
    return {"gaps": found[:GAPS], "earlier_gaps": len(found) > GAPS}


def _variants(article: Article) -> list[int]:
    if not article.is_flapping:
        return []
    steps = article.versions.public().order_by("number").values_list("number", "same_as")
    return [number for number in presentation.variants(steps) if number in article.numbers]


@article_view
def compare(request: HttpRequest, article: Article) -> HttpResponse:
    """The history page's form: leads to the diff of the two versions chosen."""
    numbers = [request.GET.get(side, "") for side in ("old", "new")]
    if not all(number.isdecimal() and len(number) <= 9 for number in numbers):
        raise Http404(gettext("Choose two versions to compare: ?old= and ?new= take their numbers."))
    return redirect("diff", article.pk, *sorted(map(int, numbers)))


@article_view
def version(request: HttpRequest, article: Article, number: int) -> HttpResponse:
    """The text of one version. Kept out of search engines: the article's own page is the original."""
    rows = article.versions.public().with_text().with_copy().select_related("snapshot__blob")
    found = rows.defer("snapshot__blob__packed").filter(number=number).first()
    if found is None:
        return no_version(request, article, number)
    paragraphs = [(kind, presentation.printable(text)) for kind, text in found.paragraphs]
    context = {
        "article": article,
        "version": found,
        "paragraphs": paragraphs,
        "previous": article.numbers.before(number),
        "next": article.numbers.after(number),
        "timemap": mementos.timemap_url(article),
    }
    response = render(request, "articles/version.html", context)
    response["X-Robots-Tag"] = "noindex"
    return mementos.mark(response, article, number, found.first_seen_at)


@article_view
def blame(request: HttpRequest, article: Article) -> HttpResponse:
    """Since when each sentence stands; ?removed=1 also shows those that stand no more."""
    shows_removed = one_of(request, "removed", ("", "1")) == "1"
    etag = _named(article, blaming.made_of(article), shows_removed)
    if answer := not_modified(request, etag):
        return answer
    page = cache.get(f"blame:{etag}")
    if page is None:
        shown = blaming.show(article, blaming.latest_versions(article))
        context = {"article": article, "blame": shown, "shows_removed": shows_removed}
        page = render(request, "articles/blame.html", context).content
        if len(page) <= KEPT:
            cache.set(f"blame:{etag}", page, timeout=2 * STALE)
    return HttpResponse(page, headers={"ETag": etag, "X-Robots-Tag": "noindex"})


@article_view
def capture(request: HttpRequest, article: Article, number: int) -> HttpResponse:
    """The raw page a version was read from, as a file: never shown here, since it is not our page.

    None of an article of which a passage is hidden: a page may say it where no reading looks for it.
    """
    rows = article.versions.public().without_text().select_related("snapshot__blob")
    found = rows.filter(number=number).first()
    if found is None:
        return no_version(request, article, number)
    if article.hidden_passages:
        return no_capture(request, article)
    response = HttpResponse(found.snapshot.blob.body, content_type="application/octet-stream")
    response["Content-Disposition"] = f'attachment; filename="article-{article.pk}-version-{number}.html"'
    response["X-Robots-Tag"] = "noindex"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response


# --- the diff -----------------------------------------------------------------------------------
@dataclass(frozen=True)
class Choice:
    """How a diff is shown; `query` keeps it across links."""

    view: str
    context: str

    def link(self, **other: str) -> str:
        """The query string of this choice with some of it changed; defaults are left out."""
        chosen = {"view": self.view, "context": self.context} | other
        kept = {k: v for k, v in chosen.items() if v not in (VIEWS[0], CONTEXTS[0])}
        return f"?{urlencode(kept)}" if kept else ""

    @property
    def query(self) -> str:
        return self.link()


@article_view
def diff(request: HttpRequest, article: Article, a: int, b: int | str) -> HttpResponse:
    """What changed from version `a` to version `b`, which may be "latest"."""
    choice = Choice(one_of(request, "view", VIEWS), one_of(request, "context", CONTEXTS))
    last = (article.numbers.latest or 0) if isinstance(b, str) else b
    if article.version_count >= a > last >= 1:
        return HttpResponseRedirect(reverse("diff", args=[article.pk, last, a]) + choice.query)
    both = article.versions.public().with_text().filter(number__in={a, last})
    found = {v.number: v for v in both.with_copy().select_related("change")}
    if a not in found or last not in found:
        return no_version(request, article, a, last)
    old, new = found[a], found[last]
    etag = _etag(article, old, new, choice)
    if answer := not_modified(request, etag):
        return answer
    page = cache.get(f"diff:{etag}")
    if page is None:
        page = render(request, "articles/diff.html", _compared(article, old, new, choice)).content
        if len(page) <= KEPT:
            cache.set(f"diff:{etag}", page, timeout=2 * STALE)
    return HttpResponse(page, headers={"ETag": etag})


def _etag(article: Article, old: Version, new: Version, choice: Choice) -> str:
    """Names a diff page's content. The times in words on it change by the minute, and may be STALE seconds
    behind: the moments themselves stand beside them. How the address spells a number makes no difference."""
    texts = [(v.number, v.digest, v.extractor, v.title) for v in (old, new)]
    copies = [(copy.url, copy.distance) for v in (old, new) if (copy := v.kept_copy)]
    moment = int(timezone.now().timestamp()) // STALE
    return _named(article, texts, copies, old.last_seen_at, choice, moment)


def _named(article: Article, *made_of: Any) -> str:
    """An ETag for a page about an article: all that such pages show of it, and what this one is made of."""
    about = (settings.VERSION, settings.BASE_URL, article.pk, article.version_count, article.url)
    about += (article.hiding_stamp,)
    called = (article.title, article.source.name, article.source.slug, article.language, article.direction)
    return named(about, called, article.source.language, made_of)


def _recorded(old: Version, new: Version) -> Change | None:
    """What was recorded of one step from version to version; nothing where passages are blacked out, which it
    may quote."""
    return getattr(new, "change", None) if new.number == old.number + 1 and not new.cover else None


def _step(old: Version, new: Version, difference: Diff | None) -> Change | None:
    """What changed between two versions, as lists show it: as it was recorded for one step; several together
    are classified here, by their difference, where that is known."""
    recorded = _recorded(old, new)
    if recorded or difference is None:
        return recorded
    found = kinds.classify(old.extract, new.extract, difference)
    return Change(
        kinds=[(kind.name, kind.reason) for kind in found.kinds],
        disclosed=found.disclosed,
        added_words=found.added_words,
        removed_words=found.removed_words,
        excerpt=found.excerpt,
    )


def _compared(article: Article, old: Version, new: Version, choice: Choice) -> dict[str, Any]:
    is_large = max(old.word_count, new.word_count) > presentation.LARGE
    compared = presentation.whole_paragraphs if is_large else diffing.diff
    difference = compared(old.texts, new.texts)
    rows = presentation.show_rows(difference, old, new)
    lines = {
        name: presentation.compare(getattr(old, name), getattr(new, name))
        for name in ("title", "standfirst", "byline")
    }
    step = _step(old, new, None if is_large else difference)
    fell_after = new.previous_seen_at if new.number == old.number + 1 else old.last_seen_at
    now = timezone.now()
    return {
        "article": article,
        "old": old,
        "new": new,
        "lines": lines,
        "blocks": presentation.fold(rows, None if choice.context == "all" else presentation.CONTEXT),
        "passages": list(presentation.passages(rows)) if choice.view == "changes" else [],
        "change_count": sum(row.change > 0 for row in rows),
        "totals": wording.totals(difference.counts, step and (step.added_words, step.removed_words)),
        "kinds": presentation.show_kinds(step.kinds) if step else (),
        "step": step,
        "share": content.share(
            article, old, new, step, reverse("diff", args=[article.pk, old.number, new.number])
        ),
        "large": presentation.LARGE if is_large else None,
        "is_identical": not difference.counts and not any(map(presentation.is_marked, lines.values())),
        "fell_after": fell_after,
        "gaps": list(gaps.between(article, fell_after, new.first_seen_at, now)[:GAPS]) if fell_after else [],
        "skipped": [number for number in range(old.number + 1, new.number) if number in article.numbers],
        "strip": presentation.strip(article.numbers, old.number, new.number),
        "choice": choice,
        "views": [(name, choice.link(view=name)) for name in VIEWS],
        "contexts": [(name, choice.link(context=name)) for name in CONTEXTS],
        "previous": article.numbers.before(old.number),
        "next": article.numbers.after(new.number),
    }


@article_view
def card(request: HttpRequest, article: Article, a: int, b: int) -> HttpResponse:
    """The picture of what changed from version `a` to version `b`, for those who show links to the diff."""
    if article.version_count >= a > b >= 1:
        return redirect("card", article.pk, b, a)
    both = article.versions.public().with_text().filter(number__in={a, b})
    found = {v.number: v for v in both.select_related("change")}
    if a not in found or b not in found:
        return no_version(request, article, a, b)
    old, new = found[a], found[b]
    etag = _card_etag(article, old, new)
    answer = not_modified(request, etag)
    if answer is None:
        drawn = cache.get_or_set(f"card:{etag}", lambda: _drawn(article, old, new), timeout=DAY)
        answer = HttpResponse(drawn, content_type="image/png", headers={"ETag": etag})
    answer["Cross-Origin-Resource-Policy"] = "cross-origin"  # to be shown elsewhere is what it is for
    return answer


def _card_etag(article: Article, old: Version, new: Version) -> str:
    """Names a card's content, without a comparison of the texts."""
    recorded = _recorded(old, new)
    step = recorded and (recorded.kinds, recorded.excerpt, recorded.added_words, recorded.removed_words)
    texts = [(v.number, v.digest, v.extractor, v.title) for v in (old, new)]
    called = (
        *(article.title, article.url, article.source.name, article.source.slug),
        *(article.language, article.direction, article.source.language),
    )
    return named(settings.VERSION, article.pk, article.hiding_stamp, new.first_seen_at, texts, called, step)


def _drawn(article: Article, old: Version, new: Version) -> bytes:
    from articles.cards import drawing  # here, for commands and workers need not load what draws

    is_large = max(old.word_count, new.word_count) > presentation.LARGE
    difference = None if is_large or _recorded(old, new) else diffing.diff(old.texts, new.texts)
    return drawing.png(content.card(article, old, new, _step(old, new, difference)))


# --- about the service ---------------------------------------------------------------------------
@public_view
def about(request: HttpRequest) -> HttpResponse:
    """What this is, how its crawler names itself, how a site opts out."""
    user_agent, contact = settings.NEWSDIFF_USER_AGENT, settings.NEWSDIFF_CONTACT
    is_page = contact.startswith(("http://", "https://"))
    context = {
        "user_agent": user_agent,
        "robots_token": product_token(user_agent),
        "mail": "" if is_page else contact.removeprefix("mailto:"),
        # The contact is this very page where none has been set.
        "page": contact if is_page and contact != settings.BASE_URL + request.path else "",
        "version": settings.VERSION,
        "host_delay": settings.NEWSDIFF_HOST_DELAY,
        "interval": wording.gap(timedelta(seconds=settings.NEWSDIFF_MIN_INTERVAL)),
        "base_url": settings.BASE_URL,
    }
    return render(request, "articles/about.html", context)


@public_view
def robots(request: HttpRequest) -> HttpResponse:
    """What robots may walk: not every pair of versions in every view, of which there is no end."""
    return render(request, "robots.txt", content_type="text/plain; charset=utf-8")


@never_cache
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """Liveness: this process answers."""
    return HttpResponse("ok\n", content_type="text/plain")


@never_cache
@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """Readiness: 200 where database, scheduler, workers and broker (in server mode) are well, else 503."""
    parts = {"database": "ok", "tick": "unknown: no database", "work": "unknown: no database"}
    try:
        now = timezone.now()
        parts["tick"] = watching.tick(now)
        parts["work"] = cache.get_or_set("readyz:work", lambda: _work(now), ASKED)
    except DatabaseError as error:
        parts["database"] = f"failing: {type(error).__name__}"
    if settings.REDIS_URL:
        url = settings.REDIS_URL
        parts["broker"] = cache.get_or_set("readyz:broker", lambda: _broker(url), ASKED)
    ready = set(parts.values()) == {"ok"}
    return JsonResponse({"status": "ok" if ready else "failing", **parts}, status=200 if ready else 503)


def _work(now: datetime) -> str:
    return watching.work(watching.queue(now), now)


def _broker(url: str) -> str:
    try:
        with redis.Redis.from_url(url, socket_timeout=2, socket_connect_timeout=2) as broker:
            broker.ping()
    except redis.RedisError as error:
        return f"failing: {type(error).__name__}"
    return "ok"
