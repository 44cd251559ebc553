"""The built-in newspaper: its data files, its editions at a moment, and its site over real HTTP."""

import http.client
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import pairwise
from pathlib import Path

import feedparser
import lxml.html
import pytest
import waitress
from hypothesis import given
from hypothesis import strategies as st

from newsroom.__main__ import main
from newsroom.blocks import BlockKind, EditError, edit_blocks, parse
from newsroom.edition import Absence, Edition, Opening, change_steps, editions, last_change, on_show
from newsroom.manuscripts import FOLDER, Article, ManuscriptError, load, load_all
from newsroom.site import Site

OPENED = datetime(2026, 5, 14, 9, 30, tzinfo=UTC)  # a Thursday
OPENING = Opening(OPENED, pace=4.0)
ARTICLES = {article.slug: article for article in load_all()}
EVERY = pytest.mark.parametrize("article", ARTICLES.values(), ids=ARTICLES.keys())


def shown(slug: str, seconds: float) -> Edition:
    edition = on_show(ARTICLES[slug], OPENING, seconds)
    assert isinstance(edition, Edition)
    return edition


def words(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())


def edition_words(edition: Edition) -> list[str]:
    return words(" ".join([edition.headline, edition.standfirst, edition.byline, *edition.paragraphs]))


# --- data files -----------------------------------------------------------------------------------
def test_every_file_is_an_article() -> None:
    assert len(ARTICLES) >= 12
    assert set(ARTICLES) == {path.stem for path in FOLDER.iterdir()}
    assert {article.language for article in ARTICLES.values()} == {"en", "de", "ar", "ja"}


@EVERY
def test_consecutive_versions_differ_in_words_unless_marked_typographic(article: Article) -> None:
    for before, after in pairwise(article.versions):
        assert before.step < after.step
        assert before.lines != after.lines
        assert (words(" ".join(before.lines)) == words(" ".join(after.lines))) == after.typographic


@EVERY
def test_article_is_of_publishable_length(article: Article) -> None:
    text = " ".join(block.text for block in article.versions[-1].blocks)
    if article.language == "ja":  # no spaces between words; two characters to a word, roughly
        assert 600 <= len(text) <= 1500
    else:
        assert 250 <= len(text.split()) <= 700


# --- the promise of the first half minute ---------------------------------------------------------
def kinds_of_change(old: Edition, new: Edition) -> set[str]:
    """What a reader would call the step from one edition to the next."""

    def numbers(edition: Edition) -> list[str]:
        return sorted(re.findall(r"\d+", " ".join(edition.paragraphs)))

    def quoted(edition: Edition) -> list[str]:
        return re.findall("“[^”]*”", " ".join(edition.paragraphs))

    def notes(edition: Edition) -> int:
        return sum(block.kind is BlockKind.CORRECTION for block in edition.blocks)

    # A block moved is known by how it begins, since a word may have been edited further on.
    were, are = ([text[:20] for text in edition.paragraphs] for edition in (old, new))
    found = {
        "headline": old.headline != new.headline,
        "number": len(old.blocks) == len(new.blocks) and numbers(old) != numbers(new),
        "quotation": len(quoted(old)) == len(quoted(new)) and quoted(old) != quoted(new),
        "correction": notes(new) > notes(old),
        "rewrite": len(new.blocks) >= 2 * len(old.blocks),
        "passage moved": [text for text in were if text in are] != [text for text in are if text in were],
        "silent": new.modified == old.modified,
    }
    return {kind for kind, is_so in found.items() if is_so}


def changes_until(seconds: float) -> list[tuple[float, set[str]]]:
    """The moment of every change of words so far, in seconds, and its kinds."""
    changes = []
    for article in ARTICLES.values():
        for step in change_steps(article, seconds / OPENING.pace):
            before = on_show(article, OPENING, step * OPENING.pace - 0.1)
            after = on_show(article, OPENING, step * OPENING.pace + 0.1)
            if not isinstance(before, Edition) or not isinstance(after, Edition):
                continue
            if edition_words(before) != edition_words(after):
                changes.append((step * OPENING.pace, kinds_of_change(before, after)))
    return sorted(changes, key=lambda change: change[0])


def test_much_is_to_be_seen_within_half_a_minute() -> None:
    assert len(editions(ARTICLES.values(), OPENING, 0)) >= 8
    changes = changes_until(30)
    assert changes[0][0] <= 6
    assert len(changes) >= 5
    assert set().union(*(kinds for _, kinds in changes)) == {
        "headline",
        "number",
        "quotation",
        "correction",
        "rewrite",
        "passage moved",
        "silent",
    }


def test_something_changes_every_few_seconds_and_never_stops() -> None:
    moments = [0.0, *(moment for moment, _ in changes_until(600))]
    gaps = [(after - before, after) for before, after in pairwise(moments)]
    assert max(gap for gap, moment in gaps if moment <= 120) <= 4
    assert max(gap for gap, _ in gaps) <= 12.1
    assert moments[-1] > 585


# --- editions -------------------------------------------------------------------------------------
def test_the_first_version_stands_before_the_opening_too() -> None:
    assert shown("coast-road", -30) == shown("coast-road", 0)


def test_a_version_begins_at_its_step() -> None:
    assert shown("quay-street-charge", 7.9).headline == "Man charged with murder after Quay Street death"
    assert (
        shown("quay-street-charge", 8.1).headline == "Man charged with manslaughter after Quay Street death"
    )


def test_pace_stretches_the_history() -> None:
    slow = Opening(OPENED, pace=40)
    edition = on_show(ARTICLES["quay-street-charge"], slow, 79)
    assert isinstance(edition, Edition)
    assert "murder" in edition.headline
    assert on_show(ARTICLES["quay-street-charge"], slow, 81) != edition


def test_a_silent_change_leaves_the_stamp_alone_and_not_the_truth() -> None:
    before, after = shown("council-budget", 15.9), shown("council-budget", 16.1)
    assert "£14.2m" in before.headline
    assert "£12.4m" in after.headline
    assert after.modified == before.modified
    assert after.changed == OPENED + timedelta(seconds=16)
    assert after.tag != before.tag


def test_a_revert_shows_the_first_text_again() -> None:
    first, second, third = (shown("coast-road", seconds) for seconds in (0, 20, 36))
    assert first.paragraphs == third.paragraphs
    assert first.headline == third.headline
    assert second.paragraphs != first.paragraphs


def test_typography_alone_changes_no_word() -> None:
    looks = [shown("harbour-choir", seconds) for seconds in (0, 15, 60)]
    assert len({look.tag for look in looks}) == 3
    assert edition_words(looks[0]) == edition_words(looks[1]) == edition_words(looks[2])
    assert len({look.modified for look in looks}) == 1


def test_one_article_never_changes() -> None:
    assert shown("lighthouse-log", 0) == shown("lighthouse-log", 86_400)


def test_an_article_appears_and_another_goes() -> None:
    assert on_show(ARTICLES["football-final"], OPENING, 15.9) is Absence.NOT_YET
    assert shown("football-final", 16.1).published == OPENED + timedelta(seconds=16)
    shown("fish-market-move", 87.9)
    assert on_show(ARTICLES["fish-market-move"], OPENING, 88.1) is Absence.GONE
    slugs = {edition.article.slug for edition in editions(ARTICLES.values(), OPENING, 88.1)}
    assert "football-final" in slugs
    assert "fish-market-move" not in slugs


def test_days_are_those_of_the_opening() -> None:
    correction = shown("museum-clock", 3 * 86_400).paragraphs[-1]
    assert correction.startswith("Correction, 14 May: an earlier version of this article said")
    assert "on Thursday" in shown("council-budget", 3 * 86_400).paragraphs[0]
    assert any("訂正】5月14日" in text for text in shown("togaura-terminal", 600).paragraphs)
    assert any("Korrektur, 14. Mai:" in text for text in shown("lindenhafen-faehre", 600).paragraphs)


def test_a_live_report_adds_entries_and_keeps_its_length() -> None:
    # The last version begins at 54 s, and every 12 s brings an entry: 221 + 7, then + 6.
    base, first, second = (shown("storm-live", seconds) for seconds in (55, 67, 79))
    assert len(first.blocks) == len(base.blocks) + 1
    assert [text for text in second.paragraphs if text not in first.paragraphs] == [
        "09:31: 234 centimetres at Mill Lock. The car park at Gull Steps has been cleared, apart from one "
        "blue van whose owner is asked to come at once."
    ]
    latest = second.paragraphs.index("Latest")
    assert second.paragraphs[latest + 2] == first.paragraphs[latest + 1]
    assert "228 centimetres" in first.paragraphs[latest + 1]
    assert len(shown("storm-live", 86_400).blocks) == len(base.blocks) + 9


def test_a_count_goes_on_for_ever() -> None:
    # 4,212 at 72 s; then every 16 s by 17, 23, 9, 31, 12, 28, 6: 126 in a round of seven.
    headline = "Petition to save Eastgate library’s Saturdays reaches {} signatures"
    for seconds, count in ((73, "4,212"), (89, "4,229"), (105, "4,252"), (73 + 7 * 16 * 10, "5,472")):
        assert shown("library-petition", seconds).headline == headline.format(count)


@given(
    st.sampled_from(sorted(ARTICLES)),
    st.lists(st.floats(0, 20_000), min_size=2, max_size=2).map(sorted),
    st.sampled_from([0.05, 1.0, 4.0, 30.0]),
)
def test_time_runs_forward(slug: str, moments: list[float], pace: float) -> None:
    opening = Opening(OPENED, pace)
    before, after = (on_show(ARTICLES[slug], opening, moment) for moment in moments)
    if isinstance(before, Edition) and isinstance(after, Edition):
        assert before.published == after.published
        assert before.changed <= after.changed <= OPENED + timedelta(seconds=moments[1], microseconds=1)
        assert before.modified <= before.changed
        if before.changed == after.changed:
            assert before.tag == after.tag
    else:
        assert (before, after) != (Absence.GONE, Absence.NOT_YET)


def test_the_feeds_last_change_counts_what_was_taken_down() -> None:
    market = [ARTICLES["fish-market-move"]]
    assert last_change(market, OPENING, 0) == OPENED
    assert last_change(market, OPENING, 61) == OPENED + timedelta(seconds=60)
    assert last_change(market, OPENING, 500) == OPENED + timedelta(seconds=88)


# --- the text and its edits -----------------------------------------------------------------------
BODY = """
One goes first,
on two lines.

## Two

> Three said.

[box] Four
- five
- six

- seven
- eight
"""


def test_markup_tells_the_kinds_of_blocks() -> None:
    assert [(block.kind.value, block.text) for block in parse(BODY)] == [
        ("paragraph", "One goes first, on two lines."),
        ("heading", "Two"),
        ("quote", "Three said."),
        ("box_heading", "Four"),
        ("box_item", "five"),
        ("box_item", "six"),
        ("list_item", "seven"),
        ("list_item", "eight"),
    ]


@pytest.mark.parametrize(
    ("edit", "texts"),
    [
        ({"change": "b", "to": "x y"}, ["a x y.", "c d.", "e f."]),
        ({"add": "new\n\n## head", "after": "a b"}, ["a b.", "new", "head", "c d.", "e f."]),
        ({"add": "new", "before": "a b"}, ["new", "a b.", "c d.", "e f."]),
        ({"remove": "c d"}, ["a b.", "e f."]),
        ({"move": "e f", "before": "a b"}, ["e f.", "a b.", "c d."]),
        ({"move": "a b", "after": "e f"}, ["c d.", "e f.", "a b."]),
        ({"split": "d"}, ["a b.", "c", "d.", "e f."]),
        ({"merge": "a b"}, ["a b. c d.", "e f."]),
    ],
)
def test_edits(edit: dict[str, str], texts: list[str]) -> None:
    blocks = parse("a b.\n\nc d.\n\ne f.")
    assert [block.text for block in edit_blocks(blocks, edit)] == texts


def test_a_list_entry_added_in_a_fact_box_belongs_to_it() -> None:
    blocks = edit_blocks(parse(BODY), {"add": "- and more", "after": "five"})
    assert blocks[5].kind is BlockKind.BOX_ITEM


@pytest.mark.parametrize(
    ("edit", "field"),
    [
        ({"change": "nowhere", "to": "x"}, "change"),
        ({"change": ".", "to": "x"}, "change"),
        ({"change": "a"}, "to"),
        ({"add": "x"}, "after"),
        ({"add": "x", "after": "a", "before": "c"}, "after"),
        ({"merge": "c"}, "merge"),
        ({"split": "a"}, "split"),
        ({"remove": "a", "to": "x"}, "to"),
        ({"remove": "a", "merge": "a"}, ""),
    ],
)
def test_edits_that_do_not_fit_say_which_part(edit: dict[str, str], field: str) -> None:
    with pytest.raises(EditError) as caught:
        edit_blocks(parse("a b.\n\nc d."), edit)
    assert caught.value.field == field


# --- complaints about a file ----------------------------------------------------------------------
GOOD = """
section = "town"
language = "en"
age = 5

[[versions]]
step = 0
note = "First"
headline = "A headline"
standfirst = "A standfirst"
byline = "By Ann Other"
author = "Ann Other"
body = "Some words."

[[versions]]
step = 2
note = "Second"
headline = "Another headline"
"""


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ('section = "town"', 'section = "tow"', "section: 'tow' is unknown; known are town"),
        ('section = "town"', "", "section: is missing"),
        ('section = "town"', "section = 3", "section: must be text, is 3"),
        ("age = 5", "aged = 5", "aged: is unknown"),
        ("age = 5", "age = 0", "age: is for an article on show from step 0"),
        ("age = 5", "age = 5\ngone_at = 2", "gone_at: 2 is not after the last version's step 2"),
        ("step = 2", "step = 0", "versions[2].step: 0 is not after 0"),
        ("step = 2", 'step = "2"', "versions[2].step: must be a number, is '2'"),
        ('note = "Second"', "", "versions[2].note: is missing"),
        ('author = "Ann Other"', "", "versions[1].author: is missing"),
        ('headline = "A headline"', 'headline = " "', "versions[1].headline: is empty"),
        ('body = "Some words."', "", "versions[1].body: is missing"),
        ('body = "Some words."', 'body = "It is {noon}."', "versions[1]: {noon} is unknown"),
        ('body = "Some words."', 'body = "{count}"', "goes_on: is missing, and a text names {count}"),
        ('"Another headline"', '"A headline"', "versions[2]: is no different from the version before"),
        ('"Another headline"', '"A headline."', "versions[2]: changes no word"),
        ('"Another headline"', '"Another headline"\ntypographic = true', "versions[2].typographic: is true"),
        ('headline = "Another headline"', "revert_to = 2", "versions[2].revert_to: 2 is not the number"),
        ('"Another headline"', '"Another headline"\nrevert_to = 1', "versions[2].headline: a revert takes"),
        (
            '"Another headline"',
            '"Another headline"\n[[versions.edits]]\nchange = "many"\nto = "few"',
            "versions[2].edits[1].change: 'many' is in 0 blocks",
        ),
        ('"Another headline"', '"Another headline"\n[goes_on]\nevery = 2', "goes_on: nothing would change"),
        ('"Another headline"', '"{count}"\n[goes_on]\nevery = 0', "goes_on.every: must be above 0"),
        ("step = 0", "step = ", "is not TOML"),
    ],
)
def test_a_bad_file_is_refused_with_its_name_and_field(tmp_path, old: str, new: str, complaint: str) -> None:
    path = tmp_path / "harvest.toml"
    path.write_text(GOOD)
    assert load(path).versions[1].headline == "Another headline"
    assert old in GOOD
    path.write_text(GOOD.replace(old, new, 1))
    with pytest.raises(ManuscriptError) as caught:
        load(path)
    assert str(caught.value).startswith(f"harvest.toml: {complaint}")


def test_the_example_in_the_documentation_loads(tmp_path) -> None:
    text = (Path(__file__).parents[1] / "docs" / "demo.md").read_text(encoding="utf-8")
    path = tmp_path / "swans.toml"
    path.write_text(text.partition("```toml\n")[2].partition("```")[0], encoding="utf-8")
    swans = load(path)
    assert {block.kind for block in swans.versions[0].blocks} == set(BlockKind)
    assert swans.versions[1].blocks[0].text.startswith("Two pairs of swans have nested on the mill pond")


def test_a_related_article_must_exist(tmp_path) -> None:
    (tmp_path / "harvest.toml").write_text('related = ["sowing"]' + GOOD)
    with pytest.raises(ManuscriptError, match=r"harvest.toml: related: there is no article 'sowing'"):
        load_all(tmp_path)


# --- the site, over HTTP --------------------------------------------------------------------------
@dataclass
class Server:
    """The site behind waitress, with a clock the test turns."""

    port: int
    seconds: float = 0.0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def ask(
        self, path: str, method: str = "GET", **headers: str
    ) -> tuple[int, http.client.HTTPMessage, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            names = {name.replace("_", "-"): value for name, value in headers.items()}
            connection.request(method, path, headers=names)
            response = connection.getresponse()
            return response.status, response.headers, response.read()
        finally:
            connection.close()

    def page(self, path: str) -> lxml.html.HtmlElement:
        status, _, body = self.ask(path)
        assert status == 200
        return lxml.html.document_fromstring(body.decode())


@pytest.fixture(scope="module")
def running() -> Iterator[Server]:
    server = Server(port=0)
    site = Site(opened=OPENED, clock=lambda: OPENED + timedelta(seconds=server.seconds))
    listening = waitress.create_server(site, host="127.0.0.1", port=0, threads=2)
    server.port = int(listening.effective_port)
    thread = threading.Thread(target=listening.run, daemon=True)
    thread.start()
    yield server
    listening.close()
    thread.join(timeout=10)


@pytest.fixture
def site(running: Server) -> Server:
    running.seconds = 0.0
    return running


@pytest.mark.parametrize(("path", "version"), [("/feed.xml", "rss20"), ("/atom.xml", "atom10")])
def test_feeds_list_the_articles_on_show(site: Server, path: str, version: str) -> None:
    site.seconds = 90
    status, _, body = site.ask(path)
    feed = feedparser.parse(body)
    assert (status, bool(feed.bozo), feed.version) == (200, False, version)
    on_now = editions(ARTICLES.values(), OPENING, 90)
    assert [(entry.link, entry.title) for entry in feed.entries] == [
        (site.url + edition.article.path, edition.headline) for edition in on_now
    ]
    published = [datetime(*entry.published_parsed[:6], tzinfo=UTC) for entry in feed.entries]
    assert published == sorted(published, reverse=True)
    assert published == [edition.published.replace(microsecond=0) for edition in on_now]


@EVERY
@pytest.mark.parametrize("seconds", [0, 30, 86])
def test_article_page_holds_exactly_what_is_on_show(site: Server, article: Article, seconds: float) -> None:
    site.seconds = seconds
    edition = on_show(article, OPENING, seconds)
    if edition is Absence.NOT_YET:
        assert site.ask(article.path)[0] == 404
        return
    assert isinstance(edition, Edition)
    page = site.page(article.path)
    texts = page.xpath(
        '//article//div[@class="body"]//*[self::p or self::h2 or self::li or self::figcaption]'
    )
    assert [element.text_content() for element in texts] == edition.paragraphs
    assert page.xpath("string(//article//h1)") == edition.headline
    assert page.xpath('string(//article//*[@class="standfirst"])') == edition.standfirst
    assert page.xpath('string(//article//*[@class="byline"])') == edition.byline
    assert page.xpath("//article//time/@datetime")[0] == edition.published.isoformat()
    assert page.get("lang") == article.language
    assert page.get("dir") == ("rtl" if article.language == "ar" else "ltr")
    assert page.xpath('//link[@rel="canonical"]/@href') == [site.url + article.path]


def test_home_leads_to_the_feeds_and_to_every_article(site: Server) -> None:
    page = site.page("/")
    assert page.xpath('//link[@rel="alternate"]/@href') == ["/feed.xml", "/atom.xml"]
    paths = [edition.article.path for edition in editions(ARTICLES.values(), OPENING, 0)]
    assert page.xpath('//div[@class="teaser"]//a/@href') == paths


def test_section_page_lists_its_own_articles(site: Server) -> None:
    assert site.page("/courts/").xpath('//div[@class="teaser"]//a/@href') == ["/courts/quay-street-charge"]


def test_the_boxes_beside_differ_at_each_look_and_the_article_does_not(site: Server) -> None:
    looks = [site.page("/culture/lighthouse-log") for _ in range(3)]
    beside, articles = (
        {lxml.html.tostring(look.xpath(path)[0]) for look in looks}
        for path in ('//aside[@class="beside"]', "//article")
    )
    assert len(beside) == 3
    assert len(articles) == 1
    assert not looks[0].xpath('//article//aside[@class="beside"]')


@pytest.mark.parametrize("path", ["/courts/quay-street-charge", "/feed.xml", "/atom.xml"])
def test_a_known_copy_is_answered_304_until_the_text_changes(site: Server, path: str) -> None:
    status, headers, _ = site.ask(path)
    assert status == 200
    tag, since = headers["ETag"], headers["Last-Modified"]
    status, again, body = site.ask(path, If_None_Match=tag)
    assert (status, again["ETag"], body) == (304, tag, b"")
    assert site.ask(path, If_Modified_Since=since)[0] == 304
    assert site.ask(path, If_None_Match='"other"', If_Modified_Since=since)[0] == 200
    site.seconds = 9  # the charge has become another at 8 s
    assert site.ask(path, If_None_Match=tag)[0] == 200
    assert site.ask(path, If_Modified_Since=since)[0] == 200


def test_last_modified_tells_the_truth_of_a_silent_change(site: Server) -> None:
    site.seconds = 17
    _, headers, _ = site.ask("/council/council-budget")
    assert headers["Last-Modified"] == format_datetime(OPENED + timedelta(seconds=16), usegmt=True)


def test_a_date_that_cannot_be_read_is_ignored(site: Server) -> None:
    assert site.ask("/feed.xml", If_Modified_Since="yesterday")[0] == 200


def test_an_article_taken_down_answers_410_and_leaves_the_feed(site: Server) -> None:
    path = "/harbour/fish-market-move"
    assert site.ask(path)[0] == 200
    since = site.ask("/feed.xml")[1]["Last-Modified"]
    site.seconds = 89
    status, _, body = site.ask(path)
    assert status == 410
    assert "Fish market to lose" not in body.decode()
    assert path.encode() not in site.ask("/feed.xml", If_Modified_Since=since)[2]


def test_head_gives_the_headers_alone(site: Server) -> None:
    length = len(site.ask("/feed.xml")[2])
    status, headers, body = site.ask("/feed.xml", "HEAD")
    assert (status, int(headers["Content-Length"]), body) == (200, length, b"")


@pytest.mark.parametrize(
    ("path", "content_type"),
    [
        ("/robots.txt", "text/plain"),
        ("/style.css", "text/css"),
        ("/pictures/storm-live.svg", "image/svg+xml"),
    ],
)
def test_the_rest_of_the_site_is_there(site: Server, path: str, content_type: str) -> None:
    status, headers, body = site.ask(path)
    assert status == 200
    assert headers["Content-Type"].startswith(content_type)
    assert body


@pytest.mark.parametrize("path", ["/nothing", "/town", "/town/none", "/pictures/", "/sport/football-final"])
def test_nothing_is_at_other_addresses(site: Server, path: str) -> None:
    assert site.ask(path)[0] == 404


def test_other_methods_are_refused(site: Server) -> None:
    status, headers, _ = site.ask("/", "POST")
    assert (status, headers["Allow"]) == (405, "GET, HEAD")


@pytest.mark.parametrize("pace", ["0", "-1", "brisk"])
def test_a_pace_that_is_none_is_misuse(pace: str, capsys) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["--pace", pace])
    assert caught.value.code == 2
    assert "--pace" in capsys.readouterr().err


def test_a_port_that_is_taken_is_said(site: Server, capsys) -> None:
    assert main(["--port", str(site.port)]) == 1
    assert f"newsroom: cannot listen at 127.0.0.1:{site.port}" in capsys.readouterr().err


def test_a_quotation_may_repeat_its_mark_on_every_line():
    (block,) = parse("> The wall stood\n> all winter.")
    assert (block.kind, block.text) == (BlockKind.QUOTE, "The wall stood all winter.")
