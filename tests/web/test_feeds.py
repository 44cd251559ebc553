"""Feeds as a reader program gets them: well formed, exact, never empty, never altered."""

from datetime import timedelta
from email.utils import parsedate_to_datetime
from xml.etree import ElementTree

import feedparser
import pytest
from django.conf import settings
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from articles import syndication
from articles.models import Article, Change, Source
from articles.syndication import CONTENT_LIMIT
from tests.cast import DAY_ONE, Cast, add_version, make_article, make_source, storable

ATOM = "{http://www.w3.org/2005/Atom}"
HOUR = timedelta(hours=1)
ADDRESSES = ("/feed.rss", "/feed.atom", "/sources/gazette/feed.rss", "/sources/gazette/feed.atom")


def read(client: Client, address: str) -> feedparser.FeedParserDict:
    """A feed as feedparser understands it, after a strict XML parser has."""
    answer = client.get(address)
    assert answer.status_code == 200
    ElementTree.fromstring(answer.content)
    found = feedparser.parse(answer.content, sanitize_html=False)
    assert not found.bozo
    return found


@pytest.mark.parametrize("address", ADDRESSES)
def test_entries_newest_first_then_the_one_that_says_since_when(
    client: Client, cast: Cast, address: str
) -> None:
    entries = read(client, address).entries
    assert [entry.link.removeprefix(settings.BASE_URL) for entry in entries[:-1]] == [
        f"/articles/{cast.corrected.pk}/diff/2/3/",
        f"/articles/{cast.rewritten.pk}/diff/1/2/",
        f"/articles/{cast.corrected.pk}/diff/1/2/",
        f"/articles/{cast.right_to_left.pk}/diff/1/2/",
    ]
    assert entries[-1].title.startswith("Now tracked: ")


@pytest.mark.parametrize("format", ["rss", "atom"])
def test_an_entry_says_what_changed(client: Client, cast: Cast, format: str) -> None:
    change = Change.objects.get(article=cast.corrected, new__number=2)
    feed = read(client, f"/articles/{cast.corrected.pk}/feed.{format}")
    newest, entry, tracked = feed.entries
    assert entry.id == f"tag:127.0.0.1,2026:change/{change.pk}"
    assert entry.title == (
        "Headline changed: Twelve hurt as ferry runs aground off Brightwater -> "
        "Nineteen hurt as ferry runs aground off Brightwater"
    )
    assert newest.title == "v2 -> v3, +15 -0 words: Nineteen hurt as ferry runs aground off Brightwater"
    content = entry.content[0].value if format == "atom" else entry.summary
    assert "<del>Twelve</del><ins>Nineteen</ins> hurt as ferry" in content
    assert "Removed:" in content
    assert "<ins>Nineteen</ins> people were hurt, <ins>four</ins> of them badly" in content
    assert "style=" not in content
    assert {tag.term for tag in entry.tags} == {"headline", "number"}
    assert entry.author == "The Harbour Gazette"
    assert entry.published_parsed[:5] == (2026, 3, 2, 10, 30)
    via = [link.href for link in entry.links if link.rel == "via"]
    assert via == [cast.corrected.url]
    assert tracked.title == "Now tracked: Twelve hurt as ferry runs aground off Brightwater"
    if format == "atom":
        assert entry.updated == entry.published == "2026-03-02T10:30:00+00:00"


def test_rss_ids_are_no_addresses(client: Client, cast: Cast) -> None:
    guids = ElementTree.fromstring(client.get("/feed.rss").content).findall("channel/item/guid")
    assert {guid.get("isPermaLink") for guid in guids} == {"false"}
    assert len({guid.text for guid in guids}) == len(guids) == 5


@pytest.mark.parametrize("format", ["rss", "atom"])
def test_never_empty_nor_an_error(client: Client, db, format: str) -> None:
    assert len(read(client, f"/feed.{format}").entries) == 1
    article = make_article(make_source(), "Quiet", ["Nothing happened."])
    for address in ("/feed", f"/articles/{article.pk}/feed", "/sources/gazette/feed"):
        (only,) = read(client, f"{address}.{format}").entries
        assert only.title.startswith("Now tracked: ")
    assert client.get("/articles/999/feed.rss").status_code == 404


@pytest.mark.parametrize(
    "address", ["/feed.atom", "/feed.atom?before=1772442000000000-2", "/sources/gazette/feed.rss"]
)
def test_self_is_the_exact_address(client: Client, cast: Cast, address: str) -> None:
    root = ElementTree.fromstring(client.get(address).content)
    links = [link.get("href") for link in root.iter(f"{ATOM}link") if link.get("rel") == "self"]
    assert links == [settings.BASE_URL + address]


@pytest.mark.parametrize("format", ["rss", "atom"])
def test_pages_follow_one_another_without_gap(client: Client, db, format: str) -> None:
    article = make_article(make_source(), "Busy", ["Text 0."])
    for n in range(1, 121):
        add_version(article, [f"Text {n}."], at=DAY_ONE + n * HOUR)
    ids: list[str] = []
    sizes: list[int] = []
    address: str | None = f"/articles/{article.pk}/feed.{format}"
    while address:
        feed = read(client, address)
        ids += [entry.id for entry in feed.entries]
        sizes.append(len(feed.entries))
        following = [link.href for link in feed.feed.links if link.rel == "next"]
        address = following[0].removeprefix(settings.BASE_URL) if following else None
    assert sizes == [50, 50, 21]
    assert len(set(ids)) == 121


@pytest.mark.parametrize("address", ADDRESSES)
def test_conditional_get(client: Client, cast: Cast, address: str) -> None:
    first = client.get(address)
    etag, modified = first.headers["ETag"], first.headers["Last-Modified"]
    # the hidden article was hidden at 14:00, after every change; a minute for what was under way then
    assert parsedate_to_datetime(modified) == DAY_ONE + 5 * HOUR + timedelta(minutes=1)
    assert client.get(address, headers={"If-None-Match": etag}).status_code == 304
    assert client.get(address, headers={"If-Modified-Since": modified}).status_code == 304
    add_version(cast.stable, ["Quite another text."], at=DAY_ONE + 30 * HOUR)
    assert client.get(address, headers={"If-None-Match": etag}).status_code == 200
    assert client.get(address, headers={"If-Modified-Since": modified}).status_code == 200


def test_hiding_an_article_changes_the_feed_for_those_who_had_it(client: Client, cast: Cast) -> None:
    etag = client.get("/feed.atom").headers["ETag"]
    Article.objects.filter(pk=cast.right_to_left.pk).update(hidden_at=DAY_ONE)
    answer = client.get("/feed.atom", headers={"If-None-Match": etag})
    assert answer.status_code == 200
    assert f"/articles/{cast.right_to_left.pk}/" not in answer.content.decode()


def since(client: Client, address: str, modified: str) -> int:
    return client.get(address, headers={"If-Modified-Since": modified}).status_code


def test_a_reader_without_etags_is_told_of_a_hidden_article(client: Client, cast: Cast) -> None:
    modified = client.get("/sources/gazette/feed.rss").headers["Last-Modified"]
    Article.objects.filter(pk=cast.right_to_left.pk).update(hidden_at=timezone.now())
    assert since(client, "/sources/gazette/feed.rss", modified) == 200
    assert since(client, "/feed.atom", modified) == 200


def test_a_reader_without_etags_misses_no_change_of_the_same_second(client: Client, cast: Cast) -> None:
    now = timezone.now().replace(microsecond=0)
    add_version(cast.stable, ["Quite another text."], at=now - timedelta(seconds=20))
    modified = client.get("/feed.atom").headers["Last-Modified"]
    assert parsedate_to_datetime(modified) <= timezone.now()
    add_version(cast.corrected, ["Seen in that second, stored later."], at=now - timedelta(seconds=20))
    later = now + timedelta(seconds=5)
    assert syndication._modified(_stream(), now - timedelta(seconds=20), later) > parsedate_to_datetime(
        modified
    )


def _stream(**fields) -> syndication.Stream:
    words = dict.fromkeys(("name", "title", "subject", "description", "page", "author"), "")
    return syndication.Stream(**words, since=DAY_ONE, changes=Change.objects.none(), **fields)


def test_an_unknown_feed_is_never_unchanged(client: Client, cast: Cast) -> None:
    for address in ("/sources/none/feed.rss", "/articles/999/feed.rss", "/feed.rss?before=x"):
        assert client.get(address, headers={"If-None-Match": "*"}).status_code == 404


def test_a_renamed_source_is_told(client: Client, cast: Cast) -> None:
    etag = client.get("/feed.rss").headers["ETag"]
    Source.objects.update(name="The Harbour Herald")
    answer = client.get("/feed.rss", headers={"If-None-Match": etag})
    assert answer.status_code == 200
    assert "The Harbour Herald" in answer.content.decode()


def test_an_entry_never_alters(client: Client, cast: Cast) -> None:
    def entry() -> list[dict]:
        cache.clear()
        entries = read(client, f"/articles/{cast.rewritten.pk}/feed.atom").entries
        return [dict(entry) for entry in entries[-2:]]  # its one change, and "Now tracked"

    before = entry()
    add_version(cast.rewritten, ["All is new."], at=DAY_ONE + 30 * HOUR, title="A third headline")
    assert entry() == before


@pytest.mark.parametrize("text", ["]]> \x00 \x0b \x1f \ud800 \ufffe <b>&amp;</b>", "\x07" * 40])
def test_no_text_breaks_the_xml(client: Client, db, text: str) -> None:
    text = storable(text)
    article = make_article(make_source(name="A \x01 & <B>"), "Title \x02 <", ["Start.", "Before " + text])
    add_version(article, [f"New start {text}.", text], at=DAY_ONE + HOUR, title="Title \x03 ]]>")
    for format in ("rss", "atom"):
        for address in ("/feed", "/sources/gazette/feed", f"/articles/{article.pk}/feed"):
            feed = read(client, f"{address}.{format}")
            assert "]]>" in feed.entries[0].title
            content = feed.entries[0].content[0].value if format == "atom" else feed.entries[0].summary
            assert "<b>&amp;" not in content.replace("<b>Removed", "").replace("<b>Added", "")


def test_content_is_capped(client: Client, db) -> None:
    article = make_article(make_source(), "Long", ["x"])
    body = [f"{n} " + " ".join(f"漢字漢字漢字{n}{k}" for k in range(60)) for n in range(9)]
    add_version(
        article, body, at=DAY_ONE + HOUR, title="語" * 4000, standfirst="語" * 9000, byline="語" * 9000
    )
    entry = read(client, "/feed.atom").entries[0]
    assert len(entry.content[0].value.encode()) <= CONTENT_LIMIT
    assert "more changed passage" in entry.content[0].value


def test_a_long_text_has_the_stored_passage_not_a_diff_of_its_own(
    client: Client, db, monkeypatch: pytest.MonkeyPatch
) -> None:
    long = ["One dog barked. " * 7000]
    article = make_article(make_source(), "Long", [*long, "Twelve cats slept."])
    add_version(article, [*long, "Nineteen cats slept."], at=DAY_ONE + HOUR)
    monkeypatch.setattr("articles.syndication.diffing.diff", None)
    content = read(client, "/feed.atom").entries[0].content[0].value
    assert "<del>Twelve</del><ins>Nineteen</ins> cats slept." in content
    assert "+1 −1 words" in content


def test_an_entry_is_kept_as_soon_as_it_is_rendered(
    client: Client, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[int] = []
    content = syndication._content

    def failing_at_the_third(change: Change) -> str:
        made.append(change.pk)
        if len(made) == 3:
            raise RuntimeError("the reader gave up")
        return content(change)

    monkeypatch.setattr(syndication, "_content", failing_at_the_third)
    with pytest.raises(RuntimeError):
        client.get("/feed.atom")
    client.get("/feed.atom")
    assert len(made) == len(set(made)) + 1  # only the one that failed was made again


def test_queries_do_not_grow_with_entries(client: Client, cast: Cast, django_assert_num_queries) -> None:
    counts = {"/feed.atom": 5, "/sources/gazette/feed.rss": 5, f"/articles/{cast.corrected.pk}/feed.atom": 5}
    for rounds in range(2):
        for address, count in counts.items():
            cache.clear()
            with django_assert_num_queries(count):
                client.get(address)
            with django_assert_num_queries(count - 1):  # rendered entries are kept
                client.get(address)
        for n in range(20 * (1 - rounds)):
            add_version(cast.corrected, [f"Dog {n} barked."], at=DAY_ONE + (n + 9) * HOUR)


def test_pages_name_their_feeds(client: Client, cast: Cast) -> None:
    for address, feed in (
        ("/", "/feed"),
        ("/sources/gazette/", "/sources/gazette/feed"),
        (cast.corrected.get_absolute_url(), f"/articles/{cast.corrected.pk}/feed"),
        (f"/articles/{cast.corrected.pk}/diff/1/2/", f"/articles/{cast.corrected.pk}/feed"),
    ):
        body = client.get(address).content.decode()
        assert '<link rel="alternate" type="application/atom+xml"' in body
        assert f'href="{feed}.atom">' in body
        assert f'href="{feed}.rss">' in body
