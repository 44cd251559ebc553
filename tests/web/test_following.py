"""Following by e-mail: two steps, one message to who has not confirmed, no GET that changes anything."""

from datetime import timedelta
from urllib.parse import urlencode

import pytest
import time_machine
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from articles import following, hiding, limits
from articles.alerts.postman import Postman
from articles.core.following import Cadence
from articles.following import UNCONFIRMED, Subject
from articles.hiding import Statement
from articles.models import Delivery, Follow, Follower, Source
from tests.cast import Cast, add_version

VERA = "vera@example.org"
WISH = {"address": VERA, "cadence": "instant", "least_weight": "0"}


@pytest.fixture(autouse=True)
def mail_server(settings) -> None:
    """Django's own outbox stands for the server that is named here."""
    settings.EMAIL_HOST = "mail.example.org"


def ask(client: Client, query: str = "", **fields: str):
    return client.post(f"/follow/{query}", WISH | fields)


def messages() -> list[mail.EmailMessage]:
    """What has been sent, once all that waits has."""
    Postman().round()
    return mail.outbox


def follower() -> Follower:
    return Follower.objects.get(key=VERA)


def confirmed(client: Client, query: str = "") -> Follow:
    ask(client, query)
    messages()
    follow = Follow.objects.latest("pk")
    client.post(reverse("follow-confirm", args=[follower().token]), {"follow": str(follow.pk)})
    follow.refresh_from_db()
    return follow


# --- asking ----------------------------------------------------------------------------------------
def test_nothing_is_offered_where_no_mail_is_sent(client: Client, cast: Cast, settings):
    settings.EMAIL_HOST = ""
    for page in ("/", "/sources/gazette/", cast.corrected.get_absolute_url()):
        assert b"Follow by e-mail" not in client.get(page).content
    answer = client.get("/follow/")
    assert answer.status_code == 404
    assert "Its feeds tell the same" in answer.content.decode()


def test_each_page_offers_to_follow_what_it_lists(client: Client, cast: Cast):
    for page, query in (
        ("/", ""),
        ("/?kind=number&source=gazette", "?source=gazette&amp;kind=number"),
        ("/sources/gazette/", "?source=gazette"),
        (cast.corrected.get_absolute_url(), f"?article={cast.corrected.pk}"),
    ):
        assert f'href="/follow/{query}">Follow by e-mail' in client.get(page).content.decode()


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("", "All changes of all sources"),
        ("?source=gazette&kind=number", "Changed numbers in articles of The Harbour Gazette"),
        ("?since=week&sort=weightiest", "All changes of all sources"),
        ("?article={corrected}", "All changes of “Nineteen hurt as ferry runs aground off Brightwater”"),
        ("?article={corrected}&kind=quotation", "of “Nineteen hurt"),
    ],
)
def test_the_form_says_what_will_be_followed(client: Client, cast: Cast, query, said):
    assert said in client.get("/follow/" + query.format(corrected=cast.corrected.pk)).content.decode()


@pytest.mark.parametrize(
    "query", ["?article={hidden}", "?article=99999", "?article=x", "?kind=cosmetic", "?kind=no", "?source=no"]
)
def test_what_does_not_exist_or_is_hidden_cannot_be_followed(client: Client, cast: Cast, query):
    answer = client.get("/follow/" + query.format(hidden=cast.hidden.pk))
    assert answer.status_code == 404
    assert "takes" in answer.content.decode()


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"address": ""}, "Type your e-mail address, such as name@example.org."),
        ({"address": "vera"}, "Type a whole e-mail address"),
        ({"address": "vera@example.org\nBcc: all@example.org"}, "Type a whole e-mail address"),
        ({"address": f"{'v' * 250}@example.org"}, "Type a"),
        ({"cadence": "hourly"}, "Choose one of those listed."),
        ({"least_weight": "nan"}, "Choose one of those listed."),
    ],
)
def test_each_error_says_what_to_type(client: Client, cast: Cast, fields, said):
    answer = ask(client, **fields)
    assert (answer.status_code, Follower.objects.count()) == (400, 0)
    assert said in answer.content.decode()
    assert 'aria-invalid="true"' in answer.content.decode()


def test_one_message_asks_to_confirm_and_nothing_else_is_sent_before(client: Client, cast: Cast):
    for query in ("", "?source=gazette", f"?article={cast.stable.pk}"):
        answer = ask(client, query)
        assert (answer.status_code, answer["Location"]) == (302, "/follow/asked/")
        assert not answer.cookies
    [message] = messages()
    assert message.to == [VERA]
    assert reverse("follow-confirm", args=[follower().token]) in message.body
    assert "List-Unsubscribe" not in message.extra_headers
    add_version(cast.stable, ["Another text."], at=timezone.now())
    assert len(messages()) == 1


def test_no_message_carries_what_a_stranger_types_to_who_has_not_confirmed(client: Client, cast: Cast):
    typed = "Your account is locked. Log in at https://evil.example/ today"
    ask(client, "?" + urlencode({"q": typed, "source": "gazette"}))
    ask(client, "?kind=number")
    [message] = messages()
    [(in_html, _)] = message.alternatives
    for said in (message.body, in_html):
        assert "A search that was typed on this site" in said
        assert "Changed numbers" in said
        assert "evil" not in said
        assert "locked" not in said
    page = client.get(reverse("follow-confirm", args=[follower().token])).content.decode()
    assert typed in page


def test_no_answer_tells_whether_an_address_is_known(client: Client, cast: Cast):
    unknown = ask(client)
    for state in ("asked", "confirmed", "following"):
        if state == "confirmed":
            confirmed(client, "?kind=number")
        known = ask(client)
        assert (known.status_code, known["Location"]) == (unknown.status_code, unknown["Location"])
        assert known.content == unknown.content
        assert set(known.headers) == set(unknown.headers)


def test_who_has_confirmed_is_asked_again_for_each_new_thing_but_once_an_hour(client: Client, cast: Cast):
    confirmed(client)
    messages()
    ask(client)  # follows that already
    assert len(messages()) == 1
    with time_machine.travel(timezone.now() + timedelta(hours=1)):
        ask(client, "?kind=number")
        ask(client, "?kind=headline")
        assert len(messages()) == 2
        page = client.get(reverse("follow-confirm", args=[follower().token])).content.decode()
    assert "Changed numbers" in page
    assert "Changed headlines" in page
    assert Follow.objects.exclude(begins_at=None).count() == 1  # nobody follows for another


def test_addresses_differ_by_more_than_case(client: Client, cast: Cast):
    ask(client)
    ask(client, address="Vera@Example.ORG")
    assert Follower.objects.count() == 1


def test_a_visitor_asks_for_a_few_a_minute(client: Client, cast: Cast, settings):
    settings.NEWSDIFF_RATE_FOLLOW = 2
    limits._own.clear()
    cache.clear()
    far = {"REMOTE_ADDR": "203.0.113.7"}
    answers = [client.post("/follow/", WISH | {"address": f"v{n}@example.org"}, **far) for n in range(3)]
    assert [answer.status_code for answer in answers] == [302, 302, 429]
    assert int(answers[2]["Retry-After"]) > 0


def test_another_site_cannot_have_its_visitors_ask(client: Client, cast: Cast):
    answer = client.post("/follow/", WISH, headers={"Sec-Fetch-Site": "cross-site"})
    assert (answer.status_code, Follower.objects.count()) == (404, 0)


# --- confirming ------------------------------------------------------------------------------------
def test_opening_links_changes_nothing(client: Client, cast: Cast):
    follow = confirmed(client)
    ask(client, "?kind=number")
    token = follower().token
    before = list(Follow.objects.order_by("pk").values())
    for page in ("confirm", "manage"):
        assert client.get(reverse(f"follow-{page}", args=[token])).status_code == 200
        assert client.head(reverse(f"follow-{page}", args=[token])).status_code == 200
    stop = reverse("follow-stop", args=[follow.token])
    answer = client.get(stop)
    assert answer.status_code == 200
    assert answer["Cache-Control"] == "no-store"
    assert "noindex" in answer.content.decode()
    assert list(Follow.objects.order_by("pk").values()) == before


def test_what_the_reader_leaves_out_is_forgotten(client: Client, cast: Cast):
    ask(client)
    ask(client, "?kind=number")
    mine, _ = Follow.objects.order_by("pk")
    page = reverse("follow-confirm", args=[follower().token])
    answer = client.post(page, {"follow": str(mine.pk)})
    assert answer["Location"] == reverse("follow-manage", args=[follower().token]) + "?done=confirmed"
    assert list(Follow.objects.values_list("pk", flat=True)) == [mine.pk]
    assert follower().confirmed_at
    assert client.get(page).status_code == 302  # nothing waits any more


def test_who_confirms_nothing_is_forgotten(client: Client, cast: Cast):
    ask(client)
    answer = client.post(reverse("follow-confirm", args=[follower().token]))
    assert "your address has been deleted" in answer.content.decode()
    assert not Follower.objects.exists()


def test_what_is_not_confirmed_within_two_days_is_swept(client: Client, cast: Cast):
    confirmed(client)
    ask(client, "?kind=number")
    ask(client, address="ola@example.org")
    now = timezone.now()
    following.sweep(now + UNCONFIRMED - timedelta(minutes=1))
    assert Follow.objects.count() == 3
    following.sweep(now + UNCONFIRMED + timedelta(minutes=1))
    assert list(Follower.objects.values_list("key", flat=True)) == [VERA]
    assert Follow.objects.count() == 1
    assert not Delivery.objects.filter(follower__key="ola@example.org").exists()


# --- what is told, and its end -----------------------------------------------------------------------
def test_a_change_is_told_and_one_post_ends_it_without_cookie_or_question(cast: Cast):
    client = Client(enforce_csrf_checks=True)
    confirmed(client, f"?article={cast.stable.pk}")
    messages()
    add_version(cast.stable, ["Another text."], at=timezone.now())
    told = messages()[-1]
    address = told.extra_headers["List-Unsubscribe"].strip("<>")
    path = address.partition("127.0.0.1:8000")[2]
    body = "List-Unsubscribe=One-Click"
    for _ in range(2):  # some programs send it twice
        answer = Client(enforce_csrf_checks=True).post(path, body, "application/x-www-form-urlencoded")
        assert answer.status_code == 200
        assert not answer.cookies
    assert not Follower.objects.exists()  # it followed nothing else, so it is forgotten
    add_version(cast.stable, ["Yet another text."], at=timezone.now())
    assert messages()[-1] is told


def test_the_reader_alters_how_often_and_stops_one_or_all(client: Client, cast: Cast):
    first, second = confirmed(client), confirmed(client, "?kind=number")
    page = reverse("follow-manage", args=[follower().token])
    rhythm = {"cadence": "weekly", "least_weight": "20"}
    answer = client.post(page, {"follow": str(first.pk), "do": "alter"} | rhythm)
    assert answer["Location"] == f"{page}?done=saved"
    first.refresh_from_db()
    assert (first.cadence, first.least_weight) == (Cadence.WEEKLY, 20.0)
    assert first.next_digest_at.weekday() == 0
    client.post(page, {"follow": str(second.pk), "do": "stop"})
    assert list(follower().follows.all()) == [first]
    answer = client.post(page, {"do": "forget"})
    assert "your address has been deleted" in answer.content.decode()
    assert not Follower.objects.exists()
    assert client.get(page).status_code == 404


def test_the_page_says_what_was_done_and_sets_no_cookie(cast: Cast):
    client = Client(enforce_csrf_checks=True)
    ask(client)
    ask(client, "?kind=number")
    first, second = Follow.objects.order_by("pk")
    page = reverse("follow-manage", args=[follower().token])
    confirm = reverse("follow-confirm", args=[follower().token])
    both = {"follow": [str(first.pk), str(second.pk)]}
    mine = {"follow": str(first.pk), "cadence": "weekly", "least_weight": "0"}
    for path, values, said in (
        (confirm, both, "Confirmed. You will be told by e-mail of what stands here."),
        (page, mine | {"do": "alter"}, "Saved."),
        (page, mine | {"do": "resume"}, "From now on you will be told again."),
        (page, mine | {"do": "stop"}, "Stopped. You will not be told of that any more."),
    ):
        answer = client.post(path, values, follow=True)
        assert f'<p class="answer" role="status">{said}</p>' in answer.content.decode()
        assert answer["Cache-Control"] == "no-store"
        assert not client.cookies
    for path in (f"{page}?done=%3Cb%3E", page):
        assert 'role="status"' not in client.get(path).content.decode()
    answer = client.post(page, mine | {"do": "alter"})  # it has ended already
    assert answer["Location"] == page


def test_nobody_alters_what_another_follows(client: Client, cast: Cast):
    mine = confirmed(client)
    other = Follower.objects.create(address="o@example.org", key="o@example.org", created_at=timezone.now())
    page = reverse("follow-manage", args=[other.token])
    client.post(page, {"follow": str(mine.pk), "do": "stop"})
    client.post(reverse("follow-confirm", args=[other.token]), {"follow": str(mine.pk)})
    mine.refresh_from_db()
    assert mine.cadence == "instant"


@pytest.mark.parametrize(
    "fields", [{"cadence": "x"}, {"least_weight": "-1"}, {"follow": "9" * 30}, {"follow": "²"}]
)
def test_odd_values_alter_nothing(client: Client, cast: Cast, fields):
    follow = confirmed(client)
    values = {"follow": str(follow.pk), "do": "alter", "cadence": "weekly", "least_weight": "0"} | fields
    answer = client.post(reverse("follow-manage", args=[follower().token]), values)
    assert answer.status_code in (302, 404)
    follow.refresh_from_db()
    assert follow.cadence == "instant"


def test_a_source_that_is_renamed_is_followed_on(client: Client, cast: Cast):
    follow = confirmed(client, "?source=gazette&kind=number")
    assert (follow.source, follow.query) == (cast.source, "kind=number")
    Source.objects.update(slug="renamed")
    assert Subject.of(Follow.objects.get()).query == "source=renamed&kind=number"


# --- what is hidden ----------------------------------------------------------------------------------
WHY = Statement("privacy", "A letter of 3 March.")


def pages_and_messages(client: Client, follow: Follow) -> str:
    """All that a reader is told of what an address follows, of what waits to be confirmed too."""
    addresses = [reverse("follow-manage", args=[follower().token]), f"/follow/stop/{follow.token}/"]
    Follow.objects.filter(pk=follow.pk).update(begins_at=None)
    Delivery.to(follower(), Delivery.Kind.CONFIRM, timezone.now())
    said = [
        messages()[-1].body,
        client.get(reverse("follow-confirm", args=[follower().token])).content.decode(),
    ]
    Follow.objects.filter(pk=follow.pk).update(begins_at=follow.begins_at)
    return "".join([*said, *(client.get(page).content.decode() for page in addresses)])


def test_what_is_followed_is_called_by_what_readers_may_see_of_it(client: Client, cast: Cast):
    follow = confirmed(client, f"?article={cast.corrected.pk}")
    hiding.hide_passage(cast.corrected, "Nineteen hurt", WHY, None)
    said = pages_and_messages(client, follow)
    assert said.count("[hidden] as ferry runs aground") == 4
    assert "nineteen" not in said.lower()  # nor in an address


def test_an_article_that_is_hidden_is_named_to_none_of_its_followers(client: Client, cast: Cast):
    follow = confirmed(client, f"?article={cast.corrected.pk}")
    ask(client, f"?article={cast.stable.pk}")
    hiding.hide_articles([cast.corrected.pk], WHY, None)
    said = pages_and_messages(client, follow)
    assert "ferry" not in said.lower()
    assert said.count("Something that is not listed here any more") == 2
