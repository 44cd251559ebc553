"""The operator's pages, driven as an operator does: by typing into forms and choosing actions."""

import re
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.core.checks import Tags, run_checks
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import get_resolver, reverse
from django.utils import timezone

from articles.core import urls
from articles.core.scheduling import Preset, forecast
from articles.core.types import Rules
from articles.ingestion.rules import rules_of
from articles.models import (
    Article,
    ArticleURL,
    Boilerplate,
    Change,
    Check,
    Feed,
    Host,
    Snapshot,
    Source,
    Version,
)
from tests import cast

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)


# --- a small cast, and its forms -------------------------------------------------------------------
@pytest.fixture
def admin_user(django_user_model):
    """The operator `admin_client` is logged in as; without a password, for hashing one takes its time."""
    return django_user_model.objects.create_superuser("operator", password=None)


@pytest.fixture
def herald() -> Source:
    return cast.make_source("The Herald", "herald")


@pytest.fixture
def feed(herald) -> Feed:
    """The Herald's feed, due since noon."""
    Feed.objects.update(next_check_at=NOON, last_checked_at=NOON)
    return herald.feeds.get()


def make_article(source: Source, title: str = "Headline a", **fields: object) -> Article:
    """An article that was looked at once, and has not been due since."""
    article = cast.make_article(source, title, ["Tom & <b>Jerry</b> met 12 friends."], NOON)
    ArticleURL.objects.create(article=article, url=article.url, key=urls.key(article.url), seen_at=NOON)
    Article.objects.filter(pk=article.pk).update(**{"next_check_at": None} | fields)
    article.refresh_from_db()
    return article


def source_form(*feeds: dict[str, object], **fields: object) -> dict[str, object]:
    """What the browser sends for a source and its lines of feeds; a feed with "id" is one that exists."""
    known = sum("id" in feed for feed in feeds)
    form: dict[str, object] = {"name": "The Herald", "slug": "herald", "url": "", "language": ""} | fields
    form |= {"feeds-TOTAL_FORMS": len(feeds), "feeds-INITIAL_FORMS": known}
    for number, feed in enumerate(feeds):
        form |= {f"feeds-{number}-{name}": value for name, value in feed.items()}
    return form


def act(client: Client, model: str, action: str, *rows: object, **more: object):
    """Chooses an action for some rows of a list; the page one lands on."""
    form = {"action": action, "_selected_action": [row.pk for row in rows]} | more
    return client.post(reverse(f"admin:articles_{model}_changelist"), form, follow=True)


def page(client: Client, row: object):
    return client.get(reverse(f"admin:articles_{row._meta.model_name}_change", args=[row.pk]))


def said(response) -> str:
    return " ".join(str(message) for message in response.context["messages"])


# --- sources and feeds -----------------------------------------------------------------------------
ADD = "/admin/articles/source/add/?by_hand"


def test_a_source_is_added_with_its_feed_and_polled_at_once(admin_client):
    before = timezone.now()
    form = source_form(
        {"url": " HTTPS://Feeds.Herald.example:443/news.xml?utm_source=x#top "},
        language="en-GB",
        url="herald.example",
    )
    response = admin_client.post(ADD, form)
    assert response.status_code == 302, response.context["errors"]
    feed = Feed.objects.get()
    assert (feed.source.slug, feed.source.url) == ("herald", "https://herald.example")
    assert feed.url == "https://feeds.herald.example/news.xml"
    assert feed.host.authority == "feeds.herald.example"
    assert feed.next_check_at >= before


def test_a_source_may_be_added_before_its_feeds_are_known_and_is_said_to_find_nothing(admin_client):
    response = admin_client.post(ADD, source_form({"url": ""}), follow=True)
    assert "The Herald has no feed, so no article of it is found: add one." in said(response)
    assert (Source.objects.count(), Feed.objects.count()) == (1, 0)


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        ("herald.example/feed.xml", "must begin with http:// or https://"),
        ("file:///etc/passwd", "must begin with http:// or https://"),
        ("https:///rss", "names no host"),
        ("https://me:secret@herald.example/feed.xml", "user name or password"),
    ],
)
def test_an_address_no_feed_can_have_is_refused_with_what_to_type(admin_client, typed, answer):
    response = admin_client.post(ADD, source_form({"url": typed}))
    [error] = response.context["errors"]
    assert answer in str(error)
    assert "whole address, such as https://example.org/news/rss.xml." in str(error)
    assert not Source.objects.exists()


@pytest.mark.parametrize(
    "spelling", ["https://herald.example/feed.xml", "http://www.herald.example/feed.xml?utm_medium=rss"]
)
def test_a_feed_that_a_source_has_is_refused_to_another_by_name(admin_client, feed, spelling):
    form = source_form({"url": spelling}, name="Gazette", slug="gazette")
    response = admin_client.post(ADD, form)
    assert "The Herald already has this feed, as https://herald.example/feed.xml." in str(
        response.context["errors"]
    )
    assert list(Source.objects.values_list("slug", flat=True)) == ["herald"]


def test_the_same_feed_twice_in_one_form_is_refused(admin_client):
    form = source_form({"url": "https://herald.example/feed.xml"}, {"url": "http://herald.example/feed.xml"})
    response = admin_client.post(ADD, form)
    assert "remove one of the two" in str(response.context["errors"])
    assert not Feed.objects.exists()


@pytest.mark.parametrize(
    ("field", "typed", "answer"),
    [
        ("slug", "herald", "type another one"),
        ("slug", "the herald", "Type letters, digits, hyphens"),
        ("language", "English", "such as en, de or pt-BR"),
        ("url", "http://", "such as https://example.org/"),
        ("url", "ftp://herald.example/", "such as https://example.org/"),
        ("url", "javascript:alert(1)", "such as https://example.org/"),
    ],
)
def test_errors_of_a_source_say_what_to_type_instead(admin_client, herald, field, typed, answer):
    response = admin_client.post(ADD, source_form(**{"slug": "new", field: typed}))
    assert response.status_code == 200
    assert answer in str(response.context["errors"])


def test_how_often_a_source_is_looked_at_is_chosen_beside_what_it_asks_of_the_site(admin_client, herald):
    Source.objects.update(created_at=timezone.now() - timedelta(days=4))
    for number in range(7):
        make_article(herald, f"Headline {number}", first_seen_at=timezone.now() - timedelta(days=2))
    address = reverse("admin:articles_source_change", args=[herald.pk])
    page = admin_client.get(address).content.decode()
    for preset in Preset:
        each, daily = forecast(preset), 2 * forecast(preset)  # seven in the three and a half days that count
        assert f"{preset}: about {each:.0f} an article, {daily:,.0f} a day with 2.0 new articles." in page
    known = {"id": herald.feeds.get().pk, "source": herald.pk, "url": herald.feeds.get().url}
    assert admin_client.post(address, source_form(known, preset="fast")).status_code == 302
    herald.refresh_from_db()
    assert herald.preset == "fast"
    assert admin_client.post(address, source_form(known)).status_code == 302  # left out: as it was
    herald.refresh_from_db()
    assert herald.preset == "fast"
    response = admin_client.post(address, source_form(known, preset="hourly"))
    assert "hourly is not one of the available choices" in str(response.context["errors"])


def test_what_was_learnt_is_listed_and_can_be_overruled(admin_client, herald):
    def learnt(sample: str, **fields: object) -> Boilerplate:
        return Boilerplate.objects.create(
            source=herald,
            evidence="repeats",
            rule=sample,
            key=sample,
            sample=sample,
            first_seen_at=NOON,
            **fields,
        )

    notice = learnt("Write to the newsroom in confidence", left_out_since=NOON, seen_on=[1, 2, 3, 4])
    learnt("Seen on one article so far", seen_on=[1])
    assert "1 paragraph or place" in page(admin_client, herald).content.decode()
    listed = admin_client.get(reverse("admin:articles_boilerplate_changelist")).content.decode()
    assert "Write to the newsroom" in listed
    assert "4 articles" in listed
    assert "so far" not in listed
    assert (
        "so far"
        in admin_client.get(
            reverse("admin:articles_boilerplate_changelist") + "?left_out=all"
        ).content.decode()
    )
    assert rules_of(herald).repeats == {"Write to the newsroom in confidence"}
    assert "Counts as text from now on: 1 entry." in said(
        act(admin_client, "boilerplate", "call_text", notice)
    )
    assert rules_of(herald) == Rules()
    assert "Left out again: 1 entry." in said(act(admin_client, "boilerplate", "leave_out", notice))
    assert rules_of(herald).repeats


def test_saving_a_feed_leaves_what_a_worker_writes_meanwhile(admin_client, feed, monkeypatch):
    """Between reading the form's feed and saving it, a poll ends: its outcome must not be undone."""
    saved = Feed.save

    def poll_ends_first(self: Feed, *args: object, **kwargs: object) -> None:
        Feed.objects.filter(pk=self.pk).update(entry_count=40, lease_token="abc", etag='"7"')
        saved(self, *args, **kwargs)

    monkeypatch.setattr(Feed, "save", poll_ends_first)
    known = {"id": feed.pk, "source": feed.source_id, "url": feed.url, "is_paused": "on"}
    address = reverse("admin:articles_source_change", args=[feed.source_id])
    assert admin_client.post(address, source_form(known)).status_code == 302
    feed.refresh_from_db()
    assert (feed.is_paused, feed.entry_count, feed.lease_token, feed.etag) == (True, 40, "abc", '"7"')
    address = reverse("admin:articles_feed_change", args=[feed.pk])
    assert admin_client.post(address, {"source": feed.source_id, "url": feed.url}).status_code == 302
    feed.refresh_from_db()
    assert (feed.is_paused, feed.entry_count, feed.lease_token) == (False, 40, "abc")


@pytest.mark.parametrize("model", ["source", "feed"])
def test_pause_and_resume(admin_client, herald, feed, model):
    row = {"source": herald, "feed": feed}[model]
    assert said(act(admin_client, model, "pause", row)) == f"Paused 1 {model}."
    row.refresh_from_db()
    assert row.is_paused
    assert not Feed.objects.due(timezone.now()).exists()
    assert said(act(admin_client, model, "pause", row)) == f"Paused 0 {model}s."
    assert said(act(admin_client, model, "resume", row)) == f"Resumed 1 {model}."
    assert Feed.objects.due(timezone.now()).exists()
    words = (
        LogEntry.objects.filter(object_id=str(row.pk)).order_by("pk").values_list("change_message", flat=True)
    )
    assert list(words) == ["Paused.", "Resumed."]


@pytest.mark.parametrize("model", ["source", "feed"])
def test_check_now_makes_feeds_due(admin_client, herald, feed, model):
    Feed.objects.update(next_check_at=timezone.now() + timedelta(hours=2))
    act(admin_client, model, "check_now", {"source": herald, "feed": feed}[model])
    assert Feed.objects.due(timezone.now()).exists()


@pytest.mark.parametrize("model", ["source", "feed"])
def test_check_now_leaves_what_is_paused_alone_and_says_so(admin_client, herald, feed, model):
    Source.objects.update(is_paused=True)
    response = act(admin_client, model, "check_now", {"source": herald, "feed": feed}[model])
    assert f"1 {model} left alone: paused. Resume first." in said(response)
    feed.refresh_from_db()
    assert feed.next_check_at == NOON


def test_failures_are_told_in_words(admin_client, herald, feed):
    Feed.objects.update(failures=3, last_error="HTTP 503", last_error_at=timezone.now() - timedelta(hours=2))
    sources = admin_client.get("/admin/articles/source/").content.decode()
    assert "1 of 1 feed failing: HTTP 503" in sources
    feeds = admin_client.get("/admin/articles/feed/").content.decode()
    assert "Failed 3 times in a row, about 2 hours ago: HTTP 503" in feeds


def test_a_source_with_articles_is_not_deleted_and_pausing_is_offered(admin_client, herald, feed):
    make_article(herald)
    address = reverse("admin:articles_source_delete", args=[herald.pk])
    for response in (
        admin_client.get(address, follow=True),
        admin_client.post(address, {"post": "yes"}, follow=True),
    ):
        assert "1 article of it are kept" in said(response)
        assert "Pause the source instead" in said(response)
    assert Source.objects.exists()


def test_a_source_that_never_had_an_article_is_deleted_with_its_feeds(admin_client, herald, feed):
    admin_client.post(reverse("admin:articles_source_delete", args=[herald.pk]), {"post": "yes"})
    assert not Source.objects.exists()
    assert not Feed.objects.exists()


# --- articles --------------------------------------------------------------------------------------
def api_status(client: Client, article: Article) -> int:
    return client.get(f"/api/v1/articles/{article.pk}").status_code


def test_hiding_asks_for_a_reason_and_unhiding_brings_the_article_back(admin_client, client, herald):
    article = make_article(herald, next_check_at=NOON)
    assert Article.objects.due(timezone.now()).exists()
    asked = act(admin_client, "article", "hide", article)
    assert "Headline a" in asked.content.decode()
    assert api_status(client, article) == 200  # asking hides nothing

    refused = act(admin_client, "article", "hide", article, reason="   ")
    assert "Type why" in refused.content.decode()
    assert api_status(client, article) == 200

    assert (
        said(act(admin_client, "article", "hide", article, category="court", reason="Court order 7"))
        == "Hidden: 1 article."
    )
    assert api_status(client, article) == 410
    assert not Article.objects.due(timezone.now()).exists()
    article.refresh_from_db()
    assert article.hidings.get().reason == "Court order 7"

    assert said(act(admin_client, "article", "unhide", article)) == "Shown again: 1 article."
    assert api_status(client, article) == 200
    assert Article.objects.due(timezone.now()).exists()
    log = LogEntry.objects.order_by("pk").values_list("change_message", flat=True)
    assert list(log) == ["Hidden: Court order 7", "Unhidden."]


def test_more_articles_are_hidden_at_once_than_a_form_has_fields(admin_client, herald, settings):
    settings.DATA_UPLOAD_MAX_NUMBER_FIELDS = 10
    other = make_article(cast.make_source("Gazette", "gazette"))
    articles = [make_article(herald, f"Headline {n}") for n in range(12)]
    address = f"{reverse('admin:articles_article_changelist')}?source__id__exact={herald.pk}"
    form = {"action": "hide", "select_across": "1", "_selected_action": articles[0].pk}
    asked = admin_client.post(address, form)
    assert asked.context["count"] == 12
    text = asked.content.decode()
    assert (
        unescape(re.search(r'<form method="post" action="([^"]*)" class="narrow" novalidate', text)[1])
        == address
    )
    sent = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', text))

    late = make_article(herald, "Found meanwhile")
    again = admin_client.post(address, sent | {"category": "court", "reason": "Court order 8"})
    assert "The list finds other articles by now" in again.content.decode()
    assert not Article.objects.exclude(hidden_at=None).exists()

    done = admin_client.post(
        address, sent | {"count": "13", "category": "court", "reason": "Court order 8"}, follow=True
    )
    assert said(done) == "Hidden: 13 articles."
    hidden = set(Article.objects.exclude(hidden_at=None).values_list("pk", flat=True))
    assert hidden == {article.pk for article in [*articles, late]}
    assert api_status(admin_client, other) == 200
    assert LogEntry.objects.filter(change_message="Hidden: Court order 8").count() == 13


def test_what_was_hidden_before_keeps_its_reason(admin_client, herald):
    first, second = make_article(herald, "Headline a"), make_article(herald, "Headline b")
    act(admin_client, "article", "hide", first, category="court", reason="The first reason")
    assert (
        said(act(admin_client, "article", "hide", first, second, category="court", reason="Another"))
        == "Hidden: 1 article."
    )
    first.refresh_from_db()
    assert first.hidings.get().reason == "The first reason"


def test_the_variants_of_a_flapping_article_are_listed_and_linked(admin_client, herald):
    article = make_article(herald)
    first = article.versions.get()
    second = cast.add_version(article, ["Another text altogether."], at=NOON + timedelta(hours=1))
    cast.add_version(article, first.texts, at=NOON + timedelta(hours=2))
    assert "variant" not in page(admin_client, article).content.decode()
    Article.objects.filter(pk=article.pk).update(is_flapping=True)
    html = page(admin_client, article).content.decode()
    assert "yes, 2 variants:" in html
    for version in (first, second):
        address = reverse("admin:articles_version_change", args=[version.pk])
        assert f'<a href="{address}">version {version.number}</a>' in html


def test_a_button_on_the_article_s_page_acts_and_comes_back(admin_client, herald):
    article = make_article(herald)
    html = page(admin_client, article).content.decode()
    assert 'name="action" value="hide"' in html
    assert 'name="action" value="unhide"' not in html
    response = act(
        admin_client, "article", "hide", article, category="court", reason="Wrong page", back_to=article.pk
    )
    assert response.redirect_chain[-1][0] == reverse("admin:articles_article_change", args=[article.pk])
    html = response.content.decode()
    assert "Wrong page" in html
    assert 'name="action" value="unhide"' in html


def test_check_now_looks_at_finished_articles_but_not_at_hidden_or_paused_ones(admin_client, herald):
    resting = cast.make_source("Resting", "resting", is_paused=True)
    finished = make_article(herald, "Headline a", status=Article.Status.FINISHED)
    hidden, paused = make_article(herald, "Headline b", hidden_at=NOON), make_article(resting, "Headline c")
    response = act(admin_client, "article", "check_now", finished, hidden, paused)
    assert "1 article will be checked" in said(response)
    assert "2 articles left alone: hidden, merged, or of a paused source." in said(response)
    assert [article.pk for article in Article.objects.due(timezone.now())] == [finished.pk]


@pytest.mark.parametrize(
    "query", ["http://www.herald.example/news/2/?utm_source=x", "headline b", "herald.example/news/2"]
)
def test_articles_are_found_by_headline_and_by_any_spelling_of_their_address(admin_client, herald, query):
    make_article(herald, "Headline a")
    article = make_article(herald, "Headline b")
    response = admin_client.get("/admin/articles/article/", {"q": query})
    assert [row.pk for row in response.context["cl"].result_list] == [article.pk]


def test_a_list_says_when_articles_are_looked_at_next_in_utc_or_why_they_are_not(admin_client, herald):
    article = make_article(
        herald, next_check_at=NOON, failures=3, last_outcome="blocked", last_error="403 Forbidden"
    )

    def row() -> str:
        return unescape(admin_client.get("/admin/articles/article/").content.decode())

    assert "2026-11-02 12:00 UTC" in row()
    assert "Failed 3 times in a row: 403 Forbidden" in row()
    Source.objects.update(is_paused=True)
    assert re.search(r"field-next_check[^>]*>\s*paused", row())
    assert re.search(r">\s*paused", page(admin_client, article).content.decode())
    assert "2026-11-02 12:00 UTC" not in row().partition("field-next_check")[2]


def test_articles_are_listed_by_the_outcome_of_their_last_look(admin_client, herald):
    make_article(herald, "Headline a", last_outcome="unchanged")
    failed = make_article(
        herald,
        "b",
        last_outcome="failed",
        last_reason="The host did not answer",
        failures=1,
        last_error="Timed out",
    )
    response = admin_client.get("/admin/articles/article/", {"outcome": "failed", "status__exact": "tracked"})
    assert [row.pk for row in response.context["cl"].result_list] == [failed.pk]
    text = response.content.decode()
    assert "failed: The host did not answer" in text
    assert "Failed once: Timed out" in text


def test_an_article_shows_its_newest_checks_and_versions_only(admin_client, herald):
    article = make_article(herald)
    for number in range(2, 26):
        cast.add_version(article, [f"Line {number}."], at=NOON + timedelta(minutes=number))
    formsets = {
        f.formset.model: f.formset for f in page(admin_client, article).context["inline_admin_formsets"]
    }
    assert [form.instance.number for form in formsets[Version].forms] == list(range(25, 5, -1))
    assert [form.instance.version.number for form in formsets[Check].forms] == list(range(25, 5, -1))


def test_the_newest_checks_say_in_words_how_they_ended(admin_client, herald):
    article = make_article(herald)
    Check.objects.update(outcome="not_modified", seconds=0.007108350000635255)
    for shown in (
        page(admin_client, article),
        page(admin_client, Check.objects.get()),
        admin_client.get("/admin/articles/check/"),
    ):
        text = shown.content.decode()
        assert ">not modified<" in text
        assert ">0.01<" in text
        assert "0.0071" not in text


def test_an_address_that_is_none_of_the_web_is_shown_but_leads_nowhere(admin_client, herald):
    article = make_article(herald)
    Article.objects.update(url="JavaScript:alert(1)")
    text = page(admin_client, article).content.decode()
    assert "JavaScript:alert(1)" in text
    assert 'href="javascript' not in text.lower()


# --- what was seen is for looking only -----------------------------------------------------------
@pytest.fixture
def seen(herald) -> dict[str, object]:
    article = make_article(herald)
    cast.add_version(article, ["Tom & <b>Jerry</b> met 19 friends."], at=NOON + timedelta(hours=1))
    Snapshot.objects.update(headers=[["X-Seen", "<b>"]])
    newest = [model.objects.latest("pk") for model in (Article, Version, Change, Check, Snapshot, Host)]
    return {row._meta.model_name: row for row in newest}


@pytest.mark.parametrize("model", ["article", "version", "change", "check", "snapshot", "host"])
def test_nobody_adds_edits_or_deletes_what_was_seen(admin_client, seen, model):
    row = seen[model]
    assert page(admin_client, row).status_code == 200
    assert admin_client.get(f"/admin/articles/{model}/").status_code == 200
    for action, args in (("add", []), ("change", [row.pk]), ("delete", [row.pk])):
        address = reverse(f"admin:articles_{model}_{action}", args=args)
        assert admin_client.post(address, {"title": "Forged", "post": "yes"}).status_code == 403
    act(admin_client, model, "delete_selected", row, post="yes")
    assert type(row).objects.filter(pk=row.pk).values().get() == {
        field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields
    }


def test_page_text_is_shown_as_text(admin_client, seen):
    shown = {
        name: page(admin_client, seen[name]).content.decode() for name in ("version", "change", "snapshot")
    }
    assert "Tom &amp; &lt;b&gt;Jerry&lt;/b&gt; met 19 friends." in shown["version"]
    assert "&lt;b&gt;Jerry&lt;/b&gt; met <del>12</del><ins>19</ins> friends." in shown["change"]
    assert "X-Seen: &lt;b&gt;" in shown["snapshot"]


def test_a_visitor_is_sent_to_the_login(client):
    response = client.get("/admin/articles/article/")
    assert response.status_code == 302
    assert "/admin/login/" in response["Location"]


def test_one_who_may_only_look_cannot_act(client, herald, django_user_model):
    looker = django_user_model.objects.create_user("looker", password="x", is_staff=True)
    looker.user_permissions.add(*Permission.objects.filter(codename__startswith="view_"))
    client.force_login(looker)
    article = make_article(herald)
    assert 'name="action"' not in page(client, article).content.decode()
    act(client, "article", "hide", article, category="court", reason="Because")
    act(client, "source", "pause", herald)
    article.refresh_from_db()
    herald.refresh_from_db()
    assert (article.hidden_at, herald.is_paused) == (None, False)


# --- lists -------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "model", ["source", "feed", "host", "article", "version", "change", "check", "snapshot"]
)
def test_a_list_takes_as_many_queries_for_many_rows_as_for_few(admin_client, seen, model):
    address = f"/admin/articles/{model}/"
    admin_client.get(address)
    with CaptureQueriesContext(connection) as few:
        admin_client.get(address)
    for number in range(5):
        source = cast.make_source(f"S{number}", f"s{number}")
        source.feeds.update(failures=1, last_error="HTTP 500")
        article = make_article(source)
        cast.add_version(article, ["Tom met 20 friends."], at=NOON + timedelta(hours=2))
    with CaptureQueriesContext(connection) as many:
        response = admin_client.get(address)
    assert response.context["cl"].result_count >= 5
    assert len(many) == len(few)


def test_the_admin_has_no_inline_script_or_style(admin_client, seen, feed):
    rows = [*seen.values(), feed, feed.source]
    pages = [page(admin_client, row) for row in rows]
    pages += [
        act(admin_client, "article", "hide", seen["article"]),
        admin_client.get(ADD),
        admin_client.get("/admin/articles/source/add/"),
        admin_client.get("/admin/"),
    ]
    for shown in pages:
        html = shown.content.decode()
        assert "<style" not in html
        assert " style=" not in html
        assert " onclick=" not in html
        assert all("src=" in tag.partition(">")[0] for tag in html.split("<script")[1:])


def test_the_site_is_named():
    assert admin.site.site_header == "newsdiff"


def test_djangos_checks_find_nothing_wrong_with_the_admin():
    """They look at what is registered, which is nothing until the pages are loaded."""
    assert get_resolver().url_patterns
    assert len(admin.site._registry) > 15
    assert run_checks(tags=[Tags.admin, Tags.urls, Tags.models]) == []
