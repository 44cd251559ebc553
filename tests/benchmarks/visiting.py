"""Requests of readers and operators, one after the other, made inside the server's process and timed there.

Runs in the process of `tests.benchmarks.inside`, in a database that is filled already: what is measured is
the whole of Django's handler, middleware included, and the database; not a socket. No page is asked for twice
unless that is what is measured.
"""

import random
import re
import statistics
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from secrets import token_hex
from typing import Any
from urllib.parse import quote, urlencode

from django.conf import settings
from django.contrib import admin
from django.contrib.auth.models import User
from django.core.cache import cache
from django.db import connection
from django.db.models import Count
from django.test import Client
from django.test.utils import CaptureQueriesContext, override_settings
from django.urls import reverse

from articles.finding.searching import SCOPES
from articles.models import Article, Change, ChangeKind, Source, Version
from tests.benchmarks import plans

CHOSEN = 100  # articles and changes that are asked for
SELF = {"SERVER_NAME": "127.0.0.1"}  # which every installation answers to
LONG = range(1_300, 1_700)  # words of the texts whose diff is timed
QUOTED = 14  # words of a quotation
EXPLAINED = 20  # requests of a kind, the first, whose queries PostgreSQL explains

Visits = dict[str, list[str]]


def rows() -> dict[str, int]:
    """How many `articles`, `versions` and `changes` there are."""
    counted = {"articles": Article, "versions": Version, "changes": Change}
    return {name: model._default_manager.count() for name, model in counted.items()}


def measure(rounds: int) -> dict[str, Any]:
    """Visits the database's pages, at most `rounds` of a kind; what each kind of request cost.

    `median`, `p95` and `most` of milliseconds, `cpu` those of them (median) that this process itself worked,
    `queries` and `bytes`; of PostgreSQL the most `blocks` that it read for one, and milliseconds that it
    took (`database`), and the large tables that it went through as a `whole`.
    """
    chance = random.Random(4)
    told: dict[str, Any] = {}
    # Nobody has gathered static files here, so their names carry no digest.
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    with override_settings(STORAGES=settings.STORAGES | {"staticfiles": plain}, STATIC_ROOT=None):
        visitor = Client(**SELF)
        for name, paths in {**_lists(chance), **_articles(chance), **_api(chance)}.items():
            if paths:  # a small database may have no long text
                told[name] = _visit(visitor, _spread(paths, rounds))
        told |= _again(chance, rounds)
        with _operator() as client:
            for name, paths in _admin(chance).items():
                told[name] = _visit(client, _spread(paths, rounds))
    return told


# --- addresses by what they are of -----------------------------------------------------------------------
def _lists(chance: random.Random) -> Visits:
    slugs = list(Source.objects.values_list("slug", flat=True))
    kinds = sorted(ChangeKind.objects.order_by().values_list("name", flat=True).distinct())
    languages = sorted(Source.objects.order_by().values_list("language", flat=True).distinct())

    def filtered(*queries: dict[str, str]) -> list[str]:
        return [f"/?{urlencode(query)}" for query in queries]

    weightiest = {"sort": "weightiest"}
    return {
        "home": _pages_deep("/", 20),
        "home, a kind": filtered(*({"kind": kind} for kind in kinds)),
        "home, a source": filtered(*({"source": slug} for slug in slugs)),
        "home, a kind of a source": filtered(
            *({"kind": chance.choice(kinds), "source": slug} for slug in slugs)
        ),
        "home, a language": filtered(*({"language": code} for code in languages)),
        "home, a kind of a language": filtered(
            *({"language": code, "kind": kind} for code in languages for kind in kinds)
        ),
        "home, disclosed or not": filtered(
            *({"disclosed": said} for said in ("yes", "no")),
            *({"disclosed": said, "source": slug} for said in ("yes", "no") for slug in slugs[:20]),
        ),
        "home, of a day, a week, a month": filtered(
            *({"since": span} for span in ("day", "week", "month")),
            *({"since": span, "kind": kind} for span in ("day", "week", "month") for kind in kinds),
        ),
        "home, the weightiest": filtered(
            weightiest,
            *(weightiest | {"kind": kind} for kind in kinds),
            *(weightiest | {"language": code} for code in languages),
            *(weightiest | {"source": slug} for slug in slugs[:20]),
        ),
        "home, the weightiest of a day, a week, a month": filtered(
            *(weightiest | {"since": span} for span in ("day", "week", "month"))
        ),
        "source": [f"/sources/{slug}/" for slug in slugs],
        "sources": ["/sources/"],
        "figures": ["/stats/"],
        "feeds": ["/feeds/"],
        "feed of everything": ["/feed.atom"],
        "feed of a kind": [f"/feed.json?kind={kind}" for kind in kinds],
        "feed of a source": [f"/sources/{slug}/feed.rss" for slug in slugs[:50]],
    }


def _articles(chance: random.Random) -> Visits:
    chosen = _some_articles(chance)
    long = Change.objects.filter(new__word_count__range=(LONG.start, LONG.stop)).select_related("old", "new")
    some = _some(chance, list(long.values_list("pk", flat=True)[:5_000]))
    texts = _texts(chance, [article.pk for article in chosen])
    words = [" ".join(word[:24] for word in chance.choices(text.split(), k=2)) for text in texts]
    return {
        "history": [article.get_absolute_url() for article in chosen],
        "history, of many versions": [
            article.get_absolute_url() for article in Article.objects.order_by("-version_count")[:20]
        ],
        "diff of 1,300 to 1,700 words": [change.get_absolute_url() for change in long.filter(pk__in=some)],
        "version": [f"/articles/{article.pk}/versions/1/" for article in chosen],
        "since when each sentence stands": [f"/articles/{article.pk}/blame/" for article in chosen],
        "feed of an article": [f"/articles/{article.pk}/feed.atom" for article in chosen],
        "lookup": [f"/lookup/?url={quote(article.url, safe='')}" for article in chosen],
        "TimeMap": [f"/timemap/link/{article.url}" for article in chosen],
        "quotation": [f"/quote/?{urlencode({'text': text})}" for text in texts],
        "search": [
            f"/search/?{urlencode({'q': word, 'scope': SCOPES[at % 4]})}" for at, word in enumerate(words)
        ],
    }


def _api(chance: random.Random) -> Visits:
    chosen = _some_articles(chance)
    slugs = list(Source.objects.values_list("slug", flat=True))
    kinds = sorted(ChangeKind.objects.order_by().values_list("name", flat=True).distinct())
    last = Change.objects.newest().values_list("seen_at", flat=True)[0].isoformat()
    told = {
        "sources": ["sources", *(f"sources/{slug}" for slug in slugs[:30])],
        "articles": [
            "articles",
            *(f"articles?state={state}" for state in ("tracked", "finished", "gone", "paused")),
            *(f"articles?source={slug}" for slug in slugs),
            f"articles?{urlencode({'changed_since': last})}",
        ],
        "an article": [f"articles/{article.pk}" for article in chosen],
        "an article by its address": [f"articles?{urlencode({'url': article.url})}" for article in chosen],
        "versions": [f"articles/{article.pk}/versions" for article in chosen],
        "a version": [f"articles/{article.pk}/versions/1" for article in chosen],
        "changes": [
            "changes",
            *(f"changes?kind={kind}" for kind in kinds),
            *(f"changes?source={slug}" for slug in slugs[:30]),
            f"changes?{urlencode({'since': last})}",
        ],
        "quotation": [
            f"quote?{urlencode({'text': text})}"
            for text in _texts(chance, [article.pk for article in chosen])[:30]
        ],
    }
    return {f"API, {name}": [f"/api/v1/{path}" for path in paths] for name, paths in told.items()}


def _admin(chance: random.Random) -> Visits:
    """Each list of the admin, and those of articles, versions and changes narrowed."""
    names = sorted(
        model._meta.model_name
        for model in admin.site._registry
        if model._meta.app_label == "articles" and model._meta.model_name
    )
    listed = {name: reverse(f"admin:articles_{name}_changelist") for name in names}
    chosen = _some_articles(chance)[:20]
    sources = Source.objects.annotate(n=Count("articles")).order_by("n")
    ends = [source.pk for source in (sources.first(), sources.last()) if source]
    articles, changes = listed["article"], listed["change"]
    return {f"admin, {name}": [path] for name, path in listed.items()} | {
        "admin, articles by address": [f"{articles}?{urlencode({'q': article.url})}" for article in chosen],
        "admin, articles by words": [
            f"{articles}?{urlencode({'q': ' '.join(article.title.split()[:2])})}" for article in chosen
        ],
        "admin, articles of a status": [
            f"{articles}?status__exact={status}" for status in Article.Status.values
        ],
        "admin, articles of a source": [f"{articles}?source__id__exact={pk}" for pk in ends],
        "admin, changes of a source": [f"{changes}?source__id__exact={pk}" for pk in ends],
    }


def _some_articles(chance: random.Random) -> list[Article]:
    """Articles with changes."""
    ids = list(Article.objects.filter(version_count__gt=1).values_list("pk", flat=True))
    return list(Article.objects.public().select_related("source").filter(pk__in=_some(chance, ids)))


def _texts(chance: random.Random, articles: list[int]) -> list[str]:
    """Some words in a row of the first version of each; of scripts without spaces some sentences."""
    found = []
    for version in Version.objects.public().with_text().filter(article__in=articles, number=1):
        words = chance.choice(version.texts).split()
        at = chance.randrange(max(1, len(words) - QUOTED))
        found.append(" ".join(words[at : at + QUOTED])[:300].ljust(20, "."))
    return found


def _some(chance: random.Random, ids: list[int]) -> list[int]:
    return chance.sample(ids, min(CHOSEN, len(ids)))


def _spread(paths: list[str], most: int) -> list[str]:
    """At most so many of the paths, two or more, from all along the list, its ends among them."""
    if len(paths) <= most:
        return paths
    return [paths[round(at * (len(paths) - 1) / (most - 1))] for at in range(most)]


def _pages_deep(path: str, count: int) -> list[str]:
    """A list's first pages, each found on the one before."""
    client, found, paths = Client(**SELF), path, []
    while found and len(paths) < count:
        paths.append(found)
        page = client.get(found).content.decode()
        _, _, after = page.partition('rel="next" href="')
        found = path + after.partition('"')[0].replace("&amp;", "&") if after else ""
    return paths


# --- asking ------------------------------------------------------------------------------------------------
@contextmanager
def _operator() -> Iterator[Client]:
    """A client that may do all in the admin, whose account goes with it."""
    client = Client(**SELF)
    user = User.objects.create_superuser(f"bench-{token_hex(4)}", password=token_hex(16))
    try:
        client.force_login(user, "django.contrib.auth.backends.ModelBackend")
        yield client
        client.session.flush()
    finally:
        user.delete()


def _visit(client: Client, paths: Iterable[str]) -> dict[str, Any]:
    """Asks for each once, none of which was asked for before; raises where one is not 200."""
    cache.clear()
    times, cpu, queries, size, slowest = [], [], set(), 0, ""
    asked_for: list[list[str]] = []
    for path in paths:
        with CaptureQueriesContext(connection) as asked:
            began, worked = time.perf_counter(), time.process_time()
            answer = client.get(path)
            cpu.append(1_000 * (time.process_time() - worked))
            times.append(1_000 * (time.perf_counter() - began))
        if answer.status_code not in (200, 302):
            said = re.sub(r"\s+", " ", re.sub("<[^>]*>", "", answer.content.decode()))[:300]
            raise RuntimeError(f"{path} answered {answer.status_code}: {said}")
        queries.add(len(asked))
        size = max(size, len(answer.content))
        slowest = path if times[-1] == max(times) else slowest
        asked_for.append([query["sql"] for query in asked.captured_queries])
    told = _told(times, queries, size) | {"cpu": statistics.median(cpu), "slowest": slowest}
    if connection.vendor == "postgresql":
        read = [plans.explain(each) for each in asked_for[:EXPLAINED]]
        told["blocks"], told["database"] = max(one.blocks for one in read), max(one.ms for one in read)
        told["whole"] = sorted({table for one in read for table in one.whole})
    return told


def _again(chance: random.Random, rounds: int) -> dict[str, Any]:
    """A diff that was shown before, and what is answered with 304."""
    ids = list(Change.objects.filter(new__word_count__gt=LONG.start).values_list("pk", flat=True)[:5_000])
    changes = Change.objects.public().filter(pk__in=_some(chance, ids)).select_related("old", "new")
    told: dict[str, Any] = {}
    for name, paths in {
        "diff, again": [change.get_absolute_url() for change in changes],
        "feed of everything, again": ["/feed.atom"] * 50,
    }.items():
        paths = _spread(paths, rounds)
        client, times, not_modified, queries, size = Client(**SELF), [], [], set(), 0
        for path in paths:
            first = client.get(path)
            with CaptureQueriesContext(connection) as asked:
                began = time.perf_counter()
                answer = client.get(path)
                times.append(1_000 * (time.perf_counter() - began))
            queries.add(len(asked))
            size = max(size, len(answer.content))
            began = time.perf_counter()
            known = client.get(path, headers={"if-none-match": first["ETag"]})
            not_modified.append(1_000 * (time.perf_counter() - began))
            if known.status_code != 304:
                raise RuntimeError(f"{path} answered {known.status_code} to who has it")
        if not paths:
            continue
        told[name] = _told(times, queries, size)
        told[f"{name}: 304"] = _told(not_modified, queries, 0)
    return told


def _told(times: list[float], queries: set[int], size: int) -> dict[str, Any]:
    ordered = sorted(times)
    return {
        "median": statistics.median(ordered),
        "p95": ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))],
        "most": ordered[-1],
        "queries": [min(queries), max(queries)],
        "bytes": size,
    }
