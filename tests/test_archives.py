"""Archives in and out: what an import makes of captures, and that an export gives everything back."""

import random
import signal
import sqlite3
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from articles import reading
from articles.archives import ahead, replaying
from articles.archives.digests import labelled
from articles.claiming import hold
from articles.core.http import Response
from articles.models import (
    Article,
    ArticleURL,
    Change,
    Check,
    Feed,
    Host,
    Snapshot,
    Source,
    Version,
    packed_text,
)
from tests.processes import manage, running, until
from tests.site import FILLER, Page, article
from tests.test_commands import refused, run
from tests.warcs import BASE, Capture, moment, write, zipped

pytestmark = pytest.mark.django_db(transaction=True)
IDENTICAL = "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"
UNMODIFIED = "http://netpreserve.org/warc/1.0/revisit/server-not-modified"
WALL = Page("<title>Are you a robot?</title><h1>Please verify you are a human</h1><p>Enable cookies.</p>")
EDITED = [*FILLER[:-1], FILLER[-1].replace("spring", "autumn")]
LONG = [f"{text} That was on day {n} of the month." for n in range(8) for text in FILLER]


@pytest.fixture(autouse=True, scope="module")
def _readers_end():
    yield
    reading.close()


def load(*files: Path, options: tuple[str, ...] = ()) -> list[str]:
    """Imports files; returns the lines of the report."""
    return run("importwarc", *map(str, files), *options)[0].splitlines()


def replayed(tmp_path: Path, *captures: Capture, options: tuple[str, ...] = ()) -> list[str]:
    """Imports these captures from one file; returns the lines of the report."""
    write(tmp_path / "captures.warc.gz", *captures)
    return load(tmp_path / "captures.warc.gz", options=options)


def looks(path: str = "/a") -> list[tuple[float, str]]:
    """Hours since the start and outcome of each look at the article of a path."""
    rows = Check.objects.filter(article__urls__url=BASE + path).order_by("at")
    return [((row.at - moment(0)).total_seconds() / 3600, row.outcome) for row in rows]


def at(path: str = "/a") -> Article:
    return Article.objects.get(urls__url=BASE + path)


# --- what becomes of captures --------------------------------------------------------------------------
def test_captures_become_versions_seen_when_they_were_taken(tmp_path):
    first, edited = article("Harbour board meets"), article("Harbour board meets", *EDITED)
    report = replayed(
        tmp_path,
        *(Capture("/a", moment(n), page) for n, page in ((0, first), (1, first), (5, edited), (9, edited))),
    )
    assert report == ["4 captures stored as looks: 2 new version, 2 unchanged."]
    row = Article.objects.get()
    assert (row.url, row.first_seen_at, row.last_checked_at) == (BASE + "/a", moment(0), moment(9))
    seen = row.versions.values_list("number", "first_seen_at", "last_seen_at", "previous_seen_at")
    assert list(seen) == [(1, moment(0), moment(1), None), (2, moment(5), moment(9), moment(1))]
    change = Change.objects.get()
    assert (change.seen_at, change.added_words, change.removed_words) == (moment(5), 1, 1)
    assert looks() == [(0, "new_version"), (1, "unchanged"), (5, "new_version"), (9, "unchanged")]
    source = Source.objects.get()
    assert (source.slug, source.is_paused, source.url) == ("harbour-example", True, BASE + "/")


def test_captures_are_replayed_by_their_dates_whatever_the_order_of_files(tmp_path):
    captures = [
        Capture(path, moment(n), article(f"{name}, part {n // 2}", *EDITED[n // 2 :]))
        for path, name in (("/a", "Boats wait for a crane"), ("/b", "Lighthouse to be painted"))
        for n in range(6)
    ]
    random.Random(7).shuffle(captures)
    write(tmp_path / "1.warc.gz", *captures[:5])
    write(tmp_path / "2.warc", *captures[5:], gzipped=False)
    assert load(tmp_path / "2.warc", tmp_path / "1.warc.gz") == [
        "12 captures stored as looks: 6 new version, 6 unchanged."
    ]
    for path in ("/a", "/b"):
        assert looks(path) == [(n, "unchanged" if n % 2 else "new_version") for n in range(6)]
        seen = at(path).versions.values_list("first_seen_at", "last_seen_at")
        assert list(seen) == [(moment(n), moment(n + 1)) for n in (0, 2, 4)]


def test_answers_that_are_no_page_are_looks_too(tmp_path):
    answers = [
        (article(), "new_version"),
        (Page("", 404), "gone"),
        (Page("", 403), "blocked"),
        (Page("", 503, {"Retry-After": "3600"}), "failed"),
        (Page("no", 500), "failed"),
        (Page(b"%PDF-1.7", kind="application/pdf"), "failed"),
        (WALL, "suspect"),
        (article(), "unchanged"),
        (Page(status=410), "gone"),
    ]
    replayed(tmp_path, *(Capture("/a", moment(n), page) for n, (page, _) in enumerate(answers)))
    assert looks() == [(n, outcome) for n, (_, outcome) in enumerate(answers)]
    assert (at().status, at().status_since, at().next_check_at) == ("gone", moment(8), None)


def test_codings_of_captures_are_undone_and_a_body_too_large_is_a_failed_look(tmp_path):
    large = Page("<p>" + "x" * 5_000_001)
    replayed(tmp_path, Capture("/a", moment(0), zipped(article())), Capture("/a", moment(1), large))
    assert looks() == [(0, "new_version"), (1, "failed")]
    assert at().versions.get().texts == FILLER
    assert at().last_error == "more than 5 MB"


def test_a_text_held_back_is_confirmed_by_the_next_capture(tmp_path):
    long, short = article("A long report", *LONG), article("A long report", *LONG[:6])
    replayed(tmp_path, *(Capture("/a", moment(n), page) for n, page in enumerate((long, short, short))))
    assert looks() == [(0, "new_version"), (1, "suspect"), (2, "new_version")]


# --- which captures, which articles ------------------------------------------------------------------
def test_what_is_no_article_is_passed_over_and_counted(tmp_path):
    head = {"WARC-Concurrent-To": "<urn:uuid:0a0a0a0a-0000-4000-8000-000000000001>"}
    feed = Source.objects.create(name="Feeds", slug="feeds")
    Feed.objects.create(source=feed, url=BASE + "/all")
    report = replayed(
        tmp_path,
        Capture("/a", moment(0), article()),
        Capture("/picture", moment(0), Page(b"\x89PNG", kind="image/png")),
        Capture("/favicon.ico", moment(0), Page("", 404)),
        Capture("/", moment(0), article("Front page")),
        Capture("/robots.txt", moment(0), Page("User-agent: *", kind="text/plain")),
        Capture("/all", moment(0), article("A feed shown as a page")),
        Capture("ftp://harbour.example/a", moment(0), article()),
        Capture("/b", moment(0), article(), fields={"WARC-Date": "yesterday"}),
        Capture("/b", moment(0), article(), fields={"WARC-Date": "0001-01-01T00:00:00Z"}),
        Capture("/b", timezone.now() + timedelta(days=2), article()),
        Capture("/b", moment(0), article(), fields={"WARC-Truncated": "length"}),
        Capture("/b", moment(0), article(), kind="resource"),
        Capture("/b", moment(0), article(), fields=head),
        Capture(
            "/b", moment(0), Page(), kind="request", fields={"WARC-Record-ID": head["WARC-Concurrent-To"]}
        ),
    )
    assert report[0] == "1 capture stored as looks: 1 new version."
    assert sorted(line.split(" passed over: ")[1] for line in report[1:]) == [
        "dated in the future.",
        "kept in part only (WARC-Truncated).",
        "of a site's front page.",
        "of an address that is no article and never had a page.",
        "of requests other than GET.",
        "of robots.txt or a feed.",
        "of something other than a web page.",
        "resource, conversion or continuation records.",
        "without a usable WARC-Date.",
        "without the address of a web page.",
    ]
    assert [row.url for row in Article.objects.all()] == [BASE + "/a"]


def test_spellings_of_an_address_are_one_article_as_feeds_have_it(tmp_path):
    replayed(
        tmp_path,
        Capture("http://www.harbour.example/a?utm_source=x", moment(0), article("One")),
        Capture("https://harbour.example/a/", moment(1), article("Two")),
    )
    assert Article.objects.get().version_count == 2


def test_new_articles_go_to_the_source_given_or_of_the_site_or_a_new_one_that_waits(tmp_path):
    given = Source.objects.create(name="Given", slug="given")
    of_site = Source.objects.create(name="Site", slug="site", url="https://quay.org/")
    replayed(tmp_path, Capture("/a", moment(0), article("First")), options=("--source", "given"))
    replayed(
        tmp_path,
        Capture("https://news.quay.org/b", moment(0), article("Second")),
        Capture("https://pier.example/c", moment(0), article("Third")),
        Capture("/d", moment(0), article("Fourth")),
    )
    assert {row.title: row.source.slug for row in Article.objects.all()} == {
        "First": "given",
        "Second": "site",
        "Third": "pier-example",
        "Fourth": "given",  # there is an article of this host already
    }
    assert Source.objects.get(slug="pier-example").is_paused
    assert [given.is_paused, of_site.is_paused] == [False, False]


def test_only_the_addresses_asked_for(tmp_path):
    report = replayed(
        tmp_path,
        Capture("/news/a", moment(0), article("One")),
        Capture("/shop/b", moment(0), article("Two")),
        options=("--only", "*/news/*"),
    )
    assert report[1:] == ["1 capture passed over: of addresses that --only leaves out."]
    assert Article.objects.get().url == BASE + "/news/a"


# --- how pages are read --------------------------------------------------------------------------------
def test_pages_are_read_by_the_rules_of_their_source(tmp_path):
    Source.objects.create(name="Given", slug="given", dropped_selectors=".advert")
    page = article("One", *FILLER, '<span class="advert">Buy a boat today, the offer ends soon.</span>')
    page.body = page.body.replace('<p><span class="advert">', '<p class="advert"><span>')
    replayed(tmp_path, Capture("/a", moment(0), page), options=("--source", "given"))
    assert at().versions.get().texts == FILLER


def test_what_is_learnt_of_a_source_on_the_way_makes_no_change(tmp_path):
    """Pages read ahead of what their forerunners teach, and versions read before it, are read again."""
    repeated = "Our reporters may be reached by letter at the harbour office."
    captures = []
    for turn in range(2):
        for n, name in enumerate(("Boats", "Cranes", "Lamps", "Nets", "Ropes", "Sails")):
            page = article(f"{name} of the week", *(f"{text} {name} {n}." for text in FILLER), repeated)
            captures.append(Capture(f"/{name}", moment(turn + n / 10), Page(f"{page.body}<!-- {turn} -->")))
    replayed(tmp_path, *captures)
    assert {(row.outcome, row.at < moment(1)) for row in Check.objects.all()} == {
        ("new_version", True),
        ("unchanged", False),
    }
    assert [version.number for version in Version.objects.all() if repeated in version.texts] == []


# --- redirects ---------------------------------------------------------------------------------------
def to(where: str, status: int = 301) -> Page:
    return Page(status=status, headers={"Location": where})


def test_a_redirect_is_followed_to_the_capture_nearest_in_time(tmp_path):
    report = replayed(
        tmp_path,
        Capture("/old", moment(10), to("/a")),
        Capture("/a", moment(0), article("Before")),
        Capture("/a", moment(10.1), article("Then")),
        Capture("/a", moment(20), article("After")),
    )
    assert Article.objects.get() == at("/old") == at("/a")
    # the first look at an address that leads to a known article leaves no check
    assert looks() == [(0, "new_version"), (10.1, "new_version"), (20, "new_version")]
    assert report == ["4 captures stored as looks: 1 moved, 3 new version."]
    assert load(tmp_path / "captures.warc.gz")[0] == "0 captures stored as looks."


def test_a_temporary_redirect_is_a_part_of_the_look_at_its_article(tmp_path):
    write(
        tmp_path / "a.warc.gz",
        Capture("/now", moment(0), to("/x", 302)),
        Capture("/x", moment(0), to("/a", 302)),
        Capture("/a", moment(0), article()),
    )
    load(tmp_path / "a.warc.gz")
    row = at("/now")
    assert (row.url, row.version_count) == (BASE + "/now", 1)
    assert row.versions.get().snapshot.url == BASE + "/a"


def test_redirects_that_lead_out_of_the_files_and_to_other_spellings_are_counted(tmp_path):
    report = replayed(
        tmp_path,
        Capture("/a", moment(0), article()),
        Capture("http://harbour.example/a", moment(1), to(BASE + "/a")),
        Capture("/a", moment(2), to("https://elsewhere.example/")),
        Capture("/a", moment(3), to("/not-captured")),
        Capture("/b", moment(4), to("/not-captured")),
    )
    assert report == [
        "2 captures stored as looks: 1 gone, 1 new version.",
        "2 captures passed over: redirects to an address that is not in the files.",
        "1 capture passed over: redirects to another spelling of the same address.",
    ]
    assert looks() == [(0, "new_version"), (2, "gone")]
    assert Article.objects.count() == 1


def test_redirects_without_end_are_a_failed_look(tmp_path):
    replayed(
        tmp_path,
        Capture("/a", moment(0), article()),
        Capture("/a", moment(1), to("/b")),
        Capture("/b", moment(1), to("/a")),
    )
    assert looks() == [(0, "new_version"), (1, "failed")]
    assert at().last_error == "redirects without end"


# --- revisits ------------------------------------------------------------------------------------------
def revisit(n: float, profile: str, path: str = "/a", status: int = 200, **fields: str) -> Capture:
    names = {name.replace("_", "-"): value for name, value in fields.items()}
    return Capture(path, moment(n), Page(status=status), "revisit", {"WARC-Profile": profile} | names)


def warc_date(n: float) -> str:
    return moment(n).strftime("%Y-%m-%dT%H:%M:%SZ")


def test_a_revisit_is_a_look_at_the_payload_it_names(tmp_path):
    first, second = article("The plan is dropped"), article("The plan is delayed")
    replayed(
        tmp_path,
        Capture("/a", moment(0), first),
        Capture("/a", moment(1), second),
        revisit(
            2,
            IDENTICAL,
            WARC_Refers_To_Target_URI=BASE + "/a",
            WARC_Refers_To_Date=warc_date(0),
            WARC_Payload_Digest="sha1:?",
        ),
        revisit(3, IDENTICAL, WARC_Payload_Digest=labelled(second.body.encode())),
    )
    assert looks() == [(n, "new_version") for n in range(4)]
    assert list(at().versions.values_list("same_as", flat=True)) == [None, None, 1, 2]


def test_a_304_is_a_look_that_found_nothing_new(tmp_path):
    replayed(tmp_path, Capture("/a", moment(0), article()), revisit(1, UNMODIFIED, status=304))
    assert looks() == [(0, "new_version"), (1, "not_modified")]
    assert at().versions.get().last_seen_at == moment(1)


def test_a_304_after_a_text_held_back_says_that_it_stands(tmp_path):
    long, short = article("A long report", *LONG), article("A long report", *LONG[:6])
    replayed(
        tmp_path,
        Capture("/a", moment(0), long),
        Capture("/a", moment(1), short),
        revisit(2, UNMODIFIED, status=304),
    )
    assert looks() == [(0, "new_version"), (1, "suspect"), (2, "new_version")]


def test_a_revisit_finds_the_payload_that_an_earlier_import_kept(tmp_path):
    page = article()
    replayed(tmp_path, Capture("/a", moment(0), page))
    digest = labelled(page.body.encode())
    replayed(tmp_path, revisit(1, IDENTICAL, WARC_Payload_Digest=digest))
    assert looks() == [(0, "new_version"), (1, "unchanged")]


def test_a_revisit_without_its_payload_is_counted_not_invented(tmp_path):
    report = replayed(
        tmp_path,
        revisit(0, IDENTICAL, "/b", WARC_Payload_Digest="sha1:AAAA"),
        Capture("/a", moment(0), article()),
        revisit(1, IDENTICAL, WARC_Payload_Digest="sha1:AAAA"),
    )
    assert report[1:] == ["2 captures passed over: revisits of a payload that is not in the files."]
    assert looks() == [(0, "new_version")]
    assert Article.objects.count() == 1


# --- again, and after others -----------------------------------------------------------------------------
def everything() -> list[list[tuple]]:
    """All rows that an import may write."""
    return [
        list(model.objects.order_by("pk").values_list())
        for model in (Source, Article, ArticleURL, Snapshot, Version, Change, Check)
    ]


def test_a_second_import_changes_nothing(tmp_path):
    captures = [Capture("/a", moment(n), article(f"Number {n // 2}")) for n in range(6)]
    captures += [Capture("/old", moment(2.5), to("/a")), Capture("/b", moment(1), to("/a", 302))]
    replayed(tmp_path, *captures)
    before = everything()
    assert load(tmp_path / "captures.warc.gz", tmp_path / "captures.warc.gz") == [
        "0 captures stored as looks.",
        "16 captures passed over: recorded already, or of a moment of which their article has a look.",
    ]
    assert everything() == before


def test_captures_older_than_the_last_look_are_counted_and_named(tmp_path):
    replayed(tmp_path, Capture("/a", moment(5), article("Five")))
    report = replayed(
        tmp_path,
        Capture("/a", moment(1), article("One")),
        Capture("/a", moment(3), article("Three")),
        Capture("/a", moment(7), article("Seven")),
    )
    assert report[0] == "1 capture stored as looks: 1 new version."
    assert report[1].startswith("2 captures too late: older than the last look at their article")
    assert report[1].endswith(BASE + "/a")
    assert looks() == [(5, "new_version"), (7, "new_version")]


def test_the_same_bytes_are_never_read_again(tmp_path, monkeypatch):
    asked: list[bytes] = []

    def counting(body: bytes, *how: object):
        asked.append(body)
        return reading.read(body, *how)

    monkeypatch.setattr(ahead, "read", counting)
    one, two = article("One"), article("Two")
    pages = [one, one, one, two, two, one]
    replayed(tmp_path, *(Capture("/a", moment(n), page) for n, page in enumerate(pages)))
    replayed(tmp_path, *(Capture("/a", moment(10 + n), one) for n in range(3)))
    assert asked == [page.body.encode() for page in (one, two, one)]
    assert [outcome for _, outcome in looks()].count("unchanged") == 6


# --- beside others ----------------------------------------------------------------------------------------
def test_an_import_leaves_the_turns_of_hosts_alone(tmp_path):
    replayed(tmp_path, Capture("/a", moment(0), article()))
    Host.objects.update(
        next_at=moment(2), failures=3, crawl_delay=7, robots="User-agent: *", robots_status=200
    )
    before = Host.objects.values().get()
    busy = Page("", 503, {"Retry-After": "3600"})
    replayed(tmp_path, Capture("/a", moment(1), busy), Capture("/b", moment(1), article("Two")))
    assert Host.objects.values().get() == before


def test_an_article_that_a_worker_has_is_waited_for(tmp_path, monkeypatch):
    replayed(tmp_path, Capture("/a", moment(0), article("One")))
    row = at()
    assert hold(row.pk, timezone.now())
    waited = []

    def worker_ends(seconds: float) -> None:
        waited.append(looks())
        if len(waited) == 3:
            Article.objects.filter(pk=row.pk).update(lease_token="", lease_until=None)

    monkeypatch.setattr(replaying, "sleep", worker_ends)
    replayed(tmp_path, Capture("/a", moment(1), article("Two")))
    assert waited == [[(0, "new_version")]] * 3  # nothing was written while it was another's
    assert looks() == [(0, "new_version"), (1, "new_version")]


def test_an_article_that_a_worker_keeps_ends_the_import_with_a_word(tmp_path, monkeypatch):
    replayed(tmp_path, Capture("/a", moment(0), article("One")))
    assert hold(at().pk, timezone.now())
    monkeypatch.setattr(replaying, "PATIENCE", timedelta(0))
    write(tmp_path / "b.warc.gz", Capture("/a", moment(1), article("Two")))
    message, status = refused("importwarc", str(tmp_path / "b.warc.gz"))
    assert (status, "run the import again" in message) == (1, True)


def test_an_import_leaves_no_lease_behind(tmp_path):
    replayed(tmp_path, Capture("/a", moment(0), article()), Capture("/a", moment(1), Page("", 404)))
    assert (at().lease_token, at().lease_until) == ("", None)


def test_a_fault_of_ours_costs_its_capture_only(tmp_path, monkeypatch):
    judged = replaying.judged

    def faulty(row: Article, response: Response, *rest, **more):
        return 1 / 0 if b"Two" in response.body else judged(row, response, *rest, **more)

    monkeypatch.setattr(replaying, "judged", faulty)
    titles = ("One", "Two", "Three")
    write(tmp_path / "a.warc.gz", *(Capture("/a", moment(n), article(t)) for n, t in enumerate(titles)))
    message, status = refused("importwarc", str(tmp_path / "a.warc.gz"))
    assert (status, message) == (1, "newsdiff itself failed on 1 capture; the log says how.")
    assert looks() == [(0, "new_version"), (2, "new_version")]


def test_an_older_extractors_reading_is_renewed_before_a_page_is_compared(tmp_path):
    replayed(tmp_path, Capture("/a", moment(0), article()))
    older = packed_text(Article.objects.get().pk, [["paragraph", "Home Sea"]])
    Version.objects.update(extractor="0/older", digest="1:older", **older)
    page = article()
    page.body += "<!-- other bytes -->"
    replayed(tmp_path, Capture("/a", moment(1), page))
    assert looks() == [(0, "new_version"), (1, "unchanged")]
    assert Version.objects.get().texts == FILLER


# --- the command -----------------------------------------------------------------------------------------
def test_what_cannot_be_read_is_told_and_the_rest_imported(tmp_path):
    path = tmp_path / "cut.warc.gz"
    offsets = write(path, *(Capture("/a", moment(n), article(f"Number {n}")) for n in range(3)))
    path.write_bytes(path.read_bytes()[: offsets[2] + 60])
    (tmp_path / "no.warc").write_text("<html>no archive</html>")
    message, status = refused("importwarc", str(path), str(tmp_path / "no.warc"))
    assert status == 1
    assert f"{path}, byte {offsets[2]:,}: the gzip data end too early" in message
    assert f"{tmp_path / 'no.warc'}, byte 0: not a WARC record" in message
    assert looks() == [(0, "new_version"), (1, "new_version")]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("{tmp}/none.warc",), "is not a file"),
        (("{tmp}",), "is not a file"),
        (("{file}", "--source", "x"), "No source 'x'"),
    ],
)
def test_misuse_is_told_from_failure(tmp_path, arguments, words):
    write(tmp_path / "a.warc.gz")
    given = [text.format(tmp=tmp_path, file=tmp_path / "a.warc.gz") for text in arguments]
    message, status = refused("importwarc", *given)
    assert (status, words in message) == (2, True)


def test_an_import_that_is_killed_goes_on_where_it_stopped(tmp_path, installed):
    """In processes of its own, on SQLite: what is stored is whole looks, and in the end all of them."""
    captures = [
        Capture(
            f"/{path}",
            moment(n),
            article(f"Report {path}, number {n}", *(f"{text} {path}" for text in EDITED[n % 3 :])),
        )
        for path in range(4)
        for n in range(9)
    ]
    write(tmp_path / "a.warc.gz", *captures)
    env = installed(tmp_path / "killed")
    for least in (5, 15):
        with running(
            env, "manage.py", "importwarc", str(tmp_path / "a.warc.gz"), log=tmp_path / "log"
        ) as going:
            until(lambda least=least: stored(tmp_path / "killed") >= least, why=lambda: going.output)
            going.end(signal.SIGKILL)
    assert 15 <= stored(tmp_path / "killed") <= 36
    done = manage(env, "importwarc", str(tmp_path / "a.warc.gz"))
    assert (done.returncode, stored(tmp_path / "killed")) == (0, 36)
    whole = installed(tmp_path / "whole")
    assert manage(whole, "importwarc", str(tmp_path / "a.warc.gz")).returncode == 0
    assert rows(tmp_path / "killed") == rows(tmp_path / "whole")
    laws = manage(env, "doctor").stdout
    assert "Broken" not in laws


def stored(folder: Path) -> int:
    """How many checks a data folder's database holds; 0 while it has no tables."""
    try:
        return int(query(folder, "SELECT count(*) FROM articles_check")[0][0])
    except sqlite3.OperationalError:
        return 0


def rows(folder: Path) -> list[list[tuple]]:
    return [
        query(folder, "SELECT at, outcome, reason, size FROM articles_check ORDER BY at, article_id"),
        query(
            folder,
            "SELECT article_id, number, digest, first_seen_at, last_seen_at FROM articles_version ORDER BY 1, 2",
        ),
        query(
            folder,
            "SELECT seen_at, kinds, weight, added_words FROM articles_change ORDER BY article_id, seen_at",
        ),
        query(
            folder, "SELECT url, last_checked_at, check_count, body_digest FROM articles_article ORDER BY 1"
        ),
    ]


def query(folder: Path, sql: str) -> list[tuple]:
    connection = sqlite3.connect(f"file:{folder / 'newsdiff.sqlite3'}?mode=ro", uri=True)
    try:
        return connection.execute(sql).fetchall()
    finally:
        connection.close()
