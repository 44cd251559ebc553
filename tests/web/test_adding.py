"""Adding a source in the admin: from any address over its preview to a source that is followed."""

import json
import re
import threading
import tomllib
from datetime import timedelta
from html import unescape
from itertools import pairwise

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from articles import claiming
from articles.claiming import tidying
from articles.ingestion import drafts, lists, previewing
from articles.models import (
    Article,
    Change,
    Check,
    DraftAnswer,
    Feed,
    Host,
    Snapshot,
    Source,
    SourceDraft,
    Version,
)
from newsroom.manuscripts import FOLDER
from tests import cast
from tests.crawl import look_again
from tests.site import FILLER, Page, article, rss

pytestmark = pytest.mark.django_db
ADD = "/admin/articles/source/add/"
LINK = '<link rel="alternate" type="application/rss+xml" href="{}">'


@pytest.fixture
def admin_user(django_user_model):
    """The editor `admin_client` is logged in as; without a password, for hashing one takes its time."""
    return django_user_model.objects.create_superuser("editor", password=None)


@pytest.fixture
def herald() -> Source:
    return cast.make_source("The Herald", "herald")


def home(*feeds: str) -> Page:
    """A front page that declares these feeds."""
    head = "".join(LINK.format(feed) for feed in feeds)
    return Page(f"<!doctype html><html><head>{head}</head><body><h1>News</h1></body></html>")


STORIES = ("coast-road", "cannery-jobs", "harbour-choir", "library-petition", "power-cut")


def story(number: int) -> list[str]:
    """The paragraphs of an invented article in English, each number another."""
    [version, *_] = tomllib.loads((FOLDER / f"{STORIES[number]}.toml").read_text())["versions"]
    return [" ".join(part.split()) for part in version["body"].split("\n\n") if part.strip()[0] not in "[#-{"]


@pytest.fixture
def harbour(site):
    """A site with a feed of five articles, each its own text."""
    paths = [f"/news/{number}" for number in range(5)]
    site.pages |= {"/": home("/feed.xml"), "/feed.xml": rss(*map(site.url, paths))}
    for number, path in enumerate(paths):
        site.pages[path] = article(f"Pier {number} is measured", *story(number))
    return site


def begin(client: Client, address: str) -> str:
    """Types an address; the page of the draft it leads to."""
    response = client.post(ADD, {"address": address})
    assert response.status_code == 302, response.context["form"].errors
    return response["Location"]


def walk(client: Client, page: str, most: int = 40):
    """Presses "Go on" until there is nothing to go on with; the page then."""
    for _ in range(most):
        draft = SourceDraft.objects.get()
        if not draft.state["todo"] or draft.state.get("error"):
            return client.get(page)
        assert client.post(f"{page}step/").status_code == 302
    raise AssertionError("the draft has no end")


def look(client: Client, address: str):
    """The page that an address leads to, when everything was looked at."""
    page = begin(client, address)
    return walk(client, page)


def text(response) -> str:
    return unescape(response.content.decode())


def said(response) -> str:
    return " ".join(str(message) for message in response.context["messages"])


def names(response) -> set[str]:
    """The warnings of a preview."""
    return {warning.name for warning in response.context["warnings"]}


def save(client: Client, do: str = "start", **given: object):
    """Saves the one draft there is, with what its form proposes but for `given`."""
    page = reverse("admin:articles_source_draft", args=[SourceDraft.objects.get().pk])
    initial = client.get(page).context["form"].initial
    return client.post(page, initial | given | {"do": do}, follow=True)


# --- from an address to a source ---------------------------------------------------------------------
def test_a_site_s_address_shows_its_feed_and_three_articles_and_nothing_is_stored(admin_client, harbour):
    response = look(admin_client, harbour.base)
    shown = text(response)
    assert [one["feed"].title for one in response.context["feeds"]] == ["The Quiet Harbour"]
    assert [one["extract"].title for one in response.context["pages"]] == [
        f"Pier {number} is measured" for number in (0, 2, 4)
    ]
    assert "About " in shown
    assert not any(model.objects.exists() for model in (Article, Check, Version, Source))
    asked = ["/", "/feed.xml", "/robots.txt", "/news/0", "/news/2", "/news/4"]
    assert harbour.paths() == asked


def test_what_was_shown_is_followed_without_asking_again(admin_client, harbour):
    look(admin_client, harbour.base)
    asked = len(harbour.asked)
    response = save(admin_client, slug="harbour", preset="gentle", language="en-GB")
    assert said(response) == "The Quiet Harbour was added: 1 feed with 5 entries."
    source = Source.objects.get()
    assert response.redirect_chain == [(reverse("admin:articles_source_change", args=[source.pk]), 302)]
    assert (source.slug, source.preset, source.language, source.is_paused) == (
        "harbour",
        "gentle",
        "en-GB",
        False,
    )
    assert Article.objects.count() == 5
    feed = Feed.objects.get()
    assert feed.last_ok_at
    assert not feed.lease_token
    assert len(harbour.asked) == asked
    assert LogEntry.objects.get().object_id == str(source.pk)
    assert not SourceDraft.objects.exists()
    assert not DraftAnswer.objects.exists()


def test_saved_paused_its_articles_are_noted_and_not_due(admin_client, harbour):
    look(admin_client, harbour.base)
    save(admin_client, do="pause")
    assert Source.objects.get().is_paused
    assert Article.objects.count() == 5
    assert not Article.objects.due(timezone.now() + timedelta(days=1)).exists()


def test_saved_paused_rules_are_tried_on_the_articles_that_were_shown(admin_client, harbour):
    harbour.pages["/old"] = Page(status=302, headers={"Location": "/news/0"})
    harbour.pages["/feed.xml"] = rss(harbour.url("/old"), *(harbour.url(f"/news/{n}") for n in range(1, 5)))
    look(admin_client, harbour.base)
    save(admin_client, do="pause")
    asked = len(harbour.asked)
    kept = {snapshot.article.url: snapshot.url for snapshot in Snapshot.objects.select_related("article")}
    assert kept == {
        harbour.url("/old"): harbour.url("/news/0"),
        harbour.url("/news/2"): harbour.url("/news/2"),
        harbour.url("/news/4"): harbour.url("/news/4"),
    }
    source = Source.objects.get()
    rules = reverse("admin:articles_source_rules", args=[source.pk])
    assert "(not looked at yet)" in text(admin_client.get(rules))
    assert "pier" in text(admin_client.get(f"{rules}page/")).lower()
    typed = {"action": "show", "kept_selectors": "", "ignored_texts": ""}
    typed |= {"dropped_selectors": "article p:first-of-type"}
    shown = text(admin_client.post(rules, typed))
    assert "Tried on 3 kept pages of 3 articles" in " ".join(re.sub(r"<[^>]*>", " ", shown).split())
    state = unescape(re.search(r'name="state" value="([^"]+)"', shown)[1])
    saved = admin_client.post(rules, typed | {"action": "save", "state": state}, follow=True)
    assert "are saved; no change comes of it" in text(saved)
    assert len(harbour.asked) == asked
    # Nothing of this is shown to readers, and what is looked at once it is resumed is read by the rules.
    assert not Version.objects.exists()
    Source.objects.update(is_paused=False)
    look_again()
    texts = [text for version in Version.objects.with_text() for text in version.texts]
    assert story(0)[1] in texts
    assert story(0)[0] not in texts
    assert not Change.objects.exists()


def test_a_first_poll_counts_from_when_the_feed_came(admin_client, harbour):
    look(admin_client, harbour.base)
    came = timezone.now() - timedelta(hours=3)
    DraftAnswer.objects.update(fetched_at=came)
    save(admin_client)
    assert Feed.objects.get().last_ok_at == came
    assert set(Article.objects.values_list("first_seen_at", flat=True)) == {came}


@pytest.mark.parametrize("address", ["/feed.xml", "/section/", "/news/1"])
def test_a_feed_a_section_and_an_article_lead_to_the_same_feed(admin_client, harbour, address):
    harbour.pages["/section/"] = Page("<!doctype html><p>No feed is named here.</p>")
    response = look(admin_client, harbour.url(address))
    assert [one["feed"].url for one in response.context["feeds"]] == [harbour.url("/feed.xml")]
    assert len(response.context["pages"]) == 3


def test_an_article_somebody_gave_is_shown_first(admin_client, harbour):
    head = '<meta property="article:published_time" content="2026-11-20T08:00:00Z">'
    harbour.pages["/given"] = article("The one that was meant", *FILLER, *FILLER, head=head)
    response = look(admin_client, harbour.url("/given"))
    assert response.context["pages"][0]["extract"].title == "The one that was meant"
    assert len(response.context["pages"]) == 3
    assert harbour.paths().count("/given") == 1


@pytest.mark.parametrize(
    ("page", "why"),
    [
        (article("A page without a date", *FILLER, *FILLER), "it does not say when it was published."),
        (article("Short", "It says next to nothing, and no more."), r"\d+ words were read on it, fewer than"),
    ],
    ids=["no date", "short"],
)
def test_why_the_page_somebody_gave_is_not_among_the_articles_is_said(admin_client, harbour, page, why):
    harbour.pages["/given"] = page
    shown = text(look(admin_client, harbour.url("/given")))
    assert re.search(f"/given was not taken for an article: {why}", shown)


def test_a_news_sitemap_is_found_beside_the_feed_and_not_ticked(admin_client, harbour):
    harbour.pages["/robots.txt"] = Page(
        f"Sitemap: {harbour.url('/news-sitemap.xml')}\nSitemap: {harbour.url('/all.xml')}"
    )
    now = timezone.now().isoformat()
    harbour.pages["/news-sitemap.xml"] = Page(
        '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">'
        f"<url><loc>{harbour.url('/news/9')}</loc><lastmod>{now}</lastmod></url></urlset>",
        kind="text/xml",
    )
    response = look(admin_client, harbour.base)
    assert [(one["feed"].kind, one["is_ticked"]) for one in response.context["feeds"]] == [
        ("rss", True),
        ("sitemap", False),
    ]
    assert "/all.xml" not in harbour.paths()


def test_a_feed_that_repeats_another_is_told_and_not_ticked(admin_client, harbour):
    harbour.pages["/"] = home("/feed.xml", "/again.xml")
    harbour.pages["/again.xml"] = rss(harbour.url("/news/3"), harbour.url("/news/1"), title="Again")
    response = look(admin_client, harbour.base)
    assert [(one["feed"].repeats, one["is_ticked"]) for one in response.context["feeds"]] == [
        ("", True),
        (harbour.url("/feed.xml"), False),
    ]


def test_articles_of_other_feeds_are_read_when_those_are_ticked(admin_client, harbour):
    harbour.pages["/"] = home("/feed.xml", "/sport.xml")
    harbour.pages["/sport.xml"] = rss(harbour.url("/sport/1"), title="Sport")
    harbour.pages["/sport/1"] = article("The final is played again", *FILLER)
    look(admin_client, harbour.base)
    page = reverse("admin:articles_source_draft", args=[SourceDraft.objects.get().pk])
    response = admin_client.post(page, {"do": "others", "feeds": [harbour.url("/sport.xml")]})
    assert response.status_code == 302
    response = walk(admin_client, page)
    assert [one["extract"].title for one in response.context["pages"]] == ["The final is played again"]


# --- errors say what to type -------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        ("", "Type the address of the site or of a feed"),
        ("file:///etc/passwd", "must begin with http:// or https://"),
        ("javascript:alert(1)", "is not a web address"),
        ("https://user:secret@example.org/", "user name or password"),
    ],
)
def test_what_is_no_address_is_said_at_the_field(admin_client, typed, answer):
    response = admin_client.post(ADD, {"address": typed})
    assert response.status_code == 200
    assert answer in str(response.context["form"].errors["address"])
    assert not SourceDraft.objects.exists()


@pytest.mark.parametrize(
    ("path", "answer"), [("/nothing", "404"), ("/plain", "No feed found"), ("/pdf", "No feed found")]
)
def test_why_an_address_leads_nowhere_is_said_and_can_be_tried_again(admin_client, site, path, answer):
    site.pages |= {
        "/": Page("<p>Home</p>"),
        "/plain": Page("<p>No feed here.</p>"),
        "/pdf": Page(b"%PDF-1.7", kind="application/pdf"),
    }
    page = begin(admin_client, site.url(path))
    response = walk(admin_client, page)
    assert answer in text(response)
    assert "another address" in text(response)
    assert ("give the feed's own address" in text(response)) == (answer != "404")
    site.pages[path] = rss(site.url("/a"))
    assert admin_client.post(page, {"do": "again"}).status_code == 302
    response = walk(admin_client, page)
    assert [one["feed"].url for one in response.context["feeds"]] == [site.url(path)]


@pytest.mark.parametrize(
    ("given", "field", "answer"),
    [
        ({"feeds": []}, "feeds", "Tick at least one feed"),
        ({"feeds": ["https://elsewhere.example/feed"]}, "feeds", "reload the page and choose again"),
        ({"name": ""}, "name", "Type the name of the publication"),
        ({"slug": "herald"}, "slug", "type another one"),
        ({"slug": "The Herald"}, "slug", "small letters"),
        ({"language": "English"}, "language", "such as en, de or pt-BR"),
        ({"preset": "hourly"}, "preset", "not one of the available choices"),
    ],
)
def test_why_a_source_is_not_saved_is_said_at_the_field(admin_client, harbour, herald, given, field, answer):
    look(admin_client, harbour.base)
    response = save(admin_client, **given)
    assert response.status_code == 200
    assert answer in str(response.context["form"].errors[field])
    assert answer in text(response)
    assert list(Source.objects.all()) == [herald]
    assert SourceDraft.objects.get().lease_token == ""


def test_what_is_followed_already_is_told_and_cannot_be_ticked(admin_client, harbour, herald):
    Feed.objects.filter(source=herald).delete()
    Feed.objects.create(source=herald, url=harbour.url("/feed.xml"))
    response = look(admin_client, harbour.base)
    assert "known-feed" in names(response)
    assert "The Herald" in text(response)
    assert 'name="feeds"' not in text(response)
    assert "All of this is followed already." in text(response)


def test_articles_that_another_source_has_are_told(admin_client, harbour, herald):
    look(admin_client, harbour.base)
    save(admin_client)
    harbour.pages["/other.xml"] = rss(*(harbour.url(f"/news/{number}") for number in range(4)), title="Other")
    response = look(admin_client, harbour.url("/other.xml"))
    assert "known-articles" in names(response)
    assert "4 of the 4 entries of “Other” are articles of The Quiet Harbour already." in text(response)


def test_a_source_of_the_same_site_is_told(admin_client, harbour):
    look(admin_client, harbour.base)
    save(admin_client)
    harbour.pages["/sport.xml"] = rss(harbour.url("/sport/1"), title="Sport")
    response = look(admin_client, harbour.url("/sport.xml"))
    assert "same-site" in names(response)
    assert "The Quiet Harbour is followed already, of the same site as “Sport”." in text(response)


def test_somebody_else_was_faster(admin_client, harbour, herald):
    look(admin_client, harbour.base)
    draft = SourceDraft.objects.get()
    Feed.objects.create(source=herald, url=harbour.url("/feed.xml"))
    page = reverse("admin:articles_source_draft", args=[draft.pk])
    told = {"do": "start", "feeds": [harbour.url("/feed.xml")], "name": "Harbour", "preset": "balanced"}
    response = admin_client.post(page, told)
    assert "This is followed already, as source 'herald'" in text(response)
    assert list(Source.objects.all()) == [herald]


def test_whoever_may_only_look_adds_nothing(client, harbour, django_user_model, admin_client):
    page = begin(admin_client, harbour.base)
    looker = django_user_model.objects.create_user("looker", password=None, is_staff=True)
    looker.user_permissions.add(*Permission.objects.filter(codename__startswith="view_"))
    client = Client()
    client.force_login(looker)
    assert client.get(ADD).status_code == 403
    for address in (ADD, page, f"{page}step/", reverse("admin:articles_source_starter")):
        assert client.post(address, {"address": harbour.base}).status_code == 403
    assert harbour.asked == []


def test_a_draft_that_is_gone_says_so(admin_client):
    response = admin_client.get(reverse("admin:articles_source_draft", args=[4711]), follow=True)
    assert "Type the address again." in said(response)
    assert admin_client.get(reverse("admin:articles_source_draft_step", args=[4711])).status_code == 405


# --- steps ---------------------------------------------------------------------------------------------
def test_each_request_of_the_page_is_one_step_and_a_reload_goes_on(admin_client, harbour):
    page = begin(admin_client, harbour.base)
    assert harbour.asked == []
    assert "Looking at" in text(admin_client.get(page))
    admin_client.post(f"{page}step/")
    assert harbour.paths() == ["/"]
    shown = text(admin_client.get(page))
    assert "is a page that names a feed." in shown
    assert f"Reading the feed {harbour.url('/feed.xml')}" in shown
    # another process, later: all there is to know is in the row
    response = walk(admin_client, page)
    assert len(response.context["pages"]) == 3


def test_the_script_gets_a_piece_of_the_page_and_at_the_end_the_whole(admin_client, harbour):
    page = begin(admin_client, harbour.base)
    piece = admin_client.post(f"{page}step/", headers={"HX-Request": "true"})
    assert "<html" not in text(piece)
    assert f'hx-post="{page}step/"' in text(piece)
    for _ in range(20):
        response = admin_client.post(f"{page}step/", headers={"HX-Request": "true"})
        if "HX-Redirect" in response.headers:
            break
    assert response.headers["HX-Redirect"] == page


def test_a_step_that_is_under_way_is_not_run_twice(admin_client, harbour):
    page = begin(admin_client, harbour.base)
    draft = drafts.claim(SourceDraft.objects.get().pk)
    assert draft is not None
    admin_client.post(f"{page}step/")
    assert harbour.asked == []
    SourceDraft.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    admin_client.post(f"{page}step/")  # whoever ran it is dead
    assert harbour.paths() == ["/"]
    assert not drafts.write(draft, {"of": "site"})  # and what it writes after all is dropped
    assert SourceDraft.objects.get().state["done"]


def test_a_host_that_is_closed_is_waited_for_and_not_asked(admin_client, harbour):
    page = begin(admin_client, harbour.base)
    opens = claiming.now() + timedelta(seconds=40)
    Host.of(harbour.base)
    Host.objects.update(next_at=opens)
    admin_client.post(f"{page}step/")
    shown = text(admin_client.get(page))
    assert "may be asked again in" in shown
    assert harbour.asked == []
    Host.objects.update(next_at=claiming.now())
    assert len(walk(admin_client, page).context["pages"]) == 3


def test_a_host_that_is_closed_for_long_is_told_at_once(admin_client, harbour):
    Host.of(harbour.base)
    Host.objects.update(next_at=claiming.now() + timedelta(hours=1))
    page = begin(admin_client, harbour.base)
    assert "asked for a pause until" in text(walk(admin_client, page))
    assert harbour.asked == []


def test_requests_are_as_far_apart_as_robots_txt_asks(admin_client, harbour):
    harbour.pages["/robots.txt"] = Page("User-agent: *\nCrawl-delay: 1\n", kind="text/plain")
    look(admin_client, harbour.base)
    asked = [one for one in harbour.asked if one.path in ("/robots.txt", "/news/0", "/news/2", "/news/4")]
    gaps = [later.at - earlier.at for earlier, later in pairwise(asked)]
    assert len(gaps) == 3
    assert min(gaps) >= 0.95


def test_a_draft_nobody_goes_on_with_is_swept_after_a_day(admin_client, harbour):
    begin(admin_client, harbour.base)
    now = timezone.now()
    tidying.tidy(now)
    assert SourceDraft.objects.exists()
    SourceDraft.objects.update(touched_at=now - timedelta(days=1, minutes=1))
    tidying.tidy(now + timedelta(minutes=2))
    assert not SourceDraft.objects.exists()


# --- warnings, each met on a site --------------------------------------------------------------------
def test_a_site_that_reads_well_has_no_warning_but_of_dates(admin_client, harbour):
    assert names(look(admin_client, harbour.base)) <= {"no-dates", "shared"}


def test_robots_txt_that_forbids_is_kept_to_and_named(admin_client, harbour):
    harbour.pages["/robots.txt"] = Page("User-agent: *\nDisallow: /news/\n", kind="text/plain")
    response = look(admin_client, harbour.base)
    assert "robots" in names(response)
    assert "“Disallow: /news/”" in text(response)
    assert not [path for path in harbour.paths() if path.startswith("/news/")]


def test_one_text_behind_every_address_is_told(admin_client, harbour):
    for number in range(5):
        harbour.pages[f"/news/{number}"] = article("Please accept our terms", *FILLER)
    assert "same-text" in names(look(admin_client, harbour.base))


def test_a_wall_is_told(admin_client, harbour):
    wall = ["Subscribe to continue reading this article.", "Already a subscriber? Log in to your account."]
    for number in range(5):
        harbour.pages[f"/news/{number}"] = article(
            f"Pier {number} is measured", f"Pier {number} moved.", *wall
        )
    assert "wall" in names(look(admin_client, harbour.base))


def test_a_site_of_scripts_is_told(admin_client, harbour):
    for number in range(5):
        harbour.pages[f"/news/{number}"] = Page(
            "<!doctype html><div id=root></div><script src=/x.js></script>"
        )
    assert "scripts" in names(look(admin_client, harbour.base))


def test_pages_whose_text_is_for_machines_are_no_pages_of_scripts(admin_client, harbour):
    for number in range(5):
        told = {
            "@type": "NewsArticle",
            "headline": f"Pier {number} is measured",
            "articleBody": "\n\n".join(story(number)),
        }
        script = f'<script type="application/ld+json">{json.dumps(told)}</script>'
        harbour.pages[f"/news/{number}"] = Page(
            f"<!doctype html><html lang=en>{script}<div id=root></div></html>"
        )
    response = look(admin_client, harbour.base)
    assert all(one["page"].word_count > 100 for one in response.context["pages"])
    assert "scripts" not in names(response)


def test_an_article_s_redirect_is_followed_by_robots_txt(admin_client, harbour):
    harbour.pages["/feed.xml"] = rss(harbour.url("/old"))
    harbour.pages["/old"] = Page(status=302, headers={"Location": "/private/new"})
    harbour.pages["/robots.txt"] = Page("User-agent: *\nDisallow: /private/\n", kind="text/plain")
    response = look(admin_client, harbour.base)
    assert "robots" in names(response)
    assert "/private/new" not in harbour.paths()


# --- attacks -----------------------------------------------------------------------------------------
def test_a_private_address_is_refused_in_words(admin_client):
    page = begin(admin_client, "http://10.0.0.1/")
    shown = text(walk(admin_client, page))
    assert "leads to nothing that can be followed" in shown
    assert "10.0.0.1" in shown


def test_a_redirect_inside_is_refused(admin_client, site, settings):
    site.pages["/"] = Page(status=302, headers={"Location": "http://169.254.169.254/latest/meta-data/"})
    page = begin(admin_client, site.base)
    assert "169.254.169.254" in text(walk(admin_client, page))


def test_a_bomb_and_an_endless_answer_are_errors_in_words(admin_client, site):
    site.pages["/"] = Page(b"<p>" + b"x" * 30_000_000)
    page = begin(admin_client, site.base)
    assert "more than 10 MB" in text(walk(admin_client, page))


def test_a_site_that_never_ends_its_answer_is_an_error_in_words(admin_client, site, monkeypatch):
    ended = threading.Event()

    def late(asked: object) -> Page:
        ended.wait(10)
        return Page("<p>Late</p>")

    monkeypatch.setattr(previewing, "WITHIN", 0.5)
    site.pages["/"] = late
    page = begin(admin_client, site.base)
    assert f"{site.base}/ cannot be fetched: " in text(walk(admin_client, page))
    ended.set()


def test_a_circle_of_redirects_ends(admin_client, site):
    site.pages |= {
        "/": Page(status=302, headers={"Location": "/b"}),
        "/b": Page(status=302, headers={"Location": "/"}),
    }
    page = begin(admin_client, site.base)
    assert "redirects without end" in text(walk(admin_client, page))
    assert len(site.asked) == 7


def test_no_text_of_a_site_is_markup_in_its_preview(admin_client, site):
    evil = "&lt;img src=x onerror=alert(1)&gt;"
    site.pages["/feed.xml"] = rss(site.url("/a"), title=f"{evil} Feed")
    site.pages["/a"] = article(f"{evil} Headline", *[f"{evil} {sentence}" for sentence in FILLER])
    response = look(admin_client, site.url("/feed.xml"))
    body = response.content.decode()
    assert "onerror=alert(1)" in unescape(body)
    assert "<img src=x" not in body


def test_a_feed_of_thousands_of_entries_is_shown_by_its_first(admin_client, site):
    entries = "".join(f"<item><link>{site.url(f'/n/{n}')}</link></item>" for n in range(9_000))
    site.pages["/feed.xml"] = Page(
        f"<rss version='2.0'><channel><title>Much</title>{entries}</channel></rss>", kind="text/xml"
    )
    for number in range(20):
        site.pages[f"/n/{number}"] = article(f"Number {number}", *FILLER)
    response = look(admin_client, site.url("/feed.xml"))
    [shown] = response.context["feeds"]
    assert shown["feed"].count == 2_000  # as many as are taken of any feed
    assert len(shown["feed"].entries) == 20
    assert len(response.content) < 200_000
    entries = "".join(f"<item><link>{site.url(f'/n/{n}')}</link></item>" for n in range(30_000))
    site.pages["/more.xml"] = Page(f"<rss version='2.0'><channel>{entries}</channel></rss>", kind="text/xml")
    SourceDraft.objects.all().delete()
    page = begin(admin_client, site.url("/more.xml"))
    assert "more than 20000 elements" in text(walk(admin_client, page))


# --- lists -------------------------------------------------------------------------------------------
def opml(*outlines: str) -> Page:
    return Page(f'<opml version="2.0"><body>{"".join(outlines)}</body></opml>', kind="text/x-opml")


def outline(name: str, url: str, language: str = "") -> str:
    return f'<outline text="{name}" xmlUrl="{url}" language="{language}"/>'


@pytest.fixture
def listed(site, herald):
    """A list of three feeds in two folders, one of which the Herald has, and one address that is none."""
    site.pages |= {"/one.xml": rss(site.url("/a")), "/gone": Page(status=404)}
    known = herald.feeds.get().url
    site.pages["/list.opml"] = opml(
        f'<outline text="Near">{outline("One", site.url("/one.xml"), "en")}{outline("Two", known)}</outline>',
        f'<outline text="Far">{outline("Gone", site.url("/gone"), "de")}{outline("None", "javascript:x")}</outline>',
    )
    return site


def test_a_list_is_shown_before_anything_of_it_is_asked(admin_client, listed):
    response = look(admin_client, listed.url("/list.opml"))
    shown = text(response)
    assert "A list of 4 feeds, of which 2 are new." in shown
    assert "followed already, by herald" in shown
    assert "is not a web address" in shown
    assert listed.paths() == ["/list.opml"]


@pytest.mark.parametrize(
    ("ticked", "added"),
    [
        ({"items": ["0"]}, ["One"]),
        ({"groups": ["Near"]}, ["One"]),
        ({"languages": ["en"]}, ["One"]),
        ({"groups": ["Far"]}, []),
    ],
)
def test_what_is_ticked_of_a_list_is_followed(admin_client, listed, ticked, added):
    look(admin_client, listed.url("/list.opml"))
    page = reverse("admin:articles_source_draft", args=[SourceDraft.objects.get().pk])
    assert admin_client.post(page, ticked | {"do": "pause"}).status_code == 302
    response = walk(admin_client, page)
    assert [s.name for s in Source.objects.exclude(slug="herald")] == added
    assert all(source.is_paused for source in Source.objects.exclude(slug="herald"))
    assert f"{len(added)} feed{'' if len(added) == 1 else 's'} followed now" in text(response)
    if not added:
        assert "404" in text(response)
        assert "It may have moved" in text(response)


@pytest.mark.parametrize(
    ("ticked", "answer"),
    [
        ({}, "Tick what to follow"),
        ({"items": ["1"]}, "choose again"),
        ({"groups": ["Nowhere"]}, "choose again"),
    ],
)
def test_why_nothing_of_a_list_is_followed_is_said(admin_client, listed, ticked, answer):
    look(admin_client, listed.url("/list.opml"))
    page = reverse("admin:articles_source_draft", args=[SourceDraft.objects.get().pk])
    response = admin_client.post(page, ticked)
    assert response.status_code == 200
    assert answer in text(response)
    assert page in text(admin_client.get(ADD))


def test_a_list_with_nothing_in_it_says_so(admin_client, site):
    site.pages["/list.opml"] = opml()
    assert "nothing new in this list" in text(look(admin_client, site.url("/list.opml")))


def test_a_long_list_is_chosen_from_by_folder_and_one_too_long_refused(admin_client, site):
    feeds = [outline(f"N{n}", f"https://n{n}.example/feed") for n in range(1_200)]
    site.pages["/list.opml"] = opml(f'<outline text="Many">{"".join(feeds)}</outline>')
    response = look(admin_client, site.url("/list.opml"))
    assert text(response).count('<input type="checkbox"') == 1
    assert "all 1200" in text(response).replace(",", "")
    SourceDraft.objects.all().delete()
    site.pages["/list.opml"] = opml(*(outline(f"N{n}", f"https://n{n}.example/feed") for n in range(10_000)))
    page = begin(admin_client, site.url("/list.opml"))
    assert "more than 5,000 feeds: part it" in text(walk(admin_client, page))


def test_an_import_goes_on_where_it_was(admin_client, listed, monkeypatch):
    monkeypatch.setattr(lists, "STEP", 0.0)  # one feed a step
    listed.pages["/gone"] = rss(listed.url("/c"))
    look(admin_client, listed.url("/list.opml"))
    page = reverse("admin:articles_source_draft", args=[SourceDraft.objects.get().pk])
    admin_client.post(page, {"groups": ["Near", "Far"], "do": "start"})
    admin_client.post(f"{page}step/")
    assert "1 of 2 feeds" in text(admin_client.get(page))
    assert page in text(admin_client.get(ADD))
    assert "2 feeds followed now" in text(walk(admin_client, page))
    assert page not in text(admin_client.get(ADD))


# --- the starter list --------------------------------------------------------------------------------
def test_the_starter_list_is_chosen_from_and_imported(admin_client, site, monkeypatch):
    site.pages["/feed.xml"] = rss(site.url("/a"))
    near = lists.Listed(site.url("/feed.xml"), "Near", folder=("Harbour",), language="en")
    far = lists.Listed("https://far.example/feed", "Far", folder=("Farland",), language="de")
    monkeypatch.setattr(lists, "starter", lambda: (near, far))
    starter = reverse("admin:articles_source_starter")
    assert "Harbour" in text(admin_client.get(starter))
    response = admin_client.post(starter, {"groups": ["Harbour"], "do": "start"})
    response = walk(admin_client, response["Location"])
    assert "1 feed followed now" in text(response)
    source = Source.objects.get()
    assert (source.name, source.language, source.is_paused) == ("Near", "en", False)
    assert "followed already, by near" in text(admin_client.get(starter))


def test_the_add_page_leads_to_the_starter_list_and_to_drafts(admin_client, harbour):
    begin(admin_client, harbour.base)
    shown = text(admin_client.get(ADD))
    assert reverse("admin:articles_source_starter") in shown
    assert f"{harbour.base}/" in shown


def test_the_add_page_leaves_out_what_failed_and_drafts_can_be_discarded(
    admin_client, admin_user, django_user_model, harbour
):
    page = begin(admin_client, harbour.base)
    failed = SourceDraft.objects.get().state | {"error": "it does not answer"}
    for number in range(6):
        drafts.begin(f"https://no-{number}.example/", admin_user.pk, failed)
    other = django_user_model.objects.create_user("other")
    foreign = drafts.begin("https://foreign.example/", other.pk, failed)
    shown = text(admin_client.get(ADD))
    assert "no-5.example" not in shown
    assert "begun just now" in shown
    SourceDraft.objects.update(created_at=timezone.now() - timedelta(minutes=3))
    assert "begun 3 minutes ago" in text(admin_client.get(ADD))
    assert admin_client.get(f"{page}discard/").status_code == 405
    assert "Discarded" in said(admin_client.post(f"{page}discard/", follow=True))
    assert f"{harbour.base}/" not in text(admin_client.get(ADD))
    admin_client.post(reverse("admin:articles_source_draft_discard", args=[foreign.pk]))
    assert SourceDraft.objects.filter(pk=foreign.pk).exists()


def test_the_front_page_of_an_empty_site_tells_of_the_starter_list(client):
    assert reverse("admin:articles_source_starter") in text(client.get("/"))


def test_characters_that_no_database_takes_are_no_end_of_a_preview(admin_client, site):
    """Half of a surrogate pair and NUL, in all that a site says of itself."""
    odd = "a\ud83d b\u0000 c"
    said = {"@type": "NewsArticle", "headline": odd, "description": odd, "author": {"name": odd}}
    said |= {"articleBody": f"{odd}. " + " ".join(FILLER), "datePublished": "2026-03-04", "inLanguage": odd}
    head = f"<title>{odd[2:]}</title><script type='application/ld+json'>{json.dumps(said)}</script>"
    page = f"<!doctype html><html><head>{head}</head><body><p>See &#0;&#xd83d;</p></body></html>"
    items = [{"id": f"{n}", "url": site.url(f"/{n}"), "title": odd, "language": odd} for n in range(3)]
    feed = {"version": "https://jsonfeed.org/version/1.1", "title": odd, "language": odd, "items": items}
    site.pages["/feed.json"] = Page(json.dumps(feed), kind="application/feed+json")
    for n in range(3):
        site.pages[f"/{n}"] = Page(page.encode("utf-8", "replace"))
    page = look(admin_client, site.url("/feed.json"))
    assert page.status_code == 200
    assert any(page["extract"] for page in SourceDraft.objects.get().state["pages"])
