"""Merging and moving in the admin; who may do what, and who did what."""

import io
import re
from html import unescape

import pytest
from auditlog.models import LogEntry
from django.contrib.admin import site
from django.contrib.auth.models import Group, Permission
from django.core.exceptions import PermissionDenied
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from articles import roles, tallying, trail
from articles.ingestion import duplicates, transfers
from articles.models import Article, Channel, Feed, Follower, Source
from newsdiff.operators import forbidden
from tests import cast as casting
from tests.crawl import at, follow, look_again
from tests.site import article as page_of
from tests.web.test_admin import act, page, said

pytestmark = pytest.mark.django_db
FERRY = casting.FERRY


@pytest.fixture
def admin_user(django_user_model):
    return django_user_model.objects.create_superuser("operator", password=None)


@pytest.fixture
def herald() -> Source:
    return casting.make_source("The Herald", "herald")


def make(source: Source, title: str = "Ferry aground", body=FERRY) -> Article:
    return casting.make_article(source, title, body)


def in_role(role: str) -> Client:
    """The browser of somebody in this role."""
    user = roles.User.objects.create_user(f"a-{role}")
    roles.give(user, Group.objects.get(name=role))
    client = Client()
    client.force_login(user)
    return client


def told(row) -> list[str]:
    """What the trail tells of a row, the oldest first."""
    return [line for entry in reversed(trail.of_row(row)) for line in trail.lines(entry)]


# --- merging ----------------------------------------------------------------------------------------
def test_articles_are_shown_side_by_side_and_merged_into_the_chosen_one(admin_client, herald):
    older, newer = make(herald), make(herald)
    shown = act(admin_client, "article", "merge", older, newer)
    text = shown.content.decode()
    assert "shares 100 % of its words with the first" in text
    assert "does not read like the same piece" not in text
    assert re.search(rf'value="{older.pk}" checked', text)
    merged = act(admin_client, "article", "merge", older, newer, stays=newer.pk)
    link = '<a href="/admin/articles/article/{0}/change/">article {0}</a>'.format
    assert "Merged 1 article into “Ferry aground”. Unmerge, on the page of what was merged," in said(merged)
    assert link(older.pk) in said(merged)
    older.refresh_from_db()
    assert older.merged_into == newer
    assert told(older) == [f"Merged into article {newer.pk}, “Ferry aground”."]
    assert told(newer) == [f"Goes on for articles merged into it: “Ferry aground” ({older.pk})."]
    assert f"merged into {link(newer.pk)}" in page(admin_client, older).content.decode()
    survivor = page(admin_client, newer).content.decode()
    assert f"{link(older.pk)}: Ferry aground" in survivor
    assert "choose Unmerge on the page of the one merged." in survivor
    assert "Unmerged 1 article." in said(act(admin_client, "article", "unmerge", older, newer))
    older.refresh_from_db()
    assert older.merged_into is None


def test_unlike_articles_are_warned_of_and_too_few_or_many_refused(admin_client, herald):
    ferry, bridge = make(herald), make(herald, "Iron bridge", casting.BRIDGE)
    assert (
        "does not read like the same piece"
        in act(admin_client, "article", "merge", ferry, bridge).content.decode()
    )
    assert "Choose 2 to 10 articles" in said(act(admin_client, "article", "merge", ferry))
    other = act(admin_client, "article", "merge", ferry, bridge, stays=bridge.pk + 1)
    assert "Choose one of the articles shown here." in other.content.decode()
    duplicates.merge(ferry.pk, [bridge.pk], timezone.now())
    again = act(admin_client, "article", "merge", ferry, bridge, stays=ferry.pk)
    assert "was merged already: leave it out, or unmerge it first." in again.content.decode()


def test_possible_duplicates_lead_to_the_page_that_merges(admin_client, herald):
    older, newer = make(herald), make(herald)
    text = act(admin_client, "source", "duplicates", herald).content.decode()
    assert f'name="_selected_action" value="{older.pk}"' in text
    assert f'name="_selected_action" value="{newer.pk}"' in text
    assert "100 % of the words the same" in text
    gazette = casting.make_source()
    assert "read like one piece" in act(admin_client, "source", "duplicates", gazette).content.decode()


# --- moving -----------------------------------------------------------------------------------------
def test_articles_move_after_what_would_move_was_counted(admin_client, herald, cast):
    counted = act(admin_client, "article", "give", cast.corrected, cast.stable, to=herald.pk)
    text = counted.content.decode()
    assert "2 articles" in text
    assert "with 2 changes" in text
    assert not herald.articles.exists()
    confirmed = re.search(r'name="confirmed" value="([^"]+)"', text)[1]
    done = act(
        admin_client, "article", "give", cast.corrected, cast.stable, to=herald.pk, confirmed=confirmed
    )
    assert "Moved 2 articles to The Herald." in said(done)
    assert told(cast.stable) == [
        "Moved to the source The Herald.",
        "source: “The Harbour Gazette” → “The Herald”",
    ]
    there = act(admin_client, "article", "give", cast.stable, to=herald.pk).content.decode()
    assert "This source has them already: choose another." in there
    assert 'name="confirmed" value' not in there
    # what was counted for one source is not done to another
    other = act(admin_client, "article", "give", cast.stable, to=cast.source.pk, confirmed=confirmed)
    assert "1 article" in other.content.decode()
    assert Article.objects.get(pk=cast.stable.pk).source == herald


def test_all_that_a_list_finds_moves_only_if_it_finds_as_many(admin_client, herald, cast):
    form = {"to": herald.pk, "confirmed": str(herald.pk), "select_across": "1"}
    refused = act(admin_client, "article", "give", cast.stable, count="4", **form)
    assert "The list finds others by now" in refused.content.decode()
    assert "Moved 5 articles" in said(act(admin_client, "article", "give", cast.stable, count="5", **form))


def give_feed(client: Client, feed: Feed, **form: object):
    """Moves a feed by what was counted; the page on which it was counted, and the one after."""
    asked = act(client, "feed", "give", feed, **form)
    confirmed = re.search(r'name="confirmed" value="([^"]+)"', asked.content.decode())[1]
    return asked.content.decode(), act(client, "feed", "give", feed, **form, confirmed=confirmed)


def test_a_feed_moves_with_the_articles_that_it_named_first(admin_client, herald, cast):
    """Those that were given away by hand stay there, and so do those that another feed named, or nobody knows."""
    feed = cast.source.feeds.get()
    other = Feed.objects.create(source=cast.source, url="https://gazette.example/other.xml")
    away = casting.make_source("The Echo", "echo")
    Article.objects.filter(pk__in=[cast.corrected.pk, cast.stable.pk]).update(feed=feed)
    elsewhere = make(away)
    Article.objects.filter(pk=elsewhere.pk).update(feed=feed)
    Article.objects.filter(pk=cast.hidden.pk).update(feed=other)
    shown = page(admin_client, feed).content.decode()
    assert f'<a href="/admin/articles/article/?feed__id__exact={feed.pk}">3</a>' in shown
    listed = admin_client.get(f"/admin/articles/article/?feed__id__exact={feed.pk}").context["cl"]
    assert {row.pk for row in listed.result_list} == {cast.corrected.pk, cast.stable.pk, elsewhere.pk}
    assert (
        "And with those whose addresses begin with"
        in act(admin_client, "feed", "give", feed).content.decode()
    )
    asked, done = give_feed(admin_client, feed, to=herald.pk, with_named="on")
    assert "<strong>2 articles</strong>" in asked
    assert "2 articles of which it is not known which feed named them stay where they are." in asked
    assert "Moved 1 feed and 2 articles to The Herald." in said(done)
    assert set(herald.articles.all()) == {cast.corrected, cast.stable}
    assert cast.source.articles.count() == 3
    assert away.articles.get() == elsewhere


def test_a_feed_moves_alone_if_that_is_asked_for(admin_client, herald, cast):
    feed = cast.source.feeds.get()
    cast.source.articles.update(feed=feed)
    asked = act(admin_client, "feed", "give", feed).content.decode()
    assert "whose addresses begin with" not in asked  # all are known to be the feed's
    _, done = give_feed(admin_client, feed, to=herald.pk)
    assert "Moved 1 feed and 0 articles to The Herald." in said(done)


def test_a_part_of_a_list_moves_with_the_list_and_takes_none_of_its_articles_without(
    admin_client, herald, cast
):
    whole = cast.source.feeds.get()
    part = Feed.objects.create(source=cast.source, url="https://gazette.example/part.xml", part_of=whole)
    cast.source.articles.update(feed=whole)
    form = {"to": herald.pk, "with_named": "on"}
    for confirmed in ({}, {"confirmed": f"{herald.pk} named"}):
        answer = act(admin_client, "feed", "give", part, **form, **confirmed).content.decode()
        assert "is a part of the list" in answer
        assert "choose the list, with which its parts move." in answer
    part.refresh_from_db()
    assert (part.source, herald.articles.count()) == (cast.source, 0)


def test_of_articles_of_no_known_feed_those_go_along_whose_addresses_begin_alike(admin_client, herald, cast):
    feed = cast.source.feeds.get()
    other = Feed.objects.create(source=cast.source, url="https://gazette.example/other.xml")
    Article.objects.filter(pk=cast.stable.pk).update(feed=feed)
    Article.objects.filter(pk=cast.hidden.pk).update(feed=other)
    form = {"to": herald.pk, "with_named": "on", "beginning": "https://gazette.example/news/"}
    asked, done = give_feed(admin_client, feed, **form)
    assert "<strong>4 articles</strong>" in asked
    assert "3 of them by their addresses alone: it is not known which feed named them." in asked
    assert "Moved 1 feed and 4 articles to The Herald." in said(done)
    feed.refresh_from_db()
    assert (feed.source, cast.source.articles.get()) == (herald, cast.hidden)
    assert "has them already" in act(admin_client, "feed", "give", feed, to=herald.pk).content.decode()
    feed = cast.source.feeds.get()
    Article.objects.filter(pk=cast.hidden.pk).update(feed=None)
    assert (
        "Type such as"
        in act(admin_client, "feed", "give", feed, to=herald.pk, beginning="::").content.decode()
    )


def test_moving_feeds_goes_on_with_the_articles_that_are_left(admin_client, herald, cast, monkeypatch):
    """Of five articles two were moved when the time was over: so doing the same again moves the others."""
    feed = cast.source.feeds.get()
    cast.source.articles.update(feed=feed)
    form = {"to": herald.pk, "with_named": "on"}
    give = transfers.give_articles
    monkeypatch.setattr(transfers, "BATCH", 2)
    monkeypatch.setattr(transfers, "give_articles", lambda articles, to: give(articles, to, seconds=0))
    _, done = give_feed(admin_client, feed, **form)
    words = "Moved 0 feeds and 2 articles to The Herald. 3 articles are left: do the same again"
    assert words in said(done)
    monkeypatch.setattr(transfers, "give_articles", give)
    _, done = give_feed(admin_client, feed, **form)
    assert "Moved 1 feed and 3 articles to The Herald." in said(done)
    assert (herald.articles.count(), feed.source) == (5, cast.source)
    feed.refresh_from_db()
    assert feed.source == herald


def test_a_feed_that_is_given_away_on_its_own_page_takes_its_parts_along(admin_client, herald, cast):
    """And what a poll under way would store under the source before is dropped."""
    whole = cast.source.feeds.get()
    part = Feed.objects.create(source=cast.source, url="https://gazette.example/part.xml", part_of=whole)
    Feed.objects.filter(pk=whole.pk).update(lease_token="ours", lease_until=timezone.now())
    typed = {"source": herald.pk, "url": whole.url}
    answer = admin_client.post(f"/admin/articles/feed/{whole.pk}/change/", typed)
    assert answer.status_code == 302
    for feed in (whole, part):
        feed.refresh_from_db()
    assert (whole.source, part.source, whole.lease_token) == (herald, herald, "")
    assert "source: “The Harbour Gazette” → “The Herald”" in " ".join(told(whole))


def test_those_that_were_shown_are_merged_whatever_the_list_finds_by_then(admin_client, herald):
    shown = [make(herald), make(herald)]
    asked = act(admin_client, "article", "merge", shown[0], select_across="1").content.decode()
    assert sorted(re.findall(r'name="_selected_action" value="([0-9]+)"', asked)) == [
        str(one.pk) for one in shown
    ]
    assert 'name="select_across"' not in asked


def test_sources_are_merged_into_one_and_the_emptied_is_paused(admin_client, herald, cast):
    assert "choose another" in act(admin_client, "source", "merge", herald, to=herald.pk).content.decode()
    done = act(admin_client, "source", "merge", cast.source, to=herald.pk, confirmed=str(herald.pk))
    assert "The Herald has taken over 1 feed and 5 articles." in said(done)
    cast.source.refresh_from_db()
    assert (cast.source.is_paused, cast.source.articles.count(), cast.source.feeds.count()) == (True, 0, 0)
    assert cast.source.pause_reason == "Merged into The Herald."
    for kept in ("/", "/feed.atom"):
        moved = admin_client.get(f"/sources/gazette{kept}")
        assert (moved.status_code, moved["Location"]) == (301, f"/sources/herald{kept}")
    # lists and feeds that are narrowed to it go on with the one that has its articles
    for narrowed in ("/?", "/feed.atom?", "/search/?q=people&", "/search/feed.atom?q=people&"):
        of_gazette = admin_client.get(f"{narrowed}source=gazette")
        assert f"/articles/{cast.corrected.pk}" in of_gazette.content.decode(), narrowed
    listed = admin_client.get("/admin/articles/source/").content.decode()
    assert "none: merged into The Herald" in listed
    back = act(admin_client, "source", "merge", herald, to=cast.source.pk, confirmed=str(cast.source.pk))
    assert "The Harbour Gazette is paused: nothing of it is looked at until you resume it." in said(back)
    cast.source.refresh_from_db()
    assert (cast.source.is_paused, cast.source.pause_reason) == (True, "")
    assert admin_client.get("/sources/gazette/").status_code == 200
    assert admin_client.get("/sources/herald/").status_code == 301
    tallying.settle()
    assert list(tallying.astray()) == []


# --- who may do what ----------------------------------------------------------------------------------
def test_a_viewer_sees_every_list_and_is_offered_and_allowed_no_change(cast):
    viewer = in_role("viewer")
    rows = {"article": cast.stable, "source": cast.source, "feed": cast.source.feeds.get()}
    changing = {
        "article": ["check_now", "hide", "unhide", "merge", "unmerge", "give"],
        "source": ["check_now", "pause", "resume", "merge"],
        "feed": ["check_now", "pause", "resume", "give"],
    }
    for model, names in changing.items():
        listed = viewer.get(f"/admin/articles/{model}/").content.decode()
        shown = page(viewer, rows[model])
        assert shown.status_code == 200
        for name in names:
            assert f'value="{name}"' not in listed + shown.content.decode(), (model, name)
            assert act(viewer, model, name, rows[model]).status_code == 403, (model, name)
    for address in (
        "/admin/articles/source/add/",
        "/admin/articles/source/import/",
        "/admin/auth/user/add/",
        "/admin/axes/accessattempt/",
    ):
        assert viewer.get(address).status_code == 403, address
        assert viewer.post(address, {}).status_code == 403, address
    assert (
        viewer.post(f"/admin/articles/source/{cast.source.pk}/change/", {"name": "Mine"}).status_code == 403
    )
    home = viewer.get("/admin/").content.decode()
    assert "/admin/articles/article/" in home
    assert "/admin/axes/" not in home
    for model in site._registry:
        app, name = model._meta.app_label, model._meta.model_name
        expected = 200 if app in ("articles", "auth", "auditlog") else 403
        assert viewer.get(f"/admin/{app}/{name}/").status_code == expected, model


def test_whoever_may_not_do_a_thing_is_told_in_words_and_led_back(admin_client, cast):
    answer = in_role("viewer").get("/admin/articles/source/add/")
    shown = answer.content.decode()
    assert answer.status_code == 403
    assert "This needs another role" in shown
    assert "your role is viewer: sees everything and changes nothing." in shown
    assert 'href="/admin/"' in shown
    assert "default-src 'none'" in answer["Content-Security-Policy"]
    assert answer["Cache-Control"] == "no-store"
    nobodys = admin_client.get("/admin/articles/version/add/")
    assert nobodys.status_code == 403
    assert "Nobody may do this by hand" in nobodys.content.decode()


def test_a_public_page_that_is_not_open_says_so_in_words(rf):
    answer = forbidden(rf.get("/elsewhere/"), PermissionDenied())
    assert answer.status_code == 403
    assert "This is not open to you" in answer.content.decode()


def test_an_empty_list_says_what_fills_it_to_whoever_cannot_add_to_it():
    viewer = in_role("viewer")
    for model, shown_by in site._registry.items():
        if model._meta.app_label != "articles":
            continue
        address = f"/admin/articles/{model._meta.model_name}/"
        listed = unescape(viewer.get(address).content.decode())
        assert "Nothing here yet" in listed, model
        assert shown_by.filled_by in listed, model
        narrowed = viewer.get(address, {"pk": "1"}).content.decode()
        assert "No row has all that was searched and filtered for." in narrowed, model
        assert shown_by.filled_by not in unescape(narrowed), model
    assert "Add channel" in in_role("curator").get("/admin/articles/channel/").content.decode()


def test_a_viewer_is_shown_no_digest_of_a_password(django_user_model):
    secret = django_user_model.objects.create_user("somebody", password="correct horse")
    shown = in_role("viewer").get(f"/admin/auth/user/{secret.pk}/change/")
    assert shown.status_code == 200
    assert "md5$" not in shown.content.decode()
    assert secret.password not in shown.content.decode()


def test_a_curator_curates_and_touches_no_user(cast):
    curator = in_role("curator")
    assert "Paused 1 source" in said(act(curator, "source", "pause", cast.source))
    assert act(curator, "article", "merge", cast.stable, cast.corrected).status_code == 200
    assert curator.get("/admin/articles/source/import/").status_code == 200
    assert curator.get("/admin/auth/user/add/").status_code == 403
    assert curator.post("/admin/auth/group/add/", {"name": "x"}).status_code == 403


def test_readers_addresses_are_for_operators_alone(cast):
    Follower.objects.create(
        address="vera@example.org",
        key="vera@example.org",
        created_at=timezone.now(),
        confirmed_at=timezone.now(),
    )
    shown = {
        role: b"vera@example.org" in in_role(role).get("/admin/articles/follower/").content
        for role in roles.NAMES
    }
    assert shown == {"viewer": False, "curator": False, "operator": True}


def test_a_channel_is_noted_without_its_address(admin_client, admin_user):
    with trail.acting(admin_user):
        channel = Channel.objects.create(
            name="Desk", address="https://hooks.example/T0/secret", created_at=timezone.now()
        )
    assert told(channel) == ["Added."]
    assert "secret" not in str([entry.changes for entry in trail.of_row(channel)])


def test_an_operator_gives_roles_but_makes_and_touches_no_superuser(django_user_model):
    operator = in_role("operator")
    chief = django_user_model.objects.create_superuser("chief", password=None)
    curator = Group.objects.get(name="curator")
    new = {"username": "nadia", "email": "nadia@paper.example", "role": curator.pk, "usable_password": "true"}
    words = {"password1": "correct horse 9", "password2": "correct horse 9"}
    assert operator.post("/admin/auth/user/add/", new | words).status_code == 302
    nadia = django_user_model.objects.get(username="nadia")
    assert (list(nadia.groups.all()), nadia.is_staff, nadia.is_superuser) == ([curator], True, False)
    address = f"/admin/auth/user/{nadia.pk}/change/"
    assert (
        operator.post(address, {"username": "nadia", "is_active": "on", "is_superuser": "on"}).status_code
        == 302
    )
    nadia.refresh_from_db()
    assert (nadia.groups.count(), nadia.is_staff, nadia.is_superuser) == (0, False, False)
    assert operator.post(f"/admin/auth/user/{chief.pk}/change/", {"username": "mine"}).status_code == 403
    assert operator.post(f"/admin/auth/user/{chief.pk}/password/", words).status_code == 403
    assert operator.post(f"/admin/auth/user/{chief.pk}/delete/", {"post": "yes"}).status_code == 403
    assert "operator: does all that" in operator.get("/admin/auth/user/").content.decode()


def test_a_migration_gives_back_what_a_role_lacks_and_leaves_what_it_has_besides():
    viewer = Group.objects.get(name="viewer")
    wanted = set(viewer.permissions.values_list("codename", flat=True))
    assert {"view_article", "view_source", "view_logentry"} <= wanted
    assert not [name for name in wanted if not name.startswith("view_")]
    more = Permission.objects.get(codename="change_boilerplate")
    viewer.permissions.remove(Permission.objects.get(codename="view_article"))
    viewer.permissions.add(more)
    call_command("migrate", verbosity=0)
    assert set(viewer.permissions.values_list("codename", flat=True)) == wanted | {"change_boilerplate"}
    assert (
        not LogEntry.objects.filter(content_type__model="group")
        .exclude(changes__has_key="permissions")
        .exists()
    )


# --- adduser -------------------------------------------------------------------------------------------
def test_adduser_makes_a_user_who_gets_in_and_changes_the_role_of_one(monkeypatch, django_user_model):
    monkeypatch.setattr("sys.stdin", io.StringIO("correct horse 9\n"))
    out = io.StringIO()
    call_command("adduser", "nadia", role="curator", email="nadia@paper.example", stdout=out)
    assert "nadia may log in at /admin/ as curator: adds and edits" in out.getvalue()
    nadia = django_user_model.objects.get()
    assert (nadia.check_password("correct horse 9"), nadia.email, nadia.is_staff) == (
        True,
        "nadia@paper.example",
        True,
    )
    call_command("adduser", "nadia", role="viewer", stdout=out)
    assert [group.name for group in nadia.groups.all()] == ["viewer"]
    assert told(nadia)[-1] == "Is viewer from now on."


def test_adduser_refuses_a_password_that_anybody_guesses(monkeypatch, django_user_model):
    monkeypatch.setattr("sys.stdin", io.StringIO("password\n"))
    with pytest.raises(CommandError, match="too common") as caught:
        call_command("adduser", "nadia", role="curator")
    assert caught.value.returncode == 2
    assert not django_user_model.objects.exists()


# --- who did what ----------------------------------------------------------------------------------------
def test_forms_are_noted_with_values_before_and_after_and_actions_in_words(admin_client, herald, admin_user):
    feed = herald.feeds.get()
    form = {"source": herald.pk, "url": "https://herald.example/other.xml", "is_paused": "on"}
    admin_client.post(f"/admin/articles/feed/{feed.pk}/change/", form)
    assert set(told(feed)) == {
        "is paused: no → yes",
        "url: “https://herald.example/feed.xml” → “https://herald.example/other.xml”",
    }
    act(admin_client, "source", "pause", herald)
    entry = trail.of_row(herald).first()
    assert (entry.actor, trail.lines(entry), entry.remote_addr) == (admin_user, ["Paused."], None)
    shown = admin_client.get(f"/admin/articles/source/{herald.pk}/history/").content.decode()
    assert "operator" in shown
    assert "Paused." in shown
    listed = admin_client.get(f"/admin/auditlog/logentry/?actor__id__exact={admin_user.pk}").content.decode()
    assert "https://herald.example/other.xml" in listed
    assert f'href="/admin/articles/source/{herald.pk}/change/"' in listed
    assert (
        admin_client.post(f"/admin/auditlog/logentry/{entry.pk}/delete/", {"post": "yes"}).status_code == 403
    )


def test_users_and_roles_are_noted_and_no_secret(admin_client, django_user_model):
    words = {"password1": "correct horse 9", "password2": "correct horse 9", "usable_password": "true"}
    viewer = Group.objects.get(name="viewer")
    admin_client.post("/admin/auth/user/add/", {"username": "nadia", "role": viewer.pk} | words)
    nadia = django_user_model.objects.get(username="nadia")
    assert {"Added.", "groups: added viewer."} <= set(told(nadia))
    admin_client.post(f"/admin/auth/user/{nadia.pk}/password/", words)
    assert "Changed password." in told(nadia)
    kept = repr(list(LogEntry.objects.values()))
    assert nadia.password.rpartition("$")[2] not in kept
    assert "correct horse" not in kept
    assert "md5$" not in kept


def test_what_workers_and_readers_do_is_not_noted_and_asks_the_database_for_nothing(site, client):
    site.pages["/a"] = page_of("Boats wait")
    follow(site, "/a")
    site.pages["/a"] = page_of("Boats still wait")
    with CaptureQueriesContext(connection) as asked:
        look_again()
    assert at(site, "/a").version_count == 2
    tables = ("auditlog", "django_content_type", "auth_user", "django_session")
    assert not [query["sql"] for query in asked if any(table in query["sql"] for table in tables)]
    assert not LogEntry.objects.exists()
    assert Feed.objects.count() == 1
    with CaptureQueriesContext(connection) as asked:
        client.get("/")
    assert not [query["sql"] for query in asked if any(table in query["sql"] for table in tables)]
