"""Evidence packs made by somebody who means harm to whoever checks them: each ends in words, in little memory."""

import gzip
import json
import os
import warnings
import zipfile
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from hypothesis import given
from hypothesis import strategies as st

from articles.evidence import verify
from tests.cast import make_cast
from tests.packs import check, closed, download, forged, opened

LONG = "x" * 50_000_000


@pytest.fixture
def files(client, db) -> dict[str, bytes]:
    return opened(download(client, make_cast().corrected))


def entries(*names: str, method: int = zipfile.ZIP_DEFLATED, data: bytes = b"") -> bytes:
    out = BytesIO()
    with warnings.catch_warnings(action="ignore"), zipfile.ZipFile(out, "w", method) as archive:
        for name in names:
            archive.writestr(name, data)
    return out.getvalue()


def bomb() -> bytes:
    """A gigabyte of zeros in a megabyte."""
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("old.txt", "w") as entry:
        for _ in range(1024):
            entry.write(bytes(1024 * 1024))
    return out.getvalue()


def encrypted() -> bytes:
    made = bytearray(entries("old.txt", data=b"text"))
    made[6] |= 1
    made[made.index(b"PK\1\2") + 8] |= 1
    return bytes(made)


def lying_about_its_size() -> bytes:
    made = bytearray(entries("old.txt", method=zipfile.ZIP_STORED, data=b"text"))
    at = made.index(b"PK\1\2")
    made[at + 20 : at + 28] = b"\xff\xff\xff\x7f" * 2
    return bytes(made)


NO_PACKS = {
    "nothing": lambda: b"",
    "a page": lambda: b"<html>" * 1000,
    "names that leave the folder": lambda: entries("../../etc/passwd"),
    "an absolute name": lambda: entries("/tmp/verify.py"),
    "a name of controls": lambda: entries("\x1b]0;owned\x07"),
    "a file twice": lambda: entries("old.txt", "old.txt"),
    "a hundred thousand files": lambda: entries(*(f"{n}.txt" for n in range(100_000))),
    "another packing": lambda: entries("old.txt", method=zipfile.ZIP_BZIP2),
    "a secret": encrypted,
    "a size that is none": lying_about_its_size,
    "a bomb": bomb,
    "zip64": lambda: entries("old.txt")[:-22] + b"PK\6\7" + bytes(16) + entries("old.txt")[-22:],
    "a comment": lambda: entries("old.txt")[:-2] + b"\5\0hello",
}


@pytest.mark.parametrize("what", NO_PACKS)
def test_what_is_no_pack_is_refused_in_words_and_nothing_is_written(tmp_path: Path, what: str) -> None:
    path = tmp_path / "pack.zip"
    path.write_bytes(NO_PACKS[what]())
    checked = check(path, folder=tmp_path)
    assert checked.returncode == 1
    assert "is no evidence pack: " in checked.stderr
    assert "Traceback" not in checked.stderr
    assert "\x1b" not in checked.stderr
    assert os.listdir(tmp_path) == ["pack.zip"]


def altered(name: str, data: bytes | str) -> Any:
    return lambda files: files | {name: data.encode() if isinstance(data, str) else data}


def huge_warc() -> bytes:
    return gzip.compress(b"WARC/1.1\r\n" + bytes(60_000_000), compresslevel=1)


BROKEN = {
    "nested": (altered("evidence.json", "[" * 200_000), "cannot be read as JSON"),
    "a number without end": (
        altered("evidence.json", '{"format": ' + "1" * 5_000_000 + "}"),
        "cannot be read",
    ),
    "no object": (altered("evidence.json", "[1]"), "it is no object"),
    "no UTF-8": (altered("evidence.json", b"\xff\xfe{}"), "cannot be read as JSON"),
    "a long comparison": (altered("diff.json", f'{{"rows": ["{LONG}"]}}'), "longer than 24 MB"),
    "a bomb of captures": (altered("captures.warc.gz", huge_warc()), "unpacks to more than 24 MB"),
    "captures cut short": (altered("captures.warc.gz", gzip.compress(b"WARC/1.1")[:-4]), "is cut short"),
    "other captures": (altered("captures.warc.gz", gzip.compress(b"<html>")), "is no WARC file"),
    "empty members without end": (
        altered("captures.warc.gz", gzip.compress(b"", mtime=0) * 100_000),
        "has no capture of the old version",
    ),
    "a record longer than the file": (
        altered("captures.warc.gz", gzip.compress(b"WARC/1.1\r\nContent-Length: 99999999999\r\n\r\nx")),
        "longer or shorter than it states",
    ),
}


@pytest.mark.parametrize("what", BROKEN)
def test_what_a_pack_holds_is_read_within_bounds(tmp_path: Path, files, what: str) -> None:
    alter, words = BROKEN[what]
    path = tmp_path / "pack.zip"
    made = alter(files)
    try:
        path.write_bytes(forged(made))
    except (ValueError, TypeError):  # no JSON whose digests could be made anew
        path.write_bytes(closed(made | {verify.SUMS: verify.sums(made)}))
    checked = check(path, folder=tmp_path)
    assert (checked.returncode, checked.stderr) == (1, "")
    assert words in checked.stdout


def test_words_of_a_pack_do_not_reach_the_terminal_as_commands(tmp_path: Path, files) -> None:
    path = tmp_path / "pack.zip"
    path.write_bytes(
        forged(files, lambda stated: stated["old"]["capture"].update(fetched_at="\x1b[2J\u202e"))
    )
    checked = check(path, folder=tmp_path)
    assert checked.returncode == 1
    assert not {"\x1b", "\u202e"} & set(checked.stdout + checked.stderr)


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


def places(found: Any, way: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The ways to all values in what was JSON."""
    pairs = found.items() if isinstance(found, dict) else enumerate(found) if isinstance(found, list) else ()
    return [one for key, inner in pairs for one in [(*way, key), *places(inner, (*way, key))]]


@pytest.mark.parametrize("name", ["evidence.json", "diff.json"])
def test_whatever_stands_in_its_json_ends_in_words(tmp_path: Path, files, name: str) -> None:
    path = tmp_path / "pack.zip"
    ways = places(json.loads(files[name]))

    @given(st.sampled_from(ways), values)
    def replaced(way: tuple[Any, ...], value: Any) -> None:
        whole = json.loads(files[name])
        inner = whole
        for key in way[:-1]:
            inner = inner[key]
        inner[way[-1]] = value
        made = files | {name: json.dumps(whole).encode()}
        path.write_bytes(closed(made | {verify.SUMS: verify.sums(made)}))
        report = verify.examine(str(path))
        assert all(isinstance(line, str) for line in verify.told(report))

    replaced()


@pytest.mark.parametrize("what", ["a bomb", "names that leave the folder", "nothing"])
def test_the_command_refuses_the_same(db, tmp_path: Path, capsys, what: str) -> None:
    path = tmp_path / "pack.zip"
    path.write_bytes(NO_PACKS[what]())
    with pytest.raises(CommandError) as refused:
        call_command("verify", str(path))
    assert refused.value.returncode == 1
    assert "This is no evidence pack: " in capsys.readouterr().out
    assert os.listdir(tmp_path) == ["pack.zip"]
