"""manage.py verify: packs against today's reading and this installation's records."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction

from articles.core import extraction, fingerprint
from articles.evidence import rereading
from articles.management.commands import verify as command
from articles.models import ArticleURL, Snapshot, Source, Version, packed_text
from tests.cast import make_cast
from tests.crawl import at, follow, look_again
from tests.packs import closed, download, forged, opened
from tests.site import FILLER, article

pytestmark = pytest.mark.django_db(transaction=True)
EDITED = [FILLER[0].replace("Tuesday", "Wednesday"), *FILLER[1:]]
NAME = "https://diff.example.org"


@pytest.fixture
def pack(client, site, settings, tmp_path: Path) -> Path:
    """Of an article that was really read twice."""
    settings.BASE_URL = NAME
    site.pages["/a"] = article("Harbour board meets")
    follow(site, "/a")
    site.pages["/a"] = article("Harbour board meets", *EDITED)
    look_again()
    path = tmp_path / "pack.zip"
    path.write_bytes(download(client, at(site, "/a")))
    return path


def verified(*paths: Path) -> str:
    """What the command prints; all the packs are right."""
    out = StringIO()
    call_command("verify", *map(str, paths), stdout=out)
    return out.getvalue()


def refused(*paths: Path) -> tuple[str, int]:
    """What it prints where one of the packs is not, and the status."""
    out = StringIO()
    with pytest.raises(CommandError) as error:
        call_command("verify", *map(str, paths), stdout=out)
    return f"{out.getvalue()}{error.value}", error.value.returncode


def test_a_pack_agrees_with_its_captures_read_again_and_with_the_records(pack: Path) -> None:
    told = verified(pack)
    for number in (1, 2):
        assert f"The capture of version {number}, read again, gives its text to the letter." in told
        assert f"This installation keeps the very capture of version {number}." in told
        assert f"It keeps version {number} with the same digest, as version {number}." in told
    assert "INTACT" in told
    assert "WRONG" not in told
    assert "\nnote" not in told


def test_a_pack_is_checked_where_its_article_is_not_followed(pack: Path) -> None:
    ArticleURL.objects.all().delete()
    told = verified(pack)
    assert "This installation does not follow the article." in told
    assert "The capture of version 2, read again, gives its text to the letter." in told


def test_a_folder_and_several_packs_at_once(pack: Path, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    files = opened(pack.read_bytes())
    for name, data in files.items():
        (folder / name).write_bytes(data)
    assert verified(pack, folder).count("INTACT") == 2
    (folder / "old.txt").write_text("Nothing of the kind.")
    told, status = refused(pack, folder)
    assert status == 1
    assert "old.txt is not the file of which SHA256SUMS states the digest." in told
    assert told.endswith(f"1 of 2 not as made: {folder}")


def test_what_is_not_there_is_misuse(tmp_path: Path) -> None:
    assert refused(tmp_path / "none.zip") == (f"{tmp_path}/none.zip is not there.", 2)


def rewritten(pack: Path, digest: str = "") -> bytes:
    """The pack with one word of the new text another, in all its files, and all digests made anew."""
    files = opened(pack.read_bytes())
    for name in ("new.txt", "diff.json", "diff.html"):
        files[name] = files[name].replace(b"Wednesday", b"Thursday")
    return forged(files, lambda stated: stated["new"].update({"digest": digest} if digest else {}))


def test_a_text_that_was_rewritten_with_all_digests_is_found_by_its_capture(pack: Path) -> None:
    pack.write_bytes(rewritten(pack))
    told, status = refused(pack)
    assert status == 1
    assert "The text of version 2 has not the digest that is stated of it." in told
    assert "does not give 1 of its passages: “The harbour board met on Thursday evening" in told
    assert "although it is read by what is stated to have read it" in told
    assert "NOT AS IT WAS MADE" in told


def test_captures_that_were_rewritten_with_all_digests_are_found_by_the_records(pack: Path, settings) -> None:
    """As a forger would who runs newsdiff: with a page, a text and digests that agree."""
    snapshot = Snapshot.objects.order_by("pk")[0]
    Snapshot.objects.filter(pk=snapshot.pk).update(blob=Snapshot.objects.order_by("-pk")[0].blob)
    told, status = refused(pack)
    assert status == 1
    assert (
        "keeps no capture of that moment with the digest of version 1, though the pack is said to be" in told
    )
    # under a name that every installation gives itself, it may well be another's
    settings.BASE_URL = "http://127.0.0.1:8000"
    assert "of version 1: it may have looked at other moments" in verified(pack)


def test_a_text_that_is_kept_otherwise_than_packed_is_found(pack: Path) -> None:
    Version.objects.filter(number=2).update(digest="3:" + "0" * 64)
    told, status = refused(pack)
    assert status == 1
    assert "It keeps another text of version 2 than the pack, read by the same program." in told


# --- what is no forgery ----------------------------------------------------------------------------------
def test_a_rule_that_leaves_out_a_passage_is_a_reason_and_no_forgery(pack: Path) -> None:
    Source.objects.update(ignored_texts="*lighthouse*")
    told = verified(pack)
    assert "does not give 1 of its passages: “A report on the lighthouse" in told
    assert "That may be, for it was read by" in told
    call_command("reextract", stdout=StringIO())
    assert "It has read version 1 again since the pack was made, by " in verified(pack)


def test_another_extractor_is_a_reason(pack: Path, monkeypatch) -> None:
    ArticleURL.objects.all().delete()
    pack.write_bytes(rewritten(pack, digest="1:0"))
    told, _ = refused(pack)
    assert "The digest of the text of version 2 was made by other rules than today's." in told
    assert "although it is read by what is stated to have read it" in told
    monkeypatch.setattr(extraction, "EXTRACTOR", "99/other")
    told = verified(pack)
    assert "does not give 1 of its passages: “The harbour board met on Thursday" in told
    assert "and now by 99/other/words-" in told
    assert "Look for them in the capture." in told


def test_texts_that_would_take_hours_to_look_through_are_told_as_such(pack: Path, monkeypatch) -> None:
    """A forger may have put millions of lines against megabytes of capture."""
    ArticleURL.objects.all().delete()
    pack.write_bytes(rewritten(pack, digest="1:0"))
    lines, letters = len(FILLER) + 3, sum(map(len, FILLER))  # headline, standfirst and byline are lines too
    monkeypatch.setattr(rereading, "MOST_LOOKED_THROUGH", lines * letters // 2)
    told = verified(pack)
    assert "version 2, read again, gives another text. It was not looked for its passages" in told
    assert "does not give" not in told
    monkeypatch.setattr(rereading, "MOST_LOOKED_THROUGH", lines * letters * 2)
    assert "does not give 1 of its passages" in refused(pack)[0]


@pytest.mark.parametrize(
    ("mark", "words"),
    [
        ("is_carried_over", "it is as a later template of the site shows it"),
        ("is_kept_as_read", "it was kept as an earlier program had read it"),
    ],
)
def test_a_text_that_is_not_its_captures_is_told_as_such(pack: Path, mark: str, words: str) -> None:
    ArticleURL.objects.all().delete()
    made = opened(rewritten(pack, digest="1:0"))
    pack.write_bytes(forged(made, lambda stated: stated["new"].update({mark: True})))
    told = verified(pack)
    assert "does not give 1 of its passages" in told
    assert f"That may be, for {words}." in told


def test_more_in_the_capture_than_in_the_text_is_no_forgery(client, site, pack: Path) -> None:
    """A passage that the page writes anew at every look is left out of the text."""
    found = at(site, "/a")
    for version in found.versions.with_text():
        lines = [[kind, text] for kind, text in version.paragraphs if text != FILLER[3]]
        Version.objects.filter(pk=version.pk).update(**packed_text(found.pk, lines))
    for version in found.versions.with_text():
        Version.objects.filter(pk=version.pk).update(digest=fingerprint.digest(version.extract))
    pack.write_bytes(download(client, found))
    told = verified(pack)
    assert "gives all of its text, and more" in told
    assert "what a page writes anew at every look is left out of texts" in told


def test_a_page_that_is_read_no_more_is_told(client, tmp_path: Path) -> None:
    """The cast's captures are too short for any extractor, or read otherwise than by hand."""
    path = tmp_path / "pack.zip"
    with transaction.atomic():
        cast = make_cast()
    path.write_bytes(download(client, cast.right_to_left))
    assert "note " in verified(path)


def test_without_a_database_the_rest_is_examined(pack: Path, monkeypatch) -> None:
    monkeypatch.setattr(command, "database_behind", lambda: True)
    told = verified(pack)
    assert "This installation's database is not up to date: it was not asked." in told
    assert "INTACT" in told


def test_a_pack_without_its_statement_is_told_and_nothing_more(pack: Path) -> None:
    files = opened(pack.read_bytes())
    del files["evidence.json"]
    pack.write_bytes(closed(files))
    told, status = refused(pack)
    assert status == 1
    assert "evidence.json is missing." in told
