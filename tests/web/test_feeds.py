"""Feeds as a reader program gets them: valid, exact, never empty, never altered."""

import json
import re
import time
from collections.abc import Iterator
from datetime import timedelta
from email.utils import parsedate_to_datetime
from html.parser import HTMLParser

import feedparser
import pytest
from django.conf import settings
from django.core.cache import caches
from django.db import transaction
from django.http import HttpResponse
from django.test import Client, override_settings
from django.utils import timezone
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from articles.core.feeds import parse as parse_feed
from articles.models import Article, Change, Source
from articles.syndication import answering, entries, formats, streams
from articles.syndication.entries import CONTENT_LIMIT
from tests import feed_rules
from tests.cast import DAY_ONE, FERRY, Cast, add_version, hide, make_article, make_source, storable

HOUR = timedelta(hours=1)
FORMATS = ("rss", "atom", "json")
ADDRESSES = tuple(f"{place}/feed.{format}" for place in ("", "/sources/gazette") for format in FORMATS)
FILTERED = tuple(f"/feed.{format}?kind=number&source=gazette" for format in FORMATS)


def wrong(answer: HttpResponse, address: str) -> list[str]:
    """What a validator finds in an answer."""
    rule = feed_rules.RULES[re.search(r"\.(rss|atom|json)", address)[1]]
    return rule(answer.content, answer.headers["Content-Type"], settings.BASE_URL + address)


class Entry(dict):
    """An entry, by the same names whatever the format: id, title, link, content, author, date, tags, via."""

    __getattr__ = dict.__getitem__


def read(client: Client, address: str) -> list[Entry]:
    """A feed's entries, after its format's rules found nothing wrong."""
    answer = client.get(address)
    assert answer.status_code == 200
    assert wrong(answer, address) == []
    return list(_entries(answer.content, address))


def _entries(body: bytes, address: str) -> Iterator[Entry]:
    if ".json" in address:
        for item in json.loads(body)["items"]:
            yield Entry(
                id=item["id"],
                title=item["title"],
                link=item["url"],
                content=item["content_html"],
                author=item["authors"][0]["name"],
                date=item["date_published"],
                updated=item["date_modified"],
                tags=item.get("tags", []),
                via=item.get("external_url"),
            )
        return
    found = feedparser.parse(body, sanitize_html=False, resolve_relative_uris=False)
    assert not found.bozo
    for item in found.entries:
        moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", item.published_parsed)
        yield Entry(
            id=item.id,
            title=item.title,
            link=item.link,
            content=item.content[0].value if "content" in item else item.summary,
            author=item.author,
            date=moment,
            updated=dict.get(item, "updated", moment),  # feedparser's own get takes pubDate for it
            tags=[tag.term for tag in item.get("tags", [])],
            via=next((link.href for link in item.links if link.rel == "via"), None),
        )


def following(client: Client, address: str) -> str | None:
    """The address of the next page, as the feed names it."""
    body = client.get(address).content
    if ".json" in address:
        url = json.loads(body).get("next_url")
    else:
        links = feedparser.parse(body).feed.links
        url = next((link.href for link in links if link.rel == "next"), None)
    return url.removeprefix(settings.BASE_URL) if url else None


# --- what is in it -----------------------------------------------------------------------------------
@pytest.mark.parametrize("address", ADDRESSES)
def test_entries_newest_first_then_the_one_that_says_since_when(
    client: Client, cast: Cast, address: str
) -> None:
    found = read(client, address)
    assert [entry.link.removeprefix(settings.BASE_URL) for entry in found[:-1]] == [
        f"/articles/{cast.corrected.pk}/diff/2/3/",
        f"/articles/{cast.rewritten.pk}/diff/1/2/",
        f"/articles/{cast.corrected.pk}/diff/1/2/",
        f"/articles/{cast.right_to_left.pk}/diff/1/2/",
    ]
    assert found[-1].title.startswith("Now tracked: ")


@pytest.mark.parametrize("format", FORMATS)
def test_an_entry_says_what_changed(client: Client, cast: Cast, format: str) -> None:
    change = Change.objects.get(article=cast.corrected, new__number=2)
    newest, entry, tracked = read(client, f"/articles/{cast.corrected.pk}/feed.{format}")
    assert entry.id == f"tag:127.0.0.1,2026:change/{change.pk}"
    assert entry.title == (
        "Headline changed: Twelve hurt as ferry runs aground off Brightwater -> "
        "Nineteen hurt as ferry runs aground off Brightwater"
    )
    assert newest.title == "v2 -> v3, +15 -0 words: Nineteen hurt as ferry runs aground off Brightwater"
    assert "<del>Twelve</del> hurt as ferry" in entry.content
    assert "<ins>Nineteen</ins> hurt as ferry" in entry.content
    assert "<ins>Nineteen</ins> people were hurt, <ins>four</ins> of them badly" in entry.content
    assert set(entry.tags) == {"headline", "number"}
    assert entry.author == "The Harbour Gazette"
    assert entry.date == entry.updated == "2026-03-02T10:30:00Z"
    assert entry.via == cast.corrected.url
    assert tracked.title == "Now tracked: Twelve hurt as ferry runs aground off Brightwater"


def test_all_formats_say_the_same(client: Client, cast: Cast) -> None:
    add_version(cast.stable, ["Seen within a second."], at=DAY_ONE + 9 * HOUR + timedelta(microseconds=7))
    rss, atom, json_feed = (read(client, f"/feed.{format}") for format in FORMATS)
    assert rss == atom == json_feed


def test_a_json_feed_is_read_by_our_own_reader_too(client: Client, cast: Cast) -> None:
    answer = client.get("/feed.json")
    found = parse_feed(
        answer.content, "http://a.example/feed.json", answer.headers["Content-Type"], timezone.now()
    )
    assert len(found.entries) == 5


@pytest.mark.parametrize("format", FORMATS)
def test_never_empty_nor_an_error(client: Client, db, format: str) -> None:
    assert len(read(client, f"/feed.{format}")) == 1
    article = make_article(make_source(), "Quiet", ["Nothing happened."])
    for address in (f"/articles/{article.pk}/feed", "/sources/gazette/feed", "/feed"):
        (only,) = read(client, f"{address}.{format}")
        assert only.title.startswith("Now tracked: ")
    (only,) = read(client, f"/feed.{format}?kind=quotation&since=week")
    assert only.title == "Now tracked: Changed quotations, of the last 7 days"
    assert client.get(f"/articles/999/feed.{format}").status_code == 404


@pytest.mark.parametrize(
    "address", [*ADDRESSES, *FILTERED, "/feed.atom?before=1772442000000000-2", "/feed.json?x=%3Cb%3E&x=a+b"]
)
def test_self_is_the_exact_address(client: Client, cast: Cast, address: str) -> None:
    assert wrong(client.get(address), address) == []


def test_languages_that_are_none_are_left_out(client: Client, db) -> None:
    make_article(make_source(language="english"), "Quiet", ["Nothing."], language="x")
    for format in FORMATS:
        for address in ("/sources/gazette/feed", f"/articles/{Article.objects.get().pk}/feed"):
            assert "english" not in client.get(f"{address}.{format}").content.decode()
            read(client, f"{address}.{format}")


# --- its content, whatever becomes of its marks ------------------------------------------------------
class Stripped(HTMLParser):
    """What is left where every tag is dropped, a line for each paragraph."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.text = ""
        self.feed(html)

    def handle_data(self, data: str) -> None:
        self.text += data


def lines(html: str) -> list[str]:
    return [line for line in Stripped(html).text.splitlines() if line.strip()]


def test_it_is_understood_without_any_mark(client: Client, db) -> None:
    article = make_article(make_source(), "Two held", ["He was held.", "She denied it, said Omar.", "Gone."])
    add_version(article, ["He was not held.", "She said Omar.", "Come."], at=DAY_ONE + HOUR, title="One held")
    found = lines(read(client, "/feed.rss")[0].content)
    assert found[:3] == ["Headline", "Removed: Two held", "Added: One held"]
    at = found.index("Paragraph 1: Changed")
    assert found[at + 1 : at + 3] == ["Before: He was held.", "Added: He was not held."]
    at = found.index("Paragraph 2: Changed")
    assert found[at + 1 : at + 3] == ["Removed: She denied it, said Omar.", "Now: She said Omar."]


def test_an_edit_far_into_a_paragraph_is_shown_on_both_sides(client: Client, db) -> None:
    start, end = "Rain fell on the hills. " * 20, "Snow lay in the vale. " * 20
    article = make_article(make_source(), "Weather", [f"{start}He did it. {end}"])
    add_version(article, [f"{start}He never did it. {end}"], at=DAY_ONE + HOUR)
    before, added = lines(read(client, "/feed.rss")[0].content)[2:4]
    assert before.startswith("Before: … ")
    assert "hills. He did it. Snow" in before
    assert "hills. He never did it. Snow" in added


def test_what_readers_that_clean_html_leave_of_it(client: Client, cast: Cast) -> None:
    for format in ("rss", "atom"):
        body = client.get(f"/feed.{format}").content
        raw = feedparser.parse(body, sanitize_html=False).entries
        for before, after in zip(raw, feedparser.parse(body).entries, strict=True):
            for entry in (before, after):
                entry["html"] = entry.content[0].value if "content" in entry else entry.summary
            assert after.html == before.html


def test_direction_and_language_of_the_article_are_kept(client: Client, cast: Cast) -> None:
    (entry, _) = read(client, f"/articles/{cast.right_to_left.pk}/feed.atom")
    assert '<span lang="ar" dir="rtl">' in entry.content


def test_content_is_capped(client: Client, db) -> None:
    article = make_article(make_source(), "Long", ["x"])
    body = [f"{n} " + " ".join(f"漢字漢字漢字{n}{k}" for k in range(60)) for n in range(9)]
    add_version(
        article, body, at=DAY_ONE + HOUR, title="語" * 4000, standfirst="語" * 9000, byline="語" * 9000
    )
    entry = read(client, "/feed.atom")[0]
    assert len(entry.content.encode()) <= CONTENT_LIMIT
    assert "more changed passage" in entry.content


def test_content_is_capped_even_where_the_headline_alone_is_too_much(client: Client, db) -> None:
    article = make_article(make_source(), "“", ["x"])
    for n, quotes in enumerate(("'" * 4000, '"' * 4000), 1):
        add_version(
            article, [f"y {n}"], at=DAY_ONE + n * HOUR, title=quotes, standfirst=quotes, byline=quotes
        )
    for entry in read(client, "/feed.atom"):
        assert len(entry.content.encode()) <= CONTENT_LIMIT


def test_a_long_text_has_the_stored_passage_not_a_diff_of_its_own(
    client: Client, db, monkeypatch: pytest.MonkeyPatch
) -> None:
    long = ["One dog barked. " * 7000]
    article = make_article(make_source(), "Long", [*long, "Twelve cats slept."])
    add_version(article, [*long, "Nineteen cats slept."], at=DAY_ONE + HOUR)
    monkeypatch.setattr("articles.syndication.entries.diffing.diff", None)
    content = read(client, "/feed.atom")[0].content
    assert "<del>Twelve</del> cats slept." in content
    assert "<ins>Nineteen</ins> cats slept." in content
    assert "+1 −1 words" in content


@pytest.mark.parametrize("text", ["]]> \x00 \x0b \x1f \ud800 \ufffe <b>&amp;</b>", "\x07" * 40])
def test_no_text_breaks_a_feed(client: Client, db, text: str) -> None:
    text = storable(text)
    article = make_article(make_source(name="A \x01 & <B>"), "Title \x02 <", ["Start.", "Before " + text])
    add_version(article, [f"New start {text}.", text], at=DAY_ONE + HOUR, title="Title \x03 ]]>")
    for format in FORMATS:
        for address in ("/feed", "/sources/gazette/feed", f"/articles/{article.pk}/feed"):
            entry = read(client, f"{address}.{format}")[0]
            assert "]]>" in entry.title
            assert "<b>&amp;" not in entry.content.replace("<b>Removed", "").replace("<b>Added", "")


ANY = st.text(st.characters(codec=None, exclude_categories=()), max_size=40)
HOSTILE = st.one_of(
    ANY, st.sampled_from(["]]>", "<script>x</script>", "\ufffe\uffff", "\ud800", "&#0;", "\x00\r\n\t"])
)
# A paragraph is one line: reading sees to that.
WORDS = st.tuples(ANY, HOSTILE, ANY).map(lambda parts: "w" + "".join(parts).replace("\n", " "))


def in_a_column(text: str) -> str:
    """The text as a column holds it: no database takes half of a surrogate pair outside packed texts."""
    return storable(text.encode(errors="replace").decode())


@hypothesis_settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(before=st.tuples(WORDS, WORDS, WORDS), after=st.tuples(WORDS, WORDS, WORDS), name=WORDS)
def test_no_text_of_a_page_breaks_any_format(client: Client, db, before, after, name) -> None:
    (title, *body), (new_title, *new_body) = ([storable(text) for text in side] for side in (before, after))
    title, new_title, name = (in_a_column(text) for text in (title, new_title, name))
    caches["entries"].clear()
    with transaction.atomic():
        article = make_article(make_source(name=name), title, body)
        add_version(article, [*new_body, body[1]], at=DAY_ONE + HOUR, title=new_title)
        for format in FORMATS:
            for address in ("/feed", f"/articles/{article.pk}/feed"):
                assert len(read(client, f"{address}.{format}")) == 2
        transaction.set_rollback(True)


@pytest.mark.parametrize("host", ["diff.example", "127.0.0.1:8000", "[::1]:8000", "zeitung-süd.example"])
def test_ids_are_tag_uris_on_every_host(host: str) -> None:
    with override_settings(BASE_URL=f"http://{host}"):
        assert feed_rules.TAG.fullmatch(streams.tag("source/3"))


# --- filtered ----------------------------------------------------------------------------------------
def test_a_filter_of_the_first_page_is_a_feed(client: Client, cast: Cast) -> None:
    other = make_article(make_source("The Other", "other"), "Twelve geese", ["Twelve geese flew."])
    add_version(other, ["Nineteen geese flew."], at=DAY_ONE + 6 * HOUR)
    for format in FORMATS:
        everything = read(client, f"/feed.{format}?kind=number")
        of_one = read(client, f"/feed.{format}?kind=number&source=gazette")
        assert "number" in {tag for entry in everything[:-1] for tag in entry.tags}
        assert all("number" in entry.tags for entry in (*everything[:-1], *of_one[:-1]))
        assert everything[0].author == "The Other"
        assert {entry.author for entry in of_one} == {"The Harbour Gazette"}
        assert [entry.id for entry in everything[1:-1]] == [entry.id for entry in of_one[:-1]]


def test_a_filtered_feed_is_called_by_its_filter(client: Client, cast: Cast) -> None:
    body = json.loads(client.get("/feed.json?kind=number&source=gazette").content)
    assert body["title"] == "newsdiff: Changed numbers in articles of The Harbour Gazette"
    assert body["home_page_url"] == f"{settings.BASE_URL}/?source=gazette&kind=number"
    assert body["language"] == "en"


def test_however_a_filter_is_spelt_its_entries_are_the_same(client: Client, cast: Cast) -> None:
    spellings = (
        "source=gazette&kind=number",
        "kind=number&source=gazette&sort=weightiest&since=",
        "x=1&kind=number&source=gazette",
    )
    found = [read(client, f"/feed.atom?{spelling}") for spelling in spellings]
    assert found[0] == found[1] == found[2]
    assert found[0][-1].id == "tag:127.0.0.1,2026:tracked/everything?source=gazette&kind=number"
    assert read(client, "/feed.atom?sort=weightiest") == read(client, "/feed.atom")


def test_the_pages_of_a_filtered_feed_keep_the_filter(client: Client, db) -> None:
    said = "In the yard behind the old mill there were {} dogs this morning, {}."
    article = make_article(make_source(), "Busy", [said.format(100, "a neighbour said")])
    for n in range(1, 61):
        add_version(article, [said.format(100 + n, "a neighbour said")], at=DAY_ONE + n * HOUR)
    add_version(article, [said.format(160, "the owner told us")], at=DAY_ONE + 61 * HOUR)
    second = following(client, "/feed.json?kind=number")
    assert second.startswith("/feed.json?kind=number&before=")
    assert all("number" in entry.tags for entry in read(client, second)[:-1])


@pytest.mark.parametrize(
    ("query", "allowed"),
    [
        ("kind=murder", "number"),
        ("kind=cosmetic", "any other kind"),
        ("since=ever", "week"),
        ("source=none", "short name"),
        ("language=english1", "en"),
    ],
)
@pytest.mark.parametrize("format", FORMATS)
def test_a_filter_that_is_none_is_told_what_may_stand_there(
    client: Client, cast: Cast, format: str, query: str, allowed: str
) -> None:
    answer = client.get(f"/feed.{format}?{query}", headers={"If-None-Match": "*"})
    assert answer.status_code == 404
    assert f"?{query.partition('=')[0]}= takes" in answer.content.decode()
    assert allowed in answer.content.decode()


# --- paged -------------------------------------------------------------------------------------------
@pytest.mark.parametrize("format", FORMATS)
def test_pages_follow_one_another_without_gap_also_while_changes_are_added(
    client: Client, db, format: str
) -> None:
    article = make_article(make_source(), "Busy", ["Text 0."])
    for n in range(1, 121):
        # Three in the same second each: the key parts them by their number.
        add_version(article, [f"Text {n}."], at=DAY_ONE + n // 3 * HOUR)
    ids: list[str] = []
    sizes: list[int] = []
    address: str | None = f"/articles/{article.pk}/feed.{format}"
    expected = {f"tag:127.0.0.1,2026:change/{pk}" for pk in Change.objects.values_list("pk", flat=True)}
    while address:
        found = read(client, address)
        ids += [entry.id for entry in found]
        sizes.append(len(found))
        following_page = following(client, address)
        add_version(article, [f"Text of page {len(sizes)}."], at=DAY_ONE + (200 + len(sizes)) * HOUR)
        address = following_page
    assert sizes == [50, 50, 21]
    assert len(set(ids)) == 121
    assert set(ids[:-1]) == expected


# --- asked for again ---------------------------------------------------------------------------------
@pytest.mark.parametrize("address", [*ADDRESSES, *FILTERED])
def test_conditional_get(client: Client, cast: Cast, address: str) -> None:
    first = client.get(address)
    etag, modified = first.headers["ETag"], first.headers["Last-Modified"]
    # the hidden article was hidden at 14:00, after every change; a minute for what was under way then
    assert parsedate_to_datetime(modified) == DAY_ONE + 5 * HOUR + timedelta(minutes=1)
    for known in (etag, f"W/{etag}", f'"other", W/{etag}', "*"):
        answer = client.get(address, headers={"If-None-Match": known})
        assert (answer.status_code, answer.content) == (304, b"")
        assert answer.headers["ETag"].removeprefix("W/") == etag
    assert client.get(address, headers={"If-Modified-Since": modified}).status_code == 304
    assert (
        client.get(address, headers={"If-None-Match": '"other"', "If-Modified-Since": modified}).status_code
        == 200
    )
    more_hurt = [FERRY[0], FERRY[1].replace("Twelve", "Thirty"), *FERRY[2:]]
    add_version(cast.corrected, more_hurt, at=DAY_ONE + 30 * HOUR)
    assert client.get(address, headers={"If-None-Match": etag}).status_code == 200
    assert client.get(address, headers={"If-Modified-Since": modified}).status_code == 200


@pytest.mark.parametrize("address", ADDRESSES)
def test_head_says_what_get_does_without_a_body(client: Client, cast: Cast, address: str) -> None:
    got, asked = client.get(address), client.head(address)
    assert asked.status_code == 200
    assert asked.content == b""
    for name in ("ETag", "Last-Modified", "Content-Type", "Cache-Control", "Content-Length"):
        assert asked.headers[name] == got.headers[name]
    assert client.head(address, headers={"If-None-Match": got.headers["ETag"]}).status_code == 304


def test_a_304_renders_nothing(
    client: Client, cast: Cast, monkeypatch: pytest.MonkeyPatch, django_assert_num_queries
) -> None:
    etags = {address: client.get(address).headers["ETag"] for address in ADDRESSES}
    monkeypatch.setattr(entries, "of_changes", None)
    for address, etag in etags.items():
        with django_assert_num_queries(3):
            assert client.get(address, headers={"If-None-Match": etag}).status_code == 304


def test_hiding_an_article_changes_the_feed_for_those_who_had_it(client: Client, cast: Cast) -> None:
    etag = client.get("/feed.atom").headers["ETag"]
    Article.objects.filter(pk=cast.right_to_left.pk).update(hidden_at=DAY_ONE)
    answer = client.get("/feed.atom", headers={"If-None-Match": etag})
    assert answer.status_code == 200
    assert f"/articles/{cast.right_to_left.pk}/" not in answer.content.decode()


def test_hiding_the_last_article_of_an_older_page_ends_the_one_before(client: Client, db) -> None:
    source = make_source()
    old = make_article(source, "Old", ["Text."])
    add_version(old, ["Other text."], at=DAY_ONE + HOUR)
    busy = make_article(source, "Busy", ["Text 0."])
    for n in range(1, 51):
        add_version(busy, [f"Text {n}."], at=DAY_ONE + (n + 1) * HOUR)
    first = client.get("/feed.json")
    assert "next_url" in json.loads(first.content)
    Article.objects.filter(pk=old.pk).update(hidden_at=DAY_ONE)
    again = client.get("/feed.json", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 200
    assert "next_url" not in json.loads(again.content)


def since(client: Client, address: str, modified: str) -> int:
    return client.get(address, headers={"If-Modified-Since": modified}).status_code


def test_a_reader_without_etags_is_told_of_a_hidden_article(client: Client, cast: Cast) -> None:
    modified = client.get("/sources/gazette/feed.rss").headers["Last-Modified"]
    hide(cast.right_to_left, at=timezone.now())
    assert since(client, "/sources/gazette/feed.rss", modified) == 200
    assert since(client, "/feed.atom", modified) == 200
    assert since(client, "/feed.json?kind=number", modified) == 200


def test_a_reader_without_etags_misses_no_change_of_the_same_second(client: Client, cast: Cast) -> None:
    now = timezone.now().replace(microsecond=0)
    add_version(cast.stable, ["Quite another text."], at=now - timedelta(seconds=20))
    modified = client.get("/feed.atom").headers["Last-Modified"]
    assert parsedate_to_datetime(modified) <= timezone.now()
    add_version(cast.corrected, ["Seen in that second, stored later."], at=now - timedelta(seconds=20))
    later = answering._modified(now - timedelta(seconds=20), None, now + timedelta(seconds=5))
    assert later > parsedate_to_datetime(modified)


def test_an_unknown_feed_is_never_unchanged(client: Client, cast: Cast) -> None:
    for address in ("/sources/none/feed.rss", "/articles/999/feed.rss", "/feed.rss?before=x", "/feed.xml"):
        assert client.get(address, headers={"If-None-Match": "*"}).status_code == 404


def test_a_renamed_source_is_told(client: Client, cast: Cast) -> None:
    etag = client.get("/feed.rss").headers["ETag"]
    Source.objects.update(name="The Harbour Herald")
    answer = client.get("/feed.rss", headers={"If-None-Match": etag})
    assert answer.status_code == 200
    assert "The Harbour Herald" in answer.content.decode()


def test_an_entry_never_alters(client: Client, cast: Cast) -> None:
    def found() -> list[Entry]:
        caches["entries"].clear()
        return read(client, f"/articles/{cast.rewritten.pk}/feed.atom")[
            -2:
        ]  # its one change, and "Now tracked"

    before = found()
    add_version(cast.rewritten, ["All is new."], at=DAY_ONE + 30 * HOUR, title="A third headline")
    assert found() == before


# --- what it costs -----------------------------------------------------------------------------------
def test_an_entry_is_kept_as_soon_as_it_is_rendered(
    client: Client, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[int] = []
    content = entries._content

    def failing_at_the_third(change: Change) -> str:
        made.append(change.pk)
        if len(made) == 3:
            raise RuntimeError("the reader gave up")
        return content(change)

    monkeypatch.setattr(entries, "_content", failing_at_the_third)
    with pytest.raises(RuntimeError):
        client.get("/feed.atom")
    client.get("/feed.atom")
    assert len(made) == len(set(made)) + 1  # only the one that failed was made again


def test_queries_do_not_grow_with_entries(client: Client, cast: Cast, django_assert_num_queries) -> None:
    addresses = (
        "/feed.atom",
        "/sources/gazette/feed.rss",
        f"/articles/{cast.corrected.pk}/feed.json",
        FILTERED[0],
    )
    counts = dict(zip(addresses, (5, 5, 6, 5), strict=True))
    for rounds in range(2):
        for address, count in counts.items():
            caches["entries"].clear()
            with django_assert_num_queries(count):
                client.get(address)
            with django_assert_num_queries(count - 1):  # rendered entries are kept
                client.get(address)
        for n in range(20 * (1 - rounds)):
            add_version(cast.corrected, [f"{n} dogs barked."], at=DAY_ONE + (n + 9) * HOUR)


def test_pages_name_their_feeds(client: Client, cast: Cast) -> None:
    for address, feed in (
        ("/", "/feed"),
        ("/feeds/", "/feed"),
        ("/sources/gazette/", "/sources/gazette/feed"),
        (cast.corrected.get_absolute_url(), f"/articles/{cast.corrected.pk}/feed"),
        (f"/articles/{cast.corrected.pk}/diff/1/2/", f"/articles/{cast.corrected.pk}/feed"),
    ):
        body = client.get(address).content.decode()
        found = re.findall(r'<link rel="alternate" type="([^"]+)" title="[^"]+" href="([^"]+)">', body)
        assert found == [
            (formats.FORMATS[format].media_type, f"{feed}.{format}") for format in ("atom", "rss", "json")
        ]
        for format in FORMATS:
            assert f'<a href="{feed}.{format}" type=' in body
