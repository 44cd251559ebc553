"""Reading WARC files: what is whole is read, what is not is told with its place; bodies as they were sent."""

import gzip
import tracemalloc
import zlib
from collections import Counter
from contextlib import suppress
from itertools import pairwise
from pathlib import Path

import brotli
import pytest
from backports import zstd
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from articles.archives import files
from articles.archives.files import Damage, DamagedRecord, Head, Record, heads
from articles.archives.shelf import answer, unchunked
from articles.core.http import Response
from articles.fetching import FetchError
from tests.site import Page
from tests.warcs import BASE, Capture, moment, write

CAPTURES = [Capture(f"/{n}", moment(n), Page(f"<p>Page {n} {'and so on ' * 900 * n}</p>")) for n in range(5)]


def found(path: Path) -> tuple[list[int], list[str]]:
    """Offsets of the captures read, and what was told of damaged places."""
    seen = list(heads(path))
    captures = [head.offset for head in seen if isinstance(head, Head) and head.kind == "response"]
    return captures, [str(damage) for damage in seen if isinstance(damage, Damage)]


def first(path: Path) -> Record:
    """The first capture of a file."""
    (head, *_) = (head for head in heads(path) if isinstance(head, Head) and head.kind == "response")
    return Record(path.open("rb"), head.offset)


def loaded(tmp_path: Path, page: Page, **fields: str) -> Response:
    """A page as it comes back out of a file."""
    write(tmp_path / "one.warc.gz", Capture("/a", moment(0), page, fields=fields))
    return answer(first(tmp_path / "one.warc.gz"), BASE + "/a")


@pytest.mark.parametrize("gzipped", [True, False])
def test_every_record_of_a_whole_file_is_found_where_it_lies(tmp_path, gzipped):
    path = tmp_path / "a.warc"
    offsets = write(path, *CAPTURES, gzipped=gzipped)
    seen = [head for head in heads(path) if isinstance(head, Head) and head.kind == "response"]
    # warcio counts the line ends after a plain record to it; the reader passes over them
    assert [path.read_bytes()[head.offset :].lstrip()[:2] for head in seen] == [
        path.read_bytes()[offset:][:2] for offset in offsets
    ]
    assert [head.fields["warc-target-uri"] for head in seen] == [capture.url for capture in CAPTURES]
    assert {head.status for head in seen} == {200}
    assert ("Content-Type", "text/html; charset=utf-8") in seen[0].http


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(share=st.floats(0, 1), gzipped=st.booleans())
def test_a_file_cut_anywhere_gives_the_records_before_the_cut_and_tells_of_it(tmp_path, share, gzipped):
    path = tmp_path / "a.warc"
    offsets = write(path, *CAPTURES, gzipped=gzipped)
    whole = path.read_bytes()
    cut = round(share * len(whole))
    path.write_bytes(whole[:cut])
    captures, damages = found(path)
    borders = [0, *offsets, len(whole)]
    ended = [end for _, end in pairwise(offsets)] + [len(whole)]
    spare = 0 if gzipped else 4  # the two line ends after a plain record
    assert len(captures) == sum(end - spare <= cut for end in ended)
    at_a_border = any(border - spare <= cut <= border for border in borders)
    assert (damages == []) == at_a_border
    assert all(str(path) in damage for damage in damages)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    flips=st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.binary(max_size=30)), max_size=5),
    gzipped=st.booleans(),
)
def test_no_damage_is_more_than_told(tmp_path, flips, gzipped):
    path = tmp_path / "a.warc"
    write(path, *CAPTURES, gzipped=gzipped)
    damaged = bytearray(path.read_bytes())
    for share, data in flips:
        start = int(share * len(damaged))
        damaged[start : start + len(data)] = data
    path.write_bytes(damaged)
    for head in heads(path):
        if isinstance(head, Head) and head.kind == "response":
            with path.open("rb") as file, suppress(FetchError):
                answer(Record(file, head.offset), BASE)


@pytest.mark.parametrize("gzipped", [True, False])
def test_garbage_between_records_costs_nothing_but_itself(tmp_path, gzipped):
    path = tmp_path / "a.warc"
    offsets = write(path, *CAPTURES, gzipped=gzipped)
    whole = path.read_bytes()
    path.write_bytes(whole[: offsets[2]] + b"\x1f\x8b\x08 no gzip \xff" * 40 + whole[offsets[2] :])
    captures, damages = found(path)
    assert len(captures) == 5
    (damage,) = damages
    assert f"{path}, byte {offsets[2]:,}:" in damage or f"{path}, byte {offsets[2] - 4:,}:" in damage


def test_a_damaged_record_costs_nothing_but_itself(tmp_path):
    path = tmp_path / "a.warc.gz"
    offsets = write(path, *CAPTURES)
    whole = bytearray(path.read_bytes())
    whole[offsets[3] + 40 : offsets[3] + 60] = b"\0" * 20
    path.write_bytes(whole)
    captures, (damage,) = found(path)
    assert captures == [offset for offset in offsets if offset != offsets[3]]
    assert damage.startswith(f"{path}, byte {offsets[3]:,}:")


@pytest.mark.parametrize("content", [b"hello\n", b"\x89PNG\r\n\x1a\n" + bytes(3000), b"<html>" * 9000])
def test_what_is_no_warc_is_told_so(tmp_path, content):
    path = tmp_path / "picture.warc"
    path.write_bytes(content)
    captures, damages = found(path)
    assert captures == []
    assert damages[0].startswith(f"{path}, byte 0:")


def test_a_file_zipped_in_one_piece_is_told_how_to_mend(tmp_path):
    path = tmp_path / "a.warc.gz"
    write(path, *CAPTURES, gzipped=False)
    path.write_bytes(gzip.compress(path.read_bytes()))
    assert "warcio recompress" in found(path)[1][0]


def test_a_head_without_end_takes_no_memory(tmp_path):
    path = tmp_path / "bomb.warc.gz"
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    bomb = packer.compress(b"WARC/1.1\r\nWARC-Type: ") + b"".join(
        packer.compress(b"a" * 1_000_000) for _ in range(200)
    )
    path.write_bytes(bomb + packer.flush())
    tracemalloc.start()
    try:
        _, (damage,) = found(path)
        assert tracemalloc.get_traced_memory()[1] < 5_000_000
    finally:
        tracemalloc.stop()
    assert "a line without end" in damage


# --- what damage may cost ----------------------------------------------------------------------------
@pytest.fixture
def work(monkeypatch) -> Counter[str]:
    """Counts what reading does: bytes given, lines, and steps of reading or unzipping."""
    done: Counter[str] = Counter()
    read, line, more = files._Bytes.read, files._Bytes.line, files._Bytes._more

    def counted_read(self, most):
        done["bytes"] += len(data := read(self, most))
        return data

    def counted_line(self):
        done["lines"] += 1
        return line(self)

    def counted_more(self):
        done["steps"] += 1
        return more(self)

    monkeypatch.setattr(files._Bytes, "read", counted_read)
    monkeypatch.setattr(files._Bytes, "line", counted_line)
    monkeypatch.setattr(files._Bytes, "_more", counted_more)
    return done


def member(data: bytes) -> bytes:
    """A gzip member."""
    return gzip.compress(data, mtime=0)


HEAD = b"WARC/1.1\r\nWARC-Type: %s\r\nWARC-Target-URI: https://a.example/\r\nContent-Length: %d\r\n\r\n"
HOSTILE = {
    "beginnings": (b"WARC/1.0\n", 10_000),
    "beginnings that go on": (b"WARC/1.0\r\na: b\r\n", 5_000),
    "gzip magics": (b"\x1f\x8b\x08", 30_000),
    "heads without end": (member(b"WARC/1.0\r\n" + b"a: b\r\n" * 170_000), 100),
    "heads of short lines": (member(b"WARC/1.0\r\n" + b"a\n" * 500_000), 100),
    "HTTP heads without end": (member(HEAD % (b"response", 10**6) + b"HTTP/1.1 200 OK\r\n" + b"a: b\r\n" * 10**5), 100),
    "records longer than the file": (HEAD % (b"metadata", 10**9), 2_000),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_looking_for_the_next_record_costs_no_more_than_a_little_for_each_beginning(tmp_path, work, name):
    piece, times = HOSTILE[name]
    path = tmp_path / "a.warc"
    path.write_bytes(piece * times + member(HEAD % (b"metadata", 3) + b"abc"))
    seen = list(heads(path))
    assert isinstance(seen[-1], Head)
    assert seen[-1].offset == len(piece) * times
    assert {type(one) for one in seen[:-1]} == {Damage}
    first_look = 20_000  # lines; the first record is read as one that is likely to be whole
    assert work["lines"] <= first_look + 2 * times * files.TRYING.head // files.LEAST_LINE
    assert work["bytes"] <= files.READING.head * 2 + 2 * times * files.TRYING.head
    assert work["steps"] <= 1_000 + 40 * times


def test_lines_that_begin_a_record_are_each_read_a_few_times_at_most(tmp_path, work):
    path = tmp_path / "a.warc"
    path.write_bytes(b"WARC/1.0\n" * 10_000)
    (damage,) = heads(path)
    assert isinstance(damage, Damage)
    assert work["lines"] <= 3 * 10_000


@pytest.mark.parametrize("gzipped", [True, False])
def test_blank_lines_without_end_are_damage(tmp_path, work, gzipped):
    path = tmp_path / "a.warc"
    blanks, record = b"\r\n" * 500_000, HEAD % (b"metadata", 3) + b"abc"
    damaged = member(blanks) + member(record) if gzipped else blanks + record
    path.write_bytes(damaged)
    damage, head = heads(path)
    assert str(damage) == f"{path}, byte 0: blank lines instead of a record"
    assert isinstance(head, Head)
    assert work["lines"] < 100


def test_a_few_blank_lines_between_records_are_none(tmp_path):
    path = tmp_path / "a.warc"
    path.write_bytes((HEAD % (b"metadata", 3) + b"abc" + b"\r\n" * 10) * 3)
    assert [type(one) for one in heads(path)] == [Head] * 3


def test_records_within_records_are_not_read_in_vain_for_ever(tmp_path, work, monkeypatch):
    """Gzip members each in the first block of the one before; all run into one broken end."""
    monkeypatch.setattr(files, "MOST_IN_VAIN", 1_000_000)
    beginning, head = member(b"")[:10], HEAD % (b"metadata", 10**9)
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    end = packer.compress(bytes(1_000_000)) + packer.flush(zlib.Z_SYNC_FLUSH) + b"\xff" * 9
    blocks = b""
    for _ in range(100):
        blocks = beginning + _stored(head + blocks)
    path = tmp_path / "a.warc.gz"
    path.write_bytes(blocks + end)
    damages = list(heads(path))
    assert {type(one) for one in damages} == {Damage}
    assert len(damages) > 1
    assert work["bytes"] <= 5_000_000


def _stored(data: bytes) -> bytes:
    """A block of deflate that holds data as they are (RFC 1951, 3.2.4)."""
    return b"\0" + len(data).to_bytes(2, "little") + (len(data) ^ 0xFFFF).to_bytes(2, "little") + data


# --- bodies -------------------------------------------------------------------------------------------
TEXT = b"<html><p>" + b"Word for word. " * 4000 + b"</p></html>"
CODINGS = {
    "gzip": gzip.compress(TEXT),
    "br": brotli.compress(TEXT),
    "zstd": zstd.compress(TEXT),
    "deflate": zlib.compress(TEXT),
}


def chunked(data: bytes, size: int = 1000) -> bytes:
    """The data in chunks (RFC 9112, 7.1)."""
    pieces = [data[start : start + size] for start in range(0, len(data), size)]
    return b"".join(b"%x;name=value\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"


@pytest.mark.parametrize("coding", CODINGS)
@pytest.mark.parametrize("in_chunks", [True, False])
def test_codings_are_undone(tmp_path, coding, in_chunks):
    headers = {"Content-Encoding": coding}
    body = CODINGS[coding]
    if in_chunks:
        headers["Transfer-Encoding"] = "chunked"
        body = chunked(body)
    assert loaded(tmp_path, Page(body, headers=headers)).body == TEXT


@pytest.mark.parametrize("headers", [{"Content-Encoding": "gzip"}, {"Transfer-Encoding": "chunked"}])
def test_a_coding_that_the_archive_has_undone_already_is_let_be(tmp_path, headers):
    assert loaded(tmp_path, Page(TEXT, headers=headers)).body == TEXT


@pytest.mark.parametrize(
    ("page", "why"),
    [
        (Page(b"x" * 5_000_001), "more than 5 MB"),
        (Page(b"x" * 11_000_000), "more than 5 MB"),
        (Page(gzip.compress(bytes(60_000_000)), headers={"Content-Encoding": "gzip"}), "more than 5 MB"),
        (Page(CODINGS["gzip"][:-50], headers={"Content-Encoding": "gzip"}), "cut short"),
        (Page(b"not br", headers={"Content-Encoding": "br"}), "broken br"),
        (Page(chunked(TEXT)[:-500], headers={"Transfer-Encoding": "chunked"}), "cut short"),
        (Page(TEXT, headers={"Content-Length": str(len(TEXT) + 1)}), "cut short"),
    ],
)
def test_a_body_that_a_live_look_would_not_take_is_an_error(tmp_path, page, why):
    with pytest.raises(FetchError, match=why):
        loaded(tmp_path, page)


def test_a_bomb_takes_no_memory(tmp_path):
    bomb = gzip.compress(bytes(400_000_000))
    write(tmp_path / "a.warc.gz", Capture("/a", moment(0), Page(bomb, headers={"Content-Encoding": "gzip"})))
    record = first(tmp_path / "a.warc.gz")
    tracemalloc.start()
    try:
        with pytest.raises(FetchError, match="more than 5 MB"):
            answer(record, BASE + "/a")
        assert tracemalloc.get_traced_memory()[1] < 16_000_000
    finally:
        tracemalloc.stop()


def test_only_a_2xx_has_a_body(tmp_path):
    assert loaded(tmp_path, Page(b"Not found", 404)) == Response(
        BASE + "/a", 404, (("Content-Type", "text/html; charset=utf-8"),), b""
    )


@given(st.binary(max_size=5000), st.integers(1, 700))
def test_chunks_are_undone_whatever_the_body(body, size):
    assert unchunked(chunked(body, size)) == body


def test_reading_where_no_record_is_says_so(tmp_path):
    write(tmp_path / "a.warc.gz", *CAPTURES)
    with (tmp_path / "a.warc.gz").open("rb") as file, pytest.raises(DamagedRecord):
        Record(file, 7)
