"""Sources by the dozen: what a file would do is shown first, and done as it was shown."""

import csv
from io import StringIO
from ipaddress import ip_network
from xml.etree import ElementTree

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from articles.core.feeds import opml
from articles.forms import exchange
from articles.models import Article, Feed, Host, Source
from tests import cast
from tests.web.test_admin import act, said

pytestmark = pytest.mark.django_db
IMPORT = "/admin/articles/source/import/"


@pytest.fixture
def admin_user(django_user_model):
    return django_user_model.objects.create_superuser("operator", password=None)


@pytest.fixture
def herald() -> Source:
    return cast.make_source("The Herald", "herald", dropped_selectors="div.related\naside")


def upload(client: Client, body: str | bytes, name: str = "sources.csv"):
    """The page after a file was chosen."""
    data = body.encode() if isinstance(body, str) else body
    return client.post(IMPORT, {"file": SimpleUploadedFile(name, data)})


def verdicts(response) -> list[tuple[str, str]]:
    return [(line.verdict, " ".join(line.details)) for line in response.context["shown"].lines]


def problem(response) -> str:
    return " ".join(response.context["form"].errors.get("file", []))


def confirm(client: Client, response):
    return client.post(IMPORT, {"carried": response.context["carried"]}, follow=True)


def rows_of(response) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(b"".join(response.streaming_content).decode("utf-8-sig"))))


# --- spreadsheets ---------------------------------------------------------------------------------
def test_what_was_exported_is_the_same_when_it_is_imported(admin_client, herald):
    Feed.objects.create(source=herald, url="https://herald.example/sport.xml")
    exported = act(admin_client, "source", "export_csv", herald)
    body = b"".join(exported.streaming_content)
    [row] = csv.DictReader(StringIO(body.decode("utf-8-sig")))
    assert (row["slug"], row["is_paused"], row["dropped_selectors"]) == ("herald", "no", "div.related\naside")
    assert row["feeds"].split() == ["https://herald.example/feed.xml", "https://herald.example/sport.xml"]
    assert verdicts(upload(admin_client, body)) == [("same", "")]


def test_rows_add_and_change_sources_and_their_feeds_and_nothing_before_it_is_confirmed(admin_client, herald):
    shown = upload(
        admin_client,
        "slug,name,is_paused,feeds\n"
        "herald,The Daily Herald,yes,https://herald.example/feed.xml https://herald.example/new.xml\n"
        "gazette,The Gazette,,https://gazette.example/feed.xml\n",
    )
    assert verdicts(shown) == [
        (
            "changed",
            "name: “The Herald” → “The Daily Herald” is paused: no → yes new feeds: https://herald.example/new.xml",
        ),
        (
            "new",
            "slug: nothing → “gazette” name: nothing → “The Gazette” new feeds: https://gazette.example/feed.xml",
        ),
    ]
    assert (Source.objects.count(), Feed.objects.count()) == (1, 1)
    assert "Imported: 1 new, 1 changed, 0 same, 0 wrong." in said(confirm(admin_client, shown))
    herald.refresh_from_db()
    assert (herald.name, herald.is_paused, herald.dropped_selectors) == (
        "The Daily Herald",
        True,
        "div.related\naside",
    )
    feed = Feed.objects.get(source__slug="gazette")
    assert feed.next_check_at
    assert Host.objects.get(authority="gazette.example").due_at == feed.next_check_at


def test_a_wrong_row_is_told_by_row_and_column_and_stops_the_whole(admin_client, herald):
    shown = upload(
        admin_client,
        "slug,name,preset,dropped_selectors,is_paused,feeds\n"
        "gazette,The Gazette,balanced,,no,\n"
        ",,,,,\n"
        "echo,,hasty,div[,maybe,https://herald.example/feed.xml ftp://echo.example/x\n",
    )
    good, bad = shown.context["shown"].lines
    assert (good.verdict, bad.name, bad.verdict) == ("new", "Row 4", "wrong")
    told = dict(detail.split(": ", 1) for detail in bad.details)
    assert told["name"] == "It is empty: type the source’s name."
    assert told["preset"] == "'hasty' is none: type gentle, balanced, fast."
    assert "Type one selector a line" in told["dropped_selectors"]
    assert told["is_paused"] == "'maybe' is neither yes nor no: type one of these."
    assert "The Herald already has this feed" in told["feeds"]
    assert "not a web address" in told["feeds"]
    assert "Import this" not in shown.content.decode()
    confirm(admin_client, shown)  # by whoever posts it all the same
    assert Source.objects.count() == 1


def test_rules_come_with_a_new_source_and_are_changed_where_their_effect_is_shown(admin_client, herald):
    head = "slug,name,dropped_selectors\n"
    shown = upload(admin_client, f"{head}gazette,The Gazette,aside.more\nherald,The Herald,aside.more\n")
    (new, _), (wrong, why) = verdicts(shown)
    assert (new, wrong) == ("new", "wrong")
    assert "change them on its page Rules" in why
    confirm(admin_client, upload(admin_client, f"{head}gazette,The Gazette,aside.more\n"))
    assert Source.objects.get(slug="gazette").dropped_selectors == "aside.more"


def test_a_feed_may_not_be_in_two_rows(admin_client):
    shown = upload(admin_client, "slug;name;feeds\na;A;https://a.example/feed\nb;B;https://a.example/feed/\n")
    assert [verdict for verdict, _ in verdicts(shown)] == ["new", "wrong"]


def test_what_a_row_above_has_already_is_wrong_and_that_row_named(admin_client):
    shown = upload(
        admin_client,
        "slug,name,feeds\na,A,https://a.example/feed\n\na,A again,\nb,B,https://a.example/feed/\n",
    )
    told = [(line.name, line.verdict, line.details) for line in shown.context["shown"].lines[1:]]
    assert told == [
        ("Row 4", "wrong", ["slug: Row 2 has this slug already: type another, or make one row of the two."]),
        (
            "Row 5",
            "wrong",
            ["feeds: Row 2 names this feed already: take https://a.example/feed/ out of one of the two."],
        ),
    ]


@pytest.mark.parametrize(
    ("declared", "written"), [("UTF-16", "utf-16"), ("UTF-8", "utf-8-sig"), ("ISO-8859-1", "utf-8")]
)
def test_a_list_is_read_by_its_bytes_whatever_encoding_it_claims(admin_client, declared, written):
    said = LIST.replace('version="1.0"', f'version="1.0" encoding="{declared}"', 1).replace("One", "Één")
    shown = upload(admin_client, said.encode(written), "feeds.opml")
    assert [verdict for verdict, _ in verdicts(shown)] == ["new", "new", "new", "wrong"]
    confirm(admin_client, shown)
    assert Source.objects.filter(name="Één").exists()


def test_a_feed_that_can_never_be_asked_is_wrong_in_a_spreadsheet(admin_client, settings):
    settings.NEWSDIFF_ALLOW_PRIVATE = []
    body = "slug,name,feeds\na,A,http://192.168.1.9/feed\n"
    assert verdicts(upload(admin_client, body)) == [
        (
            "wrong",
            "feeds: 192.168.1.9 is a private address, and not in NEWSDIFF_ALLOW_PRIVATE. "
            "Type the address of a server on the internet.",
        )
    ]
    settings.NEWSDIFF_ALLOW_PRIVATE = [ip_network("192.168.1.0/24")]
    assert [verdict for verdict, _ in verdicts(upload(admin_client, body))] == ["new"]


@pytest.mark.parametrize("sign", ["=", "＝"])  # a Japanese spreadsheet reads the wide one as well
def test_a_cell_that_looks_like_a_formula_goes_out_and_comes_in_as_text(admin_client, sign):
    cast.make_source(f"{sign}cmd|'/c calc'!A0", "sly", dropped_selectors="+ p")
    body = b"".join(act(admin_client, "source", "export_csv", Source.objects.get()).streaming_content)
    [row] = csv.DictReader(StringIO(body.decode("utf-8-sig")))
    assert row["name"] == f"'{sign}cmd|'/c calc'!A0"
    assert not any(cell.startswith(exchange.FORMULA) for cell in row.values())
    name = Source.objects.get().name
    Source.objects.update(dropped_selectors="")
    confirm(admin_client, upload(admin_client, f'slug,name\nsly,"{row["name"]}"\n'))
    assert Source.objects.get().name == name


@pytest.mark.parametrize(
    "body",
    [
        "slug;name\na;Zürich\n".encode("utf-8-sig"),  # Excel, where a comma is in numbers
        "slug\tname\na\tZürich\n".encode("utf-16"),  # Excel's "Unicode text"
        "slug,name\r\n\r\na,Zürich\r\n".encode(),
        'slug,"name"\na, Zürich \n'.encode(),
    ],
)
def test_spreadsheets_are_read_as_programs_write_them(admin_client, body):
    confirm(admin_client, upload(admin_client, body))
    assert Source.objects.get().name == "Zürich"


@pytest.mark.parametrize(
    ("body", "remedy"),
    [
        ("slug,name\na,Zürich\n".encode("latin-1"), "CSV UTF-8"),
        (b"PK\x03\x04\0\0", "This is not a text file"),
        (b"slug\0,name\n", "This is not a text file"),
        (b"", "choose another"),
        (b"name,url\nA,\n", "slug among them"),
        (b"slug,colour\na,red\n", "There is no column 'colour'"),
        (b"slug,slug\na,b\n", "there twice"),
        (b"slug,name\na,b,c\n", "Row 2 has 3 cells"),
        (b'slug,name\na,"b\n', "cannot be read"),
        (b"slug\n" + b"a\n" * (exchange.MOST_ROWS + 1), "more than 1,000 rows"),
        (b"slug\n" + b"a" * exchange.LARGEST, "larger than 1 MB"),
        (b"<rss></rss>", "exported"),
    ],
)
def test_what_cannot_be_read_is_refused_with_a_remedy(admin_client, body, remedy):
    response = upload(admin_client, body)
    assert remedy in problem(response)
    assert response.context["shown"] is None


def test_what_is_confirmed_is_what_was_shown(admin_client):
    shown = upload(admin_client, "slug,name\na,A\n")
    forged = shown.context["carried"][:-3] + "abc"
    response = admin_client.post(IMPORT, {"carried": forged})
    assert "choose the file again" in said(response)
    assert not Source.objects.exists()


# --- lists ----------------------------------------------------------------------------------------
LIST = """<?xml version="1.0"?><opml version="2.0"><body><outline text="News">
<outline text="One" type="rss" xmlUrl="https://one.example/feed" htmlUrl="https://one.example/"/>
<outline text="One, sport" type="rss" xmlUrl="https://feeds.one.example/sport" htmlUrl="https://one.example/"/>
<outline text="Herald" type="rss" xmlUrl="https://herald.example/feed.xml"/>
<outline text="Bad" type="rss" xmlUrl="javascript:alert(1)"/></outline></body></opml>"""


def test_a_list_is_shown_first_and_then_followed_without_asking_any_site(admin_client, herald):
    shown = upload(admin_client, LIST, "feeds.opml")
    assert [verdict for verdict, _ in verdicts(shown)] == ["new", "new", "same", "wrong"]
    assert Source.objects.count() == 1
    assert "Imported: 2 new, 0 changed, 1 same, 1 wrong." in said(confirm(admin_client, shown))
    one = Source.objects.get(slug="one")
    assert (one.name, one.url, one.feeds.count()) == ("One", "https://one.example/", 2)
    assert all(feed.next_check_at and not feed.last_checked_at for feed in one.feeds.all())


def test_a_feed_that_can_never_be_asked_is_wrong_in_a_list(admin_client, settings):
    settings.NEWSDIFF_ALLOW_PRIVATE = []
    inside = LIST.replace("https://one.example/feed", "http://10.0.0.8/feed")
    shown = upload(admin_client, inside, "feeds.opml")
    (wrong, why), *_ = verdicts(shown)
    assert wrong == "wrong"
    assert "10.0.0.8 is a private address" in why
    assert "Type the address of a server on the internet." in why
    confirm(admin_client, shown)
    assert not Feed.objects.filter(url__contains="10.0.0.8").exists()
    settings.NEWSDIFF_ALLOW_PRIVATE = [ip_network("10.0.0.0/8")]
    assert verdicts(upload(admin_client, inside, "feeds.opml"))[0][0] == "new"


def test_an_exported_list_has_the_sources_own_feeds_and_is_read_again(admin_client, herald):
    Source.objects.update(name='A "B" & <C>\x01')
    response = act(admin_client, "source", "export_opml", herald)
    body = b"".join(response.streaming_content)
    ElementTree.fromstring(body)
    assert [(one.url, one.title, one.home_url) for one in opml.parse(body)] == [
        ("https://herald.example/feed.xml", 'A "B" & <C>\N{REPLACEMENT CHARACTER}', "https://herald.example/")
    ]


# --- articles and changes -------------------------------------------------------------------------
def test_articles_and_changes_go_out_as_spreadsheets(admin_client, cast):
    feed = cast.source.feeds.get()
    Article.objects.filter(pk=cast.stable.pk).update(feed=feed)
    exported = rows_of(act(admin_client, "article", "export_csv", cast.corrected, cast.stable))
    assert {(row["id"], row["versions"], row["state"], row["feed"]) for row in exported} == {
        (str(cast.corrected.pk), "3", "tracked", ""),
        (str(cast.stable.pk), "1", "tracked", feed.url),
    }
    change = cast.corrected.changes.order_by("pk").last()
    [row] = rows_of(act(admin_client, "change", "export_csv", change))
    assert (row["old_version"], row["new_version"], row["kinds"].split()) == ("2", "3", change.kind_names)
    assert row["page"].endswith(f"/articles/{cast.corrected.pk}/diff/2/3/")
