"""Texts in doubt: what a page writes anew at every look makes no version, and every edit does."""

import itertools
import random
from datetime import timedelta

import pytest
from django.utils import timezone

from articles import tallying
from articles.core.types import Outcome
from articles.models import Article, Boilerplate, Change, Check, Version
from tests.crawl import at, follow, look_again, poll_again, work_off
from tests.site import Asked, Page, Site, article

TEXT = [
    "The harbour board met on Tuesday evening to discuss the new quay, which will cost 14 million.",
    "Several members asked for another report before a decision is taken, the chairwoman said.",
    "The fishing families of the old town have their own plans, and showed them to the board.",
    "A vote is expected in the second week of May, after the parliament has debated the budget.",
    "Work on the quay could begin in autumn at the earliest, according to the harbour master.",
]
WORDS = (
    "amber basket candle denim engine falcon garden hollow island jacket kettle lantern marble needle "
    "orchard pepper quarry ribbon saddle timber velvet willow"
).split()

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("laws")]


class Ticking:
    """A page whose paragraphs are `text`, with another sentence at each look at the places given."""

    def __init__(self, site: Site, path: str, places: tuple[int, ...], mark_up: str = "<p>{}</p>") -> None:
        self.site, self.path, self.places, self.mark_up = site, path, places, mark_up
        self.text, self.random, self.answers = list(TEXT), random.Random(path), 0
        site.pages[path] = self.answer

    def answer(self, asked: Asked) -> Page:
        self.answers += 1
        lines = [f"<p>{text}</p>" for text in self.text]
        for place in sorted(self.places, reverse=True):
            lines.insert(place, self.mark_up.format(self.said()))
        body = "".join(lines)
        return Page(
            f"<html><body><article><h1>Harbour board of {self.path[1:]} meets</h1>{body}</article></body></html>"
        )

    def said(self) -> str:
        picked = self.random.choices(WORDS, k=14)
        return f"{picked[0].capitalize()} {' '.join(picked[1:])}, readers of ours have said this week."


def texts(row: Article) -> list[list[str]]:
    """The versions' paragraphs, oldest first."""
    return [version.texts for version in row.versions.order_by("number")]


@pytest.mark.parametrize("places", [(0,), (2,), (5,), (1, 4), (0, 3, 5)])
def test_a_paragraph_that_is_another_at_every_look_makes_no_version_and_is_taken_out(site, places):
    Ticking(site, "/a", places)
    follow(site, "/a")
    for _ in range(4):
        look_again()
    row = at(site, "/a")
    assert texts(row) == [TEXT]
    assert set(row.checks.values_list("outcome", flat=True)) == {Outcome.NEW_VERSION, Outcome.UNCHANGED}
    assert row.check_count == Check.objects.count() == 5  # a look in doubt is no look of its own
    assert row.pending_digest == ""


def test_once_it_is_known_where_a_page_ticks_one_request_a_look_is_enough(site):
    page = Ticking(site, "/a", (2,))
    follow(site, "/a")
    look_again()
    asked = page.answers
    look_again()
    look_again()
    assert page.answers == asked + 2


def test_edits_of_a_ticking_page_are_versions_of_the_article_s_own_text(site):
    page = Ticking(site, "/a", (2, 5))
    follow(site, "/a")
    look_again()
    edited = [TEXT[0].replace("14", "19"), *TEXT[1:]]
    page.text = list(edited)
    look_again()
    beside = [
        edited[0],
        "A short new paragraph stands right beside what ticks, and stays there.",
        *edited[1:],
    ]
    page.text, page.places = list(beside), (2, 6)  # the place is between the new one and the old neighbour
    look_again()
    look_again()
    assert texts(at(site, "/a")) == [TEXT, edited, beside]
    assert [change.kind_names for change in Change.objects.order_by("pk")] == [["number"], ["added"]]


def test_a_real_paragraph_that_comes_where_a_page_ticks_is_found_out_by_staying(site):
    page = Ticking(site, "/a", (2,))
    follow(site, "/a")
    look_again()
    real = "This sentence is the article's own, and it takes the place of what was ticking."
    page.text, page.places = [*TEXT[:2], real, *TEXT[2:]], ()
    look_again()
    look_again()
    assert texts(at(site, "/a")) == [TEXT, [*TEXT[:2], real, *TEXT[2:]]]


def test_an_edit_between_the_two_looks_loses_nothing(site):
    """The text that was in doubt is edited before it is looked at again: the second one is the version."""
    stages = itertools.chain(
        [["Before", *TEXT]], [["Between, for a moment", *TEXT]], itertools.repeat(["After all", *TEXT])
    )
    site.pages["/a"] = article("Harbour", *next(stages))
    follow(site, "/a")
    site.pages["/a"] = lambda asked: article("Harbour", *next(stages))
    look_again()
    assert texts(at(site, "/a")) == [["Before", *TEXT], ["After all", *TEXT]]


def test_a_page_that_comes_the_same_byte_for_byte_is_not_doubted(site):
    site.pages["/a"] = article("Harbour", *TEXT)
    follow(site, "/a")
    for _ in range(3):
        look_again()
    asked = len(site.paths())
    site.pages["/a"] = article(
        "Harbour", *TEXT[:-1], "Work on the quay begins in May, the harbour master said."
    )
    look_again()
    assert len(site.paths()) == asked + 1
    assert at(site, "/a").version_count == 2


def test_a_page_cut_on_its_way_is_doubted_however_calm_it_was_before(site):
    site.pages["/a"] = article("Harbour board meets", *TEXT)
    follow(site, "/a")
    for _ in range(4):
        look_again()
    cut = article("Harbour board meets", *TEXT[:4])
    answers = itertools.chain([cut], itertools.repeat(article("Harbour board meets", *TEXT)))
    site.pages["/a"] = lambda asked: next(answers)
    look_again()
    assert texts(at(site, "/a")) == [TEXT]
    site.pages["/a"] = cut  # the editors may shorten it themselves
    look_again()
    assert texts(at(site, "/a")) == [TEXT, TEXT[:4]]


def test_a_text_in_doubt_waits_through_errors_and_is_a_version_at_the_next_good_look(site):
    site.pages["/a"] = article("Harbour", *TEXT)
    follow(site, "/a")
    answers = itertools.chain([article("Harbour", *TEXT[:-1])], itertools.repeat(Page("no", 500)))
    site.pages["/a"] = lambda asked: next(answers)
    look_again()
    row = at(site, "/a")
    assert (row.version_count, row.last_outcome) == (1, Outcome.FAILED)
    site.pages["/a"] = article("Harbour", *TEXT[:-1])
    look_again()
    assert texts(at(site, "/a")) == [TEXT, TEXT[:-1]]


def test_a_page_that_never_settles_is_believed_in_the_end(site):
    """Every paragraph is another at every look: nothing tells which of them is the article's."""
    page = Ticking(site, "/a", (0,))
    follow(site, "/a")
    numbers = itertools.count(1)
    site.pages["/a"] = lambda asked: article(
        "Harbour", *(f"{text} It was reported {next(numbers)} times." for text in TEXT)
    )
    look_again()
    first, second = texts(at(site, "/a"))
    assert len(first) == len(TEXT) + 1  # nothing was taken out of what was seen
    assert [line.rpartition(" It was")[0] for line in second] == TEXT
    assert page.answers == 1


# --- learning for the whole source -----------------------------------------------------------------------
def test_a_place_that_ticks_on_two_articles_is_left_out_of_the_third_at_once(site):
    aside = "<div class='quote-of-the-day'><div class='inner'>{}</div></div>"
    for path in ("/a", "/b"):
        Ticking(site, path, (2,), aside)
    follow(site, "/a", "/b")
    look_again()
    assert [row.left_out_since is not None for row in Boilerplate.objects.all()] == [True]
    third = Ticking(site, "/c", (3,), aside)
    site.pages["/feed.xml"].body = site.pages["/feed.xml"].body.replace("/b", "/c")
    poll_again()
    look_again()
    assert texts(at(site, "/c")) == [TEXT]
    assert third.answers == 2  # nothing was in doubt


def test_what_an_operator_calls_text_is_never_left_out(site):
    aside = "<div class='quote-of-the-day'>{}</div>"
    for path in ("/a", "/b"):
        Ticking(site, path, (2,), aside)
    follow(site, "/a", "/b")
    look_again()
    Boilerplate.objects.update(is_text=True)
    Ticking(site, "/c", (2,), aside)
    site.pages["/feed.xml"].body = site.pages["/feed.xml"].body.replace("/b", "/c")
    poll_again()
    assert len(texts(at(site, "/c"))[0]) == len(TEXT) + 1


def test_a_paragraph_that_ends_six_articles_is_left_out_of_all_and_makes_no_change(site):
    notice = "Do you know more about this? Write to the newsroom in confidence."
    paths = [f"/{name}" for name in "abcdef"]
    for path in paths:
        own = [f"{text} So it was at {path[1:]}." for text in TEXT]
        site.pages[path] = article(f"Report {path[1:]}", *own, notice)
    follow(site, *paths)
    assert [texts(at(site, path))[0][-1] == notice for path in paths] == [True] * 5 + [False]
    for path in paths:
        site.pages[path].body += "<!-- other bytes -->"
    look_again()
    assert all(notice not in version.texts for version in Version.objects.all())
    assert Change.objects.count() == 0
    assert Boilerplate.objects.get().sample == notice


def test_a_passage_of_one_article_or_a_correction_is_never_learnt(site):
    correction = "Correction: an earlier version of this report gave a wrong date."
    background = "The quay was built in 1931 and has been repaired twice since the war."
    paths = [f"/{name}" for name in "abcde"]
    for path in paths:
        own = [f"{text} So it was at {path[1:]}." for text in TEXT]
        site.pages[path] = article(f"Report {path[1:]}", *own[:3], background, *own[3:], *own, correction)
    follow(site, *paths)
    assert Boilerplate.objects.left_out().count() == 0
    assert all({correction, background} <= set(version.texts) for version in Version.objects.all())


def test_the_operator_sees_where_a_page_ticks(site, admin_client):
    Ticking(site, "/a", (2,))
    follow(site, "/a")
    look_again()
    shown = admin_client.get(f"/admin/articles/article/{at(site, '/a').pk}/change/").content.decode()
    assert (
        "another text at every look: between “Several members asked for another report before a decision"
        in shown
    )


# --- what a doubt must not do -----------------------------------------------------------------------------
def test_a_second_look_goes_before_what_else_is_due_on_the_host(site):
    paths = [f"/{name}" for name in "abcdef"]
    for path in paths:
        site.pages[path] = article(f"Report {path[1:]}", *TEXT, f"So it was at {path[1:]}.")
    follow(site, *paths)
    first = at(site, "/a")
    Article.objects.filter(pk=first.pk).update(next_check_at=first.next_check_at - timedelta(days=1))
    site.pages["/a"] = article("Report a", *TEXT)
    asked = len(site.paths())
    for row in Article.objects.exclude(pk=first.pk):
        Article.objects.filter(pk=row.pk).update(next_check_at=timezone.now())
    work_off()
    assert site.paths()[asked : asked + 2] == ["/a", "/a"]


def test_a_page_that_was_held_back_and_is_there_again_is_not_doubted_as_well(site):
    site.pages["/a"] = article("Harbour", *TEXT, *(f"{text} So it was then." for text in TEXT))
    follow(site, "/a")
    site.pages["/a"] = article("Harbour", *TEXT[3:])
    look_again()
    asked = len(site.paths())
    look_again()
    assert at(site, "/a").version_count == 2
    assert len(site.paths()) == asked + 1


def test_a_page_in_doubt_is_there(site):
    """404, 404, a new text once, 404: that is not three times in a row."""
    site.pages["/a"] = article("Harbour", *TEXT)
    follow(site, "/a")
    missing = Page("", 404)
    for answers in ([missing], [missing], [article("Harbour", *TEXT[1:]), missing]):
        script = itertools.chain(answers, itertools.repeat(missing))
        site.pages["/a"] = lambda asked, script=script: next(script)
        look_again()
    assert at(site, "/a").status == Article.Status.TRACKED


def test_twins_teach_nothing(site):
    """One long report, printed at six addresses under the headline of each: its ends are no boilerplate."""
    report = [f"{text} That was on day {day}." for day in range(8) for text in TEXT]
    paths = [f"/{name}" for name in "abcdef"]
    for path in paths:
        site.pages[path] = article(f"Report {path[1:]} of the harbour", *report)
    follow(site, *paths)
    assert Boilerplate.objects.count() == 0
    assert all(version.texts == report for version in Version.objects.all())


def test_a_quotation_stands_where_another_page_ticks(site):
    """A place of elements without names may hold text anywhere."""
    for path in ("/a", "/b"):
        Ticking(site, path, (2,), "<blockquote><p>{}</p></blockquote>")
    follow(site, "/a", "/b")
    look_again()
    quoted = article("Report c", *TEXT[:2], "QUOTE", *TEXT[2:])
    quoted.body = quoted.body.replace(
        "<p>QUOTE</p>", "<blockquote><p>We have lost all that we had.</p></blockquote>"
    )
    site.pages["/c"] = quoted
    site.pages["/feed.xml"].body = site.pages["/feed.xml"].body.replace("/b", "/c")
    poll_again()
    assert "We have lost all that we had." in texts(at(site, "/c"))[0]


def test_what_a_page_invents_cannot_fill_the_table(site):
    """A thousand boxes of other names at each look teach twenty places at most."""
    numbers = itertools.count()

    def flood(asked: Asked) -> Page:
        boxes = "".join(
            f"<div class='x{'abcdefghij'[next(numbers) % 10]}{name}'>{name} was said here {WORDS[next(numbers) % 20]}</div>"
            for name in (f"{a}{b}" for a in WORDS for b in WORDS)
        )
        page = article("Harbour", *(text for text in TEXT for _ in range(8)))
        page.body = page.body.replace("</article>", f"{boxes}</article>")
        return page

    site.pages["/a"] = flood
    follow(site, "/a")
    look_again()
    assert Boilerplate.objects.count() <= 20


def test_an_article_whose_page_ticks_is_given_up_one_look_later(site):
    """What the last look left out may have been an edit: one more tells, and then it is enough."""
    Ticking(site, "/a", (2,))
    follow(site, "/a")
    look_again()
    ago = timezone.now() - timedelta(days=121)
    Article.objects.update(first_seen_at=ago, last_changed_at=None, last_checked_at=ago)
    tallying.note(at(site, "/a").source_id, [ago])
    look_again()
    assert at(site, "/a").next_check_at > timezone.now()
    look_again()
    row = at(site, "/a")
    assert (row.next_check_at, row.status) == (None, Article.Status.FINISHED)
    assert texts(row) == [TEXT]
