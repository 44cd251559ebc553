"""The pages of sources and of figures: what they say, what they never say, drawings with their text."""

import html
import re
from datetime import timedelta

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client
from django.utils import timezone
from lxml import etree

from articles import charts, sourcestates, tallying
from articles.core import figures
from articles.core.figures import Followed
from articles.models import Article, Feed, Gap, Source
from articles.sourcestates import SourceState
from tests.cast import DAY_ONE, FERRY, FERRY_CORRECTED, Cast, add_version, make_article, make_source
from tests.web.test_pages import text_of

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
TODAY = DAY_ONE + 2 * DAY


@pytest.fixture(autouse=True)
def two_days_later():
    """Pages that say the same are kept, and what they say goes by the clock: it must run."""
    cache.clear()
    with time_machine.travel(TODAY, tick=True):
        yield


@pytest.fixture
def counted(cast: Cast) -> Cast:
    """The cast, with everything counted."""
    tallying.settle()
    return cast


def figure(page: str, name: str) -> str:
    """What stands beside a name in the list of figures."""
    found = re.search(rf"<dt>{name}</dt><dd>(.*?)</dd>", page, re.S)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", found.group(1))).split())


def table(page: str, caption: str) -> list[list[str]]:
    """The rows of the table after some words, its headings first."""
    found = re.search(
        rf"{caption}.*?<table.*?</table>|<table[^>]*>\s*<caption>{caption}.*?</table>", page, re.S
    )
    rows = re.findall(r"<tr>(.*?)</tr>", found.group(0), re.S)
    cells = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.S) for row in rows]
    return [[" ".join(re.sub(r"<[^>]+>", "", cell).split()) for cell in row] for row in cells]


# --- figures -----------------------------------------------------------------------------------------
@pytest.mark.parametrize("address", ["/stats/", "/sources/gazette/"])
def test_the_figures_of_one_source_and_of_all(client: Client, counted: Cast, address: str):
    page = client.get(address).content.decode()
    assert figure(page, "Articles followed") == "4"
    assert figure(page, "Articles that changed") == "3 75 %"
    assert figure(page, "Changes") == "4 1.0 an article, 1.3 an article that changed"
    # the first changes came 1, 1.5 and 2 hours after the articles were first read
    said = "about 2 hours or less for half; for nine in ten about 2 hours or less"
    assert figure(page, "Time to the first change") == said
    assert figure(page, "Headline changes") == "2 50 % of the changes"
    assert figure(page, "Disclosed by the page") == "25 % 1 disclosed, 3 silent"
    assert "Up to date: all that is stored is counted." in text_of(client.get(address))
    assert "How these figures are made" in page


def test_kinds_are_listed_with_those_that_were_silent_and_lead_to_their_changes(
    client: Client, counted: Cast
):
    page = client.get("/sources/gazette/").content.decode()
    rows = {row[0]: row[1:] for row in table(page, "In how many changes each kind")}
    assert rows["headline"] == ["2", "50 %", "2"]
    assert rows["correction notice"] == ["1", "25 %", "0"]
    assert 'href="/?source=gazette&amp;kind=headline"' in page


def test_the_most_edited_articles_are_links_and_none_is_hidden(client: Client, counted: Cast):
    listed = client.get("/stats/").content.decode().split("Most edited articles")[1].split("</ol>")[0]
    keys = [int(pk) for pk in re.findall(r'href="/articles/(\d+)-', listed)]
    assert keys[0] == counted.corrected.pk
    assert set(keys) == {counted.corrected.pk, counted.rewritten.pk, counted.right_to_left.pk}
    assert 'lang="ar" dir="rtl"' in listed


def test_an_article_is_gone_from_the_page_as_soon_as_it_is_hidden(client: Client, counted: Cast):
    before = client.get("/stats/")
    Article.objects.filter(pk=counted.corrected.pk).update(hidden_at=timezone.now())
    tallying.note_articles([counted.corrected.pk])
    asked_again = client.get("/stats/", headers={"If-None-Match": before["ETag"]})
    assert asked_again.status_code == 200
    assert "ferry" not in asked_again.content.decode()
    text = text_of(asked_again)
    assert "As of 4 Mar 2026, 09:00 UTC" in text
    assert "what happened since is being counted" in text
    tallying.settle()
    page = client.get("/stats/").content.decode()
    assert figure(page, "Articles followed") == "3"


# --- drawings ----------------------------------------------------------------------------------------
@pytest.mark.parametrize("address", ["/stats/", "/sources/gazette/", "/sources/"])
def test_drawings_have_a_name_and_are_well_formed(client: Client, counted: Cast, address: str):
    page = client.get(address).content.decode()
    drawings = re.findall(r"<svg.*?</svg>", page, re.S)
    assert drawings
    for drawing in drawings:
        svg = etree.fromstring(html.unescape(drawing).replace("&", "&amp;"))
        assert svg.get("role") == "img"
        named_by = (svg.get("aria-labelledby") or "").split()
        assert svg.get("aria-label") or all(svg.find(f".//*[@id='{name}']") is not None for name in named_by)
    assert "style=" not in page


def test_each_day_and_hour_is_in_a_table_too(client: Client, counted: Cast):
    page = client.get("/sources/gazette/").content.decode()
    days = table(page, "These days as a table")
    assert len(days) == 1 + 90
    assert days[1] == ["4 Mar 2026", "0", "0"]
    assert days[3] == ["2 Mar 2026", "4", "4"]
    hours = {row[0]: row[1:] for row in table(page, "These hours as a table")[1:]}
    assert len(hours) == 24
    assert hours["10"] == ["2", "0", "0", "0", "0", "0", "0"]  # a Monday
    assert "The most: Monday, from 10:00, 2 changes." in text_of(client.get("/sources/gazette/"))


def test_a_bar_is_as_high_as_its_day_and_never_too_low_to_be_seen():
    today = TODAY.date()
    drawn = charts.bars({today: (600, 0), today - DAY: (1, 2), today - 2 * DAY: (300, 0)}, today, 3)
    assert [bar.height for bar in drawn.days] == [charts.TALLEST / 2, 1, charts.TALLEST]
    assert [bar.x for bar in drawn.days] == [0, 6, 12]
    assert (drawn.most.day, drawn.changes) == (today, 901)
    assert drawn.outline == "M0 60v-30h5v30zM6 60v-1h5v1zM12 60v-60h5v60z"
    assert charts.bars({}, today, 3).most is None


def test_squares_grow_by_area_and_stay_in_their_places():
    drawn = charts.heat({"0": 100, "24": 25, "167": 1})
    monday, tuesday, sunday = (drawn.weekdays[n] for n in (0, 1, 6))
    assert monday.cells[0].side == charts.LARGEST
    assert tuesday.cells[0].side == round(charts.SMALLEST + (charts.LARGEST - charts.SMALLEST) / 2)
    assert sunday.cells[23].side >= charts.SMALLEST
    assert drawn.most == monday.cells[0]
    for weekday in drawn.weekdays:
        for cell in weekday.cells:
            assert cell.x // charts.SQUARE == (cell.x + max(cell.side, 1) - 1) // charts.SQUARE == cell.hour


# --- sources side by side ----------------------------------------------------------------------------
@pytest.fixture
def three(db) -> None:
    """Busy changed 2 of 2 articles, calm 1 of 4 and disclosed it, new has none."""
    busy, calm, _ = (make_source(name.title(), name) for name in ("busy", "calm", "new"))
    for n in range(2):
        found = make_article(busy, f"Ferry {n}", FERRY)
        add_version(found, FERRY_CORRECTED[:-1], at=DAY_ONE + HOUR)
        add_version(found, FERRY, at=DAY_ONE + 2 * HOUR)
    for n in range(4):
        found = make_article(calm, f"Ferry {n}", FERRY)
    add_version(found, FERRY_CORRECTED, at=DAY_ONE + DAY)
    tallying.settle()


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        ("", ["Busy", "Calm", "New"]),  # by changes
        ("articles", ["Calm", "Busy", "New"]),
        ("changed", ["Busy", "Calm", "New"]),
        ("edits", ["Busy", "Calm", "New"]),
        ("first", ["Busy", "Calm", "New"]),
        ("disclosed", ["Calm", "Busy", "New"]),
        ("name", ["Busy", "Calm", "New"]),
    ],
)
def test_sources_side_by_side_in_the_order_of_a_column(client: Client, three, sort: str, order: list[str]):
    page = client.get(f"/stats/?sort={sort}").content.decode()
    rows = table(page, "Each heading orders")
    assert [row[0] for row in rows[1:]] == order
    lines = {row[0]: row[1:] for row in rows[1:]}
    assert lines["Busy"] == ["2", "100 %", "4", "2.0", "about 1 hour", "0 %", "0 %"]
    assert lines["Calm"] == ["4", "25 %", "1", "1.0", "about 24 hours", "0 %", "100 %"]
    assert lines["New"] == ["0", "–", "0", "–", "–", "–", "–"]
    assert page.count("aria-sort=") == 1


def test_many_sources_page_by_key_in_any_order(client: Client, db):
    for n in range(205):
        Source.objects.create(name=f"Source {n:03}", slug=f"s{n:03}")
    make_article(Source.objects.get(slug="s150"), "Ferry", FERRY)
    tallying.settle()
    seen: list[str] = []
    address = "/stats/?sort=articles"
    while address:
        page = client.get(address).content.decode()
        seen += [row[0] for row in table(page, "Each heading orders")[1:]]
        following = re.search(r'rel="next" href="(\?[^"]+)"', page)
        address = f"/stats/{html.unescape(following.group(1))}" if following else ""
    assert seen[0] == "Source 150"
    assert len(seen) == len(set(seen)) == 205
    assert client.get("/stats/?after=nowhere").status_code == 404
    wrong = client.get("/stats/?sort=luck")
    assert wrong.status_code == 404
    assert "takes one of: changes, articles" in text_of(wrong)


# --- where there is nothing yet ------------------------------------------------------------------------
def test_without_sources_the_page_says_how_to_add_one(client: Client, db):
    assert "addsource URL" in text_of(client.get("/stats/"))


def test_before_the_first_article_and_before_the_first_change(client: Client, db):
    source = make_source()
    assert "No article has been read yet." in text_of(client.get("/stats/"))
    make_article(source, "Ferry", FERRY)
    tallying.settle()
    for address in ("/stats/", "/sources/gazette/"):
        page = client.get(address)
        assert "No change has been seen yet." in text_of(page)
        assert "<svg" not in page.content.decode()
        assert figure(page.content.decode(), "Time to the first change") == "–"


@pytest.mark.usefixtures("clock_stands_still")
def test_a_page_that_says_the_same_is_not_sent_again(client: Client, counted: Cast):
    page = client.get("/stats/")
    assert client.get("/stats/", headers={"If-None-Match": page["ETag"]}).status_code == 304
    assert client.get("/stats/?sort=name", headers={"If-None-Match": page["ETag"]}).status_code == 200


# --- how well a source is read -------------------------------------------------------------------------
def health(source: Source) -> sourcestates.Health:
    found = list(sourcestates.with_health(Source.objects.filter(pk=source.pk)))
    return sourcestates.healths(found, timezone.now())[source.pk]


def unread(articles: int, **fields: object) -> None:
    for pk in Article.objects.order_by("pk").values_list("pk", flat=True)[:articles]:
        Article.objects.filter(pk=pk).update(**fields)


@pytest.mark.parametrize(
    ("harm", "state"),
    [
        (lambda: None, SourceState.WELL),
        (lambda: Source.objects.update(is_paused=True), SourceState.PAUSED),
        (lambda: Feed.objects.all().delete(), SourceState.FEEDLESS),
        (lambda: Feed.objects.update(is_paused=True), SourceState.FEEDLESS),
        (lambda: Feed.objects.update(failures=3, last_status=404), SourceState.CUT_OFF),
        (lambda: unread(1, failures=2), SourceState.PATCHY),  # one of four
        (lambda: unread(1, suspect_looks=1), SourceState.PATCHY),
        (lambda: Article.objects.update(last_checked_at=None), SourceState.WAITING),
        (
            lambda: Gap.objects.create(scope="everything", began_at=TODAY - HOUR, reason="not_running"),
            SourceState.UNWATCHED,
        ),
        (
            lambda: Gap.objects.create(
                scope="host", host=Feed.objects.get().host, began_at=TODAY - 2 * HOUR, reason="robots"
            ),
            SourceState.UNWATCHED,
        ),
        (  # a host that has been silent for minutes is asked again soon
            lambda: Gap.objects.create(
                scope="host", host=Feed.objects.get().host, began_at=TODAY - HOUR / 2, reason="unreachable"
            ),
            SourceState.WELL,
        ),
    ],
)
def test_how_a_source_is_read_in_a_word(client: Client, counted: Cast, harm, state: SourceState):
    harm()
    assert health(counted.source).state is state
    assert str(state.label) in text_of(client.get("/sources/"))
    assert str(state.label).capitalize() in text_of(client.get("/sources/gazette/"))


def test_one_unread_article_of_many_is_told_and_no_trouble(client: Client, counted: Cast):
    for n in range(10):
        make_article(counted.source, f"More {n}", FERRY)
    unread(1, failures=1)
    tallying.settle()
    assert health(counted.source).state is SourceState.WELL
    text = text_of(client.get("/sources/gazette/"))
    assert "Read well. An article was last looked at 2 days ago. Its feed was last read 2 days ago." in text
    assert "The last look at 1 article failed, was not let in, or met something else than its text." in text


def test_what_keeps_us_from_looking_is_said(client: Client, counted: Cast):
    Gap.objects.create(scope="everything", began_at=TODAY - HOUR, reason="not_running")
    text = text_of(client.get("/sources/gazette/"))
    assert (
        "Not looked at for now: newsdiff was not running, since 4 Mar 2026, 08:00 UTC (about 1 hour ago)."
        in text
    )


def test_the_list_of_sources_tells_articles_last_days_and_last_change(client: Client, counted: Cast):
    text = text_of(client.get("/sources/"))
    assert "The Harbour Gazette 4 articles; 4 changes in 7 days; last change 2 days ago; read well" in text
    with time_machine.travel(TODAY + 6 * DAY, tick=False):
        assert "4 articles; 0 changes in 7 days" in text_of(client.get("/sources/"))


def test_a_delay_of_no_article_is_none():
    assert figures.of_articles([Followed(1, 0)]).delay(0.5) is None
