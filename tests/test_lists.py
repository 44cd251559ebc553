"""Importing lists of feeds, and finding feeds from an address, against a real site."""

import pytest
from django.core.management import CommandError
from django.utils import timezone

from articles.core import urls
from articles.core.feeds import opml
from articles.ingestion.lists import How, foreseen, import_list
from articles.ingestion.sources import AddSourceError, ListFound, add_source
from articles.models import Article, Feed, Source
from tests.site import Page, Site, rss
from tests.test_commands import refused, run

pytestmark = pytest.mark.django_db


def outlines(*feeds: tuple[str, str]) -> str:
    inside = "".join(f'<outline text="{text}" type="rss" xmlUrl="{url}"/>' for text, url in feeds)
    return f'<opml version="2.0"><body><outline text="A folder">{inside}</outline></body></opml>'


@pytest.fixture
def two_sites(site):
    other = Site()
    other.pages["/feed"] = rss("/x", title="The Other")
    site.pages |= {"/one.xml": rss("/a"), "/two.xml": rss("/b"), "/page": Page("<html>No feed</html>")}
    yield site, other
    other.close()


@pytest.fixture
def a_list(two_sites, tmp_path):
    site, other = two_sites
    file = tmp_path / "feeds.opml"
    file.write_text(
        outlines(
            ("One", site.url("/one.xml")),
            ("Other", other.url("/feed")),
            ("Two", site.url("/two.xml")),
            ("Page", site.url("/page")),
            ("Nothing", site.url("/none")),
            ("Script", "javascript:alert(1)"),
        )
    )
    return file


# --- importopml ------------------------------------------------------------------------------------
def test_feeds_of_one_site_become_one_source_and_the_others_are_told(two_sites, a_list):
    with pytest.raises(CommandError, match="3 of 6 feeds cannot be followed") as caught:
        run("importopml", str(a_list))
    assert caught.value.returncode == 1
    assert [(s.slug, s.name, s.feeds.count()) for s in Source.objects.order_by("pk")] == [
        ("one", "One", 2),
        ("other", "Other", 1),
    ]
    assert Article.objects.count() == 3
    assert all(feed.last_ok_at and feed.next_check_at and not feed.lease_token for feed in Feed.objects.all())


def test_each_feed_is_reported_with_its_reason(two_sites, a_list):
    results = list(import_list(opml.parse(a_list.read_bytes())))
    assert [result.how for result in results] == [How.ADDED] * 3 + [How.FAILED] * 3
    assert [result.is_new for result in results[:3]] == [True, True, False]
    page, nothing, script = (result.reason for result in results[3:])
    assert page == "This is a web page, not a feed."
    assert nothing.endswith("/none answers 404 Not Found.")
    assert "not a web address" in script


def test_done_again_it_adds_what_is_missing_only(two_sites, a_list, capsys):
    site, other = two_sites
    site.pages["/none"] = rss("/late")
    list(import_list(opml.parse(a_list.read_bytes())[:2]))
    asked = len(other.asked)
    results = list(import_list(opml.parse(a_list.read_bytes())))
    assert [result.how for result in results[:2]] == [How.KNOWN] * 2
    assert [result.source for result in results[:3]] == ["one", "other", "one"]
    assert results[4].how is How.ADDED
    assert len(other.asked) == asked  # a feed that is known is not asked
    assert Source.objects.count() == 2


def test_a_feed_joins_the_source_we_have_of_its_site(two_sites, a_list):
    site, _ = two_sites
    mine = Source.objects.create(name="Mine", slug="mine", url=site.url("/about"), is_paused=True)
    first, *_ = import_list(opml.parse(a_list.read_bytes())[:1])
    assert (first.source, first.is_new) == ("mine", False)
    assert mine.feeds.count() == 1


def test_paused_is_for_new_sources(two_sites, a_list):
    list(import_list(opml.parse(a_list.read_bytes())[:1], paused=True))
    assert Source.objects.get().is_paused


def test_a_dry_run_asks_and_stores_nothing(two_sites, a_list):
    site, other = two_sites
    with pytest.raises(CommandError, match="1 of 6"):
        run("importopml", "--dry-run", str(a_list))
    assert (site.asked, other.asked) == ([], [])
    assert not Source.objects.exists()
    hows = [(result.how, result.is_new) for result in foreseen(opml.parse(a_list.read_bytes()))]
    assert hows[:3] == [(How.ADDED, True), (How.ADDED, True), (How.ADDED, False)]


def test_the_slugs_go_to_standard_output_and_all_else_beside_it(two_sites, tmp_path):
    site, _ = two_sites
    file = tmp_path / "l.opml"
    file.write_text(outlines(("One", site.url("/one.xml")), ("Two", site.url("/two.xml"))))
    out, err = run("importopml", str(file))
    assert out == "one\n"
    assert f"added, a new source one: {site.url('/one.xml')}" in err
    assert "2 added, 0 followed already, 0 failed." in err
    out, err = run("importopml", str(file))
    assert (out, "0 added, 2 followed already, 0 failed." in err) == ("", True)


def test_what_is_no_list_is_refused(site, tmp_path):
    assert refused("importopml", str(tmp_path / "none.opml"))[1] == 2
    (tmp_path / "feed.xml").write_text("<rss/>")
    assert refused("importopml", str(tmp_path / "feed.xml")) == (
        "This is not a list of feeds: its first element is not <opml>.",
        1,
    )
    assert "404" in refused("importopml", site.url("/none"))[0]
    assert refused("importopml", "ftp://example.org/list")[1] == 2  # no address of a page


def test_the_address_of_a_list_works_with_both_commands(two_sites):
    site, other = two_sites
    site.pages["/list"] = Page(outlines(("One", site.url("/one.xml"))), kind="text/x-opml")
    assert run("importopml", site.url("/list"))[0] == "one\n"
    site.pages["/list"] = Page(outlines(("Other", other.url("/feed"))), kind="text/x-opml")
    assert refused("addsource", site.url("/list"), "--name", "N")[1] == 2
    assert run("addsource", site.url("/list"))[0] == "other\n"
    with pytest.raises(ListFound, match=r"manage\.py importopml"):
        add_source(site.url("/list"))


# --- finding feeds -----------------------------------------------------------------------------------
def urls_of(source: Source) -> list[str]:
    return [feed.url for feed in source.feeds.order_by("pk")]


def test_links_of_a_page_that_look_like_feeds_are_tried_where_it_declares_none(site):
    site.pages |= {
        "/": Page(
            '<base href="/news/"><a href="rss.xml">RSS</a> <a href="/news/rss.xml">again</a>'
            '<a href="https://other.example/feed">theirs</a> <a href="/feedback">write</a> <a href="/feed/">all</a>'
        ),
        "/news/rss.xml": rss("/a"),
        "/feed/": rss("/b"),
    }
    source, _ = add_source(site.url("/"))
    assert urls_of(source) == [site.url("/news/rss.xml"), site.url("/feed/")]
    assert site.paths()[:3] == ["/", "/news/rss.xml", "/feed/"]


def test_what_a_page_declares_comes_before_what_its_links_look_like(site):
    site.pages |= {
        "/": Page(
            '<link rel=alternate type="application/feed+json" href="f.json"><a href="/feed">feed</a>'
            '<a rel=alternate type="application/atom+xml" href="/atom">Atom</a>'
        ),
        "/f.json": Page(
            '{"version": "https://jsonfeed.org/version/1.1", "items": [{"url": "/a"}]}',
            kind="application/json",
        ),
        "/atom": Page(
            '<feed xmlns="http://www.w3.org/2005/Atom"><title>t</title><entry><link href="/b"/></entry></feed>'
        ),
    }
    source, _ = add_source(site.url("/"))
    assert [(row.url, row.kind) for row in source.feeds.order_by("pk")] == [
        (site.url("/f.json"), "json"),
        (site.url("/atom"), "atom"),
    ]


def test_a_page_that_only_sends_on_is_followed_once(site):
    site.pages |= {
        "/": Page('<meta http-equiv="Refresh" content="0; URL=\'/en/\'">'),
        "/en/": Page('<link rel=alternate type="application/rss+xml" href="rss">'),
        "/en/rss": rss("/a"),
        "/loop": Page('<meta http-equiv="refresh" content="0; url=/loop2">'),
        "/loop2": Page('<meta http-equiv="refresh" content="0; url=/loop">'),
        "/away": Page('<meta http-equiv="refresh" content="0; url=https://other.example/">'),
    }
    source, _ = add_source(site.url("/"))
    assert urls_of(source) == [site.url("/en/rss")]
    for path in ("/loop", "/away"):
        with pytest.raises(AddSourceError, match="No feed found"):
            add_source(site.url(path))


def a_sitemap(path: str) -> Page:
    moment = timezone.now().isoformat()
    return Page(
        f'<urlset xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"><url><loc>{path}</loc><news:news>'
        f"<news:publication_date>{moment}</news:publication_date><news:title>T</news:title></news:news></url></urlset>",
        kind="application/xml",
    )


def test_the_sitemaps_of_robots_txt_are_the_last_resort_news_first(site):
    site.pages |= {
        "/": Page("<h1>Welcome</h1>"),
        "/robots.txt": Page("Sitemap: /all.xml\nSitemap: /sitemap-news.xml", kind="text/plain"),
        "/sitemap-news.xml": a_sitemap("/a"),
        "/all.xml": Page("<urlset><url><loc>/a</loc></url></urlset>"),
    }
    source, rows = add_source(site.url("/"))
    assert urls_of(source) == [site.url("/sitemap-news.xml")]
    assert (rows[0].kind or Feed.objects.get().kind, Article.objects.get().title) == ("sitemap", "T")
    assert site.paths() == ["/", "/robots.txt", "/sitemap-news.xml", "/all.xml"]


def test_no_name_is_guessed(site):
    site.pages |= {"/": Page("<h1>Welcome</h1>"), "/sitemap-news.xml": a_sitemap("/a"), "/feed": rss("/a")}
    with pytest.raises(AddSourceError, match=r"the site's robots\.txt name none either"):
        add_source(site.url("/"))
    assert site.paths() == ["/", "/robots.txt"]


def test_a_site_is_its_registrable_domain():
    assert urls.site("https://www.bbc.co.uk/x") == urls.site("http://feeds.bbc.co.uk/") == "bbc.co.uk"
    assert urls.site("https://a.blogspot.com/") != urls.site("https://b.blogspot.com/")
    assert urls.site("http://127.0.0.1:8000/") == "127.0.0.1:8000"
