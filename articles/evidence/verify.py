"""Checks an evidence pack of newsdiff by its digests, with Python 3.8 or newer alone and no network.

    python3 verify.py          the pack that was unpacked into the folder of this file
    python3 verify.py PACK     a pack as it was downloaded (.zip), or the folder it was unpacked into

Exit status: 0 all agrees, 1 something does not, 2 there is no such file. Nothing is written, and nothing that
a pack holds is run. README.txt in the pack says what this proves and what it does not.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import struct
import sys
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

FORMAT = 1
STATED, SUMS, CAPTURES, DIFF = "evidence.json", "SHA256SUMS", "captures.warc.gz", "diff.json"
TEXTS = {"old": "old.txt", "new": "new.txt"}
SIDES = ("old", "new")
# All files of a pack, in their order in it.
NAMES = (
    "README.txt",
    STATED,
    CAPTURES,
    TEXTS["old"],
    TEXTS["new"],
    "diff.html",
    DIFF,
    "citation.txt",
    "citation.bib",
    "citation.json",
    "verify.py",
    SUMS,
)
# Header fields of the message as it came over the wire, which do not fit the body as it is kept.
OF_THE_WIRE = ("content-encoding", "content-length", "transfer-encoding")

MB = 1024 * 1024
MOST = 128 * MB  # of all files unpacked, and of a pack itself
MOST_JSON = 24 * MB
MOST_CAPTURES = 24 * MB  # unpacked
MOST_DIRECTORY = 16 * 1024  # bytes of a zip's list of files
MOST_SHOWN = 200  # characters of a pack's own words in a message


class NotAPack(Exception):
    """What was given cannot be a pack; the message says why."""


class Broken(Exception):
    """A part of a pack does not hold together; the message says which and how."""


@dataclass
class Report:
    """What was found.

    right, wrong  findings in words
    notes         what is no fault
    sha256        of the pack itself, where it is one file
    stated        evidence.json, where it could be read
    texts, captures  for each side the body of its capture and the paragraphs of its text, as far as they
                  were found to agree
    """

    right: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    sha256: str = ""
    stated: dict[str, Any] = field(default_factory=dict)
    captures: dict[str, bytes] = field(default_factory=dict)
    texts: dict[str, list[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Record:
    """A record of a WARC file that holds an HTTP response: its own fields, by their names in lower case, and
    the response."""

    fields: dict[str, str]
    status: str
    headers: list[tuple[str, str]]
    body: bytes


def examine(path: str) -> Report:
    """Everything that can be found out about a pack, a file or a folder. Raises NotAPack, OSError."""
    report = Report()
    files = _of_folder(path, report) if os.path.isdir(path) else _of_zip(path, report)
    for check in (_sums, _stated, _captures, _texts):
        try:
            check(files, report)
        except Broken as error:
            report.wrong.append(str(error))
    return report


# --- reading, within bounds ------------------------------------------------------------------------------
def _of_zip(path: str, report: Report) -> dict[str, bytes]:
    size = os.path.getsize(path)
    if size > MOST:
        raise NotAPack(f"it is longer than {MOST // MB} MB")
    files: dict[str, bytes] = {}
    left = MOST
    try:
        with open(path, "rb") as file:
            _look_at_directory(file, size)
            report.sha256 = _sha256_of(file)
            with zipfile.ZipFile(file) as archive:
                for info in archive.infolist():
                    _look_at_entry(info, files)
                    with archive.open(info) as entry:
                        files[info.filename] = entry.read(left + 1)
                    left -= len(files[info.filename])
                    if left < 0:
                        raise NotAPack(f"it unpacks to more than {MOST // MB} MB")
    except (zipfile.BadZipFile, zlib.error, struct.error, EOFError) as error:
        raise NotAPack(f"it is no zip file, or a damaged one: {plain(str(error))}") from error
    except (NotImplementedError, RuntimeError, ValueError) as error:
        raise NotAPack(f"its zip format is not that of a pack: {plain(str(error))}") from error
    return files


def _look_at_directory(file: Any, size: int) -> None:
    """Raises NotAPack for a zip whose list of files is long, before a module makes objects of all of them."""
    file.seek(max(size - 42, 0))
    end = file.read()
    if len(end) < 22 or end[-22:-18] != b"PK\5\6" or end[-2:] != b"\0\0":
        raise NotAPack("it is no zip file, or not as newsdiff writes them")
    if end[:4] == b"PK\6\7" or struct.unpack("<L", end[-10:-6])[0] > MOST_DIRECTORY:
        raise NotAPack("it holds more files than a pack does")


def _look_at_entry(info: zipfile.ZipInfo, files: dict[str, bytes]) -> None:
    if info.filename not in NAMES:
        raise NotAPack(f"it holds “{plain(info.filename)}”, which is no file of a pack")
    if info.filename in files:
        raise NotAPack(f"it holds {info.filename} twice")
    if info.flag_bits & 1 or info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise NotAPack(f"{info.filename} is encrypted, or packed in a way that packs are not")


def _sha256_of(file: Any) -> str:
    file.seek(0)
    digest = hashlib.sha256()
    while True:
        piece = file.read(MB)
        if not piece:
            return digest.hexdigest()
        digest.update(piece)


def _of_folder(path: str, report: Report) -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    left = MOST
    for name in NAMES:
        place = os.path.join(path, name)
        if os.path.isfile(place):
            with open(place, "rb") as file:
                files[name] = file.read(left + 1)
            left -= len(files[name])
            if left < 0:
                raise NotAPack(f"its files have more than {MOST // MB} MB")
    if not files:
        raise NotAPack("none of the files of a pack is in this folder")
    others = sorted(set(os.listdir(path)) - set(NAMES))
    if others:
        named = ", ".join(plain(name) for name in others[:5])
        report.notes.append(f"Not of the pack, and not looked at: {named}{' …' if len(others) > 5 else ''}")
    return files


def _json(files: dict[str, bytes], name: str) -> dict[str, Any]:
    """An object in JSON. Raises Broken."""
    data = _file(files, name)
    if len(data) > MOST_JSON:
        raise Broken(f"{name} is longer than {MOST_JSON // MB} MB: it was not read")
    try:
        found = json.loads(data.decode("utf-8"), parse_int=_whole_number)
    except (ValueError, RecursionError) as error:
        raise Broken(f"{name} cannot be read as JSON: {plain(str(error))}") from error
    if not isinstance(found, dict):
        raise Broken(f"{name} is not of a pack: it is no object")
    return found


def _whole_number(digits: str) -> int:
    """A number of a pack. A longer one is none, and would take a Python of 2020 hours to read."""
    if len(digits) > 18:
        raise ValueError("a number that is too long")
    return int(digits)


def _file(files: dict[str, bytes], name: str) -> bytes:
    if name not in files:
        raise Broken(f"{name} is missing, so that what it says could not be compared")
    return files[name]


def part(of: Any, *way: str, kind: Any) -> Any:
    """What stands in an object at the end of these names, of this type. Raises Broken."""
    for name in way:
        of = of.get(name) if isinstance(of, dict) else None
    if not isinstance(of, kind) or isinstance(of, bool):
        raise Broken(f"{STATED} or {DIFF} is not of a pack: “{'.'.join(way)}” is missing or of another kind")
    return of


def plain(text: str) -> str:
    """Words out of a pack, fit for a terminal: no control character, and not too long."""
    shown = "".join(char if char.isprintable() else f"\\x{ord(char):02x}" for char in text[:MOST_SHOWN])
    return shown + ("…" if len(text) > MOST_SHOWN else "")


# --- digests ---------------------------------------------------------------------------------------------
def sha256(data: bytes) -> str:
    """The SHA-256 of bytes, in hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


def sums(files: dict[str, bytes]) -> bytes:
    """The list of digests of these files, but for the list itself, as `sha256sum` writes and reads it."""
    lines = [f"{sha256(files[name])}  {name}\n" for name in NAMES if name in files and name != SUMS]
    return "".join(lines).encode("ascii")


def _sums(files: dict[str, bytes], report: Report) -> None:
    """Every file is there, and is the one of the list."""
    for name in NAMES:
        if name not in files:
            report.wrong.append(f"{name} is missing.")
    listed = _file(files, SUMS)
    if listed == sums(files):
        report.right.append(f"Each of the {len(NAMES) - 1} files has the digest that {SUMS} states.")
        return
    known = set(listed.split(b"\n"))
    altered = [line for line in sums(files).decode("ascii").splitlines() if line.encode("ascii") not in known]
    for line in altered:
        report.wrong.append(f"{line[66:]} is not the file of which {SUMS} states the digest.")
    if not altered:
        report.wrong.append(f"{SUMS} is not as it was written.")


def _stated(files: dict[str, bytes], report: Report) -> None:
    """evidence.json is of a format known here, and states the very files."""
    stated = _json(files, STATED)
    if stated.get("format") != FORMAT:
        raise Broken(f"{STATED} is of a format that this program does not know: use the one in the pack")
    report.stated = stated
    listed = part(stated, "files", kind=dict)
    others = [name for name in NAMES if name not in (STATED, SUMS)]
    wrong = []
    for name in others:
        if name in files:
            one = {"sha256": sha256(files[name]), "size": len(files[name])}
            if listed.get(name) != one:
                wrong.append(f"{name} is not the file of which {STATED} states digest and size.")
    if set(listed) != set(others):
        wrong.append(f"{STATED} states other files than a pack has.")
    report.wrong += wrong
    if not wrong:
        report.right.append(f"{STATED} states the same digests.")


# --- captures --------------------------------------------------------------------------------------------
def _captures(files: dict[str, bytes], report: Report) -> None:
    """The WARC file holds for each version the capture that evidence.json describes, with that digest."""
    if not report.stated:
        return
    found = {}
    for record in records(_unzipped(_file(files, CAPTURES))):
        if record.fields.get("warc-record-id") in found:
            raise Broken(f"{CAPTURES} has two records of one name")
        found[record.fields.get("warc-record-id")] = record
    named = set()
    for side in SIDES:
        capture = part(report.stated, side, "capture", kind=dict)
        named.add(part(capture, "record_id", kind=str))
        record = found.get(capture["record_id"])
        if record is None:
            raise Broken(f"{CAPTURES} has no capture of the {side} version by the name in {STATED}")
        wrong = list(_differences(record, capture))
        if wrong:
            raise Broken(f"the capture of the {side} version differs from {STATED} in {', '.join(wrong)}")
        report.captures[side] = record.body
        number, at = part(report.stated, side, "number", kind=int), part(capture, "fetched_at", kind=str)
        size = f"{len(record.body):,} bytes with the SHA-256 {sha256(record.body)}"
        report.right.append(f"The capture of version {number}, of {plain(at)}, is whole: {size}.")
    if set(found) != named:
        raise Broken(f"{CAPTURES} has a record that is of neither version")


def _differences(record: Record, capture: dict[str, Any]) -> Iterator[str]:
    """In what a record differs from what is stated of it."""
    fields, digest = record.fields, hashlib.sha256(record.body).digest()
    if fields.get("warc-type") != "response":
        yield "the type of its record"
    if fields.get("warc-target-uri") != part(capture, "url", kind=str):
        yield "its address"
    if fields.get("warc-date") != part(capture, "fetched_at", kind=str):
        yield "its time"
    label = "sha256:" + base64.b32encode(digest).decode("ascii")
    if fields.get("warc-payload-digest") != label:
        yield "the digest that its record states"
    if digest.hex() != part(capture, "sha256", kind=str) or len(record.body) != part(
        capture, "size", kind=int
    ):
        yield "its body"
    if record.status != str(part(capture, "status", kind=int)):
        yield "its status"
    headers = part(capture, "headers", kind=list)
    if not all(_is_pair(one) for one in headers):
        raise Broken(f"the header fields in {STATED} are no pairs of words")
    kept = [(name, value) for name, value in record.headers if name.lower() not in OF_THE_WIRE]
    if kept != [(name, one_line(value)) for name, value in headers if name.lower() not in OF_THE_WIRE]:
        yield "its header fields"


def _is_pair(found: Any) -> bool:
    """Whether what stands in a JSON file is two texts."""
    return isinstance(found, list) and [type(one) for one in found] == [str, str]


def one_line(value: str) -> str:
    """The value of a header field as a WARC file can hold it."""
    return " ".join(value.splitlines()).strip()


def _unzipped(data: bytes) -> bytes:
    """All members of a gzip file (RFC 1952), within MOST_CAPTURES. Raises Broken."""
    pieces, left = [], MOST_CAPTURES
    try:
        while data:
            member = zlib.decompressobj(zlib.MAX_WBITS | 16)
            piece = member.decompress(data, left + 1)
            left -= len(piece)
            if left < 0:
                raise Broken(f"{CAPTURES} unpacks to more than {MOST_CAPTURES // MB} MB: it was not read")
            if not member.eof:
                raise Broken(f"{CAPTURES} is cut short")
            pieces.append(piece)
            data = member.unused_data
    except zlib.error as error:
        raise Broken(f"{CAPTURES} is no gzip file, or a damaged one") from error
    return b"".join(pieces)


def records(data: bytes) -> Iterator[Record]:
    """The records of a WARC 1.1 file (ISO 28500), each an HTTP response. Raises Broken."""
    at = 0
    while at < len(data):
        end = data.find(b"\r\n\r\n", at)
        first, *lines = data[at : max(end, at)].decode("utf-8", "replace").split("\r\n")
        fields = {name.lower(): value for name, value in _fields(lines)}
        length = fields.get("content-length", "")
        if first != "WARC/1.1" or not (length.isascii() and length.isdigit() and len(length) < 12):
            raise Broken(f"{CAPTURES} is no WARC file as a pack has it")
        at, stop = end + 4, end + 4 + int(length)
        if data[stop : stop + 4] != b"\r\n\r\n":
            raise Broken(f"{CAPTURES} has a record that is longer or shorter than it states")
        body = data.find(b"\r\n\r\n", at, stop)
        if body < 0:
            raise Broken(f"{CAPTURES} has a record without an HTTP response")
        first, *lines = data[at:body].decode("latin-1").split("\r\n")
        status = first.split(" ")[1] if first.startswith("HTTP/") and " " in first else ""
        yield Record(fields, status, list(_fields(lines)), data[body + 4 : stop])
        at = stop + 4


def _fields(lines: list[str]) -> Iterator[tuple[str, str]]:
    for line in lines:
        name, _, value = line.partition(":")
        yield name, value.strip()


# --- texts -----------------------------------------------------------------------------------------------
def _texts(files: dict[str, bytes], report: Report) -> None:
    """diff.json gives back both texts, paragraph by paragraph, and is of the two versions."""
    if not report.stated:
        return
    diff = _json(files, DIFF)
    for side in SIDES:
        if part(diff, side, kind=int) != part(report.stated, side, "number", kind=int):
            raise Broken(f"{DIFF} is of other versions than {STATED}")
    texts = {side: paragraphs(diff, side) for side in SIDES}
    for side in SIDES:
        given = text(part(report.stated, side, kind=dict), texts[side])
        if given.encode("utf-8", "replace") != _file(files, TEXTS[side]):
            raise Broken(f"{TEXTS[side]} is not the {side} text that {STATED} and {DIFF} give")
    report.texts = texts
    report.right.append(f"{DIFF} gives back both texts as {TEXTS['old']} and {TEXTS['new']} have them.")


def paragraphs(diff: dict[str, Any], side: str) -> list[str]:
    """One side of a comparison, put together again of its rows. Raises Broken."""
    found: dict[int, str] = {}
    mark = {"old": "-", "new": "+"}[side]
    for row in part(diff, "rows", kind=list):
        if part(row, "state", kind=str) == "moved_away":
            continue
        places = part(row, side, kind=list)
        pieces = []
        for segment in part(row, "segments", kind=list):
            if not _is_pair(segment):
                raise Broken(f"{DIFF} has a segment that is none")
            if segment[0] in ("=", mark):
                pieces.append(segment[1])
        lines = "".join(pieces).split("\n") if places else []
        if len(lines) != len(places) or any(type(place) is not int or place in found for place in places):
            raise Broken(f"{DIFF} does not give back the {side} text")
        found.update({place: lines[at] for at, place in enumerate(places)})
    if sorted(found) != list(range(len(found))):
        raise Broken(f"{DIFF} does not give back the {side} text")
    return [found[place] for place in range(len(found))]


def text(version: dict[str, Any], body: list[str]) -> str:
    """A version as plain text: headline, standfirst and byline where it has them, and its paragraphs, with
    empty lines between. Raises Broken."""
    head = [part(version, name, kind=str) for name in ("title", "standfirst", "byline")]
    return "\n\n".join([line for line in head if line] + body) + "\n"


# --- in words --------------------------------------------------------------------------------------------
def told(report: Report) -> Iterator[str]:
    """A report in lines, the verdict last."""
    for word, findings in (("ok   ", report.right), ("note ", report.notes), ("WRONG", report.wrong)):
        for finding in findings:
            yield f"{word} {finding}"
    if report.sha256:
        yield f"      SHA-256 of the pack: {report.sha256}"
    yield ""
    if report.wrong:
        yield "NOT AS IT WAS MADE: something in this pack was altered, is damaged or is missing."
        return
    yield "INTACT: nothing in this pack differs from what its digests state."
    yield "Its digests cannot tell who made it, and when: for that compare the SHA-256 of the pack as it was"
    yield "downloaded with one that was noted elsewhere."


def main(arguments: list[str]) -> int:
    """The command: what it prints, and the status it ends with."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="backslashreplace")
    if len(arguments) > 1 or any(one.startswith("-") for one in arguments):
        sys.stderr.write((__doc__ or "") + "\n")
        return 0 if arguments in (["-h"], ["--help"]) else 2
    path = arguments[0] if arguments else os.path.dirname(os.path.abspath(__file__))
    try:
        report = examine(path)
    except OSError as error:
        sys.stderr.write(f"{plain(path)} cannot be read: {error.strerror or error}\n")
        return 2
    except NotAPack as error:
        sys.stderr.write(f"{plain(path)} is no evidence pack: {error}.\n")
        return 1
    sys.stdout.write("\n".join(told(report)) + "\n")
    return 1 if report.wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
