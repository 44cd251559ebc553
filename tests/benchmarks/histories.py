"""Histories of articles inside a database: imported as looks are, then weighed, also as git would pack them.

Runs in the process of `tests.benchmarks.inside`.
"""

import json
import os
import statistics
import subprocess
import time
import zlib
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.core.management import call_command
from django.db import connection

from articles.models import Blob, Check, Version
from tests.benchmarks.publisher import TEMPLATES, furniture
from tests.benchmarks.timing import Writer
from tests.site import article
from tests.warcs import Capture, moment, write

# how many versions the articles have, in turn: 3.6 on average, as in NewsEdits (Spangher and others, 2022)
VERSIONS = (1, 2, 3, 4, 8)
LINES = ("title", "standfirst", "byline")


# --- rows -------------------------------------------------------------------------------------------
def build(articles: int) -> int:
    """Imports a made archive of so many articles' histories; returns how many versions that were."""
    captures = [capture for n in range(articles) for capture in _captures(n)]
    captures.sort(key=lambda capture: capture.at)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "histories.warc.gz"
        write(path, *captures)
        with open(os.devnull, "w") as nowhere:
            call_command("importwarc", str(path), stdout=nowhere)
    return len(captures)


def _captures(number: int) -> list[Capture]:
    """A report of 300 to 1,000 words, edited as reports are: some words, a paragraph more, sometimes much."""
    writer, captures = Writer(number), []
    text = writer.paragraphs(300 + 50 * (number % 15))
    title = f"{writer.sentence(8)[:-1]} {number}"
    around = furniture(number % TEMPLATES, 600 + 150 * (number % TEMPLATES))
    for turn in range(VERSIONS[number % len(VERSIONS)]):
        if turn:
            text = edited(writer, text)
        page = article(title, *text)
        page.body = str(page.body).replace("</header>", f"</header>{around}")
        captures.append(Capture(f"/{number}", moment(24 * turn + number / 100), page))
    return captures


def edited(writer: Writer, text: list[str]) -> list[str]:
    """One edit: of ten five reword one paragraph, three add one, two rework a fifth of the text."""
    draw, out = writer.random.random(), list(text)
    at = writer.random.randrange(1, len(out))
    if draw < 0.5:
        out[at] = writer.reworded(out[at])
    elif draw < 0.8:
        out.insert(at, writer.paragraph(40))
    else:
        out = writer.edited(out, 0.2)
    return out


# --- weighing ---------------------------------------------------------------------------------------
def weigh(articles: int) -> dict[str, Any]:
    """Imports histories and weighs them, in bytes a version.

    Returns `versions`, of how many `editions`; `words`, the mean of a version; `git`, packed, commits and
    trees included; `stored`: the columns of text and the whole rows with their indexes; `pages`, the raw
    pages as stored; `check`, a row of a check with its share of indexes; and `ways`, for each other way of
    storing the texts bytes, and microseconds of reading one and of writing one.
    """
    editions = build(articles)
    rows = list(Version.objects.with_text().order_by("first_seen_at", "pk"))
    count = len(rows)
    texts = [
        (row.article_id, json.dumps([getattr(row, name) for name in (*LINES, "paragraphs")])) for row in rows
    ]
    return {
        "versions": count,
        "editions": editions,
        "words": statistics.mean(row.word_count for row in rows),
        "git": _git_bytes([(row.article_id, _as_file(row)) for row in rows]) / count,
        "stored": {name: size / count for name, size in _stored().items()},
        "pages": sum(len(bytes(packed)) for (packed,) in Blob.objects.values_list("packed")) / count,
        "check": _whole("articles_check") / Check.objects.count(),
        "ways": {name: way(_by_article(texts)) for name, way in WAYS.items()},
    }


def _stored() -> dict[str, float]:
    """Bytes of the columns of text and of the texts they lean on as they are stored, and of both tables whole."""
    postgres = connection.vendor == "postgresql"
    measure = "pg_column_size({})" if postgres else "length(CAST({} AS BLOB))"
    columns = " + ".join(measure.format(name) for name in (*LINES, "packed"))
    with connection.cursor() as cursor:
        cursor.execute("VACUUM FULL" if postgres else "VACUUM")
        cursor.execute(f"SELECT sum({columns}) FROM articles_version")
        text = float(cursor.fetchone()[0])
        cursor.execute(f"SELECT sum({measure.format('packed')}) FROM articles_textbase")
        text += float(cursor.fetchone()[0])
    tables = ("articles_version", "articles_textbase")
    return {"the columns of text": text, "the whole rows, indexes included": sum(map(_whole, tables))}


def _whole(table: str) -> float:
    """Bytes of a table with its indexes."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT pg_total_relation_size(%s)", [table])
        else:
            cursor.execute(
                "SELECT sum(pgsize) FROM dbstat WHERE name IN (SELECT name FROM sqlite_master WHERE tbl_name = %s)",
                [table],
            )
        return float(cursor.fetchone()[0])


def _as_file(row: Version) -> str:
    """A version as somebody would keep it in a file: its lines."""
    return "\n".join([row.title, row.standfirst, row.byline, *row.texts, ""])


def _git_bytes(files: Iterable[tuple[int, str]]) -> int:
    """Bytes of the pack and its index, one commit a version, after `git gc --aggressive`."""
    with TemporaryDirectory() as folder:
        run = ("git", "-C", folder)
        subprocess.run([*run, "init", "--quiet", "--initial-branch=main"], check=True)
        subprocess.run([*run, "fast-import", "--quiet"], input=b"".join(_commits(files)), check=True)
        subprocess.run([*run, "gc", "--aggressive", "--prune=now", "--quiet"], check=True)
        return sum(path.stat().st_size for path in Path(folder, ".git/objects/pack").iterdir())


def _commits(files: Iterable[tuple[int, str]]) -> Iterable[bytes]:
    for n, (article_id, text) in enumerate(files):
        data = text.encode()
        yield f"commit refs/heads/main\ncommitter newsdiff <> {1_700_000_000 + 60 * n} +0000\n".encode()
        yield b"data 0\n"
        yield f"M 100644 inline {article_id}.txt\ndata {len(data)}\n".encode() + data + b"\n"


# --- other ways -------------------------------------------------------------------------------------
History = list[bytes]
Packed = tuple[int | None, bytes]  # the place of the version that it stands on, and the bytes
Pack = Callable[[bytes, bytes | None], bytes]


def _by_article(texts: Iterable[tuple[int, str]]) -> list[History]:
    found: dict[int, History] = {}
    for article_id, text in texts:
        found.setdefault(article_id, []).append(text.encode())
    return list(found.values())


def _deflate(text: bytes, known: bytes | None) -> bytes:
    """zlib, with a text that is known (its last 32 KB) as dictionary (RFC 1950, 2.2)."""
    packer = zlib.compressobj(9, zdict=known) if known else zlib.compressobj(9)
    return packer.compress(text) + packer.flush()


def _inflate(packed: bytes, known: bytes | None) -> bytes:
    unpacker = zlib.decompressobj(zdict=known) if known else zlib.decompressobj()
    return unpacker.decompress(packed) + unpacker.flush()


def _alone(history: History) -> list[Packed]:
    return [(None, _deflate(text, None)) for text in history]


def _on_the_one_before(history: History) -> list[Packed]:
    """Each stands on the one before it: to read the last, all are read."""
    first = [(None, _deflate(history[0], None))]
    return first + [(n, _deflate(new, old)) for n, (old, new) in enumerate(pairwise(history))]


def _on_a_whole_one(history: History) -> list[Packed]:
    """Each stands on the newest that stands alone, and stands alone itself where that saves less than half."""
    packed: list[Packed] = []
    base = 0
    for n, text in enumerate(history):
        alone = _deflate(text, None)
        leaning = _deflate(text, history[base]) if n else alone
        if n and len(leaning) < len(alone) / 2:
            packed.append((base, leaning))
        else:
            base = n
            packed.append((None, alone))
    return packed


def _read(packed: Sequence[Packed], at: int) -> bytes:
    base, data = packed[at]
    return _inflate(data, None if base is None else _read(packed, base))


def _way(pack: Callable[[History], list[Packed]]) -> Callable[[list[History]], dict[str, float]]:
    """Bytes a version; microseconds of reading each article's newest, and of writing one."""

    def weighed(histories: list[History]) -> dict[str, float]:
        began = time.perf_counter()
        packed = [pack(history) for history in histories]
        wrote = time.perf_counter() - began
        began = time.perf_counter()
        newest = [_read(one, len(one) - 1) for one in packed]
        read = time.perf_counter() - began
        if newest != [history[-1] for history in histories]:
            raise RuntimeError("what was packed is not what is read")
        count = sum(map(len, histories))
        return {
            "bytes": sum(len(data) for one in packed for _, data in one) / count,
            "read": 1e6 * read / len(histories),
            "write": 1e6 * wrote / count,
        }

    return weighed


def _plain(histories: list[History]) -> dict[str, float]:
    count = sum(map(len, histories))
    return {
        "bytes": sum(map(len, (text for one in histories for text in one))) / count,
        "read": 0.0,
        "write": 0.0,
    }


WAYS: dict[str, Callable[[list[History]], dict[str, float]]] = {
    "JSON as it is": _plain,
    "each packed alone (zlib)": _way(_alone),
    "each packed on the one before": _way(_on_the_one_before),
    "each packed on a whole one": _way(_on_a_whole_one),
}
