"""Hiding in the admin: who may, what the forms say, what is done and written down."""

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.test import Client

from articles.models import Article, Hiding
from tests import cast as casting

WHY = {"category": "privacy", "note": "A person asked us.", "reason": "A letter of 3 March."}


@pytest.fixture
def ferry(cast: casting.Cast) -> Article:
    return cast.corrected


@pytest.fixture
def curator(client: Client, django_user_model) -> Client:
    """Someone who may look at everything and hide, and nothing else."""
    person = django_user_model.objects.create_user("curator", password="x", is_staff=True)
    person.user_permissions.add(*Permission.objects.filter(codename__startswith="view_"))
    person.user_permissions.add(Permission.objects.get(codename="hide_article"))
    client.force_login(person)
    return client


def passage_page(article: Article) -> str:
    return f"/admin/articles/article/{article.pk}/hide-passage/"


def version_page(article: Article, number: int) -> str:
    return f"/admin/articles/version/{article.versions.get(number=number).pk}/hide/"


def log(article: Article) -> list[str]:
    lines = LogEntry.objects.filter(object_id=str(article.pk)).order_by("pk")
    return list(lines.values_list("change_message", flat=True))


# --- who may ---------------------------------------------------------------------------------------------
@pytest.mark.parametrize("may", ["view_", "change_article"])
def test_who_may_not_hide_is_told_so_and_hides_nothing(client, ferry, django_user_model, may) -> None:
    person = django_user_model.objects.create_user("looker", password="x", is_staff=True)
    person.user_permissions.add(*Permission.objects.filter(codename__startswith="view_"))
    person.user_permissions.add(*Permission.objects.filter(codename__startswith=may))
    client.force_login(person)
    for address, form in (
        (passage_page(ferry), WHY | {"passage": "Ines Almqvist", "confirmed": "Ines Almqvist"}),
        (version_page(ferry, 2), WHY),
    ):
        assert client.get(address).status_code == 403
        assert client.post(address, form).status_code == 403
    for model, row in (("article", ferry), ("version", ferry.versions.get(number=2))):
        chosen = {"action": "hide", "_selected_action": [row.pk], **WHY}
        client.post(f"/admin/articles/{model}/", chosen)
        page = client.get(f"/admin/articles/{model}/{row.pk}/change/").content.decode()
        assert 'value="hide"' not in page
    assert not Hiding.objects.filter(article=ferry).exists()
    ferry.refresh_from_db()
    assert ferry.hidden_at is None


def test_a_curator_hides_and_shows_an_article_again(curator, ferry) -> None:
    chosen = {"_selected_action": [ferry.pk]}
    curator.post("/admin/articles/article/", {"action": "hide", **chosen, **WHY})
    made = Hiding.objects.get(article=ferry)
    assert (made.kind, made.category, made.note, made.reason) == ("article", *WHY.values())
    assert made.hidden_by.username == "curator"
    curator.post("/admin/articles/hiding/", {"action": "show_again", "_selected_action": [made.pk]})
    ferry.refresh_from_db()
    made.refresh_from_db()
    assert (ferry.hidden_at, made.lifted_by.username) == (None, "curator")
    assert log(ferry) == ["Hidden: A letter of 3 March.", "Unhidden."]


# --- passages --------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("passage", "answer"),
    [
        ("", "Copy the words out of the text below."),
        ("fog", "take more of the text"),
        ("?!", "take more of the text"),
        ("Ines Almkvist", "No version of this article has these words"),
        ("a" * 2_001, "Hide at most 2,000 characters"),
        ("(a+)+$ .*", "take more of the text"),
        ("(ferry+)+$ .* ferry", "No version of this article has these words"),
        ("Ines\0Almqvist", "Null characters are not allowed"),
    ],
)
def test_what_cannot_be_hidden_is_answered_with_what_to_type(curator, ferry, passage, answer) -> None:
    asked = curator.post(passage_page(ferry), WHY | {"passage": passage, "confirmed": passage})
    assert asked.status_code == 200
    assert answer in asked.content.decode()
    assert not Hiding.objects.filter(article=ferry).exists()


def test_only_words_that_were_looked_for_are_hidden(curator, ferry) -> None:
    form = WHY | {"passage": "Ines Almqvist"}
    shown = curator.post(passage_page(ferry), form).content.decode()
    assert "Found in 3 versions" in shown
    other = curator.post(
        passage_page(ferry), form | {"passage": "the coast guard", "confirmed": "Ines Almqvist"}
    )
    assert "Found in 3 versions" in other.content.decode()
    assert not Hiding.objects.filter(article=ferry).exists()

    curator.post(passage_page(ferry), form | {"confirmed": "Ines Almqvist"})
    assert Hiding.objects.get(article=ferry).passage == "Ines Almqvist"
    assert log(ferry) == ["Passage hidden: Ines Almqvist (A letter of 3 March.)"]
    again = curator.post(passage_page(ferry), form | {"passage": "INES ALMQVIST"})
    assert "hidden already" in again.content.decode()


def test_a_passage_of_an_article_that_is_not_there_is_not_found(curator, ferry) -> None:
    for key in ("999999", "0", "x"):
        assert curator.get(f"/admin/articles/article/{key}/hide-passage/").status_code == 404
        assert curator.get(f"/admin/articles/version/{key}/hide/").status_code == 404


# --- versions --------------------------------------------------------------------------------------------
def test_versions_with_the_same_text_are_hidden_together_if_that_is_wished(curator, ferry) -> None:
    casting.add_version(
        ferry,
        ferry.versions.get(number=1).texts,
        title="Twelve hurt as ferry runs aground off Brightwater",
        at=casting.DAY_ONE + 9 * (casting.timedelta(hours=1)),
    )
    assert "Hide the same text in version 4 too" in curator.get(version_page(ferry, 1)).content.decode()
    curator.post(version_page(ferry, 1), WHY)  # an unticked box is not sent
    assert [one.version.number for one in ferry.hidings.order_by("pk")] == [1]
    curator.post(
        "/admin/articles/version/", {"action": "unhide", "_selected_action": [ferry.versions.first().pk]}
    )
    curator.post(version_page(ferry, 1), WHY | {"with_alike": "on"})
    assert [one.version.number for one in ferry.hidings.filter(lifted_at=None).order_by("pk")] == [1, 4]
    assert log(ferry) == [
        "Version 1 hidden: A letter of 3 March.",
        "Version 1 unhidden.",
        "Version 1 hidden: A letter of 3 March.",
        "Version 4 hidden: A letter of 3 March.",
    ]
    followed = curator.get(version_page(ferry, 1), follow=True)
    assert "This version is hidden already." in followed.content.decode()


def test_several_rows_are_hidden_one_by_one(curator, ferry) -> None:
    chosen = {"action": "hide", "_selected_action": list(ferry.versions.values_list("pk", flat=True))}
    answer = curator.post("/admin/articles/version/", chosen, follow=True)
    assert "Choose one version" in answer.content.decode()


def test_the_list_says_what_is_hidden_and_finds_it_by_its_kind(curator, ferry) -> None:
    curator.post(version_page(ferry, 2), WHY)
    curator.post(passage_page(ferry), WHY | {"passage": "Ines Almqvist", "confirmed": "Ines Almqvist"})
    for kind, count in (("version", 1), ("passage", 1), ("article", 0), ("nonsense", 2)):
        page = curator.get(f"/admin/articles/hiding/?what={kind}&q=letter")
        assert page.context["cl"].result_count == count, kind
    assert curator.get("/admin/articles/hiding/?state=shown").context["cl"].result_count == 0
    own = curator.get(f"/admin/articles/article/{ferry.pk}/change/").content.decode()
    assert ">version 2</a>: A letter of 3 March." in own
    assert ">a passage</a>: A letter of 3 March." in own
