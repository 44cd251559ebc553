"""Requests of readers, one after the other, made inside the server's process and timed there.

Runs in the process of `tests.benchmarks.inside`: what is measured is the whole of Django's handler,
middleware included, and the database; not a socket. No page is asked for twice unless that is what is measured.
"""

import random
import statistics
import time
from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext, override_settings

from articles.models import Article, Change, ChangeKind, Source
from tests.benchmarks import shelves

ROUNDS = 200
SELF = {"SERVER_NAME": "127.0.0.1"}  # which every installation answers to
LONG = range(1_300, 1_700)  # words of the texts whose diff is timed


def measure(articles: int) -> dict[str, Any]:
    """Fills an empty database and visits it; `rows` are how many there are, `requests` what each kind cost."""
    rows = shelves.fill(articles)
    chance = random.Random(4)
    told: dict[str, Any] = {}
    # Nobody has gathered static files here, so their names carry no digest.
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    with override_settings(STORAGES=settings.STORAGES | {"staticfiles": plain}, STATIC_ROOT=None):
        for name, paths in _visits(chance).items():
            told[name] = _visit(paths)
        told |= _again(chance)
    return {"rows": rows, "requests": told}


def _visits(chance: random.Random) -> dict[str, list[str]]:
    """Addresses by what they are of."""
    slugs = list(Source.objects.values_list("slug", flat=True))
    kinds = sorted(ChangeKind.objects.order_by().values_list("name", flat=True).distinct())
    ids = list(Article.objects.filter(version_count__gt=1).values_list("pk", flat=True))
    chosen = Article.objects.select_related("source").filter(pk__in=_some(chance, ids))
    long = Change.objects.filter(new__word_count__range=(LONG.start, LONG.stop)).select_related("old", "new")
    some = _some(chance, list(long.values_list("pk", flat=True)[:5_000]))

    def filtered(*queries: str) -> list[str]:
        return [f"/?{query}" for query in queries]

    return {
        "home": _pages_deep("/", 20),
        "home, a kind": filtered(*(f"kind={kind}" for kind in kinds)),
        "home, a source": filtered(*(f"source={slug}" for slug in slugs)),
        "home, a kind of a source": filtered(
            *(f"kind={chance.choice(kinds)}&source={slug}" for slug in slugs)
        ),
        "home, a language": filtered(*(f"language={code}" for code in sorted(set(shelves.LANGUAGES)))),
        "home, the weightiest": filtered(
            "sort=weightiest", *(f"sort=weightiest&kind={kind}" for kind in kinds)
        ),
        "history": [article.get_absolute_url() for article in chosen],
        "diff of 1,300 to 1,700 words": [change.get_absolute_url() for change in long.filter(pk__in=some)],
        "version": [f"/articles/{article.pk}/versions/1/" for article in chosen],
        "source": [f"/sources/{slug}/" for slug in slugs],
        "sources": ["/sources/"],
        "figures": ["/stats/"],
        "since when each sentence stands": [f"/articles/{article.pk}/blame/" for article in chosen],
        "feed of everything": ["/feed.atom"],
        "feed of a kind": [f"/feed.json?kind={kind}" for kind in kinds],
        "feed of a source": [f"/sources/{slug}/feed.rss" for slug in slugs[:50]],
        "feed of an article": [f"/articles/{article.pk}/feed.atom" for article in chosen],
        "API, changes": ["/api/v1/changes", *(f"/api/v1/changes?kind={kind}" for kind in kinds)],
    }


def _some(chance: random.Random, ids: list[int]) -> list[int]:
    return chance.sample(ids, min(ROUNDS, len(ids)))


def _pages_deep(path: str, count: int) -> list[str]:
    """A list's first pages, each found on the one before."""
    client, found, paths = Client(**SELF), path, []
    while found and len(paths) < count:
        paths.append(found)
        page = client.get(found).content.decode()
        _, _, after = page.partition('rel="next" href="')
        found = path + after.partition('"')[0].replace("&amp;", "&") if after else ""
    return paths


def _visit(paths: Iterable[str]) -> dict[str, Any]:
    """Asks for each once, none of which was asked for before; raises where one is not 200."""
    cache.clear()
    client, times, queries, size = Client(**SELF), [], set(), 0
    for path in paths:
        with CaptureQueriesContext(connection) as asked:
            began = time.perf_counter()
            answer = client.get(path)
            times.append(1_000 * (time.perf_counter() - began))
        if answer.status_code != 200:
            raise RuntimeError(f"{path} answered {answer.status_code}")
        queries.add(len(asked))
        size = max(size, len(answer.content))
    return _told(times, queries, size)


def _again(chance: random.Random) -> dict[str, Any]:
    """A diff that was shown before, and what is answered with 304."""
    ids = list(Change.objects.filter(new__word_count__gt=LONG.start).values_list("pk", flat=True)[:5_000])
    changes = Change.objects.filter(pk__in=_some(chance, ids)).select_related("old", "new")
    told: dict[str, Any] = {}
    for name, paths in {
        "diff, again": [change.get_absolute_url() for change in changes],
        "feed of everything, again": ["/feed.atom"] * 50,
    }.items():
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
