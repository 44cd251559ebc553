"""The page of a source's rules: typed, tried, saved, refused in words; the frame; who may."""

import re
from html import unescape

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.core import signing
from django.db import transaction
from django.test import Client

from articles.admin import backtests, reading_rules
from articles.core.types import Rules
from articles.forms.rules import RulesForm
from articles.ingestion.backtesting import TooSlow
from articles.ingestion.rules import rules_of
from articles.models import Article, Change, Source, Version
from tests import cast
from tests.boxed import OFFER, follow_boxed
from tests.crawl import at

pytestmark = pytest.mark.django_db(transaction=True)
HTMX = {"HX-Request": "true"}
BOX = "div.partner-note"


@pytest.fixture
def admin_user(django_user_model):
    return django_user_model.objects.create_superuser("editor", password=None)


@pytest.fixture
def source(site) -> Source:
    return follow_boxed(site)


def url(source: Source, part: str = "") -> str:
    return f"/admin/articles/source/{source.pk}/rules/{part}"


def text_of(response) -> str:
    """The words of an answer, without marks."""
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", response.content.decode())).split())


def typed(action: str = "show", **fields: str) -> dict[str, str]:
    return {"action": action} | dict.fromkeys(backtests.TYPED, "") | fields


def state_in(response) -> str:
    return unescape(re.search(r'name="state" value="([^"]+)"', response.content.decode())[1])


def shown(client: Client, source: Source, **fields: str):
    """What one is shown who types this and chooses Show the effect, without scripts."""
    return client.post(url(source), typed(**fields))


# --- the flow, without scripts ---------------------------------------------------------------------
def test_the_effect_is_shown_in_words_before_anything_is_saved(admin_client, source):
    found = text_of(shown(admin_client, source, dropped_selectors=f" {BOX} \n\n{BOX}\n"))
    assert (
        "Tried on 6 kept pages of 3 articles: 6 texts differ, 0 are empty. These rules would have hidden "
        "2 versions, 2 with numbers." in found
    )
    assert f"{BOX} 6 elements on 6 of 6 pages" in found
    assert "Careful: number. number: “ 1,200 ”" in found
    assert "Look at the marked versions below" in found
    assert f"goes: {OFFER.format(sum='1,500')}" in found
    assert Source.objects.get().dropped_selectors == ""


def test_rules_are_saved_once_their_effect_was_shown_and_the_history_says_by_whom(admin_client, source):
    before = list(Change.objects.order_by("pk").values_list("pk", "seen_at"))
    fields = {"dropped_selectors": BOX, "ignored_texts": "Photo: *"}
    state = state_in(shown(admin_client, source, **fields))
    answer = admin_client.post(url(source), typed("save", state=state, **fields), follow=True)
    assert "The rules of The Quiet Harbour are saved; no change comes of it." in text_of(answer)
    source.refresh_from_db()
    assert rules_of(source) == Rules(drop=(BOX,), ignore=("Photo: *",))
    assert LogEntry.objects.get().change_message == (
        f"Rules for reading: drop “{BOX}” added; ignore “Photo: *” added"
    )
    page = text_of(admin_client.get(f"/admin/articles/source/{source.pk}/change/"))
    assert f"Drop: {BOX} Ignore: Photo: * Last changed less than a minute ago by editor." in page
    again = admin_client.post(url(source, "again/"), {"state": state_in(answer)})
    assert "3 articles read again by the rules there are: 4 versions took on another text" in text_of(again)
    assert list(Change.objects.order_by("pk").values_list("pk", "seen_at")) == before
    assert Version.objects.count() == 6


def test_reading_again_goes_on_where_a_request_took_long_enough(admin_client, source, monkeypatch):
    monkeypatch.setattr(reading_rules, "SECONDS", 0.0)
    state = state_in(shown(admin_client, source, dropped_selectors=BOX))
    answer = admin_client.post(url(source), typed("save", state=state, dropped_selectors=BOX), follow=True)
    rounds = 0
    while "read again by the rules there are" not in text_of(answer) and rounds < 9:
        answer = admin_client.post(url(source, "again/"), {"state": state_in(answer)})
        rounds += 1
    assert rounds == 3  # articles
    assert "3 articles read again" in text_of(answer)


def test_a_hidden_version_of_another_kind_is_told_without_a_mark(admin_client, source):
    found = text_of(shown(admin_client, source, ignored_texts="*Tuesday*\n*Wednesday*"))
    assert "These rules would have hidden 1 version. " in found
    assert "Versions that would not have been" in found
    assert "Careful" not in found


def test_taking_a_rule_out_is_tried_and_told_too(admin_client, source):
    Source.objects.update(dropped_selectors=f"{BOX}\r\naside", ignored_texts="Photo: *")
    found = shown(admin_client, source, dropped_selectors="aside")
    assert "Drop: “aside” matches nothing any more. Delete the line if the site was rebuilt." in text_of(
        found
    )
    answer = admin_client.post(url(source), typed("save", state=state_in(found), dropped_selectors="aside"))
    assert answer.status_code == 302
    assert LogEntry.objects.get().change_message == (
        f"Rules for reading: drop “{BOX}” taken out; ignore “Photo: *” taken out"
    )


@pytest.mark.parametrize("state", ["", "x", "x:y:z"])
def test_what_was_not_tried_is_shown_and_not_saved(admin_client, source, state):
    found = admin_client.post(url(source), typed("save", state=state, dropped_selectors=BOX))
    assert "Choose Show the effect first: rules are saved by what they do." in text_of(found)
    assert "These rules would have hidden 2 versions" in text_of(found)
    assert Source.objects.get().dropped_selectors == ""
    saved = admin_client.post(url(source), typed("save", state=state_in(found), dropped_selectors=BOX))
    assert saved.status_code == 302


def test_other_rules_than_those_shown_are_not_saved(admin_client, source):
    state = state_in(shown(admin_client, source, ignored_texts="Photo: *"))
    found = admin_client.post(url(source), typed("save", state=state, dropped_selectors=BOX))
    assert "these are other rules than those whose effect was shown. This is theirs." in text_of(found)
    other = Source.objects.create(name="Other", slug="other")
    found = admin_client.post(url(other), typed("save", state=state, ignored_texts="Photo: *"))
    assert "This effect was shown for another source" in text_of(found)
    assert set(Source.objects.values_list("dropped_selectors", "ignored_texts")) == {("", "")}


def test_rules_that_stand_objected_are_not_saved_even_with_what_was_signed(admin_client, source):
    test = backtests.BackTest.begun(
        source, dict.fromkeys(backtests.TYPED, "") | {"kept_selectors": "p.x"}, None
    )
    while not test.is_done:
        test.step(source)
    found = admin_client.post(url(source), typed("save", state=test.signed, kept_selectors="p.x"))
    assert "“p.x” matches nothing on the 6 kept pages" in text_of(found)
    assert Source.objects.get().kept_selectors == ""


def test_a_half_done_or_stale_back_test_saves_nothing(admin_client, source, monkeypatch):
    half = backtests.BackTest.begun(source, typed_columns(dropped_selectors=BOX), None)
    half.step(source)
    admin_client.post(url(source), typed("save", state=half.signed, dropped_selectors=BOX))
    assert Source.objects.get().dropped_selectors == ""
    state = state_in(shown(admin_client, source, dropped_selectors=BOX))
    monkeypatch.setattr(backtests, "GOOD_FOR", -1)
    found = admin_client.post(url(source), typed("save", state=state, dropped_selectors=BOX))
    assert "The effect was shown more than an hour ago" in text_of(found)
    assert Source.objects.get().dropped_selectors == ""


def typed_columns(**fields: str) -> dict[str, str]:
    return dict.fromkeys(backtests.TYPED, "") | fields


def test_rules_changed_meanwhile_are_not_overwritten(admin_client, source):
    state = state_in(shown(admin_client, source, dropped_selectors=BOX))
    Source.objects.update(ignored_texts="Photo: *")
    found = admin_client.post(url(source), typed("save", state=state, dropped_selectors=BOX))
    assert "Not saved: somebody has changed the rules meanwhile." in text_of(found)
    source.refresh_from_db()
    assert (source.dropped_selectors, source.ignored_texts) == ("", "Photo: *")


def test_the_source_s_own_form_leaves_rules_alone(admin_client, source):
    Source.objects.update(dropped_selectors=BOX)
    feed = source.feeds.get()
    form = {"name": "Renamed", "slug": source.slug, "url": "", "language": "", "dropped_selectors": "aside"}
    form |= {"feeds-TOTAL_FORMS": 1, "feeds-INITIAL_FORMS": 1, "feeds-0-id": feed.pk}
    form |= {"feeds-0-source": source.pk, "feeds-0-url": feed.url}
    assert admin_client.post(f"/admin/articles/source/{source.pk}/change/", form).status_code == 302
    source.refresh_from_db()
    assert (source.name, source.dropped_selectors) == ("Renamed", BOX)


# --- what is refused -------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("field", "line", "answer"),
    [
        ("kept_selectors", "article\ndiv[", "Type one selector a line, such as div.related"),
        ("dropped_selectors", "p::", "no CSS selector"),
        ("dropped_selectors", "a" * 501, "longer than 500 characters"),
        (
            "dropped_selectors",
            "\n".join(f"p.x{n}" for n in range(51)),
            "These are 51 lines: type at most 50.",
        ),
        ("dropped_selectors", "p\n" * 20_000, "Type at most 50 lines of at most 500 characters."),
        ("ignored_texts", "Photo: *\n**", "would leave out almost anything: type more of the text"),
        ("ignored_texts", "a*", "would leave out almost anything"),
        ("ignored_texts", "x" * 501, "is longer than 500 characters: type its beginning and a *."),
        (
            "dropped_selectors",
            "aside.gone",
            "“aside.gone” matches nothing on the 6 kept pages that were tried.",
        ),
        ("kept_selectors", "div.gone", "Click the passage in the page view to be given a selector that does"),
        ("ignored_texts", "Foto: *", "Type a whole paragraph as it stands there, with * for what differs"),
        ("dropped_selectors", "main", "These rules leave nothing of any article: every text would be empty."),
        ("article", "999999", "Choose one of the articles in the list."),
    ],
)
@pytest.mark.parametrize("way", ["page", "htmx"])
def test_what_cannot_be_meant_is_refused_in_words(admin_client, source, field, line, answer, way):
    found = admin_client.post(url(source), typed(**{field: line}), headers=HTMX if way == "htmx" else {})
    for _ in range(5):
        if way == "page" or 'value="step"' not in found.content.decode():
            break
        step = {"action": "step", "state": state_in(found)}
        found = admin_client.post(url(source), step, headers=HTMX)
    assert found.status_code == 200
    assert answer in text_of(found)
    assert "Save these rules" not in text_of(found)


@pytest.mark.parametrize(
    "line",
    [
        ":not(" * 90 + "p" + ")" * 90,
        ":is(" * 100 + "p" + ")" * 100,
        ":has(" * 80 + "p" + ")" * 80,
        ":nth-child(" + "9" * 400 + "n)",
        ", ".join(["*"] * 150),
        " ".join(["*"] * 200),
        "[a=" + "'" * 400,
        "\\" * 400,
        "document('file:///etc/passwd')",
        "{% load static %}{{ settings }}",
        "\ud800p".encode("utf-8", "replace").decode(),
    ],
)
def test_no_selector_breaks_the_form(line):
    """Here it is only translated; it is used in a child that can be killed."""
    form = RulesForm(typed(dropped_selectors=line), articles=[])
    assert form.is_valid() or "Type one selector a line" in str(form.errors)


def test_rules_that_take_too_long_are_refused_in_words(admin_client, source, monkeypatch):
    def slow(*args):
        raise TooSlow("The page kept on 2 March 2026 could not be tried: it took more than 8 seconds")

    monkeypatch.setattr(backtests, "try_on", slow)
    words = "took more than 8 seconds. Type simpler selectors, such as div.related, or fewer of them."
    found = shown(admin_client, source, dropped_selectors="* ~ *")
    assert words in text_of(found)
    begun = admin_client.post(url(source), typed(dropped_selectors="* ~ *"), headers=HTMX)
    step = {"action": "step", "state": state_in(begun)}
    assert words in text_of(admin_client.post(url(source), step, headers=HTMX))


def test_a_request_without_scripts_tries_what_it_has_time_for_and_the_next_goes_on(
    admin_client, source, monkeypatch
):
    whole = shown(admin_client, source, dropped_selectors=BOX)
    monkeypatch.setattr(reading_rules, "SECONDS", 0.0)
    answer = shown(admin_client, source, dropped_selectors=BOX)
    for done in (1, 2):
        assert f"Tried on {done} of 3 articles: there was no time for the others." in text_of(answer)
        assert answer.content.decode().count('class="newest rules-article"') == 1
        assert "Save these rules" not in text_of(answer)
        state = {"state": state_in(answer)}
        answer = admin_client.post(url(source), typed("go_on", dropped_selectors=BOX) | state)
    assert "These rules would have hidden 2 versions, 2 with numbers." in text_of(answer)
    salt = backtests.SALT
    assert signing.loads(state_in(answer), salt=salt) == signing.loads(state_in(whole), salt=salt)
    saved = admin_client.post(url(source), typed("save", dropped_selectors=BOX) | {"state": state_in(answer)})
    assert saved.status_code == 302
    assert rules_of(Source.objects.get()).drop == (BOX,)


def test_going_on_with_other_rules_begins_anew(admin_client, source, monkeypatch):
    monkeypatch.setattr(reading_rules, "SECONDS", 0.0)
    begun = shown(admin_client, source, dropped_selectors=BOX)
    state = {"state": state_in(begun)}
    other = admin_client.post(url(source), typed("go_on", dropped_selectors="aside") | state)
    assert "These are other rules than those that were being tried" in text_of(other)
    assert "Tried on 1 of 3 articles" in text_of(other)
    forged = admin_client.post(url(source), typed("go_on", dropped_selectors=BOX) | {"state": "x"})
    assert "Choose Show the effect first" in text_of(forged)


# --- step by step, as htmx asks --------------------------------------------------------------------
def test_each_step_tries_one_article_and_the_last_gives_the_word(admin_client, source):
    answer = admin_client.post(url(source), typed(dropped_selectors=BOX), headers=HTMX)
    assert "article 1 of 3" in text_of(answer)
    for number in (2, 3):
        step = {"action": "step", "state": state_in(answer)}
        answer = admin_client.post(url(source), step, headers=HTMX)
        assert f"article {number} of 3" in text_of(answer)
        assert answer.content.decode().count('class="newest rules-article"') == 1
    answer = admin_client.post(url(source), {"action": "step", "state": state_in(answer)}, headers=HTMX)
    assert "These rules would have hidden 2 versions, 2 with numbers." in text_of(answer)
    assert "Save these rules" in text_of(answer)
    whole = shown(admin_client, source, dropped_selectors=BOX)
    salt = backtests.SALT
    assert signing.loads(state_in(answer), salt=salt) == signing.loads(state_in(whole), salt=salt)


def test_a_source_of_which_nothing_is_kept_says_so(admin_client, db):
    source = cast.make_source()
    assert "No page of this source is kept yet" in text_of(shown(admin_client, source, ignored_texts="abc *"))
    assert "No page of this source is kept yet" in text_of(admin_client.get(url(source, "page/")))
    assert admin_client.get(url(source)).status_code == 200


# --- the frame -------------------------------------------------------------------------------------
def test_the_frame_is_a_sandbox_that_loads_nothing_and_runs_our_script_alone(admin_client, source):
    answer = admin_client.get(url(source, "page/"))
    policy = dict(part.strip().partition(" ")[::2] for part in answer["Content-Security-Policy"].split(";"))
    assert policy["sandbox"] == "allow-scripts"
    assert policy["default-src"] == policy["base-uri"] == policy["form-action"] == "'none'"
    assert re.fullmatch(r"'sha256-[\w+/]{43}='", policy["script-src"])
    assert re.fullmatch(r"'sha256-[\w+/]{43}='", policy["style-src"])
    assert policy["frame-ancestors"] == "'self'"
    assert answer["X-Frame-Options"] == "SAMEORIGIN"
    assert "no-store" in answer["Cache-Control"]
    around = admin_client.get(url(source))
    assert around["Content-Security-Policy"].endswith("; frame-src 'self'")
    assert around["X-Frame-Options"] == "DENY"
    assert 'sandbox="allow-scripts"' in around.content.decode()
    assert "alert" not in answer.content.decode()


def test_the_frame_shows_the_chosen_page_by_the_rules_that_are_typed(admin_client, site, source):
    form = typed(dropped_selectors=BOX, article=str(at(site, "/b").pk))
    answer = admin_client.post(url(source, "page/"), form).content.decode()
    assert f'data-article="{at(site, "/b").pk}"' in answer
    assert 'data-name="div.partner-note" class="left-out"' in answer
    wrong = text_of(admin_client.post(url(source, "page/"), form | {"kept_selectors": "div["}))
    assert "Type one selector a line" in wrong
    nothing = text_of(admin_client.post(url(source, "page/"), form | {"kept_selectors": "div.body"}))
    assert (
        "By these rules no article is read here: the source's rule to keep div.body matches nothing"
        in nothing
    )


def test_pages_of_other_sources_and_of_hidden_articles_are_not_shown(admin_client, site, source):
    with transaction.atomic():
        other = cast.make_article(cast.make_source(), "Elsewhere", ["Nothing of this source."])
    assert "Nothing of this" not in text_of(admin_client.get(url(source, f"page/?article={other.pk}")))
    hidden = at(site, "/b")
    Article.objects.filter(pk=hidden.pk).update(hidden_at=cast.DAY_ONE)
    for key in (hidden.pk, "x", "-1", "9" * 30, "0"):
        assert "two tugs" not in text_of(admin_client.get(url(source, f"page/?article={key}")))
    assert "Second crane" not in text_of(admin_client.get(url(source)))


def test_selectors_are_proposed_for_an_element_with_what_they_select_elsewhere(admin_client, site, source):
    article = at(site, "/a").pk
    frame = admin_client.get(url(source, f"page/?article={article}")).content.decode()
    number = re.search(r'data-n="(\d+)" data-name="div.partner-note"', frame)[1]
    answer = admin_client.post(url(source, "pick/"), {"article": article, "element": number})
    assert f"{BOX} 1 here, on 2 of 2 other articles" in text_of(answer)
    for wrong in ("", "-1", "x", "99999", "9" * 40, "1.5", "²"):
        answer = admin_client.post(url(source, "pick/"), {"article": article, "element": wrong})
        assert "Nothing can be named there: click a passage of text." in text_of(answer)


# --- who may ---------------------------------------------------------------------------------------
def test_a_viewer_sees_rules_and_pages_and_can_try_and_save_nothing(client, source, django_user_model):
    viewer = django_user_model.objects.create_user("viewer", is_staff=True)
    viewer.user_permissions.add(Permission.objects.get(codename="view_source"))
    client.force_login(viewer)
    page = client.get(url(source))
    assert page.status_code == 200
    assert "Show the effect" not in text_of(page)
    assert client.get(url(source, "page/")).status_code == 200
    assert client.post(url(source, "page/"), typed(dropped_selectors=BOX)).status_code == 200
    for part, form in (
        ("", typed()),
        ("", typed("save")),
        ("", {"action": "step"}),
        ("pick/", {}),
        ("again/", {}),
    ):
        assert client.post(url(source, part), form).status_code == 403
    viewer.user_permissions.clear()
    for part in ("", "page/"):
        assert Client().get(url(source, part)).status_code == 302
    viewer = django_user_model.objects.get(pk=viewer.pk)
    client.force_login(viewer)
    for part in ("", "page/"):
        assert client.get(url(source, part)).status_code == 403


def test_nothing_is_written_without_a_token_or_by_a_link(source, admin_user):
    client = Client(enforce_csrf_checks=True)
    client.force_login(admin_user)
    for part in ("", "page/", "pick/", "again/"):
        assert client.post(url(source, part), typed("save")).status_code == 403
    for part in ("pick/", "again/"):
        assert client.get(url(source, part)).status_code == 403
    assert client.get("/admin/articles/source/999/rules/").status_code == 404
    assert client.get("/admin/articles/source/x/rules/").status_code == 404
