"""What a preview warns of: each warning met, and not met where it would be wrong."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from articles.core import languages, legibility, robots, urls
from articles.core.extraction.decoding import charset_trouble
from articles.core.feeds import opml
from articles.core.legibility import FeedSeen, PageSeen, Severity, seen, spread, warnings_of
from articles.core.types import Entry, Extract, Paragraph, ParagraphKind, ParsedFeed

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
LANGUAGE_TAG = re.compile(r"[a-z]{2,3}(-[A-Z]{2})?")
SITE = "https://herald.example"
ENGLISH = (
    "The harbour board met on Tuesday evening to hear how the new breakwater had stood the winter, and nobody at "
    "the meeting spoke against the plan, though several residents wondered about the noise that the cranes would "
    "make when the first boats came in before dawn. The treasurer said that the reserve would cover the first year "
    "and that grants were expected to follow in the spring, when the lighthouse was to be painted as well."
)
GERMAN = (
    "Der Vorstand des Hafens kam am Dienstagabend zusammen, um zu hören, wie der neue Wellenbrecher den Winter "
    "überstanden hatte, und niemand sprach sich gegen den Plan aus, obwohl sich mehrere Anwohner nach dem Lärm "
    "erkundigten, den die Kräne machen würden, wenn die ersten Boote vor dem Morgengrauen einlaufen. Der "
    "Schatzmeister sagte, die Rücklage decke das erste Jahr, und im Frühjahr seien Zuschüsse zu erwarten."
)


def page(*texts: str, language: str = "en", **more: object) -> PageSeen:
    """An article that was read, by default a long one of words that no other has."""
    paragraphs = tuple(Paragraph(ParagraphKind.PARAGRAPH, text) for text in texts or [own_words()])
    extract = Extract("A headline", paragraphs, language=language)
    return PageSeen(f"{SITE}/1", "A headline", extract, **more)


def own_words(count: int = 200) -> str:
    own_words.calls += 1
    return " ".join(f"w{own_words.calls}x{number}" for number in range(count))


own_words.calls = 0


def feed(**fields: object) -> FeedSeen:
    """A feed in good order."""
    told = {
        "url": f"{SITE}/feed",
        "kind": "rss",
        "title": "The Herald",
        "count": 2,
        "dated": 2,
        "newest": NOW,
    }
    entries = (Entry(f"{SITE}/1", published=NOW), Entry(f"{SITE}/2", published=NOW))
    return FeedSeen(**(told | {"entries": entries} | fields))


def warned(feeds=(), pages=()) -> dict[str, Severity]:
    found = warnings_of(feeds, pages, NOW)
    assert [w.severity for w in found] == sorted(w.severity for w in found)
    assert all(w.words and w.remedy for w in found)
    return {warning.name: warning.severity for warning in found}


def test_what_is_in_order_is_warned_of_by_nothing():
    assert warned([feed()], [page(), page(), page()]) == {}


# --- feeds -------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"known_to": "The Gazette"}, "known-feed"),
        ({"tracked": 2, "tracked_by": "The Gazette"}, "known-articles"),
        ({"neighbour": "The Gazette"}, "same-site"),
        ({"count": 0, "entries": (), "dated": 0, "newest": None}, "no-entries"),
        ({"newest": NOW - timedelta(days=29)}, "old-feed"),
        ({"dated": 0, "newest": None}, "no-dates"),
        ({"elsewhere": 2, "entries": (Entry("https://other.example/1"),)}, "elsewhere"),
    ],
)
def test_what_is_amiss_with_a_feed(fields, name):
    assert list(warned([feed(**fields)])) == [name]


@pytest.mark.parametrize(
    "fields",
    [
        {"tracked": 1, "tracked_by": "The Gazette"},  # half of them: one paper may print another's
        {"newest": NOW - timedelta(days=27)},
        {"elsewhere": 1},
        {"kind": "sitemaps", "count": 0, "entries": (), "dated": 0, "newest": None},  # its parts have them
    ],
)
def test_what_is_not_amiss_with_a_feed(fields):
    assert warned([feed(**fields)]) == {}


def test_a_feed_that_cannot_be_read_is_not_said_to_be_empty():
    assert warned([FeedSeen(f"{SITE}/feed", problem="404 Not Found")]) == {}


# --- pages -------------------------------------------------------------------------------------------
FORBIDDEN = PageSeen(f"{SITE}/1", problem="robots.txt forbids it", forbidden_by="Disallow: /news/")


def test_robots_txt_is_named_by_its_line_and_weighs_more_if_it_forbids_all():
    assert warned([], [FORBIDDEN, page()]) == {"robots": Severity.WARNING}
    assert warned([], [FORBIDDEN, FORBIDDEN]) == {"robots": Severity.PROBLEM}
    [warning] = warnings_of([], [FORBIDDEN, page()], NOW)
    assert warning.words == "1 of the 2 articles is forbidden to newsdiff by robots.txt: “Disallow: /news/”."


def test_pages_of_scripts_and_pages_that_fail_are_told_apart():
    shell = PageSeen(f"{SITE}/1", problem="no article text was found on the page", is_shell=True)
    gone = PageSeen(f"{SITE}/2", problem="it answers 404 Not Found")
    assert warned([], [shell, page()]) == {"scripts": Severity.WARNING}
    assert warned([], [gone, page()]) == {"unread": Severity.WARNING}
    assert warned([], [gone]) == {"unread": Severity.PROBLEM}


def test_short_articles_are_judged_by_the_middle_one():
    assert warned([], [page(own_words(99)), page(own_words(20)), page()]) == {"too-short": Severity.WARNING}
    assert warned([], [page(own_words(20)), page(own_words(100)), page()]) == {}


def test_one_text_behind_all_addresses_is_a_problem():
    same = own_words()
    assert warned([], [page(same), page(same), page(f"{same} and a word")]) == {"same-text": Severity.PROBLEM}
    assert warned([], [page(same)]) == {}
    assert warned([], [page(same), page(same), page()]) == {}


def test_a_paragraph_that_all_have_is_noted():
    box = "Write to the newsroom in confidence about this"
    found = [page(own_words(), box), page(own_words(), box)]
    assert warned([], found) == {"shared": Severity.NOTE}
    assert warned([], [page(own_words(), "Read more"), page(own_words(), "Read more")]) == {}


def test_what_rules_mend_is_sent_to_the_page_where_they_are_made():
    same, box = own_words(), "Write to the newsroom in confidence about this"
    short, one_text = [page(own_words(20))], [page(same), page(same)]
    shared = [page(own_words(), box), page(own_words(), box)]
    told = [warning.remedy for pages in (short, one_text, shared) for warning in warnings_of([], pages, NOW)]
    assert len(told) == 3
    assert all("choose Rules… on the source's page and name there" in remedy for remedy in told)


def test_a_wall_is_a_problem_if_it_stands_before_all():
    wall = page(own_words(30), wall="looks like a paywall or login: 30 words")
    assert warned([], [wall, page(), page()]) == {"wall": Severity.WARNING}
    assert warned([], [wall, page(own_words(30), wall="looks like a paywall or login: 30 words")]) == {
        "wall": Severity.PROBLEM
    }


def test_a_language_that_is_not_said_or_not_meant():
    assert warned([], [page(language="")]) == {"no-language": Severity.NOTE}
    german = languages.spoken(GERMAN)
    assert german[0] == "de"
    assert warned([], [page(own_words(), language="en-GB", spoken=german)]) == {"language": Severity.WARNING}
    assert warned([], [page(own_words(), language="de-AT", spoken=german)]) == {}
    assert warned([], [page(own_words(), language="de")]) == {}


def test_a_short_text_is_of_no_language():
    assert languages.spoken(ENGLISH)[0] == "en"
    assert languages.spoken(" ".join(ENGLISH.split()[:59])) == ()
    assert languages.spoken("東京都は火曜日、新しい防波堤について発表した。" * 20) == ()


@pytest.mark.parametrize(
    ("body", "header", "trouble"),
    [
        ("<p>Grüße".encode(), "utf-8", ""),
        ("<meta charset=utf-8><p>Grüße".encode(), "", ""),
        ("<p>Grüße".encode("latin-1"), "utf-8", "wrong"),
        ("<p>Grüße".encode(), "", "guessed"),
        (b"\xef\xbb\xbf" + "<p>Grüße".encode(), "", ""),
    ],
)
def test_how_far_a_character_set_can_be_trusted(body, header, trouble):
    assert charset_trouble(body, header) == trouble


def test_a_character_set_that_is_guessed_or_wrong_is_told():
    assert warned([], [page(charset="guessed"), page()]) == {"charset": Severity.NOTE}
    assert warned([], [page(charset="wrong"), page(charset="guessed")]) == {"charset": Severity.WARNING}


# --- what a preview sees -----------------------------------------------------------------------------
def test_a_feed_is_summed_up():
    entries = (
        Entry(f"{SITE}/1", published=NOW - timedelta(days=1)),
        Entry(f"{SITE}/2", updated=NOW),
        Entry("https://other.example/3"),
        Entry("https://www.example.org/4"),
    )
    parsed = ParsedFeed("atom", "The Herald", entries, home_url="https://example.org/", language="en")
    found = seen(f"{SITE}/feed", parsed, 2)
    assert (found.count, found.entries, found.dated, found.newest, found.elsewhere) == (
        4,
        entries[:2],
        2,
        NOW,
        1,
    )


def entries_of(*numbers: int) -> tuple[Entry, ...]:
    return tuple(Entry(f"{SITE}/{number}") for number in numbers)


@pytest.mark.parametrize(
    ("feeds", "chosen"),
    [
        ([range(1, 8)], [1, 4, 7]),
        ([range(1, 3)], [1, 2]),
        ([range(1, 8), range(11, 18)], [1, 7, 11]),
        ([range(1, 8), range(11, 18), range(21, 28), range(31, 38)], [1, 11, 21]),
        ([range(1, 2), range(1, 2)], [1]),
        ([], []),
    ],
)
def test_articles_are_spread_over_the_feeds(feeds, chosen):
    found = spread([feed(entries=entries_of(*numbers)) for numbers in feeds], 3)
    assert [entry.url.rpartition("/")[2] for entry in found] == [str(number) for number in chosen]


def test_a_front_page_is_never_chosen():
    found = spread([feed(entries=(Entry(f"{SITE}/"), *entries_of(1)))], 3)
    assert [entry.url for entry in found] == [f"{SITE}/1"]


@pytest.mark.parametrize(
    ("body", "is_shell"),
    [
        (b"<div id=root></div><script>var text = 'many words that nobody sees'</script>", True),
        (
            b"<title>A long title of the page</title><noscript>Please switch on scripts</noscript><script src=x></script>",
            True,
        ),
        (b"<p>" + b"word " * 50 + b"<script>x</script>", False),
        (b"<p>Short, and without any script", False),
        (b"<SCRIPT>" * 100_000, True),
        (b"<" * 100_000, False),
        (b"", False),
    ],
)
def test_pages_that_scripts_fill_are_known(body, is_shell):
    assert legibility.is_shell(body) is is_shell


# --- robots.txt --------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("rules", "line"),
    [
        ("User-agent: *\nDisallow: /news/\nDisallow: /a", "Disallow: /news/"),
        ("User-agent: *\nDisallow: /\nDisallow: /news/1 # not this", "Disallow: /news/1"),
        ("User-agent: *\nAllow: /\nUser-agent: newsdiff\nDisallow: /*1$", "Disallow: /*1$"),
        ("User-agent: other\nUser-agent: newsdiff/2.0\ndisallow: /news", "disallow: /news"),
        ("User-agent: other\nDisallow: /news", ""),
        ("User-agent: *\nDisallow: /news\nAllow: /news/1", ""),
        ("", ""),
    ],
)
def test_the_line_that_forbids_is_found(rules, line):
    assert robots.rule_against(rules, f"{SITE}/news/1", "newsdiff/1.0 (+https://x.example)") == line


# --- the starter list --------------------------------------------------------------------------------
def test_the_starter_list_can_be_read_and_names_each_site_once():
    found = opml.parse((Path(__file__).parents[2] / "articles/starter.opml").read_bytes())
    assert len(found) >= 60
    assert [one for one in found if one.problem or not one.url.startswith("https://")] == []
    assert len({urls.key(one.url) for one in found}) == len(found)
    # feeds of one site become one source, and would be called by the first's name
    assert len({urls.site(one.home_url) for one in found}) == len(found)
    assert all(one.title and len(one.folder) == 1 and LANGUAGE_TAG.fullmatch(one.language) for one in found)
    assert len({one.folder for one in found}) >= 30
    assert len({languages.primary(one.language) for one in found}) >= 20
