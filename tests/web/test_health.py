"""The page of health as an operator uses it: its rows and remedies, its buttons, the check log and the feed."""

from datetime import UTC, datetime, timedelta
from html import unescape

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from lxml import etree

from articles import health, healthevents
from articles.core import urls
from articles.models import Article, ArticleURL, Check, Feed, HealthEvent, HealthFeedKey, LookTally, Source
from tests.cast import add_version, make_article, make_source

pytestmark = pytest.mark.django_db
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
ATOM = {"a": "http://www.w3.org/2005/Atom"}
PAGE = "/admin/health/"


@pytest.fixture
def admin_user(django_user_model):
    """The operator `admin_client` is logged in as; without a password, for hashing one takes its time."""
    return django_user_model.objects.create_superuser("operator", password=None)


@pytest.fixture
def herald() -> Source:
    return followed("The Herald", "herald")


def followed(name: str, slug: str) -> Source:
    now = timezone.now()
    source = make_source(name, slug)
    Feed.objects.filter(source=source).update(last_ok_at=now, last_status=200, next_check_at=now + 9 * HOUR)
    return source


def fail(source: Source) -> None:
    Feed.objects.filter(source=source).update(failures=3, last_status=404, last_error="404 Not Found")


def viewer(django_user_model, *permissions: str) -> Client:
    """Someone of the staff who may do these things alone."""
    user = django_user_model.objects.create_user("viewer", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    client = Client()
    client.force_login(user)
    return client


def text(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return unescape(answer.content.decode())


def said(client: Client, data: dict) -> str:
    """What the page says after a button was pressed."""
    answer = client.post(PAGE, data, follow=True)
    assert answer.status_code == 200
    return " ".join(str(message) for message in answer.context["messages"])


# --- the page ------------------------------------------------------------------------------------------
def test_the_worst_is_on_top_with_its_remedy_and_where_to_apply_it(admin_client: Client, herald: Source):
    fail(followed("Zeitung", "zeitung"))
    page = text(admin_client, PAGE)
    assert page.index(">Zeitung<") < page.index(">The Herald<")
    assert "Its feed cannot be read: 404 Not Found." in page
    assert "The feed is not there any more." in page
    broken = Source.objects.get(slug="zeitung")
    assert f'href="{reverse("admin:articles_source_change", args=[broken.pk])}"' in page
    assert "1 down" in page
    narrowed = text(admin_client, f"{PAGE}?condition=fine")
    assert ">The Herald<" in narrowed
    assert ">Zeitung<" not in narrowed


def test_whoever_may_see_sources_begins_with_how_they_do(admin_client: Client, django_user_model):
    assert "Add the first one." in text(admin_client, "/admin/")
    assert "Add the first one." not in text(viewer(django_user_model), "/admin/")


def test_pages_without_articles_lead_to_the_source_s_rules(admin_client: Client, herald: Source):
    hour = timezone.now().replace(minute=0, second=0, microsecond=0)
    LookTally.objects.create(
        source=herald, hour=hour, read=8, empty=4, reason="no article was found", status=200
    )
    rules = reverse("admin:articles_source_rules", args=[herald.pk])
    assert f'href="{rules}"' in text(admin_client, PAGE)
    assert admin_client.get(rules).status_code == 200


def test_names_and_reasons_from_outside_are_text(admin_client: Client, herald: Source):
    Feed.objects.update(failures=1, last_error="<script>x</script>", title="<img src=x>")
    page = admin_client.get(PAGE).content.decode()
    assert "<script>x" not in page
    assert "<img src=x>" not in page


def test_an_empty_installation_says_what_to_do(admin_client: Client, django_user_model):
    assert "Add the first one." in text(admin_client, PAGE)
    shown = text(viewer(django_user_model, "view_source"), PAGE)
    assert "A curator or an operator can add the first one." in shown
    assert "/admin/articles/source/add/" not in shown


@pytest.mark.parametrize("query", ["?from=-1", "?from=x", "?from=99999999999", "?from=١", "?condition=%00"])
def test_nonsense_in_the_address_is_harmless(admin_client: Client, herald: Source, query: str):
    assert admin_client.get(PAGE + query).status_code == 200


def test_more_than_fifty_sources_are_paged(admin_client: Client):
    for number in range(52):
        followed(f"Source {number:02}", f"source-{number}")
    first = text(admin_client, PAGE)
    assert ">Source 49<" in first
    assert ">Source 50<" not in first
    assert ">Source 51<" in text(admin_client, f"{PAGE}?from=50")


def test_only_who_may_see_sources_sees_it_and_only_who_may_change_them_does_things(
    django_user_model, herald: Source
):
    assert viewer(django_user_model).get(PAGE).status_code == 403
    django_user_model.objects.all().delete()
    client = viewer(django_user_model, "view_source")
    assert "Retry now</button>" not in text(client, PAGE)
    assert client.post(PAGE, {"pause": herald.pk}).status_code == 403
    assert client.get(f"{PAGE}back-off/?source={herald.pk}").status_code == 403
    assert client.get(f"{PAGE}checks/").status_code == 403
    assert not Source.objects.get().is_paused
    assert Client().get(PAGE).status_code == 302  # to the login


# --- buttons -------------------------------------------------------------------------------------------
def test_retry_pause_and_resume_of_one_and_of_many(admin_client: Client, herald: Source):
    other = followed("Other", "other")
    fail(herald)
    before = timezone.now()
    assert said(admin_client, {"retry": herald.pk}) == (
        "1 feed and 0 failing articles will be asked for as soon as their host's turn comes."
    )
    assert before <= herald.feeds.get().next_check_at <= timezone.now()
    assert other.feeds.get().next_check_at > timezone.now() + HOUR
    both = {"action": "pause", "source": [herald.pk, other.pk]}
    assert said(admin_client, both) == "Paused 2 sources, until you resume."
    assert "must be resumed first" in said(admin_client, {"retry": herald.pk})
    assert said(admin_client, both | {"action": "resume"}) == "Resumed 2 sources."
    assert not Source.objects.filter(is_paused=True).exists()
    words = (
        LogEntry.objects.filter(object_id=other.pk).order_by("pk").values_list("change_message", flat=True)
    )
    assert list(words) == ["Paused.", "Resumed."]


@pytest.mark.parametrize(
    "data", [{}, {"action": "pause"}, {"action": "drop", "source": "1"}, {"pause": "x"}, {"retry": "9" * 30}]
)
def test_a_button_without_a_source_says_so(admin_client: Client, herald: Source, data: dict):
    assert said(admin_client, data).startswith("Nothing was done: choose a source")


def back_off(client: Client, source: Source, until: str, reason: str = "They asked us to."):
    return client.post(f"{PAGE}back-off/?source={source.pk}", {"until": until, "reason": reason})


def test_back_off_until_a_time_is_shown_to_all_and_cancelled_by_resume(
    admin_client: Client, client: Client, herald: Source
):
    article = make_article(herald, "A", ["Text."])
    until = (timezone.now() + 3 * DAY).replace(second=0, microsecond=0)
    answer = admin_client.post(PAGE, {"back_off": herald.pk})
    assert answer.url == f"{PAGE}back-off/?source={herald.pk}"
    assert "The Herald" in text(admin_client, answer.url)
    assert back_off(admin_client, herald, f"{until:%Y-%m-%dT%H:%M}").status_code == 302
    herald.refresh_from_db()
    assert (herald.is_paused, herald.backs_off_until, herald.pause_reason) == (
        True,
        until,
        "They asked us to.",
    )
    assert "then it is followed again by itself. They asked us to." in " ".join(
        text(admin_client, PAGE).split()
    )
    public = text(client, article.get_absolute_url())
    assert "Source paused until" in public
    assert "They asked" not in public
    assert "looked at until" in text(client, herald.get_absolute_url())
    said(admin_client, {"resume": herald.pk})
    herald.refresh_from_db()
    assert (herald.is_paused, herald.backs_off_until, herald.pause_reason) == (False, None, "")


@pytest.mark.parametrize(
    ("until", "reason", "says"),
    [
        ("", "why", "Type a day and time in UTC, such as 20"),
        ("tomorrow", "why", "Type a day and time in UTC, such as 20"),
        ("2020-01-01T00:00", "why", "This has passed: it is"),
        ("2999-01-01", "why", "pause the source"),
        ("2020-01-01", "", "Type why, such as"),
    ],
)
def test_what_is_typed_wrongly_is_told_with_what_to_type(
    admin_client: Client, herald: Source, until: str, reason: str, says: str
):
    answer = back_off(admin_client, herald, until, reason)
    assert answer.status_code == 200
    assert says in unescape(answer.content.decode())
    assert not Source.objects.get().is_paused


def test_a_pause_by_hand_takes_the_end_away(admin_client: Client, herald: Source):
    changelist = reverse("admin:articles_source_changelist")
    health.pause([herald.pk], timezone.now() + DAY, "They asked.")
    admin_client.post(changelist, {"action": "resume", "_selected_action": herald.pk})
    herald.refresh_from_db()
    assert (herald.is_paused, herald.backs_off_until, herald.pause_reason) == (False, None, "")


def test_the_source_s_form_writes_what_was_typed_alone(admin_client: Client, herald: Source):
    health.pause([herald.pk], timezone.now() + DAY, "They asked.")
    address = reverse("admin:articles_source_change", args=[herald.pk])
    form = admin_client.get(address).context["adminform"].form
    typed = {name: value for name, value in form.initial.items() if value is not None}
    feeds = {"feeds-TOTAL_FORMS": 0, "feeds-INITIAL_FORMS": 0}
    admin_client.post(address, typed | feeds | {"name": "Herald", "is_paused": "on"})
    herald.refresh_from_db()
    assert (herald.name, herald.is_paused, herald.pause_reason) == ("Herald", True, "They asked.")
    del typed["is_paused"]
    admin_client.post(address, typed | feeds | {"name": "Herald"})
    herald.refresh_from_db()
    assert (herald.is_paused, herald.backs_off_until, herald.pause_reason) == (False, None, "")


# --- the check log ---------------------------------------------------------------------------------------
@pytest.fixture
def article(herald: Source) -> Article:
    made = make_article(herald, "A headline", ["Text."])
    ArticleURL.objects.create(article=made, url=made.url, key=urls.key(made.url), seen_at=made.first_seen_at)
    return made


def log(client: Client, **query: object) -> str:
    answer = client.get(f"{PAGE}checks/", query)
    assert answer.status_code == 200
    return unescape(answer.content.decode())


def test_the_checks_of_an_article_are_found_by_its_address_in_any_spelling(
    admin_client: Client, article: Article
):
    refused = {"outcome": "blocked", "reason": "403 Forbidden", "status": 403, "seconds": 1.234, "size": 5120}
    Check.objects.create(article=article, at=timezone.now(), **refused)
    add_version(article, ["Another text."], at=timezone.now())
    page = log(admin_client, q=f"http://www.{article.url.removeprefix('https://')}?utm_source=x")
    assert "Checks of A headline" in page
    assert "403 Forbidden" in page
    assert "Ask its webmaster" in page
    assert "1.23" in page
    assert "5120" in page
    version = article.versions.get(number=2)
    assert f'href="{reverse("admin:articles_version_change", args=[version.pk])}">version 2' in page
    narrowed = log(admin_client, q=article.pk, outcome="blocked")
    assert "403 Forbidden" in narrowed
    assert ">version 2" not in narrowed
    assert "Choose all outcomes." in log(admin_client, q=article.pk, outcome="moved")


def test_a_long_log_is_paged_by_key(admin_client: Client, article: Article):
    start = datetime(2026, 1, 1, tzinfo=UTC)
    Check.objects.all().delete()
    rows = (Check(article=article, at=start, outcome="failed", reason=f"look {n:03}.") for n in range(150))
    Check.objects.bulk_create(rows)
    page = log(admin_client, q=article.pk, outcome="failed")
    assert "look 149." in page
    assert "look 050." in page
    assert "look 049." not in page
    following = page.partition('<a href="?')[2].partition('"')[0]
    older = text(admin_client, f"{PAGE}checks/?{following}")
    assert "look 049." in older
    assert "look 000." in older
    assert "look 050." not in older


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ({"q": ""}, "Paste the article's address, in any spelling, or type its number."),
        ({"q": "https://nowhere.example/x"}, "No article has this address or number."),
        ({"q": "9" * 18}, "No article has this address or number."),
        ({"q": "not an address"}, "Paste the article's whole address, such as"),
        ({"q": "1", "outcome": "sad"}, "Choose one of the outcomes listed."),
    ],
)
def test_what_finds_no_article_says_what_to_type(admin_client: Client, query: dict, says: str):
    assert says in log(admin_client, **query)


def test_an_article_s_own_page_leads_to_its_log(admin_client: Client, article: Article):
    page = text(admin_client, reverse("admin:articles_article_change", args=[article.pk]))
    assert f'href="{PAGE}checks/?q={article.pk}"' in page


# --- the feed --------------------------------------------------------------------------------------------
@pytest.fixture
def address(admin_client: Client, admin_user, herald: Source) -> str:
    """The path of the operator's feed."""
    said(admin_client, {"renew_feed": "1"})
    return f"{PAGE}feed.atom?token={healthevents.feed_token(admin_user.pk)}"


def test_the_feed_needs_no_login_and_tells_what_began_and_ended(client: Client, herald: Source, address: str):
    now = timezone.now().replace(microsecond=0)
    times = {"began_at": now - 5 * HOUR, "told_at": now - 4 * HOUR}
    told = {"source": herald, "condition": "down", "words": "its feed <is> gone", "remedy": "Add another."}
    event = HealthEvent.objects.create(**told, **times)
    HealthEvent.objects.create(source=herald, condition="slow", words="", remedy="", began_at=now)  # not told
    answer = client.get(address)
    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("application/atom+xml")
    assert "private" in answer["Cache-Control"]
    assert not answer.cookies
    feed = etree.fromstring(answer.content)
    assert feed.xpath("//a:entry/a:title/text()", namespaces=ATOM) == ["The Herald: down"]
    assert "its feed &lt;is&gt; gone" in feed.xpath("string(//a:entry/a:content)", namespaces=ATOM)
    assert client.get(address, headers={"If-None-Match": answer["ETag"]}).status_code == 304
    HealthEvent.objects.filter(pk=event.pk).update(ended_at=now - HOUR, settled_at=now)
    again = client.get(address, headers={"If-None-Match": answer["ETag"]})
    feed = etree.fromstring(again.content)
    assert feed.xpath("//a:entry/a:title/text()", namespaces=ATOM) == [
        "The Herald: no more down",
        "The Herald: down",
    ]
    assert len(set(feed.xpath("//a:entry/a:id/text()", namespaces=ATOM))) == 2


def test_a_new_address_voids_the_old_one(admin_client: Client, client: Client, address: str):
    assert client.get(address).status_code == 200
    assert "the old one is void" in said(admin_client, {"renew_feed": "1"})
    answer = client.get(address)
    assert answer.status_code == 403
    assert "Copy the present one from the page of health" in answer.content.decode()


def test_a_feed_ends_with_its_reader_s_rights(client: Client, admin_user, address: str):
    admin_user.is_superuser = False
    admin_user.save()
    assert client.get(address).status_code == 403
    admin_user.user_permissions.set(Permission.objects.filter(codename="view_source"))
    assert client.get(address).status_code == 200
    admin_user.is_active = False
    admin_user.save()
    assert client.get(address).status_code == 403


@pytest.mark.parametrize("token", ["", "x", "1-abc", "1-abc:forged", "\x00", ":"])
def test_a_token_that_was_not_signed_here_opens_nothing(client: Client, address: str, token: str):
    assert client.get(f"{PAGE}feed.atom", {"token": token}).status_code == 403


def test_the_database_alone_does_not_tell_the_address(admin_user, address: str):
    key = HealthFeedKey.objects.get(user=admin_user).key
    token = address.partition("token=")[2]
    assert token.startswith(f"{admin_user.pk}-{key}:")
    assert len(token.partition(":")[2]) > 30
