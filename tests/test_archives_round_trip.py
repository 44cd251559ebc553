"""What is exported and imported into an empty database is what it was."""

import gzip
import json
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest
from django.utils import timezone

from articles import hiding, reading
from articles.archives import ledger as ledgers
from articles.archives import restoring, writing
from articles.archives.digests import labelled
from articles.archives.ledger import FORMAT
from articles.ingestion import duplicates
from articles.models import (
    Article,
    ArticleURL,
    Blob,
    Boilerplate,
    Change,
    Check,
    Feed,
    Host,
    Snapshot,
    Source,
    Version,
    packed_text,
)
from tests.crawl import at, follow, look_again
from tests.site import Page, article
from tests.test_archives import EDITED, LONG, UNMODIFIED, WALL, load, looks, replayed, revisit, to
from tests.test_commands import refused, run
from tests.warcs import BASE, Capture, moment, read, write

pytestmark = pytest.mark.django_db(transaction=True)
# What is not carried over: keys of the database, turns of hosts, work under way.
LEFT = {
    "id",
    "article_id",
    "source_id",
    "feed_id",
    "host_id",
    "snapshot_id",
    "version_id",
    "old_id",
    "new_id",
    "lease_until",
    "lease_token",
    # how a text is packed, which depends on those packed before it; `paragraphs` is what it says
    "base_id",
    "packed",
}


@pytest.fixture(autouse=True, scope="module")
def _readers_end():
    yield
    reading.close()


def exported(tmp_path: Path, *options: str) -> Path:
    """An export to a file, with the options."""
    out = tmp_path / f"export-{len(list(tmp_path.iterdir()))}.warc.gz"
    run("export", "warc", str(out), *options)
    return out


def columns(row) -> dict[str, object]:
    return {name: value for name, value in vars(row).items() if name not in LEFT and not name.startswith("_")}


def everything() -> dict[str, list]:
    """All that is known of each article by its address; what refers to a row says which one it is."""
    known: dict[str, list] = {}
    for row in Article.objects.select_related("source"):
        known[row.url] = [
            columns(row),
            [
                *(getattr(row.source, name) for name in ledgers.SOURCE),
                [
                    columns(learnt) | {"seen_on": None}
                    for learnt in row.source.boilerplate.left_out().order_by("key")
                ],
            ],
            sorted(row.urls.values_list("key", "url", "seen_at")),
            [
                [columns(version), version.paragraphs, columns(version.snapshot), version.snapshot.blob.body]
                for version in row.versions.with_text().select_related("snapshot__blob").order_by("number")
            ],
            [
                [columns(change), change.old.number, change.new.number]
                for change in row.changes.select_related("old", "new").order_by("new__number")
            ],
            [
                [
                    columns(check),
                    check.version and check.version.number,
                    check.snapshot and columns(check.snapshot),
                ]
                for check in row.checks.select_related("version", "snapshot").order_by("at", "pk")
            ],
            [columns(snapshot) for snapshot in row.snapshots.order_by("fetched_at")],
            [
                [columns(cosmetic), cosmetic.version.number]
                for cosmetic in row.cosmetic_changes.select_related("version").order_by("seen_at")
            ],
        ]
    return known


def empty() -> None:
    """As if nothing had ever been seen."""
    for model in (
        Boilerplate,
        Change,
        Check,
        Version,
        Snapshot,
        Blob,
        ArticleURL,
        Article,
        Feed,
        Source,
        Host,
    ):
        model.objects.all().delete()


def noisy(n: int, page: Page) -> Page:
    return Page(page.body.replace("</header>", f"</header><aside class=ad>Buy {n}</aside>"))


def write_history(path: Path) -> None:
    """Captures with every outcome, more bytes that differ than are kept, and articles that share addresses."""
    dropped, delayed = article("The plan is dropped"), article("The plan is delayed")
    busy = Page("", 503, {"Retry-After": "60"})
    head = '<link rel=canonical href="https://harbour.example/one">'
    pages = {
        "/flapping": [dropped, delayed, dropped, delayed, dropped, noisy(1, delayed), delayed],
        "/held": [article("A long report", *LONG), *[article("A long report", *LONG[:6])] * 2, WALL, WALL],
        "/errors": [
            article(),
            Page("", 404),
            Page("", 403),
            busy,
            Page("", 500),
            Page("%PDF", kind="application/pdf"),
        ],
        "/gone": [article("Short-lived"), Page(status=410)],
        "/noise": [noisy(n, article("Noise")) for n in range(25)],
        "/cosmetic": [
            article("The board's plan"),
            article("The board’s plan"),
            article("The board’s plan", *EDITED),
        ],
        "/one?a=1": [article("One", head=head), article("One", *EDITED, head=head)],
        "/reused": [
            article("A harbour report"),
            *[
                article(
                    "Rezept", *(f"Zwiebeln schneiden, Kapitel {n}, und langsam rösten." for n in range(30))
                )
            ]
            * 3,
        ],
    }
    captures = [
        Capture(url, moment(n), page) for url, answers in pages.items() for n, page in enumerate(answers)
    ]
    captures += [
        revisit(7, UNMODIFIED, "/cosmetic", status=304),
        revisit(8, UNMODIFIED, "/noise", status=304),
        Capture("/gone", moment(20), to("/cosmetic")),
        Capture("/moved", moment(30), to("/noise")),
        Capture("/now", moment(21), to("/cosmetic", 302)),
    ]
    write(path, *captures)


@pytest.fixture
def history(tmp_path) -> dict[str, list]:
    """A database with a history, and some rows as rules of old had made them; all that is in it."""
    write_history(tmp_path / "history.warc.gz")
    load(tmp_path / "history.warc.gz")
    old = Version.objects.get(article__urls__url=BASE + "/flapping", number=1)
    Version.objects.filter(pk=old.pk).update(
        extractor="0/older",
        digest="1:older",
        **packed_text(old.article_id, [["paragraph", "Home \ud83c\udf0a Sea \x85"]]),
        title="Old reading",
    )
    Change.objects.filter(old=old).update(
        kinds=[["old kind", "by old rules"]], weight=0.123456789, excerpt=[["-", "x"]]
    )
    Check.objects.filter(article__urls__url=BASE + "/noise").update(seconds=0.25)
    Source.objects.update(kept_selectors="article", ignored_texts="Photo: *")
    learnt = {"evidence": "repeats", "rule": "read more here", "key": "0" * 64, "sample": "Read more here"}
    Boilerplate.objects.create(
        source=Source.objects.get(),
        first_seen_at=moment(1),
        left_out_since=moment(2),
        seen_on=[1, 2],
        **learnt,
    )
    return everything()


def test_the_history_has_all_that_can_happen(history):
    assert {check.outcome for check in Check.objects.all()} == {value for value, _ in Check.OUTCOMES}
    assert {row.status for row in Article.objects.all()} >= {"gone", "reused", "tracked"}
    assert Article.objects.filter(snapshots_pruned__gt=0).exists()
    assert Article.objects.filter(is_flapping=True).exists()
    assert Article.objects.exclude(pending_digest="").exists()
    assert Version.objects.exclude(same_as=None).exists()


def test_a_round_trip_loses_nothing(tmp_path, history):
    out = exported(tmp_path)
    empty()
    report = load(out)
    assert report[0] == "0 captures stored as looks."
    assert report[1] == f"{len(history)} articles taken over as newsdiff recorded them."
    assert everything() == history
    before = everything()
    assert load(out)[0] == "0 captures stored as looks."  # a second time changes nothing
    assert everything() == before


def test_looks_go_on_from_where_they_were(tmp_path, history):
    """A text held back is confirmed after the trip as it would have been without it."""
    out = exported(tmp_path)
    empty()
    load(out)
    replayed(tmp_path, Capture("/flapping", moment(40), article("The plan is dropped")))
    assert looks("/flapping")[-1] == (40, "unchanged")  # it flaps still


def test_a_live_history_survives_the_trip(tmp_path, site):
    site.pages |= {
        "/a": article("Boats wait"),
        "/b": article("Lighthouse"),
        "/now": Page(status=302, headers={"Location": "/a"}),
    }
    site.pages["/a"].headers = {"ETag": '"1"', "X-Name": "caf\u00e9", "Set-Cookie": "a=b"}
    follow(site, "/a", "/b", "/now")
    look_again()
    site.pages |= {"/a": article("Boats wait", *EDITED), "/b": Page("", 404)}
    look_again()
    history = everything()
    assert at(site, "/a").version_count == 2
    out = exported(tmp_path)
    empty()
    load(out)
    assert everything() == history


def test_an_export_that_was_continued_elsewhere_adds_what_is_newer(tmp_path):
    captures = [Capture("/a", moment(n), article(f"Number {n}")) for n in range(4)]
    captures += [Capture("/a", moment(4), Page("", 404)), Capture("/b", moment(3), article("Later"))]
    replayed(tmp_path, *captures[:2])
    early = exported(tmp_path)
    load(tmp_path / "captures.warc.gz")
    replayed(tmp_path, *captures)
    history, late = everything(), exported(tmp_path, "--since", moment(1.5).isoformat())
    empty()
    load(early)
    assert looks() == [(0, "new_version"), (1, "new_version")]
    assert load(late) == ["0 captures stored as looks.", "2 articles taken over as newsdiff recorded them."]
    assert everything() == history


def test_what_does_not_continue_is_replayed_from_its_captures(tmp_path):
    replayed(tmp_path, *(Capture("/a", moment(n), article(f"Number {n}")) for n in range(4)))
    late = exported(tmp_path, "--since", moment(2).isoformat())
    empty()
    report = load(late)
    assert report[0] == "2 captures stored as looks: 2 new version."
    assert "1 article of an export not taken over" in report[1]
    assert looks() == [(2, "new_version"), (3, "new_version")]


def test_an_export_can_be_judged_anew(tmp_path):
    replayed(tmp_path, *(Capture("/a", moment(n), article(f"Number {n // 2}")) for n in range(4)))
    Version.objects.update(title="As some rules had it")
    out = exported(tmp_path)
    empty()
    load(out, options=("--anew",))
    assert looks() == [(0, "new_version"), (1, "unchanged"), (2, "new_version"), (3, "unchanged")]
    assert [version.title for version in Version.objects.order_by("number")] == ["Number 0", "Number 1"]


# --- what other tools find in an export --------------------------------------------------------------------
def test_an_export_is_warc_as_others_read_it(tmp_path):
    page = article("One")
    replayed(
        tmp_path,
        Capture(
            "/a",
            moment(0),
            Page(page.body, headers={"X-Name": "kept", "Content-Length": str(len(page.body))}),
        ),
        Capture("/a", moment(1), page),
        revisit(2, UNMODIFIED, status=304),
    )
    records = read(exported(tmp_path))  # warcio verifies every digest
    assert [kind for kind, _, _ in records] == ["warcinfo", "response", "revisit", "revisit", "metadata"]
    (_, response, body), (_, same, _), (_, unmodified, _), (_, ledger, data) = records[1:]
    assert body == page.body.encode()
    assert response["WARC-Target-URI"] == BASE + "/a"
    assert response["WARC-Date"] == "2024-03-01T08:00:00.000000Z"
    assert response["WARC-Payload-Digest"] == same["WARC-Payload-Digest"] == labelled(body)
    assert same["WARC-Refers-To-Date"] == unmodified["WARC-Refers-To-Date"] == response["WARC-Date"]
    assert same["WARC-Date"] == "2024-03-01T09:00:00.000000Z"
    assert same["WARC-Profile"].endswith("/identical-payload-digest")
    assert unmodified["WARC-Profile"].endswith("/server-not-modified")
    assert ledger["Content-Type"] == "application/vnd.newsdiff.article+json"
    assert json.loads(data)["format"] == FORMAT


def test_the_head_of_a_capture_fits_its_body_as_it_is_kept(tmp_path):
    import gzip

    body = gzip.compress(article().body.encode())
    headers = {"Content-Encoding": "gzip", "Content-Length": str(len(body)), "ETag": '"1"'}
    replayed(tmp_path, Capture("/a", moment(0), Page(body, headers=headers)))
    out = gzip.decompress(exported(tmp_path).read_bytes()).partition(b"WARC-Type: response")[2]
    head = out.split(b"\r\n\r\n")[1].split(b"\r\n")
    assert head == [
        b"HTTP/1.1 200 OK",
        b"Content-Type: text/html; charset=utf-8",
        b'ETag: "1"',
        b"Content-Length: %d" % len(article().body.encode()),
    ]


def test_a_source_comes_back_beside_another_of_its_slug(tmp_path):
    replayed(tmp_path, *(Capture(f"/{n}", moment(0), article(f"Report {n}")) for n in range(3)))
    out = exported(tmp_path)
    empty()
    Source.objects.create(name="Another", slug="harbour-example", url="https://harbour.invalid/")
    load(out)
    slugs = Article.objects.values_list("source__slug", flat=True).distinct()
    assert list(slugs) == ["harbour-example-2"]
    assert Source.objects.count() == 2


def test_hidden_articles_and_other_sources_are_left_out(tmp_path):
    replayed(
        tmp_path,
        Capture("/a", moment(0), article("One")),
        Capture("/hidden", moment(0), article("Two")),
        Capture("https://pier.example/c", moment(0), article("Three")),
    )
    Article.objects.filter(url=BASE + "/hidden").update(hidden_at=timezone.now())
    assert targets(exported(tmp_path)) == {BASE + "/a", "https://pier.example/c"}
    assert targets(exported(tmp_path, "--source", "pier-example")) == {"https://pier.example/c"}
    assert targets(exported(tmp_path, "--since", "2024-03-02")) == set()


def test_an_article_of_which_something_is_hidden_is_left_out_whole_and_counted(tmp_path):
    replayed(
        tmp_path,
        Capture("/a", moment(0), article("One")),
        Capture("/b", moment(0), article("Two")),
        Capture("/b", moment(1), article("Two, and more")),
        Capture("/c", moment(0), article("Three")),
    )
    why = hiding.Statement("privacy", "A letter.")
    hidden = hiding.hide_passage(Article.objects.get(url=BASE + "/a"), "a name", why, None)
    version = Article.objects.get(url=BASE + "/b").versions.get(number=1)
    hiding.hide_versions([version], why, None)
    assert targets(exported(tmp_path)) == {BASE + "/c"}
    _, said = run("export", "warc", str(tmp_path / "again.warc.gz"))
    assert "2 left out, for they or something of them are hidden." in said
    hiding.lift([hidden], None)
    assert targets(exported(tmp_path)) == {BASE + "/a", BASE + "/c"}


def test_nothing_is_written_that_was_hidden_before_the_first_record_of_its_article(tmp_path):
    """The articles, a version, a passage of them, or of what they are merged with: hidden while the first is
    written."""
    captures = [Capture(f"/{name}", moment(0), article(name)) for name in "abcdef"]
    replayed(tmp_path, *captures, Capture("/c", moment(1), article("c", "A sentence more.")))
    first, whole, of_version, of_passage, merged, last = Article.objects.order_by("pk")
    duplicates.merge(last.pk, [merged.pk], timezone.now())
    out = BytesIO()
    writing_on = writing.export(Article.objects.all(), None, out)
    assert next(writing_on)
    why = hiding.Statement("privacy", "A letter.")
    hiding.hide_articles([first.pk, whole.pk], why, None)
    hiding.hide_versions([of_version.versions.get(number=1)], why, None)
    hiding.hide_passage(of_passage, "a name", why, None)
    hiding.hide_passage(merged, "a name", why, None)
    replayed(tmp_path, Capture("/later", moment(2), article("later")))
    assert list(writing_on) == [False] * 5
    path = tmp_path / "out.warc.gz"
    path.write_bytes(out.getvalue())
    assert targets(path) == {BASE + "/a"}


def targets(path: Path) -> set[str]:
    return {fields["WARC-Target-URI"] for kind, fields, _ in read(path) if kind != "warcinfo"}


# --- what may go wrong -----------------------------------------------------------------------------------
def test_a_ledger_that_breaks_the_laws_is_refused(tmp_path):
    replayed(tmp_path, *(Capture("/a", moment(n), article(f"Number {n}")) for n in range(2)))
    ledger = ledgers.of(Article.objects.get())
    assert ledgers.read(ledgers.written(ledger)) == ledger
    for rows, name, value, why in (
        (ledger.versions[0], "number", 7, "without gaps"),
        (ledger.versions[0], "paragraphs", None, r"Version\.paragraphs is not what that column holds"),
        (ledger.versions[1], "snapshot", 2, "a snapshot that it does not list"),
        (ledger.checks[0], "version", 3, "a version that it does not list"),
        (ledger.changes[0], "new", 1, "from each version to the next"),
        (ledger.article, "url", "no address", "not a web address"),
        (ledger.article, "first_seen_at", None, r"Article\.first_seen_at is missing"),
    ):
        before, rows[name] = rows[name], value
        with pytest.raises(ledgers.BadLedger, match=why):
            ledgers.read(ledgers.written(ledger))
        rows[name] = before
    for feed in ("https://gazette.example/feed.xml", "0" * 63, 5, None):
        with pytest.raises(ledgers.BadLedger, match="names a feed by no SHA-256"):
            ledgers.read(ledgers.written(replace(ledger, feed=feed)))
    for data in (b"", b"{}", b"[]", b'{"format": 99}', b'{"format": 1}', b"\xff"):
        with pytest.raises(ledgers.BadLedger):
            ledgers.read(data)


def test_what_a_page_claimed_of_its_time_is_taken_whatever_it_is(tmp_path):
    replayed(tmp_path, Capture("/a", moment(0), article("One")))
    Version.objects.update(
        published_claim="9999-12-31T23:00:00+00:00", modified_claim="0001-01-02T00:00:00+00:00"
    )
    ledger = ledgers.of(Article.objects.get())
    assert ledgers.read(ledgers.written(ledger)) == ledger


SLOT = {"before": "a", "after": "b", "seen": ["c"], "stayed": []}
TOO_DEEP = "[" * 100_000


@pytest.mark.parametrize(
    ("rows", "name", "values"),
    [
        (
            "article",
            "slots",
            ({}, "x", [1], [["a"]], [{}], [SLOT | {"before": None}], [SLOT | {"seen": "c"}]),
        ),
        ("article", "suspected_slots", ([SLOT | {"stayed": [1]}], [SLOT, {"before": "a", "after": "b"}])),
        ("article", "places", ("x", [1], [["a"]], {"a": "b"})),
        ("article", "cosmetic_count", (float("inf"), float("nan"))),
        (
            "versions",
            "paragraphs",
            ("x", ["x"], [["paragraph"]], [["unheard", "x"]], [["quote", 1]], [[[], ""]]),
        ),
        ("snapshots", "headers", ({}, [["ETag"]], [["ETag", None]])),
        ("changes", "kinds", ([1], [["number", 1]], [["of no known kind", "x"]])),
        ("changes", "excerpt", (["x"], [["-", "x", "y"]])),
        ("changes", "weight", (float("inf"), "nan", "1e999", -1.0, 1e300, 1e-9)),
        ("changes", "added_words", (2**31, -(2**70), 2**63 - 1)),
        # no day of these could be counted, nor a list be paged by them
        ("changes", "seen_at", ("9999-12-31T09:00:00+00:00", "2024-03-01T09:00:00")),
        ("article", "first_seen_at", ("0001-01-01T00:00:00+00:00", "1969-12-31T00:00:00+00:00")),
    ],
)
def test_a_ledger_whose_values_do_not_fit_their_columns_is_refused(tmp_path, rows, name, values):
    replayed(tmp_path, *(Capture("/a", moment(n), article(f"Number {n}")) for n in range(2)))
    ledger = ledgers.of(Article.objects.get())
    row = getattr(ledger, rows) if rows == "article" else getattr(ledger, rows)[0]
    for value in values:
        row[name] = value
        with pytest.raises(ledgers.BadLedger):
            ledgers.read(ledgers.written(ledger))


def test_a_ledger_with_slots_and_places_is_taken(tmp_path):
    replayed(tmp_path, Capture("/a", moment(0), article("One")))
    Article.objects.update(slots=[SLOT], suspected_slots=[SLOT, SLOT], places=["main/p", "main/div/p"])
    ledger = ledgers.of(Article.objects.get())
    assert ledgers.read(ledgers.written(ledger)) == ledger


@pytest.mark.parametrize(
    "break_it",
    [
        lambda data: TOO_DEEP.encode(),
        lambda data: data.replace(b'"places": [', b'"places": [' + TOO_DEEP.encode()),
        lambda data: data.replace(b'"weight": ', b'"weight": Infinity, "was": '),
        lambda data: data.replace(b'"check_count": ', b'"check_count": 1e999, "was": '),
        lambda data: data.replace(b'"cosmetic_count": ', b'"cosmetic_count": 1' + b"0" * 30 + b', "was": '),
        lambda data: data.replace(b'"last_reason": "', b'"last_reason": "\\ud83c'),
    ],
)
def test_one_broken_ledger_does_not_end_the_import(tmp_path, monkeypatch, break_it):
    for name in ("/a", "/b"):
        replayed(tmp_path, *(Capture(name, moment(n), article(f"Number {n} of {name}")) for n in range(2)))
    written = ledgers.written
    monkeypatch.setattr(
        ledgers,
        "written",
        lambda ledger: break_it(written(ledger)) if ledger.url.endswith("/a") else written(ledger),
    )
    out = exported(tmp_path)
    empty()
    message, status = refused("importwarc", str(out))
    assert status == 1
    assert f"{out}, byte " in message
    assert "newsdiff's record of an article cannot be read" in message
    assert looks("/a") == looks("/b") == [(0, "new_version"), (1, "new_version")]


def test_a_ledger_that_cannot_be_read_is_told_and_its_captures_are_replayed(tmp_path, monkeypatch):
    replayed(tmp_path, *(Capture("/a", moment(n), article(f"Number {n}")) for n in range(2)))
    monkeypatch.setattr(ledgers, "written", lambda ledger: b'{"format": 99}')
    out = exported(tmp_path)
    empty()
    message, status = refused("importwarc", str(out))
    assert (status, "format 99 is not known to this newsdiff" in message) == (1, True)
    assert looks() == [(0, "new_version"), (1, "new_version")]


def test_a_ledger_that_is_too_long_is_told_and_never_parsed(tmp_path, monkeypatch):
    replayed(tmp_path, *(Capture("/a", moment(n), article(f"Number {n}")) for n in range(2)))
    whole = ledgers.written(ledgers.of(Article.objects.get()))
    parsed, parse = [], ledgers.read
    monkeypatch.setattr(ledgers, "read", lambda data: parsed.append(len(data)) or parse(data))
    for spare, told in ((0, False), (1, True)):
        padded = whole + b" " * (restoring.MOST_LEDGER - len(whole) + spare)
        monkeypatch.setattr(ledgers, "written", lambda ledger, padded=padded: padded)
        out = exported(tmp_path)
        before = everything()
        empty()
        if told:
            message, status = refused("importwarc", str(out))
            assert (status, "it is longer than 32 MB" in message, f"{out}, byte " in message) == (
                1,
                True,
                True,
            )
        else:
            load(out)
            assert everything() == before
        assert looks() == [(0, "new_version"), (1, "new_version")]
    assert parsed == [restoring.MOST_LEDGER]


def test_misuse_of_export_is_told_from_failure(tmp_path):
    assert refused("export", "warc", str(tmp_path / "a.warc"))[1] == 2
    assert refused("export", "warc", str(tmp_path / "a.gz"), "--source", "none")[1] == 2
    assert refused("export", "warc", str(tmp_path / "no folder" / "a.gz"))[1] == 1
    assert list(tmp_path.iterdir()) == []


def test_an_export_that_fails_leaves_no_file(tmp_path, monkeypatch):
    replayed(tmp_path, Capture("/a", moment(0), article()))
    before = sorted(tmp_path.iterdir())
    monkeypatch.setattr("articles.archives.ledger.written", lambda ledger: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        exported(tmp_path)
    assert sorted(tmp_path.iterdir()) == before


def test_an_export_may_go_to_standard_output(tmp_path, capsysbinary):
    replayed(tmp_path, Capture("/a", moment(0), article()))
    run("export", "warc", "-")
    (tmp_path / "piped.warc.gz").write_bytes(capsysbinary.readouterr().out)
    assert targets(tmp_path / "piped.warc.gz") == {BASE + "/a"}


def test_the_feed_that_named_an_article_is_known_again_where_it_is_followed_but_no_key_of_it_is_told(
    site, tmp_path
):
    site.pages["/a"] = article()
    follow(site, "/a")
    address = site.url("/feed.xml?token=s3cret")
    Feed.objects.get().delete()
    Article.objects.update(feed=Feed.objects.create(source=Source.objects.get(), url=address))
    whole = exported(tmp_path)
    assert b"s3cret" not in gzip.decompress(whole.read_bytes())
    for is_followed in (False, True):
        empty()
        source = Source.objects.create(name="Another", slug="another")
        feed = Feed.objects.create(source=source, url=address) if is_followed else None
        load(whole)
        assert at(site, "/a").feed == feed
