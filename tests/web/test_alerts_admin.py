"""Channels, readers and the log of messages in the admin."""

from datetime import timedelta

import pytest
from django.contrib.admin import site
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from articles import following
from articles.core.following import Cadence
from articles.following import Subject
from articles.listing import Filters
from articles.models import Change, Channel, Delivery, Follow, Follower, Notice
from tests.cast import Cast

ADDRESS = "https://desk.example.org/hook"
INLINE = {"follows-TOTAL_FORMS": "1", "follows-INITIAL_FORMS": "0"}
FOLLOW = {"follows-0-cadence": "instant", "follows-0-weight": "0"}


def add(client: Client, **fields: str):
    values = {"name": "Desk", "kind": "webhook", "address": ADDRESS, **INLINE, **FOLLOW}
    return client.post(reverse("admin:articles_channel_add"), values | fields)


def errors(answer) -> str:
    return answer.content.decode()


@pytest.fixture
def channel(db) -> Channel:
    return Channel.objects.create(name="Desk", address=ADDRESS, created_at=timezone.now())


@pytest.mark.parametrize(
    ("kind", "address", "said"),
    [
        ("webhook", "", "Type the address, such as https://example.org/hooks/newsdiff."),
        ("webhook", "desk.example.org/hook", "Type a web address that begins with https://."),
        ("webhook", "file:///etc/passwd", "Type a web address that begins with https://."),
        ("webhook", "https://user@desk.example.org/", "Type it without what stands before the @."),
        ("webhook", "https://desk.example.org:0/", "There is no port 0. Type it without “:0”."),
        ("webhook", "https://desk.example.org/a hook", "Type it in one piece, and %20 for a blank."),
        ("webhook", "https://2130706433/", "Type a host’s name, such as example.org."),
        ("webhook", "https://192.88.98.1:25/", "Type one of the ports 80, 443, 8080, 8443."),
        ("webhook", "https://127.0.0.1/", "Type the address of a server on the internet."),
        ("webhook", "http://[::1]/", "Type the address of a server on the internet."),
        ("webhook", "http://169.254.169.254/latest/", "Type the address of a server on the internet."),
        ("chat", ADDRESS, "Type an address that begins with one of discord:// (Discord)"),
        ("chat", "json://localhost/", "for any other service add a webhook"),
        ("chat", "discord://1/2?verify=no", "Leave out “verify”"),
        ("chat", "slack://", "no address of Slack as Apprise writes it"),
    ],
)
def test_an_address_that_must_not_be_told_is_refused_in_words(admin_client, kind, address, said):
    answer = add(admin_client, kind=kind, address=address)
    assert answer.status_code == 200
    assert said in errors(answer).replace("&#x27;", "'")
    assert not Channel.objects.exists()


def test_a_channel_is_told_of_what_its_form_says(admin_client, cast: Cast):
    narrowed = {"follows-0-source": str(cast.source.pk), "follows-0-kind": "number"}
    narrowed |= {"follows-0-language": "en", "follows-0-disclosed": "no"}
    answer = add(admin_client, **narrowed, **{"follows-0-cadence": "weekly", "follows-0-weight": "5"})
    assert answer.status_code == 302, errors(answer)
    follow = Follow.objects.get()
    filters = Filters(source=cast.source, kind="number", language="en", disclosed="no")
    assert Subject.of(follow) == Subject(filters)
    assert (follow.cadence, follow.least_weight) == (Cadence.WEEKLY, 5.0)
    assert follow.begins_at
    assert follow.next_digest_at.weekday() == 0


def test_one_article_is_followed_by_its_address_in_any_spelling(admin_client, cast: Cast):
    from articles.core import urls
    from articles.models import ArticleURL

    url = cast.stable.url
    ArticleURL.objects.create(article=cast.stable, url=url, key=urls.key(url), seen_at=timezone.now())
    answer = add(admin_client, **{"follows-0-article_address": "https://nowhere.example/news"})
    assert "No article of this address is followed here." in errors(answer)
    spelling = url.replace("https://", "http://www.") + "?utm_source=x"
    assert add(admin_client, **{"follows-0-article_address": spelling}).status_code == 302
    assert Follow.objects.get().article == cast.stable


def test_a_search_is_followed_and_shown_again_in_its_form(admin_client, cast: Cast):
    words = '"ran aground" -ferry'
    searched = {"follows-0-q": words, "follows-0-scope": "added", "follows-0-source": str(cast.source.pk)}
    assert add(admin_client, **searched, **{"follows-0-kind": "number"}).status_code == 302
    follow = Follow.objects.select_related("source").get()
    assert follow.source == cast.source
    subject = Subject.of(follow)
    assert (subject.search.text, subject.search.search.scope) == (words, "added")
    assert subject.search.search.kind == "number"
    page = reverse("admin:articles_channel_change", args=[follow.channel_id])
    (inline,) = admin_client.get(page).context["inline_admin_formsets"]
    form = inline.formset.forms[0]
    assert {name: form[name].value() for name in ("q", "scope", "kind", "source")} == {
        "q": words,
        "scope": "added",
        "kind": "number",
        "source": cast.source.pk,
    }
    listed = admin_client.get(reverse("admin:articles_channel_changelist")).content.decode()
    assert "in what was added" in listed


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"q": '"'}, "Type"),
        ({"scope": "removed"}, "Type what to search for, or choose “come or go”."),
        ({"q": "ferry", "language": "en"}, "a search is narrowed by source and kind alone"),
        ({"q": "ferry", "disclosed": "no"}, "a search is narrowed by source and kind alone"),
        ({"q": "x" * 301}, "Search for at most 300 characters: these are 301."),
    ],
)
def test_a_search_that_cannot_be_followed_says_what_to_type(admin_client, fields, said):
    answer = add(admin_client, **{f"follows-0-{name}": value for name, value in fields.items()})
    assert answer.status_code == 200
    assert said in errors(answer)
    assert not Follow.objects.exists()


def test_a_search_as_long_as_one_may_be_is_kept_in_any_script(admin_client):
    """Each of its characters takes nine in the query string that says it."""
    words = " ".join(["潮汐港口"] * 10)
    assert add(admin_client, **{"follows-0-q": words}).status_code == 302
    assert Subject.of(Follow.objects.get()).search.text == words


def test_a_bad_language_says_what_to_type(admin_client):
    answer = add(admin_client, **{"follows-0-language": "english!"})
    assert "Type a language’s code, such as en, de or ar." in errors(answer)


def test_saving_again_keeps_what_was_begun(admin_client, channel):
    begun = timezone.now() - timezone.timedelta(days=3)
    follow = Follow.objects.create(channel=channel, query="kind=number", created_at=begun)
    following.begin(follow, begun)
    values = {"name": "Desk 2", "kind": "webhook", "address": ADDRESS}
    values |= {"follows-TOTAL_FORMS": "1", "follows-INITIAL_FORMS": "1", "follows-0-id": str(follow.pk)}
    values |= {"follows-0-channel": str(channel.pk), "follows-0-kind": "headline", **FOLLOW}
    page = reverse("admin:articles_channel_change", args=[channel.pk])
    answer = admin_client.post(page, values)
    assert answer.status_code == 302, errors(answer)
    follow.refresh_from_db()
    channel.refresh_from_db()
    assert (channel.name, follow.query, follow.begins_at) == ("Desk 2", "kind=headline", begun)


def test_what_waits_in_what_is_removed_is_told_through_what_stays(admin_client, channel, cast: Cast):
    change = Change.objects.filter(article=cast.corrected).latest("pk")
    begun = change.seen_at - timezone.timedelta(days=1)
    follows = [
        Follow.objects.create(channel=channel, query=query, cadence="daily", created_at=begun)
        for query in ("", "kind=headline")
    ]
    for follow in follows:
        following.begin(follow, begun)
    removed, stays = follows
    notice = Notice.objects.create(follow=removed, channel=channel, change=change)
    values = {"name": "Desk", "kind": "webhook", "address": ADDRESS}
    values |= {"follows-TOTAL_FORMS": "2", "follows-INITIAL_FORMS": "2"}
    for at, follow in enumerate(follows):
        values |= {f"follows-{at}-id": str(follow.pk), f"follows-{at}-channel": str(channel.pk)}
        values |= {f"follows-{at}-cadence": "daily", f"follows-{at}-weight": "0"}
    values["follows-0-DELETE"] = "on"
    answer = admin_client.post(reverse("admin:articles_channel_change", args=[channel.pk]), values)
    assert answer.status_code == 302, errors(answer)
    notice.refresh_from_db()
    stays.refresh_from_db()
    assert stays.query == ""  # it was altered to have all, on the same page
    assert notice.follow == stays
    assert list(channel.follows.all()) == [stays]


def test_pausing_resuming_and_a_new_secret_stand_in_the_history(admin_client, channel):
    secret = channel.secret
    listed = reverse("admin:articles_channel_changelist")
    for action in ("pause", "resume", "renew_secret"):
        admin_client.post(listed, {"action": action, "_selected_action": str(channel.pk)})
    channel.refresh_from_db()
    assert not channel.is_paused
    assert channel.secret != secret
    history = admin_client.get(reverse("admin:articles_channel_history", args=[channel.pk]))
    for word in ("Paused.", "Resumed.", "New secret."):
        assert word in history.content.decode()


def test_who_may_only_look_sees_neither_keys_nor_addresses(client, django_user_model, channel):
    address = "discord://4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js"
    Channel.objects.filter(pk=channel.pk).update(kind="chat", address=address)
    reader = Follower.objects.create(
        address="vera@example.org", key="vera@example.org", created_at=timezone.now()
    )
    Delivery.to(reader, Delivery.Kind.CONFIRM, timezone.now())
    viewer = django_user_model.objects.create_user("viewer", is_staff=True)
    viewer.user_permissions.set(Permission.objects.filter(codename__startswith="view_"))
    client.force_login(viewer)
    for model, row in (("channel", channel), ("follower", reader), ("delivery", Delivery.objects.get())):
        for page in (
            reverse(f"admin:articles_{model}_changelist"),
            reverse(f"admin:articles_{model}_change", args=[row.pk]),
        ):
            answer = client.get(page)
            assert answer.status_code == 200
            for secret in ("JHMHI8qBe7bk2ZwO5U711o3dV_js", channel.secret, "vera@example.org", reader.token):
                assert secret not in answer.content.decode(), page
    answer = client.get(reverse("admin:articles_follower_changelist"))
    assert "v•••@example.org" in answer.content.decode()
    viewer.user_permissions.add(Permission.objects.get(codename="see_addresses"))
    client.force_login(django_user_model.objects.get(pk=viewer.pk))
    answer = client.get(reverse("admin:articles_follower_changelist"))
    assert "vera@example.org" in answer.content.decode()


def test_what_is_shown_to_one_is_not_shown_to_another_who_asks_at_the_same_time(
    rf, django_user_model, channel
):
    """Admins are one object for all requests: nothing of a request may be kept on it."""
    Follower.objects.create(address="vera@example.org", key="vera@example.org", created_at=timezone.now())
    whole = site.get_model_admin(Follower)
    shown = {}
    asking = {}
    for name in ("viewer", "chief"):
        request = rf.get("/admin/articles/follower/")
        request.user = django_user_model.objects.create_user(
            name, is_staff=True, is_superuser=name == "chief"
        )
        asking[name] = (whole.get_list_display(request), whole.get_queryset(request))
    for name, (columns, rows) in asking.items():
        shown[name] = getattr(whole, columns[0])(rows.get())
    assert shown == {"viewer": "v•••@example.org", "chief": "vera@example.org"}


def test_the_log_says_when_what_waits_is_tried_again(admin_client, channel):
    made = Delivery.to(channel, Delivery.Kind.TEST, timezone.now())
    listed = reverse("admin:articles_delivery_changelist")
    assert "tried" not in admin_client.get(listed).content.decode()
    in_an_hour = timezone.now() + timedelta(minutes=61)
    Delivery.objects.filter(pk=made.pk).update(attempts=8, next_attempt_at=in_an_hour)
    assert "waiting: tried 8 times, next in " in admin_client.get(listed).content.decode()


def test_a_viewer_sends_and_stops_nothing(client, django_user_model, channel):
    viewer = django_user_model.objects.create_user("viewer", is_staff=True)
    viewer.user_permissions.set(Permission.objects.filter(codename__startswith="view_"))
    client.force_login(viewer)
    listed = reverse("admin:articles_channel_changelist")
    for action in ("test", "pause", "renew_secret"):
        client.post(listed, {"action": action, "_selected_action": str(channel.pk)})
    channel.refresh_from_db()
    assert (channel.is_paused, Delivery.objects.count()) == (False, 0)


def test_a_reader_is_forgotten_with_all_about_them(admin_client, channel):
    reader = Follower.objects.create(address="v@example.org", key="v@example.org", created_at=timezone.now())
    Follow.objects.create(follower=reader, created_at=timezone.now())
    Delivery.to(reader, Delivery.Kind.CONFIRM, timezone.now())
    listed = reverse("admin:articles_follower_changelist")
    admin_client.post(listed, {"action": "forget", "_selected_action": str(reader.pk)})
    assert (Follower.objects.count(), Follow.objects.count(), Delivery.objects.count()) == (0, 0, 0)
