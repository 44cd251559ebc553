"""Evidence packs: what is in them, that they stay the same, and that nothing in one is altered unnoticed."""

import ast
import hashlib
import json
import re
import shutil
import subprocess
import sys
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from urllib.request import urlopen

import pytest
import time_machine
from django.db import transaction
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from warcio.archiveiterator import ArchiveIterator

from articles import hiding, presentation
from articles.evidence import verify
from articles.hiding import Statement
from articles.ingestion.duplicates import merge
from articles.models import Article, Snapshot, Version
from tests.cast import (
    ARABIC,
    DAY_ONE,
    FERRY,
    FERRY_CORRECTED,
    Cast,
    add_version,
    make_article,
    make_cast,
    storable,
)
from tests.packs import address, check, closed, download, forged, opened

WHY = Statement("privacy", "Asked for by letter.", "A person asked us.")


@pytest.fixture
def cast(db) -> Cast:
    """Articles whose captures have header fields, some of the wire."""
    made = make_cast()
    fields = [
        ["Content-Type", "text/html; charset=utf-8"],
        ["Content-Encoding", "gzip"],
        ["X-Caf\u00e9", "a  b"],
    ]
    Snapshot.objects.update(headers=[*fields, ["Set-Cookie", "a=1"], ["Set-Cookie", "b=2"]])
    return made


@pytest.fixture
def ferry(cast: Cast) -> Article:
    return cast.corrected


# --- as it is downloaded ---------------------------------------------------------------------------------
@pytest.mark.django_db(transaction=True)
def test_a_pack_from_a_running_site_is_checked_by_whatever_there_is(live_server, tmp_path: Path) -> None:
    with transaction.atomic():
        article = make_cast().rewritten
    with urlopen(live_server.url + address(article)) as answer:
        pack, fields = answer.read(), answer.headers
    assert fields["Content-Type"] == "application/zip"
    assert fields["Content-Disposition"] == (
        f'attachment; filename="evidence-article-{article.pk}-versions-1-2.zip"'
    )
    assert fields["X-Robots-Tag"] == "noindex"

    folder = tmp_path / "unpacked"
    folder.mkdir()
    (tmp_path / "pack.zip").write_bytes(pack)
    with BytesIO(pack) as file:
        shutil.unpack_archive(tmp_path / "pack.zip", folder)
        assert set(opened(file.getvalue())) == set(verify.NAMES)

    by_itself = check(folder=folder, program=folder / "verify.py")
    assert (by_itself.returncode, by_itself.stderr) == (0, "")
    assert "INTACT" in by_itself.stdout
    as_a_file = check("../pack.zip", folder=folder, program=folder / "verify.py")
    assert as_a_file.returncode == 0
    assert hashlib.sha256(pack).hexdigest() in as_a_file.stdout

    listed = subprocess.run(["sha256sum", "-c", "SHA256SUMS"], cwd=folder, capture_output=True, text=True)
    assert (listed.returncode, listed.stdout.count(": OK\n")) == (0, 11)
    with (folder / "captures.warc.gz").open("rb") as warc:
        records = [
            (record.rec_headers["WARC-Date"], record.content_stream().read())
            for record in ArchiveIterator(warc, check_digests="raise")
        ]
    captured = article.versions.order_by("number")
    assert records == [
        ("2026-03-02T09:00:00.000000Z", captured[0].snapshot.blob.body),
        ("2026-03-02T11:00:00.000000Z", captured[1].snapshot.blob.body),
    ]


def test_the_checker_is_python_3_8_without_anything_of_ours(client, ferry) -> None:
    source = opened(download(client, ferry))["verify.py"]
    assert source == Path(verify.__file__).read_bytes()
    tree = ast.parse(source, feature_version=(3, 8))
    imported = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    imported |= {one.name for node in ast.walk(tree) if isinstance(node, ast.Import) for one in node.names}
    assert {name.partition(".")[0] for name in imported} <= sys.stdlib_module_names


# --- what is in it ---------------------------------------------------------------------------------------
def test_what_is_stated_is_what_is_stored(client, settings, ferry) -> None:
    files = opened(download(client, ferry))
    stated = json.loads(files["evidence.json"])
    old, new = ferry.versions.filter(number__in=(1, 2)).order_by("number")
    assert (stated["format"], stated["software"]) == (1, f"newsdiff/{settings.VERSION}")
    assert stated["permalink"] == f"{settings.BASE_URL}/articles/{ferry.pk}/diff/1/2/"
    assert stated["article"]["url"] == ferry.url
    assert stated["source"]["name"] == "The Harbour Gazette"
    # the first text was seen until an hour after the first look, the next half an hour later
    change = stated["change"]
    assert (change["after"], change["before"]) == (
        "2026-03-02T10:00:00.000000Z",
        "2026-03-02T10:30:00.000000Z",
    )
    assert (change["added_words"], change["removed_words"]) == (3, 3)  # Nineteen, Nineteen, four
    assert change["passages"] == {"changed": 1}
    assert "number" in [kind["name"] for kind in change["kinds"]]
    assert stated["old"]["last_seen_at"] == change["after"]
    assert "last_seen_at" not in stated["new"]
    for version, side in ((old, stated["old"]), (new, stated["new"])):
        assert side["digest"] == version.digest
        assert side["extractor"] == version.extractor
        assert side["capture"]["sha256"] == hashlib.sha256(version.snapshot.blob.body).hexdigest()
        assert side["capture"]["headers"] == version.snapshot.headers
        assert side["capture"]["status"] == 200
    assert set(stated["files"]) == set(verify.NAMES) - {"evidence.json", "SHA256SUMS"}


def test_the_warc_has_the_header_fields_that_fit_the_body(client, ferry) -> None:
    files = opened(download(client, ferry))
    record = next(iter(ArchiveIterator(BytesIO(files["captures.warc.gz"]))))
    body = ferry.versions.get(number=1).snapshot.blob.body
    assert record.rec_headers["WARC-Target-URI"] == ferry.url
    assert record.http_headers.get_statuscode() == "200"
    assert record.http_headers.headers == [
        ("Content-Type", "text/html; charset=utf-8"),
        ("X-Caf\u00e9", "a  b"),
        ("Set-Cookie", "a=1"),
        ("Set-Cookie", "b=2"),
        ("Content-Length", str(len(body))),
    ]


def test_the_texts_and_the_comparison_are_those_of_the_api(client, ferry) -> None:
    files = opened(download(client, ferry, 1, 3))
    said = client.get(f"/api/v1/articles/{ferry.pk}/diff/1/3").json()
    assert said.pop("evidence").endswith(address(ferry, 1, 3))
    assert json.loads(files["diff.json"]) == said
    head = "Twelve hurt as ferry runs aground off Brightwater"
    assert files["old.txt"].decode() == "\n\n".join([head, *FERRY]) + "\n"
    assert files["new.txt"].decode().endswith(f"\n\n{FERRY_CORRECTED[-1][1]}\n")
    stated = json.loads(files["evidence.json"])
    assert stated["change"]["versions_between"] == [2]
    # the older text is no longer version 3's neighbour: it was seen last before version 2
    assert stated["change"]["after"] == "2026-03-02T10:00:00.000000Z"


def test_a_page_of_the_comparison_loads_nothing_and_runs_nothing(client, cast) -> None:
    article = make_article(
        cast.source, "<script>alert(1)</script>", ["<img src=x onerror=alert(1)> was here."]
    )
    add_version(
        article, ["“<b>Bold</b>” & </style><script src=//evil.example></script>"], at=DAY_ONE + timedelta(1)
    )
    page = opened(download(client, article))["diff.html"].decode()
    assert "<script" not in page
    assert "<img" not in page
    assert "&lt;script&gt;" in page
    assert "default-src 'none'" in page
    assert page.count("</style>") == 1


def test_what_no_file_can_hold_is_replaced_and_the_pack_agrees(client, cast, tmp_path) -> None:
    odd = storable("A \0 bell \x07, half a pair \ud83d, \uffff and \u2028 a line.")
    head = odd.replace("\ud83d", "")  # which no column of text takes, but packed paragraphs do
    article = make_article(cast.source, f"Odd {head}", [odd, "Plain."], byline=head)
    add_version(article, [f"{odd} More.", "Plain."], title="Even", at=DAY_ONE + timedelta(hours=1))
    pack = download(client, article)
    (tmp_path / "pack.zip").write_bytes(pack)
    assert verify.examine(str(tmp_path / "pack.zip")).wrong == []
    assert "bell \ufffd," in opened(pack)["old.txt"].decode()


def test_versions_are_cited_each_by_its_capture(client, cast) -> None:
    article = make_article(cast.source, "100% of {cats} & dogs_", ARABIC, byline="By A. \\ O’Neill")
    Version.objects.filter(article=article).update(published_claim=DAY_ONE - timedelta(days=31))
    add_version(article, ARABIC[:2], title="Two\nlines", at=DAY_ONE + timedelta(days=1))
    files = opened(download(client, article))
    words, bibtex = files["citation.txt"].decode(), files["citation.bib"].decode()
    digests = [one.snapshot.blob_id for one in article.versions.order_by("number")]
    assert words.startswith(
        "By A. \\ O’Neill: “100% of {cats} & dogs_”, The Harbour Gazette, published 2026-01-30"
    )
    assert all(digest in words and digest in bibtex for digest in digests)
    assert "“Two lines”" in words
    assert r"title = {{100\% of \textbraceleft{}cats\textbraceright{} \& dogs\_}}" in bibtex
    assert r"author = {{By A. \textbackslash{} O’Neill}}" in bibtex
    assert bibtex.count("{") == bibtex.count("}")
    assert "urldate = {2026-03-02}" in bibtex
    first, second = json.loads(files["citation.json"])
    assert first["author"] == [{"literal": "By A. \\ O’Neill"}]
    assert first["issued"] == {"date-parts": [[2026, 1, 30]]}
    assert (first["accessed"], second["accessed"]) == (
        {"date-parts": [[2026, 3, 2]]},
        {"date-parts": [[2026, 3, 3]]},
    )
    assert (first["version"], second["version"]) == ("1", "2")
    assert "issued" not in second


def test_it_says_to_the_second_when_the_text_was_changed_and_captured(client, ferry) -> None:
    files = opened(download(client, ferry))
    fell = "between 2 Mar 2026, 10:00:00 and 10:30:00 UTC"
    assert f"Changed   {fell}\n" in files["README.txt"].decode()
    page = re.sub(r"<[^>]+>", "", files["diff.html"].decode())
    assert f"The text was changed {fell}." in page
    assert "first seen 2 Mar 2026, 10:30:00 UTC; page captured 2 Mar 2026, 10:30:00 UTC" in page


def test_it_says_where_a_text_is_not_quite_what_its_capture_shows(client, ferry) -> None:
    plain = opened(download(client, ferry))["README.txt"].decode()
    assert "later template" not in plain
    ferry.versions.filter(number=1).update(is_carried_over=True)
    ferry.versions.filter(number=2).update(is_kept_as_read=True)
    told = " ".join(opened(download(client, ferry))["README.txt"].decode().split())
    assert "The text of version 1 is as a later template of the site shows it" in told
    assert "The text of version 2 was read by an earlier program" in told


def test_texts_too_large_to_be_compared_by_words_have_a_pack_too(
    client, monkeypatch, tmp_path, ferry
) -> None:
    monkeypatch.setattr(presentation, "LARGE", 20)
    for a, b in ((1, 2), (1, 3)):
        pack = download(client, ferry, a, b)
        stated = json.loads(opened(pack)["evidence.json"])
        assert stated["change"]["is_compared_by_whole_paragraphs"]
        assert bool(stated["change"]["kinds"]) == (b == 2)  # of one step alone it is recorded
        (tmp_path / "pack.zip").write_bytes(pack)
        assert verify.examine(str(tmp_path / "pack.zip")).wrong == []


def test_one_capture_of_both_versions_is_in_it_once(client, tmp_path, ferry) -> None:
    first = ferry.versions.get(number=1)
    ferry.versions.filter(number=2).update(snapshot=first.snapshot)
    pack = download(client, ferry)
    assert len(list(ArchiveIterator(BytesIO(opened(pack)["captures.warc.gz"])))) == 1
    (tmp_path / "pack.zip").write_bytes(pack)
    assert verify.examine(str(tmp_path / "pack.zip")).wrong == []


# --- it stays the same -----------------------------------------------------------------------------------
def test_the_same_records_give_the_same_bytes_whenever_and_for_whom(client, ferry) -> None:
    first = client.get(address(ferry))
    with time_machine.travel(timezone.now() + timedelta(days=700)):
        Version.objects.filter(article=ferry, number=3).update(last_seen_at=timezone.now())
        add_version(ferry, ["The ferry floats again."], title="Afloat", at=timezone.now())
        later = client.get(address(ferry), headers={"Accept-Language": "ar"})
    assert later.content == first.content
    assert later["ETag"] == first["ETag"]


def test_looks_at_the_newest_version_do_not_alter_its_pack(client, cast) -> None:
    article = cast.rewritten
    first = download(client, article)
    article.versions.filter(number=2).update(last_seen_at=timezone.now())
    Article.objects.filter(pk=article.pk).update(check_count=99, last_checked_at=timezone.now())
    assert download(client, article) == first


def test_who_has_it_is_told_so_until_something_in_it_is_another(client, ferry) -> None:
    etag = client.get(address(ferry))["ETag"]
    again = client.get(address(ferry), headers={"If-None-Match": etag})
    assert (again.status_code, again.content) == (304, b"")
    Snapshot.objects.filter(versions__article=ferry).update(status=203)
    assert client.get(address(ferry), headers={"If-None-Match": etag}).status_code == 200


# --- who gets none ---------------------------------------------------------------------------------------
def test_addresses_that_are_no_pair_of_versions(client, ferry) -> None:
    turned = client.get(address(ferry, 3, 1))
    assert (turned.status_code, turned["Location"]) == (302, address(ferry, 1, 3))
    assert client.get(address(ferry, 2, 2)).status_code == 404
    unknown = client.get(address(ferry, 1, 9))
    assert unknown.status_code == 404
    assert f"/articles/{ferry.pk}/versions/3/" in unknown.content.decode()
    assert client.get(address(ferry, 0, 1)).status_code == 404
    assert client.post(address(ferry)).status_code == 405


def test_nothing_of_what_is_hidden_is_packed(client, cast) -> None:
    ferry, bridge = cast.corrected, cast.rewritten
    assert client.get(address(cast.hidden)).status_code == 410
    [hidden] = hiding.hide_versions([ferry.versions.select_related("article").get(number=2)], WHY, None)
    assert client.get(address(ferry, 1, 2)).status_code == 410
    assert (
        json.loads(opened(download(client, ferry, 1, 3))["evidence.json"])["change"]["versions_between"] == []
    )
    hiding.lift([hidden], None)
    hiding.hide_passage(ferry, "Ines Almqvist", WHY, None)
    refused = client.get(address(ferry, 1, 3))
    assert refused.status_code == 410
    assert "A person asked us." in refused.content.decode()
    # what was merged into it is the same piece
    merge(ferry.pk, [bridge.pk], timezone.now())
    assert client.get(address(bridge)).status_code == 410


def test_the_diff_leads_to_it_where_there_is_one(client, ferry) -> None:
    page = f"/articles/{ferry.pk}/diff"
    api = f"/api/v1/articles/{ferry.pk}/diff"
    link = f'href="{address(ferry)}"'
    assert link in client.get(f"{page}/1/2/").content.decode()
    assert client.get(f"{api}/1/2").json()["evidence"].endswith(address(ferry))
    assert "evidence.zip" not in client.get(f"{page}/2/2/").content.decode()
    assert client.get(f"{api}/2/2").json()["evidence"] is None
    hiding.hide_passage(ferry, "Ines Almqvist", WHY, None)
    assert "evidence.zip" not in client.get(f"{page}/1/2/").content.decode()
    assert client.get(f"{api}/1/2").json()["evidence"] is None


# --- nothing is altered unnoticed ------------------------------------------------------------------------
def test_one_byte_of_any_file_is_noticed(client, ferry, tmp_path) -> None:
    files = opened(download(client, ferry))
    path = tmp_path / "pack.zip"

    @given(st.data())
    def flipped(data: st.DataObject) -> None:
        name = data.draw(st.sampled_from(verify.NAMES))
        place = data.draw(st.integers(0, len(files[name]) - 1))
        altered = bytearray(files[name])
        altered[place] ^= data.draw(st.integers(1, 255))
        path.write_bytes(closed(files | {name: bytes(altered)}))
        assert verify.examine(str(path)).wrong

    flipped()


def test_a_byte_of_the_pack_alters_no_file_unnoticed(client, ferry, tmp_path) -> None:
    pack = download(client, ferry)
    files, path = opened(pack), tmp_path / "pack.zip"

    @given(st.integers(0, len(pack) - 1), st.integers(1, 255))
    def flipped(place: int, by: int) -> None:
        altered = bytearray(pack)
        altered[place] ^= by
        path.write_bytes(altered)
        try:
            report = verify.examine(str(path))
        except verify.NotAPack:
            return
        assert report.wrong or opened(bytes(altered)) == files

    flipped()


@pytest.mark.parametrize("name", verify.NAMES)
def test_a_missing_file_is_noticed(client, ferry, tmp_path, name) -> None:
    files = opened(download(client, ferry))
    del files[name]
    path = tmp_path / "pack.zip"
    path.write_bytes(closed(files))
    assert f"{name} is missing." in verify.examine(str(path)).wrong


def words_of_old(stated: dict) -> None:
    stated["old"]["title"] = "Nobody hurt"


@pytest.mark.parametrize(
    ("alter", "found"),
    [
        (words_of_old, "old.txt is not the old text"),
        (lambda stated: stated["new"].update(number=3), "of other versions"),
        (
            lambda stated: stated["old"]["capture"].update(fetched_at="2026-03-02T08:00:00.000000Z"),
            "its time",
        ),
        (lambda stated: stated["old"]["capture"].update(url="https://elsewhere.example/"), "its address"),
        (lambda stated: stated["new"]["capture"].update(sha256="0" * 64), "its body"),
        (lambda stated: stated["new"]["capture"].update(status=404), "its status"),
        (lambda stated: stated["new"]["capture"]["headers"].pop(), "its header fields"),
        (lambda stated: stated["new"]["capture"].update(record_id="<urn:uuid:0>"), "by the name"),
        (lambda stated: stated.update(format=2), "a format that this program does not know"),
    ],
)
def test_parts_that_contradict_each_other_are_noticed_whatever_the_digests(
    client, ferry, tmp_path, alter, found
) -> None:
    path = tmp_path / "pack.zip"
    path.write_bytes(forged(opened(download(client, ferry)), alter))
    [wrong] = verify.examine(str(path)).wrong
    assert found in wrong


def test_texts_that_the_comparison_does_not_give_are_noticed(client, ferry, tmp_path) -> None:
    files = opened(download(client, ferry))
    files["new.txt"] = files["new.txt"].replace(b"Nineteen", b"Ninety")
    path = tmp_path / "pack.zip"
    path.write_bytes(forged(files))
    checked = check(path, folder=tmp_path)
    assert checked.returncode == 1
    assert "NOT AS IT WAS MADE" in checked.stdout
    assert "new.txt is not the new text" in checked.stdout


texts = st.lists(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1), max_size=6)


@given(texts, texts)
def test_a_comparison_gives_back_both_texts(old: list[str], new: list[str]) -> None:
    """By the rows that pages are made of, and by whole paragraphs."""
    from articles.core import diffing

    for compared in (diffing.diff, presentation.whole_paragraphs):
        rows = [
            {
                "state": row.state.value,
                "old": list(row.old),
                "new": list(row.new),
                "segments": list(map(list, row.segments)),
            }
            for row in compared(old, new).rows
        ]
        assert verify.paragraphs({"rows": rows}, "old") == old
        assert verify.paragraphs({"rows": rows}, "new") == new


def test_a_folder_with_notes_beside_the_pack_is_checked_and_the_notes_named(client, ferry, tmp_path) -> None:
    for name, data in opened(download(client, ferry)).items():
        (tmp_path / name).write_bytes(data)
    (tmp_path / "my notes.odt").write_text("Ask the editor.")
    checked = check(folder=tmp_path, program=tmp_path / "verify.py")
    assert checked.returncode == 0
    assert "not looked at: my notes.odt" in checked.stdout


def test_a_path_that_is_not_there_is_misuse(tmp_path) -> None:
    missing = check(tmp_path / "none.zip", folder=tmp_path)
    assert (missing.returncode, missing.stdout) == (2, "")
    assert "cannot be read: No such file" in missing.stderr
    assert check("a", "b", folder=tmp_path).returncode == 2
    asked = check("--help", folder=tmp_path)
    assert (asked.returncode, "Exit status" in asked.stderr) == (0, True)
