"""newsdiff's web server alone, on a history made for the gates or on nothing: python -m tests.gates.serving
PORT full|empty. Prints the number of each article by its name when it is ready."""

import io
import json
import os
import sys
from datetime import datetime, timedelta

import django
from django.conf import settings
from django.core.management import call_command

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "newsdiff.settings")
ENDLESS = "Verfassungsbeschwerde" * 12  # a word of more than 200 letters


def long_text(version: int) -> list[str]:
    """About 1,500 words in paragraphs that differ; every fourth of them another in each version."""
    from tests.cast import BRIDGE, FERRY

    plain = [text for text in [*FERRY, *BRIDGE] if isinstance(text, str)]
    told = [f"On day {day} of the inquiry: {plain[day % len(plain)]}" for day in range(72)]
    return [
        text.replace("the", f"the {version}th", 1) if day % 4 == 0 else text for day, text in enumerate(told)
    ]


def make_history() -> dict[str, object]:
    """Articles in all states that pages have a word for."""
    from articles.core import urls
    from articles.ingestion.duplicates import merge
    from articles.models import Article, ArticleURL
    from tests import cast as casting

    cast = casting.make_cast()
    at = casting.DAY_ONE
    made = {"stable": cast.stable, "ferry": cast.corrected, "bridge": cast.rewritten}
    made |= {"arabic": cast.right_to_left, "hidden": cast.hidden}

    def article(name: str, *texts: list[str], titles: tuple[str, str] = ("", ""), **fields: str) -> None:
        source = fields.pop("source", cast.source)
        first = titles[0] or f"The {name} article"
        made[name] = casting.make_article(source, first, texts[0], at, **fields)
        for n, text in enumerate(texts[1:], start=1):
            title = (titles[1] or first) if n == len(texts) - 1 else first
            casting.add_version(made[name], text, title=title, at=at + timedelta(hours=n))

    article("long", *(long_text(version) for version in range(1, 13)))
    article("gone", ["What was here is no more."], ["What was here is no more, it seems."])
    Article.objects.filter(pk=made["gone"].pk).update(status="gone", status_since=at, last_status=410)
    article("set", ['He said: "No" - and left.'], ["He said nothing."], ["He said: “No” – and left."])
    article("headline", ["The same text."], ["The same text."], titles=("Minister denies", "Minister admits"))
    article(
        "thai",
        ["รถไฟฟ้าสายใหม่จะเปิดให้บริการเดือนหน้าหลังจากก่อสร้างมานานกว่าสิบปี"],
        ["รถไฟฟ้าสายใหม่จะเปิดให้บริการปีหน้าหลังจากก่อสร้างมานานกว่าสิบปี"],
        titles=("รถไฟฟ้าสายใหม่", "รถไฟฟ้าสายใหม่เลื่อน"),
        language="th",
    )
    wide = casting.make_source(ENDLESS[:200], "wide", language="de")
    article(
        "endless",
        [f"{ENDLESS} eins", "https://example.org/" + "a" * 300],
        [f"{ENDLESS}n zwei", "https://example.org/" + "b" * 300],
        titles=(ENDLESS, f"{ENDLESS}n"),
        source=wide,
    )
    article("joined", ["A piece under three addresses."])
    article("once", ["A piece under two addresses."])
    article("twice", ["A piece under two addresses."], ["A piece that is under two addresses."])
    paragraph = "Minutes of a long meeting, word for word as they were spoken. " * 100
    article("large", [paragraph] * 91, [f"{paragraph} Adjourned.", *[paragraph] * 91])
    article(
        "partly", *(["The mill burned down.", f"“Smoke,” said Ines Berg. {n} came."] for n in range(1, 6))
    )
    hide_parts(made["partly"])
    keep_elsewhere(made["ferry"], made["bridge"], made["arabic"], made["endless"])
    for found in made.values():
        ArticleURL.objects.create(article=found, url=found.url, key=urls.key(found.url), seen_at=at)
    merge(made["joined"].pk, [made["once"].pk, made["twice"].pk], at + timedelta(days=1))
    call_command("recount", verbosity=0, stdout=io.StringIO())
    return {name: found.pk for name, found in made.items()} | {"later": later_page()} | tokens(at)


def tokens(at: datetime) -> dict[str, str]:
    """Of a reader who follows something, with another wish to confirm: the tokens of its pages."""
    from django.http import QueryDict

    from articles import following
    from articles.models import Follow, Follower

    reader = Follower.objects.create(
        address=f"{ENDLESS[:60]}@example.org", key="reader", created_at=at, confirmed_at=at
    )
    for query in ("source=wide&kind=number", ""):
        subject = following.Subject.read(QueryDict(query))
        follow = Follow.objects.create(follower=reader, created_at=at, **subject.columns)
        if query:
            following.begin(follow, at)
            begun = follow
    return {"reader": reader.token, "stop": begun.token}


def hide_parts(article: object) -> None:
    """Hides two versions of an article, the newest among them, and a name."""
    from articles import hiding

    why = hiding.Statement("privacy", "Asked for by letter.", "A person asked us not to show it.")
    versions = article.versions.filter(number__in=(2, 5)).select_related("article")
    hiding.hide_versions(list(versions), why, None)
    hiding.hide_passage(article, "Ines Berg", why, None)


def keep_elsewhere(*articles: object) -> None:
    """Copies of all versions of articles in a web archive: of the first surely, of others perhaps."""
    from articles.models import WebCopy

    for version in (version for article in articles for version in article.versions.all()):
        at = version.first_seen_at + timedelta(hours=version.number - 1)
        url = f"https://web.archive.example/web/{at:%Y%m%d%H%M%S}/{version.snapshot.url}"
        WebCopy.objects.create(
            version=version, state="kept", url=url, kept_at=at, created_at=at, next_attempt_at=at, ended_at=at
        )


def later_page() -> str:
    """The key of the list of changes that begins behind the newest of all."""
    from articles import paging
    from articles.models import Change

    newest = Change.objects.newest()[0]
    return paging.encode(newest.seen_at, newest.pk)


def serve(port: int, content: str) -> None:
    django.setup()
    call_command("migrate", verbosity=0)
    numbers = make_history() if content == "full" else {}
    settings.ROOT_URLCONF = "tests.gates.urls"
    from django.core.wsgi import get_wsgi_application
    from waitress import create_server

    server = create_server(
        get_wsgi_application(), host="127.0.0.1", port=port, threads=8, clear_untrusted_proxy_headers=False
    )
    print(json.dumps(numbers), flush=True)
    server.run()


if __name__ == "__main__":
    serve(int(sys.argv[1]), sys.argv[2])
