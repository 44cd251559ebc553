"""What is hidden is nowhere: every public address is asked before, while it is hidden, and after."""

import json
import os
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise, product
from pathlib import Path
from urllib.parse import quote

import pytest
import time_machine
from django.core.cache import cache, caches
from django.core.management import call_command
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone
from django.utils.text import slugify
from pyarrow import parquet

from articles import hiding, tallying
from articles.cards import drawing
from articles.core import permalinks, urls
from articles.core.diffing import diff
from articles.core.redaction import MARK, Cover
from articles.exports.formats import ENDINGS
from articles.hiding import Statement
from articles.ingestion import duplicates
from articles.models import (
    Article,
    ArticleURL,
    Change,
    CosmeticChange,
    Follow,
    Follower,
    Hiding,
    Version,
)
from tests import cast as casting
from tests.cast import DAY_ONE, add_version, make_article
from tests.packs import opened

NOW = DAY_ONE + timedelta(days=3)
HOUR = timedelta(hours=1)
WHY = Statement("privacy", "Asked for by letter of 3 March.", "A person asked us.")
NAME = "Ines Zanzibar"
# Addresses that tell nothing of an article: data for feed readers, robots and machines, signs of life.
SILENT = {
    "robots",
    "websub",
    "healthz",
    "readyz",
    "metrics",
    "openapi-json",
    "openapi-view",
    "index",
    "api-root",
}


@pytest.fixture(autouse=True)
def standing_clock() -> Iterator[None]:
    """Pages that say "3 days ago" say the same each time they are asked for."""
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture(autouse=True)
def cards_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    """A card's picture as the words that are drawn on it, for these to be searched."""
    monkeypatch.setattr(drawing, "png", lambda card: repr(card).encode())


@pytest.fixture(autouse=True)
def mail_is_set_up(settings) -> None:
    """So that there are pages for those who follow by mail."""
    settings.EMAIL_HOST = "mail.example"


@pytest.fixture
def story(db) -> Article:
    """Six versions: a name comes with the second, moves and is edited around, goes with the fifth."""
    cache.clear()
    caches["entries"].clear()
    made = casting.make_cast()
    plain = [
        "The mill burned down on Monday.",
        "Nobody was hurt, said the fire brigade.",
        "It stood for ninety years.",
    ]
    named = [plain[0], f"“I saw smoke,” said {NAME}, who lives next door.", *plain[1:]]
    story = make_article(made.source, "Mill burns down", plain)
    steps = [
        ("Neighbour saw mill burn", named, f"What {NAME} saw.", f"By {NAME.upper()}"),
        (f"{NAME} saw mill burn", [*named[:3], "It stood for ninety-one years."], "", ""),
        (f"{NAME} saw mill burn", [named[1].replace(" ", "\u00a0"), named[0], *named[2:]], "", ""),
        (
            "Mill burns down",
            [named[0], "“I saw smoke,” said Ines Berg, who lives next door.", *named[2:]],
            "",
            "",
        ),
        ("Old mill burns down", [*plain[:2], "It will be built again."], "", ""),
    ]
    for hours, (title, body, standfirst, byline) in enumerate(steps, start=1):
        add_version(
            story, body, title=title, standfirst=standfirst, byline=byline, at=DAY_ONE + (hours + 9) * HOUR
        )
    fourth = story.versions.get(number=4)
    CosmeticChange.objects.create(
        article=story,
        source=story.source,
        version=fourth,
        seen_at=DAY_ONE + 13.5 * HOUR,
        language="en",
        reason="spaces",
        excerpt=[["=", "said Ines"], ["-", "\u00a0"], ["+", " "], ["=", "Zanzibar"]],
    )
    reader = Follower.objects.create(address="vera@example.org", key="vera@example.org", created_at=NOW)
    Follow.objects.create(follower=reader, article=story, created_at=NOW)
    Article.objects.filter(pk=story.pk).update(cosmetic_count=1, is_flapping=True)
    ArticleURL.objects.create(article=story, url=story.url, key=urls.key(story.url), seen_at=DAY_ONE)
    tallying.settle()
    story.refresh_from_db()
    return story


# --- every public address --------------------------------------------------------------------------------
@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes
    where: str
    etag: str


def addresses(story: Article) -> dict[str, list[str]]:
    """Those of every view, by its name; of an article's, for all versions, neighbours, and some further apart."""
    own, numbers = f"/articles/{story.pk}", range(1, 7)
    compared = [*pairwise(numbers), (1, 3), (1, 6), (2, 4), (3, 6)]
    api = f"/api/v1/articles/{story.pk}"
    pairs = [f"{a}/{b}" for a, b in compared] + ["1/latest", "6/latest", "4/2", "3/3", "1/7"]
    formats = ("rss", "atom", "json")
    lists = (
        "",
        "?kind=headline",
        "?kind=cosmetic",
        "?sort=weightiest",
        "?kind=name",
        "?source=gazette&language=en",
    )
    views = ("", "?view=inline", "?view=changes", "?context=all")
    # by words near the name, for what is asked for is repeated in the answer
    sought, scopes = ("smoke", "neighbour", "ninety"), ("current", "any", "added", "removed")
    said = "who lives next door. Nobody was hurt, said the fire brigade."
    quoted, packed = quote(said), permalinks.packed(said)
    follow = Follow.objects.get()
    return {
        "home": [f"/{query}" for query in lists],
        "feed": [f"/feed.{one}{query}" for one in formats for query in ("", "?kind=name", "?kind=headline")],
        "feeds": ["/feeds/"],
        "opml": ["/feeds.opml"],
        "article-short": [f"{own}/"],
        "article": [f"{own}-mill/", f"{own}-old-mill-burns-down/", f"{own}-old-mill-burns-down/?before=5"],
        "compare": [f"{own}/compare/?old=1&new=2"],
        "diff": [f"{own}/diff/{pair}/" for pair in pairs]
        + [f"{own}/diff/{pair}/{view}" for pair in ("1/2", "2/3", "4/5") for view in views],
        "card": [f"{own}/diff/{a}/{b}/card.png" for a, b in compared],
        "evidence": [f"{own}/diff/{a}/{b}/evidence.zip" for a, b in compared],
        "version": [f"{own}/versions/{n}/" for n in numbers],
        "capture": [f"{own}/versions/{n}/capture" for n in numbers],
        "blame": [f"{own}/blame/", f"{own}/blame/?removed=1"],
        "article-feed": [f"{own}/feed.{one}" for one in formats],
        "sources": ["/sources/"],
        "source": ["/sources/gazette/", "/sources/gazette/?list=changes"],
        "source-feed": [f"/sources/gazette/feed.{one}" for one in formats],
        "search": [f"/search/?q={words}&scope={scope}" for words in sought for scope in scopes],
        "search-feed": [f"/search/feed.{one}?q={words}" for one in formats for words in sought],
        "quote": [f"/quote/?text={quoted}", f"/quote/?z={packed}"],
        "quote-feed": [f"/quote/feed.{one}?text={quoted}" for one in formats],
        "timegate": [f"/timegate/{story.url}"],
        "timemap": [f"/timemap/link/{story.url}"],
        "follow": ["/follow/", f"/follow/?article={story.pk}"],
        "follow-asked": ["/follow/asked/"],
        "follow-confirm": [f"/follow/confirm/{follow.token}/"],
        "follow-manage": [f"/follow/manage/{follow.follower.token}/"],
        "follow-stop": [f"/follow/stop/{follow.token}/"],
        "lookup": [f"/lookup/?url={story.url}", f"/lookup/?url={story.url}?utm_source=x"],
        "stats": ["/stats/", "/stats/?sort=changes"],
        "about": ["/about/"],
        "api:sources": ["/api/v1/sources", "/api/v1/sources/gazette"],
        "api:source": ["/api/v1/sources/gazette"],
        "api:articles": ["/api/v1/articles", f"/api/v1/articles?url={story.url}"],
        "api:article": [api],
        "api:gaps": [f"{api}/gaps"],
        "api:blame": [f"{api}/blame"],
        "api:statistics": ["/api/v1/statistics"],
        "api:statistics_of": ["/api/v1/sources/gazette/statistics"],
        "api:statistics_of_each": ["/api/v1/statistics/sources"],
        "api:lookup": [f"/api/v1/lookup?url={story.url}"],
        "api:versions": [f"{api}/versions", f"{api}/versions?limit=2"],
        "api:version": [f"{api}/versions/{n}" for n in numbers],
        "api:diff_of": [f"{api}/diff/{pair}" for pair in pairs],
        "api:search": [f"/api/v1/search?q={words}&scope={scope}" for words in sought for scope in scopes],
        "api:quote": [f"/api/v1/quote?text={quoted}", f"/api/v1/quote?z={packed}"],
        "api:changes": ["/api/v1/changes", "/api/v1/changes?kind=name"],
    }


def walked(client: Client, story: Article) -> dict[str, Answer]:
    """Every public address, and what it answers."""
    answers = {}
    for address in dict.fromkeys(one for listed in addresses(story).values() for one in listed):
        got = client.get(address)
        body = b"".join(got.streaming_content) if got.streaming else got.content
        if got.headers["Content-Type"] == "application/zip":
            body = unpacked(body)
        # the moment at which a feed was last altered, and how many looks there were, are not told in bodies
        answers[address] = Answer(
            got.status_code, body, got.headers.get("Location", ""), got.headers.get("ETag", "")
        )
    return answers


def unpacked(pack: bytes) -> bytes:
    """All that an evidence pack says, its captures too."""
    files = opened(pack)
    captures, said = files.pop("captures.warc.gz"), b""
    while captures:
        member = zlib.decompressobj(zlib.MAX_WBITS | 16)
        said += member.decompress(captures)
        captures = member.unused_data
    return b"\n".join([*files.values(), said])


def telling(answers: dict[str, Answer], secret: str) -> list[str]:
    """The addresses whose answers say it, however it is escaped or spelt in an address."""
    spellings = (secret, secret.lower(), secret.upper(), slugify(secret))
    spelt = [spelling.encode() for spelling in spellings]
    return [
        address
        for address, answer in answers.items()
        if any(spelling in answer.body + answer.where.encode() for spelling in spelt)
    ]


def names(patterns: list[URLPattern | URLResolver], space: str = "") -> Iterator[str]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            if pattern.namespace != "admin":
                yield from names(
                    pattern.url_patterns, f"{pattern.namespace}:" if pattern.namespace else space
                )
        elif pattern.name and pattern.name not in SILENT:
            yield f"{space}{pattern.name}"


def test_no_public_address_is_forgotten_here(story: Article) -> None:
    assert set(names(get_resolver().url_patterns)) == set(addresses(story)) | {"api:no_such_endpoint"}


# --- hiding, and back ------------------------------------------------------------------------------------
def hide_article(story: Article) -> list[Hiding]:
    hiding.hide_articles([story.pk], WHY, None)
    return hiding.of_articles([story.pk])


def hide_versions(*numbers: int) -> Callable[[Article], list[Hiding]]:
    def hide(story: Article) -> list[Hiding]:
        versions = story.versions.filter(number__in=numbers).select_related("article")
        made = hiding.hide_versions(list(versions), WHY, None)
        story.refresh_from_db()
        return made

    return hide


def hide_name(story: Article) -> list[Hiding]:
    made = hiding.hide_passage(story, "ines zanzibar", WHY, None)
    story.refresh_from_db()
    return [made]


HIDINGS = [
    (hide_article, "ill burn", 80),
    (hide_versions(2, 3, 4), "Zanzibar", 80),
    (hide_versions(6), "built again", 25),
    (hide_versions(1, 2), "Neighbour saw", 25),
    (hide_name, "Zanzibar", 80),
]


def test_what_is_hidden_is_nowhere_at_once_and_back_as_it_was(client, story, subtests) -> None:
    before = walked(client, story)
    for number, (hide, secret, told_before) in enumerate(HIDINGS):
        with subtests.test(number=number, secret=secret):
            told = telling(before, secret)
            assert len(told) >= told_before

            hidings = hide(story)
            tallying.settle()
            meanwhile = walked(client, story)
            assert telling(meanwhile, secret) == []
            assert telling(meanwhile, WHY.reason) == []
            for address in told:
                again = client.get(address, headers={"If-None-Match": before[address].etag or '"none"'})
                assert again.status_code != 304, address

            hiding.lift(hidings, None)
            story.refresh_from_db()
            tallying.settle()
            assert list(tallying.astray()) == []
            for address in told[::10]:
                assert client.get(address).status_code == before[address].status, address
    after = walked(client, story)
    assert [one for one in before if before[one].body != after[one].body] == []
    assert [one for one in before if before[one].status != after[one].status] == []


def exported(folder: Path) -> dict[str, Answer]:
    """Every file of an export of all tables, in each format, as what an address would answer."""
    files: dict[str, Answer] = {}
    for format in ENDINGS:
        with open(os.devnull, "w") as nowhere:
            call_command("export", format, f"{folder}/{format}/", stderr=nowhere)
        for path in (folder / format).iterdir():
            body = path.read_bytes()
            if path.suffix == ".parquet":  # packed: what a reader of it gets
                body = repr(parquet.read_table(path).to_pylist()).encode()
            files[path.name] = Answer(200, body, "", "")
    return files


@pytest.mark.parametrize(("hide", "secret"), [(hide, secret) for hide, secret, _ in HIDINGS])
def test_what_is_hidden_is_in_no_export_and_back_as_it_was(tmp_path, story, hide, secret) -> None:
    def rows(name: str) -> dict[str, Answer]:
        (tmp_path / name).mkdir()
        files = exported(tmp_path / name)
        del files["manifest.json"]  # says when
        return files

    before = rows("before")
    assert {Path(name).suffix for name in telling(before, secret)} == {".jsonl", ".csv", ".parquet"}
    hidings = hide(story)
    assert telling(rows("meanwhile"), secret) == []
    assert telling(rows("meanwhile-again"), WHY.reason) == []
    hiding.lift(hidings, None)
    assert rows("after") == before


def test_nothing_of_a_hidden_version_is_counted(story) -> None:
    hide_versions(2, 3)(story)
    tallying.settle()
    assert list(tallying.astray()) == []
    # left are the changes from 4 to 5 and from 5 to 6
    assert Change.objects.public().filter(article=story).count() == 2
    assert set(Version.objects.public().filter(article=story).values_list("number", flat=True)) == {
        1,
        4,
        5,
        6,
    }


def test_who_goes_by_dates_alone_is_told_too(client, story) -> None:
    feeds = ["/feed.rss", "/sources/gazette/feed.atom", f"/articles/{story.pk}/feed.json"]
    hidings: list[Hiding] = []
    for hours, act in enumerate(
        [lambda: hidings.extend(hide_name(story)), lambda: hiding.lift(hidings, None)], 1
    ):
        modified = {feed: client.get(feed).headers["Last-Modified"] for feed in feeds}
        with time_machine.travel(NOW + hours * HOUR, tick=False):
            act()
            for feed in feeds:
                assert client.get(feed, headers={"If-Modified-Since": modified[feed]}).status_code == 200


# --- tombstones ------------------------------------------------------------------------------------------
def test_an_article_s_tombstone_says_when_and_why(client, story) -> None:
    hide_article(story)
    for address in (f"/articles/{story.pk}/", f"/articles/{story.pk}/feed.rss", f"/lookup/?url={story.url}"):
        page = client.get(address)
        assert page.status_code == 410
        assert "privacy" in page.content.decode()
        assert "A person asked us." in page.content.decode()
    problem = client.get(f"/api/v1/articles/{story.pk}").json()
    told = {"hidden_at": "2026-03-05T09:00:00Z", "category": "privacy", "note": "A person asked us."}
    assert problem.items() >= told.items()


def test_a_hidden_version_is_gone_and_its_neighbours_are_next_to_each_other(client, story) -> None:
    hide_versions(3)(story)
    own = f"/articles/{story.pk}"
    gone = ["/versions/3/", "/versions/3/capture", "/diff/2/3/", "/diff/3/latest/", "/diff/2/3/card.png"]
    gone += ["/diff/2/3/evidence.zip", "/diff/3/6/evidence.zip"]
    for address in gone:
        answer = client.get(own + address)
        assert answer.status_code == 410, address
        assert "Version 3 has been withdrawn" in answer.content.decode()
    for address in ("versions/3", "diff/3/4", "diff/1/3"):
        assert client.get(f"/api/v1{own}/{address}").json()["category"] == "privacy"
    history = client.get(f"{own}/", follow=True).content.decode()
    assert "privacy" in history
    assert f'href="{own}/diff/2/4/"' in history
    assert f"{own}/diff/3/4/" not in history
    page = client.get(f"{own}/versions/2/").content.decode()
    assert f'href="{own}/versions/4/"' in page
    assert f"{own}/versions/3/" not in page
    compared = client.get(f"{own}/diff/2/4/")
    assert compared.status_code == 200
    assert f"{own}/diff/2/3/" not in compared.content.decode()


def test_the_newest_version_that_is_shown_is_the_latest(client, story) -> None:
    hide_versions(6)(story)
    api = f"/api/v1/articles/{story.pk}"
    assert client.get(f"{api}/diff/1/latest").json()["new"] == 5
    assert client.get(api).json()["title"] == "Mill burns down"
    assert "Old mill" not in client.get("/sources/gazette/").content.decode()
    assert "mill-burns-down" in client.get(f"/lookup/?url={story.url}").headers["Location"]


def test_a_hidden_headline_does_not_stay_when_the_next_version_has_none(
    client, story, django_assert_num_queries
) -> None:
    """The article's own row keeps the last headline there was, as storing a look does."""
    add_version(story, ["The mill will be a museum."], title=f"{NAME} did it", at=DAY_ONE + 20 * HOUR)
    add_version(story, ["The mill will be a museum in May."], title="", at=DAY_ONE + 21 * HOUR)
    Article.objects.filter(pk=story.pk).update(title=f"{NAME} did it")
    hide_versions(2, 3, 4, 7)(story)
    assert telling(walked(client, story), "Zanzibar") == []
    assert client.get(f"/api/v1/articles/{story.pk}").json()["title"] == "Old mill burns down"
    hide_versions(1, 5, 6)(story)
    assert client.get(f"/api/v1/articles/{story.pk}").json()["title"] == ""
    assert client.get(f"/articles/{story.pk}/").headers["Location"] == f"/articles/{story.pk}-article/"
    # one for the articles, one for their hidings, one for merged ones, one for headlines, however many
    other = make_article(story.source, "One", ["One."])
    add_version(other, ["Two."], title="Two", at=DAY_ONE + HOUR)
    hide_versions(2)(other)
    with django_assert_num_queries(4):
        shown = {one.pk: one.title for one in Article.objects.public()}
    assert (shown[story.pk], shown[other.pk]) == ("", "One")


def test_what_leads_from_a_merged_article_says_no_hidden_headline(client, story) -> None:
    """A version that is hidden, a passage of the one that stays: a redirect for good says neither."""
    merged = make_article(story.source, "Mill burns", ["The mill burned down.", "Nobody was hurt."])
    add_version(story, ["The mill will be a museum."], title=f"{NAME} did it", at=DAY_ONE + 20 * HOUR)
    duplicates.merge(story.pk, [merged.pk], NOW)
    addresses_of_it = [f"/articles/{merged.pk}/", f"/articles/{merged.pk}-mill-burns/"]
    for hide in (hide_versions(2, 3, 4, 7), hide_name):
        hidings = hide(story)
        for address in addresses_of_it:
            answer = client.get(address)
            assert (answer.status_code, answer.headers["Location"]) == (301, f"/articles/{story.pk}/")
            led = client.get(address, follow=True)
            assert "zanzibar" not in repr(led.redirect_chain) + led.content.decode().lower()
        assert telling(walked(client, story), "Zanzibar") == []
        hiding.lift(hidings, None)


def test_the_only_version_that_is_shown_takes_the_article_with_it(client, story) -> None:
    hide_versions(1, 2, 3, 4, 5)(story)
    assert [one.kind for one in hide_versions(6)(story)] == ["article"]
    story.refresh_from_db()
    assert story.hidden_at == NOW + timedelta(microseconds=2)  # the second act, and the article's part of it
    assert client.get(f"/articles/{story.pk}/").status_code == 410


def test_a_later_version_is_told_beside_a_hidden_one_before_it(client, story) -> None:
    hide_versions(6)(story)
    add_version(story, ["The mill will be a museum."], title="Museum", at=DAY_ONE + 20 * HOUR)
    changes = client.get("/api/v1/changes").json()["items"]
    assert next((one["old"], one["new"]) for one in changes if one["article"] == story.pk) == (4, 5)
    assert client.get(f"/articles/{story.pk}/diff/5/7/").status_code == 200


# --- passages --------------------------------------------------------------------------------------------
def test_a_passage_is_marked_where_it_stood_and_is_no_change(client, story) -> None:
    hide_name(story)
    api = f"/api/v1/articles/{story.pk}"
    assert client.get(f"{api}/versions/3").json()["title"] == f"{MARK} saw mill burn"
    assert client.get(f"{api}/versions/2").json()["byline"] == f"By {MARK}"
    assert client.get(f"{api}/versions/2").json()["digest"] == ""
    assert client.get(f"{api}/versions/1").json()["digest"].startswith("3:")
    # from 3 to 4 a paragraph moved, and the spaces in it became others: its words are the same
    rows = client.get(f"{api}/diff/3/4").json()["rows"]
    assert not [row for row in rows if MARK in json.dumps(row) and row["state"] in ("added", "removed")]
    kinds = {kind["name"]: kind["reason"] for kind in client.get(f"{api}/diff/4/5").json()["kinds"]}
    assert "Zanzibar" not in json.dumps(kinds)
    for address in ("", "versions/2/", "blame/", "diff/1/2/"):
        page = client.get(f"/articles/{story.pk}/{address}", follow=True).content.decode()
        assert "A passage of this article was hidden" in page
        assert "A person asked us." in page
    answer = client.get(f"/articles/{story.pk}/versions/1/capture")
    assert answer.status_code == 410
    assert "captures of this article have been withdrawn" in answer.content.decode()


def test_a_passage_is_hidden_in_versions_to_come(client, story) -> None:
    hide_name(story)
    told = [*story.versions.get(number=6).texts, f"{NAME} will pay for the new mill."]
    add_version(story, told, title=f"{NAME} builds", at=DAY_ONE + 30 * HOUR)
    answers = walked(client, story)
    assert telling(answers, "Zanzibar") == []
    shown = client.get("/api/v1/changes").json()["items"][0]
    assert shown["title"] == f"{MARK} builds"
    assert MARK in json.dumps(shown["excerpt"])


def test_the_diff_of_what_is_shown_is_the_diff_of_blacked_out_texts(story) -> None:
    hide_name(story)
    cover = Cover.of([NAME])
    stored = {one.number: one for one in story.versions.with_text()}
    shown = {one.number: one for one in story.versions.public().with_text()}
    for a, b in product(stored, stored):
        expected = diff(cover.paragraphs(stored[a].texts), cover.paragraphs(stored[b].texts))
        assert diff(shown[a].texts, shown[b].texts) == expected


def test_a_change_beside_a_passage_keeps_its_words(story) -> None:
    """Of the last change neither text has the name: it is told as it was recorded."""
    recorded = {one.pk: (one.excerpt, one.kinds) for one in story.changes.all()}
    hide_name(story)
    shown = {one.pk: (one.excerpt, one.kinds) for one in story.changes.public()}
    last = story.changes.order_by("pk").last().pk
    assert shown[last] == recorded[last]
    assert [pk for pk in shown if shown[pk] != recorded[pk]]


# --- acts ------------------------------------------------------------------------------------------------
def test_every_act_has_a_moment_of_its_own_whatever_the_clock_says(story) -> None:
    moments = []
    for _ in range(3):
        [hidden] = hide_versions(2)(story)
        moments.append(Article.objects.get(pk=story.pk).hidings_at)
        hiding.lift([hidden], None)
        moments.append(Article.objects.get(pk=story.pk).hidings_at)
    assert moments == sorted(set(moments))
    assert timezone.now() == moments[0]


def test_what_is_lifted_stays_on_record(story, django_user_model) -> None:
    ada = django_user_model.objects.create_user("ada")
    made = hiding.hide_passage(story, NAME, WHY, ada)
    assert [one.pk for one in hiding.lift([made], ada)] == [made.pk]
    assert hiding.lift([made], ada) == []
    made.refresh_from_db()
    assert (made.hidden_by, made.lifted_by, made.lifted_at is None) == (ada, ada, False)


def test_rows_as_shown_are_never_read_past_their_making_fit(story) -> None:
    with pytest.raises(TypeError, match="read at once"):
        Version.objects.public().iterator()
